
/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * What a request has taken from limits: not twice, given back, told anew.
 */


#include "ngx_http_gate.h"
#include "ngx_http_gate_limit.h"
#include "ngx_http_gate_spend.h"
#include "ngx_http_gate_zone.h"


static void ngx_http_gate_limit_renew_locked(ngx_http_gate_ctx_t *ctx,
    ngx_http_gate_limit_paid_t *paid, int64_t now_ns);


/*
 * Once for a bucket, whatever try_files and error_page lead to; limits that
 * only a later location has are not paid by those of an earlier one.
 */

ngx_uint_t
ngx_http_gate_limit_is_paid(ngx_http_gate_ctx_t *ctx,
    ngx_http_gate_zone_key_t *k)
{
    ngx_uint_t                   i;
    ngx_http_gate_zone_key_t    *p;
    ngx_http_gate_limit_paid_t  *paid;

    for (paid = ctx->limit->paid; paid; paid = paid->next) {

        for (i = 0; i < paid->n; i++) {

            p = &paid->tries[i].key;

            /* names are of the configuration: the same one, the same bytes */

            if (p->kind == k->kind
                && p->name.data == k->name.data
                && p->key.len == k->key.len
                && ngx_memcmp(p->key.data, k->key.data, k->key.len) == 0)
            {
                return 1;
            }
        }
    }

    return 0;
}


/*
 * One that is refused for another reason has it back; one who leaves while he
 * waits has not, as with limit_req: else to come and go would cost nothing.
 */

void
ngx_http_gate_limit_undo(ngx_http_request_t *r, ngx_http_gate_ctx_t *ctx,
    ngx_uint_t left)
{
    int64_t                        now_ns;
    ngx_uint_t                     i;
    ngx_http_gate_limit_try_t     *t;
    ngx_http_gate_limit_paid_t    *paid;
    ngx_http_gate_limit_bucket_t  *b;

    if (left) {
        return;
    }

    paid = ctx->limit->paid;

    ngx_http_gate_limit_lock(paid->zones);

    now_ns = ngx_http_gate_spend_now();

    for (i = 0; i < paid->n; i++) {
        t = &paid->tries[i];

        if (t->bucket == NULL || !t->verdict.allow) {
            continue;
        }

        b = ngx_http_gate_zone_find_locked(t->zone, &t->key);

        if (b != NULL) {
            b->tat_ns = gate_bucket_undo(t->rate, b->tat_ns,
                                         t->verdict.tat_ns, now_ns);
        }
    }

    ngx_http_gate_limit_renew_locked(ctx, paid, now_ns);

    ngx_http_gate_limit_unlock(paid->zones);

    ctx->limit->paid = paid->next;
}


void
ngx_http_gate_limit_renew(ngx_http_request_t *r, ngx_http_gate_ctx_t *ctx)
{
    ngx_http_gate_limit_paid_t  *paid;

    paid = ctx->limit->paid;

    ngx_http_gate_limit_lock(paid->zones);

    ngx_http_gate_limit_renew_locked(ctx, paid, ngx_http_gate_spend_now());

    ngx_http_gate_limit_unlock(paid->zones);
}


/* a bucket that was forgotten since is a full one */

static void
ngx_http_gate_limit_renew_locked(ngx_http_gate_ctx_t *ctx,
    ngx_http_gate_limit_paid_t *paid, int64_t now_ns)
{
    ngx_uint_t                     i;
    gate_verdict_t                 verdict;
    ngx_http_gate_limit_try_t     *t;
    ngx_http_gate_limit_state_t   *s;
    ngx_http_gate_limit_bucket_t  *b;

    s = ctx->limit->states + paid->state;

    for (i = 0; i < paid->n; i++) {
        t = &paid->tries[i];

        if (t->dry_run || t->bucket == NULL) {
            continue;
        }

        b = ngx_http_gate_zone_find_locked(t->zone, &t->key);

        gate_bucket_try(t->rate, b ? b->tat_ns : 0, now_ns, 0, &verdict);
        ngx_http_gate_limit_tell(s++, &verdict);
    }
}


void
ngx_http_gate_limit_tell(ngx_http_gate_limit_state_t *s,
    gate_verdict_t *verdict)
{
    s->remaining = verdict->remaining;
    s->next = (verdict->next_ns + 999999999) / 1000000000;
    s->full = (verdict->full_ns + 999999999) / 1000000000;
}
