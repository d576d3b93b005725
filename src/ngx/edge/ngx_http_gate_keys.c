
/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * Keys leave the request: fields and arguments of the names in force are taken
 * off before anything can log them or pass them on, and kept for whoever asks
 * for them.
 */


#include "ngx_http_gate.h"
#include "ngx_http_gate_keys.h"
#include "ngx_http_gate_request.h"
#include "ngx_http_gate_seen.h"
#include "ngx_http_gate_vars.h"

#include "gate_bearer.h"
#include "gate_uri.h"


typedef struct {
    ngx_http_request_t        *r;
    ngx_http_gate_key_names_t *names;
} ngx_http_gate_keys_drop_t;


static ngx_int_t ngx_http_gate_keys_add_names(ngx_conf_t *cf, ngx_array_t **to,
    ngx_array_t *names);
static ngx_uint_t ngx_http_gate_keys_is_name(ngx_table_elt_t *h,
    ngx_array_t *names);
static ngx_int_t ngx_http_gate_keys_take_arg(ngx_http_request_t *r,
    ngx_http_gate_ctx_t *ctx, gate_str_t name);
static ngx_int_t ngx_http_gate_keys_cut_args(ngx_http_request_t *r,
    ngx_array_t *names);
static ngx_uint_t ngx_http_gate_keys_mask(ngx_http_request_t *r,
    gate_scrub_t *scrub);
static ngx_uint_t ngx_http_gate_keys_keep(ngx_table_elt_t *h, void *data);
static ngx_int_t ngx_http_gate_keys_give_fields(ngx_http_request_t *r,
    ngx_http_gate_ctx_t *ctx, ngx_http_gate_key_names_t *names);
static void ngx_http_gate_keys_forget_vars(ngx_http_request_t *r);


static const gate_str_t  ngx_http_gate_keys_authorization =
    gate_string("authorization");


/* a name counts once, wherever in a server it stands */

ngx_int_t
ngx_http_gate_keys_add(ngx_conf_t *cf, ngx_http_gate_key_names_t *names,
    ngx_array_t *fields, ngx_array_t *args)
{
    ngx_str_t   *name;
    ngx_uint_t   i;

    name = fields->elts;

    for (i = 0; i < fields->nelts; i++) {
        names->lens |= (uint64_t) 1 << name[i].len % 64;
        gate_name_first_add(&names->first, ngx_http_gate_view(&name[i]));
    }

    if (ngx_http_gate_keys_add_names(cf, &names->fields, fields) != NGX_OK) {
        return NGX_ERROR;
    }

    return ngx_http_gate_keys_add_names(cf, &names->args, args);
}


ngx_int_t
ngx_http_gate_keys_tokens(ngx_conf_t *cf, ngx_http_gate_key_names_t *names,
    ngx_array_t *fields, ngx_array_t *args)
{
    if (ngx_http_gate_keys_add_names(cf, &names->token_fields, fields)
        != NGX_OK)
    {
        return NGX_ERROR;
    }

    return ngx_http_gate_keys_add_names(cf, &names->token_args, args);
}


static ngx_int_t
ngx_http_gate_keys_add_names(ngx_conf_t *cf, ngx_array_t **to,
    ngx_array_t *names)
{
    ngx_str_t   *name;
    ngx_uint_t   i;

    if (names == NULL) {
        return NGX_OK;
    }

    name = names->elts;

    for (i = 0; i < names->nelts; i++) {
        if (ngx_http_gate_keys_add_name(cf, to, &name[i]) != NGX_OK) {
            return NGX_ERROR;
        }
    }

    return NGX_OK;
}


ngx_int_t
ngx_http_gate_keys_add_name(ngx_conf_t *cf, ngx_array_t **to, ngx_str_t *name)
{
    gate_str_t  *s;
    ngx_uint_t   i;

    if (*to == NULL) {
        *to = ngx_array_create(cf->pool, 2, sizeof(gate_str_t));
        if (*to == NULL) {
            return NGX_ERROR;
        }
    }

    s = (*to)->elts;

    for (i = 0; i < (*to)->nelts; i++) {
        if (gate_str_eq(s[i], ngx_http_gate_view(name))) {
            return NGX_OK;
        }
    }

    s = ngx_array_push(*to);
    if (s == NULL) {
        return NGX_ERROR;
    }

    *s = ngx_http_gate_view(name);

    return NGX_OK;
}


