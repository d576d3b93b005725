
/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * The convention of metadata, by a table of its members.
 */


#include <stdio.h>

#include "gate_list.h"
#include "mesh_duration.h"
#include "mesh_instance_meta.h"
#include "mesh_service_check.h"


#define MESH_INSTANCE_TIME_MAX   86400000     /* ms */
#define MESH_INSTANCE_RATE_MAX   1000000


typedef struct mesh_instance_meta_s  mesh_instance_meta_t;

struct mesh_instance_meta_s {
    const char            *name;

    /* 0: the fault says why */
    int                  (*take)(const mesh_instance_meta_t *m,
                             gate_str_t value, mesh_instance_t *made,
                             mesh_fault_t *fault);
    size_t                 offset;            /* of numbers, in the policy */
    int64_t                min;
    int64_t                max;
};


static int mesh_instance_meta_version(const mesh_instance_meta_t *m,
    gate_str_t value, mesh_instance_t *made, mesh_fault_t *fault);
static int mesh_instance_meta_process(const mesh_instance_meta_t *m,
    gate_str_t value, mesh_instance_t *made, mesh_fault_t *fault);
static int mesh_instance_meta_protocol(const mesh_instance_meta_t *m,
    gate_str_t value, mesh_instance_t *made, mesh_fault_t *fault);
static int mesh_instance_meta_path(const mesh_instance_meta_t *m,
    gate_str_t value, mesh_instance_t *made, mesh_fault_t *fault);
static int mesh_instance_meta_host(const mesh_instance_meta_t *m,
    gate_str_t value, mesh_instance_t *made, mesh_fault_t *fault);
static int mesh_instance_meta_plane(const mesh_instance_meta_t *m,
    gate_str_t value, mesh_instance_t *made, mesh_fault_t *fault);
static int mesh_instance_meta_time(const mesh_instance_meta_t *m,
    gate_str_t value, mesh_instance_t *made, mesh_fault_t *fault);
static int mesh_instance_meta_number(const mesh_instance_meta_t *m,
    gate_str_t value, mesh_instance_t *made, mesh_fault_t *fault);
static int mesh_instance_meta_allow(const mesh_instance_meta_t *m,
    gate_str_t value, mesh_instance_t *made, mesh_fault_t *fault);
static uint32_t *mesh_instance_meta_of(const mesh_instance_meta_t *m,
    mesh_policy_t *policy);
static int mesh_instance_meta_hosts_differ(const mesh_service_t *a,
    const mesh_service_t *b);
static int mesh_instance_meta_allow_differs(const mesh_policy_t *a,
    const mesh_policy_t *b);


static const mesh_instance_meta_t  mesh_instance_metas[] = {
    { "version", mesh_instance_meta_version, 0, 0, 0 },
    { "process", mesh_instance_meta_process, 0, 0, 0 },
    { "protocol", mesh_instance_meta_protocol, 0, 0, 0 },
    { "path", mesh_instance_meta_path, 0, 0, 0 },
    { "host", mesh_instance_meta_host, 0, 0, 0 },
    { "network_plane", mesh_instance_meta_plane, 0, 0, 0 },

    { "timeout", mesh_instance_meta_time,
      offsetof(mesh_policy_t, timeout_ms), 1, MESH_INSTANCE_TIME_MAX },

    { "idle", mesh_instance_meta_time,
      offsetof(mesh_policy_t, idle_ms), 1, MESH_INSTANCE_TIME_MAX },

    { "retries", mesh_instance_meta_number,
      offsetof(mesh_policy_t, retries), 0, 10 },

    { "rate", mesh_instance_meta_number,
      offsetof(mesh_policy_t, rate), 1, MESH_INSTANCE_RATE_MAX },

    { "burst", mesh_instance_meta_number,
      offsetof(mesh_policy_t, burst), 1, MESH_INSTANCE_RATE_MAX },

    { "connections", mesh_instance_meta_number,
      offsetof(mesh_policy_t, connections), 1, MESH_INSTANCE_RATE_MAX },

    { "allow", mesh_instance_meta_allow, 0, 0, 0 },
    { NULL, NULL, 0, 0, 0 }
};


static const char  *mesh_instance_protocols[] = {
    "http",                                   /* MESH_HTTP and so on */
    "http2",
    "grpc",
    "tcp",
    NULL
};


