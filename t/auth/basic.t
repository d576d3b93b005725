#!/usr/bin/env perl
#
# Copyright (C) 2026 Meshgate contributors
#
# Names and passwords: who is let in, that a hash never holds up its worker, and
# how many are made at once.

use strict;
use warnings;

use IO::Select;
use MIME::Base64 qw(encode_base64);

use GateTest;

# A hash as nginx reads it; bcrypt of cost 4 takes a millisecond.

sub bcrypt {
    my ($password, $cost) = @_;

    return crypt $password, sprintf '$2b$%02d$%s', $cost // 4, 'abcdefghijklmnopqrstuu';
}

BEGIN {
    $ENV{TEST_NGINX_ALICE} = crypt 'wonder land', '$2b$04$abcdefghijklmnopqrstuu';
    $ENV{TEST_NGINX_BOB} = crypt 'bob', '$6$rounds=1000$saltsalt$';
    $ENV{TEST_NGINX_CAROL} = crypt 'carol', '$5$rounds=1000$saltsalt$';
    $ENV{TEST_NGINX_SLOW} = crypt 'slow', '$2b$12$abcdefghijklmnopqrstuu';
    $ENV{TEST_NGINX_SLOWEST} = crypt 'slow', '$2b$14$abcdefghijklmnopqrstuu';

    open my $fh, '>', "$ENV{TEST_NGINX_STATE}/dave" or die "$!";
    print $fh crypt("d\xc3\xa4ve:x", '$2y$04$abcdefghijklmnopqrstuu'), "\n";
    close $fh;
    chmod 0600, "$ENV{TEST_NGINX_STATE}/dave";
}


sub basic { return 'Authorization: Basic ' . encode_base64("$_[0]:$_[1]", '') }

