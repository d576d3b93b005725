/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * Times of the week: what is one, and which moments are in it.
 */


#define _GNU_SOURCE

#include "tap.h"
#include "gate_window.h"

#include <time.h>


static int
has(const char *text, const char *utc)
{
    struct tm      tm;
    gate_window_t  w;

    if (!gate_window_parse(gate_cstr(text), &w)) {
        return -1;
    }

    memset(&tm, 0, sizeof(tm));
    (void) strptime(utc, "%Y-%m-%d %H:%M:%S", &tm);

    return gate_window_has(&w, timegm(&tm));
}


/* against the calendar of the C library, hour by hour through some weeks */

static void
test_calendar(void)
{
    int            wrong, late;
    time_t         t;
    struct tm      tm;
    gate_window_t  day, night;

    (void) gate_window_parse(gate_cstr("Tue-Thu,Sun/08:30-17:15/UTC"), &day);
    (void) gate_window_parse(gate_cstr("Fri/22:00-04:00/UTC"), &night);

    wrong = 0;

    for (t = -86400 * 30; t < 86400 * 60; t += 450) {

        (void) gmtime_r(&t, &tm);

        late = tm.tm_hour * 60 + tm.tm_min;

        wrong += gate_window_has(&day, t)
                 != ((tm.tm_wday == 0 || (tm.tm_wday >= 2 && tm.tm_wday <= 4))
                     && late >= 510 && late < 1035);

        wrong += gate_window_has(&night, t)
                 != ((tm.tm_wday == 5 && late >= 1320)
                     || (tm.tm_wday == 6 && late < 240));
    }

    is_int(wrong, 0, "each moment is in it or not as the calendar has it");
}


int
main(void)
{
    size_t         i;
    gate_window_t  w;

    static const char  *bad[] = {
        "", "Mon", "Mon/08:00-18:00", "Mon/08:00-18:00/", "/08:00-18:00/UTC",
        "mon/08:00-18:00/UTC", "Mon-/08:00-18:00/UTC", "Mon,/08:00-18:00/UTC",
        ",Mon/08:00-18:00/UTC", "Mon,,Tue/08:00-18:00/UTC",
        "Mon-Tue-Wed/08:00-18:00/UTC", "Mon/8:00-18:00/UTC",
        "Mon/08:00/UTC", "Mon/08:60-18:00/UTC", "Mon/08:00-24:01/UTC",
        "Mon/08:00-08:00/UTC", "Mon/24:00-08:00/UTC", "Mon/08:00-00:00/UTC",
        "Mon/08:00-18:00/utc", "Mon/08:00-18:00/+1:00", "Mon/08:00-18:00/01:00",
        "Mon/08:00-18:00/+14:01", "Mon/08:00-18:00/+01:00x",
        "Mon/08:00-18:00/UTC/", "Mon/08:00-18:00/Europe/Berlin",
        "Mon 08:00-18:00 UTC", "daily,Mon/08:00-18:00/UTC"
    };

    for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        is_int(gate_window_parse(gate_cstr(bad[i]), &w), 0, "\"%s\" is none",
               bad[i]);
    }

    /* 2026-11-23 is a Monday */

    is_int(has("Mon-Fri/08:00-18:00/UTC", "2026-11-23 08:00:00"), 1,
           "its first second is in it");
    is_int(has("Mon-Fri/08:00-18:00/UTC", "2026-11-23 07:59:59"), 0,
           "... the one before is not");
    is_int(has("Mon-Fri/08:00-18:00/UTC", "2026-11-27 17:59:59"), 1,
           "its last second is in it");
    is_int(has("Mon-Fri/08:00-18:00/UTC", "2026-11-27 18:00:00"), 0,
           "... the next one is not");
    is_int(has("Mon-Fri/08:00-18:00/UTC", "2026-11-28 12:00:00"), 0,
           "another day is not");
    is_int(has("Sat-Mon/08:00-18:00/UTC", "2026-11-22 12:00:00"), 1,
           "days go round the end of the week");
    is_int(has("Mon/00:00-24:00/UTC", "2026-11-23 23:59:59"), 1,
           "24:00 is the end of a day");
    is_int(has("Mon/00:00-06:00/+09:00", "2026-11-22 15:00:00"), 1,
           "east of it the day begins earlier");
    is_int(has("Mon/00:00-06:00/-05:30", "2026-11-23 05:29:59"), 0,
           "west of it later");
    is_int(has("Mon/00:00-06:00/-05:30", "2026-11-23 05:30:00"), 1,
           "... by so much");
    is_int(has("daily/22:00-06:00/UTC", "2026-11-23 02:00:00"), 1,
           "a night is one");
    is_int(has("Fri/22:00-06:00/UTC", "2026-11-28 05:59:59"), 1,
           "... of the day on which it begins");
    is_int(has("Fri/22:00-06:00/UTC", "2026-11-27 05:59:59"), 0,
           "... and not of the one on which it ends");

    test_calendar();

    return done_testing();
}
