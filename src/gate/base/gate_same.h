
/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * Are two secrets the same?  The time tells only how long they are.
 */


#ifndef GATE_SAME_H_INCLUDED_
#define GATE_SAME_H_INCLUDED_


#include <stddef.h>


int gate_same(const void *a, const void *b, size_t len);


#endif /* GATE_SAME_H_INCLUDED_ */
