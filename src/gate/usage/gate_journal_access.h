
/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * The only ways to read and to write the journal's region.
 *
 * kill -9 cuts a process between two instructions, and what it stored before
 * stays; so all that matters is that stores happen in the order written here.
 * A release store is not moved before an earlier one: all are of that kind.  A
 * test defines GATE_JOURNAL_CRASHPOINT() and dies after each of them in turn,
 * or lets another process run there and after each load.
 */


#ifndef GATE_JOURNAL_ACCESS_H_INCLUDED_
#define GATE_JOURNAL_ACCESS_H_INCLUDED_


#include <stdint.h>


#ifndef GATE_JOURNAL_CRASHPOINT
#define GATE_JOURNAL_CRASHPOINT()             /* after each store */
#endif

#ifndef GATE_JOURNAL_LOOKPOINT
#define GATE_JOURNAL_LOOKPOINT(value)         /* after each load */
#endif


static inline uint32_t
gate_journal_get32(const uint32_t *p)
{
    uint32_t  v;

    v = __atomic_load_n(p, __ATOMIC_ACQUIRE);
    GATE_JOURNAL_LOOKPOINT(v);

    return v;
}


static inline uint64_t
gate_journal_get64(const uint64_t *p)
{
    uint64_t  v;

    v = __atomic_load_n(p, __ATOMIC_ACQUIRE);
    GATE_JOURNAL_LOOKPOINT(v);

    return v;
}


static inline void
gate_journal_put32(uint32_t *p, uint32_t v)
{
    __atomic_store_n(p, v, __ATOMIC_RELEASE);
    GATE_JOURNAL_CRASHPOINT();
}


static inline void
gate_journal_put64(uint64_t *p, uint64_t v)
{
    __atomic_store_n(p, v, __ATOMIC_RELEASE);
    GATE_JOURNAL_CRASHPOINT();
}


static inline int
gate_journal_swap32(uint32_t *p, uint32_t old, uint32_t v)
{
    int  done;

    done = __atomic_compare_exchange_n(p, &old, v, 0, __ATOMIC_SEQ_CST,
                                       __ATOMIC_SEQ_CST);
    GATE_JOURNAL_CRASHPOINT();

    return done;
}


static inline int
gate_journal_swap64(uint64_t *p, uint64_t old, uint64_t v)
{
    int  done;

    done = __atomic_compare_exchange_n(p, &old, v, 0, __ATOMIC_SEQ_CST,
                                       __ATOMIC_SEQ_CST);
    GATE_JOURNAL_CRASHPOINT();

    return done;
}


static inline void
gate_journal_fence(void)
{
    __atomic_thread_fence(__ATOMIC_SEQ_CST);
}


#endif /* GATE_JOURNAL_ACCESS_H_INCLUDED_ */
