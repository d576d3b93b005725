
/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * gate_consumers redis: a key that the configuration does not have is looked
 * up in Redis, while its request is parked.  Nothing is remembered: each
 * request with such a key is one question, and what Redis says now counts.
 */


#include "ngx_http_gate.h"
#include "ngx_http_gate_store_redis.h"
#include "ngx_http_gate_conf.h"
#include "ngx_http_gate_fence.h"
#include "ngx_http_gate_park.h"
#include "ngx_http_gate_redis_pool.h"
#include "ngx_http_gate_store.h"

#include "gate_record.h"
#include "gate_snapshot.h"
#include "gate_say.h"
#include "gate_text.h"


#define NGX_HTTP_GATE_STORE_REDIS_FIELDS  16       /* more than it may have */
#define NGX_HTTP_GATE_STORE_REDIS_SHOWN   64       /* bytes, in the log */
#define NGX_HTTP_GATE_STORE_REDIS_LATE    1000     /* ms, after the deadline */


typedef struct {
    u_char                    *file;          /* it is written there */
    ngx_uint_t                 line;
    gate_say_t                 said;          /* of this worker: it is wrong */
} ngx_http_gate_store_redis_main_conf_t;


typedef struct {
    ngx_uint_t                 enable;
} ngx_http_gate_store_redis_loc_conf_t;


/* one question of a client's request, or of a subrequest of it */

struct ngx_http_gate_lookup_s {
    ngx_http_gate_lookup_t    *next;
    ngx_http_request_t        *request;       /* that waits */
    ngx_int_t                  rc;            /* NGX_AGAIN: no answer yet */
    gate_credential_t         *credential;
    u_char                     digest[GATE_SHA256_LEN];
    ngx_http_gate_redis_ask_t  ask;
};


static ngx_http_gate_lookup_t *ngx_http_gate_store_redis_find(
    ngx_http_request_t *r, ngx_http_gate_ctx_t *ctx,
    const unsigned char digest[GATE_SHA256_LEN]);
static ngx_int_t ngx_http_gate_store_redis_begin(ngx_http_request_t *r,
    ngx_http_gate_ctx_t *ctx, const unsigned char digest[GATE_SHA256_LEN]);
static void ngx_http_gate_store_redis_forget(void *data);
static void ngx_http_gate_store_redis_cancel(void *data);
static void ngx_http_gate_store_redis_answered(void *data, redisReply *reply);
static ngx_int_t ngx_http_gate_store_redis_read(
    ngx_http_gate_lookup_t *lookup, redisReply *reply);
static ngx_int_t ngx_http_gate_store_redis_record(
    ngx_http_gate_lookup_t *lookup, redisReply *reply);
static ngx_int_t ngx_http_gate_store_redis_keep(
    ngx_http_gate_lookup_t *lookup, gate_record_t *record);
static ngx_int_t ngx_http_gate_store_redis_wrong(
    ngx_http_gate_lookup_t *lookup, const char *what, const char *text,
    size_t len);
static char *ngx_http_gate_store_redis_set(ngx_conf_t *cf, ngx_command_t *cmd,
    void *conf);
static ngx_int_t ngx_http_gate_store_redis_init(ngx_conf_t *cf);
static void *ngx_http_gate_store_redis_create_main_conf(ngx_conf_t *cf);
static void *ngx_http_gate_store_redis_create_loc_conf(ngx_conf_t *cf);
static char *ngx_http_gate_store_redis_merge_loc_conf(ngx_conf_t *cf,
    void *parent, void *child);


static ngx_http_gate_conf_row_t  ngx_http_gate_store_redis_params[] = {

    { ngx_string("redis"), NGX_HTTP_GATE_CONF_WORD,
      offsetof(ngx_http_gate_store_redis_loc_conf_t, enable), 1, 0, NULL },

    { ngx_string("off"), NGX_HTTP_GATE_CONF_WORD,
      offsetof(ngx_http_gate_store_redis_loc_conf_t, enable), 0, 0, NULL },

      ngx_http_gate_conf_end
};


static ngx_command_t  ngx_http_gate_store_redis_commands[] = {

    { ngx_string("gate_consumers"),
      NGX_HTTP_MAIN_CONF|NGX_HTTP_SRV_CONF|NGX_HTTP_LOC_CONF|NGX_CONF_1MORE,
      ngx_http_gate_store_redis_set,
      NGX_HTTP_LOC_CONF_OFFSET,
      0,
      NULL },

      ngx_null_command
};


