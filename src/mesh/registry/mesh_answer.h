
/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * Answers in the words of Consul 1.8: its members, in its order.
 */


#ifndef MESH_ANSWER_H_INCLUDED_
#define MESH_ANSWER_H_INCLUDED_


#include "mesh_registry.h"


#define MESH_ANSWER_DATACENTER  "dc1"


/* what the agent says of what is registered with it; each is an object */
void mesh_answer_agent_service(mesh_out_t *out, const mesh_enrolled_t *e,
    gate_str_t hash);
void mesh_answer_agent_check(mesh_out_t *out, const mesh_check_t *c);

/* what the catalog and the health say of a registration */
void mesh_answer_catalog(mesh_out_t *out, const mesh_enrolled_t *e);
void mesh_answer_health(mesh_out_t *out, const mesh_enrolled_t *e);
void mesh_answer_check(mesh_out_t *out, const mesh_check_t *c);

/* the same of an instance that another source knows */
void mesh_answer_other_catalog(mesh_out_t *out, const mesh_service_t *s,
    const mesh_endpoint_t *e, uint64_t index);
void mesh_answer_other_health(mesh_out_t *out, const mesh_service_t *s,
    const mesh_endpoint_t *e, uint64_t index);
void mesh_answer_other_check(mesh_out_t *out, const mesh_service_t *s,
    const mesh_endpoint_t *e, uint64_t index);

/* 1: one of its tags is that, in any case */
int mesh_answer_tagged(const mesh_enrolled_t *e, gate_str_t tag);


#endif /* MESH_ANSWER_H_INCLUDED_ */
