
/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * Names looked up in a thread: found, not found, and left alone at any moment.
 */


#include <arpa/inet.h>
#include <netinet/in.h>
#include <time.h>

#include "tap.h"
#include "gate_lookup.h"


static void
nap(long us)
{
    struct timespec  ts;

    ts.tv_sec = us / 1000000;
    ts.tv_nsec = us % 1000000 * 1000;

    (void) nanosleep(&ts, NULL);
}


static int
done(gate_lookup_t *l)
{
    int  i;

    for (i = 0; i < 3000; i++) {
        if (gate_lookup_done(l)) {
            return 1;
        }

        nap(10000);
    }

    return 0;
}


static void
test_found(const char *host, const char *text)
{
    char                       buf[INET_ADDRSTRLEN];
    size_t                     i, n;
    const char                *error;
    gate_lookup_t             *l;
    const struct sockaddr_in  *sin;
    const gate_lookup_addr_t  *a;

    l = gate_lookup_start(host);

    if (l == NULL || !done(l)) {
        fail("%s: not done", host);
        return;
    }

    n = gate_lookup_result(l, &a, &error);

    for (i = 0; i < n; i++) {

        if (a[i].addr.ss_family != AF_INET) {
            continue;
        }

        sin = (const struct sockaddr_in *) &a[i].addr;

        inet_ntop(AF_INET, &sin->sin_addr, buf, sizeof(buf));

        if (strcmp(buf, text) == 0) {
            break;
        }
    }

    ok(i < n, "%s is %s", host, text);

    gate_lookup_end(l);
}


static void
test_none(const char *host)
{
    size_t                     n;
    const char                *error;
    gate_lookup_t             *l;
    const gate_lookup_addr_t  *a;

    l = gate_lookup_start(host);

    if (l == NULL || !done(l)) {
        fail("%s: not done", host);
        return;
    }

    n = gate_lookup_result(l, &a, &error);

    ok(n == 0 && *error, "\"%s\" is not known: %s", host, error);

    gate_lookup_end(l);
}


/* the sanitizer tells of what is freed twice, too early or never */

static void
test_left(void)
{
    int             i;
    gate_lookup_t  *l;

    for (i = 0; i < 200; i++) {
        l = gate_lookup_start("127.0.0.1");

        if (l == NULL) {
            fail("no thread");
            return;
        }

        nap(i % 20 * 20);
        gate_lookup_end(l);
    }

    nap(200000);

    ok(1, "200 that nobody waited for");
}


int
main(void)
{
    test_found("127.0.0.1", "127.0.0.1");
    test_found("localhost", "127.0.0.1");
    test_none("none.invalid");
    test_none("");
    test_left();

    return done_testing();
}
