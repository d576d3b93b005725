
/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * Failures to prove an identity, by address and by the name that was used.  An
 * address that has had its failures is not looked at again where that costs
 * something; a name alone refuses nobody, as anybody may use it: once it has
 * failed often, wherever that came from, an address has one more failure with
 * it in the same time.
 */


#include "ngx_http_gate.h"
#include "ngx_http_gate_refused.h"
#include "ngx_http_gate_shield.h"
#include "ngx_http_gate_spend.h"

#include "gate_address.h"


/* what an entry of a zone is of */

#define NGX_HTTP_GATE_SHIELD_ADDRESS  0
#define NGX_HTTP_GATE_SHIELD_NAME     1
#define NGX_HTTP_GATE_SHIELD_BOTH     2

#define NGX_HTTP_GATE_SHIELD_KEY  (GATE_ADDRESS_MAX + sizeof(uint64_t))


/* the keys of one request's entries */

typedef struct {
    ngx_http_gate_zone_key_t   k;
    u_char                     buf[NGX_HTTP_GATE_SHIELD_KEY];
} ngx_http_gate_shield_key_t;


static NGX_HTTP_GATE_APART ngx_int_t ngx_http_gate_shield_ask(
    ngx_http_request_t *r, ngx_http_gate_ctx_t *ctx,
    ngx_http_gate_shield_t *shield, gate_str_t id);
static ngx_int_t ngx_http_gate_shield_wait_locked(ngx_http_request_t *r,
    ngx_http_gate_shield_ctx_t *s, ngx_http_gate_shield_t *shield,
    int64_t now_ns, int64_t *wait_ns);
static ngx_int_t ngx_http_gate_shield_refuse(ngx_http_request_t *r,
    ngx_http_gate_ctx_t *ctx, int64_t wait_ns);
static void ngx_http_gate_shield_add(ngx_http_request_t *r,
    ngx_http_gate_shield_ctx_t *s, ngx_http_gate_shield_t *shield);
static ngx_uint_t ngx_http_gate_shield_add_locked(
    ngx_http_gate_shield_t *shield, ngx_http_gate_shield_key_t *key,
    gate_strikes_t *budget, int64_t now_ns);
static void ngx_http_gate_shield_key(ngx_http_request_t *r,
    ngx_http_gate_shield_ctx_t *s, ngx_http_gate_shield_t *shield,
    ngx_uint_t kind, ngx_http_gate_shield_key_t *key);
static void ngx_http_gate_shield_log(ngx_http_request_t *r,
    ngx_http_gate_shield_t *shield, ngx_uint_t name);
static ngx_http_gate_shield_ctx_t *ngx_http_gate_shield_ctx(
    ngx_http_request_t *r, ngx_http_gate_ctx_t *ctx);
static int64_t ngx_http_gate_shield_may_go(const void *payload);


static const ngx_http_gate_reason_t  ngx_http_gate_too_many_failures = {
    NGX_HTTP_TOO_MANY_REQUESTS, NGX_LOG_INFO, ngx_string("too_many_failures"),
    ngx_string("Too many failures"),
    ngx_string("Too many credentials that are not good came from this "
               "address.")
};


const ngx_http_gate_reason_t  *ngx_http_gate_shield_reasons[] = {
    &ngx_http_gate_too_many_failures,
    &ngx_http_gate_zone_full,
    NULL
};


ngx_http_gate_zone_class_t  ngx_http_gate_shield_class = {
    "failures",
    sizeof(gate_strikes_state_t),
    ngx_http_gate_shield_may_go
};


ngx_int_t
ngx_http_gate_shield_spares(ngx_http_request_t *r, ngx_http_gate_ctx_t *ctx,
    gate_str_t id)
{
    ngx_http_gate_shield_loc_conf_t  *slcf;

    slcf = ngx_http_get_module_loc_conf(r, ngx_http_gate_shield_module);

    return slcf->shield ? ngx_http_gate_shield_ask(r, ctx, slcf->shield, id)
                        : NGX_OK;
}


