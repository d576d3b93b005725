
/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * The journal: cumulative totals per key and open requests, in a memory region
 * that is a file mapped shared.  It survives kill -9 of any process that uses
 * it, at any instruction: every change of money is described in a redo record
 * before it is applied, and whoever finds a dead writer replays its record.
 *
 * A region holds
 *
 *   header     geometry, epochs, retired sums
 *   writers    one per process that bills: redo record, counters
 *   slots      one 16-byte slot per open request, claimed in chunks by writers
 *   hashes     one u64 per cell: the key's hash, 0 if free (compact, scanned)
 *   owners     one u32 per cell: writer + 1, 0 if free
 *   dirty      one byte per cell: changed since it was acknowledged
 *   cells      absolute totals of one key, one epoch, one hour, one writer
 *
 * A cell has one writer; a key's total is the sum over the cells of all
 * writers.  Values only grow, so any later reading of a sum is not smaller.
 */


#ifndef GATE_JOURNAL_H_INCLUDED_
#define GATE_JOURNAL_H_INCLUDED_


#include "gate_str.h"


#define GATE_JOURNAL_UNITS       15           /* 7 in use, 8 spare */
#define GATE_JOURNAL_EPOCHS      64
#define GATE_JOURNAL_MAX         ((1ULL << 53) - 1)    /* Lua's doubles */

#define GATE_JOURNAL_CONSUMER    128          /* bytes, longest names */
#define GATE_JOURNAL_API         64
#define GATE_JOURNAL_VERSION     64
#define GATE_JOURNAL_PLAN        64

#define GATE_JOURNAL_PATH        1024         /* with its NUL */

#define GATE_JOURNAL_MIN_SIZE    (1024 * 1024)
#define GATE_JOURNAL_NO_CELL     0xffffffffu


typedef enum {
    GATE_SERVED = 0,
    GATE_REFUSED_UPSTREAM,
    GATE_ABORTED,
    GATE_INTERRUPTED,
    GATE_BYTES_IN,
    GATE_BYTES_OUT,
    GATE_DURATION_MS,
    GATE_UNITS                                /* number of units in use */
} gate_unit_e;


typedef enum {
    GATE_JOURNAL_OK = 0,
    GATE_JOURNAL_FULL,            /* no cell is left */
    GATE_JOURNAL_NO_SLOT,         /* so many requests are open at once */
    GATE_JOURNAL_SATURATED,       /* done, but a value hit GATE_JOURNAL_MAX */
    GATE_JOURNAL_FOREIGN,         /* not a journal, or of another version */
    GATE_JOURNAL_DAMAGED,         /* header checksum or geometry is wrong */
    GATE_JOURNAL_SIZE,            /* region and header disagree on size */
    GATE_JOURNAL_NO_WRITER,       /* all writer records are in use */
    GATE_JOURNAL_NO_MEMORY,
    GATE_JOURNAL_BAD_KEY,         /* a name is longer than its bound */
    GATE_JOURNAL_ERROR,           /* a system call failed, see errno */
    GATE_JOURNAL_STALE            /* a cell or slot that is not ours (now) */
} gate_journal_rc_e;


typedef struct {
    gate_str_t             consumer;
    gate_str_t             api;
    gate_str_t             version;
    gate_str_t             plan;
} gate_journal_key_t;


typedef struct gate_journal_s         gate_journal_t;          /* a mapping */
typedef struct gate_journal_writer_s  gate_journal_writer_t;   /* a process */


/* who owns a writer record, decided outside: an OFD lock of the file */

typedef struct {
    /* 1: the lock of record "writer" is now ours, 0: another holds it */
    int                  (*try_lock)(void *data, uint32_t writer);
    void                 (*unlock)(void *data, uint32_t writer);
    void                  *data;
} gate_journal_lock_t;


typedef struct {
    uint32_t               slot;              /* index of the open slot */
    uint64_t               seq;               /* unique within the file */
} gate_journal_open_t;


typedef struct {
    uint64_t               opened;            /* slots ever opened */
    uint64_t               open;              /* slots open now */
    uint64_t               lost;              /* slots of damaged cells */
    uint64_t               units[GATE_JOURNAL_UNITS];  /* all cells + retired */
    uint32_t               cells;             /* room */
    uint32_t               cells_used;
    uint32_t               slots;             /* room */
    uint32_t               writers;           /* records in use */
    uint32_t               dirty;             /* cells not yet acknowledged */
    uint64_t               epoch;             /* the current one */
    uint32_t               epochs;            /* in the table */
} gate_journal_stat_t;


/*
 * Region.  An epoch is what totals belong to for the receiver, which keeps the
 * largest value of each: a life of the file in which it never goes back in
 * time.  Its id is drawn by the caller at random.
 */

/* zeroed region of "size" bytes -> formatted; size >= GATE_JOURNAL_MIN_SIZE */
gate_journal_rc_e gate_journal_format(void *base, size_t size,
    uint64_t random);

/* validates a formatted region without writing to it */
gate_journal_rc_e gate_journal_check(const void *base, size_t size);

/* check, then allocate the handle; the region is not written */
gate_journal_rc_e gate_journal_attach(void *base, size_t size,
    gate_journal_t **jp);

/*
 * Seal the epoch and begin another.  What the old one has is still shipped;
 * what is open now ends in the new one.  The caller is the one who ships, or
 * alone: who finds that nobody uses the file cannot know what became of it.
 */
void gate_journal_seal(gate_journal_t *j, uint64_t random);

void gate_journal_detach(gate_journal_t *j);


/* Writers: one per process. */

