
/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * Numbers of a configuration, with their units and within their bounds, and
 * the words that say what one may be.
 */


#ifndef GATE_NUMBER_H_INCLUDED_
#define GATE_NUMBER_H_INCLUDED_


#include "gate_str.h"
#include "gate_text.h"


typedef enum {
    GATE_NUMBER_PLAIN = 0,
    GATE_NUMBER_SIZE,             /* bytes: "512", "64k", "8m" */
    GATE_NUMBER_MS,               /* "20ms", "1h 30m"; seconds without unit */
    GATE_NUMBER_S                 /* the same from seconds up to years */
} gate_number_e;


typedef struct {
    gate_number_e          kind;
    int64_t                min;
    int64_t                max;               /* 0: as large as it can be */
} gate_number_range_t;


/* enough for what gate_number_cure() writes */
#define GATE_NUMBER_CURE  160


/* 1: it is of the kind's form and in the range, *n is set */
int gate_number_parse(gate_str_t text, const gate_number_range_t *range,
    int64_t *n);

/* "a size of 64k to 1024m, such as ..." */
void gate_number_cure(gate_text_t *t, const gate_number_range_t *range);


#endif /* GATE_NUMBER_H_INCLUDED_ */
