
/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * What the parts of the hand-over share: _service.c (directives), _pass.c
 * (gate_pass) and _fields.c (the values of the fields that are sent).
 */


#ifndef _NGX_HTTP_GATE_SERVICE_H_INCLUDED_
#define _NGX_HTTP_GATE_SERVICE_H_INCLUDED_


#include "ngx_http_gate.h"
#include "ngx_http_gate_assert.h"
#include "ngx_http_gate_path.h"
#include "ngx_http_gate_service_way.h"

#include "gate_digest.h"


extern ngx_module_t  ngx_http_gate_service_module;

ngx_int_t ngx_http_gate_service_part(ngx_http_request_t *r,
    ngx_http_gate_ctx_t *ctx);
ngx_int_t ngx_http_gate_service_run(ngx_http_request_t *r,
    ngx_http_gate_ctx_t *ctx);
/* has gate_pass variables in this location? */
ngx_uint_t ngx_http_gate_service_varies(void **loc_conf);

/* does gate_pass speak gRPC there? */
ngx_uint_t ngx_http_gate_service_is_grpc(ngx_http_gate_place_t *place);

/* addresses of gate_pass upstreams, for readiness; of ngx_addr_t */
ngx_array_t *ngx_http_gate_service_sidecars(ngx_cycle_t *cycle);


/* within the room */

typedef struct {
    ngx_http_gate_path_to_t    to;        /* gate_pass, here or around an if */
    const ngx_http_gate_service_way_t  *way;  /* NULL without gate_pass */
    ngx_http_handler_pt        handler;   /* of the way's, behind ours */
    ngx_http_complex_value_t  *lane;      /* gate_lane hash= */
    ngx_uint_t                 accel;     /* gate_accel: what is not ignored */
    ngx_uint_t                 fields;    /* gate_fields: what is sent */
    ngx_http_gate_assert_t    *assert;    /* gate_assert, or NULL */
    ngx_array_t               *claims;    /* gate_claim_header, or NULL */
    ngx_uint_t                 ignored;   /* ..._ignore_headers, user's own */
    ngx_str_t                  pass_url;  /* of gate_pass */
    ngx_str_t                 *shared_key;  /* user's, for all consumers */
    void                     **outer;     /* loc_conf of the level around */
    u_char                    *file;
    ngx_uint_t                 line;
    unsigned                   ignoring:1;  /* we have written it, too */
    unsigned                   keyed:1;   /* proxy_cache_key is ours */
} ngx_http_gate_service_loc_conf_t;


typedef struct {
    const ngx_http_gate_service_way_t  *way;
    ngx_str_t                  url;
    ngx_http_upstream_srv_conf_t  *upstream;  /* NULL: not known before */
    u_char                    *file;
    ngx_uint_t                 line;
} ngx_http_gate_service_pass_t;


typedef struct {
    ngx_array_t               *passes;
    ngx_array_t               *shared;    /* upstreams and who passes there */
    ngx_http_handler_pt        passed[NGX_HTTP_GATE_SERVICE_WAYS];
    ngx_array_t               *sidecars;  /* of ngx_addr_t */
    ngx_uint_t                 nclaims;   /* of gate_claim_header, so far */
    size_t                     cache_key; /* where it is in proxy's conf */
    gate_sha256_t             *sha;
} ngx_http_gate_service_main_conf_t;


/* _pass.c */

char *ngx_http_gate_service_pass(ngx_conf_t *cf, ngx_command_t *cmd,
    void *conf);
char *ngx_http_gate_service_merge_pass(ngx_conf_t *cf,
    ngx_http_gate_service_loc_conf_t *prev,
    ngx_http_gate_service_loc_conf_t *conf);


/* _service_headers.c */

char *ngx_http_gate_service_headers(ngx_conf_t *cf,
    ngx_http_gate_service_loc_conf_t *conf);


/* _service_upstreams.c */

ngx_int_t ngx_http_gate_service_collect(ngx_conf_t *cf,
    ngx_http_gate_service_pass_t *pass, ngx_array_t *sidecars);
void ngx_http_gate_service_check_upstreams(ngx_conf_t *cf,
    ngx_array_t *passes);
/* a check of each place: connections that are kept are of one protocol */
ngx_int_t ngx_http_gate_service_check_shared(ngx_conf_t *cf,
    ngx_http_gate_place_t *place);


/* _service_check.c: ways to the sidecar that are not what they seem */

