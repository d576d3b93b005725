#!/usr/bin/env perl
#
# Copyright (C) 2026 Meshgate contributors
#
# Edits of bodies beside what counts: what a refused body costs, who pays for
# it, and an answer that is edited and repeated by its Idempotency-Key.

use strict;
use warnings;

use GateBill;
use GateRedis;
use GateTest;

use Time::HiRes qw(sleep);

our $redis = GateRedis->new(port => port(8), dir => "$ENV{TEST_NGINX_STATE}/redis");

$redis->start();

our $id = 0;


sub json {
    my ($uri, $body, @fields) = @_;

    return ask('POST', $uri, $body, $secret, 'Content-Type: application/json', @fields);
}


sub fresh {
    return 'X-Test-Id: t' . ++$id;
}


sub done {
    return $backend->executed("t$id");
}


# Status, and the reason or whether it is a repetition.

sub what {
    my ($r) = @_;

    my $reason = ($r->field('content-type') // '') =~ /problem/ ? $r->json()->{reason} : '';

    return join ' ', $r->{status},
                     grep { $_ } $reason, $r->field('idempotency-replayed') && 'replayed';
}


# HTTP/2 by hand: a POST whose body does not end.

sub h2_begins {
    my ($path, $data) = @_;

    my $frame = sub {
        my ($type, $flags, $stream, $payload) = @_;

        return substr(pack('N', length $payload), 1) . pack('CCN', $type, $flags, $stream)
               . $payload;
    };
    my $literal = sub { join '', map { chr(length $_) . $_ } @_ };
    my $c = client($GateTest::h2_port);

    $c->write("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" . $frame->(4, 0, 0, '')
              . $frame->(1, 4, 1, "\x83\x86" . "\x04" . $literal->($path)
                                  . "\x01" . $literal->('localhost')
                                  . join('', map { "\x00" . $literal->(split /: /) }
                                             $secret, 'content-type: application/json'))
              . $frame->(0, 0, 1, $data));

    return $c;
}


bills(gate => "gate_redis 127.0.0.1:$ENV{TEST_NGINX_PORT_8} timeout=1s;\n");

add_block_preprocessor(sub {
    $redis->ask('FLUSHALL');
});

run_gate_tests();

__DATA__

=== TEST 1: a body that is refused has taken from the limits
--- config
    location / {
        gate_limit rate=3r/h burst=2 key=$uri name=few;
        gate_transform request {
            json add /v $arg_v as=json;
            bodies max=100 other=refuse;
        }
        gate_pass http://sidecar;
    }
    location /template/ {
        gate_limit rate=3r/h burst=2 key=$uri name=few;
        gate_transform request { body '{"v":$arg_v}' as=json; bodies max=100; }
        gate_pass http://sidecar;
    }
    location /nginx/ {
        client_max_body_size 50;
        gate_limit rate=3r/h burst=2 key=$uri name=few;
        gate_transform request { json add /v 1; }
        gate_pass http://sidecar;
    }
    location /key/ {
        gate_limit rate=3r/h burst=2 key=$uri name=few;
        gate_idempotency max=50;
        gate_pass http://sidecar;
    }
--- client
    my $large = '{"a":"' . 'x' x 200 . '"}';
    my $chunks = sprintf "%x\r\n%s\r\n0\r\n\r\n", length $large, $large;
    my @chunked = ($chunks, 'Transfer-Encoding: chunked');

    for my $case ([ '/bad', '400 bad_body', '{"a":}' ],
                  [ '/half', '400 bad_body', '{"a":1' ],
                  [ '/value?v=x', '400 bad_body', '{"a":1}' ],
                  [ '/large', '413 payload_too_large', $large ],
                  [ '/large-chunks', '413 payload_too_large', @chunked ],
                  [ '/encoded', '415 unsupported_body', '{}', 'Content-Encoding: gzip' ],
                  [ '/template/value?v=x', '400 bad_body', '{}' ],
                  [ '/template/large', '413 payload_too_large', $large ],
                  [ '/template/large-chunks', '413 payload_too_large', @chunked ],
                  [ '/key/large', '413 payload_too_large', $large, 'Idempotency-Key: k' ],
                  [ '/key/large-chunks', '413 payload_too_large', @chunked,
                    'Idempotency-Key: k' ])
    {
        my ($uri, $want, @sent) = @$case;

        is(billed(sub { is(join(' ', map { what(json($uri, @sent)) } 1 .. 4),
                           "$want $want $want 429 rate_limited", "$uri is not free") })
           =~ s/, \d+ refused_upstream//r, ($uri =~ /value/ ? '3 opened' : '0 opened'),
           "... and opens no entry, $uri");
    }

    is(join(' ', map { json('/nginx/chunks', @chunked)->{status} } 1 .. 4), '413 413 413 429',
       'nor is one that nginx finds too large');
    is(what(json('/good', '{"a":1}')), '200', 'a good one is not free, either') for 1 .. 3;
    is(what(json('/good', '{"a":1}')), '429 rate_limited', '... and as many go');



=== TEST 2: what is refused holds no Idempotency-Key
--- config
    location / {
        gate_idempotency;
        gate_transform request { json add /v $http_x_v as=json; }
        gate_transform response { json add /more 1; }
        gate_pass http://sidecar;
    }
    location /template/ {
        gate_idempotency;
        gate_transform request { body '{"v":$http_x_v}' as=json; }
        gate_pass http://sidecar;
    }
--- client
    for my $at ('/a', '/template/a') {
        my @key = (fresh(), "Idempotency-Key: k$::id");

        is(billed(sub { is(what(json($at, '{"a":1}', @key, 'X-V: x')), '400 bad_body',
                           "$at: a value that is none") }),
           '1 opened, 1 refused_upstream', '... is not billed as served');
        is(done(), 0, '... and nothing is done');

        for my $v (1, 2) {
            my $r;

            is(billed(sub { $r = json($at, '{"a":1}', @key, "X-V: $v") }),
               $v == 1 ? '1 opened, 1 served' : '0 opened', "$at: a retry with a good one, $v");
            is(what($r), $v == 1 ? '200' : '200 replayed', '... runs once');
        }

        is(done(), 1, '... at the service, too');
    }

    my @key = (fresh(), 'Idempotency-Key: half');

    for my $text ('{"a":1', '{"a":1}x', '[', '"', '12e', ' ') {
        is(billed(sub { is(what(json('/b', $text, @key, 'X-V: 1')), '400 bad_body',
                           "what breaks off is refused: $text") }),
           '0 opened', '... before there is an entry for it');
        is(scalar @{ $::redis->ask('KEYS', 'gate:i:*') }, 2, '... or a lock');
    }

    for my $text ('{"a":1}', '12', '"x"') {
        @key = (fresh(), "Idempotency-Key: k$::id");
        is(billed(sub { is(what(json('/c', $text, @key, 'X-V: 1')), '200', "$text is whole") }),
           '1 opened, 1 served', '... and billed');
        is(done(), 1, '... and done');
    }
