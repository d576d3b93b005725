
/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * What the bearer of a token is told of why it was refused.
 */


#include "gate_jwt.h"


#define GATE_JWT_MALFORMED  "The token is malformed."
#define GATE_JWT_ENCRYPTED                                                    \
    "Encrypted tokens (JWE) are not supported."
#define GATE_JWT_NO_ALG                                                       \
    "The token's algorithm (\"alg\") is not accepted here."
#define GATE_JWT_NOT_WHOLE(claim)                                             \
    "The token is of type \"at+jwt\" (RFC 9068) and has no \"" claim           \
    "\" claim."
#define GATE_JWT_NO_TIME                                                      \
    "The \"exp\", \"nbf\" or \"iat\" claim of the token is not a time."


/* what a caller is told of the causes below; the others' reasons say it all */

static const struct {
    const char  *why;
    const char  *detail;
} gate_jwt_details[] = {
    { "token is too long", "The token is missing or too long." },
    { "token has not three parts", GATE_JWT_MALFORMED },
    { "token is not canonical base64url", GATE_JWT_MALFORMED },
    { "header is too long", GATE_JWT_MALFORMED },
    { "header is no JSON object, or an unfit one", GATE_JWT_MALFORMED },
    { "payload is no JSON object, or an unfit one", GATE_JWT_MALFORMED },
    { "token has five parts", GATE_JWT_ENCRYPTED },
    { "header has enc", GATE_JWT_ENCRYPTED },
    { "header has zip", GATE_JWT_ENCRYPTED },
    { "header has crit",
      "The token has critical extensions (\"crit\"), of which none is "
      "supported." },
    { "header has b64",
      "Tokens with an unencoded payload (\"b64\") are not supported." },
    { "token has another one in it",
      "Tokens within tokens (\"cty\") are not supported." },
    { "header has a typ of another kind of token",
      "The token is of a type (\"typ\") that is not an access token's." },
    { "header has no alg of ours", GATE_JWT_NO_ALG },
    { "alg is not one of the issuer", GATE_JWT_NO_ALG },
    { "header has a kid that is empty, too long or no string",
      GATE_JWT_MALFORMED },
    { "iss is missing or no string", "The token has no \"iss\" claim." },
    { "exp is missing", "The token has no \"exp\" claim." },
    { "exp is no time", GATE_JWT_NO_TIME },
    { "nbf is no time", GATE_JWT_NO_TIME },
    { "iat is no number", GATE_JWT_NO_TIME },
    { "iat is missing",
      "The token has no \"iat\" claim, and one is needed here." },
    { "iat is to come", "The \"iat\" claim of the token is in the future." },
    { "exp is too long after iat",
      "The token is valid for a longer time than is accepted here." },
    { "typ is not at+jwt",
      "The token is not an access token of type \"at+jwt\" (RFC 9068)." },
    { "at+jwt without aud", GATE_JWT_NOT_WHOLE("aud") },
    { "at+jwt without sub", GATE_JWT_NOT_WHOLE("sub") },
    { "at+jwt without client_id", GATE_JWT_NOT_WHOLE("client_id") },
    { "at+jwt without iat", GATE_JWT_NOT_WHOLE("iat") },
    { "at+jwt without jti", GATE_JWT_NOT_WHOLE("jti") },
    { "a claim is missing that the issuer's tokens must have",
      "The token lacks a claim that is needed here." },
    { "iat is no time", GATE_JWT_NO_TIME },
    { "aud is missing",
      "The token has no \"aud\" claim, and one is needed here." },
    { "no key of that kid and alg",
      "The token names a key (\"kid\") that is not known here." },
    { "no key of that alg",
      "No key that is known here is of the token's algorithm." },
    { "signature is not of our key", "The token's signature is wrong." },
    { NULL, NULL }
};


const char *
gate_jwt_detail(const char *why)
{
    size_t  i;

    for (i = 0; gate_jwt_details[i].why != NULL; i++) {
        if (strcmp(gate_jwt_details[i].why, why) == 0) {
            return gate_jwt_details[i].detail;
        }
    }

    return NULL;
}
