
/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * Jobs of the state: what a thread does with a file, and how it gets there.
 */


#ifndef NGX_HTTP_MESH_STATE_DISK_H_INCLUDED_
#define NGX_HTTP_MESH_STATE_DISK_H_INCLUDED_


#include "ngx_http_mesh_state.h"


/* of the worker */

typedef struct {
    ngx_array_t           *files;             /* ngx_http_mesh_file_t * */
    ngx_str_t              dir;
    ngx_str_t              lock;
    ngx_fd_t               fd;                /* of the lock */
    ngx_connection_t      *end;               /* is told that the worker ends */
    ngx_event_t            again;             /* tries the lock */
    ngx_msec_t             since;
    ngx_queue_t            waits;
    unsigned               open:1;
    unsigned               leaving:1;
    unsigned               failed:1;
    unsigned               said:1;            /* that it waits */
} ngx_http_mesh_state_t;


extern ngx_http_mesh_state_t  ngx_http_mesh_state_own;


/* the whole file, of ngx_alloc(); NGX_DECLINED: there is none */
ngx_int_t ngx_http_mesh_state_read(ngx_http_mesh_file_t *f, gate_str_t *text,
    ngx_log_t *log);

/* 1: nothing is being written, nor has to be */
ngx_uint_t ngx_http_mesh_state_idle(void);

/* when it has become so in a worker that ends */
void ngx_http_mesh_state_release(void);

/* what is being written is not waited for; only where the process ends */
void ngx_http_mesh_state_forget(ngx_http_mesh_file_t *f);


#endif /* NGX_HTTP_MESH_STATE_DISK_H_INCLUDED_ */
