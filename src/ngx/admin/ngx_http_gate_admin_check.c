
/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * What protects a location with gate_admin: without any protection the
 * configuration does not load.
 */


#include "ngx_http_gate_admin.h"
#include "ngx_http_gate_access.h"
#include "ngx_http_gate_auth.h"
#include "ngx_http_gate_dry_run.h"


#define NGX_HTTP_GATE_ADMIN_WIDE    0xff000000
#define NGX_HTTP_GATE_ADMIN_WIDE6   0xfe


/* the beginning of what ngx_http_access_module keeps for itself */

typedef struct {
    in_addr_t                  mask;
    in_addr_t                  addr;
    ngx_uint_t                 deny;
} ngx_http_gate_admin_rule_t;

#if (NGX_HAVE_INET6)

typedef struct {
    struct in6_addr            addr;
    struct in6_addr            mask;
    ngx_uint_t                 deny;
} ngx_http_gate_admin_rule6_t;

#endif

typedef struct {
    ngx_array_t               *rules;
#if (NGX_HAVE_INET6)
    ngx_array_t               *rules6;
#endif
} ngx_http_gate_admin_rules_t;


static ngx_int_t ngx_http_gate_admin_names_of(ngx_conf_t *cf,
    ngx_http_gate_place_t *place, ngx_http_gate_admin_loc_conf_t *alcf);
static ngx_int_t ngx_http_gate_admin_check_place(ngx_conf_t *cf,
    ngx_http_gate_place_t *place, ngx_http_gate_admin_loc_conf_t *alcf);
static ngx_uint_t ngx_http_gate_admin_denies(ngx_conf_t *cf,
    ngx_http_gate_place_t *place);
static ngx_uint_t ngx_http_gate_admin_denies_inet(ngx_array_t *rules);
static ngx_uint_t ngx_http_gate_admin_asks_password(ngx_conf_t *cf,
    ngx_http_gate_place_t *place);
static ngx_uint_t ngx_http_gate_admin_asks_certificate(ngx_conf_t *cf,
    ngx_http_gate_place_t *place);
static ngx_uint_t ngx_http_gate_admin_asks_gate(ngx_conf_t *cf,
    ngx_http_gate_place_t *place, ngx_http_gate_admin_loc_conf_t *alcf,
    ngx_uint_t alone);


ngx_int_t
ngx_http_gate_admin_check(ngx_conf_t *cf, ngx_http_gate_place_t *place)
{
    ngx_uint_t                       denies, certificate, gate;
    ngx_http_gate_admin_loc_conf_t  *alcf;

    alcf = ngx_http_gate_place_conf(place, &ngx_http_gate_admin_module);

    if (place->server || !alcf->enable) {
        return NGX_OK;
    }

    if (ngx_http_gate_dry_run_stands(place->loc_conf)) {
        ngx_log_error(NGX_LOG_EMERG, cf->log, 0,
                      "\"gate_dry_run\" would let everybody use "
                      "\"gate_admin\" in location \"%V\": write "
                      "\"gate_dry_run off\" there, for the line in %s:%ui",
                      &place->name, alcf->conf_file, alcf->conf_line);
        return NGX_ERROR;
    }

    if (ngx_http_gate_admin_check_place(cf, place, alcf) != NGX_OK
        || ngx_http_gate_admin_names_of(cf, place, alcf) != NGX_OK)
    {
        return NGX_ERROR;
    }

    denies = ngx_http_gate_admin_denies(cf, place);
    alcf->basic = ngx_http_gate_admin_asks_password(cf, place);
    certificate = ngx_http_gate_admin_asks_certificate(cf, place);
    gate = ngx_http_gate_admin_asks_gate(cf, place, alcf,
                                         !denies && !alcf->basic
                                         && !certificate);

    if (denies || alcf->basic || gate) {
        return NGX_OK;
    }

    if (certificate) {

        /* the same server may also have a port without TLS */

        alcf->certificate = 1;
        return NGX_OK;
    }

    ngx_log_error(NGX_LOG_EMERG, cf->log, 0,
                  "\"gate_admin\" in location \"%V\" is open to everybody: "
                  "write \"allow ADDRESS; deny all;\" into it, or "
                  "\"auth_basic\" with \"auth_basic_user_file\", "
                  "\"gate_auth\" without \"anonymous\", or "
                  "\"ssl_verify_client on\" for its server, in %s:%ui",
                  &place->name, alcf->conf_file, alcf->conf_line);

    return NGX_ERROR;
}


