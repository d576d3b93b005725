
/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * A credential that the configuration does not have is looked up in Redis,
 * while its request is parked: first its own hash, then that of its owner.
 */


#include "ngx_http_gate.h"
#include "ngx_http_gate_find.h"
#include "ngx_http_gate_park.h"
#include "ngx_http_gate_redis_pool.h"
#include "ngx_http_gate_refused.h"
#include "ngx_http_gate_shield.h"
#include "ngx_http_gate_store.h"
#include "ngx_http_gate_store_redis.h"

#include "gate_record.h"
#include "gate_snapshot.h"
#include "gate_say.h"
#include "gate_text.h"


#define NGX_HTTP_GATE_FIND_FIELDS  32        /* more than it may have */
#define NGX_HTTP_GATE_FIND_SHOWN   64        /* bytes, in the log */
#define NGX_HTTP_GATE_FIND_LATE    5         /* ms, after the deadline */
#define NGX_HTTP_GATE_FIND_RETRY   1         /* seconds, while Redis is away */


typedef struct {
    gate_say_t                 said;          /* of this worker: it is wrong */
} ngx_http_gate_find_main_conf_t;


/* one question of a client's request, or of a subrequest of it */

struct ngx_http_gate_lookup_s {
    ngx_http_gate_lookup_t    *next;
    ngx_http_request_t        *request;       /* that waits */
    ngx_int_t                  rc;            /* NGX_AGAIN: no answer yet */
    gate_kind_e                kind;
    gate_str_t                 name;
    gate_credential_t         *credential;
    gate_str_t                 owner;         /* his hash is asked for, or "" */
    gate_record_field_t       *fields;        /* of the credential, copied */
    ngx_uint_t                 nfields;
    ngx_http_gate_redis_ask_t  ask;
};


static ngx_int_t ngx_http_gate_find_spares(ngx_http_request_t *r,
    ngx_http_gate_ctx_t *ctx, gate_kind_e kind, gate_str_t name);
static ngx_http_gate_lookup_t *ngx_http_gate_find_lookup(
    ngx_http_request_t *r, ngx_http_gate_ctx_t *ctx, gate_kind_e kind,
    gate_str_t name);
static ngx_int_t ngx_http_gate_find_begin(ngx_http_request_t *r,
    ngx_http_gate_ctx_t *ctx, gate_kind_e kind, gate_str_t name);
static ngx_int_t ngx_http_gate_find_ask(ngx_http_gate_lookup_t *lookup,
    gate_kind_e kind, gate_str_t name);
static void ngx_http_gate_find_forget(void *data);
static void ngx_http_gate_find_cancel(void *data);
static void ngx_http_gate_find_answered(void *data, redisReply *reply);
static ngx_int_t ngx_http_gate_find_read(ngx_http_gate_lookup_t *lookup,
    redisReply *reply);
static ngx_int_t ngx_http_gate_find_record(ngx_http_gate_lookup_t *lookup,
    gate_record_field_t *fields, ngx_uint_t n);
static ngx_int_t ngx_http_gate_find_parse(ngx_http_gate_lookup_t *lookup,
    gate_kind_e kind, gate_record_field_t *fields, ngx_uint_t n,
    gate_record_t *record);
static ngx_int_t ngx_http_gate_find_owner(ngx_http_gate_lookup_t *lookup,
    gate_str_t owner, gate_record_field_t *fields, ngx_uint_t n);
static ngx_int_t ngx_http_gate_find_keep(ngx_http_gate_lookup_t *lookup,
    gate_record_t *record);
static ngx_int_t ngx_http_gate_find_wrong(ngx_http_gate_lookup_t *lookup,
    const char *what, const char *text, size_t len);
static const char *ngx_http_gate_find_kind(gate_kind_e kind);
static ngx_int_t ngx_http_gate_find_preconfiguration(ngx_conf_t *cf);
static void *ngx_http_gate_find_create_main_conf(ngx_conf_t *cf);


/* whoever it is may come again: it is not said that the credential is wrong */

