
/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * gate_signature: what a signature has to cover and how old it may be; the line
 * of gate_consumer by which a consumer has a key.
 */


#include "ngx_http_gate.h"
#include "ngx_http_gate_body.h"
#include "ngx_http_gate_conf.h"
#include "ngx_http_gate_redis_conf.h"
#include "ngx_http_gate_redis_pool.h"
#include "ngx_http_gate_shield.h"
#include "ngx_http_gate_auth_signature.h"
#include "ngx_http_gate_store.h"


#define NGX_HTTP_GATE_SIGNATURE_SKEW     30
#define NGX_HTTP_GATE_SIGNATURE_MAX_AGE  300
#define NGX_HTTP_GATE_SIGNATURE_DAY      86400
#define NGX_HTTP_GATE_SIGNATURE_MAX      (1024 * 1024)
#define NGX_HTTP_GATE_SIGNATURE_MOST     (64 * 1024 * 1024)
#define NGX_HTTP_GATE_SIGNATURE_ACCEPT   4096
#define NGX_HTTP_GATE_SIGNATURE_FILE     65536


/* what a line of gate_consumer has */

typedef struct {
    ngx_str_t                  keyid;
    ngx_str_t                  key_file;
    ngx_str_t                  secret;
    ngx_str_t                  algorithm;
    ngx_str_t                  id;
    time_t                     not_after;
} ngx_http_gate_signature_words_t;


static char *ngx_http_gate_signature_set_conf(ngx_conf_t *cf,
    ngx_command_t *cmd, void *conf);
static char *ngx_http_gate_signature_component(ngx_conf_t *cf, void *conf,
    ngx_str_t *value);
static char *ngx_http_gate_signature_key_line(ngx_conf_t *cf, void *conf,
    ngx_str_t *value);
static char *ngx_http_gate_signature_key_read(ngx_conf_t *cf,
    gate_credential_t *k, ngx_http_gate_signature_words_t *words);
static ngx_int_t ngx_http_gate_signature_accept(ngx_conf_t *cf,
    ngx_http_gate_signature_loc_conf_t *slcf);
static ngx_int_t ngx_http_gate_signature_usual(ngx_conf_t *cf,
    ngx_http_gate_signature_loc_conf_t *slcf);
static ngx_int_t ngx_http_gate_signature_preconfiguration(ngx_conf_t *cf);
static ngx_int_t ngx_http_gate_signature_check(ngx_conf_t *cf,
    ngx_http_gate_place_t *place);
static void *ngx_http_gate_signature_create_main_conf(ngx_conf_t *cf);
static void *ngx_http_gate_signature_create_loc_conf(ngx_conf_t *cf);
static char *ngx_http_gate_signature_merge_loc_conf(ngx_conf_t *cf,
    void *parent, void *child);


static ngx_http_gate_conf_row_t  ngx_http_gate_signature_params[] = {

    { ngx_string("components=A,B"), NGX_HTTP_GATE_CONF_LIST,
      offsetof(ngx_http_gate_signature_loc_conf_t, components), 0, 0,
      ngx_http_gate_signature_component },

    { ngx_string("skew=TIME"), NGX_HTTP_GATE_CONF_SEC,
      offsetof(ngx_http_gate_signature_loc_conf_t, skew),
      0, NGX_HTTP_GATE_SIGNATURE_DAY, NULL },

    { ngx_string("max_age=TIME"), NGX_HTTP_GATE_CONF_SEC,
      offsetof(ngx_http_gate_signature_loc_conf_t, max_age),
      1, NGX_HTTP_GATE_SIGNATURE_DAY, NULL },

    { ngx_string("tag=TAG"), NGX_HTTP_GATE_CONF_NAME,
      offsetof(ngx_http_gate_signature_loc_conf_t, tag), 1, 64, NULL },

    { ngx_string("label=LABEL"), NGX_HTTP_GATE_CONF_NAME,
      offsetof(ngx_http_gate_signature_loc_conf_t, label), 1, 64, NULL },

    { ngx_string("nonce=optional|required|off"), NGX_HTTP_GATE_CONF_ENUM,
      offsetof(ngx_http_gate_signature_loc_conf_t, nonce), 0, 0, NULL },

    { ngx_string("digest=required|body|off"), NGX_HTTP_GATE_CONF_ENUM,
      offsetof(ngx_http_gate_signature_loc_conf_t, digest), 0, 0, NULL },

    { ngx_string("max=SIZE"), NGX_HTTP_GATE_CONF_SIZE,
      offsetof(ngx_http_gate_signature_loc_conf_t, max),
      1, NGX_HTTP_GATE_SIGNATURE_MOST, NULL },

    { ngx_string("replay=node|redis"), NGX_HTTP_GATE_CONF_ENUM,
      offsetof(ngx_http_gate_signature_loc_conf_t, replay.redis), 0, 0, NULL },

    { ngx_string("redis_down=closed|node"), NGX_HTTP_GATE_CONF_ENUM,
      offsetof(ngx_http_gate_signature_loc_conf_t, replay.node), 0, 0, NULL },

      ngx_http_gate_conf_end
};


