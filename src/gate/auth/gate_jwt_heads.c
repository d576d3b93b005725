
/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * Headers of good tokens of one process: a few, looked at one by one.
 */


#include "gate_jwt_heads.h"


const gate_jwt_head_t *
gate_jwt_heads_find(const gate_jwt_heads_t *h, gate_str_t text)
{
    size_t                  i;
    const gate_jwt_head_t  *head;

    for (i = 0; i < GATE_JWT_HEADS; i++) {
        head = &h->heads[i];

        /* nothing of it is secret: whoever has a token can read it */

        if (head->len != 0
            && gate_str_eq(gate_str(head->text, head->len), text))
        {
            return head;
        }
    }

    return NULL;
}


void
gate_jwt_heads_put(gate_jwt_heads_t *h, gate_str_t text, unsigned alg,
    int at, gate_str_t kid)
{
    gate_jwt_head_t  *head;

    if (text.len > GATE_JWT_HEAD || kid.len > GATE_KID_MAX) {
        return;
    }

    head = &h->heads[h->next];
    h->next = (h->next + 1) % GATE_JWT_HEADS;

    head->alg = alg;
    head->at = at;
    head->len = text.len;
    memcpy(head->text, text.data, text.len);

    head->kid = gate_str(head->names, kid.len);

    if (kid.len != 0) {
        memcpy(head->names, kid.data, kid.len);
    }
}
