
/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * One bit of a journal that is at rest is not what it was, or a page of it: it
 * was overwritten, lost, or is as it was some time ago.  Either nothing comes of
 * it, or it is found and named; then all the rest arrives, and nothing is billed
 * that was not served.  The same of the word "now", which all requests go by,
 * while the journal is in use.
 *
 *   GATE_FLIPS=N   bits to flip, 500 without it
 *   GATE_SEED=N
 */


#include <setjmp.h>
#include <unistd.h>

static void crashpoint(void);

#define GATE_JOURNAL_CRASHPOINT()  crashpoint()

#include "journal_world.h"


#define CONSUMERS   100
#define HOURS       6
#define EPOCHS      3
#define UNITS       7


typedef struct {
    uint64_t             units[EPOCHS][HOURS][CONSUMERS][UNITS];
    uint64_t             strange;          /* keys that nobody had */
} bill_t;


typedef struct {
    bill_t               bill;
    gate_journal_stat_t  st;
    uint32_t             found;
    char                 before[64];
} result_t;


static jmp_buf     death;
static long        fuse;
static bill_t      sent;                   /* before all this */
static result_t    truth, is;
static uint64_t    seed;
static uint32_t    flipped;
static int         flipped_bit;
static uint64_t    image[SIZE / 8];
static uint64_t    earlier[SIZE / 8];


static void
crashpoint(void)
{
    if (fuse != 0 && --fuse == 0) {
        longjmp(death, 1);
    }
}


static uint32_t
rnd(uint32_t below)
{
    seed ^= seed << 13;
    seed ^= seed >> 7;
    seed ^= seed << 17;

    return (uint32_t) (seed >> 11) % below;
}


static void
bill(bill_t *all, const gate_journal_batch_t *b)
{
    int       n, i;
    char      name[160], tail[4];
    uint64_t  e, h, *units;

    e = b->epoch - 1001;
    h = b->hour - (HOUR - HOURS + 1);

    snprintf(name, sizeof(name), "%.*s", (int) b->key.consumer.len,
             b->key.consumer.data);

    if (sscanf(name, "consumer-%d%3s", &n, tail) != 1 || n < 0
        || n >= CONSUMERS || e >= EPOCHS || h >= HOURS
        || !gate_str_eq(b->key.api, gate_cstr("orders"))
        || !gate_str_eq(b->key.version, gate_cstr("v2"))
        || !gate_str_eq(b->key.plan, gate_cstr("gold")))
    {
        all->strange++;
        return;
    }

    units = all->units[e][h][n];

    for (i = 0; i < UNITS; i++) {
        if (b->units[i] > units[i]) {
            units[i] = b->units[i];
        }
    }
}


static void
ship(process_t *p, bill_t *all)
{
    gate_journal_batch_t  b;

    while (gate_journal_ship_next(p->s, &b)) {
        bill(all, &b);
        gate_journal_ship_ack(p->s, b.token);
    }
}


static void
serve(process_t *p, int n, uint32_t hour)
{
    char                 name[32];
    gate_journal_rc_e    rc;
    gate_journal_open_t  o;

    snprintf(name, sizeof(name), "consumer-%d", n);

    begin_request(p, name, hour, &o);
    rc = gate_journal_close(p->w, &o, (gate_unit_e) (n % 3), request_units,
                            hour);

    if (rc != GATE_JOURNAL_OK) {
        fail("a close never fails: %d, bit %d of byte %u", rc, flipped_bit,
             flipped);
        exit(1);
    }
}


/* a new journal, two writers, of whom the first ships */

static void
two_begin(process_t *p, process_t *q)
{
    memset(region, 0, sizeof(region));
    memset(locked, 0, sizeof(locked));
    fuse = 0;

    (void) gate_journal_format(region, SIZE, 1001);

    process_begin(p);
    process_begin(q);
    open_writer(p, HOUR);
    open_writer(q, HOUR);
    (void) gate_journal_ship_open(p->j, &p->s);
}


