
/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * Texts of a configuration that become JSON.
 */


#include "gate_template.h"

#include "gate_text.h"

#include <string.h>


static size_t gate_template_text(gate_template_t *t);
static size_t gate_template_name(gate_str_t rest, gate_str_t *name);
static int gate_template_is_name(unsigned char c);


int
gate_template_next(gate_template_t *t, gate_template_part_t *part)
{
    size_t      n;
    gate_str_t  name;

    if (t->rest.len == 0) {
        return 0;
    }

    n = gate_template_name(t->rest, &name);

    if (n == t->rest.len + 1) {
        return -1;
    }

    if (n != 0) {
        part->kind = t->inside ? GATE_TEMPLATE_INSIDE : GATE_TEMPLATE_WHOLE;
        part->text = name;

    } else {
        n = gate_template_text(t);

        part->kind = GATE_TEMPLATE_TEXT;
        part->text = gate_str(t->rest.data, n);

        if (t->rest.len > n && t->rest.data[n - 1] == '$'
            && t->rest.data[n] == '$')
        {
            n++;
        }
    }

    t->rest.data += n;
    t->rest.len -= n;

    return 1;
}


/* how far it is text, at least a byte; a dollar that stands for itself ends
 * it, as the next one may have to be left out */

static size_t
gate_template_text(gate_template_t *t)
{
    size_t      n;
    gate_str_t  name;

    for (n = 0; n < t->rest.len; n++) {

        switch (t->rest.data[n]) {

        case '$':
            if (gate_template_name(gate_str(t->rest.data + n, t->rest.len - n),
                                   &name)
                != 0)
            {
                return n;
            }

            return n + 1;

        case '"':
            t->inside = !t->inside;
            break;

        case '\\':
            if (t->inside && n + 1 < t->rest.len && t->rest.data[n + 1] != '$')
            {
                n++;
            }

            break;
        }
    }

    return n;
}


/* how long the variable is that "rest" begins with, 0: none, more than there
 * is: it is not closed */

static size_t
gate_template_name(gate_str_t rest, gate_str_t *name)
{
    size_t  n, from;

    if (rest.len < 2 || rest.data[0] != '$') {
        return 0;
    }

    from = (rest.data[1] == '{') ? 2 : 1;

    for (n = from; n < rest.len && gate_template_is_name(rest.data[n]); n++) {
        /* void */
    }

    *name = gate_str(rest.data + from, n - from);

    if (from == 1) {
        return (n == 1) ? 0 : n;
    }

    return (n == from || n == rest.len || rest.data[n] != '}') ? rest.len + 1
                                                               : n + 1;
}


static int
gate_template_is_name(unsigned char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z')
           || (c >= '0' && c <= '9') || c == '_';
}


unsigned char *
gate_template_quote(unsigned char *dst, gate_str_t s)
{
    gate_text_t  t;

    gate_text_init(&t, dst, GATE_TEMPLATE_QUOTED(s.len));
    gate_text_json(&t, s);

    memmove(dst, dst + 1, t.last - dst - 2);

    return t.last - 2;
}
