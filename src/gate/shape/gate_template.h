
/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * Texts of a configuration that become JSON: where variables stand in them,
 * and how a value is put there.
 */


#ifndef GATE_TEMPLATE_H_INCLUDED_
#define GATE_TEMPLATE_H_INCLUDED_


#include "gate_str.h"


typedef enum {
    GATE_TEMPLATE_TEXT = 0,      /* as it is */
    GATE_TEMPLATE_INSIDE,        /* a variable, in a string */
    GATE_TEMPLATE_WHOLE          /* a variable, in the place of a value */
} gate_template_kind_e;


typedef struct {
    gate_template_kind_e   kind;
    gate_str_t             text;         /* of a variable: its name */
} gate_template_part_t;


typedef struct {
    gate_str_t             rest;         /* what was not looked at */
    int                    inside;       /* a string */
} gate_template_t;


/*
 * The next part of a text: 1, 0 at its end, -1 if a "${" is not closed.  A
 * variable is $NAME or ${NAME}, "$$" is a dollar, and so is one without a name.
 */
int gate_template_next(gate_template_t *t, gate_template_part_t *part);

/* for GATE_TEMPLATE_QUOTED(s.len) bytes: what stands for "s" in a string,
 * without the quotes; gives its end */
unsigned char *gate_template_quote(unsigned char *dst, gate_str_t s);

#define GATE_TEMPLATE_QUOTED(len)  ((len) * 6 + 2)


#endif /* GATE_TEMPLATE_H_INCLUDED_ */
