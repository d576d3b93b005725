
/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * The life of an API: its dates, what contradicts itself, its state at a time.
 */


#include "gate_lifecycle.h"
#include "gate_date.h"
#include "gate_number.h"


static const char *gate_lifecycle_wrong_state(const gate_lifecycle_t *l,
    int64_t now_s);
static const char *gate_lifecycle_wrong_brownout(const gate_lifecycle_t *l,
    size_t n);
static void gate_lifecycle_rel(gate_text_t *t, unsigned char *first,
    gate_str_t uri, const char *rel);


int
gate_lifecycle_date(gate_str_t text, int64_t *s)
{
    *s = gate_date_time(text);

    return *s > 0;
}


int
gate_lifecycle_span(gate_str_t text, gate_life_span_t *span)
{
    int64_t                     duration;
    const unsigned char        *slash;

    static const gate_number_range_t  range = { GATE_NUMBER_S, 1, 0 };

    slash = memchr(text.data, '/', text.len);

    if (slash == NULL
        || !gate_lifecycle_date(gate_str(text.data,
                                         (size_t) (slash - text.data)),
                                &span->from_s)
        || !gate_number_parse(gate_str(slash + 1,
                                       text.len - 1
                                       - (size_t) (slash - text.data)),
                              &range, &duration))
    {
        return 0;
    }

    if (duration > INT64_MAX / 2) {
        return 0;
    }

    span->until_s = span->from_s + duration;

    return 1;
}


int
gate_lifecycle_overlaps(const gate_life_span_t *spans, size_t n)
{
    size_t                   i;
    const gate_life_span_t  *last;

    last = &spans[n - 1];

    for (i = 0; i < n - 1; i++) {
        if (last->from_s < spans[i].until_s
            && spans[i].from_s < last->until_s)
        {
            return 1;
        }
    }

    return 0;
}


int
gate_lifecycle_within(const gate_life_span_t *spans, size_t n, int64_t now_s,
    int64_t *until_s)
{
    size_t  i;

    for (i = 0; i < n; i++) {
        if (now_s >= spans[i].from_s && now_s < spans[i].until_s) {
            *until_s = spans[i].until_s;
            return 1;
        }
    }

    return 0;
}


int
gate_lifecycle_is_uri(gate_str_t uri)
{
    size_t  i;

    if (uri.len == 0
        || (uri.data[0] != '/'
            && !gate_str_begins_nocase(uri, gate_cstr("http://"))
            && !gate_str_begins_nocase(uri, gate_cstr("https://"))))
    {
        return 0;
    }

    for (i = 0; i < uri.len; i++) {
        if (uri.data[i] <= ' ' || uri.data[i] >= 0x7f
            || strchr("<>\"\\^`{|}", uri.data[i]) != NULL)
        {
            return 0;
        }
    }

    return 1;
}


const char *
gate_lifecycle_wrong(const gate_lifecycle_t *l, int64_t now_s,
    const char **of, size_t *n)
{
    const char  *why;

    *n = 0;
    *of = "state=";

    why = gate_lifecycle_wrong_state(l, now_s);

    if (why != NULL) {
        return why;
    }

    *of = "sunset=";

    if (l->sunset_s && l->sunset_s < l->deprecated_s) {
        return "is before \"deprecated=\": callers are told first, write a "
               "later date";
    }

    *of = "brownout=";

    for (/* void */; *n < l->nbrownouts; (*n)++) {
        why = gate_lifecycle_wrong_brownout(l, *n);

        if (why != NULL) {
            return why;
        }
    }

    *n = 0;
    *of = "link=";

    if (l->link.len && !l->deprecated_s && !l->sunset_s) {
        return "is about an end, and there is none: write \"deprecated=\" or "
               "\"sunset=\", too";
    }

    return NULL;
}


