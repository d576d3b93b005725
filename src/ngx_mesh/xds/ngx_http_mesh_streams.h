
/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * The sidecars that are connected.
 */


#ifndef NGX_HTTP_MESH_STREAMS_H_INCLUDED_
#define NGX_HTTP_MESH_STREAMS_H_INCLUDED_


#include "ngx_http_mesh.h"

#include "mesh_ads.h"


typedef struct {
    ngx_queue_t            queue;
    mesh_ads_t            *ads;
    time_t                 since;
    ngx_msec_t             sent_at;           /* of the last response */
    ngx_msec_t             took_ms;           /* until it was acknowledged */
} ngx_http_mesh_stream_t;


/* those that have said who they are; 0 ends nothing, another value the walk */
ngx_int_t ngx_http_mesh_streams(
    ngx_int_t (*visit)(void *data, ngx_http_mesh_stream_t *s), void *data);

#endif /* NGX_HTTP_MESH_STREAMS_H_INCLUDED_ */
