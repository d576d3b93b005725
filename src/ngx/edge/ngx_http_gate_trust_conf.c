
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


static ngx_int_t ngx_http_gate_trust_value(ngx_conf_t *cf, ngx_str_t *arg,
    size_t n, ngx_http_complex_value_t **value);


static ngx_conf_enum_t  ngx_http_gate_trust_traces[] = {
    { ngx_string("any"), NGX_HTTP_GATE_TRACE_ANY },
    { ngx_string("off"), NGX_HTTP_GATE_TRACE_OFF },
    { ngx_string("trusted"), NGX_HTTP_GATE_TRACE_TRUSTED },
    { ngx_null_string, 0 }
};


/* gate_forwarded replace | append [proto=VALUE] [host=VALUE]; */

char *
ngx_http_gate_trust_forwarded(ngx_conf_t *cf, ngx_command_t *cmd, void *conf)
{
    ngx_http_gate_trust_loc_conf_t *tlcf = conf;

    ngx_int_t    rc;
    ngx_str_t   *value;
    ngx_uint_t   i;

    if (tlcf->append != NGX_CONF_UNSET_UINT) {
        return "is duplicate";
    }

    ngx_http_gate_use(cf);

    value = cf->args->elts;

    if (ngx_strcmp(value[1].data, "append") == 0) {
        tlcf->append = 1;

    } else if (ngx_strcmp(value[1].data, "replace") == 0) {
        tlcf->append = 0;

    } else {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "invalid parameter \"%V\": \"replace\" and "
                           "\"append\" are known",
                           &value[1]);
        return NGX_CONF_ERROR;
    }

    for (i = 2; i < cf->args->nelts; i++) {

        rc = NGX_DECLINED;

        if (ngx_strncmp(value[i].data, "proto=", 6) == 0) {
            rc = ngx_http_gate_trust_value(cf, &value[i], 6, &tlcf->proto);

        } else if (ngx_strncmp(value[i].data, "host=", 5) == 0) {
            rc = ngx_http_gate_trust_value(cf, &value[i], 5, &tlcf->host);
        }

        if (rc == NGX_DECLINED) {
            ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                               "invalid parameter \"%V\": \"proto=VALUE\" and "
                               "\"host=VALUE\" are known, each once",
                               &value[i]);
        }

        if (rc != NGX_OK) {
            return NGX_CONF_ERROR;
        }
    }

    return NGX_CONF_OK;
}


/* what follows the first n bytes; NGX_DECLINED: nothing, or a second one */

static ngx_int_t
ngx_http_gate_trust_value(ngx_conf_t *cf, ngx_str_t *arg, size_t n,
    ngx_http_complex_value_t **value)
{
    ngx_str_t                         s;
    ngx_http_compile_complex_value_t  ccv;

    if (arg->len == n || *value != NULL) {
        return NGX_DECLINED;
    }

    s.len = arg->len - n;
    s.data = arg->data + n;

    *value = ngx_palloc(cf->pool, sizeof(ngx_http_complex_value_t));
    if (*value == NULL) {
        return NGX_ERROR;
    }

    ngx_memzero(&ccv, sizeof(ngx_http_compile_complex_value_t));

    ccv.cf = cf;
    ccv.value = &s;
    ccv.complex_value = *value;

    return ngx_http_compile_complex_value(&ccv);
}


/* gate_trace any | off | trusted [b3] [sample=PERCENT]; */

char *
ngx_http_gate_trust_trace(ngx_conf_t *cf, ngx_command_t *cmd, void *conf)
{
    ngx_http_gate_trust_loc_conf_t *tlcf = conf;

    ngx_int_t         n;
    ngx_str_t        *value;
    ngx_uint_t        i;
    ngx_conf_enum_t  *m;

    if (tlcf->trace != NGX_CONF_UNSET_UINT) {
        return "is duplicate";
    }

    ngx_http_gate_use(cf);

    value = cf->args->elts;

    for (i = 1; i < cf->args->nelts; i++) {

        for (m = ngx_http_gate_trust_traces; m->name.len; m++) {
            if (ngx_strcmp(value[i].data, m->name.data) == 0) {
                break;
            }
        }

        if (m->name.len && tlcf->trace == NGX_CONF_UNSET_UINT) {
            tlcf->trace = m->value;
            continue;
        }

        if (ngx_strcmp(value[i].data, "b3") == 0 && !tlcf->b3) {
            tlcf->b3 = 1;
            continue;
        }

        if (ngx_strncmp(value[i].data, "sample=", 7) == 0
            && tlcf->sample == NGX_CONF_UNSET_UINT)
        {
            n = ngx_atoi(value[i].data + 7, value[i].len - 7);

            if (n >= 0 && n <= 100) {
                tlcf->sample = n;
                continue;
            }
        }

        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "invalid parameter \"%V\": one of \"any\", \"off\" "
                           "and \"trusted\", \"b3\" and \"sample=PERCENT\" "
                           "are known",
                           &value[i]);
        return NGX_CONF_ERROR;
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
