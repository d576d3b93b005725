
/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * The log of rules: a line for each change, "TIME EPOCH SERVICE JSON", with "-"
 * for the JSON of one that was deleted.
 */


#include "mesh_rules.h"


static int mesh_rules_read(mesh_rules_t *rules, gate_str_t line,
    mesh_rc_e *rc);
static int mesh_rules_word(gate_str_t *line, gate_str_t *word);
static int mesh_rules_number(gate_str_t *line, uint64_t *n);
static int mesh_rules_log_one(void *data, mesh_item_t *item);


void
mesh_rules_line(mesh_out_t *out, gate_str_t service,
    const mesh_rules_change_t *change)
{
    mesh_out_uint(out, (uint64_t) change->at);
    mesh_out_cstr(out, " ");
    mesh_out_uint(out, change->epoch);
    mesh_out_cstr(out, " ");
    mesh_out_add(out, service);
    mesh_out_cstr(out, " ");

    if (change->text.len == 0) {
        mesh_out_cstr(out, "-");

    } else {
        mesh_out_add(out, change->text);
    }

    mesh_out_cstr(out, "\n");
}


mesh_rc_e
mesh_rules_load(mesh_rules_t *rules, gate_str_t log, int *torn, size_t *line)
{
    size_t          len;
    mesh_rc_e       rc;
    unsigned char  *end;

    *torn = 0;
    *line = 0;
    rc = MESH_OK;

    while (log.len != 0) {

        (*line)++;
        end = memchr(log.data, '\n', log.len);

        if (end == NULL) {
            *torn = 1;
            return MESH_OK;
        }

        len = (size_t) (end - log.data);

        if (!mesh_rules_read(rules, gate_str(log.data, len), &rc)) {
            return rc;
        }

        log = gate_str(end + 1, log.len - len - 1);
    }

    return MESH_OK;
}


static int
mesh_rules_read(mesh_rules_t *rules, gate_str_t line, mesh_rc_e *rc)
{
    uint64_t              at;
    gate_str_t            service;
    mesh_rule_t          *rule;
    gate_rule_error_t     error;
    mesh_rules_past_t    *past;
    mesh_rules_change_t   change;

    *rc = MESH_BAD;

    if (!mesh_rules_number(&line, &at)
        || !mesh_rules_number(&line, &change.epoch)
        || !mesh_rules_word(&line, &service)
        || !gate_rule_is_name(service, GATE_RULE_NAME))
    {
        return 0;
    }

    change.at = (int64_t) at;
    change.text = line;

    past = mesh_rules_find(rules, service);

    if (change.epoch == 0 || (past != NULL && change.epoch <= past->last)) {
        return 0;
    }

    if (gate_str_eq(line, gate_cstr("-"))) {
        change.text.len = 0;

    } else {
        *rc = mesh_rules_make(line, &rule, &error);

        if (*rc != MESH_OK) {
            return 0;
        }

        *rc = (rule->rule.epoch == change.epoch
               && gate_str_eq(rule->rule.service, service)) ? MESH_OK
                                                            : MESH_BAD;
        mesh_item_unref(&rule->item);

        if (*rc != MESH_OK) {
            return 0;
        }
    }

    *rc = mesh_rules_add(rules, service, &change);

    return *rc == MESH_OK;
}


/* up to a space, which goes with it */

static int
mesh_rules_word(gate_str_t *line, gate_str_t *word)
{
    size_t          n;
    unsigned char  *end;

    end = (line->len == 0) ? NULL : memchr(line->data, ' ', line->len);

    if (end == NULL) {
        return 0;
    }

    n = (size_t) (end - line->data);
    *word = gate_str(line->data, n);
    *line = gate_str(end + 1, line->len - n - 1);

    return n != 0;
}


static int
mesh_rules_number(gate_str_t *line, uint64_t *n)
{
    size_t      i;
    gate_str_t  word;

    if (!mesh_rules_word(line, &word) || word.len > 18) {
        return 0;
    }

    *n = 0;

    for (i = 0; i < word.len; i++) {

        if (word.data[i] < '0' || word.data[i] > '9') {
            return 0;
        }

        *n = *n * 10 + (uint64_t) (word.data[i] - '0');
    }

    return 1;
}


void
mesh_rules_log(const mesh_rules_t *rules, mesh_out_t *out)
{
    (void) mesh_map_walk(rules->services, mesh_rules_log_one, out);
}


static int
mesh_rules_log_one(void *data, mesh_item_t *item)
{
    size_t              i;
    mesh_rules_past_t  *past;

    past = (mesh_rules_past_t *) item;

    for (i = 0; i < past->n; i++) {
        mesh_rules_line(data, item->name, &past->changes[i]);
    }

    return 0;
}
