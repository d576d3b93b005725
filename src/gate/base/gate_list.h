
/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * Values of fields that are lists: elements between commas (RFC 9110 5.6.1).
 */


#ifndef GATE_LIST_H_INCLUDED_
#define GATE_LIST_H_INCLUDED_


#include "gate_str.h"


/*
 * the next element, without the spaces around it, which may be empty; *pos is
 * where to look from (0 at first) and moves on.  0: there is none
 */
int gate_list_next(gate_str_t list, size_t *pos, gate_str_t *element);

/* 1: "token" is an element, in any case */
int gate_list_has(gate_str_t list, gate_str_t token);


#endif /* GATE_LIST_H_INCLUDED_ */
