
/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * A copy of a damaged journal, as it was found.
 */


#ifndef GATE_JFILE_COPY_H_INCLUDED_
#define GATE_JFILE_COPY_H_INCLUDED_


#include <sys/types.h>


/*
 * "size" bytes of "fd" to PATH.damaged-N of mode 0600, N being the first one
 * that is not there; gives N, 0: there is no copy, see errno.
 */
int gate_jfile_copy(int fd, const char *path, size_t size);


#endif /* GATE_JFILE_COPY_H_INCLUDED_ */
