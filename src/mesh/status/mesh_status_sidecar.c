
/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * What sidecars know, of themselves and of a service.
 */


#include "mesh_status_sidecar.h"


#define MESH_STATUS_RESOURCE  256             /* bytes of a name */


static void mesh_status_type_of(const mesh_ads_t *ads, mesh_xds_type_e type,
    mesh_out_t *out);
static size_t mesh_status_cluster(const mesh_service_t *s, size_t i,
    unsigned char *dst);
static int mesh_status_missing(const mesh_ads_t *ads,
    const mesh_service_t *s, size_t i);
static size_t mesh_status_refusal(const mesh_ads_t *ads,
    mesh_ads_stat_t *refusal);


static const char *const  mesh_status_types[] = {
    "clusters", "endpoints", "listeners", "routes", "virtual_hosts"
};


const char *
mesh_status_type(mesh_xds_type_e type)
{
    return mesh_status_types[type];
}


void
mesh_status_sidecar(const mesh_ads_t *ads, mesh_out_t *out)
{
    int               i, first;
    mesh_xds_node_t  *node;

    node = mesh_ads_node(ads);
    first = 1;

    mesh_out_name(out, "id");
    mesh_out_json(out, node->sidecar.id);
    mesh_out_cstr(out, ",\"cluster\":");
    mesh_out_json(out, node->sidecar.cluster);
    mesh_out_cstr(out, ",\"node\":");
    mesh_out_json(out, node->node);
    mesh_out_cstr(out, node->sidecar.role == MESH_ROLE_GATEWAY
                       ? ",\"role\":\"gateway\"" : ",\"role\":\"service\"");
    mesh_out_cstr(out, ",\"types\":{");

    for (i = 0; i < MESH_XDS_TYPES; i++) {
        mesh_out_comma(out, &first);
        mesh_status_type_of(ads, (mesh_xds_type_e) i, out);
    }

    mesh_out_cstr(out, "}");
}


static void
mesh_status_type_of(const mesh_ads_t *ads, mesh_xds_type_e type,
    mesh_out_t *out)
{
    mesh_ads_stat_t  stat;

    mesh_ads_stat(ads, type, &stat);

    mesh_out_cstr(out, "\"");
    mesh_out_cstr(out, mesh_status_types[type]);
    mesh_out_cstr(out, "\":{\"resources\":");
    mesh_out_uint(out, stat.resources);
    mesh_out_cstr(out, ",\"sent\":");
    mesh_out_uint(out, stat.sent);
    mesh_out_cstr(out, ",\"acked\":");
    mesh_out_uint(out, stat.acked);
    mesh_out_cstr(out, ",\"nacked\":");
    mesh_out_uint(out, stat.nacked);
    mesh_out_cstr(out, stat.in_flight ? ",\"in_flight\":true"
                                      : ",\"in_flight\":false");
    mesh_out_cstr(out, stat.refused ? ",\"refused\":true"
                                    : ",\"refused\":false");

    if (stat.nack.len != 0) {
        mesh_out_cstr(out, ",\"nack\":");
        mesh_out_json(out, stat.nack);
    }

    mesh_out_cstr(out, "}");
}


void
mesh_status_knows(const mesh_ads_t *ads, const mesh_service_t *s,
    mesh_out_t *out)
{
    int             first;
    size_t          i, missing;
    unsigned char   name[MESH_STATUS_RESOURCE];

    first = 1;
    missing = 0;

    mesh_out_name(out, "id");
    mesh_out_json(out, mesh_ads_node(ads)->sidecar.id);
    mesh_out_cstr(out, ",\"missing\":[");

    for (i = 0; i < s->nversions; i++) {

        if (mesh_status_missing(ads, s, i)) {
            missing++;
            mesh_out_comma(out, &first);
            mesh_out_json(out, gate_str(name, mesh_status_cluster(s, i,
                                                                  name)));
        }
    }

    mesh_out_cstr(out, missing == 0 ? "],\"current\":true"
                                    : "],\"current\":false");
}


void
mesh_status_knows_text(const mesh_ads_t *ads, const mesh_service_t *s,
    mesh_out_t *out)
{
    size_t           i, missing, type;
    mesh_ads_stat_t  refusal;

    missing = 0;

    for (i = 0; i < s->nversions; i++) {
        missing += (size_t) mesh_status_missing(ads, s, i);
    }

    mesh_out_cstr(out, "sidecar   ");
    mesh_out_add(out, mesh_ads_node(ads)->sidecar.id);

    if (missing == 0) {
        mesh_out_cstr(out, ": knows all of it\n");

    } else {
        mesh_out_cstr(out, ": waits for ");
        mesh_out_uint(out, missing);
        mesh_out_cstr(out, " of ");
        mesh_out_uint(out, s->nversions);
        mesh_out_cstr(out, " versions\n");
    }

    type = mesh_status_refusal(ads, &refusal);

    if (type != MESH_XDS_TYPES) {
        mesh_out_cstr(out, "          refused ");
        mesh_out_cstr(out, mesh_status_types[type]);
        mesh_out_cstr(out, ": ");
        mesh_out_json(out, refusal.nack);
        mesh_out_cstr(out, "\n");
    }
}


/* "outbound|SERVICE|VERSION", of clusters and of their endpoints */

static size_t
mesh_status_cluster(const mesh_service_t *s, size_t i, unsigned char *dst)
{
    unsigned char  *p;

    p = gate_str_copy(dst, gate_cstr("outbound|"));
    p = gate_str_copy(p, s->item.name);
    *p++ = '|';
    p = gate_str_copy(p, s->versions[i]);

    return (size_t) (p - dst);
}


static int
mesh_status_missing(const mesh_ads_t *ads, const mesh_service_t *s, size_t i)
{
    gate_str_t      name;
    unsigned char   text[MESH_STATUS_RESOURCE];

    name = gate_str(text, mesh_status_cluster(s, i, text));

    return !mesh_ads_has(ads, MESH_XDS_CLUSTER, name)
           || !mesh_ads_has(ads, MESH_XDS_ENDPOINT, name);
}


/* the first type whose last response was refused */

static size_t
mesh_status_refusal(const mesh_ads_t *ads, mesh_ads_stat_t *refusal)
{
    int  i;

    for (i = 0; i < MESH_XDS_TYPES; i++) {
        mesh_ads_stat(ads, (mesh_xds_type_e) i, refusal);

        if (refusal->refused) {
            break;
        }
    }

    return (size_t) i;
}
