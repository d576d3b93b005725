
/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * The journal's sums, read while others write.
 */


#include "gate_journal_region.h"


static void gate_journal_sum(gate_journal_t *j, gate_journal_stat_t *st);
static void gate_journal_sum_writers(gate_journal_t *j,
    gate_journal_stat_t *st);


void
gate_journal_stat(gate_journal_t *j, gate_journal_stat_t *st)
{
    uint32_t  i;
    uint64_t  seq;

    /*
     * a cell that is being retired must count once; a shipper that was killed
     * leaves an odd number, and the redo record says what is true
     */

    for (i = 0; i < 4; i++) {
        seq = gate_journal_get64(&j->header->retire_seq);

        gate_journal_sum(j, st);

        gate_journal_fence();

        if (seq == gate_journal_get64(&j->header->retire_seq)) {
            break;
        }
    }

    st->epoch = gate_journal_epoch_id(j);

    for (i = 0; i < GATE_JOURNAL_EPOCHS; i++) {
        st->epochs += gate_journal_get64(&j->header->epochs[i]) != 0;
    }
}


void
gate_journal_room(const gate_journal_t *j, uint32_t *used, uint32_t *dirty)
{
    uint32_t  c;

    *used = 0;
    *dirty = 0;

    for (c = 0; c < j->ncells; c++) {
        if (gate_journal_get32(&j->owners[c]) != 0) {
            *used += 1;
            *dirty += gate_journal_is_dirty(j, c);
        }
    }
}


uint32_t
gate_journal_cells(const gate_journal_t *j)
{
    return j->ncells;
}


uint64_t
gate_journal_growth(const gate_journal_t *j)
{
    return gate_journal_get64(&j->header->claimed)
           - gate_journal_get64(&j->header->freed);
}


static void
gate_journal_sum(gate_journal_t *j, gate_journal_stat_t *st)
{
    uint32_t                    i, c, skip;
    const uint64_t             *retired;
    gate_journal_header_t      *h;
    const gate_journal_redo_t  *redo;

    memset(st, 0, sizeof(gate_journal_stat_t));

    h = j->header;

    st->cells = j->ncells;
    st->slots = j->nslots;
    st->damaged = gate_journal_get64(&h->damaged);

    gate_journal_sum_writers(j, st);

    skip = GATE_JOURNAL_NO_CELL;
    retired = h->retired[0].values;
    redo = gate_journal_retire_pending_redo(j);

    if (redo != NULL) {
        skip = redo->cell;
        retired = redo->values;
    }

    for (i = 0; i < GATE_JOURNAL_UNITS; i++) {
        st->units[i] = gate_journal_get64(&retired[i]);
    }

    for (c = 0; c < j->ncells; c++) {
        if (gate_journal_get64(&j->hashes[c]) == 0 || c == skip) {
            continue;
        }

        st->cells_used++;

        if (gate_journal_is_aside(j, c)) {
            st->aside++;
            continue;
        }

        st->dirty += gate_journal_is_dirty(j, c);

        for (i = 0; i < GATE_JOURNAL_UNITS; i++) {
            st->units[i] += gate_journal_get64(&j->cells[c].values[i]);
        }
    }
}


static void
gate_journal_sum_writers(gate_journal_t *j, gate_journal_stat_t *st)
{
    uint32_t                i, k;
    gate_journal_slot_t    *slot;
    gate_journal_record_t  *rec;

    for (i = 0; i < j->nwriters; i++) {
        rec = &j->records[i];

        st->writers += gate_journal_get32(&rec->in_use) ? 1 : 0;
        st->opened += gate_journal_count_value(
                                           gate_journal_get64(&rec->opened));
        st->lost += gate_journal_count_value(
                                           gate_journal_get64(&rec->lost));
    }

    for (i = 0; i < j->nchunks; i++) {
        if (gate_journal_get32(&j->chunks[i]) == 0) {
            continue;
        }

        slot = &j->slots[i * GATE_JOURNAL_CHUNK];

        for (k = 0; k < GATE_JOURNAL_CHUNK; k++) {
            st->open += gate_journal_get64(&slot[k].open) ? 1 : 0;
        }
    }
}


int
gate_journal_total(const gate_journal_t *j, uint32_t c,
    gate_journal_total_t *t)
{
    uint32_t              i;
    gate_journal_cell_t  *cell;

    if (gate_journal_get64(&j->hashes[c]) == 0) {
        return 0;
    }

    cell = &j->cells[c];

    t->changed = gate_journal_is_dirty(j, c);
    t->aside = gate_journal_is_aside(j, c) || !gate_journal_key_sound(cell);

    memset(&t->key, 0, sizeof(t->key));

    if (gate_journal_key_sound(cell)) {
        gate_journal_cell_key(cell, &t->key);
    }

    t->epoch = cell->epoch;
    t->hour = cell->hour;
    t->writer = cell->owner;

    for (i = 0; i < GATE_JOURNAL_UNITS; i++) {
        t->units[i] = gate_journal_get64(&cell->values[i]);
    }

    return 1;
}


const char *
gate_journal_unit(const gate_journal_t *j, unsigned unit)
{
    return j->header->units.names[unit];
}
