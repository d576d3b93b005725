/*
 * Copyright (C) 2026 Meshgate contributors
 */

#include "edit_help.h"
#include "gate_text.h"
#include "tap.h"


#define OPS  8


static const char  *kinds[] = { "add", "replace", "remove", "default",
                                "rename", "move", "copy" };

/* names of edits as they are written here, one a line: KIND PATH [TO|VALUE] */

static gate_edit_op_t  ops[OPS];
static gate_str_t      values[OPS];
static edit_pool_t     plans, pool;


static gate_str_t
word(const char **line)
{
    gate_str_t  s;

    *line += (**line == ' ');
    s = gate_str(*line, strcspn(*line, " \n"));
    *line += s.len;

    return s;
}


static size_t
read_ops(const char *text)
{
    size_t      i, n, len;
    gate_str_t  kind;

    for (n = 0; *text != '\0'; n++) {
        kind = word(&text);

        for (i = 0; !gate_str_eq(kind, gate_cstr(kinds[i])); i++) { /* void */ }

        ops[n].kind = (gate_edit_kind_e) i;
        ops[n].path = word(&text);
        text += (*text == ' ');
        len = strcspn(text, "\n");
        ops[n].to = gate_str(text, len);
        values[n] = gate_str(text, len);
        text += len + (text[len] != '\0');
    }

    return n;
}


static gate_edit_plan_t *
plan_of(const char *edits)
{
    size_t              n;
    const char         *wrong;
    gate_edit_plan_t   *p;
    gate_edit_clash_t   clash;

    n = read_ops(edits);
    wrong = gate_edit_plan(&p, ops, n, edit_memory(&plans), &clash);

    if (wrong != NULL) {
        fail("the edits are planned: %s: edit %zu %s", edits, clash.op, wrong);
        return NULL;
    }

    return p;
}


/* in parts of "size" bytes; NULL: it was not edited, *rc says why */

static char *
edited(const gate_edit_plan_t *p, gate_str_t text, size_t size,
    gate_edit_rc_e *rc)
{
    char             *result;
    size_t            i, n;
    gate_edit_t      *edit;
    unsigned char    *part;
    gate_edit_out_t   out;

    edit = gate_edit_create(p, edit_memory(&pool));
    *rc = (edit == NULL) ? GATE_EDIT_NO_MEMORY : GATE_EDIT_OK;
    result = NULL;

    for (i = 0; i < text.len && *rc == GATE_EDIT_OK; i += n) {
        n = (text.len - i < size) ? text.len - i : size;
        part = memcpy(malloc(n), text.data + i, n);
        *rc = gate_edit_feed(edit, gate_str(part, n));
        free(part);
    }

    if (*rc == GATE_EDIT_OK) {
        *rc = gate_edit_finish(edit, values, &out);
    }

    if (*rc == GATE_EDIT_OK) {
        part = edit_join(&out, text);
        result = memcpy(calloc(out.len + 1, 1), part, out.len);
        free(part);
    }

    edit_free(&pool);

    return result;
}


/* at every place where it can be cut, too */

static void
becomes(const char *name, const char *text, const char *edits,
    const char *expected)
{
    char               *got;
    size_t              size;
    gate_edit_rc_e      rc;
    gate_edit_plan_t   *p;

    p = plan_of(edits);
    if (p == NULL) {
        return;
    }

    for (size = strlen(text); size > 0; size--) {
        got = edited(p, gate_cstr(text), size, &rc);

        if (got == NULL || strcmp(got, expected) != 0 || size == 1) {
            is_str(got, expected, "%s", name);
            size = 1;
        }

        free(got);
    }

    edit_free(&plans);
}


