/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * Pointers: what gate_pointer_parse() takes is what is written again from its
 * steps, and an index is what printf() writes.  Input: a pointer, a line break
 * and another one.
 */

#include "fuzz.h"
#include "gate_pointer.h"


/* 1: the steps, escaped and with a slash before each, are the text */

static int
same(const gate_pointer_t *p, gate_str_t text)
{
    size_t         i, j, n;
    unsigned char  c;

    n = 0;

    for (i = 0; i < p->n; i++) {
        if (n == text.len || text.data[n++] != '/') {
            return 0;
        }

        for (j = 0; j < p->steps[i].len; j++) {
            c = p->steps[i].data[j];

            if (n == text.len) {
                return 0;
            }

            if (c != '~' && c != '/') {
                if (text.data[n++] != c) {
                    return 0;
                }

                continue;
            }

            if (text.len - n < 2 || text.data[n] != '~'
                || text.data[n + 1] != (c == '~' ? '0' : '1'))
            {
                return 0;
            }

            n += 2;
        }
    }

    return n == text.len;
}


static int
parsed(gate_pointer_t *p, gate_str_t text, unsigned char **buf)
{
    size_t       i, n, index;
    char         digits[32];
    const char  *wrong;

    *buf = malloc(text.len);
    wrong = gate_pointer_parse(p, text, *buf);

    if (wrong != NULL) {
        must(wrong[0] != '\0');
        return 0;
    }

    must(p->n > 0 && p->n <= GATE_JSON_DEPTH && same(p, text));

    for (i = 0; i < p->n; i++) {
        if (gate_pointer_index(p->steps[i], &index)) {
            n = (size_t) snprintf(digits, sizeof(digits), "%zu", index);
            must(gate_str_eq(p->steps[i], gate_str(digits, n)));
        }
    }

    return 1;
}


int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    int              both;
    gate_str_t       in, first, second;
    unsigned char   *buf1, *buf2;
    gate_pointer_t   a, b;

    in = fuzz_copy(data, size);
    first = fuzz_split(in, '\n', &second);

    both = parsed(&a, first, &buf1);
    both &= parsed(&b, second, &buf2);

    if (both) {

        /* a pointer is within another if its text goes on behind it */

        must(gate_pointer_within(&a, &a));
        must(gate_pointer_within(&a, &b)
             == (first.len >= second.len
                 && memcmp(first.data, second.data, second.len) == 0
                 && (first.len == second.len
                     || first.data[second.len] == '/')));
    }

    free(buf1);
    free(buf2);
    free(in.data);

    return 0;
}
