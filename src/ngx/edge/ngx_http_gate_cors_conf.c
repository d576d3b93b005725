
/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * The gate_cors directive.
 */


#include "ngx_http_gate.h"
#include "ngx_http_gate_conf.h"
#include "ngx_http_gate_cors.h"
#include "ngx_http_gate_place.h"


/* the parameters of a line, as read */

typedef struct {
    ngx_uint_t                 off;
    ngx_array_t               *origins;
    ngx_array_t               *methods;
    ngx_array_t               *headers;
    ngx_array_t               *expose;
    time_t                     max_age;
    ngx_uint_t                 credentials;
    ngx_uint_t                 status;
    ngx_str_t                  texts[3];  /* rate, burst and zone */
} ngx_http_gate_cors_params_t;


static char *ngx_http_gate_cors_make(ngx_conf_t *cf,
    ngx_http_gate_cors_policy_t *policy, ngx_http_gate_cors_params_t *p);
static char *ngx_http_gate_cors_origins(ngx_conf_t *cf,
    ngx_http_gate_cors_policy_t *policy, ngx_array_t *list);
static char *ngx_http_gate_cors_methods(ngx_conf_t *cf,
    ngx_http_gate_cors_policy_t *policy, ngx_array_t *list);
static char *ngx_http_gate_cors_names(ngx_conf_t *cf, ngx_array_t *list,
    const char *of);
static char *ngx_http_gate_cors_wrong(ngx_conf_t *cf, ngx_str_t *value,
    const char *what, const char *cure);
static ngx_uint_t ngx_http_gate_cors_star(ngx_array_t *list);
static ngx_int_t ngx_http_gate_cors_join(ngx_conf_t *cf, ngx_array_t *list,
    ngx_str_t *text);
static char *ngx_http_gate_cors_limit(ngx_conf_t *cf,
    ngx_http_gate_cors_policy_t *policy, ngx_str_t texts[3]);


static ngx_http_gate_conf_row_t  ngx_http_gate_cors_params[] = {

    { ngx_string("origin=A,B"), NGX_HTTP_GATE_CONF_LIST,
      offsetof(ngx_http_gate_cors_params_t, origins), 0, 0, NULL },

    { ngx_string("methods=A,B"), NGX_HTTP_GATE_CONF_LIST,
      offsetof(ngx_http_gate_cors_params_t, methods), 0, 0, NULL },

    { ngx_string("headers=A,B"), NGX_HTTP_GATE_CONF_LIST,
      offsetof(ngx_http_gate_cors_params_t, headers), 0, 0, NULL },

    { ngx_string("expose=A,B"), NGX_HTTP_GATE_CONF_LIST,
      offsetof(ngx_http_gate_cors_params_t, expose), 0, 0, NULL },

    { ngx_string("max_age=TIME"), NGX_HTTP_GATE_CONF_SEC,
      offsetof(ngx_http_gate_cors_params_t, max_age), 0, 0, NULL },

    { ngx_string("credentials"), NGX_HTTP_GATE_CONF_WORD,
      offsetof(ngx_http_gate_cors_params_t, credentials), 1, 0, NULL },

    { ngx_string("status=204|200"), NGX_HTTP_GATE_CONF_ENUM,
      offsetof(ngx_http_gate_cors_params_t, status), 0, 0, NULL },

    { ngx_string("limit=RATE"), NGX_HTTP_GATE_CONF_TEXT,
      offsetof(ngx_http_gate_cors_params_t, texts), 1, 0, NULL },

    { ngx_string("burst=NUMBER"), NGX_HTTP_GATE_CONF_TEXT,
      offsetof(ngx_http_gate_cors_params_t, texts) + sizeof(ngx_str_t),
      1, 0, NULL },

    { ngx_string("zone=NAME"), NGX_HTTP_GATE_CONF_TEXT,
      offsetof(ngx_http_gate_cors_params_t, texts) + 2 * sizeof(ngx_str_t),
      1, 0, NULL },

    { ngx_string("off"), NGX_HTTP_GATE_CONF_WORD,
      offsetof(ngx_http_gate_cors_params_t, off), 1, 0, NULL },

      ngx_http_gate_conf_end
};


/* gate_cors origin=A,B [methods=A,B] [headers=A,B] [expose=A,B] [max_age=TIME]
 * [credentials] [status=204|200] [limit=RATE [burst=NUMBER] [zone=NAME]] |
 * off; */

