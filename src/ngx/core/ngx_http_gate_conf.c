
/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * The reader of directives, of their parameters and of the lines of blocks.
 */


#include "ngx_http_gate.h"
#include "ngx_http_gate_conf.h"


#define NGX_HTTP_GATE_CONF_TEXT_MAX  1024     /* bytes of a cure */

#define ngx_http_gate_conf_kind(row)  ((row)->kind & 0xff)


/* whose parameters or lines these are, and which were there */

typedef struct {
    ngx_str_t                  what;
    ngx_http_gate_conf_row_t  *rows;
    void                      *conf;
    uint64_t                   seen;          /* a bit for each row */
    ngx_uint_t                 lines;         /* not parameters */
} ngx_http_gate_conf_reader_t;


static char *ngx_http_gate_conf_line(ngx_conf_t *cf, ngx_command_t *dummy,
    void *conf);
static char *ngx_http_gate_conf_line_value(ngx_conf_t *cf,
    ngx_http_gate_conf_reader_t *rd, ngx_http_gate_conf_row_t *row);
static char *ngx_http_gate_conf_read(ngx_conf_t *cf,
    ngx_http_gate_conf_reader_t *rd, ngx_http_gate_conf_row_t *row,
    ngx_str_t *shown, ngx_str_t *value);
static ngx_http_gate_conf_row_t *ngx_http_gate_conf_find(
    ngx_http_gate_conf_reader_t *rd, ngx_str_t *word, ngx_str_t *value);
static ngx_http_gate_conf_row_t *ngx_http_gate_conf_again(
    ngx_http_gate_conf_reader_t *rd, ngx_http_gate_conf_row_t *row);
static char *ngx_http_gate_conf_unknown(ngx_conf_t *cf,
    ngx_http_gate_conf_reader_t *rd, ngx_str_t *word);
static u_char *ngx_http_gate_conf_hint(ngx_http_gate_conf_reader_t *rd,
    ngx_str_t *word, u_char *p, u_char *last);
static char *ngx_http_gate_conf_invalid(ngx_conf_t *cf,
    ngx_http_gate_conf_reader_t *rd, ngx_http_gate_conf_row_t *row,
    ngx_str_t *shown, char *why);
static char *ngx_http_gate_conf_unsupported(ngx_conf_t *cf, ngx_str_t *what);
static ngx_str_t ngx_http_gate_conf_said(ngx_http_gate_conf_row_t *row,
    ngx_str_t *shown);


char *
ngx_http_gate_conf_params(ngx_conf_t *cf, ngx_uint_t from,
    ngx_http_gate_conf_row_t *rows, void *conf)
{
    char                         *rv;
    ngx_str_t                    *word, value;
    ngx_uint_t                    i;
    ngx_http_gate_conf_row_t     *row;
    ngx_http_gate_conf_reader_t   rd;

    word = cf->args->elts;

    ngx_memzero(&rd, sizeof(ngx_http_gate_conf_reader_t));

    rd.what = word[0];
    rd.rows = rows;
    rd.conf = conf;

    for (i = from; i < cf->args->nelts; i++) {

        row = ngx_http_gate_conf_find(&rd, &word[i], &value);
        if (row == NULL) {
            return ngx_http_gate_conf_unknown(cf, &rd, &word[i]);
        }

        rv = ngx_http_gate_conf_read(cf, &rd, row, &word[i], &value);
        if (rv != NGX_CONF_OK) {
            return rv;
        }
    }

    return NGX_CONF_OK;
}


char *
ngx_http_gate_conf_arg(ngx_conf_t *cf, ngx_uint_t n,
    ngx_http_gate_conf_row_t *row, void *conf)
{
    ngx_str_t                    *word;
    ngx_http_gate_conf_reader_t   rd;

    word = cf->args->elts;

    ngx_memzero(&rd, sizeof(ngx_http_gate_conf_reader_t));

    rd.what = word[0];
    rd.rows = row;
    rd.conf = conf;

    return ngx_http_gate_conf_read(cf, &rd, row, &word[n], &word[n]);
}


