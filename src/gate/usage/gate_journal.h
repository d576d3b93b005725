
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
#include "gate_units.h"


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
    GATE_JOURNAL_OK = 0,
    GATE_JOURNAL_FULL,            /* no cell is left */
    GATE_JOURNAL_NO_SLOT,         /* so many requests are open at once */
    GATE_JOURNAL_SATURATED,       /* done, but a value hit GATE_JOURNAL_MAX */
    GATE_JOURNAL_FOREIGN,         /* not a journal */
    GATE_JOURNAL_OLDER,           /* of a version that is not read any more */
    GATE_JOURNAL_NEWER,           /* of one that is not known yet */
    GATE_JOURNAL_DAMAGED,         /* header checksum or geometry is wrong */
    GATE_JOURNAL_SIZE,            /* region and header disagree on size */
    GATE_JOURNAL_NO_WRITER,       /* all writer records are in use */
    GATE_JOURNAL_NO_MEMORY,
    GATE_JOURNAL_BAD_KEY,         /* a name is longer than its bound */
    GATE_JOURNAL_ERROR,           /* a system call failed, see errno */
    GATE_JOURNAL_STALE,           /* a cell or slot that is not ours (now) */
    GATE_JOURNAL_LOST             /* the slot's cell is damaged, none is free */
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

/* the version of its format, 0: it is none */
uint32_t gate_journal_version(const void *base, size_t size);

/* check, then allocate the handle; the region is not written */
gate_journal_rc_e gate_journal_attach(void *base, size_t size,
    gate_journal_t **jp);

/*
 * Seal the epoch and begin another.  What the old one has is still shipped;
 * what is open now ends in the new one.  The caller is the one who ships, or
 * alone: who finds that nobody uses the file cannot know what became of it.
 */
void gate_journal_seal(gate_journal_t *j, uint64_t random);

/* the same of who is alone; nothing of the new one was retired yet */
void gate_journal_begin(gate_journal_t *j, uint64_t random);

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
