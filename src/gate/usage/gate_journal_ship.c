
/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * The journal's shipper: which keys changed, what their sums are, what of them
 * has arrived.  Nothing of it needs recovery: a cell stays dirty until its
 * sum is acknowledged, and the sums only grow.
 */


#include <stdlib.h>

#include "gate_journal_group.h"


static int gate_journal_ship_alloc(gate_journal_ship_t *s);
static uint32_t gate_journal_ship_scan(gate_journal_ship_t *s);
static uint32_t gate_journal_ship_sound(gate_journal_ship_t *s,
    uint32_t head);
static void gate_journal_ship_fill(gate_journal_ship_t *s, uint32_t head,
    uint32_t token, gate_journal_batch_t *b);
static uint32_t gate_journal_ship_head(gate_journal_ship_t *s,
    uint32_t token);


gate_journal_rc_e
gate_journal_ship_open(gate_journal_t *j, gate_journal_ship_t **sp)
{
    gate_journal_ship_t  *s;

    s = calloc(1, sizeof(gate_journal_ship_t));
    if (s == NULL) {
        return GATE_JOURNAL_NO_MEMORY;
    }

    s->journal = j;

    if (!gate_journal_ship_alloc(s)) {
        gate_journal_ship_close(s);
        return GATE_JOURNAL_NO_MEMORY;
    }

    *sp = s;

    return GATE_JOURNAL_OK;
}


/*
 * A sum is that of all writers, so each cell must be known before the first one
 * is sent; of a large file this takes longer than an event loop may stand.
 */

int
gate_journal_ship_ready(gate_journal_ship_t *s, uint32_t max)
{
    uint32_t         c;
    gate_journal_t  *j;

    j = s->journal;

    if (s->ready) {
        return 1;
    }

    if (s->begun == 0) {
        gate_journal_retire_replay(j);
    }

    for ( /* void */ ; s->begun < j->ncells && max; s->begun++, max--) {
        c = s->begun;

        /* an acknowledgement that was cut short: clean, yet not all sent */

        if (gate_journal_group_discover(s, c)
            && !gate_journal_is_dirty(j, c)
            && gate_journal_get64(&j->cells[c].mark)
               != gate_journal_cell_sum(&j->cells[c]))
        {
            gate_journal_set_dirty(j, c);
        }
    }

    if (s->begun < j->ncells) {
        return 0;
    }

    /* what was published behind us meanwhile */

    gate_journal_group_discover_all(s);

    s->ready = 1;

    (void) gate_journal_retire_resume(s);

    return 1;
}


static int
gate_journal_ship_alloc(gate_journal_ship_t *s)
{
    size_t  n;

    n = s->journal->ncells;

    s->known = calloc(n, sizeof(uint64_t));
    s->sent = calloc(n, sizeof(uint64_t));
    s->head = calloc(n, sizeof(uint32_t));
    s->next = calloc(n, sizeof(uint32_t));
    s->hour = calloc(n, sizeof(uint32_t));
    s->token = calloc(n, sizeof(uint16_t));
    s->index = calloc((size_t) s->journal->mask + 1, sizeof(uint32_t));

    return s->known != NULL && s->sent != NULL && s->head != NULL
           && s->next != NULL && s->hour != NULL && s->token != NULL
           && s->index != NULL;
}


void
gate_journal_ship_close(gate_journal_ship_t *s)
{
    free(s->known);
    free(s->sent);
    free(s->head);
    free(s->next);
    free(s->hour);
    free(s->token);
    free(s->index);
    free(s);
}


int
gate_journal_ship_next(gate_journal_ship_t *s, gate_journal_batch_t *b)
{
    uint32_t  c, i;

    for (i = 0; i < GATE_JOURNAL_TOKENS; i++) {
        if (s->flight[i].head == 0) {
            break;
        }
    }

    if (i == GATE_JOURNAL_TOKENS) {
        return 0;
    }

    (void) gate_journal_ship_ready(s, s->journal->ncells);

    c = gate_journal_ship_scan(s);
    if (c == GATE_JOURNAL_NO_CELL) {
        return 0;
    }

    s->flight[i].head = c + 1;
    s->flight[i].again = 0;

    gate_journal_ship_fill(s, c, i, b);

    return 1;
}


/* the head of the next group that changed; once around at most */

static uint32_t
gate_journal_ship_scan(gate_journal_ship_t *s)
{
    uint32_t         c, n, head;
    uint64_t         eight;
    gate_journal_t  *j;

    j = s->journal;

    for (n = 0, c = s->cursor; n < j->ncells; n++, c++) {

        if (c >= j->ncells) {
            c = 0;
        }

        if (c % 8 == 0 && c + 8 <= j->ncells) {
            memcpy(&eight, &j->dirty[c], sizeof(eight));

            if (eight == 0) {
                c += 7;
                n += 7;
                continue;
            }
        }

        if (gate_journal_is_dirty(j, c)
            && gate_journal_group_discover(s, c)
            && s->token[s->head[c]] == 0)
        {
            head = gate_journal_ship_sound(s, s->head[c]);

            if (head != GATE_JOURNAL_NO_CELL) {
                s->cursor = c + 1;
                return head;
            }
        }
    }

    s->cursor = c;

    return GATE_JOURNAL_NO_CELL;
}


/*
 * What is damaged leaves the group; gives the head of the rest.  NO_CELL: there
 * is none, or a writer is at one of them, so that it is looked at again soon.
 */

