"""The run: load, faults, quiet, the equation; then the checker is checked.

Usage: chaos.py [short|long], from t/chaos/run.sh.  Prints TAP.
"""

import json
import os
import random
import shutil
import signal
import socket
import sys
import threading
import time
import traceback

import faults
import ledger
import world

CONNECTIONS = 48
QUIET = 120

# what nginx may say above "error" here, and why

EXPECTED = (
    ' exited on signal 9',                    # we killed it
    'configured are 8388608',                 # a reload that must fail
    ' was locked by ',                        # killed while it held a zone
)

# of the slot that the last check takes out of the file

PLANTED = (
    'what was opened and what has ended differ by 1 ',
    ' damaged part',
)


class Tap:

    def __init__(self):
        self.n = 0
        self.failed = 0
        self.lock = threading.Lock()

    def ok(self, holds, name, more=''):
        with self.lock:
            self.n += 1
            self.failed += not holds
            print('%sok %d - %s' % ('' if holds else 'not ', self.n, name),
                  flush=True)

        if more and not holds:
            self.note(more)

    def note(self, text):
        for line in str(text).split('\n'):
            print('# ' + line, flush=True)

    def end(self):
        print('1..%d' % self.n, flush=True)
        return 1 if self.failed else 0


class World:

    def __init__(self, seed, tap):
        base = int(os.environ['GATE_PORT_BASE'])
        root = os.environ['TEST_NGINX_SERVROOT']

        self.rng = random.Random(seed)
        self.tap = tap
        self.root = root
        self.began = time.monotonic()

        shutil.rmtree(root, ignore_errors=True)
        os.makedirs(root)

        ports = {'port': base, 'status': base + 1, 'service': base + 2,
                 'redis': base + 3, 'aside': base + 4}

        self.redis = world.Redis(ports['redis'], root + '/redis')
        self.redis.start()
        self.service = world.service(ports['service'], root + '/ran')
        self.nginx = world.Nginx(root, ports)
        self.nginx.start()

    def expected(self, what, holds):
        if not holds:
            self.tap.ok(False, what)

    def say(self, text):
        self.tap.note('%6.1f %s' % (time.monotonic() - self.began, text))


class Timeline(threading.Thread):
    """faults of one table until it is told to end, each of them once at
    least"""

    def __init__(self, w, table, seed, least, most):
        super().__init__()
        self.w = w
        self.table = table
        self.rng = random.Random(seed)
        self.pause = (least, most)
        self.enough = threading.Event()
        self.error = None
        self.done = 0

    def run(self):
        try:
            for fault in faults.bag(self.table, self.rng):
                if self.done >= len(self.table) and self.enough.is_set():
                    return

                self.w.say(fault.__name__.replace('_', ' '))
                fault(self.w)
                self.done += 1
                time.sleep(self.rng.uniform(*self.pause))

        except Exception:
            self.error = traceback.format_exc()


def load(w, seed, seconds):
    """the callers' counts"""

    callers = world.client(w.nginx.port, seed, CONNECTIONS, w.root + '/whole')

    # Redis' order is drawn from another seed, so that neither waits

    run(w, [('nginx', Timeline(w, faults.NGINX, seed + 1, 0.2, 1.2)),
            ('Redis', Timeline(w, faults.REDIS, seed + 2, 0.5, 2.5))], seconds)

    run(w, [('the file', Timeline(w, faults.FILES, seed + 3, 0.2, 1.2)),
            ('Redis, which keeps all,',
             Timeline(w, faults.KEEPS, seed + 4, 0.5, 2.5))], seconds / 4)

    return json.loads(callers.end())


def run(w, lines, seconds):
    for _, t in lines:
        t.start()

    time.sleep(seconds)

    for _, t in lines:
        t.enough.set()

    for _, t in lines:
        t.join()

    for who, t in lines:
        w.say('%s: %d faults' % (who, t.done))
        w.tap.ok(t.error is None, '%s is whole after every fault' % who,
                 t.error)


def quiet(w):
    """until nothing changes any more, in the journal or in Redis"""

    last, same = None, 0
    end = time.monotonic() + QUIET

    while same < 3 and time.monotonic() < end:
        time.sleep(1.2)

        now = numbers(w)
        s = now['status']
        calm = s['redis']['up'] and not now['journal']['open'] \
            and not now['journal']['dirty']
        del now['status']
        same = same + 1 if calm and now == last else 0
        last = now

    return last, same == 3


def numbers(w):
    sides = {'journal': w.nginx.numbers(), 'status': w.nginx.status()}

    for side, kind in (('totals', 'u'), ('epochs', 'e')):
        sums = w.redis.sums(kind)
        sides[side] = {o: sums.get(o, 0) for o in ledger.OUTCOMES}

    return sides


def lines(path):
    with open(path) as f:
        return f.read().split('\n')[:-1]


def everything(w, n, counts):
    """the numbers of all ledgers"""

    ran, whole, ids = (lines(w.root + '/ran'), lines(w.root + '/whole'),
                       w.nginx.metered())

    return dict(
        n,
        client={k: counts.get(k, 0) for k in
                ('sent', 'service', 'upstream', 'refused', 'other', 'cut',
                 'none', 'left')},
        service={'executed': len(ran), 'ids': len(set(ran))},
        answered_not_run=len(set(whole) - set(ran)),
        log={'lines': len(ids), 'ids': len(set(ids))},
        kills=w.nginx.killed)


