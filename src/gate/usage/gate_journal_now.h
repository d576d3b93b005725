
/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * The word "now" of the journal's header: the index of the epoch, the lowest
 * hour that may be written to, and a check of both.
 */


#ifndef GATE_JOURNAL_NOW_H_INCLUDED_
#define GATE_JOURNAL_NOW_H_INCLUDED_


#include "gate_journal.h"


#define GATE_JOURNAL_NOW_INDEX   0xffff       /* the ring divides it */


static inline uint32_t
gate_journal_floor(uint64_t now)
{
    return (uint32_t) now;
}


static inline uint32_t
gate_journal_now_index(uint64_t now)
{
    return (uint32_t) (now >> 32) & GATE_JOURNAL_NOW_INDEX;
}


/* with its check */
uint64_t gate_journal_now_of(uint32_t index, uint32_t hour);

/* the word of the header; a damaged one is mended first */
uint64_t gate_journal_now(gate_journal_t *j);

/* the same where nothing may be written: what can be made of a damaged one */
uint64_t gate_journal_now_seen(const gate_journal_t *j);

int gate_journal_now_sound(const gate_journal_t *j);


#endif /* GATE_JOURNAL_NOW_H_INCLUDED_ */
