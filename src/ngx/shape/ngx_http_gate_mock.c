
/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * gate_mock: an answer of the configuration, behind all policies of the
 * location.  No service has answered, so it is on no bill.
 */


#include "ngx_http_gate.h"
#include "ngx_http_gate_auth.h"
#include "ngx_http_gate_conf.h"
#include "ngx_http_gate_guard.h"
#include "ngx_http_gate_meter.h"
#include "ngx_http_gate_place.h"


#define NGX_HTTP_GATE_MOCK_FILE  (1024 * 1024)


typedef struct {
    ngx_uint_t                 status;
    ngx_str_t                  file;      /* what is in it */
    ngx_http_complex_value_t  *text;      /* NULL: it is a file, or nothing */
    ngx_str_t                  type;
    size_t                     type_len;  /* without its parameters */
    u_char                    *conf_file;
    ngx_uint_t                 conf_line;
} ngx_http_gate_mock_t;


typedef struct {
    ngx_http_gate_mock_t      *mock;      /* NULL: none */
    void                     **outer;     /* of what the location is in */
} ngx_http_gate_mock_loc_conf_t;


static ngx_int_t ngx_http_gate_mock_handler(ngx_http_request_t *r);
static ngx_int_t ngx_http_gate_mock_send(ngx_http_request_t *r,
    ngx_http_gate_mock_t *mock, ngx_str_t *body);
static char *ngx_http_gate_mock_line(ngx_conf_t *cf, ngx_command_t *cmd,
    void *conf);
static char *ngx_http_gate_mock_body(ngx_conf_t *cf,
    ngx_http_gate_mock_t *mock, ngx_str_t *word);
static char *ngx_http_gate_mock_file(ngx_conf_t *cf,
    ngx_http_gate_mock_t *mock, ngx_str_t *word);
static void ngx_http_gate_mock_type(ngx_http_gate_mock_t *mock,
    ngx_str_t *word);
static ngx_int_t ngx_http_gate_mock_preconfiguration(ngx_conf_t *cf);
static ngx_int_t ngx_http_gate_mock_check(ngx_conf_t *cf,
    ngx_http_gate_place_t *place);
static void *ngx_http_gate_mock_create_conf(ngx_conf_t *cf);
static char *ngx_http_gate_mock_merge_conf(ngx_conf_t *cf, void *parent,
    void *child);
static void ngx_http_gate_mock_unbilled(ngx_conf_t *cf,
    ngx_http_gate_mock_loc_conf_t *conf);

extern ngx_module_t  ngx_http_gate_mock_module;


static ngx_http_gate_conf_row_t  ngx_http_gate_mock_status = {
    ngx_string("STATUS"), NGX_HTTP_GATE_CONF_NUMBER,
    offsetof(ngx_http_gate_mock_t, status), 200, 599, NULL
};


static ngx_http_gate_conf_row_t  ngx_http_gate_mock_params[] = {

    { ngx_string("type=TYPE"), NGX_HTTP_GATE_CONF_TEXT,
      offsetof(ngx_http_gate_mock_t, type), 1, 255, NULL },

      ngx_http_gate_conf_end
};


static ngx_command_t  ngx_http_gate_mock_commands[] = {

    { ngx_string("gate_mock"),
      NGX_HTTP_LOC_CONF|NGX_CONF_TAKE123,
      ngx_http_gate_mock_line,
      NGX_HTTP_LOC_CONF_OFFSET,
      0,
      NULL },

      ngx_null_command
};


static ngx_http_module_t  ngx_http_gate_mock_module_ctx = {
    ngx_http_gate_mock_preconfiguration,   /* preconfiguration */
    NULL,                                  /* postconfiguration */

    NULL,                                  /* create main configuration */
    NULL,                                  /* init main configuration */

    NULL,                                  /* create server configuration */
    NULL,                                  /* merge server configuration */

    ngx_http_gate_mock_create_conf,        /* create location configuration */
    ngx_http_gate_mock_merge_conf          /* merge location configuration */
};


