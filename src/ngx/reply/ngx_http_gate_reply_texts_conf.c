
/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * The file of gate_error_texts, as it is read.
 */


#include "ngx_http_gate.h"
#include "ngx_http_gate_reply_texts.h"
#include "ngx_http_gate_conf.h"


#define NGX_HTTP_GATE_TEXTS_MAX        (1024 * 1024)   /* bytes of the file */
#define NGX_HTTP_GATE_TEXTS_LANGUAGES  64
#define NGX_HTTP_GATE_TEXTS_TEXT       1024            /* bytes of a text */

/* bytes of each step of a place that a message shows */
#define NGX_HTTP_GATE_TEXTS_STEP       64


/* where the reader is: a language, a reason, "title" or "detail" */

typedef struct {
    ngx_conf_t                       *cf;
    ngx_http_gate_reply_main_conf_t  *rmcf;
    ngx_uint_t                        languages;
    const char                       *steps[3];
    ngx_uint_t                        n;
} ngx_http_gate_texts_reader_t;


static char *ngx_http_gate_reply_texts_read(ngx_http_gate_texts_reader_t *rd,
    json_t *file);
static char *ngx_http_gate_reply_texts_tag(ngx_http_gate_texts_reader_t *rd,
    json_t *file);
static char *ngx_http_gate_reply_texts_reasons(
    ngx_http_gate_texts_reader_t *rd, json_t *reasons);
static ngx_uint_t ngx_http_gate_reply_texts_reason(
    ngx_http_gate_texts_reader_t *rd);
static ngx_http_gate_words_t *ngx_http_gate_reply_texts_add(
    ngx_http_gate_texts_reader_t *rd, ngx_uint_t n);
static char *ngx_http_gate_reply_texts_words(ngx_http_gate_texts_reader_t *rd,
    json_t *object, ngx_http_gate_words_t *words);
static char *ngx_http_gate_reply_texts_word(ngx_http_gate_texts_reader_t *rd,
    json_t *value, ngx_http_gate_words_t *words);
static ngx_uint_t ngx_http_gate_reply_texts_is_plain(gate_str_t s);
static ngx_int_t ngx_http_gate_reply_texts_keep(ngx_conf_t *cf,
    gate_str_t s, gate_str_t *kept);
static char *ngx_http_gate_reply_texts_wrong(ngx_http_gate_texts_reader_t *rd,
    const char *why);
static void ngx_http_gate_reply_texts_step(gate_text_t *t, const char *step);


static ngx_http_gate_conf_row_t  ngx_http_gate_reply_texts_row = {
    ngx_string("FILE"), NGX_HTTP_GATE_CONF_FILE,
    offsetof(ngx_http_gate_reply_main_conf_t, file), 0, 0, NULL
};


char *
ngx_http_gate_reply_texts_line(ngx_conf_t *cf, ngx_command_t *cmd, void *conf)
{
    ngx_http_gate_reply_main_conf_t *rmcf = conf;

    char                          *rv;
    json_t                        *json;
    ngx_str_t                      text;
    json_error_t                   error;
    ngx_http_gate_texts_reader_t   rd;

    if (rmcf->texts != NULL) {
        return NGX_HTTP_GATE_CONF_TWICE;
    }

    ngx_http_gate_use(cf);

    rv = ngx_http_gate_conf_arg(cf, 1, &ngx_http_gate_reply_texts_row, rmcf);

    if (rv != NGX_CONF_OK
        || ngx_http_gate_read_file(cf, &rmcf->file, NGX_HTTP_GATE_TEXTS_MAX, 0,
                                   &text)
           != NGX_OK)
    {
        return NGX_CONF_ERROR;
    }

    json = json_loadb((char *) text.data, text.len, JSON_REJECT_DUPLICATES,
                      &error);

    if (json == NULL) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "\"%V\" of \"gate_error_texts\" is no JSON text: "
                           "correct line %d, column %d: %s", &rmcf->file,
                           error.line, error.column, error.text);
        return NGX_CONF_ERROR;
    }

    ngx_memzero(&rd, sizeof(ngx_http_gate_texts_reader_t));
    rd.cf = cf;
    rd.rmcf = rmcf;

    rv = ngx_http_gate_reply_texts_read(&rd, json);

    json_decref(json);

    return rv;
}


