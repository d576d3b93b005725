
/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * Whose answer it is, for every combination of facts; and what markers say.
 */


#include "tap.h"
#include "gate_answer.h"


static void
test_whose(void)
{
    int            want;
    unsigned       bits, wrong[8];
    size_t         i;
    gate_answer_t  a;

    static const unsigned  statuses[] = {
        100, 101, 103, 200, 204, 299, 300, 304, 399, 400, 404, 413, 426, 431,
        499, 500, 503, 504, 599, 999
    };

    memset(wrong, 0, sizeof(wrong));

    for (i = 0; i < sizeof(statuses) / sizeof(statuses[0]); i++) {
        for (bits = 0; bits < 64; bits++) {

            a.status = statuses[i];
            a.marked = bits & 1;
            a.timed = (bits >> 1) & 1;
            a.upgrade = (bits >> 2) & 1;
            a.named = (bits >> 3) & 1;
            a.terse = (bits >> 4) & 1;
            a.failed = (bits >> 5) & 1;

            /* said the other way round: what makes it the sidecar's */

            want = (bits & 1)
                   || ((statuses[i] >= 400 || (bits & 32))
                       && (bits & 31) == (8 | 16));

            wrong[bits & 7] += (gate_answer_is_sidecars(&a) != want);
        }
    }

    is_int(wrong[0], 0, "no marker, no service time, no upgrade");
    is_int(wrong[2], 0, "a service time");
    is_int(wrong[4], 0, "an upgrade");
    is_int(wrong[6], 0, "both");
    is_int(wrong[1] + wrong[3] + wrong[5] + wrong[7], 0, "a marker");
}


static void
test_markers(void)
{
    char                   got[64];
    size_t                 i;
    gate_answer_marker_t   m;

    static const struct {
        const char        *value;
        const char        *details;
        const char        *flags;
        const char        *flag;
        int                words;
        int                late;
    } row[] = {
        { "no_healthy_upstream UH", "no_healthy_upstream", "UH", "UH", 1, 0 },
        { "response_timeout UT", "response_timeout", "UT", "UT", 1, 1 },
        { "direct_response -", "direct_response", "-", "none", 0, 0 },
        { "a{b|c}  UF,URX", "a{b|c}", "UF,URX", "UF", 1, 0 },
        { "a b c XX,UO", "a b c", "XX,UO", "UO", 1, 0 },
        { "a XX", "a", "XX", "other", 0, 0 },
        { "a U", "a", "U", "other", 0, 0 },
        { "a UHH", "a", "UHH", "other", 0, 0 },
        { "UH", "", "UH", "UH", 1, 0 },
        { "-", "", "-", "none", 0, 0 },
        { "a ", "a", "", "other", 0, 0 },
        { " ", "", "", "other", 0, 0 },
        { ",", "", ",", "other", 0, 0 },
        { "a ,,UC,", "a", ",,UC,", "UC", 1, 0 },
        { "", "", "", "other", 0, 0 }
    };

    for (i = 0; i < sizeof(row) / sizeof(row[0]); i++) {
        gate_answer_marker(gate_cstr(row[i].value), &m);

        snprintf(got, sizeof(got), "%.*s", (int) m.details.len,
                 (char *) m.details.data);
        is_str(got, row[i].details, "\"%s\": details", row[i].value);
        snprintf(got, sizeof(got), "%.*s", (int) m.flags.len,
                 (char *) m.flags.data);
        is_str(got, row[i].flags, "\"%s\": flags", row[i].value);
        is_str(m.flag, row[i].flag, "\"%s\": label", row[i].value);
        is_int(m.words != NULL, row[i].words, "\"%s\": words", row[i].value);
        is_int(m.late, row[i].late, "\"%s\": late", row[i].value);
    }
}


int
main(void)
{
    test_whose();
    test_markers();

    return done_testing();
}
