
/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * gate_auth: which credentials a location accepts, and who the caller is.
 */


#include "ngx_http_gate.h"


static ngx_int_t ngx_http_gate_auth_evaluate(ngx_http_request_t *r,
    ngx_http_gate_ctx_t *ctx, ngx_http_gate_auth_conf_t *acf);
static ngx_int_t ngx_http_gate_auth_all(ngx_http_request_t *r,
    ngx_http_gate_ctx_t *ctx, ngx_http_gate_auth_conf_t *acf);
static ngx_int_t ngx_http_gate_auth_any(ngx_http_request_t *r,
    ngx_http_gate_ctx_t *ctx, ngx_http_gate_auth_conf_t *acf);
static void ngx_http_gate_auth_count(ngx_str_t *method, ngx_int_t rc);
static ngx_uint_t ngx_http_gate_auth_is_preflight(ngx_http_request_t *r);
static ngx_uint_t ngx_http_gate_auth_keep(ngx_table_elt_t *h, void *data);
static ngx_uint_t ngx_http_gate_auth_is_key(ngx_table_elt_t *h,
    ngx_array_t *names);
static ngx_int_t ngx_http_gate_auth_variable(ngx_http_request_t *r,
    ngx_http_variable_value_t *v, uintptr_t data);
static ngx_str_t ngx_http_gate_auth_value(ngx_http_gate_identity_t *who,
    uintptr_t which);
static ngx_int_t ngx_http_gate_auth_scopes(ngx_http_request_t *r,
    ngx_http_gate_identity_t *who, ngx_str_t *value);
static char *ngx_http_gate_auth(ngx_conf_t *cf, ngx_command_t *cmd,
    void *conf);
static char *ngx_http_gate_auth_method(ngx_conf_t *cf,
    ngx_http_gate_auth_conf_t *acf, ngx_str_t *value);
static char *ngx_http_gate_auth_flag(ngx_conf_t *cf,
    ngx_http_gate_auth_conf_t *acf, ngx_str_t *value);
static ngx_http_gate_method_t *ngx_http_gate_auth_add(ngx_conf_t *cf,
    ngx_http_gate_auth_conf_t *acf, ngx_str_t *name);
static ngx_int_t ngx_http_gate_auth_add_variables(ngx_conf_t *cf);
static void *ngx_http_gate_auth_create_conf(ngx_conf_t *cf);
static char *ngx_http_gate_auth_merge_conf(ngx_conf_t *cf, void *parent,
    void *child);


enum {
    NGX_HTTP_GATE_V_CONSUMER = 0,
    NGX_HTTP_GATE_V_CONSUMER_ID,
    NGX_HTTP_GATE_V_CREDENTIAL_ID,
    NGX_HTTP_GATE_V_METHOD,
    NGX_HTTP_GATE_V_GROUPS,
    NGX_HTTP_GATE_V_PLAN,
    NGX_HTTP_GATE_V_SCOPES,
    NGX_HTTP_GATE_V_ANONYMOUS
};


typedef struct {
    ngx_http_request_t        *r;
    ngx_http_gate_ctx_t       *ctx;
    ngx_array_t               *keys;      /* names of key fields */
    ngx_uint_t                 token;     /* Authorization goes too */
    ngx_uint_t                 failed;
} ngx_http_gate_auth_strip_t;


static ngx_command_t  ngx_http_gate_auth_commands[] = {

    { ngx_string("gate_auth"),
      NGX_HTTP_MAIN_CONF|NGX_HTTP_SRV_CONF|NGX_HTTP_LOC_CONF|NGX_HTTP_LMT_CONF
                        |NGX_CONF_1MORE,
      ngx_http_gate_auth,
      NGX_HTTP_LOC_CONF_OFFSET,
      0,
      NULL },

      ngx_null_command
};


