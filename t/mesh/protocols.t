#!/usr/bin/env perl
#
# Copyright (C) 2026 Meshgate contributors
#
# Each protocol that is not gRPC, through a real sidecar: who has no key does
# not get in, a limit counts requests, and the bill has the bytes of both ways.

use strict;
use warnings;

use FindBin qw($Bin);
use lib "$Bin/../lib";
use Socket qw(SOL_SOCKET SO_LINGER);
use Test::More;
use Time::HiRes qw(sleep time);

use GateMesh;
use GateNginx qw(slurp);

my $MB = 1 << 20;

my $policies = <<'LINES';
            gate_api      all;
            gate_auth     key;
            gate_meter    requests bytes;
            gate_service  orders.mesh;
            gate_pass     http://sidecar;
LINES

my $m = GateMesh->start(server => <<"SERVER");
        location /all/ { $policies }

        location /few/ {
            $policies
            gate_limit  rate=1r/m key=\$http_x_of name=few;
        }

        location /stream/ {
            $policies
            client_max_body_size     0;
            proxy_request_buffering  off;
        }

        location /small/ {
            $policies
            client_max_body_size     10k;
            proxy_request_buffering  off;
        }
SERVER

my $key = 'apikey: key-acme';
my ($bill, $r, $s);

my $file = "$m->{root}/large";

open my $fh, '>', $file or die "$file: $!";
truncate $fh, 100 * $MB or die "$file: $!";
close $fh;


# No key, no limit left: of each protocol, before the sidecar is asked.