void
ngx_http_gate_keys_bearer(ngx_http_gate_key_names_t *names)
{
    names->bearer = 1;
    names->lens |= (uint64_t) 1 << ngx_http_gate_keys_authorization.len % 64;

    gate_name_first_add(&names->first, ngx_http_gate_keys_authorization);
}


void
ngx_http_gate_keys_scrub(ngx_http_gate_key_names_t *names, gate_scrub_t *scrub)
{
    ngx_memzero(scrub, sizeof(gate_scrub_t));

    if (names->fields != NULL) {
        scrub->fields = names->fields->elts;
        scrub->nfields = names->fields->nelts;
    }

    if (names->args != NULL) {
        scrub->args = names->args->elts;
        scrub->nargs = names->args->nelts;
    }
}


/*
 * The values are overwritten where logs read them: in the request line and in
 * the raw target.  r->args goes on as a copy without them, and proxying then
 * builds its target from r->uri and r->args.
 */

ngx_int_t
ngx_http_gate_keys_take_args(ngx_http_request_t *r,
    ngx_http_gate_key_names_t *names, ngx_uint_t early)
{
    ngx_str_t             args;
    gate_str_t           *name;
    ngx_uint_t            i;
    gate_scrub_t          scrub;
    ngx_http_gate_ctx_t  *ctx;

    name = names->args->elts;

    for (i = 0; i < names->args->nelts; i++) {
        if (gate_uri_args_have(ngx_http_gate_view(&r->args), name[i])) {
            break;
        }
    }

    if (i < names->args->nelts) {

        ctx = ngx_http_gate_ctx(r);
        if (ctx == NULL) {
            return NGX_ERROR;
        }

        args.len = r->args.len;
        args.data = ngx_pnalloc(r->pool, args.len);
        if (args.data == NULL) {
            return NGX_ERROR;
        }

        ngx_memcpy(args.data, r->args.data, args.len);

        for ( /* void */ ; i < names->args->nelts; i++) {
            if (ngx_http_gate_keys_take_arg(r, ctx, name[i]) != NGX_OK) {
                return NGX_ERROR;
            }
        }

        ctx->keys->query = args;
        ctx->keys->query_cut = r->args;

    } else if (!early && !r->complex_uri) {
        /* the raw target has no more than that: no fragment */
        return NGX_OK;
    }

    ngx_http_gate_keys_scrub(names, &scrub);

    if (ngx_http_gate_keys_mask(r, &scrub)) {
        r->valid_unparsed_uri = 0;
    }

    return NGX_OK;
}


/* what only "&" separates is a credential, what else may be one goes as well */

static ngx_int_t
ngx_http_gate_keys_take_arg(ngx_http_request_t *r, ngx_http_gate_ctx_t *ctx,
    gate_str_t name)
{
    size_t                pos;
    u_char               *p;
    gate_str_t            arg, value;
    ngx_http_gate_key_t  *key;

    if (!gate_uri_args_have(ngx_http_gate_view(&r->args), name)) {
        return NGX_OK;
    }

    pos = 0;

    while (gate_uri_arg(ngx_http_gate_view(&r->args), name, &pos, &arg,
                        &value))
    {
        if (ctx->keys->args == NULL) {
            ctx->keys->args = ngx_array_create(r->pool, 1,
                                         sizeof(ngx_http_gate_key_t));
            if (ctx->keys->args == NULL) {
                return NGX_ERROR;
            }
        }

        key = ngx_array_push(ctx->keys->args);
        if (key == NULL) {
            return NGX_ERROR;
        }

        key->name = name;

        key->value.data = ngx_pnalloc(r->pool, value.len + 1);
        if (key->value.data == NULL) {
            return NGX_ERROR;
        }

        key->value.len = gate_uri_unescape(value, key->value.data);
    }

    p = ngx_pnalloc(r->pool, r->args.len);
    if (p == NULL) {
        return NGX_ERROR;
    }

    r->args.len = gate_uri_args_without(ngx_http_gate_view(&r->args), name, p);
    r->args.data = p;

    return NGX_OK;
}


