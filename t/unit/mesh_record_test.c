/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * mesh_record: lines with checksums, and what a crash or a disk does to them.
 */

#include "tap.h"

#include "mesh_record.h"


static void
add(mesh_out_t *out, const char *text)
{
    size_t  begun;

    begun = mesh_record_begin(out);
    mesh_out_cstr(out, text);
    mesh_record_end(out, begun);
}


static void
whole(void)
{
    size_t      at;
    mesh_out_t  out;
    gate_str_t  text, log;

    memset(&out, 0, sizeof(out));
    add(&out, "{\"op\":\"drop\"}");
    add(&out, "");
    add(&out, "third");

    log = gate_str(out.data, out.len);
    at = 0;

    is_int(mesh_record_next(log, &at, &text), MESH_RECORD_GOOD,
           "the first record is good");
    ok(gate_str_eq(text, gate_cstr("{\"op\":\"drop\"}")),
       "its text is what was written");
    is_int(mesh_record_next(log, &at, &text), MESH_RECORD_GOOD,
           "an empty record is good");
    is_int(text.len, 0, "and empty");
    is_int(mesh_record_next(log, &at, &text), MESH_RECORD_GOOD,
           "the third one is good");
    is_int(mesh_record_next(log, &at, &text), MESH_RECORD_END,
           "the log ends");

    mesh_out_free(&out);
}


/* whatever is cut off at the end, the first records are there */

static void
torn(void)
{
    int             bad;
    size_t          at, cut, first, good;
    mesh_out_t      out;
    gate_str_t      text;
    mesh_record_e   rc;

    memset(&out, 0, sizeof(out));
    add(&out, "first");
    first = out.len;
    add(&out, "second");

    bad = 0;

    for (cut = first; cut < out.len; cut++) {
        at = 0;
        good = 0;

        while ((rc = mesh_record_next(gate_str(out.data, cut), &at, &text))
               == MESH_RECORD_GOOD)
        {
            good++;
        }

        bad += (good != 1
                || rc != (cut == first ? MESH_RECORD_END : MESH_RECORD_TORN));
    }

    is_int(bad, 0, "a log that is cut in its last record has all others");

    mesh_out_free(&out);
}


/* any byte of a record that is another one */

static void
flipped(void)
{
    int             bad;
    size_t          i, at, good;
    unsigned        bit;
    mesh_out_t      out;
    gate_str_t      text;
    mesh_record_e   rc;

    memset(&out, 0, sizeof(out));
    add(&out, "{\"op\":\"index\",\"to\":65536}");
    add(&out, "{\"op\":\"index\",\"to\":131072}");

    bad = 0;

    for (i = 0; i < out.len; i++) {
        for (bit = 0; bit < 8; bit++) {
            out.data[i] ^= 1 << bit;
            at = 0;
            good = 0;

            do {
                rc = mesh_record_next(gate_str(out.data, out.len), &at, &text);
                good += (rc == MESH_RECORD_GOOD);
            } while (rc != MESH_RECORD_END);

            bad += (good > 1 || at != out.len);
            out.data[i] ^= 1 << bit;
        }
    }

    is_int(bad, 0, "no flipped bit goes for a good record");

    mesh_out_free(&out);
}


int
main(void)
{
    whole();
    torn();
    flipped();

    return done_testing();
}
