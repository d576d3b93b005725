
/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * Small messages that many resources have in common, and names of resources.
 */


#include "mesh_xds_part.h"

#include "gate_text.h"
#include "gate_xxh.h"


#define MESH_XDS_ANY      "type.googleapis.com/"
#define MESH_XDS_ONDEMAND  1000               /* services; more: on demand */


static const char  mesh_xds_out[] = "outbound|";
static const char  mesh_xds_in[] = "inbound|";


void
mesh_xds_uint(mesh_pb_t *pb, unsigned field, uint64_t n)
{
    size_t  at;

    at = mesh_pb_begin(pb, field);
    mesh_pb_uint(pb, 1, n);
    mesh_pb_end(pb, at);
}


void
mesh_xds_bool(mesh_pb_t *pb, unsigned field, int value)
{
    mesh_xds_uint(pb, field, value != 0);
}


void
mesh_xds_duration(mesh_pb_t *pb, unsigned field, uint64_t ms)
{
    size_t  at;

    at = mesh_pb_begin(pb, field);
    mesh_pb_uint(pb, 1, ms / 1000);
    mesh_pb_uint(pb, 2, ms % 1000 * 1000000);
    mesh_pb_end(pb, at);
}


void
mesh_xds_empty(mesh_pb_t *pb, unsigned field)
{
    mesh_pb_end(pb, mesh_pb_begin(pb, field));
}


void
mesh_xds_ads(mesh_pb_t *pb, unsigned field)
{
    size_t  at;

    at = mesh_pb_begin(pb, field);
    mesh_xds_empty(pb, 3);                           /* ads */
    mesh_pb_uint(pb, 6, MESH_XDS_API_V3);            /* resource_api_version */
    mesh_pb_end(pb, at);
}


void
mesh_xds_socket(mesh_pb_t *pb, unsigned field, gate_str_t address,
    unsigned port)
{
    size_t  at;

    at = mesh_pb_begin(pb, field);
    mesh_pb_string(pb, 2, address);                  /* address */
    mesh_pb_uint_always(pb, 3, port);                /* port_value */
    mesh_pb_end(pb, at);
}


void
mesh_xds_address(mesh_pb_t *pb, unsigned field, gate_str_t address,
    unsigned port)
{
    size_t  at;

    at = mesh_pb_begin(pb, field);
    mesh_xds_socket(pb, 1, address, port);           /* socket_address */
    mesh_pb_end(pb, at);
}


void
mesh_xds_cidr(mesh_pb_t *pb, unsigned field, const mesh_address_t *a,
    unsigned prefix)
{
    size_t         at;
    unsigned char  text[MESH_ADDRESS_TEXT];

    at = mesh_pb_begin(pb, field);
    mesh_pb_string(pb, 1, gate_str(text, mesh_address_text(a, text)));
    mesh_xds_uint(pb, 2, prefix);                    /* prefix_len */
    mesh_pb_end(pb, at);
}


void
mesh_xds_own(mesh_pb_t *pb, unsigned field, const mesh_sidecar_t *s)
{
    size_t  i;

    for (i = 0; i < s->naddresses; i++) {
        mesh_xds_cidr(pb, field, &s->addresses[i],
                      (s->addresses[i].family == 4) ? 32 : 128);
    }
}


int
mesh_xds_is_own(const mesh_address_t *a, const mesh_sidecar_t *s)
{
    size_t  i;

    for (i = 0; i < s->naddresses; i++) {

        if (mesh_address_same(a, &s->addresses[i])) {
            return 1;
        }
    }

    return 0;
}


static void
mesh_xds_any_begin(mesh_pb_t *pb, unsigned field, const char *type,
    mesh_xds_any_t *any)
{
    char    url[256];
    size_t  n;

    n = strlen(type);

    memcpy(url, MESH_XDS_ANY, sizeof(MESH_XDS_ANY) - 1);
    memcpy(url + sizeof(MESH_XDS_ANY) - 1, type, n);

    any->whole = 0;
    any->any = mesh_pb_begin(pb, field);
    mesh_pb_string(pb, 1, gate_str(url, sizeof(MESH_XDS_ANY) - 1 + n));
    any->empty = pb->len;
    any->value = mesh_pb_begin(pb, 2);
}


