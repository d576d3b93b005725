
/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * The last look at a path: as it is about to be sent, whatever put it together.
 */


#include "ngx_http_gate.h"
#include "ngx_http_gate_entry.h"
#include "ngx_http_gate_path.h"
#include "ngx_http_gate_place.h"
#include "ngx_http_gate_deny.h"
#include "ngx_http_gate_request.h"
#include "ngx_http_gate_seen.h"


typedef struct {
    ngx_http_upstream_srv_conf_t      *upstream;
    ngx_http_upstream_init_peer_pt     init;  /* its own, behind ours */
} ngx_http_gate_path_peer_t;


/* in front of what "proxy_bind" says */

typedef struct {
    uintptr_t                          code;
    u_char                            *next;  /* the codes of its variables */
    ngx_str_t                          addr;  /* or its address */
} ngx_http_gate_path_bind_t;


static ngx_int_t ngx_http_gate_path_init_peer(ngx_http_request_t *r,
    ngx_http_upstream_srv_conf_t *us);
static ngx_uint_t ngx_http_gate_path_is_held(ngx_http_request_t *r);
static ngx_uint_t ngx_http_gate_path_may_be_sent(ngx_http_request_t *r);
static unsigned ngx_http_gate_path_look_sent(ngx_http_request_t *r,
    ngx_uint_t keep);
static void ngx_http_gate_path_restore(ngx_http_request_t *r);
static ngx_uint_t ngx_http_gate_path_was_seen(ngx_http_request_t *r,
    ngx_str_t *uri);
static ngx_uint_t ngx_http_gate_path_is_seen_path(ngx_http_request_t *r,
    ngx_str_t *target, ngx_str_t *uri);
static ngx_uint_t ngx_http_gate_path_is_joined(ngx_http_request_t *r);
static size_t ngx_http_gate_path_bind_len(ngx_http_script_engine_t *e);
static void ngx_http_gate_path_bind_copy(ngx_http_script_engine_t *e);
static int ngx_libc_cdecl ngx_http_gate_path_compare(const void *one,
    const void *two);


/*
 * The last look: nginx has written the request, and is about to choose a peer
 * for it.  Whatever put the path together, nothing is sent that this finds.
 */

static ngx_int_t
ngx_http_gate_path_init_peer(ngx_http_request_t *r,
    ngx_http_upstream_srv_conf_t *us)
{
    ngx_uint_t                       lo, hi, i;
    ngx_http_gate_path_peer_t       *peer;
    ngx_http_gate_path_main_conf_t  *pmcf;

    if (ngx_http_gate_path_is_held(r)) {
        /* a 500 to nginx, see ngx_http_gate_path_status() */
        return NGX_ERROR;
    }

    pmcf = ngx_http_get_module_main_conf(r, ngx_http_gate_path_module);

    peer = pmcf->peers->elts;
    lo = 0;
    hi = pmcf->peers->nelts;

    while (hi - lo > 1) {
        i = (lo + hi) / 2;

        if ((uintptr_t) peer[i].upstream > (uintptr_t) us) {
            hi = i;

        } else {
            lo = i;
        }
    }

    return peer[lo].init(r, us);
}


static ngx_uint_t
ngx_http_gate_path_is_held(ngx_http_request_t *r)
{
    ngx_http_gate_ctx_t  *ctx;

    if (!ngx_http_gate_path_guards(r) || ngx_http_gate_path_may_be_sent(r)) {
        return 0;
    }

    ngx_log_error(NGX_LOG_INFO, r->connection->log, 0,
                  "gate path: \"%V\" is not sent", &r->upstream->uri);

    ctx = ngx_http_gate_ctx(r);

    if (ctx != NULL && r == r->main) {
        ngx_http_gate_entry(r, ctx);
        (void) ngx_http_gate_deny(r, ctx, &ngx_http_gate_bad_path);
    }

    return 1;
}


/*
 * A URL with variables that names no upstream{} has no peers to choose from.
 * What nginx asks between writing its request and connecting is proxy_bind.
 */

