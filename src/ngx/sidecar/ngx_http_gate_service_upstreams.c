
/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * The upstreams behind gate_pass: whether a sidecar is ready, and what becomes
 * of connections to it.
 */


#include "ngx_http_gate.h"
#include "ngx_http_gate_service.h"
#include "ngx_http_gate_place.h"


/* where an upstream is passed to, over each way the first place that does */

typedef struct {
    ngx_http_upstream_srv_conf_t  *upstream;
    u_char                        *file[NGX_HTTP_GATE_SERVICE_WAYS];
    ngx_uint_t                     line[NGX_HTTP_GATE_SERVICE_WAYS];
    ngx_uint_t                     gated;     /* one is a gate_pass */
} ngx_http_gate_service_shared_t;


static ngx_int_t ngx_http_gate_service_add_servers(
    ngx_http_upstream_srv_conf_t *uscf, ngx_array_t *sidecars);
static ngx_uint_t ngx_http_gate_service_keeps(ngx_conf_t *cf,
    ngx_http_upstream_srv_conf_t *uscf);
static ngx_http_gate_service_shared_t *ngx_http_gate_service_shared(
    ngx_conf_t *cf, ngx_http_upstream_srv_conf_t *uscf);


/* addresses behind a gate_pass, for readiness; none for variables */

ngx_int_t
ngx_http_gate_service_collect(ngx_conf_t *cf,
    ngx_http_gate_service_pass_t *pass, ngx_array_t *sidecars)
{
    ngx_url_t                        u;
    ngx_uint_t                       i, secure;
    ngx_http_upstream_srv_conf_t   **uscfp;
    ngx_http_upstream_main_conf_t   *umcf;

    if (ngx_http_script_variables_count(&pass->url)) {
        return NGX_OK;
    }

    ngx_memzero(&u, sizeof(ngx_url_t));

    (void) ngx_http_gate_service_way(&pass->url, &u.url);

    secure = (pass->url.len - u.url.len != ngx_strlen(pass->way->plain));

    u.default_port = pass->way->ports[secure];
    u.uri_part = pass->way->uri;
    u.no_resolve = 1;

    if (ngx_parse_url(cf->pool, &u) != NGX_OK) {
        return NGX_OK;
    }

    umcf = ngx_http_conf_get_module_main_conf(cf, ngx_http_upstream_module);
    uscfp = umcf->upstreams.elts;

    for (i = 0; i < umcf->upstreams.nelts; i++) {

        if (uscfp[i]->host.len != u.host.len
            || ngx_strncasecmp(uscfp[i]->host.data, u.host.data, u.host.len)
               != 0
            || (uscfp[i]->port && u.port && uscfp[i]->port != u.port))
        {
            continue;
        }

        pass->upstream = uscfp[i];

        return ngx_http_gate_service_add_servers(uscfp[i], sidecars);
    }

    return NGX_OK;
}


static ngx_int_t
ngx_http_gate_service_add_servers(ngx_http_upstream_srv_conf_t *uscf,
    ngx_array_t *sidecars)
{
    ngx_uint_t                   i, j, k;
    ngx_addr_t                  *a, *known;
    ngx_http_upstream_server_t  *server;

    if (uscf->servers == NULL) {
        return NGX_OK;
    }

    server = uscf->servers->elts;

    for (i = 0; i < uscf->servers->nelts; i++) {

        for (j = 0; j < server[i].naddrs; j++) {

            known = sidecars->elts;

            for (k = 0; k < sidecars->nelts; k++) {
                if (known[k].name.len == server[i].addrs[j].name.len
                    && ngx_strncmp(known[k].name.data,
                                   server[i].addrs[j].name.data,
                                   known[k].name.len)
                       == 0)
                {
                    break;
                }
            }

            if (k < sidecars->nelts) {
                continue;
            }

            a = ngx_array_push(sidecars);
            if (a == NULL) {
                return NGX_ERROR;
            }

            *a = server[i].addrs[j];
        }
    }

    return NGX_OK;
}


/* what opens a connection for each request costs more than all policies */

