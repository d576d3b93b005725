
/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * Random meshes and random changes of them: whatever differs for a sidecar is
 * among what mesh_xds_affected() tells, and all that there is can be made.
 *
 * With MESH_DUMP=FILE the resources are written there, each as the length of
 * its type's name, the name, the length of the message (32 bits, the low byte
 * first), the message; for t/mesh/xds_messages.py.
 */


#include "tap.h"
#include "mesh_xds.h"


#define STEPS     400
#define SIDECARS  5
#define SEEN_MAX  4096


typedef struct {
    int                    type;
    char                   name[300];
} seen_t;


static const char *const  names[] = {
    "orders", "Orders", "a", "a.mesh", "unknown", "web", "bytes"
};

static const char *const  hosts[] = {
    "shop.example", "a", "orders.mesh", "web.mesh", "b.example"
};

static const char *const  versions[] = { "v1", "v2", "default" };
static const char *const  paths[] = { "", "", "/a", "/a/b", "/c" };
static const char *const  ips[] = {
    "10.9.0.1", "10.9.0.2", "10.9.0.3", "10.9.0.4", "fd00::1", "fd00::2"
};

static const uint16_t  ports[] = { 80, 8080, 9000 };

static uint64_t  seed = 88172645463325252ULL;
static seen_t    seen[SEEN_MAX];
static size_t    nseen;
static FILE     *dump;


/* xorshift64: the same numbers on each machine */

static unsigned
any(unsigned n)
{
    seed ^= seed << 13;
    seed ^= seed >> 7;
    seed ^= seed << 17;

    return (unsigned) (seed >> 33) % n;
}


#define ONE_OF(list)  list[any(sizeof(list) / sizeof(list[0]))]


static mesh_address_t
address(const char *text, const char *plane)
{
    mesh_address_t  a;

    if (!mesh_address_parse(gate_cstr(text), &a)) {
        fail("%s is no address", text);
    }

    a.plane = gate_cstr(plane);

    return a;
}


static mesh_service_t *
service(const char *name)
{
    size_t            i, j;
    mesh_net_t        net;
    gate_str_t        of[2];
    const char       *why;
    mesh_address_t    at[4][2];
    mesh_service_t    s, *made;
    mesh_endpoint_t   e[4];
    char              ids[4][24];

    memset(&s, 0, sizeof(s));
    memset(e, 0, sizeof(e));

    s.item.name = gate_cstr(name);
    s.protocol = any(4);
    s.path = gate_cstr(ONE_OF(paths));
    s.hosts = of;

    for (i = any(3); i > 0; i--) {
        of[s.nhosts] = gate_cstr(ONE_OF(hosts));

        if (s.nhosts == 0 || !gate_str_eq(of[0], of[s.nhosts])) {
            s.nhosts++;
        }
    }

    s.endpoints = e;
    s.nendpoints = any(5);

    for (i = 0; i < s.nendpoints; i++) {
        snprintf(ids[i], sizeof(ids[i]), "i%zu", i);

        e[i].id = gate_cstr(ids[i]);
        e[i].node = gate_cstr("n");
        e[i].version = gate_cstr(ONE_OF(versions));
        e[i].port = ONE_OF(ports);
        e[i].weight = any(4);
        e[i].health = any(3);
        e[i].addresses = at[i];
        e[i].naddresses = 1 + any(2);

        for (j = 0; j < e[i].naddresses; j++) {
            at[i][j] = address(ONE_OF(ips), j ? "oam" : "");
        }
    }

    (void) mesh_net_parse(gate_cstr("fd00::/8"), &net);

    s.policy.timeout_ms = any(2) * 1500;
    s.policy.idle_ms = any(2) * 700;
    s.policy.retries = any(3);
    s.policy.rate = any(2) * 10;
    s.policy.burst = any(2) * 5;
    s.policy.connections = any(2) * 100;
    s.policy.allow = &net;
    s.policy.nallow = any(2);

    if (mesh_service_make(&s, &made, &why) != MESH_OK) {
        fail("%s: %s", name, why);
        exit(1);
    }

    return made;
}