char *
ngx_http_gate_cors_line(ngx_conf_t *cf, ngx_command_t *cmd, void *conf)
{
    ngx_http_gate_cors_loc_conf_t *ccf = conf;

    char                            *rv;
    ngx_http_gate_cors_params_t      p;
    ngx_http_gate_cors_main_conf_t  *cmcf;

    if (ccf->policy != NGX_CONF_UNSET_PTR) {
        return NGX_HTTP_GATE_CONF_TWICE;
    }

    ngx_http_gate_use(cf);

    ngx_memzero(&p, sizeof(ngx_http_gate_cors_params_t));
    p.max_age = NGX_CONF_UNSET;

    rv = ngx_http_gate_conf_params(cf, 1, ngx_http_gate_cors_params, &p);
    if (rv != NGX_CONF_OK) {
        return rv;
    }

    ccf->policy = NULL;

    if (p.off) {
        return (cf->args->nelts == 2) ? NGX_CONF_OK
               : "takes \"off\" alone: take it out, or all else";
    }

    if (p.origins == NULL) {
        return "says no origin: write \"origin=https://HOST\", or "
               "\"origin=*\"";
    }

    cmcf = ngx_http_conf_get_module_main_conf(cf, ngx_http_gate_cors_module);
    cmcf->used = 1;

    ccf->policy = ngx_pcalloc(cf->pool, sizeof(ngx_http_gate_cors_policy_t));
    if (ccf->policy == NULL) {
        return NGX_CONF_ERROR;
    }

    return ngx_http_gate_cors_make(cf, ccf->policy, &p);
}


static char *
ngx_http_gate_cors_make(ngx_conf_t *cf, ngx_http_gate_cors_policy_t *policy,
    ngx_http_gate_cors_params_t *p)
{
    policy->credentials = p->credentials;
    policy->status = p->status ? NGX_HTTP_OK : NGX_HTTP_NO_CONTENT;

    if (ngx_http_gate_cors_origins(cf, policy, p->origins) != NGX_CONF_OK
        || ngx_http_gate_cors_methods(cf, policy, p->methods) != NGX_CONF_OK
        || ngx_http_gate_cors_names(cf, p->headers, "headers") != NGX_CONF_OK
        || ngx_http_gate_cors_names(cf, p->expose, "expose") != NGX_CONF_OK)
    {
        return NGX_CONF_ERROR;
    }

    if (ngx_http_gate_cors_star(p->expose) && p->credentials) {
        return "has \"expose=*\" beside \"credentials\", where a browser "
               "takes the star as a name: list the fields";
    }

    if (!ngx_http_gate_cors_star(p->headers)) {
        policy->fields = p->headers ? p->headers
                         : ngx_array_create(cf->pool, 1, sizeof(ngx_str_t));

        if (policy->fields == NULL
            || ngx_http_gate_cors_join(cf, policy->fields,
                                       &policy->fields_text) != NGX_OK)
        {
            return NGX_CONF_ERROR;
        }
    }

    if (p->expose != NULL
        && ngx_http_gate_cors_join(cf, p->expose, &policy->expose) != NGX_OK)
    {
        return NGX_CONF_ERROR;
    }

    if (p->max_age != NGX_CONF_UNSET) {
        policy->max_age.data = ngx_pnalloc(cf->pool, NGX_TIME_T_LEN);
        if (policy->max_age.data == NULL) {
            return NGX_CONF_ERROR;
        }

        policy->max_age.len = ngx_sprintf(policy->max_age.data, "%T",
                                          p->max_age) - policy->max_age.data;
    }

    return ngx_http_gate_cors_limit(cf, policy, p->texts);
}


static char *
ngx_http_gate_cors_origins(ngx_conf_t *cf, ngx_http_gate_cors_policy_t *policy,
    ngx_array_t *list)
{
    ngx_str_t           *origin;
    ngx_uint_t           i;
    gate_cors_origin_t  *o;

    policy->origins = ngx_array_create(cf->pool, list->nelts,
                                       sizeof(gate_cors_origin_t));
    if (policy->origins == NULL) {
        return NGX_CONF_ERROR;
    }

    origin = list->elts;

    for (i = 0; i < list->nelts; i++) {

        o = ngx_array_push(policy->origins);
        if (o == NULL) {
            return NGX_CONF_ERROR;
        }

        if (!gate_cors_origin_parse(ngx_http_gate_view(&origin[i]), o)) {
            return ngx_http_gate_cors_wrong(cf, &origin[i], "origin",
                       "write it as a browser does, such as "
                       "\"https://a.example\", \"https://*.a.example\", "
                       "\"http://localhost:*\", \"null\" or \"*\"");
        }

        if (o->kind != GATE_CORS_ANY) {
            continue;
        }

        policy->any = 1;

        if (list->nelts != 1) {
            return ngx_http_gate_cors_wrong(cf, &origin[i], "origin",
                       "it allows all: take it out, or the others");
        }

        if (policy->credentials) {
            return ngx_http_gate_cors_wrong(cf, &origin[i], "origin",
                       "any page could act for whoever looks at it: list the "
                       "origins, or take \"credentials\" out");
        }
    }

    return NGX_CONF_OK;
}


