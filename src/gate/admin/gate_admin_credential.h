
/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * What the readers of credentials share.
 */


#ifndef GATE_ADMIN_CREDENTIAL_H_INCLUDED_
#define GATE_ADMIN_CREDENTIAL_H_INCLUDED_


#include "gate_admin.h"


#define GATE_ADMIN_DIGEST    64               /* hex digits of a SHA-256 */


/* gate_admin_read_credential.c: it is known by that name */
void gate_admin_named(gate_admin_change_t *c, gate_str_t name);
int gate_admin_is_plain(gate_str_t text, size_t max);


/* gate_admin_read_proof.c */

void gate_admin_basic(gate_admin_change_t *c, const json_t *body);
void gate_admin_mtls(gate_admin_change_t *c, const json_t *body);
void gate_admin_signature(gate_admin_change_t *c, const json_t *body);

/* what may be changed of them */
void gate_admin_password(gate_admin_change_t *c, const json_t *body,
    int required);
void gate_admin_public_key(gate_admin_change_t *c, const json_t *body,
    int required);


#endif /* GATE_ADMIN_CREDENTIAL_H_INCLUDED_ */
