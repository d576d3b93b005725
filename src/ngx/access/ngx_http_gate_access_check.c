
/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * Lines of gate_allow and gate_deny that no request can meet.
 */


#include "ngx_http_gate.h"
#include "ngx_http_gate_access.h"
#include "ngx_http_gate_auth.h"
#include "ngx_http_gate_auth_jwt.h"
#include "ngx_http_gate_conf.h"
#include "ngx_http_gate_place.h"
#include "ngx_http_gate_store.h"
#include "ngx_http_gate_store_redis.h"


static ngx_int_t ngx_http_gate_access_check(ngx_conf_t *cf,
    ngx_http_gate_place_t *place);
static ngx_int_t ngx_http_gate_access_check_lines(ngx_conf_t *cf,
    ngx_http_gate_place_t *place, ngx_array_t *lines);
static ngx_int_t ngx_http_gate_access_check_methods(ngx_conf_t *cf,
    ngx_http_gate_auth_conf_t *acf, ngx_http_gate_access_line_t *line);
static void ngx_http_gate_access_check_line(ngx_conf_t *cf,
    ngx_http_gate_auth_conf_t *acf, ngx_http_gate_access_line_t *line);
static void ngx_http_gate_access_check_consumers(ngx_conf_t *cf,
    ngx_http_gate_access_line_t *line);
static void ngx_http_gate_access_check_names(ngx_conf_t *cf,
    ngx_http_gate_access_line_t *line, ngx_array_t *names, ngx_uint_t scope);


static ngx_int_t
ngx_http_gate_access_check(ngx_conf_t *cf, ngx_http_gate_place_t *place)
{
    ngx_http_gate_access_loc_conf_t  *alcf;

    alcf = ngx_http_gate_place_conf(place, &ngx_http_gate_access_module);

    if (place->server) {
        return NGX_OK;
    }

    if (ngx_http_gate_access_check_lines(cf, place, alcf->denied) != NGX_OK) {
        return NGX_ERROR;
    }

    return ngx_http_gate_access_check_lines(cf, place, alcf->lines);
}


static ngx_int_t
ngx_http_gate_access_check_lines(ngx_conf_t *cf, ngx_http_gate_place_t *place,
    ngx_array_t *lines)
{
    ngx_uint_t                    i;
    ngx_http_gate_auth_conf_t    *acf;
    ngx_http_gate_access_line_t  *line;

    if (lines == NULL) {
        return NGX_OK;
    }

    acf = ngx_http_gate_place_conf(place, &ngx_http_gate_auth_module);
    line = lines->elts;

    for (i = 0; i < lines->nelts; i++) {

        if (line[i].who && !acf->enable) {
            ngx_log_error(NGX_LOG_EMERG, cf->log, 0,
                          "\"%s\" with \"group\", \"scope\", "
                          "\"claim\" or the like needs \"gate_auth\" in "
                          "location \"%V\": write it there, or take these "
                          "out in %s:%ui", line[i].directive, &place->name,
                          line[i].file, line[i].line);
            return NGX_ERROR;
        }

        if (line[i].more != NULL && line[i].more->credentials != NULL
            && ngx_http_gate_access_check_methods(cf, acf, &line[i]) != NGX_OK)
        {
            return NGX_ERROR;
        }

        if (!line[i].told) {
            ngx_http_gate_access_check_line(cf, acf, &line[i]);
        }
    }

    return NGX_OK;
}


/* credential=METHOD: no other name is one, and who lists it here? */

static ngx_int_t
ngx_http_gate_access_check_methods(ngx_conf_t *cf,
    ngx_http_gate_auth_conf_t *acf, ngx_http_gate_access_line_t *line)
{
    ngx_str_t                   *name;
    ngx_uint_t                   i, n;
    ngx_array_t                 *names;
    ngx_http_gate_auth_entry_t  *entry;

    names = line->more->credentials;
    name = names->elts;
    entry = acf->methods->elts;

    for (i = 0; i < names->nelts; i++) {

        for (n = 0; n < acf->methods->nelts; n++) {
            if (entry[n].method->name.len == name[i].len
                && ngx_strncmp(entry[n].method->name.data, name[i].data,
                               name[i].len)
                   == 0)
            {
                break;
            }
        }

        if (n == acf->methods->nelts) {
            ngx_log_error(NGX_LOG_EMERG, cf->log, 0,
                          "\"credential=%V\" of \"%s\" is no method of "
                          "\"gate_auth\" there: write one that it lists in "
                          "%s:%ui", &name[i], line->directive, line->file,
                          line->line);
            return NGX_ERROR;
        }
    }

    return NGX_OK;
}


