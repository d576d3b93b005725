
/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * Names and values of fields that a configuration edits.
 */


#include "tap.h"
#include "gate_field.h"


#define WHOLE(s)  gate_str(s, sizeof(s) - 1)


static void
names(void)
{
    size_t       i;
    char         c;
    static const char  *good[] = { "a", "X-A", "x_a", "M-SEARCH", "!#$%&'*+-.^`|~0" };
    static const char  *bad[] = { "", "a b", "a:", "a\"", "a(", "a/b", "a\x7f", "\xc3\xa4",
                                  "a\r", "{" };

    for (i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
        ok(gate_field_is_token(gate_cstr(good[i])), "\"%s\" is a name", good[i]);
    }

    for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        ok(!gate_field_is_token(gate_cstr(bad[i])), "row %d is none", (int) i);
    }

    c = '\0';
    ok(!gate_field_is_token(gate_str(&c, 1)), "a NUL is none");
}


static void
owners(void)
{
    size_t       i;
    static const char  *request[] = {
        "Host", "X-Consumer-ID", "x_consumer_id", "X-Request-Id", "X-Forwarded-For",
        "traceparent", "x-lane", "X-Lane-Hash", "X-Envoy-Retry-On", "b3", "Connection",
        "connection", "Transfer-Encoding", "transfer_encoding", "Content-Length", "TE",
        "Trailer", "Upgrade", "Keep-Alive", "Proxy-Connection", "Expect"
    };
    static const char  *answer[] = {
        "Connection", "Content-Length", "Content-Encoding", "Content-Range", "Date",
        "X-Request-Id", "RateLimit", "ratelimit-policy", "X-RateLimit-Reset", "Upgrade"
    };

    for (i = 0; i < sizeof(request) / sizeof(request[0]); i++) {
        ok(gate_field_owner(gate_cstr(request[i]), 0) != NULL, "%s of a request", request[i]);
    }

    for (i = 0; i < sizeof(answer) / sizeof(answer[0]); i++) {
        ok(gate_field_owner(gate_cstr(answer[i]), 1) != NULL, "%s of an answer", answer[i]);
    }

    ok(gate_field_owner(gate_cstr("Date"), 0) == NULL, "Date of a request is free");
    ok(gate_field_owner(gate_cstr("Host"), 1) == NULL, "Host of an answer is free");
    ok(gate_field_owner(gate_cstr("X-Tenant"), 0) == NULL, "X-Tenant is free");
    ok(gate_field_owner(gate_cstr("Authorization"), 0) == NULL, "Authorization is free");
    ok(gate_field_owner(gate_cstr("X-Powered-By"), 1) == NULL, "X-Powered-By is free");
}


static void
carriers(void)
{
    size_t       i;
    static const char  *good[] = {
        "apikey", "X-API-Key", "X_Odd.Name", "X-Token", "X-Consumer-Key", "X-Credential-Of", "key"
    };
    static const char  *bad[] = {
        "", "a b", "Host", "host", "Content-Length", "content_length", "Transfer-Encoding",
        "Connection", "Cookie", "Upgrade", "TE", "Accept", "Content-Type", "DPoP", "Signature",
        "X-Consumer-ID", "x_consumer_id", "X-Consumer-Username", "X-Credential-Identifier",
        "X-Forwarded-Client-Cert", "X-Forwarded-For", "X-Real-IP", "X-Request-Id", "x-envoy-a",
        "X-Gate-Assertion", "traceparent", "b3", "forwarded"
    };

    for (i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
        ok(gate_field_carrier(gate_cstr(good[i])) == NULL, "%s may have a key", good[i]);
    }

    for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        ok(gate_field_carrier(gate_cstr(bad[i])) != NULL, "\"%s\" may not", bad[i]);
    }
}


static void
values(void)
{
    int            i;
    unsigned char  text[20];

    ok(gate_field_is_value(gate_str(NULL, 0)), "an empty value");
    ok(gate_field_is_value(gate_cstr("a\tb \xc3\xa4 \"x\"")), "a tab and bytes beyond ASCII");
    ok(!gate_field_is_value(WHOLE("a\nb")), "a line feed");

    for (i = 1; i < 10; i++) {
        memset(text, 'x', sizeof(text));
        ok(gate_field_is_value(gate_str(text, i)), "%d bytes", i);

        text[i - 1] = '\n';
        ok(!gate_field_is_value(gate_str(text, i)), "... with a line feed");
        ok(gate_field_is_value(gate_str(text, i - 1)), "... and without");
        text[i - 1] = 'x';
        text[0] = 0x7f;
        ok(!gate_field_is_value(gate_str(text, i)), "... with DEL");
    }

    for (i = 0; i < 20; i++) {
        memset(text, 0xff, sizeof(text));
        ok(gate_field_is_value(gate_str(text, 20)), "20 bytes");

        text[i] = '\n';
        ok(!gate_field_is_value(gate_str(text, 20)), "a line feed at %d", i);
        text[i] = 0x7f;
        ok(!gate_field_is_value(gate_str(text, 20)), "DEL at %d", i);
        text[i] = '\0';
        ok(!gate_field_is_value(gate_str(text, 20)), "NUL at %d", i);
        text[i] = '\t';
        ok(gate_field_is_value(gate_str(text, 20)), "a tab at %d", i);
        text[i] = ' ';
        ok(gate_field_is_value(gate_str(text, 20)), "a space at %d", i);
    }

    ok(!gate_field_is_value(WHOLE("a\r")), "a carriage return at the end");
    ok(!gate_field_is_value(WHOLE("\0")), "a NUL");
    ok(!gate_field_is_value(WHOLE("a\x0b")), "a vertical tab");
    ok(!gate_field_is_value(WHOLE("a\x7f")), "DEL");
}


int
main(void)
{
    names();
    owners();
    carriers();
    values();

    return done_testing();
}
