
/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * Request targets: what may not be passed on, and arguments that carry keys.
 */


#ifndef GATE_URI_H_INCLUDED_
#define GATE_URI_H_INCLUDED_


#include "gate_str.h"


/*
 * the raw request target (path part; a "?" ends it): 1 if every server would
 * read the same path from it.  0: an encoded slash (%2F), a backslash or %5C,
 * %00, an encoded or plain control byte (below 0x20, 0x7f), or "%" without
 * two hex digits
 */
int gate_uri_path_ok(gate_str_t target);

/*
 * find argument "name" in the query "args" (no "?"): names compared after
 * percent-decoding, case-sensitive.  *pos is where to look from (0 at first)
 * and moves on, so that a second call finds a second one.  1: *arg is the whole
 * "name=value", *value the raw value (empty without "="); 0: none, and both
 * are left alone.  Only "&" separates.
 */
int gate_uri_arg(gate_str_t args, gate_str_t name, size_t *pos,
    gate_str_t *arg, gate_str_t *value);

/* percent-decode (and "+" to space) into dst of in.len bytes; gives length */
size_t gate_uri_unescape(gate_str_t in, unsigned char *dst);

/* percent-encode all but A-Z a-z 0-9 - . _ ~ into dst of 3 * in.len bytes */
size_t gate_uri_escape(gate_str_t in, unsigned char *dst);

/* copy args without any argument "name"; dst has args.len bytes, or is args */
size_t gate_uri_args_without(gate_str_t args, gate_str_t name,
    unsigned char *dst);

/* overwrite the values of arguments "name" with "*" in place; gives count */
size_t gate_uri_args_mask(gate_str_t args, gate_str_t name);


#endif /* GATE_URI_H_INCLUDED_ */
