
/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * X-Forwarded-Client-Cert: pairs are read one after the other, and a comma
 * begins anew.
 */


#include "gate_xfcc.h"


static int gate_xfcc_key(gate_str_t field, size_t *pos, gate_str_t *key);
static int gate_xfcc_value(gate_str_t field, size_t *pos, gate_str_t *value);
static int gate_xfcc_quoted(gate_str_t field, size_t *pos, gate_str_t *value);
static int gate_xfcc_pair(gate_xfcc_t *x, gate_str_t key, gate_str_t value);
static int gate_xfcc_once(gate_str_t *to, gate_str_t value);
static int gate_xfcc_more(gate_str_t *to, size_t *n, gate_str_t value);


int
gate_xfcc_last(gate_str_t field, gate_xfcc_t *last)
{
    size_t      pos;
    gate_str_t  key, value;

    memset(last, 0, sizeof(gate_xfcc_t));

    pos = 0;

    for ( ;; ) {

        while (pos < field.len && field.data[pos] == ' ') {
            pos++;
        }

        if (!gate_xfcc_key(field, &pos, &key)
            || !gate_xfcc_value(field, &pos, &value)
            || !gate_xfcc_pair(last, key, value))
        {
            return 0;
        }

        while (pos < field.len && field.data[pos] == ' ') {
            pos++;
        }

        if (pos == field.len) {
            return 1;
        }

        if (field.data[pos] == ',') {
            memset(last, 0, sizeof(gate_xfcc_t));

        } else if (field.data[pos] != ';') {
            return 0;
        }

        pos++;
    }
}


static int
gate_xfcc_key(gate_str_t field, size_t *pos, gate_str_t *key)
{
    size_t         start;
    unsigned char  c;

    for (start = *pos; *pos < field.len; (*pos)++) {
        c = field.data[*pos] | 0x20;

        if (c < 'a' || c > 'z') {
            break;
        }
    }

    *key = gate_str(field.data + start, *pos - start);

    if (key->len == 0 || *pos == field.len || field.data[*pos] != '=') {
        return 0;
    }

    (*pos)++;

    return 1;
}


static int
gate_xfcc_value(gate_str_t field, size_t *pos, gate_str_t *value)
{
    size_t         start;
    unsigned char  c;

    if (*pos < field.len && field.data[*pos] == '"') {
        return gate_xfcc_quoted(field, pos, value);
    }

    for (start = *pos; *pos < field.len; (*pos)++) {
        c = field.data[*pos];

        if (c == ',' || c == ';') {
            break;
        }

        if (c == '"' || c == '\\' || c <= ' ' || c >= 0x7f) {
            return 0;
        }
    }

    *value = gate_str(field.data + start, *pos - start);

    return 1;
}


/* a name of RFC 2253 has backslashes of its own, which stay */

static int
gate_xfcc_quoted(gate_str_t field, size_t *pos, gate_str_t *value)
{
    size_t         start;
    unsigned char  c;

    for (start = ++*pos; *pos < field.len; (*pos)++) {
        c = field.data[*pos];

        if (c == '"') {
            *value = gate_str(field.data + start, *pos - start);
            (*pos)++;
            return 1;
        }

        if (c == '\\' && ++*pos == field.len) {
            break;
        }

        if (c < ' ' || c == 0x7f) {
            return 0;
        }
    }

    return 0;
}


/* a key that is not known says nothing about who it is */

static int
gate_xfcc_pair(gate_xfcc_t *x, gate_str_t key, gate_str_t value)
{
    if (gate_str_eq_nocase(key, gate_cstr("hash"))) {
        return gate_xfcc_once(&x->hash, value);
    }

    if (gate_str_eq_nocase(key, gate_cstr("cert"))) {
        return gate_xfcc_once(&x->cert, value);
    }

    if (gate_str_eq_nocase(key, gate_cstr("subject"))) {
        return gate_xfcc_once(&x->subject, value);
    }

    if (gate_str_eq_nocase(key, gate_cstr("uri"))) {
        return gate_xfcc_more(x->uri, &x->nuri, value);
    }

    if (gate_str_eq_nocase(key, gate_cstr("dns"))) {
        return gate_xfcc_more(x->dns, &x->ndns, value);
    }

    return 1;
}


static int
gate_xfcc_once(gate_str_t *to, gate_str_t value)
{
    if (to->data != NULL) {
        return 0;
    }

    *to = value;

    return 1;
}


/* those beyond the room are not looked for */

static int
gate_xfcc_more(gate_str_t *to, size_t *n, gate_str_t value)
{
    if (*n < GATE_XFCC_NAMES && value.len != 0) {
        to[(*n)++] = value;
    }

    return 1;
}
