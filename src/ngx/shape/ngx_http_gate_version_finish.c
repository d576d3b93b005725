
/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * gate_versions, once all has been read: where versions lead to, and what
 * consumers are pinned to.
 */


#include "ngx_http_gate.h"
#include "ngx_http_gate_store.h"
#include "ngx_http_gate_store_redis.h"
#include "ngx_http_gate_version.h"


/* a location that a URI may lead to */

typedef struct {
    void                     **srv_conf;
    ngx_http_core_loc_conf_t  *clcf;
} ngx_http_gate_version_place_t;


static ngx_uint_t ngx_http_gate_version_leads_back(
    ngx_http_gate_version_main_conf_t *vmcf, ngx_http_gate_versions_t *v,
    ngx_str_t *uri);
static ngx_uint_t ngx_http_gate_version_takes(ngx_http_core_loc_conf_t *clcf,
    ngx_str_t *uri);
static void ngx_http_gate_version_pin(ngx_conf_t *cf, gate_str_t consumer,
    gate_str_t pin, u_char *file, ngx_uint_t line);


ngx_int_t
ngx_http_gate_version_place(ngx_conf_t *cf,
    ngx_http_gate_version_main_conf_t *vmcf)
{
    ngx_http_core_loc_conf_t       *clcf;
    ngx_http_gate_version_place_t  *place;

    clcf = ngx_http_conf_get_module_loc_conf(cf, ngx_http_core_module);

    if (clcf->name.len == 0 || clcf->noname || clcf->named) {
        return NGX_OK;
    }

    if (vmcf->places == NULL) {
        vmcf->places = ngx_array_create(cf->temp_pool, 16,
                                        sizeof(ngx_http_gate_version_place_t));
        if (vmcf->places == NULL) {
            return NGX_ERROR;
        }
    }

    place = ngx_array_push(vmcf->places);
    if (place == NULL) {
        return NGX_ERROR;
    }

    place->srv_conf = ((ngx_http_conf_ctx_t *) cf->ctx)->srv_conf;
    place->clcf = clcf;

    return NGX_OK;
}


ngx_int_t
ngx_http_gate_version_finish(ngx_conf_t *cf,
    ngx_http_gate_version_main_conf_t *vmcf)
{
    ngx_uint_t                  i, j;
    ngx_http_gate_version_t    *version;
    ngx_http_gate_versions_t  **v;

    v = vmcf->blocks.elts;

    for (i = 0; i < vmcf->blocks.nelts; i++) {
        version = v[i]->versions->elts;

        for (j = 0; j < v[i]->versions->nelts; j++) {
            if (ngx_http_gate_version_leads_back(vmcf, v[i], &version[j].uri))
            {
                ngx_log_error(NGX_LOG_EMERG, cf->log, 0,
                              "\"version %V %V\" leads back to the location "
                              "of its \"gate_versions\": write a location "
                              "for that URI, or another URI in %s:%ui",
                              &version[j].name, &version[j].uri, v[i]->file,
                              v[i]->line);
                return NGX_ERROR;
            }
        }
    }

    ngx_http_gate_store_pins(cf, ngx_http_gate_version_pin);

    for (i = 0; i < vmcf->blocks.nelts; i++) {
        if (v[i]->ways->nelts == 0 && v[i]->first.len == 0 && !v[i]->pinned
            && !ngx_http_gate_store_redis_written(cf))
        {
            ngx_log_error(NGX_LOG_EMERG, cf->log, 0,
                          "\"gate_versions %V\" leads nobody anywhere: "
                          "write \"path\", \"field NAME\", \"query NAME\", "
                          "\"media TYPE\" or \"default NAME\" in it in "
                          "%s:%ui", &v[i]->name, v[i]->file, v[i]->line);
            return NGX_ERROR;
        }
    }

    return NGX_OK;
}


/* as nginx looks for a location; what a regular expression takes is not known
 * before there is a request */

static ngx_uint_t
ngx_http_gate_version_leads_back(ngx_http_gate_version_main_conf_t *vmcf,
    ngx_http_gate_versions_t *v, ngx_str_t *uri)
{
    ngx_uint_t                      i;
    ngx_http_core_loc_conf_t       *best;
    ngx_http_gate_version_place_t  *place;

    best = NULL;
    place = vmcf->places->elts;

    for (i = 0; i < vmcf->places->nelts; i++) {

        if (place[i].srv_conf != v->srv_conf) {
            continue;
        }

#if (NGX_PCRE)
        if (place[i].clcf->regex) {
            return 0;
        }
#endif

        if (ngx_http_gate_version_takes(place[i].clcf, uri)
            && (best == NULL || place[i].clcf->exact_match
                || (!best->exact_match
                    && place[i].clcf->name.len > best->name.len)))
        {
            best = place[i].clcf;
        }
    }

    return best != NULL && best->exact_match == v->exact
           && best->name.data == v->prefix.data;
}


static ngx_uint_t
ngx_http_gate_version_takes(ngx_http_core_loc_conf_t *clcf, ngx_str_t *uri)
{
    return uri->len >= clcf->name.len
           && ngx_strncmp(uri->data, clcf->name.data, clcf->name.len) == 0
           && (!clcf->exact_match || uri->len == clcf->name.len);
}


/* one of several blocks of a name, as of two servers, may have the version */

static void
ngx_http_gate_version_pin(ngx_conf_t *cf, gate_str_t consumer, gate_str_t pin,
    u_char *file, ngx_uint_t line)
{
    size_t                              n;
    ngx_uint_t                          i, found;
    gate_str_t                          api, name;
    ngx_http_gate_versions_t           *same, **v;
    ngx_http_gate_version_main_conf_t  *vmcf;

    vmcf = ngx_http_conf_get_module_main_conf(cf,
                                              ngx_http_gate_version_module);

    for (n = 0; pin.data[n] != '='; n++) { /* void */ }

    api = gate_str(pin.data, n);
    name = gate_str(pin.data + n + 1, pin.len - n - 1);

    found = 0;
    same = NULL;
    v = vmcf->blocks.elts;

    for (i = 0; i < vmcf->blocks.nelts; i++) {

        if (!gate_str_eq(ngx_http_gate_view(&v[i]->name), api)) {
            continue;
        }

        if (ngx_http_gate_version_find(v[i], name) != NULL) {
            v[i]->pinned = 1;
            found = 1;
        }

        same = v[i];
    }

    if (found) {
        return;
    }

    if (same == NULL) {
        ngx_log_error(NGX_LOG_WARN, cf->log, 0,
                      "\"pin %*s\" of \"gate_consumer %*s\" is for no "
                      "\"gate_versions\": see how it is spelt, or take it "
                      "out in %s:%ui", pin.len, pin.data, consumer.len,
                      consumer.data, file, line);
        return;
    }

    ngx_log_error(NGX_LOG_WARN, cf->log, 0,
                  "\"pin %*s\" of \"gate_consumer %*s\" is no version of "
                  "\"gate_versions %V\" in %s:%ui: see how it is spelt, or "
                  "take it out in %s:%ui", pin.len, pin.data, consumer.len,
                  consumer.data, &same->name, same->file, same->line, file,
                  line);
}
