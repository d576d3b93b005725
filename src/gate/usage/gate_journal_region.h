
/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * What the files of the journal share: the layout of the region and the only
 * ways to read and write it.  Nothing outside gate_journal*.c includes this.
 *
 * kill -9 cuts a process between two instructions, and what it stored before
 * stays; so all that matters is that stores happen in the order written here.
 * A release store is not moved before an earlier one: all are of that kind.  A
 * test defines GATE_JOURNAL_CRASHPOINT() and dies after each of them in turn,
 * or lets another process run there and after each load.
 */


#ifndef GATE_JOURNAL_REGION_H_INCLUDED_
#define GATE_JOURNAL_REGION_H_INCLUDED_


#include "gate_journal.h"


#define GATE_JOURNAL_MAGIC       0x314c4e4a45544147ULL     /* GATEJNL1 */
#define GATE_JOURNAL_VERSION_NO  1            /* of layout and key hash */

#define GATE_JOURNAL_HEADER      4096
#define GATE_JOURNAL_WRITERS     1024         /* of the smallest file */
#define GATE_JOURNAL_MAX_WRITERS 8192
#define GATE_JOURNAL_PER_WRITER  8192         /* bytes of a larger one */
#define GATE_JOURNAL_HEIRS       256          /* locks tried at once */
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

#ifndef GATE_JOURNAL_CRASHPOINT
#define GATE_JOURNAL_CRASHPOINT()             /* after each store */
#endif

#ifndef GATE_JOURNAL_LOOKPOINT
#define GATE_JOURNAL_LOOKPOINT(value)         /* after each load */
#endif


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


struct gate_journal_s {
    gate_journal_header_t  *header;
    gate_journal_record_t  *records;
    gate_journal_slot_t    *slots;
    uint32_t               *chunks;           /* writer + 1, 0: free */
    uint64_t               *hashes;
    uint32_t               *owners;
    uint8_t                *dirty;
    gate_journal_cell_t    *cells;

    uint32_t                nchunks;
    uint32_t                nslots;
    uint32_t                ncells;
    uint32_t                nwriters;
    uint32_t                mask;             /* of a private index */

    gate_journal_writer_t  *scratch;          /* to recover others with */
    uint32_t                heir_at;          /* where to look for the dead */
    uint8_t                 mine[GATE_JOURNAL_MAX_WRITERS];
};


struct gate_journal_writer_s {
    gate_journal_t         *journal;
    gate_journal_record_t  *record;
    uint32_t                id;               /* number of the record + 1 */
    uint32_t                free;             /* slot + 1, 0: none */
    uint64_t                now;              /* as read from the header */
    uint64_t                epoch;
    uint64_t                opened;
    uint64_t                full;             /* header's "freed" when full */
    uint32_t                hazard;           /* what FOR_OPEN protects */
    uint32_t                cell_at;          /* where to look for a free one */
    uint32_t                chunk_at;
    uint32_t                indexed;
    uint32_t                filled;           /* entries of the index */
    uint32_t               *index;            /* cell + 1, 0: empty */
    gate_journal_lock_t     lock;
};


#define GATE_JOURNAL_TOKENS      256          /* batches in flight */


typedef struct {
    uint32_t               head;              /* cell + 1 of the group */
    uint32_t               again;             /* ship_all came in between */
} gate_journal_flight_t;


/* a group: the cells of one key, epoch and hour, of all writers */

struct gate_journal_ship_s {
    gate_journal_t         *journal;
    uint64_t               *known;            /* hash, 0: not in a group */
    uint64_t               *sent;             /* sum that is in flight */
    uint32_t               *head;             /* first cell of the group */
    uint32_t               *next;             /* cell + 1 */
    uint32_t               *hour;
    uint16_t               *token;            /* token + 1, 0: not in flight */
    uint32_t               *index;            /* hash -> head + 1 */
    uint32_t                filled;
    uint32_t                cursor;
    uint32_t                begun;            /* cells looked at first */
    uint32_t                ready;
    gate_journal_flight_t   flight[GATE_JOURNAL_TOKENS];
};


/* access to the region */

static inline uint32_t
gate_journal_get32(const uint32_t *p)
{
    uint32_t  v;

    v = __atomic_load_n(p, __ATOMIC_ACQUIRE);
    GATE_JOURNAL_LOOKPOINT(v);

    return v;
}


static inline uint64_t
gate_journal_get64(const uint64_t *p)
{
    uint64_t  v;

    v = __atomic_load_n(p, __ATOMIC_ACQUIRE);
    GATE_JOURNAL_LOOKPOINT(v);

    return v;
}


