
/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * One service as a table for people: who is where, and what becomes of its
 * calls.
 */


#include "mesh_status.h"


static void mesh_status_text_names(const char *title, const gate_str_t *names,
    size_t n, mesh_out_t *out);
static void mesh_status_text_endpoint(const mesh_endpoint_t *e,
    mesh_out_t *out);
static void mesh_status_text_rule(const gate_rule_t *rule, mesh_out_t *out);
static void mesh_status_text_cell(gate_str_t s, size_t width,
    mesh_out_t *out);


mesh_rc_e
mesh_status_text(const mesh_state_t *state, gate_str_t name, mesh_out_t *out)
{
    size_t           i;
    mesh_rule_t     *rule;
    mesh_service_t  *s;

    s = mesh_catalog_find(state->catalog, name);
    rule = (mesh_rule_t *) mesh_map_find(state->rules, name);

    if (s == NULL && rule == NULL) {
        return MESH_NONE;
    }

    mesh_out_cstr(out, "service   ");
    mesh_out_add(out, name);
    mesh_out_cstr(out, s == NULL ? "   (no source knows it)\n" : "\n");

    if (s != NULL) {
        mesh_status_text_names("versions ", s->versions, s->nversions, out);
        mesh_status_text_names("hosts    ", s->hosts, s->nhosts, out);
    }

    if (s != NULL && s->path.len != 0) {
        mesh_status_text_names("path     ", &s->path, 1, out);
    }

    if (rule != NULL) {
        mesh_status_text_rule(&rule->rule, out);
    }

    if (s == NULL || s->nendpoints == 0) {
        mesh_out_cstr(out, "no endpoints\n");
        return out->failed ? MESH_NO_MEMORY : MESH_OK;
    }

    mesh_out_cstr(out, "\nHEALTH    VERSION   NODE            ID              "
                       "        WEIGHT  PLACES\n");

    for (i = 0; i < s->nendpoints; i++) {
        mesh_status_text_endpoint(&s->endpoints[i], out);
    }

    return out->failed ? MESH_NO_MEMORY : MESH_OK;
}


static void
mesh_status_text_names(const char *title, const gate_str_t *names, size_t n,
    mesh_out_t *out)
{
    size_t  i;

    if (n == 0) {
        return;
    }

    mesh_out_cstr(out, title);

    for (i = 0; i < n; i++) {
        mesh_out_cstr(out, " ");
        mesh_status_text_cell(names[i], 0, out);
    }

    mesh_out_cstr(out, "\n");
}


static void
mesh_status_text_rule(const gate_rule_t *rule, mesh_out_t *out)
{
    size_t  i;

    mesh_out_cstr(out, "rule      epoch ");
    mesh_out_uint(out, rule->epoch);
    mesh_out_cstr(out, ":");

    for (i = 0; i < rule->nversions; i++) {
        mesh_out_cstr(out, " ");
        mesh_out_add(out, rule->versions[i]);
        mesh_out_cstr(out, "=");
        mesh_out_uint(out, rule->weights[i]);
    }

    if (rule->fallback.len != 0) {
        mesh_out_cstr(out, " fallback ");
        mesh_out_add(out, rule->fallback);
    }

    mesh_out_cstr(out, "\n");
}


static void
mesh_status_text_endpoint(const mesh_endpoint_t *e, mesh_out_t *out)
{
    size_t         i, begun;
    unsigned char  text[MESH_ADDRESS_TEXT];

    mesh_status_text_cell(gate_cstr(mesh_status_health(e->health)), 10, out);
    mesh_status_text_cell(e->version, 10, out);
    mesh_status_text_cell(e->node, 16, out);
    mesh_status_text_cell(e->id, 24, out);

    begun = out->len;
    mesh_out_uint(out, e->weight);

    while (!out->failed && out->len < begun + 8) {
        mesh_out_cstr(out, " ");
    }

    for (i = 0; i < e->naddresses; i++) {
        mesh_out_cstr(out, i == 0 ? "" : " ");
        mesh_out_cstr(out, e->addresses[i].family == 6 ? "[" : "");
        mesh_out_add(out, gate_str(text, mesh_address_text(&e->addresses[i],
                                                           text)));
        mesh_out_cstr(out, e->addresses[i].family == 6 ? "]:" : ":");
        mesh_out_uint(out, e->port);

        if (e->addresses[i].plane.len != 0) {
            mesh_out_cstr(out, "(");
            mesh_status_text_cell(e->addresses[i].plane, 0, out);
            mesh_out_cstr(out, ")");
        }
    }

    mesh_out_cstr(out, "\n");
}


/* padded to "width"; control bytes of strangers do not reach a terminal */

static void
mesh_status_text_cell(gate_str_t s, size_t width, mesh_out_t *out)
{
    size_t         i;
    unsigned char  c;

    for (i = 0; i < s.len; i++) {
        c = s.data[i];

        if (c < ' ' || c == 0x7f) {
            c = '?';
        }

        mesh_out_add(out, gate_str(&c, 1));
    }

    while (!out->failed && width != 0 && i < width - 1) {
        mesh_out_cstr(out, " ");
        i++;
    }

    if (width != 0) {
        mesh_out_cstr(out, " ");
    }
}
