
/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * One instance of a service in Consul's words, with what its metadata say of
 * the service by our convention; and a service made of its instances.
 */


#ifndef MESH_INSTANCE_H_INCLUDED_
#define MESH_INSTANCE_H_INCLUDED_


#include "gate_json.h"
#include "mesh_fault.h"
#include "mesh_service.h"


#define MESH_INSTANCE_ADDRESSES  16
#define MESH_INSTANCE_HOSTS      16
#define MESH_INSTANCE_NETS       32
#define MESH_INSTANCE_HOST       512          /* bytes of all hosts */


/*
 * Views on the JSON, which outlives it.  "service" has this endpoint alone and
 * whatever is said of the service; points into the struct, which so must not be
 * moved.
 */

typedef struct {
    mesh_service_t         service;
    mesh_endpoint_t        endpoint;
    int                    protocol;          /* it is said */
    mesh_address_t         addresses[MESH_INSTANCE_ADDRESSES];
    gate_str_t             hosts[MESH_INSTANCE_HOSTS];
    mesh_net_t             allow[MESH_INSTANCE_NETS];
    unsigned char          host[MESH_INSTANCE_HOST];
} mesh_instance_t;


/*
 * From {"Name", "ID", "Address", "Port", "Meta", "TaggedAddresses", "Weights",
 * ...}: a registration in Consul's long names, as mesh_definition.h makes it
 * of other spellings.  What has no address is at that of its node.  BAD: the
 * fault says why.  Members that are not known are passed by.
 */
mesh_rc_e mesh_instance_definition(const json_t *definition, gate_str_t node,
    gate_str_t address, mesh_health_e health, mesh_instance_t *made,
    mesh_fault_t *fault);

/*
 * From an element of the answer to /v1/health/service/NAME: {"Node", "Service",
 * "Checks"}; pointers of faults are within "Service" where they can.  NONE: it
 * is not a service but a proxy of Consul's own.
 */
mesh_rc_e mesh_instance_health(const json_t *entry, mesh_instance_t *made,
    mesh_fault_t *fault);

/* the word of a check: "passing", ...; another one is critical */
mesh_health_e mesh_instance_status(gate_str_t status);


/* "other" says something else than "kept", which counts; a pointer as above */

typedef void (*mesh_instance_conflict_pt)(void *data,
    const mesh_instance_t *kept, const mesh_instance_t *other,
    const char *pointer);


/*
 * A service of all instances, which are one at least and of one name, and are
 * sorted by node and id here: what is said of the service is that of the first
 * one who says it.  "conflict" may be NULL.
 */
mesh_rc_e mesh_instance_group(mesh_instance_t **of, size_t n,
    mesh_service_t **made, mesh_instance_conflict_pt conflict, void *data);


#endif /* MESH_INSTANCE_H_INCLUDED_ */
