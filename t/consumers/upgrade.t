#!/usr/bin/env perl
#
# Copyright (C) 2026 Meshgate contributors
#
# Callers go on being who they are while nginx is reloaded, loses its workers and
# is replaced by another binary: keys of Redis, tokens of a key set by URL, and
# what was revoked. The key server is down all the time, after the first set.
#
# serial

use strict;
use warnings;

use Digest::SHA qw(sha256_hex);
use Test::More;
use Time::HiRes qw(sleep);

use GateBackend;
use GateClient;
use GateKeyServer;
use GateNginx;
use GateRedis;
use GateToken;

my $root = $ENV{TEST_NGINX_SERVROOT};
my ($service, $port, $redis_port, $key_port) = map { $ENV{GATE_PORT_BASE} + $_ } 0 .. 3;

gate_keys();

my $backend = GateBackend->start(port => $service, dir => $root);
my $keys = GateKeyServer->start(port => $key_port, dir => $root);
my $redis = GateRedis->new(port => $redis_port, dir => "$root/redis");

$keys->serve('/keys', body => jwks('rsa'), type => 'application/jwk-set+json');
$redis->start();
mkdir "$root/keys";
chmod 0777, "$root/keys";

$redis->ask('HSET', 'gate:c:{ada}', 'plan', 'gold');
$redis->ask('HSET', 'gate:k:{' . sha256_hex($_) . '}', 'owner', 'ada', 'credential', $_)
    for qw(good revoked);

my $n = GateNginx->new(root => "$root/nginx");

$n->configure($n->head() . <<"CONF");
http {
    ${\ $n->paths() }
    gate_zone gate 4m;
    gate_redis 127.0.0.1:$redis_port timeout=2s;
    gate_key_cache $root/keys;
    gate_plan gold { rate 100000r/s; }
    gate_consumer alice { plan gold; }
    gate_issuer i {
        issuer https://issuer.example;
        algorithms RS256;
        consumer map=name;
        jwks /_keys refresh=1h stale=1d;
        revocation redis;
    }
    upstream sidecar { server 127.0.0.1:$service; keepalive 8; }
    server {
        listen 127.0.0.1:$port;
        gate_consumers redis;
        gate_service s;
        gate_auth key jwt=i;
        location / { gate_pass http://sidecar; }
        location = /_keys { internal; gate_auth off; proxy_pass http://127.0.0.1:$key_port/keys; }
    }
}
CONF

my %callers = (
    'a key' => [ 200, 'apikey: good' ],
    'a revoked key' => [ 401, 'apikey: revoked' ],
    'a token' => [ 200, 'Authorization: Bearer ' . mint(claims => { jti => 'fine' }) ],
    'a revoked token' => [ 401, 'Authorization: Bearer ' . mint(claims => { jti => 'gone' }) ],
);

$n->start();
ok(wait_for(sub { status('a key') == 200 && status('a token') == 200 }), 'callers are known');
ok(wait_for(sub { glob "$root/keys/*" }), '... and the key set is kept in a file');

$redis->ask('DEL', 'gate:k:{' . sha256_hex('revoked') . '}');
$redis->ask('SET', 'gate:j:{i%3Dgone}', 1);
ok(wait_for(sub { status('a revoked key') == 401 && status('a revoked token') == 401 }),
   '... those who are revoked, too');
$keys->stop();

through('a reload', sub { $n->reload() });
through('workers that are killed', sub {
    my %old = map { $_ => 1 } $n->workers();

    kill 'KILL', keys %old;
    wait_for(sub { my @now = grep { !$old{$_} } $n->workers(); @now == $n->{workers} });
});
through('another binary', sub { $n->upgrade() });

$n->stop();
$redis->stop();
done_testing();


# The status of a new connection, 0 without an answer.

sub status {
    my ($name) = @_;

    my $r = eval {
        my $c = GateClient->new($port);

        $c->write(join "\r\n", 'GET / HTTP/1.1', 'Host: a', 'Connection: close',
                  $callers{$name}[1], '', '');
        $c->read('GET');
    };

    return $r ? $r->{status} : 0;
}


# One process for each caller asks as fast as it can, until all is over. Killed
# workers take the connections that they had with them: no answer is none.

sub through {
    my ($what, $code) = @_;

    my %pid;

    for my $name (sort keys %callers) {
        my $pid = fork // die "fork: $!";

        if ($pid == 0) {
            my (%seen, $stop);

            local $SIG{TERM} = sub { $stop = 1 };

            while (!$stop) {
                my $status = status($name);

                # the signal may have cut the reading off
                $seen{$status}++ if $status || !$stop;
            }

            spew("$root/seen-$$", join ' ', map { "$_:$seen{$_}" } sort keys %seen);
            POSIX::_exit(0);
        }

        $pid{$pid} = $name;
    }

    sleep 0.3;
    $code->();
    sleep 0.5;

    for my $pid (sort { $pid{$a} cmp $pid{$b} } keys %pid) {
        kill 'TERM', $pid;
        waitpid $pid, 0;

        my %seen = slurp("$root/seen-$pid") =~ /(\d+):(\d+)/g;
        my $lost = delete $seen{0};

        is_deeply([ keys %seen ], [ $callers{$pid{$pid}}[0] ], "$what: $pid{$pid} is what it was")
            or diag(slurp("$root/seen-$pid"));
        ok(!$lost || $what =~ /killed/, "$what: each request of $pid{$pid} is answered")
            or diag(slurp("$root/seen-$pid"));
    }
}
