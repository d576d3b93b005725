
/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * The files of the journal.  When "gate_journal" names another one, requests
 * of the old workers still end in the old file, which the new ones ship until
 * nobody writes to it and all of it has arrived.  The new file's header has the
 * old one's name, so that this outlives a kill -9 of everything.
 */


#include "ngx_http_gate.h"
#include "ngx_http_gate_journal.h"


static ngx_int_t ngx_http_gate_journal_open_first(
    ngx_http_gate_journal_conf_t *jcf, ngx_uid_t uid, ngx_gid_t gid,
    ngx_log_t *log);
static ngx_int_t ngx_http_gate_journal_inherit(
    ngx_http_gate_journal_conf_t *jcf, ngx_http_gate_journal_conf_t *prev,
    ngx_uid_t uid, ngx_gid_t gid, ngx_log_t *log);
static void ngx_http_gate_journal_last(ngx_http_gate_journal_conf_t *jcf,
    ngx_http_gate_jfile_t *f);
static void ngx_http_gate_journal_skip(ngx_http_gate_journal_conf_t *jcf,
    ngx_http_gate_jfile_t *f, const char *before);
static ngx_int_t ngx_http_gate_journal_follow(
    ngx_http_gate_journal_conf_t *jcf, ngx_uid_t uid, ngx_gid_t gid,
    ngx_log_t *log);
static ngx_int_t ngx_http_gate_journal_open_old(
    ngx_http_gate_journal_conf_t *jcf, const char *name, ngx_str_t *path,
    ngx_uid_t uid, ngx_gid_t gid, ngx_log_t *log);
static ngx_uint_t ngx_http_gate_journal_has(
    ngx_http_gate_journal_conf_t *jcf, gate_jfile_t *file);


ngx_int_t
ngx_http_gate_journal_open_files(ngx_http_gate_journal_conf_t *jcf,
    ngx_http_gate_journal_conf_t *prev, ngx_log_t *log)
{
    ngx_uid_t         uid;
    ngx_gid_t         gid;
    ngx_core_conf_t  *ccf;

    /* workers open the files themselves, as another user */

    ccf = (ngx_core_conf_t *) ngx_get_conf(jcf->cycle->conf_ctx,
                                           ngx_core_module);

    uid = (geteuid() == 0) ? ccf->user : (ngx_uid_t) -1;
    gid = (geteuid() == 0) ? ccf->group : (ngx_gid_t) -1;

    if (uid == (ngx_uid_t) NGX_CONF_UNSET_UINT) {
        uid = (ngx_uid_t) -1;
        gid = (ngx_gid_t) -1;
    }

    if (ngx_http_gate_journal_open_first(jcf, uid, gid, log) != NGX_OK) {
        return NGX_ERROR;
    }

    if (prev != NULL
        && ngx_http_gate_journal_inherit(jcf, prev, uid, gid, log) != NGX_OK)
    {
        return NGX_ERROR;
    }

    return ngx_http_gate_journal_follow(jcf, uid, gid, log);
}


static ngx_int_t
ngx_http_gate_journal_open_first(ngx_http_gate_journal_conf_t *jcf,
    ngx_uid_t uid, ngx_gid_t gid, ngx_log_t *log)
{
    char                    err[512];
    ngx_http_gate_jfile_t  *f;

    f = &jcf->files[0];
    err[0] = '\0';

    if (gate_jfile_open(&f->file, (char *) jcf->path.data, jcf->size, uid,
                        gid, err, sizeof(err))
        != GATE_JOURNAL_OK)
    {
        ngx_log_error(NGX_LOG_EMERG, log, 0,
                      "gate_journal \"%V\": %s in %s:%ui", &jcf->path, err,
                      jcf->conf, jcf->line);
        return NGX_ERROR;
    }

    f->path = jcf->path;
    f->mapped = 1;
    f->fd = -1;
    jcf->nfiles = 1;

    ngx_http_gate_journal_examined(f, log);

    gate_journal_set_closed(f->file.journal, 0);

    return NGX_OK;
}


/*
 * By the descriptors of the old cycle: a file may have been moved or deleted
 * since, and may still be written to.
 */

