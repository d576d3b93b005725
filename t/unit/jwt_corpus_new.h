/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * Tokens of RSASSA-PSS and Ed25519: good ones, signatures that code gone wrong
 * lets pass, and one algorithm taken for another.
 */

#ifndef JWT_CORPUS_NEW_H
#define JWT_CORPUS_NEW_H


#define PSP   P("ps", E)
#define EDP   P("ed", E)
#define EDPP  P("edpem", E)
#define BOTHP P("rsps", E)


static const row_t  rows_new[] = {

    { "PS256", "{'alg':'PS256','kid':'r1'}", PSP, "PS256", "rsa", OK, NULL },
    { "PS384", "{'alg':'PS384','kid':'r1'}", PSP, "PS384", "rsa", OK, NULL },
    { "PS512", "{'alg':'PS512','kid':'r1'}", PSP, "PS512", "rsa", OK, NULL },
    { "PS256 by the key for it", "{'alg':'PS256','kid':'r2'}", PSP, "PS256",
      "rsa2", OK, NULL },
    { "PS384 by a key for PS256 only", "{'alg':'PS384','kid':'r2'}", PSP,
      "PS384", "rsa2", BAD, NULL },
    { "RS256 by a key for PS256 only", "{'alg':'RS256','kid':'r2'}", BOTHP,
      "RS256", "rsa2", BAD, NULL },
    { "RS256 and PS256 of one key, RS256", "{'alg':'RS256','kid':'r1'}", BOTHP,
      "RS256", "rsa", OK, NULL },
    { "RS256 and PS256 of one key, PS256", "{'alg':'PS256','kid':'r1'}", BOTHP,
      "PS256", "rsa", OK, NULL },
    { "a signature of PS256 under RS256", "{'alg':'RS256','kid':'r1'}", BOTHP,
      "PS256", "rsa", BAD, NULL },
    { "a signature of RS256 under PS256", "{'alg':'PS256','kid':'r1'}", BOTHP,
      "RS256", "rsa", BAD, NULL },
    { "PS256 with the longest salt", "{'alg':'PS256','kid':'r1'}", PSP,
      "PLONG256", "rsa", BAD, NULL },
    { "PS384 under PS256", "{'alg':'PS256','kid':'r1'}", PSP, "PS384", "rsa",
      BAD, NULL },
    { "PS256 of another", "{'alg':'PS256','kid':'r1'}", PSP, "PS256",
      "rsa-evil", BAD, NULL },
    { "ps256", "{'alg':'ps256','kid':'r1'}", PSP, "PS256", "rsa", BAD, NULL },
    { "PS256 where RS is listed", "{'alg':'PS256','kid':'r1'}", RSP, "PS256",
      "rsa", BAD, NULL },

    { "EdDSA", "{'alg':'EdDSA','kid':'d1'}", EDP, "EdDSA", "ed25519", OK,
      NULL },
    { "Ed25519", "{'alg':'Ed25519','kid':'d1'}", EDP, "EdDSA", "ed25519", OK,
      NULL },
    { "EdDSA without kid", "{'alg':'EdDSA'}", EDP, "EdDSA", "ed25519-evil", OK,
      NULL },
    { "EdDSA of a PEM file", "{'alg':'EdDSA'}", EDPP, "EdDSA", "ed25519", OK,
      NULL },
    { "Ed25519 where EdDSA is listed", "{'alg':'Ed25519'}", EDPP, "EdDSA",
      "ed25519", BAD, NULL },
    { "Ed25519 by a key for EdDSA only", "{'alg':'Ed25519','kid':'d2'}", EDP,
      "EdDSA", "ed25519-evil", BAD, NULL },
    { "EdDSA of another", "{'alg':'EdDSA','kid':'d1'}", EDP, "EdDSA",
      "ed25519-evil", BAD, NULL },
    { "Ed448", "{'alg':'Ed448','kid':'d1'}", EDP, "EdDSA", "ed25519", BAD,
      NULL },
    { "eddsa", "{'alg':'eddsa','kid':'d1'}", EDP, "EdDSA", "ed25519", BAD,
      NULL },
    { "ES256 where Ed25519 is listed", "{'alg':'ES256','kid':'d1'}", EDP,
      "ES256", "p256", BAD, NULL },

    { NULL, NULL, NULL, NULL, NULL, BAD, NULL }
};


