
/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * The names of a client certificate.
 */


#include <string.h>
#include <time.h>

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include "gate_cert.h"


static int gate_cert_fingerprint(gate_cert_t *c, X509 *x);
static int gate_cert_times(gate_cert_t *c, X509 *x);
static int64_t gate_cert_time(const ASN1_TIME *t);
static void gate_cert_sans(gate_cert_t *c, X509 *x);
static void gate_cert_san(gate_cert_t *c, const GENERAL_NAMES *sans, int type,
    const char *prefix);
static void gate_cert_subject(gate_cert_t *c, X509 *x);
static void gate_cert_add(gate_cert_t *c, const char *prefix,
    gate_str_t value);
static int gate_cert_plain(gate_str_t value);
static size_t gate_cert_digits(gate_str_t text, unsigned char *dst);


/* in the order in which they are looked for */

int
gate_cert_read(gate_cert_t *c, X509 *x)
{
    int  good;

    c->n = 0;
    c->used = 0;

    ERR_set_mark();

    good = gate_cert_fingerprint(c, x) && gate_cert_times(c, x);

    if (good) {
        gate_cert_sans(c, x);
        gate_cert_subject(c, x);
    }

    ERR_pop_to_mark();

    return good;
}


int
gate_cert_pem(gate_cert_t *c, gate_str_t pem)
{
    int    good;
    BIO   *bio;
    X509  *x;

    good = 0;

    ERR_set_mark();

    bio = BIO_new_mem_buf(pem.data, (int) pem.len);
    x = bio ? PEM_read_bio_X509(bio, NULL, NULL, NULL) : NULL;

    if (x != NULL) {
        good = gate_cert_read(c, x);
    }

    X509_free(x);
    BIO_free(bio);
    ERR_pop_to_mark();

    return good;
}


int
gate_cert_told(gate_cert_t *c, const gate_xfcc_t *x)
{
    size_t         i, n;
    unsigned char  digits[GATE_CERT_DIGITS];

    c->n = 0;
    c->used = 0;
    c->not_before_s = 0;
    c->not_after_s = 0;

    if (x->hash.len != 0) {
        n = (x->hash.len == GATE_CERT_DIGITS)
            ? gate_cert_digits(x->hash, digits) : 0;

        if (n == 0) {
            return 0;
        }

        gate_cert_add(c, "sha256:", gate_str(digits, n));
    }

    for (i = 0; i < x->nuri; i++) {
        gate_cert_add(c, "san:uri:", x->uri[i]);
    }

    for (i = 0; i < x->ndns; i++) {
        gate_cert_add(c, "san:dns:", x->dns[i]);
    }

    if (x->subject.len != 0) {
        gate_cert_add(c, "subject:", x->subject);
    }

    return c->n != 0;
}


size_t
gate_cert_name(gate_str_t name, unsigned char *dst)
{
    size_t      i, n;
    gate_str_t  value;

    static const gate_str_t  prefix[] = {
        gate_string("sha256:"), gate_string("san:dns:"),
        gate_string("san:uri:"), gate_string("san:email:"),
        gate_string("subject:")
    };

    for (i = 0; i < sizeof(prefix) / sizeof(prefix[0]); i++) {

        if (name.len <= prefix[i].len
            || memcmp(name.data, prefix[i].data, prefix[i].len) != 0)
        {
            continue;
        }

        value = gate_str(name.data + prefix[i].len, name.len - prefix[i].len);

        if (!gate_cert_plain(value)) {
            return 0;
        }

        memmove(dst, name.data, prefix[i].len);

        if (i == 0) {
            n = gate_cert_digits(value, dst + prefix[i].len);
            return n ? prefix[i].len + n : 0;
        }

        for (n = prefix[i].len; n < name.len; n++) {
            dst[n] = (i == 1 && name.data[n] >= 'A' && name.data[n] <= 'Z')
                     ? name.data[n] | 0x20 : name.data[n];
        }

        return name.len;
    }

    return 0;
}


static int
gate_cert_fingerprint(gate_cert_t *c, X509 *x)
{
    size_t         i;
    unsigned       len;
    unsigned char  md[EVP_MAX_MD_SIZE], hex[GATE_CERT_DIGITS];

    static const char  digits[] = "0123456789abcdef";

    if (X509_digest(x, EVP_sha256(), md, &len) != 1
        || len != GATE_CERT_DIGITS / 2)
    {
        return 0;
    }

    for (i = 0; i < len; i++) {
        hex[2 * i] = (unsigned char) digits[md[i] >> 4];
        hex[2 * i + 1] = (unsigned char) digits[md[i] & 0x0f];
    }

    gate_cert_add(c, "sha256:", gate_str(hex, sizeof(hex)));

    return 1;
}


