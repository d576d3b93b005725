#!/usr/bin/env perl
#
# Copyright (C) 2026 Meshgate contributors
#
# A refusal in the form that the client asks for: problem details, text, HTML;
# what Vary says of it; nothing of it is a script or can become one.

use strict;
use warnings;

use GateTest;


sub type {
    return $_[0]->field('content-type') // 'none';
}


# Field names that Vary has, sorted; each must stand there once.

sub vary {
    return join ' ', sort map { split /\s*,\s*/ } $_[0]->all('vary');
}


run_gate_tests();

__DATA__

=== TEST 1: forms
--- gate
    gate_consumer acme { key sha256(acme); plan slow; }
    gate_consumer gone { key sha256(gone); plan slow; disabled; }
    gate_plan slow { rate 1r/m; }
--- config
    $TEST_NGINX_LISTEN_H2
    gate_service s;
    gate_auth    key;
    location /k/ { gate_pass http://sidecar; }
    location /slow/ {
        gate_limit plan;
        gate_limit rate=1r/m name=a<b>&"c';
        gate_pass http://sidecar;
    }
    location /always/ { gate_errors problem; gate_pass http://sidecar; }
    location /off/ { gate_errors off; gate_pass http://sidecar; }
    location /vary/ {
        add_header Vary Origin always;
        gate_pass http://sidecar;
    }
    location /page/ { error_page 401 /own; gate_pass http://sidecar; }
    location /own { gate_auth off; return 200 "own page"; }
    location /gzip/ {
        gzip on;
        gzip_types *;
        gzip_min_length 1;
        gzip_vary on;
        gate_pass http://sidecar;
    }
    location /koi8/ { charset koi8-r; gate_pass http://sidecar; }
--- client
    my $problem = 'application/problem+json';
    my $html = 'text/html; charset=utf-8';
    my $text = 'text/plain; charset=utf-8';
    my $browser = 'text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,'
                  . 'image/webp,*/*;q=0.8';

    for my $case (
        [ undef, $problem, '' ],
        [ '*/*', $problem, '' ],
        [ 'application/json', $problem, 'Accept' ],
        [ 'application/problem+json', $problem, 'Accept' ],
        [ 'application/xml', $problem, 'Accept' ],
        [ '', $problem, 'Accept' ],
        [ 'garbage ;;; q==,,, text', $problem, 'Accept' ],
        [ 'text/html', $html, 'Accept' ],
        [ $browser, $html, 'Accept' ],
        [ 'text/plain', $text, 'Accept' ],
        [ 'text/plain;q=0.5, text/html;q=0.4', $text, 'Accept' ],
        [ 'application/json, text/plain, */*', $problem, 'Accept' ],
        [ 'text/html;q=0.4, application/json;q=0.5', $problem, 'Accept' ],
        [ 'text/html;q=0', $problem, 'Accept' ],
        [ 'text/html;q=garbage', $problem, 'Accept' ],
        [ 'text/html;q=1.1', $problem, 'Accept' ],
    ) {
        my ($accept, $type, $vary) = @$case;
        my @fields = defined $accept ? ("Accept: $accept") : ();
        my $about = defined $accept ? qq("$accept") : 'no Accept';

        my $r = get('/k/', @fields);

        is($r->{status}, 401, "$about: the status stays");
        is(type($r), $type, "$about: the form");
        is(vary($r), $vary, "$about: Vary");
        is($r->field('content-length'), length $r->{body}, "$about: the length");

        my $h2 = h2_get('/k/', 'GET', map { lc } @fields);
        is(type($h2), $type, "$about: the form by HTTP/2");
    }

    is(type(get('/k/', 'Accept: */*;q=0.5', 'Accept: text/html')), $html,
       'Accept may have two lines');
    is(type(get('/k/', 'Accept: text/html;q=0.5', 'Accept: */*')), $problem,
       '... of which both count');

    # the bodies

    my $r = get('/k/', 'Accept: text/plain');
    my $id = $r->field('x-request-id');
    is($r->{body}, <<"EOT", 'the text');
401 Credential required

The request carries no credential that is accepted here.

reason: no_credential
request: $id
EOT

    $r = get('/k/', 'Accept: text/html');
    $id = $r->field('x-request-id');
    is($r->{body}, <<"EOT", 'the page');
<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<title>401 Credential required</title>
</head>
<body>
<h1>401 Credential required</h1>
<p>The request carries no credential that is accepted here.</p>
<p>reason: <code>no_credential</code></p>
<p>request: <code>$id</code></p>
</body>
</html>
EOT
    is($r->field('www-authenticate'), 'Key realm="gate"', 'the challenge is there');

    for my $accept ('text/html', 'text/plain', 'application/json') {
        my $whole = get('/k/', "Accept: $accept");
        my $head = ask('HEAD', '/k/', undef, "Accept: $accept");

        is($head->{body}, '', "HEAD has no body in $accept");
        is($head->field('content-length'), length $whole->{body}, '... but its length');
        is(type($head), type($whole), '... and its type');
    }

    # limits

    get('/slow/', 'apikey: acme');

    $r = get('/slow/', 'apikey: acme', 'Accept: text/plain');
    is($r->{status}, 429, 'a limit refuses');
    like($r->{body}, qr/^reason:[ ]rate_limited\nrequest:[ ]\S{36}\n
                        violated-policies:[ ]slow,[ ]a<b>&"c'\n\z/mx,
         '... and tells which ones as a line');
    $r = get('/slow/', 'apikey: acme', 'Accept: text/html');
    like($r->{body}, qr{<p>violated-policies:[ ]
                        <code>slow,[ ]a&lt;b&gt;&amp;&quot;c&\#39;</code></p>
                        \n</body>\n</html>\n\z}x, '... in HTML escaped');
    unlike($r->{body}, qr/<b>|<script/, '... so that nothing of it is markup');
    is($r->field('content-length'), length $r->{body}, '... with its length');
    cmp_ok($r->field('retry-after'), '>', 0, '... and when to come again');
    $r = get('/slow/', 'apikey: acme');
    is(join('|', @{ $r->json()->{'violated-policies'} }), q(slow|a<b>&"c'), '... in JSON as ever');

    # what a client sends is not shown

    $r = get('/k/<script>alert(1)</script>?a=<script>', 'Accept: text/html', 'apikey: <script>',
             'User-Agent: <script>', 'Referer: <script>');
    like($r->{body}, qr/<code>bad_(?:key|path)</, 'a request of scripts is refused');
    unlike($r->{body}, qr/script|alert/, '... without one word of it');

    # settings

    $r = get('/always/', "Accept: $browser");
    is(type($r), $problem, 'problem details for all if it is said');
    is(vary($r), '', '... which do not vary');
    $r = get('/off/', 'Accept: application/json');
    like($r->{body}, qr/<center>nginx/, 'pages of nginx if that is said');
    is(vary($r), '', '... which do not vary either');
    is(get('/page/', "Accept: $browser")->{body}, 'own page', 'error_page wins');

    is(vary(get('/vary/', 'Accept: text/html')), 'Accept Origin', 'Vary of others stays');
    is(vary(get('/vary/')), 'Origin', '... alone where nothing was asked for');
    $r = get('/gzip/', 'Accept: text/html', 'Accept-Encoding: gzip', 'apikey: gone');
    is(vary($r), 'Accept Accept-Encoding', '... as does that of gzip');
    is($r->field('content-encoding'), 'gzip', '... for a page may be compressed');

    $r = get('/koi8/', 'Accept: text/html');
    like(type($r), qr{^text/html; charset=}, 'a location may have a charset');
    like($r->{body}, qr/no_credential/, '... and still has the page');

    # Accept of 10 KB, thousands of ranges

    for my $accept ('a/b,' x 2500 . 'text/html', 'text/html;q=0.' . '5' x 8000,
                    'text/html' . ';q=0.1' x 1500, ',' x 8000, 'text/html;p="' . ',' x 7000,
                    "text/html,*/*;q=0.9," . 'x/y;q=1,' x 900)
    {
        my $begun = time;
        my $got = get('/k/', 'Accept: ' . substr $accept, 0, 8000);

        is($got->{status}, 401, 'a long Accept is refused as any other: ' . substr $accept, 0, 20);
        like(type($got), qr/^(?:\Q$problem\E|text\/)/, '... in one of the forms');
        cmp_ok(time - $begun, '<', 3, '... at once');
    }

    is(type(get('/k/', 'Accept: ' . 'a/b,' x 70 . 'text/html')), $problem,
       'what stands behind many ranges does not count');
