
/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * What stands in the journal's file, and where.  A change of it, of the hash of
 * keys or of a checksum is a new GATE_JOURNAL_VERSION_NO.
 */


#ifndef GATE_JOURNAL_LAYOUT_H_INCLUDED_
#define GATE_JOURNAL_LAYOUT_H_INCLUDED_


#include "gate_journal.h"


#define GATE_JOURNAL_MAGIC       0x314c4e4a45544147ULL     /* GATEJNL1 */
#define GATE_JOURNAL_VERSION_NO  3

#define GATE_JOURNAL_HEADER      4096
#define GATE_JOURNAL_WRITERS     1024         /* of the smallest file */
#define GATE_JOURNAL_MAX_WRITERS 8192
#define GATE_JOURNAL_PER_WRITER  8192         /* bytes of a larger one */
#define GATE_JOURNAL_CHUNK       8            /* slots claimed at once */
#define GATE_JOURNAL_MAX_CHUNKS  0x100000
#define GATE_JOURNAL_MAX_CELLS   0xf0000000u

/* "yes", of which one flipped bit makes no "no" */
#define GATE_JOURNAL_YES         0xffffffffu

/* in the place of a CRC: there is nothing; neither zeros nor ones say so */
#define GATE_JOURNAL_NONE        0x656e6f6eu

/* owners that are no writers */
#define GATE_JOURNAL_RETIRED     0xffffffffu  /* the cell is being freed */
#define GATE_JOURNAL_ASIDE       0xfffffffeu  /* it is damaged */

/* what "dirty" says of a cell */
#define GATE_JOURNAL_CHANGED     1            /* since it was acknowledged */
#define GATE_JOURNAL_SET_ASIDE   2            /* it is kept aside */

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


/* 15 units, of which those that are in use have a name */

typedef struct {
    char                   names[GATE_JOURNAL_UNITS][GATE_UNIT_NAME];
    uint32_t               crc;
    uint32_t               unused;
} gate_journal_dictionary_t;


/* what a writer or the shipper is about to store, in absolute values */

typedef struct {
    uint32_t               check;             /* 0: there is nothing */
    uint32_t               cell;
    uint32_t               slot;
    uint32_t               units;             /* which: bits */
    uint32_t               values_check;      /* as it is to be */
    uint32_t               unused;
    uint64_t               values[GATE_JOURNAL_UNITS];
} gate_journal_redo_t;


typedef struct {
    uint64_t               values[GATE_JOURNAL_UNITS];
    uint32_t               values_check;
    uint32_t               unused;
} gate_journal_sums_t;


typedef struct {
    gate_journal_layout_t  layout;            /* never changes, has a CRC */
    uint32_t               crc;
    uint32_t               unused;
    uint64_t               pad0[3];

    /*
     * check << 48 | number of the epoch << 32 | the lowest hour that may be
     * written to: one word, so that a writer sees by one load that anything
     * it knows is out of date; both only grow
     */
    uint64_t               now;
    uint64_t               pad1[7];

    uint64_t               epochs[GATE_JOURNAL_EPOCHS];   /* a ring of ids */

    uint64_t               freed;             /* cells ever freed */
    uint64_t               claimed;           /* and taken, about */
    uint64_t               retire_seq;        /* odd: being changed */
    gate_journal_sums_t    retired[2];        /* and a copy */
    gate_journal_redo_t    redo;              /* the shipper's, for retired */

    uint32_t               closed;
    uint32_t               before_crc;        /* NONE: there is none */
    char                   before[GATE_JOURNAL_PATH];

    uint32_t               kept;              /* clean, yet sent to nobody */
    uint32_t               settled;           /* "damaged" when mended last */
    uint64_t               damaged;           /* parts, ever found to be so */

    gate_journal_dictionary_t  units;
} gate_journal_header_t;


/* a count of 48 bits, its check in the other 16 */

typedef uint64_t  gate_journal_count_t;


typedef struct {
    uint32_t               in_use;
    uint32_t               hazard[2];         /* cell + 1 about to be used */
    uint32_t               unused;
    gate_journal_count_t   opened;
    gate_journal_count_t   lost;              /* slots of damaged cells */
    gate_journal_redo_t    redo;
    uint64_t               pad[10];
} gate_journal_record_t;                      /* own cache lines */


#define GATE_JOURNAL_FOR_OPEN    0            /* hazard[]: reserve .. open */
#define GATE_JOURNAL_FOR_CLOSE   1            /* hazard[]: within close */


typedef struct {
    uint64_t               open;              /* check << 32 | cell + 1; 0:
                                                 it is free */
    uint64_t               seq;               /* writer << 48 | counter */
} gate_journal_slot_t;


typedef struct {
    uint64_t               hash;
    uint64_t               epoch;
    uint32_t               hour;
    uint32_t               check;             /* CRC of the key and owner */
    uint16_t               len[4];
    uint32_t               owner;
    uint32_t               values_check;
    uint64_t               pad[3];
    uint64_t               values[GATE_JOURNAL_UNITS];
    uint64_t               mark;              /* sum of values acknowledged */
    unsigned char          names[GATE_JOURNAL_CONSUMER + GATE_JOURNAL_API
                                 + GATE_JOURNAL_VERSION + GATE_JOURNAL_PLAN];
} gate_journal_cell_t;


/* sizes and places are the format: a compiler that sees others stops here */

#define gate_journal_assert(name, what)                                       \
    typedef char gate_journal_assert_##name[(what) ? 1 : -1]

gate_journal_assert(layout, sizeof(gate_journal_layout_t) == 96);
gate_journal_assert(redo, sizeof(gate_journal_redo_t) == 144);
gate_journal_assert(header, sizeof(gate_journal_header_t) == 2664
                            && sizeof(gate_journal_header_t)
                               <= GATE_JOURNAL_HEADER);
gate_journal_assert(now, offsetof(gate_journal_header_t, now) == 128);
gate_journal_assert(retired, offsetof(gate_journal_header_t, retired) == 728);
gate_journal_assert(units, offsetof(gate_journal_header_t, units) == 2176);
gate_journal_assert(record, sizeof(gate_journal_record_t) == 256);
gate_journal_assert(slot, sizeof(gate_journal_slot_t) == 16);
gate_journal_assert(cell, sizeof(gate_journal_cell_t) == 512);
gate_journal_assert(values, offsetof(gate_journal_cell_t, values) == 64);
gate_journal_assert(names, offsetof(gate_journal_cell_t, names) == 192);


#endif /* GATE_JOURNAL_LAYOUT_H_INCLUDED_ */
