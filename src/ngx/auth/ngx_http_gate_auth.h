
/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * gate_auth: _auth.c (who it is), _auth_conf.c (the directive), _auth_vars.c
 * (variables), and what a method is.
 */


#ifndef _NGX_HTTP_GATE_AUTH_H_INCLUDED_
#define _NGX_HTTP_GATE_AUTH_H_INCLUDED_


#include "ngx_http_gate_metrics.h"
#include "ngx_http_gate_reason.h"

#include "gate_text.h"


extern ngx_module_t  ngx_http_gate_auth_module;

extern const ngx_http_gate_reason_t  ngx_http_gate_no_credential;
extern const ngx_http_gate_reason_t  ngx_http_gate_unknown_consumer;
extern const ngx_http_gate_reason_t  ngx_http_gate_disabled_consumer;
extern const ngx_http_gate_reason_t  ngx_http_gate_expired_credential;


/*
 * A way to prove who one is: a row in the method's own file, which gives it to
 * ngx_http_gate_method() in its preconfiguration.
 */

typedef struct ngx_http_gate_method_s  ngx_http_gate_method_t;

/* ... as a gate_auth line lists it */

typedef struct {
    const ngx_http_gate_method_t  *method;
    void                          *data;      /* what its parameters said */
    ngx_atomic_t                  *proved;    /* counter, the worker's own */
    ngx_atomic_t                  *failed;    /* the same, ... */
    u_char                        *result;    /* ... of this token */
} ngx_http_gate_auth_entry_t;

struct ngx_http_gate_method_s {
    ngx_str_t                  name;          /* in gate_auth, of identities */
    ngx_str_t                  value;         /* "" or, in messages, NAME=... */

    /* NULL: the name alone, once */
    char                    *(*param)(ngx_conf_t *cf,
                                 ngx_http_gate_auth_entry_t *entry,
                                 ngx_str_t *value);

    /*
     * NGX_DECLINED: the request has no such credential; NGX_OK: it has, and
     * ctx->who is set; NGX_AGAIN: parked (see _park.h), ctx->who is left alone;
     * NGX_ERROR; or what ngx_http_gate_refused_why() gave.  A subrequest brings
     * what its request has.
     */
    ngx_int_t                (*run)(ngx_http_request_t *r,
                                 ngx_http_gate_ctx_t *ctx, void *data);

    /* the fields, in lower case, in which it comes; NULL: hygiene takes it */
    const ngx_str_t           *carries;

    /* a value of WWW-Authenticate; NULL: none */
    void                     (*challenge)(gate_text_t *t, gate_str_t realm,
                                 const ngx_http_gate_reason_t *reason);

    ngx_uint_t                 flags;
};

#define NGX_HTTP_GATE_METHOD_FORWARDS  1      /* unless "hide", once verified */
#define NGX_HTTP_GATE_METHOD_PARKS     2      /* it may answer NGX_AGAIN */
#define NGX_HTTP_GATE_METHOD_CLAIMS    4      /* it has scopes of its own */
#define NGX_HTTP_GATE_METHOD_LAST      8      /* for want of all others */


struct ngx_http_gate_auth_conf_s {
    ngx_array_t               *methods;       /* of entries, in order */
    ngx_flag_t                 enable;
    unsigned                   any:1;         /* it says so */
    unsigned                   all:1;
    unsigned                   preflight:1;
    unsigned                   hide:1;
    unsigned                   off:1;         /* everybody may, as it says */
};

ngx_int_t ngx_http_gate_method(ngx_conf_t *cf,
    const ngx_http_gate_method_t *method);
/* all that there are, of pointers; of a request or configuration */
ngx_array_t *ngx_http_gate_methods(void **main_conf);
/* NULL: not listed there */
ngx_http_gate_auth_entry_t *ngx_http_gate_auth_entry(
    ngx_http_gate_auth_conf_t *acf, const ngx_http_gate_method_t *method);
