
/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * gate_zone: entries of other rooms in shared memory.
 */


#ifndef _NGX_HTTP_GATE_ZONE_H_INCLUDED_
#define _NGX_HTTP_GATE_ZONE_H_INCLUDED_


#include <ngx_config.h>
#include <ngx_core.h>
#include <ngx_http.h>

#include "gate_hash.h"


extern ngx_module_t  ngx_http_gate_zone_module;


typedef struct ngx_http_gate_zone_s  ngx_http_gate_zone_t;


/*
 * What a room keeps in zones.  The zone knows how large it is, and asks under
 * its lock from which millisecond of the room's clock it may be forgotten.
 */

typedef struct {
    const char                *name;
    size_t                     size;
    int64_t                  (*may_go)(const void *payload);
} ngx_http_gate_zone_class_t;


/* whose entry it is: who stands first may use the room of those below */

typedef enum {
    NGX_HTTP_GATE_ZONE_CONSUMERS = 0,     /* a consumer's own */
    NGX_HTTP_GATE_ZONE_CALLERS,           /* by a key, of who is known */
    NGX_HTTP_GATE_ZONE_STRANGERS,         /* by a key, of anybody else */
    NGX_HTTP_GATE_ZONE_PARTS
} ngx_http_gate_zone_part_e;


/* which entry: names of two kinds never meet, hashes alone never decide */

typedef struct {
    ngx_http_gate_zone_class_t  *class;
    ngx_uint_t                 kind;      /* of the room, below 256 */
    ngx_str_t                  name;
    ngx_str_t                  key;
    uint32_t                   hash;
} ngx_http_gate_zone_key_t;


/* of names and keys, the same in each process that uses the zone */

static ngx_inline uint32_t
ngx_http_gate_zone_hash(ngx_str_t *s)
{
    return (uint32_t) gate_hash(gate_str(s->data, s->len), 0);
}


/* for whom, when, and payloads that this request holds already */

typedef struct {
    ngx_http_gate_zone_part_e  part;
    int64_t                    now_ms;
    void                     **held;
    ngx_uint_t                 n;
} ngx_http_gate_zone_use_t;


/* for a room's preconfiguration */
ngx_int_t ngx_http_gate_zone_class(ngx_conf_t *cf,
    ngx_http_gate_zone_class_t *class);

/* by name; "": the first.  NULL: there is none.  Not before all is parsed */
ngx_http_gate_zone_t *ngx_http_gate_zone(ngx_conf_t *cf, ngx_str_t *name);
/* the message where it found none */
void ngx_http_gate_zone_unknown(ngx_conf_t *cf, ngx_str_t *name, u_char *file,
    ngx_uint_t line);
/* several are locked in the order of their names, which a reload keeps */
ngx_str_t *ngx_http_gate_zone_name(ngx_http_gate_zone_t *z);
/* refuse (0) or serve (1) when it is full */
ngx_uint_t ngx_http_gate_zone_serves(ngx_http_gate_zone_t *z);

void ngx_http_gate_zone_lock(ngx_http_gate_zone_t *z);
void ngx_http_gate_zone_unlock(ngx_http_gate_zone_t *z);

/* the payload or NULL: none yet.  The caller holds the lock */
void *ngx_http_gate_zone_find_locked(ngx_http_gate_zone_t *z,
    ngx_http_gate_zone_key_t *k);
/* a new one, zeroed; what may go makes room; NULL: the zone is full */
void *ngx_http_gate_zone_add_locked(ngx_http_gate_zone_t *z,
    ngx_http_gate_zone_key_t *k, ngx_http_gate_zone_use_t *use);


#endif /* _NGX_HTTP_GATE_ZONE_H_INCLUDED_ */