static inline void
gate_journal_put32(uint32_t *p, uint32_t v)
{
    __atomic_store_n(p, v, __ATOMIC_RELEASE);
    GATE_JOURNAL_CRASHPOINT();
}


static inline void
gate_journal_put64(uint64_t *p, uint64_t v)
{
    __atomic_store_n(p, v, __ATOMIC_RELEASE);
    GATE_JOURNAL_CRASHPOINT();
}


static inline int
gate_journal_swap32(uint32_t *p, uint32_t old, uint32_t v)
{
    int  done;

    done = __atomic_compare_exchange_n(p, &old, v, 0, __ATOMIC_SEQ_CST,
                                       __ATOMIC_SEQ_CST);
    GATE_JOURNAL_CRASHPOINT();

    return done;
}


static inline int
gate_journal_swap64(uint64_t *p, uint64_t old, uint64_t v)
{
    int  done;

    done = __atomic_compare_exchange_n(p, &old, v, 0, __ATOMIC_SEQ_CST,
                                       __ATOMIC_SEQ_CST);
    GATE_JOURNAL_CRASHPOINT();

    return done;
}


static inline void
gate_journal_set_dirty(gate_journal_t *j, uint32_t c)
{
    __atomic_store_n(&j->dirty[c], 1, __ATOMIC_RELEASE);
    GATE_JOURNAL_CRASHPOINT();
}


static inline int
gate_journal_is_dirty(const gate_journal_t *j, uint32_t c)
{
    int  dirty;

    dirty = __atomic_load_n(&j->dirty[c], __ATOMIC_ACQUIRE);
    GATE_JOURNAL_LOOKPOINT(dirty);

    return dirty;
}


static inline void
gate_journal_freed(gate_journal_t *j)
{
    __atomic_add_fetch(&j->header->freed, 1, __ATOMIC_SEQ_CST);
    GATE_JOURNAL_CRASHPOINT();
}


static inline void
gate_journal_claimed(gate_journal_t *j)
{
    __atomic_add_fetch(&j->header->claimed, 1, __ATOMIC_SEQ_CST);
    GATE_JOURNAL_CRASHPOINT();
}


static inline void
gate_journal_fence(void)
{
    __atomic_thread_fence(__ATOMIC_SEQ_CST);
}


static inline uint32_t
gate_journal_floor(uint64_t now)
{
    return (uint32_t) now;
}


static inline uint64_t
gate_journal_epoch(const gate_journal_t *j, uint64_t now)
{
    return gate_journal_get64(&j->header->epochs[(now >> 32)
                                                 % GATE_JOURNAL_EPOCHS]);
}


/* gate_journal.c */

uint32_t gate_journal_crc(uint32_t crc, const void *data, size_t len);

/* gate_journal_cell.c */

int gate_journal_key_fits(const gate_journal_key_t *key);
uint64_t gate_journal_key_hash(uint64_t epoch, uint32_t hour,
    const gate_journal_key_t *key);
void gate_journal_cell_fill(gate_journal_cell_t *cell, uint64_t hash,
    uint64_t epoch, uint32_t hour, const gate_journal_key_t *key);
int gate_journal_cell_is(const gate_journal_cell_t *cell, uint64_t epoch,
    uint32_t hour, const gate_journal_key_t *key);
int gate_journal_cell_sane(const gate_journal_cell_t *cell, uint64_t hash);
void gate_journal_cell_key(const gate_journal_cell_t *cell,
    gate_journal_key_t *key);
uint64_t gate_journal_cell_sum(const gate_journal_cell_t *cell);

void gate_journal_know(gate_journal_writer_t *w);
uint32_t gate_journal_cell_get(gate_journal_writer_t *w,
    const gate_journal_key_t *key, uint32_t hour);

/* gate_journal_writer.c */

gate_journal_writer_t *gate_journal_writer_alloc(gate_journal_t *j);
void gate_journal_writer_free(gate_journal_writer_t *w);

/* gate_journal_slot.c */

gate_journal_rc_e gate_journal_end(gate_journal_writer_t *w, uint32_t slot,
    gate_unit_e outcome, const uint64_t *units, uint32_t hour);

/* gate_journal_ship.c */

int gate_journal_ship_learn(gate_journal_ship_t *s, uint32_t c);
void gate_journal_ship_learn_all(gate_journal_ship_t *s);
void gate_journal_ship_forget(gate_journal_ship_t *s, uint32_t head);

/* gate_journal_retire.c */

void gate_journal_retire_replay(gate_journal_t *j);
uint32_t gate_journal_retire_resume(gate_journal_ship_t *s);


#endif /* GATE_JOURNAL_REGION_H_INCLUDED_ */
