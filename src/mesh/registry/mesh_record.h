
/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * Records of a log that survives a crash: a line each, with its checksum.
 *
 *     9ae0daaf {"op":"drop","node":"n1","id":"orders-1"}
 *
 * The sum is the CRC-32C of the text, in hexadecimal.  Where the machine went
 * down while a line was written, it is the last one, and does not end.
 */


#ifndef MESH_RECORD_H_INCLUDED_
#define MESH_RECORD_H_INCLUDED_


#include "mesh_out_member.h"


#define MESH_RECORD_HEAD  9                   /* bytes before the text */


typedef enum {
    MESH_RECORD_END = 0,
    MESH_RECORD_GOOD,
    MESH_RECORD_BAD,                          /* a whole line that is none */
    MESH_RECORD_TORN                          /* it has no end */
} mesh_record_e;


/* where the text of a record begins, which is then written to "out" */
size_t mesh_record_begin(mesh_out_t *out);
void mesh_record_end(mesh_out_t *out, size_t begun);

/* the next line of "log", from *at on, which moves behind it */
mesh_record_e mesh_record_next(gate_str_t log, size_t *at, gate_str_t *text);


#endif /* MESH_RECORD_H_INCLUDED_ */
