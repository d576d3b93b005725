
/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * What a regular expression is compiled to: steps, whose jumps are relative, so
 * that a repeated part is a copy.
 */


#ifndef GATE_REGEX_PROGRAM_H_INCLUDED_
#define GATE_REGEX_PROGRAM_H_INCLUDED_


#include "gate_regex.h"


#define GATE_REGEX_STEPS   512
#define GATE_REGEX_RANGES  256
#define GATE_REGEX_RUNE    0x10ffff


typedef enum {
    GATE_REGEX_SET = 0,                       /* a rune of some ranges */
    GATE_REGEX_SPLIT,                         /* goes on at both */
    GATE_REGEX_JUMP,
    GATE_REGEX_BEGIN,                         /* of the text */
    GATE_REGEX_END,
    GATE_REGEX_LINE_BEGIN,
    GATE_REGEX_LINE_END,
    GATE_REGEX_WORD,                          /* \b */
    GATE_REGEX_NO_WORD,                       /* \B */
    GATE_REGEX_DONE
} gate_regex_op_e;


typedef struct {
    uint32_t               from;
    uint32_t               to;
} gate_regex_range_t;


typedef struct {
    unsigned char          op;
    unsigned char          negated;           /* of a set */
    unsigned char          fold;              /* case does not count */
    uint16_t               first;             /* range of a set */
    uint16_t               n;
    int16_t                a;                 /* of a jump or split */
    int16_t                b;
} gate_regex_step_t;


struct gate_regex_s {
    size_t                 nsteps;
    size_t                 nranges;
    gate_regex_step_t      steps[GATE_REGEX_STEPS];
    gate_regex_range_t     ranges[GATE_REGEX_RANGES];
};


/* the next rune of UTF-8, *p moves; a byte that is none is GATE_REGEX_NONE */

#define GATE_REGEX_NONE    0xffffffff

uint32_t gate_regex_rune(const unsigned char **p, const unsigned char *end);


#endif /* GATE_REGEX_PROGRAM_H_INCLUDED_ */
