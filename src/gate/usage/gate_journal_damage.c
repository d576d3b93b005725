
/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * Damage of the journal, counted and told in words.
 */


#include <stdio.h>

#include "gate_date.h"
#include "gate_journal_region.h"


static const char *gate_journal_damage_what(gate_journal_part_e part);
static void gate_journal_damage_names(const gate_journal_cell_t *cell,
    char *text, size_t len);


void
gate_journal_report(gate_journal_t *j, gate_journal_part_e part, uint32_t index)
{
    __atomic_add_fetch(&j->header->damaged, 1, __ATOMIC_SEQ_CST);
    GATE_JOURNAL_CRASHPOINT();

    gate_journal_found(j, part, index);
}


void
gate_journal_found(gate_journal_t *j, gate_journal_part_e part,
    uint32_t index)
{
    if (j->nfound < GATE_JOURNAL_FOUND) {
        j->found[j->nfound].part = part;
        j->found[j->nfound].index = index;
    }

    j->nfound++;
}


int
gate_journal_next_damage(gate_journal_t *j, gate_journal_damage_t *d)
{
    if (j->named == j->nfound || j->named == GATE_JOURNAL_FOUND) {
        j->named = 0;
        j->nfound = 0;
        return 0;
    }

    *d = j->found[j->named++];

    return 1;
}


uint32_t
gate_journal_damages(const gate_journal_t *j)
{
    return j->nfound - j->named;
}


int
gate_journal_unsettled(const gate_journal_t *j)
{
    return (uint32_t) gate_journal_get64(&j->header->damaged)
           != gate_journal_get32(&j->header->settled);
}


void
gate_journal_set_aside(gate_journal_t *j, uint32_t c)
{
    __atomic_store_n(&j->dirty[c], GATE_JOURNAL_SET_ASIDE, __ATOMIC_RELEASE);
    GATE_JOURNAL_CRASHPOINT();
}


void
gate_journal_damage_text(const gate_journal_t *j,
    const gate_journal_damage_t *d, char *text, size_t len)
{
    int  n;

    n = snprintf(text, len, gate_journal_damage_what(d->part), d->index);

    if (d->part == GATE_JOURNAL_PART_KEY
        || d->part == GATE_JOURNAL_PART_VALUES)
    {
        if (n > 0 && (size_t) n < len && d->index < j->ncells) {
            gate_journal_damage_names(&j->cells[d->index], text + n, len - n);
        }
    }
}


static const char *
gate_journal_damage_what(gate_journal_part_e part)
{
    switch (part) {

    case GATE_JOURNAL_PART_KEY:
        return "the key of cell %u is damaged, the cell is kept aside";

    case GATE_JOURNAL_PART_VALUES:
        return "the values of cell %u are damaged, the cell is kept aside";

    case GATE_JOURNAL_PART_ENTRY:
        return "the entry of cell %u was damaged, and is known from the rest";

    case GATE_JOURNAL_PART_SLOT:
        return "the slot %u of an open request is damaged and given up";

    case GATE_JOURNAL_PART_CHUNK:
        return "the owner of slots %u was damaged, and is known from the rest";

    case GATE_JOURNAL_PART_RECORD:
        return "the counters of writer %u were damaged, they are made from the "
               "rest";

    case GATE_JOURNAL_PART_REDO:
        return "the redo record of writer %u is damaged, it is not applied";

    case GATE_JOURNAL_PART_SUMS:
        return "the sums of what was retired are damaged (%u)";

    case GATE_JOURNAL_PART_NOW:
        return "the epoch and the lowest hour of the header (%u) were damaged, "
               "they are known from the rest";

    case GATE_JOURNAL_PART_BALANCE:
        return "what was opened and what has ended differ by %u requests, "
               "part of it is gone";

    default:
        return "the name of the journal before this one is damaged (%u)";
    }
}


/* a damaged key may hold anything */

static void
gate_journal_damage_names(const gate_journal_cell_t *cell, char *text,
    size_t len)
{
    char      name[GATE_JOURNAL_CONSUMER + 1], hour[GATE_DATE_HOUR];
    size_t    at;
    uint32_t  i, k, n, from;

    static const char      *labels[4] = {
        ": consumer", ", API", ", version", ", plan"
    };

    static const uint16_t   most[4] = {
        GATE_JOURNAL_CONSUMER, GATE_JOURNAL_API, GATE_JOURNAL_VERSION,
        GATE_JOURNAL_PLAN
    };

    for (i = 0, at = 0, from = 0; i < 4 && at < len; i++) {
        n = (cell->len[i] < most[i]) ? cell->len[i] : most[i];

        for (k = 0; k < n; k++) {
            name[k] = (char) cell->names[from + k];

            if (name[k] < 32 || name[k] > 126 || name[k] == '"') {
                name[k] = '?';
            }
        }

        name[n] = '\0';
        from += n;

        at += (size_t) snprintf(text + at, len - at, "%s \"%s\"", labels[i],
                                name);
    }

    if (at < len) {
        (void) snprintf(text + at, len - at, ", hour %s",
                        gate_date_hour(cell->hour, hour));
    }
}
