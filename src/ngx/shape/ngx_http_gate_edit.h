
/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * What the parts of body edits share: _edit.c (the room), _edit_lines.c (its
 * lines in gate_transform), _edit_text.c (texts with variables),
 * _edit_request.c (what a service gets), _edit_answer.c (what a client gets),
 * _edit_fit.c (is an answer one to be edited), _edit_refuse.c (it is refused).
 */


#ifndef _NGX_HTTP_GATE_EDIT_H_INCLUDED_
#define _NGX_HTTP_GATE_EDIT_H_INCLUDED_


#include "ngx_http_gate_body.h"
#include "ngx_http_gate_conf.h"
#include "ngx_http_gate_held.h"
#include "ngx_http_gate_reason.h"

#include "gate_edit.h"
#include "gate_template.h"


extern ngx_module_t  ngx_http_gate_edit_module;


/* what becomes of a body that is not edited */

#define NGX_HTTP_GATE_EDIT_REFUSE  0
#define NGX_HTTP_GATE_EDIT_PASS    1


typedef struct {
    gate_template_kind_e       kind;
    ngx_str_t                  text;
    ngx_http_complex_value_t   value;     /* of a variable */
} ngx_http_gate_edit_part_t;


/* a JSON text with variables in it */

typedef struct {
    ngx_array_t                parts;
    ngx_uint_t                 json;      /* values in the place of a value are
                                             JSON themselves */
} ngx_http_gate_edit_text_t;


typedef struct {
    gate_edit_kind_e           kind;
    ngx_str_t                  path;
    ngx_str_t                  to;
    ngx_http_gate_edit_text_t  *value;    /* NULL: it has none */
    u_char                    *file;
    ngx_uint_t                 line;
} ngx_http_gate_edit_line_t;


/* of a block of gate_transform */

typedef struct {
    ngx_array_t               *lines;     /* "json" */
    gate_edit_plan_t          *plan;      /* of them, made in a merge */
    ngx_http_gate_edit_text_t  *body;     /* "body" */
    ngx_str_t                  type;      /* its Content-Type */
    ngx_array_t               *types;     /* NULL: those of JSON */
    size_t                     max;
    ngx_uint_t                 over;
    ngx_uint_t                 invalid;
    ngx_uint_t                 encoded;
    ngx_uint_t                 other;     /* of another type */
    unsigned                   said:1;    /* it was given its defaults */
} ngx_http_gate_edit_t;


/* an answer that is held back */

typedef struct {
    ngx_http_gate_edit_t      *conf;      /* NULL: none is */
    gate_edit_t               *edit;      /* NULL: a template replaces it */
    ngx_http_gate_held_t       held;
    gate_edit_rc_e             rc;
    unsigned                   refused:1; /* the rest is not looked at */
} ngx_http_gate_edit_answer_t;


/* a request before it was edited: what it is again if it is led elsewhere */

typedef struct {
    ngx_chain_t               *bufs;
    off_t                      length;
    ngx_list_t                 headers;
    unsigned                   edited:1;  /* bufs, length */
    unsigned                   listed:1;  /* headers */
} ngx_http_gate_edit_was_t;


struct ngx_http_gate_edit_ctx_s {
    ngx_http_gate_edit_t      *conf;      /* by which it was judged */
    gate_edit_t               *edit;      /* NULL: it is not edited */
    gate_edit_rc_e             rc;        /* of what it was fed */
    off_t                      fed;
    ngx_http_gate_edit_was_t   was;
    ngx_http_gate_edit_answer_t  answer;
};


/* the stages: all of the body is here and has been looked at; it is another */
ngx_int_t ngx_http_gate_edit_read(ngx_http_request_t *r,
    ngx_http_gate_ctx_t *ctx);
ngx_int_t ngx_http_gate_edit_run(ngx_http_request_t *r,
    ngx_http_gate_ctx_t *ctx);
ngx_int_t ngx_http_gate_edit_subrequest(ngx_http_request_t *r,
    ngx_http_gate_ctx_t *ctx);
