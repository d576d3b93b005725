
/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * Reading JSON of strangers: strict, of bounded depth, with numbers of any
 * size.
 */


#include <stdlib.h>

#include "gate_json.h"


#define GATE_JSON_DIGITS  18                  /* always fit in 64 bits */


static int gate_json_scan(gate_str_t text, size_t *kept);
static int gate_json_has_nul(const unsigned char *p,
    const unsigned char *last);
static const unsigned char *gate_json_string_end(const unsigned char *p,
    const unsigned char *last);
static const unsigned char *gate_json_word_end(const unsigned char *p,
    const unsigned char *last, int *keep);
static int gate_json_is_letter(unsigned char c);
static size_t gate_json_numeral(const unsigned char *p,
    const unsigned char *last, int *keep);
static size_t gate_json_digits(const unsigned char *p,
    const unsigned char *last);
static json_t *gate_json_load(gate_str_t text, size_t kept,
    json_error_t *error);
static size_t gate_json_mark(gate_str_t text, unsigned char *dst);


gate_json_rc_e
gate_json_object(gate_str_t text, json_t **object)
{
    size_t         kept;
    json_t        *json;
    json_error_t   error;

    *object = NULL;

    if (!gate_json_scan(text, &kept)) {
        return GATE_JSON_BAD;
    }

    error.text[0] = '\0';
    json = gate_json_load(text, kept, &error);

    if (json == NULL) {

        /* jansson has a sentence for each error but this one */

        return (error.text[0] == '\0') ? GATE_JSON_NO_MEMORY : GATE_JSON_BAD;
    }

    if (!json_is_object(json)) {
        json_decref(json);
        return GATE_JSON_BAD;
    }

    *object = json;

    return GATE_JSON_OK;
}


int
gate_json_text(const json_t *value, gate_str_t *s)
{
    gate_str_t  number;

    if (!json_is_string(value) || gate_json_number(value, &number)) {
        return 0;
    }

    *s = gate_str(json_string_value(value), json_string_length(value));

    return 1;
}


int
gate_json_number(const json_t *value, gate_str_t *s)
{
    if (!json_is_string(value) || json_string_length(value) == 0
        || json_string_value(value)[0] != '\0')
    {
        return 0;
    }

    *s = gate_str(json_string_value(value) + 1, json_string_length(value) - 1);

    return 1;
}


int
gate_json_string(const json_t *object, const char *name, gate_str_t *s)
{
    return gate_json_text(json_object_get(object, name), s);
}


/*
 * jansson recurses, to 2048 levels: a text may not choose how much stack it
 * takes.  Whether brackets match, and whatever else is wrong, is left to
 * jansson; but no string may look like a kept number.
 */

static int
gate_json_scan(gate_str_t text, size_t *kept)
{
    int                   keep;
    size_t                depth;
    const unsigned char  *p, *end, *last;

    depth = 0;
    *kept = 0;
    last = text.data + text.len;

    /* jansson looks a byte ahead of a number, and loses a NUL there */

    if (text.len != 0 && memchr(text.data, '\0', text.len) != NULL) {
        return 0;
    }

    for (p = text.data; p < last; p = end) {

        end = gate_json_word_end(p, last, &keep);

        if (*p == '"') {
            if (gate_json_has_nul(p, end)) {
                return 0;
            }

        } else if (*p == '{' || *p == '[') {
            depth++;

            if (depth > GATE_JSON_DEPTH) {
                return 0;
            }

        } else if (*p == '}' || *p == ']') {
            depth -= (depth > 0);
        }

        *kept += (size_t) keep;
    }

    return 1;
}


static int
gate_json_has_nul(const unsigned char *p, const unsigned char *last)
{
    for ( /* void */ ; /* void */ ; p += 2) {

        p = memchr(p, '\\', (size_t) (last - p));

        if (p == NULL || last - p < 6) {
            return 0;
        }

        if (memcmp(p, "\\u0000", 6) == 0) {
            return 1;
        }
    }
}


/* what stands at "p": a string, a numeral, a bare word, or one byte */

