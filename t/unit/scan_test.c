/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * What is a JSON text, in the shapes that suites of tests for parsers have:
 * what RFC 8259 allows, what it does not, and what it leaves open.
 */

#include <stdlib.h>

#include "gate_edit.h"
#include "gate_scan.h"
#include "tap.h"


typedef struct {
    const char  *text;
    size_t       len;
} row_t;

#define ROW(s)  { s, sizeof(s) - 1 }


static const row_t  valid[] = {

    /* white space, and values alone */

    ROW("[]"), ROW("{}"), ROW(" [] "), ROW("\t\n\r [\t\n\r ]\t\n\r "),
    ROW("{\n}"), ROW("[[]   ]"), ROW("null"), ROW("true"), ROW("false"),
    ROW(" true"), ROW("42"), ROW("-0.1"), ROW("\"asd\""), ROW("\"\""),
    ROW(" \"\" "), ROW("0"), ROW("-0"), ROW("[\"a\"]\n"), ROW("[null] "),
    ROW("[false]"), ROW("[true,true]"), ROW("[null, 1, \"1\", {}]"),
    ROW("[1,null,null,null,2]"), ROW("[1\n]"), ROW(" [1]"), ROW("[2] "),
    ROW("[[[[[[[[[[]]]]]]]]]]"),

    /* numbers of any size */

    ROW("[123]"), ROW("[-0]"), ROW("[-1]"), ROW("[-123]"), ROW("[0]"),
    ROW("[ 4]"), ROW("[1E22]"), ROW("[1E-2]"), ROW("[1E+2]"), ROW("[0e1]"),
    ROW("[0e+1]"), ROW("[1e00]"), ROW("[20e1]"), ROW("[123e45]"),
    ROW("[123e65]"), ROW("[123.456e78]"), ROW("[123.456789]"), ROW("[1.0]"),
    ROW("[0.00000000000000000000000000000000000000000000000000001]"),
    ROW("[-0.000000000000000000000000000000000000000000000000000001]"),
    ROW("[100000000000000000000]"), ROW("[1e400]"), ROW("[-1e-400]"),
    ROW("[18446744073709551616]"), ROW("[-9223372036854775809]"),
    ROW("[0.4e00669999999999999999999999999999999999999999999999969999999"
        "99006]"),
    ROW("[-123123123123123123123123123123]"), ROW("[1.5e+9999]"),

    /* objects */

    ROW("{\"asd\":\"sdf\", \"dfg\":\"fgh\"}"), ROW("{\"asd\":\"sdf\"}"),
    ROW("{\"a\":\"b\",\"a\":\"c\"}"), ROW("{\"a\":\"b\",\"a\":\"b\"}"),
    ROW("{\"\":0}"), ROW("{\"foo\\u0000bar\": 42}"), ROW("{\"a\":[]}"),
    ROW("{ \"min\": -1.0e+28, \"max\": 1.0e+28 }"),
    ROW("{\"x\":[{\"id\": \"xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx\"}], "
        "\"id\": \"xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx\"}"),
    ROW("{\"title\":\"\\u041f\\u043e\\u043b\\u0442\\u043e\\u0440\\u0430\" }"),
    ROW("{\n\"a\": \"b\"\n}"), ROW("{\"a\" : { \"b\" : { } } }"),
    ROW("{\"a\":null,\"b\":true,\"c\":false}"),

    /* strings */

    ROW("[\"\\u0060\\u012a\\u12AB\"]"), ROW("[\"\\uD801\\udc37\"]"),
    ROW("[\"\\ud83d\\ude39\\ud83d\\udc8d\"]"), ROW("[\"\\\\u0000\"]"),
    ROW("[\"\\\"\\\\\\/\\b\\f\\n\\r\\t\"]"), ROW("[\"\\\"\"]"),
    ROW("[\"a/*b*/c/*d//e\"]"), ROW("[\"\\\\a\"]"), ROW("[\"\\\\n\"]"),
    ROW("[\"\\u0012\"]"), ROW("[\"\\uFFFF\"]"), ROW("[\"\\uDBFF\\uDFFF\"]"),
    ROW("[\"new\\u00A0line\"]"), ROW("[\"\\u0000\"]"), ROW("[\"\\u002c\"]"),
    ROW("[\"\\u0123\"]"), ROW("[\"asd \"]"), ROW("[\" \"]"), ROW("[\"\x7f\"]"),
    ROW("[\"a\x7f""a\"]"), ROW("[\"\\u0821\"]"), ROW("[\"\\u0022\"]"),
    ROW("[\"\\uA66D\"]"), ROW("[\"\\u005C\"]"), ROW("[\"\\u200B\"]"),
    ROW("[\"\\u2064\"]"), ROW("[\"\\uFDD0\"]"), ROW("[\"\\uFFFE\"]"),
    ROW("[\"\xe2\x82\xac\xf0\x9d\x84\x9e\"]"), ROW("[\"\xc2\x80\"]"),
    ROW("[\"\xdf\xbf\"]"), ROW("[\"\xe0\xa0\x80\"]"), ROW("[\"\xef\xbf\xbf\"]"),
    ROW("[\"\xed\x9f\xbf\"]"), ROW("[\"\xee\x80\x80\"]"),
    ROW("[\"\xf0\x90\x80\x80\"]"), ROW("[\"\xf4\x8f\xbf\xbf\"]"),
    ROW("[\"\xe2\x80\xa8\"]"), ROW("[\"\xe2\x80\xa9\"]"),
    ROW("[\"\xef\xbb\xbf\"]"), ROW("[\"\xcf\x80\"]"),
    ROW("[\"a string that is longer than sixteen bytes \\\\ and goes on\"]"),
    ROW("[\"!#$%&'()*+,-./:;<=>?@[]^_`{|}~\x7f all that stands for itself\"]")
};


