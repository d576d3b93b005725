
/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * When a set of keys is fetched, and what is kept of it.
 */


#include <string.h>

#include "gate_crc32c.h"
#include "gate_keyset.h"
#include "gate_number.h"
#include "gate_text.h"


/* a fetch that nobody ends is given up so long after its deadline */
#define GATE_KEYSET_LATE     1000

/* the first wait after a failure, and the longest: without keys, with them */
#define GATE_KEYSET_AGAIN    1000
#define GATE_KEYSET_LONG     (60 * 1000)
#define GATE_KEYSET_CALM     (5 * 1000)
#define GATE_KEYSET_CALMEST  (300 * 1000)

#define GATE_KEYSET_MAGIC    "gate-keys 1\n"
#define GATE_KEYSET_DAYS     366              /* a time may lie ahead */


static int64_t gate_keyset_ago(int64_t then_ms, int64_t now_ms);
static int gate_keyset_directive(gate_str_t *rest, gate_str_t *word);
static gate_str_t gate_keyset_trim(gate_str_t s);
static uint32_t gate_keyset_sum(gate_str_t head, gate_str_t text);
static int gate_keyset_line(gate_str_t *rest, const char *name,
    gate_str_t *value);
static int gate_keyset_digits(gate_str_t value, int64_t *n);


/* after the clock went back something is as new as can be, not of the future */

static int64_t
gate_keyset_ago(int64_t then_ms, int64_t now_ms)
{
    return (now_ms > then_ms) ? now_ms - then_ms : 0;
}


int
gate_keyset_usable(const gate_keyset_t *s, const gate_keyset_plan_t *plan,
    int64_t now_ms)
{
    return s->version != 0
           && gate_keyset_ago(s->fetched_ms, now_ms)
              <= s->ttl_ms + plan->stale_ms;
}


int
gate_keyset_running(const gate_keyset_t *s, int64_t now_ms)
{
    return s->holder != 0 && now_ms < s->lease_ms
           && now_ms >= s->tried_ms;
}


int
gate_keyset_begin(gate_keyset_t *s, const gate_keyset_plan_t *plan,
    gate_keyset_why_e why, int64_t holder, int64_t now_ms)
{
    int  back;

    if (gate_keyset_running(s, now_ms)) {
        return 0;
    }

    back = (now_ms < s->tried_ms);

    if (!back && now_ms < s->next_ms) {

        if (why == GATE_KEYSET_DUE || s->failures != 0
            || now_ms - s->tried_ms < plan->cooldown_ms)
        {
            return 0;
        }
    }

    /* a time that has come does not make forged names of keys a storm */

    if (!back && why == GATE_KEYSET_UNKNOWN && s->tried_ms != 0
        && s->version != 0
        && now_ms - s->tried_ms < plan->cooldown_ms)
    {
        return 0;
    }

    s->tried_ms = now_ms;
    s->lease_ms = now_ms + plan->timeout_ms + GATE_KEYSET_LATE;
    s->holder = holder;

    return 1;
}


/* ahead of its end by a tenth to a fifth, so that nobody ever waits for it */

void
gate_keyset_good(gate_keyset_t *s, const gate_keyset_plan_t *plan,
    int64_t holder, int64_t ttl_ms, int changed, uint32_t random,
    int64_t now_ms)
{
    if (plan->refresh_ms != 0) {
        ttl_ms = plan->refresh_ms;
    }

    if (s->holder == holder) {
        s->holder = 0;
    }

    s->version += (changed || s->version == 0);
    s->fetched_ms = now_ms;
    s->ttl_ms = ttl_ms;
    s->failures = 0;

    s->next_ms = now_ms + ttl_ms - ttl_ms / 10
                 - (int64_t) (random % (uint64_t) (ttl_ms / 10 + 1));
}


