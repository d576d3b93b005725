
/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * Calls that ask the agent: what is registered here.
 */


#include "ngx_http_mesh_registry.h"

#include "gate_hash.h"
#include "mesh_answer.h"
#include "mesh_enrolled.h"


static ngx_int_t ngx_http_mesh_registry_read_service(
    ngx_http_mesh_registry_call_t *call);
static ngx_int_t ngx_http_mesh_registry_read_all(
    ngx_http_mesh_registry_call_t *call, mesh_out_t *out);
static int ngx_libc_cdecl ngx_http_mesh_registry_by_id(const void *one,
    const void *two);
static void ngx_http_mesh_registry_key(mesh_out_t *out, gate_str_t id,
    gate_str_t node, gate_str_t before);
static void ngx_http_mesh_registry_self(
    ngx_http_mesh_registry_call_t *call, mesh_out_t *out);
static void ngx_http_mesh_registry_leader(
    ngx_http_mesh_registry_call_t *call, mesh_out_t *out);


ngx_int_t
ngx_http_mesh_registry_read_agent(ngx_http_mesh_registry_call_t *call)
{
    mesh_out_t  out;

    ngx_memzero(&out, sizeof(mesh_out_t));

    switch (call->route.route) {

    case MESH_ROUTE_AGENT_SERVICE:
        return ngx_http_mesh_registry_read_service(call);

    case MESH_ROUTE_SELF:
        ngx_http_mesh_registry_self(call, &out);
        break;

    case MESH_ROUTE_LEADER:
        ngx_http_mesh_registry_leader(call, &out);
        break;

    default:
        if (ngx_http_mesh_registry_read_all(call, &out) != NGX_OK) {
            mesh_out_free(&out);
            return NGX_HTTP_INTERNAL_SERVER_ERROR;
        }
    }

    return ngx_http_mesh_registry_send_json(call->request, &out, 0);
}


static ngx_int_t
ngx_http_mesh_registry_read_service(ngx_http_mesh_registry_call_t *call)
{
    int               many;
    u_char            hash[16];
    uint64_t          h;
    gate_str_t        hex;
    mesh_out_t        out;
    ngx_uint_t        i;
    mesh_enrolled_t  *e;

    e = mesh_registry_find(&ngx_http_mesh_registry_own.all, call->node,
                           call->route.name, call->from, &many);

    if (e == NULL) {
        return many ? ngx_http_mesh_registry_refuse(call->request, 409, NULL,
                          "Several nodes have that ID: say which one by "
                          "\"?node=\".")
                    : ngx_http_mesh_registry_refuse(call->request, 404, NULL,
                          "No service has that ID.");
    }

    h = gate_hash(e->definition, 0);

    for (i = 0; i < sizeof(hash); i++) {
        hash[i] = "0123456789abcdef"[h >> 60];
        h <<= 4;
    }

    hex = gate_str(hash, sizeof(hash));

    ngx_memzero(&out, sizeof(mesh_out_t));
    mesh_answer_agent_service(&out, e, hex);

    return ngx_http_mesh_registry_send_json(call->request, &out, 0);
}


/* all services or checks that are registered, or those of a node */

