
/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * JSON Pointer (RFC 6901): a place in a document, read once, looked up often.
 */


#ifndef GATE_POINTER_H_INCLUDED_
#define GATE_POINTER_H_INCLUDED_


#include "gate_json.h"


typedef struct {
    size_t                 n;
    gate_str_t             steps[GATE_JSON_DEPTH];    /* unescaped */
} gate_pointer_t;


/*
 * the pointer that "text" spells, with at least one step; its bytes go to
 * "buf", which has room for text.len and stays as long as the pointer.  NULL,
 * or what is wrong.
 */
const char *gate_pointer_parse(gate_pointer_t *p, gate_str_t text,
    unsigned char *buf);

/* 1: "step" is the number of an element (RFC 6901 4); "-" is none */
int gate_pointer_index(gate_str_t step, size_t *n);

/* 1: "p" is the place "in", or a place below it */
int gate_pointer_within(const gate_pointer_t *p, const gate_pointer_t *in);

/* the value there, NULL: nothing is */
const json_t *gate_pointer_find(const gate_pointer_t *p, const json_t *root);


#endif /* GATE_POINTER_H_INCLUDED_ */
