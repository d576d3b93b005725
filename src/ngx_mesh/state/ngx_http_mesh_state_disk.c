
/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * Files of the state are written by a thread: one job at a time for a file,
 * and what comes meanwhile is the next job.  Without threads in nginx the
 * event loop waits for the disk.
 */


#include "ngx_http_mesh_state_disk.h"

#if (NGX_THREADS)
#include <ngx_thread_pool.h>
#endif


#define NGX_HTTP_MESH_STATE_HOLD  60000       /* ms that a disk may take */


struct ngx_http_mesh_job_s {
#if (NGX_THREADS)
    ngx_thread_task_t      task;
#endif
    ngx_http_mesh_file_t  *file;
    ngx_event_t            event;             /* where there is no thread */
    u_char                *text;
    size_t                 len;
    size_t                 size;              /* of the memory */
    gate_str_t             head;              /* of a log that begins anew */
    ngx_queue_t            keeps;
    off_t                  written;
    ngx_err_t              err;
    const char            *failed;            /* the call that failed */
    unsigned               whole:1;           /* in the place of the old file */
};


static ngx_http_mesh_job_t *ngx_http_mesh_state_next(ngx_http_mesh_file_t *f);
static ngx_int_t ngx_http_mesh_state_room(ngx_http_mesh_job_t *job,
    size_t len);
static void ngx_http_mesh_state_begin(ngx_http_mesh_file_t *f);
static ngx_int_t ngx_http_mesh_state_anew(ngx_http_mesh_job_t *job);
static ngx_int_t ngx_http_mesh_state_post(ngx_http_mesh_job_t *job);
static void ngx_http_mesh_state_work(void *data, ngx_log_t *log);
static void ngx_http_mesh_state_work_log(ngx_http_mesh_job_t *job);
static void ngx_http_mesh_state_work_whole(ngx_http_mesh_job_t *job);
static void ngx_http_mesh_state_sync_dir(ngx_http_mesh_job_t *job);
static ngx_int_t ngx_http_mesh_state_bytes(ngx_http_mesh_job_t *job,
    ngx_fd_t fd, u_char *p, size_t len);
static void ngx_http_mesh_state_bad(ngx_http_mesh_job_t *job,
    const char *call);
static void ngx_http_mesh_state_done(ngx_event_t *ev);
static void ngx_http_mesh_state_tell(ngx_http_mesh_job_t *job, ngx_int_t rc);
static void ngx_http_mesh_state_free(ngx_http_mesh_job_t *job);
static void ngx_http_mesh_state_slow(ngx_event_t *ev);


ngx_int_t
ngx_http_mesh_state_read(ngx_http_mesh_file_t *f, gate_str_t *text,
    ngx_log_t *log)
{
    size_t           n;
    ssize_t          got;
    ngx_fd_t         fd;
    ngx_int_t        rc;
    const char      *call;
    ngx_file_info_t  fi;

    fd = ngx_open_file(f->path.data, NGX_FILE_RDONLY, NGX_FILE_OPEN, 0);

    if (fd == NGX_INVALID_FILE && ngx_errno == NGX_ENOENT) {
        return NGX_DECLINED;
    }

    rc = NGX_ERROR;
    call = ngx_open_file_n;

    if (fd == NGX_INVALID_FILE) {
        goto failed;
    }

    call = ngx_fd_info_n;

    if (ngx_fd_info(fd, &fi) == NGX_FILE_ERROR) {
        goto failed;
    }

    text->data = ngx_alloc(ngx_file_size(&fi) + 1, log);
    call = "ngx_alloc()";

    if (text->data == NULL) {
        goto failed;
    }

    call = ngx_read_fd_n;

    for (n = 0; n < (size_t) ngx_file_size(&fi); n += got) {
        got = ngx_read_fd(fd, text->data + n, ngx_file_size(&fi) - n);

        if (got == -1) {
            goto failed;
        }

        if (got == 0) {
            break;
        }
    }

    text->len = n;
    call = NULL;
    rc = NGX_OK;

failed:

    if (call != NULL) {
        ngx_log_error(NGX_LOG_ALERT, log, ngx_errno, "%s \"%V\" failed", call,
                      &f->path);
    }

    if (fd != NGX_INVALID_FILE) {
        (void) ngx_close_file(fd);
    }

    return rc;
}


