
/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * What a sidecar says of itself in its first message:
 * envoy.config.core.v3.Node.
 */


#include <stdlib.h>

#include "mesh_xds_sidecar.h"


#define MESH_SIDECAR_PORT  15080


typedef struct {
    gate_str_t             name;
    const char          *(*set)(mesh_xds_node_t *node, gate_str_t value);
} mesh_xds_key_t;


static int mesh_xds_node_read(mesh_xds_node_t *node, gate_str_t message,
    const char **why);
static const char *mesh_xds_node_metadata(mesh_xds_node_t *node,
    gate_str_t metadata);
static const char *mesh_xds_node_entry(mesh_xds_node_t *node,
    gate_str_t entry);
static int mesh_xds_string_of(gate_str_t value, gate_str_t *s);
static const char *mesh_xds_set_role(mesh_xds_node_t *node, gate_str_t value);
static const char *mesh_xds_set_ips(mesh_xds_node_t *node, gate_str_t value);
static const char *mesh_xds_set_intercept(mesh_xds_node_t *node,
    gate_str_t value);
static const char *mesh_xds_set_egress(mesh_xds_node_t *node,
    gate_str_t value);
static const char *mesh_xds_set_planes(mesh_xds_node_t *node,
    gate_str_t value);
static const char *mesh_xds_set_ondemand(mesh_xds_node_t *node,
    gate_str_t value);
static const char *mesh_xds_set_unknown(mesh_xds_node_t *node,
    gate_str_t value);
static const char *mesh_xds_set_node(mesh_xds_node_t *node, gate_str_t value);
static int mesh_xds_word(gate_str_t *list, gate_str_t *word);
static void mesh_xds_node_add(mesh_xds_node_t *node, const mesh_address_t *a);


static const mesh_xds_key_t  mesh_xds_keys[] = {
    { gate_string("ROLE"), mesh_xds_set_role },
    { gate_string("INSTANCE_IPS"), mesh_xds_set_ips },
    { gate_string("INTERCEPT"), mesh_xds_set_intercept },
    { gate_string("EGRESS"), mesh_xds_set_egress },
    { gate_string("PLANES"), mesh_xds_set_planes },
    { gate_string("ONDEMAND"), mesh_xds_set_ondemand },
    { gate_string("UNKNOWN"), mesh_xds_set_unknown },
    { gate_string("NODE"), mesh_xds_set_node }
};


mesh_rc_e
mesh_xds_node(gate_str_t message, mesh_xds_node_t **made, const char **why)
{
    mesh_xds_node_t  *node;

    node = calloc(1, sizeof(mesh_xds_node_t) + message.len);
    if (node == NULL) {
        return MESH_NO_MEMORY;
    }

    (void) gate_str_copy(node->text, message);

    node->sidecar.ondemand = -1;
    node->sidecar.addresses = node->addresses;
    node->sidecar.planes = node->planes;
    node->sidecar.egress.family = 4;
    node->sidecar.egress.bytes[0] = 127;
    node->sidecar.egress.bytes[3] = 1;
    node->sidecar.egress_port = MESH_SIDECAR_PORT;

    if (!mesh_xds_node_read(node, gate_str(node->text, message.len), why)) {
        free(node);
        return MESH_BAD;
    }

    if (node->node.len == 0) {
        node->node = node->sidecar.id;
    }

    *made = node;

    return MESH_OK;
}


static int
mesh_xds_node_read(mesh_xds_node_t *node, gate_str_t message,
    const char **why)
{
    int               rc;
    mesh_pb_field_t   f;
    mesh_pb_reader_t  reader;

    mesh_pb_read(&reader, message);
    *why = NULL;

    while ((rc = mesh_pb_next(&reader, &f)) == 1 && *why == NULL) {

        if (f.field == 1) {
            node->sidecar.id = f.s;

        } else if (f.field == 2) {
            node->sidecar.cluster = f.s;

        } else if (f.field == 3) {
            *why = mesh_xds_node_metadata(node, f.s);
        }
    }

    if (*why != NULL) {
        return 0;
    }

    *why = (rc != 0) ? "the node is no message"
           : (node->sidecar.id.len == 0
              || node->sidecar.id.len > MESH_SIDECAR_ID)
           ? "id: must have 1 to 256 bytes"
           : (node->sidecar.cluster.len > MESH_SIDECAR_ID)
           ? "cluster: must have at most 256 bytes" : NULL;

    return *why == NULL;
}


