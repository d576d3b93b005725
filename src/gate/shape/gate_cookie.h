
/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * Edits of the value of a Cookie field, on its bytes, and the names of
 * cookies that an answer sets.
 */


#ifndef GATE_COOKIE_H_INCLUDED_
#define GATE_COOKIE_H_INCLUDED_


#include "gate_str.h"


/*
 * Cookies of that name, which is compared byte by byte.  ";" ends a cookie
 * (RFC 6265); that some readers take "," for an end as well is known to
 * gate_cookie_have() and gate_cookie_without().
 */
size_t gate_cookie_count(gate_str_t text, gate_str_t name);
int gate_cookie_have(gate_str_t text, gate_str_t name);

/* a copy of "text" without these; dst has text.len bytes, or is text */
size_t gate_cookie_without(gate_str_t text, gate_str_t name,
    unsigned char *dst);

/* a copy with the name "to"; dst has text.len + count * to.len bytes */
size_t gate_cookie_rename(gate_str_t text, gate_str_t name, gate_str_t to,
    unsigned char *dst);

/* "name=value" behind the "len" bytes of dst, which has gate_cookie_room()
 * bytes more */
size_t gate_cookie_add(unsigned char *dst, size_t len, gate_str_t name,
    gate_str_t value);
size_t gate_cookie_room(gate_str_t name, gate_str_t value);

/* may these bytes be the value of one cookie, and no more than that? */
int gate_cookie_is_value(gate_str_t value);

/* is it this cookie that a Set-Cookie field sets? */
int gate_cookie_sets(gate_str_t field, gate_str_t name);


#endif /* GATE_COOKIE_H_INCLUDED_ */
