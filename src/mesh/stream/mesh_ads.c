
/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * One sidecar's stream: what it asks for, and how it takes what it is told.
 */


#include <stdlib.h>

#include "mesh_ads_type.h"


/* fields of DeltaDiscoveryRequest */
#define MESH_ADS_NODE         1
#define MESH_ADS_TYPE         2
#define MESH_ADS_SUBSCRIBE    3
#define MESH_ADS_UNSUBSCRIBE  4
#define MESH_ADS_INITIAL      5
#define MESH_ADS_NONCE        6
#define MESH_ADS_ERROR        7


typedef struct {
    gate_str_t             node;
    gate_str_t             url;
    gate_str_t             nonce;
    gate_str_t             error;
    size_t                 subscribes;
    size_t                 unsubscribes;
    unsigned               refused:1;
} mesh_ads_request_t;


static mesh_rc_e mesh_ads_begin(mesh_ads_t *a, mesh_xds_type_e type,
    int named, const mesh_state_t *state);
static mesh_rc_e mesh_ads_read(gate_str_t message, mesh_ads_request_t *r);
static mesh_rc_e mesh_ads_first(mesh_ads_t *a, const mesh_ads_request_t *r,
    const char **why);
static void mesh_ads_answered(mesh_ads_t *a, mesh_xds_type_e type,
    const mesh_ads_request_t *r);
static void mesh_ads_keep_nack(mesh_ads_type_t *t, gate_str_t error);
static mesh_rc_e mesh_ads_names(mesh_ads_t *a, mesh_xds_type_e type,
    gate_str_t message, const mesh_state_t *state);
static mesh_rc_e mesh_ads_initial(mesh_ads_type_t *t, gate_str_t entry);
static mesh_rc_e mesh_ads_subscribe(mesh_ads_t *a, mesh_xds_type_e type,
    gate_str_t name, const mesh_state_t *state);
static void mesh_ads_unsubscribe(mesh_ads_t *a, mesh_xds_type_e type,
    gate_str_t name);


mesh_ads_t *
mesh_ads_create(void)
{
    return calloc(1, sizeof(mesh_ads_t));
}


void
mesh_ads_free(mesh_ads_t *a)
{
    unsigned  i;

    for (i = 0; i < MESH_XDS_TYPES; i++) {
        mesh_ads_table_free(&a->types[i].table);
    }

    free(a->node);
    free(a);
}


mesh_xds_node_t *
mesh_ads_node(const mesh_ads_t *a)
{
    return a->node;
}


mesh_rc_e
mesh_ads_receive(mesh_ads_t *a, gate_str_t message, const mesh_state_t *state,
    const char **why)
{
    mesh_rc_e           rc;
    mesh_ads_type_t    *t;
    mesh_xds_type_e     type;
    mesh_ads_request_t  r;

    *why = "the message is no DeltaDiscoveryRequest";
    a->answer = 0;

    rc = mesh_ads_read(message, &r);
    if (rc != MESH_OK) {
        return rc;
    }

    if (a->node == NULL) {
        rc = mesh_ads_first(a, &r, why);
        if (rc != MESH_OK) {
            return rc;
        }
    }

    /* of secrets and the like the mesh has none */

    if (!mesh_xds_type(r.url, &type)) {
        return MESH_NONE;
    }

    t = &a->types[type];

    mesh_ads_answered(a, type, &r);

    if (t->known && r.subscribes == 0 && r.unsubscribes == 0) {
        return MESH_NONE;
    }

    *why = "more names are asked for than there may be";

    if (t->table.n + r.subscribes > MESH_ADS_NAMES) {
        return MESH_BAD;
    }

    *why = "there is no memory";

    rc = mesh_ads_names(a, type, message, state);
    if (rc != MESH_OK) {
        return rc;
    }

    return t->known ? MESH_OK
           : mesh_ads_begin(a, type, r.subscribes != 0, state);
}


/* the first message of a type has been read; "named": it asks for names */

static mesh_rc_e
mesh_ads_begin(mesh_ads_t *a, mesh_xds_type_e type, int named,
    const mesh_state_t *state)
{
    mesh_ads_type_t  *t;

    t = &a->types[type];
    t->known = 1;

    if ((type == MESH_XDS_CLUSTER || type == MESH_XDS_LISTENER) && !named) {
        t->all = 1;
    }

    /* the sidecar begins when it has heard of these once */

    t->owed = (t->all || type == MESH_XDS_VHOST);

    return t->all ? mesh_ads_touch_all(a, type, state) : MESH_OK;
}


