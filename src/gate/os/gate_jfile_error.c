
/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * The sentence that says why a journal's file cannot be used.
 */


#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "gate_jfile_error.h"


gate_journal_rc_e
gate_jfile_refuse(gate_jfile_err_t *err, gate_journal_rc_e rc, off_t has,
    size_t size, uint32_t version)
{
    switch (rc) {

    case GATE_JOURNAL_SIZE:
        return gate_jfile_fail(err, rc,
                               "file is %lld bytes, configured are %llu: "
                               "write that size, or name another file",
                               (long long) has, (unsigned long long) size);

    case GATE_JOURNAL_FOREIGN:
        return gate_jfile_fail(err, rc,
                               "is not a journal: name another file");

    case GATE_JOURNAL_OLDER:
        return gate_jfile_fail(err, rc,
                               "is a journal of version %u, which is not read "
                               "any more: have the release that wrote it ship "
                               "it, then name another file", version);

    case GATE_JOURNAL_NEWER:
        return gate_jfile_fail(err, rc,
                               "is a journal of version %u, which is newer "
                               "than this release: use the release that wrote "
                               "it, or name another file", version);

    case GATE_JOURNAL_DAMAGED:
        return gate_jfile_fail(err, rc,
                               "the journal's header is damaged: keep that "
                               "file, and name another one");

    case GATE_JOURNAL_NO_MEMORY:
        return gate_jfile_fail(err, rc, "no memory");

    default:
        return gate_jfile_fail(err, rc, "cannot be used as a journal");
    }
}


gate_journal_rc_e
gate_jfile_failed(gate_jfile_err_t *err, const char *call)
{
    int                e;
    gate_journal_rc_e  rc;

    e = errno;

    rc = gate_jfile_fail(err, GATE_JOURNAL_ERROR, "%s failed (%d: %s)", call,
                         e, strerror(e));
    errno = e;

    return rc;
}


gate_journal_rc_e
gate_jfile_fail(gate_jfile_err_t *err, gate_journal_rc_e rc,
    const char *fmt, ...)
{
    va_list  args;

    if (err->len) {
        va_start(args, fmt);
        (void) vsnprintf(err->data, err->len, fmt, args);
        va_end(args);
    }

    return rc;
}
