
/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * Calls that ask: "agent" is what is registered here, "catalog" and "health"
 * are all that the mesh knows.
 */


#include "ngx_http_mesh_registry.h"

#include "gate_hash.h"
#include "mesh_answer.h"
#include "mesh_enrolled.h"


typedef struct {
    mesh_out_t            *out;
    ngx_http_mesh_registry_call_t  *call;
    gate_str_t             state;             /* "critical", or "any" */
    gate_str_t             tag;
    ngx_uint_t             passing;
    ngx_uint_t             tagged;            /* only those of the tag */
    uint64_t               index;
} ngx_http_mesh_registry_view_t;


static ngx_int_t ngx_http_mesh_registry_read_agent(
    ngx_http_mesh_registry_call_t *call);
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
static ngx_int_t ngx_http_mesh_registry_view(
    ngx_http_mesh_registry_view_t *v, const char **why);
static void ngx_http_mesh_registry_services(mesh_out_t *out);
static int ngx_http_mesh_registry_services_other(void *data,
    mesh_item_t *item);
static void ngx_http_mesh_registry_services_tags(mesh_out_t *out,
    const mesh_group_t *g);
static void ngx_http_mesh_registry_service(ngx_http_mesh_registry_view_t *v);
static void ngx_http_mesh_registry_own_one(ngx_http_mesh_registry_view_t *v,
    const mesh_enrolled_t *e);
static void ngx_http_mesh_registry_others(ngx_http_mesh_registry_view_t *v,
    const mesh_service_t *s);
static void ngx_http_mesh_registry_checks_state(
    ngx_http_mesh_registry_view_t *v);
static int ngx_http_mesh_registry_state_other(void *data, mesh_item_t *item);
static ngx_uint_t ngx_http_mesh_registry_is(ngx_http_mesh_registry_view_t *v,
    mesh_health_e health);


ngx_int_t
ngx_http_mesh_registry_read(ngx_http_mesh_registry_call_t *call)
{
    uint64_t                        index;
    mesh_out_t                      out;
    const char                     *why;
    ngx_http_mesh_registry_view_t   v;

    if (!call->route.blocks) {
        return ngx_http_mesh_registry_read_agent(call);
    }

    ngx_memzero(&v, sizeof(ngx_http_mesh_registry_view_t));
    ngx_memzero(&out, sizeof(mesh_out_t));

    v.call = call;
    v.out = &out;
    why = NULL;

    if (ngx_http_mesh_registry_view(&v, &why) != NGX_OK) {
        return ngx_http_mesh_registry_refuse(call->request, 400, NULL, why);
    }

    if (ngx_http_mesh_registry_block(call, &index) == NGX_AGAIN) {
        return NGX_AGAIN;
    }

    v.index = index;

    if (call->route.route == MESH_ROUTE_CATALOG_SERVICES) {
        ngx_http_mesh_registry_services(&out);

    } else {
        mesh_out_cstr(&out, "[");

        if (call->route.route == MESH_ROUTE_HEALTH_STATE) {
            ngx_http_mesh_registry_checks_state(&v);

        } else {
            ngx_http_mesh_registry_service(&v);
        }

        mesh_out_cstr(&out, "]");
    }

    return ngx_http_mesh_registry_send_json(call->request, &out, index);
}


static ngx_int_t
ngx_http_mesh_registry_view(ngx_http_mesh_registry_view_t *v,
    const char **why)
{
    int         passing;
    gate_str_t  value;

    if (v->call->route.route != MESH_ROUTE_CATALOG_SERVICES
        && v->call->route.name.len == 0)
    {
        *why = "The path has no name.";
        return NGX_ERROR;
    }

    v->state = v->call->route.name;

    if (ngx_http_mesh_registry_arg(v->call, "passing", &value) == NGX_OK) {
        passing = value.len ? mesh_route_bool(value) : 1;

        if (passing == -1) {
            *why = "\"passing\" must be \"true\" or \"false\"";
            return NGX_ERROR;
        }

        v->passing = (ngx_uint_t) passing;
    }

    if (ngx_http_mesh_registry_arg(v->call, "tag", &value) == NGX_OK) {
        v->tag = value;
        v->tagged = 1;
    }

    return NGX_OK;
}


static ngx_int_t
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


/* names of all sources, with the tags of what is registered here */

static void
ngx_http_mesh_registry_services(mesh_out_t *out)
{
    size_t                     i;
    mesh_group_t              *g;
    mesh_named_t              *named;
    ngx_http_mesh_registry_t  *own;

    own = &ngx_http_mesh_registry_own;

    mesh_out_cstr(out, "{");

    for (i = 0; i < own->all.groups.size; i++) {
        for (named = own->all.groups.buckets[i];
             named != NULL;
             named = named->next)
        {
            g = named->thing;

            if (g->n != 0) {
                mesh_out_next(out);
                mesh_out_json(out, named->name);
                mesh_out_cstr(out, ":[");
                ngx_http_mesh_registry_services_tags(out, g);
                mesh_out_cstr(out, "]");
            }
        }
    }

    (void) mesh_map_walk(
               mesh_catalog_services(ngx_http_mesh_state()->catalog),
               ngx_http_mesh_registry_services_other, out);

    mesh_out_cstr(out, "}");
}


static int
ngx_http_mesh_registry_services_other(void *data, mesh_item_t *item)
{
    mesh_out_t    *out = data;

    mesh_group_t  *g;

    g = mesh_registry_group(&ngx_http_mesh_registry_own.all, item->name);

    if (g == NULL || g->n == 0) {
        mesh_out_next(out);
        mesh_out_json(out, item->name);
        mesh_out_cstr(out, ":[]");
    }

    return 0;
}


