
/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * The journal's file is written down by a thread, where the kernel does not do
 * it by itself: see gate_jfile_sync.c.
 */


#define _GNU_SOURCE           /* pthread_condattr_setclock() */

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "gate_jfile_thread.h"


/* CLOSE_RANGE_UNSHARE, which older headers do not have */

#define GATE_JFILE_THREAD_UNSHARE  (1U << 1)


struct gate_jfile_thread_s {
    pthread_t              thread;
    pthread_mutex_t        mutex;
    pthread_cond_t         cond;
    unsigned               interval_ms;
    int                    fd;
    int                    stop;
    int                    error;
};


static void *gate_jfile_thread_loop(void *data);
static void gate_jfile_thread_own_files(int fd);


gate_jfile_thread_t *
gate_jfile_thread_start(int fd, unsigned interval_ms)
{
    int                  rc;
    sigset_t             all, old;
    gate_jfile_thread_t  *s;
    pthread_condattr_t   attr;

    s = calloc(1, sizeof(gate_jfile_thread_t));
    if (s == NULL) {
        return NULL;
    }

    s->fd = fd;
    s->interval_ms = interval_ms;

    (void) pthread_condattr_init(&attr);
    (void) pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
    (void) pthread_cond_init(&s->cond, &attr);
    (void) pthread_condattr_destroy(&attr);
    (void) pthread_mutex_init(&s->mutex, NULL);

    /* the thread inherits the mask: no signal handler ever runs in it */

    (void) sigfillset(&all);
    (void) pthread_sigmask(SIG_SETMASK, &all, &old);

    rc = pthread_create(&s->thread, NULL, gate_jfile_thread_loop, s);

    (void) pthread_sigmask(SIG_SETMASK, &old, NULL);

    if (rc != 0) {
        (void) pthread_cond_destroy(&s->cond);
        (void) pthread_mutex_destroy(&s->mutex);
        free(s);
        errno = rc;
        return NULL;
    }

    return s;
}


/* waits for an fdatasync that is under way */

void
gate_jfile_thread_stop(gate_jfile_thread_t *s)
{
    (void) pthread_mutex_lock(&s->mutex);
    s->stop = 1;
    (void) pthread_cond_signal(&s->cond);
    (void) pthread_mutex_unlock(&s->mutex);

    (void) pthread_join(s->thread, NULL);

    (void) pthread_cond_destroy(&s->cond);
    (void) pthread_mutex_destroy(&s->mutex);
    free(s);
}


int
gate_jfile_thread_error(const gate_jfile_thread_t *s)
{
    return __atomic_load_n(&s->error, __ATOMIC_RELAXED);
}


static void *
gate_jfile_thread_loop(void *data)
{
    gate_jfile_thread_t  *s = data;

    struct timespec  ts;

    gate_jfile_thread_own_files(s->fd);

    (void) pthread_mutex_lock(&s->mutex);

    while (!s->stop) {
        (void) clock_gettime(CLOCK_MONOTONIC, &ts);

        ts.tv_sec += s->interval_ms / 1000;
        ts.tv_nsec += (long) (s->interval_ms % 1000) * 1000000L;

        if (ts.tv_nsec >= 1000000000L) {
            ts.tv_nsec -= 1000000000L;
            ts.tv_sec++;
        }

        while (!s->stop
               && pthread_cond_timedwait(&s->cond, &s->mutex, &ts) == 0)
        {
            /* void */
        }

        if (s->stop) {
            break;
        }

        (void) pthread_mutex_unlock(&s->mutex);

        __atomic_store_n(&s->error, fdatasync(s->fd) == -1 ? errno : 0,
                         __ATOMIC_RELAXED);

        (void) pthread_mutex_lock(&s->mutex);
    }

    (void) pthread_mutex_unlock(&s->mutex);

    return NULL;
}


/*
 * While two threads share a table of descriptors each call on a socket takes
 * and drops a reference, which costs a busy worker some per cent.  So this
 * thread gets a table of its own, with the one descriptor it needs; on kernels
 * before 5.9 it goes on with the shared one.
 */

static void
gate_jfile_thread_own_files(int fd)
{
#ifdef SYS_close_range

    if (syscall(SYS_close_range, (unsigned) fd + 1, ~0U,
                GATE_JFILE_THREAD_UNSHARE)
        == 0
        && fd > 0)
    {
        (void) syscall(SYS_close_range, 0U, (unsigned) fd - 1, 0U);
    }

#endif
}
