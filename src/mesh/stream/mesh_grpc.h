
/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * Messages of gRPC over HTTP/2: a flag, a length of four bytes, the message.
 */


#ifndef MESH_GRPC_H_INCLUDED_
#define MESH_GRPC_H_INCLUDED_


#include "mesh_pb.h"


#define MESH_GRPC_HEAD  5
#define MESH_GRPC_MAX   (16 * 1024 * 1024)    /* bytes of one from a client */


/* all zero: at the beginning */

typedef struct {
    unsigned char          head[MESH_GRPC_HEAD];
    size_t                 nhead;
    mesh_pb_t              body;
    size_t                 left;
} mesh_grpc_reader_t;


/*
 * Takes bytes of "in" until a message is whole.  1: *message views it, until
 * the next call; 0: all was taken; -1: it is compressed or too long, or there
 * is no memory.
 */
int mesh_grpc_read(mesh_grpc_reader_t *r, gate_str_t *in,
    gate_str_t *message);
void mesh_grpc_free(mesh_grpc_reader_t *r);

/* the head for what is written behind it, of which the length is told later */
size_t mesh_grpc_begin(mesh_pb_t *pb);
void mesh_grpc_end(mesh_pb_t *pb, size_t begun);


#endif /* MESH_GRPC_H_INCLUDED_ */
