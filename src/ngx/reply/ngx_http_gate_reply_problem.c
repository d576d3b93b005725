
/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * A refusal as problem details (RFC 9457).
 */


#include "ngx_http_gate.h"
#include "ngx_http_gate_reply_form.h"
#include "ngx_http_gate_limit.h"


static void ngx_http_gate_reply_problem_head(gate_text_t *t,
    const ngx_http_gate_said_t *said);
static void ngx_http_gate_reply_problem_tail(gate_text_t *t,
    const ngx_http_gate_said_t *said);
static void ngx_http_gate_reply_problem_limits(gate_text_t *t,
    ngx_http_gate_limit_ctx_t *limit);


const ngx_http_gate_form_t  ngx_http_gate_reply_problem = {
    ngx_string("application/problem+json"),
    ngx_null_string,
    ngx_http_gate_reply_problem_head,
    ngx_http_gate_reply_problem_tail,
    ngx_http_gate_reply_problem_limits,
    "}\n"
};


static void
ngx_http_gate_reply_problem_head(gate_text_t *t,
    const ngx_http_gate_said_t *said)
{
    gate_text_cstr(t, "{\"type\":\"");

    if (said->reason == &ngx_http_gate_rate_limited) {
        gate_text_cstr(t, "https://iana.org/assignments/http-problem-types"
                          "#quota-exceeded");

    } else {
        gate_text_cstr(t, "urn:meshgate:problem:");
        gate_text_add(t, said->token);
    }

    gate_text_cstr(t, "\",\"title\":");
    gate_text_json(t, said->title);
    gate_text_cstr(t, ",\"status\":");
    gate_text_uint(t, said->status);
    gate_text_cstr(t, ",\"detail\":");
    gate_text_json(t, said->detail);
    gate_text_cstr(t, ",\"instance\":\"urn:uuid:");
}


/* all but the end, before which a limit has more to say */

static void
ngx_http_gate_reply_problem_tail(gate_text_t *t,
    const ngx_http_gate_said_t *said)
{
    gate_text_cstr(t, "\",\"reason\":");
    gate_text_json(t, said->token);
}


static void
ngx_http_gate_reply_problem_limits(gate_text_t *t,
    ngx_http_gate_limit_ctx_t *limit)
{
    ngx_uint_t  i, some;

    gate_text_cstr(t, ",\"violated-policies\":[");

    for (i = 0, some = 0; i < limit->n; i++) {
        if (limit->states[i].refused) {
            gate_text_cstr(t, some++ ? "," : "");
            gate_text_json(t, ngx_http_gate_view(&limit->states[i].name));
        }
    }

    gate_text_cstr(t, "]");
}
