
/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * Whose credential it is: what a method has read is looked for in the
 * configuration and then, where "gate_consumers redis" stands, in Redis, or in
 * what is remembered of it.
 */


#ifndef _NGX_HTTP_GATE_FIND_H_INCLUDED_
#define _NGX_HTTP_GATE_FIND_H_INCLUDED_


#include "ngx_http_gate.h"
#include "ngx_http_gate_cache.h"
#include "ngx_http_gate_reason.h"
#include "ngx_http_gate_redis_pool.h"

#include "gate_record.h"
#include "gate_say.h"


extern ngx_module_t  ngx_http_gate_find_module;

/* a method that was told NGX_BUSY refuses with it */
extern const ngx_http_gate_reason_t  ngx_http_gate_consumers_unavailable;


/*
 * The credential of that kind and name, for as long as the client's request
 * lives.  Its consumer may be disabled, and its time over: a method asks.  One
 * that is disabled itself is unknown, but for the claim of a token, whose
 * consumer is disabled then.  A method that asks has the flag
 * NGX_HTTP_GATE_METHOD_PARKS.
 *
 *   NGX_OK         *k is it, with its consumer
 *   NGX_DECLINED   nobody has it
 *   NGX_AGAIN      parked, or not yet a place where that is possible
 *   NGX_BUSY       Redis has not said, or what it has is not understood
 *   NGX_ERROR
 */
ngx_int_t ngx_http_gate_find(ngx_http_request_t *r, ngx_http_gate_ctx_t *ctx,
    gate_kind_e kind, gate_str_t name, gate_credential_t **k);

/* what a method answers to NGX_BUSY */
ngx_int_t ngx_http_gate_find_busy(ngx_http_request_t *r,
    ngx_http_gate_ctx_t *ctx);

/*
 * For who remembers one that was found, by a reference of its consumer: does
 * it count here and now?  Then that is a hit.
 */
ngx_uint_t ngx_http_gate_find_counts(ngx_http_request_t *r,
    const gate_credential_t *k);


/* within the room */

typedef struct ngx_http_gate_question_s  ngx_http_gate_question_t;

typedef enum {
    NGX_HTTP_GATE_FIND_HIT = 0,
    NGX_HTTP_GATE_FIND_MISS,                  /* Redis has said */
    NGX_HTTP_GATE_FIND_STALE,                 /* it could not, and had before */
    NGX_HTTP_GATE_FIND_UNKNOWN,               /* it did not know it before */
    NGX_HTTP_GATE_FIND_LIMITED,               /* too many ask for strangers */
    NGX_HTTP_GATE_FIND_UNAVAILABLE,           /* it has not said */
    NGX_HTTP_GATE_FIND_RESULTS
} ngx_http_gate_find_result_e;


typedef struct {
    gate_say_t                 said;          /* of this worker: it is wrong */
    ngx_queue_t                questions;     /* under way */
    gate_sha256_t             *sha;
    gate_credential_t        **recent;        /* those of places, or NULL */
} ngx_http_gate_find_main_conf_t;


/* one look-up of a client's request, or of a subrequest of it */

struct ngx_http_gate_lookup_s {
    ngx_http_gate_lookup_t    *next;
    ngx_http_request_t        *request;       /* that waits */
    ngx_int_t                  rc;            /* NGX_AGAIN: no answer yet */
    gate_cache_key_t           key;
    gate_credential_t         *credential;
    ngx_http_gate_find_result_e  result;
    ngx_uint_t                 unsaid;        /* there is no answer */

    ngx_http_gate_question_t  *question;      /* NULL: it waits for none */
    ngx_queue_t                queue;         /* with the others who wait */
};


/* what Redis is asked for all who wait for the same */

struct ngx_http_gate_question_s {
    ngx_queue_t                queue;
    ngx_queue_t                waiting;       /* of lookups, one at least */
    ngx_pool_t                *pool;
    ngx_http_gate_find_main_conf_t  *fmcf;
    gate_cache_key_t           key;
    gate_str_t                 name;
    gate_seen_t                seen;
    gate_str_t                 owner;         /* his hash is asked for, or "" */
    gate_record_field_t       *fields;        /* of the credential, copied */
    ngx_uint_t                 nfields;
    ngx_http_gate_redis_ask_t  ask;
};


/* _find_recent.c */

/* credentials that a worker has at hand, a power of two */
#define NGX_HTTP_GATE_FIND_RECENT  4096

/*
 * What is remembered and has not changed, if the fence is no older than "age":
 * NGX_OK, with a reference for the caller; NGX_AGAIN: there is something, which
 * does not count; NGX_DECLINED: there is nothing.
 */
ngx_int_t ngx_http_gate_find_remembered(ngx_http_request_t *r,
    const gate_cache_key_t *key, gate_str_t name, ngx_msec_t age,
    gate_credential_t **k);
/* nothing that it was made of has changed since */
ngx_uint_t ngx_http_gate_find_unchanged(const gate_seen_t *seen);
/* the credential of a record, remembered; NGX_BUSY: its plan is none */
ngx_int_t ngx_http_gate_find_make(ngx_http_request_t *r,
    const gate_cache_key_t *key, gate_str_t name, const gate_seen_t *seen,
    const gate_record_t *record, gate_credential_t **k);

/* a log line of a record that is not understood; NGX_BUSY */
ngx_int_t ngx_http_gate_find_wrong(ngx_http_gate_find_main_conf_t *fmcf,
    gate_kind_e kind, gate_str_t name, const char *what, const char *text,
    size_t len);

/* _find_ask.c: the question that the lookup waits for, a new one if it has to
 * be; NGX_BUSY: Redis cannot be asked */
ngx_int_t ngx_http_gate_find_ask(ngx_http_gate_find_main_conf_t *fmcf,
    ngx_http_gate_lookup_t *lookup, gate_str_t name, ngx_uint_t known);
/* it does not wait any more; the last one takes the question away */
void ngx_http_gate_find_leave(ngx_http_gate_lookup_t *lookup);

/* _find_read.c: NGX_OK: *record is whole; NGX_AGAIN: question->owner is to be
 * asked for, and the fields are copied; NGX_DECLINED, NGX_BUSY, NGX_ERROR */
ngx_int_t ngx_http_gate_find_read(ngx_http_gate_question_t *q,
    redisReply *reply, gate_record_t *record);


#endif /* _NGX_HTTP_GATE_FIND_H_INCLUDED_ */
