
/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * The journal's writers: how a process becomes one, and how what a dead one
 * left is completed by whoever finds it.
 */


#include <stdlib.h>

#include "gate_journal_region.h"


static void gate_journal_writer_bind(gate_journal_writer_t *w, uint32_t n);
static uint32_t gate_journal_writer_recover(gate_journal_writer_t *w,
    uint32_t hour);
static void gate_journal_redo_replay(gate_journal_writer_t *w);
static void gate_journal_count_opened(gate_journal_writer_t *w);
static uint32_t gate_journal_end_all(gate_journal_writer_t *w,
    uint32_t hour);
static void gate_journal_give_back(gate_journal_writer_t *w);


gate_journal_rc_e
gate_journal_writer_open(gate_journal_t *j, const gate_journal_lock_t *lock,
    uint32_t hour, gate_journal_writer_t **wp)
{
    uint32_t                n;
    gate_journal_writer_t  *w;

    w = gate_journal_writer_alloc(j);
    if (w == NULL) {
        return GATE_JOURNAL_NO_MEMORY;
    }

    /* the lowest one that nobody holds: dead ones are recovered first */

    for (n = 0; n < j->nwriters; n++) {
        if (!j->mine[n] && lock->try_lock(lock->data, n)) {
            break;
        }
    }

    if (n == j->nwriters) {
        gate_journal_writer_free(w);
        return GATE_JOURNAL_NO_WRITER;
    }

    j->mine[n] = 1;

    gate_journal_writer_bind(w, n);
    w->lock = *lock;

    (void) gate_journal_writer_recover(w, hour);

    gate_journal_put32(&w->record->in_use, GATE_JOURNAL_YES);

    *wp = w;

    return GATE_JOURNAL_OK;
}


void
gate_journal_writer_close(gate_journal_writer_t *w)
{
    uint32_t             n;
    gate_journal_lock_t  lock;

    n = w->id - 1;
    lock = w->lock;

    (void) gate_journal_writer_recover(w, 0);

    gate_journal_put32(&w->record->in_use, 0);

    w->journal->mine[n] = 0;
    gate_journal_writer_free(w);

    lock.unlock(lock.data, n);
}


uint32_t
gate_journal_recover(gate_journal_t *j, const gate_journal_lock_t *lock,
    uint32_t hour)
{
    uint32_t                i, n, ended, tried;
    gate_journal_writer_t  *w;

    w = j->scratch;
    ended = 0;
    tried = 0;

    /* of thousands that live, some are asked each time: a lock has its price */

    for (i = 0, n = j->recover_at;
         i < j->nwriters && tried < GATE_JOURNAL_ATTEMPTS;
         i++, n++)
    {
        if (n >= j->nwriters) {
            n = 0;
        }

        /* a lock of this very description would be had at once: not ours */

        if (j->mine[n] || !gate_journal_get32(&j->records[n].in_use)) {
            continue;
        }

        tried++;

        if (!lock->try_lock(lock->data, n)) {
            continue;
        }

        if (gate_journal_get32(&j->records[n].in_use)) {
            gate_journal_writer_bind(w, n);

            ended += gate_journal_writer_recover(w, hour);

            gate_journal_put32(&w->record->in_use, 0);
        }

        lock->unlock(lock->data, n);
    }

    j->recover_at = n;

    return ended;
}


gate_journal_writer_t *
gate_journal_writer_alloc(gate_journal_t *j)
{
    gate_journal_writer_t  *w;

    w = calloc(1, sizeof(gate_journal_writer_t));
    if (w == NULL) {
        return NULL;
    }

    w->index = calloc((size_t) j->mask + 1, sizeof(uint32_t));
    if (w->index == NULL) {
        free(w);
        return NULL;
    }

    w->journal = j;

    return w;
}


void
gate_journal_writer_free(gate_journal_writer_t *w)
{
    free(w->index);
    free(w->spare);
    free(w);
}


static void
gate_journal_writer_bind(gate_journal_writer_t *w, uint32_t n)
{
    gate_journal_t  *j;

    j = w->journal;

    w->record = &j->records[n];
    w->id = n + 1;
    w->nspare = 0;
    w->nslots = 0;
    w->now = gate_journal_now(j);
    w->epoch = gate_journal_epoch(j, w->now);
    w->full = (uint64_t) -1;
    w->hazard = 0;
    w->indexed = 0;

    /* each starts elsewhere, so that neighbours in memory are of one writer */

    w->cell_at = (uint32_t) ((uint64_t) n * j->ncells / j->nwriters);
    w->chunk_at = (uint32_t) ((uint64_t) n * j->nchunks
                              / j->nwriters);

    gate_journal_refresh(w);
}


