
/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * The fence: stripes, the epoch of all of them, and the time until which all
 * changes were heard of.
 */


#include "gate_fence.h"
#include "gate_xxh.h"


static void gate_fence_later(uint64_t *at_ms, uint64_t ms);


void
gate_fence_init(gate_fence_t *f, uint32_t random)
{
    memset(f, 0, sizeof(gate_fence_t));

    f->epoch = random;
}


uint32_t
gate_fence_at(gate_kind_e kind, gate_str_t name)
{
    return (uint32_t) (gate_xxh64(name, (uint64_t) kind) % GATE_FENCE_STRIPES);
}


void
gate_fence_bump(gate_fence_t *f, uint32_t stripe)
{
    (void) __atomic_add_fetch(&f->stripes[stripe], 1, __ATOMIC_ACQ_REL);
}


void
gate_fence_bump_all(gate_fence_t *f)
{
    (void) __atomic_add_fetch(&f->epoch, 1, __ATOMIC_ACQ_REL);
}


uint64_t
gate_fence_age(const gate_fence_t *f, uint64_t now_ms)
{
    uint64_t  covered;

    covered = __atomic_load_n(&f->covered_ms, __ATOMIC_ACQUIRE);

    if (covered == 0) {
        return GATE_FENCE_NEVER;
    }

    /* another process may have looked at its clock a moment later */

    return (covered < now_ms) ? now_ms - covered : 0;
}


int
gate_fence_cover(gate_fence_t *f, uint64_t from_ms, uint64_t until_ms)
{
    if (__atomic_load_n(&f->covered_ms, __ATOMIC_ACQUIRE) < from_ms) {
        gate_fence_later(&f->wanted_ms, from_ms);
        return 0;
    }

    gate_fence_later(&f->covered_ms, until_ms);

    return 1;
}


int
gate_fence_wanted(const gate_fence_t *f)
{
    return __atomic_load_n(&f->covered_ms, __ATOMIC_ACQUIRE)
           < __atomic_load_n(&f->wanted_ms, __ATOMIC_ACQUIRE);
}


void
gate_fence_restart(gate_fence_t *f, uint64_t until_ms)
{
    /* in this order: nobody takes what is old for what is known */

    gate_fence_bump_all(f);
    gate_fence_later(&f->covered_ms, until_ms);
}


/* several may move it, and it never goes back */

static void
gate_fence_later(uint64_t *at_ms, uint64_t ms)
{
    uint64_t  old;

    old = __atomic_load_n(at_ms, __ATOMIC_ACQUIRE);

    while (old < ms
           && !__atomic_compare_exchange_n(at_ms, &old, ms, 0,
                                           __ATOMIC_ACQ_REL,
                                           __ATOMIC_ACQUIRE))
    {
        /* void */
    }
}
