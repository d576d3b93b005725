
/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * Writers of text into a bounded buffer; a piece is written whole or not.
 */


#include "gate_hex.h"
#include "gate_text.h"


/* eight bytes of the same value */
#define GATE_TEXT_EACH(c)  ((uint64_t) (c) * 0x0101010101010101ULL)


static void gate_text_bytes(gate_text_t *t, const void *data, size_t len);
static void gate_text_pair(gate_text_t *t, unsigned char c);
static size_t gate_text_plain(gate_text_t *t, gate_str_t s, size_t i);
static int gate_text_are_plain(const unsigned char *p);
static uint64_t gate_text_some_are(uint64_t x, unsigned char c);
static void gate_text_json_byte(gate_text_t *t, unsigned char c);
static size_t gate_text_utf8(gate_text_t *t, const unsigned char *p,
    const unsigned char *last);
static size_t gate_utf8_len(const unsigned char *p, const unsigned char *last,
    size_t *good);


/* the digits of 0 to 99 */

static const unsigned char  gate_text_pairs[] =
    "00010203040506070809" "10111213141516171819"
    "20212223242526272829" "30313233343536373839"
    "40414243444546474849" "50515253545556575859"
    "60616263646566676869" "70717273747576777879"
    "80818283848586878889" "90919293949596979899";


void
gate_text_init(gate_text_t *t, unsigned char *buf, size_t size)
{
    t->start = buf;
    t->last = buf;
    t->end = (size) ? buf + size : buf;
    t->full = 0;
}


void
gate_text_add(gate_text_t *t, gate_str_t s)
{
    gate_text_bytes(t, s.data, s.len);
}


void
gate_text_uint(gate_text_t *t, uint64_t n)
{
    unsigned char  *last, digits[20];

    last = gate_text_digits(digits, n);

    gate_text_bytes(t, digits, (size_t) (last - digits));
}


unsigned char *
gate_text_digits(unsigned char *dst, uint64_t n)
{
    size_t                len;
    unsigned char        *p, digits[20];
    const unsigned char  *pair;

    if (n < 10) {
        *dst++ = (unsigned char) ('0' + n);
        return dst;
    }

    p = digits + sizeof(digits);

    while (n >= 100) {
        pair = &gate_text_pairs[2 * (n % 100)];
        n /= 100;
        *--p = pair[1];
        *--p = pair[0];
    }

    if (n >= 10) {
        pair = &gate_text_pairs[2 * n];
        *--p = pair[1];
        *--p = pair[0];

    } else if (n != 0) {
        *--p = (unsigned char) ('0' + n);
    }

    len = (size_t) (digits + sizeof(digits) - p);
    memcpy(dst, p, len);

    return dst + len;
}


void
gate_text_seconds(gate_text_t *t, uint64_t us)
{
    size_t          n;
    uint64_t        part;
    unsigned char  *mark, digits[sizeof(".123456") - 1];

    mark = t->last;
    part = us % 1000000;

    gate_text_uint(t, us / 1000000);

    if (part == 0) {
        return;
    }

    digits[0] = '.';

    for (n = sizeof(digits) - 1; n > 0; n--) {
        digits[n] = (unsigned char) ('0' + part % 10);
        part /= 10;
    }

    for (n = sizeof(digits); digits[n - 1] == '0'; n--) { /* void */ }

    gate_text_bytes(t, digits, n);

    if (t->full) {
        t->last = mark;
    }
}


void
gate_text_json(gate_text_t *t, gate_str_t s)
{
    size_t          i;
    unsigned char  *mark;

    mark = t->last;

    gate_text_cstr(t, "\"");

    for (i = 0; i < s.len && !t->full; /* void */) {
        i = gate_text_plain(t, s, i);

        if (i == s.len) {
            break;
        }

        if (s.data[i] < 0x80) {
            gate_text_json_byte(t, s.data[i]);
            i++;

        } else {
            i += gate_text_utf8(t, s.data + i, s.data + s.len);
        }
    }

    gate_text_cstr(t, "\"");

    if (t->full) {
        t->last = mark;
    }
}


