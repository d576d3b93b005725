#!/usr/bin/env perl
#
# Copyright (C) 2026 Meshgate contributors
#
# gate_pass to gRPC in nginx's own world: levels of configuration, fields of the
# user's, TLS, X-Accel-*, error_page. The sidecar is an nginx, which says what it
# was sent; t/mesh has a real one.

use strict;
use warnings;

use GateTest;

my $echo = 'gate_hygiene off; location / { default_type application/grpc; return 200 "'
    . join(' ', map { "$_=\$$_" } qw(host request_uri http_x_consumer_id http_x_request_id
        http_x_forwarded_for http_x_forwarded_host http_x_lane_hash http_x_own http_x_outer
        http_apikey http_te http_grpc_timeout http_x_free http_http2_settings)) . '"; }';

add_block_preprocessor(sub {
    my ($block) = @_;

    my $dir = $ENV{TEST_NGINX_STATE};

    if (!-e "$dir/crt") {
        system("openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes"
               . " -days 2 -subj /CN=sidecar -keyout $dir/key -out $dir/crt 2>/dev/null") == 0
            or die "openssl: $?";
    }

    $block->set_value('gate', <<"GATE" . $block->gate);
    gate_consumer acme { key sha256(secret); }
    upstream grpc { server 127.0.0.1:$ENV{TEST_NGINX_PORT_1}; keepalive 4; }
    upstream tls { server 127.0.0.1:$ENV{TEST_NGINX_PORT_2}; keepalive 4; }
    upstream own { server 127.0.0.1:$ENV{TEST_NGINX_PORT_3}; keepalive 4; }
    upstream dead { server 127.0.0.1:$ENV{TEST_NGINX_PORT_4}; keepalive 4; }
    server { listen 127.0.0.1:$ENV{TEST_NGINX_PORT_1} http2; $echo }
    server {
        listen 127.0.0.1:$ENV{TEST_NGINX_PORT_2} ssl http2;
        ssl_certificate $dir/crt; ssl_certificate_key $dir/key;
        $echo
    }
GATE

    $block->set_value('config', '$TEST_NGINX_LISTEN_H2 ' . $block->config)
        if $block->config !~ /LISTEN_H2/;
});


# A call: its answer, and what the sidecar was sent.

sub call {
    my ($path, @fields) = @_;

    my $r = h2_get($path, 'POST', 'content-type: application/grpc', 'te: trailers', @fields);

    return ($r, { map { /^(\w+)=(.*)$/ } split / /, $r->{body} });
}


sub key { return 'apikey: secret' }

run_gate_tests();

__DATA__

=== TEST 1: what the sidecar gets, by each level of configuration
--- gate
    grpc_set_header X-Outer http;
    grpc_set_header Host outer;
    proxy_set_header X-Own proxy;