def complaints(text, expected=EXPECTED):
    bad = [line for line in text.split('\n')
           if any(level in line for level in ('[alert]', '[emerg]', '[crit]'))
           and not any(e in line for e in expected)]

    return bad + [line for line in text.split('\n')
                  if 'AddressSanitizer' in line or 'signal 11' in line
                  or 'open socket' in line]


def check_checker(w, n):
    """what is wrong must be found: in numbers, in Redis, in the file"""

    tap = w.tap

    missed = [what for what, m in ledger.planted(n) if not ledger.broken(m)]
    tap.ok(not missed, 'each of %d planted errors in the numbers is caught'
           % len(ledger.planted(n)), '\n'.join(missed))

    def redis_now(law):
        m = dict(n, **{k: v for k, v in numbers(w).items()
                       if k in ('totals', 'epochs')})
        return any(law in b for b in ledger.broken(m))

    key = w.redis.ask('KEYS', 'gate:u:*')[0]
    field = [f for f in w.redis.ask('HKEYS', key) if f.endswith('|served')][0]

    w.redis.ask('HINCRBY', key, field, 1)
    tap.ok(redis_now('served: journal = totals'),
           'a double count planted in Redis is caught')
    w.redis.ask('HINCRBY', key, field, -2)
    tap.ok(redis_now('served: journal = totals'),
           'a count lost from Redis is caught')
    w.redis.ask('HINCRBY', key, field, 1)
    tap.ok(not redis_now('served'), 'and put right again all holds')

    slot(w)


def slot(w):
    """a slot that is open when nginx is killed, and erased from the file"""

    held = socket.create_connection(('127.0.0.1', w.nginx.port))
    held.sendall(b'GET /orders/planted/slow9000 HTTP/1.1\r\nHost: a\r\n'
                 b'X-API-Key: secret-acme\r\n\r\n')

    journal = w.nginx.journal()

    world.wait_for('an open slot', journal.slots)

    # all at once: who lives a moment longer would end it

    for pid in [w.nginx.pid] + world.children(w.nginx.pid):
        world.kill(pid, signal.SIGSTOP)

    w.planted_at = len(w.nginx.log())
    w.nginx.kill_everything([w.nginx.pid], w.rng)
    journal.forget()
    w.nginx.start()
    held.close()

    m, _ = quiet(w)
    j = m['journal']

    w.tap.ok(j['opened'] == ledger.outcomes(j) + 1
             and j['open'] == 0, 'a slot lost from the file is caught',
             str(j))

    said = w.nginx.log()[w.planted_at:]
    w.tap.ok(all(e in said for e in PLANTED), '... and nginx says so', said)


def check(w, answer):
    tap = w.tap
    n, calm = quiet(w)

    w.say('quiet')
    tap.ok(calm, 'it comes to rest: all shipped, nothing open',
           json.dumps(n))

    n = everything(w, n, answer['counts'])

    for line in ledger.table(n):
        tap.note(line)

    tap.note(json.dumps(n))

    for name, holds, said in ledger.laws(n):
        tap.ok(holds, name, said)

    tap.ok(answer['nwrong'] == 0, 'no answer is another one\'s, late or odd',
           '%d: %s' % (answer['nwrong'], '\n'.join(answer['wrong'])))

    for o in ledger.OUTCOMES:
        tap.ok(n['journal'][o] > 0, '%s was met' % o)

    return n


def check_resources(w, fds, kb):
    def back():
        return max(w.nginx.fds().values()) <= max(fds.values()) + 2

    try:
        world.wait_for('descriptors', back)
    except TimeoutError:
        pass

    w.tap.ok(back(), 'workers have as many descriptors as before',
             'before %s, now %s' % (fds, w.nginx.fds()))

    if not w.nginx.asan:
        now = w.nginx.memory_kb()
        w.tap.ok(now <= 2 * kb + 4096, 'workers are as large as before',
                 'before %d kB, now %d kB' % (kb, now))


def main(form):
    seed = int(os.environ.get('CHAOS_SEED') or random.randrange(1 << 30))
    seconds = float(os.environ.get('CHAOS_SECONDS')
                    or (30 if form == 'short' else 300))

    tap = Tap()
    world.adopt()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))

    w = World(seed, tap)
    tap.note('CHAOS_SEED=%d, nginx %s, %d s' % (seed, w.nginx.version,
                                                seconds))

    fds, kb = w.nginx.fds(), w.nginx.memory_kb()

    answer = load(w, seed, seconds)
    n = check(w, answer)
    check_resources(w, fds, kb)
    check_checker(w, n)

    w.nginx.stop()
    w.service.end()
    w.redis.process.end()

    said = w.nginx.log()
    bad = complaints(said[:w.planted_at]) \
        + complaints(said[w.planted_at:], EXPECTED + PLANTED)
    tap.ok(not bad, 'the error log has nothing unexpected',
           '\n'.join(bad[:20]))
    tap.ok(not world.children(os.getpid()), 'nothing is left behind')

    return tap.end()


if __name__ == '__main__':
    sys.exit(main((sys.argv[1:] or ['long'])[0]))
