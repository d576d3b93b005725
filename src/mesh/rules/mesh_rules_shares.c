
/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * What a rule does with the endpoints there are: where the calls for each
 * version go, and what somebody may not have meant.
 */


#include "mesh_rules.h"


static size_t mesh_rules_usable(const mesh_service_t *s, gate_str_t version);
static void mesh_rules_warn(mesh_out_t *out, int *first, gate_str_t version,
    const char *text);


void
mesh_rules_shares(const mesh_service_t *s, const gate_rule_t *rule,
    mesh_out_t *out)
{
    int         first;
    size_t      i, usable[GATE_RULE_VERSIONS], instead;
    gate_str_t  to;

    first = 1;
    instead = (rule->fallback.len == 0) ? 0
                                        : mesh_rules_usable(s, rule->fallback);

    mesh_out_cstr(out, "\"shares\":[");

    for (i = 0; i < rule->nversions; i++) {
        usable[i] = mesh_rules_usable(s, rule->versions[i]);
        to = (usable[i] == 0 && rule->fallback.len != 0) ? rule->fallback
                                                         : rule->versions[i];

        mesh_out_comma(out, &first);
        mesh_out_cstr(out, "{\"version\":");
        mesh_out_json(out, rule->versions[i]);
        mesh_out_cstr(out, ",\"weight\":");
        mesh_out_uint(out, rule->weights[i]);
        mesh_out_cstr(out, ",\"usable\":");
        mesh_out_uint(out, usable[i]);
        mesh_out_cstr(out, ",\"to\":");
        mesh_out_json(out, to);
        mesh_out_cstr(out, "}");
    }

    mesh_out_cstr(out, "],\"warnings\":[");

    first = 1;

    if (s == NULL) {
        mesh_rules_warn(out, &first, rule->service,
                        "no source knows this service yet");
    }

    for (i = 0; s != NULL && i < rule->nversions; i++) {

        if (usable[i] != 0) {
            continue;
        }

        mesh_rules_warn(out, &first, rule->versions[i],
                        instead != 0
                        ? "no endpoint can be called: the fallback takes its "
                          "calls"
                        : "no endpoint can be called, and there is no "
                          "fallback that can");
    }

    mesh_out_cstr(out, "]");
}


static size_t
mesh_rules_usable(const mesh_service_t *s, gate_str_t version)
{
    size_t                  i, n, usable;
    const mesh_endpoint_t  *e;

    if (s == NULL) {
        return 0;
    }

    usable = 0;
    n = mesh_service_version(s, version, &e);

    for (i = 0; i < n; i++) {
        usable += (e[i].health != MESH_CRITICAL && e[i].weight != 0);
    }

    return usable;
}


/* names have no bytes that JSON escapes */

static void
mesh_rules_warn(mesh_out_t *out, int *first, gate_str_t version,
    const char *text)
{
    mesh_out_comma(out, first);
    mesh_out_cstr(out, "\"");
    mesh_out_add(out, version);
    mesh_out_cstr(out, ": ");
    mesh_out_cstr(out, text);
    mesh_out_cstr(out, "\"");
}
