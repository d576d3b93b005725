#!/usr/bin/env perl
#
# Copyright (C) 2026 Meshgate contributors
#
# API keys in "Authorization: Bearer": taken and removed like any other key,
# and never mistaken for a token.

use strict;
use warnings;

use GateTest;
use GateToken;

BEGIN {
    $ENV{TEST_NGINX_PEM} = gate_keys()->{rsa}{public};
}


sub who {
    my ($r) = @_;

    return join(' ', $r->seen('x-consumer-username')) || '(nobody)' if $r->{seen};

    my $p = $r->json();

    return "$r->{status} " . (ref $p eq 'HASH' ? $p->{reason} // '' : '');
}


sub text {
    my ($r) = @_;

    return $r->{seen} ? $r->{seen}{text} : "status $r->{status}";
}


run_gate_tests();

__DATA__

=== TEST 1: a key in Authorization
--- gate
    gate_consumer acme { key sha256(gk_secret); claim corp=alice; }
    gate_consumer beta { key sha256(other); key sha256(a.b.c); }
    gate_issuer corp {
        issuer https://issuer.example; key_file $TEST_NGINX_PEM; algorithms RS256;
    }
    log_format all '$uri|$http_authorization|$remote_user|$gate_consumer|$gate_auth_method';
    access_log $TEST_NGINX_STATE/all.log all;
    gate_service s;
--- config
    $TEST_NGINX_LISTEN_H2
    location /key/ { gate_auth key; gate_key_names bearer; gate_pass http://sidecar; }
    location /legacy/ {
        gate_auth key; gate_key_names header=X-Legacy bearer; gate_pass http://sidecar;
    }
    location /plain/ { gate_auth key; gate_pass http://sidecar; }
    location /first/ { gate_auth jwt=corp key; gate_key_names bearer; gate_pass http://sidecar; }
    location /last/ { gate_auth key jwt=corp; gate_key_names bearer; gate_pass http://sidecar; }
    location /all/ { gate_auth key jwt=corp all; gate_key_names bearer; gate_pass http://sidecar; }
    location /jwt/ { gate_auth jwt=corp; gate_pass http://sidecar; }
    location /off/ { gate_key_names off; gate_pass http://sidecar; }
    location /open/ { gate_pass http://sidecar; }
    location /public/ {
        gate_auth key anonymous=beta; gate_key_names bearer; gate_pass http://sidecar;
    }
--- client
    my $jwt = mint(claims => { sub => 'alice' });

    is(who(get('/key/', 'Authorization: Bearer gk_secret')), 'acme', 'the key is taken');
    is(who(get('/key/', 'authorization: bearer  gk_secret')), 'acme',
       '... in any case, behind spaces');
    is(who(get('/key/', 'apikey: gk_secret')), 'acme', '... as it is in the default fields');
    is(who(get('/legacy/', 'Authorization: Bearer gk_secret')), 'acme', 'beside a name');
    is(who(get('/legacy/', 'X-Legacy: gk_secret')), 'acme', '... which counts');
    is(who(get('/legacy/', 'apikey: gk_secret')), '401 no_credential', '... instead of others');
    is(who(get('/plain/', 'Authorization: Bearer gk_secret')), '401 no_credential',
       'a location that does not ask for it does not take it');

    unlike(text(get('/key/', 'Authorization: Bearer gk_secret')), qr/gk_secret|authorization/i,
           'the service does not get it');
    unlike(text(get('/open/', 'Authorization: Bearer gk_secret')), qr/gk_secret|authorization/i,
           '... in no location of the server');
    like(text(get('/open/', "Authorization: Bearer $jwt")), qr/^authorization: Bearer \Q$jwt\E/im,
         '... which still gets a token');
    like(text(get('/open/', 'Authorization: Basic YTpi')), qr/^authorization: Basic YTpi/im,
         '... and what is of another scheme');
    like(text(get('/off/', 'Authorization: Bearer gk_secret')),
         qr/^authorization: Bearer gk_secret/im, 'a service with keys of its own gets them');

    is(who(get('/key/', 'Authorization: Bearer wrong')), '401 bad_key', 'a wrong key');
    is(who(get('/key/', 'Authorization: Bearer')), '401 bad_key', 'an empty one');
    is(who(get('/key/', 'Authorization: Basic YTpi')), '401 no_credential', 'another scheme');
    is(who(get('/key/', 'Authorization: Bearer a.b.c')), '401 no_credential',
       'what is made like a token is none, also if it is a key');
    is(who(get('/key/', 'apikey: a.b.c')), 'beta', '... which it is elsewhere');
    is(who(get('/key/', 'Authorization: Bearer gk_secret', 'apikey: other')), '401 bad_key',
       'two different keys');
    is(who(get('/key/', 'Authorization: Bearer gk_secret', 'apikey: gk_secret')), 'acme',
       'the same one twice');
    is(who(get('/key/', 'Authorization: Bearer gk_secret', 'Authorization: Basic YTpi')),
       '400 bad_request', 'a second Authorization');

    for my $place (qw(first last)) {
        is(who(get("/$place/", 'Authorization: Bearer gk_secret')), 'acme',
           "a key where tokens are accepted, too ($place)");
        is(who(get("/$place/", "Authorization: Bearer $jwt")), 'acme', '... and a token');
        is(who(get("/$place/", 'Authorization: Bearer wrong')), '401 bad_key',
           '... a wrong key is a bad key');
        is(who(get("/$place/", "Authorization: Bearer $jwt.x")), '401 bad_token',
           '... a broken token is a bad token');
    }

    is(who(get('/all/', "Authorization: Bearer $jwt", 'apikey: gk_secret')), 'acme',
       'both of one consumer');
    is(who(get('/all/', "Authorization: Bearer $jwt", 'apikey: other')), '403 unknown_consumer',
       '... of two');
    is(who(get('/jwt/', 'Authorization: Bearer gk_secret')), '401 bad_token',
       'where only tokens count it is a bad one');
    is(who(get('/public/')), 'beta', 'nobody');
    is(who(get('/public/', 'Authorization: Bearer wrong')), '401 bad_key',
       '... is not whose key is wrong');

    is(h2_get('/key/', 'authorization: Bearer gk_secret')->{status}, 200, 'HTTP/2 is the same');

    my $c = client();
    for my $user ('gk_secret acme', 'other beta', 'gk_secret acme') {
        my ($key, $name) = split ' ', $user;
        $c->write(request("GET", "/key/", undef, "Authorization: Bearer $key",
                          "Connection: keep-alive"));
        is(who($c->read()), $name, "on one connection: $name");
    }

    raw("GET /key/ HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer gk_se\x01cret\r\n\r\n");

    unlike(log_text('error.log'), qr/gk_se/, 'no error log has a key');
    unlike(log_text('all.log'), qr/gk_secret/, 'no access log has one');
    like(log_text('all.log'), qr{^/key/\|-\|-\|acme\|key$}m, '... but whose it was');
