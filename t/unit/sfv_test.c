/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * Structured fields: what each type is and is not, and the canonical form.
 * GATE_SFV_TESTS=DIR runs the JSON files of httpwg/structured-field-tests, too.
 */


#include "tap.h"

#include <dirent.h>
#include <jansson.h>

#include "gate_sfv.h"


static char  out[65536];


/* its canonical form, from memory of the exact size; NULL: it is none */

static const char *
canonical(const char *type, gate_str_t field)
{
    gate_str_t       copy;
    gate_text_t      t;
    gate_sfv_rc_e    rc;
    gate_sfv_item_t  item;

    copy = gate_str(malloc(field.len ? field.len : 1), field.len);
    memcpy(copy.data, field.data, field.len);

    gate_text_init(&t, (unsigned char *) out, sizeof(out) - 1);

    switch (type[0]) {

    case 'i':
        rc = gate_sfv_item(copy, &item);

        if (rc == GATE_SFV_OK) {
            gate_sfv_write(&t, &item);
        }

        break;

    case 'l':
        rc = gate_sfv_write_list(&t, copy);
        break;

    default:
        rc = gate_sfv_write_dict(&t, copy);
    }

    *t.last = '\0';
    free(copy.data);

    return (rc == GATE_SFV_OK && !t.full) ? out : NULL;
}


static void
test_rows(void)
{
    size_t  i;

    static const struct {
        const char        *type;
        const char        *in;
        const char        *out;               /* NULL: none */
    } row[] = {
        { "item", "1", "1" }, { "item", " 1 ", "1" }, { "item", "-0", "0" },
        { "item", "007", "7" }, { "item", "-999999999999999",
                                  "-999999999999999" },
        { "item", "1000000000000000", NULL }, { "item", "--1", NULL },
        { "item", "-", NULL }, { "item", "+1", NULL }, { "item", "1 2", NULL },
        { "item", "1.5", "1.5" }, { "item", "1.500", "1.5" },
        { "item", "1.0", "1.0" }, { "item", "-0.05", "-0.05" },
        { "item", "1.", NULL }, { "item", ".1", NULL },
        { "item", "1.0000", NULL }, { "item", "1.5.4", NULL },
        { "item", "123456789012.5", "123456789012.5" },
        { "item", "1234567890123.5", NULL },
        { "item", "", NULL }, { "item", "  ", NULL }, { "item", "\t1", NULL },
        { "item", "\"a\\\"b\\\\\"", "\"a\\\"b\\\\\"" },
        { "item", "\"a", NULL }, { "item", "\"\\a\"", NULL },
        { "item", "\"a\\", NULL }, { "item", "'a'", NULL },
        { "item", "a/b:c*", "a/b:c*" }, { "item", "*a", "*a" },
        { "item", "a,", NULL }, { "item", "1a", NULL },
        { "item", ":aGVsbG8=:", ":aGVsbG8=:" }, { "item", "::", "::" },
        { "item", ":aGVsbG8:", NULL }, { "item", ":aGVsbG9=:", NULL },
        { "item", ":iZ==:", NULL }, { "item", ":=aGVsbG8=:", NULL },
        { "item", ":aGVsbG8", NULL }, { "item", ":_-Ah:", NULL },
        { "item", ":a===:", NULL }, { "item", ":====:", NULL },
        { "item", "?1", "?1" }, { "item", "?0", "?0" }, { "item", "?T", NULL },
        { "item", "?", NULL }, { "item", "?10", NULL },
        { "item", "@1659578233", "@1659578233" }, { "item", "@-1", "@-1" },
        { "item", "@1.5", NULL }, { "item", "@", NULL }, { "item", "@a", NULL },
        { "item", "%\"f%c3%bc %22\"", "%\"f%c3%bc %22\"" },
        { "item", "%\"%61%25\"", "%\"a%25\"" },
        { "item", "%\"%C3%BC\"", NULL }, { "item", "%\"%c3\"", NULL },
        { "item", "%\"%c0%80\"", NULL }, { "item", "%\"%ed%a0%80\"", NULL },
        { "item", "%\"%f4%90%80%80\"", NULL }, { "item", "%\"%f\"", NULL },
        { "item", "%\"a", NULL }, { "item", "%a", NULL }, { "item", "%", NULL },
        { "item", "1;a;b=2", "1;a;b=2" }, { "item", "1;  a=?1", "1;a" },
        { "item", "1 ;a", NULL }, { "item", "1;", NULL },
        { "item", "1;A", NULL }, { "item", "1;a=", NULL },
        { "item", "1;a=1;b=2;a=3", "1;a=3;b=2" }, { "item", "(1)", NULL },
        { "item", "1;a=(1)", NULL },

        { "list", "", "" }, { "list", "1,2 ,\t3", "1, 2, 3" },
        { "list", "1,", NULL }, { "list", ",1", NULL }, { "list", "1,,2", NULL },
        { "list", "1 2", NULL }, { "list", "1, ", NULL },
        { "list", "( 1  2 );a, ()", "(1 2);a, ()" }, { "list", "(1", NULL },
        { "list", "(1\t2)", NULL }, { "list", "(1,2)", NULL },
        { "list", "((1))", NULL }, { "list", "(a;b=1 c)", "(a;b=1 c)" },
        { "list", "(1)2", NULL }, { "list", "(1\"a\")", NULL },

        { "dict", "a=1,b,c=?0", "a=1, b, c=?0" },
        { "dict", "a=?1;x=1, b;y", "a;x=1, b;y" },
        { "dict", "a=1,b=2,a=3;c", "a=3;c, b=2" }, { "dict", "a=", NULL },
        { "dict", "a =1", NULL }, { "dict", "a= 1", NULL },
        { "dict", "A=1", NULL }, { "dict", "1=1", NULL }, { "dict", "=1", NULL },
        { "dict", "*a-b_c.d9=(1)", "*a-b_c.d9=(1)" }, { "dict", "-a=1", NULL },
        { "dict", "a=1 b=2", NULL }, { "dict", "a=1,", NULL },
        { "dict", "", "" },
    };

    for (i = 0; i < sizeof(row) / sizeof(row[0]); i++) {
        is_str(canonical(row[i].type, gate_cstr(row[i].in)), row[i].out,
               "%s \"%s\"", row[i].type, row[i].in);
    }
}


