
/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * The journal's file: made once, refused when it is not right, locked by
 * whoever lives.
 */


#define _GNU_SOURCE

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "../../src/gate/os/gate_jfile_sync.c"

#include "gate_journal_stat.h"
#include "tap.h"


#define SIZE    (1024 * 1024)
#define ANY     ((uid_t) -1), ((gid_t) -1)
#define HOUR    500000


static char  dir[200];
static char  path[256];
static char  err[256];


static gate_journal_rc_e
open_it(gate_jfile_t *f, size_t size)
{
    err[0] = '\0';

    return gate_jfile_open(f, path, size, ANY, err, sizeof(err));
}


static gate_journal_rc_e
test_it(size_t size)
{
    err[0] = '\0';

    return gate_jfile_test(path, size, err, sizeof(err));
}


static uint64_t
epoch_of(gate_jfile_t *f)
{
    gate_journal_stat_t  st;

    gate_journal_stat(f->journal, &st);

    return st.epoch;
}


static void
poke(off_t at, uint64_t v)
{
    int  fd;

    fd = open(path, O_RDWR);

    if (fd == -1 || pwrite(fd, &v, sizeof(v), at) != sizeof(v)) {
        fail("the file can be written to");
    }

    close(fd);
}


static uint64_t
peek(off_t at)
{
    int       fd;
    uint64_t  v;

    fd = open(path, O_RDONLY);

    if (fd == -1 || pread(fd, &v, sizeof(v), at) != sizeof(v)) {
        fail("the file can be read");
        v = 0;
    }

    close(fd);

    return v;
}


static void
make(off_t size, const char *text)
{
    int  fd;

    fd = open(path, O_RDWR|O_CREAT|O_TRUNC, 0600);

    if (fd == -1 || write(fd, text, strlen(text)) != (ssize_t) strlen(text)
        || ftruncate(fd, size) == -1)
    {
        fail("a file can be made");
    }

    close(fd);
}


static gate_journal_lock_t
lock_of(int *fd)
{
    gate_journal_lock_t  lock;

    lock.try_lock = gate_jfile_try_lock;
    lock.unlock = gate_jfile_unlock;
    lock.data = fd;

    return lock;
}


static void
test_create(void)
{
    uint64_t      epoch;
    gate_jfile_t  f;
    struct stat   st;

    is_int(test_it(SIZE), GATE_JOURNAL_OK, "a missing file is fine");
    ok(access(path, F_OK) == -1, "and still missing after that");

    is_int(open_it(&f, SIZE), GATE_JOURNAL_OK, "a file is made: %s", err);
    epoch = epoch_of(&f);
    ok(epoch > 1, "it has a random epoch");

    (void) stat(path, &st);
    is_int(st.st_size, SIZE, "of the size that was asked for");
    is_int(st.st_mode & 07777, 0600, "for its owner alone");
    ok(st.st_blocks * 512 >= SIZE, "with all its blocks");
    ok(fcntl(f.fd, F_GETFD) & FD_CLOEXEC, "closed on exec");
    gate_jfile_close(&f);

    is_int(test_it(SIZE), GATE_JOURNAL_OK, "it is a good file");
    is_int(open_it(&f, SIZE), GATE_JOURNAL_OK, "it opens again: %s", err);
    ok(epoch_of(&f) != epoch, "in an epoch of its own");
    gate_jfile_close(&f);

    is_int(open_it(&f, SIZE - 1), GATE_JOURNAL_SIZE, "too small");
    is_str(err, "a journal has at least 1048576 bytes", "is said");
    is_int(test_it(100), GATE_JOURNAL_SIZE, "by a test, too");
}


static void
test_owner(void)
{
    gate_jfile_t  f;
    struct stat   st;

    unlink(path);

    if (geteuid() != 0) {
        skip(2, "only root gives files away");
        return;
    }

    is_int(gate_jfile_open(&f, path, SIZE, 65534, 65533, err, sizeof(err)),
           GATE_JOURNAL_OK, "a file for the workers: %s", err);

    (void) stat(path, &st);
    ok(st.st_uid == 65534 && st.st_gid == 65533, "is theirs");

    gate_jfile_close(&f);
}