/* each once */

static void
ngx_http_mesh_registry_services_tags(mesh_out_t *out, const mesh_group_t *g)
{
    size_t    i, j;
    json_t   *all, *tags, *tag;
    char     *text;

    all = json_object();

    for (i = 0; i < g->n; i++) {

        if (gate_str_eq(g->instances[i]->tags_json, gate_cstr("[]"))) {
            continue;
        }

        tags = json_loadb((char *) g->instances[i]->tags_json.data,
                          g->instances[i]->tags_json.len, 0, NULL);

        json_array_foreach(tags, j, tag) {

            if (json_object_get(all, json_string_value(tag)) == NULL) {
                (void) json_object_set_new(all, json_string_value(tag),
                                           json_true());
                text = json_dumps(tag, JSON_ENCODE_ANY);
                mesh_out_next(out);
                mesh_out_cstr(out, text ? text : "\"\"");
                free(text);
            }
        }

        json_decref(tags);
    }

    json_decref(all);
}


static void
ngx_http_mesh_registry_service(ngx_http_mesh_registry_view_t *v)
{
    size_t           i;
    gate_str_t       name;
    mesh_group_t    *g;
    mesh_service_t  *s;

    name = v->call->route.name;

    g = mesh_registry_group(&ngx_http_mesh_registry_own.all, name);

    for (i = 0; g != NULL && i < g->n; i++) {
        ngx_http_mesh_registry_own_one(v, g->instances[i]);
    }

    s = mesh_catalog_find(ngx_http_mesh_state()->catalog, name);

    if (s != NULL && !v->tagged) {
        ngx_http_mesh_registry_others(v, s);
    }
}


static void
ngx_http_mesh_registry_own_one(ngx_http_mesh_registry_view_t *v,
    const mesh_enrolled_t *e)
{
    mesh_check_t  *c;

    if ((v->tagged && !mesh_answer_tagged(e, v->tag))
        || (v->passing && mesh_registry_health(e) != MESH_PASSING))
    {
        return;
    }

    if (v->call->route.route == MESH_ROUTE_HEALTH_CHECKS) {

        for (c = e->checks; c != NULL; c = c->next) {
            mesh_out_next(v->out);
            mesh_answer_check(v->out, c);
        }

        return;
    }

    mesh_out_next(v->out);

    if (v->call->route.route == MESH_ROUTE_CATALOG_SERVICE) {
        mesh_answer_catalog(v->out, e);

    } else {
        mesh_answer_health(v->out, e);
    }
}


/* endpoints that are not registered here */

static void
ngx_http_mesh_registry_others(ngx_http_mesh_registry_view_t *v,
    const mesh_service_t *s)
{
    int                     many;
    size_t                  i;
    const mesh_endpoint_t  *e;

    for (i = 0; i < s->nendpoints; i++) {
        e = &s->endpoints[i];

        if ((v->passing && (e->health != MESH_PASSING || e->weight == 0))
            || mesh_registry_find(&ngx_http_mesh_registry_own.all, e->node,
                                  e->id, e->node, &many)
               != NULL)
        {
            continue;
        }

        mesh_out_next(v->out);

        if (v->call->route.route == MESH_ROUTE_CATALOG_SERVICE) {
            mesh_answer_other_catalog(v->out, s, e, v->index);

        } else if (v->call->route.route == MESH_ROUTE_HEALTH_SERVICE) {
            mesh_answer_other_health(v->out, s, e, v->index);

        } else {
            mesh_answer_other_check(v->out, s, e, v->index);
        }
    }
}


static void
ngx_http_mesh_registry_checks_state(ngx_http_mesh_registry_view_t *v)
{
    size_t               i;
    mesh_check_t        *c;
    mesh_named_t        *named;
    mesh_named_table_t  *t;

    t = &ngx_http_mesh_registry_own.all.checks;

    for (i = 0; i < t->size; i++) {
        for (named = t->buckets[i]; named != NULL; named = named->next) {
            c = named->thing;

            if (ngx_http_mesh_registry_is(v, c->status)) {
                mesh_out_next(v->out);
                mesh_answer_check(v->out, c);
            }
        }
    }

    (void) mesh_map_walk(
               mesh_catalog_services(ngx_http_mesh_state()->catalog),
               ngx_http_mesh_registry_state_other, v);
}


static int
ngx_http_mesh_registry_state_other(void *data, mesh_item_t *item)
{
    ngx_http_mesh_registry_view_t *v = data;

    int                     many;
    size_t                  i;
    const mesh_service_t   *s;
    const mesh_endpoint_t  *e;

    s = (mesh_service_t *) item;

    for (i = 0; i < s->nendpoints; i++) {
        e = &s->endpoints[i];

        if (ngx_http_mesh_registry_is(v, e->weight ? e->health
                                                   : MESH_CRITICAL)
            && mesh_registry_find(&ngx_http_mesh_registry_own.all, e->node,
                                  e->id, e->node, &many)
               == NULL)
        {
            mesh_out_next(v->out);
            mesh_answer_other_check(v->out, s, e, v->index);
        }
    }

    return 0;
}


static ngx_uint_t
ngx_http_mesh_registry_is(ngx_http_mesh_registry_view_t *v,
    mesh_health_e health)
{
    return gate_str_eq(v->state, gate_cstr("any"))
           || gate_str_eq(v->state, mesh_registry_status(health));
}
