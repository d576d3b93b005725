#!/usr/bin/env perl
#
# Copyright (C) 2026 Meshgate contributors
#
# The status page, the feed to Istio and mesh-show, of a mesh whose only source
# is its rules.

use strict;
use warnings;

use lib 't/lib';

use File::Path qw(remove_tree);
use Test::More;

use GateAsk;
use GateNginx;

plan skip_all => 'run it by make t/registry/status.t' if !$ENV{GATE_NGINX};

my $root = $ENV{TEST_NGINX_SERVROOT};
my $port = $ENV{GATE_PORT_BASE};

remove_tree($root);

my $n = GateNginx->new(root => "$root/nginx", workers => 1);
my $api = GateAsk->new($port);

$n->configure(mesh_head($n) . <<"CONF");
http {
@{[ $n->paths() ]}
    mesh_state $n->{root}/state;

    server {
        listen 127.0.0.1:$port;

        location /rules/ {
            deny all;
            allow 127.0.0.1;
            limit_except GET { allow 127.0.0.1; deny all; }
            mesh_rules;
        }

        location = /status  { mesh_status; }
        location = /metrics { mesh_status prometheus; }
        location = /istio   { mesh_istio; }
    }
}
CONF

$n->start();
wait_for(sub { $api->get('/status')->json()->{ready} });

is($api->put('/rules/orders', '{"service":"orders","versions":["v1"],"fallback":"v1"}')
   ->{status}, 201, 'a rule is made');

json();
prometheus();
istio();
shown();

$n->stop();
is($n->complaints(), '', 'the error log holds no complaint');

done_testing();


sub json {
    my $r = $api->get('/status');

    is($r->field('content-type'), 'application/json', 'the page is JSON');
    is($r->json()->{rules}, 1, 'rules are counted');
    is($r->json()->{endpoints}{all}, 0, 'so are endpoints');
    is($r->json()->{sources}[0]{name}, 'rules', 'the log of the rules is a source');

    $r = $api->get('/status?service=orders');
    is($r->{status}, 200, 'a service that has a rule alone is shown');
    is_deeply($r->json()->{services}{orders}{endpoints}, [], 'without endpoints');
    is($api->get('/status?service=nobody')->{status}, 404, 'others are not there');
    is_deeply($api->get('/status?list')->json()->{list}, [], 'the list has no service');
    is($api->get("/status?list&limit=$_")->{status}, 400, "a page of $_ is refused")
        for 0, 1001, 'x';
    is($api->post('/status', '')->{status}, 405, 'nothing is written there');
    is($api->ask('HEAD', '/status')->{status}, 200, 'its head can be asked for');
}


sub prometheus {
    my $r = $api->get('/metrics');

    like($r->field('content-type'), qr{^text/plain; version=0\.0\.4}, 'figures are a text');
    like($r->{body}, qr/^mesh_rules 1$/m, 'figures have the rules');
    like($r->{body}, qr/^mesh_endpoints\{health="critical"\} 0$/m, 'figures have the health');
    like($r->{body}, qr/^mesh_source_loaded\{source="rules"\} 1$/m, 'figures have the sources');

    my %help = map { $_ => 1 } $r->{body} =~ /^# TYPE (\w+)/mg;

    is(join(' ', grep { !$help{$_} } $r->{body} =~ /^(mesh\w+)/mg), '', 'each has its type');
}


sub istio {
    my $r = $api->get('/istio');

    is($r->{status}, 200, 'the feed is there');
    like($r->{body}, qr/^# revision: \d+-\d+-\d+\n$/, 'an empty one has its revision');

    my ($tag) = $r->{body} =~ /revision: (\S+)/;

    is($r->field('etag'), "\"$tag\"", 'which is its tag');
    is($api->get('/istio', "If-None-Match: \"$tag\"")->{status}, 304, 'who has it is told so');
    is($api->get("/istio?since=$tag")->{body}, "# revision: $tag\n", 'nothing has changed since');
    is($api->get('/istio?since=1-2-3')->{status}, 410, 'an unknown revision is too old');
    is($api->get('/istio?limit=0')->{status}, 400, 'a page has services');
}


sub shown {
    local $ENV{MESH_URL} = "http://127.0.0.1:$port/status";

    like(`./mesh-show 2>&1`, qr/^ready, revision \d+\nservices 0, rules 1/, 'totals are shown');
    like(`./mesh-show orders 2>&1`, qr/no source knows it.*\nrule +epoch 1: v1=1/,
         'a service is shown');
    like(`./mesh-show nobody 2>&1`, qr/no such service/, 'one that is not there is named');
    is($? >> 8, 4, 'with a code of its own');
    like(`./mesh-show --json orders`, qr/^\{"ready":true/, 'JSON is shown as it is');
    like(`./mesh-show --help`, qr/^usage:/, 'help is given');
    is(system('./mesh-show --url >/dev/null 2>&1') >> 8, 2, 'an option needs its value');
    is(system('./mesh-show --url http://127.0.0.1:1/ >/dev/null 2>&1') >> 8, 1,
       'who is not there cannot be asked');
}
