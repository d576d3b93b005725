
/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * The journal without anybody dying: keys, room, hours, epochs, what is sent
 * and what is retired, headers that are not right.
 */


#include <sys/mman.h>

static long  looks;

#define GATE_JOURNAL_LOOKPOINT(v)  looks++

#include "../../src/gate/usage/gate_journal.c"
#include "../../src/gate/usage/gate_journal_check.c"
#include "../../src/gate/usage/gate_journal_damage.c"
#include "../../src/gate/usage/gate_journal_verify.c"
#include "../../src/gate/usage/gate_journal_stat.c"
#include "../../src/gate/usage/gate_journal_cell.c"
#include "../../src/gate/usage/gate_journal_slot.c"
#include "../../src/gate/usage/gate_journal_writer.c"
#include "../../src/gate/usage/gate_journal_ship.c"
#include "../../src/gate/usage/gate_journal_retire.c"

#include "journal_help.h"


#define MB      (1024 * 1024)
#define HOUR    500000
#define NONE    GATE_JOURNAL_NO_CELL


/* a process with its own mapping of the region */

typedef struct {
    gate_journal_t         *j;
    gate_journal_writer_t  *w;
    gate_journal_lock_t     lock;
    uint8_t                 held[GATE_JOURNAL_MAX_WRITERS];
} process_t;


static void       *region;
static size_t      region_size;
static uint8_t     locked[GATE_JOURNAL_MAX_WRITERS];
static receiver_t  receiver;


static int
try_lock(void *data, uint32_t n)
{
    process_t  *p = data;

    if (locked[n] && !p->held[n]) {
        return 0;
    }

    locked[n] = 1;
    p->held[n] = 1;

    return 1;
}


static void
unlock(void *data, uint32_t n)
{
    process_t  *p = data;

    locked[n] = 0;
    p->held[n] = 0;
}


static void
fresh(size_t size)
{
    if (region != NULL) {
        munmap(region, region_size);
    }

    region_size = size;
    region = mmap(NULL, size, PROT_READ|PROT_WRITE,
                  MAP_SHARED|MAP_ANONYMOUS|MAP_NORESERVE, -1, 0);

    if (region == MAP_FAILED) {
        fail("there is memory");
        exit(1);
    }

    memset(locked, 0, sizeof(locked));
    memset(&receiver, 0, sizeof(receiver));

    is_int(gate_journal_format(region, size, 1001), GATE_JOURNAL_OK,
           "%lu bytes become a journal", (unsigned long) size);
}


static void
join(process_t *p)
{
    memset(p, 0, sizeof(process_t));

    p->lock.try_lock = try_lock;
    p->lock.unlock = unlock;
    p->lock.data = p;

    if (gate_journal_attach(region, region_size, &p->j) != GATE_JOURNAL_OK
        || gate_journal_writer_open(p->j, &p->lock, HOUR, &p->w)
           != GATE_JOURNAL_OK)
    {
        fail("a process joins");
        exit(1);
    }
}


static void
leave(process_t *p)
{
    gate_journal_writer_close(p->w);
    gate_journal_detach(p->j);
}


/* as if killed */

static void
vanish(process_t *p)
{
    int  i;

    for (i = 0; i < GATE_JOURNAL_MAX_WRITERS; i++) {
        if (p->held[i]) {
            locked[i] = 0;
        }
    }

    gate_journal_writer_free(p->w);
    gate_journal_detach(p->j);
}


static gate_journal_rc_e
start(process_t *p, const char *name, uint32_t hour, gate_journal_open_t *o)
{
    uint32_t            cell;
    gate_journal_key_t  key;
    gate_journal_rc_e   rc;

    key = a_key(name);
    cell = NONE;

    rc = gate_journal_reserve(p->w, &key, hour, &cell);

    return (rc == GATE_JOURNAL_OK) ? gate_journal_open(p->w, cell, o) : rc;
}


static void
served(process_t *p, const char *name, uint32_t hour)
{
    gate_journal_open_t  o;

    if (start(p, name, hour, &o) != GATE_JOURNAL_OK
        || gate_journal_close(p->w, &o, GATE_SERVED, request_units, hour)
           != GATE_JOURNAL_OK)
    {
        fail("a request of %s is served", name);
    }
}


static gate_journal_stat_t
stat_of(process_t *p)
{
    gate_journal_stat_t  st;

    gate_journal_stat(p->j, &st);

    return st;
}


static gate_journal_ship_t *
shipper(process_t *p)
{
    gate_journal_ship_t  *s;

    if (gate_journal_ship_open(p->j, &s) != GATE_JOURNAL_OK) {
        fail("a shipper opens");
        exit(1);
    }

    return s;
}


static void
test_headers(void)
{
    uint64_t                *word;
    gate_journal_t          *j;
    gate_journal_header_t   *h;

    fresh(MB);

    h = region;
    word = region;

    is_int(gate_journal_check(region, MB), GATE_JOURNAL_OK, "a good header");
    is_int(gate_journal_check(region, MB + 4096), GATE_JOURNAL_SIZE,
           "a region larger than the header says");
    is_int(gate_journal_check(region, 4096), GATE_JOURNAL_SIZE,
           "a region too small for any journal");
    is_int(gate_journal_format(region, MB - 1, 1), GATE_JOURNAL_SIZE,
           "too small to format");

    word[0]++;
    is_int(gate_journal_check(region, MB), GATE_JOURNAL_FOREIGN,
           "another magic number");
    word[0]--;

    h->layout.version++;
    is_int(gate_journal_attach(region, MB, &j), GATE_JOURNAL_DAMAGED,
           "a version number with a flipped bit");
    h->layout.version--;

    h->layout.cells--;
    is_int(gate_journal_attach(region, MB, &j), GATE_JOURNAL_DAMAGED,
           "a header with a flipped bit");

    h->crc = gate_crc32c(0, &h->layout, sizeof(h->layout));
    is_int(gate_journal_attach(region, MB, &j), GATE_JOURNAL_DAMAGED,
           "a geometry that is not ours under a good checksum");
}


