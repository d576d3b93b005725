
/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * The life of a location's API: the parameters of gate_api, read and judged;
 * the fields and sentences that answers have of it.
 */


#include "ngx_http_gate.h"
#include "ngx_http_gate_conf.h"
#include "ngx_http_gate_life.h"

#include "gate_date.h"


#define NGX_HTTP_GATE_LIFE_TEXT  2048     /* bytes of a field or sentence */

#define NGX_HTTP_GATE_LIFE_DATE                                              \
    "must be a day such as 2027-03-01, which is its first second, or a time " \
    "such as 2027-03-01T10:00Z"


static void ngx_http_gate_life_idle(ngx_conf_t *cf,
    ngx_http_gate_life_words_t *words, ngx_http_gate_life_t *life);
static char *ngx_http_gate_life_dates(ngx_conf_t *cf,
    ngx_http_gate_life_words_t *words, ngx_http_gate_life_t *life);
static char *ngx_http_gate_life_date(ngx_conf_t *cf, const char *name,
    ngx_str_t *value, int64_t *s);
static char *ngx_http_gate_life_uri(ngx_conf_t *cf, const char *name,
    ngx_str_t *value, gate_str_t *uri);
static char *ngx_http_gate_life_brownouts(ngx_conf_t *cf,
    ngx_array_t *words, ngx_http_gate_life_t *life);
static void ngx_http_gate_life_state(ngx_http_gate_life_words_t *words,
    gate_lifecycle_t *l);
static char *ngx_http_gate_life_blame(ngx_conf_t *cf, const char *name,
    ngx_uint_t n, const char *why);
static ngx_int_t ngx_http_gate_life_texts(ngx_conf_t *cf,
    ngx_http_gate_life_t *life);
static void ngx_http_gate_life_more(gate_text_t *t, gate_lifecycle_t *l);
static u_char *ngx_http_gate_life_keep(ngx_conf_t *cf, gate_text_t *t,
    ngx_str_t *kept);


char *
ngx_http_gate_life(ngx_conf_t *cf, ngx_http_gate_life_words_t *words,
    ngx_http_gate_life_t **lifep)
{
    char                  *rv;
    size_t                 n;
    const char            *of, *why;
    ngx_http_gate_life_t  *life;

    *lifep = NULL;

    if (words->deprecated.len == 0 && words->sunset.len == 0
        && words->link.len == 0 && words->successor.len == 0
        && words->preview.len == 0 && words->brownouts == NULL
        && words->state == NGX_HTTP_GATE_LIFE_UNSAID)
    {
        return NGX_CONF_OK;
    }

    life = ngx_pcalloc(cf->pool, sizeof(ngx_http_gate_life_t));
    if (life == NULL) {
        return NGX_CONF_ERROR;
    }

    life->file = cf->conf_file->file.name.data;
    life->line = cf->conf_file->line;

    rv = ngx_http_gate_life_dates(cf, words, life);
    if (rv != NGX_CONF_OK) {
        return rv;
    }

    why = gate_lifecycle_wrong(&life->dates, ngx_time(), &of, &n);
    if (why != NULL) {
        return ngx_http_gate_life_blame(cf, of, n, why);
    }

    if (life->preview.len && life->dates.state != GATE_LIFE_DRAFT) {
        return ngx_http_gate_life_blame(cf, "preview=", 0,
                                        "is for a draft: write "
                                        "\"state=draft\", too, or take it "
                                        "out");
    }

    ngx_http_gate_life_idle(cf, words, life);

    if (ngx_http_gate_life_texts(cf, life) != NGX_OK) {
        return NGX_CONF_ERROR;
    }

    *lifep = life;

    return NGX_CONF_OK;
}


/* what is right, and yet hardly meant */

