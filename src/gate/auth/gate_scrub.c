
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
static size_t gate_scrub_says(gate_str_t line, size_t pos);
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


/*
 * What nginx says of a field that it could not read: "NAME: value" of HTTP/1,
 * "NAME" with invalid value: "value" of HTTP/2 and 3, with line feeds in it.
 */

static int
gate_scrub_field(gate_str_t line, size_t pos, const gate_scrub_t *names,
    gate_str_t *value)
{
    int     quoted;
    size_t  i, start, end;

    for (end = pos; end < line.len; end++) {
        if (line.data[end] == ':' || line.data[end] == '"') {
            break;
        }
    }

    for (i = 0; i < names->nfields; i++) {
        if (gate_name_eq(gate_str(line.data + pos, end - pos),
                         names->fields[i]))
        {
            break;
        }
    }

    if (i == names->nfields || end == line.len) {
        return 0;
    }

    quoted = (line.data[end] == '"');
    start = end + 1;

    if (quoted) {
        start += gate_scrub_says(line, start);

        if (start == end + 1) {
            return 0;
        }
    }

    for (end = start; end < line.len; end++) {
        if ((line.data[end] == '\n' && !quoted)
            || gate_scrub_quote_ends(line, end))
        {
            break;
        }
    }

    *value = gate_str(line.data + start, end - start);

    return 1;
}


static size_t
gate_scrub_says(gate_str_t line, size_t pos)
{
    static const gate_str_t  says = gate_string(" with invalid value: \"");

    if (line.len - pos < says.len
        || memcmp(line.data + pos, says.data, says.len) != 0)
    {
        return 0;
    }

    return says.len;
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