/* google.protobuf.Struct */

static const char *
mesh_xds_node_metadata(mesh_xds_node_t *node, gate_str_t metadata)
{
    int               rc;
    const char       *why;
    mesh_pb_field_t   f;
    mesh_pb_reader_t  reader;

    mesh_pb_read(&reader, metadata);
    why = NULL;

    while (why == NULL && (rc = mesh_pb_next(&reader, &f)) != 0) {
        why = (rc < 0) ? "the metadata is no message"
              : (f.field == 1) ? mesh_xds_node_entry(node, f.s) : NULL;
    }

    return why;
}


/* those of other names are somebody else's */

static const char *
mesh_xds_node_entry(mesh_xds_node_t *node, gate_str_t entry)
{
    int               rc;
    size_t            i;
    gate_str_t        name, value, s;
    mesh_pb_field_t   f;
    mesh_pb_reader_t  reader;

    name = gate_str(NULL, 0);
    value = gate_str(NULL, 0);

    mesh_pb_read(&reader, entry);

    while ((rc = mesh_pb_next(&reader, &f)) == 1) {
        name = (f.field == 1) ? f.s : name;
        value = (f.field == 2) ? f.s : value;
    }

    if (rc < 0) {
        return "the metadata is no message";
    }

    for (i = 0; i < sizeof(mesh_xds_keys) / sizeof(mesh_xds_keys[0]); i++) {

        if (gate_str_eq(mesh_xds_keys[i].name, name)) {
            return mesh_xds_string_of(value, &s)
                   ? mesh_xds_keys[i].set(node, s)
                   : "metadata of the mesh must be strings";
        }
    }

    return NULL;
}


/* google.protobuf.Value */

static int
mesh_xds_string_of(gate_str_t value, gate_str_t *s)
{
    mesh_pb_field_t   f;
    mesh_pb_reader_t  reader;

    mesh_pb_read(&reader, value);

    if (mesh_pb_next(&reader, &f) != 1 || f.field != 3 || f.type != 2) {
        return 0;
    }

    *s = f.s;

    return 1;
}


static const char *
mesh_xds_set_role(mesh_xds_node_t *node, gate_str_t value)
{
    if (gate_str_eq(value, gate_cstr("gateway"))) {
        node->sidecar.role = MESH_ROLE_GATEWAY;

    } else if (gate_str_eq(value, gate_cstr("service"))) {
        node->sidecar.role = MESH_ROLE_SERVICE;

    } else {
        return "ROLE: must be \"gateway\" or \"service\"";
    }

    return NULL;
}


static const char *
mesh_xds_set_ips(mesh_xds_node_t *node, gate_str_t value)
{
    gate_str_t      word;
    mesh_address_t  a;

    while (mesh_xds_word(&value, &word)) {

        if (!mesh_address_parse(word, &a)) {
            return "INSTANCE_IPS: must be addresses with commas between them";
        }

        if (node->sidecar.naddresses == MESH_SIDECAR_ADDRESSES) {
            return "INSTANCE_IPS: more than 64 addresses";
        }

        mesh_xds_node_add(node, &a);
    }

    return NULL;
}


/* Envoy refuses a listener with the same address twice: it stands once */

static void
mesh_xds_node_add(mesh_xds_node_t *node, const mesh_address_t *a)
{
    size_t  i;

    if (mesh_address_special(a)
        || node->sidecar.naddresses == MESH_SIDECAR_ADDRESSES)
    {
        return;
    }

    for (i = 0; i < node->sidecar.naddresses; i++) {

        if (mesh_address_same(&node->addresses[i], a)) {
            return;
        }
    }

    node->addresses[node->sidecar.naddresses] = *a;
    node->addresses[node->sidecar.naddresses++].plane = gate_str(NULL, 0);
}


