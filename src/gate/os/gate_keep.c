
/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * A small file is written by a thread of its own.
 */


#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "gate_keep.h"


/* bytes of a temporary file's name behind that of the file, and a NUL */
#define GATE_KEEP_NAME  48


typedef struct {
    int                   *error;
    char                  *path;
    char                  *temp;
    char                  *data;
    size_t                 len;
} gate_keep_t;


static gate_keep_t *gate_keep_make(const char *path, gate_str_t head,
    gate_str_t text);
static void *gate_keep_thread(void *data);
static int gate_keep_write(gate_keep_t *k);
static int gate_keep_all(int fd, const char *p, size_t len);


int
gate_keep(const char *path, gate_str_t head, gate_str_t text, int *error)
{
    int              rc;
    sigset_t         all, old;
    pthread_t        thread;
    gate_keep_t     *k;
    pthread_attr_t   attr;

    k = gate_keep_make(path, head, text);
    if (k == NULL) {
        return 0;
    }

    k->error = error;
    __atomic_store_n(error, GATE_KEEP_BUSY, __ATOMIC_RELAXED);

    (void) pthread_attr_init(&attr);
    (void) pthread_attr_setdetachstate(&attr, PTHREAD_CREATE_DETACHED);

    /* the thread inherits the mask: no signal handler ever runs in it */

    (void) sigfillset(&all);
    (void) pthread_sigmask(SIG_SETMASK, &all, &old);

    rc = pthread_create(&thread, &attr, gate_keep_thread, k);

    (void) pthread_sigmask(SIG_SETMASK, &old, NULL);
    (void) pthread_attr_destroy(&attr);

    if (rc != 0) {
        __atomic_store_n(error, rc, __ATOMIC_RELAXED);
        free(k);
    }

    return rc == 0;
}


/* all of it is one block */

static gate_keep_t *
gate_keep_make(const char *path, gate_str_t head, gate_str_t text)
{
    size_t        n;
    gate_keep_t  *k;

    n = strlen(path);

    k = malloc(sizeof(gate_keep_t) + 2 * n + 1 + GATE_KEEP_NAME
               + head.len + text.len);
    if (k == NULL) {
        return NULL;
    }

    k->path = (char *) (k + 1);
    memcpy(k->path, path, n + 1);

    k->temp = k->path + n + 1;
    (void) snprintf(k->temp, n + GATE_KEEP_NAME, "%s.%ld-%lx", path,
                    (long) getpid(), (unsigned long) (uintptr_t) k);

    k->data = k->temp + n + GATE_KEEP_NAME;
    k->len = head.len + text.len;

    if (head.len != 0) {
        memcpy(k->data, head.data, head.len);
    }

    if (text.len != 0) {
        memcpy(k->data + head.len, text.data, text.len);
    }

    return k;
}


static void *
gate_keep_thread(void *data)
{
    gate_keep_t  *k = data;

    __atomic_store_n(k->error, gate_keep_write(k), __ATOMIC_RELAXED);

    free(k);

    return NULL;
}


static int
gate_keep_write(gate_keep_t *k)
{
    int  fd, error;

    fd = open(k->temp, O_WRONLY|O_CREAT|O_TRUNC|O_NOFOLLOW|O_CLOEXEC, 0600);
    if (fd == -1) {
        return errno;
    }

    error = gate_keep_all(fd, k->data, k->len);

    if (error == 0 && fsync(fd) == -1) {
        error = errno;
    }

    if (close(fd) == -1 && error == 0) {
        error = errno;
    }

    if (error == 0 && rename(k->temp, k->path) == -1) {
        error = errno;
    }

    if (error != 0) {
        (void) unlink(k->temp);
    }

    return error;
}


static int
gate_keep_all(int fd, const char *p, size_t len)
{
    ssize_t  n;

    while (len != 0) {
        n = write(fd, p, len);

        if (n == -1 && errno == EINTR) {
            continue;
        }

        if (n <= 0) {
            return n == 0 ? EIO : errno;
        }

        p += n;
        len -= (size_t) n;
    }

    return 0;
}
