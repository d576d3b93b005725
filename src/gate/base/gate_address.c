
/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * Whom an address stands for.  What all share who come by one translator from
 * IPv4 would be one /64: the first who fails would fail for all of them.
 */


#include "gate_address.h"

#include <string.h>


gate_str_t
gate_address_whose(const unsigned char *address, size_t len)
{
    static const unsigned char  mapped[12] = {
        0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff
    };

    static const unsigned char  translated[12] = {
        0x00, 0x64, 0xff, 0x9b, 0, 0, 0, 0, 0, 0, 0, 0
    };

    if (len == 4) {
        return gate_str(address, 4);
    }

    if (len != 16) {
        return gate_str(NULL, 0);
    }

    if (memcmp(address, mapped, 12) == 0
        || memcmp(address, translated, 12) == 0)
    {
        return gate_str(address + 12, 4);
    }

    return gate_str(address, 8);
}
