
/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * Rules are read: all of them, one, the history of one, or the next one.
 */


#include "ngx_http_mesh_rules.h"

#include "gate_date.h"
#include "gate_number.h"
#include "mesh_page.h"


#define NGX_HTTP_MESH_RULES_WAIT  600000      /* ms, at most */


typedef struct {
    ngx_queue_t            queue;
    ngx_http_request_t    *request;
    gate_str_t             service;
    uint64_t               known;
    ngx_event_t            timer;
    unsigned               parked:1;
} ngx_http_mesh_rules_poll_t;


static ngx_int_t ngx_http_mesh_rules_list(ngx_http_request_t *r);
static void ngx_http_mesh_rules_row(gate_str_t service, int *first,
    mesh_out_t *out);
static ngx_int_t ngx_http_mesh_rules_history(ngx_http_request_t *r,
    gate_str_t service);
static ngx_int_t ngx_http_mesh_rules_one(ngx_http_request_t *r,
    gate_str_t service);
static ngx_int_t ngx_http_mesh_rules_show(ngx_http_request_t *r,
    gate_str_t service, uint64_t known);
static ngx_int_t ngx_http_mesh_rules_poll(ngx_http_request_t *r,
    gate_str_t service, uint64_t known, ngx_msec_t wait);
static ngx_int_t ngx_http_mesh_rules_send(ngx_http_request_t *r,
    mesh_out_t *out);
static void ngx_http_mesh_rules_unpark(void *data);
static void ngx_http_mesh_rules_late(ngx_event_t *ev);
static void ngx_http_mesh_rules_answer(ngx_http_mesh_rules_poll_t *p);


ngx_int_t
ngx_http_mesh_rules_read(ngx_http_mesh_rules_call_t *call)
{
    if (call->service.len == 0) {
        return ngx_http_mesh_rules_list(call->request);
    }

    if (call->what.len != 0) {
        return ngx_http_mesh_rules_history(call->request, call->service);
    }

    return ngx_http_mesh_rules_one(call->request, call->service);
}


/* those in force are in the state of the mesh, whoever told them */

