
/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * Keys in request targets and in lines of an error log.
 */


#include "tap.h"
#include "gate_scrub.h"


static const gate_str_t  fields[] = {
    gate_string("apikey"), gate_string("x-api-key")
};

static const gate_str_t  args[] = {
    gate_string("api_key"), gate_string("k")
};

static const gate_scrub_t  names = { fields, 2, args, 2 };


/* memory of the exact size, so that ASan sees a step off */

static void
row(size_t (*scrub)(gate_str_t text, const gate_scrub_t *names),
    const char *text, const char *want)
{
    size_t      n;
    gate_str_t  s;

    s.len = strlen(text);
    s.data = malloc(s.len ? s.len : 1);
    memcpy(s.data, text, s.len);

    n = scrub(s, &names);

    ok(gate_str_eq(s, gate_cstr(want)) && (n != 0 || strcmp(text, want) == 0),
       "%s", text);

    free(s.data);
}


static void
test_target(void)
{
    size_t  i;

    static const char *const  rows[][2] = {
        { "", "" }, { "/", "/" }, { "/a?", "/a?" }, { "/a?x=1", "/a?x=1" },
        { "/a?k=s", "/a?k=*" }, { "/a?%6b=se", "/a?%6b=**" },
        { "/a?x=1&k=s&y=2", "/a?x=1&k=*&y=2" },
        { "/a?x=1;k=s&y=2", "/a?x=1;k=*&y=2" },
        { "/a?x=1?k=s&y=2", "/a?x=1?k=*&y=2" },
        { "/a?x=1#k=s", "/a?x=1#k=*" }, { "/a#k=s", "/a#k=*" },
        { "/a#?k=s", "/a#?k=*" }, { "/k=s", "/k=s" }, { "/a?xk=s", "/a?xk=s" },
        { "/a?k=a\" b", "/a?k=****" }, { "/a?k=a\",b&x", "/a?k=****&x" },
        { "GET /a?k=s HTTP/1.1", "GET /a?k=* HTTP/1.1" },
        { "GET /a?x=1&api_key=se&k=s HTTP/1.0",
          "GET /a?x=1&api_key=**&k=* HTTP/1.0" },
        { "GET /a?k=s e HTTP/1.1", "GET /a?k=*** HTTP/1.1" },
        { "GET /a?x=b c&k=s HTTP/5.1", "GET /a?x=b c&k=* HTTP/5.1" },
        { "GET /a?k=a HTTP/1.1 HTTP/1.1", "GET /a?k=********** HTTP/1.1" },
        { "GET /a?x=1&k=part", "GET /a?x=1&k=****" },
        { "GET /a?x=1&k=", "GET /a?x=1&k=" }, { "GET /a?k=s ", "GET /a?k=**" },
        { "GET http://h/a?k=s HTTP/1.1", "GET http://h/a?k=* HTTP/1.1" },
        { "GET http://h?k=s HTTP/1.1", "GET http://h?k=* HTTP/1.1" }
    };

    for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        row(gate_scrub_target, rows[i][0], rows[i][1]);
    }

    is_int(gate_scrub_target(gate_str(NULL, 0), &names), 0, "no target at all");
}


static void
test_line(void)
{
    size_t  i;

    static const char *const  rows[][2] = {
        { "", "" }, { "a line\n", "a line\n" },
        { "request: \"GET /?k=s HTTP/1.1\", host: \"a\"\n",
          "request: \"GET /?k=* HTTP/1.1\", host: \"a\"\n" },
        { "request: \"GET /?k=s&x HTTP/1.1\", upstream: \"http://h/?k=se\"\n",
          "request: \"GET /?k=*&x HTTP/1.1\", upstream: \"http://h/?k=**\"\n" },
        { "client sent invalid request: \"GET /../?k=s HTTP/1.1\" while x\n",
          "client sent invalid request: \"GET /../?k=* HTTP/1.1\" while x\n" },
        { "\"GET /?a=\"&k=s HTTP/1.1\"", "\"GET /?a=\"&k=* HTTP/1.1\"" },
        { "\"GET /?k=a\"b HTTP/1.1\"", "\"GET /?k=*** HTTP/1.1\"" },
        { "\"GET /?k=a b HTTP/1.1\"", "\"GET /?k=*** HTTP/1.1\"" },
        { "args: \"api_key=secret\"", "args: \"api_key=******\"" },
        { "args: \"x;%61pi_key=s\", ", "args: \"x;%61pi_key=*\", " },
        { "referrer: \"http://h/?x=1&k=s\"\n",
          "referrer: \"http://h/?x=1&k=*\"\n" },
        { "cut: \"GET /?k=sec", "cut: \"GET /?k=***" },
        { "cut: \"GET /?k=", "cut: \"GET /?k=" },
        { "line: \"apikey: sec...\"\n", "line: \"apikey:*******\"\n" },
        { "line: \"X_Api-KEY:a b\" while", "line: \"X_Api-KEY:***\" while" },
        { "line: \"xapikey: sec\"\n", "line: \"xapikey: sec\"\n" },
        { "host: \"apikey\", x: y", "host: \"apikey\", x: y" },
        { "line: \"apikey", "line: \"apikey" }, { "\"apikey:", "\"apikey:" },
        { "header \"apikey\" with invalid value: \"s\\x01\" while x\n",
          "header \"apikey\" with invalid value: \"*****\" while x\n" },
        { "header \"x-api-key\" with invalid value: \"a\nb\", client: c\n",
          "header \"x-api-key\" with invalid value: \"***\", client: c\n" },
        { "header \"apikey\" with invalid value: \"cut",
          "header \"apikey\" with invalid value: \"***" },
        { "header \"apikey\" with invalid value: ",
          "header \"apikey\" with invalid value: " },
        { "header \"host\" with invalid value: \"s\"\n",
          "header \"host\" with invalid value: \"s\"\n" },
        { "no quote ?k=s", "no quote ?k=*" }, { "k=s", "k=s" },
        { "x ??&&;;##k=s&k=t", "x ??&&;;##k=*&k=*" }
    };

    for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        row(gate_scrub_line, rows[i][0], rows[i][1]);
    }

    is_int(gate_scrub_line(gate_str(NULL, 0), &names), 0, "no line at all");
}


int
main(void)
{
    test_target();
    test_line();

    return done_testing();
}
