
/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * gate_idempotency: a request that is repeated with its Idempotency-Key is
 * done once.
 */


#include "ngx_http_gate.h"
#include "ngx_http_gate_idempotency.h"
#include "ngx_http_gate_api.h"
#include "ngx_http_gate_auth.h"
#include "ngx_http_gate_body.h"
#include "ngx_http_gate_conf.h"
#include "ngx_http_gate_metrics.h"
#include "ngx_http_gate_place.h"
#include "ngx_http_gate_service.h"


#define NGX_HTTP_GATE_IDEMPOTENCY_TTL       (24 * 60 * 60)     /* s */
#define NGX_HTTP_GATE_IDEMPOTENCY_TTL_MAX   (30 * 24 * 60 * 60)
#define NGX_HTTP_GATE_IDEMPOTENCY_MAX       (256 * 1024)       /* bytes */
#define NGX_HTTP_GATE_IDEMPOTENCY_MAX_MAX   (1024 * 1024)
#define NGX_HTTP_GATE_IDEMPOTENCY_HOLD      30000              /* ms */
#define NGX_HTTP_GATE_IDEMPOTENCY_HOLD_MIN  1000
#define NGX_HTTP_GATE_IDEMPOTENCY_HOLD_MAX  (60 * 60 * 1000)


static char *ngx_http_gate_idempotency_set(ngx_conf_t *cf, ngx_command_t *cmd,
    void *conf);
static char *ngx_http_gate_idempotency_methods(ngx_conf_t *cf, void *conf,
    ngx_str_t *value);
static ngx_int_t ngx_http_gate_idempotency_preconfiguration(ngx_conf_t *cf);
static ngx_int_t ngx_http_gate_idempotency_init(ngx_conf_t *cf);
static ngx_int_t ngx_http_gate_idempotency_check(ngx_conf_t *cf,
    ngx_http_gate_place_t *place);
static void ngx_http_gate_idempotency_grpc(ngx_conf_t *cf,
    ngx_http_gate_place_t *place, ngx_http_gate_idempotency_loc_conf_t *ilcf);
static void *ngx_http_gate_idempotency_create_main_conf(ngx_conf_t *cf);
static void ngx_http_gate_idempotency_free(void *data);
static void *ngx_http_gate_idempotency_create_loc_conf(ngx_conf_t *cf);
static char *ngx_http_gate_idempotency_merge_loc_conf(ngx_conf_t *cf,
    void *parent, void *child);


static ngx_http_gate_conf_row_t  ngx_http_gate_idempotency_params[] = {

    { ngx_string("required"), NGX_HTTP_GATE_CONF_WORD,
      offsetof(ngx_http_gate_idempotency_loc_conf_t, required), 1, 0, NULL },

    { ngx_string("methods=A,B"), NGX_HTTP_GATE_CONF_LIST,
      offsetof(ngx_http_gate_idempotency_loc_conf_t, methods), 0, 0,
      ngx_http_gate_idempotency_methods },

    { ngx_string("ttl=TIME"), NGX_HTTP_GATE_CONF_SEC,
      offsetof(ngx_http_gate_idempotency_loc_conf_t, ttl),
      1, NGX_HTTP_GATE_IDEMPOTENCY_TTL_MAX, NULL },

    { ngx_string("max=SIZE"), NGX_HTTP_GATE_CONF_SIZE,
      offsetof(ngx_http_gate_idempotency_loc_conf_t, max),
      1, NGX_HTTP_GATE_IDEMPOTENCY_MAX_MAX, NULL },

    { ngx_string("lock=TIME"), NGX_HTTP_GATE_CONF_MSEC,
      offsetof(ngx_http_gate_idempotency_loc_conf_t, lock),
      NGX_HTTP_GATE_IDEMPOTENCY_HOLD_MIN, NGX_HTTP_GATE_IDEMPOTENCY_HOLD_MAX,
      NULL },

    { ngx_string("redis_down=closed|open"), NGX_HTTP_GATE_CONF_ENUM,
      offsetof(ngx_http_gate_idempotency_loc_conf_t, open), 0, 0, NULL },

    { ngx_string("off"), NGX_HTTP_GATE_CONF_WORD,
      offsetof(ngx_http_gate_idempotency_loc_conf_t, off), 1, 0, NULL },

      ngx_http_gate_conf_end
};


static ngx_command_t  ngx_http_gate_idempotency_commands[] = {

    { ngx_string("gate_idempotency"),
      NGX_HTTP_MAIN_CONF|NGX_HTTP_SRV_CONF|NGX_HTTP_LOC_CONF|NGX_CONF_ANY,
      ngx_http_gate_idempotency_set,
      NGX_HTTP_LOC_CONF_OFFSET,
      0,
      NULL },

      ngx_null_command
};


static ngx_http_gate_family_t  ngx_http_gate_idempotency_family = {
    "gate_idempotency_total", NGX_HTTP_GATE_COUNTER,
    "Requests with an Idempotency-Key, and what was remembered of them.",
    { "result", NULL, NULL, NULL }, "idempotency", 1, NULL
};


/* as they are numbered */

