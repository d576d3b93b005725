
/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * A call of the API: from its request to Redis, and back.
 *
 * All of a change is one script, which looks at all of it before it writes, and
 * tells if Redis then refuses to write the rest.  The client may
 * leave at any time: its call goes on without it, as what was changed has to
 * be written down.
 */


#include "ngx_http_gate_admin.h"
#include "ngx_http_gate_request.h"

#include "gate_admin_script.h"
#include "gate_date.h"
#include "gate_say.h"


#define NGX_HTTP_GATE_ADMIN_FIRST   3         /* EVALSHA, the script, "0" */
#define NGX_HTTP_GATE_ADMIN_SHOWN   128       /* bytes of an error of Redis */


static ngx_http_gate_admin_t *ngx_http_gate_admin_create(
    ngx_http_request_t *r, const ngx_http_gate_admin_route_t *route,
    gate_admin_path_t *path);
static ngx_int_t ngx_http_gate_admin_copy(ngx_http_gate_admin_t *a,
    gate_str_t *s);
static ngx_int_t ngx_http_gate_admin_conditions(ngx_http_gate_admin_t *a);
static ngx_int_t ngx_http_gate_admin_parse(ngx_http_gate_admin_t *a,
    gate_str_t body);
static ngx_int_t ngx_http_gate_admin_build(ngx_http_gate_admin_t *a,
    gate_str_t body);
static ngx_int_t ngx_http_gate_admin_transmit(ngx_http_gate_admin_t *a);
static void ngx_http_gate_admin_answered(void *data, redisReply *reply);
static ngx_int_t ngx_http_gate_admin_read(ngx_http_gate_admin_t *a,
    redisReply *reply);
static ngx_int_t ngx_http_gate_admin_half(ngx_http_gate_admin_t *a,
    gate_str_t why);
static void ngx_http_gate_admin_end(ngx_http_gate_admin_t *a);
static void ngx_http_gate_admin_left(void *data);
static void ngx_http_gate_admin_destroy(void *data);


