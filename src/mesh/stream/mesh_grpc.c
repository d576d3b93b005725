
/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * Messages of gRPC over HTTP/2: a flag, a length of four bytes, the message.
 */


#include "mesh_grpc.h"


int
mesh_grpc_read(mesh_grpc_reader_t *r, gate_str_t *in, gate_str_t *message)
{
    size_t  n;

    if (r->nhead == MESH_GRPC_HEAD && r->left == 0) {
        /* the one before was taken */
        r->nhead = 0;
    }

    while (r->nhead < MESH_GRPC_HEAD) {

        if (in->len == 0) {
            return 0;
        }

        r->head[r->nhead++] = *in->data++;
        in->len--;

        if (r->nhead < MESH_GRPC_HEAD) {
            continue;
        }

        r->left = (size_t) r->head[1] << 24 | (size_t) r->head[2] << 16
                  | (size_t) r->head[3] << 8 | (size_t) r->head[4];

        if (r->head[0] != 0 || r->left > MESH_GRPC_MAX) {
            return -1;
        }

        r->body.len = 0;
    }

    n = (in->len < r->left) ? in->len : r->left;

    if (!mesh_pb_bytes(&r->body, gate_str(in->data, n))) {
        return -1;
    }

    in->data += n;
    in->len -= n;
    r->left -= n;

    if (r->left != 0) {
        return 0;
    }

    *message = gate_str(r->body.data, r->body.len);

    return 1;
}


void
mesh_grpc_free(mesh_grpc_reader_t *r)
{
    mesh_pb_free(&r->body);
}


size_t
mesh_grpc_begin(mesh_pb_t *pb)
{
    (void) mesh_pb_bytes(pb, gate_str("\0\0\0\0", MESH_GRPC_HEAD));

    return pb->len;
}


void
mesh_grpc_end(mesh_pb_t *pb, size_t begun)
{
    size_t          n;
    unsigned char  *p;

    if (pb->failed) {
        return;
    }

    n = pb->len - begun;
    p = pb->data + begun - 4;

    p[0] = (unsigned char) (n >> 24);
    p[1] = (unsigned char) (n >> 16);
    p[2] = (unsigned char) (n >> 8);
    p[3] = (unsigned char) n;
}
