/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * The cache of verified tokens: what is in it, what goes, what it takes of
 * memory, by what malloc() is asked for, and what is freed.
 */

#include <stdlib.h>

#include "tap.h"


/* each block is one of glibc's: a word before it, 16 bytes at a time */

static size_t  held, most;


static size_t
chunk(size_t size)
{
    size = (size + 8 + 15) / 16 * 16;

    return (size < 32) ? 32 : size;
}


static void *
counted_malloc(size_t size)
{
    size_t  *p;

    p = malloc(size + 16);
    if (p == NULL) {
        return NULL;
    }

    *p = chunk(size);
    held += *p;
    most = (held > most) ? held : most;

    return p + 2;
}


static void *
counted_calloc(size_t n, size_t size)
{
    void  *p;

    p = counted_malloc(n * size);

    return (p == NULL) ? NULL : memset(p, 0, n * size);
}


static void
counted_free(void *ptr)
{
    size_t  *p = ptr;

    if (p == NULL) {
        return;
    }

    p -= 2;
    held -= *p;
    free(p);
}


#define malloc  counted_malloc
#define calloc  counted_calloc
#define free    counted_free

#include "../../src/gate/auth/gate_tokens.c"

#undef malloc
#undef calloc
#undef free

#include "gate_json.h"


#define LEN   40
#define SEED  0x1234567890abcdefULL


/* the text is good until some more were asked for */

static gate_token_t
token(size_t place, size_t n, const void *issuer)
{
    gate_token_t    t;
    unsigned char  *text;

    static size_t         turn;
    static unsigned char  texts[8][LEN];

    memset(&t, 0, sizeof(t));

    text = texts[turn++ % 8];
    memset(text, 0, LEN);

    text[0] = (unsigned char) place;
    text[LEN - 1] = (unsigned char) n;
    text[LEN - 2] = (unsigned char) (n >> 8);
    text[LEN - 3] = (unsigned char) (n >> 16);

    t.token = gate_str(text, LEN);
    t.issuer = issuer;
    t.exp_s = (int64_t) n;

    return t;
}


static gate_token_t *
find(gate_tokens_t *c, size_t place, size_t n, const void *issuer)
{
    gate_token_t  t;

    t = token(place, n, issuer);

    return gate_tokens_find(c, &t);
}


static void
test_hit(void)
{
    json_t         *claims;
    gate_token_t    t, *e;
    gate_tokens_t  *c;

    c = gate_tokens_create(GATE_TOKENS_MIN, SEED);
    t = token(0, 0, NULL);

    ok(gate_tokens_next(c, t.token, NULL) == NULL,
       "nothing is in an empty cache");

    claims = json_object();
    t = token(1, 7, &t);
    t.claims = claims;
    t.data = &c;

    ok(gate_tokens_put(c, &t), "a token is kept");
    is_int(claims->refcount, 2, "with a reference of its own");

    e = gate_tokens_next(c, t.token, NULL);

    ok(e != NULL && e->data == &c && e->claims == claims && e->exp_s == 7,
       "what was put is found");
    ok(gate_tokens_next(c, t.token, e) == NULL, "once");
    ok(find(c, 1, 8, &t) == NULL, "its last byte counts");
    ok(find(c, 2, 7, &t) == NULL, "its first byte counts");
    ok(gate_tokens_next(c, gate_str(t.token.data, LEN - 1), NULL) == NULL,
       "its length counts");

    e->hash = gate_tokens_hash(c, gate_cstr("another"));
    c->buckets[e->hash & c->mask] = e;

    ok(gate_tokens_next(c, gate_cstr("another"), NULL) == NULL,
       "the whole text counts, not its hash alone");

    e->hash = gate_tokens_hash(c, t.token);
    c->buckets[gate_tokens_hash(c, gate_cstr("another")) & c->mask] = NULL;
    c->buckets[e->hash & c->mask] = e;

    t.exp_s = 8;

    ok(gate_tokens_put(c, &t), "put again");
    is_int(claims->refcount, 2, "it has taken its own place");
    is_int(gate_tokens_count(c), 1, "and is one");
    is_int(gate_tokens_next(c, t.token, NULL)->exp_s, 8, "with what is new");

    t.issuer = c;

    ok(gate_tokens_put(c, &t), "the same token of another issuer");
    is_int(gate_tokens_count(c), 2, "is beside it");

    e = gate_tokens_next(c, t.token, NULL);
    ok(gate_tokens_next(c, t.token, e)->issuer != e->issuer, "both are found");

    gate_tokens_destroy(c);
    gate_tokens_destroy(NULL);

    is_int(claims->refcount, 1, "the end gives back what was in it");
    json_decref(claims);
    is_int(held, 0, "and all memory");

    ok(gate_tokens_create(GATE_TOKENS_MIN - 1, SEED) == NULL, "too few bytes");
}


