
/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * Protocol buffers by hand: a writer into one growing buffer and a reader of
 * fields (protobuf.dev, "Encoding").
 */


#include <stdlib.h>

#include "mesh_pb.h"


#define MESH_PB_VARINT   0
#define MESH_PB_64       1
#define MESH_PB_BYTES    2
#define MESH_PB_32       5

#define MESH_PB_LEN_MAX  5                    /* bytes of a length, 32 bits */


static unsigned char *mesh_pb_room(mesh_pb_t *pb, size_t n);
static void mesh_pb_varint(mesh_pb_t *pb, uint64_t n);
static size_t mesh_pb_varint_write(unsigned char *dst, uint64_t n);
static int mesh_pb_varint_read(mesh_pb_reader_t *r, uint64_t *n);
static int mesh_pb_fixed_read(mesh_pb_reader_t *r, size_t size, uint64_t *n);


void
mesh_pb_free(mesh_pb_t *pb)
{
    free(pb->data);
    memset(pb, 0, sizeof(mesh_pb_t));
}


int
mesh_pb_bytes(mesh_pb_t *pb, gate_str_t s)
{
    unsigned char  *p;

    if (s.len == 0) {
        return !pb->failed;
    }

    p = mesh_pb_room(pb, s.len);

    if (p == NULL) {
        return 0;
    }

    gate_str_copy(p, s);
    pb->len += s.len;

    return 1;
}


void
mesh_pb_uint(mesh_pb_t *pb, unsigned field, uint64_t n)
{
    if (n != 0) {
        mesh_pb_uint_always(pb, field, n);
    }
}


void
mesh_pb_uint_always(mesh_pb_t *pb, unsigned field, uint64_t n)
{
    mesh_pb_varint(pb, (uint64_t) field << 3 | MESH_PB_VARINT);
    mesh_pb_varint(pb, n);
}


void
mesh_pb_string(mesh_pb_t *pb, unsigned field, gate_str_t s)
{
    if (s.len != 0) {
        mesh_pb_string_always(pb, field, s);
    }
}


void
mesh_pb_string_always(mesh_pb_t *pb, unsigned field, gate_str_t s)
{
    mesh_pb_varint(pb, (uint64_t) field << 3 | MESH_PB_BYTES);
    mesh_pb_varint(pb, s.len);
    (void) mesh_pb_bytes(pb, s);
}


/*
 * The length is written when it is known: what is behind it is moved then by
 * the bytes that were kept in vain, as the shortest form is the one that
 * others write.
 */

size_t
mesh_pb_begin(mesh_pb_t *pb, unsigned field)
{
    mesh_pb_varint(pb, (uint64_t) field << 3 | MESH_PB_BYTES);

    if (mesh_pb_room(pb, MESH_PB_LEN_MAX) == NULL) {
        return pb->len;
    }

    pb->len += MESH_PB_LEN_MAX;

    return pb->len;
}


void
mesh_pb_end(mesh_pb_t *pb, size_t begun)
{
    size_t          len, n;
    unsigned char  *p;

    if (pb->failed) {
        return;
    }

    len = pb->len - begun;
    p = pb->data + begun - MESH_PB_LEN_MAX;

    n = mesh_pb_varint_write(p, len);
    memmove(p + n, pb->data + begun, len);

    pb->len -= MESH_PB_LEN_MAX - n;
}


void
mesh_pb_read(mesh_pb_reader_t *r, gate_str_t message)
{
    r->p = message.data;
    r->end = message.data + message.len;
}


int
mesh_pb_next(mesh_pb_reader_t *r, mesh_pb_field_t *f)
{
    uint64_t  n;

    if (r->p == r->end) {
        return 0;
    }

    if (!mesh_pb_varint_read(r, &n) || n >> 3 == 0 || n >> 32 != 0) {
        return -1;
    }

    f->field = (unsigned) (n >> 3);
    f->type = (unsigned) (n & 7);
    f->n = 0;
    f->s = gate_str(NULL, 0);

    switch (f->type) {

    case MESH_PB_VARINT:
        return mesh_pb_varint_read(r, &f->n) ? 1 : -1;

    case MESH_PB_64:
        return mesh_pb_fixed_read(r, 8, &f->n) ? 1 : -1;

    case MESH_PB_32:
        return mesh_pb_fixed_read(r, 4, &f->n) ? 1 : -1;

    case MESH_PB_BYTES:
        if (!mesh_pb_varint_read(r, &n) || n > (uint64_t) (r->end - r->p)) {
            return -1;
        }

        f->s = gate_str(r->p, (size_t) n);
        r->p += n;

        return 1;

    default:
        return -1;
    }
}


/* "n" bytes behind what is there; NULL: there is no memory */

static unsigned char *
mesh_pb_room(mesh_pb_t *pb, size_t n)
{
    size_t          size;
    unsigned char  *data;

    if (pb->failed) {
        return NULL;
    }

    if (pb->size - pb->len < n) {
        size = (pb->len + n) * 2 + 64;

        data = realloc(pb->data, size);

        if (data == NULL) {
            pb->failed = 1;
            return NULL;
        }

        pb->data = data;
        pb->size = size;
    }

    return pb->data + pb->len;
}


static void
mesh_pb_varint(mesh_pb_t *pb, uint64_t n)
{
    unsigned char  *p;

    p = mesh_pb_room(pb, 10);

    if (p != NULL) {
        pb->len += mesh_pb_varint_write(p, n);
    }
}


static size_t
mesh_pb_varint_write(unsigned char *dst, uint64_t n)
{
    size_t  i;

    for (i = 0; n > 0x7f; i++) {
        dst[i] = (unsigned char) (n | 0x80);
        n >>= 7;
    }

    dst[i] = (unsigned char) n;

    return i + 1;
}


static int
mesh_pb_varint_read(mesh_pb_reader_t *r, uint64_t *n)
{
    unsigned       shift;
    unsigned char  c;

    *n = 0;

    for (shift = 0; shift < 70 && r->p < r->end; shift += 7) {
        c = *r->p++;

        if (shift == 63 && c > 1) {
            return 0;
        }

        *n |= (uint64_t) (c & 0x7f) << shift;

        if ((c & 0x80) == 0) {
            return 1;
        }
    }

    return 0;
}


static int
mesh_pb_fixed_read(mesh_pb_reader_t *r, size_t size, uint64_t *n)
{
    size_t  i;

    if ((size_t) (r->end - r->p) < size) {
        return 0;
    }

    for (i = 0; i < size; i++) {
        *n |= (uint64_t) r->p[i] << 8 * i;
    }

    r->p += size;

    return 1;
}
