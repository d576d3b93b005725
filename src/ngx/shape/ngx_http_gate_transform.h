
/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * What the parts of gate_transform share: _transform.c (the directive),
 * _lines.c and _lines_target.c (its lines), _request.c, _fields.c and _pairs.c
 * (what a service gets), _answer.c and _out.c (what a client gets).
 */


#ifndef _NGX_HTTP_GATE_TRANSFORM_H_INCLUDED_
#define _NGX_HTTP_GATE_TRANSFORM_H_INCLUDED_


#include "ngx_http_gate.h"
#include "ngx_http_gate_conf.h"
#include "ngx_http_gate_reason.h"


extern ngx_module_t  ngx_http_gate_transform_module;


/* in the order in which they are done, whatever the order of lines */

typedef enum {
    NGX_HTTP_GATE_TRANSFORM_REMOVE = 0,
    NGX_HTTP_GATE_TRANSFORM_RENAME,
    NGX_HTTP_GATE_TRANSFORM_REPLACE,
    NGX_HTTP_GATE_TRANSFORM_ADD,
    NGX_HTTP_GATE_TRANSFORM_APPEND,
    NGX_HTTP_GATE_TRANSFORM_SET
} ngx_http_gate_transform_verb_e;


typedef enum {
    NGX_HTTP_GATE_TRANSFORM_FIELD = 0,
    NGX_HTTP_GATE_TRANSFORM_COOKIE,
    NGX_HTTP_GATE_TRANSFORM_QUERY,
    NGX_HTTP_GATE_TRANSFORM_OF
} ngx_http_gate_transform_of_e;


/* a name, as it is sent and as it is looked for */

typedef struct {
    ngx_str_t                  text;
    ngx_str_t                  sent;      /* of an argument: encoded */
    u_char                    *low;       /* of a field */
    ngx_uint_t                 hash;      /* of "low", as nginx has it */
    size_t                     slot;      /* in headers_out, 0: it has none */
    unsigned                   type:1;    /* Content-Type of an answer */
    unsigned                   cached:1;  /* Cache-Control of an answer */
} ngx_http_gate_transform_name_t;


typedef struct {
    ngx_http_gate_transform_verb_e  verb;
    ngx_http_gate_transform_of_e    of;
    ngx_http_gate_transform_name_t  name;
    ngx_http_gate_transform_name_t  to;   /* of RENAME */
    ngx_http_complex_value_t  *value;     /* of the others but REMOVE */
    ngx_int_t                  index;     /* of the variable that it is, or
                                             NGX_ERROR */
    ngx_str_t                  more;      /* attributes of a cookie */
} ngx_http_gate_transform_op_t;


/* the status of an answer: of "from" to "to" it becomes that */

typedef struct {
    ngx_uint_t                 from;
    ngx_uint_t                 last;
    ngx_uint_t                 to;
} ngx_http_gate_transform_status_t;


/*
 * A block of gate_transform.  "ops" are those of a kind behind each other, and
 * in the order in which they are done.
 *
 * "body" is for a room that edits bodies: it gives the lines for them to
 * ngx_http_gate_transform_lines(), and makes what they say at the first of
 * them; it is inherited and replaced together with the rest.  NULL: none stood
 * there.  Its own stage, behind "transform", finds it by
 * ngx_http_gate_transform_of(), its own filters find it for answers.
 */

typedef struct {
    ngx_array_t               *ops;
    ngx_uint_t                 adds;      /* that may make a field more */
    ngx_uint_t                 first[NGX_HTTP_GATE_TRANSFORM_OF + 1];
    ngx_http_complex_value_t  *path;
    ngx_str_t                  method;
    ngx_array_t               *statuses;  /* exact ones before classes */
    void                      *body;
    u_char                    *file;
    ngx_uint_t                 line;
    unsigned                   answer:1;  /* "response" */
} ngx_http_gate_transform_t;


typedef struct {
    ngx_http_gate_transform_t  *request;  /* NULL: none is in force */
    ngx_http_gate_transform_t  *answer;
} ngx_http_gate_transform_loc_conf_t;


