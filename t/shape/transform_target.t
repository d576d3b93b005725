#!/usr/bin/env perl
#
# Copyright (C) 2026 Meshgate contributors
#
# gate_transform and what a service is asked for: path, query, method; and what
# becomes of the status of its answer.

use strict;
use warnings;

use GateTest;

sub line {
    my ($r) = @_;

    return $r->{seen} ? $r->{seen}{line} =~ s/ HTTP.*//r : $r->{status};
}

run_gate_tests();

__DATA__

=== TEST 1: the query, on its bytes
--- gate
--- config
    $TEST_NGINX_LISTEN_H2
    gate_service s;
    gate_transform request {
        set      query set      "$http_x_v";
        append   query append   more;
        add      query add      1;
        replace  query replace  "a b&c";
        rename   query old      "n[1]";
        remove   query remove;
    }
    location / { gate_pass http://sidecar; }
    location /plain/ { proxy_pass http://sidecar; }
--- client
    # add goes before append

    my %want = (
        '' => 'add=1&append=more&set=',
        '?x=%41%2f+&y&=&&z=' => 'x=%41%2f+&y&=&&z=&add=1&append=more&set=',
        '?remove=1&x=1&%72emove&remove=3&REMOVE=4' => 'x=1&REMOVE=4&add=1&append=more&set=',
        '?x=1;remove=2&y=2' => 'x=1&y=2&add=1&append=more&set=',
        '?old=1&old=2&n%5b1%5d=3&n%5B1%5D=4'
            => 'n%5B1%5D=1&n%5B1%5D=2&add=1&append=more&set=',
        '?replace=1&x=2&replace=3' => 'x=2&replace=a%20b%26c&add=1&append=more&set=',
        '?add=mine&add' => 'add=mine&add&append=more&set=',
        '?append=1' => 'append=1&add=1&append=more&set=',
        '?set=1&set=2' => 'add=1&append=more&set=',
    );

    for my $query (sort keys %want) {
        for my $at ('/a', '/plain/a') {
            is(line(get("$at$query")), "GET $at?$want{$query}", "$at, the query \"$query\"");
        }

        is(line(h2_get("/a$query")), "GET /a?$want{$query}", '... over HTTP/2');
    }

    my $r = get('/a?x=1', 'X-V: &admin=1#?%26 +');
    is(line($r), 'GET /a?x=1&add=1&append=more&set=%26admin%3D1%23%3F%2526%20%2B',
       'a value stays one value');


=== TEST 2: a query that becomes empty
--- gate
--- config
    gate_service s;
    location / {
        gate_transform request { remove query a; }
        gate_pass http://sidecar;
    }
--- client
    is(line(get('/x?a=1&a')), 'GET /x', 'no "?" is left');
    is(line(get('/x')), 'GET /x', '... nor comes');


=== TEST 3: the path
--- gate
    map $arg_to $to {
        default  $arg_to;
        dots     /a/../b;
        space    "/a b?c#d%e";
        crlf     "/a
X: y";
        slashes  /a//b;
        hidden   "/a/..;x/b";
        back     /a\b;
    }
    map $uri $v1_path {
        ~^/v2(/.*)$  $1;
    }
--- config
    $TEST_NGINX_LISTEN_H2
    gate_service s;
    location /v2/ {
        gate_transform request { set query customer acme; path $v1_path; }
        gate_pass http://sidecar;
    }
    location /v1/ {
        gate_transform request { path /v2$uri; }
        gate_pass http://sidecar;
    }
    location /uri/ {
        gate_transform request { path /own$uri; }
        gate_pass http://sidecar/ignored/;
    }
    location /to/ {
        gate_transform request { path $to; }
        gate_pass http://sidecar;
    }
    location /plain/ {
        gate_transform request { path /other$uri; }
        proxy_pass http://sidecar;
    }
    location /both/ {
        gate_transform request { path /new; set query a 1; method PUT; }
        gate_pass http://sidecar;
    }
--- client
    for my $get (\&get, \&h2_get) {
        is(line($get->('/v1/x%20y/%C3%A4?q=%41')), 'GET /v2/v1/x%20y/%C3%A4?q=%41',
           'the path, escaped again; the query stays');
        is(line($get->('/v2/orders?customer=someone&page=2')),
           'GET /orders?page=2&customer=acme', 'a version in front is taken off');
        is(line($get->('/uri/x?q')), 'GET /own/uri/x?q', 'in the place of the URI of gate_pass');
        is(line($get->('/plain/x?q')), 'GET /other/plain/x?q', 'with proxy_pass as well');
        is(line($get->('/both/x?a=2&b=3')), 'PUT /new?b=3&a=1', 'together with the others');
        is(line($get->('/to/?to=space')), 'GET /a%20b%3Fc%23d%25e?to=space',
           'what would end a path is escaped');
        is(line($get->('/to/?to=/x%2fy')), 'GET /x%252fy?to=/x%2fy', 'an escape is text');

        for my $bad (qw(dots crlf slashes hidden back), 'x', '') {
            my $r = $get->("/to/?to=$bad");
            is($r->{status} . ' ' . $r->json()->{reason}, '400 bad_path', "to \"$bad\" is refused");
        }
    }


=== TEST 4: the method
--- gate
    gate_consumer acme { key sha256(acme); }
    log_format x '$request|$request_method|$uri|$args';
    access_log $TEST_NGINX_STATE/x.log x;
--- config
    gate_service s;
    gate_auth key;
    gate_transform request { method POST; path /p; set query a 1; }
    location / { gate_allow methods=GET,HEAD,PUT; gate_pass http://sidecar; }
    location /get/ {
        gate_transform request { method GET; }
        gate_pass http://sidecar;
    }
--- client
    is(line(get('/', 'apikey: acme')), 'POST /p?a=1', 'another one for the service');

    my $r = ask('PUT', '/', 'the body', 'apikey: acme');
    is(line($r) . ' ' . $r->{seen}{body}, 'POST /p?a=1 the body', '... with the body as it came');
    is(ask('DELETE', '/', undef, 'apikey: acme')->{status}, 403,
       'policies go by the client\'s own');

    my $c = client();
    $c->write(request('HEAD', '/get/?keep=head', undef, 'apikey: acme',
                      'Connection: keep-alive'));
    $r = $c->read('HEAD');
    is($r->{status}, 200, 'HEAD, sent as GET');
    $c->write(request('GET', '/get/two', undef, 'apikey: acme'));
    is(line($c->read()), 'GET /get/two', '... has no body, and the next answer begins there');

    open my $fh, '<', "$ENV{TEST_NGINX_STATE}/kept-head" or die $!;
    like(join('', <$fh>), qr/^GET \/get\//m, '... and the service was asked by GET');

    ok(wait_for(sub { log_text('x.log') =~ /HEAD/ }), 'the log is written');
    is((log_text('x.log') =~ /^(GET \/ .*)$/m)[0], 'GET / HTTP/1.1|POST|/p|a=1',
       'a log shows what came, and what was sent');


=== TEST 5: the status
--- gate
    gate_consumer acme { key sha256(acme); }
    log_format x '$status|$upstream_status|$gate_answered_by';
    access_log $TEST_NGINX_STATE/s.log x;
--- config
    $TEST_NGINX_LISTEN_H2
    gate_service s;
    gate_transform response {
        status 5xx 502;
        status 404 410;
        status 503 504;
        status 204 200;
        status 3xx 200;
    }
    location / { gate_pass http://sidecar; }
    location /auth/ { gate_auth key; gate_pass http://sidecar; }
--- client
    my %want = (200 => 200, 404 => 410, 500 => 502, 503 => 504, 403 => 403, 302 => 200,
                304 => 304);

    for my $get (\&get, \&h2_get) {
        for my $status (sort keys %want) {
            is($get->("/?status=$status&keep=x")->{status}, $want{$status}, "of $status");
        }
    }

    my $c = client();
    $c->write(request('GET', '/?status=204', undef, 'Connection: keep-alive'));
    my $r = $c->read();
    is("$r->{status} [" . ($r->{body} // '') . ']', '200 []', 'of 204, which has no body');
    $c->write(request('GET', '/x'));
    is(line($c->read()), 'GET /x', '... and the next answer begins there');

    is(get('/auth/?status=404')->{status}, 401, 'a refusal stays');
    ok(wait_for(sub { log_text('s.log') =~ /^410\|404\|service$/m }),
       'a log shows what the client got, and what the service said');
