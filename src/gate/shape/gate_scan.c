
/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * Reading a JSON text (RFC 8259) of which the bytes come one part after
 * another.
 *
 * Between tokens, what a byte means is a row of gate_scan_steps.  A token that
 * the end of the bytes cuts is gone on with by the function that began it.
 */


#include "gate_scan_token.h"


#define gate_scan_is_object(s, n)                                            \
    ((s)->objects[((n) - 1) / 64] >> (((n) - 1) % 64) & 1)


/* what is expected; those from NAME_CUT on are within a token */

enum {
    GATE_SCAN_AT_VALUE = 0,
    GATE_SCAN_AT_TOLD,                  /* the same, and it was told */
    GATE_SCAN_AT_FIRST,                 /* a value, or the end of the array */
    GATE_SCAN_AT_NAME,
    GATE_SCAN_AT_FIRST_NAME,            /* or the end of the object */
    GATE_SCAN_AT_COLON,
    GATE_SCAN_AT_MEMBER,                /* behind a member */
    GATE_SCAN_AT_ELEMENT,               /* behind an element */
    GATE_SCAN_AT_END,                   /* behind all */

    GATE_SCAN_NAME_CUT,
    GATE_SCAN_STRING_CUT,
    GATE_SCAN_NUMERAL_CUT,
    GATE_SCAN_LITERAL_CUT
};


/* what a byte is, between tokens */

enum {
    GATE_SCAN_OTHER = 0,
    GATE_SCAN_SPACE,
    GATE_SCAN_QUOTE,
    GATE_SCAN_DIGIT,
    GATE_SCAN_LETTER,
    GATE_SCAN_BRACE,
    GATE_SCAN_BRACKET,
    GATE_SCAN_BRACE_END,
    GATE_SCAN_BRACKET_END,
    GATE_SCAN_COMMA,
    GATE_SCAN_COLON,
    GATE_SCAN_KINDS
};


/* what is done then */

enum {
    GATE_SCAN_FAIL = 0,
    GATE_SCAN_STRING,
    GATE_SCAN_NUMERAL,
    GATE_SCAN_LITERAL,
    GATE_SCAN_OPEN,
    GATE_SCAN_SHUT,
    GATE_SCAN_MEMBER,
    GATE_SCAN_NEXT_MEMBER,
    GATE_SCAN_NEXT_ELEMENT,
    GATE_SCAN_NEXT_VALUE
};


static const unsigned char *gate_scan_go_on(gate_scan_t *s,
    const unsigned char *p);
static const unsigned char *gate_scan_step(gate_scan_t *s,
    const unsigned char *p);
static int gate_scan_is_told(gate_scan_t *s, const unsigned char *p);
static const unsigned char *gate_scan_open(gate_scan_t *s,
    const unsigned char *p);
static const unsigned char *gate_scan_shut(gate_scan_t *s,
    const unsigned char *p);
static const unsigned char *gate_scan_behind(gate_scan_t *s,
    const unsigned char *p);
static const unsigned char *gate_scan_member(gate_scan_t *s,
    const unsigned char *p);
static const unsigned char *gate_scan_name(gate_scan_t *s,
    const unsigned char *p);
static void gate_scan_name_ends(gate_scan_t *s, const unsigned char *p);
static void gate_scan_hold(gate_scan_t *s, const unsigned char *p);
static const unsigned char *gate_scan_string(gate_scan_t *s,
    const unsigned char *p);
static const unsigned char *gate_scan_numeral(gate_scan_t *s,
    const unsigned char *p);
static const unsigned char *gate_scan_literal(gate_scan_t *s,
    const unsigned char *p);


static const unsigned char  gate_scan_kinds[256] = {
    [' '] = GATE_SCAN_SPACE,    ['\t'] = GATE_SCAN_SPACE,
    ['\n'] = GATE_SCAN_SPACE,   ['\r'] = GATE_SCAN_SPACE,
    ['"'] = GATE_SCAN_QUOTE,    ['-'] = GATE_SCAN_DIGIT,
    ['0'] = GATE_SCAN_DIGIT,    ['1'] = GATE_SCAN_DIGIT,
    ['2'] = GATE_SCAN_DIGIT,    ['3'] = GATE_SCAN_DIGIT,
    ['4'] = GATE_SCAN_DIGIT,    ['5'] = GATE_SCAN_DIGIT,
    ['6'] = GATE_SCAN_DIGIT,    ['7'] = GATE_SCAN_DIGIT,
    ['8'] = GATE_SCAN_DIGIT,    ['9'] = GATE_SCAN_DIGIT,
    ['t'] = GATE_SCAN_LETTER,   ['f'] = GATE_SCAN_LETTER,
    ['n'] = GATE_SCAN_LETTER,
    ['{'] = GATE_SCAN_BRACE,    ['}'] = GATE_SCAN_BRACE_END,
    ['['] = GATE_SCAN_BRACKET,  [']'] = GATE_SCAN_BRACKET_END,
    [','] = GATE_SCAN_COMMA,    [':'] = GATE_SCAN_COLON
};


