#!/usr/bin/env perl
#
# Copyright (C) 2026 Meshgate contributors
#
# gate_pass among nginx's own ways to lead a request elsewhere: error_page,
# try_files, named locations, X-Accel-Redirect, rewrite, "satisfy",
# limit_except, "if", nested locations, subrequests, upgrades.

use GateTest;

run_gate_tests();


# what got through is counted by its id

sub reached {
    my ($id) = @_;

    return $backend->executed($id);
}


__DATA__

=== TEST 1: an error page of a refusal is a file or a return, never a service
--- gate
    gate_consumer acme { key sha256(secret); }
--- user_files
>>> denied.html
denied
--- config
    gate_auth key;
    gate_service s;
    location /file { error_page 401 /denied.html; gate_pass http://sidecar; }
    location = /denied.html { }
    location /return { error_page 401 = @return; gate_pass http://sidecar; }
    location @return { return 418 teapot; }
    location /pass { error_page 401 /passed; gate_pass http://sidecar; }
    location /passed { gate_pass http://sidecar; }
    location /plain { error_page 401 /proxied; gate_pass http://sidecar; }
    location /proxied { proxy_pass http://sidecar; }
    location /named { error_page 401 = @named; gate_pass http://sidecar; }
    location @named { gate_pass http://sidecar; }
    location /tried { error_page 401 /again; gate_pass http://sidecar; }
    location /again { try_files /none @named; }
    location /if { error_page 401 /conditional; gate_pass http://sidecar; }
    location /conditional {
        gate_pass http://sidecar;
        if ($uri) { proxy_pass http://sidecar; }
    }
    location /open { error_page 401 /id=OPEN; gate_pass http://sidecar; }
    location /id=OPEN { gate_auth off; proxy_pass http://sidecar; }
--- client
    my $r = get('/file');
    is("$r->{status} $r->{body}", "401 denied\n", 'a file');
    $r = get('/return');
    is("$r->{status} $r->{body}", '418 teapot', 'a return');

    for my $name (qw(pass plain named tried if)) {
        $r = get("/$name", "X-Test-Id: $name");
        is($r->{status}, 401, "/$name: still a refusal");
        is($r->json()->{reason}, 'no_credential', '... with its reason');
        is(reached($name), 0, '... and no service was asked');
        is(get("/$name", 'apikey: secret')->{status}, 200, '... but for a key');
    }

    is(get('/open')->{status}, 401, 'a location without a policy');
    is(reached('OPEN'), 1, '... may ask one');


=== TEST 2: the next location asks again
--- gate
    gate_consumer acme { group red; key sha256(secret); }
    gate_consumer bob { group blue; key sha256(bob); }
--- config
    gate_service s;
    location /files { try_files /none @red; }
    location @red { gate_auth key; gate_allow group=red; gate_pass http://sidecar; }
    location /blue { gate_auth key; gate_allow group=blue; try_files /none @red; }
    location /missing { error_page 404 = @red; root html; }
    location /accel { gate_auth key; gate_accel on; gate_pass http://sidecar; }
    location /inner { internal; gate_auth key; gate_allow group=red; gate_pass http://sidecar; }
    location /twice { gate_auth key; gate_pass http://127.0.0.1:1; error_page 502 = @red; }
--- client
    for my $path ('/files', '/missing') {
        is(get($path)->{status}, 401, "$path: nobody");
        is(get($path, 'apikey: bob')->{status}, 403, "$path: not entitled");

        my $r = get($path, 'apikey: secret', 'X-Consumer-ID: root');
        is($r->{status}, 200, "$path: entitled");
        is_deeply([ $r->seen('x-consumer-id') ], [ 'acme' ], '... by name');
        is_deeply([ $r->seen('apikey') ], [], '... without his key');
    }

    is(get('/blue', 'apikey: bob')->{status}, 403, 'admitted, then not');
    is(get('/blue', 'apikey: secret')->{status}, 403, 'not admitted at first');

    my $to = '/accel?head=X-Accel-Redirect:%2Finner%2Fid%3DINNER';

    is(get($to)->{status}, 401, 'X-Accel-Redirect: nobody');
    is(get($to, 'apikey: bob')->{status}, 403, '... not entitled there');
    is(reached('INNER'), 0, '... so it was not asked');

    my $r = get($to, 'apikey: secret');
    is($r->{status}, 200, '... entitled');
    is_deeply([ $r->seen('x-consumer-id') ], [ 'acme' ], '... as the consumer');
    is(reached('INNER'), 1, '... asked once');

    is(get('/twice', 'apikey: secret')->{status}, 200, 'after a 502');
    is(get('/twice', 'apikey: bob')->{status}, 403, '... one who may not');


=== TEST 3: a rewritten path is looked at as well
--- gate
    gate_consumer acme { key sha256(secret); }
--- config
    gate_auth key;
    gate_service s;
    location /plain { gate_pass http://sidecar; }
    location /break { rewrite ^/break(/.*)$ $1 break; gate_pass http://sidecar; }
    location /last { rewrite ^/last(/.*)$ /plain$1 last; }
    location /named { gate_auth off; gate_api x; try_files /none @api; }
    location /missing { gate_auth off; root html; error_page 404 = @api; }
    location @api { gate_auth key; gate_pass http://sidecar; }
--- client
    for my $from (qw(plain break last named missing)) {
        for my $path ('..%5c..%5cadmin', 'a%2Fb', 'a%0Ab', 'a%7fb') {
            is(get("/$from/$path", 'apikey: secret')->{status}, 400,
               "/$from/$path");
        }

        my $r = get("/$from/a%20b/%2e%2e/c?d=%2F", 'apikey: secret');
        is($r->{status}, 200, "/$from: another path");
        like($r->{seen}{line}, qr{^GET (?:/\w+)?/c\?d=%2F HTTP/1.1$},
             '... goes on as it was matched');
    }


=== TEST 4: each bucket is paid once
--- gate
    gate_plan trial { rate 1r/h burst=1; }
    gate_consumer acme { plan trial; key sha256(secret); }
    gate_consumer bob { plan trial; key sha256(bob); }
    gate_consumer eve { plan trial; key sha256(eve); }
--- config
    gate_service s;
    location /outer { gate_limit rate=10r/h burst=99 key=x name=outer; try_files /none @api; }
    location @api { gate_auth key; gate_limit plan; gate_pass http://sidecar; }
    location /again {
        gate_auth key;
        gate_limit plan;
        gate_pass http://127.0.0.1:1;
        error_page 502 = @api;
    }
--- client
    my @r = map { get('/outer', 'apikey: secret') } 1 .. 3;

    is(join(' ', map { $_->{status} } @r), '200 200 429',
       'the limit behind another one');
    is($r[0]->field('ratelimit-policy'),
       '"outer";q=100;w=36000, "trial";q=2;w=7200', '... both are told');
    is($r[2]->json()->{'violated-policies'}[0], 'trial', '... which one it was');

    is(join(' ', map { get('/again', 'apikey: bob')->{status} } 1 .. 3),
       '200 200 429', 'the same one after an error');


=== TEST 5: a raised rate holds after a reload
--- gate
    gate_plan hourly { rate 1r/h; }
    gate_consumer acme { plan hourly; key sha256(secret); }
--- config
    location / { gate_auth key; gate_limit plan; gate_service s; gate_pass http://sidecar; }
--- client
    is(get('/', 'apikey: secret')->{status}, 200, 'one an hour');
    is(get('/', 'apikey: secret')->{status}, 429, '... and no more');

    my $conf = "$ENV{TEST_NGINX_SERVROOT}/conf/nginx.conf";
    my $text = do { local (@ARGV, $/) = $conf; <> };

    $text =~ s{rate 1r/h}{rate 50r/s};
    open(my $fh, '>', $conf) or die "$conf: $!";
    print $fh $text;
    close($fh);

    my %old = map { $_ => 1 } worker_pids();

    kill('HUP', nginx_pid());
    ok(wait_for(sub { my @w = worker_pids(); @w && !grep { $old{$_} } @w }),
       'new workers');
    ok(wait_for(sub { get('/', 'apikey: secret')->{status} == 200 }),
       'fifty a second');
    is(get('/', 'apikey: secret')->field('x-ratelimit-limit'), 50, '... told');


=== TEST 6: satisfy any
--- gate
    gate_consumer acme { key sha256(secret); }
    gate_consumer guest { }
--- config
    satisfy any;
    gate_service s;
    location /allowed { allow all; gate_auth key; gate_pass http://sidecar; }
    location /denied { deny all; gate_auth key; gate_pass http://sidecar; }
    location /guest { allow all; gate_auth key anonymous=guest; gate_pass http://sidecar; }
    location /plain { allow all; gate_auth key; proxy_pass http://sidecar; }
--- client
    for my $path ('/allowed', '/denied', '/plain') {
        is(get($path)->{status}, 401, "$path: nobody");
        is(get($path, 'apikey: wrong')->{status}, 401, "$path: a wrong key");
        is(get($path, 'apikey: secret')->{status}, 200, "$path: a key");
    }

    is(get('/guest', 'apikey: wrong')->{status}, 401, 'a wrong key is no guest');
    is_deeply([ get('/guest')->seen('x-anonymous-consumer') ], [ 'true' ],
              'a guest');


=== TEST 7: limit_except, if, nested locations
--- gate
    gate_consumer acme { key sha256(secret); }
    proxy_set_header X-Outer http;
    proxy_set_header Host outer;
--- config
    location /write {
        limit_except GET { gate_auth key; }
        if ($arg_x) { set $y 1; }
        gate_service s;
        gate_pass http://sidecar;
    }
    location /if {
        gate_auth key;
        gate_service s;
        gate_pass http://sidecar;
        if ($arg_set) { set $y 1; }
        if ($arg_pass) { proxy_pass http://sidecar; }
    }
    location /outer {
        gate_auth key;
        gate_service s;
        proxy_set_header X-Own yes;
        gate_pass http://sidecar;
        location /outer/inner { gate_service t; gate_pass http://sidecar; }
        location /outer/open { gate_auth off; gate_pass http://sidecar; }
    }
--- client
    for my $query ('', '?x=1') {
        is(get("/write$query")->{status}, 200, "GET /write$query");
        is(ask('POST', "/write$query", 'x')->{status}, 401,
           "POST /write$query: nobody");

        my $r = ask('POST', "/write$query", 'x', 'apikey: secret');
        is($r->{status}, 200, '... with a key it is a 200');
        is_deeply([ $r->seen('host'), $r->seen('apikey') ], [ 's' ],
                  '... as it should be handed on');
    }

    for my $query ('', '?set=1', '?pass=1') {
        is(get("/if$query")->{status}, 401, "/if$query: nobody");

        my $r = get("/if$query", 'apikey: secret', 'X-Consumer-ID: root');
        is_deeply([ $r->seen('x-consumer-id'), $r->seen('host'),
                    $r->seen('x-outer'), $r->seen('apikey') ],
                  [ 'acme', 's', 'http' ], '... with a key it has its fields');
    }

    for my $path ('/outer', '/outer/inner') {
        is(get($path)->{status}, 401, "$path: nobody");

        my $r = get($path, 'apikey: secret');
        is_deeply([ $r->seen('x-own'), $r->seen('x-outer'), $r->seen('host'),
                    $r->seen('x-consumer-id') ],
                  [ 'yes', $path eq '/outer' ? 's' : 't', 'acme' ],
                  '... with a key it is of its location');
    }

    my $r = get('/outer/open', 'X-Consumer-ID: root');
    is($r->{status}, 200, 'gate_auth off in a nested location');
    is_deeply([ $r->seen('x-consumer-id') ], [], '... has no caller');


=== TEST 8: a subrequest keeps what the location promises
--- gate
    gate_consumer acme { group red; key sha256(secret); }
    gate_consumer bob { key sha256(bob); }
--- user_files
>>> page.html
[<!--# include virtual="/api/id=SSI" -->]
>>> public.html
[<!--# include virtual="/public/id=PUBLIC" -->]
--- config
    ssi on;
    gate_service s;
    location /api { gate_auth key; gate_allow group=red; gate_pass http://sidecar; }
    location /public/ { gate_pass http://sidecar; }
    location /gated/ { alias html/; gate_auth key; }
    location /asks { auth_request /api/id=ASKS; try_files /page.html =404; }
    location /gated-asks { gate_auth key; auth_request /api/id=GATED; gate_pass http://sidecar; }
    location /mirrors { gate_auth key; mirror /api/id=MIRROR; gate_pass http://sidecar; }
    location /refused { gate_auth key; gate_pass http://sidecar; error_page 401 /public.html; }
--- client
    # the page itself is there: what is missing is what it includes

    for my $key ([], [ 'apikey: wrong' ], [ 'apikey: bob' ]) {
        my $r = get('/page.html', @$key);

        like("$r->{status} $r->{body}", qr/^200 \[.*\]$/s,
             "a page without a policy: @$key");
        unlike($r->{body}, qr/SSI/, '... for one who is not entitled');
    }

    like(get('/gated/page.html', 'apikey: bob')->{body}, qr/^\[.*\]$/s,
         'a page with one');
    is(reached('SSI'), 0, '... asked nobody');

    for my $page ('/page.html', '/gated/page.html') {
        my $r = get($page, 'apikey: secret', 'X-Consumer-ID: root');

        like($r->{body}, qr/\[GET .*^X-Consumer-ID: acme\r?$/ms,
             "$page: for one who is");
        unlike($r->{body}, qr/secret|root/, '... without the key of the page');
    }

    is(reached('SSI'), 2, '... asked once by each');

    like(get('/public.html')->{body}, qr/id=PUBLIC/, 'SSI of what is for all');
    is(reached('PUBLIC'), 1, '... asked');

    my $r = get('/refused');
    like("$r->{status} $r->{body}", qr/^401 \[.*\]$/s,
         'a refusal with such a page');
    is(reached('PUBLIC'), 1, '... did not ask');

    is(get('/asks')->{status}, 401, 'auth_request alone');
    is(reached('ASKS'), 0, '... asked nobody for one who is unknown');
    is(get('/asks', 'apikey: secret')->{status}, 200, '... for one who may');
    is(reached('ASKS'), 1, '... asked for one who may');
    is(get('/gated-asks', 'apikey: bob')->{status}, 403,
       'auth_request for one who is not entitled');
    is(reached('GATED'), 0, '... asked nobody for him');

    $r = get('/gated-asks', 'apikey: secret');
    is($r->{status}, 200, 'auth_request for one who is');
    is(reached('GATED'), 1, '... asked for him');
    is_deeply([ $r->seen('x-consumer-id'), $r->seen('apikey') ], [ 'acme' ],
              '... and the request went on as ever');

    is(get('/mirrors', 'apikey: bob')->{status}, 200, 'mirror');
    is(reached('MIRROR'), 0, '... not for one who is not entitled');
    is(get('/mirrors', 'apikey: secret')->{status}, 200, 'mirror for one who is entitled');
    ok(wait_for(sub { reached('MIRROR') == 1 }), '... for one who is');


=== TEST 9: an auth_request does not see the key, the request still has it
--- gate
    gate_consumer acme { key sha256(secret); }
--- config
    gate_service s;
    gate_auth key;
    location / {
        auth_request /sub/status=200;
        gate_pass http://127.0.0.1:1;
        error_page 502 = @again;
    }
    location /sub/ { gate_pass http://sidecar; }
    location @again { gate_pass http://sidecar; }
--- client
    my @many = map { "X-Many-$_: $_" } 1 .. 60;
    my $r = get('/', @many, 'apikey: secret', 'X-Last: x');

    is($r->{status}, 200, 'asked for, failed, asked again');
    is_deeply([ $r->seen('x-consumer-id'), $r->seen('apikey'),
                $r->seen('x-last'), $r->seen('x-many-60') ],
              [ 'acme', 'x', '60' ], '... with all fields but the key');


=== TEST 10: WebSocket is the one upgrade
--- gate
    gate_consumer acme { key sha256(secret); }
--- config
    $TEST_NGINX_LISTEN_H2
    location / { gate_auth key; gate_service s; gate_pass http://sidecar; }
--- client
    my @key = ('apikey: secret', 'Connection: Upgrade');

    is(get('/', @key, 'Upgrade: WebSocket')->{status}, 101, 'WebSocket');

    for my $other ('h2c', 'websocket, h2c', 'h2c, websocket', 'TLS/1.0', 'x') {
        my $r = get('/', @key, "Upgrade: $other");

        is($r->{status}, 200, "Upgrade: $other");
        is_deeply([ $r->seen('upgrade') ], [], '... is not sent');
        unlike(join(',', $r->seen('connection')), qr/upgrade/i,
               '... nor asked for');
    }

    my @two = ('Upgrade: websocket', 'Upgrade: h2c');

    is(get('/', @key, @two)->{status}, 200, 'two fields');
    is(get('/', @key, reverse @two)->{status}, 200, '... the other way round');
    is(ask('POST', '/', 'x', @key, 'Upgrade: websocket')->{status}, 200,
       'a method that cannot');
    is(h2_get('/', $key[0], 'Upgrade: websocket')->{status}, 200, 'HTTP/2');


=== TEST 11: requests one behind the other, and absolute targets
--- gate
    gate_consumer acme { key sha256(secret); }
--- config
    location / { gate_auth key; gate_service s; gate_pass http://sidecar; }
    location /other { gate_service t; gate_auth key; gate_pass http://sidecar; }
--- client
    my $one = "GET /a HTTP/1.1\r\nHost: x\r\napikey: secret\r\n\r\n";
    my $two = "GET /b HTTP/1.1\r\nHost: x\r\nX-Consumer-ID: root\r\n\r\n";
    my $end = "GET /c HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n";
    my $all = raw_all("$one$two$one$end");

    is(join(' ', $all =~ m{^HTTP/1.1 (\d+)}mg), '200 401 200 401',
       'nobody comes after one with a key');
    unlike($all, qr/root/, '... nor whom he says he is');

    my $r = raw("GET http://evil.example/other/x HTTP/1.1\r\nHost: evil\r\n"
                . "apikey: secret\r\nConnection: close\r\n\r\n");

    is($r->{status}, 200, 'an absolute target');
    is_deeply([ $r->seen('host') ], [ 't' ], '... and the host is ours');
    like($r->{seen}{line}, qr{^GET /other/x HTTP}, '... as is the target');


=== TEST 12: a refusal is counted where it was, an outcome as it was billed
--- gate
    gate_consumer acme { key sha256(secret); }
--- user_files
>>> denied.html
denied
--- config
    gate_auth key;
    gate_api outer;
    gate_service s;
    location /a {
        gate_api inner;
        gate_meter requests;
        gate_pass http://127.0.0.1:1;
        error_page 502 = @other;
    }
    location /b { gate_api inner; error_page 401 /denied.html; gate_pass http://sidecar; }
    location = /denied.html { }
    location @other { gate_pass http://sidecar; }
    location /status { gate_auth off; gate_status format=prometheus; }
--- client
    is(get('/a', 'apikey: secret')->{status}, 200, 'served by another');
    is(get('/b')->{status}, 401, 'refused with a page');

    # counted after the answer, perhaps by the other worker

    my $text = '';
    wait_for(sub {
        $text = get('/status')->{body};
        return $text =~ /"no_credential"\} 1$/m && $text =~ /"served"\} 1$/m;
    });

    like($text, qr/^gate_requests_total\{api="inner",.*"no_credential"\} 1$/m,
         'the refusal');
    like($text, qr/^gate_request_outcomes_total\{api="inner",.*"served"\} 1$/m,
         'the outcome');
