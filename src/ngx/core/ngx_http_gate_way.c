
/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * The location of a server{} that a request of our own is sent to.
 */


#include "ngx_http_gate.h"
#include "ngx_http_gate_way.h"


typedef struct {
    ngx_array_t               *places;    /* of ngx_http_gate_place_t */
} ngx_http_gate_way_main_conf_t;


static ngx_int_t ngx_http_gate_way_preconfiguration(ngx_conf_t *cf);
static void *ngx_http_gate_way_create_main_conf(ngx_conf_t *cf);
static ngx_int_t ngx_http_gate_way_place(ngx_conf_t *cf,
    ngx_http_gate_place_t *place);
static ngx_http_gate_place_t *ngx_http_gate_way_find(ngx_conf_t *cf,
    void **srv_conf, ngx_str_t *uri);
static void ngx_http_gate_way_look(ngx_conf_t *cf, ngx_http_gate_way_t *way,
    ngx_http_gate_place_t *place);
static void ngx_http_gate_way_proxy(ngx_conf_t *cf, ngx_http_gate_way_t *way,
    ngx_http_gate_place_t *place);
static ngx_uint_t ngx_http_gate_way_local(ngx_http_upstream_srv_conf_t *uscf);
static ngx_uint_t ngx_http_gate_way_loopback(struct sockaddr *sa);


static ngx_http_module_t  ngx_http_gate_way_module_ctx = {
    ngx_http_gate_way_preconfiguration,    /* preconfiguration */
    NULL,                                  /* postconfiguration */

    ngx_http_gate_way_create_main_conf,    /* create main configuration */
    NULL,                                  /* init main configuration */

    NULL,                                  /* create server configuration */
    NULL,                                  /* merge server configuration */

    NULL,                                  /* create location configuration */
    NULL                                   /* merge location configuration */
};


