
/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * Tokens of a JSON text (RFC 8259) of which the bytes come one part after
 * another.
 */


#include "gate_hex.h"
#include "gate_scan_token.h"


/* eight bytes of the same value */
#define GATE_SCAN_EACH(c)  ((uint64_t) (c) * 0x0101010101010101ULL)


/* within a string */

enum {
    GATE_SCAN_PLAIN = 0,
    GATE_SCAN_ESCAPE,
    GATE_SCAN_HEX,
    GATE_SCAN_TAIL                      /* of a character of UTF-8 */
};


/* within a numeral; what follows GATE_SCAN_EXPONENT is not kept */

enum {
    GATE_SCAN_MINUS = 0,
    GATE_SCAN_ZERO,
    GATE_SCAN_INTEGER,
    GATE_SCAN_POINT,
    GATE_SCAN_FRACTION,
    GATE_SCAN_E,
    GATE_SCAN_SIGN,
    GATE_SCAN_EXPONENT,
    GATE_SCAN_DONE,
    GATE_SCAN_WRONG
};


static const unsigned char *gate_scan_plain(const unsigned char *p,
    const unsigned char *last);
static int gate_scan_special(gate_scan_t *s, unsigned char c);
static int gate_scan_lead(gate_scan_t *s, unsigned char c);


/* within a string: all of ASCII but control bytes, quote and backslash */

#define GATE_SCAN_EIGHT  1, 1, 1, 1, 1, 1, 1, 1

static const unsigned char  gate_scan_is_plain[256] = {
    0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
    0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
    1, 1, 0, 1, 1, 1, 1, 1, GATE_SCAN_EIGHT,
    GATE_SCAN_EIGHT, GATE_SCAN_EIGHT, GATE_SCAN_EIGHT, GATE_SCAN_EIGHT,
    GATE_SCAN_EIGHT, 1, 1, 1, 1, 0, 1, 1, 1,
    GATE_SCAN_EIGHT, GATE_SCAN_EIGHT, GATE_SCAN_EIGHT, GATE_SCAN_EIGHT
};


/* what is wrong in a string, by where in it that was */

static const char  *gate_scan_whys[] = {
    [GATE_SCAN_PLAIN] = "a control byte, or bytes that are not UTF-8",
    [GATE_SCAN_ESCAPE] = "an escape that JSON does not have",
    [GATE_SCAN_HEX] = "an escape without four hex digits",
    [GATE_SCAN_TAIL] = "bytes that are not UTF-8"
};


/* RFC 8259 6, by: another byte, "0", "1" to "9", a sign, ".", "e" */

static const unsigned char  gate_scan_numerals[][6] = {
    { GATE_SCAN_WRONG, GATE_SCAN_ZERO, GATE_SCAN_INTEGER, GATE_SCAN_WRONG,
      GATE_SCAN_WRONG, GATE_SCAN_WRONG },
    { GATE_SCAN_DONE, GATE_SCAN_WRONG, GATE_SCAN_WRONG, GATE_SCAN_DONE,
      GATE_SCAN_POINT, GATE_SCAN_E },
    { GATE_SCAN_DONE, GATE_SCAN_INTEGER, GATE_SCAN_INTEGER, GATE_SCAN_DONE,
      GATE_SCAN_POINT, GATE_SCAN_E },
    { GATE_SCAN_WRONG, GATE_SCAN_FRACTION, GATE_SCAN_FRACTION,
      GATE_SCAN_WRONG, GATE_SCAN_WRONG, GATE_SCAN_WRONG },
    { GATE_SCAN_DONE, GATE_SCAN_FRACTION, GATE_SCAN_FRACTION, GATE_SCAN_DONE,
      GATE_SCAN_DONE, GATE_SCAN_E },
    { GATE_SCAN_WRONG, GATE_SCAN_EXPONENT, GATE_SCAN_EXPONENT,
      GATE_SCAN_SIGN, GATE_SCAN_WRONG, GATE_SCAN_WRONG },
    { GATE_SCAN_WRONG, GATE_SCAN_EXPONENT, GATE_SCAN_EXPONENT,
      GATE_SCAN_WRONG, GATE_SCAN_WRONG, GATE_SCAN_WRONG },
    { GATE_SCAN_DONE, GATE_SCAN_EXPONENT, GATE_SCAN_EXPONENT,
      GATE_SCAN_DONE, GATE_SCAN_DONE, GATE_SCAN_DONE }
};


static const unsigned char  gate_scan_signs[256] = {
    ['0'] = 1, ['1'] = 2, ['2'] = 2, ['3'] = 2, ['4'] = 2, ['5'] = 2,
    ['6'] = 2, ['7'] = 2, ['8'] = 2, ['9'] = 2,
    ['-'] = 3, ['+'] = 3, ['.'] = 4, ['e'] = 5, ['E'] = 5
};


/* behind the quote that ends it; NULL: it goes on, or is wrong */

