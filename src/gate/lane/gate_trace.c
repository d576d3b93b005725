
/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * W3C Trace Context and UUIDs as text, both ways.
 */


#include "gate_list.h"
#include "gate_hex.h"
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
static int gate_trace_read(const unsigned char *p, unsigned char *dst,
    size_t n);
static int gate_trace_is_zero(const unsigned char *p, size_t n);


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

    if (!gate_trace_read(in.data, &version, 1)
        || !gate_trace_read(in.data + GATE_TRACE_TRACE_AT, found.trace,
                            sizeof(found.trace))
        || !gate_trace_read(in.data + GATE_TRACE_SPAN_AT, found.span,
                            sizeof(found.span))
        || !gate_trace_read(in.data + GATE_TRACE_FLAGS_AT, &found.flags, 1))
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
    p = gate_hex_write(t->trace, sizeof(t->trace), p);
    *p++ = '-';
    p = gate_hex_write(t->span, sizeof(t->span), p);
    *p++ = '-';
    (void) gate_hex_write(&t->flags, 1, p);
}


/* 8-4-4-4-12 without the signs between them; none of them is zero */

void
gate_trace_begin(const unsigned char uuid[GATE_UUID_LEN],
    const unsigned char span[8], int sampled,
    unsigned char dst[GATE_TRACEPARENT_LEN])
{
    unsigned char  *p;

    memcpy(dst, "00-", 3);

    p = dst + GATE_TRACE_TRACE_AT;

    memcpy(p, uuid, 8);
    memcpy(p + 8, uuid + 9, 4);
    memcpy(p + 12, uuid + 14, 4);
    memcpy(p + 16, uuid + 19, 4);
    memcpy(p + 20, uuid + 24, 12);

    p[32] = '-';
    p = gate_hex_write(span, 8, dst + GATE_TRACE_SPAN_AT);

    *p++ = '-';
    *p++ = '0';
    *p++ = (unsigned char) ('0' + (sampled != 0));
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
    unsigned char  id[16], hex[32];

    memcpy(id, random, 16);

    id[6] = (unsigned char) ((id[6] & 0x0f) | 0x40);
    id[8] = (unsigned char) ((id[8] & 0x3f) | 0x80);

    (void) gate_hex_write(id, 16, hex);

    /* 8-4-4-4-12 */

    memcpy(dst, hex, 8);
    dst[8] = '-';
    memcpy(dst + 9, hex + 8, 4);
    dst[13] = '-';
    memcpy(dst + 14, hex + 12, 4);
    dst[18] = '-';
    memcpy(dst + 19, hex + 16, 4);
    dst[23] = '-';
    memcpy(dst + 24, hex + 20, 12);
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
        || (!gate_trace_is_lower(s.data[0])
            && !(s.data[0] >= '0' && s.data[0] <= '9')))
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


/* HEXDIGLC of the W3C text: upper case is malformed */

static int
gate_trace_read(const unsigned char *p, unsigned char *dst, size_t n)
{
    size_t  i;

    for (i = 0; i < 2 * n; i++) {
        if (p[i] >= 'A' && p[i] <= 'F') {
            return 0;
        }
    }

    return gate_hex_read(p, dst, n);
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