static const ngx_http_gate_conf_row_t  ngx_http_gate_signature_row = {
    ngx_string("signature keyid=ID key_file=FILE|secret=file:FILE ..."),
    NGX_HTTP_GATE_CONF_CALL|NGX_HTTP_GATE_CONF_MANY
                           |NGX_HTTP_GATE_CONF_HIDDEN,
    0, 0, 0, ngx_http_gate_signature_key_line
};


static ngx_http_gate_conf_row_t  ngx_http_gate_signature_words[] = {

    { ngx_string("keyid=ID"), NGX_HTTP_GATE_CONF_TEXT,
      offsetof(ngx_http_gate_signature_words_t, keyid),
      1, GATE_HTTPSIG_TEXT, NULL },

    { ngx_string("key_file=FILE"), NGX_HTTP_GATE_CONF_FILE,
      offsetof(ngx_http_gate_signature_words_t, key_file), 0, 0, NULL },

    { ngx_string("secret=file:FILE"), NGX_HTTP_GATE_CONF_SECRET,
      offsetof(ngx_http_gate_signature_words_t, secret), 0, 0, NULL },

    { ngx_string("algorithm=NAME"), NGX_HTTP_GATE_CONF_TEXT,
      offsetof(ngx_http_gate_signature_words_t, algorithm), 1, 0, NULL },

    { ngx_string("id=ID"), NGX_HTTP_GATE_CONF_TEXT,
      offsetof(ngx_http_gate_signature_words_t, id), 1, 0, NULL },

    { ngx_string("not_after=YYYY-MM-DD"), NGX_HTTP_GATE_CONF_DATE,
      offsetof(ngx_http_gate_signature_words_t, not_after), 0, 0, NULL },

      ngx_http_gate_conf_end
};


static ngx_command_t  ngx_http_gate_signature_commands[] = {

    { ngx_string("gate_signature"),
      NGX_HTTP_MAIN_CONF|NGX_HTTP_SRV_CONF|NGX_HTTP_LOC_CONF|NGX_CONF_ANY,
      ngx_http_gate_signature_set_conf,
      NGX_HTTP_LOC_CONF_OFFSET,
      0,
      NULL },

      ngx_null_command
};


static ngx_http_module_t  ngx_http_gate_auth_signature_module_ctx = {
    ngx_http_gate_signature_preconfiguration, /* preconfiguration */
    NULL,                                  /* postconfiguration */

    ngx_http_gate_signature_create_main_conf, /* create main configuration */
    NULL,                                  /* init main configuration */

    NULL,                                  /* create server configuration */
    NULL,                                  /* merge server configuration */

    ngx_http_gate_signature_create_loc_conf, /* create location configuration */
    ngx_http_gate_signature_merge_loc_conf /* merge location configuration */
};


ngx_module_t  ngx_http_gate_auth_signature_module = {
    NGX_MODULE_V1,
    &ngx_http_gate_auth_signature_module_ctx, /* module context */
    ngx_http_gate_signature_commands,      /* module directives */
    NGX_HTTP_MODULE,                       /* module type */
    NULL,                                  /* init master */
    NULL,                                  /* init module */
    NULL,                                  /* init process */
    NULL,                                  /* init thread */
    NULL,                                  /* exit thread */
    NULL,                                  /* exit process */
    NULL,                                  /* exit master */
    NGX_MODULE_V1_PADDING
};


/* gate_signature [components=A,B] [skew=TIME] [max_age=TIME] ...; */

