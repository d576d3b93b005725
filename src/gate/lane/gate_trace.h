
/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * W3C Trace Context (traceparent) and request ids (RFC 9562 5.4, UUIDv4).
 */


#ifndef GATE_TRACE_H_INCLUDED_
#define GATE_TRACE_H_INCLUDED_


#include "gate_str.h"


#define GATE_TRACEPARENT_LEN  55
#define GATE_UUID_LEN         36
#define GATE_TRACESTATE_MAX   32              /* members */


typedef struct {
    unsigned char          trace[16];
    unsigned char          span[8];
    unsigned char          flags;
} gate_trace_t;


/*
 * 1: a well-formed parent; unknown versions > 00 as the W3C text says.  Flags
 * that version 00 does not define come out as 0; on 0 *t is left alone
 */
int gate_trace_parse(gate_str_t in, gate_trace_t *t);
void gate_trace_format(const gate_trace_t *t,
    unsigned char dst[GATE_TRACEPARENT_LEN]);

/*
 * a parent of a trace that begins: its id is that of a request, as text, whose
 * random bytes it has, so that who knows one of the two finds the other
 */
void gate_trace_begin(const unsigned char uuid[GATE_UUID_LEN],
    const unsigned char span[8], int sampled,
    unsigned char dst[GATE_TRACEPARENT_LEN]);

/*
 * the members of a tracestate field (3.3.1 of the W3C text); -1: malformed, so
 * that all of them are dropped.  Empty members count as none
 */
int gate_tracestate_members(gate_str_t field);

/* 16 random bytes -> version 4, variant 10, lower-case text */
void gate_uuid_format(const unsigned char random[16],
    unsigned char dst[GATE_UUID_LEN]);


#endif /* GATE_TRACE_H_INCLUDED_ */
