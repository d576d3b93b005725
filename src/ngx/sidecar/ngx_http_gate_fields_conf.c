
/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * gate_fields: which of the fields that a sidecar may get are sent to it.
 */


#include "ngx_http_gate.h"
#include "ngx_http_gate_conf.h"
#include "ngx_http_gate_place.h"
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
