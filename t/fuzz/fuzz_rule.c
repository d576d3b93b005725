
/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * A traffic rule: what is taken is written, read again, and is the same; the
 * version it picks is one of its own, whatever a request has.
 */


#include "fuzz.h"
#include "gate_rule.h"


static void
written(const gate_rule_t *rule)
{
    size_t              len, again;
    gate_rule_t         other;
    unsigned char      *a, *b;
    gate_rule_error_t   error;

    a = malloc(gate_rule_room(rule));
    must(a != NULL);

    len = gate_rule_write(rule, a);
    must(len != 0 && len <= gate_rule_room(rule));

    /* "epoch" is 0 where none was said, which cannot be said */

    if (rule->epoch != 0 && len <= GATE_RULE_TEXT) {
        must(gate_rule_parse(gate_str(a, len), &other, &error)
             == GATE_RULE_OK);

        b = malloc(gate_rule_room(&other));
        must(b != NULL);

        again = gate_rule_write(&other, b);
        must(again == len && memcmp(a, b, len) == 0);

        gate_rule_free(&other);
        free(b);
    }

    free(a);
}


int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    size_t              i, lane;
    gate_str_t          in;
    gate_rule_t         rule;
    gate_rule_rc_e      rc;
    gate_rule_error_t   error;
    gate_rule_field_t   f[2];

    in = fuzz_copy(data, size);

    rc = gate_rule_parse(in, &rule, &error);

    if (rc == GATE_RULE_BAD) {
        must(error.detail[0] != '\0' && rule.block == NULL);
    }

    if (rc == GATE_RULE_OK) {

        written(&rule);

        for (i = 0; i <= rule.nmatch; i++) {
            f[0].name = (i < rule.nmatch) ? rule.match[i].header
                                          : gate_cstr(GATE_RULE_LANE);
            f[0].value = in;
            f[1].name = rule.hash_on;
            f[1].value = gate_cstr("12345");

            lane = gate_rule_pick(&rule, f, 2, i, (uint32_t) size);
            must(lane < rule.nversions);
        }

        gate_rule_free(&rule);
    }

    free(in.data);

    return 0;
}
