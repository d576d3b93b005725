
/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * Keys in what logs are about to tell: overwritten in place.
 */


#ifndef GATE_SCRUB_H_INCLUDED_
#define GATE_SCRUB_H_INCLUDED_


#include "gate_str.h"


/* which names carry keys */

typedef struct {
    const gate_str_t      *fields;        /* compared as gate_name_eq() does */
    size_t                 nfields;
    const gate_str_t      *args;
    size_t                 nargs;
} gate_scrub_t;


/*
 * the arguments behind the first "?" or "#" of a request target, or of a whole
 * request line, complete or not; gives the number of values overwritten
 */
size_t gate_scrub_target(gate_str_t target, const gate_scrub_t *names);

/*
 * a line of an error log, wherever in it a target or, first in quotes, a field
 * with a key stands.  Targets are not escaped in it, so that a quote ends a
 * value only where the log's own text goes on.
 */
size_t gate_scrub_line(gate_str_t line, const gate_scrub_t *names);


#endif /* GATE_SCRUB_H_INCLUDED_ */
