
/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * Calls that ask the catalog and the health: all that the mesh knows.
 */


#include "ngx_http_mesh_registry.h"

#include "mesh_answer.h"


typedef struct {
    mesh_out_t            *out;
    ngx_http_mesh_registry_call_t  *call;
    gate_str_t             state;             /* "critical", or "any" */
    gate_str_t             tag;
    ngx_uint_t             passing;
    ngx_uint_t             tagged;            /* only those of the tag */
    uint64_t               index;
} ngx_http_mesh_registry_view_t;


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
