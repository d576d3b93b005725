
/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * What the parts of the path share: _path.c (the directive, the path as it was
 * written and matched) and _path_last.c (as it is about to be sent).
 */


#ifndef _NGX_HTTP_GATE_PATH_H_INCLUDED_
#define _NGX_HTTP_GATE_PATH_H_INCLUDED_


#include "ngx_http_gate_reason.h"
#include "ngx_http_gate.h"
#include "ngx_http_gate_place.h"

#include "gate_path.h"


extern ngx_module_t  ngx_http_gate_path_module;

extern const ngx_http_gate_reason_t  ngx_http_gate_bad_path;

ngx_int_t ngx_http_gate_path_shield(ngx_http_request_t *r,
    ngx_http_gate_ctx_t *ctx);
ngx_int_t ngx_http_gate_path_target(ngx_http_request_t *r,
    ngx_http_gate_ctx_t *ctx);
/* a policy stands here, or beside it in this server and is not turned off */
ngx_uint_t ngx_http_gate_path_guards(ngx_http_request_t *r);
/* where no policy stands: 0 if the path must not go to a sidecar */
ngx_uint_t ngx_http_gate_path_open(ngx_http_request_t *r);
/* makes a 400 of the 500 that stands for a path refused at last */
void ngx_http_gate_path_status(ngx_http_request_t *r,
    ngx_http_gate_ctx_t *ctx);

/* where gate_pass leads */

typedef struct {
    ngx_uint_t                 pass;      /* there is one */
    ngx_str_t                  uri;       /* of its URL */
    ngx_str_t                  location;  /* that it stands for */
    ngx_http_complex_value_t  *url;       /* all of it, if it has variables */
} ngx_http_gate_path_to_t;

/* notes the URL of a gate_pass in what a location has of it */
ngx_int_t ngx_http_gate_path_pass(ngx_conf_t *cf, ngx_str_t *url,
    ngx_http_gate_path_to_t *to);

/* for a preconfiguration: who knows it for the location of a request */
typedef ngx_http_gate_path_to_t *(*ngx_http_gate_path_to_pt)(
    ngx_http_request_t *r);
void ngx_http_gate_path_to_by(ngx_http_gate_path_to_pt to);


/* within the room */

typedef struct {
    ngx_uint_t                 keep;      /* a location does */
    ngx_array_t               *peers;     /* of _path_last.c */
} ngx_http_gate_path_main_conf_t;

typedef struct {
    ngx_flag_t                 enable;
    ngx_uint_t                 keep;      /* encoded slashes */
} ngx_http_gate_path_loc_conf_t;

ngx_http_gate_path_to_t *ngx_http_gate_path_to(ngx_http_request_t *r);

/* _path.c */

/* may a proxy put what stands behind the location's name behind its URL? */
ngx_uint_t ngx_http_gate_path_has_rest(ngx_http_request_t *r);


/* _path_keep.c */

/* a location was chosen by the path as it keeps its encoded slashes, and they
 * may stand in the target */
ngx_uint_t ngx_http_gate_path_keeps(ngx_http_request_t *r);
/* ... and this location may send it so */
ngx_uint_t ngx_http_gate_path_keeps_here(ngx_http_request_t *r);
/* as a line is read that says so; in postconfiguration */
void ngx_http_gate_path_keep_used(ngx_conf_t *cf);
ngx_int_t ngx_http_gate_path_keep_init(ngx_conf_t *cf);

/* _path_last.c */

void *ngx_http_gate_path_create_main_conf(ngx_conf_t *cf);
/* postconfiguration */
ngx_int_t ngx_http_gate_path_init(ngx_conf_t *cf);
/* a check of each place */
ngx_int_t ngx_http_gate_path_bind(ngx_conf_t *cf,
    ngx_http_gate_place_t *place);


#endif /* _NGX_HTTP_GATE_PATH_H_INCLUDED_ */
