
/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * What the parts of gate_auth share: _auth.c (who it is), _auth_conf.c (the
 * directive), _auth_vars.c (variables).
 */


#ifndef _NGX_HTTP_GATE_AUTH_H_INCLUDED_
#define _NGX_HTTP_GATE_AUTH_H_INCLUDED_


#include "ngx_http_gate.h"


char *ngx_http_gate_auth(ngx_conf_t *cf, ngx_command_t *cmd, void *conf);
ngx_int_t ngx_http_gate_auth_add_variables(ngx_conf_t *cf);
ngx_int_t ngx_http_gate_auth_preconfiguration(ngx_conf_t *cf);


#endif /* _NGX_HTTP_GATE_AUTH_H_INCLUDED_ */