/*
 * Cells of two epochs and many hours, of two writers; sent and not sent, and
 * retired; requests that are open.  One is killed at a commit, or when retiring.
 */

static void
populate(int ships)
{
    int                  i;
    uint32_t             h;
    process_t            p, q;
    gate_journal_open_t  o[2];

    memset(&sent, 0, sizeof(sent));
    two_begin(&p, &q);

    for (h = HOUR - HOURS + 1; h < HOUR; h++) {
        for (i = 0; i < CONSUMERS; i++) {
            serve(&p, i, h);
            serve(&q, i, h);
        }
    }

    ship(&p, &sent);
    (void) gate_journal_ship_retire(p.s, HOUR - HOURS + 2, 1000);

    for (i = 0; i < CONSUMERS; i++) {
        serve(i % 3 ? &p : &q, i, HOUR - 1);
    }

    gate_journal_seal(p.j, 1002);
    gate_journal_set_before(p.j, "/old/usage");

    for (i = 0; i < CONSUMERS; i++) {
        serve(i % 2 ? &p : &q, i, HOUR - 1);
    }

    memcpy(earlier, region, SIZE);

    for (i = 0; i < 20; i++) {
        serve(i % 2 ? &p : &q, i, HOUR - 1);
    }

    for (i = 0; i < 20; i++) {
        begin_request(i % 2 ? &p : &q, "consumer-7", HOUR, &o[i % 2]);
    }

    fuse = ships ? 3000 : 12;

    if (setjmp(death) == 0) {
        if (ships) {
            (void) gate_journal_ship_retire(p.s, HOUR - HOURS + 3, 1000);

        } else {
            end_request(&q, &o[0], GATE_SERVED, HOUR);
        }
    }

    fuse = 0;

    process_end(&p);
    process_end(&q);

    memcpy(image, region, SIZE);
}


/* what becomes of the file that lies there; 0: it is refused */

static int
outcome_of_file(result_t *r)
{
    int                  i;
    process_t            p;
    uint64_t             was;
    const char          *before;
    gate_journal_lock_t  lock;

    memset(r, 0, sizeof(result_t));
    memcpy(&r->bill, &sent, sizeof(bill_t));
    memset(locked, 0, sizeof(locked));
    memset(&p, 0, sizeof(p));

    if (gate_journal_attach(region, SIZE, &p.j) != GATE_JOURNAL_OK) {
        return 0;
    }

    was = p.j->header->damaged;
    lock = lock_of(&p);

    if (gate_journal_verify(p.j) != 0 || gate_journal_missing(p.j) != 0) {
        (void) gate_journal_mend(p.j);
    }

    gate_journal_begin(p.j, 1003);

    while (gate_journal_recover(p.j, &lock, HOUR) != 0) { /* void */ }

    (void) gate_journal_ship_open(p.j, &p.s);
    gate_journal_ship_all(p.s);
    ship(&p, &r->bill);

    /* life goes on, and none of it is swallowed */

    open_writer(&p, HOUR);

    for (i = 0; i < CONSUMERS; i++) {
        serve(&p, i, HOUR);
    }

    ship(&p, &r->bill);
    gate_journal_writer_close(p.w);
    p.w = NULL;

    gate_journal_stat(p.j, &r->st);
    before = gate_journal_before(p.j);
    snprintf(r->before, sizeof(r->before), "%s", before ? before : "-");

    /* a check of all that nothing new is found */

    r->found = (uint32_t) (p.j->header->damaged - was)
               + 1000 * (gate_journal_verify(p.j) != 0);

    process_end(&p);

    return 1;
}


static int
equal(const result_t *a, const result_t *b)
{
    return memcmp(&a->bill, &b->bill, sizeof(bill_t)) == 0
           && memcmp(a->st.units, b->st.units, sizeof(a->st.units)) == 0
           && a->st.opened == b->st.opened && a->st.lost == b->st.lost
           && a->st.open == b->st.open
           && strcmp(a->before, b->before) == 0;
}


