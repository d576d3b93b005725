
/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * Retiring cells: groups of old hours or sealed epochs whose sums have all been
 * acknowledged give their cells back, while their writers are alive and at
 * work.
 *
 * First the lowest hour is raised or the epoch sealed, then the cells' hashes
 * lose PUBLISHED, then references are looked for: hazards, slots, redo records,
 * in the order in which a writer passes a cell on from one to the next.  A
 * writer that comes later sees that the word "now" has changed, and takes
 * another cell.
 */


#include "gate_journal_group.h"


#define GATE_JOURNAL_RECLAIM_HOURS  2048      /* that are told apart */
#define GATE_JOURNAL_RECLAIM_ALL    0xfffffffeu


static uint32_t gate_journal_reclaim_until(const gate_journal_ship_t *s,
    uint32_t hour, uint32_t wanted);
static uint32_t gate_journal_reclaim_mark(gate_journal_ship_t *s,
    uint32_t before, uint32_t max);
static void gate_journal_reclaim_close(gate_journal_ship_t *s, uint32_t until,
    uint32_t hour, uint64_t random);
static uint32_t gate_journal_retire_marked(gate_journal_ship_t *s);
static int gate_journal_retire_old(const gate_journal_ship_t *s, uint32_t c,
    uint32_t before);
static uint32_t gate_journal_retire_size(const gate_journal_ship_t *s,
    uint32_t head);
static void gate_journal_retire_raise(gate_journal_t *j, uint32_t hour);
static uint32_t gate_journal_retire_mark(gate_journal_ship_t *s,
    uint32_t head);
static void gate_journal_retire_check(gate_journal_ship_t *s);
static void gate_journal_retire_spare(gate_journal_ship_t *s, uint32_t c);
static void gate_journal_retire_cell(gate_journal_ship_t *s, uint32_t c);
static int gate_journal_retire_clean(const gate_journal_t *j, uint32_t c);
static int gate_journal_retire_pending(const gate_journal_t *j, uint32_t c);


uint32_t
gate_journal_ship_retire(gate_journal_ship_t *s, uint32_t before,
    uint32_t max)
{
    uint32_t  c, n, top, size, ncells;

    ncells = s->journal->ncells;

    (void) gate_journal_ship_ready(s, ncells);

    gate_journal_group_discover_all(s);

    /*
     * not up to "before": a clock that leapt for a moment would move all
     * usage into an hour that is far away
     */

    for (c = 0, n = 0, top = 0; c < ncells && n < max; c++) {
        if (!gate_journal_retire_old(s, c, before)) {
            continue;
        }

        size = gate_journal_retire_size(s, c);
        n += size;

        if (size != 0 && s->hour[c] >= top) {
            top = s->hour[c] + 1;
        }
    }

    if (n == 0) {
        return 0;
    }

    gate_journal_retire_raise(s->journal, top);

    /* a group may have got a cell until just now: it is complete from here */

    gate_journal_group_discover_all(s);

    for (c = 0, n = 0; c < ncells && n < max; c++) {
        if (gate_journal_retire_old(s, c, top)) {
            n += gate_journal_retire_mark(s, c);
        }
    }

    return gate_journal_retire_marked(s);
}


uint32_t
gate_journal_ship_reclaim(gate_journal_ship_t *s, uint32_t hour,
    uint32_t wanted, uint64_t random)
{
    uint32_t  n, ncells, until;

    ncells = s->journal->ncells;

    if (gate_journal_is_kept(s->journal)) {
        return 0;                             /* there is no other copy */
    }

    (void) gate_journal_ship_ready(s, ncells);

    gate_journal_group_discover_all(s);

    until = gate_journal_reclaim_until(s, hour, wanted);

    if (until == 0) {
        return 0;
    }

    gate_journal_reclaim_close(s, until, hour, random);

    /* a group may have got a cell until just now: it is complete from here */

    gate_journal_group_discover_all(s);

    n = gate_journal_reclaim_mark(s, until, ncells);

    if (n < wanted) {
        (void) gate_journal_reclaim_mark(s, until + 1, wanted - n);
    }

    return gate_journal_retire_marked(s);
}


