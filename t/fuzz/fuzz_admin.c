/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * Bodies of the admin API: whatever they are, what becomes of them is fields
 * that the reader of records takes, or errors with pointers.  The first byte
 * says which reader.
 */

#include "fuzz.h"
#include "gate_admin.h"
#include "gate_record.h"


static const gate_str_t  names[] = { gate_string("gold"),
                                     gate_string("corp") };


static void
must_fit(gate_admin_change_t *c, gate_kind_e kind)
{
    size_t                n, bad;
    json_t               *value;
    const char           *name;
    gate_record_t         record;
    gate_record_field_t   fields[32];

    n = 0;

    json_object_foreach(c->fields, name, value) {
        must(n < 30);

        if (!json_is_null(value)) {
            fields[n].name = gate_cstr(name);
            fields[n].value = gate_str(json_string_value(value),
                                       json_string_length(value));
            n++;
        }
    }

    if (kind != GATE_KIND_CONSUMER) {
        fields[n].name = gate_cstr("owner");
        fields[n].value = gate_cstr("o");
        n++;

        if (c->id != NULL) {
            fields[n].name = gate_cstr("credential");
            fields[n].value = gate_str(json_string_value(c->id),
                                       json_string_length(c->id));
            n++;
        }
    }

    must(gate_record_parse(kind, fields, n, &record, &bad)
         == GATE_RECORD_OK);
}


static void
must_point(const json_t *errors)
{
    size_t       i;
    json_t      *e;
    const char  *pointer;

    must(json_array_size(errors) > 0);

    json_array_foreach((json_t *) errors, i, e) {
        pointer = json_string_value(json_object_get(e, "pointer"));

        must(pointer != NULL && (*pointer == '/' || *pointer == '\0'));
        must(json_string_value(json_object_get(e, "detail")) != NULL);
    }
}


int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    json_t               *body;
    gate_str_t            text;
    gate_admin_known_t    known;
    gate_admin_change_t   c;

    if (size == 0) {
        return 0;
    }

    memset(&c, 0, sizeof(c));
    memset(&known, 0, sizeof(known));

    known.plans = names;
    known.nplans = 1;
    known.issuers = names + 1;
    known.nissuers = 1;
    c.known = &known;
    c.how = (data[0] & 1) ? GATE_ADMIN_MERGE : GATE_ADMIN_CREATE;

    text = fuzz_copy(data + 1, size - 1);

    if (gate_json_object(text, &body) == GATE_JSON_OK) {

        switch ((data[0] >> 1) % 5) {

        case 0:
            gate_admin_consumer(&c, body, gate_str("", 0));
            break;

        case 1:
            gate_admin_credential(&c, body);
            break;

        case 2:
            gate_admin_credential_merge(&c, body);
            break;

        case 3:
            gate_admin_rotate(&c, body);
            break;

        default:
            gate_admin_revocation(&c, body, 1000);
        }

        must(!c.failed);

        if (gate_admin_wrong(&c)) {
            must_point(c.errors);

        } else if ((data[0] >> 1) % 5 == 0) {
            must(c.name != NULL);
            must_fit(&c, GATE_KIND_CONSUMER);

        } else if ((data[0] >> 1) % 5 == 1) {
            must_fit(&c, (gate_kind_e) c.kind);
        }

        json_decref(body);
    }

    gate_admin_free(&c);
    free(text.data);

    return 0;
}
