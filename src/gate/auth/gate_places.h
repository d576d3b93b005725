
/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * Other places of a request in which a token may stand: a cookie, and the
 * subprotocols of a WebSocket, to which pages can add no field.
 */


#ifndef GATE_PLACES_H_INCLUDED_
#define GATE_PLACES_H_INCLUDED_


#include "gate_str.h"


/*
 * the next cookie of that name in the value of a Cookie field (RFC 6265 4.2);
 * *pos is where to look from, 0 at first.  The quotes around a value are left
 * out.  0: there are no more.
 */
int gate_places_cookie(gate_str_t field, gate_str_t name, size_t *pos,
    gate_str_t *value);


typedef enum {
    GATE_PROTOCOL_END = 0,
    GATE_PROTOCOL_OTHER,          /* a subprotocol */
    GATE_PROTOCOL_PREFIX,         /* says that the next one is a token */
    GATE_PROTOCOL_TOKEN,
    GATE_PROTOCOL_ENCODED         /* the same, in base64url */
} gate_protocol_e;


/* all zero at the first of the request's Sec-WebSocket-Protocol fields */

typedef struct {
    size_t                 pos;               /* 0 at each of them */
    int                    next;              /* the next one is a token */
} gate_protocol_t;


/*
 * what the next element is: "PREFIX, TOKEN", or one element that Kubernetes
 * knows, "base64url.bearer.authorization.k8s.io.TOKEN"; of the latter *element
 * is what follows that name
 */
gate_protocol_e gate_places_protocol(gate_str_t field, gate_str_t prefix,
    gate_protocol_t *state, gate_str_t *element);


#endif /* GATE_PLACES_H_INCLUDED_ */
