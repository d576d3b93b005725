
/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * base64url without padding, canonical only (RFC 4648 5 and 3.5, RFC 7515 2).
 */


#ifndef GATE_B64_H_INCLUDED_
#define GATE_B64_H_INCLUDED_


#include "gate_str.h"


#define gate_b64url_decoded_max(len)  ((len) / 4 * 3 + 3)


/*
 * 1: decoded, *len bytes in dst (room: cap); 0: a byte outside the alphabet,
 * padding, a length of 4n+1, non-zero trailing bits, or no room
 */
int gate_b64url_decode(gate_str_t in, unsigned char *dst, size_t cap,
    size_t *len);


/* room that the text of so many bytes takes, at most */
#define gate_b64url_encoded(len)  (((len) + 2) / 3 * 4)

/* the text into dst; gives its length */
size_t gate_b64url_encode(gate_str_t in, unsigned char *dst);


#endif /* GATE_B64_H_INCLUDED_ */
