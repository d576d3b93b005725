
/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * Addresses as text and back: read strictly, written in one way.
 */


#include "gate_text.h"
#include "mesh_address.h"


static int mesh_address_v4(gate_str_t text, unsigned char *bytes);
static int mesh_address_v6(gate_str_t text, unsigned char *bytes);
static int mesh_address_groups(gate_str_t text, unsigned char *bytes,
    size_t size, size_t *n);
static int mesh_address_hex(unsigned char c);
static size_t mesh_address_v6_text(const unsigned char *bytes,
    unsigned char *dst);
static int mesh_address_bits(const unsigned char *a, const unsigned char *b,
    unsigned bits);
static int mesh_net_prefix(gate_str_t text, unsigned max, uint8_t *prefix);


static const unsigned char  mesh_address_zero[16];

static const unsigned char  mesh_address_mapped[12] = {
    0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff
};


int
mesh_address_parse(gate_str_t text, mesh_address_t *a)
{
    memset(a, 0, sizeof(mesh_address_t));

    if (mesh_address_v4(text, a->bytes)) {
        a->family = 4;
        return 1;
    }

    memset(a->bytes, 0, sizeof(a->bytes));

    if (!mesh_address_v6(text, a->bytes)) {
        return 0;
    }

    a->family = 6;

    if (memcmp(a->bytes, mesh_address_mapped, 12) == 0) {
        a->family = 4;
        memmove(a->bytes, a->bytes + 12, 4);
        memset(a->bytes + 4, 0, 12);
    }

    return 1;
}


static int
mesh_address_v4(gate_str_t text, unsigned char *bytes)
{
    size_t    i, part, digits;
    unsigned  n;

    i = 0;

    for (part = 0; part < 4; part++) {

        n = 0;
        digits = 0;

        for ( /* void */ ; i < text.len && digits < 3; i++, digits++) {
            if (text.data[i] < '0' || text.data[i] > '9') {
                break;
            }

            if (digits > 0 && n == 0) {
                return 0;
            }

            n = n * 10 + (text.data[i] - '0');
        }

        if (digits == 0 || n > 255) {
            return 0;
        }

        bytes[part] = (unsigned char) n;

        if (part == 3) {
            return i == text.len;
        }

        if (i == text.len || text.data[i] != '.') {
            return 0;
        }

        i++;
    }

    return 0;
}


/* what stands before "::", and behind it */

static int
mesh_address_v6(gate_str_t text, unsigned char *bytes)
{
    size_t         i, head, tail;
    unsigned char  last[16];

    for (i = 0; i + 1 < text.len; i++) {
        if (text.data[i] == ':' && text.data[i + 1] == ':') {
            break;
        }
    }

    if (i + 1 >= text.len) {
        return mesh_address_groups(text, bytes, 16, &head) && head == 16;
    }

    head = 0;
    tail = 0;

    if (i > 0 && (!mesh_address_groups(gate_str(text.data, i), bytes, 14,
                                       &head)
                  || memchr(text.data, '.', i) != NULL))
    {
        return 0;
    }

    i += 2;

    if (i < text.len
        && !mesh_address_groups(gate_str(text.data + i, text.len - i), last,
                                14, &tail))
    {
        return 0;
    }

    /* it stands for one group at least */

    if (head + tail > 14) {
        return 0;
    }

    memcpy(bytes + 16 - tail, last, tail);

    return 1;
}


/* groups between colons, the last one may be an IPv4 address; *n: bytes */

static int
mesh_address_groups(gate_str_t text, unsigned char *bytes, size_t size,
    size_t *n)
{
    int       digit;
    size_t    i, begun;
    unsigned  group;

    *n = 0;
    i = 0;

    for ( ;; ) {

        begun = i;
        group = 0;

        for ( /* void */ ; i < text.len && i < begun + 4; i++) {

            digit = mesh_address_hex(text.data[i]);
            if (digit < 0) {
                break;
            }

            group = group << 4 | (unsigned) digit;
        }

        if (i < text.len && text.data[i] == '.') {
            if (*n + 4 > size
                || !mesh_address_v4(gate_str(text.data + begun,
                                             text.len - begun), bytes + *n))
            {
                return 0;
            }

            *n += 4;
            return 1;
        }

        if (i == begun || *n + 2 > size) {
            return 0;
        }

        bytes[(*n)++] = (unsigned char) (group >> 8);
        bytes[(*n)++] = (unsigned char) group;

        if (i == text.len) {
            return 1;
        }

        if (text.data[i++] != ':') {
            return 0;
        }
    }
}


static int
mesh_address_hex(unsigned char c)
{
    if (c >= '0' && c <= '9') {
        return c - '0';
    }

    c = gate_lower(c);

    return (c >= 'a' && c <= 'f') ? c - 'a' + 10 : -1;
}


