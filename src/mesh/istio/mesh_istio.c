
/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * The catalog in Istio's words.  A service is a ServiceEntry; each address of
 * an instance that gets calls is a WorkloadEntry that the service selects.
 * Values are JSON strings, which are YAML's, too (YAML 1.2, 7.3.1).
 */


#include "mesh_istio.h"
#include "gate_hex.h"
#include "gate_xxh.h"


#define MESH_ISTIO_KEEP  46                   /* bytes before "-" and a hash */


typedef struct {
    mesh_out_t            *gone;
    mesh_out_t            *docs;
} mesh_istio_diff_t;


static void mesh_istio_head(const char *kind, gate_str_t name,
    mesh_out_t *out);
static void mesh_istio_entry(const mesh_service_t *s, gate_str_t label,
    mesh_out_t *out);
static void mesh_istio_hosts(const mesh_service_t *s, gate_str_t label,
    mesh_out_t *out);
static void mesh_istio_workload(const mesh_service_t *s,
    const mesh_endpoint_t *e, const mesh_address_t *a, gate_str_t label,
    mesh_out_t *out);
static void mesh_istio_label(const char *name, gate_str_t value,
    mesh_out_t *out);
static int mesh_istio_is_label(gate_str_t value);
static size_t mesh_istio_workload_name(const mesh_endpoint_t *e,
    const mesh_address_t *a, gate_str_t label, unsigned char *dst);
static int mesh_istio_called(const mesh_endpoint_t *e);
static int mesh_istio_has(const mesh_service_t *s, const mesh_endpoint_t *e,
    const mesh_address_t *a);
static int mesh_istio_differs(void *data, mesh_item_t *before,
    mesh_item_t *after);
static void mesh_istio_gone(const char *kind, gate_str_t name,
    mesh_out_t *out);


static const char *const  mesh_istio_protocols[] = {
    "HTTP", "HTTP2", "GRPC", "TCP"
};

static const char *const  mesh_istio_ports[] = {
    "http", "http2", "grpc", "tcp"
};


