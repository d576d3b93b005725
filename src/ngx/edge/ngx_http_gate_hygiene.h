
/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * Hygiene: _hygiene.c (of a request), _hygiene_conf.c (its directive).
 */


#ifndef _NGX_HTTP_GATE_HYGIENE_H_INCLUDED_
#define _NGX_HTTP_GATE_HYGIENE_H_INCLUDED_


#include "ngx_http_gate.h"

#include "ngx_http_gate_keys.h"
#include "ngx_http_gate_place.h"

#include "gate_names.h"


extern ngx_module_t  ngx_http_gate_hygiene_module;


/* does the location of the request keep keys for its service? */
typedef ngx_uint_t (*ngx_http_gate_gives_pt)(ngx_http_request_t *r);


typedef struct {
    ngx_http_gate_key_names_t  keys;      /* of all servers */
    ngx_http_gate_key_names_t  logged;    /* ... and where tokens are */
    ngx_array_t               *locations; /* of ngx_http_core_loc_conf_t * */
} ngx_http_gate_hygiene_main_conf_t;


typedef struct {
    ngx_flag_t                 enable;
    ngx_array_t               *more;      /* of ngx_str_t */
    gate_name_first_t          first;     /* of all these */
    ngx_http_gate_key_names_t  keys;
    ngx_http_gate_gives_pt     gives;     /* keys, to some location */
    ngx_uint_t                 xfcc;      /* is kept for who asks for it */
} ngx_http_gate_hygiene_srv_conf_t;


/* in a check: names that carry keys in this server, "args" may be NULL */
ngx_int_t ngx_http_gate_hygiene_keys(ngx_conf_t *cf,
    ngx_http_gate_place_t *place, ngx_array_t *fields, ngx_array_t *args);
/* ... which are tokens, for nobody else; "fields" is never NULL */
ngx_int_t ngx_http_gate_hygiene_token_names(ngx_conf_t *cf,
    ngx_http_gate_place_t *place, ngx_array_t *fields, ngx_array_t *args);
/* ... and "Authorization: Bearer" does; after those */
ngx_int_t ngx_http_gate_hygiene_bearer(ngx_conf_t *cf,
    ngx_http_gate_place_t *place);
/* in a check: a name that no client of this server may send, not copied */
ngx_int_t ngx_http_gate_hygiene_reserve(ngx_conf_t *cf,
    ngx_http_gate_place_t *place, ngx_str_t *name);
/* ... and these cookies do, and subprotocols behind these words; or NULL */
ngx_int_t ngx_http_gate_hygiene_places(ngx_conf_t *cf,
    ngx_http_gate_place_t *place, ngx_array_t *cookies,
    ngx_array_t *protocols);
/* in a check: tokens are accepted somewhere */
ngx_int_t ngx_http_gate_hygiene_tokens(ngx_conf_t *cf);
/* in a check: a location of this server keeps them for its service, if gives()
 * is true for the request's */
void ngx_http_gate_hygiene_gives(ngx_http_gate_place_t *place,
    ngx_http_gate_gives_pt gives);
/* in a check: a location of this server asks for X-Forwarded-Client-Cert,
 * which is removed nonetheless */
void ngx_http_gate_hygiene_xfcc(ngx_http_gate_place_t *place);
ngx_uint_t ngx_http_gate_hygiene_is_xfcc(ngx_table_elt_t *h);
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

/* within the room: POST_READ and PREACCESS */
ngx_int_t ngx_http_gate_hygiene_handler(ngx_http_request_t *r);
ngx_int_t ngx_http_gate_hygiene_preaccess(ngx_http_request_t *r);


#endif /* _NGX_HTTP_GATE_HYGIENE_H_INCLUDED_ */
