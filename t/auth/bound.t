#!/usr/bin/env perl
#
# Copyright (C) 2026 Meshgate contributors
#
# Tokens that are bound to the certificate of a client (RFC 8705).

use strict;
use warnings;

use Digest::SHA qw(sha256);
use MIME::Base64 qw(decode_base64);

use GateTest;
use GateToken;

our $keys = gate_keys();
our $dir = "$ENV{TEST_NGINX_STATE}/tls";

BEGIN {
    my $dir = "$ENV{TEST_NGINX_STATE}/tls";

    mkdir $dir;

    for my $name (qw(server one two)) {
        GateToken::openssl('req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-days', 2,
                           '-subj', "/CN=$name", '-keyout', "$dir/$name.key",
                           '-out', "$dir/$name.crt");
        chmod 0644, "$dir/$name.key";
    }

    $ENV{TEST_NGINX_TLS} = $dir;
}

$ENV{TEST_NGINX_JWKS} = $keys->{jwks_file};


sub x5t {
    my ($name) = @_;

    my ($pem) = GateNginx::slurp("$dir/$name.crt") =~ /-----\n(.*?)-----END/s;

    return GateToken::b64(sha256(decode_base64($pem)));
}


sub token {
    my ($name, %claims) = @_;

    $claims{cnf} = { 'x5t#S256' => x5t($name) } if defined $name;

    return mint(claims => \%claims);
}


# Over TLS with that certificate, undef for none; status and reason.

sub call {
    my ($target, $token, $name, @more) = @_;

    my $port = port(4);
    my @cert = defined $name ? ('--cert', "$dir/$name.crt", '--key', "$dir/$name.key") : ();

    open(my $fh, '-|', 'curl', '-ksS', '--max-time', 20, @cert, '-w', "\n%{http_code}", '-H',
         "Authorization: Bearer $token", @more, "https://127.0.0.1:$port$target")
        or die "curl: $!";

    my $text = do { local $/; <$fh> } // '';

    close $fh;

    my ($reason) = $text =~ /"reason":"(\w+)"/;
    my ($status) = $text =~ /\n(\d+)\z/;

    return $status . ($reason ? " $reason" : '');
}


run_gate_tests();

__DATA__

=== TEST 1: the certificate of the connection is that of the token
--- gate
    gate_consumer alice { }

    gate_issuer i {
        issuer     https://issuer.example;
        jwks_file  $TEST_NGINX_JWKS;
        algorithms RS256;
        consumer   map=name;
    }
    gate_issuer must {
        issuer     https://must.example;
        jwks_file  $TEST_NGINX_JWKS;
        algorithms RS256;
        consumer   map=name;
        certificate_bound required;
    }
    gate_issuer off {
        issuer     https://off.example;
        jwks_file  $TEST_NGINX_JWKS;
        algorithms RS256;
        consumer   map=name;
        certificate_bound off;
    }
    server {
        listen 127.0.0.1:$TEST_NGINX_PORT_4 ssl;
        server_name second.test;
        ssl_certificate     $TEST_NGINX_TLS/server.crt;
        ssl_certificate_key $TEST_NGINX_TLS/server.key;
        ssl_verify_client   optional_no_ca;
        gate_service s;
        location / { gate_auth jwt=i; gate_pass http://sidecar; }
    }
--- config
    listen 127.0.0.1:$TEST_NGINX_PORT_4 ssl default_server;
    ssl_certificate     $TEST_NGINX_TLS/server.crt;
    ssl_certificate_key $TEST_NGINX_TLS/server.key;
    ssl_verify_client   optional_no_ca;

    gate_service s;

    location /must { gate_auth jwt=must; gate_pass http://sidecar; }
    location /off  { gate_auth jwt=off; gate_pass http://sidecar; }
    location /     { gate_auth jwt=i; gate_pass http://sidecar; }
--- client
    my $one = token('one');

    is(call('/', $one, 'one'), '200', 'its own certificate') for 1 .. 2;
    is(call('/', $one, 'two'), '401 bad_token', 'another one, also of a token that is remembered');
    is(call('/', $one), '401 bad_token', 'none');
    is(get('/', "Authorization: Bearer $one")->{status}, 401, 'without TLS');
    is(call('/', token(undef)), '200', 'a token that is bound to nothing');
    is(call('/', token(undef), 'two'), '200', '... with a certificate');
    is(call('/', mint(claims => { cnf => { 'x5t#S256' => $_ } }), 'one'), '401 bad_token',
       'a digest that is none: ' . ($_ // 'null'))
        for '', 'x', x5t('one') . 'A', 1;

    my %must = (iss => 'https://must.example');

    is(call('/must', token('one', %must), 'one'), '200', 'required');
    is(call('/must', token(undef, %must), 'one'), '401 bad_token', '... one that is not bound');
    is(call('/off', token('one', iss => 'https://off.example'), 'two'), '200', 'off: nobody looks');

    my $port = port(4);
    my @second = ('--connect-to', "second.test:$port:127.0.0.1:$port", '-H', 'Host: second.test');

    is(call('/', $one, 'one', @second), '401 bad_token',
       'a certificate that another server of the address has asked for is none');