ngx_int_t
ngx_http_mesh_state_append(ngx_http_mesh_file_t *f, gate_str_t text,
    ngx_http_mesh_keep_t *k)
{
    ngx_http_mesh_job_t    *job;
    ngx_http_mesh_state_t  *s;

    s = &ngx_http_mesh_state_own;

    if (!s->open || s->leaving) {
        return NGX_DECLINED;
    }

    job = ngx_http_mesh_state_next(f);
    if (job == NULL) {
        return NGX_ERROR;
    }

    if (ngx_http_mesh_state_room(job, text.len) != NGX_OK) {
        return NGX_ERROR;
    }

    job->len = gate_str_copy(job->text + job->len, text) - job->text;

    if (k != NULL) {
        ngx_queue_insert_tail(&job->keeps, &k->queue);
    }

    ngx_http_mesh_state_begin(f);

    return NGX_OK;
}


void
ngx_http_mesh_state_rewrite(ngx_http_mesh_file_t *f)
{
    f->anew = 1;

    if (ngx_http_mesh_state_own.leaving || f->job != NULL) {
        return;
    }

    if (ngx_http_mesh_state_next(f) != NULL) {
        ngx_http_mesh_state_begin(f);
    }
}


static ngx_http_mesh_job_t *
ngx_http_mesh_state_next(ngx_http_mesh_file_t *f)
{
    ngx_http_mesh_job_t  *job;

    if (f->next != NULL) {
        return f->next;
    }

    job = ngx_calloc(sizeof(ngx_http_mesh_job_t), ngx_cycle->log);
    if (job == NULL) {
        return NULL;
    }

    job->file = f;
    ngx_queue_init(&job->keeps);
    f->next = job;

    return job;
}


/* for "len" bytes more */

static ngx_int_t
ngx_http_mesh_state_room(ngx_http_mesh_job_t *job, size_t len)
{
    size_t   size;
    u_char  *p;

    if (job->size - job->len >= len) {
        return NGX_OK;
    }

    size = ngx_max(2 * job->size, job->len + len);

    p = ngx_alloc(size, ngx_cycle->log);
    if (p == NULL) {
        return NGX_ERROR;
    }

    (void) gate_str_copy(p, gate_str(job->text, job->len));

    if (job->text != NULL) {
        ngx_free(job->text);
    }

    job->text = p;
    job->size = size;

    return NGX_OK;
}


/* what has been gathered, unless the disk is busy */

static void
ngx_http_mesh_state_begin(ngx_http_mesh_file_t *f)
{
    ngx_int_t             rc;
    ngx_http_mesh_job_t  *job;

    if (f->job != NULL || f->next == NULL) {
        return;
    }

    job = f->next;
    f->next = NULL;
    f->job = job;

    if (f->hold.handler == NULL) {
        f->hold.handler = ngx_http_mesh_state_slow;
        f->hold.data = f;
        f->hold.log = ngx_cycle->log;
    }

    ngx_add_timer(&f->hold, NGX_HTTP_MESH_STATE_HOLD);

    rc = NGX_OK;

    if (f->content != NULL && f->anew) {
        rc = ngx_http_mesh_state_anew(job);
    }

    if (rc == NGX_OK) {
        rc = ngx_http_mesh_state_post(job);
    }

    if (rc != NGX_OK) {
        job->failed = "ngx_thread_task_post()";
        job->event.handler = ngx_http_mesh_state_done;
        job->event.data = job;
        job->event.log = ngx_cycle->log;
        ngx_post_event(&job->event, &ngx_posted_events);
    }
}


/* the log in its shortest form, and behind it what was to be appended */

static ngx_int_t
ngx_http_mesh_state_anew(ngx_http_mesh_job_t *job)
{
    if (job->file->content(job->file, &job->head) != NGX_OK) {
        return NGX_ERROR;
    }

    job->whole = 1;
    job->file->anew = 0;

    return NGX_OK;
}


#if (NGX_THREADS)

