#!/usr/bin/env perl
#
# Copyright (C) 2026 Meshgate contributors
#
# A journal that is full: who is refused, and, where Redis has its totals, nobody.


use strict;
use warnings;

use Test::More;

use GateClient;
use GateJournal;
use GateNginx;

my ($backend, $redis) = begin();

my $to_redis = "gate_redis 127.0.0.1:$redis->{port};\n";


# A full one.

my $many = 2000;
my $callers = callers($many);

# one worker: cells are a worker's own

my $n = instance('full', http => $callers, workers => 1);

my $room = $n->journal()->{cells};
my %status = $n->fill($many);

cmp_ok($room, '<', $many, 'there are more callers than cells');
is(join(' ', sort keys %status), '200 503', 'some are served, some refused');
is($n->ends(), "$status{200} opened, $status{200} served",
   'those that are served have a slot');
cmp_ok($status{200}, '<=', $room, '... and a cell');
is($n->get('/', 'k1')->{status}, 200, 'who has a cell goes on');

my $r = $n->get('/', "k$many");

is($r->{status}, 503, 'who has none does not');
is($r->json()->{reason}, 'journal_full', '... because the journal is full');
is($r->field('x-usage'), undef, '... and no slot was opened');
like($n->log(), qr/\[alert\] .*no room in ".*", requests are refused/,
     '... and that is said');

$n->configure(http => $callers, more => 'full=serve');
$n->reload();

my $j = $n->journal();

is($n->get('/', "k$many")->{status}, 200, 'full=serve: served nevertheless');
is($n->get('/', "k$many")->field('x-usage'), undef, '... without a slot');
is($n->journal()->{slots_opened}, $j->{slots_opened}, '... indeed');
is($n->journal()->{unbilled}, 2, '... and counted');
is($n->get('/twice', "k$many")->{status}, 200, '... also over a redirect');
is($n->journal()->{unbilled}, 3, '... once');
like($n->log(), qr/\[alert\] .*requests are served and not billed/,
     '... and said');
$n->ends_ok();
$n->quiet_ok(qr/no room/);


# A full one whose totals Redis has: nobody is refused.

$redis->ask('FLUSHALL');
$n = instance('room', http => $to_redis . $callers);
$room = $n->journal()->{cells};

my $again = 3;
my %all;

for my $round (1 .. $again) {
    my %got = $n->fill($many);
    $all{$_} += $got{$_} for keys %got;
}

is_deeply(\%all, { 200 => $again * $many },
          "room for $room totals, $many callers at once: all are served");
ok(wait_for(sub { $redis->sum('gate:u:*', 'served') == $again * $many }),
   '... and billed') or diag($redis->sum('gate:u:*', 'served'));
ok(wait_for(sub { $n->journal()->{cells_used} <= $room * 3 / 4 }),
   '... and there is room for more');
is($n->ends(), "@{[ $again * $many ]} opened, @{[ $again * $many ]} served",
   '... in the journal, too');
like($n->log(), qr/\[warn\].* cells that Redis has were given up/,
     '... which is a warning');

$redis->freeze();

my %late = $n->fill($many);

ok($late{503}, 'while Redis does not answer there is an end of it');
wait_for(sub { $n->log() =~ /is lost: deadline passed/ });
$redis->thaw();
ok(wait_for(sub { $n->journal()->{dirty} == 0 }), '... then it answers');
%late = $n->fill($many);
is_deeply(\%late, { 200 => $many }, '... and all are served again');
$n->ends_ok();
$n->quiet_ok(qr/no room/);


# What a request reserved may be another one's when it has waited for its turn.

$redis->ask('FLUSHALL');
$n = instance('held', workers => 1,
              http => "$to_redis gate_zone z 1m;\n$callers",
              server => 'location /held/ { gate_limit rate=1r/s burst=9 delay=0'
                        . ' key=$remote_addr; gate_pass http://sidecar; }');

my @waiting = map { $n->ask('/held/', "k$_", 'close') } 1 .. 6;
my %more = $n->fill($many);

is_deeply(\%more, { 200 => $many }, "while six wait for their turn, $many are served");
is(join(' ', map { ($_->read() // { status => 0 })->{status} } @waiting),
   '200 200 200 200 200 200', '... then these');
ok(wait_for(sub { $n->journal()->{dirty} == 0 }), '... all of it is shipped');
is(join(' ', map { $redis->sum("gate:u:{c$_}:*", 'served') } 1 .. 7), '2 2 2 2 2 2 1',
   '... to whom it is due');
$n->ends_ok();
$n->quiet_ok(qr/no room/);

done_testing();
