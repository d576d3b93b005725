
/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * The lines of gate_transform that edit bodies.
 */


#include "ngx_http_gate.h"
#include "ngx_http_gate_conf.h"
#include "ngx_http_gate_edit.h"
#include "ngx_http_gate_transform.h"


/* of a body, unless it is said, and of a template's file */

#define NGX_HTTP_GATE_EDIT_MAX  (1024 * 1024)


typedef struct {
    ngx_str_t                  verb;
    gate_edit_kind_e           kind;
    unsigned                   value:1;
    unsigned                   to:1;
} ngx_http_gate_edit_verb_t;


static char *ngx_http_gate_edit_json(ngx_conf_t *cf, void *conf,
    ngx_str_t *word);
static char *ngx_http_gate_edit_json_to(ngx_conf_t *cf,
    ngx_http_gate_edit_line_t *line, ngx_http_gate_edit_verb_t *verb,
    ngx_str_t *word);
static char *ngx_http_gate_edit_json_value(ngx_conf_t *cf,
    ngx_http_gate_edit_line_t *line, ngx_str_t *word);
static char *ngx_http_gate_edit_body(ngx_conf_t *cf, void *conf,
    ngx_str_t *word);
static ngx_int_t ngx_http_gate_edit_body_file(ngx_conf_t *cf,
    ngx_str_t *text);
static char *ngx_http_gate_edit_body_type(ngx_conf_t *cf,
    ngx_http_gate_edit_t *e, ngx_str_t *word);
static char *ngx_http_gate_edit_bodies(ngx_conf_t *cf, void *conf,
    ngx_str_t *word);
static char *ngx_http_gate_edit_types(ngx_conf_t *cf, void *conf,
    ngx_str_t *value);
static ngx_http_gate_edit_t *ngx_http_gate_edit_of(ngx_conf_t *cf,
    ngx_http_gate_transform_t *t);
static ngx_int_t ngx_http_gate_edit_plan(ngx_conf_t *cf,
    ngx_http_gate_edit_t *e);


/* by their words */

static ngx_http_gate_edit_verb_t  ngx_http_gate_edit_verbs[] = {
    { ngx_string("add"), GATE_EDIT_ADD, 1, 0 },
    { ngx_string("replace"), GATE_EDIT_REPLACE, 1, 0 },
    { ngx_string("default"), GATE_EDIT_DEFAULT, 1, 0 },
    { ngx_string("remove"), GATE_EDIT_REMOVE, 0, 0 },
    { ngx_string("rename"), GATE_EDIT_RENAME, 0, 1 },
    { ngx_string("move"), GATE_EDIT_MOVE, 0, 1 },
    { ngx_string("copy"), GATE_EDIT_COPY, 0, 1 },
    { ngx_null_string, 0, 0, 0 }
};


static ngx_http_gate_conf_row_t  ngx_http_gate_edit_params[] = {

    { ngx_string("max=SIZE"), NGX_HTTP_GATE_CONF_SIZE,
      offsetof(ngx_http_gate_edit_t, max), 1, 1024 * 1024 * 1024, NULL },

    { ngx_string("over=refuse|pass"), NGX_HTTP_GATE_CONF_ENUM,
      offsetof(ngx_http_gate_edit_t, over), 0, 0, NULL },

    { ngx_string("invalid=refuse|pass"), NGX_HTTP_GATE_CONF_ENUM,
      offsetof(ngx_http_gate_edit_t, invalid), 0, 0, NULL },

    { ngx_string("encoded=refuse|pass"), NGX_HTTP_GATE_CONF_ENUM,
      offsetof(ngx_http_gate_edit_t, encoded), 0, 0, NULL },

    { ngx_string("types=A,B"), NGX_HTTP_GATE_CONF_LIST,
      offsetof(ngx_http_gate_edit_t, types), 0, 0, ngx_http_gate_edit_types },

    { ngx_string("other=refuse|pass"), NGX_HTTP_GATE_CONF_ENUM,
      offsetof(ngx_http_gate_edit_t, other), 0, 0, NULL },

      ngx_http_gate_conf_end
};


