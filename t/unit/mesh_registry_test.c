/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * mesh_registry: records and what they do; a log that is read again.
 */

#include "tap.h"

#include "mesh_answer.h"
#include "mesh_change.h"
#include "mesh_definition.h"
#include "mesh_record.h"


#define NODES  3
#define IDS    4


static unsigned  seed = 7;


static unsigned
any(unsigned below)
{
    seed = seed * 1103515245 + 12345;

    return (seed >> 8) % below;
}


static mesh_rc_e
apply(mesh_registry_t *r, mesh_out_t *line, int64_t now)
{
    size_t      at;
    json_t     *record;
    mesh_rc_e   rc;
    gate_str_t  text;

    at = 0;
    rc = MESH_BAD;

    if (mesh_record_next(gate_str(line->data, line->len), &at, &text)
        == MESH_RECORD_GOOD)
    {
        if (gate_json_object(text, &record) == GATE_JSON_OK) {
            rc = mesh_registry_apply(r, record, now, 1);
            json_decref(record);
        }
    }

    mesh_out_free(line);

    return rc;
}


static mesh_rc_e
put(mesh_registry_t *r, const char *node, const char *body, int replace,
    int64_t now)
{
    json_t        *json, *form;
    mesh_rc_e      rc;
    mesh_out_t     line;
    mesh_fault_t   fault;

    memset(&fault, 0, sizeof(fault));
    memset(&line, 0, sizeof(line));
    rc = MESH_BAD;

    if (gate_json_object(gate_cstr(body), &json) != GATE_JSON_OK) {
        return MESH_BAD;
    }

    if (mesh_definition_read(json, &form, &fault)) {
        mesh_change_put_record(&line, gate_cstr(node), gate_cstr("10.0.0.9"),
                               form, replace);
        rc = apply(r, &line, now);
        json_decref(form);
    }

    json_decref(json);

    return rc;
}


static mesh_enrolled_t *
instance(mesh_registry_t *r, const char *node, const char *id)
{
    int  many;

    return mesh_registry_find(r, gate_cstr(node), gate_cstr(id),
                              gate_cstr("10.0.0.9"), &many);
}


static mesh_check_t *
check(mesh_registry_t *r, const char *node, const char *id)
{
    int  many;

    return mesh_registry_check(r, gate_cstr(node), gate_cstr(id),
                               gate_cstr("10.0.0.9"), &many);
}


static mesh_rc_e
say(mesh_registry_t *r, const char *node, const char *id,
    mesh_health_e status, const char *output, int expired, int64_t now)
{
    mesh_out_t  line;

    memset(&line, 0, sizeof(line));
    mesh_change_check_record(&line, check(r, node, id), status,
                             gate_cstr(output), expired);

    return apply(r, &line, now);
}


static mesh_rc_e
drop(mesh_registry_t *r, const char *node, const char *id, int64_t now)
{
    mesh_out_t  line;

    memset(&line, 0, sizeof(line));
    mesh_change_drop_record(&line, gate_cstr(node), gate_cstr(id));

    return apply(r, &line, now);
}


