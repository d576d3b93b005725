
/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * Field names that nobody outside may send, in every spelling.
 */


#include "tap.h"
#include "gate_names.h"


static const char  *reserved[] = {
    "x-consumer-id", "X-Consumer-ID", "X-CONSUMER-ID", "x_consumer_id",
    "X_Consumer_Id", "x.consumer.id", "x_consumer.id", "x-consumer_id",
    "x consumer id", "x-consumer-username", "X-Consumer-Custom-ID",
    "X-CONSUMER--ID", "x-consumer-", "x-consumer", "X_CONSUMER",
    "x-consumer/id", "x!consumer$id", "x-consumer~",
    "x-consumer-groups", "X-Credential-Identifier", "x_credential_id",
    "x-credential", "X-Credential-", "X-Anonymous-Consumer",
    "x_anonymous_consumer", "x.anonymous.consumer", "X-Authenticated-Userid",
    "x-authenticated-scope", "X_AUTHENTICATED_GROUPS", "x-authenticated",
    "X-Gate-Signature", "x-gate-usage-id", "x_gate_x", "X-GATE", "x-gate-",
    "x-lane", "X-Lane", "x_lane", "x-lanes", "x-lane-hash", "X_LANE_HASH",
    "x.lane.hash", "x-lane_hash", "x-lane2", "x-lane-", "X-Lanes-Of-Mine",
    "x-envoy-expected-rq-timeout-ms", "X-Envoy-Original-Path",
    "x_envoy_retry_on", "x-envoy-", "x-envoy", "X-Envoy-Internal",
    "x-envoy-external-address", "x-envoy-upstream-rq-timeout-ms",
    "x-istio-attributes", "X_Istio_Attributes", "x-istio",
    "X-Forwarded-For", "x_forwarded_for", "X-FORWARDED-FOR",
    "x.forwarded.for", "x-forwarded_for", "x_forwarded-for",
    "x-forwarded-proto", "X-Forwarded-Host", "x-forwarded-port",
    "X-Forwarded-Client-Cert", "x-forwarded-prefix", "x-forwarded-server",
    "x-forwarded-", "x-forwarded", "X_Forwarded", "X-Real-IP", "x_real_ip",
    "x.real.ip", "X-REAL_IP", "forwarded", "Forwarded", "FORWARDED",
    "fOrWaRdEd", "x-client-trace-id", "X_CLIENT_TRACE_ID", "X-Request-ID",
    "x-request-id", "x_request_id", "X.Request.Id", "x-ot-span-context",
    "X_OT_SPAN_CONTEXT"
};

static const char  *trace_w3c[] = {
    "traceparent", "Traceparent", "TRACEPARENT", "TraceParent", "tracestate",
    "TraceState", "TRACESTATE"
};

static const char  *trace_b3[] = {
    "b3", "B3", "x-b3-traceid", "X-B3-TraceId", "X-B3-SpanId",
    "x_b3_parentspanid", "X-B3-Sampled", "x-b3-flags", "x-b3-", "x-b3",
    "X.B3.TraceId"
};

static const char  *unreserved[] = {
    "", "x", "X", "-", "x-", "f", "t", "b", "b2", "b33", "3b", "b-3", "b3-",
    "b3-traceid", "host", "Host", "accept", "Accept-Encoding",
    "accept-language", "user-agent", "cookie", "connection", "cache-control",
    "content-type", "content-length", "authorization", "origin", "referer",
    "te", "from", "trailer", "transfer-encoding", "x-api-key", "X_API_KEY",
    "apikey", "x-forward", "x-forwardedfor", "x-forwarded2", "x-forwardeds",
    "forwarded-for", "forwardeds", "forwarde", "for-warded", "-forwarded",
    "x-requested-with", "X-Requested-With", "x-request", "x-request-ids",
    "x-request-id-", "x-requestid", "xrequest-id", "x-real-ip-", "x-real-i",
    "x-real-ips", "x-realip", "x--real-ip", "x-consumers", "x-consumerid",
    "x-consume", "xconsumer-id", "x--consumer-id", "-x-consumer-id",
    "x-gateway", "x-gates", "x-gat", "x-lan", "x-la-ne", "xlane", "x-plane",
    "x-envoys", "x-istiod", "x-credentials", "x-anonymous",
    "x-anonymous-consumers", "x-anonymous-consumer-", "x-authenticate",
    "x-client-id", "x-client-trace", "x-client-trace-ids", "x-ot-span",
    "x-ot-span-contexts", "trace-parent", "trace-state", "trace",
    "traceparents", "traceparen", "tracestat", "xtraceparent", "x-b",
    "x-b33", "x-b3x", "x-b2-traceid", "x-csrf-token", "x-custom",
    "sec-fetch-mode", "upgrade-insecure-requests", "if-none-match", "dnt",
    "8-consumer-id", "baggage", "uber-trace-id"
};


