
/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * Directives of nginx's own that stand beside ours and undo them: "return" and
 * "rewrite", which run before every policy, and "proxy" of geo{} and
 * "geoip_proxy", which read what hygiene has removed.
 *
 * The configurations of their modules are private.  What is read of them has
 * been the same in every version, and only warnings depend on it.
 */


#include "ngx_http_gate.h"
#include "ngx_http_gate_hygiene.h"
#include "ngx_http_gate_place.h"


#define NGX_HTTP_GATE_BESIDE_RETURN    1
#define NGX_HTTP_GATE_BESIDE_REDIRECT  2
#define NGX_HTTP_GATE_BESIDE_LEAVE     4
#define NGX_HTTP_GATE_BESIDE_LAST      8


typedef struct {
    ngx_uint_t                 told;      /* of what reads removed fields */
} ngx_http_gate_beside_main_conf_t;


/* how the private part of a geo variable begins */

typedef struct {
    void                      *tables[2];
    ngx_array_t               *proxies;
} ngx_http_gate_beside_geo_t;


static ngx_int_t ngx_http_gate_beside_rewrite(ngx_conf_t *cf,
    ngx_http_gate_place_t *place);
static ngx_uint_t ngx_http_gate_beside_codes(ngx_array_t *codes);
#if (NGX_PCRE)
static ngx_uint_t ngx_http_gate_beside_code(u_char *p, ngx_uint_t found);
#endif
static ngx_int_t ngx_http_gate_beside_forwarded(ngx_conf_t *cf,
    ngx_http_gate_place_t *place);
static void ngx_http_gate_beside_geo(ngx_conf_t *cf,
    ngx_http_gate_place_t *place);
static ngx_http_get_variable_pt ngx_http_gate_beside_geo_handler(
    ngx_conf_t *cf, ngx_command_t *cmd, const char *text);
static void ngx_http_gate_beside_text(ngx_conf_file_t *file, ngx_buf_t *b,
    const char *text);
static void ngx_http_gate_beside_geoip(ngx_conf_t *cf,
    ngx_http_gate_place_t *place);
static ngx_int_t ngx_http_gate_beside_preconfiguration(ngx_conf_t *cf);
static void *ngx_http_gate_beside_create_main_conf(ngx_conf_t *cf);


static ngx_http_module_t  ngx_http_gate_beside_module_ctx = {
    ngx_http_gate_beside_preconfiguration, /* preconfiguration */
    NULL,                                  /* postconfiguration */

    ngx_http_gate_beside_create_main_conf, /* create main configuration */
    NULL,                                  /* init main configuration */

    NULL,                                  /* create server configuration */
    NULL,                                  /* merge server configuration */

    NULL,                                  /* create location configuration */
    NULL                                   /* merge location configuration */
};


