
/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * Entries in chains of chunks, a hash table of their indices, and a hand that
 * goes round for those who were not asked for.
 */


#include "gate_cache.h"


#define GATE_CACHE_NONE    UINT32_MAX

/* entries that the hand spares because they were asked for, in one round */
#define GATE_CACHE_SPARED  64

enum {
    GATE_CACHE_FREE = 0,
    GATE_CACHE_HEAD,
    GATE_CACHE_MORE
};


/* at the beginning of each chunk */

typedef struct {
    uint32_t               next;              /* chunk, or free one */
    uint8_t                what;
    uint8_t                asked;             /* of a head: since the hand */
    uint16_t               len;               /* bytes of data, of a head */
} gate_cache_link_t;


/* a chunk that an entry begins with */

typedef struct {
    gate_cache_link_t      link;
    uint32_t               same;              /* next of its place */
    uint16_t               stripe[2];
    uint32_t               value[2];
    unsigned char          digest[GATE_SHA256_LEN];
    uint8_t                kind;
    unsigned char          data[7];
} gate_cache_head_t;

typedef struct {
    gate_cache_link_t      link;
    unsigned char          data[GATE_CACHE_CHUNK - sizeof(gate_cache_link_t)];
} gate_cache_more_t;

typedef union {
    gate_cache_link_t      link;
    gate_cache_head_t      head;
    gate_cache_more_t      more;
} gate_cache_chunk_t;

#define GATE_CACHE_IN_HEAD  sizeof(((gate_cache_head_t *) NULL)->data)
#define GATE_CACHE_IN_MORE  sizeof(((gate_cache_more_t *) NULL)->data)


/* then come the places, then the chunks */

struct gate_cache_s {
    uint32_t               busy;              /* somebody changes it */
    uint32_t               places;            /* a power of two */
    uint32_t               chunks;
    uint32_t               free;              /* the first one */
    uint32_t               nfree;
    uint32_t               hand;
    uint64_t               entries;
    uint64_t               evicted;
    uint64_t               emptied;
    uint64_t               room[2];           /* chunks are aligned by 64 */
};


static void gate_cache_empty(gate_cache_t *c);
static void gate_cache_enter(gate_cache_t *c);
static void gate_cache_mark(gate_cache_t *c, uint32_t busy);
static uint32_t *gate_cache_places(gate_cache_t *c);
static gate_cache_chunk_t *gate_cache_chunk(gate_cache_t *c, uint32_t i);
static uint32_t *gate_cache_place(gate_cache_t *c,
    const unsigned char *digest);
static uint32_t *gate_cache_find(gate_cache_t *c,
    const gate_cache_key_t *key);
static void gate_cache_take_out(gate_cache_t *c, uint32_t *at);
static int gate_cache_evict(gate_cache_t *c);
static uint32_t gate_cache_take(gate_cache_t *c, unsigned what);


gate_cache_t *
gate_cache_init(void *memory, size_t size)
{
    uint64_t       chunks;
    gate_cache_t  *c;

    if (size < GATE_CACHE_MIN) {
        return NULL;
    }

    c = memory;
    memset(c, 0, sizeof(gate_cache_t));

    size -= sizeof(gate_cache_t);
    chunks = size / GATE_CACHE_CHUNK;

    /* an entry has two chunks or more, mostly */

    c->places = 1;

    while (c->places < chunks / 2 && c->places < 0x40000000) {
        c->places *= 2;
    }

    /* whole chunks, so that those behind are aligned as the first one */

    size -= c->places * sizeof(uint32_t) / GATE_CACHE_CHUNK * GATE_CACHE_CHUNK
            + GATE_CACHE_CHUNK;
    chunks = size / GATE_CACHE_CHUNK;

    c->chunks = (chunks < GATE_CACHE_NONE) ? (uint32_t) chunks
                                           : GATE_CACHE_NONE - 1;

    gate_cache_empty(c);

    return c;
}


static void
gate_cache_empty(gate_cache_t *c)
{
    uint32_t             i;
    gate_cache_chunk_t  *chunk;

    gate_cache_mark(c, 1);

    memset(gate_cache_places(c), 0xff, c->places * sizeof(uint32_t));

    for (i = 0; i < c->chunks; i++) {
        chunk = gate_cache_chunk(c, i);

        chunk->link.what = GATE_CACHE_FREE;
        chunk->link.next = (i + 1 < c->chunks) ? i + 1 : GATE_CACHE_NONE;
    }

    c->free = 0;
    c->nfree = c->chunks;
    c->hand = 0;
    c->entries = 0;

    gate_cache_mark(c, 0);
}


/* who was here before may have died in the middle */

