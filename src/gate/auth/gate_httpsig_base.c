
/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * The signature base: the text that was signed (RFC 9421 2).
 */


#include "gate_hex.h"
#include "gate_httpsig.h"


#define GATE_HTTPSIG_NO_ROOM   "What the signature covers is too long."
#define GATE_HTTPSIG_MISSING   "A component that is signed is not there."
#define GATE_HTTPSIG_UNKNOWN   "A component that is signed is not known here."


/* what may stand behind the name of a component */

typedef struct {
    int                    sf;
    int                    bs;
    int                    has_key;
    int                    has_name;
    gate_str_t             key;
    gate_str_t             name;
} gate_httpsig_options_t;


typedef struct {
    const char            *name;
    const char          *(*write)(gate_text_t *t,
                              const gate_httpsig_request_t *r,
                              const gate_httpsig_options_t *o);
} gate_httpsig_derived_t;


static int gate_httpsig_twice(gate_str_t list, const gate_sfv_item_t *item);
static int gate_httpsig_same(gate_str_t a, gate_str_t b);
static const char *gate_httpsig_options(const gate_sfv_item_t *item,
    gate_httpsig_options_t *o);
static const char *gate_httpsig_line(gate_text_t *t,
    const gate_httpsig_request_t *r, const gate_sfv_item_t *item);
static const char *gate_httpsig_method(gate_text_t *t,
    const gate_httpsig_request_t *r, const gate_httpsig_options_t *o);
static const char *gate_httpsig_uri(gate_text_t *t,
    const gate_httpsig_request_t *r, const gate_httpsig_options_t *o);
static const char *gate_httpsig_authority(gate_text_t *t,
    const gate_httpsig_request_t *r, const gate_httpsig_options_t *o);
static const char *gate_httpsig_scheme(gate_text_t *t,
    const gate_httpsig_request_t *r, const gate_httpsig_options_t *o);
static const char *gate_httpsig_target(gate_text_t *t,
    const gate_httpsig_request_t *r, const gate_httpsig_options_t *o);
static const char *gate_httpsig_path(gate_text_t *t,
    const gate_httpsig_request_t *r, const gate_httpsig_options_t *o);
static const char *gate_httpsig_query(gate_text_t *t,
    const gate_httpsig_request_t *r, const gate_httpsig_options_t *o);
static const char *gate_httpsig_query_param(gate_text_t *t,
    const gate_httpsig_request_t *r, const gate_httpsig_options_t *o);
static void gate_httpsig_form(gate_text_t *t, gate_str_t s);
static const char *gate_httpsig_field(gate_text_t *t,
    const gate_httpsig_request_t *r, gate_str_t name,
    const gate_httpsig_options_t *o);
static const char *gate_httpsig_lines(gate_text_t *t,
    const gate_httpsig_request_t *r, gate_str_t name, int bytes);
static const char *gate_httpsig_structured(gate_text_t *t, gate_str_t name,
    gate_str_t value, const gate_httpsig_options_t *o);
static int gate_httpsig_kind(gate_str_t name);
static gate_str_t gate_httpsig_trim(gate_str_t s);
static void gate_httpsig_lower(gate_text_t *t, gate_str_t s);


static const gate_httpsig_derived_t  gate_httpsig_derived[] = {
    { "@method", gate_httpsig_method },
    { "@target-uri", gate_httpsig_uri },
    { "@authority", gate_httpsig_authority },
    { "@scheme", gate_httpsig_scheme },
    { "@request-target", gate_httpsig_target },
    { "@path", gate_httpsig_path },
    { "@query", gate_httpsig_query },
    { "@query-param", gate_httpsig_query_param },
    { NULL, NULL }
};


/* for ";sf": the type of a field is not seen from its text */

#define GATE_HTTPSIG_DICT  1
#define GATE_HTTPSIG_LIST  2
#define GATE_HTTPSIG_ITEM  3

static const struct {
    const char            *name;
    int                    kind;

} gate_httpsig_kinds[] = {
    { "accept-ch", GATE_HTTPSIG_LIST },
    { "accept-signature", GATE_HTTPSIG_DICT },
    { "client-cert", GATE_HTTPSIG_ITEM },
    { "client-cert-chain", GATE_HTTPSIG_LIST },
    { "content-digest", GATE_HTTPSIG_DICT },
    { "idempotency-key", GATE_HTTPSIG_ITEM },
    { "priority", GATE_HTTPSIG_DICT },
    { "repr-digest", GATE_HTTPSIG_DICT },
    { "signature", GATE_HTTPSIG_DICT },
    { "signature-input", GATE_HTTPSIG_DICT },
    { "want-content-digest", GATE_HTTPSIG_DICT },
    { "want-repr-digest", GATE_HTTPSIG_DICT },
    { NULL, 0 }
};


