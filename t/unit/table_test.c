
/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * A hash table: what was put in is found, and nothing else.
 */


#include "tap.h"
#include "gate_table.h"


#define MANY  5000


static int
same_text(const void *item, const void *key)
{
    return strcmp(item, key) == 0;
}


int
main(void)
{
    int                 i, good;
    size_t              n;
    static char         text[MANY][24];
    gate_table_t        t;

    memset(&t, 0, sizeof(t));
    t.eq = same_text;

    ok(gate_table_find(&t, 7, "a") == NULL, "an empty table has nothing");

    is_int(gate_table_add(&t, 7, "a", "a"), GATE_TABLE_OK, "one item");
    is_int(gate_table_add(&t, 7, "b", "b"), GATE_TABLE_OK,
           "another one of the same hash");
    is_int(gate_table_add(&t, 7, "a", "a"), GATE_TABLE_DUPLICATE,
           "the first one again is a duplicate");

    is_str(gate_table_find(&t, 7, "a"), "a", "the one is found");
    is_str(gate_table_find(&t, 7, "b"), "b", "the other one is found");
    ok(gate_table_find(&t, 7, "c") == NULL, "a third of that hash is not");
    ok(gate_table_find(&t, 8, "a") == NULL, "nor is one of another hash");

    /* all of them crowd in the last entries and go round the end */

    good = 1;

    for (i = 0; i < MANY; i++) {
        snprintf(text[i], sizeof(text[i]), "item %d", i);
        good &= (gate_table_add(&t, UINT64_MAX - i % 3, text[i], text[i])
                 == GATE_TABLE_OK);
    }

    ok(good, "%d items of three hashes are taken", MANY);

    good = 1;

    for (i = 0; i < MANY; i++) {
        good &= (gate_table_find(&t, UINT64_MAX - i % 3, text[i]) == text[i]);
    }

    ok(good, "and each of them is found");

    n = 0;

    for (i = 0; i < (int) t.size; i++) {
        n += (t.entries[i].item != NULL);
    }

    is_int(n, t.n, "as many entries are taken as the table counts");
    is_int(t.n, MANY + 2, "which is the number of items");
    ok(t.n <= t.size / 2, "and half of the table at the most");

    gate_table_free(&t);

    ok(gate_table_find(&t, 7, "a") == NULL, "what was freed is empty");
    is_int(gate_table_add(&t, 7, "a", "a"), GATE_TABLE_OK,
           "and may be filled again");

    gate_table_free(&t);

    return done_testing();
}
