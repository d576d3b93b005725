
/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * Edits of a JSON text by JSON pointers: the text is read once, and the places
 * are found that the plan speaks of.
 */


#include "gate_edit_run.h"


#define GATE_EDIT_FEW  16                     /* places, to begin with */


static void gate_edit_event(gate_edit_t *edit, gate_scan_e event);
static void gate_edit_named(gate_edit_t *edit);
static void gate_edit_value(gate_edit_t *edit);
static int gate_edit_is_marked(const gate_edit_frame_t *frame,
    const gate_edit_node_t *child);
static void gate_edit_descend(gate_edit_t *edit);
static void gate_edit_want(gate_edit_t *edit);
static void gate_edit_item_ends(gate_edit_t *edit);
static void gate_edit_close(gate_edit_t *edit);
static void gate_edit_close_object(gate_edit_t *edit);
static void gate_edit_close_array(gate_edit_t *edit);
static void gate_edit_yield(gate_edit_t *edit, size_t id);
static gate_edit_mark_t *gate_edit_mark(gate_edit_t *edit,
    gate_edit_where_e where, const gate_edit_node_t *node, size_t op);
static int gate_edit_grow(gate_edit_t *edit);
static void gate_edit_fail(gate_edit_t *edit, gate_edit_rc_e rc,
    const char *why, size_t at);


gate_edit_t *
gate_edit_create(const gate_edit_plan_t *plan, gate_edit_memory_t memory)
{
    size_t          fixed, size, room;
    gate_str_t      names;
    gate_edit_t    *edit;
    unsigned char  *p;

    room = GATE_SCAN_SPELT * plan->longest;

    fixed = sizeof(gate_edit_t) + plan->depth * sizeof(gate_edit_frame_t)
            + plan->nodes * sizeof(gate_edit_seen_t);
    size = fixed + plan->n + room;

    p = memory.alloc(memory.pool, size);
    if (p == NULL) {
        return NULL;
    }

    memset(p, 0, fixed + plan->n);

    edit = (gate_edit_t *) p;
    edit->plan = plan;
    edit->memory = memory;
    edit->told = GATE_SCAN_NONE;

    p += sizeof(gate_edit_t);
    edit->frames = (gate_edit_frame_t *) p;
    p += plan->depth * sizeof(gate_edit_frame_t);
    edit->seen = (gate_edit_seen_t *) p;
    p += plan->nodes * sizeof(gate_edit_seen_t);
    edit->lands = p;
    names = gate_str(p + plan->n, room);

    gate_scan_init(&edit->scan, names);

    edit->frame = edit->frames;
    edit->frame->node = plan->top;
    edit->frame->group = GATE_SCAN_NONE;
    edit->frame->mark = GATE_SCAN_NONE;
    edit->frame->number = ++edit->numbers;

    return edit;
}


gate_edit_rc_e
gate_edit_feed(gate_edit_t *edit, gate_str_t bytes)
{
    gate_scan_e  event;

    gate_scan_feed(&edit->scan, bytes);
    edit->len += bytes.len;

    while (edit->rc == GATE_EDIT_OK) {
        event = gate_scan_run(&edit->scan);

        if (event == GATE_SCAN_MORE) {
            break;
        }

        gate_edit_event(edit, event);
    }

    return edit->rc;
}


gate_edit_rc_e
gate_edit_end(gate_edit_t *edit)
{
    gate_scan_e  event;

    while (edit->rc == GATE_EDIT_OK) {
        event = gate_scan_end(&edit->scan);

        if (event == GATE_SCAN_MORE) {
            break;
        }

        gate_edit_event(edit, event);
    }

    return edit->rc;
}


gate_edit_rc_e
gate_edit_finish(gate_edit_t *edit, const gate_str_t *values,
    gate_edit_out_t *out)
{
    if (gate_edit_end(edit) != GATE_EDIT_OK) {
        return edit->rc;
    }

    return gate_edit_write(edit, values, out);
}


const char *
gate_edit_why(const gate_edit_t *edit, size_t *at)
{
    *at = edit->at;

    return edit->why;
}


const char *
gate_edit_check(gate_str_t text)
{
    gate_scan_t  scan;

    gate_scan_init(&scan, gate_str(NULL, 0));
    scan.watch = GATE_SCAN_NONE;
    gate_scan_feed(&scan, text);

    (void) gate_scan_run(&scan);
    (void) gate_scan_end(&scan);

    return scan.why;
}


