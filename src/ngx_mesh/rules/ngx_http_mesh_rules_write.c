
/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * Rules are written: what is to be kept is checked, and answered for when it is
 * on the disk.
 */


#include "ngx_http_mesh_rules.h"


/* it outlives the request of a client that goes */

typedef struct {
    ngx_queue_t            queue;             /* of those on their way */
    ngx_http_mesh_keep_t   keep;
    ngx_http_request_t    *request;           /* NULL: it is gone */
    ngx_http_cleanup_t    *cleanup;
    mesh_rule_t           *rule;              /* NULL: deleted */
    gate_str_t             service;
    mesh_rules_change_t    change;
    ngx_uint_t             status;
} ngx_http_mesh_rules_op_t;


static ngx_int_t ngx_http_mesh_rules_make(ngx_http_mesh_rules_call_t *call,
    gate_str_t body, uint64_t epoch, mesh_rule_t **rule,
    gate_rule_error_t *error);
static gate_str_t ngx_http_mesh_rules_newest(gate_str_t service);
static mesh_rc_e ngx_http_mesh_rules_back(ngx_http_mesh_rules_call_t *call,
    gate_str_t body, uint64_t epoch, mesh_rule_t **rule,
    gate_rule_error_t *error);
static const char *ngx_http_mesh_rules_condition(ngx_http_request_t *r,
    mesh_rules_past_t *past);
static ngx_uint_t ngx_http_mesh_rules_is_tag(ngx_str_t *tags, uint64_t epoch);
static ngx_int_t ngx_http_mesh_rules_keep(ngx_http_mesh_rules_call_t *call,
    mesh_rule_t *rule, mesh_rules_past_t *past, uint64_t epoch);
static ngx_http_mesh_rules_op_t *ngx_http_mesh_rules_op(
    ngx_http_request_t *r, gate_str_t service, mesh_rule_t *rule);
static void ngx_http_mesh_rules_free(ngx_http_mesh_rules_op_t *op);
static void ngx_http_mesh_rules_gone(void *data);
static void ngx_http_mesh_rules_done(ngx_http_mesh_keep_t *k, ngx_int_t rc);
static ngx_int_t ngx_http_mesh_rules_apply(ngx_http_mesh_rules_op_t *op);
static ngx_int_t ngx_http_mesh_rules_say(ngx_http_request_t *r,
    ngx_uint_t status, const mesh_rule_t *rule, ngx_uint_t dry);
static ngx_int_t ngx_http_mesh_rules_wrong(ngx_http_request_t *r,
    const gate_rule_error_t *error);


