#!/usr/bin/env perl
#
# Copyright (C) 2026 Meshgate contributors
#
# Records of Redis: a credential with an owner, who has a hash of his own; one
# for a claim of tokens; a consumer whom an issuer may name.

use strict;
use warnings;

use GateRedis;
use GateTest;
use GateToken;

our $redis = GateRedis->new(port => port(8), dir => "$ENV{TEST_NGINX_STATE}/redis");

$ENV{TEST_NGINX_PEM} = gate_keys()->{rsa}{public};

$redis->start();


sub put {
    my ($hash, %fields) = @_;

    $redis->ask('DEL', $hash);
    $redis->ask('HSET', $hash, %fields) if %fields;
}


sub key_of {
    my ($key) = @_;

    return 'gate:k:{' . hash_of($key) . '}';
}


# Who it was for the service, or the status and reason of the refusal.

sub who {
    my ($r) = @_;

    return join ' ', $r->seen('x-consumer-username') if $r->{seen};
    return "$r->{status} " . (eval { $r->json()->{reason} } // 'no problem');
}


sub as {
    my ($key, $target) = @_;

    return get($target // '/', "apikey: $key");
}


sub bearer {
    my ($target, %claims) = @_;

    return get($target, 'Authorization: Bearer ' . mint(claims => \%claims));
}


run_gate_tests();

__DATA__

=== TEST 1: a key has an owner
--- gate
    gate_redis 127.0.0.1:$TEST_NGINX_PORT_8 timeout=5s;
    gate_consumer_cache off;
    gate_plan gold { rate 1000r/s; }
--- config
    gate_service s;
    gate_auth key;
    gate_consumers redis;
    location / { gate_pass http://sidecar; }
    location /read/ { gate_allow scope=read; gate_pass http://sidecar; }
--- client
    our $redis;

    put('gate:c:{olga}', id => '42', plan => 'gold', groups => 'a,b', scopes => 'read', rev => 7,
        created => '2026-11-01T10:00:00Z');
    put(key_of('o1'), owner => 'olga', credential => 'olga-1', successor => 'olga-2', rev => 1);
    put(key_of('o2'), owner => 'olga', not_after => '2099-12-31T23:59:59Z');

    my $r = as('o1');
    is(who($r), 'olga', 'a key is whose its owner says');
    is(join('|', map { $r->seen($_) } qw(x-consumer-id x-consumer-groups x-credential-identifier)),
       '42|a,b|olga-1', '... with all that is in his hash');
    is(who(as('o2', '/read/')), 'olga', 'another key of his may what he may');

    put(key_of('o1'), owner => 'olga', status => 'disabled');
    is(who(as('o1')), '401 bad_key', 'a key that is disabled is none');
    is(who(as('o2')), 'olga', '... the others are his still');

    put(key_of('o1'), owner => 'olga', not_after => '2020-01-01T00:00:00Z');
    is(who(as('o1')), '401 expired_key', 'a key has an end to the second');

    put('gate:c:{olga}', status => 'disabled');
    is(who(as('o2')), '403 disabled_consumer', 'an owner is disabled with all his keys');

    put('gate:c:{olga}');
    is(who(as('o2')), '401 bad_key', 'a key whose owner is gone is nobody\'s');

    put('gate:c:{a b}}', scopes => 'read');
    put('gate:c:{a%20b%7D}', scopes => 'read');
    put(key_of('odd'), owner => 'a b}');
    is(who(as('odd')), 'a b}', 'names are encoded');

    put('gate:c:{olga}', plan => 'gold', owner => 'max');
    is(who(as('o2')), '503 consumers_unavailable', 'a consumer has no owner');

    put('gate:c:{olga}', plan => 'platinum');
    is(who(as('o2')), '503 consumers_unavailable', '... nor a plan that is not configured');

    put(key_of('o2'), owner => 'olga', plan => 'gold');
    is(who(as('o2')), '503 consumers_unavailable', 'a key with an owner has no plan');

    like(log_text('error.log'), qr/record of key "[0-9a-f]{12}" has an "owner", whose hash it is/,
         '... which the log says');


=== TEST 2: tokens of who is in Redis
--- gate
    gate_redis 127.0.0.1:$TEST_NGINX_PORT_8 timeout=5s;
    gate_consumer_cache off;
    gate_consumer conf { claim corp=conf; }
    gate_consumer many { }
    gate_issuer corp {
        issuer https://issuer.example;
        audience https://api.example;
        key_file $TEST_NGINX_PEM;
        algorithms RS256;
    }
    gate_issuer maps {
        issuer https://maps.example;
        audience https://api.example;
        key_file $TEST_NGINX_PEM;
        algorithms RS256;
        consumer claim=client_id map=name;
    }
    gate_issuer shared {
        issuer https://shared.example;
        audience https://api.example;
        key_file $TEST_NGINX_PEM;
        algorithms RS256;
        consumer unknown=many;
    }
--- config
    gate_service s;
    gate_auth jwt=corp jwt=maps jwt=shared;
    gate_consumers redis;
    location / { gate_pass http://sidecar; }
    location /off/ { gate_consumers off; gate_pass http://sidecar; }
--- client
    our $redis;

    my %corp = (aud => 'https://api.example');
    my %maps = (%corp, iss => 'https://maps.example');
    my %shared = (%corp, iss => 'https://shared.example');

    put('gate:c:{tom}', groups => 'x');
    put('gate:t:{corp%3Dtom-sub}', owner => 'tom', credential => 'tom-token');
    put('gate:t:{corp%3Dinline}', consumer => 'ines');
    put('gate:t:{shared%3Dknown}', owner => 'tom');

    for my $n (1, 2) {
        my $r = bearer('/', %corp, sub => 'tom-sub');
        is(who($r), 'tom', "a token is whose Redis says: $n");
        is(join(' ', $r->seen('x-credential-identifier')), 'tom-token', "... by its id: $n");
        is(who(bearer('/', %corp, sub => 'inline')), 'ines', "also without an owner: $n");
        is(who(bearer('/', %corp, sub => 'nobody')), '403 unknown_consumer',
           "one that nobody lists is refused: $n");
        is(who(bearer('/', %maps, client_id => 'tom')), 'tom', "an issuer may name him: $n");
        is(who(bearer('/', %maps, client_id => 'conf')), 'conf', "... or one of ours: $n");
        is(who(bearer('/', %maps, client_id => 'many')), '403 unknown_consumer',
           "... not one that stands in: $n");
        is(who(bearer('/', %shared, sub => 'known')), 'tom', "one of many may be known: $n");
        is(who(bearer('/', %shared, sub => 'else')), 'many', "... the others are not: $n");
        is(who(bearer('/off/', %corp, sub => 'tom-sub')), '403 unknown_consumer',
           "where it is off nobody is in Redis: $n");
        is(who(bearer('/off/', %shared, sub => 'known')), 'many', "... nor known to it: $n");
    }

    my $before = $redis->calls('hgetall');
    is(who(bearer('/', %corp, sub => 'conf')), 'conf', 'a claim of the configuration') for 1 .. 3;
    is($redis->calls('hgetall') - $before, 0, '... needs no Redis');

    put('gate:t:{corp%3Dtom-sub}', owner => 'tom', not_after => '2020-01-01');
    is(who(bearer('/', %corp, sub => 'tom-sub')), '401 expired_credential',
       'a claim has an end');

    # one that was taken away is no stranger, whatever the issuer does with those

    put('gate:c:{tom}', groups => 'x');
    put('gate:c:{ann}', groups => 'x');

    my @others = ([ 'shared', \%shared, 'sub', 'many' ], [ 'maps', \%maps, 'client_id', 'ann' ]);

    for my $other (@others) {
        my ($issuer, $claims, $name, $who) = @$other;
        my $hash = "gate:t:{$issuer%3Dann}";
        my $as = sub { who(bearer('/', %$claims, $name => 'ann')) };

        is($as->(), $who, "$issuer: there is no record of a claim");
        put($hash, owner => 'tom');
        is($as->(), 'tom', '... there is one');
        put($hash, owner => 'tom', status => 'disabled');
        is($as->(), '403 disabled_consumer', '... it is disabled');
        put($hash, owner => 'nobody', status => 'disabled');
        is($as->(), '403 disabled_consumer', '... and its owner gone');
        put($hash, consumer => 'ines', status => 'disabled');
        is($as->(), '403 disabled_consumer', '... it is disabled and has no owner');
        put($hash, owner => 'tom', not_after => '2020-01-01');
        is($as->(), '401 expired_credential', '... its time is over');
        put($hash);
        is($as->(), $who, '... it is deleted');
    }

    put('gate:c:{tom}', status => 'disabled');
    is(who(bearer('/', %maps, client_id => 'tom')), '403 disabled_consumer',
       'who is disabled is refused, whoever names him');

    $redis->stop('KILL');

    my $r = bearer('/', %corp, sub => 'tom-sub');
    is(who($r), '503 consumers_unavailable', 'without Redis it is not known whose a token is');
    is($r->field('retry-after'), 1, '... for now');
    is(who(bearer('/', %shared, sub => 'else')), '503 consumers_unavailable',
       '... nor that it is nobody\'s');
    is(who(bearer('/', %corp, sub => 'conf')), 'conf', '... and others do not notice');

    $redis->start();
