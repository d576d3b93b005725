
/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * Rules over time: history, log, new weights, shares.
 */


#include "tap.h"
#include "mesh_rules.h"


#define RULE(epoch, v1, v2)                                                   \
    "{\"service\":\"orders\",\"epoch\":" epoch ",\"versions\":[\"v1\","       \
    "\"v2\"],\"match\":[],\"split\":{\"hash_on\":\"x-lane-hash\","            \
    "\"weights\":{\"v1\":" v1 ",\"v2\":" v2 "}},\"fallback\":\"v1\"}"


static mesh_rules_change_t
change(uint64_t epoch, const char *text)
{
    mesh_rules_change_t  c;

    c.epoch = epoch;
    c.at = 1700000000 + (int64_t) epoch;
    c.text = gate_cstr(text);

    return c;
}


static void
test_history(void)
{
    char                  text[512];
    uint64_t              i;
    mesh_rules_t          rules;
    mesh_rules_past_t    *past;
    mesh_rules_change_t   c;

    memset(&rules, 0, sizeof(mesh_rules_t));

    ok(mesh_rules_find(&rules, gate_cstr("orders")) == NULL,
       "at first there is nothing");

    for (i = 1; i <= 130; i++) {
        snprintf(text, sizeof(text), "text %d", (int) i);
        c = change(i, text);
        mesh_rules_add(&rules, gate_cstr("orders"), &c);
    }

    past = mesh_rules_find(&rules, gate_cstr("orders"));

    is_int(past->n, MESH_RULES_HISTORY, "a hundred changes are kept");
    is_int(rules.changes, MESH_RULES_HISTORY, "and counted");
    is_int(past->last, 130, "the last epoch is known");
    is_int(mesh_rules_now(past)->epoch, 130, "the last one is in force");
    ok(mesh_rules_of(past, 30) == NULL, "the oldest are forgotten");
    is_int(mesh_rules_of(past, 31)->epoch, 31, "others are found");

    c = change(131, "");
    mesh_rules_add(&rules, gate_cstr("orders"), &c);
    ok(mesh_rules_now(past) == NULL, "a deletion leaves nothing in force");
    is_int(past->last, 131, "but its epoch");
    is_int(past->there, 0, "so there is no rule");

    mesh_rules_free(&rules);
}


static void
test_log(void)
{
    int                   torn;
    size_t                line;
    mesh_out_t            out, again;
    mesh_rules_t          rules, read;
    mesh_rules_change_t   c;

    memset(&rules, 0, sizeof(mesh_rules_t));
    memset(&read, 0, sizeof(mesh_rules_t));
    memset(&out, 0, sizeof(mesh_out_t));
    memset(&again, 0, sizeof(mesh_out_t));

    c = change(1, RULE("1", "100", "0"));
    mesh_rules_add(&rules, gate_cstr("orders"), &c);
    c = change(2, RULE("2", "90", "10"));
    mesh_rules_add(&rules, gate_cstr("orders"), &c);
    c = change(5, "");
    mesh_rules_add(&rules, gate_cstr("orders"), &c);

    mesh_rules_log(&rules, &out);

    is_int(mesh_rules_load(&read, mesh_out_text(&out), &torn, &line), MESH_OK,
           "a log is read");
    is_int(torn, 0, "all of it is whole");
    is_int(line, 3, "it has three lines");

    mesh_rules_log(&read, &again);
    is_int(again.len, out.len, "what is read makes the same log");
    is_mem(again.data, out.data, out.len, "byte by byte");
    is_int(mesh_rules_find(&read, gate_cstr("orders"))->last, 5,
           "the epoch of a deletion is kept");

    mesh_rules_free(&read);

    out.len -= 1;
    is_int(mesh_rules_load(&read, mesh_out_text(&out), &torn, &line), MESH_OK,
           "a log that was cut off is read");
    is_int(torn, 1, "and known as such");
    is_int(mesh_rules_now(mesh_rules_find(&read, gate_cstr("orders")))->epoch,
           2, "up to its last whole line");

    mesh_rules_free(&read);
    mesh_rules_free(&rules);
    mesh_out_free(&out);
    mesh_out_free(&again);
}


static void
test_log_wrong(void)
{
    int           torn;
    size_t        i, line;
    mesh_rules_t  rules;

    static const char *const  wrong[] = {
        "\n", "1 1 orders\n", "x 1 orders -\n", "1 x orders -\n",
        "1 0 orders -\n", "1 1  -\n", "1 1 or/ders -\n", "1 1 orders {}\n",
        "1 2 orders " RULE("1", "1", "1") "\n",
        "1 1 other " RULE("1", "1", "1") "\n",
        "1 2 orders -\n1 2 orders -\n", "1 2 orders -\n1 1 orders -\n",
        "1111111111111111111 1 orders -\n"
    };

    for (i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
        memset(&rules, 0, sizeof(mesh_rules_t));

        is_int(mesh_rules_load(&rules, gate_cstr(wrong[i]), &torn, &line),
               MESH_BAD, "%d: a line that is none is refused", (int) i);

        mesh_rules_free(&rules);
    }
}


