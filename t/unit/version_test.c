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


static void
test_accept(void)
{
    int                   found;
    size_t                i;
    gate_str_t            v;
    gate_version_media_t  m;

    static const struct {
        const char        *pattern;
        const char        *accept;
        const char        *version;
    } row[] = {
        { "a/v.{version}+json", "a/v.v1+json", "v1" },
        { "a/v.{version}+json", "A/V.v1+JSON;q=0.5", "v1" },
        { "a/v.{version}+json", "text/html, a/v.v2+json , a/v.v1+json", "v2" },
        { "a/v.{version}+json", "a/v.v2+json;q=0, a/v.v1+json", "v1" },
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
        { "a/b;v={version}", "a/b, a/c;v=v1", NULL },
        { "a/b;v={version}", "a/b;w=v1;vv=2", NULL },
        { "a/b;v={version}", "a/b;v", NULL },
        { "a/b;v={version}", "a/b;v=", "" },
        { "a/b;v={version}", "a/b;v=\"", "\"" }
    };

    for (i = 0; i < sizeof(row) / sizeof(row[0]); i++) {
        (void) gate_version_media(gate_cstr(row[i].pattern), &m);

        found = gate_version_accept(&m, gate_cstr(row[i].accept), &v);

        is_int(found, row[i].version != NULL, "%s: %s", row[i].pattern,
               row[i].accept);

        if (found && row[i].version) {
            ok(gate_str_eq(v, gate_cstr(row[i].version)), "... is \"%s\"",
               row[i].version);
        }
    }
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
