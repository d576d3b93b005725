
/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * When to say again what goes on being wrong.
 */


#include "gate_say.h"


int
gate_say(gate_say_t *s, unsigned badness, int64_t now_ms, int64_t interval_ms)
{
    if (badness <= s->badness && now_ms - s->at_ms < interval_ms) {
        return 0;
    }

    s->badness = badness;
    s->at_ms = now_ms;

    return 1;
}


int
gate_say_over(gate_say_t *s)
{
    int  said;

    said = (s->badness != 0);
    s->badness = 0;

    return said;
}
