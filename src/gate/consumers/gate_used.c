
/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * Which credentials were used last: sets of a few, and how many of all are to
 * be written.
 */


#include "gate_used.h"
#include "gate_uri.h"
#include "gate_xxh.h"

#include <stdlib.h>


#define GATE_USED_WAYS  4


typedef struct {
    int64_t                used_s;            /* 0: this place is free */
    int64_t                written_s;
    unsigned char          due;
    unsigned char          kind;
    unsigned char          len;
    unsigned char          name[GATE_USED_NAME];
} gate_used_entry_t;


struct gate_used_s {
    size_t                 n;                 /* a power of 2 */
    size_t                 due;
    size_t                 at;                /* where the next one may be */
    gate_used_entry_t      entries[];
};


static gate_used_entry_t *gate_used_place(gate_used_t *u, gate_kind_e kind,
    gate_str_t name);


gate_used_t *
gate_used_create(size_t n)
{
    size_t        size;
    gate_used_t  *u;

    for (size = GATE_USED_WAYS; size < n; size *= 2) { /* void */ }

    u = calloc(1, sizeof(gate_used_t) + size * sizeof(gate_used_entry_t));

    if (u != NULL) {
        u->n = size;
    }

    return u;
}


void
gate_used_destroy(gate_used_t *u)
{
    free(u);
}


int
gate_used_note(gate_used_t *u, gate_kind_e kind, gate_str_t name,
    int64_t now_s)
{
    gate_used_entry_t  *e;

    if (name.len == 0 || name.len > GATE_USED_NAME) {
        return 0;
    }

    e = gate_used_place(u, kind, name);
    if (e == NULL) {
        return 0;
    }

    e->used_s = now_s;

    if (e->due || (e->written_s != 0
                   && now_s - e->written_s < GATE_USED_INTERVAL))
    {
        return 0;
    }

    e->due = 1;

    return u->due++ == 0;
}


/* its own, or else that of one that was written the longest time ago */

static gate_used_entry_t *
gate_used_place(gate_used_t *u, gate_kind_e kind, gate_str_t name)
{
    size_t              i;
    gate_used_entry_t  *e, *oldest;

    e = &u->entries[gate_xxh64(name, (uint64_t) kind) & (u->n - 1)
                    & ~((size_t) GATE_USED_WAYS - 1)];
    oldest = NULL;

    for (i = 0; i < GATE_USED_WAYS; i++, e++) {

        if (e->kind == (unsigned char) kind
            && gate_str_eq(gate_str(e->name, e->len), name))
        {
            return e;
        }

        if (!e->due && (oldest == NULL || e->used_s < oldest->used_s)) {
            oldest = e;
        }
    }

    if (oldest != NULL) {
        oldest->written_s = 0;
        oldest->kind = (unsigned char) kind;
        oldest->len = (unsigned char) name.len;
        memcpy(oldest->name, name.data, name.len);
    }

    return oldest;
}


size_t
gate_used_next(gate_used_t *u, unsigned char text[GATE_USED_TEXT],
    int64_t *used_s)
{
    gate_used_entry_t  *e;

    if (u->due == 0) {
        return 0;
    }

    for (e = &u->entries[u->at]; !e->due; e = &u->entries[u->at]) {
        u->at = (u->at + 1) & (u->n - 1);
    }

    e->due = 0;
    e->written_s = e->used_s;
    u->due--;

    *used_s = e->used_s;

    text[0] = e->kind;
    text[1] = ':';

    return 2 + gate_uri_escape(gate_str(e->name, e->len), text + 2);
}
