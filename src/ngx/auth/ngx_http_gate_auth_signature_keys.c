
/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * Keys of those who sign, made ready once in each worker: to read a PEM text
 * costs more than to verify by it.  The text is the name under which one is
 * kept, so that a key that was changed is another one.
 */


#include "ngx_http_gate.h"
#include "ngx_http_gate_request.h"
#include "ngx_http_gate_auth_signature.h"

#include "gate_hash.h"
#include "gate_same.h"


#define NGX_HTTP_GATE_SIGNATURE_KEYS  512


typedef struct {
    gate_jwks_t               *set;           /* of one key; NULL: empty */
    unsigned                   alg;
    gate_str_t                 text;          /* owned */
} ngx_http_gate_signature_slot_t;


struct ngx_http_gate_signature_keys_s {
    uint64_t                        seed;     /* 0: not yet drawn */
    ngx_http_gate_signature_slot_t  slots[NGX_HTTP_GATE_SIGNATURE_KEYS];
};


static void ngx_http_gate_signature_keys_destroy(void *data);
static gate_jwks_t *ngx_http_gate_signature_read(gate_str_t text, unsigned alg,
    char *err, size_t errlen);
static void ngx_http_gate_signature_empty(ngx_http_gate_signature_slot_t *s);


ngx_http_gate_signature_keys_t *
ngx_http_gate_signature_keys_create(ngx_conf_t *cf)
{
    ngx_pool_cleanup_t              *cln;
    ngx_http_gate_signature_keys_t  *keys;

    cln = ngx_pool_cleanup_add(cf->pool, 0);
    keys = ngx_pcalloc(cf->pool, sizeof(ngx_http_gate_signature_keys_t));

    if (cln == NULL || keys == NULL) {
        return NULL;
    }

    cln->handler = ngx_http_gate_signature_keys_destroy;
    cln->data = keys;

    return keys;
}


static void
ngx_http_gate_signature_keys_destroy(void *data)
{
    ngx_http_gate_signature_keys_t *keys = data;

    ngx_uint_t  i;

    for (i = 0; i < NGX_HTTP_GATE_SIGNATURE_KEYS; i++) {
        ngx_http_gate_signature_empty(&keys->slots[i]);
    }
}


const gate_key_t *
ngx_http_gate_signature_key(ngx_http_gate_signature_keys_t *keys,
    gate_str_t text, unsigned alg, char *err, size_t errlen)
{
    u_char                          *copy;
    gate_jwks_t                     *set;
    const gate_key_t                *key;
    ngx_http_gate_signature_slot_t  *s;

    if (keys->seed == 0
        && ngx_http_gate_random((u_char *) &keys->seed, sizeof(uint64_t))
           != NGX_OK)
    {
        return NULL;
    }

    s = &keys->slots[gate_hash(text, keys->seed)
                     % NGX_HTTP_GATE_SIGNATURE_KEYS];

    if (s->set == NULL || s->alg != alg || s->text.len != text.len
        || !gate_same(s->text.data, text.data, text.len))
    {
        set = ngx_http_gate_signature_read(text, alg, err, errlen);
        copy = set ? ngx_alloc(text.len, ngx_cycle->log) : NULL;

        if (copy == NULL) {
            gate_jwks_destroy(set);
            return NULL;
        }

        ngx_memcpy(copy, text.data, text.len);

        ngx_http_gate_signature_empty(s);

        s->set = set;
        s->alg = alg;
        s->text = gate_str(copy, text.len);
    }

    return gate_jwks_find(s->set, alg, NULL, &key, 1) == 1 ? key : NULL;
}


/* a secret, a JWK or a PEM text */

static gate_jwks_t *
ngx_http_gate_signature_read(gate_str_t text, unsigned alg, char *err,
    size_t errlen)
{
    int               good;
    gate_jwks_t      *set;
    const gate_str_t  none = gate_string("");

    set = gate_jwks_create();

    if (set == NULL || text.len == 0) {
        ngx_snprintf((u_char *) err, errlen, "it is empty%Z");
        gate_jwks_destroy(set);
        return NULL;
    }

    if (alg == GATE_HS256) {
        good = gate_jwks_add_secret(set, text, none, alg, err, errlen);

    } else if (text.data[0] == '{') {
        good = gate_jwks_add_json(set, text, alg, err, errlen);

    } else {
        good = gate_jwks_add_pem(set, text, none, alg, err, errlen);
    }

    if (good && gate_jwks_count(set) != 1) {
        ngx_snprintf((u_char *) err, errlen, "it is more than one key%Z");
        good = 0;
    }

    if (!good) {
        gate_jwks_destroy(set);
        return NULL;
    }

    return set;
}


static void
ngx_http_gate_signature_empty(ngx_http_gate_signature_slot_t *s)
{
    if (s->set == NULL) {
        return;
    }

    gate_jwks_destroy(s->set);
    ngx_explicit_memzero(s->text.data, s->text.len);
    ngx_free(s->text.data);

    s->set = NULL;
}
