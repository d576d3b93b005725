/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * Names of fields: the table against a slow second telling of it.  Input: a
 * name, a line break, a name that is reserved in addition.
 */

#include "fuzz.h"
#include "gate_names.h"


/* DECISIONS: families end in "-", "x-lane" is a beginning */

static const char  *families[] = {
    "x-consumer-", "x-credential-", "x-authenticated-", "x-gate-", "x-lane",
    "x-envoy-", "x-istio-", "x-forwarded-", NULL
};

static const char  *names[] = {
    "x-anonymous-consumer", "x-real-ip", "forwarded", "x-client-trace-id",
    "x-request-id", "x-ot-span-context", NULL
};


static unsigned char
fold(unsigned char c)
{
    if (c >= 'A' && c <= 'Z') {
        return (unsigned char) (c + 32);
    }

    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') ? c : '-';
}


static int
is_reserved(const unsigned char *name, size_t len)
{
    size_t  i;

    for (i = 0; families[i] != NULL; i++) {
        if (len >= strlen(families[i])
            && memcmp(name, families[i], strlen(families[i])) == 0)
        {
            return 1;
        }
    }

    for (i = 0; names[i] != NULL; i++) {
        if (len == strlen(names[i]) && memcmp(name, names[i], len) == 0) {
            return 1;
        }
    }

    return 0;
}


int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    size_t       i;
    gate_str_t   name, more, folded;
    gate_name_e  class;

    name = fuzz_split(gate_str(data, size), '\n', &more);
    name = fuzz_copy(name.data, name.len);
    folded = fuzz_copy(name.data, name.len);

    for (i = 0; i < folded.len; i++) {
        folded.data[i] = fold(folded.data[i]);
    }

    class = gate_name_class(name, NULL, 0);

    must(class == gate_name_class(folded, NULL, 0));
    must(!is_reserved(folded.data, folded.len)
         || class == GATE_NAME_RESERVED);
    must(gate_name_eq(name, folded) && gate_name_eq(folded, name));

    if (gate_name_eq(name, more)) {
        must(gate_name_class(name, &more, 1) == GATE_NAME_RESERVED);

    } else {
        must(gate_name_class(name, &more, 1) == class);
    }

    free(folded.data);
    free(name.data);

    return 0;
}
