
/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * Days of the calendar as seconds since 1970, UTC.
 */


#ifndef GATE_DATE_H_INCLUDED_
#define GATE_DATE_H_INCLUDED_


#include "gate_str.h"


/* "2027-01-31" -> the last second of that day, UTC; -1: not a date */
int64_t gate_date_end(gate_str_t text);


#endif /* GATE_DATE_H_INCLUDED_ */
