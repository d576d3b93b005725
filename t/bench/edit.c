/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * How long it takes to edit a JSON text: of some 1 KB and of some 1 MB, fed in
 * buffers as nginx has them, with five edits.  Prints microseconds of each
 * text, the best of several rounds.
 */

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "gate_edit.h"


#define ROUNDS  15
#define BUFFER  16384


typedef struct {
    size_t         used;
    unsigned char  bytes[1 << 20];
} arena_t;


static arena_t  once, each;


static void *
arena_alloc(void *data, size_t size)
{
    void     *p;
    arena_t  *arena;

    arena = data;

    if (size > sizeof(arena->bytes) - arena->used) {
        return NULL;
    }

    p = arena->bytes + arena->used;
    arena->used += (size + 15) & ~(size_t) 15;

    return p;
}


/* objects of integers, fractions, words, text that is not ASCII, and space */

static gate_str_t
sample(size_t size, int pretty)
{
    char           *p, *text;
    size_t          i;
    const char     *nl;

    nl = pretty ? "\n    " : "";
    text = malloc(size + 1024);
    p = text + sprintf(text, "{\"id\": 18446744073709551616,%s\"token\":"
                       "\"secret\",%s\"user\":{\"name\":\"Ada\",\"role\":null},"
                       "%s\"rows\":[", nl, nl, nl);

    for (i = 0; (size_t) (p - text) < size; i++) {
        p += sprintf(p, "%s%s{\"id\":%zu,%s\"price\": 1.10,%s\"name\":\"caf\303"
                     "\251 number %zu\",%s\"active\":true,%s\"tags\":[\"new\","
                     "\"sale\\n\"]}", i ? "," : "", nl, i, nl, nl, i, nl, nl);
    }

    p += sprintf(p, "%s],\"total\":%zu}", nl, i);

    return gate_str(text, (size_t) (p - text));
}


static double
now(void)
{
    struct timespec  ts;

    (void) clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &ts);

    return (double) ts.tv_sec * 1e6 + (double) ts.tv_nsec / 1e3;
}


static void
edit_once(const gate_edit_plan_t *plan, const gate_str_t *values,
    gate_str_t text)
{
    size_t               i, n;
    gate_edit_t         *edit;
    gate_edit_out_t      out;
    gate_edit_memory_t   memory = { arena_alloc, &each };

    each.used = 0;
    edit = gate_edit_create(plan, memory);

    for (i = 0; i < text.len; i += n) {
        n = (text.len - i < BUFFER) ? text.len - i : BUFFER;
        (void) gate_edit_feed(edit, gate_str(text.data + i, n));
    }

    if (gate_edit_finish(edit, values, &out) != GATE_EDIT_OK || !out.changed) {
        fprintf(stderr, "not edited\n");
        exit(1);
    }
}


static void
measure(const char *name, const gate_edit_plan_t *plan,
    const gate_str_t *values, gate_str_t text)
{
    int     i;
    size_t  n, times;
    double  start, us, best;

    times = 1 + 20000000 / text.len;
    best = 1e12;

    for (i = 0; i < ROUNDS; i++) {
        start = now();

        for (n = 0; n < times; n++) {
            edit_once(plan, values, text);
        }

        us = (now() - start) / (double) times;
        best = (us < best) ? us : best;
    }

    printf("%-16s %8zu bytes %10.2f us %8.0f MB/s\n", name, text.len, best,
           (double) text.len / best);
}


int
main(void)
{
    gate_edit_plan_t    *plan;
    gate_edit_clash_t    clash;
    gate_edit_memory_t   memory = { arena_alloc, &once };

    static const gate_edit_op_t  ops[] = {
        { GATE_EDIT_REPLACE, gate_string("/user/role"), { 0, NULL } },
        { GATE_EDIT_REMOVE, gate_string("/token"), { 0, NULL } },
        { GATE_EDIT_ADD, gate_string("/consumer"), { 0, NULL } },
        { GATE_EDIT_RENAME, gate_string("/total"), gate_string("count") },
        { GATE_EDIT_DEFAULT, gate_string("/rows/1/price"), { 0, NULL } }
    };

    static const gate_str_t  values[] = {
        gate_string("\"admin\""), { 0, NULL }, gate_string("\"acme\""),
        { 0, NULL }, gate_string("0")
    };

    if (gate_edit_plan(&plan, ops, 5, memory, &clash) != NULL) {
        fprintf(stderr, "no plan\n");
        return 1;
    }

    measure("1 KB", plan, values, sample(900, 0));
    measure("1 KB, indented", plan, values, sample(900, 1));
    measure("100 KB", plan, values, sample(100000, 0));
    measure("1 MB", plan, values, sample(1000000, 0));
    measure("1 MB, indented", plan, values, sample(1000000, 1));

    return 0;
}
