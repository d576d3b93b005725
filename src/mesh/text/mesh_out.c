
/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * Text of any length that grows: what pages and files of the mesh are written
 * into.
 */


#include <stdlib.h>

#include "mesh_out.h"
#include "gate_text.h"


#define MESH_OUT_FIRST   4096

/* U+FFFD for a byte, \u001f for another one: at most six bytes each */
#define MESH_OUT_ESCAPE  6


static int mesh_out_room(mesh_out_t *out, size_t n);


void
mesh_out_free(mesh_out_t *out)
{
    free(out->data);
    memset(out, 0, sizeof(mesh_out_t));
}


void
mesh_out_add(mesh_out_t *out, gate_str_t s)
{
    if (s.len == 0 || !mesh_out_room(out, s.len)) {
        return;
    }

    memcpy(out->data + out->len, s.data, s.len);
    out->len += s.len;
}


void
mesh_out_cstr(mesh_out_t *out, const char *s)
{
    mesh_out_add(out, gate_cstr(s));
}


void
mesh_out_uint(mesh_out_t *out, uint64_t n)
{
    unsigned char  *p;

    if (!mesh_out_room(out, 20)) {
        return;
    }

    p = out->data + out->len;
    out->len += (size_t) (gate_text_digits(p, n) - p);
}


void
mesh_out_json(mesh_out_t *out, gate_str_t s)
{
    gate_text_t  t;

    if (!mesh_out_room(out, s.len * MESH_OUT_ESCAPE + 2)) {
        return;
    }

    gate_text_init(&t, out->data + out->len, out->size - out->len);
    gate_text_json(&t, s);

    out->len += (size_t) (t.last - t.start);
}


void
mesh_out_label(mesh_out_t *out, gate_str_t s)
{
    gate_text_t  t;

    if (!mesh_out_room(out, s.len * MESH_OUT_ESCAPE)) {
        return;
    }

    gate_text_init(&t, out->data + out->len, out->size - out->len);
    gate_text_label(&t, s);

    out->len += (size_t) (t.last - t.start);
}


void
mesh_out_comma(mesh_out_t *out, int *first)
{
    if (!*first) {
        mesh_out_cstr(out, ",");
    }

    *first = 0;
}


static int
mesh_out_room(mesh_out_t *out, size_t n)
{
    size_t          size;
    unsigned char  *data;

    if (out->failed) {
        return 0;
    }

    if (n <= out->size - out->len) {
        return 1;
    }

    size = (out->size == 0) ? MESH_OUT_FIRST : out->size * 2;

    while (size - out->len < n) {
        size *= 2;
    }

    data = realloc(out->data, size);

    if (data == NULL) {
        out->failed = 1;
        return 0;
    }

    out->data = data;
    out->size = size;

    return 1;
}