/*
 * A token brings scopes and claims of its own, and groups where it is asked; a
 * consumer of Redis may have any.
 */

static void
ngx_http_gate_access_check_line(ngx_conf_t *cf,
    ngx_http_gate_auth_conf_t *acf, ngx_http_gate_access_line_t *line)
{
    ngx_str_t                      name;
    ngx_http_gate_access_claim_t  *c;

    ngx_http_gate_access_check_consumers(cf, line);

    if (!ngx_http_gate_auth_jwt_groups(acf)) {
        ngx_http_gate_access_check_names(cf, line, line->groups, 0);
    }

    if (ngx_http_gate_auth_flagged(acf, NGX_HTTP_GATE_METHOD_CLAIMS)) {
        return;
    }

    ngx_http_gate_access_check_names(cf, line, line->scopes, 1);

    if (line->more != NULL) {
        ngx_http_gate_access_check_names(cf, line, line->more->any_scopes, 1);
    }

    if (line->claims != NULL && !ngx_http_gate_store_redis_written(cf)) {
        line->told = 1;

        c = line->claims->elts;
        name.len = c->claim.text.len;
        name.data = (u_char *) c->claim.text.data;

        ngx_log_error(NGX_LOG_WARN, cf->log, 0,
                      "\"%s:%V%s\" asks for a token, which \"gate_auth\" "
                      "does not accept here: add \"jwt=ISSUER\" to it or take "
                      "the claim out in %s:%ui", c->word, &name,
                      c->test == NGX_HTTP_GATE_ACCESS_PRESENT ? "" : "=",
                      line->file, line->line);
    }
}


static void
ngx_http_gate_access_check_consumers(ngx_conf_t *cf,
    ngx_http_gate_access_line_t *line)
{
    ngx_str_t       *name;
    ngx_uint_t       i;
    gate_closest_t   closest;

    if (line->more == NULL || line->more->consumers == NULL) {
        return;
    }

    name = line->more->consumers->elts;

    for (i = 0; i < line->more->consumers->nelts; i++) {

        gate_closest_init(&closest, ngx_http_gate_view(&name[i]));

        if (ngx_http_gate_store_known(cf, &closest)) {
            continue;
        }

        line->told = 1;

        ngx_log_error(NGX_LOG_WARN, cf->log, 0,
                      "no \"gate_consumer\" is called \"%V\", which \"%s\" "
                      "names%s%*s%s: see how it is spelt, or define it, in "
                      "%s:%ui", &name[i], line->directive,
                      closest.name.len ? ", the closest is \"" : "",
                      closest.name.len, closest.name.data,
                      closest.name.len ? "\"" : "", line->file, line->line);
    }
}


static void
ngx_http_gate_access_check_names(ngx_conf_t *cf,
    ngx_http_gate_access_line_t *line, ngx_array_t *names, ngx_uint_t scope)
{
    ngx_str_t    name;
    ngx_uint_t   i;
    gate_str_t  *s;

    if (names == NULL) {
        return;
    }

    s = names->elts;

    for (i = 0; i < names->nelts; i++) {

        if (ngx_http_gate_store_grants(cf, s[i], scope)) {
            continue;
        }

        line->told = 1;

        name.len = s[i].len;
        name.data = (u_char *) s[i].data;

        ngx_log_error(NGX_LOG_WARN, cf->log, 0,
                      "no \"gate_consumer\" %s \"%V\": see how it is spelt, "
                      "or write \"%s %V\" in one in %s:%ui",
                      scope ? "has the scope" : "is in the group", &name,
                      scope ? "scope" : "group", &name, line->file,
                      line->line);
    }
}


ngx_int_t
ngx_http_gate_access_preconfiguration(ngx_conf_t *cf)
{
    if (ngx_http_gate_reasons(cf, ngx_http_gate_access_reasons) != NGX_OK) {
        return NGX_ERROR;
    }

    return ngx_http_gate_place_check(cf, ngx_http_gate_access_check);
}