static void
gate_edit_event(gate_edit_t *edit, gate_scan_e event)
{
    gate_scan_t  *scan;

    scan = &edit->scan;

    switch (event) {

    case GATE_SCAN_ITEM:
        edit->marks[edit->told].next = scan->item;
        break;

    case GATE_SCAN_NAME:
        gate_edit_named(edit);
        break;

    case GATE_SCAN_VALUE:
        gate_edit_value(edit);
        break;

    case GATE_SCAN_END:
        gate_edit_item_ends(edit);
        break;

    case GATE_SCAN_CLOSE:
        gate_edit_close(edit);
        break;

    default: /* GATE_SCAN_BAD */
        gate_edit_fail(edit, GATE_EDIT_BAD, scan->why, scan->error);
    }
}


static void
gate_edit_named(gate_edit_t *edit)
{
    size_t        len;
    gate_str_t    name;
    gate_scan_t  *scan;

    scan = &edit->scan;
    name = scan->name;

    if (scan->escaped) {

        if (name.len > scan->room.len
            || !gate_edit_unescape(name, scan->room.data, &len))
        {
            return;
        }

        name = gate_str(scan->room.data, len);
    }

    edit->frame->child = gate_edit_node(edit->frame->node, name);
    scan->known = (edit->frame->child != NULL);
}


/* a value that the plan speaks of, or that something of it may be in */

static void
gate_edit_value(gate_edit_t *edit)
{
    gate_scan_t             *scan;
    gate_edit_mark_t        *mark;
    gate_edit_frame_t       *frame;
    const gate_edit_node_t  *child;

    scan = &edit->scan;
    frame = edit->frame;

    if (!frame->object) {
        frame->child = frame->node->elements[frame->element++];
        gate_edit_want(edit);
    }

    child = frame->child;
    edit->seen[child->id].seen = frame->number;

    frame->value = gate_scan_place(scan, scan->p);
    frame->mark = GATE_SCAN_NONE;

    if (gate_edit_is_marked(frame, child)) {
        mark = gate_edit_mark(edit, GATE_EDIT_FOUND, child, child->op);
        if (mark == NULL) {
            return;
        }

        if (child->act == GATE_EDIT_SET && !frame->object) {
            mark->where = GATE_EDIT_BEFORE;

        } else {
            frame->mark = edit->n - 1;
        }
    }

    scan->marked = (child->source || frame->mark != GATE_SCAN_NONE);

    if (child->n != 0 && (*scan->p == '{' || *scan->p == '[')) {
        gate_edit_descend(edit);
    }
}


static int
gate_edit_is_marked(const gate_edit_frame_t *frame,
    const gate_edit_node_t *child)
{
    switch (child->act) {

    case GATE_EDIT_VALUE:
    case GATE_EDIT_SET:
    case GATE_EDIT_DELETE:
    case GATE_EDIT_TAKE:
        return 1;

    case GATE_EDIT_NAME:
    case GATE_EDIT_YIELD:
        return frame->object;

    default: /* NOTHING, MISSING, APPEND */
        return 0;
    }
}


/* from now on what is in this value is watched */

static void
gate_edit_descend(gate_edit_t *edit)
{
    gate_scan_t        *scan;
    gate_edit_frame_t  *frame;

    scan = &edit->scan;
    frame = edit->frame;
    frame->count = scan->count;

    edit->frame = ++frame;

    frame->node = frame[-1].child;
    frame->number = ++edit->numbers;
    frame->group = GATE_SCAN_NONE;
    frame->marks = edit->n;
    frame->element = 0;
    frame->object = (*scan->p == '{');
    frame->mark = GATE_SCAN_NONE;

    scan->watch++;
    scan->count = 0;
    scan->prev = gate_scan_place(scan, scan->p + 1);
    scan->marked = 0;

    gate_edit_want(edit);
}


/* what the scanner tells of the level that it watches */

static void
gate_edit_want(gate_edit_t *edit)
{
    gate_edit_frame_t       *frame;
    const gate_edit_node_t  *node;

    frame = edit->frame;
    node = frame->node;

    edit->scan.lengths = node->lengths;
    edit->scan.want = (frame->element < node->nelements)
                      ? node->elements[frame->element]->index : GATE_SCAN_NONE;
}


static void
gate_edit_item_ends(gate_edit_t *edit)
{
    gate_scan_t        *scan;
    gate_edit_seen_t   *seen;
    gate_edit_frame_t  *frame;

    scan = &edit->scan;
    frame = edit->frame;

    if (frame->child->source) {
        seen = &edit->seen[frame->child->id];
        seen->found = 1;
        seen->from = frame->value;
        seen->len = scan->prev - frame->value;
    }

    if (frame->mark != GATE_SCAN_NONE) {
        edit->marks[frame->mark].end = scan->prev;
        edit->told = frame->mark;
        scan->tell = 1;
    }
}