/* consumers for whom something else was billed, keys that have too much */

static void
compare(const result_t *r, int *others, int *over)
{
    int              e, h, n, differs;
    const uint64_t  *got, *want;

    *others = 0;
    *over = (int) r->bill.strange;

    for (n = 0; n < CONSUMERS; n++) {
        differs = 0;

        for (e = 0; e < EPOCHS * HOURS; e++) {
            h = e % HOURS;

            got = r->bill.units[e / HOURS][h][n];
            want = truth.bill.units[e / HOURS][h][n];

            differs |= memcmp(got, want, UNITS * sizeof(uint64_t)) != 0;
            *over += got[GATE_SERVED] > want[GATE_SERVED]
                     || got[GATE_BYTES_OUT] > want[GATE_BYTES_OUT];
        }

        *others += differs;
    }
}


/* any byte of the file, or one of those that matter most */

static uint32_t
place(void)
{
    uint32_t                      at, len;
    const gate_journal_layout_t  *l;

    l = (const gate_journal_layout_t *) image;

    if (rnd(2)) {
        return rnd(SIZE);
    }

    switch (rnd(7)) {

    case 0:
        at = 0;
        len = sizeof(gate_journal_header_t);
        break;

    case 1:
        at = (uint32_t) l->writers_at;
        len = 2 * sizeof(gate_journal_record_t);
        break;

    case 2:
        at = (uint32_t) l->slots_at;
        len = 4 * GATE_JOURNAL_CHUNK * sizeof(gate_journal_slot_t);
        at += rnd(2) ? l->chunks / l->writers * GATE_JOURNAL_CHUNK
                       * (uint32_t) sizeof(gate_journal_slot_t) : 0;
        break;

    case 3:
        at = (uint32_t) l->chunks_at;
        len = 8 * sizeof(uint32_t);
        break;

    case 4:
        at = (uint32_t) l->hashes_at;
        len = l->cells * sizeof(uint64_t);
        break;

    case 5:
        at = (uint32_t) l->owners_at;
        len = l->cells * (sizeof(uint32_t) + 1);
        break;

    default:
        at = (uint32_t) l->cells_at;
        len = l->cells * sizeof(gate_journal_cell_t);
    }

    return at + rnd(len);
}


static void
scribble(uint32_t at)
{
    uint32_t        i, len;
    unsigned char  *to, *from;

    static const uint32_t  lengths[] = { 64, 512, 4096 };

    to = (unsigned char *) region;
    len = lengths[rnd(3)];
    at -= at % len;

    switch (rnd(5)) {

    case 0:
        memset(to + at, 0, len);
        break;

    case 1:
        memset(to + at, 0xff, len);
        break;

    case 2:
        memcpy(to + at, (unsigned char *) earlier + at, len);
        break;

    case 3:
        from = (unsigned char *) image;
        i = place();
        memcpy(to + at, from + i - i % len, len);
        break;

    default:
        for (i = 0; i < len; i++) {
            to[at + i] = (unsigned char) rnd(256);
        }
    }
}


/* others than the one who is named may be billed less, where it is a page */

static void
test_scribbles(int ships, long scribbles)
{
    int       others, over;
    long      n, silent, refused, found, much, twice;
    uint32_t  at;

    populate(ships);

    silent = refused = found = much = twice = 0;

    (void) outcome_of_file(&truth);

    for (n = 0; n < scribbles; n++) {
        at = place();
        flipped = at;

        memcpy(region, image, SIZE);
        scribble(at);

        if (!outcome_of_file(&is)) {
            refused++;
            continue;
        }

        compare(&is, &others, &over);
        much += over != 0;

        if (over) {
            diag("byte %u and those beside it: %d have too much", at, over);
        }

        found += is.found != 0;
        twice += is.found >= 1000;

        if (is.found == 0 && !equal(&is, &truth)) {
            silent++;
            diag("byte %u and those beside it: %d consumers are wrong, and "
                 "nobody says so", at, others);
        }
    }

    diag("%ld scribbles: %ld found, %ld refused, %ld silent", scribbles,
         found, refused, silent);

    is_int(silent, 0, "no page is lost in silence");
    is_int(much, 0, "no page bills too much");
    is_int(twice, 0, "what was found of a page is settled");
    ok(found > 0 && refused > 0, "pages of all kinds were tried");
}


