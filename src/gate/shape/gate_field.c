
/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * Names and values of header fields that a configuration edits.
 */


#include "gate_field.h"
#include "gate_names.h"


/* a word of eight such bytes is this times the byte */
#define GATE_FIELD_EACH     UINT64_C(0x0101010101010101)
/* spaces in place of the five bytes above three */
#define GATE_FIELD_REST     UINT64_C(0x2020202020000000)

#define GATE_FIELD_REQUEST  1
#define GATE_FIELD_ANSWER   2
#define GATE_FIELD_BOTH     (GATE_FIELD_REQUEST | GATE_FIELD_ANSWER)


typedef struct {
    gate_str_t             name;
    int                    of;
    const char            *why;
} gate_field_row_t;


static int gate_field_plain(uint64_t w);


static const char  gate_field_hop[] =
    "is of one connection, and nginx writes it for each";

static const char  gate_field_frame[] =
    "says how the body is sent, which an edit of fields does not change";

static const char  gate_field_limit[] =
    "is written by the gateway: see \"gate_limit_fields\"";


static const char  gate_field_meant[] =
    "is a field of its own meaning, and would be taken out of all requests: "
    "take another name";

static const char  gate_field_gates[] =
    "is a field that the gateway itself tells a service: take another name";


static const gate_field_row_t  gate_field_rows[] = {
    { gate_string("host"), GATE_FIELD_REQUEST,
      "is what the sidecar routes by: write \"gate_service\"" },
    { gate_string("expect"), GATE_FIELD_REQUEST, gate_field_hop },
    { gate_string("http2-settings"), GATE_FIELD_REQUEST, gate_field_hop },
    { gate_string("connection"), GATE_FIELD_BOTH, gate_field_hop },
    { gate_string("keep-alive"), GATE_FIELD_BOTH, gate_field_hop },
    { gate_string("proxy-connection"), GATE_FIELD_BOTH, gate_field_hop },
    { gate_string("te"), GATE_FIELD_BOTH, gate_field_hop },
    { gate_string("trailer"), GATE_FIELD_BOTH, gate_field_hop },
    { gate_string("upgrade"), GATE_FIELD_BOTH, gate_field_hop },
    { gate_string("transfer-encoding"), GATE_FIELD_BOTH, gate_field_frame },
    { gate_string("content-length"), GATE_FIELD_BOTH, gate_field_frame },
    { gate_string("content-encoding"), GATE_FIELD_ANSWER, gate_field_frame },
    { gate_string("content-range"), GATE_FIELD_ANSWER, gate_field_frame },
    { gate_string("date"), GATE_FIELD_ANSWER, "is written by nginx" },
    { gate_string("x-request-id"), GATE_FIELD_ANSWER,
      "is written by the gateway" },
    { gate_string("ratelimit"), GATE_FIELD_ANSWER, gate_field_limit },
    { gate_string("ratelimit-policy"), GATE_FIELD_ANSWER, gate_field_limit },
    { gate_string("x-ratelimit-limit"), GATE_FIELD_ANSWER, gate_field_limit },
    { gate_string("x-ratelimit-remaining"), GATE_FIELD_ANSWER,
      gate_field_limit },
    { gate_string("x-ratelimit-reset"), GATE_FIELD_ANSWER, gate_field_limit }
};


/* what nginx, a service or a method of authentication reads in them */

static const gate_str_t  gate_field_read[] = {
    gate_string("accept"), gate_string("accept-encoding"),
    gate_string("accept-language"), gate_string("cache-control"),
    gate_string("content-digest"), gate_string("content-encoding"),
    gate_string("content-type"), gate_string("cookie"), gate_string("date"),
    gate_string("dpop"), gate_string("if-match"),
    gate_string("if-modified-since"), gate_string("if-none-match"),
    gate_string("if-range"), gate_string("if-unmodified-since"),
    gate_string("origin"), gate_string("range"), gate_string("referer"),
    gate_string("sec-websocket-extensions"), gate_string("sec-websocket-key"),
    gate_string("sec-websocket-protocol"),
    gate_string("sec-websocket-version"), gate_string("signature"),
    gate_string("signature-input"), gate_string("user-agent"),
    gate_string("via"), { 0, NULL }
};


