
/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * The directives gate_allow and gate_deny, which have the same parameters.
 */


#include "ngx_http_gate.h"
#include "ngx_http_gate_access.h"
#include "ngx_http_gate_conf.h"


/* as read; lists are of gate_str_t */

typedef struct {
    ngx_http_gate_access_line_t  line;
    ngx_http_gate_access_more_t  more;
} ngx_http_gate_access_params_t;


static ngx_http_gate_access_line_t *ngx_http_gate_access_new(ngx_conf_t *cf,
    ngx_array_t **lines);
static ngx_int_t ngx_http_gate_access_scopes_text(ngx_conf_t *cf,
    ngx_http_gate_access_params_t *p);
static char *ngx_http_gate_access_methods(ngx_conf_t *cf, void *conf,
    ngx_str_t *value);
static char *ngx_http_gate_access_identity(ngx_conf_t *cf, void *conf,
    ngx_str_t *value);
static char *ngx_http_gate_access_window(ngx_conf_t *cf, void *conf,
    ngx_str_t *value);
static char *ngx_http_gate_access_claim_is(ngx_conf_t *cf, void *conf,
    ngx_str_t *value);
static char *ngx_http_gate_access_claim_in(ngx_conf_t *cf, void *conf,
    ngx_str_t *value);
static char *ngx_http_gate_access_claim_begins(ngx_conf_t *cf, void *conf,
    ngx_str_t *value);
static char *ngx_http_gate_access_claim_there(ngx_conf_t *cf, void *conf,
    ngx_str_t *value);
static char *ngx_http_gate_access_claim(ngx_conf_t *cf,
    ngx_http_gate_access_params_t *p, ngx_str_t *value,
    ngx_http_gate_access_test_e test, ngx_uint_t list);
static char *ngx_http_gate_access_place(ngx_conf_t *cf, gate_claim_t *claim,
    gate_str_t name);
static char *ngx_http_gate_access_values(ngx_conf_t *cf,
    ngx_http_gate_access_claim_t *c, gate_str_t values, ngx_uint_t list);


static ngx_http_gate_conf_row_t  ngx_http_gate_access_params[] = {

    { ngx_string("methods=A,B"), NGX_HTTP_GATE_CONF_LIST,
      offsetof(ngx_http_gate_access_params_t, line.methods), 0, 0,
      ngx_http_gate_access_methods },

    { ngx_string("group=A,B"), NGX_HTTP_GATE_CONF_LIST,
      offsetof(ngx_http_gate_access_params_t, line.groups), 0, 0,
      ngx_http_gate_access_identity },

    { ngx_string("scope=A,B"), NGX_HTTP_GATE_CONF_LIST,
      offsetof(ngx_http_gate_access_params_t, line.scopes), 0, 0,
      ngx_http_gate_access_identity },

    { ngx_string("any_scope=A,B"), NGX_HTTP_GATE_CONF_LIST,
      offsetof(ngx_http_gate_access_params_t, more.any_scopes), 0, 0,
      ngx_http_gate_access_identity },

    { ngx_string("consumer=A,B"), NGX_HTTP_GATE_CONF_LIST,
      offsetof(ngx_http_gate_access_params_t, more.consumers), 0, 0,
      ngx_http_gate_access_identity },

    { ngx_string("credential=METHOD,METHOD"), NGX_HTTP_GATE_CONF_LIST,
      offsetof(ngx_http_gate_access_params_t, more.credentials), 0, 0,
      ngx_http_gate_access_identity },

    { ngx_string("claim:NAME=VALUE"),
      NGX_HTTP_GATE_CONF_CALL|NGX_HTTP_GATE_CONF_MANY,
      0, 0, 0, ngx_http_gate_access_claim_is },

    { ngx_string("claim_in:NAME=A,B"),
      NGX_HTTP_GATE_CONF_CALL|NGX_HTTP_GATE_CONF_MANY,
      0, 0, 0, ngx_http_gate_access_claim_in },

    { ngx_string("claim_prefix:NAME=TEXT"),
      NGX_HTTP_GATE_CONF_CALL|NGX_HTTP_GATE_CONF_MANY,
      0, 0, 0, ngx_http_gate_access_claim_begins },

    { ngx_string("has_claim:NAME"),
      NGX_HTTP_GATE_CONF_CALL|NGX_HTTP_GATE_CONF_MANY,
      0, 0, 0, ngx_http_gate_access_claim_there },

    { ngx_string("time=DAYS/HH:MM-HH:MM/OFFSET"),
      NGX_HTTP_GATE_CONF_CALL|NGX_HTTP_GATE_CONF_MANY,
      0, 0, 0, ngx_http_gate_access_window },

      ngx_http_gate_conf_end
};


/* gate_allow and gate_deny [methods=A,B] [group=A,B] [claim:NAME=VALUE] ...; */