/* of a long token the place is chosen by its end, which anybody can copy */

static void
test_forged(void)
{
    size_t          i;
    json_t         *claims;
    gate_token_t    t;
    gate_tokens_t  *c;
    unsigned char   text[3 * GATE_TOKENS_END], forged[sizeof(text)];

    c = gate_tokens_create(GATE_TOKENS_MIN, SEED);
    claims = json_object();

    for (i = 0; i < sizeof(text); i++) {
        text[i] = (unsigned char) ('A' + i % 26);
    }

    memset(&t, 0, sizeof(t));
    t.token = gate_str(text, sizeof(text));
    t.claims = claims;

    (void) gate_tokens_put(c, &t);

    memcpy(forged, text, sizeof(text));

    ok(gate_tokens_next(c, gate_str(forged, sizeof(forged)), NULL) != NULL,
       "a long token is found by its text");

    for (i = 0; i < sizeof(forged); i++) {
        forged[i] ^= 1;

        if (gate_tokens_next(c, gate_str(forged, sizeof(forged)), NULL)
            != NULL)
        {
            break;
        }

        forged[i] ^= 1;
    }

    is_int(i, sizeof(forged), "... each byte of it counts, "
           "whether or not its place is chosen by it");

    gate_tokens_destroy(c);
    json_decref(claims);
}


static void
test_order(void)
{
    size_t          i, n;
    gate_token_t    t;
    gate_tokens_t  *c;

    c = gate_tokens_create(GATE_TOKENS_MIN, SEED);

    for (n = 0; n < 3; n++) {
        t = token(n * 100, n, NULL);
        gate_tokens_put(c, &t);
    }

    gate_tokens_touch(c, find(c, 0, 0, NULL));
    gate_tokens_touch(c, find(c, 0, 0, NULL));

    /* until one has gone */

    for (i = 3; gate_tokens_count(c) == i; i++) {
        t = token(i, i, NULL);
        gate_tokens_put(c, &t);
    }

    ok(i > 100, "%zu entries without claims fit", i - 1);
    ok(find(c, 100, 1, NULL) == NULL, "the one not used for longest went");
    ok(find(c, 0, 0, NULL) != NULL, "not the oldest, which was of use");
    ok(find(c, 200, 2, NULL) != NULL, "nor a younger one");

    for (n = 0; n < 2000; n++) {
        gate_tokens_touch(c, find(c, 0, 0, NULL));
        t = token(n, 5000 + n, NULL);
        gate_tokens_put(c, &t);
    }

    ok(find(c, 0, 0, NULL) != NULL, "what is in use stays through 2000 others");

    gate_tokens_destroy(c);
    is_int(held, 0, "all memory is given back");
}


static char *
repeat(const char *head, const char *part, size_t room, const char *tail)
{
    char    *text;
    size_t   len;

    text = malloc(room + 100);
    len = (size_t) sprintf(text, "%s", head);

    while (len + strlen(part) + strlen(tail) < room) {
        len += (size_t) sprintf(text + len, "%s", part);
    }

    sprintf(text + len, "%s", tail);

    return text;
}


/* whatever takes much more memory than text */

static const struct { const char *name, *head, *part, *tail; } shapes[] = {
    { "nothing", "{", "", "}" },
    { "a string", "{\"a\":\"", "x", "\"}" },
    { "escapes", "{\"a\":\"", "\\u0041", "\"}" },
    { "escapes of surrogates", "{\"a\":\"", "\\ud83d\\ude00", "\"}" },
    { "small strings", "{\"a\":[", "\"x\",", "\"\"]}" },
    { "empty strings", "{\"a\":[", "\"\",", "\"\"]}" },
    { "integers", "{\"a\":[", "1,", "1]}" },
    { "reals", "{\"a\":[", "1e9,", "1e9]}" },
    { "literals", "{\"a\":[", "true,", "null]}" },
    { "empty objects", "{\"a\":[", "{},", "{}]}" },
    { "empty arrays", "{\"a\":[", "[],", "[]]}" },
    { "objects of one", "{\"a\":[", "{\"\":0},", "{}]}" },
    { "arrays of arrays", "{\"a\":[", "[[]],", "[]]}" },
    { "deep", "{\"a\":[", "[[[[[[[{}]]]]]]],", "[]]}" },
    { NULL, NULL, NULL, NULL }
};


static json_t *
parse(const char *text)
{
    json_t  *json;

    if (gate_json_object(gate_cstr(text), &json) != GATE_JSON_OK) {
        printf("Bail out! no JSON: %.40s\n", text);
        exit(2);
    }

    return json;
}