static char *
ngx_http_gate_reply_texts_read(ngx_http_gate_texts_reader_t *rd, json_t *file)
{
    char        *rv;
    json_t      *reasons;
    const char  *tag;

    rd->languages = json_object_size(file);

    if (rd->languages == 0 || rd->languages > NGX_HTTP_GATE_TEXTS_LANGUAGES) {
        return ngx_http_gate_reply_texts_wrong(rd, "must be an object of 1 to "
                  "64 languages: write {\"de\": {REASON: {\"title\": TEXT}}}");
    }

    rd->rmcf->texts = ngx_pcalloc(rd->cf->pool,
                                  ngx_http_gate_reason_rows(rd->cf)->nelts
                                  * sizeof(ngx_http_gate_texts_t));
    if (rd->rmcf->texts == NULL) {
        return NGX_CONF_ERROR;
    }

    json_object_foreach (file, tag, reasons) {

        rd->steps[0] = tag;
        rd->n = 1;

        rv = ngx_http_gate_reply_texts_tag(rd, file);

        if (rv == NGX_CONF_OK) {
            rv = ngx_http_gate_reply_texts_reasons(rd, reasons);
        }

        if (rv != NGX_CONF_OK) {
            return rv;
        }
    }

    return NGX_CONF_OK;
}


/* is it one, and no other spelling of one that stands before it? */

static char *
ngx_http_gate_reply_texts_tag(ngx_http_gate_texts_reader_t *rd, json_t *file)
{
    json_t      *value;
    gate_str_t   tag;
    const char  *other;

    tag = gate_cstr(rd->steps[0]);

    if (!gate_accept_is_tag(tag)) {
        return ngx_http_gate_reply_texts_wrong(rd, "is not the tag of a "
                              "language: write one as \"de\" or \"fr-CA\"");
    }

    json_object_foreach (file, other, value) {

        if (other == rd->steps[0]) {
            break;
        }

        if (gate_str_eq_nocase(tag, gate_cstr(other))) {
            return ngx_http_gate_reply_texts_wrong(rd, "is there twice, as "
                               "case does not count: make one of the two");
        }
    }

    return NGX_CONF_OK;
}


static char *
ngx_http_gate_reply_texts_reasons(ngx_http_gate_texts_reader_t *rd,
    json_t *reasons)
{
    char                   *rv;
    json_t                 *object;
    ngx_uint_t              n;
    const char             *token;
    ngx_http_gate_words_t  *words;

    if (!json_is_object(reasons)) {
        return ngx_http_gate_reply_texts_wrong(rd, "must be an object: write "
                                          "{REASON: {\"title\": TEXT}}");
    }

    json_object_foreach (reasons, token, object) {

        rd->steps[1] = token;
        rd->n = 2;

        n = ngx_http_gate_reply_texts_reason(rd);
        if (n == 0) {
            return NGX_CONF_ERROR;
        }

        words = ngx_http_gate_reply_texts_add(rd, n);
        if (words == NULL) {
            return NGX_CONF_ERROR;
        }

        rv = ngx_http_gate_reply_texts_words(rd, object, words);
        if (rv != NGX_CONF_OK) {
            return rv;
        }
    }

    return NGX_CONF_OK;
}


/* its number, 0 after a message */

static ngx_uint_t
ngx_http_gate_reply_texts_reason(ngx_http_gate_texts_reader_t *rd)
{
    u_char                          why[128];
    gate_str_t                      token;
    ngx_uint_t                      i;
    ngx_array_t                    *rows;
    gate_closest_t                  closest;
    const ngx_http_gate_reason_t  **row;

    token = gate_cstr(rd->steps[1]);
    gate_closest_init(&closest, token);

    rows = ngx_http_gate_reason_rows(rd->cf);
    row = rows->elts;

    for (i = 1; i < rows->nelts; i++) {

        if (gate_str_eq(token, gate_str(row[i]->token.data,
                                        row[i]->token.len)))
        {
            return i;
        }

        gate_closest_try(&closest, gate_str(row[i]->token.data,
                                            row[i]->token.len));
    }

    if (closest.name.len == 0) {
        (void) ngx_http_gate_reply_texts_wrong(rd, "is no reason: write one "
                                               "of docs/errors.md");
        return 0;
    }

    *ngx_snprintf(why, sizeof(why) - 1, "is no reason: the closest is "
                  "\"%*s\", or write another of docs/errors.md",
                  closest.name.len, closest.name.data) = '\0';

    (void) ngx_http_gate_reply_texts_wrong(rd, (char *) why);

    return 0;
}


/* the language that is read, as one more of the reason's */

static ngx_http_gate_words_t *
ngx_http_gate_reply_texts_add(ngx_http_gate_texts_reader_t *rd, ngx_uint_t n)
{
    gate_str_t              tag;
    ngx_uint_t              i;
    ngx_http_gate_texts_t  *texts;

    static gate_str_t  english = gate_string("en");

    texts = &rd->rmcf->texts[n];

    if (texts->reason == NULL) {
        texts->tags = ngx_palloc(rd->cf->pool,
                                 (rd->languages + 1) * sizeof(gate_str_t));
        texts->words = ngx_pcalloc(rd->cf->pool, (rd->languages + 1)
                                               * sizeof(ngx_http_gate_words_t));
        if (texts->tags == NULL || texts->words == NULL) {
            return NULL;
        }

        texts->reason = ((const ngx_http_gate_reason_t **)
                         ngx_http_gate_reason_rows(rd->cf)->elts)[n];
        texts->tags[0] = english;
        texts->n = 1;
    }

    tag = gate_cstr(rd->steps[0]);
    i = gate_str_eq_nocase(tag, english) ? 0 : texts->n++;

    if (ngx_http_gate_reply_texts_keep(rd->cf, tag, &texts->tags[i])
        != NGX_OK)
    {
        return NULL;
    }

    return &texts->words[i];
}


