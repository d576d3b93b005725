
/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * What the registrations mean for the mesh, told to the hub once in a turn of
 * the event loop; and what happens to them when nobody says anything.
 */


#include "ngx_http_mesh_registry.h"

#include "mesh_change.h"


#define NGX_HTTP_MESH_REGISTRY_BATCH  512     /* due ones in one turn */


static void ngx_http_mesh_registry_expire(mesh_check_t *c);
static void ngx_http_mesh_registry_drop(mesh_check_t *c);


int64_t
ngx_http_mesh_registry_now(void)
{
    return (int64_t) ngx_current_msec + 1;
}


void
ngx_http_mesh_registry_arm(void)
{
    int64_t                    next, now;
    ngx_http_mesh_registry_t  *own;

    own = &ngx_http_mesh_registry_own;

    if (!own->open || own->ending) {
        return;
    }

    next = mesh_registry_next(&own->all);

    if (next == 0) {

        if (own->due.timer_set) {
            ngx_del_timer(&own->due);
        }

        return;
    }

    now = ngx_http_mesh_registry_now();

    ngx_add_timer(&own->due, (ngx_msec_t) (next > now ? next - now : 1));
}


void
ngx_http_mesh_registry_due(ngx_event_t *ev)
{
    int64_t                    now;
    mesh_due_e                 due;
    ngx_uint_t                 n;
    mesh_check_t              *c;
    ngx_http_mesh_registry_t  *own;

    own = ev->data;

    if (own->ending) {
        return;
    }

    if (!own->open) {
        ngx_http_mesh_registry_reserve();
        return;
    }

    now = ngx_http_mesh_registry_now();

    for (n = 0; n < NGX_HTTP_MESH_REGISTRY_BATCH; n++) {
        due = mesh_registry_due(&own->all, now, &c);

        if (due == MESH_DUE_NOTHING) {
            break;
        }

        if (due == MESH_DUE_DROP) {
            ngx_http_mesh_registry_drop(c);

        } else {
            ngx_http_mesh_registry_expire(c);
        }
    }

    ngx_http_mesh_registry_arm();
}


/* in Consul's words */

static void
ngx_http_mesh_registry_expire(mesh_check_t *c)
{
    mesh_out_t  line, output;

    static const char  expired[] = "TTL expired";

    ngx_log_error(NGX_LOG_INFO, ngx_cycle->log, 0,
                  "mesh registry: check \"%*s\" of node \"%*s\" has expired",
                  c->id.len, c->id.data, c->instance->node.len,
                  c->instance->node.data);

    ngx_memzero(&line, sizeof(mesh_out_t));
    ngx_memzero(&output, sizeof(mesh_out_t));

    mesh_out_cstr(&output, expired);

    if (c->output.len > 0
        && ngx_strncmp(c->output.data, expired,
                       ngx_min(c->output.len, sizeof(expired) - 1))
           != 0)
    {
        mesh_out_cstr(&output, " (last output before timeout follows): ");
        mesh_out_add(&output, c->output);
    }

    mesh_change_check_record(&line, c, MESH_CRITICAL,
                             gate_str(output.data, output.len), 1);
    line.failed |= output.failed;
    mesh_out_free(&output);

    (void) ngx_http_mesh_registry_record(&line, NULL);
}


static void
ngx_http_mesh_registry_drop(mesh_check_t *c)
{
    mesh_out_t        line;
    mesh_enrolled_t  *e;

    e = c->instance;

    ngx_log_error(NGX_LOG_NOTICE, ngx_cycle->log, 0,
                  "mesh registry: \"%*s\" of node \"%*s\" is deregistered, "
                  "its check was critical for too long",
                  e->id.len, e->id.data, e->node.len, e->node.data);

    ngx_memzero(&line, sizeof(mesh_out_t));
    mesh_change_drop_record(&line, e->node, e->id);

    (void) ngx_http_mesh_registry_record(&line, NULL);
}


void
ngx_http_mesh_registry_turn(ngx_event_t *ev)
{
    mesh_group_t              *g;
    ngx_http_mesh_registry_t  *own;

    own = &ngx_http_mesh_registry_own;

    if (!own->open) {
        return;
    }

    for ( ;; ) {
        g = mesh_registry_changed(&own->all);

        if (g == NULL) {
            break;
        }

        ngx_http_mesh_registry_tell(g);
        ngx_http_mesh_registry_changed(g->named.name);

        mesh_registry_leave(&own->all, g);
    }

    ngx_http_mesh_registry_trim();
}
