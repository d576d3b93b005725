
/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * Usage on its way to Redis: names of keys and fields, the script, and the
 * commands of which the shipper sends one at a time.
 *
 *   gate:u:{CONSUMER}:YYYYMMDDHH   API|VERSION|PLAN|UNIT -> total
 *   gate:e:{CONSUMER}:YYYYMMDDHH   EPOCH|API|VERSION|PLAN|UNIT -> of an epoch
 *   gate:m:{EPOCH}                 marker: what was sent is there
 *   gate:n:{EPOCH}                 label: the name of the node
 *
 * Names are percent-encoded, so that none can be taken for two.  Braces: both
 * keys of a consumer are in one slot of a cluster.
 */


#ifndef GATE_WIRE_H_INCLUDED_
#define GATE_WIRE_H_INCLUDED_


#include "gate_journal_ship.h"


#define GATE_WIRE_ARGS           (9 + 2 * GATE_JOURNAL_UNITS)
#define GATE_WIRE_SHA1           40           /* hex digits */

/* text of the longest command: two keys, an end, a time, epoch, cell, all
 * values */

#define GATE_WIRE_TEXT                                                       \
    (2 * (sizeof("gate:u:{}:YYYYMMDDHH") + 3 * GATE_JOURNAL_CONSUMER)        \
     + 2 * 20 + 17                                                           \
     + 3 * (GATE_JOURNAL_API + GATE_JOURNAL_VERSION + GATE_JOURNAL_PLAN)     \
     + 3 + GATE_JOURNAL_UNITS * 20)


/* a command; its arguments point into "text", or to what outlives it */

typedef struct {
    int                    n;
    const char            *argv[GATE_WIRE_ARGS];
    size_t                 len[GATE_WIRE_ARGS];
    unsigned char         *last;
    unsigned char          text[GATE_WIRE_TEXT];
} gate_wire_t;


extern const gate_str_t  gate_wire_script;


/*
 * what "b" adds to a bill, kept for retain_s after its hour, or from now on if
 * that is over; sha1: that of the script in hex, NULL: the script itself goes
 * along
 */
void gate_wire_totals(gate_wire_t *w, const char *sha1,
    const gate_journal_batch_t *b, int64_t retain_s);

/* is the marker there?  As a write it also says whether any is taken */
void gate_wire_ask(gate_wire_t *w, uint64_t epoch, int64_t retain_s);

/* a marker ('m') or label ('n') of an epoch; "value" must outlive it */
void gate_wire_set(gate_wire_t *w, char kind, uint64_t epoch,
    gate_str_t value, int64_t retain_s);


#endif /* GATE_WIRE_H_INCLUDED_ */
