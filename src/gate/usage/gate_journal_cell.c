
/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * Cells of the journal: their keys, how a writer finds its own, how it takes a
 * free one.
 */


#include "gate_journal_region.h"


static void gate_journal_cell_fill(gate_journal_cell_t *cell, uint32_t owner,
    uint64_t hash, uint64_t epoch, uint32_t hour,
    const gate_journal_key_t *key);
static uint64_t gate_journal_key_hash(uint64_t epoch, uint32_t hour,
    const gate_journal_key_t *key);
static uint64_t gate_journal_mix(uint64_t h, const unsigned char *p,
    size_t len);
static uint32_t gate_journal_cell_find(gate_journal_writer_t *w,
    uint64_t hash, uint32_t hour, const gate_journal_key_t *key);
static uint32_t gate_journal_cell_claim(gate_journal_writer_t *w);
static void gate_journal_index_add(gate_journal_writer_t *w, uint32_t c);
static void gate_journal_index_build(gate_journal_writer_t *w);


/* what the header says now: epoch and lowest hour */

void
gate_journal_refresh(gate_journal_writer_t *w)
{
    uint64_t         now;
    gate_journal_t  *j;

    j = w->journal;

    for ( ;; ) {
        now = gate_journal_get64(&j->header->now);

        if (now == w->now) {
            return;
        }

        now = gate_journal_now(j);

        /* the ring may have moved on while the id was read: look again */

        w->epoch = gate_journal_epoch(j, now);
        w->now = now;
    }
}


/* the writer's cell of a key that fits, found or made; NO_CELL: full */

uint32_t
gate_journal_cell_get(gate_journal_writer_t *w,
    const gate_journal_key_t *key, uint32_t hour)
{
    uint32_t         c;
    uint64_t         hash;
    gate_journal_t  *j;

    j = w->journal;

    hash = gate_journal_key_hash(w->epoch, hour, key);

    c = gate_journal_cell_find(w, hash, hour, key);
    if (c != GATE_JOURNAL_NO_CELL) {
        return c;
    }

    c = gate_journal_cell_claim(w);
    if (c == GATE_JOURNAL_NO_CELL) {
        return c;
    }

    gate_journal_cell_fill(&j->cells[c], w->id, hash, w->epoch, hour, key);

    __atomic_store_n(&j->dirty[c], 0, __ATOMIC_RELEASE);
    GATE_JOURNAL_CRASHPOINT();

    gate_journal_put64(&j->hashes[c], hash);

    gate_journal_index_add(w, c);

    return c;
}


static uint32_t
gate_journal_cell_find(gate_journal_writer_t *w, uint64_t hash,
    uint32_t hour, const gate_journal_key_t *key)
{
    uint32_t         i, c, mask;
    gate_journal_t  *j;

    j = w->journal;
    mask = j->mask;

    if (!w->indexed) {
        gate_journal_index_build(w);
    }

    for (i = (uint32_t) (hash >> 8) & mask; w->index[i]; i = (i + 1) & mask) {
        c = w->index[i] - 1;

        /* an entry may be of a cell that was retired, and taken again */

        if (gate_journal_get64(&j->hashes[c]) == hash
            && gate_journal_get32(&j->owners[c]) == w->id
            && !gate_journal_is_aside(j, c)
            && gate_journal_cell_is(&j->cells[c], w->epoch, hour, key))
        {
            return c;
        }
    }

    return GATE_JOURNAL_NO_CELL;
}


static uint32_t
gate_journal_cell_claim(gate_journal_writer_t *w)
{
    uint32_t         i, c;
    uint64_t         freed;
    gate_journal_t  *j;

    j = w->journal;

    freed = gate_journal_get64(&j->header->freed);

    if (freed == w->full) {
        return GATE_JOURNAL_NO_CELL;          /* looked at all since then */
    }

    for (i = 0, c = w->cell_at; i < j->ncells; i++, c++) {

        if (c >= j->ncells) {
            c = 0;
        }

        if (gate_journal_get32(&j->owners[c]) == 0
            && gate_journal_swap32(&j->owners[c], 0, w->id))
        {
            gate_journal_claimed(w->journal);
            w->cell_at = c + 1;
            return c;
        }
    }

    w->full = freed;

    return GATE_JOURNAL_NO_CELL;
}


static void
gate_journal_index_add(gate_journal_writer_t *w, uint32_t c)
{
    uint32_t         i, mask;
    gate_journal_t  *j;

    j = w->journal;
    mask = j->mask;

    /* entries of retired cells stay until there are too many of them */

    if (w->filled > mask - mask / 4) {
        gate_journal_index_build(w);          /* finds "c" as well */
        return;
    }

    i = (uint32_t) (gate_journal_get64(&j->hashes[c]) >> 8) & mask;

    while (w->index[i]) {
        i = (i + 1) & mask;
    }

    w->index[i] = c + 1;
    w->filled++;
}


static void
gate_journal_index_build(gate_journal_writer_t *w)
{
    uint32_t         c;
    gate_journal_t  *j;

    j = w->journal;

    if (w->filled) {
        memset(w->index, 0, ((size_t) j->mask + 1) * sizeof(uint32_t));
        w->filled = 0;
    }

    for (c = 0; c < j->ncells; c++) {
        if (gate_journal_get32(&j->owners[c]) == w->id
            && (gate_journal_get64(&j->hashes[c]) & GATE_JOURNAL_PUBLISHED))
        {
            gate_journal_index_add(w, c);
        }
    }

    w->indexed = 1;
}


