
/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * A whole record as bytes, and back.
 */


#include "gate_record.h"


#define GATE_RECORD_TEXTS  11


/* in front of the texts, which follow each other */

typedef struct {
    int64_t                not_after_s;
    uint16_t               len[GATE_RECORD_TEXTS];
    uint8_t                ngroups;
    uint8_t                nscopes;
    uint8_t                disabled;
} gate_record_packed_t;


static const size_t  gate_record_texts[GATE_RECORD_TEXTS] = {
    offsetof(gate_record_t, consumer),
    offsetof(gate_record_t, id),
    offsetof(gate_record_t, credential),
    offsetof(gate_record_t, plan),
    offsetof(gate_record_t, groups),
    offsetof(gate_record_t, scopes),
    offsetof(gate_record_t, pins),
    offsetof(gate_record_t, claims),
    offsetof(gate_record_t, secret),
    offsetof(gate_record_t, algorithm),
    offsetof(gate_record_t, successor)
};


static gate_str_t *gate_record_packed(const gate_record_t *record, size_t i);


size_t
gate_record_pack(const gate_record_t *record, unsigned char *buf, size_t size)
{
    size_t                 i, len;
    gate_str_t            *s;
    unsigned char         *p;
    gate_record_packed_t   packed;

    memset(&packed, 0, sizeof(packed));
    len = sizeof(packed);

    for (i = 0; i < GATE_RECORD_TEXTS; i++) {
        s = gate_record_packed(record, i);
        len += s->len;

        if (s->len > UINT16_MAX || len > size) {
            return 0;
        }

        packed.len[i] = (uint16_t) s->len;
    }

    packed.not_after_s = record->not_after_s;
    packed.ngroups = (uint8_t) record->ngroups;
    packed.nscopes = (uint8_t) record->nscopes;
    packed.disabled = (record->disabled != 0);

    memcpy(buf, &packed, sizeof(packed));
    p = buf + sizeof(packed);

    for (i = 0; i < GATE_RECORD_TEXTS; i++) {
        p = gate_str_copy(p, *gate_record_packed(record, i));
    }

    return len;
}


int
gate_record_unpack(gate_str_t bytes, gate_record_t *record)
{
    size_t                 i, pos;
    gate_str_t            *s;
    gate_record_packed_t   packed;

    memset(record, 0, sizeof(gate_record_t));

    if (bytes.len < sizeof(packed)) {
        return 0;
    }

    memcpy(&packed, bytes.data, sizeof(packed));
    pos = sizeof(packed);

    for (i = 0; i < GATE_RECORD_TEXTS; i++) {

        if (packed.len[i] > bytes.len - pos) {
            return 0;
        }

        s = gate_record_packed(record, i);

        if (packed.len[i] != 0) {
            *s = gate_str(bytes.data + pos, packed.len[i]);
            pos += packed.len[i];
        }
    }

    record->not_after_s = packed.not_after_s;
    record->ngroups = packed.ngroups;
    record->nscopes = packed.nscopes;
    record->disabled = packed.disabled;

    return pos == bytes.len && record->consumer.len != 0;
}


static gate_str_t *
gate_record_packed(const gate_record_t *record, size_t i)
{
    return (gate_str_t *) ((unsigned char *) record + gate_record_texts[i]);
}
