/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * The marker of a sidecar, which a service can send where routes let it.
 */

#include "fuzz.h"
#include "gate_answer.h"


static void
within(gate_str_t in, gate_str_t view)
{
    must(view.len == 0
         || (view.data >= in.data
             && view.data + view.len <= in.data + in.len));
}


int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    gate_str_t            in;
    gate_answer_marker_t  m;

    in = fuzz_copy(data, size);
    memset(&m, 0x5a, sizeof(m));

    gate_answer_marker(in, &m);

    within(in, m.details);
    within(in, m.flags);
    must(m.details.len + m.flags.len <= size);
    must(m.flags.len == 0 || memchr(m.flags.data, ' ', m.flags.len) == NULL);

    /* a label is one of ours: short, and letters only */

    must(m.flag != NULL && strlen(m.flag) <= 5);
    must(strspn(m.flag, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz")
         == strlen(m.flag));
    must(m.words == NULL || (m.flags.len >= 2 && strlen(m.words) > 10));

    free(in.data);

    return 0;
}
