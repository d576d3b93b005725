
/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * gate_mtls, the line "mtls" of gate_consumer, and what is to be said of
 * servers that ask for no certificate.
 */


#include "ngx_http_gate.h"
#include "ngx_http_gate_auth_mtls.h"
#include "ngx_http_gate_conf.h"
#include "ngx_http_gate_hygiene.h"
#include "ngx_http_gate_place.h"
#include "ngx_http_gate_shield.h"
#include "ngx_http_gate_store.h"


typedef struct {
    ngx_array_t               *from;      /* of ngx_str_t */
    ngx_uint_t                 xfcc;
    ngx_uint_t                 cert;
    ngx_uint_t                 off;
} ngx_http_gate_auth_mtls_line_t;


static char *ngx_http_gate_auth_mtls_line(ngx_conf_t *cf, void *conf,
    ngx_str_t *value);
static void ngx_http_gate_auth_mtls_doubt(ngx_conf_t *cf, ngx_str_t *name);
static char *ngx_http_gate_auth_mtls(ngx_conf_t *cf, ngx_command_t *cmd,
    void *conf);
static char *ngx_http_gate_auth_mtls_from(ngx_conf_t *cf,
    ngx_http_gate_auth_mtls_loc_conf_t *mlcf, ngx_array_t *from);
static void *ngx_http_gate_auth_mtls_create_loc_conf(ngx_conf_t *cf);
static char *ngx_http_gate_auth_mtls_merge_loc_conf(ngx_conf_t *cf,
    void *parent, void *child);
static ngx_int_t ngx_http_gate_auth_mtls_check(ngx_conf_t *cf,
    ngx_http_gate_place_t *place);
static ngx_int_t ngx_http_gate_auth_mtls_asked(ngx_conf_t *cf,
    ngx_http_gate_place_t *place);
static ngx_int_t ngx_http_gate_auth_mtls_preconfiguration(ngx_conf_t *cf);


static const ngx_http_gate_conf_row_t  ngx_http_gate_auth_mtls_consumer = {
    ngx_string("mtls NAME [id=ID] [not_after=YYYY-MM-DD]"),
    NGX_HTTP_GATE_CONF_CALL|NGX_HTTP_GATE_CONF_MANY,
    0, 0, 0, ngx_http_gate_auth_mtls_line
};


static ngx_http_gate_conf_row_t  ngx_http_gate_auth_mtls_line_params[] = {

    { ngx_string("id=ID"), NGX_HTTP_GATE_CONF_NAME,
      offsetof(ngx_http_gate_auth_named_t, id), 1, 256, NULL },

    { ngx_string("not_after=YYYY-MM-DD"), NGX_HTTP_GATE_CONF_DATE,
      offsetof(ngx_http_gate_auth_named_t, not_after), 0, 0, NULL },

      ngx_http_gate_conf_end
};


static ngx_http_gate_conf_row_t  ngx_http_gate_auth_mtls_params[] = {

    { ngx_string("xfcc"), NGX_HTTP_GATE_CONF_WORD,
      offsetof(ngx_http_gate_auth_mtls_line_t, xfcc), 1, 0, NULL },

    { ngx_string("from=ADDRESS,..."), NGX_HTTP_GATE_CONF_LIST,
      offsetof(ngx_http_gate_auth_mtls_line_t, from), 1, 0, NULL },

    { ngx_string("cert"), NGX_HTTP_GATE_CONF_WORD,
      offsetof(ngx_http_gate_auth_mtls_line_t, cert), 1, 0, NULL },

    { ngx_string("off"), NGX_HTTP_GATE_CONF_WORD,
      offsetof(ngx_http_gate_auth_mtls_line_t, off), 1, 0, NULL },

      ngx_http_gate_conf_end
};


static ngx_command_t  ngx_http_gate_auth_mtls_commands[] = {

    { ngx_string("gate_mtls"),
      NGX_HTTP_MAIN_CONF|NGX_HTTP_SRV_CONF|NGX_HTTP_LOC_CONF|NGX_CONF_1MORE,
      ngx_http_gate_auth_mtls,
      NGX_HTTP_LOC_CONF_OFFSET,
      0,
      NULL },

      ngx_null_command
};


static ngx_http_module_t  ngx_http_gate_auth_mtls_module_ctx = {
    ngx_http_gate_auth_mtls_preconfiguration, /* preconfiguration */
    NULL,                                  /* postconfiguration */

    NULL,                                  /* create main configuration */
    NULL,                                  /* init main configuration */

    NULL,                                  /* create server configuration */
    NULL,                                  /* merge server configuration */

    ngx_http_gate_auth_mtls_create_loc_conf, /* create location configuration */
    ngx_http_gate_auth_mtls_merge_loc_conf /* merge location configuration */
};


