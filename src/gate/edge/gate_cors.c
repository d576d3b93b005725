
/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * Origins and names of fields.  What is sent back is what was sent, so that
 * nothing may pass here but the few bytes that an origin or a name consists of.
 */


#include <arpa/inet.h>

#include "gate_cors.h"
#include "gate_list.h"


#define GATE_ORIGIN_MAX  512


static int gate_origin_scheme(gate_str_t s);
static int gate_origin_host(gate_str_t *rest, gate_origin_t *o);
static int gate_origin_ip6(gate_str_t *rest, gate_origin_t *o);
static int gate_origin_name(gate_str_t host);
static int gate_origin_port(gate_str_t s, unsigned *port);
static unsigned gate_origin_default_port(gate_str_t scheme);
static int gate_cors_match(const gate_cors_origin_t *p,
    const gate_origin_t *o);


int
gate_origin_parse(gate_str_t s, gate_origin_t *o)
{
    size_t          i;
    gate_str_t      rest;
    unsigned char  *colon;

    if (s.len == 0 || s.len > GATE_ORIGIN_MAX) {
        return 0;
    }

    colon = memchr(s.data, ':', s.len);

    if (colon == NULL) {
        return 0;
    }

    i = (size_t) (colon - s.data);
    o->scheme = gate_str(s.data, i);

    if (!gate_origin_scheme(o->scheme) || s.len - i < sizeof("://a") - 1
        || memcmp(colon, "://", 3) != 0)
    {
        return 0;
    }

    rest = gate_str(colon + 3, s.len - i - 3);

    if (!gate_origin_host(&rest, o)) {
        return 0;
    }

    o->port = gate_origin_default_port(o->scheme);

    return rest.len == 0 || gate_origin_port(rest, &o->port);
}


/* RFC 3986, 3.1 */

static int
gate_origin_scheme(gate_str_t s)
{
    size_t         i;
    unsigned char  c;

    for (i = 0; i < s.len; i++) {
        c = gate_lower(s.data[i]);

        if (c >= 'a' && c <= 'z') {
            continue;
        }

        if (i == 0 || !((c >= '0' && c <= '9')
                        || c == '+' || c == '-' || c == '.'))
        {
            return 0;
        }
    }

    return s.len != 0;
}


/* *rest is what stands behind it: nothing, or a port */

static int
gate_origin_host(gate_str_t *rest, gate_origin_t *o)
{
    size_t          n;
    unsigned char  *colon;

    o->is_ip6 = 0;

    if (rest->data[0] == '[') {
        return gate_origin_ip6(rest, o);
    }

    colon = memchr(rest->data, ':', rest->len);
    n = colon ? (size_t) (colon - rest->data) : rest->len;

    o->host = gate_str(rest->data, n);
    *rest = gate_str(rest->data + n, rest->len - n);

    return gate_origin_name(o->host);
}


/* its bytes are compared: the same address has several spellings */

static int
gate_origin_ip6(gate_str_t *rest, gate_origin_t *o)
{
    char            text[INET6_ADDRSTRLEN];
    size_t          n;
    unsigned char  *end;

    end = memchr(rest->data, ']', rest->len);

    if (end == NULL) {
        return 0;
    }

    n = (size_t) (end - rest->data) - 1;

    if (n >= sizeof(text) || memchr(rest->data, '\0', n + 1) != NULL) {
        return 0;
    }

    memcpy(text, rest->data + 1, n);
    text[n] = '\0';

    o->host = gate_str(rest->data + 1, n);
    o->is_ip6 = 1;

    *rest = gate_str(end + 1, rest->len - n - 2);

    return inet_pton(AF_INET6, text, o->ip6) == 1;
}


/* labels of letters, digits, "-" and "_", none of them empty */

