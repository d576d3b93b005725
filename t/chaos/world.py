"""nginx, Redis, the service and the callers as processes, and what their
files and pages say.  Everything is a child of this process, also what nginx
leaves behind, and all of it is gone when this process ends.
"""

import atexit
import ctypes
import glob
import hashlib
import json
import os
import shutil
import signal
import socket
import struct
import subprocess
import sys
import time

HERE = os.path.dirname(os.path.abspath(__file__))
PATIENCE = 60
PASSING = 40

PR_SET_CHILD_SUBREAPER = 36

def wait_for(what, condition, seconds=PATIENCE):
    end = time.monotonic() + seconds

    while True:
        got = condition()

        if got:
            return got

        if time.monotonic() > end:
            raise TimeoutError('%s: not within %d s' % (what, seconds))

        time.sleep(0.02)


# Processes.


def adopt():
    """orphans of ours become children of ours"""

    libc = ctypes.CDLL(None, use_errno=True)

    if libc.prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) != 0:
        raise OSError(ctypes.get_errno(), 'prctl')

    atexit.register(kill_all)


def stat(pid):
    """(state, parent), None if it is gone"""

    try:
        with open('/proc/%d/stat' % pid) as f:
            fields = f.read().rpartition(')')[2].split()
            return fields[0], int(fields[1])
    except (OSError, IndexError):
        return None


def children(pid):
    found = []

    for name in os.listdir('/proc'):
        if name.isdigit():
            s = stat(int(name))

            if s and s[1] == pid and s[0] != 'Z':
                found.append(int(name))

    return found


def descendants(pid):
    found = children(pid)

    return found + [d for c in found for d in descendants(c)]


def reap():
    """adopted ones that ended; those of subprocess are waited for there"""

    for name in os.listdir('/proc'):
        if not name.isdigit() or int(name) in Process.pids:
            continue

        s = stat(int(name))

        if s and s == ('Z', os.getpid()):
            try:
                os.waitpid(int(name), os.WNOHANG)
            except ChildProcessError:
                pass


def alive(pid):
    reap()
    s = stat(pid)

    return s is not None and s[0] != 'Z'


def kill(pid, sig):
    try:
        os.kill(pid, sig)
    except ProcessLookupError:
        pass


def kill_all():
    for pid in descendants(os.getpid()):
        kill(pid, signal.SIGKILL)

    for p in Process.all:
        p.popen.wait()

    reap()


class Process:
    """one that this process has started itself"""

    all = []
    pids = set()

    def __init__(self, args, out=subprocess.PIPE):
        self.popen = subprocess.Popen(args, stdin=subprocess.DEVNULL,
                                      stdout=out)
        self.pid = self.popen.pid
        Process.all.append(self)
        Process.pids.add(self.pid)

    def ready(self):
        if self.popen.stdout.readline() != b'ready\n':
            raise RuntimeError('%s does not start' % self.popen.args)

        return self

    def end(self, sig=signal.SIGTERM):
        kill(self.pid, sig)

        if sig == signal.SIGKILL:
            self.popen.wait()
            return b''

        return self.popen.communicate(timeout=PATIENCE)[0]


def service(port, ledger):
    return Process([sys.executable, '-B', HERE + '/service.py', str(port),
                    ledger]).ready()


def client(port, seed, connections, ledger):
    return Process([sys.executable, '-B', HERE + '/client.py', str(port),
                    str(seed), str(connections), ledger]).ready()


# Redis.


