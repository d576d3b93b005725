/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * Versions that requests name: in media types, in paths.
 */

#include "tap.h"

#include "gate_version.h"


static void
test_patterns(void)
{
    size_t                i;
    gate_version_media_t  m;

    static const char  *good[] = {
        "application/vnd.a.{version}+json", "application/vnd.a.{version}",
        "application/json;v={version}", "application/json ; version={version}",
        "a/{version}"
    };
    static const char  *bad[] = {
        "", "{version}", "application", "application/json", "{version}/json",
        "application/json;v", "application/json;v=", "application/json;v=1",
        "application/json;={version}", "application/json;q={version}",
        "a/{version};v={version}", "a/b;v={version};w=1", "a/{versio}",
        "a/b;v={version}x"
    };

    for (i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
        ok(gate_version_media(gate_cstr(good[i]), &m), "good: %s", good[i]);
    }

    for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        ok(!gate_version_media(gate_cstr(bad[i]), &m), "bad: \"%s\"", bad[i]);
    }
}


/* the one that is wanted most, the first of several */

static int
most(const gate_version_media_t *m, gate_version_ranges_t *ranges,
    const char *accept, unsigned *weight, gate_str_t *version)
{
    int         found;
    unsigned    w;
    gate_str_t  v;

    found = 0;
    ranges->accept = gate_cstr(accept);
    ranges->pos = 0;

    while (gate_version_accept(m, ranges, &v, &w)) {
        found = 1;

        if (w > *weight) {
            *weight = w;
            *version = v;
        }
    }

    return found;
}


static void
test_accept(void)
{
    int                    found;
    size_t                 i;
    unsigned               weight;
    gate_str_t             v;
    gate_version_media_t   m;
    gate_version_ranges_t  ranges;

    static const struct {
        const char        *pattern;
        const char        *accept;
        const char        *version;
    } row[] = {
        { "a/v.{version}+json", "a/v.v1+json", "v1" },
        { "a/v.{version}+json", "A/V.v1+JSON;q=0.5", "v1" },
        { "a/v.{version}+json", "text/html, a/v.v2+json , a/v.v1+json", "v2" },
        { "a/v.{version}+json", "a/v.v2+json;q=0, a/v.v1+json", "v1" },
        { "a/v.{version}+json", "a/v.v2+json;q=0.1, a/v.v1+json;q=0.2", "v1" },
        { "a/v.{version}+json", "a/v.v2+json;q=0.999, a/v.v1+json", "v1" },
        { "a/v.{version}+json", "a/v.v2+json;q=0.5, a/v.v1+json;q=0.500", "v2" },
        { "a/v.{version}+json", "a/v.v2+json;q=x, a/v.v1+json;q=0.001", "v1" },
        { "a/v.{version}+json", "a/v.v2+json;q=1.5", NULL },
        { "a/v.{version}+json", "a/v.v2+json;q=0.00, a/v.v1+json", "v1" },
        { "a/v.{version}+json", "a/v.+json", NULL },
        { "a/v.{version}+json", "a/v.v1", NULL },
        { "a/v.{version}+json", "a/w.v1+json", NULL },
        { "a/v.{version}+json", "*/*", NULL },
        { "a/v.{version}+json", "", NULL },
        { "a/v.{version}+json", ",;,;=,q=0", NULL },
        { "a/{version}", "a/x/y", "x/y" },
        { "a/b;v={version}", "a/b;v=v1", "v1" },
        { "a/b;v={version}", "A/B ; V=\"v1\" ; q=1", "v1" },
        { "a/b;v={version}", "a/b;q=0;v=v1, a/b;v=v2", "v2" },
        { "a/b;v={version}", "a/b;q=0.5;v=v1, a/b;v=v2;Q=0.6", "v2" },
        { "a/b;v={version}", "a/b, a/c;v=v1", NULL },
        { "a/b;v={version}", "a/b;w=v1;vv=2", NULL },
        { "a/b;v={version}", "a/b;v", NULL },
        { "a/b;v={version}", "a/b;v=", "" },
        { "a/b;v={version}", "a/b;v=\"", "\"" }
    };

    for (i = 0; i < sizeof(row) / sizeof(row[0]); i++) {
        (void) gate_version_media(gate_cstr(row[i].pattern), &m);

        memset(&ranges, 0, sizeof(gate_version_ranges_t));
        weight = 0;
        found = most(&m, &ranges, row[i].accept, &weight, &v);

        is_int(found, row[i].version != NULL, "%s: %s", row[i].pattern,
               row[i].accept);

        if (found && row[i].version) {
            ok(gate_str_eq(v, gate_cstr(row[i].version)), "... is \"%s\"",
               row[i].version);
        }
    }

    /* a field after the other, and no more than so many elements */

    (void) gate_version_media(gate_cstr("a/{version}"), &m);
    memset(&ranges, 0, sizeof(gate_version_ranges_t));
    weight = 0;

    (void) most(&m, &ranges, "a/v1;q=0.5", &weight, &v);
    (void) most(&m, &ranges, "a/v2;q=0.7, a/v3;q=0.6", &weight, &v);
    ok(gate_str_eq(v, gate_cstr("v2")), "of the second field");
    is_int(weight, 701, "... with its weight");

    for (i = 3; i < GATE_VERSION_RANGES; i++) {
        (void) most(&m, &ranges, "b/v4", &weight, &v);
    }

    ok(!most(&m, &ranges, "a/v5", &weight, &v), "one too many");
}


static void
test_paths(void)
{
    gate_str_t  v, rest;

    ok(gate_version_segment(gate_cstr("v1/7"), &v, &rest), "v1/7");
    ok(gate_str_eq(v, gate_cstr("v1")), "... is v1");
    ok(gate_str_eq(rest, gate_cstr("/7")), "... and the rest");
    ok(gate_version_segment(gate_cstr("v1"), &v, &rest), "v1");
    is_int(rest.len, 0, "... and no rest");
    ok(!gate_version_segment(gate_cstr("/v1"), &v, &rest), "no segment");
    ok(!gate_version_segment(gate_cstr("a b/"), &v, &rest), "no name");
    ok(!gate_version_segment(gate_str(NULL, 0), &v, &rest), "nothing");

    ok(gate_version_is_name(gate_cstr("2026-01_a.B")), "a name");
    ok(!gate_version_is_name(gate_cstr("")), "none");
    ok(!gate_version_is_name(gate_cstr("a/b")), "none with a slash");
}


int
main(void)
{
    test_patterns();
    test_accept();
    test_paths();

    return done_testing();
}
