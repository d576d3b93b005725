
/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * The life of a location's API, as the parameters of gate_api say it, and what
 * is written of it once.
 */


#ifndef _NGX_HTTP_GATE_LIFE_H_INCLUDED_
#define _NGX_HTTP_GATE_LIFE_H_INCLUDED_


#include "ngx_http_gate.h"

#include "gate_lifecycle.h"


struct ngx_http_gate_life_s {
    gate_lifecycle_t           dates;
    ngx_str_t                  preview;       /* group that sees a draft */
    ngx_str_t                  deprecation;   /* values of fields, or empty */
    ngx_str_t                  sunset;
    ngx_str_t                  link;
    char                      *ended;         /* what callers are told */
    char                      *paused;
    u_char                    *file;
    ngx_uint_t                 line;
    ngx_uint_t                 checked;
};


/* the words of a "gate_api" line */

typedef struct {
    ngx_str_t                  deprecated;
    ngx_str_t                  sunset;
    ngx_str_t                  link;
    ngx_str_t                  successor;
    ngx_str_t                  preview;
    ngx_array_t               *brownouts;     /* of ngx_str_t */
    ngx_uint_t                 state;         /* n: not said, or an index */
} ngx_http_gate_life_words_t;

#define NGX_HTTP_GATE_LIFE_STATES   "draft|published|deprecated|retired"
#define NGX_HTTP_GATE_LIFE_UNSAID   4


/* what they say, with a message if it is wrong; *life is NULL: they say
 * nothing */
char *ngx_http_gate_life(ngx_conf_t *cf, ngx_http_gate_life_words_t *words,
    ngx_http_gate_life_t **life);


#endif /* _NGX_HTTP_GATE_LIFE_H_INCLUDED_ */
