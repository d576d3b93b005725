
/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * The name that somebody may have meant who wrote another one.
 */


#ifndef GATE_CLOSEST_H_INCLUDED_
#define GATE_CLOSEST_H_INCLUDED_


#include "gate_str.h"


#define GATE_CLOSEST_MAX  32      /* bytes of a name that is looked at */


typedef struct {
    gate_str_t             written;
    gate_str_t             name;              /* the closest, "": none is */
    size_t                 distance;
} gate_closest_t;


void gate_closest_init(gate_closest_t *c, gate_str_t written);

/*
 * "name" is kept if fewer bytes are left out, added, changed or swapped with
 * their neighbour than in those before, and not more than one in three
 */
void gate_closest_try(gate_closest_t *c, gate_str_t name);


#endif /* GATE_CLOSEST_H_INCLUDED_ */
