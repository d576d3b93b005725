/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * gate_cache.c: against a simple model, full, and torn by who died in it.
 */

#include "tap.h"
#include "gate_cache.h"

#include <signal.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>


#define SIZE    (256 * 1024)
#define NAMES   4000
#define STEPS   200000
#define KILLS   200


typedef struct {
    size_t                 len;               /* 0: it was never there */
    unsigned char          first;
    uint32_t               value;
} model_t;


static unsigned  seed = 1;


static unsigned
rnd(unsigned n)
{
    seed = seed * 1103515245 + 12345;

    return (seed >> 8) % n;
}


static void
key_of(unsigned n, gate_cache_key_t *key)
{
    gate_sha256_t  *sha;

    sha = gate_sha256_create();
    key->kind = (n % 3) ? GATE_KIND_KEY : GATE_KIND_BASIC;
    (void) gate_sha256(sha, gate_str(&n, sizeof(n)), key->digest);
    gate_sha256_destroy(sha);
}


static gate_str_t
data_of(unsigned char first, size_t len, unsigned char *buf)
{
    size_t  i;

    for (i = 0; i < len; i++) {
        buf[i] = (unsigned char) (first + i * 7);
    }

    return gate_str(buf, len);
}


static void
test_simple(void)
{
    void              *memory;
    gate_seen_t        seen, got;
    gate_cache_t      *c;
    unsigned char      buf[GATE_CACHE_MAX], out[GATE_CACHE_MAX];
    gate_cache_key_t   key, other;
    gate_cache_stat_t  stat;

    memory = malloc(SIZE);

    ok(gate_cache_init(memory, GATE_CACHE_MIN - 1) == NULL, "too small");

    c = gate_cache_init(memory, SIZE);
    key_of(1, &key);
    key_of(2, &other);

    seen.stripe[0] = 65535;
    seen.stripe[1] = 7;
    seen.value[0] = 0xdeadbeef;
    seen.value[1] = 1;

    is_int(gate_cache_get(c, &key, &got, out), 0, "nothing at first");
    is_int(gate_cache_put(c, &key, &seen, data_of(1, 100, buf)), 1, "kept");
    is_int(gate_cache_get(c, &key, &got, out), 100, "found");
    is_mem(out, buf, 100, "... as it was");
    is_mem(&got, &seen, sizeof(seen), "... with what it depends on");
    is_int(gate_cache_get(c, &other, &got, out), 0, "no other");

    other = key;
    other.kind = GATE_KIND_MTLS;
    is_int(gate_cache_get(c, &other, &got, out), 0, "nor of another kind");

    is_int(gate_cache_put(c, &key, &seen, data_of(9, 1, buf)), 1, "replaced");
    is_int(gate_cache_get(c, &key, &got, out), 1, "... it is the new one");
    is_int(out[0], 9, "... all of it");

    is_int(gate_cache_put(c, &key, &seen, data_of(3, GATE_CACHE_MAX, buf)), 1,
           "the largest");
    is_int(gate_cache_get(c, &key, &got, out), GATE_CACHE_MAX, "... found");
    is_mem(out, buf, GATE_CACHE_MAX, "... as it was");
    is_int(gate_cache_put(c, &key, &seen, gate_str(buf, GATE_CACHE_MAX + 1)),
           0, "one byte more is not kept");

    gate_cache_stat(c, &stat);
    is_int(stat.entries, 1, "one entry");
    ok(stat.used < stat.bytes && stat.bytes > SIZE * 9 / 10, "most is room");

    gate_cache_drop(c, &key);
    gate_cache_drop(c, &key);
    is_int(gate_cache_get(c, &key, &got, out), 0, "dropped");
    ok(gate_cache_check(c) == NULL, "whole");

    free(memory);
}


static void
test_random(void)
{
    int                bad;
    void              *memory;
    size_t             len;
    model_t           *m;
    unsigned           i, n, hits, misses;
    gate_str_t         data;
    gate_seen_t        seen;
    gate_cache_t      *c;
    unsigned char      buf[GATE_CACHE_MAX], out[GATE_CACHE_MAX];
    gate_cache_key_t  *keys;
    gate_cache_stat_t  stat;

    memory = malloc(SIZE);
    c = gate_cache_init(memory, SIZE);
    m = calloc(NAMES, sizeof(model_t));
    keys = calloc(NAMES, sizeof(gate_cache_key_t));
    bad = 0;
    hits = 0;
    misses = 0;

    for (i = 0; i < NAMES; i++) {
        key_of(i, &keys[i]);
    }

    memset(&seen, 0, sizeof(seen));

    for (i = 0; i < STEPS; i++) {
        n = rnd(10) ? rnd(NAMES / 40) : rnd(NAMES);

        switch (rnd(20)) {

        case 0:
            gate_cache_drop(c, &keys[n]);
            m[n].len = 0;
            break;

        case 1:
        case 2:
        case 3:
        case 4:
            m[n].len = 1 + (rnd(50) ? rnd(300) : rnd(GATE_CACHE_MAX));
            m[n].first = (unsigned char) rnd(256);
            m[n].value = rnd(1000);
            seen.value[1] = m[n].value;
            bad += !gate_cache_put(c, &keys[n], &seen,
                                   data_of(m[n].first, m[n].len, buf));
            break;

        default:
            len = gate_cache_get(c, &keys[n], &seen, out);

            if (len == 0) {
                misses += (m[n].len != 0);
                break;
            }

            hits++;
            data = data_of(m[n].first, m[n].len, buf);
            bad += (len != m[n].len || memcmp(out, data.data, len) != 0
                    || seen.value[1] != m[n].value);
        }

        if (i % 1000 == 0) {
            bad += (gate_cache_check(c) != NULL);
        }
    }

    is_int(bad, 0, "%u steps: what is found is what was put", STEPS);
    gate_cache_stat(c, &stat);
    ok(stat.evicted > 1000, "... some had to go: %d", (int) stat.evicted);
    ok(hits > 10 * misses, "... few of those that are asked for: %u of %u",
       misses, hits + misses);
    ok(gate_cache_check(c) == NULL, "... and it is whole");

    free(memory);
    free(keys);
    free(m);
}


