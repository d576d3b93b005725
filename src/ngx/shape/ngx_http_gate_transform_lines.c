
/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * The lines of gate_transform.
 */


#include "ngx_http_gate.h"
#include "ngx_http_gate_conf.h"
#include "ngx_http_gate_request.h"
#include "ngx_http_gate_transform.h"

#include "gate_cookie.h"
#include "gate_field.h"
#include "gate_uri.h"


#define NGX_HTTP_GATE_TRANSFORM_LINES  32     /* kinds of lines, at most */


typedef struct {
    gate_str_t                 name;
    size_t                     offset;
} ngx_http_gate_transform_slot_t;


static char *ngx_http_gate_transform_count(ngx_conf_t *cf,
    ngx_http_gate_transform_t *t, ngx_http_gate_transform_op_t *op);
static ngx_uint_t ngx_http_gate_transform_twice(ngx_http_gate_transform_t *t,
    ngx_http_gate_transform_op_t *op);
static ngx_uint_t ngx_http_gate_transform_word(ngx_str_t *words,
    ngx_str_t *word);
static char *ngx_http_gate_transform_argument(ngx_conf_t *cf,
    ngx_http_gate_transform_name_t *name);
static char *ngx_http_gate_transform_to(ngx_conf_t *cf,
    ngx_http_gate_transform_t *t, ngx_http_gate_transform_op_t *op,
    ngx_str_t *text);
static char *ngx_http_gate_transform_name(ngx_conf_t *cf,
    ngx_http_gate_transform_t *t, ngx_http_gate_transform_op_t *op,
    ngx_http_gate_transform_name_t *name, ngx_str_t *text);
static const char *ngx_http_gate_transform_apart(
    ngx_http_gate_transform_op_t *op, ngx_http_gate_transform_name_t *name);
static char *ngx_http_gate_transform_value(ngx_conf_t *cf,
    ngx_http_gate_transform_op_t *op, ngx_str_t *text);
static ngx_int_t ngx_http_gate_transform_variable(
    ngx_http_complex_value_t *value);
static ngx_int_t ngx_http_gate_transform_compare(const void *one,
    const void *two);


/* by verb and by what it is done to */

static ngx_str_t  ngx_http_gate_transform_verbs[] = {
    ngx_string("remove"),
    ngx_string("rename"),
    ngx_string("replace"),
    ngx_string("add"),
    ngx_string("append"),
    ngx_string("set"),
    ngx_null_string
};

static ngx_str_t  ngx_http_gate_transform_ofs[] = {
    ngx_string("field"),
    ngx_string("cookie"),
    ngx_string("query"),
    ngx_null_string
};


/* what nginx keeps beside the list of an answer's fields */

static ngx_http_gate_transform_slot_t  ngx_http_gate_transform_slots[] = {
    { gate_string("server"), offsetof(ngx_http_headers_out_t, server) },
    { gate_string("location"), offsetof(ngx_http_headers_out_t, location) },
    { gate_string("refresh"), offsetof(ngx_http_headers_out_t, refresh) },
    { gate_string("last-modified"),
      offsetof(ngx_http_headers_out_t, last_modified) },
    { gate_string("accept-ranges"),
      offsetof(ngx_http_headers_out_t, accept_ranges) },
    { gate_string("www-authenticate"),
      offsetof(ngx_http_headers_out_t, www_authenticate) },
    { gate_string("expires"), offsetof(ngx_http_headers_out_t, expires) },
    { gate_string("etag"), offsetof(ngx_http_headers_out_t, etag) },
    { { 0, NULL }, 0 }
};


/* these and those of other rooms, said anew for each configuration */

ngx_http_gate_conf_row_t
    ngx_http_gate_transform_rows[NGX_HTTP_GATE_TRANSFORM_LINES + 1];


ngx_int_t
ngx_http_gate_transform_lines(ngx_conf_t *cf, ngx_http_gate_conf_row_t *rows)
{
    ngx_uint_t                 n;
    ngx_http_gate_conf_row_t  *to;

    for (n = 0; ngx_http_gate_transform_rows[n].name.len; n++) { /* void */ }

    for (to = &ngx_http_gate_transform_rows[n]; rows->name.len; rows++) {

        if (n++ == NGX_HTTP_GATE_TRANSFORM_LINES) {
            ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                               "too many kinds of lines of \"gate_transform\"");
            return NGX_ERROR;
        }

        *to++ = *rows;
    }

    to->name.len = 0;

    return NGX_OK;
}


