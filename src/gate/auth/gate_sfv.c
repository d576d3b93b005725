
/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * Reading structured field values, strictly (RFC 9651 4.2).
 */


#include "gate_sfv.h"


static gate_sfv_rc_e gate_sfv_member(gate_sfv_t *s, gate_sfv_item_t *item);
static gate_sfv_rc_e gate_sfv_comma(gate_sfv_t *s);
static gate_sfv_rc_e gate_sfv_inner_list(gate_sfv_t *s,
    gate_sfv_item_t *item);
static gate_sfv_rc_e gate_sfv_inner_item(gate_sfv_t *s,
    gate_sfv_item_t *item);
static gate_sfv_rc_e gate_sfv_params(gate_sfv_t *s, gate_str_t *params);
static gate_sfv_rc_e gate_sfv_key(gate_sfv_t *s, gate_str_t *key);
static gate_sfv_rc_e gate_sfv_bare(gate_sfv_t *s, gate_sfv_item_t *item);
static gate_sfv_rc_e gate_sfv_number(gate_sfv_t *s, gate_sfv_item_t *item);
static gate_sfv_rc_e gate_sfv_date(gate_sfv_t *s, gate_sfv_item_t *item);
static gate_sfv_rc_e gate_sfv_quoted(gate_sfv_t *s, gate_sfv_item_t *item);
static gate_sfv_rc_e gate_sfv_token(gate_sfv_t *s, gate_sfv_item_t *item);
static gate_sfv_rc_e gate_sfv_base64(gate_sfv_t *s, gate_sfv_item_t *item);
static gate_sfv_rc_e gate_sfv_boolean(gate_sfv_t *s, gate_sfv_item_t *item);
static gate_sfv_rc_e gate_sfv_display(gate_sfv_t *s, gate_sfv_item_t *item);
static int gate_sfv_octet(gate_sfv_t *s);
static int gate_sfv_utf8(gate_sfv_t *s, int c);
static int gate_sfv_is_alpha(unsigned char c);
static int gate_sfv_is_digit(unsigned char c);
static int gate_sfv_sextet(unsigned char c);
static int gate_sfv_hex(unsigned char c);
static void gate_sfv_spaces(gate_sfv_t *s);


void
gate_sfv_init(gate_sfv_t *s, gate_str_t field)
{
    s->p = field.data;
    s->last = field.data + field.len;
    s->n = 0;

    /* only spaces are around a field here, no tabs: RFC 9651 4.2 */

    gate_sfv_spaces(s);

    while (s->last > s->p && s->last[-1] == ' ') {
        s->last--;
    }
}


gate_sfv_rc_e
gate_sfv_item(gate_str_t field, gate_sfv_item_t *item)
{
    gate_sfv_t  s;

    gate_sfv_init(&s, field);

    if (gate_sfv_bare(&s, item) != GATE_SFV_OK
        || gate_sfv_params(&s, &item->params) != GATE_SFV_OK)
    {
        return GATE_SFV_BAD;
    }

    return (s.p == s.last) ? GATE_SFV_OK : GATE_SFV_BAD;
}


gate_sfv_rc_e
gate_sfv_list(gate_sfv_t *s, gate_sfv_item_t *item)
{
    gate_sfv_rc_e  rc;

    rc = gate_sfv_comma(s);

    return (rc == GATE_SFV_OK) ? gate_sfv_member(s, item) : rc;
}


gate_sfv_rc_e
gate_sfv_dict(gate_sfv_t *s, gate_str_t *key, gate_sfv_item_t *item)
{
    gate_sfv_rc_e  rc;

    rc = gate_sfv_comma(s);
    if (rc != GATE_SFV_OK) {
        return rc;
    }

    if (gate_sfv_key(s, key) != GATE_SFV_OK) {
        return GATE_SFV_BAD;
    }

    if (s->p < s->last && *s->p == '=') {
        s->p++;
        return gate_sfv_member(s, item);
    }

    item->type = GATE_SFV_BOOLEAN;
    item->number = 1;
    item->text = gate_str(s->p, 0);

    return gate_sfv_params(s, &item->params);
}


