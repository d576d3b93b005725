
/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * gate_idempotency: _idempotency.c (the directive), _idempotency_run.c (what
 * becomes of a request with a key), _idempotency_lock.c (its lock in Redis),
 * _idempotency_keep.c (its answer, on its way out), _idempotency_replay.c (the
 * same once more).
 */


#ifndef _NGX_HTTP_GATE_IDEMPOTENCY_H_INCLUDED_
#define _NGX_HTTP_GATE_IDEMPOTENCY_H_INCLUDED_


#include "ngx_http_gate_reason.h"
#include "ngx_http_gate_redis_pool.h"

#include "gate_idempotency.h"


extern ngx_module_t  ngx_http_gate_idempotency_module;

ngx_int_t ngx_http_gate_idempotency_run(ngx_http_request_t *r,
    ngx_http_gate_ctx_t *ctx);
/* ... may it do anything in this location? */
ngx_uint_t ngx_http_gate_idempotency_stands(void **loc_conf);


/* within the room */

typedef struct {
    ngx_uint_t                 enable;
    ngx_uint_t                 off;
    ngx_uint_t                 required;
    ngx_array_t               *methods;   /* of gate_str_t */
    time_t                     ttl;
    size_t                     max;
    ngx_msec_t                 lock;
    ngx_uint_t                 open;      /* while Redis is away */
    u_char                    *file;
    ngx_uint_t                 line;
} ngx_http_gate_idempotency_loc_conf_t;


typedef struct {
    gate_sha256_t             *sha;
    ngx_uint_t                 used;
} ngx_http_gate_idempotency_main_conf_t;


/* what is counted, in the order of names in _idempotency.c */

typedef enum {
    NGX_HTTP_GATE_IDEMPOTENCY_FIRST = 0,
    NGX_HTTP_GATE_IDEMPOTENCY_REPLAYED,
    NGX_HTTP_GATE_IDEMPOTENCY_IN_FLIGHT,
    NGX_HTTP_GATE_IDEMPOTENCY_MISMATCH,
    NGX_HTTP_GATE_IDEMPOTENCY_NOT_KEPT,
    NGX_HTTP_GATE_IDEMPOTENCY_MISSING,
    NGX_HTTP_GATE_IDEMPOTENCY_BAD_KEY,
    NGX_HTTP_GATE_IDEMPOTENCY_UNAVAILABLE,
    NGX_HTTP_GATE_IDEMPOTENCY_UNPROTECTED,
    NGX_HTTP_GATE_IDEMPOTENCY_STORED,
    NGX_HTTP_GATE_IDEMPOTENCY_UNKEPT,
    NGX_HTTP_GATE_IDEMPOTENCY_RELEASED,
    NGX_HTTP_GATE_IDEMPOTENCY_LATE,
    NGX_HTTP_GATE_IDEMPOTENCY_LOST,
    NGX_HTTP_GATE_IDEMPOTENCY_RESULTS
} ngx_http_gate_idempotency_result_e;


typedef struct ngx_http_gate_idempotency_lock_s
    ngx_http_gate_idempotency_lock_t;

/* of a request that has a key, in its pool */

struct ngx_http_gate_idempotency_s {
    ngx_http_request_t                    *request;
    ngx_http_gate_idempotency_loc_conf_t  *conf;
    ngx_http_gate_idempotency_lock_t      *lock;  /* NULL: not ours now */

    /* NGX_AGAIN: not known yet; NGX_OK: the lock is ours; NGX_DONE: "record"
     * says what was before; NGX_BUSY: Redis has not said */
    ngx_int_t                  rc;
    gate_idempotency_t         record;

    ngx_http_handler_pt        handler;   /* the location's, behind ours */
    size_t                     length;    /* of the answer, where it stands */
    u_char                     print[GATE_SHA256_LEN];
    unsigned                   decided:1;
    unsigned                   handed:1;  /* the handler has been called */
    unsigned                   keeping:1;
    unsigned                   filled:1;  /* all of its body is copied */
    unsigned                   whole:1;   /* ... and its end was seen */
    unsigned                   gone:1;    /* the client, while we keep it */
};


extern const ngx_http_gate_reason_t  *ngx_http_gate_idempotency_reasons[];

void ngx_http_gate_idempotency_count(ngx_http_gate_idempotency_result_e n);


/* _idempotency_lock.c: it outlives its request until Redis knows the end */

struct ngx_http_gate_idempotency_lock_s {
    ngx_http_gate_idempotency_t  *of;     /* NULL: the request is over */
    ngx_http_gate_redis_ask_t  ask;
    ngx_event_t                timer;
    ngx_uint_t                 state;
    ngx_uint_t                 tries;
    ngx_msec_t                 lock;      /* ms */
    ngx_msec_t                 ttl;       /* ms */
    ngx_http_gate_idempotency_result_e  result;

    u_char                     value[GATE_IDEMPOTENCY_LOCK];
    size_t                     key_len;
    u_char                    *key;       /* of Redis */

    /* what is to be remembered; none: nothing */
    u_char                    *data;
    size_t                     len;
    size_t                     size;
    u_char                     first[GATE_IDEMPOTENCY_DONE];
};

/* NGX_OK: the row will be woken, of->rc says why; NGX_BUSY: Redis cannot be
 * asked now; NGX_ERROR */
ngx_int_t ngx_http_gate_idempotency_lock_ask(ngx_http_gate_idempotency_t *id,
    gate_str_t consumer, const u_char *digest);
/* for the parking: who asked waits no more */
void ngx_http_gate_idempotency_lock_leave(void *data);
/* room for n bytes more; there is some for GATE_IDEMPOTENCY_DONE */
ngx_int_t ngx_http_gate_idempotency_lock_room(
    ngx_http_gate_idempotency_lock_t *lock, size_t n);
/* the request is done with it: "data" is remembered instead, or nothing */
void ngx_http_gate_idempotency_lock_end(ngx_http_gate_idempotency_t *id,
    ngx_http_gate_idempotency_result_e result);
/* ... or has not come to an end: it runs out */
void ngx_http_gate_idempotency_lock_drop(ngx_http_gate_idempotency_t *id);


/* _idempotency_keep.c */

void ngx_http_gate_idempotency_filters(void);
/* what was being kept is kept, or only that it was done */
void ngx_http_gate_idempotency_kept(ngx_http_gate_idempotency_t *id);


/* _idempotency_replay.c: a content handler */

ngx_int_t ngx_http_gate_idempotency_replay(ngx_http_request_t *r);


#endif /* _NGX_HTTP_GATE_IDEMPOTENCY_H_INCLUDED_ */
