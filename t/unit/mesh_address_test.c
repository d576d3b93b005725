
/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * Addresses and networks: the forms of RFC 4291 and RFC 5952, and what the C
 * library says of them.
 */


#include <arpa/inet.h>

#include "tap.h"
#include "mesh_address.h"


static const char *
again(const char *text)
{
    mesh_address_t  a;
    static char     out[MESH_ADDRESS_TEXT];

    if (!mesh_address_parse(gate_cstr(text), &a)) {
        return NULL;
    }

    out[mesh_address_text(&a, (unsigned char *) out)] = '\0';

    return out;
}


static mesh_address_t
address(const char *text)
{
    mesh_address_t  a;

    ok(mesh_address_parse(gate_cstr(text), &a), "%s is an address", text);

    return a;
}


static int
has(const char *net, const char *text)
{
    mesh_net_t      n;
    mesh_address_t  a;

    return mesh_net_parse(gate_cstr(net), &n)
           && mesh_address_parse(gate_cstr(text), &a)
           && mesh_net_has(&n, &a);
}


static void
texts(void)
{
    size_t  i;

    static const char  *good[][2] = {
        { "10.0.0.1", "10.0.0.1" },
        { "255.255.255.255", "255.255.255.255" },
        { "0.0.0.0", "0.0.0.0" },
        { "::", "::" },
        { "::1", "::1" },
        { "1::", "1::" },
        { "2001:DB8::1", "2001:db8::1" },
        { "2001:db8:0:0:1:0:0:1", "2001:db8::1:0:0:1" },
        { "2001:0db8:0000:0001:0001:0001:0001:0001",
          "2001:db8:0:1:1:1:1:1" },
        { "1:0:0:2:0:0:0:3", "1:0:0:2::3" },
        { "0:0:0:0:0:0:0:1", "::1" },
        { "fe80:0:0:0:0:0:0:0", "fe80::" },
        { "1:2:3:4:5:6:7::", "1:2:3:4:5:6:7:0" },
        { "::2:3:4:5:6:7:8", "0:2:3:4:5:6:7:8" },
        { "::ffff:10.0.0.1", "10.0.0.1" },
        { "::ffff:a00:1", "10.0.0.1" },
        { "64:ff9b::192.0.2.33", "64:ff9b::c000:221" },
        { "1:2:3:4:5:6:1.2.3.4", "1:2:3:4:5:6:102:304" },
        { "::1.2.3.4", "::102:304" }
    };

    static const char  *bad[] = {
        "", ".", ":", ":::", "10.0.0", "10.0.0.", "10.0.0.1.", ".10.0.0.1",
        "10.0.0.01", "10.00.0.1", "10.0.0.256", "10.0.0.1000", "10.0.0.1 ",
        " 10.0.0.1", "10.0.0.-1", "0x0a.0.0.1", "10.0.0.1/8", "a.b.c.d",
        "1:2:3:4:5:6:7", "1:2:3:4:5:6:7:8:9", "1:2:3:4:5:6:7:8::",
        "::1:2:3:4:5:6:7:8", "1::2::3", ":1:2:3:4:5:6:7:8", ":1::", "1:",
        "1:2:3:4:5:6:7:", "12345::", "::g", "fe80::1%eth0", "::1.2.3",
        "::1.2.3.4.5", "1.2.3.4::", "1:2:3:4:5:6:7:1.2.3.4", "::1.2.3.04",
        "1.2.3.4:1::", "[::1]", "localhost"
    };

    for (i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
        is_str(again(good[i][0]), good[i][1], "%s is %s", good[i][0],
               good[i][1]);
    }

    for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        ok(again(bad[i]) == NULL, "\"%s\" is no address", bad[i]);
    }
}


/* strings of the bytes that addresses are made of */