static ngx_int_t
ngx_http_mesh_registry_read_all(ngx_http_mesh_registry_call_t *call,
    mesh_out_t *out)
{
    size_t                     i, n;
    gate_str_t                 id, before;
    mesh_check_t              *c;
    mesh_named_t              *named, **all;
    mesh_enrolled_t           *e;
    ngx_uint_t                 checks;
    mesh_named_table_t        *t;

    checks = (call->route.route == MESH_ROUTE_AGENT_CHECKS);
    t = checks ? &ngx_http_mesh_registry_own.all.checks
               : &ngx_http_mesh_registry_own.all.instances;

    all = ngx_alloc((t->n + 1) * sizeof(mesh_named_t *),
                    call->request->connection->log);
    if (all == NULL) {
        return NGX_ERROR;
    }

    n = 0;

    for (i = 0; i < t->size; i++) {
        for (named = t->buckets[i]; named != NULL; named = named->next) {
            c = named->thing;
            e = checks ? c->instance : named->thing;

            if (call->node.len == 0 || gate_str_eq(e->node, call->node)) {
                all[n++] = named;
            }
        }
    }

    ngx_qsort(all, n, sizeof(mesh_named_t *), ngx_http_mesh_registry_by_id);

    before = gate_str(NULL, 0);
    mesh_out_cstr(out, "{");

    for (i = 0; i < n; i++) {
        c = all[i]->thing;
        e = checks ? c->instance : all[i]->thing;

        id = checks ? c->id : e->id;

        ngx_http_mesh_registry_key(out, id, e->node, before);
        before = id;

        if (checks) {
            mesh_answer_agent_check(out, c);

        } else {
            mesh_answer_agent_service(out, e, gate_str(NULL, 0));
        }
    }

    mesh_out_cstr(out, "}");
    ngx_free(all);

    return NGX_OK;
}


/* names are "node NUL id": by id, and by node where two have it */

static int ngx_libc_cdecl
ngx_http_mesh_registry_by_id(const void *one, const void *two)
{
    int         order;
    size_t      n, m;
    gate_str_t  a, b;

    a = (*(mesh_named_t *const *) one)->name;
    b = (*(mesh_named_t *const *) two)->name;

    n = ngx_strlen(a.data) + 1;
    m = ngx_strlen(b.data) + 1;

    order = mesh_enrolled_order(gate_str(a.data + n, a.len - n),
                                gate_str(b.data + m, b.len - m));

    return order ? order : mesh_enrolled_order(a, b);
}


/* an ID that several nodes have is a member of the first one alone */

static void
ngx_http_mesh_registry_key(mesh_out_t *out, gate_str_t id, gate_str_t node,
    gate_str_t before)
{
    mesh_out_t  key;

    ngx_memzero(&key, sizeof(mesh_out_t));

    if (before.data != NULL && gate_str_eq(id, before)) {
        mesh_out_add(&key, node);
        mesh_out_cstr(&key, "/");
    }

    mesh_out_add(&key, id);

    mesh_out_next(out);
    mesh_out_json(out, gate_str(key.data, key.len));
    mesh_out_cstr(out, ":");

    out->failed |= key.failed;
    mesh_out_free(&key);
}


static void
ngx_http_mesh_registry_self(ngx_http_mesh_registry_call_t *call,
    mesh_out_t *out)
{
    gate_str_t  name;

    name = ngx_http_mesh_str(ngx_cycle->hostname);

    mesh_out_cstr(out, "{\"Config\":{");
    mesh_out_member(out, "Datacenter", gate_cstr(MESH_ANSWER_DATACENTER));
    mesh_out_member(out, "NodeName", name);
    mesh_out_member(out, "NodeID", gate_str(NULL, 0));
    mesh_out_member(out, "Revision", gate_str(NULL, 0));
    mesh_out_raw(out, "Server", gate_cstr("true"));
    mesh_out_member(out, "Version", gate_cstr("1.8.7"));
    mesh_out_cstr(out, "},\"Member\":{");
    mesh_out_member(out, "Name", name);
    mesh_out_number(out, "Status", 1);
    mesh_out_cstr(out, "},\"Meta\":{}}");
}


static void
ngx_http_mesh_registry_leader(ngx_http_mesh_registry_call_t *call,
    mesh_out_t *out)
{
    u_char             text[NGX_SOCKADDR_STRLEN];
    ngx_str_t          s;
    ngx_connection_t  *c;

    c = call->request->connection;
    s.data = text;
    s.len = sizeof(text);

    if (ngx_connection_local_sockaddr(c, &s, 1) != NGX_OK) {
        s.len = 0;
    }

    mesh_out_json(out, ngx_http_mesh_str(s));
}
