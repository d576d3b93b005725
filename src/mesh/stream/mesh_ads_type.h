
/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * The inside of a stream.  The rooms of this folder only.
 */


#ifndef MESH_ADS_TYPE_H_INCLUDED_
#define MESH_ADS_TYPE_H_INCLUDED_


#include "mesh_ads.h"
#include "mesh_ads_table.h"


/* a response of this length gets no further resources */
#define MESH_ADS_FULL  (4 * 1024 * 1024)


typedef struct {
    mesh_ads_table_t       table;
    uint64_t               nonce;             /* in flight; 0: none is */
    uint64_t               sent;
    uint64_t               acked;
    uint64_t               nacked;
    size_t                 has;               /* resources */
    size_t                 gone;              /* removals that are put off */
    unsigned               known:1;           /* was asked for */
    unsigned               all:1;             /* by a wildcard */
    unsigned               owed:1;            /* an answer, even an empty one */
    unsigned               refused:1;
    unsigned               ported:1;          /* hosts with a port, too */
    size_t                 nnack;
    unsigned char          nack[MESH_ADS_NACK];
} mesh_ads_type_t;


struct mesh_ads_s {
    mesh_xds_node_t       *node;
    uint64_t               nonce;             /* the last one */
    size_t                 awaited;           /* endpoints of new clusters */
    int                    answer;            /* see mesh_ads_answer() */
    mesh_xds_type_e        answered;
    unsigned               leaving:1;         /* clusters go in this response */
    mesh_ads_type_t        types[MESH_XDS_TYPES];
};


/* all names of a type that is had as a whole may be other ones */
mesh_rc_e mesh_ads_touch_all(mesh_ads_t *a, mesh_xds_type_e type,
    const mesh_state_t *state);

/* routes wait for this one no more */
void mesh_ads_came(mesh_ads_t *a, mesh_ads_entry_t *e);

/* its removal is put off no more */
void mesh_ads_stays(mesh_ads_type_t *t, mesh_ads_entry_t *e);

/* what was in flight is no more: those that were awaited have come, or not */
void mesh_ads_landed(mesh_ads_t *a);


#endif /* MESH_ADS_TYPE_H_INCLUDED_ */
