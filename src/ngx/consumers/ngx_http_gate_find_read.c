
/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * What Redis has of a credential, and of its owner: hashes that become a
 * record, or a line of the log.
 */


#include "ngx_http_gate.h"
#include "ngx_http_gate_find.h"

#include "gate_text.h"


#define NGX_HTTP_GATE_FIND_FIELDS  32        /* more than it may have */
#define NGX_HTTP_GATE_FIND_SHOWN   64        /* bytes, in the log */


static ngx_int_t ngx_http_gate_find_record(ngx_http_gate_question_t *q,
    gate_record_field_t *fields, ngx_uint_t n, gate_record_t *record);
static ngx_int_t ngx_http_gate_find_orphan(ngx_http_gate_question_t *q,
    gate_record_t *record);
static ngx_int_t ngx_http_gate_find_parse(ngx_http_gate_question_t *q,
    gate_kind_e kind, gate_record_field_t *fields, ngx_uint_t n,
    gate_record_t *record);
static ngx_int_t ngx_http_gate_find_owner(ngx_http_gate_question_t *q,
    gate_str_t owner, gate_record_field_t *fields, ngx_uint_t n);
static ngx_int_t ngx_http_gate_find_bad(ngx_http_gate_question_t *q,
    const char *what, const char *text, size_t len);
static const char *ngx_http_gate_find_kind(gate_kind_e kind);


ngx_int_t
ngx_http_gate_find_read(ngx_http_gate_question_t *q, redisReply *reply,
    gate_record_t *record)
{
    size_t                 i;
    redisReply           **e;
    gate_record_field_t    fields[NGX_HTTP_GATE_FIND_FIELDS];

    if (reply->type == REDIS_REPLY_ERROR) {
        return ngx_http_gate_find_bad(q, "is refused", reply->str,
                                        reply->len);
    }

    if (reply->type != REDIS_REPLY_ARRAY || reply->elements % 2 != 0) {
        return ngx_http_gate_find_bad(q, "is no hash", "", 0);
    }

    if (reply->elements == 0) {
        return q->owner.len ? ngx_http_gate_find_orphan(q, record)
                            : NGX_DECLINED;
    }

    if (reply->elements > 2 * NGX_HTTP_GATE_FIND_FIELDS) {
        return ngx_http_gate_find_bad(q, "has too many fields", "", 0);
    }

    e = reply->element;

    for (i = 0; i < reply->elements; i++) {
        if (e[i]->type != REDIS_REPLY_STRING) {
            return ngx_http_gate_find_bad(q, "is no hash", "", 0);
        }
    }

    for (i = 0; i < reply->elements / 2; i++) {
        fields[i].name = gate_str(e[2 * i]->str, e[2 * i]->len);
        fields[i].value = gate_str(e[2 * i + 1]->str, e[2 * i + 1]->len);
    }

    return ngx_http_gate_find_record(q, fields, reply->elements / 2, record);
}


/* of the credential, or of its owner after that */

static ngx_int_t
ngx_http_gate_find_record(ngx_http_gate_question_t *q,
    gate_record_field_t *fields, ngx_uint_t n, gate_record_t *record)
{
    int            disabled;
    ngx_int_t      rc;
    gate_record_t  owner;

    if (q->owner.len != 0) {
        rc = ngx_http_gate_find_parse(q, GATE_KIND_CONSUMER, fields, n,
                                      &owner);
        if (rc != NGX_OK) {
            return rc;
        }

        rc = ngx_http_gate_find_parse(q, q->key.kind, q->fields, q->nfields,
                                      record);
        if (rc == NGX_OK) {
            disabled = record->disabled;
            gate_record_merge(record, &owner);
            record->disabled |= disabled;
        }

        return rc;
    }

    rc = ngx_http_gate_find_parse(q, q->key.kind, fields, n, record);
    if (rc != NGX_OK) {
        return rc;
    }

    if (q->key.kind == GATE_KIND_CONSUMER) {
        record->consumer = q->name;
    }

    if (record->owner.len == 0) {
        return NGX_OK;
    }

    /*
     * It was revoked by itself, its consumer may have others.  Where it is the
     * claim of a token it must not be unknown: those may be let in as well.
     */

    return (record->disabled && q->key.kind != GATE_KIND_CLAIM)
           ? NGX_DECLINED
           : ngx_http_gate_find_owner(q, record->owner, fields, n);
}


/* its owner is none: nobody has it, but the claim that was revoked */

static ngx_int_t
ngx_http_gate_find_orphan(ngx_http_gate_question_t *q, gate_record_t *record)
{
    ngx_int_t  rc;

    rc = ngx_http_gate_find_parse(q, q->key.kind, q->fields, q->nfields,
                                  record);
    if (rc != NGX_OK) {
        return rc;
    }

    if (!record->disabled) {
        return NGX_DECLINED;
    }

    record->consumer = record->owner;

    return NGX_OK;
}


