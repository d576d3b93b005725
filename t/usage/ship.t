#!/usr/bin/env perl
#
# Copyright (C) 2026 Meshgate contributors
#
# gate_redis and the shipper: what the line may say, and what Redis gets, once, from
# workers that die, new binaries and nodes that are called otherwise.

use strict;
use warnings;

use JSON::PP ();
use Test::More;
use Time::HiRes qw(sleep time);

use GateNginx;
use GateShip;

# What the line may say.

secret('good', "right\n");
secret('crlf', "right\r\n");
secret('empty', "\n");
secret('two', "one\ntwo\n");
secret('long', 'x' x 1025);
secret('public', "right\n", 0644);

for my $line (
    '127.0.0.1', '127.0.0.1:6379', '[::1]', '[::1]:6379', 'unix:/none',
    'localhost', 'none.invalid:6379', '127.0.0.1 db=0 timeout=20ms',
    "127.0.0.1 user=gate redis_password=file:$root/good",
    '127.0.0.1 redis_password=file:good',
    "127.0.0.1 redis_password=file:$root/crlf timeout=1s db=15",
)
{
    is(config("gate_redis $line;"), '', "taken: $line");
}

for my $case (
    [ '', 'invalid number of arguments' ],
    [ '""', 'no host in address ""' ],
    [ '127.0.0.1:0', 'invalid port in address "127.0.0.1:0"' ],
    [ '127.0.0.1:65536', 'invalid port' ],
    [ 'unix:', 'no path in the unix domain socket' ],
    [ '127.0.0.1 db=',
      '"db=" of "gate_redis": it must be a number from 0 to 2147483647' ],
    [ '127.0.0.1 db=-1',
      '"db=-1" of "gate_redis": it must be a number from 0 to 2147483647' ],
    [ '127.0.0.1 db=99999999999',
      '"db=99999999999" of "gate_redis": it must be a number from 0 to 2147483647' ],
    [ '127.0.0.1 db=1 db=1', 'duplicate parameter "db=1" of "gate_redis": take' ],
    [ '127.0.0.1 timeout=0',
      '"timeout=0" of "gate_redis": it must be a time from 1ms to 1m, such as' ],
    [ '127.0.0.1 timeout=fast',
      '"timeout=fast" of "gate_redis": it must be a time from 1ms to 1m, such as' ],
    [ '127.0.0.1 timeout=1s timeout=1s',
      'duplicate parameter "timeout=1s" of "gate_redis": take' ],
    [ '127.0.0.1 user=',
      '"user=" of "gate_redis": it must be a text that is not empty' ],
    [ '127.0.0.1 user=gate', '"user" without "redis_password"' ],
    [ '127.0.0.1 user=a user=b', 'duplicate parameter "user=b" of "gate_redis"' ],
    [ '127.0.0.1 redis_password=swordfish',
      '"redis_password" of "gate_redis": it must be "file:" and the path' ],
    [ '127.0.0.1 redis_password=file:',
      '"redis_password" of "gate_redis": it must be "file:" and the path' ],
    [ '127.0.0.1 redis_pasword=swordfish',
      '"redis_pasword" of "gate_redis": the closest is "redis_password"' ],
    [ "127.0.0.1 redis_password=file:$root/none",
      "open() \"$root/none\" failed" ],
    [ "127.0.0.1 redis_password=file:$root", "\"$root\" must be a file of 1 to 1024 bytes" ],
    [ "127.0.0.1 redis_password=file:$root/empty", 'must have one line' ],
    [ "127.0.0.1 redis_password=file:$root/two", 'must have one line' ],
    [ "127.0.0.1 redis_password=file:$root/long", 'must be a file of 1 to' ],
    [ "127.0.0.1 redis_password=file:$root/good redis_password=file:good",
      'duplicate parameter "redis_password" of "gate_redis"' ],
    [ '127.0.0.1 password=swordfish', 'invalid parameter "password"' ],
    [ '127.0.0.1 retain=40d', 'invalid parameter "retain"' ],
    [ '127.0.0.1; gate_redis 127.0.0.1',
      '"gate_redis" directive is duplicate' ],
)
{
    my ($line, $message) = @$case;
    my $said = config("gate_redis $line;");

    like($said, qr/\[emerg\] .*\Q$message\E.* in \S+:\d+/, "refused: $line");
    unlike($said, qr/swordfish/, '... and no secret is repeated')
        if $line =~ /swordfish/;
}

write_conf("gate_redis 127.0.0.1 redis_password=file:$root/public;");
like($nginx->check(),
     qr/\[warn\] .*"\Q$root\E\/public" is readable by everyone/,
     'a password that all users can read is warned of');


# What Redis gets.

redis_start($main);
start("gate_redis 127.0.0.1:$main db=3;");

my $hour = this_hour();

is(get('/a/', 'k1'), 200, 'a request is served') for 1 .. 3;
is(get('/odd/', 'k1'), 200, 'a request of an API with an odd name');
shipped(4, 'totals arrive');

