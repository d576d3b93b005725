
/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * Paths that whoever stands behind the gateway could read as another one.
 */


#include "tap.h"
#include "gate_path.h"


#define U  GATE_PATH_UNSAFE
#define H  GATE_PATH_HIDDEN
#define D  GATE_PATH_DOTS
#define S  GATE_PATH_SLASHES
#define E  GATE_PATH_ENDS
#define X  GATE_PATH_ESCAPED


/* memory of the exact size, so that ASan sees a step off */

static gate_str_t
exact(const char *text)
{
    gate_str_t  s;

    s.len = strlen(text);
    s.data = malloc(s.len ? s.len : 1);
    memcpy(s.data, text, s.len);

    return s;
}


static unsigned
look(const char *head, const char *tail, int plain)
{
    unsigned    found;
    gate_str_t  h, t;

    h = exact(head);
    t = exact(tail);

    found = gate_path_look(h, t, plain);

    free(h.data);
    free(t.data);

    return found;
}


static void
test_written(void)
{
    size_t    i;
    unsigned  found;

    static const struct {
        const char        *target;
        unsigned           found;
    } row[] = {
        { "", 0 }, { "/", 0 }, { "*", 0 }, { "/a/b.c/d-e_f~g", 0 },
        { "/a%20b", 0 }, { "/caf%C3%A9", 0 }, { "/caf\xc3\xa9", 0 },
        { "/a%25b", 0 }, { "/a%252Fb", 0 }, { "/%252e%252e/a", 0 },
        { "/a;b=c", 0 }, { "/a%3Fb", 0 }, { "/a%23b", 0 }, { "/a%3Bb", 0 },
        { "/a%80b", 0 }, { "/a%FFb", 0 }, { "/a%2Bb", 0 }, { "/a:b@c", 0 },
        { "/a?b=%2F", 0 }, { "/a?b=%5C", 0 }, { "/a?b=\\", 0 },
        { "/a?b=%00", 0 }, { "/a?%", 0 }, { "/a?%zz\x01", 0 },
        { "/a?/../b//c", 0 }, { "?%2F", 0 }, { "/a/?//..", 0 },

        { "/a%2Fb", U }, { "/a%2fb", U }, { "/%2F", U }, { "%2f", U },
        { "/a%2F?b", U }, { "/a\\b", U }, { "/a%5Cb", U }, { "/a%5cb", U },
        { "\\", U }, { "/a%00", U }, { "/%00", U }, { "/a%01b", U },
        { "/a%0Ab", U }, { "/a%0d%0ab", U }, { "/a%1Fb", U }, { "/a%7Fb", U },
        { "/a\x01", U }, { "/a\tb", U }, { "/a\nb", U }, { "/a\x7f", U },
        { "/%", U }, { "/%2", U }, { "/%4", U }, { "/%zz", U }, { "/%4g", U },
        { "/%g4", U }, { "/%%20", U }, { "/%-1", U }, { "/%?41", U },
        { "/%u002f", U }, { "/%0x2f", U }, { "/..%2f", U }, { "/..%5c", U },
        { "/% 41", U|E },

        { "/a//b", S }, { "//", S }, { "//a", S }, { "/a//", S },
        { "///", S }, { "/a/b/", 0 }, { "a/b", 0 }, { "/a//?b", S },

        { "/..", D }, { "/.", D }, { "/a/../b", D }, { "/a/./b", D },
        { "..", D }, { ".", D }, { "../a", D }, { "/a/..?b", D },
        { "/.%2e", D|X }, { "/%2e", D|X }, { "/%2E%2e/a", D|X },
        { "/...", 0 }, { "/a..", 0 }, { "/..a", 0 }, { "/a./b", 0 },
        { "/.a/b", 0 }, { "/..%20", 0 }, { "/.../..", D },
        { "/..%2e", X }, { "/%2e%2e%2e", X },

        { "/..;", H }, { "/..;/a", H }, { "/..;a=b/c", H }, { "/.;", H },
        { "/.;/a", H }, { "/..%3b", H }, { "/..%3B/a", H }, { "/.%3b", H },
        { "/%2e%2e;", H|X }, { "/%2e%2e%3b", H|X }, { "/.%2E;a/b", H|X },
        { "/..;;", H }, { "/..;..", H }, { "/.;.", H }, { "..;", H },
        { "/a/..;?b", H }, { "/..;%2e", H|X }, { "/..;%2f", H|U },
        { "/x/..;/..", H|D }, { "/x/%2e%2e;/..", H|D|X },
        { "/a;/..", D }, { "/;/a", H }, { "/;a=b/c", H }, { "/;", 0 },
        { "/a/;x=1", 0 }, { "/%3b/a", H }, { ";/a", 0 }, { "/...;", 0 },
        { "/..a;", 0 }, { "/a..;/b", 0 }, { "/..\\;", U },

        { "/a b", E }, { "/a#b", E }, { "/a#/..", E|D },
        { "/%61", X }, { "/%5A", X }, { "/%30", X }, { "/%2d%5F%7e", X },
        { "/%40%5b%60%7b", 0 }, { "/%2f%61", U|X }
    };

    for (i = 0; i < sizeof(row) / sizeof(row[0]); i++) {
        found = look(row[i].target, "", 0);

        ok(found == row[i].found, "\"%s\" has 0x%02x, found 0x%02x",
           row[i].target, row[i].found, found);

        ok(look("", row[i].target, 0) == found, "... as a tail, too");
    }

    ok(gate_path_look(gate_str("/a\0b", 4), gate_str(NULL, 0), 0) == U,
       "a NUL");
    ok(gate_path_look(gate_str(NULL, 0), gate_str(NULL, 0), 0) == 0,
       "nothing at all");
}


