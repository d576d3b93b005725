/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * Claims: found by name or path, compared, as text for a header, scopes.
 */

#include "gate_json.h"
#include "gate_jwt.h"
#include "mint.h"


static json_t  *claims;


static const char  document[] =
    "{'sub':'alice','empty':'','n':42,'neg':-7,'big':9223372036854775807,"
    "'t':true,'f':false,'nil':null,'real':0.1,'half':1.5,'whole':3.0,"
    "'tiny':1e-300,'huge':-99999999999999999999,'far':1E+400,'exact':0.1000,"
    "'numbers':[1,1e400,99999999999999999999,0.50],'digits':'99999999999',"
    "'obj':{'a':'x','roles':['admin','dev'],'deep':{'er':1},'b.c':'y'},"
    "'a.b':'dotted','a':{'b':'nested','c':'only'},"
    "'https://example.com/roles':['r1','r2'],"
    "'x.y':{'z':'found'},"
    "'list':['a','b','c'],'mixed':['a',1,true,2.5],'none':[],"
    "'nested':[['a']],'objects':[{'a':1}],'nulls':['a',null],"
    "'empties':['a',''],'comma':'a,b','commas':['a,b','c'],"
    "'ctl':'a\\nb','del':'a\\u007fb','ctls':['a','b\\tc'],"
    "'utf8':'caf\xc3\xa9','.':'dot','.lead':1,'trail.':2}";


typedef struct {
    const char  *name;
    const char  *text;                      /* NULL: gives nothing */
} text_t;


static const text_t  texts[] = {
    { "sub", "alice" },
    { "empty", NULL },
    { "n", "42" },
    { "neg", "-7" },
    { "big", "9223372036854775807" },
    { "t", "true" },
    { "f", "false" },
    { "nil", NULL },
    { "real", "0.1" },
    { "half", "1.5" },
    { "whole", "3.0" },
    { "huge", "-99999999999999999999" },
    { "huge.list", NULL },
    { "far", "1E+400" },
    { "exact", "0.1000" },
    { "numbers", "1,1e400,99999999999999999999,0.50" },
    { "tiny", "1e-300" },
    { "obj", NULL },
    { "obj.a", "x" },
    { "obj.roles", "admin,dev" },
    { "obj.deep.er", "1" },
    { "obj.b.c", "y" },
    { "obj.none", NULL },
    { "obj.", NULL },
    { "a.b", "dotted" },
    { "a.c", "only" },
    { "x.y", NULL },
    { "x.y.z", NULL },
    { "https://example.com/roles", "r1,r2" },
    { "sub.x", NULL },
    { "list.0", NULL },
    { "list", "a,b,c" },
    { "mixed", "a,1,true,2.5" },
    { "none", NULL },
    { "nested", NULL },
    { "objects", NULL },
    { "nulls", NULL },
    { "empties", NULL },
    { "comma", "a,b" },
    { "commas", NULL },
    { "ctl", NULL },
    { "del", NULL },
    { "ctls", NULL },
    { "utf8", "caf\xc3\xa9" },
    { ".", "dot" },
    { ".lead", "1" },
    { "trail.", "2" },
    { "SUB", NULL },
    { "", NULL },
    { "..", NULL },
    { NULL, NULL }
};


static void
test_text(void)
{
    size_t          len, want, room, cap;
    const text_t   *t;
    const json_t   *claim;
    unsigned char  *dst;

    for (t = texts; t->name != NULL; t++) {
        claim = gate_jwt_claim(claims, gate_cstr(t->name));
        want = (t->text == NULL) ? 0 : strlen(t->text);
        room = (t->text == NULL) ? 1000 : want;

        dst = malloc(room);
        len = gate_jwt_claim_text(claim, dst, room);

        ok(len == want && (want == 0 || memcmp(dst, t->text, len) == 0),
           "claim \"%s\" is \"%s\"", t->name, t->text ? t->text : "nothing");

        for (cap = 0; cap < want; cap++) {
            if (gate_jwt_claim_text(claim, dst, cap) != 0) {
                fail("%zu bytes were room enough", cap);
            }
        }

        free(dst);
    }

    is_int(gate_jwt_claim_text(NULL, (unsigned char *) "", 0), 0, "no claim");
}


typedef struct {
    const char  *name;
    const char  *value;
    int          is;
} is_t;


static const is_t  table[] = {
    { "sub", "alice", 1 }, { "sub", "alic", 0 }, { "sub", "alicee", 0 },
    { "sub", "Alice", 0 }, { "sub", "", 0 }, { "empty", "", 1 },
    { "n", "42", 1 }, { "n", "042", 0 }, { "n", "42.0", 0 }, { "n", "", 0 },
    { "neg", "-7", 1 }, { "big", "9223372036854775807", 1 },
    { "t", "true", 1 }, { "t", "1", 0 }, { "f", "false", 1 },
    { "nil", "", 0 }, { "nil", "null", 0 }, { "missing", "", 0 },
    { "half", "1.5", 0 }, { "whole", "3", 0 }, { "whole", "3.0", 0 },
    { "huge", "-99999999999999999999", 1 }, { "far", "1E+400", 0 },
    { "huge", "\0-99999999999999999999", 0 }, { "huge", "", 0 },
    { "numbers", "99999999999999999999", 1 }, { "numbers", "0.50", 0 },
    { "list", "b", 1 }, { "list", "d", 0 }, { "list", "a,b", 0 },
    { "list", "", 0 }, { "none", "", 0 }, { "empties", "", 1 },
    { "mixed", "1", 1 }, { "mixed", "true", 1 }, { "mixed", "2.5", 0 },
    { "nested", "a", 0 }, { "nulls", "null", 0 }, { "objects", "a", 0 },
    { "commas", "a,b", 1 }, { "commas", "a", 0 }, { "ctl", "a\nb", 1 },
    { "obj", "x", 0 }, { "obj.roles", "admin", 1 }, { "a.b", "dotted", 1 },
    { "a.b", "nested", 0 }, { "https://example.com/roles", "r2", 1 },
    { NULL, NULL, 0 }
};


