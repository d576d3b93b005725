
/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * gRPC over HTTP/2: what tells a call, and how a refusal is told there.
 */


#include "gate_grpc.h"


typedef struct {
    unsigned               status;
    unsigned               code;
} gate_grpc_row_t;


/*
 * As google.rpc.Code has it, not as clients guess at answers of proxies that
 * know no gRPC: those take 429 for 14, and so try again at once.
 */

static const gate_grpc_row_t  gate_grpc_rows[] = {
    { 400, 3 },                           /* INVALID_ARGUMENT */
    { 401, 16 },                          /* UNAUTHENTICATED */
    { 403, 7 },                           /* PERMISSION_DENIED */
    { 404, 12 },                          /* UNIMPLEMENTED */
    { 405, 12 },
    { 408, 4 },                           /* DEADLINE_EXCEEDED */
    { 409, 10 },                          /* ABORTED */
    { 410, 12 },
    { 411, 3 },
    { 412, 9 },                           /* FAILED_PRECONDITION */
    { 413, 8 },                           /* RESOURCE_EXHAUSTED */
    { 414, 3 },
    { 415, 3 },
    { 422, 3 },
    { 429, 8 },
    { 431, 8 },
    { 499, 1 },                           /* CANCELLED */
    { 500, 13 },                          /* INTERNAL */
    { 501, 12 },
    { 502, 14 },                          /* UNAVAILABLE */
    { 503, 14 },
    { 504, GATE_GRPC_DEADLINE_EXCEEDED },
    { 0, 0 }
};


int
gate_grpc_is(gate_str_t type)
{
    gate_str_t  name = gate_cstr("application/grpc");

    if (!gate_str_begins_nocase(type, name)) {
        return 0;
    }

    if (type.len == name.len) {
        return 1;
    }

    switch (type.data[name.len]) {

    case '+':
    case ';':
    case ' ':
    case '\t':
        return 1;

    default:
        return 0;
    }
}


unsigned
gate_grpc_code(unsigned status)
{
    const gate_grpc_row_t  *row;

    for (row = gate_grpc_rows; row->status != 0; row++) {
        if (row->status == status) {
            return row->code;
        }
    }

    return GATE_GRPC_UNKNOWN;
}


unsigned
gate_grpc_read(gate_str_t value)
{
    size_t    i;
    unsigned  code;

    if (value.len == 0 || value.len > 2) {
        return GATE_GRPC_UNKNOWN;
    }

    for (i = 0, code = 0; i < value.len; i++) {

        if (value.data[i] < '0' || value.data[i] > '9') {
            return GATE_GRPC_UNKNOWN;
        }

        code = code * 10 + (value.data[i] - '0');
    }

    return (code <= GATE_GRPC_CODES) ? code : GATE_GRPC_UNKNOWN;
}


unsigned char *
gate_grpc_message(unsigned char *dst, gate_str_t text)
{
    size_t         i;
    unsigned char  c;

    static const char  hex[] = "0123456789ABCDEF";

    for (i = 0; i < text.len; i++) {
        c = text.data[i];

        if (c >= 0x20 && c <= 0x7e && c != '%') {
            *dst++ = c;
            continue;
        }

        *dst++ = '%';
        *dst++ = hex[c >> 4];
        *dst++ = hex[c & 15];
    }

    return dst;
}
