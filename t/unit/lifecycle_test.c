/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * The life of an API: dates, what contradicts itself, states, links.
 */

#include "tap.h"

#include "gate_lifecycle.h"


#define DAY  86400

static gate_life_span_t  spans[4];


static gate_lifecycle_t
life(int64_t deprecated_s, int64_t sunset_s, size_t nbrownouts)
{
    gate_lifecycle_t  l;

    memset(&l, 0, sizeof(l));

    l.deprecated_s = deprecated_s;
    l.sunset_s = sunset_s;
    l.brownouts = spans;
    l.nbrownouts = nbrownouts;

    return l;
}


static gate_lifecycle_t
stated(gate_life_e state, int64_t deprecated_s, int64_t sunset_s, size_t n)
{
    gate_lifecycle_t  l;

    l = life(deprecated_s, sunset_s, n);
    l.stated = 1;
    l.state = state;

    return l;
}


static void
test_dates(void)
{
    int64_t  s;
    size_t   i;

    static const struct {
        const char        *text;
        int64_t            s;
    } row[] = {
        { "2026-09-01", 1788220800 },
        { "2026-09-01T00:00Z", 1788220800 },
        { "2026-09-01T10:30Z", 1788258600 },
        { "2026-09-01T10:30:59Z", 1788258659 },
        { "2028-02-29", 1835395200 },
        { "2026-09-01T23:59:59Z", 1788307199 },
        { "1970-01-01", 0 }, { "2027-02-30", 0 }, { "2027-02-29", 0 },
        { "2026-09-01T24:00Z", 0 }, { "2026-09-01T10:60Z", 0 },
        { "2026-09-01T10:30:60Z", 0 }, { "2026-09-01T10:30", 0 },
        { "2026-09-01T10:30+01:00", 0 }, { "2026-09-01 10:30Z", 0 },
        { "2026-09-01T1:30Z", 0 }, { "2026-09-01T10:30:5Z", 0 },
        { "2026-09-01T10:30:00z", 0 }, { "2026-09-01t10:30Z", 0 },
        { "2026-09-01T10-30Z", 0 }, { "2026-09-01T10:30-00Z", 0 },
        { "2026-09-01T+1:30Z", 0 }, { "2026-09-01T10:30Z ", 0 },
        { "2026-9-01T10:30Z", 0 }, { "1788220800", 0 }, { "now", 0 },
        { "", 0 }, { "2026-09-01T", 0 }, { "2026-09-01Z", 0 }
    };

    for (i = 0; i < sizeof(row) / sizeof(row[0]); i++) {
        is_int(gate_lifecycle_date(gate_cstr(row[i].text), &s),
               row[i].s != 0, "\"%s\" is a date, or is none", row[i].text);

        if (row[i].s) {
            is_int(s, row[i].s, "... and the right one");
        }
    }
}


static void
test_spans(void)
{
    size_t            i;
    int64_t           until_s;
    gate_life_span_t  span;

    static const char  *bad[] = {
        "", "/", "/1h", "2027-02-01", "2027-02-01/", "2027-02-01/0",
        "2027-02-01/-1h", "2027-02-01/1x", "2027-02-30/1h",
        "2027-02-01/2027-02-02", "2027-02-01/1h/1h", "2027-02-01/20ms",
        "2027-02-01/9223372036854775807"
    };

    ok(gate_lifecycle_span(gate_cstr("2027-02-01T10:00Z/1h"), &span),
       "an hour of a day");
    is_int(span.from_s, 1801476000, "... from");
    is_int(span.until_s - span.from_s, 3600, "... for");

    ok(gate_lifecycle_span(gate_cstr("2027-02-01/30m"), &span), "a day's begin");
    is_int(span.from_s, 1801440000, "... from");
    is_int(span.until_s - span.from_s, 1800, "... for");

    ok(gate_lifecycle_span(gate_cstr("2027-02-01/2d"), &span), "two days");
    is_int(span.until_s - span.from_s, 2 * DAY, "... long");

    for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        ok(!gate_lifecycle_span(gate_cstr(bad[i]), &span),
           "\"%s\" is no span", bad[i]);
    }

    /* of several, and as they are asked at a time */

    spans[0].from_s = 100;
    spans[0].until_s = 200;
    spans[1].from_s = 200;
    spans[1].until_s = 300;
    spans[2].from_s = 250;
    spans[2].until_s = 260;

    ok(!gate_lifecycle_overlaps(spans, 1), "one alone");
    ok(!gate_lifecycle_overlaps(spans, 2), "one right behind another");
    ok(gate_lifecycle_overlaps(spans, 3), "one in another");

    ok(!gate_lifecycle_within(spans, 2, 99, &until_s), "before all");
    ok(gate_lifecycle_within(spans, 2, 100, &until_s), "the first second");
    is_int(until_s, 200, "... up to its end");
    ok(gate_lifecycle_within(spans, 2, 200, &until_s), "the next one's first");
    is_int(until_s, 300, "... up to that one's end");
    ok(!gate_lifecycle_within(spans, 2, 300, &until_s), "behind all");
    ok(!gate_lifecycle_within(spans, 0, 100, &until_s), "of none");
}


