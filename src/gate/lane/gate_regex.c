
/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * A regular expression becomes a program: alternatives, sequences, repetition,
 * groups.
 */


#include <stdlib.h>

#include "gate_regex_parse.h"


#define GATE_REGEX_DEPTH   32
#define GATE_REGEX_REPEAT  1000               /* as RE2 */
#define GATE_REGEX_MANY    -1                 /* "{2,}" */


static int gate_regex_either(gate_regex_parse_t *g);
static int gate_regex_sequence(gate_regex_parse_t *g);
static int gate_regex_repeated(gate_regex_parse_t *g, size_t begun);
static int gate_regex_counts(gate_regex_parse_t *g, int *min, int *max);
static int gate_regex_number(const unsigned char **p,
    const unsigned char *end);
static int gate_regex_repeat(gate_regex_parse_t *g, size_t begun, int min,
    int max);
static int gate_regex_atom(gate_regex_parse_t *g);
static int gate_regex_group(gate_regex_parse_t *g);
static int gate_regex_flags(gate_regex_parse_t *g, int *ended);
static int gate_regex_insert(gate_regex_parse_t *g, size_t at);


gate_regex_t *
gate_regex_make(gate_str_t pattern, const char **why)
{
    int                  rc;
    gate_regex_parse_t   g;

    memset(&g, 0, sizeof(gate_regex_parse_t));
    *why = NULL;

    if (pattern.len > GATE_REGEX_MAX) {
        *why = "has more than 256 bytes";
        return NULL;
    }

    g.re = calloc(1, sizeof(gate_regex_t));

    if (g.re == NULL) {
        return NULL;
    }

    g.p = pattern.data;
    g.end = pattern.data + pattern.len;

    rc = gate_regex_either(&g);

    if (rc && g.p < g.end) {
        g.why = "has a \")\" without its \"(\"";
        rc = 0;
    }

    if (!rc || !gate_regex_emit(&g, GATE_REGEX_DONE)) {
        *why = g.why;
        free(g.re);
        return NULL;
    }

    return g.re;
}


void
gate_regex_free(gate_regex_t *re)
{
    free(re);
}


int
gate_regex_emit(gate_regex_parse_t *g, gate_regex_op_e op)
{
    gate_regex_step_t  *s;

    if (g->re->nsteps == GATE_REGEX_STEPS) {
        g->why = "makes too large a program";
        return 0;
    }

    s = &g->re->steps[g->re->nsteps++];
    memset(s, 0, sizeof(gate_regex_step_t));
    s->op = (unsigned char) op;

    return 1;
}


/* one step more before those from "at" on */

static int
gate_regex_insert(gate_regex_parse_t *g, size_t at)
{
    gate_regex_step_t  *s;

    if (!gate_regex_emit(g, GATE_REGEX_SPLIT)) {
        return 0;
    }

    s = g->re->steps;

    memmove(&s[at + 1], &s[at],
            (g->re->nsteps - 1 - at) * sizeof(gate_regex_step_t));
    memset(&s[at], 0, sizeof(gate_regex_step_t));
    s[at].op = GATE_REGEX_SPLIT;

    return 1;
}


static int
gate_regex_either(gate_regex_parse_t *g)
{
    size_t              begun, jump;
    gate_regex_step_t  *s;

    begun = g->re->nsteps;
    s = g->re->steps;

    if (!gate_regex_sequence(g)) {
        return 0;
    }

    while (g->p < g->end && *g->p == '|') {
        g->p++;

        if (!gate_regex_insert(g, begun)
            || !gate_regex_emit(g, GATE_REGEX_JUMP))
        {
            return 0;
        }

        jump = g->re->nsteps - 1;

        s[begun].a = 1;
        s[begun].b = (int16_t) (jump + 1 - begun);

        if (!gate_regex_sequence(g)) {
            return 0;
        }

        s[jump].a = (int16_t) (g->re->nsteps - jump);
    }

    return 1;
}


static int
gate_regex_sequence(gate_regex_parse_t *g)
{
    size_t  begun;

    while (g->p < g->end && *g->p != '|' && *g->p != ')') {

        begun = g->re->nsteps;

        if (!gate_regex_atom(g) || !gate_regex_repeated(g, begun)) {
            return 0;
        }
    }

    return 1;
}


/* what stands behind an atom: at most one repetition, greedy or not */

static int
gate_regex_repeated(gate_regex_parse_t *g, size_t begun)
{
    int  min, max;

    if (!gate_regex_counts(g, &min, &max)) {
        return g->why == NULL;
    }

    if (g->bare) {
        g->why = "repeats nothing";
        return 0;
    }

    if (g->p < g->end && *g->p == '?') {
        g->p++;
    }

    if (!gate_regex_repeat(g, begun, min, max)) {
        return 0;
    }

    if (gate_regex_counts(g, &min, &max)) {
        g->why = "repeats a repetition";
    }

    return g->why == NULL;
}


/* 0: there is none, or "why" says what is wrong with it */

