#!/usr/bin/env perl
#
# Copyright (C) 2026 Meshgate contributors
#
# The path that was matched is the path that is sent: what servers could read
# otherwise is refused, in what the client wrote, in what it was matched by,
# and in what is about to be sent.  t/mesh/path.t asks a real Envoy.

use GateTest;

run_gate_tests();


sub said {
    my ($r) = @_;

    return "$r->{status} " . ($r->json()->{reason} // '');
}


# the target that the service saw, or what refused it

sub sent {
    my ($r) = @_;

    return said($r) if !$r->{seen};

    return $r->{seen}{line} =~ /^\S+ (\S+) / ? $1 : $r->{seen}{line};
}


__DATA__

=== TEST 1: dot segments with parameters are refused, gated or not
--- gate
    gate_consumer acme { key sha256(secret); }
--- config
    $TEST_NGINX_LISTEN_H2
    gate_service s;
    location / { proxy_pass http://sidecar; }
    location /open/ { gate_pass http://sidecar; }
    location /orders/ { gate_auth key; gate_pass http://sidecar; }
    location /plain/ { gate_auth key; proxy_pass http://sidecar; }
--- client
    for my $in ('', '/open', '/orders', '/plain') {
        for my $path ('/x/..;/orders/admin/x', '/x/..%3b/orders/admin/x',
                      '/.;/orders/admin/x', '/x/%2e%2e;/..', '/x/%2e%2e%3B/y',
                      '/.%2e;a=b/orders/x', '/%2E;/x', '/x/..;', '/x/..;?a=b',
                      '/x/.;', '/;/orders/x', '/x/;a=b/y', '/x/..;;/y',
                      '/x/..%3B%3b/y', '/x/..;%2e/y', '/x/..%2forders/x',
                      '/x/..%5corders/x', '/x/..\\orders/x', '/a%2Fb',
                      '/a%5Cb', '/a\\b', '/a%0ab', '/a%7fb', '/a%01b')
        {
            is(said(get("$in$path", 'apikey: secret')), '400 bad_path',
               "$in$path");

            next if $path =~ /\\/;

            is(said(h2_get("$in$path", 'apikey: secret')), '400 bad_path',
               '... by HTTP/2');
        }

        my $r = raw("GET http://other$in/x/..;/orders/admin/x HTTP/1.1\r\n"
                    . "Host: x\r\napikey: secret\r\nConnection: close\r\n\r\n");

        is(said($r), '400 bad_path', "an absolute target: $in");
    }

    is(said(get('/orders/..;/x')), '400 bad_path', 'without a key as well');


=== TEST 2: what every server reads in one way goes on
--- gate
    gate_consumer acme { key sha256(secret); }
--- config
    gate_service s;
    location / { proxy_pass http://sidecar; }
    location /orders/ { gate_auth key; gate_pass http://sidecar; }
--- client
    for my $row ([ '/a;b=c/d' ], [ '/a..;b/c' ], [ '/...;/c' ], [ '/a.;/c' ],
                 [ '/a%20b' ], [ '/caf%C3%A9' ], [ '/a%252Fb' ], [ '/a%25b' ],
                 [ '/a%252e%252e/b' ], [ '/%3f' => '/%3F' ], [ '/a/;jsess=1' ],
                 [ '/..a/b' ], [ '/.well-known/x' ], [ '/a?b=/../c//d%2F' ],
                 [ '/a//b' => '/a/b' ], [ '/a/./b' => '/a/b' ],
                 [ '/a/../b' => '/b' ], [ '/a/%2e%2e/b' => '/b' ],
                 [ '/%61b' => '/ab' ], [ '/a/..' => '/' ], [ '/' ],
                 [ '/a#b' => '/a' ])
    {
        my ($path, $to) = ($row->[0], $row->[1] // $row->[0]);

        is(sent(get("/orders$path", 'apikey: secret')), "/orders$to",
           "gated: $path");
        is(sent(get($path)), $to eq '/%3F' ? '/%3f' : $to, "open: $path");
    }

    is(sent(get('/a%2Bb%40c')), '/a%2Bb%40c',
       'what is escaped in an open location stays so');


=== TEST 3: two slashes are not two names for one location
--- gate
    gate_consumer acme { key sha256(secret); }
--- config
    merge_slashes off;
    gate_service s;
    location / { proxy_pass http://sidecar; }
    location /pass/ { gate_pass http://sidecar; }
    location /orders/ { gate_auth key; gate_pass http://sidecar; }
--- client
    for my $path ('//admin/s', '//orders/x', '/x//orders/x', '/pass//x',
                  '/orders//x', '///', '/x/..//orders/x')
    {
        is(said(get($path, 'apikey: secret')), '400 bad_path', $path);
    }

    is(sent(get('/x/')), '/x/', 'one at the end is one');


=== TEST 4: a path put together is looked at as it will be sent
--- gate
    gate_plan trial { rate 1r/h burst=5; }
    gate_consumer acme { plan trial; key sha256(secret); }
--- config
    gate_service s;
    gate_auth key;
    gate_limit plan;
    gate_meter requests;
    gate_api x;
    location /api { gate_pass http://sidecar/v1/; }
    location /bare { gate_pass http://sidecar/v1; }
    location /good/ { gate_pass http://sidecar/v1/; }
    location /break/ { rewrite ^/break/(.*)$ /v1/$arg_to$1 break; gate_pass http://sidecar; }
    location /if { if ($arg_to) { rewrite ^/if(.*)$ /v1/$arg_to break; } gate_pass http://sidecar; }
    location /cut/ { rewrite ^/cut/(.*)$ /$1 break; gate_pass http://sidecar/v1/; }
    location /whole/ { rewrite ^/whole/(.*)$ /$1 break; gate_pass http://sidecar/v1; }
    location /asked { gate_pass http://sidecar$request_uri; }
    location /uri { gate_pass http://sidecar$uri; }
    location /literal { gate_pass http://$TEST_NGINX_BACKEND$uri; }
    location /unix { gate_pass http://unix:/nowhere:/v1/$arg_to; }
    location ~ ^/regex(.*)$ { gate_pass http://sidecar/v1/$1; }
    location /nested { gate_pass http://sidecar/v1/; limit_except GET { deny all; } }
    location /status {
        gate_auth off;
        gate_limit rate=9r/s key=$arg_none;
        gate_meter off;
        gate_status format=prometheus;
    }
--- client
    my @bad = ('/api../orders/x', '/api..', '/api..;/x', '/api./x',
               '/api/x', '/api//x', '/bare/..;/x', '/nested../x',
               '/break/v1/..;/x', '/break/x?to=../', '/break/x?to=/',
               '/break/x?to=.;/', '/if?to=../x', '/if?to=..;',
               '/asked/../asked/x', '/asked//x', '/asked/%2e/x',
               '/uri%252fx', '/uri%2541', '/uri%3fx', '/uri%23x',
               '/uri%20x', '/uri%252525%256f', '/uri%25', '/literal%252fx',
               '/literal%3f', '/regex../orders/x', '/regex/x', '/regex%3f',
               '/unix?to=../x', '/unix?to=%2e%2e', '/unix?to=..%2fx');

    is(said(get($_, 'apikey: secret')), '400 bad_path', $_) for @bad;

    # what a rewrite leaves is put behind the URL as a whole, which is seen
    # before anybody is asked who it is

    is(said(get('/cut/x')), '400 bad_path', 'a rewritten path, two slashes');
    is(said(get('/whole/x')), '401 no_credential', '... and one');

    # a part of the query that becomes one of the path is escaped

    for my $row ([ '/good/x' => '/v1/x' ], [ '/bare' => '/v1' ],
                 [ '/asked/x%20y' => '/asked/x%20y' ], [ '/uri/x' => '/uri/x' ],
                 [ '/break/x?to=..%2f' => '/v1/..%252fx?to=..%2f' ],
                 [ '/if?to=%2e%2e' => '/v1/%252e%252e?to=%2e%2e' ])
    {
        is(sent(get($row->[0], 'apikey: secret')), $row->[1],
           "$row->[0] goes on");
    }

    is(said(get('/good/x', 'apikey: secret')), '429 rate_limited',
       'only they were paid for');

    my $text;

    wait_for(sub {
        $text = get('/status')->{body};
        return $text =~ /^gate_requests_total\{.*"bad_path"\} (\d+)$/m
               && $1 > @bad;      # a reload keeps those of earlier cases
    });

    like($text, qr/^gate_requests_total\{.*"refused",reason="bad_path"\}/m,
         'the others were refused');
    unlike($text, qr/"admitted",reason="bad_path"/, '... and not admitted');


=== TEST 5: a proxy_pass of one's own is looked at as well
--- gate
    gate_consumer acme { key sha256(secret); }
--- config
    gate_service s;
    location /orders/ { gate_auth key; gate_pass http://sidecar; }
    location /gated { gate_auth key; proxy_pass http://sidecar/v1/; }
    location /open { proxy_pass http://sidecar/v1/; }
    location /address { proxy_pass http://$TEST_NGINX_BACKEND/v1/; }
    location ~ ^/regex(.*)$ { proxy_pass http://sidecar/v1/$1; }
    location /asked { proxy_pass http://sidecar$request_uri; }
    location /uri { proxy_pass http://sidecar$uri; }
    location /rewrite { rewrite ^/rewrite(.*)$ /v1$1$arg_to break; proxy_pass http://sidecar; }
    location /tried {
        root $TEST_NGINX_STATE;
        try_files /tried/x =404;
        gate_pass http://sidecar/v1/;
    }
    location /page/ { proxy_pass http://sidecar//; error_page 400 500 = @page; }
    location @page { return 418; }
    location /errors/ { gate_errors off; proxy_pass http://sidecar//; }
--- client
    for my $path ('/gated../orders/x', '/gated/..;/x', '/open../orders/x',
                  '/open..;/x', '/open/;/x', '/address../orders/x',
                  '/regex../orders/x', '/regex/x', '/regex%3f',
                  '/regex%23', '/regex%252e', '/asked/../asked/x', '/asked//x',
                  '/asked/%2E/x', '/uri%2541', '/uri%3f.png', '/uri%20x',
                  '/rewrite?to=/../x', '/rewrite/?to=/', '/rewrite?to=/..;/')
    {
        my $id = 'id' . $path =~ s/\W/_/gr;

        is(said(get($path, 'apikey: secret', "X-Test-Id: $id")),
           '400 bad_path', $path);
        is($backend->executed($id), 0, '... did not arrive');
    }

    is(sent(get('/openx')), '/v1/x', 'else it goes on');

    # try_files finds another path when all else has been looked at

    mkdir "$ENV{TEST_NGINX_STATE}/tried";
    open my $fh, '>', "$ENV{TEST_NGINX_STATE}/tried/x" or die $!;
    close $fh;
    is(said(get('/tried')), '400 bad_path', 'a path that try_files found');

    # where the URL and the location's name do not fit each other: a habit

    for my $row ([ '/gated/x' => '/v1//x' ], [ '/open/x/y' => '/v1//x/y' ],
                 [ '/open//x' => '/v1//x' ], [ '/address/' => '/v1//' ],
                 [ '/open/x?a=//b' => '/v1//x?a=//b' ])
    {
        is(sent(get($row->[0], 'apikey: secret')), $row->[1],
           "$row->[0] has a slash more");
    }

    is(get('/page/x')->{status}, 418, 'an error page is shown');
    is(get('/errors/x')->{status}, 400, 'nginx\'s own page');


=== TEST 6: the check in locations without a policy can be turned off
--- gate
    gate_consumer acme { key sha256(secret); }
--- config
    gate_service s;
    location / { proxy_pass http://sidecar; }
    location /git/ { gate_path off; proxy_pass http://sidecar; }
    location /git/sub/ { gate_path on; proxy_pass http://sidecar; }
    location /orders/ { gate_path off; gate_auth key; gate_pass http://sidecar; }
    location /files/ { root html; }
--- client
    is(sent(get('/git/a%2Fb/..;/c')), '/git/a%2Fb/..;/c', 'off');
    is(said(get('/git/sub/a%2Fb')), '400 bad_path', 'on again');
    is(said(get('/a%2Fb')), '400 bad_path', 'on by default');
    is(said(get('/orders/a%2Fb', 'apikey: secret')), '400 bad_path',
       'never off where a policy stands');
    is(get('/files/a%2Fb')->{status}, 404, 'a file is nobody else\'s to read');


=== TEST 7: a server without a policy is left alone
--- gate
    gate_consumer acme { key sha256(secret); }
    server {
        listen 127.0.0.1:$TEST_NGINX_PORT_1;
        merge_slashes off;
        location / { proxy_pass http://sidecar; }
    }
--- config
    location / { gate_auth key; gate_service s; gate_pass http://sidecar; }
--- client
    for my $path ('/a%2Fb', '//a', '/x/..;/y', '/a/../b') {
        my $c = client(port(1));

        $c->write(request('GET', $path));
        is(sent($c->read('GET')), $path, $path);
    }


=== TEST 8: an error page does not send what was refused
--- gate
    gate_consumer acme { key sha256(secret); }
--- user_files
>>> bad.html
bad
--- config
    gate_service s;
    recursive_error_pages on;
    location / { proxy_pass http://sidecar; error_page 400 = @again; }
    location @again { proxy_pass http://sidecar; }
    location /page/ { proxy_pass http://sidecar; error_page 400 /bad.html; }
    location = /bad.html { }
    location /orders/ { gate_auth key; gate_pass http://sidecar; error_page 400 = @open; }
    location @open { proxy_pass http://sidecar; }
--- client
    is(get('/x/..;/id=A')->{status}, 400, 'a named location, open');
    is(get('/orders/..;/id=B', 'apikey: secret')->{status}, 400, '... gated');

    my $r = get('/page/..;/id=C');
    is("$r->{status} $r->{body}", "400 bad\n", 'a file is shown');

    is($backend->executed($_), 0, "$_ did not arrive") for qw(A B C);


=== TEST 9: a subrequest does not send it either
--- gate
    gate_consumer acme { key sha256(secret); }
--- user_files
>>> page.html
[<!--# include virtual="/api/$arg_to" -->]
--- config
    ssi on;
    gate_service s;
    location /api/ { gate_pass http://sidecar/v1/; }
    location /gated/ { gate_auth key; gate_pass http://sidecar; }
    location = /page.html { }
    location /mirror/ { mirror /copy; proxy_pass http://sidecar; }
    location = /copy { internal; proxy_pass http://sidecar$request_uri; }
--- client
    like(get('/page.html?to=id=OK')->{body}, qr/GET/, 'an SSI');
    is($backend->executed('OK'), 1, '... arrives');

    get('/page.html?to=..;/id=BAD');
    is($backend->executed('BAD'), 0, '... but for one with a bad path');

    is(get('/mirror/x/../id=MIRROR')->{status}, 200, 'a mirror of the raw path');
    is($backend->executed('MIRROR'), 1, '... is not sent when it is bad');


=== TEST 10: a URL with variables that names no upstream
--- gate
    gate_consumer acme { key sha256(secret); }
    server {
        listen 127.0.0.1:$TEST_NGINX_PORT_1;
        listen unix:$TEST_NGINX_STATE/service;
        return 200 "$remote_addr $request_uri";
    }
    map $uri $mapped { ~^/map/?(.*)$ /pub/$1; }
    server {
        listen 127.0.0.1:$TEST_NGINX_PORT_2;
        location ~ ^/re/?(.*)$ { proxy_pass http://127.0.0.1:$TEST_NGINX_PORT_1/pub/$1; }
    }
--- config
    $TEST_NGINX_LISTEN_H2
    gate_service s;
    location /orders/ { gate_auth key; gate_pass http://sidecar; }
    location ~ ^/re/?(.*)$ { proxy_pass http://127.0.0.1:$TEST_NGINX_PORT_1/pub/$1; }
    location ~ ^/unix/?(.*)$ { proxy_pass http://unix:$TEST_NGINX_STATE/service:/pub/$1; }
    location ~ ^/if/?(.*)$ {
        if ($arg_x) { set $x 1; }
        proxy_pass http://127.0.0.1:$TEST_NGINX_PORT_1/pub/$1;
    }
    location ~ ^/auth/?(.*)$ {
        gate_auth key;
        proxy_pass http://127.0.0.1:$TEST_NGINX_PORT_1/pub/$1;
    }
    location ~ ^/bind/?(.*)$ {
        proxy_bind 127.0.0.3;
        proxy_pass http://127.0.0.1:$TEST_NGINX_PORT_1/pub/$1;
    }
    location ~ ^/from/?(.*)$ {
        set $from 127.0.0.4;
        proxy_bind $from;
        proxy_pass http://127.0.0.1:$TEST_NGINX_PORT_1/pub/$1;
    }
    location ~ ^/off/?(.*)$ {
        gate_path off;
        proxy_pass http://127.0.0.1:$TEST_NGINX_PORT_1/pub/$1;
    }
    location /map { proxy_pass http://127.0.0.1:$TEST_NGINX_PORT_1$mapped; }
    location = /arg { proxy_pass http://127.0.0.1:$TEST_NGINX_PORT_1/pub/$arg_f; }
    location = /field { proxy_pass http://127.0.0.1:$TEST_NGINX_PORT_1/pub/$http_x_f; }
--- client
    my %from = ('/bind' => '127.0.0.3', '/from' => '127.0.0.4', '/unix' => 'unix:');

    for my $in (qw(/re /unix /if /auth /bind /from /map)) {
        is(get("$in/a", 'apikey: secret')->{body}, ($from{$in} // '127.0.0.1') . ' /pub/a',
           "$in: a good path");

        for my $path ('../orders/x', '..;/orders/x', '.%2e/orders/x', './x', '%2e./orders/x') {
            is(said(get("$in$path", 'apikey: secret')), '400 bad_path', "$in$path");
            is(said(h2_get("$in$path", 'apikey: secret')), '400 bad_path', '... by HTTP/2, too');
        }
    }

    is(said(get('/if../x?x=1')), '400 bad_path', 'a block of "if"');
    is(get('/off../x')->{body}, '127.0.0.1 /pub/../x', 'gate_path off lets it pass');

    is(get('/arg?f=a')->{body}, '127.0.0.1 /pub/a', 'an argument');
    is(get('/field', 'X-F: a')->{body}, '127.0.0.1 /pub/a', 'a field');

    for my $f ('../orders/x', '%2e%2e/orders/x', '..;/x', 'a/..', 'a%2fb', 'a\\b') {
        is(said(get("/arg?f=$f")), '400 bad_path', "an argument: $f");
        is(said(get('/field', "X-F: $f")), '400 bad_path', "a field: $f");
    }

    my $r = do { my $c = client(port(2)); $c->write(request('GET', '/re../x', undef)); $c->read() };
    is($r->{body}, '127.0.0.1 /pub/../x', 'a server without a policy is left alone');


=== TEST 11: encoded slashes that are kept
--- gate
    gate_consumer acme { key sha256(secret); }
    log_format path '$uri $request_uri';
--- user_files
>>> sorry.html
sorry
--- config
    $TEST_NGINX_LISTEN_H2
    gate_service s;
    rewrite ^/served/(.*)$ /keep/$1 last;
    location /keep/ {
        gate_path encoded_slash=keep;
        gate_auth key;
        gate_pass http://sidecar;
        access_log $TEST_NGINX_STATE/path.log path;
        location /keep/inner/ { gate_auth off; gate_pass http://sidecar; }
        location /keep/strict/ { gate_path encoded_slash=refuse; gate_pass http://sidecar; }
        location ~ [.]x$ { gate_auth off; gate_pass http://sidecar; }
    }
    location /strict/ { gate_auth key; gate_pass http://sidecar; }
    location /uri/ {
        gate_path encoded_slash=keep;
        gate_auth off;
        gate_pass http://sidecar/v1/;
    }
    location /last/ { gate_path encoded_slash=keep; gate_auth off;
                      rewrite ^/last/(.*)$ /uri/$1 last; gate_pass http://sidecar; }
    location /broken/ { gate_path encoded_slash=keep; gate_auth off;
                        rewrite ^/broken/(.*)$ /uri/$1 break; gate_pass http://sidecar; }
    location /pages/ { gate_path encoded_slash=keep; gate_auth off;
                       rewrite ^/pages/(.*)$ /keep/$1 last; }
    location /tried/ { gate_path encoded_slash=keep; gate_auth off;
                       try_files /none /keep/$arg_x; gate_pass http://sidecar; }
    location /orders/ {
        gate_path encoded_slash=keep;
        gate_auth off;
        gate_versions orders { version v1 /keep/; default v1; }
    }
    location /lost/ { gate_path encoded_slash=keep; gate_auth off;
                      rewrite ^/lost/(.*)$ /strict/$1 last; gate_pass http://sidecar; }
    location /open/ { gate_path encoded_slash=keep; proxy_pass http://sidecar; }
    location /first/ { gate_path encoded_slash=keep; gate_auth off; try_files /none @later; }
    location @later { gate_path encoded_slash=keep; gate_pass http://sidecar; }
    location /page/ {
        gate_path encoded_slash=keep;
        gate_auth off;
        error_page 502 /sorry.html;
        gate_pass http://127.0.0.1:$TEST_NGINX_PORT_1;
    }
    location = /sorry.html { gate_auth off; gate_path on; }
    location /copied/ {
        gate_path encoded_slash=keep;
        gate_auth key;
        mirror /mirror;
        gate_pass http://sidecar;
    }
    location = /mirror { internal; gate_path encoded_slash=keep; gate_auth key;
                         access_log off; gate_pass http://sidecar$request_uri; }
    location /put/ { gate_path encoded_slash=keep; gate_auth off; gate_pass http://sidecar;
                     limit_except GET { deny all; } }
    location /joined/ { gate_path encoded_slash=keep; proxy_pass http://sidecar$arg_to; }
    location / { proxy_pass http://sidecar; }
--- client
    my @key = ('apikey: secret');

    for my $row ([ '/keep/a%2Fb' => '/keep/a%2Fb' ], [ '/keep/a%2fb' => '/keep/a%2Fb' ],
                 [ '/keep/x/../a%2fb%20c?d' => '/keep/a%2Fb%20c?d' ],
                 [ '/keep//a%2Fb/%7e' => '/keep/a%2Fb/~' ], [ '/keep/%61' => '/keep/a' ],
                 [ '/keep/a%2Fb?%252F%2F..' => '/keep/a%2Fb?%252F%2F..' ],
                 [ '/keep/inner/a%2Fb' => '/keep/inner/a%2Fb' ],
                 [ '/keep/a%2Fb.x' => '/keep/a%2Fb.x' ],
                 [ '/uri/a%2Fb' => '/v1/a%2Fb' ], [ '/last/a?c' => '/v1/a?c' ],
                 [ '/broken/a%2Fb' => '/uri/a%2Fb' ], [ '/orders/a' => '/keep/a' ],
                 [ '/open/a%2fb' => '/open/a%2fb' ], [ '/open/x/../a%2Fb' => '/open/a%2Fb' ],
                 [ '/first/a%2Fb' => '/first/a%2Fb' ], [ '/copied/a%2Fb' => '/copied/a%2Fb' ],
                 [ '/put/a%2Fb' => '/put/a%2Fb' ], [ 'http://x/keep/a%2Fb' => '/keep/a%2Fb' ])
    {
        is(sent(get($row->[0], @key)), $row->[1], "$row->[0] is sent as $row->[1]");
        next if $row->[0] =~ /^http/;
        is(sent(h2_get($row->[0], @key)), $row->[1], "... $row->[0] by HTTP/2");
    }

    for my $path (qw(/keep/inner%2Fa /keep%2Fa /keep/strict%2Fa /keep/strict/a%2Fb /strict/a%2Fb
                     /strict%2Fa /a%2Fkeep/b /a%2Fb /x%2F..%2Fkeep/a%2Fb /keep/a%2F..%2Fb
                     /keep/a%2F/b /keep/a%252Fb /keep/a%252fb /keep/a%2Fb;c /keep/a%2F%5cb
                     /last/a%2Fb /pages/inner%2Fa /pages/a%2Fb /orders/inner%2Fa
                     /orders/a%2Fb /tried/a%2Fb?x=inner%2Fa
                     /lost/a%2Fb /keep/..%2Fb/c /keep/inner/..%2Fa /keep/a%252%66 /keep/%252F),
                  '/keep/a%2Fb\\c', '/served/a%2Fb', '/keep/a%2F.x/../..')
    {
        is(said(get($path, @key)), '400 bad_path', "$path is nobody's");
    }

    for my $to (qw(/a%252F..%252Fb /a/../b /a//b)) {
        is(said(get("/joined/a%2Fb?to=$to")), '400 bad_path', "... nor is $to as it is sent");
    }

    is(said(get('/keep/a%2Fb')), '401 no_credential', 'who calls is asked as ever');
    is(ask('POST', '/put/a%2Fb', 'x')->{status}, 403, 'so is how');
    is(ask('POST', '/keep/a%2Fb', 'a body', @key)->{seen}{body}, 'a body', 'a body goes with it');
    is(ask('POST', '/keep/x/../a%2Fb', 'a body', @key)->{seen}{body}, 'a body',
       '... also with one that is put together');
    is(get('/page/a%2Fb')->{body}, "sorry\n", 'an error page is shown, without policies');
    get('/keep/x/../last%2Fone', @key);
    ok(wait_for(sub { log_text('path.log') =~ m{^/keep/last%2Fone /keep/x/../last%2Fone$}m }),
       'the log has the path that was matched, and the one that was asked for');
