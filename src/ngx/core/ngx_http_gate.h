
/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * What all rooms share: the request's context, the stage, the identity.  What
 * a room offers to others is in a header of its own.
 */


#ifndef _NGX_HTTP_GATE_H_INCLUDED_
#define _NGX_HTTP_GATE_H_INCLUDED_


#include <ngx_config.h>
#include <ngx_core.h>
#include <ngx_http.h>

#include <jansson.h>

#include "gate_model.h"
#include "gate_str.h"


typedef struct ngx_http_gate_ctx_s          ngx_http_gate_ctx_t;
typedef struct ngx_http_gate_issuer_s       ngx_http_gate_issuer_t;
typedef struct ngx_http_gate_auth_conf_s    ngx_http_gate_auth_conf_t;
typedef struct ngx_http_gate_subrequest_s   ngx_http_gate_subrequest_t;
typedef struct ngx_http_gate_lookup_s       ngx_http_gate_lookup_t;
typedef struct ngx_http_gate_reason_s       ngx_http_gate_reason_t;
typedef struct ngx_http_gate_park_s         ngx_http_gate_park_t;
typedef struct ngx_http_gate_life_s         ngx_http_gate_life_t;
typedef struct ngx_http_gate_idempotency_s  ngx_http_gate_idempotency_t;
typedef struct ngx_http_gate_was_s          ngx_http_gate_was_t;

typedef struct ngx_http_gate_typed_ctx_s    ngx_http_gate_typed_ctx_t;
typedef struct ngx_http_gate_keys_ctx_s     ngx_http_gate_keys_ctx_t;
typedef struct ngx_http_gate_trust_ctx_s    ngx_http_gate_trust_ctx_t;
typedef struct ngx_http_gate_refused_ctx_s  ngx_http_gate_refused_ctx_t;
typedef struct ngx_http_gate_limit_ctx_s    ngx_http_gate_limit_ctx_t;
typedef struct ngx_http_gate_cors_ctx_s     ngx_http_gate_cors_ctx_t;
typedef struct ngx_http_gate_spend_ctx_s    ngx_http_gate_spend_ctx_t;
typedef struct ngx_http_gate_meter_ctx_s    ngx_http_gate_meter_ctx_t;
typedef struct ngx_http_gate_answer_ctx_s   ngx_http_gate_answer_ctx_t;
typedef struct ngx_http_gate_reply_ctx_s    ngx_http_gate_reply_ctx_t;
typedef struct ngx_http_gate_own_ctx_s      ngx_http_gate_own_ctx_t;
typedef struct ngx_http_gate_body_ctx_s     ngx_http_gate_body_ctx_t;
typedef struct ngx_http_gate_requests_ctx_s ngx_http_gate_requests_ctx_t;


/* the API of a location: gate_api, gate_service */

typedef struct {
    ngx_str_t                  name;
    ngx_str_t                  version;
    ngx_str_t                  service;
    ngx_http_gate_life_t      *life;          /* NULL: nothing is said of it */
} ngx_http_gate_api_t;


/* who calls: written by WHO, read to its right */

typedef struct {
    gate_consumer_t           *consumer;      /* NULL: nobody */
    ngx_http_gate_issuer_t    *issuer;        /* of the token, or NULL */
    const json_t              *claims;        /* of the token, or NULL */
    ngx_str_t                  credential;    /* its id, never the secret */
    const gate_credential_t   *by;            /* that one, or NULL */
    ngx_str_t                  method;        /* "key", "jwt", "anonymous" */
    ngx_str_t                  sub;           /* of the token */
    u_char                     lane[20], nlane;   /* digits: X-Lane-Hash */
    ngx_uint_t                 at;            /* the method that waits */
    ngx_uint_t                 present;       /* credentials before it */
    unsigned                   waits:1;       /* that one; nobody yet */
    unsigned                   anonymous:1;
    unsigned                   preflight:1;   /* CORS, needs no consumer */
} ngx_http_gate_identity_t;


/*
 * The client request's: what several rooms ask for, and a pointer to what each
 * room keeps for itself; all of it is one block, zeroed.  See _request.h.
 */

struct ngx_http_gate_ctx_s {
    /* where it met the gate last */
    ngx_http_gate_api_t         *api;
    void                        *gate;        /* the pipeline's conf there */

    /* identity */
    ngx_http_gate_identity_t     who;
    ngx_http_gate_auth_conf_t   *who_conf;    /* of which location */
    ngx_int_t                    who_rc;
    ngx_http_gate_subrequest_t  *parts;       /* subrequests, last first */
    ngx_http_gate_lookup_t      *lookups;     /* of consumers, last first */
    ngx_http_gate_park_t        *park;        /* who ever waited */
    ngx_uint_t                   may_park;    /* the row that runs now */
    ngx_http_gate_idempotency_t *idempotency; /* who has a key, else NULL */

    /* decision */
    const ngx_http_gate_reason_t  *reason;    /* NULL: not refused */
    ngx_str_t                    detail;      /* "" for the reason's own */
    ngx_uint_t                   redirects;   /* r->uri_changes at refusal */
    ngx_uint_t                   retry_after; /* seconds */
    void                       **shaped;      /* loc_conf ready for a service */
    void                        *led;         /* see _version.c, or NULL */
    ngx_http_gate_was_t         *was;         /* see _transform_request.c */
    ngx_str_t                    request_id;
    ngx_msec_t                   begun;       /* not moved by the clock */
    ngx_msec_t                   before;      /* spent until then */

    /* of rooms, the first to the last: see _request.c */
    ngx_http_gate_typed_ctx_t   *typed;
    ngx_http_gate_keys_ctx_t    *keys;
    ngx_http_gate_trust_ctx_t   *trust;
    ngx_http_gate_refused_ctx_t *refused;
    ngx_http_gate_cors_ctx_t    *cors;
    ngx_http_gate_limit_ctx_t   *limit;
    ngx_http_gate_spend_ctx_t   *spend;
    ngx_http_gate_meter_ctx_t   *meter;
    ngx_http_gate_answer_ctx_t  *answer;
    ngx_http_gate_reply_ctx_t   *reply;
    ngx_http_gate_own_ctx_t     *own;
    ngx_http_gate_body_ctx_t    *body;
    ngx_http_gate_requests_ctx_t  *requests;

    unsigned                     admitted:1;  /* MAY let it pass */
    unsigned                     passed:1;    /* gate_pass is the handler */
    unsigned                     handed:1;    /* gate_pass was, last */
    unsigned                     gated:1;     /* a policy was met */
    unsigned                     waited:1;    /* others had their turn */
    unsigned                     answered:1;  /* by a row, without a body */
    unsigned                     told:1;      /* counted as a late caller */
};


extern ngx_module_t  ngx_http_gate_module;


/* what few requests need stays out of a function that each one calls */
#define NGX_HTTP_GATE_APART  __attribute__((noinline))


static ngx_inline gate_str_t
ngx_http_gate_view(ngx_str_t *s)
{
    return gate_str(s->data, s->len);
}


#endif /* _NGX_HTTP_GATE_H_INCLUDED_ */
