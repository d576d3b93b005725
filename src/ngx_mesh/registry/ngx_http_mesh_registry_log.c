
/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * The log of the registry: what it says is in force when the folder is this
 * worker's, and it is written anew when most of it is of the past.
 *
 * An index is never told twice, even by another process: the log says ahead
 * which ones may be.
 */


#include "ngx_http_mesh_registry.h"

#include "mesh_change.h"
#include "mesh_record.h"


#define NGX_HTTP_MESH_REGISTRY_AHEAD  65536   /* indexes that are reserved */
#define NGX_HTTP_MESH_REGISTRY_SLACK  4194304 /* bytes of the past, at least */
#define NGX_HTTP_MESH_REGISTRY_RETRY  1000    /* ms */


static void ngx_http_mesh_registry_damaged(ngx_http_mesh_file_t *f,
    ngx_uint_t bad, ngx_uint_t torn);
static void ngx_http_mesh_registry_reserved(ngx_http_mesh_keep_t *k,
    ngx_int_t rc);
static void ngx_http_mesh_registry_open(void);
static void ngx_http_mesh_registry_wake_waits(void);


ngx_int_t
ngx_http_mesh_registry_load(ngx_http_mesh_file_t *f, gate_str_t text)
{
    size_t                     at;
    json_t                    *record;
    int64_t                    now;
    mesh_rc_e                  rc;
    gate_str_t                 line;
    ngx_uint_t                 bad, torn;
    mesh_record_e              next;
    ngx_http_mesh_registry_t  *own;

    own = &ngx_http_mesh_registry_own;
    now = ngx_http_mesh_registry_now();
    bad = 0;
    torn = 0;

    for (at = 0; at < text.len; /* void */) {
        next = mesh_record_next(text, &at, &line);

        if (next != MESH_RECORD_GOOD) {
            torn += (next == MESH_RECORD_TORN);
            bad += (next == MESH_RECORD_BAD);
            continue;
        }

        rc = MESH_BAD;

        if (gate_json_object(line, &record) == GATE_JSON_OK) {
            rc = mesh_registry_apply(&own->all, record, now,
                                     own->all.reserved + 1);
            json_decref(record);
        }

        if (rc == MESH_NO_MEMORY) {
            return NGX_ERROR;
        }

        bad += (rc == MESH_BAD);
    }

    own->base = text.len;
    own->index = own->all.reserved;

    if (bad || torn) {
        ngx_http_mesh_registry_damaged(f, bad, torn);
    }

    ngx_log_error(NGX_LOG_NOTICE, ngx_cycle->log, 0,
                  "mesh registry: %uz instances", own->all.instances.n);

    ngx_http_mesh_registry_reserve();

    return NGX_OK;
}


/* the rest is in force; what was there is left for people to look at */

static void
ngx_http_mesh_registry_damaged(ngx_http_mesh_file_t *f, ngx_uint_t bad,
    ngx_uint_t torn)
{
    u_char  *name;

    if (bad) {
        ngx_log_error(NGX_LOG_ERR, ngx_cycle->log, 0,
                      "mesh registry: %ui lines of \"%V\" are damaged; all "
                      "others are in force, \"%V.damaged\" is the file as it "
                      "was", bad, &f->path, &f->path);

        name = ngx_alloc(f->path.len + sizeof(".damaged"), ngx_cycle->log);

        if (name != NULL) {
            ngx_sprintf(name, "%V.damaged%Z", &f->path);
            (void) ngx_delete_file(name);

            if (link((char *) f->path.data, (char *) name) == -1) {
                ngx_log_error(NGX_LOG_ERR, ngx_cycle->log, ngx_errno,
                              "link() \"%s\" failed", name);
            }

            ngx_free(name);
        }
    }

    if (torn) {
        ngx_log_error(NGX_LOG_WARN, ngx_cycle->log, 0,
                      "mesh registry: the last line of \"%V\" was not "
                      "written to its end, nobody was told it was",
                      &f->path);
    }

    ngx_http_mesh_state_rewrite(f);
}


