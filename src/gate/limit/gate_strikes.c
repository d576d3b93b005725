
/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * Failures in a span of time, as one time and the end of a ban.
 */


#include "gate_strikes.h"

#include "gate_number.h"


static int64_t gate_strikes_used(const gate_strikes_t *b,
    const gate_strikes_state_t *s, int64_t now_ns);


int
gate_strikes_parse(gate_str_t text, gate_strikes_t *b)
{
    size_t                     i;
    int64_t                    n, span;
    unsigned char              one[2];
    gate_str_t                 time;

    static const gate_number_range_t  numbers = {
        GATE_NUMBER_PLAIN, 1, GATE_STRIKES_MAX
    };

    static const gate_number_range_t  spans = {
        GATE_NUMBER_S, 1, GATE_STRIKES_SPAN
    };

    for (i = 0; i < text.len && text.data[i] != '/'; i++) { /* void */ }

    if (i == text.len
        || !gate_number_parse(gate_str(text.data, i), &numbers, &n))
    {
        return 0;
    }

    time = gate_str(text.data + i + 1, text.len - i - 1);

    if (time.len == 1 && (time.data[0] < '0' || time.data[0] > '9')) {
        /* "m" is "1m" */
        one[0] = '1';
        one[1] = time.data[0];
        time = gate_str(one, 2);
    }

    if (!gate_number_parse(time, &spans, &span)) {
        return 0;
    }

    b->n = (uint64_t) n;
    b->interval_ns = span * 1000000000 / n;
    b->span_s = (uint32_t) span;

    return 1;
}


/*
 * A clock that went back, or a state of another budget, may not make it worse
 * than it can become.
 */

static int64_t
gate_strikes_used(const gate_strikes_t *b, const gate_strikes_state_t *s,
    int64_t now_ns)
{
    int64_t  used, most;

    used = s->clear_ns - now_ns;
    most = (int64_t) b->n * b->interval_ns * GATE_STRIKES_DEBT;

    if (used < 0) {
        return 0;
    }

    return (used < most) ? used : most;
}


int64_t
gate_strikes_wait(const gate_strikes_t *b, const gate_strikes_state_t *s,
    int64_t now_ns)
{
    int64_t  wait, banned;

    wait = gate_strikes_used(b, s, now_ns)
           - (int64_t) (b->n - 1) * b->interval_ns;

    if (wait < 0) {
        wait = 0;
    }

    banned = s->until_ns - now_ns;

    if (banned > b->ban_ns) {
        banned = b->ban_ns;
    }

    return (banned > wait) ? banned : wait;
}


int
gate_strikes_add(const gate_strikes_t *b, gate_strikes_state_t *s,
    int64_t now_ns)
{
    int  over;

    over = gate_strikes_wait(b, s, now_ns) != 0;

    s->clear_ns = now_ns + gate_strikes_used(b, s, now_ns) + b->interval_ns;

    if (over || gate_strikes_wait(b, s, now_ns) == 0) {
        return 0;
    }

    s->until_ns = now_ns + b->ban_ns;

    return 1;
}


int64_t
gate_strikes_end(const gate_strikes_state_t *s)
{
    return (s->clear_ns > s->until_ns) ? s->clear_ns : s->until_ns;
}
