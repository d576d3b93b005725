#!/usr/bin/env perl
#
# Copyright (C) 2026 Meshgate contributors
#
# A refusal that is sent at once is byte by byte the one that goes through
# nginx's own handling of errors: the same requests to two servers, of which
# one has an error_page that is never met.

use strict;
use warnings;

use IO::Uncompress::Gunzip qw(gunzip);

use GateTest;

# what both servers have

BEGIN {
    open my $fh, '>', "$ENV{TEST_NGINX_STATE}/places.conf" or die $!;
    print $fh <<'END';
gate_service s;
gate_auth    key;
location /k/     { gate_pass http://sidecar; }
location /get/   { gate_allow methods=GET; gate_pass http://sidecar; }
location /slow/  { gate_limit plan; gate_pass http://sidecar; }
location /redis/ { gate_consumers redis; gate_pass http://sidecar; }
location /small/ { client_max_body_size 1; gate_pass http://sidecar; }
location /added/ {
    add_header X-Added $status always;
    add_header X-Request-Id mine always;
    gate_pass http://sidecar;
}
location /off/   { gate_errors off; gate_pass http://sidecar; }
location /delay/ { auth_delay 50ms; gate_pass http://sidecar; }
location /any/   { satisfy any; allow all; gate_pass http://sidecar; }
location /none/  { satisfy any; deny all; gate_pass http://sidecar; }
location /led/   { rewrite ^ /k/ last; }
location /try/   { gate_auth off; root html; try_files $uri /k/; }
location /mirror/ { mirror /k/; gate_pass http://sidecar; }
location /post/  { post_action /done; gate_pass http://sidecar; }
location /done   { gate_auth off; internal; proxy_pass http://sidecar; }
location /sub/   {
    sub_filter bad_key bad-key;
    sub_filter_types *;
    sub_filter_once off;
    gate_pass http://sidecar;
}
location /nginx/ { limit_req zone=nginx; gate_pass http://sidecar; }
location /gzip/  {
    gzip on;
    gzip_types *;
    gzip_min_length 1;
    gate_pass http://sidecar;
}
END
    close $fh;
}


# All that came, without what differs each time.

sub answers {
    my ($port, $bytes) = @_;

    return raw_all($bytes, $port) =~ s/[0-9a-f]{8}-[0-9a-f-]{27}/ID/gr
                                              =~ s/^Date: .*/Date/gmr
                                              =~ s/\bt=\d+|^Retry-After: \K\d+/N/gmr;
}


run_gate_tests();

__DATA__

=== TEST 1: two servers say the same
--- gate
    gate_redis 127.0.0.1:1;
    gate_plan slow { rate 1r/m; }
    gate_plan wide { rate 1000r/s; }
    gate_consumer acme { key sha256(acme); plan wide; }
    gate_consumer slow { key sha256(slow); plan slow; }
    gate_consumer gone { key sha256(gone); plan wide; disabled; }
    limit_req_zone $server_port$uri zone=nginx:1m rate=1r/m;
    log_format x '$server_port|$request|$status|$gate_reason|$body_bytes_sent|$request_completion';
    access_log $TEST_NGINX_STATE/sent.log x;

    server {
        listen 127.0.0.1:$TEST_NGINX_PORT_1;
        error_page 418 /never;
        include $TEST_NGINX_STATE/places.conf;
    }
--- config
    $TEST_NGINX_LISTEN_H2
    include $TEST_NGINX_STATE/places.conf;
--- client
    my @ports = ($ENV{TEST_NGINX_SERVER_PORT}, port(1));
    my $post = sub {
        my ($path, $length, $body, @fields) = @_;

        return join "\r\n", "POST $path HTTP/1.1", 'Host: a', 'apikey: x',
                    "Content-Length: $length", @fields, '', $body;
    };
    my $ask = sub { return join "\r\n", shift, 'Host: a', @_, '', '' };
    my @end = ('Connection: close');

    get('/slow/', 'apikey: slow');

    for my $case (
        [ 'a 401', qr/ 401 .*"bad_key"/s, $ask->('GET /k/ HTTP/1.1', 'apikey: x', @end) ],
        [ 'a 401 without a credential', qr/ 401 .*"no_credential"/s,
          $ask->('GET /k/ HTTP/1.1', @end) ],
        [ 'a 403', qr/ 403 .*"disabled_consumer"/s,
          $ask->('GET /k/ HTTP/1.1', 'apikey: gone', @end) ],
        [ 'a 403 of a method', qr/ 403 .*"method_not_allowed"/s,
          $ask->('DELETE /get/ HTTP/1.1', 'apikey: acme', @end) ],
        [ 'a 429', qr/ 429 .*"rate_limited".*HTTP\/1\.1 429 /s,
          $ask->('GET /slow/ HTTP/1.1', 'apikey: slow') x 3
          . $ask->('GET /slow/ HTTP/1.1', 'apikey: slow', @end) ],
        [ 'a 503', qr/ 503 .*"consumers_unavailable"/s,
          $ask->('GET /redis/ HTTP/1.1', 'apikey: x', @end) ],
        [ 'HEAD', qr{ 401 .*Content-Length: \d+\r\n\r\n\z}s, $ask->('HEAD /k/ HTTP/1.1', @end) ],
        [ 'HTTP/1.0', qr/ 401 .*"no_credential"/s, $ask->('GET /k/ HTTP/1.0') ],
        [ 'three on one connection', qr/( 401 .*){3}/s,
          $ask->('GET /k/ HTTP/1.1') x 2 . $ask->('GET /k/ HTTP/1.1', @end) ],
        [ 'a body before the next request', qr/ 401 .*bad_key.* 401 .*no_credential/s,
          $post->('/k/', 5, 'hello') . $ask->('GET /k/ HTTP/1.1', @end) ],
        [ 'a large body before the next request', qr/ 401 .*bad_key.* 401 .*no_credential/s,
          $post->('/k/', 300000, 'x' x 300000) . $ask->('GET /k/ HTTP/1.1', @end) ],
        [ 'a body in chunks', qr/ 401 .*bad_key.* 401 .*no_credential/s,
          $ask->('POST /k/ HTTP/1.1', 'apikey: x', 'Transfer-Encoding: chunked')
          . "5\r\nhello\r\n0\r\n\r\n" . $ask->('GET /k/ HTTP/1.1', @end) ],
        [ 'a body that is announced', qr/^HTTP\/1\.1 401 /s,
          $post->('/k/', 5, 'hello', 'Expect: 100-continue', @end) ],
        [ 'a body that is too large', qr/ 413 /, $post->('/small/', 5, 'hello', @end) ],
        [ 'a path that is refused', qr/ 400 .*"bad_path"/s,
          $ask->('GET /k/a%2fb HTTP/1.1', 'apikey: acme', @end) ],
        [ 'fields that are added', qr/ 401 .*X-Added: 401/s,
          $ask->('GET /added/ HTTP/1.1', 'apikey: x', @end) ],
        [ 'a request id that is added', qr/ 401 .*X-Request-Id: mine/s,
          $ask->('GET /added/ HTTP/1.1', 'apikey: x', @end) ],
        [ 'problem details that are off', qr/ 401 .*<h1>401/s,
          $ask->('GET /off/ HTTP/1.1', 'apikey: x', @end) ],
        [ 'a delay', qr/ 401 .*"bad_key"/s, $ask->('GET /delay/ HTTP/1.1', 'apikey: x', @end) ],
        [ 'satisfy any, of which the other lets in', qr/ 401 .*"no_credential"/s,
          $ask->('GET /any/in HTTP/1.1', @end) ],
        [ 'satisfy any, of which none lets in', qr/ 40[13] /s,
          $ask->('GET /none/ HTTP/1.1', 'apikey: x', @end) ],
        [ 'a place that was led to', qr/ 401 .*"bad_key"/s,
          $ask->('GET /led/to HTTP/1.1', 'apikey: x', @end) ],
        [ 'a file that was not found', qr/ 401 .*"no_credential"/s,
          $ask->('GET /try/x HTTP/1.1', @end) ],
        [ 'a mirror', qr/ 401 .*"bad_key"/s, $ask->('GET /mirror/ HTTP/1.1', 'apikey: x', @end) ],
        [ 'a post_action', qr/ 401 .*"bad_key"/s,
          $ask->('GET /post/ HTTP/1.1', 'apikey: x', @end) ],
        [ 'a text that is replaced', qr/ 401 .*"bad-key"/s,
          $ask->('GET /sub/ HTTP/1.1', 'apikey: x', @end) ],
        [ 'text', qr/ 401 .*Content-Type: text\/plain; .*\nreason: bad_key\n/s,
          $ask->('GET /k/ HTTP/1.1', 'apikey: x', 'Accept: text/plain', @end) ],
        [ 'a page', qr/ 401 .*Content-Type: text\/html; .*<code>bad_key</s,
          $ask->('GET /k/ HTTP/1.1', 'apikey: x', 'Accept: text/html', @end) ],
        [ 'the head of a page', qr{ 401 .*text/html.*Content-Length: \d+\r\n\r\n\z}s,
          $ask->('HEAD /k/ HTTP/1.1', 'apikey: x', 'Accept: text/html', @end) ],
        [ 'a page about a limit', qr/ 429 .*<p>violated-policies: <code>slow</s,
          $ask->('GET /slow/ HTTP/1.1', 'apikey: slow', 'Accept: text/html', @end) ],
        [ 'JSON that is asked for', qr/ 401 .*Vary: Accept.*"bad_key"/s,
          $ask->('GET /k/ HTTP/1.1', 'apikey: x', 'Accept: application/json', @end) ],
        [ 'a limit of nginx', qr/ 401 /s, $ask->('GET /nginx/ HTTP/1.1', 'apikey: x', @end) ],
    ) {
        my ($what, $like, $bytes) = @$case;

        my ($sent, $handled) = map { answers($_, $bytes) } @ports;

        like($sent, $like, "$what is what was meant");
        is($sent, $handled, '... the same of either server');
    }

    # compressed, which the time stands in

    my $compressed = $ask->('GET /gzip/ HTTP/1.1', 'Accept-Encoding: gzip', 'apikey: gone', @end);
    my @text = map {
        my ($head, $body) = split /\r\n\r\n/, raw_all($compressed, $_), 2;

        $body =~ s/^[0-9a-f]+\r\n//;
        gunzip(\$body, \my $out);

        join ' ', $head =~ /(Content-Encoding: gzip|Content-Length)/g, $out =~ s/urn:uuid:[^"]+//r;
    } @ports;
    like($text[0], qr/^Content-Encoding: gzip \{.*"disabled_consumer"/, 'a 403 may be compressed');
    is($text[0], $text[1], '... which holds the same');

    # HTTP/2, which has one port

    my $r = h2_get('/k/', 'POST', 'apikey: x', 'content-length: 0');
    is("$r->{status} " . $r->json()->{reason}, '401 bad_key', 'HTTP/2 has the answer');
    is($r->field('content-length'), length $r->{body}, '... with its length');

    # the log has it once, and the same

    my %log;
    wait_for(sub { %log = ();
                   my $text = log_text('sent.log');
                   push @{ $log{$1} }, $2 while $text =~ /^(\d+)\|(.*)/mg;
                   return (grep { /^GET \/gzip/ } @{ $log{$ports[1]} // [] }) });
    my ($sent, $handled) = map { join "\n", grep { !/HTTP\/2|gzip|^GET \/slow\/ .*\|200/ }
                                             @{ $log{$_} } } @ports;
    is($sent, $handled, 'both logs say the same');