static void
checks(void)
{
    mesh_out_t        line;
    mesh_check_t     *c;
    mesh_enrolled_t  *e;
    mesh_registry_t   r;

    mesh_registry_init(&r, 1);
    memset(&line, 0, sizeof(line));

    is_int(put(&r, "n", "{\"Name\":\"a\",\"Check\":{\"TTL\":\"10s\"}}", 0,
               1000), MESH_OK, "an instance is registered");
    e = instance(&r, "n", "a");
    is_int(mesh_registry_health(e), MESH_CRITICAL, "it is critical at first");

    is_int(say(&r, "n", "service:a", MESH_PASSING, "hey", 0, 2000), MESH_OK,
           "its check passes");
    is_int(mesh_registry_health(e), MESH_PASSING, "so it is healthy");

    is_int(put(&r, "n", "{\"Name\":\"a\",\"Check\":{\"TTL\":\"10s\"}}", 0,
               3000), MESH_OK, "it is registered again");
    e = instance(&r, "n", "a");
    is_int(mesh_registry_health(e), MESH_PASSING, "and stays healthy");
    ok(gate_str_eq(e->checks->output, gate_cstr("hey")),
       "with what its check said");

    is_int(put(&r, "n", "{\"Name\":\"a\",\"Check\":{\"TTL\":\"10s\","
               "\"CheckID\":\"b\",\"Status\":\"warning\"}}", 0, 3000), MESH_OK,
           "another check comes");
    ok(check(&r, "n", "b") != NULL && check(&r, "n", "service:a") != NULL,
       "the one before stays");
    is_int(mesh_registry_health(instance(&r, "n", "a")), MESH_WARNING,
           "the worst one counts");

    mesh_change_maintain_record(&line, instance(&r, "n", "a"), 1,
                                gate_cstr("why"));
    is_int(apply(&r, &line, 3000), MESH_OK, "it goes to maintenance");
    c = check(&r, "n", "_service_maintenance:a");
    ok(c != NULL && c->maintenance && c->deadline.place == 0,
       "which is a check that does not expire");
    is_int(say(&r, "n", "_service_maintenance:a", MESH_PASSING, "", 0, 3000),
           MESH_NONE, "nobody sets it");

    is_int(put(&r, "n", "{\"Name\":\"a\",\"Check\":{\"TTL\":\"10s\"}}", 1,
               3000), MESH_OK, "it is registered with its checks alone");
    ok(check(&r, "n", "b") == NULL
       && check(&r, "n", "_service_maintenance:a") == NULL,
       "then all others go");

    is_int(put(&r, "n", "{\"Name\":\"z\",\"Check\":{\"TTL\":\"10s\","
               "\"CheckID\":\"service:a\"}}", 0, 3000), MESH_OK,
           "another instance takes the CheckID");
    ok(instance(&r, "n", "a")->checks == NULL,
       "then the first one does not have it any more");

    is_int(drop(&r, "n", "a", 3000), MESH_OK, "an instance goes");
    is_int(drop(&r, "n", "a", 3000), MESH_NONE, "once");
    is_int(r.instances.n + r.checks.n + r.deadlines.n, 3,
           "and nothing is left of it");

    mesh_registry_free(&r);
}


static void
time_passes(void)
{
    mesh_check_t     *c;
    mesh_registry_t   r;

    mesh_registry_init(&r, 1);

    (void) put(&r, "n", "{\"Name\":\"a\",\"Check\":{\"TTL\":\"10s\","
               "\"Status\":\"passing\",\"DeregisterCriticalServiceAfter\":"
               "\"2m\"}}", 0, 1000);

    is_int(mesh_registry_next(&r), 11000, "a check is due after its TTL");
    is_int(mesh_registry_due(&r, 10999, &c), MESH_DUE_NOTHING, "not before");
    mesh_registry_beat(&r, check(&r, "n", "service:a"), 5000);
    is_int(mesh_registry_due(&r, 11000, &c), MESH_DUE_NOTHING,
           "nor if somebody spoke");
    is_int(mesh_registry_due(&r, 15000, &c), MESH_DUE_EXPIRED,
           "but a TTL after that");
    is_int(mesh_registry_due(&r, 15000, &c), MESH_DUE_NOTHING, "once");
    is_int(mesh_registry_due(&r, 20000, &c), MESH_DUE_EXPIRED,
           "and again, if nothing came of it");

    (void) say(&r, "n", "service:a", MESH_CRITICAL, "TTL expired", 1, 21000);
    is_int(mesh_registry_next(&r), 141000, "then it has its two minutes");
    (void) say(&r, "n", "service:a", MESH_CRITICAL, "ill", 0, 30000);
    is_int(mesh_registry_next(&r), 40000, "it speaks, but is critical");
    (void) say(&r, "n", "service:a", MESH_CRITICAL, "TTL expired", 1, 40000);
    is_int(mesh_registry_due(&r, 141000, &c), MESH_DUE_DROP,
           "so the two minutes go on");
    (void) say(&r, "n", "service:a", MESH_PASSING, "", 0, 141001);
    is_int(mesh_registry_next(&r), 151001, "health ends them");

    mesh_registry_free(&r);
}