ngx_http_gate_conf_row_t  ngx_http_gate_edit_rows[] = {

    { ngx_string("json VERB POINTER [VALUE|NAME|POINTER]"),
      NGX_HTTP_GATE_CONF_CALL|NGX_HTTP_GATE_CONF_MANY,
      0, 0, 0, ngx_http_gate_edit_json },

    { ngx_string("body TEMPLATE|@FILE"),
      NGX_HTTP_GATE_CONF_CALL|NGX_HTTP_GATE_CONF_MANY,
      0, 0, 0, ngx_http_gate_edit_body },

    { ngx_string("bodies [max=SIZE] [over=refuse|pass]"),
      NGX_HTTP_GATE_CONF_CALL|NGX_HTTP_GATE_CONF_MANY,
      0, 0, 0, ngx_http_gate_edit_bodies },

      ngx_http_gate_conf_end
};


/* json VERB POINTER [VALUE [as=json] | NAME | POINTER]; */

static char *
ngx_http_gate_edit_json(ngx_conf_t *cf, void *conf, ngx_str_t *word)
{
    ngx_uint_t                  n;
    ngx_http_gate_edit_t       *e;
    ngx_http_gate_edit_line_t  *line;
    ngx_http_gate_edit_verb_t  *verb;

    e = ngx_http_gate_edit_of(cf, conf);
    line = e ? ngx_array_push(e->lines) : NULL;

    if (line == NULL) {
        return NGX_CONF_ERROR;
    }

    ngx_memzero(line, sizeof(ngx_http_gate_edit_line_t));

    line->file = cf->conf_file->file.name.data;
    line->line = cf->conf_file->line;

    n = cf->args->nelts;
    verb = ngx_http_gate_edit_verbs;

    while (n > 1 && verb->verb.len
           && ngx_strcmp(word[1].data, verb->verb.data) != 0)
    {
        verb++;
    }

    if (n < 3 || verb->verb.len == 0) {
        return "must be \"json\", one of \"add\", \"replace\", \"default\", "
               "\"remove\", \"rename\", \"move\" and \"copy\", and a pointer "
               "such as \"/a/0\"";
    }

    line->kind = verb->kind;
    line->path = word[2];

    if (verb->value) {
        return ngx_http_gate_edit_json_value(cf, line, word);
    }

    return ngx_http_gate_edit_json_to(cf, line, verb, word);
}


/* where it goes, or what it is called then */

static char *
ngx_http_gate_edit_json_to(ngx_conf_t *cf, ngx_http_gate_edit_line_t *line,
    ngx_http_gate_edit_verb_t *verb, ngx_str_t *word)
{
    if (cf->args->nelts != 3 + (ngx_uint_t) verb->to) {
        return verb->to ? "takes a pointer, and where or what it becomes: "
                          "write both"
                        : "takes a pointer and nothing behind it";
    }

    if (verb->to) {
        line->to = word[3];
    }

    /* in an OpenAPI document names are paths; elsewhere it is a mistake */

    if (line->kind == GATE_EDIT_RENAME && line->to.len
        && line->to.data[0] == '/')
    {
        ngx_conf_log_error(NGX_LOG_WARN, cf, 0,
                           "\"json rename\" takes a name, not a pointer, and "
                           "\"%V\" will be one: write it without \"/\", or "
                           "\"json move\"", &line->to);
    }

    return NGX_CONF_OK;
}


static char *
ngx_http_gate_edit_json_value(ngx_conf_t *cf, ngx_http_gate_edit_line_t *line,
    ngx_str_t *word)
{
    ngx_uint_t   json, n;
    const char  *why;

    n = cf->args->nelts;

    json = (n == 5 && ngx_strcmp(word[4].data, "as=json") == 0);

    if (n != 4 + json) {
        return "takes a pointer and a value, in quotes if it has spaces, and "
               "\"as=json\" behind them if variables have JSON";
    }

    why = ngx_http_gate_edit_compile(cf, &word[3], 0, json, &line->value);

    if (why != NULL) {
        return *why ? ngx_http_gate_conf_wrong(cf, &word[3], why)
                    : NGX_CONF_ERROR;
    }

    return NGX_CONF_OK;
}


