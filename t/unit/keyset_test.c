
/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * When a set of keys is fetched, and the file that keeps it.
 */


#include "tap.h"
#include "gate_keyset.h"


#define T0  1700000000000LL


static gate_keyset_plan_t  rules = { 0, 86400000, 30000, 3000 };


static void
test_begin(void)
{
    gate_keyset_t  s;

    memset(&s, 0, sizeof(s));

    ok(!gate_keyset_usable(&s, &rules, T0), "nothing is usable at first");
    ok(gate_keyset_begin(&s, &rules, GATE_KEYSET_DUE, 1, T0),
       "the first one fetches");
    ok(!gate_keyset_begin(&s, &rules, GATE_KEYSET_DUE, 2, T0 + 1),
       "the second one does not");
    ok(!gate_keyset_begin(&s, &rules, GATE_KEYSET_UNKNOWN, 2, T0 + 1),
       "... for a token neither");
    ok(gate_keyset_running(&s, T0 + 3999), "it is under way");
    ok(!gate_keyset_running(&s, T0 + 4000), "it is given up");
    ok(gate_keyset_begin(&s, &rules, GATE_KEYSET_DUE, 2, T0 + 4000),
       "another one takes over");

    gate_keyset_good(&s, &rules, 2, 600000, 1, 0, T0 + 4100);
    is_int(s.version, 1, "a version");
    ok(gate_keyset_usable(&s, &rules, T0 + 4100), "it is usable");
    is_int(s.next_ms, T0 + 4100 + 540000, "the next is ahead of its end");

    gate_keyset_good(&s, &rules, 2, 600000, 0, 60000, T0 + 4100);
    is_int(s.version, 1, "the same text is the same version");
    is_int(s.next_ms, T0 + 4100 + 480000, "... spread by a tenth");

    ok(gate_keyset_usable(&s, &rules, T0 + 4100 + 600000 + 86400000),
       "stale keys are usable for a time");
    ok(!gate_keyset_usable(&s, &rules, T0 + 4100 + 600001 + 86400000),
       "... and not for ever");
}


static void
test_unknown(void)
{
    gate_keyset_t  s;

    memset(&s, 0, sizeof(s));

    ok(gate_keyset_begin(&s, &rules, GATE_KEYSET_UNKNOWN, 1, T0),
       "a token may be the first to ask");
    gate_keyset_good(&s, &rules, 1, 600000, 1, 0, T0 + 100);

    ok(!gate_keyset_begin(&s, &rules, GATE_KEYSET_UNKNOWN, 1, T0 + 29999),
       "not before the cooldown is over");
    ok(gate_keyset_begin(&s, &rules, GATE_KEYSET_UNKNOWN, 1, T0 + 30000),
       "then again");
    gate_keyset_failed(&s, &rules, 1, 0, T0 + 30100);

    ok(!gate_keyset_begin(&s, &rules, GATE_KEYSET_UNKNOWN, 1, T0 + 35000),
       "a failure has to be waited for");
    ok(!gate_keyset_begin(&s, &rules, GATE_KEYSET_UNKNOWN, 1, T0 + 35100),
       "... and the cooldown, too");
    ok(gate_keyset_begin(&s, &rules, GATE_KEYSET_DUE, 1, T0 + 35100),
       "... which is for tokens only");
    gate_keyset_failed(&s, &rules, 1, 0, T0 + 60000);
    ok(!gate_keyset_begin(&s, &rules, GATE_KEYSET_UNKNOWN, 1, s.next_ms - 1),
       "... who wait for the end of a failure, too");
    s.failures = 1;
    gate_keyset_failed(&s, &rules, 1, 0, T0 + 35200);
    is_int(s.next_ms, T0 + 35200 + 10000, "each failure doubles the wait");

    while (s.failures < 40) {
        gate_keyset_failed(&s, &rules, 1, 0, T0 + 35200);
    }

    is_int(s.next_ms, T0 + 35200 + 300000, "... up to five minutes");
    ok(gate_keyset_usable(&s, &rules, T0 + 35200), "the keys stay");
    is_int(s.version, 1, "... the same");
}


