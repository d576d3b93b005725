
/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * What the rooms of keys by URL share.
 */


#ifndef _NGX_HTTP_GATE_KEYSET_OWN_H_INCLUDED_
#define _NGX_HTTP_GATE_KEYSET_OWN_H_INCLUDED_


#include "ngx_http_gate_fetch.h"
#include "ngx_http_gate_keyset.h"

#include "gate_keyset.h"


#define NGX_HTTP_GATE_KEYSET_LAYOUT  1


/* in shared memory, under the lock of its zone; the text is in the one of the
 * two that "which" says, so that a worker that dies leaves a whole one */

typedef struct {
    uint32_t                   layout;
    ngx_uint_t                 which;
    gate_keyset_t              state;
    ngx_uint_t                 keys;          /* that can be used */
    size_t                     len[2];
    u_char                     text[2][GATE_JWKS_MAX];
} ngx_http_gate_keyset_sh_t;


typedef struct {
    ngx_cycle_t               *cycle;
    ngx_array_t               *sets;          /* of pointers */
    ngx_str_t                  folder;        /* gate_key_cache */
    u_char                    *file;
    ngx_uint_t                 line;
} ngx_http_gate_keyset_main_conf_t;


struct ngx_http_gate_keyset_s {
    ngx_http_gate_keyset_main_conf_t  *main;
    ngx_http_gate_issuer_t    *issuer;
    ngx_str_t                  uri;           /* of the location */
    ngx_str_t                  discovery;     /* the same, or "" */
    ngx_array_t               *hosts;
    ngx_msec_t                 refresh;       /* as the lines say ... */
    time_t                     stale;
    ngx_msec_t                 cooldown;
    ngx_msec_t                 timeout;
    gate_keyset_plan_t         plan;          /* ... and what that means */
    u_char                    *file;
    ngx_uint_t                 line;

    ngx_array_t               *servers;       /* that accept its tokens */
    ngx_http_core_srv_conf_t  *server;        /* with the locations, or NULL */

    ngx_str_t                  source;        /* in the file */
    ngx_str_t                  path;          /* of it, or "" */
    int                        kept;          /* errno of the last one */
    ngx_http_gate_keyset_sh_t *sh;
    ngx_slab_pool_t           *shpool;

    /* of this worker */
    uint64_t                   seen;          /* version in "keys" */
    gate_jwks_t               *none;          /* of the configuration: empty */
    gate_jwks_t               *keys;          /* or NULL */
    ngx_event_t                timer;
    ngx_event_t                ticker;        /* while others fetch */
    ngx_queue_t                waiting;       /* requests */
    ngx_http_gate_fetch_t     *fetch;         /* under way */
    ngx_atomic_t              *good;          /* counters */
    ngx_atomic_t              *failed;
};


static ngx_inline int64_t
ngx_http_gate_keyset_now(void)
{
    ngx_time_t  *tp;

    tp = ngx_timeofday();

    return (int64_t) tp->sec * 1000 + tp->msec;
}


/* _keyset.c */

void ngx_http_gate_keyset_stop(ngx_http_gate_keyset_t *set);

/* _keyset_share.c */

ngx_int_t ngx_http_gate_keyset_zone(ngx_conf_t *cf,
    ngx_http_gate_keyset_t *set);
/* a text that has come: NULL, or why it is none; "err" is the room for it */
const char *ngx_http_gate_keyset_take(ngx_http_gate_keyset_t *set,
    ngx_str_t *text, int64_t ttl_ms, char *err, size_t len, ngx_log_t *log);

/* _keyset_file.c */

ngx_int_t ngx_http_gate_keyset_path(ngx_conf_t *cf,
    ngx_http_gate_keyset_main_conf_t *kmcf, ngx_http_gate_keyset_t *set);
/* when nginx starts; what it finds is in shared memory then */
ngx_int_t ngx_http_gate_keyset_find(ngx_http_gate_keyset_t *set,
    ngx_log_t *log);
void ngx_http_gate_keyset_kept(ngx_http_gate_keyset_t *set);
void ngx_http_gate_keyset_keep(ngx_http_gate_keyset_t *set, ngx_str_t *text,
    ngx_log_t *log);
char *ngx_http_gate_keyset_folder(ngx_conf_t *cf, ngx_command_t *cmd,
    void *conf);

/* _keyset_conf.c */

ngx_int_t ngx_http_gate_keyset_preconfiguration(ngx_conf_t *cf);
void *ngx_http_gate_keyset_create_main_conf(ngx_conf_t *cf);
ngx_int_t ngx_http_gate_keyset_init(ngx_conf_t *cf);

/* _keyset_metrics.c */

extern ngx_http_gate_family_t  ngx_http_gate_keyset_fetches;

ngx_int_t ngx_http_gate_keyset_metrics(ngx_conf_t *cf);


#endif /* _NGX_HTTP_GATE_KEYSET_OWN_H_INCLUDED_ */