static const char *
gate_lifecycle_wrong_state(const gate_lifecycle_t *l, int64_t now_s)
{
    if (!l->stated) {
        return NULL;
    }

    switch (l->state) {

    case GATE_LIFE_DRAFT:
        return (l->deprecated_s || l->sunset_s || l->nbrownouts)
               ? "is of an API that has not begun, and so has no end: take "
                 "\"deprecated=\", \"sunset=\" and \"brownout=\" out"
               : NULL;

    case GATE_LIFE_PUBLISHED:
        return (l->deprecated_s || l->sunset_s)
               ? "is what the dates say, as long as it is so: take it out"
               : NULL;

    case GATE_LIFE_DEPRECATED:
        if (l->deprecated_s == 0) {
            return "needs \"deprecated=DATE\", since when callers are told";
        }

        return (l->deprecated_s > now_s)
               ? "is not so yet, \"deprecated=\" is to come: take it out, the "
                 "date says when"
               : NULL;

    default: /* GATE_LIFE_RETIRED */
        if (l->sunset_s > now_s) {
            return "is not so yet, \"sunset=\" is to come: take it out, the "
                   "date says when";
        }

        return l->nbrownouts ? "is of an API that has ended: take "
                               "\"brownout=\" out"
                             : NULL;
    }
}


static const char *
gate_lifecycle_wrong_brownout(const gate_lifecycle_t *l, size_t n)
{
    const gate_life_span_t  *span;

    span = &l->brownouts[n];

    if (l->deprecated_s == 0) {
        return "needs \"deprecated=DATE\", by which callers are told before";
    }

    if (span->from_s < l->deprecated_s) {
        return "begins before \"deprecated=\": callers are told first, write "
               "a later one";
    }

    if (l->sunset_s && span->until_s > l->sunset_s) {
        return "ends after \"sunset=\", when all is over: write an earlier "
               "or a shorter one";
    }

    return gate_lifecycle_overlaps(l->brownouts, n + 1)
           ? "overlaps another one: take one of them out" : NULL;
}


gate_life_e
gate_lifecycle_at(const gate_lifecycle_t *l, int64_t now_s, int64_t *until_s)
{
    if (l->state == GATE_LIFE_DRAFT) {
        return GATE_LIFE_DRAFT;
    }

    if (l->state == GATE_LIFE_RETIRED
        || (l->sunset_s && now_s >= l->sunset_s))
    {
        return GATE_LIFE_RETIRED;
    }

    if (gate_lifecycle_within(l->brownouts, l->nbrownouts, now_s, until_s)) {
        return GATE_LIFE_BROWNOUT;
    }

    return (l->deprecated_s && now_s >= l->deprecated_s)
           ? GATE_LIFE_DEPRECATED : GATE_LIFE_PUBLISHED;
}


gate_str_t
gate_lifecycle_word(gate_life_e state)
{
    static const gate_str_t  words[] = {
        gate_string("published"),
        gate_string("draft"),
        gate_string("deprecated"),
        gate_string("retired"),
        gate_string("brownout")
    };

    return words[state];
}


/* RFC 9745 section 3, RFC 8594 section 6, RFC 5829 section 3.3 */

void
gate_lifecycle_link(gate_text_t *t, const gate_lifecycle_t *l)
{
    unsigned char  *first;

    first = t->last;

    if (l->deprecated_s) {
        gate_lifecycle_rel(t, first, l->link, "deprecation");
    }

    if (l->sunset_s) {
        gate_lifecycle_rel(t, first, l->link, "sunset");
    }

    gate_lifecycle_rel(t, first, l->successor, "successor-version");
}


static void
gate_lifecycle_rel(gate_text_t *t, unsigned char *first, gate_str_t uri,
    const char *rel)
{
    if (uri.len == 0) {
        return;
    }

    gate_text_cstr(t, t->last == first ? "<" : ", <");
    gate_text_add(t, uri);
    gate_text_cstr(t, ">; rel=\"");
    gate_text_cstr(t, rel);
    gate_text_cstr(t, "\"");
}