/* of families of which clients have other names in use */

static const gate_str_t  gate_field_told[] = {
    gate_string("x-consumer-id"), gate_string("x-consumer-username"),
    gate_string("x-consumer-groups"), gate_string("x-credential-identifier"),
    { 0, NULL }
};


int
gate_field_is_token(gate_str_t name)
{
    size_t         i;
    unsigned char  c;

    for (i = 0; i < name.len; i++) {
        c = name.data[i];

        if (c <= ' ' || c >= 0x7f || strchr("\"(),/:;<=>?@[\\]{}", c)) {
            return 0;
        }
    }

    return name.len != 0;
}


const char *
gate_field_owner(gate_str_t name, int answer)
{
    int     of;
    size_t  i;

    of = answer ? GATE_FIELD_ANSWER : GATE_FIELD_REQUEST;

    for (i = 0; i < sizeof(gate_field_rows) / sizeof(gate_field_rows[0]); i++)
    {
        if ((gate_field_rows[i].of & of)
            && gate_name_eq(name, gate_field_rows[i].name))
        {
            return gate_field_rows[i].why;
        }
    }

    if (!answer && gate_name_class(name, NULL, 0) != GATE_NAME_FREE) {
        return "is what only the gateway says to a service: write "
               "\"proxy_set_header\" for one that it does not send";
    }

    return NULL;
}


const char *
gate_field_carrier(gate_str_t name)
{
    size_t  i;

    if (!gate_field_is_token(name)) {
        return "must be the name of a field, of letters, digits, \"-\" and the "
               "like";
    }

    for (i = 0; i < sizeof(gate_field_rows) / sizeof(gate_field_rows[0]); i++)
    {
        if ((gate_field_rows[i].of & GATE_FIELD_REQUEST)
            && gate_name_eq(name, gate_field_rows[i].name))
        {
            return gate_field_meant;
        }
    }

    for (i = 0; gate_field_read[i].len != 0; i++) {
        if (gate_name_eq(name, gate_field_read[i])) {
            return gate_field_meant;
        }
    }

    for (i = 0; gate_field_told[i].len != 0; i++) {
        if (gate_name_eq(name, gate_field_told[i])) {
            return gate_field_gates;
        }
    }

    if (gate_name_class(name, NULL, 0) == GATE_NAME_FREE
        || gate_str_begins_nocase(name, gate_cstr("x-consumer-"))
        || gate_str_begins_nocase(name, gate_cstr("x-credential-")))
    {
        return NULL;
    }

    return gate_field_gates;
}


int
gate_field_is_value(gate_str_t value)
{
    size_t         i;
    uint64_t       w;
    unsigned char  c;

    i = 0;

    if (value.len < 8) {
        w = gate_word_few(value.data, value.len);

        /* of three bytes and fewer it has but three */

        if (gate_field_plain(value.len < 4 ? w | GATE_FIELD_REST : w)) {
            return 1;
        }
    }

    /* eight at once; the last ones with some that have been looked at */

    while (i + 8 <= value.len && gate_field_plain(gate_word(value.data + i))) {
        i += 8;
    }

    if (i != 0 && i + 8 > value.len
        && gate_field_plain(gate_word(value.data + value.len - 8)))
    {
        return 1;
    }

    for ( /* void */ ; i < value.len; i++) {
        c = value.data[i];

        if ((c < ' ' && c != '\t') || c == 0x7f) {
            return 0;
        }
    }

    return 1;
}


/* none of eight bytes is below a space or is DEL */

static int
gate_field_plain(uint64_t w)
{
    uint64_t  del;

    del = w ^ (GATE_FIELD_EACH * 0x7f);

    return ((((w - GATE_FIELD_EACH * ' ') & ~w)
             | ((del - GATE_FIELD_EACH) & ~del))
            & (GATE_FIELD_EACH * 0x80)) == 0;
}