static ngx_int_t
ngx_http_mesh_rules_list(ngx_http_request_t *r)
{
    int           first;
    size_t        i;
    ngx_int_t     limit, rc;
    mesh_out_t    out;
    gate_str_t    after, n;
    mesh_page_t   page;

    after = gate_str("", 0);
    limit = MESH_PAGE_MAX;

    if (ngx_http_mesh_reply_arg(r, "after", &after) == NGX_ERROR) {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    rc = ngx_http_mesh_reply_arg(r, "limit", &n);

    if (rc == NGX_OK) {
        limit = ngx_atoi(n.data, n.len);
    }

    if (rc == NGX_ERROR || limit < 1 || limit > MESH_PAGE_MAX) {
        return ngx_http_mesh_reply_problem(r, NGX_HTTP_BAD_REQUEST,
                                           "A value is wrong",
                                           "\"limit\" is a number of 1 to "
                                           "1000.", NULL);
    }

    mesh_page_read(&page, ngx_http_mesh_state()->rules, after, limit);

    ngx_memzero(&out, sizeof(mesh_out_t));
    mesh_out_cstr(&out, "{\"rules\":[");

    first = 1;

    for (i = 0; i < page.n; i++) {
        ngx_http_mesh_rules_row(page.items[i]->name, &first, &out);
    }

    mesh_out_cstr(&out, "],\"more\":");
    mesh_out_cstr(&out, page.more ? "true}\n" : "false}\n");

    return ngx_http_mesh_rules_send(r, &out);
}


static void
ngx_http_mesh_rules_row(gate_str_t service, int *first, mesh_out_t *out)
{
    uint64_t    epoch;
    gate_str_t  text;

    if (!ngx_http_mesh_rules_get(service, &epoch, &text)) {
        return;
    }

    mesh_out_comma(out, first);
    mesh_out_cstr(out, "{\"from\":\"");
    mesh_out_cstr(out, ngx_http_mesh_rules_by_file(service) ? "file" : "api");
    mesh_out_cstr(out, "\",\"rule\":");
    mesh_out_add(out, text);
    mesh_out_cstr(out, "}");
}


/* the newest first */

static ngx_int_t
ngx_http_mesh_rules_history(ngx_http_request_t *r, gate_str_t service)
{
    int                    first;
    size_t                 i;
    mesh_out_t             out;
    unsigned char          date[GATE_DATE_ISO];
    mesh_rules_past_t     *past;
    mesh_rules_change_t   *c;

    past = mesh_rules_find(&ngx_http_mesh_rules_own.rules, service);

    if (past == NULL || past->n == 0) {
        return ngx_http_mesh_reply_problem(r, NGX_HTTP_NOT_FOUND,
                                           "No such rule",
                                           "This service never had a rule of "
                                           "this API.", NULL);
    }

    ngx_memzero(&out, sizeof(mesh_out_t));
    mesh_out_cstr(&out, "{\"service\":");
    mesh_out_json(&out, service);
    mesh_out_cstr(&out, ",\"history\":[");

    first = 1;

    for (i = past->n; i > 0; i--) {
        c = &past->changes[i - 1];

        mesh_out_comma(&out, &first);
        mesh_out_cstr(&out, "{\"epoch\":");
        mesh_out_uint(&out, c->epoch);
        mesh_out_cstr(&out, ",\"at\":");
        mesh_out_json(&out, gate_str(date, gate_date_iso(c->at, date)));

        if (c->text.len == 0) {
            mesh_out_cstr(&out, ",\"deleted\":true}");

        } else {
            mesh_out_cstr(&out, ",\"rule\":");
            mesh_out_add(&out, c->text);
            mesh_out_cstr(&out, "}");
        }
    }

    mesh_out_cstr(&out, "]}\n");

    return ngx_http_mesh_rules_send(r, &out);
}


/* "epoch=N": only a newer one, for which "wait=30s" waits */

static ngx_int_t
ngx_http_mesh_rules_one(ngx_http_request_t *r, gate_str_t service)
{
    int64_t     known, wait;
    ngx_int_t   rc;
    gate_str_t  text;

    static const gate_number_range_t  epochs = {
        GATE_NUMBER_PLAIN, 0, 0
    };

    static const gate_number_range_t  waits = {
        GATE_NUMBER_MS, 0, NGX_HTTP_MESH_RULES_WAIT
    };

    known = 0;
    wait = 0;

    rc = ngx_http_mesh_reply_arg(r, "epoch", &text);

    if (rc == NGX_OK && !gate_number_parse(text, &epochs, &known)) {
        return ngx_http_mesh_reply_problem(r, NGX_HTTP_BAD_REQUEST,
                                           "A value is wrong",
                                           "\"epoch\" is a whole number.",
                                           NULL);
    }

    if (rc != NGX_ERROR) {
        rc = ngx_http_mesh_reply_arg(r, "wait", &text);
    }

    if (rc == NGX_OK && !gate_number_parse(text, &waits, &wait)) {
        return ngx_http_mesh_reply_problem(r, NGX_HTTP_BAD_REQUEST,
                                           "A value is wrong",
                                           "\"wait\" is a time of at most "
                                           "10m, such as 30s.", NULL);
    }

    if (rc == NGX_ERROR) {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    return ngx_http_mesh_rules_poll(r, service, known, wait);
}


/* with its ETag; or that nothing is newer, or that there is none */

static ngx_int_t
ngx_http_mesh_rules_show(ngx_http_request_t *r, gate_str_t service,
    uint64_t known)
{
    u_char      tag[NGX_INT64_LEN + 2];
    uint64_t    epoch;
    mesh_out_t  out;
    gate_str_t  text, etag;
    ngx_str_t  *none;

    if (!ngx_http_mesh_rules_get(service, &epoch, &text)) {
        return ngx_http_mesh_reply_problem(r, NGX_HTTP_NOT_FOUND,
                                           "No such rule",
                                           "This service has no rule.", NULL);
    }

    etag = gate_str(tag, ngx_sprintf(tag, "\"%uL\"", epoch) - tag);
    none = ngx_http_mesh_reply_asked(r, "if-none-match");

    if (ngx_http_mesh_reply_field(r, "ETag", etag) != NGX_OK) {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    if (epoch <= known
        || (none != NULL && gate_str_eq(ngx_http_mesh_str(*none), etag)))
    {
        return ngx_http_mesh_reply(r, NGX_HTTP_NOT_MODIFIED,
                                   NGX_HTTP_MESH_JSON, gate_str(NULL, 0));
    }

    ngx_memzero(&out, sizeof(mesh_out_t));
    mesh_out_add(&out, text);
    mesh_out_cstr(&out, "\n");

    return ngx_http_mesh_rules_send(r, &out);
}


static ngx_int_t
ngx_http_mesh_rules_poll(ngx_http_request_t *r, gate_str_t service,
    uint64_t known, ngx_msec_t wait)
{
    uint64_t                     epoch;
    gate_str_t                   text;
    ngx_http_cleanup_t          *cln;
    ngx_http_mesh_rules_poll_t  *p;

    if (wait == 0 || ngx_http_mesh_rules_own.leaving
        || (ngx_http_mesh_rules_get(service, &epoch, &text)
            && epoch > known))
    {
        return ngx_http_mesh_rules_show(r, service, known);
    }

    p = ngx_pcalloc(r->pool, sizeof(ngx_http_mesh_rules_poll_t));
    cln = ngx_http_cleanup_add(r, 0);

    if (p == NULL || cln == NULL) {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    p->request = r;
    p->service = service;
    p->known = known;
    p->parked = 1;

    p->timer.handler = ngx_http_mesh_rules_late;
    p->timer.data = p;
    p->timer.log = r->connection->log;
    p->timer.cancelable = 1;

    cln->handler = ngx_http_mesh_rules_unpark;
    cln->data = p;

    ngx_queue_insert_tail(&ngx_http_mesh_rules_own.polls, &p->queue);
    ngx_add_timer(&p->timer, wait);

    return ngx_http_mesh_rules_park(r);
}


static void
ngx_http_mesh_rules_unpark(void *data)
{
    ngx_http_mesh_rules_poll_t *p = data;

    if (!p->parked) {
        return;
    }

    p->parked = 0;
    ngx_queue_remove(&p->queue);

    if (p->timer.timer_set) {
        ngx_del_timer(&p->timer);
    }
}


static void
ngx_http_mesh_rules_late(ngx_event_t *ev)
{
    ngx_http_mesh_rules_answer(ev->data);
}


static void
ngx_http_mesh_rules_answer(ngx_http_mesh_rules_poll_t *p)
{
    ngx_http_request_t  *r;

    r = p->request;

    ngx_http_mesh_rules_unpark(p);
    ngx_http_mesh_rules_finish(r, ngx_http_mesh_rules_show(r, p->service,
                                                           p->known));
}


/* an answer may end others of the same connection: each time from the start */

void
ngx_http_mesh_rules_wake(gate_str_t service)
{
    uint64_t                     epoch;
    gate_str_t                   text;
    ngx_queue_t                  others, *q;
    ngx_http_mesh_rules_poll_t  *p;

    ngx_queue_init(&others);

    while (!ngx_queue_empty(&ngx_http_mesh_rules_own.polls)) {

        q = ngx_queue_head(&ngx_http_mesh_rules_own.polls);
        p = ngx_queue_data(q, ngx_http_mesh_rules_poll_t, queue);

        if (gate_str_eq(p->service, service)
            && (!ngx_http_mesh_rules_get(service, &epoch, &text)
                || epoch > p->known))
        {
            ngx_http_mesh_rules_answer(p);
            continue;
        }

        ngx_queue_remove(q);
        ngx_queue_insert_tail(&others, q);
    }

    if (!ngx_queue_empty(&others)) {
        ngx_queue_add(&ngx_http_mesh_rules_own.polls, &others);
    }
}


void
ngx_http_mesh_rules_wake_all(void)
{
    ngx_queue_t  *q;

    while (!ngx_queue_empty(&ngx_http_mesh_rules_own.polls)) {
        q = ngx_queue_head(&ngx_http_mesh_rules_own.polls);
        ngx_http_mesh_rules_answer(
            ngx_queue_data(q, ngx_http_mesh_rules_poll_t, queue));
    }
}


/* frees what has been written */

static ngx_int_t
ngx_http_mesh_rules_send(ngx_http_request_t *r, mesh_out_t *out)
{
    ngx_int_t  rc;

    rc = out->failed ? NGX_HTTP_INTERNAL_SERVER_ERROR
                     : ngx_http_mesh_reply(r, NGX_HTTP_OK,
                                           NGX_HTTP_MESH_JSON,
                                           mesh_out_text(out));
    mesh_out_free(out);

    return rc;
}
