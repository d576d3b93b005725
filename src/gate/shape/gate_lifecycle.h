
/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * The life of an API: published, deprecated, off for a while so that those who
 * still call it notice, retired.
 */


#ifndef GATE_LIFECYCLE_H_INCLUDED_
#define GATE_LIFECYCLE_H_INCLUDED_


#include "gate_str.h"
#include "gate_text.h"


typedef enum {
    GATE_LIFE_PUBLISHED = 0,
    GATE_LIFE_DRAFT,
    GATE_LIFE_DEPRECATED,
    GATE_LIFE_RETIRED,
    GATE_LIFE_BROWNOUT            /* by its dates alone */
} gate_life_e;


/* up to, and without, the second */

typedef struct {
    int64_t                from_s;
    int64_t                until_s;
} gate_life_span_t;


/* as it was written; dates are 0, texts empty where nothing was */

typedef struct {
    int                    stated;            /* "state" was */
    gate_life_e            state;
    int64_t                deprecated_s;
    int64_t                sunset_s;
    gate_str_t             link;
    gate_str_t             successor;
    gate_life_span_t      *brownouts;
    size_t                 nbrownouts;
} gate_lifecycle_t;


/* 1: it was a date or time after 1970, *s is set */
int gate_lifecycle_date(gate_str_t text, int64_t *s);
/* 1: it was "START/DURATION" */
int gate_lifecycle_span(gate_str_t text, gate_life_span_t *span);
/* 1: the last of the "n" has a second in common with one before it */
int gate_lifecycle_overlaps(const gate_life_span_t *spans, size_t n);
/* 1: it is in one of them, which ends at *until_s */
int gate_lifecycle_within(const gate_life_span_t *spans, size_t n,
    int64_t now_s, int64_t *until_s);
/* 1: it may stand in a Link field: a path, or a URL of http or https */
int gate_lifecycle_is_uri(gate_str_t uri);

/*
 * What contradicts what: how a sentence goes on that begins with "it", and
 * *of is the parameter, up to its "=", "it" is; *n, which of several.  NULL:
 * nothing.  What is right at one time stays so at all later ones: a
 * configuration that loads today does tomorrow.
 */
const char *gate_lifecycle_wrong(const gate_lifecycle_t *l, int64_t now_s,
    const char **of, size_t *n);

/* the state at a time; *until_s: the end of a brownout, if it is that */
gate_life_e gate_lifecycle_at(const gate_lifecycle_t *l, int64_t now_s,
    int64_t *until_s);
/* "published", "draft", ... */
gate_str_t gate_lifecycle_word(gate_life_e state);

/* the value of Link, nothing if there is no link */
void gate_lifecycle_link(gate_text_t *t, const gate_lifecycle_t *l);


#endif /* GATE_LIFECYCLE_H_INCLUDED_ */
