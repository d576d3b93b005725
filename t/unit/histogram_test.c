
/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * Into which bucket a duration falls, what is shown of it, and that nothing
 * is lost between processes.
 */


#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tap.h"
#include "gate_histogram.h"


#define PROCESSES  4
#define EACH       50000


static const gate_histogram_bounds_t  bounds = {
    { 25, 50, 100, 250, 500, 1000, 2500, 5000, 10000, 25000, 50000, 100000,
      250000, 1000000 }
};


static void
test_buckets(void)
{
    unsigned          i, k;
    gate_histogram_t  h;

    for (i = 0; i < GATE_HISTOGRAM_BOUNDS; i++) {

        memset(&h, 0, sizeof(gate_histogram_t));
        gate_histogram_add(&h, &bounds, bounds.us[i]);
        gate_histogram_add(&h, &bounds, (uint64_t) bounds.us[i] + 1);

        ok(h.buckets[i] == 1, "bound %u is in its bucket", bounds.us[i]);
        ok(h.buckets[i + 1] == 1, "... and one more is in the next");

        for (k = 0; k <= GATE_HISTOGRAM_BOUNDS; k++) {
            if (k != i && k != i + 1 && h.buckets[k] != 0) {
                break;
            }
        }

        ok(k > GATE_HISTOGRAM_BOUNDS, "... and nothing is anywhere else");
        ok(h.sum_us == 2 * (uint64_t) bounds.us[i] + 1, "... both are added");
    }
}


static void
test_shown(void)
{
    unsigned          i;
    gate_histogram_t  h, shown;

    memset(&h, 0, sizeof(gate_histogram_t));
    gate_histogram_read(&h, &shown);

    ok(memcmp(&h, &shown, sizeof(gate_histogram_t)) == 0,
       "of nothing nothing is shown");

    gate_histogram_add(&h, &bounds, 0);
    gate_histogram_add(&h, &bounds, 60);
    gate_histogram_add(&h, &bounds, 60);
    gate_histogram_add(&h, &bounds, 30000000000);

    gate_histogram_read(&h, &shown);

    is_int(shown.buckets[0], 1, "0 is in the first bucket");
    is_int(shown.buckets[1], 1, "the second has what the first has");
    is_int(shown.buckets[2], 3, "the third has two more");

    for (i = 3; i < GATE_HISTOGRAM_BOUNDS && shown.buckets[i] == 3; i++) {
        /* void */
    }

    is_int(i, GATE_HISTOGRAM_BOUNDS, "so have all up to the last bound");
    is_int(shown.buckets[GATE_HISTOGRAM_BOUNDS], 4, "the last one has all");
    is_int(shown.sum_us, 30000000120, "the sum is wider than 32 bits");
}


static void
test_processes(void)
{
    int                i, n;
    pid_t              pid;
    gate_histogram_t  *h, shown;

    h = mmap(NULL, sizeof(gate_histogram_t), PROT_READ|PROT_WRITE,
             MAP_SHARED|MAP_ANONYMOUS, -1, 0);

    for (i = 0; i < PROCESSES; i++) {

        pid = fork();

        if (pid == 0) {
            for (n = 0; n < EACH; n++) {
                gate_histogram_add(h, &bounds, (uint64_t) (n % 2000));
            }

            _exit(0);
        }
    }

    while (wait(NULL) > 0) { /* void */ }

    gate_histogram_read(h, &shown);

    is_int(shown.buckets[GATE_HISTOGRAM_BOUNDS], PROCESSES * EACH,
           "no duration of several processes is lost");
    is_int(shown.sum_us, (uint64_t) PROCESSES * EACH / 2 * 1999,
       "... nor anything of their sum");
}


int
main(void)
{
    test_buckets();
    test_shown();
    test_processes();

    return done_testing();
}