/*
 * For the preconfiguration of a room that stands behind this one in "config":
 * more lines of the block, rows of CALL ended by ngx_http_gate_conf_end.  The
 * "conf" of their "post" is the ngx_http_gate_transform_t that is being read,
 * and "value" the words of the line.
 */
ngx_int_t ngx_http_gate_transform_lines(ngx_conf_t *cf,
    ngx_http_gate_conf_row_t *rows);


static ngx_inline ngx_http_gate_transform_loc_conf_t *
ngx_http_gate_transform_at(ngx_http_request_t *r)
{
    return ngx_http_get_module_loc_conf(r, ngx_http_gate_transform_module);
}


/* the stage, also of a subrequest */
ngx_int_t ngx_http_gate_transform_run(ngx_http_request_t *r,
    ngx_http_gate_ctx_t *ctx);
/* ... may it do anything in this location? */
ngx_uint_t ngx_http_gate_transform_stands(void **loc_conf);


/* SERVER_REWRITE and REWRITE, of one that is led elsewhere: it is as it came */
void ngx_http_gate_transform_again(ngx_http_request_t *r);


/* within the room */

extern const ngx_http_gate_reason_t  *ngx_http_gate_transform_reasons[];

/* _lines.c */

/* these and those of other rooms, said anew for each configuration */
extern ngx_http_gate_conf_row_t  ngx_http_gate_transform_rows[];

char *ngx_http_gate_transform_op(ngx_conf_t *cf, void *conf, ngx_str_t *word);
/* after the last line of a block */
void ngx_http_gate_transform_order(ngx_http_gate_transform_t *t);

/* _lines_target.c: the lines that have no verb */
char *ngx_http_gate_transform_path(ngx_conf_t *cf, void *conf,
    ngx_str_t *word);
char *ngx_http_gate_transform_method(ngx_conf_t *cf, void *conf,
    ngx_str_t *word);
char *ngx_http_gate_transform_status(ngx_conf_t *cf, void *conf,
    ngx_str_t *word);
/* a check of each place */
ngx_int_t ngx_http_gate_transform_check(ngx_conf_t *cf,
    ngx_http_gate_place_t *place);

/* the values of "ops", and behind them that of "path", which may point to what
 * the request has; NGX_DECLINED: one is not fit for a service */
ngx_int_t ngx_http_gate_transform_values(ngx_http_request_t *r,
    ngx_http_gate_transform_t *t, ngx_str_t *values);

/* _fields.c: those of the request in a list of its own, for which there is
 * room for as many elements as this says */
ngx_uint_t ngx_http_gate_transform_fields_room(ngx_http_request_t *r,
    ngx_http_gate_transform_t *t);
ngx_int_t ngx_http_gate_transform_fields(ngx_http_request_t *r,
    ngx_http_gate_transform_t *t, ngx_str_t *values, ngx_table_elt_t *list);

/* _pairs.c: an edit of the query, or of a Cookie field, in a copy of it */
ngx_int_t ngx_http_gate_transform_pairs(ngx_http_request_t *r,
    ngx_http_gate_transform_t *t, ngx_uint_t of, ngx_str_t *values,
    ngx_str_t *text);

/* _out.c: the fields of an answer that are edited, without the gateway's own,
 * and room for "more" of them */

typedef struct {
    ngx_http_request_t        *r;
    ngx_table_elt_t          **h;
    ngx_uint_t                 n;
} ngx_http_gate_transform_out_t;

ngx_int_t ngx_http_gate_transform_out(ngx_http_request_t *r,
    ngx_http_gate_ctx_t *ctx, ngx_http_gate_transform_out_t *o,
    ngx_uint_t more);
ngx_int_t ngx_http_gate_transform_out_op(ngx_http_gate_transform_out_t *o,
    ngx_http_gate_transform_op_t *op, ngx_str_t *value);

/* _answer.c, in postconfiguration: only if an answer is edited anywhere */
void ngx_http_gate_transform_filter(void);


#endif /* _NGX_HTTP_GATE_TRANSFORM_H_INCLUDED_ */
