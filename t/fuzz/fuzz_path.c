/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * Paths: what gate_path_look() finds is what a second reader finds, who
 * decodes first and takes the text apart then.  Input: the head, a line break,
 * the tail.
 */

#include "fuzz.h"
#include "gate_path.h"


static int
digit(unsigned char c)
{
    const char  *p;

    static const char  hex[] = "0123456789abcdef";

    p = (c == 0) ? NULL : strchr(hex, gate_lower(c));

    return p ? (int) (p - hex) : -1;
}


/* the decoded path; an encoded slash becomes a 1, a bad escape too */

static size_t
decoded(gate_str_t s, int plain, unsigned char *dst, int *end)
{
    size_t  i, n;

    for (i = 0, n = 0; i < s.len; i++) {

        if (plain) {
            dst[n++] = s.data[i];
            continue;
        }

        if (s.data[i] == '?') {
            *end = 1;
            break;
        }

        if (s.data[i] != '%') {
            dst[n++] = s.data[i];
            continue;
        }

        if (s.len - i < 3 || digit(s.data[i + 1]) < 0
            || digit(s.data[i + 2]) < 0)
        {
            dst[n++] = 1;
            continue;
        }

        dst[n] = (unsigned char) (digit(s.data[i + 1]) * 16
                                  + digit(s.data[i + 2]));
        dst[n] = (dst[n] == '/') ? 1 : dst[n];
        n++;
        i += 2;
    }

    return n;
}


/* the same without what is written, as only the text tells that */

static unsigned
reread(const unsigned char *p, size_t n)
{
    size_t    i, from, len;
    unsigned  found, bit;

    found = 0;

    for (from = 0; from <= n; from = i + 1) {

        for (i = from; i < n && p[i] != '/'; i++) {
            if (p[i] < 0x20 || p[i] == 0x7f || p[i] == '\\') {
                found |= GATE_PATH_UNSAFE;
            }
        }

        for (len = 0; from + len < i && p[from + len] != ';'; len++);

        bit = (from + len < i) ? GATE_PATH_HIDDEN : 0;

        if ((len == 1 && p[from] == '.')
            || (len == 2 && p[from] == '.' && p[from + 1] == '.'))
        {
            found |= bit ? bit : GATE_PATH_DOTS;

        } else if (len == 0 && from > 0 && i < n) {
            found |= bit ? bit : GATE_PATH_SLASHES;
        }
    }

    return found;
}


int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    int             plain, end;
    size_t          n;
    unsigned        found, mask;
    gate_str_t      head, tail;
    unsigned char  *text;

    head = fuzz_split(gate_str(data, size), '\n', &tail);
    head = fuzz_copy(head.data, head.len);
    tail = fuzz_copy(tail.data, tail.len);
    text = malloc(size + 1);
    mask = GATE_PATH_MATCHED;

    for (plain = 0; plain < 2; plain++) {
        end = 0;
        n = decoded(head, 0, text, &end);

        if (!end) {
            n += decoded(tail, plain, text + n, &end);
        }

        found = gate_path_look(head, tail, plain);

        must((found & mask) == reread(text, n));
    }

    /* to those who decode slashes it is no other path, and no slash is lost */

    found = gate_path_look_kept(head);

    if (!(found & GATE_PATH_MATCHED)) {
        unsigned char  *kept, *all;

        n = decoded(head, 0, text, &end);
        must((reread(text, n) & GATE_PATH_DOTS) == 0);

        n = gate_path_slashes(head);
        kept = malloc(head.len + 2 * n + 1);
        all = gate_path_keep(kept, head);

        must((size_t) (all - kept) <= head.len + 2 * n);
        must(gate_path_slashes(gate_str(kept, (size_t) (all - kept))) == 0);
        must(gate_path_slashes(gate_str(kept, gate_path_restore(
                 gate_str(kept, (size_t) (all - kept))))) == n);
        free(kept);
    }

    /* a path that is sent as it is keeps what it says */

    must(!gate_path_kept(head, tail, 0)
         || gate_path_kept(gate_str(NULL, 0), tail, 0));

    free(text);
    free(head.data);
    free(tail.data);

    return 0;
}