static void
test_flips(int ships, long flips)
{
    int       bit, others, over;
    long      n, silent, refused, harmless, found, much, spread, twice;
    uint32_t  at;

    populate(ships);

    silent = refused = harmless = found = much = spread = twice = 0;

    ok(outcome_of_file(&truth) && truth.found == 0,
       "a journal without a flip is sound");
    is_int(truth.st.opened, truth.st.lost + truth.st.units[GATE_INTERRUPTED]
                            + outcomes(truth.st.units), "and balances");

    for (n = 0; n < flips; n++) {
        at = place();
        bit = (int) rnd(8);

        flipped = at;
        flipped_bit = bit;

        memcpy(region, image, SIZE);
        ((unsigned char *) region)[at] ^= (unsigned char) (1 << bit);

        if (!outcome_of_file(&is)) {
            refused++;
            continue;
        }

        if (equal(&is, &truth)) {
            harmless++;

        } else if (is.found == 0) {
            silent++;
            compare(&is, &others, &over);
            diag("bit %d of byte %u: %d consumers are wrong, %d keys "
                 "have too much, "
                 "and nobody says so", bit, at, others, over);
            continue;

        } else {
            found++;
            compare(&is, &others, &over);
            much += over != 0;
            spread += others > 1;
        }

        if (is.found >= 1000) {
            twice++;
            diag("bit %d of byte %u is found once more", bit, at);
        }
    }

    diag("%ld flips: %ld harmless, %ld found, %ld refused, %ld silent", flips,
         harmless, found, refused, silent);

    is_int(silent, 0, "no error is silent");
    is_int(much, 0, "no error bills too much");
    is_int(spread, 0, "all but the one who is named are billed in full");
    is_int(twice, 0, "what was found once is settled");
    ok(found > 0 && harmless > 0, "flips of all kinds were tried");
}


/* where a life is when the word is damaged */

typedef enum {
    AT_REST = 0,
    IN_REQUEST,
    BEFORE_RETIRE,
    BEFORE_SEAL,
    BEFORE_NEWCOMER,
    MOMENTS
} moment_e;


static void
hit(const process_t *p, moment_e at, moment_e moment, uint64_t bits)
{
    if (at == moment) {
        p->j->header->now ^= bits;
    }
}


/*
 * Two workers, a shipper that retires and seals, a worker that comes later.
 * Gives the epoch index and the lowest hour at its end.
 */

static uint64_t
live(moment_e moment, uint64_t bits, receiver_t *r, uint64_t *named)
{
    int                    i;
    process_t              p, q, n;
    uint64_t               now;
    gate_journal_open_t    o;
    gate_journal_damage_t  d;

    memset(r, 0, sizeof(receiver_t));
    two_begin(&p, &q);

    for (i = 0; i < 10; i++) {
        serve(i % 2 ? &p : &q, i, HOUR - 1);
    }

    (void) drain(p.s, r);

    (void) gate_journal_ship_retire(p.s, HOUR, 1000);

    hit(&p, AT_REST, moment, bits);
    begin_request(&p, "consumer-1", HOUR, &o);
    hit(&p, IN_REQUEST, moment, bits);
    end_request(&p, &o, GATE_SERVED, HOUR);

    /* of an hour that was retired: it would be less than what was sent */

    serve(&q, 1, HOUR - 1);

    (void) drain(p.s, r);

    hit(&p, BEFORE_RETIRE, moment, bits);
    (void) gate_journal_ship_retire(p.s, HOUR + 1, 1000);
    serve(&q, 2, HOUR + 1);

    hit(&p, BEFORE_SEAL, moment, bits);
    gate_journal_seal(p.j, 1002);
    serve(&q, 3, HOUR + 1);

    hit(&p, BEFORE_NEWCOMER, moment, bits);
    process_begin(&n);
    open_writer(&n, HOUR + 1);
    serve(&n, 4, HOUR + 1);
    serve(&p, 5, HOUR + 1);

    (void) drain(p.s, r);

    for (*named = 0, i = 0; i < 3; i++) {
        while (gate_journal_next_damage(((process_t *[]) { &p, &q, &n })[i]->j,
                                        &d))
        {
            *named += d.part == GATE_JOURNAL_PART_NOW;
        }
    }

    *named = *named * 100 + p.j->header->damaged;
    now = p.j->header->now;

    process_end(&n);
    process_end(&q);
    process_end(&p);

    return now;
}


