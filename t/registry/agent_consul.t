#!/usr/bin/env perl
#
# Copyright (C) 2026 Meshgate contributors
#
# The same calls to Consul 1.8.7 and to mesh_registry: the answers have the same
# members with the same values, but for those that are of a machine.

use strict;
use warnings;

use File::Temp 'tempdir';
use JSON::PP;
use Test::More;

use GateNginx;
use GateRegistry;

plan skip_all => 'the mesh module is not there' if !-e $ENV{MESH_MODULE};

our $root = tempdir(CLEANUP => 1);
our $base = $ENV{GATE_PORT_BASE};
our $r = GateRegistry->new(root => $root, port => $base);

GateRegistry::consul($root, $base + 1) or plan skip_all => 'there is no Consul';

$r->start();


# Of an answer: what is of the machine, its own checks and its own service are
# taken away; indexes and hashes differ from run to run.

my %ours = map { $_ => 1 } qw(CreateIndex ModifyIndex ContentHash);
my %machine = map { $_ => 1 } qw(Node NodeMeta);

sub plain {
    my ($value, $within) = @_;

    if (ref $value eq 'ARRAY') {
        my @all = map { plain($_) }
                  grep { ref $_ ne 'HASH' || ($_->{CheckID} // '') ne 'serfHealth' } @$value;

        return [ sort { text($a) cmp text($b) } @all ];
    }

    return $value if ref $value ne 'HASH';

    my %plain;

    for my $name (keys %$value) {
        next if $ours{$name} || $name eq 'consul';

        if ($machine{$name}) {
            $plain{$name} = ref $value->{$name} ? [ sort keys %{ $value->{$name} } ] : 'node';
            $plain{$name} = 'object' if $name eq 'NodeMeta';

        } elsif (exists $value->{Datacenter} && $name =~ /^(?:ID|Address|TaggedAddresses)$/) {
            $plain{$name} = 'of the machine';

        } else {
            $plain{$name} = plain($value->{$name});
        }
    }

    return \%plain;
}


sub text {
    my ($value) = @_;

    return JSON::PP->new->canonical->allow_nonref->encode($value);
}


sub both {
    my ($method, $path, $body, $what, %arg) = @_;

    $body = JSON::PP->new->canonical->encode($body) if ref $body;

    my @answers = map { $r->ask($method, $path, body => $body, port => $base + $_) } 0, 1;
    my ($mesh, $consul) = @answers;

    if ($arg{refused}) {
        is("$mesh->{status} $consul->{status}", $arg{refused}, "$what: both refuse it");
        return;
    }

    is($mesh->{status}, $consul->{status}, "$what: the status is Consul's");

    if ($mesh->{status} == 200 && $method eq 'GET') {
        is(text(plain($mesh->{json})), text(plain($consul->{json})),
           "$what: the members are Consul's");
        is(defined $mesh->{field}{'x-consul-index'} || 0,
           defined $consul->{field}{'x-consul-index'} || 0,
           "$what: an index is there where Consul has one");
    }
}


# Everything that can be read, after a change. Consul's agent tells its servers
# a moment later.

sub look {
    my ($when) = @_;

    GateNginx::wait_for(sub {
        my ($mesh, $consul) = map {
            text(plain($r->get('/v1/health/state/any', port => $base + $_)->{json}))
            . text(plain($r->get('/v1/catalog/services', port => $base + $_)->{json}))
        } 0, 1;
        return $mesh eq $consul;
    }, 10);

    both('GET', $_, undef, "$when, $_")
        for qw(/v1/agent/services /v1/agent/checks /v1/catalog/services
               /v1/health/state/any /v1/health/state/passing /v1/health/state/critical
               /v1/health/state/nonsense
               /v1/catalog/service/orders /v1/catalog/service/none
               /v1/health/service/orders /v1/health/service/orders?passing
               /v1/health/service/orders?tag=a /v1/health/service/orders?tag=B
               /v1/health/service/orders?tag=c /v1/health/checks/orders
               /v1/agent/service/o1 /v1/agent/service/none);
}


sub register {
    my ($body, $what, %arg) = @_;

    both('PUT', '/v1/agent/service/register' . ($arg{query} // ''), $body, $what, %arg);
}

register({ Name => 'orders', Port => 8079, Address => '10.0.0.9' }, 'one with a name alone');
register({ ID => 'o1', Name => 'orders', Port => 8080, Address => '10.0.0.1',
           Tags => [ 'a', 'b' ], Meta => { version => 'v1', zone => 'z' },
           Weights => { Passing => 3, Warning => 1 },
           TaggedAddresses => { lan => { Address => '10.0.0.1', Port => 8080 },
                                storage => { address => '10.9.0.1', port => 8080 } },
           Check => { TTL => '1h', DeregisterCriticalServiceAfter => '90m', Notes => 'nn' } },
         'one with all there is');
register('{"ID":"o2","Name":"orders","Port":8081,"Address":"fd00::1","Checks":'
         . '[{"CheckID":"cc","Name":"mine","TTL":"1h","Status":"passing"},'
         . '{"TTL":"1h","Status":"warning"}]}', 'one with two checks');
register('{"name":"lower","id":"low1","port":80,"address":"10.0.0.7","enable_tag_override":true,'
         . '"tagged_addresses":{"lan":{"address":"10.1.1.1","port":80}},'
         . '"check":{"ttl":"15m","deregister_critical_service_after":"90m"}}',
         'one in snake case');
look('registered');

both('PUT', '/v1/agent/check/pass/service:o1?note=fine', undef, 'a check that passes');
both('PUT', '/v1/agent/check/warn/cc', undef, 'a check that warns');
both('PUT', '/v1/agent/check/fail/service:o2:2?note=bad', undef, 'a check that fails');
both('PUT', '/v1/agent/check/update/service:low1', { Status => 'passing', Output => "a\nb" },
     'a check with an output of lines');
look('checked');

both('PUT', '/v1/agent/service/maintenance/o1?enable=true&reason=why', undef,
     'maintenance with a reason');
both('PUT', '/v1/agent/service/maintenance/low1?enable=1', undef, 'maintenance without one');
look('in maintenance');

register({ ID => 'o1', Name => 'orders', Port => 8090, Address => '10.0.0.1',
           Tags => [ 'a', 'b' ], Check => { TTL => '2h' } }, 'registered again');
look('registered again');

register({ ID => 'o1', Name => 'orders', Port => 8090, Address => '10.0.0.1',
           Tags => [ 'a', 'b' ],
           Check => { TTL => '2h', CheckID => 'extra', Status => 'passing' } },
         'another check');
look('with one check more');

register({ ID => 'o1', Name => 'orders', Port => 8090, Address => '10.0.0.1',
           Tags => [ 'a', 'b' ], Check => { TTL => '2h', Status => 'passing' } }, 'checks replaced',
         query => '?replace-existing-checks=true');
look('with its checks replaced');

both('PUT', '/v1/agent/service/maintenance/low1?enable=false', undef, 'maintenance ends');
both('PUT', '/v1/agent/service/deregister/o2', undef, 'one is deregistered');
both('PUT', '/v1/agent/service/deregister/o2', undef, 'it is deregistered again');
look('deregistered');

both('PUT', '/v1/agent/check/update/service:o1',
     { Status => 'passing', Output => 'x' x 9000 }, 'a long output');
both('GET', '/v1/agent/checks', undef, 'with a long output');
both('PUT', '/v1/agent/check/pass/service:o1?note=fine', undef, 'the output before');

# what is wrong; where the statuses differ, the table of docs says so

register('{}', 'no name', refused => '400 400');
register('', 'no body', refused => '400 400');
register('{', 'half a body', refused => '400 400');
register('{"Name":"x","Port":"80"}', 'a port that is a string', refused => '400 400');
register('{"Name":"x","Bogus":1}', 'a member that is not known', refused => '400 400');
register('{"Name":"x","Tags":"a"}', 'tags that are a string', refused => '400 400');
register('{"Name":"x","Check":{"TTL":"bad"}}', 'a TTL that is none', refused => '400 400');
register('{"Name":"x","Check":{"Name":"y"}}', 'a check of no kind', refused => '400 400');
register('{"Name":"x","Check":{"TTL":"5s","Status":"bad"}}', 'a status that is none',
         refused => '400 400');
register('{"Name":"x","Weights":{"Passing":-1}}', 'a weight below one', refused => '400 400');
register('{"Name":"x","Meta":{"a":1}}', 'metadata that are a number', refused => '400 400');

both('PUT', '/v1/agent/check/pass/none', undef, 'a check that is not there',
     refused => '404 500');
both('PUT', '/v1/agent/service/maintenance/o1', undef, 'no "enable"', refused => '400 400');
both('PUT', '/v1/agent/service/maintenance/o1?enable=x', undef, 'a wrong "enable"',
     refused => '400 400');
both('PUT', '/v1/agent/service/maintenance/none?enable=true', undef,
     'maintenance of nobody', refused => '404 404');
both('GET', '/v1/health/service/', undef, 'no name of a service', refused => '400 400');
both('GET', '/v1/health/service/orders?index=-1', undef, 'an index below 0',
     refused => '400 400');
both('GET', '/v1/health/service/orders?wait=bad', undef, 'a wait that is none',
     refused => '400 400');
both('POST', '/v1/agent/service/register', '{}', 'another method', refused => '405 405');
both('PUT', '/v1/catalog/service/orders', undef, 'a change of the catalog',
     refused => '405 405');
both('GET', '/v1/nothing', undef, 'another path', refused => '404 404');
look('after mistakes');

# what happens by itself

both('PUT', '/v1/agent/service/register',
     { ID => 'short', Name => 'orders', Port => 1, Address => '10.0.0.5',
       Check => { TTL => '500ms' } }, 'one with a short TTL');
both('PUT', '/v1/agent/check/pass/service:short?note=said', undef, 'it says something');

for my $i (0, 1) {
    ok(GateNginx::wait_for(sub {
        ($r->get('/v1/agent/checks', port => $base + $i)->{json}{'service:short'}{Output} // '')
        =~ /^TTL expired/;
    }), $i ? 'in Consul its check expires' : 'its check expires');
}

look('expired');

is($r->{nginx}->complaints(), '', 'nothing is wrong in the log');

$r->{nginx}->stop();

done_testing();
