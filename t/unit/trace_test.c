
/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * traceparent as the W3C text has it, and UUIDs of version 4.
 */


#include "tap.h"
#include "gate_trace.h"


#define TRACE  "4bf92f3577b34da6a3ce929d0e0e4736"
#define SPAN   "00f067aa0ba902b7"


/* from memory of the exact size, so that ASan sees a step off */

static int
parse(const char *text, size_t len, gate_trace_t *t)
{
    int             rc;
    unsigned char  *copy;

    copy = malloc(len ? len : 1);
    memcpy(copy, text, len);

    rc = gate_trace_parse(gate_str(copy, len), t);

    free(copy);

    return rc;
}


static void
test_good(void)
{
    size_t         i;
    gate_trace_t   t;
    unsigned char  text[GATE_TRACEPARENT_LEN];

    static const struct {
        const char        *in;
        const char        *out;
    } row[] = {
        { "00-" TRACE "-" SPAN "-01", "00-" TRACE "-" SPAN "-01" },
        { "00-" TRACE "-" SPAN "-00", "00-" TRACE "-" SPAN "-00" },
        { "00-" TRACE "-" SPAN "-02", "00-" TRACE "-" SPAN "-02" },
        { "00-" TRACE "-" SPAN "-03", "00-" TRACE "-" SPAN "-03" },
        { "00-" TRACE "-" SPAN "-09", "00-" TRACE "-" SPAN "-01" },
        { "00-" TRACE "-" SPAN "-ff", "00-" TRACE "-" SPAN "-03" },
        { "00-" TRACE "-" SPAN "-fc", "00-" TRACE "-" SPAN "-00" },
        { "01-" TRACE "-" SPAN "-01", "00-" TRACE "-" SPAN "-01" },
        { "01-" TRACE "-" SPAN "-03", "00-" TRACE "-" SPAN "-01" },
        { "cc-" TRACE "-" SPAN "-01", "00-" TRACE "-" SPAN "-01" },
        { "fe-" TRACE "-" SPAN "-00", "00-" TRACE "-" SPAN "-00" },
        { "01-" TRACE "-" SPAN "-01-", "00-" TRACE "-" SPAN "-01" },
        { "cc-" TRACE "-" SPAN "-01-what-is-to-come",
          "00-" TRACE "-" SPAN "-01" },
        { "00-00000000000000000000000000000001-0000000000000001-00",
          "00-00000000000000000000000000000001-0000000000000001-00" },
        { "00-10000000000000000000000000000000-1000000000000000-00",
          "00-10000000000000000000000000000000-1000000000000000-00" },
        { "00-ffffffffffffffffffffffffffffffff-ffffffffffffffff-01",
          "00-ffffffffffffffffffffffffffffffff-ffffffffffffffff-01" }
    };

    for (i = 0; i < sizeof(row) / sizeof(row[0]); i++) {
        ok(parse(row[i].in, strlen(row[i].in), &t), "\"%s\"", row[i].in);

        gate_trace_format(&t, text);
        is_mem(text, row[i].out, GATE_TRACEPARENT_LEN, "goes on as version 00");
    }
}


