
/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * What the journal tells of itself on the status page.
 */


#include "ngx_http_gate.h"
#include "ngx_http_gate_journal.h"
#include "ngx_http_gate_metrics.h"

#include "gate_journal_stat.h"


typedef struct {
    uint64_t                   opened;
    uint64_t                   open;
    uint64_t                   slots;
    uint64_t                   units[GATE_UNITS];
    uint64_t                   cells;
    uint64_t                   cells_used;
    uint64_t                   dirty;
    uint64_t                   epoch;
    uint64_t                   epochs;
    uint64_t                   damaged;
    uint64_t                   writers;
} ngx_http_gate_journal_stat_t;


static ngx_int_t ngx_http_gate_journal_read(ngx_uint_t n, ngx_str_t *name,
    void *values);


ngx_http_gate_family_t  ngx_http_gate_journal_unbilled = {
    "gate_journal_unbilled_total", NGX_HTTP_GATE_COUNTER,
    "Requests admitted without metering: the journal was full.",
    { NULL, NULL, NULL, NULL }, NULL, 0, NULL
};


ngx_http_gate_family_t  ngx_http_gate_journal_retired = {
    "gate_journal_retired_early_total", NGX_HTTP_GATE_COUNTER,
    "Totals that were given up earlier than retain says.",
    { NULL, NULL, NULL, NULL }, NULL, 0, NULL
};


/* counted by the shipper, and shown with what it tells */

ngx_http_gate_family_t  ngx_http_gate_journal_shipped = {
    "gate_ship_cells_total", NGX_HTTP_GATE_COUNTER,
    "Totals that Redis acknowledged.",
    { NULL, NULL, NULL, NULL }, NULL, 0, NULL
};


ngx_http_gate_family_t  ngx_http_gate_journal_takeovers = {
    "gate_ship_takeovers_total", NGX_HTTP_GATE_COUNTER,
    "Times that a worker began to ship.",
    { NULL, NULL, NULL, NULL }, NULL, 0, NULL
};


static const char  ngx_http_gate_journal_units_help[] =
    "What was metered, in all cells of the journal, by unit.";