char *
ngx_http_gate_conf_block(ngx_conf_t *cf, ngx_http_gate_conf_row_t *rows,
    void *conf)
{
    char                         *rv;
    ngx_str_t                    *word;
    ngx_conf_t                    save;
    ngx_http_gate_conf_reader_t   rd;

    word = cf->args->elts;

    ngx_memzero(&rd, sizeof(ngx_http_gate_conf_reader_t));

    rd.what = word[0];
    rd.rows = rows;
    rd.conf = conf;
    rd.lines = 1;

    save = *cf;

    cf->handler = ngx_http_gate_conf_line;
    cf->handler_conf = (void *) &rd;

    rv = ngx_conf_parse(cf, NULL);

    *cf = save;

    return rv;
}


static char *
ngx_http_gate_conf_line(ngx_conf_t *cf, ngx_command_t *dummy, void *conf)
{
    ngx_http_gate_conf_reader_t *rd = conf;

    ngx_str_t                 *word, value;
    ngx_http_gate_conf_row_t  *row;

    word = cf->args->elts;

    if (ngx_strcmp(word[0].data, "include") == 0) {
        if (cf->args->nelts != 2) {
            return ngx_http_gate_conf_wrong(cf, &word[0],
                                            "takes one name of a file");
        }

        return ngx_conf_include(cf, NULL, NULL);
    }

    row = ngx_http_gate_conf_find(rd, &word[0], &value);
    if (row == NULL) {
        return ngx_http_gate_conf_unknown(cf, rd, &word[0]);
    }

    return ngx_http_gate_conf_line_value(cf, rd, row);
}


/* how many words there are is checked here, but for a CALL */

static char *
ngx_http_gate_conf_line_value(ngx_conf_t *cf, ngx_http_gate_conf_reader_t *rd,
    ngx_http_gate_conf_row_t *row)
{
    char        *rv;
    u_char      *p;
    ngx_str_t   *word, shown;
    ngx_uint_t   i, n, kind;

    word = cf->args->elts;
    n = cf->args->nelts;
    kind = ngx_http_gate_conf_kind(row);

    if (kind == NGX_HTTP_GATE_CONF_CALL || kind == NGX_HTTP_GATE_CONF_LATER) {
        return ngx_http_gate_conf_read(cf, rd, row, &word[0], word);
    }

    if (kind == NGX_HTTP_GATE_CONF_WORD ? n != 1
        : (row->kind & NGX_HTTP_GATE_CONF_MANY) ? n < 2 : n != 2)
    {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "invalid parameter \"%V\" of \"%V\": write \"%V;\"",
                           &word[0], &rd->what, &row->name);
        return NGX_CONF_ERROR;
    }

    if (kind == NGX_HTTP_GATE_CONF_WORD) {
        return ngx_http_gate_conf_read(cf, rd, row, &word[0], &word[0]);
    }

    for (i = 1; i < n; i++) {

        shown.len = word[0].len + 1 + word[i].len;
        shown.data = ngx_pnalloc(cf->temp_pool, shown.len);
        if (shown.data == NULL) {
            return NGX_CONF_ERROR;
        }

        p = ngx_cpymem(shown.data, word[0].data, word[0].len);
        *p++ = ' ';
        ngx_memcpy(p, word[i].data, word[i].len);

        rv = ngx_http_gate_conf_read(cf, rd, row, &shown, &word[i]);
        if (rv != NGX_CONF_OK) {
            return rv;
        }
    }

    return NGX_CONF_OK;
}


static char *
ngx_http_gate_conf_read(ngx_conf_t *cf, ngx_http_gate_conf_reader_t *rd,
    ngx_http_gate_conf_row_t *row, ngx_str_t *shown, ngx_str_t *value)
{
    char                      *rv;
    ngx_int_t                  rc;
    ngx_str_t                  said;
    ngx_http_gate_conf_row_t  *other;

    if (ngx_http_gate_conf_kind(row) == NGX_HTTP_GATE_CONF_LATER) {
        return ngx_http_gate_conf_unsupported(cf, shown);
    }

    other = ngx_http_gate_conf_again(rd, row);

    if (other != NULL && other != row) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "parameters \"%V\" and \"%V\" of \"%V\" exclude "
                           "each other: take one of them out",
                           &other->name, shown, &rd->what);
        return NGX_CONF_ERROR;
    }

    if (other == row) {
        said = ngx_http_gate_conf_said(row, shown);

        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "duplicate parameter \"%V\" of \"%V\": take one "
                           "of them out", &said, &rd->what);
        return NGX_CONF_ERROR;
    }

    rc = ngx_http_gate_conf_set(cf, row, value, rd->conf);

    if (rc == NGX_DECLINED) {
        return ngx_http_gate_conf_invalid(cf, rd, row, shown, NULL);
    }

    if (rc != NGX_OK) {
        return NGX_CONF_ERROR;
    }

    if (row->post == NULL) {
        return NGX_CONF_OK;
    }

    rv = row->post(cf, rd->conf, value);

    if (rv == NGX_CONF_OK || rv == NGX_CONF_ERROR) {
        return rv;
    }

    return ngx_http_gate_conf_invalid(cf, rd, row, shown, rv);
}