/* body TEMPLATE | @FILE [type=TYPE] [as=json]; */

static char *
ngx_http_gate_edit_body(ngx_conf_t *cf, void *conf, ngx_str_t *word)
{
    ngx_str_t              text;
    ngx_uint_t             i, json;
    const char            *why;
    ngx_http_gate_edit_t  *e;

    e = ngx_http_gate_edit_of(cf, conf);
    if (e == NULL) {
        return NGX_CONF_ERROR;
    }

    if (e->body != NULL) {
        return "is there a second time: take one of them out";
    }

    if (cf->args->nelts < 2) {
        return "takes a template, or \"@\" and a file that has it";
    }

    json = 0;

    for (i = 2; i < cf->args->nelts; i++) {

        if (ngx_strcmp(word[i].data, "as=json") == 0) {
            json = 1;
            continue;
        }

        if (ngx_http_gate_edit_body_type(cf, e, &word[i]) != NGX_CONF_OK) {
            return NGX_CONF_ERROR;
        }
    }

    text = word[1];

    if (ngx_http_gate_edit_body_file(cf, &text) != NGX_OK) {
        return NGX_CONF_ERROR;
    }

    why = ngx_http_gate_edit_compile(cf, &text, 1, json, &e->body);

    if (why != NULL) {
        return *why ? ngx_http_gate_conf_wrong(cf, &word[1], why)
                    : NGX_CONF_ERROR;
    }

    return NGX_CONF_OK;
}


static ngx_int_t
ngx_http_gate_edit_body_file(ngx_conf_t *cf, ngx_str_t *text)
{
    ngx_str_t  path;

    if (text->len == 0 || text->data[0] != '@') {
        return NGX_OK;
    }

    path.len = text->len - 1;
    path.data = text->data + 1;

    if (ngx_conf_full_name(cf->cycle, &path, 1) != NGX_OK) {
        return NGX_ERROR;
    }

    return ngx_http_gate_read_file(cf, &path, NGX_HTTP_GATE_EDIT_MAX, 0, text);
}


static char *
ngx_http_gate_edit_body_type(ngx_conf_t *cf, ngx_http_gate_edit_t *e,
    ngx_str_t *word)
{
    if (ngx_strncmp(word->data, "type=", 5) != 0) {
        return ngx_http_gate_conf_wrong(cf, word, "is not known behind "
                                        "\"body\": write \"type=TYPE\" or "
                                        "\"as=json\"");
    }

    e->type.len = word->len - 5;
    e->type.data = word->data + 5;

    if (!ngx_http_gate_edit_is_json(ngx_http_gate_view(&e->type))) {
        return ngx_http_gate_conf_wrong(cf, word, "must be a type of JSON: "
                                        "\"type=application/json\", or one "
                                        "that ends in \"+json\"");
    }

    return NGX_CONF_OK;
}


/* bodies PARAMETERS; */

static char *
ngx_http_gate_edit_bodies(ngx_conf_t *cf, void *conf, ngx_str_t *word)
{
    ngx_http_gate_edit_t  *e;

    e = ngx_http_gate_edit_of(cf, conf);
    if (e == NULL) {
        return NGX_CONF_ERROR;
    }

    if (e->said) {
        return "is there a second time: write all of it into one line";
    }

    if (cf->args->nelts < 2) {
        return "says nothing: write \"max=SIZE\" or the like behind it";
    }

    e->said = 1;

    return ngx_http_gate_conf_params(cf, 1, ngx_http_gate_edit_params, e);
}


