
/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * gate_shield: who has failed to prove an identity too often costs nothing
 * more.  _shield.c (asks and counts), _shield_conf.c (the directive, what is
 * told).
 */


#ifndef _NGX_HTTP_GATE_SHIELD_H_INCLUDED_
#define _NGX_HTTP_GATE_SHIELD_H_INCLUDED_


#include "ngx_http_gate_reason.h"
#include "ngx_http_gate_zone.h"

#include "gate_strikes.h"


extern ngx_module_t  ngx_http_gate_shield_module;


/*
 * For methods, before what is costly: a signature, the hash of a password, a
 * question to Redis or another server.  Not before what this node knows of a
 * credential without any of these, which lets those in who are known.
 * NGX_OK: do it; else it is what the method gives.  "id": the public name that
 * the credential brings (a user's, a key's id), empty if it has none.
 */
ngx_int_t ngx_http_gate_shield_spares(ngx_http_request_t *r,
    ngx_http_gate_ctx_t *ctx, gate_str_t id);

/* for the preconfiguration of a method: which of its reasons are a failure to
 * prove an identity, ended by NULL; others are not counted */
ngx_int_t ngx_http_gate_shield_failures(ngx_conf_t *cf,
    const ngx_http_gate_reason_t *const *rows);

/* the refusal that a method gives next is no failure, though its reason mostly
 * is one */
void ngx_http_gate_shield_pardon(ngx_http_request_t *r,
    ngx_http_gate_ctx_t *ctx);

/* how many signatures were verified, good and bad ones */
void ngx_http_gate_shield_signatures(ngx_uint_t good, ngx_uint_t bad);


/* for the loop over methods: one of them has refused with that reason */
void ngx_http_gate_shield_refused(ngx_http_request_t *r,
    ngx_http_gate_ctx_t *ctx, const ngx_http_gate_reason_t *reason);


/* within the room */

/* what a variable says, of the request's last question */

typedef enum {
    NGX_HTTP_GATE_SHIELD_NONE = 0,
    NGX_HTTP_GATE_SHIELD_PASSED,
    NGX_HTTP_GATE_SHIELD_FAILED,
    NGX_HTTP_GATE_SHIELD_DEGRADED,
    NGX_HTTP_GATE_SHIELD_REJECTED_DRY_RUN,
    NGX_HTTP_GATE_SHIELD_REJECTED,
    NGX_HTTP_GATE_SHIELD_RESULTS
} ngx_http_gate_shield_e;


typedef struct ngx_http_gate_shield_ctx_s {
    uint64_t                   id;        /* the hash of one */
    unsigned                   named:1;   /* ... there is one */
    unsigned                   counted:1; /* once for a request */
    unsigned                   pardon:1;  /* the next one is none */
    ngx_http_gate_shield_e     result;
} ngx_http_gate_shield_ctx_t;


typedef struct {
    gate_strikes_t             failures;  /* of an address */
    gate_strikes_t             credential;  /* of a name; n 0: not counted */
    gate_strikes_t             once;      /* ... left to an address then */
    ngx_uint_t                 dry_run;
    ngx_str_t                  text[2];   /* budgets, as buckets are called */
    uint32_t                   hash[2];   /* of these */
    ngx_str_t                  zone_name; /* "": the first */
    ngx_http_gate_zone_t      *zone;
    u_char                    *file;
    ngx_uint_t                 line;
} ngx_http_gate_shield_t;


typedef struct {
    ngx_http_gate_shield_t    *shield;    /* NULL: off */
} ngx_http_gate_shield_loc_conf_t;


typedef struct {
    ngx_array_t               *failures;  /* of pointers to reasons */
} ngx_http_gate_shield_main_conf_t;


extern const ngx_http_gate_reason_t  *ngx_http_gate_shield_reasons[];
extern ngx_http_gate_zone_class_t  ngx_http_gate_shield_class;

/* _shield_conf.c */
void ngx_http_gate_shield_count(ngx_http_gate_shield_e result);


#endif /* _NGX_HTTP_GATE_SHIELD_H_INCLUDED_ */
