
/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * The lines gate_forwarded and gate_trace, and whom realip trusts.
 */


#include "ngx_http_gate.h"
#include "ngx_http_gate_trust.h"
#include "ngx_http_gate_conf.h"
#include "ngx_http_gate_place.h"


#define NGX_HTTP_GATE_TRUST_PROXY  3      /* real_ip_header proxy_protocol */


/* how realip's configuration of a location begins */

typedef struct {
    ngx_array_t               *from;          /* of ngx_cidr_t */
    ngx_uint_t                 type;
} ngx_http_gate_trust_realip_t;




static ngx_http_gate_conf_row_t  ngx_http_gate_trust_forwarded_params[] = {

    { ngx_string("replace"), NGX_HTTP_GATE_CONF_WORD,
      offsetof(ngx_http_gate_trust_loc_conf_t, append), 0, 0, NULL },

    { ngx_string("append"), NGX_HTTP_GATE_CONF_WORD,
      offsetof(ngx_http_gate_trust_loc_conf_t, append), 1, 0, NULL },

    { ngx_string("proto=VALUE"), NGX_HTTP_GATE_CONF_VALUE,
      offsetof(ngx_http_gate_trust_loc_conf_t, proto), 0, 0, NULL },

    { ngx_string("host=VALUE"), NGX_HTTP_GATE_CONF_VALUE,
      offsetof(ngx_http_gate_trust_loc_conf_t, host), 0, 0, NULL },

      ngx_http_gate_conf_end
};


static ngx_http_gate_conf_row_t  ngx_http_gate_trust_trace_params[] = {

    { ngx_string("any"), NGX_HTTP_GATE_CONF_WORD,
      offsetof(ngx_http_gate_trust_loc_conf_t, trace),
      NGX_HTTP_GATE_TRACE_ANY, 0, NULL },

    { ngx_string("off"), NGX_HTTP_GATE_CONF_WORD,
      offsetof(ngx_http_gate_trust_loc_conf_t, trace),
      NGX_HTTP_GATE_TRACE_OFF, 0, NULL },

    { ngx_string("trusted"), NGX_HTTP_GATE_CONF_WORD,
      offsetof(ngx_http_gate_trust_loc_conf_t, trace),
      NGX_HTTP_GATE_TRACE_TRUSTED, 0, NULL },

    { ngx_string("b3"), NGX_HTTP_GATE_CONF_WORD,
      offsetof(ngx_http_gate_trust_loc_conf_t, b3), 1, 0, NULL },

    { ngx_string("sample=PERCENT"), NGX_HTTP_GATE_CONF_NUMBER,
      offsetof(ngx_http_gate_trust_loc_conf_t, sample), 0, 100, NULL },

      ngx_http_gate_conf_end
};


/* gate_forwarded replace | append [proto=VALUE] [host=VALUE]; */

char *
ngx_http_gate_trust_forwarded(ngx_conf_t *cf, ngx_command_t *cmd, void *conf)
{
    ngx_http_gate_trust_loc_conf_t *tlcf = conf;

    char  *rv;

    if (tlcf->append != NGX_CONF_UNSET_UINT) {
        return NGX_HTTP_GATE_CONF_TWICE;
    }

    ngx_http_gate_use(cf);

    rv = ngx_http_gate_conf_params(cf, 1,
                                   ngx_http_gate_trust_forwarded_params, tlcf);

    if (rv == NGX_CONF_OK && tlcf->append == NGX_CONF_UNSET_UINT) {
        return "says neither \"replace\" nor \"append\": add one of them";
    }

    return rv;
}


/* gate_trace any | off | trusted [b3] [sample=PERCENT]; */

char *
ngx_http_gate_trust_trace(ngx_conf_t *cf, ngx_command_t *cmd, void *conf)
{
    ngx_http_gate_trust_loc_conf_t *tlcf = conf;

    char  *rv;

    if (tlcf->trace != NGX_CONF_UNSET_UINT) {
        return NGX_HTTP_GATE_CONF_TWICE;
    }

    ngx_http_gate_use(cf);

    rv = ngx_http_gate_conf_params(cf, 1, ngx_http_gate_trust_trace_params,
                                   tlcf);

    if (rv != NGX_CONF_OK) {
        return rv;
    }

    ngx_conf_init_uint_value(tlcf->trace, NGX_HTTP_GATE_TRACE_ANY);
    ngx_conf_init_uint_value(tlcf->sample, 1);

    return NGX_CONF_OK;
}


/*
 * realip's configuration is private, but it has begun with these two members
 * in every version since 1.5.12; realip has merged by now, as it stands before
 * us.  NULL: nobody is trusted, or who is speaks the PROXY protocol and hands
 * on what the client has written, fields included.
 */

ngx_array_t *
ngx_http_gate_trust_from(ngx_conf_t *cf)
{
    ngx_module_t                  *m;
    ngx_http_gate_trust_realip_t  *rlcf;

    m = ngx_http_gate_place_module_named(cf, "ngx_http_realip_module");
    if (m == NULL) {
        return NULL;
    }

    rlcf = ((ngx_http_conf_ctx_t *) cf->ctx)->loc_conf[m->ctx_index];

    if (rlcf->from == NULL
        || rlcf->from->size != sizeof(ngx_cidr_t)
        || rlcf->type >= NGX_HTTP_GATE_TRUST_PROXY)
    {
        return NULL;
    }

    return rlcf->from;
}
