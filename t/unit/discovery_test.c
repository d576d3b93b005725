
/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * What an OpenID provider says of itself: where its keys may be.
 */


#include "tap.h"
#include "gate_discovery.h"


static const char *
keys(const char *issuer, const char *text, const char *host)
{
    const char        *why;
    gate_str_t         in, uri, hosts[1];
    gate_discovery_t   d;
    unsigned char      buf[GATE_DISCOVERY_URI];
    static char        said[GATE_DISCOVERY_URI + 1];

    hosts[0] = gate_cstr(host ? host : "");

    d.issuer = gate_cstr(issuer);
    d.hosts = hosts;
    d.nhosts = host ? 1 : 0;

    /* memory of the exact size */

    in = gate_str(malloc(strlen(text) + 1), strlen(text));
    in.data = realloc(in.data, in.len ? in.len : 1);
    memcpy(in.data, text, in.len);

    why = gate_discovery_keys(&d, in, buf, &uri);

    free(in.data);

    if (why != NULL) {
        return why;
    }

    memcpy(said, uri.data, uri.len);
    said[uri.len] = '\0';

    return said;
}


static const char *
uri(const char *issuer, const char *uri, const char *host)
{
    char  text[2048];

    snprintf(text, sizeof(text), "{\"issuer\":\"%s\",\"jwks_uri\":\"%s\"}",
             issuer, uri);

    return keys(issuer, text, host);
}


static void
test_document(void)
{
    size_t  i;

    static const char  *bad[] = {
        "", "[]", "{}", "null", "<html>", "{\"issuer\":1}",
        "{\"issuer\":\"https://id.example\"}",
        "{\"issuer\":\"https://id.example\",\"jwks_uri\":null}",
        "{\"issuer\":\"https://id.example/\",\"jwks_uri\":\"https://id.example/k\"}",
        "{\"issuer\":\"https://evil.example\",\"jwks_uri\":\"https://id.example/k\"}",
        "{\"jwks_uri\":\"https://id.example/k\"}",
        "{\"issuer\":\"https://id.example\",\"jwks_uri\":\"https://id.example/k\"}}",
        "{\"issuer\":\"https://id.example\",\"issuer\":\"https://id.example\","
            "\"jwks_uri\":\"https://id.example/k\"}",
        NULL
    };

    for (i = 0; bad[i] != NULL; i++) {
        ok(keys("https://id.example", bad[i], NULL)[0] != 'h'
           || strncmp(keys("https://id.example", bad[i], NULL), "has", 3) == 0,
           "refused: %s", bad[i]);
    }

    is_str(keys("https://id.example", "{\"x\":{},\"jwks_uri\":"
                "\"https://id.example/k?a=b\",\"issuer\":"
                "\"https://id.example\"}", NULL),
           "https://id.example/k?a=b", "a document");
}


static void
test_hosts(void)
{
    size_t  i;

    static const struct {
        const char  *issuer, *uri, *host;
        int          good;
    } rows[] = {
        { "https://id.example/a", "https://id.example/k", NULL, 1 },
        { "https://id.example", "https://ID.example:443/k", NULL, 1 },
        { "https://id.example:443/", "https://id.example", NULL, 1 },
        { "https://id.example", "https://id.example:8443/k", NULL, 0 },
        { "https://id.example", "https://keys.example/k", NULL, 0 },
        { "https://id.example", "https://keys.example/k", "keys.example", 1 },
        { "https://id.example", "https://keys.example:8443/k",
          "keys.example", 0 },
        { "https://id.example", "https://keys.example:8443/k",
          "keys.example:8443", 1 },
        { "https://id.example", "http://id.example/k", NULL, 0 },
        { "https://id.example", "http://id.example/k", "id.example", 0 },
        { "http://id.example", "http://id.example/k", NULL, 1 },
        { "http://id.example", "https://id.example/k", "id.example", 1 },
        { "https://id.example", "https://id.example@evil.example/k", NULL, 0 },
        { "https://id.example", "https://evil.example/id.example", NULL, 0 },
        { "https://id.example", "https://id.example.evil.example/", NULL, 0 },
        { "https://id.example", "https://evil.example?@id.example/", NULL, 0 },
        { "https://id.example", "https://id.example/k#f", NULL, 0 },
        { "https://id.example", "https://id.example/a b", NULL, 0 },
        { "https://id.example", "https://id.example\\\\.evil.example/", NULL,
          0 },
        { "https://id.example", "https://id.example/\\u000d\\u000aX: y", NULL,
          0 },
        { "https://id.example", "file:///etc/passwd", NULL, 0 },
        { "https://id.example", "//id.example/k", NULL, 0 },
        { "https://id.example", "https://", NULL, 0 },
        { "https://id.example", "https://:443/k", NULL, 0 },
        { "https://[::1]", "https://[::1]:443/k", NULL, 1 },
        { "https://[::1]", "https://[::2]/k", NULL, 0 },
        { "accounts.example", "https://accounts.example/k", NULL, 0 },
        { NULL, NULL, NULL, 0 }
    };

    for (i = 0; rows[i].uri != NULL; i++) {
        ok((strncmp(uri(rows[i].issuer, rows[i].uri, rows[i].host), "http", 4)
            == 0) == rows[i].good,
           "%s of %s%s%s: %s", rows[i].uri, rows[i].issuer,
           rows[i].host ? " and " : "", rows[i].host ? rows[i].host : "",
           rows[i].good ? "taken" : "refused");
    }
}


static void
test_length(void)
{
    char  text[GATE_DISCOVERY_URI + 64];

    memset(text, 'a', sizeof(text));
    memcpy(text, "https://id.example/", 19);

    text[GATE_DISCOVERY_URI] = '\0';
    is_int(strlen(uri("https://id.example", text, NULL)), GATE_DISCOVERY_URI,
           "the longest");

    text[GATE_DISCOVERY_URI] = 'a';
    text[GATE_DISCOVERY_URI + 1] = '\0';
    is_str(uri("https://id.example", text, NULL),
           "has a \"jwks_uri\" that is too long", "one byte more");
}


int
main(void)
{
    test_document();
    test_hosts();
    test_length();

    return done_testing();
}