static void
rule_free(mesh_item_t *item)
{
    free(item);
}


static mesh_rule_t *
rule(const char *name)
{
    size_t         i;
    gate_rule_t   *r;
    mesh_rule_t   *made;

    static gate_rule_match_t  match[] = {
        { gate_string("x-user"), GATE_RULE_EXACT, gate_string("ann"),
          gate_string("v2"), NULL },
        { gate_string("x-user"), GATE_RULE_PREFIX, gate_string("b"),
          gate_string("v1"), NULL },
        { gate_string("user-agent"), GATE_RULE_REGEX, gate_string(".*x.*"),
          gate_string("v1"), NULL }
    };

    made = calloc(1, sizeof(mesh_rule_t));

    if (made == NULL) {
        exit(1);
    }

    made->item.name = gate_cstr(name);
    made->item.refs = 1;
    made->item.free = rule_free;

    r = &made->rule;
    r->service = made->item.name;
    r->nversions = 2;

    for (i = 0; i < r->nversions; i++) {
        r->versions[i] = gate_cstr(versions[i]);
        r->weights[i] = any(3) * 50;
    }

    r->match = match;
    r->nmatch = any(4);
    r->fallback = gate_cstr(any(2) ? "v1" : "");

    return made;
}


/* one service or rule comes, goes or changes; which one */

static const char *
step(mesh_state_t *s)
{
    const char      *name;
    mesh_rule_t     *r;
    mesh_service_t  *made;

    name = ONE_OF(names);

    switch (any(6)) {

    case 0:
        (void) mesh_catalog_delete(&s->catalog, gate_cstr(name));
        break;

    case 1:
        (void) mesh_map_delete(&s->rules, gate_cstr(name));
        break;

    case 2:
        r = rule(name);
        (void) mesh_map_set(&s->rules, &r->item);
        mesh_item_unref(&r->item);
        break;

    default:
        made = service(name);
        (void) mesh_catalog_set(&s->catalog, made);
        mesh_item_unref(&made->item);
    }

    return name;
}


static mesh_address_t  own[3];
static gate_str_t      planes[] = { gate_string("oam") };

static mesh_sidecar_t
sidecar(unsigned n)
{
    mesh_sidecar_t  s;

    memset(&s, 0, sizeof(s));

    own[0] = address("10.9.0.1", "");
    own[1] = address("10.9.0.2", "");
    own[2] = address("fd00::1", "");

    s.id = gate_cstr("sidecar~1");
    s.role = (n < 2) ? MESH_ROLE_GATEWAY : MESH_ROLE_SERVICE;
    s.ondemand = (n == 1);
    s.redirect = (n > 2);
    s.pass = (n == 4);
    s.egress = address("127.0.0.1", "");
    s.egress_port = 15080;
    s.addresses = own;
    s.naddresses = (n < 2) ? 0 : 3;
    s.planes = planes;
    s.nplanes = (n & 1);

    return s;
}


static void
note(int type, gate_str_t name)
{
    if (nseen == SEEN_MAX || name.len >= sizeof(seen[0].name)) {
        fail("too much is told");
        exit(1);
    }

    seen[nseen].type = type;
    memcpy(seen[nseen].name, name.data, name.len);
    seen[nseen++].name[name.len] = '\0';
}


static int
affects(void *data, mesh_xds_type_e type, gate_str_t name)
{
    note(type, name);

    return 0;
}


typedef struct {
    const mesh_sidecar_t  *sidecar;
    const mesh_state_t    *from;
    const mesh_state_t    *to;
    mesh_xds_type_e        type;
    size_t                 untold;
    size_t                 unmade;
    char                   first[400];
} look_t;


static void
written(mesh_xds_type_e type, const mesh_pb_t *pb)
{
    size_t         i, n[2];
    gate_str_t     url;

    url = mesh_xds_url(type);
    n[0] = url.len;
    n[1] = pb->len;

    for (i = 0; i < 2; i++) {
        fputc((int) (n[i] & 255), dump);
        fputc((int) (n[i] >> 8 & 255), dump);
        fputc((int) (n[i] >> 16 & 255), dump);
        fputc((int) (n[i] >> 24 & 255), dump);
        fwrite(i ? pb->data : url.data, 1, n[i], dump);
    }
}


