
/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * What a sidecar is told next.  Clusters come first, then their endpoints, then
 * listeners, then routes, which wait until the clusters that are new have
 * endpoints; a cluster goes when no route is under way any more that leads
 * elsewhere.
 */


#include "mesh_ads_type.h"

#include "gate_text.h"
#include "gate_xxh.h"


/* fields of DeltaDiscoveryResponse */
#define MESH_ADS_RESOURCES  2
#define MESH_ADS_URL        4
#define MESH_ADS_NONCE      5
#define MESH_ADS_REMOVED    6

#define MESH_ADS_VERSION    16                /* hex digits */


static int mesh_ads_may(const mesh_ads_t *a, mesh_xds_type_e type);
static int mesh_ads_settled(const mesh_ads_t *a);
static mesh_rc_e mesh_ads_response(mesh_ads_t *a, mesh_xds_type_e type,
    const mesh_state_t *state, mesh_pb_t *out);
static mesh_rc_e mesh_ads_resources(mesh_ads_t *a, mesh_xds_type_e type,
    const mesh_state_t *state, mesh_pb_t *out, mesh_pb_t *removed);
static mesh_rc_e mesh_ads_resource(mesh_ads_t *a, mesh_xds_type_e type,
    mesh_ads_entry_t *e, const mesh_state_t *state, mesh_pb_t *out);
static void mesh_ads_remove(mesh_ads_t *a, mesh_xds_type_e type,
    mesh_ads_entry_t *e, mesh_pb_t *removed);
static void mesh_ads_nobody(mesh_ads_t *a, const mesh_ads_entry_t *e,
    mesh_pb_t *out);
static void mesh_ads_forget(mesh_ads_t *a, mesh_xds_type_e type,
    mesh_ads_entry_t *e);
static void mesh_ads_told(mesh_ads_t *a, mesh_xds_type_e type,
    mesh_ads_entry_t *e, uint64_t version);
static mesh_rc_e mesh_ads_await(mesh_ads_t *a, const mesh_ads_entry_t *e);
static void mesh_ads_gone(mesh_ads_t *a);


mesh_rc_e
mesh_ads_next(mesh_ads_t *a, const mesh_state_t *state, mesh_pb_t *out)
{
    unsigned   type;
    mesh_rc_e  rc;

    if (a->node == NULL) {
        return MESH_NONE;
    }

    for (type = 0; type < MESH_XDS_TYPES; type++) {

        if (!mesh_ads_may(a, type)) {
            continue;
        }

        rc = mesh_ads_response(a, type, state, out);
        if (rc != MESH_NONE) {
            return rc;
        }
    }

    if (a->types[MESH_XDS_CLUSTER].gone == 0 || !mesh_ads_settled(a)) {
        return MESH_NONE;
    }

    mesh_ads_gone(a);

    a->leaving = 1;
    rc = mesh_ads_response(a, MESH_XDS_CLUSTER, state, out);
    a->leaving = 0;

    return rc;
}


static int
mesh_ads_may(const mesh_ads_t *a, mesh_xds_type_e type)
{
    const mesh_ads_type_t  *t;

    t = &a->types[type];

    if (t->nonce != 0 || (t->table.first == NULL && !t->owed)) {
        return 0;
    }

    if (type != MESH_XDS_ROUTE && type != MESH_XDS_VHOST) {
        return 1;
    }

    return a->awaited == 0
           && a->types[MESH_XDS_CLUSTER].nonce == 0
           && a->types[MESH_XDS_ENDPOINT].nonce == 0;
}


/* nothing is under way, nor waits to be */

static int
mesh_ads_settled(const mesh_ads_t *a)
{
    unsigned  type;

    for (type = 0; type < MESH_XDS_TYPES; type++) {

        if (a->types[type].nonce != 0 || a->types[type].table.first != NULL) {
            return 0;
        }
    }

    return 1;
}


/* NONE: there was nothing to say of those in the queue; "out" is as it was */

static mesh_rc_e
mesh_ads_response(mesh_ads_t *a, mesh_xds_type_e type,
    const mesh_state_t *state, mesh_pb_t *out)
{
    size_t            before;
    mesh_rc_e         rc;
    mesh_pb_t         removed;
    unsigned char     nonce[20];
    mesh_ads_type_t  *t;

    t = &a->types[type];
    before = out->len;
    memset(&removed, 0, sizeof(mesh_pb_t));

    rc = mesh_ads_resources(a, type, state, out, &removed);

    if (rc == MESH_OK && out->len == before && removed.len == 0 && !t->owed) {
        rc = MESH_NONE;
    }

    if (rc == MESH_OK) {
        t->owed = 0;
        t->nonce = ++a->nonce;
        t->sent++;

        mesh_pb_string(out, MESH_ADS_URL, mesh_xds_url(type));
        mesh_pb_string(out, MESH_ADS_NONCE,
                       gate_str(nonce, (size_t) (gate_text_digits(nonce,
                                                       t->nonce) - nonce)));
        (void) mesh_pb_bytes(out, gate_str(removed.data, removed.len));

        rc = (out->failed || removed.failed) ? MESH_NO_MEMORY : MESH_OK;
    }

    mesh_pb_free(&removed);

    return rc;
}