static int
gate_regex_counts(gate_regex_parse_t *g, int *min, int *max)
{
    const unsigned char  *p;

    if (g->p == g->end) {
        return 0;
    }

    p = g->p + 1;
    *min = (*g->p == '+');
    *max = (*g->p == '?') ? 1 : GATE_REGEX_MANY;

    if (*g->p == '*' || *g->p == '+' || *g->p == '?') {
        g->p = p;
        return 1;
    }

    if (*g->p != '{') {
        return 0;
    }

    /* what is no repetition are plain letters */

    *min = gate_regex_number(&p, g->end);
    *max = *min;

    if (*min == GATE_REGEX_MANY) {
        return 0;
    }

    if (p < g->end && *p == ',') {
        p++;
        *max = gate_regex_number(&p, g->end);
    }

    if (p == g->end || *p != '}') {
        return 0;
    }

    if (*min > GATE_REGEX_REPEAT || *max > GATE_REGEX_REPEAT
        || (*max != GATE_REGEX_MANY && *max < *min))
    {
        g->why = "repeats too often";
        return 0;
    }

    g->p = p + 1;

    return 1;
}


static int
gate_regex_number(const unsigned char **p, const unsigned char *end)
{
    int  n;

    if (*p == end || **p < '0' || **p > '9') {
        return GATE_REGEX_MANY;
    }

    for (n = 0; *p < end && **p >= '0' && **p <= '9'; (*p)++) {
        n = (n > GATE_REGEX_REPEAT) ? n : n * 10 + (**p - '0');
    }

    return n;
}


static int
gate_regex_repeat(gate_regex_parse_t *g, size_t begun, int min, int max)
{
    int                 i, copies;
    size_t              len, at;
    gate_regex_step_t  *s;

    s = g->re->steps;
    len = g->re->nsteps - begun;

    /* "a*" is "(a+)?", so that there is a copy of all that is asked for */

    copies = (max == GATE_REGEX_MANY) ? (min == 0 ? 1 : min) : max;

    if (len * (size_t) copies + (size_t) copies > GATE_REGEX_STEPS) {
        g->why = "makes too large a program";
        return 0;
    }

    /* the original is put aside, and all copies are made of that */

    memcpy(g->spare, &s[begun], len * sizeof(gate_regex_step_t));
    g->re->nsteps = begun;

    for (i = 0; i < copies; i++) {

        at = g->re->nsteps;

        if (at + len + 2 > GATE_REGEX_STEPS) {
            g->why = "makes too large a program";
            return 0;
        }

        memcpy(&s[at], g->spare, len * sizeof(gate_regex_step_t));
        g->re->nsteps += len;

        if (max == GATE_REGEX_MANY && i == copies - 1) {

            if (!gate_regex_emit(g, GATE_REGEX_SPLIT)) {
                return 0;
            }

            s[at + len].a = (int16_t) -(int) len;
            s[at + len].b = 1;
        }

        if (i >= min) {

            if (!gate_regex_insert(g, at)) {
                return 0;
            }

            s[at].a = 1;
            s[at].b = (int16_t) (g->re->nsteps - at);
        }
    }

    return 1;
}


static int
gate_regex_atom(gate_regex_parse_t *g)
{
    unsigned char  c;

    g->bare = 0;
    c = *g->p;

    switch (c) {

    case '(':
        return gate_regex_group(g);

    case '*':
    case '+':
    case '?':
        g->why = "repeats nothing";
        return 0;

    case '{':
        {
            int                   min, max;
            const unsigned char  *p;

            p = g->p;

            if (gate_regex_counts(g, &min, &max)) {
                g->why = "repeats nothing";
            }

            if (g->why != NULL) {
                return 0;
            }

            g->p = p;
        }

        break;

    case '^':
        g->p++;
        return gate_regex_emit(g, g->lines ? GATE_REGEX_LINE_BEGIN
                                           : GATE_REGEX_BEGIN);

    case '$':
        g->p++;
        return gate_regex_emit(g, g->lines ? GATE_REGEX_LINE_END
                                           : GATE_REGEX_END);
    }

    return gate_regex_one(g);
}


/* "(...)", "(?:...)", "(?i:...)", "(?i)" */

static int
gate_regex_group(gate_regex_parse_t *g)
{
    int  ended, fold, dot_all, lines;

    fold = g->fold;
    dot_all = g->dot_all;
    lines = g->lines;
    ended = 0;

    g->p++;

    if (g->p < g->end && *g->p == '?' && !gate_regex_flags(g, &ended)) {
        return 0;
    }

    if (ended) {
        g->bare = 1;
        return 1;
    }

    if (g->depth++ == GATE_REGEX_DEPTH) {
        g->why = "has groups too deep in one another";
        return 0;
    }

    if (!gate_regex_either(g)) {
        return 0;
    }

    if (g->p == g->end) {
        g->why = "has a \"(\" without its \")\"";
        return 0;
    }

    g->p++;
    g->depth--;
    g->bare = 0;
    g->fold = fold;
    g->dot_all = dot_all;
    g->lines = lines;

    return 1;
}


/* from "?" to ":", or to ")", which ends it and leaves the flags in force */

static int
gate_regex_flags(gate_regex_parse_t *g, int *ended)
{
    int  on, any;

    on = 1;
    any = 0;
    g->why = "has a group that is not RE2's: it has (?:...) and (?ims-ims)";

    for (g->p++; g->p < g->end; g->p++) {

        switch (*g->p) {

        case ':':
        case ')':
            if (!on && !any) {
                return 0;
            }

            *ended = (*g->p++ == ')');

            if (*ended && on && !any) {
                return 0;
            }

            g->why = NULL;
            return 1;

        case '-':
            if (!on) {
                return 0;
            }

            on = 0;
            any = 0;
            continue;

        case 'i':
            g->fold = on;
            break;

        case 's':
            g->dot_all = on;
            break;

        case 'm':
            g->lines = on;
            break;

        case 'U':
            break;

        default:
            return 0;
        }

        any = 1;
    }

    return 0;
}
