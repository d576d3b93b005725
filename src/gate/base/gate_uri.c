
/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * The query of a request target: arguments by name.
 */


#include "gate_hex.h"
#include "gate_uri.h"


static gate_str_t gate_uri_piece(gate_str_t args, size_t pos);
static size_t gate_uri_inside(gate_str_t piece, gate_str_t name,
    gate_str_t *value);
static const unsigned char *gate_uri_next(const unsigned char *p,
    const unsigned char *last, unsigned char *c);
static int gate_uri_plain_word(const unsigned char *p);


/* letters, digits, "-", ".", "_" and "~" */

static const unsigned char  gate_uri_plain[256] = {
    0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
    0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
    0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 0,
    1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 0, 0, 0, 0, 0, 0,
    0, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1,
    1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 0, 0, 0, 0, 1,
    0, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1,
    1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 0, 0, 0, 1, 0,
    0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
    0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
    0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
    0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
    0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
    0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
    0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
    0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0
};


int
gate_uri_arg(gate_str_t args, gate_str_t name, size_t *pos, gate_str_t *arg,
    gate_str_t *value)
{
    gate_str_t  piece, v;

    while (*pos < args.len) {
        piece = gate_uri_piece(args, *pos);

        *pos += piece.len + 1;

        if (gate_uri_is(piece, name, &v)) {
            *arg = piece;
            *value = v;

            return 1;
        }
    }

    return 0;
}


size_t
gate_uri_unescape(gate_str_t in, unsigned char *dst)
{
    size_t                n;
    const unsigned char  *p, *last;

    n = 0;
    p = in.data;
    last = (in.len) ? in.data + in.len : in.data;

    while (p < last) {
        p = gate_uri_next(p, last, &dst[n++]);
    }

    return n;
}


size_t
gate_uri_escape(gate_str_t in, unsigned char *dst)
{
    unsigned char               *d;
    const unsigned char         *p, *end, *last;
    static const unsigned char   hex[] = "0123456789ABCDEF";

    d = dst;
    p = in.data;
    last = (in.len) ? p + in.len : p;

    while (p < last) {

        end = last;

        if (last - p >= 8) {
            end = p + 8;

            if (gate_uri_plain_word(p)) {
                memcpy(d, p, 8);
                d += 8;
                p = end;
                continue;
            }
        }

        for ( /* void */ ; p < end; p++) {

            if (gate_uri_plain[*p]) {
                *d++ = *p;
                continue;
            }

            *d++ = '%';
            *d++ = hex[*p >> 4];
            *d++ = hex[*p & 0x0f];
        }
    }

    return (size_t) (d - dst);
}


/* are all of eight bytes? */

static int
gate_uri_plain_word(const unsigned char *p)
{
    return gate_uri_plain[p[0]] & gate_uri_plain[p[1]]
           & gate_uri_plain[p[2]] & gate_uri_plain[p[3]]
           & gate_uri_plain[p[4]] & gate_uri_plain[p[5]]
           & gate_uri_plain[p[6]] & gate_uri_plain[p[7]];
}


int
gate_uri_args_have(gate_str_t args, gate_str_t name)
{
    size_t      pos;
    gate_str_t  piece, value;

    for (pos = 0; pos < args.len; pos += piece.len + 1) {
        piece = gate_uri_piece(args, pos);

        if (gate_uri_is(piece, name, &value)
            || gate_uri_inside(piece, name, &value) != piece.len)
        {
            return 1;
        }
    }

    return 0;
}


size_t
gate_uri_args_without(gate_str_t args, gate_str_t name, unsigned char *dst)
{
    size_t          pos, n, kept, whole, end;
    gate_str_t      piece, value;

    n = 0;
    kept = 0;

    /* "<=": what follows a trailing "&" is an argument too, and stays */

    for (pos = 0; args.len && pos <= args.len; pos += whole + 1) {
        piece = gate_uri_piece(args, pos);
        whole = piece.len;

        if (gate_uri_is(piece, name, &value)) {
            /* all of it, what stands behind ";" in the value as well */
            continue;
        }

        /* "a;key;key=value": without the second the first is one */

        do {
            end = piece.len;
            piece.len = gate_uri_inside(piece, name, &value);
        } while (piece.len != end);

        if (gate_uri_is(piece, name, &value)) {
            continue;
        }

        if (kept++) {
            dst[n++] = '&';
        }

        /* dst may be args.data: never ahead of what is read */

        memmove(dst + n, piece.data, piece.len);
        n += piece.len;
    }

    return n;
}


size_t
gate_uri_args_mask(gate_str_t args, gate_str_t name)
{
    size_t      pos, n;
    gate_str_t  piece, value;

    n = 0;

    for (pos = 0; pos < args.len; pos += piece.len + 1) {
        piece = gate_uri_piece(args, pos);

        if (!gate_uri_is(piece, name, &value)
            && gate_uri_inside(piece, name, &value) == piece.len)
        {
            continue;
        }

        memset(value.data, '*', value.len);
        n++;
    }

    return n;
}


/* from pos up to the next "&" or the end */

static gate_str_t
gate_uri_piece(gate_str_t args, size_t pos)
{
    size_t  end;

    for (end = pos; end < args.len; end++) {
        if (args.data[end] == '&') {
            break;
        }
    }

    return gate_str(args.data + pos, end - pos);
}


/*
 * where in "piece" another "name=value" begins, behind a separator that only
 * some readers know, or piece.len
 */

static size_t
gate_uri_inside(gate_str_t piece, gate_str_t name, gate_str_t *value)
{
    size_t  i;

    for (i = 0; i < piece.len; i++) {

        if (piece.data[i] != ';' && piece.data[i] != '?'
            && piece.data[i] != '#')
        {
            continue;
        }

        if (gate_uri_is(gate_str(piece.data + i + 1, piece.len - i - 1), name,
                        value))
        {
            return i;
        }
    }

    return piece.len;
}


/* names are compared as the service behind will read them, decoded */

int
gate_uri_is(gate_str_t arg, gate_str_t name, gate_str_t *value)
{
    size_t                n;
    unsigned char         c;
    const unsigned char  *p, *last;

    if (arg.len == 0) {
        return 0;
    }

    n = 0;
    p = arg.data;
    last = arg.data + arg.len;

    while (p < last && *p != '=') {
        p = gate_uri_next(p, last, &c);

        if (n == name.len || name.data[n] != c) {
            return 0;
        }

        n++;
    }

    if (n != name.len) {
        return 0;
    }

    if (p < last) {
        p++;
    }

    *value = gate_str(p, (size_t) (last - p));

    return 1;
}


/* one decoded byte; "%" without two hex digits stands for itself */

static const unsigned char *
gate_uri_next(const unsigned char *p, const unsigned char *last,
    unsigned char *c)
{
    if (*p == '%' && last - p >= 3 && gate_hex_read(p + 1, c, 1)) {
        return p + 3;
    }

    *c = (*p == '+') ? ' ' : *p;

    return p + 1;
}


int
gate_uri_unreserved(unsigned char c)
{
    return gate_uri_plain[c];
}
