
/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * Edits of a JSON text by JSON pointers (RFC 6901), in one pass and without a
 * tree: of the text only the bytes of what is edited change.  What each edit
 * does, to the byte, is in docs/transformation.md.
 *
 * A plan is made once, for a configuration.  For each text: create, feed its
 * bytes in order, however they are cut, and finish, which gives the pieces of
 * the new text: ranges of the old one, and inserted texts.
 */


#ifndef GATE_EDIT_H_INCLUDED_
#define GATE_EDIT_H_INCLUDED_


#include "gate_str.h"


#define GATE_EDIT_MOST    256                 /* edits of a plan */
#define GATE_EDIT_PLACES  1024                /* of a text that are edited */


/*
 * Every pointer is a place in the text as it came: no edit sees what another
 * did.  Where a place is not there, or its parent is not, an edit does
 * nothing, but for what is said here.  The pointer "" is the whole text, which
 * can be replaced, by a copy of a part of it, too.
 */

typedef enum {
    GATE_EDIT_ADD = 0,       /* a member set; an element put before the one
                                of that number, "-": behind the last */
    GATE_EDIT_REPLACE,       /* another value */
    GATE_EDIT_REMOVE,        /* all members of that name */
    GATE_EDIT_DEFAULT,       /* a member added, if it is not there */
    GATE_EDIT_RENAME,        /* another name of a member, in its place; one
                                that has that name goes */
    GATE_EDIT_MOVE,          /* its bytes added elsewhere, and removed */
    GATE_EDIT_COPY           /* its bytes added elsewhere */
} gate_edit_kind_e;


typedef struct {
    gate_edit_kind_e       kind;
    gate_str_t             path;         /* a pointer as it is spelt */
    gate_str_t             to;           /* RENAME: the new name, as it is;
                                            MOVE, COPY: a pointer */
} gate_edit_op_t;


/* aligned for anything, and gone all at once; NULL: there is no memory */

typedef struct {
    void                *(*alloc)(void *pool, size_t size);
    void                  *pool;
} gate_edit_memory_t;


typedef enum {
    GATE_EDIT_OK = 0,
    GATE_EDIT_BAD,           /* the text is no JSON, or not for us: see why */
    GATE_EDIT_BAD_VALUE,     /* a value that was given is no JSON text */
    GATE_EDIT_NO_MEMORY
} gate_edit_rc_e;


typedef struct gate_edit_plan_s  gate_edit_plan_t;
typedef struct gate_edit_s       gate_edit_t;


/* text.data is NULL: the text.len bytes of the old text that begin at "from" */

typedef struct {
    size_t                 from;
    gate_str_t             text;
} gate_edit_piece_t;


typedef struct {
    gate_edit_piece_t     *pieces;       /* none is empty */
    size_t                 n;
    size_t                 len;          /* of all of them */
    int                    changed;      /* 0: one piece, the whole old text */
} gate_edit_out_t;


/* which edits a plan was refused for */

typedef struct {
    size_t                 op;
    size_t                 other;        /* the same one, or an earlier one */
} gate_edit_clash_t;


/*
 * The plan of n edits, 1 to GATE_EDIT_MOST, which keeps nothing of "ops" or of
 * its texts.  NULL, or how a sentence that begins with "it" goes on, where
 * "it" is the edit clash->op; "another edit" of that sentence is clash->other.
 */
const char *gate_edit_plan(gate_edit_plan_t **plan, const gate_edit_op_t *ops,
    size_t n, gate_edit_memory_t memory, gate_edit_clash_t *clash);

/* NULL: no memory.  "plan" and "memory" are used until the pieces are not */
gate_edit_t *gate_edit_create(const gate_edit_plan_t *plan,
    gate_edit_memory_t memory);

/*
 * The next bytes of the text, which are not kept: they may be gone or moved
 * afterwards.  OK, BAD or NO_MEMORY; after anything but OK nothing is fed.
 */
gate_edit_rc_e gate_edit_feed(gate_edit_t *edit, gate_str_t bytes);

/* all bytes were fed: OK or BAD, so that a text is judged before its values
 * are at hand */
gate_edit_rc_e gate_edit_end(gate_edit_t *edit);

/*
 * All bytes were fed.  values[i] is a JSON text, the value of edit i, if it is
 * an ADD, a REPLACE or a DEFAULT, and is not looked at if not; pieces view it,
 * so it stays as long as they do.
 */
gate_edit_rc_e gate_edit_finish(gate_edit_t *edit, const gate_str_t *values,
    gate_edit_out_t *out);

/* after BAD: a few words, and at which byte of the text; after BAD_VALUE: of
 * that value, and which one */
const char *gate_edit_why(const gate_edit_t *edit, size_t *at);

/* NULL: "text" is one JSON text, of at most GATE_SCAN_DEPTH levels; or what is
 * wrong */
const char *gate_edit_check(gate_str_t text);


#endif /* GATE_EDIT_H_INCLUDED_ */
