
/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * The lines of gate_transform.
 */


#include "ngx_http_gate.h"
#include "ngx_http_gate_conf.h"
#include "ngx_http_gate_request.h"
#include "ngx_http_gate_transform.h"

#include "gate_field.h"


#define NGX_HTTP_GATE_TRANSFORM_LINES  32     /* kinds of lines, at most */


typedef struct {
    gate_str_t                 name;
    size_t                     offset;
} ngx_http_gate_transform_slot_t;


static char *ngx_http_gate_transform_line(ngx_conf_t *cf,
    ngx_http_gate_transform_t *t, ngx_http_gate_transform_op_t *op,
    ngx_str_t *word);
static char *ngx_http_gate_transform_name(ngx_conf_t *cf,
    ngx_http_gate_transform_t *t, ngx_http_gate_transform_op_t *op,
    ngx_http_gate_transform_name_t *name, ngx_str_t *text);
static const char *ngx_http_gate_transform_apart(
    ngx_http_gate_transform_op_t *op, ngx_http_gate_transform_name_t *name);
static char *ngx_http_gate_transform_value(ngx_conf_t *cf,
    ngx_http_gate_transform_op_t *op, ngx_str_t *text);
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


/* VERB field NAME [NEW|VALUE]; */

char *
ngx_http_gate_transform_op(ngx_conf_t *cf, void *conf, ngx_str_t *word)
{
    ngx_http_gate_transform_t *t = conf;

    ngx_uint_t                     i, n;
    ngx_http_gate_transform_op_t  *op;

    op = ngx_array_push(t->ops);
    if (op == NULL) {
        return NGX_CONF_ERROR;
    }

    ngx_memzero(op, sizeof(ngx_http_gate_transform_op_t));

    for (i = 0; ngx_http_gate_transform_verbs[i].len; i++) {
        if (ngx_strcmp(word[0].data, ngx_http_gate_transform_verbs[i].data)
            == 0)
        {
            op->verb = i;
        }
    }

    n = cf->args->nelts;

    if (n > 1) {
        for (i = 0; ngx_http_gate_transform_ofs[i].len; i++) {
            if (ngx_strcmp(word[1].data, ngx_http_gate_transform_ofs[i].data)
                == 0)
            {
                op->of = i;
                break;
            }
        }
    }

    if (n < 2 || ngx_http_gate_transform_ofs[i].len == 0) {
        return "must say what it is done to: write \"field\" behind it";
    }

    if (op->verb == NGX_HTTP_GATE_TRANSFORM_REMOVE ? n != 3 : n != 4) {
        return (op->verb == NGX_HTTP_GATE_TRANSFORM_REMOVE)
               ? "takes one name: write one behind it"
               : (op->verb == NGX_HTTP_GATE_TRANSFORM_RENAME)
               ? "takes two names, the old one and the new one"
               : "takes a name and one value, in quotes if it has spaces";
    }

    return ngx_http_gate_transform_line(cf, t, op, word);
}


static char *
ngx_http_gate_transform_line(ngx_conf_t *cf, ngx_http_gate_transform_t *t,
    ngx_http_gate_transform_op_t *op, ngx_str_t *word)
{
    char  *rv;

    rv = ngx_http_gate_transform_name(cf, t, op, &op->name, &word[2]);

    if (rv != NGX_CONF_OK || op->verb == NGX_HTTP_GATE_TRANSFORM_REMOVE) {
        return rv;
    }

    if (op->verb == NGX_HTTP_GATE_TRANSFORM_RENAME) {
        return ngx_http_gate_transform_name(cf, t, op, &op->to, &word[3]);
    }

    if (op->verb != NGX_HTTP_GATE_TRANSFORM_REPLACE) {
        t->adds++;
    }

    return ngx_http_gate_transform_value(cf, op, &word[3]);
}


static char *
ngx_http_gate_transform_name(ngx_conf_t *cf, ngx_http_gate_transform_t *t,
    ngx_http_gate_transform_op_t *op, ngx_http_gate_transform_name_t *name,
    ngx_str_t *text)
{
    const char  *why;

    if (!gate_field_is_token(ngx_http_gate_view(text))) {
        return ngx_http_gate_conf_wrong(cf, text,
                                        "must be the name of a field");
    }

    why = gate_field_owner(ngx_http_gate_view(text), t->answer);
    if (why != NULL) {
        return ngx_http_gate_conf_wrong(cf, text, why);
    }

    name->text = *text;

    name->low = ngx_pnalloc(cf->pool, text->len);
    if (name->low == NULL) {
        return NGX_CONF_ERROR;
    }

    name->hash = ngx_hash_strlow(name->low, text->data, text->len);

    why = t->answer ? ngx_http_gate_transform_apart(op, name) : NULL;

    return (why == NULL) ? NGX_CONF_OK
                         : ngx_http_gate_conf_wrong(cf, text, why);
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
    ngx_http_compile_complex_value_t  ccv;

    if (!gate_field_is_value(ngx_http_gate_view(text))) {
        return ngx_http_gate_conf_wrong(cf, text,
                                        "must not have a control byte");
    }

    op->value = ngx_palloc(cf->pool, sizeof(ngx_http_complex_value_t));
    if (op->value == NULL) {
        return NGX_CONF_ERROR;
    }

    ngx_memzero(&ccv, sizeof(ngx_http_compile_complex_value_t));

    ccv.cf = cf;
    ccv.value = text;
    ccv.complex_value = op->value;

    return (ngx_http_compile_complex_value(&ccv) == NGX_OK) ? NGX_CONF_OK
                                                             : NGX_CONF_ERROR;
}


/* the ops of each kind in the order of verbs, those of a verb as written */

ngx_int_t
ngx_http_gate_transform_order(ngx_conf_t *cf, ngx_http_gate_transform_t *t)
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

    return NGX_OK;
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
