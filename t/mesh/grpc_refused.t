#!/usr/bin/env perl
#
# Copyright (C) 2026 Meshgate contributors
#
# Calls of gRPC that do not reach their service: the client gets a status and a
# message of gRPC, whoever refused; logs, counters and the bill tell what was
# decided.

use strict;
use warnings;

use FindBin qw($Bin);
use lib "$Bin/../lib";
use Test::More;

use GateMesh;
use GateGrpc;
use GateNginx qw(slurp);

my @apis = (
    [ 'test.Echo', 'grpc' ], [ 'nowhere.Echo', 'nowhere' ], [ 'down.Echo', 'down' ],
    [ 'slow.Echo', 'slowly' ],
    [ 'small.Echo', 'grpc', 'client_max_body_size 10k;' ],
    [ 'readers.Echo', 'grpc', 'gate_allow methods=GET;' ],
    [ 'limited.Echo', 'grpc', 'gate_limit rate=1r/m key=$gate_consumer name=few;' ],
    [ 'paged.Echo', 'grpc', 'error_page 401 = /page;' ],
    [ 'plain.Echo', 'grpc', 'gate_errors off;' ],
    [ 'hasty.Echo', 'grpc', 'grpc_read_timeout 300ms; rewrite ^/hasty(.*) /test$1 break;' ],
);

