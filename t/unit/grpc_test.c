/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * gRPC: what is a call, which code stands for a status, how a message is
 * written.
 */

#include "tap.h"

#include "gate_grpc.h"


static int
message(const char *text, const char *want)
{
    unsigned char  buf[256], *end;

    end = gate_grpc_message(buf, gate_cstr(text));

    return gate_str_eq(gate_str(buf, end - buf), gate_cstr(want));
}


static void
test_is(void)
{
    ok(gate_grpc_is(gate_cstr("application/grpc")), "the bare type");
    ok(gate_grpc_is(gate_cstr("application/grpc+proto")), "one with a format");
    ok(gate_grpc_is(gate_cstr("Application/GRPC; a=b")), "a parameter");
    ok(gate_grpc_is(gate_cstr("application/grpc ;a=b")), "white space");

    ok(!gate_grpc_is(gate_cstr("application/grpc-web")), "gRPC-Web is another");
    ok(!gate_grpc_is(gate_cstr("application/grpc-web+proto")),
       "so it is with a format");
    ok(!gate_grpc_is(gate_cstr("application/grpc-web-text")), "and as text");
    ok(!gate_grpc_is(gate_cstr("application/grpcx")), "a longer name");
    ok(!gate_grpc_is(gate_cstr("application/grp")), "a shorter name");
    ok(!gate_grpc_is(gate_cstr("")), "no type");
}


static void
test_code(void)
{
    size_t    i;
    unsigned  status;

    static const struct {
        unsigned               status;
        unsigned               code;
    } rows[] = {
        { 400, 3 }, { 405, 12 }, { 408, 4 }, { 409, 10 }, { 411, 3 },
        { 412, 9 }, { 414, 3 }, { 415, 3 }, { 422, 3 }, { 431, 8 },
        { 499, 1 }, { 501, 12 }
    };

    for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        ok(gate_grpc_code(rows[i].status) == rows[i].code,
           "%u is the code %u", rows[i].status, rows[i].code);
    }

    ok(gate_grpc_code(401) == 16, "no credential is UNAUTHENTICATED");
    ok(gate_grpc_code(403) == 7, "not entitled is PERMISSION_DENIED");
    ok(gate_grpc_code(404) == 12 && gate_grpc_code(410) == 12,
       "what is not there is UNIMPLEMENTED");
    ok(gate_grpc_code(413) == 8, "too large is RESOURCE_EXHAUSTED");
    ok(gate_grpc_code(429) == 8, "so is too much");
    ok(gate_grpc_code(500) == 13, "an error here is INTERNAL");
    ok(gate_grpc_code(502) == 14 && gate_grpc_code(503) == 14,
       "nobody there is UNAVAILABLE");
    ok(gate_grpc_code(504) == 4, "too late is DEADLINE_EXCEEDED");
    ok(gate_grpc_code(418) == 2, "anything else is UNKNOWN");

    for (status = 300; status < 600 && gate_grpc_code(status) != 0; status++) {
        /* void */
    }

    ok(status == 600, "no error is OK");
}


static void
test_read(void)
{
    ok(gate_grpc_read(gate_cstr("0")) == 0, "OK is read");
    ok(gate_grpc_read(gate_cstr("16")) == 16, "so is the last code");
    ok(gate_grpc_read(gate_cstr("17")) == 2, "one behind it is UNKNOWN");
    ok(gate_grpc_read(gate_cstr("")) == 2, "nothing is UNKNOWN");
    ok(gate_grpc_read(gate_cstr("x")) == 2, "a letter is UNKNOWN");
    ok(gate_grpc_read(gate_cstr("1x")) == 2, "one behind a digit as well");
    ok(gate_grpc_read(gate_cstr("4294967296")) == 2, "so is a large number");
}


static void
test_message(void)
{
    ok(message("", ""), "an empty message");
    ok(message("No key. (401)~", "No key. (401)~"), "plain text stays");
    ok(message("100%", "100%25"), "a percent sign is escaped");
    ok(message("a\r\nb", "a%0D%0Ab"), "so is the end of a line");
    ok(message("\xc3\xa9\x7f", "%C3%A9%7F"), "and all that is not ASCII");
    ok(message("%%%", "%25%25%25"), "the longest one fits");
}


int
main(void)
{
    test_is();
    test_code();
    test_read();
    test_message();

    return done_testing();
}
