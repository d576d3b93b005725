
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

/*
 * 1: the token has two dots at least, as tokens of RFC 7515 and RFC 7516 have;
 * 0: it is opaque
 */
int gate_bearer_is_jose(gate_str_t token);

/* 1: the field has "Bearer" and something that may be a key, or nothing */
int gate_bearer_is_key(gate_str_t field);


#endif /* GATE_BEARER_H_INCLUDED_ */