static void
test_wrong(void)
{
    uint64_t      word;
    gate_jfile_t  f;
    struct stat   st;

    make(65536, "GATE");
    is_int(test_it(SIZE), GATE_JOURNAL_SIZE, "a short file");
    is_str(err, "file is 65536 bytes, configured are 1048576: "
           "write that size, or name another file", "is said");
    is_int(open_it(&f, SIZE), GATE_JOURNAL_SIZE, "and not opened");
    is_str(err, "file is 65536 bytes, configured are 1048576: "
           "write that size, or name another file", "is said");
    (void) stat(path, &st);
    is_int(st.st_size, 65536, "nor changed");

    make(SIZE, "#!/bin/sh\n");
    is_int(test_it(SIZE), GATE_JOURNAL_FOREIGN, "something else");
    is_int(open_it(&f, SIZE), GATE_JOURNAL_FOREIGN, "is not opened");
    is_str(err, "is not a journal: name another file", "is said");

    unlink(path);
    is_int(open_it(&f, SIZE), GATE_JOURNAL_OK, "a good one");
    gate_jfile_close(&f);

    is_int(test_it(2 * SIZE), GATE_JOURNAL_SIZE, "another size is configured");
    is_str(err, "file is 1048576 bytes, configured are 2097152: "
           "write that size, or name another file", "is said");
    is_int(open_it(&f, 2 * SIZE), GATE_JOURNAL_SIZE, "and not opened");

    word = peek(40);
    poke(40, word ^ 0x10000);
    is_int(test_it(SIZE), GATE_JOURNAL_DAMAGED, "a damaged header");
    is_int(open_it(&f, SIZE), GATE_JOURNAL_DAMAGED, "is not opened");
    is_str(err, "the journal's header is damaged: "
           "keep that file, and name another one", "is said");
    poke(40, word);

    /* other versions have another CRC as well */

    word = peek(8);
    poke(8, word + 1);
    is_int(test_it(SIZE), GATE_JOURNAL_DAMAGED, "a damaged version number");
    poke(96, peek(96) ^ 1);
    is_int(open_it(&f, SIZE), GATE_JOURNAL_NEWER, "a newer version");
    ok(strstr(err, "version 4, which is newer than this") != NULL, "is said");
    poke(8, word - 1);
    is_int(test_it(SIZE), GATE_JOURNAL_OLDER, "an older version");
    ok(strstr(err, "version 2, which is not read any more") != NULL,
       "is said: %s", err);
    poke(96, peek(96) ^ 1);
    poke(8, word);
    is_int(test_it(SIZE), GATE_JOURNAL_OK, "ours");

    if (truncate(path, SIZE / 2) == 0) {
        is_int(test_it(SIZE), GATE_JOURNAL_SIZE, "a truncated journal");
        is_int(open_it(&f, SIZE), GATE_JOURNAL_SIZE, "is not opened");
    }

    unlink(path);
    (void) mkdir(path, 0700);
    is_int(test_it(SIZE), GATE_JOURNAL_FOREIGN, "a directory");
    is_int(open_it(&f, SIZE), GATE_JOURNAL_ERROR, "is not opened");
    ok(strstr(err, "open() failed") != NULL, "is said: %s", err);
    rmdir(path);

    (void) mkfifo(path, 0600);
    is_int(test_it(SIZE), GATE_JOURNAL_FOREIGN, "a pipe does not block");
    is_int(open_it(&f, SIZE), GATE_JOURNAL_FOREIGN, "and is not opened");
    unlink(path);
}


/* killed while the file was made */

