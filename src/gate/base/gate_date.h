
/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * Days of the calendar and times of a day as seconds since 1970, UTC; times as
 * text.
 */


#ifndef GATE_DATE_H_INCLUDED_
#define GATE_DATE_H_INCLUDED_


#include "gate_str.h"


/* "2027-01-31" -> the last second of that day, UTC; -1: not a date */
int64_t gate_date_end(gate_str_t text);

/*
 * "2027-01-31T10:00Z", "2027-01-31T10:00:30Z", or a day, which is its first
 * second; -1: neither
 */
int64_t gate_date_time(gate_str_t text);

#define GATE_DATE_HTTP  30                    /* bytes, with its NUL */
#define GATE_DATE_ISO   32

/* "Sun, 06 Nov 1994 08:49:37 GMT" of RFC 9110; its length, 0: out of range */
size_t gate_date_http(int64_t s, unsigned char text[GATE_DATE_HTTP]);
/* "1994-11-06T08:49:37Z"; the same */
size_t gate_date_iso(int64_t s, unsigned char text[GATE_DATE_ISO]);


#define GATE_DATE_HOUR  32                    /* bytes, with its NUL */

/* hours since 1970 -> "2026-11-26T19:00Z"; any number is one */
const char *gate_date_hour(uint32_t hour, char text[GATE_DATE_HOUR]);


#endif /* GATE_DATE_H_INCLUDED_ */
