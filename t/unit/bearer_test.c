
/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * The token of an Authorization field.
 */


#include "tap.h"
#include "gate_bearer.h"


/* from memory of the exact size; NULL: another scheme */

static const char *
token(const char *text)
{
    int          is;
    gate_str_t   field, t;
    static char  said[64];

    field = gate_str(malloc(strlen(text) + 1), strlen(text));
    field.data = realloc(field.data, field.len ? field.len : 1);
    memcpy(field.data, text, field.len);

    is = gate_bearer_token(field, &t);

    if (is) {
        snprintf(said, sizeof(said), "%.*s", (int) t.len, (char *) t.data);
    }

    free(field.data);

    return is ? said : NULL;
}


static void
test_bearer(void)
{
    size_t       i;
    const char  *t;

    static const struct {
        const char        *field;
        const char        *token;
    } row[] = {
        { "Bearer abc", "abc" }, { "bearer abc", "abc" },
        { "BEARER abc", "abc" }, { "Bearer   abc", "abc" },
        { "Bearer a b", "a b" }, { "Bearer abc ", "abc " },
        { "", "" }, { "Bearer", "" }, { "Bearer ", "" }, { "bearer   ", "" }
    };

    for (i = 0; i < sizeof(row) / sizeof(row[0]); i++) {
        t = token(row[i].field);

        ok(t != NULL && strcmp(t, row[i].token) == 0,
           "\"%s\" carries \"%s\"", row[i].field, row[i].token);
    }
}


static void
test_other(void)
{
    size_t  i;

    static const char  *field[] = {
        "Basic abc", "Beare", "Bearerabc", "Bearer\tabc", "Bearer,abc",
        " Bearer abc", "abc", "Bearers abc", "B"
    };

    for (i = 0; i < sizeof(field) / sizeof(field[0]); i++) {
        ok(token(field[i]) == NULL, "\"%s\" is of another scheme", field[i]);
    }
}


static int
is_key(const char *text)
{
    int          is;
    gate_str_t   field;

    field = gate_str(malloc(strlen(text) + 1), strlen(text));
    field.data = realloc(field.data, field.len ? field.len : 1);
    memcpy(field.data, text, field.len);

    is = gate_bearer_is_key(field);

    free(field.data);

    return is;
}


static void
test_key(void)
{
    size_t  i;

    static const struct {
        const char        *field;
        int                is;
    } row[] = {
        { "Bearer abc", 1 }, { "bearer a.b", 1 }, { "Bearer", 1 },
        { "Bearer gk_0123456789abcdef", 1 }, { "Bearer a.b.c", 0 },
        { "Bearer ..", 0 }, { "Bearer a.b.c.d.e", 0 }, { "", 0 },
        { "Basic abc", 0 }, { "Bearerabc", 0 }
    };

    for (i = 0; i < sizeof(row) / sizeof(row[0]); i++) {
        ok(is_key(row[i].field) == row[i].is, "\"%s\" is %s",
           row[i].field, row[i].is ? "a key" : "no key");
    }
}


int
main(void)
{
    gate_str_t  t;

    test_bearer();
    test_other();
    test_key();

    ok(gate_bearer_token(gate_str(NULL, 0), &t) && t.len == 0,
       "no bytes at all are an empty field");

    return done_testing();
}
