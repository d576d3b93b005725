
/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * Records of a log that survives a crash: a line each, with its checksum.
 */


#include "gate_crc32c.h"
#include "mesh_record.h"


static void mesh_record_sum(gate_str_t text, unsigned char *dst);


size_t
mesh_record_begin(mesh_out_t *out)
{
    mesh_out_cstr(out, "00000000 ");

    return out->len;
}


void
mesh_record_end(mesh_out_t *out, size_t begun)
{
    if (out->failed) {
        return;
    }

    mesh_record_sum(gate_str(out->data + begun, out->len - begun),
                    out->data + begun - MESH_RECORD_HEAD);
    mesh_out_cstr(out, "\n");
}


mesh_record_e
mesh_record_next(gate_str_t log, size_t *at, gate_str_t *text)
{
    size_t                len;
    unsigned char         sum[MESH_RECORD_HEAD];
    const unsigned char  *p, *end;

    p = log.data + *at;
    len = log.len - *at;

    if (len == 0) {
        return MESH_RECORD_END;
    }

    end = memchr(p, '\n', len);

    if (end == NULL) {
        *at = log.len;
        return MESH_RECORD_TORN;
    }

    len = end - p;
    *at += len + 1;

    if (len < MESH_RECORD_HEAD) {
        return MESH_RECORD_BAD;
    }

    *text = gate_str(p + MESH_RECORD_HEAD, len - MESH_RECORD_HEAD);

    mesh_record_sum(*text, sum);
    sum[MESH_RECORD_HEAD - 1] = ' ';

    return memcmp(p, sum, MESH_RECORD_HEAD) == 0 ? MESH_RECORD_GOOD
                                                 : MESH_RECORD_BAD;
}


static void
mesh_record_sum(gate_str_t text, unsigned char *dst)
{
    int       i;
    uint32_t  crc;

    crc = gate_crc32c(0, text.data, text.len);

    for (i = 0; i < MESH_RECORD_HEAD - 1; i++) {
        dst[i] = "0123456789abcdef"[crc >> 28];
        crc <<= 4;
    }
}
