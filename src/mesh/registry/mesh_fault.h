
/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * What is wrong with a JSON text: the member, by JSON Pointer (RFC 6901), and
 * a sentence's end: "must be a string".
 */


#ifndef MESH_FAULT_H_INCLUDED_
#define MESH_FAULT_H_INCLUDED_


#include "gate_str.h"


#define MESH_FAULT_POINTER  256
#define MESH_FAULT_TEXT     256


/* "pointer" is where a reader is; all zero: at the whole text */

typedef struct {
    size_t                 len;
    char                   pointer[MESH_FAULT_POINTER];
    char                   text[MESH_FAULT_TEXT];
} mesh_fault_t;


/* down to a member or an element; the length to go back to */
size_t mesh_fault_down(mesh_fault_t *f, gate_str_t name);
size_t mesh_fault_down_to(mesh_fault_t *f, size_t element);
void mesh_fault_back(mesh_fault_t *f, size_t len);

/* what is wrong where the reader is; gives 0 */
int mesh_fault(mesh_fault_t *f, const char *text);
/* the same of a member, which may not be there */
int mesh_fault_at(mesh_fault_t *f, const char *name, const char *text);


#endif /* MESH_FAULT_H_INCLUDED_ */
