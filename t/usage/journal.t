#!/usr/bin/env perl
#
# Copyright (C) 2026 Meshgate contributors
#
# gate_journal: the file and the processes that write to it.  Workers that
# die, reloads, upgrades, other users, two nodes, files that are not ours, a
# full one, the change of an hour.  How requests end is in t/usage/meter.t.

use strict;
use warnings;

use lib 't/lib';

use Digest::SHA qw(sha256_hex);
use File::Path qw(make_path remove_tree);
use IO::Socket::INET;
use POSIX ();
use Test::More;
use Time::HiRes qw(sleep time);

use GateBackend;
use GateClient;

my $nginx = $ENV{GATE_NGINX} or plan skip_all => 'run it by make t/usage/journal.t';
my $root = $ENV{TEST_NGINX_SERVROOT};
my $base = $ENV{GATE_PORT_BASE};
my $workers = $ENV{GATE_WORKERS} || 1;
my $asan = ($ENV{GATE_MODE} // '') eq 'asan';

my ($port, $second, $redis_port) = ($base + 1, $base + 2, $base + 3);
my (%running, $redis);

END {
    my $code = $?;

    kill('KILL', $_, workers({ pid => $_ })) for keys %running;
    redis_stop();
    $? = $code;
}

remove_tree($root);
make_path("$root/logs");
chmod(0755, $root);

my $backend = GateBackend->start(port => $base, dir => $root);
my $n;


# A worker that dies.

$n = start('died', workers => 2);

my $held = hold($n, '/sleep=60');
my ($whose) = grep { has_open($_, $held) } workers($n);

is(journal($n)->{open}, 1, 'a request is open');
kill('KILL', $whose);
ok(wait_for(sub { journal($n)->{interrupted} == 1 }),
   'the worker is killed: it is interrupted');
like(ends($n), qr/^1 opened, 1 interrupted/, '... and that is all');
like(log_of($n), qr/\[warn\].* 1 open request of a worker that died/,
     '... and it is said');

get($n) for 1 .. 10;
is(ends($n), '11 opened, 10 served, 1 interrupted', 'others go on');

my @held = map { hold($n, '/sleep=60') } 1 .. 20;

kill('KILL', workers($n));
ok(wait_for(sub { journal($n)->{interrupted} == 21 }),
   'all workers are killed: all is interrupted');
is(ends($n), '31 opened, 10 served, 21 interrupted', '... and that is all');
wait_for(sub { journal($n)->{writers} == 2 });
is(journal($n)->{writers}, 2, 'there are as many writers as workers');

@held = map { hold($n, '/sleep=60') } 1 .. 5;
kill_all($n);
launch($n);
ok(wait_for(sub { journal($n)->{interrupted} == 26 }),
   'everything is killed: found at the next start');
is(ends($n), '36 opened, 10 served, 26 interrupted', '... and that is all');

@held = map { hold($n, '/sleep=60') } 1 .. 3;
kill('TERM', $n->{pid});
wait_for(sub { !alive($n->{pid}) });
launch($n);
is(ends($n), '39 opened, 10 served, 29 interrupted',
   'a fast shutdown interrupts as well');

stop($n);
is(complaints($n, qr/exited on signal 9/), '', 'no complaint');


# Reloads and upgrades.

$n = start('reload');
get($n) for 1 .. 5;

my $epoch = journal($n)->{epoch};

$held = hold($n, '/sleep=2');
reload($n);
get($n) for 1 .. 5;
is(journal($n)->{slots_opened}, 11, 'a reload keeps counts');
is($held->read()->{status}, 200, 'what was open goes on to its end');
ok(wait_for(sub { ends($n) eq '11 opened, 11 served' }), '... and is served')
    or diag(ends($n));
ok(wait_for(sub { journal($n)->{writers} == $workers }),
   '... and its writer is no more');

$held = hold($n, '/sleep=2');
upgrade($n);
get($n) for 1 .. 5;
is($held->read()->{status}, 200, 'a request lasts over an upgrade');
ok(wait_for(sub { ends($n) eq '17 opened, 17 served' }), '... and is served')
    or diag(ends($n));
is(journal($n)->{epoch}, $epoch, '... in the same epoch');

stop($n);
launch($n);
is(ends($n), '17 opened, 17 served', 'a restart keeps counts');
isnt(journal($n)->{epoch}, $epoch, '... in an epoch of its own');

my $id = get($n)->field('x-usage');

stop($n);
launch($n);
isnt(get($n)->field('x-usage'), $id, 'a usage id is not used again');
stop($n);
is(complaints($n), '', 'no complaint');


# Files that are not ours: at the start, in a test, and at a reload.

$n = { name => 'foreign', port => $port };

for my $case (
    [ 'text', "hello\n" x 200_000, 'is not a journal|bytes, configured' ],
    [ 'short text', 'hello', 'is not a journal|bytes, configured' ],
    [ 'noise', join('', map { chr(int rand 256) } 1 .. 1 << 20),
      'is not a journal' ],
    [ 'a truncated one', sub { truncate($_[0], 1 << 19) },
      'file is 524288 bytes, configured are 1048576' ],
    [ 'a longer one', sub { truncate($_[0], 1 << 21) },
      'file is 2097152 bytes, configured are 1048576' ],
    [ 'a damaged header', sub { patch($_[0], 16, "\1") },
      'header is damaged|bytes, configured' ],
    [ 'a newer version', sub { patch($_[0], 8, "\xff"); patch($_[0], 96, 'crc!') },
      'is a journal of version 255, which is newer than this release' ],
    [ 'an older version', sub { patch($_[0], 8, "\1"); patch($_[0], 96, 'crc!') },
      'is a journal of version 1, which is not read any more' ],
    [ 'a damaged version', sub { patch($_[0], 8, "\3") }, 'header is damaged' ],
    [ 'a folder', sub { unlink $_[0]; mkdir $_[0] },
      'Is a directory|not a regular file' ],
)
{
    my ($name, $what, $message) = @$case;
    my $file = "$root/foreign/bad";

    configure($n);
    remove_tree($file);

    if (ref $what) {
        configure($n, journal => $file);
        launch($n);
        stop($n);
        $what->($file);

    } else {
        spew($file, $what);
    }

    my $sum = -f $file ? sha256_hex(slurp($file)) : '';

    configure($n);
    launch($n);
    get($n);

    my @pids = workers($n);
    my $was = ends($n);

    configure($n, journal => $file);
    like(run($n, '-t'), qr/\[emerg\] .*gate_journal "\Q$file\E": .*($message)/,
         "$name is refused in a test");

    my $said = length log_of($n);

    kill('HUP', $n->{pid});
    ok(wait_for(sub { substr(log_of($n), $said) =~ /\[emerg\] .*$message/ }),
       '... and at a reload');
    is("@{[ workers($n) ]}", "@pids", '... where the workers stay');
    is(get($n)->{status}, 200, '... and serve');
    is(ends($n), $was =~ s/\d+/$& + 1/ger, '... and count');

    stop($n);
    like(run($n), qr/\[emerg\] .*gate_journal .*($message)/,
         '... and at the start');
    is(-f $file ? sha256_hex(slurp($file)) : '', $sum,
       '... and stays as it was');
    is(complaints($n, qr/gate_journal/), '', '... without more');
}

remove_tree("$root/foreign/bad");


# What a test leaves alone.

configure($n, journal => "$root/foreign/none");
is(run($n, '-t') =~ /test is successful/, 1, 'without a file a test is fine');
ok(!-e "$root/foreign/none", '... and makes none');

configure($n, journal => "$root/nowhere/none");
like(run($n), qr/\[emerg\] .*gate_journal "[^"]*": there is no folder /,
     'a folder that is not there is an error at the start');

