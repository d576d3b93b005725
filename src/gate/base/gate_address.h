
/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * Whom an address stands for.
 */


#ifndef GATE_ADDRESS_H_INCLUDED_
#define GATE_ADDRESS_H_INCLUDED_


#include "gate_str.h"


#define GATE_ADDRESS_MAX  8                   /* bytes of what it gives */


/*
 * What one who has this address has all of: an IPv4 address itself, of IPv6
 * its /64, in network byte order.  An IPv4 address in the form of an IPv6 one
 * (RFC 4291 2.5.5.2, RFC 6052 2.1) is that IPv4 address.  "len" is 4 or 16;
 * of anything else, such as a socket of a file, the view is empty.
 */
gate_str_t gate_address_whose(const unsigned char *address, size_t len);


#endif /* GATE_ADDRESS_H_INCLUDED_ */
