
/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * The one internal header of the glue: the request's context, the stage, and
 * what the rooms offer each other.
 */


#ifndef _NGX_HTTP_GATE_H_INCLUDED_
#define _NGX_HTTP_GATE_H_INCLUDED_


#include <ngx_config.h>
#include <ngx_core.h>
#include <ngx_http.h>

#include <jansson.h>

#include "gate_str.h"
#include "gate_journal.h"
#include "gate_jwt.h"
#include "gate_model.h"
#include "gate_outcome.h"
#include "gate_scrub.h"

#include "ngx_http_gate_place.h"


typedef struct ngx_http_gate_ctx_s     ngx_http_gate_ctx_t;
typedef struct ngx_http_gate_issuer_s  ngx_http_gate_issuer_t;
typedef struct ngx_http_gate_redis_s   ngx_http_gate_redis_t;
typedef struct ngx_http_gate_auth_conf_s  ngx_http_gate_auth_conf_t;
typedef struct ngx_http_gate_part_s    ngx_http_gate_part_t;


/* why a request was refused; the rows are in _reply.c */

typedef enum {
    NGX_HTTP_GATE_ADMITTED = 0,
    NGX_HTTP_GATE_NO_CREDENTIAL,
    NGX_HTTP_GATE_BAD_KEY,
    NGX_HTTP_GATE_BAD_TOKEN,
    NGX_HTTP_GATE_EXPIRED_TOKEN,
    NGX_HTTP_GATE_NOT_YET_VALID,
    NGX_HTTP_GATE_WRONG_ISSUER,
    NGX_HTTP_GATE_WRONG_AUDIENCE,
    NGX_HTTP_GATE_UNKNOWN_CONSUMER,
    NGX_HTTP_GATE_DISABLED_CONSUMER,
    NGX_HTTP_GATE_EXPIRED_KEY,
    NGX_HTTP_GATE_METHOD_NOT_ALLOWED,
    NGX_HTTP_GATE_NOT_IN_GROUP,
    NGX_HTTP_GATE_MISSING_SCOPE,
    NGX_HTTP_GATE_CLAIM_MISMATCH,
    NGX_HTTP_GATE_RATE_LIMITED,
    NGX_HTTP_GATE_ZONE_FULL,
    NGX_HTTP_GATE_JOURNAL_FULL,
    NGX_HTTP_GATE_BAD_PATH,
    NGX_HTTP_GATE_PAYLOAD_TOO_LARGE,
    NGX_HTTP_GATE_SIDECAR_UNAVAILABLE,
    NGX_HTTP_GATE_SIDECAR_REFUSED,
    NGX_HTTP_GATE_SERVICE_TIMEOUT,
    NGX_HTTP_GATE_INTERNAL,
    NGX_HTTP_GATE_REASONS
} ngx_http_gate_reason_e;


/* the API of a location: gate_api, gate_service */

typedef struct {
    ngx_str_t                  name;
    ngx_str_t                  version;
    ngx_str_t                  service;
} ngx_http_gate_api_t;


typedef ngx_int_t (*ngx_http_gate_stage_pt)(ngx_http_request_t *r,
    ngx_http_gate_ctx_t *ctx);


#define NGX_HTTP_GATE_SHIELD           1
#define NGX_HTTP_GATE_WHO              2
#define NGX_HTTP_GATE_MAY              3
#define NGX_HTTP_GATE_SHAPE            4


/*
 * A stage answers NGX_DECLINED (not mine), NGX_OK (done; in WHO the identity
 * is set), NGX_AGAIN (parked), what ngx_http_gate_deny() gave, or NGX_ERROR.
 * A stage of WHO gives the reason itself instead (> 0), as it may be asked by
 * a variable long before the access phase may refuse.  So does "part", the
 * same for a subrequest: it does not touch what the client's request is, who
 * it is and why it was refused.  A stage without it refuses subrequests.
 */

typedef struct {
    ngx_str_t                  name;      /* metric label and log prefix */
    ngx_uint_t                 step;
    ngx_http_gate_stage_pt     run;
    ngx_http_gate_stage_pt     part;
    ngx_http_gate_stage_pt     settle;    /* log phase, may be NULL */
} ngx_http_gate_stage_t;


/* who calls: written by WHO, read to its right */

