
/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * The name that somebody may have meant who wrote another one.
 */


#include "tap.h"
#include "gate_closest.h"


static const char  *names[] = {
    "rate", "burst", "key", "name", "zone", "scope", "plan", "dry_run",
    "redis_password", NULL
};


static const char *
closest(const char *written)
{
    int             i;
    gate_closest_t  c;
    static char     said[64];

    gate_closest_init(&c, gate_cstr(written));

    for (i = 0; names[i]; i++) {
        gate_closest_try(&c, gate_cstr(names[i]));
    }

    snprintf(said, sizeof(said), "%.*s", (int) c.name.len,
             c.name.len ? (char *) c.name.data : "");

    return said;
}


int
main(void)
{
    int                i;
    char               text[128];
    gate_closest_t     c;

    static const char  *slips[][2] = {
        { "brst", "burst" },
        { "burrst", "burst" },
        { "burzt", "burst" },
        { "brust", "burst" },
        { "Burst", "burst" },
        { "rates", "rate" },
        { "keys", "key" },
        { "dryrun", "dry_run" },
        { "dry-run", "dry_run" },
        { "pasword", "" },
        { "redis_pasword", "redis_password" },
        { "rediss_passwrd", "redis_password" },
        { "ke", "" },
        { "", "" },
        { "bla", "" },
        { "colour", "" },
        { "moon", "" },
        { "xxxxx", "" },
    };

    for (i = 0; i < (int) (sizeof(slips) / sizeof(slips[0])); i++) {
        is_str(closest(slips[i][0]), slips[i][1], "\"%s\" may be \"%s\"",
               slips[i][0], slips[i][1]);
    }

    /* an exact name is at no distance at all, whatever stands before it */

    for (i = 0; names[i]; i++) {
        is_str(closest(names[i]), names[i], "\"%s\" is itself", names[i]);
    }

    memset(text, 'a', sizeof(text));

    gate_closest_init(&c, gate_str(text, GATE_CLOSEST_MAX + 1));
    gate_closest_try(&c, gate_str(text, GATE_CLOSEST_MAX));
    is_int(c.name.len, 0, "what is too long to compare is close to nothing");

    gate_closest_init(&c, gate_str(text, GATE_CLOSEST_MAX));
    gate_closest_try(&c, gate_str(text, GATE_CLOSEST_MAX + 1));
    is_int(c.name.len, 0, "and so is a name that is too long");

    gate_closest_try(&c, gate_str(text, 0));
    is_int(c.name.len, 0, "a name of no bytes is none");

    gate_closest_try(&c, gate_str(text, GATE_CLOSEST_MAX));
    is_int(c.name.len, GATE_CLOSEST_MAX, "the longest can be compared");
    is_int(c.distance, 0, "and is equal");

    return done_testing();
}
