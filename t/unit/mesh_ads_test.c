
/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * A sidecar's stream, from the side of a sidecar that does as Envoy does: the
 * order of what it is told, and what a refusal, a new stream and cut messages
 * do.
 */


#include "tap.h"
#include "mesh_ads.h"
#include "mesh_grpc.h"


static mesh_state_t  state;
static char          said[4096];


static void
endpoint(const char *name, const char *version, const char *ip)
{
    const char       *why;
    mesh_address_t    a;
    mesh_service_t    s, *made;
    mesh_endpoint_t   e;

    memset(&s, 0, sizeof(s));
    memset(&e, 0, sizeof(e));

    (void) mesh_address_parse(gate_cstr(ip), &a);

    e.id = gate_cstr("1");
    e.node = gate_cstr("n");
    e.version = gate_cstr(version);
    e.port = 80;
    e.weight = 1;
    e.addresses = &a;
    e.naddresses = 1;
    s.item.name = gate_cstr(name);
    s.endpoints = &e;
    s.nendpoints = 1;

    (void) mesh_service_make(&s, &made, &why);
    (void) mesh_catalog_set(&state.catalog, made);
    mesh_item_unref(&made->item);
}


/* a change of the mesh that a stream hears of */

static void
change(mesh_ads_t *a, const char *name, const char *version, const char *ip)
{
    mesh_state_t  from;

    from = state;
    from.catalog = mesh_catalog_ref(state.catalog);

    if (ip) {
        endpoint(name, version, ip);

    } else {
        (void) mesh_catalog_delete(&state.catalog, gate_cstr(name));
    }

    (void) mesh_ads_change(a, &from, &state);
    mesh_catalog_unref(from.catalog);
}


static const char  types[] = "CELRV";


/*
 * TYPE+name+name-removed?empty, of all that comes until there is nothing more
 */

static const char *
hear(mesh_ads_t *a, gate_str_t *nonce)
{
    size_t            at;
    gate_str_t        name;
    mesh_pb_t         pb;
    mesh_xds_type_e   type;
    mesh_pb_field_t   f, g;
    mesh_pb_reader_t  r, q;
    char              names[2048], kind, sign;
    static char       nonces[5][32];

    memset(&pb, 0, sizeof(pb));
    said[0] = '\0';

    for (at = 0; mesh_ads_next(a, &state, &pb) == MESH_OK; at = pb.len) {

        names[0] = '\0';
        kind = '?';
        mesh_pb_read(&r, gate_str(pb.data + at, pb.len - at));

        while (mesh_pb_next(&r, &f) == 1) {

            if (f.field == 2 || f.field == 6) {
                name = f.s;
                sign = (f.field == 2) ? '?' : '-';
                mesh_pb_read(&q, f.s);

                while (f.field == 2 && mesh_pb_next(&q, &g) == 1) {
                    name = (g.field == 3) ? g.s : name;
                    sign = (g.field == 2) ? '+' : sign;
                }

                sprintf(names + strlen(names), "%c%.*s", sign, (int) name.len,
                        name.data);

            } else if (f.field == 4 && mesh_xds_type(f.s, &type)) {
                kind = types[type];

            } else if (f.field == 5) {
                sprintf(nonces[type], "%.*s", (int) f.s.len, f.s.data);
                nonce[type] = gate_cstr(nonces[type]);
            }
        }

        sprintf(said + strlen(said), "%s%c%s", said[0] ? " " : "", kind, names);
    }

    mesh_pb_free(&pb);

    return said;
}


/* names: "+name -name =name:version", "!text" for a refusal */

