
/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * A traffic rule: the version it picks, and its text.
 */


#include <stdlib.h>

#include "gate_rule.h"
#include "gate_split.h"
#include "gate_text.h"


#define GATE_RULE_NONE  GATE_RULE_VERSIONS


static size_t gate_rule_lane(const gate_rule_t *rule,
    const gate_rule_field_t *fields, size_t n, uint64_t hash);
static size_t gate_rule_index(const gate_rule_t *rule, gate_str_t version);
static size_t gate_rule_field(const gate_rule_field_t *fields, size_t n,
    gate_str_t name, unsigned char *joined, gate_str_t *value);
static int gate_rule_matches(const gate_rule_match_t *m, gate_str_t value);
static int gate_rule_number(gate_str_t text, uint64_t *n);
static void gate_rule_write_match(const gate_rule_match_t *m,
    gate_text_t *t);


void
gate_rule_free(gate_rule_t *rule)
{
    size_t  i;

    if (rule->block == NULL) {
        return;
    }

    for (i = 0; i < rule->nmatch; i++) {
        gate_regex_free(rule->match[i].regex);
    }

    free(rule->block);
    memset(rule, 0, sizeof(gate_rule_t));
}


int
gate_rule_is_name(gate_str_t name, size_t max)
{
    size_t         i;
    unsigned char  c;

    if (name.len == 0 || name.len > max) {
        return 0;
    }

    for (i = 0; i < name.len; i++) {
        c = name.data[i];

        if (!((gate_lower(c) >= 'a' && gate_lower(c) <= 'z')
              || (c >= '0' && c <= '9') || c == '.' || c == '_' || c == '-'))
        {
            return 0;
        }
    }

    return 1;
}


size_t
gate_rule_pick(const gate_rule_t *rule, const gate_rule_field_t *fields,
    size_t n, uint64_t hash, uint32_t usable)
{
    size_t  lane, instead;

    lane = gate_rule_lane(rule, fields, n, hash);

    if (usable & ((uint32_t) 1 << lane)) {
        return lane;
    }

    instead = gate_rule_index(rule, rule->fallback);

    return instead == GATE_RULE_NONE ? lane : instead;
}


/* the order of the sidecar's routes */

static size_t
gate_rule_lane(const gate_rule_t *rule, const gate_rule_field_t *fields,
    size_t n, uint64_t hash)
{
    size_t                    i, lane;
    uint64_t                  number;
    gate_str_t                value;
    unsigned char             joined[GATE_RULE_FIELD];
    const gate_rule_match_t  *m;

    if (gate_rule_field(fields, n, gate_cstr(GATE_RULE_LANE), joined, &value)
        != 0)
    {
        lane = gate_rule_index(rule, value);

        if (lane != GATE_RULE_NONE) {
            return lane;
        }
    }

    for (i = 0; i < rule->nmatch; i++) {
        m = &rule->match[i];

        if (gate_rule_field(fields, n, m->header, joined, &value) != 0
            && gate_rule_matches(m, value))
        {
            return gate_rule_index(rule, m->to);
        }
    }

    /* Envoy takes no number of a field that is there twice */

    if (gate_rule_field(fields, n, rule->hash_on, joined, &value) == 1
        && gate_rule_number(value, &number))
    {
        hash = number;
    }

    return gate_split_pick(hash, rule->weights, rule->nversions);
}


static size_t
gate_rule_index(const gate_rule_t *rule, gate_str_t version)
{
    size_t  i;

    for (i = 0; i < rule->nversions; i++) {
        if (gate_str_eq(rule->versions[i], version)) {
            return i;
        }
    }

    return GATE_RULE_NONE;
}


/*
 * How many there are of a name.  The value of several is, as for Envoy, all of
 * them with commas; 0 also if that is too long.
 */

static size_t
gate_rule_field(const gate_rule_field_t *fields, size_t n, gate_str_t name,
    unsigned char *joined, gate_str_t *value)
{
    size_t  i, found, len;

    found = 0;
    len = 0;

    for (i = 0; i < n; i++) {

        if (!gate_str_eq_nocase(fields[i].name, name)) {
            continue;
        }

        if (len + 1 + fields[i].value.len > GATE_RULE_FIELD) {
            return 0;
        }

        if (found++ != 0) {
            joined[len++] = ',';
        }

        len = (size_t) (gate_str_copy(joined + len, fields[i].value) - joined);
    }

    *value = gate_str(joined, len);

    return found;
}


