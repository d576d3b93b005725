
/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * "mesh_state": the folder, whose worker it is, and who waits for it.
 */


#include "ngx_http_mesh_state_disk.h"

#if (NGX_THREADS)
#include <ngx_thread_pool.h>
#endif


#define NGX_HTTP_MESH_STATE_AGAIN  10         /* ms between looks at the lock */
#define NGX_HTTP_MESH_STATE_LONG   2000       /* ms, then it is said */


typedef struct {
    ngx_path_t            *path;
    ngx_array_t            files;             /* ngx_http_mesh_file_t * */
} ngx_http_mesh_state_conf_t;


static ngx_int_t ngx_http_mesh_state_paths(ngx_conf_t *cf,
    ngx_http_mesh_state_conf_t *scf, ngx_http_mesh_file_t *f);
static void ngx_http_mesh_state_try(ngx_event_t *ev);
static void ngx_http_mesh_state_try_no_more(void);
static void ngx_http_mesh_state_load(void);
static void ngx_http_mesh_state_fail(void);
static void ngx_http_mesh_state_wake(ngx_int_t rc);
static void ngx_http_mesh_state_end(ngx_event_t *ev);
static void ngx_http_mesh_state_unend(void);
static void *ngx_http_mesh_state_create_main_conf(ngx_conf_t *cf);
static char *ngx_http_mesh_state_init_main_conf(ngx_conf_t *cf, void *conf);
static char *ngx_http_mesh_state_dir(ngx_conf_t *cf, ngx_command_t *cmd,
    void *conf);
static ngx_int_t ngx_http_mesh_state_init_process(ngx_cycle_t *cycle);
static ngx_int_t ngx_http_mesh_state_watch_end(ngx_cycle_t *cycle);
static void ngx_http_mesh_state_exit_process(ngx_cycle_t *cycle);


ngx_http_mesh_state_t  ngx_http_mesh_state_own;


static ngx_command_t  ngx_http_mesh_state_commands[] = {

    { ngx_string("mesh_state"),
      NGX_HTTP_MAIN_CONF|NGX_CONF_TAKE1,
      ngx_http_mesh_state_dir,
      NGX_HTTP_MAIN_CONF_OFFSET,
      0,
      NULL },

      ngx_null_command
};


static ngx_http_module_t  ngx_http_mesh_state_module_ctx = {
    NULL,                                  /* preconfiguration */
    NULL,                                  /* postconfiguration */

    ngx_http_mesh_state_create_main_conf,  /* create main configuration */
    ngx_http_mesh_state_init_main_conf,    /* init main configuration */

    NULL,                                  /* create server configuration */
    NULL,                                  /* merge server configuration */

    NULL,                                  /* create location configuration */
    NULL                                   /* merge location configuration */
};


ngx_module_t  ngx_http_mesh_state_module = {
    NGX_MODULE_V1,
    &ngx_http_mesh_state_module_ctx,       /* module context */
    ngx_http_mesh_state_commands,          /* module directives */
    NGX_HTTP_MODULE,                       /* module type */
    NULL,                                  /* init master */
    NULL,                                  /* init module */
    ngx_http_mesh_state_init_process,      /* init process */
    NULL,                                  /* init thread */
    NULL,                                  /* exit thread */
    ngx_http_mesh_state_exit_process,      /* exit process */
    NULL,                                  /* exit master */
    NGX_MODULE_V1_PADDING
};


ngx_int_t
ngx_http_mesh_state_add(ngx_conf_t *cf, ngx_http_mesh_file_t *f)
{
    ngx_http_mesh_file_t        **fp;
    ngx_http_mesh_state_conf_t   *scf;

    scf = ngx_http_conf_get_module_main_conf(cf, ngx_http_mesh_state_module);

    fp = ngx_array_push(&scf->files);
    if (fp == NULL) {
        return NGX_ERROR;
    }

    *fp = f;

    f->fd = NGX_INVALID_FILE;

    return NGX_OK;
}


