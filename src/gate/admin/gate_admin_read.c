
/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * A consumer, as a body of the API says it.
 */


#include "gate_admin.h"
#include "gate_record.h"

#include <stdio.h>
#include <stdlib.h>


#define GATE_ADMIN_LIST    16384              /* bytes of a list, joined */
#define GATE_ADMIN_CLAIMS  4096               /* of JSON */


typedef struct {
    size_t                 len;
    unsigned char          data[GATE_ADMIN_LIST];
} gate_admin_list_t;


static void gate_admin_name(gate_admin_change_t *c, const json_t *body,
    gate_str_t name);
static void gate_admin_plan(gate_admin_change_t *c, const json_t *body);
static void gate_admin_names(gate_admin_change_t *c, const json_t *body,
    const char *member, unsigned char separator);
static void gate_admin_pairs(gate_admin_change_t *c, const json_t *body,
    const char *member);
static void gate_admin_claims(gate_admin_change_t *c, const json_t *body);
static int gate_admin_goes(gate_admin_change_t *c, const json_t *value,
    const char *member);
static int gate_admin_join(gate_admin_list_t *list, gate_str_t text,
    unsigned char separator);


/* "rev" and "created" are ours: what was read may be written back */

static const char *const  gate_admin_consumer_members[] = {
    "name", "id", "plan", "groups", "scopes", "pins", "claims", "status",
    "rev", "created", NULL
};


void
gate_admin_consumer(gate_admin_change_t *c, const json_t *body,
    gate_str_t name)
{
    gate_admin_members(c, body, gate_admin_consumer_members);

    gate_admin_name(c, body, name);
    gate_admin_text_field(c, body, "id", "id", GATE_RECORD_NAME);
    gate_admin_plan(c, body);
    gate_admin_names(c, body, "groups", ',');
    gate_admin_names(c, body, "scopes", ' ');
    gate_admin_pairs(c, body, "pins");
    gate_admin_claims(c, body);
    gate_admin_status(c, body);
}


static void
gate_admin_name(gate_admin_change_t *c, const json_t *body, gate_str_t name)
{
    gate_str_t  text;

    if (!gate_admin_text(c, body, "name", name.len == 0, &text)) {
        text = name;

    } else if (name.len != 0 && !gate_str_eq(name, text)) {
        gate_admin_error(c, "name", "is not the one in the path: a consumer "
                         "keeps its name");
        return;
    }

    if (text.len == 0 && gate_admin_wrong(c)) {
        return;
    }

    if (!gate_admin_is_name(text, GATE_RECORD_CONSUMER)) {
        gate_admin_error(c, "name", "must be 1 to 128 bytes without control "
                         "characters, commas, slashes, and spaces at its "
                         "ends");
        return;
    }

    c->name = json_stringn((char *) text.data, text.len);

    if (c->name == NULL) {
        /* of a path, which may have any bytes */
        gate_admin_error(c, "name", "must be UTF-8");
    }
}


static void
gate_admin_plan(gate_admin_change_t *c, const json_t *body)
{
    size_t         i;
    gate_str_t     plan;
    const json_t  *value;

    value = json_object_get(body, "plan");

    if (value == NULL || json_is_null(value)) {

        if (c->known->need_plan
            && (value != NULL || c->how != GATE_ADMIN_MERGE))
        {
            gate_admin_error(c, "plan", "is missing: \"gate_limit plan\" of "
                             "the configuration needs one");

        } else if (value != NULL) {
            (void) gate_admin_goes(c, value, "plan");
        }

        return;
    }

    if (!gate_admin_text(c, body, "plan", 0, &plan)) {
        return;
    }

    for (i = 0; i < c->known->nplans; i++) {
        if (gate_str_eq(c->known->plans[i], plan)) {
            gate_admin_field(c, "plan", plan);
            return;
        }
    }

    gate_admin_error_unknown(c, "plan", plan, c->known->plans,
                             c->known->nplans, "gate_plan");
}


/* a list of names, which no separator is in */