void
gate_text_label(gate_text_t *t, gate_str_t s)
{
    size_t          i;
    unsigned char  *mark;

    mark = t->last;

    for (i = 0; i < s.len && !t->full; /* void */) {

        /* one byte that is not UTF-8 would fail the whole scrape */

        if (s.data[i] >= 0x80) {
            i += gate_text_utf8(t, s.data + i, s.data + s.len);
            continue;
        }

        if (s.data[i] == '\n') {
            gate_text_pair(t, 'n');

        } else if (s.data[i] == '"' || s.data[i] == '\\') {
            gate_text_pair(t, s.data[i]);

        } else {
            gate_text_bytes(t, &s.data[i], 1);
        }

        i++;
    }

    if (t->full) {
        t->last = mark;
    }
}


void
gate_text_html(gate_text_t *t, gate_str_t s)
{
    size_t          i;
    unsigned char  *mark;

    mark = t->last;

    for (i = 0; i < s.len && !t->full; i++) {

        switch (s.data[i]) {

        case '&':
            gate_text_cstr(t, "&amp;");
            break;

        case '<':
            gate_text_cstr(t, "&lt;");
            break;

        case '>':
            gate_text_cstr(t, "&gt;");
            break;

        case '"':
            gate_text_cstr(t, "&quot;");
            break;

        case '\'':
            gate_text_cstr(t, "&#39;");
            break;

        default:
            gate_text_bytes(t, &s.data[i], 1);
        }
    }

    if (t->full) {
        t->last = mark;
    }
}


void
gate_text_sf(gate_text_t *t, gate_str_t s)
{
    size_t          i, from;
    unsigned char  *mark;

    mark = t->last;

    gate_text_bytes(t, "\"", 1);

    for (i = 0, from = 0; i < s.len; i++) {
        if (s.data[i] >= 0x20 && s.data[i] <= 0x7e && s.data[i] != '"'
            && s.data[i] != '\\')
        {
            continue;
        }

        gate_text_bytes(t, s.data + from, i - from);
        from = i + 1;

        if (s.data[i] == '"' || s.data[i] == '\\') {
            gate_text_pair(t, s.data[i]);

        } else {
            gate_text_bytes(t, "?", 1);
        }
    }

    gate_text_bytes(t, s.data + from, s.len - from);
    gate_text_bytes(t, "\"", 1);

    if (t->full) {
        t->last = mark;
    }
}


void
gate_text_shown(gate_text_t *t, gate_str_t s, size_t max)
{
    size_t         i, n;
    unsigned char  c, hex[4];

    n = (s.len > max) ? max : s.len;

    hex[0] = '\\';
    hex[1] = 'x';

    for (i = 0; i < n; i++) {
        c = s.data[i];

        if (c >= 0x20 && c < 0x7f && c != '"' && c != '\\') {
            gate_text_bytes(t, &c, 1);
            continue;
        }

        (void) gate_hex_write(&c, 1, &hex[2]);

        gate_text_bytes(t, hex, sizeof(hex));
    }

    if (n < s.len) {
        gate_text_cstr(t, "...");
    }
}


void
gate_text_quoted(gate_text_t *t, gate_str_t s)
{
    size_t          i;
    unsigned char  *mark;

    mark = t->last;

    gate_text_cstr(t, "\"");

    for (i = 0; i < s.len && !t->full; i++) {
        i = gate_text_plain(t, s, i);

        if (i == s.len) {
            break;
        }

        if (s.data[i] < 0x20 || s.data[i] == 0x7f) {
            continue;
        }

        if (s.data[i] == '"' || s.data[i] == '\\') {
            gate_text_pair(t, s.data[i]);

        } else {
            gate_text_bytes(t, &s.data[i], 1);
        }
    }

    gate_text_cstr(t, "\"");

    if (t->full) {
        t->last = mark;
    }
}


