
/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * What stands in the journal's file, and where.
 */


#ifndef GATE_JOURNAL_LAYOUT_H_INCLUDED_
#define GATE_JOURNAL_LAYOUT_H_INCLUDED_


#include "gate_journal.h"


#define GATE_JOURNAL_MAGIC       0x314c4e4a45544147ULL     /* GATEJNL1 */
#define GATE_JOURNAL_VERSION_NO  1            /* of layout and key hash */

#define GATE_JOURNAL_HEADER      4096
#define GATE_JOURNAL_WRITERS     1024         /* of the smallest file */
#define GATE_JOURNAL_MAX_WRITERS 8192
#define GATE_JOURNAL_PER_WRITER  8192         /* bytes of a larger one */
#define GATE_JOURNAL_ATTEMPTS    256          /* locks tried at once */
#define GATE_JOURNAL_CHUNK       8            /* slots claimed at once */
#define GATE_JOURNAL_MAX_CHUNKS  0x100000
#define GATE_JOURNAL_MAX_CELLS   0xf0000000u

#define GATE_JOURNAL_RETIRED     0xffffffffu  /* an owner: being freed */

/*
 * A hash has both bits set.  PUBLISHED is cleared while the shipper wants to
 * retire the cell, so the value changes but the cell still counts.
 */

#define GATE_JOURNAL_PUBLISHED   1ULL
#define GATE_JOURNAL_TAKEN       2ULL

typedef struct {
    uint64_t               magic;             /* written last by format */
    uint32_t               version;
    uint32_t               writers;
    uint64_t               size;
    uint32_t               chunks;
    uint32_t               slots;
    uint32_t               cells;
    uint32_t               cell_size;
    uint64_t               writers_at;
    uint64_t               slots_at;
    uint64_t               chunks_at;
    uint64_t               hashes_at;
    uint64_t               owners_at;
    uint64_t               dirty_at;
    uint64_t               cells_at;
} gate_journal_layout_t;


typedef struct {
    uint32_t               state;             /* 1: the rest is valid */
    uint32_t               cell;
    uint32_t               slot;
    uint32_t               unused;
    uint64_t               values[GATE_JOURNAL_UNITS];    /* absolute */
} gate_journal_redo_t;


typedef struct {
    gate_journal_layout_t  layout;            /* never changes, has a CRC */
    uint32_t               crc;
    uint32_t               unused;
    uint64_t               pad0[3];

    /*
     * number of the epoch in the upper half, the lowest hour that may be
     * written to in the lower: one word, so that a writer sees by one load
     * that anything it knows is out of date; both only grow
     */
    uint64_t               now;
    uint64_t               pad1[7];

    uint64_t               epochs[GATE_JOURNAL_EPOCHS];   /* a ring of ids */

    uint64_t               freed;             /* cells ever freed */
    uint64_t               claimed;           /* and taken, about */
    uint64_t               retire_seq;        /* odd: being changed */
    uint64_t               retired[GATE_JOURNAL_UNITS];
    gate_journal_redo_t    redo;              /* the shipper's, for retired */

    uint32_t               closed;
    uint32_t               before_crc;        /* 0: there is none */
    char                   before[GATE_JOURNAL_PATH];

    uint32_t               kept;              /* clean, yet sent to nobody */
    uint32_t               unused2;
} gate_journal_header_t;


typedef struct {
    uint32_t               in_use;
    uint32_t               hazard[2];         /* cell + 1 about to be used */
    uint32_t               unused;
    uint64_t               opened;
    uint64_t               lost;              /* slots of damaged cells */
    gate_journal_redo_t    redo;
    uint64_t               pad[11];
} gate_journal_record_t;                      /* 256 bytes, own cache lines */


#define GATE_JOURNAL_FOR_OPEN    0            /* hazard[]: reserve .. open */
#define GATE_JOURNAL_FOR_CLOSE   1            /* hazard[]: within close */


typedef struct {
    uint32_t               word;              /* 0: free, else cell + 1 */
    uint32_t               next;              /* the owner's list of free */
    uint64_t               seq;               /* writer << 48 | counter */
} gate_journal_slot_t;


typedef struct {
    uint64_t               hash;
    uint64_t               epoch;
    uint32_t               hour;
    uint32_t               check;             /* CRC32 of the key */
    uint16_t               len[4];
    uint64_t               pad[4];
    uint64_t               values[GATE_JOURNAL_UNITS];
    uint64_t               mark;              /* sum of values acknowledged */
    unsigned char          names[GATE_JOURNAL_CONSUMER + GATE_JOURNAL_API
                                 + GATE_JOURNAL_VERSION + GATE_JOURNAL_PLAN];
} gate_journal_cell_t;                        /* 512 bytes */


#endif /* GATE_JOURNAL_LAYOUT_H_INCLUDED_ */
