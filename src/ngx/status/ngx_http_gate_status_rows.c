
/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * The status page's rows, and where their values come from.
 */


#include "ngx_http_gate.h"
#include "ngx_http_gate_status.h"
#include "ngx_http_gate_journal.h"
#include "ngx_http_gate_metrics.h"
#include "ngx_http_gate_redis_conf.h"
#include "ngx_http_gate_zone.h"

#include "gate_journal_stat.h"


#define NGX_HTTP_GATE_STATUS_REQUESTS   0
#define NGX_HTTP_GATE_STATUS_OUTCOMES   1
#define NGX_HTTP_GATE_STATUS_LIMITS     2
#define NGX_HTTP_GATE_STATUS_AUTH       3
#define NGX_HTTP_GATE_STATUS_TOKENS     4
#define NGX_HTTP_GATE_STATUS_JOURNAL    5
#define NGX_HTTP_GATE_STATUS_SHIP       6
#define NGX_HTTP_GATE_STATUS_REDIS      7
#define NGX_HTTP_GATE_STATUS_ZONE       8
#define NGX_HTTP_GATE_STATUS_METRICS    9
#define NGX_HTTP_GATE_STATUS_SIDECAR    10


#define ngx_http_gate_status_number(field)                                    \
    NGX_HTTP_GATE_STATUS_NUMBER, offsetof(ngx_http_gate_status_t, field),     \
    { NULL }


#define ngx_http_gate_status_zone(field)                                      \
    NGX_HTTP_GATE_STATUS_ZONES, offsetof(ngx_http_gate_zone_stat_t, field),   \
    { NULL }


static ngx_int_t ngx_http_gate_status_read_zones(ngx_http_request_t *r,
    ngx_http_gate_status_t *st);
static void ngx_http_gate_status_read_journal(ngx_http_gate_status_t *st);


const ngx_http_gate_status_group_t  ngx_http_gate_status_groups[] = {
    { "requests", 0, offsetof(ngx_http_gate_status_t, always) },
    { "outcomes", 0, offsetof(ngx_http_gate_status_t, always) },
    { "limits",   0, offsetof(ngx_http_gate_status_t, always) },
    { "auth",     0, offsetof(ngx_http_gate_status_t, always) },
    { "tokens",   0, offsetof(ngx_http_gate_status_t, always) },
    { "journal",  1, offsetof(ngx_http_gate_status_t, journaling) },
    { "ship",     1, offsetof(ngx_http_gate_status_t, shipping) },
    { "redis",    1, offsetof(ngx_http_gate_status_t, redis) },
    { "zone",     1, offsetof(ngx_http_gate_status_t, zoned) },
    { "metrics",  0, offsetof(ngx_http_gate_status_t, always) },
    { "sidecar",  0, offsetof(ngx_http_gate_status_t, marked) }
};


const ngx_uint_t  ngx_http_gate_status_ngroups =
    sizeof(ngx_http_gate_status_groups)
    / sizeof(ngx_http_gate_status_group_t);


static const char  ngx_http_gate_status_units_help[] =
    "What was metered, in all cells of the journal, by unit.";


