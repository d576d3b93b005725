
/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * The journal's way of one request: room is reserved, its slot is opened, its
 * slot is closed into a cell.
 */


#include "gate_journal_region.h"


static int gate_journal_is_cell(gate_journal_writer_t *w, uint32_t c,
    uint32_t hour, const gate_journal_key_t *key);
static int gate_journal_protect(gate_journal_writer_t *w, uint32_t c);
static int gate_journal_more_slots(gate_journal_writer_t *w);
static uint32_t gate_journal_target(gate_journal_writer_t *w,
    gate_journal_slot_t *slot, uint32_t hour);
static gate_journal_rc_e gate_journal_apply(gate_journal_writer_t *w,
    uint32_t s, uint32_t c, gate_unit_e outcome, const uint64_t *units);
static void gate_journal_slot_free(gate_journal_writer_t *w, uint32_t s);


gate_journal_rc_e
gate_journal_reserve(gate_journal_writer_t *w, const gate_journal_key_t *key,
    uint32_t hour, uint32_t *cell)
{
    uint32_t  c, h;

    if (!gate_journal_key_fits(key)) {
        return GATE_JOURNAL_BAD_KEY;
    }

    if (w->free == 0 && !gate_journal_more_slots(w)) {
        return GATE_JOURNAL_NO_SLOT;
    }

    c = *cell;

    for ( ;; ) {
        gate_journal_refresh(w);

        h = gate_journal_floor(w->now);
        h = (hour > h) ? hour : h;

        if (!gate_journal_is_cell(w, c, h, key)) {
            c = gate_journal_cell_get(w, key, h);

            if (c == GATE_JOURNAL_NO_CELL) {
                return GATE_JOURNAL_FULL;
            }
        }

        if (gate_journal_protect(w, c)) {
            *cell = c;
            return GATE_JOURNAL_OK;
        }
    }
}


static int
gate_journal_is_cell(gate_journal_writer_t *w, uint32_t c, uint32_t hour,
    const gate_journal_key_t *key)
{
    gate_journal_t  *j;

    j = w->journal;

    return c < j->ncells
           && gate_journal_get32(&j->owners[c]) == w->id
           && (gate_journal_get64(&j->hashes[c]) & GATE_JOURNAL_PUBLISHED)
           && gate_journal_cell_is(&j->cells[c], w->epoch, hour, key);
}


/*
 * Dekker with the shipper, who retires: it raises the lowest hour and then
 * looks for hazards, we set the hazard and then look at the lowest hour.  One
 * of the two sees the other.
 */

static int
gate_journal_protect(gate_journal_writer_t *w, uint32_t c)
{
    gate_journal_put32(&w->record->hazard[GATE_JOURNAL_FOR_OPEN], c + 1);
    w->hazard = c + 1;

    gate_journal_fence();

    return gate_journal_get64(&w->journal->header->now) == w->now;
}


static int
gate_journal_more_slots(gate_journal_writer_t *w)
{
    uint32_t              i, n, k;
    gate_journal_t       *j;
    gate_journal_slot_t  *slot;

    j = w->journal;

    for (i = 0, n = w->chunk_at; i < j->nchunks; i++, n++) {

        if (n >= j->nchunks) {
            n = 0;
        }

        if (gate_journal_get32(&j->chunks[n]) != 0
            || !gate_journal_swap32(&j->chunks[n], 0, w->id))
        {
            continue;
        }

        w->chunk_at = n + 1;

        for (k = GATE_JOURNAL_CHUNK; k > 0; k--) {
            slot = &j->slots[n * GATE_JOURNAL_CHUNK + k - 1];
            slot->next = w->free;
            w->free = n * GATE_JOURNAL_CHUNK + k;
        }

        return 1;
    }

    return 0;
}


gate_journal_rc_e
gate_journal_open(gate_journal_writer_t *w, uint32_t cell,
    gate_journal_open_t *o)
{
    gate_journal_t       *j;
    gate_journal_slot_t  *slot;

    j = w->journal;

    if (w->hazard != cell + 1) {

        /* another reserve came in between: the cell may be gone meanwhile */

        gate_journal_refresh(w);

        if (cell >= j->ncells
            || !gate_journal_protect(w, cell)
            || gate_journal_get32(&j->owners[cell]) != w->id
            || !(gate_journal_get64(&j->hashes[cell])
                 & GATE_JOURNAL_PUBLISHED))
        {
            return GATE_JOURNAL_STALE;
        }
    }

    if (w->free == 0 && !gate_journal_more_slots(w)) {
        return GATE_JOURNAL_NO_SLOT;
    }

    o->slot = w->free - 1;
    o->seq = (uint64_t) (w->id - 1) << 48 | (w->opened + 1);

    slot = &j->slots[o->slot];
    w->free = slot->next;

    gate_journal_put64(&slot->seq, o->seq);
    gate_journal_put32(&slot->word, cell + 1);           /* the commit */

    gate_journal_put64(&w->record->opened, ++w->opened);

    /* the slot protects the cell now */

    gate_journal_put32(&w->record->hazard[GATE_JOURNAL_FOR_OPEN], 0);
    w->hazard = 0;

    return GATE_JOURNAL_OK;
}


