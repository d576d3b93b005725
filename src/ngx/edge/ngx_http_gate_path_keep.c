
/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * gate_path encoded_slash=keep: "%2F" goes on as it is, to a sidecar that does
 * not decode it (path_with_escaped_slashes_action: KEEP_UNCHANGED).
 *
 * nginx decodes it before it chooses a location, and the sidecar does not: each
 * could read a path as one of another location.  Here the location is chosen a
 * second time, by the path in which "%2F" is no slash.  Where that is another
 * one, the path is nobody's.  So it is where the request is led to another path
 * afterwards, for which nobody has compared the two.
 */


#include "ngx_http_gate.h"
#include "ngx_http_gate_deny.h"
#include "ngx_http_gate_entry.h"
#include "ngx_http_gate_path.h"
#include "ngx_http_gate_request.h"


typedef struct {
    void                     **loc_conf;  /* of the location, decoded */
    ngx_str_t                  uri;       /* by which it was chosen again */
    ngx_uint_t                 same;      /* as that of the path as it is */
} ngx_http_gate_path_keep_t;


static ngx_int_t ngx_http_gate_path_keep_handler(ngx_http_request_t *r);
static NGX_HTTP_GATE_APART ngx_int_t ngx_http_gate_path_keep_begin(
    ngx_http_request_t *r);
static ngx_int_t ngx_http_gate_path_keep_deny(ngx_http_request_t *r);
static ngx_int_t ngx_http_gate_path_keep_parse(ngx_http_request_t *r,
    size_t slashes);
static ngx_http_gate_path_keep_t *ngx_http_gate_path_keep_state(
    ngx_http_request_t *r);
static void ngx_http_gate_path_keep_cleanup(void *data);


/* REWRITE, ahead of the location's own lines; once more behind the choice */

static ngx_int_t
ngx_http_gate_path_keep_handler(ngx_http_request_t *r)
{
    ngx_http_gate_path_keep_t      *state;
    ngx_http_gate_path_loc_conf_t  *plcf;

    if (r != r->main || r->internal) {
        return NGX_DECLINED;
    }

    state = ngx_http_get_module_ctx(r, ngx_http_gate_path_module);

    if (state == NULL) {
        plcf = ngx_http_get_module_loc_conf(r, ngx_http_gate_path_module);

        return (plcf->keep && ngx_http_gate_path_guards(r))
               ? ngx_http_gate_path_keep_begin(r) : NGX_DECLINED;
    }

    if (state->same) {
        /* "rewrite ... last" has led elsewhere */
        return NGX_DECLINED;
    }

    if (r->loc_conf != state->loc_conf) {
        return ngx_http_gate_path_keep_deny(r);
    }

    state->same = 1;

    return NGX_DECLINED;
}


/*
 * After a rewrite of the server the path is not the client's any more: what is
 * encoded in his is refused in SHIELD then.
 */

