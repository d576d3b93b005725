
/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * The pieces of an edited JSON text, from the places that were found in it.
 *
 * Places are in the order of the text, so that each piece of the old text
 * begins where the one before it ends, or behind that.
 */


#include "gate_edit_run.h"


/* a removed item, a name, a value, each with the old text before it, and what
 * is put in takes no more */
#define GATE_EDIT_PIECES  4


/* of the items of a container */

typedef struct {
    size_t                   removed;
    size_t                   leading;    /* of these: before all others */
    size_t                   behind;     /* put behind the last */
} gate_edit_group_t;


typedef struct {
    const gate_edit_t       *edit;
    const gate_str_t        *values;
    gate_edit_group_t       *groups;
    gate_edit_out_t         *out;
    size_t                   at;         /* of the old text */
} gate_edit_writing_t;


static int gate_edit_values(gate_edit_t *edit, const gate_str_t *values);
static void gate_edit_mark_write(gate_edit_writing_t *w,
    const gate_edit_mark_t *mark);
static void gate_edit_found(gate_edit_writing_t *w,
    const gate_edit_mark_t *mark);
static void gate_edit_remove(gate_edit_writing_t *w,
    const gate_edit_mark_t *mark);
static void gate_edit_behind(gate_edit_writing_t *w,
    const gate_edit_mark_t *mark);
static int gate_edit_has_value(const gate_edit_writing_t *w, size_t op);
static void gate_edit_put_value(gate_edit_writing_t *w, size_t op);
static void gate_edit_keep(gate_edit_writing_t *w, size_t to);
static void gate_edit_piece(gate_edit_writing_t *w, size_t from,
    gate_str_t text);


gate_edit_rc_e
gate_edit_write(gate_edit_t *edit, const gate_str_t *values,
    gate_edit_out_t *out)
{
    size_t               i, size;
    gate_edit_writing_t  w;

    if (!gate_edit_values(edit, values)) {
        return edit->rc;
    }

    size = (edit->n * GATE_EDIT_PIECES + 1) * sizeof(gate_edit_piece_t);

    out->pieces = edit->memory.alloc(edit->memory.pool,
                                     size + edit->groups
                                            * sizeof(gate_edit_group_t));
    if (out->pieces == NULL) {
        edit->rc = GATE_EDIT_NO_MEMORY;
        return edit->rc;
    }

    out->n = 0;
    out->len = 0;
    out->changed = 0;

    w.edit = edit;
    w.values = values;
    w.groups = (gate_edit_group_t *) ((unsigned char *) out->pieces + size);
    w.out = out;
    w.at = 0;

    memset(w.groups, 0, edit->groups * sizeof(gate_edit_group_t));

    for (i = 0; i < edit->n; i++) {
        gate_edit_mark_write(&w, &edit->marks[i]);
    }

    gate_edit_keep(&w, edit->len);

    return GATE_EDIT_OK;
}


/* a value that is no JSON text would make another text of this one */

static int
gate_edit_values(gate_edit_t *edit, const gate_str_t *values)
{
    size_t                   i;
    const gate_edit_step_t  *step;

    for (i = 0; i < edit->plan->n; i++) {
        step = &edit->plan->steps[i];

        if (step->kind != GATE_EDIT_ADD && step->kind != GATE_EDIT_REPLACE
            && step->kind != GATE_EDIT_DEFAULT)
        {
            continue;
        }

        edit->why = gate_edit_check(values[i]);

        if (edit->why != NULL) {
            edit->rc = GATE_EDIT_BAD_VALUE;
            edit->at = i;
            return 0;
        }
    }

    return 1;
}


static void
gate_edit_mark_write(gate_edit_writing_t *w, const gate_edit_mark_t *mark)
{
    switch (mark->where) {

    case GATE_EDIT_FOUND:
        gate_edit_found(w, mark);
        break;

    case GATE_EDIT_BEFORE:
        if (gate_edit_has_value(w, mark->op)) {
            gate_edit_keep(w, mark->item);
            gate_edit_put_value(w, mark->op);
            gate_edit_piece(w, 0, gate_cstr(","));
        }

        break;

    default: /* GATE_EDIT_BEHIND */
        if (gate_edit_has_value(w, mark->op)) {
            gate_edit_behind(w, mark);
        }
    }
}