static ngx_http_module_t  ngx_http_gate_auth_module_ctx = {
    ngx_http_gate_auth_add_variables,      /* preconfiguration */
    NULL,                                  /* postconfiguration */

    NULL,                                  /* create main configuration */
    NULL,                                  /* init main configuration */

    NULL,                                  /* create server configuration */
    NULL,                                  /* merge server configuration */

    ngx_http_gate_auth_create_conf,        /* create location configuration */
    ngx_http_gate_auth_merge_conf          /* merge location configuration */
};


ngx_module_t  ngx_http_gate_auth_module = {
    NGX_MODULE_V1,
    &ngx_http_gate_auth_module_ctx,        /* module context */
    ngx_http_gate_auth_commands,           /* module directives */
    NGX_HTTP_MODULE,                       /* module type */
    NULL,                                  /* init master */
    NULL,                                  /* init module */
    NULL,                                  /* init process */
    NULL,                                  /* init thread */
    NULL,                                  /* exit thread */
    NULL,                                  /* exit process */
    NULL,                                  /* exit master */
    NGX_MODULE_V1_PADDING
};


/*
 * Not cacheable: a value read before the location is known (at server level)
 * would otherwise stay "nobody" and open the door of a limit.
 */

static ngx_http_variable_t  ngx_http_gate_auth_vars[] = {

    { ngx_string("gate_consumer"), NULL, ngx_http_gate_auth_variable,
      NGX_HTTP_GATE_V_CONSUMER, NGX_HTTP_VAR_NOCACHEABLE, 0 },

    { ngx_string("gate_consumer_id"), NULL, ngx_http_gate_auth_variable,
      NGX_HTTP_GATE_V_CONSUMER_ID, NGX_HTTP_VAR_NOCACHEABLE, 0 },

    { ngx_string("gate_credential_id"), NULL, ngx_http_gate_auth_variable,
      NGX_HTTP_GATE_V_CREDENTIAL_ID, NGX_HTTP_VAR_NOCACHEABLE, 0 },

    { ngx_string("gate_auth_method"), NULL, ngx_http_gate_auth_variable,
      NGX_HTTP_GATE_V_METHOD, NGX_HTTP_VAR_NOCACHEABLE, 0 },

    { ngx_string("gate_groups"), NULL, ngx_http_gate_auth_variable,
      NGX_HTTP_GATE_V_GROUPS, NGX_HTTP_VAR_NOCACHEABLE, 0 },

    { ngx_string("gate_plan"), NULL, ngx_http_gate_auth_variable,
      NGX_HTTP_GATE_V_PLAN, NGX_HTTP_VAR_NOCACHEABLE, 0 },

    { ngx_string("gate_scopes"), NULL, ngx_http_gate_auth_variable,
      NGX_HTTP_GATE_V_SCOPES, NGX_HTTP_VAR_NOCACHEABLE, 0 },

    { ngx_string("gate_anonymous"), NULL, ngx_http_gate_auth_variable,
      NGX_HTTP_GATE_V_ANONYMOUS, NGX_HTTP_VAR_NOCACHEABLE, 0 },

      ngx_http_null_variable
};


ngx_http_gate_auth_conf_t *
ngx_http_gate_auth_conf(ngx_http_request_t *r)
{
    return ngx_http_get_module_loc_conf(r, ngx_http_gate_auth_module);
}


ngx_int_t
ngx_http_gate_auth_identify(ngx_http_request_t *r, ngx_http_gate_ctx_t *ctx)
{
    ngx_http_gate_auth_conf_t  *acf;

    acf = ngx_http_get_module_loc_conf(r, ngx_http_gate_auth_module);

    if (!acf->enable) {
        return NGX_DECLINED;
    }

    if (ctx->who_conf == acf) {
        return ctx->who_rc;
    }

    ngx_log_debug1(NGX_LOG_DEBUG_HTTP, r->connection->log, 0,
                   "gate auth: \"%V\"", &r->uri);

    json_decref((json_t *) ctx->who.claims);
    ngx_memzero(&ctx->who, sizeof(ngx_http_gate_identity_t));

    ctx->preflight = 0;
    ctx->who_conf = acf;
    ctx->who_rc = ngx_http_gate_auth_evaluate(r, ctx, acf);

    if (ctx->who_rc != NGX_OK) {
        /* a half-proved identity is none */
        json_decref((json_t *) ctx->who.claims);
        ngx_memzero(&ctx->who, sizeof(ngx_http_gate_identity_t));
    }

    return ctx->who_rc;
}