static const row_t  invalid[] = {

    /* nothing, or not the end */

    ROW(""), ROW(" "), ROW("["), ROW("{"), ROW("[1"), ROW("[1,"), ROW("[,"),
    ROW("[\""), ROW("[\"a"), ROW("[\"a\""), ROW("[\"a\","), ROW("{\"a\""),
    ROW("{\"a\":"), ROW("{\"a\":1"), ROW("{\"a\":1,"), ROW("{\""), ROW("[{"),
    ROW("[\\n"), ROW("\""), ROW("\"\\"), ROW("\"\\u"), ROW("\"\\u00"),
    ROW("\"\xc3"), ROW("-"), ROW("1."), ROW("1e"), ROW("1e+"), ROW("tru"),
    ROW("nul"), ROW("fals"), ROW("[nul"), ROW("[fals"), ROW("[tru"),
    ROW("[1,\n1\n,1"), ROW("[][" ), ROW("{\"a\":{}"), ROW("[[[[[[[["),

    /* too much, or what does not fit */

    ROW("[1]x"), ROW("1 2"), ROW("[][]"), ROW("{}{}"), ROW("[1]]"),
    ROW("{\"a\":1}}"), ROW("\"a\" \"b\""), ROW("truetrue"), ROW("1]"),
    ROW("{\"a\":\"b\"}#"), ROW("{\"a\":\"b\"}/**/"), ROW("2@"), ROW("]"),
    ROW("}"), ROW("[}"), ROW("{]"), ROW("[1}"), ROW("{\"a\":1]"),
    ROW("[1 true]"), ROW("[\"\": 1]"), ROW("[\"\"],"), ROW("[,1]"),
    ROW("[1,,2]"), ROW("[1,,]"), ROW("[1,]"), ROW("[,]"), ROW("[\"x\",,]"),
    ROW("[   , \"\"]"), ROW("[3[4]]"), ROW("[x]"), ROW("[\"x\"]]"),
    ROW("[1:2]"), ROW("[ false, nul, true]"), ROW("*"), ROW("[*]"), ROW(","),
    ROW(":"), ROW("#"), ROW("<.>"), ROW("[<null>]"), ROW("{,}"), ROW("{:}"),
    ROW("{\"a\":1,}"), ROW("{\"a\":1,,\"b\":2}"), ROW("{\"a\" 1}"),
    ROW("{\"a\"::1}"), ROW("{\"a\":}"), ROW("{:\"b\"}"), ROW("{a:1}"),
    ROW("{1:1}"), ROW("{'a':1}"), ROW("{null:null}"), ROW("{[]:1}"),
    ROW("{{}:1}"), ROW("{\"a\",1}"), ROW("{\"a\":1:2}"), ROW("{\"a\":1 \"b\":2}"),
    ROW("{\"a\" \"b\"}"), ROW("{\"a\"}"), ROW("{\"a\":\"b\",\"c\"}"),
    ROW("{\"a\":\"b\"} // c"), ROW("{9999E9999:1}"), ROW("{\"x\", null}"),

    /* numbers */

    ROW("[+1]"), ROW("[01]"), ROW("[-01]"), ROW("[00]"), ROW("[-]"),
    ROW("[--1]"), ROW("[-+1]"), ROW("[++1]"), ROW("[.1]"), ROW("[-.1]"),
    ROW("[1.]"), ROW("[-1.]"), ROW("[1..2]"), ROW("[1.2.3]"), ROW("[1.e1]"),
    ROW("[0.e1]"), ROW("[0.3e]"), ROW("[0.3e+]"), ROW("[1e]"), ROW("[1E+]"),
    ROW("[1e-]"), ROW("[1eE2]"), ROW("[1e1.5]"), ROW("[1e+-2]"), ROW("[1 000]"),
    ROW("[0x1]"), ROW("[0x42]"), ROW("[1a]"), ROW("[-foo]"), ROW("[- 1]"),
    ROW("[NaN]"), ROW("[-NaN]"), ROW("[Infinity]"), ROW("[-Infinity]"),
    ROW("[Inf]"), ROW("[1-2]"), ROW("[1+2]"), ROW("[-1x]"), ROW("[0e]"),
    ROW("[1_000]"), ROW("[2.e3]"), ROW("[2.e-3]"), ROW("[9.e+]"),
    ROW("[\xef\xbc\x91]"), ROW("012"), ROW("-012"), ROW("[1.8011670033376514H-308]"),

    /* literals */

    ROW("[True]"), ROW("[TRUE]"), ROW("[nulL]"), ROW("[truf]"), ROW("[nil]"),
    ROW("[undefined]"), ROW("[trueee]"), ROW("[falsee]"), ROW("[nullx]"),
    ROW("t"), ROW("n"),

    /* strings */

    ROW("['a']"), ROW("['"), ROW("[\"a\x00""a\"]"), ROW("[\"new\nline\"]"),
    ROW("[\"\t\"]"), ROW("[\"\x1f\"]"), ROW("[\"\\x00\"]"), ROW("[\"\\a\"]"),
    ROW("[\"\\'\"]"), ROW("[\"\\\"]"), ROW("[\"\\u\"]"), ROW("[\"\\u0\"]"),
    ROW("[\"\\u00A\"]"), ROW("[\"\\uD834\\uDd\"]"), ROW("[\"\\u 123\"]"),
    ROW("[\"\\u00G0\"]"), ROW("[\"\\U0041\"]"), ROW("[\"\\\\\\\"]"),
    ROW("[\"\\\x00\"]"), ROW("[\"\\\xe5\"]"), ROW("[\\u0020\"asd\"]"),
    ROW("[\"\\\t\"]"), ROW("[\"\\uD800\\u\"]"), ROW("[\"\\uD800\\u1x\"]"),
    ROW("[\"\\\xf0\x9f\x8c\x80\"]"), ROW("[a\"b\"]"), ROW("[\\n]"),
    ROW("\"a\"b"), ROW("[\"a\"\"b\"]"), ROW("{\"\\a\":1}"), ROW("{\"\n\":1}"),

    /* the same among bytes that are looked at eight at once */

    ROW("[\"abcde\x1f""ghijklmnopqrstuvw\"]"), ROW("[\"abcdefg\x00ijklmnopqrs\"]"),
    ROW("[\"abcdefghijklmn\nopqrstuvwx\"]"), ROW("[\"abcdef\x80""abcdefghijkl\"]"),
    ROW("[\"abcdefghijklmnop\xff""abcdefg\"]"), ROW("[\"\x01""abcdefghijklmno\"]"),
    ROW("[\"abcdefg\\xabcdefghijkl\"]"), ROW("[\"abcdefghijkl\"abcdefghij\"]"),

    /* not UTF-8 */

    ROW("[\"\xff\"]"), ROW("[\"\x80\"]"), ROW("[\"\xc0\x80\"]"),
    ROW("[\"\xc1\xbf\"]"), ROW("[\"\xc3\"]"), ROW("[\"\xc3\x28\"]"),
    ROW("[\"\xe0\x80\x80\"]"), ROW("[\"\xe0\x9f\xbf\"]"),
    ROW("[\"\xe2\x82\"]"), ROW("[\"\xe2\x28\xa1\"]"),
    ROW("[\"\xed\xa0\x80\"]"), ROW("[\"\xed\xbf\xbf\"]"),
    ROW("[\"\xf0\x80\x80\x80\"]"), ROW("[\"\xf0\x8f\xbf\xbf\"]"),
    ROW("[\"\xf0\x9d\x84\"]"), ROW("[\"\xf4\x90\x80\x80\"]"),
    ROW("[\"\xf5\x80\x80\x80\"]"), ROW("[\"\xf8\x88\x80\x80\x80\"]"),
    ROW("[\"\xfe\"]"), ROW("[\"\xe9\"]"), ROW("{\"\xb9\":1}"), ROW("\xe5"),
    ROW("[\xff]"), ROW("[\"a\xc3\xa9\xa9\"]"),

    /* white space that is none, and comments */

    ROW("[\x0c]"), ROW("\x0b[]"), ROW("[\xc2\xa0]"), ROW("[\xe2\x81\xa0]"),
    ROW("\xef\xbb\xbf"), ROW("\x00"), ROW("[\x00]"), ROW("[]\x00"),
    ROW("[1/**/]"), ROW("/**/[]"), ROW("[1]//"), ROW("# \n[]"),
    ROW("\\u0020[]"), ROW("[\x1f]"), ROW("\x85[]")
};


