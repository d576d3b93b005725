
/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * Protocol buffers: the bytes that are written, and readers of what is no
 * message (protobuf.dev, "Encoding").
 */


#include "tap.h"
#include "mesh_pb.h"


static const char *
hex(const mesh_pb_t *pb)
{
    size_t       i;
    static char  text[256];

    text[0] = '\0';

    for (i = 0; i < pb->len && i < 80; i++) {
        sprintf(text + 2 * i, "%02x", pb->data[i]);
    }

    return text;
}


static void
test_write(void)
{
    size_t     outer, inner, i;
    mesh_pb_t  pb;

    memset(&pb, 0, sizeof(pb));

    mesh_pb_uint(&pb, 1, 150);
    mesh_pb_uint(&pb, 2, 0);
    mesh_pb_uint_always(&pb, 2, 0);
    mesh_pb_string(&pb, 3, gate_cstr(""));
    mesh_pb_string(&pb, 16, gate_cstr("testing"));
    is_str(hex(&pb), "089601" "1000" "820107" "74657374696e67",
           "each kind of field, none for zero");
    mesh_pb_free(&pb);

    mesh_pb_uint(&pb, 1, UINT64_MAX);
    is_str(hex(&pb), "08ffffffffffffffffff01", "the largest number");
    mesh_pb_free(&pb);

    outer = mesh_pb_begin(&pb, 1);
    inner = mesh_pb_begin(&pb, 2);
    mesh_pb_end(&pb, inner);
    mesh_pb_uint(&pb, 3, 1);
    mesh_pb_end(&pb, outer);
    is_str(hex(&pb), "0a04" "1200" "1801", "messages within messages");
    mesh_pb_free(&pb);

    outer = mesh_pb_begin(&pb, 1);

    for (i = 0; i < 40; i++) {
        mesh_pb_string(&pb, 1, gate_cstr("eight.by"));
    }

    mesh_pb_end(&pb, outer);
    ok(pb.len == 403 && memcmp(pb.data, "\x0a\x90\x03\x0a", 4) == 0,
       "a length of two bytes is written as two");
    mesh_pb_free(&pb);
}


static void
test_read(void)
{
    size_t            i;
    mesh_pb_field_t   f;
    mesh_pb_reader_t  r;

    static const char  message[] =
        "\x08\x96\x01" "\x12\x03" "abc" "\x1d\x01\x02\x03\x04"
        "\x21\x01\x00\x00\x00\x00\x00\x00\x80";

    static const struct {
        const char   *bytes;
        size_t        len;
        const char   *what;
    } bad[] = {
        { "\x08", 1, "a field without a value" },
        { "\x08\xff\xff\xff\xff\xff\xff\xff\xff\xff\x02", 11,
          "a number of more than 64 bits" },
        { "\x08\x80\x80\x80\x80\x80\x80\x80\x80\x80\x80\x01", 12,
          "a number of eleven bytes" },
        { "\x80", 1, "half a field" },
        { "\x00\x01", 2, "the field 0" },
        { "\x80\x80\x80\x80\x10\x01", 6, "a field beyond 32 bits" },
        { "\x12\x04" "abc", 5, "a string that is cut" },
        { "\x12\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01", 11,
          "a length that wraps" },
        { "\x1d\x01\x02\x03", 4, "four bytes that are three" },
        { "\x21\x01\x02\x03\x04\x05\x06\x07", 8, "eight bytes that are seven" },
        { "\x0b", 1, "a group" }, { "\x0c", 1, "the end of a group" },
        { "\x0e\x01", 2, "the wire type 6" }, { "\x0f\x01", 2, "type 7" }
    };

    mesh_pb_read(&r, gate_str(message, sizeof(message) - 1));

    ok(mesh_pb_next(&r, &f) == 1 && f.field == 1 && f.type == 0 && f.n == 150,
       "a number");
    ok(mesh_pb_next(&r, &f) == 1 && f.field == 2 && f.type == 2
       && gate_str_eq(f.s, gate_cstr("abc")), "a string");
    ok(mesh_pb_next(&r, &f) == 1 && f.field == 3 && f.n == 0x04030201,
       "four bytes");
    ok(mesh_pb_next(&r, &f) == 1 && f.field == 4
       && f.n == 0x8000000000000001ULL, "eight bytes");
    is_int(mesh_pb_next(&r, &f), 0, "the end");
    is_int(mesh_pb_next(&r, &f), 0, "... and again");

    for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        mesh_pb_read(&r, gate_str(bad[i].bytes, bad[i].len));
        is_int(mesh_pb_next(&r, &f), -1, "no message: %s", bad[i].what);
    }
}


int
main(void)
{
    test_write();
    test_read();

    return done_testing();
}
