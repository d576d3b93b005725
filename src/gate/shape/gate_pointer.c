
/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * JSON Pointer (RFC 6901).
 */


#include "gate_pointer.h"


#define GATE_POINTER_DIGITS  9                /* of an index */


static const json_t *gate_pointer_element(const json_t *array,
    gate_str_t step);


const char *
gate_pointer_parse(gate_pointer_t *p, gate_str_t text, unsigned char *buf)
{
    gate_str_t           *step;
    const unsigned char  *s, *last;

    if (text.len == 0 || text.data[0] != '/') {
        return "does not begin with \"/\"";
    }

    p->n = 0;
    step = NULL;
    last = text.data + text.len;

    for (s = text.data; s < last; s++) {

        if (*s == '/') {
            if (p->n == GATE_JSON_DEPTH) {
                return "has more than 32 steps";
            }

            step = &p->steps[p->n++];
            *step = gate_str(buf, 0);
            continue;
        }

        if (*s == '~') {
            s++;

            if (s == last || (*s != '0' && *s != '1')) {
                return "has a \"~\" that is neither \"~0\" nor \"~1\"";
            }

            *buf++ = (*s == '0') ? '~' : '/';

        } else {
            *buf++ = *s;
        }

        step->len++;
    }

    return NULL;
}


/* digits without a leading zero */

int
gate_pointer_index(gate_str_t step, size_t *n)
{
    size_t  i;

    if (step.len == 0 || step.len > GATE_POINTER_DIGITS
        || (step.len > 1 && step.data[0] == '0'))
    {
        return 0;
    }

    *n = 0;

    for (i = 0; i < step.len; i++) {
        if (step.data[i] < '0' || step.data[i] > '9') {
            return 0;
        }

        *n = *n * 10 + (size_t) (step.data[i] - '0');
    }

    return 1;
}


int
gate_pointer_within(const gate_pointer_t *p, const gate_pointer_t *in)
{
    size_t  i;

    if (p->n < in->n) {
        return 0;
    }

    for (i = 0; i < in->n; i++) {
        if (!gate_str_eq(p->steps[i], in->steps[i])) {
            return 0;
        }
    }

    return 1;
}


const json_t *
gate_pointer_find(const gate_pointer_t *p, const json_t *root)
{
    size_t         i;
    gate_str_t     step;
    const json_t  *value;

    value = root;

    for (i = 0; i < p->n; i++) {
        step = p->steps[i];

        /* NULL goes on as NULL */

        value = json_is_array(value)
                ? gate_pointer_element(value, step)
                : json_object_getn(value, (char *) step.data, step.len);
    }

    return value;
}


static const json_t *
gate_pointer_element(const json_t *array, gate_str_t step)
{
    size_t  n;

    return gate_pointer_index(step, &n) ? json_array_get(array, n) : NULL;
}
