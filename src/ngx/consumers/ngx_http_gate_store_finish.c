
/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * What was read is complete: plans and consumers are filled in and checked.
 */


#include "ngx_http_gate.h"
#include "ngx_http_gate_store.h"
#include "ngx_http_gate_store_redis.h"

#include "gate_caller.h"


static void ngx_http_gate_store_unknown_plan(ngx_conf_t *cf,
    ngx_http_gate_store_main_conf_t *smcf, ngx_http_gate_store_plan_t *plan);
static void ngx_http_gate_store_unknown_consumer(ngx_conf_t *cf,
    ngx_http_gate_store_main_conf_t *smcf,
    ngx_http_gate_store_consumer_t *consumer);
static ngx_int_t ngx_http_gate_store_finish(ngx_conf_t *cf,
    ngx_http_gate_store_main_conf_t *smcf,
    ngx_http_gate_store_consumer_t *sc);
static void ngx_http_gate_store_successors(ngx_conf_t *cf,
    ngx_http_gate_store_consumer_t *sc);
static ngx_int_t ngx_http_gate_store_texts(ngx_conf_t *cf, gate_consumer_t *c);
static ngx_int_t ngx_http_gate_store_names(ngx_conf_t *cf, ngx_array_t *from,
    u_char separator, gate_str_t **names, size_t *n, gate_str_t *text);


/* after all was read: forward references are resolved or told */

ngx_int_t
ngx_http_gate_store_init(ngx_conf_t *cf)
{
    ngx_uint_t                        i;
    ngx_http_gate_store_plan_t      **sp;
    ngx_http_gate_store_consumer_t  **sc;
    ngx_http_gate_store_main_conf_t  *smcf;

    smcf = ngx_http_conf_get_module_main_conf(cf, ngx_http_gate_store_module);

    sp = smcf->plans->elts;

    for (i = 0; i < smcf->plans->nelts; i++) {
        if (!sp[i]->defined) {
            ngx_http_gate_store_unknown_plan(cf, smcf, sp[i]);
            return NGX_ERROR;
        }
    }

    sc = smcf->consumers->elts;

    for (i = 0; i < smcf->consumers->nelts; i++) {
        if (ngx_http_gate_store_finish(cf, smcf, sc[i]) != NGX_OK) {
            return NGX_ERROR;
        }
    }

    return NGX_OK;
}


static void
ngx_http_gate_store_unknown_plan(ngx_conf_t *cf,
    ngx_http_gate_store_main_conf_t *smcf, ngx_http_gate_store_plan_t *plan)
{
    ngx_uint_t                    i;
    gate_closest_t                closest;
    ngx_http_gate_store_plan_t  **sp;

    gate_closest_init(&closest, plan->plan.name);

    sp = smcf->plans->elts;

    for (i = 0; i < smcf->plans->nelts; i++) {
        if (sp[i]->defined) {
            gate_closest_try(&closest, sp[i]->plan.name);
        }
    }

    ngx_http_gate_conf_undefined(cf, "gate_plan", &closest, plan->file,
                                 plan->line);
}


static void
ngx_http_gate_store_unknown_consumer(ngx_conf_t *cf,
    ngx_http_gate_store_main_conf_t *smcf,
    ngx_http_gate_store_consumer_t *consumer)
{
    ngx_uint_t                        i;
    gate_closest_t                    closest;
    ngx_http_gate_store_consumer_t  **sc;

    gate_closest_init(&closest, consumer->consumer.name);

    sc = smcf->consumers->elts;

    for (i = 0; i < smcf->consumers->nelts; i++) {
        if (sc[i]->defined) {
            gate_closest_try(&closest, sc[i]->consumer.name);
        }
    }

    ngx_http_gate_conf_undefined(cf, "gate_consumer", &closest,
                                 consumer->file, consumer->line);
}


static ngx_int_t
ngx_http_gate_store_finish(ngx_conf_t *cf,
    ngx_http_gate_store_main_conf_t *smcf, ngx_http_gate_store_consumer_t *sc)
{
    size_t            npins;
    gate_str_t       *pins;
    gate_consumer_t  *c;

    c = &sc->consumer;

    if (!sc->defined) {
        ngx_http_gate_store_unknown_consumer(cf, smcf, sc);
        return NGX_ERROR;
    }

    if (sc->plan != NULL) {
        c->plan = &sc->plan->plan;

    } else if (smcf->need_file != NULL) {
        ngx_log_error(NGX_LOG_EMERG, cf->log, 0,
                      "gate_consumer \"%*s\" has no plan, which \"gate_limit "
                      "plan\" in %s:%ui needs: write \"plan NAME;\" in it in "
                      "%s:%ui", c->name.len, c->name.data, smcf->need_file,
                      smcf->need_line, sc->file, sc->line);
        return NGX_ERROR;
    }

    if (!sc->reached && !c->disabled && !ngx_http_gate_store_redis_written(cf)
        && !ngx_http_gate_store_issuers->names(cf))
    {
        ngx_log_error(NGX_LOG_WARN, cf->log, 0,
                      "\"gate_consumer %*s\" can be nobody: write a \"key\", "
                      "\"claim\", \"basic\", \"mtls\" or \"signature\" "
                      "line in it, name it in \"anonymous=\" or "
                      "\"unknown=\", or let an issuer name it by \"map=name\" "
                      "in %s:%ui", c->name.len, c->name.data,
                      sc->file, sc->line);
    }

    ngx_http_gate_store_successors(cf, sc);

    if (ngx_http_gate_store_names(cf, sc->groups, ',', &c->groups,
                                  &c->ngroups, &c->groups_text)
        != NGX_OK
        || ngx_http_gate_store_names(cf, sc->pins, ',', &pins, &npins,
                                     &c->pins_text)
           != NGX_OK
        || ngx_http_gate_store_names(cf, sc->scopes, ' ', &c->scopes,
                                     &c->nscopes, &c->scopes_text)
           != NGX_OK)
    {
        return NGX_ERROR;
    }

    if (ngx_http_gate_store_texts(cf, c) != NGX_OK) {
        return NGX_ERROR;
    }

    return gate_model_add_consumer(smcf->model, c) == GATE_MODEL_OK
           ? NGX_OK : NGX_ERROR;
}


