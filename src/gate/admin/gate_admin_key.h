
/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * Keys that are issued: PREFIX_ and 28 letters and digits.
 *
 * The first 22 of these are a random number of 128 bits in base 62 (0-9, A-Z,
 * a-z; the highest digit first), the last 6 are the CRC-32 of zlib and PNG of
 * all that stands before them, in base 62, too.  So a typing error, and text
 * that only looks like a key, are told without asking anybody.
 */


#ifndef GATE_ADMIN_KEY_H_INCLUDED_
#define GATE_ADMIN_KEY_H_INCLUDED_


#include "gate_str.h"


#define GATE_ADMIN_KEY_RANDOM    16           /* bytes */
#define GATE_ADMIN_KEY_PREFIX    16           /* letters, without "_" */
#define GATE_ADMIN_KEY_DIGITS    22
#define GATE_ADMIN_KEY_CHECK     6
#define GATE_ADMIN_KEY_MAX                                                   \
    (GATE_ADMIN_KEY_PREFIX + 1 + GATE_ADMIN_KEY_DIGITS + GATE_ADMIN_KEY_CHECK)


/* 1 to 16 of a-z and 0-9 */
int gate_admin_key_is_prefix(gate_str_t prefix);

/* into dst of GATE_ADMIN_KEY_MAX bytes; gives its length */
size_t gate_admin_key_make(gate_str_t prefix,
    const unsigned char random[GATE_ADMIN_KEY_RANDOM], unsigned char *dst);

/* 1: it is of that form, and its check fits */
int gate_admin_key_fits(gate_str_t key);


#endif /* GATE_ADMIN_KEY_H_INCLUDED_ */