typedef struct {
    gate_consumer_t           *consumer;      /* NULL: nobody */
    ngx_http_gate_issuer_t    *issuer;        /* of the token, or NULL */
    const json_t              *claims;        /* of the token, or NULL */
    ngx_str_t                  credential;    /* its id, never the secret */
    ngx_str_t                  method;        /* "key", "jwt", "anonymous" */
    ngx_str_t                  sub;           /* of the token */
    unsigned                   anonymous:1;
    unsigned                   preflight:1;   /* CORS, needs no consumer */
} ngx_http_gate_identity_t;


/* whom a refusal met, see _refused.c: of no use to any policy */

typedef struct {
    gate_consumer_t           *consumer;
    ngx_str_t                  name;          /* the same, for logs */
    ngx_str_t                  credential;
    ngx_str_t                  claim;         /* its value, escaped and cut */
    const char                *detail;        /* for the caller, or NULL */
} ngx_http_gate_refused_t;


/* a subrequest: who it is for where it leads, and what became of it there */

struct ngx_http_gate_part_s {
    ngx_http_gate_part_t      *next;
    ngx_http_request_t        *request;
    ngx_http_gate_identity_t   who;
    ngx_http_gate_auth_conf_t *who_conf;
    ngx_int_t                  who_rc;
    ngx_http_gate_refused_t    refused;
    ngx_http_gate_reason_e     reason;
    void                     **passed;        /* loc_conf where it may go on */
};


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


/* what the marker of an answer of the sidecar's own says */

typedef struct {
    ngx_str_t                  details;
    ngx_str_t                  flags;
    const char                *label;         /* of a closed set, for metrics */
    const char                *words;         /* for people, or NULL */
    ngx_uint_t                 late;
} ngx_http_gate_mark_t;


struct ngx_http_gate_ctx_s {
    /* where it met the gate last */
    ngx_http_gate_api_t       *api;
    void                      *gate;          /* the pipeline's conf there */

    /* hygiene */
    ngx_array_t               *taken;         /* of ngx_table_elt_t: removed */
    ngx_str_t                  forwarded;     /* X-Forwarded-For as it came */
    ngx_str_t                  forwarded_proto;
    ngx_str_t                  forwarded_host;
    ngx_table_elt_t           *held_forwarded;  /* for realip of a location */
    ngx_uint_t                 held_nforwarded; /* the same before 1.23 */
    ngx_table_elt_t           *held_real_ip;
    ngx_array_t               *keys;          /* of ngx_http_gate_key_t */
    ngx_str_t                  query;         /* as it came, with keys */
    ngx_str_t                  query_cut;     /* without them */

    /* identity */
    ngx_http_gate_identity_t   who;
    ngx_http_gate_auth_conf_t *who_conf;      /* of which location */
    ngx_int_t                  who_rc;
    ngx_http_gate_refused_t    refused;
    ngx_http_gate_part_t      *parts;         /* subrequests, the last first */

    /* decision */
    ngx_http_gate_reason_e     reason;
    ngx_str_t                  detail;        /* "" for the reason's own */
    ngx_uint_t                 redirects;     /* r->uri_changes at refusal */
    ngx_uint_t                 entered;       /* r->uri_changes at PREACCESS */
    ngx_uint_t                 retry_after;   /* seconds */
    void                     **shaped;        /* loc_conf ready for a service */

    /* limits */
    ngx_http_gate_limit_state_t  *limits;
    ngx_uint_t                 nlimits;
    ngx_str_t                  limit_status;
    ngx_uint_t                 limit_fields;  /* which to send, a mask */
    void                      *paid;          /* buckets, by _limit.c */

    /* fields that an answer has one of, between these in the list */
    ngx_list_part_t           *own_part;
    ngx_uint_t                 own;
    ngx_table_elt_t           *own_last;

    /* metering */
    gate_journal_open_t        slot;
    uint32_t                   cell;
    ngx_uint_t                 waits;         /* for room in the journal */
    void                      *meter;         /* gate_meter's conf */
    ngx_http_gate_api_t       *billed;        /* "api" then */
    ngx_str_t                  usage_id;
    ngx_msec_t                 begun;         /* not moved by the clock */
    ngx_msec_t                 before;        /* spent until then */
    ngx_recv_pt                recv;          /* of an upgraded client */
    off_t                      tunnelled;     /* bytes that came through it */

    /* hand-over */
    ngx_str_t                  request_id;
    ngx_http_log_handler_pt    log_handler;   /* the one before ours */
    ngx_str_t                  trace;         /* traceparent to send */

    /* answer */
    gate_from_e                from;          /* who made what went out */
    ngx_http_gate_mark_t       mark;
    void                      *sidecar;       /* gate_sidecar's conf */
    ngx_http_gate_reason_e     said;          /* the reason when it went out */

