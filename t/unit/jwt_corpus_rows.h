/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * Tokens that are made of a header, a payload and a signature as is usual.
 * The last column is the key that a user of a library would verify with.
 */

#ifndef JWT_CORPUS_ROWS_H
#define JWT_CORPUS_ROWS_H


typedef struct {
    const char      *name;
    const char      *header;
    const char      *payload;
    const char      *alg;                   /* that it is signed by */
    const char      *key;                   /* NULL: no signature */
    gate_jwt_rc_e    rc;
    const char      *library;
} row_t;


#define P(iss, more)  "{'iss':'https://" iss "','sub':'alice'" more "}"
#define E             ",'exp':2000000000"
#define A             ",'aud':'api'"

#define RSP           P("rs", E A)
#define ESP           P("es", E)
#define HSP           P("hs", E)
#define PEMP          P("pem", E)
#define MIXP          P("mixed", E)

#define K128                                                                  \
    "0123456789012345678901234567890123456789012345678901234567890123"        \
    "0123456789012345678901234567890123456789012345678901234567890123"

#define EVIL_JWK                                                              \
    "{'kty':'oct','k':'QUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUE'}"


static const row_t  rows[] = {

    /* good ones */

    { "RS256", "{'alg':'RS256','kid':'r1'}", RSP, "RS256", "rsa", OK, "rsa" },
    { "RS384", "{'alg':'RS384','kid':'r1'}", RSP, "RS384", "rsa", OK, "rsa" },
    { "RS512", "{'alg':'RS512','kid':'r1'}", RSP, "RS512", "rsa", OK, "rsa" },
    { "HS256", "{'alg':'HS256'}", HSP, "HS256", "secret", OK, "secret" },
    { "HS384", "{'alg':'HS384'}", HSP, "HS384", "secret", OK, "secret" },
    { "HS512", "{'alg':'HS512'}", HSP, "HS512", "secret", OK, "secret" },
    { "ES256", "{'alg':'ES256','kid':'e1'}", ESP, "ES256", "p256", OK, "p256" },
    { "ES384", "{'alg':'ES384','kid':'e2'}", ESP, "ES384", "p384", OK, "p384" },
    { "ES512", "{'alg':'ES512','kid':'e3'}", ESP, "ES512", "p521", OK, "p521" },

    { "another key by its kid", "{'alg':'RS256','kid':'r2'}", RSP, "RS256",
      "rsa2", OK, "rsa2" },
    { "no kid, the first key", "{'alg':'RS256'}", RSP, "RS256", "rsa", OK,
      "rsa" },
    { "no kid, the second key", "{'alg':'RS256'}", RSP, "RS256", "rsa2", OK,
      "rsa2" },
    { "no kid, the curve's key", "{'alg':'ES384'}", ESP, "ES384", "p384", OK,
      "p384" },
    { "a PEM file, no kid", "{'alg':'RS256'}", PEMP, "RS256", "rsa", OK,
      "rsa" },
    { "a PEM file, any kid", "{'alg':'RS256','kid':'x'}", PEMP, "RS256", "rsa",
      OK, "rsa" },
    { "a kid of 128 bytes", "{'alg':'RS256','kid':'" K128 "'}", PEMP, "RS256",
      "rsa", OK, "rsa" },
    { "HS256 of an issuer that has both", "{'alg':'HS256'}", MIXP, "HS256",
      "secret", OK, "secret" },
    { "RS256 of an issuer that has both", "{'alg':'RS256'}", MIXP, "RS256",
      "rsa", OK, "rsa" },

    { "typ JWT", "{'typ':'JWT','alg':'HS256'}", HSP, "HS256", "secret", OK,
      "secret" },
    { "typ jwt", "{'typ':'jwt','alg':'HS256'}", HSP, "HS256", "secret", OK,
      "secret" },
    { "typ at+jwt", "{'typ':'at+jwt','alg':'HS256'}", HSP, "HS256", "secret",
      OK, NULL },
    { "typ at+JWT", "{'typ':'at+JWT','alg':'HS256'}", HSP, "HS256", "secret",
      OK, NULL },
    { "typ application/at+jwt", "{'typ':'application/at+jwt','alg':'HS256'}",
      HSP, "HS256", "secret", OK, NULL },
    { "typ application/jwt", "{'typ':'Application/JWT','alg':'HS256'}", HSP,
      "HS256", "secret", OK, NULL },
    { "members of the header that say nothing",
      "{'alg':'HS256','cty':'x','x5t':'y','zzz':[{}]}", HSP, "HS256", "secret",
      OK, "secret" },
    { "keys in the header, signed by ours", "{'alg':'HS256','jwk':" EVIL_JWK
      ",'jku':'https://evil','x5u':'https://evil','x5c':['AA']}", HSP, "HS256",
      "secret", OK, "secret" },
    { "white space in the JSON", " {\r\n\t'alg' : 'HS256' } ",
      " {'iss':'https://hs' , 'exp' : 2000000000 }\n", "HS256", "secret", OK,
      "secret" },
    { "escapes in the JSON", "{'\\u0061lg':'HS\\u003256'}",
      "{'\\u0069ss':'https:\\/\\/hs','exp':2000000000}", "HS256", "secret", OK,
      "secret" },

    { "aud an array", "{'alg':'RS256'}", P("rs", E ",'aud':['x','api']"),
      "RS256", "rsa", OK, NULL },
    { "the other aud", "{'alg':'RS256'}",
      P("rs", E ",'aud':'https://api.example/'"), "RS256", "rsa", OK, "rsa" },
    { "aud of any kind where none is asked for", "{'alg':'HS256'}",
      P("hs", E ",'aud':{'x':1}"), "HS256", "secret", OK, NULL },
    { "exp a real", "{'alg':'HS256'}", P("hs", ",'exp':2000000000.5"), "HS256",
      "secret", OK, NULL },
    { "exp with an exponent", "{'alg':'HS256'}", P("hs", ",'exp':2e9"),
      "HS256", "secret", OK, NULL },
    { "exp of 2^53", "{'alg':'HS256'}", P("hs", ",'exp':9007199254740992"),
      "HS256", "secret", OK, "secret" },
    { "nbf now", "{'alg':'HS256'}", P("hs", E ",'nbf':1500000000"), "HS256",
      "secret", OK, "secret" },
    { "iat in times to come is not judged", "{'alg':'HS256'}",
      P("hs", E ",'iat':1900000000"), "HS256", "secret", OK, "secret" },

    /* wrong key, wrong algorithm */

    { "RSA key of another", "{'alg':'RS256','kid':'r1'}", RSP, "RS256",
      "rsa-evil", BAD, "rsa" },
    { "EC key of another", "{'alg':'ES256','kid':'e1'}", ESP, "ES256",
      "p256-evil", BAD, "p256" },
    { "secret of another", "{'alg':'HS256'}", HSP, "HS256", "secret-evil", BAD,
      "secret" },
    { "kid of one key, signature of the other", "{'alg':'RS256','kid':'r1'}",
      RSP, "RS256", "rsa2", BAD, "rsa" },
    { "RS384 with a key for RS256 only", "{'alg':'RS384','kid':'r2'}", RSP,
      "RS384", "rsa2", BAD, NULL },
    { "the same without kid", "{'alg':'RS384'}", RSP, "RS384", "rsa2", BAD,
      NULL },
    { "RS512 where RS256 is listed", "{'alg':'RS512'}", PEMP, "RS512", "rsa",
      BAD, NULL },
    { "HS256 where RSA is listed", "{'alg':'HS256'}", PEMP, "HS256", "secret",
      BAD, "rsa" },
    { "RS256 where HS is listed", "{'alg':'RS256'}", HSP, "RS256", "rsa", BAD,
      "secret" },
    { "ES256 where RSA is listed", "{'alg':'ES256'}", PEMP, "ES256", "p256",
      BAD, "rsa" },
    { "PS256", "{'alg':'PS256','kid':'r1'}", RSP, "PS256", "rsa", BAD, "rsa" },
    { "EdDSA", "{'alg':'EdDSA','kid':'e1'}", ESP, "EdDSA", "ed25519", BAD,
      "p256" },
    { "ES256K", "{'alg':'ES256K','kid':'e1'}", ESP, "ES256", "k256", BAD,
      "p256" },
    { "ES256 by a key of P-384", "{'alg':'ES256','kid':'e2'}", ESP, "ES256",
      "p384", BAD, "p384" },
    { "ES384 by a key of P-256", "{'alg':'ES384','kid':'e1'}", ESP, "ES384",
      "p256", BAD, "p256" },
    { "ES256 by a key of P-384, without kid", "{'alg':'ES256'}", ESP, "ES256",
      "p384", BAD, "p384" },
    { "ES512 by a key of P-256", "{'alg':'ES512','kid':'e1'}", ESP, "ES512",
      "p256", BAD, "p256" },
    { "HS256 signature under HS512", "{'alg':'HS512'}", HSP, "HS256", "secret",
      BAD, "secret" },
    { "HS512 signature under HS256", "{'alg':'HS256'}", HSP, "HS512", "secret",
      BAD, "secret" },
    { "RS256 signature under RS512", "{'alg':'RS512','kid':'r1'}", RSP,
      "RS256", "rsa", BAD, "rsa" },

    { "none, no signature", "{'alg':'none'}", HSP, NULL, NULL, BAD, "secret" },
    { "None", "{'alg':'None'}", HSP, NULL, NULL, BAD, "secret" },
    { "NONE", "{'alg':'NONE'}", HSP, NULL, NULL, BAD, "secret" },
    { "nOnE", "{'alg':'nOnE'}", HSP, NULL, NULL, BAD, "secret" },
    { "none, signed", "{'alg':'none'}", HSP, "HS256", "secret", BAD, "secret" },
    { "NONE, signed", "{'alg':'NONE'}", HSP, "HS256", "secret", BAD, "secret" },
    { "none for RSA", "{'alg':'none','kid':'r1'}", RSP, NULL, NULL, BAD,
      "rsa" },
    { "no alg", "{'typ':'JWT'}", HSP, "HS256", "secret", BAD, "secret" },
    { "alg empty", "{'alg':''}", HSP, "HS256", "secret", BAD, "secret" },
    { "alg null", "{'alg':null}", HSP, "HS256", "secret", BAD, "secret" },
    { "alg an array", "{'alg':['HS256']}", HSP, "HS256", "secret", BAD,
      "secret" },
    { "alg a number", "{'alg':256}", HSP, "HS256", "secret", BAD, "secret" },
    { "hs256", "{'alg':'hs256'}", HSP, "HS256", "secret", BAD, "secret" },
    { "Hs256", "{'alg':'Hs256'}", HSP, "HS256", "secret", BAD, "secret" },
    { "rs256", "{'alg':'rs256'}", RSP, "RS256", "rsa", BAD, "rsa" },
    { "Rs256", "{'alg':'Rs256'}", RSP, "RS256", "rsa", BAD, "rsa" },
    { "es256", "{'alg':'es256'}", ESP, "ES256", "p256", BAD, "p256" },
    { "alg with a space", "{'alg':'HS256 '}", HSP, "HS256", "secret", BAD,
      "secret" },
    { "alg with a NUL", "{'alg':'HS256\\u0000'}", HSP, "HS256", "secret", BAD,
      "secret" },
    { "ALG", "{'ALG':'HS256'}", HSP, "HS256", "secret", BAD, "secret" },

    /* kid */

    { "kid unknown", "{'alg':'RS256','kid':'r3'}", RSP, "RS256", "rsa", BAD,
      NULL },
    { "kid of other case", "{'alg':'RS256','kid':'R1'}", RSP, "RS256", "rsa",
      BAD, NULL },
    { "kid a prefix", "{'alg':'RS256','kid':'r'}", RSP, "RS256", "rsa", BAD,
      NULL },
    { "kid a path", "{'alg':'RS256','kid':'../../../../dev/null'}", RSP,
      "RS256", "rsa", BAD, NULL },
    { "kid of SQL", "{'alg':'RS256','kid':'x\\u0027 OR 1=1 --'}", RSP, "RS256",
      "rsa", BAD, NULL },
    { "kid a command", "{'alg':'RS256','kid':'r1|id'}", RSP, "RS256", "rsa",
      BAD, NULL },
    { "kid with a NUL", "{'alg':'RS256','kid':'r1\\u0000x'}", RSP, "RS256",
      "rsa", BAD, "rsa" },
    { "kid empty", "{'alg':'RS256','kid':''}", RSP, "RS256", "rsa", BAD, NULL },
    { "kid empty for a PEM file", "{'alg':'RS256','kid':''}", PEMP, "RS256",
      "rsa", BAD, NULL },
    { "kid a number", "{'alg':'RS256','kid':1}", RSP, "RS256", "rsa", BAD,
      NULL },
    { "kid null", "{'alg':'RS256','kid':null}", RSP, "RS256", "rsa", BAD,
      NULL },
    { "kid an array", "{'alg':'RS256','kid':['r1']}", RSP, "RS256", "rsa", BAD,
      NULL },
    { "kid of 129 bytes", "{'alg':'RS256','kid':'" K128 "0'}", PEMP, "RS256",
      "rsa", BAD, NULL },

    /* keys that the token brings along */

    { "jwk", "{'alg':'HS256','jwk':" EVIL_JWK "}", HSP, "HS256", "secret-evil",
      BAD, "secret" },
    { "jku", "{'alg':'RS256','jku':'https://evil/jwks.json'}", RSP, "RS256",
      "rsa-evil", BAD, "rsa" },
    { "x5u", "{'alg':'RS256','x5u':'https://evil/cert.pem'}", RSP, "RS256",
      "rsa-evil", BAD, "rsa" },
    { "x5c", "{'alg':'RS256','x5c':['MIIB']}", RSP, "RS256", "rsa-evil", BAD,
      "rsa" },
    { "all of them", "{'alg':'RS256','kid':'r1','jwk':" EVIL_JWK ",'jku':'x',"
      "'x5u':'y','x5c':['MIIB'],'x5t#S256':'z'}", RSP, "RS256", "rsa-evil",
      BAD, "rsa" },

    /* header */

    { "crit", "{'alg':'HS256','crit':['exp'],'exp':1}", HSP, "HS256", "secret",
      BAD, "secret" },
    { "crit empty", "{'alg':'HS256','crit':[]}", HSP, "HS256", "secret", BAD,
      "secret" },
    { "crit null", "{'alg':'HS256','crit':null}", HSP, "HS256", "secret", BAD,
      "secret" },
    { "b64 false", "{'alg':'HS256','b64':false,'crit':['b64']}", HSP, "HS256",
      "secret", BAD, "secret" },
    { "b64 true", "{'alg':'HS256','b64':true}", HSP, "HS256", "secret", BAD,
      "secret" },
    { "enc", "{'alg':'HS256','enc':'A128GCM'}", HSP, "HS256", "secret", BAD,
      "secret" },
    { "zip", "{'alg':'HS256','zip':'DEF'}", HSP, "HS256", "secret", BAD,
      "secret" },
    { "typ of something else", "{'alg':'HS256','typ':'logout+jwt'}", HSP,
      "HS256", "secret", BAD, "secret" },
    { "typ dpop+jwt", "{'alg':'HS256','typ':'dpop+jwt'}", HSP, "HS256",
      "secret", BAD, "secret" },
    { "typ empty", "{'alg':'HS256','typ':''}", HSP, "HS256", "secret", BAD,
      "secret" },
    { "typ null", "{'alg':'HS256','typ':null}", HSP, "HS256", "secret", BAD,
      "secret" },
    { "typ a number", "{'alg':'HS256','typ':1}", HSP, "HS256", "secret", BAD,
      "secret" },
    { "alg twice", "{'alg':'none','alg':'HS256'}", HSP, "HS256", "secret", BAD,
      "secret" },
    { "alg twice, the same", "{'alg':'HS256','alg':'HS256'}", HSP, "HS256",
      "secret", BAD, "secret" },
    { "alg twice by an escape", "{'alg':'HS256','\\u0061lg':'HS256'}", HSP,
      "HS256", "secret", BAD, "secret" },
    { "kid twice", "{'alg':'HS256','kid':'a','kid':'b'}", HSP, "HS256",
      "secret", BAD, "secret" },
    { "twice, deep in the header", "{'alg':'HS256','x':[{'a':1,'a':2}]}", HSP,
      "HS256", "secret", BAD, "secret" },
    { "header an array", "['HS256']", HSP, "HS256", "secret", BAD, "secret" },
    { "header a string", "'HS256'", HSP, "HS256", "secret", BAD, "secret" },
    { "header null", "null", HSP, "HS256", "secret", BAD, "secret" },
    { "header not closed", "{'alg':'HS256'", HSP, "HS256", "secret", BAD,
      "secret" },
    { "header and more", "{'alg':'HS256'}{}", HSP, "HS256", "secret", BAD,
      "secret" },
    { "header with a comma too many", "{'alg':'HS256',}", HSP, "HS256",
      "secret", BAD, "secret" },
    { "header with a comment", "{'alg':'HS256'/**/}", HSP, "HS256", "secret",
      BAD, "secret" },
    { "header with a byte order mark", "\xef\xbb\xbf{'alg':'HS256'}", HSP,
      "HS256", "secret", BAD, "secret" },
    { "header not UTF-8", "{'alg':'HS256','x':'\xff'}", HSP, "HS256", "secret",
      BAD, "secret" },

    /* payload */

    { "payload an array", "{'alg':'HS256'}", "['x']", "HS256", "secret", BAD,
      "secret" },
    { "payload a string", "{'alg':'HS256'}", "'x'", "HS256", "secret", BAD,
      "secret" },
    { "payload empty JSON", "{'alg':'HS256'}", "{}", "HS256", "secret", ISS,
      NULL },
    { "payload no JSON", "{'alg':'HS256'}", "hello", "HS256", "secret", BAD,
      "secret" },
    { "payload and more", "{'alg':'HS256'}", HSP "x", "HS256", "secret", BAD,
      "secret" },
    { "exp twice", "{'alg':'HS256'}", P("hs", ",'exp':1" E), "HS256", "secret",
      BAD, "secret" },
    { "sub twice", "{'alg':'HS256'}", P("hs", E ",'sub':'bob'"), "HS256",
      "secret", BAD, "secret" },
    { "twice, deep in the payload", "{'alg':'HS256'}",
      P("hs", E ",'x':{'y':[{'r':1,'r':2}]}"), "HS256", "secret", BAD,
      "secret" },
    { "a claim with a NUL", "{'alg':'HS256'}", P("hs", E ",'x':'a\\u0000b'"),
      "HS256", "secret", BAD, "secret" },
    { "a name with a NUL", "{'alg':'HS256'}", P("hs", E ",'a\\u0000b':1"),
      "HS256", "secret", BAD, "secret" },
    { "half a surrogate", "{'alg':'HS256'}", P("hs", E ",'x':'\\ud800'"),
      "HS256", "secret", BAD, "secret" },
    { "a number beyond 64 bits", "{'alg':'HS256'}",
      P("hs", E ",'x':99999999999999999999"), "HS256", "secret", BAD,
      "secret" },
    { "a number beyond a double", "{'alg':'HS256'}", P("hs", E ",'x':1e999"),
      "HS256", "secret", BAD, "secret" },
    { "NaN", "{'alg':'HS256'}", P("hs", ",'exp':NaN"), "HS256", "secret", BAD,
      "secret" },
    { "Infinity", "{'alg':'HS256'}", P("hs", ",'exp':Infinity"), "HS256",
      "secret", BAD, "secret" },

    /* times; none of them is a library's business */

    { "no exp", "{'alg':'HS256'}", P("hs", ""), "HS256", "secret", BAD, NULL },
    { "exp a string", "{'alg':'HS256'}", P("hs", ",'exp':'2000000000'"),
      "HS256", "secret", BAD, NULL },
    { "exp null", "{'alg':'HS256'}", P("hs", ",'exp':null"), "HS256", "secret",
      BAD, NULL },
    { "exp true", "{'alg':'HS256'}", P("hs", ",'exp':true"), "HS256", "secret",
      BAD, NULL },
    { "exp an array", "{'alg':'HS256'}", P("hs", ",'exp':[2000000000]"),
      "HS256", "secret", BAD, NULL },
    { "exp negative", "{'alg':'HS256'}", P("hs", ",'exp':-1"), "HS256",
      "secret", BAD, NULL },
    { "exp a negative real", "{'alg':'HS256'}", P("hs", ",'exp':-0.5"),
      "HS256", "secret", BAD, NULL },
    { "exp beyond 2^53", "{'alg':'HS256'}", P("hs", ",'exp':9007199254740993"),
      "HS256", "secret", BAD, NULL },
    { "exp of 2^63-1", "{'alg':'HS256'}",
      P("hs", ",'exp':9223372036854775807"), "HS256", "secret", BAD, NULL },
    { "exp of 1e300", "{'alg':'HS256'}", P("hs", ",'exp':1e300"), "HS256",
      "secret", BAD, NULL },
    { "exp zero", "{'alg':'HS256'}", P("hs", ",'exp':0"), "HS256", "secret",
      EXP, NULL },
    { "exp over", "{'alg':'HS256'}", P("hs", ",'exp':1499999999"), "HS256",
      "secret", EXP, NULL },
    { "exp in milliseconds", "{'alg':'HS256'}", P("hs", ",'exp':2000000000000"),
      "HS256", "secret", OK, NULL },
    { "nbf to come", "{'alg':'HS256'}", P("hs", E ",'nbf':1500000001"),
      "HS256", "secret", NBF, NULL },
    { "nbf a string", "{'alg':'HS256'}", P("hs", E ",'nbf':'1'"), "HS256",
      "secret", BAD, NULL },
    { "nbf null", "{'alg':'HS256'}", P("hs", E ",'nbf':null"), "HS256",
      "secret", BAD, NULL },
    { "nbf negative", "{'alg':'HS256'}", P("hs", E ",'nbf':-5"), "HS256",
      "secret", BAD, NULL },
    { "iat a string", "{'alg':'HS256'}", P("hs", E ",'iat':'1'"), "HS256",
      "secret", BAD, NULL },
    { "iat an object", "{'alg':'HS256'}", P("hs", E ",'iat':{}"), "HS256",
      "secret", BAD, NULL },

    /* issuer, audience */

    { "iss of nobody", "{'alg':'HS256'}", P("evil", E), "HS256", "secret", ISS,
      NULL },
    { "iss missing", "{'alg':'HS256'}", "{'exp':2000000000}", "HS256",
      "secret", ISS, NULL },
    { "iss with a slash more", "{'alg':'HS256'}", P("hs/", E), "HS256",
      "secret", ISS, NULL },
    { "iss of other case", "{'alg':'HS256'}",
      "{'iss':'HTTPS://HS','exp':2000000000}", "HS256", "secret", ISS, NULL },
    { "iss an array", "{'alg':'HS256'}",
      "{'iss':['https://hs'],'exp':2000000000}", "HS256", "secret", ISS, NULL },
    { "iss null", "{'alg':'HS256'}", "{'iss':null,'exp':2000000000}", "HS256",
      "secret", ISS, NULL },
    { "iss of one, key of another", "{'alg':'RS256'}", RSP, "RS256",
      "rsa-evil", BAD, "rsa" },
    { "iss of RSA, secret of HS", "{'alg':'HS256'}", RSP, "HS256", "secret",
      BAD, "rsa" },
    { "aud missing", "{'alg':'RS256'}", P("rs", E), "RS256", "rsa", AUD, NULL },
    { "aud of another", "{'alg':'RS256'}", P("rs", E ",'aud':'x'"), "RS256",
      "rsa", AUD, NULL },
    { "aud a prefix", "{'alg':'RS256'}", P("rs", E ",'aud':'ap'"), "RS256",
      "rsa", AUD, NULL },
    { "aud of other case", "{'alg':'RS256'}", P("rs", E ",'aud':'API'"),
      "RS256", "rsa", AUD, NULL },
    { "aud an empty array", "{'alg':'RS256'}", P("rs", E ",'aud':[]"), "RS256",
      "rsa", AUD, NULL },
    { "aud an array of others", "{'alg':'RS256'}",
      P("rs", E ",'aud':['x',1,null,['api']]"), "RS256", "rsa", AUD, NULL },
    { "aud an object", "{'alg':'RS256'}", P("rs", E ",'aud':{'api':'api'}"),
      "RS256", "rsa", AUD, NULL },
    { "aud with a space", "{'alg':'RS256'}", P("rs", E ",'aud':'x api'"),
      "RS256", "rsa", AUD, NULL },

    { NULL, NULL, NULL, NULL, NULL, BAD, NULL }
};


#undef P
#undef E
#undef A


#endif
