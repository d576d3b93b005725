
/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * Processes that use one journal file as workers do, killed with SIGKILL at
 * random moments; after each round every request is counted once, and what
 * arrived at the receiver is what the journal has.
 *
 *   GATE_KILLS=N   number of processes to kill; without it, 12 seconds or 1500
 *   GATE_SEED=N
 */


#define _GNU_SOURCE

#include <errno.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "gate_jfile.h"
#include "gate_journal_damage.h"
#include "journal_help.h"


#define SIZE        (2 * 1024 * 1024)
#define PROCESSES   4
#define OPEN_MAX_   12
#define HOUR        500000


typedef struct {
    volatile uint32_t    hour;
    ledger_t             ledger[PROCESSES];
    uint64_t             works[PROCESSES];   /* loops of work done */
    uint64_t             ships;              /* batches acknowledged */
    uint64_t             retired;
    uint64_t             reclaimed;
    receiver_t           receiver;
} shared_t;


typedef struct {
    int                    n;
    int                    fd;
    gate_journal_t        *j;
    gate_journal_writer_t *w;
    gate_journal_lock_t    lock;
    ledger_t              *ledger;
    gate_journal_open_t    open[OPEN_MAX_];
    int                    nopen;
} worker_t;


static shared_t      *shared;
static gate_jfile_t   file;
static char           path[256];
static uint64_t       seed;


static uint32_t
rnd(uint32_t below)
{
    seed ^= seed << 13;
    seed ^= seed >> 7;
    seed ^= seed << 17;

    return (uint32_t) (seed >> 11) % below;
}


static void
die(const char *what)
{
    fprintf(stderr, "journal_kill_test: %s\n", what);
    abort();
}


static void
work_open(worker_t *k)
{
    char                name[32];
    uint32_t            cell;
    gate_journal_key_t  key;

    snprintf(name, sizeof(name), "consumer-%u", rnd(12));

    key = a_key(name);
    cell = GATE_JOURNAL_NO_CELL;

    if (gate_journal_reserve(k->w, &key, shared->hour - rnd(2), &cell)
        != GATE_JOURNAL_OK)
    {
        die("reserve() failed");
    }

    k->ledger->opened_tried++;

    if (gate_journal_open(k->w, cell, &k->open[k->nopen])
        != GATE_JOURNAL_OK)
    {
        die("open() failed");
    }

    k->ledger->opened_done++;
    k->nopen++;
}


static void
work_close(worker_t *k)
{
    int       i;
    uint32_t  outcome;

    i = (int) rnd((uint32_t) k->nopen);
    outcome = rnd(3);

    k->ledger->tried[outcome]++;

    if (gate_journal_close(k->w, &k->open[i], outcome, request_units,
                           shared->hour - rnd(3))
        != GATE_JOURNAL_OK)
    {
        die("close() failed");
    }

    k->ledger->done[outcome]++;
    k->open[i] = k->open[--k->nopen];
}


static void
work_ship(worker_t *k)
{
    uint32_t              i, n;
    gate_journal_ship_t  *s;
    gate_journal_batch_t  b[8];

    if (!gate_jfile_try_ship(k->fd)) {
        return;
    }

    if (gate_journal_ship_open(k->j, &s) != GATE_JOURNAL_OK) {
        die("ship_open() failed");
    }

    for (n = 0; n < 8 && gate_journal_ship_next(s, &b[n]); n++) {
        receive(&shared->receiver, &b[n]);
    }

    /* others go on meanwhile, so does this one */

    if (k->nopen) {
        work_close(k);
    }

    for (i = 0; i < n; i++) {
        if (rnd(16) == 0) {
            gate_journal_ship_nack(s, b[i].token);
            continue;
        }

        gate_journal_ship_ack(s, b[i].token);
        shared->ships++;
    }

    if (rnd(64) == 0) {
        gate_journal_ship_all(s);
    }

    if (rnd(8) == 0) {
        shared->reclaimed += gate_journal_ship_reclaim(s, shared->hour,
                                                1 + rnd(40), 1 + rnd(1 << 30));
    }

    if (rnd(4) == 0) {
        shared->retired += gate_journal_ship_retire(s, shared->hour - 1, 64);
    }

    gate_journal_ship_close(s);
    gate_jfile_end_ship(k->fd);
}


