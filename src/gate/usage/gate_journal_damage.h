
/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * Damage of the journal: looked for, set aside, told in words.  A cell that is
 * damaged stays as it is, counts no more and is not sent; whatever else can be
 * made out from the rest is mended.
 */


#ifndef GATE_JOURNAL_DAMAGE_H_INCLUDED_
#define GATE_JOURNAL_DAMAGE_H_INCLUDED_


#include "gate_journal.h"


typedef enum {
    GATE_JOURNAL_PART_KEY = 0,    /* of a cell, which is kept aside */
    GATE_JOURNAL_PART_VALUES,     /* of a cell, which is kept aside */
    GATE_JOURNAL_PART_ENTRY,      /* a cell's hash or owner: mended */
    GATE_JOURNAL_PART_SLOT,       /* of an open request: given up */
    GATE_JOURNAL_PART_CHUNK,      /* whose slots these are: mended */
    GATE_JOURNAL_PART_RECORD,     /* counters of a writer: kept */
    GATE_JOURNAL_PART_REDO,       /* what a writer was about to do: dropped */
    GATE_JOURNAL_PART_SUMS,       /* of what was retired */
    GATE_JOURNAL_PART_NOW,        /* epoch and lowest hour: mended */
    GATE_JOURNAL_PART_BEFORE,     /* the name of the file before this one */
    GATE_JOURNAL_PART_BALANCE     /* requests that have no end, or no start */
} gate_journal_part_e;


typedef struct {
    gate_journal_part_e    part;
    uint32_t               index;
} gate_journal_damage_t;


/*
 * Look at all of it; gives the number of damaged parts.  The region is not
 * written to, and others may write to it meanwhile.
 */
uint32_t gate_journal_verify(gate_journal_t *j);

/* the same where nobody else uses the region, and then set aside, or mend */
uint32_t gate_journal_mend(gate_journal_t *j);

/*
 * of a region that nobody uses: how many requests were opened and have no end,
 * below 0: have ended and were not opened.  0, unless there is damage.
 */
int64_t gate_journal_missing(gate_journal_t *j);

/* 1: damage was found, by whatever function, since it was last mended */
int gate_journal_unsettled(const gate_journal_t *j);

/*
 * 1: *d is the next one that was found, by whatever function, 0: no more.  Of
 * very many some are only counted.
 */
int gate_journal_next_damage(gate_journal_t *j, gate_journal_damage_t *d);

/* that were found and not given by next_damage(), nor will all of them be */
uint32_t gate_journal_damages(const gate_journal_t *j);

/* a sentence about it, with the names of the cell; no more than len - 1 */
void gate_journal_damage_text(const gate_journal_t *j,
    const gate_journal_damage_t *d, char *text, size_t len);


#endif /* GATE_JOURNAL_DAMAGE_H_INCLUDED_ */
