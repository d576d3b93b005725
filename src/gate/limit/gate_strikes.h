
/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * How many failures somebody may have: so many in a span of time, which go one
 * by one as time passes, and an optional ban of those who have had them all.
 * All times are nanoseconds of a monotonic clock.
 */


#ifndef GATE_STRIKES_H_INCLUDED_
#define GATE_STRIKES_H_INCLUDED_


#include "gate_str.h"


#define GATE_STRIKES_MAX   1000000            /* failures */
#define GATE_STRIKES_SPAN  86400              /* seconds they are counted in */

/* failures that were let on side by side are remembered beyond the budget, to
 * be waited for: as many budgets as this */
#define GATE_STRIKES_DEBT  10


typedef struct {
    uint64_t               n;                 /* 0: without bound */
    int64_t                interval_ns;       /* one is forgotten in */
    int64_t                ban_ns;            /* 0: none */
    uint32_t               span_s;            /* as written */
} gate_strikes_t;


/* of one address or name; zeroes: it never failed */

typedef struct {
    int64_t                clear_ns;          /* all is forgotten by then */
    int64_t                until_ns;          /* of a ban */
} gate_strikes_state_t;


/* "10/1m", "10/m", "3/30s": 1 to GATE_STRIKES_MAX failures in a time of at
 * most GATE_STRIKES_SPAN seconds; 0: it is not of the form */
int gate_strikes_parse(gate_str_t text, gate_strikes_t *b);

/* 0: another attempt may be made, else how long not yet */
int64_t gate_strikes_wait(const gate_strikes_t *b,
    const gate_strikes_state_t *s, int64_t now_ns);

/* one more failure; 1: with this one the budget is used up */
int gate_strikes_add(const gate_strikes_t *b, gate_strikes_state_t *s,
    int64_t now_ns);

/* from when on a state says nothing any more */
int64_t gate_strikes_end(const gate_strikes_state_t *s);


#endif /* GATE_STRIKES_H_INCLUDED_ */