static ngx_str_t  ngx_http_gate_idempotency_results[] = {
    ngx_string("first"),
    ngx_string("replayed"),
    ngx_string("in_flight"),
    ngx_string("mismatch"),
    ngx_string("not_kept"),
    ngx_string("missing"),
    ngx_string("bad_key"),
    ngx_string("unavailable"),
    ngx_string("unprotected"),
    ngx_string("stored"),
    ngx_string("unkept"),
    ngx_string("released"),
    ngx_string("late"),
    ngx_string("lost")
};


static gate_str_t  ngx_http_gate_idempotency_usual[] = {
    gate_string("POST"), gate_string("PATCH")
};


/* who repeats one of these does no harm, and an answer to it may be large */

static gate_str_t  ngx_http_gate_idempotency_safe[] = {
    gate_string("GET"), gate_string("HEAD"), gate_string("OPTIONS"),
    gate_string("TRACE"), gate_string("")
};


static ngx_http_module_t  ngx_http_gate_idempotency_module_ctx = {
    ngx_http_gate_idempotency_preconfiguration, /* preconfiguration */
    ngx_http_gate_idempotency_init,        /* postconfiguration */

    ngx_http_gate_idempotency_create_main_conf, /* create main configuration */
    NULL,                                  /* init main configuration */

    NULL,                                  /* create server configuration */
    NULL,                                  /* merge server configuration */

    ngx_http_gate_idempotency_create_loc_conf, /* create location conf */
    ngx_http_gate_idempotency_merge_loc_conf /* merge location conf */
};


