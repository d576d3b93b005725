
/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * gRPC over HTTP/2: what tells a call, and how a refusal is told there.
 */


#ifndef GATE_GRPC_H_INCLUDED_
#define GATE_GRPC_H_INCLUDED_


#include "gate_str.h"


/* bytes that a message of "n" has at worst */
#define GATE_GRPC_MESSAGE(n)       (3 * (n))

#define GATE_GRPC_UNKNOWN            2
#define GATE_GRPC_DEADLINE_EXCEEDED  4
#define GATE_GRPC_CODES             16    /* the largest there is */


/* by the Content-Type of a request; gRPC-Web is HTTP for browsers */
int gate_grpc_is(gate_str_t type);

/* the code that stands for a status of HTTP */
unsigned gate_grpc_code(unsigned status);

/* the code of a "grpc-status" field; unknown: 2, as clients take it */
unsigned gate_grpc_read(gate_str_t value);

/* percent-encoded for "grpc-message"; the byte behind it */
unsigned char *gate_grpc_message(unsigned char *dst, gate_str_t text);


#endif /* GATE_GRPC_H_INCLUDED_ */