static int
gate_origin_name(gate_str_t host)
{
    int            dot;
    size_t         i;
    unsigned char  c;

    dot = 1;

    for (i = 0; i < host.len; i++) {
        c = gate_lower(host.data[i]);

        if (c == '.') {
            if (dot) {
                return 0;
            }

            dot = 1;
            continue;
        }

        if (!((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9')
              || c == '-' || c == '_'))
        {
            return 0;
        }

        dot = 0;
    }

    return host.len != 0 && !dot;
}


/* ":" and 1 to 65535, as a browser writes it */

static int
gate_origin_port(gate_str_t s, unsigned *port)
{
    size_t    i;
    unsigned  n;

    if (s.data[0] != ':' || s.len < 2 || s.len > sizeof(":65535") - 1
        || s.data[1] == '0')
    {
        return 0;
    }

    n = 0;

    for (i = 1; i < s.len; i++) {
        if (s.data[i] < '0' || s.data[i] > '9') {
            return 0;
        }

        n = n * 10 + (unsigned) (s.data[i] - '0');
    }

    *port = n;

    return n <= 65535;
}


/* 0: it has none */

static unsigned
gate_origin_default_port(gate_str_t scheme)
{
    if (gate_str_eq_nocase(scheme, gate_cstr("https"))) {
        return 443;
    }

    return gate_str_eq_nocase(scheme, gate_cstr("http")) ? 80 : 0;
}


int
gate_cors_origin_parse(gate_str_t s, gate_cors_origin_t *p)
{
    size_t          at;
    unsigned char   buf[GATE_ORIGIN_MAX];
    unsigned char  *host;

    memset(p, 0, sizeof(gate_cors_origin_t));

    if (gate_str_eq(s, gate_cstr("*"))) {
        p->kind = GATE_CORS_ANY;
        return 1;
    }

    if (gate_str_eq(s, gate_cstr("null"))) {
        p->kind = GATE_CORS_NULL;
        return 1;
    }

    if (s.len > 2 && memcmp(s.data + s.len - 2, ":*", 2) == 0) {
        p->any_port = 1;
        s.len -= 2;
    }

    if (gate_origin_parse(s, &p->origin)) {
        return 1;
    }

    /* the same with a label in the place of the star */

    if (s.len == 0 || s.len > sizeof(buf)) {
        return 0;
    }

    host = memchr(s.data, '*', s.len);

    if (host == NULL) {
        return 0;
    }

    memcpy(buf, s.data, s.len);

    at = (size_t) (host - s.data);
    buf[at] = 'a';

    if (!gate_origin_parse(gate_str(buf, s.len), &p->origin)
        || p->origin.host.data != buf + at || p->origin.host.len < 3
        || host[1] != '.')
    {
        return 0;
    }

    p->kind = GATE_CORS_BELOW;
    p->origin.scheme.data = s.data;
    p->origin.host = gate_str(host + 1, p->origin.host.len - 1);

    return 1;
}


int
gate_cors_allows(const gate_cors_origin_t *list, size_t n, gate_str_t value)
{
    int            null, parsed;
    size_t         i;
    gate_origin_t  o;

    null = gate_str_eq(value, gate_cstr("null"));
    parsed = gate_origin_parse(value, &o);

    for (i = 0; i < n; i++) {

        if (list[i].kind == GATE_CORS_ANY
            || (list[i].kind == GATE_CORS_NULL && null)
            || (parsed && gate_cors_match(&list[i], &o)))
        {
            return 1;
        }
    }

    return 0;
}


static int
gate_cors_match(const gate_cors_origin_t *p, const gate_origin_t *o)
{
    gate_str_t  host;

    if (p->kind > GATE_CORS_BELOW
        || p->origin.is_ip6 != o->is_ip6
        || (p->origin.port != o->port && !p->any_port)
        || !gate_str_eq_nocase(p->origin.scheme, o->scheme))
    {
        return 0;
    }

    if (o->is_ip6) {
        return memcmp(p->origin.ip6, o->ip6, sizeof(o->ip6)) == 0;
    }

    host = o->host;

    if (p->kind == GATE_CORS_BELOW) {

        /* whole labels are before its dot, as none of a host is empty */

        if (host.len <= p->origin.host.len) {
            return 0;
        }

        host.data += host.len - p->origin.host.len;
        host.len = p->origin.host.len;
    }

    return gate_str_eq_nocase(p->origin.host, host);
}


int
gate_cors_is_token(gate_str_t s)
{
    size_t         i;
    unsigned char  c;

    for (i = 0; i < s.len; i++) {
        c = gate_lower(s.data[i]);

        if (!((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9')
              || (c != '\0' && strchr("!#$%&'*+-.^_`|~", c) != NULL)))
        {
            return 0;
        }
    }

    return s.len != 0;
}


/* an empty element is none (RFC 9110, 5.6.1.2) */

int
gate_cors_fields(const gate_str_t *names, size_t n, gate_str_t asked)
{
    size_t      i, pos, elements;
    gate_str_t  name;

    pos = 0;
    elements = 0;

    while (gate_list_next(asked, &pos, &name)) {

        if (++elements > GATE_CORS_ASKED) {
            return 0;
        }

        if (name.len == 0) {
            continue;
        }

        if (!gate_cors_is_token(name)) {
            return 0;
        }

        for (i = 0; i < n && !gate_str_eq_nocase(names[i], name); i++) {
            /* void */
        }

        if (i == n && n != 0) {
            return 0;
        }
    }

    return 1;
}