ngx_module_t  ngx_http_gate_auth_mtls_module = {
    NGX_MODULE_V1,
    &ngx_http_gate_auth_mtls_module_ctx,   /* module context */
    ngx_http_gate_auth_mtls_commands,      /* module directives */
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


/* mtls NAME [id=ID] [not_after=YYYY-MM-DD]; */

static char *
ngx_http_gate_auth_mtls_line(ngx_conf_t *cf, void *conf, ngx_str_t *value)
{
    char                         *rv;
    gate_credential_t            *k;
    ngx_http_gate_auth_named_t    named;

    k = ngx_pcalloc(cf->pool, sizeof(gate_credential_t));
    if (k == NULL) {
        return NGX_CONF_ERROR;
    }

    if (cf->args->nelts > 1) {
        k->name.data = ngx_pnalloc(cf->pool, value[1].len + 1);
        if (k->name.data == NULL) {
            return NGX_CONF_ERROR;
        }

        k->name.len = gate_cert_name(ngx_http_gate_view(&value[1]),
                                     k->name.data);
    }

    if (k->name.len == 0) {
        return "takes \"sha256:\" and 64 hexadecimal digits, \"san:uri:URI\", "
               "\"san:dns:NAME\", \"san:email:ADDRESS\" or \"subject:DN\"";
    }

    ngx_http_gate_auth_mtls_doubt(cf, &value[1]);

    ngx_memzero(&named, sizeof(ngx_http_gate_auth_named_t));

    rv = ngx_http_gate_conf_params(cf, 2, ngx_http_gate_auth_mtls_line_params,
                                   &named);
    if (rv != NGX_CONF_OK) {
        return rv;
    }

    k->kind = GATE_KIND_MTLS;
    k->id = ngx_http_gate_view(&named.id);
    k->not_after_s = named.not_after;

    return ngx_http_gate_store_credential(cf, conf, k);
}


/* names are compared byte by byte */

static void
ngx_http_gate_auth_mtls_doubt(ngx_conf_t *cf, ngx_str_t *name)
{
    gate_str_t  text;

    static const gate_str_t  subject = gate_string("subject:");
    static const gate_str_t  all = gate_string("san:dns:*");

    text = ngx_http_gate_view(name);

    if (gate_str_begins_nocase(text, all)) {
        ngx_conf_log_error(NGX_LOG_WARN, cf, 0,
                           "\"mtls %V\" is only a certificate that has \"*\" "
                           "in its name: write a line for each name", name);
    }

    if (gate_str_begins_nocase(text, subject)
        && (name->data[subject.len] == '/'
            || ngx_strstr(name->data, " = ") != NULL))
    {
        ngx_conf_log_error(NGX_LOG_WARN, cf, 0,
                           "\"mtls %V\" is nobody, as no subject has this "
                           "form: write that of RFC 2253, such as "
                           "\"subject:CN=acme,O=Acme\", which \"openssl x509 "
                           "-noout -subject -nameopt RFC2253\" prints", name);
    }
}


/* gate_mtls xfcc from=ADDRESS,... [cert] | off; */

static char *
ngx_http_gate_auth_mtls(ngx_conf_t *cf, ngx_command_t *cmd, void *conf)
{
    ngx_http_gate_auth_mtls_loc_conf_t *mlcf = conf;

    char                            *rv;
    ngx_http_gate_auth_mtls_line_t   line;

    if (mlcf->file != NULL) {
        return NGX_HTTP_GATE_CONF_TWICE;
    }

    ngx_http_gate_use(cf);

    mlcf->file = cf->conf_file->file.name.data;
    mlcf->line = cf->conf_file->line;

    ngx_memzero(&line, sizeof(ngx_http_gate_auth_mtls_line_t));

    rv = ngx_http_gate_conf_params(cf, 1, ngx_http_gate_auth_mtls_params,
                                   &line);
    if (rv != NGX_CONF_OK) {
        return rv;
    }

    if (line.off) {
        return cf->args->nelts == 2
               ? NGX_CONF_OK
               : "has \"off\", which stands alone: take it out, or the rest";
    }

    if (!line.xfcc || line.from == NULL) {
        return "must be \"xfcc from=ADDRESS,...\": add who is believed, as in "
               "\"from=10.0.0.0/8\"";
    }

    mlcf->cert = line.cert;

    return ngx_http_gate_auth_mtls_from(cf, mlcf, line.from);
}


static char *
ngx_http_gate_auth_mtls_from(ngx_conf_t *cf,
    ngx_http_gate_auth_mtls_loc_conf_t *mlcf, ngx_array_t *from)
{
    ngx_str_t   *name;
    ngx_uint_t   i;
    ngx_cidr_t  *cidr;

    mlcf->from = ngx_array_create(cf->pool, from->nelts, sizeof(ngx_cidr_t));
    if (mlcf->from == NULL) {
        return NGX_CONF_ERROR;
    }

    name = from->elts;

    for (i = 0; i < from->nelts; i++) {

        cidr = ngx_array_push(mlcf->from);
        if (cidr == NULL) {
            return NGX_CONF_ERROR;
        }

        ngx_memzero(cidr, sizeof(ngx_cidr_t));

        if (name[i].len == 5 && ngx_strncmp(name[i].data, "unix:", 5) == 0) {
            cidr->family = AF_UNIX;
            continue;
        }

        if (ngx_ptocidr(&name[i], cidr) == NGX_ERROR) {
            return ngx_http_gate_conf_wrong(cf, &name[i],
                                            "must be an address, a network as "
                                            "\"10.0.0.0/8\", or \"unix:\"");
        }
    }

    return NGX_CONF_OK;
}


static void *
ngx_http_gate_auth_mtls_create_loc_conf(ngx_conf_t *cf)
{
    /*
     * set by ngx_pcalloc():
     *
     *     mlcf->from = NULL;
     *     mlcf->cert = 0;
     *     mlcf->file = NULL;
     *     mlcf->line = 0;
     */

    return ngx_pcalloc(cf->pool, sizeof(ngx_http_gate_auth_mtls_loc_conf_t));
}


static char *
ngx_http_gate_auth_mtls_merge_loc_conf(ngx_conf_t *cf, void *parent,
    void *child)
{
    ngx_http_gate_auth_mtls_loc_conf_t *prev = parent;
    ngx_http_gate_auth_mtls_loc_conf_t *conf = child;

    if (conf->file == NULL) {
        *conf = *prev;
    }

    return NGX_CONF_OK;
}


static ngx_int_t
ngx_http_gate_auth_mtls_check(ngx_conf_t *cf, ngx_http_gate_place_t *place)
{
    ngx_http_gate_auth_conf_t           *acf;
    ngx_http_gate_auth_mtls_loc_conf_t  *mlcf;

    acf = ngx_http_gate_place_conf(place, &ngx_http_gate_auth_module);
    mlcf = ngx_http_gate_place_conf(place, &ngx_http_gate_auth_mtls_module);

    if (!acf->enable
        || !ngx_http_gate_auth_entry(acf, &ngx_http_gate_auth_mtls_method))
    {
        return NGX_OK;
    }

    if (mlcf->from != NULL) {

        if (!ngx_http_gate_hygiene_is_on(place->srv_conf)) {
            ngx_log_error(NGX_LOG_EMERG, cf->log, 0,
                          "\"gate_mtls xfcc\" and \"gate_hygiene off\" exclude "
                          "each other, as services would believe the field of "
                          "anybody: take one of them out in %s:%ui",
                          mlcf->file, mlcf->line);
            return NGX_ERROR;
        }

        ngx_http_gate_hygiene_xfcc(place);

        return NGX_OK;
    }

    return place->server ? NGX_OK : ngx_http_gate_auth_mtls_asked(cf, place);
}


/* a server without TLS has nothing of its own to be wrong: it is warned of */

static ngx_int_t
ngx_http_gate_auth_mtls_asked(ngx_conf_t *cf, ngx_http_gate_place_t *place)
{
    ngx_uint_t                tls, level;
#if (NGX_HTTP_SSL)
    ngx_module_t             *m;
    ngx_http_ssl_srv_conf_t  *sscf;
#endif

    tls = 0;

#if (NGX_HTTP_SSL)

    m = ngx_http_gate_place_module_named(cf, "ngx_http_ssl_module");

    if (m != NULL) {
        sscf = place->srv_conf[m->ctx_index];

        if (sscf->verify != 0) {
            return NGX_OK;
        }

        tls = (sscf->ssl.ctx != NULL);
    }

#endif

    level = tls ? NGX_LOG_EMERG : NGX_LOG_WARN;

    ngx_log_error(level, cf->log, 0,
                  "\"gate_auth mtls\" gets no certificate in location "
                  "\"%V\": add \"ssl_verify_client optional\" to its "
                  "server, or \"gate_mtls xfcc\" in %s:%ui",
                  &place->name, place->file, place->line);

    return tls ? NGX_ERROR : NGX_OK;
}


static ngx_int_t
ngx_http_gate_auth_mtls_preconfiguration(ngx_conf_t *cf)
{
#if (NGX_HTTP_SSL)
    ngx_http_gate_auth_mtls_module_ssl(cf);
#endif

    if (ngx_http_gate_reasons(cf, ngx_http_gate_auth_mtls_reasons) != NGX_OK
        || ngx_http_gate_shield_failures(cf, ngx_http_gate_auth_mtls_failures)
           != NGX_OK
        || ngx_http_gate_store_line(cf, &ngx_http_gate_auth_mtls_consumer)
           != NGX_OK
        || ngx_http_gate_method(cf, &ngx_http_gate_auth_mtls_method) != NGX_OK)
    {
        return NGX_ERROR;
    }

    return ngx_http_gate_place_check(cf, ngx_http_gate_auth_mtls_check);
}
