/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * What an issuer may ask of its tokens: the type of RFC 9068, claims, a life
 * that is not too long.
 */

#include "gate_jwt.h"
#include "mint.h"


#define NOW  1500000000

#define AT    "{'alg':'HS256','typ':'at+jwt'}"
#define JWT   "{'alg':'HS256','typ':'JWT'}"
#define BARE  "{'alg':'HS256'}"

#define ISS   "{'iss':'joe','exp':1500000600"
#define FULL  ISS ",'aud':'a','sub':'s','client_id':'c','iat':1500000000,"    \
              "'jti':'j'"


typedef struct {
    const char      *name;
    const char      *header;
    const char      *payload;
    gate_jwt_at_e    at;
    int64_t          life;
    const char      *require;               /* with spaces between */
    const char      *why;                   /* NULL: good */
} row_t;


static const row_t  rows[] = {

    { "any", BARE, ISS "}", GATE_JWT_ANY, 0, NULL, NULL },
    { "any, at+jwt with nothing in it", AT, ISS "}", GATE_JWT_ANY, 0, NULL,
      NULL },
    { "optional, another", JWT, ISS "}", GATE_JWT_AT_OPTIONAL, 0, NULL, NULL },
    { "optional, no typ", BARE, ISS "}", GATE_JWT_AT_OPTIONAL, 0, NULL, NULL },
    { "optional, a whole one", AT, FULL "}", GATE_JWT_AT_OPTIONAL, 0, NULL,
      NULL },
    { "optional, one that is none", AT, ISS ",'aud':'a'}",
      GATE_JWT_AT_OPTIONAL, 0, NULL, "at+jwt without sub" },
    { "required, no typ", BARE, FULL "}", GATE_JWT_AT_REQUIRED, 0, NULL,
      "typ is not at+jwt" },
    { "required, another", JWT, FULL "}", GATE_JWT_AT_REQUIRED, 0, NULL,
      "typ is not at+jwt" },
    { "required, a whole one", AT, FULL "}", GATE_JWT_AT_REQUIRED, 0, NULL,
      NULL },
    { "required, in other case and whole", "{'alg':'HS256',"
      "'typ':'Application/AT+JWT'}", FULL "}", GATE_JWT_AT_REQUIRED, 0, NULL,
      NULL },
    { "required, no aud", AT, ISS ",'sub':'s','client_id':'c','iat':1,"
      "'jti':'j'}", GATE_JWT_AT_REQUIRED, 0, NULL, "at+jwt without aud" },
    { "required, no client_id", AT, ISS ",'aud':'a','sub':'s','iat':1,"
      "'jti':'j'}", GATE_JWT_AT_REQUIRED, 0, NULL,
      "at+jwt without client_id" },
    { "required, no iat", AT, ISS ",'aud':'a','sub':'s','client_id':'c',"
      "'jti':'j'}", GATE_JWT_AT_REQUIRED, 0, NULL, "at+jwt without iat" },
    { "required, no jti", AT, ISS ",'aud':'a','sub':'s','client_id':'c',"
      "'iat':1}", GATE_JWT_AT_REQUIRED, 0, NULL, "at+jwt without jti" },
    { "required, jti null", AT, ISS ",'aud':'a','sub':'s','client_id':'c',"
      "'iat':1,'jti':null}", GATE_JWT_AT_REQUIRED, 0, NULL,
      "at+jwt without jti" },

    { "ten minutes", BARE, ISS ",'iat':1500000000}", GATE_JWT_ANY, 600, NULL,
      NULL },
    { "a second too long", BARE, ISS ",'iat':1499999999}", GATE_JWT_ANY, 600,
      NULL, "exp is too long after iat" },
    { "a fraction too long", BARE, ISS ",'iat':1499999999.9}", GATE_JWT_ANY,
      600, NULL, "exp is too long after iat" },
    { "no iat", BARE, ISS "}", GATE_JWT_ANY, 600, NULL, "iat is missing" },
    { "iat a text", BARE, ISS ",'iat':'1500000000'}", GATE_JWT_ANY, 600, NULL,
      "iat is no number" },
    { "iat negative", BARE, ISS ",'iat':-1}", GATE_JWT_ANY, 600, NULL,
      "iat is no time" },
    { "iat in five seconds", BARE, ISS ",'iat':1500000005}", GATE_JWT_ANY, 600,
      NULL, NULL },
    { "iat in six seconds", BARE, ISS ",'iat':1500000006}", GATE_JWT_ANY, 600,
      NULL, "iat is to come" },
    { "iat far ahead, for a token of years", BARE, "{'iss':'joe',"
      "'exp':1900000600,'iat':1900000000}", GATE_JWT_ANY, 600, NULL,
      "iat is to come" },

    { "a claim", BARE, ISS ",'tenant':'x'}", GATE_JWT_ANY, 0, "tenant", NULL },
    { "a claim that is false", BARE, ISS ",'tenant':false}", GATE_JWT_ANY, 0,
      "tenant", NULL },
    { "a claim that is null", BARE, ISS ",'tenant':null}", GATE_JWT_ANY, 0,
      "tenant", "a claim is missing that the issuer's tokens must have" },
    { "no such claim", BARE, ISS ",'tenan':'x'}", GATE_JWT_ANY, 0, "tenant",
      "a claim is missing that the issuer's tokens must have" },
    { "one of two", BARE, ISS ",'a':1}", GATE_JWT_ANY, 0, "a /b/c",
      "a claim is missing that the issuer's tokens must have" },
    { "two of two", BARE, ISS ",'a':1,'b':{'c':2}}", GATE_JWT_ANY, 0, "a /b/c",
      NULL },

    { NULL, NULL, NULL, GATE_JWT_ANY, 0, NULL, NULL }
};


