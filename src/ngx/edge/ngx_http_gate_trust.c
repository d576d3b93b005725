
/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * Whom to believe about a client: its address, scheme and host, as the server
 * was chosen, or as a load balancer says that realip trusts.
 */


#include "ngx_http_gate.h"
#include "ngx_http_gate_trust.h"
#include "ngx_http_gate_request.h"

#include "gate_forwarded.h"


/* bytes of a host that is remembered */
#define NGX_HTTP_GATE_TRUST_HOST  64


typedef struct {
    ngx_uint_t                 realip;    /* some location trusts someone */
} ngx_http_gate_trust_srv_conf_t;


static ngx_int_t ngx_http_gate_trust_was(ngx_http_request_t *r,
    ngx_str_t *peer);
static ngx_uint_t ngx_http_gate_trust_in(ngx_http_request_t *r,
    ngx_str_t *peer, ngx_array_t *from);
static ngx_int_t ngx_http_gate_trust_preconfiguration(ngx_conf_t *cf);
static ngx_str_t *ngx_http_gate_trust_field(ngx_http_gate_ctx_t *ctx,
    ngx_table_elt_t *h);
static ngx_int_t ngx_http_gate_trust_chain(ngx_http_request_t *r,
    ngx_http_gate_ctx_t *ctx, ngx_str_t *value);
static ngx_int_t ngx_http_gate_trust_said(ngx_http_request_t *r,
    ngx_http_complex_value_t *own, ngx_str_t *field, gate_str_t *said);
static void ngx_http_gate_trust_asked(ngx_http_request_t *r, ngx_str_t *value);
static ngx_uint_t ngx_http_gate_trust_is_host(ngx_str_t *value);
static void *ngx_http_gate_trust_create_srv_conf(ngx_conf_t *cf);
static void *ngx_http_gate_trust_create_loc_conf(ngx_conf_t *cf);
static char *ngx_http_gate_trust_merge_loc_conf(ngx_conf_t *cf, void *parent,
    void *child);


static ngx_command_t  ngx_http_gate_trust_commands[] = {

    { ngx_string("gate_forwarded"),
      NGX_HTTP_MAIN_CONF|NGX_HTTP_SRV_CONF|NGX_CONF_TAKE123,
      ngx_http_gate_trust_forwarded,
      NGX_HTTP_LOC_CONF_OFFSET,
      0,
      NULL },

    { ngx_string("gate_trace"),
      NGX_HTTP_MAIN_CONF|NGX_HTTP_SRV_CONF|NGX_CONF_1MORE,
      ngx_http_gate_trust_trace,
      NGX_HTTP_LOC_CONF_OFFSET,
      0,
      NULL },

      ngx_null_command
};


static ngx_http_module_t  ngx_http_gate_trust_module_ctx = {
    ngx_http_gate_trust_preconfiguration,  /* preconfiguration */
    NULL,                                  /* postconfiguration */

    NULL,                                  /* create main configuration */
    NULL,                                  /* init main configuration */

    ngx_http_gate_trust_create_srv_conf,   /* create server configuration */
    NULL,                                  /* merge server configuration */

    ngx_http_gate_trust_create_loc_conf,   /* create location configuration */
    ngx_http_gate_trust_merge_loc_conf     /* merge location configuration */
};


