
/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * Members of JSON objects, with their commas.
 */


#include "mesh_out_member.h"


void
mesh_out_next(mesh_out_t *out)
{
    unsigned char  c;

    if (out->len == 0) {
        return;
    }

    c = out->data[out->len - 1];

    if (c != '{' && c != '[') {
        mesh_out_cstr(out, ",");
    }
}


void
mesh_out_member(mesh_out_t *out, const char *name, gate_str_t s)
{
    mesh_out_raw(out, name, gate_str(NULL, 0));
    mesh_out_json(out, s);
}


void
mesh_out_number(mesh_out_t *out, const char *name, uint64_t n)
{
    mesh_out_raw(out, name, gate_str(NULL, 0));
    mesh_out_uint(out, n);
}


/* the name is ours, and needs no escape */

void
mesh_out_raw(mesh_out_t *out, const char *name, gate_str_t json)
{
    mesh_out_next(out);
    mesh_out_cstr(out, "\"");
    mesh_out_cstr(out, name);
    mesh_out_cstr(out, "\":");
    mesh_out_add(out, json);
}