static ngx_http_module_t  ngx_http_gate_store_redis_module_ctx = {
    NULL,                                  /* preconfiguration */
    ngx_http_gate_store_redis_init,        /* postconfiguration */

    ngx_http_gate_store_redis_create_main_conf, /* create main configuration */
    NULL,                                  /* init main configuration */

    NULL,                                  /* create server configuration */
    NULL,                                  /* merge server configuration */

    ngx_http_gate_store_redis_create_loc_conf, /* create location conf */
    ngx_http_gate_store_redis_merge_loc_conf /* merge location conf */
};


ngx_module_t  ngx_http_gate_store_redis_module = {
    NGX_MODULE_V1,
    &ngx_http_gate_store_redis_module_ctx, /* module context */
    ngx_http_gate_store_redis_commands,    /* module directives */
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


ngx_int_t
ngx_http_gate_store_redis_key(ngx_http_request_t *r, ngx_http_gate_ctx_t *ctx,
    const unsigned char digest[GATE_SHA256_LEN], gate_credential_t **k)
{
    ngx_http_gate_lookup_t                *lookup;
    ngx_http_gate_store_redis_loc_conf_t  *rlcf;

    rlcf = ngx_http_get_module_loc_conf(r, ngx_http_gate_store_redis_module);

    if (!rlcf->enable) {
        return NGX_DECLINED;
    }

    lookup = ngx_http_gate_store_redis_find(r, ctx, digest);

    if (lookup == NULL) {
        return ctx->may_park ? ngx_http_gate_store_redis_begin(r, ctx, digest)
                             : NGX_AGAIN;
    }

    *k = lookup->credential;

    return lookup->rc;
}


/* an answer is for all of the client's request, a wait is of one who waits */

static ngx_http_gate_lookup_t *
ngx_http_gate_store_redis_find(ngx_http_request_t *r, ngx_http_gate_ctx_t *ctx,
    const unsigned char digest[GATE_SHA256_LEN])
{
    ngx_http_gate_lookup_t  *lookup;

    for (lookup = ctx->lookups; lookup; lookup = lookup->next) {

        if ((lookup->rc != NGX_AGAIN || lookup->request == r)
            && gate_digest_eq(lookup->digest, digest, GATE_SHA256_LEN))
        {
            break;
        }
    }

    return lookup;
}


static ngx_int_t
ngx_http_gate_store_redis_begin(ngx_http_request_t *r,
    ngx_http_gate_ctx_t *ctx, const unsigned char digest[GATE_SHA256_LEN])
{
    size_t                   len[2];
    u_char                   key[GATE_RECORD_KEY];
    const char              *arg[2];
    ngx_pool_cleanup_t      *cln;
    ngx_http_gate_lookup_t  *lookup;

    cln = ngx_pool_cleanup_add(r->main->pool, sizeof(ngx_http_gate_lookup_t));
    if (cln == NULL) {
        return NGX_ERROR;
    }

    lookup = cln->data;
    ngx_memzero(lookup, sizeof(ngx_http_gate_lookup_t));

    cln->handler = ngx_http_gate_store_redis_forget;

    ngx_memcpy(lookup->digest, digest, GATE_SHA256_LEN);

    lookup->next = ctx->lookups;
    ctx->lookups = lookup;

    lookup->request = r;
    lookup->ask.handler = ngx_http_gate_store_redis_answered;
    lookup->ask.data = lookup;

    arg[0] = "HGETALL";
    len[0] = sizeof("HGETALL") - 1;
    arg[1] = (char *) key;
    len[1] = gate_record_key(digest, key);

    if (ngx_http_gate_redis_pool_send(&lookup->ask, 2, arg, len) != NGX_OK) {
        lookup->rc = NGX_BUSY;
        return NGX_BUSY;
    }

    lookup->rc = NGX_AGAIN;

    /* the deadline is the call's: this one is for what cannot happen */

    if (ngx_http_gate_park(r, ctx, ngx_http_gate_redis_pool_deadline()
                                   + NGX_HTTP_GATE_STORE_REDIS_LATE,
                           ngx_http_gate_store_redis_cancel, lookup)
        != NGX_AGAIN)
    {
        ngx_http_gate_store_redis_cancel(lookup);
        return NGX_ERROR;
    }

    return NGX_AGAIN;
}


/* what went to the service may be of a consumer that is not the one any more */

static void
ngx_http_gate_store_redis_forget(void *data)
{
    ngx_http_gate_lookup_t *lookup = data;

    if (lookup->credential != NULL) {
        gate_snapshot_release(lookup->credential->consumer);
    }
}


static void
ngx_http_gate_store_redis_cancel(void *data)
{
    ngx_http_gate_lookup_t *lookup = data;

    ngx_http_gate_redis_pool_cancel(&lookup->ask);

    lookup->rc = NGX_BUSY;
}


static void
ngx_http_gate_store_redis_answered(void *data, redisReply *reply)
{
    ngx_http_gate_lookup_t *lookup = data;

    lookup->rc = ngx_http_gate_store_redis_read(lookup, reply);

    ngx_http_gate_resume(lookup->request);
}


static ngx_int_t
ngx_http_gate_store_redis_read(ngx_http_gate_lookup_t *lookup,
    redisReply *reply)
{
    size_t  i;

    if (reply == NULL) {
        return NGX_BUSY;
    }

    if (reply->type == REDIS_REPLY_ERROR) {
        return ngx_http_gate_store_redis_wrong(lookup, "is refused",
                                               reply->str, reply->len);
    }

    if (reply->type != REDIS_REPLY_ARRAY || reply->elements % 2 != 0) {
        return ngx_http_gate_store_redis_wrong(lookup, "is no hash", "", 0);
    }

    if (reply->elements == 0) {
        return NGX_DECLINED;
    }

    if (reply->elements > 2 * NGX_HTTP_GATE_STORE_REDIS_FIELDS) {
        return ngx_http_gate_store_redis_wrong(lookup, "has too many fields",
                                               "", 0);
    }

    for (i = 0; i < reply->elements; i++) {
        if (reply->element[i]->type != REDIS_REPLY_STRING) {
            return ngx_http_gate_store_redis_wrong(lookup, "is no hash", "",
                                                   0);
        }
    }

    return ngx_http_gate_store_redis_record(lookup, reply);
}


static ngx_int_t
ngx_http_gate_store_redis_record(ngx_http_gate_lookup_t *lookup,
    redisReply *reply)
{
    size_t                i, n, bad;
    const char           *what;
    redisReply          **e;
    gate_record_t         record;
    gate_record_rc_e      rc;
    gate_record_field_t   fields[NGX_HTTP_GATE_STORE_REDIS_FIELDS];

    static const char  *whats[] = {
        "", "has an unknown field", "has a field twice",
        "has a wrong value of field", "has no field \"consumer\""
    };

    e = reply->element;
    n = reply->elements / 2;

    for (i = 0; i < n; i++) {
        fields[i].name = gate_str(e[2 * i]->str, e[2 * i]->len);
        fields[i].value = gate_str(e[2 * i + 1]->str, e[2 * i + 1]->len);
    }

    rc = gate_record_parse(fields, n, &record, &bad);

    if (rc == GATE_RECORD_OK) {
        return ngx_http_gate_store_redis_keep(lookup, &record);
    }

    what = whats[rc];

    if (rc == GATE_RECORD_INCOMPLETE) {
        return ngx_http_gate_store_redis_wrong(lookup, what, "", 0);
    }

    return ngx_http_gate_store_redis_wrong(lookup, what,
                                           (char *) fields[bad].name.data,
                                           fields[bad].name.len);
}


static ngx_int_t
ngx_http_gate_store_redis_keep(ngx_http_gate_lookup_t *lookup,
    gate_record_t *record)
{
    gate_plan_t         *plan;
    gate_snapshot_t     *snapshot;
    ngx_http_request_t  *r;

    r = lookup->request;

    if (ngx_http_gate_store_plan_of(r, record->plan, &plan) != NGX_OK) {
        return ngx_http_gate_store_redis_wrong(lookup,
                   record->plan.len ? "has a plan that is not configured"
                                    : "has no plan, which a limit needs",
                   (char *) record->plan.data, record->plan.len);
    }

    snapshot = gate_snapshot_create(gate_record_size(record));
    if (snapshot == NULL) {
        return NGX_ERROR;
    }

    lookup->credential = gate_record_keep(record, plan, lookup->digest,
                                          gate_snapshot_memory(snapshot));
    lookup->credential->consumer->snapshot = snapshot;

    return NGX_OK;
}


/* values are not shown: one may have been written in the place of another */

static ngx_int_t
ngx_http_gate_store_redis_wrong(ngx_http_gate_lookup_t *lookup,
    const char *what, const char *text, size_t len)
{
    u_char                                  shown[
                        GATE_TEXT_SHOWN(NGX_HTTP_GATE_STORE_REDIS_SHOWN)];
    u_char                                  id[GATE_RECORD_ID];
    ngx_uint_t                              level;
    gate_text_t                             t;
    ngx_http_request_t                     *r;
    ngx_http_gate_store_redis_main_conf_t  *rmcf;

    r = lookup->request;

    rmcf = ngx_http_get_module_main_conf(r, ngx_http_gate_store_redis_module);

    level = gate_say(&rmcf->said, 1, ngx_current_msec,
                     NGX_HTTP_GATE_REDIS_AGAIN)
            ? NGX_LOG_ERR : NGX_LOG_INFO;

    gate_text_init(&t, shown, sizeof(shown));
    gate_text_shown(&t, gate_str(text, len), NGX_HTTP_GATE_STORE_REDIS_SHOWN);

    (void) ngx_hex_dump(id, lookup->digest, GATE_RECORD_ID / 2);

    ngx_log_error(level, r->connection->log, 0,
                  "gate consumers: record of key \"%*s\" %s%s%*s%s",
                  (size_t) GATE_RECORD_ID, id, what, len ? " \"" : "",
                  (size_t) (t.last - t.start), t.start, len ? "\"" : "");

    return NGX_BUSY;
}


ngx_uint_t
ngx_http_gate_store_redis_written(ngx_conf_t *cf)
{
    ngx_http_gate_store_redis_main_conf_t  *rmcf;

    rmcf = ngx_http_conf_get_module_main_conf(cf,
                                             ngx_http_gate_store_redis_module);

    return rmcf->file != NULL;
}


/* gate_consumers redis | off; */

static char *
ngx_http_gate_store_redis_set(ngx_conf_t *cf, ngx_command_t *cmd, void *conf)
{
    ngx_http_gate_store_redis_loc_conf_t *rlcf = conf;

    char                                   *rv;
    ngx_http_gate_store_redis_main_conf_t  *rmcf;

    if (rlcf->enable != NGX_CONF_UNSET_UINT) {
        return NGX_HTTP_GATE_CONF_TWICE;
    }

    ngx_http_gate_use(cf);

    rv = ngx_http_gate_conf_params(cf, 1, ngx_http_gate_store_redis_params,
                                   rlcf);

    if (rv != NGX_CONF_OK || !rlcf->enable) {
        return rv;
    }

    rmcf = ngx_http_conf_get_module_main_conf(cf,
                                             ngx_http_gate_store_redis_module);

    if (rmcf->file == NULL) {
        rmcf->file = cf->conf_file->file.name.data;
        rmcf->line = cf->conf_file->line;
    }

    ngx_http_gate_redis_pool_need(cf);
    ngx_http_gate_fence_need(cf);

    return NGX_CONF_OK;
}


static ngx_int_t
ngx_http_gate_store_redis_init(ngx_conf_t *cf)
{
    ngx_http_gate_store_redis_main_conf_t  *rmcf;

    rmcf = ngx_http_conf_get_module_main_conf(cf,
                                             ngx_http_gate_store_redis_module);

    if (rmcf->file != NULL && !ngx_http_gate_redis_conf_written(cf)) {
        ngx_log_error(NGX_LOG_EMERG, cf->log, 0,
                      "\"gate_consumers redis\" needs \"gate_redis\": write "
                      "\"gate_redis ADDRESS\" into http, for the line in "
                      "%s:%ui",
                      rmcf->file, rmcf->line);
        return NGX_ERROR;
    }

    return NGX_OK;
}


static void *
ngx_http_gate_store_redis_create_main_conf(ngx_conf_t *cf)
{
    /*
     * set by ngx_pcalloc():
     *
     *     rmcf->file = NULL;
     *     rmcf->line = 0;
     *     rmcf->said = { 0 };
     */

    return ngx_pcalloc(cf->pool,
                       sizeof(ngx_http_gate_store_redis_main_conf_t));
}


static void *
ngx_http_gate_store_redis_create_loc_conf(ngx_conf_t *cf)
{
    ngx_http_gate_store_redis_loc_conf_t  *rlcf;

    rlcf = ngx_palloc(cf->pool, sizeof(ngx_http_gate_store_redis_loc_conf_t));
    if (rlcf == NULL) {
        return NULL;
    }

    rlcf->enable = NGX_CONF_UNSET_UINT;

    return rlcf;
}


static char *
ngx_http_gate_store_redis_merge_loc_conf(ngx_conf_t *cf, void *parent,
    void *child)
{
    ngx_http_gate_store_redis_loc_conf_t *prev = parent;
    ngx_http_gate_store_redis_loc_conf_t *conf = child;

    ngx_conf_merge_uint_value(conf->enable, prev->enable, 0);

    return NGX_CONF_OK;
}
