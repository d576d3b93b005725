
/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * Records as the API shows them.  What is secret, or nearly so, is in none:
 * digests of keys, hashes of passwords.
 */


#ifndef GATE_ADMIN_SHOW_H_INCLUDED_
#define GATE_ADMIN_SHOW_H_INCLUDED_


#include "gate_json.h"


typedef struct {
    gate_str_t             name;
    gate_str_t             value;
} gate_admin_pair_t;


/* each gives a new object, or NULL without memory */

json_t *gate_admin_show_consumer(gate_str_t name,
    const gate_admin_pair_t *pairs, size_t n);

/* "ref" is KIND:NAME; "last" seconds, or nothing */
json_t *gate_admin_show_credential(gate_str_t id, gate_str_t ref,
    gate_str_t owner, gate_str_t last, const gate_admin_pair_t *pairs,
    size_t n);

/* of ISSUER=JTI, percent-encoded */
json_t *gate_admin_show_revocation(gate_str_t name, gate_str_t exp);

/* adds the rows of a consumer, whose pairs it sorts; 0: no memory */
int gate_admin_show_usage(json_t *rows, gate_str_t consumer,
    gate_admin_pair_t *pairs, size_t n);


/* gate_admin_table.c */

/*
 * A list as lines: of each object these members, ended by NULL, with that byte
 * between them; with commas (RFC 4180) the names come first.  Of one object
 * (columns NULL) a line for each member.  To be freed; NULL: no memory.
 */
char *gate_admin_table(const json_t *list, const char *const *columns,
    char separator, size_t *len);


#endif /* GATE_ADMIN_SHOW_H_INCLUDED_ */
