
/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * A service as one block of memory: the struct, its tables, then all bytes.
 */


#include <stdlib.h>

#include "gate_xxh.h"
#include "mesh_service.h"
#include "mesh_service_check.h"


/* where the next table, and the next bytes, of a block go */

typedef struct {
    unsigned char         *tables;
    unsigned char         *bytes;
} mesh_service_room_t;


static size_t mesh_service_tables(const mesh_service_t *s);
static size_t mesh_service_bytes(const mesh_service_t *s);
static void mesh_service_copy(mesh_service_t *to, const mesh_service_t *s);
static void mesh_service_copy_endpoint(mesh_service_room_t *room,
    mesh_endpoint_t *to, const mesh_endpoint_t *e);
static void *mesh_service_table(mesh_service_room_t *room, size_t size);
static gate_str_t mesh_service_text(mesh_service_room_t *room, gate_str_t s);
static void mesh_service_sort(mesh_service_t *s,
    int (*order)(const void *a, const void *b));
static int mesh_service_order(const void *a, const void *b);
static int mesh_service_order_name(const void *a, const void *b);
static int mesh_service_twice(const mesh_service_t *s);
static void mesh_service_versions(mesh_service_t *s);
static uint64_t mesh_service_hash(const mesh_service_t *s);
static uint64_t mesh_service_hash_policy(const mesh_policy_t *p, uint64_t h);
static uint64_t mesh_service_hash_endpoint(const mesh_endpoint_t *e,
    uint64_t h);
static uint64_t mesh_service_hash_text(gate_str_t s, uint64_t h);
static uint64_t mesh_service_hash_number(uint64_t n, uint64_t h);
static uint64_t mesh_service_hash_address(const mesh_address_t *a,
    uint64_t h);
static void mesh_service_free(mesh_item_t *item);


mesh_rc_e
mesh_service_make(const mesh_service_t *s, mesh_service_t **made,
    const char **why)
{
    mesh_service_t  *m;

    *why = mesh_service_check(s);

    if (*why != NULL) {
        return MESH_BAD;
    }

    m = malloc(mesh_service_tables(s) + mesh_service_bytes(s));
    if (m == NULL) {
        return MESH_NO_MEMORY;
    }

    mesh_service_copy(m, s);

    mesh_service_sort(m, mesh_service_order_name);

    if (mesh_service_twice(m)) {
        free(m);
        *why = "endpoints: two have the same node and id";
        return MESH_BAD;
    }

    mesh_service_sort(m, mesh_service_order);
    mesh_service_versions(m);

    m->hash = mesh_service_hash(m);
    m->item.refs = 1;
    m->item.free = mesh_service_free;

    *made = m;

    return MESH_OK;
}


/* all members of tables are of the alignment of pointers, or of less */

static size_t
mesh_service_tables(const mesh_service_t *s)
{
    size_t  i, n;

    n = s->nendpoints;

    n = sizeof(mesh_service_t) + s->nhosts * sizeof(gate_str_t)
        + n * sizeof(gate_str_t) + n * sizeof(mesh_endpoint_t)
        + s->policy.nallow * sizeof(mesh_net_t);

    for (i = 0; i < s->nendpoints; i++) {
        n += s->endpoints[i].naddresses * sizeof(mesh_address_t);
    }

    return n;
}


static size_t
mesh_service_bytes(const mesh_service_t *s)
{
    size_t            i, j, n;
    mesh_endpoint_t  *e;

    n = s->item.name.len + s->path.len;

    for (i = 0; i < s->nhosts; i++) {
        n += s->hosts[i].len;
    }

    for (i = 0; i < s->nendpoints; i++) {
        e = &s->endpoints[i];
        n += e->id.len + e->node.len + e->process.len + e->version.len;

        for (j = 0; j < e->naddresses; j++) {
            n += e->addresses[j].plane.len;
        }
    }

    return n;
}


