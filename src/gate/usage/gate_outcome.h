
/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * What a request is billed as: who made the answer that went out, and how the
 * request ended.  Two tables of truth over plain facts.
 */


#ifndef GATE_OUTCOME_H_INCLUDED_
#define GATE_OUTCOME_H_INCLUDED_


#include "gate_journal.h"


typedef enum {
    GATE_FROM_NOBODY = 0,         /* no header has gone out */
    GATE_FROM_GATEWAY,            /* a refusal, or an error of nginx's own */
    GATE_FROM_SIDECAR,
    GATE_FROM_NGINX,              /* what nginx serves itself: a file */
    GATE_FROM_SERVICE
} gate_from_e;


/* at the moment when the header goes out */

typedef struct {
    unsigned               status;        /* of the upstream's answer; 0: its
                                             header did not come as a whole */
    unsigned               error;         /* status that nginx raised, or 0 */
    unsigned               upstream:1;    /* it was to go to one */
    unsigned               going:1;       /* that answer is what goes out */
    unsigned               redirected:1;  /* by it, to something here */
    unsigned               remembered:1;  /* the error comes from a cache */
    unsigned               sidecar:1;     /* the answer is the sidecar's */
    unsigned               refused:1;     /* by a policy */
    unsigned               filtered:1;    /* a filter put an error in place */
    unsigned               cycle:1;       /* too many redirects within nginx */
} gate_outcome_head_t;


/* at the end of the request */

typedef struct {
    gate_from_e            from;
    unsigned               gone:1;        /* the client */
    unsigned               whole:1;       /* the answer went out to its end */
} gate_outcome_end_t;


gate_from_e gate_outcome_from(const gate_outcome_head_t *h);

gate_unit_e gate_outcome(const gate_outcome_end_t *e);


#endif /* GATE_OUTCOME_H_INCLUDED_ */