/* VERB field|query|cookie NAME [NEW|VALUE]; */

char *
ngx_http_gate_transform_op(ngx_conf_t *cf, void *conf, ngx_str_t *word)
{
    ngx_http_gate_transform_t *t = conf;

    char                          *rv;
    ngx_http_gate_transform_op_t  *op;

    op = ngx_array_push(t->ops);
    if (op == NULL) {
        return NGX_CONF_ERROR;
    }

    ngx_memzero(op, sizeof(ngx_http_gate_transform_op_t));

    op->verb = ngx_http_gate_transform_word(ngx_http_gate_transform_verbs,
                                            &word[0]);

    op->of = (cf->args->nelts > 1)
             ? ngx_http_gate_transform_word(ngx_http_gate_transform_ofs,
                                            &word[1])
             : NGX_HTTP_GATE_TRANSFORM_OF;

    if (op->of == NGX_HTTP_GATE_TRANSFORM_OF) {
        return "must say of what: write \"field\", \"query\" or \"cookie\" "
               "and a name behind it";
    }

    rv = ngx_http_gate_transform_count(cf, t, op);
    if (rv != NGX_CONF_OK) {
        return rv;
    }

    rv = ngx_http_gate_transform_name(cf, t, op, &op->name, &word[2]);

    if (rv == NGX_CONF_OK && ngx_http_gate_transform_twice(t, op)) {
        return ngx_http_gate_conf_wrong(cf, &word[2], "is set above, too, and "
                                        "the last one counts: take one of "
                                        "them out");
    }

    if (rv != NGX_CONF_OK || op->verb == NGX_HTTP_GATE_TRANSFORM_REMOVE) {
        return rv;
    }

    if (op->verb == NGX_HTTP_GATE_TRANSFORM_RENAME) {
        return ngx_http_gate_transform_to(cf, t, op, &word[3]);
    }

    if (op->verb != NGX_HTTP_GATE_TRANSFORM_REPLACE) {
        t->adds++;
    }

    if (cf->args->nelts == 5) {
        op->more = word[4];
    }

    return ngx_http_gate_transform_value(cf, op, &word[3]);
}


/* services read "_" and "-" of fields of requests as the same */

static ngx_uint_t
ngx_http_gate_transform_twice(ngx_http_gate_transform_t *t,
    ngx_http_gate_transform_op_t *op)
{
    u_char                         a, b;
    size_t                         n;
    ngx_http_gate_transform_op_t  *other;

    if (op->verb != NGX_HTTP_GATE_TRANSFORM_SET
        || op->of != NGX_HTTP_GATE_TRANSFORM_FIELD)
    {
        return 0;
    }

    for (other = t->ops->elts; other < op; other++) {

        if (other->verb != op->verb || other->of != op->of
            || other->name.text.len != op->name.text.len)
        {
            continue;
        }

        for (n = 0; n < op->name.text.len; n++) {
            a = op->name.low[n];
            b = other->name.low[n];

            if (a != b && (t->answer || (a != '_' && a != '-')
                           || (b != '_' && b != '-')))
            {
                break;
            }
        }

        if (n == op->name.text.len) {
            return 1;
        }
    }

    return 0;
}


/* how many words there are; attributes stand apart from the value of a cookie,
 * as that one has variables */