ngx_module_t  ngx_http_gate_beside_module = {
    NGX_MODULE_V1,
    &ngx_http_gate_beside_module_ctx,      /* module context */
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


/*
 * A "rewrite" that leads to another location is told of only where a policy
 * was written beside it: what a server says of all its locations is in force
 * where it leads to, too.
 */

static ngx_int_t
ngx_http_gate_beside_rewrite(ngx_conf_t *cf, ngx_http_gate_place_t *place)
{
    void          **rlcf;
    ngx_uint_t      found;
    ngx_module_t   *m;

    if (!place->gated || place->server) {
        return NGX_OK;
    }

    m = ngx_http_gate_place_module_named(cf, "ngx_http_rewrite_module");
    if (m == NULL) {
        return NGX_OK;
    }

    /* the array of codes is the first member; an "if" has none of its own */

    rlcf = ngx_http_gate_place_conf(place, m);

    found = ngx_http_gate_beside_codes(*rlcf);

    if (found & NGX_HTTP_GATE_BESIDE_RETURN) {
        ngx_log_error(NGX_LOG_WARN, cf->log, 0,
                      "\"return\" in the gated location \"%V\" answers before "
                      "any policy is asked: move it to a location without "
                      "policies in %s:%ui",
                      &place->name, place->file, place->line);
    }

    if (found & NGX_HTTP_GATE_BESIDE_REDIRECT) {
        ngx_log_error(NGX_LOG_WARN, cf->log, 0,
                      "\"rewrite\" in the gated location \"%V\" redirects "
                      "before any policy is asked: move it to a location "
                      "without policies in %s:%ui",
                      &place->name, place->file, place->line);
    }

    if (place->own && (found & (NGX_HTTP_GATE_BESIDE_LEAVE
                                |NGX_HTTP_GATE_BESIDE_LAST)))
    {
        ngx_log_error(NGX_LOG_WARN, cf->log, 0,
                      "\"rewrite\" in the gated location \"%V\" leaves it "
                      "before any policy is asked: add \"break\", or write "
                      "the policies where it leads to in %s:%ui",
                      &place->name, place->file, place->line);
    }

    return NGX_OK;
}


/* what the codes of a location do, by the public functions they call */

static ngx_uint_t
ngx_http_gate_beside_codes(ngx_array_t *codes)
{
    u_char                   *p, *last;
    ngx_uint_t                found;
    ngx_http_script_code_pt   code;

    if (codes == NULL || codes->size != 1) {
        return 0;
    }

    found = 0;
    last = (u_char *) codes->elts + codes->nelts;

    for (p = codes->elts;
         p + sizeof(uintptr_t) <= last;
         p += sizeof(uintptr_t))
    {
        code = *(ngx_http_script_code_pt *) p;

        if (code == ngx_http_script_return_code) {
            found |= NGX_HTTP_GATE_BESIDE_RETURN;

#if (NGX_PCRE)
        } else if (code == ngx_http_script_regex_start_code) {
            found = ngx_http_gate_beside_code(p, found);
#endif

        } else if (code == ngx_http_script_break_code) {
            found &= ~NGX_HTTP_GATE_BESIDE_LEAVE;
        }
    }

    return found;
}


#if (NGX_PCRE)

static ngx_uint_t
ngx_http_gate_beside_code(u_char *p, ngx_uint_t found)
{
    ngx_http_script_regex_code_t *regex = (ngx_http_script_regex_code_t *) p;

    /* else it is the condition of an "if" */

    if (!regex->uri) {
        return found;
    }

    if (regex->redirect) {
        return found | NGX_HTTP_GATE_BESIDE_REDIRECT;
    }

    if (regex->break_cycle) {
        return found & ~NGX_HTTP_GATE_BESIDE_LEAVE;
    }

    /* "last" ends in a null code: no "break" further on is reached */

    if (*(uintptr_t *) (p + regex->next - sizeof(uintptr_t)) == 0) {
        return found | NGX_HTTP_GATE_BESIDE_LAST;
    }

    return found | NGX_HTTP_GATE_BESIDE_LEAVE;
}

#endif


/* once, for the first server whose hygiene removes X-Forwarded-For */

static ngx_int_t
ngx_http_gate_beside_forwarded(ngx_conf_t *cf, ngx_http_gate_place_t *place)
{
    ngx_http_gate_beside_main_conf_t  *bmcf;

    bmcf = ngx_http_conf_get_module_main_conf(cf, ngx_http_gate_beside_module);

    if (!place->server || bmcf->told
        || !ngx_http_gate_hygiene_is_on(place->srv_conf))
    {
        return NGX_OK;
    }

    bmcf->told = 1;

    ngx_http_gate_beside_geoip(cf, place);
    ngx_http_gate_beside_geo(cf, place);

    return NGX_OK;
}


static void
ngx_http_gate_beside_geo(ngx_conf_t *cf, ngx_http_gate_place_t *place)
{
    ngx_uint_t                   i;
    ngx_module_t                *m;
    ngx_hash_key_t              *key;
    ngx_http_variable_t         *v;
    ngx_http_get_variable_pt     cidr, range;
    ngx_http_core_main_conf_t   *cmcf;
    ngx_http_gate_beside_geo_t  *geo;

    m = ngx_http_gate_place_module_named(cf, "ngx_http_geo_module");

    if (m == NULL || m->commands == NULL
        || ngx_strcmp(m->commands->name.data, "geo") != 0)
    {
        return;
    }

    cidr = ngx_http_gate_beside_geo_handler(cf, m->commands, "default 0;");
    range = ngx_http_gate_beside_geo_handler(cf, m->commands,
                                             "ranges; default 0;");
    if (cidr == NULL || range == NULL) {
        return;
    }

    cmcf = ngx_http_conf_get_module_main_conf(cf, ngx_http_core_module);
    key = cmcf->variables_keys->keys.elts;

    for (i = 0; i < cmcf->variables_keys->keys.nelts; i++) {

        v = key[i].value;

        if (v->get_handler != cidr && v->get_handler != range) {
            continue;
        }

        geo = (ngx_http_gate_beside_geo_t *) v->data;

        if (geo->proxies != NULL) {
            ngx_log_error(NGX_LOG_WARN, cf->log, 0,
                          "\"proxy\" of \"geo $%V\" reads X-Forwarded-For, "
                          "which \"gate_hygiene\" removes: write "
                          "\"set_real_ip_from\" instead, for the server in "
                          "%s:%ui", &v->name, place->file, place->line);
        }
    }
}


/*
 * The function behind the variables of geo{} is known to that module only:
 * it is asked to make one, from a text, for an http{} of which only the list
 * of variables exists.  NULL: it would not.
 */

static ngx_http_get_variable_pt
ngx_http_gate_beside_geo_handler(ngx_conf_t *cf, ngx_command_t *cmd,
    const char *text)
{
    char                       *rv;
    ngx_buf_t                   b;
    ngx_str_t                  *value;
    ngx_conf_t                  save;
    ngx_hash_key_t             *key;
    ngx_conf_file_t             file;
    ngx_http_conf_ctx_t         ctx;
    ngx_hash_keys_arrays_t      names;
    ngx_http_core_main_conf_t   cmcf;

    ngx_memzero(&cmcf, sizeof(ngx_http_core_main_conf_t));
    ngx_memzero(&names, sizeof(ngx_hash_keys_arrays_t));

    save = *cf;

    names.pool = cf->temp_pool;
    names.temp_pool = cf->temp_pool;
    cmcf.variables_keys = &names;

    ctx = *(ngx_http_conf_ctx_t *) cf->ctx;
    ctx.main_conf = ngx_pcalloc(cf->temp_pool,
                                sizeof(void *) * ngx_http_max_module);

    if (ctx.main_conf == NULL
        || ngx_hash_keys_array_init(&names, NGX_HASH_SMALL) != NGX_OK)
    {
        return NULL;
    }

    ctx.main_conf[ngx_http_core_module.ctx_index] = &cmcf;

    ngx_http_gate_beside_text(&file, &b, text);

    cf->pool = cf->temp_pool;
    cf->ctx = &ctx;
    cf->conf_file = &file;
    cf->args = ngx_array_create(cf->temp_pool, 2, sizeof(ngx_str_t));
    rv = NGX_CONF_ERROR;

    value = cf->args ? ngx_array_push_n(cf->args, 2) : NULL;

    if (value != NULL) {
        value[0] = cmd->name;
        ngx_str_set(&value[1], "$gate_beside");
        rv = cmd->set(cf, cmd, NULL);
    }

    *cf = save;

    if (rv != NGX_CONF_OK || names.keys.nelts != 1) {
        return NULL;
    }

    key = names.keys.elts;

    return ((ngx_http_variable_t *) key->value)->get_handler;
}


/* a text to be read as if it stood in a file */

static void
ngx_http_gate_beside_text(ngx_conf_file_t *file, ngx_buf_t *b,
    const char *text)
{
    ngx_memzero(b, sizeof(ngx_buf_t));
    ngx_memzero(file, sizeof(ngx_conf_file_t));

    b->start = (u_char *) text;
    b->pos = b->start;
    b->last = b->start + ngx_strlen(text);
    b->end = b->last;
    b->temporary = 1;

    file->file.fd = NGX_INVALID_FILE;
    file->buffer = b;
}


/* in its configuration the list of proxies stands before the flag */

static void
ngx_http_gate_beside_geoip(ngx_conf_t *cf, ngx_http_gate_place_t *place)
{
    u_char         *gcf;
    ngx_module_t   *m;
    ngx_command_t  *cmd;

    m = ngx_http_gate_place_module_named(cf, "ngx_http_geoip_module");

    if (m == NULL || m->commands == NULL) {
        return;
    }

    gcf = ((ngx_http_conf_ctx_t *) cf->ctx)->main_conf[m->ctx_index];

    for (cmd = m->commands; cmd->name.len; cmd++) {

        if (ngx_strcmp(cmd->name.data, "geoip_proxy_recursive") != 0
            || cmd->offset < sizeof(ngx_array_t *)
            || *(ngx_array_t **) (gcf + cmd->offset - sizeof(ngx_array_t *))
               == NULL)
        {
            continue;
        }

        ngx_log_error(NGX_LOG_WARN, cf->log, 0,
                      "\"geoip_proxy\" reads X-Forwarded-For, which "
                      "\"gate_hygiene\" removes: write \"set_real_ip_from\" "
                      "instead, for the server in %s:%ui",
                      place->file, place->line);
    }
}


static ngx_int_t
ngx_http_gate_beside_preconfiguration(ngx_conf_t *cf)
{
    if (ngx_http_gate_place_check(cf, ngx_http_gate_beside_rewrite)
        != NGX_OK)
    {
        return NGX_ERROR;
    }

    return ngx_http_gate_place_check(cf, ngx_http_gate_beside_forwarded);
}


static void *
ngx_http_gate_beside_create_main_conf(ngx_conf_t *cf)
{
    /*
     * set by ngx_pcalloc():
     *
     *     bmcf->told = 0;
     */

    return ngx_pcalloc(cf->pool, sizeof(ngx_http_gate_beside_main_conf_t));
}
