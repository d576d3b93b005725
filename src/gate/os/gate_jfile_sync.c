
/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * The kernel is told to write the journal's file down: what the power may take
 * is what came since the last time.
 *
 * It is told by asynchronous I/O (io_submit(2), IOCB_CMD_FDSYNC, Linux 4.18),
 * and who started it looks how it went when he tells it again.  Where there is
 * none a thread does it, which has its price: in a process with two threads
 * glibc does more at each system call and each allocation.
 */


#define _GNU_SOURCE           /* syscall() */

#include <errno.h>
#include <linux/aio_abi.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "gate_jfile.h"
#include "gate_jfile_thread.h"


struct gate_jfile_sync_s {
    gate_jfile_thread_t   *thread;            /* NULL: asynchronous I/O */
    aio_context_t          aio;
    int                    fd;
    int                    error;
    unsigned               interval_ms;
    unsigned               pending;
    unsigned               done;              /* how often it was written */
    int64_t                told;              /* ms */
};


static int gate_jfile_sync_tell(gate_jfile_sync_t *s);
static void gate_jfile_sync_hear(gate_jfile_sync_t *s);
static int64_t gate_jfile_sync_now(void);


gate_jfile_sync_t *
gate_jfile_sync_start(int fd, unsigned interval_ms)
{
    int                 err;
    gate_jfile_sync_t  *s;

    s = calloc(1, sizeof(gate_jfile_sync_t));
    if (s == NULL) {
        return NULL;
    }

    s->fd = fd;
    s->interval_ms = interval_ms;

    if (syscall(SYS_io_setup, 1U, &s->aio) == 0) {

        if (gate_jfile_sync_tell(s) == 0) {
            return s;
        }

        (void) syscall(SYS_io_destroy, s->aio);
    }

    s->thread = gate_jfile_thread_start(fd, interval_ms);

    if (s->thread == NULL) {
        err = errno;
        free(s);
        errno = err;
        return NULL;
    }

    return s;
}


/* waits for what is under way */

void
gate_jfile_sync_stop(gate_jfile_sync_t *s)
{
    if (s->thread != NULL) {
        gate_jfile_thread_stop(s->thread);

    } else {
        (void) syscall(SYS_io_destroy, s->aio);
    }

    free(s);
}


int
gate_jfile_sync_look(gate_jfile_sync_t *s)
{
    int  err;

    if (s->thread != NULL) {
        return gate_jfile_thread_error(s->thread);
    }

    gate_jfile_sync_hear(s);

    /* who looks once in the interval may be a little early */

    if (!s->pending
        && gate_jfile_sync_now() - s->told >= s->interval_ms / 4 * 3)
    {
        err = gate_jfile_sync_tell(s);

        if (err != 0) {
            s->error = err;
        }
    }

    return s->error;
}


static int
gate_jfile_sync_tell(gate_jfile_sync_t *s)
{
    struct iocb   cb, *list;

    memset(&cb, 0, sizeof(cb));

    cb.aio_lio_opcode = IOCB_CMD_FDSYNC;
    cb.aio_fildes = (uint32_t) s->fd;
    list = &cb;

    s->told = gate_jfile_sync_now();

    if (syscall(SYS_io_submit, s->aio, 1L, &list) != 1) {
        return errno ? errno : EAGAIN;
    }

    s->pending = 1;

    return 0;
}


/* does not wait */

static void
gate_jfile_sync_hear(gate_jfile_sync_t *s)
{
    struct timespec  none;
    struct io_event  event;

    if (!s->pending) {
        return;
    }

    memset(&none, 0, sizeof(none));

    if (syscall(SYS_io_getevents, s->aio, 0L, 1L, &event, &none) != 1) {
        return;
    }

    s->pending = 0;
    s->error = (event.res < 0) ? (int) -event.res : 0;
    s->done += (event.res < 0) ? 0 : 1;
}


static int64_t
gate_jfile_sync_now(void)
{
    struct timespec  ts;

    (void) clock_gettime(CLOCK_MONOTONIC, &ts);

    return (int64_t) ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}
