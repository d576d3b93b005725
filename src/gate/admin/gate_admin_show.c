
/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * Hashes of Redis as JSON.  Somebody may have written them by hand: whatever
 * they hold, what is shown is JSON.
 */


#include "gate_admin.h"
#include "gate_admin_show.h"
#include "gate_date.h"
#include "gate_text.h"
#include "gate_uri.h"

#include <stdlib.h>


#define GATE_ADMIN_DIGITS  16                 /* below 2^53 */


static json_t *gate_admin_string(gate_str_t s);
static void gate_admin_put(json_t *to, const char *name, gate_str_t value);
static const gate_str_t *gate_admin_value(const gate_admin_pair_t *pairs,
    size_t n, const char *name);
static void gate_admin_copy(json_t *to, const char *member,
    const gate_admin_pair_t *pairs, size_t n, const char *name);
static void gate_admin_put_list(json_t *to, const char *name,
    const gate_str_t *list, unsigned char separator);
static void gate_admin_put_pairs(json_t *to, const char *name,
    const gate_str_t *list);
static void gate_admin_put_claims(json_t *to, const gate_str_t *text);
static void gate_admin_put_rev(json_t *to, const gate_admin_pair_t *pairs,
    size_t n);
static int64_t gate_admin_number(gate_str_t text);
static void gate_admin_put_time(json_t *to, const char *name, gate_str_t s);
static void gate_admin_put_name(json_t *to, gate_str_t ref,
    const gate_admin_pair_t *pairs, size_t n);
static void gate_admin_put_certificate(json_t *to, gate_str_t name);
static void gate_admin_put_issued(json_t *to, gate_str_t name,
    const char *member);
static int gate_admin_usage_order(const void *one, const void *two);
static json_t *gate_admin_usage_row(gate_str_t consumer, gate_str_t names);


json_t *
gate_admin_show_consumer(gate_str_t name, const gate_admin_pair_t *pairs,
    size_t n)
{
    json_t            *to;
    const gate_str_t  *status;

    to = json_object();
    if (to == NULL) {
        return NULL;
    }

    gate_admin_put(to, "name", name);
    gate_admin_copy(to, "id", pairs, n, "id");
    gate_admin_copy(to, "plan", pairs, n, "plan");
    gate_admin_put_list(to, "groups", gate_admin_value(pairs, n, "groups"),
                        ',');
    gate_admin_put_list(to, "scopes", gate_admin_value(pairs, n, "scopes"),
                        ' ');
    gate_admin_put_pairs(to, "pins", gate_admin_value(pairs, n, "pins"));

    gate_admin_put_claims(to, gate_admin_value(pairs, n, "claims"));

    status = gate_admin_value(pairs, n, "status");
    gate_admin_put(to, "status", status ? *status : gate_cstr("active"));

    gate_admin_put_rev(to, pairs, n);
    gate_admin_copy(to, "created", pairs, n, "created");

    return to;
}


json_t *
gate_admin_show_credential(gate_str_t id, gate_str_t ref, gate_str_t owner,
    gate_str_t last, const gate_admin_pair_t *pairs, size_t n)
{
    json_t            *to;
    const gate_str_t  *status;

    to = json_object();
    if (to == NULL) {
        return NULL;
    }

    gate_admin_put(to, "id", id);
    gate_admin_put(to, "consumer", owner);
    gate_admin_put_name(to, ref, pairs, n);

    status = gate_admin_value(pairs, n, "status");
    gate_admin_put(to, "status", status ? *status : gate_cstr("active"));

    gate_admin_copy(to, "not_after", pairs, n, "not_after");
    gate_admin_copy(to, "successor", pairs, n, "successor");
    gate_admin_copy(to, "revoked", pairs, n, "revoked");
    gate_admin_put_rev(to, pairs, n);
    gate_admin_copy(to, "created", pairs, n, "created");
    gate_admin_put_time(to, "last_used", last);

    return to;
}


json_t *
gate_admin_show_revocation(gate_str_t name, gate_str_t exp)
{
    json_t  *to;

    to = json_object();
    if (to == NULL) {
        return NULL;
    }

    gate_admin_put_issued(to, name, "jti");
    (void) json_object_set_new(to, "exp",
                               json_integer(gate_admin_number(exp)));
    gate_admin_put_time(to, "until", exp);

    return to;
}


/* what is no UTF-8 is shown as U+FFFD */

