
/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * Members of a body: texts, names and dates, and what is said of wrong ones.
 */


#include "gate_admin.h"
#include "gate_closest.h"
#include "gate_date.h"

#include <stdio.h>


#define GATE_ADMIN_SHOWN    128               /* bytes of a name in a detail */
#define GATE_ADMIN_POINTER  256
#define GATE_ADMIN_DETAIL   512


static size_t gate_admin_escape(gate_str_t step, char *dst, size_t size);


void
gate_admin_free(gate_admin_change_t *c)
{
    json_decref(c->fields);
    json_decref(c->errors);
    json_decref(c->name);
    json_decref(c->id);
    json_decref(c->prefix);
    json_decref(c->exp);
}


int
gate_admin_wrong(const gate_admin_change_t *c)
{
    return c->errors != NULL;
}


/* as of gate_consumer, but no slash: a name is one segment of a path */

int
gate_admin_is_name(gate_str_t name, size_t max)
{
    size_t         i;
    unsigned char  ch;

    if (name.len == 0 || name.len > max
        || gate_str_eq(name, gate_cstr("-"))
        || gate_str_eq(name, gate_cstr("."))
        || gate_str_eq(name, gate_cstr("..")))
    {
        return 0;
    }

    for (i = 0; i < name.len; i++) {
        ch = name.data[i];

        if (ch < 0x20 || ch == 0x7f || ch == ',' || ch == '/') {
            return 0;
        }
    }

    /* nginx and clients cut these off */

    return name.data[0] != ' ' && name.data[name.len - 1] != ' ';
}


void
gate_admin_error(gate_admin_change_t *c, const char *member,
    const char *detail)
{
    gate_admin_error_at(c, member, gate_str(NULL, 0), detail);
}


void
gate_admin_error_at(gate_admin_change_t *c, const char *member,
    gate_str_t below, const char *detail)
{
    char     pointer[GATE_ADMIN_POINTER];
    size_t   n;
    json_t  *error;

    if (c->errors == NULL) {
        c->errors = json_array();
    }

    if (json_array_size(c->errors) >= GATE_ADMIN_ERRORS) {
        return;
    }

    n = 0;

    if (*member != '\0') {
        pointer[n++] = '/';
        n += gate_admin_escape(gate_cstr(member), pointer + n,
                               sizeof(pointer) / 2);
    }

    if (below.data != NULL) {
        pointer[n++] = '/';
        n += gate_admin_escape(below, pointer + n, sizeof(pointer) - n);
    }

    error = json_pack("{s:s%,s:s}", "pointer", pointer, n, "detail", detail);

    if (error == NULL || json_array_append_new(c->errors, error) != 0) {
        c->failed = 1;
    }
}


/* of a long name only as much as is whole UTF-8; gives its length */

static size_t
gate_admin_escape(gate_str_t step, char *dst, size_t size)
{
    size_t         i, n;
    unsigned char  ch;

    n = 0;

    for (i = 0; i < step.len; i++) {
        ch = step.data[i];

        if (n + 6 > size && (ch & 0xc0) != 0x80) {
            break;
        }

        if (ch == '~' || ch == '/') {
            dst[n++] = '~';
            dst[n++] = (ch == '~') ? '0' : '1';

        } else {
            dst[n++] = (char) ch;
        }
    }

    return n;
}


void
gate_admin_error_unknown(gate_admin_change_t *c, const char *member,
    gate_str_t name, const gate_str_t *names, size_t n, const char *what)
{
    char            detail[GATE_ADMIN_DETAIL];
    size_t          i;
    gate_closest_t  closest;

    gate_closest_init(&closest, name);

    for (i = 0; i < n; i++) {
        gate_closest_try(&closest, names[i]);
    }

    if (closest.name.len != 0 && closest.name.len <= GATE_ADMIN_SHOWN) {
        (void) snprintf(detail, sizeof(detail), "is the name of no %s in the "
                        "configuration: do you mean \"%.*s\"?", what,
                        (int) closest.name.len, (char *) closest.name.data);

    } else {
        (void) snprintf(detail, sizeof(detail), "is the name of no %s in the "
                        "configuration", what);
    }

    gate_admin_error(c, member, detail);
}


