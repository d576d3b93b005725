
/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * What the rooms of limits share: _limit.c (what is answered and told),
 * _limit_take.c (buckets), _limit_paid.c (what a request has taken),
 * _limit_conf.c (the directive), _limit_vars.c (variables).
 */


#ifndef _NGX_HTTP_GATE_LIMIT_H_INCLUDED_
#define _NGX_HTTP_GATE_LIMIT_H_INCLUDED_


#include "ngx_http_gate_reason.h"
#include "ngx_http_gate_zone.h"

#include "gate_bucket.h"


/* one policy line of RateLimit-Policy and RateLimit */

typedef struct {
    ngx_str_t                  name;
    uint64_t                   quota;         /* q */
    uint64_t                   window;        /* w, seconds */
    uint64_t                   remaining;     /* r */
    uint64_t                   next;          /* t, seconds */
    uint64_t                   full;          /* seconds until full again */
    unsigned                   refused:1;
} ngx_http_gate_limit_state_t;

typedef struct ngx_http_gate_limit_paid_s  ngx_http_gate_limit_paid_t;

struct ngx_http_gate_limit_ctx_s {
    ngx_http_gate_limit_state_t *states;
    ngx_uint_t                   n;
    ngx_str_t                    status;
    ngx_uint_t                   fields;      /* which to send, a mask */
    ngx_uint_t                   worst, before;  /* now, by early ones */
    ngx_http_gate_limit_paid_t  *paid;        /* the last location first */
};

extern ngx_module_t  ngx_http_gate_limit_module;

extern const ngx_http_gate_reason_t  ngx_http_gate_rate_limited;

typedef struct ngx_http_gate_limit_loc_conf_s  ngx_http_gate_limit_loc_conf_t;

/* for a room with a limit of its own, by address: the text of a rate, and of a
 * burst and a zone if they are not empty; "directive" is whose they are */
char *ngx_http_gate_limit_by_address(ngx_conf_t *cf,
    ngx_http_gate_limit_loc_conf_t **own, const char *directive,
    const char *name, ngx_str_t texts[3]);
/* in a merge: zones may stand below the limits that use them */
char *ngx_http_gate_limit_find_zones(ngx_conf_t *cf,
    ngx_http_gate_limit_loc_conf_t *llcf);
/* as check() and with "commit" as commit() of _spend.h */
ngx_int_t ngx_http_gate_limit_run(ngx_http_request_t *r,
    ngx_http_gate_ctx_t *ctx, ngx_http_gate_limit_loc_conf_t *llcf,
    ngx_uint_t commit);

#define NGX_HTTP_GATE_FIELDS_DRAFT10   1      /* RateLimit, RateLimit-Policy */
#define NGX_HTTP_GATE_FIELDS_LEGACY    2      /* X-RateLimit-* */


/* within the room */

#define NGX_HTTP_GATE_LIMITS       8          /* lines of one location */
#define NGX_HTTP_GATE_LIMIT_COUNTERS  64
#define NGX_HTTP_GATE_LIMIT_COUNTED   64   /* bytes, as labels are cut */

/* what the name of a bucket is the name of */

#define NGX_HTTP_GATE_LIMIT_PLAN       0
#define NGX_HTTP_GATE_LIMIT_NAMED      1
#define NGX_HTTP_GATE_LIMIT_UNNAMED    2      /* its number, as written */

typedef struct {
    ngx_str_t                  name;      /* as it is told */
    ngx_str_t                  id;        /* as its buckets are called */
    ngx_uint_t                 type;      /* of the above */
    uint32_t                   hash;      /* of id */
    gate_rate_t                rate;
    ngx_http_gate_zone_t      *zone;
} ngx_http_gate_limit_rate_t;


typedef struct {
    ngx_uint_t                 plan;      /* the consumer's */
    ngx_http_gate_limit_rate_t  *rate;    /* or this one */
    ngx_http_complex_value_t  *key;       /* NULL: the consumer */
    ngx_uint_t                 dry_run;
    ngx_uint_t                 undelayed; /* beyond the rate, at once */
    ngx_str_t                  zone_name; /* "": the first */
    ngx_http_gate_zone_t      *zone;
    const char                *directive; /* whose line it is */
    u_char                    *file;
    ngx_uint_t                 line;
} ngx_http_gate_limit_line_t;


