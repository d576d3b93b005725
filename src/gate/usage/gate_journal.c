
/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * The journal's region: its layout, its header, its epochs.
 */


#include <stdlib.h>

#include "gate_journal_region.h"


static void gate_journal_next_epoch(gate_journal_t *j, uint64_t id,
    uint32_t floor);
static int gate_journal_measure(gate_journal_layout_t *l, uint64_t size);


gate_journal_rc_e
gate_journal_format(void *base, size_t size, uint64_t random)
{
    uint32_t                i;
    gate_journal_header_t  *h;
    gate_journal_layout_t   l;

    if (!gate_journal_measure(&l, size)) {
        return GATE_JOURNAL_SIZE;
    }

    h = base;

    memset(h, 0, GATE_JOURNAL_HEADER);

    h->layout = l;
    h->layout.magic = 0;
    h->crc = gate_crc32c(0, &l, sizeof(l));
    h->epochs[0] = random ? random : 1;
    h->now = gate_journal_now_of(0, 0);

    for (i = 0; i < GATE_UNITS; i++) {
        memcpy(h->units.names[i], gate_units[i].data, gate_units[i].len);
    }

    h->units.crc = gate_journal_dictionary_crc(&h->units);

    h->before_crc = GATE_JOURNAL_NONE;

    h->retired[0].values_check = GATE_JOURNAL_SUMS_SEED;
    h->retired[1].values_check = GATE_JOURNAL_SUMS_SEED;

    /* a header without magic is one whose making was interrupted */

    gate_journal_put64(&h->layout.magic, GATE_JOURNAL_MAGIC);

    return GATE_JOURNAL_OK;
}


/* reads no more than the header */

gate_journal_rc_e
gate_journal_check(const void *base, size_t size)
{
    uint32_t                      version;
    gate_journal_layout_t         l;
    const gate_journal_header_t  *h;

    if (size < GATE_JOURNAL_MIN_SIZE) {
        return GATE_JOURNAL_SIZE;
    }

    h = base;
    version = gate_journal_version(base, size);

    if (version == 0) {
        return GATE_JOURNAL_FOREIGN;
    }

    if (version != GATE_JOURNAL_VERSION_NO) {

        /* where the number alone is wrong it is no other version */

        l = h->layout;
        l.version = GATE_JOURNAL_VERSION_NO;

        if (h->crc == gate_crc32c(0, &l, sizeof(l))) {
            return GATE_JOURNAL_DAMAGED;
        }

        return (version < GATE_JOURNAL_VERSION_NO) ? GATE_JOURNAL_OLDER
                                                   : GATE_JOURNAL_NEWER;
    }

    if (h->crc != gate_crc32c(0, &h->layout, sizeof(h->layout))
        || h->units.crc != gate_journal_dictionary_crc(&h->units))
    {
        return GATE_JOURNAL_DAMAGED;
    }

    if (h->layout.size != size) {
        return GATE_JOURNAL_SIZE;
    }

    if (!gate_journal_measure(&l, size)
        || memcmp(&l, &h->layout, sizeof(l)) != 0)
    {
        return GATE_JOURNAL_DAMAGED;
    }

    return GATE_JOURNAL_OK;
}


uint32_t
gate_journal_version(const void *base, size_t size)
{
    const gate_journal_header_t  *h;

    h = base;

    return (size < GATE_JOURNAL_HEADER
            || gate_journal_get64(&h->layout.magic) != GATE_JOURNAL_MAGIC)
           ? 0 : h->layout.version;
}


