
/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * An answer is refused while its body comes.  What nginx puts in its place, a
 * page or another location, must not begin within the filter: the upstream
 * that has called it goes on afterwards with a connection that is closed.
 */


#include "ngx_http_gate.h"
#include "ngx_http_gate_deny.h"
#include "ngx_http_gate_edit.h"
#include "ngx_http_gate_request.h"


/*
 * So that nginx does not take the request for ended meanwhile.  There are four
 * bits: this is that of the filter of images, which gets nothing until then.
 */

#define NGX_HTTP_GATE_EDIT_BUFFERED  0x08


static void ngx_http_gate_edit_refusal(ngx_event_t *ev);
static void ngx_http_gate_edit_forget(void *data);


void
ngx_http_gate_edit_refuse(ngx_http_request_t *r, ngx_http_gate_ctx_t *ctx,
    const char *why)
{
    ngx_log_error(NGX_LOG_ERR, r->connection->log, 0,
                  "gate edit: the answer cannot be edited, %s", why);

    (void) ngx_http_gate_deny(r, ctx, &ngx_http_gate_bad_answer);
}


ngx_int_t
ngx_http_gate_edit_refuse_later(ngx_http_request_t *r,
    ngx_http_gate_ctx_t *ctx)
{
    ngx_event_t         *ev;
    ngx_http_cleanup_t  *cln;

    cln = ngx_http_cleanup_add(r, sizeof(ngx_event_t));
    if (cln == NULL) {
        return NGX_ERROR;
    }

    ev = cln->data;
    ngx_memzero(ev, sizeof(ngx_event_t));

    ev->data = r;
    ev->handler = ngx_http_gate_edit_refusal;
    ev->log = r->connection->log;

    cln->handler = ngx_http_gate_edit_forget;

    ctx->body->edit->answer.refused = 1;
    r->buffered |= NGX_HTTP_GATE_EDIT_BUFFERED;

    ngx_post_event(ev, &ngx_posted_events);

    return NGX_OK;
}


/* an upstream that is still there is ended as for an internal redirect */

static void
ngx_http_gate_edit_refusal(ngx_event_t *ev)
{
    ngx_connection_t     *c;
    ngx_http_request_t   *r;
    ngx_http_gate_ctx_t  *ctx;

    r = ev->data;
    c = r->connection;

    ngx_http_set_log_request(c->log, r);

    r->buffered &= ~NGX_HTTP_GATE_EDIT_BUFFERED;

    if (r->upstream != NULL && r->upstream->cleanup != NULL) {
        r->main->count++;
        (*r->upstream->cleanup)(r);
    }

    ctx = ngx_http_gate_get_ctx(r);
    ctx->body->edit->answer.conf = NULL;

    r->write_event_handler = ngx_http_request_empty_handler;

    ngx_http_clean_header(r);

    ngx_http_finalize_request(r, NGX_HTTP_BAD_GATEWAY);

    ngx_http_run_posted_requests(c);
}


static void
ngx_http_gate_edit_forget(void *data)
{
    ngx_event_t *ev = data;

    if (ev->posted) {
        ngx_delete_posted_event(ev);
    }
}
