
/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * A traffic rule is read from JSON: what is wrong is told with the place where
 * it stands.
 */


#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "gate_rule.h"
#include "gate_json.h"


#define GATE_RULE_STEP  64                    /* bytes of a name in a pointer */


typedef struct {
    gate_rule_t           *rule;
    gate_rule_error_t     *error;
    unsigned char         *texts;             /* where the next one goes */
    gate_rule_rc_e         rc;
} gate_rule_parse_t;


static void gate_rule_members(gate_rule_parse_t *c, const json_t *o);
static void gate_rule_epoch(gate_rule_parse_t *c, const json_t *value);
static void gate_rule_versions(gate_rule_parse_t *c, const json_t *list);
static void gate_rule_match(gate_rule_parse_t *c, const json_t *list);
static void gate_rule_match_one(gate_rule_parse_t *c, const json_t *o,
    size_t i);
static void gate_rule_match_value(gate_rule_parse_t *c, const json_t *o,
    size_t i);
static void gate_rule_split(gate_rule_parse_t *c, const json_t *o);
static void gate_rule_weights(gate_rule_parse_t *c, const json_t *o);
static void gate_rule_fallback(gate_rule_parse_t *c, const json_t *value);
static int gate_rule_known(gate_rule_parse_t *c, const json_t *o,
    const char *at, const char *names);
static int gate_rule_version(gate_rule_parse_t *c, gate_str_t name);
static int gate_rule_is_header(gate_str_t name);
static gate_str_t gate_rule_keep(gate_rule_parse_t *c, gate_str_t s);
static void gate_rule_wrong(gate_rule_parse_t *c, const char *detail,
    const char *pointer, ...)
    __attribute__((format(printf, 3, 4)));
static const char *gate_rule_step(const char *name,
    char step[2 * GATE_RULE_STEP + 1]);


gate_rule_rc_e
gate_rule_parse(gate_str_t text, gate_rule_t *rule, gate_rule_error_t *error)
{
    json_t             *o;
    size_t              n;
    gate_rule_parse_t   c;

    memset(rule, 0, sizeof(gate_rule_t));
    memset(error, 0, sizeof(gate_rule_error_t));

    c.rule = rule;
    c.error = error;
    c.rc = GATE_RULE_OK;

    if (text.len > GATE_RULE_TEXT) {
        gate_rule_wrong(&c, "has more than 512 KB", "%s", "");
        return c.rc;
    }

    if (text.len == 0) {
        gate_rule_wrong(&c, "is empty", "%s", "");
        return c.rc;
    }

    switch (gate_json_object(text, &o)) {

    case GATE_JSON_OK:
        break;

    case GATE_JSON_BAD:
        gate_rule_wrong(&c, "must be one JSON object, in UTF-8, with no name "
                        "twice", "%s", "");
        return c.rc;

    default:
        return GATE_RULE_NO_MEMORY;
    }

    /* no string of a text is longer than it; "to" is a version's own */

    n = json_array_size(json_object_get(o, "match"));
    n = (n > GATE_RULE_MATCHES) ? 0 : n;

    rule->block = calloc(1, n * sizeof(gate_rule_match_t) + text.len
                            + sizeof(GATE_RULE_HASH));

    if (rule->block == NULL) {
        json_decref(o);
        return GATE_RULE_NO_MEMORY;
    }

    rule->match = rule->block;
    c.texts = (unsigned char *) (rule->match + n);

    gate_rule_members(&c, o);

    json_decref(o);

    if (c.rc != GATE_RULE_OK) {
        gate_rule_free(rule);
    }

    return c.rc;
}


