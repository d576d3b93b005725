
/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * Idempotency-Key: keys, fingerprints, records.
 */


#include "gate_idempotency.h"


#define GATE_IDEMPOTENCY_VERSION  1


static size_t gate_idempotency_quoted(gate_str_t value,
    unsigned char *dst);
static int gate_idempotency_bare(unsigned char c);
static int gate_idempotency_answer(gate_str_t *rest, gate_idempotency_t *r);
static int gate_idempotency_fields(const gate_idempotency_t *r);
static int gate_idempotency_text(gate_str_t *rest, gate_str_t *text);
static int gate_idempotency_is_name(gate_str_t name);
static int gate_idempotency_is_value(gate_str_t value);
static unsigned gate_idempotency_number(const unsigned char *p);
static unsigned char *gate_idempotency_start(unsigned char *dst,
    gate_idempotency_kind_e kind, const unsigned char *print);
static unsigned char *gate_idempotency_status(unsigned char *dst,
    unsigned status);
static unsigned char *gate_idempotency_write(unsigned char *dst,
    gate_str_t s);


size_t
gate_idempotency_key(gate_str_t value, unsigned char dst[GATE_IDEMPOTENCY_KEY])
{
    size_t  i;

    if (value.len == 0) {
        return 0;
    }

    if (value.data[0] == '"') {
        return gate_idempotency_quoted(value, dst);
    }

    if (value.len > GATE_IDEMPOTENCY_KEY) {
        return 0;
    }

    for (i = 0; i < value.len; i++) {
        if (!gate_idempotency_bare(value.data[i])) {
            return 0;
        }

        dst[i] = value.data[i];
    }

    return i;
}


/* nothing may follow: no parameter of this field is known */

static size_t
gate_idempotency_quoted(gate_str_t value, unsigned char *dst)
{
    size_t         i, n;
    unsigned char  c;

    n = 0;

    for (i = 1; i < value.len; i++) {
        c = value.data[i];

        if (c == '"') {
            return (i + 1 == value.len) ? n : 0;
        }

        if (c == '\\') {
            if (++i == value.len) {
                return 0;
            }

            c = value.data[i];

            if (c != '"' && c != '\\') {
                return 0;
            }
        }

        if (c < 0x20 || c > 0x7e || n == GATE_IDEMPOTENCY_KEY) {
            return 0;
        }

        dst[n++] = c;
    }

    return 0;
}


/* a space, a comma or a semicolon would be of a list or of a parameter */

static int
gate_idempotency_bare(unsigned char c)
{
    return c > 0x20 && c < 0x7f
           && c != '"' && c != '\\' && c != ',' && c != ';';
}


void
gate_idempotency_add(gate_sha256_t *h, gate_str_t s)
{
    unsigned char  len[GATE_IDEMPOTENCY_LEN];

    (void) gate_idempotency_length(len, s.len);

    gate_sha256_add(h, gate_str(len, sizeof(len)));
    gate_sha256_add(h, s);
}


int
gate_idempotency_parse(gate_str_t text, gate_idempotency_t *r)
{
    gate_str_t  rest;

    memset(r, 0, sizeof(gate_idempotency_t));

    if (text.len < 2 + GATE_SHA256_LEN
        || text.data[0] != GATE_IDEMPOTENCY_VERSION)
    {
        return 0;
    }

    r->kind = text.data[1];
    r->print = text.data + 2;

    rest = gate_str(text.data + 2 + GATE_SHA256_LEN,
                    text.len - 2 - GATE_SHA256_LEN);

    if (r->kind == GATE_IDEMPOTENCY_LOCKED) {
        return rest.len == GATE_IDEMPOTENCY_TOKEN;
    }

    if (rest.len < 2) {
        return 0;
    }

    r->status = (unsigned) rest.data[0] << 8 | rest.data[1];
    rest = gate_str(rest.data + 2, rest.len - 2);

    if (r->status < 100 || r->status > 599) {
        return 0;
    }

    if (r->kind == GATE_IDEMPOTENCY_UNKEPT) {
        return rest.len == 0;
    }

    return r->kind == GATE_IDEMPOTENCY_ANSWER
           && gate_idempotency_answer(&rest, r);
}


/* it becomes the head of an answer: nothing in it may end a line */

static int
gate_idempotency_answer(gate_str_t *rest, gate_idempotency_t *r)
{
    return gate_idempotency_text(rest, &r->line)
           && gate_idempotency_is_value(r->line)
           && gate_idempotency_text(rest, &r->type)
           && gate_idempotency_is_value(r->type)
           && gate_idempotency_text(rest, &r->fields)
           && gate_idempotency_fields(r)
           && gate_idempotency_text(rest, &r->body)
           && rest->len == 0;
}


