
/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * The stages, in the order in which a request meets them.
 */


#include "ngx_http_gate.h"
#include "ngx_http_gate_stage.h"
#include "ngx_http_gate_stages.h"
#include "ngx_http_gate_access.h"
#include "ngx_http_gate_auth.h"
#include "ngx_http_gate_auth_key.h"
#include "ngx_http_gate_cors.h"
#include "ngx_http_gate_digest.h"
#include "ngx_http_gate_idempotency.h"
#include "ngx_http_gate_lifecycle.h"
#include "ngx_http_gate_limit_early.h"
#include "ngx_http_gate_maintenance.h"
#include "ngx_http_gate_subrequest.h"
#include "ngx_http_gate_edit.h"
#include "ngx_http_gate_meter.h"
#include "ngx_http_gate_path.h"
#include "ngx_http_gate_service.h"
#include "ngx_http_gate_spend.h"
#include "ngx_http_gate_transform.h"
#include "ngx_http_gate_version.h"


static void ngx_http_gate_stages_list(ngx_http_gate_walk_t *walk,
    ngx_http_gate_stage_t **rows, void **loc_conf);


/*
 * The order is the security policy.  Between SHIELD and MAY is ACCESS, where
 * gate_auth of the location says which methods count, and in which order.
 */

ngx_http_gate_stage_t  ngx_http_gate_stages[] = {

    { ngx_string("path"), NGX_HTTP_GATE_SHIELD,
      ngx_http_gate_path_shield, NULL, NULL,
      ngx_http_gate_path_shield, 0, NULL },

    { ngx_string("cors"), NGX_HTTP_GATE_SHIELD,
      ngx_http_gate_cors_run, NULL, NULL,
      ngx_http_gate_subrequest_exempt, 0, ngx_http_gate_cors_stands },

    { ngx_string("maintenance"), NGX_HTTP_GATE_SHIELD,
      ngx_http_gate_maintenance_run, NULL, NULL,
      ngx_http_gate_maintenance_run, 0, ngx_http_gate_maintenance_stands },

    { ngx_string("key_args"), NGX_HTTP_GATE_SHIELD,
      ngx_http_gate_auth_key_shield, NULL, NULL,
      ngx_http_gate_auth_key_shield_part, 0,
      ngx_http_gate_auth_key_args_stand },

    { ngx_string("early"), NGX_HTTP_GATE_SHIELD,
      ngx_http_gate_limit_early_run, NULL, NULL,
      ngx_http_gate_subrequest_exempt, 1, ngx_http_gate_limit_early_stands },

    { ngx_string("identity"), NGX_HTTP_GATE_MAY,
      ngx_http_gate_auth_require, NULL, NULL,
      ngx_http_gate_auth_require_part, 1, NULL },

    { ngx_string("version"), NGX_HTTP_GATE_MAY,
      ngx_http_gate_version_run, NULL, NULL,
      ngx_http_gate_version_part, 0, ngx_http_gate_version_stands },

    { ngx_string("access"), NGX_HTTP_GATE_MAY,
      ngx_http_gate_access_run, NULL, NULL,
      ngx_http_gate_access_run, 0, NULL },

    { ngx_string("lifecycle"), NGX_HTTP_GATE_MAY,
      ngx_http_gate_lifecycle_run, NULL, NULL,
      ngx_http_gate_lifecycle_run, 0, ngx_http_gate_lifecycle_stands },

    { ngx_string("digest"), NGX_HTTP_GATE_MAY,
      ngx_http_gate_digest_run, NULL, NULL,
      ngx_http_gate_digest_part, 1, ngx_http_gate_digest_stands },

    { ngx_string("target"), NGX_HTTP_GATE_MAY,
      ngx_http_gate_path_target, NULL, NULL,
      ngx_http_gate_path_target, 0, ngx_http_gate_service_varies },

    { ngx_string("room"), NGX_HTTP_GATE_MAY,
      ngx_http_gate_meter_reserve, NULL, NULL,
      ngx_http_gate_meter_part, 1, NULL },

    { ngx_string("spend"), NGX_HTTP_GATE_MAY,
      ngx_http_gate_spend_run, NULL, ngx_http_gate_spend_undo,
      ngx_http_gate_subrequest_exempt, 1, NULL },

    { ngx_string("body"), NGX_HTTP_GATE_MAY,
      ngx_http_gate_edit_read, NULL, NULL,
      ngx_http_gate_subrequest_exempt, 1, ngx_http_gate_edit_stands },

    { ngx_string("idempotency"), NGX_HTTP_GATE_MAY,
      ngx_http_gate_idempotency_run, NULL, NULL,
      ngx_http_gate_subrequest_exempt, 1, ngx_http_gate_idempotency_stands },

    { ngx_string("meter"), NGX_HTTP_GATE_MAY,
      ngx_http_gate_meter_open, ngx_http_gate_meter_settle, NULL,
      ngx_http_gate_subrequest_exempt, 1, NULL },

    { ngx_string("strip"), NGX_HTTP_GATE_SHAPE,
      ngx_http_gate_auth_strip, NULL, NULL,
      ngx_http_gate_auth_strip, 0, NULL },

    { ngx_string("transform"), NGX_HTTP_GATE_SHAPE,
      ngx_http_gate_transform_run, NULL, NULL,
      ngx_http_gate_transform_run, 0, ngx_http_gate_transform_stands },

    { ngx_string("edit"), NGX_HTTP_GATE_SHAPE,
      ngx_http_gate_edit_run, NULL, NULL,
      ngx_http_gate_edit_subrequest, 0, ngx_http_gate_edit_stands },

    { ngx_string("service"), NGX_HTTP_GATE_SHAPE,
      ngx_http_gate_service_run, NULL, NULL,
      ngx_http_gate_service_part, 0, NULL },

    { ngx_null_string, 0, NULL, NULL, NULL, NULL, 0, NULL }
};


