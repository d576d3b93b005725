
/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * The locks of the journal's file.
 */


#define _GNU_SOURCE           /* F_OFD_SETLK */

#include <errno.h>
#include <fcntl.h>
#include <time.h>

#include "gate_jfile_lock.h"


#define GATE_JFILE_WRITER     (GATE_JFILE_INIT + 4096)

#define GATE_JFILE_WAIT_MS    10000
#define GATE_JFILE_STEP_MS    10


int
gate_jfile_try_lock(void *data, uint32_t writer)
{
    int  *fd = data;

    return gate_jfile_lock(*fd, F_WRLCK, GATE_JFILE_WRITER + (off_t) writer)
           == 0;
}


void
gate_jfile_unlock(void *data, uint32_t writer)
{
    int  *fd = data;

    (void) gate_jfile_lock(*fd, F_UNLCK, GATE_JFILE_WRITER + (off_t) writer);
}


int
gate_jfile_try_ship(int fd)
{
    return gate_jfile_lock(fd, F_WRLCK, GATE_JFILE_SHIP) == 0;
}


void
gate_jfile_end_ship(int fd)
{
    (void) gate_jfile_lock(fd, F_UNLCK, GATE_JFILE_SHIP);
}


int
gate_jfile_lock_wait(int fd, short type, off_t at)
{
    int              ms;
    struct timespec  ts;

    ts.tv_sec = 0;
    ts.tv_nsec = GATE_JFILE_STEP_MS * 1000000L;

    for (ms = 0; ms < GATE_JFILE_WAIT_MS; ms += GATE_JFILE_STEP_MS) {

        if (gate_jfile_lock(fd, type, at) == 0) {
            return 0;
        }

        if (errno != EAGAIN && errno != EACCES && errno != EINTR) {
            return -1;
        }

        (void) nanosleep(&ts, NULL);
    }

    errno = EAGAIN;

    return -1;
}


int
gate_jfile_lock(int fd, short type, off_t at)
{
    struct flock  fl;

    memset(&fl, 0, sizeof(fl));

    fl.l_type = type;
    fl.l_whence = SEEK_SET;
    fl.l_start = at;
    fl.l_len = 1;

    return fcntl(fd, F_OFD_SETLK, &fl);
}
