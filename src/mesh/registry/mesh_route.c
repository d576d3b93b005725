
/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * Which call of Consul's API a method and a path are.
 */


#include "mesh_route.h"


typedef struct {
    gate_str_t             path;              /* with a name behind it, where
                                                 it ends with a slash */
    const char            *method;
    mesh_route_e           route;
    int                    body;
    int                    blocks;
} mesh_route_row_t;


/* the first that fits */

static const mesh_route_row_t  mesh_route_rows[] = {
    { gate_string("/v1/agent/service/register"), "PUT",
      MESH_ROUTE_REGISTER, 1, 0 },
    { gate_string("/v1/agent/service/deregister/"), "PUT",
      MESH_ROUTE_DEREGISTER, 0, 0 },
    { gate_string("/v1/agent/service/maintenance/"), "PUT",
      MESH_ROUTE_MAINTENANCE, 0, 0 },
    { gate_string("/v1/agent/service/"), "GET",
      MESH_ROUTE_AGENT_SERVICE, 0, 0 },
    { gate_string("/v1/agent/services"), "GET",
      MESH_ROUTE_AGENT_SERVICES, 0, 0 },
    { gate_string("/v1/agent/checks"), "GET",
      MESH_ROUTE_AGENT_CHECKS, 0, 0 },
    { gate_string("/v1/agent/check/pass/"), "PUT",
      MESH_ROUTE_PASS, 0, 0 },
    { gate_string("/v1/agent/check/warn/"), "PUT",
      MESH_ROUTE_WARN, 0, 0 },
    { gate_string("/v1/agent/check/fail/"), "PUT",
      MESH_ROUTE_FAIL, 0, 0 },
    { gate_string("/v1/agent/check/update/"), "PUT",
      MESH_ROUTE_UPDATE, 1, 0 },
    { gate_string("/v1/agent/self"), "GET",
      MESH_ROUTE_SELF, 0, 0 },
    { gate_string("/v1/status/leader"), "GET",
      MESH_ROUTE_LEADER, 0, 0 },
    { gate_string("/v1/catalog/services"), "GET",
      MESH_ROUTE_CATALOG_SERVICES, 0, 1 },
    { gate_string("/v1/catalog/service/"), "GET",
      MESH_ROUTE_CATALOG_SERVICE, 0, 1 },
    { gate_string("/v1/health/service/"), "GET",
      MESH_ROUTE_HEALTH_SERVICE, 0, 1 },
    { gate_string("/v1/health/checks/"), "GET",
      MESH_ROUTE_HEALTH_CHECKS, 0, 1 },
    { gate_string("/v1/health/state/"), "GET",
      MESH_ROUTE_HEALTH_STATE, 0, 1 },
    { { 0, NULL }, NULL, MESH_ROUTE_NONE, 0, 0 }
};


void
mesh_route(gate_str_t method, gate_str_t path, mesh_route_t *route)
{
    int                      named;
    const mesh_route_row_t  *row;

    memset(route, 0, sizeof(mesh_route_t));

    for (row = mesh_route_rows; row->method != NULL; row++) {
        named = (row->path.data[row->path.len - 1] == '/');

        if (path.len < row->path.len
            || (!named && path.len != row->path.len)
            || memcmp(path.data, row->path.data, row->path.len) != 0)
        {
            continue;
        }

        route->allow = row->method;
        route->route = MESH_ROUTE_METHOD;

        if (gate_str_eq(method, gate_cstr(row->method))) {
            route->route = row->route;
            route->body = row->body;
            route->blocks = row->blocks;
            route->name = gate_str(path.data + row->path.len,
                                   path.len - row->path.len);
        }

        return;
    }
}


int
mesh_route_bool(gate_str_t value)
{
    size_t  i;

    static const char *const  words[] = {
        "0", "f", "F", "false", "FALSE", "False",
        "1", "t", "T", "true", "TRUE", "True"
    };

    for (i = 0; i < sizeof(words) / sizeof(words[0]); i++) {

        if (gate_str_eq(value, gate_cstr(words[i]))) {
            return i >= 6;
        }
    }

    return -1;
}
