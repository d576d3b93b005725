
/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * The checksums of the journal.
 */


#include "gate_journal_region.h"


uint32_t
gate_journal_values_check(uint32_t seed, const uint64_t *values)
{
    uint32_t  i, check;

    check = seed;

    for (i = 0; i < GATE_JOURNAL_UNITS; i++) {
        check ^= gate_journal_value_check(i, gate_journal_get64(&values[i]));
    }

    return check;
}


uint32_t
gate_journal_key_check(const gate_journal_cell_t *cell)
{
    uint32_t  crc;

    crc = gate_crc32c(0, &cell->hash, sizeof(cell->hash));
    crc = gate_crc32c(crc, &cell->epoch, sizeof(cell->epoch));
    crc = gate_crc32c(crc, &cell->hour, sizeof(cell->hour));
    crc = gate_crc32c(crc, cell->len, sizeof(cell->len));
    crc = gate_crc32c(crc, &cell->owner, sizeof(cell->owner));

    return gate_crc32c(crc, cell->names,
                       (size_t) cell->len[0] + cell->len[1] + cell->len[2]
                       + cell->len[3]);
}


int
gate_journal_key_sound(const gate_journal_cell_t *cell)
{
    return cell->len[0] <= GATE_JOURNAL_CONSUMER
           && cell->len[1] <= GATE_JOURNAL_API
           && cell->len[2] <= GATE_JOURNAL_VERSION
           && cell->len[3] <= GATE_JOURNAL_PLAN
           && cell->check == gate_journal_key_check(cell);
}


/* the values of the record and the others of the cell are to fit the check */

int
gate_journal_redo_sound(const gate_journal_redo_t *redo,
    const gate_journal_cell_t *cell)
{
    uint32_t  i;

    uint64_t  values[GATE_JOURNAL_UNITS];

    if (redo->check != gate_journal_redo_check(redo)) {
        return 0;
    }

    for (i = 0; i < GATE_JOURNAL_UNITS; i++) {
        values[i] = (redo->units & 1u << i) ? redo->values[i]
                    : (cell != NULL) ? gate_journal_get64(&cell->values[i])
                    : 0;
    }

    return redo->values_check
           == gate_journal_values_check(cell ? cell->check
                                             : GATE_JOURNAL_SUMS_SEED, values);
}


uint32_t
gate_journal_dictionary_crc(const gate_journal_dictionary_t *d)
{
    return gate_crc32c(0, d->names, sizeof(d->names));
}
