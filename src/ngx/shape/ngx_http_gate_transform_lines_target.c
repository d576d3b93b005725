
/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * The lines of gate_transform without a verb: path, method, status.
 */


#include "ngx_http_gate.h"
#include "ngx_http_gate_conf.h"
#include "ngx_http_gate_place.h"
#include "ngx_http_gate_service.h"
#include "ngx_http_gate_transform.h"

#include "gate_field.h"
#include "gate_path.h"


static ngx_uint_t ngx_http_gate_transform_from(ngx_str_t *text,
    ngx_http_gate_transform_status_t *status);
static const char *ngx_http_gate_transform_maps(
    ngx_http_gate_transform_status_t *status);


/* path VALUE; */

char *
ngx_http_gate_transform_path(ngx_conf_t *cf, void *conf, ngx_str_t *word)
{
    ngx_http_gate_transform_t *t = conf;

    ngx_http_compile_complex_value_t  ccv;

    if (t->answer) {
        return "is of requests: an answer has no path";
    }

    if (cf->args->nelts != 2) {
        return "takes one value, in quotes if it has spaces";
    }

    if (word[1].len == 0 || (word[1].data[0] != '/' && word[1].data[0] != '$'))
    {
        return "must begin with \"/\"";
    }

    if (ngx_http_script_variables_count(&word[1]) == 0
        && (gate_path_look(gate_str(NULL, 0), ngx_http_gate_view(&word[1]), 1)
            & GATE_PATH_SENT))
    {
        return "must be a path as a service may get it: write it without "
               "\"//\", \".\" and \"..\" as segments, and backslashes";
    }

    t->path = ngx_palloc(cf->pool, sizeof(ngx_http_complex_value_t));
    if (t->path == NULL) {
        return NGX_CONF_ERROR;
    }

    ngx_memzero(&ccv, sizeof(ngx_http_compile_complex_value_t));

    ccv.cf = cf;
    ccv.value = &word[1];
    ccv.complex_value = t->path;

    return (ngx_http_compile_complex_value(&ccv) == NGX_OK) ? NGX_CONF_OK
                                                             : NGX_CONF_ERROR;
}


/* method NAME; */

char *
ngx_http_gate_transform_method(ngx_conf_t *cf, void *conf, ngx_str_t *word)
{
    ngx_http_gate_transform_t *t = conf;

    gate_str_t  name;

    if (t->answer) {
        return "is of requests: an answer has no method";
    }

    if (cf->args->nelts != 2) {
        return "takes one name";
    }

    name = ngx_http_gate_view(&word[1]);

    if (!gate_field_is_token(name)) {
        return "must be the name of a method";
    }

    if (gate_str_eq_nocase(name, gate_cstr("HEAD"))) {
        return "must not be HEAD: a client that asked otherwise waits for a "
               "body that does not come";
    }

    if (gate_str_eq_nocase(name, gate_cstr("CONNECT"))
        || gate_str_eq_nocase(name, gate_cstr("TRACE")))
    {
        return "must be a method for a service, which this one is not";
    }

    t->method = word[1];

    return ngx_http_gate_conf_method(cf, name, "method");
}


/* status FROM TO; of which the first is a class ("5xx"), or one */

