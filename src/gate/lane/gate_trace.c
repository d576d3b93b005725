
/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * W3C Trace Context and UUIDs as text, both ways.
 */


#include "gate_list.h"
#include "gate_trace.h"


#define GATE_TRACE_SAMPLED  0x01
#define GATE_TRACE_RANDOM   0x02              /* level 2 of the W3C text */

/* bytes of a tracestate's parts */

#define GATE_TRACE_KEY     256
#define GATE_TRACE_TENANT  241
#define GATE_TRACE_SYSTEM  14
#define GATE_TRACE_VALUE   256

/* version "-" trace "-" span "-" flags */

#define GATE_TRACE_TRACE_AT  3
#define GATE_TRACE_SPAN_AT   36
#define GATE_TRACE_FLAGS_AT  53


static int gate_tracestate_is_member(gate_str_t s);
static int gate_tracestate_is_key(gate_str_t s);
static int gate_tracestate_is_value(gate_str_t s);
static int gate_trace_is_lower(unsigned char c);
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


int
gate_tracestate_members(gate_str_t field)
{
    int         n;
    size_t      pos;
    gate_str_t  member;

    n = 0;
    pos = 0;

    while (gate_list_next(field, &pos, &member)) {

        if (member.len == 0) {
            continue;
        }

        if (!gate_tracestate_is_member(member)) {
            return -1;
        }

        n++;
    }

    return n;
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
gate_tracestate_is_member(gate_str_t s)
{
    size_t  i;

    for (i = 0; i < s.len; i++) {
        if (s.data[i] == '=') {
            return gate_tracestate_is_key(gate_str(s.data, i))
                   && gate_tracestate_is_value(gate_str(s.data + i + 1,
                                                        s.len - i - 1));
        }
    }

    return 0;
}


/* simple-key, or tenant-id "@" system-id */

static int
gate_tracestate_is_key(gate_str_t s)
{
    size_t         i, at;
    unsigned char  c;

    at = 0;

    if (s.len == 0 || s.len > GATE_TRACE_KEY
        || (!gate_trace_is_lower(s.data[0]) && gate_trace_digit(s.data[0]) < 0))
    {
        return 0;
    }

    for (i = 0; i < s.len; i++) {
        c = s.data[i];

        if (c == '@') {
            if (at != 0 || i > GATE_TRACE_TENANT) {
                return 0;
            }

            at = i;
            continue;
        }

        if (!gate_trace_is_lower(c) && !(c >= '0' && c <= '9')
            && c != '_' && c != '-' && c != '*' && c != '/')
        {
            return 0;
        }
    }

    return at == 0
           || (s.len - at - 1 > 0 && s.len - at - 1 <= GATE_TRACE_SYSTEM
               && gate_trace_is_lower(s.data[at + 1]));
}


/* printable, without "," and "="; spaces around it are not part of it */

static int
gate_tracestate_is_value(gate_str_t s)
{
    size_t  i;

    for (i = 0; i < s.len; i++) {
        if (s.data[i] < 0x20 || s.data[i] > 0x7e || s.data[i] == '=') {
            return 0;
        }
    }

    return s.len > 0 && s.len <= GATE_TRACE_VALUE;
}


static int
gate_trace_is_lower(unsigned char c)
{
    return c >= 'a' && c <= 'z';
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
    size_t  i;

    static const char  hex[] =
        "000102030405060708090a0b0c0d0e0f"
        "101112131415161718191a1b1c1d1e1f"
        "202122232425262728292a2b2c2d2e2f"
        "303132333435363738393a3b3c3d3e3f"
        "404142434445464748494a4b4c4d4e4f"
        "505152535455565758595a5b5c5d5e5f"
        "606162636465666768696a6b6c6d6e6f"
        "707172737475767778797a7b7c7d7e7f"
        "808182838485868788898a8b8c8d8e8f"
        "909192939495969798999a9b9c9d9e9f"
        "a0a1a2a3a4a5a6a7a8a9aaabacadaeaf"
        "b0b1b2b3b4b5b6b7b8b9babbbcbdbebf"
        "c0c1c2c3c4c5c6c7c8c9cacbcccdcecf"
        "d0d1d2d3d4d5d6d7d8d9dadbdcdddedf"
        "e0e1e2e3e4e5e6e7e8e9eaebecedeeef"
        "f0f1f2f3f4f5f6f7f8f9fafbfcfdfeff";

    for (i = 0; i < n; i++, dst += 2) {
        memcpy(dst, &hex[2 * p[i]], 2);
    }

    return dst;
}
