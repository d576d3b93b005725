
/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * A consumer as Redis has it: a hash to a credential and its consumer.
 */


#include "gate_record.h"
#include "gate_caller.h"
#include "gate_date.h"
#include "gate_hex.h"
#include "gate_xxh.h"
#include "gate_text.h"

#include <stddef.h>


#define GATE_RECORD_UINT64       20           /* decimal digits */


typedef struct gate_record_row_s  gate_record_row_t;

struct gate_record_row_s {
    gate_str_t             name;
    gate_record_rc_e     (*read)(gate_record_t *record,
                                 const gate_record_row_t *row,
                                 gate_str_t value);
    size_t                 offset;        /* of a name in the record */
    size_t                 max;           /* bytes of it */
};


static gate_record_rc_e gate_record_name(gate_record_t *record,
    const gate_record_row_t *row, gate_str_t value);
static gate_record_rc_e gate_record_groups(gate_record_t *record,
    const gate_record_row_t *row, gate_str_t value);
static gate_record_rc_e gate_record_scopes(gate_record_t *record,
    const gate_record_row_t *row, gate_str_t value);
static gate_record_rc_e gate_record_pins(gate_record_t *record,
    const gate_record_row_t *row, gate_str_t value);
static gate_record_rc_e gate_record_not_after(gate_record_t *record,
    const gate_record_row_t *row, gate_str_t value);
static gate_record_rc_e gate_record_status(gate_record_t *record,
    const gate_record_row_t *row, gate_str_t value);
static int gate_record_is_name(gate_str_t name, size_t max, int list);
static size_t gate_record_count(gate_str_t list, unsigned char separator);
static gate_str_t gate_record_element(gate_str_t list, unsigned char separator,
    size_t *pos);
static gate_str_t gate_record_copy(unsigned char **last, gate_str_t s);
static size_t gate_record_fields(const gate_record_t *record);
static gate_str_t *gate_record_split(gate_str_t *names, gate_str_t list,
    unsigned char separator, size_t n);


static const gate_record_row_t  gate_record_rows[] = {
    { gate_string("consumer"), gate_record_name,
      offsetof(gate_record_t, consumer), GATE_RECORD_CONSUMER },
    { gate_string("id"), gate_record_name,
      offsetof(gate_record_t, id), GATE_RECORD_NAME },
    { gate_string("credential"), gate_record_name,
      offsetof(gate_record_t, credential), GATE_RECORD_NAME },
    { gate_string("plan"), gate_record_name,
      offsetof(gate_record_t, plan), GATE_RECORD_NAME },
    { gate_string("groups"), gate_record_groups, 0, 0 },
    { gate_string("scopes"), gate_record_scopes, 0, 0 },
    { gate_string("pins"), gate_record_pins, 0, 0 },
    { gate_string("not_after"), gate_record_not_after, 0, 0 },
    { gate_string("status"), gate_record_status, 0, 0 }
};

#define GATE_RECORD_ROWS                                                     \
    (sizeof(gate_record_rows) / sizeof(gate_record_rows[0]))


size_t
gate_record_key(const unsigned char digest[GATE_SHA256_LEN],
    unsigned char *dst)
{
    memcpy(dst, "gate:k:{", 8);
    (void) gate_hex_write(digest, GATE_SHA256_LEN, dst + 8);
    dst[8 + 2 * GATE_SHA256_LEN] = '}';

    return GATE_RECORD_KEY;
}


gate_record_rc_e
gate_record_parse(const gate_record_field_t *fields, size_t n,
    gate_record_t *record, size_t *bad)
{
    size_t            i, row;
    unsigned          seen;
    gate_record_rc_e  rc;

    memset(record, 0, sizeof(gate_record_t));
    *bad = 0;
    seen = 0;

    for (i = 0; i < n; i++) {
        *bad = i;

        for (row = 0; row < GATE_RECORD_ROWS; row++) {
            if (gate_str_eq(fields[i].name, gate_record_rows[row].name)) {
                break;
            }
        }

        if (row == GATE_RECORD_ROWS) {
            return GATE_RECORD_UNKNOWN;
        }

        if (seen & (1u << row)) {
            return GATE_RECORD_DUPLICATE;
        }

        seen |= 1u << row;

        rc = gate_record_rows[row].read(record, &gate_record_rows[row],
                                        fields[i].value);
        if (rc != GATE_RECORD_OK) {
            return rc;
        }
    }

    return (record->consumer.len != 0) ? GATE_RECORD_OK
                                       : GATE_RECORD_INCOMPLETE;
}


static gate_record_rc_e
gate_record_name(gate_record_t *record, const gate_record_row_t *row,
    gate_str_t value)
{
    *(gate_str_t *) ((unsigned char *) record + row->offset) = value;

    return gate_record_is_name(value, row->max, 0) ? GATE_RECORD_OK
                                                   : GATE_RECORD_BAD;
}


static gate_record_rc_e
gate_record_groups(gate_record_t *record, const gate_record_row_t *row,
    gate_str_t value)
{
    record->groups = value;
    record->ngroups = gate_record_count(value, ',');

    return record->ngroups ? GATE_RECORD_OK : GATE_RECORD_BAD;
}


static gate_record_rc_e
gate_record_scopes(gate_record_t *record, const gate_record_row_t *row,
    gate_str_t value)
{
    record->scopes = value;
    record->nscopes = gate_record_count(value, ' ');

    return record->nscopes ? GATE_RECORD_OK : GATE_RECORD_BAD;
}


