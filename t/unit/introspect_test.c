
/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * Token introspection: the question, and what answers say.
 */


#include "tap.h"
#include "gate_introspect.h"


#define NOW  1700000000


static gate_str_t         audiences[] = { gate_string("api"),
                                          gate_string("b") };
static gate_introspect_t  any;
static gate_introspect_t  strict = { gate_string("https://id.example"),
                                     audiences, 2, 0 };


static int
rc(const gate_introspect_t *in, const char *text)
{
    gate_str_t               t;
    gate_introspect_rc_e     got;
    gate_introspect_said_t   said;

    t = gate_str(malloc(strlen(text) + 1), strlen(text));
    t.data = realloc(t.data, t.len ? t.len : 1);
    memcpy(t.data, text, t.len);

    got = gate_introspect_read(in, t, NOW, &said);

    if ((got == GATE_INTROSPECT_OK) != (said.claims != NULL)
        || said.why == NULL)
    {
        got = -1;
    }

    json_decref(said.claims);
    free(t.data);

    return got;
}


static void
test_answers(void)
{
    size_t  i;

    static const struct { const char *text; int any, strict; }  rows[] = {
        { "{\"active\":true}", GATE_INTROSPECT_OK, GATE_INTROSPECT_ISSUER },
        { "{\"active\":false}", GATE_INTROSPECT_INACTIVE,
          GATE_INTROSPECT_INACTIVE },
        { "{\"active\":true,\"iss\":\"https://id.example\",\"aud\":\"api\"}",
          GATE_INTROSPECT_OK, GATE_INTROSPECT_OK },
        { "{\"active\":true,\"iss\":\"https://id.example\","
          "\"aud\":[\"x\",\"b\"]}",
          GATE_INTROSPECT_OK, GATE_INTROSPECT_OK },
        { "{\"active\":true,\"iss\":\"https://id.example\",\"aud\":\"x\"}",
          GATE_INTROSPECT_OK, GATE_INTROSPECT_AUDIENCE },
        { "{\"active\":true,\"iss\":\"https://id.example\"}",
          GATE_INTROSPECT_OK, GATE_INTROSPECT_AUDIENCE },
        { "{\"active\":true,\"iss\":1,\"aud\":\"api\"}",
          GATE_INTROSPECT_OK, GATE_INTROSPECT_ISSUER },
        { "{\"active\":false,\"exp\":\"x\"}", GATE_INTROSPECT_INACTIVE,
          GATE_INTROSPECT_INACTIVE },
        { "{}", GATE_INTROSPECT_BAD, GATE_INTROSPECT_BAD },
        { "{\"active\":\"true\"}", GATE_INTROSPECT_BAD, GATE_INTROSPECT_BAD },
        { "{\"active\":1}", GATE_INTROSPECT_BAD, GATE_INTROSPECT_BAD },
        { "{\"active\":null}", GATE_INTROSPECT_BAD, GATE_INTROSPECT_BAD },
        { "{\"active\":true,\"active\":false}", GATE_INTROSPECT_BAD,
          GATE_INTROSPECT_BAD },
        { "[{\"active\":true}]", GATE_INTROSPECT_BAD, GATE_INTROSPECT_BAD },
        { "", GATE_INTROSPECT_BAD, GATE_INTROSPECT_BAD },
        { "<html>", GATE_INTROSPECT_BAD, GATE_INTROSPECT_BAD },
        { "{\"active\":true", GATE_INTROSPECT_BAD, GATE_INTROSPECT_BAD },
        { "{\"active\":true,\"exp\":1700000001}", GATE_INTROSPECT_OK,
          GATE_INTROSPECT_ISSUER },
        { "{\"active\":true,\"exp\":1700000000}", GATE_INTROSPECT_EXPIRED,
          GATE_INTROSPECT_ISSUER },
        { "{\"active\":true,\"exp\":1700000000.9}", GATE_INTROSPECT_EXPIRED,
          GATE_INTROSPECT_ISSUER },
        { "{\"active\":true,\"exp\":1e99}", GATE_INTROSPECT_BAD,
          GATE_INTROSPECT_ISSUER },
        { "{\"active\":true,\"exp\":-5}", GATE_INTROSPECT_BAD,
          GATE_INTROSPECT_ISSUER },
        { "{\"active\":true,\"exp\":99999999999999999999999}",
          GATE_INTROSPECT_BAD, GATE_INTROSPECT_ISSUER },
        { "{\"active\":true,\"exp\":\"1700000001\"}", GATE_INTROSPECT_BAD,
          GATE_INTROSPECT_ISSUER },
        { "{\"active\":true,\"exp\":null}", GATE_INTROSPECT_BAD,
          GATE_INTROSPECT_ISSUER },
        { "{\"active\":true,\"nbf\":1700000000}", GATE_INTROSPECT_OK,
          GATE_INTROSPECT_ISSUER },
        { "{\"active\":true,\"nbf\":1700000001}", GATE_INTROSPECT_NOT_YET,
          GATE_INTROSPECT_ISSUER },
        { NULL, 0, 0 }
    };

    for (i = 0; rows[i].text != NULL; i++) {
        is_int(rc(&any, rows[i].text), rows[i].any, "%s", rows[i].text);
        is_int(rc(&strict, rows[i].text), rows[i].strict,
               "... where iss and aud are looked at");
    }
}


static void
test_ask(void)
{
    size_t          n;
    gate_str_t      token;
    unsigned char  *buf;

    buf = malloc(GATE_INTROSPECT_ASK);

    n = gate_introspect_ask(gate_cstr("a.b-c_d~/+=&x"), buf);
    ok(gate_str_eq(gate_str(buf, n), gate_cstr("token_type_hint=access_token&"
                                               "token=a.b-c_d~%2F%2B%3D%26x")),
       "a token is escaped");

    ok(gate_introspect_fits(gate_cstr("a/+=.-_~")), "a token of RFC 6750");
    ok(!gate_introspect_fits(gate_cstr("")), "none");
    ok(!gate_introspect_fits(gate_cstr("a b")), "a space");
    ok(!gate_introspect_fits(gate_cstr("a\n")), "a control byte");
    ok(!gate_introspect_fits(gate_cstr("\xc3\xa4")), "not ASCII");

    token = gate_str(calloc(1, GATE_INTROSPECT_TOKEN + 1),
                     GATE_INTROSPECT_TOKEN);
    memset(token.data, '/', GATE_INTROSPECT_TOKEN + 1);

    ok(gate_introspect_fits(token), "the longest");
    ok(gate_introspect_ask(token, buf) <= GATE_INTROSPECT_ASK,
       "... has room for its escapes");
    token.len++;
    ok(!gate_introspect_fits(token), "one byte more");

    free(token.data);
    free(buf);
}


int
main(void)
{
    test_answers();
    test_ask();

    return done_testing();
}
