
/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * What stands for one rune in a regular expression: itself, a class, an escape.
 */


#include "gate_regex_parse.h"


typedef struct {
    const char            *name;
    const char            *ranges;            /* pairs: from, to */
} gate_regex_known_t;


static int gate_regex_range(gate_regex_parse_t *g, uint32_t from,
    uint32_t to);
static int gate_regex_ranges(gate_regex_parse_t *g, const char *pairs,
    int negated);
static int gate_regex_escape(gate_regex_parse_t *g);
static int gate_regex_class(gate_regex_parse_t *g);
static int gate_regex_class_item(gate_regex_parse_t *g);
static int gate_regex_class_named(gate_regex_parse_t *g);
static int gate_regex_class_rune(gate_regex_parse_t *g, uint32_t *c);
static const char *gate_regex_perl(unsigned char c, int *negated);
static int gate_regex_rune_escape(gate_regex_parse_t *g, uint32_t *c);
static int gate_regex_hex(gate_regex_parse_t *g, uint32_t *c);
static int gate_regex_digit(unsigned char c);


static const gate_regex_known_t  gate_regex_known[] = {
    { "alnum", "09AZaz" }, { "alpha", "AZaz" }, { "ascii", NULL },
    { "blank", "\t\t  " }, { "cntrl", NULL }, { "digit", "09" },
    { "graph", "!~" }, { "lower", "az" }, { "print", " ~" },
    { "punct", "!/:@[`{~" }, { "space", "\t\r  " }, { "upper", "AZ" },
    { "word", "09AZ__az" }, { "xdigit", "09AFaf" }
};


int
gate_regex_one(gate_regex_parse_t *g)
{
    uint32_t            c;
    gate_regex_step_t  *s;

    if (*g->p == '[') {
        return gate_regex_class(g);
    }

    if (*g->p == '\\') {
        return gate_regex_escape(g);
    }

    if (!gate_regex_emit(g, GATE_REGEX_SET)) {
        return 0;
    }

    s = &g->re->steps[g->re->nsteps - 1];
    s->first = (uint16_t) g->re->nranges;
    s->fold = (unsigned char) g->fold;

    if (*g->p == '.') {
        g->p++;
        s->n = g->dot_all ? 1 : 2;

        return g->dot_all ? gate_regex_range(g, 0, GATE_REGEX_RUNE)
                          : gate_regex_range(g, 0, '\n' - 1)
                            && gate_regex_range(g, '\n' + 1, GATE_REGEX_RUNE);
    }

    c = gate_regex_rune(&g->p, g->end);
    s->n = 1;

    if (c == GATE_REGEX_NONE) {
        g->why = "is not UTF-8";
        return 0;
    }

    if (c > 0x7f && g->fold) {
        g->why = "has letters beyond ASCII under (?i)";
        return 0;
    }

    return gate_regex_range(g, c, c);
}


static int
gate_regex_range(gate_regex_parse_t *g, uint32_t from, uint32_t to)
{
    gate_regex_range_t  *r;

    if (g->re->nranges == GATE_REGEX_RANGES) {
        g->why = "has too many classes";
        return 0;
    }

    r = &g->re->ranges[g->re->nranges++];
    r->from = from;
    r->to = to;

    return 1;
}


/* sorted pairs, or what is between them */

static int
gate_regex_ranges(gate_regex_parse_t *g, const char *pairs, int negated)
{
    uint32_t     next;
    const char  *p;

    next = 0;

    if (negated && g->fold) {
        g->why = "has letters beyond ASCII under (?i)";
        return 0;
    }

    for (p = pairs; *p != '\0'; p += 2) {

        if (!negated) {
            if (!gate_regex_range(g, (unsigned char) p[0],
                                  (unsigned char) p[1]))
            {
                return 0;
            }

            continue;
        }

        if ((unsigned char) p[0] > next
            && !gate_regex_range(g, next, (unsigned char) p[0] - 1))
        {
            return 0;
        }

        next = (unsigned char) p[1] + 1;
    }

    return negated ? gate_regex_range(g, next, GATE_REGEX_RUNE) : 1;
}


