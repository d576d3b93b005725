
/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * The feed: messages and keys taken apart, and versions that tell what was not
 * heard.
 */


#include "gate_feed.h"
#include "gate_uri.h"


#define GATE_FEED_DIGITS  18                  /* of a version */


static int gate_feed_change(unsigned char kind, gate_str_t name,
    gate_feed_change_t *change);
static gate_feed_rc_e gate_feed_jump(gate_feed_t *f, uint64_t version);


int
gate_feed_message(gate_str_t text, uint64_t *version,
    gate_feed_change_t *change)
{
    size_t                n;
    const unsigned char  *space;

    space = text.len ? memchr(text.data, ' ', text.len) : NULL;

    if (space == NULL) {
        return 0;
    }

    n = (size_t) (space - text.data);

    if (!gate_feed_version(gate_str(text.data, n), version)) {
        return 0;
    }

    text = gate_str(text.data + n + 1, text.len - n - 1);

    if (text.len < 2 || text.data[1] != ' ') {
        return 0;
    }

    return gate_feed_change(text.data[0],
                            gate_str(text.data + 2, text.len - 2), change);
}


int
gate_feed_key(gate_str_t key, gate_feed_change_t *change)
{
    /* "gate:k:{NAME}" */

    if (key.len < 9 || memcmp(key.data, "gate:", 5) != 0
        || key.data[6] != ':' || key.data[7] != '{'
        || key.data[key.len - 1] != '}')
    {
        return 0;
    }

    return gate_feed_change(key.data[5], gate_str(key.data + 8, key.len - 9),
                            change);
}


static int
gate_feed_change(unsigned char kind, gate_str_t name,
    gate_feed_change_t *change)
{
    if (name.len == 0 || name.len > GATE_FEED_NAME) {
        return 0;
    }

    change->kind = (gate_kind_e) kind;
    change->name = gate_str(change->buf,
                            gate_uri_unescape(name, change->buf));

    return 1;
}


int
gate_feed_version(gate_str_t text, uint64_t *version)
{
    size_t    i;
    uint64_t  n;

    if (text.len == 0 || text.len > GATE_FEED_DIGITS) {
        return 0;
    }

    for (i = 0, n = 0; i < text.len; i++) {

        if (text.data[i] < '0' || text.data[i] > '9') {
            return 0;
        }

        n = n * 10 + (text.data[i] - '0');
    }

    *version = n;

    return 1;
}


gate_feed_rc_e
gate_feed_heard(gate_feed_t *f, uint64_t version)
{
    if (!f->knows || version == f->heard + 1) {
        f->heard = version;
        f->knows = 1;
        return GATE_FEED_OK;
    }

    return gate_feed_jump(f, version);
}


void
gate_feed_asked(gate_feed_t *f)
{
    f->low = f->heard;
    f->knew = f->knows;
}


gate_feed_rc_e
gate_feed_told(gate_feed_t *f, uint64_t version)
{
    f->due = version;

    if (f->knew && version < f->low) {
        return gate_feed_jump(f, version);
    }

    return GATE_FEED_OK;
}


gate_feed_rc_e
gate_feed_complete(gate_feed_t *f)
{
    if (!f->knows) {
        f->heard = f->due;
        f->knows = 1;
        return GATE_FEED_OK;
    }

    return (f->heard < f->due) ? gate_feed_jump(f, f->due) : GATE_FEED_OK;
}


static gate_feed_rc_e
gate_feed_jump(gate_feed_t *f, uint64_t version)
{
    gate_feed_rc_e  rc;

    rc = (version > f->heard) ? GATE_FEED_LOST : GATE_FEED_BACK;

    f->heard = version;

    return rc;
}
