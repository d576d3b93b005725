
/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * Which edits have no clear meaning, alone or together: all of them see the
 * text as it came, so no two may change the same bytes.
 */


#include "gate_edit_plan.h"


/* how a place is used by an edit */

typedef enum {
    GATE_EDIT_READS = 0,
    GATE_EDIT_WRITES,
    GATE_EDIT_WRITES_NAME,              /* but not what is below it */
    GATE_EDIT_WRITES_END                /* of an array: others may as well */
} gate_edit_use_e;


static const char *gate_edit_alone(const gate_edit_read_t *edit);
static const char *gate_edit_pair(const gate_edit_read_t *a,
    const gate_edit_read_t *b);
static const char *gate_edit_places(const gate_pointer_t *a,
    gate_edit_use_e as, const gate_pointer_t *b, gate_edit_use_e bs);
static gate_edit_use_e gate_edit_use(const gate_edit_read_t *edit, int to);


const char *
gate_edit_clash(const gate_edit_read_t *edits, size_t n,
    gate_edit_clash_t *clash)
{
    size_t       i, j;
    const char  *wrong;

    for (i = 0; i < n; i++) {
        clash->op = i;
        clash->other = i;

        wrong = gate_edit_alone(&edits[i]);
        if (wrong != NULL) {
            return wrong;
        }

        for (j = 0; j < i; j++) {
            clash->other = j;

            wrong = gate_edit_pair(&edits[i], &edits[j]);
            if (wrong != NULL) {
                return wrong;
            }
        }
    }

    return NULL;
}


static const char *
gate_edit_alone(const gate_edit_read_t *edit)
{
    const gate_pointer_t  *path, *to;

    path = &edit->path;
    to = &edit->to;

    if (path->n == 0
        && (edit->kind == GATE_EDIT_REMOVE || edit->kind == GATE_EDIT_DEFAULT
            || edit->kind == GATE_EDIT_RENAME))
    {
        return "is about the whole text, which has no name and stays";
    }

    if (edit->kind == GATE_EDIT_RENAME) {
        return gate_pointer_within(path, to) ? "gives a member the name it has"
                                             : NULL;
    }

    if (edit->kind != GATE_EDIT_MOVE && edit->kind != GATE_EDIT_COPY) {
        return NULL;
    }

    if (gate_pointer_within(to, path)) {
        return "puts a value into itself";
    }

    if (edit->kind == GATE_EDIT_MOVE && gate_pointer_within(path, to)) {
        return "moves a value to what it is a part of; copy it";
    }

    return NULL;
}


static const char *
gate_edit_pair(const gate_edit_read_t *a, const gate_edit_read_t *b)
{
    int                    i, j;
    const char            *wrong;
    const gate_pointer_t  *pa, *pb;

    for (i = 0; i < 2; i++) {
        for (j = 0; j < 2; j++) {
            pa = i ? &a->to : &a->path;
            pb = j ? &b->to : &b->path;

            wrong = gate_edit_places(pa, gate_edit_use(a, i),
                                     pb, gate_edit_use(b, j));
            if (wrong != NULL) {
                return wrong;
            }
        }
    }

    return NULL;
}


static const char *
gate_edit_places(const gate_pointer_t *a, gate_edit_use_e as,
    const gate_pointer_t *b, gate_edit_use_e bs)
{
    int  inside, outside;

    inside = gate_pointer_within(a, b);
    outside = gate_pointer_within(b, a);

    if (as == GATE_EDIT_READS || bs == GATE_EDIT_READS) {

        /* what is read whole may be changed whole, or be a part of that */

        if (as != bs && inside != outside) {
            if (bs == GATE_EDIT_READS && inside) {
                return "changes a part of what another edit copies";
            }

            if (as == GATE_EDIT_READS && outside) {
                return "copies what another edit changes a part of";
            }
        }

        return NULL;
    }

    if (inside && outside) {
        return (as == GATE_EDIT_WRITES_END && bs == GATE_EDIT_WRITES_END)
               ? NULL : "has the place of another edit";
    }

    if (inside && bs != GATE_EDIT_WRITES_NAME) {
        return "has a place within that of another edit";
    }

    if (outside && as != GATE_EDIT_WRITES_NAME) {
        return "has the place of another edit within its own";
    }

    return NULL;
}


static gate_edit_use_e
gate_edit_use(const gate_edit_read_t *edit, int to)
{
    const gate_pointer_t  *p;

    p = to ? &edit->to : &edit->path;

    if (edit->kind == GATE_EDIT_COPY && !to) {
        return GATE_EDIT_READS;
    }

    if (edit->kind == GATE_EDIT_RENAME && !to) {
        return GATE_EDIT_WRITES_NAME;
    }

    if (p->n != 0 && gate_str_eq(p->steps[p->n - 1], gate_cstr("-"))
        && (edit->kind == GATE_EDIT_ADD
            || (to && (edit->kind == GATE_EDIT_MOVE
                       || edit->kind == GATE_EDIT_COPY))))
    {
        return GATE_EDIT_WRITES_END;
    }

    return GATE_EDIT_WRITES;
}
