
/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * gate_plan and gate_consumer: blocks of http{} that become the model.
 */


#include "ngx_http_gate.h"


typedef struct {
    gate_plan_t                plan;
    ngx_uint_t                 defined;
    u_char                    *file;      /* of the first mention */
    ngx_uint_t                 line;
} ngx_http_gate_store_plan_t;


typedef struct {
    gate_consumer_t            consumer;
    ngx_uint_t                 defined;
    ngx_http_gate_store_plan_t  *plan;
    ngx_array_t               *groups;    /* of gate_str_t */
    ngx_array_t               *scopes;    /* of gate_str_t */
    u_char                    *file;
    ngx_uint_t                 line;
} ngx_http_gate_store_consumer_t;


typedef struct {
    gate_model_t              *model;
    ngx_array_t               *plans;     /* of pointers */
    ngx_array_t               *consumers; /* of pointers */
    ngx_rbtree_t               names;     /* consumers by name */
    ngx_rbtree_node_t          sentinel;
    void                      *current;   /* block being read */
    u_char                    *need_file; /* "gate_limit plan" stands here */
    ngx_uint_t                 need_line;
} ngx_http_gate_store_main_conf_t;


typedef struct {
    ngx_str_node_t             sn;
    ngx_http_gate_store_consumer_t  *consumer;
} ngx_http_gate_store_node_t;


typedef char *(*ngx_http_gate_store_line_pt)(ngx_conf_t *cf,
    ngx_http_gate_store_main_conf_t *smcf, ngx_str_t *value, ngx_uint_t n);


typedef struct {
    ngx_str_t                  name;
    ngx_http_gate_store_line_pt  set;
} ngx_http_gate_store_line_t;


static char *ngx_http_gate_store_plan_block(ngx_conf_t *cf,
    ngx_command_t *cmd, void *conf);
static char *ngx_http_gate_store_consumer_block(ngx_conf_t *cf,
    ngx_command_t *cmd, void *conf);
static char *ngx_http_gate_store_parse(ngx_conf_t *cf,
    ngx_http_gate_store_main_conf_t *smcf, void *current,
    char *(*handler)(ngx_conf_t *cf, ngx_command_t *dummy, void *conf));
static char *ngx_http_gate_store_plan_line(ngx_conf_t *cf,
    ngx_command_t *dummy, void *conf);
static char *ngx_http_gate_store_consumer_line(ngx_conf_t *cf,
    ngx_command_t *dummy, void *conf);
static char *ngx_http_gate_store_line(ngx_conf_t *cf,
    ngx_http_gate_store_main_conf_t *smcf, ngx_http_gate_store_line_t *lines);
static char *ngx_http_gate_store_rate(ngx_conf_t *cf,
    ngx_http_gate_store_main_conf_t *smcf, ngx_str_t *value, ngx_uint_t n);
static char *ngx_http_gate_store_later(ngx_conf_t *cf,
    ngx_http_gate_store_main_conf_t *smcf, ngx_str_t *value, ngx_uint_t n);
static char *ngx_http_gate_store_set_plan(ngx_conf_t *cf,
    ngx_http_gate_store_main_conf_t *smcf, ngx_str_t *value, ngx_uint_t n);
static char *ngx_http_gate_store_group(ngx_conf_t *cf,
    ngx_http_gate_store_main_conf_t *smcf, ngx_str_t *value, ngx_uint_t n);
static char *ngx_http_gate_store_scope(ngx_conf_t *cf,
    ngx_http_gate_store_main_conf_t *smcf, ngx_str_t *value, ngx_uint_t n);
static char *ngx_http_gate_store_add_names(ngx_conf_t *cf, ngx_array_t **ap,
    ngx_str_t *value, ngx_uint_t n);
static char *ngx_http_gate_store_key(ngx_conf_t *cf,
    ngx_http_gate_store_main_conf_t *smcf, ngx_str_t *value, ngx_uint_t n);
static ngx_int_t ngx_http_gate_store_key_id(ngx_conf_t *cf,
    gate_credential_t *k);
static char *ngx_http_gate_store_claim(ngx_conf_t *cf,
    ngx_http_gate_store_main_conf_t *smcf, ngx_str_t *value, ngx_uint_t n);