static void
test_plain(void)
{
    size_t    i;
    unsigned  found;

    static const struct {
        const char        *uri;
        unsigned           found;
    } row[] = {
        { "/", 0 }, { "/a%2Fb", 0 }, { "/%2e%2e/a", 0 }, { "/%", 0 },
        { "/a?b/../c", D }, { "/a?//", S }, { "/a#b", 0 }, { "/a b", 0 },
        { "/..;/a", H }, { "/..%3b/a", 0 }, { "//a", S }, { "/a\\b", U },
        { "/a\x01", U }, { "/a\x7f", U }, { "/a/..", D }, { "/;/b", H }
    };

    for (i = 0; i < sizeof(row) / sizeof(row[0]); i++) {
        found = look("", row[i].uri, 1);

        ok(found == row[i].found, "decoded \"%s\" has 0x%02x, found 0x%02x",
           row[i].uri, row[i].found, found);
    }
}


static void
test_joined(void)
{
    size_t    i;
    unsigned  found;

    static const struct {
        const char        *head;
        const char        *tail;
        int                plain;
        unsigned           found;
    } row[] = {
        { "/v1/", "../orders", 1, D }, { "/v1/", "..;/orders", 1, H },
        { "/v1/", "/orders", 1, S }, { "/v1", "/orders", 1, 0 },
        { "/v1/", "orders", 1, 0 }, { "/v1", "../orders", 1, 0 },
        { "/v1/.", "./x", 1, D }, { "/v1/..", ";x/y", 1, H },
        { "/v1/", ".", 1, D }, { "/v1/", "", 1, 0 }, { "/", "/", 1, S },
        { "/v1/%2e", ".", 1, D|X }, { "/v1/", "%2e%2e/x", 1, 0 },
        { "/v1/", "%2e%2e/x", 0, D|X }, { "/v1?x=", "/../y//", 1, 0 },
        { "/v1?x=", "/../y//", 0, 0 }, { "/v1%2", "f", 0, U },
        { "/v1/", "a?b/..", 0, 0 }, { "/v1/", "a?b/..", 1, D }
    };

    for (i = 0; i < sizeof(row) / sizeof(row[0]); i++) {
        found = look(row[i].head, row[i].tail, row[i].plain);

        ok(found == row[i].found, "\"%s\" and \"%s\" have 0x%02x, found 0x%02x",
           row[i].head, row[i].tail, row[i].found, found);
    }
}


/* each byte plain and encoded in both cases of hex */