int
mesh_net_parse(gate_str_t text, mesh_net_t *n)
{
    unsigned              max;
    gate_str_t            address;
    const unsigned char  *slash;

    memset(n, 0, sizeof(mesh_net_t));

    slash = text.len ? memchr(text.data, '/', text.len) : NULL;
    address = gate_str(text.data, slash ? (size_t) (slash - text.data)
                                        : text.len);

    if (!mesh_address_parse(address, &n->address)) {
        return 0;
    }

    max = n->address.family == 4 ? 32 : 128;
    n->prefix = (uint8_t) max;

    if (slash == NULL) {
        return 1;
    }

    /* "::ffff:10.0.0.0/104" would have bits of two kinds */

    if (n->address.family == 4
        && memchr(address.data, ':', address.len) != NULL)
    {
        return 0;
    }

    address = gate_str(slash + 1, text.data + text.len - slash - 1);

    if (!mesh_net_prefix(address, max, &n->prefix)) {
        return 0;
    }

    /* host bits are 0: the address is what is left of it */

    for (max = n->prefix; max < 128; max++) {
        if (n->address.bytes[max / 8] & (0x80 >> max % 8)) {
            return 0;
        }
    }

    return 1;
}


static int
mesh_net_prefix(gate_str_t text, unsigned max, uint8_t *prefix)
{
    size_t    i;
    unsigned  n;

    if (text.len == 0 || text.len > 3
        || (text.len > 1 && text.data[0] == '0'))
    {
        return 0;
    }

    n = 0;

    for (i = 0; i < text.len; i++) {
        if (text.data[i] < '0' || text.data[i] > '9') {
            return 0;
        }

        n = n * 10 + (text.data[i] - '0');
    }

    *prefix = (uint8_t) n;

    return n <= max;
}


size_t
mesh_address_text(const mesh_address_t *a, unsigned char *dst)
{
    size_t       i;
    gate_text_t  t;

    if (a->family != 4) {
        return mesh_address_v6_text(a->bytes, dst);
    }

    gate_text_init(&t, dst, MESH_ADDRESS_TEXT);

    for (i = 0; i < 4; i++) {
        if (i > 0) {
            gate_text_cstr(&t, ".");
        }

        gate_text_uint(&t, a->bytes[i]);
    }

    return (size_t) (t.last - dst);
}


/* the longest run of groups that are 0, the first of several, is "::" */

static size_t
mesh_address_v6_text(const unsigned char *bytes, unsigned char *dst)
{
    size_t          i, n, begin, len, shift;
    unsigned        group;
    unsigned char  *p;

    static const unsigned char  digits[] = "0123456789abcdef";

    begin = 8;
    len = 1;

    for (i = 0; i < 8; i += n + 1) {

        for (n = 0; i + n < 8; n++) {
            if (bytes[2 * (i + n)] || bytes[2 * (i + n) + 1]) {
                break;
            }
        }

        if (n > len) {
            begin = i;
            len = n;
        }
    }

    p = dst;

    for (i = 0; i < 8; i++) {

        if (i == begin) {
            *p++ = ':';
            *p++ = ':';
            i += len - 1;
            continue;
        }

        if (i > 0 && i != begin + len) {
            *p++ = ':';
        }

        group = (unsigned) bytes[2 * i] << 8 | bytes[2 * i + 1];

        for (shift = 12; shift > 0 && group >> shift == 0; shift -= 4) {
            /* void */
        }

        for (n = 0; n <= shift; n += 4) {
            *p++ = digits[group >> (shift - n) & 15];
        }
    }

    return (size_t) (p - dst);
}


int
mesh_address_same(const mesh_address_t *a, const mesh_address_t *b)
{
    return a->family == b->family && memcmp(a->bytes, b->bytes, 16) == 0;
}


int
mesh_net_has(const mesh_net_t *n, const mesh_address_t *a)
{
    return n->address.family == a->family
           && mesh_address_bits(n->address.bytes, a->bytes, n->prefix);
}


/* the first bits are the same */

static int
mesh_address_bits(const unsigned char *a, const unsigned char *b,
    unsigned bits)
{
    unsigned  rest;

    if (memcmp(a, b, bits / 8) != 0) {
        return 0;
    }

    rest = bits % 8;

    return rest == 0
           || ((a[bits / 8] ^ b[bits / 8]) & (0xff << (8 - rest) & 0xff)) == 0;
}


int
mesh_address_special(const mesh_address_t *a)
{
    const unsigned char  *p;

    static const unsigned char  all[4] = { 255, 255, 255, 255 };

    p = a->bytes;

    if (a->family == 4) {
        return p[0] == 0 || p[0] == 127 || (p[0] & 0xf0) == 224
               || (p[0] == 169 && p[1] == 254) || memcmp(p, all, 4) == 0;
    }

    if (memcmp(p, mesh_address_zero, 15) == 0) {
        return p[15] <= 1;
    }

    return p[0] == 0xff || (p[0] == 0xfe && (p[1] & 0xc0) == 0x80);
}
