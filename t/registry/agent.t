#!/usr/bin/env perl
#
# Copyright (C) 2026 Meshgate contributors
#
# mesh_registry: what clients of Consul's agent register, ask for and wait for,
# and what is said to those who write something else.

use strict;
use warnings;

use File::Temp 'tempdir';
use JSON::PP;
use Test::More;
use Time::HiRes 'time';

use GateNginx;
use GateRegistry;

plan skip_all => 'the mesh module is not there' if !-e $ENV{MESH_MODULE};

our $root = tempdir(CLEANUP => 1);
our $port = $ENV{GATE_PORT_BASE};
our $r = GateRegistry->new(root => $root, port => $port);


# What nginx -t says of a configuration without something.

sub check {
    my (%arg) = @_;

    my $n = GateRegistry->new(root => "$root/check", port => $port, %arg);

    return $n->{nginx}->check();
}

like(check(source => ''), qr/\[emerg\].*"mesh_registry" needs "mesh_source registry"/,
     'without the source the location is refused');
like(check(source => 'mesh_source registry;'),
     qr/\[emerg\].*"mesh_source registry" needs "mesh_state"/,
     'without a folder the source is refused');
like(check(source => "mesh_state $root/s; mesh_source registry; mesh_source registry;"),
     qr/\[emerg\].*"mesh_source" directive is duplicate in .*nginx.conf:\d/,
     'there is one registry');
like(check(source => "mesh_state $root/s; mesh_source registry x;"),
     qr/\[emerg\].*invalid number of arguments/, 'the registry has no parameter');
like(check(source => "mesh_state $root/s; mesh_source etcd;"),
     qr/\[emerg\].*"mesh_source" has no kind "etcd", but.*"registry"/,
     'a kind that is not known is named with those that are');
like(check(source => "mesh_state $root/s; mesh_state $root/t; mesh_source registry;"),
     qr/\[emerg\].*"mesh_state" directive is duplicate/, 'there is one folder');
like(check(guard => ''), qr/\[emerg\]/, 'a location that everybody may write to is refused');
like(check(), qr/syntax is ok/, 'a protected one with a folder is fine');

$r->start();

# registration

is($r->put('/v1/agent/service/register', { Name => 'orders', ID => 'o1', Port => 8080,
       Address => '10.0.0.1', Tags => [ 'blue' ], Meta => { version => 'v1' },
       Check => { TTL => '30s' } })->{status}, 200, 'an instance is registered');
is($r->get('/v1/agent/services')->{json}{o1}{Address}, '10.0.0.1', 'the agent has it');
is($r->get('/v1/agent/checks')->{json}{'service:o1'}{Status}, 'critical',
   'its check is critical until somebody says otherwise');
is_deeply($r->get('/v1/health/service/orders?passing')->{json}, [],
          'nobody is sent to it yet');
is($r->put('/v1/agent/check/pass/service:o1?note=fine+now')->{status}, 200,
   'its check passes');
is($r->get('/v1/health/service/orders?passing=1')->{json}[0]{Service}{Port}, 8080,
   'then it is among those that pass');
is($r->get('/v1/agent/checks')->{json}{'service:o1'}{Output}, 'fine now',
   'the note is what was said');
is_deeply($r->get('/v1/catalog/services')->{json}, { orders => [ 'blue' ] },
          'the catalog has its name and tag');
is(scalar @{ $r->get('/v1/health/service/orders?tag=blue')->{json} }, 1,
   'it is found by its tag');
is(scalar @{ $r->get('/v1/health/service/orders?tag=green')->{json} }, 0,
   'and not by another');
is(scalar @{ $r->get('/v1/health/service/orders?near=_agent')->{json} }, 1,
   'near means nothing here');
is($r->get('/v1/catalog/service/orders')->{json}[0]{ServiceMeta}{version}, 'v1',
   'the catalog has its metadata');
is_deeply([ map { $_->{CheckID} } @{ $r->get('/v1/health/state/passing')->{json} } ],
          [ 'service:o1' ], 'a state has the checks that are in it');
like($r->get('/v1/status/leader')->{body}, qr/^"127\.0\.0\.1:$port"$/, 'this is the leader');
is($r->get('/v1/agent/self')->{json}{Config}{Datacenter}, 'dc1', 'it says who it is');

# nodes

is($r->get('/v1/health/service/orders')->{json}[0]{Node}{Node}, '127.0.0.1',
   'the node is the caller\'s address');
is($r->put('/v1/agent/service/register?node=n2', { Name => 'orders', ID => 'o1', Port => 1,
       Address => '10.0.0.2', Check => { TTL => '30s', Status => 'passing' } })->{status}, 200,
   'a node may be said');