ngx_int_t
ngx_http_mesh_state_wait(ngx_http_mesh_wait_t *w)
{
    ngx_http_mesh_state_t  *s;

    s = &ngx_http_mesh_state_own;

    if (s->failed || s->leaving || s->files == NULL) {
        return NGX_DECLINED;
    }

    if (s->open) {
        return NGX_OK;
    }

    ngx_queue_insert_tail(&s->waits, &w->queue);

    return NGX_AGAIN;
}


void
ngx_http_mesh_state_unwait(ngx_http_mesh_wait_t *w)
{
    ngx_queue_remove(&w->queue);
}


static void *
ngx_http_mesh_state_create_main_conf(ngx_conf_t *cf)
{
    ngx_http_mesh_state_conf_t  *scf;

    scf = ngx_pcalloc(cf->pool, sizeof(ngx_http_mesh_state_conf_t));
    if (scf == NULL) {
        return NULL;
    }

    if (ngx_array_init(&scf->files, cf->pool, 4,
                       sizeof(ngx_http_mesh_file_t *))
        != NGX_OK)
    {
        return NULL;
    }

    return scf;
}


static char *
ngx_http_mesh_state_init_main_conf(ngx_conf_t *cf, void *conf)
{
    ngx_http_mesh_state_conf_t *scf = conf;

    ngx_uint_t              i;
    ngx_http_mesh_file_t  **fp;

    fp = scf->files.elts;

    for (i = 0; i < scf->files.nelts; i++) {

        if (scf->path == NULL) {
            ngx_log_error(NGX_LOG_EMERG, cf->log, 0,
                          "\"%s\" needs \"mesh_state\" in http{}: "
                          "the folder of what outlives a restart",
                          fp[i]->directive);
            return NGX_CONF_ERROR;
        }

        if (ngx_http_mesh_state_paths(cf, scf, fp[i]) != NGX_OK) {
            return NGX_CONF_ERROR;
        }
    }

#if (NGX_THREADS)

    if (scf->files.nelts != 0 && ngx_thread_pool_add(cf, NULL) == NULL) {
        return NGX_CONF_ERROR;
    }

#endif

    return NGX_CONF_OK;
}


static ngx_int_t
ngx_http_mesh_state_paths(ngx_conf_t *cf, ngx_http_mesh_state_conf_t *scf,
    ngx_http_mesh_file_t *f)
{
    size_t  size;

    size = scf->path->name.len + f->name.len + sizeof("/.new");

    f->path.data = ngx_pnalloc(cf->pool, size);
    f->temp.data = ngx_pnalloc(cf->pool, size);

    if (f->path.data == NULL || f->temp.data == NULL) {
        return NGX_ERROR;
    }

    f->path.len = ngx_sprintf(f->path.data, "%V/%V%Z", &scf->path->name,
                              &f->name)
                  - f->path.data - 1;
    f->temp.len = ngx_sprintf(f->temp.data, "%V/%V.new%Z", &scf->path->name,
                              &f->name)
                  - f->temp.data - 1;

    return NGX_OK;
}


static char *
ngx_http_mesh_state_dir(ngx_conf_t *cf, ngx_command_t *cmd, void *conf)
{
    ngx_http_mesh_state_conf_t *scf = conf;

    ngx_str_t   *value;
    ngx_path_t  *path;

    if (scf->path != NULL) {
        return "is duplicate";
    }

    path = ngx_pcalloc(cf->pool, sizeof(ngx_path_t));
    if (path == NULL) {
        return NGX_CONF_ERROR;
    }

    value = cf->args->elts;
    path->name = value[1];

    while (path->name.len > 1 && path->name.data[path->name.len - 1] == '/') {
        path->name.data[--path->name.len] = '\0';
    }

    if (path->name.len == 0) {
        return "has an empty name of a folder";
    }

    if (ngx_conf_full_name(cf->cycle, &path->name, 0) != NGX_OK) {
        return NGX_CONF_ERROR;
    }

    /* nginx makes it, for the user of its workers */

    path->conf_file = cf->conf_file->file.name.data;
    path->line = cf->conf_file->line;
    scf->path = path;

    if (ngx_add_path(cf, &scf->path) != NGX_OK) {
        return NGX_CONF_ERROR;
    }

    return NGX_CONF_OK;
}