int
mesh_instance_meta(const json_t *meta, mesh_instance_t *made,
    mesh_fault_t *fault)
{
    size_t                       back;
    json_t                      *value;
    gate_str_t                   s;
    const mesh_instance_meta_t  *m;

    if (!json_is_object(meta)) {
        return mesh_fault(fault, "must be an object");
    }

    for (m = mesh_instance_metas; m->name != NULL; m++) {

        value = json_object_get(meta, m->name);

        if (value == NULL || json_is_null(value)) {
            continue;
        }

        back = mesh_fault_down(fault, gate_cstr(m->name));

        if (!gate_json_text(value, &s)) {
            return mesh_fault(fault, "must be a string");
        }

        if (s.len > 0 && !m->take(m, s, made, fault)) {
            return 0;
        }

        mesh_fault_back(fault, back);
    }

    if (made->service.policy.burst != 0 && made->service.policy.rate == 0) {
        return mesh_fault_at(fault, "burst", "is without \"rate\"");
    }

    return 1;
}


static int
mesh_instance_meta_version(const mesh_instance_meta_t *m, gate_str_t value,
    mesh_instance_t *made, mesh_fault_t *fault)
{
    if (!mesh_service_word(value, MESH_VERSION_MAX)) {
        return mesh_fault(fault, "must be 1 to 64 letters, digits, \".\", "
                                 "\"_\" and \"-\"");
    }

    made->endpoint.version = value;

    return 1;
}


static int
mesh_instance_meta_process(const mesh_instance_meta_t *m, gate_str_t value,
    mesh_instance_t *made, mesh_fault_t *fault)
{
    if (!mesh_service_instance(value)) {
        return mesh_fault(fault, "must be 1 to 256 bytes without spaces");
    }

    made->endpoint.process = value;

    return 1;
}


static int
mesh_instance_meta_protocol(const mesh_instance_meta_t *m, gate_str_t value,
    mesh_instance_t *made, mesh_fault_t *fault)
{
    size_t  i;

    for (i = 0; mesh_instance_protocols[i] != NULL; i++) {

        if (gate_str_eq(value, gate_cstr(mesh_instance_protocols[i]))) {
            made->service.protocol = (mesh_protocol_e) i;
            made->protocol = 1;
            return 1;
        }
    }

    return mesh_fault(fault, "must be \"http\", \"http2\", \"grpc\" or "
                             "\"tcp\"");
}


static int
mesh_instance_meta_path(const mesh_instance_meta_t *m, gate_str_t value,
    mesh_instance_t *made, mesh_fault_t *fault)
{
    if (!mesh_service_path(value)) {
        return mesh_fault(fault, "must be a path such as \"/orders\", without "
                                 "a slash at its end");
    }

    made->service.path = value;

    return 1;
}


/* names of hosts are the same in any case */

static int
mesh_instance_meta_host(const mesh_instance_meta_t *m, gate_str_t value,
    mesh_instance_t *made, mesh_fault_t *fault)
{
    size_t          i, n, pos;
    gate_str_t      host;
    unsigned char  *p;

    p = made->host;
    pos = 0;
    n = 0;

    while (gate_list_next(value, &pos, &host)) {

        if (n == MESH_INSTANCE_HOSTS
            || host.len > (size_t) (made->host + MESH_INSTANCE_HOST - p))
        {
            return mesh_fault(fault, "has too many names: at most 16, of 512 "
                                     "bytes");
        }

        for (i = 0; i < host.len; i++) {
            p[i] = gate_lower(host.data[i]);
        }

        host.data = p;
        p += host.len;

        if (!mesh_service_host(host)) {
            return mesh_fault(fault, "must be names of hosts between commas");
        }

        for (i = 0; i < n; i++) {
            if (gate_str_eq(made->hosts[i], host)) {
                break;
            }
        }

        if (i == n) {
            made->hosts[n++] = host;
        }
    }

    made->service.hosts = made->hosts;
    made->service.nhosts = n;

    return 1;
}


static int
mesh_instance_meta_plane(const mesh_instance_meta_t *m, gate_str_t value,
    mesh_instance_t *made, mesh_fault_t *fault)
{
    if (!mesh_service_word(value, MESH_PLANE_MAX)) {
        return mesh_fault(fault, "must be 1 to 64 letters, digits, \".\", "
                                 "\"_\" and \"-\"");
    }

    made->addresses[0].plane = value;

    return 1;
}


