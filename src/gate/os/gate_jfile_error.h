
/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * The sentence that says why a journal's file cannot be used.
 */


#ifndef GATE_JFILE_ERROR_H_INCLUDED_
#define GATE_JFILE_ERROR_H_INCLUDED_


#include <sys/types.h>

#include "gate_journal.h"


typedef struct {
    char                  *data;
    size_t                 len;
} gate_jfile_err_t;


/*
 * "rc" in words, for a file of "has" bytes where "size" are configured, and of
 * a version of the format
 */
gate_journal_rc_e gate_jfile_refuse(gate_jfile_err_t *err,
    gate_journal_rc_e rc, off_t has, size_t size, uint32_t version);

/* a system call, by its errno, which stays */
gate_journal_rc_e gate_jfile_failed(gate_jfile_err_t *err, const char *call);

/* any sentence; gives "rc" */
gate_journal_rc_e gate_jfile_fail(gate_jfile_err_t *err, gate_journal_rc_e rc,
    const char *fmt, ...);


#endif /* GATE_JFILE_ERROR_H_INCLUDED_ */
