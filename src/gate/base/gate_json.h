
/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * Reading JSON of strangers: strict, of bounded depth, with numbers of any
 * size.
 */


#ifndef GATE_JSON_H_INCLUDED_
#define GATE_JSON_H_INCLUDED_


#include <jansson.h>

#include "gate_str.h"


#define GATE_JSON_DEPTH  32

/* bytes by which the text of a kept number is longer where it is parsed */
#define GATE_JSON_MARK   8


typedef enum {
    GATE_JSON_OK = 0,
    GATE_JSON_BAD,
    GATE_JSON_NO_MEMORY
} gate_json_rc_e;


/*
 * One JSON object and nothing after it: UTF-8, no member name twice in an
 * object, no \u0000, at most GATE_JSON_DEPTH levels.
 *
 * A number that is no integer of 64 bits is kept by its text, as RFC 8259 6
 * sets it no bounds: as a string that begins with a NUL, which no other can.
 * So ask what a value is by the functions below, not by json_is_string().
 */
gate_json_rc_e gate_json_object(gate_str_t text, json_t **object);

/* 1: value is a string, which *s then views */
int gate_json_text(const json_t *value, gate_str_t *s);

/* the same of a number that is kept by its text; a NUL follows it */
int gate_json_number(const json_t *value, gate_str_t *s);

/* 1: member "name" is there and is a string, which *s then views */
int gate_json_string(const json_t *object, const char *name, gate_str_t *s);


#endif /* GATE_JSON_H_INCLUDED_ */