static void
wrong(gate_lifecycle_t l, const char *of, size_t n, const char *name)
{
    size_t       which;
    const char  *where, *why;

    why = gate_lifecycle_wrong(&l, 1000 * DAY, &where, &which);

    if (of == NULL) {
        ok(why == NULL, "right: %s", name);
        return;
    }

    ok(why != NULL, "wrong: %s", name);

    if (why != NULL) {
        is_str(where, of, "... it is this one");
        is_int(which, n, "... of several");
    }
}


/* it is day 1000 */

static void
test_wrong(void)
{
    gate_lifecycle_t  l;

    wrong(life(0, 0, 0), NULL, 0, "nothing at all");
    wrong(life(900 * DAY, 1100 * DAY, 0), NULL, 0, "both dates");
    wrong(life(900 * DAY, 900 * DAY, 0), NULL, 0, "the same one twice");
    wrong(life(0, 1100 * DAY, 0), NULL, 0, "a sunset alone");
    wrong(life(1100 * DAY, 1200 * DAY, 0), NULL, 0, "all to come");
    wrong(life(900 * DAY, 900 * DAY - 1, 0), "sunset=", 0, "a sunset before");

    wrong(stated(GATE_LIFE_DRAFT, 0, 0, 0), NULL, 0, "a draft");
    wrong(stated(GATE_LIFE_DRAFT, 900, 0, 0), "state=", 0, "one deprecated");
    wrong(stated(GATE_LIFE_DRAFT, 0, 900, 0), "state=", 0, "one with a sunset");
    wrong(stated(GATE_LIFE_PUBLISHED, 0, 0, 0), NULL, 0, "published");
    wrong(stated(GATE_LIFE_PUBLISHED, 1100 * DAY, 0, 0), "state=", 0,
          "published, and to be deprecated");
    wrong(stated(GATE_LIFE_PUBLISHED, 0, 1100 * DAY, 0), "state=", 0,
          "published, and to end");
    wrong(stated(GATE_LIFE_DEPRECATED, 0, 0, 0), "state=", 0, "no date");
    wrong(stated(GATE_LIFE_DEPRECATED, 1000 * DAY, 0, 0), NULL, 0,
          "deprecated today");
    wrong(stated(GATE_LIFE_DEPRECATED, 1000 * DAY + 1, 0, 0), "state=", 0,
          "... in a second");
    wrong(stated(GATE_LIFE_RETIRED, 0, 0, 0), NULL, 0, "retired");
    wrong(stated(GATE_LIFE_RETIRED, 0, 1000 * DAY, 0), NULL, 0, "... today");
    wrong(stated(GATE_LIFE_RETIRED, 0, 1000 * DAY + 1, 0), "state=", 0,
          "... in a second");

    spans[0].from_s = 950 * DAY;
    spans[0].until_s = 951 * DAY;
    spans[1].from_s = 951 * DAY;
    spans[1].until_s = 952 * DAY;

    wrong(life(900 * DAY, 1100 * DAY, 2), NULL, 0, "brownouts side by side");
    wrong(life(950 * DAY, 952 * DAY, 2), NULL, 0, "... that fill it");
    wrong(life(900 * DAY, 0, 2), NULL, 0, "... and no sunset yet");
    wrong(life(0, 1100 * DAY, 2), "brownout=", 0, "... not deprecated");
    wrong(life(951 * DAY, 1100 * DAY, 2), "brownout=", 0, "the first before");
    wrong(life(900 * DAY, 952 * DAY - 1, 2), "brownout=", 1,
          "the second behind");
    wrong(stated(GATE_LIFE_RETIRED, 900 * DAY, 0, 1), "state=", 0,
          "retired, with a brownout");
    wrong(stated(GATE_LIFE_DRAFT, 0, 0, 1), "state=", 0,
          "a draft, with a brownout");

    spans[1].from_s--;
    wrong(life(900 * DAY, 1100 * DAY, 2), "brownout=", 1, "overlapping");

    l = life(0, 0, 0);
    l.link = gate_cstr("/x");
    wrong(l, "link=", 0, "a link about nothing");
    l.sunset_s = 1;
    wrong(l, NULL, 0, "... about a sunset");

    l = life(0, 0, 0);
    l.successor = gate_cstr("/x");
    wrong(l, NULL, 0, "a successor alone");
}


/* what loads today loads tomorrow: nothing but time goes on */

