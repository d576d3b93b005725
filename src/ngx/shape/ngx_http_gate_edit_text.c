
/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * JSON texts with variables in them: read with the configuration, and made for
 * a request.  No value can end the string in which it stands.
 */


#include "ngx_http_gate.h"
#include "ngx_http_gate_edit.h"

#include "gate_edit.h"


static const char *ngx_http_gate_edit_parts(ngx_conf_t *cf, ngx_str_t *text,
    ngx_uint_t plain, ngx_http_gate_edit_text_t *t);
static const char *ngx_http_gate_edit_part(ngx_conf_t *cf,
    gate_template_part_t *from, ngx_uint_t plain, ngx_http_gate_edit_text_t *t);
static const char *ngx_http_gate_edit_literal(ngx_conf_t *cf,
    ngx_http_gate_edit_text_t *t, gate_str_t text, ngx_uint_t plain);
static const char *ngx_http_gate_edit_try(ngx_conf_t *cf,
    ngx_http_gate_edit_text_t *t);
static ngx_int_t ngx_http_gate_edit_take(ngx_http_request_t *r,
    ngx_http_gate_edit_text_t *t, ngx_str_t *values, size_t *size);
static u_char *ngx_http_gate_edit_put(ngx_http_gate_edit_text_t *t,
    ngx_http_gate_edit_part_t *part, ngx_str_t *value, u_char *p);


/*
 * "template": it is a text of JSON in any case.  Else: JSON if it can be and
 * has no variables; a template if it begins as an object, an array or a string
 * does; or the contents of a string.
 */

const char *
ngx_http_gate_edit_compile(ngx_conf_t *cf, ngx_str_t *text,
    ngx_uint_t template, ngx_uint_t json, ngx_http_gate_edit_text_t **to)
{
    ngx_uint_t                  i, n;
    const char                 *why;
    ngx_http_gate_edit_part_t  *part;
    ngx_http_gate_edit_text_t  *t;

    t = ngx_pcalloc(cf->pool, sizeof(ngx_http_gate_edit_text_t));

    if (t == NULL
        || ngx_array_init(&t->parts, cf->pool, 4,
                          sizeof(ngx_http_gate_edit_part_t))
           != NGX_OK)
    {
        return "";
    }

    *to = t;
    t->json = json;

    template = template || json
               || (text->len != 0 && ngx_strchr("{[\"", text->data[0]));

    why = ngx_http_gate_edit_parts(cf, text, 0, t);
    if (why != NULL) {
        return why;
    }

    part = t->parts.elts;

    for (i = 0, n = 0; i < t->parts.nelts; i++) {
        n += (part[i].kind != GATE_TEMPLATE_TEXT);
    }

    if (json && n == 0) {
        return "has no variable that \"as=json\" could be about: take that "
               "out";
    }

    why = (template || n == 0) ? ngx_http_gate_edit_try(cf, t) : "";

    if (why == NULL || template) {
        return why;
    }

    t->parts.nelts = 0;

    return ngx_http_gate_edit_parts(cf, text, 1, t);
}


/* "plain": the contents of a string, else a text of JSON */

static const char *
ngx_http_gate_edit_parts(ngx_conf_t *cf, ngx_str_t *text, ngx_uint_t plain,
    ngx_http_gate_edit_text_t *t)
{
    int                    rc;
    const char            *why;
    gate_template_t        tp;
    gate_template_part_t   part;

    tp.rest = ngx_http_gate_view(text);
    tp.inside = 0;

    why = plain ? ngx_http_gate_edit_literal(cf, t, gate_cstr("\""), 0) : NULL;

    while (why == NULL && (rc = gate_template_next(&tp, &part)) != 0) {

        if (rc == -1) {
            return "has a \"${\" without a name and \"}\" behind it";
        }

        why = ngx_http_gate_edit_part(cf, &part, plain, t);
    }

    if (why == NULL && plain) {
        why = ngx_http_gate_edit_literal(cf, t, gate_cstr("\""), 0);
    }

    return why;
}