/* what is between two members, and that a field does not end with it */

static gate_sfv_rc_e
gate_sfv_comma(gate_sfv_t *s)
{
    if (s->p == s->last) {
        return GATE_SFV_END;
    }

    if (++s->n > GATE_SFV_MEMBERS) {
        return GATE_SFV_BAD;
    }

    if (s->n == 1) {
        return GATE_SFV_OK;
    }

    while (s->p < s->last && (*s->p == ' ' || *s->p == '\t')) {
        s->p++;
    }

    if (s->p == s->last || *s->p++ != ',') {
        return GATE_SFV_BAD;
    }

    while (s->p < s->last && (*s->p == ' ' || *s->p == '\t')) {
        s->p++;
    }

    return (s->p == s->last) ? GATE_SFV_BAD : GATE_SFV_OK;
}


static gate_sfv_rc_e
gate_sfv_member(gate_sfv_t *s, gate_sfv_item_t *item)
{
    gate_sfv_rc_e  rc;

    rc = (s->p < s->last && *s->p == '(') ? gate_sfv_inner_list(s, item)
                                          : gate_sfv_bare(s, item);
    if (rc != GATE_SFV_OK) {
        return GATE_SFV_BAD;
    }

    return gate_sfv_params(s, &item->params);
}


static gate_sfv_rc_e
gate_sfv_inner_list(gate_sfv_t *s, gate_sfv_item_t *item)
{
    size_t                n;
    gate_sfv_item_t       in;
    const unsigned char  *start;

    start = ++s->p;

    for (n = 0; /* void */ ; n++) {

        gate_sfv_spaces(s);

        if (s->p == s->last || n == GATE_SFV_MEMBERS) {
            return GATE_SFV_BAD;
        }

        if (*s->p == ')') {
            break;
        }

        if (gate_sfv_inner_item(s, &in) != GATE_SFV_OK || s->p == s->last
            || (*s->p != ' ' && *s->p != ')'))
        {
            return GATE_SFV_BAD;
        }
    }

    item->type = GATE_SFV_INNER;
    item->number = (int64_t) n;
    item->text = gate_str(start, (size_t) (s->p - start));

    s->p++;

    return GATE_SFV_OK;
}


static gate_sfv_rc_e
gate_sfv_inner_item(gate_sfv_t *s, gate_sfv_item_t *item)
{
    if (gate_sfv_bare(s, item) != GATE_SFV_OK) {
        return GATE_SFV_BAD;
    }

    return gate_sfv_params(s, &item->params);
}


gate_sfv_rc_e
gate_sfv_inner(gate_sfv_t *s, gate_sfv_item_t *item)
{
    gate_sfv_spaces(s);

    if (s->p == s->last) {
        return GATE_SFV_END;
    }

    return gate_sfv_inner_item(s, item);
}


static gate_sfv_rc_e
gate_sfv_params(gate_sfv_t *s, gate_str_t *params)
{
    size_t                n;
    gate_str_t            key;
    gate_sfv_t            one;
    gate_sfv_rc_e         rc;
    gate_sfv_item_t       value;
    const unsigned char  *start;

    one = *s;
    start = s->p;

    for (n = 0; n <= GATE_SFV_PARAMS; n++) {

        rc = gate_sfv_param(&one, &key, &value);

        if (rc == GATE_SFV_BAD) {
            return rc;
        }

        if (rc == GATE_SFV_END) {
            s->p = one.p;
            *params = gate_str(start, (size_t) (one.p - start));
            return GATE_SFV_OK;
        }
    }

    return GATE_SFV_BAD;
}


gate_sfv_rc_e
gate_sfv_param(gate_sfv_t *s, gate_str_t *key, gate_sfv_item_t *value)
{
    if (s->p == s->last || *s->p != ';') {
        return GATE_SFV_END;
    }

    s->p++;

    gate_sfv_spaces(s);

    if (gate_sfv_key(s, key) != GATE_SFV_OK) {
        return GATE_SFV_BAD;
    }

    value->params = gate_str(NULL, 0);

    if (s->p < s->last && *s->p == '=') {
        s->p++;
        return gate_sfv_bare(s, value);
    }

    value->type = GATE_SFV_BOOLEAN;
    value->number = 1;
    value->text = gate_str(s->p, 0);

    return GATE_SFV_OK;
}


