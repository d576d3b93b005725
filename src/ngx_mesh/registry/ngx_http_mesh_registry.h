
/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * An own registry with the API of Consul's agent: "mesh_source registry" and
 * "mesh_registry".
 */


#ifndef NGX_HTTP_MESH_REGISTRY_H_INCLUDED_
#define NGX_HTTP_MESH_REGISTRY_H_INCLUDED_


#include "ngx_http_mesh.h"
#include "ngx_http_mesh_reply.h"
#include "ngx_http_mesh_state.h"

#include "mesh_fault.h"
#include "mesh_registry.h"
#include "mesh_route.h"


typedef struct ngx_http_mesh_registry_call_s  ngx_http_mesh_registry_call_t;


/* of a name of a service, own or another source's, or of a name asked for */

typedef struct ngx_http_mesh_registry_name_s  ngx_http_mesh_registry_name_t;

struct ngx_http_mesh_registry_name_s {
    mesh_named_t           named;
    uint64_t               index;             /* of its last change */
    uint64_t               tags;              /* a hash of them */
    ngx_queue_t            waits;             /* calls */
    ngx_uint_t             refs;              /* of calls */
    unsigned               present:1;
    unsigned               changed:1;
    ngx_http_mesh_registry_name_t  *next_changed;
};


/* of the worker */

typedef struct {
    mesh_registry_t        all;
    ngx_http_mesh_file_t  *file;
    ngx_http_mesh_source_t  *source;
    ngx_http_mesh_wait_t   wait;              /* for the state */
    ngx_http_mesh_watch_t  watch;
    ngx_event_t            due;               /* a timer: what is to expire */
    ngx_event_t            turn;              /* posted: groups changed */
    ngx_event_t            told;              /* posted: names changed */
    ngx_queue_t            waits;             /* calls, until it is open */
    ngx_uint_t             writing;           /* records */
    ngx_http_mesh_keep_t   reserve;           /* of indexes */
    uint64_t               reserve_to;
    size_t                 base;              /* of the log when it was new */

    mesh_named_table_t     names;
    ngx_http_mesh_registry_name_t  *changed;
    ngx_queue_t            services_waits;    /* calls */
    ngx_queue_t            any_waits;
    uint64_t               index;             /* the last one */
    uint64_t               services_index;    /* of the set of names */
    uint64_t               extinct_index;     /* of the last name that went */

    unsigned               reserving:1;       /* indexes */
    unsigned               open:1;
    unsigned               ending:1;          /* nobody waits any more */
    unsigned               closed:1;          /* it will not be open again */
} ngx_http_mesh_registry_t;


extern ngx_http_mesh_registry_t  ngx_http_mesh_registry_own;


/* what a client asks for, until it is answered */

struct ngx_http_mesh_registry_call_s {
    ngx_queue_t            queue;             /* of those who wait */
    ngx_http_request_t    *request;
    mesh_route_t           route;
    gate_str_t             node;              /* "?node=", or empty */
    gate_str_t             from;              /* the client's address */
    gate_str_t             body;
    void                  *op;                /* that is being written */
    ngx_http_mesh_registry_name_t  *name;     /* that is waited for */
    ngx_event_t            timer;
    uint64_t               asked;             /* index; 0: do not wait */
    int64_t                wait_ms;
    unsigned               queued:1;
    unsigned               parked:1;
};


/* the handler of locations, and what continues a parked call */
ngx_int_t ngx_http_mesh_registry_handler(ngx_http_request_t *r);
void ngx_http_mesh_registry_wake(ngx_http_mesh_registry_call_t *call);
void ngx_http_mesh_registry_finish(ngx_http_mesh_registry_call_t *call,
    ngx_int_t rc);

/* an argument, decoded; NGX_DECLINED: it is not there */
ngx_int_t ngx_http_mesh_registry_arg(ngx_http_mesh_registry_call_t *call,
    const char *name, gate_str_t *value);

/* NGX_AGAIN: later by finish(); else what a content handler returns */
ngx_int_t ngx_http_mesh_registry_write(ngx_http_mesh_registry_call_t *call);
ngx_int_t ngx_http_mesh_registry_read(ngx_http_mesh_registry_call_t *call);
ngx_int_t ngx_http_mesh_registry_read_agent(
    ngx_http_mesh_registry_call_t *call);

/* it is parked: the timer runs, in a queue */
ngx_int_t ngx_http_mesh_registry_park(ngx_http_mesh_registry_call_t *call,
    ngx_queue_t *queue, ngx_msec_t ms);

/* NGX_OK: the record will be applied, and the call finished if there is one */
ngx_int_t ngx_http_mesh_registry_record(mesh_out_t *line,
    ngx_http_mesh_registry_call_t *call);
void ngx_http_mesh_registry_left(ngx_http_mesh_registry_call_t *call);

/* NGX_AGAIN: it waits; NGX_OK: answer now, with *index */
ngx_int_t ngx_http_mesh_registry_block(ngx_http_mesh_registry_call_t *call,
    uint64_t *index);
void ngx_http_mesh_registry_init_names(void);
void ngx_http_mesh_registry_changed(gate_str_t name);
void ngx_http_mesh_registry_unname(ngx_http_mesh_registry_name_t *name);
void ngx_http_mesh_registry_free_names(void);
/* all who wait for a change are answered */
void ngx_http_mesh_registry_answer_all(void);

/* 1: the mesh can use the instance; 0: what is wrong with it */
int ngx_http_mesh_registry_fits(const json_t *definition, gate_str_t node,
    gate_str_t from, mesh_fault_t *fault);
void ngx_http_mesh_registry_tell(const mesh_group_t *g);

/* groups that changed are told to the hub */
void ngx_http_mesh_registry_turn(ngx_event_t *ev);
void ngx_http_mesh_registry_due(ngx_event_t *ev);
void ngx_http_mesh_registry_arm(void);
int64_t ngx_http_mesh_registry_now(void);

/* the log */
ngx_int_t ngx_http_mesh_registry_load(ngx_http_mesh_file_t *f,
    gate_str_t text);
ngx_int_t ngx_http_mesh_registry_content(ngx_http_mesh_file_t *f,
    gate_str_t *text);
void ngx_http_mesh_registry_leave(ngx_http_mesh_file_t *f);
void ngx_http_mesh_registry_reserve(void);
void ngx_http_mesh_registry_refused(ngx_http_mesh_wait_t *w, ngx_int_t rc);
/* written anew, if most of it is of the past */
void ngx_http_mesh_registry_trim(void);

/* answers; "out" is given away */
ngx_int_t ngx_http_mesh_registry_send_json(ngx_http_request_t *r,
    mesh_out_t *out, uint64_t index);
ngx_int_t ngx_http_mesh_registry_send_ok(ngx_http_request_t *r);
/* "pointer" may be NULL */
ngx_int_t ngx_http_mesh_registry_refuse(ngx_http_request_t *r,
    ngx_uint_t status, const char *pointer, const char *detail);


extern ngx_module_t  ngx_http_mesh_registry_module;


#endif /* NGX_HTTP_MESH_REGISTRY_H_INCLUDED_ */