static char *ngx_http_gate_store_disabled(ngx_conf_t *cf,
    ngx_http_gate_store_main_conf_t *smcf, ngx_str_t *value, ngx_uint_t n);
static char *ngx_http_gate_store_name(ngx_conf_t *cf, ngx_str_t *name,
    size_t max);
static ngx_http_gate_store_plan_t *ngx_http_gate_store_plan(ngx_conf_t *cf,
    ngx_http_gate_store_main_conf_t *smcf, ngx_str_t *name);
static ngx_http_gate_store_consumer_t *ngx_http_gate_store_get(ngx_conf_t *cf,
    ngx_str_t *name);
static ngx_int_t ngx_http_gate_store_join(ngx_conf_t *cf, ngx_array_t *names,
    u_char separator, gate_str_t *text);
static void ngx_http_gate_store_free(void *data);
static void *ngx_http_gate_store_create_main_conf(ngx_conf_t *cf);
static ngx_int_t ngx_http_gate_store_init(ngx_conf_t *cf);
static ngx_int_t ngx_http_gate_store_finish(ngx_conf_t *cf,
    ngx_http_gate_store_main_conf_t *smcf,
    ngx_http_gate_store_consumer_t *sc);


static ngx_command_t  ngx_http_gate_store_commands[] = {

    { ngx_string("gate_plan"),
      NGX_HTTP_MAIN_CONF|NGX_CONF_BLOCK|NGX_CONF_TAKE1,
      ngx_http_gate_store_plan_block,
      NGX_HTTP_MAIN_CONF_OFFSET,
      0,
      NULL },

    { ngx_string("gate_consumer"),
      NGX_HTTP_MAIN_CONF|NGX_CONF_BLOCK|NGX_CONF_TAKE12,
      ngx_http_gate_store_consumer_block,
      NGX_HTTP_MAIN_CONF_OFFSET,
      0,
      NULL },

      ngx_null_command
};


static ngx_http_module_t  ngx_http_gate_store_module_ctx = {
    NULL,                                  /* preconfiguration */
    ngx_http_gate_store_init,              /* postconfiguration */

    ngx_http_gate_store_create_main_conf,  /* create main configuration */
    NULL,                                  /* init main configuration */

    NULL,                                  /* create server configuration */
    NULL,                                  /* merge server configuration */

    NULL,                                  /* create location configuration */
    NULL                                   /* merge location configuration */
};


ngx_module_t  ngx_http_gate_store_module = {
    NGX_MODULE_V1,
    &ngx_http_gate_store_module_ctx,       /* module context */
    ngx_http_gate_store_commands,          /* module directives */
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


static ngx_http_gate_store_line_t  ngx_http_gate_store_plan_lines[] = {
    { ngx_string("rate"), ngx_http_gate_store_rate },
    { ngx_string("quota"), ngx_http_gate_store_later },
    { ngx_string("price"), ngx_http_gate_store_later },
    { ngx_null_string, NULL }
};


static ngx_http_gate_store_line_t  ngx_http_gate_store_consumer_lines[] = {
    { ngx_string("plan"), ngx_http_gate_store_set_plan },
    { ngx_string("group"), ngx_http_gate_store_group },
    { ngx_string("scope"), ngx_http_gate_store_scope },
    { ngx_string("key"), ngx_http_gate_store_key },
    { ngx_string("claim"), ngx_http_gate_store_claim },
    { ngx_string("disabled"), ngx_http_gate_store_disabled },
    { ngx_null_string, NULL }
};


gate_model_t *
ngx_http_gate_model(ngx_http_request_t *r)
{
    ngx_http_gate_store_main_conf_t  *smcf;

    smcf = ngx_http_get_module_main_conf(r, ngx_http_gate_store_module);

    return smcf->model;
}


gate_consumer_t *
ngx_http_gate_store_consumer(ngx_conf_t *cf, ngx_str_t *name)
{
    ngx_http_gate_store_consumer_t  *sc;

    sc = ngx_http_gate_store_get(cf, name);

    return sc ? &sc->consumer : NULL;
}


void
ngx_http_gate_store_need_plans(ngx_conf_t *cf)
{
    ngx_http_gate_store_main_conf_t  *smcf;

    smcf = ngx_http_conf_get_module_main_conf(cf, ngx_http_gate_store_module);

    if (smcf->need_file == NULL) {
        smcf->need_file = cf->conf_file->file.name.data;
        smcf->need_line = cf->conf_file->line;
    }
}


/* gate_plan NAME { rate 5r/s [burst=N]; } */

static char *
ngx_http_gate_store_plan_block(ngx_conf_t *cf, ngx_command_t *cmd, void *conf)
{
    ngx_http_gate_store_main_conf_t *smcf = conf;

    char                        *rv;
    ngx_str_t                   *value;
    ngx_http_gate_store_plan_t  *sp;

    ngx_http_gate_use(cf);

    value = cf->args->elts;

    rv = ngx_http_gate_store_name(cf, &value[1], GATE_JOURNAL_PLAN);
    if (rv != NGX_CONF_OK) {
        return rv;
    }

    sp = ngx_http_gate_store_plan(cf, smcf, &value[1]);
    if (sp == NULL) {
        return NGX_CONF_ERROR;
    }

    if (sp->defined) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "duplicate gate_plan \"%V\"", &value[1]);
        return NGX_CONF_ERROR;
    }

    sp->defined = 1;

    return ngx_http_gate_store_parse(cf, smcf, sp,
                                     ngx_http_gate_store_plan_line);
}