const ngx_http_gate_status_row_t  ngx_http_gate_status_rows[] = {

    { NGX_HTTP_GATE_STATUS_REQUESTS, "requests",
      "gate_requests_total", NULL, "counter",
      "Requests that met a policy, by what the gate decided and why.",
      NGX_HTTP_GATE_STATUS_LIST, NGX_HTTP_GATE_M_REQUESTS,
      { "api", "version", "decision", "reason" } },

    { NGX_HTTP_GATE_STATUS_OUTCOMES, "outcomes",
      "gate_request_outcomes_total", NULL, "counter",
      "Metered requests, by how they ended.",
      NGX_HTTP_GATE_STATUS_LIST, NGX_HTTP_GATE_M_OUTCOMES,
      { "api", "version", "outcome", NULL } },

    { NGX_HTTP_GATE_STATUS_LIMITS, "limits",
      "gate_limit_decisions_total", NULL, "counter",
      "Decisions of limits.",
      NGX_HTTP_GATE_STATUS_LIST, NGX_HTTP_GATE_M_LIMITS,
      { "limit", "status", NULL, NULL } },

    { NGX_HTTP_GATE_STATUS_AUTH, "auth",
      "gate_auth_total", NULL, "counter",
      "Credentials that were checked.",
      NGX_HTTP_GATE_STATUS_LIST, NGX_HTTP_GATE_M_AUTH,
      { "method", "result", NULL, NULL } },

    { NGX_HTTP_GATE_STATUS_TOKENS, "tokens",
      "gate_token_cache_total", NULL, "counter",
      "Look-ups in the cache of verified tokens.",
      NGX_HTTP_GATE_STATUS_LIST, NGX_HTTP_GATE_M_TOKENS,
      { "result", NULL, NULL, NULL } },

    { NGX_HTTP_GATE_STATUS_JOURNAL, "slots_opened",
      "gate_journal_slots_opened_total", NULL, "counter",
      "Requests that were admitted to be metered.",
      ngx_http_gate_status_number(opened) },

    { NGX_HTTP_GATE_STATUS_JOURNAL, "open",
      "gate_journal_slots_open", NULL, "gauge",
      "Metered requests that have not ended.",
      ngx_http_gate_status_number(open) },

    { NGX_HTTP_GATE_STATUS_JOURNAL, "slots",
      "gate_journal_slots", NULL, "gauge",
      "Metered requests that can be open at once.",
      ngx_http_gate_status_number(slots) },

    { NGX_HTTP_GATE_STATUS_JOURNAL, "served",
      "gate_journal_units_total", "unit=\"served\"", "counter",
      ngx_http_gate_status_units_help,
      ngx_http_gate_status_number(units[GATE_SERVED]) },

    { NGX_HTTP_GATE_STATUS_JOURNAL, "refused_upstream",
      "gate_journal_units_total", "unit=\"refused_upstream\"", "counter",
      ngx_http_gate_status_units_help,
      ngx_http_gate_status_number(units[GATE_REFUSED_UPSTREAM]) },

    { NGX_HTTP_GATE_STATUS_JOURNAL, "aborted",
      "gate_journal_units_total", "unit=\"aborted\"", "counter",
      ngx_http_gate_status_units_help,
      ngx_http_gate_status_number(units[GATE_ABORTED]) },

    { NGX_HTTP_GATE_STATUS_JOURNAL, "interrupted",
      "gate_journal_units_total", "unit=\"interrupted\"", "counter",
      ngx_http_gate_status_units_help,
      ngx_http_gate_status_number(units[GATE_INTERRUPTED]) },

    { NGX_HTTP_GATE_STATUS_JOURNAL, "bytes_in",
      "gate_journal_units_total", "unit=\"bytes_in\"", "counter",
      ngx_http_gate_status_units_help,
      ngx_http_gate_status_number(units[GATE_BYTES_IN]) },

    { NGX_HTTP_GATE_STATUS_JOURNAL, "bytes_out",
      "gate_journal_units_total", "unit=\"bytes_out\"", "counter",
      ngx_http_gate_status_units_help,
      ngx_http_gate_status_number(units[GATE_BYTES_OUT]) },

    { NGX_HTTP_GATE_STATUS_JOURNAL, "duration_ms",
      "gate_journal_units_total", "unit=\"duration_ms\"", "counter",
      ngx_http_gate_status_units_help,
      ngx_http_gate_status_number(units[GATE_DURATION_MS]) },

    { NGX_HTTP_GATE_STATUS_JOURNAL, NULL,
      "gate_journal_slots_interrupted_total", NULL, "counter",
      "Metered requests whose worker died.",
      ngx_http_gate_status_number(units[GATE_INTERRUPTED]) },

    { NGX_HTTP_GATE_STATUS_JOURNAL, "cells",
      "gate_journal_cells", NULL, "gauge",
      "Room for totals in the journal.",
      ngx_http_gate_status_number(cells) },

    { NGX_HTTP_GATE_STATUS_JOURNAL, "cells_used",
      "gate_journal_cells_used", NULL, "gauge",
      "Totals in the journal.",
      ngx_http_gate_status_number(cells_used) },

    { NGX_HTTP_GATE_STATUS_JOURNAL, "dirty",
      "gate_journal_cells_dirty", NULL, "gauge",
      "Totals that have changed since they were shipped.",
      ngx_http_gate_status_number(dirty) },

    { NGX_HTTP_GATE_STATUS_JOURNAL, "unbilled",
      "gate_journal_unbilled_total", NULL, "counter",
      "Requests admitted without metering: the journal was full.",
      ngx_http_gate_status_number(counters[NGX_HTTP_GATE_M_UNBILLED]) },

    { NGX_HTTP_GATE_STATUS_JOURNAL, "retired_early",
      "gate_journal_retired_early_total", NULL, "counter",
      "Totals that were given up earlier than retain says.",
      ngx_http_gate_status_number(counters[NGX_HTTP_GATE_M_RETIRED_EARLY]) },

    { NGX_HTTP_GATE_STATUS_JOURNAL, "epoch", NULL, NULL, NULL, NULL,
      NGX_HTTP_GATE_STATUS_HEX, offsetof(ngx_http_gate_status_t, epoch),
      { NULL } },

    { NGX_HTTP_GATE_STATUS_JOURNAL, "epochs",
      "gate_journal_epochs", NULL, "gauge",
      "Epochs that the journal holds totals of.",
      ngx_http_gate_status_number(epochs) },

    { NGX_HTTP_GATE_STATUS_JOURNAL, "writers",
      "gate_journal_writers", NULL, "gauge",
      "Worker processes that write to the journal.",
      ngx_http_gate_status_number(writers) },

    { NGX_HTTP_GATE_STATUS_SHIP, "lag_seconds",
      "gate_ship_lag_seconds", NULL, "gauge",
      "Age of the oldest change that Redis has not acknowledged.",
      ngx_http_gate_status_number(counters[NGX_HTTP_GATE_M_SHIP_LAG]) },

    { NGX_HTTP_GATE_STATUS_SHIP, "errors",
      "gate_ship_errors_total", NULL, "counter",
      "Batches that Redis did not acknowledge.",
      ngx_http_gate_status_number(counters[NGX_HTTP_GATE_M_SHIP_ERRORS]) },

    { NGX_HTTP_GATE_STATUS_SHIP, "cells",
      "gate_ship_cells_total", NULL, "counter",
      "Totals that Redis acknowledged.",
      ngx_http_gate_status_number(counters[NGX_HTTP_GATE_M_SHIP_CELLS]) },

    { NGX_HTTP_GATE_STATUS_REDIS, "up",
      "gate_redis_up", NULL, "gauge",
      "1 if Redis answers.",
      NGX_HTTP_GATE_STATUS_BOOLEAN,
      offsetof(ngx_http_gate_status_t, counters[NGX_HTTP_GATE_M_REDIS_UP]),
      { NULL } },

    { NGX_HTTP_GATE_STATUS_REDIS, "eviction",
      "gate_redis_eviction", NULL, "gauge",
      "1 if Redis may throw keys away: its policy is not noeviction.",
      NGX_HTTP_GATE_STATUS_BOOLEAN,
      offsetof(ngx_http_gate_status_t,
               counters[NGX_HTTP_GATE_M_REDIS_EVICTION]),
      { NULL } },

    { NGX_HTTP_GATE_STATUS_REDIS, "policy_known",
      "gate_redis_policy_known", NULL, "gauge",
      "1 if Redis has told its maxmemory-policy.",
      NGX_HTTP_GATE_STATUS_BOOLEAN,
      offsetof(ngx_http_gate_status_t, counters[NGX_HTTP_GATE_M_REDIS_POLICY]),
      { NULL } },

    { NGX_HTTP_GATE_STATUS_ZONE, "bytes",
      "gate_zone_bytes", NULL, "gauge",
      "Sizes of the zones of limits.",
      ngx_http_gate_status_zone(bytes) },

    { NGX_HTTP_GATE_STATUS_ZONE, "bytes_used",
      "gate_zone_bytes_used", NULL, "gauge",
      "Bytes in use in the zones of limits.",
      ngx_http_gate_status_zone(bytes_used) },

    { NGX_HTTP_GATE_STATUS_ZONE, "evictions",
      "gate_zone_evictions_total", NULL, "counter",
      "Drained buckets that made room for others.",
      ngx_http_gate_status_zone(evictions) },

    { NGX_HTTP_GATE_STATUS_ZONE, "full",
      "gate_zone_full_total", NULL, "counter",
      "Times that a limit found no room in its zone.",
      ngx_http_gate_status_zone(full) },

    { NGX_HTTP_GATE_STATUS_METRICS, "series",
      "gate_metrics_series", NULL, "gauge",
      "Counters in use.",
      ngx_http_gate_status_number(metrics.series) },

    { NGX_HTTP_GATE_STATUS_METRICS, "room",
      "gate_metrics_room", NULL, "gauge",
      "Counters that can be in use.",
      ngx_http_gate_status_number(metrics.room) },

    { NGX_HTTP_GATE_STATUS_METRICS, "full",
      "gate_metrics_full_total", NULL, "counter",
      "Look-ups of a counter that found no room for it.",
      ngx_http_gate_status_number(metrics.full) },

    { NGX_HTTP_GATE_STATUS_SIDECAR, "sidecar",
      "gate_sidecar_answers_total", NULL, "counter",
      "Answers of the sidecar's own, by its first flag.",
      NGX_HTTP_GATE_STATUS_LIST, NGX_HTTP_GATE_M_SIDECAR,
      { "flag", NULL, NULL, NULL } }
};


