
/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * What the files of the journal share: the handles of the region and of a
 * writer.  Nothing outside gate_journal*.c includes this.
 */


#ifndef GATE_JOURNAL_REGION_H_INCLUDED_
#define GATE_JOURNAL_REGION_H_INCLUDED_


#include "gate_journal_access.h"
#include "gate_journal_check.h"
#include "gate_journal_damage.h"
#include "gate_journal_now.h"
#include "gate_journal_ship.h"
#include "gate_journal_stat.h"


#define GATE_JOURNAL_ATTEMPTS    256          /* locks tried at once */
#define GATE_JOURNAL_FOUND       64           /* damages that are named */


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

    uint64_t                now;              /* as last seen, 0: not yet */
    gate_journal_writer_t  *scratch;          /* to recover others with */
    uint32_t                recover_at;       /* where to go on looking */
    uint8_t                 mine[GATE_JOURNAL_MAX_WRITERS];

    gate_journal_damage_t   found[GATE_JOURNAL_FOUND];
    uint32_t                nfound;           /* may be more */
    uint32_t                named;
};


struct gate_journal_writer_s {
    gate_journal_t         *journal;
    gate_journal_record_t  *record;
    uint32_t                id;               /* number of the record + 1 */
    uint32_t               *spare;            /* slots that are free */
    uint32_t                nspare;
    uint32_t                nslots;           /* of our chunks */
    uint32_t                room;             /* for entries of "spare" */
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


static inline void
gate_journal_set_dirty(gate_journal_t *j, uint32_t c)
{
    __atomic_store_n(&j->dirty[c], GATE_JOURNAL_CHANGED, __ATOMIC_RELEASE);
    GATE_JOURNAL_CRASHPOINT();
}


static inline int
gate_journal_is_dirty(const gate_journal_t *j, uint32_t c)
{
    int  dirty;

    dirty = __atomic_load_n(&j->dirty[c], __ATOMIC_ACQUIRE);
    GATE_JOURNAL_LOOKPOINT(dirty);

    return dirty == GATE_JOURNAL_CHANGED;
}


static inline int
gate_journal_is_aside(const gate_journal_t *j, uint32_t c)
{
    return __atomic_load_n(&j->dirty[c], __ATOMIC_ACQUIRE)
           == GATE_JOURNAL_SET_ASIDE;
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


static inline uint64_t
gate_journal_epoch(const gate_journal_t *j, uint64_t now)
{
    return gate_journal_get64(&j->header->epochs[gate_journal_now_index(now)
                                                 % GATE_JOURNAL_EPOCHS]);
}


/* gate_journal.c: "id", or one that none of the ring is */

void gate_journal_epoch_put(gate_journal_t *j, uint32_t index, uint64_t id);


/* gate_journal_damage.c: it is counted, and named by next_damage() */

void gate_journal_report(gate_journal_t *j, gate_journal_part_e part,
    uint32_t index);

/* named alone */
void gate_journal_found(gate_journal_t *j, gate_journal_part_e part,
    uint32_t index);

/* the cell counts no more, and is not sent */
void gate_journal_set_aside(gate_journal_t *j, uint32_t c);

/* gate_journal.c: clean totals were sent to nobody */
int gate_journal_is_kept(const gate_journal_t *j);

/* gate_journal_balance.c */

int64_t gate_journal_settle(gate_journal_t *j);

/* gate_journal_verify.c: of a published cell */

typedef enum {
    GATE_JOURNAL_CELL_GOOD = 0,
    GATE_JOURNAL_CELL_BUSY,                   /* its writer is at it */
    GATE_JOURNAL_CELL_BAD
} gate_journal_cell_e;

gate_journal_cell_e gate_journal_cell_values(const gate_journal_t *j,
    uint32_t c);

/* gate_journal_cell.c */

int gate_journal_key_fits(const gate_journal_key_t *key);
int gate_journal_cell_is(const gate_journal_cell_t *cell, uint64_t epoch,
    uint32_t hour, const gate_journal_key_t *key);
int gate_journal_cell_sane(const gate_journal_cell_t *cell, uint64_t hash);
void gate_journal_cell_key(const gate_journal_cell_t *cell,
    gate_journal_key_t *key);
uint64_t gate_journal_cell_sum(const gate_journal_cell_t *cell);

void gate_journal_refresh(gate_journal_writer_t *w);
uint32_t gate_journal_cell_get(gate_journal_writer_t *w,
    const gate_journal_key_t *key, uint32_t hour);

/* gate_journal_writer.c */

gate_journal_writer_t *gate_journal_writer_alloc(gate_journal_t *j);
void gate_journal_writer_free(gate_journal_writer_t *w);

/* gate_journal_slot.c */

uint32_t gate_journal_slot_cell(const gate_journal_t *j,
    const gate_journal_slot_t *slot);
void gate_journal_lose(gate_journal_record_t *record,
    gate_journal_slot_t *slot);
gate_journal_rc_e gate_journal_end(gate_journal_writer_t *w, uint32_t slot,
    gate_unit_e outcome, const uint64_t *units, uint32_t hour);

/* gate_journal_retire.c */

const gate_journal_redo_t *gate_journal_retire_pending_redo(
    const gate_journal_t *j);
void gate_journal_retire_replay(gate_journal_t *j);


#endif /* GATE_JOURNAL_REGION_H_INCLUDED_ */
