
/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * The gate_auth directive: methods in order, and flags; which methods there
 * are, as their own files say in preconfiguration.
 */


#include "ngx_http_gate.h"
#include "ngx_http_gate_auth.h"
#include "ngx_http_gate_conf.h"
#include "ngx_http_gate_place.h"
#include "ngx_http_gate_store.h"


/* what is no method */

typedef struct {
    ngx_uint_t                 mode;
    ngx_uint_t                 hide;
    ngx_uint_t                 preflight;
    ngx_uint_t                 off;
} ngx_http_gate_auth_flags_t;


#define NGX_HTTP_GATE_AUTH_ANY  1
#define NGX_HTTP_GATE_AUTH_ALL  2


static ngx_uint_t ngx_http_gate_auth_precedes(
    const ngx_http_gate_method_t *one, const ngx_http_gate_method_t *two);
static ngx_http_gate_conf_row_t *ngx_http_gate_auth_rows(ngx_conf_t *cf);
static char *ngx_http_gate_auth_param(ngx_conf_t *cf,
    ngx_http_gate_auth_conf_t *acf, ngx_str_t *param);
static const ngx_http_gate_method_t *ngx_http_gate_auth_named(ngx_conf_t *cf,
    ngx_str_t *name);
static char *ngx_http_gate_auth_list(ngx_conf_t *cf,
    ngx_http_gate_auth_conf_t *acf, const ngx_http_gate_method_t *method,
    ngx_str_t *value);
static char *ngx_http_gate_auth_fits(ngx_conf_t *cf,
    ngx_http_gate_auth_conf_t *acf);
static ngx_str_t ngx_http_gate_auth_known(ngx_conf_t *cf, u_char *buf,
    size_t len, ngx_uint_t without);
static void ngx_http_gate_auth_check_lines(ngx_conf_t *cf,
    ngx_http_gate_auth_conf_t *acf, ngx_http_gate_place_t *place);
static ngx_int_t ngx_http_gate_auth_check(ngx_conf_t *cf,
    ngx_http_gate_place_t *place);


static ngx_http_gate_conf_row_t  ngx_http_gate_auth_flags[] = {

    { ngx_string("any"), NGX_HTTP_GATE_CONF_WORD,
      offsetof(ngx_http_gate_auth_flags_t, mode),
      NGX_HTTP_GATE_AUTH_ANY, 0, NULL },

    { ngx_string("all"), NGX_HTTP_GATE_CONF_WORD,
      offsetof(ngx_http_gate_auth_flags_t, mode),
      NGX_HTTP_GATE_AUTH_ALL, 0, NULL },

    { ngx_string("hide"), NGX_HTTP_GATE_CONF_WORD,
      offsetof(ngx_http_gate_auth_flags_t, hide), 1, 0, NULL },

    { ngx_string("preflight"), NGX_HTTP_GATE_CONF_WORD,
      offsetof(ngx_http_gate_auth_flags_t, preflight), 1, 0, NULL },

    { ngx_string("off"), NGX_HTTP_GATE_CONF_WORD,
      offsetof(ngx_http_gate_auth_flags_t, off), 1, 0, NULL },

    { ngx_string("introspect="), NGX_HTTP_GATE_CONF_LATER, 0, 0, 0, NULL },

      ngx_http_gate_conf_end
};


ngx_int_t
ngx_http_gate_method(ngx_conf_t *cf, const ngx_http_gate_method_t *method)
{
    ngx_str_t                       name;
    ngx_uint_t                      i;
    ngx_array_t                    *methods;
    const ngx_http_gate_method_t  **m, *same;

    name = method->name;
    same = ngx_http_gate_auth_named(cf, &name);

    if (same != NULL && same != method) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "gate: two methods are called \"%V\": rename one "
                           "of them", &name);
        return NGX_ERROR;
    }

    if (same != NULL) {
        return NGX_OK;
    }

    methods = ngx_http_gate_methods(((ngx_http_conf_ctx_t *) cf->ctx)
                                    ->main_conf);

    if (ngx_array_push(methods) == NULL) {
        return NGX_ERROR;
    }

    m = methods->elts;

    for (i = methods->nelts - 1; i > 0; i--) {

        if (ngx_http_gate_auth_precedes(m[i - 1], method)) {
            break;
        }

        m[i] = m[i - 1];
    }

    m[i] = method;

    return NGX_OK;
}