configure($n);
launch($n);
get($n);
$held = hold($n, '/sleep=60');

my @was = (stat "$root/foreign/usage")[0, 1, 2, 4, 5, 7];

is(run($n, '-t') =~ /test is successful/, 1, 'a test beside one that runs');
is("@{[ (stat qq($root/foreign/usage))[0, 1, 2, 4, 5, 7] ]}", "@was",
   '... leaves its file alone');
is(journal($n)->{open}, 1, '... and what is open');
$held->close();
stop($n);


# Without a master.

$n = start('single', main => 'master_process off;', daemon => 0,
           workers => 1);
get($n) for 1 .. 3;
is(ends($n), '3 opened, 3 served', 'without a master');

$held = hold($n, '/sleep=60');
kill('KILL', $n->{pid});
waitpid($n->{pid}, 0);
launch($n);
is(ends($n), '4 opened, 3 served, 1 interrupted',
   '... and killed, which is found at the next start');
stop($n);
is(complaints($n), '', 'no complaint');


# Workers of another user.

SKIP: {
    skip('only root can be another', 12) if $> != 0;

    my ($uid, $gid) = (getpwnam('nobody'))[2, 3];
    my $group = getgrgid($gid);

    $n = start('nobody', main => "user nobody $group;");

    my @stat = stat("$root/nobody/usage");

    is("$stat[4] $stat[5]", "$uid $gid", 'the file is of the workers');
    is(sprintf('%o', $stat[2] & 07777), '600', '... and of nobody else');
    is(join(' ', (stat("$root/nobody"))[2, 4]), 040755 . ' 0',
       '... in a folder of root');
    is((stat "/proc/@{[ (workers($n))[0] ]}")[4], $uid,
       'workers are not root');
    get($n) for 1 .. 3;
    is(ends($n), '3 opened, 3 served', '... and count');

    $held = hold($n, '/sleep=60');
    kill('KILL', workers($n));
    ok(wait_for(sub { journal($n)->{interrupted} == 1 }),
       '... and find what one left that died');
    reload($n);
    get($n);
    is(ends($n), '5 opened, 4 served, 1 interrupted', '... over a reload');
    upgrade($n);
    get($n);
    is(ends($n), '6 opened, 5 served, 1 interrupted', '... and an upgrade');

    configure($n, main => "user daemon;");
    reload($n);
    is(get($n)->{status}, 200, 'the user is changed: it serves');
    is(ends($n), '7 opened, 6 served, 1 interrupted', '... and counts');
    stop($n);
    is(complaints($n, qr/exited on signal 9/), '', 'no complaint');

    $n = start('root', main => 'user root;');
    get($n);
    configure($n, main => "user nobody $group;");
    stop($n);
    launch($n);
    get($n);
    is(ends($n), '2 opened, 2 served', 'from root to another user');
    stop($n);
}


