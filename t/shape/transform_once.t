#!/usr/bin/env perl
#
# Copyright (C) 2026 Meshgate contributors
#
# gate_transform where nginx leads a request elsewhere, in subrequests, beside
# credentials that stay here, and with many lines: each request is changed once.

use strict;
use warnings;

use GateTest;
use GateToken;

$ENV{TEST_NGINX_PEM} = gate_keys()->{rsa}{public};

BEGIN {
    mkdir "$ENV{TEST_NGINX_STATE}/files";
    open my $fh, '>', "$ENV{TEST_NGINX_STATE}/files/page.html" or die $!;
    print $fh "a page\n";
    close $fh;
}

sub kept {
    my ($name) = @_;

    my $file = "$ENV{TEST_NGINX_STATE}/kept-$name";

    return unless wait_for(sub { -s $file });

    open my $fh, '<', $file or die $!;

    return join '', <$fh>;
}

sub sent {
    my ($r, $name) = @_;

    return $r->{status} unless $r->{seen};
    my @values = $r->seen($name);

    return @values ? join('|', @values) : '-';
}

add_block_preprocessor(sub {
    my ($block) = @_;

    return if $block->name !~ /a hundred/;

    my $lines = join '', map { "set field X-Own-$_ v$_; remove query q$_;\n" } 1 .. 50;
    $block->set_value('config', $block->config =~ s/LINES/$lines/r);
});

run_gate_tests();

__DATA__

=== TEST 1: a request that is led elsewhere goes there as it came
--- gate
    gate_consumer acme { key sha256(acme); }