static void
test_bytes(void)
{
    int       c, good;
    char      text[8];
    unsigned  want;

    static const char  unreserved[] =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~";

    good = 1;

    for (c = 0; c < 256; c++) {
        want = (c < 0x20 || c == 0x7f || c == '\\' || c == '/') ? U : 0;

        if (c != 0 && strchr(unreserved, c) != NULL) {
            want |= X;
        }

        snprintf(text, sizeof(text), "/a%%%02x", (unsigned) c);
        good &= (look(text, "", 0) == want);

        snprintf(text, sizeof(text), "/a%%%02X", (unsigned) c);
        good &= (look(text, "", 0) == want);

        text[2] = (char) c;
        want = (c == '/') ? 0 : (want & U);

        good &= (gate_path_look(gate_str(NULL, 0), gate_str(text, 3), 1)
                 == want);

        if (c == '%' || c == ' ' || c == '#') {
            want = (c == '%') ? U : E;
        }

        good &= (gate_path_look(gate_str(text, 3), gate_str(NULL, 0), 0)
                 == want);
    }

    ok(good, "256 bytes, plain and encoded");
}


static void
test_masks(void)
{
    ok(!(look("/a/../b//c", "", 0) & GATE_PATH_TARGET),
       "a client may write what nginx resolves");
    ok(look("/a/..;/b", "", 0) & GATE_PATH_TARGET, "... but not what it keeps");
    ok(look("", "/a//b", 1) & GATE_PATH_MATCHED,
       "a location is not chosen by two slashes");
    ok(!(look("/a%20%61", "", 0) & GATE_PATH_SENT), "escapes may be sent");
    ok(look("/a b", "", 0) & GATE_PATH_SENT, "... a space may not");
    ok(look("/%61", "", 0) & GATE_PATH_LOOSE, "a needless escape is loose");
    ok(!(look("/a%2B%3b", "", 0) & GATE_PATH_LOOSE), "... a needed one not");
}


static void
test_slash_more(void)
{
    size_t  i;

    static const struct {
        const char        *path;
        unsigned           want;
    } row[] = {
        { "/v1//x", 0 }, { "//x", 0 }, { "//", 0 }, { "/v1/x", 0 },
        { "", 0 }, { "/v1//x?a//b", 0 }, { "/v1/x?a//b//c", 0 },
        { "/v1///x", S }, { "/v1//x//y", S }, { "////", S },
        { "/v1//../x", D }, { "/v1//..;/x", H }, { "/v1//;/x", H },
        { "/..//x", D }, { "/v1//a%2fb", U }, { "/v1//a b", E }
    };

    for (i = 0; i < sizeof(row) / sizeof(row[0]); i++) {
        ok(gate_path_look_joined(gate_str(row[i].path, strlen(row[i].path)))
           == row[i].want, "joined: \"%s\"", row[i].path);
    }
}


static void
test_kept(void)
{
    size_t  i;

    static const struct {
        const char        *uri;
        const char        *sent;
        int                kept;
    } row[] = {
        { "/a", "/a", 1 }, { "/a", "/b/%25", 1 }, { "", "", 1 },
        { "/a%b", "/a%25b", 1 }, { "/a%41", "/a%41", 0 },
        { "/a?b", "/a?b", 0 }, { "/a?b", "/a%3fb", 1 },
        { "/a?b", "/a%3Fb", 1 }, { "/a?b", "/a?%3F", 0 },
        { "/a#b", "/a#b", 0 }, { "/a#b", "/a%23b", 1 },
        { "/%6f%25", "/%6f%25", 0 }, { "/%6f%25", "/%256f%2525", 1 },
        { "/%", "/%", 0 }, { "/a?%#", "/%23%25%3f", 1 },
        { "/a?%#", "/%23%25", 0 }, { "/%", "/%2", 0 }
    };

    for (i = 0; i < sizeof(row) / sizeof(row[0]); i++) {
        gate_str_t  uri, sent;

        uri = exact(row[i].uri);
        sent = exact(row[i].sent);

        ok(gate_path_kept(uri, sent, 0) == row[i].kept, "\"%s\" is %s in \"%s\"",
           row[i].uri, row[i].kept ? "kept" : "not kept", row[i].sent);

        free(uri.data);
        free(sent.data);
    }
}


/* "%2F" as no slash and as one */

