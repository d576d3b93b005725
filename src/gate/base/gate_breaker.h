
/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * A circuit breaker: after so many failures in a row nothing is tried for a
 * while, then one trial decides.
 */


#ifndef GATE_BREAKER_H_INCLUDED_
#define GATE_BREAKER_H_INCLUDED_


#include <stdint.h>


typedef enum {
    GATE_BREAKER_CLOSED = 0,      /* all may */
    GATE_BREAKER_OPEN,            /* none may, until its rest is over */
    GATE_BREAKER_HALF_OPEN        /* one may, and is under way */
} gate_breaker_state_e;


typedef enum {
    GATE_BREAKER_NO = 0,
    GATE_BREAKER_YES,
    GATE_BREAKER_TRIAL            /* it decides: say how it ended */
} gate_breaker_may_e;


typedef struct {
    gate_breaker_state_e   state;
    unsigned               failures;          /* in a row */
    unsigned               most;              /* of them, then it opens */
    int64_t                rest_ms;
    int64_t                since_ms;          /* it is open */
} gate_breaker_t;


void gate_breaker_init(gate_breaker_t *b, unsigned most, int64_t rest_ms);

/* "now" of a monotonic clock */
gate_breaker_may_e gate_breaker_may(gate_breaker_t *b, int64_t now_ms);

/*
 * How one that was let through ended.  1: that opened, or closed, the breaker.
 * One that was let through before it opened says nothing any more.
 */
int gate_breaker_good(gate_breaker_t *b, int trial);
int gate_breaker_bad(gate_breaker_t *b, int trial, int64_t now_ms);
/* the trial was given up before it could tell: the next one is a trial */
void gate_breaker_void(gate_breaker_t *b, int trial);

/* there is reason to hope: the next one is a trial, without further rest */
void gate_breaker_hope(gate_breaker_t *b, int64_t now_ms);


#endif /* GATE_BREAKER_H_INCLUDED_ */
