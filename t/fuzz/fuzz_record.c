/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * Records of consumers: what is taken is kept as it was said.  Input: lines
 * "NAME=VALUE".
 */

#include "fuzz.h"
#include "gate_record.h"


#define FIELDS  32


static void
must_name(gate_str_t name)
{
    size_t  i;

    must(name.len != 0);

    for (i = 0; i < name.len; i++) {
        must(name.data[i] >= 0x20 && name.data[i] != 0x7f);
    }
}


static void
must_join(const gate_str_t *names, size_t n, gate_str_t text, char separator)
{
    size_t  i, pos;

    pos = 0;

    for (i = 0; i < n; i++) {
        must_name(names[i]);
        must(names[i].data == text.data + pos);
        must(memchr(names[i].data, separator, names[i].len) == NULL);

        pos += names[i].len;

        if (i + 1 < n) {
            must(text.data[pos++] == (unsigned char) separator);
        }
    }

    must(pos == text.len);
}


int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    void                *memory;
    size_t               n, i, bad, n_packed;
    gate_str_t           rest, line, value;
    gate_record_t        record, back;
    gate_consumer_t     *c;
    gate_credential_t   *k;
    gate_record_field_t  fields[FIELDS];
    gate_str_t           name;
    gate_kind_e          kind;
    unsigned char        packed[4096];

    static const char  kinds[] = "ktbmsc";

    rest = gate_str(data, size);
    kind = (gate_kind_e) kinds[size % 6];
    name = gate_cstr("some=name");

    for (n = 0; n < FIELDS && rest.len != 0; n++) {
        line = fuzz_split(rest, '\n', &rest);
        line = fuzz_split(line, '=', &value);

        fields[n].name = fuzz_copy(line.data, line.len);
        fields[n].value = fuzz_copy(value.data, value.len);
    }

    if (gate_record_parse(kind, fields, n, &record, &bad)
        == GATE_RECORD_OK)
    {
        if (record.consumer.len == 0) {
            record.consumer = record.owner.len ? record.owner : name;
        }

        memory = malloc(gate_record_size(&record, name));
        k = gate_record_keep(&record, NULL, kind, name, memory);
        c = k->consumer;

        /* as a cache has it */

        n_packed = gate_record_pack(&record, packed, sizeof(packed));
        must(n_packed == 0
             || (gate_record_unpack(gate_str(packed, n_packed), &back)
                 && gate_str_eq(back.consumer, record.consumer)
                 && gate_str_eq(back.scopes, record.scopes)
                 && gate_str_eq(back.successor, record.successor)));

        must_name(c->name);
        must_name(c->id);
        must_name(k->id);
        must(gate_str_eq(c->name, record.consumer));
        must(gate_str_eq(c->groups_text, record.groups));
        must(gate_str_eq(c->scopes_text, record.scopes));
        must_join(c->groups, c->ngroups, c->groups_text, ',');
        must_join(c->scopes, c->nscopes, c->scopes_text, ' ');
        must(c->lane_text.len > 0 && c->lane_text.len <= 20);

        json_decref(c->claims);
        free(memory);

    } else {
        must(n == 0 || bad < n);
    }

    /* of any bytes at all */

    if (gate_record_unpack(gate_str(data, size), &back)) {
        must(back.consumer.data >= data
             && back.consumer.data + back.consumer.len <= data + size);
    }

    for (i = 0; i < n; i++) {
        free(fields[i].name.data);
        free(fields[i].value.data);
    }

    return 0;
}
