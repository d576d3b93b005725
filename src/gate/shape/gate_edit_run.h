
/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * What is known of a text that is being edited: the way down to where it is
 * read, and the places that were found.
 */


#ifndef GATE_EDIT_RUN_H_INCLUDED_
#define GATE_EDIT_RUN_H_INCLUDED_


#include "gate_edit_plan.h"


/* a container on the way, and of it the item that is read */

typedef struct {
    const gate_edit_node_t  *node;
    size_t                   number;     /* 1, 2, ... of all of the text */
    size_t                   group;      /* of its marks, or NONE */
    size_t                   marks;      /* there were before it */
    size_t                   element;    /* the next of node->elements */
    int                      object;

    const gate_edit_node_t  *child;      /* of the item, or NULL */
    size_t                   value;      /* where its value begins */
    size_t                   mark;       /* of it, or NONE */
    size_t                   count;      /* items before it, when it is left
                                            for those within it */
} gate_edit_frame_t;


typedef enum {
    GATE_EDIT_FOUND = 0,     /* an item that is there */
    GATE_EDIT_BEFORE,        /* one is put before it */
    GATE_EDIT_BEHIND         /* one is put behind the last */
} gate_edit_where_e;


/* a place that may be edited, in the order of the text */

typedef struct {
    gate_edit_where_e      where;
    gate_edit_act_e        act;
    size_t                 op;
    size_t                 id;           /* of its node */
    int                    yields;       /* another one does get its name */
    int                    object;
    size_t                 group;        /* of the marks of a container */
    size_t                 count;        /* items before it */
    size_t                 prev;         /* where the last of these ends */
    size_t                 item;         /* where it begins */
    size_t                 name_end;
    size_t                 value;
    size_t                 end;
    size_t                 next;         /* where the next begins, or NONE */
} gate_edit_mark_t;


/* by the number of a node */

typedef struct {
    size_t                 seen;         /* the container that it was in */
    int                    found;
    size_t                 from;         /* the last value */
    size_t                 len;
} gate_edit_seen_t;


struct gate_edit_s {
    gate_scan_t              scan;
    const gate_edit_plan_t  *plan;
    gate_edit_memory_t       memory;

    gate_edit_frame_t       *frames;
    gate_edit_frame_t       *frame;
    size_t                   numbers;
    gate_edit_seen_t        *seen;       /* of plan->nodes */
    unsigned char           *lands;      /* of plan->n: it has a place */

    gate_edit_mark_t        *marks;
    size_t                   n;
    size_t                   room;
    size_t                   groups;
    size_t                   told;       /* the mark whose next is told */

    size_t                   len;        /* of the text */

    gate_edit_rc_e           rc;
    const char              *why;
    size_t                   at;
};


/* the pieces, of a text that was read to its end */
gate_edit_rc_e gate_edit_write(gate_edit_t *edit, const gate_str_t *values,
    gate_edit_out_t *out);


#endif /* GATE_EDIT_RUN_H_INCLUDED_ */
