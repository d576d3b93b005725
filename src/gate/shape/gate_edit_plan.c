
/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * The plan of edits of a JSON text: pointers become a tree of places.
 */


#include "gate_edit_plan.h"
#include "gate_text.h"


typedef struct {
    gate_edit_plan_t      *plan;
    gate_edit_memory_t     memory;
    int                    no_memory;
} gate_edit_making_t;


static const char *gate_edit_read(gate_edit_making_t *m,
    gate_edit_read_t *edit, const gate_edit_op_t *op);
static const char *gate_edit_pointer(gate_edit_making_t *m, gate_pointer_t *p,
    gate_str_t text);
static const char *gate_edit_new_name(gate_edit_making_t *m,
    gate_edit_read_t *edit, gate_str_t name);
static int gate_edit_written(gate_edit_making_t *m, gate_str_t name,
    gate_str_t *written);
static void gate_edit_tree(gate_edit_making_t *m,
    const gate_edit_read_t *edits, size_t n);
static void gate_edit_step(gate_edit_making_t *m, size_t op,
    const gate_edit_read_t *edit);
static void gate_edit_put(gate_edit_making_t *m, size_t op,
    const gate_pointer_t *p);
static void gate_edit_closing(gate_edit_making_t *m, size_t op,
    gate_edit_node_t *parent, const gate_edit_node_t *node);
static gate_edit_node_t *gate_edit_place(gate_edit_making_t *m,
    const gate_pointer_t *p, gate_edit_node_t **parent);
static gate_edit_node_t *gate_edit_below(gate_edit_making_t *m,
    gate_edit_node_t *node, gate_str_t name);
static void gate_edit_sort(gate_edit_making_t *m, gate_edit_node_t *node);
static int gate_edit_order(gate_str_t a, gate_str_t b);
static void *gate_edit_zeroed(gate_edit_making_t *m, size_t size);


/* at the place of its path */

static const gate_edit_act_e  gate_edit_acts[] = {
    [GATE_EDIT_ADD] = GATE_EDIT_NOTHING,
    [GATE_EDIT_REPLACE] = GATE_EDIT_VALUE,
    [GATE_EDIT_REMOVE] = GATE_EDIT_DELETE,
    [GATE_EDIT_DEFAULT] = GATE_EDIT_MISSING,
    [GATE_EDIT_RENAME] = GATE_EDIT_NAME,
    [GATE_EDIT_MOVE] = GATE_EDIT_TAKE,
    [GATE_EDIT_COPY] = GATE_EDIT_NOTHING
};


const char *
gate_edit_plan(gate_edit_plan_t **plan, const gate_edit_op_t *ops, size_t n,
    gate_edit_memory_t memory, gate_edit_clash_t *clash)
{
    size_t               i;
    const char          *wrong;
    gate_edit_read_t    *edits;
    gate_edit_making_t   m;

    m.memory = memory;
    m.no_memory = 0;
    m.plan = gate_edit_zeroed(&m, sizeof(gate_edit_plan_t));
    edits = gate_edit_zeroed(&m, n * sizeof(gate_edit_read_t));
    wrong = NULL;

    for (i = 0; i < n && wrong == NULL && !m.no_memory; i++) {
        clash->op = i;
        clash->other = i;

        wrong = (i == GATE_EDIT_MOST) ? "is one too many"
                                      : gate_edit_read(&m, &edits[i], &ops[i]);
    }

    if (wrong == NULL && !m.no_memory) {
        wrong = gate_edit_clash(edits, n, clash);
    }

    if (wrong == NULL && !m.no_memory) {
        gate_edit_tree(&m, edits, n);
    }

    *plan = m.plan;

    return m.no_memory ? "finds no memory" : wrong;
}


static const char *
gate_edit_read(gate_edit_making_t *m, gate_edit_read_t *edit,
    const gate_edit_op_t *op)
{
    const char  *wrong;

    edit->kind = op->kind;

    wrong = gate_edit_pointer(m, &edit->path, op->path);
    if (wrong != NULL) {
        return wrong;
    }

    if (op->kind == GATE_EDIT_MOVE || op->kind == GATE_EDIT_COPY) {
        return gate_edit_pointer(m, &edit->to, op->to);
    }

    edit->to = edit->path;

    return (op->kind == GATE_EDIT_RENAME && edit->path.n != 0)
           ? gate_edit_new_name(m, edit, op->to) : NULL;
}


/* "" is the whole text */

