
/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * The fields towards the sidecar: who called, from where, as which request of
 * which trace, and the number that picks a canary.
 */


#include "ngx_http_gate.h"
#include "ngx_http_gate_auth.h"
#include "ngx_http_gate_request.h"
#include "ngx_http_gate_service.h"
#include "ngx_http_gate_trust.h"
#include "ngx_http_gate_upgrade.h"
#include "ngx_http_gate_vars.h"

#include "gate_caller.h"
#include "gate_text.h"
#include "gate_xxh.h"


typedef ngx_int_t (*ngx_http_gate_field_pt)(ngx_http_request_t *r,
    ngx_http_gate_ctx_t *ctx, ngx_str_t *value);


/* bytes of a line before the value, at most: they are copied at once */
#define NGX_HTTP_GATE_FIELDS_LINE  32


/* "value" comes empty; where it stays so the field is not sent */

typedef struct {
    size_t                     len;
    u_char                     line[NGX_HTTP_GATE_FIELDS_LINE];
    ngx_http_gate_field_pt     value;
} ngx_http_gate_field_t;


/* a line break, the name, ": " */
#define ngx_http_gate_field(line, value)  { sizeof(line) - 1, line, value }


static ngx_int_t ngx_http_gate_fields_block(ngx_http_request_t *r,
    ngx_http_variable_value_t *v, uintptr_t data);
static ngx_uint_t ngx_http_gate_fields_wanted(ngx_http_request_t *r,
    ngx_http_gate_ctx_t *ctx, ngx_str_t *caller);
static ngx_uint_t ngx_http_gate_fields_own_lane(
    ngx_http_gate_service_loc_conf_t *slcf, ngx_http_gate_identity_t *who);
static ngx_int_t ngx_http_gate_fields_variable(ngx_http_request_t *r,
    ngx_http_variable_value_t *v, uintptr_t data);
static ngx_int_t ngx_http_gate_fields_single(ngx_http_request_t *r,
    ngx_http_variable_value_t *v, uintptr_t data);
static ngx_int_t ngx_http_gate_fields_id(ngx_http_request_t *r,
    ngx_http_gate_ctx_t *ctx, ngx_str_t *value);
static ngx_int_t ngx_http_gate_fields_connection(ngx_http_request_t *r,
    ngx_http_gate_ctx_t *ctx, ngx_str_t *value);
static ngx_int_t ngx_http_gate_fields_upgrade(ngx_http_request_t *r,
    ngx_http_gate_ctx_t *ctx, ngx_str_t *value);
static ngx_int_t ngx_http_gate_fields_consumer_id(ngx_http_request_t *r,
    ngx_http_gate_ctx_t *ctx, ngx_str_t *value);
static ngx_int_t ngx_http_gate_fields_consumer(ngx_http_request_t *r,
    ngx_http_gate_ctx_t *ctx, ngx_str_t *value);
static ngx_int_t ngx_http_gate_fields_groups(ngx_http_request_t *r,
    ngx_http_gate_ctx_t *ctx, ngx_str_t *value);
static ngx_int_t ngx_http_gate_fields_credential(ngx_http_request_t *r,
    ngx_http_gate_ctx_t *ctx, ngx_str_t *value);
static ngx_int_t ngx_http_gate_fields_anonymous(ngx_http_request_t *r,
    ngx_http_gate_ctx_t *ctx, ngx_str_t *value);
static ngx_int_t ngx_http_gate_fields_lane(ngx_http_request_t *r,
    ngx_http_gate_ctx_t *ctx, ngx_str_t *value);


/* in the order of ngx_http_gate_field_e */

static const ngx_http_gate_field_t  ngx_http_gate_fields[] = {
    ngx_http_gate_field(CRLF "X-Request-Id: ", ngx_http_gate_fields_id),
    ngx_http_gate_field(CRLF "Connection: ", ngx_http_gate_fields_connection),
    ngx_http_gate_field(CRLF "Upgrade: ", ngx_http_gate_fields_upgrade),
    ngx_http_gate_field(CRLF "traceparent: ", ngx_http_gate_trust_traceparent),
    ngx_http_gate_field(CRLF "tracestate: ", ngx_http_gate_trust_tracestate),
    ngx_http_gate_field(CRLF "X-Forwarded-For: ", ngx_http_gate_trust_for),
    ngx_http_gate_field(CRLF "X-Forwarded-Proto: ", ngx_http_gate_trust_proto),
    ngx_http_gate_field(CRLF "X-Forwarded-Host: ", ngx_http_gate_trust_host),
    ngx_http_gate_field(GATE_CALLER_ID, ngx_http_gate_fields_consumer_id),
    ngx_http_gate_field(GATE_CALLER_USERNAME, ngx_http_gate_fields_consumer),
    ngx_http_gate_field(GATE_CALLER_GROUPS, ngx_http_gate_fields_groups),
    ngx_http_gate_field(CRLF "X-Credential-Identifier: ",
                        ngx_http_gate_fields_credential),
    ngx_http_gate_field(CRLF "X-Anonymous-Consumer: ",
                        ngx_http_gate_fields_anonymous),
    ngx_http_gate_field(GATE_CALLER_LANE, ngx_http_gate_fields_lane)
};