static char *
ngx_http_gate_signature_set_conf(ngx_conf_t *cf, ngx_command_t *cmd,
    void *conf)
{
    ngx_http_gate_signature_loc_conf_t *slcf = conf;

    char  *rv;

    if (slcf->file != NULL) {
        return NGX_HTTP_GATE_CONF_TWICE;
    }

    ngx_http_gate_use(cf);

    slcf->file = cf->conf_file->file.name.data;
    slcf->line = cf->conf_file->line;

    rv = ngx_http_gate_conf_params(cf, 1, ngx_http_gate_signature_params,
                                   slcf);
    if (rv != NGX_CONF_OK) {
        return rv;
    }

    if (slcf->replay.node && !slcf->replay.redis) {
        return "has \"redis_down\", which says nothing without "
               "\"replay=redis\": add that, or take it out";
    }

    if (slcf->nonce == NGX_HTTP_GATE_SIGNATURE_OFF && slcf->replay.redis) {
        return "has \"nonce=off\" and \"replay=redis\", which exclude each "
               "other: take one of them out";
    }

    if (slcf->nonce == NGX_HTTP_GATE_SIGNATURE_REQUIRED || slcf->replay.redis) {
        if (slcf->replay.redis) {
            ngx_http_gate_redis_pool_need(cf);
        }

        return ngx_http_gate_replay_need(cf, "\"gate_signature\" with nonces",
                                         slcf->file, slcf->line)
               == NGX_OK ? NGX_CONF_OK : NGX_CONF_ERROR;
    }

    return NGX_CONF_OK;
}


/* names of fields in lower case, or of what is derived: RFC 9421 2.2 */

static char *
ngx_http_gate_signature_component(ngx_conf_t *cf, void *conf,
    ngx_str_t *value)
{
    ngx_http_gate_signature_loc_conf_t *slcf = conf;

    size_t       j;
    ngx_str_t   *name;
    ngx_uint_t   i, n;

    static const char  *derived[] = { "@method", "@target-uri", "@authority",
                                      "@scheme", "@request-target", "@path",
                                      "@query", NULL };

    name = slcf->components->elts;

    for (i = 0; i < slcf->components->nelts; i++) {

        if (name[i].len != 0 && name[i].data[0] == '@') {

            for (n = 0; derived[n] != NULL; n++) {
                if (gate_str_eq(ngx_http_gate_view(&name[i]),
                                gate_cstr(derived[n])))
                {
                    break;
                }
            }

            if (derived[n] == NULL) {
                return ngx_http_gate_conf_wrong(cf, &name[i],
                           "must be @method, @target-uri, @authority, "
                           "@scheme, @request-target, @path, @query or the "
                           "name of a field");
            }

            continue;
        }

        for (j = 0; j < name[i].len; j++) {
            if (name[i].data[j] == '"' || name[i].data[j] == '\\'
                || name[i].data[j] <= ' ')
            {
                return ngx_http_gate_conf_wrong(cf, &name[i],
                           "write names with commas between, without quotes");
            }
        }

        ngx_strlow(name[i].data, name[i].data, name[i].len);
    }

    return NGX_CONF_OK;
}


/*
 * signature keyid=ID key_file=FILE algorithm=NAME [id=ID] [not_after=DATE];
 * signature keyid=ID secret=file:FILE ...;
 */

static char *
ngx_http_gate_signature_key_line(ngx_conf_t *cf, void *conf, ngx_str_t *value)
{
    char                             *rv;
    gate_credential_t                *k;
    ngx_http_gate_signature_words_t   words;

    k = ngx_pcalloc(cf->pool, sizeof(gate_credential_t));
    if (k == NULL) {
        return NGX_CONF_ERROR;
    }

    ngx_memzero(&words, sizeof(ngx_http_gate_signature_words_t));

    rv = ngx_http_gate_conf_params(cf, 1, ngx_http_gate_signature_words,
                                   &words);
    if (rv != NGX_CONF_OK) {
        return rv;
    }

    if (words.keyid.len == 0) {
        return "takes \"keyid=ID\", and \"key_file=FILE\" or "
               "\"secret=file:FILE\"";
    }

    k->kind = GATE_KIND_SIGNATURE;
    k->name = ngx_http_gate_view(&words.keyid);
    k->id = ngx_http_gate_view(words.id.len ? &words.id : &words.keyid);
    k->not_after_s = words.not_after;

    rv = ngx_http_gate_signature_key_read(cf, k, &words);

    return (rv == NGX_CONF_OK) ? ngx_http_gate_store_credential(cf, conf, k)
                               : rv;
}


/* what is of no use is told here, not to those who sign with it */

