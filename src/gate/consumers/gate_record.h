
/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * A consumer as Redis has it: one hash for each key, found by the key's
 * digest.
 *
 *   gate:k:{SHA-256 of the key, 64 hex digits}
 *
 *     consumer    its name, as of gate_consumer; the one field it must have
 *     id          its id, if that is another than the name
 *     credential  id of the key; the first 12 digits of the digest, if missing
 *     plan        name of a gate_plan
 *     groups      GROUP[,GROUP ...]
 *     scopes      SCOPE[ SCOPE ...]
 *     pins        API=VERSION[,API=VERSION ...], for gate_versions
 *     not_after   YYYY-MM-DD, the last day of the key, UTC
 *     status      "active", as if missing, or "disabled"
 *
 * All else is refused: a field that was misspelt is no door.
 */


#ifndef GATE_RECORD_H_INCLUDED_
#define GATE_RECORD_H_INCLUDED_


#include "gate_model.h"


#define GATE_RECORD_KEY          (8 + 2 * GATE_SHA256_LEN + 1)  /* bytes */
#define GATE_RECORD_CONSUMER     128          /* bytes, as of gate_consumer */
#define GATE_RECORD_NAME         256          /* of groups, scopes, ids */
#define GATE_RECORD_NAMES        64           /* groups, and scopes */
#define GATE_RECORD_ID           12           /* digits of a digest */


typedef struct {
    gate_str_t             name;
    gate_str_t             value;
} gate_record_field_t;


/* views of the fields; no bytes at NULL: it was not there */

typedef struct {
    gate_str_t             consumer;
    gate_str_t             id;
    gate_str_t             credential;
    gate_str_t             plan;
    gate_str_t             groups;
    gate_str_t             scopes;
    gate_str_t             pins;
    size_t                 ngroups;
    size_t                 nscopes;
    int64_t                not_after_s;       /* last second, 0: no end */
    int                    disabled;
} gate_record_t;


typedef enum {
    GATE_RECORD_OK = 0,
    GATE_RECORD_UNKNOWN,          /* there is no such field */
    GATE_RECORD_DUPLICATE,
    GATE_RECORD_BAD,              /* a value is not what it may be */
    GATE_RECORD_INCOMPLETE        /* "consumer" is missing */
} gate_record_rc_e;


/* the name of the hash into dst of GATE_RECORD_KEY bytes; gives length */
size_t gate_record_key(const unsigned char digest[GATE_SHA256_LEN],
    unsigned char *dst);

/* *bad: the field that is to blame; *record is whole or undefined */
gate_record_rc_e gate_record_parse(const gate_record_field_t *fields,
    size_t n, gate_record_t *record, size_t *bad);

/*
 * A record that outlives its fields: what it says as a credential and its
 * consumer, in one piece of memory of that size, aligned as malloc() does.
 * "plan" is the one of that name, NULL without.
 */
size_t gate_record_size(const gate_record_t *record);
gate_credential_t *gate_record_keep(const gate_record_t *record,
    const gate_plan_t *plan, const unsigned char digest[GATE_SHA256_LEN],
    void *memory);


#endif /* GATE_RECORD_H_INCLUDED_ */