/* outside of classes; "\" is the next byte */

static int
gate_regex_escape(gate_regex_parse_t *g)
{
    int                 negated;
    uint32_t            c;
    const char         *pairs;
    gate_regex_op_e     op;
    gate_regex_step_t  *s;

    op = GATE_REGEX_SET;

    if (g->end - g->p > 1) {
        switch (g->p[1]) {

        case 'A':
            op = GATE_REGEX_BEGIN;
            break;

        case 'z':
            op = GATE_REGEX_END;
            break;

        case 'b':
            op = GATE_REGEX_WORD;
            break;

        case 'B':
            op = GATE_REGEX_NO_WORD;
        }
    }

    if (!gate_regex_emit(g, op)) {
        return 0;
    }

    if (op != GATE_REGEX_SET) {
        g->p += 2;
        return 1;
    }

    s = &g->re->steps[g->re->nsteps - 1];
    s->first = (uint16_t) g->re->nranges;
    s->fold = (unsigned char) g->fold;

    pairs = (g->end - g->p > 1) ? gate_regex_perl(g->p[1], &negated) : NULL;

    if (pairs != NULL) {
        g->p += 2;
        s->negated = (unsigned char) negated;

        if (!gate_regex_ranges(g, pairs, 0)) {
            return 0;
        }

        s->n = (uint16_t) (g->re->nranges - s->first);

        return 1;
    }

    s->n = 1;

    return gate_regex_rune_escape(g, &c) && gate_regex_range(g, c, c);
}


static int
gate_regex_class(gate_regex_parse_t *g)
{
    size_t              at;
    gate_regex_step_t  *s;

    if (!gate_regex_emit(g, GATE_REGEX_SET)) {
        return 0;
    }

    s = &g->re->steps[g->re->nsteps - 1];
    s->first = (uint16_t) g->re->nranges;
    s->fold = (unsigned char) g->fold;

    g->p++;

    if (g->p < g->end && *g->p == '^') {
        g->p++;
        s->negated = 1;
    }

    /* a "]" in the first place is itself */

    for (at = 0; g->p < g->end && (*g->p != ']' || at == 0); at++) {
        if (!gate_regex_class_item(g)) {
            return 0;
        }
    }

    if (g->p == g->end) {
        g->why = "has a \"[\" without its \"]\"";
        return 0;
    }

    g->p++;
    s->n = (uint16_t) (g->re->nranges - s->first);

    return 1;
}


static int
gate_regex_class_item(gate_regex_parse_t *g)
{
    int          negated;
    uint32_t     from, to;
    const char  *pairs;

    if (g->end - g->p > 2 && g->p[0] == '[' && g->p[1] == ':') {
        return gate_regex_class_named(g);
    }

    if (g->end - g->p > 1 && *g->p == '\\') {
        pairs = gate_regex_perl(g->p[1], &negated);

        if (pairs != NULL) {
            g->p += 2;
            return gate_regex_ranges(g, pairs, negated);
        }
    }

    if (!gate_regex_class_rune(g, &from)) {
        return 0;
    }

    to = from;

    if (g->end - g->p > 1 && g->p[0] == '-' && g->p[1] != ']') {
        g->p++;

        if (!gate_regex_class_rune(g, &to)) {
            return 0;
        }
    }

    if (to < from) {
        g->why = "has a range that ends before it begins";
        return 0;
    }

    if (g->fold && to > 0x7f) {
        g->why = "has letters beyond ASCII under (?i)";
        return 0;
    }

    return gate_regex_range(g, from, to);
}


/* "[:alpha:]", "[:^alpha:]" */