static void
test_sizes(void)
{
    size_t                  i;
    uint64_t                used;
    process_t               p;
    gate_journal_layout_t  *l;

    static const size_t  sizes[] = {
        MB, MB + 1, MB + 4095, 3 * MB + 777, 64 * MB, (size_t) 4096 * MB
    };

    is_int(sizeof(gate_journal_cell_t), 512, "a cell is 512 bytes");
    is_int(sizeof(gate_journal_record_t), 256, "a writer is 256 bytes");
    is_int(sizeof(gate_journal_slot_t), 16, "a slot is 16 bytes");
    ok(sizeof(gate_journal_header_t) <= GATE_JOURNAL_HEADER,
       "the header fits its page");

    for (i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
        fresh(sizes[i]);
        join(&p);

        l = &p.j->header->layout;
        used = l->cells_at + (uint64_t) l->cells * sizeof(gate_journal_cell_t);

        ok(used <= sizes[i] && l->cells_at % 64 == 0
           && l->dirty_at + l->cells <= l->cells_at
           && l->owners_at + 4 * (uint64_t) l->cells <= l->dirty_at
           && l->hashes_at + 8 * (uint64_t) l->cells <= l->owners_at
           && l->cells > sizes[i] / 900,
           "%lu bytes hold %u cells and %u slots",
           (unsigned long) sizes[i], l->cells, l->slots);

        served(&p, "ada", HOUR);
        is_int(stat_of(&p).units[GATE_SERVED], 1, "and it works");

        leave(&p);
    }
}


static void
test_keys(void)
{
    char                 longest[GATE_JOURNAL_CONSUMER + 2];
    uint32_t             a, b, c;
    process_t            p;
    gate_journal_key_t   key;
    gate_journal_stat_t  st;

    fresh(MB);
    join(&p);

    memset(longest, 'x', sizeof(longest));

    key.consumer = gate_str(longest, GATE_JOURNAL_CONSUMER);
    key.api = gate_str(longest, GATE_JOURNAL_API);
    key.version = gate_str(longest, GATE_JOURNAL_VERSION);
    key.plan = gate_str(longest, GATE_JOURNAL_PLAN);

    a = NONE;
    is_int(gate_journal_reserve(p.w, &key, HOUR, &a), GATE_JOURNAL_OK,
           "the longest names fit");

    key.plan.len++;
    is_int(gate_journal_reserve(p.w, &key, HOUR, &a), GATE_JOURNAL_BAD_KEY,
           "a longer plan does not");

    key.plan.len = 0;
    key.plan.data = NULL;
    key.consumer.len++;
    is_int(gate_journal_reserve(p.w, &key, HOUR, &a), GATE_JOURNAL_BAD_KEY,
           "nor does a longer consumer");

    memset(&key, 0, sizeof(key));
    a = NONE;
    is_int(gate_journal_reserve(p.w, &key, HOUR, &a), GATE_JOURNAL_OK,
           "empty names are names");

    key.consumer = gate_cstr("ab");
    key.api = gate_cstr("c");
    a = NONE;
    (void) gate_journal_reserve(p.w, &key, HOUR, &a);

    key.consumer = gate_cstr("a");
    key.api = gate_cstr("bc");
    b = a;
    (void) gate_journal_reserve(p.w, &key, HOUR, &b);
    ok(a != b, "names are not run together, and a wrong hint does no harm");

    c = 4000000000u;
    (void) gate_journal_reserve(p.w, &key, HOUR, &c);
    is_int(c, b, "an impossible hint does no harm");

    (void) gate_journal_reserve(p.w, &key, HOUR, &c);
    is_int(c, b, "a right hint is kept");

    (void) gate_journal_reserve(p.w, &key, HOUR + 1, &c);
    ok(c != b, "an hour has its own cell");

    st = stat_of(&p);
    is_int(st.cells_used, 5, "five keys, five cells");
    is_int(st.opened, 0, "a reservation opens nothing");
    is_int(st.writers, 1, "one writer");

    leave(&p);
}


static void
test_requests(void)
{
    process_t            p;
    gate_journal_open_t  a, b;
    gate_journal_stat_t  st;

    fresh(MB);
    join(&p);

    (void) start(&p, "ada", HOUR, &a);
    (void) start(&p, "ada", HOUR, &b);
    ok(a.seq != b.seq && a.slot != b.slot, "two requests differ");

    is_int(stat_of(&p).open, 2, "two are open");

    is_int(gate_journal_close(p.w, &a, GATE_SERVED, request_units, HOUR),
           GATE_JOURNAL_OK, "one is closed");
    is_int(gate_journal_close(p.w, &a, GATE_SERVED, request_units, HOUR),
           GATE_JOURNAL_STALE, "and not a second time");

    (void) start(&p, "ada", HOUR, &a);
    b.seq += 1000;
    is_int(gate_journal_close(p.w, &b, GATE_SERVED, request_units, HOUR),
           GATE_JOURNAL_STALE, "a slot of another sequence is not closed");
    b.slot = 4000000000u;
    is_int(gate_journal_close(p.w, &b, GATE_SERVED, request_units, HOUR),
           GATE_JOURNAL_STALE, "nor is one that does not exist");

    is_int(gate_journal_close(p.w, &a, 77, NULL, HOUR), GATE_JOURNAL_OK,
           "an unknown outcome is an interruption");

    leave(&p);
    join(&p);

    st = stat_of(&p);
    is_int(st.opened, 3, "three were opened");
    is_int(st.units[GATE_SERVED], 1, "one was served");
    is_int(st.units[GATE_INTERRUPTED], 2,
           "one was interrupted, one was open when its writer left");
    is_int(st.units[GATE_BYTES_IN], BYTES_IN, "bytes are those of the one");
    is_int(st.open, 0, "none is open");

    (void) start(&p, "ada", HOUR, &a);
    is_int(a.seq & 0xffff, 4, "the next writer counts on");

    leave(&p);
}