class Redis:

    def __init__(self, port, folder):
        self.port = port
        self.folder = folder
        self.process = None
        os.makedirs(folder, exist_ok=True)

    def start(self):
        self.process = Process(
            ['redis-server', '--port', str(self.port), '--bind', '127.0.0.1',
             '--dir', self.folder, '--save', '', '--appendonly', 'yes',
             '--appendfsync', 'no', '--auto-aof-rewrite-percentage', '0',
             '--logfile', self.folder + '.log'], subprocess.DEVNULL)
        wait_for('Redis', self.answers)

    def kill(self):
        self.process.end(signal.SIGKILL)

    def empty(self):
        shutil.rmtree(self.folder)
        os.makedirs(self.folder)

    def answers(self):
        try:
            return self.ask('PING') == 'PONG'
        except (OSError, RuntimeError):
            return False

    def ask(self, *args):
        """one command over a connection of its own"""

        with socket.create_connection(('127.0.0.1', self.port), 5) as s:
            s.sendall(b'*%d\r\n' % len(args) + b''.join(
                b'$%d\r\n%s\r\n' % (len(str(a).encode()), str(a).encode())
                for a in args))

            return self.reply(s.makefile('rb'))

    def reply(self, f):
        line = f.readline().decode().rstrip('\r\n')

        if not line:
            raise ConnectionError('Redis closed the connection')

        kind, rest = line[0], line[1:]

        if kind == '-':
            raise RuntimeError(rest)

        if kind == '$':
            return None if rest == '-1' else \
                f.read(int(rest) + 2)[:-2].decode()

        if kind == '*':
            return [self.reply(f) for _ in range(int(rest))]

        return int(rest) if kind == ':' else rest

    def sums(self, kind):
        """{unit: sum} over the hashes gate:KIND:*"""

        sums = {}

        for key in self.ask('KEYS', 'gate:%s:*' % kind):
            row = self.ask('HGETALL', key)

            for field, value in zip(row[::2], row[1::2]):
                unit = field.rpartition('|')[2]
                sums[unit] = sums.get(unit, 0) + int(value)

        return sums


# nginx.


CONF = """
%(user)s
load_module       %(module)s;
worker_processes  2;
error_log         logs/error.log info;
pid               logs/nginx.pid;
worker_shutdown_timeout 10s;
# of the sanitizer, when a new binary is started
env               LD_PRELOAD;
env               ASAN_OPTIONS;

events { worker_connections 1024; }

http {
    gate_zone     gate 1m;
    gate_journal  %(root)s/%(journal)s size=%(size)s;
    gate_redis    127.0.0.1:%(redis)d timeout=20ms;
    gate_node     %(node)s;

    gate_plan gold  { rate 100000r/s; }
    gate_plan tiny  { rate 20r/s burst=5; }

    %(consumers)s

    log_format  metered  "$gate_usage_id $status $uri";
    access_log  logs/access.log metered;

    client_body_temp_path  %(root)s/temp/body;
    proxy_temp_path        %(root)s/temp/proxy;
    fastcgi_temp_path      %(root)s/temp/fastcgi;
    uwsgi_temp_path        %(root)s/temp/uwsgi;
    scgi_temp_path         %(root)s/temp/scgi;

    %(later)s

    upstream sidecar {
        server 127.0.0.1:%(service)d;
        keepalive 16;
        keepalive_timeout 2s;
    }

    server {
        listen 127.0.0.1:%(port)d;

        gate_auth     key;
        gate_limit    plan;
        gate_meter    requests bytes;
        gate_service  shop.svc;

        location /orders/ {
            gate_api   orders version=v2;
            gate_pass  http://sidecar;
        }

        location /stock/ {
            gate_api   stock version=v1;
            gate_pass  http://sidecar;
        }
    }

    server {
        listen 127.0.0.1:%(status)d;
        access_log off;
        location / { gate_status; }
    }
}
"""


def consumers():
    names = ['acme', 'tiny'] + ['passing%d' % i for i in range(PASSING)]

    return ['gate_consumer %s { plan %s; key sha256:%s; }'
            % (n, 'tiny' if n == 'tiny' else 'gold',
               hashlib.sha256(b'secret-' + n.encode()).hexdigest())
            for n in names]