static char *
ngx_http_gate_edit_types(ngx_conf_t *cf, void *conf, ngx_str_t *value)
{
    ngx_http_gate_edit_t *e = conf;

    ngx_str_t   *type;
    ngx_uint_t   i;

    type = e->types->elts;

    for (i = 0; i < e->types->nelts; i++) {
        if (ngx_strlchr(type[i].data, type[i].data + type[i].len, '/')
            == NULL)
        {
            return "must be types with \"/\" in them: write "
                   "\"types=application/json\"";
        }
    }

    return NGX_CONF_OK;
}


static ngx_http_gate_edit_t *
ngx_http_gate_edit_of(ngx_conf_t *cf, ngx_http_gate_transform_t *t)
{
    ngx_http_gate_edit_t  *e;

    if (t->body != NULL) {
        return t->body;
    }

    e = ngx_pcalloc(cf->pool, sizeof(ngx_http_gate_edit_t));
    if (e == NULL) {
        return NULL;
    }

    e->lines = ngx_array_create(cf->pool, 4,
                                sizeof(ngx_http_gate_edit_line_t));
    if (e->lines == NULL) {
        return NULL;
    }

    ngx_str_set(&e->type, "application/json");
    e->max = NGX_HTTP_GATE_EDIT_MAX;
    e->other = NGX_HTTP_GATE_EDIT_PASS;
    e->invalid = t->answer ? NGX_HTTP_GATE_EDIT_PASS
                           : NGX_HTTP_GATE_EDIT_REFUSE;

    t->body = e;

    return e;
}


ngx_int_t
ngx_http_gate_edit_prepare(ngx_conf_t *cf, ngx_http_gate_edit_t *e,
    u_char *file, ngx_uint_t line)
{
    if (e->plan != NULL || (e->body != NULL && e->lines->nelts == 0)) {
        return NGX_OK;
    }

    if (e->body != NULL) {
        ngx_log_error(NGX_LOG_EMERG, cf->log, 0,
                      "\"body\" leaves nothing for \"json\" to edit: take "
                      "one of them out of the block of \"gate_transform\" "
                      "in %s:%ui", file, line);
        return NGX_ERROR;
    }

    if (e->lines->nelts == 0) {
        ngx_log_error(NGX_LOG_EMERG, cf->log, 0,
                      "\"bodies\" stands alone: write \"json\" or \"body\" "
                      "into the block of \"gate_transform\" in %s:%ui",
                      file, line);
        return NGX_ERROR;
    }

    return ngx_http_gate_edit_plan(cf, e);
}


static ngx_int_t
ngx_http_gate_edit_plan(ngx_conf_t *cf, ngx_http_gate_edit_t *e)
{
    const char                 *why;
    ngx_uint_t                  i;
    gate_edit_op_t             *op;
    gate_edit_clash_t           clash;
    ngx_http_gate_edit_line_t  *line, *other;

    line = e->lines->elts;

    op = ngx_palloc(cf->temp_pool, e->lines->nelts * sizeof(gate_edit_op_t));
    if (op == NULL) {
        return NGX_ERROR;
    }

    for (i = 0; i < e->lines->nelts; i++) {
        op[i].kind = line[i].kind;
        op[i].path = ngx_http_gate_view(&line[i].path);
        op[i].to = ngx_http_gate_view(&line[i].to);
    }

    why = gate_edit_plan(&e->plan, op, e->lines->nelts,
                         ngx_http_gate_edit_memory(cf->pool), &clash);

    if (why == NULL) {
        return NGX_OK;
    }

    other = &line[clash.other];
    line = &line[clash.op];

    if (other == line) {
        ngx_log_error(NGX_LOG_EMERG, cf->log, 0,
                      "\"json\" cannot edit \"%V\": it %s in %s:%ui",
                      &line->path, why, line->file, line->line);

    } else {
        ngx_log_error(NGX_LOG_EMERG, cf->log, 0,
                      "\"json\" cannot edit \"%V\": it %s, which is that of "
                      "line %ui, in %s:%ui", &line->path, why, other->line,
                      line->file, line->line);
    }

    return NGX_ERROR;
}
