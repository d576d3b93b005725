
/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * What a path of the API names.
 */


#ifndef GATE_ADMIN_PATH_H_INCLUDED_
#define GATE_ADMIN_PATH_H_INCLUDED_


#include "gate_str.h"


typedef enum {
    GATE_ADMIN_NOTHING = 0,
    GATE_ADMIN_CONSUMERS,             /* consumers */
    GATE_ADMIN_CONSUMER,              /* consumers/NAME */
    GATE_ADMIN_DISABLE,               /* consumers/NAME/disable */
    GATE_ADMIN_ENABLE,
    GATE_ADMIN_CREDENTIALS,           /* consumers/NAME/credentials */
    GATE_ADMIN_ONE,                   /* consumers/NAME/credentials/ID */
    GATE_ADMIN_ROTATE,                /* consumers/NAME/credentials/ID/rotate */
    GATE_ADMIN_REVOKE,
    GATE_ADMIN_REVOCATIONS,           /* revocations */
    GATE_ADMIN_REVOCATION,            /* revocations/ISSUER */
    GATE_ADMIN_USAGE                  /* usage */
} gate_admin_resource_e;


/*
 * "credentials/ID" is one whose consumer is not said: its name is empty.  So is
 * the id of "revocations/ISSUER": the query has it, as an id may be anything,
 * also what a client or nginx makes another path of, such as "../x".
 */

typedef struct {
    gate_admin_resource_e  resource;
    gate_str_t             name;              /* of a consumer, or issuer */
    gate_str_t             id;                /* of a credential, or token */
} gate_admin_path_t;


/* "path" is decoded, without a slash at its beginning */
void gate_admin_path(gate_str_t path, gate_admin_path_t *p);

/*
 * 0: it has an encoded slash, or a step that is "." or "..", so nginx has made
 * another path of it than the one that was meant.  "raw" is as it was sent.
 */
int gate_admin_path_is_plain(gate_str_t raw);

/* 1: UTF-8 without control characters, and below that length */
int gate_admin_path_is_text(gate_str_t text, size_t max);


#endif /* GATE_ADMIN_PATH_H_INCLUDED_ */
