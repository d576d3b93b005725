
/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * envoy.extensions.filters.network.http_connection_manager.v3.
 * HttpConnectionManager: what all of them have, and that of calls to others.
 */


#include "mesh_xds_part.h"

#include "gate_text.h"


#define MESH_XDS_FILTER         "envoy.extensions.filters.http."

/* ForwardClientCertDetails, PathWithEscapedSlashesAction, Op, append_action */
#define MESH_XDS_ALWAYS_FORWARD   4
#define MESH_XDS_REJECT           2
#define MESH_XDS_GE               1
#define MESH_XDS_OVERWRITE        2


static void mesh_xds_marker(mesh_pb_t *pb);
static void mesh_xds_upgrade(mesh_pb_t *pb);


void
mesh_xds_hcm_out(mesh_pb_t *pb, const char *stat,
    const mesh_sidecar_t *sidecar)
{
    size_t           at;
    mesh_xds_any_t   filter, any;
    unsigned char    via[MESH_XDS_VIA];

    mesh_xds_named_begin(pb, 3, "envoy.filters.network."
                         "http_connection_manager", 4,
                         "envoy.extensions.filters.network."
                         "http_connection_manager.v3.HttpConnectionManager",
                         &filter);

    mesh_xds_hcm_begin(pb, stat, 0);

    at = mesh_pb_begin(pb, 3);                       /* rds */
    mesh_xds_ads(pb, 1);
    mesh_pb_string(pb, 2, gate_cstr("mesh"));
    mesh_pb_end(pb, at);

    mesh_xds_named_begin(pb, 5, "envoy.filters.http.on_demand", 4,
                         MESH_XDS_FILTER "on_demand.v3.OnDemand", &any);
    mesh_xds_named_end(pb, &any);

    mesh_xds_named_begin(pb, 5, "envoy.filters.http.router", 4,
                         MESH_XDS_FILTER "router.v3.Router", &any);
    mesh_xds_named_end(pb, &any);

    mesh_xds_hcm_end(pb, gate_str(via, mesh_xds_via(via, sidecar)));

    mesh_xds_named_end(pb, &filter);
}


/* "port": behind the name of its statistics, if not 0 */

void
mesh_xds_hcm_begin(mesh_pb_t *pb, const char *stat, unsigned port)
{
    unsigned char  *p, name[64];

    p = gate_str_copy(name, gate_cstr(stat));

    if (port) {
        p = gate_text_digits(p, port);
    }

    mesh_pb_string(pb, 2, gate_str(name, (size_t) (p - name)));
}


/* behind routes and filters, as the fields have an order */

void
mesh_xds_hcm_end(mesh_pb_t *pb, gate_str_t via)
{
    mesh_xds_bool(pb, 14, 0);                        /* use_remote_address */
    mesh_pb_uint(pb, 16, MESH_XDS_ALWAYS_FORWARD);
    mesh_pb_string(pb, 22, via);
    mesh_xds_upgrade(pb);
    mesh_xds_duration(pb, 24, 0);                    /* stream_idle_timeout */
    mesh_xds_bool(pb, 30, 1);                        /* normalize_path */
    mesh_pb_uint(pb, 33, 1);                         /* merge_slashes */
    mesh_xds_marker(pb);
    mesh_pb_uint(pb, 45, MESH_XDS_REJECT);
}


static void
mesh_xds_upgrade(mesh_pb_t *pb)
{
    size_t  at;

    at = mesh_pb_begin(pb, 23);                      /* upgrade_configs */
    mesh_pb_string(pb, 1, gate_cstr("websocket"));
    mesh_pb_end(pb, at);
}


/* answers of Envoy's own say so, see docs/sidecar.md */

static void
mesh_xds_marker(mesh_pb_t *pb)
{
    size_t  reply, mapper, filter, code, compare, value, option, header;

    reply = mesh_pb_begin(pb, 38);                   /* local_reply_config */
    mapper = mesh_pb_begin(pb, 1);

    filter = mesh_pb_begin(pb, 1);
    code = mesh_pb_begin(pb, 1);                     /* status_code_filter */
    compare = mesh_pb_begin(pb, 1);
    mesh_pb_uint(pb, 1, MESH_XDS_GE);
    value = mesh_pb_begin(pb, 2);
    mesh_pb_uint(pb, 2, 100);
    mesh_pb_string(pb, 3, gate_cstr("gate_marker"));
    mesh_pb_end(pb, value);
    mesh_pb_end(pb, compare);
    mesh_pb_end(pb, code);
    mesh_pb_end(pb, filter);

    option = mesh_pb_begin(pb, 5);                   /* headers_to_add */
    header = mesh_pb_begin(pb, 1);
    mesh_pb_string(pb, 1, gate_cstr("x-gate-sidecar"));
    mesh_pb_string(pb, 2, gate_cstr("%RESPONSE_CODE_DETAILS% "
                                    "%RESPONSE_FLAGS%"));
    mesh_pb_end(pb, header);
    mesh_pb_uint(pb, 3, MESH_XDS_OVERWRITE);
    mesh_pb_end(pb, option);

    mesh_pb_end(pb, mapper);
    mesh_pb_end(pb, reply);
}


void
mesh_xds_tcp(mesh_pb_t *pb, const char *cluster)
{
    mesh_xds_any_t  filter;

    mesh_xds_named_begin(pb, 3, "envoy.filters.network.tcp_proxy", 4,
                         "envoy.extensions.filters.network.tcp_proxy.v3."
                         "TcpProxy", &filter);
    mesh_pb_string(pb, 1, gate_cstr(cluster));
    mesh_pb_string(pb, 2, gate_cstr(cluster));
    mesh_xds_named_end(pb, &filter);
}
