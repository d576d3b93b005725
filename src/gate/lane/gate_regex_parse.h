
/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * What the two files that read a regular expression have in common.
 */


#ifndef GATE_REGEX_PARSE_H_INCLUDED_
#define GATE_REGEX_PARSE_H_INCLUDED_


#include "gate_regex_program.h"


typedef struct {
    const unsigned char   *p;
    const unsigned char   *end;
    const char            *why;
    gate_regex_t          *re;
    size_t                 depth;
    int                    fold;              /* (?i) */
    int                    dot_all;           /* (?s) */
    int                    lines;             /* (?m) */
    int                    bare;              /* flags, which nothing repeats */
    gate_regex_step_t      spare[GATE_REGEX_STEPS];
} gate_regex_parse_t;


/* 0: there is no room */
int gate_regex_emit(gate_regex_parse_t *g, gate_regex_op_e op);

/* a rune, a class, an escape, as a step; 0: "why" */
int gate_regex_one(gate_regex_parse_t *g);


#endif /* GATE_REGEX_PARSE_H_INCLUDED_ */
