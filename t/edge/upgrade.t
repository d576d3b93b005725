#!/usr/bin/env perl
#
# Copyright (C) 2026 Meshgate contributors
#
# WebSocket is the one upgrade: within any other protocol, such as h2c, there
# are requests that no policy ever sees.

use GateTest;

run_gate_tests();


# status, and which of the fields the service saw

sub seen {
    my ($r) = @_;

    return join ' ', $r->{status},
           map { my $name = $_; map { "$name:$_" } $r->seen($name) }
           qw(upgrade http2-settings);
}


__DATA__

=== TEST 1: beside gate_pass, proxy_pass with $gate_connection, and without
--- gate
    gate_consumer acme { key sha256(secret); }
    proxy_http_version 1.1;
    proxy_set_header Upgrade $http_upgrade;
--- config
    $TEST_NGINX_LISTEN_H2
    gate_service s;
    location /pass/ { gate_auth key; gate_pass http://sidecar; }
    location /var/ { gate_auth key; proxy_set_header Upgrade $http_upgrade;
                     proxy_set_header Connection $gate_connection; proxy_pass http://sidecar; }
    location /careless/ { gate_auth key; proxy_set_header Upgrade $http_upgrade;
                          proxy_set_header Connection upgrade; proxy_pass http://sidecar; }
    location /open/ { proxy_set_header Upgrade $http_upgrade;
                      proxy_set_header Connection upgrade; proxy_pass http://sidecar; }
    location /elsewhere/ { gate_path off; proxy_set_header Upgrade $http_upgrade;
                           proxy_set_header Connection upgrade; proxy_pass http://sidecar; }
--- client
    my @key = ('apikey: secret', 'Connection: Upgrade, HTTP2-Settings');
    my @settings = ('HTTP2-Settings: AAMAAABkAAQAAP__');

    for my $path (qw(/pass/ /var/ /careless/ /open/)) {
        for my $ok ('websocket', 'WebSocket', 'WEBSOCKET') {
            my $r = get($path, 'apikey: secret', 'Connection: keep-alive, Upgrade',
                        "Upgrade: $ok");
            is($r->{status}, 101, "$path: $ok");
        }

        for my $other ('h2c', 'H2C', 'websocket, h2c', 'h2c, websocket',
                       'websocket,h2c', 'websocket/13', 'websocket;h2c', 'TLS/1.0',
                       'HTTP/2.0', 'spdy/3.1', 'tcp', 'x', 'websocket2')
        {
            is(seen(get($path, @key, @settings, "Upgrade: $other")), '200',
               "$path: $other");
        }

        my @two = ('Upgrade: websocket', 'Upgrade: h2c');

        is(seen(get($path, @key, @two)), '200', "$path: two fields");
        is(seen(get($path, @key, reverse @two)), '200',
           "$path: ... the other way round");
        is(seen(get($path, @key, ('Upgrade: websocket') x 2)), '200',
           "$path: ... twice the same");
        is(seen(ask('POST', $path, 'x', @key, 'Upgrade: websocket')), '200',
           "$path: POST");
        is(seen(ask('HEAD', $path, undef, @key, 'Upgrade: websocket')), '200',
           "$path: HEAD");
        is(seen(ask('POST', $path, 'x', @key, @settings, 'Upgrade: h2c')), '200',
           "$path: POST of h2c");
        is(seen(get($path, 'apikey: secret', 'Connection: keep-alive',
                    'Upgrade: websocket')), '200',
           "$path: not named in Connection");
        is(seen(raw("GET $path HTTP/1.0\r\nHost: x\r\n"
                    . join("\r\n", @key, 'Upgrade: websocket') . "\r\n\r\n")),
           '200', "$path: HTTP/1.0");
        is(seen(h2_get($path, $key[0], 'Upgrade: websocket')), '200',
           "$path: HTTP/2");
        is(seen(h2_get($path, $key[0], 'Upgrade: h2c')), '200',
           "$path: h2c by HTTP/2");
    }

    is(seen(get('/pass/', $key[0], @settings)), '200',
       'HTTP2-Settings alone is not sent');
    is(get('/pass/', $key[0], 'Connection: keep-alive', 'Connection: upgrade',
           'Upgrade: websocket')->{status}, 101, 'two Connection fields');
    is(get('/elsewhere/', @key, 'Upgrade: h2c')->{status}, 101,
       'gate_path off leaves a service of its own alone');


=== TEST 2: in a server without a policy $gate_connection says no more
--- gate
    gate_consumer acme { key sha256(secret); }
    server {
        listen 127.0.0.1:$TEST_NGINX_PORT_1;
        location / {
            proxy_http_version 1.1;
            proxy_set_header Upgrade $http_upgrade;
            proxy_set_header Connection $gate_connection;
            proxy_pass http://sidecar;
        }
    }
--- config
    location / { gate_auth key; gate_service s; gate_pass http://sidecar; }
--- client
    my $via = sub {
        my $c = client(port(1));

        $c->write(request('GET', '/', undef, 'Connection: Upgrade', @_));
        return $c->read('GET')->{status};
    };

    is($via->('Upgrade: websocket'), 101, 'WebSocket');
    is($via->('Upgrade: h2c'), 200, 'h2c');
    is($via->('Upgrade: websocket, h2c'), 200, 'both');


=== TEST 3: a subrequest upgrades nothing
--- gate
    gate_consumer acme { key sha256(secret); }
--- config
    gate_service s;
    location /page/ { gate_auth key; mirror /copy; gate_pass http://sidecar; }
    location = /copy { internal; proxy_http_version 1.1; proxy_set_header Upgrade $http_upgrade;
                       proxy_set_header Connection $gate_connection;
                       proxy_set_header X-Test-Id "copy$http_upgrade$gate_connection";
                       proxy_pass http://sidecar; }
--- client
    is(get('/page/', 'apikey: secret', 'Connection: Upgrade', 'Upgrade: h2c')->{status}, 200,
       'with a mirror');
    ok(wait_for(sub { $backend->executed('copy') == 1 }), '... that asks for none');
    is(get('/page/', 'apikey: secret', 'Connection: Upgrade', 'Upgrade: websocket')->{status}, 101,
       'a WebSocket with a mirror');
    ok(wait_for(sub { $backend->executed('copywebsocket') == 1 }), '... that is none');


=== TEST 4: a field that was read before it is dropped is not sent
--- gate
    gate_consumer acme { key sha256(secret); }
    map $http_upgrade $asked { default upgrade; "" ""; }
--- config
    gate_service s;
    if ($http_upgrade = "none") { set $none 1; }
    location /if/ {
        gate_auth key;
        if ($http_http2_settings) { set $none 1; }
        proxy_http_version 1.1;
        proxy_set_header Upgrade $http_upgrade;
        proxy_set_header HTTP2-Settings $http_http2_settings;
        proxy_set_header Connection $asked;
        proxy_pass http://sidecar;
    }
    location /elsewhere/ {
        gate_path off;
        proxy_http_version 1.1;
        proxy_set_header Upgrade $http_upgrade;
        proxy_set_header Connection upgrade;
        proxy_pass http://sidecar;
    }
--- client
    my @key = ('apikey: secret', 'Connection: Upgrade, HTTP2-Settings',
               'HTTP2-Settings: AAMAAABkAAQAAP__');

    for my $other ('h2c', 'websocket, h2c') {
        is(seen(get('/if/', @key, "Upgrade: $other")), '200', $other);
    }

    is(get('/if/', @key, 'Upgrade: websocket')->{status}, 101, 'WebSocket in an "if"');
    is(get('/elsewhere/', @key, 'Upgrade: h2c')->{status}, 101,
       'gate_path off leaves it alone');
