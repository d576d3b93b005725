#!/usr/bin/env perl
#
# Copyright (C) 2026 Meshgate contributors
#
# What Redis has of calls of gRPC: one request for each, however many messages,
# with the bytes of both ways, as what it ended.

use strict;
use warnings;

use FindBin qw($Bin);
use lib "$Bin/../lib";
use Test::More;

use GateMesh;
use GateGrpc;

my $m = GateMesh->start(http => 'client_max_body_size 0;', server => <<'SERVER');
        location /test.Echo/ {
            gate_api      echo;
            gate_auth     key;
            gate_limit    plan;
            gate_meter    requests bytes;
            gate_service  grpc.mesh;
            gate_pass     grpc://sidecar-grpc;
        }

        location /few/ {
            gate_api      echo;
            gate_auth     key;
            gate_limit    rate=1r/m key=$gate_consumer name=few;
            gate_meter    requests bytes;
            gate_service  grpc.mesh;
            rewrite       ^/few(/.*) $1 break;
            gate_pass     grpc://sidecar-grpc;
        }
SERVER

my $grpc = GateGrpc->start($m);
my @key = (fields => [ [ apikey => 'key-acme' ] ]);
my ($r, $bill);


# Served.

bill('a unary call', { served => 1 }, 'Unary', messages => [ 'x' x 1000 ]);
within('bytes_in', 1000, 1400);
within('bytes_out', 800, 2600);

bill('a call that the service fails', { served => 1 }, 'Unary', messages => [ 'fail 13 no' ]);
is($r->{code}, 13, '... which its client is told');

bill('a stream of the service', { served => 1 }, 'Server', messages => [ '20 0.01 10000' ]);
within('bytes_out', 200_000, 206_000);
within('bytes_in', 20, 500);
is(scalar @{ $r->{sizes} }, 20, '... of 20 messages');

bill('a stream of the client', { served => 1 }, 'Client', messages => [ ('') x 20 ],
     bytes => 100_000);
within('bytes_in', 2_000_000, 2_010_000);
within('bytes_out', 40, 1000);

bill('streams both ways', { served => 1 }, 'Bidi', messages => [ ('') x 10 ], bytes => 50_000);
within('bytes_in', 500_000, 505_000);
within('bytes_out', 500_000, 505_000);

bill('a large answer', { served => 1 }, 'Unary', messages => [ 'size 8000000' ]);
within('bytes_out', 8_000_000, 8_030_000);


# Aborted.

bill('a stream that the client cancels', { aborted => 1 }, 'Server',
     messages => [ '1000 0.05 10' ], cancel => 3);
is($r->{code}, 1, '... CANCELLED to the client');
ok(seen(qr/^server \d+$/), '... and the service is told');

bill('a call that the client cancels before its answer', { aborted => 1 }, 'Unary',
     messages => [ 'slow 3' ], cancel => 0.5);
is($r->{code}, 1, '... which its client sees as CANCELLED');

# The sidecar keeps to the same deadline: whoever is first ends the call.

late('a deadline of the client\'s that is over', 'Unary',
     messages => [ 'slow 3' ], timeout => 0.5);
is($r->{code}, 4, '... DEADLINE_EXCEEDED to the client');

late('a stream of the client\'s that is late', 'Client',
     messages => [ map { "$_" } 1 .. 50 ], every => 0.1, timeout => 0.6);


# A limit sees calls, not messages.

$r = $grpc->call('/few/test.Echo/Bidi', @key, kind => 'bidi', messages => [ 'a' .. 'z' ]);
is("$r->{code} " . scalar @{ $r->{messages} }, '0 26', 'a limit counts a stream once');

$bill = $m->bill_of(sub {
    $r = $grpc->call('/few/test.Echo/Bidi', @key, kind => 'bidi', messages => [ 'a' ]);
});
is($r->{code}, 8, '... the next one is refused');
is_deeply($bill, {}, '... and not billed');


# The service goes while it streams.

$bill = $m->bill_of(sub {
    $grpc->begin('Server', @key, messages => [ '1000 0.05 10' ]);
    select undef, undef, undef, 0.7;
    $m->stop('grpc', 'KILL');
    $r = $grpc->end();
});

is($bill->{aborted}, 1, 'an answer that breaks off is not served');
isnt($r->{code}, 0, '... nor OK to the client');

is($m->alarms, '', 'nothing alarming in the log');

done_testing();


# A call, and what it is billed as.

sub outcomes {
    my ($name, @ask) = @_;

    $bill = $m->bill_of(sub { $r = $grpc->call($name, @key, @ask) });

    return map { $_ => $bill->{$_} }
           grep { !/^(?:bytes_\w+|duration_ms)$/ } keys %$bill;
}


sub late {
    my ($what, @ask) = @_;

    my %got = outcomes(@ask);

    like(join(' ', %got), qr/^(?:aborted|refused_upstream) 1$/, "$what: not served")
        or diag("$r->{code} $r->{details}");
}


sub bill {
    my ($what, $want, @ask) = @_;

    my %got = outcomes(@ask);

    is_deeply(\%got, $want, "$what: " . join(' ', %$want))
        or diag("$r->{code} $r->{details}");
}


sub within {
    my ($unit, $least, $most) = @_;

    my $n = $bill->{$unit} // 0;

    ok($n >= $least && $n <= $most, "... with $unit") or diag("$n: $least to $most");
}


sub seen {
    my ($pattern) = @_;

    return $m->wait_for(sub {
        my $seen = $grpc->call('Seen', @key)->json;

        return ref $seen eq 'ARRAY' && grep { /$pattern/ } @$seen;
    }, 5);
}
