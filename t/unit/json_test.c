/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * JSON of strangers: numbers of any size keep their text and stay numbers,
 * nothing that is no JSON becomes it, and pointers find what they should.
 */

#include <stdio.h>

#include "gate_jwt.h"
#include "gate_pointer.h"
#include "mint.h"


static json_t *
load(const char *text)
{
    json_t  *json;

    return gate_json_object(gate_cstr(text), &json) == GATE_JSON_OK ? json
                                                                    : NULL;
}


/* '{"x":NUMBER}': kept as text, an integer of jansson, or no JSON */

static const struct { const char *number; char kind; } numbers[] = {
    { "0", 'i' }, { "-0", 'i' }, { "1", 'i' }, { "-1", 'i' },
    { "999999999999999999", 'i' }, { "9223372036854775807", 'i' },
    { "-9223372036854775808", 'i' }, { "9223372036854775808", 'k' },
    { "-9223372036854775809", 'k' }, { "9999999999999999999", 'k' },
    { "18446744073709551616", 'k' }, { "-99999999999999999999999", 'k' },
    { "123456789012345678901234567890123456789012345678901234567890", 'k' },
    { "1.5", 'k' }, { "0.0", 'k' }, { "-0.0", 'k' }, { "1e0", 'k' },
    { "1E+2", 'k' }, { "1e-2", 'k' }, { "1e400", 'k' }, { "-1e400", 'k' },
    { "1e-400", 'k' }, { "1.10", 'k' }, { "0e0", 'k' }, { "1e0001", 'k' },
    { "1e99999999999999999999", 'k' }, { "3.14159265358979323846", 'k' },

    { "01", 'x' }, { "-01", 'x' }, { "00", 'x' }, { "+1", 'x' }, { "-", 'x' },
    { "1.", 'x' }, { ".5", 'x' }, { "1.e5", 'x' }, { "1e", 'x' },
    { "1e+", 'x' }, { "1.5e", 'x' }, { "1.5.5", 'x' }, { "1e5e5", 'x' },
    { "1e5.5", 'x' }, { "--1", 'x' }, { "-+1", 'x' }, { "1 2", 'x' },
    { "1.5 1.5", 'x' }, { "1.5x", 'x' }, { "x1.5", 'x' }, { "true1.5", 'x' },
    { "1.5true", 'x' }, { "1.5\"a\"", 'x' }, { "\"a\"1.5", 'x' },
    { "\"a\" 1e400", 'x' }, { "1e400 \"a\"", 'x' }, { "NaN", 'x' },
    { "Infinity", 'x' }, { "-Infinity", 'x' }, { "0x10", 'x' },
    { "1_000", 'x' }, { "1,5", 'x' }, { "1e400,", 'x' }, { "1e400]", 'x' },
    { "1e400}", 'x' }, { "99999999999999999999e", 'x' },
    { "099999999999999999999", 'x' }, { "\xef\xbc\x91", 'x' },
    { NULL, 0 }
};


static void
test_numbers(void)
{
    int          good;
    size_t       i;
    json_t      *json, *value;
    gate_str_t   text;

    for (i = 0; numbers[i].number != NULL; i++) {
        json = load(mint_fmt("{\"a\":\"1e400\",\"x\":%s,\"z\":[%s]}",
                             numbers[i].number, numbers[i].number));
        value = json_object_get(json, "x");

        good = (numbers[i].kind == 'x')
               ? json == NULL
               : (numbers[i].kind == 'i')
                 ? json_is_integer(value)
                 : gate_json_number(value, &text)
                   && gate_str_eq(text, gate_cstr(numbers[i].number))
                   && text.data[text.len] == '\0'
                   && !gate_json_text(value, &text)
                   && !gate_json_string(json, "x", &text);

        ok(good, "%s is %s", numbers[i].number, numbers[i].kind == 'x'
           ? "no number" : numbers[i].kind == 'k' ? "kept" : "an integer");

        ok(json == NULL || (gate_json_string(json, "a", &text)
           && !gate_json_number(json_object_get(json, "a"), &text)),
           "and a string of it stays a string");

        json_decref(json);
    }
}


