
/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * X-Forwarded-Client-Cert: of what Envoy writes the last element counts, and
 * what is not of the form is nothing.
 */


#include "tap.h"
#include "gate_xfcc.h"


/* from memory of the exact size */

static int
last(const char *text, gate_xfcc_t *x, gate_str_t *field)
{
    *field = gate_str(malloc(strlen(text) + 1), strlen(text));
    field->data = realloc(field->data, field->len ? field->len : 1);
    memcpy(field->data, text, field->len);

    return gate_xfcc_last(*field, x);
}


static void
test_good(void)
{
    size_t       i;
    gate_str_t   f;
    gate_xfcc_t  x;

    static const struct {
        const char   *field;
        const char   *hash;
        const char   *subject;
        const char   *uri;
        const char   *dns;
    } row[] = {
        { "By=http://frontend.lyft.com;Hash=468ed33be74eee6556d90c0149c1309e"
          ";Subject=\"/C=US/ST=CA/L=San Francisco/OU=Lyft/CN=Test Client\""
          ";URI=http://testclient.lyft.com",
          "468ed33be74eee6556d90c0149c1309e",
          "/C=US/ST=CA/L=San Francisco/OU=Lyft/CN=Test Client",
          "http://testclient.lyft.com", "" },
        { "Hash=aa,Hash=bb;URI=spiffe://x", "bb", "", "spiffe://x", "" },
        { "Hash=aa;URI=spiffe://x, Hash=cc", "cc", "", "", "" },
        { "hash=aa;SUBJECT=\"CN=a\\,b,O=c;d\"", "aa", "CN=a\\,b,O=c;d", "",
          "" },
        { "Subject=\"CN=a\\\"b\";DNS=a;DNS=b", "", "CN=a\\\"b", "", "a" },
        { "Subject=\"\";URI=;Hash=dd", "dd", "", "", "" },
        { "Other=x;Hash=ee", "ee", "", "", "" },
        { "Subject=\"a,b\" ; Hash=ff", "ff", "a,b", "", "" }
    };

    for (i = 0; i < sizeof(row) / sizeof(row[0]); i++) {
        ok(last(row[i].field, &x, &f)
           && gate_str_eq(x.hash, gate_cstr(row[i].hash))
           && gate_str_eq(x.subject, gate_cstr(row[i].subject))
           && gate_str_eq(x.nuri ? x.uri[0] : gate_cstr(""),
                          gate_cstr(row[i].uri))
           && gate_str_eq(x.ndns ? x.dns[0] : gate_cstr(""),
                          gate_cstr(row[i].dns)),
           "%s", row[i].field);
        free(f.data);
    }
}


static void
test_bad(void)
{
    size_t       i;
    gate_str_t   f;
    gate_xfcc_t  x;

    static const char  *field[] = {
        "", " ", "Hash", "=aa", "Hash=aa;", "Hash=aa,", ",Hash=aa", ";Hash=aa",
        "Hash=aa;Hash=bb", "Subject=\"a\";Subject=\"b\"", "Hash=\"aa",
        "Subject=\"a\\", "Subject=\"a\"b", "Ha sh=aa", "Hash=a\"b", "Hash=a b",
        "Hash=a\\b", "Hash=\x01", "Hash=\xff", "Subject=\"a\x01\"",
        "Cert=a;Cert=b", "Hash=aa,,Hash=bb"
    };

    for (i = 0; i < sizeof(field) / sizeof(field[0]); i++) {
        ok(!last(field[i], &x, &f), "refused: \"%s\"", field[i]);
        free(f.data);
    }
}


int
main(void)
{
    int          i;
    char         many[512];
    gate_str_t   f;
    gate_xfcc_t  x;

    test_good();
    test_bad();

    strcpy(many, "Hash=aa");

    for (i = 0; i < 20; i++) {
        strcat(many, ";DNS=d");
    }

    ok(last(many, &x, &f) && x.ndns == GATE_XFCC_NAMES,
       "of many names the first ones are kept");
    free(f.data);

    return done_testing();
}
