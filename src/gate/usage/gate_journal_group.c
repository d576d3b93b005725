
/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * Groups of the journal's shipper: the cells of one key, epoch and hour, of all
 * writers, found by their hash and kept in a list.
 */


#include "gate_journal_group.h"


static void gate_journal_group_join(gate_journal_ship_t *s, uint32_t c);
static void gate_journal_group_insert(gate_journal_ship_t *s, uint32_t c);
static int gate_journal_group_same(const gate_journal_t *j, uint32_t a,
    uint32_t b);


int
gate_journal_group_discover(gate_journal_ship_t *s, uint32_t c)
{
    uint64_t         hash;
    gate_journal_t  *j;

    j = s->journal;

    hash = gate_journal_get64(&j->hashes[c]);

    if (hash == 0) {
        return 0;
    }

    hash |= GATE_JOURNAL_PUBLISHED;

    if (s->known[c] == hash) {
        return 1;
    }

    if (s->known[c] != 0 || gate_journal_is_aside(j, c)) {
        return 0;
    }

    if (!gate_journal_cell_sane(&j->cells[c], hash)) {
        gate_journal_report(j, GATE_JOURNAL_PART_KEY, c);
        gate_journal_set_aside(j, c);
        return 0;
    }

    s->known[c] = hash;
    s->hour[c] = j->cells[c].hour;

    gate_journal_group_join(s, c);

    return 1;
}


void
gate_journal_group_discover_all(gate_journal_ship_t *s)
{
    uint32_t  c;

    for (c = 0; c < s->journal->ncells; c++) {
        (void) gate_journal_group_discover(s, c);
    }
}


static void
gate_journal_group_join(gate_journal_ship_t *s, uint32_t c)
{
    uint32_t         i, h, mask;
    gate_journal_t  *j;

    j = s->journal;
    mask = j->mask;

    for (i = (uint32_t) (s->known[c] >> 8) & mask;
         s->index[i];
         i = (i + 1) & mask)
    {
        h = s->index[i] - 1;

        /* an entry whose head is no head any more is of a retired group */

        if (s->known[h] == s->known[c] && s->head[h] == h
            && gate_journal_group_same(j, h, c))
        {
            s->head[c] = h;
            s->next[c] = s->next[h];
            s->next[h] = c + 1;
            return;
        }
    }

    s->head[c] = c;
    s->next[c] = 0;

    gate_journal_group_insert(s, c);
}


static void
gate_journal_group_insert(gate_journal_ship_t *s, uint32_t c)
{
    uint32_t  i, k, mask;

    mask = s->journal->mask;

    if (s->filled > mask - mask / 4) {
        memset(s->index, 0, ((size_t) mask + 1) * sizeof(uint32_t));
        s->filled = 0;

        for (k = 0; k < s->journal->ncells; k++) {
            if (k != c && s->known[k] != 0 && s->head[k] == k) {
                gate_journal_group_insert(s, k);
            }
        }
    }

    i = (uint32_t) (s->known[c] >> 8) & mask;

    while (s->index[i]) {
        i = (i + 1) & mask;
    }

    s->index[i] = c + 1;
    s->filled++;
}


static int
gate_journal_group_same(const gate_journal_t *j, uint32_t a, uint32_t b)
{
    gate_journal_key_t  key;

    gate_journal_cell_key(&j->cells[a], &key);

    return gate_journal_cell_is(&j->cells[b], j->cells[a].epoch,
                                j->cells[a].hour, &key);
}


uint32_t
gate_journal_group_exclude(gate_journal_ship_t *s, uint32_t head, uint32_t c)
{
    uint32_t  k, first;

    if (c == head) {
        first = s->next[c] - 1;

        for (k = first; k != GATE_JOURNAL_NO_CELL; k = s->next[k] - 1) {
            s->head[k] = first;
        }

        if (first != GATE_JOURNAL_NO_CELL) {
            gate_journal_group_insert(s, first);
        }

    } else {
        first = head;

        for (k = head; s->next[k] - 1 != c; k = s->next[k] - 1) { /* void */ }

        s->next[k] = s->next[c];
    }

    s->known[c] = 0;
    s->head[c] = GATE_JOURNAL_NO_CELL;
    s->next[c] = 0;

    return first;
}


void
gate_journal_group_forget(gate_journal_ship_t *s, uint32_t head)
{
    uint32_t  c, next;

    for (c = head; c != GATE_JOURNAL_NO_CELL; c = next) {
        next = s->next[c] - 1;

        /* entries of the index stay: they must not look like those of heads */

        s->known[c] = 0;
        s->head[c] = GATE_JOURNAL_NO_CELL;
        s->next[c] = 0;
    }
}
