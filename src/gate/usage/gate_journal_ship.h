
/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * The journal's shipper: what changed is taken to a receiver key by key, what
 * has arrived is marked, and what is no longer needed gives its cells back.
 */


#ifndef GATE_JOURNAL_SHIP_H_INCLUDED_
#define GATE_JOURNAL_SHIP_H_INCLUDED_


#include "gate_journal.h"


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


#endif /* GATE_JOURNAL_SHIP_H_INCLUDED_ */
