
/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * The path: what was matched is what is sent.  It is looked at as the client
 * wrote it, as a location was chosen by it, and as it is about to be sent.
 */


#include "ngx_http_gate.h"
#include "ngx_http_gate_conf.h"
#include "ngx_http_gate_path.h"
#include "ngx_http_gate_place.h"
#include "ngx_http_gate_deny.h"
#include "ngx_http_gate_seen.h"


typedef struct {
    ngx_uint_t                 gated;     /* a policy stands in it */
} ngx_http_gate_path_srv_conf_t;


static ngx_uint_t ngx_http_gate_path_fits(ngx_http_request_t *r);
static ngx_uint_t ngx_http_gate_path_fits_pass(ngx_http_request_t *r,
    ngx_http_gate_path_to_t *to, ngx_uint_t seen);
static ngx_uint_t ngx_http_gate_path_fits_proxy(ngx_http_request_t *r,
    ngx_uint_t seen);
static void ngx_http_gate_path_note(ngx_http_request_t *r);
static ngx_uint_t ngx_http_gate_path_is_target(ngx_http_request_t *r);
static gate_str_t ngx_http_gate_path_rest(ngx_http_request_t *r, size_t n);
static gate_str_t ngx_http_gate_path_of_url(ngx_str_t *url);
static void *ngx_http_gate_path_create_srv_conf(ngx_conf_t *cf);
static void *ngx_http_gate_path_create_loc_conf(ngx_conf_t *cf);
static char *ngx_http_gate_path_merge_loc_conf(ngx_conf_t *cf, void *parent,
    void *child);
static ngx_int_t ngx_http_gate_path_policy(ngx_conf_t *cf,
    ngx_http_gate_place_t *place);
static ngx_int_t ngx_http_gate_path_preconfiguration(ngx_conf_t *cf);
static char *ngx_http_gate_path_line(ngx_conf_t *cf, ngx_command_t *cmd,
    void *conf);


/* the same for each configuration */
static ngx_http_gate_path_to_pt  ngx_http_gate_path_to_known;


static ngx_http_gate_conf_row_t  ngx_http_gate_path_params[] = {

    { ngx_string("on"), NGX_HTTP_GATE_CONF_WORD,
      offsetof(ngx_http_gate_path_loc_conf_t, enable), 1, 0, NULL },

    { ngx_string("off"), NGX_HTTP_GATE_CONF_WORD,
      offsetof(ngx_http_gate_path_loc_conf_t, enable), 0, 0, NULL },

    { ngx_string("encoded_slash=refuse|keep"), NGX_HTTP_GATE_CONF_ENUM,
      offsetof(ngx_http_gate_path_loc_conf_t, keep), 0, 0, NULL },

      ngx_http_gate_conf_end
};


static ngx_command_t  ngx_http_gate_path_commands[] = {

    { ngx_string("gate_path"),
      NGX_HTTP_MAIN_CONF|NGX_HTTP_SRV_CONF|NGX_HTTP_LOC_CONF|NGX_CONF_1MORE,
      ngx_http_gate_path_line,
      NGX_HTTP_LOC_CONF_OFFSET,
      0,
      NULL },

      ngx_null_command
};


const ngx_http_gate_reason_t  ngx_http_gate_bad_path = {
    NGX_HTTP_BAD_REQUEST, NGX_LOG_INFO, ngx_string("bad_path"),
    ngx_string("Ambiguous path"),
    ngx_string("The path has a part that servers read differently, "
               "such as an encoded slash or a dot segment.")
};


static const ngx_http_gate_reason_t  *ngx_http_gate_path_reasons[] = {
    &ngx_http_gate_bad_path,
    NULL
};


static ngx_http_module_t  ngx_http_gate_path_module_ctx = {
    ngx_http_gate_path_preconfiguration,   /* preconfiguration */
    ngx_http_gate_path_init,               /* postconfiguration */

    ngx_http_gate_path_create_main_conf,   /* create main configuration */
    NULL,                                  /* init main configuration */

    ngx_http_gate_path_create_srv_conf,    /* create server configuration */
    NULL,                                  /* merge server configuration */

    ngx_http_gate_path_create_loc_conf,    /* create location configuration */
    ngx_http_gate_path_merge_loc_conf      /* merge location configuration */
};