static ngx_int_t
ngx_http_gate_auth_evaluate(ngx_http_request_t *r, ngx_http_gate_ctx_t *ctx,
    ngx_http_gate_auth_conf_t *acf)
{
    ngx_int_t  rc;

    rc = acf->all ? ngx_http_gate_auth_all(r, ctx, acf)
                  : ngx_http_gate_auth_any(r, ctx, acf);

    if (rc != NGX_DECLINED) {
        return rc;
    }

    /* no listed credential is present */

    if (acf->preflight && ngx_http_gate_auth_is_preflight(r)) {
        ctx->preflight = 1;
    }

    if (acf->anonymous != NULL) {
        ctx->who.consumer = acf->anonymous;
        ctx->who.anonymous = 1;
        ngx_str_set(&ctx->who.method, "anonymous");

        return acf->anonymous->disabled ? NGX_HTTP_GATE_DISABLED_CONSUMER
                                        : NGX_OK;
    }

    return ctx->preflight ? NGX_OK : NGX_HTTP_GATE_NO_CREDENTIAL;
}


/* the first listed credential that is present decides, good or bad */

static ngx_int_t
ngx_http_gate_auth_any(ngx_http_request_t *r, ngx_http_gate_ctx_t *ctx,
    ngx_http_gate_auth_conf_t *acf)
{
    ngx_int_t                rc;
    ngx_uint_t               i;
    ngx_http_gate_method_t  *m;

    m = acf->methods->elts;

    for (i = 0; i < acf->methods->nelts; i++) {

        rc = m[i].stage->run(r, ctx);

        if (rc != NGX_DECLINED) {
            ngx_http_gate_auth_count(&m[i].stage->name, rc);
            return rc;
        }
    }

    return NGX_DECLINED;
}


/* each must be there, and all must name the same consumer */

static ngx_int_t
ngx_http_gate_auth_all(ngx_http_request_t *r, ngx_http_gate_ctx_t *ctx,
    ngx_http_gate_auth_conf_t *acf)
{
    ngx_int_t                rc;
    ngx_uint_t               i, present;
    gate_consumer_t         *consumer;
    ngx_http_gate_method_t  *m;

    m = acf->methods->elts;
    consumer = NULL;
    present = 0;

    for (i = 0; i < acf->methods->nelts; i++) {

        rc = m[i].stage->run(r, ctx);

        if (rc == NGX_DECLINED) {
            continue;
        }

        ngx_http_gate_auth_count(&m[i].stage->name, rc);

        if (rc != NGX_OK) {
            return rc;
        }

        if (present++ && consumer != ctx->who.consumer) {
            return NGX_HTTP_GATE_UNKNOWN_CONSUMER;
        }

        consumer = ctx->who.consumer;
    }

    if (present == 0) {
        return NGX_DECLINED;
    }

    return (present == acf->methods->nelts) ? NGX_OK
                                            : NGX_HTTP_GATE_NO_CREDENTIAL;
}


