
/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * Traffic rules: what is taken and what is refused, their text, the version
 * that is picked.
 */


#include "tap.h"
#include "gate_rule.h"


typedef struct {
    const char            *text;
    const char            *pointer;
} wrong_t;


static const char  whole[] =
    "{\"service\":\"orders\",\"epoch\":7,\"versions\":[\"v1\",\"v2\",\"v3\"],"
    "\"match\":[{\"header\":\"x-user\",\"exact\":\"ann\",\"to\":\"v2\"},"
    "{\"header\":\"x-team\",\"prefix\":\"qa-\",\"to\":\"v3\"},"
    "{\"header\":\"user-agent\",\"regex\":\"curl/[78]\\\\..*\","
    "\"to\":\"v3\"}],"
    "\"split\":{\"hash_on\":\"x-lane-hash\",\"weights\":{\"v1\":90,"
    "\"v2\":10,\"v3\":0}},\"fallback\":\"v1\"}";


static const wrong_t  wrong[] = {
    { "", "" },
    { "[]", "" },
    { "{", "" },
    { "{}", "/service" },
    { "{\"service\":\"\"}", "/service" },
    { "{\"service\":\"a/b\"}", "/service" },
    { "{\"service\":\"a|b\"}", "/service" },
    { "{\"service\":7}", "/service" },
    { "{\"service\":\"a\",\"service\":\"b\"}", "" },
    { "{\"service\":\"a\"}", "/versions" },
    { "{\"service\":\"a\",\"vresions\":[]}", "/vresions" },
    { "{\"service\":\"a\",\"a~/b\":[]}", "/a~0~1b" },
    { "{\"service\":\"a\",\"epoch\":0,\"versions\":[\"v\"]}", "/epoch" },
    { "{\"service\":\"a\",\"epoch\":1.5,\"versions\":[\"v\"]}", "/epoch" },
    { "{\"service\":\"a\",\"epoch\":99999999999999999999,"
      "\"versions\":[\"v\"]}", "/epoch" },
    { "{\"service\":\"a\",\"epoch\":\"1\",\"versions\":[\"v\"]}", "/epoch" },
    { "{\"service\":\"a\",\"versions\":[]}", "/versions" },
    { "{\"service\":\"a\",\"versions\":{}}", "/versions" },
    { "{\"service\":\"a\",\"versions\":[\"v\",\"w\",\"v\"]}",
      "/versions/2" },
    { "{\"service\":\"a\",\"versions\":[\"v\",3]}", "/versions/1" },
    { "{\"service\":\"a\",\"versions\":[\"v 1\"]}", "/versions/0" },
    { "{\"service\":\"a\",\"versions\":[\"v\"]}", "/split" },
    { "{\"service\":\"a\",\"versions\":[\"v\"],\"fallback\":\"w\"}",
      "/fallback" },
    { "{\"service\":\"a\",\"versions\":[\"v\"],\"split\":[]}", "/split" },
    { "{\"service\":\"a\",\"versions\":[\"v\"],\"split\":{}}",
      "/split/weights" },
    { "{\"service\":\"a\",\"versions\":[\"v\"],\"split\":{\"wieghts\":{}}}",
      "/split/wieghts" },
    { "{\"service\":\"a\",\"versions\":[\"v\"],\"split\":{\"weights\":{}}}",
      "/split/weights" },
    { "{\"service\":\"a\",\"versions\":[\"v\"],\"split\":{\"weights\":"
      "{\"v\":0}}}", "/split/weights" },
    { "{\"service\":\"a\",\"versions\":[\"v\"],\"split\":{\"weights\":"
      "{\"v\":10001}}}", "/split/weights/v" },
    { "{\"service\":\"a\",\"versions\":[\"v\"],\"split\":{\"weights\":"
      "{\"v\":-1}}}", "/split/weights/v" },
    { "{\"service\":\"a\",\"versions\":[\"v\"],\"split\":{\"weights\":"
      "{\"v\":0.5}}}", "/split/weights/v" },
    { "{\"service\":\"a\",\"versions\":[\"v\"],\"split\":{\"weights\":"
      "{\"v\":1,\"w\":1}}}", "/split/weights/w" },
    { "{\"service\":\"a\",\"versions\":[\"v\",\"w\"],\"split\":{\"weights\":"
      "{\"v\":9000,\"w\":1001}}}", "/split/weights" },
    { "{\"service\":\"a\",\"versions\":[\"v\"],\"split\":{\"weights\":"
      "{\"v\":1},\"hash_on\":\"X-Lane-Hash\"}}", "/split/hash_on" },
    { "{\"service\":\"a\",\"versions\":[\"v\"],\"fallback\":\"v\","
      "\"match\":{}}", "/match" },
    { "{\"service\":\"a\",\"versions\":[\"v\"],\"fallback\":\"v\","
      "\"match\":[1]}", "/match/0" },
    { "{\"service\":\"a\",\"versions\":[\"v\"],\"fallback\":\"v\","
      "\"match\":[{\"header\":\"X\",\"exact\":\"a\",\"to\":\"v\"}]}",
      "/match/0/header" },
    { "{\"service\":\"a\",\"versions\":[\"v\"],\"fallback\":\"v\","
      "\"match\":[{\"header\":\":path\",\"exact\":\"a\",\"to\":\"v\"}]}",
      "/match/0/header" },
    { "{\"service\":\"a\",\"versions\":[\"v\"],\"fallback\":\"v\","
      "\"match\":[{\"header\":\"x\",\"exact\":\"a\",\"to\":\"w\"}]}",
      "/match/0/to" },
    { "{\"service\":\"a\",\"versions\":[\"v\"],\"fallback\":\"v\","
      "\"match\":[{\"header\":\"x\",\"to\":\"v\"}]}", "/match/0" },
    { "{\"service\":\"a\",\"versions\":[\"v\"],\"fallback\":\"v\","
      "\"match\":[{\"header\":\"x\",\"exact\":\"a\",\"prefix\":\"b\","
      "\"to\":\"v\"}]}", "/match/0" },
    { "{\"service\":\"a\",\"versions\":[\"v\"],\"fallback\":\"v\","
      "\"match\":[{\"header\":\"x\",\"exact\":\"a\",\"to\":\"v\"},"
      "{\"header\":\"x\",\"prefix\":\"\",\"to\":\"v\"}]}",
      "/match/1/prefix" },
    { "{\"service\":\"a\",\"versions\":[\"v\"],\"fallback\":\"v\","
      "\"match\":[{\"header\":\"x\",\"regex\":\"(a\",\"to\":\"v\"}]}",
      "/match/0/regex" },
    { "{\"service\":\"a\",\"versions\":[\"v\"],\"fallback\":\"v\","
      "\"match\":[{\"header\":\"x\",\"regex\":\"(?=a)\",\"to\":\"v\"}]}",
      "/match/0/regex" },
    { "{\"service\":\"a\",\"versions\":[\"v\"],\"fallback\":\"v\","
      "\"match\":[{\"header\":\"x\",\"regex\":\"a\",\"to\":\"v\",\"x\":1}]}",
      "/match/0/x" }
};


