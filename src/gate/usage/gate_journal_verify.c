
/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * The whole journal compared with its checksums.  Each state in which a writer
 * or the shipper can have been killed is a sound one: what they were at is told
 * by a redo record.
 */


#include "gate_journal_region.h"


#define GATE_JOURNAL_LOOKS       4            /* others may be at it */
#define GATE_JOURNAL_NEAR        2            /* bits of a hash that flip */


typedef struct {
    gate_journal_t        *journal;
    int                    mend;
    uint32_t               count;
} gate_journal_verify_t;


static uint32_t gate_journal_verify_all(gate_journal_t *j, int mend);
static void gate_journal_verify_tell(gate_journal_verify_t *v,
    gate_journal_part_e part, uint32_t index);
static void gate_journal_verify_header(gate_journal_verify_t *v);
static void gate_journal_verify_sums(gate_journal_verify_t *v);
static void gate_journal_verify_record(gate_journal_verify_t *v, uint32_t n);
static int gate_journal_verify_redo(const gate_journal_t *j,
    const gate_journal_redo_t *redo);
static void gate_journal_verify_slot(gate_journal_verify_t *v, uint32_t s);
static void gate_journal_verify_cell(gate_journal_verify_t *v, uint32_t c);
static int gate_journal_verify_fits(const gate_journal_t *j, uint32_t c,
    uint32_t owner, uint64_t hash);
static int gate_journal_verify_entry(gate_journal_verify_t *v, uint32_t c,
    uint32_t owner, uint64_t hash);
static void gate_journal_verify_aside(gate_journal_verify_t *v, uint32_t c,
    gate_journal_part_e part);
static void gate_journal_verify_known(gate_journal_verify_t *v, uint32_t c);
static int gate_journal_verify_read(const gate_journal_cell_t *cell,
    gate_journal_sums_t *sums);


uint32_t
gate_journal_verify(gate_journal_t *j)
{
    return gate_journal_verify_all(j, 0);
}


/* what is missing because of a damage that was told is not told again */

uint32_t
gate_journal_mend(gate_journal_t *j)
{
    int       told;
    int64_t   missing;
    uint32_t  n;
    uint64_t  much;

    n = gate_journal_verify_all(j, 1);
    told = gate_journal_unsettled(j);
    missing = gate_journal_settle(j);

    if (missing != 0 && !told) {
        n++;
        much = (missing < 0) ? -(uint64_t) missing : (uint64_t) missing;
        gate_journal_report(j, GATE_JOURNAL_PART_BALANCE,
                          much > 0xffffffff ? 0xffffffff : (uint32_t) much);
    }

    gate_journal_put32(&j->header->settled,
                       (uint32_t) gate_journal_get64(&j->header->damaged));

    return n;
}


/* records first: whether a cell is sound may depend on them */

static uint32_t
gate_journal_verify_all(gate_journal_t *j, int mend)
{
    uint32_t               i;
    gate_journal_verify_t  v;

    v.journal = j;
    v.mend = mend;
    v.count = 0;

    gate_journal_verify_header(&v);
    gate_journal_verify_sums(&v);

    for (i = 0; i < j->nwriters; i++) {
        gate_journal_verify_record(&v, i);
    }

    for (i = 0; i < j->nslots; i++) {
        if (gate_journal_get64(&j->slots[i].open) != 0) {
            gate_journal_verify_slot(&v, i);
        }
    }

    for (i = 0; i < j->ncells; i++) {
        if (gate_journal_get64(&j->hashes[i]) != 0) {
            gate_journal_verify_cell(&v, i);
        }
    }

    return v.count;
}


static void
gate_journal_verify_tell(gate_journal_verify_t *v, gate_journal_part_e part,
    uint32_t index)
{
    v->count++;

    if (v->mend) {
        gate_journal_report(v->journal, part, index);

    } else {
        gate_journal_found(v->journal, part, index);
    }
}