/* mark what is closed and of an hour < "before", until there are "max" */

static uint32_t
gate_journal_reclaim_mark(gate_journal_ship_t *s, uint32_t before,
    uint32_t max)
{
    uint32_t         c, n;
    uint64_t         now, epoch;
    gate_journal_t  *j;

    j = s->journal;
    now = gate_journal_now(j);
    epoch = gate_journal_epoch(j, now);

    for (c = 0, n = 0; c < j->ncells && n < max; c++) {
        if (!gate_journal_retire_old(s, c, before)
            || gate_journal_retire_pending(j, c))
        {
            continue;
        }

        if (j->cells[c].epoch != epoch
            || s->hour[c] < gate_journal_floor(now))
        {
            n += gate_journal_retire_mark(s, c);
        }
    }

    return n;
}


/*
 * The last hour that is needed to have as many cells as wanted, 0: there are
 * none.  The present hour and any later one are the same: the last.
 */

static uint32_t
gate_journal_reclaim_until(const gate_journal_ship_t *s, uint32_t hour,
    uint32_t wanted)
{
    uint32_t  c, h, n, first, until;

    uint32_t  cells[GATE_JOURNAL_RECLAIM_HOURS];

    memset(cells, 0, sizeof(cells));

    first = hour - (GATE_JOURNAL_RECLAIM_HOURS - 1);

    for (c = 0; c < s->journal->ncells; c++) {
        if (s->known[c] == 0 || s->head[c] != c) {
            continue;
        }

        h = (s->hour[c] < hour) ? s->hour[c] : hour;
        h = (h > first) ? h - first : 0;

        cells[h] += gate_journal_retire_size(s, c);
    }

    until = 0;

    for (h = 0, n = 0; h < GATE_JOURNAL_RECLAIM_HOURS && n < wanted; h++) {
        if (cells[h] == 0) {
            continue;
        }

        n += cells[h];
        until = (h == GATE_JOURNAL_RECLAIM_HOURS - 1)
                ? GATE_JOURNAL_RECLAIM_ALL : first + h;
    }

    return until;
}


/*
 * Nothing more may be counted in what is to go.  The present hour goes with
 * all of its epoch.
 */

static void
gate_journal_reclaim_close(gate_journal_ship_t *s, uint32_t until,
    uint32_t hour, uint64_t random)
{
    uint32_t         c;
    uint64_t         now, epoch;
    gate_journal_t  *j;

    j = s->journal;
    now = gate_journal_now(j);
    epoch = gate_journal_epoch(j, now);

    for (c = 0; c < j->ncells; c++) {
        if (gate_journal_retire_old(s, c, until + 1)
            && j->cells[c].epoch == epoch
            && s->hour[c] >= gate_journal_floor(now)
            && gate_journal_retire_size(s, c) != 0)
        {
            break;
        }
    }

    if (c == j->ncells) {
        return;                               /* closed already */
    }

    if (until < hour) {
        gate_journal_retire_raise(j, until + 1);

    } else {
        gate_journal_seal(j, random);
        gate_journal_fence();
    }
}


static int
gate_journal_retire_old(const gate_journal_ship_t *s, uint32_t c,
    uint32_t before)
{
    return s->known[c] != 0 && s->head[c] == c && s->hour[c] < before;
}


/*
 * Number of cells of a group that could go, 0: it cannot.  Of one that is on
 * its way a cell is dirty until the answer has come.
 */

static uint32_t
gate_journal_retire_size(const gate_journal_ship_t *s, uint32_t head)
{
    uint32_t  c, n;

    n = 0;

    for (c = head; c != GATE_JOURNAL_NO_CELL; c = s->next[c] - 1) {
        if (!gate_journal_retire_clean(s->journal, c)) {
            return 0;
        }

        n++;
    }

    return n;
}


