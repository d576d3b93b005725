#!/usr/bin/env perl
#
# Copyright (C) 2026 Meshgate contributors
#
# What is shipped while Redis is away, killed, emptied, replaced by an older copy, or
# cuts the connection: all of it, once.

use strict;
use warnings;

use File::Path qw(remove_tree);
use Test::More;
use Time::HiRes qw(sleep);

use GateNginx;
use GateShip;

redis_start($main);
start("gate_redis 127.0.0.1:$main db=3;");

my $marker = 'gate:m:{' . journal()->{epoch} . '}';

get('/a/', "k$_") for 1 .. $consumers;
shipped($consumers, 'many consumers arrive');

$redis{$main}->stop('TERM');
get('/a/', 'k1') for 1 .. 3;
ok(wait_for(sub { !status()->{redis}{up} }), 'Redis is said to be down');
ok(wait_for(sub { status()->{ship}{lag_seconds} >= 2 }), 'the lag grows');
redis_start($main);
shipped(undef, 'what came while Redis was away arrives');
ok(wait_for(sub { status()->{redis}{up}
                  && status()->{ship}{lag_seconds} <= 1 }),
   'and all is said to be well');

$redis{$main}->stop('KILL');
remove_tree("$root/redis-$main");
redis_start($main);
shipped(undef, 'a Redis that comes back empty is filled again');

# an older copy, which has the marker, and no memory to set it once more

sleep 1.5;
system("cp -a $root/redis-$main $root/redis-older") == 0 or die "cp: $?\n";
get('/a/', "k$_") for 1 .. 5;
shipped(undef, 'Redis has what its copy has not');
$redis{$main}->stop('KILL');
remove_tree("$root/redis-$main");
rename("$root/redis-older", "$root/redis-$main") or die "rename: $!\n";
redis_start($main, '--maxmemory', 1);
ok(wait_for(sub { $nginx->log() =~ /refused: OOM/ }),
   'an older copy of Redis, without memory');
wait_for(sub { (() = $nginx->log() =~ /refused: OOM/g) >= 3 });
redis($main, 'CONFIG', 'SET', 'maxmemory', 0);
shipped(undef, 'a copy of Redis without memory gets the rest when it has some');

redis($main, 'FLUSHALL');
shipped(undef, 'what was flushed is sent again on the same connection');

redis($main, 'DEL', $marker);
ok(wait_for(sub { redis($main, 'EXISTS', $marker) }),
   'a marker that is missing is set again');
shipped(undef, '... and nothing is counted twice');

redis($main, 'SCRIPT', 'FLUSH');
get('/a/', 'k1');
shipped(undef, 'a script that Redis forgot is sent again');

redis($main, 'CLIENT', 'KILL', 'TYPE', 'normal', 'SKIPME', 'yes');
get('/a/', 'k1');
shipped(undef, 'a connection that was cut is made again');
$nginx->stop();
is(complaints(), '', 'the log of all this has no complaint');

done_testing();