static gate_sfv_rc_e
gate_sfv_key(gate_sfv_t *s, gate_str_t *key)
{
    unsigned char         c;
    const unsigned char  *start;

    start = s->p;

    while (s->p < s->last) {
        c = *s->p;

        if (!(c >= 'a' && c <= 'z') && c != '*'
            && (s->p == start || (!gate_sfv_is_digit(c) && c != '_'
                                  && c != '-' && c != '.')))
        {
            break;
        }

        s->p++;
    }

    *key = gate_str(start, (size_t) (s->p - start));

    return (key->len == 0) ? GATE_SFV_BAD : GATE_SFV_OK;
}


static gate_sfv_rc_e
gate_sfv_bare(gate_sfv_t *s, gate_sfv_item_t *item)
{
    unsigned char  c;

    item->number = 0;

    if (s->p == s->last) {
        return GATE_SFV_BAD;
    }

    c = *s->p;

    switch (c) {

    case '"':
        return gate_sfv_quoted(s, item);

    case ':':
        return gate_sfv_base64(s, item);

    case '?':
        return gate_sfv_boolean(s, item);

    case '@':
        return gate_sfv_date(s, item);

    case '%':
        return gate_sfv_display(s, item);
    }

    if (c == '-' || gate_sfv_is_digit(c)) {
        return gate_sfv_number(s, item);
    }

    if (c == '*' || gate_sfv_is_alpha(c)) {
        return gate_sfv_token(s, item);
    }

    return GATE_SFV_BAD;
}


/* 15 digits, or 12 and up to 3 behind the point: it fits 64 bits */

static gate_sfv_rc_e
gate_sfv_number(gate_sfv_t *s, gate_sfv_item_t *item)
{
    size_t                whole, part;
    const unsigned char  *start;

    start = s->p;
    whole = 0;
    part = 0;

    if (*s->p == '-') {
        s->p++;
    }

    for ( /* void */ ; s->p < s->last && gate_sfv_is_digit(*s->p); s->p++) {
        item->number = item->number * 10 + (*s->p - '0');

        if (++whole > 15) {
            return GATE_SFV_BAD;
        }
    }

    item->type = GATE_SFV_INTEGER;

    if (whole != 0 && s->p < s->last && *s->p == '.') {

        item->type = GATE_SFV_DECIMAL;

        for (s->p++; s->p < s->last && gate_sfv_is_digit(*s->p); s->p++) {
            item->number = item->number * 10 + (*s->p - '0');

            if (++part > 3) {
                return GATE_SFV_BAD;
            }
        }

        if (whole > 12 || part == 0) {
            return GATE_SFV_BAD;
        }

        for ( /* void */ ; part < 3; part++) {
            item->number *= 10;
        }
    }

    if (*start == '-') {
        item->number = -item->number;
    }

    item->text = gate_str(start, (size_t) (s->p - start));

    return (whole == 0) ? GATE_SFV_BAD : GATE_SFV_OK;
}


static gate_sfv_rc_e
gate_sfv_date(gate_sfv_t *s, gate_sfv_item_t *item)
{
    s->p++;

    if (s->p == s->last || gate_sfv_number(s, item) != GATE_SFV_OK
        || item->type != GATE_SFV_INTEGER)
    {
        return GATE_SFV_BAD;
    }

    item->type = GATE_SFV_DATE;

    return GATE_SFV_OK;
}


