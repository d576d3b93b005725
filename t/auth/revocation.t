#!/usr/bin/env perl
#
# Copyright (C) 2026 Meshgate contributors
#
# Tokens that are revoked in Redis: two nodes, each of which has verified them
# before and remembers it.

use strict;
use warnings;

use Test::More;
use Time::HiRes qw(sleep time);

use GateBackend;
use GateClient;
use GateMetrics;
use GateNginx;
use GateRedis;
use GateToken;

my $root = $ENV{TEST_NGINX_SERVROOT};
my $base = $ENV{GATE_PORT_BASE};

my $backend = GateBackend->start(port => $base, dir => $root);

my $redis = GateRedis->new(port => $base + 8, dir => "$root/redis");

$redis->start();

my $to_redis = "gate_redis 127.0.0.1:$redis->{port} timeout=2s;";
my @nodes = map { node("node-$_", $base + $_) } 1, 2;

$_->start() for @nodes;


sub conf {
    my ($n, $port, $revocation, $http) = @_;

    my $issuer = sub {
        my ($name, $revocation) = @_;

        return "gate_issuer $name { issuer https://issuer.example; algorithms RS256;"
               . ' key_file ' . gate_keys()->{rsa}{public} . ";"
               . " consumer unknown=others; $revocation }";
    };

    return $n->head() . <<"CONF";
http {
    ${\ $n->paths() }
    $http
    gate_consumer others { }
    ${\ $issuer->('corp', $revocation) }
    ${\ $issuer->('brief', 'revocation redis stale=0;') }
    ${\ $issuer->('strict', 'revocation redis require_jti;') }
    ${\ $issuer->('free', '') }
    log_format who '\$uri \$gate_reason \$gate_consumer';
    access_log $n->{root}/who.log who;
    upstream sidecar { server 127.0.0.1:$base; }
    server {
        listen 127.0.0.1:$port;
        gate_service s;
        location / { gate_auth jwt=corp; gate_pass http://sidecar; }
        location /early {
            set \$early \$gate_consumer;
            gate_auth jwt=corp;
            gate_pass http://sidecar;
        }
        location /brief { gate_auth jwt=brief; gate_pass http://sidecar; }
        location /strict { gate_auth jwt=strict; gate_pass http://sidecar; }
        location /free { gate_auth jwt=free; gate_pass http://sidecar; }
        location /metrics { gate_status format=prometheus; }
    }
}
CONF
}


sub node {
    my ($name, $port) = @_;

    # what Redis said of a token is remembered by the worker that asked

    my $n = GateNginx->new(root => "$root/$name", workers => 1);

    $n->{port} = $port;
    $n->configure(conf($n, $port, 'revocation redis stale=1h;', $to_redis));

    return $n;
}


sub begin {
    my ($n, $target, @fields) = @_;

    my $c = GateClient->new($n->{port});

    $c->write(join "\r\n", "GET $target HTTP/1.1", 'Host: a', 'Connection: close', @fields,
              '', '');

    return $c;
}


sub at { return begin(@_)->read('GET') // die "no answer\n" }

sub bearer { return "Authorization: Bearer $_[0]" }

sub with { return mint(claims => { jti => $_[0] }) }


sub said {
    my ($r) = @_;

    return 'served' if $r->{seen};
    return "$r->{status} " . (eval { $r->json()->{reason} } // '');
}


# What each node says to it.

sub what {
    my ($token, $target) = @_;

    return join ', ', map { said(at($_, $target // '/', bearer($token))) } @nodes;
}


sub follows {
    my ($token, $what, $name) = @_;

    my $from = time;
    my $got = wait_for(sub { what($token) eq "$what, $what" }, 5);

    ok($got, $name) or diag(what($token));
    note(sprintf '%s: %.0f ms', $name, 1000 * (time - $from));
}


sub in_step {
    return wait_for(sub {
        !grep { !metrics_value(at($_, '/metrics')->{body}, 'gate_feed_up') } @nodes;
    });
}


ok(in_step(), 'both nodes hear of changes');

my ($a, $b) = (with('a'), with('b b/%}'));

is(what($a), 'served, served', 'a token that is not revoked');
is(what($b), 'served, served', 'one whose jti is full of signs');

my $before = $redis->calls('exists');

is(what($a), 'served, served', 'again') for 1 .. 5;
cmp_ok($redis->calls('exists') - $before, '<=', 4, 'each worker asks once for each token');

$redis->ask('SET', 'gate:j:{corp%3Da}', 1, 'EX', 3600);
follows($a, '401 revoked_token', 'a token that was revoked by hand');
is(what($b), 'served, served', '... and no other one');

my $r = at($nodes[0], '/', bearer($a));

like($r->field('www-authenticate'), qr/^Bearer realm="[^"]*", error="invalid_token"$/,
     '... as an invalid one, for who knows RFC 6750');
is($r->json()->{detail}, 'The token has been revoked.', '... with the reason');

$redis->ask('EVAL', 'redis.call("SET", KEYS[1], 1, "EX", 3600)'
            . ' local v = redis.call("INCR", "gate:v")'
            . ' redis.call("PUBLISH", "gate:changes", v .. " j " .. ARGV[1])',
            1, 'gate:j:{corp%3Db%20b%2F%25%7D}', 'corp%3Db%20b%2F%25%7D');
follows($b, '401 revoked_token', 'a token that was revoked and announced');

for my $long ([ 'x' x 1100, 'x' x 1100, 'long' ], [ "\xfc" x 300, '%C3%BC' x 300, 'wide' ],
              [ "\xfc" x 637, '%C3%BC' x 637, 'the longest' ])
{
    my ($jti, $encoded, $what) = @$long;
    my $token = with($jti);

    is(what($token), 'served, served', "a token whose jti is $what");
    $redis->ask('SET', "gate:j:{corp%3D$encoded}", 1, 'EX', 3600);
    follows($token, '401 revoked_token', '... that was revoked by hand');
}

$redis->ask('DEL', 'gate:j:{corp%3Da}', 'gate:j:{corp%3Db%20b%2F%25%7D}');
follows($a, 'served', 'a revocation that was taken back');

is(what($a, '/free'), 'served, served', 'an issuer without revocation does not ask');


# What a token must have.

is(what(mint()), 'served, served', 'a token without jti cannot be revoked');
is(what(mint(), '/strict'), '401 bad_token, 401 bad_token',
   '... where it must have one, it is refused');
is(what($a, '/strict'), 'served, served', '... and one that has is not');
is(what(with(7)), '401 bad_token, 401 bad_token', 'a jti that is no text');
is(what(with('')), '401 bad_token, 401 bad_token', 'a jti that is empty');
is(what(with('x' x 1280)), '401 bad_token, 401 bad_token', 'a jti that is too long');
is(what(with('x' x 1275)), 'served, served', '... and one that is just not');
is(what($a, '/early'), 'served, served', 'a variable that asks too early spoils nothing');


# Redis hangs: clients leave, and whoever was known goes on.

my $new = with('new');

is(what($a, '/brief'), 'served, served', 'a token is known, and counts no longer without Redis');

$redis->freeze();

ok(wait_for(sub {
    !grep { metrics_value(at($_, '/metrics')->{body}, 'gate_feed_up') } @nodes;
}), 'Redis hangs');

my @left = map { begin($nodes[$_ % 2], '/', bearer(with("left-$_"))) } 1 .. 8;

sleep 0.2;
undef @left;

is(what($new), '503 consumers_unavailable, 503 consumers_unavailable',
   '... a token that nobody has asked for is not let in');
is(what($a, '/brief'), '503 consumers_unavailable, 503 consumers_unavailable',
   '... nor one that is known, where that does not count');
is(what($a), 'served, served', '... one that is known goes on');

$redis->thaw();

ok(wait_for(sub { what($new) eq 'served, served' }), '... and all is well when it answers');


# Revoked while a node does not hear: it is asked for when it does.

is(what($a), 'served, served', 'a token is known');
$redis->ask('SET', 'gate:j:{corp%3Da}', 1);
$redis->ask('CLIENT', 'KILL', 'TYPE', 'pubsub');
follows($a, '401 revoked_token', 'a revocation whose news was cut off');

$redis->stop('KILL');
$redis->start();
follows($a, 'served', 'a Redis that is empty has revoked nothing');

$redis->ask('SET', 'gate:j:{corp%3Da}', 1);
follows($a, '401 revoked_token', 'it is revoked again');
ok($nodes[0]->reload() && $nodes[1]->upgrade(), 'a reload, and a binary upgrade');
is(what($a), '401 revoked_token, 401 revoked_token', '... leave it revoked');


# Configurations.

my $n = GateNginx->new(root => "$root/check");

for my $case (
    [ 'revocation redis stale=1h;', '',
      qr/\[emerg\].*"revocation redis" needs "gate_redis".*"corp" in/ ],
    [ 'revocation require_jti;', $to_redis, qr/\[emerg\].*revocation.*takes the word "redis"/ ],
    [ 'revocation file;', $to_redis, qr/\[emerg\].*revocation/ ],
    [ 'revocation redis stale=2d;', $to_redis, qr/\[emerg\].*stale/ ],
    [ 'revocation redis require_jti stale=0;', $to_redis, qr/test is successful/ ],
) {
    $n->configure(conf($n, $base + 4, @$case[0, 1]));
    like($n->check(), $case->[2], "$case->[0] " . ($case->[1] ? 'with Redis' : 'without Redis'));
}

for my $n (@nodes) {
    ok($n->stop(), 'it ends');
    is($n->complaints(), '', '... without a complaint');
}

done_testing();
