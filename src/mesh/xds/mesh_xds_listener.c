
/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * envoy.config.listener.v3.Listener: for calls to others, and for all that
 * comes in at any address of the node.
 */


#include "mesh_xds_part.h"


/* TrafficDirection */
#define MESH_XDS_DIRECTION_IN   1
#define MESH_XDS_DIRECTION_OUT  2

/* after which a connection whose server speaks first is not taken for HTTP */
#define MESH_XDS_INSPECT_MS     1000


static void mesh_xds_listener_egress(mesh_pb_t *out,
    const mesh_sidecar_t *sidecar);
static mesh_rc_e mesh_xds_listener_outbound(mesh_pb_t *out,
    const mesh_sidecar_t *sidecar, const mesh_state_t *state);
static void mesh_xds_listener_rest(mesh_pb_t *out, const char *cluster);
static mesh_rc_e mesh_xds_listener_inbound(mesh_pb_t *out,
    const mesh_sidecar_t *sidecar, const mesh_state_t *state);
static mesh_rc_e mesh_xds_listener_port(mesh_pb_t *out, gate_str_t name,
    const mesh_sidecar_t *sidecar, const mesh_state_t *state);
static void mesh_xds_listener_more(mesh_pb_t *out,
    const mesh_sidecar_t *sidecar, unsigned port);
static void mesh_xds_listener_filter(mesh_pb_t *out, const char *name,
    const char *type);
static void mesh_xds_listener_blackhole(mesh_pb_t *out, unsigned port);


mesh_rc_e
mesh_xds_listener(gate_str_t name, const mesh_sidecar_t *sidecar,
    const mesh_state_t *state, mesh_pb_t *out)
{
    if (gate_str_eq(name, gate_cstr("egress")) && sidecar->egress_port != 0) {
        mesh_pb_string(out, 1, name);
        mesh_xds_listener_egress(out, sidecar);
        return MESH_OK;
    }

    if (sidecar->role != MESH_ROLE_SERVICE) {
        return MESH_NONE;
    }

    if (!sidecar->redirect) {
        return mesh_xds_listener_port(out, name, sidecar, state);
    }

    if (gate_str_eq(name, gate_cstr("outbound"))) {
        mesh_pb_string(out, 1, name);
        return mesh_xds_listener_outbound(out, sidecar, state);
    }

    if (gate_str_eq(name, gate_cstr("inbound"))) {
        mesh_pb_string(out, 1, name);
        return mesh_xds_listener_inbound(out, sidecar, state);
    }

    return MESH_NONE;
}


static void
mesh_xds_listener_egress(mesh_pb_t *out, const mesh_sidecar_t *sidecar)
{
    size_t         at;
    unsigned char  text[MESH_ADDRESS_TEXT];

    mesh_xds_address(out, 2, gate_str(text, mesh_address_text(&sidecar->egress,
                                                              text)),
                     sidecar->egress_port);

    at = mesh_pb_begin(out, 3);
    mesh_xds_hcm_out(out, "egress", sidecar);
    mesh_pb_end(out, at);

    mesh_pb_uint(out, 16, MESH_XDS_DIRECTION_OUT);
}


/*
 * What local programs call.  What comes from this node for this node has been
 * through here and must not be called out again: it goes in.
 */

static mesh_rc_e
mesh_xds_listener_outbound(mesh_pb_t *out, const mesh_sidecar_t *sidecar,
    const mesh_state_t *state)
{
    int               bytes;
    size_t            i;
    mesh_rc_e         rc;
    mesh_xds_local_t  local;

    rc = mesh_xds_local(sidecar, state->catalog, &local);
    if (rc != MESH_OK) {
        return rc;
    }

    mesh_xds_address(out, 2, gate_cstr("0.0.0.0"), MESH_XDS_OUTBOUND);
    mesh_xds_listener_blackhole(out, MESH_XDS_OUTBOUND);

    /*
     * Envoy looks for the port first and, where a chain has it, at no chain
     * without a port any more: other nodes have the same ports.
     */

    for (i = 0; i < local.n && sidecar->naddresses != 0; i++) {
        mesh_xds_inbound_chain(out, &local.ports[i], sidecar, 1, 1);
        mesh_xds_http_chain(out, sidecar, local.ports[i].port);
    }

    rc = mesh_xds_bytes_chains(out, sidecar, state, &local, &bytes);

    mesh_xds_local_free(&local);

    if (rc != MESH_OK) {
        return rc;
    }

    mesh_xds_http_chain(out, sidecar, 0);

    mesh_xds_listener_filter(out, "envoy.filters.listener.original_dst",
                             "envoy.extensions.filters.listener.original_dst."
                             "v3.OriginalDst");
    mesh_xds_listener_filter(out, "envoy.filters.listener.http_inspector",
                             "envoy.extensions.filters.listener."
                             "http_inspector.v3.HttpInspector");

    bytes |= sidecar->pass;

    if (bytes) {
        mesh_xds_duration(out, 15, MESH_XDS_INSPECT_MS);
                                                 /* listener_filters_timeout */
    }

    mesh_pb_uint(out, 16, MESH_XDS_DIRECTION_OUT);
    mesh_pb_uint(out, 17, bytes != 0);   /* continue_on_listener_filters_
                                            timeout */
    mesh_xds_listener_rest(out, sidecar->pass ? "passthrough" : "blackhole");
    mesh_xds_listener_more(out, sidecar, MESH_XDS_OUTBOUND);

    return MESH_OK;
}