    /* reply */
    ngx_str_t                  body;          /* instead of the built-in one */

    unsigned                   held:1;        /* slots of realip */
    unsigned                   given:1;       /* keys, to a service */
    unsigned                   admitted:1;    /* MAY let it pass */
    unsigned                   metered:1;     /* a slot is open */
    unsigned                   unbilled:1;    /* there was no room for one */
    unsigned                   error_entry:1; /* phases began after an error */
    unsigned                   passed:1;      /* gate_pass is the handler */
    unsigned                   handed:1;      /* gate_pass was, last */
    unsigned                   going:1;       /* an upstream's answer is out */
    unsigned                   bodiless:1;    /* it has no body */
    unsigned                   last_seen:1;   /* the answer's end went out */
    unsigned                   swap:1;        /* send body, drop the input */
    unsigned                   swapped:1;
    unsigned                   gated:1;       /* a policy was met */
};


/* _module.c */

extern ngx_module_t  ngx_http_gate_module;

/* an nginx post handler for slots, and a call for setters: the gate is on */
void ngx_http_gate_use(ngx_conf_t *cf);
ngx_uint_t ngx_http_gate_used(ngx_conf_t *cf);

/* a table of variables, ended by ngx_http_null_variable */
ngx_int_t ngx_http_gate_add_vars(ngx_conf_t *cf, ngx_http_variable_t *vars);
/* a value that is not copied; an empty one is "not found" */
void ngx_http_gate_set_var(ngx_http_variable_value_t *v, ngx_str_t *value);

/* a whole file at load time into the configuration's pool, with a message if
 * it cannot be read, is empty or too large; "secret": a warning if the world
 * can read it, and a newline at its end is cut */
ngx_int_t ngx_http_gate_read_file(ngx_conf_t *cf, ngx_str_t *path, size_t max,
    ngx_uint_t secret, ngx_str_t *text);

/* a message "gate NAME is not supported in this version" for a setter */
char *ngx_http_gate_unsupported(ngx_conf_t *cf, ngx_str_t *what);


/* _pipeline.c */

ngx_http_gate_stage_t *ngx_http_gate_stage(ngx_str_t *name, ngx_uint_t step);
ngx_int_t ngx_http_gate_shield_handler(ngx_http_request_t *r);
ngx_int_t ngx_http_gate_who_handler(ngx_http_request_t *r);
ngx_int_t ngx_http_gate_may_handler(ngx_http_request_t *r);
ngx_int_t ngx_http_gate_settle_handler(ngx_http_request_t *r);

/* all stages for a subrequest: NGX_OK, or why not */
ngx_int_t ngx_http_gate_run_part(ngx_http_request_t *r,
    ngx_http_gate_ctx_t *ctx);

/* for what nginx refused in a gated location before any phase of ours */
ngx_http_gate_ctx_t *ngx_http_gate_meet(ngx_http_request_t *r);

/* for a refusal where no policy stands: it is counted as one of this place */
void ngx_http_gate_gate(ngx_http_request_t *r, ngx_http_gate_ctx_t *ctx);
/* does a policy stand here? */
ngx_uint_t ngx_http_gate_is_gated(ngx_http_request_t *r);

/* a policy is configured here: policies say so in their merge */
void ngx_http_gate_policy(ngx_conf_t *cf);
void *ngx_http_gate_pipeline_create_loc_conf(ngx_conf_t *cf);


/* _guard.c: what a subrequest or an error page may reach */

/* PREACCESS and PRECONTENT of a subrequest in a gated location */
ngx_int_t ngx_http_gate_guard(ngx_http_request_t *r);
/* PRECONTENT of a request that was refused, here or on its way */
ngx_int_t ngx_http_gate_guard_refused(ngx_http_request_t *r,
    ngx_http_gate_ctx_t *ctx);
/* has all of the pipeline let it pass here? */
ngx_uint_t ngx_http_gate_guard_passed(ngx_http_request_t *r);
/* what is known of a subrequest, made if need be; NULL: no memory */
ngx_http_gate_part_t *ngx_http_gate_part(ngx_http_request_t *r,
    ngx_http_gate_ctx_t *ctx);
/* for whom it is: of a subrequest where its location asks, else the client */
ngx_http_gate_identity_t *ngx_http_gate_who(ngx_http_request_t *r,
    ngx_http_gate_ctx_t *ctx);
/* for a stage that has nothing to do with subrequests */
ngx_int_t ngx_http_gate_guard_exempt(ngx_http_request_t *r,
    ngx_http_gate_ctx_t *ctx);