/* without "hosts": nginx forgets the names of a server once they are hashed */

static ngx_int_t
ngx_http_gate_admin_names_of(ngx_conf_t *cf, ngx_http_gate_place_t *place,
    ngx_http_gate_admin_loc_conf_t *alcf)
{
    ngx_str_t                 *host;
    ngx_uint_t                 i;
    ngx_http_server_name_t    *name;
    ngx_http_core_srv_conf_t  *cscf;

    if (alcf->hosts != NULL) {
        return NGX_OK;
    }

    cscf = place->srv_conf[ngx_http_core_module.ctx_index];
    name = cscf->server_names.elts;

    alcf->hosts = ngx_array_create(cf->pool, cscf->server_names.nelts + 1,
                                   sizeof(ngx_str_t));
    if (alcf->hosts == NULL) {
        return NGX_ERROR;
    }

    /* there is room for all of them */

    host = ngx_array_push(alcf->hosts);
    ngx_str_set(host, "localhost");

    for (i = 0; i < cscf->server_names.nelts; i++) {
        host = ngx_array_push(alcf->hosts);
        host->len = name[i].name.len;
        host->data = ngx_pstrdup(cf->pool, &name[i].name);

        if (host->data == NULL) {
            return NGX_ERROR;
        }
    }

    return NGX_OK;
}


static ngx_int_t
ngx_http_gate_admin_check_place(ngx_conf_t *cf, ngx_http_gate_place_t *place,
    ngx_http_gate_admin_loc_conf_t *alcf)
{
    ngx_http_core_loc_conf_t  *clcf;

    clcf = ngx_http_gate_place_conf(place, &ngx_http_core_module);

    if (!ngx_http_gate_redis_conf_written(cf)) {
        ngx_log_error(NGX_LOG_EMERG, cf->log, 0,
                      "\"gate_admin\" needs \"gate_redis\": write \"gate_redis "
                      "ADDRESS\" into http, for the line in %s:%ui",
                      alcf->conf_file, alcf->conf_line);
        return NGX_ERROR;
    }

    if (clcf->handler != ngx_http_gate_admin_handler) {
        ngx_log_error(NGX_LOG_EMERG, cf->log, 0,
                      "\"gate_admin\" is not alone: take the other content "
                      "handler out of location \"%V\" in %s:%ui",
                      &place->name, alcf->conf_file, alcf->conf_line);
        return NGX_ERROR;
    }

    if (clcf->satisfy == NGX_HTTP_SATISFY_ANY) {
        ngx_log_error(NGX_LOG_EMERG, cf->log, 0,
                      "\"satisfy any\" lets one protection of \"gate_admin\" "
                      "replace all others: write \"satisfy all\" into "
                      "location \"%V\" in %s:%ui",
                      &place->name, alcf->conf_file, alcf->conf_line);
        return NGX_ERROR;
    }

    if (clcf->exact_match || clcf->named
#if (NGX_PCRE)
        || clcf->regex
#endif
        )
    {
        ngx_log_error(NGX_LOG_EMERG, cf->log, 0,
                      "\"gate_admin\" has paths below its location: write it "
                      "into one such as \"location /gate/admin/\" in %s:%ui",
                      alcf->conf_file, alcf->conf_line);
        return NGX_ERROR;
    }

    return NGX_OK;
}


/*
 * A line before "deny all" lets in at most a /8, or a /7 of IPv6, which are
 * the largest networks for private use: two halves are all addresses.
 */

static ngx_uint_t
ngx_http_gate_admin_denies(ngx_conf_t *cf, ngx_http_gate_place_t *place)
{
    ngx_module_t                  *m;
    ngx_http_gate_admin_rules_t   *rules;
#if (NGX_HAVE_INET6)
    ngx_uint_t                     i;
    ngx_http_gate_admin_rule6_t   *rule6;
    static const struct in6_addr   any;
#endif

    if (ngx_http_gate_place_command(cf, "deny", &m) == NULL
        || ngx_strcmp(m->name, "ngx_http_access_module") != 0)
    {
        return 0;
    }

    rules = ngx_http_gate_place_conf(place, m);

    if (rules->rules == NULL || rules->rules->nelts == 0) {
        return 0;
    }

    if (!ngx_http_gate_admin_denies_inet(rules->rules)) {
        return 0;
    }

#if (NGX_HAVE_INET6)

    if (rules->rules6 == NULL) {
        return 0;
    }

    rule6 = rules->rules6->elts;

    for (i = 0; i < rules->rules6->nelts; i++) {

        if (!rule6[i].deny
            && rule6[i].mask.s6_addr[0] < NGX_HTTP_GATE_ADMIN_WIDE6)
        {
            return 0;
        }

        if (ngx_memcmp(&rule6[i].mask, &any, sizeof(any)) == 0) {
            return 1;
        }
    }

    return 0;

#else

    return 1;

#endif
}


