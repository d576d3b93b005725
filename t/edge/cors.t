#!/usr/bin/env perl
#
# Copyright (C) 2026 Meshgate contributors
#
# CORS as browsers read it: preflights are answered at the gate and never get
# further, and each answer says to whom it may be shown.

use GateTest;

add_block_preprocessor(sub {
    my ($block) = @_;

    $block->set_value('gate', ($block->gate // '') . service());
});

run_gate_tests();


# A service that has its own idea of CORS.

sub service {
    return <<'EOT';
    server {
        listen 127.0.0.1:$TEST_NGINX_PORT_1;
        add_header Access-Control-Allow-Origin * always;
        add_header access-control-allow-credentials false always;
        add_header Access-Control-Expose-Headers X-Inner always;
        add_header Vary Accept-Language always;
        add_header Vary "User-Agent, X-A" always;
        location / { return 200 own; }
        location /star/ { add_header Vary * always; return 200 star; }
        location /mine/ { add_header Vary "accept, origin" always; return 200 mine; }
    }
EOT
}


# What a browser looks at, in one line.

sub cors {
    my ($r) = @_;

    my @said = map { my $name = lc $_->[0];
                     $name =~ /^access-control-(.*)/ ? "$1=$_->[1]" : () } @{ $r->{fields} };

    return join ' | ', $r->{status}, @said, map { "vary=$_" } $r->all('vary');
}


sub preflight {
    my ($path, $origin, $method, $fields, @more) = @_;

    return ask('OPTIONS', $path, undef, "Origin: $origin",
               "Access-Control-Request-Method: $method",
               (defined $fields ? "Access-Control-Request-Headers: $fields" : ()), @more);
}


__DATA__

=== TEST 1: preflights
--- gate
    gate_consumer acme { key sha256(secret); }
    log_format said '$gate_decision $gate_reason';
--- config
    $TEST_NGINX_LISTEN_H2
    gate_service s;
    access_log $TEST_NGINX_STATE/access.log said;
    location /list/ {
        gate_cors origin=https://a.example,https://*.b.example,http://[::1]:8080,null
                  methods=GET,POST,PUT headers=Content-Type,X-A expose=X-B,X-Request-Id
                  max_age=10m credentials;
        gate_auth key;
        gate_pass http://sidecar;
    }
    location /any/ {
        gate_cors origin=* methods=* headers=* status=200;
        gate_auth key;
        gate_pass http://sidecar;
    }
    location /bare/ {
        gate_cors origin=https://a.example;
        gate_auth key;
        gate_pass http://sidecar;
    }
    location = /status { gate_status format=prometheus; }
--- client
    my $vary = 'vary=Origin, Access-Control-Request-Method, Access-Control-Request-Headers';
    my $origin = 'https://a.example';
    my $yes = "204 | allow-origin=$origin | allow-credentials=true | allow-methods=GET, POST, PUT"
              . " | allow-headers=Content-Type, X-A | max-age=600 | $vary";

    my $r = preflight('/list/', $origin, 'PUT', 'content-type,x-a');
    is(cors($r), $yes, 'a preflight is answered');
    is($r->{body}, '', '... without a body');
    is($r->{seen}, undef, '... and not by the service');
    is($r->field('content-length'), undef, '... nor a length');
    like($r->field('x-request-id'), qr/^[\da-f-]{36}$/, '... with the id of the request');
    ok(wait_for(sub { log_text('access.log') eq "answered -\n" }),
       '... which the log knows as answered');
    is(cors(preflight('/list/', $origin, 'PUT', undef)), $yes, 'one without fields');
    is(cors(preflight('/list/', $origin, 'PUT', 'X-A, CONTENT-TYPE,')), $yes, 'fields in any case');
    is(cors(h2_get('/list/', 'OPTIONS', "origin: $origin", 'access-control-request-method: PUT')),
       $yes, 'by HTTP/2');

    for my $origin ('https://x.b.example', 'https://x.y.b.example:443', 'http://[::1]:8080',
                    'HTTPS://A.Example', 'null')
    {
        like(cors(preflight('/list/', $origin, 'GET', undef)),
             qr/^204 \| allow-origin=\Q$origin\E \|/, "the origin $origin");
    }

    for my $origin ('https://b.example', 'https://evil-b.example', 'https://a.example.evil',
                    'https://a.example@evil', 'https://a.example:8443', 'http://a.example',
                    'https://a.example/', 'https://a.example.', 'https://evil/.b.example',
                    'http://[::2]:8080', 'file://', 'https://evil', '*', '', 'NULL')
    {
        my $r = preflight('/list/', $origin, 'GET', undef);
        is(cors($r), "403 | $vary", "the origin \"$origin\" is refused");
        is($r->json()->{reason} // $r->{body}, 'cors_refused', '... by a problem');
        is($r->json()->{detail}, 'The origin is not allowed here.', '... that says why');
    }

    for my $method ('DELETE', 'put', 'GET, POST', '', 'PUT ' . chr(233)) {
        $r = preflight('/list/', $origin, $method, undef);
        is(cors($r), "403 | $vary", "the method \"$method\" is refused");
        like($r->json()->{detail}, qr/^The method /, '... and told');
    }

    for my $fields ('x-b', 'x-a,x-b', 'x-a x-b', '*', 'authorization', 'x-a:', 'x-a,' x 101) {
        $r = preflight('/list/', $origin, 'PUT', $fields);
        is(cors($r), "403 | $vary", 'the fields "' . substr($fields, 0, 20) . '" are refused');
        like($r->json()->{detail}, qr/^A field /, '... and it is told that it was a field');
    }

    is(cors(preflight('/list/', $origin, 'GET', undef, 'Origin: https://x.b.example')),
       "403 | $vary", 'two origins are none');
    is(cors(preflight('/list/', $origin, 'GET', undef, 'Access-Control-Request-Method: PUT')),
       "403 | $vary", 'nor are two methods one');
    is(cors(preflight('/list/', $origin, 'GET', 'x-a', 'Access-Control-Request-Headers: x-a')),
       "403 | $vary", 'nor are two lists of fields one');

    my $bare = "204 | allow-origin=$origin | allow-methods=GET, HEAD, POST | $vary";

    is(cors(preflight('/bare/', $origin, 'POST', undef)), $bare, 'what is there by default');
    is(cors(preflight('/bare/', $origin, 'PUT', undef)), "403 | $vary", '... and no other method');
    is(cors(preflight('/bare/', $origin, 'GET', 'x-a')), "403 | $vary", '... nor any field');
    is(cors(preflight('/bare/', $origin, 'GET', '')), $bare, '... but an empty list');

    $vary = 'vary=Access-Control-Request-Method, Access-Control-Request-Headers';
    $r = preflight('/any/', 'https://evil', 'PURGE', 'authorization, x-y');
    is(cors($r), "200 | allow-origin=* | allow-methods=PURGE | allow-headers=authorization, x-y"
                 . " | $vary", 'anything, from anywhere');
    is($r->field('content-length'), 0, '... with a body of no bytes, as it says 200');
    is(cors(preflight('/any/', 'whatever', 'GET', undef)),
       "200 | allow-origin=* | allow-methods=GET | $vary", '... or nothing of it');
    is(cors(preflight('/any/', 'a', 'GET', "a\tb")), "403 | $vary", '... but names only');
    is(cors(preflight('/any/', 'a', 'G T', undef)), "403 | $vary", '... and a method only');

    ok(wait_for(sub { (log_text('access.log') =~ tr/\n//) == 47 }), 'all of them are in the log');
    is(log_text('access.log') =~ s/^(?:answered -|refused cors_refused)\n//gmr, '',
       '... and none went any further');

    my $text = get('/status')->{body};
    my %counted = $text =~ /^gate_cors_preflights_total\{result="(\w+)"\} (\d+)$/mg;
    is(join(' ', map { "$_:$counted{$_}" } sort keys %counted),
       'allowed:13 field:10 method:8 origin:16', 'they are counted');
    like($text, qr/^gate_requests_total\{.*decision="answered",reason=""\} 13$/m,
         '... as requests, too');


=== TEST 2: what a preflight is not
--- gate
    gate_consumer acme { key sha256(secret); }
--- config
    gate_service s;
    gate_cors origin=https://a.example;
    location / { gate_auth key; gate_pass http://sidecar; }
    location /open/ { gate_cors off; gate_auth key preflight; gate_pass http://sidecar; }
    location /both/ { gate_auth key preflight; gate_pass http://sidecar; }
--- client
    my @origin = ('Origin: https://a.example');
    my @method = ('Access-Control-Request-Method: GET');
    my $yes = '401 | allow-origin=https://a.example | vary=Origin';

    is(cors(ask('OPTIONS', '/', undef, @origin)), $yes, 'OPTIONS without a method to ask for');
    is(cors(ask('OPTIONS', '/', undef, @method)), '401 | vary=Origin', '... without an origin');
    is(cors(ask('GET', '/', undef, @origin, @method)), $yes, 'another method than OPTIONS');
    is(cors(ask('OPTIONS', '/', undef, 'apikey: secret', @origin)), $yes =~ s/401/200/r,
       'an OPTIONS of a caller goes to the service');

    is(ask('OPTIONS', '/open/', undef, @origin, @method)->{seen}{line}, 'OPTIONS /open/ HTTP/1.1',
       'gate_auth preflight lets one through');
    is(cors(ask('OPTIONS', '/open/', undef, @origin, @method)), '200', '... with nothing said');
    is(ask('OPTIONS', '/both/', undef, @origin, @method)->{status}, 204, '... not by gate_cors');
    is(cors(ask('OPTIONS', '/', 'x' x 70000, @origin, @method)) =~ /^204 /, 1,
       'a body of one is of no use');


=== TEST 3: all other answers
--- gate
    gate_consumer acme { key sha256(secret); }
    proxy_cache_path $TEST_NGINX_STATE/cache keys_zone=c:1m;
--- config
    $TEST_NGINX_LISTEN_H2
    gate_service s;
    location / {
        client_max_body_size 10;
        gate_cors origin=https://a.example,https://b.example credentials expose=X-Request-Id;
        gate_auth key;
        gate_pass http://127.0.0.1:$TEST_NGINX_PORT_1;
        location /nested/ { gate_auth off; gate_pass http://127.0.0.1:$TEST_NGINX_PORT_1; }
        location /off/ { gate_cors off; gate_pass http://127.0.0.1:$TEST_NGINX_PORT_1; }
    }
    location /any/ { gate_cors origin=* expose=*; gate_pass http://127.0.0.1:$TEST_NGINX_PORT_1/; }
    location /away/ {
        gate_cors origin=https://a.example;
        gate_pass http://127.0.0.1:$TEST_NGINX_PORT_2;
    }
    location /file/ { gate_cors origin=https://a.example; }
    location /limited/ {
        gate_cors origin=https://a.example;
        gate_limit rate=1r/h key=$remote_addr name=cors-3;
        gate_pass http://127.0.0.1:$TEST_NGINX_PORT_1;
    }
    location /added/ {
        gate_cors origin=https://a.example;
        add_header Access-Control-Allow-Origin https://evil always;
        add_header Access-Control-Max-Age 1 always;
        add_header X-Request-Id mine always;
        gate_pass http://127.0.0.1:$TEST_NGINX_PORT_1;
    }
    location /cached/ {
        gate_cors origin=https://a.example,https://b.example;
        proxy_cache c;
        proxy_cache_key $uri;
        proxy_cache_valid 1m;
        proxy_ignore_headers Vary;
        gate_pass http://127.0.0.1:$TEST_NGINX_PORT_1;
    }
    location /pages/ {
        gate_cors origin=https://a.example;
        gate_auth key;
        error_page 401 @page;
        error_page 400 /elsewhere;
        gate_pass http://127.0.0.1:$TEST_NGINX_PORT_1;
    }
    location @page { return 401 page; }
    location /elsewhere { gate_cors origin=https://b.example; }
    location /zipped/ {
        gate_cors origin=https://a.example;
        gzip on; gzip_vary on; gzip_min_length 1; gzip_types text/plain; gzip_proxied any;
        gate_pass http://sidecar;
    }
    location = /headed { gate_cors origin=https://a.example; gate_pass http://sidecar; }
--- user_files
>>> file/a.txt
a file
--- client
    my @a = ('Origin: https://a.example');
    my @key = (@a, 'apikey: secret');
    my $plain = 'allow-origin=https://a.example | vary=Origin';
    my $vary = 'vary=Accept-Language, User-Agent, X-A, Origin';
    my $yes = 'allow-origin=https://a.example | allow-credentials=true'
              . ' | expose-headers=X-Request-Id';

    is(cors(get('/', @key)), "200 | $yes | $vary", 'what the service says is replaced');
    is(cors(h2_get('/', map { lc } @key)), "200 | $yes | $vary", '... by HTTP/2');
    is(cors(ask('HEAD', '/', undef, @key)), "200 | $yes | $vary", '... of HEAD');
    is(cors(get('/', 'Origin: https://b.example', 'apikey: secret')),
       "200 | $yes | $vary" =~ s/a\.example/b.example/r, 'another origin of the list');
    is(cors(get('/', 'apikey: secret')), "200 | $vary", 'without an origin');
    is(cors(get('/', 'Origin: https://evil', 'apikey: secret')), "200 | $vary", 'of a stranger');
    is(cors(get('/', @key, 'Origin: https://b.example')), "200 | $vary", 'of two origins');
    is(cors(get('/star/', @key)) =~ s/vary=.*//r, "200 | $yes | ", 'the service varies by all');
    like(cors(get('/star/', @key)), qr/vary=[^|]*\*$/, '... and nothing is added to it');
    like(cors(get('/mine/', @key)), qr/vary=accept, origin$/, 'it varies by origins itself');

    is(cors(get('/', @a)), "401 | $yes | vary=Origin", 'a refusal can be read');
    is(cors(get('/')), '401 | vary=Origin', '... and is kept apart from that of another origin');
    is(cors(get('/', 'Origin: https://evil')), '401 | vary=Origin', '... not by a stranger');
    is(cors(get('/a%2fb', @a)), "400 | $yes | vary=Origin", 'that of a path');
    is(cors(ask('POST', '/', 'x' x 20, @key)), "413 | $yes | vary=Origin", 'that of a body');
    is(cors(get('/nested/', @a)), "200 | $yes | $vary", 'a location within');
    is(cors(get('/off/', @key)) =~ /^200 \| allow-origin=\* \|/, 1, 'one that is off');
    is(cors(get('/away/', @a)), "502 | $plain", 'nobody is there');
    is(cors(get('/file/a.txt', @a)), "200 | $plain", 'a file');
    is(cors(get('/file/b.txt', @a)), "404 | $plain" =~ s/vary=/vary=Accept, /r,
       'no file, which is told in the form that is asked for');
    my $tag = get('/file/a.txt')->field('etag');
    is(cors(get('/file/a.txt', @a, "If-None-Match: $tag")),
       '304 | allow-origin=https://a.example | vary=Origin', 'one that has not changed');

    get('/limited/');
    is(cors(get('/limited/', @a)), '429 | allow-origin=https://a.example | vary=Origin', 'a limit');
    my $r = get('/added/', @a);
    is(cors($r), "200 | allow-origin=https://a.example | $vary", 'add_header does not double it');
    is($r->field('x-request-id'), 'mine', '... and takes the place of other fields still');

    is(cors(get('/any/', @a)), '200 | allow-origin=* | expose-headers=*'
                               . ' | vary=Accept-Language | vary=User-Agent, X-A', 'any origin');
    is(cors(get('/any/')), cors(get('/any/', @a)), '... has the same answer as none');

    is(cors(get('/cached/', "Origin: https://$_.example")),
       "200 | allow-origin=https://$_.example | $vary", "what is cached is said to $_")
        for qw(a b a);

    is(cors(get('/pages/', @a)), '401 | allow-origin=https://a.example | vary=Origin',
       'an error page of another location answers what was asked here');
    is(cors(get('/pages/a%5cb', 'Origin: https://b.example')),
       '404 | allow-origin=https://b.example | vary=Origin', 'one with a list of its own has that');
    is(cors(preflight('/pages/a%5cb', 'https://b.example', 'GET')),
       '404 | allow-origin=https://b.example | vary=Origin',
       '... and answers no preflight of another');

    $r = get('/zipped/', @a, 'Accept-Encoding: gzip');
    is($r->field('content-encoding'), 'gzip', 'compressed');
    is(join(', ', sort map { split /, / } $r->all('vary')), 'Accept-Encoding, Origin',
       '... by two things');


=== TEST 4: preflights of one address
--- gate
    gate_consumer acme { key sha256(secret); }
--- config
    gate_service s;
    location /a/ {
        gate_cors origin=https://a.example limit=1r/h burst=2;
        gate_auth key;
        gate_pass http://sidecar;
    }
    location /b/ {
        gate_cors origin=https://b.example limit=1r/h burst=2 zone=gate;
        gate_limit rate=1r/h key=$remote_addr name=cors-4;
        gate_limit_fields off;
        gate_pass http://sidecar;
    }
    location = /status { gate_status format=prometheus; }
--- client
    is(preflight('/a/', 'https://a.example', 'GET')->{status}, 204, 'one');
    is(preflight('/a/', 'https://evil', 'GET')->{status}, 403, 'two, of a stranger');
    my $r = preflight('/b/', 'https://b.example', 'GET');
    is($r->{status}, 204, 'three, elsewhere');
    is($r->field('ratelimit'), undef, '... with the fields of that location');

    $r = preflight('/a/', 'https://a.example', 'GET');
    is("$r->{status} " . $r->json()->{reason}, '429 rate_limited', 'and no more');
    is("@{ $r->json()->{'violated-policies'} }", 'preflight', '... by a limit of their own');
    like($r->field('retry-after'), qr/^[1-9]\d+$/, '... which says until when');
    like(cors($r), qr/^429 \| vary=Origin, [^|]*$/, '... and who may not read it');
    is(get('/b/')->{status}, 200, 'other requests have theirs');
    is(get('/b/')->{status}, 429, '... which is not that one');

    my $text = get('/status')->{body};
    like($text, qr/^gate_cors_preflights_total\{result="limited"\} 1$/m, 'it is counted');
    like($text, qr/^gate_limit_decisions_total\{limit="preflight",status="REJECTED"\} 1$/m,
         '... by the limit, too');


=== TEST 5: whoever else has a say
--- gate
    gate_consumer acme { key sha256(secret); }
--- config
    gate_service s;
    gate_api a;
    gate_cors origin=https://a.example methods=GET,PUT;
    location /allow/ { gate_auth key; gate_allow methods=GET; gate_meter requests;
                       gate_pass http://sidecar; }
    location /satisfy/ { satisfy any; deny all; gate_auth key; gate_pass http://sidecar; }
    location /except/ { limit_except GET { deny all; } gate_auth key; gate_pass http://sidecar; }
    location /deny/ { deny all; gate_pass http://sidecar; }
    location /try/ { try_files /none /allow/; gate_auth key; }
    location = /status { gate_status format=prometheus; }
--- client
    for my $path (qw(/allow/ /satisfy/ /except/ /deny/ /try/)) {
        my $r = preflight($path, 'https://a.example', 'PUT');
        is(cors($r) =~ s/ \| vary.*//r,
           '204 | allow-origin=https://a.example | allow-methods=GET, PUT', "$path: a preflight");
    }

    is(cors(ask('PUT', '/allow/', 'x', 'Origin: https://a.example', 'apikey: secret')),
       '403 | allow-origin=https://a.example | vary=Origin', 'what it announced is asked as ever');
    is(cors(get('/deny/', 'Origin: https://a.example')),
       '403 | allow-origin=https://a.example | vary=Origin', '... also by others');
    like(get('/status')->{body}, qr/^gate_journal_slots_opened_total 0$/m, 'nothing was billed');