/* LOG, ahead of the access log */
ngx_int_t ngx_http_gate_guard_log(ngx_http_request_t *r);


/* _request.c */

/* the client request's context, NULL if there is none */
ngx_http_gate_ctx_t *ngx_http_gate_get_ctx(ngx_http_request_t *r);
/* the same, created if need be; NULL: no memory */
ngx_http_gate_ctx_t *ngx_http_gate_ctx(ngx_http_request_t *r);

/* first field of that lower-case name; *n counts all of them */
ngx_table_elt_t *ngx_http_gate_header(ngx_http_request_t *r, ngx_str_t *name,
    ngx_uint_t *n);
/* one after the other; cursor->part is NULL at first */
typedef struct {
    ngx_list_part_t           *part;
    ngx_uint_t                 i;
} ngx_http_gate_cursor_t;

ngx_table_elt_t *ngx_http_gate_header_next(ngx_http_request_t *r,
    ngx_str_t *name, ngx_http_gate_cursor_t *cursor);
/* keep the fields for which keep() is true, clear typed slots of the others */
typedef ngx_uint_t (*ngx_http_gate_keep_pt)(ngx_table_elt_t *h, void *data);
ngx_int_t ngx_http_gate_headers_filter(ngx_http_request_t *r,
    ngx_http_gate_keep_pt keep, void *data);
/* the slot of a field that is in the list again */
void ngx_http_gate_headers_remember(ngx_http_request_t *r,
    ngx_table_elt_t *h);
/* for a subrequest, before it */
ngx_int_t ngx_http_gate_headers_own(ngx_http_request_t *r);
/* the slots that realip reads: kept before hygiene, shown for its turn */
ngx_int_t ngx_http_gate_slots_hold(ngx_http_request_t *r);
void ngx_http_gate_slots_show(ngx_http_request_t *r, ngx_uint_t show);
/* add a response field; the value is not copied */
ngx_table_elt_t *ngx_http_gate_add_out(ngx_http_request_t *r, ngx_str_t *name,
    ngx_str_t *value);
/* ... as the only one of its name */
ngx_table_elt_t *ngx_http_gate_set_out(ngx_http_request_t *r, ngx_str_t *name,
    ngx_str_t *value);
/* ... a challenge: where other modules look for it, too */
void ngx_http_gate_challenge_out(ngx_http_request_t *r, ngx_table_elt_t *h);
/* n bytes from a buffered CSPRNG, once per worker; NGX_ERROR if it failed */
ngx_int_t ngx_http_gate_random(u_char *dst, size_t n);

static ngx_inline gate_str_t
ngx_http_gate_view(ngx_str_t *s)
{
    return gate_str(s->data, s->len);
}


/* _answer.c: gate_sidecar */

extern ngx_module_t  ngx_http_gate_answer_module;


/* _reply.c */

extern ngx_module_t  ngx_http_gate_reply_module;

/* why it was refused; what a post_action meets does not count */

static ngx_inline ngx_http_gate_reason_e
ngx_http_gate_said(ngx_http_request_t *r, ngx_http_gate_ctx_t *ctx)
{
    return r->main->post_action ? ctx->said : ctx->reason;
}


/* remember why, log it, give the status for the handler to return */
ngx_int_t ngx_http_gate_deny(ngx_http_request_t *r, ngx_http_gate_ctx_t *ctx,
    ngx_http_gate_reason_e reason, const char *detail);
/* a line in the error log about a refusal, whoever refused */
void ngx_http_gate_deny_log(ngx_http_request_t *r, ngx_http_gate_ctx_t *ctx,
    ngx_http_gate_reason_e reason);
ngx_str_t *ngx_http_gate_reason_name(ngx_http_gate_reason_e reason);
ngx_uint_t ngx_http_gate_reason_status(ngx_http_gate_reason_e reason);
/* a subrequest was refused: log it and tell the challenge of where it led */
ngx_int_t ngx_http_gate_deny_part(ngx_http_request_t *r,
    ngx_http_gate_ctx_t *ctx, ngx_http_gate_part_t *part);


/* _metrics.c: counters in a small zone of their own */

extern ngx_module_t  ngx_http_gate_metrics_module;

