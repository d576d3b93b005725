
/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * What the tests of the journal share: a ledger of what a writer did, a
 * receiver that merges by maximum, and the check that compares the two with
 * the journal's own sums.
 */

#ifndef JOURNAL_HELP_H
#define JOURNAL_HELP_H

#include "tap.h"
#include "gate_journal_ship.h"
#include "gate_journal_stat.h"


#define BYTES_IN     7         /* per request: tells a torn close */
#define BYTES_OUT    1000
#define DURATION     3

#define LANDED_MAX   16384


/* "tried" is counted before the call, "done" after it */

typedef struct {
    uint64_t             opened_tried;
    uint64_t             opened_done;
    uint64_t             tried[GATE_JOURNAL_UNITS];
    uint64_t             done[GATE_JOURNAL_UNITS];
} ledger_t;


typedef struct {
    uint64_t             epoch;
    uint32_t             hour;
    char                 names[GATE_JOURNAL_CONSUMER + GATE_JOURNAL_API
                               + GATE_JOURNAL_VERSION + GATE_JOURNAL_PLAN + 4];
    uint64_t             units[GATE_JOURNAL_UNITS];
} landed_t;


typedef struct {
    uint64_t             folded[GATE_JOURNAL_UNITS];
    uint32_t             n;
    landed_t             landed[LANDED_MAX];
} receiver_t;


static const uint64_t  request_units[GATE_JOURNAL_UNITS] = {
    99, 99, 99, 99, BYTES_IN, BYTES_OUT, DURATION
};


TAP_UNUSED
static gate_journal_key_t
a_key(const char *consumer)
{
    gate_journal_key_t  key;

    key.consumer = gate_cstr(consumer);
    key.api = gate_cstr("orders");
    key.version = gate_cstr("v2");
    key.plan = gate_cstr("gold");

    return key;
}


TAP_UNUSED
static uint64_t
outcomes(const uint64_t *units)
{
    return units[GATE_SERVED] + units[GATE_REFUSED_UPSTREAM]
           + units[GATE_ABORTED];
}


/* NULL: every slot has one outcome, and no request counts half or twice */

TAP_UNUSED
static const char *
wrong(const gate_journal_stat_t *st, const ledger_t *l)
{
    int       i;
    uint64_t  n;

    static char  text[256];

    if (st->damaged != 0 || st->aside != 0) {
        return "a sound part was taken for a damaged one";
    }

    n = outcomes(st->units);

    if (st->opened != n + st->units[GATE_INTERRUPTED] + st->open + st->lost) {
        snprintf(text, sizeof(text), "opened %lu, ended %lu, open %lu",
                 (unsigned long) st->opened,
                 (unsigned long) (n + st->units[GATE_INTERRUPTED]),
                 (unsigned long) st->open);
        return text;
    }

    if (st->units[GATE_BYTES_IN] != n * BYTES_IN
        || st->units[GATE_BYTES_OUT] != n * BYTES_OUT
        || st->units[GATE_DURATION_MS] != n * DURATION)
    {
        return "a request is counted in part";
    }

    if (st->opened < l->opened_done || st->opened > l->opened_tried) {
        snprintf(text, sizeof(text), "opened %lu, ledger %lu to %lu",
                 (unsigned long) st->opened, (unsigned long) l->opened_done,
                 (unsigned long) l->opened_tried);
        return text;
    }

    for (i = GATE_SERVED; i < GATE_INTERRUPTED; i++) {
        if (st->units[i] < l->done[i] || st->units[i] > l->tried[i]) {
            snprintf(text, sizeof(text), "unit %d: %lu, ledger %lu to %lu", i,
                     (unsigned long) st->units[i], (unsigned long) l->done[i],
                     (unsigned long) l->tried[i]);
            return text;
        }
    }

    return NULL;
}


/* what was in doubt is settled by what the journal says */

TAP_UNUSED
static void
settle(const gate_journal_stat_t *st, ledger_t *l)
{
    l->opened_done = l->opened_tried = st->opened;

    memcpy(l->done, st->units, sizeof(l->done));
    memcpy(l->tried, st->units, sizeof(l->tried));
}


TAP_UNUSED
static void
batch_names(const gate_journal_batch_t *b, char *names, size_t len)
{
    snprintf(names, len, "%.*s|%.*s|%.*s|%.*s",
             (int) b->key.consumer.len, b->key.consumer.data,
             (int) b->key.api.len, b->key.api.data,
             (int) b->key.version.len, b->key.version.data,
             (int) b->key.plan.len, b->key.plan.data);
}


TAP_UNUSED
static landed_t *
landed_find(receiver_t *r, const gate_journal_batch_t *b)
{
    uint32_t   i;
    landed_t  *l;
    char       names[sizeof(r->landed[0].names)];

    batch_names(b, names, sizeof(names));

    for (i = r->n; i > 0; i--) {
        l = &r->landed[i - 1];

        if (l->epoch == b->epoch && l->hour == b->hour
            && strcmp(l->names, names) == 0)
        {
            return l;
        }
    }

    return NULL;
}


/* as the script in Redis does; may be killed anywhere, too */

TAP_UNUSED
static void
receive(receiver_t *r, const gate_journal_batch_t *b)
{
    int        i;
    landed_t  *l;

    l = landed_find(r, b);

    if (l == NULL) {
        if (r->n == LANDED_MAX) {
            fprintf(stderr, "the receiver is too small\n");
            abort();
        }

        l = &r->landed[r->n];

        memset(l, 0, sizeof(landed_t));
        l->epoch = b->epoch;
        l->hour = b->hour;
        batch_names(b, l->names, sizeof(l->names));

        __atomic_store_n(&r->n, r->n + 1, __ATOMIC_RELEASE);
    }

    for (i = 0; i < GATE_JOURNAL_UNITS; i++) {
        if (b->units[i] > l->units[i]) {
            l->units[i] = b->units[i];
        }
    }
}


TAP_UNUSED
static uint64_t
received(const receiver_t *r, int unit)
{
    uint32_t  i;
    uint64_t  sum;

    sum = r->folded[unit];

    for (i = 0; i < r->n; i++) {
        sum += r->landed[i].units[unit];
    }

    return sum;
}


/* send all there is; the number of batches */

TAP_UNUSED
static int
drain(gate_journal_ship_t *s, receiver_t *r)
{
    int                   n;
    gate_journal_batch_t  b;

    for (n = 0; gate_journal_ship_next(s, &b); n++) {
        receive(r, &b);
        gate_journal_ship_ack(s, b.token);
    }

    return n;
}


/* NULL: the receiver has what the journal has */

TAP_UNUSED
static const char *
not_arrived(const gate_journal_stat_t *st, const receiver_t *r)
{
    int  i;

    static char  text[256];

    for (i = 0; i < GATE_JOURNAL_UNITS; i++) {
        if (received(r, i) != st->units[i]) {
            snprintf(text, sizeof(text), "unit %d: journal %lu, receiver %lu",
                     i, (unsigned long) st->units[i],
                     (unsigned long) received(r, i));
            return text;
        }
    }

    return NULL;
}


#endif
