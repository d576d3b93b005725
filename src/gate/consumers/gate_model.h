
/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * Consumers, credentials and plans: built once per configuration, then only
 * read.  Names are views; whoever adds them keeps the bytes.
 */


#ifndef GATE_MODEL_H_INCLUDED_
#define GATE_MODEL_H_INCLUDED_


#include <jansson.h>

#include "gate_bucket.h"
#include "gate_digest.h"
#include "gate_hash.h"
#include "gate_kind.h"


typedef struct {
    gate_str_t             name;
    uint32_t               hash;              /* of it, for buckets */
    gate_rate_t            rate;
    int                    has_rate;
} gate_plan_t;


typedef struct gate_snapshot_s  gate_snapshot_t;


/*
 * What Redis had said of a credential and its owner when: their stripes of the
 * fence, with the values of before it was asked, see gate_fence.h
 */

typedef struct {
    uint32_t               stripe[2];
    uint32_t               value[2];
} gate_seen_t;


typedef struct {
    gate_str_t             name;
    gate_str_t             id;                /* name unless given */
    uint32_t               hash;              /* of name, for buckets */
    const gate_plan_t     *plan;              /* NULL: none */
    gate_str_t            *groups;
    size_t                 ngroups;
    gate_str_t            *scopes;
    size_t                 nscopes;
    gate_str_t             groups_text;       /* joined by "," */
    gate_str_t             scopes_text;       /* joined by " " */
    gate_str_t             pins_text;         /* "API=VERSION,..." */
    gate_str_t             lane_text;         /* XXH64 of name, decimal */
    gate_str_t             fields;            /* see gate_caller.h */
    gate_str_t             fields_lane;       /* ... with that one */
    gate_str_t             claims_text;       /* an object of JSON, or empty */
    json_t                *claims;            /* that, or NULL */
    int                    disabled;
    int                    stands_in;         /* for nobody, for many */
    gate_snapshot_t       *snapshot;          /* NULL: kept by others */
} gate_consumer_t;


typedef struct {
    unsigned char          digest[GATE_SHA256_LEN];  /* of a key */
    gate_kind_e            kind;
    gate_str_t             name;              /* of its kind; "" of a key */
    gate_str_t             id;                /* never the key */
    gate_str_t             secret;            /* a password's hash, a PEM */
    gate_str_t             algorithm;         /* of that PEM */
    gate_str_t             successor;         /* id of who replaces it, or "" */
    gate_consumer_t       *consumer;
    int64_t                not_after_s;       /* last second, 0: no end */
    gate_seen_t            seen;              /* of one that Redis has */
} gate_credential_t;


/* of names of plans and consumers, as they are kept */

static inline uint32_t
gate_model_hash(gate_str_t name)
{
    return (uint32_t) gate_hash(name, 0);
}


typedef struct gate_model_s  gate_model_t;


typedef enum {
    GATE_MODEL_OK = 0,
    GATE_MODEL_DUPLICATE,
    GATE_MODEL_NO_MEMORY
} gate_model_rc_e;


gate_model_t *gate_model_create(void);
void gate_model_destroy(gate_model_t *m);

/* copied by pointer: the objects must outlive the model */
gate_model_rc_e gate_model_add_consumer(gate_model_t *m, gate_consumer_t *c);
gate_model_rc_e gate_model_add_key(gate_model_t *m, gate_credential_t *k);
gate_model_rc_e gate_model_add_claim(gate_model_t *m, gate_str_t issuer,
    gate_str_t value, gate_consumer_t *c);

/*
 * One of the other kinds, or a key whose digest is set.  The name has to
 * outlive the model, as the credential does.
 */
gate_model_rc_e gate_model_add(gate_model_t *m, gate_kind_e kind,
    gate_str_t name, gate_credential_t *k);

/*
 * By the name that it has among those of its kind, NULL: there is none.  That
 * of a consumer is who gate_model_named() gives.
 */
gate_credential_t *gate_model_credential(const gate_model_t *m,
    gate_kind_e kind, gate_str_t name);

gate_consumer_t *gate_model_consumer(const gate_model_t *m, gate_str_t name);

/*
 * digests are compared in constant time; buckets are chosen by the digest,
 * which a caller cannot choose
 */
gate_credential_t *gate_model_key(const gate_model_t *m,
    const unsigned char digest[GATE_SHA256_LEN]);

/* the consumer that lists this claim value of this issuer (its conf name) */
gate_consumer_t *gate_model_claim(const gate_model_t *m, gate_str_t issuer,
    gate_str_t value);

/*
 * the consumer that an issuer which is trusted to say names means by "name";
 * one that stands in for callers without a name of their own is nobody's
 */
gate_consumer_t *gate_model_named(const gate_model_t *m, gate_str_t name);

int gate_consumer_in_group(const gate_consumer_t *c, gate_str_t group);
int gate_consumer_has_scope(const gate_consumer_t *c, gate_str_t scope);
/* the version that the consumer is given if it names none; empty: any */
gate_str_t gate_consumer_pin(const gate_consumer_t *c, gate_str_t api);


#endif /* GATE_MODEL_H_INCLUDED_ */