typedef enum {
    NGX_HTTP_GATE_M_REQUESTS = 0,     /* api, version, decision, reason */
    NGX_HTTP_GATE_M_OUTCOMES,         /* api, version, outcome */
    NGX_HTTP_GATE_M_LIMITS,           /* limit, status */
    NGX_HTTP_GATE_M_AUTH,             /* method, result */
    NGX_HTTP_GATE_M_TOKENS,           /* result */
    NGX_HTTP_GATE_M_UNBILLED,         /* admitted without a slot; no label */
    NGX_HTTP_GATE_M_SHIP_ERRORS,      /* no label */
    NGX_HTTP_GATE_M_SHIP_CELLS,       /* no label */
    NGX_HTTP_GATE_M_SHIP_LAG,         /* gauge, seconds; no label */
    NGX_HTTP_GATE_M_REDIS_UP,         /* gauge, 0 or 1; no label */
    NGX_HTTP_GATE_M_RETIRED_EARLY,    /* cells given up before retain */
    NGX_HTTP_GATE_M_SIDECAR,          /* flag, of a closed set */
    NGX_HTTP_GATE_M_REDIS_EVICTION,   /* gauge, 0 or 1; no label */
    NGX_HTTP_GATE_M_REDIS_POLICY,     /* gauge, 1: it could be read */
    NGX_HTTP_GATE_METRICS
} ngx_http_gate_metric_e;

/*
 * the counter of a family with these label values, created if need be; never
 * NULL: where the zone is full it is a counter of this process that is not
 * shown.  Look it up once per worker and label set, then use the pointer with
 * ngx_atomic_fetch_add(p, 1) (gauges: *p = n).
 */
ngx_atomic_t *ngx_http_gate_metric(ngx_http_gate_metric_e family,
    ngx_uint_t n, ngx_str_t *values);


/* _rate.c: "5r/s" and a burst, one without bytes at NULL if there is none;
 * NGX_ERROR after a message that says what is possible */

ngx_int_t ngx_http_gate_rate(ngx_conf_t *cf, ngx_str_t *rate,
    ngx_str_t *burst, gate_rate_t *parsed);


/* _store.c: gate_plan, gate_consumer */

extern ngx_module_t  ngx_http_gate_store_module;

gate_model_t *ngx_http_gate_model(ngx_http_request_t *r);
/* by name; forward references: the object is filled in after parsing */
gate_consumer_t *ngx_http_gate_store_consumer(ngx_conf_t *cf, ngx_str_t *name);
/* a limit takes its rate from plans: every consumer must have one */
void ngx_http_gate_store_need_plans(ngx_conf_t *cf);
/* in a check: does any consumer have that group, or scope? */
ngx_uint_t ngx_http_gate_store_grants(ngx_conf_t *cf, gate_str_t name,
    ngx_uint_t scope);


/* _issuer.c: gate_issuer */

extern ngx_module_t  ngx_http_gate_issuer_module;

struct ngx_http_gate_issuer_s {
    gate_jwt_issuer_t          jwt;           /* for gate_jwt_verify() */
    ngx_str_t                  name;          /* of the block */
    ngx_str_t                  claim;         /* that names the consumer */
    ngx_str_t                  unknown;       /* consumer of unlisted values */
    gate_consumer_t           *shared;        /* the same, resolved */
    u_char                    *file;          /* where it stands, for errors */
    ngx_uint_t                 line;
    unsigned                   defined:1;     /* else only referred to */
    unsigned                   consumer:1;    /* has such a line */
    unsigned                   map:1;         /* trusted to say names */
    unsigned                   listed:1;      /* in a claim line of somebody */
};

/* by name, created as a forward reference if need be */
ngx_http_gate_issuer_t *ngx_http_gate_issuer(ngx_conf_t *cf, ngx_str_t *name);
/* after all was read: may tokens of some issuer name any consumer? */
ngx_uint_t ngx_http_gate_issuer_names(ngx_conf_t *cf);
/* a gate_auth line stands here that lists these */
ngx_int_t ngx_http_gate_issuer_together(ngx_conf_t *cf, ngx_array_t *issuers);


/* _hygiene.c */

extern ngx_module_t  ngx_http_gate_hygiene_module;

/* in a check: names that carry keys in this server, "args" may be NULL */
ngx_int_t ngx_http_gate_hygiene_keys(ngx_conf_t *cf,
    ngx_http_gate_place_t *place, ngx_array_t *fields, ngx_array_t *args);
/* in a check: tokens are accepted somewhere */
ngx_int_t ngx_http_gate_hygiene_tokens(ngx_conf_t *cf);
/* in a check: a location of this server keeps them for its service */
void ngx_http_gate_hygiene_gives(ngx_http_gate_place_t *place);
/* in a check: of a server */
ngx_uint_t ngx_http_gate_hygiene_is_on(void **srv_conf);
/* in each check: whose error log is to be watched */
ngx_int_t ngx_http_gate_hygiene_location(ngx_conf_t *cf,
    ngx_http_gate_place_t *place);

