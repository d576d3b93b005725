
/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * What an OpenID provider says of itself.
 */


#include <string.h>

#include "gate_discovery.h"
#include "gate_json.h"


typedef struct {
    gate_str_t             host;
    gate_str_t             port;
} gate_discovery_authority_t;


static const char *gate_discovery_uri(const gate_discovery_t *d,
    gate_str_t uri);
static int gate_discovery_split(gate_str_t uri, int *secure,
    gate_discovery_authority_t *a);
static void gate_discovery_port(gate_str_t text, int secure,
    gate_discovery_authority_t *a);
static int gate_discovery_same(const gate_discovery_authority_t *a,
    const gate_discovery_authority_t *b);


const char *
gate_discovery_keys(const gate_discovery_t *d, gate_str_t text,
    unsigned char buf[GATE_DISCOVERY_URI], gate_str_t *uri)
{
    json_t      *json;
    gate_str_t   issuer, keys;
    const char  *why;

    if (text.len > GATE_DISCOVERY_MAX
        || gate_json_object(text, &json) != GATE_JSON_OK)
    {
        return "is not one JSON object without duplicate members";
    }

    why = NULL;

    if (!gate_json_string(json, "issuer", &issuer)) {
        why = "has no member \"issuer\"";

    } else if (!gate_str_eq(issuer, d->issuer)) {
        why = "is of another issuer";

    } else if (!gate_json_string(json, "jwks_uri", &keys)) {
        why = "has no member \"jwks_uri\"";

    } else if (keys.len > GATE_DISCOVERY_URI) {
        why = "has a \"jwks_uri\" that is too long";

    } else {
        why = gate_discovery_uri(d, keys);
    }

    if (why == NULL) {
        memcpy(buf, keys.data, keys.len);
        *uri = gate_str(buf, keys.len);
    }

    json_decref(json);

    return why;
}


static const char *
gate_discovery_uri(const gate_discovery_t *d, gate_str_t uri)
{
    int                          secure, issuer_secure;
    size_t                       i;
    gate_discovery_authority_t   a, b;

    for (i = 0; i < uri.len; i++) {
        if (uri.data[i] <= ' ' || uri.data[i] >= 0x7f || uri.data[i] == '#'
            || uri.data[i] == '\\' || uri.data[i] == '"')
        {
            return "has a \"jwks_uri\" with bytes that no URI has";
        }
    }

    if (!gate_discovery_split(uri, &secure, &a)) {
        return "has a \"jwks_uri\" that is no http or https URI";
    }

    if (!gate_discovery_split(d->issuer, &issuer_secure, &b)) {
        return "cannot be of an issuer that is no http or https URI";
    }

    if (issuer_secure && !secure) {
        return "has a \"jwks_uri\" without https";
    }

    if (gate_discovery_same(&a, &b)) {
        return NULL;
    }

    for (i = 0; i < d->nhosts; i++) {
        gate_discovery_port(d->hosts[i], secure, &b);

        if (gate_discovery_same(&a, &b)) {
            return NULL;
        }
    }

    return "has a \"jwks_uri\" of a host that is neither the issuer's nor in "
           "\"hosts=\"";
}


/* RFC 3986 3.2, without userinfo */

static int
gate_discovery_split(gate_str_t uri, int *secure, gate_discovery_authority_t *a)
{
    size_t      n;
    gate_str_t  rest;

    *secure = gate_str_begins_nocase(uri, gate_cstr("https://"));

    if (!*secure && !gate_str_begins_nocase(uri, gate_cstr("http://"))) {
        return 0;
    }

    n = *secure ? 8 : 7;
    rest = gate_str(uri.data + n, uri.len - n);

    for (n = 0; n < rest.len; n++) {
        if (rest.data[n] == '/' || rest.data[n] == '?') {
            break;
        }

        if (rest.data[n] == '@') {
            return 0;
        }
    }

    gate_discovery_port(gate_str(rest.data, n), *secure, a);

    return a->host.len != 0;
}


/* of "[::1]:443" the last colon counts, and of "[::1]" none */

static void
gate_discovery_port(gate_str_t text, int secure, gate_discovery_authority_t *a)
{
    size_t  n;

    for (n = text.len; n != 0; n--) {
        if (text.data[n - 1] == ':' || text.data[n - 1] == ']') {
            break;
        }
    }

    if (n != 0 && text.data[n - 1] == ':') {
        a->host = gate_str(text.data, n - 1);
        a->port = gate_str(text.data + n, text.len - n);

        if (a->port.len != 0) {
            return;
        }

    } else {
        a->host = text;
    }

    a->port = secure ? gate_cstr("443") : gate_cstr("80");
}


static int
gate_discovery_same(const gate_discovery_authority_t *a,
    const gate_discovery_authority_t *b)
{
    return gate_str_eq_nocase(a->host, b->host)
           && gate_str_eq(a->port, b->port);
}
