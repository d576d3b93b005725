
/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * Tokens that are a part of a field leave the request: cookies, and the
 * subprotocols of a WebSocket.  The rest of the field goes on.
 */


#include "ngx_http_gate.h"
#include "ngx_http_gate_keys.h"

#include "gate_b64.h"
#include "gate_cookie.h"
#include "gate_places.h"


static ngx_int_t ngx_http_gate_keys_cut_cookies(ngx_http_request_t *r,
    ngx_table_elt_t *h, ngx_array_t *names);
static ngx_int_t ngx_http_gate_keys_cut_protocols(ngx_http_request_t *r,
    ngx_table_elt_t *h, gate_str_t prefix, int *next);
static ngx_int_t ngx_http_gate_keys_take_protocol(ngx_http_request_t *r,
    gate_protocol_e kind, gate_str_t element);
static ngx_int_t ngx_http_gate_keys_take_part(ngx_http_request_t *r,
    gate_str_t place, gate_str_t name, gate_str_t value);


static const gate_str_t  ngx_http_gate_keys_cookie = gate_string("cookie");
static const gate_str_t  ngx_http_gate_keys_protocol =
    gate_string("sec-websocket-protocol");


ngx_int_t
ngx_http_gate_keys_places(ngx_conf_t *cf, ngx_http_gate_key_names_t *names,
    ngx_array_t *cookies, ngx_array_t *protocols)
{
    ngx_str_t   *name;
    ngx_uint_t   i;

    if (cookies != NULL) {
        name = cookies->elts;

        for (i = 0; i < cookies->nelts; i++) {
            if (ngx_http_gate_keys_add_name(cf, &names->cookies, &name[i])
                != NGX_OK)
            {
                return NGX_ERROR;
            }
        }

        gate_name_first_add(&names->first, ngx_http_gate_keys_cookie);
    }

    if (protocols == NULL) {
        return NGX_OK;
    }

    name = protocols->elts;

    for (i = 0; i < protocols->nelts; i++) {
        if (ngx_http_gate_keys_add_name(cf, &names->protocols, &name[i])
            != NGX_OK)
        {
            return NGX_ERROR;
        }
    }

    if (names->protocols->nelts > NGX_HTTP_GATE_KEYS_PREFIXES) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0, "\"gate_token_from\" has more "
                           "than %d prefixes of subprotocols: take some out",
                           NGX_HTTP_GATE_KEYS_PREFIXES);
        return NGX_ERROR;
    }

    gate_name_first_add(&names->first, ngx_http_gate_keys_protocol);

    return NGX_OK;
}


/* the element is changed in place: slots beside the list point at it, too */

ngx_int_t
ngx_http_gate_keys_cut(ngx_http_request_t *r, ngx_table_elt_t *h,
    ngx_http_gate_key_names_t *names, uint32_t *next)
{
    int          expects;
    gate_str_t   name, *prefix;
    ngx_uint_t   i;

    name = gate_str(h->lowcase_key, h->key.len);

    if (names->cookies != NULL
        && gate_str_eq(name, ngx_http_gate_keys_cookie))
    {
        if (ngx_http_gate_keys_cut_cookies(r, h, names->cookies) != NGX_OK) {
            return NGX_ERROR;
        }

    } else if (names->protocols != NULL
               && gate_str_eq(name, ngx_http_gate_keys_protocol))
    {
        prefix = names->protocols->elts;

        for (i = 0; i < names->protocols->nelts; i++) {
            expects = (*next >> i) & 1;

            if (ngx_http_gate_keys_cut_protocols(r, h, prefix[i], &expects)
                != NGX_OK)
            {
                return NGX_ERROR;
            }

            *next = (*next & ~((uint32_t) 1 << i))
                    | ((uint32_t) expects << i);
        }

    } else {
        return NGX_DECLINED;
    }

    return (h->value.len != 0) ? NGX_OK : NGX_DONE;
}


