
/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * Tokens of a JSON text (RFC 8259) of which the bytes come one part after
 * another.
 *
 * Each function goes on with what was begun, from "p" on, and gives the byte
 * behind it, or NULL: it is not over where the bytes are, or it is wrong, and
 * s->why says so.  s->sub is 0 to begin with.
 */


#ifndef GATE_SCAN_TOKEN_H_INCLUDED_
#define GATE_SCAN_TOKEN_H_INCLUDED_


#include "gate_scan.h"


/* a string behind its quote; s->escaped is set if there are escapes */
const unsigned char *gate_scan_quoted(gate_scan_t *s, const unsigned char *p);

/* a numeral behind its minus, which only the byte behind it ends */
const unsigned char *gate_scan_digits(gate_scan_t *s, const unsigned char *p);

/* 1: what there is of a numeral is one */
int gate_scan_is_numeral(const gate_scan_t *s);

/* the rest of s->literal */
const unsigned char *gate_scan_letters(gate_scan_t *s, const unsigned char *p);

/* the text is wrong at "p" */
void gate_scan_fail(gate_scan_t *s, const unsigned char *p, const char *why);


#endif /* GATE_SCAN_TOKEN_H_INCLUDED_ */