static void
test_bad(void)
{
    size_t        i;
    gate_trace_t  t, was;

    static const char  *bad[] = {
        "", "00", "00-", TRACE, "00-" TRACE "-" SPAN, "00-" TRACE "-" SPAN "-",
        "00-" TRACE "-" SPAN "-0", "00-" TRACE "-" SPAN "-011",
        "00-" TRACE "-" SPAN "-01-", "00-" TRACE "-" SPAN "-01-x",
        "00-" TRACE "-" SPAN "-01 ", " 00-" TRACE "-" SPAN "-01",
        "01-" TRACE "-" SPAN "-01x", "01-" TRACE "-" SPAN "-011",
        "01-" TRACE "-" SPAN "-01 ", "01-" TRACE "-" SPAN "-01.x",
        "ff-" TRACE "-" SPAN "-01", "FF-" TRACE "-" SPAN "-01",
        "CC-" TRACE "-" SPAN "-01", "0x-" TRACE "-" SPAN "-01",
        "-0-" TRACE "-" SPAN "-01", "00-" TRACE "-" SPAN "-0A",
        "00-" TRACE "-" SPAN "-0g", "00-" TRACE "-" SPAN "- 1",
        "00-4BF92F3577B34DA6A3CE929D0E0E4736-" SPAN "-01",
        "00-" TRACE "-00F067AA0BA902B7-01",
        "00-00000000000000000000000000000000-" SPAN "-01",
        "00-" TRACE "-0000000000000000-01",
        "00-4bf92f3577b34da6a3ce929d0e0e473g-" SPAN "-01",
        "00-" TRACE "-00f067aa0ba902bz-01",
        "00-4bf92f3577b34da6a3ce929d0e0e473-0" SPAN "-01",
        "00_" TRACE "_" SPAN "_01", "00-" TRACE "_" SPAN "-01",
        "00-" TRACE "-" SPAN "_01", "00--" TRACE "-" SPAN "-01",
        "00-" TRACE "-" SPAN "-01,00-" TRACE "-" SPAN "-01",
        "4bf92f35-77b3-4da6-a3ce-929d0e0e4736"
    };

    memset(&was, 0x5a, sizeof(gate_trace_t));

    for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        t = was;

        ok(!parse(bad[i], strlen(bad[i]), &t)
           && memcmp(&t, &was, sizeof(gate_trace_t)) == 0,
           "malformed: \"%s\"", bad[i]);
    }

    ok(!gate_trace_parse(gate_str(NULL, 0), &t), "malformed: nothing");
}


/* one wrong byte anywhere makes it malformed */

static void
test_each_byte(void)
{
    int           c, good;
    char          was, text[] = "00-" TRACE "-" SPAN "-01";
    size_t        i;
    unsigned      hex;
    gate_trace_t  t;

    good = 1;

    for (i = 0; i < GATE_TRACEPARENT_LEN; i++) {
        was = text[i];

        for (c = 0; c < 256; c++) {
            text[i] = (char) c;
            hex = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f');

            /* a version of one changed digit is well formed as well */

            good &= (parse(text, GATE_TRACEPARENT_LEN, &t)
                     == ((was == '-') ? c == '-' : (int) hex));
        }

        text[i] = was;
    }

    ok(good, "each byte of 256 at each place");

    for (i = 0, good = 1; i < GATE_TRACEPARENT_LEN; i++) {
        good &= !parse(text, i, &t);
    }

    ok(good, "every shorter one");
}


static void
test_fields(void)
{
    gate_trace_t          t;
    const unsigned char   span[] = { 0x00, 0xf0, 0x67, 0xaa, 0x0b, 0xa9, 0x02,
                                     0xb7 };

    parse("00-" TRACE "-" SPAN "-01", GATE_TRACEPARENT_LEN, &t);

    is_int(t.trace[0], 0x4b, "the first byte of the trace");
    is_int(t.trace[15], 0x36, "and the last");
    is_mem(t.span, span, 8, "the span");
    is_int(t.flags, 1, "the flags");
}


static void
test_begin(void)
{
    size_t               i;
    gate_trace_t         t;
    unsigned char        random[16], uuid[GATE_UUID_LEN];
    unsigned char        text[GATE_TRACEPARENT_LEN];
    const unsigned char  span[8] = { 1, 2, 3, 4, 5, 6, 7, 0xf8 };

    for (i = 0; i < 16; i++) {
        random[i] = (unsigned char) (i * 17);
    }

    gate_uuid_format(random, uuid);
    gate_trace_begin(uuid, span, 1, text);

    is_mem(text, "00-00112233445546778899aabbccddeeff-01020304050607f8-01",
           GATE_TRACEPARENT_LEN, "a trace begins with the id of a request");
    ok(gate_trace_parse(gate_str(text, sizeof(text)), &t) && t.flags == 1,
       "which is well formed");

    gate_trace_begin(uuid, span, 0, text);
    ok(gate_trace_parse(gate_str(text, sizeof(text)), &t) && t.flags == 0,
       "and may be left out of the sample");
}


