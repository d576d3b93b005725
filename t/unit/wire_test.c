/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * gate_wire.c: the commands that take usage to Redis, argument by argument.
 */

#include "tap.h"

#include "gate_wire.h"


static gate_wire_t  w;


static void
is_command(const char *expected, const char *name)
{
    int     i;
    char    text[2 * GATE_WIRE_TEXT], *p;

    p = text;

    for (i = 0; i < w.n; i++) {
        memcpy(p, w.argv[i], w.len[i]);
        p += w.len[i];
        *p++ = (i + 1 < w.n) ? ' ' : '\0';
    }

    is_str(text, expected, "%s", name);
}


static gate_journal_batch_t
batch(const char *consumer, const char *api, uint32_t hour)
{
    gate_journal_batch_t  b;

    memset(&b, 0, sizeof(b));

    b.key.consumer = gate_cstr(consumer);
    b.key.api = gate_cstr(api);
    b.key.version = gate_cstr("v1");
    b.key.plan = gate_cstr("gold");
    b.epoch = 0xfedcba9876543210ULL;
    b.hour = hour;

    return b;
}


static void
test_totals(void)
{
    char                  sha1[GATE_WIRE_SHA1 + 1];
    gate_journal_batch_t  b;

    memset(sha1, 'a', GATE_WIRE_SHA1);
    sha1[GATE_WIRE_SHA1] = '\0';

    /* 2026-11-25 17:00 UTC is 498,785 hours after 1970 */

    b = batch("acme", "orders", 498785);
    b.units[GATE_SERVED] = 3;
    b.units[GATE_DURATION_MS] = GATE_JOURNAL_MAX;

    gate_wire_totals(&w, sha1, &b, 60);

    is_command("EVALSHA aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa 2 "
               "gate:u:{acme}:2026112517 gate:e:{acme}:2026112517 1795629660 60 "
               "fedcba9876543210| orders|v1|gold| served 3 "
               "duration_ms 9007199254740991",
               "totals: what is zero does not travel");

    gate_wire_totals(&w, NULL, &b, 60);

    is_int(w.len[0], 4, "EVAL where Redis does not know the script");
    is_mem(w.argv[0], "EVAL", 4, "... by that name");
    is_int(w.len[1], gate_wire_script.len, "... with all of the script");
    is_mem(w.argv[1], gate_wire_script.data, gate_wire_script.len,
           "... as it is");
    is_int(w.n, 13, "... and the same arguments behind it");

    b = batch("a}b|c d%\xc3\xa9", "{x}|y", 0);
    b.units[GATE_ABORTED] = 1;

    gate_wire_totals(&w, sha1, &b, 0);

    is_command("EVALSHA aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa 2 "
               "gate:u:{a%7Db%7Cc%20d%25%C3%A9}:1970010100 "
               "gate:e:{a%7Db%7Cc%20d%25%C3%A9}:1970010100 3600 0 "
               "fedcba9876543210| %7Bx%7D%7Cy|v1|gold| aborted 1",
               "names cannot be taken for what separates them");
}


/* the address sanitizer watches the end of "text" */

static void
test_longest(void)
{
    size_t                i;
    unsigned char         name[GATE_JOURNAL_CONSUMER];
    gate_journal_batch_t  b;

    memset(name, 0xff, sizeof(name));
    memset(&b, 0xff, sizeof(b));

    b.key.consumer = gate_str(name, GATE_JOURNAL_CONSUMER);
    b.key.api = gate_str(name, GATE_JOURNAL_API);
    b.key.version = gate_str(name, GATE_JOURNAL_VERSION);
    b.key.plan = gate_str(name, GATE_JOURNAL_PLAN);

    for (i = 0; i < GATE_UNITS; i++) {
        b.units[i] = UINT64_MAX;
    }

    gate_wire_totals(&w, NULL, &b, INT64_MAX / 2);

    ok(w.last <= w.text + sizeof(w.text), "the longest text fits");
    is_int(w.n, 9 + 2 * GATE_UNITS, "... with all units");
    ok(GATE_WIRE_ARGS >= 9 + 2 * GATE_UNITS, "... and so do its arguments");
}


static void
test_marks(void)
{
    gate_wire_ask(&w, 0x1f, 6048000);
    is_command("EXPIRE gate:m:{000000000000001f} 6048000",
               "the question for a marker");

    gate_wire_set(&w, 'm', 0x1f, gate_cstr("1795629660"), 6048000);
    is_command("SET gate:m:{000000000000001f} 1795629660 EX 6048000",
               "a marker");

    gate_wire_set(&w, 'n', UINT64_MAX, gate_cstr("node one"), 3600);
    is_command("SET gate:n:{ffffffffffffffff} node one EX 3600",
               "a label, as it is written");
}


static void
test_units(void)
{
    size_t  i, j, twice;

    twice = 0;

    for (i = 0; i < GATE_UNITS; i++) {
        for (j = 0; j < i; j++) {
            twice += gate_str_eq(gate_units[i], gate_units[j]);
        }
    }

    is_int(twice, 0, "no two units have one name");
    is_mem(gate_units[GATE_SERVED].data, "served", 6, "served is billed");
}


int
main(void)
{
    test_totals();
    test_longest();
    test_marks();
    test_units();

    return done_testing();
}