/* no order of modules is seen: a name alone comes first, then the others */

static ngx_uint_t
ngx_http_gate_auth_precedes(const ngx_http_gate_method_t *one,
    const ngx_http_gate_method_t *two)
{
    if ((one->value.len == 0) != (two->value.len == 0)) {
        return one->value.len == 0;
    }

    return ngx_memn2cmp(one->name.data, two->name.data, one->name.len,
                        two->name.len)
           < 0;
}


char *
ngx_http_gate_auth(ngx_conf_t *cf, ngx_command_t *cmd, void *conf)
{
    ngx_http_gate_auth_conf_t *acf = conf;

    char                        *rv;
    ngx_str_t                   *value;
    ngx_uint_t                   i;
    ngx_http_gate_conf_row_t    *rows;
    ngx_http_gate_auth_flags_t   flags;

    if (acf->enable != NGX_CONF_UNSET) {
        return NGX_HTTP_GATE_CONF_TWICE;
    }

    ngx_http_gate_use(cf);

    acf->methods = ngx_array_create(cf->pool, 2,
                                    sizeof(ngx_http_gate_auth_entry_t));
    rows = ngx_http_gate_auth_rows(cf);

    if (acf->methods == NULL || rows == NULL) {
        return NGX_CONF_ERROR;
    }

    ngx_memzero(&flags, sizeof(ngx_http_gate_auth_flags_t));

    rv = ngx_http_gate_conf_params(cf, 1, rows, &flags);
    if (rv != NGX_CONF_OK) {
        return rv;
    }

    acf->any = (flags.mode == NGX_HTTP_GATE_AUTH_ANY);
    acf->all = (flags.mode == NGX_HTTP_GATE_AUTH_ALL);
    acf->hide = flags.hide;
    acf->preflight = flags.preflight;
    acf->off = flags.off;
    acf->enable = !flags.off;

    if (acf->off) {
        return cf->args->nelts == 2
               ? NGX_CONF_OK
               : "has \"off\", which stands alone: take it out, or the rest";
    }

    value = cf->args->elts;

    for (i = 1; i < cf->args->nelts; i++) {
        rv = ngx_http_gate_auth_param(cf, acf, &value[i]);
        if (rv != NGX_CONF_OK) {
            return rv;
        }
    }

    return ngx_http_gate_auth_fits(cf, acf);
}


/* the flags behind all methods, whose values are theirs to read */

static ngx_http_gate_conf_row_t *
ngx_http_gate_auth_rows(ngx_conf_t *cf)
{
    u_char                         *p;
    ngx_uint_t                      i;
    ngx_array_t                    *methods;
    ngx_http_gate_conf_row_t       *rows;
    const ngx_http_gate_method_t  **m;

    methods = ngx_http_gate_methods(((ngx_http_conf_ctx_t *) cf->ctx)
                                    ->main_conf);

    rows = ngx_pcalloc(cf->temp_pool,
                       methods->nelts * sizeof(ngx_http_gate_conf_row_t)
                       + sizeof(ngx_http_gate_auth_flags));
    if (rows == NULL) {
        return NULL;
    }

    m = methods->elts;

    for (i = 0; i < methods->nelts; i++) {

        p = ngx_pnalloc(cf->temp_pool, m[i]->name.len + m[i]->value.len + 2);
        if (p == NULL) {
            return NULL;
        }

        rows[i].name.data = p;

        p = ngx_cpymem(p, m[i]->name.data, m[i]->name.len);

        if (m[i]->value.len) {
            *p++ = '=';
            p = ngx_cpymem(p, m[i]->value.data, m[i]->value.len);
        }

        *p = '\0';

        rows[i].name.len = p - rows[i].name.data;
        rows[i].kind = NGX_HTTP_GATE_CONF_CALL
                       | (m[i]->param ? NGX_HTTP_GATE_CONF_MANY : 0);
    }

    ngx_memcpy(&rows[i], ngx_http_gate_auth_flags,
               sizeof(ngx_http_gate_auth_flags));

    return rows;
}