static char *
ngx_http_gate_transform_count(ngx_conf_t *cf, ngx_http_gate_transform_t *t,
    ngx_http_gate_transform_op_t *op)
{
    ngx_uint_t  n;

    n = cf->args->nelts;

    if (t->answer && op->of == NGX_HTTP_GATE_TRANSFORM_QUERY) {
        return "is of requests: an answer has no query";
    }

    switch (op->verb) {

    case NGX_HTTP_GATE_TRANSFORM_REMOVE:
        return (n == 3) ? NGX_CONF_OK : "takes one name";

    case NGX_HTTP_GATE_TRANSFORM_RENAME:
        return (n == 4) ? NGX_CONF_OK
                        : "takes two names, the old one and the new one";

    default:

        if (t->answer && op->of == NGX_HTTP_GATE_TRANSFORM_COOKIE) {
            return (n == 4 || n == 5) ? NGX_CONF_OK
                   : "takes a name, a value and, in one pair of quotes, "
                     "attributes such as \"Path=/; Secure\"";
        }

        return (n == 4) ? NGX_CONF_OK
               : "takes a name and one value, in quotes if it has spaces";
    }
}


/* which one it is; that of the empty one behind all: none */

static ngx_uint_t
ngx_http_gate_transform_word(ngx_str_t *words, ngx_str_t *word)
{
    ngx_uint_t  i;

    for (i = 0; words[i].len; i++) {
        if (ngx_strcmp(word->data, words[i].data) == 0) {
            break;
        }
    }

    return i;
}


static char *
ngx_http_gate_transform_name(ngx_conf_t *cf, ngx_http_gate_transform_t *t,
    ngx_http_gate_transform_op_t *op, ngx_http_gate_transform_name_t *name,
    ngx_str_t *text)
{
    const char  *why;

    name->text = *text;
    name->sent = *text;

    if (op->of == NGX_HTTP_GATE_TRANSFORM_QUERY) {
        return ngx_http_gate_transform_argument(cf, name);
    }

    if (!gate_field_is_token(ngx_http_gate_view(text))) {
        return ngx_http_gate_conf_wrong(cf, text, "must be a name, of letters "
                                        "and digits, \"-\" and the like");
    }

    if (op->of == NGX_HTTP_GATE_TRANSFORM_COOKIE) {
        return NGX_CONF_OK;
    }

    why = gate_field_owner(ngx_http_gate_view(text), t->answer);
    if (why != NULL) {
        return ngx_http_gate_conf_wrong(cf, text, why);
    }

    name->low = ngx_pnalloc(cf->pool, text->len);
    if (name->low == NULL) {
        return NGX_CONF_ERROR;
    }

    name->hash = ngx_hash_strlow(name->low, text->data, text->len);

    why = t->answer ? ngx_http_gate_transform_apart(op, name) : NULL;

    return (why == NULL) ? NGX_CONF_OK
                         : ngx_http_gate_conf_wrong(cf, text, why);
}


/* compared as readers decode it, sent so that they do */

static char *
ngx_http_gate_transform_argument(ngx_conf_t *cf,
    ngx_http_gate_transform_name_t *name)
{
    if (name->text.len == 0) {
        return ngx_http_gate_conf_wrong(cf, &name->text,
                                        "must be the name of an argument");
    }

    name->sent.data = ngx_pnalloc(cf->pool, 3 * name->text.len);
    if (name->sent.data == NULL) {
        return NGX_CONF_ERROR;
    }

    name->sent.len = gate_uri_escape(ngx_http_gate_view(&name->text),
                                     name->sent.data);

    return NGX_CONF_OK;
}


static char *
ngx_http_gate_transform_to(ngx_conf_t *cf, ngx_http_gate_transform_t *t,
    ngx_http_gate_transform_op_t *op, ngx_str_t *text)
{
    gate_str_t  old, new;

    old = ngx_http_gate_view(&op->name.text);
    new = ngx_http_gate_view(text);

    if (op->of == NGX_HTTP_GATE_TRANSFORM_FIELD ? gate_str_eq_nocase(old, new)
                                                : gate_str_eq(old, new))
    {
        return ngx_http_gate_conf_wrong(cf, text, "is the old name as well");
    }

    return ngx_http_gate_transform_name(cf, t, op, &op->to, text);
}


/* fields of an answer that nginx treats as no others */