static gate_sfv_rc_e
gate_sfv_quoted(gate_sfv_t *s, gate_sfv_item_t *item)
{
    unsigned char         c;
    const unsigned char  *start;

    start = ++s->p;

    while (s->p < s->last) {
        c = *s->p++;

        if (c == '"') {
            item->type = GATE_SFV_STRING;
            item->text = gate_str(start, (size_t) (s->p - 1 - start));
            return GATE_SFV_OK;
        }

        if (c < ' ' || c > '~') {
            return GATE_SFV_BAD;
        }

        if (c == '\\') {
            if (s->p == s->last || (*s->p != '"' && *s->p != '\\')) {
                return GATE_SFV_BAD;
            }

            s->p++;
        }
    }

    return GATE_SFV_BAD;
}


static gate_sfv_rc_e
gate_sfv_token(gate_sfv_t *s, gate_sfv_item_t *item)
{
    unsigned char         c;
    const unsigned char  *start;

    start = s->p;

    while (s->p < s->last) {
        c = *s->p;

        if (!gate_sfv_is_alpha(c) && !gate_sfv_is_digit(c)
            && (c == '\0' || strchr("!#$%&'*+-.^_`|~:/", c) == NULL))
        {
            break;
        }

        s->p++;
    }

    item->type = GATE_SFV_TOKEN;
    item->text = gate_str(start, (size_t) (s->p - start));

    return GATE_SFV_OK;
}


static gate_sfv_rc_e
gate_sfv_base64(gate_sfv_t *s, gate_sfv_item_t *item)
{
    int                   bits;
    size_t                len, pad;
    const unsigned char  *start;

    start = ++s->p;
    bits = 0;

    while (s->p < s->last && gate_sfv_sextet(*s->p) >= 0) {
        bits = gate_sfv_sextet(*s->p++);
    }

    len = (size_t) (s->p - start);

    for (pad = 0; s->p < s->last && *s->p == '='; pad++) {
        s->p++;
    }

    /* the bits of the last character that are of no byte are zero */

    if (s->p == s->last || *s->p != ':' || (len + pad) % 4 != 0 || pad > 2
        || (pad == 1 && (bits & 3) != 0) || (pad == 2 && (bits & 15) != 0))
    {
        return GATE_SFV_BAD;
    }

    s->p++;

    item->type = GATE_SFV_BYTES;
    item->text = gate_str(start, len + pad);

    return GATE_SFV_OK;
}


static gate_sfv_rc_e
gate_sfv_boolean(gate_sfv_t *s, gate_sfv_item_t *item)
{
    s->p++;

    if (s->p == s->last || (*s->p != '0' && *s->p != '1')) {
        return GATE_SFV_BAD;
    }

    item->type = GATE_SFV_BOOLEAN;
    item->number = *s->p - '0';
    item->text = gate_str(s->p, 1);

    s->p++;

    return GATE_SFV_OK;
}


/* RFC 9651 4.2.10: UTF-8, of which all but printable ASCII is escaped */

static gate_sfv_rc_e
gate_sfv_display(gate_sfv_t *s, gate_sfv_item_t *item)
{
    int                   c;
    const unsigned char  *start;

    s->p++;

    if (s->p == s->last || *s->p != '"') {
        return GATE_SFV_BAD;
    }

    start = ++s->p;

    while (s->p < s->last && *s->p != '"') {
        c = gate_sfv_octet(s);

        if (c < 0 || (c > 0x7f && !gate_sfv_utf8(s, c))) {
            return GATE_SFV_BAD;
        }
    }

    if (s->p == s->last) {
        return GATE_SFV_BAD;
    }

    item->type = GATE_SFV_DISPLAY;
    item->text = gate_str(start, (size_t) (s->p - start));

    s->p++;

    return GATE_SFV_OK;
}


/* one byte of a display string; -1: it is none */

static int
gate_sfv_octet(gate_sfv_t *s)
{
    int            high, low;
    unsigned char  c;

    if (s->p == s->last) {
        return -1;
    }

    c = *s->p++;

    if (c != '%') {
        return (c < ' ' || c > '~' || c == '"') ? -1 : c;
    }

    if (s->last - s->p < 2) {
        return -1;
    }

    high = gate_sfv_hex(s->p[0]);
    low = gate_sfv_hex(s->p[1]);

    s->p += 2;

    return (high < 0 || low < 0) ? -1 : high << 4 | low;
}


