
/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * The kinds of values: how each is read, and what it may be.
 */


#include "ngx_http_gate.h"
#include "ngx_http_gate_conf.h"

#include "gate_date.h"
#include "gate_list.h"
#include "gate_number.h"


typedef struct {
    /* NGX_DECLINED: it is none; "p": where it goes */
    ngx_int_t                (*set)(ngx_conf_t *cf,
                                   ngx_http_gate_conf_row_t *row,
                                   ngx_str_t *value, void *p);
    u_char                  *(*cure)(ngx_http_gate_conf_row_t *row, u_char *p,
                                   u_char *last);
} ngx_http_gate_conf_kind_t;


static ngx_int_t ngx_http_gate_conf_set_word(ngx_conf_t *cf,
    ngx_http_gate_conf_row_t *row, ngx_str_t *value, void *p);
static ngx_int_t ngx_http_gate_conf_set_bit(ngx_conf_t *cf,
    ngx_http_gate_conf_row_t *row, ngx_str_t *value, void *p);
static ngx_int_t ngx_http_gate_conf_set_text(ngx_conf_t *cf,
    ngx_http_gate_conf_row_t *row, ngx_str_t *value, void *p);
static u_char *ngx_http_gate_conf_cure_text(ngx_http_gate_conf_row_t *row,
    u_char *p, u_char *last);
static ngx_int_t ngx_http_gate_conf_set_name(ngx_conf_t *cf,
    ngx_http_gate_conf_row_t *row, ngx_str_t *value, void *p);
static u_char *ngx_http_gate_conf_cure_name(ngx_http_gate_conf_row_t *row,
    u_char *p, u_char *last);
static ngx_int_t ngx_http_gate_conf_push(ngx_conf_t *cf, ngx_array_t **ap,
    ngx_str_t *value);
static ngx_int_t ngx_http_gate_conf_set_number(ngx_conf_t *cf,
    ngx_http_gate_conf_row_t *row, ngx_str_t *value, void *p);
static u_char *ngx_http_gate_conf_cure_number(ngx_http_gate_conf_row_t *row,
    u_char *p, u_char *last);
static gate_number_range_t ngx_http_gate_conf_range(
    ngx_http_gate_conf_row_t *row);
static ngx_int_t ngx_http_gate_conf_set_enum(ngx_conf_t *cf,
    ngx_http_gate_conf_row_t *row, ngx_str_t *value, void *p);
static u_char *ngx_http_gate_conf_cure_enum(ngx_http_gate_conf_row_t *row,
    u_char *p, u_char *last);
static ngx_int_t ngx_http_gate_conf_set_list(ngx_conf_t *cf,
    ngx_http_gate_conf_row_t *row, ngx_str_t *value, void *p);
static u_char *ngx_http_gate_conf_cure_list(ngx_http_gate_conf_row_t *row,
    u_char *p, u_char *last);
static ngx_int_t ngx_http_gate_conf_set_date(ngx_conf_t *cf,
    ngx_http_gate_conf_row_t *row, ngx_str_t *value, void *p);
static u_char *ngx_http_gate_conf_cure_date(ngx_http_gate_conf_row_t *row,
    u_char *p, u_char *last);
static ngx_int_t ngx_http_gate_conf_set_file(ngx_conf_t *cf,
    ngx_http_gate_conf_row_t *row, ngx_str_t *value, void *p);
static u_char *ngx_http_gate_conf_cure_file(ngx_http_gate_conf_row_t *row,
    u_char *p, u_char *last);
static ngx_int_t ngx_http_gate_conf_set_secret(ngx_conf_t *cf,
    ngx_http_gate_conf_row_t *row, ngx_str_t *value, void *p);
static u_char *ngx_http_gate_conf_cure_secret(ngx_http_gate_conf_row_t *row,
    u_char *p, u_char *last);
static ngx_int_t ngx_http_gate_conf_set_value(ngx_conf_t *cf,
    ngx_http_gate_conf_row_t *row, ngx_str_t *value, void *p);
static u_char *ngx_http_gate_conf_cure_value(ngx_http_gate_conf_row_t *row,
    u_char *p, u_char *last);


/* by ngx_http_gate_conf_kind_e; CALL and LATER are not read here */

