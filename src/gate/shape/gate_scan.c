
/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * Reading a JSON text (RFC 8259) of which the bytes come one part after
 * another.
 *
 * Between tokens, what a byte means is a row of gate_scan_steps.  A token that
 * the end of the bytes cuts is gone on with by the function that began it.
 */


#include "gate_hex.h"
#include "gate_scan.h"


/* eight bytes of the same value */
#define GATE_SCAN_EACH(c)  ((uint64_t) (c) * 0x0101010101010101ULL)

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
    GATE_SCAN_AT_ERROR,

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


/* within a string */

enum {
    GATE_SCAN_PLAIN = 0,
    GATE_SCAN_ESCAPE,
    GATE_SCAN_HEX,
    GATE_SCAN_TAIL                      /* of a character of UTF-8 */
};


/* within a numeral; what follows GATE_SCAN_EXPONENT is not kept */

enum {
    GATE_SCAN_MINUS = 0,
    GATE_SCAN_ZERO,
    GATE_SCAN_INTEGER,
    GATE_SCAN_POINT,
    GATE_SCAN_FRACTION,
    GATE_SCAN_E,
    GATE_SCAN_SIGN,
    GATE_SCAN_EXPONENT,
    GATE_SCAN_DONE,
    GATE_SCAN_WRONG
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
static const unsigned char *gate_scan_quoted(gate_scan_t *s,
    const unsigned char *p);
static const unsigned char *gate_scan_plain(const unsigned char *p,
    const unsigned char *last);
static int gate_scan_special(gate_scan_t *s, unsigned char c);
static int gate_scan_lead(gate_scan_t *s, unsigned char c);
static const unsigned char *gate_scan_numeral(gate_scan_t *s,
    const unsigned char *p);
static const unsigned char *gate_scan_literal(gate_scan_t *s,
    const unsigned char *p);
static const unsigned char *gate_scan_fail(gate_scan_t *s,
    const unsigned char *p, const char *why);


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


/* within a string: all of ASCII but control bytes, quote and backslash */

#define GATE_SCAN_EIGHT  1, 1, 1, 1, 1, 1, 1, 1

static const unsigned char  gate_scan_is_plain[256] = {
    0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
    0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
    1, 1, 0, 1, 1, 1, 1, 1, GATE_SCAN_EIGHT,
    GATE_SCAN_EIGHT, GATE_SCAN_EIGHT, GATE_SCAN_EIGHT, GATE_SCAN_EIGHT,
    GATE_SCAN_EIGHT, 1, 1, 1, 1, 0, 1, 1, 1,
    GATE_SCAN_EIGHT, GATE_SCAN_EIGHT, GATE_SCAN_EIGHT, GATE_SCAN_EIGHT
};


/* what is wrong in a string, by where in it that was */

static const char  *gate_scan_wrong[] = {
    [GATE_SCAN_PLAIN] = "a control byte, or bytes that are not UTF-8",
    [GATE_SCAN_ESCAPE] = "an escape that JSON does not have",
    [GATE_SCAN_HEX] = "an escape without four hex digits",
    [GATE_SCAN_TAIL] = "bytes that are not UTF-8"
};


#define GATE_SCAN_VALUES                                                     \
    [GATE_SCAN_QUOTE] = GATE_SCAN_STRING,                                    \
    [GATE_SCAN_DIGIT] = GATE_SCAN_NUMERAL,                                   \
    [GATE_SCAN_LETTER] = GATE_SCAN_LITERAL,                                  \
    [GATE_SCAN_BRACE] = GATE_SCAN_OPEN,                                      \
    [GATE_SCAN_BRACKET] = GATE_SCAN_OPEN

static const unsigned char
    gate_scan_steps[GATE_SCAN_AT_ERROR + 1][GATE_SCAN_KINDS] =
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


/* RFC 8259 6, by: another byte, "0", "1" to "9", a sign, ".", "e" */

static const unsigned char  gate_scan_numerals[][6] = {
    { GATE_SCAN_WRONG, GATE_SCAN_ZERO, GATE_SCAN_INTEGER, GATE_SCAN_WRONG,
      GATE_SCAN_WRONG, GATE_SCAN_WRONG },
    { GATE_SCAN_DONE, GATE_SCAN_WRONG, GATE_SCAN_WRONG, GATE_SCAN_DONE,
      GATE_SCAN_POINT, GATE_SCAN_E },
    { GATE_SCAN_DONE, GATE_SCAN_INTEGER, GATE_SCAN_INTEGER, GATE_SCAN_DONE,
      GATE_SCAN_POINT, GATE_SCAN_E },
    { GATE_SCAN_WRONG, GATE_SCAN_FRACTION, GATE_SCAN_FRACTION,
      GATE_SCAN_WRONG, GATE_SCAN_WRONG, GATE_SCAN_WRONG },
    { GATE_SCAN_DONE, GATE_SCAN_FRACTION, GATE_SCAN_FRACTION, GATE_SCAN_DONE,
      GATE_SCAN_DONE, GATE_SCAN_E },
    { GATE_SCAN_WRONG, GATE_SCAN_EXPONENT, GATE_SCAN_EXPONENT,
      GATE_SCAN_SIGN, GATE_SCAN_WRONG, GATE_SCAN_WRONG },
    { GATE_SCAN_WRONG, GATE_SCAN_EXPONENT, GATE_SCAN_EXPONENT,
      GATE_SCAN_WRONG, GATE_SCAN_WRONG, GATE_SCAN_WRONG },
    { GATE_SCAN_DONE, GATE_SCAN_EXPONENT, GATE_SCAN_EXPONENT,
      GATE_SCAN_DONE, GATE_SCAN_DONE, GATE_SCAN_DONE }
};


static const unsigned char  gate_scan_digits[256] = {
    ['0'] = 1, ['1'] = 2, ['2'] = 2, ['3'] = 2, ['4'] = 2, ['5'] = 2,
    ['6'] = 2, ['7'] = 2, ['8'] = 2, ['9'] = 2,
    ['-'] = 3, ['+'] = 3, ['.'] = 4, ['e'] = 5, ['E'] = 5
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

    if (s->state > GATE_SCAN_AT_ERROR && p < s->last) {
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
    s->event = GATE_SCAN_MORE;

    /* nothing but the end of a text says that a numeral is over */

    if (s->state == GATE_SCAN_NUMERAL_CUT
        && gate_scan_numerals[s->sub][0] == GATE_SCAN_DONE)
    {
        (void) gate_scan_behind(s, s->p);

        if (s->event != GATE_SCAN_MORE) {
            return s->event;
        }
    }

    if (s->state < GATE_SCAN_AT_END || s->state > GATE_SCAN_AT_ERROR) {
        (void) gate_scan_fail(s, s->p, "the end is missing");
    }

    return (s->why != NULL) ? GATE_SCAN_BAD : GATE_SCAN_MORE;
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
        s->sub = GATE_SCAN_PLAIN;
        return gate_scan_string(s, p + 1);

    case GATE_SCAN_NUMERAL:
        s->sub = GATE_SCAN_MINUS;
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
        return gate_scan_fail(s, p, gate_scan_whys[s->state]);
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

        s->event = GATE_SCAN_VALUE;
        s->state = GATE_SCAN_AT_TOLD;

        return 1;
    }

    s->item = gate_scan_place(s, p);
    s->marked = 0;

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
        return gate_scan_fail(s, p, "too many levels");
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
        s->known = 0;

        if (s->marked) {
            s->event = GATE_SCAN_END;
        }
    }