/* beside numbers that are kept nothing else changes */

static const struct { const char *text; int good; } texts[] = {
    { "{'a':1e400}", 1 },
    { "{'a':1e400,'b':'\\u0000'}", 0 },
    { "{'b':'\\u0000'}", 0 },
    { "{'b':'\\u00001e400'}", 0 },
    { "{'b':'x\\u0000'}", 0 },
    { "{'b\\u0000':1}", 0 },
    { "{'b':'\\\\u0000'}", 1 },
    { "{'b':'\\\\u0000','a':1e400}", 1 },
    { "{'b':'\\\\\\u0000','a':1e400}", 0 },
    { "{1e400:1}", 0 },
    { "{99999999999999999999:1}", 0 },
    { "{1:1}", 0 },
    { "{'a':1e400,'a':1}", 0 },
    { "{'a':1,'a':1e400}", 0 },
    { "{'a':1e400,'\\u0061':1e400}", 0 },
    { "{'x':{'a':1e400,'a':1e400}}", 0 },
    { "1e400", 0 },
    { "[1e400]", 0 },
    { "{'a':1e400}1e400", 0 },
    { "{'a':1e400} x", 0 },
    { "{'a':1e400", 0 },
    { "{'a':'1e400", 0 },
    { "{'a':1e400,'b':'\\'", 0 },
    { "{'a':1e400,'b':\\'x'}", 0 },
    { "{'a':'\xff','b':1e400}", 0 },
    { "{'a':1e400,'b':'\xc3\xa9','c':'\\ud83d\\ude00'}", 1 },
    { "{'a':1e400,'b':'\\ud800'}", 0 },
    { "{'a':[1e400,-1e400,1.5,{'b':2.5}],'c':true,'d':null}", 1 },
    { " {\t'a' : 1e400 \n} ", 1 },
    { NULL, 0 }
};


/* {"a":[{},{} ...]} */

static const char *
array_of(size_t n)
{
    char         *p;

    static char   text[4096 * 3 + 16];

    p = text + sprintf(text, "{\"a\":[{}");

    while (--n) {
        p += sprintf(p, ",{}");
    }

    (void) sprintf(p, "]}");

    return text;
}


/* a NUL at each place of a text, none of which is one: jansson forgets it */

static void
test_nul(void)
{
    char    *text;
    size_t   i, len, accepted;
    json_t  *json;

    static const char  *whole =
        "{ \"a\" : [ 1 , -2.5e3 , true , false , null ] , \"b\" : { } , "
        "\"c\" : 123456789012345678901 } ";

    len = strlen(whole);
    accepted = 0;

    for (i = 0; i <= len; i++) {
        text = mint_alloc(len + 2);

        memcpy(text, whole, i);
        memcpy(text + i + 1, whole + i, len - i);

        if (gate_json_object(gate_str(text, len + 1), &json) == GATE_JSON_OK) {
            accepted++;
            diag("accepted: a NUL behind \"%.*s\"", (int) i, whole);
        }

        json_decref(json);
    }

    is_int(accepted, 0, "a NUL is nowhere a part of JSON");
}


static void
test_texts(void)
{
    size_t   i;
    json_t  *json;

    for (i = 0; texts[i].text != NULL; i++) {
        json = load(mint_json(texts[i].text));
        ok((json != NULL) == texts[i].good, "%s: %s", texts[i].text,
           texts[i].good ? "good" : "refused");
        json_decref(json);
    }

    /* 32 levels, and however many beside each other */

    for (i = 30; i < 33; i++) {
        json = load(mint_fmt("{\"a\":%.*s%.*s}", (int) i,
                             "[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[", (int) i,
                             "]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]"));
        ok((json != NULL) == (i < GATE_JSON_DEPTH), "%zu levels", i + 1);
        json_decref(json);
    }

    for (i = 1; i <= 4096; i *= 8) {
        json = load(array_of(i));
        ok(json != NULL, "%zu objects beside each other", i);
        json_decref(json);
    }

    json = NULL;
    ok(gate_json_object(gate_str("{\"a\":1e9\0}", 10), &json) == GATE_JSON_BAD,
       "a NUL in the text");
    ok(gate_json_object(gate_str(NULL, 0), &json) == GATE_JSON_BAD, "no text");

    test_nul();
}


