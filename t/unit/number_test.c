
/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * Numbers of a configuration: forms, units, bounds, and what is said of them.
 */


#include "tap.h"
#include "gate_number.h"


typedef struct {
    const char            *text;
    gate_number_e          kind;
    int64_t                n;                 /* -1: refused */
} row_t;


static const row_t  rows[] = {
    { "0", GATE_NUMBER_PLAIN, 0 },
    { "15", GATE_NUMBER_PLAIN, 15 },
    { "007", GATE_NUMBER_PLAIN, 7 },
    { "", GATE_NUMBER_PLAIN, -1 },
    { "-1", GATE_NUMBER_PLAIN, -1 },
    { "+1", GATE_NUMBER_PLAIN, -1 },
    { "1k", GATE_NUMBER_PLAIN, -1 },
    { " 1", GATE_NUMBER_PLAIN, -1 },
    { "1 ", GATE_NUMBER_PLAIN, -1 },
    { "9223372036854775799", GATE_NUMBER_PLAIN, 9223372036854775799LL },
    { "9223372036854775808", GATE_NUMBER_PLAIN, -1 },
    { "99999999999999999999999", GATE_NUMBER_PLAIN, -1 },

    { "512", GATE_NUMBER_SIZE, 512 },
    { "1k", GATE_NUMBER_SIZE, 1024 },
    { "1K", GATE_NUMBER_SIZE, 1024 },
    { "64m", GATE_NUMBER_SIZE, 67108864 },
    { "64M", GATE_NUMBER_SIZE, 67108864 },
    { "k", GATE_NUMBER_SIZE, -1 },
    { "", GATE_NUMBER_SIZE, -1 },
    { "1q", GATE_NUMBER_SIZE, -1 },
    { "1g", GATE_NUMBER_SIZE, -1 },
    { "1kk", GATE_NUMBER_SIZE, -1 },
    { "1k1m", GATE_NUMBER_SIZE, -1 },
    { "1.5m", GATE_NUMBER_SIZE, -1 },
    { "8796093022208m", GATE_NUMBER_SIZE, -1 },

    { "20ms", GATE_NUMBER_MS, 20 },
    { "1s", GATE_NUMBER_MS, 1000 },
    { "5", GATE_NUMBER_MS, 5000 },
    { "1m", GATE_NUMBER_MS, 60000 },
    { "1s 500ms", GATE_NUMBER_MS, 1500 },
    { "1s500ms", GATE_NUMBER_MS, 1500 },
    { "1h 30m", GATE_NUMBER_MS, 5400000 },
    { "1m 30", GATE_NUMBER_MS, 90000 },
    { "1w", GATE_NUMBER_MS, 604800000 },
    { "1M", GATE_NUMBER_MS, -1 },
    { "1y", GATE_NUMBER_MS, -1 },
    { "ms", GATE_NUMBER_MS, -1 },
    { "", GATE_NUMBER_MS, -1 },
    { "1s 1s", GATE_NUMBER_MS, -1 },
    { "1s 1m", GATE_NUMBER_MS, -1 },
    { "1 1", GATE_NUMBER_MS, -1 },
    { "1mss", GATE_NUMBER_MS, -1 },
    { "soon", GATE_NUMBER_MS, -1 },
    { "-1s", GATE_NUMBER_MS, -1 },
    { "9223372036854775799", GATE_NUMBER_MS, -1 },

    { "0", GATE_NUMBER_S, 0 },
    { "30", GATE_NUMBER_S, 30 },
    { "30s", GATE_NUMBER_S, 30 },
    { "70d", GATE_NUMBER_S, 6048000 },
    { "1y", GATE_NUMBER_S, 31536000 },
    { "1M", GATE_NUMBER_S, 2592000 },
    { "1y 1M 1w 1d 1h 1m 1s", GATE_NUMBER_S, 34822861 },
    { "1ms", GATE_NUMBER_S, -1 },
    { "1s 1ms", GATE_NUMBER_S, -1 },
    { "1d 1d", GATE_NUMBER_S, -1 },
    { "292471208678y", GATE_NUMBER_S, -1 },
};


