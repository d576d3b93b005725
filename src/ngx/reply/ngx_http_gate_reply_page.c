
/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * A refusal for people: as plain text, or as a page that a browser shows.
 */


#include "ngx_http_gate.h"
#include "ngx_http_gate_reply_form.h"
#include "ngx_http_gate_limit.h"


typedef void (*ngx_http_gate_reply_escape_pt)(gate_text_t *t, gate_str_t s);


static void ngx_http_gate_reply_text_head(gate_text_t *t,
    const ngx_http_gate_said_t *said);
static void ngx_http_gate_reply_text_tail(gate_text_t *t,
    const ngx_http_gate_said_t *said);
static void ngx_http_gate_reply_text_limits(gate_text_t *t,
    ngx_http_gate_limit_ctx_t *limit);
static void ngx_http_gate_reply_html_head(gate_text_t *t,
    const ngx_http_gate_said_t *said);
static void ngx_http_gate_reply_html_title(gate_text_t *t,
    const ngx_http_gate_said_t *said);
static void ngx_http_gate_reply_html_tail(gate_text_t *t,
    const ngx_http_gate_said_t *said);
static void ngx_http_gate_reply_html_limits(gate_text_t *t,
    ngx_http_gate_limit_ctx_t *limit);
static void ngx_http_gate_reply_page_limits(gate_text_t *t,
    ngx_http_gate_limit_ctx_t *limit, ngx_http_gate_reply_escape_pt escape);


const ngx_http_gate_form_t  ngx_http_gate_reply_text = {
    ngx_string("text/plain"),
    ngx_string("utf-8"),
    ngx_http_gate_reply_text_head,
    ngx_http_gate_reply_text_tail,
    ngx_http_gate_reply_text_limits,
    ""
};


const ngx_http_gate_form_t  ngx_http_gate_reply_html = {
    ngx_string("text/html"),
    ngx_string("utf-8"),
    ngx_http_gate_reply_html_head,
    ngx_http_gate_reply_html_tail,
    ngx_http_gate_reply_html_limits,
    "</body>\n</html>\n"
};


static void
ngx_http_gate_reply_text_head(gate_text_t *t, const ngx_http_gate_said_t *said)
{
    gate_text_uint(t, said->status);
    gate_text_cstr(t, " ");
    gate_text_add(t, said->title);
    gate_text_cstr(t, "\n\n");
    gate_text_add(t, said->detail);
    gate_text_cstr(t, "\n\nreason: ");
    gate_text_add(t, said->token);
    gate_text_cstr(t, "\nrequest: ");
}


static void
ngx_http_gate_reply_text_tail(gate_text_t *t, const ngx_http_gate_said_t *said)
{
    gate_text_cstr(t, "\n");
}


static void
ngx_http_gate_reply_text_limits(gate_text_t *t,
    ngx_http_gate_limit_ctx_t *limit)
{
    gate_text_cstr(t, "violated-policies: ");
    ngx_http_gate_reply_page_limits(t, limit, gate_text_add);
    gate_text_cstr(t, "\n");
}


static void
ngx_http_gate_reply_html_head(gate_text_t *t, const ngx_http_gate_said_t *said)
{
    gate_text_cstr(t, "<!DOCTYPE html>\n<html lang=\"");
    gate_text_html(t, said->language);
    gate_text_cstr(t, "\">\n<head>\n<meta charset=\"utf-8\">\n<title>");
    ngx_http_gate_reply_html_title(t, said);
    gate_text_cstr(t, "</title>\n</head>\n<body>\n<h1>");
    ngx_http_gate_reply_html_title(t, said);
    gate_text_cstr(t, "</h1>\n<p>");
    gate_text_html(t, said->detail);
    gate_text_cstr(t, "</p>\n<p>reason: <code>");
    gate_text_html(t, said->token);
    gate_text_cstr(t, "</code></p>\n<p>request: <code>");
}


static void
ngx_http_gate_reply_html_title(gate_text_t *t,
    const ngx_http_gate_said_t *said)
{
    gate_text_uint(t, said->status);
    gate_text_cstr(t, " ");
    gate_text_html(t, said->title);
}


static void
ngx_http_gate_reply_html_tail(gate_text_t *t, const ngx_http_gate_said_t *said)
{
    gate_text_cstr(t, "</code></p>\n");
}


static void
ngx_http_gate_reply_html_limits(gate_text_t *t,
    ngx_http_gate_limit_ctx_t *limit)
{
    gate_text_cstr(t, "<p>violated-policies: <code>");
    ngx_http_gate_reply_page_limits(t, limit, gate_text_html);
    gate_text_cstr(t, "</code></p>\n");
}


static void
ngx_http_gate_reply_page_limits(gate_text_t *t,
    ngx_http_gate_limit_ctx_t *limit, ngx_http_gate_reply_escape_pt escape)
{
    ngx_uint_t  i, some;

    for (i = 0, some = 0; i < limit->n; i++) {
        if (limit->states[i].refused) {
            gate_text_cstr(t, some++ ? ", " : "");
            escape(t, ngx_http_gate_view(&limit->states[i].name));
        }
    }
}