const char *
gate_httpsig_base(gate_text_t *t, const gate_httpsig_t *sig,
    const gate_httpsig_request_t *r)
{
    const char       *why;
    gate_sfv_t        s;
    gate_sfv_item_t   item;

    gate_sfv_init(&s, sig->input.text);

    while (gate_sfv_inner(&s, &item) == GATE_SFV_OK) {

        if (item.type != GATE_SFV_STRING) {
            return GATE_HTTPSIG_UNKNOWN;
        }

        if (gate_httpsig_twice(sig->input.text, &item)) {
            return "The signature covers a component twice.";
        }

        why = gate_httpsig_line(t, r, &item);

        if (why != NULL) {
            return why;
        }
    }

    gate_text_cstr(t, "\"@signature-params\": ");
    gate_sfv_write(t, &sig->input);

    return t->full ? GATE_HTTPSIG_NO_ROOM : NULL;
}


/* RFC 9421 2: the same name with the same parameters, in whatever order */

static int
gate_httpsig_twice(gate_str_t list, const gate_sfv_item_t *item)
{
    gate_sfv_t       s;
    gate_sfv_item_t  one;

    gate_sfv_init(&s, list);

    while (gate_sfv_inner(&s, &one) == GATE_SFV_OK
           && one.text.data != item->text.data)
    {
        if (gate_str_eq(one.text, item->text)
            && gate_httpsig_same(one.params, item->params)
            && gate_httpsig_same(item->params, one.params))
        {
            return 1;
        }
    }

    return 0;
}


/* is each parameter of "a" one of "b"? */

static int
gate_httpsig_same(gate_str_t a, gate_str_t b)
{
    gate_str_t       key;
    gate_sfv_t       s;
    gate_sfv_item_t  one, other;

    gate_sfv_init(&s, a);

    while (gate_sfv_param(&s, &key, &one) == GATE_SFV_OK) {

        if (!gate_sfv_param_find(a, key, &one)
            || !gate_sfv_param_find(b, key, &other)
            || one.type != other.type || one.number != other.number
            || (one.type >= GATE_SFV_STRING && one.type != GATE_SFV_BOOLEAN
                && one.type != GATE_SFV_DATE
                && !gate_str_eq(one.text, other.text)))
        {
            return 0;
        }
    }

    return 1;
}


static const char *
gate_httpsig_line(gate_text_t *t, const gate_httpsig_request_t *r,
    const gate_sfv_item_t *item)
{
    const char                    *why;
    gate_httpsig_options_t         o;
    const gate_httpsig_derived_t  *row;

    why = gate_httpsig_options(item, &o);
    if (why != NULL) {
        return why;
    }

    gate_sfv_write(t, item);
    gate_text_cstr(t, ": ");

    if (item->text.len == 0 || item->text.data[0] != '@') {
        why = gate_httpsig_field(t, r, item->text, &o);

    } else {
        for (row = gate_httpsig_derived; row->name != NULL; row++) {
            if (gate_str_eq(item->text, gate_cstr(row->name))) {
                break;
            }
        }

        why = (row->name == NULL || o.sf || o.bs || o.has_key
               || o.has_name != (row->write == gate_httpsig_query_param))
              ? GATE_HTTPSIG_UNKNOWN : row->write(t, r, &o);
    }

    gate_text_cstr(t, "\n");

    return (why == NULL && t->full) ? GATE_HTTPSIG_NO_ROOM : why;
}


/* ";req" and ";tr" are of answers and of trailers: neither is here */

static const char *
gate_httpsig_options(const gate_sfv_item_t *item, gate_httpsig_options_t *o)
{
    int              is_flag;
    gate_str_t       key;
    gate_sfv_t       s;
    gate_sfv_item_t  value;

    memset(o, 0, sizeof(gate_httpsig_options_t));

    gate_sfv_init(&s, item->params);

    while (gate_sfv_param(&s, &key, &value) == GATE_SFV_OK) {

        is_flag = (value.type == GATE_SFV_BOOLEAN && value.number);

        if (is_flag && gate_str_eq(key, gate_cstr("sf"))) {
            o->sf = 1;

        } else if (is_flag && gate_str_eq(key, gate_cstr("bs"))) {
            o->bs = 1;

        } else if (value.type == GATE_SFV_STRING && !o->has_key
                   && gate_str_eq(key, gate_cstr("key")))
        {
            o->has_key = 1;
            o->key = value.text;

        } else if (value.type == GATE_SFV_STRING && !o->has_name
                   && gate_str_eq(key, gate_cstr("name")))
        {
            o->has_name = 1;
            o->name = value.text;

        } else {
            return "A component that is signed has a parameter that is not "
                   "known here.";
        }
    }

    return NULL;
}


