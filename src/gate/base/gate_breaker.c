
/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * A circuit breaker.
 */


#include "gate_breaker.h"


void
gate_breaker_init(gate_breaker_t *b, unsigned most, int64_t rest_ms)
{
    b->state = GATE_BREAKER_CLOSED;
    b->failures = 0;
    b->most = most;
    b->rest_ms = rest_ms;
    b->since_ms = 0;
}


gate_breaker_may_e
gate_breaker_may(gate_breaker_t *b, int64_t now_ms)
{
    if (b->state == GATE_BREAKER_CLOSED) {
        return GATE_BREAKER_YES;
    }

    if (b->state == GATE_BREAKER_HALF_OPEN
        || now_ms - b->since_ms < b->rest_ms)
    {
        return GATE_BREAKER_NO;
    }

    b->state = GATE_BREAKER_HALF_OPEN;

    return GATE_BREAKER_TRIAL;
}


int
gate_breaker_good(gate_breaker_t *b, int trial)
{
    if (b->state == GATE_BREAKER_CLOSED) {
        b->failures = 0;
        return 0;
    }

    if (!trial) {
        return 0;
    }

    b->state = GATE_BREAKER_CLOSED;
    b->failures = 0;

    return 1;
}


int
gate_breaker_bad(gate_breaker_t *b, int trial, int64_t now_ms)
{
    if (b->state == GATE_BREAKER_CLOSED) {

        if (++b->failures < b->most) {
            return 0;
        }

        b->state = GATE_BREAKER_OPEN;
        b->since_ms = now_ms;

        return 1;
    }

    if (trial) {
        b->state = GATE_BREAKER_OPEN;
        b->since_ms = now_ms;
    }

    return 0;
}


void
gate_breaker_void(gate_breaker_t *b, int trial)
{
    if (trial) {
        b->state = GATE_BREAKER_OPEN;
    }
}


void
gate_breaker_hope(gate_breaker_t *b, int64_t now_ms)
{
    if (b->state == GATE_BREAKER_OPEN) {
        b->since_ms = now_ms - b->rest_ms;
    }
}