/* RFC 8259 leaves them open, and so what we say to them is written here */

static const row_t  taken[] = {
    ROW("[\"\\uD800\"]"), ROW("[\"\\uDADA\"]"), ROW("[\"\\uD888\\u1234\"]"),
    ROW("[\"\\uD800\\n\"]"), ROW("[\"\\uDd1ea\"]"), ROW("[\"\\uDFAA\"]"),
    ROW("[\"\\uDd1e\\uD834\"]"), ROW("{\"\\uDFAA\":0}"),
    ROW("[123123e100000]"), ROW("[-1e+9999]"), ROW("[1.5e-9999999]"),
    ROW("[-237462374673276894279832749832423479823246327846]")
};

static const row_t  refused[] = {
    ROW("\xef\xbb\xbf{}"),                      /* a byte order mark */
    ROW("\xff\xfe[\x00\"\x00\xe9\x00\"\x00]\x00"),  /* UTF-16 */
    ROW("\x00[\x00]"),
    ROW("[\"\xed\xa0\xbd\xed\xb8\x80\"]")       /* CESU-8 */
};


static gate_scan_e
fed(row_t row, size_t size)
{
    size_t          i, n;
    gate_scan_t     scan;
    unsigned char  *part;

    gate_scan_init(&scan, gate_str(NULL, 0));
    scan.watch = GATE_SCAN_NONE;

    for (i = 0; i < row.len; i += n) {
        n = (row.len - i < size) ? row.len - i : size;
        part = memcpy(malloc(n), row.text + i, n);

        gate_scan_feed(&scan, gate_str(part, n));
        (void) gate_scan_run(&scan);
        free(part);
    }

    return gate_scan_end(&scan);
}


