#!/usr/bin/env perl
#
# Copyright (C) 2026 Meshgate contributors
#
# gRPC through the gate and a real sidecar, by a client of its own: unary calls
# and streams, who calls, what is handed on.

use strict;
use warnings;

use FindBin qw($Bin);
use lib "$Bin/../lib";
use Test::More;

use GateMesh;
use GateGrpc;

my $policies = <<'LINES';
            gate_api      echo;
            gate_auth     key;
            gate_limit    plan;
            gate_meter    requests bytes;
            gate_service  grpc.mesh;
LINES

my $m = GateMesh->start(http => 'client_max_body_size 0;', server => <<"SERVER");
        location /test.Echo/ {
            $policies
            gate_pass        grpc://sidecar-grpc;
            grpc_set_header  x-mine \$gate_consumer;
        }

        location /few/ {
            $policies
            gate_fields      X-Consumer-Username;
            rewrite          ^/few(/.*) \$1 break;
            gate_pass        grpc://sidecar-grpc;
        }

        location /variable/ {
            $policies
            set              \$to sidecar-grpc;
            rewrite          ^/variable(/.*) \$1 break;
            gate_pass        grpc://\$to;
        }
SERVER

my $grpc = GateGrpc->start($m);
my @key = (fields => [ [ apikey => 'key-acme' ] ]);
my $r;


# Unary.

$r = $grpc->call('Unary', @key, messages => [ 'hello' ]);

is($r->{code}, 0, 'a unary call is OK');
is($r->json->{bytes}, 5, 'its message arrives');
is($r->head('x-own'), 'head', 'metadata of the service is handed back');
is($r->trailer('x-own'), 'trailer', '... and trailing metadata');
like($r->head('x-request-id'), qr/^[0-9a-f-]{36}$/, '... beside the request id');
is($r->head('x-envoy-upstream-service-time'), undef, '... and nothing of the mesh');


# What only the gate and the mesh say.

my @theirs = qw(x-gate-sidecar x-envoy-overloaded gate-reason x-request-id ratelimit
                x-ratelimit-limit x-powered-by);

$r = $grpc->call('Unary', @key, messages => [ "forge @theirs" ]);

