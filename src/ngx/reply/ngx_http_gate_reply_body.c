
/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * The body of a refusal.  Of most of them all but the id of the request is
 * known when the configuration is read, and written then.
 */


#include "ngx_http_gate.h"
#include "ngx_http_gate_reply_form.h"
#include "ngx_http_gate_limit.h"
#include "ngx_http_gate_request.h"

#include "gate_trace.h"


/* bytes of a body beside title, detail and limits, and times that a byte of
 * those is written at worst */
#define NGX_HTTP_GATE_BODY         640
#define NGX_HTTP_GATE_BODY_ESCAPE  6

/* bytes of a body with the texts of a reason */
#define NGX_HTTP_GATE_BODY_USUAL   4096


struct ngx_http_gate_usual_s {
    const ngx_http_gate_reason_t  *reason;
    gate_str_t                     head;      /* with the reason's own detail */
    gate_str_t                     tail;      /* from behind the id on */
    gate_str_t                     length;    /* of all, in digits */
};


static ngx_http_gate_usual_t *ngx_http_gate_reply_body_usual(
    ngx_http_request_t *r, ngx_http_gate_ctx_t *ctx,
    const ngx_http_gate_reason_t *reason);
static ngx_int_t ngx_http_gate_reply_body_copy(ngx_http_request_t *r,
    ngx_http_gate_ctx_t *ctx, ngx_http_gate_usual_t *body);
static void ngx_http_gate_reply_body_own(ngx_http_gate_said_t *said,
    const ngx_http_gate_reason_t *reason);
static size_t ngx_http_gate_reply_body_size(ngx_http_gate_ctx_t *ctx,
    const ngx_http_gate_said_t *said);
static ngx_int_t ngx_http_gate_reply_body_prepare(ngx_conf_t *cf,
    ngx_http_gate_usual_t *body, const ngx_http_gate_form_t *form);
static ngx_int_t ngx_http_gate_reply_body_keep(ngx_conf_t *cf,
    gate_text_t *t, gate_str_t *kept);


ngx_int_t
ngx_http_gate_reply_body_write(ngx_http_request_t *r, ngx_http_gate_ctx_t *ctx,
    const ngx_http_gate_reason_t *reason)
{
    ngx_http_gate_said_t    said;
    ngx_http_gate_usual_t  *body;

    body = ngx_http_gate_reply_body_usual(r, ctx, reason);

    if (body != NULL) {
        return ngx_http_gate_reply_body_copy(r, ctx, body);
    }

    ngx_http_gate_reply_body_said(r, ctx, reason, &said);

    return ngx_http_gate_reply_body_tell(r, ctx, &said);
}


void
ngx_http_gate_reply_body_said(ngx_http_request_t *r, ngx_http_gate_ctx_t *ctx,
    const ngx_http_gate_reason_t *reason, ngx_http_gate_said_t *said)
{
    ngx_http_gate_reply_body_own(said, reason);

    said->status = r->headers_out.status;
    said->detail = ngx_http_gate_view(&ctx->detail);
}


ngx_int_t
ngx_http_gate_reply_body_tell(ngx_http_request_t *r, ngx_http_gate_ctx_t *ctx,
    const ngx_http_gate_said_t *said)
{
    u_char                      *p;
    size_t                       size;
    gate_text_t                  t;
    const ngx_http_gate_form_t  *form;

    size = ngx_http_gate_reply_body_size(ctx, said);

    p = ngx_pnalloc(r->pool, size);
    if (p == NULL) {
        return NGX_ERROR;
    }

    gate_text_init(&t, p, size);

    form = ngx_http_gate_reply_forms[ctx->reply->form];

    form->head(&t, said);
    gate_text_add(&t, ngx_http_gate_view(&ctx->request_id));
    form->tail(&t, said);

    if (said->reason == &ngx_http_gate_rate_limited) {
        form->limits(&t, ctx->limit);
    }

    gate_text_cstr(&t, form->end);

    ctx->reply->body.data = p;
    ctx->reply->body.len = t.last - t.start;

    ngx_http_clear_content_length(r);
    r->headers_out.content_length_n = ctx->reply->body.len;

    return NGX_OK;
}


/* NULL: more is known of this refusal than its reason says */

static ngx_http_gate_usual_t *
ngx_http_gate_reply_body_usual(ngx_http_request_t *r, ngx_http_gate_ctx_t *ctx,
    const ngx_http_gate_reason_t *reason)
{
    ngx_uint_t                        n;
    ngx_http_gate_usual_t             *body;
    ngx_http_gate_reply_main_conf_t  *rmcf;

    if (ctx->detail.data != reason->detail.data
        || r->headers_out.status != reason->status
        || reason == &ngx_http_gate_rate_limited)
    {
        return NULL;
    }

    rmcf = ngx_http_get_module_main_conf(r, ngx_http_gate_reply_module);

    n = ngx_http_gate_reason_number(r, reason);

    body = &rmcf->bodies[n * NGX_HTTP_GATE_FORMS + ctx->reply->form];

    return (body->reason == reason) ? body : NULL;
}


