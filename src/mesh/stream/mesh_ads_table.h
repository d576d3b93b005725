
/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * What a stream knows of each resource of a type, by name.  The rooms of this
 * folder only.
 */


#ifndef MESH_ADS_TABLE_H_INCLUDED_
#define MESH_ADS_TABLE_H_INCLUDED_


#include "gate_str.h"


#define MESH_ADS_ASKED   0x01                 /* by its name */
#define MESH_ADS_OWED    0x02                 /* an answer, in any case */
#define MESH_ADS_DIRTY   0x04                 /* in the queue */
#define MESH_ADS_GONE    0x08                 /* its removal is put off */
#define MESH_ADS_AWAITED 0x10                 /* routes wait for it */
#define MESH_ADS_FLIES   0x20                 /* ... and it was sent */


typedef struct mesh_ads_entry_s  mesh_ads_entry_t;

struct mesh_ads_entry_s {
    mesh_ads_entry_t      *same;              /* next of its place */
    mesh_ads_entry_t      *next;              /* of the queue */
    uint64_t               hash;
    uint64_t               version;           /* 0: the sidecar has none */
    uint16_t               len;
    uint8_t                flags;
    unsigned char          name[];
};


/* all zero: empty */

typedef struct {
    mesh_ads_entry_t     **places;
    size_t                 size;              /* 0 or a power of two */
    size_t                 n;
    mesh_ads_entry_t      *first;             /* the queue */
    mesh_ads_entry_t      *last;
} mesh_ads_table_t;


mesh_ads_entry_t *mesh_ads_find(const mesh_ads_table_t *t, gate_str_t name);

/* NULL: no memory */
mesh_ads_entry_t *mesh_ads_get(mesh_ads_table_t *t, gate_str_t name);

/* one that is not in the queue */
void mesh_ads_drop(mesh_ads_table_t *t, mesh_ads_entry_t *e);

/* behind those that are in it, once */
void mesh_ads_queue(mesh_ads_table_t *t, mesh_ads_entry_t *e);
mesh_ads_entry_t *mesh_ads_dequeue(mesh_ads_table_t *t);

void mesh_ads_table_free(mesh_ads_table_t *t);


#endif /* MESH_ADS_TABLE_H_INCLUDED_ */
