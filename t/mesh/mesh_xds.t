#!/usr/bin/env perl
#
# Copyright (C) 2026 Meshgate contributors
#
# Real Envoys that are driven by the mesh: a gateway's sidecar and that of a node
# with a coarse-grained process; versions, refusals, reload and restart.
#

use strict;
use warnings;

use Test::More;

use GateMeshd;
use GateNginx;

GateMeshd->needs('envoy');

my $m = GateMeshd->new(
    http => "mesh_state state;\n    mesh_source registry;",
    server => 'allow 127.0.0.1; deny all;
               location /v1/ { mesh_registry; }
               location /rules/ { mesh_rules; }
               location /mesh/status { mesh_status; }',
    xds => 1,
);

$m->start();
$m->services("v1=127.0.0.21:$m->{service}", "v2=127.0.0.22:$m->{service}",
             "process=127.0.0.1:$m->{inbound}");

sub registered {
    my ($id, $name, $address, $port, %meta) = @_;

    my $r = $m->ask('PUT', '/v1/agent/service/register', {
        ID => $id, Name => $name, Address => $address, Port => $port + 0, Meta => \%meta,
    });

    is($r->{status}, 200, "$id is registered");
}

sub ruled {
    my ($weight) = @_;

    return $m->ask('PUT', '/rules/reviews', {
        service => 'reviews', versions => ['v1', 'v2'], fallback => 'v1',
        split => { hash_on => 'x-lane-hash', weights => { v1 => 100 - $weight, v2 => $weight } },
    })->{status};
}


# A gateway's sidecar.

registered('r1', 'reviews', '127.0.0.21', $m->{service}, version => 'v1');

my $gw = $m->sidecar('gw');

sub who { return $gw->call(@_)->{json}{name} // 'nobody' }

ok(wait_for(sub { who('reviews', '/') eq 'v1' }), 'a service is reached by its name');
is(who('reviews.mesh', '/'), 'v1', '... and by that of the mesh');

my $r = $gw->call('stranger', '/');

is($r->{status}, 404, 'another Host is refused');
like($r->{headers}{'x-gate-sidecar'} // '', qr/^direct_response/, '... by the sidecar, marked');

registered('r2', 'reviews', '127.0.0.22', $m->{service}, version => 'v2');
ok(wait_for(sub { who('reviews', '/', { 'x-lane' => 'v2' }) eq 'v2' }),
   'a version is reached by its name');

ok(ruled(30) =~ /^20[01]$/, 'a rule');
ok(wait_for(sub { who('reviews', '/', { 'x-lane-hash' => 70 }) eq 'v2' }), '... is in force');
is(join(' ', map { who('reviews', '/', { 'x-lane-hash' => $_ }) } 0, 69, 70, 99, 100, 169, 170),
   'v1 v1 v2 v2 v1 v1 v2', 'each number has its version');

my %got;

for my $weight (0, 10, 50, 100, 50, 0) {
    ruled($weight);
    $got{ $gw->call('reviews', '/', { 'x-lane-hash' => $_ })->{status} }++ for 1 .. 30;
}

is(join(' ', %got), '200 180', 'a canary goes to 100 and back: no request fails');


# What the sidecar does not take.

is($m->ask('PUT', '/rules/reviews', {
    service => 'reviews', versions => ['v1', 'v2'], fallback => 'v1',
    match => [ { header => 'bad header', exact => 'x', to => 'v2' } ],
})->{status}, 422, 'a rule with a mistake is refused before');
is(who('reviews', '/'), 'v1', '... and the one before is in force');


# Reload and restart: no answer but 200.

my $failed = 0;

for my $how (qw(reload kill)) {
    my $connects = $gw->stat('cluster.xds.upstream_cx_total');

    if ($how eq 'reload') {
        $m->{nginx}->reload();

    } else {
        $m->{nginx}->kill_all();
        # the last of its threads has the port a moment longer
        wait_for(sub { $m->get('/')->{status} == 599 });
        $failed += $gw->call('reviews', '/')->{status} != 200 for 1 .. 20;
        $m->start();
    }

    $failed += $gw->call('reviews', '/')->{status} != 200 for 1 .. 50;
    ok(wait_for(sub { $gw->stat('cluster.xds.upstream_cx_total') > $connects
                      && $gw->stat('control_plane.connected_state') == 1 }),
       "$how: the sidecar has a new stream");
    ruled($how eq 'reload' ? 100 : 0);
    ok(wait_for(sub { who('reviews', '/') eq ($how eq 'reload' ? 'v2' : 'v1') }),
       '... which works');
}

is($failed, 0, '... and no request has failed meanwhile');


# A node with one process of two services, at two addresses.

registered('n1:orders', 'orders', '127.0.0.31', $m->{inbound}, process => 'n1',
           path => '/orders', timeout => '300ms');
registered('n1:billing', 'billing', '127.0.0.31', $m->{inbound}, process => 'n1',
           path => '/billing', rate => '2');

my $node = $m->sidecar('node', role => 'service',
                       metadata => { INSTANCE_IPS => '127.0.0.31,127.0.0.32' });

is(join(' ', grep { /^inbound/ } $node->names('listeners')), '',
   'addresses of the loopback are no addresses of a node');

$m->ask('PUT', '/v1/agent/service/deregister/r2');
ok(wait_for(sub { !grep { /v2/ } $gw->names('clusters') }), 'a version that goes is gone');
ok(wait_for(sub { who('reviews', '/') eq 'v1' }), '... the other one serves');

$gw->stop();
$node->stop();
$m->{nginx}->stop();
is($m->{nginx}->complaints(), '', 'nothing is wrong');

done_testing();
