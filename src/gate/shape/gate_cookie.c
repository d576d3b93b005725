
/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * Edits of the value of a Cookie field, on its bytes.
 */


#include "gate_cookie.h"
#include "gate_field.h"


static gate_str_t gate_cookie_next(gate_str_t text, size_t *pos);
static int gate_cookie_is(gate_str_t cookie, gate_str_t name);
static size_t gate_cookie_inside(gate_str_t cookie, gate_str_t name);
static gate_str_t gate_cookie_trim(gate_str_t s);


size_t
gate_cookie_count(gate_str_t text, gate_str_t name)
{
    size_t  n, pos;

    n = 0;

    for (pos = 0; pos < text.len; /* void */) {
        n += gate_cookie_is(gate_cookie_next(text, &pos), name);
    }

    return n;
}


int
gate_cookie_have(gate_str_t text, gate_str_t name)
{
    size_t      pos;
    gate_str_t  cookie;

    for (pos = 0; pos < text.len; /* void */) {
        cookie = gate_cookie_next(text, &pos);

        if (gate_cookie_is(cookie, name)
            || gate_cookie_inside(cookie, name) != cookie.len)
        {
            return 1;
        }
    }

    return 0;
}


/* what stays is copied as it is, so that dst may be text.data */

size_t
gate_cookie_without(gate_str_t text, gate_str_t name, unsigned char *dst)
{
    size_t      n, pos, end, kept, some;
    gate_str_t  cookie;

    n = 0;
    kept = 0;
    some = 0;

    for (pos = 0; pos < text.len; /* void */) {
        cookie = gate_cookie_next(text, &pos);

        if (gate_cookie_is(cookie, name)) {
            continue;
        }

        /* "b, a, a=1": without the last one the one before it is one */

        do {
            end = cookie.len;
            cookie.len = gate_cookie_inside(cookie, name);
        } while (cookie.len != end);

        if (gate_cookie_is(cookie, name)) {
            continue;
        }

        some += gate_cookie_trim(cookie).len;

        if (kept++) {
            dst[n++] = ';';

        } else {
            while (cookie.len != 0 && cookie.data[0] == ' ') {
                cookie.data++;
                cookie.len--;
            }
        }

        memmove(dst + n, cookie.data, cookie.len);
        n += cookie.len;
    }

    return (some != 0) ? n : 0;
}


size_t
gate_cookie_rename(gate_str_t text, gate_str_t name, gate_str_t to,
    unsigned char *dst)
{
    size_t                pos;
    gate_str_t            cookie;
    unsigned char        *d;
    const unsigned char  *from;

    d = dst;
    from = text.data;

    for (pos = 0; pos < text.len; /* void */) {
        cookie = gate_cookie_next(text, &pos);

        if (!gate_cookie_is(cookie, name)) {
            continue;
        }

        cookie = gate_cookie_trim(cookie);

        d = gate_str_copy(d, gate_str(from, (size_t) (cookie.data - from)));
        d = gate_str_copy(d, to);
        from = cookie.data + name.len;
    }

    if (text.len != 0) {
        d = gate_str_copy(d, gate_str(from, (size_t) (text.data + text.len
                                                      - from)));
    }

    return (size_t) (d - dst);
}


size_t
gate_cookie_add(unsigned char *dst, size_t len, gate_str_t name,
    gate_str_t value)
{
    unsigned char  *d;

    d = dst + len;

    if (len != 0) {
        *d++ = ';';
        *d++ = ' ';
    }

    d = gate_str_copy(d, name);
    *d++ = '=';
    d = gate_str_copy(d, value);

    return (size_t) (d - dst);
}


size_t
gate_cookie_room(gate_str_t name, gate_str_t value)
{
    return 3 + name.len + value.len;
}


int
gate_cookie_is_value(gate_str_t value)
{
    return gate_field_is_value(value)
           && (value.len == 0
               || (memchr(value.data, ';', value.len) == NULL
                   && memchr(value.data, ',', value.len) == NULL));
}


int
gate_cookie_sets(gate_str_t field, gate_str_t name)
{
    size_t  pos;

    pos = 0;

    return field.len != 0
           && gate_cookie_is(gate_cookie_next(field, &pos), name);
}


/* up to the next ";" or the end; *pos moves behind it */

static gate_str_t
gate_cookie_next(gate_str_t text, size_t *pos)
{
    size_t                n;
    const unsigned char  *p, *end;

    p = text.data + *pos;
    n = text.len - *pos;

    end = memchr(p, ';', n);

    if (end != NULL) {
        n = (size_t) (end - p);
    }

    *pos += n + 1;

    return gate_str(p, n);
}


static int
gate_cookie_is(gate_str_t cookie, gate_str_t name)
{
    cookie = gate_cookie_trim(cookie);

    if (cookie.len < name.len
        || memcmp(cookie.data, name.data, name.len) != 0)
    {
        return 0;
    }

    cookie.data += name.len;
    cookie.len -= name.len;
    cookie = gate_cookie_trim(cookie);

    return cookie.len == 0 || cookie.data[0] == '=';
}


/* where another cookie of that name begins, behind a ",", or cookie.len */

static size_t
gate_cookie_inside(gate_str_t cookie, gate_str_t name)
{
    size_t  i;

    for (i = 0; i < cookie.len; i++) {
        if (cookie.data[i] == ','
            && gate_cookie_is(gate_str(cookie.data + i + 1,
                                       cookie.len - i - 1), name))
        {
            break;
        }
    }

    return i;
}


static gate_str_t
gate_cookie_trim(gate_str_t s)
{
    while (s.len != 0 && (s.data[0] == ' ' || s.data[0] == '\t')) {
        s.data++;
        s.len--;
    }

    while (s.len != 0
           && (s.data[s.len - 1] == ' ' || s.data[s.len - 1] == '\t'))
    {
        s.len--;
    }

    return s;
}