/* the same before and after, or told */

static int
look(void *data, gate_str_t name)
{
    size_t      i;
    look_t     *l = data;
    mesh_rc_e   rc[2];
    mesh_pb_t   pb[2];

    memset(pb, 0, sizeof(pb));

    rc[0] = mesh_xds_encode(l->type, name, l->sidecar, l->from, &pb[0]);
    rc[1] = mesh_xds_encode(l->type, name, l->sidecar, l->to, &pb[1]);

    l->unmade += (rc[0] != MESH_OK && rc[1] != MESH_OK
                  && l->type != MESH_XDS_VHOST);

    if (dump != NULL && rc[1] == MESH_OK) {
        written(l->type, &pb[1]);
    }

    if (rc[0] != rc[1] || pb[0].len != pb[1].len
        || (pb[0].len && memcmp(pb[0].data, pb[1].data, pb[0].len) != 0))
    {
        for (i = 0; i < nseen; i++) {

            if (seen[i].type == (int) l->type
                && gate_str_eq(gate_cstr(seen[i].name), name))
            {
                break;
            }
        }

        if (i == nseen && l->untold++ == 0) {
            snprintf(l->first, sizeof(l->first), "%d:%.*s", l->type,
                     (int) name.len, name.data);
        }
    }

    mesh_pb_free(&pb[0]);
    mesh_pb_free(&pb[1]);

    return 0;
}


static void
looks(look_t *l)
{
    size_t  i, j;
    char    name[64];

    static const char *const  asked[] = {
        "mesh/orders", "mesh/a", "mesh/a.mesh", "mesh/a.mesh.mesh",
        "mesh/unknown", "mesh/web", "mesh/web.mesh", "mesh/orders.mesh",
        "mesh/shop.example", "mesh/b.example", "mesh/nobody"
    };

    for (i = MESH_XDS_CLUSTER; i < MESH_XDS_VHOST; i++) {
        l->type = i;
        (void) mesh_xds_names(i, l->sidecar, l->from, look, l);
        (void) mesh_xds_names(i, l->sidecar, l->to, look, l);
    }

    l->type = MESH_XDS_VHOST;

    for (j = 0; j < sizeof(asked) / sizeof(asked[0]); j++) {
        snprintf(name, sizeof(name), "%s", asked[j]);
        (void) look(l, gate_cstr(name));
    }
}


int
main(void)
{
    unsigned         i, n;
    look_t           l;
    const char      *name;
    mesh_state_t     from, to;
    mesh_sidecar_t   s;

    dump = getenv("MESH_DUMP") ? fopen(getenv("MESH_DUMP"), "wb") : NULL;
    memset(&from, 0, sizeof(from));
    memset(&l, 0, sizeof(l));

    l.from = &from;
    l.to = &to;
    l.sidecar = &s;

    for (i = 0; i < STEPS; i++) {
        to.catalog = from.catalog ? mesh_catalog_ref(from.catalog) : NULL;
        to.rules = from.rules ? mesh_map_ref(from.rules) : NULL;

        name = step(&to);

        for (n = 0; n < SIDECARS; n++) {
            s = sidecar(n);
            nseen = 0;

            (void) mesh_xds_affected(gate_cstr(name), &s, &from, &to, affects,
                                     NULL);
            looks(&l);
        }

        mesh_catalog_unref(from.catalog);
        mesh_map_unref(from.rules);
        from = to;
    }

    is_int(l.untold, 0, "%d changes, %d sidecars: all that differs is told",
           STEPS, SIDECARS);
    is_str(l.first, "", "... and this is the first that is not");
    is_int(l.unmade, 0, "all that is named is there before or after");

    mesh_catalog_unref(from.catalog);
    mesh_map_unref(from.rules);

    if (dump != NULL) {
        fclose(dump);
    }

    return done_testing();
}