char *
ngx_http_gate_access_line(ngx_conf_t *cf, ngx_command_t *cmd, void *conf)
{
    char                           *rv;
    ngx_http_gate_access_line_t    *line;
    ngx_http_gate_access_more_t    *more;
    ngx_http_gate_access_params_t   p;

    ngx_http_gate_use(cf);

    line = ngx_http_gate_access_new(cf, (ngx_array_t **)
                                        ((char *) conf + cmd->offset));
    if (line == NULL) {
        return NGX_CONF_ERROR;
    }

    ngx_memzero(&p, sizeof(ngx_http_gate_access_params_t));

    rv = ngx_http_gate_conf_params(cf, 1, ngx_http_gate_access_params, &p);
    if (rv != NGX_CONF_OK) {
        return rv;
    }

    if (ngx_http_gate_access_scopes_text(cf, &p) != NGX_OK) {
        return NGX_CONF_ERROR;
    }

    *line = p.line;
    line->directive = (char *) cmd->name.data;
    line->file = cf->conf_file->file.name.data;
    line->line = cf->conf_file->line;

    if (p.more.any_scopes == NULL && p.more.consumers == NULL
        && p.more.credentials == NULL && p.more.windows == NULL)
    {
        return NGX_CONF_OK;
    }

    more = ngx_palloc(cf->pool, sizeof(ngx_http_gate_access_more_t));
    if (more == NULL) {
        return NGX_CONF_ERROR;
    }

    *more = p.more;
    line->more = more;

    return NGX_CONF_OK;
}


static ngx_http_gate_access_line_t *
ngx_http_gate_access_new(ngx_conf_t *cf, ngx_array_t **lines)
{
    ngx_http_gate_access_line_t  *line;

    if (*lines == NULL) {
        *lines = ngx_array_create(cf->pool, 2,
                                  sizeof(ngx_http_gate_access_line_t));
        if (*lines == NULL) {
            return NULL;
        }
    }

    line = ngx_array_push(*lines);

    if (line != NULL) {
        ngx_memzero(line, sizeof(ngx_http_gate_access_line_t));
    }

    return line;
}


/* as RFC 6750 3 has them: only what may stand between its quotes */

static ngx_int_t
ngx_http_gate_access_scopes_text(ngx_conf_t *cf,
    ngx_http_gate_access_params_t *p)
{
    size_t        len;
    u_char       *last;
    ngx_str_t    *s;
    ngx_uint_t    i, n;
    ngx_array_t  *lists[2];

    lists[0] = p->line.scopes;
    lists[1] = p->more.any_scopes;
    len = 0;

    for (n = 0; n < 2; n++) {
        s = lists[n] ? lists[n]->elts : NULL;

        for (i = 0; s != NULL && i < lists[n]->nelts; i++) {
            len += s[i].len + 1;
        }
    }

    if (len == 0) {
        return NGX_OK;
    }

    p->line.scopes_text.data = ngx_pnalloc(cf->pool, len);
    if (p->line.scopes_text.data == NULL) {
        return NGX_ERROR;
    }

    last = p->line.scopes_text.data;

    for (n = 0; n < 2; n++) {
        s = lists[n] ? lists[n]->elts : NULL;

        for (i = 0; s != NULL && i < lists[n]->nelts; i++) {
            last = ngx_cpymem(last, s[i].data, s[i].len);
            *last++ = ' ';
        }
    }

    p->line.scopes_text.len = last - 1 - p->line.scopes_text.data;

    for (last = p->line.scopes_text.data; --len > 0; last++) {
        if (*last < 0x20 || *last > 0x7e || *last == '"' || *last == '\\') {
            ngx_str_null(&p->line.scopes_text);
            break;
        }
    }

    return NGX_OK;
}


/* a method that no request can have */

static char *
ngx_http_gate_access_methods(ngx_conf_t *cf, void *conf, ngx_str_t *value)
{
    ngx_http_gate_access_params_t *p = conf;

    return ngx_http_gate_conf_methods(cf, p->line.methods);
}


static char *
ngx_http_gate_access_identity(ngx_conf_t *cf, void *conf, ngx_str_t *value)
{
    ngx_http_gate_access_params_t *p = conf;

    p->line.who = 1;

    return NGX_CONF_OK;
}


static char *
ngx_http_gate_access_window(ngx_conf_t *cf, void *conf, ngx_str_t *value)
{
    ngx_http_gate_access_params_t *p = conf;

    gate_window_t  *w;

    if (p->more.windows == NULL) {
        p->more.windows = ngx_array_create(cf->pool, 1, sizeof(gate_window_t));
        if (p->more.windows == NULL) {
            return NGX_CONF_ERROR;
        }
    }

    w = ngx_array_push(p->more.windows);
    if (w == NULL) {
        return NGX_CONF_ERROR;
    }

    return gate_window_parse(ngx_http_gate_view(value), w)
           ? NGX_CONF_OK
           : "must be days, a time and \"UTC\" or how far the clock is from "
             "it, such as Mon-Fri/08:00-18:00/+01:00";
}