/* what the configuration itself wrote into the arguments since */

ngx_int_t
ngx_http_gate_keys_take_more(ngx_http_request_t *r, ngx_http_gate_ctx_t *ctx,
    ngx_array_t *args)
{
    ngx_str_t   *name;
    ngx_uint_t   i;

    name = args->elts;

    for (i = 0; i < args->nelts; i++) {
        if (ngx_http_gate_keys_take_arg(r, ctx, ngx_http_gate_view(&name[i]))
            != NGX_OK)
        {
            return NGX_ERROR;
        }
    }

    return NGX_OK;
}


static ngx_int_t
ngx_http_gate_keys_cut_args(ngx_http_request_t *r, ngx_array_t *names)
{
    u_char      *p;
    gate_str_t  *name;
    ngx_uint_t   i;

    if (names == NULL) {
        return NGX_OK;
    }

    name = names->elts;

    for (i = 0; i < names->nelts; i++) {

        if (!gate_uri_args_have(ngx_http_gate_view(&r->args), name[i])) {
            continue;
        }

        p = ngx_pnalloc(r->pool, r->args.len);
        if (p == NULL) {
            return NGX_ERROR;
        }

        r->args.len = gate_uri_args_without(ngx_http_gate_view(&r->args),
                                            name[i], p);
        r->args.data = p;
    }

    return NGX_OK;
}


/* a line that could not be read to its end is logged from the buffer */

static ngx_uint_t
ngx_http_gate_keys_mask(ngx_http_request_t *r, gate_scrub_t *scrub)
{
    u_char      *p;
    ngx_str_t    line;
    ngx_uint_t   n;

    n = gate_scrub_target(ngx_http_gate_view(&r->unparsed_uri), scrub);

    line = r->request_line;

    if (line.data == NULL && r->request_start != NULL) {
        line.data = r->request_start;

        for (p = line.data; p < r->header_in->last; p++) {
            if (*p == CR || *p == LF) {
                break;
            }
        }

        line.len = p - line.data;
    }

    return n + gate_scrub_target(ngx_http_gate_view(&line), scrub);
}


ngx_uint_t
ngx_http_gate_keys_is_field(ngx_table_elt_t *h,
    ngx_http_gate_key_names_t *names)
{
    return ngx_http_gate_keys_is_name(h, names->fields)
           || (names->bearer && ngx_http_gate_keys_is_bearer(h));
}


static ngx_uint_t
ngx_http_gate_keys_is_name(ngx_table_elt_t *h, ngx_array_t *names)
{
    gate_str_t  *name;
    ngx_uint_t   i;

    name = names->elts;

    for (i = 0; i < names->nelts; i++) {
        if (name[i].len == h->key.len
            && gate_name_eq(gate_str(h->lowcase_key, h->key.len), name[i]))
        {
            return 1;
        }
    }

    return 0;
}


/* in the spelling that the method reads: another is no service's either */

ngx_uint_t
ngx_http_gate_keys_is_bearer(ngx_table_elt_t *h)
{
    return gate_str_eq(gate_str(h->lowcase_key, h->key.len),
                       ngx_http_gate_keys_authorization)
           && gate_bearer_is_key(ngx_http_gate_view(&h->value));
}


/*
 * Most requests that carry a key to a location without policy have no context
 * and need none: what was taken is at hand until one asks for it.
 */

ngx_int_t
ngx_http_gate_keys_take_field(ngx_http_request_t *r, ngx_table_elt_t *h)
{
    ngx_table_elt_t       *to;
    ngx_http_gate_seen_t  *seen;

    seen = ngx_http_gate_seen_make(r);
    if (seen == NULL) {
        return NGX_ERROR;
    }

    if (seen->taken.nelts < seen->taken.nalloc) {
        to = (ngx_table_elt_t *) seen->taken.elts + seen->taken.nelts++;

    } else {
        to = ngx_array_push(&seen->taken);
        if (to == NULL) {
            return NGX_ERROR;
        }
    }

    *to = *h;

    return NGX_OK;
}


ngx_array_t *
ngx_http_gate_keys_taken(ngx_http_request_t *r)
{
    ngx_http_gate_seen_t  *seen;

    seen = ngx_http_gate_seen(r);

    return (seen != NULL && seen->taken.nelts != 0) ? &seen->taken : NULL;
}


