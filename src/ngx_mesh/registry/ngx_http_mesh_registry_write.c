
/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * Calls that change something: each is a record that is written to the log,
 * applied when it is on the disk, and answered then.
 */


#include "ngx_http_mesh_registry.h"

#include "mesh_change.h"
#include "mesh_definition.h"
#include "mesh_record.h"


typedef struct {
    ngx_http_mesh_keep_t   keep;
    ngx_http_mesh_registry_call_t  *call;     /* NULL: nobody waits */
    mesh_out_t             line;
} ngx_http_mesh_registry_op_t;


static ngx_int_t ngx_http_mesh_registry_register(
    ngx_http_mesh_registry_call_t *call);
static ngx_int_t ngx_http_mesh_registry_bad_body(
    ngx_http_mesh_registry_call_t *call, const mesh_fault_t *fault);
static ngx_int_t ngx_http_mesh_registry_put(
    ngx_http_mesh_registry_call_t *call, const json_t *definition);
static ngx_int_t ngx_http_mesh_registry_deregister(
    ngx_http_mesh_registry_call_t *call);
static ngx_int_t ngx_http_mesh_registry_maintenance(
    ngx_http_mesh_registry_call_t *call);
static ngx_int_t ngx_http_mesh_registry_set_check(
    ngx_http_mesh_registry_call_t *call);
static ngx_int_t ngx_http_mesh_registry_update_check(
    ngx_http_mesh_registry_call_t *call);
static ngx_int_t ngx_http_mesh_registry_check(
    ngx_http_mesh_registry_call_t *call, mesh_health_e status,
    gate_str_t output);
static gate_str_t ngx_http_mesh_registry_output(
    ngx_http_mesh_registry_call_t *call, gate_str_t output);
static ngx_int_t ngx_http_mesh_registry_none(
    ngx_http_mesh_registry_call_t *call, int many, const char *what);
static ngx_int_t ngx_http_mesh_registry_keep(
    ngx_http_mesh_registry_call_t *call, mesh_out_t *line);
static void ngx_http_mesh_registry_kept(ngx_http_mesh_keep_t *k,
    ngx_int_t rc);
static mesh_rc_e ngx_http_mesh_registry_apply(mesh_out_t *line);


ngx_int_t
ngx_http_mesh_registry_write(ngx_http_mesh_registry_call_t *call)
{
    switch (call->route.route) {

    case MESH_ROUTE_REGISTER:
        return ngx_http_mesh_registry_register(call);

    case MESH_ROUTE_DEREGISTER:
        return ngx_http_mesh_registry_deregister(call);

    case MESH_ROUTE_MAINTENANCE:
        return ngx_http_mesh_registry_maintenance(call);

    case MESH_ROUTE_UPDATE:
        return ngx_http_mesh_registry_update_check(call);

    default:
        return ngx_http_mesh_registry_set_check(call);
    }
}