static int
gate_idempotency_fields(const gate_idempotency_t *r)
{
    gate_str_t  rest, name, value;

    rest = r->fields;

    while (rest.len != 0) {
        if (!gate_idempotency_text(&rest, &name)
            || !gate_idempotency_is_name(name)
            || !gate_idempotency_text(&rest, &value)
            || !gate_idempotency_is_value(value))
        {
            return 0;
        }
    }

    return 1;
}


int
gate_idempotency_field(const gate_idempotency_t *r, size_t *pos,
    gate_str_t *name, gate_str_t *value)
{
    gate_str_t  rest;

    rest = gate_str(r->fields.data + *pos, r->fields.len - *pos);

    if (rest.len == 0
        || !gate_idempotency_text(&rest, name)
        || !gate_idempotency_text(&rest, value))
    {
        return 0;
    }

    *pos = r->fields.len - rest.len;

    return 1;
}


static int
gate_idempotency_text(gate_str_t *rest, gate_str_t *text)
{
    size_t  len;

    if (rest->len < GATE_IDEMPOTENCY_LEN) {
        return 0;
    }

    len = gate_idempotency_number(rest->data);

    if (rest->len - GATE_IDEMPOTENCY_LEN < len) {
        return 0;
    }

    *text = gate_str(rest->data + GATE_IDEMPOTENCY_LEN, len);
    *rest = gate_str(text->data + len, rest->len - GATE_IDEMPOTENCY_LEN - len);

    return 1;
}


static int
gate_idempotency_is_name(gate_str_t name)
{
    size_t  i;

    for (i = 0; i < name.len; i++) {
        if (name.data[i] <= 0x20 || name.data[i] >= 0x7f
            || name.data[i] == ':')
        {
            return 0;
        }
    }

    return i != 0;
}


static int
gate_idempotency_is_value(gate_str_t value)
{
    size_t  i;

    for (i = 0; i < value.len; i++) {
        if ((value.data[i] < 0x20 && value.data[i] != '\t')
            || value.data[i] == 0x7f)
        {
            return 0;
        }
    }

    return 1;
}


static unsigned
gate_idempotency_number(const unsigned char *p)
{
    return (unsigned) p[0] << 24 | (unsigned) p[1] << 16
           | (unsigned) p[2] << 8 | p[3];
}


void
gate_idempotency_lock(unsigned char *dst, const unsigned char *print,
    const unsigned char *token)
{
    dst = gate_idempotency_start(dst, GATE_IDEMPOTENCY_LOCKED, print);

    memcpy(dst, token, GATE_IDEMPOTENCY_TOKEN);
}


void
gate_idempotency_done(unsigned char *dst, const unsigned char *print,
    unsigned status)
{
    dst = gate_idempotency_start(dst, GATE_IDEMPOTENCY_UNKEPT, print);

    (void) gate_idempotency_status(dst, status);
}


size_t
gate_idempotency_head_size(const gate_idempotency_t *r)
{
    return GATE_IDEMPOTENCY_DONE + r->line.len + r->type.len
           + 4 * GATE_IDEMPOTENCY_LEN;
}


unsigned char *
gate_idempotency_head(unsigned char *dst, const gate_idempotency_t *r,
    size_t fields)
{
    dst = gate_idempotency_start(dst, GATE_IDEMPOTENCY_ANSWER, r->print);
    dst = gate_idempotency_status(dst, r->status);
    dst = gate_idempotency_write(dst, r->line);
    dst = gate_idempotency_write(dst, r->type);

    return gate_idempotency_length(dst, fields);
}


size_t
gate_idempotency_put_size(gate_str_t name, gate_str_t value)
{
    return 2 * GATE_IDEMPOTENCY_LEN + name.len + value.len;
}


unsigned char *
gate_idempotency_put(unsigned char *dst, gate_str_t name, gate_str_t value)
{
    return gate_idempotency_write(gate_idempotency_write(dst, name), value);
}


unsigned char *
gate_idempotency_length(unsigned char *dst, size_t len)
{
    dst[0] = (unsigned char) (len >> 24);
    dst[1] = (unsigned char) (len >> 16);
    dst[2] = (unsigned char) (len >> 8);
    dst[3] = (unsigned char) len;

    return dst + GATE_IDEMPOTENCY_LEN;
}


static unsigned char *
gate_idempotency_start(unsigned char *dst, gate_idempotency_kind_e kind,
    const unsigned char *print)
{
    dst[0] = GATE_IDEMPOTENCY_VERSION;
    dst[1] = (unsigned char) kind;

    memcpy(dst + 2, print, GATE_SHA256_LEN);

    return dst + 2 + GATE_SHA256_LEN;
}


static unsigned char *
gate_idempotency_status(unsigned char *dst, unsigned status)
{
    dst[0] = (unsigned char) (status >> 8);
    dst[1] = (unsigned char) status;

    return dst + 2;
}


static unsigned char *
gate_idempotency_write(unsigned char *dst, gate_str_t s)
{
    return gate_str_copy(gate_idempotency_length(dst, s.len), s);
}