ngx_int_t
ngx_http_mesh_registry_content(ngx_http_mesh_file_t *f, gate_str_t *text)
{
    mesh_out_t  out;

    ngx_memzero(&out, sizeof(mesh_out_t));

    mesh_registry_save(&ngx_http_mesh_registry_own.all, &out);

    if (out.failed) {
        mesh_out_free(&out);
        return NGX_ERROR;
    }

    *text = gate_str(out.data, out.len);
    ngx_http_mesh_registry_own.base = out.len;

    return NGX_OK;
}


void
ngx_http_mesh_registry_trim(void)
{
    ngx_http_mesh_registry_t  *own;

    own = &ngx_http_mesh_registry_own;

    if ((size_t) own->file->size
        > 2 * own->base + NGX_HTTP_MESH_REGISTRY_SLACK)
    {
        ngx_http_mesh_state_rewrite(own->file);
    }
}


/* long before they are used up */

void
ngx_http_mesh_registry_reserve(void)
{
    mesh_out_t                 line;
    ngx_http_mesh_registry_t  *own;

    own = &ngx_http_mesh_registry_own;

    if (own->reserving
        || own->index + NGX_HTTP_MESH_REGISTRY_AHEAD / 2 < own->all.reserved)
    {
        return;
    }

    ngx_memzero(&line, sizeof(mesh_out_t));
    own->reserve_to = own->index + NGX_HTTP_MESH_REGISTRY_AHEAD;
    own->reserve.done = ngx_http_mesh_registry_reserved;

    mesh_change_index_record(&line, own->reserve_to);

    own->reserving = !line.failed
                     && ngx_http_mesh_state_append(own->file,
                                                   gate_str(line.data,
                                                            line.len),
                                                   &own->reserve)
                        == NGX_OK;

    mesh_out_free(&line);
}


static void
ngx_http_mesh_registry_reserved(ngx_http_mesh_keep_t *k, ngx_int_t rc)
{
    ngx_http_mesh_registry_t  *own;

    own = &ngx_http_mesh_registry_own;
    own->reserving = 0;

    if (rc == NGX_OK) {
        own->all.reserved = own->reserve_to;

        if (!own->open && !own->closed) {
            ngx_http_mesh_registry_open();
        }

        return;
    }

    /* it cannot even begin: what cannot be kept is not answered */

    if (!own->open) {
        ngx_add_timer(&own->due, NGX_HTTP_MESH_REGISTRY_RETRY);
    }
}


static void
ngx_http_mesh_registry_open(void)
{
    ngx_http_mesh_registry_t  *own;

    own = &ngx_http_mesh_registry_own;

    own->open = 1;
    own->index++;
    own->services_index = own->index;
    own->extinct_index = own->index;

    ngx_http_mesh_registry_turn(&own->turn);
    ngx_http_mesh_loaded(own->source);

    /* names that other sources told meanwhile */
    ngx_post_event(&own->told, &ngx_posted_events);

    ngx_http_mesh_registry_arm();
    ngx_http_mesh_registry_wake_waits();
}


static void
ngx_http_mesh_registry_wake_waits(void)
{
    ngx_queue_t                    *q, *waits;
    ngx_http_mesh_registry_call_t  *call;

    waits = &ngx_http_mesh_registry_own.waits;

    while (!ngx_queue_empty(waits)) {
        q = ngx_queue_head(waits);
        call = ngx_queue_data(q, ngx_http_mesh_registry_call_t, queue);
        ngx_http_mesh_registry_wake(call);
    }
}


/* it is open for nobody: the folder cannot be used, or the worker ends */

void
ngx_http_mesh_registry_refused(ngx_http_mesh_wait_t *w, ngx_int_t rc)
{
    if (rc == NGX_DECLINED) {
        ngx_http_mesh_registry_own.closed = 1;
        ngx_http_mesh_registry_wake_waits();
    }
}


/* the last ones are answered; what is being written is still applied */

void
ngx_http_mesh_registry_leave(ngx_http_mesh_file_t *f)
{
    ngx_http_mesh_registry_t  *own;

    own = &ngx_http_mesh_registry_own;

    if (own->due.timer_set) {
        ngx_del_timer(&own->due);
    }

    own->ending = 1;

    if (own->open) {
        ngx_http_mesh_registry_answer_all();
    }

    own->closed = 1;
    ngx_http_mesh_registry_wake_waits();
}