static void
gate_rule_members(gate_rule_parse_t *c, const json_t *o)
{
    gate_str_t    name;
    const json_t  *split;

    if (!gate_rule_known(c, o, "", "service epoch versions match split "
                                   "fallback "))
    {
        return;
    }

    if (!gate_json_string(o, "service", &name)
        || !gate_rule_is_name(name, GATE_RULE_NAME))
    {
        gate_rule_wrong(c, "must be a name of 1 to 128 letters, digits, dots, "
                        "underscores and hyphens", "/service");
        return;
    }

    c->rule->service = gate_rule_keep(c, name);
    c->rule->hash_on = gate_rule_keep(c, gate_cstr(GATE_RULE_HASH));

    gate_rule_epoch(c, json_object_get(o, "epoch"));
    gate_rule_versions(c, json_object_get(o, "versions"));
    gate_rule_match(c, json_object_get(o, "match"));
    gate_rule_fallback(c, json_object_get(o, "fallback"));

    split = json_object_get(o, "split");

    if (c->rc == GATE_RULE_OK && split == NULL
        && c->rule->fallback.len == 0)
    {
        gate_rule_wrong(c, "is missing, and so is \"fallback\"", "/split");
    }

    gate_rule_split(c, split);
}


static void
gate_rule_epoch(gate_rule_parse_t *c, const json_t *value)
{
    if (value == NULL || c->rc != GATE_RULE_OK) {
        return;
    }

    if (!json_is_integer(value) || json_integer_value(value) < 1
        || (uint64_t) json_integer_value(value) > GATE_RULE_EPOCH)
    {
        gate_rule_wrong(c, "must be a whole number above 0, of at most 15 "
                        "digits", "/epoch");
        return;
    }

    c->rule->epoch = (uint64_t) json_integer_value(value);
}


static void
gate_rule_versions(gate_rule_parse_t *c, const json_t *list)
{
    size_t      i, n;
    gate_str_t  name;

    if (c->rc != GATE_RULE_OK) {
        return;
    }

    n = json_array_size(list);

    if (!json_is_array(list) || n == 0 || n > GATE_RULE_VERSIONS) {
        gate_rule_wrong(c, "must be a list of 1 to 16 names", "/versions");
        return;
    }

    for (i = 0; i < n; i++) {

        if (!gate_json_text(json_array_get(list, i), &name)
            || !gate_rule_is_name(name, GATE_RULE_VERSION))
        {
            gate_rule_wrong(c, "must be a name of 1 to 64 letters, digits, "
                            "dots, underscores and hyphens", "/versions/%d",
                            (int) i);
            return;
        }

        if (gate_rule_version(c, name) >= 0) {
            gate_rule_wrong(c, "stands there twice", "/versions/%d", (int) i);
            return;
        }

        c->rule->versions[c->rule->nversions++] = gate_rule_keep(c, name);
    }
}


static void
gate_rule_match(gate_rule_parse_t *c, const json_t *list)
{
    size_t  i, n;

    if (c->rc != GATE_RULE_OK || list == NULL) {
        return;
    }

    n = json_array_size(list);

    if (!json_is_array(list) || n > GATE_RULE_MATCHES) {
        gate_rule_wrong(c, "must be a list of at most 64 objects", "/match");
        return;
    }

    for (i = 0; i < n && c->rc == GATE_RULE_OK; i++) {
        gate_rule_match_one(c, json_array_get(list, i), i);
    }
}


static void
gate_rule_match_one(gate_rule_parse_t *c, const json_t *o, size_t i)
{
    int                 to;
    char                at[GATE_RULE_STEP];
    gate_str_t          name;
    gate_rule_match_t  *m;

    (void) snprintf(at, sizeof(at), "/match/%d", (int) i);

    if (!json_is_object(o)) {
        gate_rule_wrong(c, "must be an object", "%s", at);
        return;
    }

    if (!gate_rule_known(c, o, at, "header exact prefix regex to ")) {
        return;
    }

    if (!gate_json_string(o, "header", &name) || !gate_rule_is_header(name)) {
        gate_rule_wrong(c, "must be the name of a field in lower case, of at "
                        "most 128 bytes", "%s/header", at);
        return;
    }

    m = &c->rule->match[c->rule->nmatch++];
    m->header = gate_rule_keep(c, name);

    to = gate_json_string(o, "to", &name) ? gate_rule_version(c, name) : -1;

    if (to < 0) {
        gate_rule_wrong(c, "must be one of \"versions\"", "%s/to", at);
        return;
    }

    m->to = c->rule->versions[to];

    gate_rule_match_value(c, o, i);
}