static void
mesh_service_copy(mesh_service_t *to, const mesh_service_t *s)
{
    size_t               i;
    mesh_service_room_t  room;

    memset(to, 0, sizeof(mesh_service_t));

    room.tables = (unsigned char *) (to + 1);
    room.bytes = (unsigned char *) to + mesh_service_tables(s);

    to->item.name = mesh_service_text(&room, s->item.name);
    to->protocol = s->protocol;
    to->path = mesh_service_text(&room, s->path);
    to->policy = s->policy;
    to->nhosts = s->nhosts;
    to->nendpoints = s->nendpoints;

    to->hosts = mesh_service_table(&room, s->nhosts * sizeof(gate_str_t));

    for (i = 0; i < s->nhosts; i++) {
        to->hosts[i] = mesh_service_text(&room, s->hosts[i]);
    }

    to->policy.allow = mesh_service_table(&room, s->policy.nallow
                                                 * sizeof(mesh_net_t));

    for (i = 0; i < s->policy.nallow; i++) {
        to->policy.allow[i] = s->policy.allow[i];
        to->policy.allow[i].address.plane = gate_str(NULL, 0);
    }

    to->versions = mesh_service_table(&room, s->nendpoints
                                             * sizeof(gate_str_t));
    to->endpoints = mesh_service_table(&room, s->nendpoints
                                              * sizeof(mesh_endpoint_t));

    for (i = 0; i < s->nendpoints; i++) {
        mesh_service_copy_endpoint(&room, &to->endpoints[i], &s->endpoints[i]);
    }
}


static void
mesh_service_copy_endpoint(mesh_service_room_t *room, mesh_endpoint_t *to,
    const mesh_endpoint_t *e)
{
    size_t  i;

    *to = *e;

    to->id = mesh_service_text(room, e->id);
    to->node = mesh_service_text(room, e->node);
    to->process = mesh_service_text(room, e->process);
    to->version = mesh_service_text(room, e->version);

    to->addresses = mesh_service_table(room, e->naddresses
                                             * sizeof(mesh_address_t));

    for (i = 0; i < e->naddresses; i++) {
        to->addresses[i] = e->addresses[i];
        to->addresses[i].plane = mesh_service_text(room,
                                                   e->addresses[i].plane);
    }
}


static void *
mesh_service_table(mesh_service_room_t *room, size_t size)
{
    void  *table;

    table = size ? room->tables : NULL;
    room->tables += size;

    return table;
}


static gate_str_t
mesh_service_text(mesh_service_room_t *room, gate_str_t s)
{
    gate_str_t  text;

    text = gate_str(s.len ? room->bytes : NULL, s.len);
    room->bytes = gate_str_copy(room->bytes, s);

    return text;
}


static void
mesh_service_sort(mesh_service_t *s,
    int (*order)(const void *a, const void *b))
{
    if (s->nendpoints > 1) {
        qsort(s->endpoints, s->nendpoints, sizeof(mesh_endpoint_t), order);
    }
}


static int
mesh_service_order(const void *a, const void *b)
{
    int                     order;
    const mesh_endpoint_t  *x, *y;

    x = a;
    y = b;

    order = mesh_service_compare(x->version, y->version);

    return order ? order : mesh_service_order_name(a, b);
}


static int
mesh_service_order_name(const void *a, const void *b)
{
    int                     order;
    const mesh_endpoint_t  *x, *y;

    x = a;
    y = b;

    order = mesh_service_compare(x->node, y->node);

    return order ? order : mesh_service_compare(x->id, y->id);
}


/* an instance is in one version; all are sorted by their names here */

static int
mesh_service_twice(const mesh_service_t *s)
{
    size_t                  i;
    const mesh_endpoint_t  *e;

    for (i = 1; i < s->nendpoints; i++) {

        e = &s->endpoints[i];

        if (mesh_service_order_name(e - 1, e) == 0) {
            return 1;
        }
    }

    return 0;
}