/* gate_consumer NAME [id=ID] { ... } */

static char *
ngx_http_gate_store_consumer_block(ngx_conf_t *cf, ngx_command_t *cmd,
    void *conf)
{
    ngx_http_gate_store_main_conf_t *smcf = conf;

    char                            *rv;
    ngx_str_t                       *value;
    ngx_http_gate_store_consumer_t  *sc;

    ngx_http_gate_use(cf);

    value = cf->args->elts;

    rv = ngx_http_gate_store_name(cf, &value[1], GATE_JOURNAL_CONSUMER);
    if (rv != NGX_CONF_OK) {
        return rv;
    }

    sc = ngx_http_gate_store_get(cf, &value[1]);
    if (sc == NULL) {
        return NGX_CONF_ERROR;
    }

    if (sc->defined) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "duplicate gate_consumer \"%V\"", &value[1]);
        return NGX_CONF_ERROR;
    }

    sc->defined = 1;
    sc->file = cf->conf_file->file.name.data;
    sc->line = cf->conf_file->line;

    if (cf->args->nelts == 3) {
        if (ngx_strncmp(value[2].data, "id=", 3) != 0 || value[2].len == 3) {
            ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                               "invalid parameter \"%V\"", &value[2]);
            return NGX_CONF_ERROR;
        }

        sc->consumer.id = gate_str(value[2].data + 3, value[2].len - 3);
    }

    return ngx_http_gate_store_parse(cf, smcf, sc,
                                     ngx_http_gate_store_consumer_line);
}


static char *
ngx_http_gate_store_parse(ngx_conf_t *cf,
    ngx_http_gate_store_main_conf_t *smcf, void *current,
    char *(*handler)(ngx_conf_t *cf, ngx_command_t *dummy, void *conf))
{
    char        *rv;
    ngx_conf_t   save;

    save = *cf;

    smcf->current = current;
    cf->handler = handler;
    cf->handler_conf = (void *) smcf;

    rv = ngx_conf_parse(cf, NULL);

    *cf = save;

    return rv;
}


static char *
ngx_http_gate_store_plan_line(ngx_conf_t *cf, ngx_command_t *dummy, void *conf)
{
    return ngx_http_gate_store_line(cf, conf, ngx_http_gate_store_plan_lines);
}


static char *
ngx_http_gate_store_consumer_line(ngx_conf_t *cf, ngx_command_t *dummy,
    void *conf)
{
    return ngx_http_gate_store_line(cf, conf,
                                    ngx_http_gate_store_consumer_lines);
}


