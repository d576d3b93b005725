
/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * What was remembered counts until something of its name has changed, or
 * something may have been missed.
 */


#include "tap.h"
#include "gate_fence.h"


#include <pthread.h>
#include <stdlib.h>


#define BUMPS  200000


static gate_fence_t  *fence;


static void *
bumps(void *stripe)
{
    int  i;

    for (i = 0; i < BUMPS; i++) {
        gate_fence_bump(fence, *(uint32_t *) stripe);

        if (i % 100 == 0) {
            gate_fence_bump_all(fence);
        }
    }

    return NULL;
}


/* two at once lose nothing, and what somebody reads meanwhile only grows */

static void
race(void)
{
    int        i, grows;
    uint32_t   stripe, before, v, last;
    pthread_t  threads[2];

    stripe = 17;
    before = gate_fence_value(fence, stripe);
    last = before;
    grows = 1;

    for (i = 0; i < 2; i++) {
        (void) pthread_create(&threads[i], NULL, bumps, &stripe);
    }

    for (i = 0; i < BUMPS; i++) {
        v = gate_fence_value(fence, stripe);
        grows &= (int32_t) (v - last) >= 0;
        last = v;
    }

    for (i = 0; i < 2; i++) {
        (void) pthread_join(threads[i], NULL);
    }

    ok(grows, "a value never comes back");
    is_int(gate_fence_value(fence, stripe) - before,
           2 * (BUMPS + BUMPS / 100), "no bump is lost");
}


static void
stripes(void)
{
    int       i, used, differ;
    char      name[32];
    uint32_t  a, b, value, other;

    static char  seen[GATE_FENCE_STRIPES];

    a = gate_fence_at(GATE_KIND_CONSUMER, gate_cstr("acme"));
    b = gate_fence_at(GATE_KIND_BASIC, gate_cstr("acme"));

    ok(a < GATE_FENCE_STRIPES && b < GATE_FENCE_STRIPES, "they are stripes");
    ok(a != b, "a name of another kind is another one");
    is_int(a, gate_fence_at(GATE_KIND_CONSUMER, gate_cstr("acme")),
           "it is the same each time");

    for (i = 0, used = 0; i < 65536; i++) {
        (void) sprintf(name, "user-%d", i);
        a = gate_fence_at(GATE_KIND_BASIC, gate_cstr(name));
        used += !seen[a];
        seen[a] = 1;
    }

    ok(used > 40000, "names are spread");

    a = gate_fence_at(GATE_KIND_CONSUMER, gate_cstr("acme"));

    value = gate_fence_value(fence, a);
    other = gate_fence_value(fence, b);

    gate_fence_bump(fence, a);

    ok(gate_fence_value(fence, a) != value, "what changed is not known");
    ok(gate_fence_value(fence, b) == other, "all else is");

    value = gate_fence_value(fence, a);
    gate_fence_bump_all(fence);

    differ = gate_fence_value(fence, a) != value
             && gate_fence_value(fence, b) != other;

    ok(differ, "nothing is known any more");
}


static void
times(void)
{
    uint32_t  value;

    ok(gate_fence_age(fence, 1000000) == GATE_FENCE_NEVER, "never yet");
    ok(!gate_fence_cover(fence, 1000, 1100), "nobody has heard what was before");
    ok(gate_fence_age(fence, 1100) == GATE_FENCE_NEVER, "and it is not known");

    value = gate_fence_value(fence, 5);
    gate_fence_restart(fence, 1200);

    ok(gate_fence_value(fence, 5) != value, "what may have changed is not known");
    is_int(gate_fence_age(fence, 1200), 0, "from then on all is");
    is_int(gate_fence_age(fence, 1450), 250, "and that grows old");
    is_int(gate_fence_age(fence, 1100), 0, "a clock that is behind does not wrap");

    value = gate_fence_value(fence, 5);

    ok(!gate_fence_cover(fence, 1201, 1500), "a second one came too late");
    is_int(gate_fence_age(fence, 1500), 300, "what it hears proves nothing");
    ok(gate_fence_wanted(fence), "and asks the first one to look");
    ok(gate_fence_cover(fence, 1000, 1400), "the first one hears more");
    ok(!gate_fence_wanted(fence), "which is what was asked for");
    ok(gate_fence_cover(fence, 1201, 1600), "and hands on to the second");
    is_int(gate_fence_age(fence, 1600), 0, "which has heard all since");
    ok(gate_fence_cover(fence, 1000, 1500), "the first one is behind");
    is_int(gate_fence_age(fence, 1600), 0, "which takes nothing back");
    ok(gate_fence_value(fence, 5) == value, "and what was known still is");
}


int
main(void)
{
    uint32_t       value;
    gate_fence_t  *next;

    fence = malloc(sizeof(gate_fence_t));
    next = malloc(sizeof(gate_fence_t));

    gate_fence_init(fence, 4711);
    gate_fence_init(next, 4712);

    value = gate_fence_value(fence, 3);
    ok(gate_fence_value(next, 3) != value, "another fence has other values");

    times();
    stripes();
    race();

    free(fence);
    free(next);

    return done_testing();
}
