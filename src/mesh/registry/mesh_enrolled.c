
/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * One registration with its checks: made as a whole before anything is
 * changed, then put in the place of the one of its name.
 */


#include <stdlib.h>

#include "mesh_enrolled.h"


static int mesh_enrolled_strings(mesh_enrolled_t *e, gate_str_t node,
    gate_str_t from, const json_t *definition);
static int mesh_enrolled_texts(mesh_enrolled_t *e, const json_t *definition);
static int mesh_enrolled_dump(gate_str_t *to, const json_t *value);
static void mesh_enrolled_free_check(mesh_check_t *c);
static int mesh_enrolled_compare(const mesh_enrolled_t *a,
    const mesh_enrolled_t *b);
static size_t mesh_enrolled_place(const mesh_group_t *g,
    const mesh_enrolled_t *e);
static mesh_group_t *mesh_enrolled_group(mesh_registry_t *r,
    gate_str_t service);


mesh_enrolled_t *
mesh_enrolled_make(gate_str_t node, gate_str_t from, const json_t *definition)
{
    mesh_enrolled_t  *e;

    e = calloc(1, sizeof(mesh_enrolled_t));
    if (e == NULL) {
        return NULL;
    }

    if (!mesh_enrolled_strings(e, node, from, definition)
        || !mesh_enrolled_texts(e, definition))
    {
        mesh_enrolled_free(e);
        return NULL;
    }

    return e;
}


/* what is found by it, in one block that exact.name begins */

static int
mesh_enrolled_strings(mesh_enrolled_t *e, gate_str_t node, gate_str_t from,
    const json_t *definition)
{
    gate_str_t      id, name, address;
    unsigned char  *p;

    if (!gate_json_string(definition, "ID", &id)
        || !gate_json_string(definition, "Name", &name)
        || !gate_json_string(definition, "Address", &address)
        || id.len == 0 || name.len == 0)
    {
        return 0;
    }

    p = malloc(node.len + 1 + id.len + name.len + from.len + address.len);
    if (p == NULL) {
        return 0;
    }

    e->exact.name = gate_str(p, node.len + 1 + id.len);
    e->exact.thing = e;

    e->node = gate_str(p, node.len);
    p = gate_str_copy(p, node);
    *p++ = '\0';

    e->id = gate_str(p, id.len);
    p = gate_str_copy(p, id);
    e->by_id.name = e->id;
    e->by_id.thing = e;

    e->service = gate_str(p, name.len);
    p = gate_str_copy(p, name);

    e->from = gate_str(p, from.len);
    p = gate_str_copy(p, from);

    e->address = gate_str(p, address.len);
    (void) gate_str_copy(p, address);

    return 1;
}


static int
mesh_enrolled_texts(mesh_enrolled_t *e, const json_t *definition)
{
    json_t  *tagged, *weights;

    tagged = json_object_get(definition, "TaggedAddresses");
    weights = json_object_get(definition, "Weights");

    e->port = (unsigned) json_integer_value(json_object_get(definition,
                                                            "Port"));
    e->passing = (unsigned) json_integer_value(json_object_get(weights,
                                                               "Passing"));
    e->warning = (unsigned) json_integer_value(json_object_get(weights,
                                                               "Warning"));
    e->override = json_is_true(json_object_get(definition,
                                               "EnableTagOverride"));

    return mesh_enrolled_dump(&e->definition, definition)
           && mesh_enrolled_dump(&e->tags_json,
                                 json_object_get(definition, "Tags"))
           && mesh_enrolled_dump(&e->meta_json,
                                 json_object_get(definition, "Meta"))
           && (tagged == NULL || mesh_enrolled_dump(&e->tagged_json, tagged));
}


static int
mesh_enrolled_dump(gate_str_t *to, const json_t *value)
{
    char  *text;

    text = json_dumps(value, JSON_COMPACT|JSON_SORT_KEYS);
    if (text == NULL) {
        return 0;
    }

    *to = gate_cstr(text);

    return 1;
}


void
mesh_enrolled_free(mesh_enrolled_t *e)
{
    mesh_check_t  *c;

    while (e->checks != NULL) {
        c = e->checks;
        e->checks = c->next;
        mesh_enrolled_free_check(c);
    }

    free(e->exact.name.data);
    free(e->definition.data);
    free(e->tags_json.data);
    free(e->meta_json.data);
    free(e->tagged_json.data);
    free(e);
}


static void
mesh_enrolled_free_check(mesh_check_t *c)
{
    free(c->exact.name.data);
    free(c->output.data);
    free(c);
}