static uint32_t
gate_journal_ship_sound(gate_journal_ship_t *s, uint32_t head)
{
    uint32_t             c, next;
    gate_journal_t      *j;
    gate_journal_cell_e  found;

    j = s->journal;

    for (c = head; c != GATE_JOURNAL_NO_CELL; c = next) {
        next = s->next[c] - 1;

        if (!gate_journal_cell_sane(&j->cells[c], s->known[c])) {
            gate_journal_report(j, GATE_JOURNAL_PART_KEY, c);

        } else {
            found = gate_journal_cell_values(j, c);

            if (found == GATE_JOURNAL_CELL_BUSY) {
                return GATE_JOURNAL_NO_CELL;
            }

            if (found == GATE_JOURNAL_CELL_GOOD) {
                continue;
            }

            gate_journal_report(j, GATE_JOURNAL_PART_VALUES, c);
        }

        gate_journal_set_aside(j, c);
        head = gate_journal_group_exclude(s, head, c);
    }

    return head;
}



static void
gate_journal_ship_fill(gate_journal_ship_t *s, uint32_t head, uint32_t token,
    gate_journal_batch_t *b)
{
    uint32_t              c, i;
    uint64_t              v;
    gate_journal_cell_t  *cell;

    memset(b->units, 0, sizeof(b->units));

    for (c = head; c != GATE_JOURNAL_NO_CELL; c = s->next[c] - 1) {
        cell = &s->journal->cells[c];

        s->token[c] = (uint16_t) (token + 1);
        s->sent[c] = 0;

        for (i = 0; i < GATE_JOURNAL_UNITS; i++) {
            v = gate_journal_get64(&cell->values[i]);
            s->sent[c] += v;

            b->units[i] = (v > GATE_JOURNAL_MAX - b->units[i])
                          ? GATE_JOURNAL_MAX : b->units[i] + v;
        }
    }

    cell = &s->journal->cells[head];

    gate_journal_cell_key(cell, &b->key);

    b->hour = cell->hour;
    b->epoch = cell->epoch;
    b->token = token;
}


void
gate_journal_ship_ack(gate_journal_ship_t *s, uint32_t token)
{
    uint32_t         c;
    gate_journal_t  *j;

    j = s->journal;

    c = gate_journal_ship_head(s, token);

    for ( /* void */ ; c != GATE_JOURNAL_NO_CELL; c = s->next[c] - 1) {

        if (s->token[c] != token + 1) {
            continue;                         /* joined the group later */
        }

        s->token[c] = 0;

        gate_journal_put64(&j->cells[c].mark, s->sent[c]);

        if (s->flight[token].again) {
            continue;
        }

        /* a writer changes the values first, then says so: we the reverse */

        (void) __atomic_exchange_n(&j->dirty[c], 0, __ATOMIC_SEQ_CST);
        GATE_JOURNAL_CRASHPOINT();

        gate_journal_fence();

        if (gate_journal_cell_sum(&j->cells[c]) != s->sent[c]) {
            gate_journal_set_dirty(j, c);
        }
    }

    if (token < GATE_JOURNAL_TOKENS) {
        s->flight[token].head = 0;
    }
}


void
gate_journal_ship_keep(gate_journal_ship_t *s, uint32_t token)
{
    gate_journal_t  *j;

    j = s->journal;

    if (!gate_journal_is_kept(j)) {
        gate_journal_put32(&j->header->kept, GATE_JOURNAL_YES);
    }

    gate_journal_ship_ack(s, token);
}


/* nothing was cleaned before the answer, so there is nothing to undo */

void
gate_journal_ship_nack(gate_journal_ship_t *s, uint32_t token)
{
    uint32_t  c;

    c = gate_journal_ship_head(s, token);

    for ( /* void */ ; c != GATE_JOURNAL_NO_CELL; c = s->next[c] - 1) {
        if (s->token[c] == token + 1) {
            s->token[c] = 0;
        }
    }

    if (token < GATE_JOURNAL_TOKENS) {
        s->flight[token].head = 0;
    }
}


/* first cell of what is in flight under "token" */

static uint32_t
gate_journal_ship_head(gate_journal_ship_t *s, uint32_t token)
{
    if (token >= GATE_JOURNAL_TOKENS) {
        return GATE_JOURNAL_NO_CELL;
    }

    return s->flight[token].head - 1;
}


void
gate_journal_ship_all(gate_journal_ship_t *s)
{
    uint32_t  c, i;

    (void) gate_journal_ship_ready(s, s->journal->ncells);

    gate_journal_group_discover_all(s);

    for (c = 0; c < s->journal->ncells; c++) {
        if (s->known[c] != 0) {
            gate_journal_set_dirty(s->journal, c);
        }
    }

    gate_journal_put32(&s->journal->header->kept, 0);

    /* what is on its way may have been sent to the one that lost it */

    for (i = 0; i < GATE_JOURNAL_TOKENS; i++) {
        s->flight[i].again = 1;
    }
}


/*
 * The receiver has what we sent, now or earlier, and sums only grow: all that
 * it ever got of an epoch is contained in what this batch said.
 */

int
gate_journal_ship_ahead(gate_journal_ship_t *s, const gate_journal_batch_t *b,
    uint64_t random)
{
    uint64_t         now;
    gate_journal_t  *j;

    j = s->journal;

    now = gate_journal_now(j);

    if (b->epoch != gate_journal_epoch(j, now)) {
        return 0;                             /* sealed already */
    }

    gate_journal_seal(j, random);

    return 1;
}






