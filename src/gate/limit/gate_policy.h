
/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * A policy as clients are told it: an item of RateLimit-Policy, of
 * draft-ietf-httpapi-ratelimit-headers-10.
 */


#ifndef GATE_POLICY_H_INCLUDED_
#define GATE_POLICY_H_INCLUDED_


#include "gate_str.h"


/* bytes that one of a name of "len" bytes is written into */
#define GATE_POLICY_SIZE(len)  (3 * (len) + sizeof("\"\";q=;w=") + 2 * 20)


typedef struct {
    gate_str_t             name;
    uint64_t               quota;             /* q */
    uint64_t               window_s;          /* w */
    gate_str_t             text;              /* "name";q=10;w=1 */
    size_t                 head;              /* bytes of it: the name */
    size_t                 digits_at;         /* of the quota, in it */
    size_t                 digits;
} gate_policy_t;


/* buf has GATE_POLICY_SIZE() bytes and stays as long as *p is used */
void gate_policy_write(gate_policy_t *p, gate_str_t name, uint64_t quota,
    uint64_t window_s, unsigned char *buf);

int gate_policy_is(const gate_policy_t *p, gate_str_t name, uint64_t quota,
    uint64_t window_s);


#endif /* GATE_POLICY_H_INCLUDED_ */
