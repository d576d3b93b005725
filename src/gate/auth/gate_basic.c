
/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * A name and a password in an Authorization field.
 */


#include <string.h>

#include <openssl/crypto.h>

#include "gate_b64.h"
#include "gate_basic.h"


/* base64 of so many bytes, without the padding */
#define GATE_BASIC_TEXT  ((GATE_BASIC_MAX + 2) / 3 * 4)


static int gate_basic_decode(gate_str_t text, unsigned char *dst,
    size_t *len);
static gate_basic_rc_e gate_basic_split(unsigned char *dst, size_t len,
    gate_str_t *user, gate_str_t *password);


gate_basic_rc_e
gate_basic_parse(gate_str_t field, unsigned char *dst, gate_str_t *user,
    gate_str_t *password)
{
    size_t            pos, len;
    const gate_str_t  scheme = gate_string("basic");

    if (!gate_str_begins_nocase(field, scheme)
        || (field.len > scheme.len && field.data[scheme.len] != ' '))
    {
        return GATE_BASIC_OTHER;
    }

    for (pos = scheme.len; pos < field.len && field.data[pos] == ' '; pos++) {
        /* void */
    }

    if (!gate_basic_decode(gate_str(field.data + pos, field.len - pos), dst,
                           &len))
    {
        return GATE_BASIC_BAD;
    }

    return gate_basic_split(dst, len, user, password);
}


/* the other alphabet, with padding, by way of the one that is known here */

static int
gate_basic_decode(gate_str_t text, unsigned char *dst, size_t *len)
{
    int            good;
    size_t         i;
    unsigned char  url[GATE_BASIC_TEXT];

    if (text.len == 0 || text.len % 4 != 0 || text.len > GATE_BASIC_TEXT) {
        return 0;
    }

    for (i = 0; i < 2 && text.data[text.len - 1] == '='; i++) {
        text.len--;
    }

    for (i = 0; i < text.len; i++) {

        switch (text.data[i]) {

        case '+':
            url[i] = '-';
            break;

        case '/':
            url[i] = '_';
            break;

        case '-':
        case '_':
            return 0;

        default:
            url[i] = text.data[i];
        }
    }

    good = gate_b64url_decode(gate_str(url, text.len), dst, GATE_BASIC_MAX,
                              len);

    OPENSSL_cleanse(url, sizeof(url));

    return good;
}


static gate_basic_rc_e
gate_basic_split(unsigned char *dst, size_t len, gate_str_t *user,
    gate_str_t *password)
{
    size_t          i;
    unsigned char  *colon;

    for (i = 0; i < len; i++) {
        if (dst[i] < ' ' || dst[i] == 0x7f) {
            return GATE_BASIC_BAD;
        }
    }

    colon = (len == 0) ? NULL : memchr(dst, ':', len);

    if (colon == NULL) {
        return GATE_BASIC_BAD;
    }

    *user = gate_str(dst, (size_t) (colon - dst));
    *password = gate_str(colon + 1, len - user->len - 1);

    if (user->len == 0 || user->len > GATE_BASIC_USER
        || password->len > GATE_BASIC_PASSWORD)
    {
        return GATE_BASIC_BAD;
    }

    return GATE_BASIC_OK;
}
