
/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * Names and passwords: _auth_basic.c (the method), _auth_basic_work.c (hashes,
 * in threads), _auth_basic_conf.c (directives, and a line of gate_consumer).
 */


#ifndef _NGX_HTTP_GATE_AUTH_BASIC_H_INCLUDED_
#define _NGX_HTTP_GATE_AUTH_BASIC_H_INCLUDED_


#include "ngx_http_gate_auth.h"

#include "gate_basic.h"
#include "gate_crypt.h"


extern ngx_module_t  ngx_http_gate_auth_basic_module;


/* within the room */

#define NGX_HTTP_GATE_AUTH_BASIC_DIGEST  32


typedef struct {
    ngx_str_t                  pool;      /* of threads */
    ngx_uint_t                 threads;   /* of a worker, that work at once */
    ngx_uint_t                 queue;     /* and so many that wait for them */
    time_t                     cache;     /* seconds, 0: none */
    gate_str_t                 usual;     /* a hash of the usual cost */
    ngx_uint_t                 set;       /* ... of a user */
    ngx_uint_t                 once;      /* gate_basic stands there */
} ngx_http_gate_auth_basic_main_conf_t;


/* a request, or a subrequest, whose password is being looked at */

typedef enum {
    NGX_HTTP_GATE_AUTH_BASIC_NEW = 0,
    NGX_HTTP_GATE_AUTH_BASIC_WAITS,
    NGX_HTTP_GATE_AUTH_BASIC_GOOD,
    NGX_HTTP_GATE_AUTH_BASIC_WRONG,
    NGX_HTTP_GATE_AUTH_BASIC_LATE
} ngx_http_gate_auth_basic_state_e;

typedef struct {
    ngx_queue_t                queue;     /* of those who wait for one job */
    ngx_http_request_t        *request;
    ngx_http_gate_auth_basic_state_e  state;
    u_char                     digest[NGX_HTTP_GATE_AUTH_BASIC_DIGEST];
} ngx_http_gate_auth_basic_wait_t;


extern const ngx_http_gate_method_t  ngx_http_gate_auth_basic_method;
extern const ngx_http_gate_reason_t  *ngx_http_gate_auth_basic_reasons[];
extern const ngx_http_gate_reason_t *const  ngx_http_gate_auth_basic_failures[];


extern ngx_http_gate_family_t  ngx_http_gate_auth_basic_passwords;

/* "hashed", "joined", "remembered", "busy" */
void ngx_http_gate_auth_basic_count(const char *result);

/* a keyed digest of all that decides; NGX_ERROR: it could not be made */
ngx_int_t ngx_http_gate_auth_basic_digest(gate_str_t user, gate_str_t password,
    gate_str_t hash, u_char *digest);
/* it was found to be good, and not long ago */
ngx_uint_t ngx_http_gate_auth_basic_known(u_char *digest);

/*
 * Begins to look whether the password has the hash, or joins who asked the
 * same.  NGX_OK: wait->request has to be parked with _cancel() and "wait";
 * NGX_BUSY: too many do so already; NGX_ERROR.  "known": of a user, whom a
 * good password lets in.
 */
ngx_int_t ngx_http_gate_auth_basic_begin(
    ngx_http_gate_auth_basic_main_conf_t *bmcf,
    ngx_http_gate_auth_basic_wait_t *wait, gate_str_t password,
    gate_str_t hash, ngx_uint_t known);
void ngx_http_gate_auth_basic_cancel(void *data);


#endif /* _NGX_HTTP_GATE_AUTH_BASIC_H_INCLUDED_ */