static const unsigned char *
gate_json_word_end(const unsigned char *p, const unsigned char *last,
    int *keep)
{
    size_t  len;

    *keep = 0;

    if (*p == '"') {
        return gate_json_string_end(p, last);
    }

    if (*p == '-' || (*p >= '0' && *p <= '9')) {
        len = gate_json_numeral(p, last, keep);

        if (len == 0) {
            *keep = 0;
            len = 1;
        }

        return p + len;
    }

    /* digits in a bare word are no numeral */

    if (!gate_json_is_letter(*p)) {
        return p + 1;
    }

    while (p < last
           && (gate_json_is_letter(*p) || (*p >= '0' && *p <= '9')))
    {
        p++;
    }

    return p;
}


/* where no backslash stands before the next quote, it is the end */

static const unsigned char *
gate_json_string_end(const unsigned char *p, const unsigned char *last)
{
    const unsigned char  *quote;

    p++;

    quote = memchr(p, '"', (size_t) (last - p));
    if (quote == NULL) {
        return last;
    }

    p = memchr(p, '\\', (size_t) (quote - p));
    if (p == NULL) {
        return quote + 1;
    }

    for ( /* void */ ; p < last; p++) {

        if (*p == '"') {
            return p + 1;
        }

        if (*p == '\\' && ++p == last) {
            break;
        }
    }

    return last;
}


static int
gate_json_is_letter(unsigned char c)
{
    c = gate_lower(c);

    return c >= 'a' && c <= 'z';
}


/* RFC 8259 6; gives its length, 0: none is here; *keep was 0 */

static size_t
gate_json_numeral(const unsigned char *p, const unsigned char *last,
    int *keep)
{
    size_t                n;
    const unsigned char  *first;

    first = p;
    p += (p < last && *p == '-');

    n = (p < last && *p == '0') ? 1 : gate_json_digits(p, last);
    if (n == 0) {
        return 0;
    }

    p += n;

    if (n > GATE_JSON_DIGITS) {
        *keep = n > GATE_JSON_DIGITS + 1
                || memcmp(p - n, *first == '-' ? "9223372036854775808"
                                               : "9223372036854775807", n) > 0;
    }

    if (p < last && *p == '.') {
        n = gate_json_digits(p + 1, last);
        if (n == 0) {
            return 0;
        }

        p += 1 + n;
        *keep = 1;
    }

    if (p < last && (*p == 'e' || *p == 'E')) {
        p++;
        p += (p < last && (*p == '+' || *p == '-'));

        n = gate_json_digits(p, last);
        if (n == 0) {
            return 0;
        }

        p += n;
        *keep = 1;
    }

    return (size_t) (p - first);
}


static size_t
gate_json_digits(const unsigned char *p, const unsigned char *last)
{
    const unsigned char  *first;

    first = p;

    while (p < last && *p >= '0' && *p <= '9') {
        p++;
    }

    return (size_t) (p - first);
}


static json_t *
gate_json_load(gate_str_t text, size_t kept, json_error_t *error)
{
    json_t         *json;
    unsigned char  *marked;

    if (kept == 0) {
        return json_loadb((char *) text.data, text.len, JSON_REJECT_DUPLICATES,
                          error);
    }

    marked = malloc(text.len + kept * GATE_JSON_MARK);
    if (marked == NULL) {
        return NULL;
    }

    /* a member's name with a NUL is refused by jansson in any case */

    json = json_loadb((char *) marked, gate_json_mark(text, marked),
                      JSON_REJECT_DUPLICATES|JSON_ALLOW_NUL, error);
    free(marked);

    return json;
}


/* the text with its large numerals as strings; gives its length */

static size_t
gate_json_mark(gate_str_t text, unsigned char *dst)
{
    int                   keep;
    unsigned char        *to;
    const unsigned char  *p, *end, *last;

    to = dst;
    last = text.data + text.len;

    for (p = text.data; p < last; p = end) {

        end = gate_json_word_end(p, last, &keep);

        if (keep) {
            memcpy(to, "\"\\u0000", GATE_JSON_MARK - 1);
            to += GATE_JSON_MARK - 1;
            memcpy(to, p, (size_t) (end - p));
            to += end - p;
            *to++ = '"';
            continue;
        }

        memcpy(to, p, (size_t) (end - p));
        to += end - p;
    }

    return (size_t) (to - dst);
}