static void
random_texts(void)
{
    int             i, j, len, good, four;
    char            text[48];
    unsigned char   bytes[16];
    mesh_address_t  a;

    static const char  of[] = "0000011223ff:::::...a9";

    good = 0;

    for (i = 0; i < 300000; i++) {

        len = rand() % 20;

        for (j = 0; j < len; j++) {
            text[j] = of[rand() % (sizeof(of) - 1)];
        }

        text[len] = '\0';

        four = inet_pton(AF_INET, text, bytes);

        if (four != 1 && inet_pton(AF_INET6, text, bytes) != 1) {
            if (again(text) != NULL) {
                break;
            }

            continue;
        }

        if (!mesh_address_parse(gate_cstr(text), &a)
            || (a.family == 6 && memcmp(a.bytes, bytes, 16) != 0)
            || (a.family == 4 && memcmp(a.bytes, bytes + (four == 1 ? 0 : 12),
                                        4) != 0))
        {
            break;
        }

        good++;
    }

    ok(i == 300000 && good > 1000,
       "random texts are addresses where they are to the C library");

    good = 0;

    for (i = 0; i < 100000; i++) {
        memset(&a, 0, sizeof(a));
        a.family = 6;

        for (j = 0; j < 16; j++) {
            a.bytes[j] = (unsigned char) (rand() % 4 ? 0 : rand());
        }

        inet_ntop(AF_INET6, a.bytes, text, sizeof(text));

        /* which writes the last group of some with dots */

        if (strchr(text, '.') == NULL && again(text) != NULL) {
            good += strcmp(again(text), text) != 0;
        }
    }

    is_int(good, 0, "IPv6 is written as the C library does");
}


static void
nets(void)
{
    size_t      i;
    mesh_net_t  n;

    static const char  *bad[] = {
        "", "/", "/8", "10.0.0.0/", "10.0.0.0/33", "10.0.0.0/08", "10/8",
        "10.0.0.1/8", "10.0.0.0/8/8", "fd00::/129", "fd00::1/64", "fd00::/-1",
        "::ffff:10.0.0.0/104", "10.0.0.0/1000", "10.0.0.0/ 8"
    };

    for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        ok(!mesh_net_parse(gate_cstr(bad[i]), &n), "\"%s\" is no network",
           bad[i]);
    }

    ok(has("10.0.0.0/8", "10.255.1.2"), "10.0.0.0/8 has 10.255.1.2");
    ok(!has("10.0.0.0/8", "11.0.0.0"), "it has no 11.0.0.0");
    ok(!has("10.0.0.0/8", "a00::"), "it has no IPv6");
    ok(has("10.0.0.0/8", "::ffff:10.1.2.3"), "it has a mapped address");
    ok(has("0.0.0.0/0", "1.2.3.4"), "0.0.0.0/0 has all");
    ok(!has("0.0.0.0/0", "::1"), "of IPv4");
    ok(has("::/0", "fd00::1"), "::/0 has all of IPv6");
    ok(has("192.168.10.0/23", "192.168.11.255"), "a network of 23 bits");
    ok(!has("192.168.10.0/23", "192.168.12.0"), "and behind it");
    ok(has("fd00:8000::/17", "fd00:ffff::1"), "one of 17 bits");
    ok(!has("fd00:8000::/17", "fd00:7fff::1"), "and before it");
    ok(has("10.0.0.7", "10.0.0.7"), "an address alone is itself");
    ok(!has("10.0.0.7", "10.0.0.6"), "and nothing else");
    ok(has("fd00::1/128", "fd00::1"), "all bits of IPv6");
}


static void
special(void)
{
    size_t          i;
    mesh_address_t  a, b;

    static const char  *specials[] = {
        "0.0.0.0", "127.0.0.1", "127.8.9.1", "169.254.1.1", "224.0.0.1",
        "239.1.1.1", "255.255.255.255", "::", "::1", "fe80::1", "febf::1",
        "ff02::1", "::ffff:127.0.0.1"
    };

    static const char  *plain[] = {
        "10.0.0.1", "172.17.0.1", "169.253.1.1", "8.8.8.8", "::2", "fd00::1",
        "fec0::1", "2001:db8::1", "100.64.0.1"
    };

    for (i = 0; i < sizeof(specials) / sizeof(specials[0]); i++) {
        a = address(specials[i]);
        ok(mesh_address_special(&a), "no node has %s", specials[i]);
    }

    for (i = 0; i < sizeof(plain) / sizeof(plain[0]); i++) {
        a = address(plain[i]);
        ok(!mesh_address_special(&a), "a node may have %s", plain[i]);
    }

    a = address("10.0.0.1");
    b = address("::ffff:10.0.0.1");
    b.plane = gate_cstr("backup");

    ok(mesh_address_same(&a, &b), "the same address of another plane");

    b = address("a00:1::");
    ok(!mesh_address_same(&a, &b), "not of another family");
}


int
main(void)
{
    srand(10);

    texts();
    random_texts();
    nets();
    special();

    return done_testing();
}