class Nginx:

    def __init__(self, root, ports):
        self.root = root
        self.port = ports['port']
        self.status_port = ports['status']
        self.binary = os.environ['GATE_NGINX']
        self.pid = None
        self.killed = 0

        # files that were used, and what restored ones do not say any more

        self.journals = ['usage']
        self.gone = {}

        self.asan = os.environ.get('GATE_MODE') == 'asan'

        version = subprocess.run([self.binary, '-v'], stderr=subprocess.PIPE)
        self.version = version.stderr.decode().split('nginx/')[1].split()[0]

        self.values = dict(
            ports, root=root, size='16m', journal='usage', node='chaos',
            module=os.environ['GATE_MODULE'],
            user='user nobody nogroup;' if os.getuid() == 0 else '',
            later='keepalive_min_timeout 2s;' if self.newer(1, 27, 4) else '',
            consumers='\n    '.join(consumers()))

        for name in ('logs', 'temp'):
            os.makedirs('%s/%s' % (root, name), exist_ok=True)

        os.chmod(root, 0o755)
        self.configure()

    def newer(self, *version):
        return tuple(map(int, self.version.split('.'))) >= version

    def configure(self, **values):
        text = CONF % dict(self.values, **values)

        with open(self.root + '/nginx.conf.new', 'w') as f:
            f.write(text)

        os.rename(self.root + '/nginx.conf.new', self.root + '/nginx.conf')

    def start(self):
        done = subprocess.run([self.binary, '-p', self.root + '/', '-c',
                               self.root + '/nginx.conf'],
                              stdin=subprocess.DEVNULL,
                              stderr=subprocess.PIPE)

        if done.returncode != 0:
            raise RuntimeError('nginx does not start: %s'
                               % done.stderr.decode())

        self.pid = wait_for('the pid file', self.pid_file)
        wait_for('workers', lambda: len(self.workers()) == 2)

    def pid_file(self):
        try:
            with open(self.root + '/logs/nginx.pid') as f:
                pid = int(f.read())
        except (OSError, ValueError):
            return None

        return pid if alive(pid) else None

    def title(self, pid):
        try:
            with open('/proc/%d/cmdline' % pid) as f:
                return f.read()
        except OSError:
            return ''

    def workers(self, master=None):
        """those that are not shutting down"""

        return [p for p in children(master or self.pid)
                if 'nginx: worker process' in self.title(p)
                and 'shutting down' not in self.title(p)]

    def signal(self, sig, master=None):
        kill(master or self.pid, sig)

    def kill_workers(self, pids):
        for pid in pids:
            kill(pid, signal.SIGKILL)
            self.killed += 1

        wait_for('dead workers', lambda: not any(map(alive, pids)))
        wait_for('new workers', lambda: len(self.workers()) == 2)

    def kill_everything(self, masters, rng, orphaned=0):
        """in any order; orphaned: workers are without a master so long"""

        pids = [p for m in masters for p in children(m)]
        self.killed += len(pids)

        if orphaned:
            for m in masters:
                kill(m, signal.SIGKILL)

            time.sleep(orphaned)

        pids += masters
        rng.shuffle(pids)

        # those that nginx has started meanwhile have become ours

        while pids:
            for pid in pids:
                kill(pid, signal.SIGKILL)

            wait_for('dead nginx', lambda: not any(map(alive, pids)))
            pids = [p for p in children(os.getpid())
                    if 'nginx: ' in self.title(p)]
            self.killed += len(pids)

    def stop(self):
        """politely; workers that shut down as well"""

        self.signal(signal.SIGQUIT)
        wait_for('the end of nginx', lambda: not alive(self.pid))

    def journal(self, name=None):
        return Journal('%s/%s' % (self.root, name or self.values['journal']))

    def move_journal(self):
        names = ['usage', 'other', 'third']
        name = names[(names.index(self.values['journal']) + 1) % 3]

        if name not in self.journals:
            self.journals.append(name)

        self.values['journal'] = name
        self.configure()

    def rest(self):
        """ended, with nothing open and all of it in Redis"""

        self.stop()
        self.configure(port=self.values['aside'])
        self.start()

        def clean():
            status = self.status()

            return status['redis']['up'] and not any(
                n['open'] or n['dirty'] for n in
                (self.journal(name).numbers() for name in self.journals))

        wait_for('journals that are clean', clean)
        self.stop()
        self.configure()

    def restore(self, copy):
        journal = self.journal()
        was = journal.numbers()

        journal.restore(copy)

        for unit, now in journal.numbers().items():
            self.gone[unit] = self.gone.get(unit, 0) + was[unit] - now

    def numbers(self):
        """of all files that were used, and what they said once"""

        sums = dict(self.gone)

        for name in self.journals:
            for unit, n in self.journal(name).numbers().items():
                sums[unit] = sums.get(unit, 0) + n

        return sums

    def status(self):
        s = socket.create_connection(('127.0.0.1', self.status_port), 10)
        s.settimeout(PATIENCE)

        with s:
            s.sendall(b'GET / HTTP/1.0\r\n\r\n')
            answer = b''.join(iter(lambda: s.recv(65536), b''))

        return json.loads(answer.partition(b'\r\n\r\n')[2])

    def log(self):
        with open(self.root + '/logs/error.log', errors='replace') as f:
            return f.read()

    def log_has(self, text, after):
        return wait_for('"%s" in the log' % text,
                        lambda: text in self.log()[after:])

    def metered(self):
        """usage ids of the access log"""

        with open(self.root + '/logs/access.log') as f:
            ids = [line.split(' ')[0] for line in f]

        return [i for i in ids if i not in ('', '-')]

    def sockets(self, pid):
        """inodes"""

        found = set()

        for fd in glob.glob('/proc/%d/fd/*' % pid):
            try:
                name = os.readlink(fd)
            except OSError:
                continue

            if name.startswith('socket:['):
                found.add(name[8:-1])

        return found

    def fds(self):
        """{worker: number of descriptors}"""

        return {p: len(glob.glob('/proc/%d/fd/*' % p))
                for p in self.workers()}

    def memory_kb(self):
        """the largest worker's own, without what is shared"""

        largest = 0

        for pid in self.workers():
            with open('/proc/%d/status' % pid) as f:
                for line in f:
                    if line.startswith('RssAnon:'):
                        largest = max(largest, int(line.split()[1]))

        return largest


