
/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * The query of a request target: arguments that carry keys.
 */


#ifndef GATE_URI_H_INCLUDED_
#define GATE_URI_H_INCLUDED_


#include "gate_str.h"


/*
 * find argument "name" in the query "args" (no "?"): names compared after
 * percent-decoding, case-sensitive.  *pos is where to look from (0 at first)
 * and moves on, so that a second call finds a second one.  1: *arg is the whole
 * "name=value", *value the raw value (empty without "="); 0: none, and both
 * are left alone.  Only "&" separates.
 */
int gate_uri_arg(gate_str_t args, gate_str_t name, size_t *pos,
    gate_str_t *arg, gate_str_t *value);

/* is "arg" this argument?  It ends the name at "=", or with its own end */
int gate_uri_is(gate_str_t arg, gate_str_t name, gate_str_t *value);

/* percent-decode (and "+" to space) into dst of in.len bytes; gives length */
size_t gate_uri_unescape(gate_str_t in, unsigned char *dst);

/* percent-encode all but A-Z a-z 0-9 - . _ ~ into dst of 3 * in.len bytes */
size_t gate_uri_escape(gate_str_t in, unsigned char *dst);

/*
 * The three below also know what only some readers take for an argument: a
 * name behind ";", as old frameworks do, behind a second "?", which careless
 * callers write, or behind "#".  Its value ends at the next "&".
 */

int gate_uri_args_have(gate_str_t args, gate_str_t name);

/* copy args without any argument "name"; dst has args.len bytes, or is args */
size_t gate_uri_args_without(gate_str_t args, gate_str_t name,
    unsigned char *dst);

/* overwrite the values of arguments "name" with "*" in place; gives count */
size_t gate_uri_args_mask(gate_str_t args, gate_str_t name);

/* 1: needs no escape anywhere (RFC 3986 2.3) */
int gate_uri_unreserved(unsigned char c);


#endif /* GATE_URI_H_INCLUDED_ */
