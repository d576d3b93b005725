
/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * What an OpenID provider says of itself (OpenID Connect Discovery 1.0, 3 and
 * 4.3; RFC 8414): where its keys are, of a host that may say so.
 */


#ifndef GATE_DISCOVERY_H_INCLUDED_
#define GATE_DISCOVERY_H_INCLUDED_


#include "gate_str.h"


#define GATE_DISCOVERY_MAX  (64 * 1024)       /* bytes of a document */
#define GATE_DISCOVERY_URI  1024              /* bytes of jwks_uri */


typedef struct {
    gate_str_t             issuer;            /* exact match of "issuer" */
    gate_str_t            *hosts;             /* "HOST" or "HOST:PORT" beside */
    size_t                 nhosts;            /* ... that of the issuer */
} gate_discovery_t;


/*
 * NULL: *uri is jwks_uri, in buf; else what is wrong, a fixed text that goes
 * on behind "the discovery document".  The URI is https, or http where the
 * issuer is, without userinfo and fragment; host and port are those of the
 * issuer, or of "hosts", where a port that is not said is that of the scheme.
 */
const char *gate_discovery_keys(const gate_discovery_t *d, gate_str_t text,
    unsigned char buf[GATE_DISCOVERY_URI], gate_str_t *uri);


#endif /* GATE_DISCOVERY_H_INCLUDED_ */