static mesh_rc_e
mesh_ads_read(gate_str_t message, mesh_ads_request_t *r)
{
    int               rc;
    mesh_pb_field_t   f;
    mesh_pb_reader_t  reader;

    memset(r, 0, sizeof(mesh_ads_request_t));
    mesh_pb_read(&reader, message);

    while ((rc = mesh_pb_next(&reader, &f)) == 1) {

        switch (f.field) {

        case MESH_ADS_NODE:
            r->node = f.s;
            break;

        case MESH_ADS_TYPE:
            r->url = f.s;
            break;

        case MESH_ADS_SUBSCRIBE:
            r->subscribes++;
            break;

        case MESH_ADS_UNSUBSCRIBE:
            r->unsubscribes++;
            break;

        case MESH_ADS_NONCE:
            r->nonce = f.s;
            break;

        case MESH_ADS_ERROR:
            r->refused = 1;
            r->error = f.s;
            break;
        }
    }

    return (rc == 0) ? MESH_OK : MESH_BAD;
}


static mesh_rc_e
mesh_ads_first(mesh_ads_t *a, const mesh_ads_request_t *r, const char **why)
{
    if (r->node.len == 0) {
        *why = "the first message has no node";
        return MESH_BAD;
    }

    return mesh_xds_node(r->node, &a->node, why);
}


/* an acknowledgement, or the contrary */

static void
mesh_ads_answered(mesh_ads_t *a, mesh_xds_type_e type,
    const mesh_ads_request_t *r)
{
    size_t            i;
    uint64_t          nonce;
    mesh_ads_type_t  *t;

    t = &a->types[type];
    nonce = 0;

    for (i = 0; i < r->nonce.len && i < 20; i++) {
        nonce = nonce * 10 + (uint64_t) (r->nonce.data[i] - '0');
    }

    if (nonce == 0 || nonce != t->nonce) {
        return;
    }

    t->nonce = 0;
    t->refused = r->refused;
    a->answer = r->refused ? -1 : 1;
    a->answered = type;

    if (r->refused) {
        t->nacked++;
        mesh_ads_keep_nack(t, r->error);

        /* who takes no clusters asks for no endpoints */
        mesh_ads_give_up(a);

    } else {
        t->acked++;
    }

    if (type == MESH_XDS_ENDPOINT) {
        mesh_ads_landed(a);
    }
}


/* the reason stands at the end of the text */

static void
mesh_ads_keep_nack(mesh_ads_type_t *t, gate_str_t error)
{
    size_t            i;
    gate_str_t        text;
    mesh_pb_field_t   f;
    mesh_pb_reader_t  reader;

    text = gate_str(NULL, 0);
    mesh_pb_read(&reader, error);

    while (mesh_pb_next(&reader, &f) == 1) {
        text = (f.field == 2) ? f.s : text;
    }

    if (text.len > MESH_ADS_NACK) {
        text = gate_str(text.data + text.len - MESH_ADS_NACK, MESH_ADS_NACK);
    }

    t->nnack = text.len;

    for (i = 0; i < text.len; i++) {
        t->nack[i] = (text.data[i] < ' ' || text.data[i] == 0x7f)
                     ? ' ' : text.data[i];
    }
}


/* what it has already comes before what it asks for, wherever it stands */

static mesh_rc_e
mesh_ads_names(mesh_ads_t *a, mesh_xds_type_e type, gate_str_t message,
    const mesh_state_t *state)
{
    mesh_rc_e         rc;
    mesh_pb_field_t   f;
    mesh_pb_reader_t  reader;

    rc = MESH_OK;
    mesh_pb_read(&reader, message);

    while (rc == MESH_OK && !a->types[type].known
           && mesh_pb_next(&reader, &f) == 1)
    {
        if (f.field == MESH_ADS_INITIAL) {
            rc = mesh_ads_initial(&a->types[type], f.s);
        }
    }

    mesh_pb_read(&reader, message);

    while (rc == MESH_OK && mesh_pb_next(&reader, &f) == 1) {

        if (f.field == MESH_ADS_SUBSCRIBE) {
            rc = mesh_ads_subscribe(a, type, f.s, state);

        } else if (f.field == MESH_ADS_UNSUBSCRIBE) {
            mesh_ads_unsubscribe(a, type, f.s);
        }
    }

    return rc;
}


/* an entry of initial_resource_versions: our own words of a stream before */