/* SERVER_REWRITE, REWRITE and LOG, first of all handlers there */
ngx_int_t ngx_http_gate_hygiene_server(ngx_http_request_t *r);
ngx_int_t ngx_http_gate_hygiene_rewrite(ngx_http_request_t *r);
ngx_int_t ngx_http_gate_hygiene_log(ngx_http_request_t *r);
/* nginx answers by itself: for a request that has seen no phase */
ngx_int_t ngx_http_gate_hygiene_early(ngx_http_request_t *r);


/* _keys.c: keys leave the request */

typedef struct {
    ngx_array_t               *fields;        /* of gate_str_t, or NULL */
    ngx_array_t               *args;          /* of gate_str_t, or NULL */
} ngx_http_gate_key_names_t;

typedef struct {
    gate_str_t                 name;          /* of the argument */
    ngx_str_t                  value;         /* unescaped */
} ngx_http_gate_key_t;

ngx_int_t ngx_http_gate_keys_add(ngx_conf_t *cf,
    ngx_http_gate_key_names_t *names, ngx_array_t *fields, ngx_array_t *args);
void ngx_http_gate_keys_scrub(ngx_http_gate_key_names_t *names,
    gate_scrub_t *scrub);
/* "early": what r->args has may not be what the client sent */
ngx_int_t ngx_http_gate_keys_take_args(ngx_http_request_t *r,
    ngx_http_gate_key_names_t *names, ngx_uint_t early);
ngx_int_t ngx_http_gate_keys_take_more(ngx_http_request_t *r,
    ngx_http_gate_ctx_t *ctx, ngx_array_t *args);
ngx_uint_t ngx_http_gate_keys_is_field(ngx_table_elt_t *h,
    ngx_array_t *fields);
ngx_int_t ngx_http_gate_keys_take_field(ngx_http_request_t *r,
    ngx_table_elt_t *h);
ngx_int_t ngx_http_gate_keys_give(ngx_http_request_t *r,
    ngx_http_gate_key_names_t *names, ngx_uint_t give);
void ngx_http_gate_keys_hide(ngx_http_request_t *r,
    ngx_http_gate_key_names_t *names);


/* _scrub.c: keys in error logs */

ngx_int_t ngx_http_gate_scrub_logs(ngx_cycle_t *cycle,
    ngx_http_gate_key_names_t *names, ngx_array_t *locations);


/* _auth.c: gate_auth; methods in _auth_key.c and _auth_jwt.c */

extern ngx_module_t  ngx_http_gate_auth_module;
extern ngx_module_t  ngx_http_gate_auth_key_module;
extern ngx_module_t  ngx_http_gate_auth_jwt_module;

#define NGX_HTTP_GATE_ISSUERS          16     /* of one location */

typedef struct {
    ngx_http_gate_stage_t     *stage;         /* of step WHO */
    ngx_array_t               *issuers;       /* of pointers, for jwt */
} ngx_http_gate_method_t;

struct ngx_http_gate_auth_conf_s {
    ngx_array_t               *methods;       /* of the above, in order */
    gate_consumer_t           *anonymous;
    ngx_flag_t                 enable;
    unsigned                   any:1;         /* it says so */
    unsigned                   all:1;
    unsigned                   preflight:1;
    unsigned                   hide:1;
    unsigned                   off:1;         /* everybody may, as it says */
    unsigned                   key:1;         /* key is listed */
    unsigned                   jwt:1;
};

/* identity of (request, location), evaluated at most once; OK, DECLINED (no
 * gate_auth here), NGX_ERROR, or a reason (> 0) */
ngx_int_t ngx_http_gate_auth_identify(ngx_http_request_t *r,
    ngx_http_gate_ctx_t *ctx);
ngx_http_gate_auth_conf_t *ngx_http_gate_auth_conf(ngx_http_request_t *r);
/* for variables: the identity, evaluated if need be; NULL: it failed */
ngx_http_gate_identity_t *ngx_http_gate_auth_ask(ngx_http_request_t *r);
/* of the token where there is one, else of the consumer */
ngx_int_t ngx_http_gate_auth_scopes(ngx_http_request_t *r,
    ngx_http_gate_identity_t *who, ngx_str_t *value);

ngx_int_t ngx_http_gate_auth_require(ngx_http_request_t *r,
    ngx_http_gate_ctx_t *ctx);