/* each byte in each place of a key, a string and a token */

static void
test_bytes(void)
{
    int   c, good, first;
    char  text[8];

    static const char  *tchars = "!#$%&'*+-.^_`|~:/0123456789"
                                 "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
                                 "abcdefghijklmnopqrstuvwxyz";
    static const char  *keys = "*-._0123456789abcdefghijklmnopqrstuvwxyz";

    good = 1;

    for (c = 1; c < 256; c++) {
        snprintf(text, sizeof(text), "\"%c\"", c);
        good &= (canonical("item", gate_str(text, 3)) != NULL)
                == (c >= ' ' && c <= '~' && c != '"' && c != '\\');

        snprintf(text, sizeof(text), "a%ca", c);
        good &= (canonical("item", gate_str(text, 3)) != NULL)
                == (strchr(tchars, c) != NULL || c == ';');

        first = (c == '*' || (c >= 'a' && c <= 'z'));

        snprintf(text, sizeof(text), "a%ca=1", c);
        good &= (canonical("dict", gate_str(text, 5)) != NULL)
                == (strchr(keys, c) != NULL || c == '=' || c == ','
                    || c == ';')
                || c == '=';

        snprintf(text, sizeof(text), "%c=1", c);
        good &= (canonical("dict", gate_str(text, 3)) != NULL)
                == (first || c == ' ') || c == ' ';

        if (!good) {
            break;
        }
    }

    ok(good, "each byte is taken where it may be, and there alone (%d)", c);
    ok(canonical("item", gate_str("\"\0\"", 3)) == NULL, "NUL is no text");
    ok(canonical("item", gate_str("a\0", 2)) == NULL, "nor in a token");
}


static void
test_limits(void)
{
    size_t       i;
    char        *text;
    gate_text_t  t;

    text = malloc(8192);

    gate_text_init(&t, (unsigned char *) text, 8192);

    for (i = 0; i < GATE_SFV_MEMBERS; i++) {
        gate_text_cstr(&t, i ? ", 1" : "1");
    }

    ok(canonical("list", gate_str(text, (size_t) (t.last - t.start))) != NULL,
       "1024 members are read");

    gate_text_cstr(&t, ", 1");

    ok(canonical("list", gate_str(text, (size_t) (t.last - t.start))) == NULL,
       "one more is refused");

    gate_text_init(&t, (unsigned char *) text, 8192);
    gate_text_cstr(&t, "1");

    for (i = 0; i < GATE_SFV_PARAMS; i++) {
        gate_text_cstr(&t, ";a");
    }

    is_str(canonical("item", gate_str(text, (size_t) (t.last - t.start))),
           "1;a", "256 parameters are read");

    gate_text_cstr(&t, ";a");

    ok(canonical("item", gate_str(text, (size_t) (t.last - t.start))) == NULL,
       "one more is refused");

    free(text);
}