static const char *
name_of(gate_name_e belongs)
{
    static const char  *names[] = { "free", "reserved", "W3C", "B3" };

    return names[belongs];
}


static void
test_table(const char **names, size_t n, gate_name_e belongs)
{
    size_t       i;
    gate_name_e  got;

    for (i = 0; i < n; i++) {
        got = gate_name_class(gate_cstr(names[i]), NULL, 0);

        ok(got == belongs, "\"%s\" is %s", names[i], name_of(got));
    }
}


static void
test_whole_length(void)
{
    size_t  n;
    char    name[] = "x-request-id-of-mine";

    for (n = 0; n <= 20; n++) {
        is_int(gate_name_class(gate_str(name, n), NULL, 0),
               n == 12 ? GATE_NAME_RESERVED : GATE_NAME_FREE,
               "only %d bytes of x-request-id-of-mine are looked at", (int) n);
    }

    is_int(gate_name_class(gate_str(NULL, 0), NULL, 0), GATE_NAME_FREE,
           "no name at all");
    is_int(gate_name_class(gate_str("x-lane\0z", 8), NULL, 0),
           GATE_NAME_RESERVED, "a NUL does not end a name");
}


/* bytes over 127 count as "-" too, and no bit of them is lost */

static void
test_high_bytes(void)
{
    is_int(gate_name_class(gate_cstr("x-consumer\xc3\xa9"), NULL, 0),
           GATE_NAME_RESERVED, "at the end of a family");
    is_int(gate_name_class(gate_cstr("X\xad" "consumer"), NULL, 0),
           GATE_NAME_RESERVED, "as the first separator");
    is_int(gate_name_class(gate_cstr("\xd8-consumer-id"), NULL, 0),
           GATE_NAME_FREE, "an x with the high bit is none");
    is_int(gate_name_class(gate_cstr("x-lan\xe5"), NULL, 0),
           GATE_NAME_FREE, "an e with the high bit is none");
}


/* every byte but letters and digits may stand for each "-" */

static void
test_any_separator(void)
{
    int            c, alnum, good;
    unsigned char  name[] = "x-real-ip", family[] = "x-consumer-id";

    good = 1;

    for (c = 0; c < 256; c++) {
        alnum = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z')
                || (c >= 'A' && c <= 'Z');

        name[1] = (unsigned char) c;
        name[6] = (unsigned char) c;
        family[1] = (unsigned char) c;
        family[10] = (unsigned char) c;

        good &= (gate_name_class(gate_str(name, 9), NULL, 0)
                 == (alnum ? GATE_NAME_FREE : GATE_NAME_RESERVED));
        good &= (gate_name_class(gate_str(family, 13), NULL, 0)
                 == (alnum ? GATE_NAME_FREE : GATE_NAME_RESERVED));
    }

    ok(good, "256 separators");
}


