
/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * In which form and language a refusal is told.
 */


#include "gate_accept.h"
#include "gate_list.h"


/* bytes of a language tag that is looked at (RFC 5646 4.4.1) */
#define GATE_ACCEPT_TAG  35


static unsigned gate_accept_weight(gate_str_t *element);
static void gate_accept_note(unsigned *kept, unsigned weight);
static size_t gate_accept_lookup(gate_str_t range, const gate_str_t *tags,
    size_t n);


void
gate_accept_add(gate_accept_t *a, gate_str_t value)
{
    size_t      i, pos;
    unsigned    weight;
    gate_str_t  e;

    const struct {
        gate_str_t             name;
        unsigned              *weight;
    } row[] = {
        { gate_string("application/problem+json"), &a->json },
        { gate_string("application/json"), &a->json },
        { gate_string("application/*"), &a->application },
        { gate_string("*/*"), &a->any },
        { gate_string("text/plain"), &a->plain },
        { gate_string("text/*"), &a->text },
        { gate_string("text/html"), &a->html }
    };

    pos = 0;

    while (a->ranges < GATE_ACCEPT_RANGES && gate_list_next(value, &pos, &e)) {

        a->ranges++;
        weight = gate_accept_weight(&e);

        for (i = 0; weight != 0 && i < sizeof(row) / sizeof(row[0]); i++) {
            if (gate_str_eq_nocase(e, row[i].name)) {
                gate_accept_note(row[i].weight, weight);
                break;
            }
        }
    }
}


/* what is named counts before what a wildcard says of it */

gate_accept_e
gate_accept_form(const gate_accept_t *a)
{
    unsigned  json, text;

    json = a->json ? a->json : a->application ? a->application : a->any;
    text = a->plain ? a->plain : a->text;

    /* a weight of zero is 1 here, as is that of what is not asked for */

    json = json ? json : 1;

    if (a->html > json && a->html >= text) {
        return GATE_ACCEPT_HTML;
    }

    return (text > json) ? GATE_ACCEPT_TEXT : GATE_ACCEPT_PROBLEM;
}


void
gate_accept_language_add(gate_accept_language_t *l, gate_str_t value,
    const gate_str_t *tags, size_t n)
{
    size_t      i, pos;
    unsigned    weight;
    gate_str_t  e;

    pos = 0;

    while (l->ranges < GATE_ACCEPT_RANGES && gate_list_next(value, &pos, &e)) {

        l->ranges++;
        weight = gate_accept_weight(&e);

        if (weight <= 1 || weight <= l->weight) {
            continue;
        }

        i = gate_accept_lookup(e, tags, n);

        if (i < n) {
            l->found = i;
            l->weight = weight;
        }
    }
}


int
gate_accept_is_tag(gate_str_t tag)
{
    size_t         i, len;
    unsigned char  c;

    if (tag.len > GATE_ACCEPT_TAG) {
        return 0;
    }

    for (i = 0, len = 0; i < tag.len; i++) {
        c = gate_lower(tag.data[i]);

        if (c == '-' && len > 0) {
            len = 0;
            continue;
        }

        if (!(c >= 'a' && c <= 'z')
            && !(c >= '0' && c <= '9' && len < i))
        {
            return 0;
        }

        if (++len > 8) {
            return 0;
        }
    }

    return len > 0;
}


/* of "TOKEN; q=0.5; ...", which becomes "TOKEN"; 0: it is not well formed */

static unsigned
gate_accept_weight(gate_str_t *element)
{
    size_t      pos;
    gate_str_t  e, part;

    e = *element;
    pos = 0;
    *element = gate_accept_part(e, &pos);

    while (pos < e.len) {
        part = gate_accept_part(e, &pos);

        if (part.len >= 2 && gate_lower(part.data[0]) == 'q'
            && part.data[1] == '=')
        {
            return gate_accept_q(gate_str(part.data + 2, part.len - 2));
        }
    }

    return 1001;
}


/* 0 to 1 with three digits at most (RFC 9110 12.4.2) */

unsigned
gate_accept_q(gate_str_t value)
{
    size_t    i;
    unsigned  q, unit;

    if (value.len == 0 || value.len > 5
        || (value.data[0] != '0' && value.data[0] != '1')
        || (value.len > 1 && value.data[1] != '.'))
    {
        return 0;
    }

    q = (value.data[0] == '1') ? 1000 : 0;

    for (i = 2, unit = 100; i < value.len; i++, unit /= 10) {

        if (value.data[i] < '0' || value.data[i] > '9') {
            return 0;
        }

        q += unit * (unsigned) (value.data[i] - '0');
    }

    return (q <= 1000) ? q + 1 : 0;
}


gate_str_t
gate_accept_part(gate_str_t s, size_t *pos)
{
    size_t                from, to;
    const unsigned char  *p;

    from = *pos;
    p = (from < s.len) ? memchr(s.data + from, ';', s.len - from) : NULL;
    to = p ? (size_t) (p - s.data) : s.len;
    *pos = to + 1;

    while (from < to && (s.data[from] == ' ' || s.data[from] == '\t')) {
        from++;
    }

    while (to > from && (s.data[to - 1] == ' ' || s.data[to - 1] == '\t')) {
        to--;
    }

    return gate_str(s.data + from, to - from);
}


static void
gate_accept_note(unsigned *kept, unsigned weight)
{
    if (weight > *kept) {
        *kept = weight;
    }
}


/* "n": none; a part of one byte goes with the one behind it */

static size_t
gate_accept_lookup(gate_str_t range, const gate_str_t *tags, size_t n)
{
    size_t  i;

    if (!gate_accept_is_tag(range)) {
        return n;
    }

    while (range.len > 0) {

        for (i = 0; i < n; i++) {
            if (gate_str_eq_nocase(range, tags[i])) {
                return i;
            }
        }

        while (range.len > 0 && range.data[range.len - 1] != '-') {
            range.len--;
        }

        if (range.len > 0) {
            range.len--;
        }

        if (range.len >= 2 && range.data[range.len - 2] == '-') {
            range.len -= 2;
        }
    }

    return n;
}