ngx_module_t  ngx_http_gate_idempotency_module = {
    NGX_MODULE_V1,
    &ngx_http_gate_idempotency_module_ctx, /* module context */
    ngx_http_gate_idempotency_commands,    /* module directives */
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


void
ngx_http_gate_idempotency_count(ngx_http_gate_idempotency_result_e n)
{
    ngx_atomic_t  *p;

    p = ngx_http_gate_metric(&ngx_http_gate_idempotency_family, 1,
                             &ngx_http_gate_idempotency_results[n]);

    (void) ngx_atomic_fetch_add(p, 1);
}


/* gate_idempotency [required] [methods=A,B] [ttl=TIME] [max=SIZE] [lock=TIME]
 * [redis_down=closed|open] | off; */

static char *
ngx_http_gate_idempotency_set(ngx_conf_t *cf, ngx_command_t *cmd, void *conf)
{
    ngx_http_gate_idempotency_loc_conf_t *ilcf = conf;

    char  *rv;

    if (ilcf->file != NULL) {
        return NGX_HTTP_GATE_CONF_TWICE;
    }

    ngx_http_gate_use(cf);

    ilcf->file = cf->conf_file->file.name.data;
    ilcf->line = cf->conf_file->line;

    rv = ngx_http_gate_conf_params(cf, 1, ngx_http_gate_idempotency_params,
                                   ilcf);

    if (rv != NGX_CONF_OK) {
        return rv;
    }

    if (ilcf->off) {
        return (cf->args->nelts == 2)
               ? NGX_CONF_OK
               : "has \"off\", which stands alone: take the rest out";
    }

    ilcf->enable = 1;

    ngx_http_gate_redis_pool_need(cf);

    return NGX_CONF_OK;
}


static char *
ngx_http_gate_idempotency_methods(ngx_conf_t *cf, void *conf,
    ngx_str_t *value)
{
    ngx_http_gate_idempotency_loc_conf_t *ilcf = conf;

    ngx_uint_t   i;
    gate_str_t  *m, *safe;

    m = ilcf->methods->elts;

    for (i = 0; i < ilcf->methods->nelts; i++) {

        for (safe = ngx_http_gate_idempotency_safe; safe->len; safe++) {
            if (gate_str_eq(m[i], *safe)) {
                return "must be methods that change something: take \"GET\", "
                       "\"HEAD\", \"OPTIONS\" and \"TRACE\" out";
            }
        }
    }

    return ngx_http_gate_conf_methods(cf, ilcf->methods);
}


static ngx_int_t
ngx_http_gate_idempotency_preconfiguration(ngx_conf_t *cf)
{
    if (ngx_http_gate_reasons(cf, ngx_http_gate_idempotency_reasons) != NGX_OK
        || ngx_http_gate_metrics_add(cf, &ngx_http_gate_idempotency_family)
           != NGX_OK)
    {
        return NGX_ERROR;
    }

    return ngx_http_gate_place_check(cf, ngx_http_gate_idempotency_check);
}


static ngx_int_t
ngx_http_gate_idempotency_init(ngx_conf_t *cf)
{
    ngx_http_gate_idempotency_main_conf_t  *imcf;

    imcf = ngx_http_conf_get_module_main_conf(cf,
                                             ngx_http_gate_idempotency_module);

    if (imcf->used) {
        ngx_http_gate_idempotency_filters();
    }

    return NGX_OK;
}


/* answers are one consumer's own: nobody else may have them */

static ngx_int_t
ngx_http_gate_idempotency_check(ngx_conf_t *cf, ngx_http_gate_place_t *place)
{
    const char                            *what, *cure;
    ngx_http_gate_auth_conf_t             *acf;
    ngx_http_gate_idempotency_loc_conf_t  *ilcf;

    ilcf = ngx_http_gate_place_conf(place, &ngx_http_gate_idempotency_module);
    acf = ngx_http_gate_place_conf(place, &ngx_http_gate_auth_module);

    if (!ilcf->enable || place->server) {
        return NGX_OK;
    }

    if (!ngx_http_gate_redis_conf_written(cf)) {
        what = "needs \"gate_redis\"";
        cure = "write \"gate_redis ADDRESS\" into http";

    } else if (!acf->enable) {
        what = "needs \"gate_auth\"";
        cure = "write \"gate_auth\" beside it";

    } else if (ngx_http_gate_auth_flagged(acf, NGX_HTTP_GATE_METHOD_LAST)) {
        what = "would give the answers of one stranger to another";
        cure = "take \"anonymous=\" out of \"gate_auth\"";

    } else if (ngx_http_gate_api_at(place->loc_conf)->name.len == 0) {
        what = "needs \"gate_api\"";
        cure = "write \"gate_api NAME\" beside it";

    } else {
        ngx_http_gate_idempotency_grpc(cf, place, ilcf);
        return NGX_OK;
    }

    ngx_log_error(NGX_LOG_EMERG, cf->log, 0,
                  "\"gate_idempotency\" %s in location \"%V\": %s, or "
                  "\"gate_idempotency off\" into the location, for the line "
                  "in %s:%ui",
                  what, &place->name, cure, ilcf->file, ilcf->line);

    return NGX_ERROR;
}


/* a call goes on as without a key */

static void
ngx_http_gate_idempotency_grpc(ngx_conf_t *cf, ngx_http_gate_place_t *place,
    ngx_http_gate_idempotency_loc_conf_t *ilcf)
{
    if (!place->block && ngx_http_gate_service_is_grpc(place)) {
        ngx_log_error(NGX_LOG_WARN, cf->log, 0,
                      "\"gate_idempotency\" beside \"gate_pass grpc://\" in "
                      "location \"%V\" looks at no call of gRPC: write "
                      "\"gate_idempotency off\" into the location, for the "
                      "line in %s:%ui",
                      &place->name, ilcf->file, ilcf->line);
    }
}


static void *
ngx_http_gate_idempotency_create_main_conf(ngx_conf_t *cf)
{
    ngx_pool_cleanup_t                     *cln;
    ngx_http_gate_idempotency_main_conf_t  *imcf;

    cln = ngx_pool_cleanup_add(cf->pool,
                               sizeof(ngx_http_gate_idempotency_main_conf_t));
    if (cln == NULL) {
        return NULL;
    }

    imcf = cln->data;

    imcf->used = 0;
    imcf->sha = gate_sha256_create();

    if (imcf->sha == NULL) {
        return NULL;
    }

    cln->handler = ngx_http_gate_idempotency_free;

    return imcf;
}


static void
ngx_http_gate_idempotency_free(void *data)
{
    ngx_http_gate_idempotency_main_conf_t *imcf = data;

    gate_sha256_destroy(imcf->sha);
}


static void *
ngx_http_gate_idempotency_create_loc_conf(ngx_conf_t *cf)
{
    ngx_http_gate_idempotency_loc_conf_t  *ilcf;

    /*
     * set by ngx_pcalloc():
     *
     *     ilcf->enable = 0;
     *     ilcf->off = 0;
     *     ilcf->required = 0;
     *     ilcf->methods = NULL;
     *     ilcf->open = 0;
     *     ilcf->file = NULL;
     *     ilcf->line = 0;
     */

    ilcf = ngx_pcalloc(cf->pool, sizeof(ngx_http_gate_idempotency_loc_conf_t));
    if (ilcf == NULL) {
        return NULL;
    }

    ilcf->ttl = NGX_HTTP_GATE_IDEMPOTENCY_TTL;
    ilcf->max = NGX_HTTP_GATE_IDEMPOTENCY_MAX;
    ilcf->lock = NGX_HTTP_GATE_IDEMPOTENCY_HOLD;

    return ilcf;
}


static char *
ngx_http_gate_idempotency_merge_loc_conf(ngx_conf_t *cf, void *parent,
    void *child)
{
    ngx_http_gate_idempotency_loc_conf_t *prev = parent;
    ngx_http_gate_idempotency_loc_conf_t *conf = child;

    ngx_http_gate_idempotency_main_conf_t  *imcf;

    static ngx_array_t  methods = {
        ngx_http_gate_idempotency_usual, 2, sizeof(gate_str_t), 2, NULL
    };

    if (conf->file == NULL) {
        *conf = *prev;
    }

    if (!conf->enable) {
        return NGX_CONF_OK;
    }

    if (conf->methods == NULL) {
        conf->methods = &methods;
    }

    imcf = ngx_http_conf_get_module_main_conf(cf,
                                             ngx_http_gate_idempotency_module);
    imcf->used = 1;

    ngx_http_gate_place_gated(cf);
    ngx_http_gate_body_use(cf);

    return NGX_CONF_OK;
}