static void
gate_journal_verify_header(gate_journal_verify_t *v)
{
    gate_journal_t         *j;
    gate_journal_header_t  *h;

    j = v->journal;
    h = j->header;

    if (!gate_journal_now_sound(j)) {

        if (v->mend) {
            (void) gate_journal_now(j);       /* reports it */
            v->count++;

        } else {
            gate_journal_verify_tell(v, GATE_JOURNAL_PART_NOW, 0);
        }
    }

    if (gate_journal_get32(&h->before_crc) != GATE_JOURNAL_NONE
        && gate_journal_before(j) == NULL)
    {
        gate_journal_verify_tell(v, GATE_JOURNAL_PART_BEFORE, 0);

        if (v->mend) {
            gate_journal_set_before(j, NULL);
        }
    }

    if (!gate_journal_verify_redo(j, &h->redo)) {
        gate_journal_verify_tell(v, GATE_JOURNAL_PART_SUMS, 0);

        if (v->mend) {
            gate_journal_put32(&h->redo.check, 0);
        }
    }
}


/* there are two of them, and both are written while a redo record says what */

static void
gate_journal_verify_sums(gate_journal_verify_t *v)
{
    int                     i;
    uint32_t                good, k;
    gate_journal_t         *j;
    gate_journal_sums_t    *sums;

    j = v->journal;
    sums = j->header->retired;

    for (i = 0; i < GATE_JOURNAL_LOOKS; i++) {

        for (good = 0, k = 0; k < 2; k++) {
            if (gate_journal_get32(&sums[k].values_check)
                == gate_journal_values_check(GATE_JOURNAL_SUMS_SEED,
                                             sums[k].values))
            {
                good |= 1u << k;
            }
        }

        if (good == 3 || gate_journal_retire_pending_redo(j) != NULL) {
            return;
        }
    }

    gate_journal_verify_tell(v, GATE_JOURNAL_PART_SUMS, good);

    if (!v->mend) {
        return;
    }

    if (good == 0) {
        sums[0].values_check = gate_journal_values_check(
                                   GATE_JOURNAL_SUMS_SEED, sums[0].values);
        good = 1;
    }

    sums[good & 1] = sums[!(good & 1)];
}


static void
gate_journal_verify_record(gate_journal_verify_t *v, uint32_t n)
{
    gate_journal_t         *j;
    gate_journal_count_t    opened, lost;
    gate_journal_record_t  *rec;

    j = v->journal;
    rec = &j->records[n];

    opened = gate_journal_get64(&rec->opened);
    lost = gate_journal_get64(&rec->lost);

    if (!gate_journal_count_sound(opened) || !gate_journal_count_sound(lost)) {
        gate_journal_verify_tell(v, GATE_JOURNAL_PART_RECORD, n);

        if (v->mend) {

            /* any number may stand there; the balance says what is right */

            if (!gate_journal_count_sound(opened)) {
                gate_journal_put64(&rec->opened, 0);
            }

            if (!gate_journal_count_sound(lost)) {
                gate_journal_put64(&rec->lost, 0);
            }
        }
    }

    if (!gate_journal_verify_redo(j, &rec->redo)) {
        gate_journal_verify_tell(v, GATE_JOURNAL_PART_REDO, n);

        if (v->mend) {
            gate_journal_put32(&rec->redo.check, 0);
        }
    }
}


/* 1: there is nothing in it, or it can be carried out */

static int
gate_journal_verify_redo(const gate_journal_t *j,
    const gate_journal_redo_t *redo)
{
    int       i;
    uint32_t  check, c;

    for (i = 0; i < GATE_JOURNAL_LOOKS; i++) {
        check = gate_journal_get32(&redo->check);

        if (check == 0) {
            return 1;
        }

        c = gate_journal_get32(&redo->cell);

        if (c < j->ncells && redo->slot < j->nslots
            && gate_journal_redo_sound(redo, (redo == &j->header->redo)
                                             ? NULL : &j->cells[c]))
        {
            return 1;
        }

        if (gate_journal_get32(&redo->check) != check) {
            i = 0;                            /* another one already */
        }
    }

    return 0;
}


