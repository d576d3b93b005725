
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
    return a.len == b.len && (a.len == 0 || memcmp(a.data, b.data, a.len) == 0);
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

    for (i = 0; i < a.len; i++) {
        if (gate_lower(a.data[i]) != gate_lower(b.data[i])) {
            return 0;
        }
    }

    return 1;
}


static inline int
gate_str_begins_nocase(gate_str_t s, gate_str_t with)
{
    return s.len >= with.len
           && gate_str_eq_nocase(gate_str(s.data, with.len), with);
}


#endif /* GATE_STR_H_INCLUDED_ */