static void
ngx_http_gate_auth_count(ngx_str_t *method, ngx_int_t rc)
{
    ngx_str_t       values[2];
    ngx_atomic_t   *p;

    /* of this process, looked up once */
    static ngx_atomic_t  *ok[2];

    values[0] = *method;

    if (rc == NGX_OK) {
        if (ok[method->data[0] == 'j'] == NULL) {
            ngx_str_set(&values[1], "ok");
            ok[method->data[0] == 'j'] =
                ngx_http_gate_metric(NGX_HTTP_GATE_M_AUTH, 2, values);
        }

        p = ok[method->data[0] == 'j'];

    } else {
        values[1] = *ngx_http_gate_reason_name(
                        rc > NGX_OK ? rc : NGX_HTTP_GATE_INTERNAL);
        p = ngx_http_gate_metric(NGX_HTTP_GATE_M_AUTH, 2, values);
    }

    (void) ngx_atomic_fetch_add(p, 1);
}


/* Fetch standard, 4.8: what a browser asks before it sends credentials */

static ngx_uint_t
ngx_http_gate_auth_is_preflight(ngx_http_request_t *r)
{
    ngx_uint_t  n;

    static ngx_str_t  origin = ngx_string("origin");
    static ngx_str_t  method = ngx_string("access-control-request-method");

    return r->method == NGX_HTTP_OPTIONS
           && ngx_http_gate_header(r, &origin, &n) != NULL
           && ngx_http_gate_header(r, &method, &n) != NULL;
}


/* MAY: "satisfy any" may have let in a request that nobody answers for */

ngx_int_t
ngx_http_gate_auth_require(ngx_http_request_t *r, ngx_http_gate_ctx_t *ctx)
{
    ngx_int_t  rc;

    rc = ngx_http_gate_auth_identify(r, ctx);

    if (rc == NGX_DECLINED || rc == NGX_OK || rc == NGX_ERROR) {
        return rc;
    }

    return ngx_http_gate_deny(r, ctx, rc, NULL);
}


/*
 * SHAPE: the key never goes on, a token does unless "hide"; a listed
 * credential that did not decide was not verified and goes as well.  What is
 * taken stays at hand for an error page's location, which asks again.
 */

ngx_int_t
ngx_http_gate_auth_strip(ngx_http_request_t *r, ngx_http_gate_ctx_t *ctx)
{
    ngx_http_gate_auth_conf_t   *acf;
    ngx_http_gate_auth_strip_t   strip;

    acf = ngx_http_get_module_loc_conf(r, ngx_http_gate_auth_module);

    if (!acf->enable) {
        return NGX_DECLINED;
    }

    strip.r = r;
    strip.ctx = ctx;
    strip.keys = acf->key ? ngx_http_gate_auth_key_headers(r) : NULL;
    strip.token = acf->jwt
                  && (acf->hide || (!acf->all && ctx->who.issuer == NULL));
    strip.failed = 0;

    if (ngx_http_gate_headers_filter(r, ngx_http_gate_auth_keep, &strip)
        != NGX_OK
        || strip.failed)
    {
        return NGX_ERROR;
    }

    return NGX_OK;
}


static ngx_uint_t
ngx_http_gate_auth_keep(ngx_table_elt_t *h, void *data)
{
    ngx_http_gate_auth_strip_t *strip = data;

    ngx_table_elt_t      *to;
    ngx_http_gate_ctx_t  *ctx;

    if (!(strip->token
          && h->key.len == sizeof("authorization") - 1
          && ngx_strcmp(h->lowcase_key, "authorization") == 0)
        && !(strip->keys && ngx_http_gate_auth_is_key(h, strip->keys)))
    {
        return 1;
    }

    ctx = strip->ctx;

    if (ctx->taken == NULL) {
        ctx->taken = ngx_array_create(strip->r->pool, 2,
                                      sizeof(ngx_table_elt_t));
        if (ctx->taken == NULL) {
            strip->failed = 1;
            return 0;
        }
    }

    /* the filter asks about the first one twice */

    to = ctx->taken->elts;

    if (ctx->taken->nelts == 0
        || to[ctx->taken->nelts - 1].value.data != h->value.data)
    {
        to = ngx_array_push(ctx->taken);
        if (to == NULL) {
            strip->failed = 1;
            return 0;
        }

        *to = *h;
    }

    return 0;
}


