
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


#endif /* _NGX_HTTP_GATE_VARS_H_INCLUDED_ */
