
/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * What was answered of a token is remembered under the fence's value alone.
 */


#include "tap.h"
#include "gate_revoked.h"


static gate_str_t
name_of(char *buf, int i)
{
    return gate_str(buf, (size_t) sprintf(buf, "corp=token-%d", i));
}


int
main(void)
{
    int              i, right, known;
    char             buf[64];
    gate_str_t       a, b;
    gate_revoked_t  *t;

    t = gate_revoked_create(1000, 0x123456789abcdefULL);

    a = gate_cstr("corp=a");
    b = gate_cstr("corp=b");

    is_int(gate_revoked_get(t, a, 7), GATE_REVOKED_UNKNOWN, "nobody has asked");
    gate_revoked_put(t, a, 7, GATE_REVOKED_NO);
    is_int(gate_revoked_get(t, a, 7), GATE_REVOKED_NO, "it is not revoked");
    is_int(gate_revoked_get(t, a, 8), GATE_REVOKED_UNKNOWN,
           "something has changed since");
    is_int(gate_revoked_get(t, b, 7), GATE_REVOKED_UNKNOWN, "another token");
    gate_revoked_put(t, a, 8, GATE_REVOKED_YES);
    is_int(gate_revoked_get(t, a, 8), GATE_REVOKED_YES, "it is revoked");
    is_int(gate_revoked_get(t, a, 7), GATE_REVOKED_UNKNOWN,
           "the older answer is gone");

    for (i = 0; i < 100000; i++) {
        gate_revoked_put(t, name_of(buf, i), 9,
                         (i & 1) ? GATE_REVOKED_YES : GATE_REVOKED_NO);
    }

    for (i = 0, right = 1, known = 0; i < 100000; i++) {

        switch (gate_revoked_get(t, name_of(buf, i), 9)) {

        case GATE_REVOKED_YES:
            right &= (i & 1);
            known++;
            break;

        case GATE_REVOKED_NO:
            right &= !(i & 1);
            known++;
            break;

        default:
            break;
        }
    }

    ok(right, "none of those is taken for another one");
    is_int(known, 1024, "as many as there is room for");

    gate_revoked_destroy(t);

    return done_testing();
}