static void
test_room(void)
{
    char                  name[32];
    uint32_t              i, n;
    process_t             p, q;
    gate_journal_rc_e     rc;
    gate_journal_open_t   o;
    gate_journal_stat_t   st;
    gate_journal_ship_t  *s;

    fresh(MB);
    join(&p);

    rc = GATE_JOURNAL_OK;

    for (n = 0; rc == GATE_JOURNAL_OK; n++) {
        snprintf(name, sizeof(name), "consumer-%u", n);
        rc = start(&p, name, HOUR, &o);
    }

    n--;

    is_int(rc, GATE_JOURNAL_FULL, "cells run out");
    is_int(n, stat_of(&p).cells, "when all are taken");
    is_int(start(&p, "consumer-0", HOUR, &o), GATE_JOURNAL_OK,
           "a key that has a cell goes on");

    join(&q);
    is_int(start(&q, "consumer-0", HOUR, &o), GATE_JOURNAL_FULL,
           "another writer has no room for it");

    is_int(start(&p, "consumer-0", HOUR + 1, &o), GATE_JOURNAL_FULL,
           "nor has a new hour");

    looks = 0;
    (void) start(&p, "consumer-0", HOUR + 1, &o);
    ok(looks < 100, "which is known without looking at each cell again: %ld",
       looks);

    (void) start(&p, "consumer-1", HOUR, &o);
    is_int(gate_journal_close(p.w, &o, GATE_SERVED, request_units, HOUR + 1),
           GATE_JOURNAL_OK, "but a request that is open can end in it");

    vanish(&p);
    n += 2;
    is_int(gate_journal_recover(q.j, &q.lock, HOUR + 1), n - 1,
           "without room, slots of the dead end in their own cells");

    st = stat_of(&q);
    is_int(st.opened, n, "opened");
    is_int(st.units[GATE_INTERRUPTED], n - 1, "interrupted");

    s = shipper(&q);
    (void) drain(s, &receiver);
    (void) gate_journal_ship_retire(s, HOUR + 1, 1);
    is_int(start(&q, "consumer-0", HOUR + 1, &o), GATE_JOURNAL_OK,
           "a cell that was retired is room again");
    gate_journal_ship_close(s);

    rc = GATE_JOURNAL_OK;

    for (i = 1; rc == GATE_JOURNAL_OK; i++) {
        rc = start(&q, "consumer-0", HOUR + 1, &o);
    }

    is_int(rc, GATE_JOURNAL_NO_SLOT, "slots run out");
    is_int(i - 1, stat_of(&q).slots, "when all are taken");

    leave(&q);
}


static void
test_saturation(void)
{
    process_t             p, q;
    uint64_t              units[GATE_JOURNAL_UNITS];
    gate_journal_open_t   o;
    gate_journal_ship_t  *s;
    gate_journal_batch_t  b;

    fresh(MB);
    join(&p);

    memset(units, 0, sizeof(units));
    units[GATE_BYTES_IN] = GATE_JOURNAL_MAX - 5;

    (void) start(&p, "ada", HOUR, &o);
    is_int(gate_journal_close(p.w, &o, GATE_SERVED, units, HOUR),
           GATE_JOURNAL_OK, "the largest value but five");

    units[GATE_BYTES_IN] = 5;
    (void) start(&p, "ada", HOUR, &o);
    is_int(gate_journal_close(p.w, &o, GATE_SERVED, units, HOUR),
           GATE_JOURNAL_OK, "the largest value");

    units[GATE_BYTES_IN] = UINT64_MAX;
    (void) start(&p, "ada", HOUR, &o);
    is_int(gate_journal_close(p.w, &o, GATE_SERVED, units, HOUR),
           GATE_JOURNAL_SATURATED, "one more is said to be too much");

    is_int(stat_of(&p).units[GATE_BYTES_IN], GATE_JOURNAL_MAX,
           "it does not wrap");
    is_int(stat_of(&p).units[GATE_SERVED], 3, "the others go on");

    join(&q);
    served(&q, "ada", HOUR);

    s = shipper(&q);
    (void) gate_journal_ship_next(s, &b);
    is_int(b.units[GATE_BYTES_IN], GATE_JOURNAL_MAX,
           "a sum over writers does not leave Lua's integers");
    gate_journal_ship_close(s);

    leave(&q);
    leave(&p);
}


