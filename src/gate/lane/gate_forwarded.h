
/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * What proxies in front say of a client: the values of X-Forwarded-* fields.
 */


#ifndef GATE_FORWARDED_H_INCLUDED_
#define GATE_FORWARDED_H_INCLUDED_


#include "gate_str.h"


/* the last element of a list, which is what the nearest proxy has added */
gate_str_t gate_forwarded_last(gate_str_t list);

/* "http" or "https" in lower case, static; empty if it is neither */
gate_str_t gate_forwarded_proto(gate_str_t value);

/* 1: a host name or address, and perhaps a port, and nothing else */
int gate_forwarded_is_host(gate_str_t value);

/* what a chain has from "addr" on, where that stands for the last time and
 * not as a part of another one; empty if it does not */
gate_str_t gate_forwarded_from(gate_str_t chain, gate_str_t addr);


#endif /* GATE_FORWARDED_H_INCLUDED_ */