static ngx_int_t
ngx_http_gate_find_parse(ngx_http_gate_question_t *q, gate_kind_e kind,
    gate_record_field_t *fields, ngx_uint_t n, gate_record_t *record)
{
    size_t            bad;
    gate_record_rc_e  rc;

    static const char  *whats[] = {
        "", "has an unknown field", "has a field twice",
        "has a wrong value of field", "has no field \"consumer\" or \"owner\"",
        "has an \"owner\", whose hash it is that may have field"
    };

    rc = gate_record_parse(kind, fields, n, record, &bad);

    if (rc == GATE_RECORD_OK) {
        return NGX_OK;
    }

    if (rc == GATE_RECORD_INCOMPLETE) {
        return ngx_http_gate_find_bad(q, whats[rc], "", 0);
    }

    return ngx_http_gate_find_bad(q, whats[rc],
                                    (char *) fields[bad].name.data,
                                    fields[bad].name.len);
}


/* the reply goes before the next one comes: its fields are copied */

static ngx_int_t
ngx_http_gate_find_owner(ngx_http_gate_question_t *q, gate_str_t owner,
    gate_record_field_t *fields, ngx_uint_t n)
{
    size_t                len;
    u_char               *p;
    ngx_uint_t            i;
    ngx_pool_t           *pool;
    gate_record_field_t  *copy;

    len = 0;

    for (i = 0; i < n; i++) {
        len += fields[i].name.len + fields[i].value.len;
    }

    pool = q->pool;

    copy = ngx_palloc(pool, n * sizeof(gate_record_field_t));
    p = ngx_pnalloc(pool, len);

    if (copy == NULL || p == NULL) {
        return NGX_ERROR;
    }

    for (i = 0; i < n; i++) {
        copy[i].name = gate_str(p, fields[i].name.len);
        p = gate_str_copy(p, fields[i].name);

        copy[i].value = gate_str(p, fields[i].value.len);
        p = gate_str_copy(p, fields[i].value);

        if (fields[i].value.data == owner.data) {
            q->owner = copy[i].value;
        }
    }

    q->fields = copy;
    q->nfields = n;

    return NGX_AGAIN;
}


static ngx_int_t
ngx_http_gate_find_bad(ngx_http_gate_question_t *q, const char *what,
    const char *text, size_t len)
{
    return ngx_http_gate_find_wrong(q->fmcf, q->key.kind, q->name, what, text,
                                    len);
}


/* values are not shown: one may have been written in the place of another */

ngx_int_t
ngx_http_gate_find_wrong(ngx_http_gate_find_main_conf_t *fmcf,
    gate_kind_e kind, gate_str_t name, const char *what, const char *text,
    size_t len)
{
    u_char       shown[GATE_TEXT_SHOWN(NGX_HTTP_GATE_FIND_SHOWN)];
    u_char       whose[GATE_TEXT_SHOWN(NGX_HTTP_GATE_FIND_SHOWN)];
    ngx_uint_t   level;
    gate_text_t  t, of;

    level = gate_say(&fmcf->said, 1, ngx_current_msec,
                     NGX_HTTP_GATE_REDIS_AGAIN)
            ? NGX_LOG_ERR : NGX_LOG_INFO;

    if (kind == GATE_KIND_KEY) {
        name.len = ngx_min(name.len, GATE_RECORD_ID);
    }

    gate_text_init(&t, shown, sizeof(shown));
    gate_text_shown(&t, gate_str(text, len), NGX_HTTP_GATE_FIND_SHOWN);

    gate_text_init(&of, whose, sizeof(whose));
    gate_text_shown(&of, name, NGX_HTTP_GATE_FIND_SHOWN);

    ngx_log_error(level, ngx_cycle->log, 0,
                  "gate consumers: record of %s \"%*s\" %s%s%*s%s",
                  ngx_http_gate_find_kind(kind),
                  (size_t) (of.last - of.start), of.start, what,
                  len ? " \"" : "", (size_t) (t.last - t.start), t.start,
                  len ? "\"" : "");

    return NGX_BUSY;
}


/* in sentences */

static const char *
ngx_http_gate_find_kind(gate_kind_e kind)
{
    switch (kind) {

    case GATE_KIND_KEY:
        return "key";

    case GATE_KIND_CLAIM:
        return "claim";

    case GATE_KIND_BASIC:
        return "user";

    case GATE_KIND_MTLS:
        return "certificate";

    case GATE_KIND_SIGNATURE:
        return "signer";

    default: /* GATE_KIND_CONSUMER */
        return "consumer";
    }
}
