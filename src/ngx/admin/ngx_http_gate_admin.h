
/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * What the files of gate_admin share: a call from its request to its answer.
 */


#ifndef _NGX_HTTP_GATE_ADMIN_H_INCLUDED_
#define _NGX_HTTP_GATE_ADMIN_H_INCLUDED_


#include "ngx_http_gate.h"
#include "ngx_http_gate_conf.h"
#include "ngx_http_gate_redis_pool.h"
#include "ngx_http_gate_admin_problem.h"

#include "gate_admin.h"
#include "gate_admin_path.h"
#include "gate_admin_show.h"


#define NGX_HTTP_GATE_ADMIN_ARGS    96        /* of a script */
#define NGX_HTTP_GATE_ADMIN_LINE    8192      /* of the audit, in one write */

#define NGX_HTTP_GATE_ADMIN_JSON    0
#define NGX_HTTP_GATE_ADMIN_TEXT    1
#define NGX_HTTP_GATE_ADMIN_CSV     2


extern ngx_module_t  ngx_http_gate_admin_module;


typedef struct {
    gate_admin_known_t         known;
    gate_str_t                *consumers;     /* of the configuration, sorted */
    size_t                     nconsumers;
    u_char                     sha1[40];      /* of the script */
} ngx_http_gate_admin_main_conf_t;


typedef struct {
    ngx_flag_t                 enable;
    ngx_uint_t                 write;         /* 0: nothing is changed */
    ngx_uint_t                 quiet;         /* audit=off */
    ngx_str_t                  audit;         /* a file, "": the error log */
    ngx_open_file_t           *file;
    ngx_array_t               *hosts;         /* ngx_str_t, or server_name */
    ngx_uint_t                 certificate;   /* is all that protects it */
    ngx_uint_t                 basic;         /* auth_basic knows the user */
    u_char                    *conf_file;
    ngx_uint_t                 conf_line;
} ngx_http_gate_admin_loc_conf_t;


typedef struct ngx_http_gate_admin_s  ngx_http_gate_admin_t;


typedef struct {
    gate_admin_resource_e      resource;
    ngx_uint_t                 method;
    const char                *op;            /* of the script */
    ngx_uint_t                 write;
    ngx_uint_t                 body;          /* 1: it may, 2: it has to be */

    /* NGX_OK: the arguments are complete; else a->problem says why not */
    ngx_int_t                (*build)(ngx_http_gate_admin_t *a);
    /* of what the script found or did; NGX_AGAIN: it is asked once more */
    ngx_int_t                (*answer)(ngx_http_gate_admin_t *a,
                                       redisReply *reply);
} ngx_http_gate_admin_route_t;


/*
 * A call outlives its request: what was changed is written down, also if the
 * client has not waited for the answer.
 */

struct ngx_http_gate_admin_s {
    ngx_pool_t                *pool;
    ngx_http_request_t        *request;       /* NULL: the client has left */
    ngx_http_gate_redis_ask_t  ask;

    const ngx_http_gate_admin_route_t  *route;
    ngx_http_gate_admin_main_conf_t    *amcf;
    ngx_http_gate_admin_loc_conf_t     *alcf;
    gate_admin_path_t          path;
    gate_str_t                 match;         /* for the script */
    gate_str_t                 none_match;    /* If-None-Match */
    json_t                    *body;
    gate_admin_change_t        change;
    ngx_uint_t                 format;
    ngx_uint_t                 limit;

    ngx_uint_t                 argc;
    const char                *argv[NGX_HTTP_GATE_ADMIN_ARGS];
    size_t                     len[NGX_HTTP_GATE_ADMIN_ARGS];
    u_char                     now[32];
    unsigned                   whole:1;       /* the script itself was sent */
    unsigned                   full:1;        /* too many arguments */

    gate_str_t                 secret;        /* of a key that was made */

    /* usage */
    ngx_uint_t                 looked;
    u_char                     month[8];      /* YYYYMM */

    /* the answer */
    const ngx_http_gate_admin_problem_t  *problem;
    const char                *detail;
    ngx_uint_t                 status;
    json_t                    *answer;
    const char                *list;          /* member of it that is one */
    const char *const         *columns;       /* of its lines */
    gate_str_t                 etag;          /* without its quotes */
    gate_str_t                 location;
    gate_str_t                 next;          /* cursor */

