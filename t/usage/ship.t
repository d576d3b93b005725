#!/usr/bin/env perl
#
# Copyright (C) 2026 Meshgate contributors
#
# gate_redis and the shipper: what Redis gets, and that it has all of it, once,
# after whatever happened to it, to the connection and to the workers.

use strict;
use warnings;

use Digest::SHA qw(sha256_hex);
use File::Path qw(make_path remove_tree);
use HTTP::Tiny;
use IO::Socket::INET;
use IO::Socket::UNIX;
use JSON::PP qw(decode_json);
use POSIX qw(strftime WNOHANG);
use Test::More;
use Time::HiRes qw(sleep time);

use GateNginx;
use GateRedis;

$ENV{GATE_NGINX} or plan skip_all => 'run it by make t/usage/ship.t';
my $root = $ENV{TEST_NGINX_SERVROOT};
my $port = $ENV{TEST_NGINX_SERVER_PORT};
my $workers = $ENV{GATE_WORKERS} || 1;


my ($main, $other, $fake) = map { $ENV{GATE_PORT_BASE} + $_ } 0 .. 2;
my $consumers = 500;
my $size = '2m';
my $node = 'n|1';
my $faked;

my $nginx = GateNginx->new(root => $root);
my %redis = map {
    $_ => GateRedis->new(dir => "$root/redis-$_", port => $_,
                         $_ == $main ? (db => 3) : ())
} $main, $other;

END {
    my $code = $?;

    kill 'KILL', $faked if $faked;
    $? = $code;
}

remove_tree("$root/usage", "$root/redis-$main", "$root/redis-$other",
            "$root/redis-older");
make_path("$root/logs", "$root/html");
chmod 0777, $root;
spew("$root/html/index.html", "hello\n");


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
      '"timeout=0" of "gate_redis": it must be a time of 1ms or more, such as' ],
    [ '127.0.0.1 timeout=fast',
      '"timeout=fast" of "gate_redis": it must be a time of 1ms or more, such as' ],
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


# What happens to Redis.

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
sleep 2;
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

kill 'STOP', $redis{$main}{pid};

my $worst = 0;
my $before = served();

for (1 .. 40) {
    my $t = time;

    get('/a/', 'k1');
    $worst = time - $t if time - $t > $worst;
    sleep 0.1;
}