/* a chunk's owner is known from each of its open slots */

static void
gate_journal_verify_slot(gate_journal_verify_t *v, uint32_t s)
{
    int                   i, sound;
    uint32_t              owner, writer;
    gate_journal_t       *j;
    gate_journal_slot_t  *slot, copy;

    j = v->journal;
    slot = &j->slots[s];

    for (i = 0; i < GATE_JOURNAL_LOOKS; i++) {
        owner = gate_journal_get32(&j->chunks[s / GATE_JOURNAL_CHUNK]);
        copy.open = gate_journal_get64(&slot->open);
        copy.seq = gate_journal_get64(&slot->seq);

        writer = (uint32_t) (copy.seq >> 48) + 1;
        sound = gate_journal_slot_cell(j, &copy) != GATE_JOURNAL_NO_CELL;

        if (copy.open == 0 || (sound && owner == writer)) {
            return;
        }
    }

    if (sound) {
        gate_journal_verify_tell(v, GATE_JOURNAL_PART_CHUNK,
                                 s / GATE_JOURNAL_CHUNK);
        if (v->mend) {
            gate_journal_put32(&j->chunks[s / GATE_JOURNAL_CHUNK], writer);
        }

        return;
    }

    gate_journal_verify_tell(v, GATE_JOURNAL_PART_SLOT, s);

    if (!v->mend) {
        return;
    }

    if ((copy.open & (copy.open - 1)) == 0 || owner - 1 >= j->nwriters) {
        gate_journal_put64(&slot->open, 0);          /* it was a free one */

    } else {
        gate_journal_lose(&j->records[owner - 1], slot);
    }
}


static void
gate_journal_verify_cell(gate_journal_verify_t *v, uint32_t c)
{
    int                         i;
    uint32_t                    owner;
    uint64_t                    hash;
    gate_journal_t             *j;
    const gate_journal_redo_t  *redo;

    j = v->journal;
    redo = gate_journal_retire_pending_redo(j);

    if (redo != NULL && redo->cell == c) {
        return;
    }

    if (gate_journal_is_aside(j, c)) {
        gate_journal_verify_known(v, c);
        return;
    }

    for (i = 0; i < GATE_JOURNAL_LOOKS; i++) {
        owner = gate_journal_get32(&j->owners[c]);
        hash = gate_journal_get64(&j->hashes[c]);

        if (hash == 0 || gate_journal_verify_fits(j, c, owner, hash)) {
            break;
        }
    }

    if (hash == 0
        || (i == GATE_JOURNAL_LOOKS
            && !gate_journal_verify_entry(v, c, owner, hash)))
    {
        return;
    }

    if (gate_journal_cell_values(j, c) == GATE_JOURNAL_CELL_BAD) {
        gate_journal_verify_aside(v, c, GATE_JOURNAL_PART_VALUES);
    }
}


/* the key is what it was, and hash and owner say the same */

static int
gate_journal_verify_fits(const gate_journal_t *j, uint32_t c, uint32_t owner,
    uint64_t hash)
{
    uint64_t                    now;
    const gate_journal_cell_t  *cell;

    cell = &j->cells[c];

    if (owner != cell->owner || !gate_journal_cell_sane(cell, hash)) {
        return 0;
    }

    if (hash & GATE_JOURNAL_PUBLISHED) {
        return 1;
    }

    /* what is to be retired is closed for writers first */

    now = gate_journal_now_seen(j);

    return cell->epoch != gate_journal_epoch(j, now)
           || cell->hour < gate_journal_floor(now);
}


/* 1: the cell is sound in itself, and its entry was mended */

