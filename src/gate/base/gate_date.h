
/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * Days of the calendar as seconds since 1970, UTC; hours as text.
 */


#ifndef GATE_DATE_H_INCLUDED_
#define GATE_DATE_H_INCLUDED_


#include "gate_str.h"


/* "2027-01-31" -> the last second of that day, UTC; -1: not a date */
int64_t gate_date_end(gate_str_t text);


#define GATE_DATE_HOUR  32                    /* bytes, with its NUL */

/* hours since 1970 -> "2026-11-26T19:00Z"; any number is one */
const char *gate_date_hour(uint32_t hour, char text[GATE_DATE_HOUR]);


#endif /* GATE_DATE_H_INCLUDED_ */
