
/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * Why a call of the API is not done: a problem, RFC 9457.
 */


#ifndef _NGX_HTTP_GATE_ADMIN_PROBLEM_H_INCLUDED_
#define _NGX_HTTP_GATE_ADMIN_PROBLEM_H_INCLUDED_


#include <ngx_config.h>
#include <ngx_core.h>


typedef struct {
    ngx_uint_t                 status;
    const char                *token;
    const char                *title;
    const char                *detail;        /* unless more is known */
} ngx_http_gate_admin_problem_t;


extern const ngx_http_gate_admin_problem_t
    ngx_http_gate_admin_not_found,
    ngx_http_gate_admin_method,
    ngx_http_gate_admin_read_only,
    ngx_http_gate_admin_exists,
    ngx_http_gate_admin_conflict,
    ngx_http_gate_admin_changed,
    ngx_http_gate_admin_too_large,
    ngx_http_gate_admin_media_type,
    ngx_http_gate_admin_bad_json,
    ngx_http_gate_admin_invalid,
    ngx_http_gate_admin_cross_site,
    ngx_http_gate_admin_certificate_required,
    ngx_http_gate_admin_unavailable,
    ngx_http_gate_admin_unknown,
    ngx_http_gate_admin_failed,
    ngx_http_gate_admin_internal;


#endif /* _NGX_HTTP_GATE_ADMIN_PROBLEM_H_INCLUDED_ */
