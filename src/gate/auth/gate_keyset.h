
/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * When a set of keys is fetched, and what is kept of it: the state that all
 * workers share, and the file that outlives them.  Times are milliseconds of
 * Unix time, which may go back; the caller holds the lock of the state.
 */


#ifndef GATE_KEYSET_H_INCLUDED_
#define GATE_KEYSET_H_INCLUDED_


#include "gate_str.h"


#define GATE_KEYSET_TTL      (600 * 1000)     /* where nothing is said */
#define GATE_KEYSET_TTL_MIN  (60 * 1000)
#define GATE_KEYSET_TTL_MAX  (24 * 3600 * 1000)

/* bytes of a file before the text of the keys, at the most */
#define GATE_KEYSET_HEAD     2048


/* what the configuration says */

typedef struct {
    int64_t                refresh_ms;        /* 0: as the answer says */
    int64_t                stale_ms;
    int64_t                cooldown_ms;
    int64_t                timeout_ms;
} gate_keyset_plan_t;


/* all zero at first */

typedef struct {
    uint64_t               version;           /* of the text; 0: none yet */
    int64_t                fetched_ms;        /* when it came last */
    int64_t                ttl_ms;            /* how long it is fresh then */
    int64_t                next_ms;           /* the next fetch */
    int64_t                tried_ms;          /* the last one began; 0: none */
    int64_t                lease_ms;          /* one is under way until then */
    int64_t                holder;            /* ... by this process, 0: none */
    uint32_t               failures;          /* since the last good one */
} gate_keyset_t;


typedef enum {
    GATE_KEYSET_DUE = 0,          /* its time has come */
    GATE_KEYSET_UNKNOWN           /* a token names a key that it has not */
} gate_keyset_why_e;


/* 1: tokens may be verified by it: it is fresh, or stale and yet allowed */
int gate_keyset_usable(const gate_keyset_t *s, const gate_keyset_plan_t *plan,
    int64_t now_ms);

/* 1: somebody fetches it */
int gate_keyset_running(const gate_keyset_t *s, int64_t now_ms);

/* 1: the caller fetches it now, and says by one of the below what came of it */
int gate_keyset_begin(gate_keyset_t *s, const gate_keyset_plan_t *plan,
    gate_keyset_why_e why, int64_t holder, int64_t now_ms);

/* it has come, another text or the same one; "random" spreads the next one */
void gate_keyset_good(gate_keyset_t *s, const gate_keyset_plan_t *plan,
    int64_t holder, int64_t ttl_ms, int changed, uint32_t random,
    int64_t now_ms);
void gate_keyset_failed(gate_keyset_t *s, const gate_keyset_plan_t *plan,
    int64_t holder, uint32_t random, int64_t now_ms);
/* it is neither: whoever fetched it is gone */
void gate_keyset_left(gate_keyset_t *s, int64_t holder, int64_t now_ms);

/* one that was fetched before this state was made */
void gate_keyset_found(gate_keyset_t *s, int64_t fetched_ms, int64_t ttl_ms,
    int64_t now_ms);

/* milliseconds until it is worth asking again, 1 at least */
int64_t gate_keyset_wait(const gate_keyset_t *s, int64_t now_ms);

/* how long an answer with that Cache-Control (RFC 9111 5.2.2) is fresh, within
 * what is sane */
int64_t gate_keyset_ttl(gate_str_t cache_control);

/* 1: an answer of this Content-Type may be JSON */
int gate_keyset_json(gate_str_t type);


typedef struct {
    gate_str_t             issuer;
    gate_str_t             source;            /* URIs by which it was fetched */
    int64_t                fetched_ms;
    int64_t                ttl_ms;
    gate_str_t             text;
} gate_keyset_file_t;

/* what stands before the text; the length, 0: it is too long */
size_t gate_keyset_head(const gate_keyset_file_t *f,
    unsigned char buf[GATE_KEYSET_HEAD]);
/* 1: a whole and undamaged one; *f views it */
int gate_keyset_parse(gate_str_t in, gate_keyset_file_t *f);


#endif /* GATE_KEYSET_H_INCLUDED_ */
