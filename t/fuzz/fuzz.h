/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * What all fuzz targets have in common.  A target is a program that is linked
 * with libFuzzer or, where that is missing, with standalone.c.
 */

#ifndef FUZZ_H
#define FUZZ_H

#include <stdio.h>
#include <stdlib.h>

#include "gate_str.h"


/* what must hold for any input */

#define must(cond)                                                            \
    do {                                                                      \
        if (!(cond)) {                                                        \
            fprintf(stderr, "%s:%d: does not hold: %s\n", __FILE__, __LINE__, \
                    #cond);                                                   \
            abort();                                                          \
        }                                                                     \
    } while (0)


int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);


/* a heap copy of exactly that size, so that each byte beyond it is noticed */

static inline gate_str_t
fuzz_copy(const void *data, size_t size)
{
    gate_str_t  s;

    s = gate_str(malloc(size), size);

    if (size != 0) {
        memcpy(s.data, data, size);
    }

    return s;
}


/* the input up to a byte, which is dropped, and what follows it in *rest */

static inline gate_str_t
fuzz_split(gate_str_t in, unsigned char at, gate_str_t *rest)
{
    unsigned char  *p;

    p = (in.len == 0) ? NULL : memchr(in.data, at, in.len);

    if (p == NULL) {
        *rest = gate_str(NULL, 0);
        return in;
    }

    *rest = gate_str(p + 1, in.len - (size_t) (p - in.data) - 1);

    return gate_str(in.data, (size_t) (p - in.data));
}


#endif
