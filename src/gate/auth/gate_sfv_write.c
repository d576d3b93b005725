
/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * Writing structured field values in their canonical form (RFC 9651 4.1).
 */


#include "gate_hex.h"
#include "gate_sfv.h"


static void gate_sfv_write_params(gate_text_t *t, gate_str_t params);
static void gate_sfv_write_bare(gate_text_t *t, const gate_sfv_item_t *item);
static void gate_sfv_write_number(gate_text_t *t, const gate_sfv_item_t *item);
static void gate_sfv_write_delimited(gate_text_t *t, const char *before,
    gate_str_t text, const char *after);
static void gate_sfv_write_display(gate_text_t *t, gate_str_t text);
static int gate_sfv_param_before(gate_str_t params, gate_str_t key);
static int gate_sfv_dict_before(gate_str_t field, gate_str_t key);


void
gate_sfv_write(gate_text_t *t, const gate_sfv_item_t *item)
{
    gate_sfv_t       s;
    gate_sfv_item_t  one;

    if (item->type != GATE_SFV_INNER) {
        gate_sfv_write_bare(t, item);
        gate_sfv_write_params(t, item->params);
        return;
    }

    gate_text_cstr(t, "(");

    gate_sfv_init(&s, item->text);

    for (s.n = 0; gate_sfv_inner(&s, &one) == GATE_SFV_OK; s.n++) {
        if (s.n != 0) {
            gate_text_cstr(t, " ");
        }

        gate_sfv_write(t, &one);
    }

    gate_text_cstr(t, ")");

    gate_sfv_write_params(t, item->params);
}


/* what is there twice keeps its first place and has its last value */

static void
gate_sfv_write_params(gate_text_t *t, gate_str_t params)
{
    gate_str_t       key;
    gate_sfv_t       s;
    gate_sfv_item_t  value;

    gate_sfv_init(&s, params);

    while (gate_sfv_param(&s, &key, &value) == GATE_SFV_OK) {

        if (gate_sfv_param_before(params, key)) {
            continue;
        }

        (void) gate_sfv_param_find(params, key, &value);

        gate_text_cstr(t, ";");
        gate_text_add(t, key);

        if (value.type != GATE_SFV_BOOLEAN || !value.number) {
            gate_text_cstr(t, "=");
            gate_sfv_write_bare(t, &value);
        }
    }
}


/* "key" is a view of the text: does the same name stand before it? */

static int
gate_sfv_param_before(gate_str_t params, gate_str_t key)
{
    gate_str_t       name;
    gate_sfv_t       s;
    gate_sfv_item_t  value;

    gate_sfv_init(&s, params);

    while (gate_sfv_param(&s, &name, &value) == GATE_SFV_OK
           && name.data != key.data)
    {
        if (gate_str_eq(name, key)) {
            return 1;
        }
    }

    return 0;
}


static int
gate_sfv_dict_before(gate_str_t field, gate_str_t key)
{
    gate_str_t       name;
    gate_sfv_t       s;
    gate_sfv_item_t  value;

    gate_sfv_init(&s, field);

    while (gate_sfv_dict(&s, &name, &value) == GATE_SFV_OK
           && name.data != key.data)
    {
        if (gate_str_eq(name, key)) {
            return 1;
        }
    }

    return 0;
}


gate_sfv_rc_e
gate_sfv_write_list(gate_text_t *t, gate_str_t field)
{
    gate_sfv_t       s;
    gate_sfv_rc_e    rc;
    gate_sfv_item_t  item;

    gate_sfv_init(&s, field);

    for ( ;; ) {
        rc = gate_sfv_list(&s, &item);

        if (rc != GATE_SFV_OK) {
            return (rc == GATE_SFV_END) ? GATE_SFV_OK : rc;
        }

        if (s.n != 1) {
            gate_text_cstr(t, ", ");
        }

        gate_sfv_write(t, &item);
    }
}


gate_sfv_rc_e
gate_sfv_write_dict(gate_text_t *t, gate_str_t field)
{
    gate_str_t       key;
    gate_sfv_t       s;
    gate_sfv_rc_e    rc;
    gate_sfv_item_t  item;

    gate_sfv_init(&s, field);

    for ( ;; ) {
        rc = gate_sfv_dict(&s, &key, &item);

        if (rc != GATE_SFV_OK) {
            return (rc == GATE_SFV_END) ? GATE_SFV_OK : rc;
        }

        if (gate_sfv_dict_before(field, key)) {
            continue;
        }

        if (gate_sfv_dict_find(field, key, &item) != GATE_SFV_OK) {
            return GATE_SFV_BAD;
        }

        if (s.n != 1) {
            gate_text_cstr(t, ", ");
        }

        gate_text_add(t, key);

        if (item.type == GATE_SFV_BOOLEAN && item.number) {
            gate_sfv_write_params(t, item.params);

        } else {
            gate_text_cstr(t, "=");
            gate_sfv_write(t, &item);
        }
    }
}


