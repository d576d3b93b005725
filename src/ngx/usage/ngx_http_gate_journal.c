
/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * gate_journal, gate_node: the file of totals and open requests, mapped by the
 * master, written by a writer of each worker, looked after once a second.
 */


#include "ngx_http_gate.h"
#include "ngx_http_gate_journal.h"
#include "ngx_http_gate_conf.h"


#define NGX_HTTP_GATE_NODE_MAX  128

#define NGX_HTTP_GATE_JOURNAL_RETAIN  3600        /* seconds at the least */


static gate_journal_writer_t *ngx_http_gate_journal_open(
    ngx_http_gate_journal_conf_t *jcf, ngx_log_t *log);
static void ngx_http_gate_journal_again(ngx_event_t *ev);
static char *ngx_http_gate_journal_line(ngx_conf_t *cf, ngx_command_t *cmd,
    void *conf);
static char *ngx_http_gate_journal_node_line(ngx_conf_t *cf,
    ngx_command_t *cmd, void *conf);
static ngx_int_t ngx_http_gate_journal_init_zone(ngx_shm_zone_t *zone,
    void *data);
static void ngx_http_gate_journal_close(void *data);
static void *ngx_http_gate_journal_create_conf(ngx_conf_t *cf);
static ngx_int_t ngx_http_gate_journal_init_process(ngx_cycle_t *cycle);
static void ngx_http_gate_journal_exit_process(ngx_cycle_t *cycle);


/* of this worker: who can make room */
static ngx_http_gate_journal_room_pt  ngx_http_gate_journal_room;


static ngx_http_gate_conf_row_t  ngx_http_gate_journal_params[] = {

    { ngx_string("size=SIZE"), NGX_HTTP_GATE_CONF_SIZE,
      offsetof(ngx_http_gate_journal_conf_t, size),
      GATE_JOURNAL_MIN_SIZE, 0, NULL },

    { ngx_string("full=refuse|serve"), NGX_HTTP_GATE_CONF_ENUM,
      offsetof(ngx_http_gate_journal_conf_t, serves), 0, 0, NULL },

    { ngx_string("retain=TIME"), NGX_HTTP_GATE_CONF_SEC,
      offsetof(ngx_http_gate_journal_conf_t, retain),
      NGX_HTTP_GATE_JOURNAL_RETAIN, 0, NULL },

      ngx_http_gate_conf_end
};


static ngx_http_gate_conf_row_t  ngx_http_gate_journal_node_name = {
    ngx_string("NAME"), NGX_HTTP_GATE_CONF_TEXT,
    offsetof(ngx_http_gate_journal_conf_t, node),
    1, NGX_HTTP_GATE_NODE_MAX, NULL
};


static ngx_command_t  ngx_http_gate_journal_commands[] = {

    { ngx_string("gate_journal"),
      NGX_HTTP_MAIN_CONF|NGX_CONF_1MORE,
      ngx_http_gate_journal_line,
      NGX_HTTP_MAIN_CONF_OFFSET,
      0,
      NULL },

    { ngx_string("gate_node"),
      NGX_HTTP_MAIN_CONF|NGX_CONF_TAKE1,
      ngx_http_gate_journal_node_line,
      NGX_HTTP_MAIN_CONF_OFFSET,
      0,
      NULL },

      ngx_null_command
};


static ngx_http_module_t  ngx_http_gate_journal_module_ctx = {
    ngx_http_gate_journal_preconfiguration,  /* preconfiguration */
    NULL,                                  /* postconfiguration */

    ngx_http_gate_journal_create_conf,     /* create main configuration */
    NULL,                                  /* init main configuration */

    NULL,                                  /* create server configuration */
    NULL,                                  /* merge server configuration */

    NULL,                                  /* create location configuration */
    NULL                                   /* merge location configuration */
};


