#!/usr/bin/env perl
#
# Copyright (C) 2026 Meshgate contributors
#
# What changes in Redis counts on all nodes: two of them and one Redis, changes
# that are announced and changes by hand, messages that do not come, and a Redis
# that goes, comes back and is empty.

use strict;
use warnings;

use Digest::SHA qw(sha256_hex);
use Test::More;
use Time::HiRes qw(sleep time);

use GateBackend;
use GateClient;
use GateMetrics;
use GateNginx;
use GateRedis;

my $root = $ENV{TEST_NGINX_SERVROOT};
my $base = $ENV{GATE_PORT_BASE};

my $backend = GateBackend->start(port => $base, dir => $root);

my $redis = GateRedis->new(port => $base + 8, dir => "$root/redis");

$redis->start();

my @nodes = map { node("node-$_", $base + $_, "gate_redis 127.0.0.1:$redis->{port};") } 1, 2;

$_->start() for @nodes;


sub node {
    my ($name, $port, $http) = @_;

    my $n = GateNginx->new(root => "$root/$name");

    $n->{port} = $port;
    $n->configure($n->head() . <<"CONF");
http {
    ${\ $n->paths() }
    gate_zone gate 4m;
    $http
    gate_plan gold { rate 1000r/s; }
    gate_plan tiny { rate 1r/h; }
    upstream sidecar { server 127.0.0.1:$base; }
    server {
        listen 127.0.0.1:$port;
        gate_consumers redis;
        gate_service s;
        gate_auth key;
        location / { gate_pass http://sidecar; }
        location /limited { gate_limit plan; gate_pass http://sidecar; }
        location /metrics { gate_auth off; gate_status format=prometheus; }
        location /status { gate_auth off; gate_status; }
    }
}
CONF

    return $n;
}


sub at {
    my ($n, $target, @fields) = @_;

    my $c = GateClient->new($n->{port});

    $c->write(join "\r\n", "GET $target HTTP/1.1", 'Host: a', 'Connection: close', @fields,
              '', '');

    return $c->read('GET') // die "no answer\n";
}


# Who it is for the service, or the status and reason, at each node.

sub who {
    my ($key, $target) = @_;

    return join ', ', map {
        my $r = at($_, $target // '/', "apikey: $key");
        $r->{seen} ? join ' ', $r->seen('x-consumer-username')
                   : "$r->{status} " . (eval { $r->json()->{reason} } // '');
    } @nodes;
}


sub metric {
    my ($n, @what) = @_;

    return metrics_value(at($n, '/metrics')->{body}, @what);
}


sub sum {
    my ($name) = @_;

    my $sum = 0;

    $sum += metric($_, $name) for @nodes;

    return $sum;
}


sub name_of { return 'gate:k:{' . sha256_hex($_[0]) . '}' }


# As the admin API does it.

my $announce = <<'LUA';
local words = cjson.decode(ARGV[1])
redis.call(unpack(words))
local v = redis.call('INCR', 'gate:v')
redis.call('PUBLISH', 'gate:changes', v .. ' ' .. ARGV[2] .. ' ' .. ARGV[3])
return v
LUA

sub announced {
    my ($kind, $name, @words) = @_;

    my $json = '[' . join(',', map { "\"$_\"" } @words) . ']';

    return $redis->ask('EVAL', $announce, 0, $json, $kind, $name);
}


# Both nodes get there, and how long it took them is in the log.

sub follows {
    my ($key, $who, $name) = @_;

    my $from = time;
    my $got = wait_for(sub { who($key) eq "$who, $who" }, 5);

    ok($got, $name) or diag(who($key));
    note(sprintf '%s: %.0f ms', $name, 1000 * (time - $from));
}


sub in_step { return wait_for(sub { !grep { !metric($_, 'gate_feed_up') } @nodes }) }


# Changes.

ok(in_step(), 'both nodes hear of changes');
is(sum('gate_feed_gaps_total'), 0, '... and nothing was missed at the start');

$redis->ask('HSET', name_of('a'), 'consumer', 'ada', 'plan', 'gold');
$redis->ask('HSET', name_of('b'), 'consumer', 'bea', 'plan', 'gold');
follows('a', 'ada', 'a key that was written by hand');

$redis->ask('DEL', name_of('a'));
follows('a', '401 bad_key', 'a key that was deleted by hand');

announced('k', sha256_hex('a'), 'HSET', name_of('a'), 'consumer', 'ada', 'plan',
          'gold');
follows('a', 'ada', 'a key that was announced');

announced('k', sha256_hex('a'), 'HSET', name_of('a'), 'status', 'disabled');
follows('a', '403 disabled_consumer', 'a consumer that was disabled');

announced('k', sha256_hex('a'), 'HSET', name_of('a'), 'status', 'active');
follows('a', 'ada', '... and enabled again');

announced('k', sha256_hex('a'), 'HSET', name_of('a'), 'not_after', '2020-01-01');
follows('a', '401 expired_key', 'a key whose time was ended');

announced('k', sha256_hex('a'), 'HDEL', name_of('a'), 'not_after');
follows('a', 'ada', '... and goes on again');

$redis->ask('HSET', name_of('b'), 'plan', 'tiny');

ok(wait_for(sub { my $w = () = who('b', '/limited') =~ /429/g; $w == 2 }, 5),
   'a plan that was changed by hand');

$redis->ask('EXPIRE', name_of('b'), 1);
follows('b', '401 bad_key', 'a key that expires');

cmp_ok(sum('gate_feed_changes_total'), '>=', 2 * 10, 'changes are counted');
is(sum('gate_feed_gaps_total'), 0, '... and none was missed');


# What does not come.

sub notices {
    my ($name, $code) = @_;

    my %gaps = map { $_ => metric($_, 'gate_feed_gaps_total') } @nodes;

    $code->();

    ok(wait_for(sub { !grep { metric($_, 'gate_feed_gaps_total') == $gaps{$_} } @nodes }, 10),
       $name);
    ok(in_step(), '... and it is in step again');
}


notices('a change that was counted and not published', sub { $redis->ask('INCR', 'gate:v') });

notices('a message that was left out', sub {
    $redis->ask('INCR', 'gate:v');
    announced('c', 'x', 'SET', 'x', '1');
});

notices('a message that nobody understands', sub { $redis->ask('PUBLISH', 'gate:changes', 'x') });

notices('a key that nobody understands', sub { $redis->ask('SET', 'gate:k:x', 1) });

notices('versions that go back', sub { $redis->ask('SET', 'gate:v', '1') });

notices('connections that were killed', sub { $redis->ask('CLIENT', 'KILL', 'TYPE', 'pubsub') });

notices('a Redis that was emptied', sub { $redis->ask('FLUSHALL') });

$redis->ask('HSET', name_of('a'), 'consumer', 'ada', 'plan', 'gold');
follows('a', 'ada', 'a key of before');

notices('a Redis that is started again, empty', sub { $redis->stop('KILL'); $redis->start() });

follows('a', '401 bad_key', 'a key that is not there any more');


# One that hangs is waited for: what it tells then is complete.

$redis->ask('HSET', name_of('a'), 'consumer', 'ada', 'plan', 'gold');
follows('a', 'ada', 'a key is there');

$redis->freeze();
ok(wait_for(sub { metric($nodes[0], 'gate_feed_up') == 0
                  && metric($nodes[0], 'gate_feed_age_ms') > 1000 }),
   'Redis hangs: it is not known what changes');
like(at($nodes[0], '/status')->{body}, qr/"feed":\{.*"up":false/, '... the status page says so');
$redis->thaw();
ok(in_step(), '... until it answers again');


# A node's own ends: nothing is missed while somebody goes on listening.

announced('c', 'x', 'SET', 'x', '1');

for my $n (@nodes) {
    my $gaps = metric($n, 'gate_feed_gaps_total');

    ok($n->reload(), 'a reload');

    $redis->ask('HSET', name_of('r'), 'consumer', "rea-$n->{port}", 'plan',
                'gold');

    ok(wait_for(sub { metric($n, 'gate_feed_up') }), '... the new workers listen');
    is(metric($n, 'gate_feed_gaps_total'), $gaps, '... and nothing was missed meanwhile');
}

my ($worker) = $nodes[0]->workers();

kill 'KILL', $worker;
ok(wait_for(sub {
    my @now = $nodes[0]->workers();
    return @now == $nodes[0]{workers} && !grep { $_ == $worker } @now;
}), 'a worker that was killed is there again');
$redis->ask('HSET', name_of('r'), 'consumer', 'ria');
follows('r', 'ria', '... and a change counts');
ok($nodes[0]->upgrade(), 'a binary upgrade');
$redis->ask('HSET', name_of('r'), 'consumer', 'rob');
follows('r', 'rob', '... and a change counts');


# A user who may not.

$redis->ask('ACL', 'SETUSER', 'low', 'on', '>pw', '~gate:*', 'resetchannels', '+@all',
            '-client|tracking');
spew("$root/password", "pw\n");

my $low = node('node-low', $base + 3, "gate_redis 127.0.0.1:$redis->{port} user=low"
               . " redis_password=file:$root/password;");

$low->start();
@nodes = ($low);

ok(wait_for(sub { $low->log() =~ /\[error\].*refuses "SUBSCRIBE gate:changes": NOPERM/ }),
   'a user who may not subscribe is told');
is(metric($low, 'gate_feed_up'), 0, '... does not hear');
is(who('r'), 'rob', '... and Redis is asked each time');

$redis->ask('ACL', 'SETUSER', 'low', '&gate:changes');
ok(in_step(), 'one who may from now on hears');
like($low->log(), qr/\[warn\].*does not tell which keys are written \(CLIENT TRACKING\)/,
     '... but for what is not announced, as is told');

announced('k', sha256_hex('r'), 'HSET', name_of('r'), 'consumer', 'ron');
ok(wait_for(sub { who('r') eq 'ron' }, 5), '... and what is announced counts');

for my $n (@nodes, $low) {
    ok($n->stop(), 'it ends');
    is($n->complaints(), '', '... without a complaint');
}

done_testing();