static char *
ngx_http_gate_store_line(ngx_conf_t *cf, ngx_http_gate_store_main_conf_t *smcf,
    ngx_http_gate_store_line_t *lines)
{
    char       *rv;
    ngx_str_t  *value;

    value = cf->args->elts;

    if (ngx_strcmp(value[0].data, "include") == 0) {
        if (cf->args->nelts != 2) {
            ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                               "invalid number of arguments in \"include\"");
            return NGX_CONF_ERROR;
        }

        return ngx_conf_include(cf, NULL, NULL);
    }

    for ( /* void */ ; lines->set; lines++) {

        if (lines->name.len != value[0].len
            || ngx_strcmp(lines->name.data, value[0].data) != 0)
        {
            continue;
        }

        rv = lines->set(cf, smcf, value, cf->args->nelts);

        if (rv == NGX_CONF_OK || rv == NGX_CONF_ERROR) {
            return rv;
        }

        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0, "\"%V\" %s", &value[0], rv);

        return NGX_CONF_ERROR;
    }

    ngx_conf_log_error(NGX_LOG_EMERG, cf, 0, "unknown parameter \"%V\"",
                       &value[0]);

    return NGX_CONF_ERROR;
}


static char *
ngx_http_gate_store_rate(ngx_conf_t *cf, ngx_http_gate_store_main_conf_t *smcf,
    ngx_str_t *value, ngx_uint_t n)
{
    ngx_http_gate_store_plan_t *sp = smcf->current;

    ngx_int_t  burst;

    if (sp->plan.has_rate) {
        return "is duplicate";
    }

    burst = -1;

    if (n == 3 && ngx_strncmp(value[2].data, "burst=", 6) == 0) {
        burst = ngx_atoi(value[2].data + 6, value[2].len - 6);
        if (burst == NGX_ERROR) {
            ngx_conf_log_error(NGX_LOG_EMERG, cf, 0, "invalid burst \"%V\"",
                               &value[2]);
            return NGX_CONF_ERROR;
        }

    } else if (n != 2) {
        return "takes a rate and \"burst=\"";
    }

    if (!gate_rate_parse(ngx_http_gate_view(&value[1]), burst,
                         &sp->plan.rate))
    {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0, "invalid rate \"%V\"",
                           &value[1]);
        return NGX_CONF_ERROR;
    }

    sp->plan.has_rate = 1;

    return NGX_CONF_OK;
}


static char *
ngx_http_gate_store_later(ngx_conf_t *cf,
    ngx_http_gate_store_main_conf_t *smcf, ngx_str_t *value, ngx_uint_t n)
{
    return ngx_http_gate_unsupported(cf, &value[0]);
}


static char *
ngx_http_gate_store_set_plan(ngx_conf_t *cf,
    ngx_http_gate_store_main_conf_t *smcf, ngx_str_t *value, ngx_uint_t n)
{
    ngx_http_gate_store_consumer_t *sc = smcf->current;

    if (sc->plan != NULL) {
        return "is duplicate";
    }

    if (n != 2) {
        return "takes one name";
    }

    sc->plan = ngx_http_gate_store_plan(cf, smcf, &value[1]);

    return sc->plan ? NGX_CONF_OK : NGX_CONF_ERROR;
}


static char *
ngx_http_gate_store_group(ngx_conf_t *cf,
    ngx_http_gate_store_main_conf_t *smcf, ngx_str_t *value, ngx_uint_t n)
{
    ngx_http_gate_store_consumer_t *sc = smcf->current;

    return ngx_http_gate_store_add_names(cf, &sc->groups, value, n);
}


static char *
ngx_http_gate_store_scope(ngx_conf_t *cf,
    ngx_http_gate_store_main_conf_t *smcf, ngx_str_t *value, ngx_uint_t n)
{
    ngx_http_gate_store_consumer_t *sc = smcf->current;

    return ngx_http_gate_store_add_names(cf, &sc->scopes, value, n);
}


static char *
ngx_http_gate_store_add_names(ngx_conf_t *cf, ngx_array_t **ap,
    ngx_str_t *value, ngx_uint_t n)
{
    char        *rv;
    ngx_uint_t   i;
    gate_str_t  *s;

    if (n < 2) {
        return "takes at least one name";
    }

    if (*ap == NULL) {
        *ap = ngx_array_create(cf->pool, n, sizeof(gate_str_t));
        if (*ap == NULL) {
            return NGX_CONF_ERROR;
        }
    }

    for (i = 1; i < n; i++) {
        rv = ngx_http_gate_store_name(cf, &value[i], 256);
        if (rv != NGX_CONF_OK) {
            return rv;
        }

        s = ngx_array_push(*ap);
        if (s == NULL) {
            return NGX_CONF_ERROR;
        }

        *s = ngx_http_gate_view(&value[i]);
    }

    return NGX_CONF_OK;
}