    return p;
}


static inline const unsigned char *
gate_scan_member(gate_scan_t *s, const unsigned char *p)
{
    if (s->depth == s->watch) {
        s->item = gate_scan_place(s, p);
        s->marked = 0;
        s->held = 0;

        if (s->tell) {
            s->tell = 0;
            s->event = GATE_SCAN_ITEM;
            return p;
        }
    }

    s->sub = GATE_SCAN_PLAIN;
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


/* behind the quote that ends it; NULL: it goes on, or is wrong */

static inline const unsigned char *
gate_scan_quoted(gate_scan_t *s, const unsigned char *p)
{
    const unsigned char  *last;

    last = s->last;

    for ( ;; ) {

        if (s->sub == GATE_SCAN_PLAIN) {
            p = gate_scan_plain(p, last);
        }

        if (p == last) {
            return NULL;
        }

        if (*p == '"' && s->sub == GATE_SCAN_PLAIN) {
            return p + 1;
        }

        if (!gate_scan_special(s, *p)) {
            (void) gate_scan_fail(s, p, gate_scan_wrong[s->sub]);
            return NULL;
        }

        p++;
    }
}


/* the first byte that does not stand for itself, or is not ASCII */

static inline const unsigned char *
gate_scan_plain(const unsigned char *p, const unsigned char *last)
{
    uint64_t  x, quote, slash, found;

    while (last - p >= 8) {

        x = gate_word(p);
        quote = x ^ GATE_SCAN_EACH('"');
        slash = x ^ GATE_SCAN_EACH('\\');

        /* the high bit of each such byte, and perhaps of some behind it */

        found = (x | ((x - GATE_SCAN_EACH(0x20)) & ~x)
                 | ((quote - GATE_SCAN_EACH(1)) & ~quote)
                 | ((slash - GATE_SCAN_EACH(1)) & ~slash))
                & GATE_SCAN_EACH(0x80);

        if (found != 0) {
            break;
        }

        p += 8;
    }

    while (p < last && gate_scan_is_plain[*p]) {
        p++;
    }

    return p;
}


/* a byte of an escape or of a character; 0: it is wrong */

static int
gate_scan_special(gate_scan_t *s, unsigned char c)
{
    switch (s->sub) {

    case GATE_SCAN_PLAIN:
        if (c == '\\') {
            s->sub = GATE_SCAN_ESCAPE;
            s->escaped = 1;
            return 1;
        }

        return gate_scan_lead(s, c);

    case GATE_SCAN_ESCAPE:
        if (c == 'u') {
            s->sub = GATE_SCAN_HEX;
            s->left = 4;
            return 1;
        }

        if (c == '\0' || strchr("\"\\/bfnrt", c) == NULL) {
            return 0;
        }

        s->sub = GATE_SCAN_PLAIN;

        return 1;

    case GATE_SCAN_HEX:
        if (gate_hex_value(c) < 0) {
            return 0;
        }

        break;

    default: /* GATE_SCAN_TAIL */
        if (c < s->low || c > s->high) {
            return 0;
        }

        s->low = 0x80;
        s->high = 0xbf;
    }

    s->left--;

    if (s->left == 0) {
        s->sub = GATE_SCAN_PLAIN;
    }

    return 1;
}


/* the first byte of a character of two or more: Unicode's table 3-7 */

static int
gate_scan_lead(gate_scan_t *s, unsigned char c)
{
    if (c < 0xc2 || c > 0xf4) {
        return 0;
    }

    s->sub = GATE_SCAN_TAIL;
    s->left = (c >= 0xf0) ? 3 : (c >= 0xe0) ? 2 : 1;

    /* overlong forms, surrogates and what is past U+10FFFF show here */

    s->low = (c == 0xe0) ? 0xa0 : (c == 0xf0) ? 0x90 : 0x80;
    s->high = (c == 0xed) ? 0x9f : (c == 0xf4) ? 0x8f : 0xbf;

    return 1;
}


static const unsigned char *
gate_scan_numeral(gate_scan_t *s, const unsigned char *p)
{
    unsigned  sub, next;

    sub = s->sub;
    s->state = GATE_SCAN_NUMERAL_CUT;

    for ( /* void */ ; p < s->last; p++) {

        next = gate_scan_numerals[sub][gate_scan_digits[*p]];

        if (next == sub) {
            continue;
        }

        if (next == GATE_SCAN_DONE) {
            return gate_scan_behind(s, p);
        }

        if (next == GATE_SCAN_WRONG) {
            return gate_scan_fail(s, p, "no number");
        }

        sub = next;
    }

    s->sub = sub;

    return p;
}


static const unsigned char *
gate_scan_literal(gate_scan_t *s, const unsigned char *p)
{
    s->state = GATE_SCAN_LITERAL_CUT;

    for ( /* void */ ; p < s->last; p++) {

        if (*p != (unsigned char) *s->literal) {
            return gate_scan_fail(s, p, "no value");
        }

        s->literal++;

        if (*s->literal == '\0') {
            return gate_scan_behind(s, p + 1);
        }
    }

    return p;
}


static const unsigned char *
gate_scan_fail(gate_scan_t *s, const unsigned char *p, const char *why)
{
    if (s->why == NULL) {
        s->why = why;
        s->error = gate_scan_place(s, p);
    }

    s->state = GATE_SCAN_AT_ERROR;
    s->event = GATE_SCAN_BAD;

    return p;
}
