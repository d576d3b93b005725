
/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * Regular expressions of rules: the part of RE2's language that means the same
 * in Envoy and here, matched in time linear in the text.
 */


#ifndef GATE_REGEX_H_INCLUDED_
#define GATE_REGEX_H_INCLUDED_


#include "gate_str.h"


#define GATE_REGEX_MAX  256                   /* bytes of a pattern */


typedef struct gate_regex_s  gate_regex_t;


/*
 * NULL: "*why" says what is wrong with it, or is NULL where there is no
 * memory.  Not taken, beside what RE2 does not have: \p, \C, \Q, names of
 * groups, letters beyond ASCII where case does not count, and programs of
 * some size.
 */
gate_regex_t *gate_regex_make(gate_str_t pattern, const char **why);
void gate_regex_free(gate_regex_t *re);

/* 1: the whole text matches */
int gate_regex_match(const gate_regex_t *re, gate_str_t text);


#endif /* GATE_REGEX_H_INCLUDED_ */
