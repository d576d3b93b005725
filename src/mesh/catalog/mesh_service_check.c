
/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * What a service may say of itself: names become parts of names in Envoy's
 * configuration, and are told there from each other.
 */


#include "mesh_service_check.h"


static int mesh_service_alnum(unsigned char c);
static const char *mesh_service_check_endpoint(const mesh_endpoint_t *e);


const char *
mesh_service_check(const mesh_service_t *s)
{
    size_t       i, j;
    const char  *why;

    if (!mesh_service_word(s->item.name, MESH_NAME_MAX)) {
        return "name: must be 1 to 128 letters, digits, \".\", \"_\" and \"-\"";
    }

    if (s->path.len && !mesh_service_path(s->path)) {
        return "path: must be a path such as \"/orders\"";
    }

    for (i = 0; i < s->nhosts; i++) {
        if (!mesh_service_host(s->hosts[i])) {
            return "hosts: must be host names in lower case";
        }

        for (j = 0; j < i; j++) {
            if (gate_str_eq(s->hosts[i], s->hosts[j])) {
                return "hosts: a name is there twice";
            }
        }
    }

    for (i = 0; i < s->nendpoints; i++) {
        why = mesh_service_check_endpoint(&s->endpoints[i]);
        if (why != NULL) {
            return why;
        }
    }

    return NULL;
}


static const char *
mesh_service_check_endpoint(const mesh_endpoint_t *e)
{
    size_t  i;

    if (!mesh_service_instance(e->id)) {
        return "id: must be 1 to 256 bytes without spaces";
    }

    if (!mesh_service_instance(e->node)) {
        return "node: must be 1 to 256 bytes without spaces";
    }

    if (e->process.len && !mesh_service_instance(e->process)) {
        return "process: must be 1 to 256 bytes without spaces";
    }

    if (!mesh_service_word(e->version, MESH_VERSION_MAX)) {
        return "version: must be 1 to 64 letters, digits, \".\", \"_\" and "
               "\"-\"";
    }

    if (e->port == 0) {
        return "port: must be 1 to 65535";
    }

    if (e->naddresses == 0) {
        return "addresses: must be at least one";
    }

    for (i = 0; i < e->naddresses; i++) {
        if (e->addresses[i].plane.len
            && !mesh_service_word(e->addresses[i].plane, MESH_PLANE_MAX))
        {
            return "addresses: a plane must be 1 to 64 letters, digits, "
                   "\".\", \"_\" and \"-\"";
        }
    }

    return NULL;
}


int
mesh_service_word(gate_str_t s, size_t max)
{
    size_t  i;

    for (i = 0; i < s.len; i++) {
        if (!mesh_service_alnum(s.data[i]) && s.data[i] != '.'
            && s.data[i] != '_' && s.data[i] != '-')
        {
            return 0;
        }
    }

    return s.len > 0 && s.len <= max;
}


int
mesh_service_path(gate_str_t s)
{
    size_t  i, begun, dots;

    static const char  marks[] = "-._~!$&'()*+,;=:@";

    if (s.len < 2 || s.len > MESH_PATH_MAX || s.data[0] != '/') {
        return 0;
    }

    begun = 1;
    dots = 0;

    for (i = 1; i <= s.len; i++) {

        if (i < s.len && s.data[i] != '/') {
            if (!mesh_service_alnum(s.data[i])
                && (s.data[i] == '\0' || strchr(marks, s.data[i]) == NULL))
            {
                return 0;
            }

            dots += (s.data[i] == '.');
            continue;
        }

        if (i == begun || (dots == i - begun && dots <= 2)) {
            return 0;
        }

        begun = i + 1;
        dots = 0;
    }

    return 1;
}


int
mesh_service_host(gate_str_t s)
{
    size_t         i, label;
    unsigned char  c;

    if (s.len == 0 || s.len > MESH_HOST_MAX) {
        return 0;
    }

    label = 0;

    for (i = 0; i < s.len; i++) {

        c = s.data[i];

        if (c == '.') {
            if (label == 0 || s.data[i - 1] == '-') {
                return 0;
            }

            label = 0;
            continue;
        }

        if (c != gate_lower(c)
            || (!mesh_service_alnum(c) && c != '_' && (c != '-' || label == 0))
            || ++label > 63)
        {
            return 0;
        }
    }

    return label > 0 && s.data[s.len - 1] != '-';
}


int
mesh_service_instance(gate_str_t s)
{
    size_t  i;

    for (i = 0; i < s.len; i++) {
        if (s.data[i] <= ' ' || s.data[i] == 0x7f) {
            return 0;
        }
    }

    return s.len > 0 && s.len <= MESH_INSTANCE_MAX;
}


int
mesh_service_compare(gate_str_t a, gate_str_t b)
{
    int     order;
    size_t  n;

    n = a.len < b.len ? a.len : b.len;
    order = n ? memcmp(a.data, b.data, n) : 0;

    return order ? order : (a.len > b.len) - (a.len < b.len);
}


static int
mesh_service_alnum(unsigned char c)
{
    return (c >= '0' && c <= '9') || (gate_lower(c) >= 'a'
                                      && gate_lower(c) <= 'z');
}