static char *
ngx_http_gate_signature_key_read(ngx_conf_t *cf, gate_credential_t *k,
    ngx_http_gate_signature_words_t *words)
{
    u_char                               *text;
    char                                  err[256];
    unsigned                              alg;
    ngx_str_t                             key;
    ngx_uint_t                            secret;
    ngx_http_gate_signature_main_conf_t  *smcf;

    secret = (words->secret.len != 0);

    if (secret == (words->key_file.len != 0)) {
        return "takes one of \"key_file=FILE\" and \"secret=file:FILE\"";
    }

    if (words->algorithm.len == 0 && secret) {
        ngx_str_set(&words->algorithm, "hmac-sha256");
    }

    alg = gate_httpsig_alg(ngx_http_gate_view(&words->algorithm));

    if (alg == 0 || (alg == GATE_HS256) != secret) {
        return secret ? "has a secret: take \"algorithm=\" out, or write "
                        "\"algorithm=hmac-sha256\""
                      : "takes \"algorithm=\" with one of ed25519, "
                        "ecdsa-p256-sha256, ecdsa-p384-sha384, "
                        "rsa-pss-sha512 and rsa-v1_5-sha256";
    }

    if (ngx_http_gate_read_file(cf, secret ? &words->secret : &words->key_file,
                                NGX_HTTP_GATE_SIGNATURE_FILE, secret, &key)
        != NGX_OK)
    {
        return NGX_CONF_ERROR;
    }

    smcf = ngx_http_conf_get_module_main_conf(cf,
                                         ngx_http_gate_auth_signature_module);
    k->secret = ngx_http_gate_view(&key);
    k->algorithm = ngx_http_gate_view(&words->algorithm);
    err[0] = '\0';

    if (ngx_http_gate_signature_key(smcf->keys, k->secret, alg, err,
                                    sizeof(err))
        != NULL)
    {
        return NGX_CONF_OK;
    }

    text = ngx_pnalloc(cf->pool, sizeof(err) + 64);
    if (text == NULL) {
        return NGX_CONF_ERROR;
    }

    ngx_sprintf(text, "has a key that is of no use, give it another one: %s%Z",
                err);

    return (char *) text;
}


/* LABEL=("A" "B");created[;tag="TAG"] */

static ngx_int_t
ngx_http_gate_signature_accept(ngx_conf_t *cf,
    ngx_http_gate_signature_loc_conf_t *slcf)
{
    u_char      *p, *last;
    ngx_str_t   *name;
    ngx_uint_t   i;

    p = ngx_pnalloc(cf->pool, NGX_HTTP_GATE_SIGNATURE_ACCEPT);
    if (p == NULL) {
        return NGX_ERROR;
    }

    slcf->accept.data = p;
    last = p + NGX_HTTP_GATE_SIGNATURE_ACCEPT;

    if (slcf->label.len != 0) {
        p = ngx_slprintf(p, last, "%V=(", &slcf->label);

    } else {
        p = ngx_slprintf(p, last, "sig1=(");
    }

    name = slcf->components->elts;

    for (i = 0; i < slcf->components->nelts; i++) {

        if (slcf->digest != NGX_HTTP_GATE_SIGNATURE_SIGNED
            && gate_str_eq(ngx_http_gate_view(&name[i]),
                           gate_cstr("content-digest")))
        {
            continue;
        }

        p = ngx_slprintf(p, last, "%s\"%V\"", i ? " " : "", &name[i]);
    }

    p = ngx_slprintf(p, last, ");created");

    if (slcf->tag.len != 0) {
        p = ngx_slprintf(p, last, ";tag=\"%V\"", &slcf->tag);
    }

    slcf->accept.len = p - slcf->accept.data;

    return NGX_OK;
}


static ngx_int_t
ngx_http_gate_signature_usual(ngx_conf_t *cf,
    ngx_http_gate_signature_loc_conf_t *slcf)
{
    ngx_str_t   *name;
    ngx_uint_t   i;

    static ngx_str_t  usual[] = {
        ngx_string("@method"), ngx_string("@authority"), ngx_string("@path"),
        ngx_string("@query"), ngx_string("content-digest")
    };

    slcf->components = ngx_array_create(cf->pool, 5, sizeof(ngx_str_t));
    if (slcf->components == NULL) {
        return NGX_ERROR;
    }

    for (i = 0; i < 5; i++) {
        name = ngx_array_push(slcf->components);
        if (name == NULL) {
            return NGX_ERROR;
        }

        *name = usual[i];
    }

    return NGX_OK;
}


