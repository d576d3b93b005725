
/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * Days of the calendar: their last seconds, what is no day, hours as text.
 */


#define _GNU_SOURCE

#include <time.h>

#include "tap.h"
#include "gate_date.h"


static void
test_dates(void)
{
    size_t  i;

    static const struct {
        const char        *text;
        int64_t            end;
    } row[] = {
        { "1970-01-01", 86399 },
        { "1999-12-31", 946684799 },
        { "2000-02-29", 951868799 },
        { "2026-12-31", 1798761599 },
        { "2027-01-31", 1801439999 },
        { "2028-02-29", 1835481599 },
        { "2038-01-19", 2147558399 },
        { "9999-12-31", 253402300799LL },
        { "", -1 }, { "2027", -1 }, { "2027-01", -1 }, { "2027-01-3", -1 },
        { "2027-1-31", -1 }, { "2027-01-311", -1 }, { "2027-01-31 ", -1 },
        { " 2027-01-31", -1 }, { "2027/01/31", -1 }, { "20270131", -1 },
        { "2027-01/31", -1 }, { "2027-00-10", -1 }, { "2027-13-10", -1 },
        { "2027-01-00", -1 }, { "2027-01-32", -1 }, { "2027-04-31", -1 },
        { "2027-02-29", -1 }, { "2028-02-30", -1 }, { "2100-02-29", -1 },
        { "1969-12-31", -1 }, { "0000-01-01", -1 }, { "-027-01-31", -1 },
        { "+027-01-31", -1 }, { "2027-+1-31", -1 }, { "2027--1-31", -1 },
        { "2027-01- 1", -1 }, { "2o27-01-31", -1 }, { "31-01-2027", -1 }
    };

    for (i = 0; i < sizeof(row) / sizeof(row[0]); i++) {
        is_int(gate_date_end(gate_cstr(row[i].text)), row[i].end,
               "the end of \"%s\"", row[i].text);
    }

    is_int(gate_date_end(gate_str(NULL, 0)), -1, "the end of nothing");
}


/* each day up to 9999 as the C library counts it; all others are refused */

static void
test_calendar(void)
{
    int         y, m, d, good;
    char        text[40];
    int64_t     end, want;
    struct tm   tm;

    good = 1;
    want = -1;

    for (y = 1970; y <= 9999; y++) {
        for (m = 1; m <= 12; m++) {
            for (d = 1; d <= 31; d++) {
                memset(&tm, 0, sizeof(tm));
                tm.tm_year = y - 1900;
                tm.tm_mon = m - 1;
                tm.tm_mday = d;

                snprintf(text, sizeof(text), "%04d-%02d-%02d", y, m, d);
                end = gate_date_end(gate_cstr(text));

                if (d > 28 && timegm(&tm) >= 0 && tm.tm_mon != m - 1) {
                    good &= (end == -1);
                    continue;
                }

                want += 86400;
                good &= (end == want);
            }
        }
    }

    ok(good, "8030 years, day by day");
    is_int(want, 253402300799LL, "to the last second of 9999");
}


static void
test_hours(void)
{
    char  text[GATE_DATE_HOUR];

    is_str(gate_date_hour(0, text), "1970-01-01T00:00Z", "the first hour");
    is_str(gate_date_hour(498811, text), "2026-11-26T19:00Z", "one of 2026");
    is_str(gate_date_hour(0xffffffff, text), "491937-07-18T15:00Z",
           "the last one");
}


static void
test_times(void)
{
    int                i, good;
    size_t             n;
    char               text[40];
    time_t             t;
    struct tm          tm;
    unsigned char      http[GATE_DATE_HTTP], iso[GATE_DATE_ISO];

    n = gate_date_http(784111777, http);
    is_int((long) n, GATE_DATE_HTTP - 1, "a time of HTTP has its length");
    is_str((char *) http, "Sun, 06 Nov 1994 08:49:37 GMT", "... and form");

    n = gate_date_iso(784111777, iso);
    is_int((long) n, 20, "a time of ISO 8601 has its length");
    is_str((char *) iso, "1994-11-06T08:49:37Z", "... and form");

    is_int((long) gate_date_http(253402300800LL, http), 0,
           "HTTP has no year of five digits");

    good = 1;

    for (i = 0; i < 20000; i++) {
        t = (time_t) i * 12345677;
        gmtime_r(&t, &tm);

        strftime(text, sizeof(text), "%a, %d %b %Y %H:%M:%S GMT", &tm);
        (void) gate_date_http(t, http);
        good &= (strcmp(text, (char *) http) == 0);

        (void) gate_date_iso(t, iso);
        good &= (gate_date_time(gate_cstr((char *) iso)) == t);
    }

    ok(good, "20,000 times, as the C library has them, and back");
}


int
main(void)
{
    test_dates();
    test_times();
    test_hours();
    test_calendar();

    return done_testing();
}
