
/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * Values of fields that are lists.
 */


#include "tap.h"
#include "gate_list.h"


/* the elements between bars, from memory of the exact size */

static const char *
elements(const char *text)
{
    size_t       pos;
    gate_str_t   list, e;
    static char  said[256];

    list = gate_str(malloc(strlen(text) + 1), strlen(text));
    list.data = realloc(list.data, list.len ? list.len : 1);
    memcpy(list.data, text, list.len);

    pos = 0;
    said[0] = '\0';

    while (gate_list_next(list, &pos, &e)) {
        snprintf(said + strlen(said), sizeof(said) - strlen(said), "%.*s|",
                 (int) e.len, e.len ? (char *) e.data : "");
    }

    free(list.data);

    return said;
}


static void
test_elements(void)
{
    size_t  i;

    static const struct {
        const char        *list;
        const char        *elements;
    } row[] = {
        { "a", "a|" }, { "a,b", "a|b|" }, { " a , b\t,\tc ", "a|b|c|" },
        { "", "|" }, { ",", "||" }, { "a,", "a||" }, { ",a", "|a|" },
        { "a,,b", "a||b|" }, { "  ", "|" }, { " , ", "||" },
        { "a b, c", "a b|c|" }, { "\"a,b\"", "\"a|b\"|" }
    };

    for (i = 0; i < sizeof(row) / sizeof(row[0]); i++) {
        ok(strcmp(elements(row[i].list), row[i].elements) == 0,
           "\"%s\" is %s", row[i].list, row[i].elements);
    }
}


static void
test_has(void)
{
    gate_str_t  t;

    t = gate_cstr("upgrade");

    ok(gate_list_has(gate_cstr("Upgrade"), t), "alone");
    ok(gate_list_has(gate_cstr("keep-alive, UPGRADE"), t), "the last");
    ok(gate_list_has(gate_cstr("upgrade ,x"), t), "the first");
    ok(!gate_list_has(gate_cstr("upgrades"), t), "not a longer one");
    ok(!gate_list_has(gate_cstr("upgrad"), t), "not a shorter one");
    ok(!gate_list_has(gate_cstr("x upgrade"), t), "not a part");
    ok(!gate_list_has(gate_cstr(""), t), "not of nothing");
    ok(!gate_list_has(gate_str(NULL, 0), t), "nor of no list");
}


int
main(void)
{
    test_elements();
    test_has();

    return done_testing();
}
