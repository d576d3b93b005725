#!/usr/bin/env perl
#
# Copyright (C) 2026 Meshgate contributors
#
# A credential that has a successor: it works until its time is over, and who
# still uses it is told. And when a credential was used last, as Redis is told.

use strict;
use warnings;

use Digest::SHA qw(sha256_hex);
use Time::HiRes qw(sleep);

use GateMetrics;
use GateRedis;
use GateTest;

our $redis = GateRedis->new(port => port(8), dir => "$ENV{TEST_NGINX_STATE}/redis");

$redis->start();


sub record {
    my ($key, @fields) = @_;

    $redis->ask('HSET', 'gate:k:{' . sha256_hex($key) . '}', @fields);
}


sub as {
    my ($key, $target, @fields) = @_;

    return get($target // '/', "apikey: $key", @fields);
}


sub last_of { return $redis->ask('HGET', 'gate:last', 'k:' . sha256_hex($_[0])) }

sub said {
    my ($pattern) = @_;

    return scalar(() = log_text('error.log') =~ /$pattern/mg);
}


run_gate_tests();

__DATA__

=== TEST 1: keys of the configuration and of Redis that have a successor
--- gate
    gate_redis 127.0.0.1:$TEST_NGINX_PORT_8 timeout=5s;
    gate_consumer conf {
        key sha256(c1) id=conf-1 not_after=2099-12-31 successor=conf-2;
        key sha256(c2) id=conf-2;
        key sha256(c3) id=conf-3 not_after=2099-12-30;
        key sha256(c4) id=conf-4 successor=conf-2;
    }
    log_format x '$uri|$gate_credential_id|$gate_credential_expires';
    access_log $TEST_NGINX_STATE/x.log x;
--- config
    gate_service s;
    gate_auth key;
    gate_consumers redis;
    location / { gate_pass http://sidecar; }
    location /refused { gate_allow group=none; gate_pass http://sidecar; }
    location /metrics { gate_auth off; gate_status format=prometheus; }
--- client
    our $redis;

    my $end = 'Thu, 31 Dec 2099 23:59:59 GMT';

    record('r1', consumer => 'rea', credential => 'rea-1', successor => 'rea-2',
           not_after => '2099-12-31T23:59:59Z');
    record('r2', consumer => 'rea', credential => 'rea-2');
    record('r0', consumer => 'rea', credential => 'rea-0', successor => 'rea-1',
           not_after => '2020-01-01');

    for my $case ([ 'c1', 'conf-2' ], [ 'r1', 'rea-2' ]) {
        my ($key, $next) = @$case;
        my $r = as($key, "/$key");

        is($r->{status}, 200, "$key: it is as good as any other one");
        is($r->field('x-credential-expires'), $end, '... and the answer says until when');
        is($r->field('x-credential-successor'), $next, '... and which one replaces it');

        $r = as($key, '/refused');
        is($r->{status}, 403, '... a refusal');
        is($r->field('x-credential-expires'), $end, '... says it, too');
    }

    for my $key ('c2', 'r2', 'c3') {
        my $r = as($key, "/$key");

        is($r->{status}, 200, "$key: one without a successor");
        is_deeply([ $r->all('x-credential-expires'), $r->all('x-credential-successor') ], [],
                  '... nothing is said');
    }

    my $r = as('c4');
    is($r->field('x-credential-successor'), 'conf-2', 'one without an end has a successor');
    is_deeply([ $r->all('x-credential-expires') ], [], '... and no end');

    $r = as('c1', '/', 'X-Test-Answer: x', 'X-Credential-Expires: never');
    is_deeply([ $r->seen('x-credential-expires') ], [], 'a caller cannot say it to the service');

    $r = as('r0');
    is("$r->{status} " . $r->json()->{reason}, '401 expired_key', 'its time is over');
    is_deeply([ $r->all('x-credential-successor') ], [], '... and nobody is told of others');

    as('r1') for 1 .. 5;

    my $workers = $ENV{GATE_WORKERS} || 1;
    my $line = qr/\[notice\].*consumer "rea" still uses credential "rea-1", whose successor is/;

    cmp_ok(said($line), '>=', 1, 'the log says who still uses it');
    cmp_ok(said($line), '<=', $workers, '... and not for each request');
    like(log_text('error.log'),
         qr/still uses credential "rea-1", whose successor is "rea-2", until \Q$end\E/,
         '... and until when');

    my $n = metrics_value(get('/metrics')->{body}, 'gate_retiring_credentials_total',
                          method => 'key');
    is($n, 11, 'requests are counted');

    my %lines = map { /^(\S+?)\|/; ($1 => $_) } split /\n/, log_text('x.log');
    is($lines{'/r1'}, "/r1|rea-1|$end", 'the variable has it');
    is($lines{'/c3'}, '/c3|conf-3|Wed, 30 Dec 2099 23:59:59 GMT', '... of all that have an end');
    is($lines{'/c2'}, '/c2|conf-2|-', '... and nothing of others');


=== TEST 2: when a credential was used last
--- gate
    gate_redis 127.0.0.1:$TEST_NGINX_PORT_8 timeout=5s;
    gate_consumer conf { key sha256(conf); }
--- config
    gate_service s;
    gate_auth key;
    gate_consumers redis;
    location / { gate_pass http://sidecar; }
--- client
    our $redis;

    $redis->ask('DEL', 'gate:last');
    record('a', consumer => 'ada');
    record('old', consumer => 'ada', not_after => '2020-01-01');

    my $from = time;

    is(as($_)->{status}, 200, "$_ is let in") for ('a', 'conf', 'a');
    is(as($_)->{status}, 401, "$_ is not") for ('old', 'nobody');

    ok(wait_for(sub { last_of('a') }), 'Redis is told when it was used');
    cmp_ok(last_of('a'), '>=', $from, '... which is now');
    cmp_ok(last_of('a'), '<=', time, '... and no later');

    my $writes = $redis->calls('hset');
    my $time = last_of('a');

    as('a') for 1 .. 10;
    sleep 1.5;

    cmp_ok($redis->calls('hset') - $writes, '<=', ($ENV{GATE_WORKERS} || 1) - 1,
           '... once a minute of each worker');
    is_deeply([ sort map { s/^k://r } @{ $redis->ask('HKEYS', 'gate:last') } ],
              [ sha256_hex('a') ], '... and nothing of those who are not let in, or of others');

    record('brief', consumer => 'bea');
    record('b', consumer => 'bea');
    is(as($_)->{status}, 200, "$_, too") for ('brief', 'b');
    $redis->ask('DEL', 'gate:k:{' . sha256_hex('brief') . '}');
    ok(wait_for(sub { last_of('b') }), '... which is told');
    is(last_of('brief'), undef, '... but not of one that is deleted by then');

    $redis->ask('CLIENT', 'KILL', 'TYPE', 'normal');

    ok(wait_for(sub { as('b')->{status} == 200 }), '... also when connections are lost');


=== TEST 3: a successor of the configuration must have a name
--- gate
    gate_consumer conf { key sha256(c1) successor=a,b; }
--- config
--- must_die
--- complaints: invalid parameter "successor=a,b" of "key": it must be a name
--- error_log
invalid parameter "successor=a,b" of "key": it must be a name of 1 to 256 bytes