static NGX_HTTP_GATE_APART ngx_int_t
ngx_http_gate_shield_ask(ngx_http_request_t *r, ngx_http_gate_ctx_t *ctx,
    ngx_http_gate_shield_t *shield, gate_str_t id)
{
    int64_t                      wait_ns;
    uint64_t                     hash;
    ngx_int_t                    rc;
    ngx_http_gate_shield_ctx_t  *s;

    s = ngx_http_gate_shield_ctx(r, ctx);
    if (s == NULL) {
        return NGX_ERROR;
    }

    hash = gate_hash(id, 0);

    if ((id.len == 0 || s->id == hash)
        && (s->result == NGX_HTTP_GATE_SHIELD_PASSED
            || s->result == NGX_HTTP_GATE_SHIELD_REJECTED_DRY_RUN))
    {
        /* a method that has waited asks again, or what it calls does */
        return NGX_OK;
    }

    s->named = (id.len != 0);
    s->id = hash;
    wait_ns = 0;

    ngx_http_gate_zone_lock(shield->zone);

    rc = ngx_http_gate_shield_wait_locked(r, s, shield,
                                          ngx_http_gate_spend_now(), &wait_ns);

    ngx_http_gate_zone_unlock(shield->zone);

    if (rc == NGX_OK && wait_ns == 0) {
        s->result = NGX_HTTP_GATE_SHIELD_PASSED;
        return NGX_OK;
    }

    if (shield->dry_run) {
        s->result = (rc == NGX_OK) ? NGX_HTTP_GATE_SHIELD_REJECTED_DRY_RUN
                                   : NGX_HTTP_GATE_SHIELD_DEGRADED;

    } else if (rc == NGX_OK) {
        s->result = NGX_HTTP_GATE_SHIELD_REJECTED;

    } else {
        s->result = NGX_HTTP_GATE_SHIELD_DEGRADED;
    }

    ngx_http_gate_shield_count(s->result);

    if (s->result == NGX_HTTP_GATE_SHIELD_REJECTED) {
        return ngx_http_gate_shield_refuse(r, ctx, wait_ns);
    }

    if (rc != NGX_OK && !shield->dry_run
        && !ngx_http_gate_zone_serves(shield->zone))
    {
        return ngx_http_gate_refused_why(ctx, &ngx_http_gate_zone_full, NULL);
    }

    return NGX_OK;
}


/*
 * How long not yet.  There has to be room to count a failure before there is
 * one: NGX_DECLINED says that there is none.
 */

static ngx_int_t
ngx_http_gate_shield_wait_locked(ngx_http_request_t *r,
    ngx_http_gate_shield_ctx_t *s, ngx_http_gate_shield_t *shield,
    int64_t now_ns, int64_t *wait_ns)
{
    gate_strikes_state_t        *state;
    ngx_http_gate_zone_use_t     use;
    ngx_http_gate_shield_key_t   key;

    ngx_http_gate_shield_key(r, s, shield, NGX_HTTP_GATE_SHIELD_ADDRESS, &key);

    state = ngx_http_gate_zone_find_locked(shield->zone, &key.k);

    if (state == NULL) {
        use.part = NGX_HTTP_GATE_ZONE_STRANGERS;
        use.now_ms = now_ns / 1000000;
        use.held = NULL;
        use.n = 0;

        state = ngx_http_gate_zone_add_locked(shield->zone, &key.k, &use);
    }

    if (state == NULL) {
        return NGX_DECLINED;
    }

    *wait_ns = gate_strikes_wait(&shield->failures, state, now_ns);

    if (*wait_ns != 0 || !s->named || shield->credential.n == 0) {
        return NGX_OK;
    }

    ngx_http_gate_shield_key(r, s, shield, NGX_HTTP_GATE_SHIELD_NAME, &key);

    state = ngx_http_gate_zone_find_locked(shield->zone, &key.k);

    if (state == NULL
        || gate_strikes_wait(&shield->credential, state, now_ns) == 0)
    {
        return NGX_OK;
    }

    ngx_http_gate_shield_key(r, s, shield, NGX_HTTP_GATE_SHIELD_BOTH, &key);

    state = ngx_http_gate_zone_find_locked(shield->zone, &key.k);

    if (state != NULL) {
        *wait_ns = gate_strikes_wait(&shield->once, state, now_ns);
    }

    return NGX_OK;
}


