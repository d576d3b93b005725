
/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * In which form and language a refusal is told: Accept (RFC 9110 12.5.1) and
 * Accept-Language (RFC 9110 12.5.4, RFC 4647 3.4).
 */


#ifndef GATE_ACCEPT_H_INCLUDED_
#define GATE_ACCEPT_H_INCLUDED_


#include "gate_str.h"


/* of each field: what stands behind that many elements is not looked at */
#define GATE_ACCEPT_RANGES  64


typedef enum {
    GATE_ACCEPT_PROBLEM = 0,      /* JSON */
    GATE_ACCEPT_TEXT,
    GATE_ACCEPT_HTML
} gate_accept_e;


/* zeroed at first; weights are thousandths and 1 more, 0: not named */

typedef struct {
    unsigned               json;          /* by name */
    unsigned               application;   /* "application" and anything */
    unsigned               any;           /* anything */
    unsigned               plain;         /* text/plain */
    unsigned               text;          /* "text" and anything */
    unsigned               html;          /* text/html */
    unsigned               ranges;
} gate_accept_t;


/* zeroed at first; "found" is of the languages below, 0 is the default one */

typedef struct {
    size_t                 found;
    unsigned               weight;
    unsigned               ranges;
} gate_accept_language_t;


/* the value of one more field of that name */
void gate_accept_add(gate_accept_t *a, gate_str_t value);

/*
 * JSON, unless text or HTML is asked for by its name, or text by all of "text",
 * and is wanted more than JSON is, which the wildcards mean, too
 */
gate_accept_e gate_accept_form(const gate_accept_t *a);

/*
 * The same for languages: of those ranges that lead to one of the "n" tags,
 * from the whole range to its beginnings, the one that is wanted most.  "*"
 * leads to none.
 */
void gate_accept_language_add(gate_accept_language_t *l, gate_str_t value,
    const gate_str_t *tags, size_t n);

/* of the value of a "q": in thousandths and 1 more, 0: it is none */
unsigned gate_accept_q(gate_str_t value);

/* of a range, what goes up to the next semicolon, without the spaces around it;
 * *pos, 0 at first, moves behind it */
gate_str_t gate_accept_part(gate_str_t s, size_t *pos);

/* 1: a tag of letters and digits in parts of 1 to 8, the first of letters */
int gate_accept_is_tag(gate_str_t tag);


#endif /* GATE_ACCEPT_H_INCLUDED_ */
