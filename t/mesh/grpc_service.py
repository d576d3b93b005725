#!/usr/bin/env python3
#
# A gRPC service behind the sidecar, for tests. Messages are bytes, so that no
# compiler of protocols is needed.
#
# Usage: grpc_service.py PORT
#
#   /test.Echo/Unary    JSON: what it was sent
#   /test.Echo/Server   as many messages as the request says: "N SECONDS SIZE"
#   /test.Echo/Client   JSON: how many messages and bytes there were
#   /test.Echo/Bidi     each message in upper case, as it comes
#   /test.Echo/Seen     JSON: calls that ended before the service had done
#
# In the text of a unary request: "fail CODE TEXT" ends with that status,
# "early CODE TEXT" before it, without a message; "slow SECONDS" waits, "size
# N" answers with N bytes.

import json
import sys
import time
from concurrent import futures

import grpc

CODES = {code.value[0]: code for code in grpc.StatusCode}

cancelled = []


def sent(context):
    return [[key, value if isinstance(value, str) else value.hex()]
            for key, value in context.invocation_metadata()]


def unary(request, context):
    word, _, rest = request[:200].decode('latin-1').partition(' ')

    if word == 'fail':
        code, _, text = rest.partition(' ')
        context.set_trailing_metadata((('x-own', 'trailer'),))
        context.abort(CODES[int(code)], text)

    if word == 'slow':
        context.add_callback(lambda: context.is_active()
                             or cancelled.append('unary'))
        time.sleep(float(rest))

    if word == 'size':
        return bytes(int(rest))

    if word == 'forge':
        names = rest.split(' ')
        context.send_initial_metadata(tuple((n, 'forged') for n in names))
        context.set_trailing_metadata(tuple((n, 'forged') for n in names)
                                      + (('x-own', 'trailer'),))
        return b''

    context.send_initial_metadata((('x-own', 'head'),))
    context.set_trailing_metadata((('x-own', 'trailer'),))

    left = context.time_remaining()

    return json.dumps({'fields': sent(context), 'bytes': len(request),
                       'left': left}).encode()


def server(request, context):
    n, seconds, size = request.decode().split(' ')

    for i in range(int(n)):
        if not context.is_active():
            cancelled.append('server %d' % i)
            return

        yield b'%d %.3f ' % (i, time.time()) + bytes(int(size))
        time.sleep(float(seconds))


def client(requests, context):
    sizes = []

    try:
        for request in requests:
            sizes.append(len(request))
    except grpc.RpcError:
        cancelled.append('client %d' % len(sizes))
        raise

    return json.dumps({'messages': len(sizes), 'bytes': sum(sizes)}).encode()


def bidi(requests, context):
    for request in requests:
        if request == b'end':
            context.abort(grpc.StatusCode.FAILED_PRECONDITION, 'as asked for')
        yield request.upper()


def seen(request, context):
    return json.dumps(cancelled).encode()


handlers = grpc.method_handlers_generic_handler('test.Echo', {
    'Unary': grpc.unary_unary_rpc_method_handler(unary),
    'Server': grpc.unary_stream_rpc_method_handler(server),
    'Client': grpc.stream_unary_rpc_method_handler(client),
    'Bidi': grpc.stream_stream_rpc_method_handler(bidi),
    'Seen': grpc.unary_unary_rpc_method_handler(seen),
})

it = grpc.server(futures.ThreadPoolExecutor(max_workers=16), options=[
    ('grpc.max_receive_message_length', 64 << 20),
    ('grpc.max_send_message_length', 64 << 20),
    ('grpc.so_reuseport', 0)])
it.add_generic_rpc_handlers((handlers,))
it.add_insecure_port('127.0.0.1:' + sys.argv[1])
it.start()
it.wait_for_termination()
