
/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * Origins and names of fields, as browsers send them and as a configuration
 * lists them (Fetch, 3.1 to 3.3).
 */


#ifndef GATE_CORS_H_INCLUDED_
#define GATE_CORS_H_INCLUDED_


#include "gate_str.h"


/* fields that one preflight may ask for */
#define GATE_CORS_ASKED  100


/* scheme "://" host [":" port]; views of what was parsed, in its case */

typedef struct {
    gate_str_t             scheme;
    gate_str_t             host;      /* of IPv6 what is between brackets */
    unsigned char          ip6[16];
    unsigned               port;      /* that of the scheme if none is given */
    int                    is_ip6;
} gate_origin_t;


typedef enum {
    GATE_CORS_EXACT = 0,
    GATE_CORS_BELOW,                  /* any host below this one */
    GATE_CORS_NULL,                   /* "null" */
    GATE_CORS_ANY                     /* "*" */
} gate_cors_kind_e;


/* one of a list */

typedef struct {
    gate_cors_kind_e       kind;
    gate_origin_t          origin;    /* BELOW: its host begins with the dot */
    int                    any_port;  /* "http://localhost:*" */
} gate_cors_origin_t;


/* 1: it is an origin, and nothing is before, behind or within it */
int gate_origin_parse(gate_str_t s, gate_origin_t *o);

/* 1: it may stand in a list, whose memory it is a view of */
int gate_cors_origin_parse(gate_str_t s, gate_cors_origin_t *p);

/* 1: the value of an Origin field is one of "n" */
int gate_cors_allows(const gate_cors_origin_t *list, size_t n,
    gate_str_t value);

/* 1: it is the name of a field or a method (RFC 9110, 5.6.2) */
int gate_cors_is_token(gate_str_t s);

/* 1: each name of the list "asked" is one of "n", or "n" is 0 and any is fine;
 * none of them is anything but a name */
int gate_cors_fields(const gate_str_t *names, size_t n, gate_str_t asked);


#endif /* GATE_CORS_H_INCLUDED_ */
