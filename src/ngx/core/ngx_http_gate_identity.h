
/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * The identity of a request: a snapshot of who calls, which is kept until the
 * request's context goes, whatever became of where it was found.
 *
 * A consumer of the configuration is not copied: requests keep the cycle that
 * has theirs.  Any other one is a block of gate_snapshot.h, of which the
 * identity has a reference.
 */


#ifndef _NGX_HTTP_GATE_IDENTITY_H_INCLUDED_
#define _NGX_HTTP_GATE_IDENTITY_H_INCLUDED_


#include "ngx_http_gate.h"

#include "gate_snapshot.h"


/*
 * It is that consumer, by the credential of that id, which lives as long as
 * the consumer does; the caller keeps its own reference
 */
void ngx_http_gate_identity_set(ngx_http_gate_identity_t *who,
    gate_consumer_t *c, ngx_str_t *credential);

/* the same by a credential that lives as long as the request does */
void ngx_http_gate_identity_by(ngx_http_gate_identity_t *who,
    gate_credential_t *k);

/* takes over a reference to the claims of a token */
void ngx_http_gate_identity_claims(ngx_http_gate_identity_t *who,
    json_t *claims);

/* those of the token or, without one, of the consumer; NULL: none */

static ngx_inline const json_t *
ngx_http_gate_identity_claimed(const ngx_http_gate_identity_t *who)
{
    return (who->claims == NULL && who->consumer != NULL)
           ? who->consumer->claims : who->claims;
}


/* it is nobody; its references go */
void ngx_http_gate_identity_clear(ngx_http_gate_identity_t *who);
/* the same at its end, when nobody looks at it any more */
void ngx_http_gate_identity_release(ngx_http_gate_identity_t *who);


#endif /* _NGX_HTTP_GATE_IDENTITY_H_INCLUDED_ */
