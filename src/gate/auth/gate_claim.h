
/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * Claims as an operator names them: by name, or by JSON Pointer (RFC 6901);
 * and lists of names in them, scopes and groups.
 */


#ifndef GATE_CLAIM_H_INCLUDED_
#define GATE_CLAIM_H_INCLUDED_


#include "gate_pointer.h"


typedef struct {
    gate_str_t             text;              /* as it is written */
    gate_pointer_t        *pointer;           /* NULL: "text" is a name */
} gate_claim_t;


/* names in the claims of tokens, as one of their issuers writes them */

typedef struct {
    gate_claim_t          *places;
    size_t                 n;                 /* 0: the issuer has none */
    gate_str_t             prefix;            /* before each of them here */
    int                    words;             /* a string is a list of words */
} gate_claim_names_t;


/*
 * NULL, or what is wrong.  "text" is a pointer where it begins with "/", whose
 * bytes then go to "buf", which has room for text.len and stays as long.
 */
const char *gate_claim_parse(gate_claim_t *c, gate_str_t text,
    gate_pointer_t *pointer, unsigned char *buf);

/* the claim, NULL: there is none; a name as for gate_jwt_claim() */
const json_t *gate_claim_get(const gate_claim_t *c, const json_t *claims);

/*
 * A name is a string, or a string of an array; with "words" each word of such a
 * string.  What has control bytes is none, and neither is, where it is not one
 * of words, what has a ",": services read names that are joined by it.
 */

/* is that one, with its prefix, among them? */
int gate_claim_names_have(const gate_claim_names_t *names,
    const json_t *claims, gate_str_t name);

/*
 * all of them, in their order, with "by" between; gives the length.  With dst
 * NULL nothing is written.
 */
size_t gate_claim_names_text(const gate_claim_names_t *names,
    const json_t *claims, unsigned char by, unsigned char *dst);


#endif /* GATE_CLAIM_H_INCLUDED_ */