gate_journal_rc_e gate_journal_writer_open(gate_journal_t *j,
    const gate_journal_lock_t *lock, uint32_t hour,
    gate_journal_writer_t **wp);
void gate_journal_writer_close(gate_journal_writer_t *w);

/*
 * recover dead writers, all of some hundred that there are, else as many and
 * the others next time: replay redo, end their open slots as interrupted in
 * "hour"; gives the number of slots ended.  Cheap when nobody died.
 */
uint32_t gate_journal_recover(gate_journal_t *j,
    const gate_journal_lock_t *lock, uint32_t hour);

/*
 * is there room for one more request of this key?  Finds or allocates the
 * cell (hours since 1970, UTC) and keeps a free slot at hand.  "*cell" is also
 * a hint: what an earlier call gave for the same key, at first
 * GATE_JOURNAL_NO_CELL; any value is safe.  A clock set back below the hours
 * that were retired counts in the lowest hour left.
 */
gate_journal_rc_e gate_journal_reserve(gate_journal_writer_t *w,
    const gate_journal_key_t *key, uint32_t hour, uint32_t *cell);

/* cannot fail right after the reserve that gave the cell */
gate_journal_rc_e gate_journal_open(gate_journal_writer_t *w, uint32_t cell,
    gate_journal_open_t *o);

/*
 * end the slot: add outcome (one of served .. interrupted) and the other
 * units (indexes GATE_BYTES_IN and on; those of outcomes are ignored) to the
 * key's cell of "hour" and free the slot, all or nothing
 */
gate_journal_rc_e gate_journal_close(gate_journal_writer_t *w,
    const gate_journal_open_t *o, gate_unit_e outcome,
    const uint64_t units[GATE_JOURNAL_UNITS], uint32_t hour);


/*
 * Shipper: one process at a time (the caller holds a lock).  A batch is one
 * key with the sum over all writers; ack marks what was sent as acknowledged.
 */

typedef struct gate_journal_ship_s  gate_journal_ship_t;

typedef struct {
    gate_journal_key_t     key;               /* views into the region */
    uint32_t               hour;
    uint64_t               epoch;
    uint64_t               units[GATE_JOURNAL_UNITS];
    uint32_t               token;             /* for ack and nack */
} gate_journal_batch_t;

gate_journal_rc_e gate_journal_ship_open(gate_journal_t *j,
    gate_journal_ship_t **sp);
void gate_journal_ship_close(gate_journal_ship_t *s);

/*
 * look at "max" more of the cells that were there before; 1: all are known,
 * and sending can begin.  The others do all of it if this was not called.
 */
int gate_journal_ship_ready(gate_journal_ship_t *s, uint32_t max);

/* 1: *b is the next changed key, 0: nothing is left to send now */
int gate_journal_ship_next(gate_journal_ship_t *s, gate_journal_batch_t *b);

/* what batch "token" carried has arrived, or has not */
void gate_journal_ship_ack(gate_journal_ship_t *s, uint32_t token);
void gate_journal_ship_nack(gate_journal_ship_t *s, uint32_t token);

/*
 * There is no receiver: the batch is acknowledged by who keeps it.  Such cells
 * are not given up in need, nor is the region clean, until all was sent again.
 */
void gate_journal_ship_keep(gate_journal_ship_t *s, uint32_t token);

/* send everything again (reconnect, marker key missing) */
void gate_journal_ship_all(gate_journal_ship_t *s);

/*
 * the receiver has more of a unit than the batch carried, so the region went
 * back in time.  1: and therefore a new epoch begins now, 0: the batch is of a
 * sealed epoch already.  The work of it does not depend on the region's size.
 */
int gate_journal_ship_ahead(gate_journal_ship_t *s,
    const gate_journal_batch_t *b, uint64_t random);

/*
 * free acknowledged cells of hours < "before" that no open slot refers to,
 * about "max" cells; their sums go to the header's retired sums.  A key's
 * cells of all writers go together or stay together.  From now on nothing is
 * counted in the hours of those that went.  Gives the number of cells freed.
 */
uint32_t gate_journal_ship_retire(gate_journal_ship_t *s, uint32_t before,
    uint32_t max);

/*
 * The same in need, as new totals are worth more than the ability to send old
 * ones again: free about "wanted" acknowledged cells, of whatever hour, those
 * of the oldest hours first.  Where it takes the present "hour", the epoch is
 * sealed and "random" begins.
 */
uint32_t gate_journal_ship_reclaim(gate_journal_ship_t *s, uint32_t hour,
    uint32_t wanted, uint64_t random);

void gate_journal_stat(gate_journal_t *j, gate_journal_stat_t *st);

/* of the same, without looking into cells */
void gate_journal_room(const gate_journal_t *j, uint32_t *used,
    uint32_t *dirty);

/* room for cells */
uint32_t gate_journal_cells(const gate_journal_t *j);

/* by how much the number of used cells has grown since some time, about */
uint64_t gate_journal_growth(const gate_journal_t *j);

/*
 * The file that was used before this one, which is shipped until it is clean:
 * its path, NULL if there is none.  It is set by who opens the files or ships
 * them; an impossible path is the same as none.
 */
const char *gate_journal_before(const gate_journal_t *j);
void gate_journal_set_before(gate_journal_t *j, const char *path);

/* 1: nobody writes any more, and all has arrived */
int gate_journal_clean(const gate_journal_t *j);

/* clean was seen, and is true still: others need not look */
int gate_journal_closed(const gate_journal_t *j);
void gate_journal_set_closed(gate_journal_t *j, int closed);

/* the current epoch's id alone, cheap */
uint64_t gate_journal_epoch_id(const gate_journal_t *j);


#endif /* GATE_JOURNAL_H_INCLUDED_ */