static int
gate_rule_matches(const gate_rule_match_t *m, gate_str_t value)
{
    switch (m->kind) {

    case GATE_RULE_EXACT:
        return gate_str_eq(value, m->value);

    case GATE_RULE_PREFIX:
        return value.len >= m->value.len
               && gate_str_eq(gate_str(value.data, m->value.len), m->value);

    default:
        return m->regex != NULL && gate_regex_match(m->regex, value);
    }
}


/* as absl::SimpleAtoi() reads it */

static int
gate_rule_number(gate_str_t text, uint64_t *n)
{
    size_t    i;
    unsigned  digit;

    while (text.len != 0 && strchr(" \t\n\v\f\r", text.data[0]) != NULL
           && text.data[0] != '\0')
    {
        text.data++;
        text.len--;
    }

    while (text.len != 0 && text.data[text.len - 1] != '\0'
           && strchr(" \t\n\v\f\r", text.data[text.len - 1]) != NULL)
    {
        text.len--;
    }

    if (text.len > 1 && text.data[0] == '+') {
        text.data++;
        text.len--;
    }

    *n = 0;

    for (i = 0; i < text.len; i++) {

        digit = (unsigned) text.data[i] - '0';

        if (digit > 9 || *n > (UINT64_MAX - digit) / 10) {
            return 0;
        }

        *n = *n * 10 + digit;
    }

    return text.len != 0;
}


/* six bytes are what an escaped one takes, 64 the names of members */

size_t
gate_rule_room(const gate_rule_t *rule)
{
    size_t  i, len;

    len = 256 + 6 * (rule->service.len + rule->hash_on.len
                     + rule->fallback.len);

    for (i = 0; i < rule->nversions; i++) {
        len += 64 + 12 * rule->versions[i].len;
    }

    for (i = 0; i < rule->nmatch; i++) {
        len += 64 + 6 * (rule->match[i].header.len + rule->match[i].value.len
                         + rule->match[i].to.len);
    }

    return len;
}


size_t
gate_rule_write(const gate_rule_t *rule, unsigned char *dst)
{
    size_t       i;
    gate_text_t  t;

    gate_text_init(&t, dst, gate_rule_room(rule));

    gate_text_cstr(&t, "{\"service\":");
    gate_text_json(&t, rule->service);
    gate_text_cstr(&t, ",\"epoch\":");
    gate_text_uint(&t, rule->epoch);
    gate_text_cstr(&t, ",\"versions\":[");

    for (i = 0; i < rule->nversions; i++) {
        gate_text_cstr(&t, i == 0 ? "" : ",");
        gate_text_json(&t, rule->versions[i]);
    }

    gate_text_cstr(&t, "],\"match\":[");

    for (i = 0; i < rule->nmatch; i++) {
        gate_text_cstr(&t, i == 0 ? "" : ",");
        gate_rule_write_match(&rule->match[i], &t);
    }

    gate_text_cstr(&t, "],\"split\":{\"hash_on\":");
    gate_text_json(&t, rule->hash_on);
    gate_text_cstr(&t, ",\"weights\":{");

    for (i = 0; i < rule->nversions; i++) {
        gate_text_cstr(&t, i == 0 ? "" : ",");
        gate_text_json(&t, rule->versions[i]);
        gate_text_cstr(&t, ":");
        gate_text_uint(&t, rule->weights[i]);
    }

    gate_text_cstr(&t, "}}");

    if (rule->fallback.len != 0) {
        gate_text_cstr(&t, ",\"fallback\":");
        gate_text_json(&t, rule->fallback);
    }

    gate_text_cstr(&t, "}");

    return (size_t) (t.last - t.start);
}


static void
gate_rule_write_match(const gate_rule_match_t *m, gate_text_t *t)
{
    static const char *const  kinds[] = {
        ",\"exact\":", ",\"prefix\":", ",\"regex\":"
    };

    gate_text_cstr(t, "{\"header\":");
    gate_text_json(t, m->header);
    gate_text_cstr(t, kinds[m->kind]);
    gate_text_json(t, m->value);
    gate_text_cstr(t, ",\"to\":");
    gate_text_json(t, m->to);
    gate_text_cstr(t, "}");
}
