
/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * Names of members as they are, without the escapes that they are spelt with.
 */


#include "gate_edit_plan.h"
#include "gate_hex.h"


static const unsigned char *gate_edit_unit(const unsigned char *p,
    const unsigned char *last, unsigned *unit);
static unsigned char *gate_edit_utf8(unsigned char *to, uint32_t c);


int
gate_edit_unescape(gate_str_t spelt, unsigned char *dst, size_t *len)
{
    unsigned              unit, low;
    unsigned char        *to;
    const unsigned char  *p, *last, *at;

    static const char  escapes[] = "\"\\/bfnrt";
    static const char  meant[] = "\"\\/\b\f\n\r\t";

    to = dst;
    last = spelt.data + spelt.len;

    for (p = spelt.data; p < last; /* void */) {

        if (*p != '\\') {
            *to++ = *p++;
            continue;
        }

        if (p[1] != 'u') {
            at = (const unsigned char *) strchr(escapes, p[1]);
            *to++ = (unsigned char)
                        meant[at - (const unsigned char *) escapes];
            p += 2;
            continue;
        }

        p = gate_edit_unit(p, last, &unit);

        if (unit < 0xd800 || unit > 0xdfff) {
            to = gate_edit_utf8(to, unit);
            continue;
        }

        p = gate_edit_unit(p, last, &low);

        if (unit > 0xdbff || low < 0xdc00 || low > 0xdfff) {
            return 0;
        }

        to = gate_edit_utf8(to, 0x10000 + ((unit & 0x3ff) << 10)
                                + (low & 0x3ff));
    }

    *len = (size_t) (to - dst);

    return 1;
}


/* of \uXXXX, which is well formed; 0 if something else is here */

static const unsigned char *
gate_edit_unit(const unsigned char *p, const unsigned char *last,
    unsigned *unit)
{
    unsigned char  bytes[2];

    *unit = 0;

    if (last - p < 6 || p[0] != '\\' || p[1] != 'u') {
        return p;
    }

    (void) gate_hex_read(p + 2, bytes, 2);
    *unit = (unsigned) bytes[0] << 8 | bytes[1];

    return p + 6;
}


static unsigned char *
gate_edit_utf8(unsigned char *to, uint32_t c)
{
    if (c < 0x80) {
        *to++ = (unsigned char) c;
        return to;
    }

    if (c < 0x800) {
        *to++ = (unsigned char) (0xc0 | c >> 6);

    } else {
        if (c < 0x10000) {
            *to++ = (unsigned char) (0xe0 | c >> 12);

        } else {
            *to++ = (unsigned char) (0xf0 | c >> 18);
            *to++ = (unsigned char) (0x80 | (c >> 12 & 0x3f));
        }

        *to++ = (unsigned char) (0x80 | (c >> 6 & 0x3f));
    }

    *to++ = (unsigned char) (0x80 | (c & 0x3f));

    return to;
}