static void
test_more(void)
{
    size_t      i;
    gate_str_t  more[4];

    static const struct {
        const char        *name;
        gate_name_e        belongs;
    } row[] = {
        { "x-user-id", GATE_NAME_RESERVED },
        { "X_USER_ID", GATE_NAME_RESERVED },
        { "x.user.id", GATE_NAME_RESERVED },
        { "remote-user", GATE_NAME_RESERVED },
        { "Remote_User", GATE_NAME_RESERVED },
        { "z", GATE_NAME_RESERVED },
        { "TraceParent", GATE_NAME_RESERVED },
        { "tracestate", GATE_NAME_TRACE_W3C },
        { "x-user-ids", GATE_NAME_FREE },
        { "x-user-i", GATE_NAME_FREE },
        { "xuser-id", GATE_NAME_FREE },
        { "remote-use", GATE_NAME_FREE },
        { "", GATE_NAME_FREE },
        { "x-lane", GATE_NAME_RESERVED }
    };

    more[0] = gate_cstr("X-User-ID");
    more[1] = gate_cstr("remote_user");
    more[2] = gate_cstr("Z");
    more[3] = gate_cstr("traceparent");

    for (i = 0; i < sizeof(row) / sizeof(row[0]); i++) {
        is_int(gate_name_class(gate_cstr(row[i].name), more, 4),
               row[i].belongs, "with names added, \"%s\"", row[i].name);
    }
}


static void
test_eq(void)
{
    ok(gate_name_eq(gate_cstr("X-Api_Key"), gate_cstr("x.api-KEY")), "folded");
    ok(!gate_name_eq(gate_cstr("x-api-key"), gate_cstr("x-api-keys")),
       "longer");
    ok(!gate_name_eq(gate_cstr("x-api-key"), gate_cstr("x-api-ke")),
       "shorter");
    ok(!gate_name_eq(gate_cstr("x-api-key"), gate_cstr("x-api-ked")), "other");
    ok(gate_name_eq(gate_str(NULL, 0), gate_cstr("")), "two empty ones");
    ok(gate_name_eq(gate_cstr("a\xff" "b"), gate_cstr("A-B")),
       "bytes over 127");
    ok(!gate_name_eq(gate_cstr("a1"), gate_cstr("a-")), "digits stay");
}


/* who looks at first bytes alone misses none that is equal after folding */

static void
test_first(void)
{
    int                i, j, good;
    unsigned char      c;
    gate_name_first_t  first;

    static const char  name[] = "x\xff" "a9.";

    for (i = 0; name[i]; i++) {
        memset(&first, 0, sizeof(first));
        gate_name_first_add(&first, gate_str(name + i, 1));

        good = 1;

        for (j = 0; j < 256; j++) {
            c = (unsigned char) j;
            good &= (gate_name_first_has(&first, c)
                     == gate_name_eq(gate_str(&c, 1), gate_str(name + i, 1)));
        }

        ok(good, "bytes that begin what is equal to \"%s\"", name + i);
    }

    memset(&first, 0, sizeof(first));
    gate_name_first_add(&first, gate_str(NULL, 0));

    for (j = 0, good = 1; j < 256; j++) {
        good &= !gate_name_first_has(&first, (unsigned char) j);
    }

    ok(good, "no byte begins an empty name");
}


static void
test_first_table(const char **names, size_t n)
{
    size_t             i;
    gate_name_first_t  first;

    memset(&first, 0, sizeof(first));
    gate_name_first_reserved(&first);

    for (i = 0; i < n; i++) {
        ok(gate_name_first_has(&first, (unsigned char) names[i][0]),
           "the first byte of \"%s\" is one of the table's", names[i]);
    }

    ok(!gate_name_first_has(&first, 'h'), "none begins as \"host\"");
}


int
main(void)
{
    test_table(reserved, sizeof(reserved) / sizeof(reserved[0]),
               GATE_NAME_RESERVED);
    test_table(trace_w3c, sizeof(trace_w3c) / sizeof(trace_w3c[0]),
               GATE_NAME_TRACE_W3C);
    test_table(trace_b3, sizeof(trace_b3) / sizeof(trace_b3[0]),
               GATE_NAME_TRACE_B3);
    test_table(unreserved, sizeof(unreserved) / sizeof(unreserved[0]),
               GATE_NAME_FREE);

    test_whole_length();
    test_high_bytes();
    test_any_separator();
    test_more();
    test_eq();
    test_first();
    test_first_table(reserved, sizeof(reserved) / sizeof(reserved[0]));
    test_first_table(trace_w3c, sizeof(trace_w3c) / sizeof(trace_w3c[0]));
    test_first_table(trace_b3, sizeof(trace_b3) / sizeof(trace_b3[0]));

    return done_testing();
}
