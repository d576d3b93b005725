
/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * Verification keys, parsed once: JWK sets (RFC 7517, RFC 7518 6), PEM public
 * keys and certificates, shared secrets.
 */


#ifndef GATE_JWKS_H_INCLUDED_
#define GATE_JWKS_H_INCLUDED_


#include "gate_alg.h"


#define GATE_KID_MAX      128                 /* bytes of a key's name */
#define GATE_KEYS_NO_KID  4                   /* tried for a token without */
#define GATE_JWKS_MAX     (1024 * 1024)       /* bytes of a text of keys */


typedef struct gate_key_s   gate_key_t;       /* one key, opaque */
typedef struct gate_jwks_s  gate_jwks_t;      /* a set, immutable once loaded */

/* key "n" of a text, from 1 on, is skipped; kid.len 0: it has none */
typedef void (*gate_jwks_skip_pt)(void *data, size_t n, gate_str_t kid,
    const char *why);


gate_jwks_t *gate_jwks_create(void);
void gate_jwks_destroy(gate_jwks_t *set);
size_t gate_jwks_count(const gate_jwks_t *set);
/* 1: a key of it has a kid, and so a token's kid says something */
int gate_jwks_named(const gate_jwks_t *set);

/* who is told of keys that gate_jwks_add_json() skips; NULL: nobody */
void gate_jwks_on_skip(gate_jwks_t *set, gate_jwks_skip_pt skip, void *data);

/*
 * add the keys of a text; "algs" is the issuer's list (mask).  1: fine; 0:
 * "err" has a sentence without any key material, and the set may hold a part:
 * it is of no use then.
 *
 * RSA below 2048 bits is refused.  A secret that is shorter than the hash of
 * every HS algorithm listed is refused, else it is used for those only that it
 * is long enough for.  Two keys of one kid and one algorithm are refused, and
 * so are more keys without kid for one algorithm than are ever tried.  Text of
 * a private key is refused, whatever it is for.
 *
 * JSON is a set or one key.  There (RFC 7517 5) what is refused above is but
 * skipped and told of, and so is all else that makes a key useless: no kty or
 * an unknown one, members missing or not of their type or form, "use" other
 * than "sig", "key_ops" without "verify", an alg that is unknown or not of the
 * kty.  Sound keys for algorithms that are not listed are left out in silence.
 * Errors are a private key, no memory, and if nothing remains.
 *
 * PEM is one block: PUBLIC KEY, RSA PUBLIC KEY or CERTIFICATE, of which only
 * the key is taken: its dates and its signer are not looked at.
 *
 * An empty kid is none.
 */
int gate_jwks_add_json(gate_jwks_t *set, gate_str_t text, unsigned algs,
    char *err, size_t errlen);
int gate_jwks_add_pem(gate_jwks_t *set, gate_str_t text, gate_str_t kid,
    unsigned algs, char *err, size_t errlen);
int gate_jwks_add_secret(gate_jwks_t *set, gate_str_t secret, gate_str_t kid,
    unsigned algs, char *err, size_t errlen);

/*
 * the candidates for (alg, kid), at most "max"; gives their number.  With a
 * kid the exact match only, but in a set where no key has one (PEM files,
 * secrets) the token's kid says nothing and is not looked at.  Without a kid
 * (NULL) each key that may use alg.
 */
size_t gate_jwks_find(const gate_jwks_t *set, unsigned alg,
    const gate_str_t *kid, const gate_key_t **keys, size_t max);

/* 1: a signature of key under alg has that length; costs nothing */
int gate_key_fits(const gate_key_t *key, unsigned alg, size_t len);

/*
 * 1: sig is key's signature of msg under alg; ES signatures are raw r||s.  The
 * key's contexts are used again each time: one thread at a time.
 */
int gate_key_verify(const gate_key_t *key, unsigned alg, gate_str_t msg,
    gate_str_t sig);


#endif /* GATE_JWKS_H_INCLUDED_ */
