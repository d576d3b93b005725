#!/usr/bin/env perl
#
# Copyright (C) 2026 Meshgate contributors
#
# What is shipped by whom and to what: a journal that has no Redis at first, host
# names and sockets, passwords, and programs that are not Redis.

use strict;
use warnings;

use IO::Socket::INET;
use POSIX ();
use Test::More;
use Time::HiRes qw(sleep time);

use GateNginx;
use GateShip;

my $faked;

END {
    my $code = $?;

    kill 'KILL', $faked if $faked;
    $? = $code;
}

secret('good', "right\n");
redis_start($main);


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
wait_for(sub { (() = $nginx->log() =~ /refused: OOM/g) >= 3 });
redis($main, 'CONFIG', 'SET', 'maxmemory', 0);
shipped(2 * $consumers, 'Redis gets all of that, too');
$nginx->stop();
$size = '2m';
is(complaints(), '', 'no complaint of a journal that had no Redis');


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
is(complaints(), '', 'no complaint of passwords');

start("gate_redis 127.0.0.1:$main user=poor redis_password=file:$root/good;");
get('/a/', 'k1');
ok(wait_for(sub { grep { /\[error\] .*refused: NOPERM/ } split(/^/, $nginx->log()) }),
   'a user who may not write is complained of');
$nginx->stop();
is(complaints(), '', 'no complaint besides that of the user');


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
    is(complaints(), '', '... without another complaint');
    kill 'KILL', $faked;
    waitpid $faked, 0;
    undef $faked;
}

done_testing();


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
