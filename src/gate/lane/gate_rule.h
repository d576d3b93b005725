
/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * A traffic rule: which version of a service a request or a message is for.
 * The gateway's sidecar (as routes) and consumers of messages (by
 * gate_rule_pick()) decide alike.
 */


#ifndef GATE_RULE_H_INCLUDED_
#define GATE_RULE_H_INCLUDED_


#include "gate_str.h"


#define GATE_RULE_VERSIONS  16
#define GATE_RULE_MATCHES   64


typedef enum {
    GATE_RULE_EXACT = 0,
    GATE_RULE_PREFIX,
    GATE_RULE_REGEX                           /* RE2, of the whole value */
} gate_rule_kind_e;


/* the first match whose field has the value decides */

typedef struct {
    gate_str_t             header;            /* lower case */
    gate_rule_kind_e       kind;
    gate_str_t             value;
    gate_str_t             to;                /* a version */
} gate_rule_match_t;


/*
 * {"service": "orders", "epoch": 7, "versions": ["v1", "v2"],
 *  "match": [{"header": "x-lane", "exact": "v2", "to": "v2"}],
 *  "split": {"hash_on": "x-lane-hash", "weights": {"v1": 90, "v2": 10}},
 *  "fallback": "v1"}
 *
 * Intervals of a split are in the order of "versions"; weights are as there, 0
 * for those that are not named, and their sum is at most 10,000.
 * "fallback" takes what is for a version without a healthy endpoint.
 */

typedef struct {
    gate_str_t             service;
    uint64_t               epoch;             /* grows by each change */
    gate_str_t             versions[GATE_RULE_VERSIONS];
    uint32_t               weights[GATE_RULE_VERSIONS];
    size_t                 nversions;
    gate_rule_match_t     *match;
    size_t                 nmatch;
    gate_str_t             hash_on;           /* a field, lower case */
    gate_str_t             fallback;          /* empty: none */
} gate_rule_t;


#endif /* GATE_RULE_H_INCLUDED_ */