ngx_module_t  ngx_http_gate_journal_module = {
    NGX_MODULE_V1,
    &ngx_http_gate_journal_module_ctx,     /* module context */
    ngx_http_gate_journal_commands,        /* module directives */
    NGX_HTTP_MODULE,                       /* module type */
    NULL,                                  /* init master */
    NULL,                                  /* init module */
    ngx_http_gate_journal_init_process,    /* init process */
    NULL,                                  /* init thread */
    NULL,                                  /* exit thread */
    ngx_http_gate_journal_exit_process,    /* exit process */
    NULL,                                  /* exit master */
    NGX_MODULE_V1_PADDING
};


gate_journal_writer_t *
ngx_http_gate_journal_writer(ngx_http_request_t *r)
{
    ngx_http_gate_journal_conf_t  *jcf;

    jcf = ngx_http_get_module_main_conf(r, ngx_http_gate_journal_module);

    return ngx_http_gate_journal_open(jcf, r->connection->log);
}


void
ngx_http_gate_journal_room_from(ngx_http_gate_journal_room_pt room)
{
    ngx_http_gate_journal_room = room;
}


gate_journal_rc_e
ngx_http_gate_journal_reserve(gate_journal_writer_t *w,
    const gate_journal_key_t *key, uint32_t *cell)
{
    uint32_t           hour;
    gate_journal_rc_e  rc;

    hour = (uint32_t) (ngx_time() / 3600);

    rc = gate_journal_reserve(w, key, hour, cell);

    if (rc == GATE_JOURNAL_FULL && ngx_http_gate_journal_room != NULL
        && ngx_http_gate_journal_room())
    {
        rc = gate_journal_reserve(w, key, hour, cell);
    }

    return rc;
}


ngx_uint_t
ngx_http_gate_journal_serves(ngx_http_request_t *r)
{
    ngx_http_gate_journal_conf_t  *jcf;

    jcf = ngx_http_get_module_main_conf(r, ngx_http_gate_journal_module);

    if (jcf->told != ngx_time()) {
        jcf->told = ngx_time();

        ngx_log_error(NGX_LOG_ALERT, r->connection->log, 0,
                      "gate journal: no room in \"%V\", requests are %s",
                      &jcf->path, jcf->serves ? "served and not billed"
                                              : "refused");
    }

    return jcf->serves;
}


ngx_uint_t
ngx_http_gate_journal_configured(ngx_conf_t *cf)
{
    ngx_http_gate_journal_conf_t  *jcf;

    jcf = ngx_http_conf_get_module_main_conf(cf,
                                             ngx_http_gate_journal_module);

    return jcf->path.len != 0;
}


/* made when first needed: without a master a reload does not call
 * init_process for the new cycle */

static gate_journal_writer_t *
ngx_http_gate_journal_open(ngx_http_gate_journal_conf_t *jcf,
    ngx_log_t *log)
{
    gate_journal_rc_e       rc;
    ngx_http_gate_jfile_t  *f;

    if (jcf->writer != NULL || jcf->tried) {
        return jcf->writer;
    }

    f = ngx_http_gate_journal_file(jcf, 0, log);
    if (f == NULL) {
        jcf->tried = 1;
        return NULL;
    }

    jcf->lock.try_lock = gate_jfile_try_lock;
    jcf->lock.unlock = gate_jfile_unlock;
    jcf->lock.data = &f->fd;

    /* opening would do it for one of them, and say nothing */

    ngx_http_gate_journal_recover(f, log);

    rc = gate_journal_writer_open(f->file.journal, &jcf->lock,
                                  ngx_time() / 3600, &jcf->writer);

    if (rc != GATE_JOURNAL_OK) {
        /* not "tried": a record may come free */
        ngx_log_error(NGX_LOG_ALERT, log, 0,
                      "gate journal: no writer record is free in \"%V\"",
                      &jcf->path);
        jcf->writer = NULL;
    }

    return jcf->writer;
}


gate_journal_t *
ngx_http_gate_journal(ngx_cycle_t *cycle)
{
    ngx_http_gate_journal_conf_t  *jcf;

    jcf = ngx_http_cycle_get_module_main_conf(cycle,
                                               ngx_http_gate_journal_module);

    return (jcf != NULL && jcf->files[0].mapped)
           ? jcf->files[0].file.journal : NULL;
}


