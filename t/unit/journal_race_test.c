
/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * Two processes on one journal: after each load and each store of the one,
 * the other does all it has to do; then the first one goes on, or dies at one
 * of the next points.  Requests are to be counted once, and to arrive by a
 * shipper that was there all the time.
 *
 *   GATE_FULL=1    all pairs of points, not a part of them
 */


#include <setjmp.h>

static void point(void);

#define GATE_JOURNAL_CRASHPOINT()  point()

/* most of what is read is zero, in arrays that are scanned */
#define GATE_JOURNAL_LOOKPOINT(v)  if (v) point()

#include "journal_world.h"


typedef void (*act_pt)(void);


typedef struct {
    const char             *name;
    act_pt                  act;              /* the one that is stopped */
    act_pt                  between;          /* the other */
} race_t;


static jmp_buf                death;
static long                   points;
static long                   fuse;           /* points until death */
static long                   turn;           /* points until the other runs */
static int                    inside;
static act_pt                 other;

static process_t              one, two, dead;
static gate_journal_open_t    slot_one, slot_two;


static void
point(void)
{
    if (inside) {
        return;
    }

    points++;

    if (turn != 0 && --turn == 0) {
        inside = 1;
        other();
        inside = 0;
    }

    if (fuse != 0 && --fuse == 0) {
        longjmp(death, 1);
    }
}


static void
setup(void)
{
    gate_journal_open_t      o;

    memset(region, 0, sizeof(region));
    memset(locked, 0, sizeof(locked));
    memset(&ledger, 0, sizeof(ledger));
    memset(&receiver, 0, sizeof(receiver));

    inside = 1;

    (void) gate_journal_format(region, SIZE, 1001);

    process_begin(&dead);
    process_begin(&one);
    process_begin(&two);

    /* a second epoch: with nothing zero every load is a point */

    gate_journal_seal(one.j, 1002);

    open_writer(&one, HOUR);
    open_writer(&dead, HOUR);
    open_writer(&two, HOUR);

    begin_request(&one, "ada", HOUR, &o);
    end_request(&one, &o, GATE_SERVED, HOUR);
    begin_request(&two, "ada", HOUR, &o);
    end_request(&two, &o, GATE_SERVED, HOUR);
    begin_request(&two, "eve", HOUR, &o);
    end_request(&two, &o, GATE_SERVED, HOUR);
    begin_request(&one, "bob", HOUR, &slot_one);
    begin_request(&two, "bob", HOUR, &slot_two);
    begin_request(&dead, "ada", HOUR, &o);

    process_end(&dead);

    inside = 0;
}


/* acts of a writer */

static void
act_request(void)
{
    gate_journal_open_t  o;

    begin_request(&one, "ada", HOUR, &o);
    end_request(&one, &o, GATE_SERVED, HOUR);
}


static void
act_close(void)
{
    end_request(&one, &slot_one, GATE_ABORTED, HOUR);
}


static void
act_close_later(void)
{
    end_request(&one, &slot_one, GATE_ABORTED, HOUR + 1);
}


static void
act_new_key(void)
{
    gate_journal_open_t  o;

    begin_request(&one, "eve", HOUR, &o);
    end_request(&one, &o, GATE_SERVED, HOUR);
}


static void
act_recover(void)
{
    gate_journal_lock_t  lock;

    lock = lock_of(&one);

    (void) gate_journal_recover(one.j, &lock, HOUR);
}


/* acts of the shipper, which is the other process */

static void
act_drain(void)
{
    (void) drain(two.s, &receiver);
}


static void
act_retire(void)
{
    (void) drain(two.s, &receiver);
    (void) gate_journal_ship_retire(two.s, HOUR + 1, 100);
}


/* and another writer takes the cells, for keys of its own */

static void
act_reuse(void)
{
    int                  i;
    char                 name[16];
    gate_journal_open_t  o;

    (void) drain(two.s, &receiver);
    (void) gate_journal_ship_retire(two.s, HOUR + 2, 100);

    two.w->cell_at = 0;

    for (i = 0; i < 10; i++) {
        snprintf(name, sizeof(name), "x%d", i);
        begin_request(&two, name, HOUR, &o);
        end_request(&two, &o, GATE_SERVED, HOUR);
    }

    (void) drain(two.s, &receiver);
}