static ngx_http_variable_t  ngx_http_gate_fields_vars[] = {

    { ngx_string("gate_connection"), NULL, ngx_http_gate_fields_variable,
      NGX_HTTP_GATE_F_CONNECTION, NGX_HTTP_VAR_NOCACHEABLE, 0 },

    { ngx_string("gate_forwarded_for"), NULL, ngx_http_gate_fields_variable,
      NGX_HTTP_GATE_F_FORWARDED_FOR, NGX_HTTP_VAR_NOCACHEABLE, 0 },

    { ngx_string("gate_forwarded_proto"), NULL, ngx_http_gate_fields_variable,
      NGX_HTTP_GATE_F_FORWARDED_PROTO, NGX_HTTP_VAR_NOCACHEABLE, 0 },

    { ngx_string("gate_forwarded_host"), NULL, ngx_http_gate_fields_variable,
      NGX_HTTP_GATE_F_FORWARDED_HOST, NGX_HTTP_VAR_NOCACHEABLE, 0 },

    { ngx_string("gate_request_id"), NULL, ngx_http_gate_fields_variable,
      NGX_HTTP_GATE_F_REQUEST_ID, 0, 0 },

    { ngx_string("gate_lane_hash"), NULL, ngx_http_gate_fields_variable,
      NGX_HTTP_GATE_F_LANE, NGX_HTTP_VAR_NOCACHEABLE, 0 },

    { ngx_string("gate_traceparent"), NULL, ngx_http_gate_fields_variable,
      NGX_HTTP_GATE_F_TRACEPARENT, 0, 0 },

    { ngx_string("gate_tracestate"), NULL, ngx_http_gate_fields_variable,
      NGX_HTTP_GATE_F_TRACESTATE, 0, 0 },

    { ngx_string("gate_handover"), NULL, ngx_http_gate_fields_block, 0,
      NGX_HTTP_VAR_NOCACHEABLE, 0 },

    { ngx_string("gate_handover_"), NULL, ngx_http_gate_fields_single, 0,
      NGX_HTTP_VAR_NOCACHEABLE|NGX_HTTP_VAR_PREFIX, 0 },

      ngx_http_null_variable
};


ngx_str_t
ngx_http_gate_fields_name(ngx_uint_t i)
{
    ngx_str_t  name;

    name.len = ngx_http_gate_fields[i].len - (sizeof(CRLF ": ") - 1);
    name.data = (u_char *) ngx_http_gate_fields[i].line + sizeof(CRLF) - 1;

    return name;
}


static ngx_int_t
ngx_http_gate_fields_block(ngx_http_request_t *r, ngx_http_variable_value_t *v,
    uintptr_t data)
{
    u_char                       *p;
    size_t                        len;
    ngx_str_t                     value[NGX_HTTP_GATE_FIELDS], block, caller;
    ngx_str_t                     assertion;
    ngx_uint_t                    i, n, wanted;
    ngx_http_gate_ctx_t          *ctx;
    const ngx_http_gate_field_t  *f, *sent[NGX_HTTP_GATE_FIELDS];
    ngx_http_gate_service_loc_conf_t  *slcf;

    ctx = ngx_http_gate_ctx(r);
    if (ctx == NULL) {
        return NGX_ERROR;
    }

    wanted = ngx_http_gate_fields_wanted(r, ctx, &caller);

    len = caller.len + NGX_HTTP_GATE_FIELDS_LINE;

    for (n = 0; wanted != 0; wanted &= wanted - 1) {
        i = __builtin_ctzl(wanted);

        f = &ngx_http_gate_fields[i];
        value[n].len = 0;

        if (f->value(r, ctx, &value[n]) != NGX_OK) {
            return NGX_ERROR;
        }

        if (value[n].len != 0) {
            len += f->len + value[n].len;
            sent[n++] = f;
        }
    }

    slcf = ngx_http_get_module_loc_conf(r, ngx_http_gate_service_module);

    ngx_str_null(&assertion);

    if (slcf->assert != NULL
        && ngx_http_gate_assert_line(r, ctx, slcf->assert, &assertion)
           != NGX_OK)
    {
        return NGX_ERROR;
    }

    p = ngx_pnalloc(r->pool, len + assertion.len);
    if (p == NULL) {
        return NGX_ERROR;
    }

    block.data = p;

    for (i = 0; i < n; i++) {

        /* there is room for what is behind the line, and is written over */

        ngx_memcpy(p, sent[i]->line, NGX_HTTP_GATE_FIELDS_LINE);
        p = gate_str_copy(p + sent[i]->len, ngx_http_gate_view(&value[i]));
    }

    p = ngx_cpymem(p, caller.data, caller.len);

    if (assertion.len != 0) {
        p = ngx_cpymem(p, assertion.data, assertion.len);
    }

    block.len = p - block.data;

    ngx_http_gate_set_var(v, &block);

    return NGX_OK;
}


