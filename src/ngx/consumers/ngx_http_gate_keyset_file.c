
/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * gate_key_cache: the last good keys outlive nginx, so that it starts while
 * the key server is away.
 */


#include "ngx_http_gate.h"
#include "ngx_http_gate_keyset_own.h"

#include "gate_keep.h"
#include "gate_uri.h"


#define NGX_HTTP_GATE_KEYSET_MODE  0700       /* of the folder */
#define NGX_HTTP_GATE_KEYSET_LAST  500        /* ms for the last file */


static ngx_int_t ngx_http_gate_keyset_folder_make(
    ngx_http_gate_keyset_main_conf_t *kmcf, ngx_log_t *log);
static u_char *ngx_http_gate_keyset_load(ngx_http_gate_keyset_t *set,
    size_t *len, ngx_log_t *log);
static const char *ngx_http_gate_keyset_check(ngx_http_gate_keyset_t *set,
    gate_str_t in, ngx_log_t *log);


/* gate_key_cache PATH; */

char *
ngx_http_gate_keyset_folder(ngx_conf_t *cf, ngx_command_t *cmd, void *conf)
{
    ngx_http_gate_keyset_main_conf_t *kmcf = conf;

    ngx_str_t  *value;

    if (kmcf->folder.len != 0) {
        return NGX_HTTP_GATE_CONF_TWICE;
    }

    ngx_http_gate_use(cf);

    value = cf->args->elts;

    kmcf->folder = value[1];
    kmcf->file = cf->conf_file->file.name.data;
    kmcf->line = cf->conf_file->line;

    if (kmcf->folder.len == 0
        || ngx_conf_full_name(cf->cycle, &kmcf->folder, 0) != NGX_OK)
    {
        return NGX_CONF_ERROR;
    }

    while (kmcf->folder.len > 1
           && kmcf->folder.data[kmcf->folder.len - 1] == '/')
    {
        kmcf->folder.len--;
    }

    return ngx_http_gate_conf_folder(cf, &kmcf->folder) == NGX_OK
           ? NGX_CONF_OK : NGX_CONF_ERROR;
}


ngx_int_t
ngx_http_gate_keyset_path(ngx_conf_t *cf,
    ngx_http_gate_keyset_main_conf_t *kmcf, ngx_http_gate_keyset_t *set)
{
    u_char     *p;
    ngx_str_t  *name;

    if (kmcf->folder.len == 0) {
        return NGX_OK;
    }

    name = &set->issuer->name;

    p = ngx_pnalloc(cf->pool, kmcf->folder.len + 3 * name->len
                              + sizeof("/.keys"));
    if (p == NULL) {
        return NGX_ERROR;
    }

    set->path.data = p;

    p = ngx_cpymem(p, kmcf->folder.data, kmcf->folder.len);
    *p++ = '/';
    p += gate_uri_escape(ngx_http_gate_view(name), p);
    p = ngx_cpymem(p, ".keys", sizeof(".keys"));

    set->path.len = p - set->path.data - 1;

    return NGX_OK;
}


/* in the master, before workers start; a file of no use is told and no error */

ngx_int_t
ngx_http_gate_keyset_find(ngx_http_gate_keyset_t *set, ngx_log_t *log)
{
    size_t                             len;
    u_char                            *p;
    const char                        *why;
    ngx_http_gate_keyset_main_conf_t  *kmcf;

    if (set->path.len == 0) {
        return NGX_OK;
    }

    kmcf = set->main;

    if (ngx_http_gate_keyset_folder_make(kmcf, log) != NGX_OK) {
        return NGX_ERROR;
    }

    p = ngx_http_gate_keyset_load(set, &len, log);

    if (p == NULL) {
        return NGX_OK;
    }

    why = ngx_http_gate_keyset_check(set, gate_str(p, len), log);

    if (why != NULL) {
        ngx_log_error(NGX_LOG_WARN, log, 0,
                      "gate keys: issuer \"%V\": file \"%V\" is not used: %s",
                      &set->issuer->name, &set->path, why);
    }

    ngx_free(p);

    return NGX_OK;
}


/* of the user of workers, who write into it */

static ngx_int_t
ngx_http_gate_keyset_folder_make(ngx_http_gate_keyset_main_conf_t *kmcf,
    ngx_log_t *log)
{
    u_char           *folder;
    ngx_core_conf_t  *ccf;
    ngx_file_info_t   fi;

    folder = ngx_alloc(kmcf->folder.len + 1, log);
    if (folder == NULL) {
        return NGX_ERROR;
    }

    ngx_memcpy(folder, kmcf->folder.data, kmcf->folder.len);
    folder[kmcf->folder.len] = '\0';

    if (ngx_create_dir(folder, NGX_HTTP_GATE_KEYSET_MODE) == NGX_FILE_ERROR
        && ngx_errno != NGX_EEXIST)
    {
        ngx_log_error(NGX_LOG_EMERG, log, ngx_errno,
                      "gate_key_cache: " ngx_create_dir_n " \"%V\" failed: "
                      "make its parent in %s:%ui",
                      &kmcf->folder, kmcf->file, kmcf->line);
        ngx_free(folder);
        return NGX_ERROR;
    }

    ccf = (ngx_core_conf_t *) ngx_get_conf(kmcf->cycle->conf_ctx,
                                           ngx_core_module);

    if (geteuid() == 0 && ccf->user != (ngx_uid_t) NGX_CONF_UNSET_UINT
        && ngx_file_info(folder, &fi) != NGX_FILE_ERROR
        && ngx_is_dir(&fi) && fi.st_uid != ccf->user
        && chown((const char *) folder, ccf->user, -1) == -1)
    {
        ngx_log_error(NGX_LOG_WARN, log, ngx_errno,
                      "gate_key_cache: chown(\"%V\") failed", &kmcf->folder);
    }

    ngx_free(folder);

    return NGX_OK;
}