my %way = (
    'HTTP/1.1'  => sub { $m->ask('GET', $_[0], [ @_[1 .. $#_] ])->{status} },
    'HTTP/2'    => sub { curl('h2', shift, map { ('-H', $_) } @_) },
    'WebSocket' => sub { shaken(@_)->{status} },
    'events'    => sub { $m->ask('GET', $_[0] =~ s{/1}{/sse/1}r, [ @_[1 .. $#_] ])->{status} },
    'gRPC-Web'  => sub { $m->ask('POST', $_[0],
                                 [ 'Content-Type: application/grpc-web+proto', @_[1 .. $#_] ],
                                 "\0\0\0\0\0")->{status} },
    'an upload' => sub { curl('gate', shift, '-T', $file, map { ('-H', $_) } @_) },
);

for my $name (sort keys %way) {
    my $good = $name eq 'WebSocket' ? 101 : 200;
    my $to = $name eq 'an upload' ? 'stream' : 'all';
    my $asked = requests();

    my $none = $m->bill_of(sub {
        is($way{$name}->("/$to/1"), 401, "$name without a key is refused");
        is($way{$name}->("/$to/1", 'apikey: guessed'), 401, '... and with a wrong one');
    });

    is_deeply($none, {}, '... and nobody pays');
    is(requests() - $asked, 0, '... nor is the sidecar asked');

    next if $name eq 'an upload';

    my $of = $name =~ tr/a-zA-Z0-9//cdr;

    is($way{$name}->("/few/1", $key, "X-Of: $of"), $good, "$name with a key gets through");
    is($way{$name}->("/few/1", $key, "X-Of: $of"), 429, '... until its limit is reached');
}


# HTTP/1.1, HTTP/2: fields and bodies, both ways.

for my $port (qw(gate h2)) {
    my $name = $port eq 'h2' ? 'HTTP/2' : 'HTTP/1.1';

    billed("$name, 500 KB to the service", { served => 1 }, sub {
        is(curl($port, '/all/1', '-H', $key, '--data-binary', '@' . part(500_000)), 200, $name);
    });
    within('bytes_in', 500_000, 503_000);
    within('bytes_out', 300, 3000);

    billed("$name, 30 MB from it", { served => 1 }, sub {
        is(curl($port, '/all/big/31457280', '-H', $key), 200, '... a download');
    });
    within('bytes_out', 30 * $MB, 30.3 * $MB);
    within('bytes_in', 30, 1000);

    billed("$name, a download that the client leaves", { aborted => 1 }, sub {
        curl($port, '/all/big/31457280', '-H', $key, '--limit-rate', '1M', '--max-time', 1);
    });
    within('bytes_out', 0.5 * $MB, 29 * $MB);
}


# gRPC-Web: not a byte of it is touched.

my $frame = "\0\0\0\0\5hello";

billed('gRPC-Web', { served => 1 }, sub {
    $r = $m->ask('POST', '/all/1', [ $key, 'Content-Type: application/grpc-web+proto',
                                     'X-Grpc-Web: 1' ], $frame);
});
is(join(',', $r->sent('content-type'), $r->sent('x-grpc-web'), $r->json->{bytes}),
   'application/grpc-web+proto,1,' . length $frame, '... arrives as it was sent');
is(join(',', $r->sent('x-consumer-id')), 'acme', '... with its caller');


# WebSocket.

billed('a WebSocket', { served => 1 }, sub {
    $s = shaken('/all/ws', $key)->{socket};
    is(echo($s, "text $_ " . 'x' x 100), "TEXT $_ " . 'X' x 100, "... echo $_") for 1 .. 3;
    echo($s, 'y' x 100) for 4 .. 200;
    print $s "\x88\x80\0\0\0\0";
    is(frame($s), "\x88\x00", '... is closed in order');
    close $s;
});
within('bytes_in', 200 * 106, 200 * 106 + 3000);
within('bytes_out', 200 * 102, 200 * 102 + 3000);

billed('a WebSocket that breaks off', { served => 1 }, sub {
    $s = shaken('/all/ws', $key)->{socket};
    echo($s, 'z' x 100) for 1 .. 100;
    setsockopt $s, SOL_SOCKET, SO_LINGER, pack('ii', 1, 0);
    close $s;
});
within('bytes_in', 100 * 106, 100 * 106 + 3000);
within('bytes_out', 100 * 102, 100 * 102 + 3000);



# Server-sent events.

my $first;

billed('events', { served => 1 }, sub {
    $s = $m->dial();
    print $s "GET /all/sse/4 HTTP/1.1\r\nHost: a\r\n$key\r\nConnection: close\r\n\r\n";

    my $text = '';

    while (sysread $s, $text, 4096, length $text) {
        $first //= $text =~ /^data: 0 ([\d.]+)$/m ? time - $1 : undef;
    }

    is(scalar(() = $text =~ /^data: /mg), 4, '... all of them arrive');
});
cmp_ok($first, '<', 0.3, '... the first one before the second is sent');
within('bytes_out', 4 * 20, 1500);

billed('events that the client does not wait for', { aborted => 1 }, sub {
    $s = $m->dial();
    print $s "GET /all/sse/30 HTTP/1.1\r\nHost: a\r\n$key\r\n\r\n";
    sysread $s, my $some, 4096;
    close $s;
});


# Uploads of 100 MB that are handed on as they come.

for my $way ([ gate => 'HTTP/1.1' ], [ gate => 'HTTP/1.1, chunked', '-H',
             'Transfer-Encoding: chunked' ], [ h2 => 'HTTP/2' ])
{
    my ($port, $name, @more) = @$way;
    my $was = memory();

    billed("an upload of 100 MB over $name", { served => 1 }, sub {
        is(curl($port, '/stream/1', '-H', $key, '-T', $file, @more), 200, '... is taken');
        like(slurp("$m->{root}/said"), qr/"bytes": 104857600\b/, '... all of it');
    });
    within('bytes_in', 100 * $MB, 101 * $MB);
    cmp_ok(memory() - $was, '<', 4 * 1024, '... with 4 MB of memory at most');
}

is(scalar(grep { /body is buffered to a .*"PUT/ } split /\n/, slurp("$m->{root}/logs/error.log")),
   0, 'nothing of them was written to the disk');

billed('an upload that grows too large', { refused_upstream => 1 }, sub {
    is(curl('gate', '/small/1', '-H', $key, '-T', part(500_000), '-H',
            'Transfer-Encoding: chunked'), 413, '... is a 413');
});

is($m->alarms, '', 'nothing alarming in the log');

done_testing();


# The status of a request by curl; its body is in "said".

sub curl {
    my ($port, $path, @more) = @_;

    my @command = ('curl', '-s', '-o', "$m->{root}/said", '-w', '%{http_code}',
                   ($port eq 'h2' ? '--http2-prior-knowledge' : ()), '--max-time', 60, '-H',
                   'Expect:', @more, "http://127.0.0.1:$m->{$port}$path");

    open my $out, '-|', @command or die "curl: $!";

    my $status = readline($out) // '';

    close $out;

    return $status;
}


# A file of N bytes.

sub part {
    my ($n) = @_;

    my $name = "$m->{root}/part-$n";

    open my $out, '>', $name or die "$name: $!";
    truncate $out, $n or die "$name: $!";

    return $name;
}


# What is billed of it: outcomes, in $bill with all else.

sub billed {
    my ($name, $want, $code) = @_;

    $bill = $m->bill_of($code);

    my %got = map { $_ => $bill->{$_} }
              grep { !/^(?:bytes_\w+|duration_ms)$/ } keys %$bill;

    is_deeply(\%got, $want, "$name: " . join(" ", %$want));
}


sub within {
    my ($unit, $least, $most) = @_;

    my $n = $bill->{$unit} // 0;

    ok($n >= $least && $n <= $most, "... with its $unit") or diag("$n: $least to $most");
}


sub requests {
    return $m->envoy_stat('http.outbound.downstream_rq_total');
}


# The most that the worker had so far, in KB.

sub memory {
    my ($pid) = $m->{nginx}->workers();

    return slurp("/proc/$pid/status") =~ /^VmHWM:\s+(\d+)/m ? $1 : 0;
}


sub shaken {
    my ($path, @fields) = @_;

    my $socket = $m->dial();

    print $socket join("\r\n", "GET $path HTTP/1.1", 'Host: a', 'Connection: Upgrade',
                       'Upgrade: websocket', 'Sec-WebSocket-Version: 13',
                       'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==', @fields, '', '');

    return { socket => $socket, status => $m->answer($socket)->{status} };
}


sub echo {
    my ($socket, $text) = @_;

    print $socket "\x81" . chr(0x80 | length $text) . "\0\0\0\0$text";

    return substr frame($socket), 2;
}


sub frame {
    my ($socket) = @_;

    my $frame = '';

    local $SIG{ALRM} = sub { die "no frame\n" };
    alarm 10;

    while (length $frame < 2 || length $frame < 2 + (ord(substr $frame, 1, 1) & 127)) {
        sysread $socket, $frame, 1, length $frame or last;
    }

    alarm 0;

    return $frame;
}