void
ngx_http_gate_service_check_upstreams(ngx_conf_t *cf, ngx_array_t *passes)
{
    ngx_str_t                      url;
    ngx_uint_t                     i, j;
    ngx_http_gate_service_pass_t  *pass;
    ngx_http_upstream_srv_conf_t  *uscf;

    pass = passes->elts;

    for (i = 0; i < passes->nelts; i++) {

        uscf = pass[i].upstream;

        if (uscf == NULL) {
            continue;
        }

        if (uscf->srv_conf == NULL) {

            /* made by nginx for an address */

            (void) ngx_http_gate_service_way(&pass[i].url, &url);

            ngx_log_error(NGX_LOG_WARN, cf->log, 0,
                          "\"%V\" of \"gate_pass\" is no \"upstream\", each "
                          "request opens a connection: write \"upstream NAME "
                          "{ server ADDRESS; keepalive 16; }\" and pass to "
                          "NAME in %s:%ui", &url, pass[i].file, pass[i].line);
            continue;
        }

        /* once for all that pass to it */

        for (j = 0; j < i && pass[j].upstream != uscf; j++) { /* void */ }

        if (j == i && !ngx_http_gate_service_keeps(cf, uscf)) {
            ngx_log_error(NGX_LOG_WARN, cf->log, 0,
                          "upstream \"%V\" of \"gate_pass\" has no "
                          "\"keepalive\", each request opens a connection: "
                          "write \"keepalive 16;\" in it in %s:%ui",
                          &uscf->host, uscf->file_name, uscf->line);
        }
    }
}


/*
 * The first member of the module's configuration says how many.  Since 1.29.7
 * an upstream keeps some unless it says "keepalive 0", before none unless it
 * says "keepalive".
 */

static ngx_uint_t
ngx_http_gate_service_keeps(ngx_conf_t *cf, ngx_http_upstream_srv_conf_t *uscf)
{
    ngx_uint_t    *kcf;
    ngx_module_t  *m;

    m = ngx_http_gate_place_module_named(cf,
                                         "ngx_http_upstream_keepalive_module");
    if (m == NULL) {
        return 1;
    }

    kcf = uscf->srv_conf[m->ctx_index];

    return *kcf != 0;
}


/*
 * A kept connection is given to whoever passes there next: one over which
 * HTTP/1 was spoken to a gRPC call, which hangs, and the other way round.
 */

ngx_int_t
ngx_http_gate_service_check_shared(ngx_conf_t *cf,
    ngx_http_gate_place_t *place)
{
    ngx_uint_t                          n;
    ngx_http_upstream_conf_t           *u;
    ngx_http_gate_service_shared_t     *shared;
    ngx_http_gate_service_loc_conf_t   *slcf;
    const ngx_http_gate_service_way_t  *way;

    slcf = ngx_http_gate_place_conf(place, &ngx_http_gate_service_module);

    if (place->server) {
        return NGX_OK;
    }

    way = ngx_http_gate_service_way_at(cf, place);
    u = way ? ngx_http_gate_service_upstream(cf, place, way) : NULL;

    if (u == NULL || u->upstream == NULL || u->upstream->srv_conf == NULL) {
        return NGX_OK;
    }

    shared = ngx_http_gate_service_shared(cf, u->upstream);
    if (shared == NULL) {
        return NGX_ERROR;
    }

    n = way - ngx_http_gate_service_ways;

    if (shared->file[n] == NULL) {
        shared->file[n] = slcf->file ? slcf->file : place->file;
        shared->line[n] = slcf->file ? slcf->line : place->line;
    }

    shared->gated |= slcf->to.pass;

    if (!shared->gated || shared->file[0] == NULL || shared->file[1] == NULL
        || !ngx_http_gate_service_keeps(cf, u->upstream))
    {
        return NGX_OK;
    }

    ngx_log_error(NGX_LOG_EMERG, cf->log, 0,
                  "upstream \"%V\" keeps connections, and is passed to over "
                  "%s in %s:%ui and over %s in %s:%ui, which mixes them up: "
                  "give each an upstream of its own", &u->upstream->host,
                  ngx_http_gate_service_ways[0].name, shared->file[0],
                  shared->line[0], ngx_http_gate_service_ways[1].name,
                  shared->file[1], shared->line[1]);

    return NGX_ERROR;
}


static ngx_http_gate_service_shared_t *
ngx_http_gate_service_shared(ngx_conf_t *cf,
    ngx_http_upstream_srv_conf_t *uscf)
{
    ngx_uint_t                          i;
    ngx_http_gate_service_shared_t     *shared;
    ngx_http_gate_service_main_conf_t  *smcf;

    smcf = ngx_http_conf_get_module_main_conf(cf,
                                              ngx_http_gate_service_module);

    if (smcf->shared == NULL) {
        smcf->shared = ngx_array_create(cf->temp_pool, 4,
                                       sizeof(ngx_http_gate_service_shared_t));
        if (smcf->shared == NULL) {
            return NULL;
        }
    }

    shared = smcf->shared->elts;

    for (i = 0; i < smcf->shared->nelts; i++) {
        if (shared[i].upstream == uscf) {
            return &shared[i];
        }
    }

    shared = ngx_array_push(smcf->shared);

    if (shared != NULL) {
        ngx_memzero(shared, sizeof(ngx_http_gate_service_shared_t));
        shared->upstream = uscf;
    }

    return shared;
}
