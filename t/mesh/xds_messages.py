#!/usr/bin/env python3
#
# Copyright (C) 2026 Meshgate contributors
#
# Resources as the real messages read them: each is of its type, has no field
# that is not known at any depth, and is written again as the same bytes; and no
# two virtual hosts of routes have a domain in common, nor two chains of a
# listener a match, which Envoy would refuse.
#
# Usage: xds_messages.py FILE
#
# FILE is from t/unit/mesh_xds_random_test.c. A line for each type on stdout: its
# name, how many there are, and what is wrong first, with tabs between them.

import importlib
import pkgutil
import struct
import sys

from google.protobuf import any_pb2, descriptor_pool, message_factory

NAMES = ('envoy.config.cluster.v3', 'envoy.config.endpoint.v3',
         'envoy.config.listener.v3', 'envoy.config.route.v3',
         'envoy.extensions.filters.network.http_connection_manager.v3',
         'envoy.extensions.filters.network.tcp_proxy.v3',
         'envoy.extensions.filters.http.router.v3',
         'envoy.extensions.filters.http.rbac.v3',
         'envoy.extensions.filters.http.on_demand.v3',
         'envoy.extensions.filters.http.local_ratelimit.v3',
         'envoy.extensions.filters.listener.original_dst.v3',
         'envoy.extensions.filters.listener.http_inspector.v3',
         'envoy.extensions.upstreams.http.v3')

for name in NAMES:
    package = importlib.import_module(name)

    for module in pkgutil.iter_modules(package.__path__):
        if module.name.endswith('_pb2'):
            importlib.import_module(name + '.' + module.name)


def parsed(url, data):
    name = url.split('/')[1]
    found = descriptor_pool.Default().FindMessageTypeByName(name)
    message = message_factory.GetMessageClass(found)()
    message.ParseFromString(data)

    return message


# What is not known would be kept by the parser, and be written at the end.

def unknown(message):
    again = type(message)()
    again.CopyFrom(message)
    again.DiscardUnknownFields()

    return again.SerializeToString(deterministic=True) \
        != message.SerializeToString(deterministic=True)


def within(message):
    yield message

    if isinstance(message, any_pb2.Any):
        yield from within(parsed(message.type_url, message.value))
        return

    for field, value in message.ListFields():
        if field.message_type is None:
            continue

        if field.message_type.GetOptions().map_entry:
            if field.message_type.fields_by_name['value'].message_type:
                for key in value:
                    yield from within(value[key])

        elif hasattr(value, 'ListFields'):
            yield from within(value)

        else:
            for one in value:
                yield from within(one)


def wrong(url, data):
    message = parsed(url, data)

    if message.SerializeToString(deterministic=True) != data:
        return 'other bytes: %s' % message

    for part in within(message):
        if unknown(part):
            return 'a field that is not known: %s' % part

        if isinstance(part, any_pb2.Any):
            inner = parsed(part.type_url, part.value)

            if inner.SerializeToString(deterministic=True) != part.value:
                return 'other bytes within: %s' % inner

        kind = part.DESCRIPTOR.name

        if kind == 'RouteConfiguration':
            domains = [d.lower() for v in part.virtual_hosts for d in v.domains]

            if len(domains) != len(set(domains)):
                return 'a domain is there twice: %s' % domains

            if any(not v.domains or not v.routes for v in part.virtual_hosts):
                return 'a virtual host without domains or routes'

        if kind == 'WeightedCluster' \
                and sum(c.weight.value for c in part.clusters) == 0:
            return 'a split without a weight: %s' % part

        if kind == 'Listener':
            matches = [c.filter_chain_match.SerializeToString(deterministic=True)
                       for c in part.filter_chains]

            if len(matches) != len(set(matches)):
                return 'two chains with one match: %s' % part

    return None


seen = set()
counts = {}
faults = {}

with open(sys.argv[1], 'rb') as file:
    whole = file.read()

at = 0

while at < len(whole):
    parts = []

    for _ in range(2):
        n, = struct.unpack_from('<I', whole, at)
        parts.append(whole[at + 4:at + 4 + n])
        at += 4 + n

    if tuple(parts) in seen:
        continue

    seen.add(tuple(parts))

    kind = parts[0].decode().rsplit('.', 1)[1]
    counts[kind] = counts.get(kind, 0) + 1

    if not faults.get(kind):
        faults[kind] = wrong(parts[0].decode(), parts[1])

for kind in sorted(faults):
    print('%s\t%d\t%s' % (kind, counts[kind],
                          (faults[kind] or '').replace('\n', ' ')[:600]))
