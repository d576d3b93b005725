#!/usr/bin/env perl
#
# Copyright (C) 2026 Meshgate contributors
#
# gate_allow: methods, groups, scopes and claims; and paths that servers read
# differently, which are nobody's.

use strict;
use warnings;

use GateTest;
use GateToken;

BEGIN {
    my $dir = "$ENV{TEST_NGINX_STATE}/files";

    mkdir $dir;
    open my $fh, '>', "$dir/page.html" or die "$dir: $!";
    print $fh "a page\n";
    close $fh;
}

$ENV{TEST_NGINX_PEM} = gate_keys()->{rsa}{public};


sub said {
    my ($r) = @_;

    return '200 ' . (split / /, $r->{seen}{line})[0] if $r->{seen};

    return "$r->{status} " . ($r->json()->{reason} // 'no problem');
}


sub as {
    my ($key, $method, $target, @fields) = @_;

    return ask($method, $target, $method =~ /^(?:POST|PUT|PATCH)$/ ? 'x' : undef,
               "apikey: $key", @fields);
}


run_gate_tests();

__DATA__

=== TEST 1: methods, groups, scopes
--- gate
    gate_consumer reader  { key sha256(reader); scope orders:read; }
    gate_consumer writer {
        key sha256(writer);
        group partners writers;
        scope orders:read orders:write;
    }
    gate_consumer partner { key sha256(partner); group partners; }
    gate_consumer near {
        key sha256(near);
        group partner partnersx PARTNERS;
        scope orders:reader orders:rea;
    }
    gate_consumer guest   { group guests; }
    gate_issuer corp {
        issuer https://issuer.example;
        key_file $TEST_NGINX_PEM;
        algorithms RS256;
        consumer claim=sub map=name;
    }

    log_format x '$request_method $uri|$gate_decision|$gate_reason|$gate_consumer';
    access_log $TEST_NGINX_STATE/x.log x;

    server {
        listen 127.0.0.1:$TEST_NGINX_PORT_1;
        gate_auth key;
        gate_service s;
        gate_allow group=partners;
        location / { gate_pass http://sidecar; }
        location /own/ {
            gate_allow methods=GET;
            gate_pass http://sidecar;
            location /own/inner/ { gate_pass http://sidecar; }
        }
    }
--- config
    $TEST_NGINX_LISTEN_H2
    gate_service s;
    gate_api orders;

    location /none/    { gate_auth key; gate_pass http://sidecar; }
    location /get/     { gate_auth key; gate_allow methods=GET,HEAD; gate_pass http://sidecar; }
    location /odd/ {
        gate_auth key;
        gate_allow methods=PURGE,M-SEARCH;
        gate_pass http://sidecar;
    }
    location /group/   { gate_auth key; gate_allow group=partners; gate_pass http://sidecar; }
    location /groups/  { gate_auth key; gate_allow group=writers,others; gate_pass http://sidecar; }
    location /scope/   { gate_auth key; gate_allow scope=orders:read; gate_pass http://sidecar; }
    location /scopes/ {
        gate_auth key;
        gate_allow scope=orders:read,orders:write;
        gate_pass http://sidecar;
    }
    location /both/ {
        gate_auth key;
        gate_allow group=partners scope=orders:write;
        gate_pass http://sidecar;
    }
    location /claim/ {
        gate_auth key jwt=corp;
        gate_allow claim:tier=gold;
        gate_pass http://sidecar;
    }
    location /token/ {
        gate_auth key jwt=corp;
        gate_allow scope=orders:read;
        gate_pass http://sidecar;
    }
    location /screen/ {
        gate_auth  key;
        gate_allow methods=GET,HEAD scope=orders:read;
        gate_allow methods=POST,PUT group=partners;
        gate_pass  http://sidecar;
    }
    location /guest/ {
        gate_auth  key anonymous=guest;
        gate_allow methods=GET group=guests,partners;
        gate_allow group=partners;
        gate_pass  http://sidecar;
    }
    location /open/    { gate_allow methods=GET; gate_pass http://sidecar; }
    location /plain/   { gate_auth key; gate_allow group=partners; proxy_pass http://sidecar; }
    location /file/    { gate_auth key; gate_allow group=partners; alias $TEST_NGINX_STATE/files/; }
    location /pre/ {
        gate_auth key preflight;
        gate_allow methods=GET group=partners;
        gate_pass http://sidecar;
    }
    location /page/ {
        gate_auth key;
        gate_allow group=partners;
        error_page 403 /file-page.html;
        gate_pass http://sidecar;
    }
    location = /file-page.html { alias $TEST_NGINX_STATE/files/page.html; }
    location /back/ {
        gate_auth key;
        gate_allow group=partners;
        error_page 403 /open/back/id=back;
        gate_pass http://sidecar;
    }
    location /loop/ {
        gate_auth key;
        gate_allow group=partners;
        error_page 403 /loop/again;
        gate_pass http://sidecar;
    }
    location /rewritten/ { rewrite ^/rewritten/(.*) /group/$1 last; }
    location /tried/   { root html; try_files $uri /group/tried; }
    location /status   { gate_status; }
--- client
    my @all = qw(reader writer partner near);

    is(join(' ', map { said(as($_, 'DELETE', '/none/')) } @all),
       '200 DELETE 200 DELETE 200 DELETE 200 DELETE', 'without a line any caller may do anything');

    # methods

    is(said(as('reader', 'GET', '/get/')), '200 GET', 'a method that is listed passes');
    is(as('reader', 'HEAD', '/get/')->{status}, 200, '... and HEAD, if it is');
    for my $method (qw(POST PUT DELETE PATCH OPTIONS PROPFIND FOO GETS G)) {
        is(said(as('reader', $method, '/get/')), '403 method_not_allowed',
           "$method is not among them");
        is(said(h2_get('/get/', $method, 'apikey: reader')), '403 method_not_allowed',
           '... nor by HTTP/2')
            if $method ne 'PATCH' && $method ne 'PUT';
    }
    is(said(as('reader', 'GET', '/odd/')), '403 method_not_allowed', 'GET may be not listed');
    is(said(as('reader', $_, '/odd/')), "200 $_", "$_ may be") for qw(PURGE M-SEARCH);
    is(as('reader', $_, '/get/')->{status}, 400, "nginx itself does not take $_") for qw(get Get);
    for my $field (qw(X-HTTP-Method-Override X-HTTP-Method X-Method-Override)) {
        is(said(as('reader', 'POST', '/get/', "$field: GET")), '403 method_not_allowed',
           "$field changes nothing");
        is(said(as('reader', 'GET', '/get/', "$field: DELETE")), '200 GET', '... either way');
    }
    is(said(ask('GET', '/get/', undef)), '401 no_credential', 'a caller is asked for before');
    is(said(ask('POST', '/get/', 'x')), '401 no_credential', '... whatever the method');
    is(as('reader', 'POST', '/get/')->field('www-authenticate') // '', '',
       'a 403 does not ask again');
    is(said(ask('GET', '/open/', undef)), '200 GET',
       'methods may be said of a location that is open');
    is(said(ask('POST', '/open/', 'x')), '403 method_not_allowed', '... to all');

    # groups and scopes

    is(join(', ', map { said(as($_, 'GET', '/group/')) } @all),
       '403 not_in_group, 200 GET, 200 GET, 403 not_in_group',
       'group= is one of the caller\'s, letter by letter');
    is(join(', ', map { said(as($_, 'GET', '/groups/')) } @all),
       '403 not_in_group, 200 GET, 403 not_in_group, 403 not_in_group', '... any of those listed');
    is(join(', ', map { said(as($_, 'GET', '/scope/')) } @all),
       '200 GET, 200 GET, 403 missing_scope, 403 missing_scope',
       'scope= is the consumer\'s for a key');
    is(join(', ', map { said(as($_, 'GET', '/scopes/')) } @all),
       '403 missing_scope, 200 GET, 403 missing_scope, 403 missing_scope',
       '... all of those listed');
    is(join(', ', map { said(as($_, 'GET', '/both/')) } @all),
       '403 not_in_group, 200 GET, 403 missing_scope, 403 not_in_group',
       'within a line all must hold');
    is(as('partner', 'GET', '/scope/')->field('www-authenticate') // '', '',
       'a key lacks a scope without a challenge for tokens');

    is(said(as('writer', 'GET', '/screen/')), '200 GET', 'one line of two suffices, the first');
    is(said(as('writer', 'POST', '/screen/')), '200 POST', '... or the second');
    is(said(as('reader', 'GET', '/screen/')), '200 GET', 'a reader may read');
    is(said(as('reader', 'POST', '/screen/')), '403 not_in_group', '... not write');
    is(said(as('partner', 'GET', '/screen/')), '403 missing_scope', 'a partner may not read');
    is(said(as('partner', 'PUT', '/screen/')), '200 PUT', '... but write');
    is(said(as($_, 'DELETE', '/screen/')), '403 method_not_allowed',
       "$_ may not delete, as nobody may")
        for @all;

    is(said(ask('GET', '/guest/', undef)), '200 GET', 'the anonymous consumer has groups');
    is(said(ask('POST', '/guest/', 'x')), '403 not_in_group', '... and no more');
    is(said(as('partner', 'POST', '/guest/')), '200 POST', '... than others');
    is(said(as('reader', 'GET', '/guest/')), '403 not_in_group',
       'a known caller is not anonymous as well');

    # claims belong to tokens

    my $with = sub { 'Authorization: Bearer ' . mint(claims => { sub => 'reader', @_ }) };

    is(said(as('writer', 'GET', '/claim/')), '403 claim_mismatch', 'a key has no claims');
    is(said(get('/claim/', $with->(tier => 'gold'))), '200 GET', 'a token has');
    is(said(get('/claim/', $with->(tier => 'Gold'))), '403 claim_mismatch', '... letter by letter');
    is(said(get('/token/', $with->())), '403 missing_scope',
       'the scopes of a token are its own, not the consumer\'s');
    is(said(get('/token/', $with->(scope => 'orders:read'))), '200 GET', '... and suffice');
    is(said(as('reader', 'GET', '/token/')), '200 GET', '... as those of a key\'s consumer do');

    # where

    my $at = sub {
        my $c = client(port(1));
        $c->write(request($_[1] // 'GET', $_[0], undef, "apikey: $_[2]"));
        return said($c->read())
    };

    is($at->('/', 'GET', 'reader'), '403 not_in_group',
       'a line of a server counts in its locations');
    is($at->('/', 'GET', 'partner'), '200 GET', '... for all');
    is($at->('/own/', 'GET', 'reader'), '200 GET', 'a location\'s lines take its place');
    is($at->('/own/', 'DELETE', 'partner'), '403 method_not_allowed', '... altogether');
    is($at->('/own/inner/', 'DELETE', 'partner'), '403 method_not_allowed',
       '... also for locations in it');

    is(said(as('reader', 'GET', '/plain/')), '403 not_in_group',
       'a plain proxy_pass is guarded as well');
    is(said(as('partner', 'GET', '/plain/')), '200 GET', '... and passes');
    is(said(as('reader', 'GET', '/file/page.html')), '403 not_in_group',
       'a file is guarded as well');
    is(as('partner', 'GET', '/file/page.html')->{body}, "a page\n", '... and served');
    is(said(as('reader', 'GET', '/rewritten/x')), '403 not_in_group',
       'a rewrite leads to no way around');
    is(said(as('partner', 'GET', '/rewritten/x')), '200 GET', '... but through');
    is(said(as('reader', 'GET', '/tried/x')), '403 not_in_group',
       'try_files leads to no way around');
    is(said(as('partner', 'GET', '/tried/x')), '200 GET', '... but through it');

    is(said(ask('OPTIONS', '/pre/', undef, 'Origin: a', 'Access-Control-Request-Method: PUT')),
       '200 OPTIONS', 'a CORS preflight is not asked for more');
    is(said(ask('OPTIONS', '/pre/', undef, 'apikey: partner')), '403 method_not_allowed',
       '... other OPTIONS are');

    # after a refusal

    my $r = as('reader', 'POST', '/page/');
    is("$r->{status} $r->{body}", "403 a page\n", 'error_page has its own page');
    is(as('reader', 'GET', '/back/')->{status}, 403,
       'an error page that would be passed on is not');
    is($GateTest::backend->executed('back'), 0, '... and the service has seen nothing');
    is(as('reader', 'GET', '/loop/')->{status}, 403,
       'an error page in the same location is no loop');

    as('reader', 'POST', '/group/log');
    as('partner', 'GET', '/group/log');
    ok(wait_for(sub { log_text('x.log') =~ m{^POST /group/log\|refused\|not_in_group\|reader$}m }),
       'the log has who was refused, and why');
    ok(wait_for(sub { log_text('x.log') =~ m{^GET /group/log\|admitted\|-?\|partner$}m }),
       '... and who was not');

    # each refusal is counted once, a moment after the answer

    my $count = sub {
        my %n;
        $n{"$_->{decision} $_->{reason}"} += $_->{count}
            for @{ get('/status')->json()->{requests} };
        return $n{"refused $_[0]"} // 0;
    };

    for my $case ([ method_not_allowed => 'reader', 'POST', '/get/' ],
                  [ not_in_group => 'reader', 'GET', '/group/' ],
                  [ missing_scope => 'partner', 'GET', '/scope/' ],
                  [ claim_mismatch => 'writer', 'GET', '/claim/' ],
                  [ bad_key => 'nobody', 'GET', '/get/' ]) {
        my ($reason, @ask) = @$case;
        my $before = $count->($reason);

        as(@ask);
        wait_for(sub { $count->($reason) != $before });
        is($count->($reason) - $before, 1, "the status counts $reason");
    }

=== TEST 2: paths
--- gate
    gate_consumer acme { key sha256(secret); }
--- config
    $TEST_NGINX_LISTEN_H2
    gate_service s;
    location /       { gate_auth key; gate_pass http://sidecar; }
    location /public/ { gate_pass http://sidecar; }
    location /re/    { rewrite ^/re(.*) /public$1 last; }
    location ~ ^/x/(.*) { gate_auth key; gate_pass http://sidecar; }
    location /small/ { client_max_body_size 1k; gate_pass http://sidecar; }
--- client
    my $sent = sub { my $r = get(@_); $r->{seen} ? (split / /, $r->{seen}{line})[1] : said($r) };

    for my $case (
        [ 'an encoded slash', '/public/a%2fb' ],
        [ 'an encoded slash in upper case', '/public/a%2Fb' ],
        [ 'a way up by encoded slashes', '/public/a/..%2fadmin' ],
        [ 'a backslash', '/public/a\\b' ], [ 'an encoded backslash', '/public/a%5cb' ],
        [ '... in upper case', '/public/a%5Cb' ],
        [ 'a way up by backslashes', '/public/..\\admin' ],
        [ 'an encoded line break', '/public/a%0ab' ],
        [ 'an encoded carriage return', '/public/a%0db' ],
        [ 'an encoded tab', '/public/a%09b' ], [ 'an encoded DEL', '/public/a%7fb' ],
        [ 'an encoded 1', '/public/a%01b' ],
        [ 'a slash encoded in a rewritten path', '/re/a%2fb' ],
    ) {
        my ($what, $path) = @$case;

        is(said(get($path)), '400 bad_path', "$what is refused");
        is(said(h2_get($path)), '400 bad_path', '... by HTTP/2 as well') if $path !~ /\\/;
    }

    is(get("/public/$_->[1]")->{status}, 400, "$_->[0] is refused")
        for [ 'an encoded NUL', 'a%00b' ], [ 'half an encoding', 'a%2' ], [ 'no encoding', 'a%zz' ],
        [ 'a control byte', "a\x01b" ], [ 'a way out', '../../x' ],
        [ 'a way out by encoded slashes', '..%2f..%2fx' ];

    is($sent->('/public/a/b'), '/public/a/b', 'a path is sent as it is');
    is($sent->('/public/a//b'), '/public/a/b', '... without empty parts');
    is($sent->('/public/./a'), '/public/a', '... without dots');
    is($sent->('/public/x/../a'), '/public/a', '... without ways up');
    is($sent->('/public/%61'), '/public/a', '... decoded where nothing is lost');
    is($sent->('/public/a%20b'), '/public/a%20b', '... encoded where it must be');
    is($sent->('/public/a%25b'), '/public/a%25b', '... once');
    is($sent->('/public/a%3Fb'), '/public/a%3Fb', '... so that it stays a path');
    is($sent->('/public/a%23b'), '/public/a%23b', '... all of it');
    is($sent->('/public/%E4%BD%A0'), '/public/%E4%BD%A0', '... whatever the alphabet')
        or diag($sent->('/public/%E4%BD%A0'));
    is($sent->('/public/a?x=%2f%5c&y=..%2f'), '/public/a?x=%2f%5c&y=..%2f',
       'a query is not touched');
    is($sent->('/public/a;b=1'), '/public/a;b=1', 'parameters of a path stay');

    # what decides is what is sent

    for my $path ('/public/../admin', '/public/./../admin', '/public/%2e%2e/admin',
                  '/public/%2e./admin', '/public//../admin', '//admin', '/./admin',
                  '/public/x/../../admin') {
        is($sent->($path), '401 no_credential', "$path is not public");
        is($sent->($path, 'apikey: secret'), '/admin', '... but what it leads to');
    }

    is($sent->('http://other/public/a'), '/public/a', 'a target in absolute form is its path');
    is($sent->('http://other/public/../admin'), '401 no_credential', '... with its ways up');
    is($sent->('/x/../public/a'), '/public/a', 'a way into the public is public');

    my $r = ask('POST', '/small/a', 'x' x 5000);
    is(said($r), '413 payload_too_large', 'a body that is too large is refused');
    is($r->field('content-type'), 'application/problem+json', '... as a problem');
    is(said(ask('POST', '/small/a', 'x' x 1000)), '200 POST', '... and one that is not passes');
    $r = raw("POST /small/a HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n"
             . "Connection: close\r\n\r\n1388\r\n"
             . 'x' x 5000 . "\r\n0\r\n\r\n");
    is(said($r), '413 payload_too_large', 'a body in chunks that is too large is refused');