static const char *
gate_edit_pointer(gate_edit_making_t *m, gate_pointer_t *p, gate_str_t text)
{
    gate_str_t      written;
    unsigned char  *buf;

    p->n = 0;

    if (text.len == 0) {
        return NULL;
    }

    buf = gate_edit_zeroed(m, text.len);

    if (buf == NULL) {
        return NULL;
    }

    return gate_edit_written(m, text, &written)
           ? gate_pointer_parse(p, text, buf) : "is not UTF-8";
}


static const char *
gate_edit_new_name(gate_edit_making_t *m, gate_edit_read_t *edit,
    gate_str_t name)
{
    gate_str_t      written, *step;
    unsigned char  *buf;

    buf = gate_edit_zeroed(m, name.len + 1);

    if (buf == NULL) {
        return NULL;
    }

    step = &edit->to.steps[edit->to.n - 1];
    step->len = (size_t) (gate_str_copy(buf, name) - buf);
    step->data = buf;

    return gate_edit_written(m, name, &written) ? NULL
                                                : "has a name not of UTF-8";
}


/* ,"NAME": as it is put behind other members; 0: it is not UTF-8 */

static int
gate_edit_written(gate_edit_making_t *m, gate_str_t name, gate_str_t *written)
{
    size_t          size, len;
    gate_text_t     t;
    unsigned char  *buf, *again;

    size = GATE_SCAN_SPELT * name.len + sizeof(",\"\":") - 1;
    buf = gate_edit_zeroed(m, size);
    again = gate_edit_zeroed(m, size);

    if (m->no_memory) {
        return 1;
    }

    gate_text_init(&t, buf, size);
    gate_text_cstr(&t, ",");
    gate_text_json(&t, name);
    gate_text_cstr(&t, ":");

    *written = gate_str(buf, (size_t) (t.last - buf));

    /* what is not UTF-8 was written as something else */

    return gate_edit_unescape(gate_str(buf + 2, written->len - 4), again, &len)
           && gate_str_eq(gate_str(again, len), name);
}


static void
gate_edit_tree(gate_edit_making_t *m, const gate_edit_read_t *edits, size_t n)
{
    size_t             i;
    gate_edit_plan_t  *plan;

    plan = m->plan;
    plan->n = n;
    plan->steps = gate_edit_zeroed(m, n * sizeof(gate_edit_step_t));
    plan->top = gate_edit_zeroed(m, sizeof(gate_edit_node_t));

    if (m->no_memory) {
        return;
    }

    plan->nodes = 1;
    plan->depth = 1;

    /* the text is there, whatever is done to it */

    (void) gate_edit_below(m, plan->top, gate_cstr("0"));

    for (i = 0; i < n && !m->no_memory; i++) {
        gate_edit_step(m, i, &edits[i]);
    }

    if (!m->no_memory) {
        gate_edit_sort(m, plan->top);
    }
}


static void
gate_edit_step(gate_edit_making_t *m, size_t op, const gate_edit_read_t *edit)
{
    gate_edit_node_t  *node, *parent;
    gate_edit_step_t  *step;

    step = &m->plan->steps[op];
    step->kind = edit->kind;

    node = gate_edit_place(m, &edit->path, &parent);
    if (node == NULL) {
        return;
    }

    step->at = node;

    if (gate_edit_acts[edit->kind] != GATE_EDIT_NOTHING) {
        node->act = gate_edit_acts[edit->kind];
        node->op = op;
    }

    switch (edit->kind) {

    case GATE_EDIT_ADD:
        gate_edit_put(m, op, &edit->path);
        break;

    case GATE_EDIT_DEFAULT:
        gate_edit_closing(m, op, parent, node);
        break;

    case GATE_EDIT_RENAME:
        step->yields = gate_edit_place(m, &edit->to, &parent);

        if (step->yields != NULL) {
            step->yields->act = GATE_EDIT_YIELD;
            step->yields->op = op;
            gate_edit_closing(m, op, parent, step->yields);
        }

        break;

    case GATE_EDIT_MOVE:
    case GATE_EDIT_COPY:
        node->source = 1;
        step->source = node;
        gate_edit_put(m, op, &edit->to);
        break;

    default: /* REPLACE, REMOVE */
        break;
    }
}


/* where an edit adds a value */

