
/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * The journal's way of one request: room is reserved, its slot is opened, its
 * slot is closed into a cell.
 */


#include <stdlib.h>

#include "gate_journal_region.h"


static int gate_journal_is_cell(gate_journal_writer_t *w, uint32_t c,
    uint32_t hour, const gate_journal_key_t *key);
static int gate_journal_protect(gate_journal_writer_t *w, uint32_t c);
static int gate_journal_more_slots(gate_journal_writer_t *w);
static uint32_t gate_journal_target(gate_journal_writer_t *w, uint32_t own,
    uint32_t hour);
static gate_journal_rc_e gate_journal_apply(gate_journal_writer_t *w,
    uint32_t s, uint32_t c, gate_unit_e outcome, const uint64_t *units);
static uint32_t gate_journal_counted(const uint64_t *units);
static gate_journal_rc_e gate_journal_add(gate_journal_redo_t *redo,
    uint32_t unit, uint64_t old, uint64_t add);


gate_journal_rc_e
gate_journal_reserve(gate_journal_writer_t *w, const gate_journal_key_t *key,
    uint32_t hour, uint32_t *cell)
{
    uint32_t  c, h;

    if (!gate_journal_key_fits(key)) {
        return GATE_JOURNAL_BAD_KEY;
    }

    if (w->nspare == 0 && !gate_journal_more_slots(w)) {
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
           && !gate_journal_is_aside(j, c)
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
    uint32_t              i, n, k, room;
    uint32_t             *spare;
    gate_journal_t       *j;

    j = w->journal;

    /* each of our slots has a place there: to free one cannot fail */

    if (w->nslots + GATE_JOURNAL_CHUNK > w->room) {
        room = 2 * w->room + GATE_JOURNAL_CHUNK;

        spare = realloc(w->spare, room * sizeof(uint32_t));
        if (spare == NULL) {
            return 0;
        }

        w->spare = spare;
        w->room = room;
    }

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
        w->nslots += GATE_JOURNAL_CHUNK;

        for (k = GATE_JOURNAL_CHUNK; k > 0; k--) {
            w->spare[w->nspare++] = n * GATE_JOURNAL_CHUNK + k - 1;
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

    if (w->nspare == 0 && !gate_journal_more_slots(w)) {
        return GATE_JOURNAL_NO_SLOT;
    }

    o->slot = w->spare[--w->nspare];
    o->seq = (uint64_t) (w->id - 1) << 48 | (w->opened + 1);

    slot = &j->slots[o->slot];

    gate_journal_put64(&slot->seq, o->seq);
    gate_journal_put64(&slot->open,
                       gate_journal_slot_word(cell, o->seq)); /* the commit */

    gate_journal_put64(&w->record->opened,
                       gate_journal_count_of(++w->opened));

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

    if (slot->open == 0 || slot->seq != o->seq
        || o->seq >> 48 != w->id - 1)
    {
        return GATE_JOURNAL_STALE;            /* closed already */
    }

    if ((unsigned) outcome > GATE_INTERRUPTED) {
        outcome = GATE_INTERRUPTED;
    }

    rc = gate_journal_end(w, o->slot, outcome, units, hour);

    w->spare[w->nspare++] = o->slot;

    return rc;
}


/* hour 0: that of the slot's cell */

gate_journal_rc_e
gate_journal_end(gate_journal_writer_t *w, uint32_t s, gate_unit_e outcome,
    const uint64_t *units, uint32_t hour)
{
    uint32_t              c;
    gate_journal_t       *j;
    gate_journal_rc_e     rc;
    gate_journal_slot_t  *slot;

    j = w->journal;
    slot = &j->slots[s];

    c = gate_journal_slot_cell(j, slot);

    if (c == GATE_JOURNAL_NO_CELL) {
        gate_journal_report(j, GATE_JOURNAL_PART_SLOT, s);

    } else {
        c = gate_journal_target(w, c, hour);
    }

    if (c == GATE_JOURNAL_NO_CELL) {
        gate_journal_lose(w->record, slot);
        return GATE_JOURNAL_LOST;
    }

    rc = gate_journal_apply(w, s, c, outcome, units);

    if (w->record->hazard[GATE_JOURNAL_FOR_CLOSE]) {
        gate_journal_put32(&w->record->hazard[GATE_JOURNAL_FOR_CLOSE], 0);
    }

    return rc;
}


/* its end can be counted nowhere */

void
gate_journal_lose(gate_journal_record_t *record, gate_journal_slot_t *slot)
{
    uint64_t  lost;

    lost = gate_journal_count_value(record->lost) + 1;

    gate_journal_put64(&record->lost, gate_journal_count_of(lost));
    gate_journal_put64(&slot->open, 0);
}


/* of an open slot; NO_CELL: it is damaged */

uint32_t
gate_journal_slot_cell(const gate_journal_t *j,
    const gate_journal_slot_t *slot)
{
    uint32_t  c;

    c = (uint32_t) slot->open - 1;

    return (c < j->ncells
            && slot->open == gate_journal_slot_word(c, slot->seq))
           ? c : GATE_JOURNAL_NO_CELL;
}


/*
 * The cell to close the slot into.  While a cell has an open slot it is not
 * retired; another cell of the key is protected by the hazard until the redo
 * record names it.  No room for another one: better a wrong hour than nothing.
 */

static uint32_t
gate_journal_target(gate_journal_writer_t *w, uint32_t own, uint32_t hour)
{
    uint32_t              c, h, ours;
    gate_journal_t       *j;
    gate_journal_key_t    key;
    gate_journal_cell_t  *cell;

    j = w->journal;
    cell = &j->cells[own];
    ours = gate_journal_get32(&j->owners[own]) == w->id
           && !gate_journal_is_aside(j, own);

    for ( ;; ) {
        gate_journal_refresh(w);

        h = gate_journal_floor(w->now);

        if (hour > h) {
            h = hour;

        } else if (hour == 0 && cell->hour > h) {
            h = cell->hour;
        }

        if (cell->hour == h && cell->epoch == w->epoch && ours) {
            return own;
        }

        if (!gate_journal_key_sound(cell)) {
            return ours ? own : GATE_JOURNAL_NO_CELL;
        }

        gate_journal_cell_key(cell, &key);

        c = gate_journal_cell_get(w, &key, h);
        if (c == GATE_JOURNAL_NO_CELL) {
            return ours ? own : GATE_JOURNAL_NO_CELL;
        }

        gate_journal_put32(&w->record->hazard[GATE_JOURNAL_FOR_CLOSE], c + 1);
        gate_journal_fence();

        if (gate_journal_get64(&j->header->now) == w->now) {
            return c;
        }
    }
}


/*
 * Add to the cell and free the slot: all or nothing, by the redo record.  Only
 * what changes is written, also of the check.
 */

static gate_journal_rc_e
gate_journal_apply(gate_journal_writer_t *w, uint32_t s, uint32_t c,
    gate_unit_e outcome, const uint64_t *units)
{
    uint32_t              i, n;
    gate_journal_t       *j;
    gate_journal_rc_e     rc;
    gate_journal_cell_t  *cell;
    gate_journal_redo_t  *redo;

    j = w->journal;
    cell = &j->cells[c];
    redo = &w->record->redo;

    gate_journal_put32(&redo->cell, c);
    gate_journal_put32(&redo->slot, s);
    gate_journal_put32(&redo->units, 0);
    gate_journal_put32(&redo->values_check, cell->values_check);

    rc = gate_journal_add(redo, outcome, cell->values[outcome], 1);

    n = (units == NULL) ? 0 : gate_journal_counted(units);

    for (i = GATE_BYTES_IN; i < n; i++) {
        if (units[i] != 0
            && gate_journal_add(redo, i, cell->values[i], units[i])
               == GATE_JOURNAL_SATURATED)
        {
            rc = GATE_JOURNAL_SATURATED;
        }
    }

    gate_journal_put32(&redo->check,
                       gate_journal_redo_check(redo));      /* the commit */

    gate_journal_redo_store(redo, cell->values, &cell->values_check);

    gate_journal_set_dirty(j, c);
    gate_journal_put64(&j->slots[s].open, 0);
    gate_journal_put32(&redo->check, 0);

    return rc;
}


/* where to end: those that have no name yet are looked at together */

static uint32_t
gate_journal_counted(const uint64_t *units)
{
    uint32_t  i;
    uint64_t  any;

    for (any = 0, i = GATE_UNITS; i < GATE_JOURNAL_UNITS; i++) {
        any |= units[i];
    }

    return any ? GATE_JOURNAL_UNITS : GATE_UNITS;
}


static gate_journal_rc_e
gate_journal_add(gate_journal_redo_t *redo, uint32_t unit, uint64_t old,
    uint64_t add)
{
    uint64_t           value;
    gate_journal_rc_e  rc;

    rc = GATE_JOURNAL_OK;
    value = old + add;

    if (old > GATE_JOURNAL_MAX || add > GATE_JOURNAL_MAX - old) {
        value = (old > GATE_JOURNAL_MAX) ? old : GATE_JOURNAL_MAX;
        rc = GATE_JOURNAL_SATURATED;
    }

    gate_journal_put64(&redo->values[unit], value);

    redo->units |= 1u << unit;
    redo->values_check ^= gate_journal_value_check(unit, old ^ value);

    return rc;
}
