
/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * A rate and a burst as they are written, in plans and in limits alike.
 */


#include "ngx_http_gate.h"
#include "ngx_http_gate_rate.h"


ngx_int_t
ngx_http_gate_rate(ngx_conf_t *cf, ngx_str_t *rate, ngx_str_t *burst,
    gate_rate_t *parsed)
{
    uint64_t        max;
    gate_rate_rc_e  rc;

    rc = gate_rate_parse(ngx_http_gate_view(rate), ngx_http_gate_view(burst),
                         parsed, &max);

    switch (rc) {

    case GATE_RATE_OK:
        return NGX_OK;

    case GATE_RATE_TOO_LARGE:
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "rate \"%V\" is too large, the largest number "
                           "is %uL", rate, max);
        break;

    case GATE_BURST_BAD:
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "invalid burst \"%V\", it must be a number",
                           burst);
        break;

    case GATE_BURST_TOO_LARGE:
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "burst \"%V\" is too large, the largest of "
                           "\"%V\" is %uL", burst, rate, max);
        break;

    default: /* GATE_RATE_BAD */
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "invalid rate \"%V\", it must be a number above "
                           "0 and \"r/s\", \"r/m\" or \"r/h\"", rate);
        break;
    }

    return NGX_ERROR;
}
