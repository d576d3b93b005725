
/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * Connections to Redis, their beginning: AUTH, SELECT, and what Redis says of
 * its memory, as one that evicts keys makes bills wrong in silence.
 */


#include "ngx_http_gate.h"
#include "ngx_http_gate_redis_hello.h"
#include "ngx_http_gate_metrics.h"


/* how to ask for the policy */

#define NGX_HTTP_GATE_REDIS_ASK_CONFIG   0
#define NGX_HTTP_GATE_REDIS_ASK_INFO     1
#define NGX_HTTP_GATE_REDIS_ASK_NOTHING  2

/* how bad what is heard is */

#define NGX_HTTP_GATE_REDIS_UNKNOWN      1
#define NGX_HTTP_GATE_REDIS_EVICTS       2


static void ngx_http_gate_redis_hello_authenticated(void *data,
    redisReply *reply);
static void ngx_http_gate_redis_hello_greeted(void *data, redisReply *reply);
static void ngx_http_gate_redis_hello_config(void *data, redisReply *reply);
static void ngx_http_gate_redis_hello_info(void *data, redisReply *reply);
static void ngx_http_gate_redis_hello_judge(ngx_http_gate_redis_hello_t *h,
    u_char *policy, size_t len);
static void ngx_http_gate_redis_hello_unknown(ngx_http_gate_redis_hello_t *h,
    const char *why);


/*
 * What may be logged of an answer to AUTH.  All else is cut after its first
 * word: "unknown command" repeats the arguments, hence the password.
 */

static ngx_str_t  ngx_http_gate_redis_hello_harmless[] = {
    ngx_string("WRONGPASS "),
    ngx_string("NOPERM "),
    ngx_string("LOADING "),
    ngx_string("MASTERDOWN "),
    ngx_string("ERR max number of clients reached"),
    ngx_string("ERR invalid password"),
    ngx_string("ERR Client sent AUTH, but no password is set"),
    ngx_string("ERR AUTH <password> called without any password"),
    ngx_string("ERR wrong number of arguments for 'auth' command"),
    ngx_null_string
};


void
ngx_http_gate_redis_hello_init(ngx_http_gate_redis_hello_t *h)
{
    h->auth.handler = ngx_http_gate_redis_hello_authenticated;
    h->auth.data = h;

    h->greet.handler = ngx_http_gate_redis_hello_greeted;
    h->greet.data = h;

    h->policy.data = h;
}


/* at least one command, so that a listener that is no Redis is found out */

ngx_int_t
ngx_http_gate_redis_hello_start(ngx_http_gate_redis_hello_t *h)
{
    u_char                       db[NGX_INT_T_LEN];
    size_t                       len[3];
    ngx_int_t                    rc;
    const char                  *arg[3];
    ngx_uint_t                   n;
    ngx_http_gate_redis_conf_t  *rcf;

    rcf = h->conf;
    h->left = 1;

    if (rcf->password.len) {
        h->left++;
        n = 0;

        arg[n] = "AUTH";
        len[n++] = sizeof("AUTH") - 1;

        if (rcf->user.len) {
            arg[n] = (char *) rcf->user.data;
            len[n++] = rcf->user.len;
        }

        arg[n] = (char *) rcf->password.data;
        len[n++] = rcf->password.len;

        rc = ngx_http_gate_redis_ring_probe(h->ring, &h->auth, n, arg, len);
        if (rc != NGX_OK) {
            return rc;
        }
    }

    if (rcf->db == 0) {
        arg[0] = "PING";
        len[0] = sizeof("PING") - 1;

        return ngx_http_gate_redis_ring_probe(h->ring, &h->greet, 1, arg, len);
    }

    arg[0] = "SELECT";
    len[0] = sizeof("SELECT") - 1;
    arg[1] = (char *) db;
    len[1] = ngx_sprintf(db, "%i", rcf->db) - db;

    return ngx_http_gate_redis_ring_probe(h->ring, &h->greet, 2, arg, len);
}


static void
ngx_http_gate_redis_hello_authenticated(void *data, redisReply *reply)
{
    ngx_http_gate_redis_hello_t *h = data;

    size_t      len;
    ngx_str_t  *s;

    if (reply == NULL || reply->type != REDIS_REPLY_ERROR) {
        ngx_http_gate_redis_hello_greeted(data, reply);
        return;
    }

    for (len = 0; len < reply->len && reply->str[len] != ' '; len++) {
        /* void */
    }

    for (s = ngx_http_gate_redis_hello_harmless; s->len; s++) {
        if (reply->len >= s->len
            && ngx_memcmp(reply->str, s->data, s->len) == 0)
        {
            len = reply->len;
            break;
        }
    }

    h->refused(h->data, "AUTH was refused", reply, len);
}


static void
ngx_http_gate_redis_hello_greeted(void *data, redisReply *reply)
{
    ngx_http_gate_redis_hello_t *h = data;

    if (reply == NULL) {
        return;
    }

    if (reply->type == REDIS_REPLY_ERROR) {
        h->refused(h->data, "refused", reply, reply->len);
        return;
    }

    if (--h->left == 0) {
        h->done(h->data);
    }
}


/*
 * CONFIG is what Redis has for it, INFO where CONFIG is forbidden, as managed
 * ones do.  Some proxies close the connection instead of refusing: then the
 * next question is a milder one, and then there is none.
 */

