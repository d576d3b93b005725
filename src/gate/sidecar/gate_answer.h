
/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * Is an answer the service's, or the sidecar's in its place?  And what the
 * sidecar's marker says.
 */


#ifndef GATE_ANSWER_H_INCLUDED_
#define GATE_ANSWER_H_INCLUDED_


#include "gate_str.h"


typedef struct {
    unsigned               status;
    unsigned               marked:1;      /* it has the sidecar's marker */
    unsigned               timed:1;       /* it has a service time */
    unsigned               upgrade:1;     /* of a request for an upgrade */
    unsigned               named:1;       /* "server" is one of the sidecar's */
    unsigned               terse:1;       /* no body, or text/plain */
    unsigned               failed:1;      /* an error of gRPC, in its head */
} gate_answer_t;


/* "DETAILS FLAGS", as the marker is configured: views into it */

typedef struct {
    gate_str_t             details;       /* "no_healthy_upstream" */
    gate_str_t             flags;         /* "UH", "UF,URX", "-" */
    const char            *flag;          /* one of a closed set of labels */
    const char            *words;         /* the same for people, or NULL */
    int                    late;          /* the service took too long */
} gate_answer_marker_t;


int gate_answer_is_sidecars(const gate_answer_t *a);

void gate_answer_marker(gate_str_t value, gate_answer_marker_t *m);


#endif /* GATE_ANSWER_H_INCLUDED_ */