static ngx_int_t
ngx_http_mesh_registry_register(ngx_http_mesh_registry_call_t *call)
{
    json_t          *body, *definition;
    ngx_int_t        rc;
    mesh_fault_t     fault;
    gate_json_rc_e   read;

    ngx_memzero(&fault, sizeof(mesh_fault_t));

    read = gate_json_object(call->body, &body);

    if (read == GATE_JSON_NO_MEMORY) {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    if (read != GATE_JSON_OK) {
        return ngx_http_mesh_registry_bad_body(call, NULL);
    }

    if (mesh_definition_read(body, &definition, &fault)) {
        rc = ngx_http_mesh_registry_put(call, definition);
        json_decref(definition);

    } else {
        rc = ngx_http_mesh_registry_bad_body(call, &fault);
    }

    json_decref(body);

    return rc;
}


static ngx_int_t
ngx_http_mesh_registry_bad_body(ngx_http_mesh_registry_call_t *call,
    const mesh_fault_t *fault)
{
    if (fault == NULL) {
        return ngx_http_mesh_registry_refuse(call->request, 400, NULL,
                   "The body must be one JSON object, in UTF-8, with no name "
                   "twice, of 32 levels at most.");
    }

    if (fault->text[0] == '\0') {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    return ngx_http_mesh_registry_refuse(call->request, 400, fault->pointer,
                                         fault->text);
}


/* of the node that the query names, or the metadata, or the caller's address */

static ngx_int_t
ngx_http_mesh_registry_put(ngx_http_mesh_registry_call_t *call,
    const json_t *definition)
{
    int            replace;
    gate_str_t     node, value;
    mesh_out_t     line;
    mesh_fault_t   fault;

    node = call->node;

    if (node.len == 0
        && !gate_json_string(json_object_get(definition, "Meta"), "node",
                             &node))
    {
        node = call->from;
    }

    if (!mesh_definition_node(node)) {
        return ngx_http_mesh_registry_refuse(call->request, 400, "/Meta/node",
                   "must have 1 to 128 bytes and no control character");
    }

    ngx_memzero(&fault, sizeof(mesh_fault_t));

    if (!ngx_http_mesh_registry_fits(definition, node, call->from, &fault)) {
        return ngx_http_mesh_registry_bad_body(call, &fault);
    }

    replace = ngx_http_mesh_registry_arg(call, "replace-existing-checks",
                                         &value) == NGX_OK
              && !gate_str_eq(value, gate_cstr("false"));

    ngx_memzero(&line, sizeof(mesh_out_t));
    mesh_change_put_record(&line, node, call->from, definition, replace);

    return ngx_http_mesh_registry_keep(call, &line);
}


/* as Consul 1.8: what is not there is gone already */

static ngx_int_t
ngx_http_mesh_registry_deregister(ngx_http_mesh_registry_call_t *call)
{
    int               many;
    mesh_out_t        line;
    mesh_enrolled_t  *e;

    if (call->route.name.len == 0) {
        return ngx_http_mesh_registry_refuse(call->request, 400, NULL,
                                             "The path has no ID.");
    }

    e = mesh_registry_find(&ngx_http_mesh_registry_own.all, call->node,
                           call->route.name, call->from, &many);

    if (e == NULL && many) {
        return ngx_http_mesh_registry_none(call, many, NULL);
    }

    if (e == NULL) {
        return ngx_http_mesh_registry_send_ok(call->request);
    }

    ngx_memzero(&line, sizeof(mesh_out_t));
    mesh_change_drop_record(&line, e->node, e->id);

    return ngx_http_mesh_registry_keep(call, &line);
}


static ngx_int_t
ngx_http_mesh_registry_maintenance(ngx_http_mesh_registry_call_t *call)
{
    int               many, on;
    gate_str_t        enable, reason;
    mesh_out_t        line;
    mesh_enrolled_t  *e;

    if (ngx_http_mesh_registry_arg(call, "enable", &enable) != NGX_OK) {
        return ngx_http_mesh_registry_refuse(call->request, 400, NULL,
                                             "\"enable\" is missing");
    }

    on = mesh_route_bool(enable);

    if (on == -1) {
        return ngx_http_mesh_registry_refuse(call->request, 400, NULL,
                                             "\"enable\" must be \"true\" or "
                                             "\"false\"");
    }

    e = mesh_registry_find(&ngx_http_mesh_registry_own.all, call->node,
                           call->route.name, call->from, &many);

    if (e == NULL) {
        return ngx_http_mesh_registry_none(call, many, "service");
    }

    if (ngx_http_mesh_registry_arg(call, "reason", &reason) != NGX_OK
        || reason.len == 0)
    {
        reason = gate_cstr("Maintenance mode is enabled for this service, but "
                           "no reason was provided. This is a default "
                           "message.");
    }

    ngx_memzero(&line, sizeof(mesh_out_t));
    mesh_change_maintain_record(&line, e, on,
                                ngx_http_mesh_registry_output(call, reason));

    return ngx_http_mesh_registry_keep(call, &line);
}


static ngx_int_t
ngx_http_mesh_registry_set_check(ngx_http_mesh_registry_call_t *call)
{
    gate_str_t     note;
    mesh_health_e  status;

    if (ngx_http_mesh_registry_arg(call, "note", &note) != NGX_OK) {
        note = gate_str(NULL, 0);
    }

    status = (call->route.route == MESH_ROUTE_PASS) ? MESH_PASSING
             : (call->route.route == MESH_ROUTE_WARN) ? MESH_WARNING
             : MESH_CRITICAL;

    return ngx_http_mesh_registry_check(call, status, note);
}


static ngx_int_t
ngx_http_mesh_registry_update_check(ngx_http_mesh_registry_call_t *call)
{
    json_t          *body, *update;
    ngx_int_t        rc;
    gate_str_t       status, output;
    mesh_fault_t     fault;
    gate_json_rc_e   read;

    ngx_memzero(&fault, sizeof(mesh_fault_t));

    read = gate_json_object(call->body, &body);

    if (read == GATE_JSON_NO_MEMORY) {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    if (read != GATE_JSON_OK) {
        return ngx_http_mesh_registry_bad_body(call, NULL);
    }

    if (!mesh_definition_update(body, &update, &fault)) {
        rc = ngx_http_mesh_registry_bad_body(call, &fault);
        json_decref(body);
        return rc;
    }

    if (!gate_json_string(update, "Status", &status)) {
        status = gate_str(NULL, 0);
    }

    if (!gate_json_string(update, "Output", &output)) {
        output = gate_str(NULL, 0);
    }

    rc = ngx_http_mesh_registry_check(call, mesh_registry_word(status),
                                      output);

    json_decref(update);
    json_decref(body);

    return rc;
}


/*
 * Who says the same again lives on, and nothing is written for it: after a
 * restart he has the whole of his TTL.  But not while a change is on its way,
 * which this one is to follow.
 */

static ngx_int_t
ngx_http_mesh_registry_check(ngx_http_mesh_registry_call_t *call,
    mesh_health_e status, gate_str_t output)
{
    int                        many;
    mesh_out_t                 line;
    mesh_check_t              *c;
    ngx_http_mesh_registry_t  *own;

    own = &ngx_http_mesh_registry_own;

    c = mesh_registry_check(&own->all, call->node, call->route.name,
                            call->from, &many);

    if (c == NULL || c->maintenance) {
        return ngx_http_mesh_registry_none(call, many, "TTL check");
    }

    output = ngx_http_mesh_registry_output(call, output);

    if (own->writing == 0 && c->status == status && c->ttl_at != 0
        && gate_str_eq(c->output, output))
    {
        mesh_registry_beat(&own->all, c, ngx_http_mesh_registry_now());
        ngx_http_mesh_registry_arm();

        return ngx_http_mesh_registry_send_ok(call->request);
    }

    ngx_memzero(&line, sizeof(mesh_out_t));
    mesh_change_check_record(&line, c, status, output, 0);

    return ngx_http_mesh_registry_keep(call, &line);
}


/* of bounded length, in Consul's words */

static gate_str_t
ngx_http_mesh_registry_output(ngx_http_mesh_registry_call_t *call,
    gate_str_t output)
{
    size_t   n;
    u_char  *p, *last;

    if (output.len <= MESH_OUTPUT_MAX) {
        return output;
    }

    /* not within a character */

    n = MESH_OUTPUT_MAX;

    while (n > 0 && (output.data[n] & 0xc0) == 0x80) {
        n--;
    }

    p = ngx_pnalloc(call->request->pool, MESH_OUTPUT_MAX + 80);
    if (p == NULL) {
        return gate_str(output.data, n);
    }

    last = ngx_cpymem(p, output.data, n);
    last = ngx_sprintf(last, " ... (captured %uz of %uz bytes)", n,
                       output.len);

    return gate_str(p, last - p);
}


static ngx_int_t
ngx_http_mesh_registry_none(ngx_http_mesh_registry_call_t *call, int many,
    const char *what)
{
    u_char  detail[128];

    if (many) {
        return ngx_http_mesh_registry_refuse(call->request, 409, NULL,
                   "Several nodes have that ID: say which one by \"?node=\".");
    }

    *ngx_snprintf(detail, sizeof(detail) - 1, "No %s has that ID.", what)
        = '\0';

    return ngx_http_mesh_registry_refuse(call->request, 404, NULL,
                                         (char *) detail);
}


/* the call waits for its record */

static ngx_int_t
ngx_http_mesh_registry_keep(ngx_http_mesh_registry_call_t *call,
    mesh_out_t *line)
{
    ngx_int_t  rc;

    if (ngx_http_mesh_registry_park(call, NULL, 0) != NGX_AGAIN) {
        mesh_out_free(line);
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    rc = ngx_http_mesh_registry_record(line, call);

    if (rc == NGX_OK) {
        return NGX_AGAIN;
    }

    if (rc == NGX_DECLINED) {
        return ngx_http_mesh_registry_refuse(call->request, 503, NULL,
                                             "This process ends: try again.");
    }

    return NGX_HTTP_INTERNAL_SERVER_ERROR;
}


ngx_int_t
ngx_http_mesh_registry_record(mesh_out_t *line,
    ngx_http_mesh_registry_call_t *call)
{
    ngx_int_t                     rc;
    ngx_http_mesh_registry_op_t  *op;

    op = ngx_calloc(sizeof(ngx_http_mesh_registry_op_t), ngx_cycle->log);

    if (op == NULL || line->failed) {
        rc = NGX_ERROR;
        goto failed;
    }

    op->keep.done = ngx_http_mesh_registry_kept;
    op->keep.data = op;
    op->line = *line;
    op->call = call;

    rc = ngx_http_mesh_state_append(ngx_http_mesh_registry_own.file,
                                    gate_str(line->data, line->len),
                                    &op->keep);

    if (rc != NGX_OK) {
        goto failed;
    }

    ngx_http_mesh_registry_own.writing++;

    if (call != NULL) {
        call->op = op;
    }

    return NGX_OK;

failed:

    ngx_free(op);
    mesh_out_free(line);

    return rc;
}


/* the client has left; what it said stays said */

void
ngx_http_mesh_registry_left(ngx_http_mesh_registry_call_t *call)
{
    ngx_http_mesh_registry_op_t  *op;

    op = call->op;

    if (op != NULL) {
        op->call = NULL;
        call->op = NULL;
    }
}


static void
ngx_http_mesh_registry_kept(ngx_http_mesh_keep_t *k, ngx_int_t rc)
{
    mesh_rc_e                       applied;
    ngx_http_request_t             *r;
    ngx_http_mesh_registry_op_t    *op;
    ngx_http_mesh_registry_call_t  *call;

    op = k->data;
    call = op->call;
    applied = MESH_BAD;

    ngx_http_mesh_registry_own.writing--;

    if (rc == NGX_OK) {
        applied = ngx_http_mesh_registry_apply(&op->line);
    }

    mesh_out_free(&op->line);
    ngx_free(op);

    if (call == NULL) {
        return;
    }

    call->op = NULL;
    r = call->request;

    if (rc != NGX_OK) {
        rc = ngx_http_mesh_registry_refuse(r, 500, NULL,
                                           "It could not be kept: the error "
                                           "log says why.");

    } else if (applied == MESH_NONE) {
        rc = ngx_http_mesh_registry_refuse(r, 404, NULL,
                                           "It was deregistered meanwhile.");

    } else if (applied != MESH_OK) {
        rc = NGX_HTTP_INTERNAL_SERVER_ERROR;

    } else {
        rc = ngx_http_mesh_registry_send_ok(r);
    }

    ngx_http_mesh_registry_finish(call, rc);
}


static mesh_rc_e
ngx_http_mesh_registry_apply(mesh_out_t *line)
{
    size_t                     at;
    json_t                    *record;
    mesh_rc_e                  rc;
    gate_str_t                 text;
    ngx_http_mesh_registry_t  *own;

    own = &ngx_http_mesh_registry_own;
    at = 0;
    rc = MESH_BAD;

    if (mesh_record_next(gate_str(line->data, line->len), &at, &text)
           == MESH_RECORD_GOOD
        && gate_json_object(text, &record) == GATE_JSON_OK)
    {
        rc = mesh_registry_apply(&own->all, record,
                                 ngx_http_mesh_registry_now(),
                                 own->index + 1);
        json_decref(record);
    }

    if (rc == MESH_BAD || rc == MESH_NO_MEMORY) {
        ngx_log_error(NGX_LOG_ALERT, ngx_cycle->log, 0,
                      "mesh registry: a record that was kept is not applied");
    }

    if (own->all.changed != NULL) {
        ngx_post_event(&own->turn, &ngx_posted_events);
    }

    ngx_http_mesh_registry_arm();

    return rc;
}
