
/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * "mesh_istio": the catalog as Istio's YAML, and what has changed in it since a
 * revision that the caller has seen.
 *
 * States of the past share all but what has changed with the one of now: to
 * keep a thousand of them costs a thousand changes.
 */


#include "ngx_http_mesh_guard.h"
#include "ngx_http_mesh_reply.h"

#include "mesh_istio.h"
#include "mesh_page.h"


#define NGX_HTTP_MESH_ISTIO_PAST  1000        /* revisions */
#define NGX_HTTP_MESH_ISTIO_YAML  "application/yaml"

/* "SECONDS-PID-REVISION": another worker counts from the start again */
#define NGX_HTTP_MESH_ISTIO_TAG   (3 * NGX_INT64_LEN)


typedef struct {
    uint64_t               revision;
    mesh_catalog_t        *catalog;
} ngx_http_mesh_istio_past_t;


typedef struct {
    ngx_http_mesh_watch_t         watch;
    ngx_http_mesh_istio_past_t   *past;       /* a ring */
    size_t                        next;
    time_t                        since;
} ngx_http_mesh_istio_t;


typedef struct {
    ngx_uint_t             enabled;
} ngx_http_mesh_istio_conf_t;


static ngx_int_t ngx_http_mesh_istio_handler(ngx_http_request_t *r);
static ngx_int_t ngx_http_mesh_istio_all(ngx_http_request_t *r,
    mesh_out_t *out);
static ngx_int_t ngx_http_mesh_istio_since(ngx_http_request_t *r,
    gate_str_t since, mesh_out_t *out);
static ngx_http_mesh_istio_past_t *ngx_http_mesh_istio_find(gate_str_t tag);
static size_t ngx_http_mesh_istio_tag(uint64_t revision, u_char *dst);
static void ngx_http_mesh_istio_changed(ngx_http_mesh_watch_t *w,
    const mesh_state_t *from, const mesh_state_t *to);
static char *ngx_http_mesh_istio(ngx_conf_t *cf, ngx_command_t *cmd,
    void *conf);
static void *ngx_http_mesh_istio_create_main_conf(ngx_conf_t *cf);
static ngx_int_t ngx_http_mesh_istio_init_process(ngx_cycle_t *cycle);
static void ngx_http_mesh_istio_exit_process(ngx_cycle_t *cycle);


static ngx_http_mesh_istio_t  ngx_http_mesh_istio_own;


static ngx_command_t  ngx_http_mesh_istio_commands[] = {

    { ngx_string("mesh_istio"),
      NGX_HTTP_LOC_CONF|NGX_CONF_NOARGS,
      ngx_http_mesh_istio,
      NGX_HTTP_MAIN_CONF_OFFSET,
      0,
      NULL },

      ngx_null_command
};


static ngx_http_module_t  ngx_http_mesh_istio_module_ctx = {
    NULL,                                  /* preconfiguration */
    NULL,                                  /* postconfiguration */

    ngx_http_mesh_istio_create_main_conf,  /* create main configuration */
    NULL,                                  /* init main configuration */

    NULL,                                  /* create server configuration */
    NULL,                                  /* merge server configuration */

    NULL,                                  /* create location configuration */
    NULL                                   /* merge location configuration */
};


ngx_module_t  ngx_http_mesh_istio_module = {
    NGX_MODULE_V1,
    &ngx_http_mesh_istio_module_ctx,       /* module context */
    ngx_http_mesh_istio_commands,          /* module directives */
    NGX_HTTP_MODULE,                       /* module type */
    NULL,                                  /* init master */
    NULL,                                  /* init module */
    ngx_http_mesh_istio_init_process,      /* init process */
    NULL,                                  /* init thread */
    NULL,                                  /* exit thread */
    ngx_http_mesh_istio_exit_process,      /* exit process */
    NULL,                                  /* exit master */
    NGX_MODULE_V1_PADDING
};


