
/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * A service: where its processes are, in which versions, and how callers and
 * the sidecar beside it treat it.  Several services may be in one process, on
 * the same address and port.
 */


#ifndef MESH_SERVICE_H_INCLUDED_
#define MESH_SERVICE_H_INCLUDED_


#include "mesh_address.h"
#include "mesh_map.h"


#define MESH_NAME_MAX      128                /* of a service, [A-Za-z0-9._-] */
#define MESH_VERSION_MAX   64
#define MESH_NO_VERSION    "default"          /* of who tells none */


typedef enum {
    MESH_HTTP = 0,                            /* HTTP/1.1 */
    MESH_HTTP2,
    MESH_GRPC,
    MESH_TCP
} mesh_protocol_e;


typedef enum {
    MESH_PASSING = 0,
    MESH_WARNING,
    MESH_CRITICAL                             /* known, gets no requests */
} mesh_health_e;


/* one instance of the service in one process */

typedef struct {
    gate_str_t             id;                /* of the instance, unique with
                                                 node */
    gate_str_t             node;              /* the machine's name */
    gate_str_t             process;           /* empty: the instance's own */
    gate_str_t             version;           /* never empty */
    uint16_t               port;
    uint32_t               weight;            /* 1 and more; 0: no requests */
    mesh_health_e          health;

    /* at least one; the first is where those of other planes call */
    mesh_address_t        *addresses;
    size_t                 naddresses;
} mesh_endpoint_t;


/* what is asked of a service; 0 or empty: as the sidecar does by default */

typedef struct {
    uint32_t               timeout_ms;
    uint32_t               idle_ms;           /* of a kept connection */
    uint32_t               retries;
    uint32_t               rate;              /* requests a second, inbound */
    uint32_t               burst;
    uint32_t               connections;       /* outbound, at most */
    mesh_net_t            *allow;             /* who may call: networks */
    size_t                 nallow;
} mesh_policy_t;


/* immutable, one block of memory; item.name is the service's */

typedef struct {
    mesh_item_t            item;
    mesh_protocol_e        protocol;
    gate_str_t             path;              /* "/orders", empty: told apart
                                                 by Host alone */
    gate_str_t            *hosts;             /* names beside its own */
    size_t                 nhosts;
    gate_str_t            *versions;          /* sorted, each once */
    size_t                 nversions;
    mesh_endpoint_t       *endpoints;         /* sorted by version, node, id */
    size_t                 nendpoints;
    mesh_policy_t          policy;
    uint64_t               hash;              /* of all of it */
} mesh_service_t;


/*
 * A copy of all that "s" says, whose hash and versions are computed and whose
 * endpoints are sorted; one reference.  BAD: "*why" tells what is wrong, and
 * begins with the member's name.
 */
mesh_rc_e mesh_service_make(const mesh_service_t *s, mesh_service_t **made,
    const char **why);

/*
 * What several sources say of one name: all endpoints (of the same node and id
 * the first source's), all else as the first source that says it.
 */
mesh_rc_e mesh_service_merge(mesh_service_t *const *of, size_t n,
    mesh_service_t **made);

/* members that "all" does not have yet; a burst comes with its rate */
void mesh_policy_add(mesh_policy_t *all, const mesh_policy_t *p);

/* the range of endpoints of a version; 0: there are none */
size_t mesh_service_version(const mesh_service_t *s, gate_str_t version,
    const mesh_endpoint_t **first);

/* 1: all that is said is the same */
int mesh_service_same(const mesh_service_t *a, const mesh_service_t *b);


#endif /* MESH_SERVICE_H_INCLUDED_ */
