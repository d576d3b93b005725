
/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * XXH64, written from the xxHash specification 0.1.1.
 */


#include <endian.h>

#include "gate_xxh.h"


#define GATE_XXH_P1      0x9E3779B185EBCA87ULL
#define GATE_XXH_P2      0xC2B2AE3D27D4EB4FULL
#define GATE_XXH_P3      0x165667B19E3779F9ULL
#define GATE_XXH_P4      0x85EBCA77C2B2AE63ULL
#define GATE_XXH_P5      0x27D4EB2F165667C5ULL

#define GATE_XXH_STRIPE  32


typedef struct {
    uint64_t               lane[4];
    uint64_t               total;
    unsigned char          tail[GATE_XXH_STRIPE];
    size_t                 ntail;
} gate_xxh_t;


static void gate_xxh_init(gate_xxh_t *x, uint64_t seed);
static void gate_xxh_add(gate_xxh_t *x, gate_str_t in);
static uint64_t gate_xxh_end(const gate_xxh_t *x);
static uint64_t gate_xxh_tail(const gate_xxh_t *x, uint64_t h);
static gate_str_t gate_xxh_stripes(gate_xxh_t *x, gate_str_t in);
static uint64_t gate_xxh_merge(uint64_t h, uint64_t lane);
static uint64_t gate_xxh_round(uint64_t acc, uint64_t in);
static uint64_t gate_xxh_rotl(uint64_t n, unsigned bits);
static uint64_t gate_xxh_read64(const unsigned char *p);
static uint64_t gate_xxh_read32(const unsigned char *p);


uint64_t
gate_xxh64(gate_str_t in, uint64_t seed)
{
    gate_xxh_t  x;

    gate_xxh_init(&x, seed);
    gate_xxh_add(&x, in);

    return gate_xxh_end(&x);
}


uint64_t
gate_xxh64_pair(gate_str_t a, gate_str_t b, uint64_t seed)
{
    gate_xxh_t  x;

    gate_xxh_init(&x, seed);
    gate_xxh_add(&x, a);
    gate_xxh_add(&x, gate_str("", 1));
    gate_xxh_add(&x, b);

    return gate_xxh_end(&x);
}


static void
gate_xxh_init(gate_xxh_t *x, uint64_t seed)
{
    x->lane[0] = seed + GATE_XXH_P1 + GATE_XXH_P2;
    x->lane[1] = seed + GATE_XXH_P2;
    x->lane[2] = seed;
    x->lane[3] = seed - GATE_XXH_P1;
    x->total = 0;
    x->ntail = 0;
}


static void
gate_xxh_add(gate_xxh_t *x, gate_str_t in)
{
    size_t  n;

    x->total += in.len;

    if (x->ntail) {
        n = GATE_XXH_STRIPE - x->ntail;

        if (n > in.len) {
            n = in.len;
        }

        if (n) {
            memcpy(x->tail + x->ntail, in.data, n);

            x->ntail += n;
            in.data += n;
            in.len -= n;
        }

        if (x->ntail < GATE_XXH_STRIPE) {
            return;
        }

        (void) gate_xxh_stripes(x, gate_str(x->tail, GATE_XXH_STRIPE));
        x->ntail = 0;
    }

    if (in.len >= GATE_XXH_STRIPE) {
        in = gate_xxh_stripes(x, in);
    }

    if (in.len) {
        memcpy(x->tail, in.data, in.len);
        x->ntail = in.len;
    }
}


static uint64_t
gate_xxh_end(const gate_xxh_t *x)
{
    size_t    i;
    uint64_t  h;

    if (x->total >= GATE_XXH_STRIPE) {
        h = gate_xxh_rotl(x->lane[0], 1) + gate_xxh_rotl(x->lane[1], 7)
            + gate_xxh_rotl(x->lane[2], 12) + gate_xxh_rotl(x->lane[3], 18);

        for (i = 0; i < 4; i++) {
            h = gate_xxh_merge(h, x->lane[i]);
        }

    } else {
        /* lane 2 is still the seed */

        h = x->lane[2] + GATE_XXH_P5;
    }

    h = gate_xxh_tail(x, h + x->total);

    h ^= h >> 33;
    h *= GATE_XXH_P2;
    h ^= h >> 29;
    h *= GATE_XXH_P3;
    h ^= h >> 32;

    return h;
}


static uint64_t
gate_xxh_tail(const gate_xxh_t *x, uint64_t h)
{
    const unsigned char  *p, *last;

    p = x->tail;
    last = x->tail + x->ntail;

    while (last - p >= 8) {
        h ^= gate_xxh_round(0, gate_xxh_read64(p));
        h = gate_xxh_rotl(h, 27) * GATE_XXH_P1 + GATE_XXH_P4;
        p += 8;
    }

    if (last - p >= 4) {
        h ^= gate_xxh_read32(p) * GATE_XXH_P1;
        h = gate_xxh_rotl(h, 23) * GATE_XXH_P2 + GATE_XXH_P3;
        p += 4;
    }

    while (p < last) {
        h ^= *p * GATE_XXH_P5;
        h = gate_xxh_rotl(h, 11) * GATE_XXH_P1;
        p++;
    }

    return h;
}


/* all whole ones, with the lanes in registers; what is left */

static gate_str_t
gate_xxh_stripes(gate_xxh_t *x, gate_str_t in)
{
    uint64_t              a, b, c, d;
    const unsigned char  *p, *last;

    a = x->lane[0];
    b = x->lane[1];
    c = x->lane[2];
    d = x->lane[3];

    p = in.data;
    last = p + in.len / GATE_XXH_STRIPE * GATE_XXH_STRIPE;

    for ( /* void */ ; p < last; p += GATE_XXH_STRIPE) {
        a = gate_xxh_round(a, gate_xxh_read64(p));
        b = gate_xxh_round(b, gate_xxh_read64(p + 8));
        c = gate_xxh_round(c, gate_xxh_read64(p + 16));
        d = gate_xxh_round(d, gate_xxh_read64(p + 24));
    }

    x->lane[0] = a;
    x->lane[1] = b;
    x->lane[2] = c;
    x->lane[3] = d;

    return gate_str(p, in.len % GATE_XXH_STRIPE);
}


static uint64_t
gate_xxh_merge(uint64_t h, uint64_t lane)
{
    h ^= gate_xxh_round(0, lane);

    return h * GATE_XXH_P1 + GATE_XXH_P4;
}


static uint64_t
gate_xxh_round(uint64_t acc, uint64_t in)
{
    return gate_xxh_rotl(acc + in * GATE_XXH_P2, 31) * GATE_XXH_P1;
}


static uint64_t
gate_xxh_rotl(uint64_t n, unsigned bits)
{
    return n << bits | n >> (64 - bits);
}


/* little endian on every machine: the number is shared between nodes */

static uint64_t
gate_xxh_read64(const unsigned char *p)
{
    uint64_t  n;

    memcpy(&n, p, sizeof(uint64_t));

    return le64toh(n);
}


static uint64_t
gate_xxh_read32(const unsigned char *p)
{
    return (uint64_t) p[0] | (uint64_t) p[1] << 8 | (uint64_t) p[2] << 16
           | (uint64_t) p[3] << 24;
}
