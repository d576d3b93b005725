
/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * Writers of text into a bounded buffer: JSON (RFC 8259), HTML, Prometheus text
 * format 0.0.4, structured fields (RFC 9651).
 */


#ifndef GATE_TEXT_H_INCLUDED_
#define GATE_TEXT_H_INCLUDED_


#include "gate_str.h"


/*
 * "last" moves; once something did not fit, full stays 1 and nothing is added:
 * each call writes all of its text or nothing
 */

typedef struct {
    unsigned char         *start;
    unsigned char         *last;
    unsigned char         *end;
    int                    full;
} gate_text_t;


void gate_text_init(gate_text_t *t, unsigned char *buf, size_t size);
void gate_text_add(gate_text_t *t, gate_str_t s);
void gate_text_uint(gate_text_t *t, uint64_t n);
/* the same where there is room for 20 digits; the byte behind them */
unsigned char *gate_text_digits(unsigned char *dst, uint64_t n);
/* microseconds as seconds: "0.00025", "2.5", "60" */
void gate_text_seconds(gate_text_t *t, uint64_t us);

/*
 * with the quotes; control bytes, quote, backslash escaped; bytes that are
 * not UTF-8 become U+FFFD
 */
void gate_text_json(gate_text_t *t, gate_str_t s);

/*
 * text of strangers for a log, without quotes: at most "max" bytes of it, all
 * but printable ASCII, quote and backslash as \xHH; "..." follows if it was
 * cut.  Needs GATE_TEXT_SHOWN(max) bytes.
 */
void gate_text_shown(gate_text_t *t, gate_str_t s, size_t max);

#define GATE_TEXT_SHOWN(max)  ((max) * 4 + 3)

/* inside the quotes of a Prometheus label value: \\ \" \n; UTF-8 as above */
void gate_text_label(gate_text_t *t, gate_str_t s);

/* text within HTML and its attributes: what means something there escaped */
void gate_text_html(gate_text_t *t, gate_str_t s);

/* sf-string with the quotes (RFC 9651 3.3.3); other bytes become "?" */
void gate_text_sf(gate_text_t *t, gate_str_t s);

/* quoted-string of RFC 9110 5.6.4 with the quotes; control bytes dropped */
void gate_text_quoted(gate_text_t *t, gate_str_t s);


/* the compiler knows how long a literal is */

static inline void
gate_text_cstr(gate_text_t *t, const char *s)
{
    gate_text_add(t, gate_cstr(s));
}


#endif /* GATE_TEXT_H_INCLUDED_ */