const ngx_uint_t  ngx_http_gate_status_nrows =
    sizeof(ngx_http_gate_status_rows) / sizeof(ngx_http_gate_status_row_t);


ngx_int_t
ngx_http_gate_status_read(ngx_http_request_t *r, ngx_http_gate_status_t *st)
{
    ngx_str_t               *node;
    ngx_uint_t               i;
    ngx_http_gate_sample_t  *s;

    ngx_memzero(st, sizeof(ngx_http_gate_status_t));

    st->always = 1;

    node = ngx_http_gate_journal_node((ngx_cycle_t *) ngx_cycle);

    if (node != NULL) {
        st->node = *node;
    }

    st->samples = ngx_http_gate_metrics_samples(r->pool);
    if (st->samples == NULL) {
        return NGX_ERROR;
    }

    s = st->samples->elts;

    for (i = 0; i < st->samples->nelts; i++) {
        if (s[i].family < NGX_HTTP_GATE_METRICS) {
            st->counters[s[i].family] += s[i].count;
        }
    }

    st->marked = st->counters[NGX_HTTP_GATE_M_SIDECAR];

    ngx_http_gate_metrics_stat(&st->metrics);

    ngx_http_gate_status_read_journal(st);

    st->redis = ngx_http_gate_redis_configured((ngx_cycle_t *) ngx_cycle);
    st->shipping = (st->redis && st->journaling);

    return ngx_http_gate_status_read_zones(r, st);
}