/*
 * The hand takes the mark of who was asked for when it comes by: whom nobody
 * asks for again goes in the next round, before one who came in between.
 */

static void
test_mark(void)
{
    void              *memory;
    unsigned           i, left;
    gate_seen_t        seen;
    gate_cache_t      *c;
    unsigned char      buf[GATE_CACHE_MAX];
    gate_cache_key_t   key;
    gate_cache_stat_t  stat;

    memory = malloc(1024 * 1024);
    c = gate_cache_init(memory, 1024 * 1024);
    memset(&seen, 0, sizeof(seen));

    /* twenty that are asked for, once */

    for (i = 0; i < 20; i++) {
        key_of(i, &key);
        (void) gate_cache_put(c, &key, &seen, data_of(1, 100, buf));
        (void) gate_cache_get(c, &key, &seen, buf);
    }

    do {
        key_of(i++, &key);
        (void) gate_cache_put(c, &key, &seen, data_of(1, 100, buf));
        gate_cache_stat(c, &stat);
    } while (stat.evicted < stat.entries / 2);

    for (i = 0, left = 0; i < 20; i++) {
        key_of(i, &key);
        left += (gate_cache_get(c, &key, &seen, buf) != 0);
    }

    is_int(left, 20, "asked for once: spared in the first round");

    /* asked for by the loop above; from here on not again */

    for (i = 100000; i < 130000; i++) {
        key_of(i, &key);
        (void) gate_cache_put(c, &key, &seen, data_of(1, 100, buf));
    }

    for (i = 0, left = 0; i < 20; i++) {
        key_of(i, &key);
        left += (gate_cache_get(c, &key, &seen, buf) != 0);
    }

    is_int(left, 0, "... and not for ever");

    free(memory);
}


/* as many as there is room for, of the size that most have */

static void
test_room(void)
{
    void              *memory;
    unsigned           i;
    gate_seen_t        seen;
    gate_cache_t      *c;
    unsigned char      buf[GATE_CACHE_MAX];
    gate_cache_key_t   key;
    gate_cache_stat_t  stat;

    memory = malloc(1024 * 1024);
    c = gate_cache_init(memory, 1024 * 1024);
    memset(&seen, 0, sizeof(seen));

    for (i = 0; i < 10000; i++) {
        key_of(i, &key);
        (void) gate_cache_put(c, &key, &seen, data_of(1, 100, buf));
    }

    gate_cache_stat(c, &stat);
    ok(stat.entries > 5000, "entries of 100 bytes in 1 MB: %d",
       (int) stat.entries);
    is_int(stat.entries + stat.evicted, 10000, "... the others had to go");

    free(memory);
}


/* a process that changes it is killed, at any instruction */

static void
test_kills(void)
{
    int                bad, i, status;
    void              *memory;
    pid_t              pid;
    size_t             len;
    unsigned           n;
    gate_seen_t        seen;
    gate_cache_t      *c;
    unsigned char      buf[GATE_CACHE_MAX], out[GATE_CACHE_MAX];
    gate_cache_key_t   keys[64];
    gate_cache_stat_t  stat;

    memory = mmap(NULL, GATE_CACHE_MIN, PROT_READ|PROT_WRITE,
                  MAP_SHARED|MAP_ANONYMOUS, -1, 0);
    c = gate_cache_init(memory, GATE_CACHE_MIN);
    memset(&seen, 0, sizeof(seen));
    bad = 0;

    for (n = 0; n < 64; n++) {
        key_of(n, &keys[n]);
    }

    for (i = 0; i < KILLS; i++) {
        pid = fork();

        if (pid == 0) {
            for ( ;; ) {
                n = rnd(64);
                (void) gate_cache_put(c, &keys[n], &seen,
                                      data_of((unsigned char) n,
                                              1 + rnd(4000), buf));
            }
        }

        usleep(200 + rnd(2000));
        kill(pid, SIGKILL);
        waitpid(pid, &status, 0);
        seed += (unsigned) i;

        for (n = 0; n < 64; n++) {
            len = gate_cache_get(c, &keys[n], &seen, out);
            bad += (len != 0
                    && memcmp(out, data_of((unsigned char) n, len, buf).data,
                              len) != 0);
        }

        bad += (gate_cache_check(c) != NULL);
    }

    gate_cache_stat(c, &stat);
    is_int(bad, 0, "%d killed: nothing is half", KILLS);
    ok(stat.emptied > 0, "... it was emptied %d times", (int) stat.emptied);
}


int
main(void)
{
    test_simple();
    test_random();
    test_mark();
    test_room();
    test_kills();

    return done_testing();
}
