#!/usr/bin/env perl
#
# Copyright (C) 2026 Meshgate contributors
#
# Content-Digest is held against the body before anything is spent.

use strict;
use warnings;

use GateSign;
use GateTest;
use GateToken;

our $keys = gate_keys();
our $secret = \$keys->{secret};

$ENV{TEST_NGINX_SECRET} = $keys->{secret_file};


sub said {
    my ($r) = @_;

    return '200 ' . $r->{seen}{body} if $r->{seen};
    return "$r->{status} " . (eval { $r->json()->{reason} } // 'no problem');
}


sub post {
    my ($target, $body, %arg) = @_;

    my $sent = delete $arg{sent} // $body;

    return said(ask('POST', $target, $sent,
                    signed('POST', $target, key => $secret, body => $body, %arg)));
}


run_gate_tests();

__DATA__

=== TEST 1: the body is what was signed
--- gate
    gate_consumer hans { signature keyid=k secret=file:$TEST_NGINX_SECRET; }
    gate_consumer kurt { key sha256(kurt); }
--- config
    $TEST_NGINX_LISTEN_H2
    client_body_buffer_size 8k;

    gate_service s;

    location /body/ { gate_auth signature; gate_signature digest=body; gate_pass http://sidecar; }
    location /off/  { gate_auth signature; gate_signature digest=off; gate_pass http://sidecar; }
    location /few/  { gate_auth signature; gate_signature max=100; gate_pass http://sidecar; }
    location /spend/ {
        gate_auth signature;
        gate_limit rate=1r/h burst=9 key=$remote_addr name=few;
        gate_pass http://sidecar;
    }
    location /edit/ {
        gate_auth signature;
        gate_transform request { json add /b 2; }
        gate_pass http://sidecar;
    }
    location /      { gate_auth signature key; gate_pass http://sidecar; }
--- client
    our ($keys, $secret);

    is(post('/', 'hello'), '200 hello', 'a body');
    is(post('/', ''), '200 ', 'an empty one');
    is(post('/', 'x' x 100000), '200 ' . 'x' x 100000, 'a large one');
    is(post('/', 'hello', sent => 'hullo'), '400 bad_digest', 'another body');
    is(post('/', 'hello', sent => 'hello!'), '400 bad_digest', 'a longer one');
    is(post('/', 'hello', sent => ''), '400 bad_digest', 'none');
    is(post('/', 'hello', digest => 0), '401 bad_signature', 'a digest that is not there');
    is(post('/', 'hello', components => [ '@method', '@authority', '@path' ]),
       '401 unsigned_component', '... or that is not signed');
    is(said(get('/', signed('GET', '/', key => $secret))), '200 ', 'without a body none is needed');

    my ($good, $long) = (content_digest('hello'), content_digest('hello', 512));
    my $wrong = content_digest('hullo');

    is(post('/', 'hello', digest => 0, fields => [ "Content-Digest: $_->[0]" ]), $_->[1],
       "Content-Digest: " . substr($_->[0], 0, 50))
        for [ $long, '200 hello' ], [ "$good, $long", '200 hello' ],
            [ "md5=:AAAA:, $good", '200 hello' ], [ "$wrong, $long", '400 bad_digest' ],
            [ 'md5=:AAAA:', '400 bad_digest' ], [ 'sha-256=:AAAA:', '400 bad_digest' ],
            [ 'SHA-256=x', '400 bad_digest' ], [ "$good,", '400 bad_digest' ];
    is(post('/', 'hello', digest => 0,
            fields => [ "Content-Digest: $good", "Content-Digest: $long" ]),
       '200 hello', 'a field of several lines');
    is(post('/', 'hello', digest => 0,
            fields => [ "Content-Digest: $good", "Content-Digest: $wrong" ]),
       '400 bad_digest', '... of which the last one counts');

    my @chunked = signed('POST', '/', key => $secret, body => 'hello');

    is(said(ask('POST', '/', "3\r\nhel\r\n2\r\nlo\r\n0\r\n\r\n",
                'Transfer-Encoding: chunked', @chunked)),
       '200 hello', 'a body in chunks');
    is(said(ask('POST', '/', "3\r\nhul\r\n2\r\nlo\r\n0\r\n\r\n",
                'Transfer-Encoding: chunked', @chunked)),
       '400 bad_digest', '... another one');
    is(said(ask('POST', '/', "0\r\n\r\n", 'Transfer-Encoding: chunked',
                signed('POST', '/', key => $secret))),
       '401 unsigned_component', '... one of unknown length has to have a digest');

    is(said(ask('POST', '/', 'hello', 'apikey: kurt')), '200 hello', 'who does not sign need not');
    is(said(ask('POST', '/', 'hullo', 'apikey: kurt', "Content-Digest: $good")), '400 bad_digest',
       '... but what is there has to be right');

    is(post('/body/', 'hello', digest => 0, components => [ '@method', '@authority', '@path' ]),
       '200 hello', 'digest=body: need not be there');
    is(post('/body/', 'hello', sent => 'hullo'), '400 bad_digest', '... and is looked at');
    is(post('/off/', 'hello', sent => 'hullo'), '200 hullo', 'digest=off: is not');
    is(post('/few/', 'x' x 100), '200 ' . 'x' x 100, 'as large as it may be');
    is(post('/few/', 'x' x 101), '413 payload_too_large', '... larger');
    is(said(ask('POST', '/few/', sprintf("65\r\n%s\r\n0\r\n\r\n", 'x' x 101),
                'Transfer-Encoding: chunked',
                signed('POST', '/few/', key => $secret, body => 'x' x 101))),
       '413 payload_too_large', '... in chunks');

    is(post('/edit/', '{"a":1}', fields => [ 'Content-Type: application/json' ]),
       '200 {"a":1,"b":2}', 'the service may get another one');

    is(post('/spend/', 'hello', sent => 'hullo'), '400 bad_digest', 'a wrong one') for 1 .. 20;
    is(post('/spend/', 'hello'), '200 hello', '... has spent nothing');

    # over HTTP/2

    my $host = "127.0.0.1:$h2_port";
    my @h2 = signed('POST', '/', key => $secret, body => 'hello', host => $host);
    my $send = sub {
        my ($body) = @_;

        return qx{curl -sS --http2-prior-knowledge -o /dev/null -w '%{http_code}' --max-time 20 \\
                  -d '$body' @{[ map { "-H '$_'" } @h2 ]} http://$host/};
    };

    is($send->('hello'), 200, 'a stream of HTTP/2');
    is($send->('hullo'), 400, '... another body');


=== TEST 2: whoever leaves while his body is waited for
--- gate
    gate_consumer hans { signature keyid=k secret=file:$TEST_NGINX_SECRET; }
--- config
    gate_service s;

    location / { gate_auth signature; gate_pass http://sidecar; }
--- client
    our ($secret);

    for my $n (0, 1, 4) {
        my $c = client();

        $c->write(request('POST', '/', substr('hello', 0, $n), 'Content-Length: 5',
                          signed('POST', '/', key => $secret, body => 'hello')));
        $c->close();
    }

    ok(wait_for(sub {
        my @left = log_text('error.log') =~ /client prematurely closed connection/g;

        return @left >= 3;
    }), 'three have left');
    is(post('/', 'hello'), '200 hello', 'others are served');


=== TEST 3: a subrequest has a body that nobody has read
--- gate
    gate_consumer hans { signature keyid=k secret=file:$TEST_NGINX_SECRET; }
    gate_consumer kurt { key sha256(kurt); }
--- config
    gate_service s;

    location /asks/ { gate_auth off; auth_request /check; proxy_pass http://sidecar; }
    location /off/  { gate_auth off; auth_request /check-off; proxy_pass http://sidecar; }
    location /both/ { gate_auth hmac; auth_request /check; gate_pass http://sidecar; }
    location /page/ {
        gate_auth key hmac;
        gate_signature digest=off;
        proxy_intercept_errors on;
        error_page 404 = @again;
        gate_pass http://sidecar;
    }
    location = /check { internal; gate_auth hmac key; proxy_pass http://sidecar/?keep=check;
                        proxy_pass_request_body off; proxy_set_header Content-Length ""; }
    location = /check-off { internal; gate_auth hmac; gate_signature digest=off;
                            proxy_pass http://sidecar/?keep=off; proxy_pass_request_body off;
                            proxy_set_header Content-Length ""; }
    location @again { gate_auth hmac; gate_pass http://sidecar; }
--- client
    our ($secret);

    is(said(get('/asks/a', signed('GET', '/asks/a', key => $secret))), '200 ',
       'a request without a body');
    like(post('/asks/a', 'hello'), qr/^500 /, 'a body that cannot be looked at is refused');
    like(post('/asks/a', 'hello', sent => 'hullo'), qr/^500 /, '... also another one');
    like(log_text('error.log'),
         qr{gate digest: a subrequest to "/check" cannot read .*: .* "gate_auth" .*digest=off"},
         '... and the log says why, and what to write');
    is(said(ask('POST', '/asks/a', 'hello', 'apikey: kurt')), '200 hello',
       'who did not sign is not');
    is(post('/off/a', 'hello', sent => 'hullo'), '200 hullo', 'digest=off: it is not looked at');
    is(post('/both/a', 'hello'), '200 hello', 'the request itself is asked, too');
    is(post('/both/a', 'hello', sent => 'hullo'), '400 bad_digest', '... which looks at it');
    is(post('/page/a?status=404', 'hello', sent => 'hullo'), '400 bad_digest',
       'an error page that asks for it looks at what was read');
    is(post('/page/a?status=404', 'hello'), '200 hello', '... and takes the right one');
