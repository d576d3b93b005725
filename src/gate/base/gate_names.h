
/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * Which field names belong to the gateway: nobody outside may send them on.
 */


#ifndef GATE_NAMES_H_INCLUDED_
#define GATE_NAMES_H_INCLUDED_


#include <stdint.h>

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

/*
 * The bytes with which some names begin, in each spelling that is equal after
 * folding: most names of a request are told from them at a glance.
 */

typedef struct {
    uint64_t               bits[4];
} gate_name_first_t;


void gate_name_first_add(gate_name_first_t *first, gate_str_t name);
/* those of the table */
void gate_name_first_reserved(gate_name_first_t *first);


/* that byte alone */

static inline void
gate_name_first_bit(gate_name_first_t *first, unsigned char c)
{
    first->bits[c >> 6] |= (uint64_t) 1 << (c & 63);
}


static inline int
gate_name_first_has(const gate_name_first_t *first, unsigned char c)
{
    return (first->bits[c >> 6] >> (c & 63)) & 1;
}


/* equal after folding case and every non-alphanumeric to "-" */
int gate_name_eq(gate_str_t a, gate_str_t b);


#endif /* GATE_NAMES_H_INCLUDED_ */
