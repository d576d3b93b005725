
/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * Whose key it is: by its digest, which a worker makes once for the keys that
 * it meets often.  What it remembers belongs to a configuration, as the
 * credentials do: a key that a reload took away is unknown to the new one.
 *
 * Of a key that the configuration does not have the digest is remembered, by
 * which it is looked for elsewhere, and of one that Redis has the credential
 * that it had: that counts as long as the fence says so.
 */


#include "ngx_http_gate.h"
#include "ngx_http_gate_auth_known.h"
#include "ngx_http_gate_cache.h"
#include "ngx_http_gate_find.h"
#include "ngx_http_gate_request.h"
#include "ngx_http_gate_store.h"

#include "gate_digest.h"
#include "gate_recent.h"
#include "gate_snapshot.h"


/* keys that a worker remembers, 112 bytes each */
#define NGX_HTTP_GATE_AUTH_KNOWN  2048
/* ... of those that it does not know, with their digests, 144 bytes each */
#define NGX_HTTP_GATE_AUTH_OTHERS 256


typedef u_char  ngx_http_gate_auth_digest_t[GATE_SHA256_LEN];


struct ngx_http_gate_auth_known_s {
    gate_sha256_t             *sha;
    gate_recent_t             *recent;    /* of this worker, made on demand */
    gate_recent_t             *others;
    gate_recent_t             *kept;      /* those of Redis, or NULL */
    gate_credential_t         *refs[NGX_HTTP_GATE_AUTH_KNOWN];  /* of them */
    uint64_t                   seed;
    ngx_http_gate_auth_digest_t  digests[NGX_HTTP_GATE_AUTH_OTHERS];
};


static ngx_int_t ngx_http_gate_auth_known_begin(
    ngx_http_gate_auth_known_t *known);
static void ngx_http_gate_auth_known_free(void *data);


ngx_http_gate_auth_known_t *
ngx_http_gate_auth_known_create(ngx_conf_t *cf)
{
    ngx_pool_cleanup_t          *cln;
    ngx_http_gate_auth_known_t  *known;

    cln = ngx_pool_cleanup_add(cf->pool, sizeof(ngx_http_gate_auth_known_t));
    if (cln == NULL) {
        return NULL;
    }

    known = cln->data;

    known->recent = NULL;
    known->others = NULL;
    known->kept = NULL;
    ngx_memzero(known->refs, sizeof(known->refs));
    known->sha = gate_sha256_create();

    if (known->sha == NULL) {
        return NULL;
    }

    cln->handler = ngx_http_gate_auth_known_free;

    return known;
}


ngx_int_t
ngx_http_gate_auth_known(ngx_http_request_t *r,
    ngx_http_gate_auth_known_t *known, ngx_str_t *key,
    gate_credential_t **credential, unsigned char digest[GATE_SHA256_LEN])
{
    u_char      *p;
    gate_str_t   text;

    text = ngx_http_gate_view(key);

    if (known->others == NULL
        && ngx_http_gate_auth_known_begin(known) != NGX_OK)
    {
        return NGX_ERROR;
    }

    *credential = gate_recent_get(known->recent, text);

    if (*credential != NULL) {
        return NGX_OK;
    }

    if (known->kept != NULL) {
        *credential = gate_recent_get(known->kept, text);

        if (*credential != NULL
            && ((*credential)->not_after_s == 0
                || ngx_time() <= (*credential)->not_after_s)
            && ngx_http_gate_find_counts(r, *credential))
        {
            return NGX_OK;
        }

        *credential = NULL;
    }

    p = gate_recent_get(known->others, text);

    if (p != NULL) {
        ngx_memcpy(digest, p, GATE_SHA256_LEN);
        return NGX_OK;
    }

    if (!gate_sha256(known->sha, text, digest)) {
        return NGX_ERROR;
    }

    *credential = gate_model_key(ngx_http_gate_model(r), digest);

    if (*credential != NULL) {
        (void) gate_recent_put(known->recent, text, *credential);
        return NGX_OK;
    }

    p = known->digests[gate_recent_place(known->others, text)];

    if (gate_recent_put(known->others, text, p)) {
        ngx_memcpy(p, digest, GATE_SHA256_LEN);
    }

    return NGX_OK;
}


void
ngx_http_gate_auth_known_keep(ngx_http_gate_auth_known_t *known,
    ngx_str_t *key, gate_credential_t *credential)
{
    gate_str_t           text;
    gate_credential_t  **ref;

    /* who is refused is looked for each time: he is kept for the log then */

    if (!ngx_http_gate_cache_on() || credential->consumer->snapshot == NULL
        || credential->consumer->disabled)
    {
        return;
    }

    if (known->kept == NULL) {
        known->kept = gate_recent_create(NGX_HTTP_GATE_AUTH_KNOWN,
                                         known->seed);
        if (known->kept == NULL) {
            return;
        }
    }

    text = ngx_http_gate_view(key);
    ref = &known->refs[gate_recent_place(known->kept, text)];

    if (*ref == credential
        || !gate_recent_put(known->kept, text, credential))
    {
        return;
    }

    (void) gate_snapshot_take(credential->consumer);

    if (*ref != NULL) {
        gate_snapshot_release((*ref)->consumer);
    }

    *ref = credential;
}


/* in the worker, so that workers do not share pages of the master */

static ngx_int_t
ngx_http_gate_auth_known_begin(ngx_http_gate_auth_known_t *known)
{
    if (ngx_http_gate_random((u_char *) &known->seed, sizeof(uint64_t))
        != NGX_OK)
    {
        return NGX_ERROR;
    }

    if (known->recent == NULL) {
        known->recent = gate_recent_create(NGX_HTTP_GATE_AUTH_KNOWN,
                                           known->seed);
    }

    if (known->recent == NULL) {
        return NGX_ERROR;
    }

    known->others = gate_recent_create(NGX_HTTP_GATE_AUTH_OTHERS,
                                       known->seed);

    return known->others ? NGX_OK : NGX_ERROR;
}


static void
ngx_http_gate_auth_known_free(void *data)
{
    ngx_http_gate_auth_known_t *known = data;

    ngx_uint_t  i;

    for (i = 0; i < NGX_HTTP_GATE_AUTH_KNOWN; i++) {
        if (known->refs[i] != NULL) {
            gate_snapshot_release(known->refs[i]->consumer);
        }
    }

    gate_recent_destroy(known->kept);
    gate_recent_destroy(known->recent);
    gate_recent_destroy(known->others);
    gate_sha256_destroy(known->sha);
}
