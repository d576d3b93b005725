
/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * Which version of an API a request names.
 */


#include "gate_version.h"
#include "gate_accept.h"
#include "gate_list.h"


static int gate_version_range(const gate_version_media_t *media,
    gate_str_t range, gate_str_t *version, unsigned *weight);
static int gate_version_in_type(const gate_version_media_t *media,
    gate_str_t type, gate_str_t *version);


static const gate_str_t  gate_version_mark = gate_string("{version}");


int
gate_version_is_name(gate_str_t name)
{
    size_t         i;
    unsigned char  c;

    for (i = 0; i < name.len; i++) {
        c = gate_lower(name.data[i]);

        if (!((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9')
              || c == '.' || c == '-' || c == '_'))
        {
            return 0;
        }
    }

    return name.len > 0 && name.len <= GATE_VERSION_NAME;
}


int
gate_version_media(gate_str_t pattern, gate_version_media_t *media)
{
    size_t       i, pos;
    gate_str_t   type, param;

    memset(media, 0, sizeof(gate_version_media_t));

    pos = 0;
    type = gate_accept_part(pattern, &pos);

    if (memchr(type.data, '/', type.len) == NULL) {
        return 0;
    }

    if (pos <= pattern.len) {
        param = gate_accept_part(pattern, &pos);

        if (pos <= pattern.len || param.len < gate_version_mark.len + 2
            || param.data[param.len - gate_version_mark.len - 1] != '='
            || !gate_str_eq(gate_str(param.data + param.len
                                     - gate_version_mark.len,
                                     gate_version_mark.len),
                            gate_version_mark))
        {
            return 0;
        }

        media->head = type;
        media->param = gate_str(param.data,
                                param.len - gate_version_mark.len - 1);

        return memchr(type.data, '{', type.len) == NULL
               && !gate_str_eq_nocase(media->param, gate_cstr("q"));
    }

    for (i = 0; i + gate_version_mark.len <= type.len; i++) {
        if (gate_str_eq(gate_str(type.data + i, gate_version_mark.len),
                        gate_version_mark))
        {
            media->head = gate_str(type.data, i);
            i += gate_version_mark.len;
            media->tail = gate_str(type.data + i, type.len - i);

            return media->head.len > 0
                   && memchr(media->head.data, '/', media->head.len) != NULL;
        }
    }

    return 0;
}


int
gate_version_accept(const gate_version_media_t *media,
    gate_version_ranges_t *ranges, gate_str_t *version, unsigned *weight)
{
    gate_str_t  range;

    while (ranges->looked < GATE_VERSION_RANGES
           && gate_list_next(ranges->accept, &ranges->pos, &range))
    {
        ranges->looked++;

        if (gate_version_range(media, range, version, weight)) {
            return 1;
        }
    }

    return 0;
}


static int
gate_version_range(const gate_version_media_t *media, gate_str_t range,
    gate_str_t *version, unsigned *weight)
{
    int         found;
    size_t      pos;
    gate_str_t  type, part;

    pos = 0;
    type = gate_accept_part(range, &pos);

    found = 0;
    *weight = gate_accept_q(gate_cstr("1"));

    if (media->param.len == 0) {
        found = gate_version_in_type(media, type, version);

        if (!found) {
            return 0;
        }

    } else if (!gate_str_eq_nocase(type, media->head)) {
        return 0;
    }

    while (pos <= range.len) {
        part = gate_accept_part(range, &pos);

        if (gate_str_begins_nocase(part, gate_cstr("q="))) {
            *weight = gate_accept_q(gate_str(part.data + 2, part.len - 2));
            continue;
        }

        if (media->param.len == 0 || part.len <= media->param.len
            || part.data[media->param.len] != '='
            || !gate_str_begins_nocase(part, media->param))
        {
            continue;
        }

        *version = gate_str(part.data + media->param.len + 1,
                            part.len - media->param.len - 1);

        if (version->len >= 2 && version->data[0] == '"'
            && version->data[version->len - 1] == '"')
        {
            *version = gate_str(version->data + 1, version->len - 2);
        }

        found = 1;
    }

    /* 1 is a weight of zero, and 0 none */

    return found && *weight > 1;
}


static int
gate_version_in_type(const gate_version_media_t *media, gate_str_t type,
    gate_str_t *version)
{
    size_t  len;

    if (type.len <= media->head.len + media->tail.len) {
        return 0;
    }

    len = type.len - media->head.len - media->tail.len;

    *version = gate_str(type.data + media->head.len, len);

    return gate_str_begins_nocase(type, media->head)
           && gate_str_eq_nocase(gate_str(type.data + media->head.len + len,
                                          media->tail.len),
                                 media->tail);
}


int
gate_version_segment(gate_str_t path, gate_str_t *version, gate_str_t *rest)
{
    const unsigned char  *slash;

    slash = path.len ? memchr(path.data, '/', path.len) : NULL;

    *version = gate_str(path.data,
                        slash ? (size_t) (slash - path.data) : path.len);
    *rest = gate_str(path.data + version->len, path.len - version->len);

    return gate_version_is_name(*version);
}
