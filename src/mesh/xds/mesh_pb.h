
/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * Protocol buffers by hand: a writer into one growing buffer and a reader of
 * fields (protobuf.dev, "Encoding").
 */


#ifndef MESH_PB_H_INCLUDED_
#define MESH_PB_H_INCLUDED_


#include "gate_str.h"


/* all zero: empty; "failed" stays once memory was not to be had */

typedef struct {
    unsigned char         *data;
    size_t                 len;
    size_t                 size;
    int                    failed;
} mesh_pb_t;


void mesh_pb_free(mesh_pb_t *pb);

/* as they are; 0: there is no memory */
int mesh_pb_bytes(mesh_pb_t *pb, gate_str_t s);

/* proto3: nothing is written for 0, false and empty strings, but by _always */
void mesh_pb_uint(mesh_pb_t *pb, unsigned field, uint64_t n);
void mesh_pb_uint_always(mesh_pb_t *pb, unsigned field, uint64_t n);
void mesh_pb_string(mesh_pb_t *pb, unsigned field, gate_str_t s);
void mesh_pb_string_always(mesh_pb_t *pb, unsigned field, gate_str_t s);

/* a message within: what is written between the two is in it */
size_t mesh_pb_begin(mesh_pb_t *pb, unsigned field);
void mesh_pb_end(mesh_pb_t *pb, size_t begun);


/* a view that moves over the fields of one message */

typedef struct {
    const unsigned char   *p;
    const unsigned char   *end;
} mesh_pb_reader_t;


typedef struct {
    unsigned               field;
    unsigned               type;              /* wire type 0, 1, 2, 5 */
    uint64_t               n;                 /* of types 0, 1, 5 */
    gate_str_t             s;                 /* of type 2 */
} mesh_pb_field_t;


void mesh_pb_read(mesh_pb_reader_t *r, gate_str_t message);

/* 1: a field; 0: the message ends; -1: it is none */
int mesh_pb_next(mesh_pb_reader_t *r, mesh_pb_field_t *f);


#endif /* MESH_PB_H_INCLUDED_ */
