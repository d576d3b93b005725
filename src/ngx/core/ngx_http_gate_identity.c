
/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * The identity of a request, and its references.
 */


#include "ngx_http_gate_identity.h"


void
ngx_http_gate_identity_set(ngx_http_gate_identity_t *who, gate_consumer_t *c,
    ngx_str_t *credential)
{
    /* in this order, as it may be the same one */

    (void) gate_snapshot_take(c);
    gate_snapshot_release(who->consumer);

    who->consumer = c;
    who->credential = *credential;
    who->by = NULL;
}


void
ngx_http_gate_identity_by(ngx_http_gate_identity_t *who, gate_credential_t *k)
{
    ngx_str_t  id;

    id.len = k->id.len;
    id.data = k->id.data;

    ngx_http_gate_identity_set(who, k->consumer, &id);

    who->by = k;
}


void
ngx_http_gate_identity_claims(ngx_http_gate_identity_t *who, json_t *claims)
{
    /* jansson's counter is atomic; a cached token keeps its own reference */

    json_decref((json_t *) who->claims);
    who->claims = claims;
}


void
ngx_http_gate_identity_release(ngx_http_gate_identity_t *who)
{
    json_decref((json_t *) who->claims);
    gate_snapshot_release(who->consumer);
}


void
ngx_http_gate_identity_clear(ngx_http_gate_identity_t *who)
{
    ngx_http_gate_identity_release(who);

    ngx_memzero(who, sizeof(ngx_http_gate_identity_t));
}