static void
gate_rule_match_value(gate_rule_parse_t *c, const json_t *o, size_t i)
{
    int                 kind, found;
    gate_str_t          value;
    const char         *why;
    const json_t       *member;
    gate_rule_match_t  *m;

    static const char *const  kinds[] = { "exact", "prefix", "regex" };

    m = &c->rule->match[i];
    found = 0;
    member = NULL;

    for (kind = GATE_RULE_EXACT; kind <= GATE_RULE_REGEX; kind++) {

        if (json_object_get(o, kinds[kind]) != NULL) {
            member = json_object_get(o, kinds[kind]);
            m->kind = (gate_rule_kind_e) kind;
            found++;
        }
    }

    if (found != 1) {
        gate_rule_wrong(c, "must have one of \"exact\", \"prefix\" and "
                        "\"regex\"", "/match/%d", (int) i);
        return;
    }

    if (!gate_json_text(member, &value) || value.len == 0
        || value.len > GATE_RULE_VALUE)
    {
        gate_rule_wrong(c, "must be a text of 1 to 1024 bytes",
                        "/match/%d/%s", (int) i, kinds[m->kind]);
        return;
    }

    m->value = gate_rule_keep(c, value);

    if (m->kind != GATE_RULE_REGEX) {
        return;
    }

    m->regex = gate_regex_make(m->value, &why);

    if (m->regex == NULL && why == NULL) {
        c->rc = GATE_RULE_NO_MEMORY;

    } else if (m->regex == NULL) {
        gate_rule_wrong(c, why, "/match/%d/regex", (int) i);
    }
}


static void
gate_rule_split(gate_rule_parse_t *c, const json_t *o)
{
    gate_str_t     name;
    const json_t  *weights;

    if (c->rc != GATE_RULE_OK) {
        return;
    }

    if (o == NULL) {
        c->rule->weights[gate_rule_version(c, c->rule->fallback)] = 1;
        return;
    }

    if (!json_is_object(o)) {
        gate_rule_wrong(c, "must be an object", "/split");
        return;
    }

    if (!gate_rule_known(c, o, "/split", "hash_on weights ")) {
        return;
    }

    if (json_object_get(o, "hash_on") != NULL) {

        if (!gate_json_string(o, "hash_on", &name)
            || !gate_rule_is_header(name))
        {
            gate_rule_wrong(c, "must be the name of a field in lower case, of "
                            "at most 128 bytes", "/split/hash_on");
            return;
        }

        c->rule->hash_on = gate_rule_keep(c, name);
    }

    weights = json_object_get(o, "weights");

    if (!json_is_object(weights)) {
        gate_rule_wrong(c, "must be an object of weights by version",
                        "/split/weights");
        return;
    }

    gate_rule_weights(c, weights);
}


static void
gate_rule_weights(gate_rule_parse_t *c, const json_t *o)
{
    int          i;
    char         step[2 * GATE_RULE_STEP + 1];
    json_t      *value;
    uint64_t     sum;
    const char  *name;

    sum = 0;

    json_object_foreach((json_t *) o, name, value) {

        i = gate_rule_version(c, gate_cstr(name));

        if (i < 0) {
            gate_rule_wrong(c, "is not one of \"versions\"",
                            "/split/weights/%s", gate_rule_step(name, step));
            return;
        }

        if (!json_is_integer(value) || json_integer_value(value) < 0
            || json_integer_value(value) > GATE_RULE_SUM)
        {
            gate_rule_wrong(c, "must be a whole number of 0 to 10000",
                            "/split/weights/%s", gate_rule_step(name, step));
            return;
        }

        c->rule->weights[i] = (uint32_t) json_integer_value(value);
        sum += c->rule->weights[i];
    }

    if (sum == 0 || sum > GATE_RULE_SUM) {
        gate_rule_wrong(c, "must have a sum of 1 to 10000", "/split/weights");
    }
}