static ngx_int_t
ngx_http_mesh_state_init_process(ngx_cycle_t *cycle)
{
    ngx_http_mesh_state_t       *s;
    ngx_http_mesh_state_conf_t  *scf;

    scf = ngx_http_cycle_get_module_main_conf(cycle,
                                              ngx_http_mesh_state_module);

    if (scf == NULL || scf->files.nelts == 0
        || (ngx_process != NGX_PROCESS_WORKER
            && ngx_process != NGX_PROCESS_SINGLE))
    {
        return NGX_OK;
    }

    s = &ngx_http_mesh_state_own;

    s->files = &scf->files;
    s->dir = scf->path->name;
    s->since = ngx_current_msec;
    ngx_queue_init(&s->waits);

    s->again.handler = ngx_http_mesh_state_try;
    s->again.data = s;
    s->again.log = cycle->log;
    s->again.cancelable = 1;

    s->lock.data = ngx_pnalloc(cycle->pool, s->dir.len + sizeof("/lock"));
    if (s->lock.data == NULL) {
        return NGX_ERROR;
    }

    s->lock.len = ngx_sprintf(s->lock.data, "%V/lock%Z", &s->dir)
                  - s->lock.data - 1;

    s->fd = ngx_open_file(s->lock.data, NGX_FILE_RDWR, NGX_FILE_CREATE_OR_OPEN,
                          0600);

    if (s->fd == NGX_INVALID_FILE) {
        ngx_log_error(NGX_LOG_ALERT, cycle->log, ngx_errno,
                      ngx_open_file_n " \"%V\" failed", &s->lock);
        ngx_http_mesh_state_fail();
        return NGX_OK;
    }

    if (ngx_http_mesh_state_watch_end(cycle) != NGX_OK) {
        return NGX_ERROR;
    }

    /* when all rooms have begun, those whose files are read, too */

    ngx_post_event(&s->again, &ngx_posted_events);

    return NGX_OK;
}


/*
 * nginx closes idle connections when a worker is told to end.  One of them is
 * none: it has the descriptor of the lock, and we learn of the end by it.
 */

static ngx_int_t
ngx_http_mesh_state_watch_end(ngx_cycle_t *cycle)
{
    ngx_http_mesh_state_t  *s;

    s = &ngx_http_mesh_state_own;

    s->end = ngx_get_connection(s->fd, cycle->log);
    if (s->end == NULL) {
        return NGX_ERROR;
    }

    s->end->idle = 1;
    s->end->data = s;
    s->end->read->handler = ngx_http_mesh_state_end;
    s->end->read->log = cycle->log;

    return NGX_OK;
}


static void
ngx_http_mesh_state_try(ngx_event_t *ev)
{
    ngx_err_t               err;
    ngx_http_mesh_state_t  *s;

    s = ev->data;

    if (s->leaving) {
        return;
    }

    err = ngx_trylock_fd(s->fd);

    if (err == 0) {
        ngx_http_mesh_state_load();
        return;
    }

    if (err != NGX_EAGAIN && err != NGX_EACCES) {
        ngx_log_error(NGX_LOG_ALERT, ev->log, err,
                      ngx_trylock_fd_n " \"%V\" failed", &s->lock);
        ngx_http_mesh_state_fail();
        return;
    }

    if (!s->said
        && ngx_current_msec - s->since >= NGX_HTTP_MESH_STATE_LONG)
    {
        s->said = 1;
        ngx_log_error(NGX_LOG_WARN, ev->log, 0,
                      "mesh state: another process still has \"%V\"", &s->dir);
    }

    ngx_add_timer(ev, NGX_HTTP_MESH_STATE_AGAIN);
}


static void
ngx_http_mesh_state_try_no_more(void)
{
    ngx_event_t  *ev;

    ev = &ngx_http_mesh_state_own.again;

    if (ev->timer_set) {
        ngx_del_timer(ev);
    }

    if (ev->posted) {
        ngx_delete_posted_event(ev);
    }
}