static const char *
ngx_http_gate_edit_part(ngx_conf_t *cf, gate_template_part_t *from,
    ngx_uint_t plain, ngx_http_gate_edit_text_t *t)
{
    ngx_str_t                          name;
    ngx_http_gate_edit_part_t         *part;
    ngx_http_compile_complex_value_t   ccv;

    if (from->kind == GATE_TEMPLATE_TEXT) {
        return ngx_http_gate_edit_literal(cf, t, from->text, plain);
    }

    part = ngx_array_push(&t->parts);
    if (part == NULL) {
        return "";
    }

    ngx_memzero(part, sizeof(ngx_http_gate_edit_part_t));

    part->kind = plain ? GATE_TEMPLATE_INSIDE : from->kind;

    name.len = from->text.len + 3;
    name.data = ngx_pnalloc(cf->pool, name.len + 1);
    if (name.data == NULL) {
        return "";
    }

    ngx_sprintf(name.data, "${%*s}%Z", from->text.len, from->text.data);

    ngx_memzero(&ccv, sizeof(ngx_http_compile_complex_value_t));

    ccv.cf = cf;
    ccv.value = &name;
    ccv.complex_value = &part->value;

    return (ngx_http_compile_complex_value(&ccv) == NGX_OK) ? NULL : "";
}


/* one behind the other they are one part */

static const char *
ngx_http_gate_edit_literal(ngx_conf_t *cf, ngx_http_gate_edit_text_t *t,
    gate_str_t text, ngx_uint_t plain)
{
    u_char                     *p;
    ngx_uint_t                  n;
    ngx_http_gate_edit_part_t  *part;

    n = t->parts.nelts;
    part = (ngx_http_gate_edit_part_t *) t->parts.elts + n - 1;

    if (n == 0 || part->kind != GATE_TEMPLATE_TEXT) {
        part = ngx_array_push(&t->parts);
        if (part == NULL) {
            return "";
        }

        ngx_memzero(part, sizeof(ngx_http_gate_edit_part_t));
    }

    p = ngx_pnalloc(cf->pool, part->text.len + GATE_TEMPLATE_QUOTED(text.len));
    if (p == NULL) {
        return "";
    }

    ngx_memcpy(p, part->text.data, part->text.len);

    part->text.data = p;
    p += part->text.len;

    p = plain ? gate_template_quote(p, text)
              : ngx_cpymem(p, text.data, text.len);

    part->text.len = p - part->text.data;

    return NULL;
}


/* NULL: it is JSON, whatever the values */

static const char *
ngx_http_gate_edit_try(ngx_conf_t *cf, ngx_http_gate_edit_text_t *t)
{
    size_t                      size;
    u_char                     *p, *text;
    ngx_uint_t                  i;
    ngx_http_gate_edit_part_t  *part;

    part = t->parts.elts;
    size = 1;

    for (i = 0; i < t->parts.nelts; i++) {
        size += part[i].text.len + sizeof("null") - 1;
    }

    text = ngx_pnalloc(cf->temp_pool, size);
    if (text == NULL) {
        return "";
    }

    p = text;

    for (i = 0; i < t->parts.nelts; i++) {

        if (part[i].kind == GATE_TEMPLATE_WHOLE) {
            p = ngx_cpymem(p, "null", sizeof("null") - 1);

        } else {
            p = ngx_cpymem(p, part[i].text.data, part[i].text.len);
        }
    }

    return (gate_edit_check(gate_str(text, p - text)) == NULL)
           ? NULL
           : "must be JSON: mind quotes, commas and brackets, and write "
             "\"$$\" for a dollar";
}


ngx_int_t
ngx_http_gate_edit_text(ngx_http_request_t *r, ngx_http_gate_edit_text_t *t,
    gate_str_t *out)
{
    size_t                      size;
    u_char                     *p;
    ngx_int_t                   rc;
    ngx_str_t                  *values;
    ngx_uint_t                  i, n;
    ngx_http_gate_edit_part_t  *part;

    part = t->parts.elts;
    n = t->parts.nelts;

    if (n == 1 && part->kind == GATE_TEMPLATE_TEXT) {
        *out = ngx_http_gate_view(&part->text);
        return NGX_OK;
    }

    values = ngx_palloc(r->pool, n * sizeof(ngx_str_t));
    if (values == NULL) {
        return NGX_ERROR;
    }

    rc = ngx_http_gate_edit_take(r, t, values, &size);
    if (rc != NGX_OK) {
        return rc;
    }

    p = ngx_pnalloc(r->pool, size);
    if (p == NULL) {
        return NGX_ERROR;
    }

    out->data = p;

    for (i = 0; i < n; i++) {
        p = ngx_http_gate_edit_put(t, &part[i], &values[i], p);
    }

    out->len = p - out->data;

    return NGX_OK;
}