/* what follows the first byte of a character of several: RFC 3629 4 */

static int
gate_sfv_utf8(gate_sfv_t *s, int c)
{
    int  i, n, next, min, max;

    n = (c >= 0xc2 && c <= 0xdf) ? 1 : (c >= 0xe0 && c <= 0xef) ? 2
        : (c >= 0xf0 && c <= 0xf4) ? 3 : 0;

    min = (c == 0xe0) ? 0xa0 : (c == 0xf0) ? 0x90 : 0x80;
    max = (c == 0xed) ? 0x9f : (c == 0xf4) ? 0x8f : 0xbf;

    for (i = 0; i < n; i++) {
        next = gate_sfv_octet(s);

        if (next < min || next > max) {
            return 0;
        }

        min = 0x80;
        max = 0xbf;
    }

    return n != 0;
}


gate_sfv_rc_e
gate_sfv_dict_find(gate_str_t field, gate_str_t key, gate_sfv_item_t *item)
{
    gate_str_t       name;
    gate_sfv_t       s;
    gate_sfv_rc_e    rc, found;
    gate_sfv_item_t  one;

    found = GATE_SFV_END;

    gate_sfv_init(&s, field);

    for ( ;; ) {
        rc = gate_sfv_dict(&s, &name, &one);

        if (rc != GATE_SFV_OK) {
            return (rc == GATE_SFV_END) ? found : rc;
        }

        if (gate_str_eq(name, key)) {
            *item = one;
            found = GATE_SFV_OK;
        }
    }
}


int
gate_sfv_param_find(gate_str_t params, gate_str_t key, gate_sfv_item_t *value)
{
    int              found;
    gate_str_t       name;
    gate_sfv_t       s;
    gate_sfv_item_t  one;

    found = 0;

    gate_sfv_init(&s, params);

    while (gate_sfv_param(&s, &name, &one) == GATE_SFV_OK) {
        if (gate_str_eq(name, key)) {
            *value = one;
            found = 1;
        }
    }

    return found;
}


size_t
gate_sfv_string(const gate_sfv_item_t *item, unsigned char *dst)
{
    size_t  i, n;

    n = 0;

    for (i = 0; i < item->text.len; i++) {
        if (item->text.data[i] == '\\') {
            i++;
        }

        dst[n++] = item->text.data[i];
    }

    return n;
}


int
gate_sfv_bytes(const gate_sfv_item_t *item, unsigned char *dst, size_t cap,
    size_t *len)
{
    int       sextet;
    size_t    i, n;
    uint32_t  bits;

    n = 0;
    bits = 0;

    for (i = 0; i < item->text.len; i++) {
        sextet = gate_sfv_sextet(item->text.data[i]);
        if (sextet < 0) {
            break;
        }

        bits = bits << 6 | (uint32_t) sextet;

        if (i % 4 != 0) {
            if (n == cap) {
                return 0;
            }

            dst[n++] = (unsigned char) (bits >> (6 - i % 4 * 2));
        }
    }

    *len = n;

    return 1;
}


static int
gate_sfv_is_alpha(unsigned char c)
{
    return gate_lower(c) >= 'a' && gate_lower(c) <= 'z';
}


static int
gate_sfv_is_digit(unsigned char c)
{
    return c >= '0' && c <= '9';
}


static int
gate_sfv_sextet(unsigned char c)
{
    return (c >= 'A' && c <= 'Z') ? c - 'A'
           : (c >= 'a' && c <= 'z') ? c - 'a' + 26
           : (c >= '0' && c <= '9') ? c - '0' + 52
           : (c == '+') ? 62 : (c == '/') ? 63 : -1;
}


/* of lower case alone: RFC 9651 4.2.10 */

static int
gate_sfv_hex(unsigned char c)
{
    return (c >= '0' && c <= '9') ? c - '0'
           : (c >= 'a' && c <= 'f') ? c - 'a' + 10 : -1;
}


static void
gate_sfv_spaces(gate_sfv_t *s)
{
    while (s->p < s->last && *s->p == ' ') {
        s->p++;
    }
}