static void
ngx_http_gate_life_idle(ngx_conf_t *cf, ngx_http_gate_life_words_t *words,
    ngx_http_gate_life_t *life)
{
    time_t             now;
    ngx_str_t         *word;
    ngx_uint_t         i;
    gate_lifecycle_t  *l;

    l = &life->dates;
    now = ngx_time();

    if (l->state == GATE_LIFE_DRAFT && life->preview.len == 0) {
        ngx_conf_log_error(NGX_LOG_WARN, cf, 0,
                           "\"state=draft\" lets nobody in: write "
                           "\"preview=GROUP\", too, for those who try it");
    }

    if (l->sunset_s && l->sunset_s <= now) {

        if (l->state != GATE_LIFE_RETIRED) {
            ngx_conf_log_error(NGX_LOG_WARN, cf, 0,
                               "\"sunset=%V\" is over, all requests are "
                               "refused: take the location out, or write "
                               "\"state=retired\" if that is meant",
                               &words->sunset);
        }

        return;
    }

    word = l->nbrownouts ? words->brownouts->elts : NULL;

    for (i = 0; i < l->nbrownouts; i++) {
        if (l->brownouts[i].until_s <= now) {
            ngx_conf_log_error(NGX_LOG_WARN, cf, 0,
                               "\"brownout=%V\" is over: take it out",
                               &word[i]);
        }
    }
}


static char *
ngx_http_gate_life_dates(ngx_conf_t *cf, ngx_http_gate_life_words_t *words,
    ngx_http_gate_life_t *life)
{
    gate_lifecycle_t  *l;

    l = &life->dates;

    ngx_http_gate_life_state(words, l);
    life->preview = words->preview;

    if (ngx_http_gate_life_date(cf, "deprecated=", &words->deprecated,
                                &l->deprecated_s) != NGX_CONF_OK
        || ngx_http_gate_life_date(cf, "sunset=", &words->sunset,
                                   &l->sunset_s) != NGX_CONF_OK
        || ngx_http_gate_life_uri(cf, "link=", &words->link, &l->link)
           != NGX_CONF_OK
        || ngx_http_gate_life_uri(cf, "successor=", &words->successor,
                                  &l->successor) != NGX_CONF_OK)
    {
        return NGX_CONF_ERROR;
    }

    return ngx_http_gate_life_brownouts(cf, words->brownouts, life);
}


static char *
ngx_http_gate_life_date(ngx_conf_t *cf, const char *name, ngx_str_t *value,
    int64_t *s)
{
    if (value->len == 0
        || gate_lifecycle_date(ngx_http_gate_view(value), s))
    {
        return NGX_CONF_OK;
    }

    return ngx_http_gate_life_blame(cf, name, 0, NGX_HTTP_GATE_LIFE_DATE);
}


static char *
ngx_http_gate_life_uri(ngx_conf_t *cf, const char *name, ngx_str_t *value,
    gate_str_t *uri)
{
    *uri = ngx_http_gate_view(value);

    if (value->len == 0 || gate_lifecycle_is_uri(*uri)) {
        return NGX_CONF_OK;
    }

    return ngx_http_gate_life_blame(cf, name, 0,
                                    "must be a path, or a URL that begins "
                                    "with http:// or https://, with other "
                                    "bytes as %HH");
}


static char *
ngx_http_gate_life_brownouts(ngx_conf_t *cf, ngx_array_t *words,
    ngx_http_gate_life_t *life)
{
    ngx_str_t         *word;
    ngx_uint_t         i;
    gate_life_span_t  *span;

    if (words == NULL) {
        return NGX_CONF_OK;
    }

    span = ngx_pcalloc(cf->pool, words->nelts * sizeof(gate_life_span_t));
    if (span == NULL) {
        return NGX_CONF_ERROR;
    }

    life->dates.brownouts = span;
    life->dates.nbrownouts = words->nelts;

    word = words->elts;

    for (i = 0; i < words->nelts; i++) {
        if (!gate_lifecycle_span(ngx_http_gate_view(&word[i]), &span[i])) {
            return ngx_http_gate_life_blame(cf, "brownout=", i,
                                            "must be START/DURATION, such as "
                                            "2027-02-01T10:00Z/1h");
        }
    }

    return NGX_CONF_OK;
}


