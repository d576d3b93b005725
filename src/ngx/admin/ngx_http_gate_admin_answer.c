
/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * What the script found or did, as it is answered.
 */


#include "ngx_http_gate_admin.h"
#include "ngx_http_gate_admin_route.h"

#include "gate_say.h"


typedef struct {
    const char                           *word;
    const ngx_http_gate_admin_problem_t  *problem;
    const char                           *detail;
} ngx_http_gate_admin_word_t;


static void ngx_http_gate_admin_left_out(redisReply *reply);
static ngx_int_t ngx_http_gate_admin_one(ngx_http_gate_admin_t *a,
    redisReply *reply);
static ngx_int_t ngx_http_gate_admin_etag(ngx_http_gate_admin_t *a,
    json_t *shown);
static ngx_int_t ngx_http_gate_admin_place(ngx_http_gate_admin_t *a,
    const char *below, gate_str_t name);
static json_t *ngx_http_gate_admin_items(ngx_http_gate_admin_t *a,
    redisReply *reply, const char *member, const char *const *columns);
static json_t *ngx_http_gate_admin_shown(ngx_http_gate_admin_t *a,
    redisReply *reply, size_t hash, gate_str_t id, gate_str_t ref);
static ngx_int_t ngx_http_gate_admin_handed(ngx_http_gate_admin_t *a,
    redisReply *reply);
static json_t *ngx_http_gate_admin_revoked(ngx_http_gate_admin_t *a,
    redisReply *reply, size_t i);


/* what the script says of what it has not done */

static const ngx_http_gate_admin_word_t  ngx_http_gate_admin_words[] = {

    { "absent", &ngx_http_gate_admin_not_found,
      "Redis has no record of that name." },

    { "exists", &ngx_http_gate_admin_exists, NULL },

    { "taken", &ngx_http_gate_admin_exists,
      "This key, user, claim or certificate is a credential already, of this "
      "consumer or of another one." },

    { "rev", &ngx_http_gate_admin_changed, NULL },

    { "left", &ngx_http_gate_admin_conflict,
      "Redis still has credentials of a consumer of that name, which would be "
      "good again: DELETE its path first, which takes them away." },

    { "full", &ngx_http_gate_admin_conflict,
      "The consumer has 1000 credentials: delete some." },

    { "kind", &ngx_http_gate_admin_conflict,
      "Only a key is rotated: create another credential in the place of this "
      "one." },

    { "rotated", &ngx_http_gate_admin_conflict,
      "It was rotated already: rotate its successor, or delete that." },

    { "off", &ngx_http_gate_admin_conflict,
      "It is disabled: create another key." },

    { "over", &ngx_http_gate_admin_conflict,
      "It has ended: create another key." },

    { "revoked", &ngx_http_gate_admin_conflict,
      "It is revoked, and stays so: create another credential." },

    { "member", &ngx_http_gate_admin_invalid,
      "\"password_hash\" is of a credential of type basic, \"public_key\" and "
      "\"algorithm\" are of one of type signature." },

    { NULL, NULL, NULL }
};


static const char *const  ngx_http_gate_admin_consumer_columns[] = {
    "name", "plan", "status", "groups", "scopes", "rev", NULL
};


static const char *const  ngx_http_gate_admin_credential_columns[] = {
    "id", "type", "status", "not_after", "successor", "last_used", "rev", NULL
};


static const char *const  ngx_http_gate_admin_revocation_columns[] = {
    "issuer", "jti", "until", NULL
};


ngx_int_t
ngx_http_gate_admin_said(ngx_http_gate_admin_t *a, redisReply *reply)
{
    gate_str_t                         said;
    const ngx_http_gate_admin_word_t  *w;

    said = ngx_http_gate_admin_text(reply, 0);

    a->status = gate_str_eq(said, gate_cstr("created")) ? NGX_HTTP_CREATED
                                                        : NGX_HTTP_OK;

    if (gate_str_eq(said, gate_cstr("type"))) {
        return ngx_http_gate_admin_odd(a, ngx_http_gate_admin_text(reply, 1));
    }

    for (w = ngx_http_gate_admin_words; w->word != NULL; w++) {
        if (gate_str_eq(said, gate_cstr(w->word))) {
            return ngx_http_gate_admin_fail(a, w->problem, w->detail);
        }
    }

    return NGX_OK;
}


/* such keys are left out of a list */