is($r->put('/v1/agent/service/register', { Name => 'orders', ID => 'o3', Port => 1,
       Address => '10.0.0.3', Meta => { node => 'n3' } })->{status}, 200,
   'or be in the metadata');
is_deeply([ sort map { $_->{Node}{Node} } @{ $r->get('/v1/health/service/orders')->{json} } ],
          [ '127.0.0.1', 'n2', 'n3' ], 'three nodes have the service');
is_deeply([ sort keys %{ $r->get('/v1/agent/services')->{json} } ], [ 'n2/o1', 'o1', 'o3' ],
          'an ID that two nodes have is said with the node of the second one')
    or diag($r->get('/v1/agent/services')->{body});
is_deeply([ keys %{ $r->get('/v1/agent/services?node=n2')->{json} } ], [ 'o1' ],
          'of one node it is the ID alone');
is($r->get('/v1/agent/service/o1')->{status}, 409, 'an ID of two nodes is not clear');
is($r->get('/v1/agent/service/o1?node=n2')->{json}{Address}, '10.0.0.2', 'with the node it is');
is($r->put('/v1/agent/service/deregister/o1')->{status}, 409,
   'nobody is deregistered by mistake');
is($r->put('/v1/agent/service/deregister/o1?node=n2')->{status}, 200,
   'the one of that node is');
is($r->put('/v1/agent/service/deregister/o3')->{status}, 200,
   'an ID that is there once needs no node');
is($r->put('/v1/agent/service/deregister/o3')->{status}, 200, 'what is gone may go again');
is(scalar @{ $r->get('/v1/health/service/orders')->{json} }, 1, 'one is left');

# maintenance

is($r->put('/v1/agent/service/maintenance/o1?enable=true&reason=why')->{status}, 200,
   'an instance goes to maintenance');
is_deeply($r->get('/v1/health/service/orders?passing')->{json}, [], 'it gets no requests');
is($r->put('/v1/agent/service/maintenance/o1?enable=false')->{status}, 200, 'and comes back');
is(scalar @{ $r->get('/v1/health/service/orders?passing')->{json} }, 1, 'it gets some again');

# those who wait

sub later {
    my ($path) = @_;

    return $r->ask('GET', $path, later => 1);
}

my $index = GateRegistry::index_of($r->get('/v1/health/service/orders'));
my $s = later("/v1/health/service/orders?index=$index&wait=60s");
my $before = time;

$r->put('/v1/agent/check/warn/service:o1');
my $a = GateRegistry::answer($s);
is($a->{json}[0]{Checks}[0]{Status}, 'warning', 'who waits is told of a change');
cmp_ok(GateRegistry::index_of($a), '>', $index, 'with a higher index');
cmp_ok(time - $before, '<', 30, 'not at the end of his wait');

$index = GateRegistry::index_of($a);
$a = $r->get("/v1/health/service/orders?index=$index&wait=300ms");
is($a->{json}[0]{Checks}[0]{Status}, 'warning', 'at its end he has what there is');
is(GateRegistry::index_of($a), $index, 'under the same index');

$s = later("/v1/health/service/orders?index=$index&wait=1s");
$r->put('/v1/agent/service/register', { Name => 'other', Port => 1, Address => '10.0.0.9' });
is(GateRegistry::index_of(GateRegistry::answer($s)), $index,
   'another service\'s change wakes nobody');

$a = $r->get('/v1/catalog/services');
$index = GateRegistry::index_of($a);
$s = later("/v1/catalog/services?index=$index&wait=1s");
$r->put('/v1/agent/check/pass/service:o1');
is(GateRegistry::index_of(GateRegistry::answer($s)), $index,
   'a check is no change of the set of names');

$s = later("/v1/catalog/services?index=$index&wait=60s");
$r->put('/v1/agent/service/deregister/other');
is_deeply(GateRegistry::answer($s)->{json}, { orders => [ 'blue' ] },
          'a name that goes is one');

$index = GateRegistry::index_of($r->get('/v1/health/service/new'));
$s = later("/v1/health/service/new?index=$index&wait=60s");
my $left = later("/v1/health/service/new?index=$index&wait=60s");
close $left;
$r->put('/v1/agent/service/register', { Name => 'new', ID => 'new-1', Port => 1,
                                        Address => '10.0.0.9' });
is(GateRegistry::answer($s)->{json}[0]{Service}{ID}, 'new-1',
   'a service that is not there is waited for');

