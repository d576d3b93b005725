
/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * A text is compared with all ways through a regular expression at once
 * (K. Thompson, 1968): no text takes long.
 */


#include "gate_regex_program.h"


/* steps that are waited at; "mark" tells which are in the list already */

typedef struct {
    size_t                 n;
    uint16_t               at[GATE_REGEX_STEPS];
    unsigned char          mark[GATE_REGEX_STEPS];
} gate_regex_list_t;


typedef struct {
    uint32_t               before;            /* runes around a place */
    uint32_t               after;
} gate_regex_place_t;


static void gate_regex_enter(const gate_regex_t *re, gate_regex_list_t *l,
    size_t step, gate_regex_place_t place);
static int gate_regex_holds(const gate_regex_step_t *s,
    gate_regex_place_t place);
static int gate_regex_is_word(uint32_t c);
static int gate_regex_has(const gate_regex_t *re, const gate_regex_step_t *s,
    uint32_t c);
static int gate_regex_within(const gate_regex_t *re,
    const gate_regex_step_t *s, uint32_t c);


int
gate_regex_match(const gate_regex_t *re, gate_str_t text)
{
    size_t                    i;
    uint32_t                  c;
    gate_regex_list_t         lists[2], *now, *next, *other;
    gate_regex_place_t        place;
    const unsigned char      *p, *ahead, *end;
    const gate_regex_step_t  *s;

    now = &lists[0];
    next = &lists[1];
    p = text.data;
    end = p + text.len;
    ahead = p;

    place.before = GATE_REGEX_NONE - 1;
    place.after = (p < end) ? gate_regex_rune(&ahead, end) : place.before;

    memset(now, 0, sizeof(gate_regex_list_t));
    gate_regex_enter(re, now, 0, place);

    while (p < end && now->n != 0) {

        c = place.after;
        p = ahead;

        place.before = c;
        place.after = (p < end) ? gate_regex_rune(&ahead, end)
                                : GATE_REGEX_NONE - 1;

        memset(next, 0, sizeof(gate_regex_list_t));

        for (i = 0; i < now->n; i++) {
            s = &re->steps[now->at[i]];

            if (s->op == GATE_REGEX_SET && gate_regex_has(re, s, c)) {
                gate_regex_enter(re, next, now->at[i] + 1, place);
            }
        }

        other = now;
        now = next;
        next = other;
    }

    /* the last step is the only one that says it is done */

    return p == end && now->mark[re->nsteps - 1];
}


/* whatever is reached from a step without a rune */

static void
gate_regex_enter(const gate_regex_t *re, gate_regex_list_t *l, size_t step,
    gate_regex_place_t place)
{
    size_t                    n;
    uint16_t                  stack[2 * GATE_REGEX_STEPS];
    const gate_regex_step_t  *s;

    n = 0;
    stack[n++] = (uint16_t) step;

    while (n != 0) {
        step = stack[--n];

        if (l->mark[step]) {
            continue;
        }

        l->mark[step] = 1;
        s = &re->steps[step];

        switch (s->op) {

        case GATE_REGEX_SET:
            l->at[l->n++] = (uint16_t) step;
            break;

        case GATE_REGEX_DONE:
            break;

        case GATE_REGEX_SPLIT:
            stack[n++] = (uint16_t) (step + s->b);
            stack[n++] = (uint16_t) (step + s->a);
            break;

        case GATE_REGEX_JUMP:
            stack[n++] = (uint16_t) (step + s->a);
            break;

        default:
            if (gate_regex_holds(s, place)) {
                stack[n++] = (uint16_t) (step + 1);
            }
        }
    }
}


static int
gate_regex_holds(const gate_regex_step_t *s, gate_regex_place_t place)
{
    int       word;
    uint32_t  none;

    none = GATE_REGEX_NONE - 1;
    word = gate_regex_is_word(place.before) != gate_regex_is_word(place.after);

    switch (s->op) {

    case GATE_REGEX_BEGIN:
        return place.before == none;

    case GATE_REGEX_END:
        return place.after == none;

    case GATE_REGEX_LINE_BEGIN:
        return place.before == none || place.before == '\n';

    case GATE_REGEX_LINE_END:
        return place.after == none || place.after == '\n';

    case GATE_REGEX_WORD:
        return word;

    default:
        return !word;
    }
}


static int
gate_regex_is_word(uint32_t c)
{
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z')
           || (c >= 'A' && c <= 'Z') || c == '_';
}


static int
gate_regex_has(const gate_regex_t *re, const gate_regex_step_t *s, uint32_t c)
{
    int  found;

    if (c == GATE_REGEX_NONE) {
        return 0;
    }

    found = gate_regex_within(re, s, c);

    if (!found && s->fold) {

        /* Unicode folds two signs beyond ASCII to a letter of it */

        if (c == 0x17f || c == 0x212a) {
            c = (c == 0x17f) ? 's' : 'k';
            found = gate_regex_within(re, s, c);
        }

        if (!found && gate_regex_is_word(c) && c >= 'A' && c != '_') {
            found = gate_regex_within(re, s, c ^ 0x20);
        }
    }

    return found != s->negated;
}


static int
gate_regex_within(const gate_regex_t *re, const gate_regex_step_t *s,
    uint32_t c)
{
    size_t                     i;
    const gate_regex_range_t  *r;

    r = &re->ranges[s->first];

    for (i = 0; i < s->n; i++) {
        if (c >= r[i].from && c <= r[i].to) {
            return 1;
        }
    }

    return 0;
}


uint32_t
gate_regex_rune(const unsigned char **p, const unsigned char *end)
{
    size_t                i, n;
    uint32_t              c;
    const unsigned char  *s;

    static const uint32_t  least[] = { 0, 0, 0x80, 0x800, 0x10000 };

    s = *p;
    c = *s;
    (*p)++;

    if (c < 0x80) {
        return c;
    }

    n = (c >= 0xf0) ? 4 : (c >= 0xe0) ? 3 : 2;

    if (c < 0xc2 || c > 0xf4 || (size_t) (end - s) < n) {
        return GATE_REGEX_NONE;
    }

    c &= 0xff >> (n + 1);

    for (i = 1; i < n; i++) {

        if ((s[i] & 0xc0) != 0x80) {
            return GATE_REGEX_NONE;
        }

        c = (c << 6) | (s[i] & 0x3f);
    }

    if (c < least[n] || c > GATE_REGEX_RUNE || (c >= 0xd800 && c <= 0xdfff)) {
        return GATE_REGEX_NONE;
    }

    *p = s + n;

    return c;
}