static void
test_begun(void)
{
    uint64_t      magic;
    gate_jfile_t  f;

    make(0, "");
    is_int(test_it(SIZE), GATE_JOURNAL_OK, "an empty file is as none");
    is_int(open_it(&f, SIZE), GATE_JOURNAL_OK, "and becomes one: %s", err);
    gate_jfile_close(&f);

    make(SIZE / 2, "");
    is_int(open_it(&f, SIZE), GATE_JOURNAL_OK, "half of its zeros: %s", err);
    gate_jfile_close(&f);

    magic = peek(0);
    poke(0, 0);
    is_int(test_it(SIZE), GATE_JOURNAL_OK, "all but the magic number");
    is_int(open_it(&f, SIZE), GATE_JOURNAL_OK, "is begun anew: %s", err);
    gate_jfile_close(&f);
    is_int(peek(0), magic, "and finished");

    poke(0, 0);
    poke(SIZE - 8, 1);
    is_int(test_it(SIZE), GATE_JOURNAL_FOREIGN,
           "no magic number, but something in it");
    is_int(open_it(&f, SIZE), GATE_JOURNAL_FOREIGN, "is left alone");
    is_int(peek(SIZE - 8), 1, "as it was");
}


static void
test_copy(void)
{
    int           n;
    char          line[1024];
    uint64_t      epoch;
    gate_jfile_t  f;

    unlink(path);
    (void) open_it(&f, SIZE);
    epoch = epoch_of(&f);
    gate_jfile_close(&f);

    snprintf(line, sizeof(line),
             "cp -p '%.250s' '%.200s/copy' && mv '%.200s/copy' '%.250s'",
             path, dir, dir, path);
    n = system(line);
    is_int(n, 0, "a copy takes the file's place");

    is_int(open_it(&f, SIZE), GATE_JOURNAL_OK, "it opens: %s", err);
    ok(epoch_of(&f) != epoch, "in an epoch of its own");

    gate_jfile_close(&f);
}


/* an epoch lasts as long as anybody has the file, whoever that is */

static void
test_cold(void)
{
    int           i, ready[2];
    char          c;
    pid_t         pid;
    uint64_t      epoch, seen[4];
    gate_jfile_t  f, g;

    unlink(path);
    seen[0] = 0;

    for (i = 1; i < 4; i++) {
        (void) open_it(&f, SIZE);
        seen[i] = epoch_of(&f);
        ok(seen[i] != seen[i - 1], "each cold start begins an epoch");
        gate_jfile_close(&f);
    }

    (void) open_it(&f, SIZE);
    epoch = epoch_of(&f);

    (void) open_it(&g, SIZE);
    is_int(epoch_of(&g), epoch, "who finds another there goes on");
    gate_jfile_close(&f);
    (void) open_it(&f, SIZE);
    is_int(epoch_of(&f), epoch, "also when that one is gone since");
    gate_jfile_close(&g);

    /* a master is killed, its orphan has no writer and no shipper's lock */

    if (pipe(ready) == -1) {
        fail("a pipe");
        return;
    }

    pid = fork();

    if (pid == 0) {
        (void) write(ready[1], "", 1);
        pause();
        _exit(0);
    }

    (void) read(ready[0], &c, 1);
    gate_jfile_close(&f);
    (void) open_it(&f, SIZE);
    is_int(epoch_of(&f), epoch, "an orphan that has it mapped is somebody");
    gate_jfile_close(&f);

    kill(pid, SIGKILL);
    waitpid(pid, NULL, 0);
    close(ready[0]);
    close(ready[1]);

    (void) open_it(&f, SIZE);
    ok(epoch_of(&f) != epoch, "when it is dead, too, a new one begins");
    gate_jfile_close(&f);
}


/* a child that holds what it is told to, until it is killed */