static void
gate_admin_names(gate_admin_change_t *c, const json_t *body,
    const char *member, unsigned char separator)
{
    char               step[24];
    size_t             i, n;
    gate_str_t         name;
    const json_t      *value;
    gate_admin_list_t  list;

    value = json_object_get(body, member);

    if (value == NULL || gate_admin_goes(c, value, member)) {
        return;
    }

    n = json_array_size(value);

    if (!json_is_array(value) || n > GATE_RECORD_NAMES) {
        gate_admin_error(c, member, "must be a list of at most 64 names");
        return;
    }

    list.len = 0;

    for (i = 0; i < n; i++) {

        (void) snprintf(step, sizeof(step), "%d", (int) i);

        if (!gate_json_text(json_array_get(value, i), &name)
            || !gate_admin_is_name(name, GATE_RECORD_NAME)
            || (separator == ' ' && memchr(name.data, ' ', name.len))
            || !gate_admin_join(&list, name, separator))
        {
            gate_admin_error_at(c, member, gate_cstr(step),
                                separator == ' '
                                ? "must be a name of 1 to 256 bytes without "
                                  "control characters, commas, slashes and "
                                  "spaces"
                                : "must be a name of 1 to 256 bytes without "
                                  "control characters, commas, slashes, and "
                                  "spaces at its ends");
            return;
        }
    }

    gate_admin_field(c, member, list.len ? gate_str(list.data, list.len)
                                         : gate_str(NULL, 0));
}


/* an object of texts becomes NAME=VALUE,... */

static void
gate_admin_pairs(gate_admin_change_t *c, const json_t *body,
    const char *member)
{
    json_t             *item;
    const char         *key;
    gate_str_t          text, name;
    const json_t       *value;
    gate_admin_list_t   list;

    value = json_object_get(body, member);

    if (value == NULL || gate_admin_goes(c, value, member)) {
        return;
    }

    if (!json_is_object(value) || json_object_size(value) > GATE_RECORD_NAMES)
    {
        gate_admin_error(c, member, "must be an object of at most 64 members, "
                         "such as {\"orders\": \"v2\"}");
        return;
    }

    list.len = 0;

    json_object_foreach((json_t *) value, key, item) {

        name = gate_cstr(key);

        if (!gate_json_text(item, &text)
            || !gate_admin_is_name(text, GATE_RECORD_NAME)
            || !gate_admin_is_name(name, GATE_RECORD_NAME)
            || memchr(name.data, '=', name.len) != NULL
            || name.len + 1 + text.len > GATE_RECORD_NAME
            || !gate_admin_join(&list, name, ',')
            || list.len + 1 + text.len > GATE_ADMIN_LIST)
        {
            gate_admin_error_at(c, member, name, "must be a text of at most "
                                "256 bytes with its name, without control "
                                "characters, commas and slashes");
            return;
        }

        list.data[list.len++] = '=';
        memcpy(list.data + list.len, text.data, text.len);
        list.len += text.len;
    }

    gate_admin_field(c, member, list.len ? gate_str(list.data, list.len)
                                         : gate_str(NULL, 0));
}


/* what gate_allow compares as if a token had said it: kept as JSON */

static void
gate_admin_claims(gate_admin_change_t *c, const json_t *body)
{
    char          *text;
    const json_t  *value;

    value = json_object_get(body, "claims");

    if (value == NULL || gate_admin_goes(c, value, "claims")) {
        return;
    }

    if (!json_is_object(value)) {
        gate_admin_error(c, "claims", "must be an object, such as "
                         "{\"tenant\": \"north\"}");
        return;
    }

    if (json_object_size(value) == 0) {
        gate_admin_field(c, "claims", gate_str(NULL, 0));
        return;
    }

    text = json_dumps(value, JSON_COMPACT);

    if (text == NULL) {
        c->failed = 1;

    } else if (strstr(text, "\\u0000") != NULL) {
        /* see gate_json.h */
        gate_admin_error(c, "claims", "must have no numbers but integers of "
                         "64 bits: write others as texts");

    } else if (strlen(text) > GATE_ADMIN_CLAIMS) {
        gate_admin_error(c, "claims", "must be at most 4 KB of JSON");

    } else {
        gate_admin_field(c, "claims", gate_cstr(text));
    }

    free(text);
}


/* 1: it is null, so nothing is to be there */

static int
gate_admin_goes(gate_admin_change_t *c, const json_t *value,
    const char *member)
{
    if (!json_is_null(value)) {
        return 0;
    }

    if (c->how == GATE_ADMIN_MERGE) {
        gate_admin_field(c, member, gate_str(NULL, 0));
    }

    return 1;
}


static int
gate_admin_join(gate_admin_list_t *list, gate_str_t text,
    unsigned char separator)
{
    if (list->len + 1 + text.len > GATE_ADMIN_LIST) {
        return 0;
    }

    if (list->len != 0) {
        list->data[list->len++] = separator;
    }

    memcpy(list->data + list->len, text.data, text.len);
    list->len += text.len;

    return 1;
}