static const char *
gate_httpsig_method(gate_text_t *t, const gate_httpsig_request_t *r,
    const gate_httpsig_options_t *o)
{
    (void) o;

    gate_text_add(t, r->method);

    return NULL;
}


/* RFC 9421 2.2.2: what the client meant, however it wrote its request line */

static const char *
gate_httpsig_uri(gate_text_t *t, const gate_httpsig_request_t *r,
    const gate_httpsig_options_t *o)
{
    const char  *why;

    gate_httpsig_lower(t, r->scheme);
    gate_text_cstr(t, "://");

    why = gate_httpsig_authority(t, r, o);

    (void) gate_httpsig_path(t, r, o);

    if (r->has_query) {
        (void) gate_httpsig_query(t, r, o);
    }

    return why;
}


/* RFC 9421 2.2.3: in lower case, without the port that the scheme has */

static const char *
gate_httpsig_authority(gate_text_t *t, const gate_httpsig_request_t *r,
    const gate_httpsig_options_t *o)
{
    size_t      i;
    gate_str_t  host, port;

    (void) o;

    host = gate_httpsig_trim(r->authority);

    if (host.len == 0) {
        return GATE_HTTPSIG_MISSING;
    }

    for (i = host.len; i > 0; i--) {
        if (host.data[i - 1] < '0' || host.data[i - 1] > '9') {
            break;
        }
    }

    if (i > 0 && host.data[i - 1] == ':') {

        port = gate_str(host.data + i, host.len - i);

        if (port.len == 0
            || gate_str_eq(port, gate_str_eq_nocase(r->scheme,
                                                    gate_cstr("https"))
                                 ? gate_cstr("443") : gate_cstr("80")))
        {
            host.len = i - 1;
        }
    }

    gate_httpsig_lower(t, host);

    return NULL;
}


static const char *
gate_httpsig_scheme(gate_text_t *t, const gate_httpsig_request_t *r,
    const gate_httpsig_options_t *o)
{
    (void) o;

    gate_httpsig_lower(t, r->scheme);

    return NULL;
}


static const char *
gate_httpsig_target(gate_text_t *t, const gate_httpsig_request_t *r,
    const gate_httpsig_options_t *o)
{
    (void) o;

    gate_text_add(t, r->target);

    return NULL;
}


static const char *
gate_httpsig_path(gate_text_t *t, const gate_httpsig_request_t *r,
    const gate_httpsig_options_t *o)
{
    (void) o;

    if (r->path.len == 0) {
        gate_text_cstr(t, "/");

    } else {
        gate_text_add(t, r->path);
    }

    return NULL;
}


static const char *
gate_httpsig_query(gate_text_t *t, const gate_httpsig_request_t *r,
    const gate_httpsig_options_t *o)
{
    (void) o;

    gate_text_cstr(t, "?");
    gate_text_add(t, r->query);

    return NULL;
}


/* RFC 9421 2.2.8: names and values as a form would encode them once more */

static const char *
gate_httpsig_query_param(gate_text_t *t, const gate_httpsig_request_t *r,
    const gate_httpsig_options_t *o)
{
    size_t                n;
    gate_str_t            name, value, wanted;
    gate_text_t           one;
    unsigned char         buf[1024];
    const unsigned char  *p, *last, *end, *eq;

    n = 0;
    value = gate_str(NULL, 0);
    wanted = o->name;
    last = r->query.data + r->query.len;

    for (p = r->query.data; r->has_query && p < last; p = end + 1) {

        end = memchr(p, '&', (size_t) (last - p));
        end = (end == NULL) ? last : end;

        eq = memchr(p, '=', (size_t) (end - p));
        name = gate_str(p, (size_t) ((eq ? eq : end) - p));

        gate_text_init(&one, buf, sizeof(buf));
        gate_httpsig_form(&one, name);

        if (!one.full && end != p
            && gate_str_eq(gate_str(buf, (size_t) (one.last - buf)), wanted))
        {
            value = eq ? gate_str(eq + 1, (size_t) (end - eq - 1))
                       : gate_str(end, 0);
            n++;
        }
    }

    if (n != 1) {
        return n == 0 ? GATE_HTTPSIG_MISSING
                      : "An argument that is signed is there twice.";
    }

    gate_httpsig_form(t, value);

    return NULL;
}


/* decoded, and encoded with the set of application/x-www-form-urlencoded */