ngx_int_t
ngx_http_gate_admin_begin(ngx_http_request_t *r,
    const ngx_http_gate_admin_route_t *route, gate_admin_path_t *path,
    gate_str_t body, ngx_uint_t counted)
{
    ngx_int_t               rc;
    ngx_http_cleanup_t     *cln;
    ngx_http_gate_admin_t  *a;

    a = ngx_http_gate_admin_create(r, route, path);
    if (a == NULL) {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    rc = ngx_http_gate_admin_build(a, body);

    if (rc == NGX_OK && a->full) {
        rc = ngx_http_gate_admin_fail(a, &ngx_http_gate_admin_internal, NULL);
    }

    if (rc == NGX_OK) {
        rc = ngx_http_gate_admin_transmit(a);
    }

    if (rc != NGX_AGAIN) {
        rc = (a->problem != NULL) ? ngx_http_gate_admin_send(a)
                                  : NGX_HTTP_INTERNAL_SERVER_ERROR;
        ngx_destroy_pool(a->pool);
        return rc;
    }

    cln = ngx_http_cleanup_add(r, 0);

    if (cln == NULL) {
        /* the answer is nobody's, what was changed is written down */
        a->request = NULL;
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    cln->handler = ngx_http_gate_admin_left;
    cln->data = a;

    if (!counted) {
        r->main->count++;
    }

    if (!r->discard_body) {
        r->read_event_handler = ngx_http_test_reading;
    }

    return NGX_DONE;
}


static ngx_http_gate_admin_t *
ngx_http_gate_admin_create(ngx_http_request_t *r,
    const ngx_http_gate_admin_route_t *route, gate_admin_path_t *path)
{
    ngx_pool_t             *pool;
    ngx_pool_cleanup_t     *cln;
    ngx_http_gate_admin_t  *a;

    pool = ngx_create_pool(4096, ngx_cycle->log);
    if (pool == NULL) {
        return NULL;
    }

    cln = ngx_pool_cleanup_add(pool, sizeof(ngx_http_gate_admin_t));
    if (cln == NULL) {
        ngx_destroy_pool(pool);
        return NULL;
    }

    a = cln->data;
    ngx_memzero(a, sizeof(ngx_http_gate_admin_t));

    cln->handler = ngx_http_gate_admin_destroy;

    a->pool = pool;
    a->request = r;
    a->route = route;
    a->path = *path;
    a->amcf = ngx_http_get_module_main_conf(r, ngx_http_gate_admin_module);
    a->alcf = ngx_http_get_module_loc_conf(r, ngx_http_gate_admin_module);
    a->change.known = &a->amcf->known;
    a->change.now_s = ngx_time();
    a->ask.handler = ngx_http_gate_admin_answered;
    a->ask.data = a;
    a->uri = ngx_http_gate_view(&r->uri);
    a->argc = NGX_HTTP_GATE_ADMIN_FIRST;

    if (ngx_http_gate_admin_copy(a, &a->path.name) != NGX_OK
        || ngx_http_gate_admin_copy(a, &a->path.id) != NGX_OK
        || ngx_http_gate_admin_copy(a, &a->uri) != NGX_OK
        || ngx_http_gate_admin_conditions(a) != NGX_OK
        || ngx_http_gate_admin_who(a) != NGX_OK)
    {
        ngx_destroy_pool(pool);
        return NULL;
    }

    return a;
}


/* so that it outlives the request */

static ngx_int_t
ngx_http_gate_admin_copy(ngx_http_gate_admin_t *a, gate_str_t *s)
{
    u_char  *p;

    p = ngx_pnalloc(a->pool, s->len + 1);
    if (p == NULL) {
        return NGX_ERROR;
    }

    (void) gate_str_copy(p, *s);
    s->data = p;

    return NGX_OK;
}


/* If-Match, and If-None-Match as the script and the answer need it */

static ngx_int_t
ngx_http_gate_admin_conditions(ngx_http_gate_admin_t *a)
{
    u_char           *p;
    ngx_uint_t        n;
    ngx_table_elt_t  *h;

    static ngx_str_t  match = ngx_string("if-match");
    static ngx_str_t  none_match = ngx_string("if-none-match");

    h = ngx_http_gate_header(a->request, &match, &n);

    if (h != NULL) {
        p = ngx_pnalloc(a->pool, h->value.len + 3);
        if (p == NULL) {
            return NGX_ERROR;
        }

        /* of several fields none is the one that is meant */

        a->match.data = p;
        a->match.len = gate_admin_revisions(n == 1
                                            ? ngx_http_gate_view(&h->value)
                                            : gate_str("", 0), p);
    }

    h = ngx_http_gate_header(a->request, &none_match, &n);

    if (h == NULL) {
        return NGX_OK;
    }

    a->none_match = ngx_http_gate_view(&h->value);

    if (a->match.len == 0 && a->route->write
        && gate_str_eq(a->none_match, gate_cstr("*")))
    {
        a->match = gate_cstr("!");
    }

    return ngx_http_gate_admin_copy(a, &a->none_match);
}


static ngx_int_t
ngx_http_gate_admin_build(ngx_http_gate_admin_t *a, gate_str_t body)
{
    ngx_int_t  rc;

    a->now[gate_date_iso(ngx_time(), a->now)] = '\0';

    rc = ngx_http_gate_admin_format(a);

    if (rc == NGX_OK && a->route->body) {
        rc = ngx_http_gate_admin_parse(a, body);
    }

    if (rc == NGX_OK) {
        rc = a->route->build(a);
    }

    if (rc != NGX_OK) {
        return rc;
    }

    if (gate_admin_wrong(&a->change)) {
        return ngx_http_gate_admin_fail(a, &ngx_http_gate_admin_invalid, NULL);
    }

    return a->change.failed ? NGX_ERROR : NGX_OK;
}


static ngx_int_t
ngx_http_gate_admin_parse(ngx_http_gate_admin_t *a, gate_str_t body)
{
    if (body.len == 0 && a->route->body == 1) {
        a->body = json_object();
        return a->body ? NGX_OK : NGX_ERROR;
    }

    switch (gate_json_object(body, &a->body)) {

    case GATE_JSON_OK:
        return NGX_OK;

    case GATE_JSON_BAD:
        return ngx_http_gate_admin_fail(a, &ngx_http_gate_admin_bad_json,
                                        NULL);

    default:
        return NGX_ERROR;
    }
}


ngx_int_t
ngx_http_gate_admin_fail(ngx_http_gate_admin_t *a,
    const ngx_http_gate_admin_problem_t *problem, const char *detail)
{
    a->problem = problem;
    a->detail = detail;

    return NGX_DECLINED;
}


/* somebody else has made something else of that key */

ngx_int_t
ngx_http_gate_admin_odd(ngx_http_gate_admin_t *a, gate_str_t key)
{
    u_char  *p;

    static const char  what[] = "The key %*s of Redis is of another type. "
                                "Nothing was changed.";

    p = ngx_pnalloc(a->pool, sizeof(what) + key.len);
    if (p == NULL) {
        return NGX_ERROR;
    }

    *ngx_sprintf(p, what, key.len, key.data) = '\0';

    return ngx_http_gate_admin_fail(a, &ngx_http_gate_admin_conflict,
                                    (char *) p);
}


void
ngx_http_gate_admin_arg(ngx_http_gate_admin_t *a, const void *data, size_t len)
{
    if (a->argc == NGX_HTTP_GATE_ADMIN_ARGS) {
        a->full = 1;
        return;
    }

    a->argv[a->argc] = len ? data : "";
    a->len[a->argc] = len;
    a->argc++;
}


ngx_int_t
ngx_http_gate_admin_ask(ngx_http_gate_admin_t *a)
{
    ngx_int_t  rc;

    rc = ngx_http_gate_admin_transmit(a);

    return (rc == NGX_AGAIN) ? NGX_AGAIN : NGX_OK;
}


static ngx_int_t
ngx_http_gate_admin_transmit(ngx_http_gate_admin_t *a)
{
    if (a->whole) {
        a->argv[0] = "EVAL";
        a->len[0] = 4;
        a->argv[1] = (char *) gate_admin_script.data;
        a->len[1] = gate_admin_script.len;

    } else {
        a->argv[0] = "EVALSHA";
        a->len[0] = 7;
        a->argv[1] = (char *) a->amcf->sha1;
        a->len[1] = sizeof(a->amcf->sha1);
    }

    a->argv[2] = "0";
    a->len[2] = 1;

    if (ngx_http_gate_redis_pool_send(&a->ask, (int) a->argc, a->argv, a->len)
        == NGX_OK)
    {
        return NGX_AGAIN;
    }

    return ngx_http_gate_admin_fail(a, &ngx_http_gate_admin_unavailable, NULL);
}


static void
ngx_http_gate_admin_answered(void *data, redisReply *reply)
{
    ngx_http_gate_admin_t *a = data;

    ngx_int_t  rc;

    rc = NGX_OK;

    if (reply != NULL && reply->type == REDIS_REPLY_ERROR && !a->whole
        && reply->len >= 8 && ngx_strncmp(reply->str, "NOSCRIPT", 8) == 0)
    {
        a->whole = 1;

        if (ngx_http_gate_admin_transmit(a) == NGX_AGAIN) {
            return;
        }

    } else {
        rc = ngx_http_gate_admin_read(a, reply);
    }

    if (rc == NGX_AGAIN) {
        return;
    }

    if (rc == NGX_ERROR) {
        a->status = 0;
    }

    ngx_http_gate_admin_end(a);
}


static ngx_int_t
ngx_http_gate_admin_read(ngx_http_gate_admin_t *a, redisReply *reply)
{
    ngx_int_t          rc;
    ngx_uint_t         level;

    static gate_say_t  said;

    if (reply == NULL) {

        if (!a->route->write) {
            return ngx_http_gate_admin_fail(a,
                                            &ngx_http_gate_admin_unavailable,
                                            "Redis did not answer in time.");
        }

        ngx_http_gate_admin_audit(a, "unknown");

        return ngx_http_gate_admin_fail(a, &ngx_http_gate_admin_unknown, NULL);
    }

    if (reply->type != REDIS_REPLY_ARRAY || reply->elements == 0) {
        level = gate_say(&said, 1, ngx_current_msec, NGX_HTTP_GATE_REDIS_AGAIN)
                ? NGX_LOG_ERR : NGX_LOG_INFO;

        ngx_log_error(level, ngx_cycle->log, 0,
                      "gate admin: Redis refuses \"%s\": %*s", a->route->op,
                      reply->type == REDIS_REPLY_ERROR
                      ? ngx_min(reply->len, NGX_HTTP_GATE_ADMIN_SHOWN) : 0,
                      reply->type == REDIS_REPLY_ERROR ? reply->str : "");

        return ngx_http_gate_admin_fail(a, &ngx_http_gate_admin_unavailable,
                                        "Redis refuses this; the error log of "
                                        "the gateway says why.");
    }

    if (gate_str_eq(ngx_http_gate_admin_text(reply, 0), gate_cstr("failed"))) {
        return ngx_http_gate_admin_half(a, ngx_http_gate_admin_text(reply, 1));
    }

    rc = ngx_http_gate_admin_said(a, reply);

    if (rc == NGX_OK) {
        rc = a->route->answer(a, reply);
    }

    if (rc == NGX_OK && a->route->write) {
        ngx_http_gate_admin_audit(a, NULL);
    }

    return rc;
}


/* Redis has taken the first of the writes of a change, and not the rest */

static ngx_int_t
ngx_http_gate_admin_half(ngx_http_gate_admin_t *a, gate_str_t why)
{
    ngx_log_error(NGX_LOG_ERR, ngx_cycle->log, 0,
                  "gate admin: Redis refuses a part of \"%s\", which may be "
                  "half done: %*s", a->route->op,
                  ngx_min(why.len, NGX_HTTP_GATE_ADMIN_SHOWN), why.data);

    ngx_http_gate_admin_audit(a, "failed");

    return ngx_http_gate_admin_fail(a, &ngx_http_gate_admin_failed, NULL);
}


/* the last of a call: nobody knows it any more */

static void
ngx_http_gate_admin_end(ngx_http_gate_admin_t *a)
{
    ngx_int_t            rc;
    ngx_connection_t    *c;
    ngx_http_cleanup_t  *cln;
    ngx_http_request_t  *r;

    r = a->request;

    if (r == NULL) {
        ngx_destroy_pool(a->pool);
        return;
    }

    c = r->connection;

    ngx_http_set_log_request(c->log, r);

    for (cln = r->cleanup; cln; cln = cln->next) {
        if (cln->handler == ngx_http_gate_admin_left && cln->data == a) {
            cln->handler = NULL;
        }
    }

    rc = (a->problem != NULL || a->status != 0)
         ? ngx_http_gate_admin_send(a) : NGX_HTTP_INTERNAL_SERVER_ERROR;

    ngx_destroy_pool(a->pool);

    ngx_http_finalize_request(r, rc);

    ngx_http_run_posted_requests(c);
}


/* the client has left: only a question is taken back */

static void
ngx_http_gate_admin_left(void *data)
{
    ngx_http_gate_admin_t *a = data;

    a->request = NULL;

    if (!a->route->write) {
        ngx_http_gate_redis_pool_cancel(&a->ask);
        ngx_destroy_pool(a->pool);
    }
}


static void
ngx_http_gate_admin_destroy(void *data)
{
    ngx_http_gate_admin_t *a = data;

    if (a->secret.len != 0) {
        ngx_explicit_memzero(a->secret.data, a->secret.len);
    }

    gate_admin_free(&a->change);

    json_decref(a->body);
    json_decref(a->answer);
    json_decref(a->who);
    json_decref(a->before);
    json_decref(a->after);
    json_decref(a->also);
}