# A full one.

my $many = 3000;
my $callers = join('', map { 'gate_consumer c' . $_ . ' { key sha256:'
                             . sha256_hex("k$_") . "; }\n" } 1 .. $many);

# one worker: cells are a worker's own

$n = start('full', http => $callers, workers => 1);

my $room = journal($n)->{cells};
my %status = fill($n);

cmp_ok($room, '<', $many, 'there are more callers than cells');
is(join(' ', sort keys %status), '200 503', 'some are served, some refused');
is(ends($n), "$status{200} opened, $status{200} served",
   'those that are served have a slot');
cmp_ok($status{200}, '<=', $room, '... and a cell');
is(get($n, '/', 'k1')->{status}, 200, 'who has a cell goes on');

my $r = get($n, '/', "k$many");

is($r->{status}, 503, 'who has none does not');
is($r->json()->{reason}, 'journal_full', '... because the journal is full');
is($r->field('x-usage'), undef, '... and no slot was opened');
like(log_of($n), qr/\[alert\] .*no room in ".*", requests are refused/,
     '... which is said');

configure($n, http => $callers, journal => "$root/full/usage", more =>
          'full=serve');
reload($n);

my $j = journal($n);

is(get($n, '/', "k$many")->{status}, 200, 'full=serve: served nevertheless');
is(get($n, '/', "k$many")->field('x-usage'), undef, '... without a slot');
is(journal($n)->{slots_opened}, $j->{slots_opened}, '... indeed');
is(journal($n)->{unbilled}, 2, '... and counted');
is(get($n, '/twice', "k$many")->{status}, 200, '... also over a redirect');
is(journal($n)->{unbilled}, 3, '... once');
like(log_of($n), qr/\[alert\] .*requests are served and not billed/,
     '... and said');
stop($n);
is(complaints($n, qr/no room/), '', 'no complaint besides');


# Two nodes and one Redis; then two that have one name.

redis_start();

for my $names ([ 'n1', 'n2' ], [ 'n3', 'n3' ]) {
    my @nodes = map {
        start("node-$names->[0]-$_", port => $_ ? $second : $port,
              http => "gate_redis 127.0.0.1:$redis_port;\n"
                      . "gate_node $names->[$_];")
    } 0, 1;

    redis('FLUSHALL');
    get($nodes[0]) for 1 .. 3;
    get($nodes[1]) for 1 .. 4;
    get($nodes[0], '/close');

    ok(wait_for(sub { redis_sum('u', 'served') == 7 }),
       "@$names: served is the sum of both")
        or diag(redis_sum('u', 'served'));
    ok(wait_for(sub { redis_sum('u', 'refused_upstream') == 1 }),
       '... so is what was not');
    is(redis_sum('e', 'served'), 7, '... so are the epochs');

    kill_all($_), launch($_) for @nodes;
    get($_) for @nodes;
    redis('FLUSHALL');
    ok(wait_for(sub { redis_sum('u', 'served') == 9 }),
       '... also after all was killed and Redis emptied')
        or diag(redis_sum('u', 'served'));

    stop($_) for @nodes;
    is(complaints($_), '', 'no complaint') for @nodes;
}


# A journal that is restored, or copied: each cold start has its own epoch.

for my $late (0, 1) {
    my $when = $late ? 'Redis away at the start' : 'Redis there';

    redis('FLUSHALL');
    $n = start("restored-$late",
               http => "gate_redis 127.0.0.1:$redis_port;\ngate_node n1;");
    $epoch = journal($n)->{epoch};

    get($n) for 1 .. 50;
    wait_for(sub { redis_sum('u', 'served') == 50 });
    stop($n);

    my $backup = slurp("$root/restored-$late/usage");

    launch($n);
    get($n) for 1 .. 100;
    wait_for(sub { redis_sum('u', 'served') == 150 });
    is(redis_sum('u', 'served'), 150, "$when: before the file is restored");
    stop($n);

    # the same inode, as tar and rsync --inplace leave it

    patch("$root/restored-$late/usage", 0, $backup);
    kill('STOP', $redis) if $late;
    launch($n);
    get($n) for 1 .. 80;
    kill('CONT', $redis) if $late;
    ok(wait_for(sub { redis_sum('u', 'served') == 230 }),
       '... nothing of what came since is swallowed')
        or diag(redis_sum('u', 'served'));
    sleep(1.5);
    is(redis_sum('u', 'served'), 230, '... nor counted twice');
    is(redis_sum('e', 'served'), 230, '... and the epochs say so, too');
    isnt(journal($n)->{epoch}, $epoch, '... in a new epoch');

    # as sparse files and cp --reflink do, in a running nginx

    my $copy = { name => "copied-$late", port => $second };

    configure($copy, http => "gate_redis 127.0.0.1:$redis_port;\n"
                             . 'gate_node n1;');
    spew("$root/copied-$late/usage", slurp("$root/restored-$late/usage"));
    kill('STOP', $redis) if $late;
    launch($copy);
    get($n), get($copy), get($copy) for 1 .. 40;
    kill('CONT', $redis) if $late;
    ok(wait_for(sub { redis_sum('u', 'served') == 350 }),
       '... a copy beside it counts on its own')
        or diag(redis_sum('u', 'served'));

    # older than what Redis has, while nobody is there

    kill_all($_) for $n, $copy;
    patch("$root/restored-$late/usage", 0, $backup);
    patch("$root/copied-$late/usage", 0, $backup);
    launch($_) for $n, $copy;
    get($n), get($copy) for 1 .. 10;
    ok(wait_for(sub { redis_sum('u', 'served') == 370 }),
       '... also both from one backup')
        or diag(redis_sum('u', 'served'));

    stop($_) for $n, $copy;
    is(complaints($_), '', 'no complaint') for $n, $copy;
}


