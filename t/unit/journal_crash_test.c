
/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * The journal dies after each single store into the region, in every
 * operation, also in the recovery from such a death; what follows must find
 * every request counted once.
 */


#include <setjmp.h>

static void crashpoint(void);

#define GATE_JOURNAL_CRASHPOINT()  crashpoint()

#include "journal_world.h"


static jmp_buf     death;
static long        fuse;           /* stores until death, 0: none */
static long        stores;


static void
crashpoint(void)
{
    stores++;

    if (fuse != 0 && --fuse == 0) {
        longjmp(death, 1);
    }
}


/* two writers that died with slots open, one within its close */

static void
prepare(void)
{
    process_t                p, q;
    gate_journal_open_t      o[3];

    memset(region, 0, sizeof(region));
    memset(&ledger, 0, sizeof(ledger));
    memset(&receiver, 0, sizeof(receiver));

    fuse = 0;

    (void) gate_journal_format(region, SIZE, 1001);

    process_begin(&p);
    process_begin(&q);
    open_writer(&p, HOUR);
    open_writer(&q, HOUR);

    begin_request(&p, "ada", HOUR, &o[0]);
    begin_request(&p, "bob", HOUR, &o[1]);
    begin_request(&q, "bob", HOUR, &o[2]);
    end_request(&q, &o[2], GATE_ABORTED, HOUR);
    begin_request(&q, "ada", HOUR, &o[2]);
    end_request(&p, &o[0], GATE_SERVED, HOUR);

    begin_request(&p, "bob", HOUR - 3, &o[0]);

    fuse = 30;

    if (setjmp(death) == 0) {
        end_request(&q, &o[2], GATE_SERVED, HOUR);
    }

    fuse = 0;

    process_end(&p);
    process_end(&q);
}


/* the life that is cut: everything that ever happens to a journal */

static void
life_requests(process_t *p)
{
    gate_journal_open_t  o[4];

    open_writer(p, HOUR);

    begin_request(p, "ada", HOUR, &o[0]);
    begin_request(p, "ada", HOUR, &o[1]);
    begin_request(p, "eve", HOUR, &o[2]);

    end_request(p, &o[0], GATE_SERVED, HOUR);
    end_request(p, &o[1], GATE_ABORTED, HOUR + 1);
    end_request(p, &o[2], GATE_REFUSED_UPSTREAM, HOUR + 1);

    begin_request(p, "ada", HOUR - 2, &o[0]);
    begin_request(p, "bob", HOUR - 2, &o[1]);
    begin_request(p, "bob", HOUR + 1, &o[2]);

    end_request(p, &o[0], GATE_SERVED, HOUR - 2);
    end_request(p, &o[1], GATE_SERVED, HOUR - 2);
}


static void
life_ship(process_t *p)
{
    gate_journal_open_t   o;
    gate_journal_lock_t   lock;
    gate_journal_batch_t  a, b;

    lock = lock_of(p);

    (void) gate_journal_ship_open(p->j, &p->s);

    if (gate_journal_ship_next(p->s, &a)) {
        receive(&receiver, &a);
    }

    if (gate_journal_ship_next(p->s, &b)) {
        receive(&receiver, &b);
        gate_journal_ship_ack(p->s, b.token);
    }

    (void) gate_journal_recover(p->j, &lock, HOUR + 1);

    (void) gate_journal_ship_ahead(p->s, &a, 1002);
    gate_journal_ship_ack(p->s, a.token);

    begin_request(p, "ada", HOUR + 1, &o);
    end_request(p, &o, GATE_SERVED, HOUR + 1);

    (void) drain(p->s, &receiver);

    begin_request(p, "bob", HOUR, &o);
    (void) gate_journal_ship_retire(p->s, HOUR + 1, 100);
    end_request(p, &o, GATE_ABORTED, HOUR);

    gate_journal_ship_all(p->s);
    (void) drain(p->s, &receiver);
    (void) gate_journal_ship_retire(p->s, HOUR + 1, 100);
    (void) gate_journal_ship_reclaim(p->s, HOUR + 1, 100, 1003);

    gate_journal_ship_close(p->s);
    p->s = NULL;
}


static void
life(process_t *p)
{
    gate_journal_open_t      o;

    life_requests(p);
    life_ship(p);

    begin_request(p, "eve", HOUR, &o);

    gate_journal_writer_close(p->w);
    p->w = NULL;

    gate_journal_seal(p->j, 1001);

    open_writer(p, HOUR + 2);
    begin_request(p, "ada", HOUR + 2, &o);
    end_request(p, &o, GATE_SERVED, HOUR + 2);
}


/* runs until death or the end; 1: it died */

static int
live(process_t *p, void (*what)(process_t *p), long n)
{
    int  died;

    process_begin(p);

    stores = 0;
    fuse = n;
    died = setjmp(death);

    if (!died) {
        what(p);
    }

    fuse = 0;

    process_end(p);

    return died;
}


