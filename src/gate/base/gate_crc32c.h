
/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * CRC-32C (Castagnoli; RFC 3720, appendix B.4), by the processor where it can.
 */


#ifndef GATE_CRC32C_H_INCLUDED_
#define GATE_CRC32C_H_INCLUDED_


#include <stddef.h>
#include <stdint.h>

#if defined(__ARM_FEATURE_CRC32)
#include <arm_acle.h>
#endif


/* of "len" bytes, continued from "crc", which is 0 at first */
uint32_t gate_crc32c(uint32_t crc, const void *data, size_t len);

/* the same as below, in C */
uint32_t gate_crc32c_soft(uint32_t crc, uint64_t word);


/*
 * The bare remainder of eight bytes, nothing inverted.  So it is linear: the
 * remainder of a ^ b is that of a ^ that of b, and 0 has 0.
 */

static inline uint32_t
gate_crc32c_word(uint32_t crc, uint64_t word)
{
#if defined(__x86_64__)

    uint64_t  rest = crc;

    if (__builtin_cpu_supports("sse4.2")) {
        __asm__("crc32q %1, %0" : "+r" (rest) : "rm" (word));
        return (uint32_t) rest;
    }

#elif defined(__ARM_FEATURE_CRC32)

    return __crc32cd(crc, word);

#endif

    return gate_crc32c_soft(crc, word);
}


#endif /* GATE_CRC32C_H_INCLUDED_ */
