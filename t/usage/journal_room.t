#!/usr/bin/env perl
#
# Copyright (C) 2026 Meshgate contributors
#
# A journal that is full while several workers and nginx after nginx need room in
# it: what Redis has is given up for them, and they wait for that.


use strict;
use warnings;

use Test::More;
use Time::HiRes qw(sleep time);

use GateClient;
use GateJournal;
use GateNginx;

my ($backend, $redis) = begin();

my $many = 2000;
my $callers = callers($many);
my $to_redis = "gate_redis 127.0.0.1:$redis->{port};\n";


# Room is made for the requests of every worker: they wait for it meanwhile.

my $n = instance('waits', workers => 2, http => $to_redis . $callers);

my %crowd = $n->crowd(6, $many);

is_deeply(\%crowd, { 200 => 6 * $many },
          "two workers, @{[ 6 * $many ]} requests at once: nobody is refused");
ok(wait_for(sub { $redis->sum('gate:u:*', 'served') == 6 * $many }), '... all is billed')
    or diag($redis->sum('gate:u:*', 'served'));

# with Redis hung there is no hope, which the first one finds out

ok(wait_for(sub { $n->journal()->{dirty} == 0 }), 'Redis has all of it');
$redis->freeze();

my ($hung, $took) = (0, 0);
my $c = GateClient->new($n->{port});

for my $i (1 .. $many) {
    my $t = time;

    $c->write(GateJournal::request('/', "k$i", 'keep-alive'));

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
    my $leaves = $n->ask('/', 'k' . ($many - $i));

    sleep(0.002);
}

$redis->thaw();
ok(wait_for(sub { $n->journal()->{dirty} == 0 }), 'Redis answers again');
%crowd = $n->crowd(2, $many);
is_deeply(\%crowd, { 200 => 2 * $many }, '... and all are served again');

my $left = $n->journal();

is($left->{open}, 0, 'what left while it waited has left nothing open');
is($left->{slots_opened}, $left->{served} + $left->{aborted}
                          + $left->{refused_upstream}, '... and what it opened has ended');
$n->ends_ok();
$n->quiet_ok(qr/no room/);


# Cold starts do not fill a journal: what Redis has makes room.

$redis->ask('FLUSHALL');
$n = instance('cold', http => $to_redis . $callers);

my ($asked, $refused, %epochs) = (0, 0);

for my $round (1 .. 25) {
    for my $i (1 .. 80) {
        $refused += $n->get('/', "k$i")->{status} != 200;
        $asked++;
    }

    $epochs{ $n->journal()->{epoch} } = 1;
    wait_for(sub { $n->journal()->{dirty} == 0 }) if $round > 3;
    $n->ends();
    $n->kill_all();
    $n->start();
}

is($refused, 0, 'cold starts: nobody is refused');
is(scalar keys %epochs, 25, '... each has an epoch');
ok(wait_for(sub { $redis->sum('gate:u:*', 'served') == $asked }),
   '... and all is counted once') or diag($redis->sum('gate:u:*', 'served'));
$n->ends_ok();
$n->quiet_ok();

done_testing();
