/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * Edits of queries and cookies.  Input: a name, a line break, another name, a
 * line break, the text; the last one is the value, too.
 */

#include "fuzz.h"
#include "gate_cookie.h"
#include "gate_query.h"
#include "gate_uri.h"


static void
query(gate_str_t args, gate_str_t name, gate_str_t to)
{
    size_t          n, len;
    gate_str_t      sent, again;
    unsigned char  *dst;

    sent.data = malloc(3 * to.len + 1);
    sent.len = gate_uri_escape(to, sent.data);

    must(gate_query_may_have(args, name) || !gate_uri_args_have(args, name));

    n = gate_query_count(args, name);
    dst = malloc(args.len + n * sent.len + 1);
    len = gate_query_rename(args, name, sent, dst);
    again = gate_str(dst, len);

    must(len <= args.len + n * sent.len);

    if (!gate_str_eq(name, to) && name.len != 0 && to.len != 0) {
        must(gate_query_count(again, name) == 0);
        must(gate_query_count(again, to) == gate_query_count(args, to) + n);
    }

    free(dst);

    /* one more, which stays one, whatever the value is */

    dst = malloc(args.len + gate_query_room(sent, args));
    memcpy(dst, args.len ? args.data : dst, args.len);
    len = gate_query_add(dst, args.len, sent, args);
    must(len <= args.len + gate_query_room(sent, args));

    if (to.len != 0) {
        again = gate_str(dst, len);
        must(gate_query_count(again, to) == gate_query_count(args, to) + 1);
    }

    free(dst);
    free(sent.data);
}


static void
cookie(gate_str_t text, gate_str_t name, gate_str_t to)
{
    size_t          n, len;
    gate_str_t      copy;
    unsigned char  *dst;

    copy = fuzz_copy(text.data, text.len);
    len = gate_cookie_without(copy, name, copy.data);
    must(len <= text.len);
    must(name.len == 0
         || !gate_cookie_have(gate_str(copy.data, len), name));
    free(copy.data);

    n = gate_cookie_count(text, name);
    dst = malloc(text.len + n * to.len + 1);
    len = gate_cookie_rename(text, name, to, dst);
    must(len <= text.len + n * to.len);
    free(dst);

    dst = malloc(text.len + gate_cookie_room(to, text));
    memcpy(dst, text.len ? text.data : dst, text.len);
    len = gate_cookie_add(dst, text.len, to, text);
    must(len <= text.len + gate_cookie_room(to, text));
    free(dst);

    (void) gate_cookie_is_value(text);
    (void) gate_cookie_sets(text, name);
}


int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    gate_str_t  name, to, text, rest;

    name = fuzz_split(gate_str(data, size), '\n', &rest);
    to = fuzz_split(rest, '\n', &text);

    name = fuzz_copy(name.data, name.len);
    to = fuzz_copy(to.data, to.len);
    text = fuzz_copy(text.data, text.len);

    query(text, name, to);
    cookie(text, name, to);

    free(name.data);
    free(to.data);
    free(text.data);

    return 0;
}
