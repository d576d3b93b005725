
/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * The fields that tell a service which consumer calls, as lines of a request:
 * the same for each request of his, and so written once.
 */


#ifndef GATE_CALLER_H_INCLUDED_
#define GATE_CALLER_H_INCLUDED_


#include "gate_model.h"


#define GATE_CALLER_ID        "\r\nX-Consumer-ID: "
#define GATE_CALLER_USERNAME  "\r\nX-Consumer-Username: "
#define GATE_CALLER_GROUPS    "\r\nX-Consumer-Groups: "
#define GATE_CALLER_LANE      "\r\nX-Lane-Hash: "


/* bytes of these lines, of a consumer whose names and groups are known */
size_t gate_caller_size(const gate_consumer_t *c);

/*
 * c->fields and c->fields_lane become what is written into buf, which stays as
 * long as *c, and c->lane_text a part of it: what a canary is picked by is the
 * same for each request of his, unless a token or a location has another one
 */
void gate_caller_write(gate_consumer_t *c, unsigned char *buf);


#endif /* GATE_CALLER_H_INCLUDED_ */