static ngx_http_gate_conf_kind_t  ngx_http_gate_conf_kinds[] = {
    { ngx_http_gate_conf_set_word, NULL },
    { ngx_http_gate_conf_set_bit, NULL },
    { ngx_http_gate_conf_set_text, ngx_http_gate_conf_cure_text },
    { ngx_http_gate_conf_set_name, ngx_http_gate_conf_cure_name },
    { ngx_http_gate_conf_set_number, ngx_http_gate_conf_cure_number },
    { ngx_http_gate_conf_set_number, ngx_http_gate_conf_cure_number },
    { ngx_http_gate_conf_set_number, ngx_http_gate_conf_cure_number },
    { ngx_http_gate_conf_set_number, ngx_http_gate_conf_cure_number },
    { ngx_http_gate_conf_set_enum, ngx_http_gate_conf_cure_enum },
    { ngx_http_gate_conf_set_list, ngx_http_gate_conf_cure_list },
    { ngx_http_gate_conf_set_date, ngx_http_gate_conf_cure_date },
    { ngx_http_gate_conf_set_file, ngx_http_gate_conf_cure_file },
    { ngx_http_gate_conf_set_secret, ngx_http_gate_conf_cure_secret },
    { ngx_http_gate_conf_set_value, ngx_http_gate_conf_cure_value },
    { NULL, NULL },
    { NULL, NULL }
};


ngx_int_t
ngx_http_gate_conf_set(ngx_conf_t *cf, ngx_http_gate_conf_row_t *row,
    ngx_str_t *value, void *conf)
{
    ngx_http_gate_conf_kind_t  *kind;

    kind = &ngx_http_gate_conf_kinds[row->kind & 0xff];

    if (kind->set == NULL) {
        return NGX_OK;
    }

    return kind->set(cf, row, value, (char *) conf + row->offset);
}


u_char *
ngx_http_gate_conf_cure(ngx_http_gate_conf_row_t *row, u_char *p,
    u_char *last)
{
    return ngx_http_gate_conf_kinds[row->kind & 0xff].cure(row, p, last);
}


ngx_str_t
ngx_http_gate_conf_key(ngx_http_gate_conf_row_t *row)
{
    ngx_str_t  key;

    key.data = row->name.data;
    key.len = strcspn((char *) key.data, "=: ");

    return key;
}


static ngx_int_t
ngx_http_gate_conf_set_word(ngx_conf_t *cf, ngx_http_gate_conf_row_t *row,
    ngx_str_t *value, void *p)
{
    *(ngx_uint_t *) p = (ngx_uint_t) row->min;

    return NGX_OK;
}


static ngx_int_t
ngx_http_gate_conf_set_bit(ngx_conf_t *cf, ngx_http_gate_conf_row_t *row,
    ngx_str_t *value, void *p)
{
    *(ngx_uint_t *) p |= (ngx_uint_t) row->min;

    return NGX_OK;
}


static ngx_int_t
ngx_http_gate_conf_set_text(ngx_conf_t *cf, ngx_http_gate_conf_row_t *row,
    ngx_str_t *value, void *p)
{
    if (value->len < (size_t) row->min
        || (row->max && value->len > (size_t) row->max))
    {
        return NGX_DECLINED;
    }

    if (row->kind & NGX_HTTP_GATE_CONF_MANY) {
        return ngx_http_gate_conf_push(cf, p, value);
    }

    *(ngx_str_t *) p = *value;

    return NGX_OK;
}


static u_char *
ngx_http_gate_conf_cure_text(ngx_http_gate_conf_row_t *row, u_char *p,
    u_char *last)
{
    if (row->max) {
        return ngx_slprintf(p, last, "a text of %L to %L bytes", row->min,
                            row->max);
    }

    return ngx_slprintf(p, last, "a text that is not empty");
}


/* names travel in header fields, in Redis fields and on the status page */

static ngx_int_t
ngx_http_gate_conf_set_name(ngx_conf_t *cf, ngx_http_gate_conf_row_t *row,
    ngx_str_t *value, void *p)
{
    size_t  i;

    if (value->len == 1 && value->data[0] == '-') {
        return NGX_DECLINED;
    }

    for (i = 0; i < value->len; i++) {
        if (value->data[i] < 0x20 || value->data[i] == 0x7f
            || value->data[i] == ',')
        {
            return NGX_DECLINED;
        }
    }

    return ngx_http_gate_conf_set_text(cf, row, value, p);
}