static void
ngx_http_gate_admin_left_out(redisReply *reply)
{
    size_t      i;
    gate_str_t  key;
    ngx_uint_t  level;

    static gate_say_t  said;

    if (reply->elements < 4 || reply->element[3]->type != REDIS_REPLY_ARRAY) {
        return;
    }

    for (i = 0; i < reply->element[3]->elements; i++) {
        key = ngx_http_gate_admin_text(reply->element[3], i);

        level = gate_say(&said, 1, ngx_current_msec, NGX_HTTP_GATE_REDIS_AGAIN)
                ? NGX_LOG_ERR : NGX_LOG_INFO;

        ngx_log_error(level, ngx_cycle->log, 0,
                      "gate admin: \"%*s\" in Redis is no hash: it is left "
                      "out of the list", key.len, key.data);
    }
}


ngx_int_t
ngx_http_gate_admin_answer_consumer(ngx_http_gate_admin_t *a,
    redisReply *reply)
{
    size_t              i, n;
    redisReply         *ids;
    gate_str_t          id;
    gate_admin_pair_t  *pairs;

    for (i = 1; i <= 2; i++) {
        pairs = ngx_http_gate_admin_pairs(a, reply, i, &n);
        if (pairs == NULL) {
            return NGX_ERROR;
        }

        if (n != 0) {
            *(i == 1 ? &a->before : &a->after) =
                gate_admin_show_consumer(a->path.name, pairs, n);
        }
    }

    if (reply->elements > 3 && reply->element[3]->type == REDIS_REPLY_ARRAY) {

        /* credentials that went with it */

        a->also = json_array();
        ids = reply->element[3];

        for (i = 0; i < ids->elements; i += 2) {
            id = ngx_http_gate_admin_text(ids, i);
            (void) json_array_append_new(a->also,
                                  json_stringn((char *) id.data, id.len));
        }
    }

    if (a->route->method == NGX_HTTP_DELETE) {
        a->status = NGX_HTTP_NO_CONTENT;
        return NGX_OK;
    }

    if (a->status == NGX_HTTP_CREATED
        && ngx_http_gate_admin_place(a, "consumers/", a->path.name) != NGX_OK)
    {
        return NGX_ERROR;
    }

    return ngx_http_gate_admin_one(a, reply);
}


/* the record as it is now */

static ngx_int_t
ngx_http_gate_admin_one(ngx_http_gate_admin_t *a, redisReply *reply)
{
    if (a->after == NULL) {
        return NGX_ERROR;
    }

    if (ngx_http_gate_admin_etag(a, a->after) != NGX_OK) {
        return NGX_ERROR;
    }

    if (!a->route->write && a->none_match.len != 0
        && gate_admin_has_revision(a->none_match, a->etag))
    {
        a->status = NGX_HTTP_NOT_MODIFIED;
        return NGX_OK;
    }

    a->answer = json_deep_copy(a->after);

    if (a->answer == NULL) {
        return NGX_ERROR;
    }

    if (a->secret.len != 0) {
        (void) json_object_set_new(a->answer, "key",
                                   json_stringn((char *) a->secret.data,
                                                a->secret.len));
    }

    return NGX_OK;
}


static ngx_int_t
ngx_http_gate_admin_etag(ngx_http_gate_admin_t *a, json_t *shown)
{
    u_char  *p;

    p = ngx_pnalloc(a->pool, NGX_INT64_LEN);
    if (p == NULL) {
        return NGX_ERROR;
    }

    a->etag = gate_str(p, ngx_sprintf(p, "%L", (int64_t)
                              json_integer_value(json_object_get(shown,
                                                                 "rev")))
                          - p);

    return NGX_OK;
}


/* Location: below the one of gate_admin */

static ngx_int_t
ngx_http_gate_admin_place(ngx_http_gate_admin_t *a, const char *below,
    gate_str_t name)
{
    u_char                    *p;
    size_t                     size;
    ngx_http_core_loc_conf_t  *clcf;

    if (a->request == NULL) {
        return NGX_OK;
    }

    clcf = ngx_http_get_module_loc_conf(a->request, ngx_http_core_module);

    size = 3 * clcf->name.len + ngx_strlen(below) + 3 * name.len + 1;

    p = ngx_pnalloc(a->pool, size);
    if (p == NULL) {
        return NGX_ERROR;
    }

    a->location.data = p;

    p = (u_char *) ngx_escape_uri(p, clcf->name.data, clcf->name.len,
                                  NGX_ESCAPE_URI);
    p = ngx_cpymem(p, below, ngx_strlen(below));
    p = (u_char *) ngx_escape_uri(p, name.data, name.len,
                                  NGX_ESCAPE_URI_COMPONENT);

    a->location.len = p - a->location.data;

    return NGX_OK;
}


