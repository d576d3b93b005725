#!/usr/bin/env perl
#
# Copyright (C) 2026 Meshgate contributors
#
# Many consumers in Redis, each with a key: all of them are asked for once, are
# at hand then, and Redis is not asked again.  "make bench-consumers" runs the
# same with 1,000,000 and says what it takes.
#
# serial
#
# Environment: MANY how many (2,000), MANY_CACHE the size of the cache (4m).

use strict;
use warnings;

use Digest::SHA qw(sha256_hex);
use IO::Socket::INET;
use Test::More;
use Time::HiRes qw(time);

use GateMetrics;
use GateNginx;
use GateRedis;

use constant AT_ONCE => 64;

my $n = $ENV{MANY} || 2000;
my $cache = $ENV{MANY_CACHE} || '4m';
my $root = $ENV{TEST_NGINX_SERVROOT};
my ($port, $redis_port) = map { $ENV{GATE_PORT_BASE} + $_ } 1, 2;

my $redis = GateRedis->new(port => $redis_port, dir => "$root/redis");

$redis->start();
load();

my $nginx = GateNginx->new(root => "$root/many");

$nginx->configure($nginx->head() . <<"CONF");
http {
    ${\ $nginx->paths() }
    access_log off;
    gate_zone gate 4m;
    gate_redis 127.0.0.1:$redis_port timeout=5s;
    gate_consumer_cache $cache stale=1h lookups=1000000r/s;
    gate_plan gold { rate 1000r/s; }
    gate_consumer conf { plan gold; key sha256:${\ sha256_hex('conf') }; }
    server {
        listen 127.0.0.1:$port;
        keepalive_requests 100000000;
        gate_auth key;
        gate_consumers redis;
        location / { empty_gif; }
        location /status { gate_auth off; gate_status format=prometheus; }
    }
}
CONF

$nginx->start();
wait_for(sub { my $c = eval { page() }; defined $c && metrics_value($c, 'gate_feed_up') });

my @keys = map { "key-$_" } 1 .. $n;

is(asked('each for the first time', @keys), $n, 'each of them is let in');

my $before = $redis->calls('hgetall');

cmp_ok($before, '>=', 2 * $n, '... by what Redis says of key and consumer');

my $status = page();

is(metrics_value($status, 'gate_consumer_cache_entries'), $n, '... and is remembered');
is(metrics_value($status, 'gate_consumer_cache_evictions_total'), 0, '... none for another');

said('memory of the cache in use: %.1f MB, %.0f bytes for each',
     (metrics_value($status, 'gate_consumer_cache_bytes_used')) / 2 ** 20,
     metrics_value($status, 'gate_consumer_cache_bytes_used') / $n);

my @some = @keys[0 .. ($n > 100_000 ? 99_999 : $n - 1)];

is(asked('one after the other once more', @some), @some, '... and let in again');
is(asked('one of Redis each time', map { 'key-1' } @some), @some, 'one of them each time');
is(asked('one of the configuration', map { 'conf' } @some), @some, '... and of the configuration');
is($redis->calls('hgetall') - $before, 0, '... without a question to Redis');

$nginx->stop();
$redis->stop();
done_testing();


# Two hashes for each, as docs/authentication.md has them, through one pipe.

sub load {
    my $from = time;
    my $before = memory();

    open my $pipe, '|-', "redis-cli -p $redis_port --pipe >$root/loaded" or die "redis-cli: $!";

    for my $i (1 .. $n) {
        my $k = sha256_hex("key-$i");

        print $pipe command('HSET', "gate:c:{consumer-$i}", 'plan', 'gold', 'groups', 'partners'),
                    command('HSET', "gate:k:{$k}", 'owner', "consumer-$i", 'credential', "c-$i");
    }

    close $pipe or die "redis-cli: $?";

    is($redis->ask('DBSIZE'), 2 * $n, 'Redis has a consumer and a key for each');
    said('%d consumers with keys loaded in %.1f s, Redis takes %.0f MB for them', $n,
         time - $from, (memory() - $before) / 2 ** 20);
}


sub command { return '*' . @_ . "\r\n" . join '', map { '$' . length() . "\r\n$_\r\n" } @_ }


sub memory { return $redis->ask('INFO', 'memory') =~ /^used_memory:(\d+)/m ? $1 : 0 }


# How many were answered with 200, on so many connections at once.

sub asked {
    my ($what, @list) = @_;

    my @c = map { IO::Socket::INET->new("127.0.0.1:$port") || die "connect: $!" } 1 .. AT_ONCE;
    my ($from, $cpu, $good) = (time, ticks(), 0);

    for (my $i = 0; $i < @list; $i += AT_ONCE) {
        my @now = grep { $i + $_ < @list } 0 .. AT_ONCE - 1;

        syswrite $c[$_], "GET / HTTP/1.1\r\nHost: a\r\napikey: $list[$i + $_]\r\n\r\n" for @now;
        $good += answered($c[$_]) for @now;
    }

    said('%s: %.0f a second, %.1f us of the workers for each', $what, @list / (time - $from),
         1e6 * (ticks() - $cpu) / @list);

    return $good;
}


sub answered {
    my ($c) = @_;

    my $buf = '';

    for ( ;; ) {
        sysread $c, $buf, 65536, length $buf or die "the connection has ended\n";

        my ($code, $fields, $body) = $buf =~ /^HTTP\/1\.1 (\d+)(.*?)\r\n\r\n(.*)/s or next;
        my ($len) = $fields =~ /^Content-Length: (\d+)/mi;

        return $code == 200 if length $body >= $len;
    }
}


# CPU seconds of the workers.

sub ticks {
    my $sum = 0;

    for my $pid ($nginx->workers()) {
        my @f = split ' ', slurp("/proc/$pid/stat") =~ s/^.*\) //r;

        $sum += $f[11] + $f[12];
    }

    return $sum / POSIX::sysconf(POSIX::_SC_CLK_TCK());
}


sub page {
    my $c = IO::Socket::INET->new("127.0.0.1:$port") or die "connect: $!";

    print $c "GET /status HTTP/1.0\r\n\r\n";
    local $/;

    return (scalar <$c>) =~ s{^.*?\r\n\r\n}{}sr;
}


sub said {
    my ($format, @values) = @_;

    $ENV{MANY} ? diag(sprintf $format, @values) : note(sprintf $format, @values);
}