static char *
ngx_http_gate_access_claim_is(ngx_conf_t *cf, void *conf, ngx_str_t *value)
{
    return ngx_http_gate_access_claim(cf, conf, value,
                                      NGX_HTTP_GATE_ACCESS_IS, 0);
}


static char *
ngx_http_gate_access_claim_in(ngx_conf_t *cf, void *conf, ngx_str_t *value)
{
    return ngx_http_gate_access_claim(cf, conf, value,
                                      NGX_HTTP_GATE_ACCESS_IS, 1);
}


static char *
ngx_http_gate_access_claim_begins(ngx_conf_t *cf, void *conf,
    ngx_str_t *value)
{
    return ngx_http_gate_access_claim(cf, conf, value,
                                      NGX_HTTP_GATE_ACCESS_BEGINS, 0);
}


static char *
ngx_http_gate_access_claim_there(ngx_conf_t *cf, void *conf, ngx_str_t *value)
{
    return ngx_http_gate_access_claim(cf, conf, value,
                                      NGX_HTTP_GATE_ACCESS_PRESENT, 0);
}


static char *
ngx_http_gate_access_claim(ngx_conf_t *cf, ngx_http_gate_access_params_t *p,
    ngx_str_t *value, ngx_http_gate_access_test_e test, ngx_uint_t list)
{
    u_char                        *eq, *last;
    gate_str_t                     name;
    ngx_uint_t                     i;
    ngx_http_gate_access_claim_t  *c;

    last = value->data + value->len;
    eq = (test == NGX_HTTP_GATE_ACCESS_PRESENT)
         ? last : ngx_strlchr(value->data, last, '=');

    if (eq == NULL || eq == value->data) {
        return (test == NGX_HTTP_GATE_ACCESS_PRESENT)
               ? "must be \"has_claim:\" and the claim"
               : "must be \"claim:\" or the like, the claim, \"=\" and its "
                 "value";
    }

    p->line.who = 1;

    if (p->line.claims == NULL) {
        p->line.claims = ngx_array_create(cf->pool, 2,
                                        sizeof(ngx_http_gate_access_claim_t));
        if (p->line.claims == NULL) {
            return NGX_CONF_ERROR;
        }
    }

    name = gate_str(value->data, eq - value->data);
    c = p->line.claims->elts;

    for (i = 0; i < p->line.claims->nelts && !list
                && test == NGX_HTTP_GATE_ACCESS_IS; i++)
    {
        if (c[i].test == test && gate_str_eq(c[i].claim.text, name)) {
            return "asks for a second value of one claim, and never do both "
                   "hold: take one of them out";
        }
    }

    c = ngx_array_push(p->line.claims);
    if (c == NULL) {
        return NGX_CONF_ERROR;
    }

    ngx_memzero(c, sizeof(ngx_http_gate_access_claim_t));
    c->test = test;
    c->word = (test == NGX_HTTP_GATE_ACCESS_PRESENT) ? "has_claim"
              : (test == NGX_HTTP_GATE_ACCESS_BEGINS) ? "claim_prefix"
              : list ? "claim_in" : "claim";

    if (test != NGX_HTTP_GATE_ACCESS_PRESENT
        && ngx_http_gate_access_values(cf, c, gate_str(eq + 1, last - eq - 1),
                                       list)
           != NGX_CONF_OK)
    {
        return NGX_CONF_ERROR;
    }

    return ngx_http_gate_access_place(cf, &c->claim, name);
}


/* a pointer or a name */

static char *
ngx_http_gate_access_place(ngx_conf_t *cf, gate_claim_t *claim,
    gate_str_t name)
{
    u_char          *buf;
    const char      *wrong;
    gate_pointer_t  *pointer;

    pointer = ngx_palloc(cf->pool, sizeof(gate_pointer_t));
    buf = ngx_pnalloc(cf->pool, name.len);

    if (pointer == NULL || buf == NULL) {
        return NGX_CONF_ERROR;
    }

    wrong = gate_claim_parse(claim, name, pointer, buf);

    if (wrong != NULL) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "invalid claim \"%*s\": it %s: write a name, or a "
                           "pointer of RFC 6901", name.len, name.data, wrong);
        return NGX_CONF_ERROR;
    }

    return NGX_CONF_OK;
}


static char *
ngx_http_gate_access_values(ngx_conf_t *cf, ngx_http_gate_access_claim_t *c,
    gate_str_t values, ngx_uint_t list)
{
    size_t       i, begin;
    gate_str_t  *v;

    c->values = ngx_array_create(cf->pool, 1, sizeof(gate_str_t));
    if (c->values == NULL) {
        return NGX_CONF_ERROR;
    }

    for (begin = 0, i = 0; i <= values.len; i++) {

        if (i < values.len && !(list && values.data[i] == ',')) {
            continue;
        }

        v = ngx_array_push(c->values);
        if (v == NULL) {
            return NGX_CONF_ERROR;
        }

        *v = gate_str(values.data + begin, i - begin);
        begin = i + 1;
    }

    return NGX_CONF_OK;
}