static mesh_rc_e
ask(mesh_ads_t *a, mesh_xds_type_e type, const char *nonce, const char *names)
{
    char              copy[1024], *p, *colon;
    size_t            at, value;
    mesh_pb_t         pb;
    mesh_rc_e         rc;
    const char       *why;

    memset(&pb, 0, sizeof(pb));
    snprintf(copy, sizeof(copy), "%s", names);

    at = mesh_pb_begin(&pb, 1);
    mesh_pb_string(&pb, 1, gate_cstr("sidecar~1"));
    mesh_pb_end(&pb, at);
    mesh_pb_string(&pb, 2, mesh_xds_url(type));

    for (p = strtok(copy, " "); p; p = strtok(NULL, " ")) {

        switch (*p++) {

        case '+':
            mesh_pb_string(&pb, 3, gate_cstr(p));
            break;

        case '-':
            mesh_pb_string(&pb, 4, gate_cstr(p));
            break;

        case '=':
            colon = strchr(p, ':');
            *colon = '\0';
            value = mesh_pb_begin(&pb, 5);
            mesh_pb_string(&pb, 1, gate_cstr(p));
            mesh_pb_string(&pb, 2, gate_cstr(colon + 1));
            mesh_pb_end(&pb, value);
            break;

        default:
            value = mesh_pb_begin(&pb, 7);
            mesh_pb_uint(&pb, 1, 13);
            mesh_pb_string(&pb, 2, gate_cstr(p));
            mesh_pb_end(&pb, value);
        }
    }

    mesh_pb_string(&pb, 6, gate_cstr(nonce));

    rc = mesh_ads_receive(a, gate_str(pb.data, pb.len), &state, &why);
    mesh_pb_free(&pb);

    return rc;
}


static char  word[32];

static const char *
of(gate_str_t nonce)
{
    sprintf(word, "%.*s", (int) nonce.len, nonce.data);

    return word;
}


#define C  MESH_XDS_CLUSTER
#define E  MESH_XDS_ENDPOINT
#define L  MESH_XDS_LISTENER
#define R  MESH_XDS_ROUTE
#define V  MESH_XDS_VHOST


/* up to the routes */

static mesh_ads_t *
begun(gate_str_t *nonce)
{
    mesh_ads_t  *a;

    a = mesh_ads_create();

    (void) ask(a, C, "", "");
    (void) hear(a, nonce);
    (void) ask(a, C, of(nonce[C]), "");
    (void) ask(a, E, "", "+outbound|a|v1");
    (void) hear(a, nonce);
    (void) ask(a, E, of(nonce[E]), "");
    (void) ask(a, L, "", "");
    (void) hear(a, nonce);
    (void) ask(a, L, of(nonce[L]), "");
    (void) ask(a, R, "", "+mesh");
    (void) hear(a, nonce);
    (void) ask(a, R, of(nonce[R]), "");

    return a;
}


static void
test_order(void)
{
    mesh_ads_t  *a;
    gate_str_t   nonce[5];

    endpoint("a", "v1", "10.0.0.1");
    a = mesh_ads_create();

    is_str(hear(a, nonce), "", "nothing is said to who has said nothing");
    is_int(ask(a, C, "", ""), MESH_OK, "clusters are asked for");
    is_str(hear(a, nonce), "C+outbound|a|v1", "... and told");
    (void) ask(a, L, "", "");
    is_str(hear(a, nonce), "L+egress", "listeners");
    (void) ask(a, R, "", "+mesh");
    is_str(hear(a, nonce), "", "routes wait until clusters are taken");
    (void) ask(a, C, of(nonce[C]), "");
    is_str(hear(a, nonce), "", "... and for their endpoints");
    ok(mesh_ads_waits(a), "... they wait");
    (void) ask(a, E, "", "+outbound|a|v1");
    is_str(hear(a, nonce), "E+outbound|a|v1", "... which are told");
    (void) ask(a, L, of(nonce[L]), "");
    is_str(hear(a, nonce), "", "... and taken");
    (void) ask(a, E, of(nonce[E]), "");
    is_str(hear(a, nonce), "R+mesh", "... then routes are told");
    ok(!mesh_ads_waits(a), "... and nothing waits");
    (void) ask(a, R, of(nonce[R]), "");
    is_str(hear(a, nonce), "", "that is all");

    change(a, "a", "v1", "10.0.0.2");
    is_str(hear(a, nonce), "E+outbound|a|v1", "an endpoint: it alone");
    change(a, "a", "v1", "10.0.0.3");
    change(a, "a", "v1", "10.0.0.4");
    is_str(hear(a, nonce), "", "... one at a time");
    (void) ask(a, E, of(nonce[E]), "");
    is_str(hear(a, nonce), "E+outbound|a|v1", "... the last of those between");
    (void) ask(a, E, of(nonce[E]), "");

    change(a, "a", "v2", "10.0.0.4");
    is_str(hear(a, nonce), "C+outbound|a|v2",
           "another version: its cluster comes first");
    (void) ask(a, C, of(nonce[C]), "");
    (void) ask(a, E, "", "+outbound|a|v2");
    is_str(hear(a, nonce), "E+outbound|a|v2", "... then its endpoints");
    (void) ask(a, E, of(nonce[E]), "");
    is_str(hear(a, nonce), "R+mesh", "... then the routes lead there");
    (void) ask(a, R, of(nonce[R]), "");
    is_str(hear(a, nonce), "C-outbound|a|v1", "... then the old one goes");
    (void) ask(a, C, of(nonce[C]), "");
    (void) ask(a, E, "", "-outbound|a|v1");
    is_str(hear(a, nonce), "", "... and is gone");

    mesh_ads_free(a);
}