--- config
    gate_auth key;
    gate_service s;
    location / { gate_pass grpc://grpc; }
    location /own { gate_pass grpc://grpc; grpc_set_header X-Own $gate_consumer; }
    location /outer {
        gate_pass http://sidecar;
        location /outer/inner { gate_service t; gate_pass grpc://grpc; }
    }
    location /tls { gate_pass grpcs://tls; }
    location /variable { set $to grpc; gate_pass grpc://$to; }
    location /if { gate_pass grpc://grpc; if ($arg_x) { set $y 1; } }
    location /except { limit_except GET { gate_auth off; } gate_pass grpc://grpc; }
    location /none { gate_fields none; gate_pass grpc://grpc; }
--- client
    my @forged = map { "$_: forged" } qw(x-consumer-id x-lane-hash x-forwarded-for x-outer
                                         x-forwarded-host x-request-id http2-settings);

    for my $path (qw(/ /own /outer/inner /tls /variable /if /if?x=1)) {
        my ($r, $seen) = call($path, key(), @forged, 'x-free: mine', 'grpc-timeout: 5S');

        is($r->{status}, 200, "$path is passed on");
        is($seen->{host}, $path eq '/outer/inner' ? 't' : 's', '... to the service');
        is($seen->{request_uri}, $path, '... by its path');
        is($seen->{http_x_consumer_id}, 'acme', '... with who calls');
        is($seen->{http_x_request_id}, $r->field('x-request-id'), '... as which request');
        is($seen->{http_x_forwarded_for}, '127.0.0.1', '... from where');
        like($seen->{http_x_lane_hash}, qr/^\d+$/, '... with its lane');
        is("$seen->{http_x_free} $seen->{http_te} $seen->{http_grpc_timeout}",
           'mine trailers 5S', '... and what is the client\'s own');
        is($seen->{http_x_outer}, $path eq '/own' ? 'forged' : 'http', '... by nginx\'s rules');
        is($seen->{http_x_own}, $path eq '/own' ? 'acme' : '', '... for gRPC');
        is("$seen->{http_apikey}$seen->{http_http2_settings}", '', '... and without the rest');
    }

    my (undef, $seen) = call('/except', @forged);

    is($seen->{http_x_consumer_id}, '', 'limit_except has the fields of its location');
    is($seen->{http_x_forwarded_for}, '127.0.0.1', '... which are not forged');

    for my $path (qw(/none)) {
        my ($r, $seen) = call($path, key(), @forged);

        is($r->{status}, 200, "$path is passed on");
        is("$seen->{http_x_consumer_id}$seen->{http_x_request_id}$seen->{http_x_lane_hash}", '',
           '... without a field of anybody\'s');
    }


=== TEST 2: refusals in the form of gRPC
--- user_files
>>> sorry.html
sorry
--- gate
--- config
    gate_auth key;
    gate_service s;
    location / { gate_pass grpc://grpc; }
    location /dead { gate_pass grpc://dead; }
    location /file { error_page 401 /sorry.html; gate_pass grpc://grpc; }
    location /named { error_page 401 = @sorry; gate_pass grpc://grpc; }
    location /off { gate_errors off; gate_pass grpc://grpc; }
    location /problem { gate_errors problem; gate_pass grpc://grpc; }
    location /proxied { gate_pass http://sidecar; }
    location /plain { grpc_pass grpc://grpc; }
    location @sorry { gate_auth off; return 418 sorry; }
    location = /sorry.html { gate_auth off; }
--- client
    for my $case (['/', 16, 'no_credential'], ['/problem', 16, 'no_credential'],
                  ['/plain', 16, 'no_credential'], ['/dead', 14, 'sidecar_unavailable', key()],
                  ['/a%2Fb', 3, 'bad_path', key()])
    {
        my ($path, $code, $reason, @fields) = @$case;
        my ($r) = call($path, @fields);

        is("$r->{status} " . $r->field('grpc-status'), "200 $code", "$path: code $code");
        is($r->field('content-type'), 'application/grpc', '... of its type');
        is($r->field('gate-reason'), $reason, '... the reason');
        like($r->field('grpc-message'), qr/^[\x20-\x7e]+\.$/, '... a sentence');
        is($r->{body} . ($r->field('content-length') // ''), '', '... and nothing else');
        like($r->field('x-request-id'), qr/^[0-9a-f-]{36}$/, '... but the id');
        is($r->field('cache-control'), 'no-store', '... for no cache to keep');
    }

    for my $path ('/file', '/named', '/off') {
        my ($r) = call($path);

        is($r->{status}, $path eq '/named' ? 418 : 401, "$path: another page comes first");
        is($r->field('grpc-status'), undef, '... and is no answer of gRPC');
    }

    my $type = 'Content-Type: application/grpc';

    for my $path ('/', '/proxied') {
        for my $method (qw(GET HEAD POST)) {
            is(ask($method, $path, $method eq 'POST' ? 'x' : '', $type)->{status}, 401,
               "HTTP/1.1: $method $path is no call");
        }
    }

    my $r = ask('POST', '/', 'x', $type);

    is($r->field('content-type'), 'application/problem+json', '... but a problem');
    is($r->field('grpc-status'), undef, '... of HTTP only');

    is(h2_get('/', $type)->{status}, 401, 'nor is GET by HTTP/2');
    ($r) = call('/proxied');
    is($r->{status}, 401, 'nor a request to a service of HTTP');
    is(h2_get('/', 'POST', 'content-type: application/grpc-web')->{status}, 401, 'nor gRPC-Web');


=== TEST 5: before a location, and in one for nobody
--- gate
--- config
    gate_auth key;
    gate_service s;
    location /a { gate_pass grpc://grpc; }
    location /b { deny all; }
--- client
    my ($r) = call('/nothing', key());

    is($r->field('grpc-status'), 12, 'a path of a server that passes calls on');
    is($r->field('gate-reason'), 'not_found', '... is not found by gRPC');
    ($r) = call('/b', key());
    is($r->{status}, 403, 'a location without a way to a service is of HTTP');


=== TEST 6: a server without gRPC
--- gate
--- config
    gate_auth key;
    gate_service s;
    location /a { gate_pass http://sidecar; }
--- client
    my ($r) = call('/nothing', key());

    is($r->{status}, 404, 'a path that is not there');
    is($r->field('content-type'), 'application/problem+json', '... is a problem');


=== TEST 7: who is asked by auth_request says no
--- user_files
>>> secret.html
secret
--- gate
    server {
        listen 127.0.0.1:$TEST_NGINX_PORT_3;
        gate_hygiene off;
        location / { auth_request /may; root html; }
        location = /may {
            internal;
            proxy_pass http://127.0.0.1:$TEST_NGINX_SERVER_PORT/may;
            proxy_pass_request_body off;
            proxy_set_header Content-Length '';
        }
    }
--- config
    gate_auth key;
    gate_service s;
    location /may { gate_pass http://sidecar; }
--- client
    my $front = sub {
        my $c = client($ENV{TEST_NGINX_PORT_3});

        $c->write(request('GET', '/secret.html', '', @_));

        return $c->read('GET')->{status};
    };

    is($front->(key()), 200, 'with a key');
    is($front->(), 401, 'without');
    is($front->('Content-Type: application/grpc'), 401, '... whatever it calls itself');


=== TEST 8: errors of gRPC where a service speaks HTTP
--- gate
    server {
        listen 127.0.0.1:$TEST_NGINX_PORT_3;
        gate_hygiene off;
        server_tokens off;
        default_type application/grpc;
        add_header x-gate-sidecar $arg_mark;
        add_header x-envoy-upstream-service-time $arg_time;
        add_header grpc-status $arg_code;
        add_header grpc-message $arg_said;
        location / { root html; try_files /none =204; }
        location /typed { return 200 ''; }
        location /late {
            add_header grpc-status 14;
            add_header grpc-message 'upstream request timeout';
            return 200 '';
        }
    }
--- config
    gate_auth key;
    gate_service s;
    gate_sidecar marker=x-gate-sidecar server=nginx;
    add_header x-by $gate_answered_by always;
    location / { gate_pass http://127.0.0.1:$TEST_NGINX_PORT_3; }
--- client
    my @said = ('said=upstream%20connect%20error');

    for my $case (['mark=UH&code=14', 502, 'sidecar_refused'],
                  ['mark=UT&code=14', 504, 'service_timeout'],
                  ['code=14', 502, 'sidecar_refused'], ['code=12', 502, 'sidecar_refused'],
                  ['code=4', 504, 'service_timeout'])
    {
        my ($query, $status, $reason) = @$case;

        for my $method (qw(GET HEAD POST)) {
            my $r = ask($method, "/?$query&@said", $method eq 'POST' ? 'x' : '', key(),
                        'Content-Type: application/grpc');

            is("$r->{status} " . $r->field('x-by'), "$status sidecar", "$method $query");
            is($r->field('content-type'), 'application/problem+json', '... a problem');
            is($r->json->{reason}, $reason, "... $reason") if $method ne 'HEAD';
            unlike($r->{head}, qr/grpc-|upstream connect/i, '... and nothing of the mesh');
        }
    }

    my $r = ask('GET', '/typed?code=14', '', key(), 'Content-Type: application/json');

    is($r->{status}, 502, 'also if only the answer is of gRPC');
    is(ask('GET', '/late', '', key())->{status}, 504, '... and in time or not by its words');

    $r = ask('GET', '/?code=14&time=5&said=mine', '', key(), 'Content-Type: application/grpc');
    is("$r->{status} " . $r->field('x-by'), '204 service', 'what took its time is the service\'s');
    is($r->field('grpc-message'), 'mine', '... as it said it');


=== TEST 3: errors of the sidecar's own are a 200
--- gate
    server {
        listen 127.0.0.1:$TEST_NGINX_PORT_3 http2;
        gate_hygiene off;
        default_type application/grpc;
        add_header x-gate-sidecar $arg_mark;
        add_header grpc-status $arg_code;
        add_header grpc-message 'upstream at 10.0.0.1';
        location / { root html; try_files /none =204; }
    }
--- config
    gate_auth key;
    gate_service s;
    location / { gate_pass grpc://own; }
--- client
    for my $case (['UH', 14, 14, 'sidecar_refused'], ['NR', 12, 12, 'sidecar_refused'],
                  ['UT', 14, 4, 'service_timeout'], ['UT', 4, 4, 'service_timeout'],
                  ['-', 7, 7, 'sidecar_refused'], ['UF', 99, 2, 'sidecar_refused'])
    {
        my ($mark, $sent, $code, $reason) = @$case;
        my ($r) = call("/?mark=$mark&code=$sent", key());

        is(join(' ', $r->all('grpc-status')), $code, "$mark, $sent: code $code, once");
        is($r->field('gate-reason'), $reason, '... and why');
        unlike(join(' ', $r->all('grpc-message')), qr/10\.0\.0\.1/, '... no inner names');
        is($r->field('x-gate-sidecar'), undef, '... nor the marker');
    }

    my ($r) = call('/?code=14', key());

    is(join(' ', $r->field('grpc-status'), $r->field('gate-reason') // 'none'), '14 none',
       'without a marker it is the service\'s');
    is($r->field('grpc-message'), 'upstream at 10.0.0.1', '... with its own words');


=== TEST 4: what a service says of nginx
--- gate
    server {
        listen 127.0.0.1:$TEST_NGINX_PORT_3 http2;
        gate_hygiene off;
        add_header X-Accel-Redirect /inner;
        location / { return 200 "at the service"; }
    }
--- config
    gate_auth key;
    gate_service s;
    location / { gate_pass grpc://own; }
    location /on { gate_accel on; gate_pass grpc://own; }
    location /ignored { gate_accel on; grpc_ignore_headers X-Accel-Redirect; gate_pass grpc://own; }
    location /outer {
        proxy_ignore_headers X-Accel-Redirect;
        gate_accel on;
        gate_pass http://sidecar;
        location /outer/inner { gate_pass grpc://own; }
    }
    location = /inner { internal; return 200 "within"; }
--- client
    for my $case (['/', 'at the service'], ['/on', 'within'], ['/ignored', 'at the service'],
                  ['/outer/inner', 'within'])
    {
        my ($r) = call($case->[0], key());

        is($r->{body}, $case->[1], "$case->[0]: $case->[1]");
        is($r->field('x-accel-redirect'), undef, '... and the client does not see it');
    }