static const ngx_http_gate_row_t  ngx_http_gate_journal_rows[] = {

    { "slots_opened", "gate_journal_slots_opened_total", NGX_HTTP_GATE_COUNTER,
      "Requests that were admitted to be metered.", NULL,
      ngx_http_gate_row(NUMBER, ngx_http_gate_journal_stat_t, opened) },

    { "open", "gate_journal_slots_open", NGX_HTTP_GATE_GAUGE,
      "Metered requests that have not ended.", NULL,
      ngx_http_gate_row(NUMBER, ngx_http_gate_journal_stat_t, open) },

    { "slots", "gate_journal_slots", NGX_HTTP_GATE_GAUGE,
      "Metered requests that can be open at once.", NULL,
      ngx_http_gate_row(NUMBER, ngx_http_gate_journal_stat_t, slots) },

    { "served", "gate_journal_units_total", NGX_HTTP_GATE_COUNTER,
      ngx_http_gate_journal_units_help, "unit=\"served\"",
      ngx_http_gate_row(NUMBER, ngx_http_gate_journal_stat_t,
                        units[GATE_SERVED]) },

    { "refused_upstream", "gate_journal_units_total", NGX_HTTP_GATE_COUNTER,
      ngx_http_gate_journal_units_help, "unit=\"refused_upstream\"",
      ngx_http_gate_row(NUMBER, ngx_http_gate_journal_stat_t,
                        units[GATE_REFUSED_UPSTREAM]) },

    { "aborted", "gate_journal_units_total", NGX_HTTP_GATE_COUNTER,
      ngx_http_gate_journal_units_help, "unit=\"aborted\"",
      ngx_http_gate_row(NUMBER, ngx_http_gate_journal_stat_t,
                        units[GATE_ABORTED]) },

    { "interrupted", "gate_journal_units_total", NGX_HTTP_GATE_COUNTER,
      ngx_http_gate_journal_units_help, "unit=\"interrupted\"",
      ngx_http_gate_row(NUMBER, ngx_http_gate_journal_stat_t,
                        units[GATE_INTERRUPTED]) },

    { "bytes_in", "gate_journal_units_total", NGX_HTTP_GATE_COUNTER,
      ngx_http_gate_journal_units_help, "unit=\"bytes_in\"",
      ngx_http_gate_row(NUMBER, ngx_http_gate_journal_stat_t,
                        units[GATE_BYTES_IN]) },

    { "bytes_out", "gate_journal_units_total", NGX_HTTP_GATE_COUNTER,
      ngx_http_gate_journal_units_help, "unit=\"bytes_out\"",
      ngx_http_gate_row(NUMBER, ngx_http_gate_journal_stat_t,
                        units[GATE_BYTES_OUT]) },

    { "duration_ms", "gate_journal_units_total", NGX_HTTP_GATE_COUNTER,
      ngx_http_gate_journal_units_help, "unit=\"duration_ms\"",
      ngx_http_gate_row(NUMBER, ngx_http_gate_journal_stat_t,
                        units[GATE_DURATION_MS]) },

    { NULL, "gate_journal_slots_interrupted_total", NGX_HTTP_GATE_COUNTER,
      "Metered requests whose worker died.", NULL,
      ngx_http_gate_row(NUMBER, ngx_http_gate_journal_stat_t,
                        units[GATE_INTERRUPTED]) },

    { "cells", "gate_journal_cells", NGX_HTTP_GATE_GAUGE,
      "Room for totals in the journal.", NULL,
      ngx_http_gate_row(NUMBER, ngx_http_gate_journal_stat_t, cells) },

    { "cells_used", "gate_journal_cells_used", NGX_HTTP_GATE_GAUGE,
      "Totals in the journal.", NULL,
      ngx_http_gate_row(NUMBER, ngx_http_gate_journal_stat_t, cells_used) },

    { "dirty", "gate_journal_cells_dirty", NGX_HTTP_GATE_GAUGE,
      "Totals that have changed since they were shipped.", NULL,
      ngx_http_gate_row(NUMBER, ngx_http_gate_journal_stat_t, dirty) },

    { "unbilled",
      ngx_http_gate_row_family(NUMBER, &ngx_http_gate_journal_unbilled) },

    { "retired_early",
      ngx_http_gate_row_family(NUMBER, &ngx_http_gate_journal_retired) },

    { "damaged", "gate_journal_damaged_total", NGX_HTTP_GATE_COUNTER,
      "Parts of the journal that were found damaged, ever since it was made.",
      NULL, ngx_http_gate_row(NUMBER, ngx_http_gate_journal_stat_t, damaged) },

    { "epoch", NULL, 0, NULL, NULL,
      ngx_http_gate_row(HEX, ngx_http_gate_journal_stat_t, epoch) },

    { "epochs", "gate_journal_epochs", NGX_HTTP_GATE_GAUGE,
      "Epochs that the journal holds totals of.", NULL,
      ngx_http_gate_row(NUMBER, ngx_http_gate_journal_stat_t, epochs) },

    { "writers", "gate_journal_writers", NGX_HTTP_GATE_GAUGE,
      "Worker processes that write to the journal.", NULL,
      ngx_http_gate_row(NUMBER, ngx_http_gate_journal_stat_t, writers) },

      ngx_http_gate_null_row
};


static ngx_http_gate_group_t  ngx_http_gate_journal_group = {
    "journal", 1, NULL, NULL, sizeof(ngx_http_gate_journal_stat_t),
    ngx_http_gate_journal_read, ngx_http_gate_journal_rows
};


ngx_int_t
ngx_http_gate_journal_preconfiguration(ngx_conf_t *cf)
{
    return ngx_http_gate_metrics_add_group(cf, &ngx_http_gate_journal_group);
}


static ngx_int_t
ngx_http_gate_journal_read(ngx_uint_t n, ngx_str_t *name, void *values)
{
    ngx_http_gate_journal_stat_t *st = values;

    ngx_uint_t            i;
    gate_journal_t       *j;
    gate_journal_stat_t   js;

    j = ngx_http_gate_journal((ngx_cycle_t *) ngx_cycle);

    if (j == NULL) {
        return NGX_DECLINED;
    }

    gate_journal_stat(j, &js);

    st->opened = js.opened;
    st->open = js.open;
    st->slots = js.slots;
    st->cells = js.cells;
    st->cells_used = js.cells_used;
    st->dirty = js.dirty;
    st->epoch = js.epoch;
    st->epochs = js.epochs;
    st->damaged = js.damaged;
    st->writers = js.writers;

    for (i = 0; i < GATE_UNITS; i++) {
        st->units[i] = js.units[i];
    }

    return NGX_OK;
}