ngx_str_t *
ngx_http_gate_journal_node(ngx_cycle_t *cycle)
{
    ngx_http_gate_journal_conf_t  *jcf;

    jcf = ngx_http_cycle_get_module_main_conf(cycle,
                                               ngx_http_gate_journal_module);

    if (jcf == NULL || jcf->node.len == 0) {
        return &cycle->hostname;
    }

    return &jcf->node;
}


/* a worker that could not become a writer tries again: one may be gone */

static void
ngx_http_gate_journal_again(ngx_event_t *ev)
{
    ngx_http_gate_journal_conf_t  *jcf;

    if (ngx_exiting || ngx_quit || ngx_terminate) {
        return;
    }

    jcf = ev->data;

    if (ngx_http_gate_journal_open(jcf, ev->log) != NULL) {
        (void) ngx_http_gate_journal_damaged(&jcf->files[0], ev->log);
    }

    ngx_add_timer(ev, 1000);
}


void
ngx_http_gate_journal_recover(ngx_http_gate_jfile_t *f, ngx_log_t *log)
{
    uint32_t             n;
    gate_journal_lock_t  lock;

    lock.try_lock = gate_jfile_try_lock;
    lock.unlock = gate_jfile_unlock;
    lock.data = &f->fd;

    n = gate_journal_recover(f->file.journal, &lock, ngx_time() / 3600);

    if (n != 0) {
        ngx_log_error(NGX_LOG_WARN, log, 0,
                      "gate journal: %uD open request%s of a worker that "
                      "died %s interrupted", n, n == 1 ? "" : "s",
                      n == 1 ? "is" : "are");
    }

    (void) ngx_http_gate_journal_damaged(f, log);
}


/* gate_journal PATH [size=64m] [full=refuse|serve] [retain=70d]; */

static char *
ngx_http_gate_journal_line(ngx_conf_t *cf, ngx_command_t *cmd,
    void *conf)
{
    ngx_http_gate_journal_conf_t *jcf = conf;

    char       *rv;
    ngx_str_t  *value, name;

    if (jcf->path.len != 0) {
        return NGX_HTTP_GATE_CONF_TWICE;
    }

    ngx_http_gate_use(cf);

    value = cf->args->elts;
    jcf->path = value[1];
    jcf->conf = cf->conf_file->file.name.data;
    jcf->line = cf->conf_file->line;

    if (ngx_conf_full_name(cf->cycle, &jcf->path, 0) != NGX_OK
        || ngx_http_gate_conf_folder(cf, &jcf->path) != NGX_OK)
    {
        return NGX_CONF_ERROR;
    }

    rv = ngx_http_gate_conf_params(cf, 2, ngx_http_gate_journal_params, jcf);
    if (rv != NGX_CONF_OK) {
        return rv;
    }

    /*
     * The zone is there for its callback alone: it is called after all was
     * read, before workers start, not as root's last word on a failed reload,
     * and an error in it leaves the old configuration serving.
     */

    ngx_str_set(&name, "gate_journal");

    jcf->zone = ngx_shared_memory_add(cf, &name, 8 * ngx_pagesize,
                                       &ngx_http_gate_journal_module);
    if (jcf->zone == NULL) {
        return NGX_CONF_ERROR;
    }

    jcf->zone->init = ngx_http_gate_journal_init_zone;
    jcf->zone->data = jcf;

    return NGX_CONF_OK;
}


static char *
ngx_http_gate_journal_node_line(ngx_conf_t *cf, ngx_command_t *cmd, void *conf)
{
    ngx_http_gate_journal_conf_t *jcf = conf;

    if (jcf->node.len != 0) {
        return NGX_HTTP_GATE_CONF_TWICE;
    }

    ngx_http_gate_use(cf);

    return ngx_http_gate_conf_arg(cf, 1, &ngx_http_gate_journal_node_name,
                                  jcf);
}