static void
gate_sfv_write_bare(gate_text_t *t, const gate_sfv_item_t *item)
{
    switch (item->type) {

    case GATE_SFV_INTEGER:
    case GATE_SFV_DECIMAL:
        gate_sfv_write_number(t, item);
        break;

    case GATE_SFV_DATE:
        gate_text_cstr(t, "@");
        gate_sfv_write_number(t, item);
        break;

    case GATE_SFV_BOOLEAN:
        gate_text_cstr(t, item->number ? "?1" : "?0");
        break;

    case GATE_SFV_STRING:
        gate_sfv_write_delimited(t, "\"", item->text, "\"");
        break;

    case GATE_SFV_BYTES:
        gate_sfv_write_delimited(t, ":", item->text, ":");
        break;

    case GATE_SFV_DISPLAY:
        gate_sfv_write_display(t, item->text);
        break;

    default:
        gate_text_add(t, item->text);
    }
}


static void
gate_sfv_write_delimited(gate_text_t *t, const char *before, gate_str_t text,
    const char *after)
{
    gate_text_cstr(t, before);
    gate_text_add(t, text);
    gate_text_cstr(t, after);
}


/* what need not be escaped is not */

static void
gate_sfv_write_display(gate_text_t *t, gate_str_t text)
{
    size_t         i;
    unsigned char  c;

    gate_text_cstr(t, "%\"");

    for (i = 0; i < text.len; i++) {

        if (text.data[i] != '%' || !gate_hex_read(&text.data[i + 1], &c, 1)) {
            gate_text_add(t, gate_str(&text.data[i], 1));
            continue;
        }

        if (c < ' ' || c > '~' || c == '"' || c == '%') {
            gate_text_add(t, gate_str(&text.data[i], 3));

        } else {
            gate_text_add(t, gate_str(&c, 1));
        }

        i += 2;
    }

    gate_text_cstr(t, "\"");
}


static void
gate_sfv_write_number(gate_text_t *t, const gate_sfv_item_t *item)
{
    size_t         n;
    uint64_t       value, part;
    unsigned char  digits[3];

    value = (uint64_t) (item->number < 0 ? -item->number : item->number);

    if (item->number < 0) {
        gate_text_cstr(t, "-");
    }

    if (item->type != GATE_SFV_DECIMAL) {
        gate_text_uint(t, value);
        return;
    }

    part = value % 1000;

    gate_text_uint(t, value / 1000);
    gate_text_cstr(t, ".");

    digits[0] = (unsigned char) ('0' + part / 100);
    digits[1] = (unsigned char) ('0' + part / 10 % 10);
    digits[2] = (unsigned char) ('0' + part % 10);

    for (n = 3; n > 1 && digits[n - 1] == '0'; n--) { /* void */ }

    gate_text_add(t, gate_str(digits, n));
}


void
gate_sfv_write_bytes(gate_text_t *t, gate_str_t bytes)
{
    size_t         i, n;
    uint32_t       bits;
    unsigned char  four[4];

    static const char  alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
                                    "abcdefghijklmnopqrstuvwxyz0123456789+/";

    gate_text_cstr(t, ":");

    for (i = 0; i < bytes.len; i += 3) {

        n = (bytes.len - i < 3) ? bytes.len - i : 3;

        bits = (uint32_t) bytes.data[i] << 16;
        bits |= (n > 1) ? (uint32_t) bytes.data[i + 1] << 8 : 0;
        bits |= (n > 2) ? (uint32_t) bytes.data[i + 2] : 0;

        four[0] = (unsigned char) alphabet[bits >> 18];
        four[1] = (unsigned char) alphabet[bits >> 12 & 63];
        four[2] = (unsigned char) (n > 1 ? alphabet[bits >> 6 & 63] : '=');
        four[3] = (unsigned char) (n > 2 ? alphabet[bits & 63] : '=');

        gate_text_add(t, gate_str(four, 4));
    }

    gate_text_cstr(t, ":");
}