static void
test_epochs(void)
{
    int                       i;
    process_t                 p;
    gate_journal_open_t       o;
    gate_journal_stat_t       st;
    gate_journal_ship_t      *s;

    fresh(MB);
    join(&p);

    served(&p, "ada", HOUR);

    (void) start(&p, "ada", HOUR, &o);

    gate_journal_seal(p.j, 1001);
    st = stat_of(&p);
    is_int(st.epoch, 1002, "an epoch of its own, never a used id");
    is_int(st.epochs, 2, "two epochs");

    (void) gate_journal_close(p.w, &o, GATE_SERVED, request_units, HOUR);
    served(&p, "ada", HOUR);
    is_int(stat_of(&p).cells_used, 2, "a request ends in the new epoch");

    s = shipper(&p);
    is_int(drain(s, &receiver), 2, "both epochs are sent");
    gate_journal_stat(p.j, &st);
    is_int(received(&receiver, GATE_SERVED), 3, "with all requests");
    gate_journal_ship_close(s);

    for (i = 0; i < 200; i++) {
        gate_journal_seal(p.j, (uint64_t) i + 5000);
        served(&p, "ada", HOUR);
    }

    st = stat_of(&p);
    is_int(st.epoch, 5199, "any number of seals, each an epoch");
    is_int(st.epochs, GATE_JOURNAL_EPOCHS, "the table keeps the last ones");

    s = shipper(&p);
    (void) drain(s, &receiver);
    ok(not_arrived(&st, &receiver) == NULL, "all of them are sent");
    gate_journal_ship_close(s);

    leave(&p);
}


static void
test_hours(void)
{
    uint32_t              cell;
    process_t             p;
    gate_journal_key_t    key;
    gate_journal_open_t   o;
    gate_journal_stat_t   st;
    gate_journal_ship_t  *s;
    gate_journal_batch_t  b;

    fresh(MB);
    join(&p);

    served(&p, "ada", HOUR);
    served(&p, "ada", HOUR);
    (void) start(&p, "bob", HOUR, &o);

    s = shipper(&p);
    is_int(gate_journal_ship_retire(s, HOUR + 5, 100), 0,
           "what was not acknowledged is not retired");
    (void) drain(s, &receiver);
    is_int(gate_journal_ship_retire(s, HOUR + 5, 100), 1,
           "what was is, but not the cell of an open slot");

    (void) gate_journal_close(p.w, &o, GATE_SERVED, request_units, HOUR);
    served(&p, "ada", HOUR);

    (void) gate_journal_ship_next(s, &b);
    is_int(b.hour, HOUR + 1, "a clock set back counts in the lowest hour");
    gate_journal_ship_nack(s, b.token);
    (void) drain(s, &receiver);

    st = stat_of(&p);
    ok(not_arrived(&st, &receiver) == NULL, "and nothing is swallowed");
    is_int(gate_journal_ship_retire(s, HOUR + 1, 100), 1,
           "the lowest hour never falls, bob's old cell goes");
    is_int(gate_journal_floor(p.j->header->now), HOUR + 1,
           "nor does it rise further than it has to");

    key = a_key("eve");
    cell = NONE;
    (void) gate_journal_reserve(p.w, &key, HOUR + 7, &cell);
    is_int(gate_journal_ship_retire(s, HOUR + 8, 100), 2,
           "a cell that is reserved stays");
    is_int(gate_journal_open(p.w, cell, &o), GATE_JOURNAL_OK,
           "so the open does not fail");
    (void) gate_journal_close(p.w, &o, GATE_SERVED, request_units, HOUR + 8);
    (void) drain(s, &receiver);
    is_int(gate_journal_ship_retire(s, HOUR + 9, 100), 2, "then it goes");
    is_int(gate_journal_open(p.w, cell, &o), GATE_JOURNAL_STALE,
           "and cannot be opened any more");

    st = stat_of(&p);
    is_int(st.cells_used, 0, "no cell is left");
    is_int(st.units[GATE_SERVED], 5, "the sums are");

    gate_journal_ship_close(s);
    leave(&p);
}


static void
test_shipping(void)
{
    process_t             p, q;
    gate_journal_ship_t  *s;
    gate_journal_batch_t  a, b;

    fresh(MB);
    join(&p);
    join(&q);

    served(&p, "ada", HOUR);
    served(&q, "ada", HOUR);

    s = shipper(&p);

    is_int(gate_journal_ship_next(s, &a), 1, "a batch");
    is_int(a.units[GATE_SERVED], 2, "is the sum over the writers");
    is_int(gate_journal_ship_next(s, &b), 0, "its key is in flight");

    served(&q, "ada", HOUR);
    is_int(gate_journal_ship_next(s, &b), 0, "and stays so");

    gate_journal_ship_nack(s, a.token);
    is_int(gate_journal_ship_next(s, &a), 1, "what failed is sent again");
    is_int(a.units[GATE_SERVED], 3, "as it is now");

    served(&p, "ada", HOUR);
    gate_journal_ship_ack(s, a.token);
    is_int(gate_journal_ship_next(s, &a), 1, "what changed meanwhile, too");
    is_int(a.units[GATE_SERVED], 4, "with all of it");
    gate_journal_ship_ack(s, a.token);
    gate_journal_ship_ack(s, a.token);
    gate_journal_ship_ack(s, 4000000000u);
    is_int(gate_journal_ship_next(s, &a), 0, "then there is nothing");
    is_int(stat_of(&p).dirty, 0, "and nothing is dirty");

    gate_journal_ship_all(s);
    is_int(gate_journal_ship_next(s, &a), 1, "all is sent again");
    gate_journal_ship_all(s);
    gate_journal_ship_ack(s, a.token);
    is_int(gate_journal_ship_next(s, &a), 1,
           "an answer of before does not count for after");
    is_int(gate_journal_ship_retire(s, HOUR + 1, 10), 0,
           "what is in flight is not retired");
    gate_journal_ship_ack(s, a.token);
    is_int(gate_journal_ship_retire(s, HOUR + 1, 10), 2,
           "the cells of a key retire together");

    gate_journal_ship_close(s);

    leave(&q);
    leave(&p);
}


