
/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * Paths that whoever stands behind the gateway could read as another one.
 */


#include "gate_hex.h"
#include "gate_path.h"
#include "gate_uri.h"


/* of a segment so far: so many dots and nothing else, or more than that */

#define GATE_PATH_OTHER  3


typedef struct {
    unsigned               found;
    unsigned               dots;          /* up to GATE_PATH_OTHER */
    unsigned               slash:1;       /* the segment is behind one */
    unsigned               cut:1;         /* a ";" was met in it */
    unsigned               end:1;         /* "?": the rest is no path */
    unsigned               keep:1;        /* an encoded slash may stand */
    unsigned               some:1;        /* ... and there is one */
    unsigned               edge:1;        /* ... beside this segment */
    unsigned               params:1;      /* a ";" was met in the path */
    unsigned               text;          /* of "%2F", once decoded */
} gate_path_state_t;


static int gate_path_usual(gate_str_t s, int plain, unsigned char *prev);
static void gate_path_encoded(gate_path_state_t *st, gate_str_t s);
static void gate_path_plain(gate_path_state_t *st, gate_str_t s);
static void gate_path_slash(gate_path_state_t *st);
static void gate_path_text(gate_path_state_t *st, unsigned char c);
static void gate_path_byte(gate_path_state_t *st, unsigned char c);
static void gate_path_segment(gate_path_state_t *st, int more);
static int gate_path_unhex(const unsigned char *p, size_t n);
static size_t gate_path_count(gate_str_t s, unsigned char c, int keep);
static size_t gate_path_count_encoded(gate_str_t s, int c);


/* what a path has to be read byte by byte for, and what may begin that */

#define GATE_PATH_SLASH    1
#define GATE_PATH_DOT      2
#define GATE_PATH_ASKS     3
#define GATE_PATH_SPECIAL  4

static const unsigned char  gate_path_class[256] = {
    [0x00 ... 0x1f] = GATE_PATH_SPECIAL,
    [' '] = GATE_PATH_SPECIAL, ['#'] = GATE_PATH_SPECIAL,
    ['%'] = GATE_PATH_SPECIAL, [';'] = GATE_PATH_SPECIAL,
    ['\\'] = GATE_PATH_SPECIAL, [0x7f] = GATE_PATH_SPECIAL,
    ['/'] = GATE_PATH_SLASH, ['.'] = GATE_PATH_DOT, ['?'] = GATE_PATH_ASKS
};


unsigned
gate_path_look(gate_str_t head, gate_str_t tail, int plain)
{
    int                usual;
    unsigned char      prev;
    gate_path_state_t  st;

    /* nearly all paths: nothing can be found in them */

    prev = 0;
    usual = gate_path_usual(head, 0, &prev);

    if (usual && prev != '?') {
        usual = gate_path_usual(tail, plain, &prev);
    }

    if (usual) {
        return 0;
    }

    memset(&st, 0, sizeof(gate_path_state_t));

    gate_path_encoded(&st, head);

    if (plain && !st.end) {
        gate_path_plain(&st, tail);

    } else if (!st.end) {
        gate_path_encoded(&st, tail);
    }

    gate_path_segment(&st, 0);

    return st.found;
}


unsigned
gate_path_look_joined(gate_str_t path)
{
    size_t  i;

    for (i = 1; i < path.len; i++) {

        if (path.data[i - 1] == '/' && path.data[i] == '/') {
            return gate_path_look(gate_str(path.data, i),
                                  gate_str(path.data + i + 1,
                                           path.len - i - 1), 0);
        }
    }

    return gate_path_look(path, gate_str(NULL, 0), 0);
}


unsigned
gate_path_look_kept(gate_str_t path)
{
    gate_path_state_t  st;

    memset(&st, 0, sizeof(gate_path_state_t));
    st.keep = 1;

    gate_path_encoded(&st, path);
    gate_path_segment(&st, 0);

    if (st.some && st.params) {
        st.found |= GATE_PATH_HIDDEN;
    }

    return st.found;
}


size_t
gate_path_slashes(gate_str_t path)
{
    return gate_path_count_encoded(path, '/');
}


unsigned char *
gate_path_keep(unsigned char *dst, gate_str_t path)
{
    size_t  i;

    for (i = 0; i < path.len && path.data[i] != '?'; i++) {

        if (path.data[i] == '%'
            && gate_path_unhex(path.data + i + 1, path.len - i - 1) == '/')
        {
            dst = gate_str_copy(dst, gate_cstr("%252F"));
            i += 2;
            continue;
        }

        *dst++ = path.data[i];
    }

    return dst;
}


/* what stands behind "?" has no path in it, and is as it came */

size_t
gate_path_restore(gate_str_t path)
{
    size_t          i;
    unsigned char  *dst;

    dst = path.data;

    for (i = 0; i < path.len && path.data[i] != '?'; i++) {

        *dst++ = path.data[i];

        if (path.len - i >= 5 && memcmp(path.data + i, "%252F", 5) == 0) {
            *dst++ = '2';
            *dst++ = 'F';
            i += 4;
        }
    }

    memmove(dst, path.data + i, path.len - i);

    return (size_t) (dst - path.data) + path.len - i;
}