/* NAME or NAME=VALUE of a method; what is none has been read */

static char *
ngx_http_gate_auth_param(ngx_conf_t *cf, ngx_http_gate_auth_conf_t *acf,
    ngx_str_t *param)
{
    u_char                        *p, *last;
    ngx_str_t                      name, value;
    const ngx_http_gate_method_t  *m;

    last = param->data + param->len;

    p = ngx_strlchr(param->data, last, '=');

    name.data = param->data;
    name.len = (p ? p : last) - param->data;

    m = ngx_http_gate_auth_named(cf, &name);

    if (m == NULL) {
        return NGX_CONF_OK;
    }

    value.data = p ? p + 1 : last;
    value.len = last - value.data;

    if (p != NULL && value.len == 0) {
        name = m->value;
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "\"%V\" of \"gate_auth\" has no value: write %V "
                           "behind it", param, &name);
        return NGX_CONF_ERROR;
    }

    return ngx_http_gate_auth_list(cf, acf, m, &value);
}


static const ngx_http_gate_method_t *
ngx_http_gate_auth_named(ngx_conf_t *cf, ngx_str_t *name)
{
    ngx_uint_t                      i;
    ngx_array_t                    *methods;
    const ngx_http_gate_method_t  **m;

    methods = ngx_http_gate_methods(((ngx_http_conf_ctx_t *) cf->ctx)
                                    ->main_conf);
    m = methods->elts;

    for (i = 0; i < methods->nelts; i++) {
        if (m[i]->name.len == name->len
            && ngx_strncmp(m[i]->name.data, name->data, name->len) == 0)
        {
            return m[i];
        }
    }

    return NULL;
}


static char *
ngx_http_gate_auth_list(ngx_conf_t *cf, ngx_http_gate_auth_conf_t *acf,
    const ngx_http_gate_method_t *method, ngx_str_t *value)
{
    ngx_http_gate_auth_entry_t  *entry;

    entry = ngx_http_gate_auth_entry(acf, method);

    if (entry == NULL) {
        entry = ngx_array_push(acf->methods);
        if (entry == NULL) {
            return NGX_CONF_ERROR;
        }

        ngx_memzero(entry, sizeof(ngx_http_gate_auth_entry_t));
        entry->method = method;
    }

    return method->param ? method->param(cf, entry, value) : NGX_CONF_OK;
}


/* once all parameters have been read */

static char *
ngx_http_gate_auth_fits(ngx_conf_t *cf, ngx_http_gate_auth_conf_t *acf)
{
    u_char                       buf[256];
    ngx_str_t                    name;
    ngx_http_gate_auth_entry_t  *last;

    last = ngx_http_gate_auth_flagged(acf, NGX_HTTP_GATE_METHOD_LAST);

    if (acf->methods->nelts == (last ? 1 : 0)) {
        name = ngx_http_gate_auth_known(cf, buf, sizeof(buf),
                                        NGX_HTTP_GATE_METHOD_LAST);
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "\"gate_auth\" names no method: add one of %V",
                           &name);
        return NGX_CONF_ERROR;
    }

    if (acf->all && last != NULL) {
        name = last->method->name;
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "\"all\" and \"%V\" exclude each other: take one "
                           "of them out", &name);
        return NGX_CONF_ERROR;
    }

    return NGX_CONF_OK;
}


/* the parameters of all methods, but those that have a flag */

