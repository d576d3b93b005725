
/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * The journal's file: made whole, checked, mapped.
 */


#define _GNU_SOURCE           /* fallocate */

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#include "gate_jfile.h"
#include "gate_jfile_copy.h"
#include "gate_jfile_error.h"
#include "gate_journal_damage.h"


#define GATE_JFILE_HEADER     4096


static gate_journal_rc_e gate_jfile_open_locked(gate_jfile_t *f,
    const char *path, size_t size, uid_t uid, gid_t gid,
    gate_jfile_err_t *err);
static gate_journal_rc_e gate_jfile_stat(int fd, struct stat *st,
    gate_jfile_err_t *err);
static gate_journal_rc_e gate_jfile_make(gate_jfile_t *f, off_t had,
    size_t size, uid_t uid, gid_t gid, gate_jfile_err_t *err);
static gate_journal_rc_e gate_jfile_fill(int fd, const struct stat *st,
    gate_jfile_err_t *err);
static gate_journal_rc_e gate_jfile_attach(gate_jfile_t *f,
    const char *path, int format, gate_jfile_err_t *err);
static gate_journal_rc_e gate_jfile_live(gate_jfile_t *f, const char *path,
    uint64_t random, gate_jfile_err_t *err);
static void gate_jfile_examine(gate_jfile_t *f, const char *path);
static gate_journal_rc_e gate_jfile_test_file(int fd, size_t size,
    gate_jfile_err_t *err);
static gate_journal_rc_e gate_jfile_test_folder(const char *path,
    gate_jfile_err_t *err);
static gate_journal_rc_e gate_jfile_give(int fd, uid_t uid, gid_t gid,
    gate_jfile_err_t *err);
static int gate_jfile_is_new(int fd, off_t size);
static gate_journal_rc_e gate_jfile_random(uint64_t *random,
    gate_jfile_err_t *err);


gate_journal_rc_e
gate_jfile_open(gate_jfile_t *f, const char *path, size_t size, uid_t uid,
    gid_t gid, char *err, size_t errlen)
{
    gate_jfile_err_t   e;
    gate_journal_rc_e  rc;

    e.data = err;
    e.len = errlen;

    memset(f, 0, sizeof(gate_jfile_t));

    f->fd = open(path, O_RDWR|(size ? O_CREAT : 0)
                       |O_CLOEXEC|O_NONBLOCK|O_NOCTTY, 0600);
    if (f->fd == -1) {
        return gate_jfile_failed(&e, "open()");
    }

    if (gate_jfile_lock_wait(f->fd, F_WRLCK, GATE_JFILE_INIT) == -1) {
        rc = (errno == EAGAIN)
             ? gate_jfile_fail(&e, GATE_JOURNAL_ERROR,
                               "another process has been opening it for 10 s")
             : gate_jfile_failed(&e, "fcntl(F_OFD_SETLK)");

    } else {
        rc = gate_jfile_open_locked(f, path, size, uid, gid, &e);
        (void) gate_jfile_lock(f->fd, F_UNLCK, GATE_JFILE_INIT);
    }

    if (rc != GATE_JOURNAL_OK) {
        gate_jfile_close(f);
    }

    return rc;
}


static gate_journal_rc_e
gate_jfile_open_locked(gate_jfile_t *f, const char *path, size_t size,
    uid_t uid, gid_t gid, gate_jfile_err_t *err)
{
    int                create, format;
    struct stat        st;
    gate_journal_rc_e  rc;

    rc = gate_jfile_stat(f->fd, &st, err);
    if (rc != GATE_JOURNAL_OK) {
        return rc;
    }

    create = (size != 0);

    if (!create) {
        size = (size_t) st.st_size;
    }

    if (size < GATE_JOURNAL_MIN_SIZE) {
        return gate_jfile_fail(err, GATE_JOURNAL_SIZE,
                               "a journal has at least %d bytes",
                               GATE_JOURNAL_MIN_SIZE);
    }

    format = create
             && (st.st_size <= (off_t) size)
             && gate_jfile_is_new(f->fd, st.st_size);

    if (format) {
        rc = gate_jfile_make(f, st.st_size, size, uid, gid, err);
        if (rc != GATE_JOURNAL_OK) {
            return rc;
        }

    } else if (st.st_size != (off_t) size) {
        return gate_jfile_refuse(err, GATE_JOURNAL_SIZE, st.st_size, size, 0);

    } else {
        rc = gate_jfile_fill(f->fd, &st, err);
        if (rc != GATE_JOURNAL_OK) {
            return rc;
        }
    }

    f->base = mmap(NULL, size, PROT_READ|PROT_WRITE, MAP_SHARED, f->fd, 0);

    if (f->base == MAP_FAILED) {
        f->base = NULL;
        return gate_jfile_failed(err, "mmap()");
    }

    f->size = size;

    rc = gate_jfile_attach(f, path, format, err);

    return (rc == GATE_JOURNAL_OK) ? gate_jfile_give(f->fd, uid, gid, err)
                                   : rc;
}


