
/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * Hashes of passwords: which are taken, and whether a password has one.
 */


#define _GNU_SOURCE

#include <crypt.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/crypto.h>

#include "gate_crypt.h"


#define GATE_CRYPT_COST    15                 /* bcrypt: 2^15, a few seconds */
#define GATE_CRYPT_ROUNDS  5000000            /* SHA-crypt */


static const char *gate_crypt_bcrypt(gate_str_t hash);
static const char *gate_crypt_sha(gate_str_t hash, size_t digits);
static int gate_crypt_text(gate_str_t s);
static int gate_crypt_number(gate_str_t s, size_t *pos);


const char *
gate_crypt_wrong(gate_str_t hash)
{
    if (hash.len == 0 || hash.len > GATE_CRYPT_HASH || !gate_crypt_text(hash))
    {
        return "must be a hash of crypt(5), as \"htpasswd -B\" and "
               "\"openssl passwd -6\" make it, never the password itself";
    }

    if (hash.len > 4
        && (memcmp(hash.data, "$2b$", 4) == 0
            || memcmp(hash.data, "$2y$", 4) == 0
            || memcmp(hash.data, "$2a$", 4) == 0))
    {
        return gate_crypt_bcrypt(hash);
    }

    if (hash.len > 3 && memcmp(hash.data, "$6$", 3) == 0) {
        return gate_crypt_sha(hash, 86);
    }

    if (hash.len > 3 && memcmp(hash.data, "$5$", 3) == 0) {
        return gate_crypt_sha(hash, 43);
    }

    if (hash.len > 40 && memcmp(hash.data, "$y$j9T$", 7) == 0) {
        return NULL;
    }

    return "must be a hash of bcrypt (\"$2b$\", \"$2y$\"), SHA-crypt "
           "(\"$6$\", \"$5$\") or yescrypt (\"$y$\") of the usual cost";
}


/* $2b$COST$, 22 bytes of salt, 31 of hash */

static const char *
gate_crypt_bcrypt(gate_str_t hash)
{
    int     cost;
    size_t  pos;

    pos = 4;
    cost = (hash.len == 60) ? gate_crypt_number(hash, &pos) : -1;

    if (pos != 6 || hash.data[6] != '$' || cost < 4 || cost > GATE_CRYPT_COST) {
        return "must be a whole hash of bcrypt with a cost from 4 to 15";
    }

    return NULL;
}


/* $6$[rounds=N$]SALT$HASH */

static const char *
gate_crypt_sha(gate_str_t hash, size_t digits)
{
    int     rounds;
    size_t  pos, last;

    pos = 3;

    if (hash.len > 10 && memcmp(hash.data + 3, "rounds=", 7) == 0) {
        pos = 10;
        rounds = gate_crypt_number(hash, &pos);

        if (rounds < 1000 || rounds > GATE_CRYPT_ROUNDS
            || pos == hash.len || hash.data[pos++] != '$')
        {
            return "must be a hash of SHA-crypt with 1000 to 5000000 rounds";
        }
    }

    for (last = pos; last < hash.len && hash.data[last] != '$'; last++) {
        /* void */
    }

    if (last == pos || last - pos > 16 || hash.len - last != digits + 1) {
        return "must be a whole hash of SHA-crypt: prefix, salt, and all of "
               "the hash";
    }

    return NULL;
}


static int
gate_crypt_text(gate_str_t s)
{
    size_t  i;

    for (i = 0; i < s.len; i++) {
        if (s.data[i] <= ' ' || s.data[i] >= 0x7f || s.data[i] == ':') {
            return 0;
        }
    }

    return s.data[0] == '$';
}


static int
gate_crypt_number(gate_str_t s, size_t *pos)
{
    int     n;
    size_t  first;

    n = 0;
    first = *pos;

    while (*pos < s.len && s.data[*pos] >= '0' && s.data[*pos] <= '9'
           && *pos - first < 8)
    {
        n = n * 10 + (s.data[(*pos)++] - '0');
    }

    return (*pos == first) ? -1 : n;
}


int
gate_crypt_is(const char *password, const char *hash)
{
    int                 same;
    size_t              len;
    const char         *made;
    struct crypt_data  *data;

    data = calloc(1, sizeof(struct crypt_data));
    if (data == NULL) {
        return 0;
    }

    made = crypt_r(password, hash, data);
    len = strlen(hash);

    same = made != NULL && made[0] != '*' && strlen(made) == len
           && CRYPTO_memcmp(made, hash, len) == 0;

    OPENSSL_cleanse(data, sizeof(struct crypt_data));
    free(data);

    return same;
}