/* key sha256:HEX [id=ID] [not_after=YYYY-MM-DD]; */

static char *
ngx_http_gate_store_key(ngx_conf_t *cf, ngx_http_gate_store_main_conf_t *smcf,
    ngx_str_t *value, ngx_uint_t n)
{
    ngx_http_gate_store_consumer_t *sc = smcf->current;

    ngx_uint_t          i;
    gate_str_t          s;
    gate_credential_t  *k;

    k = ngx_pcalloc(cf->pool, sizeof(gate_credential_t));
    if (k == NULL) {
        return NGX_CONF_ERROR;
    }

    if (n < 2 || !gate_sha256_parse(ngx_http_gate_view(&value[1]), k->digest)) {
        /* what stands there may be a key: it is not repeated */
        return "takes \"sha256:\" and 64 hexadecimal digits";
    }

    k->consumer = &sc->consumer;

    for (i = 2; i < n; i++) {

        if (ngx_strncmp(value[i].data, "id=", 3) == 0 && value[i].len > 3
            && k->id.len == 0)
        {
            k->id = gate_str(value[i].data + 3, value[i].len - 3);
            continue;
        }

        if (ngx_strncmp(value[i].data, "not_after=", 10) == 0
            && k->not_after_s == 0)
        {
            s = gate_str(value[i].data + 10, value[i].len - 10);

            k->not_after_s = gate_date_end(s);
            if (k->not_after_s > 0) {
                continue;
            }
        }

        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0, "invalid parameter \"%V\"",
                           &value[i]);
        return NGX_CONF_ERROR;
    }

    if (k->id.len == 0 && ngx_http_gate_store_key_id(cf, k) != NGX_OK) {
        return NGX_CONF_ERROR;
    }

    switch (gate_model_add_key(smcf->model, k)) {

    case GATE_MODEL_OK:
        return NGX_CONF_OK;

    case GATE_MODEL_DUPLICATE:
        return "is the same as another one";

    default:
        return NGX_CONF_ERROR;
    }
}


/* unnamed keys go by the first digits of their digest, which tell nothing */

static ngx_int_t
ngx_http_gate_store_key_id(ngx_conf_t *cf, gate_credential_t *k)
{
    k->id.data = ngx_pnalloc(cf->pool, 12);
    if (k->id.data == NULL) {
        return NGX_ERROR;
    }

    k->id.len = ngx_hex_dump(k->id.data, k->digest, 6) - k->id.data;

    return NGX_OK;
}


/* claim ISSUER=VALUE; */

static char *
ngx_http_gate_store_claim(ngx_conf_t *cf,
    ngx_http_gate_store_main_conf_t *smcf, ngx_str_t *value, ngx_uint_t n)
{
    ngx_http_gate_store_consumer_t *sc = smcf->current;

    u_char           *p, *last;
    ngx_str_t         issuer;
    gate_model_rc_e   rc;

    if (n != 2) {
        return "takes ISSUER=VALUE";
    }

    last = value[1].data + value[1].len;

    p = ngx_strlchr(value[1].data, last, '=');

    if (p == NULL || p == value[1].data || p + 1 == last) {
        return "takes ISSUER=VALUE";
    }

    issuer.data = value[1].data;
    issuer.len = p - value[1].data;

    if (ngx_http_gate_issuer(cf, &issuer) == NULL) {
        return NGX_CONF_ERROR;
    }

    rc = gate_model_add_claim(smcf->model, ngx_http_gate_view(&issuer),
                              gate_str(p + 1, last - p - 1), &sc->consumer);

    if (rc == GATE_MODEL_DUPLICATE) {
        return "is listed for another consumer";
    }

    return rc == GATE_MODEL_OK ? NGX_CONF_OK : NGX_CONF_ERROR;
}