static void
gate_httpsig_form(gate_text_t *t, gate_str_t s)
{
    size_t         i;
    unsigned char  c, hex[3];

    for (i = 0; i < s.len; i++) {

        c = s.data[i];

        if (c == '+') {
            c = ' ';

        } else if (c == '%' && s.len - i > 2
                   && gate_hex_read(&s.data[i + 1], &c, 1))
        {
            i += 2;
        }

        if ((gate_lower(c) >= 'a' && gate_lower(c) <= 'z')
            || (c >= '0' && c <= '9')
            || c == '*' || c == '-' || c == '.' || c == '_')
        {
            gate_text_add(t, gate_str(&c, 1));
            continue;
        }

        hex[0] = '%';
        hex[1] = (unsigned char) "0123456789ABCDEF"[c >> 4];
        hex[2] = (unsigned char) "0123456789ABCDEF"[c & 15];

        gate_text_add(t, gate_str(hex, 3));
    }
}


static const char *
gate_httpsig_field(gate_text_t *t, const gate_httpsig_request_t *r,
    gate_str_t name, const gate_httpsig_options_t *o)
{
    size_t          i, used;
    const char     *why;
    gate_text_t     one;
    unsigned char   buf[GATE_HTTPSIG_FIELD];

    for (i = 0; i < name.len; i++) {
        if (name.data[i] != gate_lower(name.data[i]) || name.data[i] == '"'
            || name.data[i] == '\\' || name.data[i] <= ' ')
        {
            return GATE_HTTPSIG_UNKNOWN;
        }
    }

    if (o->has_name || (o->bs && (o->sf || o->has_key))) {
        return GATE_HTTPSIG_UNKNOWN;
    }

    if (!o->sf && !o->has_key) {
        return gate_httpsig_lines(t, r, name, o->bs);
    }

    gate_text_init(&one, buf, sizeof(buf));

    why = gate_httpsig_lines(&one, r, name, 0);

    if (why != NULL || one.full) {
        return (why != NULL) ? why : GATE_HTTPSIG_NO_ROOM;
    }

    used = (size_t) (one.last - buf);

    return gate_httpsig_structured(t, name, gate_str(buf, used), o);
}


static const char *
gate_httpsig_lines(gate_text_t *t, const gate_httpsig_request_t *r,
    gate_str_t name, int bytes)
{
    size_t      n;
    gate_str_t  value;

    for (n = 0; r->field(r->data, name, n, &value); n++) {

        if (n != 0) {
            gate_text_cstr(t, ", ");
        }

        value = gate_httpsig_trim(value);

        if (value.len != 0
            && (memchr(value.data, '\n', value.len) != NULL
                || memchr(value.data, '\r', value.len) != NULL))
        {
            return GATE_HTTPSIG_UNKNOWN;
        }

        if (bytes) {
            gate_sfv_write_bytes(t, value);

        } else {
            gate_text_add(t, value);
        }
    }

    return (n == 0) ? GATE_HTTPSIG_MISSING : NULL;
}


static const char *
gate_httpsig_structured(gate_text_t *t, gate_str_t name, gate_str_t value,
    const gate_httpsig_options_t *o)
{
    gate_sfv_rc_e    rc;
    gate_sfv_item_t  item;

    if (o->has_key) {

        rc = gate_sfv_dict_find(value, o->key, &item);

        if (rc == GATE_SFV_OK) {
            gate_sfv_write(t, &item);
        }

        return (rc == GATE_SFV_OK) ? NULL : GATE_HTTPSIG_MISSING;
    }

    switch (gate_httpsig_kind(name)) {

    case GATE_HTTPSIG_DICT:
        rc = gate_sfv_write_dict(t, value);
        break;

    case GATE_HTTPSIG_LIST:
        rc = gate_sfv_write_list(t, value);
        break;

    case GATE_HTTPSIG_ITEM:
        rc = gate_sfv_item(value, &item);

        if (rc == GATE_SFV_OK) {
            gate_sfv_write(t, &item);
        }

        break;

    default:
        return GATE_HTTPSIG_UNKNOWN;
    }

    return (rc == GATE_SFV_OK) ? NULL : GATE_HTTPSIG_UNKNOWN;
}


static int
gate_httpsig_kind(gate_str_t name)
{
    size_t  i;

    for (i = 0; gate_httpsig_kinds[i].name != NULL; i++) {
        if (gate_str_eq(name, gate_cstr(gate_httpsig_kinds[i].name))) {
            return gate_httpsig_kinds[i].kind;
        }
    }

    return 0;
}


static gate_str_t
gate_httpsig_trim(gate_str_t s)
{
    while (s.len != 0 && (s.data[0] == ' ' || s.data[0] == '\t')) {
        s.data++;
        s.len--;
    }

    while (s.len != 0
           && (s.data[s.len - 1] == ' ' || s.data[s.len - 1] == '\t'))
    {
        s.len--;
    }

    return s;
}


static void
gate_httpsig_lower(gate_text_t *t, gate_str_t s)
{
    size_t         i;
    unsigned char  c;

    for (i = 0; i < s.len; i++) {
        c = gate_lower(s.data[i]);
        gate_text_add(t, gate_str(&c, 1));
    }
}
