
/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * Reading a JSON text (RFC 8259) of which the bytes come one part after
 * another: all of it is judged, and the places on the way to something are
 * told.
 *
 * What is told is of one level at a time, the one that is watched: that of
 * the members of an object or of the elements of an array.  The text itself
 * is the only element of level 0.
 */


#ifndef GATE_SCAN_H_INCLUDED_
#define GATE_SCAN_H_INCLUDED_


#include "gate_str.h"


#define GATE_SCAN_DEPTH  128
#define GATE_SCAN_NONE   ((size_t) -1)

/* the bit of a name's length in "lengths" */
#define GATE_SCAN_LENGTH(n)  ((uint64_t) 1 << ((n) & 63))

/* at most so many bytes stand for one byte of a name */
#define GATE_SCAN_SPELT      6


typedef enum {
    GATE_SCAN_MORE = 0,      /* the bytes are used up */
    GATE_SCAN_BAD,           /* see "why", at "error" */
    GATE_SCAN_ITEM,          /* an item begins, as "tell" asked */
    GATE_SCAN_NAME,          /* a member has a name of a length wanted */
    GATE_SCAN_VALUE,         /* the value of a "known" member, or element
                                number "want", begins at "p" */
    GATE_SCAN_END,           /* an item that was "marked" ends at "prev" */
    GATE_SCAN_CLOSE          /* behind the last item; the bracket is at "p" */
} gate_scan_e;


/* what is set by who watches; the rest is for reading, or the scanner's own */

typedef struct {

    /* set: the level, and in it the lengths of names, or one element */
    size_t                 watch;
    uint64_t               lengths;
    size_t                 want;

    /* set: of this item; forgotten when it is told */
    unsigned               known:1;      /* tell its value */
    unsigned               marked:1;     /* tell its end */
    unsigned               tell:1;       /* tell where the next one begins */

    unsigned               escaped:1;    /* the name has escapes */

    /* the level that is watched: set for a new one, then counted on */
    size_t                 count;        /* items before this one */
    size_t                 prev;         /* where the one before ends, or the
                                            place behind the bracket */
    size_t                 item;         /* where this one begins */
    size_t                 name_end;     /* behind the quote of its name */

    gate_str_t             name;         /* between the quotes, as spelt */
    gate_str_t             room;         /* for names that come in parts;
                                            longer ones are not told */
    size_t                 held;         /* bytes of a name in it */

    const unsigned char   *p;
    const unsigned char   *last;
    const unsigned char   *from;         /* of the name, in these bytes */
    uintptr_t              bias;         /* p + bias: its place in the text */

    gate_scan_e            event;
    unsigned               state;
    unsigned               after;        /* the state behind a value */
    unsigned               sub;          /* of a string or a numeral */
    unsigned               left;         /* bytes of an escape, a character */
    unsigned char          low;          /* what the next of these may be */
    unsigned char          high;
    const char            *literal;      /* what is left of it */

    size_t                 depth;
    uint64_t               objects[GATE_SCAN_DEPTH / 64];

    const char            *why;
    size_t                 error;
} gate_scan_t;


/* "watch" is 0 then, and "want" as well: the text is told as a value */
void gate_scan_init(gate_scan_t *s, gate_str_t room);

/* the next bytes; those before are used up */
void gate_scan_feed(gate_scan_t *s, gate_str_t bytes);

/* on to the next event */
gate_scan_e gate_scan_run(gate_scan_t *s);

/* all bytes were fed: what is told last, then MORE or BAD */
gate_scan_e gate_scan_end(gate_scan_t *s);

/* the place of "p" in the text */
#define gate_scan_place(s, p)  ((size_t) ((s)->bias + (uintptr_t) (p)))


#endif /* GATE_SCAN_H_INCLUDED_ */
