
/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * A consumer as Redis has it: a hash to a credential and its consumer.
 */


#include "gate_record.h"
#include "gate_caller.h"
#include "gate_date.h"
#include "gate_hex.h"
#include "gate_json.h"
#include "gate_uri.h"

#include <stddef.h>


#define GATE_RECORD_DIGITS       20           /* of "rev" and "created" */

/* whose field it is */
#define GATE_RECORD_OF_CONSUMER    1
#define GATE_RECORD_OF_CREDENTIAL  2          /* of any kind */
#define GATE_RECORD_OF_BOTH        3
#define GATE_RECORD_OF_BASIC       4
#define GATE_RECORD_OF_SIGNATURE   8


typedef struct gate_record_row_s  gate_record_row_t;

struct gate_record_row_s {
    gate_str_t             name;
    gate_record_rc_e     (*read)(gate_record_t *record,
                                 const gate_record_row_t *row,
                                 gate_str_t value);
    size_t                 offset;        /* of a name in the record */
    size_t                 max;           /* bytes of it */
    unsigned               of;
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
static gate_record_rc_e gate_record_claims(gate_record_t *record,
    const gate_record_row_t *row, gate_str_t value);
static gate_record_rc_e gate_record_text(gate_record_t *record,
    const gate_record_row_t *row, gate_str_t value);
static gate_record_rc_e gate_record_number(gate_record_t *record,
    const gate_record_row_t *row, gate_str_t value);
static gate_record_rc_e gate_record_whole(const gate_record_t *record,
    gate_kind_e kind, const gate_record_field_t *fields, size_t n,
    size_t *bad);
static unsigned gate_record_of(gate_kind_e kind);
static const gate_record_row_t *gate_record_row(gate_str_t name, unsigned of);
static gate_str_t gate_record_id(const gate_record_t *record,
    gate_kind_e kind, gate_str_t name);
static int gate_record_is_name(gate_str_t name, size_t max, int list);
static size_t gate_record_count(gate_str_t list, unsigned char separator);
static gate_str_t gate_record_element(gate_str_t list, unsigned char separator,
    size_t *pos);
static gate_str_t gate_record_copy(unsigned char **last, gate_str_t s);
static size_t gate_record_fields(const gate_record_t *record);
static gate_str_t *gate_record_split(gate_str_t *names, gate_str_t list,
    unsigned char separator, size_t n);


static const gate_record_row_t  gate_record_rows[] = {
    { gate_string("owner"), gate_record_name,
      offsetof(gate_record_t, owner), GATE_RECORD_CONSUMER,
      GATE_RECORD_OF_CREDENTIAL },
    { gate_string("consumer"), gate_record_name,
      offsetof(gate_record_t, consumer), GATE_RECORD_CONSUMER,
      GATE_RECORD_OF_CREDENTIAL },
    { gate_string("id"), gate_record_name,
      offsetof(gate_record_t, id), GATE_RECORD_NAME,
      GATE_RECORD_OF_CONSUMER },
    { gate_string("credential"), gate_record_name,
      offsetof(gate_record_t, credential), GATE_RECORD_NAME,
      GATE_RECORD_OF_CREDENTIAL },
    { gate_string("plan"), gate_record_name,
      offsetof(gate_record_t, plan), GATE_RECORD_NAME,
      GATE_RECORD_OF_CONSUMER },
    { gate_string("groups"), gate_record_groups, 0, 0,
      GATE_RECORD_OF_CONSUMER },
    { gate_string("scopes"), gate_record_scopes, 0, 0,
      GATE_RECORD_OF_CONSUMER },
    { gate_string("pins"), gate_record_pins, 0, 0,
      GATE_RECORD_OF_CONSUMER },
    { gate_string("claims"), gate_record_claims, 0, 0,
      GATE_RECORD_OF_CONSUMER },
    { gate_string("not_after"), gate_record_not_after, 0, 0,
      GATE_RECORD_OF_CREDENTIAL },
    { gate_string("successor"), gate_record_name,
      offsetof(gate_record_t, successor), GATE_RECORD_NAME,
      GATE_RECORD_OF_CREDENTIAL },
    { gate_string("revoked"), gate_record_number, 0, 0,
      GATE_RECORD_OF_CREDENTIAL },
    { gate_string("status"), gate_record_status, 0, 0,
      GATE_RECORD_OF_BOTH },
    { gate_string("rev"), gate_record_number, 0, 0,
      GATE_RECORD_OF_BOTH },
    { gate_string("created"), gate_record_number, 0, 0,
      GATE_RECORD_OF_BOTH },
    { gate_string("password"), gate_record_text,
      offsetof(gate_record_t, secret), GATE_RECORD_NAME,
      GATE_RECORD_OF_BASIC },
    { gate_string("public_key"), gate_record_text,
      offsetof(gate_record_t, secret), GATE_RECORD_SECRET,
      GATE_RECORD_OF_SIGNATURE },
    { gate_string("algorithm"), gate_record_name,
      offsetof(gate_record_t, algorithm), GATE_RECORD_NAME,
      GATE_RECORD_OF_SIGNATURE }
};

#define GATE_RECORD_ROWS                                                     \
    (sizeof(gate_record_rows) / sizeof(gate_record_rows[0]))


size_t
gate_record_key(gate_kind_e kind, gate_str_t name, unsigned char *dst)
{
    size_t  len;

    if (name.len == 0 || name.len > GATE_RECORD_LONGEST) {
        return 0;
    }

    memcpy(dst, "gate:k:{", 8);
    dst[5] = (unsigned char) kind;

    len = gate_uri_escape(name, dst + 8);
    dst[8 + len] = '}';

    return 8 + len + 1;
}


gate_record_rc_e
gate_record_parse(gate_kind_e kind, const gate_record_field_t *fields,
    size_t n, gate_record_t *record, size_t *bad)
{
    size_t                    i;
    unsigned                  seen, bit, of;
    gate_record_rc_e          rc;
    const gate_record_row_t  *row;

    memset(record, 0, sizeof(gate_record_t));
    *bad = 0;
    seen = 0;
    of = gate_record_of(kind);

    for (i = 0; i < n; i++) {
        *bad = i;

        row = gate_record_row(fields[i].name, of);
        if (row == NULL) {
            return GATE_RECORD_UNKNOWN;
        }

        bit = 1u << (row - gate_record_rows);

        if (seen & bit) {
            return GATE_RECORD_DUPLICATE;
        }

        seen |= bit;

        rc = row->read(record, row, fields[i].value);
        if (rc != GATE_RECORD_OK) {
            return rc;
        }
    }

    return gate_record_whole(record, kind, fields, n, bad);
}


/* the fields that a hash of that kind may have */

static unsigned
gate_record_of(gate_kind_e kind)
{
    switch (kind) {

    case GATE_KIND_CONSUMER:
        return GATE_RECORD_OF_CONSUMER;

    case GATE_KIND_BASIC:
        return GATE_RECORD_OF_BOTH|GATE_RECORD_OF_BASIC;

    case GATE_KIND_SIGNATURE:
        return GATE_RECORD_OF_BOTH|GATE_RECORD_OF_SIGNATURE;

    default:
        return GATE_RECORD_OF_BOTH;
    }
}


static const gate_record_row_t *
gate_record_row(gate_str_t name, unsigned of)
{
    size_t  i;

    for (i = 0; i < GATE_RECORD_ROWS; i++) {
        if ((gate_record_rows[i].of & of)
            && gate_str_eq(name, gate_record_rows[i].name))
        {
            return &gate_record_rows[i];
        }
    }

    return NULL;
}


/* a credential says who its consumer is in one of two ways */

static gate_record_rc_e
gate_record_whole(const gate_record_t *record, gate_kind_e kind,
    const gate_record_field_t *fields, size_t n, size_t *bad)
{
    size_t  i;

    if (kind == GATE_KIND_CONSUMER) {
        return GATE_RECORD_OK;
    }

    if (record->owner.len == 0) {
        return (record->consumer.len != 0) ? GATE_RECORD_OK
                                           : GATE_RECORD_INCOMPLETE;
    }

    for (i = 0; i < n; i++) {
        *bad = i;

        if (gate_str_eq(fields[i].name, gate_cstr("consumer"))
            || gate_record_row(fields[i].name, ~0u)->of
               == GATE_RECORD_OF_CONSUMER)
        {
            return GATE_RECORD_TWO;
        }
    }

    return GATE_RECORD_OK;
}


int
gate_record_consumer(gate_str_t name)
{
    return gate_record_is_name(name, GATE_RECORD_CONSUMER, 0);
}


void
gate_record_merge(gate_record_t *record, const gate_record_t *owner)
{
    record->consumer = record->owner;
    record->id = owner->id;
    record->plan = owner->plan;
    record->groups = owner->groups;
    record->ngroups = owner->ngroups;
    record->scopes = owner->scopes;
    record->nscopes = owner->nscopes;
    record->pins = owner->pins;
    record->claims = owner->claims;
    record->disabled = owner->disabled;
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

    if (record->not_after_s < 0) {
        record->not_after_s = gate_date_time(value);
    }

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


static gate_record_rc_e
gate_record_claims(gate_record_t *record, const gate_record_row_t *row,
    gate_str_t value)
{
    json_t          *claims;
    gate_json_rc_e   rc;

    if (value.len > GATE_RECORD_CLAIMS) {
        return GATE_RECORD_BAD;
    }

    rc = gate_json_object(value, &claims);

    if (rc == GATE_JSON_OK) {
        json_decref(claims);
    }

    record->claims = value;

    return (rc == GATE_JSON_OK) ? GATE_RECORD_OK : GATE_RECORD_BAD;
}


/* what is no name: of any bytes but NUL */

static gate_record_rc_e
gate_record_text(gate_record_t *record, const gate_record_row_t *row,
    gate_str_t value)
{
    *(gate_str_t *) ((unsigned char *) record + row->offset) = value;

    return (value.len != 0 && value.len <= row->max
            && memchr(value.data, '\0', value.len) == NULL)
           ? GATE_RECORD_OK : GATE_RECORD_BAD;
}


/* of its writer: digits, or a time */

static gate_record_rc_e
gate_record_number(gate_record_t *record, const gate_record_row_t *row,
    gate_str_t value)
{
    size_t  i;

    if (gate_date_time(value) >= 0) {
        return GATE_RECORD_OK;
    }

    for (i = 0; i < value.len; i++) {
        if (value.data[i] < '0' || value.data[i] > '9') {
            return GATE_RECORD_BAD;
        }
    }

    return (value.len != 0 && value.len <= GATE_RECORD_DIGITS)
           ? GATE_RECORD_OK : GATE_RECORD_BAD;
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


/*
 * A key goes by the first digits of its digest, which tell nothing, a token by
 * its issuer; all others have names that are no secrets.
 */

static gate_str_t
gate_record_id(const gate_record_t *record, gate_kind_e kind,
    gate_str_t name)
{
    unsigned char  *eq;

    if (record->credential.len) {
        return record->credential;
    }

    if (kind == GATE_KIND_KEY && name.len > GATE_RECORD_ID) {
        return gate_str(name.data, GATE_RECORD_ID);
    }

    eq = (kind == GATE_KIND_CLAIM && name.len)
         ? memchr(name.data, '=', name.len) : NULL;

    return (eq == NULL) ? name
                        : gate_str(name.data, (size_t) (eq - name.data));
}


size_t
gate_record_size(const gate_record_t *record, gate_str_t name)
{
    return sizeof(gate_credential_t) + sizeof(gate_consumer_t)
           + (record->ngroups + record->nscopes) * sizeof(gate_str_t)
           + record->consumer.len + record->id.len
           + name.len
           + (record->credential.len ? record->credential.len : name.len)
           + record->secret.len + record->algorithm.len
           + record->successor.len
           + record->groups.len + record->scopes.len + record->pins.len
           + record->claims.len
           + gate_record_fields(record);
}


gate_credential_t *
gate_record_keep(const gate_record_t *record, const gate_plan_t *plan,
    gate_kind_e kind, gate_str_t name, void *memory)
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

    if (kind == GATE_KIND_KEY && name.len == 2 * GATE_SHA256_LEN) {
        (void) gate_hex_read(name.data, k->digest, GATE_SHA256_LEN);
    }

    k->kind = kind;
    k->name = gate_record_copy(&last, name);
    k->id = gate_record_copy(&last, gate_record_id(record, kind, name));
    k->secret = gate_record_copy(&last, record->secret);
    k->algorithm = gate_record_copy(&last, record->algorithm);
    k->successor = gate_record_copy(&last, record->successor);
    k->consumer = c;
    k->not_after_s = record->not_after_s;

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
    c->claims_text = gate_record_copy(&last, record->claims);

    if (c->claims_text.len) {
        (void) gate_json_object(c->claims_text, &c->claims);
    }

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
