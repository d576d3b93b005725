#!/usr/bin/env perl
#
# Copyright (C) 2026 Meshgate contributors
#
# Whose answer is it: the service's, the sidecar's, the gateway's? And what
# the mesh says of itself does not reach the client.

use strict;
use warnings;

use FindBin qw($Bin);
use lib "$Bin/../lib";
use Test::More;

use GateMesh;

my $m = GateMesh->start();
my @key = ('apikey: key-acme');
my $r;


# What the service says passes through untouched, errors, too.

for my $status (200, 201, 204, 304, 400, 401, 403, 404, 410, 429, 500, 502,
                503, 504)
{
    $r = $m->ask('GET', "/orders/1/status/$status", [ @key ]);

    is($r->{status}, $status, "the service's own $status");
    clean($r, $status);

    next if $status =~ /^(?:204|304)$/;

    is($r->{body}, "the service's own $status\n", 'with its own text');
    is($r->field('content-type'), 'text/plain', 'and type');
}

$r = $m->ask('GET', '/orders/1', [ @key ]);
clean($r, 'an answer');

is($r->field('x-request-id'), ($r->sent('x-request-id'))[0],
   'client and service see the same request id');

$r = $m->ask('HEAD', '/orders/1', [ @key ]);

is($r->{status}, 200, 'HEAD is answered');
is($r->{body}, '', 'without a body');


# The sidecar in the service's place.

$r = $m->ask('GET', '/down/1', [ @key ]);
problem($r, 503, 'sidecar_refused', 'a service that is down');

$r = $m->ask('HEAD', '/down/1', [ @key ]);
is($r->{status} . $r->{body}, 503, 'the same for HEAD');

$r = $m->ask('GET', '/nowhere/1', [ @key ]);
problem($r, 404, 'sidecar_refused', 'a service that nobody knows');

$r = $m->ask('GET', '/slow/1/slow/5', [ @key ]);
problem($r, 504, 'service_timeout', 'a service that is late');

is($m->ask('GET', '/slow/1/slow/0.1', [ @key ])->{status}, 200,
   'one that is not');

$r = $m->ask('GET', '/gate/status?ready');
is("$r->{status} $r->{body}", qq(200 {"ready":true}\n),
   'with a sidecar the gateway is ready');


# No sidecar.

for my $signal (qw(TERM KILL)) {
    $m->stop('sidecar', $signal);

    $r = $m->ask('GET', '/orders/1', [ @key ]);
    problem($r, 502, 'sidecar_unavailable', "the sidecar is away, by $signal");

    $r = $m->ask('POST', '/orders/1', [ @key ], 'abc');
    is($r->{status}, 502, 'the same for POST');

    is($m->ask('GET', '/orders/1')->{status}, 401,
       'who may not come in learns nothing of that');

    $r = $m->ask('GET', '/gate/status?ready');
    is($r->{status}, 503, 'the gateway is not ready');

    $m->start_sidecar();

    is($m->ask('GET', '/gate/status?ready')->{status}, 200, 'now it is');
    is($m->ask('GET', '/orders/1', [ @key ])->{status}, 200, 'and serves');
}


# A request on its way when the sidecar dies.

my $s = $m->dial();

print $s "GET /orders/1/slow/2 HTTP/1.1\r\nHost: a\r\n$key[0]\r\n\r\n";
$m->wait_for(sub {
    ($m->envoy_stat('http.outbound.downstream_rq_active') || 0) > 0
});
$m->stop('sidecar', 'KILL');
$r = $m->answer($s);
problem($r, 502, 'sidecar_unavailable', 'the sidecar dies under a request');
$m->start_sidecar();


# What the gate counted.

my $said = $m->ask('GET', '/gate/status')->{body};

like($said, qr/"down",.*"admitted","reason":"sidecar_refused","count":2\}/,
     'the status page tells them apart, too');
like($said, qr/"slow",.*"reason":"service_timeout","count":1\}/,
     'and knows the late one');
like($said, qr/"orders",.*"reason":"sidecar_unavailable","count":5\}/,
     'and those without a sidecar');

is($m->alarms, '', 'nothing alarming in the log');

done_testing();


sub problem {
    my ($r, $status, $reason, $what) = @_;

    is($r->{status}, $status, "$what: $status");
    is($r->field('content-type'), 'application/problem+json', 'as a problem');
    is($r->json->{reason}, $reason, $reason);
    is($r->json->{status}, $status, 'that knows its status');
    is($r->json->{instance}, 'urn:uuid:' . $r->field('x-request-id'),
       'and its request');
    clean($r, $what);
}


sub clean {
    my ($r, $what) = @_;

    unlike($r->{head}, qr/envoy/i, "$what: not a word of the mesh");
    is(() = $r->{head} =~ /^x-request-id:/gmi, 1, 'one request id');
    is(() = $r->{head} =~ /^server: nginx/gmi, 1, 'one server');
}