int
mesh_enrolled_check(mesh_enrolled_t *e, const mesh_check_t *like)
{
    mesh_check_t   *c, **at;
    unsigned char  *p;

    c = malloc(sizeof(mesh_check_t));
    if (c == NULL) {
        return 0;
    }

    *c = *like;

    memset(&c->exact, 0, sizeof(mesh_named_t));
    memset(&c->by_id, 0, sizeof(mesh_named_t));
    memset(&c->deadline, 0, sizeof(mesh_deadline_t));
    c->output = gate_str(NULL, 0);

    p = malloc(e->node.len + 1 + like->id.len + like->name.len
               + like->notes.len);

    if (p == NULL || !mesh_enrolled_text(&c->output, like->output)) {
        free(p);
        free(c);
        return 0;
    }

    c->exact.name = gate_str(p, e->node.len + 1 + like->id.len);
    c->exact.thing = c;

    p = gate_str_copy(p, e->node);
    *p++ = '\0';

    c->id = gate_str(p, like->id.len);
    p = gate_str_copy(p, like->id);
    c->by_id.name = c->id;
    c->by_id.thing = c;

    c->name = gate_str(p, like->name.len);
    p = gate_str_copy(p, like->name);

    c->notes = gate_str(p, like->notes.len);
    (void) gate_str_copy(p, like->notes);

    c->deadline.thing = c;
    c->instance = e;

    for (at = &e->checks; *at != NULL; at = &(*at)->next) {

        if (mesh_enrolled_order((*at)->id, c->id) > 0) {
            break;
        }
    }

    c->next = *at;
    *at = c;

    return 1;
}


mesh_check_t *
mesh_enrolled_find(const mesh_enrolled_t *e, gate_str_t id)
{
    mesh_check_t  *c;

    for (c = e->checks; c != NULL; c = c->next) {

        if (gate_str_eq(c->id, id)) {
            return c;
        }
    }

    return NULL;
}


int
mesh_enrolled_reserve(mesh_registry_t *r, mesh_enrolled_t *e)
{
    size_t             n, size;
    mesh_check_t      *c;
    mesh_group_t      *g;
    mesh_enrolled_t  **instances;

    n = 0;

    for (c = e->checks; c != NULL; c = c->next) {
        n++;
    }

    if (!mesh_named_reserve(&r->instances, 1)
        || !mesh_named_reserve(&r->ids, 1)
        || !mesh_named_reserve(&r->checks, n)
        || !mesh_named_reserve(&r->check_ids, n)
        || !mesh_deadline_reserve(&r->deadlines, n))
    {
        return 0;
    }

    g = mesh_enrolled_group(r, e->service);
    if (g == NULL) {
        return 0;
    }

    e->group = g;

    if (g->n < g->size) {
        return 1;
    }

    size = 2 * g->size + 2;

    instances = realloc(g->instances, size * sizeof(mesh_enrolled_t *));
    if (instances == NULL) {
        mesh_enrolled_changed(r, e);
        return 0;
    }

    g->instances = instances;
    g->size = size;

    return 1;
}


static mesh_group_t *
mesh_enrolled_group(mesh_registry_t *r, gate_str_t service)
{
    mesh_group_t  *g;
    mesh_named_t  *named;

    named = mesh_named_find(&r->groups, service);

    if (named != NULL) {
        return named->thing;
    }

    if (!mesh_named_reserve(&r->groups, 1)) {
        return NULL;
    }

    g = calloc(1, sizeof(mesh_group_t));
    if (g == NULL) {
        return NULL;
    }

    if (!mesh_enrolled_text(&g->named.name, service)) {
        free(g);
        return NULL;
    }

    g->named.thing = g;
    mesh_named_add(&r->groups, &g->named);

    return g;
}


void
mesh_enrolled_link(mesh_registry_t *r, mesh_enrolled_t *e)
{
    size_t         i;
    mesh_check_t  *c;
    mesh_group_t  *g;
    mesh_named_t  *named;

    named = mesh_named_find(&r->instances, e->exact.name);

    if (named != NULL) {
        mesh_enrolled_unlink(r, named->thing);
    }

    mesh_named_add(&r->instances, &e->exact);
    mesh_named_add(&r->ids, &e->by_id);

    g = e->group;
    i = mesh_enrolled_place(g, e);

    memmove(&g->instances[i + 1], &g->instances[i],
            (g->n - i) * sizeof(mesh_enrolled_t *));
    g->instances[i] = e;
    g->n++;

    mesh_enrolled_changed(r, e);

    for (c = e->checks; c != NULL; c = c->next) {
        mesh_enrolled_add_check(r, c);
    }
}


