
/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * Each use is noted, and one a minute of each credential is to be written.
 */


#include "tap.h"
#include "gate_used.h"


static gate_used_t  *used;


static int
note(const char *name, int64_t now)
{
    return gate_used_note(used, GATE_KIND_BASIC, gate_cstr(name), now);
}


static int
next(const char *text, int64_t at)
{
    size_t         len;
    int64_t        used_s;
    unsigned char  buf[GATE_USED_TEXT];

    len = gate_used_next(used, buf, &used_s);

    return gate_str_eq(gate_str(buf, len), gate_cstr(text)) && used_s == at;
}


static int
is_empty(void)
{
    int64_t        used_s;
    unsigned char  buf[GATE_USED_TEXT];

    return gate_used_next(used, buf, &used_s) == 0;
}


int
main(void)
{
    int   i, n;
    char  name[GATE_USED_NAME + 2];

    used = gate_used_create(256);

    ok(is_empty(), "nobody was there");
    ok(note("ada", 1000), "there is one to write");
    ok(!note("bea {c}", 1000), "and another one, which is not the first");
    ok(!note("ada", 1003), "the first comes again");

    n = next("b:ada", 1003);
    n += n ? next("b:bea%20%7Bc%7D", 1000)
           : next("b:ada", 1003);

    ok(n >= 1, "both are written, with the last time of each");
    ok(is_empty(), "and that is all");

    ok(!note("ada", 1062), "less than a minute later nothing is to be written");
    ok(is_empty(), "nothing");
    ok(note("ada", 1063), "after a minute it is");
    ok(next("b:ada", 1063), "with the last time");
    ok(note("ada", 1200), "or much later");
    ok(next("b:ada", 1200), "with that");

    ok(gate_used_note(used, GATE_KIND_MTLS, gate_cstr("ada"), 1200),
       "a name of another kind is another one");
    ok(next("m:ada", 1200), "which is told");

    memset(name, 'x', sizeof(name));

    ok(!gate_used_note(used, GATE_KIND_KEY, gate_str(name, GATE_USED_NAME + 1),
                       1300),
       "a name that is too long is not noted");
    ok(gate_used_note(used, GATE_KIND_KEY, gate_str(name, GATE_USED_NAME),
                      1300),
       "the longest one is");
    ok(!is_empty() && is_empty(), "and can be written");
    ok(!note("", 1300), "nobody is not");

    for (i = 0; i < 10000; i++) {
        (void) sprintf(name, "n%d", i);
        (void) note(name, 2000);
    }

    for (n = 0; !is_empty(); n++) { /* void */ }

    ok(n > 128 && n <= 256, "as many as there is room for: %d", n);
    ok(note("ada", 2001), "and then others");

    gate_used_destroy(used);

    return done_testing();
}
