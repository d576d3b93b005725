
/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * X-Forwarded-Client-Cert, by which a proxy tells of its clients' certificates,
 * in the syntax of Envoy:
 *
 *   By=spiffe://a/gate;Hash=8c7e...;Subject="CN=b,O=c";URI=spiffe://a/b;DNS=b.d
 *
 * and so on for each proxy on the way, with commas between them.
 */


#ifndef GATE_XFCC_H_INCLUDED_
#define GATE_XFCC_H_INCLUDED_


#include "gate_str.h"


#define GATE_XFCC_NAMES  8                    /* of a kind, at most */


/* views; empty: it was not there */

typedef struct {
    gate_str_t             hash;
    gate_str_t             cert;              /* PEM, percent-encoded */
    gate_str_t             subject;           /* as it is within the quotes */
    gate_str_t             uri[GATE_XFCC_NAMES];
    gate_str_t             dns[GATE_XFCC_NAMES];
    size_t                 nuri;
    size_t                 ndns;
} gate_xfcc_t;


/*
 * The last element, which is the one that the nearest proxy has written: those
 * before it are only what others told that proxy.  1: good; 0: any of them is
 * not of the form, or says twice what there is one of.
 */
int gate_xfcc_last(gate_str_t field, gate_xfcc_t *last);


#endif /* GATE_XFCC_H_INCLUDED_ */