ngx_int_t
ngx_http_gate_path_bind(ngx_conf_t *cf, ngx_http_gate_place_t *place)
{
    ngx_module_t               *m;
    ngx_command_t              *cmd;
    ngx_http_complex_value_t   *cv;
    ngx_http_upstream_conf_t   *u;
    ngx_http_upstream_local_t  *local;
    ngx_http_gate_path_bind_t  *bind;

    static uintptr_t  end;

    cmd = ngx_http_gate_place_command(cf, "proxy_bind", &m);

    if (cmd == NULL
        || cmd->offset != offsetof(ngx_http_upstream_conf_t, local))
    {
        return NGX_OK;
    }

    u = ngx_http_gate_place_conf(place, m);

    if (place->server || u->upstream != NULL) {
        return NGX_OK;
    }

    local = ngx_pcalloc(cf->pool, sizeof(ngx_http_upstream_local_t));
    cv = ngx_pcalloc(cf->pool, sizeof(ngx_http_complex_value_t));
    bind = ngx_pcalloc(cf->pool, 2 * sizeof(ngx_http_gate_path_bind_t));

    if (local == NULL || cv == NULL || bind == NULL) {
        return NGX_ERROR;
    }

    bind[0].code = (uintptr_t) ngx_http_gate_path_bind_len;
    bind[0].next = (u_char *) &end;

    cv->values = (u_char *) &end;

    if (u->local != NULL && u->local != NGX_CONF_UNSET_PTR) {
        *local = *u->local;

        if (local->value != NULL) {
            *cv = *local->value;
            bind[0].next = cv->lengths;

        } else if (local->addr != NULL) {
            bind[0].addr = local->addr->name;

            bind[1] = bind[0];
            bind[1].code = (uintptr_t) ngx_http_gate_path_bind_copy;

            cv->values = (u_char *) &bind[1];
        }
    }

    cv->lengths = (u_char *) &bind[0];
    local->value = cv;
    u->local = local;

    return NGX_OK;
}


static size_t
ngx_http_gate_path_bind_len(ngx_http_script_engine_t *e)
{
    ngx_http_upstream_t        *u;
    ngx_http_gate_path_bind_t  *bind;

    bind = (ngx_http_gate_path_bind_t *) e->ip;
    e->ip = bind->next;

    u = e->request->upstream;

    if (u->resolved != NULL && ngx_http_gate_path_is_held(e->request)) {
        /* without a port nginx gives up with a 500 */
        u->resolved->sockaddr = NULL;
        u->resolved->port = 0;
    }

    return bind->addr.len;
}


static void
ngx_http_gate_path_bind_copy(ngx_http_script_engine_t *e)
{
    ngx_http_gate_path_bind_t  *bind;

    bind = (ngx_http_gate_path_bind_t *) e->ip;
    e->ip = bind->next;

    e->pos = ngx_cpymem(e->pos, bind->addr.data, bind->addr.len);
}


static ngx_uint_t
ngx_http_gate_path_may_be_sent(ngx_http_request_t *r)
{
    gate_str_t            none, path;
    ngx_uint_t            keep;
    ngx_http_upstream_t  *u;

    u = r->upstream;
    none = gate_str(NULL, 0);

    if (u->uri.len != 0) {

        if (ngx_http_gate_path_was_seen(r, &u->uri)) {
            return u->resolved == NULL
                   || gate_path_kept(ngx_http_gate_view(&r->uri),
                                     ngx_http_gate_view(&u->uri),
                                     ngx_http_gate_path_keeps_here(r));
        }

        keep = ngx_http_gate_path_keeps_here(r);

        return !(ngx_http_gate_path_look_sent(r, keep) & GATE_PATH_SENT)
               && (u->resolved == NULL
                   || gate_path_kept(ngx_http_gate_view(&r->uri),
                                     ngx_http_gate_view(&u->uri), keep));
    }

    /* over HTTP/2 and gRPC nginx does not tell what it has written */

    if (u->schema.len < 4
        || (ngx_strncmp(u->schema.data, "http", 4) != 0
            && ngx_strncmp(u->schema.data, "grpc", 4) != 0))
    {
        return 1;
    }

    keep = ngx_http_gate_path_keeps_here(r);

    if (r->valid_unparsed_uri) {
        path = ngx_http_gate_view(&r->unparsed_uri);

        return !((keep ? gate_path_look_kept(path)
                       : gate_path_look(path, none, 0)) & GATE_PATH_SENT);
    }

    if (keep) {
        /* it is written already, and cannot be restored */
        return 0;
    }

    path = ngx_http_gate_view(&r->uri);

    return !(gate_path_look(none, path, r->quoted_uri || r->internal)
             & GATE_PATH_SENT);
}


static unsigned
ngx_http_gate_path_look_sent(ngx_http_request_t *r, ngx_uint_t keep)
{
    gate_str_t  path;

    if (keep) {
        ngx_http_gate_path_restore(r);

        return gate_path_look_kept(ngx_http_gate_view(&r->upstream->uri));
    }

    path = ngx_http_gate_view(&r->upstream->uri);

    return ngx_http_gate_path_is_joined(r)
           ? gate_path_look_joined(path)
           : gate_path_look(path, gate_str(NULL, 0), 0);
}


/*
 * nginx has escaped the "%" of encoded slashes, in the one buffer of its
 * request that has the path and all fields behind it.
 */

static void
ngx_http_gate_path_restore(ngx_http_request_t *r)
{
    size_t                n;
    u_char               *end;
    ngx_buf_t            *b;
    ngx_http_upstream_t  *u;

    u = r->upstream;
    b = u->request_bufs ? u->request_bufs->buf : NULL;

    if (b == NULL || u->uri.data < b->pos
        || u->uri.data + u->uri.len > b->last)
    {
        return;
    }

    end = u->uri.data + u->uri.len;
    n = u->uri.len;

    u->uri.len = gate_path_restore(ngx_http_gate_view(&u->uri));

    n -= u->uri.len;

    if (n != 0) {
        ngx_memmove(end - n, end, b->last - end);
        b->last -= n;
    }
}


