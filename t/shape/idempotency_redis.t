#!/usr/bin/env perl
#
# Copyright (C) 2026 Meshgate contributors
#
# gate_idempotency where things break: Redis is slow or away, a worker dies, a
# configuration is replaced, and two gateways share what they know.

use strict;
use warnings;

use GateBill;
use GateMetrics;
use GateNginx;
use GateRedis;
use GateTest;

use Time::HiRes qw(sleep time);

our $redis = GateRedis->new(port => port(8), dir => "$ENV{TEST_NGINX_STATE}/redis");
our $id = 0;

$redis->start();


sub post {
    my ($target, $key, @fields) = @_;

    return ask('POST', $target, 'body', $secret, "Idempotency-Key: $key", @fields);
}


# One that asks so, and stays.

sub begin {
    my ($target, $key, @fields) = @_;

    my $c = client();

    $c->write(request('POST', $target, 'body', $secret, "Idempotency-Key: $key", @fields));

    return $c;
}


sub fresh {
    return 'X-Test-Id: t' . ++$id;
}


sub done {
    return $backend->executed("t$id");
}


sub what {
    my ($r) = @_;

    my $reason = ($r->field('content-type') // '') =~ /problem/ ? $r->json()->{reason} : '';

    return join ' ', $r->{status},
                     grep { $_ } $reason, $r->field('idempotency-replayed') && 'replayed';
}


# How often that has happened.

sub counted {
    my ($result) = @_;

    return metrics_value(get('/metrics')->{body}, 'gate_idempotency_total',
                         result => $result) // 0;
}


bills(gate => "gate_redis 127.0.0.1:$ENV{TEST_NGINX_PORT_8} timeout=300ms;\n",
      config => "location = /metrics { gate_auth off; gate_meter off;"
                . " gate_status format=prometheus; }\n"
                . "location / { gate_idempotency lock=2s; gate_pass http://sidecar; }\n"
                . "location /open/ { gate_idempotency redis_down=open;"
                . " gate_pass http://sidecar; }\n");

run_gate_tests();

__DATA__

=== TEST 1: Redis is away
--- config
--- client
    $::redis->stop('KILL');

    my $field = fresh();

    is(billed(sub { is(what(post('/', 'a', $field)), '503 idempotency_unavailable',
                       'without Redis nobody knows') }),
       '0 opened', '... and nobody pays');
    is(done(), 0, '... and nothing is done');
    is(what(post('/open/', 'a', $field)), '200', 'it may be done in spite of that');
    is(what(post('/open/', 'a', $field)), '200', 'once more');
    is(done(), 2, '... which was twice then');
    is(counted('unprotected'), 2, 'what is done so is counted');
    is(what(ask('POST', '/', 'x', $secret)), '200', 'who has no key does not need Redis');

    $::redis->start();

    ok(wait_for(sub { post('/', 'b', $field)->{status} == 200 }), 'Redis is back');
    is(what(post('/', 'b', $field)), '200 replayed', '... and remembers');



=== TEST 2: Redis hangs
--- config
--- client
    my $field = fresh();

    post('/', 'warm', $field);
    $::redis->freeze();

    my $begun = time();

    is(what(post('/', 'c', $field)), '503 idempotency_unavailable', 'Redis is too slow');
    ok(time() - $begun < 1.5, 'nobody waits for it longer than it says');
    is(what(post('/open/', 'c', $field)), '200', 'who need not know goes on');

    $::redis->thaw();

    ok(wait_for(sub { post('/', 'c', $field)->{status} == 200 }),
       'what was asked in vain holds no lock');



=== TEST 3: Redis hangs when there is something to remember
--- config
--- client
    my $field = fresh();

    ok(wait_for(sub { what(post('/', "w$::id", $field)) =~ /^200/ }), 'Redis is well');

    $field = fresh();
    my $c = begin('/?until=go3', 'd', $field);

    ok(wait_for(sub { done() == 1 }), 'it is under way when Redis hangs');
    $::redis->freeze();
    $backend->release('go3');

    my $begun = time();

    is(what($c->read('POST')), '200', 'the answer goes out');
    ok(time() - $begun < 1, 'at once');
    sleep 0.5;
    $::redis->thaw();

    ok(wait_for(sub { what(post('/?until=go3', 'd', $field)) eq '200 replayed' }),
       'what Redis hears late is remembered');
    is(done(), 1, 'done once, when Redis hangs');



=== TEST 4: a worker is killed
--- complaints: exited on signal 9
--- config
--- client
    my $field = fresh();
    my $c = begin('/?until=go4', 'e', $field);

    ok(wait_for(sub { done() == 1 }), 'it is under way when its worker is killed');

    my %old = map { $_ => 1 } worker_pids();

    kill 'KILL', keys %old;

    ok(wait_for(sub { my @now = worker_pids();
                      @now == keys %old && !grep { $old{$_} } @now }), 'another worker');
    wait_for(sub { eval { post('/', 'f')->{status} } // 0 == 200 });

    is(what(post('/?until=go4', 'e', $field)), '409 idempotency_in_flight',
       'nobody knows what became of it');
    $backend->release('go4');
    ok(wait_for(sub { what(post('/?until=go4', 'e', $field)) =~ /^200/ }, 10),
       'when its lock has run out, it is done');
    is(done(), 2, 'once more, when its worker is killed');



=== TEST 5: a reload
--- config
--- client
    my $field = fresh();
    my $c = begin('/?until=go5', 'g', $field);

    ok(wait_for(sub { done() == 1 }), 'it is under way before a reload');
    ok(reload(), 'the configuration is read again');
    is(what(post('/?until=go5', 'g', $field)), '409 idempotency_in_flight',
       'the new workers know of it');
    sleep 3;
    is(what(post('/?until=go5', 'g', $field)), '409 idempotency_in_flight',
       'the old one holds the lock');
    $backend->release('go5');
    is(what($c->read('POST')), '200', 'it ends, before a reload');
    ok(wait_for(sub { what(post('/?until=go5', 'g', $field)) eq '200 replayed' }),
       'and is repeated by the new ones');
    is(done(), 1, 'done once, before a reload');



=== TEST 6: two gateways
--- config
--- client
    my $conf = slurp("$ENV{TEST_NGINX_SERVROOT}/conf/nginx.conf");
    my $other = port(7);
    my $root = "$ENV{TEST_NGINX_STATE}/other";
    my $n = GateNginx->new(root => $root);

    $conf =~ s/\b$port\b/$other/g;
    $conf =~ s/$ENV{TEST_NGINX_STATE}\/usage/$root\/usage/g;
    $conf =~ s/^\s*(?:pid|user|daemon|master_process|error_log|worker_processes)\s[^;]*;//mg;
    $conf =~ s/gate_node n1/gate_node n2/;
    $n->configure("pid $root/logs/nginx.pid; error_log $root/logs/error.log info;"
                  . ($> == 0 ? 'user root root;' : '') . $conf);
    $n->start();

    my $second = sub {
        my $c = client($other);
        $c->write(request('POST', $_[0], 'body', $secret, 'Idempotency-Key: h', $_[1]));
        return $c;
    };

    my $field = fresh();
    my $c = $second->('/?until=go6', $field);

    ok(wait_for(sub { done() == 1 }), 'it is under way at one gateway');
    is(what(post('/?until=go6', 'h', $field)), '409 idempotency_in_flight', 'the other knows it');
    $backend->release('go6');
    is(what($c->read('POST')), '200', 'it ends, at one gateway');
    ok(wait_for(sub { what(post('/?until=go6', 'h', $field)) eq '200 replayed' }),
       'and is repeated by the other');
    is(done(), 1, 'done once, at one gateway');
    $n->stop();