static void
work(int n)
{
    worker_t  k;

    memset(&k, 0, sizeof(k));

    k.n = n;
    k.j = file.journal;
    k.ledger = &shared->ledger[n];

    if (gate_jfile_reopen(&file, path, &k.fd) != GATE_JOURNAL_OK) {
        die("reopen() failed");
    }

    k.lock.try_lock = gate_jfile_try_lock;
    k.lock.unlock = gate_jfile_unlock;
    k.lock.data = &k.fd;

    if (gate_journal_writer_open(k.j, &k.lock, shared->hour, &k.w)
        != GATE_JOURNAL_OK)
    {
        die("writer_open() failed");
    }

    for ( ;; ) {
        if (k.nopen == OPEN_MAX_ || (k.nopen && rnd(2))) {
            work_close(&k);

        } else {
            work_open(&k);
        }

        if (rnd(40) == 0) {
            work_ship(&k);
        }

        if (rnd(200) == 0 && gate_journal_verify(k.j) != 0) {
            die("what others write looks damaged");
        }

        if (rnd(400) == 0) {
            (void) gate_journal_recover(k.j, &k.lock, shared->hour);
        }

        if (rnd(2000) == 0 && n == 0) {
            __atomic_add_fetch(&shared->hour, 1, __ATOMIC_RELAXED);
        }

        shared->works[n]++;
    }
}


static pid_t
spawn(int n)
{
    pid_t  pid;

    seed = seed * 6364136223846793005ULL + 1442695040888963407ULL;

    pid = fork();

    if (pid == -1) {
        die("fork() failed");
    }

    if (pid == 0) {
        seed ^= 0x9e3779b97f4a7c15ULL * (uint64_t) (n + 1);
        seed = seed ? seed : 1;
        work(n);
    }

    return pid;
}


static void
nap(uint32_t us)
{
    struct timespec  ts;

    ts.tv_sec = 0;
    ts.tv_nsec = (long) us * 1000;

    (void) nanosleep(&ts, NULL);
}


/* 1: it was us who ended it */

static int
reap(pid_t pid)
{
    int  status;

    (void) kill(pid, SIGKILL);

    if (waitpid(pid, &status, 0) != pid) {
        die("waitpid() failed");
    }

    return WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL;
}


static void
ledger_sum(ledger_t *sum)
{
    int  n, i;

    memset(sum, 0, sizeof(ledger_t));

    for (n = 0; n < PROCESSES; n++) {
        sum->opened_tried += shared->ledger[n].opened_tried;
        sum->opened_done += shared->ledger[n].opened_done;

        for (i = 0; i < GATE_JOURNAL_UNITS; i++) {
            sum->tried[i] += shared->ledger[n].tried[i];
            sum->done[i] += shared->ledger[n].done[i];
        }
    }
}


/* all is quiet: complete what was cut, then compare */