static json_t *
gate_admin_string(gate_str_t s)
{
    json_t         *text;
    gate_text_t     t;
    unsigned char  *buf;

    text = json_stringn((char *) s.data, s.len);

    if (text != NULL) {
        return text;
    }

    buf = malloc(6 * s.len + 2);
    if (buf == NULL) {
        return NULL;
    }

    gate_text_init(&t, buf, 6 * s.len + 2);
    gate_text_json(&t, s);

    text = json_loadb((char *) buf, (size_t) (t.last - t.start),
                      JSON_DECODE_ANY|JSON_ALLOW_NUL, NULL);
    free(buf);

    return text;
}


static void
gate_admin_put(json_t *to, const char *name, gate_str_t value)
{
    (void) json_object_set_new(to, name, gate_admin_string(value));
}


static const gate_str_t *
gate_admin_value(const gate_admin_pair_t *pairs, size_t n, const char *name)
{
    size_t  i;

    for (i = 0; i < n; i++) {
        if (gate_str_eq(pairs[i].name, gate_cstr(name))) {
            return &pairs[i].value;
        }
    }

    return NULL;
}


static void
gate_admin_copy(json_t *to, const char *member,
    const gate_admin_pair_t *pairs, size_t n, const char *name)
{
    const gate_str_t  *value;

    value = gate_admin_value(pairs, n, name);

    if (value != NULL) {
        gate_admin_put(to, member, *value);
    }
}


static void
gate_admin_put_list(json_t *to, const char *name, const gate_str_t *list,
    unsigned char separator)
{
    size_t   i, first;
    json_t  *array;

    array = json_array();
    first = 0;

    for (i = 0; list != NULL && i <= list->len; i++) {
        if (i == list->len || list->data[i] == separator) {
            (void) json_array_append_new(array,
                             gate_admin_string(gate_str(list->data + first,
                                                        i - first)));
            first = i + 1;
        }
    }

    (void) json_object_set_new(to, name, array);
}


static void
gate_admin_put_pairs(json_t *to, const char *name, const gate_str_t *list)
{
    size_t          i, first, len;
    json_t         *object, *key;
    unsigned char  *p, *eq;

    object = json_object();
    first = 0;

    for (i = 0; list != NULL && i <= list->len; i++) {
        if (i < list->len && list->data[i] != ',') {
            continue;
        }

        p = list->data + first;
        len = i - first;
        first = i + 1;

        eq = memchr(p, '=', len);
        if (eq == NULL) {
            continue;
        }

        key = gate_admin_string(gate_str(p, (size_t) (eq - p)));

        if (key != NULL) {
            gate_admin_put(object, json_string_value(key),
                           gate_str(eq + 1, len - (size_t) (eq + 1 - p)));
        }

        json_decref(key);
    }

    (void) json_object_set_new(to, name, object);
}


static void
gate_admin_put_claims(json_t *to, const gate_str_t *text)
{
    json_t  *claims;

    claims = NULL;

    if (text != NULL) {
        (void) gate_json_object(*text, &claims);
    }

    (void) json_object_set_new(to, "claims", claims ? claims : json_object());
}


/* one that somebody has written by hand has none: it is the first */

static void
gate_admin_put_rev(json_t *to, const gate_admin_pair_t *pairs, size_t n)
{
    const gate_str_t  *rev;

    rev = gate_admin_value(pairs, n, "rev");

    (void) json_object_set_new(to, "rev",
                               json_integer(rev ? gate_admin_number(*rev)
                                                : 0));
}


static int64_t
gate_admin_number(gate_str_t text)
{
    size_t   i;
    int64_t  n;

    n = 0;

    for (i = 0; i < text.len && i < GATE_ADMIN_DIGITS; i++) {
        if (text.data[i] < '0' || text.data[i] > '9') {
            break;
        }

        n = n * 10 + (text.data[i] - '0');
    }

    return n;
}


static void
gate_admin_put_time(json_t *to, const char *name, gate_str_t s)
{
    int64_t        n;
    size_t         len;
    unsigned char  text[GATE_DATE_ISO];

    n = gate_admin_number(s);
    len = (n > 0 && n < 253402300800) ? gate_date_iso(n, text) : 0;

    if (len != 0) {
        gate_admin_put(to, name, gate_str(text, len));
    }
}


/* what it is known by, as far as that is no secret */