static ngx_http_gate_conf_row_t *
ngx_http_gate_conf_find(ngx_http_gate_conf_reader_t *rd, ngx_str_t *word,
    ngx_str_t *value)
{
    u_char                     end;
    ngx_str_t                  key;
    ngx_uint_t                 opened;
    ngx_http_gate_conf_row_t  *row;

    for (row = rd->rows; row->name.len; row++) {

        key = ngx_http_gate_conf_key(row);
        end = (key.len < row->name.len) ? key.data[key.len] : '\0';

        /* "=" and ":" belong to what is looked for, a space does not */

        opened = (end == '=' || end == ':');

        if (ngx_http_gate_conf_kind(row) == NGX_HTTP_GATE_CONF_LATER) {
            key = row->name;
            opened = (key.data[key.len - 1] == '=');

        } else {
            key.len += opened;
        }

        if (word->len < key.len || (!opened && word->len > key.len)
            || ngx_strncmp(word->data, key.data, key.len) != 0)
        {
            continue;
        }

        value->len = word->len - key.len;
        value->data = word->data + key.len;

        return row;
    }

    return NULL;
}


/* the row, or one that excludes it, that was there already; or NULL */

static ngx_http_gate_conf_row_t *
ngx_http_gate_conf_again(ngx_http_gate_conf_reader_t *rd,
    ngx_http_gate_conf_row_t *row)
{
    ngx_uint_t                 i;
    ngx_http_gate_conf_row_t  *other;

    if (row->kind & NGX_HTTP_GATE_CONF_MANY) {
        return NULL;
    }

    for (i = 0; i < 64 && rd->seen >> i; i++) {

        other = &rd->rows[i];

        if (((rd->seen >> i) & 1)
            && (other == row
                || (row->kind == NGX_HTTP_GATE_CONF_WORD
                    && other->kind == NGX_HTTP_GATE_CONF_WORD
                    && other->offset == row->offset)))
        {
            return other;
        }
    }

    rd->seen |= (uint64_t) 1 << (row - rd->rows);

    return NULL;
}


/* a misspelt name may stand before a secret: then its value is not repeated */

static char *
ngx_http_gate_conf_unknown(ngx_conf_t *cf, ngx_http_gate_conf_reader_t *rd,
    ngx_str_t *word)
{
    u_char                    *p, *last;
    u_char                     text[NGX_HTTP_GATE_CONF_TEXT_MAX];
    ngx_str_t                  shown, name;
    ngx_http_gate_conf_row_t  *row;

    last = text + sizeof(text);
    shown = *word;

    p = ngx_http_gate_conf_hint(rd, word, text, last);
    p = ngx_slprintf(p, last, "known are");

    for (row = rd->rows; row->name.len; row++) {

        if (row->kind == NGX_HTTP_GATE_CONF_SECRET) {
            shown.len = strcspn((char *) word->data, "=");
        }

        if (ngx_http_gate_conf_kind(row) != NGX_HTTP_GATE_CONF_LATER) {
            name = rd->lines ? ngx_http_gate_conf_key(row) : row->name;
            p = ngx_slprintf(p, last, " \"%V\",", &name);
        }
    }

    ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                       "invalid parameter \"%V\" of \"%V\": %*s", &shown,
                       &rd->what, (size_t) (p - text - 1), text);

    return NGX_CONF_ERROR;
}


/* the name that was meant, or what is right, of a name that is */