static void
gate_edit_found(gate_edit_writing_t *w, const gate_edit_mark_t *mark)
{
    gate_str_t  name;

    switch (mark->act) {

    case GATE_EDIT_NAME:
        name = w->edit->plan->steps[mark->op].name;

        gate_edit_keep(w, mark->item);
        gate_edit_piece(w, 0, gate_str(name.data + 1, name.len - 2));
        w->at = mark->name_end;
        break;

    case GATE_EDIT_VALUE:
    case GATE_EDIT_SET:
        if (gate_edit_has_value(w, mark->op)) {
            gate_edit_keep(w, mark->value);
            gate_edit_put_value(w, mark->op);
            w->at = mark->end;
        }

        break;

    case GATE_EDIT_DELETE:
        gate_edit_remove(w, mark);
        break;

    case GATE_EDIT_TAKE:
        if (w->edit->lands[mark->op]) {
            gate_edit_remove(w, mark);
        }

        break;

    default: /* GATE_EDIT_YIELD */
        if (mark->yields) {
            gate_edit_remove(w, mark);
        }
    }
}


/*
 * An item goes with what is between it and the one before; those before the
 * first that stays go with what is behind them.
 */

static void
gate_edit_remove(gate_edit_writing_t *w, const gate_edit_mark_t *mark)
{
    gate_edit_group_t  *group;

    group = &w->groups[mark->group];
    group->removed++;

    w->out->changed = 1;

    if (mark->count != group->leading) {
        gate_edit_keep(w, mark->prev);
        w->at = mark->end;
        return;
    }

    group->leading++;

    gate_edit_keep(w, mark->item);
    w->at = (mark->next == GATE_SCAN_NONE) ? mark->end : mark->next;
}


static void
gate_edit_behind(gate_edit_writing_t *w, const gate_edit_mark_t *mark)
{
    size_t              skip;
    gate_str_t          name;
    gate_edit_group_t  *group;

    group = &w->groups[mark->group];
    skip = (mark->count + group->behind == group->removed);
    group->behind++;

    gate_edit_keep(w, mark->prev);

    name = mark->object ? w->edit->plan->steps[mark->op].name : gate_cstr(",");

    gate_edit_piece(w, 0, gate_str(name.data + skip, name.len - skip));
    gate_edit_put_value(w, mark->op);
}


/* 0: what would be put there was not found */

static int
gate_edit_has_value(const gate_edit_writing_t *w, size_t op)
{
    const gate_edit_node_t  *source;

    source = w->edit->plan->steps[op].source;

    return source == NULL || w->edit->seen[source->id].found;
}


static void
gate_edit_put_value(gate_edit_writing_t *w, size_t op)
{
    const gate_edit_node_t  *source;
    const gate_edit_seen_t  *seen;

    source = w->edit->plan->steps[op].source;

    if (source == NULL) {
        gate_edit_piece(w, 0, w->values[op]);
        return;
    }

    seen = &w->edit->seen[source->id];

    w->out->changed = 1;
    gate_edit_piece(w, seen->from, gate_str(NULL, seen->len));
}


/* the old text up to there */

static void
gate_edit_keep(gate_edit_writing_t *w, size_t to)
{
    gate_edit_piece(w, w->at, gate_str(NULL, to - w->at));
    w->at = to;
}


static void
gate_edit_piece(gate_edit_writing_t *w, size_t from, gate_str_t text)
{
    gate_edit_piece_t  *piece;

    if (text.len == 0) {
        return;
    }

    if (text.data != NULL) {
        w->out->changed = 1;
    }

    piece = &w->out->pieces[w->out->n++];
    piece->from = from;
    piece->text = text;

    w->out->len += text.len;
}