ngx_module_t  ngx_http_gate_way_module = {
    NGX_MODULE_V1,
    &ngx_http_gate_way_module_ctx,         /* module context */
    NULL,                                  /* module directives */
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


static ngx_int_t
ngx_http_gate_way_preconfiguration(ngx_conf_t *cf)
{
    return ngx_http_gate_place_check(cf, ngx_http_gate_way_place);
}


static void *
ngx_http_gate_way_create_main_conf(ngx_conf_t *cf)
{
    ngx_http_gate_way_main_conf_t  *wmcf;

    wmcf = ngx_pcalloc(cf->pool, sizeof(ngx_http_gate_way_main_conf_t));
    if (wmcf == NULL) {
        return NULL;
    }

    wmcf->places = ngx_array_create(cf->pool, 16,
                                    sizeof(ngx_http_gate_place_t));

    return wmcf->places ? wmcf : NULL;
}


static ngx_int_t
ngx_http_gate_way_place(ngx_conf_t *cf, ngx_http_gate_place_t *place)
{
    ngx_http_gate_place_t          *p;
    ngx_http_gate_way_main_conf_t  *wmcf;

    if (place->server || place->block) {
        return NGX_OK;
    }

    wmcf = ngx_http_conf_get_module_main_conf(cf, ngx_http_gate_way_module);

    p = ngx_array_push(wmcf->places);
    if (p == NULL) {
        return NGX_ERROR;
    }

    *p = *place;

    return NGX_OK;
}


ngx_uint_t
ngx_http_gate_way_is(ngx_str_t *uri)
{
    size_t  i;

    if (uri->len < 2 || uri->data[0] != '/') {
        return 0;
    }

    for (i = 0; i < uri->len; i++) {
        if (uri->data[i] <= ' ' || uri->data[i] == '$' || uri->data[i] == '?'
            || uri->data[i] == '#' || uri->data[i] == '%'
            || uri->data[i] >= 0x7f)
        {
            return 0;
        }
    }

    return 1;
}


ngx_http_core_srv_conf_t *
ngx_http_gate_way(ngx_conf_t *cf, ngx_http_gate_way_t *way)
{
    void                     ***srv;
    ngx_uint_t                  i, n;
    ngx_str_t                  *missing;
    ngx_http_gate_place_t      *place;

    missing = &way->uris[0];
    srv = way->servers->elts;

    for (i = 0; i < way->servers->nelts; i++) {

        for (n = 0; n < way->nuris; n++) {
            if (ngx_http_gate_way_find(cf, srv[i], &way->uris[n]) == NULL) {
                missing = &way->uris[n];
                break;
            }
        }

        if (n != way->nuris) {
            continue;
        }

        for (n = 0; n < way->nuris; n++) {
            place = ngx_http_gate_way_find(cf, srv[i], &way->uris[n]);
            ngx_http_gate_way_look(cf, way, place);
        }

        return srv[i][ngx_http_core_module.ctx_index];
    }

    ngx_log_error(NGX_LOG_EMERG, cf->log, 0,
                  "%V needs a location for \"%V\" in a server that uses it: "
                  "write \"location = %V { internal; proxy_pass https://...; "
                  "}\" there, for the line in %s:%ui",
                  &way->of, missing, missing, way->file, way->line);

    return NULL;
}


/* as nginx would choose it, but for regular expressions */

static ngx_http_gate_place_t *
ngx_http_gate_way_find(ngx_conf_t *cf, void **srv_conf, ngx_str_t *uri)
{
    ngx_uint_t                      i;
    ngx_http_gate_place_t          *place, *best;
    ngx_http_core_loc_conf_t       *clcf;
    ngx_http_gate_way_main_conf_t  *wmcf;

    wmcf = ngx_http_conf_get_module_main_conf(cf, ngx_http_gate_way_module);

    best = NULL;
    place = wmcf->places->elts;

    for (i = 0; i < wmcf->places->nelts; i++) {

        clcf = ngx_http_gate_place_conf(&place[i], &ngx_http_core_module);

        if (place[i].srv_conf != srv_conf || clcf->named || clcf->noname
#if (NGX_PCRE)
            || clcf->regex != NULL
#endif
            || clcf->name.len > uri->len
            || ngx_strncmp(clcf->name.data, uri->data, clcf->name.len) != 0
            || (clcf->exact_match && clcf->name.len != uri->len))
        {
            continue;
        }

        /* "/" is for everything else: it is not meant to be this */

        if (clcf->name.len > 1
            && (best == NULL || clcf->name.len >= best->name.len))
        {
            best = &place[i];
        }
    }

    return best;
}


static void
ngx_http_gate_way_look(ngx_conf_t *cf, ngx_http_gate_way_t *way,
    ngx_http_gate_place_t *place)
{
    ngx_http_core_loc_conf_t  *clcf;

    clcf = ngx_http_gate_place_conf(place, &ngx_http_core_module);

    if (!clcf->internal) {
        ngx_log_error(NGX_LOG_WARN, cf->log, 0,
                      "location \"%V\" of %V can be asked by clients: write "
                      "\"internal\" into it in %s:%ui",
                      &place->name, &way->of, place->file, place->line);
    }

    ngx_http_gate_way_proxy(cf, way, place);
}


/* the configuration of proxy begins with that of its upstream */

static void
ngx_http_gate_way_proxy(ngx_conf_t *cf, ngx_http_gate_way_t *way,
    ngx_http_gate_place_t *place)
{
    ngx_module_t              *m;
    ngx_http_upstream_conf_t  *ucf;

    m = ngx_http_gate_place_module_named(cf, "ngx_http_proxy_module");

    if (m == NULL) {
        return;
    }

    ucf = ngx_http_gate_place_conf(place, m);

    if (ucf->upstream == NULL || ngx_http_gate_way_local(ucf->upstream)) {
        return;
    }

#if (NGX_HTTP_SSL)

    /* where nothing is encrypted a newer nginx has it too, with no context */

    if (ucf->ssl != NULL && ucf->ssl->ctx != NULL) {

        if (!ucf->ssl_verify) {
            ngx_log_error(NGX_LOG_WARN, cf->log, 0,
                          "location \"%V\" of %V believes any server: write "
                          "\"proxy_ssl_verify on\" and "
                          "\"proxy_ssl_trusted_certificate FILE\" into it in "
                          "%s:%ui",
                          &place->name, &way->of, place->file, place->line);
        }

        return;
    }

#endif

    ngx_log_error(NGX_LOG_WARN, cf->log, 0,
                  "location \"%V\" of %V is not encrypted: write "
                  "\"proxy_pass https://...\" into it in %s:%ui",
                  &place->name, &way->of, place->file, place->line);
}


/* of this machine alone, as far as it is known by now */

static ngx_uint_t
ngx_http_gate_way_local(ngx_http_upstream_srv_conf_t *uscf)
{
    ngx_uint_t                   i, n;
    ngx_http_upstream_server_t  *us;

    if (uscf->servers == NULL) {
        return uscf->host.len == sizeof("localhost") - 1
               && ngx_strncasecmp(uscf->host.data, (u_char *) "localhost",
                                  uscf->host.len)
                  == 0;
    }

    us = uscf->servers->elts;

    for (i = 0; i < uscf->servers->nelts; i++) {

        if (us[i].naddrs == 0) {
            return 0;
        }

        for (n = 0; n < us[i].naddrs; n++) {
            if (!ngx_http_gate_way_loopback(us[i].addrs[n].sockaddr)) {
                return 0;
            }
        }
    }

    return 1;
}


static ngx_uint_t
ngx_http_gate_way_loopback(struct sockaddr *sa)
{
    struct sockaddr_in  *sin;

#if (NGX_HAVE_INET6)
    struct sockaddr_in6  *sin6;

    if (sa->sa_family == AF_INET6) {
        sin6 = (struct sockaddr_in6 *) sa;
        return IN6_IS_ADDR_LOOPBACK(&sin6->sin6_addr);
    }
#endif

    if (sa->sa_family == AF_UNIX) {
        return 1;
    }

    sin = (struct sockaddr_in *) sa;

    return sa->sa_family == AF_INET
           && (ntohl(sin->sin_addr.s_addr) >> 24) == 127;
}
