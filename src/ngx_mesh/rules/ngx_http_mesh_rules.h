
/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * What the files of "mesh_rules" have in common.
 */


#ifndef NGX_HTTP_MESH_RULES_H_INCLUDED_
#define NGX_HTTP_MESH_RULES_H_INCLUDED_


#include "ngx_http_mesh_reply.h"
#include "ngx_http_mesh_state.h"
#include "mesh_rules.h"


/* a rule of a file, in the map of those; its texts live as the configuration */

typedef struct {
    mesh_item_t            item;
    gate_str_t             text;
    ngx_str_t              file;
    uint64_t               epoch;
} ngx_http_mesh_rules_told_t;


typedef struct {
    ngx_array_t            told;              /* _rules_told_t, of files */
    ngx_http_mesh_file_t   file;              /* the log */
    ngx_uint_t             enabled;           /* a location has "mesh_rules" */
    ngx_http_mesh_source_t  *source;          /* is loaded when the log is */
} ngx_http_mesh_rules_conf_t;


/* of a worker */

typedef struct {
    mesh_rules_t           rules;
    mesh_map_t            *told;
    ngx_queue_t            polls;
    ngx_queue_t            ops;               /* changes on their way */
    size_t                 lines;             /* of the log, as it was begun */
    ngx_http_mesh_file_t  *file;
    unsigned               leaving:1;
} ngx_http_mesh_rules_t;


extern ngx_http_mesh_rules_t  ngx_http_mesh_rules_own;


/* a request whose body is there; in its memory */

typedef struct {
    ngx_http_request_t    *request;
    gate_str_t             service;
    gate_str_t             what;              /* "", "history", "rollback" */
    ngx_http_mesh_wait_t   wait;              /* until the log is read */
    ngx_uint_t             waiting;
} ngx_http_mesh_rules_call_t;


/* what a rule of a service is now; 0: there is none */
ngx_uint_t ngx_http_mesh_rules_get(gate_str_t service, uint64_t *epoch,
    gate_str_t *text);
ngx_http_mesh_rules_told_t *ngx_http_mesh_rules_by_file(gate_str_t service);

/* content handler */
ngx_int_t ngx_http_mesh_rules_handler(ngx_http_request_t *r);

/* as content handlers return; NGX_DONE: it is answered later */
ngx_int_t ngx_http_mesh_rules_read(ngx_http_mesh_rules_call_t *call);
ngx_int_t ngx_http_mesh_rules_write(ngx_http_mesh_rules_call_t *call);

/* those who wait for a newer rule of the service, or for any, are answered */
void ngx_http_mesh_rules_wake(gate_str_t service);
void ngx_http_mesh_rules_wake_all(void);

/* the request is answered later: what its handler returns */
ngx_int_t ngx_http_mesh_rules_park(ngx_http_request_t *r);

/* after an answer that nobody waits for up the stack */
void ngx_http_mesh_rules_finish(ngx_http_request_t *r, ngx_int_t rc);

/* each file of a pattern, while the configuration is read */
char *ngx_http_mesh_rules_files(ngx_conf_t *cf, ngx_command_t *cmd,
    void *conf);


#endif /* NGX_HTTP_MESH_RULES_H_INCLUDED_ */