static gate_journal_rc_e
gate_jfile_stat(int fd, struct stat *st, gate_jfile_err_t *err)
{
    if (fstat(fd, st) == -1) {
        return gate_jfile_failed(err, "fstat()");
    }

    if (!S_ISREG(st->st_mode)) {
        return gate_jfile_fail(err, GATE_JOURNAL_FOREIGN,
                               "is not a regular file: name one, which is "
                               "made if it is not there");
    }

    return GATE_JOURNAL_OK;
}


/* all blocks now, so that no store into the mapping can fail later */

static gate_journal_rc_e
gate_jfile_make(gate_jfile_t *f, off_t had, size_t size, uid_t uid,
    gid_t gid, gate_jfile_err_t *err)
{
    int                rc;
    gate_journal_rc_e  ret;

    do {
        rc = posix_fallocate(f->fd, 0, (off_t) size);
    } while (rc == EINTR);

    if (rc != 0) {
        errno = rc;
        ret = gate_jfile_failed(err, "posix_fallocate()");

    } else if (fchmod(f->fd, 0600) == -1) {
        ret = gate_jfile_failed(err, "fchmod()");

    } else {
        return GATE_JOURNAL_OK;
    }

    /* what was there was nothing but zeros */

    if (ftruncate(f->fd, had) == -1) {
        return ret;
    }

    return ret;
}


/*
 * One that was restored may have holes in the place of zeros: a store into them
 * kills a worker when the disk is full.  Not posix_fallocate(), which writes
 * zeros where the file system cannot do it: others may use the file.
 */

static gate_journal_rc_e
gate_jfile_fill(int fd, const struct stat *st, gate_jfile_err_t *err)
{
    int  rc;

    if ((off_t) st->st_blocks * 512 >= st->st_size) {
        return GATE_JOURNAL_OK;
    }

    do {
        rc = fallocate(fd, 0, 0, st->st_size);
    } while (rc == -1 && errno == EINTR);

    if (rc == -1 && errno != EOPNOTSUPP && errno != ENOSYS) {
        return gate_jfile_failed(err, "fallocate()");
    }

    return GATE_JOURNAL_OK;
}


static gate_journal_rc_e
gate_jfile_attach(gate_jfile_t *f, const char *path, int format,
    gate_jfile_err_t *err)
{
    uint64_t           random;
    gate_journal_rc_e  rc;

    rc = gate_jfile_random(&random, err);
    if (rc != GATE_JOURNAL_OK) {
        return rc;
    }

    if (format) {
        rc = gate_journal_format(f->base, f->size, random);
        if (rc != GATE_JOURNAL_OK) {
            return gate_jfile_refuse(err, rc, (off_t) f->size, f->size,
                                     gate_journal_version(f->base, f->size));
        }
    }

    rc = gate_journal_attach(f->base, f->size, &f->journal);
    if (rc != GATE_JOURNAL_OK) {
        return gate_jfile_refuse(err, rc, (off_t) f->size, f->size,
                                     gate_journal_version(f->base, f->size));
    }

    return gate_jfile_live(f, path, format ? 0 : random, err);
}


/*
 * Who has the file holds a shared lock with the description that it was mapped
 * by, and so do all children that inherit it: until the last of them is gone,
 * the file is what they made of it.  A file that nobody holds may have been
 * restored, copied, taken back by a snapshot or by a power failure, so that its
 * totals may be less than what was sent once.
 */