static void
test_ahead(void)
{
    process_t             p;
    gate_journal_ship_t  *s;
    gate_journal_batch_t  a;

    fresh(MB);
    join(&p);

    served(&p, "ada", HOUR);
    s = shipper(&p);
    (void) gate_journal_ship_next(s, &a);

    served(&p, "ada", HOUR);
    is_int(stat_of(&p).epoch, 1001, "the epoch is the same");

    is_int(gate_journal_ship_ahead(s, &a, 7), 1,
           "a receiver that has more ends the epoch");
    is_int(stat_of(&p).epoch, 7, "the new one began");
    is_int(gate_journal_ship_ahead(s, &a, 8), 0, "but not twice");
    is_int(stat_of(&p).epoch, 7, "it is still the same");

    gate_journal_ship_ack(s, a.token);
    served(&p, "ada", HOUR);
    is_int(drain(s, &receiver), 2, "both epochs are sent");
    is_int(received(&receiver, GATE_SERVED), 3, "with all requests");

    gate_journal_ship_close(s);
    leave(&p);
}


/* whoever has more of everything gets no more of our time for it */

static void
test_constant_work(void)
{
    char                  name[32];
    long                  spent, first, most;
    uint32_t              i, size;
    process_t             p;
    gate_journal_ship_t  *s;
    gate_journal_batch_t  b;

    static const uint32_t  sizes[] = { MB, 32 * MB };

    first = 0;

    for (size = 0; size < 2; size++) {
        fresh(sizes[size]);
        join(&p);

        for (i = 0; i < p.j->ncells - 8; i++) {
            snprintf(name, sizeof(name), "consumer-%u", i);
            served(&p, name, HOUR);
        }

        s = shipper(&p);
        (void) gate_journal_ship_ready(s, p.j->ncells);

        most = 0;

        while (gate_journal_ship_next(s, &b)) {
            looks = 0;
            (void) gate_journal_ship_ahead(s, &b, 7);
            gate_journal_ship_ack(s, b.token);
            spent = looks;

            looks = 0;
            (void) gate_journal_ship_next(s, &b);
            gate_journal_ship_ack(s, b.token);
            most = (spent + looks > most) ? spent + looks : most;
        }

        if (size == 0) {
            first = most;
        }

        ok(most <= first, "a reply costs %ld loads with %u cells", most,
           p.j->ncells);

        gate_journal_ship_close(s);
        leave(&p);
    }

    ok(first < 200, "which are few");
}


/* becoming ready can be taken in steps, and is not before the last one */

static void
test_ready(void)
{
    int                   n;
    process_t             p, q;
    gate_journal_ship_t  *s;
    gate_journal_batch_t  b;

    fresh(MB);
    join(&p);
    join(&q);
    served(&p, "ada", HOUR);

    s = shipper(&p);

    for (n = 1; !gate_journal_ship_ready(s, 100); n++) {
        served(&q, "ada", HOUR);
    }

    ok(n > 5, "many steps");
    is_int(gate_journal_ship_next(s, &b), 1, "then there is something");
    is_int(b.units[GATE_SERVED], n, "of all who wrote in between");

    gate_journal_ship_close(s);
    leave(&q);
    leave(&p);
}


static void
test_flights(void)
{
    char                  name[32];
    int                   i, n;
    process_t             p;
    gate_journal_ship_t  *s;
    gate_journal_batch_t  b[GATE_JOURNAL_TOKENS + 1];

    fresh(MB);
    join(&p);

    for (i = 0; i < GATE_JOURNAL_TOKENS + 10; i++) {
        snprintf(name, sizeof(name), "consumer-%d", i);
        served(&p, name, HOUR);
    }

    s = shipper(&p);

    for (n = 0; n <= GATE_JOURNAL_TOKENS
                && gate_journal_ship_next(s, &b[n]); n++)
    {
        /* void */
    }

    is_int(n, GATE_JOURNAL_TOKENS, "so many are in flight at once");

    gate_journal_ship_ack(s, b[17].token);
    is_int(gate_journal_ship_next(s, &b[17]), 1, "an answer makes room");

    for (i = 0; i < n; i++) {
        gate_journal_ship_ack(s, b[i].token);
    }

    is_int(drain(s, &receiver), 9, "the rest follows");

    gate_journal_ship_close(s);
    leave(&p);
}


static void
test_long_life(void)
{
    char                  name[32];
    int                   hour, i, bad;
    process_t             p;
    gate_journal_stat_t   st;
    gate_journal_ship_t  *s;

    fresh(MB);
    join(&p);
    s = shipper(&p);
    bad = 0;

    for (hour = 0; hour < 200; hour++) {
        for (i = 0; i < 100; i++) {
            snprintf(name, sizeof(name), "consumer-%d", i);
            served(&p, name, HOUR + (uint32_t) hour);
            served(&p, name, HOUR + (uint32_t) hour);
        }

        (void) drain(s, &receiver);
        bad += gate_journal_ship_retire(s, HOUR + (uint32_t) hour, 1000)
               != (hour ? 100 : 0);

        receiver.n = 0;                       /* these cannot come again */
    }

    st = stat_of(&p);
    is_int(bad, 0, "each hour's cells retire in the next");
    is_int(st.cells_used, 100, "cells of 200 hours fit room for 14");
    is_int(st.units[GATE_SERVED], 40000, "the sums are whole");
    ok(p.w->filled <= p.j->mask - p.j->mask / 4 + 1,
       "the writer's index is cleaned");

    gate_journal_ship_close(s);
    leave(&p);
}


