#!/usr/bin/env perl
#
# Copyright (C) 2026 Meshgate contributors
#
# Connections to the sidecar: kept and used again; a sidecar that drains, or
# is replaced by another, costs no GET an error. WebSocket and server-sent
# events go through.

use strict;
use warnings;

use FindBin qw($Bin);
use lib "$Bin/../lib";
use POSIX ();
use Test::More;
use Time::HiRes qw(sleep time);

use GateMesh;

my $m = GateMesh->start();
my @key = ('apikey: key-acme');
my ($r, $s);

my $connections = 'http.outbound.downstream_cx_total';
my $requests = 'http.outbound.downstream_rq_total';


# One connection, many requests.

my @before = map { $m->envoy_stat($_) } $connections, $requests;

for (1 .. 50) {
    $r = $m->ask('GET', '/orders/1', [ @key ]);
    last if $r->{status} != 200;
}

is($r->{status}, 200, '50 requests, each on a connection of its own');
is($m->envoy_stat($requests) - $before[1], 50, 'the sidecar got 50 of them');
cmp_ok($m->envoy_stat($connections) - $before[0], '<=', 2,
       'on a connection or two');
is($m->ask('POST', '/orders/1', [ @key ], 'x' x 100000)->json->{bytes}, 100000,
   'a body goes over it, too');
is($m->ask('GET', '/orders/1', [ @key ])->{status}, 200, 'and what follows');


# The sidecar closes what is kept: at the next request it is noticed.

for my $round (1 .. 3) {
    $m->stop('sidecar', $round == 2 ? 'KILL' : 'TERM');
    $m->start_sidecar();

    is($m->ask('GET', '/orders/1', [ @key ])->{status}, 200,
       "a sidecar that was restarted costs no error, $round");
}


# A rolling restart: a second one listens on the same port, the first drains.

my @load = map { load() } 1 .. 2;

asked_more(20);
$m->start_sidecar('sidecar2');
$m->admin('/drain_listeners?graceful&skip_exit', undef, 'POST');
sleep 2;
asked_more(40);
$m->stop('sidecar');
asked_more(60);

my ($asked, $bad) = (0, '');

for my $load (@load) {
    my ($n, $wrong) = @{ ended($load) };
    $asked += $n;
    $bad .= $wrong;
}

cmp_ok($asked, '>', 100, "$asked GETs went on while it was replaced");
is($bad, '', 'none of them got an error');
cmp_ok($m->envoy_stat($requests, $m->{admin2}), '>', 0, 'the new one serves');

$m->start_sidecar();
$m->stop('sidecar2');


# WebSocket.

$s = $m->dial();
print $s "GET /orders/ws HTTP/1.1\r\nHost: a\r\n$key[0]\r\n"
         . "Connection: Upgrade\r\nUpgrade: websocket\r\n"
         . "Sec-WebSocket-Version: 13\r\n"
         . "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n";
$r = $m->answer($s);

is($r->{status}, 101, 'WebSocket: the connection is upgraded');
is($r->field('sec-websocket-accept'), 's3pPLMBiTxaQ9kYGzzhZRbK+xOo=',
   'with the right answer to the key');
unlike($r->{head}, qr/envoy/i, 'and not a word of the mesh');

for my $text ('hello', 'and again', '') {
    is(echo($s, $text), uc $text, "\"$text\" comes back");
}

print $s "\x88\x80\0\0\0\0";
is(frame($s), "\x88\x00", 'and it is closed in order');

$s = $m->dial();
print $s "GET /orders/ws HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\n"
         . "Upgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
         . "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n";
is($m->answer($s)->{status}, 401, 'without a key it is not upgraded');

is($m->ask('GET', '/orders/1', [ @key ])->{status}, 200,
   'what follows is not upgraded');


# Server-sent events: each arrives when it is sent. One that waited for the next
# would be 0.4 s late, the last one until the end: they say when they were sent.

$s = $m->dial();
print $s "GET /orders/sse/5 HTTP/1.1\r\nHost: a\r\n$key[0]\r\n"
         . "Connection: close\r\n\r\n";

my ($text, @late) = ('');

while (sysread $s, $text, 4096, length $text) {
    my @sent = $text =~ /^data: \d ([\d.]+)$/gm;

    push @late, map { time - $_ } @sent[@late .. $#sent];
}

is(scalar @late, 5, '5 events arrive');
is(join(' ', grep { $_ > 0.3 } @late), '', 'none waits for the next');

is($m->alarms, '', 'nothing alarming in the log');

done_testing();


# A process that asks and asks, until it is told to end.

sub load {
    pipe my $out, my $in or die "pipe: $!";

    my $pid = fork // die "fork: $!";

    if ($pid == 0) {
        my ($n, $wrong, $end) = (0, '', 0);

        $SIG{TERM} = sub { $end = 1 };

        while (!$end) {
            my $r = eval { $m->ask('GET', '/orders/1', [ @key ]) };
            $n++;
            $wrong .= ' ' . ($r ? $r->{status} : 'none')
                if !$r || $r->{status} != 200;
        }

        print $in "$n$wrong\n";
        close $in;
        POSIX::_exit(0);
    }

    return [ $pid, $out ];
}


# Until there were so many requests more.

sub asked_more {
    my ($n) = @_;

    my $asked = sub { scalar(() = GateMesh::slurp("$m->{root}/logs/access.log") =~ /^/mg) };
    my $was = $asked->();

    $m->wait_for(sub { $asked->() >= $was + $n }, 60);
}


sub ended {
    my ($load) = @_;

    my ($pid, $out) = @$load;

    kill 'TERM', $pid;

    my $said = readline($out) // '';

    waitpid $pid, 0;

    my ($n, $wrong) = $said =~ /^(\d+)(.*)/;

    return [ $n || 0, $wrong // 'no answer' ];
}


sub echo {
    my ($s, $text) = @_;

    my @mask = (1, 2, 3, 4);
    my $i = 0;
    my $data = join '', map { chr(ord($_) ^ $mask[$i++ % 4]) } split //, $text;

    print $s "\x81" . chr(0x80 | length $text) . pack('C4', @mask) . $data;

    return substr frame($s) // '  ', 2;
}


sub frame {
    my ($s) = @_;

    local $SIG{ALRM} = sub { die "no frame\n" };
    alarm 10;

    my $frame = '';

    while (length $frame < 2
           || length $frame < 2 + (ord(substr $frame, 1, 1) & 127))
    {
        sysread $s, $frame, 1, length $frame or last;
    }

    alarm 0;

    return $frame;
}