# A full one whose totals Redis has: nobody is refused.

redis('FLUSHALL');
$n = start('room', http => "gate_redis 127.0.0.1:$redis_port;\n$callers");
$room = journal($n)->{cells};

my $again = 3;
my %all;

for my $round (1 .. $again) {
    my %got = fill($n);
    $all{$_} += $got{$_} for keys %got;
}

is_deeply(\%all, { 200 => $again * $many },
          "room for $room totals, $many callers at once: all are served");
ok(wait_for(sub { redis_sum('u', 'served') == $again * $many }),
   '... and billed') or diag(redis_sum('u', 'served'));
ok(wait_for(sub { journal($n)->{cells_used} <= $room * 3 / 4 }),
   '... and there is room for more');
is(ends($n), "@{[ $again * $many ]} opened, @{[ $again * $many ]} served",
   '... in the journal, too');
like(log_of($n), qr/\[warn\].* cells that Redis has were given up/,
     '... which is said');

kill('STOP', $redis);

my %late = fill($n);

ok($late{503}, 'while Redis does not answer there is an end of it');
sleep(3);                       # the deadline passes, the connection is cut
kill('CONT', $redis);
sleep(1.5);
ok(wait_for(sub { journal($n)->{dirty} == 0 }), '... then it answers');
%late = fill($n);
is_deeply(\%late, { 200 => $many }, '... and all are served again');
stop($n);
is(complaints($n, qr/no room/), '', 'no complaint besides');


# What a request reserved may be another one's when it has waited for its turn.

redis('FLUSHALL');
$n = start('held', workers => 1,
           http => "gate_redis 127.0.0.1:$redis_port;\ngate_zone z 1m;\n$callers",
           server => 'location /held/ { gate_limit rate=1r/s burst=9 delay=0'
                     . ' key=$remote_addr; gate_pass http://sidecar; }');

my @waiting = map { ask($n, '/held/', "k$_", 'close') } 1 .. 6;
my %more = fill($n);