my $epoch = journal()->{epoch};
my $u = "gate:u:{c1}:$hour";
my $e = "gate:e:{c1}:$hour";
my %u = @{ redis($main, 'HGETALL', $u) };
my %e = @{ redis($main, 'HGETALL', $e) };
my $odd = 'odd%20%7C%7B%7D%25%20%C3%A9|-|gold';

is($u{'a|v1|gold|served'}, 3, 'a total of what was served');
is($u{"$odd|served"}, 1, 'names are percent-encoded');
cmp_ok($u{'a|v1|gold|bytes_out'}, '>', 100, 'a total of bytes');
is($e{"$epoch|a|v1|gold|served"}, 3, 'the value of this epoch');
is_deeply({ map { s/^$epoch\|//r => $e{$_} } keys %e }, \%u,
          'one epoch makes the totals');

my $end = (int(time / 3600) + 1) * 3600 + 70 * 86400 - time;

for my $key ($u, $e) {
    my $ttl = redis($main, 'TTL', $key);

    cmp_ok($ttl, '>', $end - 60, "$key stays as long as retain says");
    cmp_ok($ttl, '<', $end + 60, '... after its hour');
}

my $marker = "gate:m:{$epoch}";
my $label = "gate:n:{$epoch}";

cmp_ok(redis($main, 'TTL', $marker), '>', 69 * 86400, 'the marker is set');
is(redis($main, 'GET', $label), $node, 'a label says which node this is');
cmp_ok(redis($main, 'TTL', $label), '>', 69 * 86400, '... for as long');
wait_for(sub { status()->{ship}{cells} >= 2 });
is(status()->{redis}{up}, JSON::PP::true, 'Redis is said to be up');
is(redis($main, 'DBSIZE'), 4, 'nothing else is in the database');

get("/a/", "k$_") for 1 .. $consumers;
shipped(4 + $consumers, 'many consumers arrive');


# What happens to the workers.

$nginx->reload() for 1 .. 3;
get('/a/', 'k1');
shipped(undef, 'a reload hands over to a new worker');

my $loaded = load();

for (1 .. 5) {
    sleep 0.3;
    kill 'KILL', ($nginx->workers())[rand $workers];
    wait_for(sub { $nginx->workers() == $workers });
}

redis($main, 'CLIENT', 'KILL', 'TYPE', 'normal', 'SKIPME', 'yes');
redis($main, 'FLUSHALL');
unload($loaded);
shipped(undef, 'killed workers lose nothing that was shipped or was not');
balanced();

upgrade();
get('/a/', 'k1') for 1 .. 2;
shipped(undef, 'a new binary goes on with the same journal');
is(journal()->{epoch}, $epoch, '... in the same epoch');
balanced();

$redis{$main}->stop('KILL');
get('/a/', 'k1') for 1 .. 2;

my $t = time;

$nginx->stop();
cmp_ok(time - $t, '<', 3, 'nginx does not wait for Redis to quit');
redis_start($main);
$nginx->start();
shipped(undef, 'what was left in the file is shipped by the next nginx');

$t = time;
$nginx->stop();
cmp_ok(time - $t, '<', 3, 'nginx quits at once while connected');
is(complaints(), '', 'the log has no complaint');


# Redis knows more than the file.

$nginx->start();
$epoch = journal()->{epoch};

redis($main, 'HSET', 'gate:e:{c1}:' . this_hour(),
      "$epoch|a|v1|gold|served", 1_000_000);
get('/a/', 'k1');
ok(wait_for(sub { journal()->{epoch} ne $epoch }),
   'more in Redis than in the file begins a new epoch');
like(complaints(), qr/^\S+ \S+ \[alert\] .*Redis has more of epoch $epoch.*\n$/,
     '... and is said');

my $was = total();

get('/a/', 'k1') for 1 .. 5;
ok(wait_for(sub { total() == $was + 5 }), '... in which usage is counted');
$nginx->stop();


# A node that is called otherwise is the same journal.

redis($main, 'FLUSHALL');
start("gate_redis 127.0.0.1:$main db=3;");
$epoch = journal()->{epoch};
get('/a/', 'k1') for 1 .. 11;
shipped(11, 'eleven requests of a node');

for my $renamed ('other', 'n|1', "\303\251 {x}") {
    $node = $renamed;
    write_conf("gate_redis 127.0.0.1:$main db=3;");
    $nginx->reload();
    ok(wait_for(sub { redis($main, 'GET', "gate:n:{$epoch}") eq $renamed }),
       "now it is called $renamed");
    redis($main, 'DEL', "gate:m:{$epoch}");
    ok(wait_for(sub { redis($main, 'EXISTS', "gate:m:{$epoch}") }),
       '... and everything is sent again');
    shipped(11, '... yet they are eleven');
}

$nginx->stop();
$node = 'renamed';
write_conf("gate_redis 127.0.0.1:$main db=3;");
$nginx->start();
get('/a/', 'k1') for 1 .. 2;
shipped(13, 'a renamed node on a kept volume bills nothing twice');
$nginx->stop();
$node = 'n|1';
is(complaints(), '', 'no complaint');

done_testing();
