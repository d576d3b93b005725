
/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * gate_fields: which of the fields that a sidecar may get are sent to it, and
 * how nginx is told to.
 */


#include "ngx_http_gate.h"
#include "ngx_http_gate_conf.h"
#include "ngx_http_gate_place.h"
#include "ngx_http_gate_request.h"
#include "ngx_http_gate_service.h"


static ngx_http_gate_conf_row_t  ngx_http_gate_fields_params[] = {

    { ngx_string("all"), NGX_HTTP_GATE_CONF_BIT,
      offsetof(ngx_http_gate_service_loc_conf_t, fields),
      NGX_HTTP_GATE_FIELDS_ALL, 0, NULL },

    { ngx_string("none"), NGX_HTTP_GATE_CONF_BIT,
      offsetof(ngx_http_gate_service_loc_conf_t, fields),
      0, 0, NULL },

    { ngx_string("X-Request-Id"), NGX_HTTP_GATE_CONF_BIT,
      offsetof(ngx_http_gate_service_loc_conf_t, fields),
      ngx_http_gate_field_bit(NGX_HTTP_GATE_F_REQUEST_ID), 0, NULL },

    { ngx_string("traceparent"), NGX_HTTP_GATE_CONF_BIT,
      offsetof(ngx_http_gate_service_loc_conf_t, fields),
      ngx_http_gate_field_bit(NGX_HTTP_GATE_F_TRACEPARENT), 0, NULL },

    { ngx_string("tracestate"), NGX_HTTP_GATE_CONF_BIT,
      offsetof(ngx_http_gate_service_loc_conf_t, fields),
      ngx_http_gate_field_bit(NGX_HTTP_GATE_F_TRACESTATE), 0, NULL },

    { ngx_string("X-Forwarded-For"), NGX_HTTP_GATE_CONF_BIT,
      offsetof(ngx_http_gate_service_loc_conf_t, fields),
      ngx_http_gate_field_bit(NGX_HTTP_GATE_F_FORWARDED_FOR), 0, NULL },

    { ngx_string("X-Forwarded-Proto"), NGX_HTTP_GATE_CONF_BIT,
      offsetof(ngx_http_gate_service_loc_conf_t, fields),
      ngx_http_gate_field_bit(NGX_HTTP_GATE_F_FORWARDED_PROTO), 0, NULL },

    { ngx_string("X-Forwarded-Host"), NGX_HTTP_GATE_CONF_BIT,
      offsetof(ngx_http_gate_service_loc_conf_t, fields),
      ngx_http_gate_field_bit(NGX_HTTP_GATE_F_FORWARDED_HOST), 0, NULL },

    { ngx_string("X-Consumer-ID"), NGX_HTTP_GATE_CONF_BIT,
      offsetof(ngx_http_gate_service_loc_conf_t, fields),
      ngx_http_gate_field_bit(NGX_HTTP_GATE_F_CONSUMER_ID), 0, NULL },

    { ngx_string("X-Consumer-Username"), NGX_HTTP_GATE_CONF_BIT,
      offsetof(ngx_http_gate_service_loc_conf_t, fields),
      ngx_http_gate_field_bit(NGX_HTTP_GATE_F_CONSUMER), 0, NULL },

    { ngx_string("X-Consumer-Groups"), NGX_HTTP_GATE_CONF_BIT,
      offsetof(ngx_http_gate_service_loc_conf_t, fields),
      ngx_http_gate_field_bit(NGX_HTTP_GATE_F_GROUPS), 0, NULL },

    { ngx_string("X-Credential-Identifier"), NGX_HTTP_GATE_CONF_BIT,
      offsetof(ngx_http_gate_service_loc_conf_t, fields),
      ngx_http_gate_field_bit(NGX_HTTP_GATE_F_CREDENTIAL), 0, NULL },

    { ngx_string("X-Anonymous-Consumer"), NGX_HTTP_GATE_CONF_BIT,
      offsetof(ngx_http_gate_service_loc_conf_t, fields),
      ngx_http_gate_field_bit(NGX_HTTP_GATE_F_ANONYMOUS), 0, NULL },

    { ngx_string("X-Lane-Hash"), NGX_HTTP_GATE_CONF_BIT,
      offsetof(ngx_http_gate_service_loc_conf_t, fields),
      ngx_http_gate_field_bit(NGX_HTTP_GATE_F_LANE), 0, NULL },

      ngx_http_gate_conf_end
};


