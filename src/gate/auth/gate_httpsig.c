
/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * Signature-Input and Signature (RFC 9421 4): which signature it is, and what
 * it says of itself.
 */


#include "gate_httpsig.h"


/* a parameter of a signature: RFC 9421 2.3 */

typedef struct {
    const char            *name;
    gate_sfv_type_e        type;
    size_t                 offset;            /* of a gate_str_t, or of */
    int                    number;            /* 1: created, 2: expires */
} gate_httpsig_param_t;


static const char *gate_httpsig_choose(gate_httpsig_t *sig, gate_str_t input,
    gate_str_t label, gate_str_t tag);
static int gate_httpsig_wanted(const gate_sfv_item_t *item, gate_str_t key,
    gate_str_t label, gate_str_t tag);
static const char *gate_httpsig_params(gate_httpsig_t *sig);
static const char *gate_httpsig_param(gate_httpsig_t *sig,
    const gate_httpsig_param_t *row, size_t slot, const gate_sfv_item_t *value);
static int gate_httpsig_covers_one(const gate_httpsig_t *sig, gate_str_t name);


static const struct {
    const char            *name;
    unsigned               alg;

} gate_httpsig_algs[] = {
    { "hmac-sha256", GATE_HS256 },
    { "ed25519", GATE_ED25519 },
    { "ecdsa-p256-sha256", GATE_ES256 },
    { "ecdsa-p384-sha384", GATE_ES384 },
    { "rsa-pss-sha512", GATE_PS512 },
    { "rsa-v1_5-sha256", GATE_RS256 },
    { NULL, 0 }
};


static const gate_httpsig_param_t  gate_httpsig_known[] = {
    { "keyid", GATE_SFV_STRING, offsetof(gate_httpsig_t, keyid), 0 },
    { "nonce", GATE_SFV_STRING, offsetof(gate_httpsig_t, nonce), 0 },
    { "tag", GATE_SFV_STRING, offsetof(gate_httpsig_t, tag), 0 },
    { "alg", GATE_SFV_STRING, offsetof(gate_httpsig_t, alg), 0 },
    { "created", GATE_SFV_INTEGER, offsetof(gate_httpsig_t, created_s), 1 },
    { "expires", GATE_SFV_INTEGER, offsetof(gate_httpsig_t, expires_s), 2 },
    { NULL, GATE_SFV_STRING, 0, 0 }
};


unsigned
gate_httpsig_alg(gate_str_t name)
{
    size_t  i;

    for (i = 0; gate_httpsig_algs[i].name != NULL; i++) {
        if (gate_str_eq(name, gate_cstr(gate_httpsig_algs[i].name))) {
            return gate_httpsig_algs[i].alg;
        }
    }

    return 0;
}


const char *
gate_httpsig_alg_name(unsigned alg)
{
    size_t  i;

    for (i = 0; gate_httpsig_algs[i].name != NULL; i++) {
        if (gate_httpsig_algs[i].alg == alg) {
            return gate_httpsig_algs[i].name;
        }
    }

    return NULL;
}


const char *
gate_httpsig_parse(gate_httpsig_t *sig, gate_str_t input, gate_str_t signature,
    gate_str_t label, gate_str_t tag)
{
    const char       *why;
    gate_sfv_item_t   bytes;

    sig->len = 0;

    if (input.len > GATE_HTTPSIG_FIELD || signature.len > GATE_HTTPSIG_FIELD) {
        return "The fields of the signature are too long.";
    }

    why = gate_httpsig_choose(sig, input, label, tag);
    if (why != NULL) {
        return why;
    }

    switch (gate_sfv_dict_find(signature, sig->label, &bytes)) {

    case GATE_SFV_OK:
        break;

    case GATE_SFV_END:
        return "Signature has no member of the label in Signature-Input.";

    default:
        return "Signature is not a dictionary of structured fields.";
    }

    if (bytes.type != GATE_SFV_BYTES
        || !gate_sfv_bytes(&bytes, sig->bytes, GATE_HTTPSIG_BYTES, &sig->len))
    {
        return "The signature is not a byte sequence, or it is too long.";
    }

    return gate_httpsig_params(sig);
}


/* the first that is wanted; the whole field is read in any case */

