
/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * Reading JSON of strangers: strict, of bounded depth.
 */


#ifndef GATE_JSON_H_INCLUDED_
#define GATE_JSON_H_INCLUDED_


#include <jansson.h>

#include "gate_str.h"


#define GATE_JSON_DEPTH  32


typedef enum {
    GATE_JSON_OK = 0,
    GATE_JSON_BAD,
    GATE_JSON_NO_MEMORY
} gate_json_rc_e;


/*
 * one JSON object and nothing after it: UTF-8, no member name twice in an
 * object, no \u0000, at most GATE_JSON_DEPTH levels
 */
gate_json_rc_e gate_json_object(gate_str_t text, json_t **object);

/* 1: member "name" is there and is a string, which *s then views */
int gate_json_string(const json_t *object, const char *name, gate_str_t *s);


#endif /* GATE_JSON_H_INCLUDED_ */