static void
test_size(void)
{
    char    *text;
    size_t   i, before, bytes, bound;
    json_t  *json;

    for (i = 0; shapes[i].name != NULL; i++) {
        text = (shapes[i].part[0] == '\0')
               ? repeat("{}", "x", 0, "")
               : repeat(shapes[i].head, shapes[i].part, 12000, shapes[i].tail);

        before = held;
        json = parse(text);
        bytes = held - before;
        bound = gate_tokens_json(json) + strlen(text);

        ok(bytes <= bound && bound < bytes + bytes / 2 + strlen(text) + 100,
           "%s: %zu bytes of text take %zu, counted as %zu", shapes[i].name,
           strlen(text), bytes, bound);

        json_decref(json);
        free(text);
    }
}


static void
test_members(void)
{
    char    *text;
    size_t   i, n, len, before, wrong;
    json_t  *json;

    text = malloc(20000);
    wrong = 0;

    for (n = 0; n < 900; n++) {
        len = (size_t) sprintf(text, "{");

        for (i = 0; i < n; i++) {
            len += (size_t) sprintf(text + len, "%s\"%zu\":[]", i ? "," : "",
                                    i);
        }

        sprintf(text + len, "}");

        before = held;
        json = parse(text);
        wrong += (held - before > gate_tokens_json(json) + strlen(text));
        json_decref(json);
    }

    is_int(wrong, 0, "objects of 0 to 899 members are counted");
    free(text);
}


/* tokens of all shapes, thousands of them, in caches of several sizes */

static void
test_bound(void)
{
    char           *text;
    size_t          i, n, size, base, kept;
    json_t         *claims;
    gate_token_t    t;
    gate_tokens_t  *c;

    for (size = GATE_TOKENS_MIN; size <= 4096 * 1024; size *= 4) {
        base = held;
        most = held;
        kept = 0;
        c = gate_tokens_create(size, SEED);

        for (n = 0; n < 3000; n++) {
            i = 1 + n % 13;
            text = repeat(shapes[i].head, shapes[i].part,
                          40 + n * n % (n % 10 ? 600 : 12000), shapes[i].tail);
            claims = parse(text);

            t = token(n, n, NULL);
            t.claims = claims;
            t.text = strlen(text);
            kept += (size_t) gate_tokens_put(c, &t);

            json_decref(claims);
            free(text);

            if (held - base > size || gate_tokens_bytes(c) > size
                || held - base > gate_tokens_bytes(c))
            {
                fail("%zu bytes held, %zu counted, of %zu at most", held - base,
                     gate_tokens_bytes(c), size);
                break;
            }
        }

        ok(n == 3000 && kept > 1000, "%zu KB: %zu of 3000 kept, %zu are there, "
           "in %zu bytes, counted as %zu", size / 1024, kept,
           gate_tokens_count(c), held - base, gate_tokens_bytes(c));
        ok(size <= GATE_TOKENS_MIN || held - base > size / 3,
           "and they use the room");

        gate_tokens_destroy(c);
        is_int(held, base, "all memory is given back");
    }
}


static void
test_huge(void)
{
    char           *text;
    size_t          n, before;
    json_t         *claims;
    gate_token_t    t;
    gate_tokens_t  *c;

    c = gate_tokens_create(1024 * 1024, SEED);

    for (n = 0; n < 100; n++) {
        t = token(n, n, NULL);
        gate_tokens_put(c, &t);
    }

    text = repeat("{\"a\":[", "{},", 12000, "{}]}");
    claims = parse(text);
    t = token(200, 9999, NULL);
    t.claims = claims;
    t.text = strlen(text);
    before = gate_tokens_bytes(c);

    ok(!gate_tokens_put(c, &t), "a token of a sixteenth or more is not kept");
    is_int(gate_tokens_count(c), 100, "and nobody goes for it");
    is_int(gate_tokens_bytes(c), before, "it costs nothing");
    is_int(claims->refcount, 1, "it is not held");

    t = token(5, 5, NULL);
    t.claims = claims;
    t.text = strlen(text);

    ok(!gate_tokens_put(c, &t) && find(c, 5, 5, NULL) == NULL,
       "what it would have replaced is not left, either");

    json_decref(claims);
    gate_tokens_destroy(c);
    free(text);
}


int
main(void)
{
    json_set_alloc_funcs(counted_malloc, counted_free);

    test_hit();
    test_forged();
    test_order();
    test_size();
    test_members();
    test_bound();
    test_huge();

    is_int(held, 0, "nothing is held at the end");

    return done_testing();
}
