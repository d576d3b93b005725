
/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * A stream of gRPC, between the two files of this room.
 */


#ifndef NGX_HTTP_MESH_XDS_H_INCLUDED_
#define NGX_HTTP_MESH_XDS_H_INCLUDED_


#include "ngx_http_mesh_streams.h"

#include "mesh_grpc.h"


typedef struct {
    ngx_http_mesh_stream_t   stream;          /* the first one */
    ngx_http_request_t      *request;
    mesh_grpc_reader_t       reader;
    mesh_pb_t                out;             /* what is being sent */
    ngx_buf_t                buf;
    ngx_event_t              patience;        /* for endpoints */
    unsigned                 ending:1;
} ngx_http_mesh_xds_ctx_t;


/* begins to read and to write; the request is the stream's from here on */
void ngx_http_mesh_xds_begin(ngx_http_request_t *r);

/* says what there is to say, if it may */
void ngx_http_mesh_xds_say(ngx_http_mesh_xds_ctx_t *x);

/* the end, with a status of gRPC */
void ngx_http_mesh_xds_end(ngx_http_mesh_xds_ctx_t *x, const char *status,
    const char *message);

/* all streams; of ngx_http_mesh_xds_ctx_t */
extern ngx_queue_t  ngx_http_mesh_xds_streams;


extern ngx_module_t  ngx_http_mesh_xds_module;


#endif /* NGX_HTTP_MESH_XDS_H_INCLUDED_ */
