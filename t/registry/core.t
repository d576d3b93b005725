#!/usr/bin/env perl
#
# Copyright (C) 2026 Meshgate contributors
#
# The hub: one worker, sources that are merged, reload and end without rest.
#

use strict;
use warnings;

use Test::More;

use GateMeshd;
use GateNginx;

GateMeshd->needs();

my $m = GateMeshd->new(
    http => "mesh_source file one.json;\n    mesh_source file two.json three.json;",
    server => 'location /mesh/status { mesh_status; }',
);

sub file { spew("$m->{root}/$_[0].json", $_[1]) }

sub service { return $m->get("/mesh/status?service=$_[0]")->{json}{services}{ $_[0] } }

sub ports { return join ' ', map { "$_->{id}:$_->{port}" } @{ service($_[0])->{endpoints} } }

sub declared {
    my ($name, @services) = @_;

    file($name, '{"services": [' . join(', ', map {
        my ($service, $id, $port, $meta) = @$_;
        qq({"name": "$service", "id": "$id", "port": $port, "address": "10.0.0.1",)
        . qq( "node": "n1", "meta": {) . ($meta // '') . '}}';
    } @services) . ']}');
}


# several workers would each have a mesh of their own

declared($_) for qw(one two three);

my $conf = slurp("$m->{root}/nginx.conf");

spew("$m->{root}/nginx.conf", $conf =~ s/worker_processes 1;/worker_processes 2;/r);
like($m->{nginx}->check(), qr/\[emerg\] .*need "worker_processes 1" in \S+nginx\.conf/,
     'two workers are refused, by the words that help');

spew("$m->{root}/nginx.conf", $conf =~ s/worker_processes 1;//r . "worker_processes 2;\n");
like($m->{nginx}->check(), qr/need "worker_processes 1"/,
     'also where they stand behind all else');

spew("$m->{root}/nginx.conf", $conf =~ s/worker_processes 1;//r);
like($m->{nginx}->check(), qr/test is successful/, 'one worker is what nginx has by default');

spew("$m->{root}/nginx.conf", $conf =~ s/worker_processes 1;/worker_processes 2;/r
                                   =~ s/mesh_source [^;]+;//gr =~ s/mesh_status;//r);
like($m->{nginx}->check(), qr/test is successful/,
     'a configuration without the mesh has as many workers as it likes');

spew("$m->{root}/nginx.conf", $conf);


# sources: the earlier wins

declared('one', [ 'a', 'a1', 1, '"path": "/one"' ], [ 'b', 'b1', 1 ]);
declared('two', [ 'a', 'a1', 2, '"path": "/two", "timeout": "2s"' ], [ 'a', 'a2', 2 ]);
declared('three', [ 'c', 'c1', 3 ]);

$m->start();

my $all = $m->get('/mesh/status')->{json};

is($all->{services}, 3, 'three services of two sources');
is($all->{endpoints}{all}, 4, 'of four instances');
is_deeply([ map { $_->{services} } @{ $all->{sources} } ], [ 2, 2 ],
          'each source tells two services');
is(ports('a'), 'a1:1 a2:2', 'an instance of both is as the earlier source says');
is(service('a')->{path}, '/one', 'so is the path');
is(service('a')->{policy}{timeout_ms}, 2000, 'what it does not say is as the later one says');

my $revision = $all->{revision};

is($m->get('/mesh/status')->{json}{revision}, $revision, 'looking changes nothing');


# reloads

declared('one', [ 'b', 'b1', 9 ]);

ok($m->{nginx}->reload(), 'a reload');
wait_for(sub { ports('b') eq 'b1:9' });
is(ports('a'), 'a1:2 a2:2', 'shows what the earlier source hid');
is(ports('b'), 'b1:9', 'and what it says now');

for (1 .. 5) {
    $m->{nginx}->reload() or last;
}

is(ports('a'), 'a1:2 a2:2', 'the state is the same after some more of them');


# other processes of nginx have no mesh

$m->conf(http => "proxy_cache_path $m->{root}/cache keys_zone=c:1m;\n" . $m->{arg}{http});
ok($m->{nginx}->reload(), 'with a process for a cache');
is(ports('a'), 'a1:2 a2:2', 'the worker has the mesh');

my $loaded = () = $m->{nginx}->log() =~ /\] (\d+)#\d+: mesh: source "file one\.json" is loaded/g;
my %pids = map { $_ => 1 } $m->{nginx}->log()
                           =~ /\] (\d+)#\d+: mesh: source "file one\.json" is loaded/g;

is($loaded, scalar keys %pids, 'each process that has sources starts them once');
is((grep { !($pids{$_} && slurp("/proc/$_/cmdline") =~ /cache/) } keys %pids), $loaded,
   'and none of them looks after a cache');

ok($m->{nginx}->stop(), 'it ends in peace');
is($m->{nginx}->complaints(), '', 'nothing is in the log');
unlike(slurp("$m->{root}/start") . $m->{nginx}->log(), qr/LeakSanitizer|AddressSanitizer/,
       'nor was anything left behind');

done_testing();