/* all of the present hour goes, with its epoch */

static void
act_reclaim(void)
{
    (void) drain(two.s, &receiver);
    (void) gate_journal_ship_reclaim(two.s, HOUR, 100, 11);
}


/* and its cells are taken at once */

static void
act_reclaim_reuse(void)
{
    int                  i;
    char                 name[16];
    gate_journal_open_t  o;

    act_reclaim();

    two.w->cell_at = 0;

    for (i = 0; i < 10; i++) {
        snprintf(name, sizeof(name), "x%d", i);
        begin_request(&two, name, HOUR, &o);
        end_request(&two, &o, GATE_SERVED, HOUR);
    }

    (void) drain(two.s, &receiver);
}


static void
act_epoch(void)
{
    gate_journal_batch_t  b;

    gate_journal_ship_all(two.s);

    if (gate_journal_ship_next(two.s, &b)) {
        receive(&receiver, &b);
        (void) gate_journal_ship_ahead(two.s, &b, 9);
        gate_journal_ship_ack(two.s, b.token);
    }

    (void) gate_journal_ship_retire(two.s, HOUR + 1, 100);
}


/* somebody compares all of it with its checksums */

static void
act_verify(void)
{
    if (gate_journal_verify(two.j) != 0) {
        two.j->header->damaged++;             /* wrong() says so */
    }
}


static void
act_ship_open(void)
{
    gate_journal_ship_close(two.s);
    two.s = NULL;

    (void) gate_journal_ship_open(two.j, &two.s);
    (void) drain(two.s, &receiver);
}


/* both ends of every race are played: who is stopped, who runs in between */

static const race_t  races[] = {
    { "request, drain",          act_request,     act_drain },
    { "request, retire",         act_request,     act_retire },
    { "request, reuse",          act_request,     act_reuse },
    { "request, epoch",          act_request,     act_epoch },
    { "request, reclaim",        act_request,     act_reclaim },
    { "request, reclaimed",      act_request,     act_reclaim_reuse },
    { "new key, reclaim",        act_new_key,     act_reclaim },
    { "new key, reclaimed",      act_new_key,     act_reclaim_reuse },
    { "close, reclaim",          act_close,       act_reclaim },
    { "close later, reclaimed",  act_close_later, act_reclaim_reuse },
    { "recover, reclaim",        act_recover,     act_reclaim },
    { "recover, reclaimed",      act_recover,     act_reclaim_reuse },
    { "new key, drain",          act_new_key,     act_drain },
    { "new key, retire",         act_new_key,     act_retire },
    { "new key, reuse",          act_new_key,     act_reuse },
    { "new key, epoch",          act_new_key,     act_epoch },
    { "close, drain",            act_close,       act_drain },
    { "close, retire",           act_close,       act_retire },
    { "close, epoch",            act_close,       act_epoch },
    { "close later, reuse",      act_close_later, act_reuse },
    { "close later, epoch",      act_close_later, act_epoch },
    { "recover, drain",          act_recover,     act_drain },
    { "recover, retire",         act_recover,     act_retire },
    { "recover, reuse",          act_recover,     act_reuse },
    { "recover, epoch",          act_recover,     act_epoch },

    { "request, verify",         act_request,     act_verify },
    { "new key, verify",         act_new_key,     act_verify },
    { "close later, verify",     act_close_later, act_verify },
    { "recover, verify",         act_recover,     act_verify },
    { "retire, verify",          act_retire,      act_verify },
    { "reclaim, verify",         act_reclaim,     act_verify },
    { "verify, request",         act_verify,      act_request },
    { "verify, close later",     act_verify,      act_close_later },
    { "verify, recover",         act_verify,      act_recover },

    { "drain, request",          act_drain,       act_request },
    { "drain, close",            act_drain,       act_close },
    { "drain, close later",      act_drain,       act_close_later },
    { "drain, recover",          act_drain,       act_recover },
    { "retire, request",         act_retire,      act_request },
    { "retire, close",           act_retire,      act_close },
    { "retire, close later",     act_retire,      act_close_later },
    { "retire, new key",         act_retire,      act_new_key },
    { "retire, recover",         act_retire,      act_recover },
    { "reclaim, request",        act_reclaim,     act_request },
    { "reclaim, new key",        act_reclaim,     act_new_key },
    { "reclaim, close",          act_reclaim,     act_close },
    { "reclaim, close later",    act_reclaim,     act_close_later },
    { "reclaim, recover",        act_reclaim,     act_recover },
    { "epoch, request",          act_epoch,       act_request },
    { "epoch, close",            act_epoch,       act_close },
    { "ship open, request",      act_ship_open,   act_request },
    { "ship open, close later",  act_ship_open,   act_close_later },
    { "ship open, recover",      act_ship_open,   act_recover }
};