typedef struct {
    gate_number_range_t    range;
    const char            *text;
} cure_t;


static const cure_t  cures[] = {
    { { GATE_NUMBER_PLAIN, 0, 100 }, "a number from 0 to 100" },
    { { GATE_NUMBER_PLAIN, 1, 0 }, "a number of 1 or more" },
    { { GATE_NUMBER_PLAIN, 0, 0 }, "a number" },
    { { GATE_NUMBER_SIZE, 65536, 1073741824 },
      "a size from 64k to 1024m, such as \"512k\" or \"64m\"" },
    { { GATE_NUMBER_SIZE, 32768, 0 },
      "a size of 32k or more, such as \"512k\" or \"64m\"" },
    { { GATE_NUMBER_SIZE, 1000, 0 },
      "a size of 1000 or more, such as \"512k\" or \"64m\"" },
    { { GATE_NUMBER_MS, 1, 60000 },
      "a time from 1ms to 1m, such as \"20ms\" or \"1s\"" },
    { { GATE_NUMBER_S, 3600, 0 },
      "a time of 1h or more, such as \"12h\" or \"70d\"" },
    { { GATE_NUMBER_SIZE, 1048576, 0 },
      "a size of 1m or more, such as \"64m\"" },
    { { GATE_NUMBER_SIZE, 65536, 1048576 },
      "a size from 64k to 1m, such as \"512k\"" },
    { { GATE_NUMBER_S, 31536000, 0 }, "a time of 365d or more" },
    { { GATE_NUMBER_MS, 1000, 60000 }, "a time from 1s to 1m, such as \"1s\"" },
    { { GATE_NUMBER_S, 0, 86400 },
      "a time from 0 to 1d, such as \"30s\" or \"12h\"" },
};


static void
test_forms(void)
{
    size_t               i;
    int64_t              n;
    gate_str_t           text;
    gate_number_range_t  range;

    memset(&range, 0, sizeof(range));

    for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {

        range.kind = rows[i].kind;

        /* of the exact size, so that a byte too many is found */

        text = gate_str(malloc(strlen(rows[i].text) + 1), 0);
        text.len = strlen(rows[i].text);
        text.data = realloc(text.data, text.len ? text.len : 1);
        memcpy(text.data, rows[i].text, text.len);

        n = -1;

        is_int(gate_number_parse(text, &range, &n), rows[i].n != -1,
               "\"%s\" as kind %d %s", rows[i].text, (int) rows[i].kind,
               rows[i].n == -1 ? "is refused" : "is taken");
        is_int(n, rows[i].n, "\"%s\" as kind %d is %lld", rows[i].text,
               (int) rows[i].kind, (long long) rows[i].n);

        free(text.data);
    }
}


static void
test_bounds(void)
{
    int64_t              n;
    gate_number_range_t  range = { GATE_NUMBER_SIZE, 1024, 2048 };

    n = 7;

    ok(!gate_number_parse(gate_cstr("1023"), &range, &n), "one below the least");
    ok(!gate_number_parse(gate_cstr("2049"), &range, &n), "one above the most");
    is_int(n, 7, "what is refused leaves no number");

    ok(gate_number_parse(gate_cstr("1k"), &range, &n), "the least");
    is_int(n, 1024, "is that");
    ok(gate_number_parse(gate_cstr("2k"), &range, &n), "the most");
    is_int(n, 2048, "is that, too");
}


static void
test_cures(void)
{
    size_t         i;
    gate_text_t    t;
    unsigned char  buf[GATE_NUMBER_CURE];

    for (i = 0; i < sizeof(cures) / sizeof(cures[0]); i++) {
        gate_text_init(&t, buf, sizeof(buf) - 1);
        gate_number_cure(&t, &cures[i].range);
        *t.last = '\0';

        is_str(buf, cures[i].text, "cure: %s", cures[i].text);
        ok(!t.full, "and there is room for it");
    }
}


int
main(void)
{
    test_forms();
    test_bounds();
    test_cures();

    return done_testing();
}
