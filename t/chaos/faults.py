"""What is done to nginx and to Redis while the callers call.

A fault is a function of the world; when it returns, nginx or Redis is whole
again.  The two tables are gone through in random order, as bags: each row
once, then all of them again.
"""

import shutil
import signal
import time

from world import alive, children, kill, wait_for


# nginx


def one_worker(w):
    w.nginx.kill_workers([w.rng.choice(w.nginx.workers())])


def two_in_a_row(w):
    one_worker(w)
    one_worker(w)


def all_workers(w):
    w.nginx.kill_workers(w.nginx.workers())


def the_shipper(w):
    """whoever holds the connection to Redis"""

    port = ':%04X' % w.redis.port

    with open('/proc/net/tcp') as f:
        inodes = {line.split()[9] for line in f
                  if line.split()[2].endswith(port)}

    for pid in w.nginx.workers():
        if w.nginx.sockets(pid) & inodes:
            w.nginx.kill_workers([pid])
            return

    one_worker(w)


def stalled_worker(w):
    """it does not answer, yet it is not dead: nobody may inherit from it"""

    pid = w.rng.choice(w.nginx.workers())

    kill(pid, signal.SIGSTOP)
    time.sleep(w.rng.uniform(1.2, 2.5))
    kill(pid, signal.SIGCONT)


def master_alone(w):
    """orphans go on serving, then they are killed as well"""

    w.nginx.kill_everything([w.nginx.pid], w.rng, w.rng.uniform(0.3, 1.5))
    w.nginx.start()


def everything(w):
    w.nginx.kill_everything([w.nginx.pid], w.rng)
    time.sleep(w.rng.choice([0, 0, 0.5]))
    w.nginx.start()


def reload(w):
    old = w.nginx.workers()
    w.nginx.signal(signal.SIGHUP)
    wait_for('new workers', lambda: len(w.nginx.workers()) == 2
             and not set(w.nginx.workers()) & set(old))


def reloads(w):
    for _ in range(3):
        reload(w)


def reload_and_kill(w):
    """two generations at once, and one of each dies"""

    old = w.nginx.workers()
    w.nginx.signal(signal.SIGHUP)
    wait_for('new workers', lambda: set(w.nginx.workers()) - set(old))

    pids = [p for p in children(w.nginx.pid)]
    w.nginx.kill_workers(w.rng.sample(pids, min(2, len(pids))))


def bad_reload(w):
    """the journal's size cannot change: the old configuration serves on"""

    before = len(w.nginx.log())
    workers = w.nginx.workers()

    w.nginx.configure(size='8m')
    w.nginx.signal(signal.SIGHUP)
    w.nginx.log_has('configured are 8388608', before)
    w.nginx.configure()
    w.expected('bad reload', set(w.nginx.workers()) == set(workers))


def begin_upgrade(w):
    """(old master, new master); both serve"""

    old = w.nginx.pid

    w.nginx.signal(signal.SIGUSR2)
    new = wait_for('a new master', lambda: w.nginx.pid_file() != old
                   and w.nginx.pid_file())
    wait_for('its workers', lambda: len(w.nginx.workers(new)) == 2)

    return old, new


def upgrade(w):
    old, new = begin_upgrade(w)

    w.nginx.signal(signal.SIGWINCH, old)
    wait_for('no old workers', lambda: not w.nginx.workers(old))
    w.nginx.signal(signal.SIGQUIT, old)
    w.nginx.pid = new
    wait_for('no old master', lambda: not alive(old))


def upgrade_back(w):
    old, new = begin_upgrade(w)

    w.nginx.signal(signal.SIGWINCH, old)
    wait_for('no old workers', lambda: not w.nginx.workers(old))
    w.nginx.signal(signal.SIGHUP, old)
    wait_for('old workers again', lambda: len(w.nginx.workers(old)) == 2)
    w.nginx.signal(signal.SIGQUIT, new)
    wait_for('no new master', lambda: not alive(new))
    wait_for('the old pid file', lambda: w.nginx.pid_file() == old)


def upgrade_killed(w):
    masters = begin_upgrade(w)

    w.nginx.kill_everything(masters, w.rng)
    w.nginx.start()


def renamed(w):
    """another gate_node: a label and no more"""

    w.nginx.values['node'] = 'chaos-%d' % w.rng.randrange(1000)
    w.nginx.configure()
    reload(w)


NGINX = [one_worker, one_worker, two_in_a_row, all_workers, the_shipper,
         stalled_worker, everything, everything, master_alone, reload, reloads,
         reload_and_kill, bad_reload, upgrade, upgrade_back, upgrade_killed,
         renamed]


# the journal's file, while Redis loses nothing: of what an older copy lacks,
# and of a file that was closed out, Redis has the only copy


def moved(w):
    """another gate_journal, also one that was used before"""

    w.nginx.move_journal()
    reload(w)


def moved_and_killed(w):
    """everything dies with two files in use"""

    w.nginx.move_journal()
    w.nginx.signal(signal.SIGHUP)
    time.sleep(w.rng.uniform(0, 1))
    w.nginx.kill_everything([w.nginx.pid], w.rng)
    w.nginx.start()


def restored(w):
    """an older copy of the journal takes its place"""

    w.nginx.rest()
    copy = w.nginx.journal().copy()
    w.nginx.start()
    time.sleep(w.rng.uniform(1, 3))

    w.nginx.rest()
    w.nginx.restore(copy)
    w.nginx.start()


FILES = [moved, moved, moved_and_killed, restored, renamed, one_worker,
         everything, upgrade]


# Redis


def stopped(w):
    """accepts connections, answers nothing: longer than the deadline"""

    w.redis.process.popen.send_signal(signal.SIGSTOP)
    time.sleep(w.rng.uniform(0.5, 3.5))
    w.redis.process.popen.send_signal(signal.SIGCONT)


def away(w):
    w.redis.kill()
    time.sleep(w.rng.uniform(0.5, 2))
    w.redis.start()


def killed(w):
    w.redis.kill()
    w.redis.start()


def killed_and_empty(w):
    w.redis.kill()
    w.redis.empty()
    w.redis.start()


def emptied(w):
    w.redis.ask('FLUSHALL')


def older(w):
    """back to what it was some time ago, as after a failover"""

    copy = w.redis.folder + '.old'

    shutil.rmtree(copy, ignore_errors=True)
    shutil.copytree(w.redis.folder, copy)
    time.sleep(w.rng.uniform(1, 2))
    w.redis.kill()
    shutil.rmtree(w.redis.folder)
    shutil.move(copy, w.redis.folder)
    w.redis.start()


def scripts_forgotten(w):
    w.redis.ask('SCRIPT', 'FLUSH')


def connections_killed(w):
    w.redis.ask('CLIENT', 'KILL', 'TYPE', 'normal', 'SKIPME', 'yes')


def out_of_memory(w):
    w.redis.ask('CONFIG', 'SET', 'maxmemory', '1')
    time.sleep(w.rng.uniform(0.5, 2))
    w.redis.ask('CONFIG', 'SET', 'maxmemory', '0')


KEEPS = [stopped, away, killed, scripts_forgotten, connections_killed,
         out_of_memory]

REDIS = [stopped, away, killed, killed_and_empty, emptied, older,
         scripts_forgotten, connections_killed, out_of_memory]


def bag(table, rng):
    while True:
        for fault in rng.sample(table, len(table)):
            yield fault
