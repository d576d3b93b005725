#!/usr/bin/env perl
#
# Copyright (C) 2026 Meshgate contributors
#
# gate_consumer_cache: what Redis said of callers is remembered for as long as it
# is so; those who wait for the same share a question; strangers cost little;
# and nobody is let in because Redis is away.

use strict;
use warnings;

use Time::HiRes qw(sleep);

use GateMetrics;
use GateRedis;
use GateTest;

our $redis = GateRedis->new(port => port(8), dir => "$ENV{TEST_NGINX_STATE}/redis");

$redis->start('--enable-debug-command', 'local');


sub put {
    my ($hash, %fields) = @_;

    $redis->ask('HSET', $hash, %fields);
}


sub record {
    my ($key, %fields) = @_;

    put('gate:k:{' . hash_of($key) . '}', %fields);
}


sub who {
    my ($r) = @_;

    return join ' ', $r->seen('x-consumer-username') if $r->{seen};
    return "$r->{status} " . (eval { $r->json()->{reason} } // 'no problem');
}


sub as {
    my ($key, $target, @fields) = @_;

    return get($target // '/', "apikey: $key", @fields);
}


sub asks {
    my ($key, $target) = @_;

    my $c = client();

    $c->write(request('GET', $target // '/', undef, "apikey: $key"));

    return $c;
}


sub metric {
    return metrics_value(get('/metrics')->{body}, @_) // 0;
}


sub lookups {
    return metric('gate_consumer_lookups_total', result => $_[0]);
}


# The node hears of changes: from here on what it remembers counts.

sub in_step {
    wait_for(sub { metric('gate_feed_up') }, 10) or die "the node hears of no change\n";
}


# Warm in each worker.

sub warm {
    my ($key, $who) = @_;

    my $n = 0;

    return wait_for(sub { $n = who(as($key)) eq $who ? $n + 1 : 0; $n > 20 });
}


sub last_line {
    my ($uri) = @_;

    my ($line) = reverse grep { /^\Q$uri\E\|/ } split /\n/, log_text('x.log');

    return $line // '';
}


run_gate_tests();

__DATA__

=== TEST 1: a key that is remembered costs Redis nothing
--- gate
    gate_redis 127.0.0.1:$TEST_NGINX_PORT_8 timeout=5s;
    gate_plan gold { rate 100000r/s; }
    gate_consumer conf { plan gold; key sha256(conf); }
    log_format x '$uri|$gate_consumer|$gate_cache';
    access_log $TEST_NGINX_STATE/x.log x;
--- config
    gate_service s;
    gate_auth key;
    gate_consumers redis;
    location / { gate_pass http://sidecar; }
    location /off/ { gate_consumers off; gate_pass http://sidecar; }
    location /tier/ { gate_allow claim:tier=1; gate_pass http://sidecar; }
    location /claim/ { add_header X-Tier "$gate_claim_tier" always; gate_pass http://sidecar; }
    location /metrics { gate_auth off; gate_status format=prometheus; }
--- client
    our $redis;

    in_step();

    record('full', consumer => 'carla', id => '42', credential => 'carla-1', plan => 'gold',
           groups => 'partners,big', scopes => 'read', claims => '{"tier":1}');
    put('gate:c:{olga}', id => '7', groups => 'g');
    record('owned', owner => 'olga');
    sleep 0.2;

    ok(warm('full', 'carla') && warm('owned', 'olga'), 'two are warm');

    my $before = $redis->calls('hgetall');
    my $hits = lookups('hit');

    my @who = map { my $r = as('full'); who($r) . '/' . join '|', map { $r->seen($_) }
                    qw(x-consumer-id x-consumer-groups x-credential-identifier) } 1 .. 50;
    is(scalar(grep { $_ eq 'carla/42|partners,big|carla-1' } @who), 50,
       'the same each time, with all that belongs to him');
    is(scalar(grep { $_ eq 'olga' } map { who(as('owned')) } 1 .. 50), 50,
       'so is one with an owner');
    is($redis->calls('hgetall') - $before, 0, '... and Redis was not asked once in 100 requests');
    is(lookups('hit') - $hits, 100, '... which were hits');

    as('full', '/hit');
    ok(wait_for(sub { last_line('/hit') eq '/hit|carla|hit' }), '... as the log says')
        or diag(last_line('/hit'));
    as('conf', '/conf');
    ok(wait_for(sub { last_line('/conf') eq '/conf|conf|-' }), 'ours need none')
        or diag(last_line('/conf'));

    is(who(as('full', '/off/')), '401 bad_key', 'where Redis does not count nothing is remembered');
    is(who(as('full', '/tier/')), 'carla', 'claims of a consumer count');
    is(who(as('owned', '/tier/')), '403 claim_mismatch', '... who has others has not');
    is(as('full', '/claim/')->field('x-tier'), '1', '... and can be shown');

    is(who(as('nobody')), '401 bad_key', 'nobody has that key') for 1 .. 3;
    $before = $redis->calls('hgetall');
    is(who(as('nobody')), '401 bad_key', '... which is remembered, too') for 1 .. 10;
    is($redis->calls('hgetall') - $before, 0, '... so that it costs nothing either');
    cmp_ok(lookups('unknown'), '>=', 10, '... and is counted');

    record('nobody', consumer => 'nora');
    ok(wait_for(sub { who(as('nobody')) eq 'nora' }, 2), '... until somebody has it');

    put('gate:c:{olga}', id => '8');
    ok(wait_for(sub { join(' ', as('owned')->seen('x-consumer-id')) eq '8' }, 2),
       'a change of an owner counts for his keys');

    my ($worker) = worker_pids();

    $before = $redis->calls('hgetall');
    kill 'HUP', nginx_pid();
    ok(wait_for(sub { !grep { $_ == $worker } worker_pids() }), 'a reload');
    is(scalar(grep { $_ eq 'carla' } map { who(as('full')) } 1 .. 20), 20, '... keeps who it is');
    is($redis->calls('hgetall') - $before, 0, '... without a question')
        if metric('gate_feed_up');

    ($worker) = worker_pids();
    kill 'KILL', $worker;
    ok(wait_for(sub { !grep { $_ == $worker } worker_pids() }), 'a worker is killed');
    ok(wait_for(sub { who(as('full')) eq 'carla' }), '... others know who it is');
    is(metric('gate_consumer_cache_emptied_total'), 0, '... as nothing was torn');
    cmp_ok(metric('gate_consumer_cache_entries'), '>=', 3, '... and all are there still');
--- complaints: exited on signal 9


=== TEST 2: those who wait for the same share one question
--- gate
    gate_redis 127.0.0.1:$TEST_NGINX_PORT_8 timeout=5s;
--- config
    gate_service s;
    gate_auth key;
    gate_consumers redis;
    location / { gate_pass http://sidecar; }
    location /metrics { gate_auth off; gate_status format=prometheus; }
--- client
    our $redis;

    my $workers = $ENV{GATE_WORKERS} || 1;

    put('gate:c:{joan}', groups => 'g');
    record("join$_", owner => 'joan') for 1 .. 3;
    in_step();
    sleep 0.2;

    my $before = $redis->calls('hgetall');
    my $slow = $redis->tell('DEBUG', 'SLEEP', 0.5);
    my @c = map { asks('join1') } 1 .. 20;
    is(join(' ', map { who($_->read()) } @c), join(' ', ('joan') x 20), 'twenty at once');
    cmp_ok($redis->calls('hgetall') - $before, '<=', 2 * $workers,
           '... were one question in each worker, and one for the owner');

    # some leave, the others have their answer

    $before = $redis->calls('hgetall');
    $slow = $redis->tell('DEBUG', 'SLEEP', 0.6);
    @c = map { asks('join2') } 1 .. 20;
    sleep 0.1;
    (shift @c)->close() for 1 .. 10;
    is(join(' ', map { who($_->read()) } @c), join(' ', ('joan') x 10),
       'ten that stay are told, ten that leave are not missed');

    # all leave: nobody is told anything, and the next one asks

    $slow = $redis->tell('DEBUG', 'SLEEP', 0.6);
    @c = map { asks('join3') } 1 .. 10;
    sleep 0.1;
    $_->close() for @c;
    sleep 0.1;
    is(who(as('join3')), 'joan', 'after all have left the next one is told');


=== TEST 3: a flood of keys that nobody has
--- gate
    gate_redis 127.0.0.1:$TEST_NGINX_PORT_8 timeout=5s;
    gate_consumer_cache 1m unknown=64k lookups=50r/s;
--- config
    gate_service s;
    gate_auth key;
    gate_consumers redis;
    location / { gate_pass http://sidecar; }
    location /metrics { gate_auth off; gate_status format=prometheus; }
--- client
    our $redis;

    in_step();

    record("good$_", consumer => "good-$_") for 1 .. 20;
    sleep 0.2;
    for my $n (1 .. 20) {
        wait_for(sub { who(as("good$n")) eq "good-$n" });
    }

    my $before = $redis->calls('hgetall');
    my $from = time;
    my (%got, %again);

    for my $n (1 .. 2000) {
        my $r = as("random-$n-$$");

        $got{who($r)}++;
        $again{$r->field('retry-after') // ''}++ if $r->{status} == 503;
    }

    my $took = time - $from + 1;
    my $calls = $redis->calls('hgetall') - $before;

    cmp_ok($calls, '<=', 50 * ($took + 2), "of 2000 Redis was asked few: $calls in $took s");
    is(join(' ', sort keys %got), '401 bad_key 503 consumers_unavailable',
       '... the others are not told that they are wrong, and nobody is let in');
    is(join(' ', keys %again), 1, '... but to come again');
    cmp_ok(lookups('limited'), '>=', 1, '... and are counted');

    $before = $redis->calls('hgetall');
    is(join(' ', map { who(as("good$_")) } 1 .. 20), join(' ', map { "good-$_" } 1 .. 20),
       'those who were known are known still');
    is($redis->calls('hgetall') - $before, 0, '... and nobody asks for them');
    cmp_ok(metric('gate_consumer_cache_unknown_entries'), '<=',
           metric('gate_consumer_cache_unknown_room'), 'strangers have their own room');

    # whoever was known is looked up again whatever the rate

    as("random-$_-again-$$") for 1 .. 200;
    record('good1', consumer => 'better');
    ok(wait_for(sub { who(as('good1')) eq 'better' }, 2),
       'a known one that changed is not limited');


=== TEST 4: Redis is away
--- gate
    gate_redis 127.0.0.1:$TEST_NGINX_PORT_8 timeout=200ms;
    gate_consumer_cache 1m stale=4s;
    log_format x '$uri|$gate_consumer|$gate_cache';
    access_log $TEST_NGINX_STATE/x.log x;
--- config
    gate_service s;
    gate_auth key;
    gate_consumers redis;
    location / { gate_pass http://sidecar; }
    location /metrics { gate_auth off; gate_status format=prometheus; }
--- client
    our $redis;

    in_step();
    record('old', consumer => 'otto');
    record('cold', consumer => 'cora');
    sleep 0.2;
    ok(warm('old', 'otto'), 'one is warm');

    $redis->freeze();

    ok(wait_for(sub { as('old', '/stale'); last_line('/stale') eq '/stale|otto|stale' }, 3),
       'Redis hangs: who was known goes on');
    is(who(as('cold')), '503 consumers_unavailable', '... who was not does not');
    is(who(as('wrong')), '503 consumers_unavailable', '... nor who is nobody');
    cmp_ok(lookups('stale'), '>=', 1, '... which is counted');
    cmp_ok(lookups('unavailable'), '>=', 1, '... both');

    ok(wait_for(sub { who(as('old')) eq '503 consumers_unavailable' }, 10),
       '... and his time is over');
    is(who(as('old')), '503 consumers_unavailable', '... for good');

    $redis->thaw();
    ok(wait_for(sub { who(as('old')) eq 'otto' }, 10), 'Redis is back: so is he');
    in_step();
    ok(warm('old', 'otto'), '... and he is warm');

    # a replica that has lost its primary answers, and says nothing

    $redis->ask('CONFIG', 'SET', 'replica-serve-stale-data', 'no');
    $redis->ask('REPLICAOF', '127.0.0.1', '1');

    my %got;

    ok(wait_for(sub {
        $got{who(as('old', '/stale'))} = 1;
        last_line('/stale') eq '/stale|otto|stale';
    }, 3), 'Redis does not say, but answers: who was known goes on');
    is(join(', ', keys %got), 'otto', '... from the first one on');
    is(who(as('cold')), '503 consumers_unavailable', '... who was not is not let in');
    unlike(log_text('error.log'), qr/record of key .* is refused/, '... and no record is wrong');

    $redis->ask('REPLICAOF', 'NO', 'ONE');
    ok(wait_for(sub { who(as('old')) eq 'otto' }, 10), 'it says again: so is he');
    in_step();
    ok(warm('old', 'otto'), '... and he is warm again');

    $redis->stop('KILL');
    ok(wait_for(sub { who(as('old')) eq '503 consumers_unavailable' }, 10),
       'Redis is killed: his time is over, too');

    $redis->start('--enable-debug-command', 'local');
    ok(wait_for(sub { who(as('old')) eq '401 bad_key' }, 10),
       'it comes back empty: he is nobody');
    record('old', consumer => 'otto');
    ok(wait_for(sub { who(as('old')) eq 'otto' }, 11), '... until he is there again');


=== TEST 5: who is not known is refused like a stranger
--- gate
    gate_redis 127.0.0.1:$TEST_NGINX_PORT_8 timeout=200ms;
    gate_consumer_cache 1m stale=0 unavailable=401;
--- config
    gate_service s;
    gate_auth key;
    gate_consumers redis;
    location / { gate_pass http://sidecar; }
    location /metrics { gate_auth off; gate_status format=prometheus; }
--- client
    our $redis;

    in_step();
    record('some', consumer => 'some');
    ok(wait_for(sub { who(as('some')) eq 'some' }), 'one is known');

    $redis->freeze();

    ok(wait_for(sub { who(as('some')) eq '401 credential_unverified' }, 10),
       'Redis hangs: nobody goes on, and a 401 says so');
    my $r = as('other');
    is(who($r), '401 credential_unverified', '... a stranger is told the same');
    like($r->field('www-authenticate'), qr/^Key /, '... with a challenge');

    $redis->thaw();
    ok(wait_for(sub { who(as('some')) eq 'some' }, 10), 'once it goes on so does he');


=== TEST 6: more of them than there is room for
--- gate
    gate_redis 127.0.0.1:$TEST_NGINX_PORT_8 timeout=5s;
    gate_consumer_cache 64k lookups=100000r/s;
--- config
    gate_service s;
    gate_auth key;
    gate_consumers redis;
    location / { gate_pass http://sidecar; }
    location /metrics { gate_auth off; gate_status format=prometheus; }
--- client
    our $redis;

    in_step();
    record("room$_", consumer => "room-$_", groups => 'a,b,c', scopes => 'x y z') for 1 .. 600;
    sleep 0.2;

    my @wrong = grep { $_ } map { my $who = who(as("room$_")); $who eq "room-$_" ? () : $who }
                (1 .. 600, reverse 1 .. 600);

    is("@wrong", '', 'each of 600 is himself, twice');
    cmp_ok(metric('gate_consumer_cache_evictions_total'), '>', 100, '... some had to go');
    cmp_ok(metric('gate_consumer_cache_bytes_used'), '<=', 65536, '... there is no more room');
