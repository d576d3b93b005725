
/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * The keys that all workers have: their text in shared memory, read by each
 * worker when its version has changed.
 */


#include "ngx_http_gate.h"
#include "ngx_http_gate_keyset_own.h"

#include "gate_text.h"


#define NGX_HTTP_GATE_KEYSET_KID   64         /* bytes shown of a kid */
#define NGX_HTTP_GATE_KEYSET_ROOM  (256 * 1024)    /* the slab's own, at most */


typedef struct {
    ngx_log_t                 *log;
    ngx_http_gate_keyset_t    *set;
} ngx_http_gate_keyset_skip_t;


static ngx_int_t ngx_http_gate_keyset_init_zone(ngx_shm_zone_t *zone,
    void *data);
static void ngx_http_gate_keyset_adopt(ngx_http_gate_keyset_t *set);
static gate_jwks_t *ngx_http_gate_keyset_read(ngx_http_gate_keyset_t *set,
    ngx_str_t *text, char *err, size_t len, ngx_log_t *log);
static void ngx_http_gate_keyset_skip(void *data, size_t n, gate_str_t kid,
    const char *why);
static void ngx_http_gate_keyset_free(void *data);


/*
 * What the keys are of is in the zone's name: with another location, or for
 * another issuer, they begin anew, and those of the old workers stay.
 */

ngx_int_t
ngx_http_gate_keyset_zone(ngx_conf_t *cf, ngx_http_gate_keyset_t *set)
{
    uint32_t             hash;
    ngx_str_t            name;
    ngx_shm_zone_t      *zone;
    ngx_pool_cleanup_t  *cln;

    hash = ngx_crc32_long(set->source.data, set->source.len);
    hash ^= ngx_crc32_long(set->issuer->jwt.issuer.data,
                           set->issuer->jwt.issuer.len);

    name.len = sizeof("gate_issuer  00000000") - 1 + set->issuer->name.len;
    name.data = ngx_pnalloc(cf->pool, name.len);
    cln = ngx_pool_cleanup_add(cf->pool, 0);

    if (name.data == NULL || cln == NULL) {
        return NGX_ERROR;
    }

    name.len = ngx_sprintf(name.data, "gate_issuer %V %08xD",
                           &set->issuer->name, hash)
               - name.data;

    zone = ngx_shared_memory_add(cf, &name,
                                 sizeof(ngx_http_gate_keyset_sh_t)
                                 + NGX_HTTP_GATE_KEYSET_ROOM,
                                 &ngx_http_gate_keyset_module);
    if (zone == NULL) {
        return NGX_ERROR;
    }

    zone->init = ngx_http_gate_keyset_init_zone;
    zone->data = set;

    set->none = set->issuer->jwt.keys;
    ngx_queue_init(&set->waiting);

    cln->handler = ngx_http_gate_keyset_free;
    cln->data = set;

    return NGX_OK;
}


static ngx_int_t
ngx_http_gate_keyset_init_zone(ngx_shm_zone_t *zone, void *data)
{
    ngx_http_gate_keyset_t *set = zone->data;
    ngx_http_gate_keyset_t *old = data;

    set->shpool = (ngx_slab_pool_t *) zone->shm.addr;

    if (old != NULL) {
        set->sh = old->sh;
        return NGX_OK;
    }

    if (zone->shm.exists) {
        set->sh = set->shpool->data;
        return NGX_OK;
    }

    set->sh = ngx_slab_alloc(set->shpool, sizeof(ngx_http_gate_keyset_sh_t));
    if (set->sh == NULL) {
        return NGX_ERROR;
    }

    /* not the text, of which nothing is read that was not written */

    ngx_memzero(set->sh, offsetof(ngx_http_gate_keyset_sh_t, text));

    set->sh->layout = NGX_HTTP_GATE_KEYSET_LAYOUT;
    set->shpool->data = set->sh;
    set->shpool->log_nomem = 0;

    if (ngx_test_config) {
        return NGX_OK;
    }

    return ngx_http_gate_keyset_find(set, zone->shm.log);
}


void
ngx_http_gate_keyset_see(ngx_http_gate_issuer_t *is)
{
    ngx_http_gate_keyset_t  *set;

    set = is->set;

    if (set == NULL || set->sh == NULL) {
        return;
    }

    if (__atomic_load_n(&set->sh->state.version, __ATOMIC_RELAXED)
        != set->seen)
    {
        ngx_http_gate_keyset_adopt(set);
    }

    is->version = set->seen;

    is->jwt.keys = (set->keys != NULL
                    && gate_keyset_usable(&set->sh->state, &set->plan,
                                          ngx_http_gate_keyset_now()))
                   ? set->keys : set->none;
}


/* no other worker can have taken a text that this one cannot read, but for
 * want of memory: then it goes on with what it has, and tries again */

