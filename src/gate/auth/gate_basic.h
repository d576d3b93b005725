
/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * A name and a password in an Authorization field (RFC 7617).
 */


#ifndef GATE_BASIC_H_INCLUDED_
#define GATE_BASIC_H_INCLUDED_


#include "gate_str.h"


#define GATE_BASIC_USER      128              /* bytes, at most */
#define GATE_BASIC_PASSWORD  256

/* of both, and the colon between them */
#define GATE_BASIC_MAX       (GATE_BASIC_USER + 1 + GATE_BASIC_PASSWORD)


typedef enum {
    GATE_BASIC_OK = 0,
    GATE_BASIC_OTHER,                         /* another scheme */
    GATE_BASIC_BAD
} gate_basic_rc_e;


/*
 * dst has room for GATE_BASIC_MAX bytes, of which *user and *password are
 * views.  What is not base64 of one spelling, has no colon, an empty name or a
 * control character, or is too long, is bad.
 */
gate_basic_rc_e gate_basic_parse(gate_str_t field, unsigned char *dst,
    gate_str_t *user, gate_str_t *password);


#endif /* GATE_BASIC_H_INCLUDED_ */