static void
whose(void)
{
    int              many;
    gate_str_t       none;
    mesh_registry_t  r;

    mesh_registry_init(&r, 1);
    none = gate_str(NULL, 0);

    (void) put(&r, "n1", "{\"Name\":\"a\",\"Check\":{\"TTL\":\"9s\"}}", 0, 1);

    ok(mesh_registry_find(&r, none, gate_cstr("a"), gate_cstr("1.1.1.1"),
                          &many) != NULL,
       "an ID that is there once needs no node");

    (void) put(&r, "n2", "{\"Name\":\"a\",\"Check\":{\"TTL\":\"9s\"}}", 0, 1);

    ok(mesh_registry_find(&r, none, gate_cstr("a"), gate_cstr("1.1.1.1"),
                          &many) == NULL && many,
       "one that is there twice does");
    ok(mesh_registry_check(&r, none, gate_cstr("service:a"),
                           gate_cstr("1.1.1.1"), &many) == NULL && many,
       "and a check's, too");
    ok(mesh_registry_find(&r, gate_cstr("n2"), gate_cstr("a"),
                          gate_cstr("1.1.1.1"), &many) != NULL,
       "with it there is one");
    ok(mesh_registry_find(&r, gate_cstr("n3"), gate_cstr("a"),
                          gate_cstr("1.1.1.1"), &many) == NULL && !many,
       "of that node alone");

    mesh_registry_free(&r);
}


static void
tags(void)
{
    mesh_enrolled_t  *e;
    mesh_registry_t   r;

    mesh_registry_init(&r, 1);

    (void) put(&r, "n", "{\"Name\":\"a\",\"Tags\":[\"Blue\",\"x,\\\"y\\\"\","
               "\"last\"]}", 0, 1);
    e = instance(&r, "n", "a");

    ok(mesh_answer_tagged(e, gate_cstr("blue")), "a tag is found in any case");
    ok(mesh_answer_tagged(e, gate_cstr("last")), "the last one is found");
    ok(mesh_answer_tagged(e, gate_cstr("x,\"y\"")), "one with quotes is found");
    ok(!mesh_answer_tagged(e, gate_cstr("y")), "but no part of one");
    ok(!mesh_answer_tagged(e, gate_cstr("Blu")), "and no beginning");
    ok(!mesh_answer_tagged(e, gate_cstr("")), "nor nothing");

    mesh_registry_free(&r);
}


/* a log of all changes, and one written anew, make the same registry */

static void
dump(mesh_registry_t *r, mesh_out_t *out)
{
    int            i, j;
    char           node[16], id[16];
    mesh_check_t  *c;

    mesh_enrolled_t  *e;

    for (i = 0; i < NODES; i++) {
        for (j = 0; j < IDS; j++) {
            (void) snprintf(node, sizeof(node), "n%d", i);
            (void) snprintf(id, sizeof(id), "i%d", j);

            e = instance(r, node, id);

            if (e == NULL) {
                continue;
            }

            mesh_answer_agent_service(out, e, gate_str(NULL, 0));

            for (c = e->checks; c != NULL; c = c->next) {
                mesh_answer_agent_check(out, c);
            }
        }
    }
}


static void
change(mesh_registry_t *r, mesh_out_t *log)
{
    char              node[16], id[16], body[256];
    json_t           *json, *form;
    mesh_out_t        line;
    mesh_fault_t      fault;
    mesh_enrolled_t  *e;

    (void) snprintf(node, sizeof(node), "n%u", any(NODES));
    (void) snprintf(id, sizeof(id), "i%u", any(IDS));

    memset(&line, 0, sizeof(line));
    memset(&fault, 0, sizeof(fault));
    e = instance(r, node, id);

    if (e == NULL || any(3) == 0) {
        (void) snprintf(body, sizeof(body),
                        "{\"ID\":\"%s\",\"Name\":\"s%u\",\"Port\":%u,"
                        "\"Checks\":[{\"TTL\":\"%us\",\"CheckID\":\"c%u\"},"
                        "{\"TTL\":\"9s\"}]}", id, any(3), any(9), 1 + any(9),
                        any(5));

        (void) gate_json_object(gate_cstr(body), &json);
        (void) mesh_definition_read(json, &form, &fault);
        mesh_change_put_record(&line, gate_cstr(node), gate_cstr("10.0.0.9"),
                               form, any(2));
        json_decref(form);
        json_decref(json);

    } else if (any(4) == 0) {
        mesh_change_drop_record(&line, e->node, e->id);

    } else if (any(3) == 0 || e->checks == NULL) {
        mesh_change_maintain_record(&line, e, any(2), gate_cstr("why"));

    } else {
        mesh_change_check_record(&line, e->checks, any(3), gate_cstr("said"),
                                 any(2));
    }

    mesh_out_add(log, gate_str(line.data, line.len));
    (void) apply(r, &line, 1);
}