/*
 * Those that are asked for one by one; a consumer's own are written already,
 * and there are some that most requests do not have.
 */

static ngx_uint_t
ngx_http_gate_fields_wanted(ngx_http_request_t *r, ngx_http_gate_ctx_t *ctx,
    ngx_str_t *caller)
{
    gate_str_t                         fields;
    ngx_uint_t                         wanted;
    ngx_http_gate_identity_t          *who;
    ngx_http_gate_service_loc_conf_t  *slcf;

    slcf = ngx_http_get_module_loc_conf(r, ngx_http_gate_service_module);
    who = ngx_http_gate_who(r, ctx);

    wanted = slcf->fields;

    ngx_str_null(caller);

    if ((wanted & NGX_HTTP_GATE_FIELDS_CALLER) == NGX_HTTP_GATE_FIELDS_CALLER
        && who->consumer != NULL && !ngx_http_gate_auth_own_groups(who))
    {
        wanted &= ~NGX_HTTP_GATE_FIELDS_CALLER;
        fields = who->consumer->fields;

        if ((wanted & ngx_http_gate_field_bit(NGX_HTTP_GATE_F_LANE))
            && ngx_http_gate_fields_own_lane(slcf, who))
        {
            wanted &= ~ngx_http_gate_field_bit(NGX_HTTP_GATE_F_LANE);
            fields = who->consumer->fields_lane;
        }

        caller->len = fields.len;
        caller->data = fields.data;
    }

    if (r->headers_in.upgrade == NULL) {
        wanted &= ~NGX_HTTP_GATE_FIELDS_UPGRADE;
    }

    if (!who->anonymous) {
        wanted &= ~ngx_http_gate_field_bit(NGX_HTTP_GATE_F_ANONYMOUS);
    }

    return wanted;
}


/* that of a consumer, not of a location, of a token or of an address */

static ngx_uint_t
ngx_http_gate_fields_own_lane(ngx_http_gate_service_loc_conf_t *slcf,
    ngx_http_gate_identity_t *who)
{
    return slcf->lane == NULL && who->issuer == NULL
           && who->consumer != NULL && !who->anonymous;
}


static ngx_int_t
ngx_http_gate_fields_variable(ngx_http_request_t *r,
    ngx_http_variable_value_t *v, uintptr_t data)
{
    ngx_str_t             value;
    ngx_http_gate_ctx_t  *ctx;

    ctx = ngx_http_gate_ctx(r);
    if (ctx == NULL) {
        return NGX_ERROR;
    }

    value.len = 0;

    if (ngx_http_gate_fields[data].value(r, ctx, &value) != NGX_OK) {
        return NGX_ERROR;
    }

    ngx_http_gate_set_var(v, &value);

    return NGX_OK;
}


/* $gate_handover_NN: by the number of the field, as gate_pass writes it */

static ngx_int_t
ngx_http_gate_fields_single(ngx_http_request_t *r,
    ngx_http_variable_value_t *v, uintptr_t data)
{
    ngx_str_t  *name = (ngx_str_t *) data;

    ngx_int_t  i;

    i = ngx_atoi(name->data + sizeof("gate_handover_") - 1,
                 name->len - (sizeof("gate_handover_") - 1));

    if (i < 0 || i >= NGX_HTTP_GATE_FIELDS) {
        v->not_found = 1;
        return NGX_OK;
    }

    return ngx_http_gate_fields_variable(r, v, i);
}


/* "upgrade" for WebSocket, else nothing: keepalive */

