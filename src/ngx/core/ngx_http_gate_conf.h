
/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * The reader of directives, of their parameters and of the lines of blocks:
 * one table of rows for each, and one wording of what is wrong.
 */


#ifndef _NGX_HTTP_GATE_CONF_H_INCLUDED_
#define _NGX_HTTP_GATE_CONF_H_INCLUDED_


#include "ngx_http_gate.h"
#include "ngx_http_gate_place.h"

#include "gate_closest.h"


/* what a value is, and what is at the offset for it */

typedef enum {
    NGX_HTTP_GATE_CONF_WORD = 0,      /* ngx_uint_t: "min", for "hide" */
    NGX_HTTP_GATE_CONF_BIT,           /* ngx_uint_t: "min" is or'ed to it */
    NGX_HTTP_GATE_CONF_TEXT,          /* ngx_str_t of "min" to "max" bytes */
    NGX_HTTP_GATE_CONF_NAME,          /* the same, fit for fields and Redis */
    NGX_HTTP_GATE_CONF_NUMBER,        /* ngx_uint_t */
    NGX_HTTP_GATE_CONF_SIZE,          /* size_t */
    NGX_HTTP_GATE_CONF_MSEC,          /* ngx_msec_t */
    NGX_HTTP_GATE_CONF_SEC,           /* time_t */
    NGX_HTTP_GATE_CONF_ENUM,          /* ngx_uint_t: which one of "a|b|c" */
    NGX_HTTP_GATE_CONF_LIST,          /* ngx_array_t * of ngx_str_t: "A,B" */
    NGX_HTTP_GATE_CONF_DATE,          /* time_t, the last second of that day */
    NGX_HTTP_GATE_CONF_FILE,          /* ngx_str_t, a path in full */
    NGX_HTTP_GATE_CONF_SECRET,        /* the same of "file:PATH" */
    NGX_HTTP_GATE_CONF_VALUE,         /* ngx_http_complex_value_t * */
    NGX_HTTP_GATE_CONF_CALL,          /* all is left to "post" */
    NGX_HTTP_GATE_CONF_LATER          /* not in this version */
} ngx_http_gate_conf_kind_e;

/* or'ed to TEXT and NAME: an ngx_array_t * of them, as many as one likes;
 * to CALL: may stand there several times */
#define NGX_HTTP_GATE_CONF_MANY    0x100
/* or'ed to CALL: a value may be a secret, no message repeats it */
#define NGX_HTTP_GATE_CONF_HIDDEN  0x200


/*
 * After a value was stored, and for CALL instead: NGX_CONF_OK, NGX_CONF_ERROR
 * after a message, or how a sentence that begins with "it" goes on and which
 * says what to write.  "value" is what stands behind the "=", of a line of a
 * block all of its words.
 */

typedef char *(*ngx_http_gate_conf_post_pt)(ngx_conf_t *cf, void *conf,
    ngx_str_t *value);


/*
 * "name" is what a person reads who wrote something else: "hide",
 * "zone=NAME", "full=refuse|serve", of a line "rate RATE [burst=NUMBER]".  It
 * is known by what stands in it up to "=", ":" or a space.  Words of one
 * offset exclude each other.  A row of LATER matches as a whole, or by its
 * beginning if that ends in "=".  A "max" of 0: as large as it can be.
 */

typedef struct {
    ngx_str_t                    name;
    ngx_uint_t                   kind;
    size_t                       offset;
    int64_t                      min;
    int64_t                      max;
    ngx_http_gate_conf_post_pt   post;
} ngx_http_gate_conf_row_t;

#define ngx_http_gate_conf_end  { ngx_null_string, 0, 0, 0, 0, NULL }


/* returned by a setter whose directive stands there already */
#define NGX_HTTP_GATE_CONF_TWICE  "is duplicate: take one of them out"


/* the words of a directive or line from that one on, in any order */
char *ngx_http_gate_conf_params(ngx_conf_t *cf, ngx_uint_t from,
    ngx_http_gate_conf_row_t *rows, void *conf);
/* the n-th word, which has a meaning by its place */
char *ngx_http_gate_conf_arg(ngx_conf_t *cf, ngx_uint_t n,
    ngx_http_gate_conf_row_t *row, void *conf);
/* the lines of a block, its directive has just been read */
char *ngx_http_gate_conf_block(ngx_conf_t *cf, ngx_http_gate_conf_row_t *rows,
    void *conf);

/* the message for a value that only the caller can judge; NGX_CONF_ERROR */
char *ngx_http_gate_conf_wrong(ngx_conf_t *cf, ngx_str_t *value,
    const char *cure);
/* ... for a block or the like whose name is taken; NGX_CONF_ERROR */
char *ngx_http_gate_conf_duplicate(ngx_conf_t *cf);
/* after all was read: what was referred to there is defined nowhere */
void ngx_http_gate_conf_undefined(ngx_conf_t *cf, const char *what,
    gate_closest_t *closest, u_char *file, ngx_uint_t line);


/* _conf_file.c */

/* a whole file at load time into the configuration's pool, with a message if
 * it cannot be read, is empty or too large; "secret": a warning if the world
 * can read it, and a newline at its end is cut */
ngx_int_t ngx_http_gate_read_file(ngx_conf_t *cf, ngx_str_t *path, size_t max,
    ngx_uint_t secret, ngx_str_t *text);
/* for a setter whose path is made when nginx starts: the folder that it will
 * be in is there; NGX_ERROR after a message */
ngx_int_t ngx_http_gate_conf_folder(ngx_conf_t *cf, ngx_str_t *path);


/* _conf_methods.c */

/* NGX_CONF_ERROR after a message: no request has that method, which stands in
 * "of"; a warning if it is none that is registered */
char *ngx_http_gate_conf_method(ngx_conf_t *cf, gate_str_t method,
    const char *of);
/* the same of all of a list "methods=A,B" */
char *ngx_http_gate_conf_methods(ngx_conf_t *cf, ngx_array_t *methods);


/* _conf_kind.c */

/* NGX_DECLINED: it is not of the row's kind, or out of its bounds */
ngx_int_t ngx_http_gate_conf_set(ngx_conf_t *cf, ngx_http_gate_conf_row_t *row,
    ngx_str_t *value, void *conf);
/* what is possible, "it must be ..." before it; gives the end */
u_char *ngx_http_gate_conf_cure(ngx_http_gate_conf_row_t *row, u_char *p,
    u_char *last);
/* what is in "name" up to "=", ":" or a space, which is left out */
ngx_str_t ngx_http_gate_conf_key(ngx_http_gate_conf_row_t *row);


#endif /* _NGX_HTTP_GATE_CONF_H_INCLUDED_ */