static u_char *
ngx_http_gate_conf_cure_name(ngx_http_gate_conf_row_t *row, u_char *p,
    u_char *last)
{
    return ngx_slprintf(p, last, "a name of %L to %L bytes, without commas "
                        "and control characters, and not \"-\"", row->min,
                        row->max);
}


static ngx_int_t
ngx_http_gate_conf_push(ngx_conf_t *cf, ngx_array_t **ap, ngx_str_t *value)
{
    ngx_str_t  *s;

    if (*ap == NULL) {
        *ap = ngx_array_create(cf->pool, 2, sizeof(ngx_str_t));
        if (*ap == NULL) {
            return NGX_ERROR;
        }
    }

    s = ngx_array_push(*ap);
    if (s == NULL) {
        return NGX_ERROR;
    }

    *s = *value;

    return NGX_OK;
}


static ngx_int_t
ngx_http_gate_conf_set_number(ngx_conf_t *cf, ngx_http_gate_conf_row_t *row,
    ngx_str_t *value, void *p)
{
    int64_t              n;
    gate_number_range_t  range;

    range = ngx_http_gate_conf_range(row);

    if (!gate_number_parse(ngx_http_gate_view(value), &range, &n)) {
        return NGX_DECLINED;
    }

    switch (row->kind) {

    case NGX_HTTP_GATE_CONF_SIZE:
        *(size_t *) p = (size_t) n;
        break;

    case NGX_HTTP_GATE_CONF_MSEC:
        *(ngx_msec_t *) p = (ngx_msec_t) n;
        break;

    case NGX_HTTP_GATE_CONF_SEC:
        *(time_t *) p = (time_t) n;
        break;

    default: /* NGX_HTTP_GATE_CONF_NUMBER */
        *(ngx_uint_t *) p = (ngx_uint_t) n;
        break;
    }

    return NGX_OK;
}


static u_char *
ngx_http_gate_conf_cure_number(ngx_http_gate_conf_row_t *row, u_char *p,
    u_char *last)
{
    gate_text_t          t;
    gate_number_range_t  range;

    range = ngx_http_gate_conf_range(row);

    gate_text_init(&t, p, last - p);
    gate_number_cure(&t, &range);

    return t.last;
}


/* what it becomes is a signed number of nginx's own, and of 32 bits on some */

static gate_number_range_t
ngx_http_gate_conf_range(ngx_http_gate_conf_row_t *row)
{
    gate_number_range_t  range;

    range.min = row->min;
    range.max = row->max;

    if (range.max == 0 && sizeof(ngx_int_t) < sizeof(int64_t)) {
        range.max = NGX_MAX_INT_T_VALUE;
    }

    switch (row->kind) {

    case NGX_HTTP_GATE_CONF_SIZE:
        range.kind = GATE_NUMBER_SIZE;
        break;

    case NGX_HTTP_GATE_CONF_MSEC:
        range.kind = GATE_NUMBER_MS;
        break;

    case NGX_HTTP_GATE_CONF_SEC:
        range.kind = GATE_NUMBER_S;
        break;

    default: /* NGX_HTTP_GATE_CONF_NUMBER */
        range.kind = GATE_NUMBER_PLAIN;
        break;
    }

    return range;
}


/* the words are those of the row's name: "full=refuse|serve" */

static ngx_int_t
ngx_http_gate_conf_set_enum(ngx_conf_t *cf, ngx_http_gate_conf_row_t *row,
    ngx_str_t *value, void *p)
{
    size_t       len;
    u_char      *word;
    ngx_uint_t   n;

    word = row->name.data + strcspn((char *) row->name.data, "= ") + 1;

    for (n = 0; /* void */ ; n++) {

        len = strcspn((char *) word, "|");

        if (value->len == len && ngx_strncmp(value->data, word, len) == 0) {
            *(ngx_uint_t *) p = n;
            return NGX_OK;
        }

        if (word[len] == '\0') {
            return NGX_DECLINED;
        }

        word += len + 1;
    }
}


static u_char *
ngx_http_gate_conf_cure_enum(ngx_http_gate_conf_row_t *row, u_char *p,
    u_char *last)
{
    size_t   len;
    u_char  *word;

    word = row->name.data + strcspn((char *) row->name.data, "= ") + 1;

    for ( ;; ) {

        len = strcspn((char *) word, "|");
        p = ngx_slprintf(p, last, "\"%*s\"", len, word);

        if (word[len] == '\0') {
            return p;
        }

        word += len + 1;
        p = ngx_slprintf(p, last, "%s",
                         strchr((char *) word, '|') ? ", " : " or ");
    }
}


