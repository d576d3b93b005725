
/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * Answers of the API as lines of text, for people and for spreadsheets.
 */


#include "gate_admin_show.h"

#include <stdio.h>
#include <stdlib.h>


typedef struct {
    char                  *data;
    size_t                 len;
    size_t                 size;
    char                   separator;
    int                    failed;
} gate_admin_lines_t;


static void gate_admin_line(gate_admin_lines_t *l, const json_t *object,
    const char *const *columns);
static void gate_admin_cell(gate_admin_lines_t *l, const json_t *value);
static void gate_admin_cell_list(gate_admin_lines_t *l, const json_t *value,
    char *text, size_t size);
static const char *gate_admin_cell_text(const json_t *value, char *number,
    size_t size);
static void gate_admin_add(gate_admin_lines_t *l, const char *text,
    size_t len);
static void gate_admin_add_text(gate_admin_lines_t *l, const char *text,
    size_t len);


char *
gate_admin_table(const json_t *list, const char *const *columns,
    char separator, size_t *len)
{
    size_t               i;
    const char          *name;
    json_t              *value;
    gate_admin_lines_t   l;

    memset(&l, 0, sizeof(gate_admin_lines_t));
    l.separator = separator;

    if (columns == NULL) {

        json_object_foreach((json_t *) list, name, value) {
            gate_admin_add(&l, name, strlen(name));
            gate_admin_add(&l, &separator, 1);
            gate_admin_cell(&l, value);
            gate_admin_add(&l, "\n", 1);
        }

    } else {

        for (i = 0; separator == ',' && columns[i] != NULL; i++) {
            gate_admin_add(&l, ",", i != 0);
            gate_admin_add(&l, columns[i], strlen(columns[i]));
        }

        if (separator == ',') {
            gate_admin_add(&l, "\n", 1);
        }

        for (i = 0; i < json_array_size(list); i++) {
            gate_admin_line(&l, json_array_get(list, i), columns);
        }
    }

    /* so that an empty one is no failure */

    gate_admin_add(&l, "", 1);

    if (l.failed) {
        free(l.data);
        return NULL;
    }

    *len = l.len - 1;

    return l.data;
}


static void
gate_admin_line(gate_admin_lines_t *l, const json_t *object,
    const char *const *columns)
{
    size_t  i;

    for (i = 0; columns[i] != NULL; i++) {

        if (i != 0) {
            gate_admin_add(l, &l->separator, 1);
        }

        gate_admin_cell(l, json_object_get(object, columns[i]));
    }

    gate_admin_add(l, "\n", 1);
}


/* what is not there is "-" for people, and 0 or nothing in a spreadsheet */

static void
gate_admin_cell(gate_admin_lines_t *l, const json_t *value)
{
    char  text[4096];

    if (json_is_string(value)) {
        gate_admin_add_text(l, json_string_value(value),
                            json_string_length(value));
        return;
    }

    if (json_is_integer(value)) {
        (void) snprintf(text, sizeof(text), "%lld",
                        (long long) json_integer_value(value));
        gate_admin_add(l, text, strlen(text));
        return;
    }

    if (json_is_array(value) || json_is_object(value)) {
        gate_admin_cell_list(l, value, text, sizeof(text));
        gate_admin_add_text(l, text, strlen(text));
        return;
    }

    gate_admin_add(l, l->separator == ',' ? "0" : "-", 1);
}


/* NAME,NAME or NAME=VALUE,NAME=VALUE, as much as there is room for */

static void
gate_admin_cell_list(gate_admin_lines_t *l, const json_t *value, char *text,
    size_t size)
{
    int          n;
    size_t       i, len;
    json_t      *item;
    char         number[24];
    const char  *name;

    len = 0;
    text[0] = '-';
    text[1] = '\0';

    json_array_foreach((json_t *) value, i, item) {
        n = snprintf(text + len, size - len, "%s%s", len ? "," : "",
                     gate_admin_cell_text(item, number, sizeof(number)));

        if (n < 0 || (size_t) n >= size - len) {
            return;
        }

        len += (size_t) n;
    }

    json_object_foreach((json_t *) value, name, item) {
        n = snprintf(text + len, size - len, "%s%s=%s", len ? "," : "", name,
                     gate_admin_cell_text(item, number, sizeof(number)));

        if (n < 0 || (size_t) n >= size - len) {
            return;
        }

        len += (size_t) n;
    }
}


static const char *
gate_admin_cell_text(const json_t *value, char *number, size_t size)
{
    if (json_is_string(value)) {
        return json_string_value(value);
    }

    if (json_is_integer(value)) {
        (void) snprintf(number, size, "%lld",
                        (long long) json_integer_value(value));
        return number;
    }

    return json_is_true(value) ? "true" : json_is_false(value) ? "false" : "-";
}


static void
gate_admin_add(gate_admin_lines_t *l, const char *text, size_t len)
{
    char    *data;
    size_t   size;

    if (l->failed || len == 0) {
        return;
    }

    if (l->size - l->len < len) {
        size = 2 * l->size + len + 1024;

        data = realloc(l->data, size);
        if (data == NULL) {
            l->failed = 1;
            return;
        }

        l->data = data;
        l->size = size;
    }

    memcpy(l->data + l->len, text, len);
    l->len += len;
}


/*
 * A control character would be a line of its own, or do something to a
 * terminal.  Commas and quotes: RFC 4180 2.
 */

static void
gate_admin_add_text(gate_admin_lines_t *l, const char *text, size_t len)
{
    char    c;
    int     quoted;
    size_t  i;

    quoted = l->separator == ',' && (memchr(text, ',', len) != NULL
                                     || memchr(text, '"', len) != NULL);

    gate_admin_add(l, "\"", quoted);

    for (i = 0; i < len; i++) {
        c = ((unsigned char) text[i] < 0x20 || text[i] == 0x7f) ? '?'
                                                                : text[i];

        if (quoted && c == '"') {
            gate_admin_add(l, "\"", 1);
        }

        gate_admin_add(l, &c, 1);
    }

    gate_admin_add(l, "\"", quoted);
}
