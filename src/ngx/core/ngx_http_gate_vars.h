
/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * Variables.
 */


#ifndef _NGX_HTTP_GATE_VARS_H_INCLUDED_
#define _NGX_HTTP_GATE_VARS_H_INCLUDED_


#include "ngx_http_gate.h"


/* a table of variables, ended by ngx_http_null_variable */
ngx_int_t ngx_http_gate_add_vars(ngx_conf_t *cf, ngx_http_variable_t *vars);
/* a value that is not copied; an empty one is "not found" */
void ngx_http_gate_set_var(ngx_http_variable_value_t *v, ngx_str_t *value);
/* what was evaluated of these, ended by ngx_null_string, is asked for again; a
 * name that ends in "_" is all that begin so */
void ngx_http_gate_forget_vars(ngx_http_request_t *r, ngx_str_t *names);
/* while the configuration is read: a variable has this name, so far */
ngx_uint_t ngx_http_gate_known_var(ngx_conf_t *cf, ngx_str_t *name);


#endif /* _NGX_HTTP_GATE_VARS_H_INCLUDED_ */
