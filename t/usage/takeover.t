#!/usr/bin/env perl
#
# Copyright (C) 2026 Meshgate contributors
#
# A journal that is full while the worker that ships leaves or dies: another
# one takes over, and the requests that need room meanwhile wait for it.

use strict;
use warnings;

use lib 't/lib';

use Test::More;

use GateJournal;
use GateNginx;

my ($backend, $redis) = begin();
my $asked = 0;

# a journal of 1m has 1,232 cells

my $n = named('takeover');

$n->configure(http => "gate_redis 127.0.0.1:$redis->{port}; gate_node n1;\n"
                      . callers(9000));


# What comes right after the start finds a worker that has not begun to ship.

$n->start();
ask(1400);
is($n->complaints(), '', 'after the start each caller is served')
    or diag(said());


# A reload: the old worker stops to ship, the new one begins.

for my $i (1 .. 3) {
    $n->reload();
    ask(700);
    is($n->complaints(), '', "after reload $i each caller is served")
        or diag(said());
}


# The worker that ships is killed, requests come at once.

for my $i (1 .. 2) {
    my @pids = $n->workers();

    # an answer is out before its slot is closed
    wait_for(sub { $n->journal()->{open} == 0 });
    kill 'KILL', @pids;
    wait_for(sub { !grep { alive($_) } @pids });
    wait_for(sub { $n->workers() == $n->{workers} });
    ask(700);
    is($n->complaints(qr/exited on signal 9/), '',
       "after kill $i each caller is served") or diag(said());
}


# The next start finds a full journal.

ok($n->stop(), 'nginx ends');
$n->start();
ask(1400);
is($n->complaints(qr/exited on signal 9/), '',
   'after the next start each caller is served') or diag(said());

ok(wait_for(sub { $n->journal()->{dirty} == 0 }), 'all of it is shipped');
is($redis->sum('gate:u:*', 'served'), $asked, '... each request once');


# Redis hangs: hope ends, also that in a worker that begins.

$redis->freeze();
$n->reload();

my %late = $n->fill(1400, $asked + 1);

ok($late{503}, 'while Redis hangs, a full journal refuses after a reload');
$redis->thaw();
ok($n->stop(), 'nginx ends after Redis goes on');
like($n->log(), qr/\[alert\] .*no room in/, '... and says so');

done_testing();


# So many callers that were not there before: all are served.

sub ask {
    my ($more) = @_;

    my %got = $n->fill($more, $asked + 1);

    $asked += $more;

    is_deeply(\%got, { 200 => $more }, "$more new callers are served");
}


sub said { join '', grep { !/client|keepalive/ } $n->log() =~ /^.*\n/mg }