static pid_t
holder(gate_jfile_t *f, int ship)
{
    int                     fd, ready[2];
    char                    c;
    pid_t                   pid;
    gate_journal_lock_t     lock;
    gate_journal_open_t     o;
    gate_journal_key_t      key;
    gate_journal_writer_t  *w;
    uint32_t                cell;

    if (pipe(ready) == -1) {
        return -1;
    }

    pid = fork();

    if (pid == 0) {
        if (gate_jfile_reopen(f, path, &fd) != GATE_JOURNAL_OK) {
            _exit(1);
        }

        lock = lock_of(&fd);
        memset(&key, 0, sizeof(key));
        cell = GATE_JOURNAL_NO_CELL;

        if (gate_journal_writer_open(f->journal, &lock, HOUR, &w)
            != GATE_JOURNAL_OK
            || gate_journal_reserve(w, &key, HOUR, &cell) != GATE_JOURNAL_OK
            || gate_journal_open(w, cell, &o) != GATE_JOURNAL_OK
            || (ship && !gate_jfile_try_ship(fd))
            || write(ready[1], "", 1) != 1)
        {
            _exit(1);
        }

        for ( ;; ) {
            pause();
        }
    }

    is_int(read(ready[0], &c, 1), 1, "a worker is at work");

    close(ready[0]);
    close(ready[1]);

    return pid;
}


static void
put_down(pid_t pid)
{
    kill(pid, SIGKILL);
    waitpid(pid, NULL, 0);
}


static void
test_locks(void)
{
    int                  fd;
    pid_t                pid;
    uint64_t             epoch;
    gate_jfile_t         f, g;
    gate_journal_lock_t  lock;
    gate_journal_stat_t  st;

    unlink(path);
    (void) open_it(&f, SIZE);
    epoch = epoch_of(&f);

    is_int(gate_jfile_reopen(&f, path, &fd), GATE_JOURNAL_OK, "a reopen");
    lock = lock_of(&fd);

    pid = holder(&f, 1);

    is_int(gate_journal_recover(f.journal, &lock, HOUR), 0,
           "the living are left alone");
    ok(!gate_jfile_try_lock(&fd, 0), "its record is locked");
    ok(gate_jfile_try_lock(&fd, 1), "the next is not");
    ok(gate_jfile_try_lock(&fd, 1), "ours is had twice");
    gate_jfile_unlock(&fd, 1);
    ok(!gate_jfile_try_ship(fd), "nor can we ship");

    /* another configuration opens the file */

    is_int(open_it(&g, SIZE), GATE_JOURNAL_OK, "opened while in use");
    is_int(epoch_of(&g), epoch, "an epoch does not end under a writer");

    put_down(pid);

    ok(gate_jfile_try_ship(fd), "its death ends the shipper's lock");
    gate_jfile_end_ship(fd);
    is_int(gate_journal_recover(g.journal, &lock, HOUR), 1,
           "and its request");

    gate_journal_stat(g.journal, &st);
    is_int(st.units[GATE_INTERRUPTED], 1, "it was interrupted");
    is_int(st.writers, 0, "no writer is left");

    gate_jfile_close(&g);
    close(fd);
    gate_jfile_close(&f);

    (void) open_it(&f, SIZE);
    ok(epoch_of(&f) != epoch, "with nobody there a new one begins");
    gate_jfile_close(&f);
}


/* two kinds of master: the old one's worker and the new one's hand over */

static void
test_handover(void)
{
    int                     fd;
    pid_t                   pid;
    gate_jfile_t            f, g;
    gate_journal_lock_t     lock;
    gate_journal_stat_t     st;
    gate_journal_writer_t  *w;

    unlink(path);
    (void) open_it(&f, SIZE);
    pid = holder(&f, 0);

    (void) open_it(&g, SIZE);
    (void) gate_jfile_reopen(&g, path, &fd);
    lock = lock_of(&fd);

    is_int(gate_journal_writer_open(g.journal, &lock, HOUR, &w),
           GATE_JOURNAL_OK, "a second generation writes at the same time");
    gate_journal_stat(g.journal, &st);
    is_int(st.writers, 2, "both are writers");
    is_int(st.open, 1, "the old one's request goes on");

    put_down(pid);
    is_int(gate_journal_recover(g.journal, &lock, HOUR), 1, "then it died");
    gate_journal_stat(g.journal, &st);
    is_int(st.writers, 1, "one is left");

    gate_journal_writer_close(w);
    close(fd);
    gate_jfile_close(&g);
    gate_jfile_close(&f);
}