--- config
    gate_service s;
    gate_auth key;
    gate_api a;
    gate_meter requests;
    gate_limit rate=1r/h burst=99 key=$remote_addr name=once;
    gate_transform request {
        append field X-Came $uri;
        append query came 1;
        remove field X-Gone;
        path   /outer$uri;
        method PUT;
    }
    proxy_intercept_errors on;

    location / { gate_pass http://sidecar; error_page 503 @named; error_page 500 /other; }
    location @named { gate_pass http://sidecar; }
    location /other { gate_pass http://sidecar; }
    location /none {
        error_page 503 @plain;
        gate_pass http://sidecar;
    }
    location @plain {
        gate_transform request { }
        gate_pass http://sidecar;
    }
    location /accel {
        gate_accel redirect;
        gate_pass http://sidecar;
    }
    location /try {
        root $TEST_NGINX_STATE/files;
        try_files /no-such $uri @named;
        gate_pass http://sidecar;
    }
--- client
    my $key = 'apikey: acme';

    my $r = get('/a?status=503&id=1', $key, 'X-Gone: x');
    is($r->{status}, 503, 'a service that fails, and another location');
    is($r->{seen}{line}, 'PUT /outer/a?status=503&id=1&came=1 HTTP/1.1',
       '... gets the request with one change');
    is(sent($r, 'x-came'), '/a', '... of one field');
    is($backend->executed('1'), 2, '... both were asked');

    $r = get('/a?status=500', $key);
    is($r->{seen}{line} // $r->{status}, 'PUT /outer/other?came=1 HTTP/1.1',
       'to a URI: nginx\'s own');
    is(sent($r, 'x-came'), '/other', '... and its field is there once');

    $r = get('/none?status=503', $key, 'X-Gone: x');
    is($r->{seen}{line}, 'GET /none?status=503 HTTP/1.1', 'where nothing is changed: as it came');
    is(sent($r, 'x-came') . ' ' . sent($r, 'x-gone'), '- x', '... with its fields');

    $r = get('/accel?head=X-Accel-Redirect:%2Fother', $key);
    is(sent($r, 'x-came'), '/other', 'X-Accel-Redirect: once');

    $r = get('/try/x', $key);
    is(sent($r, 'x-came'), '/try/x', 'try_files: once');


=== TEST 2: subrequests are changed where they lead, and their request is not
--- gate
    gate_consumer acme { key sha256(acme); }
--- config
    gate_service s;
    gate_auth key;
    location / {
        mirror /mirror;
        auth_request /ask;
        gate_transform request {
            set    field X-Main main;
            append query main 1;
        }
        gate_pass http://sidecar;
    }
    location /mirror {
        internal;
        gate_transform request {
            set    field X-Mirror mirror;
            append query mirror 1;
            path   /mirrored/keep=mirror;
        }
        gate_pass http://sidecar;
    }
    location /ask {
        internal;
        gate_transform request {
            set  field X-Ask ask;
            path /asked/keep=ask;
        }
        gate_pass http://sidecar;
    }
--- client
    my $r = get('/a?x=1', 'apikey: acme');
    is($r->{seen}{line}, 'GET /a?x=1&main=1 HTTP/1.1', 'the request');
    is(join(' ', map { sent($r, $_) } qw(x-main x-mirror x-ask)), 'main - -', '... has its own');

    my $mirror = kept('mirror');
    like($mirror, qr{^GET /mirrored/keep=mirror\?x=1&main=1&mirror=1 }m, 'a mirror: what was sent');
    like($mirror, qr/^X-Mirror: mirror\r?$/m, '... and its own');

    my $ask = kept('ask');
    like($ask, qr{^GET /asked/keep=ask }m, 'auth_request: what came');
    like($ask, qr/^X-Ask: ask\r?$/m, '... and what is said there');
    unlike($ask, qr/X-Main/, '... and nothing of what comes later');


=== TEST 3: a subrequest does not go on with a body that it would have to edit
--- gate
    gate_consumer acme { key sha256(acme); }
--- user_files
>>> page.html
<!--# include virtual="/part/ssn" -->
--- config
    gate_service s;
    gate_auth key;
    location / { mirror /mirror; gate_pass http://sidecar; }
    location /mirror {
        internal;
        gate_transform request { json remove /card; path /mirrored/keep=edited; }
        gate_pass http://sidecar;
    }
    location = /page.html { gate_auth off; ssi on; }
    location /part {
        internal;
        gate_auth off;
        gate_transform response { json remove /ssn; }
        gate_pass http://sidecar;
    }
    location /asked { auth_request /ask; gate_pass http://sidecar; }
    location /ask { internal; gate_transform request { json remove /card; }
                    gate_transform response { json remove /ssn; }
                    gate_pass http://sidecar/; }
--- client
    my $key = 'apikey: acme';

    is(ask('POST', '/a', '{"card":4711}', $key, 'Content-Type: application/json')->{status}, 200,
       'the request itself');
    ok(wait_for(sub { log_text('error.log') =~ /the body of subrequest .* cannot be/ }),
       'a mirror fails, and it is told why');
    ok(!-e "$ENV{TEST_NGINX_STATE}/kept-edited", '... and nothing of it is sent');

    unlike(get('/page.html')->{body} // '', qr/GET \/part/, 'an answer to be edited is no part');
    ok(wait_for(sub { log_text('error.log') =~ /the answer to subrequest "\/part\/ssn" cannot/ }),
       '... and it is told why');
    is(get('/asked', $key)->{status}, 200, 'one without a body, whose answer nobody reads');


=== TEST 4: a credential that stays here is nobody's to send
--- gate
    gate_consumer acme { key sha256(acme); }
    gate_issuer corp {
        issuer https://issuer.example;
        key_file $TEST_NGINX_PEM;
        algorithms RS256;
        consumer claim=sub map=name;
    }
--- config
    gate_service s;
    gate_transform request {
        rename field Authorization X-Auth;
        rename field apikey X-Key;
        set    field X-Copy  $http_authorization;
        set    field X-Copy2 $http_apikey;
        set    query copy    $arg_apikey;
    }
    location /hidden/ { gate_auth key jwt=corp hide; gate_pass http://sidecar; }
    location /sent/   { gate_auth key jwt=corp; gate_pass http://sidecar; }
    location /page/ {
        gate_auth key jwt=corp hide;
        gate_pass http://sidecar;
        proxy_intercept_errors on;
        error_page 503 @again;
    }
    location @again {
        gate_auth jwt=corp hide;
        gate_transform request { set field X-Seen "[$http_authorization]"; }
        gate_pass http://sidecar;
    }
--- client
    my $token = mint(claims => { sub => 'acme' });

    for my $field ('apikey: acme', "Authorization: Bearer $token") {
        my $r = get('/hidden/?apikey=acme', $field);
        $r = get('/hidden/', $field);
        is($r->{status}, 200, "hidden, $field") or next;
        is(join(' ', map { sent($r, $_) } qw(authorization apikey x-auth x-key x-copy x-copy2)),
           '- - - - - -', '... no field has it');
        unlike($r->{seen}{line}, qr/acme/, '... nor the query');
    }

    my $r = get('/sent/', "Authorization: Bearer $token");
    is(sent($r, 'x-auth'), "Bearer $token", 'one that goes on may be renamed');
    is(sent($r, 'authorization'), '-', '... and has left its old name');

    $r = get('/page/?status=503', "Authorization: Bearer $token");
    is($r->{status}, 503, 'another location asks for it again');
    is(sent($r, 'x-seen') . sent($r, 'authorization'), '[]-', '... and does not send it either');


=== TEST 5: a hundred lines
--- gate
--- config
    $TEST_NGINX_LISTEN_H2
    gate_service s;
    location / {
        gate_transform request {
            LINES
        }
        gate_pass http://sidecar;
    }
--- client
    my $query = join '&', map { "q$_=$_" } reverse 1 .. 60;

    for my $get (\&get, \&h2_get) {
        my $r = $get->("/?$query", map { "X-Own-$_: forged" } 10 .. 30);

        is(join(' ', map { sent($r, "x-own-$_") } 1 .. 50), join(' ', map { "v$_" } 1 .. 50),
           'each does what it says');
        is($r->{seen}{line} =~ s/ HTTP.*//r, 'GET /?' . join('&', map { "q$_=$_" }
                                                               reverse 51 .. 60), '... each');
    }


=== TEST 6: a body goes on as it came
--- gate
--- config
    gate_service s;
    location / {
        gate_transform request { set field X-A a; method PATCH; path /p; }
        gate_pass http://sidecar;
    }
--- client
    my $body = 'x' x 100_000;
    my $r = ask('POST', '/', $body);
    is($r->{seen}{line}, 'PATCH /p HTTP/1.1', 'a long one');
    is($r->{seen}{body}, $body, '... is whole');

    $r = raw("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n"
             . "\r\n4\r\nabcd\r\n0\r\n\r\n");
    is($r->{seen}{body}, 'abcd', 'a chunked one, too');
