
/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * Paths that whoever stands behind the gateway could read as another one.
 */


#ifndef GATE_PATH_H_INCLUDED_
#define GATE_PATH_H_INCLUDED_


#include "gate_str.h"


/* what a look at a path finds, as bits */

/* a control byte, NUL, a backslash, an encoded slash, "%" without two hex
 * digits: some decode it, some cut it, some refuse it */
#define GATE_PATH_UNSAFE   0x01

/* a segment that is "." or "..", or nothing before another slash, only once
 * it is cut at ";": Envoy and servlets cut it, nginx does not */
#define GATE_PATH_HIDDEN   0x02

/* a segment that is "." or ".." */
#define GATE_PATH_DOTS     0x04

/* two slashes, one behind the other */
#define GATE_PATH_SLASHES  0x08

/* a space or "#": some take it for the path's end */
#define GATE_PATH_ENDS     0x10

/* a letter, digit, "-", ".", "_" or "~" as %XX (RFC 3986 2.3) */
#define GATE_PATH_ESCAPED  0x20


/* not in a target as it came; nginx resolves the rest and sends the result */
#define GATE_PATH_TARGET   (GATE_PATH_UNSAFE | GATE_PATH_HIDDEN)

/* not in the path by which a location was chosen */
#define GATE_PATH_MATCHED  (GATE_PATH_TARGET | GATE_PATH_DOTS                 \
                            | GATE_PATH_SLASHES)

/* not in a path that is sent on */
#define GATE_PATH_SENT     (GATE_PATH_MATCHED | GATE_PATH_ENDS)

/* in a target: nginx reads it otherwise than it is written */
#define GATE_PATH_LOOSE    (GATE_PATH_DOTS | GATE_PATH_SLASHES                \
                            | GATE_PATH_ENDS | GATE_PATH_ESCAPED)


/*
 * The path that "head" and "tail" are together.  In "head" %XX is a byte, and
 * "?" is the end; in "tail" they are so unless it is "plain" text, that is,
 * already decoded and escaped again when it is sent.
 * %XX is decoded once, as RFC 3986 2.4 has it: %252F is the text "%2F".
 */
unsigned gate_path_look(gate_str_t head, gate_str_t tail, int plain);

/*
 * The same of a path as it is sent, in which the first two slashes in a row
 * count as one: those where a URL and the rest of a path were joined.
 */
unsigned gate_path_look_joined(gate_str_t path);

/*
 * The same of a path in which an encoded slash may stand, of which nobody knows
 * who decodes it: both readings are looked at.  HIDDEN is also a segment that
 * is ".", ".." or empty to those who decode it, and any ";" in such a path;
 * UNSAFE is also what reads as "%2F" once it is decoded.
 */
unsigned gate_path_look_kept(gate_str_t path);

/* how many encoded slashes are before a "?" */
size_t gate_path_slashes(gate_str_t path);

/*
 * The path before a "?" with "%252F" for each of its encoded slashes, so that
 * "%2F" is what they are decoded to; "dst" has room for its length and two
 * bytes for each.  Gives the end of it.
 */
unsigned char *gate_path_keep(unsigned char *dst, gate_str_t path);

/* the other way round, in place and for all of it; gives the new length */
size_t gate_path_restore(gate_str_t path);

/*
 * Was what stands decoded in "uri" sent as it must be?  1: each "%", "?" and
 * "#" of it is there as %25, %3F or %23.  0: "sent" was put together from
 * decoded text, and is another path than the one in "uri".  "%2F" in "uri" is
 * an encoded slash that was kept if "keep".
 */
int gate_path_kept(gate_str_t uri, gate_str_t sent, int keep);


#endif /* GATE_PATH_H_INCLUDED_ */