is($r->{code}, 0, 'a service may say what it likes');
is($r->trailer('x-own'), 'trailer', '... behind the body, too');
isnt($r->trailer($_) // 'none', 'forged', "... but no $_ there") for @theirs;
isnt($r->head($_) // 'none', 'forged', '... nor in the head') for @theirs;


# The fields.

my @forged = map { [ $_ => 'forged' ] }
             qw(x-consumer-id x-consumer-username x-consumer-groups x-anonymous-consumer
                x-lane x-lane-hash x-forwarded-for x-forwarded-host x-request-id
                x-credential-identifier x-gate-anything http2-settings);

$r = $grpc->call('Unary', fields => [ @{ $key[1] }, @forged, [ 'x-free' => 'mine' ] ]);

is($r->{code}, 0, 'a call with forged metadata is OK');
is(join(',', $r->sent($_->[0])), $_->[1], "the service gets $_->[0] once") for (
    [ 'x-consumer-id' => 'acme' ], [ 'x-consumer-username' => 'acme' ],
    [ 'x-credential-identifier' => 'acme-1' ], [ 'x-forwarded-for' => '127.0.0.1' ],
    [ 'x-forwarded-proto' => 'http' ], [ 'x-forwarded-host' => "127.0.0.1:$m->{h2}" ],
    [ 'x-request-id' => $r->head('x-request-id') ], [ 'x-free' => 'mine' ],
    [ 'x-mine' => 'acme' ]);
like(join(',', $r->sent('x-lane-hash')), qr/^\d+$/, '... and x-lane-hash');
like(join(',', $r->sent('traceparent')), qr/^00-\w{32}-\w{16}-\d\d$/, '... and traceparent');
is(scalar(grep { $_->[1] =~ /forged|key-acme/ } @{ $r->json->{fields} }), 0,
   '... but nothing that was forged, nor the key');

$r = $grpc->call('/variable/test.Echo/Unary', @key);

is($r->{code}, 0, 'a URL with variables leads to gRPC, too');
is(join(',', $r->sent('x-consumer-id')), 'acme', '... with the same fields');

$r = $grpc->call('/few/test.Echo/Unary', fields => [ @{ $key[1] }, @forged ]);

is(join(',', $r->sent('x-consumer-username')), 'acme', 'gate_fields chooses');
is(join(' ', grep { !/^(?:user-agent|x-request-id|x-forwarded-proto)$/ }
             map { $_->[0] } @{ $r->json->{fields} }), 'x-consumer-username',
   '... and the sidecar gets nothing else, but what it adds itself');


# Deadlines.

$r = $grpc->call('Unary', @key, timeout => 7);

cmp_ok($r->json->{left}, '>', 5, 'the deadline of the client arrives');
cmp_ok($r->json->{left}, '<', 8, '... as it is');


# The status of the service.

for my $code (3, 5, 7, 8, 14, 16) {
    $r = $grpc->call('Unary', @key, messages => [ "fail $code it says so" ]);

    is("$r->{code} $r->{details}", "$code it says so", "status $code of the service is handed on");
    is($r->trailer('x-own'), 'trailer', '... with its metadata');
}


# Streams.

$r = $grpc->call('Server', @key, messages => [ '5 0.3 100' ]);

is($r->{code}, 0, 'a stream of the service ends well');
is(join(' ', map { (split / /)[0] } @{ $r->{messages} }), '0 1 2 3 4',
   '... with all messages in order');
is(scalar(grep { $r->{times}[$_] - (split / /, $r->{messages}[$_])[1] > 0.25 } 0 .. 4), 0,
   '... each of which arrives when it is sent');

$r = $grpc->call('Client', @key, messages => [ map { "$_" } 1 .. 50 ], bytes => 1000);

is($r->{code}, 0, 'a stream of the client is answered');
is($r->json->{messages}, 50, '... when all of it was read');

$r = $grpc->call('Bidi', @key, messages => [ qw(a b c) ], hold => 0.3);

is("$r->{code} @{ $r->{messages} }", '0 A B C', 'both sides stream');
cmp_ok($r->{times}[1] - $r->{times}[0], '>', 0.25,
       '... an answer arrives while the client still sends');

$r = $grpc->call('Bidi', @key, messages => [ qw(a b end c) ]);

is($r->{code}, 9, 'the service ends a stream of both');
is($r->{details}, 'as asked for', '... with its own words');


# Large messages, many calls.

$r = $grpc->call('Unary', @key, bytes => 4 << 20);

is($r->json->{bytes}, 4 << 20, 'a message of 4 MB arrives');

$r = $grpc->call('Unary', @key, messages => [ 'size ' . (4 << 20) ]);

is($r->{sizes}[0], 4 << 20, '... and one is sent back');

$r = $grpc->call('Client', @key, messages => [ ('') x 16 ], bytes => 1 << 20);

is($r->json->{bytes}, 16 << 20, 'a stream of 16 MB arrives');
is($r->json->{messages}, 16, '... message by message');

is(join(',', map { $grpc->call('Unary', @key)->{code} } 1 .. 20), join(',', (0) x 20),
   'many calls over kept connections');
is(join(',', map { $m->ask('GET', '/orders/1', [ 'apikey: key-acme' ])->{status},
                   $grpc->call('Unary', @key)->{code} } 1 .. 5),
   join(',', (200, 0) x 5), '... and beside HTTP through the same sidecar');

cmp_ok($m->envoy_stat('http.outbound.downstream_cx_http2_total'), '<', 20,
       'connections to the sidecar are kept');


# A reload.

$grpc->begin('Bidi', @key, messages => [ qw(a b c d) ], hold => 1.5);
select undef, undef, undef, 0.5;
$m->{nginx}->reload();

$r = $grpc->end();

is("$r->{code} @{ $r->{messages} }", '0 A B C D', 'a stream outlives a reload');
is($grpc->call('Unary', @key)->{code}, 0, '... after which calls are OK');

like($m->ask('GET', '/gate/status?ready')->{raw}, qr/^HTTP\S+ 200 /,
     'the gate is ready while the sidecar is there');

$m->stop('sidecar');

like($m->ask('GET', '/gate/status?ready')->{raw}, qr/^HTTP\S+ 503 /, '... and not without it');

is($m->alarms, '', 'nothing alarming in the log');

done_testing();