static void
gate_rule_fallback(gate_rule_parse_t *c, const json_t *value)
{
    int         i;
    gate_str_t  name;

    if (c->rc != GATE_RULE_OK || value == NULL) {
        return;
    }

    i = gate_json_text(value, &name) ? gate_rule_version(c, name) : -1;

    if (i < 0) {
        gate_rule_wrong(c, "must be one of \"versions\"", "/fallback");
        return;
    }

    c->rule->fallback = c->rule->versions[i];
}


/* "names" has a space behind each */

static int
gate_rule_known(gate_rule_parse_t *c, const json_t *o, const char *at,
    const char *names)
{
    char         step[2 * GATE_RULE_STEP + 1];
    size_t       n;
    json_t      *value;
    const char  *name, *p;

    json_object_foreach((json_t *) o, name, value) {

        n = strlen(name);

        for (p = names; *p != '\0'; p = strchr(p, ' ') + 1) {
            if (strncmp(p, name, n) == 0 && p[n] == ' ') {
                break;
            }
        }

        if (*p == '\0') {
            gate_rule_wrong(c, "is not known here", "%s/%s", at,
                            gate_rule_step(name, step));
            return 0;
        }
    }

    return 1;
}


/* its index, or -1 */

static int
gate_rule_version(gate_rule_parse_t *c, gate_str_t name)
{
    size_t  i;

    for (i = 0; i < c->rule->nversions; i++) {
        if (gate_str_eq(c->rule->versions[i], name)) {
            return (int) i;
        }
    }

    return -1;
}


/* a token of RFC 9110 5.6.2 without capital letters */

static int
gate_rule_is_header(gate_str_t name)
{
    size_t         i;
    unsigned char  c;

    if (name.len == 0 || name.len > GATE_RULE_HEADER) {
        return 0;
    }

    for (i = 0; i < name.len; i++) {
        c = name.data[i];

        if (!((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9')
              || (c > ' ' && strchr("!#$%&'*+-.^_`|~", c) != NULL)))
        {
            return 0;
        }
    }

    return 1;
}


static gate_str_t
gate_rule_keep(gate_rule_parse_t *c, gate_str_t s)
{
    gate_str_t  kept;

    kept = gate_str(c->texts, s.len);
    c->texts = gate_str_copy(c->texts, s);

    return kept;
}


/* the first mistake is told */

static void
gate_rule_wrong(gate_rule_parse_t *c, const char *detail,
    const char *pointer, ...)
{
    va_list  args;

    c->rc = GATE_RULE_BAD;

    va_start(args, pointer);
    (void) vsnprintf(c->error->pointer, sizeof(c->error->pointer), pointer,
                     args);
    va_end(args);

    (void) snprintf(c->error->detail, sizeof(c->error->detail), "%s", detail);
}


/* a stranger's name as a step of a pointer; of a long one the beginning */

static const char *
gate_rule_step(const char *name, char step[2 * GATE_RULE_STEP + 1])
{
    char    *p;
    size_t   i;

    p = step;

    for (i = 0; name[i] != '\0'; i++) {

        if (i >= GATE_RULE_STEP - 4 && (name[i] & 0xc0) != 0x80) {
            break;
        }

        if (name[i] == '~' || name[i] == '/') {
            *p++ = '~';
            *p++ = (name[i] == '~') ? '0' : '1';

        } else {
            *p++ = name[i];
        }
    }

    *p = '\0';

    return step;
}
