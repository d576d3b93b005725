
/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * The guard: what a subrequest or an error page may reach.
 *
 * A subrequest (SSI, mirror, auth_request, addition) is asked about by the
 * gate_auth and gate_allow of where it leads, whatever handler stands there,
 * for the credentials of the client's request.  Whom that one is for, its
 * limits and its bill stay as they are.
 */


#include "ngx_http_gate.h"
#include "ngx_http_gate_stage.h"
#include "ngx_http_gate_guard.h"
#include "ngx_http_gate_auth.h"
#include "ngx_http_gate_park.h"
#include "ngx_http_gate_stages.h"
#include "ngx_http_gate_deny.h"
#include "ngx_http_gate_subrequest.h"
#include "ngx_http_gate_request.h"
#include "ngx_http_gate_vars.h"


static ngx_int_t ngx_http_gate_guard_run(ngx_http_request_t *r,
    ngx_http_gate_ctx_t *ctx);
static ngx_int_t ngx_http_gate_guard_again(ngx_http_request_t *r,
    ngx_http_gate_subrequest_t *part);
static ngx_uint_t ngx_http_gate_guard_is_page(ngx_http_request_t *r);


/*
 * In PREACCESS, as ACCESS is not for subrequests; in PRECONTENT only if
 * another module has ended PREACCESS before us.
 */

ngx_int_t
ngx_http_gate_guard(ngx_http_request_t *r)
{
    ngx_int_t                    rc;
    ngx_http_gate_ctx_t         *ctx;
    ngx_http_gate_subrequest_t  *part;

    ctx = ngx_http_gate_ctx(r);
    if (ctx == NULL) {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    part = ngx_http_gate_subrequest(r, ctx);
    if (part == NULL) {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    if (part->passed == r->loc_conf) {
        return NGX_DECLINED;
    }

    ngx_log_debug2(NGX_LOG_DEBUG_HTTP, r->connection->log, 0,
                   "gate guard: \"%V\" refused:%d", &r->uri,
                   part->reason != NULL);

    if (part->reason != NULL) {
        return ngx_http_gate_guard_again(r, part);
    }

    if (ctx->reason != NULL
        && ctx->redirects != r->main->uri_changes
        && !ngx_http_gate_guard_is_page(r))
    {
        /* a part of the error page of a refusal: that asks no service */
        return ngx_http_gate_deny(r, ctx, ctx->reason);
    }

    rc = ngx_http_gate_guard_run(r, ctx);

    if (rc == NGX_OK) {
        part->passed = r->loc_conf;
        return NGX_DECLINED;
    }

    return (part->reason != NULL || rc == NGX_AGAIN)
           ? rc : ngx_http_gate_deny(r, ctx, &ngx_http_gate_internal);
}


/* whoever adds a stage has to say what it is to a subrequest */

static ngx_int_t
ngx_http_gate_guard_run(ngx_http_request_t *r, ngx_http_gate_ctx_t *ctx)
{
    ngx_int_t               rc;
    ngx_http_gate_stage_t  *s;

    s = ngx_http_gate_park_enter(r, ctx);

    for (s = s ? s : ngx_http_gate_stages; s->run; s++) {

        if (s->part == NULL) {
            ngx_log_error(NGX_LOG_ALERT, r->connection->log, 0,
                          "gate: stage \"%V\" is not made for subrequests",
                          &s->name);
            return NGX_ERROR;
        }

        rc = ngx_http_gate_stages_run(r, ctx, s->part, s->parks, s);

        if (rc != NGX_DECLINED && rc != NGX_OK) {
            return rc;
        }
    }

    return NGX_OK;
}


/* an error page of a refused subrequest, as below */

static ngx_int_t
ngx_http_gate_guard_again(ngx_http_request_t *r,
    ngx_http_gate_subrequest_t *part)
{
    if (ngx_http_gate_guard_is_page(r)) {
        return NGX_DECLINED;
    }

    return part->reason->status;
}


/*
 * The error page of a refusal is a file or a "return", never a service's.
 * Where nothing led elsewhere since, "satisfy any" let in whom WHO had
 * refused: the policies are not only the access phase's, and he stays refused.
 */

ngx_int_t
ngx_http_gate_guard_refused(ngx_http_request_t *r, ngx_http_gate_ctx_t *ctx)
{
    if (ctx->redirects != r->uri_changes && ngx_http_gate_guard_is_page(r)) {
        return NGX_DECLINED;
    }

    ctx->redirects = r->uri_changes;

    return ctx->reason->status;
}


/* read from a file; by a named location a method that writes gets here, too */

static ngx_uint_t
ngx_http_gate_guard_is_page(ngx_http_request_t *r)
{
    return r->content_handler == NULL
           && (r->method & (NGX_HTTP_GET|NGX_HTTP_HEAD));
}


ngx_uint_t
ngx_http_gate_guard_passed(ngx_http_request_t *r)
{
    void                       **loc_conf;
    ngx_http_gate_ctx_t         *ctx;
    ngx_http_gate_subrequest_t  *part;

    ctx = ngx_http_gate_get_ctx(r);
    if (ctx == NULL) {
        return 0;
    }

    loc_conf = r->loc_conf;

    /* a clone (slice, a cache's update) begins where its parent was let in */

    for ( /* void */ ; r != r->main; r = r->parent) {
        part = ngx_http_gate_subrequest_find(r, ctx);

        if (part != NULL) {
            return part->passed == loc_conf;
        }
    }

    return ctx->shaped == loc_conf;
}


/*
 * Variables are shared with subrequests, and the access log takes what was
 * evaluated last: ours would say for whom a subrequest was.
 */

ngx_int_t
ngx_http_gate_guard_log(ngx_http_request_t *r)
{
    ngx_http_gate_ctx_t  *ctx;

    static ngx_str_t  names[] = { ngx_string("gate_"), ngx_null_string };

    ctx = ngx_http_gate_get_ctx(r);

    if (ctx != NULL && ctx->parts != NULL && r->variables != NULL) {
        ngx_http_gate_forget_vars(r, names);
    }

    return NGX_OK;
}