static void
mesh_service_versions(mesh_service_t *s)
{
    size_t  i;

    for (i = 0; i < s->nendpoints; i++) {
        if (i == 0 || !gate_str_eq(s->endpoints[i].version,
                                   s->endpoints[i - 1].version))
        {
            s->versions[s->nversions++] = s->endpoints[i].version;
        }
    }
}


size_t
mesh_service_version(const mesh_service_t *s, gate_str_t version,
    const mesh_endpoint_t **first)
{
    size_t  low, high, middle;

    low = 0;
    high = s->nendpoints;

    while (low < high) {
        middle = low + (high - low) / 2;

        if (mesh_service_compare(s->endpoints[middle].version, version) < 0) {
            low = middle + 1;

        } else {
            high = middle;
        }
    }

    *first = s->nendpoints ? &s->endpoints[low] : NULL;

    for (high = low; high < s->nendpoints; high++) {
        if (!gate_str_eq(s->endpoints[high].version, version)) {
            break;
        }
    }

    return high - low;
}


/* each text with its length, so that no two services are one string */

static uint64_t
mesh_service_hash(const mesh_service_t *s)
{
    size_t    i;
    uint64_t  h;

    h = mesh_service_hash_text(s->item.name, 0);
    h = mesh_service_hash_text(s->path, h);
    h = mesh_service_hash_number((uint64_t) s->protocol, h);
    h = mesh_service_hash_number(s->nhosts, h);

    for (i = 0; i < s->nhosts; i++) {
        h = mesh_service_hash_text(s->hosts[i], h);
    }

    h = mesh_service_hash_policy(&s->policy, h);
    h = mesh_service_hash_number(s->nendpoints, h);

    for (i = 0; i < s->nendpoints; i++) {
        h = mesh_service_hash_endpoint(&s->endpoints[i], h);
    }

    return h;
}


static uint64_t
mesh_service_hash_policy(const mesh_policy_t *p, uint64_t h)
{
    size_t    i;
    uint32_t  numbers[6];

    numbers[0] = p->timeout_ms;
    numbers[1] = p->idle_ms;
    numbers[2] = p->retries;
    numbers[3] = p->rate;
    numbers[4] = p->burst;
    numbers[5] = p->connections;

    for (i = 0; i < 6; i++) {
        h = mesh_service_hash_number(numbers[i], h);
    }

    h = mesh_service_hash_number(p->nallow, h);

    for (i = 0; i < p->nallow; i++) {
        h = mesh_service_hash_address(&p->allow[i].address, h);
        h = mesh_service_hash_number(p->allow[i].prefix, h);
    }

    return h;
}


static uint64_t
mesh_service_hash_endpoint(const mesh_endpoint_t *e, uint64_t h)
{
    size_t  i;

    h = mesh_service_hash_text(e->id, h);
    h = mesh_service_hash_text(e->node, h);
    h = mesh_service_hash_text(e->process, h);
    h = mesh_service_hash_text(e->version, h);
    h = mesh_service_hash_number((uint64_t) e->port << 32 | e->weight, h);
    h = mesh_service_hash_number((uint64_t) e->health << 32 | e->naddresses,
                                 h);

    for (i = 0; i < e->naddresses; i++) {
        h = mesh_service_hash_address(&e->addresses[i], h);
    }

    return h;
}


static uint64_t
mesh_service_hash_text(gate_str_t s, uint64_t h)
{
    return gate_xxh64(s, mesh_service_hash_number(s.len, h));
}


/* the same on machines of all kinds */

static uint64_t
mesh_service_hash_number(uint64_t n, uint64_t h)
{
    size_t         i;
    unsigned char  bytes[8];

    for (i = 0; i < 8; i++) {
        bytes[i] = (unsigned char) (n >> 8 * i);
    }

    return gate_xxh64(gate_str(bytes, 8), h);
}


static uint64_t
mesh_service_hash_address(const mesh_address_t *a, uint64_t h)
{
    h = gate_xxh64(gate_str(a->bytes, 16), h ^ a->family);

    return mesh_service_hash_text(a->plane, h);
}


static void
mesh_service_free(mesh_item_t *item)
{
    free(item);
}
