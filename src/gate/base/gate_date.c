
/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * Days of the calendar and times of a day as seconds since 1970, UTC; times as
 * text.
 */


#define _GNU_SOURCE           /* gmtime_r */

#include <stdio.h>
#include <time.h>

#include "gate_date.h"


#define GATE_DAY_S       86400
#define GATE_YEAR_MIN    1970
#define GATE_DATE_DAY    10                   /* bytes of "2027-01-31" */


static int64_t gate_date_day(gate_str_t text);
static int64_t gate_date_clock(gate_str_t text);
static int64_t gate_date_number(const unsigned char *p, size_t n);
static int64_t gate_date_leap_days(int64_t year);


static const unsigned char  gate_date_months[] = {
    31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31
};


int64_t
gate_date_end(gate_str_t text)
{
    int64_t  day;

    day = gate_date_day(text);

    return (day < 0) ? -1 : (day + 1) * GATE_DAY_S - 1;
}


int64_t
gate_date_time(gate_str_t text)
{
    int64_t  day, clock;

    if (text.len <= GATE_DATE_DAY) {
        day = gate_date_day(text);
        return (day < 0) ? -1 : day * GATE_DAY_S;
    }

    day = gate_date_day(gate_str(text.data, GATE_DATE_DAY));
    clock = gate_date_clock(gate_str(text.data + GATE_DATE_DAY,
                                     text.len - GATE_DATE_DAY));

    return (day < 0 || clock < 0) ? -1 : day * GATE_DAY_S + clock;
}


/* "T10:00Z" or "T10:00:00Z": no other zone, and no leap second */

static int64_t
gate_date_clock(gate_str_t text)
{
    int64_t               h, m, s;
    const unsigned char  *p;

    p = text.data;

    if ((text.len != 7 && text.len != 10)
        || p[0] != 'T' || p[3] != ':' || p[text.len - 1] != 'Z'
        || (text.len == 10 && p[6] != ':'))
    {
        return -1;
    }

    h = gate_date_number(p + 1, 2);
    m = gate_date_number(p + 4, 2);
    s = (text.len == 10) ? gate_date_number(p + 7, 2) : 0;

    if (h < 0 || h > 23 || m < 0 || m > 59 || s < 0 || s > 59) {
        return -1;
    }

    return h * 3600 + m * 60 + s;
}


/* days since 1970 */

static int64_t
gate_date_day(gate_str_t text)
{
    int      leap;
    int64_t  year, month, day, days, i;

    if (text.len != GATE_DATE_DAY
        || text.data[4] != '-' || text.data[7] != '-')
    {
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
           - gate_date_leap_days(GATE_YEAR_MIN) + day - 1;

    for (i = 0; i < month - 1; i++) {
        days += gate_date_months[i];
    }

    if (month > 2 && leap) {
        days++;
    }

    return days;
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


size_t
gate_date_http(int64_t s, unsigned char text[GATE_DATE_HTTP])
{
    int        n;
    time_t     t;
    struct tm  tm;

    static const char  days[] = "SunMonTueWedThuFriSat";
    static const char  months[] = "JanFebMarAprMayJunJulAugSepOctNovDec";

    t = (time_t) s;

    if (gmtime_r(&t, &tm) == NULL) {
        return 0;
    }

    /* not by strftime(), which has the names of a locale */

    n = snprintf((char *) text, GATE_DATE_HTTP,
                 "%.3s, %02d %.3s %04d %02d:%02d:%02d GMT",
                 days + 3 * tm.tm_wday, tm.tm_mday, months + 3 * tm.tm_mon,
                 tm.tm_year + 1900, tm.tm_hour, tm.tm_min, tm.tm_sec);

    return (n == GATE_DATE_HTTP - 1) ? (size_t) n : 0;
}


size_t
gate_date_iso(int64_t s, unsigned char text[GATE_DATE_ISO])
{
    time_t     t;
    struct tm  tm;

    t = (time_t) s;

    return gmtime_r(&t, &tm)
           ? strftime((char *) text, GATE_DATE_ISO, "%Y-%m-%dT%H:%M:%SZ", &tm)
           : 0;
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
