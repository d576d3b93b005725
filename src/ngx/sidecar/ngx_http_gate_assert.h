
/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * gate_assert: _assert.c (the field of a request), _assert_conf.c (the
 * directives), _assert_keys.c (the keys, and who serves them).
 */


#ifndef _NGX_HTTP_GATE_ASSERT_H_INCLUDED_
#define _NGX_HTTP_GATE_ASSERT_H_INCLUDED_


#include "ngx_http_gate.h"

#include "gate_mint.h"
#include "gate_minted.h"


extern ngx_module_t  ngx_http_gate_assert_module;


typedef struct {
    ngx_array_t               *keys;      /* of gate_mint_key_t *; one signs */
    ngx_str_t                  header;
    ngx_str_t                  issuer;
    ngx_str_t                  audience;  /* "": the service */
    time_t                     ttl;
    ngx_uint_t                 fresh;     /* one for each request */
    ngx_uint_t                 always;    /* for nobody, too */
    uint32_t                   number;    /* among those of http{} */
    u_char                    *file;
    ngx_uint_t                 line;
} ngx_http_gate_assert_t;


/* of a location that has been merged; NULL: nothing is asserted there */
ngx_http_gate_assert_t *ngx_http_gate_assert_at(void **loc_conf);

/*
 * a line of a request, from its line break on, empty if nothing is to be said;
 * it is good until the next call
 */
ngx_int_t ngx_http_gate_assert_line(ngx_http_request_t *r,
    ngx_http_gate_ctx_t *ctx, ngx_http_gate_assert_t *a, ngx_str_t *line);


/* within the room */

typedef struct {
    ngx_array_t               *keys;      /* all, of gate_mint_key_t * */
    ngx_str_t                  jwks;      /* text of their public halves */
    gate_minted_t             *minted;    /* of this worker, made on demand */
    uint32_t                   n;
} ngx_http_gate_assert_main_conf_t;


typedef struct {
    ngx_http_gate_assert_t    *assert;    /* NULL: nothing is said of it */
    ngx_uint_t                 off;
    ngx_uint_t                 serves;    /* gate_assert_keys */
    time_t                     max_age;
} ngx_http_gate_assert_loc_conf_t;


ngx_int_t ngx_http_gate_assert_preconfiguration(ngx_conf_t *cf);

/* NULL after a message, of that file */
gate_mint_key_t *ngx_http_gate_assert_key(ngx_conf_t *cf, ngx_str_t *path,
    ngx_str_t *kid, ngx_str_t *algorithm);
/* postconfiguration */
ngx_int_t ngx_http_gate_assert_publish(ngx_conf_t *cf);
ngx_int_t ngx_http_gate_assert_serve(ngx_http_request_t *r);
void ngx_http_gate_assert_free(void *data);


#endif /* _NGX_HTTP_GATE_ASSERT_H_INCLUDED_ */