static ngx_uint_t
ngx_http_gate_auth_is_key(ngx_table_elt_t *h, ngx_array_t *names)
{
    ngx_str_t   *name;
    ngx_uint_t   i;

    name = names->elts;

    for (i = 0; i < names->nelts; i++) {
        if (h->key.len == name[i].len
            && ngx_memcmp(h->lowcase_key, name[i].data, name[i].len) == 0)
        {
            return 1;
        }
    }

    return 0;
}


static ngx_int_t
ngx_http_gate_auth_variable(ngx_http_request_t *r,
    ngx_http_variable_value_t *v, uintptr_t data)
{
    ngx_str_t             value;
    ngx_http_gate_ctx_t  *ctx;

    v->not_found = 1;

    ctx = ngx_http_gate_ctx(r);
    if (ctx == NULL) {
        return NGX_ERROR;
    }

    /* in a subrequest, and after the end, it is the request's identity */

    if (r == r->main && !ctx->admitted && ctx->reason == NGX_HTTP_GATE_ADMITTED
        && ngx_http_gate_auth_identify(r, ctx) == NGX_ERROR)
    {
        return NGX_ERROR;
    }

    if (ctx->who.consumer == NULL) {
        return NGX_OK;
    }

    if (data == NGX_HTTP_GATE_V_SCOPES) {
        if (ngx_http_gate_auth_scopes(r, &ctx->who, &value) != NGX_OK) {
            return NGX_ERROR;
        }

    } else {
        value = ngx_http_gate_auth_value(&ctx->who, data);
    }

    if (value.len == 0) {
        return NGX_OK;
    }

    v->valid = 1;
    v->no_cacheable = 0;
    v->not_found = 0;
    v->len = value.len;
    v->data = value.data;

    return NGX_OK;
}


static ngx_str_t
ngx_http_gate_auth_value(ngx_http_gate_identity_t *who, uintptr_t which)
{
    ngx_str_t         value;
    gate_str_t        s;
    gate_consumer_t  *c;

    c = who->consumer;
    s = gate_str(NULL, 0);

    switch (which) {

    case NGX_HTTP_GATE_V_CONSUMER:
        s = c->name;
        break;

    case NGX_HTTP_GATE_V_CONSUMER_ID:
        s = c->id;
        break;

    case NGX_HTTP_GATE_V_GROUPS:
        s = c->groups_text;
        break;

    case NGX_HTTP_GATE_V_PLAN:
        if (c->plan) {
            s = c->plan->name;
        }
        break;

    case NGX_HTTP_GATE_V_CREDENTIAL_ID:
        return who->credential;

    case NGX_HTTP_GATE_V_METHOD:
        return who->method;

    default: /* NGX_HTTP_GATE_V_ANONYMOUS */
        if (who->anonymous) {
            s = gate_str("true", 4);
        }
    }

    value.len = s.len;
    value.data = s.data;

    return value;
}


/* of the token where there is one, else of the consumer */

static ngx_int_t
ngx_http_gate_auth_scopes(ngx_http_request_t *r, ngx_http_gate_identity_t *who,
    ngx_str_t *value)
{
    u_char        *p;
    gate_str_t     name;
    const json_t  *claim;

    if (who->claims == NULL) {
        value->len = who->consumer->scopes_text.len;
        value->data = who->consumer->scopes_text.data;
        return NGX_OK;
    }

    ngx_str_null(value);

    name = gate_str("scope", 5);
    claim = gate_jwt_claim(who->claims, name);

    if (claim == NULL) {
        name = gate_str("scp", 3);
        claim = gate_jwt_claim(who->claims, name);
    }

    if (claim == NULL) {
        return NGX_OK;
    }

    p = ngx_pnalloc(r->pool, GATE_JWT_MAX);
    if (p == NULL) {
        return NGX_ERROR;
    }

    value->data = p;
    value->len = gate_jwt_claim_text(claim, p, GATE_JWT_MAX);

    return NGX_OK;
}


