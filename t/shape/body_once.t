#!/usr/bin/env perl
#
# Copyright (C) 2026 Meshgate contributors
#
# Edits of bodies beside what counts: what a refused body costs, who pays for
# it, and an answer that is edited and repeated by its Idempotency-Key.

use strict;
use warnings;

use GateBill;
use GateRedis;
use GateTest;

use Time::HiRes qw(sleep);

our $redis = GateRedis->new(port => port(8), dir => "$ENV{TEST_NGINX_STATE}/redis");

$redis->start();

our $id = 0;


sub json {
    my ($uri, $body, @fields) = @_;

    return ask('POST', $uri, $body, $secret, 'Content-Type: application/json', @fields);
}


# The same, once the answer before is kept, which is a moment after it was given.

sub kept {
    my @args = @_;
    my $r;

    wait_for(sub { ($r = json(@args))->{status} != 409
                   || $r->{body} !~ /idempotency_in_flight/ });

    return $r;
}


sub fresh {
    return 'X-Test-Id: t' . ++$id;
}


sub done {
    return $backend->executed("t$id");
}


# Status, and the reason or whether it is a repetition.

sub what {
    my ($r) = @_;

    my $reason = ($r->field('content-type') // '') =~ /problem/ ? $r->json()->{reason} : '';

    return join ' ', $r->{status},
                     grep { $_ } $reason, $r->field('idempotency-replayed') && 'replayed';
}


# What the service is to say to that URI.

sub says {
    my ($status, $body, @fields) = @_;

    unshift @fields, 'Content-Type: application/json' unless grep { /^content-type/i } @fields;

    my $text = join "\r\n", "HTTP/1.1 $status Said", 'server: envoy',
                            'x-envoy-upstream-service-time: 1', 'X-Kind: x', 'ETag: "a"',
                            'Connection: close', @fields, '', $body;

    return 'raw=' . ($text =~ s/(\W)/sprintf '%%%02x', ord $1/ger);
}


# All that is not of the very answer.

sub fields {
    my ($r) = @_;

    return join "\n", map { "$_->[0]: $_->[1]" }
        sort { "@$a" cmp "@$b" }
        grep { $_->[0] !~ /^(?:date|x-request-id|idempotency-replayed|connection
                              |(?:x-)?ratelimit.*)$/xi }
        @{ $r->{fields} };
}


# HTTP/2 by hand: a POST whose body does not end.

sub h2_begins {
    my ($path, $data) = @_;

    my $frame = sub {
        my ($type, $flags, $stream, $payload) = @_;

        return substr(pack('N', length $payload), 1) . pack('CCN', $type, $flags, $stream)
               . $payload;
    };
    my $literal = sub { join '', map { chr(length $_) . $_ } @_ };
    my $c = client($GateTest::h2_port);

    $c->write("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" . $frame->(4, 0, 0, '')
              . $frame->(1, 4, 1, "\x83\x86" . "\x04" . $literal->($path)
                                  . "\x01" . $literal->('localhost')
                                  . join('', map { "\x00" . $literal->(split /: /) }
                                             $secret, 'content-type: application/json'))
              . $frame->(0, 0, 1, $data));

    return $c;
}


bills(gate => "gate_redis 127.0.0.1:$ENV{TEST_NGINX_PORT_8} timeout=1s;\n");

add_block_preprocessor(sub {
    $redis->ask('FLUSHALL');
});

run_gate_tests();

__DATA__

=== TEST 1: a body that is refused has taken from the limits
--- config
    location / {
        gate_limit rate=3r/h burst=2 key=$uri name=few;
        gate_transform request {
            json add /v $arg_v as=json;
            bodies max=100 other=refuse;
        }
        gate_pass http://sidecar;
    }
    location /template/ {
        gate_limit rate=3r/h burst=2 key=$uri name=few;
        gate_transform request { body '{"v":$arg_v}' as=json; bodies max=100; }
        gate_pass http://sidecar;
    }
    location /nginx/ {
        client_max_body_size 50;
        gate_limit rate=3r/h burst=2 key=$uri name=few;
        gate_transform request { json add /v 1; }
        gate_pass http://sidecar;
    }
    location /key/ {
        gate_limit rate=3r/h burst=2 key=$uri name=few;
        gate_idempotency max=50;
        gate_pass http://sidecar;
    }
--- client
    my $large = '{"a":"' . 'x' x 200 . '"}';
    my $chunks = sprintf "%x\r\n%s\r\n0\r\n\r\n", length $large, $large;
    my @chunked = ($chunks, 'Transfer-Encoding: chunked');

    for my $case ([ '/bad', '400 bad_body', '{"a":}' ],
                  [ '/half', '400 bad_body', '{"a":1' ],
                  [ '/value?v=x', '400 bad_body', '{"a":1}' ],
                  [ '/large', '413 payload_too_large', $large ],
                  [ '/large-chunks', '413 payload_too_large', @chunked ],
                  [ '/encoded', '415 unsupported_body', '{}', 'Content-Encoding: gzip' ],
                  [ '/template/value?v=x', '400 bad_body', '{}' ],
                  [ '/template/large', '413 payload_too_large', $large ],
                  [ '/template/large-chunks', '413 payload_too_large', @chunked ],
                  [ '/key/large', '413 payload_too_large', $large, 'Idempotency-Key: k' ],
                  [ '/key/large-chunks', '413 payload_too_large', @chunked,
                    'Idempotency-Key: k' ])
    {
        my ($uri, $want, @sent) = @$case;

        is(billed(sub { is(join(' ', map { what(json($uri, @sent)) } 1 .. 4),
                           "$want $want $want 429 rate_limited", "$uri is not free") })
           =~ s/, \d+ refused_upstream//r, ($uri =~ /value/ ? '3 opened' : '0 opened'),
           "... and opens no entry, $uri");
    }

    is(join(' ', map { json('/nginx/chunks', @chunked)->{status} } 1 .. 4), '413 413 413 429',
       'nor is one that nginx finds too large');
    is(what(json('/good', '{"a":1}')), '200', 'a good one is not free, either') for 1 .. 3;
    is(what(json('/good', '{"a":1}')), '429 rate_limited', '... and as many go');



=== TEST 2: what is refused holds no Idempotency-Key
--- config
    location / {
        gate_idempotency;
        gate_transform request { json add /v $http_x_v as=json; }
        gate_transform response { json add /more 1; }
        gate_pass http://sidecar;
    }
    location /template/ {
        gate_idempotency;
        gate_transform request { body '{"v":$http_x_v}' as=json; }
        gate_pass http://sidecar;
    }
--- client
    for my $at ('/a', '/template/a') {
        my @key = (fresh(), "Idempotency-Key: k$::id");

        is(billed(sub { is(what(json($at, '{"a":1}', @key, 'X-V: x')), '400 bad_body',
                           "$at: a value that is none") }),
           '1 opened, 1 refused_upstream', '... is not billed as served');
        is(done(), 0, '... and nothing is done');

        for my $v (1, 2) {
            my $r;

            is(billed(sub { $r = json($at, '{"a":1}', @key, "X-V: $v") }),
               $v == 1 ? '1 opened, 1 served' : '0 opened', "$at: a retry with a good one, $v");
            is(what($r), $v == 1 ? '200' : '200 replayed', '... runs once');
        }

        is(done(), 1, '... at the service, too');
    }

    my @key = (fresh(), 'Idempotency-Key: half');

    for my $text ('{"a":1', '{"a":1}x', '[', '"', '12e', ' ') {
        is(billed(sub { is(what(json('/b', $text, @key, 'X-V: 1')), '400 bad_body',
                           "what breaks off is refused: $text") }),
           '0 opened', '... before there is an entry for it');
        is(scalar @{ $::redis->ask('KEYS', 'gate:i:*') }, 2, '... or a lock');
    }

    for my $text ('{"a":1}', '12', '"x"') {
        @key = (fresh(), "Idempotency-Key: k$::id");
        is(billed(sub { is(what(json('/c', $text, @key, 'X-V: 1')), '200', "$text is whole") }),
           '1 opened, 1 served', '... and billed');
        is(done(), 1, '... and done');
    }



=== TEST 3: an edited answer and its repetition are the same bytes
--- config
    location / {
        gate_idempotency;
        gate_transform request { json add /in $gate_consumer; }
        gate_transform response {
            json   remove /secret;
            json   add /via $gate_consumer;
            set    field X-Edited "$gate_consumer $arg_x";
            remove field X-Kind;
            status 201 202;
        }
        gate_pass http://sidecar;
    }
    location /template/ {
        gate_idempotency;
        gate_transform response { body '{"to":"$gate_consumer","x":"$arg_x"}'; }
        gate_pass http://sidecar;
    }
    location /gzip/ {
        gate_idempotency;
        gzip on;
        gzip_min_length 1;
        gzip_types application/json;
        gate_transform response { json remove /secret; }
        gate_pass http://sidecar;
    }
    location /strict/ {
        gate_idempotency;
        gate_transform response {
            json remove /secret;
            json add /v $http_x_v as=json;
            bodies max=1k invalid=refuse other=refuse;
        }
        gate_pass http://sidecar;
    }
--- client
    my $text = '{ "secret" : 1, "x": "' . 'y' x 100 . '"}';
    my $length = 'Content-Length: ' . length $text;
    my $chunks = join('', map { sprintf("%x\r\n%s\r\n", length $_, $_) }
                              unpack('(a9)*', $text)) . "0\r\n\r\n";

    for my $at ('/', '/template/', '/gzip/') {
        for my $how ([ 200, $text, $length ],
                     [ 200, $chunks, 'Transfer-Encoding: chunked' ],
                     [ 201, $text, $length ], [ 409, $text, $length ])
        {
            my $uri = "$at?x=1&" . says(@$how);
            my @key = (fresh(), "Idempotency-Key: k$::id");
            my @r = map { kept($uri, '{}', @key, $at =~ /gzip/ ? 'Accept-Encoding: gzip' : ()) }
                        1 .. 3;

            is(what($r[1]), what($r[0]) . ' replayed', "$at, $how->[0] $how->[2]: again");
            unlike($r[0]->{body}, qr/secret/, '... without what is taken out');
            is($r[$_]->{body}, $r[0]->{body}, "... byte by byte, $_") for 1, 2;
            is(fields($r[$_]), fields($r[0]), "... with its fields, $_") for 1, 2;
            is(done(), 1, '... and done once');
        }
    }

    my $bad = '{"secret":yyy}';
    my $large = '{"secret":1,"x":"' . 'y' x 2000 . '"}';

    for my $case ([ 'too large', $large ], [ 'too large, in chunks', $large, 1 ],
                  [ 'no JSON', $bad ], [ 'no JSON, in chunks', $bad, 1 ],
                  [ 'of another type', 'yyy', 0, 'Content-Type: text/plain' ],
                  [ 'encoded', 'yyy', 0, 'Content-Encoding: gzip' ],
                  [ 'one whose value is none', $text, 0, 'X-V: x' ])
    {
        my ($name, $body, $chunked, $field) = @$case;
        my @how = $chunked
            ? (sprintf("%x\r\n%s\r\n0\r\n\r\n", length $body, $body),
               'Transfer-Encoding: chunked')
            : ($body, 'Content-Length: ' . length $body);
        my @key = (fresh(), "Idempotency-Key: k$::id", $name =~ /value/ ? $field : ());

        push @how, $field if $field && $name !~ /value/;

        my $uri = '/strict/?' . says(200, @how);
        my $r;

        is(billed(sub { is(what(json($uri, '{}', @key)), '502 bad_answer', "$name: refused") }),
           '1 opened, 1 refused_upstream', '... and not billed as served');

        is(billed(sub { $r = json($uri, '{}', @key) }), '0 opened', "$name: a repetition is free");
        like(what($r), qr/^(?:502 bad_answer|409 idempotency_not_kept)$/, '... is refused, too');
        unlike($r->{body}, qr/yyy/, '... has nothing of it');
        is(done(), 1, '... and is not done again');
    }
--- complaints: bad_answer|cannot be edited



=== TEST 4: a client that leaves in the middle of a body
--- config
    $TEST_NGINX_LISTEN_H2
    location / {
        gate_transform request { json add /v 1; }
        gate_pass http://sidecar;
    }
    location /template/ {
        gate_transform request { body '{}'; }
        gate_pass http://sidecar;
    }
    location /key/ {
        gate_idempotency;
        gate_transform request { json add /v 1; }
        gate_pass http://sidecar;
    }
--- client
    my $head = "Host: a\r\n$secret\r\nContent-Type: application/json\r\n";

    for my $at ('/', '/template/', '/key/') {
        my @key = ('Idempotency-Key: left', fresh());
        my $lines = join '', map { "$_\r\n" } @key;

        for my $sent ("Content-Length: 100\r\n\r\n", "Content-Length: 100\r\n\r\n{\"a\":",
                      "Transfer-Encoding: chunked\r\n\r\n",
                      "Transfer-Encoding: chunked\r\n\r\n5\r\n{\"a\":",
                      "Transfer-Encoding: chunked\r\n\r\n5\r\n{\"a\":\r\n7")
        {
            is(billed(sub {
                   my $c = client();

                   $c->write("POST $at HTTP/1.1\r\n$head$lines$sent");
                   sleep 0.05;
                   is(journal()->{open}, 0, "$at: no entry while the body comes");
                   $c->close();
                   sleep 0.05;
               }), '0 opened', '... and nothing is billed of who leaves');
        }

        is(done(), 0, "$at: nothing is done of it");

        is(billed(sub {
               my $c = h2_begins($at, '{"a":');

               sleep 0.05;
               is(journal()->{open}, 0, "$at: no entry by HTTP/2 either");
               $c->close();
               sleep 0.05;
           }), '0 opened', '... and nothing is billed');

        is(billed(sub { is(what(json($at, '{"a":1}', @key)), '200', "$at: it can come again") }),
           '1 opened, 1 served', '... and pays then');
        is(done(), 1, '... for what is done');
    }



=== TEST 5: bodies in files
--- config
    client_body_in_file_only on;
    client_body_temp_path $TEST_NGINX_STATE/bodies;
    location / {
        gate_transform request { json add /v 1; json remove /secret; }
        gate_pass http://sidecar;
    }
    location /template/ {
        gate_transform request { body '{"t":1}'; }
        gate_pass http://sidecar;
    }
    location /clean/ {
        client_body_in_file_only clean;
        gate_transform request { json add /v 1; json remove /secret; }
        gate_pass http://sidecar;
    }
    location /single/ {
        client_body_in_single_buffer on;
        client_body_buffer_size 1k;
        gate_transform request { json add /v 1; json remove /secret; }
        gate_pass http://sidecar;
    }
--- client
    for my $size (1, 10_000, 300_000) {
        my $text = '{"secret":1,"x":"' . 'y' x $size . '"}';
        my $chunks = join('', map { sprintf("%x\r\n%s\r\n", length $_, $_) }
                                  unpack('(a9000)*', $text)) . "0\r\n\r\n";

        for my $at ('/', '/template/', '/clean/', '/single/') {
            my $want = $at eq '/template/' ? '{"t":1}'
                                           : $text =~ s/"secret":1,//r =~ s/}$/,"v":1}/r;

            for my $r (json($at, $text), json($at, $chunks, 'Transfer-Encoding: chunked')) {
                is($r->{seen}{body}, $want, "$at: $size bytes are edited");
                is(join('|', $r->seen('content-length')), length $want, '... to the length');
            }
        }
    }