static gate_journal_rc_e
gate_jfile_live(gate_jfile_t *f, const char *path, uint64_t random,
    gate_jfile_err_t *err)
{
    if (gate_jfile_lock(f->fd, F_WRLCK, GATE_JFILE_LIFE) == 0) {

        if (random) {
            gate_jfile_examine(f, path);
            gate_journal_begin(f->journal, random);
        }

    } else if (errno != EAGAIN && errno != EACCES) {
        return gate_jfile_failed(err, "fcntl(F_OFD_SETLK)");
    }

    if (gate_jfile_lock(f->fd, F_RDLCK, GATE_JFILE_LIFE) == -1) {
        return gate_jfile_failed(err, "fcntl(F_OFD_SETLK)");
    }

    return GATE_JOURNAL_OK;
}


/* nobody uses it: what is damaged is set aside, beside a copy as it was */

static void
gate_jfile_examine(gate_jfile_t *f, const char *path)
{
    gate_journal_damage_t  d;

    if (gate_journal_verify(f->journal) == 0) {

        if (gate_journal_missing(f->journal) == 0) {
            return;
        }

        if (gate_journal_unsettled(f->journal)) {

            /* of what was told while it was used */

            (void) gate_journal_mend(f->journal);
            return;
        }
    }

    while (gate_journal_next_damage(f->journal, &d)) { /* void */ }

    f->copy = gate_jfile_copy(f->fd, path, f->size);
    f->copy_error = (f->copy == 0) ? errno : 0;

    f->damaged = gate_journal_mend(f->journal);
}


gate_journal_rc_e
gate_jfile_test(const char *path, size_t size, char *err, size_t errlen)
{
    int                fd;
    gate_jfile_err_t   e;
    gate_journal_rc_e  rc;

    e.data = err;
    e.len = errlen;

    if (size < GATE_JOURNAL_MIN_SIZE) {
        return gate_jfile_fail(&e, GATE_JOURNAL_SIZE,
                               "a journal has at least %d bytes",
                               GATE_JOURNAL_MIN_SIZE);
    }

    fd = open(path, O_RDONLY|O_CLOEXEC|O_NONBLOCK|O_NOCTTY);

    if (fd == -1) {
        return (errno == ENOENT) ? gate_jfile_test_folder(path, &e)
                                 : gate_jfile_failed(&e, "open()");
    }

    rc = gate_jfile_test_file(fd, size, &e);

    (void) close(fd);

    return rc;
}


static gate_journal_rc_e
gate_jfile_test_file(int fd, size_t size, gate_jfile_err_t *err)
{
    ssize_t            n;
    struct stat        st;
    gate_journal_rc_e  rc;

    /* aligned as the header it is read as */
    uint64_t           header[GATE_JFILE_HEADER / sizeof(uint64_t)];

    memset(header, 0, sizeof(header));

    rc = gate_jfile_stat(fd, &st, err);
    if (rc != GATE_JOURNAL_OK) {
        return rc;
    }

    if (st.st_size <= (off_t) size && gate_jfile_is_new(fd, st.st_size)) {
        return GATE_JOURNAL_OK;
    }

    if (st.st_size != (off_t) size) {
        return gate_jfile_refuse(err, GATE_JOURNAL_SIZE, st.st_size, size, 0);
    }

    n = pread(fd, header, sizeof(header), 0);

    rc = (n == (ssize_t) sizeof(header))
         ? gate_journal_check(header, size) : GATE_JOURNAL_FOREIGN;

    if (rc != GATE_JOURNAL_OK) {
        (void) gate_jfile_refuse(err, rc, st.st_size, size,
                                 gate_journal_version(header,
                                                      sizeof(header)));
    }

    return rc;
}


/* the file will be made: can it be? */

static gate_journal_rc_e
gate_jfile_test_folder(const char *path, gate_jfile_err_t *err)
{
    char         *folder, *end;
    struct stat   st;

    folder = strdup(path);
    if (folder == NULL) {
        return gate_jfile_fail(err, GATE_JOURNAL_NO_MEMORY, "no memory");
    }

    end = strrchr(folder, '/');

    if (end != NULL) {
        end[1] = '\0';                        /* of "/usage" it is "/" */
    }

    if (stat(end ? folder : ".", &st) == -1) {
        free(folder);
        return gate_jfile_failed(err, "stat() of its folder");
    }

    free(folder);

    return GATE_JOURNAL_OK;
}


