
/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * Each request that was opened has ended, is lost or is open.  Where that does
 * not hold of a journal at rest, parts of it are gone without a trace: a page
 * is zero, or is what it was earlier, and fits its checksums.
 */


#include "gate_journal_region.h"


static uint64_t gate_journal_balance_redo(const gate_journal_t *j,
    uint32_t n);
static uint64_t gate_journal_balance_slots(const gate_journal_t *j);
static void gate_journal_balance_raise(gate_journal_t *j);


/* what is told by redo records, and by slots not yet counted, is regarded */

int64_t
gate_journal_missing(gate_journal_t *j)
{
    uint32_t             n;
    uint64_t             missing;             /* damaged values are any */
    gate_journal_stat_t  st;

    gate_journal_stat(j, &st);

    missing = st.opened - st.open - st.lost;

    for (n = 0; n <= GATE_INTERRUPTED; n++) {
        missing -= st.units[n];
    }

    for (n = 0; n < j->nwriters; n++) {
        missing -= gate_journal_balance_redo(j, n);
    }

    return (int64_t) (missing + gate_journal_balance_slots(j));
}


/* what ends when the record is carried out, minus what was open for it */

static uint64_t
gate_journal_balance_redo(const gate_journal_t *j, uint32_t n)
{
    uint32_t                    i, c, s;
    uint64_t                    ended;
    const gate_journal_redo_t  *redo;

    redo = &j->records[n].redo;
    c = redo->cell;
    s = redo->slot;

    if (redo->check == 0 || c >= j->ncells || s >= j->nslots
        || j->owners[c] != n + 1
        || !gate_journal_redo_sound(redo, &j->cells[c]))
    {
        return 0;
    }

    for (i = 0, ended = 0; i <= GATE_INTERRUPTED; i++) {
        if (redo->units & 1u << i) {
            ended += redo->values[i] - j->cells[c].values[i];
        }
    }

    if (j->chunks[s / GATE_JOURNAL_CHUNK] == n + 1 && j->slots[s].open != 0) {
        ended--;
    }

    return ended;
}


/* killed between the commit of a slot and the count of it */

static uint64_t
gate_journal_balance_slots(const gate_journal_t *j)
{
    uint32_t                    s, owner;
    uint64_t                    n;
    const gate_journal_slot_t  *slot;

    for (s = 0, n = 0; s < j->nslots; s++) {
        slot = &j->slots[s];
        owner = j->chunks[s / GATE_JOURNAL_CHUNK];

        if (slot->open != 0 && owner - 1 < j->nwriters
            && slot->seq >> 48 == owner - 1
            && (slot->seq & GATE_JOURNAL_COUNT_MAX)
               > gate_journal_count_value(j->records[owner - 1].opened)
            && gate_journal_slot_cell(j, slot) != GATE_JOURNAL_NO_CELL)
        {
            n++;
        }
    }

    return n;
}


/* gives what was missing; nothing is, after that */

int64_t
gate_journal_settle(gate_journal_t *j)
{
    int64_t                 missing;
    gate_journal_record_t  *rec;

    gate_journal_balance_raise(j);

    missing = gate_journal_missing(j);
    rec = &j->records[0];

    if (missing > 0) {
        gate_journal_put64(&rec->lost, gate_journal_count_of(
            (gate_journal_count_value(rec->lost) + (uint64_t) missing)
            & GATE_JOURNAL_COUNT_MAX));

    } else if (missing < 0) {
        gate_journal_put64(&rec->opened, gate_journal_count_of(
            (gate_journal_count_value(rec->opened) - (uint64_t) missing)
            & GATE_JOURNAL_COUNT_MAX));
    }

    return missing;
}


/* a record that is zero: its slots say that it was in use, and how far */

static void
gate_journal_balance_raise(gate_journal_t *j)
{
    uint64_t                    n;
    uint32_t                    s, owner;
    gate_journal_record_t      *rec;
    const gate_journal_slot_t  *slot;

    for (s = 0; s < j->nslots; s++) {
        slot = &j->slots[s];
        owner = j->chunks[s / GATE_JOURNAL_CHUNK];

        if (slot->open == 0 || owner - 1 >= j->nwriters
            || gate_journal_slot_cell(j, slot) == GATE_JOURNAL_NO_CELL)
        {
            continue;
        }

        rec = &j->records[owner - 1];
        n = slot->seq & GATE_JOURNAL_COUNT_MAX;

        if (n > gate_journal_count_value(rec->opened)) {
            gate_journal_put64(&rec->opened, gate_journal_count_of(n));
        }

        gate_journal_put32(&rec->in_use, GATE_JOURNAL_YES);
    }
}