static void
test_add(void)
{
    becomes("add sets a member that is there, in its place",
            "{\"a\": 1 , \"b\":2}", "add /a 9", "{\"a\": 9 , \"b\":2}");
    becomes("add puts a new member behind the last",
            "{ \"a\": 1 }", "add /b [2]", "{ \"a\": 1,\"b\":[2] }");
    becomes("add puts the first member behind the brace",
            "{ }", "add /b 2", "{\"b\":2 }");
    becomes("several are added in the order of the edits",
            "{}", "add /b 2\nadd /a 1", "{\"b\":2,\"a\":1}");
    becomes("add sets all members of a name",
            "{\"a\":1,\"a\":2}", "add /a 9", "{\"a\":9,\"a\":9}");
    becomes("add puts an element before the one of that number",
            "[1, 2]", "add /1 9", "[1, 9,2]");
    becomes("add puts an element behind the last by the next number",
            "[1, 2 ]", "add /2 9", "[1, 2,9 ]");
    becomes("add to an element beyond that does nothing",
            "[1, 2 ]", "add /3 9", "[1, 2 ]");
    becomes("add puts elements at the end by a minus",
            "[1]", "add /- 8\nadd /- 9", "[1,8,9]");
    becomes("add puts an element into an empty array",
            "[ ]", "add /- 8\nadd /0 9", "[9,8 ]");
    becomes("a minus is no member's name for add",
            "{\"-\":1}", "add /- 8", "{\"-\":1}");
    becomes("add does nothing where there is no parent",
            "{\"a\":1}", "add /b/c 8\nadd /a/c 8", "{\"a\":1}");
    becomes("add is done in each parent of a name",
            "{\"a\":{},\"a\":{\"b\":1},\"a\":[]}", "add /a/b 8",
            "{\"a\":{\"b\":8},\"a\":{\"b\":8},\"a\":[]}");
    becomes("a name is written with its escapes",
            "{}", "add /~0\"~1\\ 1", "{\"~\\\"/\\\\\":1}");
    becomes("add may set the whole text",
            " [1] ", "add  {}", " {} ");
}


static void
test_replace(void)
{
    becomes("replace changes the value alone",
            "{\"a\" :\t[1,{}]\n,\"b\":1.10}", "replace /a null",
            "{\"a\" :\tnull\n,\"b\":1.10}");
    becomes("replace does nothing to what is missing",
            "{\"a\":1}", "replace /b 9", "{\"a\":1}");
    becomes("replace changes an element",
            "[1,[2,3]]", "replace /1/0 9", "[1,[9,3]]");
    becomes("replace changes a number that is the text",
            " -1.5e3", "replace  7", " 7");
    becomes("digits with a leading zero are a name only",
            "[{\"01\":1},2]", "replace /0/01 9\nreplace /01 9",
            "[{\"01\":9},2]");
    becomes("an escaped name is the same name",
            "{\"\\u0061\":1,\"\\uD83D\\uDe00\":2,\"\\/\\n\":3,"
            "\"\\ud842\\udfb7\":4,\"\\u07ff\\u0800\":5}",
            "replace /a 7\nreplace /\xF0\x9F\x98\x80 8\n"
            "replace /\xF0\xA0\xAE\xB7 9\nreplace /\xDF\xBF\xE0\xA0\x80 6",
            "{\"\\u0061\":7,\"\\uD83D\\uDe00\":8,\"\\/\\n\":3,"
            "\"\\ud842\\udfb7\":9,\"\\u07ff\\u0800\":6}");
    becomes("half a surrogate is no name",
            "{\"\\ud800\":1,\"\\udc00\\ud800\":2,\"\\ud800\\u0061\":3}",
            "replace /a 7\nreplace /\xEF\xBF\xBD 8\n"
            "replace /\xF0\x90\x81\xA1 9",
            "{\"\\ud800\":1,\"\\udc00\\ud800\":2,\"\\ud800\\u0061\":3}");
    becomes("a name that goes on is another one",
            "{\"ab\":1,\"a\\u0000\":2}", "replace /a 7",
            "{\"ab\":1,\"a\\u0000\":2}");
    becomes("an empty name is one",
            "{\"\":{\"\":1}}", "replace // 7", "{\"\":{\"\":7}}");
}


