
/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * Consumers that no configuration keeps, counted.
 */


#include "gate_snapshot.h"

#include <stdlib.h>
#include <string.h>


struct gate_snapshot_s {
    size_t                 refs;
    max_align_t            memory[];
};


static size_t gate_snapshot_names_size(const gate_str_t *names, size_t n);
static gate_str_t gate_snapshot_str(unsigned char **p, gate_str_t s);
static void gate_snapshot_names(unsigned char **p, gate_str_t *to,
    const gate_str_t *names, size_t n);


gate_snapshot_t *
gate_snapshot_create(size_t size)
{
    gate_snapshot_t  *s;

    if (size > SIZE_MAX - sizeof(gate_snapshot_t)) {
        return NULL;
    }

    s = calloc(1, sizeof(gate_snapshot_t) + size);
    if (s == NULL) {
        return NULL;
    }

    s->refs = 1;

    return s;
}


void *
gate_snapshot_memory(gate_snapshot_t *s)
{
    return s->memory;
}


/* structures first, as they are aligned; then all bytes */

gate_consumer_t *
gate_snapshot_copy(const gate_consumer_t *c)
{
    size_t            size;
    gate_plan_t      *plan;
    unsigned char    *p;
    gate_consumer_t  *to;
    gate_snapshot_t  *s;

    size = sizeof(gate_consumer_t) + sizeof(gate_plan_t)
           + gate_snapshot_names_size(c->groups, c->ngroups)
           + gate_snapshot_names_size(c->scopes, c->nscopes)
           + (c->plan ? c->plan->name.len : 0)
           + c->name.len + c->id.len + c->groups_text.len
           + c->scopes_text.len + c->lane_text.len + c->fields.len;

    s = gate_snapshot_create(size);
    if (s == NULL) {
        return NULL;
    }

    to = gate_snapshot_memory(s);
    plan = (gate_plan_t *) (to + 1);

    *to = *c;
    to->snapshot = s;
    to->groups = (gate_str_t *) (plan + 1);
    to->scopes = to->groups + c->ngroups;

    p = (unsigned char *) (to->scopes + c->nscopes);

    if (c->plan != NULL) {
        *plan = *c->plan;
        plan->name = gate_snapshot_str(&p, c->plan->name);
        to->plan = plan;
    }

    to->name = gate_snapshot_str(&p, c->name);
    to->id = gate_snapshot_str(&p, c->id);
    to->groups_text = gate_snapshot_str(&p, c->groups_text);
    to->scopes_text = gate_snapshot_str(&p, c->scopes_text);
    to->lane_text = gate_snapshot_str(&p, c->lane_text);
    to->fields = gate_snapshot_str(&p, c->fields);

    gate_snapshot_names(&p, to->groups, c->groups, c->ngroups);
    gate_snapshot_names(&p, to->scopes, c->scopes, c->nscopes);

    return to;
}


static size_t
gate_snapshot_names_size(const gate_str_t *names, size_t n)
{
    size_t  i, size;

    size = n * sizeof(gate_str_t);

    for (i = 0; i < n; i++) {
        size += names[i].len;
    }

    return size;
}


static gate_str_t
gate_snapshot_str(unsigned char **p, gate_str_t s)
{
    gate_str_t  copy;

    copy = gate_str(*p, s.len);

    if (s.len != 0) {
        memcpy(*p, s.data, s.len);
        *p += s.len;
    }

    return copy;
}


static void
gate_snapshot_names(unsigned char **p, gate_str_t *to, const gate_str_t *names,
    size_t n)
{
    size_t  i;

    for (i = 0; i < n; i++) {
        to[i] = gate_snapshot_str(p, names[i]);
    }
}


gate_consumer_t *
gate_snapshot_take(gate_consumer_t *c)
{
    if (c != NULL && c->snapshot != NULL) {
        c->snapshot->refs++;
    }

    return c;
}


void
gate_snapshot_release(gate_consumer_t *c)
{
    if (c != NULL && c->snapshot != NULL && --c->snapshot->refs == 0) {
        free(c->snapshot);
    }
}


int
gate_snapshot_same(const gate_consumer_t *a, const gate_consumer_t *b)
{
    return a == b || (a != NULL && b != NULL && gate_str_eq(a->name, b->name));
}
