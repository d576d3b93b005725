/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * mesh_duration: what Go takes for a duration.
 */

#include "tap.h"

#include "mesh_duration.h"


static const struct {
    const char  *text;
    int64_t      ms;                          /* -1: it is none */
} rows[] = {
    { "0", 0 },
    { "10s", 10000 },
    { "1h30m", 5400000 },
    { "1.5s", 1500 },
    { ".5s", 500 },
    { "1.s", 1000 },
    { "300ms", 300 },
    { "1500us", 1 },
    { "1500\xc2\xb5s", 1 },
    { "1500\xce\xbcs", 1 },
    { "999999ns", 0 },
    { "1m0s", 60000 },
    { "2h45m30.25s", 9930250 },
    { "87600h", 315360000000LL },
    { "0.1ms", 0 },
    { "", -1 },
    { "10", -1 },
    { "s", -1 },
    { ".s", -1 },
    { "-1s", -1 },
    { "+1s", -1 },
    { "1d", -1 },
    { "1 s", -1 },
    { "1s ", -1 },
    { "1e3s", -1 },
    { "87600h1ms", -1 },
    { "99999999999999999999h", -1 },
    { "999999999999999999s", -1 },
    { "1mss", -1 }
};


int
main(void)
{
    size_t   i;
    int64_t  ms;

    for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        ms = -1;

        if (!mesh_duration_parse(gate_cstr(rows[i].text), &ms)) {
            ms = -1;
        }

        is_int(ms, rows[i].ms, "\"%s\" is %lld ms", rows[i].text,
               (long long) rows[i].ms);
    }

    return done_testing();
}