static void
test_reopen(void)
{
    int           fd;
    gate_jfile_t  f;

    unlink(path);
    (void) open_it(&f, SIZE);

    unlink(path);
    make(SIZE, "");

    is_int(gate_jfile_reopen(&f, path, &fd), GATE_JOURNAL_OK,
           "a file that was replaced is still the one we map");
    ok(fd != f.fd, "by a description of its own");
    close(fd);

    gate_jfile_close(&f);
    is_int(f.fd, -1, "closed");
    gate_jfile_close(&f);
}


/* a bit has flipped while nobody had the file */

static void
test_damaged(void)
{
    int           fd;
    char          copy[sizeof(path) + 16];
    uint64_t      word;
    gate_jfile_t  f;
    struct stat   st;

    unlink(path);
    (void) open_it(&f, SIZE);
    gate_jfile_close(&f);

    word = peek(728);
    poke(728, word ^ 4);

    is_int(open_it(&f, SIZE), GATE_JOURNAL_OK, "a damaged sum: it opens");
    is_int(f.damaged, 1, "which is known");
    is_int(f.copy, 1, "a copy was made");
    is_int(peek(728), word, "and the sum is what it was");
    gate_jfile_close(&f);

    snprintf(copy, sizeof(copy), "%s.damaged-1", path);
    is_int(stat(copy, &st), 0, "the copy is beside it");
    is_int(st.st_size, SIZE, "of the same size");
    is_int(st.st_mode & 0777, 0600, "for nobody else");
    fd = open(copy, O_RDONLY);
    (void) pread(fd, &word, sizeof(word), 728);
    is_int(word, 4, "as it was found");
    close(fd);

    (void) open_it(&f, SIZE);
    is_int(f.damaged, 0, "then it is sound");
    is_int(f.copy, 0, "and not copied");
    ok(gate_jfile_whole(&f), "it is as long as it was");
    (void) truncate(path, SIZE - 1);
    ok(!gate_jfile_whole(&f), "until somebody cuts it");
    gate_jfile_close(&f);

    unlink(copy);
    unlink(path);
}


static void
nap(long ms)
{
    struct timespec  ts;

    ts.tv_sec = ms / 1000;
    ts.tv_nsec = ms % 1000 * 1000000;
    nanosleep(&ts, NULL);
}


/* many at once, on a file that does not exist yet */

static void
test_at_once(void)
{
    int                 i, n, round, bad, epochs;
    pid_t               pid[6];
    gate_jfile_t        f;
    volatile uint64_t  *seen;

    bad = 0;
    epochs = 0;
    seen = mmap(NULL, 4096, PROT_READ|PROT_WRITE, MAP_SHARED|MAP_ANONYMOUS,
                -1, 0);

    for (round = 0; round < 20; round++) {
        unlink(path);
        memset((void *) seen, 0, 6 * sizeof(uint64_t));

        for (i = 0; i < 6; i++) {
            pid[i] = fork();

            if (pid[i] == 0) {
                seen[i] = (open_it(&f, SIZE) == GATE_JOURNAL_OK)
                          ? epoch_of(&f) : 1;
                for ( ;; ) {
                    pause();
                }
            }
        }

        for (i = 0; i < 6; i++) {
            for (n = 0; n < 5000 && seen[i] == 0; n++) {
                nap(1);
            }

            bad += (seen[i] < 2);
            epochs += (seen[i] != seen[0]);
        }

        for (i = 0; i < 6; i++) {
            put_down(pid[i]);
        }
    }

    is_int(bad, 0, "all of them open the file");
    is_int(epochs, 0, "in one epoch");

    munmap((void *) seen, 4096);
}