size_t
mesh_istio_name(gate_str_t name, unsigned char dst[MESH_ISTIO_NAME])
{
    int             same;
    size_t          i, n;
    uint64_t        hash;
    unsigned char   c, bytes[8];

    same = (name.len < MESH_ISTIO_NAME);
    n = same ? name.len : MESH_ISTIO_KEEP;

    for (i = 0; i < n; i++) {
        c = gate_lower(name.data[i]);

        if (!((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9'))
            && (c != '-' || i == 0 || i + 1 == n))
        {
            c = 'x';
        }

        same = same && c == name.data[i];
        dst[i] = c;
    }

    if (same && n != 0) {
        return n;
    }

    n = (n > MESH_ISTIO_KEEP) ? MESH_ISTIO_KEEP : n;
    hash = gate_xxh64(name, 0);

    for (i = 0; i < 8; i++) {
        bytes[i] = (unsigned char) (hash >> (56 - 8 * i));
    }

    dst[n] = (n == 0) ? 'x' : '-';
    (void) gate_hex_write(bytes, sizeof(bytes), dst + n + 1);

    return n + 1 + 16;
}


void
mesh_istio_service(const mesh_service_t *s, mesh_out_t *out)
{
    size_t          i, k;
    gate_str_t      label;
    unsigned char   name[MESH_ISTIO_NAME];

    if (s->nendpoints == 0) {
        return;
    }

    label = gate_str(name, mesh_istio_name(s->item.name, name));

    mesh_istio_entry(s, label, out);

    for (i = 0; i < s->nendpoints; i++) {

        if (!mesh_istio_called(&s->endpoints[i])) {
            continue;
        }

        for (k = 0; k < s->endpoints[i].naddresses; k++) {
            mesh_istio_workload(s, &s->endpoints[i],
                                &s->endpoints[i].addresses[k], label, out);
        }
    }
}


static void
mesh_istio_head(const char *kind, gate_str_t name, mesh_out_t *out)
{
    mesh_out_cstr(out, "---\napiVersion: networking.istio.io/v1\nkind: ");
    mesh_out_cstr(out, kind);
    mesh_out_cstr(out, "\nmetadata:\n  name: ");
    mesh_out_json(out, name);
    mesh_out_cstr(out, "\n");
}


/* callers know one port: that of the first endpoint */

static void
mesh_istio_entry(const mesh_service_t *s, gate_str_t label, mesh_out_t *out)
{
    mesh_istio_head("ServiceEntry", label, out);

    mesh_out_cstr(out, "spec:\n  hosts:\n");
    mesh_istio_hosts(s, label, out);
    mesh_out_cstr(out, "  location: MESH_INTERNAL\n  resolution: STATIC\n"
                       "  ports:\n  - name: ");
    mesh_out_cstr(out, mesh_istio_ports[s->protocol]);
    mesh_out_cstr(out, "\n    number: ");
    mesh_out_uint(out, s->endpoints[0].port);
    mesh_out_cstr(out, "\n    protocol: ");
    mesh_out_cstr(out, mesh_istio_protocols[s->protocol]);
    mesh_out_cstr(out, "\n  workloadSelector:\n    labels:\n"
                       "      mesh-service: ");
    mesh_out_json(out, label);
    mesh_out_cstr(out, "\n");
}


static void
mesh_istio_hosts(const mesh_service_t *s, gate_str_t label, mesh_out_t *out)
{
    size_t  i;

    mesh_out_cstr(out, "  - \"");
    mesh_out_add(out, label);
    mesh_out_cstr(out, ".mesh\"\n");

    for (i = 0; i < s->nhosts; i++) {

        /* Istio takes no address as a host */

        if (memchr(s->hosts[i].data, ':', s->hosts[i].len) == NULL) {
            mesh_out_cstr(out, "  - ");
            mesh_out_json(out, s->hosts[i]);
            mesh_out_cstr(out, "\n");
        }
    }
}


static void
mesh_istio_workload(const mesh_service_t *s, const mesh_endpoint_t *e,
    const mesh_address_t *a, gate_str_t label, mesh_out_t *out)
{
    unsigned char  name[2 * MESH_ISTIO_NAME], text[MESH_ADDRESS_TEXT];

    mesh_istio_head("WorkloadEntry",
                    gate_str(name, mesh_istio_workload_name(e, a, label,
                                                            name)),
                    out);

    mesh_out_cstr(out, "spec:\n  address: ");
    mesh_out_json(out, gate_str(text, mesh_address_text(a, text)));
    mesh_out_cstr(out, "\n  ports:\n    ");
    mesh_out_cstr(out, mesh_istio_ports[s->protocol]);
    mesh_out_cstr(out, ": ");
    mesh_out_uint(out, e->port);
    mesh_out_cstr(out, "\n  labels:\n    mesh-service: ");
    mesh_out_json(out, label);
    mesh_out_cstr(out, "\n");

    mesh_istio_label("version", e->version, out);
    mesh_istio_label("mesh-node", e->node, out);
    mesh_istio_label("mesh-process", e->process, out);

    if (a->plane.len != 0) {
        mesh_out_cstr(out, "  network: ");
        mesh_out_json(out, a->plane);
        mesh_out_cstr(out, "\n");
    }

    mesh_out_cstr(out, "  weight: ");
    mesh_out_uint(out, e->weight);
    mesh_out_cstr(out, "\n");
}


static void
mesh_istio_label(const char *name, gate_str_t value, mesh_out_t *out)
{
    unsigned char  dst[MESH_ISTIO_NAME];

    if (value.len == 0) {
        return;
    }

    if (!mesh_istio_is_label(value)) {
        value = gate_str(dst, mesh_istio_name(value, dst));
    }

    mesh_out_cstr(out, "    ");
    mesh_out_cstr(out, name);
    mesh_out_cstr(out, ": ");
    mesh_out_json(out, value);
    mesh_out_cstr(out, "\n");
}


/* a label may have what a name may not, as "1.0" */

static int
mesh_istio_is_label(gate_str_t value)
{
    int            letter;
    size_t         i;
    unsigned char  c;

    if (value.len >= MESH_ISTIO_NAME) {
        return 0;
    }

    for (i = 0; i < value.len; i++) {
        c = gate_lower(value.data[i]);
        letter = (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');

        if (!letter && ((c != '.' && c != '_' && c != '-') || i == 0
                        || i + 1 == value.len))
        {
            return 0;
        }
    }

    return 1;
}


/* the instance and its address, whatever else is said of it */

static size_t
mesh_istio_workload_name(const mesh_endpoint_t *e, const mesh_address_t *a,
    gate_str_t label, unsigned char *dst)
{
    size_t          i, n;
    uint64_t        hash;
    unsigned char  *p, text[MESH_ADDRESS_TEXT], bytes[8];

    n = mesh_address_text(a, text);
    hash = gate_xxh64_pair(e->node, e->id, 0);
    hash = gate_xxh64(gate_str(text, n), hash);

    for (i = 0; i < 8; i++) {
        bytes[i] = (unsigned char) (hash >> (56 - 8 * i));
    }

    p = gate_str_copy(dst, label);
    *p++ = '-';

    return (size_t) (gate_hex_write(bytes, sizeof(bytes), p) - dst);
}


static int
mesh_istio_called(const mesh_endpoint_t *e)
{
    return e->health != MESH_CRITICAL && e->weight != 0;
}


void
mesh_istio_difference(const mesh_catalog_t *from, const mesh_catalog_t *to,
    mesh_out_t *out)
{
    mesh_out_t         docs;
    mesh_istio_diff_t  d;

    memset(&docs, 0, sizeof(mesh_out_t));

    d.gone = out;
    d.docs = &docs;

    (void) mesh_map_diff(mesh_catalog_services(from),
                         mesh_catalog_services(to), mesh_istio_differs, &d);

    mesh_out_add(out, mesh_out_text(&docs));
    out->failed |= docs.failed;

    mesh_out_free(&docs);
}


static int
mesh_istio_differs(void *data, mesh_item_t *before, mesh_item_t *after)
{
    mesh_istio_diff_t *d = data;

    size_t            i, k, n;
    gate_str_t        label;
    unsigned char     name[MESH_ISTIO_NAME], workload[2 * MESH_ISTIO_NAME];
    mesh_service_t   *old, *new;
    mesh_endpoint_t  *e;

    old = (mesh_service_t *) before;
    new = (mesh_service_t *) after;

    if (new != NULL) {
        mesh_istio_service(new, d->docs);
    }

    if (old == NULL || old->nendpoints == 0) {
        return 0;
    }

    label = gate_str(name, mesh_istio_name(old->item.name, name));

    if (new == NULL || new->nendpoints == 0) {
        mesh_istio_gone("ServiceEntry", label, d->gone);
    }

    for (i = 0; i < old->nendpoints; i++) {
        e = &old->endpoints[i];

        for (k = 0; mesh_istio_called(e) && k < e->naddresses; k++) {

            if (new == NULL || !mesh_istio_has(new, e, &e->addresses[k])) {
                n = mesh_istio_workload_name(e, &e->addresses[k], label,
                                             workload);
                mesh_istio_gone("WorkloadEntry", gate_str(workload, n),
                                d->gone);
            }
        }
    }

    return 0;
}


static int
mesh_istio_has(const mesh_service_t *s, const mesh_endpoint_t *e,
    const mesh_address_t *a)
{
    size_t  i, k;

    for (i = 0; i < s->nendpoints; i++) {

        if (!mesh_istio_called(&s->endpoints[i])
            || !gate_str_eq(s->endpoints[i].id, e->id)
            || !gate_str_eq(s->endpoints[i].node, e->node))
        {
            continue;
        }

        for (k = 0; k < s->endpoints[i].naddresses; k++) {
            if (mesh_address_same(&s->endpoints[i].addresses[k], a)) {
                return 1;
            }
        }
    }

    return 0;
}


static void
mesh_istio_gone(const char *kind, gate_str_t name, mesh_out_t *out)
{
    mesh_out_cstr(out, "# deleted: ");
    mesh_out_cstr(out, kind);
    mesh_out_cstr(out, "/");
    mesh_out_add(out, name);
    mesh_out_cstr(out, "\n");
}
