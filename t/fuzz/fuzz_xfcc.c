
/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * X-Forwarded-Client-Cert, and the names that are made of it: no byte outside
 * of the field is read, what is found lies in it, and names are of the form
 * that a configuration can have.
 */


#include "fuzz.h"
#include "gate_cert.h"


static void
within(gate_str_t field, gate_str_t part)
{
    must(part.len == 0
         || (part.data >= field.data
             && part.data + part.len <= field.data + field.len));
}


static void
names(const gate_xfcc_t *x)
{
    size_t         i, n;
    unsigned char  dst[GATE_CERT_TEXT];

    static gate_cert_t  c;

    if (x->cert.len != 0) {
        (void) gate_cert_pem(&c, x->cert);
    }

    if (!gate_cert_told(&c, x)) {
        return;
    }

    must(c.n != 0 && c.n <= GATE_CERT_NAMES && c.used <= GATE_CERT_TEXT);

    for (i = 0; i < c.n; i++) {
        n = gate_cert_name(c.names[i], dst);
        must(gate_str_eq(gate_str(dst, n), c.names[i]));
    }
}


int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    size_t       i;
    gate_str_t   in;
    gate_xfcc_t  x;

    in = fuzz_copy(data, size);

    if (gate_xfcc_last(in, &x)) {

        within(in, x.hash);
        within(in, x.cert);
        within(in, x.subject);

        for (i = 0; i < x.nuri; i++) {
            within(in, x.uri[i]);
        }

        for (i = 0; i < x.ndns; i++) {
            within(in, x.dns[i]);
        }

        names(&x);
    }

    free(in.data);

    return 0;
}