static void
ngx_http_gate_life_state(ngx_http_gate_life_words_t *words,
    gate_lifecycle_t *l)
{
    /* in the order of NGX_HTTP_GATE_LIFE_STATES */

    static const gate_life_e  states[] = {
        GATE_LIFE_DRAFT,
        GATE_LIFE_PUBLISHED,
        GATE_LIFE_DEPRECATED,
        GATE_LIFE_RETIRED
    };

    if (words->state != NGX_HTTP_GATE_LIFE_UNSAID) {
        l->stated = 1;
        l->state = states[words->state];
    }
}


/* the n-th parameter of that name, as it was written */

static char *
ngx_http_gate_life_blame(ngx_conf_t *cf, const char *name, ngx_uint_t n,
    const char *why)
{
    ngx_str_t   *word;
    ngx_uint_t   i;

    word = cf->args->elts;

    for (i = 2; i < cf->args->nelts; i++) {
        if (ngx_strncmp(word[i].data, name, ngx_strlen(name)) == 0
            && n-- == 0)
        {
            break;
        }
    }

    return ngx_http_gate_conf_wrong(cf, &word[i], why);
}


static ngx_int_t
ngx_http_gate_life_texts(ngx_conf_t *cf, ngx_http_gate_life_t *life)
{
    u_char             buf[NGX_HTTP_GATE_LIFE_TEXT], date[GATE_DATE_HTTP];
    size_t             len;
    ngx_str_t          kept;
    gate_text_t        t;
    gate_lifecycle_t  *l;

    l = &life->dates;
    len = gate_date_http(l->sunset_s, date);

    gate_text_init(&t, buf, sizeof(buf));

    if (l->deprecated_s) {
        gate_text_cstr(&t, "@");
        gate_text_uint(&t, l->deprecated_s);
    }

    if (ngx_http_gate_life_keep(cf, &t, &life->deprecation) == NULL) {
        return NGX_ERROR;
    }

    gate_text_init(&t, buf, sizeof(buf));
    gate_text_add(&t, gate_str(date, l->sunset_s ? len : 0));

    if (ngx_http_gate_life_keep(cf, &t, &life->sunset) == NULL) {
        return NGX_ERROR;
    }

    gate_text_init(&t, buf, sizeof(buf));
    gate_lifecycle_link(&t, l);

    if (t.full) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "\"link=\" and \"successor=\" of \"gate_api\" are "
                           "too long: write shorter ones");
        return NGX_ERROR;
    }

    if (ngx_http_gate_life_keep(cf, &t, &life->link) == NULL) {
        return NGX_ERROR;
    }

    gate_text_init(&t, buf, sizeof(buf));
    gate_text_cstr(&t, "This version of the API has ended");
    ngx_http_gate_life_more(&t, l);
    life->ended = (char *) ngx_http_gate_life_keep(cf, &t, &kept);

    gate_text_init(&t, buf, sizeof(buf));
    gate_text_cstr(&t, "This version of the API is switched off for a while, "
                       "as it is about to end");
    ngx_http_gate_life_more(&t, l);
    life->paused = (char *) ngx_http_gate_life_keep(cf, &t, &kept);

    return (life->ended && life->paused) ? NGX_OK : NGX_ERROR;
}


static void
ngx_http_gate_life_more(gate_text_t *t, gate_lifecycle_t *l)
{
    u_char  date[GATE_DATE_HTTP];

    if (l->sunset_s) {
        gate_text_cstr(t, " on ");
        gate_text_add(t, gate_str(date, gate_date_http(l->sunset_s, date)));
    }

    if (l->successor.len) {
        gate_text_cstr(t, "; its successor is at ");
        gate_text_add(t, l->successor);
    }

    gate_text_cstr(t, ".");
}


/* with a NUL behind it */

static u_char *
ngx_http_gate_life_keep(ngx_conf_t *cf, gate_text_t *t, ngx_str_t *kept)
{
    kept->len = t->last - t->start;
    kept->data = ngx_pnalloc(cf->pool, kept->len + 1);

    if (kept->data == NULL) {
        return NULL;
    }

    ngx_memcpy(kept->data, t->start, kept->len);
    kept->data[kept->len] = '\0';

    return kept->data;
}
