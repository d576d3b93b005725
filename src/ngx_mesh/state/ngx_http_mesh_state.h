
/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * What the mesh knows beyond its process: files in the folder of "mesh_state".
 *
 * A worker reads and writes there only while it has the folder's lock.  After
 * a reload the new worker waits until the old one has written all it answered
 * for, reads the files, and goes on; so nothing is written by two.
 *
 * A write is done by a thread, and told when it is on the disk: whoever answers
 * "kept" answers then.
 */


#ifndef NGX_HTTP_MESH_STATE_H_INCLUDED_
#define NGX_HTTP_MESH_STATE_H_INCLUDED_


#include "ngx_http_mesh.h"


typedef struct ngx_http_mesh_file_s  ngx_http_mesh_file_t;
typedef struct ngx_http_mesh_job_s   ngx_http_mesh_job_t;


struct ngx_http_mesh_file_s {
    ngx_str_t              name;              /* "rules.json", in the folder */
    const char            *directive;         /* which needs "mesh_state" */
    void                  *data;

    /*
     * Called once, when the folder is this worker's, with all the file has;
     * empty: there is no file.  NGX_ERROR: it must not be written over, and the
     * folder stays shut.
     */
    ngx_int_t            (*load)(ngx_http_mesh_file_t *f, gate_str_t text);

    /*
     * Only of a file that is appended to: all that was told to be kept, as the
     * file shall begin with when it is written anew; of ngx_alloc(), and given
     * away.
     */
    ngx_int_t            (*content)(ngx_http_mesh_file_t *f, gate_str_t *text);

    /* may be NULL: the worker ends soon, what is said from now on is refused */
    void                 (*leave)(ngx_http_mesh_file_t *f);

    /* those below are written by the state alone; all zero at first */

    off_t                  size;              /* on the disk */
    ngx_uint_t             errors;            /* of writes */

    ngx_str_t              path;
    ngx_str_t              temp;
    ngx_fd_t               fd;                /* of the log; or invalid */
    ngx_http_mesh_job_t   *job;               /* that is being done */
    ngx_http_mesh_job_t   *next;              /* that is being gathered */
    ngx_event_t            hold;              /* a timer: the worker stays */
    unsigned               anew:1;            /* the log is to be rewritten */
};


/* who waits for a write; the caller's memory until done() is called */

typedef struct ngx_http_mesh_keep_s  ngx_http_mesh_keep_t;

struct ngx_http_mesh_keep_s {
    ngx_queue_t            queue;
    void                  *data;

    /* NGX_OK: it is on the disk; NGX_ERROR: it may be, or not */
    void                 (*done)(ngx_http_mesh_keep_t *k, ngx_int_t rc);
};


/* who waits until the folder is this worker's */

typedef struct ngx_http_mesh_wait_s  ngx_http_mesh_wait_t;

struct ngx_http_mesh_wait_s {
    ngx_queue_t            queue;
    void                  *data;

    /* NGX_OK: it is; NGX_DECLINED: it will not be */
    void                 (*ready)(ngx_http_mesh_wait_t *w, ngx_int_t rc);
};


/* while the configuration is read; "f" lives as long as it */
ngx_int_t ngx_http_mesh_state_add(ngx_conf_t *cf, ngx_http_mesh_file_t *f);

/*
 * NGX_OK: files are loaded, and may be written.  NGX_AGAIN: ready() will be
 * called, unless unwait() is called before.  NGX_DECLINED: this worker is
 * about to end, or the folder cannot be read: refuse, by a 503.
 */
ngx_int_t ngx_http_mesh_state_wait(ngx_http_mesh_wait_t *w);
void ngx_http_mesh_state_unwait(ngx_http_mesh_wait_t *w);

/*
 * The text, which is copied, at the end of the file.  NGX_OK: done() will be
 * called, later, in the order of the calls; what comes while the disk is busy
 * is written together.  NGX_DECLINED: as above.  "k" may be NULL.
 */
ngx_int_t ngx_http_mesh_state_append(ngx_http_mesh_file_t *f,
    gate_str_t text, ngx_http_mesh_keep_t *k);

/* content() is asked soon, and the log begins with it */
void ngx_http_mesh_state_rewrite(ngx_http_mesh_file_t *f);


#endif /* NGX_HTTP_MESH_STATE_H_INCLUDED_ */
