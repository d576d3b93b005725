
/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * Numbers of a configuration: what nginx's own directives take, no more.
 */


#include "gate_number.h"


typedef struct {
    gate_str_t             name;
    int64_t                scale;
} gate_number_unit_t;


typedef struct {
    gate_number_e          kind;
    gate_str_t             text;
} gate_number_example_t;


static void gate_number_write(gate_text_t *t, gate_number_e kind, int64_t n);
static void gate_number_examples(gate_text_t *t,
    const gate_number_range_t *range);
static int gate_number_digits(gate_str_t *s, int64_t *n);
static int gate_number_size(gate_str_t s, int64_t *n);
static int gate_number_time(gate_str_t s, gate_number_e kind, int64_t *n);
static const gate_number_unit_t *gate_number_unit(gate_str_t *s,
    const gate_number_unit_t *unit);
static int gate_number_add(int64_t *sum, int64_t n, int64_t scale);


/* milliseconds, the longest first */

static const gate_number_unit_t  gate_number_times[] = {
    { gate_string("y"), 365LL * 86400000 },
    { gate_string("M"), 30LL * 86400000 },
    { gate_string("w"), 7LL * 86400000 },
    { gate_string("d"), 86400000 },
    { gate_string("h"), 3600000 },
    { gate_string("m"), 60000 },
    { gate_string("s"), 1000 },
    { gate_string("ms"), 1 },
    { gate_string(""), 0 }
};


static const gate_number_unit_t  gate_number_sizes[] = {
    { gate_string("m"), 1024 * 1024 },
    { gate_string("k"), 1024 },
    { gate_string(""), 0 }
};


int
gate_number_parse(gate_str_t text, const gate_number_range_t *range,
    int64_t *n)
{
    int      ok;
    int64_t  found;

    switch (range->kind) {

    case GATE_NUMBER_PLAIN:
        ok = gate_number_digits(&text, &found) && text.len == 0;
        break;

    case GATE_NUMBER_SIZE:
        ok = gate_number_size(text, &found);
        break;

    default: /* GATE_NUMBER_MS, GATE_NUMBER_S */
        ok = gate_number_time(text, range->kind, &found);
        break;
    }

    if (!ok || found < range->min || (range->max && found > range->max)) {
        return 0;
    }

    *n = found;

    return 1;
}


static void
gate_number_write(gate_text_t *t, gate_number_e kind, int64_t n)
{
    int64_t                    scale;
    const gate_number_unit_t  *unit;

    if (kind == GATE_NUMBER_PLAIN) {
        gate_text_uint(t, (uint64_t) n);
        return;
    }

    unit = (kind == GATE_NUMBER_SIZE) ? gate_number_sizes : gate_number_times;

    for ( /* void */ ; unit->name.len; unit++) {

        /* weeks, months and years are for reading alone */

        if (kind != GATE_NUMBER_SIZE && unit->scale > 86400000) {
            continue;
        }

        scale = (kind == GATE_NUMBER_S) ? unit->scale / 1000 : unit->scale;

        if (scale != 0 && n != 0 && n % scale == 0) {
            gate_text_uint(t, (uint64_t) (n / scale));
            gate_text_add(t, unit->name);
            return;
        }
    }

    gate_text_uint(t, (uint64_t) n);
}


void
gate_number_cure(gate_text_t *t, const gate_number_range_t *range)
{
    static const char  *words[] = {
        "a number",
        "a size",
        "a time",
        "a time"
    };

    gate_text_cstr(t, words[range->kind]);

    if (range->max) {
        gate_text_cstr(t, " from ");
        gate_number_write(t, range->kind, range->min);
        gate_text_cstr(t, " to ");
        gate_number_write(t, range->kind, range->max);

    } else if (range->min) {
        gate_text_cstr(t, " of ");
        gate_number_write(t, range->kind, range->min);
        gate_text_cstr(t, " or more");
    }

    gate_number_examples(t, range);
}


/* only those that the range would take */

