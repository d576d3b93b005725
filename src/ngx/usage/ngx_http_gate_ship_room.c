
/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * Room in the journal: hours that are over go when "retain" says so; what Redis
 * has goes before its time when new totals need the room, as fast as they do.
 */


#include "ngx_http_gate.h"
#include "ngx_http_gate_ship.h"
#include "ngx_http_gate_request.h"


#define NGX_HTTP_GATE_SHIP_CHORES     60       /* seconds */
#define NGX_HTTP_GATE_SHIP_RETIRE     1024     /* cells at once */
#define NGX_HTTP_GATE_SHIP_PINCH      256      /* for a request that waits */
#define NGX_HTTP_GATE_SHIP_REST       100      /* ms, when none could go */


static ngx_uint_t ngx_http_gate_ship_reclaim(ngx_http_gate_ship_t *ship,
    ngx_uint_t wanted);
static void ngx_http_gate_ship_look(ngx_http_gate_ship_t *ship);


void
ngx_http_gate_ship_chores(ngx_http_gate_ship_t *ship)
{
    uint32_t  hour, keep;

    if (ship->chores != 0 && ngx_time() < ship->chores) {
        return;
    }

    ship->chores = ngx_time() + NGX_HTTP_GATE_SHIP_CHORES;

    if (ship->up) {
        ngx_http_gate_ship_label(ship);
    }

    hour = (uint32_t) (ngx_time() / 3600);
    keep = (uint32_t) (ship->retain / 3600);
    keep = ngx_max(keep, 1);

    (void) gate_journal_ship_retire(ship->ship, hour - ngx_min(keep, hour),
                                    NGX_HTTP_GATE_SHIP_RETIRE);

    ngx_http_gate_ship_look(ship);

    if (ship->used > ship->room - ship->room / 5) {
        ngx_log_error(NGX_LOG_WARN, ship->log, 0,
                      "gate journal: %ui%% full",
                      ship->used * 100 / ship->room);
    }
}


/*
 * Called some dozen times a second.  1: room is short, so that what changed
 * should be sent now, not in a second: only then can it go.  Counting is not
 * for free, so a guess tells when.
 */

ngx_uint_t
ngx_http_gate_ship_short(ngx_http_gate_ship_t *ship)
{
    int64_t     guess;
    ngx_uint_t  limit, n;

    limit = ship->room - ship->room / 4;

    guess = (int64_t) ship->used
            + (int64_t) (gate_journal_growth(ship->journal) - ship->grown);

    if (guess <= (int64_t) limit) {
        return 0;
    }

    ngx_http_gate_ship_look(ship);

    if (ship->used <= limit) {
        return 0;
    }

    if (ship->redis == NULL) {
        return 0;                   /* there is no other copy */
    }

    if (ship->up && (ship->fresh || (ship->asking && ship->all))) {
        return 1;                   /* does it have what it once said it has? */
    }

    if (ship->used > ship->dirty
        && (ngx_msec_int_t) (ngx_current_msec - ship->rest) >= 0)
    {
        n = ngx_min(ship->used - ship->room / 2, NGX_HTTP_GATE_SHIP_RETIRE);

        if (ngx_http_gate_ship_reclaim(ship, n) == 0) {
            ship->rest = ngx_current_msec + NGX_HTTP_GATE_SHIP_REST;
        }
    }

    return 1;
}


/* there is no room at all, and a request is waiting; 1: try again */

ngx_uint_t
ngx_http_gate_ship_pinched(ngx_http_gate_ship_t *ship)
{
    return ship->redis != NULL
           && gate_journal_ship_ready(ship->ship, 0)
           && ngx_http_gate_ship_reclaim(ship, NGX_HTTP_GATE_SHIP_PINCH) != 0;
}


static ngx_uint_t
ngx_http_gate_ship_reclaim(ngx_http_gate_ship_t *ship, ngx_uint_t wanted)
{
    uint64_t    random;
    ngx_uint_t  n;

    if (ngx_http_gate_random((u_char *) &random, sizeof(random)) != NGX_OK) {
        return 0;
    }

    n = gate_journal_ship_reclaim(ship->ship, (uint32_t) (ngx_time() / 3600),
                                  wanted, random);
    if (n == 0) {
        return 0;
    }

    (void) ngx_atomic_fetch_add(ship->retired, n);
    ship->early += n;

    if (ngx_time() - ship->warned >= 3600) {
        ngx_log_error(NGX_LOG_WARN, ship->log, 0,
                      "gate journal: almost full, %ui cells that Redis has "
                      "were given up before \"retain\" ended", ship->early);

        ship->warned = ngx_time();
        ship->early = 0;
    }

    return n;
}


static void
ngx_http_gate_ship_look(ngx_http_gate_ship_t *ship)
{
    uint32_t  used, dirty;

    ship->grown = gate_journal_growth(ship->journal);

    gate_journal_room(ship->journal, &used, &dirty);

    ship->used = used;
    ship->dirty = dirty;
}