my $locations = join "\n", map { <<"LOCATION" } @apis;
        location /$_->[0]/ {
            gate_api      $_->[0];
            gate_auth     key;
            gate_meter    requests bytes;
            gate_service  $_->[1].mesh;
            gate_pass     grpc://sidecar-grpc;
            @{[ $_->[2] // '' ]}
        }
LOCATION

my $m = GateMesh->start(
    http => "log_format told '\$uri \$status \$gate_reason \$gate_answered_by';\n"
            . 'access_log logs/told.log told;',
    server => $locations . <<'SERVER',
        location = /page { default_type text/plain; return 200 'a page'; }

        location /web/ {
            gate_api      web;
            gate_auth     key;
            gate_meter    requests;
            gate_service  orders.mesh;
            gate_pass     http://sidecar;
        }
SERVER
    envoy => sub {
        my ($conf) = @_;
        my $hosts = $conf->{static_resources}{listeners}[0]{filter_chains}[0]{filters}[0]
                         {typed_config}{route_config}{virtual_hosts};
        my ($grpc) = grep { $_->{name} eq 'grpc' } @$hosts;

        unshift @$hosts, { name => 'slowly', domains => [ 'slowly.mesh' ], routes => [ {
            match => { prefix => '/slow.Echo/Unary' },
            route => { prefix_rewrite => '/test.Echo/Unary',
                       cluster => 'grpc', timeout => '0.4s' } } ] };
    });

my $grpc = GateGrpc->start($m);
my $key = [ apikey => 'key-acme' ];
my ($r, $bill);


# The gate itself.

refused('Unary', [], 16, 'no_credential', qr/^The request carries no credential/,
        401, 'gateway');
is($r->trailer('www-authenticate'), 'Key realm="test.Echo"', '... with the challenge');

refused('Unary', [ [ apikey => 'guessed' ] ], 16, 'bad_key', qr/key/, 401, 'gateway');
refused('/readers.Echo/Unary', [ $key ], 7, 'method_not_allowed', qr/./, 403, 'gateway');
refused('/test.Echo/a%2Fb', [ $key ], 3, 'bad_path', qr/encoded slash/, 400, 'gateway');

$grpc->call('/limited.Echo/Unary', fields => [ $key ]);
refused('/limited.Echo/Unary', [ $key ], 8, 'rate_limited', qr/^Too many requests/,
        429, 'gateway');
cmp_ok($r->trailer('retry-after'), '>', 1, '... and when to come again');
is($r->trailer('grpc-retry-pushback-ms'), $r->trailer('retry-after') * 1000,
   '... also as gRPC says it');
like($r->trailer('ratelimit'), qr/^"few";r=0/, '... with the limits');

for my $kind (qw(Server Client Bidi)) {
    refused($kind, [], 16, 'no_credential', qr/credential/, 401, 'gateway');
}

refused('/small.Echo/Client', [ $key ], 8, 'payload_too_large', qr/larger/, 413, 'gateway',
        bytes => 20000, messages => [ '', '' ]);


# The sidecar.

$bill = $m->bill_of(sub {
    refused('/nowhere.Echo/Unary', [ $key ], 12, 'sidecar_refused', qr/^The mesh/, 502,
            'sidecar');
    refused('/down.Echo/Unary', [ $key ], 14, 'sidecar_refused', qr/the service/, 502,
            'sidecar');
    refused('/slow.Echo/Unary', [ $key ], 4, 'service_timeout', qr/did not answer in time/, 504,
            'sidecar', messages => [ 'slow 2' ]);
});

is($bill->{refused_upstream}, 3, 'none of these is the client\'s to pay');
is($bill->{served}, undef, '... nor served');


# Not in time for nginx.

$r = $grpc->call('/hasty.Echo/Unary', fields => [ $key ], messages => [ 'slow 2' ]);
is("$r->{code} $r->{details}", '4 The gateway got no answer from the mesh in time.',
   'a service that is slower than nginx waits');


# What is not told so.

$r = $grpc->call('/paged.Echo/Unary');
isnt($r->{code}, 0, 'error_page wins');
is($r->trailer('gate-reason'), undef, '... and has no status of the gate');

$r = $grpc->call('/plain.Echo/Unary');
is($r->{details}, 'Received http2 header with status: 401', 'gate_errors off is nginx\'s 401');

for my $type ('application/grpc-web', 'application/grpc-web+proto',
              'application/grpc-web-text', 'application/json')
{
    $r = $m->ask('POST', '/web/a', [ "Content-Type: $type" ], 'x');
    is("$r->{status} " . $r->field('content-type'), '401 application/problem+json',
       "$type gets problem details");
}

for my $path ('/web/a', '/test.Echo/Unary') {
    $r = $m->ask('POST', $path, [ 'Content-Type: application/grpc+proto' ], 'x');
    is("$r->{status} " . $r->field('content-type'), '401 application/problem+json',
       "$path: there are no calls over HTTP/1.1");
}


# With no sidecar.

$m->stop('sidecar');

$bill = $m->bill_of(sub {
    refused('Unary', [ $key ], 14, 'sidecar_unavailable', qr/^The gateway got no answer/, 502,
            'gateway');
});

is_deeply([ @$bill{qw(served refused_upstream)} ], [ undef, 1 ], '... nor is this paid');


# Logs and counters.

my $metrics = $m->ask('GET', '/gate/status?format=prometheus')->{body};

ok($metrics =~ /^gate_requests_total\{.*"test\.Echo".*reason="no_credential"\} 5$/m,
   'counters have the reason');
ok($metrics =~ /^gate_sidecar_answers_total\{flag="UT"\} 1$/m, '... and the sidecar\'s flag');

is($m->alarms, '', 'nothing alarming in the log');

done_testing();


# A call that is refused: what its client is told, and what the log has.

sub refused {
    my ($name, $fields, $code, $reason, $details, $status, $by, %more) = @_;

    $r = $grpc->call($name, fields => $fields, %more);

    is($r->{code}, $code, "$name, $reason: code $code");
    like($r->{details}, $details, '... a message');
    unlike($r->{details}, qr/127\.0\.0\.1|\.mesh|cluster|upstream/, '... without inner names');
    is($r->trailer('gate-reason'), $reason, '... the reason');
    like($r->trailer('x-request-id'), qr/^[0-9a-f-]{36}$/, '... the request id');

    my ($line) = reverse split /\n/, slurp("$m->{root}/logs/told.log");

    is($line =~ s/^\S+ //r, "$status $reason $by", '... and the log has the decision');
}