class Journal:
    """the file's numbers; see src/gate/usage/gate_journal_layout.h"""

    UNITS = ('served', 'refused_upstream', 'aborted', 'interrupted')
    RECORD, CELL, RETIRED = 256, 512, 728
    COUNT, ASIDE = (1 << 48) - 1, 2

    def __init__(self, path):
        self.path = path

    def copy(self):
        with open(self.path, 'rb') as f:
            return f.read()

    def restore(self, data):
        """into the same inode"""

        with open(self.path, 'r+b') as f:
            f.write(data)

    def numbers(self):
        """while nobody changes them"""

        data = self.copy()

        (_, _, writers, _, _, slots, cells, _, writers_at, slots_at, _,
         hashes_at, _, dirty_at, cells_at) = struct.unpack_from(
             '<QIIQIIIIQQQQQQQ', data)

        n = dict(zip(self.UNITS, struct.unpack_from('<4Q', data,
                                                    self.RETIRED)))
        n['opened'] = sum(
            struct.unpack_from('<Q', data, at + 16)[0] & self.COUNT for at in
            range(writers_at, slots_at, self.RECORD)[:writers])
        n['open'] = sum(1 for word in memoryview(
            data)[slots_at:slots_at + 16 * slots].cast('I')[::4] if word)
        n['dirty'] = 0

        hashes = struct.unpack_from('<%dQ' % cells, data, hashes_at)

        for i in (i for i, h in enumerate(hashes) if h):
            if data[dirty_at + i] == self.ASIDE:
                raise RuntimeError('cell %d of %s is damaged' % (i, self.path))

            n['dirty'] += data[dirty_at + i]

            for unit, value in zip(self.UNITS, struct.unpack_from(
                    '<4Q', data, cells_at + self.CELL * i + 64)):
                n[unit] += value

        return n

    def slots(self):
        data = self.copy()

        _, _, _, _, _, slots, _, _, _, at = struct.unpack_from(
            '<QIIQIIIIQQ', data)

        return [at + 16 * i for i, (word, _, _) in
                enumerate(struct.iter_unpack('<IIQ',
                                             data[at:at + 16 * slots]))
                if word]

    def forget(self):
        """an open slot is closed, and counted nowhere"""

        at = self.slots()[0]

        with open(self.path, 'r+b') as f:
            f.seek(at)
            f.write(struct.pack('<Q', 0))