/* the first of those listed that has the flag, NULL: none */
ngx_http_gate_auth_entry_t *ngx_http_gate_auth_flagged(
    ngx_http_gate_auth_conf_t *acf, ngx_uint_t flag);

/* what a line of gate_consumer may say of a credential */

typedef struct {
    ngx_str_t                  id;
    time_t                     not_after;
} ngx_http_gate_auth_named_t;

/* for methods that have found a credential: it is its consumer, unless its time
 * is over, or he is disabled */
ngx_int_t ngx_http_gate_auth_credential(ngx_http_request_t *r,
    ngx_http_gate_ctx_t *ctx, gate_credential_t *k);

/* identity of (request, location), evaluated at most once; OK, DECLINED (no
 * gate_auth here), NGX_AGAIN (a method waits), NGX_ERROR, or what
 * ngx_http_gate_refused_why() gave: it may be asked by a variable long before
 * the access phase may refuse */
ngx_int_t ngx_http_gate_auth_identify(ngx_http_request_t *r,
    ngx_http_gate_ctx_t *ctx);
ngx_http_gate_auth_conf_t *ngx_http_gate_auth_conf(ngx_http_request_t *r);
/* for whom it is: of a subrequest where its location asks, else the client */
ngx_http_gate_identity_t *ngx_http_gate_who(ngx_http_request_t *r,
    ngx_http_gate_ctx_t *ctx);
/* for variables: the identity, evaluated if need be; NULL: it failed */
ngx_http_gate_identity_t *ngx_http_gate_auth_ask(ngx_http_request_t *r);

/* _auth_names.c: of the token where there is one, else of the consumer */
ngx_uint_t ngx_http_gate_auth_has_scope(ngx_http_gate_identity_t *who,
    gate_str_t scope);
ngx_int_t ngx_http_gate_auth_scopes(ngx_http_request_t *r,
    ngx_http_gate_identity_t *who, ngx_str_t *value);
/* ... where its issuer says groups */
ngx_uint_t ngx_http_gate_auth_own_groups(ngx_http_gate_identity_t *who);
ngx_uint_t ngx_http_gate_auth_in_group(ngx_http_gate_identity_t *who,
    gate_str_t group);
ngx_int_t ngx_http_gate_auth_groups(ngx_http_request_t *r,
    ngx_http_gate_identity_t *who, ngx_str_t *value);

ngx_int_t ngx_http_gate_auth_require(ngx_http_request_t *r,
    ngx_http_gate_ctx_t *ctx);
ngx_int_t ngx_http_gate_auth_require_part(ngx_http_request_t *r,
    ngx_http_gate_ctx_t *ctx);
ngx_int_t ngx_http_gate_auth_strip(ngx_http_request_t *r,
    ngx_http_gate_ctx_t *ctx);

/* _auth_strip.c, for rows of methods: Authorization, and with a proof of it */
extern const ngx_str_t  ngx_http_gate_auth_password_fields[];
extern const ngx_str_t  ngx_http_gate_auth_token_fields[];

/* for a preconfiguration: who adds a field to 401 that says what to send */
typedef ngx_int_t (*ngx_http_gate_auth_wants_pt)(ngx_http_request_t *r,
    ngx_http_gate_auth_conf_t *acf);
void ngx_http_gate_auth_wants_by(ngx_http_gate_auth_wants_pt ask);
ngx_int_t ngx_http_gate_auth_wants(ngx_http_request_t *r,
    ngx_http_gate_auth_conf_t *acf);


/* within the room */

extern ngx_http_gate_family_t  ngx_http_gate_auth_checked;
extern const ngx_http_gate_reason_t  *ngx_http_gate_auth_reasons[];


char *ngx_http_gate_auth(ngx_conf_t *cf, ngx_command_t *cmd, void *conf);
ngx_int_t ngx_http_gate_auth_add_variables(ngx_conf_t *cf);
ngx_int_t ngx_http_gate_auth_preconfiguration(ngx_conf_t *cf);


#endif /* _NGX_HTTP_GATE_AUTH_H_INCLUDED_ */