static const char  document[] =
    "{'foo':['bar','baz'],'':0,'a/b':1,'c%d':2,'e^f':3,'g|h':4,'i\\\\j':5,"
    "'k\\'l':6,' ':7,'m~n':8,'tenantId':'T7','https://x/y':'url',"
    "'deep':{'er':[{'id':99999999999999999999},[10,11]]},'01':'zero',"
    "'':0}";

static const struct { const char *pointer, *value; } pointers[] = {
    { "/foo/0", "bar" }, { "/foo/1", "baz" }, { "/foo/2", NULL },
    { "/foo/-", NULL }, { "/foo/00", NULL }, { "/foo/01", NULL },
    { "/foo/-1", NULL }, { "/foo/1e0", NULL }, { "/foo/", NULL },
    { "/foo/18446744073709551616", NULL }, { "/foo/4294967296", NULL },
    { "/foo/0/0", NULL }, { "/", "0" }, { "/a~1b", "1" }, { "/c%d", "2" },
    { "/e^f", "3" }, { "/g|h", "4" }, { "/i\\j", "5" }, { "/k\"l", "6" },
    { "/ ", "7" }, { "/m~0n", "8" }, { "/m~01n", NULL }, { "/01", "zero" },
    { "/tenantId", "T7" }, { "/tenantid", NULL }, { "/TenantId", NULL },
    { "/tenantId/0", NULL }, { "/https:~1~1x~1y", "url" },
    { "/deep/er/0/id", "99999999999999999999" }, { "/deep/er/1/1", "11" },
    { "/deep/er/1", "10,11" }, { "/deep", NULL }, { "/deep/er/0", NULL },
    { "/deep//", NULL }, { "//deep", NULL }, { "/nothing/at/all", NULL },
    { NULL, NULL }
};

static const char  *wrong[] = {
    "", "foo", "#/foo", "foo/0", "/a~", "/~2", "/a~b", "/~", "/x/~/y",
    "/1/2/3/4/5/6/7/8/9/0/1/2/3/4/5/6/7/8/9/0/1/2/3/4/5/6/7/8/9/0/1/2/3", NULL
};


static void
test_pointers(void)
{
    size_t           i, len;
    json_t          *json;
    gate_str_t       text;
    gate_pointer_t   p;
    unsigned char   *buf, value[64];

    json = load(mint_json(mint_fmt("%.*s}", (int) strlen(document) - 6,
                                   document)));
    ok(json != NULL, "the document is one");

    for (i = 0; pointers[i].pointer != NULL; i++) {
        text = gate_cstr(pointers[i].pointer);
        buf = malloc(text.len);

        ok(gate_pointer_parse(&p, text, buf) == NULL, "pointer \"%s\"",
           pointers[i].pointer);

        len = gate_jwt_claim_text(gate_pointer_find(&p, json), value, 64);

        ok(pointers[i].value == NULL
           ? len == 0
           : gate_str_eq(gate_str(value, len), gate_cstr(pointers[i].value)),
           "\"%s\" is %s", pointers[i].pointer, pointers[i].value
           ? pointers[i].value : "nothing");

        ok(gate_pointer_find(&p, NULL) == NULL, "and nothing in nothing");
        free(buf);
    }

    for (i = 0; wrong[i] != NULL; i++) {
        buf = malloc(strlen(wrong[i]) + 1);
        ok(gate_pointer_parse(&p, gate_cstr(wrong[i]), buf) != NULL,
           "\"%s\" is refused", wrong[i]);
        free(buf);
    }

    json_decref(json);
}


int
main(void)
{
    test_numbers();
    test_texts();
    test_pointers();

    return done_testing();
}
