
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
