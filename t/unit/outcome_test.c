
/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * The tables of truth of outcomes, whole: every combination of facts is in
 * one row or in rows that agree.
 */


#include "tap.h"
#include "gate_outcome.h"


#define ANY  -1


/* a column of ANY holds for both */

typedef struct {
    int           refused;
    int           cycle;
    int           filtered;
    int           upstream;
    int           complete;
    int           sidecar;
    int           going;
    int           redirected;
    int           remembered;
    const char   *status;        /* of the upstream: "2", "3+", "" any */
    const char   *error;         /* a class, see error_fits() */
    gate_from_e   from;
} row_t;


static const row_t  rows[] = {
    /* refused cycle filtered upstream complete sidecar going redir. rememb. */
    { 1, ANY, ANY, ANY, ANY, ANY, ANY, ANY, ANY, "", "", GATE_FROM_GATEWAY },
    { ANY, 1, ANY, ANY, ANY, ANY, ANY, ANY, ANY, "", "", GATE_FROM_GATEWAY },
    { ANY, ANY, 1, ANY, ANY, ANY, ANY, ANY, ANY, "", "!412",
      GATE_FROM_GATEWAY },

    /* nginx is the origin */
    { 0, 0, 0, 0, ANY, ANY, ANY, ANY, ANY, "", "fine", GATE_FROM_NGINX },
    { 0, 0, ANY, 0, ANY, ANY, ANY, ANY, ANY, "", "412", GATE_FROM_NGINX },
    { 0, 0, 0, 0, ANY, ANY, ANY, ANY, ANY, "", "own", GATE_FROM_GATEWAY },

    /* no header, or not a whole one */
    { 0, 0, 0, 1, 0, ANY, ANY, ANY, 0, "", "", GATE_FROM_GATEWAY },
    { 0, 0, ANY, 1, 0, ANY, ANY, ANY, 0, "", "412", GATE_FROM_GATEWAY },
    { 0, 0, 0, 1, 0, ANY, ANY, ANY, 1, "", "vague", GATE_FROM_GATEWAY },
    { 0, 0, 0, 1, 0, ANY, ANY, ANY, 1, "", "kept", GATE_FROM_SERVICE },
    { 0, 0, 1, 1, 0, ANY, ANY, ANY, 1, "", "412", GATE_FROM_SERVICE },

    /* a whole one */
    { 0, 0, 0, 1, 1, 1, ANY, ANY, ANY, "", "", GATE_FROM_SIDECAR },
    { 0, 0, 1, 1, 1, 1, ANY, ANY, ANY, "", "412", GATE_FROM_SIDECAR },
    { 0, 0, 0, 1, 1, 0, 1, ANY, ANY, "", "", GATE_FROM_SERVICE },
    { 0, 0, 1, 1, 1, 0, 1, ANY, ANY, "", "412", GATE_FROM_SERVICE },
    { 0, 0, 0, 1, 1, 0, 0, 1, ANY, "", "fine", GATE_FROM_NGINX },
    { 0, 0, ANY, 1, 1, 0, 0, 1, ANY, "", "412", GATE_FROM_NGINX },
    { 0, 0, 0, 1, 1, 0, 0, 1, ANY, "", "own", GATE_FROM_GATEWAY },
    { 0, 0, 0, 1, 1, 0, 0, 0, ANY, "3+", "", GATE_FROM_SERVICE },
    { 0, 0, 1, 1, 1, 0, 0, 0, ANY, "3+", "412", GATE_FROM_SERVICE },
    { 0, 0, 0, 1, 1, 0, 0, 0, ANY, "2", "", GATE_FROM_GATEWAY },
    { 0, 0, 1, 1, 1, 0, 0, 0, ANY, "2", "412", GATE_FROM_GATEWAY }
};


static const unsigned  statuses[] = { 101, 200, 204, 299, 300, 404, 499, 503 };

static const unsigned  errors[] = {
    0, 200, 201, 299, 300, 302, 400, 401, 404, 405, 412, 413, 414, 416, 499,
    500, 502, 503, 504, 599
};


static int
fits(int column, unsigned bit)
{
    return column == ANY || (unsigned) column == bit;
}


