
/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * The shipper's handle, which _ship.c, _group.c and _retire.c share: cells in
 * groups of one key, and what is in flight.
 */


#ifndef GATE_JOURNAL_GROUP_H_INCLUDED_
#define GATE_JOURNAL_GROUP_H_INCLUDED_


#include "gate_journal_region.h"


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


/* put a published cell into its group; 0: there is none, or it is damaged */
int gate_journal_group_discover(gate_journal_ship_t *s, uint32_t c);
void gate_journal_group_discover_all(gate_journal_ship_t *s);

/* the group without "c", which is of it; gives its head */
uint32_t gate_journal_group_exclude(gate_journal_ship_t *s, uint32_t head,
    uint32_t c);

/* the group's cells were retired */
void gate_journal_group_forget(gate_journal_ship_t *s, uint32_t head);

/* gate_journal_retire.c */

uint32_t gate_journal_retire_resume(gate_journal_ship_t *s);


#endif /* GATE_JOURNAL_GROUP_H_INCLUDED_ */
