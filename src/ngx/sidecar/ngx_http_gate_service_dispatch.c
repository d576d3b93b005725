
/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * A directive of nginx's proxy is given as the user would have written it.
 */


#include "ngx_http_gate.h"
#include "ngx_http_gate_service.h"
#include "ngx_http_gate_place.h"


char *
ngx_http_gate_service_dispatch(ngx_conf_t *cf, const char *name,
    ngx_str_t *arg)
{
    char           *rv;
    void           *conf, **confp;
    ngx_str_t      *value;
    ngx_array_t    *saved;
    ngx_module_t   *m;
    ngx_command_t  *cmd;

    cmd = ngx_http_gate_place_command(cf, name, &m);

    if (cmd == NULL || !(cmd->type & NGX_HTTP_LOC_CONF)) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "\"gate_pass\" needs \"%s\", which this nginx does "
                           "not have: build it with its proxy module", name);
        return NGX_CONF_ERROR;
    }

    saved = cf->args;

    cf->args = ngx_array_create(cf->pool, 2, sizeof(ngx_str_t));
    if (cf->args == NULL) {
        return NGX_CONF_ERROR;
    }

    value = ngx_array_push_n(cf->args, 2);
    if (value == NULL) {
        return NGX_CONF_ERROR;
    }

    value[0] = cmd->name;
    value[1].len = arg->len;
    value[1].data = ngx_pnalloc(cf->pool, arg->len + 1);
    if (value[1].data == NULL) {
        return NGX_CONF_ERROR;
    }

    ngx_cpystrn(value[1].data, arg->data, arg->len + 1);

    confp = *(void **) ((char *) cf->ctx + cmd->conf);
    conf = confp[m->ctx_index];

    if (cmd->set == ngx_conf_set_bitmask_slot
        && *(ngx_uint_t *) ((char *) conf + cmd->offset) != 0)
    {
        /* it would add to what is there */
        rv = "is duplicate";

    } else {
        rv = cmd->set(cf, cmd, conf);
    }

    cf->args = saved;

    return rv;
}
