#!/usr/bin/env perl
#
# Copyright (C) 2026 Meshgate contributors
#
# The client's body, read in a row of the pipeline: once, whole, in memory, as
# nginx's limits and times say, and what is too large is given up in the middle.
# t/shape/reader is a module that reads it in front of a row.

use strict;
use warnings;

use Compress::Zlib qw(crc32);
use Time::HiRes qw(sleep time);

use GateTest;

our $reader = build_module('shape', 'reader');
our $mib = join '', map { chr(33 + $_ * 7 % 90) } 1 .. 1048576;

add_block_preprocessor(sub {
    my ($block) = @_;

    our $reader;

    $block->set_value('main_config', ($block->main_config // '') . "\nload_module $reader;\n");
    $block->set_value('gate', "gate_consumer acme { key sha256(secret); }\n"
                              . ($block->gate // ''));
});


# "ROW EVENT" of each line about this URI.

sub events {
    my ($uri) = @_;

    return join ', ', log_text('error.log') =~ /reader: \Q$uri\E (\w+ [\w ]+?)(?: while |,|$)/mg;
}


sub has {
    my ($row, $body) = @_;

    return sprintf '%s has %d bytes %08x', $row, length $body, crc32($body);
}


# In chunks of so many bytes.

sub chunked {
    my ($body, $size) = @_;

    return join('', map { sprintf("%x\r\n%s\r\n", length $_, $_) } unpack("(a$size)*", $body))
           . "0\r\n\r\n";
}


# One that sends the head, then the pieces with a pause before each.

sub sends {
    my ($uri, $field, @pieces) = @_;

    my $c = client();

    $c->write("POST $uri HTTP/1.1\r\nHost: a\r\napikey: secret\r\n$field\r\n\r\n");

    for (@pieces) {
        sleep 0.02;
        $c->write($_);
    }

    return $c;
}


sub connections {
    return join ' ', get('/basic_status')->{body} =~ /(?:Reading|Writing): (\d+)/g;
}


# HTTP/2 by hand.

sub h2_frame {
    my ($type, $flags, $stream, $payload) = @_;

    return substr(pack('N', length $payload), 1) . pack('CCN', $type, $flags, $stream) . $payload;
}


sub h2_posts {
    my ($path, @fields) = @_;

    my $literal = sub { join '', map { chr(length $_) . $_ } @_ };
    my $c = client($GateTest::h2_port);

    $c->write("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" . h2_frame(4, 0, 0, '')
              . h2_frame(1, 4, 1, "\x83\x86" . "\x04" . $literal->($path)
                                  . "\x01" . $literal->('localhost')
                                  . join('', map { "\x00" . $literal->(split /: /) }
                                             'apikey: secret', @fields)));

    return $c;
}


sub h2_data {
    my ($body, $end) = @_;

    return h2_frame(0, $end // 0, 1, $body);
}


# The frames until the stream ends: the type of each, and the data.

sub h2_reads {
    my ($c) = @_;

    my ($types, $data) = ('', '');

    while (1) {
        while (length $c->{in} < 9
               || length $c->{in} < 9 + unpack('N', "\0" . substr($c->{in}, 0, 3)))
        {
            return ($types, $data) unless $c->more();
        }

        my ($size, $type, $flags, $stream) =
            (unpack('N', "\0" . substr($c->{in}, 0, 3)), unpack('x3CCN', $c->{in}));
        my $payload = substr(substr($c->{in}, 0, 9 + $size, ''), 9);

        next if $stream != 1 || $type == 8;

        $types .= "$type ";
        $data .= $payload if $type == 0;

        return ($types, $data) if $type == 3 || $flags & 1;
    }
}

run_gate_tests();

__DATA__

=== TEST 1: however it is sent, the row has all of it and the service gets it
--- config
    $TEST_NGINX_LISTEN_H2
    gate_service s;
    gate_auth key;
    location / { read_body target 1m stop; gate_pass http://sidecar; }
--- client
    our $mib;
    my $n = 0;

    for my $body ('', '1', 'x' x 100, 'y' x 20000, substr($mib, 0, 300001), $mib) {
        my $size = length $body;
        my $uri = '/' . $n++;

        my $r = ask('POST', "$uri/length", $body, 'apikey: secret');
        is($r->{seen}{body}, $body, "$size bytes with a length arrive");
        like(events("$uri/length"), qr/^target asks, (?:target asks, )?\Q@{[has('target', $body)]}/,
             '... and were looked at');

        $r = ask('POST', "$uri/chunks", chunked($body, 7000), 'apikey: secret',
                 'Transfer-Encoding: chunked');
        is($r->{seen}{body}, $body, "$size bytes in chunks arrive");
        is(join('|', $r->seen('content-length')), $size, '... with their length');
        is(join('|', $r->seen('transfer-encoding')), '', '... and no other framing');
        like(events("$uri/chunks"), qr/\Q@{[has('target', $body)]}\E in/, '... were looked at');
    }

    my @pieces = unpack('(a1000)*', 'z' x 10000);
    my $c = sends('/slow/length', 'Content-Length: 10000', @pieces);
    is($c->read()->{seen}{body}, join('', @pieces), 'piece by piece');
    is(events('/slow/length'),
       'target asks, target asks, ' . has('target', join '', @pieces) . ' in 3',
       '... and the row runs twice');

    $c = sends('/slow/chunks', 'Transfer-Encoding: chunked',
               split(//, chunked('abcdefgh', 3)));
    is($c->read()->{seen}{body}, 'abcdefgh', 'byte by byte in chunks');
    is(events('/slow/chunks'), 'target asks, target asks, ' . has('target', 'abcdefgh') . ' in 1',
       '... and the row runs twice, too');

    $c = client();
    $c->write("POST /old HTTP/1.0\r\napikey: secret\r\nContent-Length: 4\r\n\r\nab");
    sleep 0.05;
    $c->write('cd');
    is($c->read()->{seen}{body}, 'abcd', 'by HTTP/1.0');

    is(get('/none', 'apikey: secret')->{seen}{body}, '', 'a request without a body');
    is(events('/none'), 'target asks, target has 0 bytes 00000000 in 0', '... has none');

=== TEST 2: by HTTP/2, with and without a length
--- config
    $TEST_NGINX_LISTEN_H2
    gate_service s;
    gate_auth key;
    location / { read_body target 100k stop; gate_pass http://sidecar; }
    location /pass/ { read_body target 10k pass; gate_pass http://sidecar; }
    location /small/ {
        client_max_body_size 20k;
        read_body target 100k stop;
        gate_pass http://sidecar;
    }
--- client
    for my $field ('content-length: 40000', 'x-none: 0') {
        my $uri = '/' . substr($field, 0, 1);
        my $c = h2_posts($uri, $field);
        sleep 0.02;

        for (1 .. 4) {
            $c->write(h2_data('a' x 10000, $_ == 4));
            sleep 0.02;
        }

        my ($types, $data) = h2_reads($c);
        like($data, qr/^\Q@{['a' x 40000]}\E/m, "in frames, $field");
        is(events($uri), 'target asks, target asks, ' . has('target', 'a' x 40000) . ' in '
                         . (events($uri) =~ /(\d+)$/)[0], '... are looked at');
    }

    my $c = h2_posts('/end', 'x-none: 0');
    sleep 0.02;
    $c->write(h2_data('ab'));
    sleep 0.02;
    $c->write(h2_data('', 1));
    my ($types, $data) = h2_reads($c);
    like($data, qr/body: 2\nab$/, 'the end in a frame of its own');

    $c = h2_posts('/empty', 'x-none: 0');
    sleep 0.02;
    $c->write(h2_data('', 1));
    ($types, $data) = h2_reads($c);
    like($data, qr/body: 0\n$/, 'an end and nothing before it');

    $c = h2_posts('/over', 'x-none: 0');
    for (1 .. 12) {
        $c->write(h2_data('a' x 10000));
        sleep 0.005;
    }
    ($types, $data) = h2_reads($c);
    like($data, qr/rate_limited/, 'too much is refused before it ends');
    like(events('/over'), qr/target asks, target is over$/, '... and has been over');

    $c = h2_posts('/length', 'content-length: 110000');
    ($types, $data) = h2_reads($c);
    like($data, qr/rate_limited/, 'by its length before it begins');
    is(events('/length'), 'target asks, target is over', '... and nothing was read');

    $c = h2_posts('/pass/', 'x-none: 0');
    for (1 .. 6) {
        $c->write(h2_data('a' x 10000, $_ == 6));
        sleep 0.005;
    }
    ($types, $data) = h2_reads($c);
    like($data, qr/body: 60000\na{60000}$/, 'over, and let pass');
    is(events('/pass/'), 'target asks, target asks, target is over', '... and known to be over');

    $c = h2_posts('/small/', 'x-none: 0');
    for (1 .. 4) {
        $c->write(h2_data('a' x 10000, $_ == 4));
        sleep 0.02;
    }
    ($types, $data) = h2_reads($c);
    like($data, qr/413/, 'the limit of nginx holds');

    $c = h2_posts('/gone', 'x-none: 0');
    sleep 0.05;
    $c->write(h2_data('a'));
    sleep 0.05;
    $c->write(h2_frame(3, 0, 1, pack('N', 8)));
    $c->write(h2_frame(6, 0, 0, 'pingpong'));
    sleep 0.05;
    is(events('/gone'), 'target asks', 'a stream that is given up');
    $c->close();
    is(get('/after', 'apikey: secret')->{status}, 200, '... and the gateway goes on');

=== TEST 3: too large by its length is refused before it is read
--- config
    gate_service s;
    gate_auth key;
    location / { read_body target 10 stop; gate_pass http://sidecar; }
    location /pass/ { read_body target 10 pass; gate_pass http://sidecar; }
    location /none/ { client_max_body_size 5; read_body target 10 stop; gate_pass http://sidecar; }
--- client
    my $c = sends('/expect', "Content-Length: 11\r\nExpect: 100-continue");
    my $text = $c->rest();
    like($text, qr/^HTTP\/1.1 429 /, 'no "100 Continue" for what is too large');
    is(events('/expect'), 'target asks, target is over', '... and it was not read');

    $c = sends('/fits', "Content-Length: 10\r\nExpect: 100-continue\r\nConnection: close");
    1 while $c->{in} !~ /100 Continue\r\n\r\n/ && $c->more();
    like($c->{in}, qr/^HTTP\/1.1 100 Continue\r\n\r\n$/, 'but for what is not');
    $c->write('0123456789');
    my $r = $c->read();
    is($r->{seen}{body}, '0123456789', '... which arrives');
    is(join('|', $r->seen('expect')), '', '... without asking the service');

    $r = ask('POST', '/pass/length', 'x' x 11, 'apikey: secret');
    is($r->{seen}{body}, 'x' x 11, 'it may pass, too');
    is(events('/pass/length'), 'target asks, target is over', '... without being looked at');

    $r = ask('POST', '/none/', 'x' x 6, 'apikey: secret');
    is($r->{status}, 413, 'the limit of nginx comes first');
    is(events('/none/'), '', '... and no row runs');

=== TEST 4: too large in chunks is refused in the middle, and the connection closed
--- config
    gate_service s;
    gate_auth key;
    location / { client_max_body_size 50; read_body target 10 stop; gate_pass http://sidecar; }
    location /pass/ { client_max_body_size 50; read_body target 10 pass; gate_pass http://sidecar; }
--- client
    my $behind = "GET /behind HTTP/1.1\r\nHost: a\r\napikey: secret\r\n\r\n";

    my $c = sends('/at-once', 'Transfer-Encoding: chunked', chunked('x' x 11, 4) . $behind);
    like($c->rest(), qr/^HTTP\/1.1 429 (?!.*HTTP\/1.1)/s, 'one answer, and nothing behind it');
    is(events('/behind'), '', '... was taken for a request');
    is($backend->executed('over') // 0, 0, '... and the service was not asked');

    $c = sends('/slow', 'Transfer-Encoding: chunked', "8\r\n01234567\r\n", "8\r\n0123",
               "4567\r\n");
    like($c->rest(), qr/^HTTP\/1.1 429 (?!.*HTTP\/1.1)/s, 'when it has become too large');
    is(events('/slow'), 'target asks, target asks, target is over', '... and not later');

    $c = sends('/pass/chunks', "Transfer-Encoding: chunked\r\nConnection: close",
               "8\r\n01234567\r\n", "8\r\nabcdefgh\r\n", "1\r\ni\r\n0\r\n\r\n");
    is($c->read()->{seen}{body}, '01234567abcdefghi', 'this may pass, too');
    is(events('/pass/chunks'), 'target asks, target asks, target is over', '... as one too large');

    $c = sends('/pass/limit', 'Transfer-Encoding: chunked', "8\r\n01234567\r\n",
               "30\r\nabcdefgh\r\n");
    is($c->read()->{status}, 413, 'up to the limit of nginx');
    is(events('/pass/limit'), 'target asks', '... and the row is not asked again');

=== TEST 5: what nginx ends while it reads stays ended
--- config
    location = /basic_status { stub_status; }
    error_page 400 408 413 /sorry;
    location = /sorry { return 200 sorry; }
    location / {
        client_body_timeout 300ms;
        client_max_body_size 50;
        gate_service s;
        gate_auth key;
        read_body target 100 stop;
        gate_pass http://sidecar;
    }
    location /again/ {
        error_page 400 408 413 /again/page;
        client_max_body_size 50;
        gate_service s;
        gate_auth key;
        read_body target 100 stop;
        gate_pass http://sidecar;
    }
--- client
    my $before = connections();

    my $c = sends('/slow/time', 'Content-Length: 10', '01234');
    my $text = $c->rest();
    is($text, '', 'who is too slow is told nothing');
    is(events('/slow/time'), 'target asks', '... nor is it asked about who is slow');

    $c = sends('/bad', 'Transfer-Encoding: chunked', "5\r\n01234\r\n", "hello\r\n");
    is($c->read()->{status}, 400, 'chunks that are none');
    is(events('/bad'), 'target asks', '... nor about these');

    $c = sends('/large', 'Transfer-Encoding: chunked', "5\r\n01234\r\n", "50\r\nxxx");
    is($c->read()->{status}, 413, 'more than nginx takes');
    is(events('/large'), 'target asks', '... nor about that');

    $c = sends('/again/', 'Transfer-Encoding: chunked', "5\r\n01234\r\n", "50\r\nxxx");
    like($c->read()->{status}, qr/^4/, 'an error page behind a body of which a part is missing');
    is(events('/again/page'), 'target asks, target is over', '... which is not to be had there');

    for my $sent (0 .. 3) {
        $c = sends("/leaves/$sent", 'Content-Length: 10', ('x') x $sent);
        wait_for(sub { events("/leaves/$sent") });
        $c->close();
        $c = sends("/leaves/chunks/$sent", 'Transfer-Encoding: chunked', ("1\r\nx\r\n") x $sent);
        wait_for(sub { events("/leaves/chunks/$sent") });
        $c->close();
    }

    wait_for(sub { connections() eq $before });
    is(connections(), $before, 'no request is left over');
    is(events("/leaves/$_") . events("/leaves/chunks/$_"), 'target askstarget asks',
       "who leaves after $_ pieces is not asked about again") for 0 .. 3;

=== TEST 6: one connection, request behind request
--- config
    gate_service s;
    gate_auth key;
    location / { read_body target 1000 stop; gate_pass http://sidecar; }
--- client
    my $head = "Host: a\r\napikey: secret\r\n";
    my $c = client();

    $c->write("POST /1 HTTP/1.1\r\n${head}Content-Length: 5\r\n\r\nfirst"
              . "POST /2 HTTP/1.1\r\n${head}Transfer-Encoding: chunked\r\n\r\n"
              . chunked('second', 2)
              . "POST /3 HTTP/1.1\r\n${head}Content-Length: 600\r\n\r\n");
    is($c->read()->{seen}{body}, 'first', 'the first');
    is($c->read()->{seen}{body}, 'second', 'the second');
    sleep 0.05;
    $c->write(('t' x 600) . "GET /4 HTTP/1.1\r\n$head\r\nPOST /5 HTTP/1.1\r\n${head}Content-L");
    is($c->read()->{seen}{body}, 't' x 600, 'the third, whose body comes with the next');
    is($c->read()->{seen}{line}, 'GET /4 HTTP/1.1', 'the fourth, which has none');
    $c->write("ength: 2000\r\n\r\n" . ('f' x 2000) . "GET /6 HTTP/1.1\r\n$head\r\n");
    is($c->read()->{status}, 429, 'the fifth is refused by its length');
    is($c->read()->{seen}{line}, 'GET /6 HTTP/1.1', 'and the connection is kept');

=== TEST 7: two rows ask, and it is read once
--- config
    gate_service s;
    gate_auth key;
    location /same/ { read_body target 1k stop; read_body strip 1k stop; gate_pass http://sidecar; }
    location /less/ { read_body target 1k stop; read_body strip 10 stop; gate_pass http://sidecar; }
    location /more/ { read_body target 10 pass; read_body strip 1m stop; gate_pass http://sidecar; }
--- client
    our $mib;
    my $body = 'b' x 100;

    my $n = 0;

    for my $how ("Content-Length: 100", "Transfer-Encoding: chunked") {
        $n++;
        my @pieces = $how =~ /chunked/ ? split(/(?<=\n)/, chunked($body, 30))
                                       : unpack('(a30)*', $body);
        my $seen = has('target', $body) . ' in 1';

        my $c = sends("/same/$n", $how, @pieces);
        is($c->read()->{seen}{body}, $body, "two with the same limit, $how");
        is(events("/same/$n"), "target asks, target asks, $seen, strip asks, " . has('strip', $body)
                             . ' in 1', '... both have it');

        $c = sends("/less/$n", $how, @pieces);
        is($c->read()->{status}, 429, 'the second with a lower limit');
        is(events("/less/$n"), "target asks, target asks, $seen, strip asks, strip is over",
           '... of what was read already');

        $c = sends("/more/$n", $how, @pieces);
        is($c->read()->{seen}{body}, $body, 'the second with a higher limit');
        my $strip = has('strip', $body);
        like(events("/more/$n"),
             qr/^(?:target asks, )+target is over, (?:strip asks, )+\Q$strip\E in/, '... has it');
    }

    my $r = ask('POST', '/more/', chunked($mib, 10000), 'apikey: secret',
                'Transfer-Encoding: chunked');
    is($r->{seen}{body}, $mib, 'what the first has let go to a file');
    like(events('/more/'), qr/strip asks, \Q@{[has('strip', $mib)]}\E in 1$/, '... is read back');

=== TEST 8: a body that nginx or another location has already
--- config
    gate_service s;
    gate_auth key;
    location /file/ {
        client_body_in_file_only clean;
        read_body target 1m stop;
        gate_pass http://sidecar;
    }
    location /first/ { gate_accel redirect; gate_pass http://sidecar; }
    location /second/ { internal; read_body target 1m stop; gate_pass http://sidecar; }
--- client
    our $mib;
    my $r = ask('POST', '/file/', $mib, 'apikey: secret');
    is($r->{seen}{body}, $mib, 'kept in a file by nginx');
    like(events('/file/'), qr/\Q@{[has('target', $mib)]}\E/, '... and in memory');

    for my $body ('small', substr($mib, 0, 100000), $mib) {
        my $uri = '/second/' . length $body;
        my $to = $uri =~ s{/}{%2F}gr;

        $r = ask('POST', "/first/?head=X-Accel-Redirect:$to", $body, 'apikey: secret');
        is($r->{status}, 200, length($body) . ' bytes, led here by another service');
        is(events($uri), 'target asks, ' . has('target', $body) . ' in 1', '... which had it read');
    }