static void
test_wrong(void)
{
    size_t              i;
    gate_rule_t         rule;
    gate_rule_error_t   error;

    for (i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
        is_int(gate_rule_parse(gate_cstr(wrong[i].text), &rule, &error),
               GATE_RULE_BAD, "%d: refused", (int) i);
        is_str(error.pointer, wrong[i].pointer, "%d: at %s", (int) i,
               wrong[i].pointer);
        ok(error.detail[0] != '\0', "%d: %s", (int) i, error.detail);
        ok(rule.block == NULL, "%d: nothing is left", (int) i);
    }
}


static void
test_text(void)
{
    size_t              len;
    unsigned char       text[4096];
    gate_rule_t         rule;
    gate_rule_error_t   error;

    is_int(gate_rule_parse(gate_cstr(whole), &rule, &error), GATE_RULE_OK,
           "a whole rule is taken");
    is_str(error.pointer, "", "nothing is wrong with it");
    is_int(rule.nversions, 3, "it has three versions");
    is_int(rule.nmatch, 3, "it has three matches");
    is_int(rule.epoch, 7, "it has an epoch");

    ok(gate_rule_room(&rule) < sizeof(text), "there is room");
    len = gate_rule_write(&rule, text);
    is_int(len, sizeof(whole) - 1, "its text is as long");
    is_mem(text, whole, len, "its text is the same");

    gate_rule_free(&rule);
    gate_rule_free(&rule);
    ok(rule.block == NULL, "it is freed once");

    is_int(gate_rule_parse(gate_cstr("{\"versions\":[\"b\",\"a\"],"
                                     "\"service\":\"s\",\"fallback\":\"a\"}"),
                           &rule, &error),
           GATE_RULE_OK, "a rule without a split has a fallback");
    len = gate_rule_write(&rule, text);
    text[len] = '\0';
    is_str(text, "{\"service\":\"s\",\"epoch\":0,\"versions\":[\"b\",\"a\"],"
                 "\"match\":[],\"split\":{\"hash_on\":\"x-lane-hash\","
                 "\"weights\":{\"b\":0,\"a\":1}},\"fallback\":\"a\"}",
           "which takes all");
    gate_rule_free(&rule);
}