static void
gate_cache_enter(gate_cache_t *c)
{
    if (__atomic_load_n(&c->busy, __ATOMIC_ACQUIRE)) {
        gate_cache_empty(c);
        c->emptied++;
    }
}


/* what is written before it is written before it, also for who dies between */

static void
gate_cache_mark(gate_cache_t *c, uint32_t busy)
{
    __atomic_thread_fence(__ATOMIC_SEQ_CST);
    __atomic_store_n(&c->busy, busy, __ATOMIC_SEQ_CST);
    __atomic_thread_fence(__ATOMIC_SEQ_CST);
}


static uint32_t *
gate_cache_places(gate_cache_t *c)
{
    return (uint32_t *) (c + 1);
}


static gate_cache_chunk_t *
gate_cache_chunk(gate_cache_t *c, uint32_t i)
{
    unsigned char  *p;

    p = (unsigned char *) (gate_cache_places(c) + c->places);

    return (gate_cache_chunk_t *) p + i;
}


size_t
gate_cache_get(gate_cache_t *c, const gate_cache_key_t *key,
    gate_seen_t *seen, unsigned char *buf)
{
    size_t               n, len, left;
    uint32_t             i;
    gate_cache_chunk_t  *chunk;

    gate_cache_enter(c);

    i = *gate_cache_find(c, key);

    if (i == GATE_CACHE_NONE) {
        return 0;
    }

    chunk = gate_cache_chunk(c, i);
    chunk->link.asked = 1;

    for (i = 0; i < 2; i++) {
        seen->stripe[i] = chunk->head.stripe[i];
        seen->value[i] = chunk->head.value[i];
    }

    len = chunk->link.len;
    left = len;
    n = (left < GATE_CACHE_IN_HEAD) ? left : GATE_CACHE_IN_HEAD;

    memcpy(buf, chunk->head.data, n);

    buf += n;
    left -= n;

    while (left > 0) {
        chunk = gate_cache_chunk(c, chunk->link.next);
        n = (left < GATE_CACHE_IN_MORE) ? left : GATE_CACHE_IN_MORE;

        memcpy(buf, chunk->more.data, n);

        buf += n;
        left -= n;
    }

    return len;
}


int
gate_cache_put(gate_cache_t *c, const gate_cache_key_t *key,
    const gate_seen_t *seen, gate_str_t data)
{
    size_t               n, need;
    uint32_t             i, more, *at;
    gate_cache_chunk_t  *chunk;

    if (data.len == 0 || data.len > GATE_CACHE_MAX) {
        return 0;
    }

    need = 1 + (data.len + GATE_CACHE_IN_MORE - 1) / GATE_CACHE_IN_MORE;

    if (need > c->chunks / 4) {
        return 0;
    }

    gate_cache_enter(c);
    gate_cache_mark(c, 1);

    at = gate_cache_find(c, key);

    if (*at != GATE_CACHE_NONE) {
        gate_cache_take_out(c, at);
    }

    while (c->nfree < need && gate_cache_evict(c)) {
        /* void */
    }

    i = gate_cache_take(c, GATE_CACHE_HEAD);
    chunk = gate_cache_chunk(c, i);

    chunk->link.asked = 0;
    chunk->link.len = (uint16_t) data.len;
    chunk->head.kind = (uint8_t) key->kind;
    memcpy(chunk->head.digest, key->digest, GATE_SHA256_LEN);

    for (n = 0; n < 2; n++) {
        chunk->head.stripe[n] = (uint16_t) seen->stripe[n];
        chunk->head.value[n] = seen->value[n];
    }

    at = gate_cache_place(c, key->digest);
    chunk->head.same = *at;
    *at = i;
    c->entries++;

    n = (data.len < GATE_CACHE_IN_HEAD) ? data.len : GATE_CACHE_IN_HEAD;
    memcpy(chunk->head.data, data.data, n);

    while (n < data.len) {
        more = gate_cache_take(c, GATE_CACHE_MORE);
        chunk->link.next = more;
        chunk = gate_cache_chunk(c, more);

        data.data += n;
        data.len -= n;

        n = (data.len < GATE_CACHE_IN_MORE) ? data.len : GATE_CACHE_IN_MORE;
        memcpy(chunk->more.data, data.data, n);
    }

    gate_cache_mark(c, 0);

    return 1;
}


void
gate_cache_drop(gate_cache_t *c, const gate_cache_key_t *key)
{
    uint32_t  *at;

    gate_cache_enter(c);

    at = gate_cache_find(c, key);

    if (*at != GATE_CACHE_NONE) {
        gate_cache_mark(c, 1);
        gate_cache_take_out(c, at);
        gate_cache_mark(c, 0);
    }
}