static void
test_remove(void)
{
    becomes("remove takes the comma before",
            "{ \"a\": 1 , \"b\": 2 }", "remove /b", "{ \"a\": 1 }");
    becomes("remove takes the comma behind from the first",
            "{ \"a\": 1 , \"b\": 2 }", "remove /a", "{ \"b\": 2 }");
    becomes("remove leaves one comma between others",
            "[1 ,2 , 3]", "remove /1", "[1 , 3]");
    becomes("remove takes all there is",
            "[ 1 , 2 ]", "remove /0\nremove /1", "[  ]");
    becomes("remove takes all members of a name",
            "{\"a\":1,\"b\":2,\"a\":3,\"\\u0061\":4}", "remove /a",
            "{\"b\":2}");
    becomes("remove takes the last ones",
            "[1, 2, 3, 4]", "remove /2\nremove /3", "[1, 2]");
    becomes("a member may come in place of all others",
            "{ \"a\":1, \"b\":2 }", "remove /a\nremove /b\nadd /c 3",
            "{ \"c\":3 }");
    becomes("an element is put before one whose neighbours go",
            "[0,1,2]", "remove /0\nadd /1 9\nremove /2", "[9,1]");
    becomes("remove knows no end of an array",
            "[1,2]", "remove /-", "[1,2]");
}


static void
test_default(void)
{
    becomes("default adds a member that is missing",
            "{\"a\":1}", "default /b 2", "{\"a\":1,\"b\":2}");
    becomes("default leaves a member that is there, even null",
            "{\"a\":null}", "default /a 2", "{\"a\":null}");
    becomes("default adds no element",
            "[[1]]", "default /0/1 2\nadd /0/- 3", "[[1,3]]");
}


static void
test_rename(void)
{
    becomes("rename changes the name alone",
            "{\"a\" : 1.10, \"c\":[]}", "rename /a b\\",
            "{\"b\\\\\" : 1.10, \"c\":[]}");
    becomes("rename takes the place of who has the name",
            "{\"b\":1,\"a\":2,\"b\":3}", "rename /a b", "{\"b\":2}");
    becomes("rename leaves who has the name if there is nothing to rename",
            "{\"b\":1}", "rename /a b", "{\"b\":1}");
    becomes("rename is for each object of its own",
            "[{\"b\":1},{\"a\":2,\"b\":3}]", "rename /0/a b\nrename /1/a b",
            "[{\"b\":1},{\"b\":2}]");
    becomes("rename lets others edit within the value",
            "{\"a\":{\"x\":1}}", "rename /a b\nreplace /a/x 2",
            "{\"b\":{\"x\":2}}");
    becomes("rename does nothing to an element",
            "[[1,2]]", "rename /0/1 0", "[[1,2]]");
}


static void
test_move_copy(void)
{
    becomes("move adds the bytes as they are, and removes them",
            "{\"a\":{ \"x\" : 1e400 },\"b\":{}}", "move /a /b/c",
            "{\"b\":{\"c\":{ \"x\" : 1e400 }}}");
    becomes("move sets a member that is there",
            "{\"b\":0,\"a\":\"\\u0041\"}", "move /a /b", "{\"b\":\"\\u0041\"}");
    becomes("move does nothing if there is no place",
            "{\"a\":1}", "move /a /b/c", "{\"a\":1}");
    becomes("move does nothing if there is nothing to move",
            "{\"b\":1}", "move /a /b", "{\"b\":1}");
    becomes("move takes the last of a name, and all of them go",
            "{\"a\":1,\"b\":0,\"a\":2}", "move /a /c", "{\"b\":0,\"c\":2}");
    becomes("move counts elements as they were",
            "[1,2,3]", "move /0 /2", "[2,1,3]");
    becomes("copy adds the bytes as they were",
            "{\"a\": 1.10}", "copy /a /b\nreplace /a 2", "{\"a\": 2,\"b\":1.10}");
    becomes("copy puts a part in the place of the whole",
            "{\"a\":{\"b\":[1]}}", "copy /a/b /a", "{\"a\":[1]}");
    becomes("copy may make a part the text",
            " {\"data\":[1, 2]}\n", "copy /data ", " [1, 2]\n");
    becomes("copy goes before and behind its source",
            "[7,[]]", "copy /1 /0\ncopy /0 /-", "[[],7,[],7]");
}


/* "second" cannot be after "first"; or, without it, "first" cannot be */

