
/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * JSON Web Tokens, JWS compact form (RFC 7519, RFC 7515), verified after the
 * best current practices of RFC 8725: the algorithm comes from the issuer's
 * list and the key, never from the token alone; no key or URL of the token is
 * ever used; everything cheap is checked before the signature.
 */


#ifndef GATE_JWT_H_INCLUDED_
#define GATE_JWT_H_INCLUDED_


#include <jansson.h>

#include "gate_claim.h"
#include "gate_jwks.h"
#include "gate_jwt_heads.h"


#define GATE_JWT_MAX       16384              /* bytes of a token */
#define GATE_JWT_HEADER    4096               /* bytes of its decoded header */
#define GATE_JWT_KID       GATE_KID_MAX
#define GATE_JWT_KEYS      GATE_KEYS_NO_KID   /* tried when there is no kid */


typedef enum {
    GATE_JWT_OK = 0,
    GATE_JWT_BAD,                 /* malformed, wrong signature, wrong alg */
    GATE_JWT_EXPIRED,
    GATE_JWT_NOT_YET,
    GATE_JWT_ISSUER,              /* iss is none of ours */
    GATE_JWT_AUDIENCE,
    GATE_JWT_ERROR                /* no memory */
} gate_jwt_rc_e;


/* RFC 9068: access tokens of a type of their own */

typedef enum {
    GATE_JWT_ANY = 0,
    GATE_JWT_AT_OPTIONAL,         /* what says to be one has to be one */
    GATE_JWT_AT_REQUIRED
} gate_jwt_at_e;


typedef struct {
    gate_str_t             issuer;            /* exact match of iss */
    gate_str_t            *audiences;         /* one must be in aud */
    size_t                 naudiences;        /* 0: aud is not looked at */
    unsigned               algs;              /* mask of gate_alg_e */
    int64_t                leeway_s;
    int64_t                max_lifetime_s;    /* exp - iat, 0: any */
    gate_jwt_at_e          at_jwt;
    gate_claim_t          *require;           /* claims that must be there */
    size_t                 nrequire;
    gate_jwks_t           *keys;
} gate_jwt_issuer_t;


typedef struct {
    size_t                 issuer;            /* index of the issuer's table */
    json_t                *claims;            /* owned by the caller */
    int64_t                exp_s;             /* Unix time, leeway not added */
    int64_t                nbf_s;             /* 0: no nbf */
    size_t                 text;              /* bytes of the claims' JSON */
    unsigned               tries;             /* signatures looked at */
    int                    keyless;           /* all else is well */
    const char            *why;               /* short, fixed text; for logs */
    gate_str_t             what;              /* the issuer's: which claim */
} gate_jwt_result_t;


/*
 * verify "token" (no "Bearer ", no spaces) against the issuers allowed here;
 * the first whose name is the token's iss decides.  Order: size, shape,
 * canonical base64url; header: no crit, b64, enc or zip, no cty of a token,
 * typ if present one of JWT, at+jwt, application/jwt, application/at+jwt of
 * either case, alg known, kid if present of 1 to GATE_JWT_KID bytes; payload:
 * a JSON object; iss; alg
 * in the issuer's list; exp (required) and nbf, iat a number if present; what
 * else the issuer asks: a life that is not too long, typ, claims; aud; keys;
 * signature.  JSON has no member twice and at most 32 levels.
 *
 * "tries" is what it has cost: the signatures that were looked at.  It is 0
 * for all that is refused before; 1 at most where the kid, or without a kid
 * alg and the signature's length, leave one key; GATE_JWT_KEYS at most.
 *
 * So the answers EXPIRED, NOT_YET, ISSUER and AUDIENCE say nothing about the
 * signature.  Where a fraction of a second is in exp or nbf, the token is
 * good for less, not for more.  On anything but GATE_JWT_OK claims is NULL.
 *
 * "keyless" is 1 if all is well but for the key: there is none of that kid and
 * alg, or no key of a set or token without kid fits.  Other keys might.
 *
 * "heads" remembers the headers of good tokens, and changes no answer; NULL:
 * each header is read.
 */
gate_jwt_rc_e gate_jwt_verify(const gate_jwt_issuer_t *const *issuers,
    size_t nissuers, gate_jwt_heads_t *heads, gate_str_t token, int64_t now_s,
    gate_jwt_result_t *out);

/*
 * 1: that would be "keyless" of issuers[*issuer] for its kid and alg alone.  No
 * signature is looked at.
 */
int gate_jwt_keyless(const gate_jwt_issuer_t *const *issuers, size_t nissuers,
    gate_str_t token, int64_t now_s, size_t *issuer);

/*
 * a sentence for the caller about "why", where it helps him and tells nobody
 * what he does not know; NULL: there is none
 */
const char *gate_jwt_detail(const char *why);

/*
 * the time checks alone, for a token verified before: it is expired from exp
 * plus leeway on (RFC 7519 4.1.4), good from nbf less leeway on
 */
gate_jwt_rc_e gate_jwt_check_time(int64_t exp_s, int64_t nbf_s,
    int64_t leeway_s, int64_t now_s);

/*
 * does claim "name" equal "value", or, where it is an array, hold it?
 * Strings by bytes, integers by decimal text, booleans as true and false.
 * "name" as for gate_jwt_claim().
 */
int gate_jwt_claim_is(const json_t *claims, gate_str_t name, gate_str_t value);
/* the same of a claim that was found, or NULL */
int gate_jwt_value_is(const json_t *claim, gate_str_t value);
/* ... is it a string, or has it one, that begins so? */
int gate_jwt_value_begins(const json_t *claim, gate_str_t prefix);

/*
 * the claim of that name, NULL if there is none.  A name with dots is first
 * taken whole, then as a path: what is before the first dot is an object, in
 * which the rest is looked for in the same way.
 */
const json_t *gate_jwt_claim(const json_t *claims, gate_str_t name);

/*
 * claim as text into dst: a string as it is, integers of 64 bits and booleans
 * in decimal text, other numbers by their own bytes, arrays of those joined by
 * ",".  Objects and null give nothing, neither do control bytes (below 0x20,
 * 0x7f) nor, since it could not be told from two elements, an array's string
 * with a "," in it.  Gives the length, 0: none; needs at most cap bytes (else
 * 0).
 */
size_t gate_jwt_claim_text(const json_t *value, unsigned char *dst, size_t cap);

/*
 * the same of a claim that says who somebody is: a string or an integer.  Of
 * other values several read alike, or no two programs print them alike.
 */
size_t gate_jwt_claim_name(const json_t *value, unsigned char *dst, size_t cap);

/*
 * is "scope" in claim scope or in claim scp?  Either is a string of scopes
 * with spaces between (RFC 8693 4.2) or an array of them.
 */
int gate_jwt_has_scope(const json_t *claims, gate_str_t scope);


#endif /* GATE_JWT_H_INCLUDED_ */