/* in need the oldest go first, and no more than it takes */

static void
test_reclaim(void)
{
    char                  name[32];
    uint32_t              i, h;
    process_t             p, q;
    gate_journal_open_t   o;
    gate_journal_stat_t   st;
    gate_journal_ship_t  *s;

    fresh(MB);
    join(&p);
    join(&q);
    s = shipper(&p);

    for (h = 0; h < 4; h++) {
        for (i = 0; i < 10; i++) {
            snprintf(name, sizeof(name), "consumer-%u", i);
            served(i % 2 ? &p : &q, name, HOUR + h);
        }
    }

    is_int(gate_journal_ship_reclaim(s, HOUR + 3, 100, 7), 0,
           "what Redis does not have is not given up");
    (void) drain(s, &receiver);

    p.j->header->kept = GATE_JOURNAL_YES ^ 1u << 31 ^ 1u << 7;
    is_int(gate_journal_ship_reclaim(s, HOUR + 3, 5, 7), 0,
           "nor what was sent to nobody, whatever bits of that have flipped");

    p.j->header->kept = 1u << 31 | 1u << 7;
    is_int(gate_journal_ship_reclaim(s, HOUR + 3, 5, 7), 5,
           "as many as are wanted, though such bits have flipped");
    p.j->header->kept = 0;
    is_int(gate_journal_floor(p.j->header->now), HOUR + 1,
           "of the oldest hour, which is closed, and one hour alone");
    is_int(stat_of(&p).epoch, 1001, "the epoch goes on");

    is_int(gate_journal_ship_reclaim(s, HOUR + 3, 1, 7), 1, "one more");
    is_int(gate_journal_floor(p.j->header->now), HOUR + 1,
           "needs no other hour");

    is_int(gate_journal_ship_reclaim(s, HOUR + 3, 12, 7), 12,
           "the rest of it, and of the next");
    is_int(gate_journal_floor(p.j->header->now), HOUR + 2, "is closed, too");

    (void) start(&p, "eve", HOUR + 3, &o);
    served(&p, "bob", HOUR + 3);
    is_int(stat_of(&p).cells_used, 24, "two more cells");

    is_int(gate_journal_ship_reclaim(s, HOUR + 3, 100, 7), 22,
           "if need be, the present hour");
    st = stat_of(&p);
    is_int(st.epoch, 7, "with all of its epoch");
    is_int(st.cells_used, 2, "but no open request, and nothing unsent");

    is_int(gate_journal_ship_reclaim(s, HOUR + 3, 100, 8), 0, "that is all");
    is_int(stat_of(&p).epoch, 7, "and no reason for another epoch");

    served(&q, "consumer-1", HOUR + 3);
    (void) gate_journal_close(p.w, &o, GATE_SERVED, request_units, HOUR + 3);
    (void) drain(s, &receiver);
    st = stat_of(&p);
    ok(not_arrived(&st, &receiver) == NULL, "nothing is swallowed by that");
    is_int(received(&receiver, GATE_SERVED), 43, "all is counted");

    is_int(gate_journal_ship_reclaim(s, HOUR, 100, 9), 4,
           "a clock that was set back is no reason to keep anything");

    gate_journal_ship_close(s);
    leave(&q);
    leave(&p);
}


static void
test_writers(void)
{
    int                     i;
    process_t               p, q, r;
    gate_journal_open_t     o;
    gate_journal_writer_t  *w;

    fresh(MB);
    join(&p);
    join(&q);
    is_int(p.w->id, 1, "the first writer");
    is_int(q.w->id, 2, "the second");

    served(&p, "ada", HOUR);
    (void) start(&p, "ada", HOUR, &o);
    is_int(gate_journal_recover(p.j, &p.lock, HOUR), 0,
           "a writer does not recover itself");
    is_int(gate_journal_recover(q.j, &q.lock, HOUR), 0,
           "nor another that lives");

    vanish(&p);
    join(&r);
    is_int(r.w->id, 1, "who comes next inherits the record of the dead");
    is_int(stat_of(&r).units[GATE_INTERRUPTED], 1, "and ends its requests");
    served(&r, "ada", HOUR);
    is_int(stat_of(&r).cells_used, 1, "and goes on in its cells");

    memset(locked, 1, sizeof(locked));
    is_int(gate_journal_writer_open(r.j, &r.lock, HOUR, &w),
           GATE_JOURNAL_NO_WRITER, "records can run out");
    memset(locked, 0, sizeof(locked));

    for (i = 0; i < 2; i++) {
        locked[i] = 1;
    }

    leave(&q);
    leave(&r);
}


/* generations that drain for long, each with workers of its own */