/* each variable once, as two looks at one may differ */

static ngx_int_t
ngx_http_gate_edit_take(ngx_http_request_t *r, ngx_http_gate_edit_text_t *t,
    ngx_str_t *values, size_t *size)
{
    ngx_uint_t                  i;
    ngx_http_gate_edit_part_t  *part;

    part = t->parts.elts;
    *size = 0;

    for (i = 0; i < t->parts.nelts; i++) {

        if (part[i].kind == GATE_TEMPLATE_TEXT) {
            *size += part[i].text.len;
            continue;
        }

        if (ngx_http_complex_value(r, &part[i].value, &values[i]) != NGX_OK) {
            return NGX_ERROR;
        }

        if (t->json && part[i].kind == GATE_TEMPLATE_WHOLE) {

            if (values[i].len == 0) {
                ngx_str_set(&values[i], "null");
            }

            if (gate_edit_check(ngx_http_gate_view(&values[i])) != NULL) {
                return NGX_DECLINED;
            }
        }

        *size += GATE_TEMPLATE_QUOTED(values[i].len) + 2;
    }

    return NGX_OK;
}


static u_char *
ngx_http_gate_edit_put(ngx_http_gate_edit_text_t *t,
    ngx_http_gate_edit_part_t *part, ngx_str_t *value, u_char *p)
{
    if (part->kind == GATE_TEMPLATE_TEXT) {
        return ngx_cpymem(p, part->text.data, part->text.len);
    }

    if (part->kind == GATE_TEMPLATE_INSIDE) {
        return gate_template_quote(p, ngx_http_gate_view(value));
    }

    if (t->json) {
        return ngx_cpymem(p, value->data, value->len);
    }

    *p++ = '"';
    p = gate_template_quote(p, ngx_http_gate_view(value));
    *p++ = '"';

    return p;
}


ngx_int_t
ngx_http_gate_edit_values(ngx_http_request_t *r, ngx_http_gate_edit_t *e,
    gate_str_t **values)
{
    ngx_int_t                   rc;
    ngx_uint_t                  i;
    ngx_http_gate_edit_line_t  *line;

    *values = ngx_palloc(r->pool, e->lines->nelts * sizeof(gate_str_t));
    if (*values == NULL) {
        return NGX_ERROR;
    }

    line = e->lines->elts;

    for (i = 0; i < e->lines->nelts; i++) {

        if (line[i].value == NULL) {
            continue;
        }

        rc = ngx_http_gate_edit_text(r, line[i].value, &(*values)[i]);
        if (rc != NGX_OK) {
            return rc;
        }
    }

    return NGX_OK;
}


ngx_buf_t *
ngx_http_gate_edit_buf(ngx_pool_t *pool, gate_edit_out_t *out,
    ngx_http_gate_held_t *held)
{
    size_t              i;
    ngx_buf_t          *b;
    gate_edit_piece_t  *piece;

    b = ngx_create_temp_buf(pool, out->len);
    if (b == NULL) {
        return NULL;
    }

    for (i = 0; i < out->n; i++) {
        piece = &out->pieces[i];

        if (piece->text.data == NULL) {
            b->last = ngx_http_gate_held_copy(held, b->last, piece->from,
                                              piece->text.len);

        } else {
            b->last = ngx_cpymem(b->last, piece->text.data, piece->text.len);
        }
    }

    return b;
}


ngx_uint_t
ngx_http_gate_edit_is_digest(ngx_str_t *name)
{
    size_t  i;

    static const gate_str_t  names[] = {
        gate_string("digest"), gate_string("content-digest"),
        gate_string("repr-digest"), gate_string("content-md5")
    };

    for (i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        if (gate_str_eq_nocase(ngx_http_gate_view(name), names[i])) {
            return 1;
        }
    }

    return 0;
}