static void
ngx_http_gate_keyset_adopt(ngx_http_gate_keyset_t *set)
{
    char          err[256];
    size_t        len;
    uint64_t      version;
    ngx_str_t     text;
    gate_jwks_t  *keys;

    text.data = ngx_alloc(GATE_JWKS_MAX, ngx_cycle->log);
    if (text.data == NULL) {
        return;
    }

    ngx_shmtx_lock(&set->shpool->mutex);

    version = set->sh->state.version;
    len = set->sh->len[set->sh->which];
    ngx_memcpy(text.data, set->sh->text[set->sh->which], len);

    ngx_shmtx_unlock(&set->shpool->mutex);

    text.len = len;

    keys = ngx_http_gate_keyset_read(set, &text, err, sizeof(err), NULL);

    ngx_free(text.data);

    if (keys == NULL) {
        ngx_log_error(NGX_LOG_ERR, ngx_cycle->log, 0,
                      "gate keys: issuer \"%V\": version %uL: %s",
                      &set->issuer->name, version, err);
        return;
    }

    gate_jwks_destroy(set->keys);

    set->keys = keys;
    set->seen = version;
}


/* NULL: it is of no use, as "err" says */

static gate_jwks_t *
ngx_http_gate_keyset_read(ngx_http_gate_keyset_t *set, ngx_str_t *text,
    char *err, size_t len, ngx_log_t *log)
{
    int                           ok;
    gate_jwks_t                  *keys;
    ngx_http_gate_keyset_skip_t   skip;

    keys = gate_jwks_create();

    if (keys == NULL) {
        (void) ngx_cpystrn((u_char *) err, (u_char *) "there is no memory",
                           len);
        return NULL;
    }

    skip.log = log;
    skip.set = set;

    gate_jwks_on_skip(keys, log ? ngx_http_gate_keyset_skip : NULL, &skip);

    ok = gate_jwks_add_json(keys, ngx_http_gate_view(text),
                            set->issuer->jwt.algs, err, len);

    gate_jwks_on_skip(keys, NULL, NULL);

    if (!ok) {
        gate_jwks_destroy(keys);
        return NULL;
    }

    return keys;
}


static void
ngx_http_gate_keyset_skip(void *data, size_t n, gate_str_t kid,
    const char *why)
{
    ngx_http_gate_keyset_skip_t *skip = data;

    u_char       buf[NGX_HTTP_GATE_KEYSET_KID * 6 + 16];
    gate_text_t  t;

    gate_text_init(&t, buf, sizeof(buf));

    if (kid.len != 0) {
        kid.len = ngx_min(kid.len, NGX_HTTP_GATE_KEYSET_KID);

        gate_text_cstr(&t, ", kid ");
        gate_text_json(&t, kid);
        gate_text_cstr(&t, ",");
    }

    ngx_log_error(NGX_LOG_WARN, skip->log, 0,
                  "gate keys: issuer \"%V\": key %uz%*s is skipped: %s",
                  &skip->set->issuer->name, n,
                  (size_t) (t.last - t.start), t.start, why);
}


const char *
ngx_http_gate_keyset_take(ngx_http_gate_keyset_t *set, ngx_str_t *text,
    int64_t ttl_ms, char *err, size_t len, ngx_log_t *log)
{
    uint64_t                    version;
    ngx_uint_t                  other, changed, n;
    gate_jwks_t                *keys;
    ngx_http_gate_keyset_sh_t  *sh;

    sh = set->sh;

    /* this worker alone may write now, and what is there it may read */

    changed = (sh->state.version == 0 || sh->len[sh->which] != text->len
               || ngx_memcmp(sh->text[sh->which], text->data, text->len)
                  != 0);

    keys = ngx_http_gate_keyset_read(set, text, err, len,
                                     changed ? log : NULL);
    if (keys == NULL) {
        return err;
    }

    n = gate_jwks_count(keys);
    gate_jwks_destroy(keys);

    ngx_shmtx_lock(&set->shpool->mutex);

    if (changed) {
        other = 1 - sh->which;

        ngx_memcpy(sh->text[other], text->data, text->len);
        sh->len[other] = text->len;
        sh->which = other;
        sh->keys = n;
    }

    gate_keyset_good(&sh->state, &set->plan, ngx_pid, ttl_ms, changed,
                     (uint32_t) ngx_random(), ngx_http_gate_keyset_now());

    version = sh->state.version;

    ngx_shmtx_unlock(&set->shpool->mutex);

    if (changed) {
        ngx_log_error(NGX_LOG_NOTICE, log, 0,
                      "gate keys: issuer \"%V\": %ui key%s, version %uL",
                      &set->issuer->name, n, n == 1 ? "" : "s", version);
    }

    return NULL;
}


static void
ngx_http_gate_keyset_free(void *data)
{
    ngx_http_gate_keyset_t *set = data;

    ngx_http_gate_keyset_stop(set);

    gate_jwks_destroy(set->keys);
    set->keys = NULL;
}
