/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * What tests of the editor of JSON texts share: memory of which each piece is
 * malloc'ed, so that the sanitizer knows its bounds, and an edit of a text in
 * parts.
 */

#ifndef EDIT_HELP_H
#define EDIT_HELP_H

#include <stdlib.h>
#include <string.h>

#include "gate_edit.h"


#define EDIT_HELD  4096


typedef struct {
    void   *held[EDIT_HELD];
    size_t  n;
    size_t  bytes;
    long    fail_at;                    /* the allocation that fails, 0: none */
} edit_pool_t;


static inline void *
edit_alloc(void *data, size_t size)
{
    edit_pool_t  *pool;

    pool = data;

    if (pool->n == EDIT_HELD || (pool->fail_at && --pool->fail_at == 0)) {
        return NULL;
    }

    pool->bytes += size;
    pool->held[pool->n] = malloc(size);

    return pool->held[pool->n++];
}


static inline void
edit_free(edit_pool_t *pool)
{
    while (pool->n > 0) {
        free(pool->held[--pool->n]);
    }

    pool->bytes = 0;
}


static inline gate_edit_memory_t
edit_memory(edit_pool_t *pool)
{
    gate_edit_memory_t  memory;

    memory.alloc = edit_alloc;
    memory.pool = pool;

    return memory;
}


/* the text that the pieces are, of exactly that size; NULL: they do not fit */

static inline unsigned char *
edit_join(const gate_edit_out_t *out, gate_str_t text)
{
    size_t                    i;
    unsigned char            *to, *joined;
    const gate_edit_piece_t  *piece;

    joined = malloc(out->len);
    to = joined;

    for (i = 0; i < out->n; i++) {
        piece = &out->pieces[i];

        if (piece->text.len == 0
            || piece->text.len > out->len - (size_t) (to - joined)
            || (piece->text.data == NULL
                && (piece->from > text.len
                    || piece->text.len > text.len - piece->from)))
        {
            free(joined);
            return NULL;
        }

        memcpy(to, piece->text.data ? piece->text.data
                                    : text.data + piece->from,
               piece->text.len);
        to += piece->text.len;
    }

    if ((size_t) (to - joined) != out->len) {
        free(joined);
        return NULL;
    }

    return joined;
}


#endif
