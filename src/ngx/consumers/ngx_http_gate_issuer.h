
/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * What the parts of gate_issuer share: _issuer.c (blocks, who is who),
 * _issuer_lines.c (the lines inside), _issuer_claims.c (those that name
 * claims), _issuer_keys.c (files of keys).
 */


#ifndef _NGX_HTTP_GATE_ISSUER_H_INCLUDED_
#define _NGX_HTTP_GATE_ISSUER_H_INCLUDED_


#include "ngx_http_gate.h"
#include "ngx_http_gate_conf.h"

#include "gate_jwt.h"


typedef struct ngx_http_gate_keyset_s  ngx_http_gate_keyset_t;


extern ngx_module_t  ngx_http_gate_issuer_module;

/* what a token may be bound to: dpop, certificate_bound */

#define NGX_HTTP_GATE_BOUND_UNSET     0   /* one that is bound is refused */
#define NGX_HTTP_GATE_BOUND_OFF       1   /* nobody looks */
#define NGX_HTTP_GATE_BOUND_OPTIONAL  2   /* one that is bound is proved */
#define NGX_HTTP_GATE_BOUND_REQUIRED  3   /* each one is */

typedef struct {
    ngx_uint_t                 dpop;
    ngx_uint_t                 certificate;
    time_t                     skew;
    time_t                     max_age;
    ngx_uint_t                 redis;         /* who knows ids of proofs */
    ngx_uint_t                 node;
} ngx_http_gate_bound_t;

struct ngx_http_gate_issuer_s {
    gate_jwt_issuer_t          jwt;           /* for gate_jwt_verify() */
    ngx_str_t                  name;          /* of the block */
    gate_claim_t               claim;         /* that names the consumer */
    gate_claim_names_t         scopes;        /* n 0: of scope and scp */
    gate_claim_names_t         groups;        /* n 0: the consumer's count */
    gate_consumer_t           *shared;        /* of unlisted values */
    ngx_http_gate_keyset_t    *set;           /* keys by URL, or NULL */
    uint64_t                   version;       /* ... of those in use, else 0 */
    ngx_uint_t                 revocation;    /* Redis knows revoked ones */
    ngx_uint_t                 require_jti;
    ngx_msec_t                 stale;         /* ... and if it does not say */
    ngx_http_gate_bound_t      bound;
    u_char                    *file;          /* where it stands, for errors */
    ngx_uint_t                 line;
    unsigned                   defined:1;     /* else only referred to */
    unsigned                   map:1;         /* trusted to say names */
    unsigned                   listed:1;      /* in a claim line of somebody */
    unsigned                   asked:1;       /* a gate_introspection */
};

/* by name, created as a forward reference if need be */
ngx_http_gate_issuer_t *ngx_http_gate_issuer(ngx_conf_t *cf, ngx_str_t *name);
/* who knows keys by URL: what its lines "jwks" and "discovery" do, and at the
 * block's end which line is missing (NULL: none), then what it needs is made */

typedef struct {
    ngx_http_gate_conf_post_pt  jwks;
    ngx_http_gate_conf_post_pt  discovery;
    const char               *(*missing)(ngx_http_gate_issuer_t *is);
    ngx_int_t                 (*finish)(ngx_conf_t *cf,
                                        ngx_http_gate_issuer_t *is);
} ngx_http_gate_issuer_sets_t;

/* for its preconfiguration */
void ngx_http_gate_issuer_sets_by(const ngx_http_gate_issuer_sets_t *sets);
/* a gate_auth line stands here that lists these */
ngx_int_t ngx_http_gate_issuer_together(ngx_conf_t *cf, ngx_array_t *issuers);
/* one claim, by name or JSON Pointer, as a directive has it */
char *ngx_http_gate_issuer_claim(ngx_conf_t *cf, ngx_str_t *value,
    gate_claim_t *claim);


/* within the room */

typedef struct {
    ngx_array_t               *issuers;   /* of pointers */
    ngx_array_t               *lines;     /* of gate_auth, see _issuer.c */
} ngx_http_gate_issuer_main_conf_t;


/* a block that is being read */

typedef struct {
    ngx_http_gate_issuer_t    *issuer;
    ngx_str_t                  iss;
    ngx_array_t               *audiences; /* of ngx_str_t */
    ngx_array_t               *files;     /* of what names keys */
    time_t                     leeway;
    time_t                     max_lifetime;
    ngx_str_t                  claim;         /* of "consumer" */
    ngx_str_t                  unknown;       /* the same */
    ngx_str_t                  prefix;        /* of "groups" */
} ngx_http_gate_issuer_block_t;


extern const ngx_http_gate_issuer_sets_t  *ngx_http_gate_issuer_sets;


/* _issuer_lines.c */

extern ngx_http_gate_conf_row_t  ngx_http_gate_issuer_lines[];


/* _issuer_claims.c: "type", and lines of claims */

char *ngx_http_gate_issuer_type(ngx_conf_t *cf, void *conf, ngx_str_t *value);
char *ngx_http_gate_issuer_require(ngx_conf_t *cf, void *conf,
    ngx_str_t *value);
char *ngx_http_gate_issuer_consumer(ngx_conf_t *cf, void *conf,
    ngx_str_t *value);
char *ngx_http_gate_issuer_scopes(ngx_conf_t *cf, void *conf,
    ngx_str_t *value);
char *ngx_http_gate_issuer_groups(ngx_conf_t *cf, void *conf,
    ngx_str_t *value);


/* _issuer_revocation.c: its line, and after all was read */

char *ngx_http_gate_issuer_revocation(ngx_conf_t *cf, void *conf,
    ngx_str_t *value);
ngx_int_t ngx_http_gate_issuer_revocable(ngx_conf_t *cf,
    ngx_http_gate_issuer_t *is);


/* _issuer_bound.c: the lines "dpop" and "certificate_bound" */

char *ngx_http_gate_issuer_dpop(ngx_conf_t *cf, void *conf, ngx_str_t *value);
char *ngx_http_gate_issuer_certificate(ngx_conf_t *cf, void *conf,
    ngx_str_t *value);


/* _issuer_keys.c: a line that names a file of keys, and reading all of them
 * at the block's end */

char *ngx_http_gate_issuer_file(ngx_conf_t *cf, void *conf, ngx_str_t *value);
ngx_array_t *ngx_http_gate_issuer_files(ngx_conf_t *cf);
char *ngx_http_gate_issuer_load(ngx_conf_t *cf,
    ngx_http_gate_issuer_block_t *block);


#endif /* _NGX_HTTP_GATE_ISSUER_H_INCLUDED_ */