static char *
ngx_http_gate_auth(ngx_conf_t *cf, ngx_command_t *cmd, void *conf)
{
    ngx_http_gate_auth_conf_t *acf = conf;

    char        *rv;
    ngx_str_t   *value;
    ngx_uint_t   i;

    if (acf->enable != NGX_CONF_UNSET) {
        return "is duplicate";
    }

    ngx_http_gate_use(cf);

    value = cf->args->elts;

    if (cf->args->nelts == 2 && ngx_strcmp(value[1].data, "off") == 0) {
        acf->enable = 0;
        return NGX_CONF_OK;
    }

    acf->enable = 1;

    acf->methods = ngx_array_create(cf->pool, 2,
                                    sizeof(ngx_http_gate_method_t));
    if (acf->methods == NULL) {
        return NGX_CONF_ERROR;
    }

    for (i = 1; i < cf->args->nelts; i++) {
        rv = ngx_http_gate_auth_method(cf, acf, &value[i]);
        if (rv != NGX_CONF_OK) {
            return rv;
        }
    }

    if (acf->methods->nelts == 0) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "\"gate_auth\" names no method");
        return NGX_CONF_ERROR;
    }

    if (acf->all && acf->anonymous != NULL) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "\"all\" and \"anonymous\" exclude each other");
        return NGX_CONF_ERROR;
    }

    return NGX_CONF_OK;
}


static char *
ngx_http_gate_auth_method(ngx_conf_t *cf, ngx_http_gate_auth_conf_t *acf,
    ngx_str_t *value)
{
    ngx_str_t                 name, issuer;
    ngx_uint_t                i;
    ngx_http_gate_issuer_t  **ip, **other;
    ngx_http_gate_method_t   *m;

    if (ngx_strcmp(value->data, "key") == 0) {

        if (acf->key) {
            return "has a duplicate method";
        }

        acf->key = 1;

        return ngx_http_gate_auth_add(cf, acf, value) ? NGX_CONF_OK
                                                      : NGX_CONF_ERROR;
    }

    if (ngx_strncmp(value->data, "jwt=", 4) != 0) {
        return ngx_http_gate_auth_flag(cf, acf, value);
    }

    issuer.len = value->len - 4;
    issuer.data = value->data + 4;

    if (issuer.len == 0) {
        return "has an empty issuer";
    }

    ngx_str_set(&name, "jwt");

    m = ngx_http_gate_auth_add(cf, acf, &name);
    if (m == NULL) {
        return NGX_CONF_ERROR;
    }

    if (m->issuers->nelts == NGX_HTTP_GATE_ISSUERS) {
        return "names too many issuers";
    }

    ip = ngx_array_push(m->issuers);
    if (ip == NULL) {
        return NGX_CONF_ERROR;
    }

    *ip = ngx_http_gate_issuer(cf, &issuer);
    if (*ip == NULL) {
        return NGX_CONF_ERROR;
    }

    other = m->issuers->elts;

    for (i = 0; i < m->issuers->nelts - 1; i++) {
        if (other[i] == *ip) {
            return "has a duplicate issuer";
        }
    }

    return NGX_CONF_OK;
}