sub who {
    my ($r) = @_;

    return join(' ', $r->seen('x-consumer-username')) || '(nobody)' if $r->{seen};

    my $p = $r->json();

    return "$r->{status} " . (ref $p eq 'HASH' ? $p->{reason} // '' : '');
}

sub counts {
    my %n = map { $_ => 0 } qw(hashed joined remembered busy);

    $n{$_->{result}} = $_->{count} for @{ get('/status')->json()->{passwords} || [] };

    return \%n;
}

sub begin {
    my ($path, @fields) = @_;

    my $c = client();
    $c->write(request('GET', $path, undef, @fields));

    return $c;
}


run_gate_tests();

__DATA__

=== TEST 1: who is let in
--- gate
    gate_consumer alice { basic alice $TEST_NGINX_ALICE id=alice-1; key sha256(alice); }
    gate_consumer bob { basic bob $TEST_NGINX_BOB; }
    gate_consumer carol { basic carol $TEST_NGINX_CAROL; }
    gate_consumer dave { basic dave file:$TEST_NGINX_STATE/dave; }
    gate_consumer gone { disabled; basic gone $TEST_NGINX_BOB; }
    gate_consumer old { basic old $TEST_NGINX_BOB not_after=2020-01-31; }
    gate_consumer guest { }
    gate_service s;
    log_format all '$uri|$gate_consumer|$gate_credential_id|$gate_auth_method|$gate_reason';
    access_log $TEST_NGINX_STATE/all.log all;
--- config
    $TEST_NGINX_LISTEN_H2
    location /basic/ { gate_auth basic; gate_pass http://sidecar; }
    location /any/ { gate_auth basic key; gate_pass http://sidecar; }
    location /bearer/ { gate_auth basic key; gate_key_names bearer; gate_pass http://sidecar; }
    location /all/ { gate_auth basic key all; gate_pass http://sidecar; }
    location /guest/ { gate_auth basic anonymous=guest; gate_pass http://sidecar; }
    location = /asked { internal; gate_auth basic; proxy_pass http://sidecar/; }
    location /ask/ { auth_request /asked; proxy_pass http://sidecar; }
    location = /status { gate_status; }
--- client
    is(who(get('/basic/', basic('alice', 'wonder land'))), 'alice', 'bcrypt');
    is(who(get('/basic/', basic('bob', 'bob'))), 'bob', 'SHA-512-crypt');
    is(who(get('/basic/', basic('carol', 'carol'))), 'carol', 'SHA-256-crypt');
    is(who(get('/basic/', basic('dave', "d\xc3\xa4ve:x"))), 'dave', 'of a file; UTF-8, a colon');

    for my $bad ([ 'alice', 'other' ], [ 'alice', '' ], [ 'nobody', 'wonder land' ],
                 [ 'Alice', 'wonder land' ], [ 'alice', 'bob' ]) {
        is(who(get('/basic/', basic(@$bad))), '401 bad_password', "@$bad");
    }

    is(who(get('/basic/', basic('gone', 'bob'))), '403 disabled_consumer', 'disabled');
    is(who(get('/basic/', basic('old', 'bob'))), '401 expired_credential', 'its time is over');
    is(who(get('/basic/', basic('gone', 'x'))), '401 bad_password', '... told to nobody else');

    is(who(get('/basic/', "Authorization: Basic $_")), '401 bad_password', "malformed: \"$_\"")
        for '', 'YQ==', 'YWxpY2U6d29uZGVyIGxhbmQ', '!!!!', 'OmI=', 'YWxpY2U6AA==';
    is(who(get('/basic/', 'Authorization: Bearer x')), '401 no_credential', 'another scheme');

    my $r = get('/basic/');
    is(who($r), '401 no_credential', 'none');
    like($r->field('www-authenticate'), qr/^Basic realm="[^"]*", charset="UTF-8"$/, 'how to ask');

    unlike(get('/basic/', basic('alice', 'wonder land'))->{seen}{text}, qr/^authorization:/mi,
           'the service does not get the password');

    is(who(get('/any/', 'apikey: alice')), 'alice', 'any: a key');
    is(who(get('/any/', basic('bob', 'bob'), 'apikey: alice')), 'bob', '... the first decides');
    is(who(get('/any/', basic('bob', 'x'), 'apikey: alice')), '401 bad_password',
       '... also a bad one');
    is(who(get('/bearer/', 'Authorization: Bearer alice')), 'alice', '... a key in Bearer');
    is(who(get('/bearer/', basic('bob', 'bob'))), 'bob', '... beside Basic');
    is(who(get('/all/', basic('alice', 'wonder land'), 'apikey: alice')), 'alice', 'all: both');
    is(who(get('/all/', basic('bob', 'bob'), 'apikey: alice')), '403 unknown_consumer',
       '... of two');
    is(who(get('/all/', basic('alice', 'wonder land'))), '401 no_credential', '... one alone');
    is(who(get('/guest/')), 'guest', 'anonymous');
    is(who(get('/guest/', basic('bob', 'x'))), '401 bad_password', '... is not who has a bad one');

    is(get('/ask/', basic('bob', 'bob'))->{status}, 200, 'a subrequest waits, too');
    is(get('/ask/', basic('bob', 'y'))->{status}, 401, '... and is refused');

    is(h2_get('/basic/', basic('bob', 'bob'))->{status}, 200, 'HTTP/2');
    is(h2_get('/basic/', basic('bob', 'z'))->{status}, 401, '... refused');

    my $c = client();
    for my $try ('bob bob', 'bob no', 'carol carol', 'bob bob') {
        my ($user, $password) = split ' ', $try;
        $c->write(request('GET', '/basic/', undef, basic($user, $password),
                          'Connection: keep-alive'));
        is($c->read()->{status}, $password eq $user ? 200 : 401, "on one connection: $try");
    }

    my $was = counts();
    get('/basic/', basic('bob', 'bob')) for 1 .. 8;
    my $now = counts();
    my $workers = () = worker_pids();
    cmp_ok($now->{hashed} - $was->{hashed}, '<=', $workers - 1, 'a good one is remembered');
    get('/basic/', basic('bob', 'wrong')) for 1 .. 3;
    is(counts()->{hashed} - $now->{hashed}, 3, '... a wrong one is not');

    my $logs = log_text('all.log') . log_text('error.log');
    unlike($logs, qr/wonder land|\$2b\$|\$6\$|d29uZGVy/, 'no log has a password or a hash');
    like($logs, qr{^/basic/\|alice\|alice-1\|basic\|-$}m, '... but who it was');


=== TEST 2: a worker does not wait, and does not do all of it
--- gate
    gate_basic threads=1 queue=2 cache=0s;
    gate_consumer slow { basic slow $TEST_NGINX_SLOW; }
    gate_consumer slowest { basic slowest $TEST_NGINX_SLOWEST; }
    gate_service s;
--- config
    location /basic/ { gate_auth basic; gate_pass http://sidecar; }
    location /open/ { proxy_pass http://sidecar; }
    location = /status { gate_status; }
--- client
    my $c = begin('/basic/', basic('slowest', 'slow'));

    is(get('/open/')->{status}, 200, 'others are answered') for 1 .. 3;
    ok(!IO::Select->new($c->{s})->can_read(0), '... while a hash is made');
    is(who($c->read()), 'slowest', '... and then its request');

    my $was = counts();
    my @same = map { begin('/basic/', basic('slow', 'slow')) } 1 .. 6;
    is(join(' ', map { who($_->read()) } @same), join(' ', ('slow') x 6), 'six who ask the same');
    my $now = counts();
    my $hashed = $now->{hashed} - $was->{hashed};
    my $workers = () = worker_pids();
    cmp_ok($hashed, '<=', 2 * $workers, '... wait for the same');
    is($hashed + $now->{joined} - $was->{joined}, 6, '... each for one');

    my @many = map { begin('/basic/', basic('slow', "guess $_")) } 1 .. 16;
    my %n;
    for my $guess (@many) {
        my $r = $guess->read();
        $n{who($r)}++;
        is($r->field('retry-after'), 1, 'when to come again') if $r->{status} == 503;
    }
    is(join(' ', sort keys %n), '401 bad_password 503 passwords_busy', 'many who guess');
    cmp_ok($n{'401 bad_password'}, '>=', 3, '... a few are looked at');

    # those who leave
    for my $round (1 .. 3) {
        my @gone = map { begin('/basic/', basic('slow', "gone $round $_")) } 1 .. 3;
        get('/open/');
        close $_->{s} for @gone;
    }

    ok(wait_for(sub { who(get('/basic/', basic('slow', 'slow'))) eq 'slow' }),
       'who left before the end is missed by nobody');


=== TEST 3: passwords in Redis
--- gate
    gate_redis 127.0.0.1:$TEST_NGINX_PORT_8;
    gate_consumers redis;
    gate_service s;
--- config
    location /basic/ { gate_auth basic; gate_pass http://sidecar; }
    location = /status { gate_status; }
--- client
    use GateRedis;

    my $redis = GateRedis->new(dir => "$ENV{TEST_NGINX_STATE}/redis", port => port(8));
    $redis->start();

    $redis->ask(qw(HSET gate:c:{acme} groups partners));
    $redis->ask(qw(HSET gate:b:{ann} owner acme credential ann-1 password), bcrypt('first'));
    $redis->ask(qw(HSET gate:b:{odd} owner acme password), '$1$abcdefgh$irWbblnpmw.5z7wgBnprh0');

    ok(wait_for(sub { who(get('/basic/', basic('ann', 'first'))) eq 'acme' }), 'a user of Redis');
    is(who(get('/basic/', basic('ann', 'second'))), '401 bad_password', 'another password');
    is(who(get('/basic/', basic('eve', 'first'))), '401 bad_password', 'nobody');
    like(who(get('/basic/', basic('odd', 'first'))), qr/^503/, 'a hash that is not taken');

    $redis->stop();