static ngx_str_t
ngx_http_gate_auth_known(ngx_conf_t *cf, u_char *buf, size_t len,
    ngx_uint_t without)
{
    u_char                         *p, *last;
    ngx_str_t                       known;
    ngx_uint_t                      i;
    ngx_array_t                    *methods;
    const ngx_http_gate_method_t  **m;

    methods = ngx_http_gate_methods(((ngx_http_conf_ctx_t *) cf->ctx)
                                    ->main_conf);
    m = methods->elts;
    p = buf;
    last = buf + len;

    for (i = 0; i < methods->nelts; i++) {
        if (!(m[i]->flags & without)) {
            p = ngx_slprintf(p, last, "%s\"%V%s%V\"", (p == buf) ? "" : ", ",
                             &m[i]->name, m[i]->value.len ? "=" : "",
                             &m[i]->value);
        }
    }

    known.data = buf;
    known.len = p - buf;

    return known;
}


/* access then lets in who has no identity, whom the gate refuses in MAY */

static ngx_int_t
ngx_http_gate_auth_check(ngx_conf_t *cf, ngx_http_gate_place_t *place)
{
    ngx_http_core_loc_conf_t   *clcf;
    ngx_http_gate_auth_conf_t  *acf;

    acf = ngx_http_gate_place_conf(place, &ngx_http_gate_auth_module);
    clcf = ngx_http_gate_place_conf(place, &ngx_http_core_module);

    if (acf->enable && !place->server
        && !place->block && clcf->satisfy == NGX_HTTP_SATISFY_ANY
        && ngx_http_gate_auth_flagged(acf, NGX_HTTP_GATE_METHOD_LAST) == NULL)
    {
        ngx_log_error(NGX_LOG_WARN, cf->log, 0,
                      "\"satisfy any\" in location \"%V\" lets nobody in "
                      "without a credential, as \"gate_auth\" still asks for "
                      "one: add \"anonymous=CONSUMER\" to it, or take "
                      "\"satisfy any\" out in %s:%ui",
                      &place->name, place->file, place->line);
    }

    if (acf->enable && !place->server) {
        ngx_http_gate_auth_check_lines(cf, acf, place);
    }

    return NGX_OK;
}


/* methods by whose name a consumer has to have a line, or nobody gets in */

static void
ngx_http_gate_auth_check_lines(ngx_conf_t *cf, ngx_http_gate_auth_conf_t *acf,
    ngx_http_gate_place_t *place)
{
    ngx_str_t                    name;
    ngx_uint_t                   i, n;
    ngx_http_gate_auth_entry_t  *entry;

    static const struct {
        gate_str_t    method;
        const char   *line;
        gate_kind_e   kind;
    }  needs[] = {
        { gate_string("basic"), "basic", GATE_KIND_BASIC },
        { gate_string("mtls"), "mtls", GATE_KIND_MTLS },
        { gate_string("signature"), "signature", GATE_KIND_SIGNATURE },
        { gate_string("hmac"), "signature", GATE_KIND_SIGNATURE }
    };

    entry = acf->methods->elts;

    for (i = 0; i < acf->methods->nelts; i++) {
        for (n = 0; n < sizeof(needs) / sizeof(needs[0]); n++) {

            name = entry[i].method->name;

            if (!gate_str_eq(ngx_http_gate_view(&name), needs[n].method)
                || ngx_http_gate_store_kind(cf, needs[n].kind))
            {
                continue;
            }

            ngx_log_error(NGX_LOG_WARN, cf->log, 0,
                          "\"gate_auth %V\" lets nobody in, as no "
                          "\"gate_consumer\" has a \"%s\" line: write one, or "
                          "\"gate_consumers redis\", for location \"%V\" in "
                          "%s:%ui", &name, needs[n].line,
                          &place->name, place->file, place->line);
        }
    }
}


ngx_int_t
ngx_http_gate_auth_preconfiguration(ngx_conf_t *cf)
{
    if (ngx_http_gate_auth_add_variables(cf) != NGX_OK
        || ngx_http_gate_reasons(cf, ngx_http_gate_auth_reasons) != NGX_OK
        || ngx_http_gate_metrics_add(cf, &ngx_http_gate_auth_checked)
           != NGX_OK)
    {
        return NGX_ERROR;
    }

    return ngx_http_gate_place_check(cf, ngx_http_gate_auth_check);
}
