
/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * The algorithms of signatures that are known here.
 */


#ifndef GATE_ALG_H_INCLUDED_
#define GATE_ALG_H_INCLUDED_


#include "gate_str.h"


typedef enum {
    GATE_ALG_NONE = 0,
    GATE_HS256 = 1 << 0,
    GATE_HS384 = 1 << 1,
    GATE_HS512 = 1 << 2,
    GATE_RS256 = 1 << 3,
    GATE_RS384 = 1 << 4,
    GATE_RS512 = 1 << 5,
    GATE_ES256 = 1 << 6,
    GATE_ES384 = 1 << 7,
    GATE_ES512 = 1 << 8,
    GATE_PS256 = 1 << 9,
    GATE_PS384 = 1 << 10,
    GATE_PS512 = 1 << 11,
    GATE_EDDSA = 1 << 12,                     /* with Ed25519: RFC 8037 3.1 */
    GATE_ED25519 = 1 << 13                    /* the same: RFC 9864 2.2 */
} gate_alg_e;


#define GATE_ALGS_HS  (GATE_HS256|GATE_HS384|GATE_HS512)
#define GATE_ALGS_RS  (GATE_RS256|GATE_RS384|GATE_RS512)
#define GATE_ALGS_PS  (GATE_PS256|GATE_PS384|GATE_PS512)
#define GATE_ALGS_ES  (GATE_ES256|GATE_ES384|GATE_ES512)
#define GATE_ALGS_ED  (GATE_EDDSA|GATE_ED25519)
#define GATE_ALGS_ALL                                                         \
    (GATE_ALGS_HS|GATE_ALGS_RS|GATE_ALGS_PS|GATE_ALGS_ES|GATE_ALGS_ED)


/* a row of the table of algorithms */

typedef struct {
    const char            *name;
    unsigned               alg;
    const char            *md;                /* NULL: it has its own */
    size_t                 size;              /* bytes of the hash */
    const char            *crv;               /* ES, Ed: name in a JWK */
    const char            *group;             /* ES: name in OpenSSL */
    size_t                 part;              /* ES, Ed: half a signature */
} gate_alg_t;


/* exact, case-sensitive name -> one gate_alg_e bit, 0 if unknown or "none" */
unsigned gate_alg_parse(gate_str_t name);
const char *gate_alg_name(unsigned alg);

/* NULL: it is none of ours */
const gate_alg_t *gate_alg_row(unsigned alg);

/* all of them; the last has no name */
const gate_alg_t *gate_alg_rows(void);

/* the algorithms of a curve of a JWK, 0: none of ours */
unsigned gate_alg_curve(gate_str_t crv);


#endif /* GATE_ALG_H_INCLUDED_ */