/* 1: it died */

static int
play(const race_t *r, long t, long f)
{
    int  died;

    setup();

    inside = 1;
    (void) gate_journal_ship_open(two.j, &two.s);
    inside = 0;

    other = r->between;
    points = 0;
    turn = t;
    fuse = f;

    died = setjmp(death);

    if (!died) {
        r->act();
    }

    turn = 0;
    fuse = 0;
    inside = 1;

    return died;
}


/*
 * The writer dies, if it did not yet.  The shipper goes on, or, if it was the
 * one that died, a new one begins.
 */

static const char *
outcome_of(int shipper_died)
{
    const char           *why;
    gate_journal_lock_t   lock;
    gate_journal_stat_t   st, after;

    lock = lock_of(&two);

    process_end(&one);
    (void) gate_journal_recover(two.j, &lock, HOUR + 1);
    gate_journal_writer_close(two.w);
    two.w = NULL;

    if (shipper_died || two.s == NULL) {
        if (two.s != NULL) {
            gate_journal_ship_close(two.s);
        }

        (void) gate_journal_ship_open(two.j, &two.s);
    }

    (void) drain(two.s, &receiver);
    gate_journal_stat(two.j, &st);

    why = wrong(&st, &ledger);

    if (why == NULL) {
        why = not_arrived(&st, &receiver);
    }

    if (why == NULL) {
        why = structure(two.j, &st);
    }

    (void) gate_journal_ship_retire(two.s, HOUR + 100, 10000);
    gate_journal_stat(two.j, &after);

    if (why == NULL && (after.cells_used != 0
                        || memcmp(after.units, st.units, sizeof(st.units))))
    {
        why = "retiring all cells changed the sums";
    }

    process_end(&two);

    return why;
}


static long
test_race(const race_t *r, int full)
{
    int          ships;
    long         t, f, last, bad, cuts;
    const char  *why;

    bad = 0;
    cuts = 0;
    ships = (r->act == act_drain || r->act == act_retire
             || r->act == act_reclaim || r->act == act_epoch || r->act == act_ship_open);

    (void) play(r, 0, 0);
    last = points;
    (void) outcome_of(0);

    for (t = 1; t <= last; t += (full || last < 400) ? 1 : 3) {

        /* without death, then with one soon after the other ran */

        for (f = 0; f < 24; f += full ? 1 : 1 + 2 * f) {

            if (!play(r, t, f ? t + f - 1 : 0) && f != 0) {
                (void) outcome_of(0);
                break;
            }

            cuts++;
            why = outcome_of(f != 0 && ships);

            if (why != NULL) {
                bad++;
                diag("%s: at point %ld, death %ld points later: %s", r->name,
                     t, f, why);
            }
        }
    }

    is_int(bad, 0, "%s: %ld points", r->name, last);

    return cuts;
}


int
main(void)
{
    long    cuts;
    size_t  i;

    cuts = 0;

    for (i = 0; i < sizeof(races) / sizeof(races[0]); i++) {
        cuts += test_race(&races[i], getenv("GATE_FULL") != NULL);
    }

    diag("%ld races", cuts);

    return done_testing();
}
