
/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * Addresses of nodes, IPv4 and IPv6, and networks of them.
 */


#ifndef MESH_ADDRESS_H_INCLUDED_
#define MESH_ADDRESS_H_INCLUDED_


#include "gate_str.h"


#define MESH_ADDRESS_TEXT  46                 /* with a NUL */


/* of an IPv4 address the first four bytes, the rest is zero */

typedef struct {
    unsigned char          family;            /* 4 or 6 */
    unsigned char          bytes[16];
    gate_str_t             plane;             /* network plane; empty: any */
} mesh_address_t;


typedef struct {
    mesh_address_t         address;           /* bits behind the prefix: 0 */
    uint8_t                prefix;            /* bits */
} mesh_net_t;


/*
 * Strict: dotted decimals (no leading zeros), RFC 4291 2.2 without a zone; an
 * IPv4-mapped IPv6 address is the IPv4 address.  1: it is one.  "plane" is
 * left empty.
 */
int mesh_address_parse(gate_str_t text, mesh_address_t *a);

/* "10.0.0.0/8", "fd00::/8", or an address alone; host bits must be 0 */
int mesh_net_parse(gate_str_t text, mesh_net_t *n);

/* RFC 5952, no NUL; the length, at most MESH_ADDRESS_TEXT - 1 */
size_t mesh_address_text(const mesh_address_t *a, unsigned char *dst);

/* without regard to planes */
int mesh_address_same(const mesh_address_t *a, const mesh_address_t *b);

int mesh_net_has(const mesh_net_t *n, const mesh_address_t *a);

/* loopback, link-local, multicast or unspecified: no address of a node */
int mesh_address_special(const mesh_address_t *a);


#endif /* MESH_ADDRESS_H_INCLUDED_ */
