
/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * Which locations read bodies, and what of nginx's cannot stand beside it.
 */


#include "ngx_http_gate.h"
#include "ngx_http_gate_body.h"


void
ngx_http_gate_body_use(ngx_conf_t *cf)
{
    ngx_http_gate_body_loc_conf_t   *blcf;
    ngx_http_gate_body_main_conf_t  *bmcf;

    blcf = ngx_http_conf_get_module_loc_conf(cf, ngx_http_gate_body_module);
    bmcf = ngx_http_conf_get_module_main_conf(cf, ngx_http_gate_body_module);

    blcf->used = 1;
    bmcf->used = 1;
}


/* whatever passes requests on: it cannot have sent what is still looked at */

ngx_int_t
ngx_http_gate_body_check(ngx_conf_t *cf, ngx_http_gate_place_t *place)
{
    void                           *conf;
    ngx_uint_t                      i;
    ngx_module_t                   *m;
    ngx_command_t                  *cmd;
    ngx_http_gate_body_loc_conf_t  *blcf;

    static const char  *names[] = {
        "proxy_request_buffering", "fastcgi_request_buffering",
        "uwsgi_request_buffering", "scgi_request_buffering"
    };

    blcf = ngx_http_gate_place_conf(place, &ngx_http_gate_body_module);

    if (place->server || !blcf->used) {
        return NGX_OK;
    }

    for (i = 0; i < 4; i++) {
        cmd = ngx_http_gate_place_command(cf, names[i], &m);

        if (cmd == NULL || cmd->set != ngx_conf_set_flag_slot) {
            continue;
        }

        conf = ngx_http_gate_place_conf(place, m);

        if (*(ngx_flag_t *) ((char *) conf + cmd->offset)) {
            continue;
        }

        ngx_log_error(NGX_LOG_EMERG, cf->log, 0,
                      "\"%s off\" sends on what location \"%V\" has to read "
                      "as a whole first: write \"%s on\" in it in %s:%ui",
                      names[i], &place->name, names[i], place->file,
                      place->line);
        return NGX_ERROR;
    }

    return NGX_OK;
}
