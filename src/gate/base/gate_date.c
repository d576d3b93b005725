
/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * Days of the calendar as seconds since 1970, UTC; hours as text.
 */


#define _GNU_SOURCE           /* gmtime_r */

#include <stdio.h>
#include <time.h>

#include "gate_date.h"


#define GATE_DAY_S       86400
#define GATE_YEAR_MIN    1970


static int64_t gate_date_number(const unsigned char *p, size_t n);
static int64_t gate_date_leap_days(int64_t year);


static const unsigned char  gate_date_months[] = {
    31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31
};


int64_t
gate_date_end(gate_str_t text)
{
    int      leap;
    int64_t  year, month, day, days, i;

    if (text.len != 10 || text.data[4] != '-' || text.data[7] != '-') {
        return -1;
    }

    year = gate_date_number(text.data, 4);
    month = gate_date_number(text.data + 5, 2);
    day = gate_date_number(text.data + 8, 2);

    if (year < GATE_YEAR_MIN || month < 1 || month > 12 || day < 1) {
        return -1;
    }

    leap = (gate_date_leap_days(year + 1) != gate_date_leap_days(year));

    if (day > gate_date_months[month - 1] + (month == 2 && leap)) {
        return -1;
    }

    days = (year - GATE_YEAR_MIN) * 365 + gate_date_leap_days(year)
           - gate_date_leap_days(GATE_YEAR_MIN) + day;

    for (i = 0; i < month - 1; i++) {
        days += gate_date_months[i];
    }

    if (month > 2 && leap) {
        days++;
    }

    return days * GATE_DAY_S - 1;
}


const char *
gate_date_hour(uint32_t hour, char text[GATE_DATE_HOUR])
{
    time_t     t;
    struct tm  tm;

    t = (time_t) hour * 3600;

    if (gmtime_r(&t, &tm) == NULL
        || strftime(text, GATE_DATE_HOUR, "%Y-%m-%dT%H:00Z", &tm) == 0)
    {
        (void) snprintf(text, GATE_DATE_HOUR, "%u", hour);
    }

    return text;
}


static int64_t
gate_date_number(const unsigned char *p, size_t n)
{
    size_t   i;
    int64_t  number;

    number = 0;

    for (i = 0; i < n; i++) {
        if (p[i] < '0' || p[i] > '9') {
            return -1;
        }

        number = number * 10 + (p[i] - '0');
    }

    return number;
}


/* the leap days of all years before this one */

static int64_t
gate_date_leap_days(int64_t year)
{
    year--;

    return year / 4 - year / 100 + year / 400;
}
