
/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * Who changed what: a line of JSON for each change.  What is in it is what the
 * API shows, so no key, no digest of one and no hash of a password.
 */


#include "ngx_http_gate_admin.h"
#include "ngx_http_gate_request.h"


static ngx_int_t ngx_http_gate_admin_name(json_t *who, const char *member,
    u_char *data, size_t len);
static ngx_int_t ngx_http_gate_admin_certificate(json_t *who,
    ngx_http_request_t *r);
static json_t *ngx_http_gate_admin_asked(ngx_http_gate_admin_t *a);
static void ngx_http_gate_admin_note(ngx_http_gate_admin_t *a, char *line,
    size_t len);


ngx_int_t
ngx_http_gate_admin_who(ngx_http_gate_admin_t *a)
{
    ngx_str_t                 *addr;
    gate_consumer_t           *consumer;
    ngx_http_request_t        *r;
    ngx_http_gate_ctx_t       *ctx;

    r = a->request;
    addr = &r->connection->addr_text;

    a->who = json_object();
    ctx = ngx_http_gate_ctx(r);

    if (a->who == NULL || ctx == NULL
        || ngx_http_gate_request_id(r, ctx) != NGX_OK)
    {
        return NGX_ERROR;
    }

    a->id.data = ngx_pnalloc(a->pool, ctx->request_id.len);
    if (a->id.data == NULL) {
        return NGX_ERROR;
    }

    ngx_memcpy(a->id.data, ctx->request_id.data, ctx->request_id.len);
    a->id.len = ctx->request_id.len;

    if (ngx_http_gate_admin_name(a->who, "address", addr->data, addr->len)
        != NGX_OK)
    {
        return NGX_ERROR;
    }

    consumer = ctx->who.consumer;

    if (consumer != NULL
        && ngx_http_gate_admin_name(a->who, "consumer", consumer->name.data,
                                    consumer->name.len)
           != NGX_OK)
    {
        return NGX_ERROR;
    }

    /* without auth_basic the name is what anybody has written */

    if (a->alcf->basic && r->headers_in.user.len != 0
        && ngx_http_gate_admin_name(a->who, "user", r->headers_in.user.data,
                                    r->headers_in.user.len)
           != NGX_OK)
    {
        return NGX_ERROR;
    }

    return ngx_http_gate_admin_certificate(a->who, r);
}


/* what is no UTF-8 is left out */

static ngx_int_t
ngx_http_gate_admin_name(json_t *who, const char *member, u_char *data,
    size_t len)
{
    json_t  *text;

    text = json_stringn((char *) data, len);

    if (text == NULL) {
        text = json_string("?");
    }

    return json_object_set_new(who, member, text) == 0 ? NGX_OK : NGX_ERROR;
}


static ngx_int_t
ngx_http_gate_admin_certificate(json_t *who, ngx_http_request_t *r)
{
    ngx_http_variable_value_t  *verify, *subject;

    static ngx_str_t  verified = ngx_string("ssl_client_verify");
    static ngx_str_t  name = ngx_string("ssl_client_s_dn");

    verify = ngx_http_gate_admin_variable(r, &verified);

    if (verify == NULL || verify->len != sizeof("SUCCESS") - 1
        || ngx_strncmp(verify->data, "SUCCESS", verify->len) != 0)
    {
        return NGX_OK;
    }

    subject = ngx_http_gate_admin_variable(r, &name);

    return (subject == NULL)
           ? NGX_OK : ngx_http_gate_admin_name(who, "certificate",
                                               subject->data, subject->len);
}


ngx_http_variable_value_t *
ngx_http_gate_admin_variable(ngx_http_request_t *r, ngx_str_t *name)
{
    ngx_http_variable_value_t  *v;

    v = ngx_http_get_variable(r, name, ngx_hash_key(name->data, name->len));

    return (v == NULL || v->not_found || !v->valid) ? NULL : v;
}


void
ngx_http_gate_admin_audit(ngx_http_gate_admin_t *a, const char *result)
{
    char    *text;
    json_t  *line, *asked;

    if (a->alcf->quiet) {
        return;
    }

    asked = (result != NULL) ? ngx_http_gate_admin_asked(a) : NULL;

    line = json_pack("{s:s,s:s%,s:O,s:s,s:o,s:s,s:o*,s:O*,s:O*}",
                     "time", a->now, "request", a->id.data, a->id.len,
                     "who", a->who, "action", a->route->op,
                     "path", json_stringn((char *) a->uri.data, a->uri.len),
                     "result", result ? result : "done", "asked", asked,
                     "before", a->before, "after", a->after);

    if (line != NULL && a->also != NULL) {
        (void) json_object_set(line, json_is_array(a->also) ? "credentials"
                                                            : "replaced",
                               a->also);
    }

    text = line ? json_dumps(line, JSON_COMPACT) : NULL;

    json_decref(line);

    if (text == NULL) {
        ngx_log_error(NGX_LOG_ERR, ngx_cycle->log, 0,
                      "gate admin: no memory for the audit of \"%s\" by "
                      "request %*s", a->route->op, a->id.len, a->id.data);
        return;
    }

    ngx_http_gate_admin_note(a, text, ngx_strlen(text));

    free(text);
}


/* the body of the request, without what may be tried out on passwords */

static json_t *
ngx_http_gate_admin_asked(ngx_http_gate_admin_t *a)
{
    json_t  *asked;

    if (a->body == NULL) {
        return NULL;
    }

    asked = json_copy(a->body);

    (void) json_object_del(asked, "password_hash");
    (void) json_object_del(asked, "sha256");

    return asked;
}


static void
ngx_http_gate_admin_note(ngx_http_gate_admin_t *a, char *line, size_t len)
{
    ssize_t  n;
    char     whole[NGX_HTTP_GATE_ADMIN_LINE];

    if (a->alcf->file == NULL) {
        ngx_log_error(NGX_LOG_NOTICE, ngx_cycle->log, 0, "gate admin: %*s",
                      len, line);
        return;
    }

    /* its end goes along, so that lines of several workers are whole */

    if (len < sizeof(whole)) {
        ngx_memcpy(whole, line, len);
        whole[len++] = LF;
        line = whole;
    }

    n = ngx_write_fd(a->alcf->file->fd, line, len);

    if (n == (ssize_t) len && line == whole) {
        return;
    }

    if (n == (ssize_t) len && ngx_write_fd(a->alcf->file->fd, "\n", 1) == 1) {
        return;
    }

    ngx_log_error(NGX_LOG_ERR, ngx_cycle->log, n == -1 ? ngx_errno : 0,
                  "gate admin: cannot write to \"%V\": %*s",
                  &a->alcf->file->name, len, line);
}
