
/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * A copy of a damaged journal, as it was found.
 */


#define _GNU_SOURCE           /* O_CLOEXEC */

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "gate_jfile_copy.h"


#define GATE_JFILE_COPIES     999
#define GATE_JFILE_BLOCK      65536


static int gate_jfile_copy_make(const char *path, char *name, size_t len,
    int *number);
static int gate_jfile_copy_bytes(int from, int to, size_t size);


int
gate_jfile_copy(int fd, const char *path, size_t size)
{
    int     to, rc, number;
    char   *name;
    size_t  len;

    len = strlen(path) + sizeof(".damaged-999");

    name = malloc(len);
    if (name == NULL) {
        return 0;
    }

    to = gate_jfile_copy_make(path, name, len, &number);

    if (to == -1) {
        free(name);
        return 0;
    }

    rc = gate_jfile_copy_bytes(fd, to, size);

    if (rc != 0) {
        number = 0;
        (void) unlink(name);
    }

    (void) close(to);
    free(name);

    errno = rc;

    return number;
}


static int
gate_jfile_copy_make(const char *path, char *name, size_t len, int *number)
{
    int  fd, n;

    for (n = 1; n <= GATE_JFILE_COPIES; n++) {
        (void) snprintf(name, len, "%s.damaged-%d", path, n);

        fd = open(name, O_WRONLY|O_CREAT|O_EXCL|O_CLOEXEC, 0600);

        if (fd != -1) {
            *number = n;
            return fd;
        }

        if (errno != EEXIST) {
            return -1;
        }
    }

    return -1;
}


/* an errno or 0; what is zero stays a hole */

static int
gate_jfile_copy_bytes(int from, int to, size_t size)
{
    size_t   at;
    ssize_t  n;

    static const unsigned char  zeros[GATE_JFILE_BLOCK];

    unsigned char               block[GATE_JFILE_BLOCK];

    if (ftruncate(to, (off_t) size) == -1) {
        return errno;
    }

    for (at = 0; at < size; at += (size_t) n) {
        n = pread(from, block, sizeof(block), (off_t) at);

        if (n <= 0) {
            return (n == 0) ? EIO : errno;
        }

        if (memcmp(block, zeros, (size_t) n) == 0) {
            continue;
        }

        if (pwrite(to, block, (size_t) n, (off_t) at) != n) {
            return errno ? errno : ENOSPC;
        }
    }

    return (fsync(to) == -1) ? errno : 0;
}
