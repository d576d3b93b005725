
/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * Messages of changes, and those that did not come.
 */


#include "tap.h"
#include "gate_feed.h"
#include "gate_uri.h"


static int
message(const char *text, uint64_t version, char kind, const char *name)
{
    uint64_t            v;
    gate_feed_change_t  change;

    return gate_feed_message(gate_cstr(text), &v, &change)
           && v == version && change.kind == (gate_kind_e) kind
           && gate_str_eq(change.name, gate_cstr(name));
}


static int
key(const char *text, char kind, const char *name)
{
    gate_feed_change_t  change;

    return gate_feed_key(gate_cstr(text), &change)
           && change.kind == (gate_kind_e) kind
           && gate_str_eq(change.name, gate_cstr(name));
}


static void
texts(void)
{
    size_t              i;
    char                name[GATE_FEED_NAME + 16];
    uint64_t            v;
    gate_feed_change_t  change;

    static const char  *bad[] = {
        "", " ", "1", "1 ", "1 k", "1 k ", " k a", "x k a", "-1 k a", "1 kk a",
        "1  k a", "1234567890123456789 k a", "1 k: a"
    };

    static const char  *keys[] = {
        "", "gate:k:{}", "gate:k:{a", "gate:k:a", "gate:kk:{a}", "gate:v",
        "gata:k:{a}", "gate:u:{a}:2026112700"
    };

    ok(message("1 k 00ff", 1, 'k', "00ff"), "a message is taken apart");
    ok(message("900 t corp=a%20b%7D", 900, 't', "corp=a b}"),
       "its name is decoded");

    for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        ok(!gate_feed_message(gate_cstr(bad[i]), &v, &change),
           "no message: \"%s\"", bad[i]);
    }

    ok(key("gate:c:{acme}", 'c', "acme"), "a key is taken apart");
    ok(key("gate:j:{corp=a%2Fb}", 'j', "corp=a/b"), "its name is decoded, too");

    for (i = 0; i < sizeof(keys) / sizeof(keys[0]); i++) {
        ok(!gate_feed_key(gate_cstr(keys[i]), &change), "no key: \"%s\"",
           keys[i]);
    }

    memset(name, 'a', sizeof(name));
    memcpy(name, "gate:k:{", 8);

    name[GATE_FEED_NAME + 8] = '}';
    ok(gate_feed_key(gate_str(name, GATE_FEED_NAME + 9), &change),
       "the longest name");

    name[GATE_FEED_NAME + 8] = 'a';
    name[GATE_FEED_NAME + 9] = '}';
    ok(!gate_feed_key(gate_str(name, GATE_FEED_NAME + 10), &change),
       "one that is longer");
}


/* names that may be long: each is one that a credential can have */

static void
names(void)
{
    size_t              i, j, n;
    uint64_t            v;
    gate_str_t          name, in;
    gate_feed_change_t  change;
    unsigned char       raw[GATE_RECORD_LONGEST];
    unsigned char       text[GATE_RECORD_KEY + 16];

    static const struct {
        char            kind;
        const char     *of;
        size_t          len;
        const char     *what;
    } cases[] = {
        { 'j', "x", 1100, "1100 letters" },
        { 'j', "\303\274", 600, "300 letters of two bytes" },
        { 't', "\320\226", 344, "172 Cyrillic letters" },
        { 'm', "\320\226", GATE_RECORD_LONGEST, "the longest subject" },
        { 'k', "}", GATE_RECORD_LONGEST, "the longest of signs" }
    };

    for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {

        for (j = 0; j < cases[i].len; j++) {
            raw[j] = (unsigned char) cases[i].of[j % strlen(cases[i].of)];
        }

        in = gate_str(raw, cases[i].len);
        name = gate_str(text, gate_record_key((gate_kind_e) cases[i].kind, in,
                                              text));

        ok(name.len != 0 && gate_feed_key(name, &change)
           && change.kind == (gate_kind_e) cases[i].kind
           && gate_str_eq(change.name, in), "a key of %s", cases[i].what);

        n = (size_t) sprintf((char *) text, "17 %c ", cases[i].kind);
        n += gate_uri_escape(in, text + n);

        ok(gate_feed_message(gate_str(text, n), &v, &change) && v == 17
           && gate_str_eq(change.name, in), "a message of %s", cases[i].what);
    }
}


static gate_feed_rc_e
asks(gate_feed_t *f, uint64_t version)
{
    gate_feed_rc_e  rc;

    gate_feed_asked(f);

    rc = gate_feed_told(f, version);

    return (rc == GATE_FEED_OK) ? gate_feed_complete(f) : rc;
}


static void
versions(void)
{
    gate_feed_t  f;

    memset(&f, 0, sizeof(gate_feed_t));

    is_int(asks(&f, 41), GATE_FEED_OK, "the first version is where it begins");
    is_int(gate_feed_heard(&f, 42), GATE_FEED_OK, "the following one is heard");
    is_int(asks(&f, 42), GATE_FEED_OK, "and that is all");
    is_int(gate_feed_heard(&f, 44), GATE_FEED_LOST, "one was left out");
    is_int(gate_feed_heard(&f, 45), GATE_FEED_OK, "it goes on from there");
    is_int(asks(&f, 46), GATE_FEED_LOST, "one was counted and never came");
    is_int(asks(&f, 46), GATE_FEED_OK, "which is noticed once");
    is_int(gate_feed_heard(&f, 46), GATE_FEED_BACK, "one comes twice");
    is_int(asks(&f, 3), GATE_FEED_BACK, "Redis has lost the latest ones");
    is_int(asks(&f, 0), GATE_FEED_BACK, "Redis is empty");
    is_int(gate_feed_heard(&f, 1), GATE_FEED_OK, "and begins again");

    /* what comes between the question and its answer is not lost */

    gate_feed_asked(&f);
    is_int(gate_feed_heard(&f, 2), GATE_FEED_OK, "one comes meanwhile");
    is_int(gate_feed_told(&f, 1), GATE_FEED_OK,
           "the answer is older than it");
    is_int(gate_feed_complete(&f), GATE_FEED_OK, "which is no loss");

    gate_feed_asked(&f);
    is_int(gate_feed_told(&f, 3), GATE_FEED_OK,
           "the answer is newer than what has come");
    is_int(gate_feed_heard(&f, 3), GATE_FEED_OK, "it comes late");
    is_int(gate_feed_complete(&f), GATE_FEED_OK, "but in time");

    memset(&f, 0, sizeof(gate_feed_t));

    gate_feed_asked(&f);
    is_int(gate_feed_heard(&f, 8), GATE_FEED_OK, "the first is a message");
    is_int(gate_feed_told(&f, 7), GATE_FEED_OK, "the answer was before it");
    is_int(gate_feed_complete(&f), GATE_FEED_OK, "nothing was lost");
    is_int(gate_feed_heard(&f, 9), GATE_FEED_OK, "it goes on");
}


int
main(void)
{
    uint64_t  v;

    texts();
    names();
    versions();

    ok(gate_feed_version(gate_cstr("999999999999999999"), &v)
       && v == 999999999999999999ULL, "the largest version");
    ok(!gate_feed_version(gate_cstr(""), &v), "nothing is no version");

    return done_testing();
}
