#!/usr/bin/env perl
#
# Copyright (C) 2026 Meshgate contributors
#
# What the status page and mesh-show say of a real sidecar, and a rule that
# moves its calls.

use strict;
use warnings;

use Test::More;

use GateMeshd;
use GateNginx;

GateMeshd->needs(qw(envoy));

my $m = GateMeshd->new(
    http => 'mesh_source file services.json; mesh_state state;',
    server => <<'CONF',
        location /mesh/status { mesh_status; }
        location = /metrics { mesh_status prometheus; }
        location /mesh/rules/ { allow 127.0.0.1; deny all; mesh_rules; }
CONF
    xds => 1,
);

spew("$m->{root}/services.json", <<"JSON");
{"services": [
  {"name": "orders", "id": "o1", "port": $m->{service}, "address": "127.0.0.2",
   "meta": {"version": "v1"}},
  {"name": "orders", "id": "o2", "port": $m->{service}, "address": "127.0.0.3",
   "meta": {"version": "v2"}}
]}
JSON

$m->services("v1=127.0.0.2:$m->{service}", "v2=127.0.0.3:$m->{service}");
$m->start();

my $e = $m->sidecar('gw', role => 'gateway');

sub status { return $m->get("/mesh/status$_[0]")->{json} }

ok(wait_for(sub {
    my $s = status('?service=orders')->{sidecars};
    return @$s == 1 && $s->[0]{current};
}), 'a sidecar comes to know a service');

is(status('?service=orders')->{sidecars}[0]{id}, 'gw', 'it is named');

my $one = status('')->{sidecars};

is($one->{connected}, 1, 'sidecars are counted');
is($one->{refusing}, 0, 'it refuses nothing');
is($one->{list}[0]{role}, 'gateway', 'it has a role');
is($one->{list}[0]{types}{clusters}{resources}, 2, 'it has a cluster for each version');
is($one->{list}[0]{types}{clusters}{nacked}, 0, 'which it took');

like($m->get('/metrics')->{body}, qr/^mesh_sidecars 1$/m, 'figures have it, too');

my $put = $m->ask('PUT', '/mesh/rules/orders',
                  '{"service": "orders", "versions": ["v1", "v2"],'
                  . ' "split": {"weights": {"v1": 0, "v2": 100}}, "fallback": "v1"}');

is($put->{status}, 201, 'a rule is made');
is_deeply([ map { "$_->{version}=$_->{usable}" } @{ $put->{json}{shares} } ],
          ['v1=1', 'v2=1'], 'whose shares have endpoints');
is_deeply($put->{json}{warnings}, [], 'and no warning');

ok(wait_for(sub {
    my $r = $e->call('orders', '/', { 'x-lane-hash' => 7 });
    return $r->{status} == 200 && $r->{body} =~ /v2/;
}), 'calls go where the rule says');

is(status('?service=orders')->{services}{orders}{shares}[1]{weight}, 100,
   'the page has the shares');

{
    local $ENV{MESH_URL} = "http://127.0.0.1:$m->{web}/mesh/status";

    my $shown = `./mesh-show orders 2>&1`;

    like($shown, qr/^sidecar +gw: knows all of it$/m, 'people are told what a sidecar knows');
    like($shown, qr/^passing +v2 .* 127\.0\.0\.3:$m->{service}$/m, 'and who is where');
    like(`./mesh-show`, qr/^sidecars 1, of which/m, 'totals have sidecars');
}

$e->stop();
ok(wait_for(sub { status('')->{sidecars}{connected} == 0 }), 'one that goes is counted no more');

done_testing();
