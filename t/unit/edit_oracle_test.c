/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * Random texts and edits against another opinion, t/unit/edit_oracle.py: the
 * same bytes, however the text is cut.  GATE_EDIT_SEED and GATE_EDIT_CASES
 * are for other and for more of them.
 */

#include "edit_help.h"
#include "tap.h"


#define OPS    32
#define SMALL  200                      /* bytes of a text that is cut anywhere */


typedef struct {
    char             outcome[8];
    size_t           n;
    gate_edit_op_t   ops[OPS];
    gate_str_t       values[OPS];
    gate_str_t       text;
    gate_str_t       result;
    gate_edit_plan_t  *plan;
} random_case_t;


static const char  *kinds[] = { "add", "replace", "remove", "default",
                                "rename", "move", "copy" };

static FILE        *from;
static edit_pool_t  plan_pool, pool;
static size_t       ncase, cuts, outcomes[3];
static unsigned     chance = 1;


/* as mentioned in the man page of rand() */

static unsigned
roll(unsigned n)
{
    chance = chance * 1103515245 + 12345;

    return (chance >> 16) % n;
}


/* of exactly its size */

static gate_str_t
next_string(void)
{
    size_t      n;
    gate_str_t  s;

    s = gate_str(NULL, 0);

    if (fscanf(from, "%zu:", &n) == 1) {
        s = gate_str(malloc(n ? n : 1), n);

        if (n != 0 && fread(s.data, n, 1, from) != 1) {
            n = 0;
        }
    }

    return s;
}


static size_t
next_word(const char **words, size_t n)
{
    size_t      i;
    gate_str_t  s;

    s = next_string();

    for (i = 0; i < n && !gate_str_eq(s, gate_cstr(words[i])); i++) {
        /* void */
    }

    free(s.data);

    return i;
}


static int
next_case(random_case_t *c)
{
    size_t      i;
    gate_str_t  s;

    s = next_string();

    if (s.data == NULL) {
        return 0;
    }

    snprintf(c->outcome, sizeof(c->outcome), "%.*s", (int) s.len, s.data);
    free(s.data);

    s = next_string();
    c->n = 0;

    for (i = 0; i < s.len; i++) {
        c->n = c->n * 10 + s.data[i] - '0';
    }

    free(s.data);

    for (i = 0; i < c->n && i < OPS; i++) {
        c->ops[i].kind = (gate_edit_kind_e) next_word(kinds, 7);
        c->ops[i].path = next_string();
        c->ops[i].to = next_string();
        c->values[i] = next_string();
    }

    c->text = next_string();
    c->result = next_string();

    return 1;
}


static void
free_case(random_case_t *c)
{
    size_t  i;

    for (i = 0; i < c->n; i++) {
        free(c->ops[i].path.data);
        free(c->ops[i].to.data);
        free(c->values[i].data);
    }

    free(c->text.data);
    free(c->result.data);
    edit_free(&plan_pool);
}


/*
 * 1: the text, of which each bit of "cut" that is set begins a part, becomes
 * what it should; what was fed is overwritten
 */

static int
edited(const random_case_t *c, const unsigned char *cut)
{
    int                good;
    size_t             i, start;
    gate_edit_t       *edit;
    unsigned char     *part, *joined;
    gate_edit_rc_e     rc;
    gate_edit_out_t    out;

    edit = gate_edit_create(c->plan, edit_memory(&pool));
    part = malloc(c->text.len ? c->text.len : 1);
    rc = GATE_EDIT_OK;

    for (start = 0, i = 1; i <= c->text.len && rc == GATE_EDIT_OK; i++) {
        if (i < c->text.len && !cut[i]) {
            continue;
        }

        memcpy(part + start, c->text.data + start, i - start);
        rc = gate_edit_feed(edit, gate_str(part + start, i - start));
        memset(part + start, '"', i - start);
        start = i;
    }

    if (rc == GATE_EDIT_OK) {
        rc = gate_edit_finish(edit, c->values, &out);
    }

    if (c->outcome[0] == 'b') {
        good = (rc == GATE_EDIT_BAD && gate_edit_why(edit, &i) != NULL
                && i <= c->text.len);

    } else {
        joined = (rc == GATE_EDIT_OK) ? edit_join(&out, c->text) : NULL;
        good = (joined != NULL && out.len == c->result.len
                && memcmp(joined, c->result.data, out.len) == 0);
        free(joined);
    }

    free(part);
    edit_free(&pool);
    cuts++;

    return good;
}


static int
all_cuts(const random_case_t *c)
{
    int             good;
    size_t          i, n;
    unsigned char  *cut;

    n = c->text.len;
    cut = calloc(n + 1, 1);

    good = edited(c, cut);

    for (i = 1; i < n && n <= SMALL && good; i++) {
        cut[i] = 1;
        good = edited(c, cut);
        cut[i] = 0;
    }

    for (i = 0; i < 8 && good; i++) {
        for (n = 1; n < c->text.len; n++) {
            cut[n] = (i == 0 || roll(1u << i) == 0);
        }

        good = edited(c, cut);
    }

    free(cut);

    return good;
}


static int
judged(random_case_t *c)
{
    const char         *wrong;
    gate_edit_clash_t   clash;

    wrong = gate_edit_plan(&c->plan, c->ops, c->n, edit_memory(&plan_pool),
                           &clash);

    outcomes[c->outcome[0] == 'c' ? 2 : c->outcome[0] == 'b']++;

    if (c->outcome[0] == 'c') {
        return wrong != NULL && clash.op < c->n && clash.other <= clash.op;
    }

    return wrong == NULL && all_cuts(c);
}


static void
show(const random_case_t *c)
{
    size_t  i;

    diag("case %zu, %s: %.*s", ncase, c->outcome, (int) c->text.len,
         c->text.data);

    for (i = 0; i < c->n; i++) {
        diag("  %s \"%.*s\" \"%.*s\" %.*s", kinds[c->ops[i].kind],
             (int) c->ops[i].path.len, c->ops[i].path.data,
             (int) c->ops[i].to.len, c->ops[i].to.data,
             (int) c->values[i].len, c->values[i].data);
    }

    diag("  becomes %.*s", (int) c->result.len, c->result.data);
}


int
main(void)
{
    int             good;
    char            command[256];
    size_t          cases;
    const char     *seed, *n;
    random_case_t   c;

    seed = getenv("GATE_EDIT_SEED");
    n = getenv("GATE_EDIT_CASES");
    cases = n ? (size_t) atol(n) : 10000;
    snprintf(command, sizeof(command), "python3 t/unit/edit_oracle.py %s %zu",
             seed ? seed : "8", cases);

    from = popen(command, "r");
    good = 1;

    while (good && next_case(&c)) {
        good = judged(&c);
        ncase++;

        if (!good) {
            show(&c);
        }

        free_case(&c);
    }

    is_int(pclose(from), 0, "the other opinion is one, and is whole");
    ok(good, "each text becomes the same, to the byte, however it is cut");
    is_int(ncase, cases, "all cases were seen");
    diag("%zu cases: %zu edited, %zu no JSON, %zu clashes; %zu ways to cut",
         ncase, outcomes[0], outcomes[1], outcomes[2], cuts);
    ok(outcomes[0] > cases / 2 && outcomes[1] > cases / 50
       && outcomes[2] > cases / 100, "there are enough of each kind");

    return done_testing();
}