static int
gate_regex_class_named(gate_regex_parse_t *g)
{
    int                        negated;
    size_t                     i, n;
    const unsigned char       *p;
    const gate_regex_known_t  *k;

    p = g->p + 2;
    negated = (*p == '^');
    p += negated;

    for (i = 0; i < sizeof(gate_regex_known) / sizeof(*k); i++) {
        k = &gate_regex_known[i];
        n = strlen(k->name);

        if ((size_t) (g->end - p) < n + 2 || memcmp(p, k->name, n) != 0
            || p[n] != ':' || p[n + 1] != ']')
        {
            continue;
        }

        g->p = p + n + 2;

        if (k->ranges != NULL) {
            return gate_regex_ranges(g, k->ranges, negated);
        }

        /* those with a NUL */

        if (strcmp(k->name, "ascii") == 0) {
            return negated ? gate_regex_range(g, 0x80, GATE_REGEX_RUNE)
                           : gate_regex_range(g, 0, 0x7f);
        }

        return negated ? gate_regex_range(g, ' ', '~')
                         && gate_regex_range(g, 0x80, GATE_REGEX_RUNE)
                       : gate_regex_range(g, 0, 0x1f)
                         && gate_regex_range(g, 0x7f, 0x7f);
    }

    g->why = "has a class [:...:] that is none";

    return 0;
}


static int
gate_regex_class_rune(gate_regex_parse_t *g, uint32_t *c)
{
    if (*g->p == '\\') {
        return gate_regex_rune_escape(g, c);
    }

    *c = gate_regex_rune(&g->p, g->end);

    if (*c == GATE_REGEX_NONE) {
        g->why = "is not UTF-8";
        return 0;
    }

    return 1;
}


static const char *
gate_regex_perl(unsigned char c, int *negated)
{
    *negated = (c == 'D' || c == 'S' || c == 'W');

    switch (c | 0x20) {

    case 'd':
        return "09";

    case 's':
        return "\t\n\f\r  ";

    case 'w':
        return "09AZ__az";
    }

    return NULL;
}


/* an escape that stands for one rune */

static int
gate_regex_rune_escape(gate_regex_parse_t *g, uint32_t *c)
{
    size_t       i;
    const char  *p;

    static const char  letters[] = "afnrtv";
    static const char  means[] = "\a\f\n\r\t\v";

    g->why = "has an escape that RE2 does not have, or that has no use here";

    if (g->end - g->p < 2) {
        return 0;
    }

    *c = g->p[1];
    g->p += 2;

    if (*c == 'x') {
        return gate_regex_hex(g, c);
    }

    if (*c == '0') {
        *c = 0;

        for (i = 0; i < 2 && g->p < g->end && *g->p >= '0' && *g->p <= '7';
             i++)
        {
            *c = *c * 8 + (uint32_t) (*g->p++ - '0');
        }

        g->why = NULL;
        return 1;
    }

    p = (*c < 0x80) ? strchr(letters, (int) *c) : NULL;

    if (p != NULL) {
        *c = (uint32_t) means[p - letters];

    } else if (*c >= 0x80 || *c == '_' || gate_regex_digit((unsigned char) *c)
               >= 0 || (*c >= 'G' && *c <= 'Z') || (*c >= 'g' && *c <= 'z'))
    {
        return 0;
    }

    g->why = NULL;

    return 1;
}


/* "\x7f", "\x{10ffff}" */

static int
gate_regex_hex(gate_regex_parse_t *g, uint32_t *c)
{
    int     braces, digit;
    size_t  n;

    braces = (g->p < g->end && *g->p == '{');
    g->p += braces;
    *c = 0;

    for (n = 0; g->p < g->end && (braces || n < 2); n++) {

        digit = gate_regex_digit(*g->p);

        if (digit < 0 || *c > GATE_REGEX_RUNE) {
            break;
        }

        *c = *c * 16 + (uint32_t) digit;
        g->p++;
    }

    if (*c > GATE_REGEX_RUNE || n == 0 || (!braces && n != 2)
        || (braces && (g->p == g->end || *g->p++ != '}')))
    {
        return 0;
    }

    if (*c > 0x7f && g->fold) {
        return 0;
    }

    g->why = NULL;

    return 1;
}


static int
gate_regex_digit(unsigned char c)
{
    if (c >= '0' && c <= '9') {
        return c - '0';
    }

    c |= 0x20;

    return (c >= 'a' && c <= 'f') ? c - 'a' + 10 : -1;
}
