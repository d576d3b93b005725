
/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * Names and values of header fields that a configuration edits.
 */


#ifndef GATE_FIELD_H_INCLUDED_
#define GATE_FIELD_H_INCLUDED_


#include "gate_str.h"


/* RFC 9110 5.6.2: is it the name of a field, or of a method? */
int gate_field_is_token(gate_str_t name);

/*
 * Why an edit must not touch a field of a request, or of an answer: how a
 * sentence that begins with the name goes on.  NULL: it may.
 */
const char *gate_field_owner(gate_str_t name, int answer);

/*
 * Why a field of requests cannot carry keys or tokens, which are taken out of
 * all requests: the same.  "name" is not Authorization, which each method has
 * an answer of its own to.  NULL: it can.
 */
const char *gate_field_carrier(gate_str_t name);

/*
 * May these bytes be sent as the value of a field?  No control byte may, but a
 * tab: a line break would begin a field of its own.
 */
int gate_field_is_value(gate_str_t value);


#endif /* GATE_FIELD_H_INCLUDED_ */