int
gate_path_kept(gate_str_t uri, gate_str_t sent, int keep)
{
    size_t  i;

    static const unsigned char  special[] = { '%', '?', '#' };

    for (i = 0; i < sizeof(special); i++) {
        if (gate_path_count(uri, special[i], keep)
            > gate_path_count_encoded(sent, special[i]))
        {
            return 0;
        }
    }

    return 1;
}


/*
 * No special byte, and neither slash nor dot where a segment begins.  *prev is
 * the byte before, 0 at the start; it becomes "?" where the path ends there.
 */

static int
gate_path_usual(gate_str_t s, int plain, unsigned char *prev)
{
    unsigned char         c, p;
    const unsigned char  *in, *last;

    p = *prev;
    last = s.data + s.len;

    for (in = s.data; in < last; p = *in++) {

        c = gate_path_class[*in];

        if (c == 0) {
            continue;
        }

        if (c == GATE_PATH_ASKS && !plain) {
            *prev = '?';
            return 1;
        }

        if (c >= GATE_PATH_ASKS
            || p == '/'
            || (c == GATE_PATH_DOT && p == 0))
        {
            return 0;
        }
    }

    *prev = p;

    return 1;
}


static void
gate_path_encoded(gate_path_state_t *st, gate_str_t s)
{
    int     c;
    size_t  i;

    for (i = 0; i < s.len; i++) {

        if (s.data[i] == '?') {
            st->end = 1;
            return;
        }

        if (s.data[i] == ' ' || s.data[i] == '#') {
            st->found |= GATE_PATH_ENDS;
        }

        if (s.data[i] != '%') {
            gate_path_byte(st, s.data[i]);
            continue;
        }

        c = gate_path_unhex(s.data + i + 1, s.len - i - 1);

        if (c == '/' && st->keep) {
            gate_path_slash(st);
            i += 2;
            continue;
        }

        if (c < 0 || c == '/') {
            /* as unsafe as a NUL, and no slash to whoever sees it so */
            gate_path_byte(st, '\0');
            continue;
        }

        if (gate_uri_unreserved((unsigned char) c)) {
            st->found |= GATE_PATH_ESCAPED;
        }

        gate_path_byte(st, (unsigned char) c);

        i += 2;
    }
}


static void
gate_path_plain(gate_path_state_t *st, gate_str_t s)
{
    size_t  i;

    for (i = 0; i < s.len; i++) {
        gate_path_byte(st, s.data[i]);
    }
}


/* a segment ends and another begins, to those who decode it */

static void
gate_path_slash(gate_path_state_t *st)
{
    st->some = 1;
    st->text = 0;

    st->edge = 1;
    gate_path_segment(st, 1);
    st->edge = 1;
}


/* "%25" and what follows it: to whoever decodes twice it is a slash */

static void
gate_path_text(gate_path_state_t *st, unsigned char c)
{
    if (c == '%') {
        st->text = 1;

    } else if (st->text == 1 && c == '2') {
        st->text = 2;

    } else if (st->text == 2 && gate_lower(c) == 'f') {
        st->found |= GATE_PATH_UNSAFE;

    } else {
        st->text = 0;
    }
}


static void
gate_path_byte(gate_path_state_t *st, unsigned char c)
{
    if (st->keep) {
        gate_path_text(st, c);
    }

    if (c == '/') {
        gate_path_segment(st, 1);
        return;
    }

    if (c < 0x20 || c == 0x7f || c == '\\') {
        st->found |= GATE_PATH_UNSAFE;
    }

    if (st->cut) {
        return;
    }

    if (c == ';') {
        st->cut = 1;
        st->params = 1;

    } else if (c != '.') {
        st->dots = GATE_PATH_OTHER;

    } else if (st->dots < GATE_PATH_OTHER) {
        st->dots++;
    }
}


/* at its end; "more": a slash is, and another one begins */

static void
gate_path_segment(gate_path_state_t *st, int more)
{
    int  hidden;

    hidden = st->cut || st->edge;

    if (st->dots == 1 || st->dots == 2) {
        st->found |= hidden ? GATE_PATH_HIDDEN : GATE_PATH_DOTS;

    } else if (st->dots == 0 && st->slash && more) {
        st->found |= hidden ? GATE_PATH_HIDDEN : GATE_PATH_SLASHES;
    }

    st->dots = 0;
    st->cut = 0;
    st->edge = 0;
    st->slash = 1;
}


static int
gate_path_unhex(const unsigned char *p, size_t n)
{
    unsigned char  c;

    return (n >= 2 && gate_hex_read(p, &c, 1)) ? c : -1;
}


static size_t
gate_path_count(gate_str_t s, unsigned char c, int keep)
{
    size_t  i, n;

    for (i = 0, n = 0; i < s.len; i++) {
        n += (s.data[i] == c
              && !(keep && s.len - i >= 3
                   && memcmp(s.data + i, "%2F", 3) == 0));
    }

    return n;
}


/* up to a "?", behind which is no path */

static size_t
gate_path_count_encoded(gate_str_t s, int c)
{
    size_t  i, n;

    for (i = 0, n = 0; i < s.len && s.data[i] != '?'; i++) {
        n += (s.data[i] == '%'
              && gate_path_unhex(s.data + i + 1, s.len - i - 1) == c);
    }

    return n;
}
