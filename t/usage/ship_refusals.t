#!/usr/bin/env perl
#
# Copyright (C) 2026 Meshgate contributors
#
# What is shipped while Redis stands still, is a replica, or refuses a key: all of it,
# once.

use strict;
use warnings;

use Test::More;
use Time::HiRes qw(sleep time);

use GateNginx;
use GateShip;

redis_start($main);
start("gate_redis 127.0.0.1:$main db=3;");

my $epoch = journal()->{epoch};

get('/a/', "k$_") for 1 .. $consumers;
shipped($consumers, 'many consumers arrive');

kill 'STOP', $redis{$main}{pid};

my $worst = 0;
my $before = served();

for (1 .. 20) {
    my $t = time;

    get('/a/', 'k1');
    $worst = time - $t if time - $t > $worst;
    sleep 0.1;
}

is(served(), $before + 20, 'requests are served while Redis stands still');
cmp_ok($worst, '<', 1, '... and none of them waits for it');
ok(wait_for(sub { $nginx->log() =~ /"127.0.0.1:$main" is lost: deadline/ }),
   'a Redis that does not answer is left after the deadline');
kill 'CONT', $redis{$main}{pid};
shipped(undef, 'Redis goes on, and what was sent twice counts once');

redis_start($other);
redis($main, 'REPLICAOF', '127.0.0.1', $other);
ok(wait_for(sub { $nginx->log() =~ /is lost: .*READONLY/ }),
   'a replica is not what is wanted');
get('/a/', 'k1') for 1 .. 2;
redis($main, 'REPLICAOF', 'NO', 'ONE');
shipped(undef, 'a replica that becomes a master gets everything');
$redis{$other}->stop('KILL');

my $hour = this_hour();

my $poisoned = "gate:u:{c7}:$hour";

redis($main, 'SET', $poisoned, 'mine');
get('/a/', "k$_") for 6 .. 8;
ok(wait_for(sub { $nginx->log() =~ /refused: WRONGTYPE/ }),
   'a key of another type is complained of');
ok(wait_for(sub {
       my %other = @{ redis($main, 'HGETALL', "gate:u:{c8}:$hour") };
       return ($other{'a|v1|gold|served'} // 0) >= 1
              && journal()->{dirty} == 1;
   }), '... and does not hold up others');
redis($main, 'DEL', $poisoned, "gate:e:{c7}:$hour");
get('/a/', 'k7');
shipped(undef, '... and is mended when the key is gone');

# A total that cannot be added to: nothing is remembered as added.

$hour = this_hour();
get('/a/', 'k9');
shipped(undef, 'a total as any other');

my ($total, $value) = ("gate:u:{c9}:$hour", "gate:e:{c9}:$hour");
my $served = 'a|v1|gold|served';
my $had = redis($main, 'HGET', $total, $served);
my $known = redis($main, 'HGET', $value, "$epoch|$served");

redis($main, 'HSET', $total, $served, 'mine');

my $said = length $nginx->log();

# each worker that was asked has a cell of it

get('/a/', 'k9') for 1 .. 3;
ok(wait_for(sub {
       my $dirty = journal()->{dirty};
       return substr($nginx->log(), $said) =~ /Redis refused: .*not an integer/
              && $dirty >= 1 && $dirty <= $workers;
   }), '... is no number now: it cannot be sent')
    or diag(substr($nginx->log(), $said));
is(redis($main, 'HGET', $value, "$epoch|$served"), $known,
   '... and what was not added is not said to be');
redis($main, 'HSET', $total, $served, $had);
shipped(undef, '... so that it is, when it is a number again');
$nginx->stop();
is(complaints(), '', 'the log has no complaint besides');

done_testing();
