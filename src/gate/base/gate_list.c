
/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * Values of fields that are lists: elements between commas (RFC 9110 5.6.1).
 */


#include "gate_list.h"


static int gate_list_is_space(unsigned char c);


int
gate_list_next(gate_str_t list, size_t *pos, gate_str_t *element)
{
    size_t  from, end;

    /* behind the last element *pos is one beyond the end */

    if (*pos > list.len) {
        return 0;
    }

    from = *pos;

    for (end = from; end < list.len && list.data[end] != ','; end++);

    *pos = end + 1;

    while (from < end && gate_list_is_space(list.data[from])) {
        from++;
    }

    while (end > from && gate_list_is_space(list.data[end - 1])) {
        end--;
    }

    *element = (from == end) ? gate_str(NULL, 0)
                             : gate_str(list.data + from, end - from);

    return 1;
}


int
gate_list_has(gate_str_t list, gate_str_t token)
{
    size_t      pos;
    gate_str_t  element;

    pos = 0;

    while (gate_list_next(list, &pos, &element)) {
        if (gate_str_eq_nocase(element, token)) {
            return 1;
        }
    }

    return 0;
}


static int
gate_list_is_space(unsigned char c)
{
    return c == ' ' || c == '\t';
}
