
/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * A policy as clients are told it, written once and compared from then on.
 */


#include "gate_policy.h"
#include "gate_text.h"


void
gate_policy_write(gate_policy_t *p, gate_str_t name, uint64_t quota,
    uint64_t window_s, unsigned char *buf)
{
    gate_text_t  t;

    gate_text_init(&t, buf, GATE_POLICY_SIZE(name.len));
    gate_text_add(&t, name);

    p->name = gate_str(buf, name.len);
    p->quota = quota;
    p->window_s = window_s;
    p->text.data = t.last;

    gate_text_sf(&t, name);
    p->head = (size_t) (t.last - p->text.data);

    gate_text_cstr(&t, ";q=");
    p->digits_at = (size_t) (t.last - p->text.data);

    gate_text_uint(&t, quota);
    p->digits = (size_t) (t.last - p->text.data) - p->digits_at;

    gate_text_cstr(&t, ";w=");
    gate_text_uint(&t, window_s);

    p->text.len = (size_t) (t.last - p->text.data);
}


int
gate_policy_is(const gate_policy_t *p, gate_str_t name, uint64_t quota,
    uint64_t window_s)
{
    return p->quota == quota && p->window_s == window_s
           && gate_str_eq(p->name, name);
}