static int
mesh_instance_meta_time(const mesh_instance_meta_t *m, gate_str_t value,
    mesh_instance_t *made, mesh_fault_t *fault)
{
    int64_t  ms;

    if (!mesh_duration_parse(value, &ms) || ms < m->min || ms > m->max) {
        return mesh_fault(fault, "must be a time from 1ms to 24h, such as "
                                 "\"300ms\" or \"15s\"");
    }

    *mesh_instance_meta_of(m, &made->service.policy) = (uint32_t) ms;

    return 1;
}


static int
mesh_instance_meta_number(const mesh_instance_meta_t *m, gate_str_t value,
    mesh_instance_t *made, mesh_fault_t *fault)
{
    size_t   i;
    int64_t  n;

    n = 0;

    for (i = 0; i < value.len && i < 10; i++) {
        if (value.data[i] < '0' || value.data[i] > '9') {
            break;
        }

        n = n * 10 + (value.data[i] - '0');
    }

    if (i < value.len || n < m->min || n > m->max) {
        (void) snprintf(fault->text, sizeof(fault->text),
                        "must be a number from %lld to %lld",
                        (long long) m->min, (long long) m->max);
        return 0;
    }

    *mesh_instance_meta_of(m, &made->service.policy) = (uint32_t) n;

    return 1;
}


static int
mesh_instance_meta_allow(const mesh_instance_meta_t *m, gate_str_t value,
    mesh_instance_t *made, mesh_fault_t *fault)
{
    size_t      n, pos;
    gate_str_t  net;

    pos = 0;
    n = 0;

    while (gate_list_next(value, &pos, &net)) {

        if (n == MESH_INSTANCE_NETS) {
            return mesh_fault(fault, "has more than 32 networks");
        }

        if (!mesh_net_parse(net, &made->allow[n++])) {
            return mesh_fault(fault, "must be networks between commas, such as "
                                     "\"10.0.0.0/8, fd00::/8\"");
        }
    }

    made->service.policy.allow = made->allow;
    made->service.policy.nallow = n;

    return 1;
}


static uint32_t *
mesh_instance_meta_of(const mesh_instance_meta_t *m, mesh_policy_t *policy)
{
    return (uint32_t *) (void *) ((unsigned char *) policy + m->offset);
}


void
mesh_instance_meta_conflicts(const mesh_instance_t *kept,
    const mesh_instance_t *other, mesh_instance_conflict_pt conflict,
    void *data)
{
    int                          differs;
    char                         pointer[32];
    uint32_t                     a, b;
    mesh_policy_t                x, y;
    const mesh_service_t        *s, *t;
    const mesh_instance_meta_t  *m;

    s = &kept->service;
    t = &other->service;
    x = s->policy;
    y = t->policy;

    for (m = mesh_instance_metas; m->name != NULL; m++) {

        differs = 0;

        if (m->max != 0) {
            a = *mesh_instance_meta_of(m, &x);
            b = *mesh_instance_meta_of(m, &y);
            differs = (a != 0 && b != 0 && a != b);

        } else if (m->take == mesh_instance_meta_protocol) {
            differs = (kept->protocol && other->protocol
                       && s->protocol != t->protocol);

        } else if (m->take == mesh_instance_meta_path) {
            differs = (s->path.len && t->path.len
                       && !gate_str_eq(s->path, t->path));

        } else if (m->take == mesh_instance_meta_host) {
            differs = mesh_instance_meta_hosts_differ(s, t);

        } else if (m->take == mesh_instance_meta_allow) {
            differs = mesh_instance_meta_allow_differs(&x, &y);
        }

        if (differs) {
            (void) snprintf(pointer, sizeof(pointer), "/Meta/%s", m->name);
            conflict(data, kept, other, pointer);
        }
    }
}


static int
mesh_instance_meta_hosts_differ(const mesh_service_t *a,
    const mesh_service_t *b)
{
    size_t  i;

    if (a->nhosts == 0 || b->nhosts == 0) {
        return 0;
    }

    for (i = 0; i < a->nhosts && i < b->nhosts; i++) {
        if (!gate_str_eq(a->hosts[i], b->hosts[i])) {
            return 1;
        }
    }

    return a->nhosts != b->nhosts;
}


static int
mesh_instance_meta_allow_differs(const mesh_policy_t *a,
    const mesh_policy_t *b)
{
    size_t  i;

    if (a->nallow == 0 || b->nallow == 0) {
        return 0;
    }

    for (i = 0; i < a->nallow && i < b->nallow; i++) {
        if (a->allow[i].prefix != b->allow[i].prefix
            || !mesh_address_same(&a->allow[i].address, &b->allow[i].address))
        {
            return 1;
        }
    }

    return a->nallow != b->nallow;
}
