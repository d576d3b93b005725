
/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * Hexadecimal digits and the bytes they stand for.
 */


#ifndef GATE_HEX_H_INCLUDED_
#define GATE_HEX_H_INCLUDED_


#include <stddef.h>


/* of a digit of either case, -1: it is none */
int gate_hex_value(unsigned char c);

/* 2n digits of either case to n bytes; 0: one of them is none */
int gate_hex_read(const unsigned char *p, unsigned char *dst, size_t n);

/* n bytes to 2n digits of lower case; gives their end */
unsigned char *gate_hex_write(const unsigned char *p, size_t n,
    unsigned char *dst);


#endif /* GATE_HEX_H_INCLUDED_ */