static void
test_thousands(void)
{
    long                     ended;
    uint32_t                 i, n, rounds;
    process_t                p;
    gate_journal_key_t       key;
    gate_journal_open_t     *o;
    gate_journal_stat_t      st;
    gate_journal_writer_t  **w;

    uint32_t                 cell;

    fresh(16 * MB);
    join(&p);

    n = p.j->nwriters - 1;
    ok(n >= 2000, "%u more writers of 16 MB", n);

    w = calloc(n, sizeof(gate_journal_writer_t *));
    o = calloc(n, sizeof(gate_journal_open_t));
    key = a_key("ada");

    for (i = 0; i < n; i++) {
        cell = NONE;

        if (gate_journal_writer_open(p.j, &p.lock, HOUR, &w[i])
            != GATE_JOURNAL_OK
            || gate_journal_reserve(w[i], &key, HOUR, &cell)
               != GATE_JOURNAL_OK
            || gate_journal_open(w[i], cell, &o[i]) != GATE_JOURNAL_OK)
        {
            break;
        }
    }

    is_int(i, n, "all write, and have a request open");
    is_int(stat_of(&p).writers, n + 1, "all are counted");

    for (i = 0; i < n; i += 2) {
        (void) gate_journal_close(w[i], &o[i], GATE_SERVED, request_units,
                                  HOUR);
    }

    /* then they die, all at once */

    for (i = 0; i < n; i++) {
        p.j->mine[w[i]->id - 1] = 0;
        gate_journal_writer_free(w[i]);
    }

    for (rounds = 0, ended = 0; stat_of(&p).writers > 1 && rounds < 99;
         rounds++)
    {
        ended += gate_journal_recover(p.j, &p.lock, HOUR);
    }

    is_int(ended, n / 2, "the others are interrupted");
    ok(rounds > 1 && rounds <= n / GATE_JOURNAL_ATTEMPTS + 1,
       "by and by, in %u rounds", rounds);

    st = stat_of(&p);
    is_int(st.opened, n, "as many as were opened");
    is_int(st.units[GATE_SERVED] + st.units[GATE_INTERRUPTED], n,
           "and each has one end");

    free(w);
    free(o);
    leave(&p);

    /* the smallest file: each of its writers finds a slot */

    fresh(MB);
    join(&p);
    is_int(p.j->nwriters, 1024, "1 MB is for a thousand");
    ok(p.j->nchunks >= p.j->nwriters, "each of whom has slots");
    leave(&p);
}


/* one that died is found, however many there are that live */

static void
test_recovery_turns(void)
{
    uint32_t   i, n, rounds;
    process_t  p;

    fresh(16 * MB);
    join(&p);

    n = 3 * GATE_JOURNAL_ATTEMPTS;

    for (i = 1; i <= n; i++) {
        p.j->records[i].in_use = 1;
        locked[i] = (i != n);
    }

    for (rounds = 0; p.j->records[n].in_use && rounds < 99; rounds++) {
        (void) gate_journal_recover(p.j, &p.lock, HOUR);
    }

    is_int(rounds, 3, "one that died behind %u that live is recovered", n - 1);
    is_int(stat_of(&p).writers, n, "who lives is left alone");

    memset(locked, 0, sizeof(locked));
    leave(&p);
}


/* the shipper was killed between "it has arrived" and a look at what is new */

static void
test_cut_short(void)
{
    uint32_t              c;
    process_t             p;
    gate_journal_ship_t  *s;
    gate_journal_batch_t  b;

    fresh(MB);
    join(&p);

    s = shipper(&p);
    served(&p, "ada", HOUR);
    is_int(gate_journal_ship_next(s, &b), 1, "a total is on its way");
    c = s->head[s->flight[b.token].head - 1];
    served(&p, "ada", HOUR);

    p.j->cells[c].mark = s->sent[c];
    p.j->dirty[c] = 0;
    gate_journal_ship_close(s);

    s = shipper(&p);
    is_int(gate_journal_ship_next(s, &b), 1, "the next one sends it again");
    is_int(b.units[GATE_SERVED], 2, "with what came meanwhile");
    gate_journal_ship_ack(s, b.token);
    is_int(gate_journal_ship_next(s, &b), 0, "once");
    gate_journal_ship_close(s);

    leave(&p);
}


/* a file that another one has followed */

static void
test_before(void)
{
    char                   path[GATE_JOURNAL_PATH + 1];
    process_t              p;
    gate_journal_t        *j;
    gate_journal_ship_t   *s;
    gate_journal_header_t *h;

    fresh(MB);
    join(&p);
    h = p.j->header;

    ok(gate_journal_before(p.j) == NULL, "at first there is none before it");
    gate_journal_set_before(p.j, "/old/usage");
    is_str(gate_journal_before(p.j), "/old/usage", "then there is");

    h->before[1] ^= 1;
    ok(gate_journal_before(p.j) == NULL, "a name that is half of it is none");

    memset(path, 'a', sizeof(path));
    path[GATE_JOURNAL_PATH] = '\0';
    gate_journal_set_before(p.j, path);
    ok(gate_journal_before(p.j) == NULL, "nor is one that is too long");
    gate_journal_set_before(p.j, path + 1);
    is_int(strlen(gate_journal_before(p.j)), GATE_JOURNAL_PATH - 1,
           "the longest");
    gate_journal_set_before(p.j, NULL);
    ok(gate_journal_before(p.j) == NULL, "and none again");

    /* until it is clean */

    ok(!gate_journal_clean(p.j), "who writes may have more to say");
    served(&p, "ada", HOUR);
    gate_journal_writer_close(p.w);
    ok(!gate_journal_clean(p.j), "what has not arrived is to be sent");
    s = shipper(&p);
    (void) drain(s, &receiver);
    gate_journal_ship_close(s);
    ok(gate_journal_clean(p.j), "then it is clean");

    ok(!gate_journal_closed(p.j), "which is seen by somebody");
    gate_journal_set_closed(p.j, 1);
    ok(gate_journal_closed(p.j), "who tells all");

    /* a reload names it again at that very moment */

    j = p.j;
    join(&p);
    ok(!gate_journal_closed(j), "what is written to is not closed");
    served(&p, "ada", HOUR);
    gate_journal_writer_close(p.w);
    ok(!gate_journal_closed(j), "nor is what has usage that nobody has");
    s = shipper(&p);
    (void) drain(s, &receiver);
    gate_journal_ship_close(s);
    ok(gate_journal_closed(j), "until that has arrived, too");

    gate_journal_detach(p.j);
    gate_journal_detach(j);
}


