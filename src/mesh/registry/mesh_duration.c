
/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * Durations as Go writes them, which Consul takes: "10s", "1h30m", "1.5s".
 */


#include "mesh_duration.h"


#define MESH_DURATION_FRACTION  1000000000LL  /* of one, in billionths */


typedef struct {
    gate_str_t             name;
    int64_t                ns;
} mesh_duration_unit_t;


static int mesh_duration_part(gate_str_t text, size_t *at, int64_t *ns);
static int mesh_duration_unit(gate_str_t text, size_t *at, int64_t *ns);


/* longer names first */

static const mesh_duration_unit_t  mesh_duration_units[] = {
    { gate_string("ns"), 1LL },
    { gate_string("us"), 1000LL },
    { gate_string("\xc2\xb5s"), 1000LL },
    { gate_string("\xce\xbcs"), 1000LL },
    { gate_string("ms"), 1000000LL },
    { gate_string("s"), 1000000000LL },
    { gate_string("m"), 60000000000LL },
    { gate_string("h"), 3600000000000LL },
    { { 0, NULL }, 0 }
};


int
mesh_duration_parse(gate_str_t text, int64_t *ms)
{
    size_t   at;
    int64_t  sum, ns;

    if (gate_str_eq(text, gate_cstr("0"))) {
        *ms = 0;
        return 1;
    }

    if (text.len == 0) {
        return 0;
    }

    sum = 0;

    for (at = 0; at < text.len; /* void */) {

        if (!mesh_duration_part(text, &at, &ns)) {
            return 0;
        }

        sum += ns;

        if (sum > MESH_DURATION_MAX * 1000000LL) {
            return 0;
        }
    }

    *ms = sum / 1000000LL;

    return 1;
}


/* a number, which may have a fraction, and its unit */

static int
mesh_duration_part(gate_str_t text, size_t *at, int64_t *ns)
{
    int      digits;
    int64_t  n, fraction, scale, unit;

    n = 0;
    digits = 0;
    fraction = 0;
    scale = MESH_DURATION_FRACTION;

    for ( ; *at < text.len && (unsigned) (text.data[*at] - '0') < 10; ++*at) {
        n = n * 10 + (text.data[*at] - '0');
        digits = 1;

        if (n > MESH_DURATION_MAX * 1000000LL) {
            return 0;
        }
    }

    if (*at < text.len && text.data[*at] == '.') {
        ++*at;

        for ( ; *at < text.len && (unsigned) (text.data[*at] - '0') < 10;
              ++*at)
        {
            scale /= 10;
            fraction += (text.data[*at] - '0') * scale;
            digits = 1;
        }
    }

    if (!digits || !mesh_duration_unit(text, at, &unit)) {
        return 0;
    }

    if (n > MESH_DURATION_MAX * 1000000LL / unit) {
        return 0;
    }

    /* below one unit: a double has digits enough */

    *ns = n * unit + (int64_t) ((double) fraction * (double) unit
                                / (double) MESH_DURATION_FRACTION);

    return 1;
}


static int
mesh_duration_unit(gate_str_t text, size_t *at, int64_t *ns)
{
    gate_str_t                   rest;
    const mesh_duration_unit_t  *u;

    for (u = mesh_duration_units; u->name.len != 0; u++) {

        rest = gate_str(text.data + *at, text.len - *at);

        if (rest.len >= u->name.len
            && memcmp(rest.data, u->name.data, u->name.len) == 0)
        {
            *at += u->name.len;
            *ns = u->ns;
            return 1;
        }
    }

    return 0;
}