const unsigned char *
gate_scan_quoted(gate_scan_t *s, const unsigned char *p)
{
    const unsigned char  *last;

    last = s->last;

    for ( ;; ) {

        if (s->sub == GATE_SCAN_PLAIN) {
            p = gate_scan_plain(p, last);
        }

        if (p == last) {
            return NULL;
        }

        if (*p == '"' && s->sub == GATE_SCAN_PLAIN) {
            return p + 1;
        }

        if (!gate_scan_special(s, *p)) {
            gate_scan_fail(s, p, gate_scan_whys[s->sub]);
            return NULL;
        }

        p++;
    }
}


/* the first byte that does not stand for itself, or is not ASCII */

static inline const unsigned char *
gate_scan_plain(const unsigned char *p, const unsigned char *last)
{
    uint64_t  x, quote, slash, found;

    while (last - p >= 8) {

        x = gate_word(p);
        quote = x ^ GATE_SCAN_EACH('"');
        slash = x ^ GATE_SCAN_EACH('\\');

        /* the high bit of the first such byte, and perhaps others behind it */

        found = (x | ((x - GATE_SCAN_EACH(0x20)) & ~x)
                 | ((quote - GATE_SCAN_EACH(1)) & ~quote)
                 | ((slash - GATE_SCAN_EACH(1)) & ~slash))
                & GATE_SCAN_EACH(0x80);

        if (found != 0) {
#if (__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__)
            return p + __builtin_ctzll(found) / 8;
#else
            break;
#endif
        }

        p += 8;
    }

    while (p < last && gate_scan_is_plain[*p]) {
        p++;
    }

    return p;
}


/* a byte of an escape or of a character; 0: it is wrong */

static int
gate_scan_special(gate_scan_t *s, unsigned char c)
{
    switch (s->sub) {

    case GATE_SCAN_PLAIN:
        if (c == '\\') {
            s->sub = GATE_SCAN_ESCAPE;
            s->escaped = 1;
            return 1;
        }

        return gate_scan_lead(s, c);

    case GATE_SCAN_ESCAPE:
        if (c == 'u') {
            s->sub = GATE_SCAN_HEX;
            s->left = 4;
            return 1;
        }

        if (c == '\0' || strchr("\"\\/bfnrt", c) == NULL) {
            return 0;
        }

        s->sub = GATE_SCAN_PLAIN;

        return 1;

    case GATE_SCAN_HEX:
        if (gate_hex_value(c) < 0) {
            return 0;
        }

        break;

    default: /* GATE_SCAN_TAIL */
        if (c < s->low || c > s->high) {
            return 0;
        }

        s->low = 0x80;
        s->high = 0xbf;
    }

    s->left--;

    if (s->left == 0) {
        s->sub = GATE_SCAN_PLAIN;
    }

    return 1;
}


/* the first byte of a character of two or more: Unicode's table 3-7 */

static int
gate_scan_lead(gate_scan_t *s, unsigned char c)
{
    if (c < 0xc2 || c > 0xf4) {
        return 0;
    }

    s->sub = GATE_SCAN_TAIL;
    s->left = (c >= 0xf0) ? 3 : (c >= 0xe0) ? 2 : 1;

    /* overlong forms, surrogates and what is past U+10FFFF show here */

    s->low = (c == 0xe0) ? 0xa0 : (c == 0xf0) ? 0x90 : 0x80;
    s->high = (c == 0xed) ? 0x9f : (c == 0xf4) ? 0x8f : 0xbf;

    return 1;
}


const unsigned char *
gate_scan_digits(gate_scan_t *s, const unsigned char *p)
{
    unsigned  sub, next;

    sub = s->sub;

    for ( /* void */ ; p < s->last; p++) {

        next = gate_scan_numerals[sub][gate_scan_signs[*p]];

        if (next == sub) {
            continue;
        }

        if (next == GATE_SCAN_DONE) {
            return p;
        }

        if (next == GATE_SCAN_WRONG) {
            gate_scan_fail(s, p, "no number");
            return NULL;
        }

        sub = next;
    }

    s->sub = sub;

    return NULL;
}


int
gate_scan_is_numeral(const gate_scan_t *s)
{
    return gate_scan_numerals[s->sub][0] == GATE_SCAN_DONE;
}


const unsigned char *
gate_scan_letters(gate_scan_t *s, const unsigned char *p)
{
    for ( /* void */ ; p < s->last; p++) {

        if (*p != (unsigned char) *s->literal) {
            gate_scan_fail(s, p, "no value");
            return NULL;
        }

        s->literal++;

        if (*s->literal == '\0') {
            return p + 1;
        }
    }

    return NULL;
}


void
gate_scan_fail(gate_scan_t *s, const unsigned char *p, const char *why)
{
    s->why = why;
    s->error = gate_scan_place(s, p);
    s->event = GATE_SCAN_BAD;
}