static const char *
inspect(int fd, uint64_t *interrupted)
{
    int                   i;
    ledger_t              sum;
    uint32_t              damaged;
    const char           *why;
    gate_journal_lock_t   lock;
    gate_journal_stat_t   st;
    gate_journal_ship_t  *s;

    lock.try_lock = gate_jfile_try_lock;
    lock.unlock = gate_jfile_unlock;
    lock.data = &fd;

    damaged = gate_journal_verify(file.journal)
              + (gate_journal_missing(file.journal) != 0);

    (void) gate_journal_recover(file.journal, &lock, shared->hour);

    gate_journal_stat(file.journal, &st);
    ledger_sum(&sum);

    why = wrong(&st, &sum);

    if (damaged != 0 || gate_journal_verify(file.journal) != 0) {
        why = "what was killed looks damaged";
    }

    if (why == NULL && (st.open || st.writers || st.lost)) {
        why = "something is left open";
    }

    if (gate_journal_ship_open(file.journal, &s) != GATE_JOURNAL_OK) {
        die("ship_open() failed");
    }

    (void) drain(s, &shared->receiver);

    if (why == NULL) {
        why = not_arrived(&st, &shared->receiver);
    }

    if (shared->receiver.n > LANDED_MAX / 32) {

        /* forget keys that can never be sent again */

        (void) gate_journal_ship_retire(s, ++shared->hour, 100000);

        for (i = 0; i < GATE_JOURNAL_UNITS; i++) {
            shared->receiver.folded[i] = received(&shared->receiver, i);
        }

        shared->receiver.n = 0;
    }

    gate_journal_ship_close(s);

    *interrupted = st.units[GATE_INTERRUPTED];

    memset(shared->ledger, 0, sizeof(shared->ledger));
    settle(&st, &shared->ledger[0]);

    return why;
}


static void
test_kills(int kills, int seconds)
{
    int          n, k, killed, odd;
    pid_t        pid[PROCESSES];
    time_t       end;
    uint64_t     interrupted, works;
    const char  *why;

    why = NULL;
    killed = 0;
    odd = 0;
    interrupted = 0;
    end = time(NULL) + seconds;

    while (killed < kills && why == NULL && time(NULL) < end) {

        for (n = 0; n < PROCESSES; n++) {
            pid[n] = spawn(n);
        }

        /* some while the others run and take over, then all */

        for (k = 0; k < 12; k++) {
            nap(rnd(800));

            n = (int) rnd(PROCESSES);
            odd += !reap(pid[n]);
            killed++;
            pid[n] = spawn(n);
        }

        nap(rnd(800));

        for (n = 0; n < PROCESSES; n++) {
            odd += !reap(pid[n]);
            killed++;
        }

        why = inspect(file.fd, &interrupted);
    }

    for (n = 0, works = 0; n < PROCESSES; n++) {
        works += shared->works[n];
    }

    is_int(odd, 0, "no process ended by itself");
    ok(why == NULL, "after each round all is counted once, and has arrived%s%s",
       why ? ": " : "", why ? why : "");
    ok(interrupted > 0, "requests were interrupted");
    ok(shared->ships > 0, "batches were acknowledged");
    ok(shared->retired > 0, "cells were retired");
    ok(shared->reclaimed > 0, "and reclaimed with their epochs");

    diag("%d kills, %lu requests, %lu interrupted, %lu batches, %lu retired",
         killed, (unsigned long) works, (unsigned long) interrupted,
         (unsigned long) shared->ships, (unsigned long) shared->retired);
}


int
main(void)
{
    int          fd;
    char         err[256];
    const char  *dir, *env;

    dir = getenv("TMPDIR");
    env = getenv("GATE_SEED");

    seed = env ? strtoull(env, NULL, 10) : (uint64_t) getpid() * 2654435761u;
    diag("GATE_SEED=%lu", (unsigned long) seed);

    snprintf(path, sizeof(path), "%s/journal_kill.XXXXXX",
             dir ? dir : "/tmp");

    fd = mkstemp(path);
    shared = mmap(NULL, sizeof(shared_t), PROT_READ|PROT_WRITE,
                  MAP_SHARED|MAP_ANONYMOUS, -1, 0);

    if (fd == -1 || shared == MAP_FAILED) {
        die("no file or no memory");
    }

    (void) close(fd);

    shared->hour = HOUR;

    if (gate_jfile_open(&file, path, SIZE, (uid_t) -1, (gid_t) -1, err,
                        sizeof(err))
        != GATE_JOURNAL_OK)
    {
        die(err);
    }

    env = getenv("GATE_KILLS");
    test_kills(env ? atoi(env) : 1500, env ? 86400 : 12);

    gate_jfile_close(&file);
    (void) unlink(path);

    return done_testing();
}
