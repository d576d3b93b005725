
/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * Is an answer the service's, or the sidecar's in its place?  And what the
 * sidecar's marker says.
 */


#include "gate_answer.h"

#include <string.h>


typedef struct {
    const char            *flag;
    const char            *words;
    int                    late;
} gate_answer_flag_t;


static const gate_answer_flag_t *gate_answer_flag(const char *p, size_t len);


/* Envoy's response flags (%RESPONSE_FLAGS%) that its own answers have */

static const gate_answer_flag_t  gate_answer_flags[] = {
    { "UH",    "No instance of the service is healthy.", 0 },
    { "UF",    "No instance of the service could be reached.", 0 },
    { "UO",    "The mesh holds too many requests for the service.", 0 },
    { "NR",    "The mesh has no route for the request.", 0 },
    { "NC",    "The mesh does not know the service.", 0 },
    { "NFCF",  "The mesh could not find the service.", 0 },
    { "URX",   "Every try of the mesh to reach the service failed.", 0 },
    { "UC",    "The service closed the connection before it answered.", 0 },
    { "UR",    "The service reset the request before it answered.", 0 },
    { "LR",    "The mesh reset the request before the service answered.", 0 },
    { "UPE",   "The answer of the service was not valid HTTP.", 0 },
    { "UT",    "The service did not answer in time.", 1 },
    { "UMSDR", "The service did not answer in time.", 1 },
    { "SI",    "The request was idle in the mesh for too long.", 1 },
    { "DT",    "The request lasted longer than the mesh allows.", 1 },
    { "DPE",   "The mesh did not understand the request.", 0 },
    { "IH",    "The mesh refused a field of the request.", 0 },
    { "UAEX",  "The mesh denied the request.", 0 },
    { "RL",    "The mesh limits the rate of such requests.", 0 },
    { "RLSE",  "The mesh could not ask for a limit.", 0 },
    { "DI",    "The mesh injected a delay.", 0 },
    { "FI",    "The mesh injected a fault.", 0 },
    { "LH",    "The service failed its health check.", 0 },
    { "OM",    "The mesh is overloaded.", 0 },
    { "DO",    "The mesh drops requests for the service.", 0 },
    { "DC",    "The connection to the mesh was closed.", 0 },
    { NULL, NULL, 0 }
};


/*
 * The marker decides.  Without it: Envoy adds a service time to what comes
 * from a service, except to upgrades and to answers that overtake their
 * request; of itself it answers with errors, in a few words.
 */

int
gate_answer_is_sidecars(const gate_answer_t *a)
{
    if (a->marked) {
        return 1;
    }

    if (a->timed || a->upgrade || (a->status < 400 && !a->failed)) {
        return 0;
    }

    return a->named && a->terse;
}


/* the flags are the last word; of several the first one known is the label */

void
gate_answer_marker(gate_str_t value, gate_answer_marker_t *m)
{
    size_t                     n;
    const char                *p, *last, *end;
    const gate_answer_flag_t  *f;

    memset(m, 0, sizeof(*m));

    m->flag = "other";

    if (value.len == 0) {
        return;
    }

    last = (const char *) value.data + value.len;

    for (p = last; p > (const char *) value.data && p[-1] != ' '; p--) {
        /* void */
    }

    m->flags = gate_str(p, last - p);

    n = p - (const char *) value.data;

    while (n > 0 && value.data[n - 1] == ' ') {
        n--;
    }

    m->details = gate_str(value.data, n);

    if (m->flags.len == 1 && *p == '-') {
        m->flag = "none";
        return;
    }

    for ( /* void */ ; p < last; p = end + 1) {

        end = memchr(p, ',', last - p);
        if (end == NULL) {
            end = last;
        }

        f = gate_answer_flag(p, end - p);

        if (f != NULL) {
            m->flag = f->flag;
            m->words = f->words;
            m->late = f->late;
            return;
        }
    }
}


static const gate_answer_flag_t *
gate_answer_flag(const char *p, size_t len)
{
    const gate_answer_flag_t  *f;

    for (f = gate_answer_flags; f->flag; f++) {
        if (strlen(f->flag) == len && memcmp(f->flag, p, len) == 0) {
            return f;
        }
    }

    return NULL;
}
