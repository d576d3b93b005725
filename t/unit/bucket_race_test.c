
/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * Buckets shared by processes, each with its own reading of the clock: what
 * limits rely on.  CLOCK_MONOTONIC, read under the lock, is never behind what
 * another process has read before, so that no allowance for clocks is needed.
 */


#include <pthread.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "tap.h"
#include "gate_bucket.h"


#define PROCESSES  4
#define ASKED      200000


typedef struct {
    pthread_mutex_t        lock;
    int64_t                last_ns;
    int64_t                first_ns;
    int64_t                tat_ns;
    uint64_t               behind;            /* clock before another's */
    uint64_t               ahead;             /* state above "empty" */
    uint64_t               passed;
} shared_t;


static int64_t
now_ns(void)
{
    struct timespec  ts;

    clock_gettime(CLOCK_MONOTONIC, &ts);

    return (int64_t) ts.tv_sec * 1000000000 + ts.tv_nsec;
}


static void
ask(shared_t *s, const gate_rate_t *r)
{
    int             i;
    int64_t         now;
    gate_verdict_t  b;

    for (i = 0; i < ASKED; i++) {
        pthread_mutex_lock(&s->lock);

        now = now_ns();

        s->behind += (now < s->last_ns);
        s->ahead += (s->tat_ns > now + r->tolerance_ns + r->interval_ns);
        s->last_ns = now;

        gate_bucket_try(r, s->tat_ns, now, 1, &b);

        s->tat_ns = b.tat_ns;
        s->passed += (uint64_t) b.allow;

        pthread_mutex_unlock(&s->lock);
    }
}


static void
race(const char *text, const char *burst)
{
    int                  i, status, died;
    uint64_t             max, bound;
    shared_t            *s;
    gate_rate_t          r;
    pthread_mutexattr_t  attr;

    gate_rate_parse(gate_cstr(text), gate_cstr(burst), &r, &max);

    s = mmap(NULL, sizeof(shared_t), PROT_READ|PROT_WRITE,
             MAP_SHARED|MAP_ANONYMOUS, -1, 0);

    if (s == MAP_FAILED) {
        fail("mmap");
        return;
    }

    pthread_mutexattr_init(&attr);
    pthread_mutexattr_setpshared(&attr, PTHREAD_PROCESS_SHARED);
    pthread_mutex_init(&s->lock, &attr);

    s->first_ns = now_ns();
    s->last_ns = s->first_ns;

    for (i = 0; i < PROCESSES; i++) {
        if (fork() == 0) {
            ask(s, &r);
            _exit(0);
        }
    }

    for (died = 0, i = 0; i < PROCESSES; i++) {
        wait(&status);
        died |= status;
    }

    bound = r.depth + (uint64_t) ((s->last_ns - s->first_ns) / r.interval_ns);

    ok(died == 0 && s->behind == 0,
       "%s burst %s: no clock is behind another's", text, burst);
    ok(s->ahead == 0, "... no state is further than empty");
    ok(s->passed <= bound, "... %llu of at most %llu passed",
       (unsigned long long) s->passed, (unsigned long long) bound);
    ok(s->passed >= r.depth, "... and at least what was there at first");

    munmap(s, sizeof(shared_t));
}


int
main(void)
{
    race("5000r/s", "0");
    race("100000r/s", "0");
    race("1000000r/s", "99");
    race("1r/h", "1999");

    return done_testing();
}