static void
test_again(void)
{
    mesh_ads_t  *a;
    gate_str_t   nonce[5];

    endpoint("a", "v1", "10.0.0.1");
    a = begun(nonce);

    change(a, "a", NULL, NULL);
    is_str(hear(a, nonce), "R+mesh", "a service goes: routes first");
    change(a, "a", "v1", "10.0.0.1");
    (void) ask(a, R, of(nonce[R]), "");
    is_str(hear(a, nonce), "R+mesh", "... it comes again: its cluster stays");
    (void) ask(a, R, of(nonce[R]), "");
    is_str(hear(a, nonce), "", "... and does not go");

    (void) ask(a, E, "", "+outbound|a|v1");
    is_str(hear(a, nonce), "E+outbound|a|v1",
           "who asks anew is told again what it has");
    (void) ask(a, E, of(nonce[E]), "");
    (void) ask(a, E, "", "+outbound|b|v1");
    is_str(hear(a, nonce), "E-outbound|b|v1",
           "endpoints of what there is not: that is said");
    (void) ask(a, E, of(nonce[E]), "");
    (void) ask(a, V, "", "");
    is_str(hear(a, nonce), "V", "hosts on demand begin with an empty answer");
    (void) ask(a, V, of(nonce[V]), "+mesh/a +mesh/x");
    is_str(hear(a, nonce), "V+mesh/a?mesh/x",
           "... those that are asked for; one that nobody has is empty");

    mesh_ads_free(a);
}


static void
test_refused(void)
{
    mesh_ads_t       *a;
    gate_str_t        nonce[5];
    mesh_ads_stat_t   stat;
    mesh_xds_type_e   type;

    endpoint("a", "v1", "10.0.0.1");
    a = begun(nonce);
    ok(mesh_ads_answer(a, &type) == 1 && type == R,
       "the last message took a response");

    change(a, "b", "v1", "10.0.0.9");
    is_str(hear(a, nonce), "C+outbound|b|v1", "a service comes");
    (void) ask(a, C, of(nonce[C]), "!bad\nreason");
    ok(mesh_ads_answer(a, &type) == -1 && type == C, "... is refused");
    is_str(hear(a, nonce), "R+mesh", "... routes wait no more");
    mesh_ads_stat(a, C, &stat);
    ok(stat.refused && stat.nacked == 1
       && gate_str_eq(stat.nack, gate_cstr("bad reason")),
       "... and it is known why");
    ok(!mesh_ads_has(a, C, gate_cstr("outbound|b|v1")), "... it has it not");
    (void) ask(a, R, of(nonce[R]), "");
    ok(mesh_ads_answer(a, &type) == 1 && type == R,
       "... what another type was refused for is not said again");
    (void) ask(a, V, "", "");
    is_int(mesh_ads_answer(a, &type), 0, "who only asks has answered nothing");
    (void) hear(a, nonce);
    (void) ask(a, V, of(nonce[V]), "");
    is_str(hear(a, nonce), "", "... it is not sent again");
    ok(mesh_ads_has(a, E, gate_cstr("outbound|a|v1")), "others it has");

    change(a, "b", NULL, NULL);
    (void) hear(a, nonce);
    (void) ask(a, R, of(nonce[R]), "");
    (void) hear(a, nonce);
    mesh_ads_free(a);
}


/* a stream that is not the first one of its sidecar */

