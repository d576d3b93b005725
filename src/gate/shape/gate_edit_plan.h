
/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * What edits of a JSON text are once they were read: the places that their
 * pointers name, as a tree, and what is done at each.
 */


#ifndef GATE_EDIT_PLAN_H_INCLUDED_
#define GATE_EDIT_PLAN_H_INCLUDED_


#include "gate_edit.h"
#include "gate_pointer.h"
#include "gate_scan.h"


/* what is done to what is found at a place */

typedef enum {
    GATE_EDIT_NOTHING = 0,
    GATE_EDIT_VALUE,         /* it gets the value */
    GATE_EDIT_SET,           /* the same; an element is put before it */
    GATE_EDIT_MISSING,       /* nothing, but if it is missing */
    GATE_EDIT_APPEND,        /* nothing: "-", the end of an array */
    GATE_EDIT_DELETE,
    GATE_EDIT_TAKE,          /* deleted, if it could be put elsewhere */
    GATE_EDIT_NAME,          /* it gets the name */
    GATE_EDIT_YIELD          /* deleted, if another one gets its name */
} gate_edit_act_e;


typedef struct gate_edit_node_s  gate_edit_node_t;
typedef struct gate_edit_step_s  gate_edit_step_t;

struct gate_edit_node_s {
    gate_str_t             name;
    size_t                 index;        /* as an element, or NONE */
    size_t                 id;           /* 0 to plan->nodes - 1 */

    gate_edit_act_e        act;
    size_t                 op;           /* whose act it is */
    int                    source;       /* its bytes go elsewhere */

    gate_edit_node_t      *next;         /* of the same parent */
    gate_edit_node_t      *first;

    gate_edit_node_t     **names;        /* below it, by length and bytes */
    size_t                 n;
    gate_edit_node_t     **elements;     /* those that are indexes, too */
    size_t                 nelements;
    uint64_t               lengths;      /* of the names */
    gate_edit_step_t      *closing;      /* edits that add below it, and those
                                            that rename, in their order */
};


struct gate_edit_step_s {
    gate_edit_kind_e       kind;
    gate_edit_node_t      *at;           /* where it puts something, or where
                                            what it does happens */
    gate_edit_node_t      *source;       /* MOVE, COPY */
    gate_edit_node_t      *yields;       /* RENAME: the place of that name */
    gate_str_t             name;         /* ,"NAME": as it is written */
    gate_edit_step_t      *next;         /* of the same parent's closing */
};


struct gate_edit_plan_s {
    gate_edit_step_t      *steps;
    size_t                 n;

    gate_edit_node_t      *top;          /* its only element is the text */
    size_t                 nodes;
    size_t                 depth;        /* levels of nodes */
    size_t                 longest;      /* name */
};


/* an edit whose pointers are read */

typedef struct {
    gate_edit_kind_e       kind;
    gate_pointer_t         path;
    gate_pointer_t         to;           /* of a RENAME the place of the name;
                                            of those that have none, path */
} gate_edit_read_t;


/* NULL, or why edit clash->op cannot be, be it because of another one */
const char *gate_edit_clash(const gate_edit_read_t *edits, size_t n,
    gate_edit_clash_t *clash);

/* what of a plan is below "node" by that name, NULL: nothing */
gate_edit_node_t *gate_edit_node(const gate_edit_node_t *node,
    gate_str_t name);

/*
 * a name without its escapes: at most as many bytes, to dst, which may be
 * where they are; 0: it has half a surrogate, so that no name is the same
 */
int gate_edit_unescape(gate_str_t spelt, unsigned char *dst, size_t *len);


#endif /* GATE_EDIT_PLAN_H_INCLUDED_ */