static mesh_rc_e
mesh_ads_resources(mesh_ads_t *a, mesh_xds_type_e type,
    const mesh_state_t *state, mesh_pb_t *out, mesh_pb_t *removed)
{
    size_t             begun;
    mesh_rc_e          rc;
    mesh_ads_type_t   *t;
    mesh_ads_entry_t  *e;

    t = &a->types[type];
    begun = out->len;

    while (out->len - begun < MESH_ADS_FULL) {

        e = mesh_ads_dequeue(&t->table);
        if (e == NULL) {
            return MESH_OK;
        }

        /* nobody wants it any more */

        if (!t->all && (e->flags & MESH_ADS_ASKED) == 0) {

            t->has -= (e->version != 0);
            e->version = 0;

            if ((e->flags & MESH_ADS_AWAITED) == 0) {
                mesh_ads_drop(&t->table, e);
            }

            continue;
        }

        rc = mesh_ads_resource(a, type, e, state, out);

        if (rc == MESH_NONE) {
            mesh_ads_remove(a, type, e, removed);

        } else if (rc != MESH_OK) {
            return rc;
        }
    }

    return MESH_OK;
}


/* OK: it is in "out", or is what the sidecar has */

static mesh_rc_e
mesh_ads_resource(mesh_ads_t *a, mesh_xds_type_e type, mesh_ads_entry_t *e,
    const mesh_state_t *state, mesh_pb_t *out)
{
    size_t         i, before, resource, any, value;
    uint64_t       version;
    mesh_rc_e      rc;
    gate_str_t     name;
    unsigned char  *hex;

    static const char  zeros[] = "0000000000000000";
    static const char  digits[] = "0123456789abcdef";

    name = gate_str(e->name, e->len);
    before = out->len;

    resource = mesh_pb_begin(out, MESH_ADS_RESOURCES);
    mesh_pb_string(out, 1, gate_str(zeros, MESH_ADS_VERSION));
    any = mesh_pb_begin(out, 2);
    mesh_pb_string(out, 1, mesh_xds_url(type));
    value = mesh_pb_begin(out, 2);

    rc = mesh_xds_encode(type, name, &a->node->sidecar, state, out);

    if (rc != MESH_OK) {
        out->len = before;
        return rc;
    }

    version = gate_xxh64(gate_str(out->data + value, out->len - value), 1);
    version = version ? version : 1;

    if (version == e->version && (e->flags & MESH_ADS_OWED) == 0) {
        out->len = before;
        mesh_ads_stays(&a->types[type], e);
        return MESH_OK;
    }

    mesh_pb_end(out, value);
    mesh_pb_end(out, any);
    mesh_pb_string(out, 3, name);

    hex = out->data + resource + 2;

    for (i = 0; i < MESH_ADS_VERSION; i++) {
        hex[i] = (unsigned char) digits[version >> (60 - 4 * i) & 15];
    }

    mesh_pb_end(out, resource);

    if (type == MESH_XDS_CLUSTER && e->version == 0) {
        rc = mesh_ads_await(a, e);
    }

    mesh_ads_told(a, type, e, version);

    return out->failed ? MESH_NO_MEMORY : rc;
}


static void
mesh_ads_told(mesh_ads_t *a, mesh_xds_type_e type, mesh_ads_entry_t *e,
    uint64_t version)
{
    mesh_ads_type_t  *t;

    t = &a->types[type];

    t->has += (e->version == 0);
    e->version = version;
    e->flags &= (uint8_t) ~MESH_ADS_OWED;

    mesh_ads_stays(t, e);

    if (e->flags & MESH_ADS_AWAITED) {
        e->flags |= MESH_ADS_FLIES;
    }
}


void
mesh_ads_stays(mesh_ads_type_t *t, mesh_ads_entry_t *e)
{
    if (e->flags & MESH_ADS_GONE) {
        e->flags &= (uint8_t) ~MESH_ADS_GONE;
        t->gone--;
    }
}


/*
 * There is no such resource (any more).  Who has never had it is told so, as it
 * waits; a cluster goes last, and takes its endpoints with it.
 */