void
gate_admin_field(gate_admin_change_t *c, const char *name, gate_str_t value)
{
    json_t  *text;

    text = (value.data == NULL)
           ? json_null() : json_stringn((char *) value.data, value.len);

    if (c->fields == NULL) {
        c->fields = json_object();
    }

    if (text == NULL || json_object_set_new(c->fields, name, text) != 0) {
        c->failed = 1;
    }
}


void
gate_admin_members(gate_admin_change_t *c, const json_t *body,
    const char *const *names)
{
    char             detail[GATE_ADMIN_DETAIL];
    size_t           i;
    const char      *name;
    json_t          *value;
    gate_closest_t   closest;

    json_object_foreach((json_t *) body, name, value) {

        gate_closest_init(&closest, gate_cstr(name));

        for (i = 0; names[i] != NULL; i++) {
            if (strcmp(name, names[i]) == 0) {
                break;
            }

            gate_closest_try(&closest, gate_cstr(names[i]));
        }

        if (names[i] != NULL) {
            continue;
        }

        if (closest.name.len == 0) {
            gate_admin_error(c, name, "is no member that there is here");
            continue;
        }

        (void) snprintf(detail, sizeof(detail), "is no member that there is "
                        "here: do you mean \"%.*s\"?",
                        (int) closest.name.len, (char *) closest.name.data);
        gate_admin_error(c, name, detail);
    }
}


int
gate_admin_text(gate_admin_change_t *c, const json_t *body,
    const char *member, int required, gate_str_t *text)
{
    const json_t  *value;

    value = json_object_get(body, member);

    if (value == NULL) {

        if (required) {
            gate_admin_error(c, member, "is missing");
        }

        return 0;
    }

    if (!gate_json_text(value, text)) {
        gate_admin_error(c, member, "must be a text");
        return 0;
    }

    return 1;
}


void
gate_admin_text_field(gate_admin_change_t *c, const json_t *body,
    const char *member, const char *field, size_t max)
{
    char        detail[GATE_ADMIN_DETAIL];
    gate_str_t  text;

    if (json_is_null(json_object_get(body, member))) {

        if (c->how == GATE_ADMIN_MERGE) {
            gate_admin_field(c, field, gate_str(NULL, 0));
        }

        return;
    }

    if (!gate_admin_text(c, body, member, 0, &text)) {
        return;
    }

    if (!gate_admin_is_name(text, max)) {
        (void) snprintf(detail, sizeof(detail), "must be 1 to %d bytes without "
                        "control characters, commas, slashes, and spaces at "
                        "its ends", (int) max);
        gate_admin_error(c, member, detail);
        return;
    }

    gate_admin_field(c, field, text);
}


void
gate_admin_status(gate_admin_change_t *c, const json_t *body)
{
    gate_str_t  text;

    if (json_is_null(json_object_get(body, "status"))) {

        if (c->how == GATE_ADMIN_MERGE) {
            gate_admin_field(c, "status", gate_str(NULL, 0));
        }

        return;
    }

    if (!gate_admin_text(c, body, "status", 0, &text)) {
        return;
    }

    if (!gate_str_eq(text, gate_cstr("active"))
        && !gate_str_eq(text, gate_cstr("disabled")))
    {
        gate_admin_error(c, "status", "must be \"active\" or \"disabled\"");
        return;
    }

    gate_admin_field(c, "status", text);
}


void
gate_admin_not_after(gate_admin_change_t *c, const json_t *body)
{
    int64_t     end;
    gate_str_t  text;

    if (json_is_null(json_object_get(body, "not_after"))) {

        if (c->how == GATE_ADMIN_MERGE) {
            gate_admin_field(c, "not_after", gate_str(NULL, 0));
        }

        return;
    }

    if (!gate_admin_text(c, body, "not_after", 0, &text)) {
        return;
    }

    if (gate_date_end(text) <= 0
        && (text.len != sizeof("2027-01-31T10:00:30Z") - 1
            || gate_date_time(text) <= 0))
    {
        gate_admin_error(c, "not_after", "must be a day such as "
                         "\"2027-01-31\", which is its last one, or a time "
                         "such as \"2027-01-31T10:00:00Z\"");
        return;
    }

    end = gate_date_end(text);

    if (end <= 0) {
        end = gate_date_time(text);
    }

    /* what there is may be ended by that, nothing new begins with its end */

    if (c->how == GATE_ADMIN_CREATE && end <= c->now_s) {
        gate_admin_error(c, "not_after", "is over already");
        return;
    }

    gate_admin_field(c, "not_after", text);
}
