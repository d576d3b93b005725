
/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * The locks of the journal's file, of an open file description (fcntl(2),
 * F_OFD_SETLK): a lock ends with the process that took it, whatever ended the
 * process.
 */


#ifndef GATE_JFILE_LOCK_H_INCLUDED_
#define GATE_JFILE_LOCK_H_INCLUDED_


#include <sys/types.h>

#include "gate_journal.h"


/* one byte each, far beyond any content: locks need no content */

#define GATE_JFILE_INIT       ((off_t) 1 << 60)
#define GATE_JFILE_SHIP       (GATE_JFILE_INIT + 1)
#define GATE_JFILE_LIFE       (GATE_JFILE_INIT + 2)      /* shared by all */


/* locks of writer records for gate_journal_lock_t; "data" is an int * (fd) */
int gate_jfile_try_lock(void *data, uint32_t writer);
void gate_jfile_unlock(void *data, uint32_t writer);

/* the one who ships: 1 if this description now holds the shipper's lock */
int gate_jfile_try_ship(int fd);
void gate_jfile_end_ship(int fd);

/*
 * the lock of one byte: F_RDLCK, F_WRLCK or F_UNLCK; -1: see errno, EAGAIN if
 * another one has it
 */
int gate_jfile_lock(int fd, short type, off_t at);

/* waits some seconds for it, as who has it may be stopped in a debugger */
int gate_jfile_lock_wait(int fd, short type, off_t at);


#endif /* GATE_JFILE_LOCK_H_INCLUDED_ */