$index = GateRegistry::index_of($r->get('/v1/health/state/any'));
$s = later("/v1/health/state/any?index=$index&wait=60s");
$r->put('/v1/agent/check/fail/service:o1');
is_deeply([ map { $_->{Status} } @{ GateRegistry::answer($s)->{json} } ], [ 'critical' ],
          'a state is waited for');

# mistakes

my @bad = (
    [ '{', undef, 'half an object' ],
    [ '', undef, 'no body' ],
    [ '[]', undef, 'an array' ],
    [ '{"Name":"a","Name":"b"}', undef, 'a name twice' ],
    [ "{\"Name\":\"\xff\"}", undef, 'what is not UTF-8' ],
    [ '{"Name":"a\u0000b"}', undef, 'a NUL' ],
    [ '{"a":' x 40 . '1' . '}' x 40, undef, 'forty levels' ],
    [ '{"Name":"a"} x', undef, 'text behind the object' ],
    [ '{}', '/Name', 'no name' ],
    [ '{"Name":7}', '/Name', 'a number for a name' ],
    [ '{"Name":"a","Port":"80"}', '/Port', 'a string for a port' ],
    [ '{"Name":"a","Port":80,"Bogus":1}', '/Bogus', 'a member that is not known' ],
    [ '{"Name":"a","Port":80,"Tags":["x",1]}', '/Tags/1', 'a number for a tag' ],
    [ '{"Name":"a","Port":80,"Meta":{"x":{}}}', '/Meta/x', 'an object for a metadatum' ],
    [ '{"Name":"a","Port":80,"Check":{"HTTP":"http://x","Interval":"5s"}}', '/Check/HTTP',
      'a check by HTTP' ],
    [ '{"Name":"a","Port":80,"Checks":[{"TTL":"5s"},{"TCP":"x:1"}]}', '/Checks/1/TCP',
      'a check by TCP' ],
    [ '{"Name":"a","Port":80,"Check":{"TTL":"soon"}}', '/Check/TTL', 'no duration' ],
    [ '{"Name":"a","Port":80,"Weights":{"Passing":0}}', '/Weights/Passing', 'no weight' ],
    [ '{"Name":"a","Port":80,"Kind":"mesh-gateway"}', '/Kind', 'a kind of Consul\'s Connect' ],
);

for (@bad) {
    my ($body, $pointer, $what) = @$_;
    my $a = $r->put('/v1/agent/service/register', $body);

    is($a->{status}, 400, "$what is refused");
    is($a->{json}{pointer}, $pointer, "the answer names the member of $what");
    is($a->{field}{'content-type'}, 'application/problem+json', "$what is a problem");
}

is($r->put('/v1/agent/service/register',
           { Name => 'a', Port => 1, Meta => { x => 'y' x 300_000 } })->{status}, 413,
   'a body of 300 KB is too large');
is($r->put('/v1/agent/check/update/service:o1', { Status => 'up' })->{json}{pointer}, '/Status',
   'a status that is none is named');
is($r->put('/v1/agent/check/pass/none')->{status}, 404, 'a check that is not there is not found');
is($r->put('/v1/agent/service/maintenance/o1')->{status}, 400, 'maintenance says on or off');
is($r->get('/v1/health/service/orders?index=x')->{status}, 400, 'an index is a number');
is($r->get('/v1/health/service/orders?wait=x')->{status}, 400, 'a wait is a duration');
is($r->get('/v1/health/service/orders?passing=x')->{status}, 400, 'passing is true or false');
is($r->get('/v1/agent/services?filter=x')->{status}, 400, 'a filter is refused, not forgotten');
is($r->get('/v1/health/service/orders?dc=other')->{status}, 400,
   'another datacenter is not there');
is($r->get('/v1/kv/x')->{status}, 404, 'the rest of Consul is not there');

$a = $r->ask('POST', '/v1/agent/service/register', body => '{}');
is($a->{status}, 405, 'a POST is no PUT');
is($a->{field}{allow}, 'PUT', 'which is said');

$a = $r->put('/v1/agent/check/update/service:o1',
             { Status => 'passing', Output => 'x' x 5000 });
is($a->{status}, 200, 'a long output is taken');
like($r->get('/v1/agent/checks')->{json}{'service:o1'}{Output},
     qr/^x{4096} \.\.\. \(captured 4096 of 5000 bytes\)$/, 'and cut as in Consul');

is_deeply([ sort keys %{ $r->get('/v1/agent/services')->{json} } ], [ 'new-1', 'o1' ],
          'nothing of a mistake is registered');
is($r->{nginx}->complaints(), '', 'nothing is wrong in the log');

$r->{nginx}->stop();

done_testing();
