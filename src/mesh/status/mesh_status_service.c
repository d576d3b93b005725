
/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * One service in full: where it is, who is beside it in the same process, and
 * which share of calls each version gets.
 */


#include "mesh_status.h"
#include "mesh_rules.h"


/* names beside an endpoint that are told */
#define MESH_STATUS_BESIDE  64


static void mesh_status_facts(const mesh_service_t *s, mesh_out_t *out);
static void mesh_status_names(const gate_str_t *names, size_t n,
    mesh_out_t *out);
static void mesh_status_policy(const mesh_policy_t *policy, mesh_out_t *out);
static void mesh_status_endpoint(const mesh_state_t *state,
    const mesh_service_t *s, const mesh_endpoint_t *e, mesh_out_t *out);
static void mesh_status_beside(const mesh_state_t *state,
    const mesh_service_t *s, const mesh_endpoint_t *e, mesh_out_t *out);
static int mesh_status_is_at(const mesh_service_t *s,
    const mesh_endpoint_t *e);


mesh_rc_e
mesh_status_service(const mesh_state_t *state, gate_str_t name,
    mesh_out_t *out)
{
    int              first;
    size_t           i;
    mesh_rule_t     *rule;
    mesh_service_t  *s;

    s = mesh_catalog_find(state->catalog, name);
    rule = (mesh_rule_t *) mesh_map_find(state->rules, name);

    if (s == NULL && rule == NULL) {
        return MESH_NONE;
    }

    first = 1;

    mesh_out_cstr(out, "{\"known\":");
    mesh_out_cstr(out, s != NULL ? "true" : "false");

    if (s != NULL) {
        mesh_status_facts(s, out);
    }

    mesh_out_cstr(out, ",\"endpoints\":[");

    for (i = 0; s != NULL && i < s->nendpoints; i++) {
        mesh_out_comma(out, &first);
        mesh_status_endpoint(state, s, &s->endpoints[i], out);
    }

    mesh_out_cstr(out, "]");

    if (rule != NULL) {
        mesh_out_cstr(out, ",\"epoch\":");
        mesh_out_uint(out, rule->rule.epoch);
        mesh_out_cstr(out, ",");
        mesh_rules_shares(s, &rule->rule, out);
    }

    mesh_out_cstr(out, "}");

    return out->failed ? MESH_NO_MEMORY : MESH_OK;
}


static void
mesh_status_facts(const mesh_service_t *s, mesh_out_t *out)
{
    static const char *const  protocols[] = { "http", "http2", "grpc", "tcp" };

    mesh_out_cstr(out, ",\"protocol\":\"");
    mesh_out_cstr(out, protocols[s->protocol]);
    mesh_out_cstr(out, "\",\"path\":");
    mesh_out_json(out, s->path);
    mesh_out_cstr(out, ",\"hosts\":");
    mesh_status_names(s->hosts, s->nhosts, out);
    mesh_out_cstr(out, ",\"versions\":");
    mesh_status_names(s->versions, s->nversions, out);
    mesh_status_policy(&s->policy, out);
}


static void
mesh_status_names(const gate_str_t *names, size_t n, mesh_out_t *out)
{
    int     first;
    size_t  i;

    first = 1;
    mesh_out_cstr(out, "[");

    for (i = 0; i < n; i++) {
        mesh_out_comma(out, &first);
        mesh_out_json(out, names[i]);
    }

    mesh_out_cstr(out, "]");
}


/* what is not said is left out */

static void
mesh_status_policy(const mesh_policy_t *policy, mesh_out_t *out)
{
    int     first;
    size_t  i;

    const struct {
        const char  *name;
        uint32_t     n;
    } numbers[] = {
        { "\"timeout_ms\":", policy->timeout_ms },
        { "\"idle_ms\":", policy->idle_ms },
        { "\"retries\":", policy->retries },
        { "\"rate\":", policy->rate },
        { "\"burst\":", policy->burst },
        { "\"connections\":", policy->connections }
    };

    first = 1;
    mesh_out_cstr(out, ",\"policy\":{");

    for (i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++) {

        if (numbers[i].n != 0) {
            mesh_out_comma(out, &first);
            mesh_out_cstr(out, numbers[i].name);
            mesh_out_uint(out, numbers[i].n);
        }
    }

    if (policy->nallow != 0) {
        mesh_out_comma(out, &first);
        mesh_out_name(out, "allow");
        mesh_out_uint(out, policy->nallow);
    }

    mesh_out_cstr(out, "}");
}


static void
mesh_status_endpoint(const mesh_state_t *state, const mesh_service_t *s,
    const mesh_endpoint_t *e, mesh_out_t *out)
{
    int            first;
    size_t         i;
    unsigned char  text[MESH_ADDRESS_TEXT];

    mesh_out_cstr(out, "{\"id\":");
    mesh_out_json(out, e->id);
    mesh_out_cstr(out, ",\"node\":");
    mesh_out_json(out, e->node);
    mesh_out_cstr(out, ",\"process\":");
    mesh_out_json(out, e->process);
    mesh_out_cstr(out, ",\"version\":");
    mesh_out_json(out, e->version);
    mesh_out_cstr(out, ",\"health\":\"");
    mesh_out_cstr(out, mesh_status_health(e->health));
    mesh_out_cstr(out, "\",\"weight\":");
    mesh_out_uint(out, e->weight);
    mesh_out_cstr(out, ",\"port\":");
    mesh_out_uint(out, e->port);
    mesh_out_cstr(out, ",\"addresses\":[");

    first = 1;

    for (i = 0; i < e->naddresses; i++) {
        mesh_out_comma(out, &first);
        mesh_out_cstr(out, "{\"address\":");
        mesh_out_json(out, gate_str(text, mesh_address_text(&e->addresses[i],
                                                            text)));
        mesh_out_cstr(out, ",\"plane\":");
        mesh_out_json(out, e->addresses[i].plane);
        mesh_out_cstr(out, "}");
    }

    mesh_out_cstr(out, "],\"beside\":[");
    mesh_status_beside(state, s, e, out);
    mesh_out_cstr(out, "]}");
}


/* other services at the same address and port: the same process */

static void
mesh_status_beside(const mesh_state_t *state, const mesh_service_t *s,
    const mesh_endpoint_t *e, mesh_out_t *out)
{
    int              first;
    size_t           i, told;
    mesh_place_t    *place;
    mesh_service_t  *other;

    place = (e->naddresses == 0) ? NULL
                                 : mesh_catalog_at(state->catalog,
                                                   &e->addresses[0]);
    if (place == NULL) {
        return;
    }

    first = 1;
    told = 0;

    for (i = 0; i < place->n && told < MESH_STATUS_BESIDE; i++) {

        if (gate_str_eq(place->services[i], s->item.name)) {
            continue;
        }

        other = mesh_catalog_find(state->catalog, place->services[i]);

        if (other != NULL && mesh_status_is_at(other, e)) {
            mesh_out_comma(out, &first);
            mesh_out_json(out, other->item.name);
            told++;
        }
    }
}


static int
mesh_status_is_at(const mesh_service_t *s, const mesh_endpoint_t *e)
{
    size_t  i, k;

    for (i = 0; i < s->nendpoints; i++) {

        if (s->endpoints[i].port != e->port) {
            continue;
        }

        for (k = 0; k < s->endpoints[i].naddresses; k++) {
            if (mesh_address_same(&s->endpoints[i].addresses[k],
                                  &e->addresses[0]))
            {
                return 1;
            }
        }
    }

    return 0;
}
