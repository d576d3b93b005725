
/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * What a directive's setter needs of all rooms.
 */


#ifndef _NGX_HTTP_GATE_CONF_H_INCLUDED_
#define _NGX_HTTP_GATE_CONF_H_INCLUDED_


#include "ngx_http_gate.h"


/* an nginx post handler for slots, and a call for setters: the gate is on */
void ngx_http_gate_use(ngx_conf_t *cf);
ngx_uint_t ngx_http_gate_used(ngx_conf_t *cf);

/* a whole file at load time into the configuration's pool, with a message if
 * it cannot be read, is empty or too large; "secret": a warning if the world
 * can read it, and a newline at its end is cut */
ngx_int_t ngx_http_gate_read_file(ngx_conf_t *cf, ngx_str_t *path, size_t max,
    ngx_uint_t secret, ngx_str_t *text);

/* a message "gate NAME is not supported in this version" for a setter */
char *ngx_http_gate_unsupported(ngx_conf_t *cf, ngx_str_t *what);


#endif /* _NGX_HTTP_GATE_CONF_H_INCLUDED_ */