static ngx_int_t
ngx_http_mesh_state_post(ngx_http_mesh_job_t *job)
{
    ngx_thread_pool_t  *pool;

    static ngx_str_t    name = ngx_string("default");

    pool = ngx_thread_pool_get((ngx_cycle_t *) ngx_cycle, &name);
    if (pool == NULL) {
        return NGX_ERROR;
    }

    job->task.ctx = job;
    job->task.handler = ngx_http_mesh_state_work;
    job->task.event.handler = ngx_http_mesh_state_done;
    job->task.event.data = job;
    job->task.event.log = ngx_cycle->log;

    return ngx_thread_task_post(pool, &job->task);
}

#else

static void
ngx_http_mesh_state_now(ngx_event_t *ev)
{
    ngx_http_mesh_state_work(ev->data, ev->log);
    ngx_http_mesh_state_done(ev);
}


static ngx_int_t
ngx_http_mesh_state_post(ngx_http_mesh_job_t *job)
{
    job->event.handler = ngx_http_mesh_state_now;
    job->event.data = job;
    job->event.log = ngx_cycle->log;

    ngx_post_event(&job->event, &ngx_posted_events);

    return NGX_OK;
}

#endif


/*
 * In a thread: the job, and of the file what nobody else touches while a job
 * is being done: its names and its descriptor.
 */

static void
ngx_http_mesh_state_work(void *data, ngx_log_t *log)
{
    ngx_http_mesh_job_t *job = data;

    if (job->whole) {
        ngx_http_mesh_state_work_whole(job);
        return;
    }

    ngx_http_mesh_state_work_log(job);
}


static void
ngx_http_mesh_state_work_log(ngx_http_mesh_job_t *job)
{
    ngx_http_mesh_file_t  *f;

    f = job->file;

    if (f->fd == NGX_INVALID_FILE) {
        f->fd = ngx_open_file(f->path.data, NGX_FILE_APPEND,
                              NGX_FILE_CREATE_OR_OPEN, 0600);

        if (f->fd == NGX_INVALID_FILE) {
            ngx_http_mesh_state_bad(job, ngx_open_file_n);
            return;
        }
    }

    if (ngx_http_mesh_state_bytes(job, f->fd, job->text, job->len) != NGX_OK) {
        return;
    }

    if (fdatasync(f->fd) == -1) {
        ngx_http_mesh_state_bad(job, "fdatasync()");
    }
}


static void
ngx_http_mesh_state_work_whole(ngx_http_mesh_job_t *job)
{
    ngx_fd_t               fd;
    ngx_http_mesh_file_t  *f;

    f = job->file;

    if (ngx_delete_file(f->temp.data) == NGX_FILE_ERROR
        && ngx_errno != NGX_ENOENT)
    {
        ngx_http_mesh_state_bad(job, ngx_delete_file_n);
        return;
    }

    fd = ngx_open_file(f->temp.data, NGX_FILE_APPEND, NGX_FILE_CREATE_OR_OPEN,
                       0600);

    if (fd == NGX_INVALID_FILE) {
        ngx_http_mesh_state_bad(job, ngx_open_file_n);
        return;
    }

    if (ngx_http_mesh_state_bytes(job, fd, job->head.data, job->head.len)
           != NGX_OK
        || ngx_http_mesh_state_bytes(job, fd, job->text, job->len) != NGX_OK)
    {
        (void) ngx_close_file(fd);
        return;
    }

    if (fsync(fd) == -1) {
        ngx_http_mesh_state_bad(job, "fsync()");
        (void) ngx_close_file(fd);
        return;
    }

    if (ngx_rename_file(f->temp.data, f->path.data) == NGX_FILE_ERROR) {
        ngx_http_mesh_state_bad(job, ngx_rename_file_n);
        (void) ngx_close_file(fd);
        return;
    }

    /* the old one has no name any more: nothing may go there */

    if (f->fd != NGX_INVALID_FILE) {
        (void) ngx_close_file(f->fd);
    }

    f->fd = fd;

    ngx_http_mesh_state_sync_dir(job);
}


static void
ngx_http_mesh_state_sync_dir(ngx_http_mesh_job_t *job)
{
    ngx_fd_t  fd;

    fd = ngx_open_file(ngx_http_mesh_state_own.dir.data, NGX_FILE_RDONLY,
                       NGX_FILE_OPEN, 0);

    if (fd == NGX_INVALID_FILE) {
        ngx_http_mesh_state_bad(job, ngx_open_file_n);
        return;
    }

    if (fsync(fd) == -1) {
        ngx_http_mesh_state_bad(job, "fsync()");
    }

    (void) ngx_close_file(fd);
}


