
/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * A world for the tests that stop the journal between two instructions: one
 * region, processes that share it and can vanish at any point, a ledger of
 * what they did and a receiver.  The hooks are defined before this file.
 */

#ifndef JOURNAL_WORLD_H
#define JOURNAL_WORLD_H

#include "../../src/gate/usage/gate_journal.c"
#include "../../src/gate/usage/gate_journal_now.c"
#include "../../src/gate/usage/gate_journal_balance.c"
#include "../../src/gate/usage/gate_journal_check.c"
#include "../../src/gate/usage/gate_journal_damage.c"
#include "../../src/gate/usage/gate_journal_verify.c"
#include "../../src/gate/usage/gate_journal_stat.c"
#include "../../src/gate/usage/gate_journal_cell.c"
#include "../../src/gate/usage/gate_journal_slot.c"
#include "../../src/gate/usage/gate_journal_writer.c"
#include "../../src/gate/usage/gate_journal_ship.c"
#include "../../src/gate/usage/gate_journal_group.c"
#include "../../src/gate/usage/gate_journal_retire.c"

#include "journal_help.h"


#define SIZE    GATE_JOURNAL_MIN_SIZE
#define HOUR    500000


typedef struct {
    gate_journal_t         *j;
    gate_journal_writer_t  *w;
    gate_journal_ship_t    *s;
    uint8_t                 held[GATE_JOURNAL_MAX_WRITERS];
} process_t;


static uint8_t     locked[GATE_JOURNAL_MAX_WRITERS];
static ledger_t    ledger;
TAP_UNUSED static receiver_t  receiver;

/* a mapping's alignment */
static uint64_t    region[SIZE / 8] __attribute__((aligned(4096)));


/* a dead process frees no memory */

const char *__asan_default_options(void);

const char *
__asan_default_options(void)
{
    return "detect_leaks=0";
}


static int
try_lock(void *data, uint32_t n)
{
    process_t  *p = data;

    if (locked[n] && !p->held[n]) {
        return 0;
    }

    locked[n] = 1;
    p->held[n] = 1;

    return 1;
}


static void
unlock(void *data, uint32_t n)
{
    process_t  *p = data;

    locked[n] = 0;
    p->held[n] = 0;
}


static gate_journal_lock_t
lock_of(process_t *p)
{
    gate_journal_lock_t  lock;

    lock.try_lock = try_lock;
    lock.unlock = unlock;
    lock.data = p;

    return lock;
}


static void
process_begin(process_t *p)
{
    memset(p, 0, sizeof(process_t));

    if (gate_journal_attach(region, SIZE, &p->j) != GATE_JOURNAL_OK) {
        fail("the region is a journal");
        exit(1);
    }
}


/* the end of a process, whatever it was doing */

static void
process_end(process_t *p)
{
    int  i;

    for (i = 0; i < GATE_JOURNAL_MAX_WRITERS; i++) {
        if (p->held[i]) {
            locked[i] = 0;
        }
    }

    if (p->w != NULL) {
        gate_journal_writer_free(p->w);
    }

    if (p->s != NULL) {
        gate_journal_ship_close(p->s);
    }

    gate_journal_detach(p->j);
}


static void
begin_request(process_t *p, const char *name, uint32_t hour,
    gate_journal_open_t *o)
{
    uint32_t            cell;
    gate_journal_key_t  key;

    key = a_key(name);
    cell = GATE_JOURNAL_NO_CELL;

    if (gate_journal_reserve(p->w, &key, hour, &cell) != GATE_JOURNAL_OK) {
        fail("there is room");
        exit(1);
    }

    ledger.opened_tried++;

    if (gate_journal_open(p->w, cell, o) != GATE_JOURNAL_OK) {
        fail("an open after a reserve never fails");
        exit(1);
    }

    ledger.opened_done++;
}


static void
end_request(process_t *p, gate_journal_open_t *o, gate_unit_e outcome,
    uint32_t hour)
{
    ledger.tried[outcome]++;

    if (gate_journal_close(p->w, o, outcome, request_units, hour)
        != GATE_JOURNAL_OK)
    {
        fail("a close never fails");
        exit(1);
    }

    ledger.done[outcome]++;
}


static void
open_writer(process_t *p, uint32_t hour)
{
    gate_journal_lock_t  lock;

    lock = lock_of(p);

    if (gate_journal_writer_open(p->j, &lock, hour, &p->w)
        != GATE_JOURNAL_OK)
    {
        fail("a writer opens");
        exit(1);
    }
}


TAP_UNUSED
static const char *
structure(const gate_journal_t *j, const gate_journal_stat_t *st)
{
    uint32_t  i;

    if (st->open || st->dirty || st->writers || st->lost) {
        return "something is left over";
    }

    for (i = 0; i < j->ncells; i++) {
        if ((j->owners[i] == 0) != (j->hashes[i] == 0)
            || (j->hashes[i] & 3) % 3 != 0)
        {
            return "a cell is neither free nor in use";
        }
    }

    for (i = 0; i < j->nchunks; i++) {
        if (j->chunks[i] != 0) {
            return "a chunk of slots is not free";
        }
    }

    return NULL;
}


#endif