static void
ngx_http_mesh_state_load(void)
{
    ngx_int_t                rc;
    gate_str_t               text;
    ngx_uint_t               i;
    ngx_http_mesh_file_t   **fp;
    ngx_http_mesh_state_t   *s;

    s = &ngx_http_mesh_state_own;
    fp = s->files->elts;
    s->open = 1;

    for (i = 0; i < s->files->nelts; i++) {
        text = gate_str(NULL, 0);

        rc = ngx_http_mesh_state_read(fp[i], &text, ngx_cycle->log);

        fp[i]->size = text.len;
        fp[i]->anew = (rc == NGX_DECLINED);

        if (rc != NGX_ERROR) {
            rc = fp[i]->load(fp[i], text);
        }

        if (text.data != NULL) {
            ngx_free(text.data);
        }

        if (rc == NGX_ERROR) {
            ngx_log_error(NGX_LOG_ALERT, ngx_cycle->log, 0,
                          "mesh state: \"%V\" is not usable, nothing is "
                          "taken or kept", &fp[i]->path);
            s->open = 0;
            ngx_http_mesh_state_fail();
            return;
        }
    }

    ngx_http_mesh_state_wake(NGX_OK);
}


static void
ngx_http_mesh_state_fail(void)
{
    ngx_http_mesh_state_own.failed = 1;

    ngx_http_mesh_state_wake(NGX_DECLINED);
}


static void
ngx_http_mesh_state_wake(ngx_int_t rc)
{
    ngx_queue_t           *q;
    ngx_http_mesh_wait_t  *w;

    while (!ngx_queue_empty(&ngx_http_mesh_state_own.waits)) {
        q = ngx_queue_head(&ngx_http_mesh_state_own.waits);
        ngx_queue_remove(q);

        w = ngx_queue_data(q, ngx_http_mesh_wait_t, queue);
        w->ready(w, rc);
    }
}


/* the worker has been told to end: what was begun is written, and no more */

static void
ngx_http_mesh_state_end(ngx_event_t *ev)
{
    ngx_uint_t               i;
    ngx_http_mesh_file_t   **fp;
    ngx_http_mesh_state_t   *s;

    s = &ngx_http_mesh_state_own;

    if (s->leaving) {
        return;
    }

    s->leaving = 1;

    ngx_http_mesh_state_try_no_more();

    ngx_http_mesh_state_unend();
    ngx_http_mesh_state_wake(NGX_DECLINED);

    fp = s->files->elts;

    for (i = 0; i < s->files->nelts; i++) {
        if (fp[i]->leave != NULL) {
            fp[i]->leave(fp[i]);
        }
    }

    ngx_http_mesh_state_release();
}


/* the connection, not its descriptor */

static void
ngx_http_mesh_state_unend(void)
{
    ngx_connection_t  *c;

    c = ngx_http_mesh_state_own.end;

    if (c == NULL) {
        return;
    }

    ngx_http_mesh_state_own.end = NULL;

    c->idle = 0;
    ngx_free_connection(c);
    c->fd = (ngx_socket_t) -1;
}


void
ngx_http_mesh_state_release(void)
{
    ngx_http_mesh_state_t  *s;

    s = &ngx_http_mesh_state_own;

    if (!s->leaving || s->fd == NGX_INVALID_FILE
        || !ngx_http_mesh_state_idle())
    {
        return;
    }

    s->open = 0;

    /* closing it is what lets the next worker in */

    if (ngx_close_file(s->fd) == NGX_FILE_ERROR) {
        ngx_log_error(NGX_LOG_ALERT, ngx_cycle->log, ngx_errno,
                      ngx_close_file_n " \"%V\" failed", &s->lock);
    }

    s->fd = NGX_INVALID_FILE;
}


static void
ngx_http_mesh_state_exit_process(ngx_cycle_t *cycle)
{
    ngx_uint_t               i;
    ngx_http_mesh_file_t   **fp;
    ngx_http_mesh_state_t   *s;

    s = &ngx_http_mesh_state_own;

    if (s->files == NULL) {
        return;
    }

    s->leaving = 1;

    ngx_http_mesh_state_try_no_more();

    ngx_http_mesh_state_unend();

    fp = s->files->elts;

    for (i = 0; i < s->files->nelts; i++) {
        ngx_http_mesh_state_forget(fp[i]);
    }
}