static mesh_rc_e
mesh_ads_initial(mesh_ads_type_t *t, gate_str_t entry)
{
    int                rc;
    size_t             i;
    uint64_t           version;
    gate_str_t         name, text;
    mesh_pb_field_t    f;
    mesh_pb_reader_t   reader;
    mesh_ads_entry_t  *e;

    name = gate_str(NULL, 0);
    text = gate_str(NULL, 0);
    mesh_pb_read(&reader, entry);

    while ((rc = mesh_pb_next(&reader, &f)) == 1) {
        name = (f.field == 1) ? f.s : name;
        text = (f.field == 2) ? f.s : text;
    }

    if (rc != 0 || name.len == 0 || t->table.n >= MESH_ADS_NAMES) {
        return MESH_BAD;
    }

    version = 0;

    for (i = 0; i < text.len && i < 16; i++) {
        version = version << 4 | (uint64_t) ((text.data[i] >= 'a')
                                             ? text.data[i] - 'a' + 10
                                             : text.data[i] - '0');
    }

    e = mesh_ads_get(&t->table, name);
    if (e == NULL) {
        return MESH_NO_MEMORY;
    }

    t->has += (e->version == 0);
    e->version = version ? version : 1;
    mesh_ads_queue(&t->table, e);

    return MESH_OK;
}


static mesh_rc_e
mesh_ads_subscribe(mesh_ads_t *a, mesh_xds_type_e type, gate_str_t name,
    const mesh_state_t *state)
{
    mesh_ads_type_t   *t;
    mesh_ads_entry_t  *e;

    t = &a->types[type];

    if (name.len == 1 && name.data[0] == '*') {
        t->all = 1;
        t->owed = 1;
        return mesh_ads_touch_all(a, type, state);
    }

    e = mesh_ads_get(&t->table, name);
    if (e == NULL) {
        return MESH_NO_MEMORY;
    }

    /*
     * Who asks anew for what it has is told again: it has begun anew with it.
     * Not in the first message, which says what it has.
     */

    e->flags |= MESH_ADS_ASKED;

    t->ported |= (type == MESH_XDS_VHOST
                  && memchr(name.data, ':', name.len) != NULL);

    if (t->known || e->version == 0) {
        e->flags |= MESH_ADS_OWED;
    }

    mesh_ads_queue(&t->table, e);

    return MESH_OK;
}


/* it stays in the table while it is in the queue, and is passed over there */

static void
mesh_ads_unsubscribe(mesh_ads_t *a, mesh_xds_type_e type, gate_str_t name)
{
    mesh_ads_type_t   *t;
    mesh_ads_entry_t  *e;

    t = &a->types[type];

    if (name.len == 1 && name.data[0] == '*') {
        t->all = 0;
        return;
    }

    e = mesh_ads_find(&t->table, name);
    if (e == NULL) {
        return;
    }

    t->has -= (e->version != 0);
    e->version = 0;
    e->flags &= (uint8_t) ~(MESH_ADS_ASKED|MESH_ADS_OWED);

    mesh_ads_came(a, e);
    mesh_ads_stays(t, e);

    if (!t->all && (e->flags & MESH_ADS_DIRTY) == 0) {
        mesh_ads_drop(&t->table, e);
    }
}


int
mesh_ads_answer(const mesh_ads_t *a, mesh_xds_type_e *type)
{
    *type = a->answered;

    return a->answer;
}


int
mesh_ads_waits(const mesh_ads_t *a)
{
    return a->awaited != 0;
}


void
mesh_ads_stat(const mesh_ads_t *a, mesh_xds_type_e type, mesh_ads_stat_t *stat)
{
    const mesh_ads_type_t  *t;

    t = &a->types[type];

    stat->resources = t->has;
    stat->sent = t->sent;
    stat->acked = t->acked;
    stat->nacked = t->nacked;
    stat->in_flight = (t->nonce != 0);
    stat->refused = t->refused;
    stat->nack = gate_str(t->nack, t->nnack);
}


int
mesh_ads_has(const mesh_ads_t *a, mesh_xds_type_e type, gate_str_t name)
{
    const mesh_ads_type_t   *t;
    const mesh_ads_entry_t  *e;

    t = &a->types[type];
    e = mesh_ads_find(&t->table, name);

    return e != NULL && e->version != 0 && (e->flags & MESH_ADS_DIRTY) == 0
           && t->nonce == 0 && !t->refused;
}