const ngx_http_gate_reason_t  ngx_http_gate_consumers_unavailable = {
    NGX_HTTP_SERVICE_UNAVAILABLE, NGX_LOG_WARN,
    ngx_string("consumers_unavailable"),
    ngx_string("Consumers unavailable"),
    ngx_string("The gateway cannot look the credential up now.")
};


static const ngx_http_gate_reason_t  *ngx_http_gate_find_reasons[] = {
    &ngx_http_gate_consumers_unavailable,
    NULL
};


static ngx_http_module_t  ngx_http_gate_find_module_ctx = {
    ngx_http_gate_find_preconfiguration,   /* preconfiguration */
    NULL,                                  /* postconfiguration */

    ngx_http_gate_find_create_main_conf,   /* create main configuration */
    NULL,                                  /* init main configuration */

    NULL,                                  /* create server configuration */
    NULL,                                  /* merge server configuration */

    NULL,                                  /* create location configuration */
    NULL                                   /* merge location configuration */
};


ngx_module_t  ngx_http_gate_find_module = {
    NGX_MODULE_V1,
    &ngx_http_gate_find_module_ctx,        /* module context */
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


ngx_int_t
ngx_http_gate_find(ngx_http_request_t *r, ngx_http_gate_ctx_t *ctx,
    gate_kind_e kind, gate_str_t name, gate_credential_t **k)
{
    ngx_int_t                rc;
    ngx_http_gate_lookup_t  *lookup;

    *k = gate_model_credential(ngx_http_gate_model(r), kind, name);

    if (*k != NULL) {
        return NGX_OK;
    }

    if (!ngx_http_gate_store_redis_stands(r)
        || name.len == 0 || name.len > GATE_RECORD_LONGEST
        || (kind == GATE_KIND_CONSUMER && !gate_record_consumer(name)))
    {
        return NGX_DECLINED;
    }

    lookup = ngx_http_gate_find_lookup(r, ctx, kind, name);

    if (lookup == NULL && !ctx->may_park) {
        return NGX_AGAIN;
    }

    if (lookup == NULL) {
        rc = ngx_http_gate_find_spares(r, ctx, kind, name);

        return (rc == NGX_OK) ? ngx_http_gate_find_begin(r, ctx, kind, name)
                              : rc;
    }

    *k = lookup->credential;

    return lookup->rc;
}


/* of a token and of a certificate all has been proved by now; a key is no name,
 * that others could use */

static ngx_int_t
ngx_http_gate_find_spares(ngx_http_request_t *r, ngx_http_gate_ctx_t *ctx,
    gate_kind_e kind, gate_str_t name)
{
    switch (kind) {

    case GATE_KIND_KEY:
        return ngx_http_gate_shield_spares(r, ctx, gate_str(NULL, 0));

    case GATE_KIND_BASIC:
    case GATE_KIND_SIGNATURE:
        return ngx_http_gate_shield_spares(r, ctx, name);

    default:
        return NGX_OK;
    }
}


ngx_int_t
ngx_http_gate_find_busy(ngx_http_request_t *r, ngx_http_gate_ctx_t *ctx)
{
    if (r == r->main) {
        ctx->retry_after = NGX_HTTP_GATE_FIND_RETRY;
    }

    return ngx_http_gate_refused_why(ctx,
                                     &ngx_http_gate_consumers_unavailable,
                                     NULL);
}


/* an answer is for all of the client's request, a wait is of one who waits */

static ngx_http_gate_lookup_t *
ngx_http_gate_find_lookup(ngx_http_request_t *r, ngx_http_gate_ctx_t *ctx,
    gate_kind_e kind, gate_str_t name)
{
    ngx_http_gate_lookup_t  *lookup;

    for (lookup = ctx->lookups; lookup; lookup = lookup->next) {

        if ((lookup->rc != NGX_AGAIN || lookup->request == r)
            && lookup->kind == kind && lookup->name.len == name.len
            && gate_digest_eq(lookup->name.data, name.data, name.len))
        {
            break;
        }
    }

    return lookup;
}


static ngx_int_t
ngx_http_gate_find_begin(ngx_http_request_t *r, ngx_http_gate_ctx_t *ctx,
    gate_kind_e kind, gate_str_t name)
{
    ngx_pool_cleanup_t      *cln;
    ngx_http_gate_lookup_t  *lookup;

    cln = ngx_pool_cleanup_add(r->main->pool, sizeof(ngx_http_gate_lookup_t));
    if (cln == NULL) {
        return NGX_ERROR;
    }

    lookup = cln->data;
    ngx_memzero(lookup, sizeof(ngx_http_gate_lookup_t));

    lookup->name.data = ngx_pnalloc(r->main->pool, name.len);
    if (lookup->name.data == NULL) {
        return NGX_ERROR;
    }

    ngx_memcpy(lookup->name.data, name.data, name.len);
    lookup->name.len = name.len;
    lookup->kind = kind;

    cln->handler = ngx_http_gate_find_forget;

    lookup->next = ctx->lookups;
    ctx->lookups = lookup;

    lookup->request = r;
    lookup->ask.handler = ngx_http_gate_find_answered;
    lookup->ask.data = lookup;

    if (ngx_http_gate_find_ask(lookup, kind, name) != NGX_OK) {
        lookup->rc = NGX_BUSY;
        return NGX_BUSY;
    }

    lookup->rc = NGX_AGAIN;

    /* each question has a deadline of its own, this one is of both */

    if (ngx_http_gate_park(r, ctx, ngx_http_gate_redis_pool_deadline()
                                   + NGX_HTTP_GATE_FIND_LATE,
                           ngx_http_gate_find_cancel, lookup)
        != NGX_AGAIN)
    {
        ngx_http_gate_find_cancel(lookup);
        return NGX_ERROR;
    }

    return NGX_AGAIN;
}


static ngx_int_t
ngx_http_gate_find_ask(ngx_http_gate_lookup_t *lookup, gate_kind_e kind,
    gate_str_t name)
{
    size_t       len[2];
    u_char       key[GATE_RECORD_KEY];
    const char  *arg[2];

    arg[0] = "HGETALL";
    len[0] = sizeof("HGETALL") - 1;
    arg[1] = (char *) key;
    len[1] = gate_record_key(kind, name, key);

    return ngx_http_gate_redis_pool_send(&lookup->ask, 2, arg, len);
}


/* what went to the service may be of a consumer that is not the one any more */

static void
ngx_http_gate_find_forget(void *data)
{
    ngx_http_gate_lookup_t *lookup = data;

    if (lookup->credential != NULL) {
        gate_snapshot_release(lookup->credential->consumer);
    }
}


static void
ngx_http_gate_find_cancel(void *data)
{
    ngx_http_gate_lookup_t *lookup = data;

    ngx_http_gate_redis_pool_cancel(&lookup->ask);

    lookup->rc = NGX_BUSY;
}


static void
ngx_http_gate_find_answered(void *data, redisReply *reply)
{
    ngx_http_gate_lookup_t *lookup = data;

    lookup->rc = ngx_http_gate_find_read(lookup, reply);

    if (lookup->rc == NGX_AGAIN) {
        return;
    }

    ngx_http_gate_resume(lookup->request);
}


static ngx_int_t
ngx_http_gate_find_read(ngx_http_gate_lookup_t *lookup, redisReply *reply)
{
    size_t                 i;
    redisReply           **e;
    gate_record_field_t    fields[NGX_HTTP_GATE_FIND_FIELDS];

    if (reply == NULL) {
        return NGX_BUSY;
    }

    if (reply->type == REDIS_REPLY_ERROR) {
        return ngx_http_gate_find_wrong(lookup, "is refused", reply->str,
                                        reply->len);
    }

    if (reply->type != REDIS_REPLY_ARRAY || reply->elements % 2 != 0) {
        return ngx_http_gate_find_wrong(lookup, "is no hash", "", 0);
    }

    if (reply->elements == 0) {
        return NGX_DECLINED;
    }

    if (reply->elements > 2 * NGX_HTTP_GATE_FIND_FIELDS) {
        return ngx_http_gate_find_wrong(lookup, "has too many fields", "", 0);
    }

    e = reply->element;

    for (i = 0; i < reply->elements; i++) {
        if (e[i]->type != REDIS_REPLY_STRING) {
            return ngx_http_gate_find_wrong(lookup, "is no hash", "", 0);
        }
    }

    for (i = 0; i < reply->elements / 2; i++) {
        fields[i].name = gate_str(e[2 * i]->str, e[2 * i]->len);
        fields[i].value = gate_str(e[2 * i + 1]->str, e[2 * i + 1]->len);
    }

    return ngx_http_gate_find_record(lookup, fields, reply->elements / 2);
}


/* of the credential, or of its owner after that */

static ngx_int_t
ngx_http_gate_find_record(ngx_http_gate_lookup_t *lookup,
    gate_record_field_t *fields, ngx_uint_t n)
{
    ngx_int_t      rc;
    gate_record_t  record, owner;

    if (lookup->owner.len != 0) {
        rc = ngx_http_gate_find_parse(lookup, GATE_KIND_CONSUMER, fields, n,
                                      &owner);
        if (rc != NGX_OK) {
            return rc;
        }

        rc = ngx_http_gate_find_parse(lookup, lookup->kind, lookup->fields,
                                      lookup->nfields, &record);
        if (rc != NGX_OK) {
            return rc;
        }

        gate_record_merge(&record, &owner);

        return ngx_http_gate_find_keep(lookup, &record);
    }

    rc = ngx_http_gate_find_parse(lookup, lookup->kind, fields, n, &record);
    if (rc != NGX_OK) {
        return rc;
    }

    if (lookup->kind == GATE_KIND_CONSUMER) {
        record.consumer = lookup->name;
    }

    if (record.owner.len == 0) {
        return ngx_http_gate_find_keep(lookup, &record);
    }

    /* it was revoked by itself, its consumer may have others */

    return record.disabled ? NGX_DECLINED
                           : ngx_http_gate_find_owner(lookup, record.owner,
                                                      fields, n);
}


static ngx_int_t
ngx_http_gate_find_parse(ngx_http_gate_lookup_t *lookup, gate_kind_e kind,
    gate_record_field_t *fields, ngx_uint_t n, gate_record_t *record)
{
    size_t            bad;
    gate_record_rc_e  rc;

    static const char  *whats[] = {
        "", "has an unknown field", "has a field twice",
        "has a wrong value of field", "has no field \"consumer\" or \"owner\"",
        "has an \"owner\", whose hash it is that may have field"
    };

    rc = gate_record_parse(kind, fields, n, record, &bad);

    if (rc == GATE_RECORD_OK) {
        return NGX_OK;
    }

    if (rc == GATE_RECORD_INCOMPLETE) {
        return ngx_http_gate_find_wrong(lookup, whats[rc], "", 0);
    }

    return ngx_http_gate_find_wrong(lookup, whats[rc],
                                    (char *) fields[bad].name.data,
                                    fields[bad].name.len);
}


/* the reply goes before the next one comes: its fields are copied */

static ngx_int_t
ngx_http_gate_find_owner(ngx_http_gate_lookup_t *lookup, gate_str_t owner,
    gate_record_field_t *fields, ngx_uint_t n)
{
    size_t                len;
    u_char               *p;
    ngx_uint_t            i;
    ngx_pool_t           *pool;
    gate_record_field_t  *copy;

    len = 0;

    for (i = 0; i < n; i++) {
        len += fields[i].name.len + fields[i].value.len;
    }

    pool = lookup->request->main->pool;

    copy = ngx_palloc(pool, n * sizeof(gate_record_field_t));
    p = ngx_pnalloc(pool, len);

    if (copy == NULL || p == NULL) {
        return NGX_ERROR;
    }

    for (i = 0; i < n; i++) {
        copy[i].name = gate_str(p, fields[i].name.len);
        p = gate_str_copy(p, fields[i].name);

        copy[i].value = gate_str(p, fields[i].value.len);
        p = gate_str_copy(p, fields[i].value);

        if (fields[i].value.data == owner.data) {
            lookup->owner = copy[i].value;
        }
    }

    lookup->fields = copy;
    lookup->nfields = n;

    return (ngx_http_gate_find_ask(lookup, GATE_KIND_CONSUMER, lookup->owner)
            == NGX_OK)
           ? NGX_AGAIN : NGX_BUSY;
}


static ngx_int_t
ngx_http_gate_find_keep(ngx_http_gate_lookup_t *lookup, gate_record_t *record)
{
    gate_plan_t      *plan;
    gate_snapshot_t  *snapshot;

    if (ngx_http_gate_store_plan_of(lookup->request, record->plan, &plan)
        != NGX_OK)
    {
        return ngx_http_gate_find_wrong(lookup,
                   record->plan.len ? "has a plan that is not configured"
                                    : "has no plan, which a limit needs",
                   (char *) record->plan.data, record->plan.len);
    }

    snapshot = gate_snapshot_create(gate_record_size(record, lookup->name));
    if (snapshot == NULL) {
        return NGX_ERROR;
    }

    lookup->credential = gate_record_keep(record, plan, lookup->kind,
                                          lookup->name,
                                          gate_snapshot_memory(snapshot));
    lookup->credential->consumer->snapshot = snapshot;

    return NGX_OK;
}


/* values are not shown: one may have been written in the place of another */

static ngx_int_t
ngx_http_gate_find_wrong(ngx_http_gate_lookup_t *lookup, const char *what,
    const char *text, size_t len)
{
    u_char                           shown[
                                GATE_TEXT_SHOWN(NGX_HTTP_GATE_FIND_SHOWN)];
    u_char                           name[
                                GATE_TEXT_SHOWN(NGX_HTTP_GATE_FIND_SHOWN)];
    ngx_uint_t                       level;
    gate_str_t                       id;
    gate_text_t                      t, of;
    ngx_http_request_t              *r;
    ngx_http_gate_find_main_conf_t  *fmcf;

    r = lookup->request;

    fmcf = ngx_http_get_module_main_conf(r, ngx_http_gate_find_module);

    level = gate_say(&fmcf->said, 1, ngx_current_msec,
                     NGX_HTTP_GATE_REDIS_AGAIN)
            ? NGX_LOG_ERR : NGX_LOG_INFO;

    id = lookup->name;

    if (lookup->kind == GATE_KIND_KEY) {
        id.len = ngx_min(id.len, GATE_RECORD_ID);
    }

    gate_text_init(&t, shown, sizeof(shown));
    gate_text_shown(&t, gate_str(text, len), NGX_HTTP_GATE_FIND_SHOWN);

    gate_text_init(&of, name, sizeof(name));
    gate_text_shown(&of, id, NGX_HTTP_GATE_FIND_SHOWN);

    ngx_log_error(level, r->connection->log, 0,
                  "gate consumers: record of %s \"%*s\" %s%s%*s%s",
                  ngx_http_gate_find_kind(lookup->kind),
                  (size_t) (of.last - of.start), of.start, what,
                  len ? " \"" : "", (size_t) (t.last - t.start), t.start,
                  len ? "\"" : "");

    return NGX_BUSY;
}


/* in sentences */

static const char *
ngx_http_gate_find_kind(gate_kind_e kind)
{
    switch (kind) {

    case GATE_KIND_KEY:
        return "key";

    case GATE_KIND_CLAIM:
        return "claim";

    case GATE_KIND_BASIC:
        return "user";

    case GATE_KIND_MTLS:
        return "certificate";

    case GATE_KIND_SIGNATURE:
        return "signer";

    default: /* GATE_KIND_CONSUMER */
        return "consumer";
    }
}


static ngx_int_t
ngx_http_gate_find_preconfiguration(ngx_conf_t *cf)
{
    return ngx_http_gate_reasons(cf, ngx_http_gate_find_reasons);
}


static void *
ngx_http_gate_find_create_main_conf(ngx_conf_t *cf)
{
    /*
     * set by ngx_pcalloc():
     *
     *     fmcf->said = { 0 };
     */

    return ngx_pcalloc(cf->pool, sizeof(ngx_http_gate_find_main_conf_t));
}