void
mesh_enrolled_unlink(mesh_registry_t *r, mesh_enrolled_t *e)
{
    size_t         i;
    mesh_check_t  *c;
    mesh_group_t  *g;

    mesh_enrolled_changed(r, e);

    mesh_named_remove(&r->instances, &e->exact);
    mesh_named_remove(&r->ids, &e->by_id);

    for (c = e->checks; c != NULL; c = c->next) {
        mesh_deadline_clear(&r->deadlines, &c->deadline);
        mesh_named_remove(&r->checks, &c->exact);
        mesh_named_remove(&r->check_ids, &c->by_id);
    }

    g = e->group;
    i = mesh_enrolled_place(g, e);
    g->n--;

    memmove(&g->instances[i], &g->instances[i + 1],
            (g->n - i) * sizeof(mesh_enrolled_t *));

    if (r->gone != NULL) {
        r->gone(e);
    }

    mesh_enrolled_free(e);
}


/* as in Consul, a CheckID belongs to whoever said it last */

void
mesh_enrolled_add_check(mesh_registry_t *r, mesh_check_t *c)
{
    mesh_named_t  *named;

    named = mesh_named_find(&r->checks, c->exact.name);

    if (named != NULL) {
        mesh_enrolled_drop_check(r, named->thing);
    }

    mesh_named_add(&r->checks, &c->exact);
    mesh_named_add(&r->check_ids, &c->by_id);
    mesh_enrolled_arm(r, c);
}


void
mesh_enrolled_drop_check(mesh_registry_t *r, mesh_check_t *c)
{
    mesh_check_t  **at;

    mesh_enrolled_changed(r, c->instance);

    mesh_deadline_clear(&r->deadlines, &c->deadline);
    mesh_named_remove(&r->checks, &c->exact);
    mesh_named_remove(&r->check_ids, &c->by_id);

    for (at = &c->instance->checks; *at != c; at = &(*at)->next) { /* void */ }

    *at = c->next;

    mesh_enrolled_free_check(c);
}


void
mesh_enrolled_arm(mesh_registry_t *r, mesh_check_t *c)
{
    int64_t  at;

    at = c->ttl_at;

    if (at == 0 || (c->drop_at != 0 && c->drop_at < at)) {
        at = c->drop_at;
    }

    if (at == 0) {
        mesh_deadline_clear(&r->deadlines, &c->deadline);
        return;
    }

    mesh_deadline_set(&r->deadlines, &c->deadline, at);
}


void
mesh_enrolled_changed(mesh_registry_t *r, mesh_enrolled_t *e)
{
    mesh_group_t  *g;

    g = e->group;

    if (g->changed) {
        return;
    }

    g->changed = 1;
    g->next_changed = r->changed;
    r->changed = g;
}


static int
mesh_enrolled_compare(const mesh_enrolled_t *a, const mesh_enrolled_t *b)
{
    int  order;

    order = mesh_enrolled_order(a->node, b->node);

    return order ? order : mesh_enrolled_order(a->id, b->id);
}


/* where it is, or belongs */

static size_t
mesh_enrolled_place(const mesh_group_t *g, const mesh_enrolled_t *e)
{
    size_t  low, high, middle;

    low = 0;
    high = g->n;

    while (low < high) {
        middle = low + (high - low) / 2;

        if (mesh_enrolled_compare(g->instances[middle], e) < 0) {
            low = middle + 1;

        } else {
            high = middle;
        }
    }

    return low;
}


int
mesh_enrolled_order(gate_str_t a, gate_str_t b)
{
    int  order;

    order = memcmp(a.data, b.data, a.len < b.len ? a.len : b.len);

    return order ? order : (a.len > b.len) - (a.len < b.len);
}


int
mesh_enrolled_text(gate_str_t *to, gate_str_t text)
{
    unsigned char  *p;

    p = malloc(text.len + 1);
    if (p == NULL) {
        return 0;
    }

    (void) gate_str_copy(p, text);
    free(to->data);
    *to = gate_str(p, text.len);

    return 1;
}


gate_str_t
mesh_enrolled_key(gate_str_t node, gate_str_t id, unsigned char *dst)
{
    unsigned char  *p;

    if (node.len + 1 + id.len > MESH_ENROLLED_KEY) {
        return gate_str(dst, 0);
    }

    p = gate_str_copy(dst, node);
    *p++ = '\0';
    p = gate_str_copy(p, id);

    return gate_str(dst, p - dst);
}
