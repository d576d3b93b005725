#!/usr/bin/env perl
#
# Copyright (C) 2026 Meshgate contributors
#
# Which service and which version a request reaches: by the API's definition
# and the caller's hash, never by what a client says.

use strict;
use warnings;

use FindBin qw($Bin);
use lib "$Bin/../lib";
use Test::More;

use GateMesh;
use GateToken;

my $keys = gate_keys();
my $issuer = 'https://issuer.example';
my $users = 400;

my $m = GateMesh->start(http => <<"HTTP", server => <<'SERVER');
    gate_issuer test {
        issuer $issuer;
        audience mesh;
        key_file $keys->{ec256}{public} kid=ec256;
        algorithms ES256;
        consumer claim=sub unknown=bob;
    }
HTTP
        location /hash/ {
            gate_api      orders;
            gate_auth     key;
            gate_meter    requests;
            gate_lane     hash=$arg_user;
            gate_service  orders.mesh;
            gate_pass     http://sidecar;
        }

        location /token/ {
            gate_api      orders;
            gate_auth     jwt=test anonymous=carol;
            gate_meter    requests;
            gate_service  orders.mesh;
            gate_pass     http://sidecar;
        }

        location /v2/ {
            gate_api          orders;
            gate_auth         key;
            gate_meter        requests;
            gate_service      orders.mesh;
            gate_pass         http://sidecar;
            proxy_set_header  X-Lane v2;
        }

        location /port/ {
            gate_api      orders;
            gate_auth     key;
            gate_meter    requests;
            gate_service  orders.mesh:8080;
            gate_pass     http://sidecar;
        }
SERVER

my @key = ('apikey: key-acme');
my ($s, $r);


# The name that the sidecar routes on.

for my $host ('down.mesh', 'nowhere.mesh', 'orders.mesh:81', '127.0.0.1',
              'ORDERS.MESH', 'v2.orders.mesh', '[::1]')
{
    $s = $m->dial();
    print $s "GET /orders/1 HTTP/1.1\r\nHost: $host\r\n$key[0]\r\n\r\n";
    $r = $m->answer($s);

    is("$r->{status} " . join(',', $r->sent('host')), '200 orders.mesh',
       "Host: $host does not choose the service");
    is(join(',', $r->sent('x-forwarded-host')), $host, 'but it is told');
}

$s = $m->dial();
print $s "GET http://down.mesh/orders/1?a=b HTTP/1.1\r\nHost: down.mesh\r\n"
         . "$key[0]\r\n\r\n";
$r = $m->answer($s);

is(join(',', $r->sent('host')), 'orders.mesh', 'nor does an absolute target');
is($r->json->{path}, '/orders/1?a=b', 'of which the path is sent');

$r = $m->ask('GET', '/port/1', [ @key ]);

is(join(',', $r->sent('host')), 'orders.mesh:8080',
   'a service with a port is found by its name');


# A name that the mesh does not know.

my $before = $m->envoy_stat('http.outbound.downstream_rq_total');

$r = $m->ask('GET', '/nowhere/1', [ @key ]);

is($r->{status}, 404, 'an unknown service is the 404 of the sidecar');
is($r->field('content-type'), 'application/problem+json',
   'in the form of the gateway');
is($r->json->{reason}, 'sidecar_refused', 'which says who refused');
is($m->envoy_stat('http.outbound.downstream_rq_total') - $before, 1,
   'and went through the sidecar once: no loop');


# The path that was matched is the path that is sent.

for my $case ([ '/orders/a/../b', '/orders/b' ], [ '/orders//x', '/orders/x' ],
              [ '/orders/./y?z=%2F', '/orders/y?z=%2F' ],
              [ '/nowhere/../orders/q', '/orders/q' ],
              [ '/orders/caf%C3%A9', '/orders/caf%C3%A9' ],
              [ '/orders/%7Ea', '/orders/~a' ])
{
    $r = $m->ask('GET', $case->[0], [ @key ]);
    is($r->json->{path}, $case->[1], "$case->[0] is sent as $case->[1]");
}

for my $path ('/orders/a%2Fb', '/orders/a%5Cb', '/orders/a/..%2Fb',
              '/orders/a/%2e%2e%2fb', '/orders/a%00b', '/orders/a%0Ab')
{
    is($m->ask('GET', $path, [ @key ])->{status}, 400, "$path is a 400");
}


# Versions.

my (%version, $wrong_hash, $wrong_version, $moved);

for my $user (map { "user-$_" } 1 .. $users) {
    $r = $m->ask('GET', "/hash/1?user=$user", [ @key ]);

    my ($hash) = $r->sent('x-lane-hash');
    my $name = $r->json->{name} // 'none';

    $version{$user} = $name;
    $wrong_hash .= " $user" if $hash ne xxh64($user);
    $wrong_version .= " $user"
        if $name ne (xxh64($user) % 100 < 90 ? 'v1' : 'v2');
}

