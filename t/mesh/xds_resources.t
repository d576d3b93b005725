#!/usr/bin/env perl
#
# Copyright (C) 2026 Meshgate contributors
#
# What a real Envoy does by the resources of the mesh: a gateway's sidecar, and
# one of a process with several services on a node with two addresses.
#

use strict;
use warnings;

use Test::More;

use GateMeshd;
use GateNginx;

BEGIN {
    GateMeshd->needs(qw(envoy netns));
    exec 'unshare', '-n', $^X, (map { "-I$_" } @INC), $0 if !$ENV{GATE_UNSHARED}++;
}

system(join ' && ', 'ip link set lo up', map { "ip addr add 10.9.0.$_/32 dev lo" } 1 .. 5) == 0
    or plan(skip_all => 'no addresses can be added here');

my $m = GateMeshd->new(xds => 1,
    http => 'mesh_source file services/*.json; mesh_rules_file rules/*.json;');
my ($port, $in) = ($m->{service}, $m->{inbound});

mkdir "$m->{root}/$_" for qw(services rules);

sub instance {
    my ($name, $address, $at, %meta) = @_;

    return { name => $name, id => "$name-$address", port => $at + 0, address => $address,
             health => delete $meta{health} // 'passing', meta => \%meta };
}

my @plane = (tagged_addresses => { oam => { address => '10.9.0.2', port => $in + 0 } });

spew("$m->{root}/services/a.json", $GateMeshd::json->encode({ services => [
    instance('reviews', '10.9.0.3', $port, version => 'v1', host => 'reviews.example'),
    instance('reviews', '10.9.0.4', $port, version => 'v2'),
    instance('reviews', '10.9.0.5', $port, version => 'v3', health => 'critical'),
    instance('plain', '10.9.0.3', $port, version => 'v1'),
    instance('plain', '10.9.0.4', $port, version => 'v2'),
    instance('sick', '10.9.0.5', $port, health => 'critical'),
    instance('slow', '10.9.0.3', $port, timeout => '200ms'),
    { instance('orders', '10.9.0.1', $in, path => '/orders', timeout => '300ms')->%*, @plane },
    { instance('billing', '10.9.0.1', $in, path => '/orders/bills', rate => '1')->%*, @plane },
    { instance('stock', '10.9.0.1', $in, allow => '10.9.0.2/32')->%*, @plane },
] }));

spew("$m->{root}/rules/reviews.json", $GateMeshd::json->encode({
    service => 'reviews', versions => [qw(v1 v2 v3)], fallback => 'v1',
    match => [ { header => 'x-user', exact => 'ann', to => 'v2' },
               { header => 'user-agent', regex => '.*Beta.*', to => 'v2' },
               { header => 'x-user', prefix => 'old-', to => 'v3' } ],
    split => { weights => { v1 => 60, v2 => 30, v3 => 10 } },
}));

$m->services("v1=10.9.0.3:$port", "v2=10.9.0.4:$port", "v3=10.9.0.5:$port", "app=127.0.0.1:$in");
$m->start();

my $g = $m->sidecar('gw');
my $s = $m->sidecar('node', role => 'service',
                    metadata => { INSTANCE_IPS => '10.9.0.1,10.9.0.2,10.9.0.1,127.0.0.1' });

sub said {
    my ($r) = @_;

    return join ' ', $r->{status}, $r->{json}{name} // '-', $r->{headers}{'x-gate-sidecar'} // '-';
}

sub call { return said($g->call(@_)) }


# ------------------------------------------------------------------ outbound

is(call($_, '/'), '200 v1 -', "$_ is a name of the service")
    for qw(slow slow.mesh SLOW slow:80);
is(call('reviews.example', '/', { 'x-lane' => 'v1' }), '200 v1 -', 'so is a name of its metadata');
is(call('nobody', '/'), '404 - direct_response -', 'a Host of no service gets a marked 404');
is(call('sick', '/'), '503 - no_healthy_upstream UH', 'a service that is ill gets nothing');
is(call('slow', '/?sleep=1'), '504 - response_timeout UT', 'a service has a timeout of its own');
is(call('slow', '/?status=503'), '503 v1 -', 'what a service answers has no mark');
is(call('slow', '/a%2Fb'), '400 - path_normalization_failed -', 'an escaped slash is refused');

my $via = $g->call('slow', '/')->{json}{headers}{via};

like($via, qr/^mesh-[0-9a-f]{16}$/, 'a call has a mark of the sidecar it has been through');
is($g->call('slow', '/', { Via => 'mesh-0123456789abcdef' })->{status}, 200,
   'with the mark of another it goes on');
is($g->call('slow', '/', { Via => $via })->{status}, 508, 'where it has been before it does not');

is(call('reviews', '/', { 'x-lane' => 'v2', 'x-user' => 'old-1' }), '200 v2 -', 'a lane is first');
is(call('reviews', '/', { 'x-lane' => 'v9', 'x-user' => 'ann' }), '200 v2 -',
   'a lane that is no version is none; an exact match');
is(call('reviews', '/', { 'user-agent' => 'a Beta b', 'x-lane-hash' => 0 }), '200 v2 -',
   'a match by an expression');
is(call('reviews', '/', { 'x-user' => 'old-1', 'x-lane-hash' => 60 }), '200 v1 -',
   'a match whose version is ill goes to the fallback');

# as gate_split_pick(): intervals in the order of the versions; what is for v3
# goes to v1

my @other = grep {
    my $at = $_ % 100;
    my $version = $at < 60 ? 'v1' : $at < 90 ? 'v2' : 'v1';

    call('reviews', '/', { 'x-lane-hash' => $_ }) ne "200 $version -";
} 0 .. 150, map({ 18446744073709551615 - $_ } 0 .. 49), map { $_ * 123456789012345 } 1 .. 50;

is("@other", '', 'each caller gets the version that the split says');

my %share = map { $_ => call('plain', '/', { 'x-lane-hash' => $_ }) } 0 .. 3;

is_deeply([ @share{0 .. 3} ], [ map { "200 $_ -" } qw(v1 v2 v1 v2) ],
          'without a rule versions share by their instances');


# ------------------------------------------------------------------- inbound

sub enter {
    my ($host, $address, $path) = @_;

    return said(GateMeshd::http('GET', "http://$address:$in$path", undef, { Host => $host }));
}

for my $own ('10.9.0.1', '10.9.0.2') {
    is(enter('orders', $own, '/x'), '200 app -', "$own: a service by its Host");
    is(enter('other', $own, '/orders/1'), '200 app -', "$own: a service by its path");
    is(enter('other', $own, '/ordersold'), '404 - direct_response -', "$own: a path of nobody");
}

is(enter('orders', '10.9.0.1', '/?sleep=1'), '504 - response_timeout UT',
   'each service of a process has a timeout of its own');
is(enter('stock', '10.9.0.1', '/?sleep=1'), '403 - rbac_access_denied_matched_policy[none] -',
   'each service has callers of its own');

my @rated = map { enter($_ % 2 ? 'billing' : 'other', '10.9.0.1', '/orders/bills/1') } 1 .. 4;

ok(scalar(grep { /^429/ } @rated),
   'each service has a rate of its own, and the longest path counts');
is(enter('orders', '10.9.0.1', '/x'), '200 app -', 'which is not the rate of others');

cmp_ok($s->stat('vhost.orders.route.orders.upstream_rq_200')
       + $s->stat('vhost.orders.route.orders.upstream_rq_2xx'), '>', 0,
       'each service has statistics of its own');

is($_->log() =~ /rejected/, '', "$_->{name} takes all of it") for $g, $s;

done_testing;
