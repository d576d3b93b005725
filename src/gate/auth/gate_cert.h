
/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * The names of a client certificate, as credentials have them:
 *
 *   sha256:HEX          of the whole certificate
 *   san:uri:URI         subject alternative names (RFC 5280 4.2.1.6)
 *   san:dns:NAME        in lower case
 *   san:email:ADDRESS
 *   subject:DN          as of RFC 2253, as nginx's $ssl_client_s_dn is
 */


#ifndef GATE_CERT_H_INCLUDED_
#define GATE_CERT_H_INCLUDED_


#include <openssl/x509.h>

#include "gate_xfcc.h"


#define GATE_CERT_NAMES    12                 /* that are looked for, at most */
#define GATE_CERT_TEXT     3072               /* bytes of all of them */
#define GATE_CERT_DIGITS   64                 /* of a fingerprint */


typedef struct {
    gate_str_t             names[GATE_CERT_NAMES];  /* the first: sha256 */
    size_t                 n;
    int64_t                not_before_s;      /* 0: not known */
    int64_t                not_after_s;
    size_t                 used;
    unsigned char          text[GATE_CERT_TEXT];
} gate_cert_t;


/* 1: read; names that no credential can have are left out, and so are those
 * for which there is no room; 0: it cannot be read */
int gate_cert_read(gate_cert_t *c, X509 *x);

/* ... of PEM text with one certificate */
int gate_cert_pem(gate_cert_t *c, gate_str_t pem);

/* as a proxy tells of it; 0: by nothing of that can anybody be found */
int gate_cert_told(gate_cert_t *c, const gate_xfcc_t *x);

/*
 * what a person writes to what stands above: digits may have colons between
 * them and be in upper case.  dst has room for name.len bytes; gives length,
 * 0: it is none of these forms
 */
size_t gate_cert_name(gate_str_t name, unsigned char *dst);


#endif /* GATE_CERT_H_INCLUDED_ */