static ngx_uint_t
ngx_http_gate_admin_denies_inet(ngx_array_t *rules)
{
    ngx_uint_t                   i;
    ngx_http_gate_admin_rule_t  *rule;

    rule = rules->elts;

    for (i = 0; i < rules->nelts; i++) {

        if (!rule[i].deny
            && ntohl(rule[i].mask) < NGX_HTTP_GATE_ADMIN_WIDE)
        {
            return 0;
        }

        if (rule[i].mask == 0) {
            return 1;
        }
    }

    return 0;
}


static ngx_uint_t
ngx_http_gate_admin_asks_password(ngx_conf_t *cf, ngx_http_gate_place_t *place)
{
    u_char                    *conf;
    ngx_module_t              *m;
    ngx_command_t             *cmd, *users;
    ngx_http_complex_value_t  *realm, *file;

    cmd = ngx_http_gate_place_command(cf, "auth_basic", &m);

    if (cmd == NULL || ngx_strcmp(m->name, "ngx_http_auth_basic_module") != 0)
    {
        return 0;
    }

    users = ngx_http_gate_place_command(cf, "auth_basic_user_file", &m);

    if (users == NULL
        || ngx_strcmp(m->name, "ngx_http_auth_basic_module") != 0)
    {
        return 0;
    }

    conf = ngx_http_gate_place_conf(place, m);
    realm = *(ngx_http_complex_value_t **) (conf + cmd->offset);
    file = *(ngx_http_complex_value_t **) (conf + users->offset);

    /* without a file nginx asks nobody; a realm of a variable may be "off" */

    return file != NULL && file != NGX_CONF_UNSET_PTR
           && realm != NULL && realm != NGX_CONF_UNSET_PTR
           && realm->lengths == NULL
           && !gate_str_eq(ngx_http_gate_view(&realm->value),
                           gate_cstr("off"));
}


/* "on"; "optional" asks for none */

static ngx_uint_t
ngx_http_gate_admin_asks_certificate(ngx_conf_t *cf,
    ngx_http_gate_place_t *place)
{
    u_char         *conf;
    ngx_module_t   *m;
    ngx_command_t  *cmd;

    cmd = ngx_http_gate_place_command(cf, "ssl_verify_client", &m);

    if (cmd == NULL || ngx_strcmp(m->name, "ngx_http_ssl_module") != 0) {
        return 0;
    }

    conf = place->srv_conf[m->ctx_index];

    return *(ngx_uint_t *) (conf + cmd->offset) == 1;
}


/* "alone": nothing else protects it, so rights are worth a thought */

static ngx_uint_t
ngx_http_gate_admin_asks_gate(ngx_conf_t *cf, ngx_http_gate_place_t *place,
    ngx_http_gate_admin_loc_conf_t *alcf, ngx_uint_t alone)
{
    ngx_http_gate_auth_conf_t        *acf;
    ngx_http_gate_access_loc_conf_t  *access;

    acf = ngx_http_gate_place_conf(place, &ngx_http_gate_auth_module);

    if (!acf->enable
        || ngx_http_gate_auth_flagged(acf, NGX_HTTP_GATE_METHOD_LAST) != NULL)
    {
        return 0;
    }

    access = ngx_http_gate_place_conf(place, &ngx_http_gate_access_module);

    if (alone && access->lines == NULL) {
        ngx_log_error(NGX_LOG_WARN, cf->log, 0,
                      "every consumer may use \"gate_admin\" in location "
                      "\"%V\": write \"gate_allow group=NAME;\" into it in "
                      "%s:%ui", &place->name, alcf->conf_file,
                      alcf->conf_line);
    }

    return 1;
}