gate_journal_rc_e
gate_journal_close(gate_journal_writer_t *w, const gate_journal_open_t *o,
    gate_unit_e outcome, const uint64_t units[GATE_JOURNAL_UNITS],
    uint32_t hour)
{
    gate_journal_t       *j;
    gate_journal_rc_e     rc;
    gate_journal_slot_t  *slot;

    j = w->journal;

    if (o->slot >= j->nslots) {
        return GATE_JOURNAL_STALE;
    }

    slot = &j->slots[o->slot];

    if (slot->word == 0 || slot->seq != o->seq
        || o->seq >> 48 != w->id - 1)
    {
        return GATE_JOURNAL_STALE;            /* closed already */
    }

    if ((unsigned) outcome > GATE_INTERRUPTED) {
        outcome = GATE_INTERRUPTED;
    }

    rc = gate_journal_end(w, o->slot, outcome, units, hour);

    gate_journal_slot_free(w, o->slot);

    return rc;
}


static void
gate_journal_slot_free(gate_journal_writer_t *w, uint32_t s)
{
    w->journal->slots[s].next = w->free;
    w->free = s + 1;
}


/* hour 0: that of the slot's cell */

gate_journal_rc_e
gate_journal_end(gate_journal_writer_t *w, uint32_t s, gate_unit_e outcome,
    const uint64_t *units, uint32_t hour)
{
    uint32_t              c;
    gate_journal_rc_e     rc;
    gate_journal_slot_t  *slot;

    slot = &w->journal->slots[s];

    c = gate_journal_target(w, slot, hour);

    rc = gate_journal_apply(w, s, c, outcome, units);

    if (w->record->hazard[GATE_JOURNAL_FOR_CLOSE]) {
        gate_journal_put32(&w->record->hazard[GATE_JOURNAL_FOR_CLOSE], 0);
    }

    return rc;
}


/*
 * The cell to close the slot into.  While a cell has an open slot it is not
 * retired; another cell of the key is protected by the hazard until the redo
 * record names it.  No room for another one: better a wrong hour than nothing.
 */

static uint32_t
gate_journal_target(gate_journal_writer_t *w, gate_journal_slot_t *slot,
    uint32_t hour)
{
    uint32_t              c, h;
    gate_journal_t       *j;
    gate_journal_key_t    key;
    gate_journal_cell_t  *cell;

    j = w->journal;
    cell = &j->cells[slot->word - 1];

    for ( ;; ) {
        gate_journal_refresh(w);

        h = gate_journal_floor(w->now);

        if (hour > h) {
            h = hour;

        } else if (hour == 0 && cell->hour > h) {
            h = cell->hour;
        }

        if (cell->hour == h && cell->epoch == w->epoch) {
            return slot->word - 1;
        }

        gate_journal_cell_key(cell, &key);

        c = gate_journal_cell_get(w, &key, h);
        if (c == GATE_JOURNAL_NO_CELL) {
            return slot->word - 1;
        }

        gate_journal_put32(&w->record->hazard[GATE_JOURNAL_FOR_CLOSE], c + 1);
        gate_journal_fence();

        if (gate_journal_get64(&j->header->now) == w->now) {
            return c;
        }
    }
}


/* add to the cell and free the slot: all or nothing, by the redo record */

static gate_journal_rc_e
gate_journal_apply(gate_journal_writer_t *w, uint32_t s, uint32_t c,
    gate_unit_e outcome, const uint64_t *units)
{
    uint32_t              i;
    uint64_t              old, add;
    gate_journal_t       *j;
    gate_journal_rc_e     rc;
    gate_journal_cell_t  *cell;
    gate_journal_redo_t  *redo;

    j = w->journal;
    cell = &j->cells[c];
    redo = &w->record->redo;
    rc = GATE_JOURNAL_OK;

    gate_journal_put32(&redo->cell, c);
    gate_journal_put32(&redo->slot, s);

    for (i = 0; i < GATE_JOURNAL_UNITS; i++) {
        old = cell->values[i];
        add = (i == (uint32_t) outcome) ? 1 : 0;

        if (i > GATE_INTERRUPTED && units != NULL) {
            add = units[i];
        }

        if (old > GATE_JOURNAL_MAX || add > GATE_JOURNAL_MAX - old) {
            add = (old > GATE_JOURNAL_MAX) ? 0 : GATE_JOURNAL_MAX - old;
            rc = GATE_JOURNAL_SATURATED;
        }

        gate_journal_put64(&redo->values[i], old + add);
    }

    gate_journal_put32(&redo->state, 1);                 /* the commit */

    for (i = 0; i < GATE_JOURNAL_UNITS; i++) {
        gate_journal_put64(&cell->values[i], redo->values[i]);
    }

    gate_journal_set_dirty(j, c);
    gate_journal_put32(&j->slots[s].word, 0);
    gate_journal_put32(&redo->state, 0);

    return rc;
}
