/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * Edits of JSON texts: however a text is cut, it becomes the same; what it
 * becomes is a JSON text if and only if it was one; and where nothing is to be
 * done it is the old one.  What is no JSON text for jansson is none for us.
 * Input: edits, one a line, as KIND PATH TO-OR-VALUE between bytes 0x01; an
 * empty line; the text.
 */

#include <jansson.h>

#include "fuzz.h"
#include "gate_edit.h"
#include "gate_scan.h"


#define EDITS  12
#define HELD   4096


static void    *held[HELD];
static size_t   nheld;

static gate_edit_op_t     ops[EDITS];
static gate_str_t         values[EDITS];
static gate_edit_plan_t  *plan;


static void *
hold(void *data, size_t size)
{
    if (nheld == HELD) {
        return NULL;
    }

    held[nheld] = malloc(size);

    return held[nheld++];
}


static void
let_go(size_t from)
{
    while (nheld > from) {
        free(held[--nheld]);
    }
}


/* up to the empty line; what is no JSON text becomes "1" as a value */

static size_t
edits(gate_str_t *in)
{
    size_t      n;
    gate_str_t  line, rest;

    for (n = 0; n < EDITS; n++) {
        line = fuzz_split(*in, '\n', in);

        if (line.len == 0) {
            break;
        }

        ops[n].kind = (gate_edit_kind_e) (line.data[0] % (GATE_EDIT_COPY + 1));
        line = gate_str(line.data + 1, line.len - 1);
        ops[n].path = fuzz_split(line, 1, &rest);
        ops[n].to = rest;

        values[n] = (gate_edit_check(rest) == NULL) ? rest : gate_cstr("1");
    }

    return n;
}


/* in parts of "size" bytes, which are gone then; to a text of its own */

static gate_edit_rc_e
edited(gate_str_t text, size_t size, gate_str_t *result, int *changed)
{
    size_t               i, n, mark;
    gate_edit_t         *edit;
    unsigned char       *part;
    gate_edit_rc_e       rc;
    gate_edit_out_t      out;
    gate_edit_memory_t   memory = { hold, NULL };

    mark = nheld;
    edit = gate_edit_create(plan, memory);
    rc = GATE_EDIT_OK;
    *result = gate_str(NULL, 0);

    for (i = 0; i < text.len && rc == GATE_EDIT_OK; i += n) {
        n = (text.len - i < size) ? text.len - i : size;
        part = memcpy(malloc(n), text.data + i, n);
        rc = gate_edit_feed(edit, gate_str(part, n));
        free(part);
    }

    if (rc == GATE_EDIT_OK) {
        rc = gate_edit_finish(edit, values, &out);
    }

    must(rc == GATE_EDIT_OK || rc == GATE_EDIT_BAD);

    if (rc == GATE_EDIT_BAD) {
        must(gate_edit_why(edit, &i) != NULL && i <= text.len);

    } else {
        *changed = out.changed;
        *result = gate_str(malloc(out.len), 0);

        for (i = 0; i < out.n; i++) {
            must(out.pieces[i].text.len != 0);
            must(out.pieces[i].text.len <= out.len - result->len);

            if (out.pieces[i].text.data == NULL) {
                must(out.pieces[i].from <= text.len
                     && out.pieces[i].text.len
                        <= text.len - out.pieces[i].from);
                out.pieces[i].text.data = text.data + out.pieces[i].from;
            }

            memcpy(result->data + result->len, out.pieces[i].text.data,
                   out.pieces[i].text.len);
            result->len += out.pieces[i].text.len;
        }

        must(result->len == out.len);
    }

    let_go(mark);

    return rc;
}


/* levels of brackets, as far as the text is one */

static size_t
levels(gate_str_t text)
{
    int     quoted;
    size_t  i, depth, most;

    depth = 0;
    most = 0;
    quoted = 0;

    for (i = 0; i < text.len; i++) {
        if (text.data[i] == '"') {
            quoted = !quoted;

        } else if (text.data[i] == '\\') {
            i++;

        } else if (!quoted && (text.data[i] == '[' || text.data[i] == '{')) {
            depth++;
            most = (depth > most) ? depth : most;

        } else if (!quoted && (text.data[i] == ']' || text.data[i] == '}')) {
            depth--;
        }
    }

    return most;
}


/* jansson knows fewer numbers, no half of a surrogate pair, and skips a NUL */

static void
judged(gate_str_t text, int ours)
{
    json_t        *its;
    json_error_t   error;

    its = json_loadb((char *) text.data, text.len,
                     JSON_DECODE_ANY|JSON_ALLOW_NUL, &error);

    must(its == NULL || ours || levels(text) > GATE_SCAN_DEPTH
         || memchr(text.data, '\0', text.len) != NULL);
    must(its != NULL || !ours
         || json_error_code(&error) == json_error_numeric_overflow
         || json_error_code(&error) == json_error_null_byte_in_key
         || strstr(error.text, "\\u") != NULL);

    json_decref(its);
}


static void
tried(gate_str_t text)
{
    int             changed, again;
    size_t          size;
    gate_str_t      whole, part;
    gate_edit_rc_e  rc;

    rc = edited(text, text.len ? text.len : 1, &whole, &changed);

    for (size = 1; size < 40 && size < text.len; size += 1 + size / 2) {
        must(edited(text, size, &part, &again) == rc);

        if (rc == GATE_EDIT_OK) {
            must(again == changed && gate_str_eq(whole, part));
        }

        free(part.data);
    }

    if (rc == GATE_EDIT_OK) {
        must(gate_edit_check(text) == NULL);
        must(changed || gate_str_eq(whole, text));
        must(gate_edit_check(whole) == NULL
             || levels(whole) > GATE_SCAN_DEPTH);
    }

    free(whole.data);
}


int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    size_t               n;
    gate_str_t           in, text;
    gate_edit_clash_t    clash;
    gate_edit_memory_t   memory = { hold, NULL };

    in = fuzz_copy(data, size);
    text = in;
    n = edits(&text);

    judged(text, gate_edit_check(text) == NULL);

    if (n != 0 && gate_edit_plan(&plan, ops, n, memory, &clash) == NULL) {
        tried(text);
    }

    let_go(0);
    free(in.data);

    return 0;
}
