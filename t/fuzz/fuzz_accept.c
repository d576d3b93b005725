/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * Accept and Accept-Language, of strangers.
 */

#include "fuzz.h"
#include "gate_accept.h"


static const gate_str_t  tags[] = {
    gate_string("en"), gate_string("de"), gate_string("de-ch")
};


static void
language(gate_str_t in)
{
    gate_accept_language_t  l;

    memset(&l, 0, sizeof(l));

    gate_accept_language_add(&l, in, tags, 3);

    must(l.found < 3);
    must(l.weight <= 1001);
    must(l.ranges <= GATE_ACCEPT_RANGES);
    must(l.found == 0 || l.weight > 1);
}


int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    gate_str_t     in, first, more;
    gate_accept_e  form;
    gate_accept_t  a, b;

    in = fuzz_copy(data, size);

    memset(&a, 0, sizeof(a));
    gate_accept_add(&a, in);
    form = gate_accept_form(&a);

    must(a.ranges <= GATE_ACCEPT_RANGES);
    must(a.json <= 1001 && a.application <= 1001 && a.any <= 1001);
    must(form != GATE_ACCEPT_HTML || (a.html > 1 && a.html > a.json));
    must(form != GATE_ACCEPT_TEXT || a.plain > 1 || a.text > 1);

    /* two lines are one with a comma between */

    first = fuzz_split(in, ',', &more);

    if (more.data != NULL) {
        memset(&b, 0, sizeof(b));
        gate_accept_add(&b, first);
        gate_accept_add(&b, more);
        must(memcmp(&a, &b, sizeof(a)) == 0);
    }

    language(in);
    (void) gate_accept_is_tag(in);

    free(in.data);

    return 0;
}