ngx_module_t  ngx_http_gate_mock_module = {
    NGX_MODULE_V1,
    &ngx_http_gate_mock_module_ctx,        /* module context */
    ngx_http_gate_mock_commands,           /* module directives */
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


static ngx_int_t
ngx_http_gate_mock_handler(ngx_http_request_t *r)
{
    ngx_int_t                       rc;
    ngx_str_t                       body;
    ngx_http_gate_mock_t           *mock;
    ngx_http_gate_mock_loc_conf_t  *mlcf;

    if (!ngx_http_gate_guard_passed(r)) {
        ngx_log_error(NGX_LOG_ERR, r->connection->log, 0,
                      "gate mock: \"%V\" was reached past the gate", &r->uri);

        return NGX_HTTP_FORBIDDEN;
    }

    rc = ngx_http_discard_request_body(r);

    if (rc != NGX_OK) {
        return rc;
    }

    mlcf = ngx_http_get_module_loc_conf(r, ngx_http_gate_mock_module);
    mock = mlcf->mock;
    body = mock->file;

    if (mock->text != NULL
        && ngx_http_complex_value(r, mock->text, &body) != NGX_OK)
    {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    return ngx_http_gate_mock_send(r, mock, &body);
}


static ngx_int_t
ngx_http_gate_mock_send(ngx_http_request_t *r, ngx_http_gate_mock_t *mock,
    ngx_str_t *body)
{
    ngx_int_t    rc;
    ngx_buf_t   *b;
    ngx_chain_t  out;

    r->headers_out.status = mock->status;
    r->headers_out.content_length_n = body->len;
    r->headers_out.content_type = mock->type;
    r->headers_out.content_type_len = mock->type_len;
    r->headers_out.content_type_lowcase = NULL;

    /* nothing here was ever modified, and no condition fails for that */
    r->disable_not_modified = 1;

    rc = ngx_http_send_header(r);

    if (rc == NGX_ERROR || rc > NGX_OK || r->header_only) {
        return rc;
    }

    b = ngx_calloc_buf(r->pool);
    if (b == NULL) {
        return NGX_ERROR;
    }

    b->pos = body->data;
    b->last = body->data + body->len;
    b->memory = (body->len != 0);
    b->last_buf = (r == r->main);
    b->last_in_chain = 1;

    /* a part of a page with nothing in it is nothing but its end */
    b->sync = (body->len == 0 && r != r->main);

    out.buf = b;
    out.next = NULL;

    return ngx_http_output_filter(r, &out);
}


/* gate_mock STATUS [@FILE | TEXT] [type=TYPE]; */

static char *
ngx_http_gate_mock_line(ngx_conf_t *cf, ngx_command_t *cmd, void *conf)
{
    ngx_http_gate_mock_loc_conf_t *mlcf = conf;

    char                      *rv;
    ngx_str_t                 *word;
    ngx_uint_t                 n;
    ngx_http_gate_mock_t      *mock;
    ngx_http_core_loc_conf_t  *clcf;

    if (mlcf->mock != NULL) {
        return NGX_HTTP_GATE_CONF_TWICE;
    }

    ngx_http_gate_use(cf);

    clcf = ngx_http_conf_get_module_loc_conf(cf, ngx_http_core_module);

    if (clcf->handler != NULL) {
        return "stands beside another directive that answers the requests of "
               "the location: take one of them out";
    }

    mock = ngx_pcalloc(cf->pool, sizeof(ngx_http_gate_mock_t));
    if (mock == NULL) {
        return NGX_CONF_ERROR;
    }

    mock->conf_file = cf->conf_file->file.name.data;
    mock->conf_line = cf->conf_file->line;

    word = cf->args->elts;
    n = 2;

    rv = ngx_http_gate_conf_arg(cf, 1, &ngx_http_gate_mock_status, mock);

    if (rv == NGX_CONF_OK && cf->args->nelts > 2
        && ngx_strncmp(word[2].data, "type=", 5) != 0)
    {
        rv = ngx_http_gate_mock_body(cf, mock, &word[n++]);
    }

    if (rv == NGX_CONF_OK) {
        rv = ngx_http_gate_conf_params(cf, n, ngx_http_gate_mock_params, mock);
    }

    if (rv != NGX_CONF_OK) {
        return rv;
    }

    ngx_http_gate_mock_type(mock, (n > 2) ? &word[2] : NULL);

    mlcf->mock = mock;
    clcf->handler = ngx_http_gate_mock_handler;

    return NGX_CONF_OK;
}


static char *
ngx_http_gate_mock_body(ngx_conf_t *cf, ngx_http_gate_mock_t *mock,
    ngx_str_t *word)
{
    ngx_http_compile_complex_value_t  ccv;

    if (mock->status == NGX_HTTP_NO_CONTENT
        || mock->status == NGX_HTTP_NOT_MODIFIED)
    {
        return ngx_http_gate_conf_wrong(cf, word, "is the body of an answer "
                                        "that has none: take it out, or "
                                        "write another status");
    }

    if (word->len && word->data[0] == '@') {
        return ngx_http_gate_mock_file(cf, mock, word);
    }

    mock->text = ngx_palloc(cf->pool, sizeof(ngx_http_complex_value_t));
    if (mock->text == NULL) {
        return NGX_CONF_ERROR;
    }

    ngx_memzero(&ccv, sizeof(ngx_http_compile_complex_value_t));

    ccv.cf = cf;
    ccv.value = word;
    ccv.complex_value = mock->text;

    return (ngx_http_compile_complex_value(&ccv) == NGX_OK) ? NGX_CONF_OK
                                                            : NGX_CONF_ERROR;
}


static char *
ngx_http_gate_mock_file(ngx_conf_t *cf, ngx_http_gate_mock_t *mock,
    ngx_str_t *word)
{
    ngx_str_t  path;

    if (word->len == 1) {
        return ngx_http_gate_conf_wrong(cf, word,
                                        "must have the path of a file behind "
                                        "the \"@\"");
    }

    path.data = word->data + 1;
    path.len = word->len - 1;

    if (ngx_conf_full_name(cf->cycle, &path, 1) != NGX_OK
        || ngx_http_gate_read_file(cf, &path, NGX_HTTP_GATE_MOCK_FILE, 0,
                                   &mock->file) != NGX_OK)
    {
        return NGX_CONF_ERROR;
    }

    return NGX_CONF_OK;
}


/* "word": what the body is, NULL if there is none */

static void
ngx_http_gate_mock_type(ngx_http_gate_mock_t *mock, ngx_str_t *word)
{
    u_char      *p;
    gate_str_t   end;

    if (mock->type.len == 0 && word != NULL) {

        end = gate_str(word->data, word->len);
        end = gate_str(end.data + (end.len > 5 ? end.len - 5 : 0),
                       ngx_min(end.len, 5));

        if (mock->text == NULL && gate_str_eq_nocase(end, gate_cstr(".json")))
        {
            ngx_str_set(&mock->type, "application/json");

        } else {
            ngx_str_set(&mock->type, "text/plain");
        }
    }

    mock->type_len = mock->type.len;

    p = ngx_strlchr(mock->type.data, mock->type.data + mock->type.len, ';');

    if (p != NULL) {
        mock->type_len = p - mock->type.data;
    }
}


static ngx_int_t
ngx_http_gate_mock_preconfiguration(ngx_conf_t *cf)
{
    return ngx_http_gate_place_check(cf, ngx_http_gate_mock_check);
}


static ngx_int_t
ngx_http_gate_mock_check(ngx_conf_t *cf, ngx_http_gate_place_t *place)
{
    ngx_http_gate_auth_conf_t      *acf;
    ngx_http_gate_mock_loc_conf_t  *mlcf;

    mlcf = ngx_http_gate_place_conf(place, &ngx_http_gate_mock_module);
    acf = ngx_http_gate_place_conf(place, &ngx_http_gate_auth_module);

    if (mlcf->mock != NULL && !place->block && !acf->enable && !acf->off) {
        ngx_log_error(NGX_LOG_WARN, cf->log, 0,
                      "location \"%V\" answers by \"gate_mock\" without "
                      "\"gate_auth\": write it, or \"gate_auth off\" if "
                      "everybody may, in %s:%ui",
                      &place->name, place->file, place->line);
    }

    return NGX_OK;
}


static void *
ngx_http_gate_mock_create_conf(ngx_conf_t *cf)
{
    ngx_http_gate_mock_loc_conf_t  *mlcf;

    /*
     * set by ngx_pcalloc():
     *
     *     mlcf->mock = NULL;
     *     mlcf->outer = NULL;
     */

    mlcf = ngx_pcalloc(cf->pool, sizeof(ngx_http_gate_mock_loc_conf_t));
    if (mlcf == NULL) {
        return NULL;
    }

    /* while http{} itself is being made cf->ctx is not yet http's */

    if (cf->cmd_type != NGX_MAIN_CONF) {
        mlcf->outer = ((ngx_http_conf_ctx_t *) cf->ctx)->loc_conf;
    }

    return mlcf;
}


/* not inherited, but by an "if" and a "limit_except" */

static char *
ngx_http_gate_mock_merge_conf(ngx_conf_t *cf, void *parent, void *child)
{
    ngx_http_gate_mock_loc_conf_t *prev = parent;
    ngx_http_gate_mock_loc_conf_t *conf = child;

    ngx_http_core_loc_conf_t  *clcf;

    clcf = ngx_http_conf_get_module_loc_conf(cf, ngx_http_core_module);

    if (conf->mock != NULL) {

        if (clcf->handler != ngx_http_gate_mock_handler) {
            ngx_log_error(NGX_LOG_EMERG, cf->log, 0,
                          "another directive of the location answers its "
                          "requests beside \"gate_mock\": take one of them "
                          "out in %s:%ui", conf->mock->conf_file,
                          conf->mock->conf_line);
            return NGX_CONF_ERROR;
        }

    } else if (clcf->noname && prev->mock != NULL) {
        conf->mock = prev->mock;

        if (clcf->lmt_excpt && clcf->handler == NULL) {
            clcf->handler = ngx_http_gate_mock_handler;
        }
    }

    if (conf->mock != NULL) {
        ngx_http_gate_place_gated(cf);
        ngx_http_gate_mock_unbilled(cf, conf);
    }

    return NGX_CONF_OK;
}


/* as "gate_meter off" would: its room has merged before, and locations further
 * in have what is written around here */

static void
ngx_http_gate_mock_unbilled(ngx_conf_t *cf,
    ngx_http_gate_mock_loc_conf_t *conf)
{
    ngx_http_gate_meter_loc_conf_t  *meter, *outer;

    meter = ngx_http_conf_get_module_loc_conf(cf, ngx_http_gate_meter_module);
    outer = conf->outer[ngx_http_gate_meter_module.ctx_index];

    if (meter->enable
        && (meter->file != outer->file || meter->line != outer->line))
    {
        ngx_log_error(NGX_LOG_WARN, cf->log, 0,
                      "\"gate_meter\" beside \"gate_mock\" bills nothing, as "
                      "no service answers: take it out in %s:%ui",
                      meter->file, meter->line);
    }

    meter->enable = 0;

    if (meter->file == NULL) {
        meter->file = conf->mock->conf_file;
        meter->line = conf->mock->conf_line;
    }
}