ngx_module_t  ngx_http_gate_trust_module = {
    NGX_MODULE_V1,
    &ngx_http_gate_trust_module_ctx,       /* module context */
    ngx_http_gate_trust_commands,          /* module directives */
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
ngx_http_gate_trust_preconfiguration(ngx_conf_t *cf)
{
    return ngx_http_gate_ctx_room(cf, offsetof(ngx_http_gate_ctx_t, trust),
                                  sizeof(ngx_http_gate_trust_ctx_t));
}


/*
 * Hygiene is about to remove what a peer says, long before a location tells
 * whether it is trusted: it is kept where any location of the server trusts
 * someone.
 */

ngx_int_t
ngx_http_gate_trust_hold(ngx_http_request_t *r)
{
    ngx_str_t                       *field;
    ngx_uint_t                       i, chains;
    ngx_list_part_t                 *part;
    ngx_table_elt_t                 *h;
    ngx_http_gate_ctx_t             *ctx;
    ngx_http_gate_trust_srv_conf_t  *tscf;

    tscf = ngx_http_get_module_srv_conf(r, ngx_http_gate_trust_module);

    if (!tscf->realip) {
        return NGX_OK;
    }

    chains = 0;

    for (part = &r->headers_in.headers.part; part; part = part->next) {
        h = part->elts;

        for (i = 0; i < part->nelts; i++) {

            if (h[i].key.len < sizeof("x-forwarded-for") - 1
                || ngx_memcmp(h[i].lowcase_key, "x-forwarded-", 12) != 0)
            {
                continue;
            }

            ctx = ngx_http_gate_ctx(r);
            if (ctx == NULL) {
                return NGX_ERROR;
            }

            field = ngx_http_gate_trust_field(ctx, &h[i]);

            if (field == NULL) {
                continue;
            }

            *field = h[i].value;

            /* several chains have no trustworthy order */

            if (field == &ctx->trust->forwarded && chains++ != 0) {
                ngx_str_null(field);
            }
        }
    }

    return NGX_OK;
}


static ngx_str_t *
ngx_http_gate_trust_field(ngx_http_gate_ctx_t *ctx, ngx_table_elt_t *h)
{
    u_char  *p;
    size_t   n;

    p = h->lowcase_key + sizeof("x-forwarded-") - 1;
    n = h->key.len - (sizeof("x-forwarded-") - 1);

    if (n == 3 && ngx_memcmp(p, "for", 3) == 0) {
        return &ctx->trust->forwarded;
    }

    if (n == 4 && ngx_memcmp(p, "host", 4) == 0) {
        return &ctx->trust->host;
    }

    if (n == 5 && ngx_memcmp(p, "proto", 5) == 0) {
        return &ctx->trust->proto;
    }

    return NULL;
}


/* what realip has made of the address tells who the peer was */

ngx_uint_t
ngx_http_gate_trust_peer(ngx_http_request_t *r, ngx_str_t *peer)
{
    ngx_http_gate_trust_loc_conf_t  *tlcf;

    tlcf = ngx_http_get_module_loc_conf(r, ngx_http_gate_trust_module);

    return tlcf->from != NULL
           && ngx_http_gate_trust_was(r, peer) == NGX_OK
           && ngx_http_gate_trust_in(r, peer, tlcf->from);
}


ngx_uint_t
ngx_http_gate_trust_peer_in(ngx_http_request_t *r, ngx_array_t *from)
{
    ngx_str_t  peer;

    if (ngx_http_gate_trust_was(r, &peer) != NGX_OK) {
        /* an nginx without realip */
        return ngx_cidr_match(r->connection->sockaddr, from) == NGX_OK;
    }

    return ngx_http_gate_trust_in(r, &peer, from);
}


static ngx_int_t
ngx_http_gate_trust_was(ngx_http_request_t *r, ngx_str_t *peer)
{
    ngx_str_t                   name;
    ngx_uint_t                  key;
    ngx_http_variable_value_t  *vv;

    ngx_str_set(&name, "realip_remote_addr");
    key = ngx_hash_key(name.data, name.len);

    vv = ngx_http_get_variable(r, &name, key);

    if (vv == NULL || vv->not_found || vv->len == 0) {
        return NGX_DECLINED;
    }

    peer->len = vv->len;
    peer->data = vv->data;

    return NGX_OK;
}


static ngx_uint_t
ngx_http_gate_trust_in(ngx_http_request_t *r, ngx_str_t *peer,
    ngx_array_t *from)
{
    ngx_addr_t       addr;
    struct sockaddr  sa;

    if (peer->len == r->connection->addr_text.len
        && ngx_strncmp(peer->data, r->connection->addr_text.data, peer->len)
           == 0)
    {
        return ngx_cidr_match(r->connection->sockaddr, from) == NGX_OK;
    }

    if (peer->len >= 5 && ngx_strncmp(peer->data, "unix:", 5) == 0) {

        ngx_memzero(&sa, sizeof(struct sockaddr));
        sa.sa_family = AF_UNIX;

        return ngx_cidr_match(&sa, from) == NGX_OK;
    }

    return ngx_parse_addr(r->pool, &addr, peer->data, peer->len) == NGX_OK
           && ngx_cidr_match(addr.sockaddr, from) == NGX_OK;
}


/*
 * X-Forwarded-For: the client's address as realip left it, alone: Envoy takes
 * the last one for the trusted one.  A unix socket has no address to tell.
 */

ngx_int_t
ngx_http_gate_trust_for(ngx_http_request_t *r, ngx_http_gate_ctx_t *ctx,
    ngx_str_t *value)
{
    ngx_http_gate_trust_loc_conf_t  *tlcf;

    if (r->connection->addr_text.len >= 5
        && ngx_memcmp(r->connection->addr_text.data, "unix:", 5) == 0)
    {
        return NGX_OK;
    }

    *value = r->connection->addr_text;

    tlcf = ngx_http_get_module_loc_conf(r, ngx_http_gate_trust_module);

    if (tlcf->append && ctx->trust->forwarded.len != 0) {
        return ngx_http_gate_trust_chain(r, ctx, value);
    }

    return NGX_OK;
}


/* the trusted part of the chain: from the client's address on, and the peer */

static ngx_int_t
ngx_http_gate_trust_chain(ngx_http_request_t *r, ngx_http_gate_ctx_t *ctx,
    ngx_str_t *value)
{
    ngx_str_t   peer;
    gate_str_t  part;

    if (!ngx_http_gate_trust_peer(r, &peer)) {
        return NGX_OK;
    }

    part = gate_forwarded_from(ngx_http_gate_view(&ctx->trust->forwarded),
                               ngx_http_gate_view(&r->connection->addr_text));

    if (part.len == 0) {
        return NGX_OK;
    }

    value->data = ngx_pnalloc(r->pool, part.len + 2 + peer.len);
    if (value->data == NULL) {
        return NGX_ERROR;
    }

    value->len = ngx_sprintf(value->data, "%*s, %V", part.len, part.data,
                             &peer)
                 - value->data;

    return NGX_OK;
}


/* most requests and configurations have nothing to say */

static ngx_inline ngx_uint_t
ngx_http_gate_trust_may_say(ngx_http_complex_value_t *own, ngx_str_t *field)
{
    return own != NULL || field->len != 0;
}


ngx_int_t
ngx_http_gate_trust_proto(ngx_http_request_t *r, ngx_http_gate_ctx_t *ctx,
    ngx_str_t *value)
{
    gate_str_t                       said;
    ngx_http_gate_trust_loc_conf_t  *tlcf;

    tlcf = ngx_http_get_module_loc_conf(r, ngx_http_gate_trust_module);

    if (ngx_http_gate_trust_may_say(tlcf->proto, &ctx->trust->proto)) {

        if (ngx_http_gate_trust_said(r, tlcf->proto, &ctx->trust->proto, &said)
            != NGX_OK)
        {
            return NGX_ERROR;
        }

        said = gate_forwarded_proto(said);

        if (said.len != 0) {
            value->len = said.len;
            value->data = said.data;

            return NGX_OK;
        }
    }

#if (NGX_HTTP_SSL)

    if (r->connection->ssl) {
        ngx_str_set(value, "https");
        return NGX_OK;
    }

#endif

    ngx_str_set(value, "http");

    return NGX_OK;
}


ngx_int_t
ngx_http_gate_trust_host(ngx_http_request_t *r, ngx_http_gate_ctx_t *ctx,
    ngx_str_t *value)
{
    gate_str_t                       said;
    ngx_http_gate_trust_loc_conf_t  *tlcf;

    tlcf = ngx_http_get_module_loc_conf(r, ngx_http_gate_trust_module);

    if (ngx_http_gate_trust_may_say(tlcf->host, &ctx->trust->host)) {

        if (ngx_http_gate_trust_said(r, tlcf->host, &ctx->trust->host, &said)
            != NGX_OK)
        {
            return NGX_ERROR;
        }

        if (gate_forwarded_is_host(said)) {
            value->len = said.len;
            value->data = said.data;

            return NGX_OK;
        }
    }

    ngx_http_gate_trust_asked(r, value);

    if (!ngx_http_gate_trust_is_host(value)) {
        /* nginx takes "evil,a.example" for a name in "*.example" */
        ngx_str_null(value);
    }

    return NGX_OK;
}


/* most requests ask for the host that the one before asked for */

static ngx_uint_t
ngx_http_gate_trust_is_host(ngx_str_t *value)
{
    /* of this process: one that is good */
    static u_char  good[NGX_HTTP_GATE_TRUST_HOST];
    static size_t  len;

    if (value->len == len && gate_word_same(value->data, good, len)) {
        return len != 0;
    }

    if (!gate_forwarded_is_host(ngx_http_gate_view(value))) {
        return 0;
    }

    if (value->len <= NGX_HTTP_GATE_TRUST_HOST) {
        ngx_memcpy(good, value->data, value->len);
        len = value->len;
    }

    return 1;
}


/* by the configuration, else by a trusted peer: what he has added himself */

static ngx_int_t
ngx_http_gate_trust_said(ngx_http_request_t *r, ngx_http_complex_value_t *own,
    ngx_str_t *field, gate_str_t *said)
{
    ngx_str_t  s;

    *said = gate_str(NULL, 0);

    if (own != NULL) {
        if (ngx_http_complex_value(r, own, &s) != NGX_OK) {
            return NGX_ERROR;
        }

        if (s.len != 0) {
            *said = ngx_http_gate_view(&s);
            return NGX_OK;
        }
    }

    if (field->len != 0 && ngx_http_gate_trust_peer(r, &s)) {
        *said = gate_forwarded_last(ngx_http_gate_view(field));
    }

    return NGX_OK;
}


/*
 * The host that chose the server, as the client wrote it: that of an absolute
 * target, whatever the Host field says (RFC 9112 3.2.2), or of the field, which
 * nginx makes of :authority in HTTP/2.
 */

static void
ngx_http_gate_trust_asked(ngx_http_request_t *r, ngx_str_t *value)
{
    u_char  *p, *last;

    if (r->http_version < NGX_HTTP_VERSION_20
        && r->host_start != NULL && r->host_end != NULL)
    {
        last = r->request_line.data + r->request_line.len;
        p = r->host_end;

        /* later versions of nginx count the port to the host */

        if (p < last && *p == ':') {
            for (p++; p < last && *p >= '0' && *p <= '9'; p++);
        }

        value->len = p - r->host_start;
        value->data = r->host_start;

    } else if (r->headers_in.host != NULL) {
        *value = r->headers_in.host->value;

    } else if (r->host_start != NULL && r->host_end != NULL) {
        /* HTTP/3: all of :authority */
        value->len = r->host_end - r->host_start;
        value->data = r->host_start;
    }

    if (value->len != 0 && value->data[value->len - 1] == ':') {
        /* an empty port is none (RFC 3986 3.2.3) */
        value->len--;
    }
}


/* of the server, before a location is known */

ngx_uint_t
ngx_http_gate_trust_keeps_b3(ngx_http_request_t *r)
{
    ngx_http_gate_trust_loc_conf_t  *tlcf;

    tlcf = ngx_http_get_module_loc_conf(r, ngx_http_gate_trust_module);

    return tlcf->b3;
}


static void *
ngx_http_gate_trust_create_srv_conf(ngx_conf_t *cf)
{
    /*
     * set by ngx_pcalloc():
     *
     *     tscf->realip = 0;
     */

    return ngx_pcalloc(cf->pool, sizeof(ngx_http_gate_trust_srv_conf_t));
}


static void *
ngx_http_gate_trust_create_loc_conf(ngx_conf_t *cf)
{
    ngx_http_gate_trust_loc_conf_t  *tlcf;

    /*
     * set by ngx_pcalloc():
     *
     *     tlcf->proto = tlcf->host = NULL;
     *     tlcf->b3 = 0;
     *     tlcf->from = NULL;
     */

    tlcf = ngx_pcalloc(cf->pool, sizeof(ngx_http_gate_trust_loc_conf_t));
    if (tlcf == NULL) {
        return NULL;
    }

    tlcf->append = NGX_CONF_UNSET_UINT;
    tlcf->trace = NGX_CONF_UNSET_UINT;
    tlcf->sample = NGX_CONF_UNSET_UINT;

    return tlcf;
}


static char *
ngx_http_gate_trust_merge_loc_conf(ngx_conf_t *cf, void *parent, void *child)
{
    ngx_http_gate_trust_loc_conf_t *prev = parent;
    ngx_http_gate_trust_loc_conf_t *conf = child;

    ngx_http_gate_trust_srv_conf_t  *tscf;

    if (conf->append == NGX_CONF_UNSET_UINT) {
        conf->append = (prev->append == NGX_CONF_UNSET_UINT) ? 0
                                                             : prev->append;
        conf->proto = prev->proto;
        conf->host = prev->host;
    }

    if (conf->trace == NGX_CONF_UNSET_UINT) {
        conf->trace = (prev->trace == NGX_CONF_UNSET_UINT)
                      ? NGX_HTTP_GATE_TRACE_ANY : prev->trace;
        conf->b3 = prev->b3;
        conf->sample = (prev->sample == NGX_CONF_UNSET_UINT)
                       ? 1 : prev->sample;
    }

    conf->from = ngx_http_gate_trust_from(cf);

    if (conf->from != NULL) {
        tscf = ngx_http_conf_get_module_srv_conf(cf,
                                                 ngx_http_gate_trust_module);
        tscf->realip = 1;
    }

    return NGX_CONF_OK;
}