/* what a caller is told to take in the place of an old credential */

static void
ngx_http_gate_store_successors(ngx_conf_t *cf,
    ngx_http_gate_store_consumer_t *sc)
{
    ngx_uint_t           i, j, n;
    gate_credential_t  **k;

    if (sc->credentials == NULL || ngx_http_gate_store_redis_written(cf)) {
        return;
    }

    k = sc->credentials->elts;
    n = sc->credentials->nelts;

    for (i = 0; i < n; i++) {

        if (k[i]->successor.len == 0) {
            continue;
        }

        for (j = 0; j < n; j++) {
            if (j != i && gate_str_eq(k[j]->id, k[i]->successor)) {
                break;
            }
        }

        if (j == n) {
            ngx_log_error(NGX_LOG_WARN, cf->log, 0,
                          "\"successor=%*s\" of \"gate_consumer %*s\" is no "
                          "other credential of it: write the id of one in "
                          "%s:%ui", k[i]->successor.len, k[i]->successor.data,
                          sc->consumer.name.len, sc->consumer.name.data,
                          sc->file, sc->line);
        }
    }
}


ngx_uint_t
ngx_http_gate_store_kind(ngx_conf_t *cf, gate_kind_e kind)
{
    ngx_uint_t                        has;
    ngx_http_gate_store_main_conf_t  *smcf;

    smcf = ngx_http_conf_get_module_main_conf(cf, ngx_http_gate_store_module);

    has = (smcf->kinds & ngx_http_gate_store_bit(kind)) != 0
          || ngx_http_gate_store_redis_written(cf);

    smcf->kinds |= ngx_http_gate_store_bit(kind);

    return has;
}


/* a consumer of Redis may have any name */

ngx_uint_t
ngx_http_gate_store_known(ngx_conf_t *cf, gate_closest_t *closest)
{
    ngx_uint_t                        i;
    ngx_http_gate_store_consumer_t  **sc;
    ngx_http_gate_store_main_conf_t  *smcf;

    if (ngx_http_gate_store_redis_written(cf)) {
        return 1;
    }

    smcf = ngx_http_conf_get_module_main_conf(cf, ngx_http_gate_store_module);

    sc = smcf->consumers->elts;

    for (i = 0; i < smcf->consumers->nelts; i++) {

        if (gate_str_eq(sc[i]->consumer.name, closest->written)) {
            return 1;
        }

        gate_closest_try(closest, sc[i]->consumer.name);
    }

    return 0;
}


/* names, and the text of all of them; NULL: there are none */

static ngx_int_t
ngx_http_gate_store_names(ngx_conf_t *cf, ngx_array_t *from, u_char separator,
    gate_str_t **names, size_t *n, gate_str_t *text)
{
    size_t       len;
    u_char      *p;
    ngx_uint_t   i;
    gate_str_t  *s;

    if (from == NULL) {
        return NGX_OK;
    }

    *names = from->elts;
    *n = from->nelts;

    s = from->elts;
    len = 0;

    for (i = 0; i < from->nelts; i++) {
        len += s[i].len + 1;
    }

    p = ngx_pnalloc(cf->pool, len);
    if (p == NULL) {
        return NGX_ERROR;
    }

    text->data = p;
    text->len = len - 1;

    for (i = 0; i < from->nelts; i++) {
        p = ngx_cpymem(p, s[i].data, s[i].len);
        *p++ = separator;
    }

    return NGX_OK;
}


/* what is sent of a consumer is the same for each request */

static ngx_int_t
ngx_http_gate_store_texts(ngx_conf_t *cf, gate_consumer_t *c)
{
    u_char  *p;

    p = ngx_pnalloc(cf->pool, gate_caller_size(c));
    if (p == NULL) {
        return NGX_ERROR;
    }

    gate_caller_write(c, p);

    return NGX_OK;
}
