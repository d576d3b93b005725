
/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * Small messages that many resources have in common, and names of resources.
 * The rooms of this folder only.
 */


#ifndef MESH_XDS_PART_H_INCLUDED_
#define MESH_XDS_PART_H_INCLUDED_


#include "mesh_xds.h"


#define MESH_XDS_NAME_MAX    (16 + MESH_NAME_MAX + MESH_VERSION_MAX)

#define MESH_XDS_INBOUND     15006            /* ports of an interception */
#define MESH_XDS_OUTBOUND    15001

#define MESH_XDS_API_V3      2                /* ApiVersion.V3 */
#define MESH_XDS_TIMEOUT_MS  50000            /* of a request: less than what
                                                 the gateway waits */


/* google.protobuf.UInt32Value, BoolValue, Duration */
void mesh_xds_uint(mesh_pb_t *pb, unsigned field, uint64_t n);
void mesh_xds_bool(mesh_pb_t *pb, unsigned field, int value);
void mesh_xds_duration(mesh_pb_t *pb, unsigned field, uint64_t ms);

/* an empty message */
void mesh_xds_empty(mesh_pb_t *pb, unsigned field);

/* ConfigSource: by the stream that this comes by */
void mesh_xds_ads(mesh_pb_t *pb, unsigned field);

/* Address.socket_address; SocketAddress; CidrRange */
void mesh_xds_address(mesh_pb_t *pb, unsigned field, gate_str_t address,
    unsigned port);
void mesh_xds_socket(mesh_pb_t *pb, unsigned field, gate_str_t address,
    unsigned port);
void mesh_xds_cidr(mesh_pb_t *pb, unsigned field, const mesh_address_t *a,
    unsigned prefix);

/* ranges of one address each */
void mesh_xds_own(mesh_pb_t *pb, unsigned field, const mesh_sidecar_t *s);


/* 1: the sidecar's node has it */
int mesh_xds_is_own(const mesh_address_t *a, const mesh_sidecar_t *s);


/* google.protobuf.Any, and a message with a name and an Any in it */

typedef struct {
    size_t                 whole;
    size_t                 any;
    size_t                 empty;             /* without a value it ends here */
    size_t                 value;
} mesh_xds_any_t;


/* "number": the field of the Any in the message with the name (1) */
void mesh_xds_named_begin(mesh_pb_t *pb, unsigned field, const char *name,
    unsigned number, const char *type, mesh_xds_any_t *any);
void mesh_xds_named_end(mesh_pb_t *pb, const mesh_xds_any_t *any);

/* an entry of a map from names to Any */
void mesh_xds_entry_begin(mesh_pb_t *pb, unsigned field, const char *name,
    const char *type, mesh_xds_any_t *any);


/* "outbound|SERVICE|VERSION"; the length, at most MESH_XDS_NAME_MAX */
size_t mesh_xds_outbound(unsigned char *dst, gate_str_t service,
    gate_str_t version);
size_t mesh_xds_inbound(unsigned char *dst, unsigned port,
    gate_str_t service);

/* 1: it is such a name */
int mesh_xds_outbound_of(gate_str_t name, gate_str_t *service,
    gate_str_t *version);
int mesh_xds_inbound_of(gate_str_t name, unsigned *port, gate_str_t *service);

/* of hosts: without regard to the case of letters; < 0, 0, > 0 */
int mesh_xds_compare(gate_str_t a, gate_str_t b);

/* the last of a process's sidecar's own mark in "Via": of 16 hex digits */
#define MESH_XDS_VIA  21
size_t mesh_xds_via(unsigned char *dst, const mesh_sidecar_t *s);


/* services at a port of the sidecar's own addresses, by name */

typedef struct {
    unsigned               port;
    mesh_service_t       **services;
    size_t                 n;
} mesh_xds_port_t;


typedef struct {
    mesh_xds_port_t       *ports;
    size_t                 n;
    void                  *block;
} mesh_xds_local_t;


/* all ports, the lowest first; what catalog has is viewed */
mesh_rc_e mesh_xds_local(const mesh_sidecar_t *sidecar,
    const mesh_catalog_t *catalog, mesh_xds_local_t *local);
void mesh_xds_local_free(mesh_xds_local_t *local);


/* 1: virtual hosts are had on demand */
int mesh_xds_ondemand(const mesh_sidecar_t *sidecar,
    const mesh_state_t *state);


/* resources and parts of them, one file each */

mesh_rc_e mesh_xds_cluster(gate_str_t name, const mesh_sidecar_t *sidecar,
    const mesh_state_t *state, mesh_pb_t *out);
mesh_rc_e mesh_xds_endpoints(gate_str_t name, const mesh_sidecar_t *sidecar,
    const mesh_state_t *state, mesh_pb_t *out);
mesh_rc_e mesh_xds_listener(gate_str_t name, const mesh_sidecar_t *sidecar,
    const mesh_state_t *state, mesh_pb_t *out);
mesh_rc_e mesh_xds_routes(gate_str_t name, const mesh_sidecar_t *sidecar,
    const mesh_state_t *state, mesh_pb_t *out);
mesh_rc_e mesh_xds_vhost(gate_str_t name, const mesh_sidecar_t *sidecar,
    const mesh_state_t *state, mesh_pb_t *out);

/* Route of a virtual host: all of a service's routes, outbound */
void mesh_xds_service_routes(mesh_pb_t *pb, const mesh_service_t *s,
    const gate_rule_t *rule, const mesh_sidecar_t *sidecar);

/* a route for all paths that answers by itself */
void mesh_xds_refuse(mesh_pb_t *pb, unsigned status);

/* HttpConnectionManager with the mesh's routes */
void mesh_xds_hcm_out(mesh_pb_t *pb, const char *stat,
    const mesh_sidecar_t *sidecar);

/* FilterChain (field 3) for what comes in for a port; own: from us alone */
void mesh_xds_inbound_chain(mesh_pb_t *pb, const mesh_xds_port_t *port,
    const mesh_sidecar_t *sidecar, int match, int own);

/* FilterChain (field 3) for HTTP to others, at one port or (0) at all */
void mesh_xds_http_chain(mesh_pb_t *out, const mesh_sidecar_t *sidecar,
    unsigned port);

/*
 * FilterChain for each port of services that do not speak HTTP, on other nodes;
 * "local" has its chains already.  *any: there is one.
 */
mesh_rc_e mesh_xds_bytes_chains(mesh_pb_t *out, const mesh_sidecar_t *sidecar,
    const mesh_state_t *state, const mesh_xds_local_t *local, int *any);

/* what all managers of connections have: marker, paths, upgrades */
void mesh_xds_hcm_begin(mesh_pb_t *pb, const char *stat, unsigned port);
void mesh_xds_hcm_end(mesh_pb_t *pb, gate_str_t via);

/* Filter (field 3) of a chain: all bytes go to a cluster */
void mesh_xds_tcp(mesh_pb_t *pb, const char *cluster);


#endif /* MESH_XDS_PART_H_INCLUDED_ */
