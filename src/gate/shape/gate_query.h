
/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * Edits of a query, on its bytes: what is not edited stays as it is, and where
 * it is.  gate_uri.h finds arguments, and takes them out.
 */


#ifndef GATE_QUERY_H_INCLUDED_
#define GATE_QUERY_H_INCLUDED_


#include "gate_str.h"


/*
 * 0: the name is nowhere in "args", not even where only some readers look for
 * it; 1: it may be.  Most edits are of what is not there.
 */
int gate_query_may_have(gate_str_t args, gate_str_t name);

/* arguments of that name, which is compared as a reader decodes it */
size_t gate_query_count(gate_str_t args, gate_str_t name);

/*
 * A copy of "args" in which these have the name "to", percent-encoded already;
 * dst has args.len + count * to.len bytes.
 */
size_t gate_query_rename(gate_str_t args, gate_str_t name, gate_str_t to,
    unsigned char *dst);

/*
 * "name=value" behind the "len" bytes of dst; the name is percent-encoded
 * already, the value is encoded here; dst has gate_query_room() bytes more.
 */
size_t gate_query_add(unsigned char *dst, size_t len, gate_str_t name,
    gate_str_t value);
size_t gate_query_room(gate_str_t name, gate_str_t value);


#endif /* GATE_QUERY_H_INCLUDED_ */