is($wrong_hash, undef, 'the hash is XXH64 of what gate_lane says');
is($wrong_version, undef, 'the sidecar splits by it: 90 of 100 to v1');

my $v2 = grep { $_ eq 'v2' } values %version;

cmp_ok(abs($v2 - $users / 10), '<', 20, "$v2 of $users users are on v2");

for my $user (sort keys %version) {
    $r = $m->ask('GET', "/hash/other?user=$user", [ @key ]);
    $moved .= " $user" if $r->json->{name} ne $version{$user};
}

is($moved, undef, 'every user stays where they were');


# Whose hash it is.

for my $who (@GateMesh::CONSUMERS) {
    $r = $m->ask('GET', '/orders/1', [ "apikey: key-$who" ]);
    is(($r->sent('x-lane-hash'))[0], xxh64($who), "of a key: of \"$who\"");
}

for my $sub (qw(alice bob), 'x' x 100) {
    my $token = mint(alg => 'ES256', claims => { sub => $sub, aud => 'mesh',
                                                 iss => $issuer });

    $r = $m->ask('GET', '/token/1', [ "Authorization: Bearer $token" ]);
    is(($r->sent('x-lane-hash'))[0], xxh64("$issuer\0$sub"),
       'of a token: of issuer and subject');
}

$r = $m->ask('GET', '/token/1');

is(($r->sent('x-lane-hash'))[0], xxh64('127.0.0.1'),
   'of nobody: of the address');
is(join(',', $r->sent('x-anonymous-consumer')), 'true', 'who is told to be so');

my ($first) = grep { $version{$_} eq 'v1' } sort keys %version;

for my $field ('X-Lane: v2', 'x_lane: v2', 'X-Lane-Hash: 99',
               "X-Lane: v2\r\nX-Lane-Hash: 99")
{
    $r = $m->ask('GET', "/hash/1?user=$first", [ @key, $field ],
                 undef, port => $m->{gate2});
    is($r->json->{name}, 'v1', 'a client does not choose by '
                               . $field =~ s/\r\n/ and /r);
}

is($m->ask('GET', '/v2/1', [ @key ])->json->{name}, 'v2',
   'a rule of the configuration does');

is($m->alarms, '', 'nothing alarming in the log');

done_testing();


# xxHash, 64 bits, seed 0, as its specification has it.

sub xxh64 {
    my ($text) = @_;

    my @p = (11400714785074694791, 14029467366897019727, 1609587929392839161,
             9650029242287828579, 2870177450012600261);
    my ($h, $at) = (undef, 0);

    if (length $text >= 32) {
        my @v = (add($p[0], $p[1]), $p[1], 0, add(0, ~$p[0] + 1));

        for ( ; $at + 32 <= length $text; $at += 32) {
            my @lane = unpack 'Q<4', substr $text, $at, 32;
            $v[$_] = turn($v[$_], $lane[$_], @p) for 0 .. 3;
        }

        $h = add(add(rotl($v[0], 1), rotl($v[1], 7)),
                 add(rotl($v[2], 12), rotl($v[3], 18)));
        $h = add(mul($h ^ turn(0, $_, @p), $p[0]), $p[3]) for @v;

    } else {
        $h = $p[4];
    }

    $h = add($h, length $text);

    for ( ; $at + 8 <= length $text; $at += 8) {
        my $k = turn(0, unpack('Q<', substr $text, $at, 8), @p);
        $h = add(mul(rotl($h ^ $k, 27), $p[0]), $p[3]);
    }

    if ($at + 4 <= length $text) {
        my $k = unpack 'L<', substr $text, $at, 4;
        $h = add(mul(rotl($h ^ mul($k, $p[0]), 23), $p[1]), $p[2]);
        $at += 4;
    }

    for ( ; $at < length $text; $at++) {
        $h = mul(rotl($h ^ mul(ord(substr $text, $at, 1), $p[4]), 11), $p[0]);
    }

    $h = mul($h ^ ($h >> 33), $p[1]);
    $h = mul($h ^ ($h >> 29), $p[2]);

    return $h ^ ($h >> 32);
}

sub turn {
    my ($acc, $lane, @p) = @_;

    return mul(rotl(add($acc, mul($lane, $p[1])), 31), $p[0]);
}

# Arithmetic modulo 2^64; "integer" wraps around, the mask makes it unsigned.

sub add { my ($a, $b) = @_; use integer; my $n = $a + $b; no integer; $n | 0 }
sub mul { my ($a, $b) = @_; use integer; my $n = $a * $b; no integer; $n | 0 }
sub rotl { my ($n, $r) = @_; ($n << $r) | ($n >> (64 - $r)) }
