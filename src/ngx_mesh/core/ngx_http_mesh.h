
/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * The ground floor of the mesh module: sources tell what they know of services,
 * the hub makes one state of it, those who are interested are told.
 *
 * One worker: nothing here is shared between processes.
 */


#ifndef NGX_HTTP_MESH_H_INCLUDED_
#define NGX_HTTP_MESH_H_INCLUDED_


#include <ngx_config.h>
#include <ngx_core.h>
#include <ngx_http.h>

#include "mesh_xds.h"


#define ngx_http_mesh_str(s)   gate_str((s).data, (s).len)


/*
 * A source of services, made while the configuration is read.  Earlier ones
 * win where several speak of one service.
 */

typedef struct ngx_http_mesh_source_s  ngx_http_mesh_source_t;

struct ngx_http_mesh_source_s {
    ngx_str_t              name;              /* "consul http://...:8500" */
    void                  *data;              /* of the source's room */

    /*
     * Begins in the worker, after init_process of all rooms; NGX_ERROR: the
     * worker does not start.
     */
    ngx_int_t            (*start)(ngx_http_mesh_source_t *s);

    /* kept by the source for the status page */
    ngx_uint_t             requests;          /* to a registry */
    ngx_uint_t             errors;
    ngx_uint_t             refused;           /* services with a mistake */
    ngx_msec_t             lag_ms;            /* of the last change, if known */
    ngx_msec_t             heard;             /* ngx_current_msec of the last
                                                 good answer */
    ngx_str_t              error;             /* the last one, a static or
                                                 allocated text; empty: none */
    /* the hub's */
    mesh_map_t            *services;          /* of mesh_service_t */
    unsigned               loaded:1;
};


/* for directives that keep something in the worker: there must be one worker */
void ngx_http_mesh_alone(ngx_conf_t *cf);

/* NULL: no memory */
ngx_http_mesh_source_t *ngx_http_mesh_source_add(ngx_conf_t *cf,
    ngx_str_t *name);

/*
 * What the source knows: a service in the place of the one of that name (the
 * hub takes a reference of its own), one less, and that for the first time
 * all has been told.  Several calls within one turn of the event loop make one
 * change of the state.
 */
ngx_int_t ngx_http_mesh_put(ngx_http_mesh_source_t *s, mesh_service_t *service);
ngx_int_t ngx_http_mesh_drop(ngx_http_mesh_source_t *s, gate_str_t name);
void ngx_http_mesh_loaded(ngx_http_mesh_source_t *s);

/* the same for the rules */
ngx_int_t ngx_http_mesh_put_rule(mesh_rule_t *rule);
ngx_int_t ngx_http_mesh_drop_rule(gate_str_t service);


/* who is told of changes; all zero before it is added */

typedef struct ngx_http_mesh_watch_s  ngx_http_mesh_watch_t;

struct ngx_http_mesh_watch_s {
    ngx_queue_t            queue;
    void                  *data;

    /* both states are the hub's, and live as long as the call */
    void                 (*changed)(ngx_http_mesh_watch_t *w,
                             const mesh_state_t *from, const mesh_state_t *to);

    uint64_t               since;             /* the hub's */
};


/*
 * From init_process of a room on.  The first "from" is what
 * ngx_http_mesh_state() gives when it is added.  A watcher may go, or add
 * others, while it is told.
 */
void ngx_http_mesh_watch(ngx_http_mesh_watch_t *w);

/* the state that all have been told of */
const mesh_state_t *ngx_http_mesh_state(void);

/* counts its changes */
uint64_t ngx_http_mesh_revision(void);

/* 1: each source has told all it knows, so that an answer is no lie */
ngx_uint_t ngx_http_mesh_ready(void);

/* all sources; of ngx_http_mesh_source_t * */
ngx_array_t *ngx_http_mesh_sources(void);


extern ngx_module_t  ngx_http_mesh_module;


#endif /* NGX_HTTP_MESH_H_INCLUDED_ */