static const char *
mesh_xds_set_intercept(mesh_xds_node_t *node, gate_str_t value)
{
    node->sidecar.redirect = gate_str_eq(value, gate_cstr("redirect"));

    return (node->sidecar.redirect || gate_str_eq(value, gate_cstr("none")))
           ? NULL : "INTERCEPT: must be \"redirect\" or \"none\"";
}


static const char *
mesh_xds_set_egress(mesh_xds_node_t *node, gate_str_t value)
{
    size_t      i;
    uint32_t    port;
    gate_str_t  address;

    static const char  wrong[] = "EGRESS: must be \"off\" or an address with a "
                                 "port, as \"127.0.0.1:15080\" or "
                                 "\"[::1]:15080\"";

    if (gate_str_eq(value, gate_cstr("off"))) {
        node->sidecar.egress_port = 0;
        return NULL;
    }

    port = 0;

    for (i = value.len; i > 0 && value.data[i - 1] != ':'; i--) {

        if (value.data[i - 1] < '0' || value.data[i - 1] > '9') {
            return wrong;
        }
    }

    if (i == 0 || value.len - i == 0 || value.len - i > 5) {
        return wrong;
    }

    address = gate_str(value.data, i - 1);

    for ( /* void */ ; i < value.len; i++) {
        port = port * 10 + (uint32_t) (value.data[i] - '0');
    }

    if (address.len > 2 && address.data[0] == '['
        && address.data[address.len - 1] == ']')
    {
        address = gate_str(address.data + 1, address.len - 2);
    }

    if (port == 0 || port > 65535
        || !mesh_address_parse(address, &node->sidecar.egress))
    {
        return wrong;
    }

    node->sidecar.egress_port = (uint16_t) port;

    return NULL;
}


static const char *
mesh_xds_set_planes(mesh_xds_node_t *node, gate_str_t value)
{
    gate_str_t  word;

    while (mesh_xds_word(&value, &word)) {

        if (node->sidecar.nplanes == MESH_SIDECAR_PLANES) {
            return "PLANES: more than 16 network planes";
        }

        node->planes[node->sidecar.nplanes++] = word;
    }

    return NULL;
}


static const char *
mesh_xds_set_ondemand(mesh_xds_node_t *node, gate_str_t value)
{
    node->sidecar.ondemand = gate_str_eq(value, gate_cstr("yes"));

    return (node->sidecar.ondemand || gate_str_eq(value, gate_cstr("no")))
           ? NULL : "ONDEMAND: must be \"yes\" or \"no\"";
}


static const char *
mesh_xds_set_unknown(mesh_xds_node_t *node, gate_str_t value)
{
    node->sidecar.pass = gate_str_eq(value, gate_cstr("pass"));

    return (node->sidecar.pass || gate_str_eq(value, gate_cstr("refuse")))
           ? NULL : "UNKNOWN: must be \"refuse\" or \"pass\"";
}


static const char *
mesh_xds_set_node(mesh_xds_node_t *node, gate_str_t value)
{
    node->node = value;

    return (value.len > 0 && value.len <= MESH_SIDECAR_ID)
           ? NULL : "NODE: must have 1 to 256 bytes";
}


/* the next of a list with commas, without blanks around it; 0: there is none */

static int
mesh_xds_word(gate_str_t *list, gate_str_t *word)
{
    size_t          n;
    unsigned char  *comma;

    if (list->len == 0) {
        return 0;
    }

    comma = memchr(list->data, ',', list->len);
    n = comma ? (size_t) (comma - list->data) : list->len;

    *word = gate_str(list->data, n);
    n += (comma != NULL);
    *list = gate_str(list->data + n, list->len - n);

    while (word->len > 0 && word->data[0] == ' ') {
        *word = gate_str(word->data + 1, word->len - 1);
    }

    while (word->len > 0 && word->data[word->len - 1] == ' ') {
        word->len--;
    }

    return 1;
}