static const char *
ngx_http_gate_transform_apart(ngx_http_gate_transform_op_t *op,
    ngx_http_gate_transform_name_t *name)
{
    gate_str_t                       low;
    ngx_http_gate_transform_slot_t  *slot;

    low = gate_str(name->low, name->text.len);

    name->cached = gate_str_eq(low, gate_cstr("cache-control"));
    name->type = gate_str_eq(low, gate_cstr("content-type"));

    if (name->type
        && (op->verb == NGX_HTTP_GATE_TRANSFORM_RENAME
            || op->verb == NGX_HTTP_GATE_TRANSFORM_APPEND))
    {
        return "is there once and has no other name: write \"set\", "
               "\"replace\", \"add\" or \"remove\"";
    }

    for (slot = ngx_http_gate_transform_slots; slot->name.len; slot++) {
        if (gate_str_eq(low, slot->name)) {
            name->slot = slot->offset;
        }
    }

    if (name->slot == offsetof(ngx_http_headers_out_t, server)
        && op->verb != NGX_HTTP_GATE_TRANSFORM_SET)
    {
        return "is written by nginx, which does not hand on that of a "
               "service: write \"set\" for another value";
    }

    return NULL;
}


static char *
ngx_http_gate_transform_value(ngx_conf_t *cf, ngx_http_gate_transform_op_t *op,
    ngx_str_t *text)
{
    gate_str_t                        view;
    ngx_http_compile_complex_value_t  ccv;

    view = ngx_http_gate_view(text);

    if (op->of == NGX_HTTP_GATE_TRANSFORM_COOKIE
        && !gate_cookie_is_value(view))
    {
        return "must not have \";\", \",\" or a control byte in the value: "
               "attributes stand behind it, in quotes of their own";
    }

    if (op->of == NGX_HTTP_GATE_TRANSFORM_FIELD && !gate_field_is_value(view))
    {
        return "must not have a control byte in the value";
    }

    if (!gate_field_is_value(ngx_http_gate_view(&op->more))) {
        return "must not have a control byte in the attributes";
    }

    op->value = ngx_palloc(cf->pool, sizeof(ngx_http_complex_value_t));
    if (op->value == NULL) {
        return NGX_CONF_ERROR;
    }

    ngx_memzero(&ccv, sizeof(ngx_http_compile_complex_value_t));

    ccv.cf = cf;
    ccv.value = text;
    ccv.complex_value = op->value;

    if (ngx_http_compile_complex_value(&ccv) != NGX_OK) {
        return NGX_CONF_ERROR;
    }

    op->index = ngx_http_gate_transform_variable(op->value);

    return NGX_CONF_OK;
}


/* the one variable that is all of a value, and needs no copy */

static ngx_int_t
ngx_http_gate_transform_variable(ngx_http_complex_value_t *value)
{
    u_char      c;
    ngx_uint_t  i;

    if (value->flushes == NULL || value->flushes[1] != (ngx_uint_t) -1
        || value->value.data[0] != '$')
    {
        return NGX_ERROR;
    }

    for (i = 1; i < value->value.len; i++) {
        c = value->value.data[i];

        if (!((c >= '0' && c <= '9') || (gate_lower(c) >= 'a'
                                         && gate_lower(c) <= 'z')
              || c == '_'))
        {
            return NGX_ERROR;
        }
    }

    return value->flushes[0];
}


/* the ops of each kind in the order of verbs, those of a verb as written */

void
ngx_http_gate_transform_order(ngx_http_gate_transform_t *t)
{
    ngx_uint_t                     i, of;
    ngx_http_gate_transform_op_t  *op;

    op = t->ops->elts;

    /* a stable one */
    ngx_sort(op, t->ops->nelts, sizeof(ngx_http_gate_transform_op_t),
             ngx_http_gate_transform_compare);

    for (of = 0, i = 0; of <= NGX_HTTP_GATE_TRANSFORM_OF; of++) {

        while (i < t->ops->nelts && op[i].of < of) {
            i++;
        }

        t->first[of] = i;
    }
}


static ngx_int_t
ngx_http_gate_transform_compare(const void *one, const void *two)
{
    const ngx_http_gate_transform_op_t *a = one;
    const ngx_http_gate_transform_op_t *b = two;

    if (a->of != b->of) {
        return (a->of > b->of) ? 1 : -1;
    }

    return (a->verb > b->verb) ? 1 : (a->verb < b->verb) ? -1 : 0;
}
