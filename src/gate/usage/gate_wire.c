
/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * Usage on its way to Redis: keys, fields, script, commands.
 */


#include "gate_wire.h"
#include "gate_uri.h"

#include <inttypes.h>
#include <stdio.h>
#include <time.h>


#define GATE_WIRE_NUMBER         21           /* 20 digits and NUL */


static void gate_wire_begin(gate_wire_t *w, const char *name);
static void gate_wire_word(gate_wire_t *w, const void *data, size_t len);
static void gate_wire_written(gate_wire_t *w, size_t len);
static void gate_wire_number(gate_wire_t *w, uint64_t n);
static void gate_wire_hour_key(gate_wire_t *w, char kind,
    const gate_journal_batch_t *b);
static void gate_wire_epoch_key(gate_wire_t *w, char kind, uint64_t epoch);
static void gate_wire_cell(gate_wire_t *w, const gate_journal_key_t *key);


/*
 * KEYS: totals, values per epoch.  ARGV: when both end, how long they are kept,
 * "EPOCH|", "API|VERSION|PLAN|", then unit and value in turn.  The total is
 * changed first: if that fails nothing is remembered as added.  Answers with
 * the number of units of which Redis has more.
 *
 * Redis drops a key at once whose end is over: it was away for long, or the
 * clock of either machine is wrong.  Such totals are kept from now on.  What
 * Redis 4 writes after a look at the clock it has to tell its replicas one by
 * one.  A user who may not ask for the time has what Redis makes of EXPIREAT.
 */

const gate_str_t  gate_wire_script = gate_string(
    "if redis.replicate_commands then redis.replicate_commands() end\n"
    "local ahead = 0\n"
    "for i = 5, #ARGV, 2 do\n"
    "  local u = ARGV[4] .. ARGV[i]\n"
    "  local e = ARGV[3] .. u\n"
    "  local old = redis.call('HGET', KEYS[2], e) or '0'\n"
    "  local diff = tonumber(ARGV[i + 1]) - tonumber(old)\n"
    "  if diff > 0 then\n"
    "    redis.call('HINCRBY', KEYS[1], u, string.format('%.0f', diff))\n"
    "    redis.call('HSET', KEYS[2], e, ARGV[i + 1])\n"
    "  elseif diff < 0 then\n"
    "    ahead = ahead + 1\n"
    "  end\n"
    "end\n"
    "local now = tonumber(redis.pcall('TIME')[1])\n"
    "for i = 1, 2 do\n"
    "  if now and now >= tonumber(ARGV[1]) then\n"
    "    redis.call('EXPIRE', KEYS[i], ARGV[2])\n"
    "  else\n"
    "    redis.call('EXPIREAT', KEYS[i], ARGV[1])\n"
    "  end\n"
    "end\n"
    "return ahead\n"
);


void
gate_wire_totals(gate_wire_t *w, const char *sha1,
    const gate_journal_batch_t *b, int64_t retain_s)
{
    int     n;
    size_t  i;

    if (sha1 != NULL) {
        gate_wire_begin(w, "EVALSHA");
        gate_wire_word(w, sha1, GATE_WIRE_SHA1);

    } else {
        gate_wire_begin(w, "EVAL");
        gate_wire_word(w, gate_wire_script.data, gate_wire_script.len);
    }

    gate_wire_word(w, "2", 1);
    gate_wire_hour_key(w, 'u', b);
    gate_wire_hour_key(w, 'e', b);

    gate_wire_number(w, ((uint64_t) b->hour + 1) * 3600 + (uint64_t) retain_s);
    gate_wire_number(w, (uint64_t) retain_s);

    n = snprintf((char *) w->last, sizeof("0123456789abcdef|"),
                 "%016" PRIx64 "|", b->epoch);
    gate_wire_written(w, (size_t) n);

    gate_wire_cell(w, &b->key);

    for (i = 0; i < GATE_UNITS; i++) {
        if (b->units[i] != 0) {
            gate_wire_word(w, gate_units[i].data, gate_units[i].len);
            gate_wire_number(w, b->units[i]);
        }
    }
}


void
gate_wire_ask(gate_wire_t *w, uint64_t epoch, int64_t retain_s)
{
    gate_wire_begin(w, "EXPIRE");
    gate_wire_epoch_key(w, 'm', epoch);
    gate_wire_number(w, (uint64_t) retain_s);
}


void
gate_wire_set(gate_wire_t *w, char kind, uint64_t epoch, gate_str_t value,
    int64_t retain_s)
{
    gate_wire_begin(w, "SET");
    gate_wire_epoch_key(w, kind, epoch);
    gate_wire_word(w, value.data, value.len);
    gate_wire_word(w, "EX", 2);
    gate_wire_number(w, (uint64_t) retain_s);
}


static void
gate_wire_begin(gate_wire_t *w, const char *name)
{
    w->n = 0;
    w->last = w->text;

    gate_wire_word(w, name, strlen(name));
}


/* an argument that stands elsewhere */

static void
gate_wire_word(gate_wire_t *w, const void *data, size_t len)
{
    w->argv[w->n] = data;
    w->len[w->n] = len;
    w->n++;
}


/* an argument whose text was just written at w->last */

static void
gate_wire_written(gate_wire_t *w, size_t len)
{
    gate_wire_word(w, w->last, len);

    w->last += len;
}


static void
gate_wire_number(gate_wire_t *w, uint64_t n)
{
    int   len;
    char  text[GATE_WIRE_NUMBER];

    len = snprintf(text, sizeof(text), "%" PRIu64, n);

    memcpy(w->last, text, (size_t) len);
    gate_wire_written(w, (size_t) len);
}


static void
gate_wire_hour_key(gate_wire_t *w, char kind, const gate_journal_batch_t *b)
{
    int             n;
    char            text[sizeof("}:YYYYMMDDHH") + 16];
    time_t          t;
    struct tm       tm;
    unsigned char  *p;

    t = (time_t) b->hour * 3600;
    (void) gmtime_r(&t, &tm);

    p = w->last;

    memcpy(p, "gate:u:{", 8);
    p[5] = (unsigned char) kind;
    p += 8;

    p += gate_uri_escape(b->key.consumer, p);

    n = snprintf(text, sizeof(text), "}:%04d%02d%02d%02d", tm.tm_year + 1900,
                 tm.tm_mon + 1, tm.tm_mday, tm.tm_hour);

    memcpy(p, text, (size_t) n);
    p += n;

    gate_wire_written(w, (size_t) (p - w->last));
}


static void
gate_wire_epoch_key(gate_wire_t *w, char kind, uint64_t epoch)
{
    int  n;

    n = snprintf((char *) w->last, sizeof("gate:m:{0123456789abcdef}"),
                 "gate:%c:{%016" PRIx64 "}", kind, epoch);

    gate_wire_written(w, (size_t) n);
}


static void
gate_wire_cell(gate_wire_t *w, const gate_journal_key_t *key)
{
    unsigned char  *p;

    p = w->last;

    p += gate_uri_escape(key->api, p);
    *p++ = '|';
    p += gate_uri_escape(key->version, p);
    *p++ = '|';
    p += gate_uri_escape(key->plan, p);
    *p++ = '|';

    gate_wire_written(w, (size_t) (p - w->last));
}