static int
error_fits(const char *class, unsigned e)
{
    int  own, vague;

    own = (e == 400 || e == 413 || e >= 500);
    vague = (e < 300 || e == 502 || e == 504);

    return class[0] == '\0'
           || (strcmp(class, "412") == 0 && e == 412)
           || (strcmp(class, "!412") == 0 && e != 412)
           || (strcmp(class, "own") == 0 && own)
           || (strcmp(class, "fine") == 0 && !own)
           || (strcmp(class, "vague") == 0 && vague)
           || (strcmp(class, "kept") == 0 && !vague);
}


static int
row_fits(const row_t *row, const gate_outcome_head_t *h)
{
    return fits(row->refused, h->refused)
           && fits(row->cycle, h->cycle)
           && fits(row->filtered, h->filtered)
           && fits(row->upstream, h->upstream)
           && fits(row->complete, h->status != 0)
           && fits(row->sidecar, h->sidecar)
           && fits(row->going, h->going)
           && fits(row->redirected, h->redirected)
           && fits(row->remembered, h->remembered)
           && (row->status[0] == '\0'
               || (row->status[0] == '2') == (h->status < 300))
           && error_fits(row->error, h->error);
}


/* how often each row was used is counted: none is there for nothing */

static void
test_from(void)
{
    size_t               i, e, s, used[sizeof(rows) / sizeof(rows[0])];
    unsigned             n, bits, wrong, missing, tried;
    gate_outcome_head_t  h;

    memset(used, 0, sizeof(used));
    wrong = missing = tried = 0;

    for (bits = 0; bits < 256; bits++) {
        for (e = 0; e < sizeof(errors) / sizeof(errors[0]); e++) {
            for (s = 0; s <= sizeof(statuses) / sizeof(statuses[0]); s++) {

                memset(&h, 0, sizeof(h));
                h.status = s ? statuses[s - 1] : 0;
                h.error = errors[e];
                h.refused = bits & 1;
                h.cycle = (bits >> 1) & 1;
                h.filtered = (bits >> 2) & 1;
                h.upstream = (bits >> 3) & 1;
                h.sidecar = (bits >> 4) & 1;
                h.going = (bits >> 5) & 1;
                h.redirected = (bits >> 6) & 1;
                h.remembered = (bits >> 7) & 1;

                tried++;
                n = 0;

                for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
                    if (row_fits(&rows[i], &h)) {
                        n++;
                        used[i]++;
                        wrong += (gate_outcome_from(&h) != rows[i].from);
                    }
                }

                missing += (n == 0);
            }
        }
    }

    is_int(tried, 256 * 20 * 9, "all facts together");
    is_int(missing, 0, "each has a row");
    is_int(wrong, 0, "each is judged as its row says");

    for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        ok(used[i], "row %zu is of use", i + 1);
    }
}


static void
test_end(void)
{
    size_t              i;
    gate_outcome_end_t  e;

    static const struct {
        gate_from_e       from;
        gate_unit_e       stays_part;
        gate_unit_e       stays_whole;
        gate_unit_e       gone_part;
        gate_unit_e       gone_whole;
    } row[] = {
        { GATE_FROM_NOBODY, GATE_REFUSED_UPSTREAM, GATE_REFUSED_UPSTREAM,
          GATE_ABORTED, GATE_ABORTED },
        { GATE_FROM_GATEWAY, GATE_REFUSED_UPSTREAM, GATE_REFUSED_UPSTREAM,
          GATE_ABORTED, GATE_ABORTED },
        { GATE_FROM_SIDECAR, GATE_REFUSED_UPSTREAM, GATE_REFUSED_UPSTREAM,
          GATE_ABORTED, GATE_ABORTED },
        { GATE_FROM_NGINX, GATE_ABORTED, GATE_SERVED, GATE_ABORTED,
          GATE_ABORTED },
        { GATE_FROM_SERVICE, GATE_ABORTED, GATE_SERVED, GATE_ABORTED,
          GATE_ABORTED }
    };

    for (i = 0; i < sizeof(row) / sizeof(row[0]); i++) {
        e.from = row[i].from;

        e.gone = 0;
        e.whole = 0;
        is_int(gate_outcome(&e), row[i].stays_part, "%zu: in part", i);
        e.whole = 1;
        is_int(gate_outcome(&e), row[i].stays_whole, "%zu: whole", i);
        e.gone = 1;
        is_int(gate_outcome(&e), row[i].gone_whole, "%zu: gone, whole", i);
        e.whole = 0;
        is_int(gate_outcome(&e), row[i].gone_part, "%zu: gone", i);
    }
}


int
main(void)
{
    test_from();
    test_end();

    return done_testing();
}