static char *
ngx_http_gate_auth_flag(ngx_conf_t *cf, ngx_http_gate_auth_conf_t *acf,
    ngx_str_t *value)
{
    ngx_str_t  name;

    if (ngx_strcmp(value->data, "any") == 0) {
        return NGX_CONF_OK;
    }

    if (ngx_strcmp(value->data, "all") == 0) {
        acf->all = 1;
        return NGX_CONF_OK;
    }

    if (ngx_strcmp(value->data, "hide") == 0) {
        acf->hide = 1;
        return NGX_CONF_OK;
    }

    if (ngx_strcmp(value->data, "preflight") == 0) {
        acf->preflight = 1;
        return NGX_CONF_OK;
    }

    if (ngx_strncmp(value->data, "anonymous=", 10) == 0 && value->len > 10) {

        if (acf->anonymous != NULL) {
            return "has a duplicate \"anonymous\"";
        }

        name.len = value->len - 10;
        name.data = value->data + 10;

        acf->anonymous = ngx_http_gate_store_consumer(cf, &name);

        return acf->anonymous ? NGX_CONF_OK : NGX_CONF_ERROR;
    }

    if (ngx_strcmp(value->data, "basic") == 0
        || ngx_strcmp(value->data, "mtls") == 0
        || ngx_strcmp(value->data, "hmac") == 0
        || ngx_strncmp(value->data, "introspect=", 11) == 0)
    {
        return ngx_http_gate_unsupported(cf, value);
    }

    ngx_conf_log_error(NGX_LOG_EMERG, cf, 0, "invalid parameter \"%V\"",
                       value);

    return NGX_CONF_ERROR;
}


/* the method's row, one for all of its issuers */

static ngx_http_gate_method_t *
ngx_http_gate_auth_add(ngx_conf_t *cf, ngx_http_gate_auth_conf_t *acf,
    ngx_str_t *name)
{
    ngx_uint_t               i;
    ngx_http_gate_stage_t   *stage;
    ngx_http_gate_method_t  *m;

    stage = ngx_http_gate_stage(name, NGX_HTTP_GATE_WHO);
    if (stage == NULL) {
        return NULL;
    }

    m = acf->methods->elts;

    for (i = 0; i < acf->methods->nelts; i++) {
        if (m[i].stage == stage) {
            return &m[i];
        }
    }

    m = ngx_array_push(acf->methods);
    if (m == NULL) {
        return NULL;
    }

    m->stage = stage;
    m->issuers = ngx_array_create(cf->pool, 1,
                                  sizeof(ngx_http_gate_issuer_t *));
    if (m->issuers == NULL) {
        return NULL;
    }

    if (name->data[0] == 'j') {
        acf->jwt = 1;
    }

    return m;
}


static ngx_int_t
ngx_http_gate_auth_add_variables(ngx_conf_t *cf)
{
    ngx_http_variable_t  *var, *v;

    for (v = ngx_http_gate_auth_vars; v->name.len; v++) {
        var = ngx_http_add_variable(cf, &v->name, v->flags);
        if (var == NULL) {
            return NGX_ERROR;
        }

        var->get_handler = v->get_handler;
        var->data = v->data;
    }

    return NGX_OK;
}


static void *
ngx_http_gate_auth_create_conf(ngx_conf_t *cf)
{
    ngx_http_gate_auth_conf_t  *acf;

    /*
     * set by ngx_pcalloc():
     *
     *     acf->methods = NULL;
     *     acf->anonymous = NULL;
     *     acf->all = 0;
     *     acf->preflight = 0;
     *     acf->hide = 0;
     *     acf->key = 0;
     *     acf->jwt = 0;
     */

    acf = ngx_pcalloc(cf->pool, sizeof(ngx_http_gate_auth_conf_t));
    if (acf == NULL) {
        return NULL;
    }

    acf->enable = NGX_CONF_UNSET;

    return acf;
}


static char *
ngx_http_gate_auth_merge_conf(ngx_conf_t *cf, void *parent, void *child)
{
    ngx_http_gate_auth_conf_t *prev = parent;
    ngx_http_gate_auth_conf_t *conf = child;

    if (conf->enable == NGX_CONF_UNSET) {

        if (prev->enable == NGX_CONF_UNSET) {
            conf->enable = 0;

        } else {
            *conf = *prev;
        }
    }

    if (conf->enable) {
        ngx_http_gate_policy(cf);
    }

    return NGX_CONF_OK;
}