void
gate_cache_stat(gate_cache_t *c, gate_cache_stat_t *stat)
{
    gate_cache_enter(c);

    stat->entries = c->entries;
    stat->bytes = (uint64_t) c->chunks * GATE_CACHE_CHUNK;
    stat->used = (uint64_t) (c->chunks - c->nfree) * GATE_CACHE_CHUNK;
    stat->evicted = c->evicted;
    stat->emptied = c->emptied;
}


/* a digest is as good a hash as any, whoever chose the name */

static uint32_t *
gate_cache_place(gate_cache_t *c, const unsigned char *digest)
{
    uint32_t  hash;

    memcpy(&hash, digest, sizeof(hash));

    return &gate_cache_places(c)[hash & (c->places - 1)];
}


/* where its index stands; the last of the place, if it is none */

static uint32_t *
gate_cache_find(gate_cache_t *c, const gate_cache_key_t *key)
{
    uint32_t           *at;
    gate_cache_head_t  *head;

    at = gate_cache_place(c, key->digest);

    while (*at != GATE_CACHE_NONE) {
        head = &gate_cache_chunk(c, *at)->head;

        if (head->kind == key->kind
            && gate_digest_eq(head->digest, key->digest, GATE_SHA256_LEN))
        {
            break;
        }

        at = &head->same;
    }

    return at;
}


/* of a chain, and its chunks are free */

static void
gate_cache_take_out(gate_cache_t *c, uint32_t *at)
{
    size_t               len, n;
    uint32_t             i, next;
    gate_cache_chunk_t  *chunk;

    i = *at;
    chunk = gate_cache_chunk(c, i);
    *at = chunk->head.same;
    c->entries--;

    len = chunk->link.len;
    n = GATE_CACHE_IN_HEAD;

    for ( ;; ) {
        chunk = gate_cache_chunk(c, i);
        next = chunk->link.next;

        chunk->link.what = GATE_CACHE_FREE;
        chunk->link.next = c->free;
        c->free = i;
        c->nfree++;

        if (n >= len) {
            return;
        }

        n += GATE_CACHE_IN_MORE;
        i = next;
    }
}


/*
 * The next one that was not asked for since the hand came by.  It spares some
 * that were, and not more, so that no caller waits for a whole round.
 */

static int
gate_cache_evict(gate_cache_t *c)
{
    uint32_t             steps, spared, *at;
    gate_cache_chunk_t  *chunk;
    gate_cache_key_t     key;

    spared = 0;

    for (steps = 0; steps < 2 * c->chunks; steps++) {
        chunk = gate_cache_chunk(c, c->hand);
        c->hand = (c->hand + 1 < c->chunks) ? c->hand + 1 : 0;

        if (chunk->link.what != GATE_CACHE_HEAD) {
            continue;
        }

        if (chunk->link.asked && spared++ < GATE_CACHE_SPARED) {
            chunk->link.asked = 0;
            continue;
        }

        key.kind = chunk->head.kind;
        memcpy(key.digest, chunk->head.digest, GATE_SHA256_LEN);

        at = gate_cache_find(c, &key);
        gate_cache_take_out(c, at);
        c->evicted++;

        return 1;
    }

    return 0;
}


static uint32_t
gate_cache_take(gate_cache_t *c, unsigned what)
{
    uint32_t             i;
    gate_cache_chunk_t  *chunk;

    i = c->free;
    chunk = gate_cache_chunk(c, i);

    c->free = chunk->link.next;
    c->nfree--;

    chunk->link.what = (uint8_t) what;
    chunk->link.next = GATE_CACHE_NONE;

    return i;
}


const char *
gate_cache_check(gate_cache_t *c)
{
    size_t               n;
    uint32_t             i, j, entries, used, nfree;
    gate_cache_chunk_t  *chunk;

    entries = 0;
    used = 0;
    nfree = 0;

    for (i = c->free; i != GATE_CACHE_NONE; nfree++) {
        if (i >= c->chunks || nfree >= c->chunks) {
            return "a free chunk is none";
        }

        i = gate_cache_chunk(c, i)->link.next;
    }

    for (i = 0; i < c->places; i++) {

        for (j = gate_cache_places(c)[i]; j != GATE_CACHE_NONE; entries++) {

            if (j >= c->chunks || entries >= c->chunks) {
                return "an entry is none";
            }

            chunk = gate_cache_chunk(c, j);
            j = chunk->head.same;
            n = GATE_CACHE_IN_HEAD;

            for (used++; n < chunk->head.link.len; used++) {
                n += GATE_CACHE_IN_MORE;
            }
        }
    }

    return (nfree != c->nfree) ? "free chunks are missing"
           : (entries != c->entries) ? "entries are missing"
           : (used + nfree != c->chunks) ? "chunks are missing" : NULL;
}
