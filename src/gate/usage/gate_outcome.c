
/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * What a request is billed as: who made the answer that went out, and how the
 * request ended.
 */


#include "gate_outcome.h"


static gate_from_e gate_outcome_own(const gate_outcome_head_t *h);
static gate_from_e gate_outcome_remembered(const gate_outcome_head_t *h);


/*
 * The header of an upstream counts only as a whole: a status line, and then
 * nothing or something that is not HTTP, is an answer of nobody.  A page of
 * nginx's in the place of a complete answer (proxy_intercept_errors) does not
 * undo that the service has answered.
 */

gate_from_e
gate_outcome_from(const gate_outcome_head_t *h)
{
    if (h->refused || h->cycle) {
        return GATE_FROM_GATEWAY;
    }

    /* 412: the client's own condition, asked of what was to be served */

    if (h->filtered && h->error != 412) {
        return GATE_FROM_GATEWAY;
    }

    if (!h->upstream) {
        return gate_outcome_own(h);
    }

    if (h->status == 0) {
        return h->remembered ? gate_outcome_remembered(h) : GATE_FROM_GATEWAY;
    }

    if (h->sidecar) {
        return GATE_FROM_SIDECAR;
    }

    if (h->going) {
        return GATE_FROM_SERVICE;
    }

    if (h->redirected) {
        return gate_outcome_own(h);
    }

    /* only errors and redirections are intercepted; else nginx failed */

    return (h->status >= 300) ? GATE_FROM_SERVICE : GATE_FROM_GATEWAY;
}


/* nginx as the origin: its 404 is an answer; what it could not take in (400,
 * 413) or broke (5xx) is none */

static gate_from_e
gate_outcome_own(const gate_outcome_head_t *h)
{
    if (h->error >= 500 || h->error == 400 || h->error == 413) {
        return GATE_FROM_GATEWAY;
    }

    return GATE_FROM_NGINX;
}


/*
 * A cache keeps the bare status of intercepted answers and of its own 502 and
 * 504.  Where error_page has changed the status both look alike: not billed.
 */

static gate_from_e
gate_outcome_remembered(const gate_outcome_head_t *h)
{
    if (h->error < 300 || h->error == 502 || h->error == 504) {
        return GATE_FROM_GATEWAY;
    }

    return GATE_FROM_SERVICE;
}


gate_unit_e
gate_outcome(const gate_outcome_end_t *e)
{
    switch (e->from) {

    case GATE_FROM_SERVICE:
    case GATE_FROM_NGINX:
        return (e->whole && !e->gone) ? GATE_SERVED : GATE_ABORTED;

    default:
        return e->gone ? GATE_ABORTED : GATE_REFUSED_UPSTREAM;
    }
}
