
/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * The protocols towards a sidecar, as nginx's own directives speak them.
 */


#ifndef _NGX_HTTP_GATE_SERVICE_WAY_H_INCLUDED_
#define _NGX_HTTP_GATE_SERVICE_WAY_H_INCLUDED_


#include "ngx_http_gate.h"
#include "ngx_http_gate_place.h"


typedef struct {
    const char                *name;
    const char                *plain;     /* how a URL begins */
    const char                *secure;    /* ... over TLS */
    in_port_t                  ports[2];  /* of these, unless it is written */
    const char                *pass;
    const char                *headers;
    const char                *ignore;
    const char                *url;       /* that makes no upstream */
    const ngx_keyval_t        *contract;  /* what else is written */
    unsigned                   lines:1;   /* a value may carry other fields */
    unsigned                   uri:1;     /* a URL may have one */
    unsigned                   cache:1;   /* answers may be kept */
    unsigned                   grpc:1;    /* a request is a call */
} ngx_http_gate_service_way_t;

#define NGX_HTTP_GATE_SERVICE_WAYS  2


extern const ngx_http_gate_service_way_t
    ngx_http_gate_service_ways[NGX_HTTP_GATE_SERVICE_WAYS];

/* by how a URL begins, and what is behind that; NULL: by nothing known */
const ngx_http_gate_service_way_t *ngx_http_gate_service_way(ngx_str_t *url,
    ngx_str_t *rest);
/* of a location whose handler is proxy_pass's or grpc_pass's own; or NULL */
const ngx_http_gate_service_way_t *ngx_http_gate_service_plain_way(
    ngx_conf_t *cf, ngx_http_handler_pt handler);
/* of a place, by gate_pass or by nginx's own directive; NULL: by neither */
const ngx_http_gate_service_way_t *ngx_http_gate_service_way_at(
    ngx_conf_t *cf, ngx_http_gate_place_t *place);
/* what nginx knows of the way's upstream in a place; NULL: not in this nginx */
ngx_http_upstream_conf_t *ngx_http_gate_service_upstream(ngx_conf_t *cf,
    ngx_http_gate_place_t *place, const ngx_http_gate_service_way_t *way);


/* a directive of the way is given as the user would have written it */
char *ngx_http_gate_service_dispatch(ngx_conf_t *cf, const char *name,
    const ngx_str_t *arg);


#endif /* _NGX_HTTP_GATE_SERVICE_WAY_H_INCLUDED_ */