is_deeply(\%more, { 200 => $many }, "while six wait for their turn, $many are served");
is(join(' ', map { ($_->read() // { status => 0 })->{status} } @waiting),
   '200 200 200 200 200 200', '... then these');
ok(wait_for(sub { journal($n)->{dirty} == 0 }), '... all of it is shipped');
is(join(' ', map { redis_sum("u:{c$_}", 'served') } 1 .. 7), '2 2 2 2 2 2 1',
   '... to whom it is due');
stop($n);
is(complaints($n, qr/no room/), '', 'no complaint besides');


# Room is made for the requests of every worker: they wait for it meanwhile.

redis('FLUSHALL');
$n = start('waits', workers => 2,
           http => "gate_redis 127.0.0.1:$redis_port;\n$callers");

my %crowd = crowd($n, 6);

is_deeply(\%crowd, { 200 => 6 * $many },
          "two workers, @{[ 6 * $many ]} requests at once: nobody is refused");
ok(wait_for(sub { redis_sum('u', 'served') == 6 * $many }), '... all is billed')
    or diag(redis_sum('u', 'served'));

# with Redis hung there is no hope, which the first one finds out

ok(wait_for(sub { journal($n)->{dirty} == 0 }), 'Redis has all of it');
kill('STOP', $redis);

my ($hung, $took) = (0, 0);
my $c = GateClient->new($n->{port});

for my $i (1 .. $many) {
    my $t = time;

    $c->write("GET / HTTP/1.1\r\nHost: a\r\napikey: k$i\r\n\r\n");

    my $r = $c->read() // last;

    $c = GateClient->new($n->{port})
        if ($r->field('connection') // '') eq 'close';

    next if $r->{status} == 200;

    $took ||= time - $t;
    last if ++$hung == 50;
}

cmp_ok($took, '>=', 0.15, 'Redis hangs: the first without room waits a while');
is($hung, 50, '... and those behind it are refused');

sleep(0.4);                     # another one may hope again

for my $i (1 .. 40) {
    my $leaves = GateClient->new($n->{port});

    $leaves->write("GET / HTTP/1.1\r\nHost: a\r\napikey: k"
                   . ($many - $i) . "\r\n\r\n");
    sleep(0.002);
}

kill('CONT', $redis);
ok(wait_for(sub { journal($n)->{dirty} == 0 }), 'Redis answers again');
%crowd = crowd($n, 2);
is_deeply(\%crowd, { 200 => 2 * $many }, '... and all are served again');

my $left = journal($n);

is($left->{open}, 0, 'what left while it waited has left nothing open');
is($left->{slots_opened}, $left->{served} + $left->{aborted}
                          + $left->{refused_upstream}, '... and what it opened has ended');
stop($n);
is(complaints($n, qr/no room/), '', 'no complaint besides');


# Cold starts do not fill a journal: what Redis has makes room.

redis('FLUSHALL');
$n = start('cold', http => "gate_redis 127.0.0.1:$redis_port;\n$callers");

my ($asked, $refused, %epochs) = (0, 0);

for my $round (1 .. 25) {
    for my $i (1 .. 80) {
        $refused += get($n, '/', "k$i")->{status} != 200;
        $asked++;
    }

    $epochs{ journal($n)->{epoch} } = 1;
    wait_for(sub { journal($n)->{dirty} == 0 }) if $round > 3;
    ends($n);
    kill_all($n);
    launch($n);
}

is($refused, 0, 'cold starts: nobody is refused');
is(scalar keys %epochs, 25, '... each has an epoch');
ok(wait_for(sub { redis_sum('u', 'served') == $asked }),
   '... and all is counted once') or diag(redis_sum('u', 'served'));
stop($n);
is(complaints($n), '', 'no complaint');


# Another file: the old one is closed out by the new workers.

my $lines = "gate_redis 127.0.0.1:$redis_port;\ngate_node n1;";
my $gone = qr/all of "[^"]*" is in Redis, it is not used any more/;

redis('FLUSHALL');
$n = start('moved', http => $lines);

my $old = "$root/moved/usage";
my $sum = 0;

for my $file ("$root/moved/second", "$root/moved/third", $old) {
    my $from = length log_of($n);

    @held = map { hold($n, '/sleep=3') } 1 .. 10;
    kill('STOP', $redis);
    configure($n, http => $lines, journal => $file);
    reload($n);
    get($n) for 1 .. 5;
    kill('CONT', $redis);

    is(scalar(grep { $_->read()->{status} == 200 } @held), 10,
       'another file: what was open goes on to its end');
    $sum += 15;
    ok(wait_for(sub { redis_sum('u', 'served') == $sum }),
       '... and is billed, as what came since')
        or diag(redis_sum('u', 'served') . " of $sum");
    ok(wait_for(sub { substr(log_of($n), $from) =~ $gone }),
       '... and the old file is closed out');
}

is(ends($n), '15 opened, 15 served', 'back in the first file, it goes on');

# killed before that could be done: the new file knows of the old one

kill('STOP', $redis);
@held = map { hold($n, '/sleep=60') } 1 .. 4;
get($n) for 1 .. 6;
configure($n, http => $lines, journal => "$root/moved/second");
reload($n);
get($n) for 1 .. 7;
configure($n, http => $lines, journal => "$root/moved/third");
reload($n);
get($n) for 1 .. 8;
is(ends($n), '23 opened, 23 served', 'three files, two of them old');
kill_all($n);
launch($n);
kill('CONT', $redis);
$sum += 21;
ok(wait_for(sub { redis_sum('u', 'served') == $sum }),
   'all is killed: two files that were used before are shipped')
    or diag(redis_sum('u', 'served') . " of $sum");
ok(wait_for(sub { redis_sum('u', 'interrupted') == 4 }),
   '... with what was open');
ok(wait_for(sub { (() = log_of($n) =~ /$gone/g) >= 5 }),
   '... and both are closed out');
stop($n);

my $from = length log_of($n);

launch($n);
unlike(substr(log_of($n), $from), qr/until it is clean/, '... for good');

# one that is used again, while those before it wait: it is the last one now,
# and what it had followed is not forgotten

kill('STOP', $redis);
get($n);

for my $file (qw(fourth fifth fourth)) {
    configure($n, http => $lines, journal => "$root/moved/$file");
    reload($n);
    get($n) for 1 .. 3;
}

ends($n);                       # an answer is out before its slot is closed
kill_all($n);
launch($n);
kill('CONT', $redis);
$sum += 10;
ok(wait_for(sub { redis_sum('u', 'served') == $sum }),
   'all is killed after a file was used again: each of the others is shipped')
    or diag(redis_sum('u', 'served') . " of $sum");
stop($n);
configure($n, http => $lines, journal => "$root/moved/third");
launch($n);

# replaced under nginx: the file that it has is another one from then on

@held = map { hold($n, '/sleep=2') } 1 .. 3;
kill('STOP', $redis);
get($n) for 1 .. 3;
rename("$root/moved/third", "$root/moved/aside");
reload($n);
get($n) for 1 .. 4;
unlink("$root/moved/aside");
kill('CONT', $redis);
$_->read() for @held;
$sum += 10;
ok(wait_for(sub { redis_sum('u', 'served') == $sum }),
   'a file that is moved away and deleted is shipped by its descriptor')
    or diag(redis_sum('u', 'served') . " of $sum");
is(redis_sum('e', 'served'), $sum, 'no epoch counts twice');

stop($n);
is(complaints($n), '', 'no complaint');


# More writers than there will ever be.

$n = start('writers', http => $lines);
redis('FLUSHALL');
reload($n);

my $locks = lock_records("$root/writers/usage", 300 .. 1023);

reload($n);
get($n) for 1 .. 3;
is(ends($n), '3 opened, 3 served', 'hundreds of writers live: one more does');
undef $locks;

stop($n);
unlink("$root/writers/usage");
launch($n);
stop($n);
$locks = lock_records("$root/writers/usage", 0 .. 1023);
launch($n);
is(get($n)->{status}, 503, 'no record is free: a request is refused');
like(log_of($n), qr/\[alert\] .*no writer record is free/, '... and it is said');
undef $locks;
ok(wait_for(sub { get($n)->{status} == 200 }),
   '... until there is one: it is tried again');
stop($n);
is(complaints($n, qr/no writer record|no room/), '', 'no complaint besides');


# The change of an hour, by a clock that can be set.

SKIP: {
    my $clock = clock();

    skip('no clock of our own here', 6) if !$clock;

    local $ENV{LD_PRELOAD} = $clock;
    local $ENV{GATE_TEST_CLOCK} = "$root/clock";

    redis('FLUSHALL');
    set_clock(0);
    $n = start('hour', http => "gate_redis 127.0.0.1:$redis_port;\n"
                               . 'gate_node n1;');
    get($n);
    $held = hold($n, '/sleep=4');
    set_clock(3600);
    is($held->read()->{status}, 200, 'a request lasts over the hour');
    get($n);
    wait_for(sub { redis_sum('u', 'served') == 3 });
    is(redis_sum('u', 'served'), 3, 'all are counted');

    my @keys = sort @{ redis('KEYS', 'gate:u:*') };

    is(scalar @keys, 2, '... in two hours');
    is(join(' ', map { redis('HGET', $_, 'a|v1|-|served') } @keys), '1 2',
       '... each in that of its end');

    set_clock(0);
    get($n);
    ok(wait_for(sub { redis_sum('u', 'served') == 4 }),
       'a clock that is set back loses nothing');
    is(ends($n), '4 opened, 4 served', '... nor in the journal');
    stop($n);
    is(complaints($n), '', 'no complaint');
}

redis_stop();
done_testing();


# An instance: its folder is $root/NAME.

sub start {
    my ($name, %arg) = @_;

    my $self = { port => $port, %arg, name => $name };

    configure($self, %arg);
    launch($self);

    return $self;
}


sub configure {
    my ($self, %arg) = @_;

    my $dir = "$root/$self->{name}";
    my $count = $self->{workers} // $workers;
    my %v = (main => '', http => '', more => '', server => '', journal => "$dir/usage",
             %arg);

    make_path("$dir/logs");
    chmod(0755, $dir);

    spew("$dir/nginx.conf", <<"CONF");
$v{main}
load_module $ENV{GATE_MODULE};
worker_processes $count;
error_log $dir/logs/error.log info;
pid $dir/logs/nginx.pid;
env LD_PRELOAD;
env ASAN_OPTIONS;
env GATE_TEST_CLOCK;
events { worker_connections 256; }

http {
    access_log off;
    client_body_temp_path $dir/t1;
    proxy_temp_path $dir/t2;
    fastcgi_temp_path $dir/t3;
    uwsgi_temp_path $dir/t4;
    scgi_temp_path $dir/t5;

    gate_journal $v{journal} size=1m $v{more};
    $v{http}
    gate_consumer acme { key sha256:@{[ sha256_hex('secret') ]}; }

    upstream sidecar { server 127.0.0.1:$base; keepalive 4; }

    server {
        listen 127.0.0.1:$self->{port};

        gate_api      a version=v1;
        gate_auth     key;
        gate_meter    requests bytes;
        gate_service  s;
        add_header    X-Usage \$gate_usage_id always;

        $v{server}
        location = /status { gate_auth off; gate_meter off; gate_status; }
        location / { gate_pass http://sidecar; }
        location /twice { root /usr; try_files /none /; }
    }
}
CONF
}


sub run {
    my ($self, @args) = @_;

    my $dir = "$root/$self->{name}";

    return scalar `$nginx -p $dir/ -c $dir/nginx.conf @args 2>&1`;
}


sub launch {
    my ($self) = @_;

    my $dir = "$root/$self->{name}";

    delete $running{ $self->{pid} } if $self->{pid};
    unlink("$dir/logs/nginx.pid");

    if (defined $self->{daemon}) {
        $self->{pid} = fork() // die "fork: $!";

        if ($self->{pid} == 0) {
            exec($nginx, '-p', "$dir/", '-c', "$dir/nginx.conf", '-g',
                 'daemon off;') or POSIX::_exit(1);
        }

    } else {
        system("$nginx -p $dir/ -c $dir/nginx.conf 2>$dir/start") == 0
            or BAIL_OUT("$self->{name} does not start: "
                        . slurp("$dir/start"));
    }

    wait_for(sub { ($self->{pid}) = slurp("$dir/logs/nginx.pid") =~ /(\d+)/ });
    wait_for(sub { IO::Socket::INET->new("127.0.0.1:$self->{port}") });
    wait_for(sub { workers($self) == ($self->{workers} // $workers) })
        if !defined $self->{daemon};

    $running{ $self->{pid} } = $self;

    if (defined $self->{daemon}) {
        # of the parent, for the END block
        $self->{owned} = 1;

    } elsif ($ENV{TEST_NGINX_USE_HUP}) {
        reload($self);
    }
}


sub stop {
    my ($self) = @_;

    kill('QUIT', $self->{pid});
    ok(wait_for(sub {
           waitpid($self->{pid}, 1) if $self->{owned};
           return !alive($self->{pid});
       }), "$self->{name} ends");
    delete $running{ delete $self->{pid} };
}


sub kill_all {
    my ($self) = @_;

    # also those that shut down

    my @pids = ($self->{pid},
                split(' ', slurp("/proc/$self->{pid}/task/$self->{pid}/"
                                 . 'children')));

    kill('KILL', $_) for @pids;
    wait_for(sub { !grep { alive($_) } @pids });
    delete $running{ delete $self->{pid} };
}


sub reload {
    my ($self) = @_;

    my %old = map { $_ => 1 } workers($self);

    kill('HUP', $self->{pid});
    wait_for(sub {
        my @now = workers($self);
        return @now == keys %old && !grep { $old{$_} } @now;
    });
}


sub upgrade {
    my ($self) = @_;

    my $old = $self->{pid};
    my $file = "$root/$self->{name}/logs/nginx.pid";

    kill('USR2', $old);
    wait_for(sub {
        my ($new) = slurp($file) =~ /(\d+)/;
        return $new && $new != $old
               && workers({ pid => $new }) == workers({ pid => $old });
    });
    delete $running{$old};
    ($self->{pid}) = slurp($file) =~ /(\d+)/;
    $running{ $self->{pid} } = $self;

    isnt($self->{pid}, $old, 'a new binary starts');
    kill('WINCH', $old);
    wait_for(sub { !workers({ pid => $old }) });
    kill('QUIT', $old);
    ok(wait_for(sub { !alive($old) }), 'the old one ends');
}


# Those that do not shut down.

sub workers {
    my ($self) = @_;

    my $pid = $self->{pid} or return;

    return grep { slurp("/proc/$_/cmdline") =~ /worker process(?! is)/ }
           split(' ', slurp("/proc/$pid/task/$pid/children"));
}


sub alive {
    my ($pid) = @_;

    return slurp("/proc/$pid/stat") =~ /\) [^ZX]/;
}


sub get {
    my ($self, $target, $key) = @_;

    my $c = ask($self, $target, $key, 'close');

    return $c->read() // { status => 0 };
}


sub ask {
    my ($self, $target, $key, $connection) = @_;

    my $c = GateClient->new($self->{port});

    $c->write('GET ' . ($target // '/') . " HTTP/1.1\r\nHost: a\r\n"
              . 'apikey: ' . ($key // 'secret') . "\r\nConnection: "
              . ($connection // 'keep-alive') . "\r\n\r\n");

    return $c;
}


# A request that is open when this returns.

sub hold {
    my ($self, $target) = @_;

    my $was = journal($self)->{slots_opened};
    my $c = ask($self, $target);

    wait_for(sub { journal($self)->{slots_opened} > $was });

    return $c;
}


# The locks of writer records, held until what is returned is gone.

sub lock_records {
    my ($file, @records) = @_;

    open(my $fh, '+<', $file) or die "$file: $!";

    for my $record (@records) {
        fcntl($fh, 37, pack('s s x4 q q l x4', 1, 0,
                            (1 << 60) + 4096 + $record, 1, 0))
            or die "F_OFD_SETLK: $!";
    }

    return $fh;
}


# Has the process the other end of this connection?

sub has_open {
    my ($pid, $c) = @_;

    my $ends = sprintf('%08X:%04X %08X:%04X',
                       unpack('L', $c->{s}->peeraddr()), $c->{s}->peerport(),
                       unpack('L', $c->{s}->sockaddr()), $c->{s}->sockport());

    my ($inode) = map { (split)[9] } grep { index($_, $ends) >= 0 }
                  split(/\n/, slurp('/proc/net/tcp')) or return;

    return grep { (readlink($_) // '') eq "socket:[$inode]" }
           glob("/proc/$pid/fd/*");
}


# The first answer may come from a worker that dies: ask until one comes.

sub journal {
    my ($self) = @_;

    my $j;

    wait_for(sub {
        my $c = GateClient->new($self->{port});

        $c->write("GET /status HTTP/1.0\r\n\r\n");

        my $r = eval { $c->read() };

        return $r && ($j = $r->json()->{journal});
    });

    return $j // {};
}


# "2 opened, 1 served, 1 aborted", when nothing is open any more.

sub ends {
    my ($self) = @_;

    my $j = {};

    wait_for(sub { $j = journal($self); defined $j->{open} && !$j->{open} });

    return join(', ', ($j->{slots_opened} // 'nothing') . ' opened',
                map { $j->{$_} ? "$j->{$_} $_" : () }
                qw(served refused_upstream aborted interrupted));
}


# One request of each caller; how often each status came.

sub fill {
    my ($self) = @_;

    my %n;
    my $c = GateClient->new($self->{port});

    for my $i (1 .. $many) {
        $c->write("GET / HTTP/1.1\r\nHost: a\r\napikey: k$i\r\n\r\n");

        my $r = $c->read();

        $n{ $r->{status} }++;
        $c = GateClient->new($self->{port})
            if ($r->field('connection') // '') eq 'close';
    }

    return %n;
}


# The same of several clients at once.

sub crowd {
    my ($self, $clients) = @_;

    my (@from, %sum);

    for (1 .. $clients) {
        my $pid = open(my $fh, '-|') // die "fork: $!";

        if ($pid == 0) {
            my %n = fill($self);

            print join(' ', %n), "\n";
            close(STDOUT);
            POSIX::_exit(0);
        }

        push @from, $fh;
    }

    for my $fh (@from) {
        my %n = split(' ', <$fh> // '');

        $sum{$_} += $n{$_} for keys %n;
        close($fh);
    }

    return %sum;
}


sub log_of {
    my ($self) = @_;

    return slurp("$root/$self->{name}/logs/error.log");
}


sub complaints {
    my ($self, @expected) = @_;

    return join('', grep {
        my $line = $_;
        $line =~ /\[(?:alert|emerg|crit)\]|AddressSanitizer/
        && !grep { $line =~ $_ } @expected
    } split(/^/m, log_of($self)));
}


# Redis, real.

sub redis_start {
    make_path("$root/redis");
    $redis = fork() // die "fork: $!";

    if ($redis == 0) {
        exec('redis-server', '--port', $redis_port, '--bind', '127.0.0.1',
             '--dir', "$root/redis", '--save', '', '--logfile', 'log')
            or POSIX::_exit(1);
    }

    wait_for(sub { (eval { redis('PING') } // '') eq 'PONG' })
        or BAIL_OUT('Redis does not start');
}


sub redis_stop {
    return if !$redis;

    kill('TERM', $redis);
    waitpid($redis, 0);
    undef $redis;
}


sub redis {
    my (@args) = @_;

    my $s = IO::Socket::INET->new(PeerAddr => "127.0.0.1:$redis_port",
                                  Timeout => 5) or die "redis: $!\n";

    print $s '*' . @args . "\r\n",
             map { '$' . length($_) . "\r\n$_\r\n" } @args;

    return redis_reply($s);
}


sub redis_reply {
    my ($s) = @_;

    my $line = <$s> // die "redis: closed\n";

    $line =~ s/\r\n$//;

    my ($kind, $rest) = $line =~ /^(.)(.*)/;

    die "redis: $rest\n" if $kind eq '-';
    return [ map { redis_reply($s) } 1 .. $rest ] if $kind eq '*';
    return $rest if $kind ne '$';
    return undef if $rest < 0;

    read($s, my $text, $rest + 2);

    return substr($text, 0, $rest);
}


sub redis_sum {
    my ($kind, $unit) = @_;

    my $sum = 0;

    for my $key (@{ redis('KEYS', "gate:$kind:*") }) {
        my %all = @{ redis('HGETALL', $key) };

        $sum += $all{$_} for grep { /\|$unit$/ } keys %all;
    }

    return $sum;
}


# A gettimeofday() that adds what stands in a file.

sub clock {
    return if $asan;

    spew("$root/clock.c", <<'C');
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <unistd.h>

static volatile int64_t  *offset;

__attribute__((constructor)) static void
open_clock(void)
{
    char  *name = getenv("GATE_TEST_CLOCK");
    int    fd = name ? open(name, O_RDONLY) : -1;
    void  *p = (fd == -1) ? MAP_FAILED
                          : mmap(0, 8, PROT_READ, MAP_SHARED, fd, 0);

    if (p != MAP_FAILED) {
        offset = p;
    }
}

int
gettimeofday(struct timeval *restrict tv, void *restrict tz)
{
    int  rc = (int) syscall(SYS_gettimeofday, tv, tz);

    if (rc == 0 && offset) {
        tv->tv_sec += *offset;
    }

    return rc;
}
C

    return system('gcc', '-shared', '-fPIC', '-O1', '-o', "$root/clock.so",
                  "$root/clock.c") == 0 ? "$root/clock.so" : undef;
}


sub set_clock {
    my ($offset) = @_;

    if (!-e "$root/clock") {
        spew("$root/clock", pack('q', $offset));
    }

    patch("$root/clock", 0, pack('q', $offset));
}


sub patch {
    my ($file, $at, $bytes) = @_;

    open(my $fh, '+<:raw', $file) or die "$file: $!";
    seek($fh, $at, 0);
    print $fh $bytes;
    close($fh);
}


sub wait_for {
    my ($done) = @_;

    for (1 .. 600) {
        my $value = $done->();
        return $value if $value;
        sleep(0.05);
    }

    return 0;
}


sub slurp {
    my ($file) = @_;

    open(my $fh, '<:raw', $file) or return '';
    local $/;

    return <$fh> // '';
}


sub spew {
    my ($file, $text) = @_;

    open(my $fh, '>:raw', $file) or die "$file: $!";
    print $fh $text;
    close($fh) or die "$file: $!";
}