static ngx_int_t
ngx_http_gate_journal_inherit(ngx_http_gate_journal_conf_t *jcf,
    ngx_http_gate_journal_conf_t *prev, ngx_uid_t uid, ngx_gid_t gid,
    ngx_log_t *log)
{
    char                    name[64];
    ngx_uint_t              i;
    ngx_http_gate_jfile_t  *f;

    for (i = 0; i < prev->nfiles; i++) {
        f = &prev->files[i];

        if (!f->mapped || ngx_http_gate_journal_has(jcf, &f->file)
            || !gate_jfile_whole(&f->file)
            || (i != 0 && gate_journal_closed(f->file.journal)))
        {
            continue;
        }

        (void) ngx_snprintf((u_char *) name, sizeof(name),
                            "/proc/self/fd/%d%Z", f->file.fd);

        if (ngx_http_gate_journal_open_old(jcf, name, &f->path, uid, gid, log)
            == NGX_ERROR)
        {
            return NGX_ERROR;
        }

    }

    f = &prev->files[0];

    if (f->mapped
        && !gate_jfile_same(&jcf->files[0].file, &f->file)
        && ngx_strcmp(f->path.data, jcf->path.data) != 0)
    {
        ngx_http_gate_journal_last(jcf, f);
    }

    return NGX_OK;
}


/*
 * "f" was the last file before this one.  This one may be among those before
 * it, if it is used again: then its place there is left.
 */

static void
ngx_http_gate_journal_last(ngx_http_gate_journal_conf_t *jcf,
    ngx_http_gate_jfile_t *f)
{
    char             before[GATE_JOURNAL_PATH];
    const char      *p;
    gate_journal_t  *j;

    j = jcf->files[0].file.journal;
    p = gate_journal_before(j);

    before[0] = '\0';

    if (p != NULL) {
        (void) ngx_cpystrn((u_char *) before, (u_char *) p, sizeof(before));
    }

    gate_journal_set_before(j, (char *) f->path.data);

    ngx_http_gate_journal_skip(jcf, &jcf->files[0], before);
}


/* whoever names "f" names the one before it instead */

static void
ngx_http_gate_journal_skip(ngx_http_gate_journal_conf_t *jcf,
    ngx_http_gate_jfile_t *f, const char *before)
{
    ngx_uint_t              i;
    const char             *p;
    ngx_http_gate_jfile_t  *g;

    for (i = 0; i < jcf->nfiles; i++) {
        g = &jcf->files[i];

        if (g == f || !g->mapped) {
            continue;
        }

        p = gate_journal_before(g->file.journal);

        if (p != NULL && ngx_strcmp(p, (char *) f->path.data) == 0) {
            gate_journal_set_before(g->file.journal, before);
        }
    }
}


/* what the headers say, where nobody is there who could know it */

static ngx_int_t
ngx_http_gate_journal_follow(ngx_http_gate_journal_conf_t *jcf,
    ngx_uid_t uid, ngx_gid_t gid, ngx_log_t *log)
{
    ngx_int_t    rc;
    ngx_str_t    path;
    ngx_uint_t   i;
    const char  *before;

    for (i = 0; i < jcf->nfiles; i++) {
        before = gate_journal_before(jcf->files[i].file.journal);

        if (before == NULL) {
            continue;
        }

        path.data = (u_char *) before;
        path.len = ngx_strlen(before);

        rc = ngx_http_gate_journal_open_old(jcf, before, &path, uid, gid,
                                            log);
        if (rc == NGX_ERROR) {
            return NGX_ERROR;
        }

        if (rc == NGX_ABORT) {
            gate_journal_set_before(jcf->files[i].file.journal, NULL);
        }
    }

    return NGX_OK;
}


/* NGX_DECLINED: not now, NGX_ABORT: never more */

