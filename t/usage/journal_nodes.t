#!/usr/bin/env perl
#
# Copyright (C) 2026 Meshgate contributors
#
# Journals and one Redis: two nodes, two that have one name, a file that is
# restored from a backup or copied.  Nothing is lost, nothing counts twice.


use strict;
use warnings;

use Test::More;

use GateJournal;
use GateNginx;

my ($backend, $redis) = begin();
my $root = $ENV{TEST_NGINX_SERVROOT};
my $base = $ENV{GATE_PORT_BASE};

my $to_redis = "gate_redis 127.0.0.1:$redis->{port};\n";
my $second = $base + 2;


# Two nodes and one Redis; then two that have one name.

for my $names ([ 'n1', 'n2' ], [ 'n3', 'n3' ]) {
    my @nodes = map {
        instance("node-$names->[0]-$_", $_ ? (port => $second) : (),
                 http => "$to_redis gate_node $names->[$_];")
    } 0, 1;

    $redis->ask('FLUSHALL');
    $nodes[0]->get() for 1 .. 3;
    $nodes[1]->get() for 1 .. 4;
    $nodes[0]->get('/close');

    ok(wait_for(sub { $redis->sum('gate:u:*', 'served') == 7 }),
       "@$names: served is the sum of both")
        or diag($redis->sum('gate:u:*', 'served'));
    ok(wait_for(sub { $redis->sum('gate:u:*', 'refused_upstream') == 1 }),
       '... so is what was not');
    is($redis->sum('gate:e:*', 'served'), 7, '... so are the epochs');

    $_->kill_all(), $_->start() for @nodes;
    $_->get() for @nodes;
    $redis->ask('FLUSHALL');
    ok(wait_for(sub { $redis->sum('gate:u:*', 'served') == 9 }),
       '... also after all was killed and Redis emptied')
        or diag($redis->sum('gate:u:*', 'served'));

    $_->ends_ok() for @nodes;
    $_->quiet_ok() for @nodes;
}


# A journal that is restored, or copied: each cold start has its own epoch.

for my $late (0, 1) {
    my $when = $late ? 'Redis away at the start' : 'Redis there';

    $redis->ask('FLUSHALL');

    my $n = instance("restored-$late", http => "$to_redis gate_node n1;");
    my $epoch = $n->journal()->{epoch};

    $n->get() for 1 .. 50;
    wait_for(sub { $redis->sum('gate:u:*', 'served') == 50 });
    $n->ends_ok();

    my $backup = slurp("$root/restored-$late/usage");

    $n->start();
    $n->get() for 1 .. 100;
    wait_for(sub { $redis->sum('gate:u:*', 'served') == 150 });
    is($redis->sum('gate:u:*', 'served'), 150, "$when: before the file is restored");
    $n->ends_ok();

    # the same inode, as tar and rsync --inplace leave it

    patch("$root/restored-$late/usage", 0, $backup);
    $redis->freeze() if $late;
    $n->start();
    $n->get() for 1 .. 80;
    $redis->thaw() if $late;
    ok(wait_for(sub { $redis->sum('gate:u:*', 'served') == 230 }),
       '... nothing of what came since is swallowed')
        or diag($redis->sum('gate:u:*', 'served'));
    wait_for(sub { $n->journal()->{dirty} == 0 });
    is($redis->sum('gate:u:*', 'served'), 230, '... nor counted twice');
    is($redis->sum('gate:e:*', 'served'), 230, '... and the epochs say so, too');
    isnt($n->journal()->{epoch}, $epoch, '... in a new epoch');

    # as sparse files and cp --reflink do, in a running nginx

    my $copy = named("copied-$late", port => $second);

    $copy->configure(http => "$to_redis gate_node n1;");
    spew("$root/copied-$late/usage", slurp("$root/restored-$late/usage"));
    $redis->freeze() if $late;
    $copy->start();
    $n->get(), $copy->get(), $copy->get() for 1 .. 40;
    $redis->thaw() if $late;
    ok(wait_for(sub { $redis->sum('gate:u:*', 'served') == 350 }),
       '... a copy beside it counts on its own')
        or diag($redis->sum('gate:u:*', 'served'));

    # older than what Redis has, while nobody is there

    $_->kill_all() for $n, $copy;
    patch("$root/restored-$late/usage", 0, $backup);
    patch("$root/copied-$late/usage", 0, $backup);
    $_->start() for $n, $copy;
    $n->get(), $copy->get() for 1 .. 10;
    ok(wait_for(sub { $redis->sum('gate:u:*', 'served') == 370 }),
       '... also both from one backup')
        or diag($redis->sum('gate:u:*', 'served'));

    $_->ends_ok() for $n, $copy;
    $_->quiet_ok() for $n, $copy;
}

done_testing();
