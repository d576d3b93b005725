
/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * W3C Trace Context and UUIDs as text, both ways.
 */


#include "gate_trace.h"


#define GATE_TRACE_SAMPLED  0x01
#define GATE_TRACE_RANDOM   0x02              /* level 2 of the W3C text */

/* version "-" trace "-" span "-" flags */

#define GATE_TRACE_TRACE_AT  3
#define GATE_TRACE_SPAN_AT   36
#define GATE_TRACE_FLAGS_AT  53


static int gate_trace_unhex(const unsigned char *p, unsigned char *dst,
    size_t n);
static int gate_trace_digit(unsigned char c);
static int gate_trace_is_zero(const unsigned char *p, size_t n);
static unsigned char *gate_trace_hex(const unsigned char *p, size_t n,
    unsigned char *dst);


int
gate_trace_parse(gate_str_t in, gate_trace_t *t)
{
    gate_trace_t   found;
    unsigned char  version;

    if (in.len < GATE_TRACEPARENT_LEN) {
        return 0;
    }

    if (in.data[GATE_TRACE_TRACE_AT - 1] != '-'
        || in.data[GATE_TRACE_SPAN_AT - 1] != '-'
        || in.data[GATE_TRACE_FLAGS_AT - 1] != '-')
    {
        return 0;
    }

    if (!gate_trace_unhex(in.data, &version, 1)
        || !gate_trace_unhex(in.data + GATE_TRACE_TRACE_AT, found.trace,
                             sizeof(found.trace))
        || !gate_trace_unhex(in.data + GATE_TRACE_SPAN_AT, found.span,
                             sizeof(found.span))
        || !gate_trace_unhex(in.data + GATE_TRACE_FLAGS_AT, &found.flags, 1))
    {
        return 0;
    }

    if (version == 0xff
        || gate_trace_is_zero(found.trace, sizeof(found.trace))
        || gate_trace_is_zero(found.span, sizeof(found.span)))
    {
        return 0;
    }

    if (in.len > GATE_TRACEPARENT_LEN
        && (version == 0 || in.data[GATE_TRACEPARENT_LEN] != '-'))
    {
        return 0;
    }

    /* it goes on as version 00, in which the other bits must be zero */

    found.flags &= (version == 0) ? GATE_TRACE_SAMPLED | GATE_TRACE_RANDOM
                                  : GATE_TRACE_SAMPLED;
    *t = found;

    return 1;
}


void
gate_trace_format(const gate_trace_t *t,
    unsigned char dst[GATE_TRACEPARENT_LEN])
{
    unsigned char  *p;

    p = dst;

    *p++ = '0';
    *p++ = '0';
    *p++ = '-';
    p = gate_trace_hex(t->trace, sizeof(t->trace), p);
    *p++ = '-';
    p = gate_trace_hex(t->span, sizeof(t->span), p);
    *p++ = '-';
    (void) gate_trace_hex(&t->flags, 1, p);
}


void
gate_uuid_format(const unsigned char random[16],
    unsigned char dst[GATE_UUID_LEN])
{
    unsigned char  id[16], *p;

    memcpy(id, random, 16);

    id[6] = (unsigned char) ((id[6] & 0x0f) | 0x40);
    id[8] = (unsigned char) ((id[8] & 0x3f) | 0x80);

    p = gate_trace_hex(id, 4, dst);
    *p++ = '-';
    p = gate_trace_hex(id + 4, 2, p);
    *p++ = '-';
    p = gate_trace_hex(id + 6, 2, p);
    *p++ = '-';
    p = gate_trace_hex(id + 8, 2, p);
    *p++ = '-';
    (void) gate_trace_hex(id + 10, 6, p);
}


static int
gate_trace_unhex(const unsigned char *p, unsigned char *dst, size_t n)
{
    int     hi, lo;
    size_t  i;

    for (i = 0; i < n; i++) {
        hi = gate_trace_digit(p[2 * i]);
        lo = gate_trace_digit(p[2 * i + 1]);

        if (hi < 0 || lo < 0) {
            return 0;
        }

        dst[i] = (unsigned char) (hi << 4 | lo);
    }

    return 1;
}


/* HEXDIGLC of the W3C text: upper case is malformed */

static int
gate_trace_digit(unsigned char c)
{
    if (c >= '0' && c <= '9') {
        return c - '0';
    }

    if (c >= 'a' && c <= 'f') {
        return c - 'a' + 10;
    }

    return -1;
}


static int
gate_trace_is_zero(const unsigned char *p, size_t n)
{
    size_t  i;

    for (i = 0; i < n; i++) {
        if (p[i] != 0) {
            return 0;
        }
    }

    return 1;
}


static unsigned char *
gate_trace_hex(const unsigned char *p, size_t n, unsigned char *dst)
{
    size_t                       i;
    static const unsigned char   hex[] = "0123456789abcdef";

    for (i = 0; i < n; i++) {
        *dst++ = hex[p[i] >> 4];
        *dst++ = hex[p[i] & 0x0f];
    }

    return dst;
}