void
gate_keyset_failed(gate_keyset_t *s, const gate_keyset_plan_t *plan,
    int64_t holder, uint32_t random, int64_t now_ms)
{
    int64_t   wait, most;
    uint32_t  n;

    if (s->holder == holder) {
        s->holder = 0;
    }

    wait = s->version ? GATE_KEYSET_CALM : GATE_KEYSET_AGAIN;
    wait = (wait < plan->cooldown_ms) ? wait : plan->cooldown_ms;
    most = s->version ? GATE_KEYSET_CALMEST : GATE_KEYSET_LONG;

    for (n = 0; n < s->failures && wait < most; n++) {
        wait *= 2;
    }

    wait = (wait < most) ? wait : most;

    s->failures += (s->failures != UINT32_MAX);
    s->next_ms = now_ms + wait - (int64_t) (random % (uint64_t) (wait / 4));
}


void
gate_keyset_left(gate_keyset_t *s, int64_t holder, int64_t now_ms)
{
    if (s->holder == holder) {
        s->holder = 0;
        s->next_ms = now_ms;
        s->tried_ms = 0;
    }
}


void
gate_keyset_found(gate_keyset_t *s, int64_t fetched_ms, int64_t ttl_ms,
    int64_t now_ms)
{
    s->version++;
    s->fetched_ms = (fetched_ms < now_ms) ? fetched_ms : now_ms;
    s->ttl_ms = ttl_ms;
    s->next_ms = now_ms;
}


int64_t
gate_keyset_wait(const gate_keyset_t *s, int64_t now_ms)
{
    int64_t  until;

    until = gate_keyset_running(s, now_ms) ? s->lease_ms : s->next_ms;

    return (until > now_ms) ? until - now_ms : 1;
}


int64_t
gate_keyset_ttl(gate_str_t cache_control)
{
    int64_t              s, ttl_ms;
    gate_str_t           word, value;
    gate_number_range_t  range;

    ttl_ms = GATE_KEYSET_TTL;
    range.kind = GATE_NUMBER_PLAIN;
    range.min = 0;
    range.max = INT32_MAX;

    while (gate_keyset_directive(&cache_control, &word)) {

        if (gate_str_eq_nocase(word, gate_cstr("no-store"))
            || gate_str_eq_nocase(word, gate_cstr("no-cache")))
        {
            return GATE_KEYSET_TTL_MIN;
        }

        if (!gate_str_begins_nocase(word, gate_cstr("max-age="))) {
            continue;
        }

        value = gate_str(word.data + 8, word.len - 8);

        if (gate_number_parse(value, &range, &s)) {
            ttl_ms = s * 1000;
        }
    }

    if (ttl_ms < GATE_KEYSET_TTL_MIN) {
        return GATE_KEYSET_TTL_MIN;
    }

    return (ttl_ms < GATE_KEYSET_TTL_MAX) ? ttl_ms : GATE_KEYSET_TTL_MAX;
}


static int
gate_keyset_directive(gate_str_t *rest, gate_str_t *word)
{
    size_t          n;
    unsigned char  *comma;

    if (rest->len == 0) {
        return 0;
    }

    comma = memchr(rest->data, ',', rest->len);
    n = comma ? (size_t) (comma - rest->data) : rest->len;

    *word = gate_keyset_trim(gate_str(rest->data, n));

    n += (comma != NULL);
    *rest = gate_str(rest->data + n, rest->len - n);

    return 1;
}


static gate_str_t
gate_keyset_trim(gate_str_t s)
{
    while (s.len != 0 && (s.data[0] == ' ' || s.data[0] == '\t')) {
        s = gate_str(s.data + 1, s.len - 1);
    }

    while (s.len != 0
           && (s.data[s.len - 1] == ' ' || s.data[s.len - 1] == '\t'))
    {
        s.len--;
    }

    return s;
}


int
gate_keyset_json(gate_str_t type)
{
    gate_str_t      end;
    unsigned char  *semicolon;

    semicolon = (type.len != 0) ? memchr(type.data, ';', type.len) : NULL;

    if (semicolon != NULL) {
        type.len = (size_t) (semicolon - type.data);
    }

    type = gate_keyset_trim(type);

    if (gate_str_eq_nocase(type, gate_cstr("application/json"))) {
        return 1;
    }

    if (type.len < 17
        || !gate_str_begins_nocase(type, gate_cstr("application/")))
    {
        return 0;
    }

    end = gate_str(type.data + type.len - 5, 5);

    return gate_str_eq_nocase(end, gate_cstr("+json"));
}