static void
test_stays_right(void)
{
    int               good;
    size_t            n;
    unsigned          i;
    int64_t           now, dates[] = { 0, 10, 20, 30 };
    const char       *of;
    gate_lifecycle_t  l;

    good = 1;

    for (i = 0; i < 4 * 4 * 4 * 2 * 2; i++) {
        l = stated((gate_life_e) (i % 4), dates[i / 4 % 4], dates[i / 16 % 4],
                   i / 64 % 2);
        l.stated = i / 128 % 2;
        l.state = l.stated ? l.state : GATE_LIFE_PUBLISHED;

        spans[0].from_s = 10;
        spans[0].until_s = 15;

        for (now = 1; now < 40; now++) {
            if (gate_lifecycle_wrong(&l, now, &of, &n) == NULL) {
                good &= (gate_lifecycle_wrong(&l, now + 1, &of, &n) == NULL);
            }
        }
    }

    ok(good, "nothing becomes wrong by itself");
}


static void
at(gate_lifecycle_t l, int64_t now, gate_life_e state, int64_t until,
    const char *name)
{
    int64_t      end;
    gate_life_e  now_is;

    end = 0;
    now_is = gate_lifecycle_at(&l, now, &end);

    ok(now_is == state, "%s", name);
    is_int(end, until, "... until");
}


static void
test_states(void)
{
    size_t            i;
    gate_lifecycle_t  l;

    static const char  *words[] = {
        "published", "draft", "deprecated", "retired", "brownout"
    };

    spans[0].from_s = 150;
    spans[0].until_s = 160;
    spans[1].from_s = 170;
    spans[1].until_s = 180;

    l = life(100, 200, 2);

    at(l, 0, GATE_LIFE_PUBLISHED, 0, "in the beginning");
    at(l, 99, GATE_LIFE_PUBLISHED, 0, "a second before it is deprecated");
    at(l, 100, GATE_LIFE_DEPRECATED, 0, "deprecated");
    at(l, 149, GATE_LIFE_DEPRECATED, 0, "a second before a brownout");
    at(l, 150, GATE_LIFE_BROWNOUT, 160, "its first second");
    at(l, 159, GATE_LIFE_BROWNOUT, 160, "its last one");
    at(l, 160, GATE_LIFE_DEPRECATED, 0, "behind it");
    at(l, 175, GATE_LIFE_BROWNOUT, 180, "another one");
    at(l, 199, GATE_LIFE_DEPRECATED, 0, "its last second");
    at(l, 200, GATE_LIFE_RETIRED, 0, "the sunset");
    at(l, INT64_MAX, GATE_LIFE_RETIRED, 0, "for ever");

    at(life(0, 0, 0), 1000, GATE_LIFE_PUBLISHED, 0, "without dates");
    at(life(0, 200, 0), 199, GATE_LIFE_PUBLISHED, 0, "with an end");
    at(life(0, 200, 0), 200, GATE_LIFE_RETIRED, 0, "... there");
    at(stated(GATE_LIFE_DRAFT, 0, 0, 0), 1, GATE_LIFE_DRAFT, 0, "a draft");
    at(stated(GATE_LIFE_RETIRED, 0, 0, 0), 1, GATE_LIFE_RETIRED, 0,
       "retired by a word");

    for (i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
        ok(gate_str_eq(gate_lifecycle_word((gate_life_e) i),
                       gate_cstr(words[i])), "the word \"%s\"", words[i]);
    }
}


static void
link_is(gate_lifecycle_t l, const char *link, const char *successor,
    const char *want)
{
    unsigned char  buf[256];
    gate_text_t    t;

    l.link = gate_cstr(link);
    l.successor = gate_cstr(successor);

    gate_text_init(&t, buf, sizeof(buf));
    gate_lifecycle_link(&t, &l);

    ok(gate_str_eq(gate_str(t.start, (size_t) (t.last - t.start)),
                   gate_cstr(want)), "a link: %s", want);
}


static void
test_links(void)
{
    size_t  i;

    static const char  *good[] = {
        "/", "/orders/v2/", "https://a.example/b?c=d#e", "HTTP://a", "/%20,;"
    };
    static const char  *bad[] = {
        "", "orders", "ftp://a", "/a b", "/a>", "/<", "/a\"", "/a\\", "/a\n",
        "/\x7f", "/\xc3\xa4", "http:/a"
    };

    link_is(life(0, 0, 0), "", "", "");
    link_is(life(1, 0, 0), "/d", "", "</d>; rel=\"deprecation\"");
    link_is(life(0, 1, 0), "/d", "", "</d>; rel=\"sunset\"");
    link_is(life(0, 0, 0), "", "/v2/", "</v2/>; rel=\"successor-version\"");
    link_is(life(1, 1, 0), "", "/v2/", "</v2/>; rel=\"successor-version\"");
    link_is(life(1, 1, 0), "/d", "/v2/",
            "</d>; rel=\"deprecation\", </d>; rel=\"sunset\", "
            "</v2/>; rel=\"successor-version\"");

    for (i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
        ok(gate_lifecycle_is_uri(gate_cstr(good[i])), "a URI: %s", good[i]);
    }

    for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        ok(!gate_lifecycle_is_uri(gate_cstr(bad[i])), "no URI, number %d",
           (int) i);
    }
}


int
main(void)
{
    test_dates();
    test_spans();
    test_wrong();
    test_stays_right();
    test_states();
    test_links();

    return done_testing();
}
