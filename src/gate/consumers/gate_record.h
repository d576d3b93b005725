
/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * A consumer and its credentials as Redis has them: one hash for each.
 *
 *   gate:c:{NAME}             a consumer
 *   gate:k:{SHA-256}          an API key, by the 64 hex digits of its digest
 *   gate:t:{ISSUER=VALUE}     a claim of the tokens of a gate_issuer
 *   gate:b:{USER}             who has a password
 *   gate:m:{sha256:HEX} ...   who has a client certificate
 *   gate:s:{KEYID}            who signs requests
 *
 * Names are percent-encoded, as those of bills are.  The fields of a consumer:
 *
 *     id          its id, if that is another than the name
 *     plan        name of a gate_plan
 *     groups      GROUP[,GROUP ...]
 *     scopes      SCOPE[ SCOPE ...]
 *     pins        API=VERSION[,API=VERSION ...], for gate_versions
 *     claims      an object of JSON
 *     status      "active", as if missing, or "disabled"
 *
 * A credential has
 *
 *     owner       the name of its consumer, which has a hash of its own, or
 *     consumer    that name, and the consumer's fields beside it
 *     credential  its id
 *     not_after   YYYY-MM-DD, the last day, UTC, or YYYY-MM-DDTHH:MM:SSZ
 *     successor   the id of the credential that replaces it
 *     status      as above; of a credential with an owner it is its own
 *     password    of gate:b, as crypt() has it
 *     public_key  of gate:s, a PEM or a JWK
 *     algorithm   of gate:s
 *
 * Either may have "rev" and "created", which its writer needs.  All else is
 * refused: a field that was misspelt is no door.
 */


#ifndef GATE_RECORD_H_INCLUDED_
#define GATE_RECORD_H_INCLUDED_


#include "gate_model.h"


#define GATE_RECORD_CONSUMER     128          /* bytes, as of gate_consumer */
#define GATE_RECORD_NAME         256          /* of groups, scopes, ids */
#define GATE_RECORD_NAMES        64           /* groups, and scopes */
#define GATE_RECORD_ID           12           /* digits of a digest */
#define GATE_RECORD_CLAIMS       4096         /* bytes of "claims" */
#define GATE_RECORD_SECRET       8192         /* of a public key */
#define GATE_RECORD_LONGEST      1280         /* of a credential's name */
/* ... and of the key that Redis has it under */
#define GATE_RECORD_KEY          (8 + 3 * GATE_RECORD_LONGEST + 1)


typedef struct {
    gate_str_t             name;
    gate_str_t             value;
} gate_record_field_t;


/* views of the fields; no bytes at NULL: it was not there */

typedef struct {
    gate_str_t             owner;
    gate_str_t             consumer;
    gate_str_t             id;
    gate_str_t             credential;
    gate_str_t             plan;
    gate_str_t             groups;
    gate_str_t             scopes;
    gate_str_t             pins;
    gate_str_t             claims;
    gate_str_t             secret;            /* "password", "public_key" */
    gate_str_t             algorithm;
    gate_str_t             successor;
    size_t                 ngroups;
    size_t                 nscopes;
    int64_t                not_after_s;       /* last second, 0: no end */
    int                    disabled;          /* what the hash is of */
} gate_record_t;


typedef enum {
    GATE_RECORD_OK = 0,
    GATE_RECORD_UNKNOWN,          /* there is no such field */
    GATE_RECORD_DUPLICATE,
    GATE_RECORD_BAD,              /* a value is not what it may be */
    GATE_RECORD_INCOMPLETE,       /* "owner" and "consumer" are missing */
    GATE_RECORD_TWO               /* "owner", and a field of a consumer */
} gate_record_rc_e;


/*
 * the name of the hash into dst of GATE_RECORD_KEY bytes; gives length, 0: the
 * name is empty, or longer than any that Redis has
 */
size_t gate_record_key(gate_kind_e kind, gate_str_t name, unsigned char *dst);

/* *bad: the field that is to blame; *record is whole or undefined */
gate_record_rc_e gate_record_parse(gate_kind_e kind,
    const gate_record_field_t *fields, size_t n, gate_record_t *record,
    size_t *bad);

/* a name that a consumer may have */
int gate_record_consumer(gate_str_t name);

/* what the hash of its owner says becomes a part of a credential's record */
void gate_record_merge(gate_record_t *record, const gate_record_t *owner);

/*
 * A record with its consumer as bytes, in buf of that size; gives the length,
 * 0: it is longer.  Back, as views of them: 0: they are no record.
 */
size_t gate_record_pack(const gate_record_t *record, unsigned char *buf,
    size_t size);
int gate_record_unpack(gate_str_t bytes, gate_record_t *record);

/*
 * A record that outlives its fields: what it says as a credential of that name
 * and its consumer, in one piece of memory of that size, aligned as malloc()
 * does.  "plan" is the one of that name, NULL without; the consumer's claims
 * are a reference of jansson's, which goes with its snapshot.
 */
size_t gate_record_size(const gate_record_t *record, gate_str_t name);
gate_credential_t *gate_record_keep(const gate_record_t *record,
    const gate_plan_t *plan, gate_kind_e kind, gate_str_t name, void *memory);


#endif /* GATE_RECORD_H_INCLUDED_ */
