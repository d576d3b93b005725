"""The callers: many kept connections, each request with an id of its own.

Usage: client.py PORT SEED CONNECTIONS LEDGER

Until SIGTERM; then what was begun is ended and a JSON object of counts goes
to standard output.  LEDGER gets the ids that the service answered as a whole.

  sent      requests of which at least a byte may have arrived
  service   whole answers of the service, whatever their status
  upstream  whole answers of the gate: no service answered (502, 503, 504)
  refused   whole answers of the gate: not let in (401, 429)
  other     whole answers that nobody expects
  cut       an answer began and did not end
  none      the connection ended without a byte
  left      we left first, before or in the answer
"""

import asyncio
import collections
import json
import random
import signal
import sys
import time

# one who comes for a second and is not seen again for a while: of its totals
# Redis gets no more than what was sent then, or is sent again

PASSING = 40

KEYS = ['acme', 'passing', 'tiny', 'wrong', None]
WEIGHTS = [50, 40, 6, 2, 2]

HOWS = ['ok', 'slow', 'big', '503', 'side', 'none', 'head', 'odd', 'cut',
        'rst']
HOW_WEIGHTS = [68, 12, 6, 3, 3, 2, 1, 1, 2, 2]

UPSTREAM = ('sidecar_unavailable', 'sidecar_refused', 'service_timeout')
REFUSED = ('no_credential', 'bad_key', 'rate_limited')

TIMEOUT = 40


class Cut(Exception):
    """the answer began and did not end"""


class Client:

    def __init__(self, port, seed, ledger):
        self.port = port
        self.seed = seed
        self.ledger = open(ledger, 'w')
        self.counts = collections.Counter()
        self.wrong = []
        self.stopping = False
        self.began = time.monotonic()

    async def caller(self, number):
        rng = random.Random(self.seed * 1000 + number)
        conn = None
        n = 0

        while not self.stopping:
            n += 1

            if conn is None:
                conn = await self.connect(rng)
                continue

            if not await self.one(conn, rng, '%d-%d' % (number, n)):
                conn[1].transport.abort()
                conn = None

        if conn:
            conn[1].close()

    async def connect(self, rng):
        try:
            return await asyncio.wait_for(
                asyncio.open_connection('127.0.0.1', self.port), TIMEOUT)
        except (OSError, asyncio.TimeoutError):
            self.counts['unconnected'] += 1
            await asyncio.sleep(rng.uniform(0.01, 0.1))
            return None

    async def one(self, conn, rng, id):
        """True: the connection can be used again"""

        reader, writer = conn
        key = rng.choices(KEYS, WEIGHTS)[0]

        if key == 'passing':
            key += str(int(time.monotonic() - self.began) % PASSING)

        how = rng.choices(HOWS, HOW_WEIGHTS)[0]
        api = rng.choice(['orders', 'stock'])
        post = rng.random() < 0.1
        leave = rng.random() if rng.random() < 0.04 else None

        if how == 'slow':
            how += str(int(rng.triangular(5, 1500, 50)))

        self.counts['sent'] += 1
        writer.write(request(api, id, how, key, post))

        try:
            if leave is None:
                return await asyncio.wait_for(self.read(reader, id, key),
                                              TIMEOUT)
            await self.leave(conn, leave)
            self.counts['left'] += 1

        except Cut:
            self.counts['cut'] += 1

        except asyncio.TimeoutError:
            self.counts['none'] += 1
            self.wrong.append('%s: no answer in %d s' % (id, TIMEOUT))

        except (OSError, asyncio.IncompleteReadError):
            self.counts['none'] += 1

        return False

    async def leave(self, conn, when):
        reader, writer = conn
        await writer.drain()

        if when < 0.5:
            await asyncio.sleep(when / 10)
        else:
            await asyncio.wait_for(reader.read(200), TIMEOUT)

        if when * 10 % 2 < 1:
            writer.close()

    async def read(self, reader, id, key):
        try:
            head = await reader.readuntil(b'\r\n\r\n')
        except asyncio.IncompleteReadError as e:
            if e.partial:
                raise Cut
            raise

        try:
            head = head.decode('latin-1').lower()
            body = await self.body(reader, head)
        except (OSError, asyncio.IncompleteReadError, ValueError):
            raise Cut

        self.judge(head, body, id, key)

        return '\r\nconnection: close' not in head

    async def body(self, reader, head):
        if '\r\ncontent-length: ' in head:
            n = head.split('\r\ncontent-length: ')[1].split('\r\n')[0]
            return await reader.readexactly(int(n))

        if '\r\ntransfer-encoding: chunked' not in head:
            raise ValueError

        body = b''

        while True:
            n = int(await reader.readuntil(b'\r\n'), 16)
            piece = await reader.readexactly(n + 2)

            if n == 0:
                return body

            body += piece[:-2]

    def judge(self, head, body, id, key):
        status = head[9:12]

        if '\r\nx-ran: ' in head:
            self.counts['service'] += 1
            self.ledger.write(id + '\n')

            if not body.endswith(id.encode() + (b'' if len(body) > 99
                                                else b'\n')):
                self.wrong.append('%s: answer of another: %r' % (id, body))

            if key in (None, 'wrong'):
                self.wrong.append('%s: let in without a key' % id)

            return

        reason = body.decode('latin-1').partition('"reason":"')[2]
        reason = reason.partition('"')[0]

        if reason in UPSTREAM:
            self.counts['upstream'] += 1

        elif reason in REFUSED:
            self.counts['refused'] += 1

        else:
            self.counts['other'] += 1
            self.wrong.append('%s: status %s, %r' % (id, status, body[:300]))


def request(api, id, how, key, post):
    head = '%s /%s/%s/%s HTTP/1.1\r\nHost: chaos\r\n' % (
        'POST' if post else 'GET', api, id, how)

    if key:
        head += 'X-API-Key: secret-%s\r\n' % key

    if post:
        head += 'Content-Length: 300\r\n'

    return (head + '\r\n' + ('x' * 300 if post else '')).encode()


async def main(port, seed, connections, ledger):
    client = Client(port, seed, ledger)

    def stop():
        client.stopping = True

    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stop)
    print('ready', flush=True)

    await asyncio.gather(*[client.caller(i) for i in range(connections)])

    client.ledger.close()
    print(json.dumps({'counts': client.counts, 'wrong': client.wrong[:20],
                      'nwrong': len(client.wrong)}), flush=True)


asyncio.run(main(int(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]),
                 sys.argv[4]))
