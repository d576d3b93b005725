
/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * HTTP Message Signatures (RFC 9421) of requests: what the fields say, what a
 * signature covers, and the text that was signed.
 */


#ifndef GATE_HTTPSIG_H_INCLUDED_
#define GATE_HTTPSIG_H_INCLUDED_


#include "gate_alg.h"
#include "gate_sfv.h"


#define GATE_HTTPSIG_COVERED  64              /* components of a signature */
#define GATE_HTTPSIG_BYTES    1024            /* of a signature: RSA 8192 */
#define GATE_HTTPSIG_TEXT     256             /* keyid, nonce, tag, each */
#define GATE_HTTPSIG_FIELD    16384           /* of the two fields, each */
#define GATE_HTTPSIG_LABELS   8               /* signatures of a request */


/* a request as its client sent it */

typedef struct {
    gate_str_t             method;
    gate_str_t             scheme;            /* "https" */
    gate_str_t             authority;         /* Host, as sent */
    gate_str_t             target;            /* of the request line */
    gate_str_t             path;              /* of it, "" where it has none */
    gate_str_t             query;             /* behind the "?" */
    int                    has_query;         /* it may be empty */
    void                  *data;

    /* line "n" of a field whose name is in lower case; 0: there is none */
    int                  (*field)(void *data, gate_str_t name, size_t n,
                                  gate_str_t *value);
} gate_httpsig_request_t;


/* one signature, of views of the two fields, which outlive it */

typedef struct {
    gate_str_t             label;
    gate_sfv_item_t        input;             /* covered, and parameters */
    gate_str_t             keyid;
    gate_str_t             nonce;             /* len 0: none */
    gate_str_t             tag;               /* ... */
    gate_str_t             alg;               /* ... */
    int64_t                created_s;
    int64_t                expires_s;
    unsigned               has_created:1;
    unsigned               has_expires:1;
    size_t                 len;               /* of the signature */
    unsigned char          bytes[GATE_HTTPSIG_BYTES];
    unsigned char          text[4][GATE_HTTPSIG_TEXT];
} gate_httpsig_t;


/* an algorithm's name (RFC 9421 6.2.2) -> a gate_alg_e, 0: it is unknown */
unsigned gate_httpsig_alg(gate_str_t name);
/* ... and back, NULL: it has no name there */
const char *gate_httpsig_alg_name(unsigned alg);

/*
 * The signature to verify: of that label; else with that tag; else, where both
 * are "", the first one whose "created" is there.  NULL: *sig is set.  Else a
 * sentence for the caller.  Labels of both fields are looked at, and each must
 * have what it says.
 */
const char *gate_httpsig_parse(gate_httpsig_t *sig, gate_str_t input,
    gate_str_t signature, gate_str_t label, gate_str_t tag);

/*
 * is the whole of that component covered?  "name" is of a field or begins with
 * "@"; "@path" is covered by "@target-uri" and "@request-target", too.
 */
int gate_httpsig_covers(const gate_httpsig_t *sig, gate_str_t name);

/*
 * The signature base (RFC 9421 2.5); NULL: it is in "t".  Else a sentence: a
 * component is not there, is unknown or twice, or there was no room.  For
 * ";sf" the type of a field has to be known: a few are, by their names.
 */
const char *gate_httpsig_base(gate_text_t *t, const gate_httpsig_t *sig,
    const gate_httpsig_request_t *r);


#endif /* GATE_HTTPSIG_H_INCLUDED_ */