/* "data": the journal of the configuration before, at a reload */

static ngx_int_t
ngx_http_gate_journal_init_zone(ngx_shm_zone_t *zone, void *data)
{
    ngx_http_gate_journal_conf_t *jcf = zone->data;
    ngx_http_gate_journal_conf_t *prev = data;

    char                 err[512];
    ngx_pool_cleanup_t  *cln;

    err[0] = '\0';

    if (ngx_test_config) {

        if (gate_jfile_test((char *) jcf->path.data, jcf->size, err,
                            sizeof(err))
            == GATE_JOURNAL_OK)
        {
            return NGX_OK;
        }

        ngx_log_error(NGX_LOG_EMERG, zone->shm.log, 0,
                      "gate_journal \"%V\": %s in %s:%ui", &jcf->path, err,
                      jcf->conf, jcf->line);
        return NGX_ERROR;
    }

    cln = ngx_pool_cleanup_add(jcf->pool, 0);
    if (cln == NULL) {
        return NGX_ERROR;
    }

    cln->handler = ngx_http_gate_journal_close;
    cln->data = jcf;

    return ngx_http_gate_journal_open_files(jcf, prev, zone->shm.log);
}


static void
ngx_http_gate_journal_close(void *data)
{
    ngx_http_gate_journal_conf_t *jcf = data;

    ngx_uint_t  i;

    /* without a master the old cycle's worker part is still there */

    if (jcf->writer != NULL) {
        gate_journal_writer_close(jcf->writer);
        jcf->writer = NULL;
    }

    for (i = 0; i < jcf->nfiles; i++) {
        ngx_http_gate_journal_close_file(&jcf->files[i]);
    }
}


static void *
ngx_http_gate_journal_create_conf(ngx_conf_t *cf)
{
    ngx_http_gate_journal_conf_t  *jcf;

    /*
     * set by ngx_pcalloc():
     *
     *     jcf->path = { 0, NULL };
     *     jcf->node = { 0, NULL };
     *     jcf->serves = 0;
     *     jcf->nfiles = 0;
     *     jcf->files[].mapped = 0;
     *     jcf->writer = NULL;
     */

    jcf = ngx_pcalloc(cf->pool, sizeof(ngx_http_gate_journal_conf_t));
    if (jcf == NULL) {
        return NULL;
    }

    jcf->size = 64 * 1024 * 1024;
    jcf->retain = 70 * 86400;
    jcf->pool = cf->pool;
    jcf->cycle = cf->cycle;

    return jcf;
}


static ngx_int_t
ngx_http_gate_journal_init_process(ngx_cycle_t *cycle)
{
    ngx_event_t                      *ev;
    ngx_http_gate_journal_conf_t  *jcf;

    if (ngx_process != NGX_PROCESS_WORKER && ngx_process != NGX_PROCESS_SINGLE)
    {
        return NGX_OK;
    }

    jcf = ngx_http_cycle_get_module_main_conf(cycle,
                                               ngx_http_gate_journal_module);

    if (jcf == NULL || !jcf->files[0].mapped) {
        return NGX_OK;
    }

    (void) ngx_http_gate_journal_open(jcf, cycle->log);

    ev = &jcf->again;

    ev->handler = ngx_http_gate_journal_again;
    ev->data = jcf;
    ev->log = cycle->log;
    ev->cancelable = 1;

    ngx_add_timer(ev, 1000);

    return NGX_OK;
}


static void
ngx_http_gate_journal_exit_process(ngx_cycle_t *cycle)
{
    ngx_http_gate_journal_conf_t  *jcf;

    jcf = ngx_http_cycle_get_module_main_conf(cycle,
                                               ngx_http_gate_journal_module);

    if (jcf == NULL || jcf->writer == NULL) {
        return;
    }

    /* requests that are still open will not end: they are interrupted */

    gate_journal_writer_close(jcf->writer);
    jcf->writer = NULL;
    jcf->tried = 1;
}
