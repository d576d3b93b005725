
/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * Usage of a month: one consumer after the other, each with a question of its
 * own, so that Redis is never busy with it for long.
 */


#include "ngx_http_gate_admin.h"
#include "ngx_http_gate_admin_route.h"

#include "gate_date.h"
#include "gate_record.h"


#define NGX_HTTP_GATE_ADMIN_BILLS   100       /* consumers in one answer */


static ngx_int_t ngx_http_gate_admin_usage_month(ngx_http_gate_admin_t *a,
    gate_str_t text);
static ngx_int_t ngx_http_gate_admin_usage_args(ngx_http_gate_admin_t *a,
    gate_str_t name, const char *which);
static gate_str_t ngx_http_gate_admin_usage_after(ngx_http_gate_admin_t *a,
    gate_str_t name);


static const char *const  ngx_http_gate_admin_usage_columns[] = {
    "consumer", "api", "version", "plan", "served", "refused_upstream",
    "aborted", "interrupted", "bytes_in", "bytes_out", "duration_ms", NULL
};


ngx_int_t
ngx_http_gate_admin_build_usage(ngx_http_gate_admin_t *a)
{
    ngx_int_t   rc;
    gate_str_t  month, name, cursor;

    rc = ngx_http_gate_admin_page(a, NGX_HTTP_GATE_ADMIN_BILLS, &cursor);
    if (rc != NGX_OK) {
        return rc;
    }

    rc = ngx_http_gate_admin_query(a, "month", &month);

    if (rc == NGX_DECLINED) {
        month = gate_str(a->now, sizeof("2026-11") - 1);

    } else if (rc != NGX_OK) {
        return rc;
    }

    rc = ngx_http_gate_admin_usage_month(a, month);
    if (rc != NGX_OK) {
        return rc;
    }

    a->answer = json_pack("{s:s%,s:[]}", "month", month.data, month.len,
                          "usage");
    if (a->answer == NULL) {
        return NGX_ERROR;
    }

    a->list = "usage";
    a->columns = ngx_http_gate_admin_usage_columns;

    rc = ngx_http_gate_admin_query(a, "consumer", &name);

    if (rc == NGX_DECLINED) {
        return ngx_http_gate_admin_usage_args(a, cursor, "next");
    }

    if (rc != NGX_OK) {
        return rc;
    }

    if (!gate_admin_path_is_text(name, GATE_RECORD_CONSUMER)) {
        return ngx_http_gate_admin_fail(a, &ngx_http_gate_admin_invalid,
                                        "The argument \"consumer\" must be "
                                        "the name of one.");
    }

    a->limit = 1;

    return ngx_http_gate_admin_usage_args(a, name, "exact");
}


/* YYYY-MM, and how many days it has */

static ngx_int_t
ngx_http_gate_admin_usage_month(ngx_http_gate_admin_t *a, gate_str_t text)
{
    u_char      day[sizeof("2026-11-31")];
    ngx_uint_t  days;

    if (text.len == sizeof("2026-11") - 1) {
        ngx_memcpy(day, text.data, text.len);

        for (days = 31; days >= 28; days--) {
            (void) ngx_sprintf(day + text.len, "-%02ui", days);

            if (gate_date_end(gate_str(day, sizeof(day) - 1)) > 0) {
                ngx_memcpy(a->month, day, 4);
                ngx_memcpy(a->month + 4, day + 5, 2);
                a->month[6] = (u_char) days;
                return NGX_OK;
            }
        }
    }

    return ngx_http_gate_admin_fail(a, &ngx_http_gate_admin_invalid,
                                    "The argument \"month\" must be a month "
                                    "such as 2026-11.");
}


/* "next": of the first consumer behind that name */

static ngx_int_t
ngx_http_gate_admin_usage_args(ngx_http_gate_admin_t *a, gate_str_t name,
    const char *which)
{
    u_char      *days;
    gate_str_t   other;

    days = ngx_pnalloc(a->pool, 2);
    if (days == NULL) {
        return NGX_ERROR;
    }

    (void) ngx_sprintf(days, "%02ui", (ngx_uint_t) a->month[6]);

    other = ngx_http_gate_admin_usage_after(a, name);

    a->argc = 3;
    ngx_http_gate_admin_arg(a, "usage", 5);
    ngx_http_gate_admin_arg(a, name.data, name.len);
    ngx_http_gate_admin_arg(a, which, ngx_strlen(which));
    ngx_http_gate_admin_arg(a, "", 0);
    ngx_http_gate_admin_arg(a, a->now, ngx_strlen(a->now));
    ngx_http_gate_admin_arg(a, a->month, 6);
    ngx_http_gate_admin_arg(a, days, 2);
    ngx_http_gate_admin_arg(a, other.data, other.len);

    return NGX_OK;
}


/* the next one of the configuration, "": there is none */

static gate_str_t
ngx_http_gate_admin_usage_after(ngx_http_gate_admin_t *a, gate_str_t name)
{
    ngx_str_t    n, c;
    ngx_uint_t   i;
    gate_str_t  *consumers;

    consumers = a->amcf->consumers;
    n.len = name.len;
    n.data = name.data;

    for (i = 0; i < a->amcf->nconsumers; i++) {
        c.len = consumers[i].len;
        c.data = consumers[i].data;

        if (ngx_memn2cmp(c.data, n.data, c.len, n.len) > 0) {
            return consumers[i];
        }
    }

    return gate_str("", 0);
}


ngx_int_t
ngx_http_gate_admin_answer_usage(ngx_http_gate_admin_t *a, redisReply *reply)
{
    size_t              n;
    u_char             *p;
    gate_str_t          name;
    gate_admin_pair_t  *pairs;

    name = ngx_http_gate_admin_text(reply, 1);

    if (name.len == 0) {
        return NGX_OK;
    }

    pairs = ngx_http_gate_admin_pairs(a, reply, 2, &n);

    if (pairs == NULL
        || !gate_admin_show_usage(json_object_get(a->answer, "usage"), name,
                                  pairs, n))
    {
        return NGX_ERROR;
    }

    if (ngx_strcmp(a->argv[5], "exact") == 0) {
        return NGX_OK;
    }

    if (++a->looked == a->limit) {
        return ngx_http_gate_admin_next(a, name);
    }

    /* the reply goes when this returns */

    p = ngx_pnalloc(a->pool, name.len);

    if (p == NULL) {
        return NGX_ERROR;
    }

    ngx_memcpy(p, name.data, name.len);

    if (ngx_http_gate_admin_usage_args(a, gate_str(p, name.len), "next")
        != NGX_OK)
    {
        return NGX_ERROR;
    }

    return ngx_http_gate_admin_ask(a);
}