/* also one that is there: workers may be of another user since, and a backup
 * may have restored it with another mode */

static gate_journal_rc_e
gate_jfile_give(int fd, uid_t uid, gid_t gid, gate_jfile_err_t *err)
{
    struct stat  st;

    if (uid == (uid_t) -1 && gid == (gid_t) -1) {
        return GATE_JOURNAL_OK;
    }

    if (fstat(fd, &st) == -1) {
        return gate_jfile_failed(err, "fstat()");
    }

    if ((uid != (uid_t) -1 && uid != st.st_uid)
        || (gid != (gid_t) -1 && gid != st.st_gid))
    {
        if (fchown(fd, uid, gid) == -1) {
            return gate_jfile_failed(err, "fchown()");
        }
    }

    /* root could open it whatever its mode is, workers cannot */

    if ((st.st_mode & (S_IRUSR|S_IWUSR)) != (S_IRUSR|S_IWUSR)) {
        if (fchmod(fd, (st.st_mode & 07777) | S_IRUSR | S_IWUSR) == -1) {
            return gate_jfile_failed(err, "fchmod()");
        }
    }

    return GATE_JOURNAL_OK;
}


/*
 * nothing was ever written: the file is empty, or whoever made it was killed
 * before the magic number, which comes last and at the very beginning
 */

static int
gate_jfile_is_new(int fd, off_t size)
{
    off_t     at;
    ssize_t   n, i;
    uint64_t  buf[8192];

    for (at = 0; at < size; at += n) {
        n = pread(fd, buf, sizeof(buf), at);

        if (n <= 0) {
            return 0;
        }

        i = 0;

        if (at == 0) {
            if (n < GATE_JFILE_HEADER || buf[0] != 0) {
                return 0;
            }

            /* the rest of the header may have been begun */

            i = GATE_JFILE_HEADER;
        }

        for ( /* void */ ; i < n; i++) {
            if (((unsigned char *) buf)[i] != 0) {
                return 0;
            }
        }
    }

    return 1;
}


static gate_journal_rc_e
gate_jfile_random(uint64_t *random, gate_jfile_err_t *err)
{
    ssize_t  n;

    do {
        n = getrandom(random, sizeof(uint64_t), 0);

        if (n == -1 && errno != EINTR) {
            return gate_jfile_failed(err, "getrandom()");
        }

    } while (n != (ssize_t) sizeof(uint64_t) || *random == 0);

    return GATE_JOURNAL_OK;
}


gate_journal_rc_e
gate_jfile_reopen(gate_jfile_t *f, const char *path, int *fd)
{
    int          n;
    char         name[64];
    struct stat  ours, st;

    (void) snprintf(name, sizeof(name), "/proc/self/fd/%d", f->fd);

    n = open(name, O_RDWR|O_CLOEXEC);

    if (n == -1) {
        n = open(path, O_RDWR|O_CLOEXEC|O_NONBLOCK|O_NOCTTY);
    }

    if (n == -1) {
        return GATE_JOURNAL_ERROR;
    }

    if (fstat(f->fd, &ours) == -1 || fstat(n, &st) == -1) {
        (void) close(n);
        return GATE_JOURNAL_ERROR;
    }

    if (ours.st_dev != st.st_dev || ours.st_ino != st.st_ino) {
        (void) close(n);
        errno = ESTALE;
        return GATE_JOURNAL_ERROR;
    }

    *fd = n;

    return GATE_JOURNAL_OK;
}


void
gate_jfile_close(gate_jfile_t *f)
{
    if (f->journal != NULL) {
        gate_journal_detach(f->journal);
        f->journal = NULL;
    }

    if (f->base != NULL) {
        (void) munmap(f->base, f->size);
        f->base = NULL;
    }

    if (f->fd != -1) {
        (void) close(f->fd);
        f->fd = -1;
    }
}


int
gate_jfile_whole(const gate_jfile_t *f)
{
    struct stat  st;

    return fstat(f->fd, &st) == 0 && st.st_size >= (off_t) f->size;
}


int
gate_jfile_same(const gate_jfile_t *a, const gate_jfile_t *b)
{
    struct stat  sa, sb;

    return fstat(a->fd, &sa) == 0 && fstat(b->fd, &sb) == 0
           && sa.st_dev == sb.st_dev && sa.st_ino == sb.st_ino;
}