/* gate_fields all | none | NAME ...; */

char *
ngx_http_gate_fields_line(ngx_conf_t *cf, ngx_command_t *cmd, void *conf)
{
    ngx_http_gate_service_loc_conf_t *slcf = conf;

    ngx_str_t   *value;
    ngx_uint_t   i;

    if (slcf->fields != NGX_CONF_UNSET_UINT) {
        return NGX_HTTP_GATE_CONF_TWICE;
    }

    ngx_http_gate_use(cf);

    value = cf->args->elts;

    for (i = 1; i < cf->args->nelts && cf->args->nelts > 2; i++) {
        if (ngx_strcmp(value[i].data, "all") == 0
            || ngx_strcmp(value[i].data, "none") == 0)
        {
            return ngx_http_gate_conf_wrong(cf, &value[i],
                                            "must stand alone: take it out, "
                                            "or the other words");
        }
    }

    /* upgrades work whatever is chosen */

    slcf->fields = NGX_HTTP_GATE_FIELDS_UPGRADE;

    return ngx_http_gate_conf_params(cf, 1, ngx_http_gate_fields_params, slcf);
}


/*
 * To proxy each field would be two scripts and a variable for each request;
 * so it knows all of them by name, without a value, which keeps copies of
 * clients out, and sends their lines behind the value of "Host".  gRPC has no
 * lines: those of "sent" have their variable.
 */

ngx_int_t
ngx_http_gate_fields_push(ngx_conf_t *cf, ngx_array_t *headers,
    ngx_uint_t sent)
{
    ngx_str_t      name;
    ngx_uint_t     i;
    ngx_keyval_t  *h;

    for (i = 0; i < NGX_HTTP_GATE_FIELDS; i++) {

        h = ngx_array_push(headers);
        if (h == NULL) {
            return NGX_ERROR;
        }

        name = ngx_http_gate_fields_name(i);

        /* proxy compares names up to a NUL */

        h->key.len = name.len;
        h->key.data = ngx_pnalloc(cf->pool, name.len + 1);
        if (h->key.data == NULL) {
            return NGX_ERROR;
        }

        ngx_cpystrn(h->key.data, name.data, name.len + 1);
        ngx_str_set(&h->value, "");

        if (!(sent & ngx_http_gate_field_bit(i))) {
            continue;
        }

        h->value.data = ngx_pnalloc(cf->pool, sizeof("$gate_handover_00"));
        if (h->value.data == NULL) {
            return NGX_ERROR;
        }

        h->value.len = ngx_sprintf(h->value.data, "$gate_handover_%02ui%Z", i)
                       - h->value.data - 1;
    }

    return NGX_OK;
}


ngx_int_t
ngx_http_gate_fields_carry(ngx_conf_t *cf, ngx_str_t *value)
{
    u_char  *p;

    p = ngx_pnalloc(cf->pool, value->len + sizeof("$gate_handover"));
    if (p == NULL) {
        return NGX_ERROR;
    }

    value->len = ngx_sprintf(p, "%V$gate_handover%Z", value) - p - 1;
    value->data = p;

    return NGX_OK;
}


ngx_uint_t
ngx_http_gate_fields_are(ngx_str_t *name)
{
    ngx_str_t   own;
    ngx_uint_t  i;

    for (i = 0; i < NGX_HTTP_GATE_FIELDS; i++) {

        own = ngx_http_gate_fields_name(i);

        if (gate_str_eq_nocase(ngx_http_gate_view(&own),
                               ngx_http_gate_view(name)))
        {
            return 1;
        }
    }

    return 0;
}