ngx_int_t
ngx_http_gate_admin_answer_consumers(ngx_http_gate_admin_t *a,
    redisReply *reply)
{
    size_t              i, n;
    json_t             *items;
    redisReply         *list;
    gate_admin_pair_t  *pairs;

    items = ngx_http_gate_admin_items(a, reply, "consumers",
                                      ngx_http_gate_admin_consumer_columns);
    if (items == NULL) {
        return NGX_ERROR;
    }

    ngx_http_gate_admin_left_out(reply);

    list = reply->element[2];

    for (i = 0; i + 1 < list->elements; i += 2) {
        pairs = ngx_http_gate_admin_pairs(a, list, i + 1, &n);
        if (pairs == NULL) {
            return NGX_ERROR;
        }

        (void) json_array_append_new(items,
                  gate_admin_show_consumer(ngx_http_gate_admin_text(list, i),
                                           pairs, n));
    }

    return ngx_http_gate_admin_next(a, ngx_http_gate_admin_text(reply, 1));
}


/* an answer with an empty list of that name */

static json_t *
ngx_http_gate_admin_items(ngx_http_gate_admin_t *a, redisReply *reply,
    const char *member, const char *const *columns)
{
    if (reply->elements < 3 || reply->element[2]->type != REDIS_REPLY_ARRAY) {
        return NULL;
    }

    a->answer = json_pack("{s:[]}", member);
    a->list = member;
    a->columns = columns;

    return json_object_get(a->answer, member);
}


ngx_int_t
ngx_http_gate_admin_answer_credential(ngx_http_gate_admin_t *a,
    redisReply *reply)
{
    gate_str_t  id, ref;

    if (reply->elements < 7) {
        return NGX_ERROR;
    }

    id = ngx_http_gate_admin_text(reply, 3);
    ref = ngx_http_gate_admin_text(reply, 4);

    if (a->route->resource == GATE_ADMIN_ROTATE) {
        return ngx_http_gate_admin_handed(a, reply);
    }

    a->before = ngx_http_gate_admin_shown(a, reply, 1, id, ref);

    if (a->route->method == NGX_HTTP_DELETE) {
        a->status = NGX_HTTP_NO_CONTENT;
        return NGX_OK;
    }

    a->after = ngx_http_gate_admin_shown(a, reply, 2, id, ref);

    if (a->status == NGX_HTTP_CREATED
        && ngx_http_gate_admin_place(a, "credentials/", id) != NGX_OK)
    {
        return NGX_ERROR;
    }

    return ngx_http_gate_admin_one(a, reply);
}


/* a key was rotated: there are two now */

static ngx_int_t
ngx_http_gate_admin_handed(ngx_http_gate_admin_t *a, redisReply *reply)
{
    json_t      *old;
    gate_str_t   id, ref;

    id = ngx_http_gate_admin_text(reply, 3);
    ref = ngx_http_gate_admin_text(reply, 4);

    /* that of the old one has not changed, and is no secret of its kind */

    a->before = ngx_http_gate_admin_shown(a, reply, 1, a->path.id,
                                          gate_cstr("k:"));
    old = ngx_http_gate_admin_shown(a, reply, 7, a->path.id, gate_cstr("k:"));
    a->after = ngx_http_gate_admin_shown(a, reply, 2, id, ref);

    if (ngx_http_gate_admin_place(a, "credentials/", id) != NGX_OK
        || ngx_http_gate_admin_one(a, reply) != NGX_OK
        || old == NULL)
    {
        json_decref(old);
        return NGX_ERROR;
    }

    (void) json_object_set(a->answer, "replaces", old);

    a->also = old;

    return NGX_OK;
}


static json_t *
ngx_http_gate_admin_shown(ngx_http_gate_admin_t *a, redisReply *reply,
    size_t hash, gate_str_t id, gate_str_t ref)
{
    size_t              n;
    gate_admin_pair_t  *pairs;

    pairs = ngx_http_gate_admin_pairs(a, reply, hash, &n);

    if (pairs == NULL || n == 0) {
        return NULL;
    }

    return gate_admin_show_credential(id, ref,
                                      ngx_http_gate_admin_text(reply, 5),
                                      ngx_http_gate_admin_text(reply, 6),
                                      pairs, n);
}


