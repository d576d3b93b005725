
/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * What is counted of requests.  The journal has room for 15 units, of which
 * the first ones are those of Meshgate itself; each has a name, which Redis and
 * the journal's file use.
 */


#ifndef GATE_UNITS_H_INCLUDED_
#define GATE_UNITS_H_INCLUDED_


#include "gate_str.h"


#define GATE_JOURNAL_UNITS       15
#define GATE_UNIT_NAME           32           /* bytes, with a NUL */


typedef enum {
    GATE_SERVED = 0,
    GATE_REFUSED_UPSTREAM,
    GATE_ABORTED,
    GATE_INTERRUPTED,
    GATE_BYTES_IN,
    GATE_BYTES_OUT,
    GATE_DURATION_MS,
    GATE_UNITS                                /* number of units in use */
} gate_unit_e;


extern const gate_str_t  gate_units[GATE_UNITS];          /* names */


#endif /* GATE_UNITS_H_INCLUDED_ */
