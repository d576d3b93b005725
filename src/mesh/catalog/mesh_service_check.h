
/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * What a service may say of itself.
 */


#ifndef MESH_SERVICE_CHECK_H_INCLUDED_
#define MESH_SERVICE_CHECK_H_INCLUDED_


#include "mesh_service.h"


#define MESH_PATH_MAX      256
#define MESH_HOST_MAX      253
#define MESH_PLANE_MAX     64
#define MESH_INSTANCE_MAX  256                /* of an id, node or process */


/* NULL: all of it; else what is wrong, which begins with the member's name */
const char *mesh_service_check(const mesh_service_t *s);

/* 1 to "max" of letters, digits, ".", "_" and "-" */
int mesh_service_word(gate_str_t s, size_t max);

/*
 * A prefix of paths: "/" and segments, none of them empty, "." or "..", of what
 * stands in a path as itself; no "/" at the end.
 */
int mesh_service_path(gate_str_t s);

/* a host name in lower case, of labels between dots */
int mesh_service_host(gate_str_t s);

/* 1 to MESH_INSTANCE_MAX bytes, none of them a control byte or space */
int mesh_service_instance(gate_str_t s);

/* bytewise: < 0, 0, > 0 */
int mesh_service_compare(gate_str_t a, gate_str_t b);


#endif /* MESH_SERVICE_CHECK_H_INCLUDED_ */
