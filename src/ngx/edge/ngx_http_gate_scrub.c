
/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * Error logs: their lines tell request lines and fields that nginx could not
 * read, long before any phase, targets of upstreams and referrers.  Keys and
 * tokens in them are overwritten before they are written.
 */


#include "ngx_http_gate.h"
#include "ngx_http_gate_scrub.h"
#include "ngx_http_gate_keys.h"


typedef struct {
    ngx_log_t                 *log;       /* as it was configured */
    ngx_http_gate_key_names_t *names;
} ngx_http_gate_scrub_log_t;


static ngx_log_t *ngx_http_gate_scrub_wrap(ngx_cycle_t *cycle,
    ngx_http_gate_key_names_t *names, ngx_array_t *wrapped, ngx_log_t *log);
static void ngx_http_gate_scrub_writer(ngx_log_t *log, ngx_uint_t level,
    u_char *buf, size_t len);


/*
 * After the logs were opened.  "locations" are all of http{}, as a connection
 * takes the log of where its request is; many of them have the same.
 */

ngx_int_t
ngx_http_gate_scrub_logs(ngx_cycle_t *cycle, ngx_http_gate_key_names_t *names,
    ngx_array_t *locations)
{
    ngx_uint_t                  i;
    ngx_array_t                *wrapped;
    ngx_http_core_loc_conf_t  **clcf;

    wrapped = ngx_array_create(cycle->pool, 4, sizeof(ngx_log_t *));
    if (wrapped == NULL) {
        return NGX_ERROR;
    }

    clcf = locations->elts;

    for (i = 0; i < locations->nelts; i++) {
        clcf[i]->error_log = ngx_http_gate_scrub_wrap(cycle, names, wrapped,
                                                      clcf[i]->error_log);
        if (clcf[i]->error_log == NULL) {
            return NGX_ERROR;
        }
    }

    return NGX_OK;
}


/* a log is the first of a chain, each with a level and a file of its own */

static ngx_log_t *
ngx_http_gate_scrub_wrap(ngx_cycle_t *cycle, ngx_http_gate_key_names_t *names,
    ngx_array_t *wrapped, ngx_log_t *log)
{
    ngx_log_t                  *copy, **known;
    ngx_uint_t                  i;
    ngx_http_gate_scrub_log_t  *slog;

    known = wrapped->elts;

    for (i = 0; i < wrapped->nelts; i++) {
        slog = known[i]->wdata;

        if (slog->log == log || known[i] == log) {
            return known[i];
        }
    }

    copy = ngx_palloc(cycle->pool, sizeof(ngx_log_t));
    if (copy == NULL) {
        return NULL;
    }

    slog = ngx_palloc(cycle->pool, sizeof(ngx_http_gate_scrub_log_t));
    if (slog == NULL) {
        return NULL;
    }

    slog->log = log;
    slog->names = names;

    *copy = *log;
    copy->writer = ngx_http_gate_scrub_writer;
    copy->wdata = slog;

    if (log->next != NULL) {
        copy->next = ngx_http_gate_scrub_wrap(cycle, names, wrapped,
                                              log->next);
        if (copy->next == NULL) {
            return NULL;
        }
    }

    known = ngx_array_push(wrapped);
    if (known == NULL) {
        return NULL;
    }

    *known = copy;

    return copy;
}


/* as ngx_log_error_core() goes on; "buf" is its own, and writable */

static void
ngx_http_gate_scrub_writer(ngx_log_t *log, ngx_uint_t level, u_char *buf,
    size_t len)
{
    gate_scrub_t                scrub;
    ngx_log_t                  *to;
    ngx_http_gate_scrub_log_t  *slog;

    slog = log->wdata;
    to = slog->log;

    ngx_http_gate_keys_scrub(slog->names, &scrub);
    (void) gate_scrub_line(gate_str(buf, len), &scrub);

    if (to->writer != NULL) {
        to->writer(to, level, buf, len);
        return;
    }

    if (to->file == NULL || ngx_time() == to->disk_full_time) {
        return;
    }

    if (ngx_write_fd(to->file->fd, buf, len) == -1 && ngx_errno == NGX_ENOSPC) {
        to->disk_full_time = ngx_time();
    }
}
