#!/usr/bin/env perl
#
# Copyright (C) 2026 Meshgate contributors
#
# Requests that two servers could take for one and for two, raw on a socket, as
# HTTP/1.1 and as HTTP/2, through nginx and a real Envoy: one request in is one
# at the service, with the body that it had, or the answer is 400.
#
# Each request has a path of its own; what is hidden in it asks for "/smuggled". The
# service writes down each request that it reads.

use strict;
use warnings;

use FindBin qw($Bin);
use lib "$Bin/../lib", $Bin;
use IO::Select;
use IO::Socket::UNIX;
use POSIX ();
use Socket qw(SOMAXCONN);
use Test::More;
use Time::HiRes qw(sleep time);

use GateMesh;
use GateNginx qw(slurp);

my $root = $ENV{TEST_NGINX_SERVROOT};
my $n = 0;

my $m = GateMesh->start(envoy => \&service_cluster, server => <<'EOT');
    location /plain/ { gate_auth key; gate_service smuggling.mesh; gate_pass http://sidecar; }
    location /streamed/ { gate_auth key; gate_service smuggling.mesh; proxy_request_buffering off;
                          gate_pass http://sidecar; }
    location /shaped/ {
        gate_auth     key;
        gate_service  smuggling.mesh;
        gate_transform request { set field X-Shaped yes; set query shaped 1; }
        gate_pass     http://sidecar;
    }
    location /edited/ {
        gate_auth     key;
        gate_service  smuggling.mesh;
        gate_transform request { json add /- 3; bodies invalid=pass; }
        gate_transform response { json add /- 3; }
        gate_pass     http://sidecar;
    }
    location /replaced/ {
        gate_auth     key;
        gate_service  smuggling.mesh;
        gate_transform request { body '[1,2,3]'; }
        gate_transform response { body '[4]'; }
        gate_pass     http://sidecar;
    }
EOT

service_start();

# it has no key: nginx refuses it wherever it is a request to nginx, too

my $hidden = "GET /plain/smuggled HTTP/1.1\r\nHost: x\r\n\r\n";
my $chunk = sprintf "%x\r\n%s\r\n0\r\n\r\n", length $hidden, $hidden;

# A second request that is one shows, so that one that is none would.

my $good = "HTTP/1.1\r\nHost: x\r\napikey: key-acme\r\n\r\n";

first_of($m->{gate}, "GET /plain/control ${good}GET /plain/second $good");
sleep 0.2;
is(join(' ', map { /(\w+)\t/ } seen()), 'control second', 'two requests are two at the service');

for my $door (qw(plain streamed shaped edited replaced)) {
    http1($door, $door, $m->{gate});
    http2($door);
}

# where names of fields come in as they are

http1('plain', 'all names', $m->{gate2});

sleep 1;

my @seen = seen();

is(join("\n", grep { /smuggled/ } @seen), '', 'nothing that was hidden came to the service');
is(scalar(grep { /^broken/ } @seen), 0, 'and it could read all that came');
is($m->alarms, '', 'nothing alarming in the log');

done_testing();


# What a door makes of bytes that are sent, and of a body: five bytes for five,
# so that lengths stay as wrong as they are.

sub sent {
    my ($door, $bytes) = @_;

    return $bytes if $door ne 'edited';

    my %as = (hello => '[1,2]', hel => '[1,', lo => '2]');

    return $bytes =~ s/\b(hello|hel|lo)\b/$as{$1}/gr;
}


sub made {
    my ($door, $body) = @_;

    return $body =~ s/hello/[1,2,3]/gr if $door eq 'edited';
    return $body if $door ne 'replaced';
    return join '|', map { $_ eq '-' ? '-' : '[1,2,3]' } length $body ? split /\|/, $body, -1 : '';
}


# What is sent behind the first line and Host; what the client gets, and what
# the service has got of it: "-" for nothing, else the body. "4" is any 4xx.

sub http1 {
    my ($door, $what, $port) = @_;

    my $te = "Transfer-Encoding: chunked\r\n";
    my $small = "5\r\nhello\r\n0\r\n\r\n";

    my @rows = (
        # two lengths
        [ 'CL.TE', "Content-Length: " . length($small) . "\r\n$te\r\n$small", 400, '-' ],
        [ 'TE.CL', "${te}Content-Length: 4\r\n\r\n$chunk", 400, '-' ],
        [ 'CL.TE with what is hidden', "Content-Length: 5\r\n$te\r\n0\r\n\r\n$hidden", 400, '-' ],
        [ 'two lengths', "Content-Length: 5\r\nContent-Length: 6\r\n\r\nhello!", 400, '-' ],
        [ 'two equal lengths', "Content-Length: 5\r\nContent-Length: 5\r\n\r\nhello", 400, '-' ],
        [ 'a list of lengths', "Content-Length: 5, 5\r\n\r\nhello", 400, '-' ],
        [ 'a list without a space', "Content-Length: 5,5\r\n\r\nhello", 400, '-' ],
        [ 'a length with a plus', "Content-Length: +5\r\n\r\nhello", 400, '-' ],
        [ 'a negative length', "Content-Length: -5\r\n\r\nhello", 400, '-' ],
        [ 'a length in hex', "Content-Length: 0x5\r\n\r\nhello", 400, '-' ],
        [ 'an empty length', "Content-Length: \r\n\r\n$hidden", 400, '-' ],
        [ 'a length with a space in it', "Content-Length: 5 0\r\n\r\nhello", 400, '-' ],
        [ 'a length that is too large', "Content-Length: 99999999999999999999\r\n\r\nx", 400, '-' ],
        [ 'a length with zeros before it', "Content-Length: 005\r\n\r\nhello", 200, 'hello' ],

        # chunked, written otherwise
        [ 'chunked', "$te\r\n$small", 200, 'hello' ],
        [ 'chunked in capitals', "Transfer-Encoding: CHUNKED\r\n\r\n$small", 200, 'hello' ],
        [ 'a space before the colon', "Transfer-Encoding : chunked\r\n\r\n$chunk", '4|drop', '-' ],
        [ 'a tab before the colon', "Transfer-Encoding\t: chunked\r\n\r\n$chunk", '4|drop', '-' ],
        [ 'a space before the name', " Transfer-Encoding: chunked\r\n\r\n$chunk", '4|drop', '-' ],
        [ 'another coding', "Transfer-Encoding: xchunked\r\n\r\n$chunk", 501, '-' ],
        [ 'a coding behind a tab', "Transfer-Encoding:\tchunked\r\n\r\n$small", '4|501', '-' ],
        [ 'a vertical tab', "Transfer-Encoding: \x0bchunked\r\n\r\n$chunk", '4|501', '-' ],
        [ 'a form feed', "Transfer-Encoding: chunked\x0c\r\n\r\n$chunk", '4|501', '-' ],
        [ 'a quoted coding', "Transfer-Encoding: \"chunked\"\r\n\r\n$chunk", 501, '-' ],
        [ 'chunked and identity', "Transfer-Encoding: chunked, identity\r\n\r\n$chunk", 501, '-' ],
        [ 'identity and chunked', "Transfer-Encoding: identity, chunked\r\n\r\n$chunk", 501, '-' ],
        [ 'gzip and chunked', "Transfer-Encoding: gzip, chunked\r\n\r\n$chunk", 501, '-' ],
        [ 'identity', "Transfer-Encoding: identity\r\nContent-Length: 5\r\n\r\nhello", '4|501',
          '-' ],
        [ 'two codings', "${te}Transfer-Encoding: identity\r\n\r\n$chunk", '4|501', '-' ],
        [ 'chunked twice', "$te$te\r\n$chunk", 400, '-' ],
        [ 'an empty coding', "Transfer-Encoding:\r\n\r\n$chunk", '4|501', '-' ],
        [ 'an underscore', "Transfer_Encoding: chunked\r\nContent-Length: 5\r\n\r\nhello",
          200, 'hello' ],

        # lines
        [ 'a folded line', "X-A: b\r\n Transfer-Encoding: chunked\r\nContent-Length: 0\r\n\r\n",
          '4|drop', '-' ],
        [ 'a folded coding', "Transfer-Encoding:\r\n chunked\r\n\r\n$chunk", '4|501', '-' ],
        [ 'a bare CR in a value', "X-A: b\rContent-Length: 5\r\n\r\nhello", '4|drop', '-' ],
        [ 'a bare CR in a name', "X-A\rB: c\r\n\r\n", '4|drop', '-' ],
        [ 'a NUL in a value', "X-A: b\0c\r\nContent-Length: 5\r\n\r\nhello", 400, '-' ],
        [ 'a NUL in a name', "X\0A: b\r\nContent-Length: 5\r\n\r\nhello", 400, '-' ],
        [ 'bare LF', "X-A: b\nContent-Length: 5\n\nhello", 200, 'hello' ],
        [ 'LF LF within', "X-A: b\n\n$hidden", '200', '' ],
        [ 'a field without a colon', "chunked\r\n\r\n", '4|drop', '-' ],

        # chunks
        [ 'an extension', "$te\r\n5;a=b\r\nhello\r\n0;c\r\n\r\n", 200, 'hello' ],
        [ 'a quoted extension', "$te\r\n5;a=\"b;c\"\r\nhello\r\n0\r\n\r\n", 200, 'hello' ],
        [ 'a long extension', "$te\r\n5;" . 'a' x 20000 . "\r\nhello\r\n0\r\n\r\n", '200|4',
          'hello|-' ],
        [ 'an extension with LF', "$te\r\n5;a\nhello\r\n0\r\n\r\n", '200|4', 'hello|-' ],
        [ 'an extension with CR', "$te\r\n5;a\rb\r\nhello\r\n0\r\n\r\n", '200|4', 'hello|-' ],
        [ 'a quoted extension with CRLF', "$te\r\n5;a=\"\r\nhello\r\n0\r\n\r\n", '200|4',
          'hello|-' ],
        [ 'a size that is too large', "$te\r\nfffffffffffffffff\r\nhello\r\n0\r\n\r\n", 400, '-' ],
        [ 'a size that wraps', "$te\r\n10000000000000005\r\nhello\r\n0\r\n\r\n", 400, '-' ],
        [ 'a negative size', "$te\r\n-5\r\nhello\r\n0\r\n\r\n", 400, '-' ],
        [ 'a size with 0x', "$te\r\n0x5\r\nhello\r\n0\r\n\r\n", 400, '-' ],
        [ 'a size with a plus', "$te\r\n+5\r\nhello\r\n0\r\n\r\n", 400, '-' ],
        [ 'no size', "$te\r\n\r\n$hidden", 400, '-' ],
        [ 'a chunk that is longer', "$te\r\n3\r\nhello\r\n0\r\n\r\n", 400, '-' ],
        [ 'a chunk with a CR of its own', "$te\r\n6\r\nhello\r\n0\r\n\r\n$hidden", '200|4',
          "hello\r|-" ],
        [ 'a chunk that is shorter', "$te\r\n9\r\nhello\r\n0\r\n\r\n$hidden", 400, '-' ],
        [ 'many zeros', "$te\r\n5\r\nhello\r\n" . '0' x 300 . "\r\n\r\n", 200, 'hello' ],

        # trailers: none goes on
        [ 'a trailer', "$te\r\n5\r\nhello\r\n0\r\nX-A: b\r\n\r\n", 200, 'hello' ],
        [ 'a trailer with a length', "$te\r\n5\r\nhello\r\n0\r\nContent-Length: 99\r\n\r\n", 200,
          'hello' ],
        [ 'a trailer with a coding', "$te\r\n5\r\nhello\r\n0\r\n$te\r\n", 200, 'hello' ],
        [ 'a trailer of who calls', "$te\r\n5\r\nhello\r\n0\r\nX-Consumer-ID: root\r\n"
          . "Authorization: root\r\n\r\n", 200, 'hello' ],
        [ 'a trailer of LF', "$te\r\n5\r\nhello\r\n0\nX-Consumer-ID: root\n\n", '200|4',
          'hello|-' ],

        # hop by hop
        [ 'Connection names the length', "Connection: close, Content-Length\r\n"
          . "Content-Length: 5\r\n\r\nhello", 200, 'hello' ],
        [ 'Connection names the key', "Connection: close, apikey, X-Consumer-ID\r\n\r\n", 200, '' ],
        [ 'two hosts', "Host: y\r\n\r\n", 400, '-' ],
        [ 'a body of GET', "Content-Length: " . length($hidden) . "\r\n\r\n$hidden", 200,
          $hidden ],
    );

    for my $row (@rows) {
        my ($name, $bytes, $status, $body) = @$row;
        my $id = ++$n;
        my $method = $name =~ /GET|key/ ? 'GET' : 'POST';
        my $type = $door eq 'edited' ? "Content-Type: application/json\r\n" : '';

        tried("$what, $name", $id, $status, made($door, $body), first_of($port,
              "$method /$door/$id HTTP/1.1\r\nHost: x\r\napikey: key-acme\r\n$type"
              . sent($door, $bytes)));
    }

    for my $row ([ 'absolute-form', "GET http://y/$door/ID HTTP/1.1", 200 ],
                 [ 'absolute-form with userinfo', "GET http://a\@y/$door/ID HTTP/1.1", '200|4' ],
                 [ 'a tab in the line', "GET\t/$door/ID\tHTTP/1.1", 400 ],
                 [ 'two spaces', "GET  /$door/ID HTTP/1.1", '200|4' ],
                 [ 'a space in the path', "GET /$door/ID x HTTP/1.1", '4' ],
                 [ 'a CR in the path', "GET /$door/ID\rx HTTP/1.1", '4' ],
                 [ 'a NUL in the path', "GET /$door/ID\0 HTTP/1.1", 400 ],
                 [ 'HTTP/1.0 and chunked', "POST /$door/ID HTTP/1.0", '4|501' ],
                 [ 'HTTP/2.0 in the line', "GET /$door/ID HTTP/2.0", '4|505' ],
                 [ 'HTTP/1.10', "GET /$door/ID HTTP/1.10", '200|4|505' ],
                 [ 'no version', "GET /$door/ID", '4|200|drop' ])
    {
        my ($name, $line, $status) = @$row;
        my $id = ++$n;
        my $more = $name =~ /chunked/ ? "Transfer-Encoding: chunked\r\n\r\n$chunk" : "\r\n";

        $line =~ s/ID/$id/;
        tried("$what, $name", $id, $status, made($door, '|-'), first_of($port,
              "$line\r\nHost: x\r\napikey: key-acme\r\n$more"));
    }
}


# The same of frames: fields, then what is in DATA.

sub http2 {
    my ($door) = @_;

    my @rows = (
        [ 'a length that fits', [ 'content-length' => 5 ], [ 'hello' ], 200, 'hello' ],
        [ 'no length', [], [ 'hel', 'lo' ], 200, 'hello' ],
        [ 'a length that is larger', [ 'content-length' => 9 ], [ 'hello' ], 400, '-' ],
        [ 'a length that is smaller', [ 'content-length' => 3 ], [ 'hello' ], '4|413', '-' ],
        [ 'a length of nothing', [ 'content-length' => 0 ], [ $hidden ], '4', '-' ],
        [ 'two lengths', [ 'content-length' => 5, 'content-length' => 6 ], [ 'hello' ], 400, '-' ],
        [ 'a length with a plus', [ 'content-length' => '+5' ], [ 'hello' ], 400, '-' ],
        [ 'a list of lengths', [ 'content-length' => '5,5' ], [ 'hello' ], 400, '-' ],
        [ 'a coding', [ 'transfer-encoding' => 'chunked' ], [ $chunk ], '200|4', "$chunk|-" ],
        [ 'a coding and a length', [ 'transfer-encoding' => 'chunked', 'content-length' => 5 ],
          [ 'hello' ], '200|4', 'hello|-' ],
        [ 'a connection', [ 'connection' => 'content-length' ], [ 'hello' ], '200|4', 'hello|-' ],
        [ 'CRLF in a value', [ 'x-a' => "b\r\ntransfer-encoding: chunked" ], [ $chunk ], '4', '-' ],
        [ 'LF in a value', [ 'x-a' => "b\ncontent-length: 0" ], [ 'hello' ], '4', '-' ],
        [ 'CR in a value', [ 'x-a' => "b\rc" ], [ 'hello' ], '4', '-' ],
        [ 'NUL in a value', [ 'x-a' => "b\0c" ], [ 'hello' ], '4', '-' ],
        [ 'CRLF in a name', [ "x-a: b\r\ny" => 'c' ], [ 'hello' ], '4|drop', '-' ],
        [ 'a colon in a name', [ 'x-a: b' => 'c' ], [ 'hello' ], '4|drop', '-' ],
        [ 'capitals in a name', [ 'Content-Length' => 5 ], [ 'hello' ], '4|drop', '-' ],
        [ 'a space in a name', [ 'x a' => 'b' ], [ 'hello' ], '4|drop', '-' ],
        [ 'CRLF in the path', [ ':path' => "/$door/ID\r\nx: y" ], [], '4', '-' ],
        [ 'a space in the path', [ ':path' => "/$door/ID HTTP/1.1" ], [], '4|200', '|-' ],
        [ 'a request in the path', [ ':path' => "/$door/ID HTTP/1.1\r\nHost: x\r\n\r\n$hidden" ],
          [], '4', '-' ],
        [ 'CRLF in the method', [ ':method' => "POST /plain/smuggled HTTP/1.1\r\nx: y" ], [],
          '4', '-' ],
        [ 'a space in the method', [ ':method' => 'POST /plain/smuggled' ], [], '4', '-' ],
        [ 'CRLF in the scheme', [ ':scheme' => "http\r\nx: y" ], [ 'hello' ], '4', '-' ],
        [ 'CRLF in the authority', [ ':authority' => "x\r\ntransfer-encoding: chunked" ],
          [ $chunk ], '4', '-' ],
        [ 'a second path', [ ':path' => "/$door/ID", ':path' => '/plain/smuggled' ], [], '4', '-' ],
        [ 'an unknown pseudo field', [ ':smuggled' => 'x' ], [ 'hello' ], '4', '-' ],
        [ 'a hidden request as body', [], [ $hidden ], 200, $hidden ],
    );

    for my $row (@rows) {
        my ($name, $fields, $data, $status, $body) = @$row;
        my $id = ++$n;

        tried("HTTP/2, $door, $name", $id, $status, made($door, $body),
              h2_status($door, $id, $fields, [ map { sent($door, $_) } @$data ]));
    }
}


# One answer at most is good, and the service has got as many requests.

sub tried {
    my ($name, $id, $want, $body, $status) = @_;

    # what is not buffered may have gone on when the rest of it is wrong

    $body .= '|' if $name =~ /streamed/;

    my @got = grep { m{^\S+ /(?:plain|streamed|shaped|edited|replaced)/$id(?:\D|$)} } seen();
    my $fits = grep { $_ eq 'drop' ? !$status || $status == 200
                      : $status =~ /^$_/ } split /\|/, $want;

    ok($fits, "$name: the answer is $want") or diag("it is $status");

    my $came = join ' and ', map { (split /\t/, $_, -1)[1] } @got;
    my %may = map { (/\r/ ? unpack('H*', $_) : $_) => 1 }
              length $body ? split(/\|/, $body, -1) : '';

    if ($want =~ /drop/ && $status && $status == 200) {
        is(scalar @got, 1, '... ' . $name . ' is one request, without what nginx has dropped');
        return;
    }

    ok(@got < 2 && $may{@got ? $came : '-'}, "... $name: the service got $body")
        or diag(@got . " requests: $came");

    return if $name =~ /streamed/ && $status ne '200';

    is(scalar @got, $status eq '200' ? 1 : 0, "... $name: as many as were answered");
}


# The status of the first answer, 0 if there is none.

sub first_of {
    my ($port, $bytes) = @_;

    my $s = $m->dial($port);
    my $in = '';
    my $until = time + 10;

    local $SIG{PIPE} = 'IGNORE';

    syswrite $s, $bytes;
    shutdown $s, 1 if $bytes =~ /\A[^\r]* \S+\r\n/ && $bytes !~ m{\A\S+ .* HTTP/}s;

    while ($in !~ /\r\n\r\n/ && time < $until) {
        next if !IO::Select->new($s)->can_read(0.1);
        sysread $s, $in, 65536, length $in or last;
    }

    # what is hidden behind it would be answered, too

    IO::Select->new($s)->can_read(0.02);

    return $in =~ m{\AHTTP/1\.[01] (\d+)} ? $1 : 0;
}


sub h2_status {
    my ($door, $id, $more, $data) = @_;

    my @head = (':method' => @$data ? 'POST' : 'GET', ':scheme' => 'http',
                ':path' => "/$door/$id", ':authority' => 'x', 'apikey' => 'key-acme');
    my @rest;

    for (my $i = 0; $i < @$more; $i += 2) {
        my ($name, $value) = @$more[$i, $i + 1];
        my ($at) = grep { $head[2 * $_] eq $name } 0 .. 4;

        $value =~ s/ID/$id/;

        if (defined $at && $head[2 * $at + 1] ne $value) {
            $head[2 * $at + 1] = $value;

        } else {
            push @rest, $name, $value;
        }
    }

    # what is written over must not come twice; a second one of a pseudo field
    # stands before all others

    my @pseudo = grep { $rest[2 * $_] =~ /^:/ } 0 .. @rest / 2 - 1;
    my @fields = (@head[0 .. 7], (map { @rest[2 * $_, 2 * $_ + 1] } @pseudo), @head[8, 9]);

    push @fields, 'content-type', 'application/json' if $door eq 'edited';

    for my $i (0 .. @rest / 2 - 1) {
        push @fields, @rest[2 * $i, 2 * $i + 1] if $rest[2 * $i] !~ /^:/;
    }

    my $block = '';

    for (my $i = 0; $i < @fields; $i += 2) {
        $block .= "\x00" . text($fields[$i]) . text($fields[$i + 1]);
    }

    my $out = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" . frame(4, 0, 0, '')
              . frame(1, @$data ? 4 : 5, 1, $block);

    for my $i (0 .. $#$data) {
        $out .= frame(0, $i == $#$data ? 1 : 0, 1, $data->[$i]);
    }

    my $s = $m->dial($m->{h2});

    syswrite $s, $out;

    return h2_answer($s);
}


# 400 stands for a stream or connection that was reset, too

sub h2_answer {
    my ($s) = @_;

    my $in = '';
    my $until = time + 10;

    while (time < $until) {
        while (length $in >= 9 && length $in >= 9 + unpack('N', "\0$in")) {
            my $size = unpack 'N', "\0$in";
            my ($type, $flags, $id) = unpack 'x3CCN', $in;
            my $payload = substr $in, 9, $size;

            substr $in, 0, 9 + $size, '';

            return 400 if $type == 3 || $type == 7;
            next if $type != 1;

            $payload =~ s/\A[\x20-\x3f]+//;

            my $first = ord $payload;

            return $first & 0x80 ? (200, 204, 206, 304, 400, 404, 500)[$first - 0x88]
                                 : substr $payload, 2, 3;
        }

        next if !IO::Select->new($s)->can_read(0.1);
        sysread $s, $in, 65536, length $in or return 400;
    }

    return 0;
}


sub frame {
    my ($type, $flags, $id, $payload) = @_;

    return substr(pack('N', length $payload), 1) . pack('CCN', $type, $flags, $id) . $payload;
}


# RFC 7541 5.1, 5.2, without Huffman

sub text {
    my ($text) = @_;

    my $size = length $text;

    return chr($size) . $text if $size < 127;

    return "\x7f" . chr($size - 127) . $text;
}


# The service: a line for each request, before it is answered.

sub seen {
    return split /\n/, slurp("$root/service.log");
}


sub service_cluster {
    my ($conf) = @_;

    my $static = $conf->{static_resources};

    push @{ $static->{clusters} }, {
        name => 'smuggling', connect_timeout => '1s',
        load_assignment => { cluster_name => 'smuggling', endpoints => [ {
            lb_endpoints => [ { endpoint => { address => {
                pipe => { path => "$root/service.sock" } } } } ] } ] },
    };

    my $hosts = $static->{listeners}[0]{filter_chains}[0]{filters}[0]{typed_config}
                       {route_config}{virtual_hosts};

    unshift @$hosts, { name => 'smuggling', domains => [ 'smuggling.mesh' ], routes => [ {
        match => { prefix => '/' }, route => { cluster => 'smuggling' } } ] };
}


sub service_start {
    my $listen = IO::Socket::UNIX->new(Local => "$root/service.sock", Listen => SOMAXCONN)
        or die "service: $!\n";

    chmod 0666, "$root/service.sock";
    open my $log, '>>', "$root/service.log" or die "service.log: $!\n";

    my $parent = $$;
    my $pid = fork // die "fork: $!\n";

    if ($pid) {
        $m->{pid}{smuggling} = $pid;
        return;
    }

    $SIG{TERM} = sub { POSIX::_exit(0) };
    $SIG{PIPE} = 'IGNORE';
    service_loop($listen, $log, $parent);
    POSIX::_exit(0);
}


sub service_loop {
    my ($listen, $log, $parent) = @_;

    my $select = IO::Select->new($listen);
    my %in;

    while (getppid == $parent) {
        for my $s ($select->can_read(1)) {
            if ($s == $listen) {
                my $c = $s->accept or next;

                $select->add($c);
                $in{$c} = '';
                next;
            }

            if (!sysread $s, $in{$s}, 65536, length $in{$s}) {
                syswrite $log, "broken\t$in{$s}\n" if length $in{$s} && $in{$s} !~ /\A[A-Z]+ /;
                $select->remove($s);
                delete $in{$s};
                close $s;
                next;
            }

            while (my ($line, $body) = next_request(\$in{$s})) {
                $body = unpack 'H*', $body if $body =~ /\r/;
                syswrite $log, "$line\t$body\n";
                syswrite $s, "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"
                             . "Content-Length: 5\r\n\r\n[1,2]";
            }
        }
    }
}


# Nothing until all of it is there.

sub next_request {
    my ($in) = @_;

    my ($head, $rest) = $$in =~ /\A(.*?\r\n)\r\n(.*)\z/s or return;
    my ($line) = $head =~ /\A(\S+ \S+) HTTP/ or return;
    my $body = '';

    if ($head =~ /^transfer-encoding: chunked\r$/mi) {
        while (1) {
            my ($hex) = $rest =~ /\A([0-9a-f]+)\r\n/i or return;
            my $size = hex $hex;

            return if length $rest < length($hex) + 4 + $size;
            $body .= substr $rest, length($hex) + 2, $size;
            $rest = substr $rest, length($hex) + 4 + $size;
            last if $size == 0;
        }

    } elsif ($head =~ /^content-length: (\d+)\r$/mi) {
        return if length $rest < $1;
        $body = substr $rest, 0, $1, '';
    }

    $$in = $rest;

    return ($line, $body);
}