static void
test_uuid(void)
{
    int            c, good;
    size_t         i;
    unsigned char  random[16], was[16], text[GATE_UUID_LEN];

    for (i = 0; i < 16; i++) {
        random[i] = (unsigned char) (i * 17);
    }

    memcpy(was, random, 16);
    gate_uuid_format(random, text);

    is_mem(text, "00112233-4455-4677-8899-aabbccddeeff", GATE_UUID_LEN,
           "16 bytes as a UUID");
    is_mem(random, was, 16, "which stay as they were");

    memset(random, 0xff, 16);
    gate_uuid_format(random, text);
    is_mem(text, "ffffffff-ffff-4fff-bfff-ffffffffffff", GATE_UUID_LEN,
           "all ones but version and variant");

    memset(random, 0, 16);
    gate_uuid_format(random, text);
    is_mem(text, "00000000-0000-4000-8000-000000000000", GATE_UUID_LEN,
           "all zeros but version and variant");

    good = 1;

    for (c = 0; c < 256; c++) {
        memset(random, c, 16);
        gate_uuid_format(random, text);

        good &= (text[14] == '4' && text[19] != '\0'
                 && strchr("89ab", text[19]) != NULL);
    }

    ok(good, "version 4 and variant 10 of any bytes");
}


static void
test_state(void)
{
    int         n;
    size_t      i;
    char        text[1024];
    gate_str_t  s;

    static const struct {
        const char        *field;
        int                members;
    } row[] = {
        { "a=1", 1 }, { "a=1,b=2", 2 }, { " a=1 ,\tb=2 ", 2 }, { "", 0 },
        { ",", 0 }, { " , ,", 0 }, { "a=1,,b=2,", 2 }, { "a@b=1", 1 },
        { "0a@b=1", 1 }, { "a-_*/0=x", 1 }, { "a=!\"#$%&'()*+-./:;<>?@~", 1 },
        { "a= x", 1 }, { "a=x y", 1 },
        { "a", -1 }, { "a=", -1 }, { "=1", -1 }, { "a= ", -1 }, { "A=1", -1 },
        { "a=1=2", -1 }, { "a =1", -1 }, { "a@=1", -1 }, { "@a=1", -1 },
        { "a@b@c=1", -1 }, { "a@0=1", -1 }, { "a.b=1", -1 }, { "_a=1", -1 },
        { "a=\x7f", -1 }, { "a=\x01", -1 }, { "a=\xc3\xa9", -1 },
        { "a=1,b", -1 }, { "b,a=1", -1 }
    };

    for (i = 0; i < sizeof(row) / sizeof(row[0]); i++) {
        s.len = strlen(row[i].field);
        s.data = malloc(s.len ? s.len : 1);
        memcpy(s.data, row[i].field, s.len);

        n = gate_tracestate_members(s);

        ok(n == row[i].members, "\"%s\" has %d members, found %d",
           row[i].field, row[i].members, n);

        free(s.data);
    }

    /* key, tenant, system, value: as long as they may be, and one more */

    memset(text, 'a', sizeof(text));
    text[256] = '=';
    ok(gate_tracestate_members(gate_str(text, 257 + 256)) == 1,
       "256 and 256 bytes");
    ok(gate_tracestate_members(gate_str(text, 257 + 257)) == -1,
       "a value of 257 bytes");

    text[256] = 'a';
    text[257] = '=';
    ok(gate_tracestate_members(gate_str(text, 259)) == -1,
       "a key of 257 bytes");

    memset(text, 'a', sizeof(text));
    text[241] = '@';
    text[256] = '=';
    ok(gate_tracestate_members(gate_str(text, 258)) == 1,
       "a tenant of 241 bytes, a system of 14");

    text[241] = 'a';
    text[242] = '@';
    ok(gate_tracestate_members(gate_str(text, 258)) == -1,
       "a tenant of 242 bytes");

    text[242] = 'a';
    text[10] = '@';
    text[26] = '=';
    ok(gate_tracestate_members(gate_str(text, 28)) == -1,
       "a system of 15 bytes");
}


int
main(void)
{
    test_good();
    test_bad();
    test_each_byte();
    test_fields();
    test_begin();
    test_uuid();
    test_state();

    return done_testing();
}
