#!/usr/bin/env perl
#
# Copyright (C) 2026 Meshgate contributors
#
# Services that files declare: what is read, what is refused and by which words,
# and that a reload takes all of it or nothing.
#

use strict;
use warnings;

use Test::More;

use GateMeshd;
use GateNginx;

GateMeshd->needs();

my $m = GateMeshd->new(
    http => 'mesh_source file services/*.json;',
    server => 'location /mesh/status { mesh_status; }',
);
my $dir = "$m->{root}/services";

mkdir $dir or die "$dir: $!";

sub file { spew("$dir/$_[0].json", $_[1]) }

sub service { return $m->get("/mesh/status?service=$_[0]")->{json}{services}{ $_[0] } }

sub total { return $m->get('/mesh/status')->{json} }


file('orders', <<'JSON');
{"services": [
  {"name": "orders", "id": "p1:orders", "port": 8080, "address": "10.0.0.1",
   "tagged_addresses": {"lan": {"address": "10.0.0.1", "port": 8080},
                        "storage": {"address": "10.9.0.1", "port": 8080}},
   "meta": {"process": "p1", "version": "v1", "protocol": "http2", "path": "/orders",
            "host": "orders.example", "timeout": "300ms"}},
  {"Name": "orders", "ID": "p2:orders", "Port": 8080, "Address": "10.0.0.2", "Tags": [],
   "node": "m2", "health": "critical", "Weights": {"Passing": 7, "Warning": 1}}
]}
JSON
file('billing', '{"service": {"name": "billing", "port": 8080, "address": "10.0.0.1"}}');

$m->start();

is(total()->{services}, 2, 'two files declare two services');
is_deeply(total()->{endpoints}, { passing => 2, warning => 0, critical => 1, all => 3 },
          'which are well unless they say otherwise');
is(total()->{sources}[0]{name}, 'file services/*.json', 'the source has the name of its line');
ok(total()->{ready}, 'and is loaded');

my $orders = service('orders');

is($orders->{protocol}, 'http2', 'the protocol is that of the metadata');
is($orders->{path}, '/orders', 'so is the path');
is_deeply($orders->{hosts}, ['orders.example'], 'so are further names');
is_deeply($orders->{versions}, [ 'default', 'v1' ], 'a version is one that is told, or "default"');

my ($two, $one) = @{ $orders->{endpoints} };

is_deeply($one->{addresses}, [ { address => '10.0.0.1', plane => 'lan' },
                               { address => '10.9.0.1', plane => 'storage' } ],
          'addresses of all planes are known');
is($one->{node}, '10.0.0.1', 'the node is the address unless it is named');
is("$two->{node} $two->{health} $two->{weight}", 'm2 critical 7',
   'node, health and weight are as the file says');


# a mistake names its file and member, and nothing of it is in force

sub refused {
    my ($text, $words, $name) = @_;

    file('bad', $text);

    my $said = $m->{nginx}->check();

    isnt($?, 0, "$name is refused");
    like($said, qr/\[emerg\] .*\Q$dir\E\/bad\.json: $words in \S+nginx\.conf:\d+/,
         "$name is named");
}

refused('{"service": {"name": "a", "port": 1, "address": "10.0.0.1", "meta": {"timeout": "5"}}}',
        qr{/service/Meta/timeout: must be a time .*}, 'metadata that is wrong');
refused('{"services": [{"name": "a", "port": 1, "address": "10.0.0.1"},'
        . ' {"name": "b|c", "port": 1, "address": "10.0.0.1"}]}',
        qr{/services/1/Name: must be 1 to 128 .*}, 'a name of the second service');
refused('{"service": {"name": "a", "port": 1}}', qr{/service/Address: is missing},
        'a service without an address');
refused('{"service": {"name": "a", "port": 1, "address": "10.0.0.1", "prot": "x"}}',
        qr{/service/prot: is not known}, 'a member that is unknown');
refused('{"service": {"name": "a", "port": 1, "address": "10.0.0.1", "health": "well"}}',
        qr{/service/health: must be "passing", .*}, 'a health that is none');
refused('{"service": {"name": "a", "port": 1, "address": "10.0.0.1", "node": ""}}',
        qr{/service/node: must be .*}, 'a node without a name');
refused('{"service": {"name": "a", "port": 1, "address": "10.0.0.1", "check": {"ttl": "9s"}}}',
        qr{/service/checks: are not for files.*}, 'a check');
refused('{"services": {}}', qr{/services: must be an array .*}, 'services that are no array');
refused('{"service": []}', qr{/service: must be an object}, 'a service that is no object');
refused('{"check": {}}', qr{/check: is not known.*}, 'a file of something else');
refused("{\n\n\"service\": }", qr{is no JSON at line 3: .*}, 'a file that is no JSON');
refused('[]', qr{is not a JSON object.*}, 'a file of an array');
refused('', qr{is no JSON at line \d+: .*}, 'an empty file');
refused('{"service": {"name": "billing", "port": 9, "address": "10.0.0.1"}}',
        qr{"billing" of node "10.0.0.1" is declared twice}, 'an instance of another file');

file('bad', '{"service": {"name": "late", "port": 0, "address": "10.0.0.1"}}');
file('orders', '{"services": []}');

kill 'HUP', $m->{nginx}{pid};
wait_for(sub { $m->{nginx}->log() =~ m{bad\.json: /service/Port: must be} });

is(total()->{services}, 2, 'a reload with a mistake changes nothing');
is(service('orders')->{versions}[1], 'v1', 'also not of the other files');


# what counts where instances disagree

unlink "$dir/bad.json";
file('orders', <<'JSON');
{"services": [
  {"name": "orders", "id": "b", "port": 1, "address": "10.0.0.1", "meta": {"timeout": "2s"}},
  {"name": "orders", "id": "a", "port": 1, "address": "10.0.0.1", "meta": {"timeout": "1s"}}
]}
JSON

like($m->{nginx}->check(), qr/\[warn\] .*orders\.json: "b" of node "10\.0\.0\.1": \/Meta\/timeout /,
     'instances that disagree are warned of');

ok($m->{nginx}->reload(), 'the next reload is taken');
wait_for(sub { @{ service('orders')->{endpoints} } == 2 });
is(service('orders')->{policy}{timeout_ms}, 1000, 'the first one by node and id counts');

unlink "$dir/orders.json";
ok($m->{nginx}->reload(), 'a reload without a file');
is(total()->{services}, 1, 'leaves the services of the others');

unlink "$dir/billing.json";
ok($m->{nginx}->reload(), 'a reload without any file of the pattern');
is(total()->{services}, 0, 'leaves no service');
ok(total()->{ready}, 'and is no reason to wait');

$m->conf(http => 'mesh_source file services/none.json;');
like($m->{nginx}->check(), qr/\[emerg\] .*open\(\) "\S+none\.json" failed/,
     'a file that is named must be there');

$m->conf(http => 'mesh_source file;');
like($m->{nginx}->check(), qr/\[emerg\] .*"mesh_source file" is without a file/,
     'a source of files has a file');

$m->conf(http => 'mesh_source stone a;');
like($m->{nginx}->check(), qr/\[emerg\] .*"mesh_source" has no kind "stone", but .*"file"/,
     'an unknown kind of source is told what there is');

is($m->{nginx}->complaints(qr/bad\.json/), '', 'nothing else is in the log');

done_testing();