static ngx_int_t
ngx_http_gate_signature_preconfiguration(ngx_conf_t *cf)
{
    if (ngx_http_gate_method(cf, &ngx_http_gate_auth_signature_method)
        != NGX_OK
        || ngx_http_gate_method(cf, &ngx_http_gate_auth_hmac_method) != NGX_OK
        || ngx_http_gate_store_line(cf, &ngx_http_gate_signature_row) != NGX_OK
        || ngx_http_gate_reasons(cf, ngx_http_gate_signature_reasons) != NGX_OK
        || ngx_http_gate_shield_failures(cf, ngx_http_gate_signature_failures)
           != NGX_OK)
    {
        return NGX_ERROR;
    }

    ngx_http_gate_auth_wants_by(ngx_http_gate_signature_ask);

    return ngx_http_gate_place_check(cf, ngx_http_gate_signature_check);
}


static ngx_int_t
ngx_http_gate_signature_check(ngx_conf_t *cf, ngx_http_gate_place_t *place)
{
    ngx_http_gate_auth_conf_t           *acf;
    ngx_http_gate_signature_loc_conf_t  *slcf;

    acf = ngx_http_gate_place_conf(place, &ngx_http_gate_auth_module);
    slcf = ngx_http_gate_place_conf(place,
                                    &ngx_http_gate_auth_signature_module);

    if (slcf->replay.redis && !ngx_http_gate_redis_conf_written(cf)
        && ngx_http_gate_signature_listed(acf))
    {
        ngx_log_error(NGX_LOG_EMERG, cf->log, 0,
                      "\"gate_signature\" with \"replay=redis\" needs Redis: "
                      "add \"gate_redis\" to http{}, in %s:%ui", slcf->file,
                      slcf->line);
        return NGX_ERROR;
    }

    return NGX_OK;
}


static void *
ngx_http_gate_signature_create_main_conf(ngx_conf_t *cf)
{
    ngx_http_gate_signature_main_conf_t  *smcf;

    smcf = ngx_palloc(cf->pool, sizeof(ngx_http_gate_signature_main_conf_t));
    if (smcf == NULL) {
        return NULL;
    }

    smcf->keys = ngx_http_gate_signature_keys_create(cf);

    return smcf->keys ? smcf : NULL;
}


static void *
ngx_http_gate_signature_create_loc_conf(ngx_conf_t *cf)
{
    ngx_http_gate_signature_loc_conf_t  *slcf;

    /*
     * set by ngx_pcalloc():
     *
     *     slcf->components = NULL;
     *     slcf->tag = slcf->label = slcf->accept = { 0, NULL };
     *     slcf->nonce = slcf->digest = 0;
     *     slcf->max = 0;
     *     slcf->replay = { 0, 0 };
     *     slcf->file = NULL;
     *     slcf->line = 0;
     */

    slcf = ngx_pcalloc(cf->pool, sizeof(ngx_http_gate_signature_loc_conf_t));
    if (slcf == NULL) {
        return NULL;
    }

    slcf->skew = NGX_HTTP_GATE_SIGNATURE_SKEW;
    slcf->max_age = NGX_HTTP_GATE_SIGNATURE_MAX_AGE;
    slcf->max = NGX_HTTP_GATE_SIGNATURE_MAX;

    return slcf;
}


/* a line of its own replaces that of outside as a whole */

static char *
ngx_http_gate_signature_merge_loc_conf(ngx_conf_t *cf, void *parent,
    void *child)
{
    ngx_http_gate_signature_loc_conf_t *prev = parent;
    ngx_http_gate_signature_loc_conf_t *conf = child;

    ngx_http_gate_auth_conf_t  *acf;

    if (conf->file == NULL && prev->components != NULL) {
        *conf = *prev;

    } else {
        if (conf->components == NULL
            && ngx_http_gate_signature_usual(cf, conf) != NGX_OK)
        {
            return NGX_CONF_ERROR;
        }

        if (ngx_http_gate_signature_accept(cf, conf) != NGX_OK) {
            return NGX_CONF_ERROR;
        }

        if (!ngx_http_gate_replay_written(cf)
            && conf->nonce == NGX_HTTP_GATE_SIGNATURE_OPTIONAL)
        {
            conf->nonce = NGX_HTTP_GATE_SIGNATURE_OFF;
        }
    }

    acf = ngx_http_conf_get_module_loc_conf(cf, ngx_http_gate_auth_module);

    if (acf != NULL && conf->digest != NGX_HTTP_GATE_SIGNATURE_NO_BODY
        && ngx_http_gate_signature_listed(acf))
    {
        ngx_http_gate_body_use(cf);
    }

    return NGX_CONF_OK;
}