static ngx_int_t
ngx_http_gate_journal_open_old(ngx_http_gate_journal_conf_t *jcf,
    const char *name, ngx_str_t *path, ngx_uid_t uid, ngx_gid_t gid,
    ngx_log_t *log)
{
    char                    err[512];
    ngx_http_gate_jfile_t  *f, old;

    ngx_memzero(&old, sizeof(ngx_http_gate_jfile_t));
    err[0] = '\0';

    ngx_set_errno(0);

    if (gate_jfile_open(&old.file, name, 0, uid, gid, err, sizeof(err))
        != GATE_JOURNAL_OK)
    {
        ngx_log_error(NGX_LOG_WARN, log, 0,
                      "gate journal: \"%V\", which was used before \"%V\", "
                      "cannot be shipped: %s", path, &jcf->path, err);

        return (ngx_errno == NGX_ENOENT) ? NGX_ABORT : NGX_DECLINED;
    }

    if (ngx_http_gate_journal_has(jcf, &old.file)) {
        gate_jfile_close(&old.file);
        return NGX_DECLINED;
    }

    if (jcf->nfiles == NGX_HTTP_GATE_JOURNALS) {
        ngx_log_error(NGX_LOG_EMERG, log, 0,
                      "gate_journal \"%V\": %d journals that were used before "
                      "are not clean yet in %s:%ui", &jcf->path,
                      NGX_HTTP_GATE_JOURNALS - 1, jcf->conf, jcf->line);
        gate_jfile_close(&old.file);
        return NGX_ERROR;
    }

    old.path.len = path->len;
    old.path.data = ngx_pnalloc(jcf->pool, path->len + 1);

    if (old.path.data == NULL) {
        gate_jfile_close(&old.file);
        return NGX_ERROR;
    }

    (void) ngx_cpystrn(old.path.data, path->data, path->len + 1);

    old.mapped = 1;
    old.fd = -1;

    f = &jcf->files[jcf->nfiles++];
    *f = old;

    ngx_log_error(NGX_LOG_NOTICE, log, 0,
                  "gate journal: \"%V\" is shipped until it is clean",
                  &f->path);

    ngx_http_gate_journal_examined(f, log);

    return NGX_OK;
}


static ngx_uint_t
ngx_http_gate_journal_has(ngx_http_gate_journal_conf_t *jcf,
    gate_jfile_t *file)
{
    ngx_uint_t  i;

    for (i = 0; i < jcf->nfiles; i++) {
        if (gate_jfile_same(&jcf->files[i].file, file)) {
            return 1;
        }
    }

    return 0;
}


void
ngx_http_gate_journal_close_file(ngx_http_gate_jfile_t *f)
{
    if (!f->mapped) {
        return;
    }

    if (f->fd != -1) {
        (void) close(f->fd);
        f->fd = -1;
    }

    gate_jfile_close(&f->file);
    f->mapped = 0;
}


ngx_http_gate_jfile_t *
ngx_http_gate_journal_file(ngx_http_gate_journal_conf_t *jcf, ngx_uint_t n,
    ngx_log_t *log)
{
    ngx_http_gate_jfile_t  *f;

    f = &jcf->files[n];

    if (n >= jcf->nfiles || !f->mapped) {
        return NULL;
    }

    /* what is not there any more must not be looked at: SIGBUS */

    if (f->fd == -1 && !gate_jfile_whole(&f->file)) {
        ngx_log_error(NGX_LOG_ALERT, log, 0,
                      "gate journal: \"%V\" was cut while nginx ran, this "
                      "worker does not use it: put it aside and start again",
                      &f->path);

        ngx_http_gate_journal_close_file(f);
        return NULL;
    }

    if (n != 0 && gate_journal_closed(f->file.journal)) {

        /* another worker has seen to it */

        ngx_http_gate_journal_close_file(f);
        return NULL;
    }

    if (f->fd == -1
        && gate_jfile_reopen(&f->file, (char *) f->path.data, &f->fd)
           != GATE_JOURNAL_OK)
    {
        ngx_log_error(NGX_LOG_ALERT, log, ngx_errno,
                      "gate journal: could not open \"%V\" in a worker",
                      &f->path);
        return NULL;
    }

    return f;
}


void
ngx_http_gate_journal_close_out(ngx_http_gate_journal_conf_t *jcf,
    ngx_http_gate_jfile_t *f, ngx_log_t *log)
{
    ngx_log_error(NGX_LOG_NOTICE, log, 0,
                  "gate journal: all of \"%V\" is in Redis, it is not used any "
                  "more", &f->path);

    gate_journal_set_closed(f->file.journal, 1);

    ngx_http_gate_journal_skip(jcf, f, gate_journal_before(f->file.journal));

    ngx_http_gate_journal_close_file(f);
}