/* the lowest hour that may be written to */

static void
gate_journal_retire_raise(gate_journal_t *j, uint32_t hour)
{
    uint64_t  now, next;

    do {
        now = gate_journal_now(j);
        next = gate_journal_now_of(gate_journal_now_index(now), hour);

    } while (gate_journal_floor(now) < hour
             && !gate_journal_swap64(&j->header->now, now, next));

    gate_journal_fence();
}


static uint32_t
gate_journal_retire_mark(gate_journal_ship_t *s, uint32_t head)
{
    uint32_t         c, n;
    gate_journal_t  *j;

    j = s->journal;
    n = gate_journal_retire_size(s, head);

    if (n == 0) {
        return 0;
    }

    for (c = head; c != GATE_JOURNAL_NO_CELL; c = s->next[c] - 1) {
        gate_journal_put64(&j->hashes[c],
                           s->known[c] & ~GATE_JOURNAL_PUBLISHED);
    }

    return n;
}


/* a shipper was killed while it retired: go on where it was */

uint32_t
gate_journal_retire_resume(gate_journal_ship_t *s)
{
    uint32_t         c, k;
    gate_journal_t  *j;

    j = s->journal;

    for (c = 0; c < j->ncells; c++) {

        if (s->known[c] == 0 || !gate_journal_retire_pending(j, c)) {
            continue;
        }

        /* the mark may have reached some cells of the group only */

        for (k = s->head[c]; k != GATE_JOURNAL_NO_CELL; k = s->next[k] - 1) {
            gate_journal_put64(&j->hashes[k],
                               s->known[k] & ~GATE_JOURNAL_PUBLISHED);
        }
    }

    return gate_journal_retire_marked(s);
}


static uint32_t
gate_journal_retire_marked(gate_journal_ship_t *s)
{
    uint32_t         c, k, n;
    gate_journal_t  *j;

    j = s->journal;
    n = 0;

    gate_journal_fence();

    gate_journal_retire_check(s);

    for (c = 0; c < j->ncells; c++) {

        if (s->known[c] == 0 || s->head[c] != c
            || !gate_journal_retire_pending(j, c))
        {
            continue;
        }

        for (k = c; k != GATE_JOURNAL_NO_CELL; k = s->next[k] - 1) {
            gate_journal_retire_cell(s, k);
            n++;
        }

        gate_journal_group_forget(s, c);
    }

    return n;
}


/* spare the groups that someone refers to or that changed meanwhile */

static void
gate_journal_retire_check(gate_journal_ship_t *s)
{
    uint32_t              i;
    gate_journal_t       *j;
    gate_journal_redo_t  *redo;

    j = s->journal;

    for (i = 0; i < j->nwriters; i++) {
        gate_journal_retire_spare(s,
                               gate_journal_get32(&j->records[i].hazard[0]));
        gate_journal_retire_spare(s,
                               gate_journal_get32(&j->records[i].hazard[1]));
    }

    for (i = 0; i < j->nslots; i++) {
        if (gate_journal_get32(&j->chunks[i / GATE_JOURNAL_CHUNK]) == 0) {
            i += GATE_JOURNAL_CHUNK - 1;
            continue;
        }

        gate_journal_retire_spare(s,
                             (uint32_t) gate_journal_get64(&j->slots[i].open));
    }

    for (i = 0; i < j->nwriters; i++) {
        redo = &j->records[i].redo;

        if (gate_journal_get32(&redo->check)) {
            gate_journal_retire_spare(s, gate_journal_get32(&redo->cell) + 1);
        }
    }

    for (i = 0; i < j->ncells; i++) {
        if (s->known[i] != 0
            && gate_journal_retire_pending(j, i)
            && !gate_journal_retire_clean(j, i))
        {
            gate_journal_retire_spare(s, i + 1);
        }
    }
}


/* "c" is a cell + 1, or 0 */