/* up: who comes when told must not be too early */

static ngx_int_t
ngx_http_gate_shield_refuse(ngx_http_request_t *r, ngx_http_gate_ctx_t *ctx,
    int64_t wait_ns)
{
    if (r == r->main) {
        ctx->retry_after = (wait_ns + 999999999) / 1000000000;
    }

    return ngx_http_gate_refused_why(ctx, &ngx_http_gate_too_many_failures,
                                     NULL);
}


void
ngx_http_gate_shield_pardon(ngx_http_request_t *r, ngx_http_gate_ctx_t *ctx)
{
    ngx_http_gate_shield_ctx_t       *s;
    ngx_http_gate_shield_loc_conf_t  *slcf;

    slcf = ngx_http_get_module_loc_conf(r, ngx_http_gate_shield_module);

    s = slcf->shield ? ngx_http_gate_shield_ctx(r, ctx) : NULL;

    if (s != NULL) {
        s->pardon = 1;
    }
}


void
ngx_http_gate_shield_refused(ngx_http_request_t *r, ngx_http_gate_ctx_t *ctx,
    const ngx_http_gate_reason_t *reason)
{
    ngx_uint_t                          i;
    const ngx_http_gate_reason_t      **row;
    ngx_http_gate_shield_ctx_t         *s;
    ngx_http_gate_shield_loc_conf_t    *slcf;
    ngx_http_gate_shield_main_conf_t   *smcf;

    slcf = ngx_http_get_module_loc_conf(r, ngx_http_gate_shield_module);

    if (slcf->shield == NULL) {
        return;
    }

    smcf = ngx_http_get_module_main_conf(r, ngx_http_gate_shield_module);
    row = smcf->failures->elts;

    for (i = 0; row[i] != reason; i++) {
        if (i + 1 == smcf->failures->nelts) {
            return;
        }
    }

    s = ngx_http_gate_shield_ctx(r, ctx);

    if (s != NULL && s->pardon) {
        s->pardon = 0;
        return;
    }

    /* the parts of a page bring the credential of one request */

    if (s != NULL && !s->counted) {
        s->counted = 1;
        ngx_http_gate_shield_add(r, s, slcf->shield);
    }
}


static void
ngx_http_gate_shield_add(ngx_http_request_t *r, ngx_http_gate_shield_ctx_t *s,
    ngx_http_gate_shield_t *shield)
{
    int64_t                      now_ns;
    ngx_uint_t                   over, name;
    ngx_http_gate_shield_key_t   key;

    name = 0;

    ngx_http_gate_zone_lock(shield->zone);

    now_ns = ngx_http_gate_spend_now();

    ngx_http_gate_shield_key(r, s, shield, NGX_HTTP_GATE_SHIELD_ADDRESS, &key);

    over = ngx_http_gate_shield_add_locked(shield, &key, &shield->failures,
                                           now_ns);

    if (s->named && shield->credential.n != 0) {
        ngx_http_gate_shield_key(r, s, shield, NGX_HTTP_GATE_SHIELD_NAME,
                                 &key);
        name = ngx_http_gate_shield_add_locked(shield, &key,
                                               &shield->credential, now_ns);

        ngx_http_gate_shield_key(r, s, shield, NGX_HTTP_GATE_SHIELD_BOTH,
                                 &key);
        (void) ngx_http_gate_shield_add_locked(shield, &key, &shield->once,
                                               now_ns);
    }

    ngx_http_gate_zone_unlock(shield->zone);

    s->result = NGX_HTTP_GATE_SHIELD_FAILED;
    ngx_http_gate_shield_count(s->result);

    if (over || name) {
        ngx_http_gate_shield_log(r, shield, !over);
    }
}


/* 1: the budget is used up now.  Where there was no room, the question before
 * it has said so */

