
/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * The address of a host by getaddrinfo(), in a thread of its own.  Whoever of
 * the thread and its caller comes last frees the memory.
 */


#define _GNU_SOURCE           /* dladdr(), RTLD_NODELETE */

#include <dlfcn.h>
#include <netdb.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include "gate_lookup.h"


#define GATE_LOOKUP_RUNS  0
#define GATE_LOOKUP_DONE  1
#define GATE_LOOKUP_LEFT  2                   /* nobody waits for it */


struct gate_lookup_s {
    int                    state;             /* by __atomic only */
    int                    rc;
    size_t                 n;
    gate_lookup_addr_t     addrs[GATE_LOOKUP_ADDRS];
    char                   host[1];
};


static void gate_lookup_stay(void);
static void *gate_lookup_run(void *data);


gate_lookup_t *
gate_lookup_start(const char *host)
{
    int             rc;
    size_t          len;
    sigset_t        all, old;
    pthread_t       thread;
    gate_lookup_t  *l;

    len = strlen(host);

    l = calloc(1, sizeof(gate_lookup_t) + len);
    if (l == NULL) {
        return NULL;
    }

    memcpy(l->host, host, len);

    gate_lookup_stay();

    /* the thread inherits the mask: no signal handler ever runs in it */

    (void) sigfillset(&all);
    (void) pthread_sigmask(SIG_SETMASK, &all, &old);

    rc = pthread_create(&thread, NULL, gate_lookup_run, l);

    (void) pthread_sigmask(SIG_SETMASK, &old, NULL);

    if (rc != 0) {
        free(l);
        return NULL;
    }

    (void) pthread_detach(thread);

    return l;
}


int
gate_lookup_done(gate_lookup_t *l)
{
    return __atomic_load_n(&l->state, __ATOMIC_ACQUIRE) == GATE_LOOKUP_DONE;
}


size_t
gate_lookup_result(const gate_lookup_t *l, const gate_lookup_addr_t **addrs,
    const char **error)
{
    *addrs = l->addrs;
    *error = l->rc ? gai_strerror(l->rc) : "no address";

    return l->n;
}


void
gate_lookup_end(gate_lookup_t *l)
{
    if (__atomic_exchange_n(&l->state, GATE_LOOKUP_LEFT, __ATOMIC_ACQ_REL)
        == GATE_LOOKUP_DONE)
    {
        free(l);
    }
}


/*
 * A process unloads this code on its way out, while a thread may still run it:
 * from now on it stays.  What was not loaded as a library is not unloaded.
 */

static void
gate_lookup_stay(void)
{
    Dl_info  info;

    static const char  here;

    if (dladdr(&here, &info) != 0) {
        (void) dlopen(info.dli_fname, RTLD_LAZY|RTLD_NOLOAD|RTLD_NODELETE);
    }
}


static void *
gate_lookup_run(void *data)
{
    gate_lookup_t  *l = data;

    struct addrinfo  hints, *res, *ai;

    memset(&hints, 0, sizeof(struct addrinfo));

    hints.ai_family = AF_UNSPEC;
    hints.ai_socktype = SOCK_STREAM;
    hints.ai_flags = AI_ADDRCONFIG;

    res = NULL;
    l->rc = getaddrinfo(l->host, NULL, &hints, &res);

    for (ai = (l->rc == 0) ? res : NULL; ai; ai = ai->ai_next) {

        if (l->n == GATE_LOOKUP_ADDRS) {
            break;
        }

        if ((ai->ai_family != AF_INET && ai->ai_family != AF_INET6)
            || ai->ai_addrlen > sizeof(struct sockaddr_storage))
        {
            continue;
        }

        memcpy(&l->addrs[l->n].addr, ai->ai_addr, ai->ai_addrlen);
        l->addrs[l->n++].len = ai->ai_addrlen;
    }

    if (res != NULL) {
        freeaddrinfo(res);
    }

    if (__atomic_exchange_n(&l->state, GATE_LOOKUP_DONE, __ATOMIC_ACQ_REL)
        == GATE_LOOKUP_LEFT)
    {
        free(l);
    }

    return NULL;
}