/* lines of text, so that a person can look; the last is a sum of all else */

size_t
gate_keyset_head(const gate_keyset_file_t *f,
    unsigned char buf[GATE_KEYSET_HEAD])
{
    gate_text_t  t;

    gate_text_init(&t, buf, GATE_KEYSET_HEAD);

    gate_text_cstr(&t, GATE_KEYSET_MAGIC "issuer ");
    gate_text_add(&t, f->issuer);
    gate_text_cstr(&t, "\nsource ");
    gate_text_add(&t, f->source);
    gate_text_cstr(&t, "\nfetched_ms ");
    gate_text_uint(&t, (uint64_t) f->fetched_ms);
    gate_text_cstr(&t, "\nttl_ms ");
    gate_text_uint(&t, (uint64_t) f->ttl_ms);
    gate_text_cstr(&t, "\nlength ");
    gate_text_uint(&t, f->text.len);
    gate_text_cstr(&t, "\n");

    gate_text_cstr(&t, "sum ");
    gate_text_uint(&t, gate_keyset_sum(gate_str(t.start,
                                  (size_t) (t.last - t.start) - 4), f->text));
    gate_text_cstr(&t, "\n");

    return t.full ? 0 : (size_t) (t.last - t.start);
}


static uint32_t
gate_keyset_sum(gate_str_t head, gate_str_t text)
{
    return gate_crc32c(gate_crc32c(0, head.data, head.len), text.data,
                       text.len);
}


int
gate_keyset_parse(gate_str_t in, gate_keyset_file_t *f)
{
    size_t      n;
    int64_t     len, sum;
    gate_str_t  rest, value, head;

    n = sizeof(GATE_KEYSET_MAGIC) - 1;

    if (in.len < n || memcmp(in.data, GATE_KEYSET_MAGIC, n) != 0) {
        return 0;
    }

    rest = gate_str(in.data + n, in.len - n);

    if (!gate_keyset_line(&rest, "issuer ", &f->issuer)
        || !gate_keyset_line(&rest, "source ", &f->source)
        || !gate_keyset_line(&rest, "fetched_ms ", &value)
        || !gate_keyset_digits(value, &f->fetched_ms)
        || !gate_keyset_line(&rest, "ttl_ms ", &value)
        || !gate_keyset_digits(value, &f->ttl_ms)
        || !gate_keyset_line(&rest, "length ", &value)
        || !gate_keyset_digits(value, &len))
    {
        return 0;
    }

    head = gate_str(in.data, (size_t) (rest.data - in.data));

    if (!gate_keyset_line(&rest, "sum ", &value)
        || !gate_keyset_digits(value, &sum)
        || f->ttl_ms > (int64_t) GATE_KEYSET_DAYS * GATE_KEYSET_TTL_MAX
        || rest.len != (uint64_t) len)
    {
        return 0;
    }

    f->text = rest;

    return gate_keyset_sum(head, rest) == (uint64_t) sum;
}


static int
gate_keyset_line(gate_str_t *rest, const char *name, gate_str_t *value)
{
    size_t          n;
    unsigned char  *end;

    n = strlen(name);

    if (rest->len < n || memcmp(rest->data, name, n) != 0) {
        return 0;
    }

    end = memchr(rest->data, '\n', rest->len);
    if (end == NULL) {
        return 0;
    }

    *value = gate_str(rest->data + n, (size_t) (end - rest->data) - n);

    end++;
    *rest = gate_str(end, rest->len - (size_t) (end - rest->data));

    return 1;
}


static int
gate_keyset_digits(gate_str_t value, int64_t *n)
{
    gate_number_range_t  range;

    range.kind = GATE_NUMBER_PLAIN;
    range.min = 0;
    range.max = 0;

    return gate_number_parse(value, &range, n);
}