#define GATE_SCAN_VALUES                                                     \
    [GATE_SCAN_QUOTE] = GATE_SCAN_STRING,                                    \
    [GATE_SCAN_DIGIT] = GATE_SCAN_NUMERAL,                                   \
    [GATE_SCAN_LETTER] = GATE_SCAN_LITERAL,                                  \
    [GATE_SCAN_BRACE] = GATE_SCAN_OPEN,                                      \
    [GATE_SCAN_BRACKET] = GATE_SCAN_OPEN

static const unsigned char
    gate_scan_steps[GATE_SCAN_AT_END + 1][GATE_SCAN_KINDS] =
{
    [GATE_SCAN_AT_VALUE] = { GATE_SCAN_VALUES },
    [GATE_SCAN_AT_TOLD] = { GATE_SCAN_VALUES },
    [GATE_SCAN_AT_FIRST] = { GATE_SCAN_VALUES,
                             [GATE_SCAN_BRACKET_END] = GATE_SCAN_SHUT },
    [GATE_SCAN_AT_NAME] = { [GATE_SCAN_QUOTE] = GATE_SCAN_MEMBER },
    [GATE_SCAN_AT_FIRST_NAME] = { [GATE_SCAN_QUOTE] = GATE_SCAN_MEMBER,
                                  [GATE_SCAN_BRACE_END] = GATE_SCAN_SHUT },
    [GATE_SCAN_AT_COLON] = { [GATE_SCAN_COLON] = GATE_SCAN_NEXT_VALUE },
    [GATE_SCAN_AT_MEMBER] = { [GATE_SCAN_COMMA] = GATE_SCAN_NEXT_MEMBER,
                              [GATE_SCAN_BRACE_END] = GATE_SCAN_SHUT },
    [GATE_SCAN_AT_ELEMENT] = { [GATE_SCAN_COMMA] = GATE_SCAN_NEXT_ELEMENT,
                               [GATE_SCAN_BRACKET_END] = GATE_SCAN_SHUT },
};


static const char  *gate_scan_whys[] = {
    [GATE_SCAN_AT_VALUE] = "no value",
    [GATE_SCAN_AT_TOLD] = "no value",
    [GATE_SCAN_AT_FIRST] = "no value and no end of the array",
    [GATE_SCAN_AT_NAME] = "no name of a member",
    [GATE_SCAN_AT_FIRST_NAME] = "no name and no end of the object",
    [GATE_SCAN_AT_COLON] = "no colon behind a name",
    [GATE_SCAN_AT_MEMBER] = "no comma and no end of the object",
    [GATE_SCAN_AT_ELEMENT] = "no comma and no end of the array",
    [GATE_SCAN_AT_END] = "more than one value"
};


void
gate_scan_init(gate_scan_t *s, gate_str_t room)
{
    memset(s, 0, sizeof(gate_scan_t));

    s->room = room;
    s->state = GATE_SCAN_AT_VALUE;
    s->after = GATE_SCAN_AT_END;
}


void
gate_scan_feed(gate_scan_t *s, gate_str_t bytes)
{
    if (bytes.len == 0) {
        return;
    }

    s->bias = gate_scan_place(s, s->last) - (uintptr_t) bytes.data;
    s->p = bytes.data;
    s->last = bytes.data + bytes.len;
    s->from = s->p;
}


gate_scan_e
gate_scan_run(gate_scan_t *s)
{
    const unsigned char  *p;

    if (s->why != NULL) {
        return GATE_SCAN_BAD;
    }

    p = s->p;
    s->event = GATE_SCAN_MORE;

    if (s->state > GATE_SCAN_AT_END && p < s->last) {
        p = gate_scan_go_on(s, p);
    }

    while (s->event == GATE_SCAN_MORE && p < s->last) {

        if (gate_scan_kinds[*p] == GATE_SCAN_SPACE) {
            p++;
            continue;
        }

        p = gate_scan_step(s, p);
    }

    s->p = p;

    return s->event;
}


