
/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * What is wrong with a JSON text: the member, by JSON Pointer (RFC 6901), and
 * a sentence's end.
 */


#include <stdio.h>

#include "mesh_fault.h"


#define MESH_FAULT_NAME  64                   /* bytes of a name, of more */


/* the pointer is cut rather than too long: people read it */

size_t
mesh_fault_down(mesh_fault_t *f, gate_str_t name)
{
    size_t         i, len;
    unsigned char  c;

    len = f->len;

    if (f->len + 2 * MESH_FAULT_NAME + 2 > MESH_FAULT_POINTER) {
        return len;
    }

    f->pointer[f->len++] = '/';

    for (i = 0; i < name.len && i < MESH_FAULT_NAME; i++) {
        c = name.data[i];

        if (c == '~' || c == '/') {
            f->pointer[f->len++] = '~';
            c = (c == '~') ? '0' : '1';
        }

        f->pointer[f->len++] = (char) c;
    }

    f->pointer[f->len] = '\0';

    return len;
}


size_t
mesh_fault_down_to(mesh_fault_t *f, size_t element)
{
    char  name[24];

    (void) snprintf(name, sizeof(name), "%zu", element);

    return mesh_fault_down(f, gate_cstr(name));
}


void
mesh_fault_back(mesh_fault_t *f, size_t len)
{
    f->len = len;
    f->pointer[len] = '\0';
}


int
mesh_fault(mesh_fault_t *f, const char *text)
{
    (void) snprintf(f->text, sizeof(f->text), "%s", text);

    return 0;
}


int
mesh_fault_at(mesh_fault_t *f, const char *name, const char *text)
{
    (void) mesh_fault_down(f, gate_cstr(name));

    return mesh_fault(f, text);
}