static void
gate_admin_put_name(json_t *to, gate_str_t ref,
    const gate_admin_pair_t *pairs, size_t n)
{
    size_t          len;
    gate_str_t      name;
    unsigned char  *text;

    if (ref.len < 2) {
        return;
    }

    text = malloc(ref.len);
    if (text == NULL) {
        return;
    }

    len = gate_uri_unescape(gate_str(ref.data + 2, ref.len - 2), text);
    name = gate_str(text, len);

    switch (ref.data[0]) {

    case GATE_ADMIN_KEY:
        gate_admin_put(to, "type", gate_cstr("key"));
        break;

    case GATE_ADMIN_BASIC:
        gate_admin_put(to, "type", gate_cstr("basic"));
        gate_admin_put(to, "user", name);
        break;

    case GATE_ADMIN_CLAIM:
        gate_admin_put(to, "type", gate_cstr("claim"));
        gate_admin_put_issued(to, gate_str(ref.data + 2, ref.len - 2),
                              "value");
        break;

    case GATE_ADMIN_SIGNATURE:
        gate_admin_put(to, "type", gate_cstr("signature"));
        gate_admin_put(to, "key_id", name);
        gate_admin_copy(to, "public_key", pairs, n, "public_key");
        gate_admin_copy(to, "algorithm", pairs, n, "algorithm");
        break;

    case GATE_ADMIN_MTLS:
        gate_admin_put(to, "type", gate_cstr("mtls"));
        gate_admin_put_certificate(to, name);
        break;

    default:
        break;
    }

    free(text);
}


static void
gate_admin_put_certificate(json_t *to, gate_str_t name)
{
    gate_str_t      kind;
    unsigned char  *colon;

    colon = memchr(name.data, ':', name.len);

    if (colon == NULL) {
        return;
    }

    kind = gate_str(name.data, (size_t) (colon - name.data));

    gate_admin_put(to, gate_str_eq(kind, gate_cstr("sha256")) ? "fingerprint"
                       : gate_str_eq(kind, gate_cstr("san")) ? "san"
                       : "subject",
                   gate_str(colon + 1, name.len - kind.len - 1));
}


static void
gate_admin_put_issued(json_t *to, gate_str_t name, const char *member)
{
    size_t          len;
    unsigned char  *text, *eq;

    text = malloc(name.len + 1);
    if (text == NULL) {
        return;
    }

    len = gate_uri_unescape(name, text);
    eq = memchr(text, '=', len);

    if (eq != NULL) {
        gate_admin_put(to, "issuer", gate_str(text, (size_t) (eq - text)));
        gate_admin_put(to, member,
                       gate_str(eq + 1, len - (size_t) (eq + 1 - text)));
    }

    free(text);
}


int
gate_admin_show_usage(json_t *rows, gate_str_t consumer,
    gate_admin_pair_t *pairs, size_t n)
{
    size_t       i, len;
    json_t      *row, *unit;
    gate_str_t   names, last;

    qsort(pairs, n, sizeof(gate_admin_pair_t), gate_admin_usage_order);

    row = NULL;
    last = gate_str(NULL, 0);

    for (i = 0; i < n; i++) {

        for (len = pairs[i].name.len;
             len > 0 && pairs[i].name.data[len - 1] != '|';
             len--)
        {
            /* void */
        }

        if (len == 0) {
            continue;
        }

        names = gate_str(pairs[i].name.data, len - 1);

        if (row == NULL || !gate_str_eq(names, last)) {
            row = gate_admin_usage_row(consumer, names);
            last = names;

            if (row == NULL || json_array_append_new(rows, row) != 0) {
                return 0;
            }
        }

        unit = gate_admin_string(gate_str(pairs[i].name.data + len,
                                          pairs[i].name.len - len));
        if (unit == NULL) {
            return 0;
        }

        (void) json_object_set_new(row, json_string_value(unit),
                       json_integer(gate_admin_number(pairs[i].value)));
        json_decref(unit);
    }

    return 1;
}


static int
gate_admin_usage_order(const void *one, const void *two)
{
    int                       rc;
    const gate_admin_pair_t  *a, *b;

    a = one;
    b = two;

    rc = memcmp(a->name.data, b->name.data,
                a->name.len < b->name.len ? a->name.len : b->name.len);

    return (rc != 0) ? rc
           : (a->name.len > b->name.len) - (a->name.len < b->name.len);
}


/* API|VERSION|PLAN, each percent-encoded */

static json_t *
gate_admin_usage_row(gate_str_t consumer, gate_str_t names)
{
    size_t          i, first, k, len;
    json_t         *row;
    unsigned char  *text;

    static const char *const  members[] = { "api", "version", "plan" };

    row = json_object();
    text = malloc(names.len + 1);

    if (row == NULL || text == NULL) {
        json_decref(row);
        free(text);
        return NULL;
    }

    gate_admin_put(row, "consumer", consumer);

    first = 0;
    k = 0;

    for (i = 0; i <= names.len && k < 3; i++) {
        if (i == names.len || names.data[i] == '|') {
            len = gate_uri_unescape(gate_str(names.data + first, i - first),
                                    text);
            gate_admin_put(row, members[k++], gate_str(text, len));
            first = i + 1;
        }
    }

    free(text);

    return row;
}