static NGX_HTTP_GATE_APART ngx_int_t
ngx_http_gate_path_keep_begin(ngx_http_request_t *r)
{
    size_t                      slashes;
    ngx_pool_cleanup_t         *cln;
    ngx_http_core_srv_conf_t   *cscf;
    ngx_http_core_main_conf_t  *cmcf;
    ngx_http_gate_path_keep_t  *state;

    if (gate_path_look_kept(ngx_http_gate_view(&r->unparsed_uri))
        & GATE_PATH_TARGET)
    {
        return ngx_http_gate_path_keep_deny(r);
    }

    slashes = gate_path_slashes(ngx_http_gate_view(&r->unparsed_uri));

    if (slashes == 0 || !r->valid_unparsed_uri
        || r->uri_changes != NGX_HTTP_MAX_URI_CHANGES + 1)
    {
        return NGX_DECLINED;
    }

    cln = ngx_pool_cleanup_add(r->pool, sizeof(ngx_http_gate_path_keep_t));

    if (cln == NULL || ngx_http_gate_path_keep_parse(r, slashes) != NGX_OK) {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    cln->handler = ngx_http_gate_path_keep_cleanup;

    state = cln->data;
    state->loc_conf = r->loc_conf;
    state->uri = r->uri;
    state->same = 0;

    ngx_http_set_ctx(r, state, ngx_http_gate_path_module);

    ngx_log_debug1(NGX_LOG_DEBUG_HTTP, r->connection->log, 0,
                   "gate path: once more, \"%V\"", &r->uri);

    /* as after a "rewrite ... last"; nginx adds one to it behind this */

    cscf = ngx_http_get_module_srv_conf(r, ngx_http_core_module);
    cmcf = ngx_http_get_module_main_conf(r, ngx_http_core_module);

    r->loc_conf = cscf->ctx->loc_conf;
    r->phase_handler = (ngx_int_t)
                       cmcf->phase_engine.location_rewrite_index - 2;

    return NGX_DECLINED;
}


static ngx_int_t
ngx_http_gate_path_keep_deny(ngx_http_request_t *r)
{
    ngx_http_gate_ctx_t  *ctx;

    ctx = ngx_http_gate_ctx(r);
    if (ctx == NULL) {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    ngx_http_gate_entry(r, ctx);

    return ngx_http_gate_deny(r, ctx, &ngx_http_gate_bad_path);
}


/* nginx's own parser, for which an encoded slash is encoded twice */

static ngx_int_t
ngx_http_gate_path_keep_parse(ngx_http_request_t *r, size_t slashes)
{
    u_char                    *p, *last, *start, *end, *args;
    size_t                     len;
    ngx_int_t                  rc;
    ngx_str_t                  uri;
    ngx_http_core_srv_conf_t  *cscf;

    len = r->unparsed_uri.len + 2 * slashes + 1;

    p = ngx_pnalloc(r->pool, len);
    uri.data = ngx_pnalloc(r->pool, len);

    if (p == NULL || uri.data == NULL) {
        return NGX_ERROR;
    }

    last = gate_path_keep(p, ngx_http_gate_view(&r->unparsed_uri));
    *last = ' ';

    cscf = ngx_http_get_module_srv_conf(r, ngx_http_core_module);

    start = r->uri_start;
    end = r->uri_end;
    args = r->args_start;

    r->uri_start = p;
    r->uri_end = last;
    r->uri.data = uri.data;
    ngx_str_null(&r->exten);

    rc = ngx_http_parse_complex_uri(r, cscf->merge_slashes);

    r->uri_start = start;
    r->uri_end = end;
    r->args_start = args;

    return rc;
}


/* NULL: the path is as nginx has read it.  An internal redirect takes the slot,
 * and not the list */

static ngx_http_gate_path_keep_t *
ngx_http_gate_path_keep_state(ngx_http_request_t *r)
{
    ngx_http_gate_path_keep_t  *state;

    r = r->main;

    state = ngx_http_get_module_ctx(r, ngx_http_gate_path_module);

    if (state == NULL && (r->internal || r->filter_finalize)) {
        state = ngx_http_gate_recall(r, &ngx_http_gate_path_module,
                                     ngx_http_gate_path_keep_cleanup);
    }

    return (state != NULL && state->same) ? state : NULL;
}


/* of an error page or a subrequest the target of the client decides nothing */

ngx_uint_t
ngx_http_gate_path_keeps(ngx_http_request_t *r)
{
    return (r != r->main || r->err_status != 0)
           ? ngx_http_gate_path_keep_state(r) != NULL
           : ngx_http_gate_path_keeps_here(r);
}


/* a named location has the path that was compared, a "break" the location */

ngx_uint_t
ngx_http_gate_path_keeps_here(ngx_http_request_t *r)
{
    ngx_http_gate_path_keep_t      *state;
    ngx_http_gate_path_loc_conf_t  *plcf;

    plcf = ngx_http_get_module_loc_conf(r, ngx_http_gate_path_module);
    state = plcf->keep ? ngx_http_gate_path_keep_state(r) : NULL;

    return state != NULL
           && (r->uri_changes == NGX_HTTP_MAX_URI_CHANGES + 1
               || gate_str_eq(ngx_http_gate_view(&r->uri),
                              ngx_http_gate_view(&state->uri)));
}


static void
ngx_http_gate_path_keep_cleanup(void *data)
{
    /* a mark only */
}


void
ngx_http_gate_path_keep_used(ngx_conf_t *cf)
{
    ngx_http_gate_path_main_conf_t  *pmcf;

    pmcf = ngx_http_conf_get_module_main_conf(cf, ngx_http_gate_path_module);
    pmcf->keep = 1;
}


ngx_int_t
ngx_http_gate_path_keep_init(ngx_conf_t *cf)
{
    ngx_array_t                     *handlers;
    ngx_http_handler_pt             *h;
    ngx_http_core_main_conf_t       *cmcf;
    ngx_http_gate_path_main_conf_t  *pmcf;

    pmcf = ngx_http_conf_get_module_main_conf(cf, ngx_http_gate_path_module);

    if (!pmcf->keep) {
        return NGX_OK;
    }

    cmcf = ngx_http_conf_get_module_main_conf(cf, ngx_http_core_module);
    handlers = &cmcf->phases[NGX_HTTP_REWRITE_PHASE].handlers;

    h = ngx_array_push(handlers);
    if (h == NULL) {
        return NGX_ERROR;
    }

    *h = ngx_http_gate_path_keep_handler;

    return NGX_OK;
}