static char *
ngx_http_gate_reply_texts_words(ngx_http_gate_texts_reader_t *rd,
    json_t *object, ngx_http_gate_words_t *words)
{
    char        *rv;
    json_t      *value;
    const char  *name;

    if (json_object_size(object) == 0) {
        return ngx_http_gate_reply_texts_wrong(rd, "must be an object with "
                                   "\"title\", with \"detail\" or with both");
    }

    json_object_foreach (object, name, value) {

        rd->steps[2] = name;
        rd->n = 3;

        rv = ngx_http_gate_reply_texts_word(rd, value, words);
        if (rv != NGX_CONF_OK) {
            return rv;
        }
    }

    return NGX_CONF_OK;
}


static char *
ngx_http_gate_reply_texts_word(ngx_http_gate_texts_reader_t *rd,
    json_t *value, ngx_http_gate_words_t *words)
{
    gate_str_t  name, s, *kept;

    name = gate_cstr(rd->steps[2]);

    if (gate_str_eq(name, gate_cstr("title"))) {
        kept = &words->title;

    } else if (gate_str_eq(name, gate_cstr("detail"))) {
        kept = &words->detail;

    } else {
        return ngx_http_gate_reply_texts_wrong(rd, "is not known: write "
                            "\"title\" or \"detail\", no more is translated");
    }

    s = gate_str(json_string_value(value), json_string_length(value));

    if (s.len == 0 || s.len > NGX_HTTP_GATE_TEXTS_TEXT) {
        return ngx_http_gate_reply_texts_wrong(rd, "must be a string of 1 to "
                             "1024 bytes: write one, or leave the member out");
    }

    if (!ngx_http_gate_reply_texts_is_plain(s)) {
        return ngx_http_gate_reply_texts_wrong(rd, "must not have a control "
                                "byte: write a space where a line is to end");
    }

    return (ngx_http_gate_reply_texts_keep(rd->cf, s, kept) == NGX_OK)
           ? NGX_CONF_OK : NGX_CONF_ERROR;
}


/* UTF-8, as jansson takes nothing else: "\xc2" begins U+0080 to U+00BF */

static ngx_uint_t
ngx_http_gate_reply_texts_is_plain(gate_str_t s)
{
    size_t  i;

    for (i = 0; i < s.len; i++) {
        if (s.data[i] < 0x20 || s.data[i] == 0x7f
            || (s.data[i] == 0xc2 && s.data[i + 1] < 0xa0))
        {
            return 0;
        }
    }

    return 1;
}


static ngx_int_t
ngx_http_gate_reply_texts_keep(ngx_conf_t *cf, gate_str_t s, gate_str_t *kept)
{
    kept->len = s.len;

    kept->data = ngx_pnalloc(cf->pool, s.len);
    if (kept->data == NULL) {
        return NGX_ERROR;
    }

    ngx_memcpy(kept->data, s.data, s.len);

    return NGX_OK;
}


/* the place as a JSON Pointer (RFC 6901) */

static char *
ngx_http_gate_reply_texts_wrong(ngx_http_gate_texts_reader_t *rd,
    const char *why)
{
    u_char       buf[3 * (1 + GATE_TEXT_SHOWN(NGX_HTTP_GATE_TEXTS_STEP))];
    ngx_uint_t   i;
    gate_text_t  t;

    gate_text_init(&t, buf, sizeof(buf));

    for (i = 0; i < rd->n; i++) {
        ngx_http_gate_reply_texts_step(&t, rd->steps[i]);
    }

    ngx_conf_log_error(NGX_LOG_EMERG, rd->cf, 0,
                       "\"%*s\" in \"%V\" of \"gate_error_texts\" %s",
                       (size_t) (t.last - t.start), t.start, &rd->rmcf->file,
                       why);

    return NGX_CONF_ERROR;
}


static void
ngx_http_gate_reply_texts_step(gate_text_t *t, const char *step)
{
    u_char  *p, buf[2 * NGX_HTTP_GATE_TEXTS_STEP];

    for (p = buf; *step && p < buf + sizeof(buf) - 1; step++) {

        if (*step == '~' || *step == '/') {
            *p++ = '~';
            *p++ = (*step == '~') ? '0' : '1';
            continue;
        }

        *p++ = (u_char) *step;
    }

    gate_text_cstr(t, "/");
    gate_text_shown(t, gate_str(buf, p - buf), NGX_HTTP_GATE_TEXTS_STEP);
}