ngx_int_t ngx_http_gate_auth_require_part(ngx_http_request_t *r,
    ngx_http_gate_ctx_t *ctx);
ngx_int_t ngx_http_gate_auth_strip(ngx_http_request_t *r,
    ngx_http_gate_ctx_t *ctx);
ngx_int_t ngx_http_gate_auth_key_shield(ngx_http_request_t *r,
    ngx_http_gate_ctx_t *ctx);
ngx_int_t ngx_http_gate_auth_key_shield_part(ngx_http_request_t *r,
    ngx_http_gate_ctx_t *ctx);
ngx_int_t ngx_http_gate_auth_key_run(ngx_http_request_t *r,
    ngx_http_gate_ctx_t *ctx);
ngx_int_t ngx_http_gate_auth_jwt_run(ngx_http_request_t *r,
    ngx_http_gate_ctx_t *ctx);
/* gate_key_names off */
ngx_uint_t ngx_http_gate_auth_key_off(ngx_http_request_t *r);


/* _refused.c: whom a refusal met */

/* for methods that refuse a credential they know, before they give the reason;
 * "detail" of ctx->refused they set themselves */
void ngx_http_gate_refused_whom(ngx_http_gate_ctx_t *ctx, gate_consumer_t *c,
    ngx_str_t *credential);
void ngx_http_gate_refused_by_claim(ngx_http_request_t *r,
    ngx_http_gate_ctx_t *ctx, const json_t *claim);
/* all that is known, also of one who was known and then not entitled */
ngx_http_gate_refused_t ngx_http_gate_refused(
    ngx_http_gate_refused_t *refused, ngx_http_gate_identity_t *who);
/* lines of the error log have the request's id from here on */
void ngx_http_gate_refused_log_id(ngx_http_request_t *r,
    ngx_http_gate_ctx_t *ctx);
ngx_int_t ngx_http_gate_refused_add_variables(ngx_conf_t *cf);


/* _access.c: gate_allow */

extern ngx_module_t  ngx_http_gate_access_module;

ngx_int_t ngx_http_gate_access_run(ngx_http_request_t *r,
    ngx_http_gate_ctx_t *ctx);
ngx_int_t ngx_http_gate_access_part(ngx_http_request_t *r,
    ngx_http_gate_ctx_t *ctx);


/* _limit.c: gate_limit */

extern ngx_module_t  ngx_http_gate_limit_module;

#define NGX_HTTP_GATE_FIELDS_DRAFT10   1      /* RateLimit, RateLimit-Policy */
#define NGX_HTTP_GATE_FIELDS_LEGACY    2      /* X-RateLimit-* */

ngx_int_t ngx_http_gate_limit_run(ngx_http_request_t *r,
    ngx_http_gate_ctx_t *ctx);


/* _journal.c: gate_journal, gate_node */

extern ngx_module_t  ngx_http_gate_journal_module;

ngx_uint_t ngx_http_gate_journal_configured(ngx_conf_t *cf);
/* this worker's writer, made when first needed; NULL: none could be had */
gate_journal_writer_t *ngx_http_gate_journal_writer(ngx_http_request_t *r);
/* no room: says so in the log; 1: serve without billing, 0: refuse */
ngx_uint_t ngx_http_gate_journal_full(ngx_http_request_t *r);
/* _journal_wait.c: NGX_AGAIN while room is being made, else NGX_DECLINED */
ngx_int_t ngx_http_gate_journal_wait(ngx_http_request_t *r,
    ngx_http_gate_ctx_t *ctx);

/* gate_journal_reserve() in this hour; what has arrived makes room for it */
gate_journal_rc_e ngx_http_gate_journal_reserve(gate_journal_writer_t *w,
    const gate_journal_key_t *key, uint32_t *cell);

/* for the shipper and the status page; NULL without gate_journal */
gate_journal_t *ngx_http_gate_journal(ngx_cycle_t *cycle);
ngx_str_t *ngx_http_gate_journal_node(ngx_cycle_t *cycle);


/* _meter.c: gate_meter */

extern ngx_module_t  ngx_http_gate_meter_module;

/* room in the journal, asked before anything is debited */
ngx_int_t ngx_http_gate_meter_reserve(ngx_http_request_t *r,
    ngx_http_gate_ctx_t *ctx);
ngx_int_t ngx_http_gate_meter_part(ngx_http_request_t *r,
    ngx_http_gate_ctx_t *ctx);
ngx_int_t ngx_http_gate_meter_open(ngx_http_request_t *r,
    ngx_http_gate_ctx_t *ctx);
