
/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * Files that are read while the configuration is: keys, passwords.
 */


#include "ngx_http_gate.h"
#include "ngx_http_gate_conf.h"


static ngx_int_t ngx_http_gate_conf_fit(ngx_conf_t *cf, ngx_file_t *file,
    size_t max, ngx_uint_t secret, ngx_str_t *text);
static ngx_int_t ngx_http_gate_conf_whole(ngx_conf_t *cf, ngx_file_t *file,
    ngx_str_t *text);


ngx_int_t
ngx_http_gate_read_file(ngx_conf_t *cf, ngx_str_t *path, size_t max,
    ngx_uint_t secret, ngx_str_t *text)
{
    ngx_int_t   rc;
    ngx_file_t  file;

    ngx_memzero(&file, sizeof(ngx_file_t));
    file.name = *path;
    file.log = cf->log;

    /* a pipe would wait for its writer */

    file.fd = ngx_open_file(path->data, NGX_FILE_RDONLY|NGX_FILE_NONBLOCK,
                            NGX_FILE_OPEN, 0);

    if (file.fd == NGX_INVALID_FILE) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, ngx_errno,
                           ngx_open_file_n " \"%V\" failed", path);
        return NGX_ERROR;
    }

    rc = ngx_http_gate_conf_fit(cf, &file, max, secret, text);

    if (rc == NGX_OK) {
        rc = ngx_http_gate_conf_whole(cf, &file, text);
    }

    while (rc == NGX_OK && secret && text->len > 0
           && (text->data[text->len - 1] == LF
               || text->data[text->len - 1] == CR))
    {
        text->len--;
    }

    if (ngx_close_file(file.fd) == NGX_FILE_ERROR) {
        ngx_conf_log_error(NGX_LOG_ALERT, cf, ngx_errno,
                           ngx_close_file_n " \"%V\" failed", path);
    }

    return rc;
}


/* gives its length */

static ngx_int_t
ngx_http_gate_conf_fit(ngx_conf_t *cf, ngx_file_t *file, size_t max,
    ngx_uint_t secret, ngx_str_t *text)
{
    ngx_file_info_t  fi;

    if (ngx_fd_info(file->fd, &fi) == NGX_FILE_ERROR) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, ngx_errno,
                           ngx_fd_info_n " \"%V\" failed", &file->name);
        return NGX_ERROR;
    }

    if (!ngx_is_file(&fi) || ngx_file_size(&fi) == 0
        || ngx_file_size(&fi) > (off_t) max)
    {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "\"%V\" must be a file of 1 to %uz bytes",
                           &file->name, max);
        return NGX_ERROR;
    }

    if (secret && (ngx_file_access(&fi) & 0007)) {
        ngx_conf_log_error(NGX_LOG_WARN, cf, 0,
                           "secret file \"%V\" is readable by everyone: take "
                           "that right away, as by \"chmod o= FILE\"",
                           &file->name);
    }

    text->len = ngx_file_size(&fi);

    return NGX_OK;
}


static ngx_int_t
ngx_http_gate_conf_whole(ngx_conf_t *cf, ngx_file_t *file, ngx_str_t *text)
{
    ssize_t  n;

    text->data = ngx_pnalloc(cf->pool, text->len);
    if (text->data == NULL) {
        return NGX_ERROR;
    }

    n = ngx_read_file(file, text->data, text->len, 0);

    if (n != (ssize_t) text->len) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "could not read \"%V\" as a whole: write it first",
                           &file->name);
        return NGX_ERROR;
    }

    return NGX_OK;
}


/* the file is made when nginx starts, of which "nginx -t" sees nothing */

ngx_int_t
ngx_http_gate_conf_folder(ngx_conf_t *cf, ngx_str_t *path)
{
    u_char           *p;
    ngx_str_t         folder;
    ngx_file_info_t   fi;

    folder.data = ngx_pnalloc(cf->temp_pool, path->len + 1);
    if (folder.data == NULL) {
        return NGX_ERROR;
    }

    ngx_memcpy(folder.data, path->data, path->len);

    for (p = folder.data + path->len - 1; p > folder.data && *p != '/'; p--) {
        /* void */
    }

    /* the root has a name of its own */

    folder.len = (p == folder.data) ? 1 : p - folder.data;
    folder.data[folder.len] = '\0';

    if (ngx_file_info(folder.data, &fi) == NGX_FILE_ERROR || !ngx_is_dir(&fi))
    {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "%V \"%V\": there is no folder \"%V\", make it",
                           &((ngx_str_t *) cf->args->elts)[0], path, &folder);
        return NGX_ERROR;
    }

    return NGX_OK;
}