static char *
ngx_http_gate_store_disabled(ngx_conf_t *cf,
    ngx_http_gate_store_main_conf_t *smcf, ngx_str_t *value, ngx_uint_t n)
{
    ngx_http_gate_store_consumer_t *sc = smcf->current;

    if (n != 1) {
        return "takes no parameter";
    }

    sc->consumer.disabled = 1;

    return NGX_CONF_OK;
}


/* names travel in header fields, in Redis fields and on the status page */

static char *
ngx_http_gate_store_name(ngx_conf_t *cf, ngx_str_t *name, size_t max)
{
    ngx_uint_t  i;

    if (name->len == 0 || name->len > max
        || (name->len == 1 && name->data[0] == '-'))
    {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "invalid name \"%V\", it may have 1 to %uz bytes "
                           "and not be \"-\"", name, max);
        return NGX_CONF_ERROR;
    }

    for (i = 0; i < name->len; i++) {
        if (name->data[i] < 0x20 || name->data[i] == 0x7f
            || name->data[i] == ',')
        {
            ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                               "invalid character in name \"%V\"", name);
            return NGX_CONF_ERROR;
        }
    }

    return NGX_CONF_OK;
}


static ngx_http_gate_store_plan_t *
ngx_http_gate_store_plan(ngx_conf_t *cf, ngx_http_gate_store_main_conf_t *smcf,
    ngx_str_t *name)
{
    ngx_uint_t                    i;
    ngx_http_gate_store_plan_t  **sp;

    sp = smcf->plans->elts;

    for (i = 0; i < smcf->plans->nelts; i++) {
        if (gate_str_eq(sp[i]->plan.name, ngx_http_gate_view(name))) {
            return sp[i];
        }
    }

    sp = ngx_array_push(smcf->plans);
    if (sp == NULL) {
        return NULL;
    }

    *sp = ngx_pcalloc(cf->pool, sizeof(ngx_http_gate_store_plan_t));
    if (*sp == NULL) {
        return NULL;
    }

    (*sp)->plan.name = ngx_http_gate_view(name);
    (*sp)->file = cf->conf_file->file.name.data;
    (*sp)->line = cf->conf_file->line;

    return *sp;
}


static ngx_http_gate_store_consumer_t *
ngx_http_gate_store_get(ngx_conf_t *cf, ngx_str_t *name)
{
    uint32_t                          hash;
    ngx_http_gate_store_node_t       *node;
    ngx_http_gate_store_consumer_t  **sc;
    ngx_http_gate_store_main_conf_t  *smcf;

    smcf = ngx_http_conf_get_module_main_conf(cf, ngx_http_gate_store_module);

    hash = ngx_crc32_long(name->data, name->len);

    node = (ngx_http_gate_store_node_t *)
               ngx_str_rbtree_lookup(&smcf->names, name, hash);

    if (node != NULL) {
        return node->consumer;
    }

    node = ngx_pcalloc(cf->pool, sizeof(ngx_http_gate_store_node_t)
                                 + sizeof(ngx_http_gate_store_consumer_t));
    if (node == NULL) {
        return NULL;
    }

    node->consumer = (ngx_http_gate_store_consumer_t *) (node + 1);
    node->sn.node.key = hash;
    node->sn.str = *name;

    ngx_rbtree_insert(&smcf->names, &node->sn.node);

    sc = ngx_array_push(smcf->consumers);
    if (sc == NULL) {
        return NULL;
    }

    *sc = node->consumer;

    (*sc)->consumer.name = ngx_http_gate_view(name);
    (*sc)->consumer.id = (*sc)->consumer.name;
    (*sc)->file = cf->conf_file->file.name.data;
    (*sc)->line = cf->conf_file->line;

    return *sc;
}


static ngx_int_t
ngx_http_gate_store_join(ngx_conf_t *cf, ngx_array_t *names, u_char separator,
    gate_str_t *text)
{
    size_t       len;
    u_char      *p;
    ngx_uint_t   i;
    gate_str_t  *s;

    s = names->elts;
    len = 0;

    for (i = 0; i < names->nelts; i++) {
        len += s[i].len + 1;
    }

    p = ngx_pnalloc(cf->pool, len);
    if (p == NULL) {
        return NGX_ERROR;
    }

    text->data = p;
    text->len = len - 1;

    for (i = 0; i < names->nelts; i++) {
        p = ngx_cpymem(p, s[i].data, s[i].len);
        *p++ = separator;
    }

    return NGX_OK;
}