static void
gate_edit_close(gate_edit_t *edit)
{
    gate_scan_t        *scan;
    gate_edit_frame_t  *frame;

    scan = &edit->scan;

    if (edit->frame->object) {
        gate_edit_close_object(edit);

    } else {
        gate_edit_close_array(edit);
    }

    frame = --edit->frame;

    scan->watch--;
    scan->count = frame->count;
    scan->tell = 0;
    scan->marked = (frame->child->source || frame->mark != GATE_SCAN_NONE);

    gate_edit_want(edit);
}


static void
gate_edit_close_object(gate_edit_t *edit)
{
    size_t                   number;
    gate_edit_seen_t        *seen;
    const gate_edit_step_t  *step;

    seen = edit->seen;
    number = edit->frame->number;

    for (step = edit->frame->node->closing; step != NULL; step = step->next) {

        if (step->kind == GATE_EDIT_RENAME) {
            if (seen[step->at->id].seen == number
                && seen[step->yields->id].seen == number)
            {
                gate_edit_yield(edit, step->yields->id);
            }

        } else if (step->at->act != GATE_EDIT_APPEND
                   && seen[step->at->id].seen != number
                   && gate_edit_mark(edit, GATE_EDIT_BEHIND, step->at,
                                     (size_t) (step - edit->plan->steps))
                      == NULL)
        {
            return;
        }
    }
}


/* the element behind the last by its number comes before "-" */

static void
gate_edit_close_array(gate_edit_t *edit)
{
    int                      end;
    size_t                   count;
    const gate_edit_step_t  *step;

    count = edit->scan.count;

    for (end = 0; end < 2; end++) {

        for (step = edit->frame->node->closing; step != NULL;
             step = step->next)
        {
            if ((end ? step->at->act == GATE_EDIT_APPEND
                     : step->at->act == GATE_EDIT_SET
                       && step->at->index == count)
                && gate_edit_mark(edit, GATE_EDIT_BEHIND, step->at,
                                  (size_t) (step - edit->plan->steps))
                   == NULL)
            {
                return;
            }
        }
    }
}


static void
gate_edit_yield(gate_edit_t *edit, size_t id)
{
    size_t  i;

    for (i = edit->frame->marks; i < edit->n; i++) {
        if (edit->marks[i].id == id) {
            edit->marks[i].yields = 1;
        }
    }
}


static gate_edit_mark_t *
gate_edit_mark(gate_edit_t *edit, gate_edit_where_e where,
    const gate_edit_node_t *node, size_t op)
{
    gate_scan_t        *scan;
    gate_edit_mark_t   *mark;
    gate_edit_frame_t  *frame;

    scan = &edit->scan;
    frame = edit->frame;

    if (edit->n == edit->room && !gate_edit_grow(edit)) {
        return NULL;
    }

    if (frame->group == GATE_SCAN_NONE) {
        frame->group = edit->groups++;
    }

    mark = &edit->marks[edit->n++];

    mark->where = where;
    mark->act = node->act;
    mark->op = op;
    mark->id = node->id;
    mark->yields = 0;
    mark->object = frame->object;
    mark->group = frame->group;
    mark->count = scan->count;
    mark->prev = scan->prev;
    mark->item = scan->item;
    mark->name_end = scan->name_end;
    mark->value = frame->value;
    mark->next = GATE_SCAN_NONE;

    if (mark->act != GATE_EDIT_TAKE) {
        edit->lands[op] = 1;
    }

    return mark;
}


static int
gate_edit_grow(gate_edit_t *edit)
{
    size_t             room;
    gate_edit_mark_t  *marks;

    if (edit->n == GATE_EDIT_PLACES) {
        gate_edit_fail(edit, GATE_EDIT_BAD, "too many places to edit",
                       gate_scan_place(&edit->scan, edit->scan.p));
        return 0;
    }

    room = edit->room ? 2 * edit->room : GATE_EDIT_FEW;

    marks = edit->memory.alloc(edit->memory.pool,
                               room * sizeof(gate_edit_mark_t));
    if (marks == NULL) {
        gate_edit_fail(edit, GATE_EDIT_NO_MEMORY, "no memory", 0);
        return 0;
    }

    if (edit->n != 0) {
        memcpy(marks, edit->marks, edit->n * sizeof(gate_edit_mark_t));
    }

    edit->marks = marks;
    edit->room = room;

    return 1;
}


static void
gate_edit_fail(gate_edit_t *edit, gate_edit_rc_e rc, const char *why,
    size_t at)
{
    edit->rc = rc;
    edit->why = why;
    edit->at = at;
}