ngx_int_t
ngx_http_gate_admin_answer_credentials(ngx_http_gate_admin_t *a,
    redisReply *reply)
{
    size_t              i, n;
    json_t             *items;
    redisReply         *list;
    gate_admin_pair_t  *pairs;

    items = ngx_http_gate_admin_items(a, reply, "credentials",
                                      ngx_http_gate_admin_credential_columns);
    if (items == NULL) {
        return NGX_ERROR;
    }

    ngx_http_gate_admin_left_out(reply);

    list = reply->element[2];

    for (i = 0; i + 3 < list->elements; i += 4) {
        pairs = ngx_http_gate_admin_pairs(a, list, i + 2, &n);
        if (pairs == NULL) {
            return NGX_ERROR;
        }

        (void) json_array_append_new(items,
                gate_admin_show_credential(ngx_http_gate_admin_text(list, i),
                                   ngx_http_gate_admin_text(list, i + 1),
                                   a->path.name,
                                   ngx_http_gate_admin_text(list, i + 3),
                                   pairs, n));
    }

    return ngx_http_gate_admin_next(a, ngx_http_gate_admin_text(reply, 1));
}


ngx_int_t
ngx_http_gate_admin_answer_revocation(ngx_http_gate_admin_t *a,
    redisReply *reply)
{
    a->before = ngx_http_gate_admin_revoked(a, reply, 1);
    a->after = ngx_http_gate_admin_revoked(a, reply, 2);

    if (a->route->method == NGX_HTTP_DELETE) {
        a->status = NGX_HTTP_NO_CONTENT;
        return NGX_OK;
    }

    a->answer = json_incref(a->after);

    return (a->answer != NULL) ? NGX_OK : NGX_ERROR;
}


static json_t *
ngx_http_gate_admin_revoked(ngx_http_gate_admin_t *a, redisReply *reply,
    size_t i)
{
    size_t              n;
    gate_admin_pair_t  *pairs;

    pairs = ngx_http_gate_admin_pairs(a, reply, i, &n);

    if (pairs == NULL || n == 0) {
        return NULL;
    }

    return gate_admin_show_revocation(a->path.name, pairs[0].value);
}


/* members "EXP ISSUER=JTI", with 12 digits */

ngx_int_t
ngx_http_gate_admin_answer_revocations(ngx_http_gate_admin_t *a,
    redisReply *reply)
{
    size_t       i;
    json_t      *items;
    gate_str_t   text;
    redisReply  *list;

    items = ngx_http_gate_admin_items(a, reply, "revocations",
                                      ngx_http_gate_admin_revocation_columns);
    if (items == NULL) {
        return NGX_ERROR;
    }

    list = reply->element[2];

    for (i = 0; i < list->elements; i++) {
        text = ngx_http_gate_admin_text(list, i);

        if (text.len > 13) {
            (void) json_array_append_new(items,
                   gate_admin_show_revocation(gate_str(text.data + 13,
                                                       text.len - 13),
                                              gate_str(text.data, 12)));
        }
    }

    return ngx_http_gate_admin_next(a, ngx_http_gate_admin_text(reply, 1));
}


gate_str_t
ngx_http_gate_admin_text(redisReply *reply, size_t i)
{
    if (i >= reply->elements || reply->element[i]->type != REDIS_REPLY_STRING)
    {
        return gate_str("", 0);
    }

    return gate_str(reply->element[i]->str, reply->element[i]->len);
}


gate_admin_pair_t *
ngx_http_gate_admin_pairs(ngx_http_gate_admin_t *a, redisReply *reply,
    size_t i, size_t *n)
{
    size_t              k;
    redisReply         *hash;
    gate_admin_pair_t  *pairs;

    *n = 0;

    hash = (i < reply->elements
            && reply->element[i]->type == REDIS_REPLY_ARRAY)
           ? reply->element[i] : NULL;

    pairs = ngx_palloc(a->pool, sizeof(gate_admin_pair_t)
                                * (hash ? hash->elements / 2 + 1 : 1));

    if (pairs == NULL || hash == NULL) {
        return pairs;
    }

    for (k = 0; k + 1 < hash->elements; k += 2) {
        pairs[*n].name = ngx_http_gate_admin_text(hash, k);
        pairs[*n].value = ngx_http_gate_admin_text(hash, k + 1);
        (*n)++;
    }

    return pairs;
}
