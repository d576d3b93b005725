
/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * "mesh_source file GLOB...;": services that files declare, which are read with
 * the configuration.  A mistake in one of them refuses the configuration.
 */


#include "ngx_http_mesh_kind.h"
#include "mesh_declared.h"


#define NGX_HTTP_MESH_FILE_SIZE  (64 * 1024 * 1024)


/* of a source, while the configuration is read */

typedef struct {
    ngx_conf_t            *cf;
    mesh_declared_t       *list;
    ngx_uint_t             failed;            /* the same instance twice */
} ngx_http_mesh_file_read_t;


static ngx_int_t ngx_http_mesh_file_preconfiguration(ngx_conf_t *cf);
static char *ngx_http_mesh_file_set(ngx_conf_t *cf);
static ngx_int_t ngx_http_mesh_file_name(ngx_conf_t *cf, ngx_str_t *name);
static ngx_int_t ngx_http_mesh_file_globs(ngx_http_mesh_file_read_t *rd);
static ngx_int_t ngx_http_mesh_file_glob(ngx_http_mesh_file_read_t *rd,
    ngx_str_t *pattern);
static ngx_int_t ngx_http_mesh_file_read(ngx_http_mesh_file_read_t *rd,
    ngx_str_t *name);
static ngx_int_t ngx_http_mesh_file_text(ngx_conf_t *cf, ngx_str_t *name,
    gate_str_t *text);
static ngx_int_t ngx_http_mesh_file_parse(ngx_http_mesh_file_read_t *rd,
    ngx_str_t *name, gate_str_t text);
static void ngx_http_mesh_file_conflict(void *data,
    const mesh_instance_t *kept, const mesh_instance_t *other,
    const char *pointer);
static void ngx_http_mesh_file_cleanup(void *data);
static ngx_int_t ngx_http_mesh_file_start(ngx_http_mesh_source_t *s);
static int ngx_http_mesh_file_put(void *data, mesh_item_t *item);


static const ngx_http_mesh_kind_t  ngx_http_mesh_file_kind = {
    ngx_string("file"),
    ngx_http_mesh_file_set
};


static ngx_http_module_t  ngx_http_mesh_file_module_ctx = {
    ngx_http_mesh_file_preconfiguration,   /* preconfiguration */
    NULL,                                  /* postconfiguration */

    NULL,                                  /* create main configuration */
    NULL,                                  /* init main configuration */

    NULL,                                  /* create server configuration */
    NULL,                                  /* merge server configuration */

    NULL,                                  /* create location configuration */
    NULL                                   /* merge location configuration */
};


ngx_module_t  ngx_http_mesh_file_module = {
    NGX_MODULE_V1,
    &ngx_http_mesh_file_module_ctx,        /* module context */
    NULL,                                  /* module directives */
    NGX_HTTP_MODULE,                       /* module type */
    NULL,                                  /* init master */
    NULL,                                  /* init module */
    NULL,                                  /* init process */
    NULL,                                  /* init thread */
    NULL,                                  /* exit thread */
    NULL,                                  /* exit process */
    NULL,                                  /* exit master */
    NGX_MODULE_V1_PADDING
};


static ngx_int_t
ngx_http_mesh_file_preconfiguration(ngx_conf_t *cf)
{
    return ngx_http_mesh_kind(cf, &ngx_http_mesh_file_kind);
}


static char *
ngx_http_mesh_file_set(ngx_conf_t *cf)
{
    mesh_rc_e                   rc;
    ngx_int_t                   read;
    ngx_str_t                   name;
    mesh_map_t                **services;
    ngx_pool_cleanup_t         *cln;
    ngx_http_mesh_source_t     *s;
    ngx_http_mesh_file_read_t   rd;

    if (cf->args->nelts < 3) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "\"mesh_source file\" is without a file");
        return NGX_CONF_ERROR;
    }

    cln = ngx_pool_cleanup_add(cf->pool, sizeof(mesh_map_t *));

    if (cln == NULL || ngx_http_mesh_file_name(cf, &name) != NGX_OK) {
        return NGX_CONF_ERROR;
    }

    services = cln->data;
    *services = NULL;
    cln->handler = ngx_http_mesh_file_cleanup;

    s = ngx_http_mesh_source_add(cf, &name);
    if (s == NULL) {
        return NGX_CONF_ERROR;
    }

    s->data = services;
    s->start = ngx_http_mesh_file_start;

    rd.cf = cf;
    rd.list = NULL;
    rd.failed = 0;

    rc = MESH_OK;
    read = ngx_http_mesh_file_globs(&rd);

    if (read == NGX_OK) {
        rc = mesh_declared_services(rd.list, services,
                                    ngx_http_mesh_file_conflict, &rd);
    }

    mesh_declared_free(rd.list);

    if (rc == MESH_NO_MEMORY) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "\"mesh_source\": no memory for its services");
    }

    return (read == NGX_OK && rc == MESH_OK && !rd.failed) ? NGX_CONF_OK
                                                           : NGX_CONF_ERROR;
}


