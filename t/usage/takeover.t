#!/usr/bin/env perl
#
# Copyright (C) 2026 Meshgate contributors
#
# A journal that is full while the worker that ships leaves or dies: another
# one takes over, and the requests that need room meanwhile wait for it.

use strict;
use warnings;

use lib 't/lib';

use Digest::SHA qw(sha256_hex);
use File::Path qw(remove_tree);
use Test::More;

use GateBackend;
use GateClient;
use GateNginx;
use GateRedis;

plan skip_all => 'run it by make t/usage/takeover.t' if !$ENV{GATE_NGINX};

my $root = $ENV{TEST_NGINX_SERVROOT};
my $base = $ENV{GATE_PORT_BASE};
my $port = $base + 1;
my $callers = 9000;                     # a journal of 1m has 1,232 cells
my $asked = 0;

remove_tree($root);

my $n = GateNginx->new(root => "$root/nginx");
my $redis = GateRedis->new(dir => "$root/redis", port => $base + 2);
my $backend = GateBackend->start(port => $base, dir => $root);

$redis->start();
$n->configure($n->head() . <<"CONF");
http {
@{[ $n->paths() ]}
    gate_journal $n->{root}/usage size=1m;
    gate_redis 127.0.0.1:@{[ $base + 2 ]};
    gate_node n1;

@{[ map { "gate_consumer c$_ { key sha256:" . sha256_hex("k$_") . "; }\n" }
    1 .. $callers ]}

    upstream sidecar { server 127.0.0.1:$base; keepalive 4; }

    server {
        listen 127.0.0.1:$port;

        gate_auth     key;
        gate_meter    requests;
        gate_service  s;

        location / { gate_api a version=v1; gate_pass http://sidecar; }
        location = /status { gate_auth off; gate_meter off; gate_status; }
    }
}
CONF


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
    wait_for(sub { journal()->{open} == 0 });
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

ok(wait_for(sub { journal()->{dirty} == 0 }), 'all of it is shipped');
is($redis->sum('gate:u:*', 'served'), $asked, '... each request once');


# Redis hangs: hope ends, also that in a worker that begins.

$redis->freeze();
$n->reload();

my %late = fill(1400);

ok($late{503}, 'while Redis hangs, a full journal refuses after a reload');
$redis->thaw();
ok($n->stop(), 'nginx ends after Redis goes on');
like($n->log(), qr/\[alert\] .*no room in/, '... and says so');

done_testing();


# So many callers that were not there before: all are served.

sub ask {
    my ($more) = @_;

    my %got = fill($more);

    is_deeply(\%got, { 200 => $more }, "$more new callers are served");
}


sub fill {
    my ($more) = @_;

    my %got;
    my $c = GateClient->new($port);

    for my $i ($asked + 1 .. $asked + $more) {
        $c->write("GET / HTTP/1.1\r\nHost: a\r\napikey: k$i\r\n\r\n");

        my $r = $c->read() // { status => 0 };

        $got{ $r->{status} }++;
        $c = GateClient->new($port)
            if !$r->{status} || ($r->field('connection') // '') eq 'close';
    }

    $asked += $more;

    return %got;
}


sub journal {
    my $c = GateClient->new($port);

    $c->write("GET /status HTTP/1.0\r\n\r\n");

    return $c->read()->json()->{journal};
}


sub said { join '', grep { !/client|keepalive/ } $n->log() =~ /^.*\n/mg }