static ngx_int_t
ngx_http_mesh_state_bytes(ngx_http_mesh_job_t *job, ngx_fd_t fd, u_char *p,
    size_t len)
{
    ssize_t  n;

    while (len != 0) {
        n = ngx_write_fd(fd, p, len);

        if (n == -1) {

            if (ngx_errno == NGX_EINTR) {
                continue;
            }

            ngx_http_mesh_state_bad(job, ngx_write_fd_n);
            return NGX_ERROR;
        }

        p += n;
        len -= n;
        job->written += n;
    }

    return NGX_OK;
}


static void
ngx_http_mesh_state_bad(ngx_http_mesh_job_t *job, const char *call)
{
    job->err = ngx_errno;
    job->failed = call;
}


static void
ngx_http_mesh_state_done(ngx_event_t *ev)
{
    ngx_int_t              rc;
    ngx_http_mesh_job_t   *job;
    ngx_http_mesh_file_t  *f;

    job = ev->data;
    f = job->file;
    rc = NGX_OK;

    if (job->failed != NULL) {
        rc = NGX_ERROR;
        f->errors++;

        /* what is at the end of a log now nobody knows */
        f->anew = 1;

        ngx_log_error(NGX_LOG_ERR, ngx_cycle->log, job->err,
                      "mesh state: %s \"%V\" failed", job->failed, &f->path);

    } else {
        f->size = job->whole ? job->written : f->size + job->written;
    }

    /* those who are told may write more, which is done below */

    ngx_http_mesh_state_tell(job, rc);

    f->job = NULL;
    ngx_http_mesh_state_free(job);

    ngx_del_timer(&f->hold);

    if (f->anew && f->content != NULL && rc == NGX_OK
        && !ngx_http_mesh_state_own.leaving)
    {
        (void) ngx_http_mesh_state_next(f);
    }

    ngx_http_mesh_state_begin(f);
    ngx_http_mesh_state_release();
}


static void
ngx_http_mesh_state_tell(ngx_http_mesh_job_t *job, ngx_int_t rc)
{
    ngx_queue_t           *q;
    ngx_http_mesh_keep_t  *k;

    while (!ngx_queue_empty(&job->keeps)) {
        q = ngx_queue_head(&job->keeps);
        ngx_queue_remove(q);

        k = ngx_queue_data(q, ngx_http_mesh_keep_t, queue);
        k->done(k, rc);
    }
}


static void
ngx_http_mesh_state_free(ngx_http_mesh_job_t *job)
{
    if (job->text != NULL) {
        ngx_free(job->text);
    }

    if (job->head.data != NULL) {
        ngx_free(job->head.data);
    }

    ngx_free(job);
}


static void
ngx_http_mesh_state_slow(ngx_event_t *ev)
{
    ngx_http_mesh_file_t  *f;

    f = ev->data;

    ngx_log_error(NGX_LOG_ERR, ev->log, 0,
                  "mesh state: the disk takes long to write \"%V\"", &f->path);

    ngx_add_timer(ev, NGX_HTTP_MESH_STATE_HOLD);
}


ngx_uint_t
ngx_http_mesh_state_idle(void)
{
    ngx_uint_t              i;
    ngx_http_mesh_file_t  **fp;

    fp = ngx_http_mesh_state_own.files->elts;

    for (i = 0; i < ngx_http_mesh_state_own.files->nelts; i++) {
        if (fp[i]->job != NULL || fp[i]->next != NULL) {
            return 0;
        }
    }

    return 1;
}


/* a thread may still be at the job: the process frees both soon */

void
ngx_http_mesh_state_forget(ngx_http_mesh_file_t *f)
{
    if (f->hold.timer_set) {
        ngx_del_timer(&f->hold);
    }

    if (f->job == NULL && f->fd != NGX_INVALID_FILE) {
        (void) ngx_close_file(f->fd);
        f->fd = NGX_INVALID_FILE;
    }
}