/* "file", and the patterns as they are written */

static ngx_int_t
ngx_http_mesh_file_name(ngx_conf_t *cf, ngx_str_t *name)
{
    u_char      *p;
    ngx_str_t   *value;
    ngx_uint_t   i;

    value = cf->args->elts;
    name->len = 0;

    for (i = 1; i < cf->args->nelts; i++) {
        name->len += value[i].len + (i > 1);
    }

    p = ngx_pnalloc(cf->pool, name->len);
    if (p == NULL) {
        return NGX_ERROR;
    }

    name->data = p;

    for (i = 1; i < cf->args->nelts; i++) {
        if (i > 1) {
            *p++ = ' ';
        }

        p = ngx_cpymem(p, value[i].data, value[i].len);
    }

    return NGX_OK;
}


static ngx_int_t
ngx_http_mesh_file_globs(ngx_http_mesh_file_read_t *rd)
{
    ngx_str_t   *value, name;
    ngx_uint_t   i;

    value = rd->cf->args->elts;

    for (i = 2; i < rd->cf->args->nelts; i++) {

        name = value[i];

        if (ngx_conf_full_name(rd->cf->cycle, &name, 1) != NGX_OK
            || ngx_http_mesh_file_glob(rd, &name) != NGX_OK)
        {
            return NGX_ERROR;
        }
    }

    return NGX_OK;
}


/* a pattern may have no file, a name must have one, as with "include" */

static ngx_int_t
ngx_http_mesh_file_glob(ngx_http_mesh_file_read_t *rd, ngx_str_t *pattern)
{
    ngx_int_t   rc;
    ngx_str_t   name, *copy;
    ngx_glob_t  gl;

    if (strpbrk((char *) pattern->data, "*?[") == NULL) {

        copy = ngx_palloc(rd->cf->pool, sizeof(ngx_str_t));
        if (copy == NULL) {
            return NGX_ERROR;
        }

        *copy = *pattern;

        return ngx_http_mesh_file_read(rd, copy);
    }

    ngx_memzero(&gl, sizeof(ngx_glob_t));

    gl.pattern = pattern->data;
    gl.log = rd->cf->log;
    gl.test = 1;

    if (ngx_open_glob(&gl) != NGX_OK) {
        ngx_conf_log_error(NGX_LOG_EMERG, rd->cf, ngx_errno,
                           ngx_open_glob_n " \"%V\" failed", pattern);
        return NGX_ERROR;
    }

    rc = NGX_OK;

    while (rc == NGX_OK && ngx_read_glob(&gl, &name) == NGX_OK) {

        rc = NGX_ERROR;
        copy = ngx_palloc(rd->cf->pool, sizeof(ngx_str_t));

        if (copy != NULL) {
            copy->len = name.len;
            copy->data = ngx_pnalloc(rd->cf->pool, name.len + 1);

            if (copy->data != NULL) {
                ngx_cpystrn(copy->data, name.data, name.len + 1);
                rc = ngx_http_mesh_file_read(rd, copy);
            }
        }
    }

    ngx_close_glob(&gl);

    return rc;
}


static ngx_int_t
ngx_http_mesh_file_read(ngx_http_mesh_file_read_t *rd, ngx_str_t *name)
{
    ngx_int_t   rc;
    gate_str_t  text;

    if (ngx_http_mesh_file_text(rd->cf, name, &text) != NGX_OK) {
        return NGX_ERROR;
    }

    rc = ngx_http_mesh_file_parse(rd, name, text);

    ngx_free(text.data);

    return rc;
}