#define NGX_HTTP_GATE_STAGES                                                  \
    (sizeof(ngx_http_gate_stages) / sizeof(ngx_http_gate_stage_t))


ngx_http_gate_stage_t *const  ngx_http_gate_stages_end =
    &ngx_http_gate_stages[NGX_HTTP_GATE_STAGES - 1];


/* of the table above, as it is when a configuration has been read */

static ngx_http_gate_stage_t  *ngx_http_gate_stages_rows[NGX_HTTP_GATE_STAGES];

ngx_http_gate_walk_t  ngx_http_gate_stages_all;

ngx_http_gate_stage_t  *ngx_http_gate_stages_settle[NGX_HTTP_GATE_STAGES];


void
ngx_http_gate_stages_init(void)
{
    ngx_uint_t              n;
    ngx_http_gate_stage_t  *s;

    n = 0;

    for (s = ngx_http_gate_stages; s->run; s++) {
        if (s->settle) {
            ngx_http_gate_stages_settle[n++] = s;
        }
    }

    ngx_http_gate_stages_settle[n] = NULL;

    ngx_http_gate_stages_list(&ngx_http_gate_stages_all,
                              ngx_http_gate_stages_rows, NULL);
}


/* of a location those that stand there, or if there is none, all */

static void
ngx_http_gate_stages_list(ngx_http_gate_walk_t *walk,
    ngx_http_gate_stage_t **rows, void **loc_conf)
{
    ngx_uint_t              step;
    ngx_http_gate_stage_t  *s;

    s = ngx_http_gate_stages;

    for (step = NGX_HTTP_GATE_SHIELD; step <= NGX_HTTP_GATE_SHAPE; step++) {

        walk->first[step] = rows;

        for ( /* void */ ; s->step == step; s++) {
            if (loc_conf == NULL || s->stands == NULL || s->stands(loc_conf)) {
                *rows++ = s;
            }
        }
    }

    *rows = ngx_http_gate_stages_end;
}


ngx_http_gate_walk_t *
ngx_http_gate_stages_walk(ngx_conf_t *cf, void **loc_conf)
{
    ngx_http_gate_walk_t    *walk;
    ngx_http_gate_stage_t  **rows;

    walk = ngx_palloc(cf->pool, sizeof(ngx_http_gate_walk_t));
    rows = ngx_palloc(cf->pool,
                      NGX_HTTP_GATE_STAGES * sizeof(ngx_http_gate_stage_t *));

    if (walk == NULL || rows == NULL) {
        return NULL;
    }

    ngx_http_gate_stages_list(walk, rows, loc_conf);

    return walk;
}


ngx_http_gate_stage_t **
ngx_http_gate_stages_from(ngx_http_gate_stage_t *s)
{
    return &ngx_http_gate_stages_rows[s - ngx_http_gate_stages];
}
