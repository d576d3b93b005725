
/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * Places: the servers and locations of a configuration, as checks see them
 * once all of it has been read and merged.
 */


#ifndef _NGX_HTTP_GATE_PLACE_H_INCLUDED_
#define _NGX_HTTP_GATE_PLACE_H_INCLUDED_


#include "ngx_http_gate.h"


typedef struct {
    void                     **loc_conf;
    void                     **srv_conf;
    ngx_str_t                  name;      /* of the location */
    u_char                    *file;      /* where it begins */
    ngx_uint_t                 line;
    unsigned                   gated:1;   /* a policy is in force */
    unsigned                   own:1;     /* a directive of ours is in it */
    unsigned                   server:1;  /* server{} itself */
    unsigned                   block:1;   /* "if" or "limit_except" */
} ngx_http_gate_place_t;


/*
 * A check says what is wrong with a place, with file, line and cure; NGX_ERROR
 * refuses the configuration.  It may look at the configuration of any module,
 * but not at what rooms make of theirs in postconfiguration.
 */

typedef ngx_int_t (*ngx_http_gate_check_pt)(ngx_conf_t *cf,
    ngx_http_gate_place_t *place);


/* for a room's preconfiguration */
ngx_int_t ngx_http_gate_place_check(ngx_conf_t *cf,
    ngx_http_gate_check_pt check);

/* a directive of ours stands here: for setters, also as nginx's post handler */
void ngx_http_gate_use(ngx_conf_t *cf);
/* does one anywhere in http{}? */
ngx_uint_t ngx_http_gate_used(ngx_conf_t *cf);

/* a policy is in force here; in a merge */
void ngx_http_gate_place_gated(ngx_conf_t *cf);

/* does a policy stand here? */
ngx_uint_t ngx_http_gate_place_is_gated(ngx_http_request_t *r);

/* a directive of another module, by its name in the tables of this cycle */
ngx_command_t *ngx_http_gate_place_command(ngx_conf_t *cf, const char *name,
    ngx_module_t **mp);
/* a module of this nginx by its name, NULL if it has none */
ngx_module_t *ngx_http_gate_place_module_named(ngx_conf_t *cf,
    const char *name);


static ngx_inline void *
ngx_http_gate_place_conf(ngx_http_gate_place_t *place, ngx_module_t *m)
{
    return place->loc_conf[m->ctx_index];
}


#endif /* _NGX_HTTP_GATE_PLACE_H_INCLUDED_ */
