
/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * Optimal string alignment distance (Damerau and Levenshtein, each piece
 * edited once): the common slips of a hand are one step each.
 */


#include "gate_closest.h"


static size_t gate_closest_distance(gate_str_t a, gate_str_t b);
static size_t gate_closest_min(size_t a, size_t b);


void
gate_closest_init(gate_closest_t *c, gate_str_t written)
{
    c->written = written;
    c->name = gate_str(NULL, 0);
    c->distance = written.len / 3 + 1;

    if (written.len < 3) {
        /* any name of two letters is close to any other */
        c->distance = 0;
    }
}


void
gate_closest_try(gate_closest_t *c, gate_str_t name)
{
    size_t  distance;

    if (name.len == 0 || name.len > GATE_CLOSEST_MAX
        || c->written.len > GATE_CLOSEST_MAX)
    {
        return;
    }

    distance = gate_closest_distance(c->written, name);

    if (distance < c->distance) {
        c->distance = distance;
        c->name = name;
    }
}


/* row i is what becomes of the first i bytes of "a"; three rows are kept */

static size_t
gate_closest_distance(gate_str_t a, gate_str_t b)
{
    size_t  i, j, cost, *row, *above, *two, *spare;
    size_t  rows[3][GATE_CLOSEST_MAX + 1];

    two = rows[0];
    above = rows[1];
    row = rows[2];

    for (j = 0; j <= b.len; j++) {
        row[j] = j;
    }

    for (i = 1; i <= a.len; i++) {

        spare = two;
        two = above;
        above = row;
        row = spare;

        row[0] = i;

        for (j = 1; j <= b.len; j++) {
            cost = gate_lower(a.data[i - 1]) != gate_lower(b.data[j - 1]);

            row[j] = gate_closest_min(above[j], row[j - 1]) + 1;
            row[j] = gate_closest_min(row[j], above[j - 1] + cost);

            if (i > 1 && j > 1 && a.data[i - 1] == b.data[j - 2]
                && a.data[i - 2] == b.data[j - 1])
            {
                row[j] = gate_closest_min(row[j], two[j - 2] + 1);
            }
        }
    }

    return row[b.len];
}


static size_t
gate_closest_min(size_t a, size_t b)
{
    return a < b ? a : b;
}