static void
replay(mesh_registry_t *r, gate_str_t log)
{
    size_t         at;
    json_t        *record;
    gate_str_t     text;
    mesh_group_t  *g;

    for (at = 0; mesh_record_next(log, &at, &text) == MESH_RECORD_GOOD; ) {
        (void) gate_json_object(text, &record);
        (void) mesh_registry_apply(r, record, 1, 1);
        json_decref(record);
    }

    for ( ;; ) {
        g = mesh_registry_changed(r);

        if (g == NULL) {
            break;
        }

        mesh_registry_leave(r, g);
    }
}


static int
same(mesh_registry_t *r, gate_str_t log)
{
    int              rc;
    mesh_out_t       a, b;
    mesh_registry_t  again;

    memset(&a, 0, sizeof(a));
    memset(&b, 0, sizeof(b));

    mesh_registry_init(&again, 99);
    replay(&again, log);

    dump(r, &a);
    dump(&again, &b);

    rc = (a.len == b.len && (a.len == 0 || memcmp(a.data, b.data, a.len) == 0));

    mesh_registry_free(&again);
    mesh_out_free(&a);
    mesh_out_free(&b);

    return rc;
}


static void
logs(void)
{
    int              i, bad;
    mesh_out_t       log, anew;
    mesh_registry_t  r;

    mesh_registry_init(&r, 1);
    memset(&log, 0, sizeof(log));
    bad = 0;

    for (i = 0; i < 2000; i++) {
        change(&r, &log);

        if (i % 50 == 0) {
            bad += !same(&r, gate_str(log.data, log.len));

            memset(&anew, 0, sizeof(anew));
            mesh_registry_save(&r, &anew);
            bad += !same(&r, gate_str(anew.data, anew.len));
            mesh_out_free(&anew);
        }
    }

    is_int(bad, 0, "a log that is read again, or anew, is the same registry");

    mesh_out_free(&log);
    mesh_registry_free(&r);
}


/* whatever a record has, it is refused or done, and never half */

static void
strange(void)
{
    size_t            i;
    json_t           *json;
    mesh_rc_e         rc;
    mesh_registry_t   r;

    static const char *const  rows[] = {
        "{}", "{\"op\":1}", "{\"op\":\"put\"}", "{\"op\":\"have\"}",
        "{\"op\":\"put\",\"node\":\"n\",\"service\":{}}",
        "{\"op\":\"put\",\"node\":\"n\",\"service\":[]}",
        "{\"op\":\"put\",\"node\":\"n\",\"service\":{\"ID\":\"a\",\"Name\":"
        "\"a\"}}",
        "{\"op\":\"put\",\"node\":\"n\",\"service\":{\"ID\":\"a\",\"Name\":"
        "\"a\",\"Address\":\"\",\"Tags\":[],\"Meta\":{},\"Checks\":[1]}}",
        "{\"op\":\"have\",\"node\":\"n\",\"service\":{\"ID\":\"a\",\"Name\":"
        "\"a\",\"Address\":\"\",\"Tags\":[],\"Meta\":{}},\"checks\":[{}]}",
        "{\"op\":\"check\"}", "{\"op\":\"check\",\"node\":\"n\"}",
        "{\"op\":\"index\",\"to\":-5}", "{\"op\":\"index\",\"to\":\"x\"}"
    };

    mesh_registry_init(&r, 1);

    for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        (void) gate_json_object(gate_cstr(rows[i]), &json);
        rc = mesh_registry_apply(&r, json, 1, 1);
        ok(rc != MESH_OK && r.instances.n == 0 && r.checks.n == 0,
           "not done: %s", rows[i]);
        json_decref(json);
    }

    mesh_registry_free(&r);
}


int
main(void)
{
    checks();
    time_passes();
    whose();
    tags();
    logs();
    strange();

    return done_testing();
}