static void
mesh_ads_remove(mesh_ads_t *a, mesh_xds_type_e type, mesh_ads_entry_t *e,
    mesh_pb_t *removed)
{
    mesh_ads_type_t  *t;

    t = &a->types[type];

    if (type == MESH_XDS_CLUSTER && e->version != 0 && !a->leaving) {
        t->gone += ((e->flags & MESH_ADS_GONE) == 0);
        e->flags |= MESH_ADS_GONE;
        return;
    }

    if (type == MESH_XDS_VHOST && (e->flags & MESH_ADS_OWED)) {
        mesh_ads_nobody(a, e, removed);
        mesh_ads_forget(a, type, e);
        return;
    }

    if ((e->flags & MESH_ADS_OWED) == 0) {

        if (type == MESH_XDS_ENDPOINT) {
            return;
        }

        if (e->version == 0) {
            mesh_ads_forget(a, type, e);
            return;
        }
    }

    mesh_pb_string(removed, MESH_ADS_REMOVED, gate_str(e->name, e->len));
    mesh_ads_forget(a, type, e);
}


/*
 * A request waits for this host, and Envoy lets it go on (to its 404) only by a
 * resource of that name without a message in it; of a version of its own, as
 * the same one again would say nothing.
 */

static void
mesh_ads_nobody(mesh_ads_t *a, const mesh_ads_entry_t *e, mesh_pb_t *out)
{
    size_t         resource;
    gate_str_t     name;
    unsigned char  version[20];

    name = gate_str(e->name, e->len);

    resource = mesh_pb_begin(out, MESH_ADS_RESOURCES);
    mesh_pb_string(out, 1, gate_str(version,
                                    (size_t) (gate_text_digits(version,
                                                  a->nonce + 1) - version)));
    mesh_pb_string(out, 3, name);
    mesh_pb_string(out, 4, name);                    /* aliases */
    mesh_pb_end(out, resource);
}


/* the sidecar has none of it; who has asked for it may get one later */

static void
mesh_ads_forget(mesh_ads_t *a, mesh_xds_type_e type, mesh_ads_entry_t *e)
{
    mesh_ads_type_t  *t;

    t = &a->types[type];

    t->has -= (e->version != 0);
    e->version = 0;

    mesh_ads_stays(t, e);
    mesh_ads_came(a, e);

    e->flags &= MESH_ADS_ASKED;

    if (e->flags == 0) {
        mesh_ads_drop(&t->table, e);
    }
}


/* the clusters whose turn to go it is now are looked at a last time */

static void
mesh_ads_gone(mesh_ads_t *a)
{
    size_t             i;
    mesh_ads_type_t   *t;
    mesh_ads_entry_t  *e;

    t = &a->types[MESH_XDS_CLUSTER];

    for (i = 0; i < t->table.size; i++) {

        for (e = t->table.places[i]; e != NULL; e = e->same) {

            if (e->flags & MESH_ADS_GONE) {
                mesh_ads_queue(&t->table, e);
            }
        }
    }
}


/* routes wait until the sidecar has endpoints of a cluster that is new to it */

static mesh_rc_e
mesh_ads_await(mesh_ads_t *a, const mesh_ads_entry_t *cluster)
{
    gate_str_t         name;
    mesh_ads_entry_t  *e;

    name = gate_str(cluster->name, cluster->len);

    if (name.data[0] != 'o') {
        /* of the node itself: it brings its endpoint along */
        return MESH_OK;
    }

    e = mesh_ads_get(&a->types[MESH_XDS_ENDPOINT].table, name);
    if (e == NULL) {
        return MESH_NO_MEMORY;
    }

    if ((e->flags & MESH_ADS_AWAITED) == 0) {
        e->flags |= MESH_ADS_AWAITED;
        a->awaited++;
    }

    return MESH_OK;
}


void
mesh_ads_came(mesh_ads_t *a, mesh_ads_entry_t *e)
{
    if (e->flags & MESH_ADS_AWAITED) {
        e->flags &= (uint8_t) ~(MESH_ADS_AWAITED|MESH_ADS_FLIES);
        a->awaited--;
    }
}


void
mesh_ads_landed(mesh_ads_t *a)
{
    size_t             i;
    mesh_ads_type_t   *t;
    mesh_ads_entry_t  *e;

    t = &a->types[MESH_XDS_ENDPOINT];

    for (i = 0; a->awaited != 0 && i < t->table.size; i++) {

        for (e = t->table.places[i]; e != NULL; e = e->same) {

            if (e->flags & MESH_ADS_FLIES) {
                mesh_ads_came(a, e);
            }
        }
    }
}


/* nothing is awaited any more: entries that nobody asked for go with it */

void
mesh_ads_give_up(mesh_ads_t *a)
{
    size_t             i;
    mesh_ads_type_t   *t;
    mesh_ads_entry_t  *e, *next;

    t = &a->types[MESH_XDS_ENDPOINT];

    for (i = 0; a->awaited != 0 && i < t->table.size; i++) {

        for (e = t->table.places[i]; e != NULL; e = next) {
            next = e->same;

            if ((e->flags & MESH_ADS_AWAITED) == 0) {
                continue;
            }

            mesh_ads_came(a, e);

            if (e->flags == 0) {
                mesh_ads_drop(&t->table, e);
            }
        }
    }
}
