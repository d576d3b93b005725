
/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * A private key that mints, as the files of gate_mint share it.
 */


#ifndef GATE_MINT_KEY_H_INCLUDED_
#define GATE_MINT_KEY_H_INCLUDED_


#include <openssl/evp.h>

#include "gate_key.h"
#include "gate_mint.h"


struct gate_mint_key_s {
    const gate_alg_t      *row;
    EVP_PKEY              *pkey;
    EVP_MD_CTX            *digest;
    char                   kid[GATE_MINT_KID + 1];
    unsigned char         *jwk;
    size_t                 njwk;
    unsigned char         *head;              /* of a token, base64url */
    size_t                 nhead;
};


#endif /* GATE_MINT_KEY_H_INCLUDED_ */
