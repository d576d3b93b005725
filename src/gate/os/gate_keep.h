
/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * A small file is written by a thread of its own: nobody waits for a disk, and
 * whoever reads it finds the old one or the new one as a whole.
 */


#ifndef GATE_KEEP_H_INCLUDED_
#define GATE_KEEP_H_INCLUDED_


#include "gate_str.h"


#define GATE_KEEP_BUSY  -1


/*
 * "head" and "text", of which copies are made, into the file of that path, for
 * its owner alone.  0: there is no memory or no thread.  What becomes of it is
 * in "error", which lives as long as the process: GATE_KEEP_BUSY, and an errno
 * or 0 in the end.
 */
int gate_keep(const char *path, gate_str_t head, gate_str_t text, int *error);


#endif /* GATE_KEEP_H_INCLUDED_ */
