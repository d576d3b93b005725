/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * Protocol buffers of strangers: the reader stays in the message, and what it
 * found is found again in what the writer makes of it.
 */

#include "fuzz.h"
#include "mesh_pb.h"


/* messages within messages are of one form with texts: both are looked into */

static void
read_all(gate_str_t in, mesh_pb_t *out, int depth)
{
    int               rc;
    mesh_pb_field_t   f;
    mesh_pb_reader_t  r;

    mesh_pb_read(&r, in);

    while ((rc = mesh_pb_next(&r, &f)) == 1) {

        must(f.field >= 1 && f.field <= 536870911);
        must(f.type == 0 || f.type == 1 || f.type == 2 || f.type == 5);

        if (f.type == 2) {
            must(f.s.len <= in.len);
            must(f.s.len == 0
                 || (f.s.data >= in.data
                     && f.s.data + f.s.len <= in.data + in.len));

            mesh_pb_string_always(out, f.field, f.s);

            if (depth < 4) {
                mesh_pb_t  within;

                memset(&within, 0, sizeof(within));
                read_all(f.s, &within, depth + 1);
                mesh_pb_free(&within);
            }

        } else {
            mesh_pb_uint_always(out, f.field, f.n);
        }
    }

    must(rc == 0 || rc == -1);
}


static size_t
count(gate_str_t in, uint64_t *sum)
{
    size_t            n;
    mesh_pb_field_t   f;
    mesh_pb_reader_t  r;

    n = 0;
    mesh_pb_read(&r, in);

    while (mesh_pb_next(&r, &f) == 1) {
        *sum = *sum * 31 + f.field + (f.type == 2 ? f.s.len : f.n);
        n++;
    }

    return n;
}


int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    size_t      n;
    uint64_t    a, b;
    mesh_pb_t   out;
    gate_str_t  in;

    in = fuzz_copy(data, size);
    memset(&out, 0, sizeof(out));

    read_all(in, &out, 0);
    must(!out.failed);

    a = 0;
    b = 0;
    n = count(in, &a);
    must(count(gate_str(out.data, out.len), &b) == n);
    must(a == b);

    mesh_pb_free(&out);
    free(in.data);

    return 0;
}