static void
test_pick(void)
{
    int                 i, n[3];
    gate_rule_t         rule;
    gate_rule_error_t   error;
    gate_rule_field_t   f[3];

    (void) gate_rule_parse(gate_cstr(whole), &rule, &error);

    f[0].name = gate_cstr("X-Lane");
    f[0].value = gate_cstr("v3");
    f[1].name = gate_cstr("x-user");
    f[1].value = gate_cstr("ann");
    f[2].name = gate_cstr("X-Lane-Hash");
    f[2].value = gate_cstr("95");

    is_int(gate_rule_pick(&rule, f, 3, 0, 7), 2, "the lane is first");
    is_int(gate_rule_pick(&rule, f, 3, 0, 3), 0,
           "the fallback stands in for a lane without endpoints");
    f[0].value = gate_cstr("v9");
    is_int(gate_rule_pick(&rule, f, 3, 0, 7), 1,
           "an unknown lane is none, so a match decides");
    f[1].value = gate_cstr("anna");
    f[2].value = gate_cstr("89");
    is_int(gate_rule_pick(&rule, f, 3, 0, 7), 0, "89 is of the first one");
    f[2].value = gate_cstr("90");
    is_int(gate_rule_pick(&rule, f, 3, 0, 7), 1, "90 is of the second one");
    f[2].value = gate_cstr(" +18446744073709551615 ");
    is_int(gate_rule_pick(&rule, f, 3, 95, 7), 0,
           "a number has 64 bits, and is read as Envoy does");
    f[2].value = gate_cstr("18446744073709551616");
    is_int(gate_rule_pick(&rule, f, 3, 95, 7), 1,
           "a larger one is none, so the hash decides");
    f[2].value = gate_cstr("-1");
    is_int(gate_rule_pick(&rule, f, 3, 95, 7), 1, "nor is a negative one");
    f[2].value = gate_cstr("");
    is_int(gate_rule_pick(&rule, f, 3, 95, 7), 1, "nor an empty one");

    f[1] = f[2];
    f[1].value = gate_cstr("0");
    f[2].value = gate_cstr("0");
    is_int(gate_rule_pick(&rule, f, 3, 95, 7), 1,
           "a number that is there twice is none");

    f[0].name = gate_cstr("x-team");
    f[0].value = gate_cstr("qa-7");
    is_int(gate_rule_pick(&rule, f, 1, 0, 7), 2, "a prefix matches");
    f[0].value = gate_cstr("qa");
    is_int(gate_rule_pick(&rule, f, 1, 0, 7), 0, "a shorter value does not");

    f[0].name = gate_cstr("User-Agent");
    f[0].value = gate_cstr("curl/8.1");
    is_int(gate_rule_pick(&rule, f, 1, 0, 7), 2, "a pattern matches");
    f[0].value = gate_cstr("xcurl/8.1");
    is_int(gate_rule_pick(&rule, f, 1, 0, 7), 0, "only all of the value");

    f[0].value = gate_cstr("curl/8.");
    f[1].name = gate_cstr("user-agent");
    f[1].value = gate_cstr("x");
    is_int(gate_rule_pick(&rule, f, 2, 0, 7), 2,
           "several fields are one value with commas");

    memset(n, 0, sizeof(n));

    for (i = 0; i < 1000; i++) {
        n[gate_rule_pick(&rule, NULL, 0, (uint64_t) i, 7)]++;
    }

    is_int(n[0], 900, "nine of ten are for the first version");
    is_int(n[1], 100, "one of ten is for the second version");
    is_int(n[2], 0, "none is for the third version");

    gate_rule_free(&rule);
}


int
main(void)
{
    test_wrong();
    test_text();
    test_pick();

    return done_testing();
}
