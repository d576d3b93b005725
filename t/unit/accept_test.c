
/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * Accept and Accept-Language.
 */


#include "tap.h"
#include "gate_accept.h"


/* from memory of the exact size */

static gate_str_t
copy(const char *text)
{
    gate_str_t  s;

    s = gate_str(malloc(strlen(text) + 1), strlen(text));
    s.data = realloc(s.data, s.len ? s.len : 1);
    memcpy(s.data, text, s.len);

    return s;
}


/* lines of the field are parted by a bar */

static const char *
form(const char *text)
{
    char           line[512], *next, *rest;
    gate_str_t     s;
    gate_accept_t  a;

    static const char  *names[] = { "json", "text", "html" };

    memset(&a, 0, sizeof(a));
    snprintf(line, sizeof(line), "%s", text);

    for (rest = line; (next = strsep(&rest, "|")) != NULL; /* void */) {
        s = copy(next);
        gate_accept_add(&a, s);
        free(s.data);
    }

    return names[gate_accept_form(&a)];
}


static void
test_form(void)
{
    size_t  i;

    static const struct {
        const char        *accept;
        const char        *form;
    } row[] = {
        { "", "json" },
        { "*/*", "json" },
        { "application/json", "json" },
        { "application/problem+json", "json" },
        { "application/problem+xml", "json" },
        { "application/xhtml+xml", "json" },
        { "image/png", "json" },
        { "text/html", "html" },
        { "TEXT/HTML", "html" },
        { "text/plain", "text" },
        { "text/*", "text" },
        { "text/*, */*", "json" },
        { "text/*, */*;q=0.9", "text" },
        { "text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,"
          "image/webp,*/*;q=0.8", "html" },
        { "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8",
          "html" },
        { "application/json, text/plain, */*", "json" },
        { "text/html, application/json", "json" },
        { "text/html, application/json;q=0.9", "html" },
        { "text/html;q=0.8, application/json;q=0.9", "json" },
        { "text/html;q=0.5, application/*;q=0.4, */*", "html" },
        { "text/html;q=0.5, application/*;q=0.6", "json" },
        { "text/html;q=0.5, */*;q=0.5", "json" },
        { "text/html;q=0.5, */*;q=0.499", "html" },
        { "text/html, */*;q=0", "html" },
        { "text/html, application/json;q=0, */*", "html" },
        { "application/json;q=0, */*", "json" },
        { "application/json;q=0, application/problem+json", "json" },
        { "application/json;q=0, application/problem+json;q=0.5, "
          "text/plain;q=0.4", "json" },
        { "text/html;q=0", "json" },
        { "text/html;q=0.0, text/plain;q=0.1", "text" },
        { "text/plain, text/html", "html" },
        { "text/plain, text/html;q=0.9", "text" },
        { "text/plain;q=0, text/*", "json" },
        { "text/html;q=0, text/*", "text" },
        { "text/html;level=1", "html" },
        { "text/html ; charset=utf-8 ; q=0.7 , */* ; q=0.6", "html" },
        { "text/html;Q=0.7, */*;q=0.8", "json" },
        { "text/html|*/*;q=0.5", "html" },
        { "*/*|text/html;q=0.5", "json" },
        { "text/html;q=0.3, text/html;q=0.9, */*;q=0.5", "html" },

        /* not well formed: as if it were not there */

        { "text/html;q=", "json" },
        { "text/html;q=x", "json" },
        { "text/html;q=1.5", "json" },
        { "text/html;q=2", "json" },
        { "text/html;q=-1", "json" },
        { "text/html;q=.5", "json" },
        { "text/html;q=0.5555", "json" },
        { "text/html;q=1.001", "json" },
        { "text/html;q=1.000", "html" },
        { "text/html;q=1.", "html" },
        { "text/html;q=\"1\"", "json" },
        { "text/html;q", "html" },
        { "text/html;", "html" },
        { "text/html;;;q=0.1", "html" },
        { ";q=1", "json" },
        { ",,, ,", "json" },
        { "text", "json" },
        { "text/", "json" },
        { "/html", "json" },
        { "text/htmlx", "json" },
        { "text/html text/plain", "json" },
        { "*/html", "json" },
        { "*", "json" },
        { "text/html;p=\"a,b\"", "html" },
        { "text/html\x01", "json" }
    };

    for (i = 0; i < sizeof(row) / sizeof(row[0]); i++) {
        is_str(form(row[i].accept), row[i].form, "\"%s\" is answered by %s",
               row[i].accept, row[i].form);
    }
}