static void
clashes(const char *first, const char *second, const char *expected)
{
    char                edits[256];
    size_t              n;
    const char         *wrong;
    gate_edit_plan_t   *p;
    gate_edit_clash_t   clash;

    snprintf(edits, sizeof(edits), "%s\n%s%sremove /zz", first,
             second ? second : "", second ? "\n" : "");
    n = read_ops(edits);
    clash.op = 9;
    wrong = gate_edit_plan(&p, ops, n, edit_memory(&plans), &clash);

    is_str(wrong, expected, "\"%s\" and \"%s\"", first,
           second ? second : "nothing");

    if (expected != NULL) {
        ok(clash.op == (second != NULL) && clash.other == 0,
           "the two are named: \"%s\" and \"%s\"", first,
           second ? second : "nothing");
    }

    edit_free(&plans);
}


static void
test_clashes(void)
{
    clashes("add a", NULL, "does not begin with \"/\"");
    clashes("add /~2", NULL, "has a \"~\" that is neither \"~0\" nor \"~1\"");
    clashes("add /\xff", NULL, "is not UTF-8");
    clashes("rename /a \xc3", NULL, "has a name not of UTF-8");
    clashes("rename /a a", NULL, "gives a member the name it has");
    clashes("remove ", NULL,
            "is about the whole text, which has no name and stays");
    clashes("copy /a /a", NULL, "puts a value into itself");
    clashes("copy /a /a/b", NULL, "puts a value into itself");
    clashes("move  /a", NULL, "puts a value into itself");
    clashes("move /a/b /a", NULL,
            "moves a value to what it is a part of; copy it");

    clashes("add /a 1", "remove /a", "has the place of another edit");
    clashes("add /a/- 1", "add /a/- 2", NULL);
    clashes("add /a/- 1", "remove /a/-", "has the place of another edit");
    clashes("rename /a b", "rename /b c", "has the place of another edit");
    clashes("rename /a b", "add /b 1", "has the place of another edit");
    clashes("rename /a b", "add /a/x 1", NULL);
    clashes("add /a/x 1", "rename /a b", NULL);
    clashes("rename /a b", "add /b/x 1",
            "has a place within that of another edit");
    clashes("remove /a", "add /a/b 1",
            "has a place within that of another edit");
    clashes("add /a/b 1", "remove /a",
            "has the place of another edit within its own");
    clashes("replace  1", "add /a 1",
            "has a place within that of another edit");
    clashes("move /a /b", "move /c /b", "has the place of another edit");
    clashes("move /a /b", "replace /a/c 1",
            "has a place within that of another edit");
    clashes("copy /a /b", "copy /a /c", NULL);
    clashes("copy /a /b", "copy /a/x /c", NULL);
    clashes("copy /a /b", "remove /a", NULL);
    clashes("copy /a/x /b", "remove /a", NULL);
    clashes("copy /a /b", "remove /a/x",
            "changes a part of what another edit copies");
    clashes("remove /a/x", "copy /a /b",
            "copies what another edit changes a part of");
    clashes("add /ab 1", "add /a 1", NULL);
}


static void
test_plan_limits(void)
{
    size_t              i;
    const char         *wrong;
    gate_edit_op_t     *many;
    gate_edit_plan_t   *p;
    gate_edit_clash_t   clash;

    many = calloc(GATE_EDIT_MOST + 1, sizeof(gate_edit_op_t));

    for (i = 0; i <= GATE_EDIT_MOST; i++) {
        many[i].path = gate_str(malloc(8), 5);
        snprintf((char *) many[i].path.data, 8, "/%04zu", i);
    }

    wrong = gate_edit_plan(&p, many, GATE_EDIT_MOST, edit_memory(&plans),
                           &clash);
    is_str(wrong, NULL, "as many edits as there may be");
    edit_free(&plans);

    wrong = gate_edit_plan(&p, many, GATE_EDIT_MOST + 1, edit_memory(&plans),
                           &clash);
    is_str(wrong, "is one too many", "one more is refused");
    is_int(clash.op, GATE_EDIT_MOST, "it is the last one");
    edit_free(&plans);

    for (i = 0; i <= GATE_EDIT_MOST; i++) {
        free(many[i].path.data);
    }

    free(many);
}


/* each allocation fails once */

