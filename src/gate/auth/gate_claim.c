
/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * Claims as an operator names them, and lists of names in them.
 */


#include "gate_claim.h"
#include "gate_jwt.h"


/* where one is in the lists of names of a token */

typedef struct {
    const gate_claim_names_t  *names;
    const json_t          *claims;
    size_t                 place;             /* the next to look at */
    const json_t          *array;             /* that is being walked */
    size_t                 element;           /* of it, the next */
    gate_str_t             rest;              /* of a string, in words */
} gate_claim_walk_t;


static int gate_claim_names_next(gate_claim_walk_t *w, gate_str_t *name);
static int gate_claim_string(gate_claim_walk_t *w, gate_str_t *text);
static int gate_claim_word(gate_claim_walk_t *w, gate_str_t *name);
static int gate_claim_fits(gate_str_t name, int words);


const char *
gate_claim_parse(gate_claim_t *c, gate_str_t text, gate_pointer_t *pointer,
    unsigned char *buf)
{
    c->text = text;
    c->pointer = NULL;

    if (text.len == 0 || text.data[0] != '/') {
        return (text.len == 0) ? "is empty" : NULL;
    }

    c->pointer = pointer;

    return gate_pointer_parse(pointer, text, buf);
}


const json_t *
gate_claim_get(const gate_claim_t *c, const json_t *claims)
{
    return (c->pointer == NULL) ? gate_jwt_claim(claims, c->text)
                                : gate_pointer_find(c->pointer, claims);
}


int
gate_claim_names_have(const gate_claim_names_t *names, const json_t *claims,
    gate_str_t name)
{
    gate_str_t         one;
    gate_claim_walk_t  w;

    if (name.len <= names->prefix.len
        || !gate_str_eq(gate_str(name.data, names->prefix.len),
                        names->prefix))
    {
        return 0;
    }

    name.data += names->prefix.len;
    name.len -= names->prefix.len;

    memset(&w, 0, sizeof(gate_claim_walk_t));
    w.names = names;
    w.claims = claims;

    while (gate_claim_names_next(&w, &one)) {
        if (gate_str_eq(one, name)) {
            return 1;
        }
    }

    return 0;
}


size_t
gate_claim_names_text(const gate_claim_names_t *names, const json_t *claims,
    unsigned char by, unsigned char *dst)
{
    size_t             len, pos;
    gate_str_t         name;
    gate_claim_walk_t  w;

    memset(&w, 0, sizeof(gate_claim_walk_t));
    w.names = names;
    w.claims = claims;

    len = 0;

    while (gate_claim_names_next(&w, &name)) {

        pos = len + (len != 0);
        len = pos + names->prefix.len + name.len;

        if (dst == NULL) {
            continue;
        }

        if (pos != 0) {
            dst[pos - 1] = by;
        }

        pos = (size_t) (gate_str_copy(dst + pos, names->prefix) - dst);
        (void) gate_str_copy(dst + pos, name);
    }

    return len;
}


/* 0: there are no more */

static int
gate_claim_names_next(gate_claim_walk_t *w, gate_str_t *name)
{
    gate_str_t  text;

    for ( ;; ) {

        if (gate_claim_word(w, name)) {
            return 1;
        }

        if (!gate_claim_string(w, &text)) {
            return 0;
        }

        if (w->names->words) {
            w->rest = text;
            continue;
        }

        if (gate_claim_fits(text, 0)) {
            *name = text;
            return 1;
        }
    }
}


/* the next string, of an array or not */

static int
gate_claim_string(gate_claim_walk_t *w, gate_str_t *text)
{
    const json_t  *value;

    for ( ;; ) {

        if (w->array != NULL) {
            value = json_array_get(w->array, w->element++);

            if (value == NULL) {
                w->array = NULL;
                continue;
            }

        } else {
            if (w->place == w->names->n) {
                return 0;
            }

            value = gate_claim_get(&w->names->places[w->place++], w->claims);

            if (json_is_array(value)) {
                w->array = value;
                w->element = 0;
                continue;
            }
        }

        if (gate_json_text(value, text)) {
            return 1;
        }
    }
}


static int
gate_claim_word(gate_claim_walk_t *w, gate_str_t *name)
{
    unsigned char  *space;

    while (w->rest.len != 0) {

        space = memchr(w->rest.data, ' ', w->rest.len);

        *name = gate_str(w->rest.data, space == NULL
                         ? w->rest.len : (size_t) (space - w->rest.data));

        w->rest.data += name->len + (space != NULL);
        w->rest.len -= name->len + (space != NULL);

        if (gate_claim_fits(*name, 1)) {
            return 1;
        }
    }

    return 0;
}


static int
gate_claim_fits(gate_str_t name, int words)
{
    size_t  i;

    for (i = 0; i < name.len; i++) {
        if (name.data[i] < 0x20 || name.data[i] == 0x7f
            || (name.data[i] == ',' && !words))
        {
            return 0;
        }
    }

    return name.len != 0;
}