static u_char *
ngx_http_gate_conf_hint(ngx_http_gate_conf_reader_t *rd, ngx_str_t *word,
    u_char *p, u_char *last)
{
    ngx_str_t                  key;
    gate_closest_t             closest;
    ngx_http_gate_conf_row_t  *row;

    gate_closest_init(&closest, gate_str(word->data,
                                         strcspn((char *) word->data, "=")));

    for (row = rd->rows; row->name.len; row++) {
        if (ngx_http_gate_conf_kind(row) != NGX_HTTP_GATE_CONF_LATER) {
            key = ngx_http_gate_conf_key(row);

            if (gate_str_eq(closest.written, ngx_http_gate_view(&key))) {
                return ngx_slprintf(p, last, "write \"%V\", ", &row->name);
            }

            gate_closest_try(&closest, ngx_http_gate_view(&key));
        }
    }

    if (closest.name.len) {
        p = ngx_slprintf(p, last, "the closest is \"%*s\", ",
                         closest.name.len, closest.name.data);
    }

    return p;
}


/* "why": how a sentence goes on that begins with "it", or NULL */

static char *
ngx_http_gate_conf_invalid(ngx_conf_t *cf, ngx_http_gate_conf_reader_t *rd,
    ngx_http_gate_conf_row_t *row, ngx_str_t *shown, char *why)
{
    u_char     *p, *last;
    u_char      text[NGX_HTTP_GATE_CONF_TEXT_MAX];
    ngx_str_t   said;

    p = text;
    last = text + sizeof(text);
    said = ngx_http_gate_conf_said(row, shown);

    if (why != NULL) {
        p = ngx_slprintf(p, last, "%s", why);

    } else {
        p = ngx_slprintf(p, last, "must be ");
        p = ngx_http_gate_conf_cure(row, p, last);
    }

    ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                       "invalid parameter \"%V\" of \"%V\": it %*s", &said,
                       &rd->what, (size_t) (p - text), text);

    return NGX_CONF_ERROR;
}


/* of what may be a secret only the name is repeated, whatever is wrong */

static ngx_str_t
ngx_http_gate_conf_said(ngx_http_gate_conf_row_t *row, ngx_str_t *shown)
{
    if (ngx_http_gate_conf_kind(row) == NGX_HTTP_GATE_CONF_SECRET
        || (row->kind & NGX_HTTP_GATE_CONF_HIDDEN))
    {
        return ngx_http_gate_conf_key(row);
    }

    return *shown;
}


char *
ngx_http_gate_conf_wrong(ngx_conf_t *cf, ngx_str_t *value, const char *cure)
{
    ngx_str_t  *word;

    word = cf->args->elts;

    if (value == word) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0, "\"%V\" %s", value, cure);

    } else {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "invalid parameter \"%V\" of \"%V\": it %s", value,
                           &word[0], cure);
    }

    return NGX_CONF_ERROR;
}


char *
ngx_http_gate_conf_duplicate(ngx_conf_t *cf)
{
    ngx_str_t  *word;

    word = cf->args->elts;

    ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                       "duplicate %V \"%V\": take one of them out, or give "
                       "it another name", &word[0], &word[1]);

    return NGX_CONF_ERROR;
}


void
ngx_http_gate_conf_undefined(ngx_conf_t *cf, const char *what,
    gate_closest_t *closest, u_char *file, ngx_uint_t line)
{
    if (closest->name.len) {
        ngx_log_error(NGX_LOG_EMERG, cf->log, 0,
                      "unknown %s \"%*s\": the closest is \"%*s\", define it "
                      "or see how it is spelt in %s:%ui", what,
                      closest->written.len, closest->written.data,
                      closest->name.len, closest->name.data, file, line);
        return;
    }

    ngx_log_error(NGX_LOG_EMERG, cf->log, 0,
                  "unknown %s \"%*s\": define it or see how it is spelt in "
                  "%s:%ui", what, closest->written.len, closest->written.data,
                  file, line);
}


static char *
ngx_http_gate_conf_unsupported(ngx_conf_t *cf, ngx_str_t *what)
{
    ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                       "\"%V\" is not supported in this version: take it out",
                       what);

    return NGX_CONF_ERROR;
}
