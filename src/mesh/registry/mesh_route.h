
/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * Which call of Consul's API a method and a path are.
 */


#ifndef MESH_ROUTE_H_INCLUDED_
#define MESH_ROUTE_H_INCLUDED_


#include "gate_str.h"


typedef enum {
    MESH_ROUTE_NONE = 0,                      /* there is no such path */
    MESH_ROUTE_METHOD,                        /* there is, for "allow" */

    MESH_ROUTE_REGISTER,
    MESH_ROUTE_DEREGISTER,                    /* of /ID, as those below */
    MESH_ROUTE_MAINTENANCE,
    MESH_ROUTE_PASS,
    MESH_ROUTE_WARN,
    MESH_ROUTE_FAIL,
    MESH_ROUTE_UPDATE,

    MESH_ROUTE_AGENT_SERVICES,
    MESH_ROUTE_AGENT_SERVICE,
    MESH_ROUTE_AGENT_CHECKS,
    MESH_ROUTE_SELF,
    MESH_ROUTE_LEADER,
    MESH_ROUTE_CATALOG_SERVICES,
    MESH_ROUTE_CATALOG_SERVICE,               /* of /NAME, as the next two */
    MESH_ROUTE_HEALTH_SERVICE,
    MESH_ROUTE_HEALTH_CHECKS,
    MESH_ROUTE_HEALTH_STATE
} mesh_route_e;


typedef struct {
    mesh_route_e           route;
    int                    body;              /* it has one */
    int                    blocks;            /* it takes an index */
    gate_str_t             name;              /* the rest of the path */
    const char            *allow;             /* the path's method */
} mesh_route_t;


/* "path" is decoded, and begins with "/v1/" */
void mesh_route(gate_str_t method, gate_str_t path, mesh_route_t *route);

/* an argument as Go reads it: 1, 0, or -1: it is neither */
int mesh_route_bool(gate_str_t value);


#endif /* MESH_ROUTE_H_INCLUDED_ */