static void
test_clock(void)
{
    gate_keyset_t  s;

    memset(&s, 0, sizeof(s));

    (void) gate_keyset_begin(&s, &rules, GATE_KEYSET_DUE, 1, T0);
    gate_keyset_good(&s, &rules, 1, 600000, 1, 0, T0);

    ok(gate_keyset_usable(&s, &rules, T0 - 3600000), "a clock that goes back");
    ok(gate_keyset_begin(&s, &rules, GATE_KEYSET_DUE, 1, T0 - 3600000),
       "... makes it due");
    ok(gate_keyset_running(&s, T0 - 3600000), "... once");

    gate_keyset_left(&s, 2, T0 - 3600000);
    ok(gate_keyset_running(&s, T0 - 3600000), "another one leaves nothing");
    gate_keyset_left(&s, 1, T0 - 3600000);
    ok(!gate_keyset_running(&s, T0 - 3600000), "its holder leaves it");
    ok(gate_keyset_begin(&s, &rules, GATE_KEYSET_UNKNOWN, 2, T0 - 3600000),
       "... to the next");

    memset(&s, 0, sizeof(s));
    gate_keyset_found(&s, T0 + 5, 1000, T0);
    is_int(s.fetched_ms, T0, "a file of the future is of now");
    is_int(gate_keyset_wait(&s, T0), 1, "a wait is at least a millisecond");
}


static void
test_ttl(void)
{
    size_t  i;

    static const struct { const char *text; int64_t ms; }  rows[] = {
        { "", GATE_KEYSET_TTL },
        { "public", GATE_KEYSET_TTL },
        { "max-age=3600", 3600000 },
        { "public, max-age=3600 , must-revalidate", 3600000 },
        { "MAX-AGE=120", 120000 },
        { "max-age=0", GATE_KEYSET_TTL_MIN },
        { "no-store", GATE_KEYSET_TTL_MIN },
        { "max-age=3600, no-cache", GATE_KEYSET_TTL_MIN },
        { "max-age=999999999", GATE_KEYSET_TTL_MAX },
        { "max-age=99999999999999999999", GATE_KEYSET_TTL },
        { "max-age=-1", GATE_KEYSET_TTL },
        { "s-maxage=5", GATE_KEYSET_TTL },
        { ",,,", GATE_KEYSET_TTL },
        { NULL, 0 }
    };

    for (i = 0; rows[i].text != NULL; i++) {
        is_int(gate_keyset_ttl(gate_cstr(rows[i].text)), rows[i].ms,
           "%s", rows[i].text);
    }
}


static void
test_json(void)
{
    size_t  i;

    static const char  *good[] = {
        "application/json", "Application/JSON", "application/json;charset=x",
        "application/jwk-set+json", " application/json ; a", NULL
    };
    static const char  *bad[] = {
        "", "text/html", "application/jsonx", "application/x", "json",
        "text/json+json", "application/+jso", ";application/json", NULL
    };

    for (i = 0; good[i] != NULL; i++) {
        ok(gate_keyset_json(gate_cstr(good[i])), "%s", good[i]);
    }

    for (i = 0; bad[i] != NULL; i++) {
        ok(!gate_keyset_json(gate_cstr(bad[i])), "not \"%s\"", bad[i]);
    }
}


static void
test_file(void)
{
    size_t               i, n, wrong;
    unsigned char        head[GATE_KEYSET_HEAD], *all, *cut;
    gate_keyset_file_t   f, g;

    f.issuer = gate_cstr("https://id.example/");
    f.source = gate_cstr("/_jwks/corp ");
    f.fetched_ms = T0;
    f.ttl_ms = 600000;
    f.text = gate_cstr("{\"keys\":[]}\n");

    n = gate_keyset_head(&f, head);
    ok(n != 0, "a head");

    all = malloc(n + f.text.len);
    memcpy(all, head, n);
    memcpy(all + n, f.text.data, f.text.len);
    n += f.text.len;

    ok(gate_keyset_parse(gate_str(all, n), &g), "is read again");
    ok(gate_str_eq(g.issuer, f.issuer) && gate_str_eq(g.source, f.source)
       && gate_str_eq(g.text, f.text), "... with its texts");
    ok(g.fetched_ms == T0 && g.ttl_ms == 600000, "... and times");

    wrong = 0;

    for (i = 0; i < n; i++) {
        cut = malloc(i ? i : 1);
        memcpy(cut, all, i);
        wrong += gate_keyset_parse(gate_str(cut, i), &g);
        free(cut);

        all[i] ^= 1;
        wrong += gate_keyset_parse(gate_str(all, n), &g);
        all[i] ^= 1;
    }

    is_int(wrong, 0, "one that is cut or damaged anywhere is not taken");

    f.issuer.data = calloc(1, GATE_KEYSET_HEAD);
    f.issuer.len = GATE_KEYSET_HEAD;
    is_int(gate_keyset_head(&f, head), 0, "a name may be too long");

    free(f.issuer.data);
    free(all);
}


int
main(void)
{
    test_begin();
    test_unknown();
    test_clock();
    test_ttl();
    test_json();
    test_file();

    return done_testing();
}