static void
test_values(void)
{
    size_t           len;
    gate_text_t      t;
    gate_sfv_item_t  item, value;
    unsigned char    bytes[16];

    is_int(gate_sfv_item(gate_cstr("1.25"), &item), GATE_SFV_OK, "a decimal");
    is_int(item.number, 1250, "has its thousandths");

    (void) gate_sfv_item(gate_cstr("\"a\\\\\\\"b\""), &item);

    len = gate_sfv_string(&item, bytes);
    is_int(len, 4, "a string loses its escapes");
    is_mem(bytes, "a\\\"b", 4, "... and has what they stand for");

    (void) gate_sfv_item(gate_cstr(":aGVsbG8=:"), &item);

    ok(gate_sfv_bytes(&item, bytes, 5, &len) && len == 5
       && memcmp(bytes, "hello", 5) == 0, "bytes are decoded");
    ok(!gate_sfv_bytes(&item, bytes, 4, &len), "... if there is room");

    is_int(gate_sfv_dict_find(gate_cstr("a=1, b=2, a=3"), gate_cstr("a"),
                              &item), GATE_SFV_OK, "a key is found");
    is_int(item.number, 3, "the last one counts");
    is_int(gate_sfv_dict_find(gate_cstr("a=1"), gate_cstr("b"), &item),
           GATE_SFV_END, "another is not there");
    is_int(gate_sfv_dict_find(gate_cstr("a=1, b=("), gate_cstr("a"), &item),
           GATE_SFV_BAD, "of a broken field nothing is known");

    (void) gate_sfv_item(gate_cstr("a;x=1;y=\"z\";x=2"), &item);

    ok(gate_sfv_param_find(item.params, gate_cstr("x"), &value)
       && value.number == 2, "a parameter is found, the last one");
    ok(!gate_sfv_param_find(item.params, gate_cstr("z"), &value),
       "another is not there");

    gate_text_init(&t, (unsigned char *) out, sizeof(out));
    gate_sfv_write_bytes(&t, gate_cstr("hello"));
    gate_sfv_write_bytes(&t, gate_cstr("hell"));
    gate_sfv_write_bytes(&t, gate_cstr("hel"));
    gate_sfv_write_bytes(&t, gate_cstr(""));
    *t.last = '\0';
    is_str(out, ":aGVsbG8=::aGVsbA==::aGVs:::", "bytes are written");
}


/* lines of the field joined, as they are on the wire */

static void
official_one(const char *file, const json_t *one)
{
    size_t        i, n;
    char          raw[65536], want[65536];
    json_t       *line, *list;
    const char   *type, *got;

    type = json_string_value(json_object_get(one, "header_type"));
    list = json_object_get(one, "raw");

    if (list == NULL) {
        return;
    }

    n = 0;

    json_array_foreach(list, i, line) {
        n += (size_t) snprintf(raw + n, sizeof(raw) - n, "%s", i ? ", " : "");
        memcpy(raw + n, json_string_value(line), json_string_length(line));
        n += json_string_length(line);
    }

    got = canonical(type, gate_str(raw, n));

    if (json_is_true(json_object_get(one, "must_fail"))
        || (json_is_true(json_object_get(one, "can_fail")) && got == NULL))
    {
        ok(got == NULL, "%s: %s", file,
           json_string_value(json_object_get(one, "name")));
        return;
    }

    if (json_object_get(one, "canonical") != NULL) {
        list = json_object_get(one, "canonical");
    }

    n = 0;
    want[0] = '\0';

    json_array_foreach(list, i, line) {
        n += (size_t) snprintf(want + n, sizeof(want) - n, "%s%s",
                               i ? ", " : "", json_string_value(line));
    }

    is_str(got, want, "%s: %s", file,
           json_string_value(json_object_get(one, "name")));
}


static void
test_official(void)
{
    DIR            *dir;
    char            path[1024];
    size_t          i;
    json_t         *all, *one;
    struct dirent  *e;

    if (getenv("GATE_SFV_TESTS") == NULL) {
        return;
    }

    dir = opendir(getenv("GATE_SFV_TESTS"));

    while (dir != NULL && (e = readdir(dir)) != NULL) {

        if (strstr(e->d_name, ".json") == NULL) {
            continue;
        }

        snprintf(path, sizeof(path), "%s/%s", getenv("GATE_SFV_TESTS"),
                 e->d_name);

        all = json_load_file(path, JSON_ALLOW_NUL, NULL);

        json_array_foreach(all, i, one) {
            official_one(e->d_name, one);
        }

        json_decref(all);
    }

    if (dir != NULL) {
        closedir(dir);
    }
}


int
main(void)
{
    test_rows();
    test_bytes();
    test_limits();
    test_values();
    test_official();

    return done_testing();
}
