
/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * The feed: what Redis tells of changes.
 *
 *   gate:changes   "VERSION KIND NAME", published with each change by who also
 *                  counts gate:v up to VERSION in the same script
 *
 *   "gate:KIND:{NAME}"  the key that was written, as Redis itself tells whoever
 *                  tracks it
 *
 * Names are percent-encoded.  A message that did not come is noticed by the
 * next one, whose version is not the following one, or by what gate:v is.
 */


#ifndef GATE_FEED_H_INCLUDED_
#define GATE_FEED_H_INCLUDED_


#include "gate_record.h"


/* bytes of a name as it is written: of the longest one, all of it encoded */

#define GATE_FEED_NAME    (3 * GATE_RECORD_LONGEST)


typedef struct {
    gate_kind_e            kind;
    gate_str_t             name;              /* as it is, in "buf" */
    unsigned char          buf[GATE_FEED_NAME];
} gate_feed_change_t;


/* all zero: nothing was heard */

typedef struct {
    uint64_t               heard;             /* the last version */
    uint64_t               low;               /* the same when it was asked */
    uint64_t               due;               /* what gate:v was */
    unsigned               knows:1;           /* what was heard counts */
    unsigned               knew:1;            /* the same, of "low" */
} gate_feed_t;


typedef enum {
    GATE_FEED_OK = 0,
    GATE_FEED_LOST,                           /* something was not heard */
    GATE_FEED_BACK                            /* Redis has an older state */
} gate_feed_rc_e;


/*
 * 0: it is none; the change is that of one name otherwise.  Whoever is told of
 * something that is none does not know what has changed: it may be anything.
 */
int gate_feed_message(gate_str_t text, uint64_t *version,
    gate_feed_change_t *change);
int gate_feed_key(gate_str_t key, gate_feed_change_t *change);

/* a message of that version has come */
gate_feed_rc_e gate_feed_heard(gate_feed_t *f, uint64_t version);

/*
 * gate:v is asked for, is this (0: missing), and all that was published until
 * then has come: what was not heard by now is lost
 */
void gate_feed_asked(gate_feed_t *f);
gate_feed_rc_e gate_feed_told(gate_feed_t *f, uint64_t version);
gate_feed_rc_e gate_feed_complete(gate_feed_t *f);

/* 0: it is none.  A number as gate:v has it */
int gate_feed_version(gate_str_t text, uint64_t *version);


#endif /* GATE_FEED_H_INCLUDED_ */