static ngx_int_t
ngx_http_gate_keys_cut_cookies(ngx_http_request_t *r, ngx_table_elt_t *h,
    ngx_array_t *names)
{
    size_t       pos;
    u_char      *p;
    gate_str_t  *name, field, value;
    ngx_uint_t   i;

    name = names->elts;

    for (i = 0; i < names->nelts; i++) {

        field = ngx_http_gate_view(&h->value);

        if (!gate_cookie_have(field, name[i])) {
            continue;
        }

        pos = 0;

        while (gate_places_cookie(field, name[i], &pos, &value)) {
            if (ngx_http_gate_keys_take_part(r,
                                     gate_cstr(NGX_HTTP_GATE_KEYS_COOKIE),
                                     name[i], value)
                != NGX_OK)
            {
                return NGX_ERROR;
            }
        }

        p = ngx_pnalloc(r->pool, field.len + 1);
        if (p == NULL) {
            return NGX_ERROR;
        }

        h->value.len = gate_cookie_without(field, name[i], p);
        h->value.data = p;
        p[h->value.len] = '\0';
    }

    return NGX_OK;
}


static ngx_int_t
ngx_http_gate_keys_cut_protocols(ngx_http_request_t *r, ngx_table_elt_t *h,
    gate_str_t prefix, int *next)
{
    u_char           *p, *last;
    gate_str_t        field, element;
    ngx_uint_t        cut;
    gate_protocol_e   kind;
    gate_protocol_t   state;

    field = ngx_http_gate_view(&h->value);

    /* an element of one byte may get one more */

    p = ngx_pnalloc(r->pool, 2 * field.len + 1);
    if (p == NULL) {
        return NGX_ERROR;
    }

    last = p;
    cut = 0;
    state.pos = 0;
    state.next = *next;

    for ( ;; ) {
        kind = gate_places_protocol(field, prefix, &state, &element);

        if (kind == GATE_PROTOCOL_END) {
            break;
        }

        if (kind == GATE_PROTOCOL_OTHER) {
            if (last != p && element.len != 0) {
                *last++ = ',';
                *last++ = ' ';
            }

            last = gate_str_copy(last, element);
            continue;
        }

        cut = 1;

        if (kind != GATE_PROTOCOL_PREFIX
            && ngx_http_gate_keys_take_protocol(r, kind, element) != NGX_OK)
        {
            return NGX_ERROR;
        }
    }

    *next = state.next;

    if (cut) {
        *last = '\0';
        h->value.data = p;
        h->value.len = last - p;
    }

    return NGX_OK;
}


/* what does not decode is a token that is present and bad */

static ngx_int_t
ngx_http_gate_keys_take_protocol(ngx_http_request_t *r, gate_protocol_e kind,
    gate_str_t element)
{
    u_char      *p;
    size_t       len;
    gate_str_t   token;

    token = element;

    if (kind == GATE_PROTOCOL_ENCODED) {
        p = ngx_pnalloc(r->pool, gate_b64url_decoded_max(element.len) + 1);
        if (p == NULL) {
            return NGX_ERROR;
        }

        if (!gate_b64url_decode(element, p,
                                gate_b64url_decoded_max(element.len), &len))
        {
            len = 0;
        }

        token = gate_str(p, len);
    }

    return ngx_http_gate_keys_take_part(r,
                                   gate_cstr(NGX_HTTP_GATE_KEYS_PROTOCOL),
                                   gate_str(NULL, 0), token);
}


/* no field has such a name: it is mistaken for none */

static ngx_int_t
ngx_http_gate_keys_take_part(ngx_http_request_t *r, gate_str_t place,
    gate_str_t name, gate_str_t value)
{
    u_char           *p;
    ngx_table_elt_t   h;

    p = ngx_pnalloc(r->pool, place.len + name.len);
    if (p == NULL) {
        return NGX_ERROR;
    }

    ngx_memzero(&h, sizeof(ngx_table_elt_t));

    h.key.len = place.len + name.len;
    h.key.data = p;
    h.lowcase_key = p;

    p = ngx_cpymem(p, place.data, place.len);

    if (name.len != 0) {
        ngx_memcpy(p, name.data, name.len);
    }

    h.value.len = value.len;
    h.value.data = value.data;

    return ngx_http_gate_keys_take_field(r, &h);
}
