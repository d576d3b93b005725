
/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * When credentials of Redis were used last: a field of gate:last for each, in
 * Unix seconds, written about once a minute.  A request only notes it in
 * memory; a timer writes it, and what Redis does not take by then is lost.
 */


#include "ngx_http_gate.h"
#include "ngx_http_gate_used.h"
#include "ngx_http_gate_redis_back.h"

#include "gate_hex.h"
#include "gate_text.h"
#include "gate_used.h"


#define NGX_HTTP_GATE_USED_CREDENTIALS  4096       /* of a worker */
#define NGX_HTTP_GATE_USED_PAUSE        1000       /* ms, to gather some */
#define NGX_HTTP_GATE_USED_BATCH        32         /* of a command */


typedef struct {
    void                          *dummy[3];

    /* event ident must be after 3 pointers as in ngx_connection_t */
    ngx_int_t                      ident;

    gate_used_t                   *used;      /* of this worker, on demand */
    ngx_event_t                    flush;
} ngx_http_gate_used_main_conf_t;


/*
 * One that was deleted in the meantime is not written again: what is deleted
 * with it would stay there for ever.
 */

static const char  ngx_http_gate_used_script[] =
    "for i = 1, #ARGV, 2 do "
        "local kind, name = string.match(ARGV[i], '^(%a):(.*)$') "
        "if redis.call('EXISTS', 'gate:' .. kind .. ':{' .. name .. '}') == 1 "
        "then "
            "redis.call('HSET', KEYS[1], ARGV[i], ARGV[i + 1]) "
        "end "
    "end";


#define NGX_HTTP_GATE_USED_WORDS  4                /* before these */

/* arguments of one script */

typedef struct {
    int                            n;
    const char                    *arg[NGX_HTTP_GATE_USED_WORDS
                                       + 2 * NGX_HTTP_GATE_USED_BATCH];
    size_t                         len[NGX_HTTP_GATE_USED_WORDS
                                       + 2 * NGX_HTTP_GATE_USED_BATCH];
    u_char                         names[NGX_HTTP_GATE_USED_BATCH]
                                        [GATE_USED_TEXT];
    u_char                         times[NGX_HTTP_GATE_USED_BATCH]
                                        [NGX_INT64_LEN];
} ngx_http_gate_used_batch_t;


static void ngx_http_gate_used_flush(ngx_event_t *ev);
static void *ngx_http_gate_used_create_main_conf(ngx_conf_t *cf);
static void ngx_http_gate_used_end(void *data);


static ngx_http_module_t  ngx_http_gate_used_module_ctx = {
    NULL,                                  /* preconfiguration */
    NULL,                                  /* postconfiguration */

    ngx_http_gate_used_create_main_conf,   /* create main configuration */
    NULL,                                  /* init main configuration */

    NULL,                                  /* create server configuration */
    NULL,                                  /* merge server configuration */

    NULL,                                  /* create location configuration */
    NULL                                   /* merge location configuration */
};


ngx_module_t  ngx_http_gate_used_module = {
    NGX_MODULE_V1,
    &ngx_http_gate_used_module_ctx,        /* module context */
    NULL,                                  /* module directives */
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


void
ngx_http_gate_used_note(ngx_http_request_t *r, const gate_credential_t *k)
{
    u_char                           hex[2 * GATE_SHA256_LEN];
    gate_str_t                       name;
    ngx_http_gate_used_main_conf_t  *umcf;

    umcf = ngx_http_get_module_main_conf(r, ngx_http_gate_used_module);

    if (umcf->used == NULL) {
        umcf->used = gate_used_create(NGX_HTTP_GATE_USED_CREDENTIALS);

        if (umcf->used == NULL) {
            return;
        }
    }

    name = k->name;

    if (k->kind == GATE_KIND_KEY) {
        (void) gate_hex_write(k->digest, GATE_SHA256_LEN, hex);
        name = gate_str(hex, sizeof(hex));
    }

    if (!gate_used_note(umcf->used, k->kind, name, ngx_time())
        || umcf->flush.timer_set)
    {
        return;
    }

    umcf->ident = -1;
    umcf->flush.handler = ngx_http_gate_used_flush;
    umcf->flush.data = umcf;
    umcf->flush.log = ngx_cycle->log;
    umcf->flush.cancelable = 1;

    ngx_add_timer(&umcf->flush, NGX_HTTP_GATE_USED_PAUSE);
}


static void
ngx_http_gate_used_flush(ngx_event_t *ev)
{
    int                              n;
    size_t                           len;
    int64_t                          used_s;
    ngx_http_gate_used_batch_t       b;
    ngx_http_gate_used_main_conf_t  *umcf;

    umcf = ev->data;

    b.arg[0] = "EVAL";
    b.len[0] = sizeof("EVAL") - 1;
    b.arg[1] = ngx_http_gate_used_script;
    b.len[1] = sizeof(ngx_http_gate_used_script) - 1;
    b.arg[2] = "1";
    b.len[2] = 1;
    b.arg[3] = "gate:last";
    b.len[3] = sizeof("gate:last") - 1;

    do {
        b.n = NGX_HTTP_GATE_USED_WORDS;

        for (n = 0; n < NGX_HTTP_GATE_USED_BATCH; n++) {

            len = gate_used_next(umcf->used, b.names[n], &used_s);
            if (len == 0) {
                break;
            }

            b.arg[b.n] = (char *) b.names[n];
            b.len[b.n++] = len;
            b.arg[b.n] = (char *) b.times[n];
            b.len[b.n++] = gate_text_digits(b.times[n], (uint64_t) used_s)
                           - b.times[n];
        }

        if (n != 0) {
            (void) ngx_http_gate_redis_back_send(NULL, b.n, b.arg, b.len);
        }

    } while (n == NGX_HTTP_GATE_USED_BATCH);
}


static void *
ngx_http_gate_used_create_main_conf(ngx_conf_t *cf)
{
    ngx_pool_cleanup_t              *cln;
    ngx_http_gate_used_main_conf_t  *umcf;

    cln = ngx_pool_cleanup_add(cf->pool,
                               sizeof(ngx_http_gate_used_main_conf_t));
    if (cln == NULL) {
        return NULL;
    }

    umcf = cln->data;
    ngx_memzero(umcf, sizeof(ngx_http_gate_used_main_conf_t));

    cln->handler = ngx_http_gate_used_end;

    return umcf;
}


static void
ngx_http_gate_used_end(void *data)
{
    ngx_http_gate_used_main_conf_t *umcf = data;

    if (umcf->flush.timer_set) {
        ngx_del_timer(&umcf->flush);
    }

    gate_used_destroy(umcf->used);
}
