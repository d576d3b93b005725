
/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * What is remembered of Redis: credentials that this worker has at hand, and
 * behind them the memory of the node.
 */


#include "ngx_http_gate.h"
#include "ngx_http_gate_fence.h"
#include "ngx_http_gate_find.h"
#include "ngx_http_gate_store.h"

#include "gate_snapshot.h"


static gate_credential_t **ngx_http_gate_find_place(
    ngx_http_gate_find_main_conf_t *fmcf, const gate_cache_key_t *key);


ngx_int_t
ngx_http_gate_find_remembered(ngx_http_request_t *r,
    const gate_cache_key_t *key, gate_str_t name, ngx_msec_t age,
    gate_credential_t **k)
{
    size_t                            len;
    gate_seen_t                       seen;
    ngx_uint_t                        late;
    gate_record_t                     record;
    gate_credential_t               **place;
    ngx_http_gate_find_main_conf_t   *fmcf;

    /* of this process, which has one thread */
    static u_char                     buf[GATE_CACHE_MAX];

    fmcf = ngx_http_get_module_main_conf(r, ngx_http_gate_find_module);

    late = (ngx_http_gate_fence_age() > age);
    place = ngx_http_gate_find_place(fmcf, key);

    if (place != NULL && *place != NULL && (*place)->kind == key->kind
        && gate_digest_eq((*place)->digest, key->digest, GATE_SHA256_LEN)
        && ngx_http_gate_find_unchanged(&(*place)->seen))
    {
        if (late) {
            return NGX_AGAIN;
        }

        *k = *place;
        (void) gate_snapshot_take((*k)->consumer);

        return NGX_OK;
    }

    len = ngx_http_gate_cache_get(key, &seen, buf);

    if (len == 0) {
        return NGX_DECLINED;
    }

    if (late || !ngx_http_gate_find_unchanged(&seen)
        || !gate_record_unpack(gate_str(buf, len), &record))
    {
        return NGX_AGAIN;
    }

    return ngx_http_gate_find_make(r, key, name, &seen, &record, k);
}


ngx_uint_t
ngx_http_gate_find_unchanged(const gate_seen_t *seen)
{
    return ngx_http_gate_fence_value(seen->stripe[0]) == seen->value[0]
           && ngx_http_gate_fence_value(seen->stripe[1]) == seen->value[1];
}


/* a reference for the caller, and one for what is at hand */

ngx_int_t
ngx_http_gate_find_make(ngx_http_request_t *r, const gate_cache_key_t *key,
    gate_str_t name, const gate_seen_t *seen, const gate_record_t *record,
    gate_credential_t **k)
{
    gate_plan_t                      *plan;
    gate_snapshot_t                  *snapshot;
    gate_credential_t               **place;
    ngx_http_gate_find_main_conf_t   *fmcf;

    fmcf = ngx_http_get_module_main_conf(r, ngx_http_gate_find_module);

    if (ngx_http_gate_store_plan_of(r, record->plan, &plan) != NGX_OK) {
        return ngx_http_gate_find_wrong(fmcf, key->kind, name,
                   record->plan.len ? "has a plan that is not configured"
                                    : "has no plan, which a limit needs",
                   (char *) record->plan.data, record->plan.len);
    }

    snapshot = gate_snapshot_create(gate_record_size(record, name));
    if (snapshot == NULL) {
        return NGX_ERROR;
    }

    *k = gate_record_keep(record, plan, key->kind, name,
                          gate_snapshot_memory(snapshot));

    (*k)->consumer->snapshot = snapshot;
    (*k)->seen = *seen;
    ngx_memcpy((*k)->digest, key->digest, GATE_SHA256_LEN);

    place = ngx_http_gate_find_place(fmcf, key);

    if (place != NULL) {
        if (*place != NULL) {
            gate_snapshot_release((*place)->consumer);
        }

        (void) gate_snapshot_take((*k)->consumer);
        *place = *k;
    }

    return NGX_OK;
}


/* in the worker, so that workers do not share pages of the master; NULL: no
 * memory, or nothing is to be remembered */

static gate_credential_t **
ngx_http_gate_find_place(ngx_http_gate_find_main_conf_t *fmcf,
    const gate_cache_key_t *key)
{
    uint32_t  place;

    if (!ngx_http_gate_cache_on()) {
        return NULL;
    }

    if (fmcf->recent == NULL) {
        fmcf->recent = ngx_calloc(NGX_HTTP_GATE_FIND_RECENT
                                  * sizeof(gate_credential_t *),
                                  ngx_cycle->log);
        if (fmcf->recent == NULL) {
            return NULL;
        }
    }

    ngx_memcpy(&place, key->digest, sizeof(uint32_t));

    return &fmcf->recent[(place + key->kind) % NGX_HTTP_GATE_FIND_RECENT];
}
