
/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * Views on bytes: what every function of src/gate takes and gives.
 */


#ifndef GATE_STR_H_INCLUDED_
#define GATE_STR_H_INCLUDED_


#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "gate_word.h"


/* not NUL-terminated, not owned; the layout is that of nginx's own */

typedef struct {
    size_t                 len;
    unsigned char         *data;
} gate_str_t;


#define gate_string(s)     { sizeof(s) - 1, (unsigned char *) s }


static inline gate_str_t
gate_str(const void *data, size_t len)
{
    gate_str_t  s;

    s.len = len;
    s.data = (unsigned char *) data;

    return s;
}


static inline gate_str_t
gate_cstr(const char *s)
{
    return gate_str(s, strlen(s));
}


static inline int
gate_str_eq(gate_str_t a, gate_str_t b)
{
    return a.len == b.len && gate_word_same(a.data, b.data, a.len);
}


/* the byte behind the copy; short ones without a call of memcpy() */

static inline unsigned char *
gate_str_copy(unsigned char *to, gate_str_t s)
{
    size_t                n;
    const unsigned char  *p;

    p = s.data;
    n = s.len;

    if (n > 32) {
        memcpy(to, p, n);

    } else if (n >= 16) {
        memcpy(to, p, 16);
        memcpy(to + n - 16, p + n - 16, 16);

    } else if (n >= 8) {
        memcpy(to, p, 8);
        memcpy(to + n - 8, p + n - 8, 8);

    } else if (n >= 4) {
        memcpy(to, p, 4);
        memcpy(to + n - 4, p + n - 4, 4);

    } else if (n > 0) {
        to[0] = p[0];
        to[n / 2] = p[n / 2];
        to[n - 1] = p[n - 1];
    }

    return to + n;
}


static inline unsigned char
gate_lower(unsigned char c)
{
    return (c >= 'A' && c <= 'Z') ? (unsigned char) (c | 0x20) : c;
}


static inline int
gate_str_eq_nocase(gate_str_t a, gate_str_t b)
{
    size_t  i;

    if (a.len != b.len) {
        return 0;
    }

    if (a.len < 8) {
        return gate_word_lower(gate_word_few(a.data, a.len))
               == gate_word_lower(gate_word_few(b.data, b.len));
    }

    for (i = 0; i + 8 < a.len; i += 8) {
        if (gate_word_lower(gate_word(a.data + i))
            != gate_word_lower(gate_word(b.data + i)))
        {
            return 0;
        }
    }

    return gate_word_lower(gate_word(a.data + a.len - 8))
           == gate_word_lower(gate_word(b.data + b.len - 8));
}


static inline int
gate_str_begins_nocase(gate_str_t s, gate_str_t with)
{
    return s.len >= with.len
           && gate_str_eq_nocase(gate_str(s.data, with.len), with);
}


#endif /* GATE_STR_H_INCLUDED_ */