/* in all parts of one size, for each size */

static void
judge(const row_t *rows, size_t n, int expected)
{
    int          good;
    size_t       i, size;
    const char  *why;

    for (i = 0; i < n; i++) {
        why = gate_edit_check(gate_str(rows[i].text, rows[i].len));
        good = ((why == NULL) == expected);

        for (size = 1; size <= rows[i].len && good; size++) {
            good = ((fed(rows[i], size) == GATE_SCAN_MORE) == expected);
        }

        ok(good, "%s: %.*s", expected ? "taken" : "refused",
           (int) rows[i].len, rows[i].text);
    }
}


static void
nested(size_t depth, const char *open, const char *close, int expected)
{
    char    *text, *p;
    row_t    row;
    size_t   i;

    text = malloc(depth * (strlen(open) + strlen(close)) + 2);
    p = text;

    for (i = 0; i < depth; i++) {
        p += sprintf(p, "%s", open);
    }

    *p++ = '1';

    for (i = 0; i < depth; i++) {
        p += sprintf(p, "%s", close);
    }

    row.text = text;
    row.len = (size_t) (p - text);

    ok((fed(row, row.len) == GATE_SCAN_MORE) == expected
       && (fed(row, 7) == GATE_SCAN_MORE) == expected,
       "%zu levels of %s%s are %s", depth, open, close,
       expected ? "taken" : "refused");

    free(text);
}