/*
 * The lock of the record is held.  Each step may be cut short and be done
 * again by the next one.
 */

static uint32_t
gate_journal_writer_recover(gate_journal_writer_t *w, uint32_t hour)
{
    uint32_t         c, ended;
    gate_journal_t  *j;

    j = w->journal;

    gate_journal_redo_replay(w);

    /* cells claimed, but not yet published */

    for (c = 0; c < j->ncells; c++) {
        if (gate_journal_get32(&j->owners[c]) == w->id
            && gate_journal_get64(&j->hashes[c]) == 0)
        {
            (void) gate_journal_swap32(&j->owners[c], w->id, 0);
        }
    }

    gate_journal_freed(j);

    gate_journal_count_opened(w);

    ended = gate_journal_end_all(w, hour);

    gate_journal_give_back(w);

    gate_journal_put32(&w->record->hazard[GATE_JOURNAL_FOR_OPEN], 0);
    gate_journal_put32(&w->record->hazard[GATE_JOURNAL_FOR_CLOSE], 0);

    return ended;
}


static void
gate_journal_redo_replay(gate_journal_writer_t *w)
{
    uint32_t              c, s;
    gate_journal_t       *j;
    gate_journal_cell_t  *cell;
    gate_journal_redo_t  *redo;

    j = w->journal;
    redo = &w->record->redo;

    if (gate_journal_get32(&redo->check) == 0) {
        return;
    }

    c = redo->cell;
    s = redo->slot;

    if (c >= j->ncells || s >= j->nslots
        || !gate_journal_redo_sound(redo, &j->cells[c]))
    {
        gate_journal_report(j, GATE_JOURNAL_PART_REDO, w->id - 1);

    } else if (gate_journal_get32(&j->owners[c]) == w->id) {
        cell = &j->cells[c];

        gate_journal_redo_store(redo, cell->values, &cell->values_check);

        gate_journal_set_dirty(j, c);

        if (gate_journal_get32(&j->chunks[s / GATE_JOURNAL_CHUNK]) == w->id) {
            gate_journal_put64(&j->slots[s].open, 0);
        }
    }

    gate_journal_put32(&redo->check, 0);
}


/* killed between the commit of a slot and the count of it */

static void
gate_journal_count_opened(gate_journal_writer_t *w)
{
    uint32_t              i, k;
    uint64_t              n;
    gate_journal_t       *j;
    gate_journal_slot_t  *slot;

    j = w->journal;
    w->opened = gate_journal_count_value(w->record->opened);

    for (i = 0; i < j->nchunks; i++) {
        if (gate_journal_get32(&j->chunks[i]) != w->id) {
            continue;
        }

        slot = &j->slots[i * GATE_JOURNAL_CHUNK];

        for (k = 0; k < GATE_JOURNAL_CHUNK; k++, slot++) {
            n = slot->seq & 0xffffffffffffULL;

            if (slot->open && slot->seq >> 48 == w->id - 1 && n > w->opened
                && gate_journal_slot_cell(j, slot) != GATE_JOURNAL_NO_CELL)
            {
                w->opened = n;
            }
        }
    }

    if (gate_journal_count_of(w->opened) != w->record->opened) {
        gate_journal_put64(&w->record->opened,
                           gate_journal_count_of(w->opened));
    }
}


static uint32_t
gate_journal_end_all(gate_journal_writer_t *w, uint32_t hour)
{
    uint32_t              s, c, ended;
    gate_journal_t       *j;
    gate_journal_slot_t  *slot;

    j = w->journal;
    ended = 0;

    for (s = 0; s < j->nslots; s++) {

        if (gate_journal_get32(&j->chunks[s / GATE_JOURNAL_CHUNK]) != w->id) {
            s += GATE_JOURNAL_CHUNK - 1;
            continue;
        }

        slot = &j->slots[s];

        if (slot->open == 0) {
            continue;
        }

        ended++;

        c = gate_journal_slot_cell(j, slot);

        if (c != GATE_JOURNAL_NO_CELL
            && !gate_journal_key_sound(&j->cells[c]))
        {
            gate_journal_lose(w->record, slot);
            continue;
        }

        (void) gate_journal_end(w, s, GATE_INTERRUPTED, NULL, hour);
    }

    return ended;
}


/* all slots of these chunks are free */

static void
gate_journal_give_back(gate_journal_writer_t *w)
{
    uint32_t         i;
    gate_journal_t  *j;

    j = w->journal;
    w->nspare = 0;
    w->nslots = 0;

    for (i = 0; i < j->nchunks; i++) {
        if (gate_journal_get32(&j->chunks[i]) == w->id) {
            gate_journal_put32(&j->chunks[i], 0);
        }
    }
}
