
/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * Which field names belong to the gateway: nobody outside may send them on.
 */


#ifndef GATE_NAMES_H_INCLUDED_
#define GATE_NAMES_H_INCLUDED_


#include "gate_str.h"


typedef enum {
    GATE_NAME_FREE = 0,
    GATE_NAME_RESERVED,
    GATE_NAME_TRACE_W3C,          /* traceparent, tracestate */
    GATE_NAME_TRACE_B3            /* b3, x-b3-* */
} gate_name_e;


/*
 * "name" of any case; every byte that is not a letter or digit counts as "-"
 * (what CGI-like folding downstream would make of it).  Reserved:
 * x-consumer-*, x-credential-*, x-anonymous-consumer, x-authenticated-*,
 * x-gate-*, x-lane*, x-envoy-*, x-istio-*, x-forwarded-*, x-real-ip, forwarded,
 * x-client-trace-id, x-request-id, x-ot-span-context, plus those of "more",
 * which are looked at first.  "x-gate-*" takes "x-gate" itself along, and so
 * on: services read the bare names too.
 * No allocation; returns at the first byte for most names.
 */
gate_name_e gate_name_class(gate_str_t name, const gate_str_t *more,
    size_t nmore);

/* does any of the table begin with it?  Most names do not, at a glance */

static inline int
gate_name_may_be(unsigned char first)
{
    first |= 0x20;

    return first == 'x' || first == 'f' || first == 't' || first == 'b';
}


/* equal after folding case and every non-alphanumeric to "-" */
int gate_name_eq(gate_str_t a, gate_str_t b);


#endif /* GATE_NAMES_H_INCLUDED_ */