ngx_int_t ngx_http_gate_meter_settle(ngx_http_request_t *r,
    ngx_http_gate_ctx_t *ctx);
/* counts what a client sends once its connection is upgraded */
void ngx_http_gate_meter_tunnel(ngx_http_request_t *r,
    ngx_http_gate_ctx_t *ctx);


/* _redis.c: gate_redis; one connection per use and worker */

extern ngx_module_t  ngx_http_gate_redis_module;

struct redisReply;

/* reply NULL: not connected, deadline passed, connection lost */
typedef void (*ngx_http_gate_redis_pt)(void *data, struct redisReply *reply);
typedef void (*ngx_http_gate_redis_up_pt)(void *data, ngx_uint_t up);

ngx_uint_t ngx_http_gate_redis_configured(ngx_cycle_t *cycle);
ngx_http_gate_redis_t *ngx_http_gate_redis_create(ngx_cycle_t *cycle,
    ngx_msec_t deadline, ngx_http_gate_redis_up_pt up, void *data);
ngx_int_t ngx_http_gate_redis_send(ngx_http_gate_redis_t *rd,
    ngx_http_gate_redis_pt handler, void *data, int argc, const char **argv,
    const size_t *argvlen);
void ngx_http_gate_redis_destroy(ngx_http_gate_redis_t *rd);


/* _ship.c: timers of the worker that ships */

extern ngx_module_t  ngx_http_gate_ship_module;

/* 1: this worker ships, and has freed cells for a request in need */
ngx_uint_t ngx_http_gate_ship_make_room(void);


/* _service.c: gate_api, gate_service, gate_pass and what the sidecar gets */

extern ngx_module_t  ngx_http_gate_service_module;

ngx_http_gate_api_t *ngx_http_gate_api(ngx_http_request_t *r);
ngx_http_gate_api_t *ngx_http_gate_api_at(void **loc_conf);
ngx_int_t ngx_http_gate_service_part(ngx_http_request_t *r,
    ngx_http_gate_ctx_t *ctx);
ngx_int_t ngx_http_gate_service_run(ngx_http_request_t *r,
    ngx_http_gate_ctx_t *ctx);
/* is gate_pass the content handler here? */
ngx_uint_t ngx_http_gate_service_passes(ngx_http_request_t *r);

/* addresses of gate_pass upstreams, for readiness; of ngx_addr_t */
ngx_array_t *ngx_http_gate_service_sidecars(ngx_cycle_t *cycle);


/* _path.c: gate_path */

extern ngx_module_t  ngx_http_gate_path_module;

ngx_int_t ngx_http_gate_path_shield(ngx_http_request_t *r,
    ngx_http_gate_ctx_t *ctx);
ngx_int_t ngx_http_gate_path_shield_part(ngx_http_request_t *r,
    ngx_http_gate_ctx_t *ctx);
ngx_int_t ngx_http_gate_path_target(ngx_http_request_t *r,
    ngx_http_gate_ctx_t *ctx);
ngx_int_t ngx_http_gate_path_target_part(ngx_http_request_t *r,
    ngx_http_gate_ctx_t *ctx);
/* a policy stands here, or beside it in this server and is not turned off */
ngx_uint_t ngx_http_gate_path_guards(ngx_http_request_t *r);
/* where no policy stands: 0 if the path must not go to a sidecar */
ngx_uint_t ngx_http_gate_path_open(ngx_http_request_t *r);
/* makes a 400 of the 500 that stands for a path refused at last */
void ngx_http_gate_path_status(ngx_http_request_t *r,
    ngx_http_gate_ctx_t *ctx);
/* in a merge: the server has a location with a policy */
void ngx_http_gate_path_policy(ngx_conf_t *cf);


/* _upgrade.c */

/* drops what asks for another protocol than WebSocket's */
ngx_int_t ngx_http_gate_upgrade_drop(ngx_http_request_t *r);
ngx_uint_t ngx_http_gate_upgrade_is_websocket(ngx_http_request_t *r);


/* _trust.c: gate_forwarded, gate_trace */

extern ngx_module_t  ngx_http_gate_trust_module;

/* in hygiene, of the server: what proxies in front say, and trace fields */
ngx_int_t ngx_http_gate_trust_hold(ngx_http_request_t *r);
ngx_uint_t ngx_http_gate_trust_keeps_b3(ngx_http_request_t *r);


/* _status.c: gate_status */

extern ngx_module_t  ngx_http_gate_status_module;


#endif /* _NGX_HTTP_GATE_H_INCLUDED_ */