static ngx_int_t
ngx_http_mesh_file_text(ngx_conf_t *cf, ngx_str_t *name, gate_str_t *text)
{
    off_t       size;
    ssize_t     n;
    ngx_file_t  file;

    ngx_memzero(&file, sizeof(ngx_file_t));

    file.name = *name;
    file.log = cf->log;
    file.fd = ngx_open_file(name->data, NGX_FILE_RDONLY, NGX_FILE_OPEN, 0);

    if (file.fd == NGX_INVALID_FILE) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, ngx_errno,
                           ngx_open_file_n " \"%V\" failed", name);
        return NGX_ERROR;
    }

    text->data = NULL;
    size = -1;
    n = -1;

    if (ngx_fd_info(file.fd, &file.info) != NGX_FILE_ERROR
        && ngx_is_file(&file.info))
    {
        size = ngx_file_size(&file.info);
    }

    if (size >= 0 && size <= NGX_HTTP_MESH_FILE_SIZE) {
        text->data = ngx_alloc(size + 1, cf->log);
    }

    if (text->data != NULL) {
        n = size ? ngx_read_file(&file, text->data, size, 0) : 0;
    }

    ngx_close_file(file.fd);

    if (n == size) {
        text->len = n;
        return NGX_OK;
    }

    ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                       "\"%V\" is not a file of at most 64m that can be read",
                       name);

    if (text->data != NULL) {
        ngx_free(text->data);
    }

    return NGX_ERROR;
}


static ngx_int_t
ngx_http_mesh_file_parse(ngx_http_mesh_file_read_t *rd, ngx_str_t *name,
    gate_str_t text)
{
    mesh_rc_e     rc;
    mesh_fault_t  fault;

    ngx_memzero(&fault, sizeof(mesh_fault_t));

    rc = mesh_declared_read(text, name, &rd->list, &fault);

    if (rc == MESH_OK) {
        return NGX_OK;
    }

    if (rc == MESH_BAD) {
        ngx_conf_log_error(NGX_LOG_EMERG, rd->cf, 0, "%V: %s%s%s", name,
                           fault.pointer, fault.len ? ": " : "", fault.text);

    } else {
        ngx_conf_log_error(NGX_LOG_EMERG, rd->cf, 0, "%V: no memory", name);
    }

    return NGX_ERROR;
}


/* the same instance in two places is a mistake; of the rest one counts */

static void
ngx_http_mesh_file_conflict(void *data, const mesh_instance_t *kept,
    const mesh_instance_t *other, const char *pointer)
{
    gate_str_t                  id, node;
    ngx_str_t                  *name;
    ngx_http_mesh_file_read_t  *rd;

    rd = data;
    id = other->endpoint.id;
    node = other->endpoint.node;
    name = (ngx_str_t *) mesh_declared_of(other)->file;

    if (ngx_strcmp(pointer, "/ID") == 0) {
        rd->failed = 1;
        ngx_conf_log_error(NGX_LOG_EMERG, rd->cf, 0,
                           "%V: \"%*s\" of node \"%*s\" is declared twice",
                           name, id.len, id.data, node.len, node.data);
        return;
    }

    ngx_conf_log_error(NGX_LOG_WARN, rd->cf, 0,
                       "%V: \"%*s\" of node \"%*s\": %s is not what another "
                       "instance says, which counts", name, id.len, id.data,
                       node.len, node.data, pointer);
}


static void
ngx_http_mesh_file_cleanup(void *data)
{
    mesh_map_t  **services = data;

    mesh_map_unref(*services);
}


static ngx_int_t
ngx_http_mesh_file_start(ngx_http_mesh_source_t *s)
{
    mesh_map_t  **services = s->data;

    if (mesh_map_walk(*services, ngx_http_mesh_file_put, s) != 0) {
        return NGX_ERROR;
    }

    s->heard = ngx_current_msec;
    ngx_http_mesh_loaded(s);

    return NGX_OK;
}


static int
ngx_http_mesh_file_put(void *data, mesh_item_t *item)
{
    ngx_http_mesh_source_t *s = data;

    return ngx_http_mesh_put(s, (mesh_service_t *) item) == NGX_OK ? 0 : 1;
}