gate_journal_rc_e
gate_journal_attach(void *base, size_t size, gate_journal_t **jp)
{
    uint64_t                n;
    unsigned char          *p;
    gate_journal_t         *j;
    gate_journal_rc_e       rc;
    gate_journal_layout_t  *l;

    rc = gate_journal_check(base, size);
    if (rc != GATE_JOURNAL_OK) {
        return rc;
    }

    j = calloc(1, sizeof(gate_journal_t));
    if (j == NULL) {
        return GATE_JOURNAL_NO_MEMORY;
    }

    p = base;
    j->header = base;
    l = &j->header->layout;

    j->records = (void *) (p + l->writers_at);
    j->slots = (void *) (p + l->slots_at);
    j->chunks = (void *) (p + l->chunks_at);
    j->hashes = (void *) (p + l->hashes_at);
    j->owners = (void *) (p + l->owners_at);
    j->dirty = p + l->dirty_at;
    j->cells = (void *) (p + l->cells_at);

    j->nchunks = l->chunks;
    j->nslots = l->slots;
    j->ncells = l->cells;
    j->nwriters = l->writers;

    for (n = 1024; n < 2 * (uint64_t) j->ncells; n *= 2) { /* void */ }

    if (n > 0x80000000u) {
        n = 0x80000000u;
    }

    j->mask = (uint32_t) (n - 1);

    if (gate_journal_now_sound(j)) {
        j->now = gate_journal_get64(&j->header->now);
    }

    j->scratch = gate_journal_writer_alloc(j);
    if (j->scratch == NULL) {
        free(j);
        return GATE_JOURNAL_NO_MEMORY;
    }

    *jp = j;

    return GATE_JOURNAL_OK;
}


void
gate_journal_detach(gate_journal_t *j)
{
    gate_journal_writer_free(j->scratch);
    free(j);
}


/*
 * Cells carry the id of their epoch, so the ring may forget an old one; all
 * epochs but the current one are sealed.
 */

void
gate_journal_seal(gate_journal_t *j, uint64_t id)
{
    gate_journal_next_epoch(j, id, 0xffffffff);
}


/*
 * Nothing of the new epoch was counted yet, so that it has no lowest hour: what
 * the old one's has become does not matter.
 */

void
gate_journal_begin(gate_journal_t *j, uint64_t id)
{
    gate_journal_next_epoch(j, id, 0);
}


static void
gate_journal_next_epoch(gate_journal_t *j, uint64_t id, uint32_t floor)
{
    uint64_t  now, next;

    do {
        now = gate_journal_now(j);
        next = gate_journal_now_of(gate_journal_now_index(now) + 1,
                                   gate_journal_floor(now) & floor);

        gate_journal_epoch_put(j, gate_journal_now_index(next), id);

    } while (!gate_journal_swap64(&j->header->now, now, next));
}


void
gate_journal_epoch_put(gate_journal_t *j, uint32_t index, uint64_t id)
{
    uint32_t                i;
    gate_journal_header_t  *h;

    h = j->header;

    if (id == 0) {
        id = 1;
    }

    for (i = 0; i < GATE_JOURNAL_EPOCHS; i++) {
        if (gate_journal_get64(&h->epochs[i]) == id) {
            id = (id + 1 == 0) ? 1 : id + 1;
            i = (uint32_t) -1;
        }
    }

    gate_journal_put64(&h->epochs[index % GATE_JOURNAL_EPOCHS], id);
}


uint64_t
gate_journal_epoch_id(const gate_journal_t *j)
{
    return gate_journal_epoch(j, gate_journal_now_seen(j));
}


const char *
gate_journal_before(const gate_journal_t *j)
{
    size_t                        len;
    const gate_journal_header_t  *h;

    h = j->header;
    len = strnlen(h->before, GATE_JOURNAL_PATH);

    if (len == 0 || len == GATE_JOURNAL_PATH
        || gate_journal_get32(&h->before_crc) == GATE_JOURNAL_NONE
        || gate_journal_get32(&h->before_crc)
           != gate_crc32c(0, h->before, len))
    {
        return NULL;
    }

    return h->before;
}