static void
test_is(void)
{
    const is_t  *row;

    for (row = table; row->name != NULL; row++) {
        is_int(gate_jwt_claim_is(claims, gate_cstr(row->name),
                                 gate_cstr(row->value)), row->is,
               "\"%s\" is%s \"%s\"", row->name, row->is ? "" : " not",
               row->value);
    }

    ok(!gate_jwt_claim_is(claims, gate_cstr("sub"), gate_str("alice\0", 6)),
       "a NUL more is another value");
}


typedef struct {
    const char  *claims;
    const char  *scope;
    int          has;
} scope_t;


static const scope_t  scopes[] = {
    { "{'scope':'read'}", "read", 1 },
    { "{'scope':'read write admin'}", "read", 1 },
    { "{'scope':'read write admin'}", "write", 1 },
    { "{'scope':'read write admin'}", "admin", 1 },
    { "{'scope':'read write'}", "rea", 0 },
    { "{'scope':'read write'}", "ead", 0 },
    { "{'scope':'read write'}", "readwrite", 0 },
    { "{'scope':'read write'}", "read write", 0 },
    { "{'scope':'read write'}", "", 0 },
    { "{'scope':'read write'}", "READ", 0 },
    { "{'scope':'read  write'}", "write", 1 },
    { "{'scope':'read  write'}", "", 0 },
    { "{'scope':' read '}", "read", 1 },
    { "{'scope':''}", "", 0 },
    { "{'scope':'reader'}", "read", 0 },
    { "{'scope':'read:all'}", "read", 0 },
    { "{'scope':'read\\twrite'}", "read", 0 },
    { "{'scope':'read,write'}", "read", 0 },
    { "{'scope':['read','write']}", "write", 1 },
    { "{'scp':['read','write']}", "write", 1 },
    { "{'scp':['read write']}", "write", 0 },
    { "{'scp':['read write']}", "read write", 0 },
    { "{'scp':[1,null,['read'],{'read':1}]}", "read", 0 },
    { "{'scp':[1]}", "1", 0 },
    { "{'scp':[99999999999999999999]}", "99999999999999999999", 0 },
    { "{'scope':99999999999999999999}", "99999999999999999999", 0 },
    { "{'scope':1e400}", "1e400", 0 },
    { "{'scp':'read write'}", "write", 1 },
    { "{'scp':[]}", "read", 0 },
    { "{'scope':'a','scp':['b']}", "a", 1 },
    { "{'scope':'a','scp':['b']}", "b", 1 },
    { "{'scope':1}", "1", 0 },
    { "{'scope':true}", "true", 0 },
    { "{'scope':null}", "null", 0 },
    { "{'scope':{'read':true}}", "read", 0 },
    { "{'scopes':'read'}", "read", 0 },
    { "{}", "read", 0 },
    { NULL, NULL, 0 }
};


static void
test_scopes(void)
{
    json_t         *json;
    const scope_t  *row;

    for (row = scopes; row->claims != NULL; row++) {
        if (gate_json_object(gate_cstr(mint_json(row->claims)), &json)
            != GATE_JSON_OK)
        {
            mint_die(row->claims);
        }

        is_int(gate_jwt_has_scope(json, gate_cstr(row->scope)), row->has,
               "%s has%s scope \"%s\"", row->claims, row->has ? "" : " not",
               row->scope);

        json_decref(json);
    }

    is_int(gate_jwt_has_scope(NULL, gate_cstr("read")), 0, "no claims");
}


/* who somebody is: strings and integers */

static const text_t  names[] = {
    { "sub", "alice" }, { "n", "42" }, { "neg", "-7" }, { "digits",
      "99999999999" }, { "big", "9223372036854775807" },
    { "huge", "-99999999999999999999" }, { "t", NULL }, { "f", NULL },
    { "nil", NULL }, { "half", NULL }, { "whole", NULL }, { "far", NULL },
    { "obj", NULL }, { "list", NULL }, { "none", NULL }, { "empty", NULL },
    { "ctl", NULL }, { "comma", "a,b" }, { NULL, NULL }
};


static void
test_names(void)
{
    size_t          len;
    const text_t   *t;
    unsigned char   dst[64];

    for (t = names; t->name != NULL; t++) {
        len = gate_jwt_claim_name(gate_jwt_claim(claims, gate_cstr(t->name)),
                                  dst, sizeof(dst));
        ok(t->text == NULL ? len == 0
           : gate_str_eq(gate_str(dst, len), gate_cstr(t->text)),
           "\"%s\" says it is %s", t->name, t->text ? t->text : "nobody");
    }

    is_int(gate_jwt_claim_name(NULL, dst, sizeof(dst)), 0, "nor does nothing");
}


int
main(void)
{
    if (gate_json_object(gate_cstr(mint_json(document)), &claims)
        != GATE_JSON_OK)
    {
        mint_die("the document is no JSON");
    }

    test_text();
    test_is();
    test_scopes();
    test_names();

    json_decref(claims);

    return done_testing();
}
