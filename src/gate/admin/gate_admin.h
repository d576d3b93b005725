
/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * The API for consumers and credentials: what its bodies mean, and what is
 * answered.  What a body asks for becomes fields of a hash, or errors that name
 * the member by a JSON Pointer (RFC 6901).
 */


#ifndef GATE_ADMIN_H_INCLUDED_
#define GATE_ADMIN_H_INCLUDED_


#include "gate_json.h"


#define GATE_ADMIN_BODY          65536        /* bytes */
#define GATE_ADMIN_ERRORS        16           /* that are told at once */


/* names that the configuration has */

typedef struct {
    const gate_str_t      *plans;
    size_t                 nplans;
    const gate_str_t      *issuers;
    size_t                 nissuers;
    int                    need_plan;         /* of each consumer */
} gate_admin_known_t;


typedef enum {
    GATE_ADMIN_CREATE = 0,
    GATE_ADMIN_REPLACE,
    GATE_ADMIN_MERGE                          /* RFC 7396: null takes away */
} gate_admin_how_e;


typedef enum {
    GATE_ADMIN_KEY = 'k',
    GATE_ADMIN_CLAIM = 't',
    GATE_ADMIN_BASIC = 'b',
    GATE_ADMIN_MTLS = 'm',
    GATE_ADMIN_SIGNATURE = 's'
} gate_admin_kind_e;


/*
 * What a body asks for.  Zeroed before its use, and freed after it, whatever
 * was read.
 */

typedef struct {
    const gate_admin_known_t  *known;
    gate_admin_how_e       how;

    json_t                *fields;            /* of the hash: text, or null */
    json_t                *errors;            /* [{"pointer","detail"}] */
    json_t                *name;              /* of a consumer; ISSUER=JTI */
    json_t                *id;                /* of a credential */
    json_t                *prefix;            /* of a key to be made */
    json_t                *exp;               /* of a revocation, seconds */
    int64_t                overlap_s;
    int64_t                now_s;             /* 0: any end will do */
    int                    kind;              /* gate_admin_kind_e */
    int                    failed;            /* no memory */
} gate_admin_change_t;


void gate_admin_free(gate_admin_change_t *c);

/* 1: something is wrong, c->errors says what */
int gate_admin_wrong(const gate_admin_change_t *c);


/* gate_admin_read.c: "name": whose it is, "" if the body has to say it */
void gate_admin_consumer(gate_admin_change_t *c, const json_t *body,
    gate_str_t name);

/* gate_admin_read_credential.c */
void gate_admin_credential(gate_admin_change_t *c, const json_t *body);
void gate_admin_credential_merge(gate_admin_change_t *c, const json_t *body);
void gate_admin_rotate(gate_admin_change_t *c, const json_t *body);
void gate_admin_revocation(gate_admin_change_t *c, const json_t *body,
    int64_t now_s);


/* gate_admin_value.c: within the room, and for names of paths and queries */

/* one segment of a path, and a text that header fields can have */
int gate_admin_is_name(gate_str_t name, size_t max);

/*
 * If-Match as the script has it: ",3,4," or "*"; what no revision is fits none.
 * "dst" has room for three bytes more than the text; gives its length.
 */
size_t gate_admin_revisions(gate_str_t text, unsigned char *dst);

/* 1: If-None-Match has this revision, or any; weak or not (RFC 9110 13.1.2) */
int gate_admin_has_revision(gate_str_t text, gate_str_t rev);

/* "detail" has no value that may be a secret */
void gate_admin_error(gate_admin_change_t *c, const char *member,
    const char *detail);
void gate_admin_error_at(gate_admin_change_t *c, const char *member,
    gate_str_t below, const char *detail);
/* the name is none of those; "what" is what it should be of */
void gate_admin_error_unknown(gate_admin_change_t *c, const char *member,
    gate_str_t name, const gate_str_t *names, size_t n, const char *what);

/* a field of the hash is to have that text; an empty view at NULL: to go */
void gate_admin_field(gate_admin_change_t *c, const char *name,
    gate_str_t value);

/* members that are none of these (ended by NULL) are errors */
void gate_admin_members(gate_admin_change_t *c, const json_t *body,
    const char *const *names);
/* 1: the member is there and is a text; 0: it is not, an error if required */
int gate_admin_text(gate_admin_change_t *c, const json_t *body,
    const char *member, int required, gate_str_t *text);
/* the same of a name; null takes the field away where that is possible */
void gate_admin_text_field(gate_admin_change_t *c, const json_t *body,
    const char *member, const char *field, size_t max);
void gate_admin_status(gate_admin_change_t *c, const json_t *body);
void gate_admin_not_after(gate_admin_change_t *c, const json_t *body);


#endif /* GATE_ADMIN_H_INCLUDED_ */