ngx_int_t
ngx_http_mesh_rules_write(ngx_http_mesh_rules_call_t *call)
{
    uint64_t                     epoch;
    ngx_int_t                    rc;
    gate_str_t                   body, arg;
    const char                  *why;
    mesh_rule_t                 *rule;
    gate_rule_error_t            error;
    mesh_rules_past_t           *past;
    ngx_http_request_t          *r;

    r = call->request;

    if (ngx_http_mesh_rules_by_file(call->service) != NULL) {
        return ngx_http_mesh_reply_problem(r, NGX_HTTP_CONFLICT,
                                           "The rule is a file's",
                                           "A file of mesh_rules_file has the "
                                           "rule of this service: change it "
                                           "there.", NULL);
    }

    past = mesh_rules_find(&ngx_http_mesh_rules_own.rules, call->service);
    epoch = (past == NULL) ? 1 : past->last + 1;

    if (epoch > GATE_RULE_EPOCH) {
        return ngx_http_mesh_reply_problem(r, NGX_HTTP_CONFLICT,
                                           "No epoch is left",
                                           "Somebody has said the last one.",
                                           NULL);
    }

    why = ngx_http_mesh_rules_condition(r, past);

    if (why != NULL) {
        return ngx_http_mesh_reply_problem(r, NGX_HTTP_PRECONDITION_FAILED,
                                           "It was changed meanwhile", why,
                                           NULL);
    }

    if ((r->method & (NGX_HTTP_DELETE|NGX_HTTP_PATCH))
        && (past == NULL || !past->there))
    {
        return ngx_http_mesh_reply_problem(r, NGX_HTTP_NOT_FOUND,
                                           "No such rule",
                                           "This service has no rule.", NULL);
    }

    if (r->method & NGX_HTTP_DELETE) {
        return ngx_http_mesh_rules_keep(call, NULL, past, epoch);
    }

    if (ngx_http_mesh_reply_body(r, &body) != NGX_OK) {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    ngx_memzero(&error, sizeof(gate_rule_error_t));

    rc = ngx_http_mesh_rules_make(call, body, epoch, &rule, &error);

    if (rc == NGX_DECLINED) {
        return ngx_http_mesh_rules_wrong(r, &error);
    }

    if (rc != NGX_OK) {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    if (ngx_http_mesh_reply_arg(r, "dry_run", &arg) == NGX_OK) {
        rc = ngx_http_mesh_rules_say(r, NGX_HTTP_OK, rule, 1);
        mesh_item_unref(&rule->item);
        return rc;
    }

    return ngx_http_mesh_rules_keep(call, rule, past, rule->rule.epoch);
}


/* NGX_DECLINED: "error" says what is wrong */

static ngx_int_t
ngx_http_mesh_rules_make(ngx_http_mesh_rules_call_t *call, gate_str_t body,
    uint64_t epoch, mesh_rule_t **rule, gate_rule_error_t *error)
{
    mesh_rc_e   rc;
    gate_str_t  text;

    *rule = NULL;

    if (call->request->method & NGX_HTTP_PUT) {
        rc = mesh_rules_make(body, rule, error);

    } else if (call->request->method & NGX_HTTP_POST) {
        rc = ngx_http_mesh_rules_back(call, body, epoch, rule, error);

    } else {
        text = ngx_http_mesh_rules_newest(call->service);
        rc = mesh_rules_reweigh(text, body, epoch, rule, error);
    }

    if (rc != MESH_OK) {
        return rc == MESH_BAD ? NGX_DECLINED : NGX_ERROR;
    }

    if (!gate_str_eq((*rule)->rule.service, call->service)) {
        ngx_sprintf((u_char *) error->pointer, "/service%Z");
        ngx_sprintf((u_char *) error->detail, "is not the one of the path%Z");

    } else if ((*rule)->rule.epoch == 0) {
        (*rule)->rule.epoch = epoch;
        return NGX_OK;

    } else if ((*rule)->rule.epoch < epoch) {
        ngx_sprintf((u_char *) error->pointer, "/epoch%Z");
        ngx_sprintf((u_char *) error->detail, "must be %uL or more%Z", epoch);

    } else {
        return NGX_OK;
    }

    mesh_item_unref(&(*rule)->item);

    return NGX_DECLINED;
}


/* of one that is there, in force or on its way to the disk */

static gate_str_t
ngx_http_mesh_rules_newest(gate_str_t service)
{
    uint64_t                   epoch;
    gate_str_t                 text;
    ngx_queue_t               *q;
    ngx_http_mesh_rules_op_t  *op;

    for (q = ngx_queue_last(&ngx_http_mesh_rules_own.ops);
         q != ngx_queue_sentinel(&ngx_http_mesh_rules_own.ops);
         q = ngx_queue_prev(q))
    {
        op = ngx_queue_data(q, ngx_http_mesh_rules_op_t, queue);

        if (gate_str_eq(op->service, service)) {
            return op->change.text;
        }
    }

    text = gate_str(NULL, 0);
    (void) ngx_http_mesh_rules_get(service, &epoch, &text);

    return text;
}


/* what was in force in an epoch, in a new one */

static mesh_rc_e
ngx_http_mesh_rules_back(ngx_http_mesh_rules_call_t *call, gate_str_t body,
    uint64_t epoch, mesh_rule_t **rule, gate_rule_error_t *error)
{
    uint64_t                    to;
    mesh_rc_e                   rc;
    const mesh_rules_change_t  *was;

    rc = mesh_rules_epoch(body, &to, error);

    if (rc != MESH_OK) {
        return rc;
    }

    was = mesh_rules_of(mesh_rules_find(&ngx_http_mesh_rules_own.rules,
                                        call->service), to);

    if (was == NULL || was->text.len == 0) {
        ngx_sprintf((u_char *) error->pointer, "/epoch%Z");
        ngx_sprintf((u_char *) error->detail,
                    "has no rule in this service's history%Z");
        return MESH_BAD;
    }

    rc = mesh_rules_make(was->text, rule, error);

    if (rc == MESH_OK) {
        (*rule)->rule.epoch = epoch;
    }

    return rc;
}


/* If-Match and If-None-Match of RFC 9110 13.1; NULL: go on */

static const char *
ngx_http_mesh_rules_condition(ngx_http_request_t *r, mesh_rules_past_t *past)
{
    uint64_t    epoch;
    ngx_uint_t  there;
    ngx_str_t  *tags;

    there = (past != NULL && past->there);
    epoch = there ? past->last : 0;

    tags = ngx_http_mesh_reply_asked(r, "if-match");

    if (tags != NULL
        && (!there || !ngx_http_mesh_rules_is_tag(tags, epoch)))
    {
        return "The rule is not of the epoch in If-Match: read it again.";
    }

    tags = ngx_http_mesh_reply_asked(r, "if-none-match");

    if (tags != NULL && there && ngx_http_mesh_rules_is_tag(tags, epoch)) {
        return "There is such a rule already.";
    }

    return NULL;
}


static ngx_uint_t
ngx_http_mesh_rules_is_tag(ngx_str_t *tags, uint64_t epoch)
{
    u_char   tag[NGX_INT64_LEN + 2];
    size_t   len;
    u_char  *p, *last;

    if (tags->len == 1 && tags->data[0] == '*') {
        return 1;
    }

    len = ngx_sprintf(tag, "\"%uL\"", epoch) - tag;
    last = tags->data + tags->len;

    for (p = tags->data; (size_t) (last - p) >= len; p++) {
        if (ngx_memcmp(p, tag, len) == 0) {
            return 1;
        }
    }

    return 0;
}


/* takes the rule */

static ngx_int_t
ngx_http_mesh_rules_keep(ngx_http_mesh_rules_call_t *call, mesh_rule_t *rule,
    mesh_rules_past_t *past, uint64_t epoch)
{
    ngx_int_t                  rc;
    mesh_out_t                 out;
    ngx_http_cleanup_t        *cln;
    ngx_http_request_t        *r;
    ngx_http_mesh_rules_op_t  *op;

    r = call->request;

    if (past == NULL) {
        past = mesh_rules_past(&ngx_http_mesh_rules_own.rules, call->service);
    }

    cln = ngx_http_cleanup_add(r, 0);
    op = ngx_http_mesh_rules_op(r, call->service, rule);

    if (op == NULL || cln == NULL || past == NULL) {

        if (op != NULL) {
            ngx_http_mesh_rules_free(op);

        } else if (rule != NULL) {
            mesh_item_unref(&rule->item);
        }

        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    op->change.epoch = epoch;
    op->change.at = ngx_time();
    op->status = (rule == NULL) ? NGX_HTTP_NO_CONTENT
                                : past->there ? NGX_HTTP_OK
                                              : NGX_HTTP_CREATED;

    ngx_memzero(&out, sizeof(mesh_out_t));
    mesh_rules_line(&out, op->service, &op->change);

    rc = out.failed ? NGX_ERROR
                    : ngx_http_mesh_state_append(ngx_http_mesh_rules_own.file,
                                                 mesh_out_text(&out),
                                                 &op->keep);
    mesh_out_free(&out);

    if (rc != NGX_OK) {
        ngx_http_mesh_rules_free(op);

        return (rc == NGX_DECLINED)
               ? ngx_http_mesh_reply_problem(r, NGX_HTTP_SERVICE_UNAVAILABLE,
                                             "Not now",
                                             "This worker ends: ask again.",
                                             NULL)
               : NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    /* who comes next sees this change, though it is not in force yet */

    past->last = epoch;
    past->there = (rule != NULL);

    ngx_queue_insert_tail(&ngx_http_mesh_rules_own.ops, &op->queue);

    op->cleanup = cln;
    cln->handler = ngx_http_mesh_rules_gone;
    cln->data = op;

    return ngx_http_mesh_rules_park(r);
}


static ngx_http_mesh_rules_op_t *
ngx_http_mesh_rules_op(ngx_http_request_t *r, gate_str_t service,
    mesh_rule_t *rule)
{
    u_char                    *p;
    size_t                     room;
    ngx_http_mesh_rules_op_t  *op;

    room = (rule == NULL) ? 0 : gate_rule_room(&rule->rule);

    op = ngx_calloc(sizeof(ngx_http_mesh_rules_op_t) + service.len + room,
                    r->connection->log);
    if (op == NULL) {
        return NULL;
    }

    p = (u_char *) (op + 1);
    op->service = gate_str(p, service.len);
    p = gate_str_copy(p, service);

    if (rule != NULL) {
        op->change.text = gate_str(p, gate_rule_write(&rule->rule, p));
    }

    op->rule = rule;
    op->request = r;
    op->keep.data = op;
    op->keep.done = ngx_http_mesh_rules_done;

    return op;
}


static void
ngx_http_mesh_rules_free(ngx_http_mesh_rules_op_t *op)
{
    if (op->rule != NULL) {
        mesh_item_unref(&op->rule->item);
    }

    ngx_free(op);
}


static void
ngx_http_mesh_rules_gone(void *data)
{
    ngx_http_mesh_rules_op_t *op = data;

    op->request = NULL;
}


static void
ngx_http_mesh_rules_done(ngx_http_mesh_keep_t *k, ngx_int_t rc)
{
    ngx_http_request_t        *r;
    mesh_rules_past_t         *past;
    ngx_http_mesh_rules_op_t  *op;

    op = k->data;
    r = op->request;

    ngx_queue_remove(&op->queue);

    if (rc == NGX_OK) {
        rc = ngx_http_mesh_rules_apply(op);
    }

    if (rc != NGX_OK) {

        /* its epoch is used up, and those behind it may still come */

        past = mesh_rules_find(&ngx_http_mesh_rules_own.rules, op->service);

        if (past != NULL && past->last == op->change.epoch) {
            past->there = (mesh_rules_now(past) != NULL);
        }
    }

    if (r != NULL) {
        op->cleanup->handler = NULL;

        ngx_http_mesh_rules_finish(r, rc != NGX_OK
            ? ngx_http_mesh_reply_problem(r, NGX_HTTP_INTERNAL_SERVER_ERROR,
                                          "It could not be kept",
                                          "The disk refused it. Nothing was "
                                          "changed; the error log says why.",
                                          NULL)
            : ngx_http_mesh_rules_say(r, op->status, op->rule, 0));
    }

    if (rc == NGX_OK) {
        ngx_http_mesh_rules_wake(op->service);
    }

    ngx_http_mesh_rules_free(op);
}


static ngx_int_t
ngx_http_mesh_rules_apply(ngx_http_mesh_rules_op_t *op)
{
    ngx_http_mesh_rules_t  *own;

    own = &ngx_http_mesh_rules_own;

    if (mesh_rules_add(&own->rules, op->service, &op->change) != MESH_OK) {
        return NGX_ERROR;
    }

    own->lines++;

    if (own->lines > 2 * own->rules.changes + 1000) {
        ngx_http_mesh_state_rewrite(own->file);
    }

    return (op->rule == NULL) ? ngx_http_mesh_drop_rule(op->service)
                              : ngx_http_mesh_put_rule(op->rule);
}


/* the rule, what becomes of its shares, and what may not have been meant */

static ngx_int_t
ngx_http_mesh_rules_say(ngx_http_request_t *r, ngx_uint_t status,
    const mesh_rule_t *rule, ngx_uint_t dry)
{
    u_char       tag[NGX_INT64_LEN + 2], *p;
    ngx_int_t    rc;
    mesh_out_t   out;

    if (rule == NULL) {
        return ngx_http_mesh_reply(r, status, NGX_HTTP_MESH_JSON,
                                   gate_str(NULL, 0));
    }

    p = ngx_pnalloc(r->pool, gate_rule_room(&rule->rule));
    if (p == NULL) {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    if (!dry
        && ngx_http_mesh_reply_field(r, "ETag",
               gate_str(tag, ngx_sprintf(tag, "\"%uL\"", rule->rule.epoch)
                             - tag))
           != NGX_OK)
    {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    ngx_memzero(&out, sizeof(mesh_out_t));

    mesh_out_cstr(&out, dry ? "{\"dry_run\":true," : "{");
    mesh_out_cstr(&out, "\"epoch\":");
    mesh_out_uint(&out, rule->rule.epoch);
    mesh_out_cstr(&out, ",\"rule\":");
    mesh_out_add(&out, gate_str(p, gate_rule_write(&rule->rule, p)));
    mesh_out_cstr(&out, ",");
    mesh_rules_shares(mesh_catalog_find(ngx_http_mesh_state()->catalog,
                                        rule->rule.service),
                      &rule->rule, &out);
    mesh_out_cstr(&out, "}\n");

    rc = out.failed ? NGX_HTTP_INTERNAL_SERVER_ERROR
                    : ngx_http_mesh_reply(r, status, NGX_HTTP_MESH_JSON,
                                          mesh_out_text(&out));
    mesh_out_free(&out);

    return rc;
}


/* no JSON is a bad request, a wrong member one that cannot be processed */

static ngx_int_t
ngx_http_mesh_rules_wrong(ngx_http_request_t *r,
    const gate_rule_error_t *error)
{
    return ngx_http_mesh_reply_problem(r, error->pointer[0] == '\0'
                                          ? NGX_HTTP_BAD_REQUEST : 422,
                                       "The rule is wrong", error->detail,
                                       error->pointer);
}
