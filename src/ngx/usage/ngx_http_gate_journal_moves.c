
/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * Is room being made in the journal?  A request that finds none waits for it
 * meanwhile, see _meter_room.c: the worker that ships gives up what Redis has
 * as fast as Redis answers, and no other worker may.
 */


#include "ngx_http_gate.h"
#include "ngx_http_gate_journal.h"
#include "ngx_http_gate_metrics.h"
#include "ngx_http_gate_redis_conf.h"


#define NGX_HTTP_GATE_JOURNAL_STILL   500     /* ms without: no hope */
#define NGX_HTTP_GATE_JOURNAL_BEGINS  1000    /* ms to reach Redis */


static ngx_uint_t ngx_http_gate_journal_begins(
    ngx_http_gate_journal_conf_t *jcf);


/*
 * Is Redis taking totals?  What it has been given, what was given up for it and
 * who began to ship are counted by all workers.  A worker that asks for the
 * first time after a while gives them time to move.
 */

ngx_uint_t
ngx_http_gate_journal_moves(ngx_http_request_t *r)
{
    ngx_uint_t                     n;
    ngx_http_gate_journal_conf_t  *jcf;

    jcf = ngx_http_get_module_main_conf(r, ngx_http_gate_journal_module);

    if (jcf->redis_up == NULL) {
        jcf->redis_up = ngx_http_gate_metric(&ngx_http_gate_redis_answers, 0,
                                             NULL);
        jcf->shipped = ngx_http_gate_metric(&ngx_http_gate_journal_shipped, 0,
                                            NULL);
        jcf->retired = ngx_http_gate_metric(&ngx_http_gate_journal_retired, 0,
                                            NULL);
        jcf->takeovers = ngx_http_gate_metric(
                                   &ngx_http_gate_journal_takeovers, 0, NULL);
        jcf->begun = ngx_current_msec;
    }

    if (*jcf->redis_up == 0 && !ngx_http_gate_journal_begins(jcf)) {
        return 0;
    }

    n = *jcf->shipped + *jcf->retired + *jcf->takeovers;

    if (n != jcf->moved_to
        || ngx_current_msec - jcf->asked > NGX_HTTP_GATE_JOURNAL_STILL)
    {
        jcf->moved_to = n;
        jcf->moved = ngx_current_msec;
    }

    jcf->asked = ngx_current_msec;

    return ngx_current_msec - jcf->moved <= NGX_HTTP_GATE_JOURNAL_STILL;
}


/*
 * At a start, after a reload and when the worker died that shipped, another one
 * takes over: whether Redis answers is not known until that one has asked it.
 */

static ngx_uint_t
ngx_http_gate_journal_begins(ngx_http_gate_journal_conf_t *jcf)
{
    if (*jcf->takeovers != jcf->takeover) {
        jcf->takeover = *jcf->takeovers;
        jcf->begun = ngx_current_msec;
    }

    return ngx_current_msec - jcf->begun <= NGX_HTTP_GATE_JOURNAL_BEGINS;
}
