
/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * The token of an Authorization field (RFC 6750 2.1).
 */


#ifndef GATE_BEARER_H_INCLUDED_
#define GATE_BEARER_H_INCLUDED_


#include "gate_str.h"


/*
 * 1: the scheme is "Bearer" in any case, or the field is empty; *token is what
 * follows, which may be nothing.  0: another scheme, *token is left alone
 */
int gate_bearer_token(gate_str_t field, gate_str_t *token);


#endif /* GATE_BEARER_H_INCLUDED_ */