/* power failed while the file was being written down */

static void
test_torn(void)
{
    uint32_t              c;
    process_t             p, q;
    gate_journal_open_t   a, b;
    gate_journal_stat_t   st;
    gate_journal_ship_t  *s;
    gate_journal_batch_t  batch;

    fresh(MB);
    join(&p);

    served(&p, "ada", HOUR);
    (void) start(&p, "ada", HOUR, &a);
    (void) start(&p, "bob", HOUR, &b);

    c = (uint32_t) p.j->slots[a.slot].open - 1;
    p.j->cells[c].names[0] ^= 1;
    p.j->slots[b.slot].open = 4000000000u;

    p.w->record->redo.check = 1;
    p.w->record->redo.cell = 4000000000u;
    p.w->record->redo.slot = 4000000000u;

    vanish(&p);
    join(&q);

    st = stat_of(&q);
    is_int(st.lost, 2, "slots of what is not a cell are given up");
    is_int(st.opened, 1 + st.lost, "and said to be");
    is_int(st.open, 0, "none is open");

    s = shipper(&q);
    is_int(gate_journal_ship_next(s, &batch), 0,
           "a cell with a damaged key is not sent");
    gate_journal_ship_close(s);

    leave(&q);
}


/* damage while others write: found before it is sent, and everything else goes */

static void
test_damage(void)
{
    char                    text[512];
    uint32_t                c;
    uint64_t                now;
    process_t               p, q;
    gate_journal_open_t     o;
    gate_journal_stat_t     st;
    gate_journal_ship_t    *s;
    gate_journal_batch_t    b;
    gate_journal_damage_t   d;

    fresh(MB);
    join(&p);
    join(&q);
    s = shipper(&p);

    served(&p, "ada", HOUR);
    served(&q, "ada", HOUR);
    served(&p, "bob", HOUR);
    (void) start(&p, "ada", HOUR, &o);
    is_int(gate_journal_verify(p.j), 0, "it is sound");

    c = (uint32_t) p.j->slots[o.slot].open - 1;
    p.j->cells[c].values[GATE_BYTES_OUT] ^= 1 << 20;

    is_int(gate_journal_verify(q.j), 1, "a bit flips: others see it");
    is_int(gate_journal_next_damage(q.j, &d), 1, "and can say");
    gate_journal_damage_text(q.j, &d, text, sizeof(text));
    is_str(strstr(text, "consumer"), "consumer \"ada\", API \"orders\", "
           "version \"v2\", plan \"gold\", hour 2027-01-15T08:00Z", "what it is");
    is_int(gate_journal_next_damage(q.j, &d), 0, "which is all");
    is_int(stat_of(&p).damaged, 0, "who looks counts nothing");

    served(&p, "ada", HOUR);
    is_int(drain(s, &receiver), 2, "the shipper sends all but that");
    is_int(gate_journal_next_damage(p.j, &d), 1, "which it has found");
    is_int(d.part, GATE_JOURNAL_PART_VALUES, "to be damaged");
    is_int(d.index, c, "in this cell");
    is_int(received(&receiver, GATE_SERVED), 2, "of two writers one is left");

    st = stat_of(&p);
    is_int(st.damaged, 1, "it is counted");
    is_int(st.aside, 1, "and kept aside");
    is_int(st.dirty, 0, "and not waited for");
    is_int(st.units[GATE_SERVED], 2, "it counts no more");

    gate_journal_seal(p.j, 77);
    served(&p, "ada", HOUR);
    is_int(gate_journal_close(p.w, &o, GATE_SERVED, request_units, HOUR),
           GATE_JOURNAL_OK, "what was open in it ends elsewhere");
    is_int(gate_journal_ship_next(s, &b), 1, "that is sent");
    is_int(b.units[GATE_SERVED], 2, "whole");
    gate_journal_ship_ack(s, b.token);

    /* a slot, a redo record, and a value that is found when it is read */

    (void) start(&p, "bob", HOUR, &o);
    now = p.j->slots[o.slot].open;
    p.j->slots[o.slot].open ^= 2;
    is_int(gate_journal_close(p.w, &o, GATE_SERVED, request_units, HOUR),
           GATE_JOURNAL_LOST, "a slot that names another cell is not billed");
    ok(now != 0 && stat_of(&p).lost == 1, "but counted as lost");

    q.w->record->redo.check = 12345;
    vanish(&q);
    is_int(gate_journal_recover(p.j, &p.lock, HOUR), 0, "a redo record");
    is_int(stat_of(&p).damaged, 3, "that is damaged is found, too");

    gate_journal_ship_close(s);
    leave(&p);
}


int
main(void)
{
    test_headers();
    test_sizes();
    test_keys();
    test_requests();
    test_room();
    test_saturation();
    test_epochs();
    test_hours();
    test_shipping();
    test_ahead();
    test_constant_work();
    test_ready();
    test_flights();
    test_long_life();
    test_reclaim();
    test_writers();
    test_thousands();
    test_recovery_turns();
    test_cut_short();
    test_before();
    test_torn();
    test_damage();

    munmap(region, region_size);

    return done_testing();
}