is(served(), $before + 40, 'requests are served while Redis stands still');
cmp_ok($worst, '<', 1, '... and none of them waits for it');
like($nginx->log(), qr/"127.0.0.1:$main" is lost: deadline/,
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

$hour = this_hour();

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


# Without Redis, and with it later.

start('');
get('/a/', "k$_") for 1 .. 5;
ok(wait_for(sub { journal()->{dirty} == 0 }),
   'without Redis totals stay in the journal');
is(status()->{ship}{lag_seconds} // 0, 0, '... and nothing is late');
redis($main, 'FLUSHALL');
write_conf("gate_redis 127.0.0.1:$main db=3;");
$nginx->reload();
shipped(5, 'Redis gets all of it when it comes');
$nginx->stop();

# what is there alone is not given up, however short the room

$size = '1m';
start('');

for (1 .. $consumers) {
    get("/a/", "k$_");
    get("/odd/", "k$_");
}

ok(wait_for(sub { journal()->{dirty} == 0 }),
   'a journal without Redis is almost full');
redis($main, 'FLUSHALL');
redis($main, 'CONFIG', 'SET', 'maxmemory', 1);
write_conf("gate_redis 127.0.0.1:$main db=3;");
$nginx->reload();
sleep 2.5;
redis($main, 'CONFIG', 'SET', 'maxmemory', 0);
shipped(2 * $consumers, 'Redis gets all of that, too');
$nginx->stop();
$size = '2m';
is(complaints(), '', 'no complaint');


# A host name, and a UNIX domain socket.

for my $address ("localhost:$main", "unix:$root/redis-$main/socket") {
    redis($main, 'FLUSHALL');
    start("gate_redis $address db=3;");
    get('/a/', 'k1');
    shipped(1, "shipped to $address");
    $nginx->stop();
    is(complaints(), '', '... without complaint');
}


# Passwords.

redis($main, 'FLUSHALL');
redis($main, 'ACL', 'SETUSER', 'gate', 'on', '>right', '~gate:*', '+@all');
redis($main, 'ACL', 'SETUSER', 'poor', 'on', '>right', '~gate:*', '-@all',
      '+ping');
secret('wrong', "swordfish\n");

start("gate_redis 127.0.0.1:$main user=gate redis_password=file:$root/wrong;");
get('/a/', 'k1');
sleep 2;

my @said = grep { /WRONGPASS/ && !/\[info\]/ } split(/^/, $nginx->log());
my %said = map { /(\d+)#/ => 1 } @said;

ok(@said && @said == keys %said, 'a wrong password is said once by a worker')
    or diag(@said);
like($said[0], qr/\[error\] .*AUTH was refused: WRONGPASS/, '... as an error');
unlike($nginx->log(), qr/swordfish/, '... and not which it is');

write_conf("gate_redis 127.0.0.1:$main db=3 user=gate"
           . " redis_password=file:$root/good;");
$nginx->reload();
shipped(1, 'a reload with the right one is enough');
$nginx->stop();
is(complaints(), '', 'no complaint');

start("gate_redis 127.0.0.1:$main user=poor redis_password=file:$root/good;");
get('/a/', 'k1');
ok(wait_for(sub { grep { /\[error\] .*refused: NOPERM/ } split(/^/, $nginx->log()) }),
   'a user who may not write is complained of');
$nginx->stop();
is(complaints(), '', 'no complaint');


# What is not Redis.

for my $case (
    [ 'two replies to one command', "+PONG\r\n+OK\r\n",
      'reply without a command' ],
    [ 'a greeting', 'hello', undef, "+hello\r\n" ],
    [ 'another protocol', "HTTP/1.1 400 Bad Request\r\n\r\n",
      'not Redis\'s protocol' ],
    [ 'silence', '', 'deadline passed' ],
    [ 'half a reply', '+PO', 'deadline passed' ],
    [ 'an endless reply', "\$500000000\r\n" . 'x' x 2_000_000,
      'reply is too large' ],
    [ 'deep nesting', "*1\r\n" x 100, undef ],
    [ 'no room for clients', "-ERR max number of clients reached\r\n",
      'max number of clients' ],
    [ 'an error with the password in it',
      "-ERR unknown command `AUTH`, with args beginning with: `swordfish`\r\n",
      'AUTH was refused: ERR' ],
)
{
    my ($name, $reply, $message, $greeting) = @$case;

    fake($reply, $greeting);
    start("gate_redis 127.0.0.1:$fake redis_password=file:$root/wrong;");

    my @pids = $nginx->workers();

    get('/a/', 'k1');

    if ($message) {
        ok(wait_for(sub { $nginx->log() =~ /\Q$message\E/ }),
           "$name: $message");

    } else {
        sleep 1.5;
    }

    unlike($nginx->log(), qr/swordfish/, '... no secret said');
    is("@{[ $nginx->workers() ]}", "@pids", '... the workers live');
    is(get('/a/', 'k1'), 200, '... and serve');
    $nginx->stop();
    is(complaints(), '', '... without complaint');
    kill 'KILL', $faked;
    waitpid $faked, 0;
    undef $faked;
}

done_testing();


# The text of a configuration.

sub write_conf {
    my ($redis) = @_;

    my $list = '';

    for (1 .. $consumers) {
        my $hash = sha256_hex("k$_");

        $list .= "gate_consumer c$_ { plan gold; key sha256:$hash; }\n    ";
    }

    $nginx->configure(<<"CONF");
@{[ $nginx->head() ]}

http {
@{[ $nginx->paths() ]}    root html;

    gate_node     "$node";
    gate_journal  $root/usage size=$size;
    $redis

    gate_plan gold { rate 100000r/s; }
    $list

    server {
        listen 127.0.0.1:$port;

        location /status { gate_status; }

        location /a/ {
            gate_api    a version=v1;
            gate_auth   key;
            gate_meter  requests bytes;
            try_files   /index.html =404;
        }

        location /odd/ {
            gate_api    "odd |{}% \303\251";
            gate_auth   key;
            gate_meter  requests;
            try_files   /index.html =404;
        }
    }
}
CONF
}


# What "nginx -t" says, '' if it is content.

sub config {
    write_conf(@_);

    my $said = $nginx->check();

    return $? ? $said : '';
}


sub secret {
    my ($name, $text, $mode) = @_;

    spew("$root/$name", $text);
    chmod $mode // 0600, "$root/$name";
}


sub start {
    my ($redis) = @_;

    write_conf($redis);
    $nginx->fresh();
    unlink "$root/usage";
    $nginx->start();
}


sub get {
    my ($uri, $key) = @_;

    my %options;
    $options{headers} = { apikey => $key } if defined $key;

    my $r = HTTP::Tiny->new(keep_alive => 0, timeout => 10)
            ->get("http://127.0.0.1:$port$uri", \%options);

    return $key ? $r->{status} : $r->{content};
}


# A client that does not stop, until it is told to.

sub load {
    my $child = fork // die "fork: $!";

    if ($child == 0) {
        my $go = 1;

        $SIG{TERM} = sub { $go = 0 };
        get('/a/', 'k' . int(1 + rand $consumers)) while $go;
        POSIX::_exit(0);
    }

    return $child;
}


sub unload {
    my ($child) = @_;

    kill 'TERM', $child;
    waitpid $child, 0;
}


# Who comes in the last seconds of an hour waits for the next.

sub this_hour {
    sleep 0.5 while time % 3600 > 3590;

    return strftime('%Y%m%d%H', gmtime);
}


sub status {
    return eval { decode_json(get('/status')) } || {};
}


sub journal {
    return status()->{journal};
}


sub served {
    return journal()->{served} // -1;
}


# All that was served, according to Redis.

sub total {
    return eval { redis($main, 'EVAL', <<'LUA', 0) } // -1;
        local sum = 0
        for _, key in ipairs(redis.call('KEYS', 'gate:u:*')) do
            local all = redis.call('HGETALL', key)
            for i = 1, #all, 2 do
                if all[i]:match('|served$') then sum = sum + all[i + 1] end
            end
        end
        return sum
LUA
}


sub shipped {
    my ($n, $name) = @_;

    my ($there, $here);

    ok(wait_for(sub {
           $here = served();
           $there = total();
           return $here == $there && (!defined $n || $here == $n);
       }), $name)
        or diag("served $here, in Redis $there");
}


sub balanced {
    my $ended;

    ok(wait_for(sub {
           my $j = journal();
           $ended = $j->{served} + $j->{refused_upstream} + $j->{aborted}
                    + $j->{interrupted};
           return $j->{open} == 0 && $j->{slots_opened} == $ended;
       }), 'every slot has ended');
}


sub upgrade {
    my $old = $nginx->{pid};
    my $ended = $nginx->upgrade();

    isnt($nginx->{pid}, $old, 'a new binary starts');
    ok($ended, 'the old one ends');
}


sub complaints {
    return $nginx->complaints(qr/exited on signal 9/);
}


sub redis_start {
    my ($at, @more) = @_;

    my $dir = $redis{$at}{dir};

    $redis{$at}->start('--appendonly', 'yes', '--unixsocket', "$dir/socket",
                       '--unixsocketperm', '777', @more);
}


sub redis {
    my ($at, @args) = @_;

    return $redis{$at}->ask(@args);
}


# What listens in its place, and answers everything with the same text.

sub fake {
    my ($reply, $greeting) = @_;

    my $listen = IO::Socket::INET->new(LocalAddr => "127.0.0.1:$fake",
                                       ReuseAddr => 1, Listen => 8)
        or die "listen: $!";

    $faked = fork // die "fork: $!";
    return if $faked;

    $SIG{CHLD} = 'IGNORE';
    $SIG{PIPE} = 'IGNORE';

    while (my $s = $listen->accept()) {
        next if fork;

        close $listen;
        alarm 20;
        syswrite $s, $greeting if defined $greeting;

        while (sysread $s, my $buf, 65536) {
            for (my $at = 0; $at < length $reply; ) {
                $at += syswrite($s, $reply, 65536, $at) || last;
            }
        }

        POSIX::_exit(0);
    }

    POSIX::_exit(0);
}