ngx_module_t  ngx_http_gate_path_module = {
    NGX_MODULE_V1,
    &ngx_http_gate_path_module_ctx,        /* module context */
    ngx_http_gate_path_commands,           /* module directives */
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


/*
 * SHIELD of a location with a policy.  Also after a rewrite, try_files or
 * error_page: what they lead to was made of the client's path.  A subrequest
 * has a path of its own, and still the target of its request.
 */

ngx_int_t
ngx_http_gate_path_shield(ngx_http_request_t *r, ngx_http_gate_ctx_t *ctx)
{
    if (ngx_http_gate_path_fits(r)) {
        return NGX_OK;
    }

    return ngx_http_gate_deny(r, ctx, &ngx_http_gate_bad_path);
}


/*
 * The same of a location without one, beside others that have one: what it
 * hands to the sidecar must not be read there as a path of theirs.  Files are
 * read by nginx alone.
 */

ngx_uint_t
ngx_http_gate_path_open(ngx_http_request_t *r)
{
    return r->content_handler == NULL
           || !ngx_http_gate_path_guards(r)
           || ngx_http_gate_path_fits(r);
}


static ngx_uint_t
ngx_http_gate_path_fits(ngx_http_request_t *r)
{
    unsigned                           found;
    ngx_uint_t                         seen;
    ngx_http_gate_path_to_t  *to;

    found = gate_path_look(ngx_http_gate_view(&r->unparsed_uri),
                           gate_str(NULL, 0), 0);

    if ((found & GATE_PATH_TARGET) && ngx_http_gate_path_keeps(r)) {
        found = gate_path_look_kept(ngx_http_gate_view(&r->unparsed_uri));
    }

    if (found & GATE_PATH_TARGET) {
        return 0;
    }

    if (found & GATE_PATH_LOOSE) {
        /* a proxy sends what it was resolved to */
        r->valid_unparsed_uri = 0;
    }

    if (found == 0) {
        ngx_http_gate_path_note(r);
    }

    to = ngx_http_gate_path_to(r);

    seen = (found == 0 && ngx_http_gate_path_is_target(r));

    return to->pass ? ngx_http_gate_path_fits_pass(r, to, seen)
                      : ngx_http_gate_path_fits_proxy(r, seen);
}


/* for the last look: the same bytes need no other one */

static void
ngx_http_gate_path_note(ngx_http_request_t *r)
{
    ngx_http_gate_seen_t  *seen;

    seen = ngx_http_gate_seen(r);

    if (seen != NULL) {
        seen->target = r->unparsed_uri;
    }
}


/*
 * nginx has resolved nothing, so that the path is the very bytes of the raw
 * target: what was not found in these needs no other look.
 */

static ngx_uint_t
ngx_http_gate_path_is_target(ngx_http_request_t *r)
{
    return r->uri.data == r->unparsed_uri.data
           && (r->uri.len == r->unparsed_uri.len
               || (r->uri.len < r->unparsed_uri.len
                   && r->unparsed_uri.data[r->uri.len] == '?'));
}


/*
 * What proxy will make of it: the URI of the URL, the rest behind the
 * location's name, escaped only if the client wrote escapes or an internal
 * redirect led here.
 */

static ngx_uint_t
ngx_http_gate_path_fits_pass(ngx_http_request_t *r,
    ngx_http_gate_path_to_t *to, ngx_uint_t seen)
{
    size_t      n;
    unsigned    found;
    gate_str_t  none;

    none = gate_str(NULL, 0);

    if (to->uri.len == 0) {

        if (seen) {
            return 1;
        }

        found = gate_path_look(none, ngx_http_gate_view(&r->uri),
                               r->quoted_uri || r->internal);

        return (found & GATE_PATH_SENT) == 0;
    }

    found = seen ? 0 : gate_path_look(none, ngx_http_gate_view(&r->uri), 1);

    if (found & GATE_PATH_MATCHED) {
        return 0;
    }

    n = r->valid_location ? to->location.len : 0;

    found = gate_path_look(ngx_http_gate_view(&to->uri),
                           ngx_http_gate_path_rest(r, n),
                           r->quoted_uri || r->internal);

    return (found & GATE_PATH_SENT) == 0;
}


/*
 * The URL of a proxy_pass is its own; what stands behind a name without a
 * slash ("/api../x") may be put behind one with a slash.
 */

static ngx_uint_t
ngx_http_gate_path_fits_proxy(ngx_http_request_t *r, ngx_uint_t seen)
{
    unsigned                   found;
    gate_str_t                 none, rest;
    ngx_http_core_loc_conf_t  *clcf;

    none = gate_str(NULL, 0);

    found = seen ? 0 : gate_path_look(none, ngx_http_gate_view(&r->uri), 1);

    if (found & GATE_PATH_MATCHED) {
        return 0;
    }

    if (r->content_handler == NULL || !ngx_http_gate_path_has_rest(r)) {
        return 1;
    }

    clcf = ngx_http_get_module_loc_conf(r, ngx_http_core_module);

    rest = ngx_http_gate_path_rest(r, clcf->name.len);

    if (seen && (rest.len == 0 || rest.data[0] != '.')) {
        /* only of its first segment the beginning was cut off */
        return 1;
    }

    found = gate_path_look(none, rest, 1);

    return (found & (GATE_PATH_DOTS|GATE_PATH_HIDDEN)) == 0;
}


ngx_uint_t
ngx_http_gate_path_has_rest(ngx_http_request_t *r)
{
    ngx_http_core_loc_conf_t  *clcf;

    clcf = ngx_http_get_module_loc_conf(r, ngx_http_core_module);

    if (!r->valid_location || clcf->named || clcf->noname) {
        return 0;
    }

#if (NGX_PCRE)
    if (clcf->regex) {
        return 0;
    }
#endif

    return clcf->name.len > 1;
}


static gate_str_t
ngx_http_gate_path_rest(ngx_http_request_t *r, size_t n)
{
    n = ngx_min(n, r->uri.len);

    return gate_str(r->uri.data + n, r->uri.len - n);
}


/* MAY: what the variables of gate_pass give is known now, and nothing paid */

ngx_int_t
ngx_http_gate_path_target(ngx_http_request_t *r, ngx_http_gate_ctx_t *ctx)
{
    unsigned                  found;
    ngx_str_t                 url;
    gate_str_t                path;
    ngx_uint_t                keep;
    ngx_http_gate_path_to_t  *to;

    to = ngx_http_gate_path_to(r);

    if (!to->pass || to->url == NULL) {
        return NGX_DECLINED;
    }

    if (ngx_http_complex_value(r, to->url, &url) != NGX_OK) {
        return NGX_ERROR;
    }

    path = ngx_http_gate_path_of_url(&url);

    if (path.len == 0) {
        /* r->uri then, which SHIELD has seen */
        return NGX_DECLINED;
    }

    keep = ngx_http_gate_path_keeps_here(r);

    found = keep ? gate_path_look_kept(path)
                 : gate_path_look(path, gate_str(NULL, 0), 0);

    if ((found & GATE_PATH_SENT)
        || !gate_path_kept(ngx_http_gate_view(&r->uri), path, keep))
    {
        return ngx_http_gate_deny(r, ctx, &ngx_http_gate_bad_path);
    }

    return NGX_OK;
}


/* as nginx takes URLs apart; empty if there is none */

static gate_str_t
ngx_http_gate_path_of_url(ngx_str_t *url)
{
    u_char  *p, *last;

    last = url->data + url->len;

    for (p = url->data; p + 3 <= last; p++) {
        if (ngx_strncmp(p, "://", 3) == 0) {
            p += 3;
            break;
        }
    }

    if (last - p >= 5 && ngx_strncasecmp(p, (u_char *) "unix:", 5) == 0) {

        p = ngx_strlchr(p + 5, last, ':');

        return p ? gate_str(p + 1, last - p - 1) : gate_str(NULL, 0);
    }

    while (p < last && *p != '/' && *p != '?') {
        p++;
    }

    return gate_str(p, last - p);
}


ngx_uint_t
ngx_http_gate_path_guards(ngx_http_request_t *r)
{
    ngx_http_gate_path_loc_conf_t  *plcf;
    ngx_http_gate_path_srv_conf_t  *pscf;

    pscf = ngx_http_get_module_srv_conf(r, ngx_http_gate_path_module);

    if (!pscf->gated) {
        return 0;
    }

    plcf = ngx_http_get_module_loc_conf(r, ngx_http_gate_path_module);

    return plcf->enable || ngx_http_gate_place_is_gated(r);
}


void
ngx_http_gate_path_to_by(ngx_http_gate_path_to_pt to)
{
    ngx_http_gate_path_to_known = to;
}


ngx_http_gate_path_to_t *
ngx_http_gate_path_to(ngx_http_request_t *r)
{
    return ngx_http_gate_path_to_known(r);
}


/* the server has a location with a policy */

static ngx_int_t
ngx_http_gate_path_policy(ngx_conf_t *cf, ngx_http_gate_place_t *place)
{
    ngx_http_gate_path_srv_conf_t  *pscf;

    if (place->gated) {
        pscf = place->srv_conf[ngx_http_gate_path_module.ctx_index];
        pscf->gated = 1;
    }

    return NGX_OK;
}


/* what a gate_pass will send, as far as it is known at load time */

ngx_int_t
ngx_http_gate_path_pass(ngx_conf_t *cf, ngx_str_t *url,
    ngx_http_gate_path_to_t *to)
{
    gate_str_t                         path;
    ngx_http_core_loc_conf_t          *clcf;
    ngx_http_compile_complex_value_t   ccv;

    if (ngx_http_script_variables_count(url)) {

        to->url = ngx_palloc(cf->pool, sizeof(ngx_http_complex_value_t));
        if (to->url == NULL) {
            return NGX_ERROR;
        }

        ngx_memzero(&ccv, sizeof(ngx_http_compile_complex_value_t));

        ccv.cf = cf;
        ccv.value = url;
        ccv.complex_value = to->url;

        return ngx_http_compile_complex_value(&ccv);
    }

    path = ngx_http_gate_path_of_url(url);

    to->uri.len = path.len;
    to->uri.data = path.data;

    clcf = ngx_http_conf_get_module_loc_conf(cf, ngx_http_core_module);

    to->location = clcf->name;

    return NGX_OK;
}


static ngx_int_t
ngx_http_gate_path_preconfiguration(ngx_conf_t *cf)
{
    if (ngx_http_gate_reasons(cf, ngx_http_gate_path_reasons) != NGX_OK) {
        return NGX_ERROR;
    }

    if (ngx_http_gate_place_check(cf, ngx_http_gate_path_policy) != NGX_OK) {
        return NGX_ERROR;
    }

    return ngx_http_gate_place_check(cf, ngx_http_gate_path_bind);
}


static void *
ngx_http_gate_path_create_srv_conf(ngx_conf_t *cf)
{
    /*
     * set by ngx_pcalloc():
     *
     *     pscf->gated = 0;
     */

    return ngx_pcalloc(cf->pool, sizeof(ngx_http_gate_path_srv_conf_t));
}


static void *
ngx_http_gate_path_create_loc_conf(ngx_conf_t *cf)
{
    ngx_http_gate_path_loc_conf_t  *plcf;

    plcf = ngx_palloc(cf->pool, sizeof(ngx_http_gate_path_loc_conf_t));
    if (plcf == NULL) {
        return NULL;
    }

    plcf->enable = NGX_CONF_UNSET;
    plcf->keep = NGX_CONF_UNSET_UINT;

    return plcf;
}


static char *
ngx_http_gate_path_merge_loc_conf(ngx_conf_t *cf, void *parent, void *child)
{
    ngx_http_gate_path_loc_conf_t *prev = parent;
    ngx_http_gate_path_loc_conf_t *conf = child;

    ngx_conf_merge_value(conf->enable, prev->enable, 1);
    ngx_conf_merge_uint_value(conf->keep, prev->keep, 0);

    return NGX_CONF_OK;
}


/* gate_path on | off | [on] encoded_slash=refuse|keep; */

static char *
ngx_http_gate_path_line(ngx_conf_t *cf, ngx_command_t *cmd, void *conf)
{
    ngx_http_gate_path_loc_conf_t *plcf = conf;

    char  *rv;

    if (plcf->enable != NGX_CONF_UNSET || plcf->keep != NGX_CONF_UNSET_UINT) {
        return NGX_HTTP_GATE_CONF_TWICE;
    }

    ngx_http_gate_use(cf);

    rv = ngx_http_gate_conf_params(cf, 1, ngx_http_gate_path_params, plcf);
    if (rv != NGX_CONF_OK) {
        return rv;
    }

    if (plcf->enable == 0 && plcf->keep != NGX_CONF_UNSET_UINT) {
        return "takes \"encoded_slash=\" only where paths are looked at: take "
               "it out, or \"off\"";
    }

    if (plcf->keep == 1) {
        ngx_http_gate_path_keep_used(cf);
    }

    return NGX_CONF_OK;
}