/* killed at any moment of its making, the file is made by the next */

static void
test_killed(void)
{
    int              round, bad;
    pid_t            pid;
    gate_jfile_t     f;
    struct timespec  ts;

    bad = 0;
    ts.tv_sec = 0;

    for (round = 0; round < 60; round++) {
        unlink(path);

        pid = fork();

        if (pid == 0) {
            (void) open_it(&f, 8 * SIZE);
            _exit(0);
        }

        ts.tv_nsec = round * 50000L;
        nanosleep(&ts, NULL);
        put_down(pid);

        if (open_it(&f, 8 * SIZE) != GATE_JOURNAL_OK) {
            diag("round %d: %s", round, err);
            bad++;
            continue;
        }

        gate_jfile_close(&f);
    }

    is_int(bad, 0, "whenever it is killed");
}


static off_t
blocks(void)
{
    struct stat  st;

    return (stat(path, &st) == 0) ? (off_t) st.st_blocks * 512 : -1;
}


/* as a backup leaves it that makes holes of zeros */

static void
test_sparse(void)
{
    int           fd, rc;
    gate_jfile_t  f;

    (void) unlink(path);
    is_int(open_it(&f, SIZE), GATE_JOURNAL_OK, "a file is made");
    gate_jfile_close(&f);

    fd = open(path, O_RDWR);
    rc = (fd == -1) ? -1 : fallocate(fd, FALLOC_FL_PUNCH_HOLE
                                         |FALLOC_FL_KEEP_SIZE,
                                     SIZE / 2, SIZE / 2);
    (void) close(fd);

    if (rc == -1) {
        skip(3, "the file system makes no holes");
        return;
    }

    ok(blocks() < SIZE, "it has a hole");
    is_int(open_it(&f, SIZE), GATE_JOURNAL_OK, "... and is opened again");
    ok(blocks() >= SIZE, "... with all its blocks");
    gate_jfile_close(&f);
}


static void
test_no_room(void)
{
    char          old[sizeof(path)];
    gate_jfile_t  f;

    unlink(path);

    strcpy(old, path);
    snprintf(path, sizeof(path), "%s/no/such/dir", dir);
    is_int(open_it(&f, SIZE), GATE_JOURNAL_ERROR, "no such directory");
    ok(strstr(err, "open() failed (2:") != NULL, "is said: %s", err);
    strcpy(path, old);

    is_int(open_it(&f, (size_t) 1 << 50), GATE_JOURNAL_ERROR, "a petabyte");
    ok(strstr(err, "posix_fallocate() failed") != NULL, "is said: %s", err);
    is_int(open_it(&f, SIZE), GATE_JOURNAL_OK,
           "and nothing of it is in the way: %s", err);
    gate_jfile_close(&f);
}


static int
elapsed_ms(const struct timespec *since)
{
    struct timespec  now;

    clock_gettime(CLOCK_MONOTONIC, &now);

    return (int) ((now.tv_sec - since->tv_sec) * 1000
                  + (now.tv_nsec - since->tv_nsec) / 1000000);
}


static volatile sig_atomic_t  in_main;
static pthread_t              main_thread;


static void
on_signal(int signo)
{
    (void) signo;

    in_main += pthread_equal(pthread_self(), main_thread) ? 1 : -1000;
}