static ngx_int_t
ngx_http_mesh_istio_handler(ngx_http_request_t *r)
{
    u_char       tag[NGX_HTTP_MESH_ISTIO_TAG + 2];
    size_t       len;
    ngx_int_t    rc;
    ngx_str_t   *none;
    mesh_out_t   out;
    gate_str_t   since;

    rc = ngx_http_discard_request_body(r);

    if (rc != NGX_OK) {
        return rc;
    }

    if (!(r->method & (NGX_HTTP_GET|NGX_HTTP_HEAD))) {
        return ngx_http_mesh_reply_method(r, "GET, HEAD");
    }

    if (!ngx_http_mesh_ready()) {
        return ngx_http_mesh_reply_problem(r, NGX_HTTP_SERVICE_UNAVAILABLE,
                                           "Not now",
                                           "Not every source has told all it "
                                           "knows.", NULL);
    }

    tag[0] = '"';
    len = ngx_http_mesh_istio_tag(ngx_http_mesh_revision(), tag + 1);
    tag[len + 1] = '"';

    if (ngx_http_mesh_reply_field(r, "ETag", gate_str(tag, len + 2))
        != NGX_OK)
    {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    none = ngx_http_mesh_reply_asked(r, "if-none-match");

    if (none != NULL
        && gate_str_eq(ngx_http_mesh_str(*none), gate_str(tag, len + 2)))
    {
        return ngx_http_mesh_reply(r, NGX_HTTP_NOT_MODIFIED,
                                   NGX_HTTP_MESH_ISTIO_YAML,
                                   gate_str(NULL, 0));
    }

    ngx_memzero(&out, sizeof(mesh_out_t));
    mesh_out_cstr(&out, "# revision: ");
    mesh_out_add(&out, gate_str(tag + 1, len));
    mesh_out_cstr(&out, "\n");

    rc = ngx_http_mesh_reply_arg(r, "since", &since);

    rc = (rc == NGX_ERROR) ? NGX_HTTP_INTERNAL_SERVER_ERROR
         : (rc == NGX_OK) ? ngx_http_mesh_istio_since(r, since, &out)
                          : ngx_http_mesh_istio_all(r, &out);

    mesh_out_free(&out);

    return rc;
}


/* a page of services, so that no caller makes all others wait */

static ngx_int_t
ngx_http_mesh_istio_all(ngx_http_request_t *r, mesh_out_t *out)
{
    size_t       i;
    ngx_int_t    limit;
    gate_str_t   after, n;
    mesh_page_t  page;

    after = gate_str("", 0);
    limit = MESH_PAGE_MAX;

    if (ngx_http_mesh_reply_arg(r, "after", &after) == NGX_ERROR) {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    if (ngx_http_mesh_reply_arg(r, "limit", &n) == NGX_OK) {
        limit = ngx_atoi(n.data, n.len);
    }

    if (limit < 1 || limit > MESH_PAGE_MAX) {
        return ngx_http_mesh_reply_problem(r, NGX_HTTP_BAD_REQUEST,
                                           "A value is wrong",
                                           "\"limit\" is a number of 1 to "
                                           "1000.", NULL);
    }

    mesh_page_read(&page,
                   mesh_catalog_services(ngx_http_mesh_state()->catalog),
                   after, limit);

    if (page.more) {
        mesh_out_cstr(out, "# more: after=");
        mesh_out_add(out, page.items[page.n - 1]->name);
        mesh_out_cstr(out, "\n");
    }

    for (i = 0; i < page.n; i++) {
        mesh_istio_service((mesh_service_t *) page.items[i], out);
    }

    return out->failed ? NGX_HTTP_INTERNAL_SERVER_ERROR
                       : ngx_http_mesh_reply(r, NGX_HTTP_OK,
                                             NGX_HTTP_MESH_ISTIO_YAML,
                                             mesh_out_text(out));
}


static ngx_int_t
ngx_http_mesh_istio_since(ngx_http_request_t *r, gate_str_t since,
    mesh_out_t *out)
{
    ngx_http_mesh_istio_past_t  *past;

    past = ngx_http_mesh_istio_find(since);

    if (past == NULL) {
        return ngx_http_mesh_reply_problem(r, 410, "Too long ago",
                                           "This revision is not known any "
                                           "more: read all of it again.",
                                           NULL);
    }

    mesh_istio_difference(past->catalog, ngx_http_mesh_state()->catalog, out);

    return out->failed ? NGX_HTTP_INTERNAL_SERVER_ERROR
                       : ngx_http_mesh_reply(r, NGX_HTTP_OK,
                                             NGX_HTTP_MESH_ISTIO_YAML,
                                             mesh_out_text(out));
}


static ngx_http_mesh_istio_past_t *
ngx_http_mesh_istio_find(gate_str_t tag)
{
    u_char                       text[NGX_HTTP_MESH_ISTIO_TAG];
    size_t                       i, len;
    ngx_http_mesh_istio_past_t  *past;

    past = ngx_http_mesh_istio_own.past;

    for (i = 0; i < NGX_HTTP_MESH_ISTIO_PAST; i++) {

        if (past[i].revision == 0) {
            continue;
        }

        len = ngx_http_mesh_istio_tag(past[i].revision, text);

        if (gate_str_eq(gate_str(text, len), tag)) {
            return &past[i];
        }
    }

    return NULL;
}


static size_t
ngx_http_mesh_istio_tag(uint64_t revision, u_char *dst)
{
    return ngx_sprintf(dst, "%T-%P-%uL", ngx_http_mesh_istio_own.since,
                       ngx_pid, revision)
           - dst;
}


static void
ngx_http_mesh_istio_changed(ngx_http_mesh_watch_t *w,
    const mesh_state_t *from, const mesh_state_t *to)
{
    ngx_http_mesh_istio_t       *own;
    ngx_http_mesh_istio_past_t  *past;

    own = w->data;
    past = &own->past[own->next];
    own->next = (own->next + 1) % NGX_HTTP_MESH_ISTIO_PAST;

    mesh_catalog_unref(past->catalog);

    past->revision = ngx_http_mesh_revision();
    past->catalog = mesh_catalog_ref(to->catalog);
}


static char *
ngx_http_mesh_istio(ngx_conf_t *cf, ngx_command_t *cmd, void *conf)
{
    ngx_http_mesh_istio_conf_t *imcf = conf;

    imcf->enabled = 1;

    return ngx_http_mesh_guard(cf, &ngx_http_mesh_istio_module,
                               ngx_http_mesh_istio_handler, 0);
}


static void *
ngx_http_mesh_istio_create_main_conf(ngx_conf_t *cf)
{
    /*
     * set by ngx_pcalloc():
     *
     *     imcf->enabled = 0;
     */

    return ngx_pcalloc(cf->pool, sizeof(ngx_http_mesh_istio_conf_t));
}


static ngx_int_t
ngx_http_mesh_istio_init_process(ngx_cycle_t *cycle)
{
    ngx_http_mesh_istio_t       *own;
    ngx_http_mesh_istio_conf_t  *imcf;

    imcf = ngx_http_cycle_get_module_main_conf(cycle,
                                               ngx_http_mesh_istio_module);

    if (imcf == NULL || !imcf->enabled
        || (ngx_process != NGX_PROCESS_WORKER
            && ngx_process != NGX_PROCESS_SINGLE))
    {
        return NGX_OK;
    }

    own = &ngx_http_mesh_istio_own;

    own->past = ngx_pcalloc(cycle->pool, NGX_HTTP_MESH_ISTIO_PAST
                                         * sizeof(ngx_http_mesh_istio_past_t));
    if (own->past == NULL) {
        return NGX_ERROR;
    }

    own->since = ngx_time();
    own->watch.data = own;
    own->watch.changed = ngx_http_mesh_istio_changed;
    ngx_http_mesh_watch(&own->watch);

    return NGX_OK;
}


static void
ngx_http_mesh_istio_exit_process(ngx_cycle_t *cycle)
{
    size_t                  i;
    ngx_http_mesh_istio_t  *own;

    own = &ngx_http_mesh_istio_own;

    for (i = 0; own->past != NULL && i < NGX_HTTP_MESH_ISTIO_PAST; i++) {
        mesh_catalog_unref(own->past[i].catalog);
        own->past[i].catalog = NULL;
    }
}
