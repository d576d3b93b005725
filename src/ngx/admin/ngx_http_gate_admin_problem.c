
/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * Why a call of the API is not done.
 */


#include "ngx_http_gate_admin.h"


const ngx_http_gate_admin_problem_t  ngx_http_gate_admin_not_found = {
    404, "admin_not_found", "There is nothing of that name",
    "Nothing has that path."
};


const ngx_http_gate_admin_problem_t  ngx_http_gate_admin_method = {
    405, "admin_method", "Method not allowed",
    "The field Allow has the methods of this path."
};


const ngx_http_gate_admin_problem_t  ngx_http_gate_admin_read_only = {
    405, "admin_read_only", "Nothing may be changed here",
    "This location has \"gate_admin write=off\"."
};


const ngx_http_gate_admin_problem_t  ngx_http_gate_admin_exists = {
    409, "admin_exists", "The name is taken",
    "There is one of that name already."
};


const ngx_http_gate_admin_problem_t  ngx_http_gate_admin_conflict = {
    409, "admin_conflict", "It is not in a state for this",
    "It is not in a state for this."
};


const ngx_http_gate_admin_problem_t  ngx_http_gate_admin_changed = {
    412, "admin_changed", "It was changed meanwhile",
    "Its revision is not the one of If-Match or If-None-Match: read it again."
};


const ngx_http_gate_admin_problem_t  ngx_http_gate_admin_too_large = {
    413, "admin_too_large", "The body is too large",
    "A body may have 64 KB."
};


const ngx_http_gate_admin_problem_t  ngx_http_gate_admin_media_type = {
    415, "admin_media_type", "The body is not JSON",
    "Send Content-Type: application/json."
};


const ngx_http_gate_admin_problem_t  ngx_http_gate_admin_bad_json = {
    400, "admin_bad_json", "The body is not what it has to be",
    "The body must be one JSON object, in UTF-8, with no name twice."
};


const ngx_http_gate_admin_problem_t  ngx_http_gate_admin_invalid = {
    422, "admin_invalid", "A value is wrong",
    "The member \"errors\" says which, and what it must be."
};


const ngx_http_gate_admin_problem_t  ngx_http_gate_admin_cross_site = {
    403, "admin_cross_site", "A page of another site asked for this",
    "A browser sent this request for a page that is not of this address."
};


const ngx_http_gate_admin_problem_t
    ngx_http_gate_admin_certificate_required = {
    403, "admin_certificate", "A client certificate is missing",
    "Only a client certificate opens this location, and this connection has "
    "none."
};


const ngx_http_gate_admin_problem_t  ngx_http_gate_admin_unavailable = {
    503, "admin_unavailable", "Redis cannot be asked",
    "Redis is away. Nothing was changed."
};


const ngx_http_gate_admin_problem_t  ngx_http_gate_admin_unknown = {
    503, "admin_unknown", "Redis did not answer",
    "Redis did not answer in time. It is not known whether the change was "
    "made: read it again."
};


const ngx_http_gate_admin_problem_t  ngx_http_gate_admin_failed = {
    500, "admin_failed", "Redis refused a part of the change",
    "Redis refused a part of the change, so it may be half done: read it "
    "again. The error log of the gateway says why."
};


const ngx_http_gate_admin_problem_t  ngx_http_gate_admin_internal = {
    500, "internal", "The gateway failed",
    "The gateway has no memory for this, or failed otherwise."
};
