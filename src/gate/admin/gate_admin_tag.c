
/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * If-Match and If-None-Match (RFC 9110 13.1): the tag of a record is its
 * revision.
 */


#include "gate_admin.h"


static int gate_admin_tag(gate_str_t text, size_t *pos, gate_str_t *tag,
    int *weak);
static int gate_admin_is_digits(gate_str_t text);


size_t
gate_admin_revisions(gate_str_t text, unsigned char *dst)
{
    int             weak;
    size_t          pos;
    gate_str_t      tag;
    unsigned char  *p;

    if (gate_str_eq(text, gate_cstr("*"))) {
        *dst = '*';
        return 1;
    }

    p = dst;
    *p++ = ',';
    pos = 0;

    /* a weak one fits nothing here, RFC 9110 13.1.1 */

    while (gate_admin_tag(text, &pos, &tag, &weak)) {
        if (!weak && gate_admin_is_digits(tag)) {
            p = gate_str_copy(p, tag);
            *p++ = ',';
        }
    }

    return (size_t) (p - dst);
}


int
gate_admin_has_revision(gate_str_t text, gate_str_t rev)
{
    int         weak;
    size_t      pos;
    gate_str_t  tag;

    pos = 0;

    while (gate_admin_tag(text, &pos, &tag, &weak)) {
        if (gate_str_eq(tag, rev)) {
            return 1;
        }
    }

    return gate_str_eq(text, gate_cstr("*"));
}


/* 0: there is no further one, or no list any more */

static int
gate_admin_tag(gate_str_t text, size_t *pos, gate_str_t *tag, int *weak)
{
    size_t                i;
    const unsigned char  *p, *end;

    for (i = *pos; i < text.len; i++) {
        if (text.data[i] != ' ' && text.data[i] != '\t'
            && text.data[i] != ',')
        {
            break;
        }
    }

    p = text.data + i;

    *weak = (text.len - i > 2 && p[0] == 'W' && p[1] == '/');
    i += *weak ? 2 : 0;

    if (i >= text.len || text.data[i] != '"') {
        return 0;
    }

    p = text.data + i + 1;
    end = memchr(p, '"', text.len - i - 1);

    if (end == NULL) {
        return 0;
    }

    *tag = gate_str(p, (size_t) (end - p));
    *pos = (size_t) (end + 1 - text.data);

    return 1;
}


static int
gate_admin_is_digits(gate_str_t text)
{
    size_t  i;

    for (i = 0; i < text.len; i++) {
        if (text.data[i] < '0' || text.data[i] > '9') {
            return 0;
        }
    }

    return text.len != 0;
}