static void
gate_number_examples(gate_text_t *t, const gate_number_range_t *range)
{
    int64_t                       n;
    const char                   *between;
    const gate_number_example_t  *e;

    static const gate_number_example_t  examples[] = {
        { GATE_NUMBER_SIZE, gate_string("512k") },
        { GATE_NUMBER_SIZE, gate_string("64m") },
        { GATE_NUMBER_MS, gate_string("20ms") },
        { GATE_NUMBER_MS, gate_string("1s") },
        { GATE_NUMBER_S, gate_string("30s") },
        { GATE_NUMBER_S, gate_string("12h") },
        { GATE_NUMBER_S, gate_string("70d") },
        { GATE_NUMBER_PLAIN, gate_string("") }
    };

    between = ", such as \"";

    for (e = examples; e->text.len; e++) {

        if (e->kind == range->kind && gate_number_parse(e->text, range, &n)) {
            gate_text_cstr(t, between);
            gate_text_add(t, e->text);
            gate_text_cstr(t, "\"");
            between = " or \"";
        }
    }
}


/* takes them off; 0: there is none, or too many */

static int
gate_number_digits(gate_str_t *s, int64_t *n)
{
    size_t  i;

    *n = 0;

    for (i = 0; i < s->len && s->data[i] >= '0' && s->data[i] <= '9'; i++) {
        if (*n > (INT64_MAX - 9) / 10) {
            return 0;
        }

        *n = *n * 10 + (s->data[i] - '0');
    }

    s->data += i;
    s->len -= i;

    return i > 0;
}


static int
gate_number_size(gate_str_t s, int64_t *n)
{
    int64_t                    digits;
    unsigned char              letter;
    gate_str_t                 rest;
    const gate_number_unit_t  *unit;

    if (!gate_number_digits(&s, &digits)) {
        return 0;
    }

    *n = 0;

    if (s.len == 0) {
        return gate_number_add(n, digits, 1);
    }

    letter = gate_lower(s.data[0]);
    rest = gate_str(&letter, 1);
    unit = gate_number_unit(&rest, gate_number_sizes);

    return s.len == 1 && unit != NULL
           && gate_number_add(n, digits, unit->scale);
}


/* each unit at most once, from the longest to the shortest */

static int
gate_number_time(gate_str_t s, gate_number_e kind, int64_t *n)
{
    int64_t                    digits, scale;
    const gate_number_unit_t  *unit;

    /* what is short enough for milliseconds is not written in months */

    unit = &gate_number_times[kind == GATE_NUMBER_MS ? 2 : 0];
    *n = 0;

    do {
        if (!gate_number_digits(&s, &digits)) {
            return 0;
        }

        if (s.len == 0) {
            scale = 1000;

        } else {
            unit = gate_number_unit(&s, unit);
            if (unit == NULL) {
                return 0;
            }

            scale = unit->scale;
            unit++;
        }

        if (kind == GATE_NUMBER_S) {
            scale /= 1000;
        }

        if (scale == 0 || !gate_number_add(n, digits, scale)) {
            return 0;
        }

        while (s.len > 0 && s.data[0] == ' ') {
            s.data++;
            s.len--;
        }

    } while (s.len > 0);

    return 1;
}


/* takes it off; from "unit" on, as those before it are used up */

static const gate_number_unit_t *
gate_number_unit(gate_str_t *s, const gate_number_unit_t *unit)
{
    size_t  len;

    len = (s->len > 1 && s->data[0] == 'm' && s->data[1] == 's') ? 2 : 1;

    for ( /* void */ ; unit->name.len; unit++) {
        if (gate_str_eq(unit->name, gate_str(s->data, len))) {
            s->data += len;
            s->len -= len;

            return unit;
        }
    }

    return NULL;
}


static int
gate_number_add(int64_t *sum, int64_t n, int64_t scale)
{
    if (n > (INT64_MAX - *sum) / scale) {
        return 0;
    }

    *sum += n * scale;

    return 1;
}