static u_char *
ngx_http_gate_keyset_load(ngx_http_gate_keyset_t *set, size_t *len,
    ngx_log_t *log)
{
    u_char           *p;
    ssize_t           n;
    ngx_fd_t          fd;
    ngx_file_info_t   fi;

    fd = ngx_open_file(set->path.data, NGX_FILE_RDONLY|NGX_FILE_NONBLOCK,
                       NGX_FILE_OPEN, 0);

    if (fd == NGX_INVALID_FILE) {
        if (ngx_errno != NGX_ENOENT) {
            ngx_log_error(NGX_LOG_WARN, log, ngx_errno,
                          ngx_open_file_n " \"%V\" failed", &set->path);
        }

        return NULL;
    }

    p = NULL;

    if (ngx_fd_info(fd, &fi) != NGX_FILE_ERROR && ngx_is_file(&fi)
        && ngx_file_size(&fi) <= GATE_JWKS_MAX + GATE_KEYSET_HEAD)
    {
        *len = ngx_file_size(&fi);
        p = ngx_alloc(*len + 1, log);
    }

    n = p ? ngx_read_fd(fd, p, *len) : -1;

    if (n < 0 || (size_t) n != *len) {
        ngx_log_error(NGX_LOG_WARN, log, 0,
                      "gate keys: file \"%V\" cannot be read", &set->path);
        ngx_free(p);
        p = NULL;
    }

    (void) ngx_close_file(fd);

    return p;
}


static const char *
ngx_http_gate_keyset_check(ngx_http_gate_keyset_t *set, gate_str_t in,
    ngx_log_t *log)
{
    int64_t              now_ms;
    ngx_str_t            text;
    const char          *why;
    gate_keyset_file_t   f;

    static char  err[256];

    if (!gate_keyset_parse(in, &f)) {
        return "it is damaged";
    }

    if (!gate_str_eq(f.issuer, set->issuer->jwt.issuer)
        || !gate_str_eq(f.source, ngx_http_gate_view(&set->source)))
    {
        return "it is of another issuer or location";
    }

    text.data = f.text.data;
    text.len = f.text.len;

    if (text.len > GATE_JWKS_MAX) {
        return "it is too large";
    }

    why = ngx_http_gate_keyset_take(set, &text, f.ttl_ms, err, sizeof(err),
                                    log);
    if (why != NULL) {
        return why;
    }

    /* it is as old as it was, and the next fetch is due */

    now_ms = ngx_http_gate_keyset_now();

    gate_keyset_found(&set->sh->state, f.fetched_ms, f.ttl_ms, now_ms);

    ngx_log_error(NGX_LOG_NOTICE, log, 0,
                  "gate keys: issuer \"%V\": the keys of %L s ago are taken "
                  "from \"%V\"", &set->issuer->name,
                  ngx_max(now_ms - f.fetched_ms, 0) / 1000, &set->path);

    return NULL;
}


/* a process that ends leaves no half of a file, nor waits for a dead disk */

void
ngx_http_gate_keyset_kept(ngx_http_gate_keyset_t *set)
{
    ngx_uint_t  i;

    for (i = 0; i < NGX_HTTP_GATE_KEYSET_LAST; i++) {

        if (__atomic_load_n(&set->kept, __ATOMIC_RELAXED) != GATE_KEEP_BUSY) {
            return;
        }

        ngx_msleep(1);
    }
}


void
ngx_http_gate_keyset_keep(ngx_http_gate_keyset_t *set, ngx_str_t *text,
    ngx_log_t *log)
{
    int                  error;
    u_char               head[GATE_KEYSET_HEAD];
    size_t               len;
    gate_keyset_file_t   f;

    if (set->path.len == 0) {
        return;
    }

    /* of the one before: what becomes of this is not known yet */

    error = __atomic_load_n(&set->kept, __ATOMIC_RELAXED);

    if (error == GATE_KEEP_BUSY) {
        ngx_log_error(NGX_LOG_WARN, log, 0,
                      "gate keys: file \"%V\" is still being written",
                      &set->path);
        return;
    }

    if (error != 0) {
        ngx_log_error(NGX_LOG_ERR, log, error,
                      "gate keys: file \"%V\" could not be written",
                      &set->path);
    }

    f.issuer = set->issuer->jwt.issuer;
    f.source = ngx_http_gate_view(&set->source);
    f.fetched_ms = set->sh->state.fetched_ms;
    f.ttl_ms = set->sh->state.ttl_ms;
    f.text = ngx_http_gate_view(text);

    len = gate_keyset_head(&f, head);

    if (len == 0
        || !gate_keep((char *) set->path.data, gate_str(head, len), f.text,
                      &set->kept))
    {
        ngx_log_error(NGX_LOG_ERR, log, 0,
                      "gate keys: file \"%V\" could not be written",
                      &set->path);
    }
}
