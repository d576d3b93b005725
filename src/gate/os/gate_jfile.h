
/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * The journal's file: created whole, checked, mapped shared, written down.
 */


#ifndef GATE_JFILE_H_INCLUDED_
#define GATE_JFILE_H_INCLUDED_


#include <sys/types.h>

#include "gate_jfile_lock.h"


typedef struct {
    int                    fd;                /* this process's description */
    void                  *base;
    size_t                 size;
    gate_journal_t        *journal;

    /* what was found when it was opened and nobody used it */
    uint32_t               damaged;           /* parts */
    int                    copy;              /* PATH.damaged-N, 0: none */
    int                    copy_error;        /* why there is none */
} gate_jfile_t;


/*
 * create (posix_fallocate, mode 0600, owner uid:gid unless -1) or open, check
 * size and header, map; if no living process has the file, look for damage and
 * begin a new epoch.
 * "err" gets a sentence of what is wrong.  Safe against a second process that
 * does the same at that moment.  Size 0: one that is there, of whatever size.
 */
gate_journal_rc_e gate_jfile_open(gate_jfile_t *f, const char *path,
    size_t size, uid_t uid, gid_t gid, char *err, size_t errlen);

/* read-only check for "nginx -t": a missing file is fine, nothing is written */
gate_journal_rc_e gate_jfile_test(const char *path, size_t size, char *err,
    size_t errlen);

/*
 * in a worker, after fork: an open file description of its own for the file
 * that "f" maps (through /proc/self/fd, else by path with the inode compared)
 */
gate_journal_rc_e gate_jfile_reopen(gate_jfile_t *f, const char *path, int *fd);

void gate_jfile_close(gate_jfile_t *f);

/* 1: the file is as long as the mapping: another one has not cut it */
int gate_jfile_whole(const gate_jfile_t *f);

/* 1: both are of one file */
int gate_jfile_same(const gate_jfile_t *a, const gate_jfile_t *b);

/*
 * The file is written down, as by fdatasync(fd), now and every interval_ms
 * until it is stopped, by who looks at least as often.  NULL: errno says why.
 */
typedef struct gate_jfile_sync_s  gate_jfile_sync_t;

gate_jfile_sync_t *gate_jfile_sync_start(int fd, unsigned interval_ms);
void gate_jfile_sync_stop(gate_jfile_sync_t *s);

/* does not wait; 0 if it was fine the last time, else its errno */
int gate_jfile_sync_look(gate_jfile_sync_t *s);


#endif /* GATE_JFILE_H_INCLUDED_ */