gate_scan_e
gate_scan_end(gate_scan_t *s)
{
    if (s->why != NULL) {
        return GATE_SCAN_BAD;
    }

    s->event = GATE_SCAN_MORE;

    /* nothing but the end of a text says that a numeral is over */

    if (s->state == GATE_SCAN_NUMERAL_CUT
        && gate_scan_is_numeral(s))
    {
        (void) gate_scan_behind(s, s->p);

        if (s->event != GATE_SCAN_MORE) {
            return s->event;
        }
    }

    if (s->state != GATE_SCAN_AT_END) {
        gate_scan_fail(s, s->p, "the end is missing");
    }

    return s->event;
}


static const unsigned char *
gate_scan_go_on(gate_scan_t *s, const unsigned char *p)
{
    switch (s->state) {

    case GATE_SCAN_NAME_CUT:
        return gate_scan_name(s, p);

    case GATE_SCAN_STRING_CUT:
        return gate_scan_string(s, p);

    case GATE_SCAN_NUMERAL_CUT:
        return gate_scan_numeral(s, p);

    default: /* GATE_SCAN_LITERAL_CUT */
        return gate_scan_literal(s, p);
    }
}


/* one token, or its first part; to the byte behind it */

static inline const unsigned char *
gate_scan_step(gate_scan_t *s, const unsigned char *p)
{
    unsigned  step;

    step = gate_scan_steps[s->state][gate_scan_kinds[*p]];

    if (step >= GATE_SCAN_STRING && step <= GATE_SCAN_OPEN
        && s->depth == s->watch && s->state != GATE_SCAN_AT_TOLD
        && gate_scan_is_told(s, p))
    {
        return p;
    }

    switch (step) {

    case GATE_SCAN_STRING:
        s->sub = 0;
        return gate_scan_string(s, p + 1);

    case GATE_SCAN_NUMERAL:
        s->sub = 0;
        return gate_scan_numeral(s, p + (*p == '-'));

    case GATE_SCAN_LITERAL:
        s->literal = (*p == 't') ? "true" : (*p == 'f') ? "false" : "null";
        return gate_scan_literal(s, p);

    case GATE_SCAN_OPEN:
        return gate_scan_open(s, p);

    case GATE_SCAN_SHUT:
        return gate_scan_shut(s, p);

    case GATE_SCAN_MEMBER:
        return gate_scan_member(s, p);

    case GATE_SCAN_NEXT_MEMBER:
        s->state = GATE_SCAN_AT_NAME;
        return p + 1;

    case GATE_SCAN_NEXT_ELEMENT:
    case GATE_SCAN_NEXT_VALUE:
        s->state = GATE_SCAN_AT_VALUE;
        return p + 1;

    default: /* GATE_SCAN_FAIL */
        gate_scan_fail(s, p, gate_scan_whys[s->state]);
        return p;
    }
}


/* a value of the level that is watched begins */

static int
gate_scan_is_told(gate_scan_t *s, const unsigned char *p)
{
    if (s->after == GATE_SCAN_AT_MEMBER) {
        if (!s->known) {
            return 0;
        }

        s->known = 0;
        s->event = GATE_SCAN_VALUE;
        s->state = GATE_SCAN_AT_TOLD;

        return 1;
    }

    s->item = gate_scan_place(s, p);

    if (s->tell) {
        s->tell = 0;
        s->event = GATE_SCAN_ITEM;
        return 1;
    }

    if (s->count != s->want) {
        return 0;
    }

    s->event = GATE_SCAN_VALUE;
    s->state = GATE_SCAN_AT_TOLD;

    return 1;
}


static const unsigned char *
gate_scan_open(gate_scan_t *s, const unsigned char *p)
{
    uint64_t  bit, *word;

    if (s->depth == GATE_SCAN_DEPTH) {
        gate_scan_fail(s, p, "too many levels");
        return p;
    }

    word = &s->objects[s->depth / 64];
    bit = (uint64_t) 1 << (s->depth % 64);
    s->depth++;

    if (*p == '{') {
        *word |= bit;
        s->state = GATE_SCAN_AT_FIRST_NAME;
        s->after = GATE_SCAN_AT_MEMBER;

    } else {
        *word &= ~bit;
        s->state = GATE_SCAN_AT_FIRST;
        s->after = GATE_SCAN_AT_ELEMENT;
    }

    return p + 1;
}