void
gate_journal_set_before(gate_journal_t *j, const char *path)
{
    size_t                  len;
    gate_journal_header_t  *h;

    h = j->header;
    len = (path == NULL) ? 0 : strlen(path);

    gate_journal_put32(&h->before_crc, GATE_JOURNAL_NONE);

    if (len == 0 || len >= GATE_JOURNAL_PATH) {
        h->before[0] = '\0';
        return;
    }

    memmove(h->before, path, len + 1);
    GATE_JOURNAL_CRASHPOINT();

    gate_journal_put32(&h->before_crc, gate_crc32c(0, path, len));
}


int
gate_journal_clean(const gate_journal_t *j)
{
    uint32_t  i, used, dirty;

    for (i = 0; i < j->nwriters; i++) {
        if (gate_journal_get32(&j->records[i].in_use)) {
            return 0;
        }
    }

    gate_journal_room(j, &used, &dirty);

    return dirty == 0 && !gate_journal_is_kept(j);
}


/* of the two words that may stand there, the one that is nearer: bits flip */

int
gate_journal_is_kept(const gate_journal_t *j)
{
    return __builtin_popcount(gate_journal_get32(&j->header->kept)) >= 16;
}


/* a reload may have named the file again at the moment it was found clean */

int
gate_journal_closed(const gate_journal_t *j)
{
    return gate_journal_get32(&j->header->closed) != 0
           && gate_journal_clean(j);
}


void
gate_journal_set_closed(gate_journal_t *j, int closed)
{
    gate_journal_put32(&j->header->closed, closed ? 1 : 0);
}


/* the geometry of a region of "size" bytes; 0: too small */

static int
gate_journal_measure(gate_journal_layout_t *l, uint64_t size)
{
    uint64_t  at, n, writers;

    if (size < GATE_JOURNAL_MIN_SIZE) {
        return 0;
    }

    writers = size / GATE_JOURNAL_PER_WRITER;

    if (writers < GATE_JOURNAL_WRITERS) {
        writers = GATE_JOURNAL_WRITERS;

    } else if (writers > GATE_JOURNAL_MAX_WRITERS) {
        writers = GATE_JOURNAL_MAX_WRITERS;
    }

    memset(l, 0, sizeof(gate_journal_layout_t));

    n = size / 8 / (GATE_JOURNAL_CHUNK * sizeof(gate_journal_slot_t));

    if (n > GATE_JOURNAL_MAX_CHUNKS) {
        n = GATE_JOURNAL_MAX_CHUNKS;
    }

    l->magic = GATE_JOURNAL_MAGIC;
    l->version = GATE_JOURNAL_VERSION_NO;
    l->writers = (uint32_t) writers;
    l->size = size;
    l->cell_size = sizeof(gate_journal_cell_t);
    l->chunks = (uint32_t) n;
    l->slots = (uint32_t) n * GATE_JOURNAL_CHUNK;

    l->writers_at = GATE_JOURNAL_HEADER;
    l->slots_at = l->writers_at
                  + writers * sizeof(gate_journal_record_t);
    l->chunks_at = l->slots_at
                   + (uint64_t) l->slots * sizeof(gate_journal_slot_t);

    at = (l->chunks_at + n * sizeof(uint32_t) + 63) / 64 * 64;

    /* 4 * 64: what aligning the four arrays below may cost */

    n = (size - at - 4 * 64)
        / (sizeof(gate_journal_cell_t) + sizeof(uint64_t) + sizeof(uint32_t)
           + sizeof(uint8_t));

    if (n > GATE_JOURNAL_MAX_CELLS) {
        n = GATE_JOURNAL_MAX_CELLS;
    }

    l->cells = (uint32_t) n;

    l->hashes_at = at;
    l->owners_at = (l->hashes_at + n * sizeof(uint64_t) + 63) / 64 * 64;
    l->dirty_at = (l->owners_at + n * sizeof(uint32_t) + 63) / 64 * 64;
    l->cells_at = (l->dirty_at + n + 63) / 64 * 64;

    return 1;
}