/* by default those that a page may use without asking */

static char *
ngx_http_gate_cors_methods(ngx_conf_t *cf, ngx_http_gate_cors_policy_t *policy,
    ngx_array_t *list)
{
    static ngx_str_t  usual[] = {
        ngx_string("GET"), ngx_string("HEAD"), ngx_string("POST")
    };

    if (ngx_http_gate_cors_star(list)) {
        return NGX_CONF_OK;
    }

    if (list == NULL) {
        list = ngx_array_create(cf->pool, 3, sizeof(ngx_str_t));

        if (list == NULL || ngx_array_push_n(list, 3) == NULL) {
            return NGX_CONF_ERROR;
        }

        ngx_memcpy(list->elts, usual, sizeof(usual));
    }

    if (ngx_http_gate_conf_methods(cf, list) != NGX_CONF_OK) {
        return NGX_CONF_ERROR;
    }

    policy->methods = list;

    return (ngx_http_gate_cors_join(cf, list, &policy->methods_text)
            == NGX_OK) ? NGX_CONF_OK : NGX_CONF_ERROR;
}


static char *
ngx_http_gate_cors_names(ngx_conf_t *cf, ngx_array_t *list, const char *of)
{
    ngx_str_t   *name;
    ngx_uint_t   i;

    if (list == NULL || ngx_http_gate_cors_star(list)) {
        return NGX_CONF_OK;
    }

    name = list->elts;

    for (i = 0; i < list->nelts; i++) {

        if (name[i].len == 1 && name[i].data[0] == '*') {
            return ngx_http_gate_cors_wrong(cf, &name[i], of,
                       "it stands for all: take it out, or the others");
        }

        if (!gate_cors_is_token(ngx_http_gate_view(&name[i]))) {
            return ngx_http_gate_cors_wrong(cf, &name[i], of,
                       "it is no name of a field: see how it is spelt");
        }
    }

    return NGX_CONF_OK;
}


static char *
ngx_http_gate_cors_wrong(ngx_conf_t *cf, ngx_str_t *value, const char *what,
    const char *cure)
{
    ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                       "invalid \"%V\" in \"%s=\" of \"gate_cors\": %s",
                       value, what, cure);

    return NGX_CONF_ERROR;
}


static ngx_uint_t
ngx_http_gate_cors_star(ngx_array_t *list)
{
    ngx_str_t  *name;

    if (list == NULL || list->nelts != 1) {
        return 0;
    }

    name = list->elts;

    return name->len == 1 && name->data[0] == '*';
}


static ngx_int_t
ngx_http_gate_cors_join(ngx_conf_t *cf, ngx_array_t *list, ngx_str_t *text)
{
    u_char      *p;
    size_t       len;
    ngx_str_t   *name;
    ngx_uint_t   i;

    name = list->elts;
    len = 0;

    for (i = 0; i < list->nelts; i++) {
        len += name[i].len + 2;
    }

    p = ngx_pnalloc(cf->pool, len + 1);
    if (p == NULL) {
        return NGX_ERROR;
    }

    text->data = p;

    for (i = 0; i < list->nelts; i++) {
        p = ngx_sprintf(p, i ? ", %V" : "%V", &name[i]);
    }

    text->len = p - text->data;

    return NGX_OK;
}


/* one budget for all preflights of an address, wherever they ask */

static char *
ngx_http_gate_cors_limit(ngx_conf_t *cf, ngx_http_gate_cors_policy_t *policy,
    ngx_str_t texts[3])
{
    if (texts[0].len != 0) {
        return ngx_http_gate_limit_by_address(cf, &policy->limit, "gate_cors",
                                              "preflight", texts);
    }

    return (texts[1].len || texts[2].len)
           ? "takes \"burst=\" and \"zone=\" only beside \"limit=\": add it"
           : NGX_CONF_OK;
}
