
/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * A hash table of items that somebody else owns: filled, and never emptied
 * again.
 */


#ifndef GATE_TABLE_H_INCLUDED_
#define GATE_TABLE_H_INCLUDED_


#include "gate_str.h"


typedef int (*gate_table_eq_pt)(const void *item, const void *key);


typedef struct {
    uint64_t               hash;
    void                  *item;              /* NULL: free */
} gate_table_entry_t;


/* all zero but "eq": empty */

typedef struct {
    gate_table_entry_t    *entries;
    size_t                 size;              /* 0 or a power of two */
    size_t                 n;
    gate_table_eq_pt       eq;
} gate_table_t;


typedef enum {
    GATE_TABLE_OK = 0,
    GATE_TABLE_DUPLICATE,
    GATE_TABLE_NO_MEMORY
} gate_table_rc_e;


/* "hash" is that of "key", which "item" is found by */
void *gate_table_find(const gate_table_t *t, uint64_t hash, const void *key);
gate_table_rc_e gate_table_add(gate_table_t *t, uint64_t hash,
    const void *key, void *item);

/* the table, not its items */
void gate_table_free(gate_table_t *t);


#endif /* GATE_TABLE_H_INCLUDED_ */