/* the raw target as it came, in which nothing was found; only what stands
 * behind "?" may have been masked since */

static ngx_uint_t
ngx_http_gate_path_was_seen(ngx_http_request_t *r, ngx_str_t *uri)
{
    ngx_http_gate_seen_t  *seen;

    seen = ngx_http_gate_seen(r);

    if (seen == NULL) {
        return 0;
    }

    if (seen->target.len == uri->len
        && ngx_memcmp(seen->target.data, uri->data, uri->len) == 0)
    {
        return 1;
    }

    return ngx_http_gate_path_is_seen_path(r, &seen->target, uri);
}


/* the same path, and another query, which is of no concern here */

static ngx_uint_t
ngx_http_gate_path_is_seen_path(ngx_http_request_t *r, ngx_str_t *target,
    ngx_str_t *uri)
{
    size_t  n;

    n = r->uri.len;

    return r->uri.data == target->data
           && target->len >= n && (target->len == n || target->data[n] == '?')
           && uri->len >= n && (uri->len == n || uri->data[n] == '?')
           && ngx_memcmp(target->data, uri->data, n) == 0;
}


/*
 * "location /a { proxy_pass http://u/; }" has always made "//b" of "/a/b", and
 * configurations live with it: it is what the operator has written, and no
 * client can move it elsewhere.  gate_pass is warned of and stays strict.
 */

static ngx_uint_t
ngx_http_gate_path_is_joined(ngx_http_request_t *r)
{
    ngx_http_core_loc_conf_t          *clcf;
    ngx_http_gate_path_to_t  *to;

    to = ngx_http_gate_path_to(r);

    /* with variables nothing is joined: the URL is the whole of it */

    if (to->pass || r->upstream->resolved != NULL
        || !ngx_http_gate_path_has_rest(r))
    {
        return 0;
    }

    clcf = ngx_http_get_module_loc_conf(r, ngx_http_core_module);

    return r->uri.len > clcf->name.len && r->uri.data[clcf->name.len] == '/';
}


/* nginx knows only one way to give up at the last look */

void
ngx_http_gate_path_status(ngx_http_request_t *r, ngx_http_gate_ctx_t *ctx)
{
    if (ctx->reason == &ngx_http_gate_bad_path
        && r->err_status == NGX_HTTP_INTERNAL_SERVER_ERROR)
    {
        r->err_status = NGX_HTTP_BAD_REQUEST;
        r->headers_out.status = NGX_HTTP_BAD_REQUEST;
    }
}


void *
ngx_http_gate_path_create_main_conf(ngx_conf_t *cf)
{
    ngx_http_gate_path_main_conf_t  *pmcf;

    pmcf = ngx_pcalloc(cf->pool, sizeof(ngx_http_gate_path_main_conf_t));
    if (pmcf == NULL) {
        return NULL;
    }

    pmcf->peers = ngx_array_create(cf->pool, 8,
                                   sizeof(ngx_http_gate_path_peer_t));
    if (pmcf->peers == NULL) {
        return NULL;
    }

    return pmcf;
}


static int ngx_libc_cdecl
ngx_http_gate_path_compare(const void *one, const void *two)
{
    const ngx_http_gate_path_peer_t *a = one;
    const ngx_http_gate_path_peer_t *b = two;

    return (uintptr_t) a->upstream < (uintptr_t) b->upstream ? -1 : 1;
}


/* in front of the choice of a peer, in every upstream there is by now */

ngx_int_t
ngx_http_gate_path_init(ngx_conf_t *cf)
{
    ngx_uint_t                       i;
    ngx_http_gate_path_peer_t       *peer;
    ngx_http_upstream_srv_conf_t   **uscfp;
    ngx_http_gate_path_main_conf_t  *pmcf;
    ngx_http_upstream_main_conf_t   *umcf;

    if (!ngx_http_gate_used(cf)) {
        return NGX_OK;
    }

    if (ngx_http_gate_path_keep_init(cf) != NGX_OK) {
        return NGX_ERROR;
    }

    pmcf = ngx_http_conf_get_module_main_conf(cf, ngx_http_gate_path_module);
    umcf = ngx_http_conf_get_module_main_conf(cf, ngx_http_upstream_module);

    uscfp = umcf->upstreams.elts;

    for (i = 0; i < umcf->upstreams.nelts; i++) {

        peer = ngx_array_push(pmcf->peers);
        if (peer == NULL) {
            return NGX_ERROR;
        }

        peer->upstream = uscfp[i];
        peer->init = uscfp[i]->peer.init;

        uscfp[i]->peer.init = ngx_http_gate_path_init_peer;
    }

    ngx_qsort(pmcf->peers->elts, (size_t) pmcf->peers->nelts,
              sizeof(ngx_http_gate_path_peer_t), ngx_http_gate_path_compare);

    return NGX_OK;
}
