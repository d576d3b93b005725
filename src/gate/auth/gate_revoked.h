
/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * Tokens that were asked for: revoked or not, of one process.  An answer counts
 * under the value of a fence that it was given with; see gate_fence.h.
 *
 * Names are known by 128 bits of a hash whose seed nobody outside knows.  The
 * table is of a fixed size, and a newer answer takes an older one's place.
 */


#ifndef GATE_REVOKED_H_INCLUDED_
#define GATE_REVOKED_H_INCLUDED_


#include "gate_str.h"


typedef struct gate_revoked_s  gate_revoked_t;


typedef enum {
    GATE_REVOKED_UNKNOWN = 0,
    GATE_REVOKED_NO,
    GATE_REVOKED_YES
} gate_revoked_e;


/* of so many answers, rounded up to a power of 2; NULL: no memory */
gate_revoked_t *gate_revoked_create(size_t n, uint64_t seed);
void gate_revoked_destroy(gate_revoked_t *t);

gate_revoked_e gate_revoked_get(const gate_revoked_t *t, gate_str_t name,
    uint32_t fence);
void gate_revoked_put(gate_revoked_t *t, gate_str_t name, uint32_t fence,
    gate_revoked_e answer);


#endif /* GATE_REVOKED_H_INCLUDED_ */
