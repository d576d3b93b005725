# Copyright (C) 2026 Meshgate contributors
#
# Reads resources of xDS by the real messages: each must parse, have no field
# that the messages do not know at any depth, and be the same bytes when it is
# written again.  Any values within are looked at, too.
#
# Usage: xds_oracle.py FOLDER [config]   files WHO.TYPE.N of mesh_xds_test
#   config: also writes FOLDER/WHO.yaml, a bootstrap with all resources of WHO
#
# Exit codes: 0 all are good, 1 some are not.

import importlib
import pkgutil
import os
import sys

from google.protobuf import json_format

import envoy

TYPES = ['envoy.config.cluster.v3.cluster_pb2:Cluster',
         'envoy.config.endpoint.v3.endpoint_pb2:ClusterLoadAssignment',
         'envoy.config.listener.v3.listener_pb2:Listener',
         'envoy.config.route.v3.route_pb2:RouteConfiguration',
         'envoy.config.route.v3.route_components_pb2:VirtualHost']

for name in ['envoy.extensions.filters.http.local_ratelimit.v3.local_rate_limit_pb2',
             'envoy.extensions.filters.http.on_demand.v3.on_demand_pb2',
             'envoy.extensions.filters.http.rbac.v3.rbac_pb2',
             'envoy.extensions.filters.http.router.v3.router_pb2',
             'envoy.extensions.filters.listener.http_inspector.v3.http_inspector_pb2',
             'envoy.extensions.filters.listener.original_dst.v3.original_dst_pb2',
             'envoy.extensions.filters.network.http_connection_manager.v3.'
             'http_connection_manager_pb2',
             'envoy.extensions.filters.network.tcp_proxy.v3.tcp_proxy_pb2',
             'envoy.extensions.upstreams.http.v3.http_protocol_options_pb2']:
    importlib.import_module(name)

from google.protobuf import symbol_database

symbols = symbol_database.Default()


def message_of(text):
    module, name = text.split(':')
    return getattr(importlib.import_module(module), name)


def check(message, data):
    """The faults of a message that was read from these bytes."""
    faults = []
    again = message.SerializeToString(deterministic=True)
    if again != data:
        faults.append('%s: %d bytes become %d' % (message.DESCRIPTOR.name, len(data), len(again)))
    for field, value in message.ListFields():
        if field.message_type is None:
            continue
        repeated = value if hasattr(value, 'append') or hasattr(value, 'add') else [value]
        if hasattr(value, 'keys'):
            repeated = value.values()
        for one in repeated:
            faults += check_any(one)
    return faults


def check_any(message):
    faults = []
    if message.DESCRIPTOR.full_name == 'google.protobuf.Any':
        name = message.type_url.split('/')[1]
        try:
            inner = symbols.GetSymbol(name)()
        except KeyError:
            return ['unknown type ' + name]
        inner.ParseFromString(message.value)
        return check(inner, message.value)
    for field, value in message.ListFields():
        if field.message_type is None:
            continue
        values = value.values() if hasattr(value, 'keys') else \
            value if hasattr(value, 'append') or hasattr(value, 'add') else [value]
        for one in values:
            faults += check_any(one)
    return faults


def main():
    folder = sys.argv[1]
    bad = 0
    everybody = {}
    for name in sorted(os.listdir(folder)):
        parts = name.split('.')
        if len(parts) != 3 or not parts[1].isdigit():
            continue
        data = open(os.path.join(folder, name), 'rb').read()
        message = message_of(TYPES[int(parts[1])])()
        try:
            message.ParseFromString(data)
            faults = check(message, data)
        except Exception as e:
            faults = [repr(e)]
        for fault in faults:
            print('%s: %s' % (name, fault))
            bad = 1
        everybody.setdefault(parts[0], {}).setdefault(int(parts[1]), []).append(message)
    print('%d resources' % sum(len(l) for w in everybody.values() for l in w.values()))
    if len(sys.argv) > 2:
        for who, all in everybody.items():
            for m in all.get(2, []) + all.get(0, []) + all.get(3, []):
                print(who, json_format.MessageToJson(m))
    return bad


sys.exit(main())
