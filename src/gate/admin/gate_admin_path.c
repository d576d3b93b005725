
/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * Paths of the API.
 */


#include "gate_admin.h"
#include "gate_admin_path.h"
#include "gate_record.h"


#define GATE_ADMIN_STEPS  5


static void gate_admin_path_consumer(const gate_str_t *steps, size_t n,
    gate_admin_path_t *p);
static gate_admin_resource_e gate_admin_path_credential(
    const gate_str_t *steps, size_t n);
static void gate_admin_path_revocation(gate_str_t path, gate_str_t issuer,
    gate_admin_path_t *p);


void
gate_admin_path(gate_str_t path, gate_admin_path_t *p)
{
    size_t      n, i, first;
    gate_str_t  steps[GATE_ADMIN_STEPS + 1];

    memset(p, 0, sizeof(gate_admin_path_t));

    n = 0;
    first = 0;

    for (i = 0; i <= path.len && n <= GATE_ADMIN_STEPS; i++) {
        if (i == path.len || path.data[i] == '/') {
            steps[n++] = gate_str(path.data + first, i - first);
            first = i + 1;
        }
    }

    if (gate_str_eq(steps[0], gate_cstr("consumers"))) {
        gate_admin_path_consumer(steps, n, p);

    } else if (gate_str_eq(steps[0], gate_cstr("credentials"))) {
        p->resource = gate_admin_path_credential(steps, n);
        p->id = (n > 1) ? steps[1] : gate_str(NULL, 0);

    } else if (gate_str_eq(steps[0], gate_cstr("revocations"))) {

        if (n == 1) {
            p->resource = GATE_ADMIN_REVOCATIONS;

        } else if (n > 2) {
            gate_admin_path_revocation(path, steps[1], p);

        } else if (gate_admin_path_is_text(steps[1], GATE_RECORD_NAME)) {
            p->resource = GATE_ADMIN_REVOCATION;
            p->name = steps[1];
        }

    } else if (n == 1 && gate_str_eq(steps[0], gate_cstr("usage"))) {
        p->resource = GATE_ADMIN_USAGE;
    }
}


static void
gate_admin_path_consumer(const gate_str_t *steps, size_t n,
    gate_admin_path_t *p)
{
    if (n == 1) {
        p->resource = GATE_ADMIN_CONSUMERS;
        return;
    }

    if (!gate_admin_is_name(steps[1], GATE_RECORD_CONSUMER)
        || !gate_admin_path_is_text(steps[1], GATE_RECORD_CONSUMER))
    {
        return;
    }

    p->name = steps[1];

    if (n == 2) {
        p->resource = GATE_ADMIN_CONSUMER;

    } else if (n == 3 && gate_str_eq(steps[2], gate_cstr("disable"))) {
        p->resource = GATE_ADMIN_DISABLE;

    } else if (n == 3 && gate_str_eq(steps[2], gate_cstr("enable"))) {
        p->resource = GATE_ADMIN_ENABLE;

    } else if (n == 3 && gate_str_eq(steps[2], gate_cstr("credentials"))) {
        p->resource = GATE_ADMIN_CREDENTIALS;

    } else if (n > 3 && gate_str_eq(steps[2], gate_cstr("credentials"))) {
        p->resource = gate_admin_path_credential(steps + 2, n - 2);
        p->id = steps[3];
    }
}


static gate_admin_resource_e
gate_admin_path_credential(const gate_str_t *steps, size_t n)
{
    if (n < 2 || !gate_admin_is_name(steps[1], GATE_RECORD_NAME)
        || !gate_admin_path_is_text(steps[1], GATE_RECORD_NAME))
    {
        return GATE_ADMIN_NOTHING;
    }

    if (n == 2) {
        return GATE_ADMIN_ONE;
    }

    if (n == 3 && gate_str_eq(steps[2], gate_cstr("rotate"))) {
        return GATE_ADMIN_ROTATE;
    }

    if (n == 3 && gate_str_eq(steps[2], gate_cstr("revoke"))) {
        return GATE_ADMIN_REVOKE;
    }

    return GATE_ADMIN_NOTHING;
}


/* the id of a token may have slashes */

static void
gate_admin_path_revocation(gate_str_t path, gate_str_t issuer,
    gate_admin_path_t *p)
{
    unsigned char  *id;

    id = issuer.data + issuer.len + 1;

    p->name = issuer;
    p->id = gate_str(id, (size_t) (path.data + path.len - id));

    if (gate_admin_path_is_text(issuer, GATE_RECORD_NAME)
        && gate_admin_path_is_text(p->id, GATE_RECORD_NAME))
    {
        p->resource = GATE_ADMIN_REVOCATION;
    }
}


int
gate_admin_path_is_plain(gate_str_t raw)
{
    size_t         i, dots;
    unsigned char  ch;

    dots = 0;

    for (i = 0; i <= raw.len; i++) {
        ch = (i < raw.len && raw.data[i] != '?') ? raw.data[i] : '\0';

        if (ch == '%' && raw.len - i > 2) {

            if (raw.data[i + 1] == '2' && gate_lower(raw.data[i + 2]) == 'f') {
                return 0;
            }

            if (raw.data[i + 1] == '2' && gate_lower(raw.data[i + 2]) == 'e') {
                ch = '.';
            }

            i += 2;
        }

        if (ch == '.') {
            dots++;
            continue;
        }

        if ((ch == '/' || ch == '\0') && (dots == 1 || dots == 2)) {
            return 0;
        }

        if (ch == '\0') {
            break;
        }

        /* dots behind anything else are those of a name */

        dots = (ch == '/') ? 0 : 3;
    }

    return 1;
}


int
gate_admin_path_is_text(gate_str_t text, size_t max)
{
    size_t   i;
    json_t  *json;

    for (i = 0; i < text.len; i++) {
        if (text.data[i] < 0x20 || text.data[i] == 0x7f) {
            return 0;
        }
    }

    if (text.len == 0 || text.len > max) {
        return 0;
    }

    json = json_stringn((char *) text.data, text.len);
    json_decref(json);

    return json != NULL;
}
