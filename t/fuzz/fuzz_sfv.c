/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * Structured fields: the canonical form is one of its kind, reads the same
 * once more, and no longer than what it was read from allows.
 */

#include "fuzz.h"
#include "gate_sfv.h"


static gate_sfv_rc_e
write_as(int type, gate_text_t *t, gate_str_t in)
{
    gate_sfv_rc_e    rc;
    gate_sfv_item_t  item;

    if (type == 1) {
        return gate_sfv_write_list(t, in);
    }

    if (type == 2) {
        return gate_sfv_write_dict(t, in);
    }

    rc = gate_sfv_item(in, &item);

    if (rc == GATE_SFV_OK) {
        gate_sfv_write(t, &item);
    }

    return rc;
}


static void
values(gate_str_t in)
{
    size_t           len;
    gate_str_t       key;
    gate_sfv_t       s, p;
    unsigned char   *dst;
    gate_sfv_item_t  item, value;

    gate_sfv_init(&s, in);
    dst = malloc(in.len + 1);

    while (gate_sfv_dict(&s, &key, &item) == GATE_SFV_OK) {
        must(key.data >= in.data && key.data + key.len <= in.data + in.len);

        if (item.type == GATE_SFV_STRING) {
            must(gate_sfv_string(&item, dst) <= item.text.len);

        } else if (item.type == GATE_SFV_BYTES) {
            must(gate_sfv_bytes(&item, dst, in.len, &len));
            must(len <= item.text.len / 4 * 3);
        }

        gate_sfv_init(&p, item.params);

        while (gate_sfv_param(&p, &key, &value) == GATE_SFV_OK) {
            must(gate_sfv_param_find(item.params, key, &value));
        }

        must(p.p == p.last);
    }

    free(dst);
}


int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    int             type;
    gate_str_t      in, once;
    gate_text_t     t, again;
    unsigned char  *one, *two;

    if (size > 8192) {
        return 0;
    }

    in = fuzz_copy(data, size);
    one = malloc(4 * size + 64);
    two = malloc(4 * size + 64);

    for (type = 0; type < 3; type++) {

        gate_text_init(&t, one, 4 * size + 64);

        if (write_as(type, &t, in) != GATE_SFV_OK) {
            continue;
        }

        must(!t.full);

        once = fuzz_copy(one, (size_t) (t.last - t.start));
        gate_text_init(&again, two, 4 * size + 64);

        must(write_as(type, &again, once) == GATE_SFV_OK);
        must((size_t) (again.last - again.start) == once.len);
        must(memcmp(two, once.data, once.len) == 0);

        free(once.data);
    }

    values(in);

    free(one);
    free(two);
    free(in.data);

    return 0;
}