void
ngx_http_gate_redis_hello_policy(ngx_http_gate_redis_hello_t *h)
{
    size_t       len[3];
    const char  *arg[3];

    if (h->ask == NGX_HTTP_GATE_REDIS_ASK_CONFIG) {

        arg[0] = "CONFIG";
        len[0] = sizeof("CONFIG") - 1;
        arg[1] = "GET";
        len[1] = sizeof("GET") - 1;
        arg[2] = "maxmemory-policy";
        len[2] = sizeof("maxmemory-policy") - 1;

        h->policy.handler = ngx_http_gate_redis_hello_config;

        (void) ngx_http_gate_redis_ring_probe(h->ring, &h->policy, 3, arg,
                                              len);
        return;
    }

    if (h->ask == NGX_HTTP_GATE_REDIS_ASK_INFO) {

        arg[0] = "INFO";
        len[0] = sizeof("INFO") - 1;
        arg[1] = "memory";
        len[1] = sizeof("memory") - 1;

        h->policy.handler = ngx_http_gate_redis_hello_info;

        (void) ngx_http_gate_redis_ring_probe(h->ring, &h->policy, 2, arg,
                                              len);
        return;
    }

    ngx_http_gate_redis_hello_unknown(h, "it closes the connection when asked");
}


void
ngx_http_gate_redis_hello_again(ngx_http_gate_redis_hello_t *h)
{
    if (h->ask == NGX_HTTP_GATE_REDIS_ASK_NOTHING) {
        h->ask = NGX_HTTP_GATE_REDIS_ASK_CONFIG;
    }
}


static void
ngx_http_gate_redis_hello_config(void *data, redisReply *reply)
{
    ngx_http_gate_redis_hello_t *h = data;

    redisReply  *value;

    if (reply == NULL) {
        h->ask = NGX_HTTP_GATE_REDIS_ASK_INFO;
        return;
    }

    if (reply->type == REDIS_REPLY_ARRAY && reply->elements == 2) {

        value = reply->element[1];

        if (value->type == REDIS_REPLY_STRING) {
            ngx_http_gate_redis_hello_judge(h, (u_char *) value->str,
                                            value->len);
            return;
        }
    }

    h->ask = NGX_HTTP_GATE_REDIS_ASK_INFO;

    ngx_http_gate_redis_hello_policy(h);
}


static void
ngx_http_gate_redis_hello_info(void *data, redisReply *reply)
{
    ngx_http_gate_redis_hello_t *h = data;

    u_char  *p, *last, *end;

    static u_char  name[] = "\nmaxmemory_policy:";

    if (reply == NULL) {
        h->ask = NGX_HTTP_GATE_REDIS_ASK_NOTHING;
        return;
    }

    /* it may be allowed tomorrow */

    h->ask = NGX_HTTP_GATE_REDIS_ASK_CONFIG;

    if (reply->type == REDIS_REPLY_STRING) {

        p = (u_char *) reply->str;
        last = p + reply->len;

        p = ngx_strnstr(p, (char *) name, reply->len);

        if (p != NULL) {
            p += sizeof(name) - 1;

            for (end = p; end < last && *end > ' '; end++) { /* void */ }

            ngx_http_gate_redis_hello_judge(h, p, end - p);
            return;
        }
    }

    ngx_http_gate_redis_hello_unknown(h, "neither CONFIG GET nor INFO tells "
                                      "it");
}


static void
ngx_http_gate_redis_hello_judge(ngx_http_gate_redis_hello_t *h, u_char *policy,
    size_t len)
{
    ngx_uint_t     evicts;
    ngx_atomic_t  *metric;

    evicts = (len != sizeof("noeviction") - 1
              || ngx_strncmp(policy, "noeviction", len) != 0);

    metric = ngx_http_gate_metric(&ngx_http_gate_redis_evicts, 0, NULL);
    *metric = evicts;

    metric = ngx_http_gate_metric(&ngx_http_gate_redis_policy, 0, NULL);
    *metric = 1;

    if (!evicts) {
        if (gate_say_over(&h->said)) {
            ngx_log_error(NGX_LOG_NOTICE, h->log, 0,
                          "gate redis: \"%V\" has maxmemory-policy "
                          "\"noeviction\"", &h->conf->url);
        }

        return;
    }

    if (gate_say(&h->said, NGX_HTTP_GATE_REDIS_EVICTS, ngx_current_msec,
                 NGX_HTTP_GATE_REDIS_AGAIN))
    {
        ngx_log_error(NGX_LOG_ERR, h->log, 0,
                      "gate redis: \"%V\" has maxmemory-policy \"%*s\", which "
                      "may throw usage away: it must be \"noeviction\"",
                      &h->conf->url, ngx_min(len, 64), policy);
    }
}


static void
ngx_http_gate_redis_hello_unknown(ngx_http_gate_redis_hello_t *h,
    const char *why)
{
    ngx_atomic_t  *metric;

    metric = ngx_http_gate_metric(&ngx_http_gate_redis_evicts, 0, NULL);
    *metric = 0;

    metric = ngx_http_gate_metric(&ngx_http_gate_redis_policy, 0, NULL);
    *metric = 0;

    if (gate_say(&h->said, NGX_HTTP_GATE_REDIS_UNKNOWN, ngx_current_msec,
                 NGX_HTTP_GATE_REDIS_AGAIN))
    {
        ngx_log_error(NGX_LOG_NOTICE, h->log, 0,
                      "gate redis: maxmemory-policy of \"%V\" is unknown, %s: "
                      "it must be \"noeviction\"", &h->conf->url, why);
    }
}
