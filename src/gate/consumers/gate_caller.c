
/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * The fields of a consumer, one after the other.
 */


#include "gate_caller.h"
#include "gate_text.h"
#include "gate_xxh.h"


#define GATE_CALLER_DIGITS  20


static unsigned char *gate_caller_line(unsigned char *p, gate_str_t name,
    gate_str_t value);


size_t
gate_caller_size(const gate_consumer_t *c)
{
    return sizeof(GATE_CALLER_ID) + sizeof(GATE_CALLER_USERNAME)
           + sizeof(GATE_CALLER_GROUPS) + sizeof(GATE_CALLER_LANE)
           + c->id.len + c->name.len + c->groups_text.len
           + GATE_CALLER_DIGITS;
}


void
gate_caller_write(gate_consumer_t *c, unsigned char *buf)
{
    unsigned char  *p, *lane;

    p = gate_caller_line(buf, gate_cstr(GATE_CALLER_ID), c->id);
    p = gate_caller_line(p, gate_cstr(GATE_CALLER_USERNAME), c->name);
    p = gate_caller_line(p, gate_cstr(GATE_CALLER_GROUPS), c->groups_text);

    c->fields = gate_str(buf, (size_t) (p - buf));

    lane = gate_str_copy(p, gate_cstr(GATE_CALLER_LANE));
    p = gate_text_digits(lane, gate_xxh64(c->name, 0));

    c->lane_text = gate_str(lane, (size_t) (p - lane));
    c->fields_lane = gate_str(buf, (size_t) (p - buf));
}


/* a field without a value is not sent */

static unsigned char *
gate_caller_line(unsigned char *p, gate_str_t name, gate_str_t value)
{
    return (value.len == 0) ? p : gate_str_copy(gate_str_copy(p, name), value);
}