static int
gate_cert_times(gate_cert_t *c, X509 *x)
{
    c->not_before_s = gate_cert_time(X509_get0_notBefore(x));
    c->not_after_s = gate_cert_time(X509_get0_notAfter(x));

    return c->not_before_s > 0 && c->not_after_s > 0;
}


static int64_t
gate_cert_time(const ASN1_TIME *t)
{
    struct tm  tm;

    if (ASN1_TIME_to_tm(t, &tm) != 1) {
        return -1;
    }

    return (int64_t) timegm(&tm);
}


static void
gate_cert_sans(gate_cert_t *c, X509 *x)
{
    GENERAL_NAMES  *sans;

    sans = X509_get_ext_d2i(x, NID_subject_alt_name, NULL, NULL);

    if (sans == NULL) {
        return;
    }

    gate_cert_san(c, sans, GEN_URI, "san:uri:");
    gate_cert_san(c, sans, GEN_DNS, "san:dns:");
    gate_cert_san(c, sans, GEN_EMAIL, "san:email:");

    GENERAL_NAMES_free(sans);
}


static void
gate_cert_san(gate_cert_t *c, const GENERAL_NAMES *sans, int type,
    const char *prefix)
{
    int                  i, is;
    const ASN1_STRING   *s;
    const GENERAL_NAME  *name;

    for (i = 0; i < sk_GENERAL_NAME_num(sans); i++) {
        name = sk_GENERAL_NAME_value(sans, i);
        s = GENERAL_NAME_get0_value(name, &is);

        if (is == type && ASN1_STRING_length(s) > 0) {
            gate_cert_add(c, prefix,
                          gate_str((void *) ASN1_STRING_get0_data(s),
                                   (size_t) ASN1_STRING_length(s)));
        }
    }
}


static void
gate_cert_subject(gate_cert_t *c, X509 *x)
{
    BIO   *bio;
    char  *text;
    long   len;

    bio = BIO_new(BIO_s_mem());
    if (bio == NULL) {
        return;
    }

    if (X509_NAME_print_ex(bio, X509_get_subject_name(x), 0, XN_FLAG_RFC2253)
        >= 0)
    {
        len = BIO_get_mem_data(bio, &text);

        if (len > 0) {
            gate_cert_add(c, "subject:", gate_str(text, (size_t) len));
        }
    }

    BIO_free(bio);
}


/* what is not plain text, as a NUL that another reads as an end, is no name */

static void
gate_cert_add(gate_cert_t *c, const char *prefix, gate_str_t value)
{
    size_t          len;
    unsigned char  *p;

    len = strlen(prefix) + value.len;

    if (c->n == GATE_CERT_NAMES || len > GATE_CERT_TEXT - c->used
        || !gate_cert_plain(value))
    {
        return;
    }

    p = c->text + c->used;

    (void) gate_str_copy(gate_str_copy(p, gate_cstr(prefix)), value);

    /* of a name that a form has in lower case */

    if (gate_cert_name(gate_str(p, len), p) != len) {
        return;
    }

    c->names[c->n++] = gate_str(p, len);
    c->used += len;
}


static int
gate_cert_plain(gate_str_t value)
{
    size_t  i;

    for (i = 0; i < value.len; i++) {
        if (value.data[i] < ' ' || value.data[i] >= 0x7f) {
            return 0;
        }
    }

    return value.len != 0;
}


static size_t
gate_cert_digits(gate_str_t text, unsigned char *dst)
{
    size_t         i, n;
    unsigned char  c, last;

    n = 0;
    last = ':';

    for (i = 0; i < text.len; i++) {
        c = text.data[i];

        if (c == ':' && last != ':' && n % 2 == 0) {
            last = c;
            continue;
        }

        last = c;
        c |= (c >= 'A' && c <= 'F') ? 0x20 : 0;

        if (((c < '0' || c > '9') && (c < 'a' || c > 'f'))
            || n == GATE_CERT_DIGITS)
        {
            return 0;
        }

        dst[n++] = c;
    }

    return (n == GATE_CERT_DIGITS) ? n : 0;
}