static void
test_encoded_slashes(void)
{
    size_t  i;

    static const struct {
        const char        *path;
        unsigned           want;
        size_t             slashes;
    } row[] = {
        { "/a%2Fb", 0, 1 }, { "/a%2fb/c%2Fd", 0, 2 }, { "/a%2F", 0, 1 },
        { "/a/b", 0, 0 }, { "/a%2F%41", X, 1 }, { "/a%2Fb?%2F..%2F;", 0, 1 },
        { "/a%2F...", 0, 1 }, { "/a;b/c", 0, 0 }, { "/a/../b", D, 0 },
        { "/a//b%2Fc", S, 1 }, { "/a/../b%2Fc", D, 1 }, { "/a%2Fb c", E, 1 },
        { "/%2Fa", H, 1 }, { "/a%2F/b", H, 1 }, { "/a%2F%2Fb", H, 2 },
        { "/a%2F..", H, 1 }, { "/a%2F../b", H, 1 }, { "/a%2F.%2Fb", H, 2 },
        { "/..%2Fa", H, 1 }, { "/a/..%2Fb", H, 1 }, { "/a/.%2e%2Fb", H|X, 1 },
        { "/a%2F..;/b", H, 1 }, { "/a;b%2Fc", H, 1 }, { "/a%2Fb;c", H, 1 },
        { "/a%2Fb/c%3Bd", H, 1 }, { "/;a/b%2Fc", H, 1 },
        { "/a%2Fb%5Cc", U, 1 }, { "/a%2Fb\\c", U, 1 }, { "/a%2Fb%00", U, 1 },
        { "/a%252Fb", U, 0 }, { "/a%252fb", U, 0 }, { "/a%25%32Fb", X|U, 0 },
        { "/a%252%46b", X|U, 0 }, { "/a%25252Fb", 0, 0 }, { "/a%252", 0, 0 },
        { "/a%25/2Fb", 0, 0 }, { "/a%252Eb", 0, 0 }, { "/a%25%2F2F", 0, 1 },
        { "/a%2", U, 0 }, { "%2F", 0, 1 }, { "", 0, 0 }
    };

    for (i = 0; i < sizeof(row) / sizeof(row[0]); i++) {
        gate_str_t      path, kept;
        unsigned char  *end;

        path = exact(row[i].path);

        is_int(gate_path_look_kept(path), row[i].want, "encoded: \"%s\"",
               row[i].path);
        is_int(gate_path_slashes(path), row[i].slashes, "... has that many");

        kept.data = malloc(path.len + 2 * row[i].slashes + 1);
        end = gate_path_keep(kept.data, path);
        kept.len = (size_t) (end - kept.data);

        is_int(gate_path_slashes(kept), 0, "... and none, to be decoded once");

        if (row[i].want == 0) {
            kept.len = gate_path_restore(kept);
            is_int(gate_path_slashes(kept), row[i].slashes, "... again");
        }

        free(path.data);
        free(kept.data);
    }
}


static void
test_restored(void)
{
    size_t  i;

    static const char  *row[][2] = {
        { "/a%252Fb", "/a%2Fb" }, { "/a%252Fb?%252F", "/a%2Fb?%252F" },
        { "/%252F%252F", "/%2F%2F" }, { "/a%25252F", "/a%25252F" },
        { "/a%252f", "/a%252f" }, { "/a%252", "/a%252" }, { "", "" },
        { "?", "?" }, { "/a%2Fb", "/a%2Fb" }, { "%252F", "%2F" }
    };

    for (i = 0; i < sizeof(row) / sizeof(row[0]); i++) {
        gate_str_t  path;

        path = exact(row[i][0]);
        path.len = gate_path_restore(path);

        ok(path.len == strlen(row[i][1])
           && memcmp(path.data, row[i][1], path.len) == 0,
           "\"%s\" was \"%s\"", row[i][0], row[i][1]);

        free(path.data);
    }

    ok(gate_path_kept(gate_cstr("/a%2Fb"), gate_cstr("/a%2Fb"), 1),
       "an encoded slash is kept as it is");
    ok(!gate_path_kept(gate_cstr("/a%2Fb"), gate_cstr("/a%2Fb"), 0),
       "... where that is wanted");
    ok(!gate_path_kept(gate_cstr("/a%2Fb%"), gate_cstr("/a%2Fb%"), 1),
       "... and nothing else is");
}


int
main(void)
{
    test_written();
    test_plain();
    test_joined();
    test_bytes();
    test_masks();
    test_slash_more();
    test_kept();
    test_encoded_slashes();
    test_restored();

    return done_testing();
}
