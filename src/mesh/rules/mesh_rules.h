
/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * Rules over time: what was in force for a service, in which epochs, and the
 * log by which that outlives a restart.
 */


#ifndef MESH_RULES_H_INCLUDED_
#define MESH_RULES_H_INCLUDED_


#include "mesh_out.h"
#include "mesh_xds.h"


#define MESH_RULES_HISTORY  100               /* changes of a service */


typedef struct {
    uint64_t               epoch;
    int64_t                at;                /* seconds since 1970 */
    gate_str_t             text;              /* JSON; empty: it was deleted */
} mesh_rules_change_t;


/* item.name is the service's; its own block, by malloc() */

typedef struct {
    mesh_item_t            item;
    uint64_t               last;              /* epoch, also of what is still
                                                 being written */
    int                    there;             /* by that there is a rule */
    size_t                 n;
    size_t                 size;
    mesh_rules_change_t   *changes;           /* oldest first */
} mesh_rules_past_t;


/* all zero: empty */

typedef struct {
    mesh_map_t            *services;          /* of mesh_rules_past_t */
    size_t                 changes;
} mesh_rules_t;


void mesh_rules_free(mesh_rules_t *rules);

/* made if there is none; NULL: no memory */
mesh_rules_past_t *mesh_rules_past(mesh_rules_t *rules, gate_str_t service);
mesh_rules_past_t *mesh_rules_find(const mesh_rules_t *rules,
    gate_str_t service);

/* what is in force, NULL: nothing; the one of an epoch, NULL: forgotten */
const mesh_rules_change_t *mesh_rules_now(const mesh_rules_past_t *past);
const mesh_rules_change_t *mesh_rules_of(const mesh_rules_past_t *past,
    uint64_t epoch);

/* the newest one; the oldest goes where there are too many */
mesh_rc_e mesh_rules_add(mesh_rules_t *rules, gate_str_t service,
    const mesh_rules_change_t *change);

/* a line of the log */
void mesh_rules_line(mesh_out_t *out, gate_str_t service,
    const mesh_rules_change_t *change);

/*
 * All of a log.  A last line that has no end was never answered for: *torn.
 * BAD: line *line is none.
 */
mesh_rc_e mesh_rules_load(mesh_rules_t *rules, gate_str_t log, int *torn,
    size_t *line);

/* the log that makes the same */
void mesh_rules_log(const mesh_rules_t *rules, mesh_out_t *out);

/* a rule for the state of the mesh; the text is that of a change */
mesh_rc_e mesh_rules_make(gate_str_t text, mesh_rule_t **rule,
    gate_rule_error_t *error);

/* the rule of "was" with what {"weights": {...}} says, of another epoch */
mesh_rc_e mesh_rules_reweigh(gate_str_t was, gate_str_t body, uint64_t epoch,
    mesh_rule_t **rule, gate_rule_error_t *error);

/*
 * Two members of an object: "shares", a list of where the calls for each
 * version go, and "warnings", a list of texts.  "s" is NULL where no source
 * knows it.
 */
void mesh_rules_shares(const mesh_service_t *s, const gate_rule_t *rule,
    mesh_out_t *out);

/* {"epoch": N} */
mesh_rc_e mesh_rules_epoch(gate_str_t body, uint64_t *epoch,
    gate_rule_error_t *error);


#endif /* MESH_RULES_H_INCLUDED_ */
