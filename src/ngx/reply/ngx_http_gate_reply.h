
/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * What the parts of the reply room share: _reply.c (filters), _reply_fields.c,
 * _reply_limits.c, _reply_challenges.c, _reply_form.c and _reply_body.c with
 * _reply_problem.c and _reply_page.c, _reply_texts.c, _reply_send.c.
 */


#ifndef _NGX_HTTP_GATE_REPLY_H_INCLUDED_
#define _NGX_HTTP_GATE_REPLY_H_INCLUDED_


#include "ngx_http_gate_reason.h"


extern ngx_module_t  ngx_http_gate_reply_module;

/* of the client's body: also for who reads it */
extern const ngx_http_gate_reason_t  ngx_http_gate_payload_too_large;


struct ngx_http_gate_reply_ctx_s {
    ngx_str_t                    body;        /* instead of the built-in one */
    ngx_uint_t                   form;        /* gate_accept_e */
    unsigned                     swap:1;      /* send body, drop the input */
    unsigned                     swapped:1;
    unsigned                     whole:1;     /* the input is the body */
};

/* fields that an answer has one of, between these in the list; and where those
 * begin that other modules add */

struct ngx_http_gate_own_ctx_s {
    ngx_list_part_t             *part;
    ngx_uint_t                   i;
    ngx_table_elt_t             *last;
    ngx_list_part_t             *behind;
    ngx_uint_t                   nbehind;
};


/*
 * What deny() gave, on its way from a phase handler to nginx: sent at once, and
 * NGX_DONE is given, after which the request may be gone; or the same status,
 * where nginx has to answer, as for error_page.
 */
ngx_int_t ngx_http_gate_reply_send(ngx_http_request_t *r,
    ngx_http_gate_ctx_t *ctx, ngx_int_t rc);

/* an answer without a body that is no refusal; NGX_DONE, as above, or what is
 * wrong with the request's own body */
ngx_int_t ngx_http_gate_reply_empty(ngx_http_request_t *r, ngx_uint_t status);

/* a call of gRPC, in a place that passes calls on */
ngx_uint_t ngx_http_gate_reply_is_grpc(ngx_http_request_t *r);


/* within the room */

typedef struct ngx_http_gate_usual_s   ngx_http_gate_usual_t;
typedef struct ngx_http_gate_offer_s   ngx_http_gate_offer_t;
typedef struct ngx_http_gate_texts_s   ngx_http_gate_texts_t;

/* of nginx; in the form that the client likes best; as problem details */
#define NGX_HTTP_GATE_ERRORS_OFF      0
#define NGX_HTTP_GATE_ERRORS_ON       1
#define NGX_HTTP_GATE_ERRORS_PROBLEM  2

typedef struct {
    ngx_http_gate_usual_t       *bodies;      /* by reason's number and form */
    ngx_http_gate_offer_t       *offer;       /* of the last refusal */
    ngx_http_gate_texts_t       *texts;       /* by number, NULL: no file */
    ngx_str_t                    file;        /* of texts */
} ngx_http_gate_reply_main_conf_t;

typedef struct {
    ngx_uint_t                   gated;       /* a policy stands in it, or
                                                 gate_errors that is not off */
    ngx_uint_t                   grpc;        /* calls are passed on in it */
} ngx_http_gate_reply_srv_conf_t;

typedef struct {
    ngx_uint_t                   errors;      /* NGX_HTTP_GATE_ERRORS_... */
    ngx_uint_t                   usual;       /* on, and no file of texts */
    ngx_uint_t                   grpc;        /* calls are passed on here */
} ngx_http_gate_reply_loc_conf_t;

/* in postconfiguration: what bodies have in common, room for challenges */
ngx_int_t ngx_http_gate_reply_body_init(ngx_conf_t *cf,
    ngx_http_gate_reply_main_conf_t *rmcf);
ngx_int_t ngx_http_gate_reply_challenge_init(ngx_conf_t *cf,
    ngx_http_gate_reply_main_conf_t *rmcf);

/* ctx->reply->body as all there is to send */
ngx_int_t ngx_http_gate_reply_chain(ngx_http_request_t *r,
    ngx_http_gate_ctx_t *ctx, ngx_chain_t *out);

/* the form of the body into ctx->reply->form, with its Vary; NGX_DONE: the body
 * is written, too, in another language */
ngx_int_t ngx_http_gate_reply_choose(ngx_http_request_t *r,
    ngx_http_gate_ctx_t *ctx, const ngx_http_gate_reason_t *reason);
/* a call of gRPC has another form, and no body */
ngx_int_t ngx_http_gate_reply_grpc(ngx_http_request_t *r,
    ngx_http_gate_ctx_t *ctx, const ngx_http_gate_reason_t *reason);
/* an error of gRPC for whom it says nothing: made one of HTTP */
void ngx_http_gate_reply_grpc_undo(ngx_http_request_t *r,
    ngx_http_gate_ctx_t *ctx, const ngx_http_gate_reason_t *reason);
/* the body for this reason into ctx->reply->body, and its length */
ngx_int_t ngx_http_gate_reply_body_write(ngx_http_request_t *r,
    ngx_http_gate_ctx_t *ctx, const ngx_http_gate_reason_t *reason);

/* those that go with any answer of a gated location */
ngx_int_t ngx_http_gate_reply_fields(ngx_http_request_t *r,
    ngx_http_gate_ctx_t *ctx);
/* those behind a body that a service sent, as its end goes out */
void ngx_http_gate_reply_trailers(ngx_http_request_t *r,
    ngx_http_gate_ctx_t *ctx);
/* of a 401: what is offered */
ngx_int_t ngx_http_gate_reply_challenge(ngx_http_request_t *r,
    ngx_http_gate_ctx_t *ctx);
ngx_int_t ngx_http_gate_reply_challenge_part(ngx_http_request_t *r,
    ngx_http_gate_subrequest_t *part);

/* one more of "f", of which there are *n */
void ngx_http_gate_reply_own_add(ngx_keyval_t *f, ngx_uint_t *n,
    ngx_str_t *name, ngx_str_t *value);
/* ... those of limits, five at most */
ngx_int_t ngx_http_gate_reply_limits(ngx_http_request_t *r,
    ngx_http_gate_ctx_t *ctx, ngx_keyval_t *f, ngx_uint_t *n);
/* ... of a credential that has a successor, two at most */
ngx_int_t ngx_http_gate_reply_retiring(ngx_http_request_t *r,
    ngx_http_gate_ctx_t *ctx, ngx_keyval_t *f, ngx_uint_t *n);


/* _reply_vars.c */

ngx_int_t ngx_http_gate_reply_add_variables(ngx_conf_t *cf);


#endif /* _NGX_HTTP_GATE_REPLY_H_INCLUDED_ */
