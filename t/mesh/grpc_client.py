#!/usr/bin/env python3
#
# A gRPC client for tests: makes the calls that it reads, a line of JSON each,
# and answers each with a line of JSON about how the call ended.
#
# Usage: grpc_client.py PORT
#
# A call:
#
#   method      its name; "/test.Echo/Unary" and so on
#   kind        unary, server, client, bidi
#   fields      metadata: [ [ name, value ], ... ]
#   messages    texts; "bytes" is how many NULs follow each
#   every       seconds between two messages of a stream
#   timeout     seconds, the call's deadline
#   cancel      after so many messages the call is cancelled
#   hold        seconds: after the first answer, before more is sent
#
# How it ended: code, details, head and trailers as fields, messages (a text,
# cut), sizes, times (of arrival).

import json
import sys
import time

import grpc


def ended(call, out):
    out['code'] = call.code().value[0]
    out['details'] = call.details()
    out['head'] = [[k, str(v)] for k, v in call.initial_metadata() or ()]
    out['trailers'] = [[k, str(v)] for k, v in call.trailing_metadata() or ()]
    return out


def got(out, message):
    out['times'].append(time.time())
    out['sizes'].append(len(message))
    out['messages'].append(message[:2000].decode('latin-1'))


def one(channel, ask):
    kind = ask.get('kind', 'unary')
    method = ask['method']
    pad = bytes(ask.get('bytes', 0))
    bodies = [m.encode() + pad for m in ask.get('messages', [''])]
    out = {'times': [], 'sizes': [], 'messages': []}
    held = [False]

    def requests():
        for i, body in enumerate(bodies):
            if i:
                time.sleep(ask.get('every', 0))
            if i and ask.get('hold') and not held[0]:
                while not out['times']:
                    time.sleep(0.02)
                time.sleep(ask['hold'])
                held[0] = True
            yield body

    make = {'unary': channel.unary_unary, 'server': channel.unary_stream,
            'client': channel.stream_unary, 'bidi': channel.stream_stream}
    call = make[kind](method)
    more = {'metadata': [tuple(f) for f in ask.get('fields', [])],
            'timeout': ask.get('timeout', 30)}
    what = bodies[0] if kind in ('unary', 'server') else requests()

    try:
        if kind in ('unary', 'client'):
            future = call.future(what, **more)

            if 'cancel' in ask:
                time.sleep(ask['cancel'])
                future.cancel()

            try:
                got(out, future.result())
            except grpc.FutureCancelledError:
                pass

            return ended(future, out)

        stream = call(what, **more)

        for message in stream:
            got(out, message)
            if len(out['times']) == ask.get('cancel'):
                stream.cancel()

        return ended(stream, out)

    except grpc.RpcError as error:
        return ended(error, out)


options = [('grpc.max_receive_message_length', 64 << 20),
           ('grpc.max_send_message_length', 64 << 20),
           ('grpc.enable_retries', 0), ('grpc.enable_http_proxy', 0)]

for line in sys.stdin:
    ask = json.loads(line)

    with grpc.insecure_channel('127.0.0.1:' + sys.argv[1],
                               options=options) as channel:
        try:
            out = one(channel, ask)
        except Exception as error:
            out = {'error': repr(error)}

    print(json.dumps(out), flush=True)
