/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * Items of RateLimit-Policy, with every part where it is said to be.
 */

#include "tap.h"

#include "gate_policy.h"


static int
is_text(gate_str_t s, const char *text)
{
    return gate_str_eq(s, gate_cstr(text));
}


static void
test_parts(void)
{
    gate_policy_t  p;
    unsigned char  buf[GATE_POLICY_SIZE(4)];

    gate_policy_write(&p, gate_cstr("gold"), 1000000, 60, buf);

    ok(is_text(p.text, "\"gold\";q=1000000;w=60"), "the whole item");
    ok(is_text(gate_str(p.text.data, p.head), "\"gold\""), "its name");
    ok(is_text(gate_str(p.text.data + p.digits_at, p.digits), "1000000"),
       "its quota");

    ok(gate_policy_is(&p, gate_cstr("gold"), 1000000, 60), "it is itself");
    ok(!gate_policy_is(&p, gate_cstr("gole"), 1000000, 60), "not by name");
    ok(!gate_policy_is(&p, gate_cstr("gol"), 1000000, 60), "nor a part of it");
    ok(!gate_policy_is(&p, gate_cstr("gold"), 1000001, 60), "not by quota");
    ok(!gate_policy_is(&p, gate_cstr("gold"), 1000000, 61), "nor by window");
}


/* each byte escaped, and the longest numbers there are */

static void
test_room(void)
{
    gate_policy_t  p;
    unsigned char  buf[GATE_POLICY_SIZE(5)];

    gate_policy_write(&p, gate_cstr("\"\\\"\\\""), UINT64_MAX, UINT64_MAX,
                      buf);

    ok(is_text(p.text, "\"\\\"\\\\\\\"\\\\\\\"\";q=18446744073709551615;"
                       "w=18446744073709551615"), "the longest item fits");
    ok(p.text.data + p.text.len <= buf + sizeof(buf), "in its room");
}


int
main(void)
{
    test_parts();
    test_room();

    return done_testing();
}