static void
mesh_xds_any_end(mesh_pb_t *pb, const mesh_xds_any_t *any)
{
    if (pb->len == any->value) {
        pb->len = any->empty;

    } else {
        mesh_pb_end(pb, any->value);
    }

    mesh_pb_end(pb, any->any);
}


void
mesh_xds_named_begin(mesh_pb_t *pb, unsigned field, const char *name,
    unsigned number, const char *type, mesh_xds_any_t *any)
{
    size_t  whole;

    whole = mesh_pb_begin(pb, field);
    mesh_pb_string(pb, 1, gate_cstr(name));
    mesh_xds_any_begin(pb, number, type, any);
    any->whole = whole;
}


void
mesh_xds_named_end(mesh_pb_t *pb, const mesh_xds_any_t *any)
{
    mesh_xds_any_end(pb, any);
    mesh_pb_end(pb, any->whole);
}


void
mesh_xds_entry_begin(mesh_pb_t *pb, unsigned field, const char *name,
    const char *type, mesh_xds_any_t *any)
{
    mesh_xds_named_begin(pb, field, name, 2, type, any);
}


size_t
mesh_xds_outbound(unsigned char *dst, gate_str_t service, gate_str_t version)
{
    unsigned char  *p;

    p = gate_str_copy(dst, gate_str(mesh_xds_out, sizeof(mesh_xds_out) - 1));
    p = gate_str_copy(p, service);
    *p++ = '|';
    p = gate_str_copy(p, version);

    return (size_t) (p - dst);
}


size_t
mesh_xds_inbound(unsigned char *dst, unsigned port, gate_str_t service)
{
    unsigned char  *p;

    p = gate_str_copy(dst, gate_str(mesh_xds_in, sizeof(mesh_xds_in) - 1));
    p = gate_text_digits(p, port);

    if (service.len != 0) {
        *p++ = '|';
        p = gate_str_copy(p, service);
    }

    return (size_t) (p - dst);
}


int
mesh_xds_outbound_of(gate_str_t name, gate_str_t *service, gate_str_t *version)
{
    size_t          n;
    unsigned char  *bar;

    n = sizeof(mesh_xds_out) - 1;

    if (name.len <= n || memcmp(name.data, mesh_xds_out, n) != 0) {
        return 0;
    }

    bar = memchr(name.data + n, '|', name.len - n);
    if (bar == NULL) {
        return 0;
    }

    *service = gate_str(name.data + n, (size_t) (bar - name.data) - n);
    *version = gate_str(bar + 1, (size_t) (name.data + name.len - bar - 1));

    return 1;
}


int
mesh_xds_inbound_of(gate_str_t name, unsigned *port, gate_str_t *service)
{
    size_t  i, n;

    n = sizeof(mesh_xds_in) - 1;

    if (name.len <= n || memcmp(name.data, mesh_xds_in, n) != 0) {
        return 0;
    }

    *port = 0;

    for (i = n; i < name.len && name.data[i] != '|'; i++) {

        if (name.data[i] < '0' || name.data[i] > '9' || i == n + 5) {
            return 0;
        }

        *port = *port * 10 + (unsigned) (name.data[i] - '0');
    }

    *service = (i < name.len) ? gate_str(name.data + i + 1, name.len - i - 1)
                              : gate_str(NULL, 0);

    return *port > 0 && *port <= 65535;
}


size_t
mesh_xds_via(unsigned char *dst, const mesh_sidecar_t *s)
{
    int       i;
    uint64_t  hash;

    static const char  digits[] = "0123456789abcdef";

    hash = gate_xxh64(s->id, 0);
    memcpy(dst, "mesh-", 5);

    for (i = 0; i < 16; i++) {
        dst[5 + i] = (unsigned char) digits[hash >> (60 - 4 * i) & 15];
    }

    return MESH_XDS_VIA;
}


int
mesh_xds_ondemand(const mesh_sidecar_t *sidecar, const mesh_state_t *state)
{
    return (sidecar->ondemand >= 0)
           ? sidecar->ondemand
           : mesh_catalog_count(state->catalog) > MESH_XDS_ONDEMAND;
}
