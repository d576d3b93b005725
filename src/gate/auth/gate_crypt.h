
/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * Hashes of passwords, as crypt(5) has them: bcrypt, SHA-crypt, yescrypt.
 */


#ifndef GATE_CRYPT_H_INCLUDED_
#define GATE_CRYPT_H_INCLUDED_


#include "gate_str.h"


#define GATE_CRYPT_HASH  256                  /* bytes, at most */


/*
 * NULL: it is a hash of a form and a cost that are taken; else how a sentence
 * that begins with "it" goes on.
 */
const char *gate_crypt_wrong(gate_str_t hash);

/*
 * 1: that is the password, which ends in a NUL, as the hash does; 0: it is not,
 * or there is no memory.  It takes a part of a second: not for an event loop.
 */
int gate_crypt_is(const char *password, const char *hash);


#endif /* GATE_CRYPT_H_INCLUDED_ */
