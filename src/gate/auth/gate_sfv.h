
/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * Structured field values (RFC 9651): readers that hand out views of the text,
 * one member after the other, and writers of the canonical form.  Nothing is
 * allocated, and a text is read as often as it is asked.
 */


#ifndef GATE_SFV_H_INCLUDED_
#define GATE_SFV_H_INCLUDED_


#include "gate_str.h"
#include "gate_text.h"


#define GATE_SFV_MEMBERS  1024                /* of a list or dictionary */
#define GATE_SFV_PARAMS   256                 /* of an item, of an inner list */


typedef enum {
    GATE_SFV_OK = 0,
    GATE_SFV_END,                             /* no more of them, none */
    GATE_SFV_BAD
} gate_sfv_rc_e;


typedef enum {
    GATE_SFV_INTEGER = 0,
    GATE_SFV_DECIMAL,
    GATE_SFV_STRING,
    GATE_SFV_TOKEN,
    GATE_SFV_BYTES,
    GATE_SFV_BOOLEAN,
    GATE_SFV_DATE,
    GATE_SFV_DISPLAY,
    GATE_SFV_INNER                            /* a list in parentheses */
} gate_sfv_type_e;


typedef struct {
    gate_sfv_type_e        type;
    int64_t                number;    /* a decimal's thousandths; 0 or 1 */
    gate_str_t             text;      /* within its delimiters, as it came */
    gate_str_t             params;    /* ";a=1;b", checked; may be empty */
} gate_sfv_item_t;


/* where a reader is */

typedef struct {
    const unsigned char   *p;
    const unsigned char   *last;
    size_t                 n;                 /* read so far */
} gate_sfv_t;


/* a whole field that is one item; nothing may follow it */
gate_sfv_rc_e gate_sfv_item(gate_str_t field, gate_sfv_item_t *item);

/*
 * A field that is a list or a dictionary: gate_sfv_init(), then one member
 * after the other up to GATE_SFV_END.  A key that stands there twice is given
 * twice, the last one counts.  All before GATE_SFV_BAD is void then, too.
 */
void gate_sfv_init(gate_sfv_t *s, gate_str_t field);
gate_sfv_rc_e gate_sfv_list(gate_sfv_t *s, gate_sfv_item_t *item);
gate_sfv_rc_e gate_sfv_dict(gate_sfv_t *s, gate_str_t *key,
    gate_sfv_item_t *item);

/* ... of an inner list: gate_sfv_init() with its text */
gate_sfv_rc_e gate_sfv_inner(gate_sfv_t *s, gate_sfv_item_t *item);

/* ... of parameters: gate_sfv_init() with those of an item */
gate_sfv_rc_e gate_sfv_param(gate_sfv_t *s, gate_str_t *key,
    gate_sfv_item_t *value);

/* the whole dictionary is read: GATE_SFV_END: it is sound and has no such */
gate_sfv_rc_e gate_sfv_dict_find(gate_str_t field, gate_str_t key,
    gate_sfv_item_t *item);
/* the parameter of that name; 0: there is none */
int gate_sfv_param_find(gate_str_t params, gate_str_t key,
    gate_sfv_item_t *value);

/* a string without its escapes into dst of text.len bytes; gives its length */
size_t gate_sfv_string(const gate_sfv_item_t *item, unsigned char *dst);
/*
 * bytes into dst; 1: all of them fit "cap".  What is read is canonical base64
 * with its padding, so that one text alone stands for some bytes.
 */
int gate_sfv_bytes(const gate_sfv_item_t *item, unsigned char *dst, size_t cap,
    size_t *len);


/* the canonical form (RFC 9651 4.1) of what was read, with its parameters */
void gate_sfv_write(gate_text_t *t, const gate_sfv_item_t *item);
/* ... of a whole field; GATE_SFV_BAD: it is none */
gate_sfv_rc_e gate_sfv_write_list(gate_text_t *t, gate_str_t field);
gate_sfv_rc_e gate_sfv_write_dict(gate_text_t *t, gate_str_t field);
/* ":BASE64:" of any bytes */
void gate_sfv_write_bytes(gate_text_t *t, gate_str_t bytes);


#endif /* GATE_SFV_H_INCLUDED_ */