static const char *
gate_httpsig_choose(gate_httpsig_t *sig, gate_str_t input, gate_str_t label,
    gate_str_t tag)
{
    int               found;
    gate_str_t        key;
    gate_sfv_t        s;
    gate_sfv_rc_e     rc;
    gate_sfv_item_t   item;

    static const char  bad[] = "Signature-Input is not a dictionary of inner "
                               "lists.";

    found = 0;

    gate_sfv_init(&s, input);

    for ( ;; ) {
        rc = gate_sfv_dict(&s, &key, &item);

        if (rc == GATE_SFV_END) {
            break;
        }

        if (rc == GATE_SFV_BAD || item.type != GATE_SFV_INNER) {
            return bad;
        }

        if (s.n > GATE_HTTPSIG_LABELS) {
            return "The request has too many signatures.";
        }

        /* of two members of one name the last one counts: here it is none */

        if (found && gate_str_eq(key, sig->label)) {
            return "Signature-Input has a label twice.";
        }

        if (!found && gate_httpsig_wanted(&item, key, label, tag)) {
            sig->label = key;
            sig->input = item;
            found = 1;
        }
    }

    return found ? NULL : "The request has no signature that is wanted here.";
}


static int
gate_httpsig_wanted(const gate_sfv_item_t *item, gate_str_t key,
    gate_str_t label, gate_str_t tag)
{
    gate_sfv_item_t  value;

    if (label.len != 0 && !gate_str_eq(key, label)) {
        return 0;
    }

    if (tag.len == 0) {
        return 1;
    }

    return gate_sfv_param_find(item->params, gate_cstr("tag"), &value)
           && value.type == GATE_SFV_STRING && gate_str_eq(value.text, tag);
}


static const char *
gate_httpsig_params(gate_httpsig_t *sig)
{
    size_t                       slot;
    const char                  *why;
    gate_sfv_item_t              value;
    const gate_httpsig_param_t  *row;

    sig->keyid = gate_str(NULL, 0);
    sig->nonce = sig->keyid;
    sig->tag = sig->keyid;
    sig->alg = sig->keyid;
    sig->created_s = 0;
    sig->expires_s = 0;
    sig->has_created = 0;
    sig->has_expires = 0;

    if (sig->input.number > GATE_HTTPSIG_COVERED) {
        return "The signature covers too many components.";
    }

    slot = 0;

    for (row = gate_httpsig_known; row->name != NULL; row++) {

        if (gate_sfv_param_find(sig->input.params, gate_cstr(row->name),
                                &value))
        {
            why = gate_httpsig_param(sig, row, slot, &value);
            if (why != NULL) {
                return why;
            }
        }

        slot += (row->number == 0);
    }

    return NULL;
}


static const char *
gate_httpsig_param(gate_httpsig_t *sig, const gate_httpsig_param_t *row,
    size_t slot, const gate_sfv_item_t *value)
{
    gate_str_t  *text;

    if (value->type != row->type) {
        return "A parameter of the signature is not of its type.";
    }

    if (row->number != 0) {
        *(int64_t *) ((char *) sig + row->offset) = value->number;

        sig->has_created |= (row->number == 1);
        sig->has_expires |= (row->number == 2);

        return NULL;
    }

    if (value->text.len > GATE_HTTPSIG_TEXT) {
        return "A parameter of the signature is too long.";
    }

    text = (gate_str_t *) ((char *) sig + row->offset);

    text->data = sig->text[slot];
    text->len = gate_sfv_string(value, text->data);

    return NULL;
}


int
gate_httpsig_covers(const gate_httpsig_t *sig, gate_str_t name)
{
    size_t  i, j;

    /* what has another in it */

    static const char  *more[][3] = {
        { "@path", "@target-uri", "@request-target" },
        { "@query", "@target-uri", "@request-target" },
        { "@authority", "@target-uri", "host" },
        { "@scheme", "@target-uri", NULL }
    };

    if (gate_httpsig_covers_one(sig, name)) {
        return 1;
    }

    for (i = 0; i < sizeof(more) / sizeof(more[0]); i++) {

        if (!gate_str_eq(name, gate_cstr(more[i][0]))) {
            continue;
        }

        for (j = 1; j < 3; j++) {
            if (more[i][j] != NULL
                && gate_httpsig_covers_one(sig, gate_cstr(more[i][j])))
            {
                return 1;
            }
        }
    }

    return 0;
}


/* a part of it, as by ";key", is not all of it */

static int
gate_httpsig_covers_one(const gate_httpsig_t *sig, gate_str_t name)
{
    gate_sfv_t       s;
    gate_sfv_item_t  item, value;

    gate_sfv_init(&s, sig->input.text);

    while (gate_sfv_inner(&s, &item) == GATE_SFV_OK) {

        if (item.type == GATE_SFV_STRING && gate_str_eq(item.text, name)
            && !gate_sfv_param_find(item.params, gate_cstr("key"), &value))
        {
            return 1;
        }
    }

    return 0;
}