static void
test_resumed(void)
{
    char         names[256];
    mesh_pb_t    pb;
    mesh_ads_t  *a;
    gate_str_t   nonce[5], s;
    mesh_pb_field_t   f;
    mesh_pb_reader_t  r;

    endpoint("a", "v1", "10.0.0.1");
    a = mesh_ads_create();
    memset(&pb, 0, sizeof(pb));

    (void) ask(a, C, "", "");
    (void) mesh_ads_next(a, &state, &pb);
    mesh_pb_read(&r, gate_str(pb.data, pb.len));
    (void) mesh_pb_next(&r, &f);
    mesh_pb_read(&r, f.s);
    (void) mesh_pb_next(&r, &f);
    s = f.s;

    sprintf(names, "=outbound|a|v1:%.*s =outbound|old|v1:0123456789abcdef",
            (int) s.len, s.data);
    mesh_ads_free(a);

    a = mesh_ads_create();
    (void) ask(a, C, "", names);
    is_str(hear(a, nonce), "C", "what it has is not told, and it is answered");
    (void) ask(a, C, of(nonce[C]), "");
    is_str(hear(a, nonce), "C-outbound|old|v1",
           "... what there is no more goes when nothing else is under way");

    ok(ask(a, E, "", "=x:1 +y") == MESH_OK, "of which it asks for others");
    is_str(hear(a, nonce), "E-y", "... it hears of those");

    mesh_pb_free(&pb);
    mesh_ads_free(a);
}


static void
test_bad(void)
{
    size_t        i;
    mesh_pb_t     pb;
    mesh_ads_t   *a;
    const char   *why;
    gate_str_t    nonce[5], message;

    a = mesh_ads_create();
    memset(&pb, 0, sizeof(pb));

    mesh_pb_string(&pb, 2, mesh_xds_url(C));
    ok(mesh_ads_receive(a, gate_str(pb.data, pb.len), &state, &why) == MESH_BAD
       && strstr(why, "no node"), "a first message without a node");

    message = gate_str("\xff\xff", 2);
    ok(mesh_ads_receive(a, message, &state, &why) == MESH_BAD, "no message");
    mesh_ads_free(a);

    a = begun(nonce);
    mesh_pb_free(&pb);
    mesh_pb_string(&pb, 2, gate_cstr("type.googleapis.com/other"));
    ok(mesh_ads_receive(a, gate_str(pb.data, pb.len), &state, &why)
       == MESH_NONE, "of another type nothing is known");
    is_str(hear(a, nonce), "", "... nor said");

    for (i = 0; i < pb.len; i++) {
        (void) mesh_ads_receive(a, gate_str(pb.data, i), &state, &why);
    }

    pass("cut at each byte");
    mesh_pb_free(&pb);
    mesh_ads_free(a);
}


static void
test_frames(void)
{
    int                  rc;
    size_t               i, cut, n;
    mesh_pb_t            pb;
    gate_str_t           in, message;
    mesh_grpc_reader_t   r;

    memset(&pb, 0, sizeof(pb));

    for (i = 0; i < 3; i++) {
        n = mesh_grpc_begin(&pb);
        mesh_pb_string(&pb, 1, gate_str("abcdefgh", 4 * i));
        mesh_grpc_end(&pb, n);
    }

    for (cut = 1; cut <= pb.len; cut++) {
        memset(&r, 0, sizeof(r));
        n = 0;

        for (i = 0; i < pb.len; i += cut) {
            in = gate_str(pb.data + i, (pb.len - i < cut) ? pb.len - i : cut);

            while ((rc = mesh_grpc_read(&r, &in, &message)) == 1) {
                n = n * 100 + message.len;
            }
        }

        if (n != 610) {
            fail("cut by %d: %d", (int) cut, (int) n);
        }

        mesh_grpc_free(&r);
    }

    pass("frames, cut anywhere");

    memset(&r, 0, sizeof(r));
    in = gate_str("\1\0\0\0\0", 5);
    is_int(mesh_grpc_read(&r, &in, &message), -1, "a compressed one");
    memset(&r, 0, sizeof(r));
    in = gate_str("\0\377\0\0\0", 5);
    is_int(mesh_grpc_read(&r, &in, &message), -1, "one that is too long");

    mesh_pb_free(&pb);
}


int
main(void)
{
    test_order();
    test_again();
    test_refused();
    test_resumed();
    test_bad();
    test_frames();

    mesh_catalog_unref(state.catalog);

    return done_testing();
}
