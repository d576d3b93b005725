
/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * Text of any length that grows: what pages and files of the mesh are written
 * into.
 */


#ifndef MESH_OUT_H_INCLUDED_
#define MESH_OUT_H_INCLUDED_


#include "gate_str.h"


/* all zero: empty; "failed" stays once memory was not to be had */

typedef struct {
    unsigned char         *data;
    size_t                 len;
    size_t                 size;
    int                    failed;
} mesh_out_t;


void mesh_out_free(mesh_out_t *out);

void mesh_out_add(mesh_out_t *out, gate_str_t s);
void mesh_out_cstr(mesh_out_t *out, const char *s);
void mesh_out_uint(mesh_out_t *out, uint64_t n);

/* a string of JSON with its quotes, see gate_text_json() */
void mesh_out_json(mesh_out_t *out, gate_str_t s);

/* inside the quotes of a label of Prometheus */
void mesh_out_label(mesh_out_t *out, gate_str_t s);

/* "," if something of its list stands before: *first becomes 0 */
void mesh_out_comma(mesh_out_t *out, int *first);


/* "NAME": of an object, a literal that needs no escape */

#define mesh_out_name(out, name)  mesh_out_cstr(out, "\"" name "\":")


static inline gate_str_t
mesh_out_text(const mesh_out_t *out)
{
    return gate_str(out->data, out->len);
}


#endif /* MESH_OUT_H_INCLUDED_ */