static void
ngx_http_gate_store_free(void *data)
{
    gate_model_destroy(data);
}


static void *
ngx_http_gate_store_create_main_conf(ngx_conf_t *cf)
{
    ngx_pool_cleanup_t               *cln;
    ngx_http_gate_store_main_conf_t  *smcf;

    smcf = ngx_pcalloc(cf->pool, sizeof(ngx_http_gate_store_main_conf_t));
    if (smcf == NULL) {
        return NULL;
    }

    smcf->plans = ngx_array_create(cf->pool, 4, sizeof(void *));
    smcf->consumers = ngx_array_create(cf->pool, 16, sizeof(void *));
    cln = ngx_pool_cleanup_add(cf->pool, 0);

    if (smcf->plans == NULL || smcf->consumers == NULL || cln == NULL) {
        return NULL;
    }

    ngx_rbtree_init(&smcf->names, &smcf->sentinel,
                    ngx_str_rbtree_insert_value);

    smcf->model = gate_model_create();
    if (smcf->model == NULL) {
        return NULL;
    }

    cln->handler = ngx_http_gate_store_free;
    cln->data = smcf->model;

    return smcf;
}


/* after all was read: forward references are resolved or told */

static ngx_int_t
ngx_http_gate_store_init(ngx_conf_t *cf)
{
    ngx_uint_t                        i;
    ngx_http_gate_store_plan_t      **sp;
    ngx_http_gate_store_consumer_t  **sc;
    ngx_http_gate_store_main_conf_t  *smcf;

    smcf = ngx_http_conf_get_module_main_conf(cf, ngx_http_gate_store_module);

    sp = smcf->plans->elts;

    for (i = 0; i < smcf->plans->nelts; i++) {
        if (!sp[i]->defined) {
            ngx_log_error(NGX_LOG_EMERG, cf->log, 0,
                          "unknown gate_plan \"%*s\" in %s:%ui",
                          sp[i]->plan.name.len, sp[i]->plan.name.data,
                          sp[i]->file, sp[i]->line);
            return NGX_ERROR;
        }
    }

    sc = smcf->consumers->elts;

    for (i = 0; i < smcf->consumers->nelts; i++) {
        if (ngx_http_gate_store_finish(cf, smcf, sc[i]) != NGX_OK) {
            return NGX_ERROR;
        }
    }

    return NGX_OK;
}


static ngx_int_t
ngx_http_gate_store_finish(ngx_conf_t *cf,
    ngx_http_gate_store_main_conf_t *smcf, ngx_http_gate_store_consumer_t *sc)
{
    gate_consumer_t  *c;

    c = &sc->consumer;

    if (!sc->defined) {
        ngx_log_error(NGX_LOG_EMERG, cf->log, 0,
                      "unknown gate_consumer \"%*s\" in %s:%ui",
                      c->name.len, c->name.data, sc->file, sc->line);
        return NGX_ERROR;
    }

    if (sc->plan != NULL) {
        c->plan = &sc->plan->plan;

    } else if (smcf->need_file != NULL) {
        ngx_log_error(NGX_LOG_EMERG, cf->log, 0,
                      "gate_consumer \"%*s\" in %s:%ui has no plan, but "
                      "\"gate_limit plan\" in %s:%ui needs one",
                      c->name.len, c->name.data, sc->file, sc->line,
                      smcf->need_file, smcf->need_line);
        return NGX_ERROR;
    }

    if (sc->groups != NULL) {
        c->groups = sc->groups->elts;
        c->ngroups = sc->groups->nelts;

        if (ngx_http_gate_store_join(cf, sc->groups, ',', &c->groups_text)
            != NGX_OK)
        {
            return NGX_ERROR;
        }
    }

    if (sc->scopes != NULL) {
        c->scopes = sc->scopes->elts;
        c->nscopes = sc->scopes->nelts;

        if (ngx_http_gate_store_join(cf, sc->scopes, ' ', &c->scopes_text)
            != NGX_OK)
        {
            return NGX_ERROR;
        }
    }

    return gate_model_add_consumer(smcf->model, c) == GATE_MODEL_OK
           ? NGX_OK : NGX_ERROR;
}
