/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * Whom an address stands for.
 */


#include "tap.h"
#include "gate_address.h"

#include <arpa/inet.h>


static int
same(const char *one, const char *two)
{
    size_t         na, nb;
    gate_str_t     x, y;
    unsigned char  a[16], b[16];

    na = inet_pton(AF_INET, one, a) == 1 ? 4 : 16;
    nb = inet_pton(AF_INET, two, b) == 1 ? 4 : 16;

    if ((na == 16 && inet_pton(AF_INET6, one, a) != 1)
        || (nb == 16 && inet_pton(AF_INET6, two, b) != 1))
    {
        return -1;
    }

    x = gate_address_whose(a, na);
    y = gate_address_whose(b, nb);

    return gate_str_eq(x, y);
}


int
main(void)
{
    size_t         len;
    unsigned char  a[17] = { 0 };

    is_int(same("192.0.2.1", "192.0.2.1"), 1, "an IPv4 address is itself");
    is_int(same("192.0.2.1", "192.0.2.2"), 0, "... and no other");
    is_int(same("2001:db8:0:1::1", "2001:db8:0:1:ffff:ffff:ffff:ffff"), 1,
           "a /64 is one");
    is_int(same("2001:db8:0:1::1", "2001:db8:0:2::1"), 0, "two are two");
    is_int(same("::ffff:192.0.2.1", "192.0.2.1"), 1, "a mapped one is IPv4");
    is_int(same("::ffff:192.0.2.1", "::ffff:192.0.2.2"), 0,
           "... and not all of them one");
    is_int(same("64:ff9b::192.0.2.1", "192.0.2.1"), 1,
           "so is a translated one");
    is_int(same("64:ff9b::192.0.2.1", "64:ff9b::192.0.2.2"), 0,
           "... which are not one, too");
    is_int(same("64:ff9b:1::1", "64:ff9b:1::2"), 1,
           "what looks like it is a /64");
    is_int(same("::1", "::2"), 1, "near the beginning, too");
    is_int(same("::", "0.0.0.0"), 0, "a /64 of zeroes is no IPv4 address");

    for (len = 0; len < sizeof(a); len++) {
        if (len != 4 && len != 16
            && gate_address_whose(a, len).len != 0)
        {
            break;
        }
    }

    is_int(len, sizeof(a), "what is neither stands for nobody");

    return done_testing();
}