static void
gate_text_bytes(gate_text_t *t, const void *data, size_t len)
{
    if (t->full || len == 0) {
        return;
    }

    if ((size_t) (t->end - t->last) < len) {
        t->full = 1;
        return;
    }

    memcpy(t->last, data, len);
    t->last += len;
}


static void
gate_text_pair(gate_text_t *t, unsigned char c)
{
    unsigned char  pair[2];

    pair[0] = '\\';
    pair[1] = c;

    gate_text_bytes(t, pair, 2);
}


/* what stands for itself in all of these forms, at once; where it ends */

static size_t
gate_text_plain(gate_text_t *t, gate_str_t s, size_t i)
{
    size_t         from;
    unsigned char  c;

    from = i;

    while (s.len - i >= 8 && gate_text_are_plain(s.data + i)) {
        i += 8;
    }

    for ( /* void */ ; i < s.len; i++) {
        c = s.data[i];

        if (c < 0x20 || c > 0x7e || c == '"' || c == '\\') {
            break;
        }
    }

    gate_text_bytes(t, s.data + from, i - from);

    return i;
}


/* all of eight: none is below a space, has the high bit or is one of three */

static int
gate_text_are_plain(const unsigned char *p)
{
    uint64_t  x, found;

    memcpy(&x, p, 8);

    found = x | ((x - GATE_TEXT_EACH(0x20)) & ~x)
            | gate_text_some_are(x, '"')
            | gate_text_some_are(x, '\\')
            | gate_text_some_are(x, 0x7f);

    return (found & GATE_TEXT_EACH(0x80)) == 0;
}


/* the high bit of some byte, if and only if one of them is c */

static uint64_t
gate_text_some_are(uint64_t x, unsigned char c)
{
    x ^= GATE_TEXT_EACH(c);

    return (x - GATE_TEXT_EACH(1)) & ~x & GATE_TEXT_EACH(0x80);
}


static void
gate_text_json_byte(gate_text_t *t, unsigned char c)
{
    unsigned char  code[6];

    if (c == '"' || c == '\\') {
        gate_text_pair(t, c);
        return;
    }

    if (c >= 0x20 && c != 0x7f) {
        gate_text_bytes(t, &c, 1);
        return;
    }

    if (c == '\n') {
        gate_text_pair(t, 'n');
        return;
    }

    memcpy(code, "\\u00", 4);
    (void) gate_hex_write(&c, 1, &code[4]);

    gate_text_bytes(t, code, 6);
}


/* one character of two bytes or more, or U+FFFD; gives the bytes it took */

static size_t
gate_text_utf8(gate_text_t *t, const unsigned char *p,
    const unsigned char *last)
{
    size_t  n, good;

    n = gate_utf8_len(p, last, &good);

    if (n == good) {
        gate_text_bytes(t, p, n);
        return n;
    }

    gate_text_cstr(t, "\xEF\xBF\xBD");

    return good;
}


/*
 * The length that the lead byte asks for; "good" is how much of it is there
 * and well formed, at least 1: Unicode's table 3-7 and its advice to replace
 * the longest such part by one U+FFFD.
 */

static size_t
gate_utf8_len(const unsigned char *p, const unsigned char *last, size_t *good)
{
    size_t         n;
    unsigned char  lo, hi;

    n = (p[0] >= 0xf0) ? 4 : (p[0] >= 0xe0) ? 3 : 2;

    *good = 1;

    if (p[0] < 0xc2 || p[0] > 0xf4) {
        return n;
    }

    /* overlong forms, surrogates and what is past U+10FFFF show here */

    lo = (p[0] == 0xe0) ? 0xa0 : (p[0] == 0xf0) ? 0x90 : 0x80;
    hi = (p[0] == 0xed) ? 0x9f : (p[0] == 0xf4) ? 0x8f : 0xbf;

    while (*good < n && p + *good < last) {
        if (p[*good] < lo || p[*good] > hi) {
            break;
        }

        (*good)++;

        lo = 0x80;
        hi = 0xbf;
    }

    return n;
}