static void
test_memory(void)
{
    int                 good, done;
    long                i;
    char               *got;
    size_t              n;
    const char         *wrong;
    gate_edit_rc_e      rc;
    gate_edit_plan_t   *p;
    gate_edit_clash_t   clash;

    const char         *edits = "add /a 1\nrename /b c\ncopy /d /e/-\n"
                                "default /f 2\nremove /g/0";

    n = read_ops(edits);
    good = 1;
    done = 0;

    for (i = 1; !done && good; i++) {
        plans.fail_at = i;
        wrong = gate_edit_plan(&p, ops, n, edit_memory(&plans), &clash);
        done = (plans.fail_at > 0);
        good = done ? wrong == NULL
                    : wrong != NULL && strcmp(wrong, "finds no memory") == 0;
        edit_free(&plans);
    }

    plans.fail_at = 0;
    ok(good && i > 20, "a plan without memory is none, %ld times", i);

    p = plan_of(edits);
    done = 0;
    good = 1;

    for (i = 1; !done && good; i++) {
        pool.fail_at = i;
        got = edited(p, gate_cstr("{\"b\":1,\"e\":[],\"d\":[[]]}"), 3, &rc);
        done = (pool.fail_at > 0);
        good = (done == (rc == GATE_EDIT_OK)) && (done == (got != NULL))
               && (done || rc == GATE_EDIT_NO_MEMORY);
        free(got);
    }

    pool.fail_at = 0;
    ok(good && i == 5, "no text is edited without memory");
    edit_free(&plans);
}


static void
test_bad(void)
{
    size_t              at;
    const char         *why;
    gate_edit_t        *edit;
    gate_edit_rc_e      rc;
    gate_edit_out_t     out;
    gate_edit_plan_t   *p;

    p = plan_of("remove /b\nadd /a 1,\"admin\":true\nmove /c /d");

    edit = gate_edit_create(p, edit_memory(&pool));
    (void) gate_edit_feed(edit, gate_cstr("{\"a\":1}"));
    rc = gate_edit_finish(edit, values, &out);
    why = gate_edit_why(edit, &at);

    is_int(rc, GATE_EDIT_BAD_VALUE, "a value that is no JSON text is refused");
    is_int(at, 1, "it is said which one");
    is_str(why, "more than one value", "and why");
    edit_free(&pool);

    edit = gate_edit_create(p, edit_memory(&pool));
    rc = gate_edit_feed(edit, gate_cstr("{\"a\":1"));
    is_int(rc, GATE_EDIT_OK, "a text may be good up to here");
    rc = gate_edit_feed(edit, gate_cstr("}}"));
    is_int(rc, GATE_EDIT_BAD, "and bad then");
    why = gate_edit_why(edit, &at);
    is_str(why, "more than one value", "it is said why a text is bad");
    is_int(at, 7, "and where");
    is_int(gate_edit_feed(edit, gate_cstr("")), GATE_EDIT_BAD,
           "it does not become good again");
    is_int(gate_edit_finish(edit, values, &out), GATE_EDIT_BAD,
           "and gives no pieces");
    edit_free(&pool);

    edit = gate_edit_create(p, edit_memory(&pool));
    is_int(gate_edit_finish(edit, values, &out), GATE_EDIT_BAD,
           "a text without a byte is none");
    edit_free(&pool);

    edit = gate_edit_create(p, edit_memory(&pool));
    (void) gate_edit_feed(edit, gate_cstr("{\"a\":1"));
    is_int(gate_edit_end(edit), GATE_EDIT_BAD,
           "a text whose end is missing is bad before there are values");
    is_str(gate_edit_why(edit, &at), "the end is missing", "and says so");
    edit_free(&pool);
    edit_free(&plans);
}