char *
ngx_http_gate_transform_status(ngx_conf_t *cf, void *conf, ngx_str_t *word)
{
    ngx_http_gate_transform_t *t = conf;

    const char                        *why;
    ngx_uint_t                         i;
    ngx_http_gate_transform_status_t   status, *other;

    if (!t->answer) {
        return "is of answers: write it in \"gate_transform response\"";
    }

    if (cf->args->nelts != 3
        || !ngx_http_gate_transform_from(&word[1], &status))
    {
        return "takes two numbers: \"status 404 410\", or \"status 5xx 502\"";
    }

    status.to = (word[2].len == 3) ? ngx_atoi(word[2].data, 3) : 0;

    why = ngx_http_gate_transform_maps(&status);
    if (why != NULL) {
        return (char *) why;
    }

    if (t->statuses == NULL) {
        t->statuses = ngx_array_create(cf->pool, 4,
                                     sizeof(ngx_http_gate_transform_status_t));
        if (t->statuses == NULL) {
            return NGX_CONF_ERROR;
        }
    }

    other = t->statuses->elts;

    for (i = 0; i < t->statuses->nelts; i++) {
        if (other[i].from == status.from && other[i].last == status.last) {
            return "stands there already: take one of them out";
        }
    }

    other = ngx_array_push(t->statuses);
    if (other == NULL) {
        return NGX_CONF_ERROR;
    }

    *other = status;

    return NGX_CONF_OK;
}


static ngx_uint_t
ngx_http_gate_transform_from(ngx_str_t *text,
    ngx_http_gate_transform_status_t *status)
{
    ngx_int_t  n;

    if (text->len != 3) {
        return 0;
    }

    if (ngx_strcmp(&text->data[1], "xx") == 0) {
        n = ngx_atoi(text->data, 1);

        status->from = n * 100;
        status->last = n * 100 + 99;

        return n != NGX_ERROR;
    }

    n = ngx_atoi(text->data, 3);

    status->from = n;
    status->last = n;

    return n != NGX_ERROR;
}


/* an answer's status says whether it has a body, and which part: that stays */

static const char *
ngx_http_gate_transform_maps(ngx_http_gate_transform_status_t *status)
{
    ngx_uint_t  to;

    to = status->to;

    if (status->from < 200 || status->last > 599) {
        return "must begin with a status of 200 to 599, or with \"2xx\" to "
               "\"5xx\"";
    }

    if (status->from == NGX_HTTP_PARTIAL_CONTENT
        || status->from == NGX_HTTP_NOT_MODIFIED)
    {
        return "must not begin with 206 or 304: what these answers have is "
               "not a whole";
    }

    if (to < 200 || to > 599
        || to == NGX_HTTP_NO_CONTENT || to == 205
        || to == NGX_HTTP_PARTIAL_CONTENT || to == NGX_HTTP_NOT_MODIFIED)
    {
        return "must end with a status of 200 to 599 that can have a body";
    }

    return NULL;
}


/* proxy sends the URI of a URL with variables as it is, and nothing else */

ngx_int_t
ngx_http_gate_transform_check(ngx_conf_t *cf, ngx_http_gate_place_t *place)
{
    size_t                               i;
    ngx_str_t                           *url;
    ngx_http_gate_transform_t           *t;
    ngx_http_gate_service_loc_conf_t    *slcf;
    ngx_http_gate_transform_loc_conf_t  *tlcf;

    if (place->server) {
        return NGX_OK;
    }

    tlcf = ngx_http_gate_place_conf(place, &ngx_http_gate_transform_module);
    slcf = ngx_http_gate_place_conf(place, &ngx_http_gate_service_module);

    t = tlcf->request;
    url = &slcf->pass_url;

    if (t == NULL || slcf->to.url == NULL
        || (t->path == NULL
            && t->first[NGX_HTTP_GATE_TRANSFORM_QUERY] == t->ops->nelts))
    {
        return NGX_OK;
    }

    for (i = 0; i + 3 < url->len; i++) {
        if (ngx_strncmp(&url->data[i], "://", 3) == 0) {
            i += 3;
            break;
        }
    }

    if (ngx_strlchr(&url->data[i], url->data + url->len, '/') == NULL) {
        return NGX_OK;
    }

    ngx_log_error(NGX_LOG_EMERG, cf->log, 0,
                  "\"gate_transform\" changes the path or the query, and "
                  "\"gate_pass %V\" writes both: take the path out of that "
                  "URL, or the lines out of the block in %s:%ui", url,
                  t->file, t->line);

    return NGX_ERROR;
}