static void
test_many(void)
{
    int            i;
    gate_accept_t  a;

    memset(&a, 0, sizeof(a));

    for (i = 0; i < GATE_ACCEPT_RANGES - 1; i++) {
        gate_accept_add(&a, gate_cstr("image/png"));
    }

    gate_accept_add(&a, gate_cstr("text/html, text/plain"));

    is_int(a.html, 1001, "the last range that counts");
    is_int(a.plain, 0, "what stands behind is not looked at");

    gate_accept_add(&a, gate_cstr("text/plain"));

    is_int(a.plain, 0, "nor is another line");
}


static void
test_language(void)
{
    size_t                  i, j;
    char                    line[512], *next, *rest;
    gate_str_t              s;
    gate_accept_language_t  l;

    static const gate_str_t  tags[] = {
        gate_string("en"), gate_string("de"), gate_string("de-ch"),
        gate_string("zh-hant"), gate_string("fr")
    };

    static const struct {
        const char        *accept;
        size_t             found;
    } row[] = {
        { "", 0 }, { "*", 0 }, { "en", 0 }, { "de", 1 }, { "DE", 1 },
        { "de-AT", 1 }, { "de-CH", 2 }, { "de-CH-1996", 2 },
        { "zh", 0 }, { "zh-Hans-CN", 0 }, { "zh-Hant-TW", 3 },
        { "zh-Hant-x-private", 3 }, { "de-a-bb-x", 1 }, { "x-de", 0 },
        { "i-de", 0 }, { "es", 0 }, { "es, fr", 4 }, { "fr, de", 4 },
        { "fr;q=0.5, de", 1 }, { "fr;q=0.5, de;q=0.6", 1 },
        { "fr;q=0.6, de;q=0.5", 4 }, { "en, de;q=0.5", 0 },
        { "es;q=1, en;q=0.9, de;q=0.8", 0 }, { "en;q=0.1, de;q=0.2", 1 },
        { "de;q=0", 0 }, { "de;q=0, fr;q=0.001", 4 }, { "*, de;q=0.5", 1 },
        { "de;q=x, fr;q=0.1", 4 }, { "de|fr", 1 }, { "de;q=0.3|fr", 4 },
        { "d", 0 }, { "-", 0 }, { "-de", 0 }, { "de-", 0 }, { "de--ch", 0 },
        { "de_CH", 0 }, { "deutschen", 0 }, { "12", 0 }, { "de-123456789", 0 },
        { "de-aaaaaaaa-bbbbbbbb-cccccccc-dddddddd", 0 }, { "de ch", 0 }
    };

    for (i = 0; i < sizeof(row) / sizeof(row[0]); i++) {

        memset(&l, 0, sizeof(l));
        snprintf(line, sizeof(line), "%s", row[i].accept);

        for (rest = line; (next = strsep(&rest, "|")) != NULL; /* void */) {
            s = copy(next);
            gate_accept_language_add(&l, s, tags,
                                     sizeof(tags) / sizeof(tags[0]));
            free(s.data);
        }

        is_int(l.found, row[i].found, "\"%s\" leads to %.*s", row[i].accept,
               (int) tags[row[i].found].len, (char *) tags[row[i].found].data);
    }

    memset(&l, 0, sizeof(l));

    for (j = 0; j < GATE_ACCEPT_RANGES; j++) {
        gate_accept_language_add(&l, gate_cstr("es"), tags, 2);
    }

    gate_accept_language_add(&l, gate_cstr("de"), tags, 2);
    is_int(l.found, 0, "what stands behind many languages is not looked at");
}


static void
test_tag(void)
{
    ok(gate_accept_is_tag(gate_cstr("de")), "a language");
    ok(gate_accept_is_tag(gate_cstr("de-CH-1996")), "a variant of it");
    ok(!gate_accept_is_tag(gate_cstr("")), "nothing is none");
    ok(!gate_accept_is_tag(gate_str(NULL, 0)), "nor is no memory");
    ok(!gate_accept_is_tag(gate_cstr("de-")), "a part is not empty");
    ok(!gate_accept_is_tag(gate_cstr("*")), "a wildcard is none");
    ok(!gate_accept_is_tag(gate_cstr("1de")), "it begins by letters");
    ok(!gate_accept_is_tag(gate_cstr("d\xc3\xa9")), "of ASCII");
}


int
main(void)
{
    test_form();
    test_many();
    test_language();
    test_tag();

    return done_testing();
}
