
/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * What the two halves of the store share: _store.c (blocks and the model) and
 * _store_lines.c (the lines inside).
 */


#ifndef _NGX_HTTP_GATE_STORE_H_INCLUDED_
#define _NGX_HTTP_GATE_STORE_H_INCLUDED_


#include "ngx_http_gate.h"
#include "ngx_http_gate_conf.h"

#include "gate_table.h"


extern ngx_module_t  ngx_http_gate_store_module;

gate_model_t *ngx_http_gate_model(ngx_http_request_t *r);
/* by name; forward references: the object is filled in after parsing */
gate_consumer_t *ngx_http_gate_store_consumer(ngx_conf_t *cf, ngx_str_t *name);
/* a limit takes its rate from plans: every consumer must have one */
void ngx_http_gate_store_need_plans(ngx_conf_t *cf);
/* for a consumer of Redis: NGX_DECLINED: there is no such plan, or, without a
 * name, a limit takes its rate from one */
ngx_int_t ngx_http_gate_store_plan_of(ngx_http_request_t *r, gate_str_t name,
    gate_plan_t **plan);
/* after all was read, for each consumer's */
typedef void (*ngx_http_gate_store_pin_pt)(ngx_conf_t *cf, gate_str_t consumer,
    gate_str_t pin, u_char *file, ngx_uint_t line);
void ngx_http_gate_store_pins(ngx_conf_t *cf,
    ngx_http_gate_store_pin_pt handler);
/* in a check: may any consumer have that group, or scope?  What those of Redis
 * have is not known */
ngx_uint_t ngx_http_gate_store_grants(ngx_conf_t *cf, gate_str_t name,
    ngx_uint_t scope);
/* ... may any have a credential of that kind?  0 is said once for each */
ngx_uint_t ngx_http_gate_store_kind(ngx_conf_t *cf, gate_kind_e kind);
/* ... may any have the name that was written?  0: the closest is kept */
ngx_uint_t ngx_http_gate_store_known(ngx_conf_t *cf, gate_closest_t *closest);


/*
 * For a method's preconfiguration: a line of gate_consumer by which a consumer
 * has a credential of its kind.  Its "post" has a credential of cf->pool, with
 * kind, name or digest, and what else it read; the latter call gives it to the
 * consumer that "conf" is, and what "post" returns.
 */
ngx_int_t ngx_http_gate_store_line(ngx_conf_t *cf,
    const ngx_http_gate_conf_row_t *line);
char *ngx_http_gate_store_credential(ngx_conf_t *cf, void *conf,
    gate_credential_t *k);


/* for a preconfiguration: who knows issuers of tokens */

typedef struct {
    /* a consumer lists one of these; NGX_ERROR: no memory */
    ngx_int_t                (*list)(ngx_conf_t *cf, ngx_str_t *issuer);
    /* after all was read: may tokens of some issuer name any consumer? */
    ngx_uint_t               (*names)(ngx_conf_t *cf);
} ngx_http_gate_store_issuers_t;

void ngx_http_gate_store_issuers_by(
    const ngx_http_gate_store_issuers_t *issuers);


/* within the room */

extern const ngx_http_gate_store_issuers_t  *ngx_http_gate_store_issuers;

typedef struct {
    gate_plan_t                plan;
    ngx_uint_t                 defined;
    u_char                    *file;      /* of the first mention */
    ngx_uint_t                 line;
} ngx_http_gate_store_plan_t;


typedef struct {
    gate_consumer_t            consumer;
    ngx_uint_t                 defined;
    ngx_uint_t                 reached;   /* somebody may be it */
    ngx_uint_t                 disabled;
    ngx_str_t                  plan_name;
    ngx_http_gate_store_plan_t  *plan;
    ngx_array_t               *groups;    /* of ngx_str_t */
    ngx_array_t               *scopes;    /* of ngx_str_t */
    ngx_array_t               *pins;      /* of ngx_str_t */
    ngx_array_t               *credentials;  /* of gate_credential_t * */
    u_char                    *file;
    ngx_uint_t                 line;
} ngx_http_gate_store_consumer_t;


typedef struct {
    gate_model_t              *model;
    ngx_array_t               *plans;     /* of pointers */
    ngx_array_t               *consumers; /* of pointers */
    gate_table_t               names;     /* consumers by name */
    ngx_array_t                lines;     /* of gate_consumer, with their end */
    uint32_t                   kinds;     /* a bit for the letter of each */
    u_char                    *need_file; /* "gate_limit plan" stands here */
    ngx_uint_t                 need_line;
} ngx_http_gate_store_main_conf_t;


#define ngx_http_gate_store_bit(kind)  ((uint32_t) 1 << ((kind) - 'a'))


/* by name, created as a forward reference if need be */
ngx_http_gate_store_plan_t *ngx_http_gate_store_plan(ngx_conf_t *cf,
    ngx_str_t *name);
/* the one that is being filled */
gate_model_t *ngx_http_gate_store_model(ngx_conf_t *cf);


/* _store_lines.c */

extern ngx_http_gate_conf_row_t  ngx_http_gate_store_plan_lines[];
/* those of gate_consumer, to begin with */
ngx_int_t ngx_http_gate_store_lines(ngx_conf_t *cf, ngx_array_t *lines);


/* _store_finish.c: postconfiguration */

ngx_int_t ngx_http_gate_store_init(ngx_conf_t *cf);


#endif /* _NGX_HTTP_GATE_STORE_H_INCLUDED_ */
