/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * Claims by name and by JSON Pointer; scopes and groups in them.
 */

#include "gate_claim.h"
#include "gate_jwt.h"
#include "mint.h"


typedef struct {
    const char  *claims;
    const char  *places;                    /* with spaces between */
    const char  *prefix;
    int          words;
    const char  *text;                      /* joined by "," */
    const char  *in;                        /* that is among them */
    const char  *out;                       /* that is not */
} row_t;


static const row_t  rows[] = {

    /* groups */

    { "{'groups':['a','b c']}", "groups", "", 0, "a,b c", "b c", "b" },
    { "{'groups':'a b'}", "groups", "", 0, "a b", "a b", "a" },
    { "{'realm_access':{'roles':['admin','user']}}", "/realm_access/roles", "",
      0, "admin,user", "admin", "Admin" },
    { "{'realm_access':{'roles':['admin','user']}}", "realm_access.roles", "",
      0, "admin,user", "user", "use" },
    { "{'resource_access':{'a.b':{'roles':['x']}}}",
      "/resource_access/a.b/roles", "", 0, "x", "x", "" },
    { "{'a':['x'],'b':['y']}", "a b", "", 0, "x,y", "y", "z" },
    { "{'a':['x'],'b':['y']}", "/nil /b", "", 0, "y", "y", "x" },
    { "{'a':['x','y,admin','z']}", "a", "", 0, "x,z", "z", "admin" },
    { "{'a':['x','y\\n','z']}", "a", "", 0, "x,z", "z", "y\n" },
    { "{'a':[1,true,null,'x',['y'],{'z':1},1.5]}", "a", "", 0, "x", "x", "1" },
    { "{'a':['','x','']}", "a", "", 0, "x", "x", "" },
    { "{'a':'x,y'}", "a", "", 0, "", NULL, "x,y" },
    { "{'a':{'x':'y'}}", "a", "", 0, "", NULL, "x" },
    { "{'a':[]}", "a", "", 0, "", NULL, "" },
    { "{}", "a /b", "", 0, "", NULL, "a" },
    { "{'a':['admin']}", "a", "corp:", 0, "corp:admin", "corp:admin", "admin" },
    { "{'a':['x','y']}", "a", "p-", 0, "p-x,p-y", "p-y", "p-" },
    { "{'a':['corp:x']}", "a", "corp:", 0, "corp:corp:x", "corp:corp:x",
      "corp:x" },

    /* scopes */

    { "{'scope':'r w'}", "/scope", "", 1, "r,w", "w", "r w" },
    { "{'scope':' r  w '}", "/scope", "", 1, "r,w", "w", "" },
    { "{'permissions':['read:a','write:a']}", "/permissions", "", 1,
      "read:a,write:a", "read:a", "read" },
    { "{'scp':'User.Read','roles':['App.All']}", "/scp /roles", "", 1,
      "User.Read,App.All", "App.All", "user.read" },
    { "{'scp':['a b','c']}", "/scp", "", 1, "a,b,c", "b", "a b" },

    { NULL, NULL, NULL, 0, NULL, NULL, NULL }
};


static void
names_of(const row_t *row, gate_claim_names_t *names)
{
    char  *place, *text, *state;

    memset(names, 0, sizeof(gate_claim_names_t));

    names->places = mint_alloc(4 * sizeof(gate_claim_t));
    names->prefix = gate_cstr(row->prefix);
    names->words = row->words;

    text = mint_fmt("%s", row->places);

    for (place = strtok_r(text, " ", &state); place != NULL;
         place = strtok_r(NULL, " ", &state))
    {
        if (gate_claim_parse(&names->places[names->n++], gate_cstr(place),
                             mint_alloc(sizeof(gate_pointer_t)),
                             mint_alloc(strlen(place) + 1))
            != NULL)
        {
            mint_die("a claim is not read");
        }
    }
}


static void
test_names(const row_t *row)
{
    size_t              len;
    json_t             *claims;
    unsigned char      *text;
    gate_claim_names_t  names;

    names_of(row, &names);

    if (gate_json_object(gate_cstr(mint_json(row->claims)), &claims)
        != GATE_JSON_OK)
    {
        mint_die(row->claims);
    }

    len = gate_claim_names_text(&names, claims, ',', NULL);
    text = malloc(len + 1);

    ok(gate_claim_names_text(&names, claims, ',', text) == len,
       "%s: as long as was said", row->claims);

    text[len] = '\0';
    is_str((char *) text, row->text, "%s: all of %s", row->claims,
           row->places);

    ok(row->in == NULL
       || gate_claim_names_have(&names, claims, gate_cstr(row->in)),
       "%s: \"%s\" is there", row->claims, row->in ? row->in : "");
    ok(!gate_claim_names_have(&names, claims, gate_cstr(row->out)),
       "%s: \"%s\" is not", row->claims, row->out);

    free(text);
    json_decref(claims);
}


static void
test_parse(void)
{
    json_t          *claims;
    gate_claim_t     c;
    unsigned char    buf[64];
    gate_pointer_t   pointer;

    (void) gate_json_object(gate_cstr("{\"a/b\":1,\"a\":{\"b\":2,\"c.d\":3},"
                                      "\"/a\":4,\"a.b\":5}"), &claims);

    is_str(gate_claim_parse(&c, gate_cstr(""), &pointer, buf), "is empty",
           "nothing is no claim");
    ok(gate_claim_parse(&c, gate_cstr("/a~2"), &pointer, buf) != NULL,
       "a broken pointer is none");

    ok(gate_claim_parse(&c, gate_cstr("/a/b"), &pointer, buf) == NULL
       && json_integer_value(gate_claim_get(&c, claims)) == 2, "by pointer");
    ok(gate_claim_parse(&c, gate_cstr("/a~1b"), &pointer, buf) == NULL
       && json_integer_value(gate_claim_get(&c, claims)) == 1,
       "with a slash in a name");
    ok(gate_claim_parse(&c, gate_cstr("/a/c.d"), &pointer, buf) == NULL
       && json_integer_value(gate_claim_get(&c, claims)) == 3,
       "with a dot in a name");
    ok(gate_claim_parse(&c, gate_cstr("a.b"), &pointer, buf) == NULL
       && c.pointer == NULL
       && json_integer_value(gate_claim_get(&c, claims)) == 5, "by name");
    ok(gate_claim_parse(&c, gate_cstr("/a"), &pointer, buf) == NULL
       && json_is_object(gate_claim_get(&c, claims)),
       "what begins with a slash is a pointer, also where a name fits");

    json_decref(claims);
}


int
main(void)
{
    const row_t  *row;

    for (row = rows; row->claims != NULL; row++) {
        test_names(row);
    }

    test_parse();

    return done_testing();
}
