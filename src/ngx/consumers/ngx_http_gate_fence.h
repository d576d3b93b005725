
/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * The fence of a node (see gate_fence.h), which all its workers share: is what
 * a cache remembers of Redis still so?
 *
 * A cache takes the value of a name's stripe BEFORE it asks Redis, and keeps
 * it with the answer.  The answer counts
 *
 *   - while the value is the same and the fence is fresh: Redis need not be
 *     asked;
 *   - while the value is the same and the age is below what the operator calls
 *     stale, if Redis was asked and cannot say.
 *
 * So what is broken between this node and Redis is never what keeps a revoked
 * key alive, as long as Redis can be asked.
 */


#ifndef _NGX_HTTP_GATE_FENCE_H_INCLUDED_
#define _NGX_HTTP_GATE_FENCE_H_INCLUDED_


#include <ngx_config.h>
#include <ngx_core.h>
#include <ngx_http.h>

#include "gate_fence.h"


#define NGX_HTTP_GATE_FENCE_FRESH     1000         /* ms, an age */
#define NGX_HTTP_GATE_FENCE_NEVER     ((ngx_msec_t) NGX_MAX_INT_T_VALUE)


extern ngx_module_t  ngx_http_gate_fence_module;

/* NULL: nothing is remembered */
extern gate_fence_t  *ngx_http_gate_fence;


/* in the configuration: somebody remembers what Redis says */
void ngx_http_gate_fence_need(ngx_conf_t *cf);
ngx_uint_t ngx_http_gate_fence_needed(ngx_conf_t *cf);


/* the stripe of a name; see gate_fence.h */

static ngx_inline uint32_t
ngx_http_gate_fence_at(gate_kind_e kind, gate_str_t name)
{
    return gate_fence_at(kind, name);
}


static ngx_inline uint32_t
ngx_http_gate_fence_value(uint32_t stripe)
{
    return (ngx_http_gate_fence != NULL)
           ? gate_fence_value(ngx_http_gate_fence, stripe) : 0;
}


/* ms since this node has known of all changes; _NEVER: it never has */

static ngx_inline ngx_msec_t
ngx_http_gate_fence_age(void)
{
    uint64_t  age;

    age = (ngx_http_gate_fence != NULL)
          ? gate_fence_age(ngx_http_gate_fence, ngx_current_msec)
          : GATE_FENCE_NEVER;

    return (age < NGX_HTTP_GATE_FENCE_NEVER) ? (ngx_msec_t) age
                                             : NGX_HTTP_GATE_FENCE_NEVER;
}


static ngx_inline ngx_uint_t
ngx_http_gate_fence_fresh(void)
{
    return ngx_http_gate_fence_age() <= NGX_HTTP_GATE_FENCE_FRESH;
}


/* something of that name has changed, as somebody here knows */

static ngx_inline void
ngx_http_gate_fence_bump(gate_kind_e kind, gate_str_t name)
{
    if (ngx_http_gate_fence != NULL) {
        gate_fence_bump(ngx_http_gate_fence, gate_fence_at(kind, name));
    }
}


static ngx_inline void
ngx_http_gate_fence_bump_all(void)
{
    if (ngx_http_gate_fence != NULL) {
        gate_fence_bump_all(ngx_http_gate_fence);
    }
}


#endif /* _NGX_HTTP_GATE_FENCE_H_INCLUDED_ */
