
/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * The checksums of the journal.  That of values is a sum (by exclusive or) of
 * one CRC for each of them, turned by its place: a commit changes it by what
 * the commit changes.  So it costs little, and a value that was damaged before
 * stays in contradiction to it, whatever is added since.
 */


#ifndef GATE_JOURNAL_CHECK_H_INCLUDED_
#define GATE_JOURNAL_CHECK_H_INCLUDED_


#include "gate_crc32c.h"
#include "gate_journal_access.h"
#include "gate_journal_layout.h"


#define GATE_JOURNAL_SUMS_SEED   0x534d5553u  /* of the retired sums */

#define GATE_JOURNAL_COUNT_BITS  48
#define GATE_JOURNAL_COUNT_MAX   ((1ULL << GATE_JOURNAL_COUNT_BITS) - 1)


/* by how much the check changes when a value changes by these bits */

static inline uint32_t
gate_journal_value_check(unsigned unit, uint64_t bits)
{
    unsigned  turn;
    uint32_t  crc;

    turn = 2 * unit;
    crc = gate_crc32c_word(0, bits);

    return crc << turn | crc >> (-turn & 31);
}


static inline uint32_t
gate_journal_redo_check(const gate_journal_redo_t *redo)
{
    uint32_t  crc;

    crc = gate_crc32c_word(GATE_JOURNAL_SUMS_SEED,
                           (uint64_t) redo->slot << 32 | redo->cell);
    crc = gate_crc32c_word(crc, (uint64_t) redo->values_check << 32
                                | redo->units);

    return crc ? crc : 1;
}


/* carry out what a redo record says, once or again */

static inline void
gate_journal_redo_store(const gate_journal_redo_t *redo, uint64_t *values,
    uint32_t *check)
{
    unsigned  i;
    uint32_t  units;

    for (units = redo->units; units; units &= units - 1) {
        i = (unsigned) __builtin_ctz(units);

        gate_journal_put64(&values[i], redo->values[i]);
    }

    gate_journal_put32(check, redo->values_check);
}


/* what "open" of a slot is for a cell */

static inline uint64_t
gate_journal_slot_word(uint32_t cell, uint64_t seq)
{
    uint32_t  crc;

    crc = gate_crc32c_word(GATE_JOURNAL_SUMS_SEED, seq);
    crc = gate_crc32c_word(crc, cell + 1);

    return (uint64_t) crc << 32 | (cell + 1);
}


static inline gate_journal_count_t
gate_journal_count_of(uint64_t n)
{
    uint32_t  crc;

    crc = gate_crc32c_word(0, n);

    return (uint64_t) ((crc ^ crc >> 16) & 0xffff) << GATE_JOURNAL_COUNT_BITS
           | n;
}


static inline uint64_t
gate_journal_count_value(gate_journal_count_t count)
{
    return count & GATE_JOURNAL_COUNT_MAX;
}


static inline int
gate_journal_count_sound(gate_journal_count_t count)
{
    return gate_journal_count_of(gate_journal_count_value(count)) == count;
}


/* of 15 values; "seed": what they belong to */
uint32_t gate_journal_values_check(uint32_t seed, const uint64_t *values);

/* of a cell's key and owner */
uint32_t gate_journal_key_check(const gate_journal_cell_t *cell);

/* its key is what it was, apart from where the cell stands */
int gate_journal_key_sound(const gate_journal_cell_t *cell);

/* a record that can be carried out for this cell, NULL: for the sums */
int gate_journal_redo_sound(const gate_journal_redo_t *redo,
    const gate_journal_cell_t *cell);

uint32_t gate_journal_dictionary_crc(const gate_journal_dictionary_t *d);


#endif /* GATE_JOURNAL_CHECK_H_INCLUDED_ */