static ngx_int_t
ngx_http_gate_status_read_zones(ngx_http_request_t *r,
    ngx_http_gate_status_t *st)
{
    ngx_uint_t                     i;
    ngx_array_t                   *zones;
    ngx_http_gate_zone_t         **z;
    ngx_http_gate_status_zone_t   *zone;

    zones = ngx_http_gate_zones(r);

    st->zoned = (zones->nelts != 0);

    st->zones = ngx_array_create(r->pool, zones->nelts + 1,
                                 sizeof(ngx_http_gate_status_zone_t));
    if (st->zones == NULL) {
        return NGX_ERROR;
    }

    z = zones->elts;

    for (i = 0; i < zones->nelts; i++) {

        zone = ngx_array_push(st->zones);
        if (zone == NULL) {
            return NGX_ERROR;
        }

        zone->name = ngx_http_gate_zone_name(z[i]);

        ngx_http_gate_zone_stat(z[i], &zone->stat);
    }

    return NGX_OK;
}


static void
ngx_http_gate_status_read_journal(ngx_http_gate_status_t *st)
{
    ngx_uint_t            i;
    gate_journal_t       *j;
    gate_journal_stat_t   js;

    j = ngx_http_gate_journal((ngx_cycle_t *) ngx_cycle);

    if (j == NULL) {
        return;
    }

    gate_journal_stat(j, &js);

    st->journaling = 1;
    st->opened = js.opened;
    st->open = js.open;
    st->cells = js.cells;
    st->cells_used = js.cells_used;
    st->slots = js.slots;
    st->dirty = js.dirty;
    st->writers = js.writers;
    st->epoch = js.epoch;
    st->epochs = js.epochs;

    for (i = 0; i < GATE_UNITS; i++) {
        st->units[i] = js.units[i];
    }
}
