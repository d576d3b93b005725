
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
 * Was what stands decoded in "uri" sent as it must be?  1: each "%", "?" and
 * "#" of it is there as %25, %3F or %23.  0: "sent" was put together from
 * decoded text, and is another path than the one in "uri".
 */
int gate_path_kept(gate_str_t uri, gate_str_t sent);


#endif /* GATE_PATH_H_INCLUDED_ */