static ngx_uint_t
ngx_http_gate_shield_add_locked(ngx_http_gate_shield_t *shield,
    ngx_http_gate_shield_key_t *key, gate_strikes_t *budget, int64_t now_ns)
{
    gate_strikes_state_t      *state;
    ngx_http_gate_zone_use_t   use;

    state = ngx_http_gate_zone_find_locked(shield->zone, &key->k);

    if (state == NULL) {
        use.part = NGX_HTTP_GATE_ZONE_STRANGERS;
        use.now_ms = now_ns / 1000000;
        use.held = NULL;
        use.n = 0;

        state = ngx_http_gate_zone_add_locked(shield->zone, &key->k, &use);
    }

    return state != NULL && gate_strikes_add(budget, state, now_ns);
}


/* a name is known by its hash: it is a stranger's text, and may be a secret
 * that was typed into the wrong field */

static void
ngx_http_gate_shield_key(ngx_http_request_t *r, ngx_http_gate_shield_ctx_t *s,
    ngx_http_gate_shield_t *shield, ngx_uint_t kind,
    ngx_http_gate_shield_key_t *key)
{
    u_char               *p;
    ngx_uint_t            budget;
    gate_str_t            whose;
    struct sockaddr      *sa;

    sa = r->main->connection->sockaddr;

    switch (sa->sa_family) {

    case AF_INET:
        whose = gate_address_whose((u_char *)
                              &((struct sockaddr_in *) sa)->sin_addr, 4);
        break;

#if (NGX_HAVE_INET6)
    case AF_INET6:
        whose = gate_address_whose((u_char *)
                              &((struct sockaddr_in6 *) sa)->sin6_addr, 16);
        break;
#endif

    default:
        /* all who come by the same file */
        whose = gate_address_whose(NULL, 0);
    }

    p = key->buf;

    if (kind != NGX_HTTP_GATE_SHIELD_NAME) {
        p = gate_str_copy(p, whose);
    }

    if (kind != NGX_HTTP_GATE_SHIELD_ADDRESS) {
        p = ngx_cpymem(p, &s->id, sizeof(uint64_t));
    }

    budget = (kind != NGX_HTTP_GATE_SHIELD_ADDRESS);

    key->k.class = &ngx_http_gate_shield_class;
    key->k.kind = kind;
    key->k.name = shield->text[budget];
    key->k.key.data = key->buf;
    key->k.key.len = p - key->buf;
    key->k.hash = shield->hash[budget]
                  ^ ngx_http_gate_zone_hash(&key->k.key);
}


/* one line in a second of each worker: an attack has many addresses */

static void
ngx_http_gate_shield_log(ngx_http_request_t *r,
    ngx_http_gate_shield_t *shield, ngx_uint_t name)
{
    ngx_str_t  *addr;

    /* of this process */
    static time_t      last;
    static ngx_uint_t  more;

    if (last == ngx_time()) {
        more++;
        return;
    }

    last = ngx_time();
    addr = &r->main->connection->addr_text;

    if (name) {
        ngx_log_error(NGX_LOG_WARN, r->connection->log, 0,
                      "gate shield: a credential has failed %uL times in %uDs, "
                      "the last one from %V%s, %ui more such lines left out",
                      shield->credential.n, shield->credential.span_s, addr,
                      shield->dry_run ? ", dry run" : "", more);

    } else {
        ngx_log_error(NGX_LOG_WARN, r->connection->log, 0,
                      "gate shield: %uL failures in %uDs from %V%s, %ui more "
                      "such lines left out",
                      shield->failures.n, shield->failures.span_s, addr,
                      shield->dry_run ? ", dry run" : "", more);
    }

    more = 0;
}


static ngx_http_gate_shield_ctx_t *
ngx_http_gate_shield_ctx(ngx_http_request_t *r, ngx_http_gate_ctx_t *ctx)
{
    if (ctx->refused->shield == NULL) {
        ctx->refused->shield = ngx_pcalloc(r->main->pool,
                                           sizeof(ngx_http_gate_shield_ctx_t));
    }

    return ctx->refused->shield;
}


static int64_t
ngx_http_gate_shield_may_go(const void *payload)
{
    return (gate_strikes_end(payload) + 999999) / 1000000;
}