static const unsigned char *
gate_scan_shut(gate_scan_t *s, const unsigned char *p)
{
    if (s->depth == s->watch) {

        /* who watches goes up a level; the bracket is met again then */

        s->event = GATE_SCAN_CLOSE;
        return p;
    }

    s->depth--;

    s->after = (s->depth == 0) ? GATE_SCAN_AT_END
               : gate_scan_is_object(s, s->depth) ? GATE_SCAN_AT_MEMBER
                                                  : GATE_SCAN_AT_ELEMENT;

    return gate_scan_behind(s, p + 1);
}


static inline const unsigned char *
gate_scan_behind(gate_scan_t *s, const unsigned char *p)
{
    s->state = s->after;

    if (s->depth == s->watch) {
        s->prev = gate_scan_place(s, p);
        s->count++;

        if (s->marked) {
            s->marked = 0;
            s->event = GATE_SCAN_END;
        }
    }

    if (p < s->last && *p == ',' && s->after != GATE_SCAN_AT_END) {
        s->state = (s->after == GATE_SCAN_AT_MEMBER) ? GATE_SCAN_AT_NAME
                                                     : GATE_SCAN_AT_VALUE;
        p++;
    }

    return p;
}


static inline const unsigned char *
gate_scan_member(gate_scan_t *s, const unsigned char *p)
{
    if (s->depth == s->watch) {
        s->item = gate_scan_place(s, p);
        s->held = 0;

        if (s->tell) {
            s->tell = 0;
            s->event = GATE_SCAN_ITEM;
            return p;
        }
    }

    s->sub = 0;
    s->escaped = 0;
    s->from = p + 1;

    return gate_scan_name(s, p + 1);
}


static inline const unsigned char *
gate_scan_name(gate_scan_t *s, const unsigned char *p)
{
    const unsigned char  *end;

    s->state = GATE_SCAN_NAME_CUT;

    end = gate_scan_quoted(s, p);

    if (end == NULL) {
        if (s->depth == s->watch) {
            gate_scan_hold(s, s->last);
        }

        return s->last;
    }

    s->state = GATE_SCAN_AT_COLON;

    if (s->depth == s->watch) {
        gate_scan_name_ends(s, end);
    }

    /* what mostly follows needs no turn of its own */

    if (end < s->last && *end == ':') {
        s->state = GATE_SCAN_AT_VALUE;
        end++;
    }

    return end;
}


/* "p" is behind its quote */

static inline void
gate_scan_name_ends(gate_scan_t *s, const unsigned char *p)
{
    s->name_end = gate_scan_place(s, p);
    s->name = gate_str(s->from, (size_t) (p - 1 - s->from));

    if (s->held != 0) {
        gate_scan_hold(s, p - 1);

        if (s->held == GATE_SCAN_NONE) {
            return;
        }

        s->name = gate_str(s->room.data, s->held);
    }

    if (s->escaped ? s->lengths != 0
                   : (s->lengths & GATE_SCAN_LENGTH(s->name.len)) != 0)
    {
        s->event = GATE_SCAN_NAME;
    }
}


/* what there is of the name, up to "p" */

static void
gate_scan_hold(gate_scan_t *s, const unsigned char *p)
{
    size_t  n;

    n = (size_t) (p - s->from);

    if (s->held == GATE_SCAN_NONE || n > s->room.len - s->held) {
        s->held = GATE_SCAN_NONE;
        return;
    }

    (void) gate_str_copy(s->room.data + s->held, gate_str(s->from, n));
    s->held += n;
}


static inline const unsigned char *
gate_scan_string(gate_scan_t *s, const unsigned char *p)
{
    const unsigned char  *end;

    s->state = GATE_SCAN_STRING_CUT;

    end = gate_scan_quoted(s, p);

    return (end == NULL) ? s->last : gate_scan_behind(s, end);
}


static inline const unsigned char *
gate_scan_numeral(gate_scan_t *s, const unsigned char *p)
{
    const unsigned char  *end;

    s->state = GATE_SCAN_NUMERAL_CUT;

    end = gate_scan_digits(s, p);

    return (end == NULL) ? s->last : gate_scan_behind(s, end);
}


static inline const unsigned char *
gate_scan_literal(gate_scan_t *s, const unsigned char *p)
{
    const unsigned char  *end;

    s->state = GATE_SCAN_LITERAL_CUT;

    end = gate_scan_letters(s, p);

    return (end == NULL) ? s->last : gate_scan_behind(s, end);
}
