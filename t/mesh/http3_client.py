#!/usr/bin/env python3
#
# One request over HTTP/3, for tests; a line of JSON: status, fields, bytes and
# the beginning of the body.
#
# Usage: http3_client.py PORT PATH BYTES [NAME:VALUE]...   BYTES: of a POST, or -

import asyncio
import json
import ssl
import sys

from aioquic.asyncio.client import connect
from aioquic.asyncio.protocol import QuicConnectionProtocol
from aioquic.h3.connection import H3_ALPN, H3Connection
from aioquic.h3.events import DataReceived, HeadersReceived
from aioquic.quic.configuration import QuicConfiguration


class Client(QuicConnectionProtocol):

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.http = H3Connection(self._quic)
        self.out = {'status': 0, 'fields': [], 'bytes': 0}
        self.body = b''
        self.ended = asyncio.get_running_loop().create_future()

    def quic_event_received(self, event):
        for got in self.http.handle_event(event):
            if isinstance(got, HeadersReceived):
                for name, value in got.headers:
                    if name == b':status':
                        self.out['status'] = int(value)
                    self.out['fields'].append([name.decode(), value.decode()])
            elif isinstance(got, DataReceived):
                self.out['bytes'] += len(got.data)
                self.body += got.data[:4000 - len(self.body)]

            if got.stream_ended and not self.ended.done():
                self.ended.set_result(True)

    async def ask(self, path, size, fields):
        stream = self._quic.get_next_available_stream_id()
        method = b'GET' if size is None else b'POST'

        self.http.send_headers(stream, [
            (b':method', method), (b':scheme', b'https'),
            (b':authority', b'gate.example'), (b':path', path.encode()),
        ] + fields, end_stream=size is None)

        if size is not None:
            self.http.send_data(stream, bytes(size), end_stream=True)

        self.transmit()
        await asyncio.wait_for(self.ended, 30)
        self.out['body'] = self.body.decode('latin-1')
        return self.out


async def main(port, path, size, *fields):
    conf = QuicConfiguration(is_client=True, alpn_protocols=H3_ALPN,
                             verify_mode=ssl.CERT_NONE)
    fields = [tuple(f.encode() for f in field.split(':', 1)) for field in fields]

    async with connect('127.0.0.1', int(port), configuration=conf,
                       create_protocol=Client) as client:
        print(json.dumps(await client.ask(
            path, None if size == '-' else int(size), fields)))


asyncio.run(main(*sys.argv[1:]))
