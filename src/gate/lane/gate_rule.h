
/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * A traffic rule: which version of a service a request or a message is for.
 * The gateway's sidecar (as routes) and consumers of messages (by
 * gate_rule_pick()) decide alike.
 */


#ifndef GATE_RULE_H_INCLUDED_
#define GATE_RULE_H_INCLUDED_


#include "gate_regex.h"
#include "gate_str.h"


#define GATE_RULE_VERSIONS  16
#define GATE_RULE_MATCHES   64
#define GATE_RULE_SUM       10000             /* of weights */
#define GATE_RULE_NAME      128               /* bytes: of a service */
#define GATE_RULE_VERSION   64
#define GATE_RULE_HEADER    128
#define GATE_RULE_VALUE     1024              /* to be compared with */
#define GATE_RULE_FIELD     8192              /* of what is compared */
#define GATE_RULE_TEXT      524288            /* of a rule as JSON; what is
                                                 written has fewer */
#define GATE_RULE_EPOCH     999999999999999ULL  /* the last one */

#define GATE_RULE_LANE      "x-lane"          /* names a version, before all */
#define GATE_RULE_HASH      "x-lane-hash"     /* "hash_on", if none is said */


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
    gate_regex_t          *regex;             /* by gate_rule_parse() */
} gate_rule_match_t;


/*
 * {"service": "orders", "epoch": 7, "versions": ["v1", "v2"],
 *  "match": [{"header": "x-user", "exact": "ann", "to": "v2"}],
 *  "split": {"hash_on": "x-lane-hash", "weights": {"v1": 90, "v2": 10}},
 *  "fallback": "v1"}
 *
 * Intervals of a split are in the order of "versions"; weights are as there, 0
 * for those that are not named, and their sum is at most 10,000.  Without
 * "split" all that no match takes is for "fallback".
 * "fallback" takes what is for a version without a healthy endpoint.
 */

typedef struct {
    gate_str_t             service;
    uint64_t               epoch;             /* grows by each change; 0: none
                                                 was said */
    gate_str_t             versions[GATE_RULE_VERSIONS];
    uint32_t               weights[GATE_RULE_VERSIONS];
    size_t                 nversions;
    gate_rule_match_t     *match;
    size_t                 nmatch;
    gate_str_t             hash_on;           /* a field, lower case */
    gate_str_t             fallback;          /* empty: none */
    void                  *block;             /* of gate_rule_parse() */
} gate_rule_t;


typedef enum {
    GATE_RULE_OK = 0,
    GATE_RULE_BAD,
    GATE_RULE_NO_MEMORY
} gate_rule_rc_e;


/* what is wrong, with NULs */

typedef struct {
    char                   pointer[192];      /* RFC 6901; "" is the whole */
    char                   detail[160];
} gate_rule_error_t;


/* a field of a request, or a header of a message */

typedef struct {
    gate_str_t             name;              /* of any case */
    gate_str_t             value;
} gate_rule_field_t;


/* strict: what it does not know is wrong.  *rule has texts of its own */
gate_rule_rc_e gate_rule_parse(gate_str_t text, gate_rule_t *rule,
    gate_rule_error_t *error);

/* only of gate_rule_parse(); all zero is nothing */
void gate_rule_free(gate_rule_t *rule);

/* a name of a service or of a version, of at most "max" bytes */
int gate_rule_is_name(gate_str_t name, size_t max);

/*
 * The rule as JSON, the same bytes for the same rule; it has at most
 * gate_rule_room() of them.  Its length.
 */
size_t gate_rule_room(const gate_rule_t *rule);
size_t gate_rule_write(const gate_rule_t *rule, unsigned char *dst);

/*
 * Which version, as its index: the one that x-lane names, else that of the
 * first match, else the one whose interval the number in "hash_on" falls into,
 * else "hash" does.  "usable" has a bit for each version with an endpoint;
 * "fallback" stands in for those without, if there is one.
 */
size_t gate_rule_pick(const gate_rule_t *rule,
    const gate_rule_field_t *fields, size_t n, uint64_t hash,
    uint32_t usable);


#endif /* GATE_RULE_H_INCLUDED_ */