int
gate_journal_key_fits(const gate_journal_key_t *key)
{
    return key->consumer.len <= GATE_JOURNAL_CONSUMER
           && key->api.len <= GATE_JOURNAL_API
           && key->version.len <= GATE_JOURNAL_VERSION
           && key->plan.len <= GATE_JOURNAL_PLAN;
}


/* part of the file's format: a change needs a new GATE_JOURNAL_VERSION_NO */

static uint64_t
gate_journal_key_hash(uint64_t epoch, uint32_t hour,
    const gate_journal_key_t *key)
{
    uint64_t  h;

    h = (epoch ^ hour) * 0x9e3779b97f4a7c15ULL;
    h ^= (uint64_t) key->consumer.len << 48 | (uint64_t) key->api.len << 32
         | (uint64_t) key->version.len << 16 | (uint64_t) key->plan.len;

    h = gate_journal_mix(h, key->consumer.data, key->consumer.len);
    h = gate_journal_mix(h, key->api.data, key->api.len);
    h = gate_journal_mix(h, key->version.data, key->version.len);
    h = gate_journal_mix(h, key->plan.data, key->plan.len);

    h ^= h >> 29;
    h *= 0xbf58476d1ce4e5b9ULL;
    h ^= h >> 32;

    return h | GATE_JOURNAL_PUBLISHED | GATE_JOURNAL_TAKEN;
}


static uint64_t
gate_journal_mix(uint64_t h, const unsigned char *p, size_t len)
{
    uint64_t  v;

    for ( /* void */ ; len >= sizeof(v); len -= sizeof(v), p += sizeof(v)) {
        memcpy(&v, p, sizeof(v));
        h = (h ^ v) * 0x9fb21c651e98df25ULL;
        h ^= h >> 35;
    }

    for (v = 0; len; len--, p++) {
        v = v << 8 | *p;
    }

    h = (h ^ v) * 0x9fb21c651e98df25ULL;

    return h ^ (h >> 35);
}


/* the cell is claimed, not yet published */

static void
gate_journal_cell_fill(gate_journal_cell_t *cell, uint32_t owner,
    uint64_t hash, uint64_t epoch, uint32_t hour,
    const gate_journal_key_t *key)
{
    uint32_t           i, n;
    const gate_str_t  *name;

    const gate_str_t  *names[4];

    names[0] = &key->consumer;
    names[1] = &key->api;
    names[2] = &key->version;
    names[3] = &key->plan;

    cell->hash = hash;
    cell->epoch = epoch;
    cell->hour = hour;
    cell->owner = owner;

    for (i = 0, n = 0; i < 4; i++) {
        name = names[i];
        cell->len[i] = (uint16_t) name->len;

        if (name->len) {
            memcpy(&cell->names[n], name->data, name->len);
            n += (uint32_t) name->len;
        }
    }

    GATE_JOURNAL_CRASHPOINT();

    cell->check = gate_journal_key_check(cell);

    for (i = 0; i < GATE_JOURNAL_UNITS; i++) {
        gate_journal_put64(&cell->values[i], 0);
    }

    gate_journal_put32(&cell->values_check, cell->check);

    gate_journal_put64(&cell->mark, 0);
}


int
gate_journal_cell_is(const gate_journal_cell_t *cell, uint64_t epoch,
    uint32_t hour, const gate_journal_key_t *key)
{
    const unsigned char  *p;

    if (cell->epoch != epoch || cell->hour != hour
        || cell->len[0] != key->consumer.len || cell->len[1] != key->api.len
        || cell->len[2] != key->version.len || cell->len[3] != key->plan.len)
    {
        return 0;
    }

    p = cell->names;

    if (!gate_str_eq(gate_str(p, cell->len[0]), key->consumer)) {
        return 0;
    }

    p += cell->len[0];

    if (!gate_str_eq(gate_str(p, cell->len[1]), key->api)) {
        return 0;
    }

    p += cell->len[1];

    if (!gate_str_eq(gate_str(p, cell->len[2]), key->version)) {
        return 0;
    }

    p += cell->len[2];

    return gate_str_eq(gate_str(p, cell->len[3]), key->plan);
}


/* is this the key that it was, and the one that stands in the hashes? */

int
gate_journal_cell_sane(const gate_journal_cell_t *cell, uint64_t hash)
{
    return cell->hash == (hash | GATE_JOURNAL_PUBLISHED)
           && gate_journal_key_sound(cell);
}


void
gate_journal_cell_key(const gate_journal_cell_t *cell,
    gate_journal_key_t *key)
{
    const unsigned char  *p;

    p = cell->names;
    key->consumer = gate_str(p, cell->len[0]);

    p += cell->len[0];
    key->api = gate_str(p, cell->len[1]);

    p += cell->len[1];
    key->version = gate_str(p, cell->len[2]);

    p += cell->len[2];
    key->plan = gate_str(p, cell->len[3]);
}


/* values only grow: two equal sums are the same values */

uint64_t
gate_journal_cell_sum(const gate_journal_cell_t *cell)
{
    uint32_t  i;
    uint64_t  sum;

    sum = 0;

    for (i = 0; i < GATE_JOURNAL_UNITS; i++) {
        sum += gate_journal_get64(&cell->values[i]);
    }

    return sum;
}
