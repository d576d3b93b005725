
/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * What the journal holds, counted: sums, room, what has not arrived.
 */


#ifndef GATE_JOURNAL_STAT_H_INCLUDED_
#define GATE_JOURNAL_STAT_H_INCLUDED_


#include "gate_journal.h"


typedef struct {
    uint64_t               opened;            /* slots ever opened */
    uint64_t               open;              /* slots open now */
    uint64_t               lost;              /* slots of damaged cells */
    uint64_t               units[GATE_JOURNAL_UNITS];  /* sound cells, and
                                                 what was retired */
    uint32_t               cells;             /* room */
    uint32_t               cells_used;
    uint32_t               slots;             /* room */
    uint32_t               writers;           /* records in use */
    uint32_t               dirty;             /* cells not yet acknowledged */
    uint64_t               epoch;             /* the current one */
    uint32_t               epochs;            /* in the table */
    uint32_t               aside;             /* cells that are damaged */
    uint64_t               damaged;           /* parts ever found to be so */
} gate_journal_stat_t;


void gate_journal_stat(gate_journal_t *j, gate_journal_stat_t *st);

/* of the same, without looking into cells */
void gate_journal_room(const gate_journal_t *j, uint32_t *used,
    uint32_t *dirty);

/* room for cells */
uint32_t gate_journal_cells(const gate_journal_t *j);

/* by how much the number of used cells has grown since some time, about */
uint64_t gate_journal_growth(const gate_journal_t *j);


/* one total: a key's of one writer */

typedef struct {
    gate_journal_key_t     key;               /* views into the region */
    uint64_t               epoch;
    uint32_t               hour;
    uint32_t               writer;
    uint64_t               units[GATE_JOURNAL_UNITS];
    unsigned               changed:1;         /* since it was acknowledged */
    unsigned               aside:1;           /* damaged: it does not count */
} gate_journal_total_t;

/* 1: *t is what is in cell "c" < gate_journal_cells(j), 0: it is free */
int gate_journal_total(const gate_journal_t *j, uint32_t c,
    gate_journal_total_t *t);

/* as the file's dictionary has it, "" if the unit is not in use */
const char *gate_journal_unit(const gate_journal_t *j, unsigned unit);


#endif /* GATE_JOURNAL_STAT_H_INCLUDED_ */