static void
test_thread(void)
{
    int                 i, ends[2];
    gate_jfile_t        f;
    struct timespec     ts;
    gate_jfile_thread_t  *s;

    unlink(path);
    (void) open_it(&f, SIZE);

    main_thread = pthread_self();
    signal(SIGUSR1, on_signal);

    s = gate_jfile_thread_start(f.fd, 5);
    ok(s != NULL, "a thread that writes down");

    for (i = 0; i < 50; i++) {
        kill(getpid(), SIGUSR1);
        nap(1);
    }

    is_int(gate_jfile_thread_error(s), 0, "without an error");
    is_int(in_main, 50, "no signal is handled in it");
    gate_jfile_thread_stop(s);

    s = gate_jfile_thread_start(f.fd, 60000);
    clock_gettime(CLOCK_MONOTONIC, &ts);
    gate_jfile_thread_stop(s);
    ok(elapsed_ms(&ts) < 2000, "it ends at once");

    if (pipe(ends) == 0) {
        s = gate_jfile_thread_start(ends[0], 1);

        for (i = 0; i < 2000 && gate_jfile_thread_error(s) == 0; i++) {
            nap(1);
        }

        is_int(gate_jfile_thread_error(s), EINVAL, "an error is told");
        gate_jfile_thread_stop(s);
        close(ends[0]);
        close(ends[1]);
    }

    gate_jfile_close(&f);
}


static void
test_sync(void)
{
    int                 i, ends[2];
    gate_jfile_t        f;
    struct timespec     ts;
    gate_jfile_sync_t  *s;

    unlink(path);
    (void) open_it(&f, SIZE);

    s = gate_jfile_sync_start(f.fd, 5);
    ok(s != NULL, "the file is written down");

    if (s->thread == NULL) {
        for (i = 0; i < 4000 && s->done < 3; i++) {
            (void) gate_jfile_sync_look(s);
            nap(1);
        }

        is_int(s->done, 3, "again and again, without a thread");
    }

    is_int(gate_jfile_sync_look(s), 0, "which no error ends");
    gate_jfile_sync_stop(s);

    s = gate_jfile_sync_start(dup(f.fd), 60000);

    if (s->thread == NULL) {
        for (i = 0; i < 4000 && s->done < 1; i++) {
            (void) gate_jfile_sync_look(s);
            nap(1);
        }

        nap(20);
        (void) gate_jfile_sync_look(s);
        is_int(s->done + s->pending, 1, "not before it is time");

        s->told -= 60000;
        (void) gate_jfile_sync_look(s);
        is_int(s->pending, 1, "then it is told once more");

        close(s->fd);

        for (i = 0; i < 4000 && s->pending; i++) {
            s->told = gate_jfile_sync_now();
            (void) gate_jfile_sync_look(s);
            nap(1);
        }

        s->told -= 60000;
        is_int(gate_jfile_sync_look(s), EBADF, "an error of asking is told");
    }

    clock_gettime(CLOCK_MONOTONIC, &ts);
    gate_jfile_sync_stop(s);
    ok(elapsed_ms(&ts) < 2000, "asynchronous writing ends at once");

    if (pipe(ends) == 0) {
        s = gate_jfile_sync_start(ends[0], 1);
        ok(s->thread != NULL, "where the kernel cannot, a thread does it");

        for (i = 0; i < 2000 && gate_jfile_sync_look(s) == 0; i++) {
            nap(1);
        }

        is_int(gate_jfile_sync_look(s), EINVAL, "and its error is told");
        gate_jfile_sync_stop(s);
        close(ends[0]);
        close(ends[1]);
    }

    gate_jfile_close(&f);
}


int
main(void)
{
    const char  *tmp;

    tmp = getenv("TMPDIR");

    snprintf(dir, sizeof(dir), "%.150s/jfile.XXXXXX", tmp ? tmp : "/tmp");

    if (mkdtemp(dir) == NULL) {
        fail("a directory to work in");
        return done_testing();
    }

    snprintf(path, sizeof(path), "%s/usage", dir);

    test_create();
    test_owner();
    test_wrong();
    test_begun();
    test_copy();
    test_cold();
    test_locks();
    test_handover();
    test_reopen();
    test_damaged();
    test_at_once();
    test_killed();
    test_sparse();
    test_no_room();
    test_thread();
    test_sync();

    unlink(path);
    rmdir(dir);

    return done_testing();
}
