
/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * The address of a host by getaddrinfo(), in a thread of its own, for callers
 * that must not wait.  Not pure: it asks the system.
 */


#ifndef GATE_LOOKUP_H_INCLUDED_
#define GATE_LOOKUP_H_INCLUDED_


#include <stddef.h>
#include <sys/socket.h>


#define GATE_LOOKUP_ADDRS  16


typedef struct gate_lookup_s  gate_lookup_t;

typedef struct {
    struct sockaddr_storage  addr;            /* the port is 0 */
    socklen_t                len;
} gate_lookup_addr_t;


/* NULL: no memory, no thread */
gate_lookup_t *gate_lookup_start(const char *host);
/* 0: not yet; after that the result may be asked for */
int gate_lookup_done(gate_lookup_t *l);
/* how many addresses; 0: none, *error says why */
size_t gate_lookup_result(const gate_lookup_t *l,
    const gate_lookup_addr_t **addrs, const char **error);
/* done or not: it never waits, and what still runs frees itself */
void gate_lookup_end(gate_lookup_t *l);


#endif /* GATE_LOOKUP_H_INCLUDED_ */