static ngx_int_t
ngx_http_gate_conf_set_list(ngx_conf_t *cf, ngx_http_gate_conf_row_t *row,
    ngx_str_t *value, void *p)
{
    size_t       pos;
    ngx_str_t    s;
    gate_str_t   element;

    pos = 0;

    while (gate_list_next(ngx_http_gate_view(value), &pos, &element)) {

        if (element.len == 0) {
            return NGX_DECLINED;
        }

        s.len = element.len;
        s.data = element.data;

        if (ngx_http_gate_conf_push(cf, p, &s) != NGX_OK) {
            return NGX_ERROR;
        }
    }

    return NGX_OK;
}


static u_char *
ngx_http_gate_conf_cure_list(ngx_http_gate_conf_row_t *row, u_char *p,
    u_char *last)
{
    return ngx_slprintf(p, last, "names with commas between them, none of "
                        "them empty, such as \"A,B\"");
}


static ngx_int_t
ngx_http_gate_conf_set_date(ngx_conf_t *cf, ngx_http_gate_conf_row_t *row,
    ngx_str_t *value, void *p)
{
    int64_t  end;

    end = gate_date_end(ngx_http_gate_view(value));

    if (end < 0) {
        return NGX_DECLINED;
    }

    *(time_t *) p = (time_t) end;

    return NGX_OK;
}


static u_char *
ngx_http_gate_conf_cure_date(ngx_http_gate_conf_row_t *row, u_char *p,
    u_char *last)
{
    return ngx_slprintf(p, last, "a day of the calendar as YYYY-MM-DD, such "
                        "as \"2027-01-31\"");
}


static ngx_int_t
ngx_http_gate_conf_set_file(ngx_conf_t *cf, ngx_http_gate_conf_row_t *row,
    ngx_str_t *value, void *p)
{
    ngx_str_t *path = p;

    if (value->len == 0) {
        return NGX_DECLINED;
    }

    *path = *value;

    return ngx_conf_full_name(cf->cycle, path, 1);
}


static u_char *
ngx_http_gate_conf_cure_file(ngx_http_gate_conf_row_t *row, u_char *p,
    u_char *last)
{
    return ngx_slprintf(p, last, "the path of a file");
}


/* what stands there may be the secret: no message repeats it */

static ngx_int_t
ngx_http_gate_conf_set_secret(ngx_conf_t *cf, ngx_http_gate_conf_row_t *row,
    ngx_str_t *value, void *p)
{
    ngx_str_t  path;

    if (value->len < 5 || ngx_strncmp(value->data, "file:", 5) != 0) {
        return NGX_DECLINED;
    }

    path.len = value->len - 5;
    path.data = value->data + 5;

    return ngx_http_gate_conf_set_file(cf, row, &path, p);
}


static u_char *
ngx_http_gate_conf_cure_secret(ngx_http_gate_conf_row_t *row, u_char *p,
    u_char *last)
{
    return ngx_slprintf(p, last, "\"file:\" and the path of a file that has "
                        "it, never the secret itself");
}


static ngx_int_t
ngx_http_gate_conf_set_value(ngx_conf_t *cf, ngx_http_gate_conf_row_t *row,
    ngx_str_t *value, void *p)
{
    ngx_http_complex_value_t          *cv;
    ngx_http_compile_complex_value_t   ccv;

    if (value->len == 0) {
        return NGX_DECLINED;
    }

    cv = ngx_palloc(cf->pool, sizeof(ngx_http_complex_value_t));
    if (cv == NULL) {
        return NGX_ERROR;
    }

    ngx_memzero(&ccv, sizeof(ngx_http_compile_complex_value_t));

    ccv.cf = cf;
    ccv.value = value;
    ccv.complex_value = cv;

    if (ngx_http_compile_complex_value(&ccv) != NGX_OK) {
        return NGX_ERROR;
    }

    *(ngx_http_complex_value_t **) p = cv;

    return NGX_OK;
}


static u_char *
ngx_http_gate_conf_cure_value(ngx_http_gate_conf_row_t *row, u_char *p,
    u_char *last)
{
    return ngx_slprintf(p, last, "a text that is not empty and may have "
                        "variables in it");
}