static void
test_bodies(void)
{
    size_t              i;
    uint64_t            epoch;
    mesh_rule_t        *rule;
    gate_str_t          was;
    gate_rule_error_t   error;

    static const struct {
        const char  *body;
        const char  *pointer;
    } wrong[] = {
        { "", "" },
        { "{}", "/weights" },
        { "{\"weights\":{},\"x\":1}", "" },
        { "{\"weights\":[]}", "/weights" },
        { "{\"weights\":{\"v1\":\"1\"}}", "/weights" },
        { "{\"weights\":{\"v1\":1.5}}", "/weights" },
        { "{\"weights\":{\"v1\":20000}}", "/weights/v1" },
        { "{\"weights\":{\"v9\":1}}", "/weights/v9" },
        { "{\"weights\":{\"v1\":0,\"v2\":0}}", "/weights" }
    };

    was = gate_cstr(RULE("4", "90", "10"));

    is_int(mesh_rules_reweigh(was, gate_cstr("{\"weights\":{\"v2\":30}}"), 9,
                              &rule, &error),
           MESH_OK, "a weight is changed");
    is_int(rule->rule.weights[0], 90, "the other one stays");
    is_int(rule->rule.weights[1], 30, "it is the new one");
    is_int(rule->rule.epoch, 9, "the epoch is the new one");
    mesh_item_unref(&rule->item);

    for (i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
        is_int(mesh_rules_reweigh(was, gate_cstr(wrong[i].body), 9, &rule,
                                  &error),
               MESH_BAD, "%d: wrong weights are refused", (int) i);
        is_str(error.pointer, wrong[i].pointer, "%d: at %s", (int) i,
               wrong[i].pointer);
    }

    is_int(mesh_rules_epoch(gate_cstr("{\"epoch\":7}"), &epoch, &error),
           MESH_OK, "an epoch is read");
    is_int(epoch, 7, "it is that");
    is_int(mesh_rules_epoch(gate_cstr("{\"epoch\":0}"), &epoch, &error),
           MESH_BAD, "0 is none");
    is_str(error.pointer, "/epoch", "as is said");
}


static void
test_shares(void)
{
    mesh_out_t           out;
    mesh_rule_t         *rule;
    mesh_address_t       address;
    mesh_service_t       say, *s;
    mesh_endpoint_t      e[2];
    gate_rule_error_t    error;
    const char          *why;

    memset(&say, 0, sizeof(say));
    memset(e, 0, sizeof(e));
    memset(&out, 0, sizeof(out));

    (void) mesh_address_parse(gate_cstr("10.0.0.1"), &address);

    e[0].id = gate_cstr("a");
    e[0].node = gate_cstr("n");
    e[0].version = gate_cstr("v1");
    e[0].port = 80;
    e[0].weight = 1;
    e[0].addresses = &address;
    e[0].naddresses = 1;
    e[1] = e[0];
    e[1].id = gate_cstr("b");
    e[1].version = gate_cstr("v2");
    e[1].health = MESH_CRITICAL;

    say.item.name = gate_cstr("orders");
    say.endpoints = e;
    say.nendpoints = 2;

    is_int(mesh_service_make(&say, &s, &why), MESH_OK, "a service is made");
    (void) mesh_rules_make(gate_cstr(RULE("1", "60", "40")), &rule, &error);

    mesh_rules_shares(s, &rule->rule, &out);
    mesh_out_add(&out, gate_str("", 1));

    is_str(out.data,
           "\"shares\":[{\"version\":\"v1\",\"weight\":60,\"usable\":1,"
           "\"to\":\"v1\"},{\"version\":\"v2\",\"weight\":40,\"usable\":0,"
           "\"to\":\"v1\"}],\"warnings\":[\"v2: no endpoint can be called: "
           "the fallback takes its calls\"]",
           "the share of a version without endpoints is the fallback's");

    out.len = 0;
    mesh_rules_shares(NULL, &rule->rule, &out);
    mesh_out_add(&out, gate_str("", 1));
    ok(strstr((char *) out.data, "orders: no source knows this service yet")
       != NULL, "a service that nobody knows is a warning");

    mesh_out_free(&out);
    mesh_item_unref(&rule->item);
    mesh_item_unref(&s->item);
}


int
main(void)
{
    test_history();
    test_log();
    test_log_wrong();
    test_bodies();
    test_shares();

    return done_testing();
}
