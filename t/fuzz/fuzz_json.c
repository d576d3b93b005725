/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * JSON and pointers into it, against jansson alone: what it takes we take,
 * with the same names and strings; what we take and it does not has a number
 * that is too large for it.  Input: a document, or a pointer, a line break and
 * a document.
 */

#include "fuzz.h"
#include "gate_jwt.h"
#include "gate_pointer.h"


static void
same(const json_t *ours, const json_t *its)
{
    void        *iter;
    size_t       i;
    gate_str_t   s;

    if (gate_json_number(ours, &s)) {
        must(json_is_number(its) && s.len != 0);
        must(strspn((char *) s.data, "0123456789+-.eE") == s.len);
        return;
    }

    must(json_typeof(ours) == json_typeof(its));

    if (json_is_array(ours)) {
        must(json_array_size(ours) == json_array_size(its));

        for (i = 0; i < json_array_size(ours); i++) {
            same(json_array_get(ours, i), json_array_get(its, i));
        }

        return;
    }

    if (!json_is_object(ours)) {
        must(json_equal(ours, its));
        return;
    }

    must(json_object_size(ours) == json_object_size(its));

    for (iter = json_object_iter((json_t *) ours); iter != NULL;
         iter = json_object_iter_next((json_t *) ours, iter))
    {
        same(json_object_iter_value(iter),
             json_object_getn(its, json_object_iter_key(iter),
                              json_object_iter_key_len(iter)));
    }
}


static void
parse(gate_str_t text, gate_str_t pointer)
{
    size_t           len;
    json_t          *ours, *its;
    json_error_t     error;
    gate_json_rc_e   rc;
    gate_pointer_t   p;
    unsigned char   *buf, dst[256];

    rc = gate_json_object(text, &ours);
    its = json_loadb((char *) text.data, text.len, JSON_REJECT_DUPLICATES,
                     &error);

    must(rc != GATE_JSON_NO_MEMORY);
    must((rc == GATE_JSON_OK) == (ours != NULL));

    if (ours == NULL) {
        /* too deep is what only we refuse; jansson's objects are few then */
        must(its == NULL || !json_is_object(its)
             || text.len > 2 * GATE_JSON_DEPTH);

    } else if (its == NULL) {
        must(json_error_code(&error) == json_error_numeric_overflow);

    } else {
        same(ours, its);
    }

    buf = malloc(pointer.len);

    if (gate_pointer_parse(&p, pointer, buf) == NULL) {
        must(p.n > 0 && p.n <= GATE_JSON_DEPTH);

        len = gate_jwt_claim_text(gate_pointer_find(&p, ours), dst,
                                  sizeof(dst));
        must(len <= sizeof(dst) && memchr(dst, '\0', len) == NULL);
    }

    free(buf);
    json_decref(ours);
    json_decref(its);
}


int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    gate_str_t  in, pointer, text;

    in = fuzz_copy(data, size);

    if (size != 0 && data[0] == '/') {
        pointer = fuzz_split(in, '\n', &text);

    } else {
        pointer = gate_cstr("/a/0/b");
        text = in;
    }

    parse(text, pointer);
    free(in.data);

    return 0;
}