static void
corpus_ed(void)
{
    int             carry;
    char           *t;
    size_t          i;
    gate_str_t      sig;
    unsigned char   s[65];

    /* the order of the group, RFC 8032 5.1, lowest byte first */

    static const unsigned char  order[32] = {
        0xed, 0xd3, 0xf5, 0x5c, 0x1a, 0x63, 0x12, 0x58, 0xd6, 0x9c, 0xf7,
        0xa2, 0xde, 0xf9, 0xde, 0x14, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
        0, 0x10
    };
    static const char  *h = "{'alg':'EdDSA'}", *iss = "https://edpem";

    t = mint_input(h, "{'iss':'https://edpem','exp':2000000000,'aud':'api'}");
    sig = mint_sign("EdDSA", "ed25519", gate_cstr(t));
    corpus_resigned("Ed25519 as it should be", h, iss, sig.data, 64, OK, NULL);
    corpus_resigned("Ed25519 a byte short", h, iss, sig.data, 63, BAD, NULL);
    corpus_resigned("Ed25519 R alone", h, iss, sig.data, 32, BAD, NULL);

    memcpy(s, sig.data, 64);
    s[64] = 0;
    corpus_resigned("Ed25519 a zero behind", h, iss, s, 65, BAD, NULL);

    /* the same number modulo the order: RFC 8032 5.1.7 */

    for (carry = 0, i = 0; i < 32; i++) {
        carry += s[32 + i] + order[i];
        s[32 + i] = (unsigned char) carry;
        carry >>= 8;
    }

    corpus_resigned("Ed25519 S plus the order", h, iss, s, 64, BAD, NULL);

    memcpy(s, sig.data, 64);
    s[63] |= 0x80;
    corpus_resigned("Ed25519 S with its highest bit", h, iss, s, 64, BAD,
                    NULL);

    memset(s, 0, sizeof(s));
    corpus_resigned("Ed25519 of zeros", h, iss, s, 64, BAD, NULL);
    s[0] = 1;
    corpus_resigned("Ed25519 R the neutral point, S zero", h, iss, s, 64, BAD,
                    NULL);
    memcpy(s + 32, order, 32);
    corpus_resigned("Ed25519 R the neutral point, S the order", h, iss, s, 64,
                    BAD, NULL);
    memset(s, 0xff, sizeof(s));
    corpus_resigned("Ed25519 of ones", h, iss, s, 64, BAD, NULL);
}


static void
corpus_pss(void)
{
    char           *t;
    gate_str_t      sig;
    unsigned char   buf[257];

    static const char  *h = "{'alg':'PS256','kid':'r1'}", *iss = "https://ps";

    memset(buf, 0, sizeof(buf));
    corpus_resigned("PS256 of zeros", h, iss, buf, 256, BAD, NULL);
    buf[255] = 1;
    corpus_resigned("PS256 of one", h, iss, buf, 256, BAD, NULL);

    t = mint_input(h, "{'iss':'https://ps','exp':2000000000,'aud':'api'}");
    sig = mint_sign("PS256", "rsa", gate_cstr(t));
    corpus_resigned("PS256 as it should be", h, iss, sig.data, 256, OK, NULL);
    corpus_resigned("PS256 a byte short", h, iss, sig.data, 255, BAD, NULL);

    memcpy(buf, sig.data, 256);
    buf[256] = 0;
    corpus_resigned("PS256 a zero behind", h, iss, buf, 257, BAD, NULL);
}


static void
corpus_new(void)
{
    const row_t  *row;

    for (row = rows_new; row->name != NULL; row++) {
        corpus_add(row->name, mint(row->header, row->payload, row->alg,
                                   row->key), row->rc, row->library);
    }

    corpus_respell("PS256", "https://ps", "rsa", 16);
    corpus_respell("EdDSA", "https://edpem", "ed25519", 16);
    corpus_ed();
    corpus_pss();
}


#undef P
#undef E
#undef A


#endif