static void
recovery(process_t *p)
{
    gate_journal_lock_t  lock;

    lock = lock_of(p);

    (void) gate_journal_recover(p->j, &lock, HOUR + 1);

    (void) gate_journal_ship_open(p->j, &p->s);
    (void) drain(p->s, &receiver);
    (void) gate_journal_ship_retire(p->s, HOUR, 100);
}


/* after a recovery that nothing cut: all sums, then all cells can retire */

static const char *
verdict(void)
{
    process_t             p;
    const char           *why;
    gate_journal_stat_t   st, after;

    (void) live(&p, recovery, 0);

    process_begin(&p);

    gate_journal_stat(p.j, &st);

    why = wrong(&st, &ledger);

    if (why == NULL) {
        why = not_arrived(&st, &receiver);
    }

    if (why == NULL) {
        why = structure(p.j, &st);
    }

    (void) gate_journal_ship_open(p.j, &p.s);
    (void) gate_journal_ship_retire(p.s, HOUR + 100, 1000);
    gate_journal_stat(p.j, &after);

    if (why == NULL && (after.cells_used != 0
                        || memcmp(after.units, st.units, sizeof(st.units))))
    {
        why = "retiring all cells changed the sums";
    }

    process_end(&p);

    return why;
}


/* what a death leaves is not damage */

static uint32_t
damage(void)
{
    uint32_t   n;
    process_t  p;

    process_begin(&p);
    n = gate_journal_verify(p.j);

    if (n == 0) {
        n = gate_journal_missing(p.j) != 0;
    }

    process_end(&p);

    return n;
}


static int
cut_once(long n, long m, int *died)
{
    process_t    p;
    const char  *why;

    prepare();

    *died = live(&p, life, n);

    if (*died && m) {
        *died = live(&p, recovery, m);
    }

    why = damage() ? "it looks damaged" : verdict();

    if (why != NULL) {
        diag("cut after store %ld, recovery cut after %ld: %s", n, m, why);
        return 0;
    }

    return 1;
}


static void
test_cuts(void)
{
    int   died;
    long  n, bad;

    bad = 0;
    died = 1;

    for (n = 1; died; n++) {
        bad += !cut_once(n, 0, &died);
    }

    ok(n > 500, "a life has enough stores to be cut after");
    is_int(bad, 0, "cut after each of its stores, nothing is lost or doubled");
    diag("%ld cuts", n - 2);
}


static void
test_cuts_of_recovery(long step)
{
    int        died;
    long       n, m, last, bad, cuts;
    process_t  p;

    bad = 0;
    cuts = 0;

    prepare();
    (void) live(&p, life, 0);
    last = stores;

    for (n = 1; n <= last; n += step) {
        died = 1;

        for (m = 1 + n % step; died; m += step) {
            bad += !cut_once(n, m, &died);
            cuts += died;
        }
    }

    ok(cuts > 0, "recoveries were cut");
    is_int(bad, 0, "a recovery that is cut is completed by the next");
    diag("%ld cuts of recoveries", cuts);
}


/* the check would see what it is there to see */

static void
test_planted(void)
{
    uint32_t             c;
    process_t            p;
    gate_journal_open_t  o;
    gate_journal_stat_t  st;

    prepare();
    process_begin(&p);
    open_writer(&p, HOUR);
    begin_request(&p, "ada", HOUR, &o);
    end_request(&p, &o, GATE_SERVED, HOUR);

    for (c = 0; p.j->owners[c] != p.w->id || p.j->cells[c].values[0] == 0;
         c++)
    {
        /* void */
    }

    gate_journal_stat(p.j, &st);
    ok(not_arrived(&st, &receiver) != NULL, "what was not sent is noticed");

    p.j->cells[c].values[GATE_BYTES_IN] += BYTES_IN;
    gate_journal_stat(p.j, &st);
    ok(wrong(&st, &ledger) != NULL, "bytes that count twice are noticed");

    p.j->cells[c].values[GATE_BYTES_OUT] += BYTES_OUT;
    p.j->cells[c].values[GATE_DURATION_MS] += DURATION;
    p.j->cells[c].values[GATE_SERVED]++;
    gate_journal_stat(p.j, &st);
    ok(wrong(&st, &ledger) != NULL, "a request that counts twice is noticed");

    p.w->record->opened = gate_journal_count_of(p.w->opened + 1);
    gate_journal_stat(p.j, &st);
    ok(wrong(&st, &ledger) != NULL,
       "so is one that was opened twice as well");

    process_end(&p);

    prepare();
    process_begin(&p);
    open_writer(&p, HOUR);
    begin_request(&p, "ada", HOUR, &o);
    p.j->slots[o.slot].open = 0;
    process_end(&p);

    ok(verdict() != NULL, "a slot that is lost is noticed");

    prepare();
    is_int(damage(), 0, "two that died are no damage");
    process_begin(&p);
    p.j->cells[0].values[0] ^= 1;
    process_end(&p);
    is_int(damage(), 1, "a bit of a total is");
}


int
main(void)
{
    const char  *step;

    step = getenv("GATE_STEP");

    test_planted();
    test_cuts();
    test_cuts_of_recovery(step ? atol(step) : 7);

    return done_testing();
}