static uint64_t
ended(const receiver_t *r)
{
    return received(r, GATE_SERVED) + received(r, GATE_REFUSED_UPSTREAM)
           + received(r, GATE_ABORTED);
}


/* hours that nobody served in */

static uint64_t
astray(const receiver_t *r)
{
    uint32_t  i;
    uint64_t  n;

    for (i = 0, n = 0; i < r->n; i++) {
        n += r->landed[i].hour < HOUR - 1 || r->landed[i].hour > HOUR + 1;
    }

    return n;
}


/* one bit of "now" is known from the others: all goes on as if it had not been */

static void
test_live_flips(void)
{
    int                moment, bit, wrong, silent;
    uint64_t           now, named;
    static receiver_t  want, got;

    now = live(MOMENTS, 0, &want, &named);
    is_int(named, 0, "a life without a flip is sound");
    is_int(ended(&want), 16, "and all of it is billed");

    wrong = silent = 0;

    for (moment = 0; moment < MOMENTS; moment++) {
        for (bit = 0; bit < 64; bit++) {
            wrong += live(moment, 1ULL << bit, &got, &named) != now
                     || got.n != want.n
                     || memcmp(got.landed, want.landed,
                               want.n * sizeof(landed_t)) != 0;
            silent += named != 101;
        }
    }

    is_int(wrong, 0, "a bit of \"now\" flips while it is used: it is mended");
    is_int(silent, 0, "and told, by one of them, once");
}


/* of more bits nothing is known: a new epoch begins, and no hour is wrong */

static void
test_live_scribbles(long scribbles)
{
    int                strays, less, silent;
    long               n;
    uint64_t           bits, named;
    static receiver_t  got;

    strays = less = silent = 0;

    for (n = 0; n < scribbles; n++) {
        bits = (uint64_t) rnd(0x10000) << 48 | (uint64_t) rnd(0x10000) << 32
               | (uint64_t) rnd(0x10000) << 16 | rnd(0x10000);

        if (n < 200) {
            bits = 1ULL << rnd(64) | 1ULL << rnd(64);
        }

        if (bits == 0) {
            continue;
        }

        (void) live((moment_e) (n % MOMENTS), bits, &got, &named);

        strays += astray(&got) != 0;
        less += ended(&got) != 16;
        silent += named != 101;
    }

    is_int(strays, 0, "more of \"now\" is damaged: no hour is a wrong one");
    is_int(less, 0, "and all is billed, once");
    is_int(silent, 0, "and it is told");
}


int
main(void)
{
    long         flips;
    const char  *env;

    env = getenv("GATE_SEED");
    seed = env ? strtoull(env, NULL, 10) : (uint64_t) getpid() * 2654435761u;
    diag("GATE_SEED=%lu", (unsigned long) seed);

    env = getenv("GATE_FLIPS");
    flips = env ? atol(env) : 500;

    test_flips(0, flips / 2);
    test_flips(1, flips / 2);
    test_scribbles(0, flips / 2);
    test_scribbles(1, flips / 2);
    test_live_flips();
    test_live_scribbles(flips);

    return done_testing();
}
