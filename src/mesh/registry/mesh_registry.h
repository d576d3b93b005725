
/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * The registrations: instances of services with their checks, and what is due
 * to happen to them.
 *
 * Each change is a record, a JSON object, which is written to a log first and
 * applied then; so a log that is read again makes the same registrations.
 */


#ifndef MESH_REGISTRY_H_INCLUDED_
#define MESH_REGISTRY_H_INCLUDED_


#include "gate_json.h"
#include "mesh_deadline.h"
#include "mesh_named.h"
#include "mesh_out_member.h"
#include "mesh_service.h"


typedef struct mesh_check_s     mesh_check_t;
typedef struct mesh_enrolled_s  mesh_enrolled_t;
typedef struct mesh_group_s     mesh_group_t;


/* named by node, NUL, CheckID; strings below are views into one block */

struct mesh_check_s {
    mesh_named_t           exact;
    mesh_named_t           by_id;
    mesh_deadline_t        deadline;
    mesh_check_t          *next;              /* of the instance */
    mesh_enrolled_t       *instance;
    gate_str_t             id;
    gate_str_t             name;
    gate_str_t             notes;
    gate_str_t             output;            /* of malloc() */
    mesh_health_e          status;
    int                    maintenance;       /* no check, but a word */
    int64_t                ttl_ms;
    int64_t                after_ms;          /* critical so long: it goes */
    int64_t                ttl_at;            /* 0: not any more */
    int64_t                drop_at;           /* 0: not as it is now */
    uint64_t               created;           /* indexes */
    uint64_t               modified;
};


/* an instance, named by node, NUL, ID; *_json are texts of JSON */

struct mesh_enrolled_s {
    mesh_named_t           exact;
    mesh_named_t           by_id;
    mesh_group_t          *group;
    mesh_check_t          *checks;            /* sorted by id */
    gate_str_t             node;
    gate_str_t             id;
    gate_str_t             service;
    gate_str_t             from;              /* the address that told it */
    gate_str_t             address;
    gate_str_t             definition;        /* mesh_definition.h, as text */
    gate_str_t             tags_json;
    gate_str_t             meta_json;
    gate_str_t             tagged_json;       /* empty: there are none */
    unsigned               port;
    unsigned               passing;           /* weights */
    unsigned               warning;
    int                    override;          /* EnableTagOverride */
    uint64_t               created;
    uint64_t               modified;
    void                  *data;              /* of who made the registry */
};


/* those of one service, sorted by node and ID */

struct mesh_group_s {
    mesh_named_t           named;
    mesh_enrolled_t      **instances;
    size_t                 n;
    size_t                 size;
    int                    changed;
    mesh_group_t          *next_changed;
};


/* all zero but the seeds, see mesh_registry_init() */

typedef struct {
    mesh_named_table_t     instances;
    mesh_named_table_t     ids;
    mesh_named_table_t     checks;
    mesh_named_table_t     check_ids;
    mesh_named_table_t     groups;
    mesh_deadlines_t       deadlines;
    mesh_group_t          *changed;
    uint64_t               reserved;          /* indexes below are used up */

    /* of an instance that goes; may be NULL */
    void                 (*gone)(mesh_enrolled_t *e);
} mesh_registry_t;


typedef enum {
    MESH_DUE_NOTHING = 0,
    MESH_DUE_EXPIRED,                         /* nobody told within the TTL */
    MESH_DUE_DROP                             /* critical for too long */
} mesh_due_e;


void mesh_registry_init(mesh_registry_t *r, uint64_t seed);
void mesh_registry_free(mesh_registry_t *r);

/*
 * The change, at that time and index.  NONE: what it is about is not there
 * (any more); BAD: it is no record.  Groups that it changes are in r->changed.
 */
mesh_rc_e mesh_registry_apply(mesh_registry_t *r, const json_t *record,
    int64_t now_ms, uint64_t index);

/*
 * By its ID; node empty: that of "from", or the only one.  NULL: none, or, if
 * *many is 1, several.
 */
mesh_enrolled_t *mesh_registry_find(const mesh_registry_t *r, gate_str_t node,
    gate_str_t id, gate_str_t from, int *many);
mesh_check_t *mesh_registry_check(const mesh_registry_t *r, gate_str_t node,
    gate_str_t id, gate_str_t from, int *many);
mesh_group_t *mesh_registry_group(const mesh_registry_t *r, gate_str_t name);

/* takes a group from r->changed; without instances it goes when it is left */
mesh_group_t *mesh_registry_changed(mesh_registry_t *r);
void mesh_registry_leave(mesh_registry_t *r, mesh_group_t *g);

/* the worst of its checks */
mesh_health_e mesh_registry_health(const mesh_enrolled_t *e);

/* it is as it was, and lives on */
void mesh_registry_beat(mesh_registry_t *r, mesh_check_t *c, int64_t now_ms);

/*
 * What is due, once: the record of it is to be applied, else it is due again
 * in some seconds.  When the next is: 0, nothing will be.
 */
mesh_due_e mesh_registry_due(mesh_registry_t *r, int64_t now_ms,
    mesh_check_t **check);
int64_t mesh_registry_next(const mesh_registry_t *r);

/* "passing" and so on */
gate_str_t mesh_registry_status(mesh_health_e health);
mesh_health_e mesh_registry_word(gate_str_t status);

/* all as records, behind that of the index */
void mesh_registry_save(const mesh_registry_t *r, mesh_out_t *out);


#endif /* MESH_REGISTRY_H_INCLUDED_ */