struct ngx_http_gate_limit_loc_conf_s {
    ngx_array_t               *lines;
    ngx_array_t               *zones;     /* of pointers, as they are locked */
    ngx_uint_t                 fields;
    ngx_uint_t                 who;       /* a line asks for an identity */
    /* lines that stand before WHO, or NULL; of these: the others */
    ngx_http_gate_limit_loc_conf_t  *early, *beside;
};


/* a bucket, in a zone */

typedef struct {
    int64_t                    tat_ns;
} ngx_http_gate_limit_bucket_t;

/* one limit of this request */

typedef struct {
    const gate_rate_t         *rate;
    ngx_str_t                  name;
    ngx_http_gate_zone_key_t   key;       /* of the bucket */
    ngx_http_gate_zone_t      *zone;
    ngx_http_gate_zone_part_e  part;
    ngx_uint_t                 dry_run;
    ngx_uint_t                 undelayed;
    ngx_http_gate_limit_bucket_t  *bucket;  /* NULL: no room, not applied */
    gate_verdict_t             verdict;
    int64_t                    delay_ns;
} ngx_http_gate_limit_try_t;


/* what this request has taken in one location */
struct ngx_http_gate_limit_paid_s {
    ngx_http_gate_limit_paid_t  *next;
    ngx_array_t               *zones;     /* as they are locked */
    ngx_uint_t                 state;     /* the first one of it */
    ngx_uint_t                 n;
    ngx_http_gate_limit_try_t  tries[1];
};


/* the counter that was found last for one of many names, the worker's own */

typedef struct {
    ngx_uint_t                 status;
    ngx_atomic_t              *value;     /* NULL: none yet */
    size_t                     len;       /* of the name */
    u_char                     name[NGX_HTTP_GATE_LIMIT_COUNTED];
} ngx_http_gate_limit_counter_t;


typedef struct {
    ngx_array_t               *rates;     /* of pointers */
    ngx_uint_t                 unnamed;
    ngx_http_gate_zone_t      *plans;     /* zone of all plans */
    ngx_http_gate_limit_counter_t  counters[NGX_HTTP_GATE_LIMIT_COUNTERS];
} ngx_http_gate_limit_main_conf_t;


/* _limit_take.c: for the preconfiguration */
ngx_int_t ngx_http_gate_limit_add_class(ngx_conf_t *cf);
/* what these lines ask of the caller, without what it has paid already */
ngx_int_t ngx_http_gate_limit_collect(ngx_http_request_t *r,
    ngx_http_gate_ctx_t *ctx, ngx_array_t *lines,
    ngx_http_gate_limit_try_t *tries, ngx_uint_t *np);
/* all or none is debited, none without "commit", at *now_ns.  NGX_DECLINED: a
 * zone that refuses is full */
ngx_int_t ngx_http_gate_limit_take(ngx_array_t *zones,
    ngx_http_gate_limit_try_t *tries, ngx_uint_t n, ngx_uint_t commit,
    int64_t *now_ns);
/* is one of those that were tried used up? */
ngx_uint_t ngx_http_gate_limit_over(ngx_http_gate_limit_try_t *tries,
    ngx_uint_t n);
void ngx_http_gate_limit_lock(ngx_array_t *zones);
void ngx_http_gate_limit_unlock(ngx_array_t *zones);

/* _limit_paid.c: not again for this request */
ngx_uint_t ngx_http_gate_limit_is_paid(ngx_http_gate_ctx_t *ctx,
    ngx_http_gate_zone_key_t *k);
void ngx_http_gate_limit_undo(ngx_http_request_t *r, ngx_http_gate_ctx_t *ctx,
    ngx_uint_t left);
void ngx_http_gate_limit_renew(ngx_http_request_t *r,
    ngx_http_gate_ctx_t *ctx);
/* as it is told, of a verdict */
void ngx_http_gate_limit_tell(ngx_http_gate_limit_state_t *s,
    gate_verdict_t *verdict);

/* _limit_vars.c: for the preconfiguration */
ngx_int_t ngx_http_gate_limit_add_vars(ngx_conf_t *cf);

/* _limit_conf.c */
char *ngx_http_gate_limit(ngx_conf_t *cf, ngx_command_t *cmd, void *conf);
char *ngx_http_gate_limit_fields(ngx_conf_t *cf, ngx_command_t *cmd,
    void *conf);


#endif /* _NGX_HTTP_GATE_LIMIT_H_INCLUDED_ */