static void
gate_edit_put(gate_edit_making_t *m, size_t op, const gate_pointer_t *p)
{
    gate_edit_node_t  *node, *parent;

    node = gate_edit_place(m, p, &parent);
    if (node == NULL) {
        return;
    }

    m->plan->steps[op].at = node;
    node->op = op;

    if (parent == m->plan->top) {
        node->act = GATE_EDIT_VALUE;
        return;
    }

    node->act = gate_str_eq(node->name, gate_cstr("-")) ? GATE_EDIT_APPEND
                                                        : GATE_EDIT_SET;
    gate_edit_closing(m, op, parent, node);
}


/* behind those before it: what is added stands in the order of the edits */

static void
gate_edit_closing(gate_edit_making_t *m, size_t op, gate_edit_node_t *parent,
    const gate_edit_node_t *node)
{
    gate_edit_step_t  **last;

    for (last = &parent->closing; *last != NULL; last = &(*last)->next) {
        /* void */
    }

    *last = &m->plan->steps[op];

    (void) gate_edit_written(m, node->name, &m->plan->steps[op].name);
}


static gate_edit_node_t *
gate_edit_place(gate_edit_making_t *m, const gate_pointer_t *p,
    gate_edit_node_t **parent)
{
    size_t             i;
    gate_edit_node_t  *node;

    *parent = m->plan->top;
    node = m->plan->top->first;

    for (i = 0; i < p->n && node != NULL; i++) {
        *parent = node;
        node = gate_edit_below(m, node, p->steps[i]);
    }

    if (m->plan->depth < p->n + 1) {
        m->plan->depth = p->n + 1;
    }

    return node;
}


static gate_edit_node_t *
gate_edit_below(gate_edit_making_t *m, gate_edit_node_t *node, gate_str_t name)
{
    gate_edit_node_t  *child;

    for (child = node->first; child != NULL; child = child->next) {
        if (gate_str_eq(child->name, name)) {
            return child;
        }
    }

    child = gate_edit_zeroed(m, sizeof(gate_edit_node_t));
    if (child == NULL) {
        return NULL;
    }

    child->name = name;
    child->id = m->plan->nodes++;
    child->next = node->first;

    if (!gate_pointer_index(name, &child->index)) {
        child->index = GATE_SCAN_NONE;
    }

    node->first = child;
    node->n++;
    node->lengths |= GATE_SCAN_LENGTH(name.len);

    if (m->plan->longest < name.len) {
        m->plan->longest = name.len;
    }

    return child;
}


/* numbers of elements are in their order as well: none has a leading zero */

static void
gate_edit_sort(gate_edit_making_t *m, gate_edit_node_t *node)
{
    size_t             i, n;
    gate_edit_node_t  *child;

    node->names = gate_edit_zeroed(m, node->n * sizeof(gate_edit_node_t *));
    node->elements = gate_edit_zeroed(m, node->n
                                         * sizeof(gate_edit_node_t *));
    n = 0;

    for (child = node->first; child != NULL && !m->no_memory;
         child = child->next)
    {
        for (i = n++; i > 0; i--) {
            if (gate_edit_order(node->names[i - 1]->name, child->name) < 0) {
                break;
            }

            node->names[i] = node->names[i - 1];
        }

        node->names[i] = child;
    }

    for (i = 0; i < n && !m->no_memory; i++) {
        gate_edit_sort(m, node->names[i]);

        if (node->names[i]->index != GATE_SCAN_NONE) {
            node->elements[node->nelements++] = node->names[i];
        }
    }
}


gate_edit_node_t *
gate_edit_node(const gate_edit_node_t *node, gate_str_t name)
{
    int     order;
    size_t  low, high, i;

    low = 0;
    high = node->n;

    while (low < high) {
        i = (low + high) / 2;
        order = gate_edit_order(node->names[i]->name, name);

        if (order == 0) {
            return node->names[i];
        }

        if (order < 0) {
            low = i + 1;

        } else {
            high = i;
        }
    }

    return NULL;
}


static int
gate_edit_order(gate_str_t a, gate_str_t b)
{
    if (a.len != b.len) {
        return (a.len < b.len) ? -1 : 1;
    }

    return (a.len == 0) ? 0 : memcmp(a.data, b.data, a.len);
}


/* at least one byte; NULL: no memory, here or before */

static void *
gate_edit_zeroed(gate_edit_making_t *m, size_t size)
{
    void  *p;

    p = m->no_memory ? NULL : m->memory.alloc(m->memory.pool, size + !size);

    if (p == NULL) {
        m->no_memory = 1;
        return NULL;
    }

    return memset(p, 0, size);
}