    /* audit */
    gate_str_t                 uri;
    json_t                    *who;
    gate_str_t                 id;            /* of the request */
    json_t                    *before;
    json_t                    *after;
    json_t                    *also;          /* what else was changed */
};


/* _admin_request.c: the content handler */
ngx_int_t ngx_http_gate_admin_handler(ngx_http_request_t *r);


/* _admin_route.c */
const ngx_http_gate_admin_route_t *ngx_http_gate_admin_route(
    gate_admin_resource_e resource, ngx_uint_t method);
/* "GET, HEAD, ..." of a resource into "dst", which is large enough */
size_t ngx_http_gate_admin_allow(gate_admin_resource_e resource,
    ngx_uint_t write, u_char *dst);


/* _admin_call.c: from the request to Redis and back */
ngx_int_t ngx_http_gate_admin_begin(ngx_http_request_t *r,
    const ngx_http_gate_admin_route_t *route, gate_admin_path_t *path,
    gate_str_t body, ngx_uint_t counted);
/* once more, with the arguments as they are now; NGX_AGAIN */
ngx_int_t ngx_http_gate_admin_ask(ngx_http_gate_admin_t *a);
void ngx_http_gate_admin_arg(ngx_http_gate_admin_t *a, const void *data,
    size_t len);
ngx_int_t ngx_http_gate_admin_fail(ngx_http_gate_admin_t *a,
    const ngx_http_gate_admin_problem_t *problem, const char *detail);
ngx_int_t ngx_http_gate_admin_odd(ngx_http_gate_admin_t *a, gate_str_t key);


/* _admin_query.c: arguments of a request */
/* NGX_DECLINED: it is not there; NGX_ERROR: not a text, or no memory */
ngx_int_t ngx_http_gate_admin_query(ngx_http_gate_admin_t *a,
    const char *name, gate_str_t *value);
ngx_int_t ngx_http_gate_admin_page(ngx_http_gate_admin_t *a, ngx_uint_t most,
    gate_str_t *cursor);
ngx_int_t ngx_http_gate_admin_format(ngx_http_gate_admin_t *a);
/* where the list goes on */
ngx_int_t ngx_http_gate_admin_next(ngx_http_gate_admin_t *a, gate_str_t name);


/* _admin_answer.c */
/* views of what Redis said; an empty one of what is not there */
gate_str_t ngx_http_gate_admin_text(redisReply *reply, size_t i);
/* the pairs of a hash at that place; NULL: no memory */
gate_admin_pair_t *ngx_http_gate_admin_pairs(ngx_http_gate_admin_t *a,
    redisReply *reply, size_t i, size_t *n);
/* NGX_OK unless the script said that it did not do it */
ngx_int_t ngx_http_gate_admin_said(ngx_http_gate_admin_t *a,
    redisReply *reply);


/* _admin_audit.c */
ngx_int_t ngx_http_gate_admin_who(ngx_http_gate_admin_t *a);
/* one of the request's, NULL: it has no value */
ngx_http_variable_value_t *ngx_http_gate_admin_variable(
    ngx_http_request_t *r, ngx_str_t *name);
/* "result": NULL if it was done */
void ngx_http_gate_admin_audit(ngx_http_gate_admin_t *a, const char *result);


/* _admin_send.c: gives what a content handler returns */
ngx_int_t ngx_http_gate_admin_send(ngx_http_gate_admin_t *a);
ngx_int_t ngx_http_gate_admin_refuse(ngx_http_request_t *r,
    const ngx_http_gate_admin_problem_t *problem, const char *detail,
    json_t *errors);
ngx_int_t ngx_http_gate_admin_empty(ngx_http_request_t *r, ngx_uint_t status);
ngx_int_t ngx_http_gate_admin_out(ngx_http_request_t *r, const char *name,
    const void *value, size_t len);


/* _admin_check.c: what protects the location */
ngx_int_t ngx_http_gate_admin_check(ngx_conf_t *cf,
    ngx_http_gate_place_t *place);


#endif /* _NGX_HTTP_GATE_ADMIN_H_INCLUDED_ */
