
/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * Hygiene: fields that belong to the gateway never come in from outside, on
 * any location, and keys in the query never reach a log.
 */


#include "ngx_http_gate.h"

#include "gate_names.h"
#include "gate_uri.h"


typedef struct {
    ngx_array_t               *args;      /* of ngx_str_t: they carry keys */
} ngx_http_gate_hygiene_main_conf_t;


typedef struct {
    ngx_flag_t                 enable;
    ngx_array_t               *more;      /* of gate_str_t */
} ngx_http_gate_hygiene_srv_conf_t;


typedef struct {
    ngx_http_gate_hygiene_srv_conf_t  *hscf;
    ngx_uint_t                 b3;        /* trace fields to keep */
} ngx_http_gate_hygiene_t;


static ngx_int_t ngx_http_gate_hygiene_handler(ngx_http_request_t *r);
static ngx_int_t ngx_http_gate_hygiene_preaccess(ngx_http_request_t *r);
static ngx_uint_t ngx_http_gate_hygiene_keep(ngx_table_elt_t *h, void *data);
static ngx_int_t ngx_http_gate_hygiene_forwarded(ngx_http_request_t *r);
static ngx_int_t ngx_http_gate_hygiene_mask(ngx_http_request_t *r,
    ngx_array_t *names);
static ngx_uint_t ngx_http_gate_hygiene_mask_line(ngx_http_request_t *r,
    ngx_array_t *names);
static ngx_uint_t ngx_http_gate_hygiene_mask_text(ngx_str_t *text,
    ngx_str_t *name);
static char *ngx_http_gate_hygiene(ngx_conf_t *cf, ngx_command_t *cmd,
    void *conf);
static void *ngx_http_gate_hygiene_create_main_conf(ngx_conf_t *cf);
static void *ngx_http_gate_hygiene_create_srv_conf(ngx_conf_t *cf);
static char *ngx_http_gate_hygiene_merge_srv_conf(ngx_conf_t *cf,
    void *parent, void *child);
static ngx_int_t ngx_http_gate_hygiene_init(ngx_conf_t *cf);


static ngx_command_t  ngx_http_gate_hygiene_commands[] = {

    { ngx_string("gate_hygiene"),
      NGX_HTTP_MAIN_CONF|NGX_HTTP_SRV_CONF|NGX_CONF_1MORE,
      ngx_http_gate_hygiene,
      NGX_HTTP_SRV_CONF_OFFSET,
      0,
      NULL },

      ngx_null_command
};


static ngx_http_module_t  ngx_http_gate_hygiene_module_ctx = {
    NULL,                                  /* preconfiguration */
    ngx_http_gate_hygiene_init,            /* postconfiguration */

    ngx_http_gate_hygiene_create_main_conf,  /* create main configuration */
    NULL,                                  /* init main configuration */

    ngx_http_gate_hygiene_create_srv_conf, /* create server configuration */
    ngx_http_gate_hygiene_merge_srv_conf,  /* merge server configuration */

    NULL,                                  /* create location configuration */
    NULL                                   /* merge location configuration */
};