static void
test_unchanged(void)
{
    gate_edit_t        *edit;
    gate_edit_rc_e      rc;
    gate_edit_out_t     out;
    gate_edit_plan_t   *p;

    p = plan_of("remove /b\nmove /c /d\ndefault /a 1\nrename /e f");

    edit = gate_edit_create(p, edit_memory(&pool));
    (void) gate_edit_feed(edit, gate_cstr("{\"a\":1,\"d\":2,\"f\":3}"));
    rc = gate_edit_finish(edit, values, &out);

    ok(rc == GATE_EDIT_OK && !out.changed && out.n == 1 && out.len == 19
       && out.pieces[0].from == 0 && out.pieces[0].text.data == NULL,
       "a text in which nothing is to be done is one piece, and known as such");
    edit_free(&pool);

    edit = gate_edit_create(p, edit_memory(&pool));
    (void) gate_edit_feed(edit, gate_cstr("12"));
    is_int(gate_edit_end(edit), GATE_EDIT_OK, "the end of a numeral is one");
    is_int(gate_edit_end(edit), GATE_EDIT_OK, "as often as it is asked for");
    is_int(gate_edit_finish(edit, values, &out), GATE_EDIT_OK,
           "and pieces are made of it after that");
    is_int(out.len, 2, "all of it");
    edit_free(&pool);
    edit_free(&plans);
}


/* "times" the part, between the others */

static gate_str_t
repeated(const char *head, const char *part, size_t times, const char *tail)
{
    char    *text, *p;
    size_t   i, n;

    n = strlen(part);
    text = malloc(strlen(head) + times * n + strlen(tail) + 1);
    p = text + sprintf(text, "%s", head);

    for (i = 0; i < times; i++) {
        memcpy(p, part, n);
        p += n;
    }

    p += sprintf(p, "%s", tail);

    return gate_str(text, (size_t) (p - text));
}


static void
test_places(void)
{
    char              *got;
    gate_str_t         text;
    gate_edit_rc_e     rc;
    gate_edit_plan_t  *p;

    p = plan_of("remove /a");

    text = repeated("{", "\"a\":1,", GATE_EDIT_PLACES, "\"b\":2}");
    got = edited(p, text, 1000, &rc);
    is_str(got, "{\"b\":2}", "as many places as there may be");
    free(got);
    free(text.data);

    text = repeated("{", "\"a\":1,", GATE_EDIT_PLACES + 1, "\"b\":2}");
    got = edited(p, text, 1000, &rc);
    ok(got == NULL && rc == GATE_EDIT_BAD, "one more is refused");
    free(got);
    free(text.data);
    edit_free(&plans);
}


/*
 * What a stranger may send to keep us busy: a million names, levels, escapes,
 * objects on the way.  The memory of each is that of a small text; the time is
 * that of the test.
 */

static void
test_large(void)
{
    char              *got;
    size_t             i;
    gate_str_t         text;
    gate_edit_rc_e     rc;
    gate_edit_plan_t  *p;

    static const struct {
        const char  *name, *head, *part, *tail;
    } rows[] = {
        { "names", "{", "\"aaaaaaaaaaaaaaa\":1,", "\"q\":2}" },
        { "escaped names", "{", "\"\\u0061\\u0071\":1,", "\"q\":2}" },
        { "empty objects on the way", "{", "\"o\":{},", "\"q\":2}" },
        { "sources", "{", "\"c\":{},", "\"q\":2}" },
        { "elements", "{\"l\":[0", ",0", "],\"q\":2}" },
        { "one long name", "{\"", "aaaaaaaa", "\":1,\"q\":2}" },
        { "one long escaped name", "{\"", "\\u0061\\n", "\":1,\"q\":2}" },
        { "one long string", "{\"o\":\"", "\xe2\x82\xac\\\"", "\",\"q\":2}" },
        { "one long number", "{\"o\":1", "23", ",\"q\":2}" },
        { "spaces", "{", "    \n", "\"q\":2}" }
    };

    p = plan_of("remove /q\nreplace /o/a 1\nremove /l/999999\ncopy /c /l/9\n"
                "rename /longer name");

    for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        text = repeated(rows[i].head, rows[i].part, 1000000, rows[i].tail);
        got = edited(p, text, 16384, &rc);
        ok(got != NULL && rc == GATE_EDIT_OK && strstr(got, "\"q\"") == NULL,
           "a million %s", rows[i].name);
        free(got);
        free(text.data);
    }

    edit_free(&plans);
}


int
main(void)
{
    test_add();
    test_replace();
    test_remove();
    test_default();
    test_rename();
    test_move_copy();
    test_clashes();
    test_plan_limits();
    test_memory();
    test_bad();
    test_unchanged();
    test_places();
    test_large();

    return done_testing();
}
