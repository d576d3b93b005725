
/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * Which version of an API a request names: in a media type, in a path.
 */


#ifndef GATE_VERSION_H_INCLUDED_
#define GATE_VERSION_H_INCLUDED_


#include "gate_str.h"


#define GATE_VERSION_NAME    64               /* bytes of a version's name */
#define GATE_VERSION_RANGES  64               /* elements looked at */


/*
 * A media type with a version in it: what is in front of it and behind it; or
 * the whole type, with the name of the parameter that is the version
 */

typedef struct {
    gate_str_t             head;
    gate_str_t             tail;
    gate_str_t             param;             /* empty: it is in the type */
} gate_version_media_t;


/* zeroed at first; of several fields, "looked" counts for all of them */

typedef struct {
    gate_str_t             accept;
    size_t                 pos;
    size_t                 looked;
} gate_version_ranges_t;


/* letters, digits, ".", "-" and "_" */
int gate_version_is_name(gate_str_t name);

/* 1: "application/vnd.a.{version}+json", or "application/json;v={version}" */
int gate_version_media(gate_str_t pattern, gate_version_media_t *media);

/* 1: the next range of Accept with a version that is not weighed 0, and how
 * much it is wanted */
int gate_version_accept(const gate_version_media_t *media,
    gate_version_ranges_t *ranges, gate_str_t *version, unsigned *weight);

/* 1: "v1" of "v1/7" or of "v1"; *rest is what follows, from its slash on */
int gate_version_segment(gate_str_t path, gate_str_t *version,
    gate_str_t *rest);


#endif /* GATE_VERSION_H_INCLUDED_ */