ngx_int_t ngx_http_gate_service_preconfiguration(ngx_conf_t *cf);
/* a URI that does not fit the location, as gate_pass is read */
void ngx_http_gate_service_check_uri(ngx_conf_t *cf, ngx_str_t *url);


/* _proxy.c */

char *ngx_http_gate_proxy_accel(ngx_conf_t *cf, ngx_command_t *cmd,
    void *conf);
char *ngx_http_gate_proxy_merge(ngx_conf_t *cf,
    ngx_http_gate_service_loc_conf_t *conf);
ngx_int_t ngx_http_gate_proxy_preconfiguration(ngx_conf_t *cf);


/* _proxy_key.c: $gate_cache_key, and what hashes bodies for it */

ngx_int_t ngx_http_gate_proxy_key_variable(ngx_http_request_t *r,
    ngx_http_variable_value_t *v, uintptr_t data);
ngx_int_t ngx_http_gate_proxy_sha(ngx_conf_t *cf,
    ngx_http_gate_service_main_conf_t *smcf);


/* _proxy_caller.c: a digest of what else tells callers apart; empty: nothing */

ngx_int_t ngx_http_gate_proxy_caller(ngx_http_request_t *r,
    ngx_http_gate_ctx_t *ctx, ngx_http_gate_identity_t *who, ngx_str_t *value);


/* _fields.c: what the gateway alone sends, Host excepted */

ngx_int_t ngx_http_gate_fields_add_variables(ngx_conf_t *cf);
ngx_str_t ngx_http_gate_fields_name(ngx_uint_t i);


/* in the order in which they are sent, a consumer's three behind them */

typedef enum {
    NGX_HTTP_GATE_F_REQUEST_ID = 0,
    NGX_HTTP_GATE_F_CONNECTION,
    NGX_HTTP_GATE_F_UPGRADE,
    NGX_HTTP_GATE_F_TRACEPARENT,
    NGX_HTTP_GATE_F_TRACESTATE,
    NGX_HTTP_GATE_F_FORWARDED_FOR,
    NGX_HTTP_GATE_F_FORWARDED_PROTO,
    NGX_HTTP_GATE_F_FORWARDED_HOST,
    NGX_HTTP_GATE_F_CONSUMER_ID,
    NGX_HTTP_GATE_F_CONSUMER,
    NGX_HTTP_GATE_F_GROUPS,
    NGX_HTTP_GATE_F_CREDENTIAL,
    NGX_HTTP_GATE_F_ANONYMOUS,
    NGX_HTTP_GATE_F_LANE,
    NGX_HTTP_GATE_FIELDS
} ngx_http_gate_field_e;

#define ngx_http_gate_field_bit(field)  ((ngx_uint_t) 1 << (field))

/* those that only an upgrade has, and that nobody can do without */
#define NGX_HTTP_GATE_FIELDS_UPGRADE                                         \
    (ngx_http_gate_field_bit(NGX_HTTP_GATE_F_CONNECTION)                     \
     |ngx_http_gate_field_bit(NGX_HTTP_GATE_F_UPGRADE))

/* those of a consumer, as gate_caller.h has them */
#define NGX_HTTP_GATE_FIELDS_CALLER                                          \
    (ngx_http_gate_field_bit(NGX_HTTP_GATE_F_CONSUMER_ID)                    \
     |ngx_http_gate_field_bit(NGX_HTTP_GATE_F_CONSUMER)                      \
     |ngx_http_gate_field_bit(NGX_HTTP_GATE_F_GROUPS))

#define NGX_HTTP_GATE_FIELDS_ALL                                             \
    (ngx_http_gate_field_bit(NGX_HTTP_GATE_FIELDS) - 1)


/* _fields_conf.c: gate_fields, and how nginx is told to send them */

/* as lines of ..._set_header, of which those of "sent" have their values */
ngx_int_t ngx_http_gate_fields_push(ngx_conf_t *cf, ngx_array_t *headers,
    ngx_uint_t sent);
/* the value of a field that is always sent: those above go along with it */
ngx_int_t ngx_http_gate_fields_carry(ngx_conf_t *cf, ngx_str_t *value);
ngx_uint_t ngx_http_gate_fields_are(ngx_str_t *name);

char *ngx_http_gate_fields_line(ngx_conf_t *cf, ngx_command_t *cmd,
    void *conf);


#endif /* _NGX_HTTP_GATE_SERVICE_H_INCLUDED_ */
