
/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * The names of the units that are Meshgate's own.
 */


#include "gate_units.h"


/* part of the journal's format and of the fields in Redis: never changed */

const gate_str_t  gate_units[GATE_UNITS] = {
    gate_string("served"),
    gate_string("refused_upstream"),
    gate_string("aborted"),
    gate_string("interrupted"),
    gate_string("bytes_in"),
    gate_string("bytes_out"),
    gate_string("duration_ms")
};