static void
gate_journal_retire_spare(gate_journal_ship_t *s, uint32_t c)
{
    uint32_t         k;
    gate_journal_t  *j;

    j = s->journal;

    if (c == 0 || c > j->ncells || s->known[c - 1] == 0
        || !gate_journal_retire_pending(j, c - 1))
    {
        return;
    }

    for (k = s->head[c - 1]; k != GATE_JOURNAL_NO_CELL; k = s->next[k] - 1) {
        gate_journal_put64(&j->hashes[k], s->known[k]);
    }
}


/* move the values to the retired sums and free the cell, all or nothing */

static void
gate_journal_retire_cell(gate_journal_ship_t *s, uint32_t c)
{
    uint32_t                i, check;
    uint64_t                v;
    gate_journal_t         *j;
    gate_journal_header_t  *h;

    j = s->journal;
    h = j->header;
    check = GATE_JOURNAL_SUMS_SEED;

    gate_journal_put64(&h->retire_seq, h->retire_seq | 1);

    gate_journal_put32(&h->redo.cell, c);
    gate_journal_put32(&h->redo.units, (1u << GATE_JOURNAL_UNITS) - 1);

    for (i = 0; i < GATE_JOURNAL_UNITS; i++) {
        v = h->retired[0].values[i]
            + gate_journal_get64(&j->cells[c].values[i]);

        gate_journal_put64(&h->redo.values[i], v);
        check ^= gate_journal_value_check(i, v);
    }

    gate_journal_put32(&h->redo.values_check, check);
    gate_journal_put32(&h->redo.check,
                       gate_journal_redo_check(&h->redo));  /* the commit */

    gate_journal_retire_replay(j);
}


/* what the shipper was killed at, or is at: NULL: nothing */

const gate_journal_redo_t *
gate_journal_retire_pending_redo(const gate_journal_t *j)
{
    const gate_journal_redo_t  *redo;

    redo = &j->header->redo;

    return (gate_journal_get32(&redo->check) != 0
            && redo->cell < j->ncells
            && gate_journal_redo_sound(redo, NULL))
           ? redo : NULL;
}


/*
 * The owner becomes nobody before the hash is cleared: neither the recovery of
 * the writer nor a claim may take the cell before the redo record is done.
 */

void
gate_journal_retire_replay(gate_journal_t *j)
{
    uint32_t                c;
    gate_journal_header_t  *h;

    h = j->header;

    if (gate_journal_retire_pending_redo(j) != NULL) {
        c = h->redo.cell;

        gate_journal_redo_store(&h->redo, h->retired[0].values,
                                &h->retired[0].values_check);
        gate_journal_redo_store(&h->redo, h->retired[1].values,
                                &h->retired[1].values_check);

        gate_journal_put32(&j->owners[c], GATE_JOURNAL_RETIRED);
        gate_journal_put64(&j->hashes[c], 0);
        gate_journal_put32(&h->redo.check, 0);

    } else if (gate_journal_get32(&h->redo.check) != 0) {
        gate_journal_report(j, GATE_JOURNAL_PART_SUMS, 0);
        gate_journal_put32(&h->redo.check, 0);
    }

    if (h->retire_seq & 1) {

        /* killed right here before: the owner is all that is left to clear */

        c = h->redo.cell;

        if (c < j->ncells) {
            (void) gate_journal_swap32(&j->owners[c], GATE_JOURNAL_RETIRED,
                                       0);
        }

        gate_journal_freed(j);

        gate_journal_put64(&h->retire_seq, h->retire_seq + 1);
    }
}


static int
gate_journal_retire_clean(const gate_journal_t *j, uint32_t c)
{
    return !gate_journal_is_dirty(j, c)
           && gate_journal_get64(&j->cells[c].mark)
              == gate_journal_cell_sum(&j->cells[c]);
}


static int
gate_journal_retire_pending(const gate_journal_t *j, uint32_t c)
{
    uint64_t  hash;

    hash = gate_journal_get64(&j->hashes[c]);

    return hash != 0 && !(hash & GATE_JOURNAL_PUBLISHED);
}