/* ... may one of them do anything in this location? */
ngx_uint_t ngx_http_gate_edit_stands(void **loc_conf);


/* within the room */

extern const ngx_http_gate_reason_t  ngx_http_gate_bad_body;
extern const ngx_http_gate_reason_t  ngx_http_gate_unsupported_body;
extern const ngx_http_gate_reason_t  ngx_http_gate_bad_answer;

/* _edit.c */

/* is that a type of bodies that are edited? */
ngx_uint_t ngx_http_gate_edit_is_type(ngx_http_gate_edit_t *e,
    gate_str_t type);
/* application/json and all that ends in +json */
ngx_uint_t ngx_http_gate_edit_is_json(gate_str_t type);
/* without its parameters */
gate_str_t ngx_http_gate_edit_bare(gate_str_t type);
gate_edit_memory_t ngx_http_gate_edit_memory(ngx_pool_t *pool);
/* of this request, created if need be; NULL: no memory */
ngx_http_gate_edit_ctx_t *ngx_http_gate_edit_ctx(ngx_http_request_t *r,
    ngx_http_gate_ctx_t *ctx);

/* _edit_lines.c */
extern ngx_http_gate_conf_row_t  ngx_http_gate_edit_rows[];
/* in a merge, once: NGX_ERROR after a message */
ngx_int_t ngx_http_gate_edit_prepare(ngx_conf_t *cf, ngx_http_gate_edit_t *e,
    u_char *file, ngx_uint_t line);

/* _edit_text.c */

/* NULL, or how a sentence that begins with "it" goes on; "" after a message */
const char *ngx_http_gate_edit_compile(ngx_conf_t *cf, ngx_str_t *text,
    ngx_uint_t template, ngx_uint_t json, ngx_http_gate_edit_text_t **to);
/* NGX_OK; NGX_DECLINED: a value is no JSON; NGX_ERROR: no memory */
ngx_int_t ngx_http_gate_edit_text(ngx_http_request_t *r,
    ngx_http_gate_edit_text_t *t, gate_str_t *out);
/* the values of all lines of "json" */
ngx_int_t ngx_http_gate_edit_values(ngx_http_request_t *r,
    ngx_http_gate_edit_t *e, gate_str_t **values);
/* the new text as one buffer; "held" is the old one */
ngx_buf_t *ngx_http_gate_edit_buf(ngx_pool_t *pool, gate_edit_out_t *out,
    ngx_http_gate_held_t *held);
/* the field is one that tells of the bytes of a body */
ngx_uint_t ngx_http_gate_edit_is_digest(ngx_str_t *name);

/* _edit_request.c: SERVER_REWRITE and REWRITE */
ngx_int_t ngx_http_gate_edit_again(ngx_http_request_t *r);

/* _edit_answer.c, in postconfiguration: only if an answer is edited anywhere */
void ngx_http_gate_edit_filter(void);

/* _edit_fit.c */

ngx_uint_t ngx_http_gate_edit_concerns(ngx_http_request_t *r,
    ngx_http_gate_edit_t *e);
/* NULL, or why it is not edited, and what becomes of it */
const char *ngx_http_gate_edit_unfit(ngx_http_request_t *r,
    ngx_http_gate_edit_t *e, ngx_uint_t *policy);
/* what goes out is, by any of its fields; they can be taken off */
ngx_uint_t ngx_http_gate_edit_encoded(ngx_http_request_t *r,
    ngx_uint_t remove);

/* _edit_refuse.c */

/* it is said and counted */
void ngx_http_gate_edit_refuse(ngx_http_request_t *r,
    ngx_http_gate_ctx_t *ctx, const char *why);
/* in a body filter: it is answered when the filters have returned */
ngx_int_t ngx_http_gate_edit_refuse_later(ngx_http_request_t *r,
    ngx_http_gate_ctx_t *ctx);


#endif /* _NGX_HTTP_GATE_EDIT_H_INCLUDED_ */