/* the length is known: nginx would format it, and takes a field instead */

static ngx_int_t
ngx_http_gate_reply_body_copy(ngx_http_request_t *r, ngx_http_gate_ctx_t *ctx,
    ngx_http_gate_usual_t *body)
{
    u_char           *p;
    ngx_str_t         value;
    ngx_table_elt_t  *h;

    static ngx_str_t  name = ngx_string("Content-Length");

    ctx->reply->body.len = body->head.len + ctx->request_id.len
                           + body->tail.len;

    p = ngx_pnalloc(r->pool, ctx->reply->body.len);
    if (p == NULL) {
        return NGX_ERROR;
    }

    ctx->reply->body.data = p;

    p = ngx_cpymem(p, body->head.data, body->head.len);
    p = ngx_cpymem(p, ctx->request_id.data, ctx->request_id.len);
    ngx_memcpy(p, body->tail.data, body->tail.len);

    value.len = body->length.len;
    value.data = body->length.data;

    ngx_http_clear_content_length(r);

    h = ngx_http_gate_add_out(r, &name, &value);
    if (h == NULL) {
        return NGX_ERROR;
    }

    r->headers_out.content_length = h;
    r->headers_out.content_length_n = ctx->reply->body.len;

    return NGX_OK;
}


/* without what is known of one refusal */

static void
ngx_http_gate_reply_body_own(ngx_http_gate_said_t *said,
    const ngx_http_gate_reason_t *reason)
{
    said->reason = reason;
    said->token = gate_str(reason->token.data, reason->token.len);
    said->status = reason->status;
    said->title = gate_str(reason->title.data, reason->title.len);
    said->detail = gate_str(reason->detail.data, reason->detail.len);
    said->language = gate_cstr("en");
}


/* a title may stand there twice */

static size_t
ngx_http_gate_reply_body_size(ngx_http_gate_ctx_t *ctx,
    const ngx_http_gate_said_t *said)
{
    size_t      size;
    ngx_uint_t  i;

    size = 2 * said->title.len + said->detail.len;

    for (i = 0; i < ctx->limit->n; i++) {
        size += ctx->limit->states[i].name.len + 1;
    }

    return NGX_HTTP_GATE_BODY + NGX_HTTP_GATE_BODY_ESCAPE * size;
}


ngx_int_t
ngx_http_gate_reply_body_init(ngx_conf_t *cf,
    ngx_http_gate_reply_main_conf_t *rmcf)
{
    ngx_uint_t                      i, n;
    ngx_array_t                    *rows;
    ngx_http_gate_usual_t           *body;
    const ngx_http_gate_reason_t  **row;

    rows = ngx_http_gate_reason_rows(cf);
    row = rows->elts;
    n = rows->nelts * NGX_HTTP_GATE_FORMS;

    body = ngx_pcalloc(cf->pool, n * sizeof(ngx_http_gate_usual_t));
    if (body == NULL) {
        return NGX_ERROR;
    }

    rmcf->bodies = body;

    for (i = NGX_HTTP_GATE_FORMS; i < n; i++) {

        body[i].reason = row[i / NGX_HTTP_GATE_FORMS];

        if (ngx_http_gate_reply_body_prepare(cf, &body[i],
                             ngx_http_gate_reply_forms[i % NGX_HTTP_GATE_FORMS])
            != NGX_OK)
        {
            return NGX_ERROR;
        }
    }

    return NGX_OK;
}


static ngx_int_t
ngx_http_gate_reply_body_prepare(ngx_conf_t *cf, ngx_http_gate_usual_t *body,
    const ngx_http_gate_form_t *form)
{
    u_char                buf[NGX_HTTP_GATE_BODY_USUAL];
    gate_text_t           t;
    ngx_http_gate_said_t  said;

    ngx_http_gate_reply_body_own(&said, body->reason);

    gate_text_init(&t, buf, sizeof(buf));
    form->head(&t, &said);

    if (ngx_http_gate_reply_body_keep(cf, &t, &body->head) != NGX_OK) {
        return NGX_ERROR;
    }

    gate_text_init(&t, buf, sizeof(buf));
    form->tail(&t, &said);
    gate_text_cstr(&t, form->end);

    if (ngx_http_gate_reply_body_keep(cf, &t, &body->tail) != NGX_OK) {
        return NGX_ERROR;
    }

    gate_text_init(&t, buf, sizeof(buf));
    gate_text_uint(&t, body->head.len + GATE_UUID_LEN + body->tail.len);

    return ngx_http_gate_reply_body_keep(cf, &t, &body->length);
}


static ngx_int_t
ngx_http_gate_reply_body_keep(ngx_conf_t *cf, gate_text_t *t,
    gate_str_t *kept)
{
    kept->len = t->last - t->start;

    kept->data = ngx_pnalloc(cf->pool, kept->len);
    if (kept->data == NULL) {
        return NGX_ERROR;
    }

    ngx_memcpy(kept->data, t->start, kept->len);

    return NGX_OK;
}
