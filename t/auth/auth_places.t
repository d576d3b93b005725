#!/usr/bin/env perl
#
# Copyright (C) 2026 Meshgate contributors
#
# Tokens in other places than Authorization: a field, a cookie, an argument, the
# subprotocols of a WebSocket. They are taken where a location asks for them,
# and they go on to no service and into no log, wherever in the server.

use strict;
use warnings;

use GateTest;
use GateToken;

our $keys = gate_keys();

$ENV{TEST_NGINX_JWKS} = $keys->{jwks_file};


# Who the service sees, or the status and the reason.

sub who {
    my ($target, @fields) = @_;

    my $r = get($target, @fields);

    my $p = $r->json();
    my $said = $r->{seen} ? join(' ', $r->seen('x-consumer-username')) || '-'
                          : "$r->{status} $p->{reason}: $p->{detail}";

    return wantarray ? ($said, $r) : $said;
}


# What of the token reached the service, or a log.

sub leaks {
    my ($token, $r) = @_;

    my @found;
    my ($signature) = $token =~ /\.([^.]+)$/;

    push @found, 'service' if $r && index($r->{body}, $signature) >= 0;

    for my $log (qw(error.log access.log all.log)) {
        push @found, $log if index(log_text($log) // '', $signature) >= 0;
    }

    return join(' ', @found);
}


run_gate_tests();

__DATA__

=== TEST 1: each place
--- gate
    log_format all '$request|$request_uri|$args|$http_cookie|$cookie_sid|$http_x_token|'
                   '$http_sec_websocket_protocol|$arg_t|$uri';
    access_log logs/all.log all;

    gate_consumer alice { }
    gate_consumer bob { }
    gate_issuer corp {
        issuer     https://issuer.example;
        audience   api;
        jwks_file  $TEST_NGINX_JWKS;
        algorithms RS256;
        consumer   map=name;
    }
--- config
    gate_service a.example;

    location /header { gate_auth jwt=corp; gate_token_from header=X-Token;
                       gate_pass http://sidecar; }
    location /cookie { gate_auth jwt=corp; gate_token_from cookie=sid;
                       gate_pass http://sidecar; }
    location /query  { gate_auth jwt=corp; gate_token_from query=t; gate_pass http://sidecar; }
    location /ws     { gate_auth jwt=corp; gate_token_from subprotocol=bearer;
                       gate_pass http://sidecar; }
    location /any    { gate_auth jwt=corp;
                       gate_token_from header=X-Token cookie=sid query=t subprotocol=bearer;
                       gate_pass http://sidecar; }
    location /none   { gate_auth jwt=corp; gate_pass http://sidecar; }
    location /open   { gate_auth off; gate_pass http://sidecar; }
--- client
    my $t = mint(claims => { aud => 'api' });
    my $bob = mint(claims => { aud => 'api', sub => 'bob' });
    my $bad = substr($t, 0, -8) . 'AAAAAAAA';
    my $k8s = 'base64url.bearer.authorization.k8s.io.' . GateToken::b64($t);
    my @ws = ('Connection: close', 'Sec-WebSocket-Version: 13');

    my %place = (
        header => [ '/header', "X-Token: $t" ],
        scheme => [ '/header', "X-Token: Bearer $t" ],
        cookie => [ '/cookie', "Cookie: a=1; sid=$t; b=2" ],
        quoted => [ '/cookie', "Cookie: sid=\"$t\"" ],
        query  => [ "/query?a=1&t=$t&b=2" ],
        ws     => [ '/ws', @ws, "Sec-WebSocket-Protocol: bearer, $t, chat" ],
        fields => [ '/ws', @ws, "Sec-WebSocket-Protocol: chat, bearer",
                    "Sec-WebSocket-Protocol: $t" ],
        k8s    => [ '/ws', @ws, "Sec-WebSocket-Protocol: $k8s, chat" ],
    );

    for my $name (sort keys %place) {
        my ($said, $r) = who(@{ $place{$name} });

        is($said, 'alice', "$name: the token is taken");
        is(leaks($t, $r), '', '... and goes nowhere');
    }

    is(join('; ', get(@{ $place{cookie} })->seen('cookie')), 'a=1; b=2', 'other cookies go on');
    is(join('; ', get(@{ $place{quoted} })->seen('cookie')), '', '... or there is no such field');
    is(join('; ', get(@{ $place{ws} })->seen('sec-websocket-protocol')), 'chat',
       'other subprotocols go on');
    is(join('; ', get(@{ $place{fields} })->seen('sec-websocket-protocol')), 'chat',
       '... of two fields, too');
    is(join('; ', get(@{ $place{k8s} })->seen('sec-websocket-protocol')), 'chat',
       '... beside the one of Kubernetes');
    is(join('; ', get('/ws', "Authorization: Bearer $t", 'Sec-WebSocket-Protocol: a , b')
                  ->seen('sec-websocket-protocol')), 'a , b', 'a field without a token is left');
    like(get(@{ $place{query} })->{body}, qr{/query\?a=1&b=2\b}, 'other arguments go on');

    # refused, and yet nowhere

    my %refused = (
        header => [ '/header', "X-Token: $bad" ],
        cookie => [ '/cookie', "Cookie: sid=$bad" ],
        query  => [ "/query?t=$bad" ],
        ws     => [ '/ws', @ws, "Sec-WebSocket-Protocol: bearer, $bad" ],
    );

    for my $name (sort keys %refused) {
        my ($said, $r) = who(@{ $refused{$name} });

        like($said, qr/^401 bad_token: /, "$name: a bad token is refused");
        is(leaks($bad), '', '... and is in no log');
    }

    # where nobody asks for it

    for my $name (sort keys %place) {
        my ($target, @fields) = @{ $place{$name} };
        my $query = $target =~ /(\?.*)/ ? $1 : '';

        like(scalar who("/none$query", @fields), qr/^401 no_credential: /,
             "$name: it is none in a location that does not ask");

        my ($said, $r) = who("/open$query", @fields);

        is($said, '-', '... nor in one that asks for nothing');
        is(leaks($t, $r), '', '... whose service does not get it');
    }

    # two of them

    is(scalar who('/any', "Authorization: Bearer $t", "Cookie: sid=$bob"),
       '401 bad_token: The request has more than one token.', 'two tokens are refused');
    is(scalar who("/any?t=$t", "Cookie: sid=$bob"),
       '401 bad_token: The request has more than one token.', '... in any two places');
    is(scalar who('/any', "Cookie: sid=$t; sid=$bob"),
       '401 bad_token: The request has more than one token.', '... or in one');
    like(scalar who('/any', "Cookie: sid=$t", 'X-Token: '), qr/^401 bad_token: /,
         '... also if one of them is empty');
    is(scalar who("/any?t=$t", "Authorization: Bearer $t", "Cookie: sid=$t"), 'alice',
       'the same one twice is one');
    is(scalar who('/any', 'Authorization: Basic YTpi', "Cookie: sid=$t"), 'alice',
       'another scheme is no token');
    is(scalar who('/cookie', "Authorization: Bearer $t"), 'alice', 'Authorization counts as ever');
    is(scalar who('/cookie', "Cookie: SID=$t"),
       '401 no_credential: The request carries no credential that is accepted here.',
       'the name of a cookie has case');
    is(leaks($bob), '', 'none of these is in a log');



=== TEST 2: a request that nginx refuses before any phase
--- gate
    log_format all '$request|$http_cookie|$arg_t';
    access_log logs/all.log all;
    gate_consumer alice { }
    gate_issuer corp {
        issuer     https://issuer.example;
        audience   api;
        jwks_file  $TEST_NGINX_JWKS;
        algorithms RS256;
        consumer   map=name;
    }
--- config
    gate_service a.example;
    location / { gate_auth jwt=corp; gate_token_from cookie=sid query=t;
                 gate_pass http://sidecar; }
--- client
    my $t = mint(claims => { aud => 'api' });

    for my $request ("GET /?t=$t HTTP/1.1\r\nHost: a\r\nHost: b\r\nCookie: sid=$t\r\n\r\n",
                     "GET /?t=$t HTTP/1.1\r\nHost: a\r\nCookie: sid=$t;\0x\r\n\r\n",
                     "GET /?t=$t HTTP/1.1\r\nCookie: sid=$t\r\n\r\n",
                     "GET /%?t=$t HTTP/1.1\r\nHost: a\r\n\r\n")
    {
        is(raw($request)->{status}, 400, 'nginx refuses it');
    }

    is(leaks($t), '', 'and nothing of the token is in a log');


=== TEST 3: a location that keeps keys gets no tokens of others
--- gate
    gate_consumer alice { key sha256(secret); }
    gate_issuer corp {
        issuer     https://issuer.example;
        audience   api;
        jwks_file  $TEST_NGINX_JWKS;
        algorithms RS256;
        consumer   map=name;
    }
--- config
    gate_service a.example;

    location /jwt  { gate_auth jwt=corp;
                     gate_token_from header=X-Token header=X-Both cookie=sid query=t query=both
                                     subprotocol=bearer;
                     gate_pass http://sidecar; }
    location /key  { gate_auth key; gate_key_names header=apikey header=X-Both query=k query=both;
                     gate_pass http://sidecar; }
    location /keeps { gate_auth off; gate_key_names off; proxy_pass http://sidecar; }
    location /subs { gate_auth off; gate_key_names off; auth_request /sub;
                     proxy_pass http://sidecar; }
    location = /sub { internal; gate_key_names off; proxy_pass http://sidecar/?keep=sub; }
    location /page { proxy_intercept_errors on; error_page 404 = /keeps/page?$args;
                     proxy_pass http://sidecar; }
--- client
    my $t = mint(claims => { aud => 'api' });
    my @fields = ("X-Token: $t", "X-Both: $t", "Cookie: sid=$t; a=1", 'apikey: secret',
                  "Sec-WebSocket-Protocol: bearer, $t, chat");

    for my $path ('/keeps', '/subs', '/page/?status=404&') {
        my $r = get($path . ($path =~ /\?/ ? '' : '?') . "a=1&k=secret&t=$t&both=$t&b=2", @fields);
        my $text = $r->{seen}{text};

        ok(defined $text, "$path: the service is asked");
        is(join('|', $r->seen('apikey')), 'secret', '... with the key in its field');
        unlike($text, qr/\Q$t\E/, '... without a token');
        next if $path =~ /page/;
        like($r->{seen}{line}, qr{\?a=1&k=secret&b=2 HTTP}, '... with the key in the query');
    }

    is(scalar who("/jwt?t=$t", "X-Token: $t", "Cookie: sid=$t"), 'alice',
       'they are there where they are asked for');
    is(leaks($t), '', 'nothing of the token is in a log');