/*
 * REWRITE, in a server with "gate_key_names off": such a location gets what
 * was taken, another one must not have what an earlier one was given.
 */

ngx_int_t
ngx_http_gate_keys_give(ngx_http_request_t *r,
    ngx_http_gate_key_names_t *names, ngx_uint_t give)
{
    ngx_http_gate_ctx_t        *ctx;
    ngx_http_gate_keys_drop_t   drop;

    ctx = ngx_http_gate_get_ctx(r);

    if (ctx == NULL && give && ngx_http_gate_keys_taken(r) != NULL) {
        ctx = ngx_http_gate_ctx(r);
        if (ctx == NULL) {
            return NGX_ERROR;
        }
    }

    if (ctx == NULL || (!give && !ctx->keys->given)) {
        return NGX_OK;
    }

    ctx->keys->given = 1;

    if (r != r->main && ngx_http_gate_headers_own(r) != NGX_OK) {
        return NGX_ERROR;
    }

    drop.r = r;
    drop.names = names;

    if (ngx_http_gate_headers_filter(r, &names->first,
                                     ngx_http_gate_keys_keep, &drop)
        != NGX_OK)
    {
        return NGX_ERROR;
    }

    if (!give) {
        return ngx_http_gate_keys_cut_args(r, names->args);
    }

    if (r == r->main && ctx->keys->query.len != 0
        && r->args.data == ctx->keys->query_cut.data
        && r->args.len == ctx->keys->query_cut.len)
    {
        r->args = ctx->keys->query;

        if (ngx_http_gate_keys_cut_args(r, names->token_args) != NGX_OK) {
            return NGX_ERROR;
        }
    }

    return ngx_http_gate_keys_give_fields(r, ctx, names);
}


static ngx_uint_t
ngx_http_gate_keys_keep(ngx_table_elt_t *h, void *data)
{
    ngx_http_gate_keys_drop_t *drop = data;

    return !ngx_http_gate_keys_is_field(h, drop->names);
}


static ngx_int_t
ngx_http_gate_keys_give_fields(ngx_http_request_t *r, ngx_http_gate_ctx_t *ctx,
    ngx_http_gate_key_names_t *names)
{
    ngx_uint_t        i;
    ngx_array_t      *taken;
    ngx_table_elt_t  *h, *to;

    taken = ngx_http_gate_keys_taken(r);

    if (taken == NULL) {
        return NGX_OK;
    }

    h = taken->elts;

    for (i = 0; i < taken->nelts; i++) {

        if (!ngx_http_gate_keys_is_field(&h[i], names)
            || (names->token_fields != NULL
                && ngx_http_gate_keys_is_name(&h[i], names->token_fields)))
        {
            /* a token, which another location looks for, or has removed */
            continue;
        }

        to = ngx_list_push(&r->headers_in.headers);
        if (to == NULL) {
            return NGX_ERROR;
        }

        *to = h[i];

        ngx_http_gate_headers_remember(r, to);
    }

    return NGX_OK;
}


/* LOG, before the access log: a key that was given is no log's either */

void
ngx_http_gate_keys_hide(ngx_http_request_t *r,
    ngx_http_gate_key_names_t *names)
{
    ngx_http_gate_ctx_t  *ctx;

    ctx = ngx_http_gate_get_ctx(r);

    if (ctx == NULL || !ctx->keys->given) {
        return;
    }

    if (ngx_http_gate_keys_give(r, names, 0) != NGX_OK) {
        /* no memory */
        r->args.len = 0;
        r->headers_in.headers.part.nelts = 0;
        r->headers_in.headers.part.next = NULL;
    }

    ngx_http_gate_keys_forget_vars(r);
}


/* logs take a value that is there already even if it cannot be cached */

static void
ngx_http_gate_keys_forget_vars(ngx_http_request_t *r)
{
    static ngx_str_t  names[] = {
        ngx_string("args"),
        ngx_string("query_string"),
        ngx_string("arg_"),
        ngx_string("http_"),
        ngx_null_string
    };

    ngx_http_gate_forget_vars(r, names);
}