static ngx_int_t
ngx_http_gate_fields_connection(ngx_http_request_t *r,
    ngx_http_gate_ctx_t *ctx, ngx_str_t *value)
{
    if (ngx_http_gate_upgrade_is_websocket(r)) {
        ngx_str_set(value, "upgrade");
    }

    return NGX_OK;
}


static ngx_int_t
ngx_http_gate_fields_upgrade(ngx_http_request_t *r, ngx_http_gate_ctx_t *ctx,
    ngx_str_t *value)
{
    if (ngx_http_gate_upgrade_is_websocket(r)) {
        *value = r->headers_in.upgrade->value;
    }

    return NGX_OK;
}


static ngx_int_t
ngx_http_gate_fields_consumer_id(ngx_http_request_t *r,
    ngx_http_gate_ctx_t *ctx, ngx_str_t *value)
{
    gate_consumer_t  *c;

    c = ngx_http_gate_who(r, ctx)->consumer;

    if (c != NULL) {
        value->len = c->id.len;
        value->data = c->id.data;
    }

    return NGX_OK;
}


static ngx_int_t
ngx_http_gate_fields_consumer(ngx_http_request_t *r, ngx_http_gate_ctx_t *ctx,
    ngx_str_t *value)
{
    gate_consumer_t  *c;

    c = ngx_http_gate_who(r, ctx)->consumer;

    if (c != NULL) {
        value->len = c->name.len;
        value->data = c->name.data;
    }

    return NGX_OK;
}


static ngx_int_t
ngx_http_gate_fields_groups(ngx_http_request_t *r, ngx_http_gate_ctx_t *ctx,
    ngx_str_t *value)
{
    return ngx_http_gate_auth_groups(r, ngx_http_gate_who(r, ctx), value);
}


static ngx_int_t
ngx_http_gate_fields_credential(ngx_http_request_t *r,
    ngx_http_gate_ctx_t *ctx, ngx_str_t *value)
{
    *value = ngx_http_gate_who(r, ctx)->credential;

    return NGX_OK;
}


static ngx_int_t
ngx_http_gate_fields_anonymous(ngx_http_request_t *r, ngx_http_gate_ctx_t *ctx,
    ngx_str_t *value)
{
    if (ngx_http_gate_who(r, ctx)->anonymous) {
        ngx_str_set(value, "true");
    }

    return NGX_OK;
}


static ngx_int_t
ngx_http_gate_fields_id(ngx_http_request_t *r, ngx_http_gate_ctx_t *ctx,
    ngx_str_t *value)
{
    if (ngx_http_gate_request_id(r, ctx) != NGX_OK) {
        return NGX_ERROR;
    }

    *value = ctx->request_id;

    return NGX_OK;
}


/*
 * x-lane-hash: XXH64 of the caller, in decimal; Envoy takes it modulo the sum
 * of weights, so that a caller stays on a version.
 */

static ngx_int_t
ngx_http_gate_fields_lane(ngx_http_request_t *r, ngx_http_gate_ctx_t *ctx,
    ngx_str_t *value)
{
    uint64_t                           hash;
    ngx_str_t                          s;
    ngx_http_gate_identity_t          *who;
    ngx_http_gate_service_loc_conf_t  *slcf;

    slcf = ngx_http_get_module_loc_conf(r, ngx_http_gate_service_module);
    who = ngx_http_gate_who(r, ctx);

    if (slcf->lane != NULL) {
        if (ngx_http_complex_value(r, slcf->lane, &s) != NGX_OK) {
            return NGX_ERROR;
        }

        hash = gate_xxh64(ngx_http_gate_view(&s), 0);

    } else if (who->issuer != NULL) {
        value->len = who->nlane;
        value->data = who->lane;

        return NGX_OK;

    } else if (ngx_http_gate_fields_own_lane(slcf, who)) {
        value->len = who->consumer->lane_text.len;
        value->data = who->consumer->lane_text.data;

        return NGX_OK;

    } else {
        hash = gate_xxh64(ngx_http_gate_view(&r->connection->addr_text), 0);
    }

    value->data = ngx_pnalloc(r->pool, NGX_INT64_LEN);
    if (value->data == NULL) {
        return NGX_ERROR;
    }

    value->len = gate_text_digits(value->data, hash) - value->data;

    return NGX_OK;
}


ngx_int_t
ngx_http_gate_fields_add_variables(ngx_conf_t *cf)
{
    return ngx_http_gate_add_vars(cf, ngx_http_gate_fields_vars);
}