/* what speaks HTTP, as the inspector has seen */

void
mesh_xds_http_chain(mesh_pb_t *out, const mesh_sidecar_t *sidecar,
    unsigned port)
{
    size_t  chain, at;

    chain = mesh_pb_begin(out, 3);
    at = mesh_pb_begin(out, 1);                      /* filter_chain_match */

    if (port) {
        mesh_xds_uint(out, 8, port);                 /* destination_port */
    }

    mesh_pb_string(out, 10, gate_cstr("http/1.0"));  /* application_protocols */
    mesh_pb_string(out, 10, gate_cstr("http/1.1"));
    mesh_pb_string(out, 10, gate_cstr("h2c"));
    mesh_pb_end(out, at);
    mesh_xds_hcm_out(out, "outbound", sidecar);
    mesh_pb_end(out, chain);
}


static void
mesh_xds_listener_rest(mesh_pb_t *out, const char *cluster)
{
    size_t  at;

    at = mesh_pb_begin(out, 25);                     /* default_filter_chain */
    mesh_xds_tcp(out, cluster);
    mesh_pb_end(out, at);
}


static mesh_rc_e
mesh_xds_listener_inbound(mesh_pb_t *out, const mesh_sidecar_t *sidecar,
    const mesh_state_t *state)
{
    size_t            i;
    mesh_rc_e         rc;
    mesh_xds_local_t  local;

    rc = mesh_xds_local(sidecar, state->catalog, &local);
    if (rc != MESH_OK) {
        return rc;
    }

    mesh_xds_address(out, 2, gate_cstr("0.0.0.0"), MESH_XDS_INBOUND);
    mesh_xds_listener_blackhole(out, MESH_XDS_INBOUND);

    for (i = 0; i < local.n; i++) {
        mesh_xds_inbound_chain(out, &local.ports[i], sidecar, 1, 0);
    }

    mesh_xds_local_free(&local);

    mesh_xds_listener_filter(out, "envoy.filters.listener.original_dst",
                             "envoy.extensions.filters.listener.original_dst."
                             "v3.OriginalDst");
    mesh_pb_uint(out, 16, MESH_XDS_DIRECTION_IN);

    /* what the mesh does not know of on this node, such as its ssh */
    mesh_xds_listener_rest(out, "inbound-passthrough");
    mesh_xds_listener_more(out, sidecar, MESH_XDS_INBOUND);

    return MESH_OK;
}


/*
 * Without an interception the sidecar listens itself, at all addresses of the
 * node, and the process at 127.0.0.1.
 */

static mesh_rc_e
mesh_xds_listener_port(mesh_pb_t *out, gate_str_t name,
    const mesh_sidecar_t *sidecar, const mesh_state_t *state)
{
    size_t            i, j, at;
    unsigned          port;
    mesh_rc_e         rc;
    gate_str_t        service, text;
    unsigned char     buf[MESH_ADDRESS_TEXT];
    mesh_xds_local_t  local;

    if (!mesh_xds_inbound_of(name, &port, &service) || service.len != 0) {
        return MESH_NONE;
    }

    rc = mesh_xds_local(sidecar, state->catalog, &local);
    if (rc != MESH_OK) {
        return rc;
    }

    rc = MESH_NONE;

    for (i = 0; i < local.n; i++) {

        if (local.ports[i].port != port) {
            continue;
        }

        mesh_pb_string(out, 1, name);

        for (j = 0; j < sidecar->naddresses; j++) {
            text = gate_str(buf, mesh_address_text(&sidecar->addresses[j],
                                                   buf));
            if (j == 0) {
                mesh_xds_address(out, 2, text, port);
                mesh_xds_inbound_chain(out, &local.ports[i], sidecar, 0, 0);
                mesh_pb_uint(out, 16, MESH_XDS_DIRECTION_IN);
                continue;
            }

            at = mesh_pb_begin(out, 33);             /* additional_addresses */
            mesh_xds_address(out, 1, text, port);
            mesh_pb_end(out, at);
        }

        rc = MESH_OK;
        break;
    }

    mesh_xds_local_free(&local);

    return rc;
}


/* at those of IPv6, too; where the node has none the port cannot be had */

static void
mesh_xds_listener_more(mesh_pb_t *out, const mesh_sidecar_t *sidecar,
    unsigned port)
{
    size_t  i, at;

    for (i = 0; i < sidecar->naddresses; i++) {

        if (sidecar->addresses[i].family == 6) {
            at = mesh_pb_begin(out, 33);             /* additional_addresses */
            mesh_xds_address(out, 1, gate_cstr("::"), port);
            mesh_pb_end(out, at);
            return;
        }
    }
}


static void
mesh_xds_listener_filter(mesh_pb_t *out, const char *name, const char *type)
{
    mesh_xds_any_t  any;

    mesh_xds_named_begin(out, 9, name, 3, type, &any);
    mesh_xds_named_end(out, &any);
}


/* who calls the interception itself would be sent to it again */

static void
mesh_xds_listener_blackhole(mesh_pb_t *out, unsigned port)
{
    size_t  chain, at;

    chain = mesh_pb_begin(out, 3);
    at = mesh_pb_begin(out, 1);
    mesh_xds_uint(out, 8, port);                     /* destination_port */
    mesh_pb_end(out, at);
    mesh_xds_tcp(out, "blackhole");
    mesh_pb_end(out, chain);
}
