
/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * Keys in what logs are about to tell: overwritten in place.
 */


#include "gate_scrub.h"

#include "gate_names.h"
#include "gate_uri.h"


static size_t gate_scrub_before_version(gate_str_t line);
static int gate_scrub_arg(gate_str_t line, size_t pos,
    const gate_scrub_t *names, gate_str_t *value);
static int gate_scrub_field(gate_str_t line, size_t pos,
    const gate_scrub_t *names, gate_str_t *value);
static int gate_scrub_quote_ends(gate_str_t line, size_t pos);


size_t
gate_scrub_target(gate_str_t target, const gate_scrub_t *names)
{
    size_t      i, n;
    gate_str_t  args;

    for (i = 0; i < target.len; i++) {
        if (target.data[i] == '?' || target.data[i] == '#') {
            break;
        }
    }

    if (i == target.len) {
        return 0;
    }

    args = gate_str(target.data + i + 1, target.len - i - 1);
    args.len = gate_scrub_before_version(args);

    n = 0;

    for (i = 0; i < names->nargs; i++) {
        n += gate_uri_args_mask(args, names->args[i]);
    }

    return n;
}


/* a broken request line may have other spaces than that before its version */

static size_t
gate_scrub_before_version(gate_str_t line)
{
    size_t  i;

    static const gate_str_t  version = gate_string(" HTTP/");

    for (i = line.len; i >= version.len; i--) {
        if (memcmp(line.data + i - version.len, version.data, version.len)
            == 0)
        {
            return i - version.len;
        }
    }

    return line.len;
}


size_t
gate_scrub_line(gate_str_t line, const gate_scrub_t *names)
{
    size_t      i, n;
    gate_str_t  value;

    n = 0;

    for (i = 0; i < line.len; i++) {

        switch (line.data[i]) {

        case '"':
            if (!gate_scrub_field(line, i + 1, names, &value)
                && !gate_scrub_arg(line, i + 1, names, &value))
            {
                continue;
            }

            break;

        case '?':
        case '&':
        case ';':
        case '#':
            if (!gate_scrub_arg(line, i + 1, names, &value)) {
                continue;
            }

            break;

        default:
            continue;
        }

        memset(value.data, '*', value.len);
        n++;

        i = (size_t) (value.data - line.data) + value.len - 1;
    }

    return n;
}


/* the end is looked for only behind a name: a line may be all separators */

static int
gate_scrub_arg(gate_str_t line, size_t pos, const gate_scrub_t *names,
    gate_str_t *value)
{
    size_t      i, end;
    gate_str_t  rest;

    rest = gate_str(line.data + pos, line.len - pos);

    for (i = 0; i < names->nargs; i++) {
        if (gate_uri_is(rest, names->args[i], value)) {
            break;
        }
    }

    if (i == names->nargs) {
        return 0;
    }

    pos = (size_t) (value->data - line.data);

    for (end = pos; end < line.len; end++) {
        if (line.data[end] == '&' || line.data[end] == '\n'
            || gate_scrub_quote_ends(line, end))
        {
            break;
        }
    }

    value->len = gate_scrub_before_version(gate_str(value->data, end - pos));

    return 1;
}


/* "NAME: value", which nginx quotes where it could not read a field */

static int
gate_scrub_field(gate_str_t line, size_t pos, const gate_scrub_t *names,
    gate_str_t *value)
{
    size_t  i, colon, end;

    for (colon = pos; colon < line.len; colon++) {
        if (line.data[colon] == ':' || line.data[colon] == '"') {
            break;
        }
    }

    if (colon == line.len || line.data[colon] != ':') {
        return 0;
    }

    for (i = 0; i < names->nfields; i++) {
        if (gate_name_eq(gate_str(line.data + pos, colon - pos),
                         names->fields[i]))
        {
            break;
        }
    }

    if (i == names->nfields) {
        return 0;
    }

    for (end = colon + 1; end < line.len; end++) {
        if (line.data[end] == '\n' || gate_scrub_quote_ends(line, end)) {
            break;
        }
    }

    *value = gate_str(line.data + colon + 1, end - colon - 1);

    return 1;
}


static int
gate_scrub_quote_ends(gate_str_t line, size_t pos)
{
    if (line.data[pos] != '"') {
        return 0;
    }

    return pos + 1 == line.len || line.data[pos + 1] == ','
           || line.data[pos + 1] == ' ' || line.data[pos + 1] == '\n';
}
