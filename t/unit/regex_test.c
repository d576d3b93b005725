
/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * Regular expressions of rules: which are taken, and what they match.
 */


#include "tap.h"
#include "gate_regex.h"


typedef struct {
    const char            *pattern;
    const char            *yes;               /* texts, each with a ";" */
    const char            *no;
} match_t;


static const match_t  matches[] = {
    { "", ";", "a;" },
    { "abc", "abc;", "ab;abcd;xabc;;" },
    { "a|b|cd", "a;b;cd;", "c;ab;;acd;" },
    { "(a|b)*c", "c;ac;abbac;", "ab;d;" },
    { "a{2,3}", "aa;aaa;", "a;aaaa;" },
    { "a{2}", "aa;", "a;aaa;" },
    { "a{2,}", "aa;aaaaa;", "a;" },
    { "a{0}", ";", "a;" },
    { "(ab){0,2}", ";ab;abab;", "aba;ababab;" },
    { "a{,2}", "a{,2};", "aa;" },
    { "a*?b+?", "b;aabb;", "a;" },
    { "(a*)*b", "b;aaab;", "aaaa;" },
    { "(a?){3}", ";a;aa;aaa;", "aaaa;" },
    { ".", "a;\xc3\xa9;\xe2\x82\xac;", "\n;\xff;ab;" },
    { "(?s).", "\n;", ";" },
    { "[a-c]+", "abc;", "d;" },
    { "[^a-c]", "d;\xc3\xa9;\n;", "a;" },
    { "[]a]+", "]a;", "b;" },
    { "[a-]+", "a-;", "b;" },
    { "[-a]", "-;a;", "b;" },
    { "[a\\]]", "a;];", "b;" },
    { "[[:digit:]x]+", "12x;", "a;" },
    { "[[:^digit:]]", "a;", "1;" },
    { "\\d{3}-\\w+", "123-a_Z9;", "12-a;123-;123--;" },
    { "\\D\\S\\W", "ab-;", "1b-;a -;abc;" },
    { "\\Aab\\z", "ab;", "abc;" },
    { "^ab$", "ab;", "xab;" },
    { "a$b", "", "ab;" },
    { "\\bfoo\\b.*", "foo;foo bar;", "foobar;" },
    { "a\\Bb", "ab;", "a b;" },
    { "(?m)^a$\n^b$", "a\nb;", "ab;" },
    { "(?i)abc", "ABC;aBc;", "abd;" },
    { "(?i)k", "k;K;\xe2\x84\xaa;", "s;" },
    { "(?i:a)b", "Ab;ab;", "AB;" },
    { "a(?i)b|c", "aB;C;c;", "AB;" },
    { "(?i-i)a", "a;", "A;" },
    { "\\x41\\x{42}\\n\\t", "AB\n\t;", "ab;" },
    { "\\.\\*\\/\\-", ".*/-;", "a*/-;" },
    { "v[0-9]+(\\.[0-9]+){0,2}", "v1;v1.2;v1.2.33;", "v;v1.;v1.2.3.4;" }
};


static const char *const  wrong[] = {
    "(", ")", "a)", "(a", "[", "[a", "[]", "[^]", "*", "a**", "a*+", "a+*",
    "a|*", "(*a)", "a{2}{3}", "{2}", "a{1001}", "a{3,2}", "(?=a)", "(?!a)",
    "(?<=a)", "(?<!a)", "(?>a)", "(?#c)", "(?P<n>a)", "(?<n>a)", "(?R)",
    "(?1)", "(?", "(?i", "(?)", "(?i-)", "(?x)a", "(?-)", "\\", "\\1", "\\k",
    "\\Z", "\\G", "\\K", "\\R", "\\h", "\\e", "\\cA", "\\pL", "\\PL", "\\C",
    "\\Qa\\E", "\\_", "\\x", "\\xg0", "\\x{110000}", "\\x{", "\\x{}", "[b-a]",
    "[[:foo:]]", "[a-\\d]", "[\\b]", "(?i)\xc3\xa9", "(a{100}){10}",
    "((((a{10}){10}){10}){10}){10}", "\xff", "[\xff]", "(?i)[\\W]"
};


static void
test_match(void)
{
    int            yes;
    size_t         i;
    const char    *p, *end, *why;
    gate_regex_t  *re;

    for (i = 0; i < sizeof(matches) / sizeof(matches[0]); i++) {

        re = gate_regex_make(gate_cstr(matches[i].pattern), &why);

        if (!ok(re != NULL, "%s is taken", matches[i].pattern)) {
            diag("%s", why);
            continue;
        }

        for (yes = 0; yes < 2; yes++) {
            p = yes ? matches[i].yes : matches[i].no;

            for ( /* void */ ; *p != '\0'; p = end + 1) {
                end = strchr(p, ';');

                is_int(gate_regex_match(re, gate_str(p, end - p)), yes,
                       "%s and \"%.*s\"", matches[i].pattern, (int) (end - p),
                       p);
            }
        }

        gate_regex_free(re);
    }
}


static void
test_wrong(void)
{
    size_t         i;
    const char    *why;
    gate_regex_t  *re;

    for (i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
        re = gate_regex_make(gate_cstr(wrong[i]), &why);
        ok(re == NULL && why != NULL, "%s is refused: %s", wrong[i],
           why ? why : "");
        gate_regex_free(re);
    }
}


/* what makes others think for years */

static void
test_long(void)
{
    char           text[8193];
    const char    *why;
    gate_regex_t  *re;

    memset(text, 'a', sizeof(text));
    text[8192] = '\0';

    re = gate_regex_make(gate_cstr("(a*)*(a|aa)+(a?){40}b"), &why);
    ok(re != NULL, "a pattern that is hard for others is taken");
    is_int(gate_regex_match(re, gate_cstr(text)), 0, "and ends");
    text[8191] = 'b';
    is_int(gate_regex_match(re, gate_cstr(text)), 1, "and matches");
    gate_regex_free(re);

    memset(text, '(', 300);
    text[300] = '\0';
    ok(gate_regex_make(gate_cstr(text), &why) == NULL, "301 bytes are many");
    text[200] = '\0';
    ok(gate_regex_make(gate_cstr(text), &why) == NULL, "200 groups are deep");
}


int
main(void)
{
    test_match();
    test_wrong();
    test_long();

    return done_testing();
}
