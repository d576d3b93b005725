
/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * Idempotency-Key: what a client may write there, what a request is known by,
 * and what is remembered of one that was done.
 *
 * A record, numbers with the highest byte first, LEN for a text of 4 bytes of
 * length and so many bytes:
 *
 *   1    version, 1
 *   1    'L' somebody is at it, 'D' it was done, 'A' and this was the answer
 *   32   fingerprint of the request
 *
 *   'L'  16   token of the one who is at it
 *   'D'  2    status of the answer, which was not kept
 *   'A'  2    status
 *        LEN  reason of the status line, may be empty
 *        LEN  Content-Type, may be empty
 *        LEN  fields, each as a name LEN and a value LEN
 *        LEN  body
 */


#ifndef GATE_IDEMPOTENCY_H_INCLUDED_
#define GATE_IDEMPOTENCY_H_INCLUDED_


#include "gate_digest.h"


#define GATE_IDEMPOTENCY_KEY     255          /* bytes, at most */
#define GATE_IDEMPOTENCY_TOKEN   16
#define GATE_IDEMPOTENCY_LEN     4            /* bytes of a length */

#define GATE_IDEMPOTENCY_LOCK    (2 + GATE_SHA256_LEN + GATE_IDEMPOTENCY_TOKEN)
#define GATE_IDEMPOTENCY_DONE    (2 + GATE_SHA256_LEN + 2)


typedef enum {
    GATE_IDEMPOTENCY_LOCKED = 'L',
    GATE_IDEMPOTENCY_UNKEPT = 'D',
    GATE_IDEMPOTENCY_ANSWER = 'A'
} gate_idempotency_kind_e;


/* views of what was parsed, or of what is to be written */

typedef struct {
    gate_idempotency_kind_e  kind;
    const unsigned char     *print;       /* GATE_SHA256_LEN bytes */
    unsigned                 status;
    gate_str_t               line;
    gate_str_t               type;
    gate_str_t               fields;
    gate_str_t               body;
} gate_idempotency_t;


/*
 * The value of the field: a string of structured fields (RFC 9651), in its
 * quotes, or the same without quotes, as most clients write it.  Its text of
 * 1 to 255 bytes goes to "dst"; gives length, 0: it is no key.
 */
size_t gate_idempotency_key(gate_str_t value,
    unsigned char dst[GATE_IDEMPOTENCY_KEY]);

/* a text of several that are digested: its ends are, too */
void gate_idempotency_add(gate_sha256_t *h, gate_str_t s);

/* 1: *r is the record; 0: it is none, or of another version */
int gate_idempotency_parse(gate_str_t text, gate_idempotency_t *r);
/* the field at *pos of r->fields, which moves on, 0 at first; 0: no more */
int gate_idempotency_field(const gate_idempotency_t *r, size_t *pos,
    gate_str_t *name, gate_str_t *value);

/* GATE_IDEMPOTENCY_LOCK and ..DONE bytes */
void gate_idempotency_lock(unsigned char *dst, const unsigned char *print,
    const unsigned char *token);
void gate_idempotency_done(unsigned char *dst, const unsigned char *print,
    unsigned status);

/*
 * An answer: its head of that size, with the length of the body, where "fields"
 * is the size of all of them;
 * then each field; then the body's length, written when it is known, and the
 * body itself.  Each gives the byte behind what it wrote.
 */
size_t gate_idempotency_head_size(const gate_idempotency_t *r);
unsigned char *gate_idempotency_head(unsigned char *dst,
    const gate_idempotency_t *r, size_t fields);
size_t gate_idempotency_put_size(gate_str_t name, gate_str_t value);
unsigned char *gate_idempotency_put(unsigned char *dst, gate_str_t name,
    gate_str_t value);
unsigned char *gate_idempotency_length(unsigned char *dst, size_t len);


#endif /* GATE_IDEMPOTENCY_H_INCLUDED_ */
