#!/usr/bin/env perl
#
# Copyright (C) 2026 Meshgate contributors
#
# Bodies of answers, edited: the header waits for the body, which is JSON and
# whole, or left alone, or refused; what breaks off never looks like a whole one.

use strict;
use warnings;

use IO::Compress::Gzip qw(gzip);
use IO::Socket::INET;
use Time::HiRes qw(sleep);

use GateTest;

our %says;
our $pid;

add_block_preprocessor(sub {
    my ($block) = @_;

    $block->set_value('gate', "gate_consumer acme { key sha256(secret); }\n"
                              . ($block->gate // ''));
});


# A service that says the bytes given for each target, then closes; a reference
# is to seconds to wait.  It logs the fields that it was asked with.

sub service {
    my $listen = IO::Socket::INET->new(LocalAddr => '127.0.0.1', LocalPort => port(2),
                                       ReuseAddr => 1, Listen => 64) or die $!;

    return $listen if $pid = fork();

    my @each;

    local $SIG{PIPE} = 'IGNORE';
    local $SIG{CHLD} = 'IGNORE';

    # nobody is left behind

    local $SIG{TERM} = sub {
        kill('KILL', @each);
        1 while wait() > 0;
        POSIX::_exit(0);
    };

    while (my $c = $listen->accept()) {
        my $text = '';

        1 while $text !~ /\r\n\r\n/ && sysread($c, $text, 65536, length $text);

        open my $log, '>>', "$ENV{TEST_NGINX_STATE}/asked";
        syswrite($log, $text);
        close $log;

        my ($target) = $text =~ m{^\S+ (\S+?)(?:\?\S*)? };

        my $one = fork();

        if ($one == 0) {
            local $SIG{TERM} = 'DEFAULT';

            for (@{ $says{$target} // [ "HTTP/1.1 404 No\r\nContent-Length: 0\r\n\r\n" ] }) {
                ref $_ ? sleep $$_ : syswrite($c, $_);
            }
            close $c;
            POSIX::_exit(0);
        }

        push @each, $one;
        close $c;
    }

    POSIX::_exit(0);
}


END {
    local $?;

    kill('TERM', $pid) if $pid;
    waitpid($pid, 0) if $pid;
}


sub answer {
    my ($body, @fields) = @_;

    unshift @fields, 'Content-Type: application/json' unless grep { /^content-type/i } @fields;

    return join("\r\n", 'HTTP/1.1 200 OK', @fields, 'Content-Length: ' . length $body, '', $body);
}


sub fields {
    my ($r, @names) = @_;

    return join '|', map { join ',', $r->all($_) } @names;
}


sub asked {
    my ($target) = @_;

    open my $fh, '<', "$ENV{TEST_NGINX_STATE}/asked" or return '';
    local $/;

    return join '', grep { /^\S+ \Q$target\E / } split /(?=^[A-Z]+ \/)/m, <$fh>;
}


sub outcomes {
    my $text = get('/metrics')->{body};

    return join ' ', map { "$_:" . ($text =~ /outcomes_total\{[^}]*outcome="$_"\} (\d+)/ ? $1 : 0) }
                     qw(served refused_upstream aborted);
}

our $text = qq({ "n": 1.10,\n "secret" : "x", "list":[1e400, {"deep": true}]});
our $want = qq({ "n": 1.10, "list":[1e400, {"deep": true}],"via":"acme"});
our $mib = '{"secret":1,"x":"' . 'y' x 1040000 . '"}';
our $gz;
gzip(\$text, \$gz);

my $chunks = sub {
    my ($body, $size) = @_;

    return "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n"
           . join('', map { sprintf("%x\r\n%s\r\n", length $_, $_) } unpack("(a$size)*", $body));
};

for my $in ('/a', '/lax', '/unbuffered', '/cached', '/body', '/small') {
    %says = (%says,
        "$in/plain" => [ answer($text, 'ETag: "x"', 'Accept-Ranges: bytes', 'Digest: sha-256=x',
                                'Content-MD5: y', 'Repr-Digest: z', 'Content-Digest: z',
                                'Last-Modified: Thu, 01 Jan 2026 00:00:00 GMT',
                                'Cache-Control: max-age=100', 'X-Kept: 1') ],
        "$in/plus" => [ answer($text, 'Content-Type: application/hal+json; charset=utf-8') ],
        "$in/slow" => [ map { ($_, \0.002) } split //, answer($text) ],
        "$in/chunks" => [ $chunks->($text, 7) . "0\r\n\r\n" ],
        "$in/flushes" => [ map { ($_, \0.02) } $chunks->($text, 20) =~ /(.*?\n\r?)/gs,
                                                "0\r\n\r\n" ],
        "$in/close" => [ "HTTP/1.0 200 OK\r\nContent-Type: application/json\r\n\r\n$text" ],
        "$in/text" => [ answer($text, 'Content-Type: text/plain', 'ETag: "x"') ],
        "$in/sse" => [ "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\n",
                       "data: {\"secret\":1}\n\n", \0.3, "data: 2\n\n" ],
        "$in/gzip" => [ answer($gz, 'Content-Encoding: gzip') ],
        "$in/sse-like" => [ answer($text, 'Content-Type: text/event-streamX') ],
        "$in/early" => [ answer($text) =~ s/200 OK/102 Wait/r ],
        "$in/types" => [ answer($text, 'Content-Type: text/plain',
                                'content-type: application/json') ],
        "$in/types-too" => [ answer($text, 'Content-Type: application/json',
                                    'Content-Type: text/plain') ],
        "$in/gzip-too" => [ answer($gz, 'Content-Encoding: gzip', 'Content-Encoding: ') ],
        "$in/big-bad" => [ $chunks->('{"secret":1,x' . 'y' x 2000000, 20000) . "0\r\n\r\n" ],
        "$in/big-bad-slow" => [ map { ($_, \0.005) } unpack('(a100000)*',
                                $chunks->('{"secret":1,x' . 'y' x 2000000, 20000)), "0\r\n\r\n" ],
        "$in/big-bad-stall" => [ $chunks->('{"secret":1,x' . 'y' x 2000000, 20000), \3 ],
        "$in/part" => [ answer($text, 'Content-Range: bytes 0-10/50') =~ s/200 OK/206 Part/r ],
        "$in/none" => [ "HTTP/1.1 204 No\r\nContent-Type: application/json\r\n\r\n" ],
        "$in/same" => [ "HTTP/1.1 304 Not\r\nETag: \"x\"\r\n\r\n" ],
        "$in/empty" => [ answer('') ],
        "$in/bad" => [ answer('{"secret":1,}') ],
        "$in/tail" => [ answer('{"secret":1}x') ],
        "$in/half" => [ answer('{"secret":') ],
        "$in/error" => [ answer($text) =~ s/200 OK/500 No/r ],
        "$in/mib" => [ answer($mib) ],
        "$in/mib-chunks" => [ $chunks->($mib, 10000) . "0\r\n\r\n" ],
        "$in/huge" => [ answer($mib . ' ' x 20000) ],
        "$in/huge-chunks" => [ $chunks->($mib . ' ' x 20000, 10000) . "0\r\n\r\n" ],
        "$in/cut" => [ answer($text) =~ s/.{10}$//sr ],
        "$in/cut-chunks" => [ $chunks->($text, 20) ],
        "$in/stall" => [ substr(answer($text), 0, -3), \3 ],
    );
}

$says{"/page/$_"} = [ answer($_, 'Content-Type: text/plain') ] for qw(page named);

service();

run_gate_tests();

__DATA__

=== TEST 1: an answer is edited, and its fields fit it
--- http_config
    proxy_cache_path $TEST_NGINX_STATE/cache keys_zone=c:1m;
--- config
    $TEST_NGINX_LISTEN_H2
    gate_service s;
    gate_auth key;
    gate_transform response {
        json remove /secret;
        json add /via $gate_consumer;
    }
    location / { gate_pass http://127.0.0.1:$TEST_NGINX_PORT_2; }
    location /unbuffered/ { proxy_buffering off; gate_pass http://127.0.0.1:$TEST_NGINX_PORT_2; }
    location /cached/ {
        proxy_cache c;
        proxy_cache_key $uri;
        proxy_cache_valid 100s;
        gate_pass http://127.0.0.1:$TEST_NGINX_PORT_2;
    }
--- client
    our ($text, $want, $mib);
    my @key = ('apikey: secret');

    for my $in ('/a', '/unbuffered', '/cached', '/cached') {
        for my $as (qw(plain plus slow chunks flushes close error)) {
            my $r = get("$in/$as", @key);
            is($r->{body}, $want, "$in/$as is edited");
            is(fields($r, 'content-length', 'transfer-encoding'), length($want) . '|',
               '... and has its length');
        }

        my $r = get("$in/plain", @key);
        is(fields($r, qw(etag accept-ranges digest content-md5 repr-digest content-digest x-kept)),
           'W/"x"||||||1', "$in: what says of bytes what is not true is gone");

        for my $as (qw(text part none same empty)) {
            $r = get("$in/$as", @key);
            is($r->{body}, { text => $text, part => $text }->{$as} // '', "$in/$as is left alone");
        }

        $r = get("$in/gzip", @key);
        is("$r->{status} " . ($r->field('content-type') // ''), '502 application/problem+json',
           "$in: what is encoded although it was not asked for is refused");

        is(fields(get("$in/text", @key), 'etag'), '"x"', '... with its fields');
        is(fields(get("$in/same", @key), 'etag'), 'W/"x"',
           '... but the ETag of a 304 is that of an edited one');

        $r = ask('HEAD', "$in/plain", undef, @key);
        is(fields($r, qw(etag content-length)), 'W/"x"|',
           "$in: HEAD has no length that GET would not have");

        for my $as (qw(mib mib-chunks)) {
            $r = get("$in/$as", @key);
            is($r->{body}, $mib =~ s/"secret":1,//r =~ s/}$/,"via":"acme"}/r, "$in/$as");
        }

        $r = get("$in/plain", @key, 'Range: bytes=0-10', 'If-Range: "x"',
                 'Request-Range: bytes=0-10', 'Accept-Encoding: gzip');
        is($r->{status} . $r->{body}, "200$want", "$in: no part of what is edited");
        unlike(asked("$in/plain"), qr/^(?:(?:request-)?range|if-range|accept-encoding):/mi,
               '... is asked for, nor anything encoded');
    }

    my $h2 = h2_get('/a/plain', @key);
    is($h2->{body}, $want, 'by HTTP/2');
    is(fields($h2, 'content-length'), length $want, '... with its length');

    my $c = client();
    $c->write(join '', map { "GET /a/$_ HTTP/1.1\r\nHost: a\r\napikey: secret\r\n\r\n" }
                           qw(plain chunks text));
    is(join('|', map { $c->read()->{body} } 1 .. 3), "$want|$want|$text", 'one behind the other');

    my $r = get('/a/sse', @key);
    like($r->{body}, qr/^data: \{"secret":1\}\n\ndata: 2/, 'events are left alone');

=== TEST 2: what cannot be edited is refused, or passes
--- config
    location = /metrics { gate_auth off; gate_meter off; gate_status format=prometheus; }
    gate_service s;
    gate_auth key;
    gate_api orders;
    gate_meter requests;
    location /a/ {
        gate_transform response { json remove /secret; bodies invalid=refuse other=refuse; }
        gate_pass http://127.0.0.1:$TEST_NGINX_PORT_2;
    }
    location /small/ {
        gate_transform response { json remove /secret; bodies max=10; }
        gate_pass http://127.0.0.1:$TEST_NGINX_PORT_2;
    }
    location /lax/ {
        gate_transform response { json remove /secret; bodies over=pass encoded=pass; }
        gate_pass http://127.0.0.1:$TEST_NGINX_PORT_2;
    }
    location /fits/ {
        gate_transform response { json remove /secret; bodies max=61; }
        rewrite ^/fits/(.*) /a/$1 break;
        gate_pass http://127.0.0.1:$TEST_NGINX_PORT_2;
    }
    location /over/ {
        gate_transform response { json remove /secret; bodies max=60; }
        rewrite ^/over/(.*) /a/$1 break;
        gate_pass http://127.0.0.1:$TEST_NGINX_PORT_2;
    }
    location /error/ {
        error_page 502 = /sorry;
        gate_transform response { json remove /secret; bodies max=10; }
        rewrite ^/error/(.*) /small/$1 break;
        gate_pass http://127.0.0.1:$TEST_NGINX_PORT_2;
    }
    location /value/ {
        gate_transform response { json add /v $arg_v as=json; }
        rewrite ^/value/(.*) /a/$1 break;
        gate_pass http://127.0.0.1:$TEST_NGINX_PORT_2;
    }
    location = /sorry { gate_auth off; gate_meter off; root $TEST_NGINX_SERVER_ROOT/html; }
--- user_files
>>> sorry
sorry
--- client
    our ($text, $mib, $gz);
    my @key = ('apikey: secret');
    my ($served, $refused) = (0, 0);

    for my $as (qw(bad tail half huge huge-chunks gzip gzip-too text part sse sse-like
                   types types-too early)) {
        my $r = get("/a/$as", @key, 'X-Test: 1');
        is($r->{status} . ' ' . $r->json->{reason}, '502 bad_answer', "/a/$as is refused");
        is(fields($r, qw(content-encoding etag content-type)), '||application/problem+json',
           '... and has nothing of the service');
        $refused++;
    }

    for my $as (qw(none same empty)) {
        like(get("/a/$as", @key)->{status}, qr/^[23]/, "/a/$as is none that is refused");
        $served++;
    }

    for my $as (qw(plain chunks slow)) {
        is(get("/small/$as", @key)->json->{reason}, 'bad_answer', "/small/$as is too large");
        $refused++;
    }

    for my $as (qw(plain chunks)) {
        is(get("/fits/$as", @key)->{status}, 200, "/fits/$as has as many bytes as there may be");
        $served++;
        is(get("/over/$as", @key)->{status}, 502, "/over/$as has one more");
        $refused++;
    }

    my %as = (bad => '{"secret":1,}', tail => '{"secret":1}x', half => '{"secret":', gzip => $gz,
              huge => $mib . ' ' x 20000, 'huge-chunks' => $mib . ' ' x 20000);

    for my $as (sort keys %as) {
        is(get("/lax/$as", @key)->{body}, $as{$as}, "/lax/$as passes as it came");
        $served++;
    }

    is(get('/error/plain', @key)->{body}, "sorry\n", 'error_page takes it');
    is(get('/value/plain?v=[1,2.50]', @key)->{body}, $text =~ s/}$/,"v":[1,2.50]}/r,
       'JSON of a value');
    is(get('/value/plain?v=1}', @key)->json->{reason}, 'bad_answer', '... or what is none');
    $refused += 2;
    $served++;

    wait_for(sub { outcomes() eq "served:$served refused_upstream:$refused aborted:0" });
    is(outcomes(), "served:$served refused_upstream:$refused aborted:0",
       'only those are billed as served that were');
--- complaints: bad_answer|cannot be edited

=== TEST 3: what breaks off in the middle is no whole answer
--- config
    location = /metrics { gate_auth off; gate_meter off; gate_status format=prometheus; }
    proxy_read_timeout 500ms;
    gate_service s;
    gate_auth key;
    gate_api orders;
    gate_meter requests;
    gate_transform response { json remove /secret; }
    location / { gate_pass http://127.0.0.1:$TEST_NGINX_PORT_2; }
    location /unbuffered/ { proxy_buffering off; gate_pass http://127.0.0.1:$TEST_NGINX_PORT_2; }
--- client
    my $before = outcomes();
    my $n = 0;

    for my $in ('/a', '/unbuffered') {
        for my $as (qw(cut cut-chunks stall)) {
            my $r = get("$in/$as", 'apikey: secret');
            is($r->{status}, 502, "$in/$as");
            is($r->json->{reason}, 'bad_answer', '... is refused');
            $n++;
        }
    }

    my ($s, $r, $a) = $before =~ /(\d+)/g;
    my $after = sprintf 'served:%d refused_upstream:%d aborted:%d', $s, $r + $n, $a;
    wait_for(sub { outcomes() eq $after });
    is(outcomes(), $after, 'none is billed as served');

    my $c = client();
    $c->write("GET /a/stall HTTP/1.1\r\nHost: a\r\napikey: secret\r\n\r\n");
    sleep 0.1;
    $c->close();
    $after = sprintf 'served:%d refused_upstream:%d aborted:%d', $s, $r + $n, $a + 1;
    wait_for(sub { outcomes() eq $after });
    is(outcomes(), $after, 'nor is one whose client has left');

=== TEST 4: a template in the place of an answer
--- config
    gate_service s;
    gate_auth key;
    gate_transform response {
        body '{"was":"$upstream_status","type":"$upstream_http_content_type"}'
             type=application/x+json;
        set field X-Edited yes;
    }
    location / { gate_pass http://127.0.0.1:$TEST_NGINX_PORT_2; }
--- client
    my @key = ('apikey: secret');

    for my $as (qw(plain text chunks gzip bad huge empty error)) {
        my $r = get("/body/$as", @key);
        my ($status, $type) = ($as eq 'error' ? 500 : 200,
                               $as eq 'text' ? 'text/plain' : 'application/json');
        is($r->{body}, qq({"was":"$status","type":"$type"}), "instead of $as");
        is(fields($r, qw(content-type content-encoding content-length x-edited)),
           'application/x+json||' . length($r->{body}) . '|yes', '... with what belongs to it');
    }

    is(get("/body/$_", @key)->{body}, '', "$_ has none") for qw(none same);
    like(get('/body/sse', @key)->{body}, qr/^data/, 'events are never replaced');

=== TEST 5: a large answer is refused in the middle of its body
--- config
    $TEST_NGINX_LISTEN_H2
    location = /metrics { gate_auth off; gate_meter off; gate_status format=prometheus; }
    location = /sorry.html { gate_auth off; gate_meter off; root $TEST_NGINX_SERVER_ROOT/html; }
    location /plain { internal; gate_auth off; gate_meter off;
                      proxy_pass http://127.0.0.1:$TEST_NGINX_PORT_2/page/page; }
    location @plain { gate_auth off; gate_meter off; rewrite ^ /page/named break;
                      proxy_pass http://127.0.0.1:$TEST_NGINX_PORT_2; }
    proxy_read_timeout 1s;
    gate_service s;
    gate_auth key;
    gate_api orders;
    gate_meter requests;
    location /a/ {
        gate_transform response { json remove /secret; bodies invalid=refuse; }
        gate_pass http://127.0.0.1:$TEST_NGINX_PORT_2;
    }
    location /unbuffered/ {
        gate_transform response { json remove /secret; bodies invalid=refuse; }
        proxy_buffering off;
        gate_pass http://127.0.0.1:$TEST_NGINX_PORT_2;
    }
    location /small/ {
        gate_transform response { json remove /secret; bodies invalid=refuse; }
        error_page 502 /sorry.html;
        gate_pass http://127.0.0.1:$TEST_NGINX_PORT_2;
    }
    location /lax/ {
        gate_transform response { json remove /secret; bodies invalid=refuse; }
        error_page 502 = /plain;
        gate_pass http://127.0.0.1:$TEST_NGINX_PORT_2;
    }
    location /body/ {
        gate_transform response { json remove /secret; bodies invalid=refuse; }
        error_page 502 = @plain;
        gate_pass http://127.0.0.1:$TEST_NGINX_PORT_2;
    }
--- user_files
>>> sorry.html
sorry
--- client
    my @key = ('apikey: secret');
    my $before = outcomes();
    my $n = 0;

    my %is = ('/a' => 'bad_answer', '/unbuffered' => 'bad_answer', '/small' => "sorry\n",
              '/lax' => 'page', '/body' => 'named');

    for my $in (sort keys %is) {
        for my $as (qw(big-bad big-bad-slow big-bad-stall huge-chunks huge bad half cut
                       cut-chunks)) {
            for my $ask (\&get, \&h2_get) {
                my $r = $ask->("$in/$as", @key);
                is($r->{status} . ' ' . ($is{$in} eq 'bad_answer' ? $r->json->{reason}
                                                                  : $r->{body}),
                   ($in =~ /lax|body/ ? 200 : 502) . " $is{$in}", "$in/$as");
                $n++;
            }
        }
    }

    my ($s, $r, $a) = $before =~ /(\d+)/g;
    my $after = sprintf 'served:%d refused_upstream:%d aborted:%d', $s, $r + $n, $a;
    wait_for(sub { outcomes() eq $after });
    is(outcomes(), $after, 'none of them is billed as served');

    my $c = client();
    $c->write(join '', map { "GET /a/$_ HTTP/1.1\r\nHost: a\r\napikey: secret\r\n\r\n" }
                           qw(big-bad plain));
    is(join('|', map { $c->read()->{status} } 1 .. 2), '502|200', 'the connection goes on');

    for (1 .. 5) {
        $c = client();
        $c->write("GET /lax/big-bad-slow HTTP/1.1\r\nHost: a\r\napikey: secret\r\n\r\n");
        sleep 0.004 * $_;
        $c->close();
    }

    is(get('/a/plain', @key)->{status}, 200, 'who leaves does no harm');
--- complaints: bad_answer|cannot be edited
