
/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * Times of the week.
 */


#ifndef GATE_WINDOW_H_INCLUDED_
#define GATE_WINDOW_H_INCLUDED_


#include "gate_str.h"


typedef struct {
    unsigned               days;              /* bit 0: Monday */
    int32_t                from_min;          /* of the day */
    int32_t                until_min;         /* not any more; below from_min:
                                                 of the next day */
    int32_t                offset_s;          /* from UTC, east is positive */
} gate_window_t;


/*
 * "Mon-Fri/08:00-18:00/+01:00": days (Mon to Sun, ranges, several with commas
 * between, or "daily"), a time of 00:00 to 24:00, and "UTC" or how far the
 * clock is from it.  1: it is of the form
 */
int gate_window_parse(gate_str_t text, gate_window_t *w);

/* is that moment in it? */
int gate_window_has(const gate_window_t *w, int64_t now_s);


#endif /* GATE_WINDOW_H_INCLUDED_ */