static gate_record_rc_e
gate_record_pins(gate_record_t *record, const gate_record_row_t *row,
    gate_str_t value)
{
    size_t                pos;
    gate_str_t            pin;
    const unsigned char  *eq;

    record->pins = value;

    if (gate_record_count(value, ',') == 0) {
        return GATE_RECORD_BAD;
    }

    pos = 0;

    do {
        pin = gate_record_element(value, ',', &pos);
        eq = memchr(pin.data, '=', pin.len);

        if (eq == NULL || eq == pin.data || eq + 1 == pin.data + pin.len) {
            return GATE_RECORD_BAD;
        }

    } while (pos <= value.len);

    return GATE_RECORD_OK;
}


static gate_record_rc_e
gate_record_not_after(gate_record_t *record, const gate_record_row_t *row,
    gate_str_t value)
{
    record->not_after_s = gate_date_end(value);

    return (record->not_after_s > 0) ? GATE_RECORD_OK : GATE_RECORD_BAD;
}


static gate_record_rc_e
gate_record_status(gate_record_t *record, const gate_record_row_t *row,
    gate_str_t value)
{
    if (gate_str_eq(value, gate_cstr("disabled"))) {
        record->disabled = 1;
        return GATE_RECORD_OK;
    }

    return gate_str_eq(value, gate_cstr("active")) ? GATE_RECORD_OK
                                                   : GATE_RECORD_BAD;
}


/* names travel in header fields, as those of the configuration do */

static int
gate_record_is_name(gate_str_t name, size_t max, int list)
{
    size_t         i;
    unsigned char  c;

    if (name.len == 0 || name.len > max
        || (name.len == 1 && name.data[0] == '-'))
    {
        return 0;
    }

    for (i = 0; i < name.len; i++) {
        c = name.data[i];

        if (c < 0x20 || c == 0x7f || c == ',' || (c == ' ' && list)) {
            return 0;
        }
    }

    return 1;
}


/* 0: it is not a list of names */

static size_t
gate_record_count(gate_str_t list, unsigned char separator)
{
    size_t  n, pos;

    n = 0;
    pos = 0;

    do {
        if (!gate_record_is_name(gate_record_element(list, separator, &pos),
                                 GATE_RECORD_NAME, separator == ' ')
            || ++n > GATE_RECORD_NAMES)
        {
            return 0;
        }

    } while (pos <= list.len);

    return n;
}


/* *pos is behind the end once there is no further one */

static gate_str_t
gate_record_element(gate_str_t list, unsigned char separator, size_t *pos)
{
    size_t  first, i;

    first = *pos;

    for (i = first; i < list.len && list.data[i] != separator; i++) {
        /* void */
    }

    *pos = i + 1;

    return gate_str(list.data + first, i - first);
}


/* of the consumer that it will be */

static size_t
gate_record_fields(const gate_record_t *record)
{
    gate_consumer_t  c;

    c.name = record->consumer;
    c.id = record->id.len ? record->id : record->consumer;
    c.groups_text = record->groups;

    return gate_caller_size(&c);
}


size_t
gate_record_size(const gate_record_t *record)
{
    return sizeof(gate_credential_t) + sizeof(gate_consumer_t)
           + (record->ngroups + record->nscopes) * sizeof(gate_str_t)
           + record->consumer.len + record->id.len
           + (record->credential.len ? record->credential.len : GATE_RECORD_ID)
           + record->groups.len + record->scopes.len + record->pins.len
           + gate_record_fields(record);
}


gate_credential_t *
gate_record_keep(const gate_record_t *record, const gate_plan_t *plan,
    const unsigned char digest[GATE_SHA256_LEN], void *memory)
{
    gate_str_t         *names;
    unsigned char      *last;
    gate_consumer_t    *c;
    gate_credential_t  *k;

    k = memory;
    c = (gate_consumer_t *) (k + 1);
    names = (gate_str_t *) (c + 1);
    last = (unsigned char *) (names + record->ngroups + record->nscopes);

    memset(memory, 0, (size_t) (last - (unsigned char *) memory));

    memcpy(k->digest, digest, GATE_SHA256_LEN);
    k->consumer = c;
    k->not_after_s = record->not_after_s;

    if (record->credential.len) {
        k->id = gate_record_copy(&last, record->credential);

    } else {
        k->id = gate_str(last, GATE_RECORD_ID);
        (void) gate_hex_write(digest, GATE_RECORD_ID / 2, last);
        last += GATE_RECORD_ID;
    }

    c->name = gate_record_copy(&last, record->consumer);
    c->id = record->id.len ? gate_record_copy(&last, record->id) : c->name;
    c->hash = gate_model_hash(c->name);
    c->plan = plan;
    c->disabled = record->disabled;

    c->groups = names;
    c->ngroups = record->ngroups;
    c->groups_text = gate_record_copy(&last, record->groups);

    c->scopes = gate_record_split(names, c->groups_text, ',', c->ngroups);
    c->nscopes = record->nscopes;
    c->scopes_text = gate_record_copy(&last, record->scopes);

    (void) gate_record_split(c->scopes, c->scopes_text, ' ', c->nscopes);

    c->pins_text = gate_record_copy(&last, record->pins);

    gate_caller_write(c, last);

    return k;
}


static gate_str_t
gate_record_copy(unsigned char **last, gate_str_t s)
{
    gate_str_t  copy;

    copy = gate_str(*last, s.len);

    if (s.len) {
        memcpy(*last, s.data, s.len);
    }

    *last += s.len;

    return copy;
}


/* gives the place behind them */

static gate_str_t *
gate_record_split(gate_str_t *names, gate_str_t list, unsigned char separator,
    size_t n)
{
    size_t  i, pos;

    pos = 0;

    for (i = 0; i < n; i++) {
        names[i] = gate_record_element(list, separator, &pos);
    }

    return names + n;
}
