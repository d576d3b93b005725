"""The service behind the gate, and the sidecar in front of it.

Usage: service.py PORT LEDGER

A path is /API/ID/HOW.  What is executed is written to LEDGER, one id a line,
before anything is answered.  HOW:

  ok, big   answered, with a length or in chunks
  slowN     answered after N ms
  503       the service's own error, which is an answer as any other
  none      executed, then closed without a byte
  head      executed, then closed within the header of the answer
  odd       executed, then a header that is not HTTP
  cut, rst  executed, half of the answer, then closed or reset
  side      the sidecar's own 503: the service never saw it
"""

import asyncio
import os
import signal
import socket
import struct
import sys

MARK = b'x-envoy-upstream-service-time: 1\r\n'
BIG = b'0123456789abcdef' * 1024


class Service:

    def __init__(self, ledger):
        self.ledger = os.open(ledger, os.O_WRONLY | os.O_CREAT | os.O_APPEND)

    def execute(self, id):
        os.write(self.ledger, id + b'\n')

    async def serve(self, reader, writer):
        try:
            while await self.one(reader, writer):
                pass
        except (asyncio.IncompleteReadError, ConnectionError, ValueError,
                asyncio.CancelledError):
            pass
        finally:
            writer.close()

    async def one(self, reader, writer):
        head = await reader.readuntil(b'\r\n\r\n')
        path = head.split(b' ', 2)[1]
        await self.body(reader, head)

        _, _, id, how = path.split(b'/')

        if how == b'side':
            return await self.answer(writer, b'503', b'', b'no healthy\n')

        self.execute(id)

        if how == b'none':
            return False

        if how in (b'head', b'odd'):
            writer.write(b'HTTP/1.1 200 OK\r\n' + MARK
                         + (b'x-ran: ' if how == b'head' else b'\0\r\n\r\n'))
            await writer.drain()

            return False

        if how.startswith(b'slow'):
            await asyncio.sleep(int(how[4:]) / 1000)

        if how in (b'cut', b'rst'):
            return await self.cut(writer, id, how)

        if how == b'big':
            return await self.big(writer, id)

        status = b'503' if how == b'503' else b'200'
        more = MARK + b'x-ran: ' + id + b'\r\n'

        return await self.answer(writer, status, more, id + b'\n')

    async def body(self, reader, head):
        for line in head.lower().split(b'\r\n'):
            if line.startswith(b'content-length:'):
                await reader.readexactly(int(line.split(b':')[1]))

    async def answer(self, writer, status, more, body):
        writer.write(b'HTTP/1.1 %s X\r\nServer: envoy\r\n%sContent-Length: %d'
                     b'\r\n\r\n%s' % (status, more, len(body), body))
        await writer.drain()

        return True

    async def big(self, writer, id):
        writer.write(b'HTTP/1.1 200 OK\r\n' + MARK + b'x-ran: ' + id
                     + b'\r\nTransfer-Encoding: chunked\r\n\r\n')

        for i in range(4):
            writer.write(b'%x\r\n%s\r\n' % (len(BIG), BIG))
            await writer.drain()
            await asyncio.sleep(0.005)

        writer.write(b'%x\r\n%s\r\n0\r\n\r\n' % (len(id), id))
        await writer.drain()

        return True

    async def cut(self, writer, id, how):
        writer.write(b'HTTP/1.1 200 OK\r\n' + MARK + b'x-ran: ' + id
                     + b'\r\nContent-Length: 100\r\n\r\nhalf')
        await writer.drain()

        if how == b'rst':
            await asyncio.sleep(0.02)
            s = writer.get_extra_info('socket')
            s.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER,
                         struct.pack('ii', 1, 0))
        return False


async def main(port, ledger):
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    loop.add_signal_handler(signal.SIGTERM, stop.set)

    service = Service(ledger)
    server = await asyncio.start_server(service.serve, '127.0.0.1', port,
                                        backlog=511)
    print('ready', flush=True)
    await stop.wait()
    server.close()


asyncio.run(main(int(sys.argv[1]), sys.argv[2]))
