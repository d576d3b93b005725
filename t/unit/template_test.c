
/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * Variables in texts that become JSON, and values in strings.
 */


#include "tap.h"
#include "gate_template.h"


/* "T:text", "I:name", "W:name", one behind the other; "!" if it is wrong */

static const char *
parts(const char *text)
{
    int                   rc;
    size_t                n;
    gate_template_t       t;
    gate_template_part_t  part;

    static char  out[256];

    memset(&t, 0, sizeof(t));
    t.rest = gate_cstr(text);
    n = 0;
    out[0] = '\0';

    while ((rc = gate_template_next(&t, &part)) == 1) {
        n += snprintf(out + n, sizeof(out) - n, "%s%c:%.*s", n ? "|" : "",
                      "TIW"[part.kind], (int) part.text.len, part.text.data);
    }

    if (rc == -1) {
        snprintf(out + n, sizeof(out) - n, "!");
    }

    return out;
}


static void
test_parts(void)
{
    size_t  i;

    static const struct {
        const char  *text, *parts;
    } row[] = {
        { "", "" },
        { "plain", "T:plain" },
        { "$a", "W:a" },
        { "${a}b", "W:a|T:b" },
        { "$a$b", "W:a|W:b" },
        { "{\"a\": $b}", "T:{\"a\": |W:b|T:}" },
        { "{\"a\": \"$b\"}", "T:{\"a\": \"|I:b|T:\"}" },
        { "{\"a\": \"x${b}y\", \"$c\": $d}",
          "T:{\"a\": \"x|I:b|T:y\", \"|I:c|T:\": |W:d|T:}" },
        { "\"\\\"$a\"", "T:\"\\\"|I:a|T:\"" },
        { "\"\\\\\"$a", "T:\"\\\\\"|W:a" },
        { "\"\\$a\"", "T:\"\\|I:a|T:\"" },
        { "$$a", "T:$|T:a" },
        { "\"$$ref\"", "T:\"$|T:ref\"" },
        { "$$$$", "T:$|T:$" },
        { "$$$a", "T:$|W:a" },
        { "5$", "T:5$" },
        { "$-", "T:$|T:-" },
        { "\"$schema_1\"", "T:\"|I:schema_1|T:\"" },
        { "${a", "!" },
        { "x${}", "T:x!" },
        { "${", "!" },
        { "\"${a b}\"", "T:\"!" },
        { "$1", "W:1" },
    };

    for (i = 0; i < sizeof(row) / sizeof(row[0]); i++) {
        is_str(parts(row[i].text), row[i].parts, "parts of %s", row[i].text);
    }
}


static void
test_quote(void)
{
    size_t         i;
    unsigned char  buf[GATE_TEMPLATE_QUOTED(64)], *end;

    static const struct {
        const char  *in, *out;
    } row[] = {
        { "", "" },
        { "abc", "abc" },
        { "a\"b\\c", "a\\\"b\\\\c" },
        { "\",\"admin\":true,\"", "\\\",\\\"admin\\\":true,\\\"" },
        { "\x01\n\t", "\\u0001\\n\\u0009" },
        { "\xc3\xa4", "\xc3\xa4" },
        { "\xff", "\xef\xbf\xbd" },
    };

    for (i = 0; i < sizeof(row) / sizeof(row[0]); i++) {
        end = gate_template_quote(buf, gate_cstr(row[i].in));
        *end = '\0';

        is_str(buf, row[i].out, "in a string: %d", (int) i);
    }
}


int
main(void)
{
    test_parts();
    test_quote();

    return done_testing();
}
