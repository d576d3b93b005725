
/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * The word "now" of the journal's header, by which each request knows its epoch
 * and the lowest hour.  Its check is a CRC-16 of distance 4: one bit that has
 * flipped is known from the others.  Where more of it is gone, a new epoch
 * begins, of which nothing was counted yet, so that any hour is right.
 */


#include "gate_journal_region.h"


#define GATE_JOURNAL_NOW_BITS    48           /* that are checked */
#define GATE_JOURNAL_NOW_POLY    0x1021       /* as that of CCITT */
#define GATE_JOURNAL_NOW_AHEAD   8            /* ids that are not in use yet */


static uint16_t gate_journal_now_crc(uint64_t now);
static int gate_journal_now_fits(const gate_journal_t *j, uint64_t now);
static uint64_t gate_journal_now_near(const gate_journal_t *j, uint64_t bad);
static void gate_journal_now_mend(gate_journal_t *j, uint64_t bad);
static uint32_t gate_journal_now_ids(const gate_journal_t *j);


uint64_t
gate_journal_now_of(uint32_t index, uint32_t hour)
{
    uint64_t  now;

    now = (uint64_t) (index & GATE_JOURNAL_NOW_INDEX) << 32 | hour;

    return (uint64_t) gate_journal_now_crc(now) << GATE_JOURNAL_NOW_BITS | now;
}


static uint16_t
gate_journal_now_crc(uint64_t now)
{
    int       i;
    uint32_t  crc;

    crc = 0xffff;

    for (i = GATE_JOURNAL_NOW_BITS - 1; i >= 0; i--) {
        crc = crc << 1 ^ (((crc >> 15 ^ now >> i) & 1)
                          ? GATE_JOURNAL_NOW_POLY : 0);
    }

    return (uint16_t) crc;
}


uint64_t
gate_journal_now(gate_journal_t *j)
{
    uint64_t  now;

    for ( ;; ) {
        now = gate_journal_get64(&j->header->now);

        if (gate_journal_now_fits(j, now)) {
            j->now = now;
            return now;
        }

        gate_journal_now_mend(j, now);
    }
}


int
gate_journal_now_sound(const gate_journal_t *j)
{
    return gate_journal_now_fits(j, gate_journal_get64(&j->header->now));
}


uint64_t
gate_journal_now_seen(const gate_journal_t *j)
{
    uint64_t  now, near;

    now = gate_journal_get64(&j->header->now);

    if (gate_journal_now_fits(j, now)) {
        return now;
    }

    near = gate_journal_now_near(j, now);

    return near ? near : j->now;
}


/*
 * Of a random word one in 65536 has its check, so that the index is looked at,
 * too, as long as the ring of ids is not full.
 */

static int
gate_journal_now_fits(const gate_journal_t *j, uint64_t now)
{
    uint32_t  index, n;

    index = gate_journal_now_index(now);

    if (now != gate_journal_now_of(index, gate_journal_floor(now))) {
        return 0;
    }

    n = gate_journal_now_ids(j);

    return n == GATE_JOURNAL_EPOCHS
           || (index < n && index + GATE_JOURNAL_NOW_AHEAD >= n);
}


/* what it was before one bit of it flipped; 0: that is not what happened */

static uint64_t
gate_journal_now_near(const gate_journal_t *j, uint64_t bad)
{
    int       i;
    uint32_t  ahead;
    uint64_t  now;

    for (i = 0; i < 64; i++) {
        now = bad ^ 1ULL << i;

        if (!gate_journal_now_fits(j, now)) {
            continue;
        }

        ahead = gate_journal_now_index(now) - gate_journal_now_index(j->now);

        if (j->now == 0
            || (ahead & GATE_JOURNAL_NOW_INDEX) < GATE_JOURNAL_EPOCHS)
        {
            return now;
        }
    }

    return 0;
}


/* of several processes that see it one mends it, and reports it */

static void
gate_journal_now_mend(gate_journal_t *j, uint64_t bad)
{
    uint32_t  i, index;
    uint64_t  id, good;

    good = gate_journal_now_near(j, bad);

    if (good == 0) {
        index = gate_journal_now_ids(j);

        if (index == GATE_JOURNAL_EPOCHS) {
            index = gate_journal_now_index(j->now) + 1;
        }

        /* all of the ids but that one: who else mends it draws the same */

        for (i = 0, id = 1; i < GATE_JOURNAL_EPOCHS; i++) {
            if (i != index % GATE_JOURNAL_EPOCHS) {
                id ^= gate_journal_get64(&j->header->epochs[i]);
                id *= 0x9e3779b97f4a7c15ULL;
                id ^= id >> 29;
            }
        }

        gate_journal_epoch_put(j, index, id);
        good = gate_journal_now_of(index, 0);
    }

    if (gate_journal_swap64(&j->header->now, bad, good)) {
        gate_journal_report(j, GATE_JOURNAL_PART_NOW, 0);
    }
}


/* of the ring: it fills from its start */

static uint32_t
gate_journal_now_ids(const gate_journal_t *j)
{
    uint32_t  n;

    n = GATE_JOURNAL_EPOCHS;

    while (n > 0 && gate_journal_get64(&j->header->epochs[n - 1]) == 0) {
        n--;
    }

    return n;
}