static int
gate_journal_verify_entry(gate_journal_verify_t *v, uint32_t c,
    uint32_t owner, uint64_t hash)
{
    gate_journal_t       *j;
    gate_journal_cell_t  *cell;

    j = v->journal;
    cell = &j->cells[c];

    if (owner == 0 && (hash | GATE_JOURNAL_PUBLISHED) != cell->hash) {

        /* it was free, whatever is still written there */

        gate_journal_verify_tell(v, GATE_JOURNAL_PART_ENTRY, c);

        if (v->mend) {
            gate_journal_put64(&j->hashes[c], 0);
        }

        return 0;
    }

    /* a sound cell may be the copy of another one: its hash is not near */

    if (!gate_journal_key_sound(cell)
        || __builtin_popcountll((hash | GATE_JOURNAL_PUBLISHED) ^ cell->hash)
           > GATE_JOURNAL_NEAR)
    {
        gate_journal_verify_aside(v, c, GATE_JOURNAL_PART_KEY);
        return 0;
    }

    gate_journal_verify_tell(v, GATE_JOURNAL_PART_ENTRY, c);

    if (v->mend) {
        gate_journal_put32(&j->owners[c], cell->owner);
        gate_journal_put64(&j->hashes[c], cell->hash);
    }

    return 1;
}


static void
gate_journal_verify_aside(gate_journal_verify_t *v, uint32_t c,
    gate_journal_part_e part)
{
    gate_journal_verify_tell(v, part, c);

    if (v->mend) {
        gate_journal_set_aside(v->journal, c);
        gate_journal_put32(&v->journal->owners[c], GATE_JOURNAL_ASIDE);
    }
}


/* what was set aside once is not told again, but is it damaged at all? */

static void
gate_journal_verify_known(gate_journal_verify_t *v, uint32_t c)
{
    gate_journal_t       *j;
    gate_journal_cell_t  *cell;

    j = v->journal;
    cell = &j->cells[c];

    if (!gate_journal_verify_fits(j, c, cell->owner,
                                  gate_journal_get64(&j->hashes[c]))
        || gate_journal_cell_values(j, c) == GATE_JOURNAL_CELL_BAD)
    {
        if (v->mend) {
            gate_journal_put32(&j->owners[c], GATE_JOURNAL_ASIDE);
        }

        return;
    }

    gate_journal_verify_tell(v, GATE_JOURNAL_PART_ENTRY, c);

    if (v->mend) {
        gate_journal_put32(&j->owners[c], cell->owner);
        gate_journal_set_dirty(j, c);
    }
}


/*
 * Where the check does not fit twice, with the same values, and between the two
 * the writer was not at it, there was no moment in which it did.
 */

gate_journal_cell_e
gate_journal_cell_values(const gate_journal_t *j, uint32_t c)
{
    int                         i;
    uint32_t                    owner;
    gate_journal_sums_t         first, second;
    const gate_journal_redo_t  *redo;
    const gate_journal_cell_t  *cell;

    cell = &j->cells[c];
    owner = cell->owner;

    redo = (owner - 1 < j->nwriters) ? &j->records[owner - 1].redo : NULL;

    for (i = 0; i < GATE_JOURNAL_LOOKS; i++) {

        if (gate_journal_verify_read(cell, &first)) {
            return GATE_JOURNAL_CELL_GOOD;
        }

        if (redo != NULL && gate_journal_get32(&redo->check) != 0
            && gate_journal_get32(&redo->cell) == c
            && gate_journal_redo_sound(redo, cell))
        {
            continue;
        }

        if (gate_journal_verify_read(cell, &second)) {
            return GATE_JOURNAL_CELL_GOOD;
        }

        if (memcmp(&first, &second, sizeof(first)) == 0) {
            return GATE_JOURNAL_CELL_BAD;
        }
    }

    return GATE_JOURNAL_CELL_BUSY;
}


static int
gate_journal_verify_read(const gate_journal_cell_t *cell,
    gate_journal_sums_t *sums)
{
    uint32_t  i;

    for (i = 0; i < GATE_JOURNAL_UNITS; i++) {
        sums->values[i] = gate_journal_get64(&cell->values[i]);
    }

    sums->values_check = gate_journal_get32(&cell->values_check);
    sums->unused = 0;

    return sums->values_check == gate_journal_values_check(cell->check,
                                                           sums->values);
}