ngx_module_t  ngx_http_gate_hygiene_module = {
    NGX_MODULE_V1,
    &ngx_http_gate_hygiene_module_ctx,     /* module context */
    ngx_http_gate_hygiene_commands,        /* module directives */
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


/* POST_READ, after realip: the address is settled, no location is chosen */

static ngx_int_t
ngx_http_gate_hygiene_handler(ngx_http_request_t *r)
{
    ngx_http_gate_hygiene_t             hy;
    ngx_http_gate_hygiene_main_conf_t  *hmcf;

    hmcf = ngx_http_get_module_main_conf(r, ngx_http_gate_hygiene_module);

    if (hmcf->args != NULL && r->args.len != 0
        && ngx_http_gate_hygiene_mask(r, hmcf->args) != NGX_OK)
    {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    hy.hscf = ngx_http_get_module_srv_conf(r, ngx_http_gate_hygiene_module);

    if (!hy.hscf->enable) {
        return NGX_DECLINED;
    }

    if (ngx_http_gate_service_appends(r)
        && ngx_http_gate_hygiene_forwarded(r) != NGX_OK)
    {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    if (ngx_http_gate_slots_hold(r) != NGX_OK) {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    hy.b3 = ngx_http_gate_service_keeps_b3(r);

    if (ngx_http_gate_headers_filter(r, ngx_http_gate_hygiene_keep, &hy)
        != NGX_OK)
    {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    return NGX_DECLINED;
}


/* PREACCESS, after realip of the location: what SHIELD showed is hidden */

static ngx_int_t
ngx_http_gate_hygiene_preaccess(ngx_http_request_t *r)
{
    ngx_http_gate_slots_show(r, 0);

    return NGX_DECLINED;
}


static ngx_uint_t
ngx_http_gate_hygiene_keep(ngx_table_elt_t *h, void *data)
{
    ngx_http_gate_hygiene_t *hy = data;

    gate_name_e   class;
    gate_str_t   *more;
    ngx_uint_t    n;

    more = NULL;
    n = 0;

    if (hy->hscf->more != NULL) {
        more = hy->hscf->more->elts;
        n = hy->hscf->more->nelts;
    }

    class = gate_name_class(gate_str(h->lowcase_key, h->key.len), more, n);

    switch (class) {

    case GATE_NAME_RESERVED:
        return 0;

    case GATE_NAME_TRACE_B3:
        return hy->b3;

    default:
        return 1;
    }
}


/* "gate_forwarded append" needs the chain that is about to be removed */

static ngx_int_t
ngx_http_gate_hygiene_forwarded(ngx_http_request_t *r)
{
    ngx_uint_t            n;
    ngx_table_elt_t      *h;
    ngx_http_gate_ctx_t  *ctx;

    static ngx_str_t  name = ngx_string("x-forwarded-for");

    h = ngx_http_gate_header(r, &name, &n);

    if (n != 1) {
        /* several lines have no trustworthy order */
        return NGX_OK;
    }

    ctx = ngx_http_gate_ctx(r);
    if (ctx == NULL) {
        return NGX_ERROR;
    }

    ctx->forwarded = h->value;

    return NGX_OK;
}


/*
 * The values are overwritten where the access log and the error log read
 * them: in the request line and in the raw target.  r->args goes on with a
 * copy that still has them, and proxying then builds its target from r->uri
 * and r->args.
 */

static ngx_int_t
ngx_http_gate_hygiene_mask(ngx_http_request_t *r, ngx_array_t *names)
{
    u_char      *p;
    ngx_uint_t   found;

    p = ngx_pnalloc(r->pool, r->args.len);
    if (p == NULL) {
        return NGX_ERROR;
    }

    ngx_memcpy(p, r->args.data, r->args.len);

    found = ngx_http_gate_hygiene_mask_line(r, names);

    if (found) {
        r->args.data = p;
        r->valid_unparsed_uri = 0;
    }

    return NGX_OK;
}


void
ngx_http_gate_hygiene_hide(ngx_http_request_t *r)
{
    ngx_http_gate_hygiene_main_conf_t  *hmcf;

    hmcf = ngx_http_get_module_main_conf(r, ngx_http_gate_hygiene_module);

    if (hmcf->args != NULL) {
        (void) ngx_http_gate_hygiene_mask_line(r, hmcf->args);
    }
}


static ngx_uint_t
ngx_http_gate_hygiene_mask_line(ngx_http_request_t *r, ngx_array_t *names)
{
    ngx_str_t   *name;
    ngx_uint_t   i, found;

    name = names->elts;
    found = 0;

    for (i = 0; i < names->nelts; i++) {
        found |= ngx_http_gate_hygiene_mask_text(&r->unparsed_uri, &name[i]);
        found |= ngx_http_gate_hygiene_mask_text(&r->request_line, &name[i]);
    }

    return found;
}


static ngx_uint_t
ngx_http_gate_hygiene_mask_text(ngx_str_t *text, ngx_str_t *name)
{
    u_char      *p, *last;
    gate_str_t   args;

    last = text->data + text->len;

    p = ngx_strlchr(text->data, last, '?');
    if (p == NULL) {
        return 0;
    }

    args.data = p + 1;

    /* in a request line the protocol stands behind a space */

    p = ngx_strlchr(args.data, last, ' ');
    args.len = (p ? p : last) - args.data;

    return gate_uri_args_mask(args, ngx_http_gate_view(name)) != 0;
}


ngx_int_t
ngx_http_gate_hygiene_arg(ngx_conf_t *cf, ngx_str_t *name)
{
    ngx_str_t                          *s;
    ngx_http_gate_hygiene_main_conf_t  *hmcf;

    hmcf = ngx_http_conf_get_module_main_conf(cf,
                                              ngx_http_gate_hygiene_module);

    if (hmcf->args == NULL) {
        hmcf->args = ngx_array_create(cf->pool, 2, sizeof(ngx_str_t));
        if (hmcf->args == NULL) {
            return NGX_ERROR;
        }
    }

    s = ngx_array_push(hmcf->args);
    if (s == NULL) {
        return NGX_ERROR;
    }

    *s = *name;

    return NGX_OK;
}


ngx_uint_t
ngx_http_gate_hygiene_is_on(void **srv_conf)
{
    ngx_http_gate_hygiene_srv_conf_t  *hscf;

    hscf = srv_conf[ngx_http_gate_hygiene_module.ctx_index];

    return hscf->enable;
}


ngx_uint_t
ngx_http_gate_hygiene_removes(void **srv_conf, ngx_str_t *name)
{
    ngx_table_elt_t          h;
    ngx_http_gate_hygiene_t  hy;

    hy.hscf = srv_conf[ngx_http_gate_hygiene_module.ctx_index];
    hy.b3 = 1;

    h.key = *name;
    h.lowcase_key = name->data;

    return hy.hscf->enable && !ngx_http_gate_hygiene_keep(&h, &hy);
}


/* gate_hygiene on | off | add=NAME ...; */

static char *
ngx_http_gate_hygiene(ngx_conf_t *cf, ngx_command_t *cmd, void *conf)
{
    ngx_http_gate_hygiene_srv_conf_t *hscf = conf;

    ngx_str_t   *value;
    ngx_uint_t   i;
    gate_str_t  *s;

    value = cf->args->elts;

    ngx_http_gate_use(cf);

    for (i = 1; i < cf->args->nelts; i++) {

        if (ngx_strncmp(value[i].data, "add=", 4) == 0 && value[i].len > 4) {

            if (hscf->more == NULL) {
                hscf->more = ngx_array_create(cf->pool, 4, sizeof(gate_str_t));
                if (hscf->more == NULL) {
                    return NGX_CONF_ERROR;
                }
            }

            s = ngx_array_push(hscf->more);
            if (s == NULL) {
                return NGX_CONF_ERROR;
            }

            *s = gate_str(value[i].data + 4, value[i].len - 4);

            continue;
        }

        if (ngx_strcmp(value[i].data, "on") != 0
            && ngx_strcmp(value[i].data, "off") != 0)
        {
            ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                               "invalid parameter \"%V\": \"on\", \"off\" and "
                               "\"add=NAME\" are known", &value[i]);
            return NGX_CONF_ERROR;
        }

        if (hscf->enable != NGX_CONF_UNSET) {
            return "is duplicate";
        }

        hscf->enable = (value[i].len == 2);
    }

    return NGX_CONF_OK;
}


static void *
ngx_http_gate_hygiene_create_main_conf(ngx_conf_t *cf)
{
    /*
     * set by ngx_pcalloc():
     *
     *     hmcf->args = NULL;
     */

    return ngx_pcalloc(cf->pool, sizeof(ngx_http_gate_hygiene_main_conf_t));
}


static void *
ngx_http_gate_hygiene_create_srv_conf(ngx_conf_t *cf)
{
    ngx_http_gate_hygiene_srv_conf_t  *hscf;

    /*
     * set by ngx_pcalloc():
     *
     *     hscf->more = NULL;
     */

    hscf = ngx_pcalloc(cf->pool, sizeof(ngx_http_gate_hygiene_srv_conf_t));
    if (hscf == NULL) {
        return NULL;
    }

    hscf->enable = NGX_CONF_UNSET;

    return hscf;
}


static char *
ngx_http_gate_hygiene_merge_srv_conf(ngx_conf_t *cf, void *parent, void *child)
{
    ngx_http_gate_hygiene_srv_conf_t *prev = parent;
    ngx_http_gate_hygiene_srv_conf_t *conf = child;

    ngx_conf_merge_value(conf->enable, prev->enable, 1);

    if (conf->more == NULL) {
        conf->more = prev->more;
    }

    return NGX_CONF_OK;
}


static ngx_int_t
ngx_http_gate_hygiene_init(ngx_conf_t *cf)
{
    ngx_http_handler_pt        *h;
    ngx_http_core_main_conf_t  *cmcf;

    if (!ngx_http_gate_used(cf)) {
        return NGX_OK;
    }

    cmcf = ngx_http_conf_get_module_main_conf(cf, ngx_http_core_module);

    h = ngx_array_push(&cmcf->phases[NGX_HTTP_POST_READ_PHASE].handlers);
    if (h == NULL) {
        return NGX_ERROR;
    }

    *h = ngx_http_gate_hygiene_handler;

    h = ngx_array_push(&cmcf->phases[NGX_HTTP_PREACCESS_PHASE].handlers);
    if (h == NULL) {
        return NGX_ERROR;
    }

    *h = ngx_http_gate_hygiene_preaccess;

    return NGX_OK;
}
