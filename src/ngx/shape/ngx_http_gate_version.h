
/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * gate_versions: one public place, and the places of the versions behind it.
 */


#ifndef _NGX_HTTP_GATE_VERSION_H_INCLUDED_
#define _NGX_HTTP_GATE_VERSION_H_INCLUDED_


#include "ngx_http_gate.h"
#include "ngx_http_gate_place.h"

#include "gate_version.h"


/* MAY: NGX_DONE, the request is led elsewhere */
ngx_int_t ngx_http_gate_version_run(ngx_http_request_t *r,
    ngx_http_gate_ctx_t *ctx);
/* ... may it do anything in this location? */
ngx_uint_t ngx_http_gate_version_stands(void **loc_conf);
/* a subrequest is led nowhere */
ngx_int_t ngx_http_gate_version_part(ngx_http_request_t *r,
    ngx_http_gate_ctx_t *ctx);


/* within the room */

extern ngx_module_t  ngx_http_gate_version_module;


typedef struct {
    ngx_uint_t                 used;
    ngx_array_t                blocks;    /* of pointers to what each says */
    ngx_array_t               *places;    /* locations they may lead to */
} ngx_http_gate_version_main_conf_t;


typedef enum {
    NGX_HTTP_GATE_VERSION_PATH = 0,
    NGX_HTTP_GATE_VERSION_FIELD,
    NGX_HTTP_GATE_VERSION_QUERY,
    NGX_HTTP_GATE_VERSION_MEDIA
} ngx_http_gate_version_by_e;


/* where a request may name a version */

typedef struct {
    ngx_http_gate_version_by_e  by;
    ngx_str_t                  name;      /* of a field, in lower case */
    gate_version_media_t       media;
} ngx_http_gate_version_way_t;


typedef struct {
    ngx_str_t                  name;
    ngx_str_t                  uri;
    ngx_uint_t                 hidden;    /* not named to strangers */
} ngx_http_gate_version_t;


typedef struct {
    ngx_str_t                  name;
    ngx_array_t               *ways;      /* in their order */
    ngx_array_t               *versions;
    ngx_str_t                  first;     /* "default", or empty */
    ngx_uint_t                 lenient;   /* "unknown default" */
    ngx_str_t                  vary;
    char                      *unknown;   /* what callers are told */
    char                      *none;
    ngx_str_t                  prefix;    /* of the location */
    ngx_uint_t                 exact;
    void                     **srv_conf;
    ngx_uint_t                 pinned;    /* a consumer is, to one of them */
    u_char                    *file;
    ngx_uint_t                 line;
} ngx_http_gate_versions_t;


typedef struct {
    ngx_http_gate_versions_t  *versions;
    void                     **outer;     /* of what the location is in */
} ngx_http_gate_version_loc_conf_t;


/* _version_way.c */

/* does the request name a version in that way?  NGX_OK: it does, NGX_ABORT:
 * twice, NGX_DECLINED: it does not.  "rest" loses what of the path is a name */
ngx_int_t ngx_http_gate_version_named(ngx_http_request_t *r,
    ngx_http_gate_versions_t *v, ngx_http_gate_version_way_t *way,
    gate_str_t *name, gate_str_t *rest);
/* NULL: there is none of that name */
ngx_http_gate_version_t *ngx_http_gate_version_find(
    ngx_http_gate_versions_t *v, gate_str_t name);

/* _version_conf.c */

char *ngx_http_gate_version_block(ngx_conf_t *cf, ngx_command_t *cmd,
    void *conf);
/* policies beside it that nobody asks */
ngx_int_t ngx_http_gate_version_check(ngx_conf_t *cf,
    ngx_http_gate_place_t *place);

/* _version_finish.c */

/* in a merge: the location may be led to */
ngx_int_t ngx_http_gate_version_place(ngx_conf_t *cf,
    ngx_http_gate_version_main_conf_t *vmcf);
/* after all was read */
ngx_int_t ngx_http_gate_version_finish(ngx_conf_t *cf,
    ngx_http_gate_version_main_conf_t *vmcf);


#endif /* _NGX_HTTP_GATE_VERSION_H_INCLUDED_ */
