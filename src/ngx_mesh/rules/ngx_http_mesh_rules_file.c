
/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * "mesh_rules_file": rules that are part of the configuration, each in a file
 * of its own.
 */


#include "ngx_http_mesh_rules.h"


static char *ngx_http_mesh_rules_file(ngx_conf_t *cf,
    ngx_http_mesh_rules_conf_t *rmcf, ngx_str_t *name);
static ngx_int_t ngx_http_mesh_rules_bytes(ngx_conf_t *cf, ngx_str_t *name,
    gate_str_t *text, time_t *changed);
static char *ngx_http_mesh_rules_add(ngx_conf_t *cf,
    ngx_http_mesh_rules_conf_t *rmcf, ngx_str_t *name, gate_rule_t *rule);


char *
ngx_http_mesh_rules_files(ngx_conf_t *cf, ngx_command_t *cmd, void *conf)
{
    char        *rv;
    ngx_int_t    n;
    ngx_str_t   *value, pattern, name, kept;
    ngx_glob_t   gl;

    value = cf->args->elts;
    pattern = value[1];

    if (ngx_conf_full_name(cf->cycle, &pattern, 1) != NGX_OK) {
        return NGX_CONF_ERROR;
    }

    if (strpbrk((char *) pattern.data, "*?[") == NULL) {
        return ngx_http_mesh_rules_file(cf, conf, &pattern);
    }

    ngx_memzero(&gl, sizeof(ngx_glob_t));

    gl.pattern = pattern.data;
    gl.log = cf->log;
    gl.test = 1;

    if (ngx_open_glob(&gl) != NGX_OK) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, ngx_errno,
                           ngx_open_glob_n " \"%V\" failed", &pattern);
        return NGX_CONF_ERROR;
    }

    rv = NGX_CONF_OK;

    for ( ;; ) {
        n = ngx_read_glob(&gl, &name);

        if (n != NGX_OK) {
            break;
        }

        /* with the NUL that opening it needs */

        kept.len = name.len;
        kept.data = ngx_pnalloc(cf->pool, name.len + 1);

        if (kept.data == NULL) {
            rv = NGX_CONF_ERROR;
            break;
        }

        ngx_memcpy(kept.data, name.data, name.len + 1);

        rv = ngx_http_mesh_rules_file(cf, conf, &kept);

        if (rv != NGX_CONF_OK) {
            break;
        }
    }

    ngx_close_glob(&gl);

    return rv;
}


static char *
ngx_http_mesh_rules_file(ngx_conf_t *cf, ngx_http_mesh_rules_conf_t *rmcf,
    ngx_str_t *name)
{
    char               *rv;
    time_t              changed;
    gate_str_t          text;
    gate_rule_t         rule;
    gate_rule_rc_e      rc;
    gate_rule_error_t   error;

    if (ngx_http_mesh_rules_bytes(cf, name, &text, &changed) != NGX_OK) {
        return NGX_CONF_ERROR;
    }

    rc = gate_rule_parse(text, &rule, &error);

    if (rc == GATE_RULE_NO_MEMORY) {
        return NGX_CONF_ERROR;
    }

    if (rc == GATE_RULE_BAD) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0, "\"%V\": %s%s%s", name,
                           error.pointer, error.pointer[0] ? ": " : "",
                           error.detail);
        return NGX_CONF_ERROR;
    }

    /* it grows with each change, as an epoch has to */

    if (rule.epoch == 0) {
        rule.epoch = changed;
    }

    rv = ngx_http_mesh_rules_add(cf, rmcf, name, &rule);

    gate_rule_free(&rule);

    return rv;
}


static ngx_int_t
ngx_http_mesh_rules_bytes(ngx_conf_t *cf, ngx_str_t *name, gate_str_t *text,
    time_t *changed)
{
    u_char           *p;
    size_t            size;
    ngx_file_t        file;
    ngx_int_t         rc;
    ngx_file_info_t   fi;

    rc = NGX_ERROR;
    ngx_memzero(&file, sizeof(ngx_file_t));

    file.name = *name;
    file.log = cf->log;
    file.fd = ngx_open_file(name->data, NGX_FILE_RDONLY, NGX_FILE_OPEN, 0);

    if (file.fd == NGX_INVALID_FILE) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, ngx_errno,
                           ngx_open_file_n " \"%V\" failed", name);
        return NGX_ERROR;
    }

    if (ngx_fd_info(file.fd, &fi) == NGX_FILE_ERROR) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, ngx_errno,
                           ngx_fd_info_n " \"%V\" failed", name);
        goto done;
    }

    /* a larger one is refused by its reader */

    size = ngx_min((size_t) ngx_file_size(&fi), GATE_RULE_TEXT + 1);
    *changed = ngx_file_mtime(&fi);

    p = ngx_pnalloc(cf->temp_pool, size + 1);
    if (p == NULL) {
        goto done;
    }

    if (ngx_read_file(&file, p, size, 0) != (ssize_t) size) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, ngx_errno,
                           ngx_read_file_n " \"%V\" failed", name);
        goto done;
    }

    *text = gate_str(p, size);
    rc = NGX_OK;

done:

    (void) ngx_close_file(file.fd);

    return rc;
}


static char *
ngx_http_mesh_rules_add(ngx_conf_t *cf, ngx_http_mesh_rules_conf_t *rmcf,
    ngx_str_t *name, gate_rule_t *rule)
{
    u_char                      *p;
    size_t                       len;
    ngx_uint_t                   i;
    ngx_http_mesh_rules_told_t  *t;

    t = rmcf->told.elts;

    for (i = 0; i < rmcf->told.nelts; i++) {
        if (gate_str_eq(t[i].item.name, rule->service)) {
            ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                               "\"%V\": /service: has a rule in \"%V\" "
                               "already", name, &t[i].file);
            return NGX_CONF_ERROR;
        }
    }

    t = ngx_array_push(&rmcf->told);
    p = ngx_pnalloc(cf->pool, gate_rule_room(rule) + rule->service.len);

    if (t == NULL || p == NULL) {
        return NGX_CONF_ERROR;
    }

    ngx_memzero(t, sizeof(ngx_http_mesh_rules_told_t));

    len = gate_rule_write(rule, p);

    t->text = gate_str(p, len);
    t->item.name = gate_str(p + len, rule->service.len);
    t->file = *name;
    t->epoch = rule->epoch;

    ngx_memcpy(p + len, rule->service.data, rule->service.len);

    return NGX_CONF_OK;
}