static void
require(gate_jwt_issuer_t *issuer, const char *text)
{
    char  *name, *state;

    issuer->require = mint_alloc(4 * sizeof(gate_claim_t));

    for (name = strtok_r(mint_fmt("%s", text), " ", &state); name != NULL;
         name = strtok_r(NULL, " ", &state))
    {
        (void) gate_claim_parse(&issuer->require[issuer->nrequire++],
                                gate_cstr(name),
                                mint_alloc(sizeof(gate_pointer_t)),
                                mint_alloc(strlen(name) + 1));
    }
}


/* a header that is remembered is judged as one that is read */

static void
test_row(const row_t *row, gate_jwks_t *keys, gate_jwt_heads_t *heads)
{
    int                       i;
    char                     *token;
    gate_jwt_rc_e             rc;
    gate_jwt_issuer_t         issuer;
    gate_jwt_result_t         out;
    const gate_jwt_issuer_t  *issuers[1];

    memset(&issuer, 0, sizeof(gate_jwt_issuer_t));

    issuer.issuer = gate_cstr("joe");
    issuer.algs = GATE_HS256;
    issuer.keys = keys;
    issuer.leeway_s = 5;
    issuer.at_jwt = row->at;
    issuer.max_lifetime_s = row->life;
    issuers[0] = &issuer;

    if (row->require != NULL) {
        require(&issuer, row->require);
    }

    token = mint(row->header, row->payload, "HS256", "secret");

    for (i = 0; i < 2; i++) {
        rc = gate_jwt_verify(issuers, 1, i ? heads : NULL, gate_cstr(token),
                             NOW, &out);

        is_str(out.why, row->why ? row->why : "good", "%s%s", row->name,
               i ? ", remembered" : "");
        is_int(rc, row->why ? GATE_JWT_BAD : GATE_JWT_OK, "... and so");
        is_int(out.tries, row->why ? 0 : 1, "... before its signature");

        json_decref(out.claims);
    }

    ok(row->why == NULL || gate_jwt_detail(row->why) != NULL,
       "... and the caller is told");
}


int
main(void)
{
    char              err[256];
    gate_jwks_t      *keys;
    const row_t      *row;
    gate_jwt_heads_t  heads;

    keys = gate_jwks_create();
    memset(&heads, 0, sizeof(gate_jwt_heads_t));

    if (!gate_jwks_add_secret(keys, mint_key("secret")->secret,
                              gate_str(NULL, 0), GATE_HS256, err, sizeof(err)))
    {
        mint_die(err);
    }

    for (row = rows; row->name != NULL; row++) {
        test_row(row, keys, &heads);
    }

    gate_jwks_destroy(keys);

    return done_testing();
}