static void
wrong_at(const char *text, size_t at, const char *why)
{
    size_t       size, len;
    gate_scan_t  scan;

    len = strlen(text);

    for (size = 1; size < 3; size++) {
        gate_scan_init(&scan, gate_str(NULL, 0));
        gate_scan_feed(&scan, gate_str(text, len / size));
        while (gate_scan_run(&scan) == GATE_SCAN_VALUE) { /* void */ }
        gate_scan_feed(&scan, gate_str(text + len / size, len - len / size));
        while (gate_scan_run(&scan) == GATE_SCAN_VALUE) { /* void */ }
        (void) gate_scan_end(&scan);

        if (scan.why == NULL || strcmp(scan.why, why) != 0 || scan.error != at) {
            break;
        }
    }

    is_str(scan.why, why, "why it is refused is said: %s", text);
    is_int(scan.error, at, "where it is wrong is said: %s", text);
}


int
main(void)
{
    judge(valid, sizeof(valid) / sizeof(row_t), 1);
    judge(invalid, sizeof(invalid) / sizeof(row_t), 0);
    judge(taken, sizeof(taken) / sizeof(row_t), 1);
    judge(refused, sizeof(refused) / sizeof(row_t), 0);

    ok(GATE_SCAN_DEPTH == 128, "as many levels as the page about edits says");
    nested(GATE_SCAN_DEPTH, "[", "]", 1);
    nested(GATE_SCAN_DEPTH + 1, "[", "]", 0);
    nested(GATE_SCAN_DEPTH / 2, "{\"a\":[", "]}", 1);
    nested(GATE_SCAN_DEPTH / 2 + 1, "[{\"a\":", "}]", 0);
    nested(100000, "[", "", 0);

    wrong_at("[1, 2 3]", 6, "no comma and no end of the array");
    wrong_at("{\"a\" 1}", 5, "no colon behind a name");
    wrong_at("{\"a\":1,}", 7, "no name of a member");
    wrong_at("{1}", 1, "no name and no end of the object");
    wrong_at("{\"a\":1 2}", 7, "no comma and no end of the object");
    wrong_at("[1,]", 3, "no value");
    wrong_at("[x]", 1, "no value and no end of the array");
    wrong_at("  ", 2, "the end is missing");
    wrong_at("[\"ab", 4, "the end is missing");
    wrong_at("-", 1, "the end is missing");
    wrong_at("[] 1", 3, "more than one value");
    wrong_at("[01]", 2, "no number");
    wrong_at("[\"\\q\"]", 3, "an escape that JSON does not have");
    wrong_at("[\"\\u12x4\"]", 6, "an escape without four hex digits");
    wrong_at("[\"a\nb\"]", 3, "a control byte, or bytes that are not UTF-8");
    wrong_at("[\"a\xe2\x82\"]", 5, "bytes that are not UTF-8");

    return done_testing();
}
