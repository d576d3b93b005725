#!/usr/bin/env python3
#
# A service behind the sidecar, for tests: says what it was sent.
#
# Usage: service.py NAME:PORT...       one listener for each NAME
#
#   any path            JSON: name, method, path, fields as they came, bytes
#   .../status/NNN      that status, with a text of the service's own
#   .../slow/SECONDS    the same JSON, later
#   .../cut             half of an answer, then the connection is reset
#   .../big/N           N bytes
#   .../sse/N           N events, 0.4 s apart, each with the time it was sent
#   .../gone            no answer, the connection is closed
#   .../garbage         what is not HTTP
#   .../early           413 before the body is read, then the connection ends
#   .../forged/NNN      that status, with the sidecar's marker and its name
#   .../json/NNN        that status, as JSON
#   .../refused         403 to a WebSocket handshake
#   Upgrade: websocket  RFC 6455: text frames come back in upper case

import asyncio
import base64
import hashlib
import json
import re
import sys
import time

GUID = b'258EAFA5-E914-47DA-95CA-C5AB0DC85B11'


async def request(reader):
    """The next request, None at the end of the connection."""

    line = (await reader.readline()).decode('latin-1').rstrip('\r\n')

    if not line:
        return None

    method, path, _ = line.split(' ', 2)
    fields = []

    while True:
        line = (await reader.readline()).decode('latin-1').rstrip('\r\n')
        if not line:
            break
        name, value = line.split(':', 1)
        fields.append([name, value.strip()])

    named = {name.lower(): value for name, value in fields}
    body = bytearray()

    if path.endswith('/early'):
        return method, path, fields, named, body

    if named.get('transfer-encoding') == 'chunked':
        while True:
            size = int(await reader.readline(), 16)
            if size == 0:
                while (await reader.readline()).strip():
                    pass
                break
            body += (await reader.readexactly(size + 2))[:-2]

    elif 'content-length' in named:
        body = await reader.readexactly(int(named['content-length']))

    return method, path, fields, named, body


def answer(writer, status, body, kind='application/json', method='GET',
           more=''):
    if status in (204, 304):
        writer.write(b'HTTP/1.1 %d Whatever\r\n\r\n' % status)
        return

    body = body.encode()
    writer.write(b'HTTP/1.1 %d Whatever\r\nContent-Type: %s\r\n'
                 b'Content-Length: %d\r\n%s\r\n'
                 % (status, kind.encode(), len(body), more.encode()))
    writer.write(b'' if method == 'HEAD' else body)


async def events(writer, n):
    writer.write(b'HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n'
                 b'Transfer-Encoding: chunked\r\n\r\n')

    for i in range(n):
        event = b'data: %d %.3f\n\n' % (i, time.time())
        writer.write(b'%x\r\n%s\r\n' % (len(event), event))
        await writer.drain()
        await asyncio.sleep(0.4)

    writer.write(b'0\r\n\r\n')


async def websocket(reader, writer, key):
    accept = base64.b64encode(hashlib.sha1(key.encode() + GUID).digest())
    writer.write(b'HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n'
                 b'Connection: Upgrade\r\nSec-WebSocket-Accept: %s\r\n\r\n'
                 % accept)

    while True:
        first, size = await reader.readexactly(2)
        mask = await reader.readexactly(4)
        data = await reader.readexactly(size & 127)
        data = bytes(b ^ mask[i % 4] for i, b in enumerate(data))

        if first & 15 == 8:
            writer.write(b'\x88\x00')
            return

        writer.write(bytes([0x81, len(data)]) + data.upper())
        await writer.drain()


async def serve(name, reader, writer):
    while True:
        asked = await request(reader)

        if asked is None:
            return

        method, path, fields, named, body = asked
        what = re.search(
            r'/(status|slow|cut|sse|gone|garbage|early|forged|json|'
            r'refused|big)(?:/([\d.]+))?$', path)
        what, arg = what.groups() if what else (None, None)

        if what == 'gone':
            return

        if what == 'garbage':
            writer.write(b'\x00\x01 not at all\r\n\r\n')
            await writer.drain()
            return

        if what == 'early':
            answer(writer, 413, "the service's own 413\n", 'text/plain',
                   more='Connection: close\r\n')
            await writer.drain()
            await asyncio.sleep(0.2)
            return

        if what == 'refused':
            answer(writer, 403, "the service's own 403\n", 'text/plain')
            continue

        if what in ('forged', 'json'):
            more = '' if what == 'json' else (
                'x-gate-sidecar: no_healthy_upstream UH\r\nserver: envoy\r\n')
            answer(writer, int(arg), '{"own": %s}' % arg, method=method,
                   more=more)
            continue

        if 'sec-websocket-key' in named and 'upgrade' in named:
            await websocket(reader, writer, named['sec-websocket-key'])
            return

        if what == 'sse':
            await events(writer, int(arg))
            continue

        if what == 'big':
            writer.write(b'HTTP/1.1 200 OK\r\nContent-Length: %s\r\n\r\n'
                         % arg.encode())
            for _ in range(int(arg) // 65536):
                writer.write(bytes(65536))
                await writer.drain()
            writer.write(bytes(int(arg) % 65536))
            await writer.drain()
            continue

        if what == 'status':
            answer(writer, int(arg), "the service's own %s\n" % arg,
                   'text/plain', method)
            continue

        if what == 'cut':
            writer.write(b'HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n'
                         b'only this')
            await writer.drain()
            await asyncio.sleep(0.1)
            return

        if what == 'slow':
            await asyncio.sleep(float(arg))

        answer(writer, 200, json.dumps({
            'name': name, 'method': method, 'path': path, 'fields': fields,
            'bytes': len(body)}), method=method)
        await writer.drain()


async def main():
    for arg in sys.argv[1:]:
        name, port = arg.split(':')

        async def one(reader, writer, name=name):
            try:
                await serve(name, reader, writer)
            except (OSError, EOFError):
                pass
            writer.close()

        await asyncio.start_server(one, '127.0.0.1', int(port))

    await asyncio.Event().wait()


try:
    asyncio.run(main())
except KeyboardInterrupt:
    pass
