
/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * When to say again what goes on being wrong: at once, when it gets worse, and
 * at intervals.
 */


#ifndef GATE_SAY_H_INCLUDED_
#define GATE_SAY_H_INCLUDED_


#include <stdint.h>


/* all zero: nothing was said */

typedef struct {
    int64_t                at_ms;
    unsigned               badness;           /* 0: nothing was said */
} gate_say_t;


/* 1: say it now.  badness: above 0, the higher the worse; a monotonic clock */
int gate_say(gate_say_t *s, unsigned badness, int64_t now_ms,
    int64_t interval_ms);
/* it is over; 1: it had been said */
int gate_say_over(gate_say_t *s);


#endif /* GATE_SAY_H_INCLUDED_ */
