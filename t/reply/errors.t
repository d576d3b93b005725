#!/usr/bin/env perl
#
# Copyright (C) 2026 Meshgate contributors
#
# What nginx itself answers in a server with policies: problem details, also
# where no location was chosen and no policy met; error_page and what content
# handlers send stay; nothing internal is told; it is counted once or not at
# all.

use strict;
use warnings;

use File::Path qw(make_path);

use GateTest;


# The last answer to these bytes: "STATUS REASON", or the body if it is no
# problem.

sub answer {
    my ($bytes, $at) = @_;

    my ($head, $body) = split /\r\n\r\n/, raw_all($bytes, $at), 2;

    my ($status) = $head =~ m{^HTTP/1\.1 (\d{3})};
    $status //= '';
    my ($type) = $head =~ /^Content-Type: ([^\r]*)/mi;

    my ($reason) = $body =~ /^\{"type":"urn:meshgate:problem:(\w+)",.*"status":$status,
                             .*"reason":"\1"\}\n\z/x;

    return "$status $reason" if defined $reason && $type eq 'application/problem+json'
        && $head =~ /^X-Request-Id: [0-9a-f-]{36}\r?$/m;

    return $status . ' ' . ($body // '');
}


sub ask_for {
    my ($path, @fields) = @_;

    return join "\r\n", "GET $path HTTP/1.1", 'Host: a', 'Connection: close', @fields, '', '';
}


# What a client of TLS without a certificate is answered.

sub tls {
    my ($at, $bytes) = @_;

    my $file = "$ENV{TEST_NGINX_STATE}/bytes";

    open my $fh, '>', $file or die $!;
    print $fh $bytes;
    close $fh;

    return `timeout 20 openssl s_client -connect 127.0.0.1:$at -quiet < $file 2>/dev/null`;
}


BEGIN {
    my $to = $ENV{TEST_NGINX_STATE};

    system("openssl req -x509 -newkey rsa:2048 -nodes -subj /CN=a -days 2 -keyout $to/tls.key"
           . " -out $to/tls.pem 2>/dev/null") == 0 or die 'no certificate';
}


run_gate_tests();

__DATA__

=== TEST 1: errors of nginx
--- gate
    gate_service s;
    gate_plan slow { rate 1000r/s; }
    gate_consumer acme { key sha256(acme); plan slow; }
    limit_req_zone $server_port zone=one:1m rate=1r/m;
    log_format e '$uri|$status|$gate_reason|$gate_decision|$body_bytes_sent';
    access_log $TEST_NGINX_STATE/errors.log e;
    upstream hidden_upstream_name { server 127.0.0.1:1; }

    # without a policy: one asks for it, of the other all of nginx stays

    server {
        listen 127.0.0.1:$TEST_NGINX_PORT_1;
        location /files/ { root html; }
        location /only/ { gate_errors problem; root html; }
    }
    server {
        listen 127.0.0.1:$TEST_NGINX_PORT_2;
        location /files/ { root html; }
        location /status { gate_status; }
    }

    # error_page for what comes before a location

    server {
        listen 127.0.0.1:$TEST_NGINX_PORT_3;
        error_page 400 404 405 414 494 /own;
        error_page 403 = @named;
        error_page 500 =503 /missing;
        error_page 410 /gone_missing;
        error_page 416 https://elsewhere.example/;
        location /own { internal; return 200 "own page"; }
        location @named { return 200 "named page"; }
        location /k/ { gate_auth key; gate_pass http://sidecar; }
        location /forbidden { return 403; }
        location /broken { return 500; }
        location /gone { return 410; }
        location /range { return 416; }
        location /other { return 409; }
    }

    # pages of the server are nginx's, one location's are not

    server {
        listen 127.0.0.1:$TEST_NGINX_PORT_4;
        gate_errors off;
        location /k/ { gate_auth key; gate_errors on; gate_pass http://sidecar; }
    }
--- config
    $TEST_NGINX_LISTEN_H2
    large_client_header_buffers 2 4k;
    location /k/ { gate_auth key; gate_pass http://sidecar; }
    location /down/ { gate_auth key; gate_pass http://hidden_upstream_name; }
    location /plain_down/ { proxy_pass http://hidden_upstream_name; }
    location /gated_plain/ { gate_auth key; proxy_pass http://hidden_upstream_name; }
    location /files/ { root html; }
    location /gated_files/ { gate_auth key; root html; }
    location /denied/ { deny all; }
    location /get/ { limit_except GET { deny all; } root html; }
    location /code/ { location ~ ^/code/(\d+)$ { return 400; }
                      location = /code/401 { return 401; }
                      location = /code/402 { return 402; }
                      location = /code/403 { return 403; }
                      location = /code/405 { return 405; }
                      location = /code/408 { return 408; }
                      location = /code/410 { return 410; }
                      location = /code/411 { return 411; }
                      location = /code/412 { return 412; }
                      location = /code/415 { return 415; }
                      location = /code/416 { return 416; }
                      location = /code/418 { return 418; }
                      location = /code/421 { return 421; }
                      location = /code/429 { return 429; }
                      location = /code/451 { return 451; }
                      location = /code/500 { return 500; }
                      location = /code/501 { return 501; }
                      location = /code/502 { return 502; }
                      location = /code/503 { return 503; }
                      location = /code/504 { return 504; }
                      location = /code/505 { return 505; }
                      location = /code/507 { return 507; }
                      location = /code/599 { return 599; } }
    location /text { return 404 "a text of its own"; }
    location /away { return 302 /files/; }
    location /dir { root html; }
    location /slow/ { limit_req zone=one; limit_req_status 429; root html; }
    location /small/ { client_max_body_size 1; root html; }
    location /gated_small/ { client_max_body_size 1; gate_auth key; gate_pass http://sidecar; }
    location /off/ { gate_errors off; root html; }
    location /led/ { rewrite ^ /files/none last; }
    location /try/ { root html; try_files $uri =404; }
    location /try_far/ { root html; try_files $uri /files/none; }
    location /around/ { rewrite ^ /around/ last; }
    location /auth/ { auth_request /ask; root html; }
    location = /ask { internal; return 403; }
    location /any/ { satisfy any; deny all; gate_auth key; gate_pass http://sidecar; }
    location /user/ { auth_basic realm; auth_basic_user_file $TEST_NGINX_STATE/none; root html; }
    location /gated_code { gate_auth key; return 404; }
    location /upstream404/ { proxy_pass http://$TEST_NGINX_BACKEND; }
    location /page/ { error_page 404 /files/own.html; root html; }
    location /page_missing/ { error_page 404 =404 /files/none; root html; }
    location /page_code/ { error_page 404 =410 /files/own.html; root html; }
    location /page_named/ { error_page 404 = @fallback; root html; }
    location @fallback { return 200 "fallback"; }
    location /page_down/ { error_page 404 = @down; root html; }
    location @down { proxy_pass http://hidden_upstream_name; }
    location /page_code_other/ { error_page 404 /code/403; root html; }
    location /gate/status { gate_status; }
--- client
    my $html = "$ENV{TEST_NGINX_SERVROOT}/html";

    make_path("$html/files", "$html/dir", "$html/page");
    open my $fh, '>', "$html/files/own.html" or die $!;
    print $fh "own file\n";
    close $fh;

    my $end = "Host: a\r\nConnection: close\r\n\r\n";

    # before any location

    for my $case (
        [ 'no such path', '404 not_found', ask_for('/none') ],
        [ 'no Host', '400 bad_request', "GET / HTTP/1.1\r\nConnection: close\r\n\r\n" ],
        [ 'two Hosts', '400 bad_request', "GET / HTTP/1.1\r\nHost: a\r\n$end" ],
        [ 'a bad Host', '400 bad_request', "GET / HTTP/1.1\r\nHost: a/b\r\n\r\n" ],
        [ 'a bad line', '400 bad_request', "G\x01T / HTTP/1.1\r\n$end" ],
        [ 'no line', '400 bad_request', "\x16\x03\x01\x02\r\n$end" ],
        [ 'a bad escape', '400 bad_request', "GET /%zz HTTP/1.1\r\n$end" ],
        [ 'a path above all', '400 bad_request', "GET /../../etc/passwd HTTP/1.1\r\n$end" ],
        [ 'a bad length', '400 bad_request',
          "POST / HTTP/1.1\r\nContent-Length: x\r\n$end" ],
        [ 'a bad length with a body to come', '400 bad_request',
          "POST / HTTP/1.1\r\nContent-Length: 9\r\nContent-Length: 8\r\n$end" ],
        [ 'a line that is too long', '414 uri_too_long',
          'GET /' . 'a' x 5000 . " HTTP/1.1\r\n$end" ],
        [ 'a field that is too long', '400 headers_too_large',
          "GET / HTTP/1.1\r\nX-A: " . 'a' x 5000 . "\r\n$end" ],
        [ 'many fields', '400 headers_too_large',
          "GET / HTTP/1.1\r\n" . join('', map { "X-$_: " . 'a' x 1000 . "\r\n" } 1 .. 20) . $end ],
        [ 'TRACE', '405 method_not_supported', "TRACE / HTTP/1.1\r\n$end" ],
        [ 'a coding that is not known', '501 not_implemented',
          "POST / HTTP/1.1\r\nTransfer-Encoding: gzip\r\n$end" ],
        [ 'a version that is not known', '505 version_not_supported',
          "GET / HTTP/3.7\r\n$end" ],
    ) {
        my ($what, $told, $bytes) = @$case;

        is(answer($bytes), $told, "$what is told");
    }

    like(raw_all("GET /none\r\n"), qr/^<html>/, 'HTTP/0.9 has no header, and the page of nginx');

    # in locations without a policy

    for my $case (
        [ '/files/none', '404 not_found' ], [ '/dir/', '403 forbidden' ],
        [ '/denied/', '403 forbidden' ], [ '/plain_down/', '502 bad_gateway' ],
        [ '/led/', '404 not_found' ], [ '/try/x', '404 not_found' ],
        [ '/try_far/x', '404 not_found' ], [ '/around/', '500 internal' ],
        [ '/auth/', '403 forbidden' ], [ '/code/400', '400 bad_request' ],
        [ '/code/401', '401 unauthorized' ], [ '/code/402', '402 client_error' ],
        [ '/code/403', '403 forbidden' ], [ '/code/405', '405 method_not_supported' ],
        [ '/code/410', '410 client_error' ], [ '/code/411', '411 client_error' ],
        [ '/code/412', '412 precondition_failed' ],
        [ '/code/415', '415 unsupported_media_type' ],
        [ '/code/416', '416 range_not_satisfiable' ], [ '/code/418', '418 client_error' ],
        [ '/code/421', '421 misdirected_request' ], [ '/code/429', '429 too_many_requests' ],
        [ '/code/451', '451 client_error' ], [ '/code/500', '500 internal' ],
        [ '/code/501', '501 not_implemented' ], [ '/code/502', '502 bad_gateway' ],
        [ '/code/503', '503 service_unavailable' ], [ '/code/504', '504 gateway_timeout' ],
        [ '/code/505', '505 version_not_supported' ], [ '/code/507', '507 server_error' ],
        [ '/code/599', '599 server_error' ],
    ) {
        my ($path, $told) = @$case;

        is(answer(ask_for($path)), $told, "$path is told");

        my $r = h2_get($path);
        is("$r->{status} " . ($r->json()->{reason} // $r->{body}), $told, "$path by HTTP/2, too");
        is($r->json()->{instance}, 'urn:uuid:' . $r->field('x-request-id'), '... with its id');

        $r = ask('HEAD', $path);
        is("$r->{status}$r->{body}", substr($told, 0, 3), '... and HEAD has no body');
        is($r->field('content-type'), 'application/problem+json', '... but its type');
    }

    is(answer("POST /get/ HTTP/1.1\r\nContent-Length: 0\r\n$end"), '403 forbidden', 'limit_except');
    is(answer("POST /files/own.html HTTP/1.1\r\nContent-Length: 0\r\n$end"),
       '405 method_not_supported', 'a file takes no POST');
    is(answer("POST /small/ HTTP/1.1\r\nContent-Length: 5\r\n${end}hello"),
       '413 payload_too_large', 'a body that is too large');
    is(answer("POST /gated_small/ HTTP/1.1\r\nContent-Length: 5\r\n${end}hello"),
       '413 payload_too_large', '... in a location with a policy, too');
    answer(ask_for('/slow/none')) for 1 .. 2;
    is(answer(ask_for('/slow/none')), '429 too_many_requests', 'limit_req');
    is(answer(ask_for('/files/own.html', 'Range: bytes=100-200')), '416 range_not_satisfiable',
       'a range beyond the end');
    is(answer(ask_for('/files/own.html', 'If-Match: "x"')), '412 precondition_failed',
       'a condition that does not hold');

    my $r = get('/code/401', 'Accept: text/html');
    like($r->{body}, qr{<h1>401 Unauthorized</h1>.*<code>unauthorized</code>}s,
         'a browser has a page');
    is($r->field('vary'), 'Accept', '... and is told that it was chosen');
    is(get('/none')->field('vary'), 'Accept', 'a 404 varies for everyone, as caches keep it');

    # in locations with a policy

    for my $case (
        [ '/gated_files/none', '404 not_found' ], [ '/gated_plain/', '502 bad_gateway' ],
        [ '/down/', '502 sidecar_unavailable' ], [ '/gated_code', '404 not_found' ],
        [ '/any/', '401 no_credential', 'none: x' ],
    ) {
        my ($path, $told, $field) = @$case;

        is(answer(ask_for($path, $field // 'apikey: acme')), $told, "$path with a policy is told");
    }

    # what is no error page of nginx

    is(get('/text')->{body}, 'a text of its own', 'a text of "return" stays');
    is(get('/away')->{status}, 302, 'a redirect stays');
    like(get('/away')->{body}, qr/^<html>/, '... with the page of nginx');
    like(get('/dir')->{body}, qr/301 Moved/, '... as does that of a folder');
    is(get('/upstream404/status=404')->{status}, 404, 'an answer of a service');
    ok(get('/upstream404/status=404')->{seen}, '... stays as it is');
    like(get('/off/none')->{body}, qr/<center>nginx/, 'gate_errors off leaves a page of nginx');
    is(get('/page/none')->{body}, "own file\n", 'error_page wins');
    is(get('/page/none')->{status}, 404, '... with its status');
    $r = get('/page_code/none');
    is("$r->{status} $r->{body}", "410 own file\n", '... or another one');
    is(get('/page_named/none')->{body}, 'fallback', '... or a named location');
    is(answer(ask_for('/page_down/none')), '502 bad_gateway', 'another error there is told');
    is(answer(ask_for('/page_code_other/none')), '403 forbidden', '... whatever raised it');
    like(get('/page_missing/none')->{body}, qr/<center>nginx/,
         'an error page that is missing is the page of nginx');

    for my $case (
        [ 'a bad line', "G\x01T / HTTP/1.1\r\n$end", '400 own page' ],
        [ 'no such path', ask_for('/none'), '404 own page' ],
        [ 'TRACE', "TRACE / HTTP/1.1\r\n$end", '405 own page' ],
        [ 'a field that is too long', "GET / HTTP/1.1\r\nX-A: " . 'a' x 40000 . "\r\n$end",
          '494 own page|400 own page' ],
        [ '403', ask_for('/forbidden'), '200 named page' ],
        [ 'an error page that fails', ask_for('/broken'), '404 not_found|404 .*nginx.*' ],
        [ 'another code', ask_for('/other'), '409 client_error' ],
    ) {
        my ($what, $bytes, $like) = @$case;

        like(answer($bytes, port(3)), qr/^(?:$like)$/s, "$what with an error_page of the server");
    }

    like(raw_all(ask_for('/range'), port(3)), qr/^HTTP\/1\.1 302 .*^Location: https:/sm,
         'an error page may be elsewhere');

    # other servers

    for my $bytes (ask_for('/files/none'), ask_for('/none'), "G\x01T / HTTP/1.1\r\n$end") {
        like(answer($bytes, port(2)), qr/<center>nginx/, 'a server without a policy is left alone');
        like(answer($bytes, port(4)), qr/<center>nginx/, '... as is one that says so');
        like(answer($bytes, port(1)), qr/^\d+ \w+$/, '... but not one that asks for it');
    }
    is(answer(ask_for('/k/'), port(4)), '401 no_credential', '... a location may differ');

    # nothing internal is told

    my $said = join '', map { raw_all($_) }
        ask_for('/files/none'), ask_for('/plain_down/'), ask_for('/down/', 'apikey: acme'),
        ask_for('/user/', 'Authorization: Basic YTpi'), ask_for('/gated_plain/', 'apikey: acme'),
        ask_for('/none?apikey=acme-secret', 'apikey: acme', 'Accept: text/html'),
        "GET /%zz-secret HTTP/1.1\r\nX: secret\r\n$end";
    unlike($said, qr/hidden_upstream|127\.0\.0\.1|\Q$html\E|errno|acme|secret/i,
           'no name, address, path or key is told');

    # counted where a policy stands, and there once

    my $n = get('/gate/status?format=json')->json()->{requests};
    my $text = JSON::PP->new->canonical->encode($n // {});
    unlike($text, qr/uri_too_long|headers_too_large/, 'what met no policy is not counted');
    like($text, qr/payload_too_large/, '... what was sent to one is');

    my %log;
    wait_for(sub { %log = log_text('errors.log') =~ m{^(/[^|\n]*)\|(\S+)$}mg;
                   return $log{'/gated_code'} });
    like($log{'/files/none'}, qr/^404\|not_found\|-\|/, 'the log knows why, and of no decision');
    like($log{'/gated_files/none'}, qr/^404\|not_found\|admitted\|/, '... but where there was one');
    like($log{'/gated_code'}, qr/^404\|not_found\|refused\|/, '... or was none to come');


=== TEST 2: errors of TLS
--- gate
    gate_consumer acme { key sha256(acme); }
    ssl_certificate $TEST_NGINX_STATE/tls.pem;
    ssl_certificate_key $TEST_NGINX_STATE/tls.key;
    server {
        listen 127.0.0.1:$TEST_NGINX_PORT_1 ssl;
        location / { gate_auth key; gate_service s; gate_pass http://sidecar; }
    }
    server {
        listen 127.0.0.1:$TEST_NGINX_PORT_2 ssl;
        ssl_client_certificate $TEST_NGINX_STATE/tls.pem;
        ssl_verify_client on;
        location / { gate_auth key; gate_service s; gate_pass http://sidecar; }
    }
    server {
        listen 127.0.0.1:$TEST_NGINX_PORT_3 ssl;
        error_page 497 =301 https://a/;
        location / { gate_auth key; gate_service s; gate_pass http://sidecar; }
    }
--- config
    location / { return 404; }
--- client
    my $plain = "GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n";

    is(answer($plain, port(1)), '400 https_required', 'plain HTTP to a port for TLS is told');
    like(raw_all($plain, port(3)), qr/^HTTP\/1\.1 301 .*^Location: https:/sm,
         'error_page 497 wins');
    like(tls(port(1), $plain), qr/ 401 .*"no_credential"/s, 'HTTP in TLS is let in');
    like(tls(port(1), "GET /%zz HTTP/1.1\r\n\r\n"), qr/ 400 .*"bad_request"/s,
         '... unless it is none');
    like(tls(port(2), $plain), qr/ 400 .*"certificate_required"/s, 'a certificate is required');


=== TEST 3: a refusal that leads to itself
--- gate
    gate_consumer acme { key sha256(acme); }
--- config
    location / {
        recursive_error_pages on;
        error_page 401 /again;
        gate_auth key;
        gate_service s;
        gate_pass http://sidecar;
    }
--- client
    my $r = get('/', 'Accept: text/html');

    is($r->{status}, 500, 'redirected too often');
    like($r->{body}, qr/internal/, '... is told as the gate does');
    $r = get('/');
    is($r->json->{reason}, 'internal', '... by the reason of other circles');
    like($r->json->{detail}, qr/redirected/, '... and their detail');
